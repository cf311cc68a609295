/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outside - makes the real struct world.
 *
 * Called by: daemon/gate.c.
 * Always holds: what answers questions is freed before what asks them.
 */
#include "config.h"

#include "daemon/outside.h"

#include "daemon/sink.h"
#include "deliver/handoff.h"
#include "run/board.h"
#include "run/clock.h"

static usec_t
real_now(struct world *w)
{
	(void)w;
	return clock_now();
}

static usec_t
real_wall(struct world *w)
{
	(void)w;
	return clock_wall();
}

static void
real_random(struct world *w, void *buf, size_t n)
{
	(void)w;
	clock_random(buf, n);
}

void
outside_open(struct outside *o, struct board *board, struct sink *log)
{
	o->loop = loop_new();
	o->world = (struct world){ .now = real_now, .wall = real_wall,
	    .random = real_random, .fibers = loop_fibers(o->loop),
	    .board = board, .log = log };
	sink_share(log, board_log_cuts(board));
	clock_follow(&o->world);
}

int
outside_ask(struct outside *o, const struct resolver_conf *conf,
    struct fault *fault)
{
	struct ares_server servers[ARES_SERVERS];
	const struct names_conf names = {
		.query_deadline = conf->query_deadline,
		.ttl_low = (uint32_t)(conf->ttl_low / SEC),
		.ttl_high = (uint32_t)(conf->ttl_high / SEC),
		.cache_entries = (size_t)conf->cache_entries,
	};
	size_t i, n = conf->server_count;
	int rc;

	if (n > ARES_SERVERS)
		n = ARES_SERVERS;
	for (i = 0; i < n; i++)
		servers[i] = (struct ares_server){ conf->servers[i].ip,
		    conf->servers[i].port };
	rc = ares_upstream(o->loop, &o->world, servers, n,
	    conf->query_deadline / 2, &o->upstream, fault);
	if (rc == 0)
		o->world.names = names_new(&o->world, o->upstream, &names);
	return rc;
}

void
outside_close(struct outside *o)
{
	if (o->world.store != NULL)
		o->world.store->free(o->world.store);
	if (o->upstream != NULL)        /* ends what is in flight           */
		o->upstream->free(o->upstream);
	names_free(&o->world.names);
	clock_follow(NULL);
	loop_free(&o->loop);
}
