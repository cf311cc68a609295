/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image: what a table answers is what a list of its entries, looked at one by
 * one, would answer; and what is no image is not opened.
 */
#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/name.h"
#include "policy/image.h"
#include "run/clock.h"

/* --- chance, the same each time ------------------------------------------- */

struct chance { uint64_t state; };

static uint32_t
draw(struct chance *c, uint32_t below)
{
	c->state = c->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(c->state >> 33) % below;
}

static struct str
made_of(struct arena *a, enum group_kind kind, const struct str *entries,
    size_t n, struct image *m)
{
	struct image_draft *d = image_new(kind);
	struct str bytes;
	size_t i;

	for (i = 0; i < n; i++)
		CHECK(image_add(d, entries[i]) == 0, "%.*s does not fit",
		    STR_ARG(entries[i]));
	bytes = image_finish(&d, 77, a);
	assert_int_equal(image_open(bytes, kind, m), 0);
	assert_int_equal(m->hash, 77);
	return bytes;
}

/* --- nets ----------------------------------------------------------------- */

/* Few bits differ, so that nets meet, touch and hold each other. */
static struct ip
draw_ip(struct chance *c)
{
	struct ip ip;
	unsigned i;

	if (draw(c, 2) == 0)
		return ip_v4((uint8_t)(draw(c, 3) * 127), (uint8_t)draw(c, 3),
		    (uint8_t)(draw(c, 4) * 85), (uint8_t)draw(c, 256));
	for (i = 0; i < 16; i++)
		ip.a[i] = draw(c, 3) == 0 ? 0 : draw(c, 2) == 0 ? 0xff :
		    (uint8_t)(draw(c, 4) << 6);
	return ip;
}

/* ::/0 and its halves are IPv6 nets, and so is what holds all of IPv4. */
static struct net
draw_net(struct chance *c)
{
	struct ip ip = draw_ip(c);
	struct net net = { ip, (uint8_t)draw(c, 129) };
	unsigned bit;

	if (!ip_is_v6(ip) && net.bits < 96)
		net.bits = (uint8_t)(96 + draw(c, 33));
	for (bit = net.bits; bit < 128; bit++)
		net.ip.a[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
	return net;
}

static bool
any_has(const struct net *nets, size_t n, struct ip ip)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (net_has(nets[i], ip))
			return true;
	return false;
}

/* One before, or one behind. */
static struct ip
next_ip(struct ip ip, int step)
{
	int i, sum = step;

	for (i = 15; i >= 0 && sum != 0; i--) {
		sum += ip.a[i];
		ip.a[i] = (uint8_t)sum;
		sum = sum < 0 ? -1 : sum >> 8;
	}
	return ip;
}

static void
same_answer(const struct image *m, const struct net *nets, size_t n,
    struct ip ip, unsigned *yes)
{
	char text[IP_TEXT];
	bool want = any_has(nets, n, ip);

	(void)ip_print(ip, text);
	CHECK(image_has_ip(m, ip) == want, "%s among %zu nets: not %d", text,
	    n, want);
	*yes += want;
}

/* Each net's ends, what lies beside them, and addresses from anywhere.
 * Returns how many were asked. */
static unsigned
ask_nets(const struct image *m, const struct net *nets, size_t n,
    struct chance *c, unsigned *yes)
{
	size_t i;

	for (i = 0; i < n; i++) {
		same_answer(m, nets, n, nets[i].ip, yes);
		same_answer(m, nets, n, next_ip(nets[i].ip, -1), yes);
		same_answer(m, nets, n, next_ip(nets[i].ip, 1), yes);
	}
	for (i = 0; i < 40; i++)
		same_answer(m, nets, n, draw_ip(c), yes);
	return 3 * (unsigned)n + 40;
}

static unsigned
one_table_of_nets(struct chance *c, unsigned *yes)
{
	struct arena *a = arena_new(0);
	size_t i, n = draw(c, 41);
	struct net *nets = arena_array(a, n, sizeof *nets);
	struct str *entries = arena_array(a, n, sizeof *entries);
	char text[IP_TEXT + 4];
	unsigned asked;
	struct image m;

	for (i = 0; i < n; i++) {
		nets[i] = draw_net(c);
		entries[i] = arena_str(a, (struct str){ text,
		    net_print(nets[i], text) });
	}
	(void)made_of(a, TB_NETS, entries, n, &m);
	asked = ask_nets(&m, nets, n, c, yes);
	arena_free(&a);
	return asked;
}

static void
test_nets(void **state)
{
	struct chance c = { 5 };
	unsigned round, yes = 0, asked = 0;

	(void)state;
	for (round = 0; round < 3000; round++)
		asked += one_table_of_nets(&c, &yes);
	/* the test says something of both answers */
	assert_in_range(yes, asked / 5, asked - asked / 5);
}

static void
test_net_edges(void **state)
{
	static const struct { const char *nets[4]; const char *ip; bool has; }
	    rows[] = {
		{ { NULL }, "192.0.2.1", false },
		{ { NULL }, "::1", false },
		{ { "0.0.0.0/0" }, "0.0.0.0", true },
		{ { "0.0.0.0/0" }, "255.255.255.255", true },
		{ { "0.0.0.0/0" }, "::1", false },
		{ { "::/0" }, "2001:db8::1", true },
		{ { "::/0" }, "192.0.2.1", false },
		{ { "::/0", "192.0.2.0/24" }, "192.0.2.255", true },
		{ { "::/0", "192.0.2.0/24" }, "192.0.3.0", false },
		{ { "255.255.255.255" }, "255.255.255.255", true },
		{ { "255.255.255.255", "255.255.255.254" },
		    "255.255.255.253", false },
		{ { "192.0.2.0/25", "192.0.2.128/25" }, "192.0.2.128", true },
		{ { "192.0.2.0/24", "192.0.2.7" }, "192.0.2.200", true },
		{ { "192.0.2.7", "192.0.2.0/24" }, "192.0.2.200", true },
		{ { "2001:db8::/32", "2001:db8::/127" }, "2001:db8:1::",
		    true },
		{ { "ffff::/16" }, "ffff:ffff::", true },
		{ { "::ffff:192.0.2.1" }, "192.0.2.1", true },
	};
	struct arena *a = arena_new(0);
	struct str entries[4];
	struct image m;
	struct ip ip;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		for (n = 0; n < 4 && rows[i].nets[n] != NULL; n++)
			entries[n] = str_of(rows[i].nets[n]);
		(void)made_of(a, TB_NETS, entries, n, &m);
		assert_int_equal(ip_parse(str_of(rows[i].ip), &ip), 0);
		CHECK(image_has_ip(&m, ip) == rows[i].has, "row %zu: %s", i,
		    rows[i].ip);
		assert_false(image_has_text(&m, str_of(rows[i].ip)));
	}
	arena_free(&a);
}

/* --- texts ---------------------------------------------------------------- */

static struct str
draw_name(struct chance *c, struct arena *a)
{
	static const char *const labels[] = { "a", "b", "mx", "example", "x-1",
		"A", "Mx" };
	struct str name = STR("org");
	unsigned n = draw(c, 4);

	for (; n > 0; n--)
		name = arena_printf(a, "%s.%.*s", labels[draw(c,
		    COUNT(labels))], STR_ARG(name));
	return name;
}

static struct str
draw_entry(struct chance *c, struct arena *a, enum group_kind kind)
{
	static const char *const locals[] = { "ann", "Bob", "c.d", "e+f" };
	struct str name = draw_name(c, a);

	return kind != TB_ADDRESSES ? name : arena_printf(a, "%s@%.*s",
	    locals[draw(c, COUNT(locals))], STR_ARG(name));
}

static bool
any_is(enum group_kind kind, const struct str *entries, size_t n,
    struct str text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (kind == TB_DOMAINS ? name_is_below(text, entries[i]) :
		    str_eq_case(text, entries[i]))
			return true;
	return false;
}

static void
test_texts(void **state)
{
	struct chance c = { 6 };
	unsigned round, yes = 0, asked = 0;
	struct str entries[30], text;
	enum group_kind kind;
	struct image m;
	size_t i, n;

	(void)state;
	for (round = 0; round < 3000; round++) {
		struct arena *a = arena_new(0);

		kind = (enum group_kind)(TB_DOMAINS + draw(&c, 3));
		n = draw(&c, 31);
		for (i = 0; i < n; i++)
			entries[i] = draw_entry(&c, a, kind);
		(void)made_of(a, kind, entries, n, &m);
		for (i = 0; i < n + 40; i++) {
			bool want;

			text = i < n ? entries[i] : draw_entry(&c, a, kind);
			want = any_is(kind, entries, n, text);
			CHECK(image_has_text(&m, text) == want,
			    "%.*s among %zu of kind %d: not %d",
			    STR_ARG(text), n, (int)kind, want);
			yes += want;
			asked++;
		}
		assert_false(image_has_text(&m, STR("")));
		assert_false(image_has_ip(&m, ip_v4(1, 2, 3, 4)));
		arena_free(&a);
	}
	assert_in_range(yes, asked / 5, asked - asked / 5);
}

static void
test_does_not_fit(void **state)
{
	static const struct { enum group_kind kind; const char *text; }
	    rows[] = {
		{ TB_NETS, "" }, { TB_NETS, "192.0.2.1/24" },
		{ TB_NETS, "a.example" }, { TB_NETS, "192.0.2.0/33" },
		{ TB_DOMAINS, "a b" }, { TB_DOMAINS, "" },
		{ TB_NAMES, "-a.example" }, { TB_ADDRESSES, "a.example" },
		{ TB_ADDRESSES, "@a.example" }, { TB_ADDRESSES, "a@" },
	};
	struct arena *a = arena_new(0);
	struct image_draft *d;
	struct image m;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		d = image_new(rows[i].kind);
		CHECK(image_add(d, str_of(rows[i].text)) == -E_INVALID,
		    "\"%s\" fits", rows[i].text);
		assert_int_equal(image_open(image_finish(&d, 0, a),
		    rows[i].kind, &m), 0);
		assert_int_equal(m.count + m.count6, 0);
	}
	arena_free(&a);
}

/* --- what is no image ----------------------------------------------------- */

static const struct str some_nets[] = { STR("192.0.2.0/24"),
	STR("198.51.100.1"), STR("2001:db8::/32"), STR("2001:db9::1") };
static const struct str some_names[] = { STR("a.example"), STR("b.example"),
	STR("mx.a.example") };

/* A copy that ends where its memory does, so that a look beyond is seen. */
static int
open_copy(struct str bytes, enum group_kind kind, struct image *m)
{
	char *copy = malloc(bytes.len);
	int rc;

	if (bytes.len > 0)
		memcpy(copy, bytes.p, bytes.len);
	rc = image_open((struct str){ copy, bytes.len }, kind, m);
	if (rc == 0) {
		(void)image_has_ip(m, ip_v4(192, 0, 2, 1));
		(void)image_has_text(m, STR("x.a.example"));
	}
	free(copy);
	return rc;
}

static void
test_cut(void **state)
{
	struct arena *a = arena_new(0);
	struct image m;
	struct str nets, names;
	size_t i;

	(void)state;
	nets = made_of(a, TB_NETS, some_nets, COUNT(some_nets), &m);
	names = made_of(a, TB_DOMAINS, some_names, COUNT(some_names), &m);
	for (i = 0; i < nets.len; i++)
		CHECK(open_copy(str_sub(nets, 0, i), TB_NETS, &m) ==
		    -E_INVALID, "nets cut to %zu", i);
	for (i = 0; i < names.len; i++)
		CHECK(open_copy(str_sub(names, 0, i), TB_DOMAINS, &m) ==
		    -E_INVALID, "names cut to %zu", i);
	assert_int_equal(open_copy((struct str){ names.p, names.len },
	    TB_NAMES, &m), -E_INVALID);
	arena_free(&a);
}

/* Each byte wrong: refused, or still sorted and within. */
static void
test_garbled(void **state)
{
	struct arena *a = arena_new(0);
	struct image m;
	struct str made[2];
	unsigned refused = 0, taken = 0, bit;
	size_t i, k;
	char *p;

	(void)state;
	made[0] = made_of(a, TB_NETS, some_nets, COUNT(some_nets), &m);
	made[1] = made_of(a, TB_DOMAINS, some_names, COUNT(some_names), &m);
	for (k = 0; k < 2; k++)
		for (i = 0; i < made[k].len; i++)
			for (bit = 0; bit < 8; bit++) {
				p = (char *)(uintptr_t)made[k].p + i;
				*p = (char)(*p ^ 1 << bit);
				if (open_copy(made[k], k == 0 ? TB_NETS :
				    TB_DOMAINS, &m) == 0)
					taken++;
				else
					refused++;
				*p = (char)(*p ^ 1 << bit);
			}
	assert_in_range(refused, 500, 3000);
	assert_in_range(taken, 100, 3000);
	arena_free(&a);
}

/* A count that would reach around the end of all numbers. */
static void
test_counts(void **state)
{
	static const struct { uint64_t count, count6; } rows[] = {
		{ UINT64_MAX, 0 }, { 0, UINT64_MAX }, { UINT64_MAX / 8 + 1, 0 },
		{ 0, UINT64_MAX / 32 + 1 }, { 2, UINT64_MAX / 32 + 2 },
		{ 3, 2 }, { 2, 1 }, { 1, 2 }, { 2, 3 },
	};
	struct arena *a = arena_new(0);
	struct image m;
	struct image_head head;
	struct str nets;
	size_t i;

	(void)state;
	nets = made_of(a, TB_NETS, some_nets, COUNT(some_nets), &m);
	memcpy(&head, nets.p, sizeof head);
	assert_int_equal(head.count, 2);
	assert_int_equal(head.count6, 2);
	for (i = 0; i < COUNT(rows); i++) {
		head.count = rows[i].count;
		head.count6 = rows[i].count6;
		memcpy((void *)(uintptr_t)nets.p, &head, sizeof head);
		CHECK(open_copy(nets, TB_NETS, &m) == -E_INVALID,
		    "counts of row %zu", i);
	}
	arena_free(&a);
}

/* A million nets: 8 bytes each, and looked at within milliseconds. The bound
 * is loose, for machines that are busy; what is measured stands in the
 * output. */
static void
test_million(void **state)
{
	struct arena *a = arena_new(0);
	struct image_draft *d = image_new(TB_NETS);
	struct chance c = { 7 };
	struct image m;
	struct str bytes;
	char text[IP_TEXT + 4];
	usec_t start;
	uint32_t i;
	size_t n;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		n = net_print((struct net){ ip_v4((uint8_t)(i >> 15),
		    (uint8_t)(i >> 7), (uint8_t)(i << 1), 0), 120 }, text);
		assert_int_equal(image_add(d, (struct str){ text, n }), 0);
	}
	bytes = image_finish(&d, 0, a);
	assert_int_equal(bytes.len, sizeof (struct image_head) + 8000000);
	start = clock_cpu();
	assert_int_equal(image_open(bytes, TB_NETS, &m), 0);
	printf("# a million nets opened in %lld us\n",
	    (long long)(clock_cpu() - start));
	assert_in_range(clock_cpu() - start, 0, 500000);
	for (i = 0; i < 1000; i++) {
		n = draw(&c, 1000000);
		assert_true(image_has_ip(&m, ip_v4((uint8_t)(n >> 15),
		    (uint8_t)(n >> 7), (uint8_t)(n << 1), 255)));
		assert_false(image_has_ip(&m, ip_v4((uint8_t)(n >> 15),
		    (uint8_t)(n >> 7), (uint8_t)(n << 1 | 1), 0)));
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nets),
		cmocka_unit_test(test_net_edges),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_does_not_fit),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_garbled),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
