/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gate - lets clients in and speaks with them.
 *
 *	serve   until told to end
 *	leave   others listen now; nobody is sent away who is being served,
 *	        for five minutes
 *	drain   sessions without a transaction get 421, the others may finish
 *	        for a minute
 *	hurry   421 to all
 *
 *	serve -> leave: gate_drain             serve, leave -> drain: gate_on_stop
 *	leave, drain -> hurry: gate_on_hurry, or drain_main by time
 *
 * Called by: daemon/main.c as the one process that does everything, where a
 * second SIGTERM hurries; daemon/gate_role.c.
 * Always holds: what is opened by name is open before the first client.
 */
#include "config.h"

#include "daemon/gate.h"

#include <signal.h>
#include <unistd.h>

#include "daemon/certs.h"
#include "daemon/gate_own.h"
#include "daemon/mailroom.h"
#include "daemon/notify.h"
#include "daemon/state.h"
#include "run/board.h"
#include "run/clock.h"

#define LEAVE_TIME (300 * SEC)
#define DRAIN_TIME (60 * SEC)

/* --- entrances ----------------------------------------------------------- */

static void
on_client(void *arg, int fd, struct ip peer, unsigned port)
{
	struct entrance *e = arg;
	struct stream *stream = loop_stream(e->gate->out.loop, fd);

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

int
gate_open_entrances(struct gate *g, const int *fds, struct fault *fault)
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
		rc = fds == NULL ?
		    loop_bind((struct str){ text, n }, &e->fd, fault) :
		    fds[i] < 0 ? -E_INVALID : 0;
		if (rc != 0)
			return rc;
		if (fds != NULL)
			e->fd = fds[i];
		g->entrance_count++;
		e->gate = g;
		e->conf = &conf->listens[i];
	}
	return 0;
}

void
gate_let_in(struct gate *g)
{
	struct entrance *e;
	size_t i;

	for (i = 0; i < g->entrance_count; i++) {
		e = &g->entrances[i];
		e->listener = listener_new(g->out.loop, e->fd, on_client, e);
		listener_log(e->listener, g->out.world.log);
	}
}

/* --- the end ------------------------------------------------------------- */

static void
drain_main(void *arg)
{
	struct gate *g = arg;
	usec_t patience;

	if (!g->server.is_closing)
		server_leave(&g->server, clock_now() + LEAVE_TIME);
	patience = g->server.is_closing ? DRAIN_TIME : 0;
	server_drain(&g->server, clock_now() + patience);
	loop_stop(g->out.loop);
}

void
gate_drain(struct gate *g)
{
	if (g->is_draining)
		return;
	g->is_draining = true;
	state_tell(g->out.world.log, g->name, "draining");
	close_entrances(g);
	if (fiber_start(g->out.world.fibers, "drain", drain_main, g,
	    NULL) != 0)
		loop_stop(g->out.loop);
}

void
gate_on_stop(void *arg)
{
	struct gate *g = arg;

	server_close(&g->server);
	gate_drain(g);
}

void
gate_on_hurry(void *arg)
{
	struct gate *g = arg;

	gate_on_stop(g);
	server_hurry(&g->server);
}

/* --- as one process ------------------------------------------------------ */

/* A content that is too big for memory. */
static WAITS int
scratch(void *arg, int *fd)
{
	struct gate *g = arg;

	return store_scratch(g->out.world.store, fd);
}

void
gate_open_server(struct gate *g)
{
	g->server = (struct server){
		.world = &g->out.world,
		.settings = g->what->settings,
		.policy = g->what->policy,
		.vocabulary = g->what->vocabulary,
		.base = g->what->base,
		.bodies = &g->bodies,
		.tls = certs_server(g->what->pairs, g->what->pair_count,
		    g->what->settings, clock_wall(), g->out.world.log),
		.row = g->row,
	};
	g->bodies.max = (size_t)g->what->settings->limits.messages_memory;
	g->bodies.each = (size_t)g->what->settings->limits.message_memory;
	g->bodies.scratch = scratch;
	g->bodies.arg = g;
}

/* The first asks, the second insists. */
static void
on_stop_alone(void *arg)
{
	struct gate *g = arg;

	if (g->is_draining) {
		gate_on_hurry(g);
		return;
	}
	notify("STOPPING=1");
	gate_on_stop(g);
}

static void
on_hangup(void *arg)
{
	struct gate *g = arg;

	state_tell(g->out.world.log, g->name, "restart-to-reload");
}

static int
open_alone(struct gate *g, struct sink *sink, struct fault *fault)
{
	const struct settings *conf = g->what->settings;
	int rc;

	outside_open(&g->out, board_new(), sink);
	g->row = board_enter(g->out.world.board);
	rc = outside_ask(&g->out, &conf->resolver, fault);
	if (rc == 0)
		rc = mailroom_open(conf, &g->out.world, g->arena,
		    &g->out.world.store, fault);
	if (rc == 0)
		rc = gate_open_entrances(g, NULL, fault);
	gate_open_server(g);
	return rc;
}

static void
serve_alone(struct gate *g)
{
	const struct policy *policy = g->what->policy;

	loop_signal(g->out.loop, SIGTERM, on_stop_alone, g);
	loop_signal(g->out.loop, SIGINT, on_stop_alone, g);
	loop_signal(g->out.loop, SIGHUP, on_hangup, g);
	gate_let_in(g);
	state_serving(g->out.world.log, "started", g->what->settings,
	    arena_printf(g->arena, "%.*s@%s", STR_ARG(policy_name(policy)),
	    policy_hash(policy)), g->arena);
	notify("READY=1");
	loop_run(g->out.loop);
	state_tell(g->out.world.log, g->name, "stopped");
}

void
gate_close(struct gate *g)
{
	struct board *board = g->out.world.board;

	close_entrances(g);
	tls_server_free(&g->server.tls);
	if (g->out.loop != NULL)
		outside_close(&g->out);
	board_free(&board);
	arena_free(&g->arena);
}

int
gate_run(const struct assembly *what, struct sink *sink, struct fault *fault)
{
	struct gate g = { .what = what, .arena = arena_new(0),
	    .name = "posternd" };
	int rc;

	rc = open_alone(&g, sink, fault);
	if (rc == 0)
		serve_alone(&g);
	gate_close(&g);
	return rc;
}
