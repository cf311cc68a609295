/* SPDX-License-Identifier: BSD-2-Clause */
/* Kept pieces of a body with LF ends, wherever blocks and pieces end. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "deliver/content.h"

static struct body_pool pool = { .max = (size_t)64 << 20 };

static struct body *
body_of(const char *p, size_t n)
{
	struct body *b;

	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_append(b, p, n), 0);
	assert_int_equal(body_seal(b), 0);
	return b;
}

static const struct {
	const char *in, *out;
} lines[] = {
	{ "", "" }, { "a", "a" }, { "\r\n", "\n" }, { "a\r\nb\r\n", "a\nb\n" },
	{ "\r\n\r\n", "\n\n" }, { "\r", "\r" }, { "a\r", "a\r" },
	{ "\r\r\n", "\r\n" }, { "\r\rx", "\r\rx" }, { "\n\r\n", "\n\n" },
	{ "a\nb", "a\nb" }, { "\n\r", "\n\r" },
};

static void
line_ends_change(void **state)
{
	char out[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(lines); i++) {
		n = content_unix(str_of(lines[i].in), out);
		assert_int_equal(n, strlen(lines[i].out));
		assert_memory_equal(out, lines[i].out, n);
		/* In place as well. */
		memcpy(out, lines[i].in, strlen(lines[i].in));
		n = content_unix((struct str){ out, strlen(lines[i].in) },
		    out);
		assert_int_equal(n, strlen(lines[i].out));
		assert_memory_equal(out, lines[i].out, n);
	}
}

/* All of it, in one piece of memory. */
static char *
read_all(struct content *c, size_t *len)
{
	char *out = malloc(1 << 20);
	struct str block;
	size_t n = 0;

	do {
		assert_int_equal(content_next(c, &block), 0);
		assert_true(n + block.len <= 1 << 20);
		memcpy(out + n, block.p, block.len);
		n += block.len;
	} while (block.len > 0);
	*len = n;
	return out;
}

/* What the pieces say, one after the other, then the line ends. */
static void
check(const struct parcel *parcel, const char *text)
{
	char *joined = malloc(1 << 20), *got;
	struct content *c;
	size_t i, n = 0, len;
	int round;

	for (i = 0; i < parcel->piece_count; i++) {
		memcpy(joined + n, text + parcel->pieces[i].at,
		    (size_t)parcel->pieces[i].size);
		n += (size_t)parcel->pieces[i].size;
	}
	assert_int_equal(content_new(parcel, &c), 0);
	assert_int_equal(content_wire_size(c), n);
	n = content_unix((struct str){ joined, n }, joined);
	for (round = 0; round < 3; round++) {
		content_rewind(c);
		got = read_all(c, &len);
		assert_int_equal(len, n);
		assert_memory_equal(got, joined, n);
		free(got);
	}
	content_free(&c);
	assert_null(c);
	free(joined);
}

static void
pieces_are_joined(void **state)
{
	const char *text = "Aa\r\nBb\r\nCc\r\n\r\nbody\r\n";
	struct body *b = body_of(text, strlen(text));
	const struct piece all = { 0, 20 };
	const struct piece two[] = { { 0, 4 }, { 8, 12 } };
	const struct piece odd[] = { { 0, 3 }, { 3, 0 }, { 7, 1 }, { 19, 1 } };
	struct parcel parcel = { .body = b };

	(void)state;
	check(&parcel, text);
	parcel.pieces = &all;
	parcel.piece_count = 1;
	check(&parcel, text);
	parcel.pieces = two;
	parcel.piece_count = 2;
	check(&parcel, text);
	parcel.pieces = odd;            /* a CR and a LF that meet */
	parcel.piece_count = COUNT(odd);
	check(&parcel, text);
	body_free(&b);
}

/* CR LF at and across the border of each block. */
static void
blocks_change_nothing(void **state)
{
	static const char *const shapes[] = { "\r\n", "\r\r\n\n", "a\r\n",
		"ab\r\n", "\r", "abc\rd\r\n" };
	size_t size = 300001, i, k;
	char *text = malloc(size);
	struct piece pieces[2];
	struct parcel parcel = { .pieces = pieces, .piece_count = 2 };
	struct body *b;

	(void)state;
	for (i = 0; i < COUNT(shapes); i++) {
		for (k = 0; k < size; k++)
			text[k] = shapes[i][k % strlen(shapes[i])];
		b = body_of(text, size);
		parcel.body = b;
		for (k = 65530; k < 65542; k++) {
			pieces[0] = (struct piece){ 1, k };
			pieces[1] = (struct piece){ k + 3, size - k - 3 };
			check(&parcel, text);
		}
		body_free(&b);
	}
	free(text);
}

static void
a_short_body_is_an_error(void **state)
{
	struct body *b = body_of("abc", 3);
	const struct piece pieces[] = { { 0, 2 }, { 2, 2 } };
	const struct parcel parcel = { .body = b, .pieces = pieces,
		.piece_count = 2 };
	struct content *c;
	struct str block = STR("untouched");

	(void)state;
	assert_int_equal(content_new(&parcel, &c), 0);
	assert_int_equal(content_next(c, &block), -E_IO);
	assert_true(str_eq(block, STR("untouched")));
	content_free(&c);
	body_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_ends_change),
		cmocka_unit_test(pieces_are_joined),
		cmocka_unit_test(blocks_change_nothing),
		cmocka_unit_test(a_short_body_is_an_error),
	};

	return cmocka_run_group_tests_name("deliver/content", tests, NULL,
	    NULL);
}
