/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elsewhere - a second gate and a store, as far as a scene can see them: what
 * they have written on the board.
 *
 * Called by: sim/scene.c and sim/script.c when a play is read, sim/run.c
 * before a scene.
 * Always holds: the board is the scene's own and goes with it, so nothing
 * that is written here has to be taken back.
 */
#include "sim/elsewhere.h"

#include "lang/value.h"
#include "run/board.h"

#define MOST 60000             /* less than a rate can count                */

static int
read_accepted(struct elsewhere *e, struct str value)
{
	e->has_accepted = true;
	return value_duration(value, &e->accepted);
}

static int
read_sessions(struct elsewhere *e, struct str value)
{
	return value_count(value, MOST, &e->sessions);
}

static int
read_connections(struct elsewhere *e, struct str value)
{
	return value_count(value, MOST, &e->connections);
}

static int
read_messages(struct elsewhere *e, struct str value)
{
	return value_count(value, MOST, &e->messages);
}

static int
read_faults(struct elsewhere *e, struct str value)
{
	return value_count(value, MOST, &e->faults);
}

static const struct {
	const char *name;
	int (*read)(struct elsewhere *, struct str);
} words[] = {
	{ "sessions", read_sessions },
	{ "connections", read_connections },
	{ "messages", read_messages },
	{ "accepted", read_accepted },
	{ "faults", read_faults },
};

void
elsewhere_read(struct reading *r, const struct stmt *s, struct elsewhere *e)
{
	size_t i;

	for (i = 0; i < COUNT(words) && s->count == 3; i++)
		if (str_eq(s->nodes[1].text, str_of(words[i].name)) &&
		    words[i].read(e, s->nodes[2].text) == 0)
			return;
	diag_add(r->diag, DG_ERROR, "P0453", stmt_place(s),
	    "elsewhere sessions 45   connections 60   messages 300   "
	    "accepted 2h   faults 3", "what happens elsewhere?");
}

static void
write_rate(struct board *b, enum rate rate, struct net net, uint64_t times,
    usec_t now)
{
	while (times-- > 0)
		board_rate_add(b, rate, net, now);
}

void
elsewhere_write(const struct elsewhere *e, struct board *b, struct ip client,
    usec_t now)
{
	struct net net = ip_net(client, 32, 64);
	unsigned row = board_enter(b);
	uint64_t i;

	board_tally(b, row, TL_OPEN, (int64_t)e->sessions);
	write_rate(b, RT_CONNECTIONS, net, e->connections, now);
	write_rate(b, RT_MESSAGES, net, e->messages, now);
	if (e->has_accepted)
		board_mark(b, MARK_ACCEPTED, net, now - e->accepted);
	for (i = 0; i < e->faults; i++)
		board_fault(b, row, true, now);
}
