/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_expand: macros of SPF, their grammar and what they become.
 *
 * Pure: what %{p} stands for was found out before. Nothing here trusts its
 * input: a record, a HELO name and a local part are any bytes.
 *
 * Source: RFC 7208 7; 8616 4 (non-ASCII local parts).
 */
#ifndef FILTERS_SPF_EXPAND_H
#define FILTERS_SPF_EXPAND_H

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"

#define SPF_TEXT_MAX 500  /* bytes of an explanation that are kept         */

/* What the letters stand for. */
struct spf_macros {
	struct str local;    /* l                                           */
	struct str sender;   /* o: domain of the sender                     */
	struct str domain;   /* d: whose record it is                       */
	struct str helo;     /* h                                           */
	struct str name;     /* p; empty counts as "unknown"                */
	struct str host;     /* r; the same                                 */
	struct ip  client;   /* i, c, v                                     */
	usec_t     wall;     /* t: since 1970, UTC                          */
};

/* One piece of a macro string. */
struct spf_piece {
	struct str literal;    /* letter 0: these bytes                     */
	char       letter;     /* lower case                                */
	bool       is_escaped; /* it was upper case                         */
	bool       is_reversed;
	unsigned   digits;     /* labels kept, from the right; 0: all       */
	struct str delimiters; /* empty: "."                                */
};

/* A domain name may not hold c, r, t (RFC 7208 7.2); a text may, and spaces
 * too (explain-string). The value of an unknown modifier is of the first
 * kind. */
enum spf_dialect { SPF_NAME, SPF_TEXT };

/*
 * Takes the first piece off *rest, which is not empty.
 * Returns 0, or -E_INVALID when what stands there is no macro string.
 */
int spf_piece_next(enum spf_dialect, struct str *rest, struct spf_piece *);

/* Whether it is a macro string, which may be empty. */
bool spf_is_string(enum spf_dialect, struct str);

/* Whether it is a domain-spec. */
bool spf_is_domain_spec(struct str);

/* Whether a valid macro string holds a macro of one of these letters. */
bool spf_reads(struct str, const char *letters);

/*
 * A domain-spec as a name to ask for: no dot at the end, at most
 * NAME_MAX_TEXT bytes (labels are taken away at the left, RFC 7208 7.3).
 * Owner: the arena.
 * Returns 0; -E_INVALID when DNS could not carry the name; -E_NOTFOUND when
 * it holds a non-ASCII local part, which matches nothing (RFC 8616 4).
 */
int spf_expand_name(struct str spec, const struct spf_macros *,
    struct arena *, struct str *name);

/*
 * A valid explain-string as text: printable ASCII only, "?" for all else,
 * cut at SPF_TEXT_MAX. Owner: the arena.
 */
struct str spf_expand_text(struct str text, const struct spf_macros *,
    struct arena *);

#endif
