/* SPDX-License-Identifier: BSD-2-Clause */
/* buf: growth, the cap, and that a failed call changes nothing. */
#include "tests/unit/check.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"

static void
idle_costs_nothing(void **state)
{
	struct buf b = BUF_INIT(0);

	(void)state;
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_int_equal(buf_add_str(&b, (struct str){ NULL, 0 }), 0);
	assert_int_equal(buf_addf(&b, "%s", ""), 0);
	buf_cut(&b, 0);
	assert_null(b.p);
	assert_int_equal(buf_str(&b).len, 0);
	buf_free(&b);
}

static void
growth_doubles(void **state)
{
	struct buf b = BUF_INIT(0);
	size_t i, caps = 0, cap = 0;

	(void)state;
	for (i = 0; i < 10000; i++) {
		assert_int_equal(buf_add_byte(&b, (char)('a' + i % 26)), 0);
		if (b.cap != cap) {
			assert_int_equal(b.cap, cap == 0 ? 64 : cap * 2);
			cap = b.cap;
			caps++;
		}
	}
	assert_int_equal(caps, 9);      /* 64 << 8 is 16384 */
	for (i = 0; i < 10000; i++)
		assert_int_equal(b.p[i], (char)('a' + i % 26));
	buf_free(&b);
	assert_null(b.p);
	assert_int_equal(buf_add_str(&b, STR("again")), 0);
	assert_str(buf_str(&b), "again");
	buf_free(&b);
}

static void
cap_holds(void **state)
{
	static const char many[200];
	struct buf b = BUF_INIT(100);

	(void)state;
	assert_int_equal(buf_add(&b, many, 101), -E_TOOBIG);
	assert_null(b.p);
	assert_int_equal(buf_add(&b, many, 99), 0);
	assert_int_equal(buf_addf(&b, "%d", 42), -E_TOOBIG);
	assert_int_equal(buf_add(&b, many, SIZE_MAX), -E_TOOBIG);
	assert_null(buf_room(&b, 2));
	assert_int_equal(b.len, 99);
	assert_non_null(buf_room(&b, 1));
	assert_int_equal(buf_add_byte(&b, 'x'), 0);
	assert_int_equal(b.cap, 100);
	assert_int_equal(buf_add_byte(&b, 'x'), -E_TOOBIG);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_non_null(buf_room(&b, 0));
	buf_free(&b);
	assert_int_equal(b.max, 100);
}

static void
size_overflow_is_an_error(void **state)
{
	struct buf b = BUF_INIT(0);

	(void)state;
	assert_int_equal(buf_add_byte(&b, 'x'), 0);
	assert_int_equal(buf_add(&b, "y", SIZE_MAX), -E_TOOBIG);
	assert_null(buf_room(&b, SIZE_MAX));
	assert_str(buf_str(&b), "x");
	buf_free(&b);
}

/* The NUL that printing needs does not count towards the cap. */
static void
printed_text_fits_exactly(void **state)
{
	struct buf b = BUF_INIT(5);

	(void)state;
	assert_int_equal(buf_addf(&b, "%s", "12345"), 0);
	assert_str(buf_str(&b), "12345");
	assert_int_equal(buf_add_byte(&b, '6'), -E_TOOBIG);
	buf_cut(&b, 4);
	assert_int_equal(buf_addf(&b, "%c%03d", 'x', 7), 0);
	assert_str(buf_str(&b), "5x007");
	buf_free(&b);
}

static void
room_is_for_reading_into(void **state)
{
	struct buf b = BUF_INIT(0);
	char *p;

	(void)state;
	assert_int_equal(buf_add_str(&b, STR("head")), 0);
	p = buf_room(&b, 1000);
	assert_non_null(p);
	memset(p, 'r', 1000);   /* AddressSanitizer watches */
	b.len += 1000;
	buf_cut(&b, 1003);
	assert_str(buf_str(&b), "r");
	buf_cut(&b, 1);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void
cut_too_much(void *p)
{
	buf_cut(p, 2);
}

static void
cutting_more_than_there_is(void **state)
{
	struct buf b = BUF_INIT(0);

	(void)state;
	assert_int_equal(buf_add_byte(&b, 'x'), 0);
	assert_true(dies(cut_too_much, &b));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(idle_costs_nothing),
		cmocka_unit_test(growth_doubles),
		cmocka_unit_test(cap_holds),
		cmocka_unit_test(size_overflow_is_an_error),
		cmocka_unit_test(printed_text_fits_exactly),
		cmocka_unit_test(room_is_for_reading_into),
		cmocka_unit_test(cutting_more_than_there_is),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
