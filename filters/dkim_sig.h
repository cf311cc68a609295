/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_sig: one DKIM-Signature field, judged by its text alone.
 *
 * Source: RFC 6376 3.5, 6.1.1; 8301 3; 8463 3.
 */
#ifndef FILTERS_DKIM_SIG_H
#define FILTERS_DKIM_SIG_H

#include "filters/dkim_tags.h"

/* Words of RFC 8601 2.7.1. */
enum dkim_result {
	DR_NONE,       /* of a signature: not judged yet                    */
	DR_PASS,
	DR_FAIL,       /* signature or body hash do not match               */
	DR_POLICY,     /* of a domain that only tests (t=y)                 */
	DR_NEUTRAL,    /* of a kind that we do not know                     */
	DR_TEMPERROR,  /* the key could not be asked for                    */
	DR_PERMERROR   /* what RFC 6376 calls PERMFAIL, but for DR_FAIL     */
};

#define DKIM_NAMES 100  /* names in h=; libopendkim fails over 4096 bytes  */

struct dkim_sig {
	enum dkim_result result;
	const char *reason;      /* a literal; NULL when there is none      */
	struct str  domain;      /* d=, lower case, no dot at the end       */
	struct str  selector;    /* s=                                      */
	struct str  identity;    /* i= as written, without white space;
	                            empty when it is not there              */
	struct str  identity_domain;  /* its domain, or d=; lower case      */
	struct str  algorithm;   /* a= as written                           */
	struct str  names;       /* h= as written; borrowed from the field  */
	struct str  value;       /* b= without white space                  */
	bool        is_ed25519;
	bool        is_relaxed;  /* the body's canonicalization             */
	bool        has_length;
	uint64_t    length;      /* l=                                      */
	bool        signs_signatures;  /* other DKIM-Signature fields are
	                                  among what it signs               */
	uint64_t    since, until;      /* t=, x=                            */
	bool        has_since, has_until;
};

/*
 * In: the value of the field.
 * Out: the tags that could be read; result is DR_NONE when the key is worth
 * asking for. Owner: the arena.
 */
void dkim_sig_read(struct str value, struct arena *, struct dkim_sig *);

#endif
