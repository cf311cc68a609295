/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a supervisor leaves to its successor, and how it waits before it
 * starts a child anew (catalogue 125, 127).
 */
#include "config.h"

#include "tests/unit/check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/child.h"
#include "daemon/handover.h"

/* --- back-off ------------------------------------------------------------ */

static void
test_delay(void **state)
{
	static const struct {
		usec_t last, lived, want;
		const char *why;
	} rows[] = {
		{ 0, 10 * SEC, 0, "it worked for a while: at once" },
		{ 60 * SEC, 11 * SEC, 0, "however long it took before" },
		{ 0, 10 * SEC - 1, SEC, "a crash loop may begin" },
		{ 0, 0, SEC, "it could not even be forked" },
		{ SEC, SEC, 2 * SEC, "doubling" },
		{ 16 * SEC, 0, 32 * SEC, "doubling" },
		{ 32 * SEC, 0, 60 * SEC, "up to a minute" },
		{ 60 * SEC, 0, 60 * SEC, "and no longer" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (child_delay(rows[i].last, rows[i].lived) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].why);
}

/* --- the text ------------------------------------------------------------ */

static int
text_fd(const char *text)
{
	int fd = memfd_create("test", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void
test_round(void **state)
{
	static struct handover h, got;
	int fd;

	(void)state;
	h = (struct handover){ .board = 5, .log_to = LT_FILE, .log = 6,
	    .doors = { { "127.0.0.1:2525", 7, 1 }, { "[::]:25", 8, 2 } },
	    .door_count = 2,
	    .heirs = { { ROLE_GATE, 0, 3, 4711, 9 },
	        { ROLE_POOL, 7, 31, 4712, -1 } },
	    .heir_count = 2 };
	assert_int_equal(handover_write(&h, &fd), 0);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	assert_int_equal(handover_read(fd, &got), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(got.board, 5);
	assert_int_equal(got.log_to, LT_FILE);
	assert_int_equal(got.log, 6);
	assert_int_equal(got.door_count, 2);
	assert_string_equal(got.doors[1].address, "[::]:25");
	assert_int_equal(got.doors[1].fd, 8);
	assert_int_equal(got.doors[1].users, 1);
	assert_int_equal(got.heir_count, 2);
	assert_memory_equal(got.heirs, h.heirs, 2 * sizeof h.heirs[0]);
}

/* As many as there can be. */
static void
test_full(void **state)
{
	static struct handover h, got;
	int fd;

	(void)state;
	h = (struct handover){ .board = 1048575, .log = -1 };
	for (; h.door_count < ROLE_LISTENERS; h.door_count++) {
		memcpy(h.doors[h.door_count].address, "[2001:db8:1111:2222:"
		    "3333:4444:5555:6666]:65535", 47);
		h.doors[h.door_count].fd = 1048575;
	}
	memset(h.doors[h.door_count].address, '/', DOOR_TEXT - 1);
	h.doors[h.door_count++].fd = 1048575;
	for (; h.heir_count < BOARD_ROWS; h.heir_count++)
		h.heirs[h.heir_count] = (struct heir){ ROLE_POOL, 7, 31,
		    2147483647, 1048575 };
	assert_int_equal(handover_write(&h, &fd), 0);
	assert_int_equal(handover_read(fd, &got), 0);
	assert_int_equal(got.door_count, ROLE_LISTENERS + 1);
	assert_string_equal(got.doors[ROLE_LISTENERS].address,
	    h.doors[ROLE_LISTENERS].address);
	assert_int_equal(got.heir_count, BOARD_ROWS);
}

#define HEAD "postern-handover 1\n"

static void
test_bad(void **state)
{
	static const struct { const char *text; int want; const char *why; }
	rows[] = {
		{ HEAD "board 5\nlog 0 -1\n", 0, "the least" },
		{ HEAD "board 5\nnews 1 2 3\n", 0, "a later one may say more" },
		{ "", -E_INVALID, "nothing" },
		{ "postern-handover 2\nboard 5\n", -E_INVALID, "not ours" },
		{ HEAD, -E_INVALID, "no board" },
		{ HEAD "board -1\n", -E_INVALID, "no descriptor" },
		{ HEAD "board 5x\n", -E_INVALID, "no number" },
		{ HEAD "board 5\nlog 9 -1\n", -E_INVALID, "no such log" },
		{ HEAD "board 5\ndoor 7\n", -E_INVALID, "no address" },
		{ HEAD "board 5\ndoor 7 00000000000000000000000000000000000000"
		    "00000000000000000000000000000000000000000000000000000000"
		    "00000000000000000000000000000000000000000000000000000000"
		    "\n", -E_INVALID, "an address that is none" },
		{ HEAD "board 5\nheir 1 0 3 4711 9\n", 0, "a child" },
		{ HEAD "board 5\nheir 3 0 3 4711 9\n", 0, "a keeper" },
		{ HEAD "board 5\nheir 4 0 3 4711 9\n", -E_INVALID, "no role" },
		{ HEAD "board 5\nheir 1 8 3 4711 9\n", -E_INVALID, "owner" },
		{ HEAD "board 5\nheir 1 0 32 4711 9\n", -E_INVALID, "row" },
		{ HEAD "board 5\nheir 1 0 3 1 9\n", -E_INVALID, "init" },
		{ HEAD "board 5\nheir 1 0 3 -1 9\n", -E_INVALID, "everybody" },
		{ HEAD "board 5\nheir 1 0 3 0 9\n", -E_INVALID, "our group" },
		{ HEAD "board 5\nheir 1 0 3 4711\n", -E_INVALID, "no wire" },
	};
	static struct handover got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (handover_read(text_fd(rows[i].text), &got) !=
		    rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].why);
}

/* Descriptors pass an exec only when they are meant to. */
static void
test_keep(void **state)
{
	static struct handover h;
	int fd[4];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(fd); i++) {
		fd[i] = memfd_create("test", MFD_CLOEXEC);
		assert_true(fd[i] >= 0);
	}
	h = (struct handover){ .board = fd[0], .log = fd[1],
	    .doors = { { "127.0.0.1:1", fd[2], 1 } }, .door_count = 1,
	    .heirs = { { ROLE_GATE, 0, 0, 99, fd[3] },
	        { ROLE_GATE, 0, 0, 99, -1 } }, .heir_count = 2 };
	handover_keep(&h, true);
	for (i = 0; i < COUNT(fd); i++)
		assert_int_equal(fcntl(fd[i], F_GETFD), 0);
	handover_keep(&h, false);
	for (i = 0; i < COUNT(fd); i++) {
		assert_int_equal(fcntl(fd[i], F_GETFD), FD_CLOEXEC);
		(void)close(fd[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
