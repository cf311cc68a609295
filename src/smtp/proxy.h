/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proxy: the header that a proxy in front of us puts before the client's
 * bytes. Pure.
 *
 * Source: the PROXY protocol, versions 1 and 2 (HAProxy's text).
 */
#ifndef SMTP_PROXY_H
#define SMTP_PROXY_H

#include "base/error.h"
#include "base/ip.h"
#include "base/str.h"

#define PROXY_V1_MAX 107   /* CR LF included                                */
#define PROXY_V2_MAX 4096  /* ours: address and TLVs; certificates fit      */

struct proxy {
	/* False: the proxy speaks for itself (LOCAL), or does not know the
	 * client (UNKNOWN, UNSPEC, UNIX): the peer is the client. */
	bool      has_client;
	struct ip ip;
	unsigned  port;
};

/*
 * Reads a header at the start of bytes.
 * Out: *used, its length.
 * Returns 0; -E_AGAIN: more bytes are needed; -E_INVALID: this is none, or
 * not a good one.
 */
int proxy_parse(struct str bytes, struct proxy *, size_t *used);

/* Whether bytes begin like a header, from a client that may send none.
 * Returns 0; -E_AGAIN: they still may; -E_INVALID: they do not. */
int proxy_begins(struct str bytes);

#endif
