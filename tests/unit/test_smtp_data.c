/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The data phase against a reference that reads the rules of RFC 5321 from a
 * whole string: every string of up to 7 bytes over the bytes that matter, in
 * one piece, byte by byte and cut in two anywhere, after the start and after
 * a line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "smtp/data.h"

#define LONGEST 7

struct result {
	char   kept[64];
	size_t len;
	size_t used;     /* bytes of the input up to the end of the message */
	bool   has_end, has_bare, has_nul;
};

/* --- the reference ------------------------------------------------------- */

/* A line of RFC 5321 ends in CR LF and nowhere else: length with its end, or
 * what is there when none ends it. */
static size_t
line_length(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i + 1 < n; i++)
		if (p[i] == '\r' && p[i + 1] == '\n')
			return i + 2;
	return n;
}

static void
note_odd(const char *p, size_t n, struct result *r)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '\0')
			r->has_nul = true;
		if (p[i] == '\n' && (i == 0 || p[i - 1] != '\r'))
			r->has_bare = true;
		if (p[i] == '\r' && i + 1 < n && p[i + 1] != '\n')
			r->has_bare = true;
	}
}

static void
reference(const char *p, size_t n, struct result *r)
{
	size_t size, skip;

	memset(r, 0, sizeof *r);
	while (n > 0) {
		size = line_length(p, n);
		if (size == 3 && memcmp(p, ".\r\n", 3) == 0) {
			r->used += 3;
			r->has_end = true;
			return;
		}
		skip = p[0] == '.';
		note_odd(p + skip, size - skip, r);
		/* ".\r" could still become the end: its CR is held back. */
		if (size == 2 && n == 2 && memcmp(p, ".\r", 2) == 0)
			skip = 2;
		memcpy(r->kept + r->len, p + skip, size - skip);
		r->len += size - skip;
		r->used += size;
		p += size;
		n -= size;
	}
}

/* --- the real one, in pieces --------------------------------------------- */

static void
feed(struct data *d, const char *p, size_t n, struct result *r)
{
	struct str in = { p, n }, keep;
	size_t took, idle = 0;

	while (in.len > 0 && d->state != DA_END && idle < 2) {
		took = data_next(d, in, &keep);
		if (keep.len > 0)
			memcpy(r->kept + r->len, keep.p, keep.len);
		r->len += keep.len;
		r->used += took;
		in = str_from(in, took);
		idle = took > 0 ? 0 : idle + 1;
	}
	assert_true(idle < 2);          /* it always gets on */
}

static void
finish(const struct data *d, struct result *r)
{
	r->has_end = d->state == DA_END;
	r->has_bare = d->has_bare;
	r->has_nul = d->has_nul;
	assert_int_equal(d->size, r->len);
}

static void
compare(const char *text, size_t n, const struct result *want,
    const struct result *got)
{
	char show[64];
	size_t i;

	if (want->len == got->len && want->used == got->used &&
	    memcmp(want->kept, got->kept, want->len) == 0 &&
	    want->has_end == got->has_end &&
	    want->has_bare == got->has_bare &&
	    want->has_nul == got->has_nul)
		return;
	for (i = 0; i < n; i++)
		show[i] = text[i] == '\r' ? 'R' : text[i] == '\n' ? 'N' :
		    text[i] == '\0' ? '0' : text[i];
	show[n] = '\0';
	fail_msg("\"%s\": kept %zu for %zu, used %zu for %zu, end %d %d, "
	    "bare %d %d, nul %d %d", show, got->len, want->len, got->used,
	    want->used, got->has_end, want->has_end, got->has_bare,
	    want->has_bare, got->has_nul, want->has_nul);
}

static void
check_cut(const char *text, size_t n, const struct result *want)
{
	struct result got;
	struct data d;
	size_t cut, i;

	for (cut = 0; cut <= n; cut++) {
		memset(&d, 0, sizeof d);
		memset(&got, 0, sizeof got);
		feed(&d, text, cut, &got);
		feed(&d, text + cut, n - cut, &got);
		finish(&d, &got);
		compare(text, n, want, &got);
	}
	memset(&d, 0, sizeof d);
	memset(&got, 0, sizeof got);
	for (i = 0; i < n; i++)
		feed(&d, text + i, 1, &got);
	finish(&d, &got);
	compare(text, n, want, &got);
}

/* All strings: the digits of a number to the base 5. catalogue 1, 2, 36 */
static void
test_all_short_strings(void **state)
{
	static const char bytes[] = { '\r', '\n', '.', '\0', 'a' };
	static const char *const fronts[] = { "", "a\r\n" };
	char text[LONGEST + 4];
	struct result want;
	unsigned long number, count = 1;
	size_t n, front, i, at;

	(void)state;
	for (n = 0; n <= LONGEST; n++, count *= COUNT(bytes))
		for (number = 0; number < count * COUNT(fronts); number++) {
			front = number % COUNT(fronts);
			at = strlen(fronts[front]);
			memcpy(text, fronts[front], at);
			unsigned long rest = number / COUNT(fronts);
			for (i = 0; i < n; i++, rest /= COUNT(bytes))
				text[at + i] = bytes[rest % COUNT(bytes)];
			reference(text, at + n, &want);
			check_cut(text, at + n, &want);
		}
}

/* The rows of catalogue 1 and 2 by name: none of them ends a message. */
static void
test_smuggling(void **state)
{
	static const struct str rows[] = {
		STR("a\n.\n"), STR("a\n.\r\n"), STR("a\r\n.\n"),
		STR("a\r.\r"), STR("a\r\n.\r"), STR("a\r.\n"),
		STR("a\r.\r\n"), STR("a\n.\r"), STR("a\r\n\0.\r\n"),
		STR("a\r\n.\0\r\n"), STR("a\r\n.\r\r\n"), STR("a\n\r\n\r."),
	};
	struct result got;
	struct data d;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&d, 0, sizeof d);
		memset(&got, 0, sizeof got);
		feed(&d, rows[i].p, rows[i].len, &got);
		assert_int_not_equal(d.state, DA_END);
		/* What follows such a "message" is still content. */
		feed(&d, "MAIL FROM:<x@y>\r\n.\r\nQUIT", 24, &got);
		assert_int_equal(d.state, DA_END);
		assert_int_equal(got.used, rows[i].len + 20);
		assert_true(d.has_bare || d.has_nul);
	}
}

/* Lines longer than the search window, and many odd bytes. */
static void
test_long_lines(void **state)
{
	static char text[2000], kept[2000];
	struct data d = { .state = DA_START };
	struct str in, keep;
	size_t len = 0, n;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text + 1000, "\r\n..y", 5);
	memcpy(text + sizeof text - 5, "\r\n.\r\n", 5);
	in = (struct str){ text, sizeof text };
	while (d.state != DA_END) {
		n = data_next(&d, in, &keep);
		if (keep.len > 0)
			memcpy(kept + len, keep.p, keep.len);
		len += keep.len;
		in = str_from(in, n);
	}
	assert_int_equal(in.len, 0);
	assert_int_equal(len, sizeof text - 3 - 1);
	assert_memory_equal(kept + 1000, "\r\n.y", 4);
	assert_false(d.has_bare || d.has_nul);
	assert_int_equal(d.size, len);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_short_strings),
		cmocka_unit_test(test_smuggling),
		cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
