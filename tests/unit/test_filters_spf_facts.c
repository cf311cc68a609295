/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPF as facts: which identity, which status, what is told to
 * Authentication-Results. The verdicts themselves: test_filters_spf.c.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/desk.h"

static const struct row dns[] = {
	{ "good.test", DNS_TXT, "v=spf1 ip4:192.0.2.77 -all", 0 },
	{ "mx.good.test", DNS_TXT, "v=spf1 a -all", 0 },
	{ "mx.good.test", DNS_A, "192.0.2.77", 0 },
	{ "other.test", DNS_TXT, "v=spf1 ip4:203.0.113.1 ~all", 0 },
	{ "never.test", DNS_TXT, "hello\nv=spf1 -all exp=why.never.test", 0 },
	{ "why.never.test", DNS_TXT, "see_http://x.test/%{c}", 50 },
	{ "broken.test", DNS_TXT, "v=spf1 foo", 0 },
	{ "void.test", DNS_TXT, "v=spf1 a:v1.test a:v2.test a:v3.test", 0 },
	{ "loop.test", DNS_TXT, "v=spf1 include:loop.test", 0 },
	{ "slow.test", DNS_TXT, "timeout", 0 },
	{ "sf.test", DNS_TXT, "servfail", 0 },
	{ "ref.test", DNS_TXT, "refused", 0 },
	{ "half.test", DNS_TXT, "v=spf1 a:x.half.test -all", 0 },
	{ "x.half.test", DNS_A, "servfail", 0 },
	{ 0 }
};

struct fact_row {
	const char *why, *client, *helo, *sender, *helo_facts, *facts;
};

static const struct fact_row rows[] = {
	{ "both pass", "192.0.2.77", "mx.good.test", "<a@good.test>",
	  "spf.helo=pass", "spf=pass spf.domain=good.test spf.record=other "
	  "spf.explanation=absent" },
	{ "a mapped client is one of IPv4", "::ffff:192.0.2.77",
	  "mx.good.test", "<a@good.test>", "spf.helo=pass", "spf=pass" },
	/* catalogue 81 */
	{ "HELO's pass is not the sender's", "192.0.2.77", "mx.good.test",
	  "<a@other.test>", "spf.helo=pass",
	  "spf=softfail spf.domain=other.test" },
	{ "nor the other way round", "192.0.2.77", "other.test",
	  "<a@good.test>", "spf.helo=softfail", "spf=pass" },
	/* catalogue 80 */
	{ "the null sender is postmaster at HELO", "192.0.2.77",
	  "mx.good.test", "<>", "spf.helo=pass",
	  "spf=pass spf.domain=mx.good.test" },
	{ "and fails with it", "192.0.2.77", "never.test", "<>",
	  "spf.helo=fail", "spf=fail spf.domain=never.test "
	  "spf.record=deny-all" },
	{ "the null sender, no name", "192.0.2.77", "[192.0.2.77]", "<>",
	  "spf.helo=none", "spf=none spf.domain=absent spf.record=absent" },
	{ "nothing published", "192.0.2.77", "h.test", "<a@nothing.test>",
	  "spf.helo=none", "spf=none spf.domain=nothing.test "
	  "spf.record=absent spf.explanation=absent" },
	{ "sends no mail", "192.0.2.77", "h.test", "<a@never.test>",
	  "spf.helo=none", "spf=fail spf.domain=never.test "
	  "spf.record=deny-all "
	  "spf.explanation=see_http://x.test/192.0.2.77" },
	{ "a broken record", "192.0.2.77", "broken.test", "<a@broken.test>",
	  "spf.helo=permerror", "spf=permerror spf.domain=broken.test "
	  "spf.record=absent" },
	{ "silence is unknown, never a failure", "192.0.2.77", "slow.test",
	  "<a@slow.test>", "spf.helo=unknown:timeout",
	  "spf=unknown:timeout spf.domain=slow.test "
	  "spf.record=unknown:timeout spf.explanation=unknown:timeout" },
	{ "SERVFAIL too", "192.0.2.77", "h.test", "<a@sf.test>",
	  "spf.helo=none", "spf=unknown:servfail" },
	{ "REFUSED too", "192.0.2.77", "h.test", "<a@ref.test>",
	  "spf.helo=none", "spf=unknown:refused" },
	{ "with a term too", "192.0.2.77", "h.test", "<a@half.test>",
	  "spf.helo=none", "spf=unknown:servfail "
	  "spf.record=unknown:servfail" },
	{ "a sender without a domain", "192.0.2.77", "h.test",
	  "<postmaster>", "spf.helo=none", "spf=none spf.domain=absent" },
	{ "a sender at an address", "192.0.2.77", "h.test",
	  "<a@[192.0.2.77]>", "spf.helo=none", "spf=none spf.domain=absent" },
	/* Nobody is asked about our own: no pass for free, no fail. */
	{ "loopback", "127.0.0.1", "never.test", "<a@never.test>",
	  "spf.helo=absent", "spf=absent spf.domain=absent "
	  "spf.record=absent spf.explanation=absent" },
	{ "loopback of IPv6", "::1", "never.test", "<a@never.test>",
	  "spf.helo=absent", "spf=absent" },
	{ "a private address", "10.0.0.1", "never.test", "<a@never.test>",
	  "spf.helo=absent", "spf=absent" },
};

static void
fact_rows(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		room_open(&r, dns, NULL);
		room_client(&r, rows[i].client);
		room_stage(&r, ST_CONNECT);
		room_helo(&r, rows[i].helo);
		room_expect(&r, rows[i].helo_facts, rows[i].why);
		room_mail(&r, rows[i].sender);
		room_expect(&r, rows[i].facts, rows[i].why);
		room_close(&r);
	}
}

/* The explanation is a question more; the verdict does not wait for it. */
static void
verdict_first(void **state)
{
	struct path path;
	struct room r;
	size_t used;

	(void)state;
	room_open(&r, dns, NULL);
	r.desk.helo = STR("h.test");
	assert_int_equal(path_parse(STR("<a@never.test>"), r.arena, &path,
	    &used), 0);
	r.desk.sender = &path;
	assert_int_equal(room_start(&r, ST_MAIL), 0);
	room_run_until(&r, 20);
	room_expect(&r, "spf=fail spf.record=deny-all "
	    "spf.explanation=pending", "before it comes");
	room_run_until(&r, 60);
	room_expect(&r, "spf.explanation=see_http://x.test/192.0.2.77",
	    "then");
	room_close(&r);
}

/* A session that ends while libspf2 waits in the middle of its own stack. */
static void
cut_short(void **state)
{
	static const struct row slow[] = {
		{ "a.test", DNS_TXT, "v=spf1 include:b.test -all", 10 },
		{ "b.test", DNS_TXT, "v=spf1 mx:c.test -all", 10 },
		{ "c.test", DNS_MX, "m.test", 10 },
		{ "m.test", DNS_A, "192.0.2.77", 10 },
		{ 0 } };
	struct path path;
	struct room r;
	size_t used;
	usec_t at;

	(void)state;
	for (at = 5; at < 40; at += 10) {
		room_open(&r, slow, NULL);
		r.desk.helo = STR("h.test");
		assert_int_equal(path_parse(STR("<a@a.test>"), r.arena, &path,
		    &used), 0);
		r.desk.sender = &path;
		assert_int_equal(room_start(&r, ST_MAIL), 0);
		room_run_until(&r, at);
		room_expect(&r, "spf=pending", "under way");
		room_end(&r, ST_MAIL);
		room_expect(&r, "spf=unknown:timeout", "cut");
		room_close(&r);
	}
}

/* A TXT of many strings is one text: 450 octets and more (RFC 7208 3.3). */
static void
many_strings(void **state)
{
	struct row rows_long[2] = { { "l.test", DNS_TXT, NULL, 0 }, { 0 } };
	struct buf text = BUF_INIT(0);
	struct room r;
	unsigned i;

	(void)state;
	assert_int_equal(buf_addf(&text, "v=spf1"), 0);
	for (i = 0; i < 120; i++)
		assert_int_equal(buf_addf(&text, " ip4:198.51.100.%u", i), 0);
	assert_int_equal(buf_addf(&text, " ip4:192.0.2.77 -all%c", 0), 0);
	rows_long[0].answer = text.p;
	room_open(&r, rows_long, NULL);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "h.test");
	room_mail(&r, "<a@l.test>");
	room_expect(&r, "spf=pass", "2,000 bytes in 8 strings");
	room_close(&r);
	buf_free(&text);
}

struct told_row { const char *why, *helo, *sender, *told; };

static const struct told_row tolds[] = {
	{ "both", "mx.good.test", "<a@good.test>",
	  "spf=pass smtp.helo=mx.good.test|"
	  "spf=pass smtp.mailfrom=a@good.test" },
	{ "the null sender", "mx.good.test", "<>",
	  "spf=pass smtp.helo=mx.good.test|"
	  "spf=pass smtp.mailfrom=postmaster@mx.good.test" },
	{ "trouble is temperror", "h.test", "<a@sf.test>",
	  "spf=none smtp.helo=h.test|spf=temperror smtp.mailfrom=a@sf.test" },
	{ "permerror says why", "h.test", "<a@broken.test>",
	  "spf=none smtp.helo=h.test|spf=permerror "
	  "reason=\"an unknown mechanism\" smtp.mailfrom=a@broken.test" },
	{ "void look-ups", "h.test", "<a@void.test>",
	  "spf=none smtp.helo=h.test|spf=permerror "
	  "reason=\"more than 2 void look-ups\" "
	  "smtp.mailfrom=a@void.test" },
	{ "a loop", "h.test", "<a@loop.test>",
	  "spf=none smtp.helo=h.test|spf=permerror "
	  "reason=\"more than 10 terms that ask DNS\" "
	  "smtp.mailfrom=a@loop.test" },
	{ "what strangers say is quoted", "h\" x=y; z", "<a@never.test>",
	  "spf=none smtp.helo=\"h\\\" x=y; z\"|"
	  "spf=fail smtp.mailfrom=a@never.test" },
};

static struct str
told(struct room *r)
{
	const struct stage_run *runs[] = { &r->run[ST_HELO],
	    &r->run[ST_MAIL] };
	struct str all = { 0 }, *results;
	size_t i, n = desk_results(runs, COUNT(runs), r->arena, &results);

	for (i = 0; i < n; i++)
		if (str_starts(results[i], STR("spf=")))
			all = arena_printf(r->arena, "%.*s%s%.*s",
			    STR_ARG(all), all.len > 0 ? "|" : "",
			    STR_ARG(results[i]));
	return all;
}

static void
told_rows(void **state)
{
	struct room r;
	struct str s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(tolds); i++) {
		room_open(&r, dns, NULL);
		room_helo(&r, tolds[i].helo);
		room_mail(&r, tolds[i].sender);
		s = told(&r);
		CHECK(str_eq(s, str_of(tolds[i].told)), "%s: %.*s",
		    tolds[i].why, STR_ARG(s));
		room_close(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fact_rows),
		cmocka_unit_test(verdict_first),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(many_strings),
		cmocka_unit_test(told_rows),
	};

	return cmocka_run_group_tests_name("filters_spf_facts", tests, NULL,
	    NULL);
}
