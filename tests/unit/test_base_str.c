/* SPDX-License-Identifier: BSD-2-Clause */
/* str: comparing, cutting, numbers, globs, distance. */
#include "tests/unit/check.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

static const struct str none = { NULL, 0 };

static int
sign(int x)
{
	return (x > 0) - (x < 0);
}

static void
comparing(void **state)
{
	static const struct {
		struct str a, b;
		int exact, blind;
		const char *why;
	} rows[] = {
		{ STR(""), STR(""), 0, 0, "empty" },
		{ STR("a"), STR(""), 1, 1, "longer" },
		{ STR("a"), STR("A"), 1, 0, "case" },
		{ STR("Z"), STR("a"), -1, 1, "case changes the order" },
		{ STR("abc"), STR("abd"), -1, -1, "last byte" },
		{ STR("ab"), STR("abc"), -1, -1, "prefix" },
		{ STR("a\0b"), STR("a\0c"), -1, -1, "NUL is a byte" },
		{ STR("a\0"), STR("a"), 1, 1, "NUL has length" },
		{ STR("\xff"), STR("a"), 1, 1, "bytes are unsigned" },
		{ STR("["), STR("{"), -1, -1, "no letter: bit 5 counts" },
		{ STR("@"), STR("`"), -1, -1, "just before A" },
		{ STR("\xc4"), STR("\xe4"), -1, -1, "no case beyond ASCII" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct str a = rows[i].a, b = rows[i].b;

		CHECK(sign(str_cmp(a, b)) == rows[i].exact &&
		    sign(str_cmp(b, a)) == -rows[i].exact, "%s", rows[i].why);
		CHECK(sign(str_cmp_case(a, b)) == rows[i].blind &&
		    sign(str_cmp_case(b, a)) == -rows[i].blind, "%s, blind",
		    rows[i].why);
		CHECK(str_eq(a, b) == (rows[i].exact == 0), "%s, eq",
		    rows[i].why);
		CHECK(str_eq_case(a, b) == (rows[i].blind == 0),
		    "%s, eq blind", rows[i].why);
	}
	assert_true(str_eq(none, STR("")));
	assert_true(str_eq_case(none, STR("")));
	assert_int_equal(str_cmp(none, STR("")), 0);
}

static void
starts_and_ends(void **state)
{
	(void)state;
	assert_true(str_starts(STR("MAIL FROM"), STR("MAIL")));
	assert_false(str_starts(STR("mail FROM"), STR("MAIL")));
	assert_true(str_starts_case(STR("mail FROM"), STR("MAIL")));
	assert_true(str_starts_case(STR("mail"), STR("MAIL")));
	assert_false(str_starts_case(STR("mall FROM"), STR("MAIL")));
	assert_true(str_starts(STR("MAIL"), STR("MAIL")));
	assert_false(str_starts(STR("MA"), STR("MAIL")));
	assert_false(str_starts_case(STR("MA"), STR("MAIL")));
	assert_true(str_starts(STR("x"), none));
	assert_true(str_starts(none, none));
	assert_true(str_ends_case(STR("a.Example.ORG"), STR(".example.org")));
	assert_true(str_ends_case(STR(".ORG"), STR(".org")));
	assert_false(str_ends_case(STR("a.example.net"), STR(".org")));
	assert_false(str_ends_case(STR("org"), STR(".example.org")));
	assert_true(str_ends_case(none, none));
}

static void
finding_and_cutting(void **state)
{
	struct str s = STR("a@b@c"), sp;

	(void)state;
	assert_int_equal(str_find(s, '@'), 1);
	assert_int_equal(str_find_last(s, '@'), 3);
	assert_int_equal(str_find(s, '!'), s.len);
	assert_int_equal(str_find_last(s, '!'), s.len);
	assert_int_equal(str_find(none, '@'), 0);
	assert_int_equal(str_find_last(none, '@'), 0);
	assert_int_equal(str_find(STR("ab\0c"), '\0'), 2);
	assert_int_equal(str_find_last(STR("@ab"), '@'), 0);
	assert_str(str_sub(s, 2, 1), "b");
	assert_str(str_sub(s, 2, SIZE_MAX), "b@c");
	assert_str(str_sub(s, 9, 1), "");
	assert_str(str_from(s, 5), "");
	assert_str(str_from(s, SIZE_MAX), "");
	assert_null(str_from(none, 3).p);
	assert_str(str_trim(STR(" \t a b\t ")), "a b");
	assert_str(str_trim(STR("\r\na ")), "\r\na");
	sp = str_trim(STR(" \t"));
	assert_int_equal(sp.len, 0);
	assert_int_equal(str_trim(none).len, 0);
	assert_int_equal(str_of(NULL).len, 0);
	assert_int_equal(str_of("ab").len, 2);
}

static void
splitting(void **state)
{
	struct str rest = STR("a..b");

	(void)state;
	assert_str(str_split(&rest, '.'), "a");
	assert_str(rest, ".b");
	assert_str(str_split(&rest, '.'), "");
	assert_str(str_split(&rest, '.'), "b");
	assert_null(rest.p);
	assert_str(str_split(&rest, '.'), "");
	/* A separator at the end leaves an empty rest that is not NULL. */
	rest = STR("a.");
	assert_str(str_split(&rest, '.'), "a");
	assert_int_equal(rest.len, 0);
	assert_non_null(rest.p);
}

/* catalogue 21: SIZE=-1, SIZE=99999999999999999999 */
static void
numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int rc;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0, 0 },
		{ "1", 0, -E_TOOBIG, 0 },
		{ "007", 10, 0, 7 },
		{ "255", 255, 0, 255 },
		{ "256", 255, -E_TOOBIG, 0 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, -E_TOOBIG, 0 },
		{ "18446744073709551620", UINT64_MAX, -E_TOOBIG, 0 },
		{ "99999999999999999999", UINT64_MAX, -E_TOOBIG, 0 },
		{ "184467440737095516150", UINT64_MAX, -E_TOOBIG, 0 },
		{ "99999999999999999999x", UINT64_MAX, -E_INVALID, 0 },
		{ "", 9, -E_INVALID, 0 },
		{ "-1", 9, -E_INVALID, 0 },
		{ "+1", 9, -E_INVALID, 0 },
		{ " 1", 9, -E_INVALID, 0 },
		{ "1 ", 9, -E_INVALID, 0 },
		{ "0x1", 9, -E_INVALID, 0 },
		{ "1.0", 9, -E_INVALID, 0 },
		{ "\xb2", 9, -E_INVALID, 0 },
	};
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		v = 4711;
		CHECK(str_number(str_of(rows[i].text), rows[i].max, &v) ==
		    rows[i].rc, "\"%s\"", rows[i].text);
		CHECK(v == (rows[i].rc == 0 ? rows[i].value : 4711),
		    "\"%s\" left %llu", rows[i].text, (unsigned long long)v);
	}
	assert_int_equal(str_number(STR("1\0"), 9, &v), -E_INVALID);
	assert_int_equal(str_number(none, 9, &v), -E_INVALID);
}

static void
numbers_printed(void **state)
{
	static const uint64_t rows[] = {
		0, 9, 10, 99, 100, 4294967295, 4294967296, UINT64_MAX
	};
	char text[NUMBER_TEXT], want[NUMBER_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		snprintf(want, sizeof want, "%llu",
		    (unsigned long long)rows[i]);
		assert_int_equal(number_print(rows[i], text), strlen(want));
		assert_string_equal(text, want);
	}
}

static void
globs(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool is_match;
	} rows[] = {
		{ "", "", true }, { "", "a", false }, { "*", "", true },
		{ "**", "", true }, { "?", "", false }, { "?", "a", true },
		{ "?", "ab", false }, { "a", "A", true }, { "A", "a", true },
		{ "abuse@*", "abuse@example.org", true },
		{ "abuse@*", "Abuse@", true },
		{ "abuse@*", "abuse", false },
		{ "*.dyn.*", "h1.dyn.example.net", true },
		{ "*.dyn.*", "dyn.example.net", false },
		{ "a*b*c", "aXbXbXc", true }, { "a*b*c", "aXcXb", false },
		{ "*ab", "aab", true }, { "*aab", "aaab", true },
		{ "*a?b", "xaab", true }, { "a*a", "a", false },
		{ "[ab]", "a", false }, { "[ab]", "[ab]", true },
		{ "\\*", "\\x", true }, { "a.c", "abc", false },
		{ "*?", "", false }, { "?*?", "ab", true },
		{ "?*?", "a", false }, { "\xe4*", "\xc4x", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		CHECK(str_glob(str_of(rows[i].pattern), str_of(rows[i].text))
		    == rows[i].is_match, "\"%s\" on \"%s\"", rows[i].pattern,
		    rows[i].text);
	assert_true(str_glob(STR("a*"), STR("a\0b")));
	assert_true(str_glob(STR("a?b"), STR("a\0b")));
	assert_true(str_glob(none, none));
}

/* The pattern by its definition, exponential. */
static bool
glob_by_definition(struct str p, struct str t)
{
	size_t i;

	if (p.len == 0)
		return t.len == 0;
	if (p.p[0] == '*') {
		for (i = 0; i <= t.len; i++)
			if (glob_by_definition(str_from(p, 1), str_from(t, i)))
				return true;
		return false;
	}
	return t.len > 0 && (p.p[0] == '?' || p.p[0] == t.p[0]) &&
	    glob_by_definition(str_from(p, 1), str_from(t, 1));
}

/* The n-th text of at most `most` bytes over an alphabet; false at the end. */
static bool
nth_text(unsigned n, const char *alphabet, size_t most, char *out, size_t *len)
{
	unsigned base = (unsigned)strlen(alphabet);

	for (*len = 0; n > 0; n = (n - 1) / base) {
		if (*len == most)
			return false;
		out[(*len)++] = alphabet[(n - 1) % base];
	}
	return true;
}

static void
globs_as_defined(void **state)
{
	char pattern[8], text[8];
	struct str p = { pattern, 0 }, t = { text, 0 };
	unsigned i, j;

	(void)state;
	for (i = 0; nth_text(i, "ab*?", 5, pattern, &p.len); i++)
		for (j = 0; nth_text(j, "ab", 6, text, &t.len); j++)
			CHECK(str_glob(p, t) == glob_by_definition(p, t),
			    "\"%.*s\" on \"%.*s\"", STR_ARG(p), STR_ARG(t));
}

/* Stars must not cost powers: this would take longer than the world. */
static void
globs_in_time(void **state)
{
	char pattern[64], *text;
	size_t n = 1 << 16, i;

	(void)state;
	text = malloc(n);
	assert_non_null(text);
	memset(text, 'a', n);
	for (i = 0; i < sizeof pattern; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[sizeof pattern - 1] = 'b';
	assert_false(str_glob((struct str){ pattern, sizeof pattern },
	    (struct str){ text, n }));
	free(text);
}

/* All of the table, for words of at most 7 bytes. */
static unsigned
full_distance(struct str a, struct str b)
{
	unsigned d[8][8], x;
	size_t i, j;

	for (i = 0; i <= a.len; i++) {
		for (j = 0; j <= b.len; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			x = d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
			if (d[i - 1][j] + 1 < x)
				x = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < x)
				x = d[i][j - 1] + 1;
			d[i][j] = x;
		}
	}
	return d[a.len][b.len];
}

static void
distances(void **state)
{
	static const struct {
		struct str a, b;
		unsigned max, d;
	} rows[] = {
		{ STR(""), STR(""), 0, 0 },
		{ STR("a"), STR("b"), 0, 1 },
		{ STR("kitten"), STR("sitting"), 9, 3 },
		{ STR("kitten"), STR("sitting"), 3, 3 },
		{ STR("kitten"), STR("sitting"), 2, 3 },
		{ STR("kitten"), STR("sitting"), 1, 2 },
		{ STR("graylist"), STR("greylist"), 2, 1 },
		{ STR("abcdefgh"), STR(""), 8, 8 },
		{ STR("abcdefgh"), STR(""), 7, 8 },
		{ STR("a"), STR("A"), 3, 1 },
		{ STR("a"), STR("b"), UINT_MAX - 1, 1 },
	};
	char a[64], b[100];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(str_distance(rows[i].a, rows[i].b,
		    rows[i].max), rows[i].d);
	memset(a, 'a', sizeof a);
	memset(b, 'b', sizeof b);
	/* Over 32 edits are over any max. */
	assert_int_equal(str_distance((struct str){ a, 32 },
	    (struct str){ b, 32 }, 40), 32);
	assert_int_equal(str_distance((struct str){ a, 33 },
	    (struct str){ b, 33 }, 40), 41);
	assert_int_equal(str_distance((struct str){ a, 64 },
	    (struct str){ b, 100 }, 99), 100);
}

static void
distances_as_defined(void **state)
{
	char x[8], y[8];
	struct str a = { x, 0 }, b = { y, 0 };
	unsigned i, j, max, full;

	(void)state;
	for (i = 0; nth_text(i, "ab", 7, x, &a.len); i += 3) {
		for (j = 0; nth_text(j, "ab", 7, y, &b.len); j++) {
			full = full_distance(a, b);
			for (max = 0; max < 8; max++)
				CHECK(str_distance(a, b, max) ==
				    (full > max ? max + 1 : full),
				    "%.*s %.*s max %u", STR_ARG(a), STR_ARG(b),
				    max);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing),
		cmocka_unit_test(starts_and_ends),
		cmocka_unit_test(finding_and_cutting),
		cmocka_unit_test(splitting),
		cmocka_unit_test(numbers),
		cmocka_unit_test(numbers_printed),
		cmocka_unit_test(globs),
		cmocka_unit_test(globs_as_defined),
		cmocka_unit_test(globs_in_time),
		cmocka_unit_test(distances),
		cmocka_unit_test(distances_as_defined),
	};

	return cmocka_run_group_tests_name("base/str", tests, NULL, NULL);
}
