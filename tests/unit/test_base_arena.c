/* SPDX-License-Identifier: BSD-2-Clause */
/* arena: zeroed, aligned, apart from each other, cheap when small. */
#include "config.h"

#include "tests/unit/check.h"

#include <malloc.h>
#include <stdalign.h>
#include <string.h>

#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#endif

#include "base/arena.h"

static bool
is_zero(const char *p, size_t n)
{
	while (n-- > 0)
		if (*p++ != 0)
			return false;
	return true;
}

/* Pieces of many sizes, filled with their number, all still whole at the end,
 * across chunks and a reset. */
static void
pieces_are_zeroed_and_apart(void **state)
{
	enum { N = 400 };
	size_t *size = calloc(N, sizeof *size), i, round;
	char **p = calloc(N, sizeof *p);
	struct arena *a = arena_new(512);

	(void)state;
	assert_true(size != NULL && p != NULL);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < N; i++) {
			size[i] = i * i % 7001 % (i % 9 == 0 ? 7001 : 97);
			p[i] = arena_alloc(a, size[i]);
			assert_int_equal((uintptr_t)p[i] %
			    alignof(max_align_t), 0);
			CHECK(is_zero(p[i], size[i]), "piece %zu of %zu bytes "
			    "is not zeroed", i, size[i]);
			memset(p[i], (int)(i % 255) + 1, size[i]);
		}
		for (i = 0; i < N; i++)
			CHECK(size[i] == 0 || (p[i][0] == (char)(i % 255 + 1)
			    && memcmp(p[i], p[i] + 1, size[i] - 1) == 0),
			    "piece %zu was written over", i);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(&a);
	assert_null(a);
	arena_free(&a);
	free(p);
	free(size);
}

static void
empty_pieces_have_an_address(void **state)
{
	struct arena *a = arena_new(0);
	char *p = arena_alloc(a, 0), *q = arena_alloc(a, 0);

	(void)state;
	assert_non_null(p);
	assert_ptr_not_equal(p, q);
	assert_non_null(arena_array(a, 0, 8));
	arena_free(&a);
}

/* Thousands of sessions are idle at once. */
static void
small_arenas_are_small(void **state)
{
	struct arena *a = arena_new(512);

	(void)state;
	assert_true(malloc_usable_size(a) <= 512 + 64);
	arena_free(&a);
}

static void
used_counts_what_was_given(void **state)
{
	struct arena *a = arena_new(64);

	(void)state;
	arena_alloc(a, 16);
	assert_int_equal(arena_used(a), 16);
	arena_alloc(a, 100000);         /* a chunk of its own */
	assert_int_equal(arena_used(a), 100016);
	arena_str(a, STR("abc"));
	assert_int_equal(arena_used(a), 100020);
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	arena_free(&a);
}

/* What is large must not throw the rest of a chunk away. */
static void
large_pieces_leave_the_chunk(void **state)
{
	struct arena *a = arena_new(4096);
	char *p = arena_alloc(a, 16), *q;

	(void)state;
	arena_alloc(a, 1 << 20);
	q = arena_alloc(a, 16);
	assert_true(q > p && q - p < 64);
	arena_free(&a);
}

static void
texts_are_c_strings_too(void **state)
{
	struct arena *a = arena_new(64);
	struct str s, t;

	(void)state;
	s = arena_str(a, STR("Example.ORG"));
	t = arena_lower(a, s);
	assert_string_equal(s.p, "Example.ORG");
	assert_string_equal(t.p, "example.org");
	assert_str(arena_lower(a, STR("[@AZ`{\xc4")), "[@az`{\xc4");
	s = arena_str(a, (struct str){ NULL, 0 });
	assert_string_equal(s.p, "");
	s = arena_str(a, STR("a\0b"));
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.p, "a\0b", 4);
	arena_free(&a);
}

static void
printing_any_length(void **state)
{
	static const int lengths[] = { 1, 254, 255, 256, 257, 5000 };
	struct arena *a = arena_new(64);
	struct str s;
	size_t i;

	(void)state;
	assert_str(arena_printf(a, "%d.%s", 4, "x"), "4.x");
	for (i = 0; i < COUNT(lengths); i++) {
		s = arena_printf(a, "%0*d", lengths[i], 7);
		assert_int_equal(s.len, lengths[i]);
		assert_int_equal(strlen(s.p), lengths[i]);
		assert_int_equal(s.p[s.len - 1], '7');
	}
	arena_free(&a);
}

static void
ask_for_too_much(void *p)
{
	arena_array(p, SIZE_MAX / 2, 3);
}

static void
ask_for_nearly_all(void *p)
{
	arena_alloc(p, SIZE_MAX - 4);
}

static void
products_are_checked(void **state)
{
	struct arena *a = arena_new(64);

	(void)state;
	assert_true(dies(ask_for_too_much, a));
	assert_true(dies(ask_for_nearly_all, a));
	arena_free(&a);
}

#ifdef SANITIZED
static void
sanitizer_sees_the_borders(void **state)
{
	static const size_t sizes[] = { 1, 7, 8, 24, 100, 3000, 70000 };
	struct arena *a = arena_new(512);
	char *p, *again;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sizes); i++) {
		p = arena_alloc(a, sizes[i]);
		assert_false(__asan_address_is_poisoned(p + sizes[i] - 1));
		CHECK(__asan_address_is_poisoned(p + sizes[i]),
		    "nothing behind a piece of %zu bytes", sizes[i]);
	}
	arena_reset(a);
	again = arena_alloc(a, 1);
	assert_true(__asan_address_is_poisoned(again + 1));
	arena_free(&a);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_and_apart),
		cmocka_unit_test(empty_pieces_have_an_address),
		cmocka_unit_test(small_arenas_are_small),
		cmocka_unit_test(used_counts_what_was_given),
		cmocka_unit_test(large_pieces_leave_the_chunk),
		cmocka_unit_test(texts_are_c_strings_too),
		cmocka_unit_test(printing_any_length),
		cmocka_unit_test(products_are_checked),
#ifdef SANITIZED
		cmocka_unit_test(sanitizer_sees_the_borders),
#endif
	};

	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
