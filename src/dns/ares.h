/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ares: the real upstream, c-ares on the loop.
 *
 * Source: c-ares 1.18 manual; what it makes of our flags stands in ares.c.
 */
#ifndef DNS_ARES_H
#define DNS_ARES_H

#include "dns/upstream.h"
#include "run/loop.h"

#define ARES_SERVERS 4  /* more are not asked                             */

struct ares_server { struct ip ip; uint16_t port; };

/*
 * In: servers in order. The next is asked once when one says SERVFAIL or
 * REFUSED; silence goes round until three were asked. timeout: for one try;
 * from 1 s on c-ares keeps what waits out of its way.
 * Opens no file once it is made.
 * Returns 0, -E_IO with a fault.
 */
int ares_upstream(struct loop *, struct world *, const struct ares_server *,
    size_t count, usec_t timeout, struct upstream **, struct fault *);

/* The version that runs: "1.18.1". */
const char *ares_loaded(void);

#endif
