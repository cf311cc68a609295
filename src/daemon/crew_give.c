/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crew_give - what each process of a generation is given at its start.
 *
 * Called by: daemon/child.c, by way of daemon/crew.c.
 * Always holds: a pool gets no secrets and no listeners, a gate no end that is
 * a pool's, the keeper nothing that mail goes through.
 */
#include "config.h"

#include "daemon/crew.h"

#include "daemon/sink.h"

/* What there is none of is not given. */
static int
give(int wire, enum gift what, size_t index, int fd)
{
	return fd < 0 ? 0 : role_give(wire, what, index, fd);
}

/* What all roles get. The supervisor alone opened the log: a child may have
 * no right to. */
static int
give_all(const struct crew *w, int wire)
{
	int rc;

	rc = give(wire, GIFT_BOARD, 0, w->site->board_fd);
	if (rc == 0)
		rc = give(wire, GIFT_LOG, 0, sink_fd(w->log));
	if (rc == 0)
		rc = give(wire, GIFT_OPEN, 0, w->open);
	return rc;
}

/* The names of its lists' questions have keys in them. */
static int
give_keeper(const struct crew *w, int wire)
{
	int rc;

	rc = give(wire, GIFT_SECRET, 0, w->secret);
	return rc != 0 ? rc : give(wire, GIFT_CONTROL, 0, w->control);
}

/* Keys and secrets of lists go to those who use them, and to nobody else. */
static int
give_gate(const struct crew *w, int wire)
{
	size_t i;
	int rc;

	rc = give(wire, GIFT_SECRET, 0, w->secret);
	for (i = 0; i < w->listener_count && rc == 0; i++)
		rc = give(wire, GIFT_LISTENER, i, w->listeners[i]);
	for (i = 0; i < w->owner_count && rc == 0; i++) {
		rc = give(wire, GIFT_JOBS, i, w->owners[i].jobs[0]);
		if (rc == 0)
			rc = give(wire, GIFT_QUESTIONS, i,
			    w->owners[i].questions[0]);
	}
	return rc;
}

static int
give_pool(const struct crew *w, unsigned owner, int wire)
{
	int rc;

	rc = give(wire, GIFT_JOBS, owner, w->owners[owner].jobs[1]);
	if (rc == 0)
		rc = give(wire, GIFT_QUESTIONS, owner,
		    w->owners[owner].questions[1]);
	return rc;
}

/* All of it lies in the socket before there is a process to read it: a child
 * that dies early leaves nothing half said. */
int
crew_give(struct child *c, int wire)
{
	const struct message go = { .type = RW_GO };
	const struct crew *w = c->arg;
	int rc;

	rc = role_hello(wire, c->role, c->row, c->owner);
	if (rc == 0)
		rc = give_all(w, wire);
	if (rc == 0)
		rc = c->role == ROLE_GATE ? give_gate(w, wire) :
		    c->role == ROLE_KEEPER ? give_keeper(w, wire) :
		    give_pool(w, c->owner, wire);
	return rc != 0 ? rc : wire_send(wire, &go);
}
