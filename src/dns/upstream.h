/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream: who carries a question away and brings a packet back.
 */
#ifndef DNS_UPSTREAM_H
#define DNS_UPSTREAM_H

#include "base/buf.h"
#include "dns/ask.h"

/* One exchange. Its memory is the asker's until done was called. */
struct exchange {
	struct str    name;
	const uint8_t *bytes;    /* the same, as dns/wire_name.h has it     */
	enum dns_type type;
	/* error 0: a packet that answers this question (id and question were
	 * compared), any rcode. Else -E_TIMEOUT, -E_SERVFAIL (unreachable),
	 * -E_GARBAGE. Called once, perhaps before send returns, on no
	 * particular fiber; must not wait. */
	void (*done)(struct exchange *, int error, const uint8_t *packet,
	    size_t n);
	/* What follows belongs to the upstream. */
	struct upstream *upstream;
	struct exchange *next, *prev;
	struct timer     timer;
	struct buf       packet;
	uint16_t         id;
	uint8_t          server, asks, broken, refusals;
	bool             is_stream;
};

struct upstream {
	/* name is lower case and fits DNS; escapes as in struct record. */
	void (*send)(struct upstream *, struct exchange *);
	/* Ends what is in flight first: done with -E_CANCELED. */
	void (*free)(struct upstream *);
};

#endif
