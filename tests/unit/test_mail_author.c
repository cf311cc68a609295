/* SPDX-License-Identifier: BSD-2-Clause */
/* Who a message is from: catalogue 45-48, RFC 5322 3.4 and 4.4, 6854. */
#include "config.h"

#include <string.h>
#include <time.h>

#include "tests/unit/fields.h"

#include "mail/author.h"

static const char *const kinds[] = { [AU_ONE] = "one",
	[AU_SEVERAL] = "several", [AU_NONE] = "none", [AU_BAD] = "bad" };

/* "one good.test", "several a.test,b.test", "none", "bad". */
static struct str
shown(const struct authors *a)
{
	struct str s = arena_str(arena, str_of(kinds[a->kind]));
	size_t i;

	for (i = 0; i < a->count; i++)
		s = arena_printf(arena, "%.*s%s%.*s", STR_ARG(s),
		    i == 0 ? " " : ",", STR_ARG(a->domains[i]));
	return s;
}

#define GOOD "one good.test"

static const struct {
	const char *value, *want, *why;
} values[] = {
	/* RFC 5322 3.4 */
	{ "a@good.test", GOOD, "a bare address" },
	{ " a@GOOD.Test ", GOOD, "lower case, trimmed" },
	{ "<a@good.test>", GOOD, "angles" },
	{ "Ann <a@good.test>", GOOD, "a phrase" },
	{ "Ann B. Clark <a@good.test>", GOOD, "a dot in a phrase (4.1)" },
	{ "\"Clark, Ann\" <a@good.test>", GOOD, "a quoted phrase" },
	{ "\"Ann\" \"Clark\" B <a@good.test>", GOOD, "several words" },
	{ "\"\" <a@good.test>", GOOD, "an empty phrase" },
	{ "Ann\r\n <a@good.test>", GOOD, "folded" },
	{ "Ann\n\t<a@good.test>", GOOD, "folded with bare LF, as stored" },
	{ "a@good.test\r\n ", GOOD, "a fold at the end" },
	{ "a@good.test (Ann)", GOOD, "a comment behind" },
	{ "(x (y) \\) z) a@good.test", GOOD, "nested, escaped" },
	{ "(a@evil.test) <a@good.test>", GOOD, "an address in a comment" },
	{ "\"a@evil.test\" <a@good.test>", GOOD, "and in a phrase" },
	{ "a.b.c@good.test", GOOD, "a dotted local part" },
	{ "\"a b\"@good.test", GOOD, "a quoted local part" },
	{ "\"a\\\"@evil.test>\"@good.test", GOOD, "with quote and sign" },
	{ "\"a\".b@good.test", GOOD, "obs-local-part" },
	{ "a . b @ good.test", GOOD, "obs-local-part, spaces" },
	{ "a(c)@(d)good.test(e)", GOOD, "comments around the sign" },
	{ "!#$%&'*+-/=?^_`{|}~@good.test", GOOD, "all of atext" },
	{ "J\xc3\xb6rg <a@good.test>", GOOD, "8-bit phrase (6532)" },
	{ "\"J\xf6rg\" <a@good.test>", GOOD, "8-bit, not UTF-8, quoted" },
	{ "j\xc3\xb6rg@good.test", GOOD, "8-bit local part" },
	{ "=?utf-8?q?a=40evil.test?= <a@good.test>", GOOD, "encoded word" },
	{ "=?utf-8?q?a=40evil.test?=@good.test", GOOD, "as local part" },
	{ "a@good.test, b@good.test", GOOD, "one domain twice" },
	{ "a@good.test, b@GOOD.TEST", GOOD, "in any case" },
	{ "a@xn--mnchen-3ya.test", "one xn--mnchen-3ya.test", "A-label" },
	{ "a@good.test, b@evil.test", "several good.test,evil.test", "46" },
	{ "Ann <a@good.test>, \"x\" <b@evil.test>, c@good.test",
	  "several good.test,evil.test", "46" },
	{ "a@a.test, b@b.test, c@c.test, d@b.test, e@c.test, f@d.test",
	  "several a.test,b.test,c.test,d.test", "each once, in order" },
	{ "azAZ09@good.test", GOOD, "ends of the alphabet" },
	/* 4.4, obsolete */
	{ "<@a.test:a@good.test>", GOOD, "a route" },
	{ "<@a.test,@b.test:a@good.test>", GOOD, "a route of two" },
	{ "<@a.test, ,(c) @b.test,:a@good.test>", GOOD, "empty elements" },
	{ ", ,a@good.test,, ", GOOD, "empty elements of a list" },
	{ "Ann . B <a@good.test>", GOOD, "obs-phrase" },
	/* 6854 */
	{ "Staff:;", "none", "a group without author" },
	{ "Staff: ;", "none", "the same" },
	{ "Staff:(hidden);", "none", "the same" },
	{ "\"a@good.test\":;", "none", "whatever its name" },
	{ "a.b:;", "none", "a dot in its name" },
	{ "Staff: a@good.test;", GOOD, "a group with one" },
	{ "Staff: Ann <a@good.test>, b@evil.test;",
	  "several good.test,evil.test", "a group with two" },
	{ "a@evil.test, Staff: a@good.test;",
	  "several evil.test,good.test", "beside another" },
	{ "Staff:;, More:;", "none", "two groups" },
	{ "Staff:,,;", "none", "obs-group-list" },
	/* nothing */
	{ "", "none", "empty" },
	{ "  \r\n ", "none", "empty" },
	{ "(nobody)", "none", "a comment only" },
	/* catalogue 46, 47 */
	{ "a@good(.evil.test)", "bad", "a comment hides the rest" },
	{ "a@good.test(.evil.test", "bad", "a comment that does not end" },
	{ "a@good.test)", "bad", "one that never began" },
	{ "a@good.(c)test", "bad", "a comment inside a domain" },
	{ "a@good .test", "bad", "a space inside a domain" },
	{ "a@good. test", "bad", "a space inside a domain" },
	{ "a@good.test .evil.test", "bad", "a domain that goes on" },
	{ "a@good.test\r\n .evil.test", "bad", "folded" },
	{ "a@good.test.", "bad", "a dot at the end (90)" },
	{ "a@.good.test", "bad", "a dot at the start" },
	{ "a@good..test", "bad", "two dots" },
	{ "a@good", "bad", "one label" },
	{ "a@com", "bad", "one label" },
	{ "a@", "bad", "no domain" },
	{ "@good.test", "bad", "no local part" },
	{ "<@good.test>", "bad", "no local part" },
	{ "a", "bad", "no sign" },
	{ "a@192.0.2.1", "bad", "an address, not a domain" },
	{ "a@[192.0.2.1]", "bad", "a literal" },
	{ "a@[192.0.2.1], a@good.test", "bad", "a literal beside a domain" },
	{ "a@[evil", "bad", "a literal that does not end" },
	{ "a@=?utf-8?q?good.test?=", "bad", "an encoded word for a domain" },
	{ "a@m\xc3\xbcnchen.test", "bad", "a U-label" },
	{ "a@go_od!.test", "bad", "no letter of a host" },
	{ "a@-good.test", "bad", "a hyphen first" },
	{ "<<a@good.test>>", "bad", "two angles" },
	{ "<a@good.test>>", "bad", "one too many" },
	{ "<a@good.test", "bad", "does not end" },
	{ "a@good.test>", "bad", "does not begin" },
	{ "<a@good.test> <b@evil.test>", "bad", "two" },
	{ "<a@good.test>b@evil.test", "bad", "two" },
	{ "a@good.test <b@evil.test>", "bad", "an address for a name" },
	{ "a@good.test b@evil.test", "bad", "no comma" },
	{ "a@good.test;b@evil.test", "bad", "the wrong comma" },
	{ "a@good.test@evil.test", "bad", "two signs" },
	{ "<a@good.test@evil.test>", "bad", "two signs" },
	{ "a b@good.test", "bad", "two words" },
	{ "\"a\" b@good.test", "bad", "two words" },
	{ "\"a\"b@good.test", "bad", "two words" },
	{ "a..b@good.test", "bad", "two dots" },
	{ ".a@good.test", "bad", "a dot first" },
	{ "a.@good.test", "bad", "a dot last" },
	{ ". <a@good.test>", "bad", "a phrase begins with a word" },
	{ "\"a@good.test", "bad", "quotes that do not end" },
	{ "\"a\\\"@good.test", "bad", "quotes that do not end" },
	{ "a\"@good.test", "bad", "quotes that do not end" },
	{ "a\\@good.test", "bad", "a pair outside quotes" },
	{ "a@good.test\\", "bad", "a pair outside quotes" },
	{ "<>", "bad", "nobody" },
	{ "Ann <>", "bad", "nobody" },
	{ "Ann", "bad", "a name only" },
	{ "Staff: a@good.test", "bad", "a group that does not end" },
	{ "Staff: More: a@good.test;;", "bad", "a group in a group" },
	{ "a@good.test;", "bad", "an end without group" },
	{ ":;", "bad", "a group without name" },
	{ "<Staff:;>", "bad", "a group in angles" },
	{ "<@a.test@b.test:a@good.test>", "bad", "a route without comma" },
	{ "<@a.test a@good.test>", "bad", "a route without colon" },
	{ "<@a.test:>", "bad", "a route to nowhere" },
	{ "<@:a@good.test>", "bad", "a route over nobody" },
	{ "<a@good.test:b@evil.test>", "bad", "no route" },
	{ "a@good.test\r<b@evil.test>", "bad", "a bare CR" },
	{ "\"a\rb\" <a@good.test>", "bad", "a bare CR in quotes" },
	{ "(a\rb) <a@good.test>", "bad", "a bare CR in a comment" },
	{ "\"a\\\r\nb\" <a@good.test>", "bad", "an escaped line end" },
	{ "a@good.test\nb", "bad", "a line that continues nothing" },
	{ "a@good.test\x01", "bad", "a control" },
	{ "a@good.test\x7f", "bad", "a control" },
	{ "a@good\xc2\xa0.test", "bad", "a space of Unicode" },
	{ "a@good\xef\xbc\x8etest.test", "bad", "a full-width dot" },
};

/* From memory that ends where the text ends. */
static void
parse_exact(struct str value, struct authors *a)
{
	char *p = malloc(value.len);

	if (value.len > 0)
		memcpy(p, value.p, value.len);
	authors_parse((struct str){ p, value.len }, arena, a);
	free(p);
}

static void
values_are_read(void **state)
{
	struct authors a;
	struct str got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(values); i++) {
		parse_exact(str_of(values[i].value), &a);
		got = shown(&a);
		if (!str_eq(got, str_of(values[i].want)))
			fail_msg("\"%s\" (%s): %.*s, not %s",
			    values[i].value, values[i].why, STR_ARG(got),
			    values[i].want);
		assert_true((a.count > 0) == (a.kind == AU_ONE ||
		    a.kind == AU_SEVERAL));
	}
}

/* catalogue 47: NUL, wherever it is */
static void
no_nul_is_taken(void **state)
{
	static const char text[] = "\"q\\q\" (c\\c) x y. <@a.b:l.l@good.test>";
	char copy[sizeof text];
	struct authors a;
	size_t i;

	(void)state;
	authors_parse(STR(text), arena, &a);
	assert_int_equal(a.kind, AU_ONE);
	for (i = 0; i < sizeof text - 1; i++) {
		memcpy(copy, text, sizeof text);
		copy[i] = '\0';
		authors_parse((struct str){ copy, sizeof text - 1 }, arena,
		    &a);
		assert_int_equal(a.kind, AU_BAD);
	}
}

static const struct {
	const char *header, *want, *why;
} headers[] = {
	{ "From: a@good.test\r\n\r\n", GOOD, "one" },
	{ "fRoM : a@good.test\r\n\r\n", GOOD, "as obsolete syntax has it" },
	{ "To: b@x.test\r\n\r\n", "none", "no From" },
	{ "\r\n", "none", "no header" },
	{ "From:\r\n\r\n", "none", "empty" },
	{ "From: Staff:;\r\n\r\n", "none", "a group is one field (6854)" },
	{ "From: a@good.test\r\nSubject: x\r\nFROM: a@good.test\r\n\r\n",
	  "bad", "two, even of one author (46)" },
	{ "From: a@good.test\r\nFrom:\r\n\r\n", "bad", "one of them empty" },
	{ "From: a@good.test\r\nFrom : b@evil.test\r\n\r\n", "bad",
	  "spelled otherwise" },
	{ "Resent-From: a@evil.test\r\nFrom: a@good.test\r\n"
	  "X-From: c\r\nSender: d@e.test\r\n\r\nFrom: b@evil.test\r\n",
	  GOOD, "others are no From" },
};

static void
fields_are_found(void **state)
{
	struct authors a;
	struct header h;
	struct str got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(headers); i++) {
		read_text(str_of(headers[i].header), &h);
		authors_read(&h, arena, &a);
		got = shown(&a);
		if (!str_eq(got, str_of(headers[i].want)))
			fail_msg("%s: %.*s", headers[i].why, STR_ARG(got));
	}
}

/* A field over HEADER_FIELD gives no facts, so no author either. */
static void
a_long_field_is_bad(void **state)
{
	struct buf b = BUF_INIT(0);
	struct authors a;
	struct header h;

	(void)state;
	assert_int_equal(buf_addf(&b, "From: a@good.test (%*s)\r\n\r\n",
	    (int)HEADER_FIELD, "x"), 0);
	read_text(buf_str(&b), &h);
	authors_read(&h, arena, &a);
	assert_int_equal(a.kind, AU_BAD);
	buf_free(&b);
}

static void
add_many(struct buf *b, const char *before, const char *behind, size_t n)
{
	size_t i;

	b->len = 0;
	for (i = 0; i < n; i++)
		assert_int_equal(buf_addf(b, "%s%zu%s", before, i, behind),
		    0);
}

/* catalogue 45: 1,000 addresses and not one more, in no time. */
static void
addresses_are_counted(void **state)
{
	struct buf b = BUF_INIT(0);
	struct authors a;
	clock_t before = clock();

	(void)state;
	add_many(&b, "a@d", ".test,", 1000);
	authors_parse(buf_str(&b), arena, &a);
	assert_int_equal(a.kind, AU_SEVERAL);
	assert_int_equal(a.count, 1000);
	add_many(&b, "a@d", ".test,", 1001);
	authors_parse(buf_str(&b), arena, &a);
	assert_int_equal(a.kind, AU_BAD);
	add_many(&b, "x", "@good.test,", 1001);
	authors_parse(buf_str(&b), arena, &a);
	assert_int_equal(a.kind, AU_BAD);
	add_many(&b, "(", ")", 100000);
	authors_parse(buf_str(&b), arena, &a);
	assert_int_equal(a.kind, AU_NONE);
	assert_true(clock() - before < CLOCKS_PER_SEC);
	buf_free(&b);
}

/* Depth and length have an end; what is quadratic elsewhere is not here. */
static void
long_values_are_quick(void **state)
{
	static const char *const bytes = "(\"[<,.:;@a \\";
	const size_t n = HEADER_FIELD;
	char *p = malloc(n);
	clock_t before = clock();
	struct authors a;
	size_t i;

	(void)state;
	for (i = 0; bytes[i] != '\0'; i++) {
		memset(p, bytes[i], n);
		authors_parse((struct str){ p, n }, arena, &a);
		assert_true(a.kind == AU_BAD || a.kind == AU_NONE);
	}
	memset(p, '(', 32);
	memset(p + 32, ')', 32);
	authors_parse((struct str){ p, 64 }, arena, &a);
	assert_int_equal(a.kind, AU_NONE);
	memset(p, '(', 33);
	memset(p + 33, ')', 33);
	authors_parse((struct str){ p, 66 }, arena, &a);
	assert_int_equal(a.kind, AU_BAD);
	assert_true(clock() - before < CLOCKS_PER_SEC);
	free(p);
}

/* A field of 64 KiB, made of one piece over and over. */
static size_t
memory_for(const char *first, const char *piece, const char *last)
{
	struct arena *a = arena_new(0);
	struct buf b = BUF_INIT(0);
	struct authors got;
	size_t used;

	assert_int_equal(buf_add_str(&b, str_of(first)), 0);
	while (b.len < HEADER_FIELD)
		assert_int_equal(buf_add_str(&b, str_of(piece)), 0);
	assert_int_equal(buf_add_str(&b, str_of(last)), 0);
	authors_parse(buf_str(&b), a, &got);
	used = arena_used(a);
	buf_free(&b);
	arena_free(&a);
	return used;
}

#define DOTS10 "a.a.a.a.a.a.a.a.a.a."
#define DOTS100 DOTS10 DOTS10 DOTS10 DOTS10 DOTS10 DOTS10 DOTS10 DOTS10 \
	DOTS10 DOTS10

static void
memory_is_bounded(void **state)
{
	(void)state;
	assert_true(memory_for("<", "@" DOTS100 "test,", ":a@b.test>") <
	    4096);
	assert_true(memory_for("", "a@" DOTS100 "test,", "") < 4096);
	assert_true(memory_for("", "a@b.test,", "") < 4096);
	assert_true(memory_for("", "(", "") < 4096);
}

/* A domain of 253 bytes is one; a longer one is none. */
static void
long_domains(void **state)
{
	char text[300];
	struct authors a;
	size_t i, n;

	(void)state;
	for (n = 252; n < 260; n++) {
		memset(text, 'x', sizeof text);
		memcpy(text, "a@", 2);
		for (i = 2 + 50; i < 2 + 250; i += 50)
			text[i] = '.';
		authors_parse((struct str){ text, 2 + n }, arena, &a);
		assert_int_equal(a.kind, n <= 253 ? AU_ONE : AU_BAD);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(no_nul_is_taken),
		cmocka_unit_test(fields_are_found),
		cmocka_unit_test(a_long_field_is_bad),
		cmocka_unit_test(addresses_are_counted),
		cmocka_unit_test(long_values_are_quick),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(long_domains),
	};

	return cmocka_run_group_tests_name("mail/author", tests, setup,
	    teardown);
}
