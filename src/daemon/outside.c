/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outside - makes the real struct world.
 *
 * Called by: daemon/gate.c, daemon/keeper.c and their roles.
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

static int
ask(struct outside *o, const struct resolver_conf *conf, size_t cache_entries,
    struct asker *out, struct fault *fault)
{
	struct ares_server servers[ARES_SERVERS];
	const struct names_conf names = {
		.query_deadline = conf->query_deadline,
		.ttl_low = (uint32_t)(conf->ttl_low / SEC),
		.ttl_high = (uint32_t)(conf->ttl_high / SEC),
		.cache_entries = cache_entries,
	};
	size_t i, n = conf->server_count;
	int rc;

	if (n > ARES_SERVERS)
		n = ARES_SERVERS;
	for (i = 0; i < n; i++)
		servers[i] = (struct ares_server){ conf->servers[i].ip,
		    conf->servers[i].port };
	rc = ares_upstream(o->loop, &o->world, servers, n,
	    conf->query_deadline / 2, &out->upstream, fault);
	if (rc == 0)
		out->names = names_new(&o->world, out->upstream, &names);
	return rc;
}

int
outside_ask(struct outside *o, const struct resolver_conf *conf,
    struct fault *fault)
{
	struct asker a = { NULL, NULL };
	int rc = ask(o, conf, (size_t)conf->cache_entries, &a, fault);

	o->upstream = a.upstream;
	o->world.names = a.names;
	return rc;
}

int
outside_ask_anew(struct outside *o, const struct resolver_conf *conf,
    struct asker *out, struct fault *fault)
{
	return ask(o, conf, 0, out, fault);
}

void
asker_close(struct asker *a)
{
	if (a->upstream != NULL)        /* ends what is in flight           */
		a->upstream->free(a->upstream);
	a->upstream = NULL;
	names_free(&a->names);
}

void
outside_close(struct outside *o)
{
	if (o->world.store != NULL)
		o->world.store->free(o->world.store);
	asker_close(&(struct asker){ o->upstream, o->world.names });
	clock_follow(NULL);
	loop_free(&o->loop);
}
