/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * board: one mapping shared by all processes; atomics only, no locks.
 *
 * A row per process, written by its owner alone, and for every hashed
 * network a sub-counter for each row; readers add up over the rows. Two
 * networks may share a counter: a limit can then act early by that much,
 * never late. Marks and rates are of the network alone, whoever wrote them,
 * and outlive every row.
 *
 * It has room for all from the start, but memory only for what was used.
 * Moments are the world's now(), which all processes of a machine share.
 */
#ifndef RUN_BOARD_H
#define RUN_BOARD_H

#include "base/ip.h"
#include "base/table.h"
#include "base/str.h"

#define BOARD_ROWS 32
#define BOARD_NOTE 32      /* bytes of a note and its NUL                   */

/* Counted for a network. */
enum counter {
	CN_OPEN_ADDRESS,   /* open sessions of an address or /64            */
	CN_OPEN_NETWORK,   /* the same of a /24 or /48                      */
	CN_COUNT
};

/* Something good that a network did: when it did so last. */
enum mark {
	MARK_ACCEPTED,     /* sent a message that went into an inbox        */
	MARK_COUNT
};

/* How often a network does something. */
enum rate {
	RT_CONNECTIONS,
	RT_MESSAGES,
	RT_COUNT
};

/* Counted for the whole, per row. */
enum tally {
	TL_OPEN,           /* sessions open                                 */
	TL_SESSIONS,       /* sessions ever                                 */
	TL_ACCEPTED, TL_JUNKED, TL_DEFERRED, TL_REFUSED, TL_DROPPED,
	TL_DNS_ASKED,      /* questions sent                                */
	TL_LOG_DROPPED,
	TL_TLS, TL_TLS_FAILED,       /* handshakes                          */
	TL_EARLY,          /* judgements that waited no longer, because what
	                      was still open could not matter               */
	TL_EARLY_ANSWERS,  /* answers that these did not wait for           */
	TL_EARLY_MSEC,     /* time until the last of them came              */
	TL_COUNT
};

struct board;

/* --- the mapping --------------------------------------------------------- */

/* A new one, in a memfd of this process. keyed: with a key that is not drawn
 * at random, so that a simulated world is the same each time. */
struct board *board_new(void);
struct board *board_new_keyed(struct sipkey);

/* The memfd, close-on-exec; stays the board's. -1: this one was mapped. */
int board_fd(const struct board *);

/*
 * The board of another process.
 * Owner: the descriptor stays the caller's and may be closed at once.
 * Returns NULL when it is no board, or that of another build.
 */
struct board *board_map(int fd);

/* What other processes see of it stays. */
void board_free(struct board **);

/* --- rows ---------------------------------------------------------------- */

/* Takes a free row for this process; its number is part of every id. There
 * must be one. The supervisor enters a row for each child before there is
 * one, and the child takes it. */
unsigned board_enter(struct board *);
void     board_take(struct board *, unsigned row);

/* Clears a row: its owner at its end, or the supervisor for one that died.
 * What it counted for the whole stays in the totals, but for TL_OPEN. */
void board_leave(struct board *, unsigned row);

/* Whose row it is; 0: free. */
int32_t board_owner(const struct board *, unsigned row);

void board_beat(struct board *, unsigned row, usec_t now);

/* The moment of the last beat; 0 when there was none. */
usec_t board_last_beat(const struct board *, unsigned row);

/* What this process was at when it died; cut to fit. Safe in a signal
 * handler. Out: text with NUL, "" when there is none. */
void board_note(struct board *, unsigned row, const char *text);
void board_note_of(const struct board *, unsigned row, char out[BOARD_NOTE]);

/* --- networks ------------------------------------------------------------ */

/* In: delta; what a row counted for a network never goes below 0. */
void     board_count(struct board *, unsigned row, enum counter, struct net,
             int delta);
unsigned board_sum(const struct board *, enum counter, struct net);

/* Whether a network has done so at or after that moment. A mark is never
 * lost early; a stranger who shares both its cells with marked ones passes
 * for one (2 % of strangers when 10,000 networks are marked). Marks know
 * whole seconds: since is taken down to one. */
void board_mark(struct board *, enum mark, struct net, usec_t now);
bool board_is_marked(const struct board *, enum mark, struct net,
         usec_t since);

/*
 * Adds an event; tells how many there were in the last minute.
 *
 * It counts by minutes of the clock and takes the former one for evenly
 * spread. Who lets nothing through at or above a limit L and adds only what
 * he let through has at most L in each minute of the clock, so fewer than
 * 2 L in any sixty seconds and at most (n + 1) L in n minutes, and one more
 * for each further process that asked at the same moment. Up to 65535.
 */
void     board_rate_add(struct board *, enum rate, struct net, usec_t now);
unsigned board_rate(const struct board *, enum rate, struct net, usec_t now);

/* --- the whole ----------------------------------------------------------- */

void     board_tally(struct board *, unsigned row, enum tally, int64_t delta);
int64_t  board_total(const struct board *, enum tally);

/* Room on the file systems of a row's pool; the least of all rows, UINT64_MAX
 * while no row has told. */
void     board_space(struct board *, unsigned row, uint64_t bytes,
             uint64_t inodes);
void     board_least_space(const struct board *, uint64_t *bytes,
             uint64_t *inodes);

/* A sync of this row's pool failed or worked, in whichever of its processes;
 * how many failed in a row, in the worst pool that had one fail since
 * (catalogue 108). */
void     board_fault(struct board *, unsigned row, bool has_failed,
             usec_t now);
unsigned board_faults(const struct board *, usec_t since);

/* Lines of the log that were cut and that nobody ended yet: for whoever writes
 * the log (daemon/sink.h). As long as the board. */
_Atomic uint32_t *board_log_cuts(struct board *);

/* --- DNS lists (board_lists.c) -------------------------------------------- */

/*
 * A slot is one list and one kind of what it is asked about (IPv4, IPv6,
 * names). The keeper writes its word, which is opaque here (policy/belief.h);
 * gates read it for each question, and may change it in one direction: to
 * suspect. What a list said is counted in the rows, like a tally, and the last
 * 64 answers, whoever got them, are the bits of one cell.
 */
#define BOARD_LISTS 256
#define BOARD_KEPT  4      /* numbers of the keeper, for the next one       */

enum list_count {
	LS_ASKED,          /* questions that went out, probes too           */
	LS_LISTED, LS_CLEAN,       /* answers that can be used              */
	LS_ERROR,          /* errors of the list, strange answers           */
	LS_TROUBLE,        /* no answer: time-out, SERVFAIL ...             */
	LS_TOOK,           /* answers by the time they took: under 8 ms, 16,
	                      32 ... 8 s, longer                            */
	LS_STEPS = 12,
	LS_COUNT = LS_TOOK + LS_STEPS
};

/* The slot of this key, which is not 0; takes a free one, or, when there is
 * none, one that nobody has renewed for an hour. BOARD_LISTS: there is none. */
unsigned board_list(struct board *, uint64_t key);

/* The word, 0 at first, and when the keeper wrote it last; 0: never. */
uint64_t board_list_word(const struct board *, unsigned slot);
usec_t   board_list_renewed(const struct board *, unsigned slot);

/* Keeper. The last one that took a slot is the one that writes it: false:
 * another has. In: row, its own. */
void     board_list_take(struct board *, unsigned slot, unsigned row);
bool     board_list_write(struct board *, unsigned slot, unsigned row,
             uint64_t word, usec_t now);
void     board_list_keep(struct board *, unsigned slot,
             const int64_t kept[BOARD_KEPT]);
void     board_list_kept(const struct board *, unsigned slot,
             int64_t kept[BOARD_KEPT]);

/* Gates: only if the word is still `old`. */
bool     board_list_swap(struct board *, unsigned slot, uint64_t old,
             uint64_t word);

void     board_list_count(struct board *, unsigned row, unsigned slot,
             enum list_count, unsigned n);
uint64_t board_list_total(const struct board *, unsigned slot,
             enum list_count);

/* One more usable answer. Returns the last 64, the newest in the lowest bit;
 * 1: listed; those before the first count as not listed. */
uint64_t board_list_saw(struct board *, unsigned slot, bool is_listed);

/* Keeper: what came so far is no longer among the last 64. */
void     board_list_forget(struct board *, unsigned slot);

/* A simulated world has a new board for each scene; lists go on. */
void     board_lists_copy(struct board *to, const struct board *from);

/*
 * The last eight distinct texts of each ring, newest first: whom lists are
 * tried on (keeper/probe.h).
 * In: text of fewer than BOARD_TEXT bytes without NUL; a longer one is not
 * kept. Out: text with NUL. Returns false behind the last. A writer that was
 * killed in the middle costs the one text.
 */
#define BOARD_RINGS 6
#define BOARD_RING  8
#define BOARD_TEXT  64
void     board_ring_put(struct board *, unsigned ring, struct str, usec_t now);
bool     board_ring_get(const struct board *, unsigned ring, unsigned i,
             char out[BOARD_TEXT]);

#endif
