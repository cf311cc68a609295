/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child - a process under the supervisor.
 *
 *	      child_start            RW_READY
 *	OFF ---------------> STARTING ----------------> READY
 *	 ^  <--- back-off ------+  too late: SIGKILL      |
 *	 |                      |                         |
 *	 +----------------------+-------- reaped ---------+
 *
 *	OFF -> STARTING: start_now, from child_start and the timer
 *	STARTING -> READY: become_ready
 *	any -> OFF: child_reaped
 *
 * Called by: daemon/supervisor.c, daemon/crew.c.
 * Always holds: a child with a pid has a row of the board and was told by
 * fork; whatever fails on the way there leaves nothing open (catalogue 125).
 * A message that is none costs its sender its life (catalogue 132).
 *
 * Between fork and exec only calls that are safe after a signal are made:
 * users are dropped there, so that no code of a role ever runs with rights
 * that it should not have.
 */
#include "config.h"

#include "daemon/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pack.h"
#include "daemon/state.h"
#include "run/clock.h"

#define LIVED        (10 * SEC)    /* then its end is no crash loop          */
#define DELAY_LEAST  SEC
#define DELAY_MOST   (60 * SEC)
#define START_TIME   (120 * SEC)   /* large tables take their time           */
#define ABORT_TIME   (5 * SEC)     /* to die of SIGABRT                      */
#define CURE_TIME    (30 * SEC)    /* to die at all                          */

#define EXIT_OS 71

static void start_now(struct child *);

/* --- what is told -------------------------------------------------------- */

/* What is told of its life. In: wait_status, of the end; 0 before. The note
 * is the fiber that ran when it died of a fault. */
static void
tell(const struct child *c, const char *state, int wait_status)
{
	char note[BOARD_NOTE] = "", name[16] = "SIG";
	const char *abbreviation;
	struct event e;

	event_open(&e, state[0] == 'r' ? LOG_TELL : LOG_MARK, "state");
	event_word(&e, "name", str_of(role_word(c->role)));
	event_word(&e, "state", str_of(state));
	event_number(&e, "pid", c->pid);
	if (c->role == ROLE_POOL)
		event_number(&e, "owner", c->owner);
	if (WIFSIGNALED(wait_status)) {
		abbreviation = sigabbrev_np(WTERMSIG(wait_status));
		if (abbreviation != NULL && strlen(abbreviation) < 12)
			memcpy(name + 3, abbreviation,
			    strlen(abbreviation) + 1);
		event_word(&e, "signal", str_of(name));
	} else if (state[0] == 'e')
		event_number(&e, "status", WEXITSTATUS(wait_status));
	board_note_of(c->site->board, c->row, note);
	if (note[0] != '\0')
		event_text(&e, "note", str_of(note));
	event_send(&e, c->site->log);
}

static void
tell_trouble(const struct child *c, const char *state, const char *why)
{
	state_complain(c->site->log, role_word(c->role), state, str_of(why));
}

/* --- its end ------------------------------------------------------------- */

static void
close_wire(struct child *c)
{
	watch_free(&c->watch);
	if (c->wire >= 0)
		(void)close(c->wire);
	c->wire = -1;
}

/* At once after a life that was worth it, for clients wait; slower and slower
 * when it dies again and again, for then starting is all that we would do. */
usec_t
child_delay(usec_t last, usec_t lived)
{
	if (lived >= LIVED)
		return 0;
	if (last < DELAY_LEAST)
		return DELAY_LEAST;
	return last >= DELAY_MOST / 2 ? DELAY_MOST : 2 * last;
}

/* It is not there (any more). */
static void
is_off(struct child *c, usec_t lived)
{
	struct fibers *fibers = loop_fibers(c->site->loop);
	usec_t delay = child_delay(c->delay, lived);

	close_wire(c);
	timer_stop(fibers, &c->timer);
	board_leave(c->site->board, c->row);
	c->state = CH_OFF;
	c->pid = 0;
	c->aborted = 0;
	c->delay = delay;
	if (c->is_wanted)
		timer_set(fibers, &c->timer, clock_now() + delay);
}

/* --- its beginning ------------------------------------------------------- */

/* Runs in the child, and leaves by exec. */
static _Noreturn void
execute(const struct site *site, int program, char *const *arguments,
    const struct identity *who, int wire)
{
	const char *why = "its wire could not be moved";
	sigset_t none;
	int rc = 0;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (wire == ROLE_FD)
		rc = fcntl(wire, F_SETFD, 0);
	else if (wire >= 0)
		rc = dup2(wire, ROLE_FD);
	(void)close_range(wire >= 0 ? ROLE_FD + 1 : ROLE_FD, ~0u,
	    CLOSE_RANGE_CLOEXEC);
	if (rc >= 0)
		why = "its rights could not be dropped";
	if (rc >= 0 && confine_become(who) == 0) {
		(void)fexecve(program, arguments, site->environment);
		why = "it could not be executed";
	}
	if (wire >= 0)
		(void)role_failed(ROLE_FD, EXIT_OS, str_of(why));
	_exit(EXIT_OS);
}

/* No vfork: between it and exec the child must change users, and the memory
 * that fork copies is small here. */
pid_t
child_fork(const struct site *site, int program, char *const *arguments,
    const struct identity *who, int wire)
{
	pid_t pid = fork();

	if (pid == 0)
		execute(site, program, arguments, who, wire);
	return pid;
}

static void on_wire(void *arg, int events);
static void on_time(struct timer *);

/* The child's end goes with the child; both ends are closed on failure. */
static int
fork_role(struct child *c, const int pair[2])
{
	char *arguments[] = { (char []){ "posternd" }, (char []){ "--role" },
	    (char *)(uintptr_t)role_word(c->role), NULL };
	int rc;

	rc = c->give(c, pair[0]);
	if (rc == 0) {
		c->pid = child_fork(c->site, c->site->program, arguments,
		    c->who, pair[1]);
		rc = c->pid > 0 ? 0 : -error_of_errno(errno);
	}
	(void)close(pair[1]);
	if (rc == 0)
		return 0;
	(void)close(pair[0]);
	c->pid = 0;
	return rc;
}

/* What it said last time is not what this one says. */
static void
forget_words(struct child *c)
{
	free((void *)(uintptr_t)c->words.p);
	c->words = (struct str){ 0 };
	c->status = 0;
}

/* The row comes before the process: from its first moment there is a place
 * where its beat is looked for, and the last one is cleared. */
static void
start_now(struct child *c)
{
	struct fibers *fibers = loop_fibers(c->site->loop);
	int pair[2], rc;

	must(c->pid == 0 && c->state == CH_OFF);
	forget_words(c);
	c->started = clock_now();
	c->row = board_enter(c->site->board);
	rc = wire_pair(pair);
	if (rc == 0) {
		wire_nonblock(pair[0]);
		rc = fork_role(c, pair);
	}
	if (rc != 0) {
		tell_trouble(c, "no-process", error_word(rc));
		c->status = EXIT_OS;
		is_off(c, 0);
		if (!c->is_wanted)
			c->site->changed(c->site->arg, c, CE_GONE);
		return;
	}
	c->state = CH_STARTING;
	c->wire = pair[0];
	c->watch = watch_new(c->site->loop, c->wire, on_wire, c);
	watch_set(c->watch, WATCH_READ);
	timer_set(fibers, &c->timer, c->started + START_TIME);
}

/* Off: it is time to start. Starting: it is not ready, and something is wrong
 * with it that it does not tell. */
static void
on_time(struct timer *t)
{
	struct child *c = CONTAINER(t, struct child, timer);

	if (c->state == CH_OFF) {
		start_now(c);
	} else {
		tell_trouble(c, "too-slow", "it is not ready yet");
		child_signal(c, SIGKILL);
	}
}

void
child_init(struct child *c)
{
	c->wire = -1;
	c->made[0] = c->made[1] = -1;
	c->timer.fire = on_time;
}

/* At a moment of its own: nobody who starts one has to expect that it is
 * gone already. */
void
child_start(struct child *c)
{
	timer_set(loop_fibers(c->site->loop), &c->timer, clock_now());
}

void
child_adopt(struct child *c, pid_t pid, unsigned row, int wire)
{
	c->state = CH_READY;
	c->pid = pid;
	c->row = row;
	c->wire = wire;
	c->started = clock_now();
}

/* --- what it says -------------------------------------------------------- */

static void
take_failure(struct child *c, struct str body)
{
	struct unpack u = { .rest = body };
	uint32_t status = unpack_u32(&u);
	struct str text = unpack_str(&u);
	char *copy = calloc(1, text.len + 1);

	forget_words(c);
	must(copy != NULL);
	if (text.len > 0)
		memcpy(copy, text.p, text.len);
	c->words = (struct str){ copy, text.len };
	c->status = (int)status;
}

/* The two memfds of a checker; a second pair is not wanted. */
static void
take_made(struct child *c, struct message *m)
{
	if (c->made[0] >= 0) {
		wire_discard(m);
		return;
	}
	c->made[0] = m->fds[0];
	c->made[1] = m->fds[1];
}

static void
become_ready(struct child *c)
{
	c->state = CH_READY;
	timer_stop(loop_fibers(c->site->loop), &c->timer);
	board_beat(c->site->board, c->row, clock_now());
	tell(c, "ready", 0);
	c->site->changed(c->site->arg, c, CE_READY);
}

/* Returns 0, or why there is nothing more. */
static int
take_message(struct child *c)
{
	struct message m;
	int rc = wire_recv(c->wire, &role_to_parent, c->site->room, &m);

	if (rc != 0)
		return rc;
	if (m.type == RW_FAILED)
		take_failure(c, m.body);
	else if (m.type == RW_MADE)
		take_made(c, &m);
	else if (c->state == CH_STARTING)
		become_ready(c);
	return 0;
}

static void
on_wire(void *arg, int events)
{
	struct child *c = arg;
	int rc = take_message(c);

	(void)events;
	if (rc == 0 || rc == -E_AGAIN)
		return;
	watch_free(&c->watch);
	if (rc != -E_INVALID)
		return;                 /* its end is near                  */
	tell_trouble(c, "bad-message", "it is ended for it");
	child_signal(c, SIGKILL);
}

/* Its last words may still be under way. That it was ready is none. */
static void
take_rest(struct child *c)
{
	c->state = CH_OFF;
	while (c->watch != NULL && take_message(c) == 0)
		;
}

void
child_reaped(struct child *c, int wait_status)
{
	take_rest(c);
	if (c->role != ROLE_CHECKER)
		tell(c, "ended", wait_status);
	if (c->status == 0)
		c->status = WIFEXITED(wait_status) ?
		    WEXITSTATUS(wait_status) : EXIT_OS;
	is_off(c, clock_now() - c->started);
	c->site->changed(c->site->arg, c, CE_GONE);
}

/* --- watching and ending ------------------------------------------------- */

void
child_let_go(struct child *c)
{
	c->is_wanted = false;
	if (c->state == CH_OFF)
		timer_stop(loop_fibers(c->site->loop), &c->timer);
	close_wire(c);
}

void
child_signal(const struct child *c, int number)
{
	if (c->pid > 0)
		(void)kill(c->pid, number);
}

/* SIGABRT first: it lets a gate that spins say which fiber does. One that is
 * stopped, or waits for a disk that is gone, hears nothing but SIGKILL, and
 * perhaps not even that. */
bool
child_look(struct child *c, usec_t now, usec_t since, usec_t watch)
{
	usec_t beat;

	if (c->state != CH_READY || c->role == ROLE_CHECKER)
		return true;
	beat = board_last_beat(c->site->board, c->row);
	if (beat < since)
		beat = since;
	if (now - beat < watch)
		return true;
	if (c->aborted == 0) {
		c->aborted = now;
		tell(c, "hung", 0);
		child_signal(c, SIGABRT);
	} else if (now - c->aborted >= ABORT_TIME) {
		child_signal(c, SIGKILL);
	}
	return now - c->aborted < CURE_TIME;
}

void
child_close(struct child *c)
{
	must(c->pid == 0);
	timer_stop(loop_fibers(c->site->loop), &c->timer);
	close_wire(c);
	forget_words(c);
}
