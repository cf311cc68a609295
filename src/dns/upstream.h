/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream: who carries a question away and brings a packet back.
 */
#ifndef DNS_UPSTREAM_H
#define DNS_UPSTREAM_H

#include "dns/ask.h"

/* One exchange. Its memory is the asker's until done was called. */
struct exchange {
	struct str    name;
	enum dns_type type;
	/* error 0: a packet that answers this question (id and question were
	 * compared), any rcode. Else -E_TIMEOUT, -E_SERVFAIL (unreachable),
	 * -E_GARBAGE. Called once, perhaps before send returns, on no
	 * particular fiber; must not wait. */
	void (*done)(struct exchange *, int error, const uint8_t *packet,
	    size_t n);
};

struct upstream {
	void (*send)(struct upstream *, struct exchange *);
	void (*free)(struct upstream *);
};

#endif
