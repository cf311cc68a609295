/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path: the addresses of MAIL and RCPT.
 *
 * Source: RFC 5321 4.1.2, 4.1.3, 4.5.1, appendix C (source routes).
 */
#ifndef MAIL_PATH_H
#define MAIL_PATH_H

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"

#define PATH_LOCAL_MAX  64
#define PATH_MAX_TEXT   256

enum path_kind { PT_NULL,     /* <>                                         */
	PT_LOCAL,     /* <postmaster>, no domain                            */
	PT_MAILBOX,   /* local@domain                                       */
	PT_LITERAL }; /* local@[192.0.2.1]                                  */

struct path {
	enum path_kind kind;
	struct str local;    /* quoted pairs and quotes undone, case kept   */
	struct str domain;   /* lower case, no dot at the end; empty else   */
	struct ip  ip;       /* PT_LITERAL                                  */
	struct str text;     /* local@domain as it would be written (quotes
	                        only where needed); "" for PT_NULL          */
};

/*
 * Reads "<...>" at the start of text; a source route is read and ignored.
 * Out: *used, bytes consumed, the ">" included. 8-bit bytes are refused.
 * Returns 0; -E_INVALID; -E_TOOBIG (a length of RFC 5321 4.5.3.1).
 */
int path_parse(struct str text, struct arena *, struct path *, size_t *used);

/* An address literal "[192.0.2.1]", "[IPv6:...]". 0 or -E_INVALID. */
int literal_parse(struct str, struct ip *);

/* Same mailbox: domains case-blind, local parts case-blind too. */
bool path_eq(const struct path *, const struct path *);

/* "postmaster", whatever its case, with or without domain. */
bool path_is_postmaster(const struct path *);

/* A copy in another arena. */
void path_copy(struct arena *, const struct path *, struct path *out);

#endif
