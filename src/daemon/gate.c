/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gate - makes the real world and lets clients in.
 *
 *	open    loop, resolver, store, spool, listeners
 *	serve   until SIGTERM
 *	drain   listeners closed; sessions without a transaction get 421, the
 *	        others may finish for a minute, or until a second signal
 *	close   in reverse order
 *
 * Called by: daemon/main.c.
 * Always holds: what is opened by name is open before the first client.
 *
 * KNOWN GAPS: one process; the supervisor, its board and stores of their own
 * come with the processes. SIGHUP is told and ignored.
 */
#include "config.h"

#include "daemon/gate.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "daemon/mailroom.h"
#include "daemon/notify.h"
#include "daemon/versions.h"
#include "dns/ares.h"
#include "run/board.h"
#include "run/clock.h"
#include "run/loop.h"
#include "smtp/server.h"

#define DRAIN_TIME (60 * SEC)

struct gate;

/* An address that we listen on. */
struct entrance {
	struct gate              *gate;
	const struct listen_conf *conf;
	int                       fd;
	struct listener          *listener;
};

struct gate {
	struct world           world;
	const struct assembly *what;
	struct arena          *arena;
	struct loop           *loop;
	struct upstream       *upstream;
	struct body_pool       bodies;
	struct server          server;
	struct entrance       *entrances;
	size_t                 entrance_count;
	unsigned               row;
	bool                   is_draining;
};

/* --- the world ----------------------------------------------------------- */

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

static int
open_names(struct gate *g, struct fault *fault)
{
	const struct resolver_conf *conf = &g->what->settings->resolver;
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
	rc = ares_upstream(g->loop, &g->world, servers, n,
	    conf->query_deadline / 2, &g->upstream, fault);
	if (rc == 0)
		g->world.names = names_new(&g->world, g->upstream, &names);
	return rc;
}

static int
open_world(struct gate *g, struct sink *sink, struct fault *fault)
{
	const struct settings *conf = g->what->settings;
	int rc;

	g->loop = loop_new();
	g->world.now = real_now;
	g->world.wall = real_wall;
	g->world.random = real_random;
	g->world.fibers = loop_fibers(g->loop);
	g->world.log = sink;
	g->world.board = board_new();
	g->row = board_enter(g->world.board);
	clock_follow(&g->world);
	rc = open_names(g, fault);
	if (rc == 0)
		rc = mailroom_open(conf, &g->world, g->arena, &g->world.store,
		    fault);
	g->bodies.max = (size_t)conf->limits.messages_memory;
	g->bodies.each = (size_t)conf->limits.message_memory;
	g->bodies.spool = mailroom_spool(conf);
	return rc;
}

static void
close_world(struct gate *g)
{
	if (g->world.store != NULL)
		g->world.store->free(g->world.store);
	if (g->upstream != NULL)        /* ends what is in flight           */
		g->upstream->free(g->upstream);
	names_free(&g->world.names);
	if (g->bodies.spool >= 0)
		(void)close(g->bodies.spool);
	clock_follow(NULL);
	board_leave(g->world.board, g->row);
	board_free(&g->world.board);
	loop_free(&g->loop);
}

/* --- entrances ----------------------------------------------------------- */

static void
on_client(void *arg, int fd, struct ip peer, unsigned port)
{
	struct entrance *e = arg;
	struct stream *stream = loop_stream(e->gate->loop, fd);

	if (stream == NULL) {
		(void)close(fd);
		return;
	}
	(void)session_open(&e->gate->server, stream, peer, port, e->conf);
}

static void
close_entrances(struct gate *g)
{
	size_t i;

	for (i = 0; i < g->entrance_count; i++) {
		if (g->entrances[i].listener != NULL)
			listener_free(&g->entrances[i].listener);
		(void)close(g->entrances[i].fd);
	}
	g->entrance_count = 0;
}

static int
open_entrances(struct gate *g, struct fault *fault)
{
	const struct settings *conf = g->what->settings;
	char text[ENDPOINT_TEXT];
	struct entrance *e;
	size_t i, n;
	int rc;

	g->entrances = arena_array(g->arena, conf->listen_count,
	    sizeof *g->entrances);
	for (i = 0; i < conf->listen_count; i++) {
		e = &g->entrances[i];
		n = endpoint_print(conf->listens[i].at, text);
		rc = loop_bind((struct str){ text, n }, &e->fd, fault);
		if (rc != 0)
			return rc;
		g->entrance_count++;
		e->gate = g;
		e->conf = &conf->listens[i];
		e->listener = listener_new(g->loop, e->fd, on_client, e);
		listener_log(e->listener, g->world.log);
	}
	return 0;
}

/* --- what is told -------------------------------------------------------- */

/* "127.0.0.1:2525,[::1]:2525" */
static struct str
listens_text(const struct gate *g)
{
	const struct settings *conf = g->what->settings;
	struct str all = STR("");
	char text[ENDPOINT_TEXT];
	size_t i, n;

	for (i = 0; i < conf->listen_count; i++) {
		n = endpoint_print(conf->listens[i].at, text);
		all = arena_printf(g->arena, "%.*s%s%.*s", STR_ARG(all),
		    i > 0 ? "," : "", (int)n, text);
	}
	return all;
}

static void
tell_state(struct gate *g, const char *state, bool with_all)
{
	const struct policy *policy = g->what->policy;
	struct event e;

	event_open(&e, LOG_MARK, "state");
	event_word(&e, "name", STR("posternd"));
	event_word(&e, "state", str_of(state));
	if (with_all) {
		event_word(&e, "version", STR(PACKAGE_VERSION));
		event_number(&e, "pid", getpid());
		event_word(&e, "listen", listens_text(g));
		event_text(&e, "policy", arena_printf(g->arena, "%.*s@%s",
		    STR_ARG(policy_name(policy)), policy_hash(policy)));
		event_word(&e, "loaded", versions_loaded(g->arena, "-", ","));
		event_word(&e, "spool", g->bodies.spool >= 0 ? STR("disk") :
		    STR("memory"));
	}
	event_send(&e, g->world.log);
}

/* --- the end ------------------------------------------------------------- */

static void
drain_main(void *arg)
{
	struct gate *g = arg;

	server_drain(&g->server, clock_now() + DRAIN_TIME);
	loop_stop(g->loop);
}

/* The first asks, the second insists. */
static void
on_stop(void *arg)
{
	struct gate *g = arg;

	if (g->is_draining) {
		server_hurry(&g->server);
		return;
	}
	g->is_draining = true;
	tell_state(g, "draining", false);
	notify("STOPPING=1");
	close_entrances(g);
	if (fiber_start(g->world.fibers, "drain", drain_main, g, NULL) != 0)
		loop_stop(g->loop);
}

static void
on_hangup(void *arg)
{
	tell_state(arg, "restart-to-reload", false);
}

/* --- all of it ----------------------------------------------------------- */

static void
open_server(struct gate *g)
{
	g->server = (struct server){
		.world = &g->world,
		.settings = g->what->settings,
		.policy = g->what->policy,
		.vocabulary = g->what->vocabulary,
		.base = g->what->base,
		.bodies = &g->bodies,
		.row = g->row,
	};
}

static void
serve(struct gate *g)
{
	loop_signal(g->loop, SIGTERM, on_stop, g);
	loop_signal(g->loop, SIGINT, on_stop, g);
	loop_signal(g->loop, SIGHUP, on_hangup, g);
	tell_state(g, "started", true);
	notify("READY=1");
	loop_run(g->loop);
	tell_state(g, "stopped", false);
}

int
gate_run(const struct assembly *what, struct sink *sink, struct fault *fault)
{
	struct gate g = { .what = what, .arena = arena_new(0),
	    .bodies.spool = -1 };
	int rc;

	rc = open_world(&g, sink, fault);
	if (rc == 0) {
		open_server(&g);
		rc = open_entrances(&g, fault);
	}
	if (rc == 0)
		serve(&g);
	close_entrances(&g);
	close_world(&g);
	arena_free(&g.arena);
	return rc;
}
