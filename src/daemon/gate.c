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
 *	serve -> serve: gate_publish, new tables for new sessions
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

#include "conf/generation.h"
#include "daemon/certs.h"
#include "daemon/control.h"
#include "daemon/gate_own.h"
#include "daemon/mailroom.h"
#include "daemon/notify.h"
#include "daemon/state.h"
#include "run/board.h"
#include "policy/health.h"
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
	(void)session_open(&e->gate->newest->server, stream, peer, port,
	    e->conf);
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
	struct edition *e = arg;
	usec_t patience;

	if (!e->server.is_closing)
		server_leave(&e->server, clock_now() + LEAVE_TIME);
	patience = e->server.is_closing ? DRAIN_TIME : 0;
	server_drain(&e->server, clock_now() + patience);
	if (--e->gate->draining == 0)
		loop_stop(e->gate->out.loop);
}

/* What it wrote holds longer than the sessions have time. */
static void
close_keeper(void *arg)
{
	struct gate *g = arg;

	keeper_close(&g->keeper);
	if (--g->draining == 0)
		loop_stop(g->out.loop);
}

void
gate_drain(struct gate *g)
{
	struct edition *e;

	if (g->is_draining)
		return;
	g->is_draining = true;
	state_tell(g->out.world.log, g->name, "draining");
	close_entrances(g);
	for (e = g->newest; e != NULL; e = e->older) {
		g->draining++;
		if (fiber_start(g->out.world.fibers, "drain", drain_main, e,
		    NULL) != 0)
			loop_stop(g->out.loop);
	}
	if (g->keeper == NULL)
		return;
	g->draining++;
	if (!g->is_beginning && fiber_start(g->out.world.fibers, "drain",
	    close_keeper, g, NULL) != 0)
		loop_stop(g->out.loop);
}

void
gate_on_stop(void *arg)
{
	struct gate *g = arg;
	struct edition *e;

	for (e = g->newest; e != NULL; e = e->older)
		server_close(&e->server);
	gate_drain(g);
}

void
gate_on_hurry(void *arg)
{
	struct gate *g = arg;
	struct edition *e;

	gate_on_stop(g);
	for (e = g->newest; e != NULL; e = e->older)
		server_hurry(&e->server);
}

/* --- editions ------------------------------------------------------------ */

void
gate_publish(struct gate *g, const struct assembly *what,
    struct arena *arena, struct generation *generation)
{
	struct edition *e = arena_alloc(arena, sizeof *e);
	struct list *const *lists;
	size_t count;

	lists = policy_lists(what->policy, &count);
	e->arena = arena;
	e->generation = generation;
	e->gate = g;
	e->server = (struct server){
		.world = &g->out.world,
		.settings = g->what->settings,
		.policy = what->policy,
		.vocabulary = what->vocabulary,
		.base = what->base,
		.slots = health_slots(g->out.world.board, lists, count, arena),
		.bodies = &g->bodies,
		.tls = g->tls,
		.row = g->row,
	};
	e->older = g->newest;
	g->newest = e;
}

static void
free_edition(struct edition *e)
{
	struct arena *arena = e->arena;

	generation_free(&e->generation);
	arena_free(&arena);
}

/* Not while it drains: then a fiber waits in each of them. */
void
gate_tidy(struct gate *g)
{
	struct edition **at = &g->newest, *e;

	while (!g->is_draining && (e = *at) != NULL) {
		if (e == g->newest || e->server.open > 0) {
			at = &e->older;
			continue;
		}
		*at = e->older;
		free_edition(e);
	}
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
	g->tls = certs_server(g->what->pairs, g->what->pair_count,
	    g->what->settings, clock_wall(), g->out.world.log);
	gate_publish(g, g->what, arena_new(0), NULL);
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

/* Mail comes in without it. */
static void
open_control(struct gate *g)
{
	struct fault fault = { "" };

	g->control = -1;
	if (control_bind(&g->what->settings->control, &g->control,
	    &fault) != 0)
		state_complain(g->out.world.log, "control", "closed",
		    str_of(fault.text));
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
	if (rc != 0)
		return rc;
	gate_open_server(g);
	open_control(g);
	return keeper_open(&g->out, g->what, g->row, g->control, &g->keeper,
	    fault);
}

/* Nobody comes in before lists were looked at, for two seconds at most. */
static WAITS void
begin_alone(void *arg)
{
	struct gate *g = arg;
	const struct policy *policy = g->what->policy;

	keeper_first(g->keeper);
	g->is_beginning = false;
	if (g->is_draining) {
		close_keeper(g);
		return;
	}
	gate_let_in(g);
	state_serving(g->out.world.log, "started", g->what->settings,
	    arena_printf(g->arena, "%.*s@%s", STR_ARG(policy_name(policy)),
	    policy_hash(policy)), g->arena);
	notify("READY=1");
}

static void
serve_alone(struct gate *g)
{
	loop_signal(g->out.loop, SIGTERM, on_stop_alone, g);
	loop_signal(g->out.loop, SIGINT, on_stop_alone, g);
	loop_signal(g->out.loop, SIGHUP, on_hangup, g);
	g->is_beginning = true;
	if (fiber_start(g->out.world.fibers, "begin", begin_alone, g,
	    NULL) != 0)
		return;
	loop_run(g->out.loop);
	state_tell(g->out.world.log, g->name, "stopped");
}

void
gate_close(struct gate *g)
{
	struct board *board = g->out.world.board;
	struct edition *e;

	close_entrances(g);
	if (g->control >= 0)
		(void)close(g->control);
	tls_server_free(&g->tls);
	while ((e = g->newest) != NULL) {
		g->newest = e->older;
		free_edition(e);
	}
	if (g->out.loop != NULL)
		outside_close(&g->out);
	board_free(&board);
	arena_free(&g->arena);
}

int
gate_run(const struct assembly *what, struct sink *sink, struct fault *fault)
{
	struct gate g = { .what = what, .arena = arena_new(0),
	    .name = "posternd", .control = -1 };
	int rc;

	rc = open_alone(&g, sink, fault);
	if (rc == 0)
		serve_alone(&g);
	gate_close(&g);
	return rc;
}
