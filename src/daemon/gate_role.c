/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gate_role - a gate under the supervisor: everything is given to it, mail
 * goes to the pools.
 *
 * Called by: daemon/main.c.
 * Always holds: after role_ready nothing is opened by name. The supervisor
 * closes our wire when others listen in our place, and it is closed when the
 * supervisor is gone; either way who is served is served to the end.
 * SIGTERM may come from the service manager and from the supervisor too: the
 * second means no more than the first, SIGQUIT is the word that hurries.
 */
#include "config.h"

#include "daemon/gate_own.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/generation.h"
#include "daemon/confine.h"
#include "daemon/crash.h"
#include "daemon/mailroom.h"
#include "daemon/role.h"
#include "daemon/sink.h"
#include "daemon/state.h"
#include "run/board.h"
#include "policy/health.h"
#include "run/clock.h"

#define BEAT SEC
#define LOOK (20 * MSEC)     /* between two looks whether the keeper is done */

enum { EXIT_OS = 71, EXIT_CONFIG = 78 };

/* A gate and what only a role has. */
struct post {
	struct gate        gate;
	struct assembly    what;
	struct generation *generation;
	struct watch      *parent;
	struct timer       beat;
};

/* From the loop, not from a fiber: what is shown is that the loop turns. */
static void
on_beat(struct timer *t)
{
	struct gate *g = &CONTAINER(t, struct post, beat)->gate;
	usec_t now = clock_now();

	board_beat(g->out.world.board, g->row, now);
	gate_tidy(g);
	timer_set(g->out.world.fibers, t, now + BEAT);
}

/* Only tables have changed. What was checked is good; if it cannot be read
 * all the same, what we have stays. */
static void
take_tables(struct gate *g, const struct message *m)
{
	struct diagnostics *diag = diag_new();
	struct arena *arena = arena_new(0);
	struct generation *generation = NULL;
	struct assembly what;
	int rc;

	rc = generation_map(m->fds[0], m->fds[1], &generation);
	if (rc == 0)
		rc = assemble_given(generation, ASSEMBLE_POLICY, arena, diag,
		    &what);
	if (rc == 0) {
		gate_publish(g, &what, arena, generation);
		state_tell(g->out.world.log, g->name, "tables");
	} else {
		state_complain(g->out.world.log, g->name, "tables-failed",
		    diag_text(diag, arena));
		generation_free(&generation);
		arena_free(&arena);
	}
	diag_free(&diag);
}

/* End of file: others listen now, or nobody does any more. */
static void
on_parent(void *arg, int events)
{
	struct post *p = arg;
	char *room = malloc(WIRE_ROOM);
	struct message m;
	int rc = room == NULL ? -E_AGAIN :
	    wire_recv(ROLE_FD, &role_to_child, room, &m);

	(void)events;
	if (rc == 0) {
		if (m.type == RW_TABLES && !p->gate.is_draining)
			take_tables(&p->gate, &m);
		wire_discard(&m);
	} else if (rc != -E_AGAIN) {
		watch_free(&p->parent);
		gate_drain(&p->gate);
	}
	free(room);
}

/* Everything is parsed from memory, as the checker saw it. */
static int
read_generation(struct post *p, const struct given *given,
    struct fault *fault)
{
	struct diagnostics *diag = diag_new();
	int rc;

	rc = generation_map(given->open, given->secret, &p->generation);
	if (rc == 0)
		rc = assemble_given(p->generation, ASSEMBLE_POLICY | ASSEMBLE_TLS,
		    p->gate.arena, diag,
		    &p->what);
	if (rc != 0)
		fault_set(fault, "what was checked cannot be read again: "
		    "%.*s", STR_ARG(diag_text(diag, p->gate.arena)));
	diag_free(&diag);
	(void)close(given->open);
	if (given->secret >= 0)
		(void)close(given->secret);
	p->gate.what = &p->what;
	return rc;
}

static int
open_given(struct post *p, const struct given *given, struct fault *fault)
{
	struct gate *g = &p->gate;
	const struct settings *conf;
	struct board *board;
	int rc;

	rc = read_generation(p, given, fault);
	if (rc != 0)
		return rc;
	conf = g->what->settings;
	board = board_map(given->board);
	if (board == NULL) {
		fault_set(fault, "the board cannot be read");
		return -E_INVALID;
	}
	(void)close(given->board);
	g->row = given->row;
	board_take(board, g->row);
	crash_tell(board, g->row);
	confine_serve(&conf->limits);
	outside_open(&g->out, board, sink_take(&conf->log, given->log));
	rc = outside_ask(&g->out, &conf->resolver, fault);
	if (rc == 0)
		rc = mailroom_remote(conf, given, g->out.loop, &g->out.world,
		    g->arena, &g->out.world.store);
	if (rc == 0)
		rc = gate_open_entrances(g, given->listeners, fault);
	gate_open_server(g);
	return rc;
}

/* --- before the first client --------------------------------------------- */

struct wait {
	struct timer timer;
	struct gate *gate;
	size_t       lists;
	usec_t       until;
};

static void
on_look(struct timer *t)
{
	struct wait *w = CONTAINER(t, struct wait, timer);
	struct outside *out = &w->gate->out;
	usec_t now = clock_now();

	if (now >= w->until || health_are_looked_at(out->world.board,
	    w->gate->newest->server.slots, w->lists))
		loop_stop(out->loop);
	else
		timer_set(out->world.fibers, t, now + LOOK);
}

/* A list that nobody has looked at has no weight: whoever came now would be
 * judged without. Former gates serve meanwhile, and a gate that is started
 * anew finds that all were looked at. */
static void
wait_for_keeper(struct gate *g)
{
	struct wait w = { .timer = { .fire = on_look }, .gate = g,
		.until = clock_now() + HEALTH_FIRST };

	(void)policy_lists(g->what->policy, &w.lists);
	timer_set(g->out.world.fibers, &w.timer, clock_now());
	loop_run(g->out.loop);
	timer_stop(g->out.world.fibers, &w.timer);
}

/* --- serving ------------------------------------------------------------- */

/* A terminal's signals go to the whole group, and are the supervisor's. */
static void
serve_given(struct post *p)
{
	struct gate *g = &p->gate;

	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR2, SIG_IGN);
	loop_signal(g->out.loop, SIGTERM, gate_on_stop, g);
	loop_signal(g->out.loop, SIGQUIT, gate_on_hurry, g);
	wire_nonblock(ROLE_FD);
	p->parent = watch_new(g->out.loop, ROLE_FD, on_parent, p);
	watch_set(p->parent, WATCH_READ);
	p->beat.fire = on_beat;
	on_beat(&p->beat);
	gate_let_in(g);
	loop_run(g->out.loop);
}

static void
close_post(struct post *p)
{
	struct sink *log = p->gate.out.world.log;

	watch_free(&p->parent);
	if (p->gate.out.loop != NULL)
		timer_stop(p->gate.out.world.fibers, &p->beat);
	gate_close(&p->gate);
	generation_free(&p->generation);
	sink_close(&log);
}

int
gate_main(const struct given *given)
{
	struct post p = { .gate = { .arena = arena_new(0), .name = "gate",
	    .control = -1 } };
	struct fault fault = { "" };
	int rc;

	confine_hide();
	rc = open_given(&p, given, &fault);
	if (rc != 0)
		(void)role_failed(ROLE_FD, rc == -E_INVALID ? EXIT_CONFIG :
		    EXIT_OS, str_of(fault.text));
	else {
		wait_for_keeper(&p.gate);
		rc = role_ready(ROLE_FD);
	}
	if (rc == 0)
		serve_given(&p);
	close_post(&p);
	return rc == 0 ? 0 : EXIT_OS;
}
