/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream: the scripted DNS of a play as the upstream of dns/ask.h.
 *
 * Answers come after the delay that the play says, by a timer of the world's
 * fibers, never inside send.
 */
#ifndef SIM_UPSTREAM_H
#define SIM_UPSTREAM_H

#include "dns/upstream.h"
#include "run/world.h"
#include "sim/zone.h"

/* What the play's runner wants to hear. Any member may be NULL. */
struct sim_dns {
	void (*asked)(void *arg, struct str name, enum dns_type,
	    enum zones_outcome, struct place);
	void  *arg;
};

/*
 * In: start, the moment of world->now at which the play begins; what is asked
 * before meets what is there then. told may be NULL. An undeclared
 * name is told to asked and answered like a server that does not know.
 * Owner: the caller, by upstream->free; zones and world are borrowed.
 */
struct upstream *sim_upstream(struct world *, struct zones *, usec_t start,
    const struct sim_dns *);

#endif
