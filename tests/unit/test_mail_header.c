/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking headers apart: catalogue 44, 53, 58 to 60. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/error.h"
#include "mail/header.h"

static struct arena *arena;
static struct body_pool pool = { .max = (size_t)64 << 20 };

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int
read_text(struct str text, struct header *h)
{
	struct body *b;
	int rc;

	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_append(b, text.p, text.len), 0);
	assert_int_equal(body_seal(b), 0);
	rc = header_read(b, arena, h);
	body_free(&b);  /* the header must not live there */
	return rc;
}

/* "name=value|name=value", no name for a line that is no field; "-~" stands
 * for CR LF. */
static struct str
draw(const struct header *h)
{
	struct str out = { "", 0 };
	size_t i;
	char *p;

	for (i = 0; i < h->count; i++)
		out = arena_printf(arena, "%.*s%s%.*s=%.*s", STR_ARG(out),
		    i == 0 ? "" : "|", STR_ARG(h->fields[i].name),
		    STR_ARG(h->fields[i].value));
	p = arena_alloc(arena, out.len + 1);
	for (i = 0; i < out.len; i++)
		p[i] = out.p[i] == '\n' ? '~' : out.p[i] == '\r' ? '-' :
		    out.p[i];
	return (struct str){ p, out.len };
}

#define ROW(in, size, odd, out, why) \
	{ { (in), sizeof (in) - 1 }, (size), (odd), (out), (why) }

static const struct {
	struct str  in;
	size_t      size;
	bool        has_odd;
	const char *out, *why;
} rows[] = {
	ROW("", 0, false, "", "nothing at all"),
	ROW("\r\n", 2, false, "", "no fields"),
	ROW("\r\nA: b\r\n", 2, false, "", "a body only"),
	ROW("A: b\r\n\r\n", 8, false, "A= b", "one"),
	ROW("A: b\r\n\r\nC: d\r\n\r\n", 8, false, "A= b", "the body stays"),
	ROW("A: b\r\nC: d\r\n\r\nx", 14, false, "A= b|C= d", "two"),
	ROW("A: b\r\n", 6, false, "A= b", "no empty line"),
	ROW("A: b", 4, false, "A= b", "no line end"),
	ROW("A:b\r\n\r\n", 7, false, "A=b", "no space"),
	ROW("A:\r\n\r\n", 6, false, "A=", "no value"),
	ROW("A: b\r\n c\r\n\td\r\n\r\n", 16, false, "A= b-~ c-~\td",
	    "folded"),
	ROW("A: b\r\n \r\n c\r\n\r\n", 15, false, "A= b-~ -~ c",
	    "a fold of white space only is no empty line"),
	ROW("A:\r\n b\r\n\r\n", 10, false, "A=-~ b", "nothing before a fold"),
	ROW("A: b:c\r\n\r\n", 10, false, "A= b:c", "a colon in the value"),
	ROW("A : b\r\n\r\n", 9, false, "A= b", "RFC 5322 4.5"),
	ROW("A \t : b\r\n\r\n", 11, false, "A= b", "RFC 5322 4.5"),
	ROW("A\r\n : b\r\n\r\n", 11, false, "A= b", "a fold before the colon"),
	ROW("a!#$~: b\r\n\r\n", 12, false, "a!#$~= b", "all of ftext"),
	ROW("no colon\r\nA: b\r\n\r\n", 18, true, "=no colon|A= b",
	    "catalogue 44"),
	ROW(" A: b\r\nC: d\r\n\r\n", 15, true, "= A: b|C= d",
	    "catalogue 44: a space first"),
	ROW(" A: b\r\n c\r\nC: d\r\n\r\n", 19, true, "= A: b-~ c|C= d",
	    "and a line more"),
	ROW(": b\r\n\r\n", 7, true, "=: b", "catalogue 44: no name"),
	ROW("A B: c\r\n\r\n", 10, true, "=A B: c", "a space in the name"),
	ROW("A\x7f: c\r\n\r\n", 9, true, "=A\x7f: c", "DEL in the name"),
	ROW("\xc3\xa4: c\r\n\r\n", 9, true, "=\xc3\xa4: c",
	    "8-bit in the name"),
	ROW("A: \xc3\xa4\r\n\r\n", 9, false, "A= \xc3\xa4",
	    "catalogue 59: 8-bit in a value"),
	ROW("From bob Mon Jan  1 00:00:00 2026\r\nA: b\r\n\r\n", 43, true,
	    "=From bob Mon Jan  1 00:00:00 2026|A= b", "catalogue 58"),
	ROW(">From bob\r\nA: b\r\n\r\n", 19, true, "=>From bob|A= b",
	    "catalogue 58"),
	ROW("A: b\nC: d\n\nx", 11, false, "A= b|C= d",
	    "catalogue 60: bare LF ends lines"),
	ROW("A: b\nC: d\r\n\r\nx", 13, false, "A= b|C= d", "mixed"),
	ROW("A: b\r\n\nC: d\r\n\r\n", 7, false, "A= b", "mixed"),
	ROW("A: b\r\n\rC: d\r\n\r\n", 15, true, "A= b|=\rC: d",
	    "a bare CR is no line end"),
	ROW("A: b\r\n\r\r\n\r\n", 11, true, "A= b|=\r",
	    "nor is it an empty line"),
	ROW("A: b\rC: d\r\n\r\n", 13, false, "A= b-C: d", "bare CR inside"),
};

static void
fields_are_found(void **state)
{
	struct header h;
	struct str drawn, all, want;
	size_t i, k, done;
	char *p;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(read_text(rows[i].in, &h), 0);
		want = arena_str(arena, str_of(rows[i].out));
		p = (char *)(uintptr_t)want.p;
		for (k = 0; k < want.len; k++)
			if (p[k] == '\r')
				p[k] = '-';
		drawn = draw(&h);
		if (!str_eq(drawn, want))
			fail_msg("row %zu (%s): %.*s", i, rows[i].why,
			    STR_ARG(drawn));
		assert_int_equal(h.size, rows[i].size);
		assert_int_equal(h.has_odd, rows[i].has_odd);
		assert_false(h.has_nul);
		for (k = 0, done = 0; k < h.count; k++) {
			all = h.fields[k].raw;
			assert_int_equal(h.fields[k].at, done);
			assert_memory_equal(all.p, rows[i].in.p + done,
			    all.len);
			done += all.len;
		}
		assert_true(h.size - done <= 2);
	}
}

static void
nul_is_seen(void **state)
{
	struct header h;

	(void)state;
	assert_int_equal(read_text(STR("A: b\0c\r\n\r\nd"), &h), 0);
	assert_true(h.has_nul);
	assert_int_equal(h.fields[0].value.len, 4);
	assert_int_equal(read_text(STR("A: b\r\n\r\nd\0e"), &h), 0);
	assert_false(h.has_nul);
}

static void
names_are_case_blind(void **state)
{
	const struct field *f;
	struct header h;

	(void)state;
	assert_int_equal(read_text(STR("Received: 1\r\nSubject: s\r\n"
	    "RECEIVED: 2\r\nReceive: x\r\nreceived : 3\r\n\r\n"), &h), 0);
	assert_int_equal(header_count(&h, STR("received")), 3);
	assert_int_equal(header_count(&h, STR("X")), 0);
	f = header_next(&h, STR("Received"), NULL);
	assert_ptr_equal(f, &h.fields[0]);
	f = header_next(&h, STR("Received"), f);
	assert_ptr_equal(f, &h.fields[2]);
	f = header_next(&h, STR("Received"), f);
	assert_ptr_equal(f, &h.fields[4]);
	assert_null(header_next(&h, STR("Received"), f));
	assert_int_equal(read_text(STR("\r\n"), &h), 0);
	assert_null(header_next(&h, STR("Received"), NULL));
}

static void
text_is_unfolded(void **state)
{
	static const struct { struct str in; const char *out; } cases[] = {
		{ { "A:  b \r\n\r\n", 11 }, "b" },
		{ { "A: b\r\n c\r\n\t d\r\n\r\n", 18 }, "b c\t d" },
		{ { "A:\r\n b\r\n\r\n", 10 }, "b" },
		{ { "A: b (c\r\n d)\r\n\r\n", 16 }, "b (c d)" },
		{ { "A: b\r\rc\r\n\r\n", 11 }, "b\r\rc" },
		{ { "A:\r\n\r\n", 6 }, "" },
	};
	struct header h;
	struct str text;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(read_text(cases[i].in, &h), 0);
		text = field_text(&h.fields[0], arena);
		if (!str_eq(text, str_of(cases[i].out)))
			fail_msg("case %zu: \"%.*s\"", i, STR_ARG(text));
	}
}

/* n times a line, then the empty line. */
static struct str
many(const char *line, size_t n)
{
	size_t len = strlen(line), i;
	char *p = malloc(n * len + 2);

	assert_non_null(p);
	for (i = 0; i < n; i++)
		memcpy(p + i * len, line, len);
	memcpy(p + n * len, "\r\n", 2);
	return (struct str){ p, n * len + 2 };
}

static int
read_many(const char *line, size_t n, struct header *h)
{
	struct str text = many(line, n);
	int rc = read_text(text, h);

	free((void *)(uintptr_t)text.p);
	return rc;
}

/* One field of n bytes with name and line end, then the empty line. */
static int
read_one(size_t n, struct header *h)
{
	char *p = malloc(n + 2);
	int rc;

	memset(p, 'x', n);
	memcpy(p, "A: ", 3);
	memcpy(p + n - 2, "\r\n\r\n", 4);
	rc = read_text((struct str){ p, n + 2 }, h);
	free(p);
	return rc;
}

static void
limits_hold(void **state)
{
	struct header h;

	(void)state;
	assert_int_equal(read_many("A: b\r\n", HEADER_COUNT, &h), 0);
	assert_int_equal(h.count, HEADER_COUNT);
	assert_int_equal(read_many("A: b\r\n", HEADER_COUNT + 1, &h),
	    -E_TOOBIG);
	assert_int_equal(read_many("odd\r\n", HEADER_COUNT + 1, &h),
	    -E_TOOBIG);
	assert_int_equal(read_one(HEADER_FIELD, &h), 0);
	assert_false(h.fields[0].is_long);
	assert_int_equal(read_one(HEADER_FIELD + 1, &h), 0);
	assert_true(h.fields[0].is_long);
	assert_int_equal(h.fields[0].raw.len, HEADER_FIELD + 1);
	assert_int_equal(read_one(HEADER_TOTAL - 2, &h), 0);
	assert_int_equal(h.size, HEADER_TOTAL);
	assert_int_equal(read_one(HEADER_TOTAL - 1, &h), -E_TOOBIG);
	/* catalogue 44: a field of 1 MB */
	assert_int_equal(read_one(1000000, &h), -E_TOOBIG);
}

/* catalogue 44: 100,000 fields and 10 MB cost what their first 264 KiB
 * cost, each read at most twice: no more than a few milliseconds. */
static void
time_is_bounded(void **state)
{
	static const struct { const char *line; size_t n; } cases[] = {
		{ "A: b\r\n", 100000 }, { "\t\r\n", 100000 },
		{ "x", 10000000 }, { "A: b\r\n c\r\n", 1000000 },
		{ ":", 10000000 }, { "\r", 10000000 },
	};
	struct header h;
	clock_t before;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		struct str text = many(cases[i].line, cases[i].n);
		struct body *b;

		assert_int_equal(body_new(&pool, &b), 0);
		assert_int_equal(body_append(b, text.p, text.len), 0);
		before = clock();
		assert_int_equal(header_read(b, arena, &h), -E_TOOBIG);
		assert_true(clock() - before < CLOCKS_PER_SEC / 5);
		body_free(&b);
		free((void *)(uintptr_t)text.p);
	}
}

/* The end of a header at every place of the first two blocks. */
static void
blocks_change_nothing(void **state)
{
	static char text[16500];
	struct header h;
	size_t n;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "A: ", 3);
	for (n = 8180; n < 8200; n++) {
		memcpy(text + n, "\r\n\r\nB: c\r\n\r\n", 12);
		assert_int_equal(read_text((struct str){ text, n + 12 }, &h),
		    0);
		assert_int_equal(h.size, n + 4);
		assert_int_equal(h.count, 1);
		memcpy(text + n, "\r\n \r\nB: c\r\n\r\n", 13);
		assert_int_equal(read_text((struct str){ text, n + 13 }, &h),
		    0);
		assert_int_equal(h.size, n + 13);
		assert_int_equal(h.count, 2);
		memset(text + n, 'x', 13);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found),
		cmocka_unit_test(nul_is_seen),
		cmocka_unit_test(names_are_case_blind),
		cmocka_unit_test(text_is_unfolded),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(time_is_bounded),
		cmocka_unit_test(blocks_change_nothing),
	};

	return cmocka_run_group_tests_name("mail/header", tests, setup,
	    teardown);
}
