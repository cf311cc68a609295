/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upstream - scripted DNS in the simulated world.
 *
 * An exchange is answered when it is sent, so that what it meets depends on
 * that moment, and delivered by a timer. As c-ares would: silence is told
 * after its tries, a truncated answer that TCP does not mend as unreachable.
 *
 * Called by: sim/run.c.
 * Always holds: every exchange stands in the list `flying` with its timer
 * armed until done is called.
 */
#include "sim/upstream.h"

#include <stdlib.h>

#include "dns/upstream.h"

#define SILENCE (3 * SEC)       /* behind any query-deadline in use       */

struct script {
	struct upstream  upstream;
	struct world    *world;
	struct zones    *zones;
	usec_t           start;
	struct sim_dns   told;
	struct exchange *flying;
};

static struct script *
script_of(const struct exchange *x)
{
	return CONTAINER(x->upstream, struct script, upstream);
}

static void
flying_add(struct script *s, struct exchange *x)
{
	x->prev = NULL;
	x->next = s->flying;
	if (x->next != NULL)
		x->next->prev = x;
	s->flying = x;
}

static void
flying_take(struct script *s, struct exchange *x)
{
	*(x->prev == NULL ? &s->flying : &x->prev->next) = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
}

/* Takes the packet along: x is the asker's again before done looks at it. */
static void
deliver(struct exchange *x, int error)
{
	struct script *s = script_of(x);
	struct buf packet = x->packet;

	flying_take(s, x);
	timer_stop(s->world->fibers, &x->timer);
	if (error == 0)
		x->done(x, 0, (const uint8_t *)packet.p, packet.len);
	else
		x->done(x, error, NULL, 0);
	buf_free(&packet);
}

static void
on_time(struct timer *t)
{
	struct exchange *x = CONTAINER(t, struct exchange, timer);

	if (x->is_stream)                       /* cut, and TCP is no help */
		deliver(x, -E_SERVFAIL);
	else
		deliver(x, x->packet.len == 0 ? -E_TIMEOUT : 0);
}

/* A name that nobody declared: what a resolver says that knows nothing. */
static void
write_ignorance(const struct wire_question *q, struct buf *packet)
{
	struct wire_reply servfail = { .rcode = 2 };

	must(wire_write_answer(packet, q, &servfail) == 0);
}

static void
script_send(struct upstream *u, struct exchange *x)
{
	struct script *s = CONTAINER(u, struct script, upstream);
	struct wire_question q = { .name = x->name, .type = x->type,
		.is_edns = true, .udp_size = UINT16_MAX };
	usec_t now = world_now(s->world);
	struct zones_reply reply;
	enum zones_outcome outcome;

	x->upstream = u;
	x->packet = BUF_INIT(0);
	x->timer = (struct timer){ .fire = on_time };
	outcome = zones_answer(s->zones, now > s->start ? now - s->start : 0,
	    &q, &x->packet, &reply);
	if (outcome == ZN_UNDECLARED)
		write_ignorance(&q, &x->packet);
	x->is_stream = reply.is_cut;
	flying_add(s, x);
	timer_set(s->world->fibers, &x->timer, now + reply.delay +
	    (outcome == ZN_SILENT ? SILENCE : 0));
	if (s->told.asked != NULL)
		s->told.asked(s->told.arg, x->name, x->type, outcome,
		    reply.place);
}

static void
script_free(struct upstream *u)
{
	struct script *s = CONTAINER(u, struct script, upstream);

	while (s->flying != NULL)
		deliver(s->flying, -E_CANCELED);
	free(s);
}

struct upstream *
sim_upstream(struct world *world, struct zones *zones, usec_t start,
    const struct sim_dns *told)
{
	struct script *s = calloc(1, sizeof *s);

	must(s != NULL);
	s->upstream.send = script_send;
	s->upstream.free = script_free;
	s->world = world;
	s->zones = zones;
	s->start = start;
	if (told != NULL)
		s->told = *told;
	return &s->upstream;
}
