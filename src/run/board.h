/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board: one mapping shared by all processes; atomics only, no locks.
 *
 * A row per process, written by its owner alone, and for every hashed
 * network a sub-counter for each row; readers add up over the rows. Two
 * networks may share a counter: a limit can then act early by that much,
 * never late.
 */
#ifndef RUN_BOARD_H
#define RUN_BOARD_H

#include "base/ip.h"

#define BOARD_ROWS 32

/* Counted for a network. */
enum counter {
	CN_OPEN_ADDRESS,   /* open sessions of an address or /64            */
	CN_OPEN_NETWORK,   /* the same of a /24 or /48                      */
	CN_COUNT
};

/* Counted for the whole, per row. */
enum tally {
	TL_OPEN,           /* sessions open                                 */
	TL_SESSIONS,       /* sessions ever                                 */
	TL_ACCEPTED, TL_JUNKED, TL_DEFERRED, TL_REFUSED, TL_DROPPED,
	TL_DNS_ASKED,      /* questions sent                                */
	TL_LOG_DROPPED,
	TL_COUNT
};

struct board;

/* Anonymous and shared: made before any fork. */
struct board *board_new(void);
void board_free(struct board **);

/* Takes a free row for this process; its number is part of every id. There
 * must be one. */
unsigned board_enter(struct board *);

/* Clears a row: its owner at its end, or the supervisor for one that died.
 * What it counted for the whole stays in the totals, but for TL_OPEN. */
void board_leave(struct board *, unsigned row);

void board_beat(struct board *, unsigned row, usec_t now);

/* The moment of the last beat; 0 when there was none. */
usec_t board_last_beat(const struct board *, unsigned row);

/* In: delta; what a row counted for a network never goes below 0. */
void     board_count(struct board *, unsigned row, enum counter, struct net,
             int delta);
unsigned board_sum(const struct board *, enum counter, struct net);

void     board_tally(struct board *, unsigned row, enum tally, int64_t delta);
int64_t  board_total(const struct board *, enum tally);

#endif
