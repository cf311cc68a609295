/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * belief: the word that stands on the board about a list and a kind, and what
 * a gate makes of it. Pure.
 *
 * The keeper writes the word (policy/health.h); a gate that sees a jump in
 * what the list says makes it suspect itself, for all gates at once, so that
 * no flood is quicker than the keeper.
 */
#ifndef POLICY_BELIEF_H
#define POLICY_BELIEF_H

#include "policy/list.h"

#define BELIEF_STALE (120 * SEC)       /* no keeper for so long             */
#define BELIEF_DOUBT (3600 * SEC)      /* then it counts for nobody         */

/* Order is part of the board's word. */
enum health_state {
	HS_UNPROBED, HS_OK, HS_SLOW, HS_SUSPECT, HS_REFUSED, HS_BLIND, HS_OFF,
	HS_WRONG_USE, HS_QUOTA, HS_DEAD, HS_COUNT
};

/* "ok", "wrong-use". */
const char *belief_word(enum health_state);

/* Worse is greater: 0 good, 1 believed with a remark, 2 not believed. */
unsigned belief_rank(enum health_state);

/* ------------------------------------------------------------------------
 * What stands on the board, in 64 bits. All zero: nobody has looked.
 */

#define BASELINE_NONE  254     /* not learned yet                           */
#define BASELINE_QUIET 255     /* nobody suspects it now                    */

struct health_sign {
	enum health_state state;
	uint8_t           baseline;   /* usual share of hits, of 0..250     */
	usec_t            since;      /* believed: since then, answers of
	                                 before do not count; else: not
	                                 believed since then. Whole seconds */
};

uint64_t           belief_pack(struct health_sign);
struct health_sign belief_unpack(uint64_t word);

/* What a gate does with it. */
struct belief {
	bool     is_asked;       /* else its facts are unknown at once       */
	bool     in_hits;        /* else what it names is unknown            */
	enum why why;            /* of what is not believed: WHY_SUSPECT,
	                            WHY_HEALTH; WHY_GONE after BELIEF_DOUBT  */
	usec_t   since;          /* for struct question                      */
};

/* In: renewed, 0: no keeper has looked. A word that is stale is one of
 * UNPROBED since the moment at which it became so. */
struct belief belief_of(uint64_t word, usec_t renewed, usec_t now);

/*
 * Whether the last answers (board_list_saw) are a jump against that baseline:
 * so many hits in a row that chance makes as many once in 100,000 times, at
 * least 6 and at most 64; without a baseline 12. Over 0.9 never: there only
 * rounds see it.
 */
bool belief_is_jump(uint64_t last, uint8_t baseline);

/* What a gate writes, by board_list_swap, when belief_is_jump: the sign made
 * suspect. The word itself when there is nothing to suspect. */
uint64_t belief_suspect(uint64_t word);

/* The ring of the board for whom a list of this kind is tried on: those who
 * sent us something good, or something bad. Addresses as ip_print has them,
 * domains in lower case. */
unsigned belief_ring(bool is_bad, enum list_kind);

#endif
