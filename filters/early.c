/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * early - does the client talk out of turn?
 *
 * Only the dialogue sees that. This file declares the facts and says "no, so
 * far"; from then on the session states what it meets, by desk_note. They
 * belong to connect, so that a line of any stage may read them: judging is
 * repeated, and sees a truth that came later.
 *
 * Called by: filters/check.c.
 * Always holds: the three are known from connect on, and nobody waits for
 * them.
 * Source: RFC 5321 4.3.1 (wait for the greeting), 2920 3.1 (what may follow
 * what in a group). Catalogue 9, 10, 12.
 */
#include "config.h"

#include "filters/filters.h"

enum { EARLY, PIPELINING, NONSMTP };

static const struct fact_decl facts[] = {
	[EARLY]      = { "early", FT_TRUTH, ST_CONNECT, FAM_EARLY,
	                 NULL, NULL, 0,
	                 "Bytes came before our banner." },
	[PIPELINING] = { "early.pipelining", FT_TRUTH, ST_CONNECT, FAM_EARLY,
	                 NULL, NULL, 0,
	                 "A group of commands came where none is allowed." },
	[NONSMTP]    = { "early.nonsmtp", FT_TRUTH, ST_CONNECT, FAM_EARLY,
	                 NULL, NULL, 0,
	                 "A command of another protocol came (HTTP, TLS, "
	                 "SIP)." },
};

static int
now_connect(struct check *c)
{
	fact_truth(c, EARLY, check_client(c)->is_early);
	fact_truth(c, PIPELINING, false);
	fact_truth(c, NONSMTP, false);
	return 0;
}

const struct filter filter_early = {
	.name = "early",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_CONNECT] = now_connect },
};
