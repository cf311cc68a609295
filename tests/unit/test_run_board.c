/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The board: counts of several rows and of several processes add up, and a
 * count is never too small.
 */
#include "config.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/board.h"
#include "run/clock.h"

static struct net
net_of(unsigned i)
{
	return ip_net(ip_v4(192, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
	    (uint8_t)i), 32, 64);
}

static int
board_open(void **state)
{
	*state = board_new();
	return 0;
}

static int
board_close(void **state)
{
	struct board *b = *state;

	board_free(&b);
	assert_null(b);
	return 0;
}

static void
rows_are_handed_out_and_come_back(void **state)
{
	struct board *b = *state;
	unsigned i;

	for (i = 0; i < BOARD_ROWS; i++)
		assert_int_equal(board_enter(b), i);
	board_leave(b, 7);
	board_leave(b, 3);
	assert_int_equal(board_enter(b), 3);
	assert_int_equal(board_enter(b), 7);
}

static void
sums_go_over_the_rows(void **state)
{
	struct board *b = *state;
	struct net one = net_of(1), two = net_of(2);
	unsigned r0 = board_enter(b), r1 = board_enter(b);

	board_count(b, r0, CN_OPEN_ADDRESS, one, 1);
	board_count(b, r0, CN_OPEN_ADDRESS, one, 1);
	board_count(b, r1, CN_OPEN_ADDRESS, one, 3);
	assert_int_equal(board_sum(b, CN_OPEN_ADDRESS, one), 5);
	assert_int_equal(board_sum(b, CN_OPEN_ADDRESS, two), 0);
	assert_int_equal(board_sum(b, CN_OPEN_NETWORK, one), 0);
	board_count(b, r1, CN_OPEN_ADDRESS, one, -2);
	assert_int_equal(board_sum(b, CN_OPEN_ADDRESS, one), 3);
}

/* The same bits as a /24 and as a /32 are two networks. */
static void
the_length_is_part_of_a_network(void **state)
{
	struct board *b = *state;
	struct ip ip = ip_v4(192, 0, 2, 0);
	unsigned row = board_enter(b);

	board_count(b, row, CN_OPEN_ADDRESS, ip_net(ip, 24, 64), 1);
	assert_int_equal(board_sum(b, CN_OPEN_ADDRESS, ip_net(ip, 32, 64)),
	    0);
}

/* Filled over and over its size: early is allowed, late is not, and the two
 * tables keep "early" rare. */
static void
a_full_board_errs_on_one_side_only(void **state)
{
	enum { NETS = 2000 };
	struct board *b = *state;
	unsigned row = board_enter(b), i, sum, wrong = 0;

	for (i = 0; i < NETS; i++)
		board_count(b, row, CN_OPEN_ADDRESS, net_of(i),
		    1 + (int)i % 3);
	for (i = 0; i < NETS; i++) {
		sum = board_sum(b, CN_OPEN_ADDRESS, net_of(i));
		assert_true(sum >= 1 + i % 3);
		wrong += sum != 1 + i % 3;
	}
	assert_in_range(wrong, 0, NETS / 4);    /* about 14 % are expected  */
	for (i = 0; i < NETS; i++)
		board_count(b, row, CN_OPEN_ADDRESS, net_of(i),
		    -(1 + (int)i % 3));
	for (i = 0; i < NETS; i++)
		assert_int_equal(board_sum(b, CN_OPEN_ADDRESS, net_of(i)), 0);
}

/* A stranger cannot know who shares a slot with whom. */
static void
each_board_has_a_key_of_its_own(void **state)
{
	enum { NETS = 3000 };
	struct board *a = *state, *b = board_new();
	unsigned ra = board_enter(a), rb = board_enter(b), i, differ = 0;

	for (i = 0; i < NETS; i++) {
		board_count(a, ra, CN_OPEN_ADDRESS, net_of(i), 1);
		board_count(b, rb, CN_OPEN_ADDRESS, net_of(i), 1);
	}
	for (i = 0; i < NETS; i++)
		differ += board_sum(a, CN_OPEN_ADDRESS, net_of(i)) !=
		    board_sum(b, CN_OPEN_ADDRESS, net_of(i));
	assert_true(differ > 0);
	board_free(&b);
}

static void
leaving_clears_sessions_but_not_history(void **state)
{
	struct board *b = *state;
	unsigned row = board_enter(b), other = board_enter(b);

	board_count(b, row, CN_OPEN_NETWORK, net_of(1), 4);
	board_count(b, other, CN_OPEN_NETWORK, net_of(1), 1);
	board_tally(b, row, TL_OPEN, 4);
	board_tally(b, row, TL_SESSIONS, 9);
	board_tally(b, other, TL_SESSIONS, 1);
	board_beat(b, row, 123);
	assert_int_equal(board_last_beat(b, row), 123);
	assert_int_equal(board_last_beat(b, other), 0);
	assert_int_equal(board_total(b, TL_OPEN), 4);
	board_leave(b, row);
	assert_int_equal(board_sum(b, CN_OPEN_NETWORK, net_of(1)), 1);
	assert_int_equal(board_total(b, TL_OPEN), 0);
	assert_int_equal(board_total(b, TL_SESSIONS), 10);
	assert_int_equal(board_last_beat(b, row), 0);
}

static void
child_counts(struct board *b)
{
	unsigned row = board_enter(b);
	int i;

	for (i = 0; i < 10000; i++) {
		board_count(b, row, CN_OPEN_ADDRESS, net_of(1), 1);
		board_tally(b, row, TL_REFUSED, 1);
	}
	_exit((int)row);
}

static void
processes_count_at_the_same_time(void **state)
{
	enum { CHILDREN = 4 };
	struct board *b = *state;
	pid_t pid[CHILDREN];
	unsigned rows = 0, i;
	int status;

	for (i = 0; i < CHILDREN; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] == 0)
			child_counts(b);
	}
	for (i = 0; i < CHILDREN; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_true(WIFEXITED(status));
		rows |= 1u << WEXITSTATUS(status);
	}
	assert_int_equal(rows, 0xf);            /* four different ones      */
	assert_int_equal(board_sum(b, CN_OPEN_ADDRESS, net_of(1)),
	    CHILDREN * 10000);
	for (i = 0; i < CHILDREN; i++)
		board_leave(b, i);              /* what a supervisor does   */
	assert_int_equal(board_sum(b, CN_OPEN_ADDRESS, net_of(1)), 0);
	assert_int_equal(board_total(b, TL_REFUSED), CHILDREN * 10000);
}

/* ---- the clock, since it is small -------------------------------------- */

static usec_t
fixed_wall(struct world *w)
{
	(void)w;
	return 1790000000 * SEC + 999999;
}

static void
time_is_the_followed_worlds(void **state)
{
	struct world w = { .wall = fixed_wall };
	time_t t = 0;

	(void)state;
	clock_follow(&w);
	assert_int_equal(time(&t), 1790000000);
	assert_int_equal(t, 1790000000);
	clock_follow(NULL);
	assert_in_range(time(NULL), clock_wall() / SEC - 1,
	    clock_wall() / SEC);
}

/* What a shared library gets that asks for time(). */
static void
libraries_see_the_same_time(void **state)
{
	struct world w = { .wall = fixed_wall };
	time_t (*theirs)(time_t *);
	void *found = dlsym(RTLD_DEFAULT, "time");

	(void)state;
	assert_non_null(found);
	memcpy(&theirs, &found, sizeof theirs);
	clock_follow(&w);
	assert_int_equal(theirs(NULL), 1790000000);
	clock_follow(NULL);
}

static void
clocks_go_forward(void **state)
{
	usec_t now = clock_now(), cpu = clock_cpu();
	unsigned i;
	uint8_t bytes[64], seen = 0;

	(void)state;
	while (clock_now() < now + 2 * MSEC)
		;
	assert_in_range(clock_cpu() - cpu, 1, SEC);
	clock_random(bytes, sizeof bytes);
	for (i = 0; i < sizeof bytes; i++)
		seen |= bytes[i];
	assert_true(seen != 0);
}

#define BOARD(f) cmocka_unit_test_setup_teardown(f, board_open, board_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOARD(rows_are_handed_out_and_come_back),
		BOARD(sums_go_over_the_rows),
		BOARD(the_length_is_part_of_a_network),
		BOARD(a_full_board_errs_on_one_side_only),
		BOARD(each_board_has_a_key_of_its_own),
		BOARD(leaving_clears_sessions_but_not_history),
		BOARD(processes_count_at_the_same_time),
		cmocka_unit_test(time_is_the_followed_worlds),
		cmocka_unit_test(libraries_see_the_same_time),
		cmocka_unit_test(clocks_go_forward),
	};

	return cmocka_run_group_tests_name("run board", tests, NULL, NULL);
}
