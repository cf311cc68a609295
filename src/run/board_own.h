/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board_own: the sheet that processes share, for board.c and board_lists.c
 * only.
 */
#ifndef RUN_BOARD_OWN_H
#define RUN_BOARD_OWN_H

#include <stdatomic.h>
#include <stddef.h>

#include "run/board.h"

#define DEPTH  2
#define SLOTS  4096         /* a power of two; about twice the sessions     */
#define CELLS  8192         /* of rates: networks of the last two minutes   */
#define MARKS  65536        /* of marks: networks of a day                  */
#define LINE   128          /* two cache lines: processors fetch pairs      */
#define PAGE   4096         /* of memory; a larger one costs memory only    */
#define MINUTE (60 * SEC)
#define SEALS  (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

struct slot {
	_Atomic uint32_t of_row[BOARD_ROWS];
};

#define PER_BLOCK (PAGE / sizeof(struct slot))
#define BLOCKS    (CN_COUNT * DEPTH * SLOTS / PER_BLOCK)

struct row {
	_Alignas(LINE) _Atomic int32_t owner;   /* process id; 0: free      */
	_Atomic uint32_t faults;                /* failed syncs in a row    */
	_Atomic int64_t  fault_at;              /* the last one             */
	_Atomic int64_t  beat;
	_Atomic uint64_t used_bytes;            /* of UINT64_MAX: so that 0 */
	_Atomic uint64_t used_inodes;           /* is "has not told"        */
	_Atomic int64_t  tally[TL_COUNT];
	_Atomic char     note[BOARD_NOTE];
	_Atomic uint64_t blocks[BLOCKS / 64];   /* where it has counted     */
	_Atomic uint64_t lists[BOARD_LISTS / 64];
};

/* One list and kind. */
struct list_slot {
	_Alignas(LINE) _Atomic uint64_t key;    /* 0: free                  */
	_Atomic uint64_t word;
	_Atomic uint64_t last;                  /* answers, as bits         */
	_Atomic int64_t  renewed;
	_Atomic int64_t  taken;                 /* the newest renewal of any
	                                           slot, when it got its key */
	_Atomic uint32_t writer;                /* row + 1; 0: nobody       */
	_Atomic int64_t  kept[BOARD_KEPT];
};

struct list_counts {
	_Atomic uint64_t n[LS_COUNT];
};

/* What was half written has another hash. */
struct ring_text {
	_Atomic uint64_t hash;                  /* of what follows          */
	_Atomic int64_t  at;                    /* moment + 1; 0: empty     */
	_Atomic uint64_t text[BOARD_TEXT / 8];
};

/* What is shared. New memory is zero, and zero is the beginning of all. */
struct sheet {
	uint64_t      layout;                   /* set once, as is the key  */
	struct sipkey key;
	_Atomic int64_t past[TL_COUNT];         /* of rows that left        */
	_Atomic uint32_t log_cuts;              /* for daemon/sink.c        */
	struct row    row[BOARD_ROWS];
	_Alignas(PAGE) struct slot slot[CN_COUNT][DEPTH][SLOTS];
	_Atomic uint64_t rate[RT_COUNT][DEPTH][CELLS];
	_Atomic uint32_t mark[MARK_COUNT][DEPTH][MARKS]; /* second + 1      */
	_Alignas(PAGE) struct ring_text ring[BOARD_RINGS][BOARD_RING];
	struct list_slot list[BOARD_LISTS];
	struct list_counts list_past[BOARD_LISTS];
	_Alignas(PAGE) struct list_counts list_row[BOARD_ROWS][BOARD_LISTS];
};

struct board {
	struct sheet *sheet;
	int           fd;                       /* -1: not ours             */
};

/* Differs where one build could misread the sheet of another. */
#define LAYOUT (0x626f617264000000u ^ sizeof(struct sheet) ^ \
	((uint64_t)TL_COUNT << 32) ^ ((uint64_t)offsetof(struct sheet, rate) \
	<< 36))

#define READ(x)     atomic_load_explicit(&(x), memory_order_relaxed)
#define ADD(x, n)   ((void)atomic_fetch_add_explicit(&(x), (n), \
			memory_order_relaxed))
#define WRITE(x, v) atomic_store_explicit(&(x), (v), memory_order_relaxed)

/* False: it has changed meanwhile, and old is what it is now. */
#define SWAP(x, old, v) atomic_compare_exchange_weak_explicit(&(x), &(old), \
			(v), memory_order_relaxed, memory_order_relaxed)

/* What a row counted for lists goes to those that left. */
void board_lists_leave(struct board *, unsigned row);

#endif
