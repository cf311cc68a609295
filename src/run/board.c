/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board - what the processes know of each other, in one shared mapping.
 *
 * Called by: the gate for each session, the supervisor, the console.
 *
 * A network is hashed, with a key of this board, to one slot in each of
 * DEPTH tables; its count is the smaller one of the two sums, so that a busy
 * stranger must share both slots with it to be counted for it. A slot holds
 * the sub-counters of all rows side by side: to add up over the rows is to
 * read two cache lines, and asking is what happens for every client.
 *
 * Always holds: a sub-counter and a row are written by the row's owner only,
 * or by the supervisor once the owner is dead; all reads and writes are
 * relaxed atomics, since no count promises anything about another.
 *
 * KNOWN GAPS: a reader that looks while board_leave moves totals may miss
 * them for that moment.
 */
#include "config.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/table.h"
#include "run/board.h"
#include "run/clock.h"

#define DEPTH 2
#define SLOTS 4096          /* a power of two; about twice the sessions     */
#define LINE  128           /* two cache lines: processors fetch pairs      */

struct slot {
	_Atomic uint32_t of_row[BOARD_ROWS];
};

struct row {
	_Alignas(LINE) _Atomic int32_t owner;   /* process id; 0: free      */
	_Atomic int64_t beat;
	_Atomic int64_t tally[TL_COUNT];
};

struct board {
	struct sipkey key;                      /* set once, before forks   */
	_Atomic int64_t past[TL_COUNT];         /* of rows that left        */
	struct row    row[BOARD_ROWS];
	_Alignas(LINE) struct slot slot[CN_COUNT][DEPTH][SLOTS];
};

#define READ(x)     atomic_load_explicit(&(x), memory_order_relaxed)
#define ADD(x, n)   ((void)atomic_fetch_add_explicit(&(x), (n), \
			memory_order_relaxed))
#define WRITE(x, v) atomic_store_explicit(&(x), (v), memory_order_relaxed)

struct board *
board_new(void)
{
	struct board *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(b != MAP_FAILED);
	clock_random(&b->key, sizeof b->key);
	return b;
}

void
board_free(struct board **b)
{
	if (*b != NULL)
		must(munmap(*b, sizeof **b) == 0);
	*b = NULL;
}

unsigned
board_enter(struct board *b)
{
	int32_t nobody;
	unsigned i;

	for (i = 0; i < BOARD_ROWS; i++) {
		nobody = 0;
		if (atomic_compare_exchange_strong(&b->row[i].owner, &nobody,
		    (int32_t)getpid()))
			break;
	}
	must(i < BOARD_ROWS);
	return i;
}

void
board_leave(struct board *b, unsigned row)
{
	struct slot *slot = &b->slot[0][0][0];
	struct row *r = &b->row[row];
	int64_t count;
	size_t i;

	must(row < BOARD_ROWS && READ(r->owner) != 0);
	for (i = 0; i < sizeof b->slot / sizeof *slot; i++)
		if (READ(slot[i].of_row[row]) != 0)
			WRITE(slot[i].of_row[row], 0);
	for (i = 0; i < TL_COUNT; i++) {
		count = atomic_exchange(&r->tally[i], 0);
		if (i != TL_OPEN)
			ADD(b->past[i], count);
	}
	WRITE(r->beat, 0);
	/* Last: from here on the row is another's. */
	atomic_store(&r->owner, 0);
}

void
board_beat(struct board *b, unsigned row, usec_t now)
{
	must(row < BOARD_ROWS);
	WRITE(b->row[row].beat, now);
}

usec_t
board_last_beat(const struct board *b, unsigned row)
{
	must(row < BOARD_ROWS);
	return READ(b->row[row].beat);
}

/* Which slot of each table; the two share no bits of the hash. */
static void
find_slots(const struct board *b, struct net net, size_t at[DEPTH])
{
	uint8_t key[sizeof net.ip.a + 1];
	uint64_t hash;
	size_t i;

	memcpy(key, net.ip.a, sizeof net.ip.a);
	key[sizeof net.ip.a] = net.bits;
	hash = siphash(b->key, key, sizeof key);
	for (i = 0; i < DEPTH; i++)
		at[i] = (hash >> (32 * i)) % SLOTS;
}

void
board_count(struct board *b, unsigned row, enum counter c, struct net net,
    int delta)
{
	size_t at[DEPTH], i;
	_Atomic uint32_t *count;

	must(row < BOARD_ROWS && c < CN_COUNT);
	find_slots(b, net, at);
	for (i = 0; i < DEPTH; i++) {
		count = &b->slot[c][i][at[i]].of_row[row];
		must(delta >= 0 || READ(*count) >= 0u - (unsigned)delta);
		ADD(*count, (unsigned)delta);
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
	find_slots(b, net, at);
	for (i = 0; i < DEPTH; i++) {
		sum = slot_sum(&b->slot[c][i][at[i]]);
		if (sum < least)
			least = sum;
	}
	return least;
}

void
board_tally(struct board *b, unsigned row, enum tally t, int64_t delta)
{
	must(row < BOARD_ROWS && t < TL_COUNT);
	ADD(b->row[row].tally[t], delta);
}

int64_t
board_total(const struct board *b, enum tally t)
{
	int64_t sum;
	size_t i;

	must(t < TL_COUNT);
	sum = READ(b->past[t]);
	for (i = 0; i < BOARD_ROWS; i++)
		sum += READ(b->row[i].tally[t]);
	return sum;
}
