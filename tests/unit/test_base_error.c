/* SPDX-License-Identifier: BSD-2-Clause */
/* error: words, errno values, faults, and what a broken invariant does. */
#include "tests/unit/check.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/error.h"

static void
words_are_there_and_differ(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < E_COUNT; i++) {
		CHECK(error_word(i) != NULL, "code %d has no word", i);
		assert_ptr_equal(error_word(i), error_word(-i));
		for (j = 0; j < i; j++)
			CHECK(strcmp(error_word(i), error_word(j)) != 0,
			    "%d and %d share a word", i, j);
	}
	assert_string_equal(error_word(-E_TIMEOUT), "timeout");
	assert_string_equal(error_word(E_COUNT), "unknown");
	assert_string_equal(error_word(-E_COUNT), "unknown");
	assert_string_equal(error_word(INT_MIN), "unknown");
	assert_string_equal(error_word(INT_MAX), "unknown");
}

static void
errno_values_become_codes(void **state)
{
	static const struct {
		int error, code;
		const char *why;
	} rows[] = {
		{ ENOSPC, E_FULL, "452, not 451" },
		{ EDQUOT, E_FULL, "a quota is a full disk" },
		{ EIO, E_IO, "the disk" },
		{ EEXIST, E_EXISTS, "O_EXCL tries another name" },
		{ ENOENT, E_NOTFOUND, "no such mailbox" },
		{ EACCES, E_DENIED, "" },
		{ EPIPE, E_RESET, "the peer went away while we wrote" },
		{ ECONNRESET, E_RESET, "while we read" },
		{ EAGAIN, E_AGAIN, "" },
		{ EWOULDBLOCK, E_AGAIN, "" },
		{ ETIMEDOUT, E_TIMEOUT, "" },
		{ ENOMEM, E_NOMEM, "" },
		{ 0, E_IO, "never a success" },
		{ 12345, E_IO, "what nobody knows" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		CHECK(error_of_errno(rows[i].error) == rows[i].code,
		    "%s gives %s: %s", strerror(rows[i].error),
		    error_word(error_of_errno(rows[i].error)), rows[i].why);
}

static void
faults_are_cut_not_overrun(void **state)
{
	struct fault f;

	(void)state;
	fault_set(NULL, "nobody reads %s", "this");
	fault_set(&f, "%s: port %d is taken", "listen", 25);
	assert_string_equal(f.text, "listen: port 25 is taken");
	fault_set(&f, "%0700d", 1);
	assert_int_equal(strlen(f.text), sizeof f.text - 1);
}

static void
break_invariant(void *p)
{
	must(p == NULL);
}

static void
broken_invariants_end_the_process(void **state)
{
	int something;

	(void)state;
	assert_false(dies(break_invariant, NULL));
	assert_true(dies(break_invariant, &something));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_there_and_differ),
		cmocka_unit_test(errno_values_become_codes),
		cmocka_unit_test(faults_are_cut_not_overrun),
		cmocka_unit_test(broken_invariants_end_the_process),
	};

	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
