/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shake - how many handshakes are under way in this process, and who gives
 * way when they are too many.
 *
 *	a client that we know       -> begins, and is not counted
 *	room                        -> begins
 *	a network has more of them
 *	than the newcomer's         -> begins; that network's oldest ends
 *	one lasts longer than
 *	HONEST_TIME                 -> begins; the oldest ends
 *	else                        -> not now
 *
 * Called by: smtp/secure.c, on the session's fiber.
 *
 * A handshake takes two or three round trips, so places are scarce only when
 * somebody sits on them. To turn newcomers away would be what he wants: a
 * sender that is told 454 sends in clear or comes later. A share for each
 * network would have to be small to help, and then a large sender's burst
 * would suffer on a quiet day. So nobody is held back while there is room,
 * and then who has most pays: stalled clients of a few networks displace
 * each other, and whoever comes from elsewhere gets his place at once.
 *
 * Always holds: those counted are linked, the oldest first, and kin says how
 * many of them are of the same network. Who is displaced is out of the count
 * at once, though its fiber leaves later.
 *
 * Source: hardening.md 5, catalogue 67.
 * KNOWN GAPS: each pass looks at all that are under way, so `handshakes` is
 * no number to set to a million. While a gate has two servers, for old and
 * new tables, each counts its own.
 */
#include "smtp/session.h"

#define HONEST_TIME (5 * SEC)   /* far more than an honest client needs     */

static unsigned
count_kin(const struct server *server, struct net net)
{
	const struct shake *k;
	unsigned n = 0;

	for (k = server->shakes; k != NULL; k = k->next)
		n += net_eq(k->net, net);
	return n;
}

static void
change_kin(struct server *server, struct net net, unsigned kin)
{
	struct shake *k;

	for (k = server->shakes; k != NULL; k = k->next)
		if (net_eq(k->net, net))
			k->kin = kin;
}

static void
take_out(struct server *server, struct shake *k)
{
	*k->link = k->next;
	if (k->next != NULL)
		k->next->link = k->link;
	k->link = NULL;
	server->handshakes--;
	change_kin(server, k->net, k->kin - 1);
}

static void
put_last(struct server *server, struct shake *k)
{
	struct shake **at = &server->shakes;

	while (*at != NULL)
		at = &(*at)->next;
	*at = k;
	k->link = at;
	server->handshakes++;
	change_kin(server, k->net, k->kin);
}

/* Whose place one more of a network gets, of which there are kin with it;
 * NULL: nobody's. There is at least one. */
static struct shake *
who_yields(const struct server *server, unsigned kin, usec_t now)
{
	struct shake *oldest = server->shakes, *most = oldest, *k;

	for (k = oldest->next; k != NULL; k = k->next)
		if (k->kin > most->kin)
			most = k;
	if (most->kin > kin)
		return most;
	return now - oldest->since >= HONEST_TIME ? oldest : NULL;
}

bool
shake_enter(struct session *s, struct shake *k)
{
	struct server *server = s->server;
	struct shake *other;

	*k = (struct shake){ .net = crowd_network(s), .since = now_of(s),
	    .fiber = fiber_self() };
	if (s->is_known)
		return true;
	k->kin = count_kin(server, k->net) + 1;
	if (server->handshakes >= limits_of(s)->handshakes) {
		other = who_yields(server, k->kin, k->since);
		if (other == NULL)
			return false;
		take_out(server, other);
		other->is_displaced = true;
		fiber_cancel(other->fiber);
		k->kin = count_kin(server, k->net) + 1;
	}
	put_last(server, k);
	return true;
}

void
shake_leave(struct session *s, struct shake *k)
{
	if (k->link != NULL)
		take_out(s->server, k);
}
