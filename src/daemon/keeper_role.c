/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keeper_role - the keeper under the supervisor: everything is given to it.
 *
 * Called by: daemon/main.c.
 * Always holds: after role_ready nothing is opened by name, so that whoever
 * takes it over through DNS or the control socket finds what it was given and
 * no more. It ends at the end of file on its wire: then a new keeper is there
 * already, or nobody needs one. It beats from the loop, as a gate does.
 */
#include "config.h"

#include "daemon/keeper.h"

#include <signal.h>
#include <unistd.h>

#include "daemon/confine.h"
#include "daemon/crash.h"
#include "daemon/role.h"
#include "daemon/sink.h"
#include "run/board.h"
#include "run/clock.h"

#define BEAT SEC

enum { EXIT_OS = 71, EXIT_CONFIG = 78 };

struct post {
	struct outside     out;
	struct arena      *arena;
	struct assembly    what;
	struct generation *generation;
	struct keeper     *keeper;
	unsigned           row;
	int                control;
	struct watch      *parent;
	struct timer       beat;
};

static void
on_beat(struct timer *t)
{
	struct post *p = CONTAINER(t, struct post, beat);
	usec_t now = clock_now();

	board_beat(p->out.world.board, p->row, now);
	timer_set(p->out.world.fibers, t, now + BEAT);
}

static WAITS void
end_main(void *arg)
{
	struct post *p = arg;

	keeper_close(&p->keeper);
	loop_stop(p->out.loop);
}

/* Nothing is said here to who has said that he is ready. */
static void
on_parent(void *arg, int events)
{
	struct post *p = arg;

	(void)events;
	watch_free(&p->parent);
	if (fiber_start(p->out.world.fibers, "end", end_main, p, NULL) != 0)
		_exit(EXIT_OS);
}

static int
read_generation(struct post *p, const struct given *given,
    struct fault *fault)
{
	struct diagnostics *diag = diag_new();
	int rc;

	rc = generation_map(given->open, given->secret, &p->generation);
	if (rc == 0)
		rc = assemble_given(p->generation, ASSEMBLE_POLICY, p->arena,
		    diag, &p->what);
	if (rc != 0)
		fault_set(fault, "what was checked cannot be read again: "
		    "%.*s", STR_ARG(diag_text(diag, p->arena)));
	diag_free(&diag);
	(void)close(given->open);
	(void)close(given->secret);
	return rc;
}

static int
open_post(struct post *p, const struct given *given, struct fault *fault)
{
	const struct settings *conf;
	struct board *board;
	int rc;

	rc = read_generation(p, given, fault);
	if (rc != 0)
		return rc;
	conf = p->what.settings;
	board = board_map(given->board);
	if (board == NULL) {
		fault_set(fault, "the board cannot be read");
		return -E_INVALID;
	}
	(void)close(given->board);
	p->row = given->row;
	p->control = given->control;
	board_take(board, p->row);
	crash_tell(board, p->row);
	confine_serve(&conf->limits);
	outside_open(&p->out, board, sink_take(&conf->log, given->log));
	return keeper_open(&p->out, &p->what, p->row, p->control, &p->keeper,
	    fault);
}

/* Signals of a terminal and of the service manager are the supervisor's. */
static void
serve(struct post *p)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT,
	    SIGUSR1, SIGUSR2 };
	size_t i;

	for (i = 0; i < COUNT(signals); i++)
		(void)signal(signals[i], SIG_IGN);
	p->parent = watch_new(p->out.loop, ROLE_FD, on_parent, p);
	watch_set(p->parent, WATCH_READ);
	p->beat.fire = on_beat;
	on_beat(&p->beat);
	loop_run(p->out.loop);
	timer_stop(p->out.world.fibers, &p->beat);
}

/* Not where it could not open: fibers may be left then, and the end of the
 * process ends them. */
static void
close_post(struct post *p)
{
	struct board *board = p->out.world.board;
	struct sink *log = p->out.world.log;

	if (p->control >= 0)
		(void)close(p->control);
	outside_close(&p->out);
	board_free(&board);
	sink_close(&log);
	generation_free(&p->generation);
	arena_free(&p->arena);
}

int
keeper_main(const struct given *given)
{
	struct post p = { .arena = arena_new(0) };
	struct fault fault = { "" };
	int rc;

	confine_hide();
	rc = open_post(&p, given, &fault);
	if (rc != 0) {
		(void)role_failed(ROLE_FD, rc == -E_INVALID ? EXIT_CONFIG :
		    EXIT_OS, str_of(fault.text));
		return EXIT_OS;
	}
	if (role_ready(ROLE_FD) != 0)
		return EXIT_OS;
	serve(&p);
	close_post(&p);
	return 0;
}
