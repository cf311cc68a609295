/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPF records as tables of terms, and what libspf2 is given for them. That it
 * evaluates them right: test_filters_spf.c.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/check.h"

#include "base/error.h"
#include "filters/spf_record.h"

#define TEN(t) t t t t t t t t t t

struct print_row {
	const char *why, *record, *client;
	bool        is_sparse;
	unsigned    chunks;
	const char *printed;     /* the first chunk                         */
};

static const struct print_row prints[] = {
	{ "nothing", "v=spf1", "192.0.2.1", false, 1, "v=spf1" },
	{ "names are handles, whatever they say",
	  "v=spf1 a mx:%{d}.x.test ptr:y.test exists:%{i} include:z.test -all",
	  "192.0.2.1", false, 1,
	  "v=spf1 +a:t0.f3.postern/32 +mx:t1.f3.postern/32 +a:t2.f3.postern "
	  "+exists:t3.f3.postern +include:t4.f3.postern -all" },
	{ "prefixes of the client's family", "v=spf1 a/24//64 mx//0 a/0 ?all",
	  "192.0.2.1", false, 1, "v=spf1 +a:t0.f3.postern/24 "
	  "+mx:t1.f3.postern/32 +a:t2.f3.postern ?all" },
	{ "and of the other", "v=spf1 a/24//64 mx//0 a/0 ?all",
	  "2001:db8::1", false, 1, "v=spf1 +a:t0.f3.postern//64 "
	  "+mx:t1.f3.postern +a:t2.f3.postern//128 ?all" },
	{ "addresses of the client's family, as networks",
	  "v=spf1 ip4:192.0.2.9/24 ip6:2001:DB8::9/32 ~all",
	  "192.0.2.1", false, 1, "v=spf1 +ip4:192.0.2.0/24 ~all" },
	{ "and of the other",
	  "v=spf1 ip4:192.0.2.9/24 ip6:2001:DB8::9/32 ~all",
	  "2001:db8::1", false, 1, "v=spf1 +ip6:2001:db8::/32 ~all" },
	{ "no bits are all", "v=spf1 -ip4:1.2.3.4/0 a", "192.0.2.1", false, 1,
	  "v=spf1 -all +a:t1.f3.postern/32" },
	{ "mapped nets hold no IPv6 client, but their outer ones do",
	  "v=spf1 ip6:::ffff:1.2.3.4 ip6:::ffff:1.2.3.4/95 ip6:::ffff:0:0/96",
	  "2001:db8::1", false, 1, "v=spf1 +ip6:::fffe:0:0/95" },
	{ "redirect stands last, exp and others nowhere",
	  "v=spf1 redirect=%{o} moo=x ip4:192.0.2.1 exp=e.test",
	  "192.0.2.1", false, 1,
	  "v=spf1 +ip4:192.0.2.1/32 redirect=r.f3.postern" },
	{ "nothing behind all", "v=spf1 -all a:x.test redirect=y.test",
	  "192.0.2.1", false, 1, "v=spf1 -all" },
	{ "nor behind the eleventh that asks DNS",
	  "v=spf1 " TEN("a ") TEN("mx ") "ip4:192.0.2.1 redirect=y.test",
	  "2001:db8::1", true, 1, "v=spf1 +a:t0.f3.postern//128 "
	  "+a:t1.f3.postern//128 +a:t2.f3.postern//128 "
	  "+a:t3.f3.postern//128 +a:t4.f3.postern//128 "
	  "+a:t5.f3.postern//128 +a:t6.f3.postern//128 "
	  "+a:t7.f3.postern//128 +a:t8.f3.postern//128 "
	  "+a:t9.f3.postern//128 +mx:t10.f3.postern//128 "
	  "redirect=r.f3.postern" },
	{ "sparse: the first that holds the client ends it",
	  "v=spf1 ip4:10.0.0.1 -ip4:192.0.2.0/24 +ip4:192.0.2.1 a ~all",
	  "192.0.2.1", true, 1, "v=spf1 -ip4:192.0.2.0/24" },
	{ "sparse: none holds it",
	  "v=spf1 ip4:10.0.0.1 ip4:10.0.0.2 a redirect=r.test",
	  "192.0.2.1", true, 1,
	  "v=spf1 +a:t2.f3.postern/32 redirect=r.f3.postern" },
	{ "46 addresses of IPv4 a chunk, beside a redirect",
	  "v=spf1 " TEN("ip4:10.0.0.1 ") TEN("ip4:10.0.0.1 ")
	  TEN("ip4:10.0.0.1 ") TEN("ip4:10.0.0.1 ") TEN("ip4:10.0.0.1 "),
	  "192.0.2.1", false, 2, NULL },
	{ "18 of IPv6", "v=spf1 " TEN("ip6:2001:db8::1 ")
	  TEN("ip6:2001:db8::1 ") TEN("ip6:2001:db8::1 ") "-all",
	  "2001:db8::9", false, 2, NULL },
	{ "those of the other family cost nothing", "v=spf1 "
	  TEN("ip6:2001:db8::1 ") TEN("ip6:2001:db8::1 ")
	  TEN("ip6:2001:db8::1 ") "-all", "192.0.2.1", false, 1,
	  "v=spf1 -all" },
};

static void
print_rows(void **state)
{
	const char *why;
	struct spf_record r;
	struct spf_print p;
	struct arena *arena = arena_new(0);
	struct buf b = BUF_INIT(0);
	struct ip client;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(prints); i++) {
		assert_int_equal(ip_parse(str_of(prints[i].client), &client),
		    0);
		CHECK(spf_record_parse(str_of(prints[i].record), arena, &r,
		    &why) == 0, "%s: %s", prints[i].why, why);
		p = spf_print_of(&r, client, 3, prints[i].is_sparse);
		CHECK(spf_print_chunks(&p) == prints[i].chunks, "%s: %u",
		    prints[i].why, spf_print_chunks(&p));
		assert_int_equal(spf_print_chunk(&p, 0, &b), 0);
		CHECK(prints[i].printed == NULL || str_eq(buf_str(&b),
		    str_of(prints[i].printed)), "%s: %.*s", prints[i].why,
		    STR_ARG(buf_str(&b)));
		buf_cut(&b, b.len);
	}
	buf_free(&b);
	arena_free(&arena);
}

/* Chunk after chunk, each term comes once, in its order. */
static void
chunks_join(void **state)
{
	static const struct { const char *client; unsigned step; } rows[] = {
		{ "192.0.2.1", 46 }, { "2001:db8::9", 18 } };
	struct arena *arena = arena_new(0);
	struct buf text = BUF_INIT(0), b = BUF_INIT(0);
	struct spf_record r;
	struct spf_print p;
	struct ip client;
	const char *why, *next;
	size_t i, k, from;

	(void)state;
	assert_int_equal(buf_addf(&text, "v=spf1"), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(buf_addf(&text, " ip4:10.0.0.%zu "
		    "ip6:2001:db8::%zu", i, i), 0);
	assert_int_equal(spf_record_parse(buf_str(&text), arena, &r, &why),
	    0);
	assert_int_equal(r.count, 200);
	for (k = 0; k < COUNT(rows); k++) {
		assert_int_equal(ip_parse(str_of(rows[k].client), &client),
		    0);
		p = spf_print_of(&r, client, 0, false);
		assert_int_equal(spf_print_chunks(&p),
		    (100 + rows[k].step - 1) / rows[k].step);
		from = 0;
		do {
			assert_int_equal(spf_print_chunk(&p, from, &b), 0);
			assert_int_equal(buf_add_byte(&b, '\0'), 0);
			next = strstr(b.p, "redirect=c");
			if (next != NULL)
				from = strtoul(next + 10, NULL, 10);
			buf_cut(&b, b.len);
		} while (next != NULL);
		assert_in_range(from, 2 * (100 - rows[k].step), 199);
	}
	buf_free(&b);
	buf_free(&text);
	arena_free(&arena);
}

/* What a permerror says to people; the whole grammar is in spf/grammar.vec. */
static const struct { const char *record, *why; } wrongs[] = {
	{ "v=spf1 foo", "an unknown mechanism" },
	{ "v=spf1 all:x", "\"all\" takes no value" },
	{ "v=spf1 ip4:x", "\"ip4\" without a valid IPv4 network" },
	{ "v=spf1 redirect=a.test redirect=a.test",
	  "\"redirect\" stands twice" },
	{ "v=spf1 exp=a.test EXP=a.test", "\"exp\" stands twice" },
	{ "v=spf1 exp=x", "\"exp\" without a valid domain" },
	{ "v=spf1 moo=%", "a modifier with a bad macro" },
};

static void
wrong_rows(void **state)
{
	struct arena *arena = arena_new(0);
	struct spf_record r;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(wrongs); i++) {
		assert_int_equal(spf_record_parse(str_of(wrongs[i].record),
		    arena, &r, &why), -E_INVALID);
		assert_string_equal(why, wrongs[i].why);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(print_rows),
		cmocka_unit_test(chunks_join),
		cmocka_unit_test(wrong_rows),
	};

	return cmocka_run_group_tests_name("filters_spf_record", tests, NULL,
	    NULL);
}
