/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ares: the real upstream, c-ares on the loop.
 *
 * Source: c-ares 1.18 manual; what it does and does not do is measured in
 * HACKING.md.
 */
#ifndef DNS_ARES_H
#define DNS_ARES_H

#include "dns/upstream.h"
#include "run/loop.h"

struct ares_server { struct ip ip; uint16_t port; };

/*
 * In: servers in order; the next is asked once when one says SERVFAIL or
 * REFUSED or nothing. timeout: for one try.
 * Returns 0, -E_IO with a fault.
 */
int ares_upstream(struct loop *, struct world *, const struct ares_server *,
    size_t count, usec_t timeout, struct upstream **, struct fault *);

/* "c-ares 1.18.1", as loaded. */
const char *ares_loaded(void);

#endif
