/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_look: what an evaluation of SPF asks DNS, and what it may still ask.
 *
 * The void rule. A void look-up is the question of a term itself - A or AAAA
 * of `a`, MX of `mx`, PTR of `ptr`, A of `exists`, TXT of `include` and
 * `redirect` - that was asked and answered with "no such name" or "no data"
 * (RFC 7208 4.6.4, 11.1). What a term asks further (the addresses of MX and
 * PTR names), what %{p} asks, and the explanation do not count: the RFC
 * speaks of terms. A name that DNS cannot carry is never asked, so it is no
 * void look-up either.
 *
 * For spf_walk.c and spf_explain alone.
 */
#ifndef FILTERS_SPF_LOOK_H
#define FILTERS_SPF_LOOK_H

#include "filters/spf_record.h"
#include "filters/spf_walk.h"

#define SPF_NAMES_MAX 10   /* MX names, PTR names                          */

/* One evaluation. Once it is stopped, everything else is unwinding. */
struct look {
	const struct spf_query *query;
	struct str  sender;       /* A-labels: %{o}                          */
	usec_t      started;
	unsigned    terms, voids, questions;
	bool        is_stopped;
	int         trouble;      /* stopped by it; 0: by the verdict        */
	enum spf_verdict verdict;
	const char *why;
	struct look_names *names; /* of the client, once PTR was asked       */
};

void look_stop(struct look *, enum spf_verdict, const char *why);
void look_fail(struct look *, int trouble);

/* Counts a term that asks DNS; false when it was one too many. */
bool look_term(struct look *);

/*
 * A question. Out: *a; without records, status DNS_NO_NAME, for a name that
 * DNS cannot carry. Returns 0, or the trouble, which has not stopped
 * anything unless it is one of our own limits or -E_CANCELED.
 */
WAITS int look_ask(struct look *, struct str name, enum dns_type,
    struct answer *a);

/* The question of a term: counted when void; a trouble stops. Returns false
 * when stopped. */
WAITS bool look_ask_term(struct look *, struct str name, enum dns_type,
    struct answer *a);

/* The further question of a term. */
WAITS bool look_ask_more(struct look *, struct str name, enum dns_type,
    struct answer *a);

/* A or AAAA: what is compared with the client. */
enum dns_type look_address_type(const struct look *);

/*
 * A domain-spec as a name; an empty one is the current domain.
 * Returns 0; -E_INVALID, -E_NOTFOUND as spf_expand_name; -E_CANCELED or
 * another error when stopped.
 */
WAITS int look_target(struct look *, struct str spec, struct str domain,
    struct str *name);

/* Whether a validated name of the client is target or below it; *has_names
 * when PTR gave any (RFC 7208 5.5). DNS trouble is "no". False when stopped. */
WAITS bool look_ptr(struct look *, struct str target, bool *matches);

/*
 * The record of a domain.
 * Returns 0; -E_NOTFOUND when it has none; -E_INVALID when stopped, by
 * trouble or by what is wrong with it. A term's void look-up is counted.
 */
WAITS int look_record(struct look *, struct str domain, bool is_term,
    struct spf_record *record);

#endif
