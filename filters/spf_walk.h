/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_walk: check_host() of RFC 7208 4, for one identity.
 *
 * libspf2 walks the terms and compares addresses; all that comes from a
 * stranger - records, names, macros - is read by us (spf_record.h,
 * spf_expand.h, spf_look.h), and the limits are counted by us.
 *
 * The limits, for one identity:
 *
 *	terms that ask DNS      10   permerror (4.6.4)
 *	void look-ups            2   permerror (4.6.4); see spf_look.h
 *	MX names of a term      10   permerror (4.6.4)
 *	PTR names               10   the rest is not looked at (4.6.4)
 *	questions               40   temporary trouble, -E_BUDGET
 *	time                   8 s   temporary trouble, -E_TIMEOUT
 *
 * The last two are ours: a record within the RFC's limits may ask for 111
 * names in a row, and 4.6.4 wants 20 seconds, when nobody waits that long at
 * RCPT. Both end in "cannot tell now", never in a result.
 */
#ifndef FILTERS_SPF_WALK_H
#define FILTERS_SPF_WALK_H

#include "base/arena.h"
#include "dns/ask.h"

/* What check_host() says; its temperror is an error code. In the order of the
 * words of the facts. */
enum spf_verdict { SPF_V_NONE, SPF_V_NEUTRAL, SPF_V_PASS, SPF_V_FAIL,
	SPF_V_SOFTFAIL, SPF_V_PERMERROR, SPF_V_COUNT };

enum spf_record_kind { SPF_R_DENY_ALL, SPF_R_OTHER, SPF_R_NONE };

struct spf_query {
	struct ip     client;
	struct str    local;     /* of the sender; empty: postmaster         */
	struct str    domain;    /* of the identity; U-labels are converted  */
	struct str    helo;      /* as it was said                           */
	struct str    host;      /* our name                                 */
	usec_t        wall;      /* since 1970, UTC                          */
	struct arena *arena;     /* for all that is found                    */
	/* As names_ask. */
	WAITS int   (*ask)(void *arg, struct str name, enum dns_type,
	    struct answer *);
	usec_t      (*now)(void *arg);   /* monotonic                        */
	void         *arg;
};

struct spf_outcome {
	enum spf_verdict     verdict;
	const char          *why;      /* permerror: a literal; else NULL    */
	struct str           domain;   /* as A-labels; empty: none to ask    */
	enum spf_record_kind record;   /* the one in force after redirects   */
	unsigned terms, voids, questions;
	/* For spf_explain. */
	struct str           exp;      /* domain-spec; empty: none           */
	struct str           exp_domain;
	usec_t               started;
};

/* Whether a domain is one to ask about (RFC 7208 4.3): else the verdict is
 * none, without a question. */
bool spf_is_checkable(struct str domain);

/*
 * Returns 0 and *outcome; the DNS trouble that left it open (temperror), as
 * names_ask has them, -E_NOMEM; or -E_CANCELED. After an error *outcome holds
 * domain and counts.
 */
WAITS int spf_walk(const struct spf_query *, struct spf_outcome *);

/*
 * The explanation of a fail: printable ASCII, at most SPF_TEXT_MAX bytes,
 * empty when there is none or it cannot be had (RFC 7208 6.2). It is a
 * stranger's text: who shows it says whose it is.
 * Returns 0 or -E_CANCELED. Owner: the query's arena.
 */
WAITS int spf_explain(const struct spf_query *, struct spf_outcome *,
    struct str *text);

#endif
