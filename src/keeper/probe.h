/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe: what a round asks a list, and what the answers make of it.
 *
 *	fixed      must, must-not (RFC 5782 5, or `probe`), a random one
 *	controls   the last eight whom we accepted with SPF or DKIM pass and
 *	           whom no list named (for a list that blames), the last eight
 *	           whom we refused and no list praised (for one that praises)
 *	neighbours a random address of each control's /24 or /64, a random name
 *	           below its domain: the control itself may lie in the
 *	           resolver's cache from before the list went mad
 *
 * Controls lie in rings of the board (belief_ring), which sessions fill.
 */
#ifndef KEEPER_PROBE_H
#define KEEPER_PROBE_H

#include "dns/ask.h"
#include "policy/health.h"

#define PROBE_MAX (PT_FIXED + 4 * BOARD_RING)

enum probe_what { PQ_FIXED, PQ_CONTROL, PQ_NEIGHBOUR };

/* One question of a round. */
struct probe_question {
	struct question    question;
	enum probe_what    what;
	enum point         point;     /* PQ_FIXED                            */
	bool               is_bad;    /* else: about somebody good           */
	const struct list *list;
};

/* Out: at most PROBE_MAX, in the arena; returns how many. */
size_t probe_make(const struct list *, enum list_kind, bool with_controls,
    struct world *, struct arena *, struct probe_question **);

/* The questions that are done, added up. Those that are not count as
 * troubles. A control is listed when a code blames somebody good or praises
 * somebody bad. How long the round took is the caller's to say. */
void probe_read(const struct probe_question *, size_t count,
    struct health_round *);

/* Whether what has come so far says that the list is ill, whatever the rest
 * will say. */
bool probe_is_bad(const struct probe_question *, size_t count);

/* The addresses of an answer. Out: room for DNS_RECORDS. Returns how many. */
size_t probe_addresses(const struct answer *, struct ip *);

#endif
