/* SPDX-License-Identifier: BSD-2-Clause */
/* pack: what was written is read back; what does not fit is bad for good. */
#include "tests/unit/check.h"

#include <string.h>

#include "base/error.h"
#include "base/pack.h"

static void
test_round_trip(void **state)
{
	struct buf b = BUF_INIT(0);
	struct unpack u;

	(void)state;
	assert_int_equal(pack_u32(&b, 0x01020304), 0);
	assert_int_equal(pack_u64(&b, UINT64_MAX - 1), 0);
	assert_int_equal(pack_str(&b, STR("a\0b")), 0);
	assert_int_equal(pack_str(&b, (struct str){ NULL, 0 }), 0);
	assert_int_equal(b.len, 4 + 8 + 4 + 3 + 4);
	assert_memory_equal(b.p, "\4\3\2\1", 4);        /* little-endian */
	u = (struct unpack){ buf_str(&b), false };
	assert_int_equal(unpack_u32(&u), 0x01020304);
	assert_true(unpack_u64(&u) == UINT64_MAX - 1);
	assert_true(str_eq(unpack_str(&u), STR("a\0b")));
	assert_false(unpack_end(&u));
	assert_int_equal(unpack_str(&u).len, 0);
	assert_true(unpack_end(&u));
	/* One more is one too many. */
	assert_int_equal(unpack_u32(&u), 0);
	assert_false(unpack_end(&u));
	buf_free(&b);
}

/* Cut anywhere, it is bad, and what is read behind that is empty. */
static void
test_cut(void **state)
{
	struct buf b = BUF_INIT(0);
	struct unpack u;
	struct str s;
	size_t n;

	(void)state;
	assert_int_equal(pack_str(&b, STR("hello")), 0);
	assert_int_equal(pack_u64(&b, UINT64_MAX), 0);
	for (n = 0; n < b.len; n++) {
		u = (struct unpack){ { b.p, n }, false };
		s = unpack_str(&u);
		CHECK(s.len == (n < 9 ? 0 : 5), "cut at %zu", n);
		CHECK(unpack_u64(&u) == 0, "cut at %zu", n);
		CHECK(u.bad && !unpack_end(&u), "cut at %zu", n);
		CHECK(unpack_str(&u).len == 0, "cut at %zu", n);
	}
	buf_free(&b);
}

static void
test_cap(void **state)
{
	struct buf b = BUF_INIT(6);

	(void)state;
	assert_int_equal(pack_u32(&b, 1), 0);
	assert_int_equal(pack_u32(&b, 1), -E_TOOBIG);
	assert_int_equal(pack_u64(&b, 1), -E_TOOBIG);
	assert_int_equal(b.len, 4);
	buf_free(&b);
}

static void
test_counts(void **state)
{
	static const struct {
		const char *bytes;
		size_t      len, each, max, count;
		bool        bad;
		const char *why;
	} rows[] = {
		{ "\0\0\0\0", 4, 8, 10, 0, false, "none" },
		{ "\2\0\0\0aaaabbbb", 12, 4, 10, 2, false, "exactly" },
		{ "\3\0\0\0aaaabbbb", 12, 4, 10, 0, true, "more than is there" },
		{ "\2\0\0\0aaaabbbb", 12, 4, 1, 0, true, "over the cap" },
		{ "\377\377\377\377aaaa", 8, 1, SIZE_MAX, 0, true, "huge" },
		{ "\1\0\0", 3, 1, 10, 0, true, "cut" },
	};
	struct unpack u;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		u = (struct unpack){ { rows[i].bytes, rows[i].len }, false };
		CHECK(unpack_count(&u, rows[i].each, rows[i].max) ==
		    rows[i].count, "%s", rows[i].why);
		CHECK(u.bad == rows[i].bad, "%s", rows[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests_name("base_pack", tests, NULL, NULL);
}
