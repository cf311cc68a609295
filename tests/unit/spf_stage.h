/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stage for SPF: zones and cases read from a text, a DNS that answers out
 * of the zone, and cases played alone or all at once.
 *
 *	# a comment
 *	zone NAME                    an empty zone; what follows is in it
 *	dns  NAME TYPE VALUE         A AAAA MX PTR CNAME TXT; for MX a name,
 *	                             perhaps with a preference before it.
 *	                             Or !servfail !refused !timeout !garbage
 *	case NAME ip=IP from=SENDER helo=NAME > VERDICT
 *	exp  TEXT                    of the last case: its explanation
 *	want KEY=VALUE ...           of the last case: terms, voids, questions,
 *	                             record (deny-all, other, none), domain
 *	deny NAME                    of the last case: nobody asks for NAME
 *
 * "\xHH" is a byte wherever it stands. A verdict is one of SPF's, or temperror.
 * SENDER is local@domain, "<>" for none: then HELO is the identity.
 */
#ifndef UNIT_SPF_STAGE_H
#define UNIT_SPF_STAGE_H

#include "base/buf.h"
#include "filters/spf_walk.h"
#include "run/fiber.h"

struct stage_record {
	struct stage_record *next;
	uint8_t       name[255];
	enum dns_type type;
	int           error;         /* in place of an answer               */
	struct record record;
};

struct stage_zone {
	struct stage_record *records;
};

struct stage_case {
	struct stage_case *next;
	struct stage_zone *zone;
	struct str  name;
	struct ip   ip;
	struct str  local, domain, helo;
	struct str  verdict;         /* wanted; empty: not said             */
	struct str  exp;
	bool        has_exp;
	struct str  want;            /* "terms=3 voids=1"                   */
	struct str  deny;
	/* After playing. */
	struct str  got, got_exp;
	struct spf_outcome outcome;
	bool        was_denied;      /* a question for `deny`               */
	unsigned    waits;
	struct stage *stage;
	struct arena *arena;
};

struct stage {
	struct arena      *arena;
	struct stage_case *first;
	size_t             count;
	usec_t             clock;
	usec_t             took;     /* what each question takes            */
	struct fibers     *fibers;   /* of stage_play_all                   */
	struct fiber     **waiting;
	size_t             waiting_count;
};

/* In: the text, which must outlive the stage. Returns NULL, or what is wrong,
 * with a line number. */
const char *stage_read(struct stage *, struct str text);
void stage_close(struct stage *);

/* One after the other, no waits. */
void stage_play(struct stage *);

/* All at once: each question suspends, and who goes on is drawn by the seed.
 * Out: *deepest, bytes of stack. Returns how many waits there were. */
unsigned stage_play_all(struct stage *, uint64_t seed, size_t *deepest);

/* Empty, or how the case differs from what it wants. Owner: the stage. */
struct str stage_verdict(struct stage *, const struct stage_case *);

#endif
