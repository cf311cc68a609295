/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drain - the end of all sessions of a process.
 *
 *	leave   another process lets clients in; who is served stays served
 *	drain   421 outside of transactions
 *	hurry   421 everywhere
 *
 * Called by: daemon/gate.c, sim/run.c.
 * Always holds: a session is told by cancelling its fiber, and ends by
 * itself; a reload sends nobody away who has not had his turn, or who is in
 * the middle of a message.
 *
 * Source: design.md 3; RFC 5321 3.8 (421 at any time).
 */
#include "smtp/session.h"

#define IDLE_TIME (10 * SEC)   /* between transactions, while leaving        */
#define LOOK_TIME SEC

static void
send_away(struct session *s)
{
	if (s->await != AW_NOTHING)
		door_leave(s);
	if (s->fiber != NULL)
		fiber_cancel(s->fiber);
}

/* Between transactions, or wherever they are. */
static void
cancel_all(struct server *server, bool spare_transactions)
{
	struct session *s;

	for (s = server->sessions; s != NULL; s = s->next)
		if (!spare_transactions || s->tx == NULL)
			send_away(s);
}

/* Since when we wait for it to say something; 0: it is at work, or waits for
 * us. */
static usec_t
idle_since(const struct session *s)
{
	if (s->tx != NULL)
		return 0;
	return s->await == AW_FIRST ? s->desk.accepted +
	    s->server->settings->greet_wait : s->waits_since;
}

static void
cancel_idle(struct server *server, usec_t now)
{
	struct session *s;
	usec_t since;

	for (s = server->sessions; s != NULL; s = s->next) {
		since = idle_since(s);
		if (since != 0 && now - since >= IDLE_TIME)
			send_away(s);
	}
}

WAITS void
server_leave(struct server *server, usec_t deadline)
{
	usec_t now = world_now(server->world), next;

	server->is_leaving = true;
	while (server->open > 0 && !server->is_closing && now < deadline) {
		cancel_idle(server, now);
		next = now + LOOK_TIME < deadline ? now + LOOK_TIME : deadline;
		(void)bell_wait(&server->idle, next);
		now = world_now(server->world);
	}
}

void
server_close(struct server *server)
{
	server->is_closing = true;
	bell_ring(&server->idle);
}

void
server_hurry(struct server *server)
{
	server->is_closing = true;
	cancel_all(server, false);
}

WAITS void
server_drain(struct server *server, usec_t deadline)
{
	server->is_closing = true;
	cancel_all(server, true);
	while (server->open > 0)
		if (bell_wait(&server->idle, deadline) == -E_TIMEOUT) {
			server_hurry(server);
			deadline = USEC_NEVER;
		}
}
