/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The board between processes: its memfd, what it costs, rows that die; and
 * what outlives them, marks and rates.
 */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/board.h"

#define MINUTE (60 * SEC)
#define DAY    (24 * 60 * MINUTE)
#define SEALS  (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static struct net
net_of(unsigned i)
{
	return ip_net(ip_v4(192, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
	    (uint8_t)i), 32, 64);
}

/* A key of ours: what shares a cell with what is the same in each run. */
static int
board_open(void **state)
{
	*state = board_new_keyed((struct sipkey){ 5, 8 });
	return 0;
}

static int
board_close(void **state)
{
	struct board *b = *state;

	board_free(&b);
	return 0;
}

/* --- the memfd ----------------------------------------------------------- */

static size_t
pages(const struct board *b)
{
	struct stat st;

	assert_int_equal(fstat(board_fd(b), &st), 0);
	return (size_t)st.st_blocks * 512 / (size_t)sysconf(_SC_PAGESIZE);
}

static void
an_idle_board_costs_some_pages(void **state)
{
	struct board *b = *state;
	uint64_t bytes, inodes;
	unsigned row[BOARD_ROWS], i;

	for (i = 0; i < BOARD_ROWS; i++) {
		row[i] = board_enter(b);
		board_beat(b, row[i], SEC);
		board_note(b, row[i], "session");
	}
	(void)board_total(b, TL_OPEN);
	(void)board_faults(b, 0);
	board_least_space(b, &bytes, &inodes);
	for (i = 0; i < BOARD_ROWS; i++)
		board_leave(b, row[i]);
	assert_in_range(pages(b), 1, 8);
}

/* To read a page that nobody has touched would give it memory. */
static void
leaving_touches_no_page_anew(void **state)
{
	struct board *b = *state;
	unsigned row = board_enter(b), i;
	size_t before;

	for (i = 0; i < 10; i++)
		board_count(b, row, CN_OPEN_NETWORK, net_of(i), 1);
	before = pages(b);
	assert_in_range(before, 2, 8 + 20);
	board_leave(b, row);
	assert_int_equal(pages(b), before);
	for (i = 0; i < 10; i++)
		assert_int_equal(board_sum(b, CN_OPEN_NETWORK, net_of(i)), 0);
}

/* Every slot is found again by the one that clears, the last ones too. */
static void
leaving_clears_every_slot(void **state)
{
	enum { NETS = 60000 };
	struct board *b = *state;
	unsigned row = board_enter(b), other = board_enter(b), c, i;

	for (c = 0; c < CN_COUNT; c++)
		for (i = 0; i < NETS; i++) {
			board_count(b, row, c, net_of(i), 1);
			if (i == 0)
				board_count(b, other, c, net_of(i), 1);
		}
	board_leave(b, row);
	for (c = 0; c < CN_COUNT; c++) {
		assert_int_equal(board_sum(b, c, net_of(0)), 1);
		for (i = 1; i < NETS; i++)
			assert_in_range(board_sum(b, c, net_of(i)), 0, 1);
		board_count(b, other, c, net_of(0), -1);
		for (i = 0; i < NETS; i++)
			assert_int_equal(board_sum(b, c, net_of(i)), 0);
	}
}

/* A memfd of so many bytes with these seals. */
static int
foreign(off_t size, int seals)
{
	int fd = memfd_create("foreign", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	if (seals != 0)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void
what_is_no_board_is_not_mapped(void **state)
{
	struct board *b = *state;
	struct stat st;
	off_t right;
	int fds[8], pipes[2];
	size_t n = 0;

	assert_int_equal(fstat(board_fd(b), &st), 0);
	right = st.st_size;
	assert_int_equal(pipe(pipes), 0);
	fds[n++] = -1;
	fds[n++] = pipes[0];
	fds[n++] = pipes[1];
	fds[n++] = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	fds[n++] = foreign(right, SEALS);            /* no layout word      */
	fds[n++] = foreign(right - 4096, SEALS);
	fds[n++] = foreign(right + 4096, SEALS);
	fds[n++] = foreign(0, SEALS);
	while (n > 0) {
		n--;
		if (board_map(fds[n]) != NULL)
			fail_msg("descriptor %zu was mapped", n);
		if (fds[n] >= 0)
			(void)close(fds[n]);
	}
}

/* The right bytes in a file that somebody could cut short under us. */
static void
what_is_not_sealed_is_not_mapped(void **state)
{
	struct board *b = *state, *copy;
	uint64_t layout;
	struct stat st;
	int fd, is_sealed;

	assert_int_equal(fstat(board_fd(b), &st), 0);
	assert_int_equal(pread(board_fd(b), &layout, sizeof layout, 0),
	    sizeof layout);
	for (is_sealed = 0; is_sealed < 2; is_sealed++) {
		fd = foreign(st.st_size, is_sealed ? SEALS : 0);
		assert_int_equal(pwrite(fd, &layout, sizeof layout, 0),
		    sizeof layout);
		copy = board_map(fd);
		assert_int_equal(copy != NULL, is_sealed);
		board_free(&copy);
		(void)close(fd);
	}
	layout ^= 1;                                 /* of another build    */
	assert_int_equal(pwrite(board_fd(b), &layout, sizeof layout, 0),
	    sizeof layout);
	assert_null(board_map(board_fd(b)));
	assert_int_not_equal(ftruncate(board_fd(b), 0), 0);
}

/* --- a process of its own ------------------------------------------------- */

/* What an exec'ed child does: it has a descriptor and the number of a row. */
static void
child_works(int fd, unsigned row, int ready)
{
	struct board *b = board_map(fd);

	if (b == NULL || board_fd(b) != -1)
		_exit(1);
	(void)close(fd);
	board_take(b, row);
	board_beat(b, row, 7 * SEC);
	board_note(b, row, "session dc31nvr2bsj of a name that is too long");
	board_count(b, row, CN_OPEN_ADDRESS, net_of(1), 2);
	board_tally(b, row, TL_OPEN, 2);
	board_tally(b, row, TL_SESSIONS, 5);
	board_mark(b, MARK_ACCEPTED, net_of(1), 100 * SEC);
	board_rate_add(b, RT_MESSAGES, net_of(1), 100 * SEC);
	board_space(b, row, 1000, 10);
	board_fault(b, row, true, SEC);
	if (write(ready, "", 1) == 1)
		(void)pause();
	_exit(2);
}

static pid_t
start_child(struct board *b, unsigned row)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		child_works(board_fd(b), row, ready[1]);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void
a_killed_process_is_cleared_but_its_marks_stay(void **state)
{
	struct board *b = *state;
	unsigned row = board_enter(b);
	pid_t pid = start_child(b, row);
	char note[BOARD_NOTE];
	uint64_t bytes, inodes;

	assert_int_equal(board_owner(b, row), pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(board_last_beat(b, row), 7 * SEC);
	board_note_of(b, row, note);
	assert_string_equal(note, "session dc31nvr2bsj of a name t");
	assert_int_equal(board_sum(b, CN_OPEN_ADDRESS, net_of(1)), 2);
	assert_int_equal(board_total(b, TL_OPEN), 2);
	board_least_space(b, &bytes, &inodes);
	assert_int_equal(bytes, 1000);
	assert_int_equal(board_faults(b, 0), 1);

	board_leave(b, row);
	assert_int_equal(board_owner(b, row), 0);
	assert_int_equal(board_last_beat(b, row), 0);
	board_note_of(b, row, note);
	assert_string_equal(note, "");
	assert_int_equal(board_sum(b, CN_OPEN_ADDRESS, net_of(1)), 0);
	assert_int_equal(board_total(b, TL_OPEN), 0);
	board_least_space(b, &bytes, &inodes);
	assert_true(bytes == UINT64_MAX && inodes == UINT64_MAX);
	assert_int_equal(board_faults(b, 0), 0);
	assert_int_equal(board_total(b, TL_SESSIONS), 5);
	assert_true(board_is_marked(b, MARK_ACCEPTED, net_of(1), 100 * SEC));
	assert_int_equal(board_rate(b, RT_MESSAGES, net_of(1), 100 * SEC), 1);
	assert_int_equal(board_enter(b), row);
}

static void
child_adds(struct board *b)
{
	int i;

	for (i = 0; i < 10000; i++) {
		board_rate_add(b, RT_CONNECTIONS, net_of(1), SEC);
		board_mark(b, MARK_ACCEPTED, net_of(1), i % 1000 * SEC);
	}
	_exit(0);
}

static void
processes_add_to_one_cell(void **state)
{
	enum { CHILDREN = 4 };
	struct board *b = *state;
	pid_t pid[CHILDREN];
	size_t i;
	int status;

	for (i = 0; i < CHILDREN; i++) {
		pid[i] = fork();
		assert_true(pid[i] >= 0);
		if (pid[i] == 0)
			child_adds(b);
	}
	for (i = 0; i < CHILDREN; i++) {
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(board_rate(b, RT_CONNECTIONS, net_of(1), SEC),
	    CHILDREN * 10000);
	assert_true(board_is_marked(b, MARK_ACCEPTED, net_of(1), 999 * SEC));
	assert_false(board_is_marked(b, MARK_ACCEPTED, net_of(1),
	    1000 * SEC));
}

/* --- marks ---------------------------------------------------------------- */

static void
a_mark_has_an_age(void **state)
{
	struct board *b = *state;
	struct net net = net_of(1);

	assert_false(board_is_marked(b, MARK_ACCEPTED, net, 0));
	assert_false(board_is_marked(b, MARK_ACCEPTED, net, -DAY));
	board_mark(b, MARK_ACCEPTED, net, 5000 * SEC + 700 * MSEC);
	assert_true(board_is_marked(b, MARK_ACCEPTED, net, 5000 * SEC));
	assert_false(board_is_marked(b, MARK_ACCEPTED, net, 5001 * SEC));
	assert_true(board_is_marked(b, MARK_ACCEPTED, net, 5000 * SEC - DAY));
	assert_false(board_is_marked(b, MARK_ACCEPTED, net_of(2), 0));
	/* A process whose clock was read earlier takes nothing back. */
	board_mark(b, MARK_ACCEPTED, net, 4000 * SEC);
	assert_true(board_is_marked(b, MARK_ACCEPTED, net, 5000 * SEC));
	board_mark(b, MARK_ACCEPTED, net_of(3), 0);
	assert_true(board_is_marked(b, MARK_ACCEPTED, net_of(3), 0));
}

static void
no_mark_is_lost_and_few_strangers_pass(void **state)
{
	enum { NETS = 10000 };
	struct board *b = *state;
	unsigned i, wrong = 0;

	for (i = 0; i < NETS; i++)
		board_mark(b, MARK_ACCEPTED, net_of(i), (1 + i % 90) * SEC);
	for (i = 0; i < NETS; i++)
		assert_true(board_is_marked(b, MARK_ACCEPTED, net_of(i),
		    (1 + i % 90) * SEC));
	for (i = NETS; i < 2 * NETS; i++)
		wrong += board_is_marked(b, MARK_ACCEPTED, net_of(i), SEC);
	assert_in_range(wrong, 1, NETS * 3 / 100);   /* 2 % are expected    */
}

/* --- rates ---------------------------------------------------------------- */

static void
a_rate_slides(void **state)
{
	static const struct {
		usec_t first;          /* 60 events then                    */
		usec_t asked;
		unsigned want;
		const char *why;
	} rows[] = {
		{ 0, 0, 60, "at once" },
		{ 0, MINUTE - 1, 60, "the end of the minute" },
		{ 0, MINUTE, 60, "the next: as if they had been at its end" },
		{ 0, MINUTE + 1, 60, "rounded up" },
		{ 0, MINUTE + 30 * SEC, 30, "half of them" },
		{ 0, MINUTE + 59 * SEC, 1, "one in sixty" },
		{ 0, 2 * MINUTE - 1, 1, "rounded up, to the end" },
		{ 0, 2 * MINUTE, 0, "gone" },
		{ 0, 900 * MINUTE, 0, "long gone" },
		{ MINUTE - 1, MINUTE, 60, "a moment later, over the end" },
		{ MINUTE - 1, 2 * MINUTE - 1, 1, "a minute later" },
		{ 90 * SEC, MINUTE - 1, 60, "another's clock is ahead" },
	};
	struct board *b = *state;
	unsigned got, i, n;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (n = 0; n < 60; n++)
			board_rate_add(b, RT_CONNECTIONS, net_of(i),
			    rows[i].first);
		got = board_rate(b, RT_CONNECTIONS, net_of(i), rows[i].asked);
		if (got != rows[i].want)
			fail_msg("%s: %u, not %u", rows[i].why, got,
			    rows[i].want);
		assert_int_equal(board_rate(b, RT_MESSAGES, net_of(i),
		    rows[i].asked), 0);
	}
}

/* An event with a clock that is behind is counted, and moves nothing back. */
static void
a_rate_never_goes_back(void **state)
{
	struct board *b = *state;
	struct net net = net_of(1);

	board_rate_add(b, RT_MESSAGES, net, MINUTE + 5 * SEC);
	board_rate_add(b, RT_MESSAGES, net, MINUTE - 1);
	board_rate_add(b, RT_MESSAGES, net, MINUTE + 5 * SEC);
	assert_int_equal(board_rate(b, RT_MESSAGES, net, MINUTE + 6 * SEC),
	    3);
}

static void
a_rate_ends_somewhere(void **state)
{
	struct board *b = *state;
	struct net net = net_of(1);
	unsigned i;

	for (i = 0; i < 70000; i++)
		board_rate_add(b, RT_MESSAGES, net, 0);
	assert_int_equal(board_rate(b, RT_MESSAGES, net, 0), 65535);
	for (i = 0; i < 70000; i++)
		board_rate_add(b, RT_MESSAGES, net, MINUTE);
	assert_int_equal(board_rate(b, RT_MESSAGES, net, MINUTE), 2 * 65535);
	assert_int_equal(board_rate(b, RT_MESSAGES, net, 3 * MINUTE), 0);
}

/* --- the bound that the header states ------------------------------------- */

enum { LIMIT = 60, EVENTS = 4000 };

/* How many of the events up to this one came in the sixty seconds that end
 * with it. */
static unsigned
in_a_minute(const usec_t *at, unsigned i)
{
	unsigned n = 0, k;

	for (k = 0; k <= i; k++)
		n += at[k] > at[i] - MINUTE;
	return n;
}

/* In: spans, the longest pauses between two knocks; 0: all at once, right
 * before and after the end of a minute. */
static void
keep_the_bound(struct board *b, struct net net, usec_t span)
{
	usec_t *at = calloc(EVENTS, sizeof *at), now = 0;
	unsigned let_in = 0, minute = 0, i, most = 0;

	assert_non_null(at);
	for (i = 0; i < EVENTS; i++) {
		now += span > 0 ? random() % span :
		    i % 200 == 0 ? MINUTE / 2 : 1;
		if (board_rate(b, RT_CONNECTIONS, net, now) >= LIMIT)
			continue;
		board_rate_add(b, RT_CONNECTIONS, net, now);
		at[let_in++] = now;
		if (in_a_minute(at, let_in - 1) > most)
			most = in_a_minute(at, let_in - 1);
		minute = let_in > 1 && at[let_in - 2] / MINUTE ==
		    now / MINUTE ? minute + 1 : 1;
		assert_in_range(minute, 1, LIMIT);
	}
	assert_in_range(most, 1, 2 * LIMIT - 1);
	/* Who knocks too often still gets about his share. */
	if (now > 4 * MINUTE && span < SEC / 2)
		assert_true(let_in > LIMIT * (now / MINUTE) / 3);
	free(at);
}

static void
a_limiter_keeps_its_bound(void **state)
{
	static const usec_t spans[] = { 0, 10 * MSEC, 200 * MSEC, SEC, 2 * SEC,
		30 * SEC };
	struct board *b = *state;
	unsigned i;

	srandom(1);
	for (i = 0; i < sizeof spans / sizeof spans[0]; i++)
		keep_the_bound(b, net_of(i), spans[i]);
}

/* As with all counts: early is allowed, late is not. */
static void
a_shared_rate_is_never_too_small(void **state)
{
	enum { NETS = 4000 };
	struct board *b = *state;
	unsigned i, n, got, wrong = 0;

	for (i = 0; i < NETS; i++)
		for (n = 0; n < 1 + i % 3; n++)
			board_rate_add(b, RT_CONNECTIONS, net_of(i), SEC);
	for (i = 0; i < NETS; i++) {
		got = board_rate(b, RT_CONNECTIONS, net_of(i), SEC);
		assert_true(got >= 1 + i % 3);
		wrong += got != 1 + i % 3;
	}
	assert_in_range(wrong, 1, NETS / 4);         /* 15 % are expected   */
}

/* --- the whole ------------------------------------------------------------ */

static void
the_least_space_counts(void **state)
{
	struct board *b = *state;
	unsigned one = board_enter(b), two = board_enter(b);
	uint64_t bytes, inodes;

	board_least_space(b, &bytes, &inodes);
	assert_true(bytes == UINT64_MAX && inodes == UINT64_MAX);
	board_space(b, one, 5000, 30);
	board_space(b, two, 4000, 40);
	board_least_space(b, &bytes, &inodes);
	assert_int_equal(bytes, 4000);
	assert_int_equal(inodes, 30);
	board_space(b, two, 0, 0);
	board_least_space(b, &bytes, &inodes);
	assert_true(bytes == 0 && inodes == 0);
	board_leave(b, two);
	board_space(b, one, UINT64_MAX, 7000);
	board_least_space(b, &bytes, &inodes);
	assert_true(bytes == UINT64_MAX);
	assert_int_equal(inodes, 7000);
}

/* catalogue 108 */
static void
faults_in_a_row(void **state)
{
	struct board *b = *state;
	unsigned one = board_enter(b), two = board_enter(b);

	board_fault(b, one, false, 10 * SEC);
	assert_int_equal(board_faults(b, 0), 0);
	board_fault(b, one, true, 10 * SEC);
	board_fault(b, one, true, 11 * SEC);
	board_fault(b, two, true, 50 * SEC);
	assert_int_equal(board_faults(b, 0), 2);
	assert_int_equal(board_faults(b, 11 * SEC), 2);
	assert_int_equal(board_faults(b, 12 * SEC), 1);
	assert_int_equal(board_faults(b, 51 * SEC), 0);
	board_fault(b, one, true, 60 * SEC);
	assert_int_equal(board_faults(b, 60 * SEC), 3);
	board_fault(b, one, false, 61 * SEC);
	assert_int_equal(board_faults(b, 0), 1);
	board_leave(b, two);
	assert_int_equal(board_faults(b, 0), 0);
}

#define BOARD(f) cmocka_unit_test_setup_teardown(f, board_open, board_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BOARD(an_idle_board_costs_some_pages),
		BOARD(leaving_touches_no_page_anew),
		BOARD(leaving_clears_every_slot),
		BOARD(what_is_no_board_is_not_mapped),
		BOARD(what_is_not_sealed_is_not_mapped),
		BOARD(a_killed_process_is_cleared_but_its_marks_stay),
		BOARD(processes_add_to_one_cell),
		BOARD(a_mark_has_an_age),
		BOARD(no_mark_is_lost_and_few_strangers_pass),
		BOARD(a_rate_slides),
		BOARD(a_rate_never_goes_back),
		BOARD(a_rate_ends_somewhere),
		BOARD(a_limiter_keeps_its_bound),
		BOARD(a_shared_rate_is_never_too_small),
		BOARD(the_least_space_counts),
		BOARD(faults_in_a_row),
	};

	return cmocka_run_group_tests_name("run board, shared", tests, NULL,
	    NULL);
}
