/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisor - listeners, generations and children.
 *
 *	CHECKING  a checker reads the configuration
 *	WAITING   for the last old generation to go: at most one drains
 *	STARTING  the processes of the new generation
 *	TESTING   `posternd -t` of the program that shall take our place
 *	RESTING   none of these: all serve
 *
 *	      HUP                  made                 no old one
 *	RESTING --> CHECKING ----------> WAITING ----------------> STARTING
 *	  ^ ^          | bad                | to be replaced          |
 *	  | +----------+                    v                         |
 *	  |    USR2                      exec of the successor        |
 *	RESTING --> TESTING --good--> WAITING                         |
 *	  ^            | bad                                          |
 *	  +------------+-- all ready: the former one drains; ---------+
 *	                   one ended: the new one drains
 *
 *	RESTING -> CHECKING: begin_check      RESTING -> TESTING: begin_test
 *	CHECKING -> WAITING, RESTING: checked  TESTING -> WAITING: tested
 *	WAITING -> STARTING: begin_crew       WAITING -> exec: replace_us
 *	STARTING -> RESTING: crew_ready, crew_failed
 *
 * Asked for while another is under way, a reload or a replacement follows it,
 * once (catalogue 126). The first generation takes the same way, but what
 * goes wrong in it ends the program. SIGTERM stops from everywhere: gates
 * drain, then pools end, then we do.
 *
 * Called by: daemon/main.c.
 * Always holds: a generation that serves is replaced only by one whose
 * processes have all been ready; no listening socket is closed before that.
 *
 * Source: design.md 3.
 */
#include "config.h"

#include "daemon/supervisor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/crew.h"
#include "daemon/notify.h"
#include "daemon/program.h"
#include "daemon/sink.h"
#include "daemon/state.h"
#include "daemon/succession.h"
#include "run/clock.h"

#define NAME        "posternd"
#define TICK        SEC
#define LATE        (3 * SEC)      /* a tick so late: we were stopped       */
#define GENTLE_TIME (315 * SEC)    /* gates end by themselves after 300     */
#define STOP_TIME   (65 * SEC)     /* after 60                              */
#define WAIT_TIME   (60 * SEC)     /* a reload is patient with an old one   */

enum { EXIT_OS = 71, EXIT_NOPERM = 77, EXIT_CONFIG = 78 };

enum work { WK_RESTING, WK_CHECKING, WK_WAITING, WK_STARTING, WK_TESTING };

struct supervisor {
	const struct order *order;
	struct site    site;
	struct sink   *first_log;      /* until a generation brings one     */
	struct doors   doors;
	enum work      work;
	struct child   checker;
	struct crew   *current, *next, *old;   /* NULL: none                */
	int            made[2];        /* WK_WAITING; -1: to be replaced    */
	pid_t          test;           /* WK_TESTING                        */
	bool           wants_reload, wants_successor;
	bool           has_served, is_stopping;
	int            status;
	struct timer   tick;
	usec_t         ticked;         /* the last time                     */
	usec_t         since;          /* silence of children counts from   */
	usec_t         notified;       /* the watchdog                      */
	usec_t         heal_at, heal_delay;
};

static void rest(struct supervisor *);

/* --- the end ------------------------------------------------------------- */

/* Each place that a generation may stand in; NULL behind the last. */
static struct crew **
crews(struct supervisor *s, size_t i)
{
	return i == 0 ? &s->current : i == 1 ? &s->next :
	    i == 2 ? &s->old : NULL;
}

/* Frees a generation that is gone; its log lives as long as nobody has
 * another. */
static void
retire(struct supervisor *s, struct crew **w)
{
	if ((*w)->log != NULL && s->site.log == (*w)->log) {
		sink_close(&s->first_log);
		s->first_log = (*w)->log;
		(*w)->log = NULL;
	}
	crew_free(w);
}

/* In: w, with a generation in it. Nobody may be left in it to drain. */
static void
drain(struct supervisor *s, struct crew **w, bool gently, usec_t patience)
{
	crew_drain(*w, gently, patience);
	if (crew_went_on(*w))
		retire(s, w);
}

static void
stop_if_done(struct supervisor *s)
{
	if (s->is_stopping && s->current == NULL && s->next == NULL &&
	    s->old == NULL && s->checker.pid == 0)
		loop_stop(s->site.loop);
}

/* Drains all there is. */
static void
stop(struct supervisor *s, int status)
{
	struct crew **w;
	size_t i;

	s->is_stopping = true;
	s->status = status;
	if (s->has_served)
		state_tell(s->site.log, NAME, "draining");
	notify("STOPPING=1");
	child_let_go(&s->checker);
	child_signal(&s->checker, SIGKILL);
	for (i = 0; (w = crews(s, i)) != NULL; i++)
		if (*w != NULL)
			drain(s, w, false, STOP_TIME);
	stop_if_done(s);
}

/* A start that cannot be: said to whoever started us. */
static void
give_up(struct supervisor *s, int status, struct str words)
{
	if (words.len > 0)
		(void)fprintf(stderr, "%.*s%s", STR_ARG(words),
		    words.p[words.len - 1] == '\n' ? "" : "\n");
	if (!s->is_stopping)
		stop(s, status);
}

/* What was asked for goes wrong while another generation serves. */
static void
stay(struct supervisor *s, const char *state, struct str why)
{
	state_complain(s->site.log, NAME, state, why);
	notify_status("READY=1\n", arena_printf(s->current->arena, "%s: %.*s",
	    state, STR_ARG(why)));
	rest(s);
}

static void
fail(struct supervisor *s, int status, struct str words)
{
	if (s->has_served)
		stay(s, "reload-failed", words);
	else
		give_up(s, status, words);
}

/* --- a new generation ---------------------------------------------------- */

/* All of them are ready: the former one has done its work. */
static void
crew_ready(struct supervisor *s)
{
	crew_serve(s->next);
	s->old = s->current;
	s->current = s->next;
	s->next = NULL;
	s->site.log = s->current->log;
	if (s->old != NULL)
		drain(s, &s->old, true, GENTLE_TIME);
	state_serving(s->site.log, s->has_served ? "reloaded" : "started",
	    s->current->settings, s->current->policy, s->current->arena);
	notify_status("READY=1\n", STR("serving"));
	s->has_served = true;
	rest(s);
}

/* In: c, the first of the new ones that is gone; its generation drains, for
 * others of it may have clients already. */
static void
crew_failed(struct supervisor *s, const struct child *c)
{
	struct str words = c->words.len > 0 ? c->words :
	    STR("a process ended before it was ready");

	if (s->has_served) {
		s->old = s->next;
		s->next = NULL;
		drain(s, &s->old, true, GENTLE_TIME);
	}
	fail(s, c->status != 0 ? c->status : EXIT_OS, words);
}

static int
status_of(int rc)
{
	return rc == -E_INVALID ? EXIT_CONFIG :
	    rc == -E_DENIED ? EXIT_NOPERM : EXIT_OS;
}

static void
begin_crew(struct supervisor *s)
{
	struct fault fault = { "" };
	int rc;

	rc = crew_new(&s->site, &s->doors, s->made[0], s->made[1], &s->next,
	    &fault);
	s->made[0] = s->made[1] = -1;
	if (rc != 0) {
		fail(s, status_of(rc), str_of(fault.text));
		return;
	}
	s->work = WK_STARTING;
	if (!s->has_served)
		s->site.log = s->next->log;
	crew_start(s->next);
}

static void
replace_us(struct supervisor *s)
{
	struct fault fault = { "" };

	notify_reloading(clock_now());
	succession_leave(&s->site, s->current, s->order, &fault);
	stay(s, "upgrade-failed", str_of(fault.text));
}

/* Whatever was made, or is to be done, waits for the old one to go. */
static void
wait_for_old(struct supervisor *s)
{
	usec_t latest = clock_now() + WAIT_TIME;

	s->work = WK_WAITING;
	if (s->old != NULL) {
		if (s->old->hurry_at > latest)
			s->old->hurry_at = latest;
	} else if (s->made[0] >= 0) {
		begin_crew(s);
	} else {
		replace_us(s);
	}
}

/* --- reload and replacement ---------------------------------------------- */

static int
give_checker(struct child *c, int wire)
{
	const struct supervisor *s = c->arg;

	return role_order(wire, c->row, !s->has_served, s->order->file,
	    s->order->dir);
}

static void
begin_check(struct supervisor *s)
{
	s->work = WK_CHECKING;
	if (s->has_served)
		notify_reloading(clock_now());
	child_start(&s->checker);
}

static void
tables_taken(struct supervisor *s)
{
	s->made[0] = s->made[1] = -1;
	state_serving(s->site.log, "reloaded", s->current->settings,
	    s->current->policy, s->current->arena);
	notify_status("READY=1\n", STR("serving"));
	rest(s);
}

static void
checked(struct supervisor *s)
{
	struct child *c = &s->checker;

	if (c->made[0] < 0) {
		fail(s, c->status != 0 ? c->status : EXIT_OS,
		    c->words.len > 0 ? c->words :
		    STR("the checker ended early"));
		return;
	}
	/* Warnings, for a person. */
	if (c->words.len > 0)
		(void)fwrite(c->words.p, 1, c->words.len, stderr);
	memcpy(s->made, c->made, sizeof s->made);
	c->made[0] = c->made[1] = -1;
	if (s->has_served && crew_take_tables(s->current, s->made[0],
	    s->made[1]))
		tables_taken(s);
	else
		wait_for_old(s);
}

static void
begin_test(struct supervisor *s)
{
	s->test = program_test(&s->site, s->order);
	s->work = WK_TESTING;
	if (s->test < 0)
		stay(s, "upgrade-failed", STR("no process can be made"));
}

static void
tested(struct supervisor *s, int wait_status)
{
	s->test = 0;
	if (s->is_stopping)
		return;
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
		wait_for_old(s);
	else
		stay(s, "upgrade-failed",
		    STR("the new program refuses the configuration"));
}

/* What was asked for meanwhile has its turn. */
static void
rest(struct supervisor *s)
{
	s->work = WK_RESTING;
	if (s->is_stopping)
		return;
	if (s->wants_successor) {
		s->wants_successor = false;
		begin_test(s);
	} else if (s->wants_reload) {
		s->wants_reload = false;
		begin_check(s);
	}
}

/* --- children ------------------------------------------------------------ */

/* In: w, where its generation stands; perhaps nothing does afterwards. */
static void
crew_changed(struct supervisor *s, struct crew **w, struct child *c,
    enum child_event event)
{
	if (event == CE_GONE && (*w)->state >= CW_DRAINING) {
		if (crew_went_on(*w))
			retire(s, w);
		if (s->work == WK_WAITING && s->old == NULL &&
		    !s->is_stopping)
			wait_for_old(s);
		stop_if_done(s);
	} else if (w == &s->next && event == CE_GONE) {
		crew_failed(s, c);
	} else if (w == &s->next && crew_is_ready(*w)) {
		crew_ready(s);
	}
}

static void
on_child(void *arg, struct child *c, enum child_event event)
{
	struct supervisor *s = arg;
	struct crew **w;
	size_t i;

	if (c == &s->checker && s->is_stopping)
		stop_if_done(s);
	else if (c == &s->checker)
		checked(s);
	for (i = 0; (w = crews(s, i)) != NULL; i++)
		if (*w != NULL && c->arg == *w) {
			crew_changed(s, w, c, event);
			return;
		}
}

/* NULL: it is not one of ours, as the -t of a successor. */
static struct child *
find_child(struct supervisor *s, pid_t pid)
{
	struct child *c = NULL;
	struct crew **w;
	size_t i;

	if (s->checker.pid == pid)
		return &s->checker;
	for (i = 0; c == NULL && (w = crews(s, i)) != NULL; i++)
		if (*w != NULL)
			c = crew_find(*w, pid);
	return c;
}

static void
on_reap(void *arg)
{
	struct supervisor *s = arg;
	struct child *c;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		c = find_child(s, pid);
		if (c != NULL)
			child_reaped(c, status);
		else if (pid == s->test)
			tested(s, status);
	}
}

/* --- each second --------------------------------------------------------- */

/* A successor whose first generation could not be made has what was left to
 * it, and when one of them ends, none to start anew: it must try again. */
static void
heal(struct supervisor *s, usec_t now)
{
	if (s->work != WK_RESTING || s->is_stopping || now < s->heal_at ||
	    !crew_is_short(s->current))
		return;
	s->heal_delay = child_delay(s->heal_delay, 0);
	s->heal_at = now + s->heal_delay;
	begin_check(s);
}

/* Who was stopped itself, or had no processor, accuses nobody. */
static void
on_tick(struct timer *t)
{
	struct supervisor *s = CONTAINER(t, struct supervisor, tick);
	usec_t now = clock_now();
	bool is_good = true;
	struct crew **w;
	size_t i;

	if (now - s->ticked > LATE)
		s->since = now;
	s->ticked = now;
	for (i = 0; (w = crews(s, i)) != NULL; i++)
		if (*w != NULL)
			is_good &= crew_look(*w, now, s->since);
	if (is_good)
		notify_well(now, TICK, &s->notified);
	heal(s, now);
	timer_set(loop_fibers(s->site.loop), &s->tick, now + TICK);
}

/* --- signals ------------------------------------------------------------- */

static void
on_stop(void *arg)
{
	struct supervisor *s = arg;
	struct crew **w;
	size_t i;

	if (!s->is_stopping) {
		stop(s, 0);
		return;
	}
	for (i = 0; (w = crews(s, i)) != NULL; i++)
		if (*w != NULL && (*w)->state == CW_DRAINING)
			crew_hurry(*w);
}

static void
on_hangup(void *arg)
{
	struct supervisor *s = arg;

	s->wants_reload = true;
	if (s->work == WK_RESTING)
		rest(s);
}

static void
on_replace(void *arg)
{
	struct supervisor *s = arg;

	s->wants_successor = true;
	if (s->work == WK_RESTING)
		rest(s);
}

static void
catch_signals(struct supervisor *s)
{
	struct loop *l = s->site.loop;
	sigset_t all;

	loop_signal(l, SIGCHLD, on_reap, s);
	loop_signal(l, SIGTERM, on_stop, s);
	loop_signal(l, SIGINT, on_stop, s);
	loop_signal(l, SIGHUP, on_hangup, s);
	loop_signal(l, SIGUSR2, on_replace, s);
	/* A predecessor has blocked them, so that none is lost. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_UNBLOCK, &all, NULL);
}

/* --- all of it ----------------------------------------------------------- */

/* Makes, or takes over, what there is before the first generation. */
static int
open_site(struct supervisor *s, struct fault *fault)
{
	const struct log_conf log = { LT_STDERR, { 0 } };
	int rc = site_open(&s->site, fault);

	if (rc != 0)
		return rc;
	if (s->order->inherit >= 0) {
		rc = succession_take(s->order->inherit, &s->site, &s->doors,
		    &s->current, fault);
		s->has_served = true;
	} else {
		s->site.board = board_new();
		s->site.board_fd = board_fd(s->site.board);
		s->site.log = sink_take(&log, -1);
	}
	s->first_log = s->site.log;
	if (rc == 0)
		sink_share(s->first_log, board_log_cuts(s->site.board));
	return rc;
}

static void
serve(struct supervisor *s)
{
	s->checker = (struct child){ .site = &s->site, .role = ROLE_CHECKER,
	    .give = give_checker, .arg = s };
	child_init(&s->checker);
	catch_signals(s);
	s->tick.fire = on_tick;
	s->ticked = clock_now();
	timer_set(loop_fibers(s->site.loop), &s->tick, s->ticked + TICK);
	begin_check(s);
	on_reap(s);          /* who ended while the program was replaced    */
	loop_run(s->site.loop);
	if (s->has_served)
		state_tell(s->site.log, NAME, "stopped");
	timer_stop(loop_fibers(s->site.loop), &s->tick);
	child_close(&s->checker);
}

int
supervisor_run(const struct order *order)
{
	struct supervisor *s = calloc(1, sizeof *s);
	struct fault fault = { "" };
	int status = EXIT_OS;

	must(s != NULL);
	s->order = order;
	s->site.changed = on_child;
	s->site.arg = s;
	s->made[0] = s->made[1] = -1;
	if (open_site(s, &fault) == 0) {
		serve(s);
		status = s->status;
	} else
		(void)fprintf(stderr, "posternd: %s\n", fault.text);
	sink_close(&s->first_log);
	site_close(&s->site);
	free(s);
	return status;
}
