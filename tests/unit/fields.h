/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of mail/trace.h share: an arena, headers read from text, and
 * random numbers that are the same each time.
 */
#ifndef TESTS_FIELDS_H
#define TESTS_FIELDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "mail/trace.h"

static struct arena *arena;
static struct body_pool pool = { .max = (size_t)64 << 20 };

static inline int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static inline struct path
path_of(const char *text)
{
	struct path path;
	size_t used;

	assert_int_equal(path_parse(arena_printf(arena, "<%s>", text), arena,
	    &path, &used), 0);
	return path;
}

static inline void
read_text(struct str text, struct header *h)
{
	struct body *b;

	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_append(b, text.p, text.len), 0);
	assert_int_equal(header_read(b, arena, h), 0);
	body_free(&b);
}

static inline void
assert_text(struct str s, struct str wanted)
{
	if (!str_eq(s, wanted))
		fail_msg("got:\n%.*s\nwanted:\n%.*s", STR_ARG(s),
		    STR_ARG(wanted));
}

static uint64_t seed;

static inline uint64_t
next_random(void)
{
	uint64_t x = seed += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static inline size_t
below(size_t n)
{
	return (size_t)(next_random() % n);
}

#endif
