/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crowd - how many there are, and who may still come: all that is counted
 * over connections, on the board, for all processes together.
 *
 *	a connection -> 421   closing; a disk that fails; too many in all
 *	                      (a reserve is kept for those we know); too many
 *	                      of this address or network
 *	             -> taken, and its turn with it when the minute has room
 *	             -> taken without a turn: MAIL is answered 450
 *	a message    -> 450   no turn yet; too many of this client's
 *
 * Called by: door.c, and transaction.c at MAIL, keep.c for a good message.
 * Always holds:
 * - What was counted in is counted out once, by crowd_leave.
 * - Only what was let through counts for a rate: who comes too often gets
 *   his share, not nothing.
 *
 * A rate acts at MAIL because a greeting can only be 220, 421 or 554 (RFC
 * 5321 3.1, 4.3.2): 421 sends a client that has much to say to the next try
 * or to a backup at once, where 450 makes it wait with what it has. (4.3.2
 * lists 450 for RCPT; clients go by the first digit, 4.2.1.)
 *
 * Source: RFC 5321 4.2.1, 4.3.2; hardening.md 5; catalogue 108, 118, 119.
 * KNOWN GAPS: gates that admit at the same moment may pass a limit by one
 * each. Who is known is forgotten with the board, until there is a memory of
 * senders.
 */
#include "smtp/session.h"

#define MEMORY      (24 * 3600 * SEC)   /* how long a client stays known    */
#define KNOWN_TIMES 10          /* so many times the rates for those        */
#define SICK        3           /* syncs that failed in a row               */
#define REST        (60 * SEC)  /* then clients are let in to try again     */

/* --- open sessions ------------------------------------------------------- */

static const struct scope {
	enum counter counter;
	unsigned     v4bits, v6bits;
} scopes[] = {
	{ CN_OPEN_ADDRESS, 32, 64 },
	{ CN_OPEN_NETWORK, 24, 48 },
};

static struct net
scope_net(const struct session *s, const struct scope *scope)
{
	return ip_net(s->desk.client.ip, scope->v4bits, scope->v6bits);
}

static struct board *
board_of(const struct session *s)
{
	return s->server->world->board;
}

static void
count(struct session *s, int delta)
{
	size_t i;

	for (i = 0; i < COUNT(scopes); i++)
		board_count(board_of(s), s->server->row, scopes[i].counter,
		    scope_net(s, &scopes[i]), delta);
	board_tally(board_of(s), s->server->row, TL_OPEN, delta);
	if (delta > 0)
		board_tally(board_of(s), s->server->row, TL_SESSIONS, 1);
	s->is_counted = delta > 0;
}

static bool
is_over_scope(const struct session *s, const struct scope *scope,
    uint64_t limit)
{
	return board_sum(board_of(s), scope->counter, scope_net(s, scope)) >=
	    limit;
}

/* In two parts: so it neither overflows nor forgets a small limit. */
static uint64_t
share_of(uint64_t whole, uint64_t percent)
{
	return whole / 100 * percent + whole % 100 * percent / 100;
}

bool
crowd_is_busy(const struct session *s)
{
	const struct limits *l = limits_of(s);

	return (uint64_t)board_total(board_of(s), TL_OPEN) >
	    share_of(l->sessions, l->busy_percent);
}

/* What keeps this client out because of all that are here, or NULL. */
static const char *
over_total(const struct session *s)
{
	const struct limits *l = limits_of(s);
	uint64_t open = (uint64_t)board_total(board_of(s), TL_OPEN);

	if (open >= l->sessions)
		return "sessions";
	if (!s->is_known && open >= l->sessions -
	    share_of(l->sessions, l->reserve_percent))
		return "reserve";
	return NULL;
}

const char *
crowd_keeps_out(const struct session *s, enum reply_id *rp)
{
	const struct limits *l = limits_of(s);
	const char *by = over_total(s);

	*rp = RP_BUSY;
	if (s->server->is_closing)
		return "closing";
	if (by != NULL)
		return by;
	*rp = RP_SICK;
	if (board_faults(board_of(s), now_of(s) - REST) >= SICK)
		return "disk";
	*rp = RP_CROWD;
	if (is_over_scope(s, &scopes[0], l->per_address))
		return "per-address";
	if (is_over_scope(s, &scopes[1], l->per_network))
		return "per-network";
	return NULL;
}

/* --- who is known -------------------------------------------------------- */

/* Exactly the client, not its neighbours: a host that others rent may have
 * good and bad ones in one /24. */
static struct net
client_net(const struct session *s)
{
	return scope_net(s, &scopes[0]);
}

bool
crowd_knows(const struct session *s)
{
	return s->desk.client.is_local || board_is_marked(board_of(s),
	    MARK_ACCEPTED, client_net(s), now_of(s) - MEMORY);
}

struct net
crowd_network(const struct session *s)
{
	return scope_net(s, &scopes[1]);
}

void
crowd_praise(struct session *s)
{
	board_mark(board_of(s), MARK_ACCEPTED, client_net(s), now_of(s));
}

/* --- rates --------------------------------------------------------------- */

/* One more, if the minute has room for it. Our own machines, which may pass
 * on the mail of many, need no turn. */
static bool
take_turn(struct session *s, enum rate rate, uint64_t limit)
{
	uint64_t times = s->is_known ? KNOWN_TIMES : 1;

	if (s->desk.client.is_local)
		return true;
	if (board_rate(board_of(s), rate, client_net(s), now_of(s)) / times >=
	    limit)
		return false;
	board_rate_add(board_of(s), rate, client_net(s), now_of(s));
	return true;
}

void
crowd_enter(struct session *s)
{
	count(s, 1);
	s->has_turn = take_turn(s, RT_CONNECTIONS,
	    limits_of(s)->connections_rate);
}

void
crowd_leave(struct session *s)
{
	if (s->is_counted)
		count(s, -1);
}

/* A connection without a turn takes it as soon as there is one. */
enum reply_id
crowd_message(struct session *s)
{
	const struct limits *l = limits_of(s);

	if (!s->has_turn)
		s->has_turn = take_turn(s, RT_CONNECTIONS,
		    l->connections_rate);
	if (!s->has_turn)
		return RP_CONNECTIONS;
	return take_turn(s, RT_MESSAGES, l->messages_rate) ? RP_NONE :
	    RP_RATE;
}
