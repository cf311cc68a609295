/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * organisation: which domain a domain belongs to, by walking up DNS.
 *
 * Two domains are of one organisation when their walks end at the same
 * organisational domain. No list of public suffixes is needed: those who
 * register names below them publish psd=y.
 *
 * Source: RFC 9989 4.10.
 */
#ifndef FILTERS_ORGANISATION_H
#define FILTERS_ORGANISATION_H

#include "filters/dmarc_record.h"
#include "filters/filter.h"

#define WALK_MAX 8          /* questions of one walk                       */

struct organisation {
	struct str domain;  /* the organisational domain                   */
	struct str start;   /* where the walk began                        */
	struct {
		struct str          name;
		struct dmarc_record record;
	} found[WALK_MAX];  /* from the start upwards                      */
	unsigned   count;
	unsigned   asked;   /* names looked at                             */
};

/*
 * Walks. In: domain, in any case. Owner: texts live in check_arena.
 * Returns 0, or the trouble of the first question that failed: what lies
 * behind it could change the answer.
 */
WAITS int organisation_find(struct check *, struct str domain,
    struct organisation *);

/* Is domain of this organisation? Asks nothing when text alone tells. The
 * same returns. */
WAITS int organisation_has(struct check *, const struct organisation *,
    struct str domain, bool *has);

/* Are both of one organisation? */
WAITS int organisation_same(struct check *, struct str a, struct str b,
    bool *same);

#endif
