/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * health: how far a DNS list may be believed. Pure: no wait, no clock, no
 * board; the keeper and the simulator drive the same machine.
 *
 *	              good round                 a jump of its hits
 *	UNPROBED ----------------> OK <---> SLOW -----------------> SUSPECT
 *	   |                        ^                                  |
 *	   |                        +-- sane: quiet for 10 minutes ----+
 *	   |  bad round             |                                  |
 *	   +-------> REFUSED, WRONG_USE, BLIND, OFF, DEAD, QUOTA <-----+
 *	                            |    good again
 *	                            +-------------------> OK
 *
 * What makes a round bad, the first that applies:
 *	WRONG_USE, REFUSED  a point answers an error of the list (list_error)
 *	OFF       must-not or random point listed, or strange, or outside 127/8;
 *	          two controls listed, or half of their neighbours
 *	DEAD      no answer to the random point (the others may lie in a cache),
 *	          three rounds running, and none to clients either; fewer than
 *	          three change nothing
 *	BLIND     the must-list point is not there
 * and beside rounds:
 *	QUOTA     our own count of questions has reached `limit`
 *	SLOW      over 5 % of answers missing, or p99 at the deadline; back
 *	          below 2 %. It is believed all the same
 *	SUSPECT   a gate found belief_is_jump; not for 10 minutes after a round
 *	          that found it sane
 *
 * A round with an answer to some of its points only, and none of that, changes
 * nothing.
 *
 * Back to OK: after one good round; from OFF when the last bad answer has
 * also outlived its TTL (an hour at most), for it may lie in the resolver's
 * cache, and two good rounds followed.
 *
 * Always holds: a list is believed only in OK, SLOW, SUSPECT (there only what
 * it denies); a state that the keeper has not renewed for BELIEF_STALE counts
 * as UNPROBED.
 * Source: language.md 2; RFC 5782 5, 6471; catalogue 94-97; promise P6.
 */
#ifndef POLICY_HEALTH_H
#define POLICY_HEALTH_H

#include "policy/belief.h"
#include "run/board.h"

#define HEALTH_QUIET (600 * SEC)       /* no new suspicion after a sane round */
#define HEALTH_FIRST (2 * SEC)         /* clients wait no longer at a start */

/* For each list and kind of a policy, [list.number * LK_COUNT + kind]: its
 * slot on the board, BOARD_LISTS where it has none. Owner: the arena. */
unsigned *health_slots(struct board *, struct list *const *, size_t count,
    struct arena *);

/* Whether the keeper has looked at all of them at least once: their words
 * are not zero (belief.h), whatever they say. */
bool health_are_looked_at(const struct board *, const unsigned *slots,
    size_t list_count);

/* Counts a question about a client and what came of it. Of a round only
 * LS_ASKED is counted, by whoever asks: it says nothing about clients. */
void health_heard(struct board *, unsigned row, unsigned slot, enum heard,
    usec_t took);

/* ------------------------------------------------------------------------
 * The machine.
 */

/* Which points a round has asked. */
enum point {
	PT_MUST, PT_MUST_NOT,
	PT_RANDOM,        /* drawn, so in no cache: a random address of 127/8,
	                     a random name below "invalid"                  */
	PT_FIXED
};

struct health_round {
	enum heard heard[PT_FIXED];      /* HEARD_TROUBLE: no answer        */
	bool       is_asked[PT_FIXED];   /* a list may have no such point   */
	struct ip  answer[PT_FIXED];     /* that decided, for people        */
	int        error[PT_FIXED];      /* of HEARD_TROUBLE: -E_TIMEOUT ... */
	uint32_t   ttl;                  /* the longest of what was listed  */
	/* Controls: known good ones of a list that blames, known bad ones of
	 * one that praises; and a neighbour of each, drawn. */
	unsigned   controls, controls_listed;
	unsigned   neighbours, neighbours_listed;
	usec_t     took;                 /* the slowest answer              */
};

/* Why it is as it is, the word of the log line and the remark of doctor. */
enum health_why {
	HW_NONE, HW_POINTS, HW_MUST_NOT, HW_RANDOM, HW_FOREIGN, HW_CONTROLS,
	HW_ERROR, HW_SILENT, HW_MUST, HW_LIMIT, HW_JUMP, HW_UNKNOWN_SHARE,
	HW_LATE, HW_COUNT
};
const char *health_why_word(enum health_why);    /* "must-not"             */

/* What the keeper knows of one list and kind. Zeroed: nothing. */
struct health {
	struct health_sign  sign;
	enum health_why     why;
	struct ip           answer;      /* HW_ERROR, HW_FOREIGN: it         */
	usec_t              changed;     /* state, monotonic                 */
	usec_t              quiet_until; /* BASELINE_QUIET until then        */
	usec_t              poison_until;/* OFF at least until then; 0: neither
	                                    that nor out under suspicion
	                                    since it was OK                  */
	unsigned            good, silent;/* rounds in a row                  */
	usec_t              next;        /* round; the caller sets it by
	                                    health_next                      */
	struct health_round round;       /* the last one                     */
	usec_t              looked;      /* 0: never                         */
	uint64_t            missing;     /* answers to clients, in a row     */
	/* Shares, in 1/65536: learned over about a day of 200 or more answers
	 * while it was believed and nobody suspected it; and of the last five
	 * minutes, for SLOW and for people. */
	uint32_t            baseline, hits, unknown;
	uint64_t            learned;     /* answers in the baseline          */
	uint64_t            learned_hits;
	usec_t              p50, p99;
	uint64_t            totals[LS_COUNT];  /* at the last step           */
	usec_t              window;      /* start of the five minutes        */
	uint64_t            before[LS_COUNT];  /* at its start               */
	/* Own count against `limit`. */
	usec_t              quota_from, quota_until;
	uint64_t            quota_base;
	bool                is_warned;   /* at 80 %; then why is HW_LIMIT    */
	bool                is_over;     /* no round until quota_until       */
};

/* In: what the board has kept, for a keeper that follows another; a word that
 * is none is UNPROBED. */
void health_open(struct health *, uint64_t word, usec_t renewed,
    const int64_t kept[BOARD_KEPT], usec_t now);
void health_keep(const struct health *, int64_t kept[BOARD_KEPT]);

/* What was seen since the last step. */
struct sight {
	uint64_t                   word;     /* on the board: a gate may have
	                                        made it suspect              */
	const uint64_t            *totals;   /* LS_COUNT of the board        */
	uint64_t                   asked;    /* of all kinds of this list: for
	                                        its limit                    */
	const struct health_round *round;    /* NULL: none came back         */
	usec_t                     deadline; /* of a question: an answer that
	                                        took so long is late; 0: none */
};

/*
 * One step. Returns whether its state has changed in a way that is told (one
 * `list` line); the sign is to be written in any case.
 */
bool health_step(struct health *, const struct list *, const struct sight *,
    usec_t now);

/* Whether the round that is due now tries controls too: on suspicion, and
 * the last one before it comes back from OFF, or from what OFF became. */
bool health_wants_controls(const struct health *);

/* When the next round is due, once one has come back: 60 s while all is well,
 * 5 s while something changes, 60 s, then 5 min while it stays bad, each with
 * jitter; at once when the last one began before a suspicion. health_step
 * brings `next` forward by itself, on suspicion and on trouble of clients.
 * In: draw, any random number. */
usec_t health_next(const struct health *, usec_t now, uint64_t draw);

#endif
