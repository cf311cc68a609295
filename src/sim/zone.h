/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone: the scripted DNS of a play, compiled from its statements
 *
 *	zone NAME { LINE... }
 *	reverse ADDRESS NAME
 *	else nxdomain
 *
 * and asked like a resolver. It answers the simulated world (sim/upstream.h)
 * and, over sockets, `postern dns`. zone.c draws the lines of a zone.
 */
#ifndef SIM_ZONE_H
#define SIM_ZONE_H

#include "base/buf.h"
#include "dns/wire.h"
#include "lang/tree.h"

struct zones;

/* Owner: the arena. Diagnostics and texts of the statements must live as
 * long as it does. */
struct zones *zones_new(struct arena *, struct diagnostics *);

/* Returns whether the statement is one of these three; faults in it are in
 * the diagnostics. */
bool zones_read(struct zones *, const struct stmt *);

enum zones_outcome {
	ZN_ANSWERED,   /* the packet is written                             */
	ZN_SILENT,     /* the play says: no answer                          */
	ZN_UNDECLARED  /* nobody declared this name, and no `else nxdomain` */
};

struct zones_reply {
	usec_t       delay;  /* before it goes out                          */
	bool         is_cut; /* truncated, and nothing better over TCP      */
	struct place place;  /* of the line that decided; source NULL: none */
};

/*
 * Answers a question.
 * In: since, the time since the play began.
 * Out: packet, appended to; every CNAME followed as far as the zones go; as
 * long as it needs (who serves UDP looks at udp_size). Counts for `flap`.
 */
enum zones_outcome zones_answer(struct zones *, usec_t since,
    const struct wire_question *, struct buf *packet, struct zones_reply *);

/* Whether there is a zone of exactly this name. */
bool zones_have(const struct zones *, struct str name);

/* What a list must have in it (RFC 5782 5, or its own description): listed in
 * that zone unless the play says something else. In: subject, as it stands in
 * front of the zone. Nothing when there is no such zone. */
void zones_point(struct zones *, struct str zone, struct str subject,
    struct ip answer);

/* Zones and reverse names read. */
size_t zones_count(const struct zones *);

#endif
