/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace: the fields that we put in front of a message, and the ones that
 * strangers may not bring along.
 *
 * Source: RFC 5321 4.4, 8601 5, 9228; interfaces.md for X-Postern.
 */
#ifndef MAIL_TRACE_H
#define MAIL_TRACE_H

#include "base/buf.h"
#include "base/ip.h"
#include "mail/header.h"
#include "mail/path.h"

struct trace {
	struct str  host;        /* we                                       */
	struct ip   client;
	struct str  client_name; /* confirmed; empty: unknown                */
	struct str  helo;        /* as said                                  */
	bool        is_esmtp;
	struct str  tls_version; /* "TLSv1.3"; empty: in clear               */
	struct str  tls_cipher;
	struct str  id;          /* dc31nvr2bsj.1                            */
	usec_t      wall;
	const struct path *sender;
	const struct path *only_rcpt;  /* for "for <...>"; NULL with several */
};

/* Received, folded. */
int trace_received(struct buf *, const struct trace *);

/* Return-Path and Delivered-To, for one copy. */
int trace_delivery(struct buf *, const struct path *sender,
    const struct path *rcpt);

/* One field of ours, folded at `; ` and `, ` under 78 columns; foreign bytes
 * escaped. */
int trace_field(struct buf *, const char *name, struct str value);

/* Pieces of the body that are kept, in order. */
struct piece { uint64_t at, size; };

/*
 * What stays of a message: without Return-Path, X-Postern, Delivered-To,
 * forged Authentication-Results with authserv, and the field named `junk`
 * (may be empty); and without a first line that begins with white space, for
 * it would continue our own last field.
 * Owner: the arena. The pieces are in order, none is empty, and the last one
 * reaches to the body's end.
 */
void trace_strip(const struct header *, uint64_t body_size,
    struct str authserv, struct str junk, struct arena *,
    struct piece **, size_t *count);

/* Whether a value of Authentication-Results carries this authserv-id (not
 * empty), whatever its case, comments, folding, quotes, version or U-labels. */
bool trace_is_authserv(struct str value, struct str authserv);

/* Received fields in all, and Delivered-To fields that name one of these
 * mailboxes together with two or more Received by `host`: a loop (catalogue
 * 54). */
size_t trace_hops(const struct header *);
bool   trace_is_loop(const struct header *, struct str host,
    const struct path *const rcpts[], size_t count);

#endif
