/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board - what the processes know of each other, in one shared mapping.
 *
 * Called by: the gate for each session, the pools, the supervisor. What it
 * knows of DNS lists is in board_lists.c.
 *
 * A network is hashed, with a key of this board, to one place in each of
 * DEPTH tables; what is told of it is the smaller one of the two answers, so
 * that a busy stranger must share both places with it to be taken for it.
 * - Open sessions: a slot holds the sub-counters of all rows side by side;
 *   to add up over the rows is to read two cache lines, and asking is what
 *   happens for every client. A row that died is taken out again.
 * - Marks and rates: nothing to take out, so one cell for all rows, changed
 *   by compare-and-exchange. A process killed at any instruction leaves a
 *   whole cell behind.
 *
 * Always holds:
 * - A sub-counter and a row are written by the row's owner only (of a pool:
 *   and its workers), or by the supervisor once the owner is dead; all reads
 *   and writes are relaxed atomics, since no count promises anything about
 *   another.
 * - The bit of a block is set before anything in it is counted, so board_leave
 *   finds all that is to be cleared and touches no page that was not touched
 *   already: even to read one of a memfd gives it memory.
 * - The memfd is sealed against changes of its size: no process can make
 *   another one fault.
 *
 * KNOWN GAPS: a reader that looks while board_leave moves totals may miss
 * them for that moment.
 */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/board_own.h"
#include "run/clock.h"

/* --- the mapping --------------------------------------------------------- */

static struct board *
map(int fd, int own_fd)
{
	struct board *b = malloc(sizeof *b);

	must(b != NULL);
	b->fd = own_fd;
	b->sheet = mmap(NULL, sizeof *b->sheet, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	must(b->sheet != MAP_FAILED);
	return b;
}

struct board *
board_new_keyed(struct sipkey key)
{
	int fd = memfd_create("postern board",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct board *b;

	must(fd >= 0);
	must(ftruncate(fd, sizeof *b->sheet) == 0);
	must(fcntl(fd, F_ADD_SEALS, SEALS) == 0);
	b = map(fd, fd);
	b->sheet->layout = LAYOUT;
	b->sheet->key = key;
	return b;
}

struct board *
board_new(void)
{
	struct sipkey key;

	clock_random(&key, sizeof key);
	return board_new_keyed(key);
}

int
board_fd(const struct board *b)
{
	return b->fd;
}

/* What has another size, or could get one, is not even mapped. */
struct board *
board_map(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct board *b;
	struct stat st;

	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) != 0 ||
	    st.st_size != sizeof(struct sheet))
		return NULL;
	b = map(fd, -1);
	if (b->sheet->layout != LAYOUT)
		board_free(&b);
	return b;
}

void
board_free(struct board **b)
{
	if (*b == NULL)
		return;
	must(munmap((*b)->sheet, sizeof *(*b)->sheet) == 0);
	if ((*b)->fd >= 0)
		(void)close((*b)->fd);
	free(*b);
	*b = NULL;
}

/* --- rows ---------------------------------------------------------------- */

static struct row *
row_of(const struct board *b, unsigned row)
{
	must(row < BOARD_ROWS);
	return &b->sheet->row[row];
}

unsigned
board_enter(struct board *b)
{
	int32_t nobody;
	unsigned i;

	for (i = 0; i < BOARD_ROWS; i++) {
		nobody = 0;
		if (atomic_compare_exchange_strong(&b->sheet->row[i].owner,
		    &nobody, (int32_t)getpid()))
			break;
	}
	must(i < BOARD_ROWS);
	return i;
}

void
board_take(struct board *b, unsigned row)
{
	must(READ(row_of(b, row)->owner) != 0);
	WRITE(row_of(b, row)->owner, (int32_t)getpid());
}

int32_t
board_owner(const struct board *b, unsigned row)
{
	return READ(row_of(b, row)->owner);
}

static void
clear_block(struct sheet *sheet, size_t block, unsigned row)
{
	struct slot *slot = &sheet->slot[0][0][0] + block * PER_BLOCK;
	size_t i;

	for (i = 0; i < PER_BLOCK; i++)
		if (READ(slot[i].of_row[row]) != 0)
			WRITE(slot[i].of_row[row], 0);
}

static void
clear_counts(struct sheet *sheet, unsigned row)
{
	struct row *r = &sheet->row[row];
	size_t i;

	for (i = 0; i < BLOCKS; i++)
		if ((READ(r->blocks[i / 64]) >> (i % 64) & 1) != 0)
			clear_block(sheet, i, row);
	for (i = 0; i < COUNT(r->blocks); i++)
		WRITE(r->blocks[i], 0);
}

void
board_leave(struct board *b, unsigned row)
{
	struct row *r = row_of(b, row);
	int64_t count;
	size_t i;

	must(READ(r->owner) != 0);
	clear_counts(b->sheet, row);
	board_lists_leave(b, row);
	for (i = 0; i < TL_COUNT; i++) {
		count = atomic_exchange(&r->tally[i], 0);
		if (i != TL_OPEN)
			ADD(b->sheet->past[i], count);
	}
	WRITE(r->beat, 0);
	WRITE(r->faults, 0);
	WRITE(r->used_bytes, 0);
	WRITE(r->used_inodes, 0);
	WRITE(r->note[0], '\0');
	/* Last: from here on the row is another's. */
	atomic_store(&r->owner, 0);
}

void
board_beat(struct board *b, unsigned row, usec_t now)
{
	WRITE(row_of(b, row)->beat, now);
}

usec_t
board_last_beat(const struct board *b, unsigned row)
{
	return READ(row_of(b, row)->beat);
}

/* Nothing here but stores to memory that is there: a signal handler may. */
void
board_note(struct board *b, unsigned row, const char *text)
{
	struct row *r = row_of(b, row);
	size_t i;

	for (i = 0; i + 1 < BOARD_NOTE && text[i] != '\0'; i++)
		WRITE(r->note[i], text[i]);
	WRITE(r->note[i], '\0');
}

void
board_note_of(const struct board *b, unsigned row, char out[BOARD_NOTE])
{
	const struct row *r = row_of(b, row);
	size_t i;

	for (i = 0; i + 1 < BOARD_NOTE; i++) {
		out[i] = READ(r->note[i]);
		if (out[i] == '\0')
			break;
	}
	out[i] = '\0';
}

/* --- open sessions of networks -------------------------------------------- */

/* Its place in each of two tables of so many; the two share no bits of the
 * hash. */
static void
find_places(const struct board *b, struct net net, size_t many,
    size_t at[DEPTH])
{
	uint8_t key[sizeof net.ip.a + 1];
	uint64_t hash;
	size_t i;

	memcpy(key, net.ip.a, sizeof net.ip.a);
	key[sizeof net.ip.a] = net.bits;
	hash = siphash(b->sheet->key, key, sizeof key);
	for (i = 0; i < DEPTH; i++)
		at[i] = (hash >> (32 * i)) % many;
}

/* The row will have something to clear in the block of this slot. */
static void
note_block(struct sheet *sheet, struct row *r, const struct slot *slot)
{
	size_t block = (size_t)(slot - &sheet->slot[0][0][0]) / PER_BLOCK;
	uint64_t bit = (uint64_t)1 << (block % 64);

	if ((READ(r->blocks[block / 64]) & bit) == 0)
		(void)atomic_fetch_or(&r->blocks[block / 64], bit);
}

void
board_count(struct board *b, unsigned row, enum counter c, struct net net,
    int delta)
{
	struct row *r = row_of(b, row);
	size_t at[DEPTH], i;
	struct slot *slot;

	must(c < CN_COUNT);
	find_places(b, net, SLOTS, at);
	for (i = 0; i < DEPTH; i++) {
		slot = &b->sheet->slot[c][i][at[i]];
		must(delta >= 0 ||
		    READ(slot->of_row[row]) >= 0u - (unsigned)delta);
		note_block(b->sheet, r, slot);
		ADD(slot->of_row[row], (unsigned)delta);
	}
}

static unsigned
slot_sum(const struct slot *s)
{
	unsigned sum = 0, i;

	for (i = 0; i < BOARD_ROWS; i++)
		sum += READ(s->of_row[i]);
	return sum;
}

unsigned
board_sum(const struct board *b, enum counter c, struct net net)
{
	unsigned sum, least = UINT32_MAX;
	size_t at[DEPTH], i;

	must(c < CN_COUNT);
	find_places(b, net, SLOTS, at);
	for (i = 0; i < DEPTH; i++) {
		sum = slot_sum(&b->sheet->slot[c][i][at[i]]);
		if (sum < least)
			least = sum;
	}
	return least;
}

/* --- marks --------------------------------------------------------------- */

/* A cell keeps the latest moment; 0 is never. */
static uint32_t
second_of(usec_t moment)
{
	return moment < 0 ? 0 : (uint32_t)(moment / SEC) + 1;
}

void
board_mark(struct board *b, enum mark mark, struct net net, usec_t now)
{
	uint32_t second = second_of(now), old;
	_Atomic uint32_t *cell;
	size_t at[DEPTH], i;

	must(mark < MARK_COUNT);
	find_places(b, net, MARKS, at);
	for (i = 0; i < DEPTH; i++) {
		cell = &b->sheet->mark[mark][i][at[i]];
		old = READ(*cell);
		while (old < second && !SWAP(*cell, old, second))
			;
	}
}

bool
board_is_marked(const struct board *b, enum mark mark, struct net net,
    usec_t since)
{
	size_t at[DEPTH], i;
	uint32_t second;

	must(mark < MARK_COUNT);
	find_places(b, net, MARKS, at);
	for (i = 0; i < DEPTH; i++) {
		second = READ(b->sheet->mark[mark][i][at[i]]);
		if (second == 0 || second < second_of(since))
			return false;
	}
	return true;
}

/* --- rates --------------------------------------------------------------- */

/* A cell, unpacked: which minute of the clock it is about, and the events in
 * it and in the one before. */
struct window {
	uint64_t minute;
	uint64_t now, before;       /* at most 65535                        */
};

#define FULL 0xffffu

static uint64_t
window_pack(const struct window *w)
{
	return w->minute << 32 | w->now << 16 | w->before;
}

/* Moves on to the minute of that moment. A process whose clock was read a
 * little earlier never moves one back. */
static struct window
window_at(uint64_t cell, usec_t moment)
{
	struct window w = { cell >> 32, cell >> 16 & FULL, cell & FULL };
	uint64_t minute = (uint64_t)(moment / MINUTE) & UINT32_MAX;

	if (minute <= w.minute)
		return w;
	w.before = minute == w.minute + 1 ? w.now : 0;
	w.now = 0;
	w.minute = minute;
	return w;
}

/* Rounded up: early, not late. */
static unsigned
window_events(const struct window *w, usec_t moment)
{
	uint64_t left = (uint64_t)(MINUTE - moment % MINUTE);

	return (unsigned)(w->now + (w->before * left + MINUTE - 1) / MINUTE);
}

void
board_rate_add(struct board *b, enum rate rate, struct net net, usec_t now)
{
	_Atomic uint64_t *cell;
	size_t at[DEPTH], i;
	struct window w;
	uint64_t old;

	must(rate < RT_COUNT && now >= 0);
	find_places(b, net, CELLS, at);
	for (i = 0; i < DEPTH; i++) {
		cell = &b->sheet->rate[rate][i][at[i]];
		old = READ(*cell);
		do {
			w = window_at(old, now);
			w.now += w.now < FULL;
		} while (!SWAP(*cell, old, window_pack(&w)));
	}
}

unsigned
board_rate(const struct board *b, enum rate rate, struct net net, usec_t now)
{
	unsigned events, least = UINT32_MAX;
	size_t at[DEPTH], i;
	struct window w;

	must(rate < RT_COUNT && now >= 0);
	find_places(b, net, CELLS, at);
	for (i = 0; i < DEPTH; i++) {
		w = window_at(READ(b->sheet->rate[rate][i][at[i]]), now);
		events = window_events(&w, now);
		if (events < least)
			least = events;
	}
	return least;
}

/* --- the whole ----------------------------------------------------------- */

void
board_tally(struct board *b, unsigned row, enum tally t, int64_t delta)
{
	must(t < TL_COUNT);
	ADD(row_of(b, row)->tally[t], delta);
}

int64_t
board_total(const struct board *b, enum tally t)
{
	int64_t sum;
	size_t i;

	must(t < TL_COUNT);
	sum = READ(b->sheet->past[t]);
	for (i = 0; i < BOARD_ROWS; i++)
		sum += READ(b->sheet->row[i].tally[t]);
	return sum;
}

void
board_space(struct board *b, unsigned row, uint64_t bytes, uint64_t inodes)
{
	WRITE(row_of(b, row)->used_bytes, UINT64_MAX - bytes);
	WRITE(row_of(b, row)->used_inodes, UINT64_MAX - inodes);
}

void
board_least_space(const struct board *b, uint64_t *bytes, uint64_t *inodes)
{
	uint64_t most_bytes = 0, most_inodes = 0, used;
	unsigned i;

	for (i = 0; i < BOARD_ROWS; i++) {
		used = READ(b->sheet->row[i].used_bytes);
		if (used > most_bytes)
			most_bytes = used;
		used = READ(b->sheet->row[i].used_inodes);
		if (used > most_inodes)
			most_inodes = used;
	}
	*bytes = UINT64_MAX - most_bytes;
	*inodes = UINT64_MAX - most_inodes;
}

/* A good sync, the usual thing, finds nothing to write. */
void
board_fault(struct board *b, unsigned row, bool has_failed, usec_t now)
{
	struct row *r = row_of(b, row);

	if (has_failed) {
		WRITE(r->fault_at, now);
		ADD(r->faults, 1);
	} else if (READ(r->faults) != 0) {
		WRITE(r->faults, 0);
	}
}

unsigned
board_faults(const struct board *b, usec_t since)
{
	const struct row *r;
	unsigned most = 0, i;

	for (i = 0; i < BOARD_ROWS; i++) {
		r = &b->sheet->row[i];
		if (READ(r->fault_at) >= since && READ(r->faults) > most)
			most = READ(r->faults);
	}
	return most;
}

_Atomic uint32_t *
board_log_cuts(struct board *b)
{
	return &b->sheet->log_cuts;
}
