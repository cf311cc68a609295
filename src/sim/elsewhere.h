/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elsewhere: what other processes have on the board before a scene begins.
 *
 *	elsewhere sessions 45        open in other gates
 *	elsewhere connections 60     of this client, in this minute
 *	elsewhere messages 300
 *	elsewhere accepted 2h        a good message of its, so long ago
 *	elsewhere faults 3           syncs of a store that failed in a row
 */
#ifndef SIM_ELSEWHERE_H
#define SIM_ELSEWHERE_H

#include "base/ip.h"
#include "lang/schema.h"

struct elsewhere {
	uint64_t sessions, connections, messages, faults;
	bool     has_accepted;
	usec_t   accepted;       /* ago                                     */
};

struct board;

/* Reads one such line. Faults are in the diagnostics. */
void elsewhere_read(struct reading *, const struct stmt *,
    struct elsewhere *);

/* Writes it on a board, in a row of its own. */
void elsewhere_write(const struct elsewhere *, struct board *, struct ip,
    usec_t now);

#endif
