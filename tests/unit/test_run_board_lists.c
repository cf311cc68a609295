/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the board knows of DNS lists: slots by key, one keeper's word, counts
 * of rows, the last answers, and the rings of those whom lists are tried on;
 * all of it between processes, and with processes that are killed.
 */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/board.h"

#define HOUR (3600 * SEC)

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

/* A number for each place. */
static uint64_t
key_of(unsigned i)
{
	return ((uint64_t)i + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void
wait_for(pid_t pid, int how)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (how == 0)
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	else
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == how);
}

/* --- slots --------------------------------------------------------------- */

static void
a_key_has_one_slot(void **state)
{
	struct board *b = *state, *other = board_map(board_fd(b));
	unsigned i;

	assert_non_null(other);
	for (i = 0; i < BOARD_LISTS; i++)
		assert_int_equal(board_list(i % 2 ? b : other, key_of(i)), i);
	for (i = 0; i < BOARD_LISTS; i++)
		assert_int_equal(board_list(i % 2 ? other : b, key_of(i)), i);
	assert_int_equal(board_list(b, key_of(BOARD_LISTS)), BOARD_LISTS);
	board_free(&other);
}

/* From another key on, once the others may; and a slot that was given is
 * nobody else's after. */
static void
brings_keys(struct board *b, unsigned from, int start)
{
	unsigned slot[200], i;
	char c;

	(void)!read(start, &c, 1);
	for (i = 0; i < 200; i++)
		slot[i] = board_list(b, key_of((i * 7 + from) % 200));
	for (i = 0; i < 200; i++)
		if (board_list(b, key_of((i * 7 + from) % 200)) != slot[i])
			_exit(1);
	_exit(0);
}

/* Children that bring the same keys in another order find the same slots. */
static void
keys_are_brought_at_once(void **state)
{
	struct board *b = *state;
	unsigned seen[BOARD_LISTS] = { 0 }, i, k;
	pid_t pids[16];
	int start[2];

	assert_int_equal(pipe(start), 0);
	for (k = 0; k < COUNT(pids); k++) {
		pids[k] = fork();
		assert_true(pids[k] >= 0);
		if (pids[k] == 0) {
			close(start[1]);
			brings_keys(b, k * 31, start[0]);
		}
	}
	close(start[1]);
	close(start[0]);
	for (k = 0; k < COUNT(pids); k++)
		wait_for(pids[k], 0);
	for (i = 0; i < 200; i++) {
		k = board_list(b, key_of(i));
		assert_true(k < 200);
		assert_int_equal(seen[k]++, 0);
	}
	assert_int_equal(board_list(b, key_of(999)), 200);
}

/* A full board gives the place of a list that nobody has renewed for an hour,
 * emptied; never one that is in use, nor one that was just taken. */
static void
what_is_forgotten_makes_room(void **state)
{
	static const int64_t kept[BOARD_KEPT] = { 1, 2, 3, 4 };
	struct board *b = *state;
	int64_t other[BOARD_KEPT];
	unsigned i, row = board_enter(b);

	for (i = 0; i < BOARD_LISTS; i++) {
		assert_int_equal(board_list(b, key_of(i)), i);
		board_list_take(b, i, row);
		assert_true(board_list_write(b, i, row, 9, 10 * SEC));
		board_list_keep(b, i, kept);
		(void)board_list_saw(b, i, true);
	}
	for (i = 0; i < BOARD_LISTS; i++)
		if (i != 77)
			assert_true(board_list_write(b, i, row, 9,
			    10 * SEC + HOUR));
	assert_int_equal(board_list(b, key_of(1000)), BOARD_LISTS);
	assert_true(board_list_write(b, 0, row, 9, 10 * SEC + HOUR + 1));
	assert_int_equal(board_list(b, key_of(1000)), 77);
	assert_int_equal(board_list(b, key_of(1000)), 77);
	assert_int_equal(board_list_word(b, 77), 0);
	assert_int_equal(board_list_renewed(b, 77), 0);
	assert_int_equal(board_list_saw(b, 77, true), 1);
	board_list_kept(b, 77, other);
	assert_int_equal(other[0] | other[1] | other[2] | other[3], 0);
	assert_false(board_list_write(b, 77, row, 1, 0));
	/* the new one is not forgotten although nobody has renewed it */
	assert_int_equal(board_list(b, key_of(77)), BOARD_LISTS);
}

/* --- the word ------------------------------------------------------------ */

static void
the_last_keeper_writes(void **state)
{
	static const int64_t kept[BOARD_KEPT] = { -1, INT64_MAX, INT64_MIN, 7 };
	struct board *b = *state, *other = board_map(board_fd(b));
	unsigned slot = board_list(b, 5);
	int64_t back[BOARD_KEPT];

	assert_int_equal(board_list_word(b, slot), 0);
	assert_int_equal(board_list_renewed(b, slot), 0);
	assert_false(board_list_write(b, slot, 0, 1, 1));
	board_list_take(b, slot, 0);
	assert_false(board_list_write(b, slot, 1, 1, 1));
	assert_true(board_list_write(b, slot, 0, UINT64_MAX, 8 * SEC));
	board_list_keep(b, slot, kept);
	assert_true(board_list_word(other, slot) == UINT64_MAX);
	assert_int_equal(board_list_renewed(other, slot), 8 * SEC);
	/* the next one: the old one writes nothing more */
	board_list_take(other, slot, 3);
	assert_false(board_list_write(b, slot, 0, 1, 9 * SEC));
	assert_true(board_list_word(b, slot) == UINT64_MAX);
	board_list_kept(other, slot, back);
	assert_memory_equal(back, kept, sizeof kept);
	assert_true(board_list_write(other, slot, 3, 2, 9 * SEC));
	/* a gate changes only what it has seen */
	assert_false(board_list_swap(b, slot, 1, 4));
	assert_int_equal(board_list_word(b, slot), 2);
	assert_true(board_list_swap(b, slot, 2, 4));
	assert_int_equal(board_list_word(other, slot), 4);
	assert_int_equal(board_list_renewed(other, slot), 9 * SEC);
	board_free(&other);
}

/* --- counts -------------------------------------------------------------- */

static void
counts_outlive_their_rows(void **state)
{
	struct board *b = *state;
	unsigned one = board_list(b, 1), two = board_list(b, 2);
	unsigned r0 = board_enter(b), r1 = board_enter(b);

	board_list_count(b, r0, one, LS_ASKED, 3);
	board_list_count(b, r1, one, LS_ASKED, 4);
	board_list_count(b, r1, one, LS_COUNT - 1, 1);
	board_list_count(b, r1, two, LS_ASKED, 1000000);
	assert_int_equal(board_list_total(b, one, LS_ASKED), 7);
	assert_int_equal(board_list_total(b, one, LS_LISTED), 0);
	board_leave(b, r1);
	assert_int_equal(board_list_total(b, one, LS_ASKED), 7);
	assert_int_equal(board_list_total(b, one, LS_COUNT - 1), 1);
	assert_int_equal(board_list_total(b, two, LS_ASKED), 1000000);
	r1 = board_enter(b);
	board_list_count(b, r1, two, LS_ASKED, 1);
	assert_int_equal(board_list_total(b, one, LS_ASKED), 7);
	assert_int_equal(board_list_total(b, two, LS_ASKED), 1000001);
}

static void
processes_count_at_once(void **state)
{
	struct board *b = *state;
	unsigned slot = board_list(b, 1), i, k;
	pid_t pids[4];

	for (k = 0; k < 4; k++) {
		pids[k] = fork();
		assert_true(pids[k] >= 0);
		if (pids[k] == 0) {
			unsigned row = board_enter(b);

			for (i = 0; i < 20000; i++)
				board_list_count(b, row, slot, LS_CLEAN, 1);
			if (k % 2 == 0)
				board_leave(b, row);
			_exit(0);
		}
	}
	for (k = 0; k < 4; k++)
		wait_for(pids[k], 0);
	assert_int_equal(board_list_total(b, slot, LS_CLEAN), 80000);
}

/* Nobody pays for lists that he does not have: a row's page is touched when
 * it counts, not when others add up. */
static void
adding_up_costs_no_memory(void **state)
{
	struct board *b = *state;
	unsigned slot = board_list(b, 1), i;
	struct stat before, after;

	for (i = 0; i < BOARD_ROWS; i++)
		(void)board_enter(b);
	board_list_count(b, 0, slot, LS_ASKED, 1);
	assert_int_equal(board_list_total(b, slot, LS_ASKED), 1);
	assert_int_equal(fstat(board_fd(b), &before), 0);
	for (i = 0; i < LS_COUNT; i++)
		(void)board_list_total(b, slot, (enum list_count)i);
	for (i = 1; i < BOARD_ROWS; i++)
		board_leave(b, i);
	assert_int_equal(fstat(board_fd(b), &after), 0);
	assert_int_equal(after.st_blocks, before.st_blocks);
}

static void
the_last_answers(void **state)
{
	struct board *b = *state;
	unsigned slot = board_list(b, 1), i;

	assert_int_equal(board_list_saw(b, slot, true), 1);
	assert_int_equal(board_list_saw(b, slot, false), 2);
	assert_int_equal(board_list_saw(b, slot, true), 5);
	for (i = 0; i < 63; i++)
		(void)board_list_saw(b, slot, true);
	assert_true(board_list_saw(b, slot, true) == UINT64_MAX);
	for (i = 0; i < 63; i++)
		(void)board_list_saw(b, slot, false);
	assert_int_equal(board_list_saw(b, slot, false), 0);
}

/* Four processes, one bit in sixteen: none is lost, whoever pushes. */
static void
answers_of_all_processes(void **state)
{
	struct board *b = *state;
	unsigned slot = board_list(b, 1), i, k;
	pid_t pids[4];

	for (k = 0; k < 4; k++) {
		pids[k] = fork();
		assert_true(pids[k] >= 0);
		if (pids[k] == 0) {
			for (i = 0; i < 15; i++)
				(void)board_list_saw(b, slot, true);
			_exit(0);
		}
	}
	for (k = 0; k < 4; k++)
		wait_for(pids[k], 0);
	assert_true(board_list_saw(b, slot, false) ==
	    (UINT64_C(1) << 61) - 2);
}

/* --- rings --------------------------------------------------------------- */

static void
expect_ring(const struct board *b, unsigned ring, const char *texts)
{
	char all[BOARD_RING * BOARD_TEXT] = "", one[BOARD_TEXT];
	unsigned i;

	for (i = 0; board_ring_get(b, ring, i, one); i++) {
		assert_true(i < BOARD_RING);
		(void)snprintf(all + strlen(all), sizeof all - strlen(all),
		    "%s%s", i > 0 ? " " : "", one);
	}
	assert_string_equal(all, texts);
}

static void
a_ring_has_the_newest_eight(void **state)
{
	struct board *b = *state;
	char text[BOARD_TEXT + 8];
	unsigned i;

	expect_ring(b, 0, "");
	for (i = 0; i < 11; i++) {
		(void)snprintf(text, sizeof text, "t%u", i);
		board_ring_put(b, 3, str_of(text), i);
	}
	expect_ring(b, 3, "t10 t9 t8 t7 t6 t5 t4 t3");
	expect_ring(b, 2, "");
	/* one that comes again is the newest, once */
	board_ring_put(b, 3, STR("t5"), 20);
	expect_ring(b, 3, "t5 t10 t9 t8 t7 t6 t4 t3");
	board_ring_put(b, 3, STR("new"), 21);
	expect_ring(b, 3, "new t5 t10 t9 t8 t7 t6 t4");
	/* what does not fit is not kept */
	memset(text, 'x', sizeof text);
	board_ring_put(b, 1, (struct str){ text, BOARD_TEXT }, 1);
	board_ring_put(b, 1, STR(""), 1);
	expect_ring(b, 1, "");
	board_ring_put(b, 1, (struct str){ text, BOARD_TEXT - 1 }, 1);
	text[BOARD_TEXT - 1] = '\0';
	expect_ring(b, 1, text);
}

/* The same text beside longer ones that begin with it. */
static void
texts_are_compared_whole(void **state)
{
	struct board *b = *state;

	board_ring_put(b, 0, STR("192.0.2.1"), 1);
	board_ring_put(b, 0, STR("192.0.2.10"), 2);
	board_ring_put(b, 0, STR("192.0.2.1"), 3);
	expect_ring(b, 0, "192.0.2.1 192.0.2.10");
}

/* Children that write for ever and are killed: what is read is always a text
 * that somebody wrote, whole, and the ring goes on. */
static void
a_killed_writer_costs_one_text(void **state)
{
	struct board *b = *state;
	char text[BOARD_TEXT], want[BOARD_TEXT];
	unsigned round, i, n;
	pid_t pid;

	for (round = 0; round < 30; round++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			for (i = 0; ; i++) {
				memset(text, 'a' + (int)(i % 26), 48);
				board_ring_put(b, 0, (struct str){ text, 48 },
				    i);
			}
		}
		for (n = 0; n < 2000; n++)
			for (i = 0; board_ring_get(b, 0, i, text); i++) {
				memset(want, text[0], 48);
				want[48] = '\0';
				assert_string_equal(text, want);
			}
		assert_int_equal(kill(pid, SIGKILL), 0);
		wait_for(pid, SIGKILL);
	}
	for (i = 0; i < 8; i++) {
		(void)snprintf(text, sizeof text, "after%u", i);
		board_ring_put(b, 0, str_of(text), INT64_MAX / 2 + i);
	}
	expect_ring(b, 0, "after7 after6 after5 after4 after3 after2 after1 "
	    "after0");
}

/* Where a text lies in the shared memory. */
static char *
find_text(char *memory, size_t size, const char *text)
{
	size_t n = strlen(text) + 1, i;

	for (i = 0; i + n <= size; i++)
		if (memcmp(memory + i, text, n) == 0)
			return memory + i;
	fail_msg("no \"%s\"", text);
	return NULL;
}

/* As if its writer had been killed in the middle. */
static void
half_a_text_is_none(void **state)
{
	struct board *b = *state;
	char *memory, text[8];
	struct stat st;
	unsigned i;

	assert_int_equal(fstat(board_fd(b), &st), 0);
	memory = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, board_fd(b), 0);
	assert_true(memory != MAP_FAILED);
	for (i = 0; i < 8; i++) {
		(void)snprintf(text, sizeof text, "t%u", i);
		board_ring_put(b, 0, str_of(text), i);
	}
	find_text(memory, (size_t)st.st_size, "t5")[0] = 'x';
	expect_ring(b, 0, "t7 t6 t4 t3 t2 t1 t0");
	/* it makes room before the oldest does */
	board_ring_put(b, 0, STR("new"), 20);
	expect_ring(b, 0, "new t7 t6 t4 t3 t2 t1 t0");
	(void)munmap(memory, (size_t)st.st_size);
}

/* Two who brought the same text at the same moment. */
static void
a_text_that_was_put_twice(void **state)
{
	struct board *b = *state;
	char *memory, *one, *two;
	struct stat st;
	size_t entry;

	assert_int_equal(fstat(board_fd(b), &st), 0);
	memory = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, board_fd(b), 0);
	assert_true(memory != MAP_FAILED);
	board_ring_put(b, 0, STR("one"), 1);
	board_ring_put(b, 0, STR("two"), 2);
	board_ring_put(b, 0, STR("three"), 3);
	one = find_text(memory, (size_t)st.st_size, "one");
	two = find_text(memory, (size_t)st.st_size, "two");
	entry = (size_t)(two - one);
	memcpy(one - (entry - BOARD_TEXT), two - (entry - BOARD_TEXT), entry);
	expect_ring(b, 0, "three two");
	(void)munmap(memory, (size_t)st.st_size);
}

/* --- a board that follows another ---------------------------------------- */

static void
lists_go_on_on_another_board(void **state)
{
	static const int64_t kept[BOARD_KEPT] = { 1, 2, 3, 4 };
	struct board *b = *state;
	struct board *next = board_new_keyed((struct sipkey){ 9, 9 });
	unsigned zero = board_list(b, 8), slot = board_list(b, 5);
	unsigned row = board_enter(b);
	int64_t back[BOARD_KEPT];

	board_list_take(b, slot, row);
	assert_true(board_list_write(b, slot, row, 77, 8 * SEC));
	board_list_keep(b, slot, kept);
	board_list_count(b, row, slot, LS_ASKED, 5);
	board_leave(b, board_enter(b));
	(void)board_list_saw(b, slot, true);
	board_ring_put(b, 2, STR("192.0.2.1"), 3);
	board_ring_put(b, 2, STR("192.0.2.2"), 4);
	board_lists_copy(next, b);
	assert_int_equal(board_list(next, 5), slot);
	assert_int_equal(board_list(next, 8), zero);
	assert_int_equal(board_list_word(next, slot), 77);
	assert_int_equal(board_list_renewed(next, slot), 8 * SEC);
	assert_int_equal(board_list_saw(next, slot, false), 2);
	assert_int_equal(board_list_total(next, slot, LS_ASKED), 5);
	board_list_kept(next, slot, back);
	assert_memory_equal(back, kept, sizeof kept);
	assert_true(board_list_write(next, slot, row, 78, 9 * SEC));
	board_list_count(next, board_enter(next), slot, LS_ASKED, 2);
	assert_int_equal(board_list_total(next, slot, LS_ASKED), 7);
	expect_ring(next, 2, "192.0.2.2 192.0.2.1");
	board_free(&next);
}

int
main(void)
{
#define WITH_BOARD(f) \
	cmocka_unit_test_setup_teardown(f, board_open, board_close)
	static const struct CMUnitTest tests[] = {
		WITH_BOARD(a_key_has_one_slot),
		WITH_BOARD(keys_are_brought_at_once),
		WITH_BOARD(what_is_forgotten_makes_room),
		WITH_BOARD(the_last_keeper_writes),
		WITH_BOARD(counts_outlive_their_rows),
		WITH_BOARD(processes_count_at_once),
		WITH_BOARD(adding_up_costs_no_memory),
		WITH_BOARD(the_last_answers),
		WITH_BOARD(answers_of_all_processes),
		WITH_BOARD(a_ring_has_the_newest_eight),
		WITH_BOARD(texts_are_compared_whole),
		WITH_BOARD(a_killed_writer_costs_one_text),
		WITH_BOARD(half_a_text_is_none),
		WITH_BOARD(a_text_that_was_put_twice),
		WITH_BOARD(lists_go_on_on_another_board),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
