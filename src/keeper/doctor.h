/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor: looks after the lists of a policy: probes them, adds up what gates
 * heard, steps their health, writes what to believe on the board, and tells
 * the log. The same in the keeper, in --one-process and in a play.
 *
 * One fiber a patient asks its rounds; a timer, four times a second, adds up
 * and sees suspicions that gates have raised.
 */
#ifndef KEEPER_DOCTOR_H
#define KEEPER_DOCTOR_H

#include "dns/ask.h"
#include "policy/health.h"
#include "policy/policy.h"

struct doctor;

struct doctor_conf {
	struct world        *world;   /* its board may be exchanged between
	                                 two waits (sim)                     */
	struct names        *names;   /* own, without a cache                */
	const struct policy *policy;
	unsigned             row;     /* of the board                        */
	usec_t               deadline;/* resolver query-deadline: slow       */
	/* NULL: all. A play says nothing about a list without a zone: it is
	 * well, and never asked. */
	bool               (*is_watched)(void *arg, const struct list *);
	void                *arg;
};

/* One list and one kind. */
struct patient {
	const struct list *list;
	enum list_kind     kind;
	unsigned           slot;
	struct health      health;
	bool               is_looking;    /* a round is under way            */
};

/* Starts the first rounds. Owner: the caller; conf is copied. Returns 0,
 * -E_NOMEM (no fiber). */
int  doctor_new(const struct doctor_conf *, struct doctor **);

/* Ends its fibers. */
WAITS void doctor_free(struct doctor **);

/* Until every patient was looked at once, or the deadline. Returns 0,
 * -E_TIMEOUT, -E_CANCELED. */
WAITS int doctor_first(struct doctor *, usec_t deadline);

/* A round at once, for one list or (name empty) all, unless one was a second
 * ago; and waits for it. Returns as doctor_first, -E_NOTFOUND. */
WAITS int doctor_look(struct doctor *, struct str name, usec_t deadline);

/* All patients, in the order of the policy's lists; borrowed until
 * doctor_free, true until the next wait. */
const struct patient *doctor_patients(const struct doctor *, size_t *count);

/* Whether every zone that answers at all answers its random point with the
 * same address outside 127/8: then it is the resolver (catalogue 96). */
bool doctor_sees_rewriting(const struct doctor *, struct ip *with);

/* Asks one list, or all of that kind, about a stranger's wish: outside of any
 * session; counted against the limit. */
struct asked_list {
	const struct list *list;
	enum heard  heard;
	int         error;
	struct ip   answers[4];
	size_t      answer_count;
	struct str  codes;        /* "xbl +8, pbl +4"                        */
	struct str  text;         /* TXT, as it came; escape it              */
	uint32_t    ttl;
	usec_t      took;
};
WAITS int doctor_ask(struct doctor *, struct str what, struct str list,
    struct arena *, struct asked_list **, size_t *count);

#endif
