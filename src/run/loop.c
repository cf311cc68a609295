/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop - libev drives the fibers of one process.
 *
 * Called by: daemon/ and tools that wait for descriptors. The simulator has
 * its own driver, so that libev is not part of anything that must repeat
 * itself exactly.
 *
 * One turn: run all fibers that are ready; sleep in libev until the next
 * timer of run/fiber.c or a descriptor; fire what is due. Timers are ours
 * and libev knows one alarm only.
 *
 * System calls of a session are what it costs, so:
 * - a socket is put under epoll once, for reading, and stays there. Only when
 *   it becomes readable while nobody reads (a client that talks ahead, or
 *   has gone) it is taken out, until somebody wants to read again;
 * - no read before epoll has said so, no second read to learn that there is
 *   no more: waiting is level-triggered.
 *
 * Always holds: callbacks of libev touch their watcher no more once they
 * have called out; whoever was called may have freed it.
 *
 * KNOWN GAPS: libev rounds its sleep up to whole milliseconds.
 */
#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/clock.h"
#include "run/loop.h"

#define TIDY        1.0         /* seconds between two fibers_tidy         */
#define TIDY_FIBERS 4096        /* looked at each time: under a millisecond */

struct loop {
	struct ev_loop *ev;
	struct fibers  *fibers;
	struct ev_timer alarm;      /* the next moment of the fibers        */
	struct ev_timer tidy;
	struct signal_watch *signals;
	bool            is_stopped;
};

struct signal_watch {
	struct ev_signal     ev;    /* first: libev gives its address back  */
	struct signal_watch *next;
	void               (*fn)(void *);
	void                *arg;
};

struct watch {
	struct ev_io ev;            /* first, as above                      */
	struct loop *loop;
	void       (*ready)(void *arg, int events);
	void        *arg;
};

/* What a stream stands on. */
struct wire {
	struct ev_io   ev;          /* first, as above                      */
	struct loop   *loop;
	struct stream *stream;
	int            wanted;      /* EV_READ, EV_WRITE: told when it comes */
};

/* ------------------------------------------------------------------------
 * Turns.
 */

static usec_t
loop_now(void *arg)
{
	(void)arg;
	return clock_now();
}

/* Its only purpose is that libev wakes up. */
static void
on_alarm(struct ev_loop *ev, struct ev_timer *w, int events)
{
	(void)ev, (void)w, (void)events;
}

static void
on_tidy(struct ev_loop *ev, struct ev_timer *w, int events)
{
	struct loop *l = w->data;

	(void)ev, (void)events;
	fibers_tidy(l->fibers, TIDY_FIBERS);
}

struct loop *
loop_new(void)
{
	struct loop *l = calloc(1, sizeof *l);

	must(l != NULL);
	l->ev = ev_loop_new(EVFLAG_NOENV | EVFLAG_AUTO);
	must(l->ev != NULL);
	l->fibers = fibers_new(loop_now, l);
	ev_timer_init(&l->alarm, on_alarm, 0., 0.);
	ev_timer_init(&l->tidy, on_tidy, TIDY, TIDY);
	l->tidy.data = l;
	ev_timer_start(l->ev, &l->tidy);
	return l;
}

void
loop_free(struct loop **lp)
{
	struct loop *l = *lp;
	struct signal_watch *s;

	if (l == NULL)
		return;
	while ((s = l->signals) != NULL) {
		l->signals = s->next;
		ev_signal_stop(l->ev, &s->ev);
		free(s);
	}
	fibers_free(&l->fibers);
	ev_loop_destroy(l->ev);
	free(l);
	*lp = NULL;
}

struct fibers *
loop_fibers(struct loop *l)
{
	return l->fibers;
}

/* One sleep: until a descriptor, a signal, or the fibers' next moment. */
static void
wait_for_events(struct loop *l)
{
	usec_t next = fibers_next(l->fibers), now = fibers_now(l->fibers);

	ev_timer_stop(l->ev, &l->alarm);
	if (next <= now) {
		ev_run(l->ev, EVRUN_NOWAIT);
		return;
	}
	if (next != USEC_NEVER) {
		ev_timer_set(&l->alarm, (double)(next - now) / (double)SEC,
		    0.);
		ev_timer_start(l->ev, &l->alarm);
	}
	ev_run(l->ev, EVRUN_ONCE);
}

void
loop_run(struct loop *l)
{
	l->is_stopped = false;
	for (;;) {
		fibers_run(l->fibers);
		if (l->is_stopped)
			break;
		wait_for_events(l);
		fibers_fire(l->fibers);
	}
}

void
loop_stop(struct loop *l)
{
	l->is_stopped = true;
}

static void
on_signal(struct ev_loop *ev, struct ev_signal *w, int events)
{
	struct signal_watch *s = (struct signal_watch *)(void *)w;

	(void)ev, (void)events;
	s->fn(s->arg);
}

void
loop_signal(struct loop *l, int number, void (*fn)(void *), void *arg)
{
	struct signal_watch *s = calloc(1, sizeof *s);

	must(s != NULL);
	s->fn = fn;
	s->arg = arg;
	s->next = l->signals;
	l->signals = s;
	ev_signal_init(&s->ev, on_signal, number);
	ev_signal_start(l->ev, &s->ev);
}

/* ------------------------------------------------------------------------
 * Descriptors.
 */

/* Makes w listen to `events`; a no-op when it does already. */
static void
io_listen(struct loop *l, struct ev_io *w, int events)
{
	int now = ev_is_active(w) ? w->events & (EV_READ | EV_WRITE) : 0;

	if (now == events)
		return;
	ev_io_stop(l->ev, w);
	if (events == 0)
		return;
	ev_io_set(w, w->fd, events);
	ev_io_start(l->ev, w);
}

static void
on_watch(struct ev_loop *ev, struct ev_io *w, int events)
{
	struct watch *watch = (struct watch *)(void *)w;

	(void)ev;
	watch->ready(watch->arg, (events & EV_READ ? WATCH_READ : 0) |
	    (events & EV_WRITE ? WATCH_WRITE : 0));
}

struct watch *
watch_new(struct loop *l, int fd, void (*ready)(void *arg, int events),
    void *arg)
{
	struct watch *w = calloc(1, sizeof *w);

	must(w != NULL);
	w->loop = l;
	w->ready = ready;
	w->arg = arg;
	ev_io_init(&w->ev, on_watch, fd, 0);
	return w;
}

void
watch_set(struct watch *w, int events)
{
	io_listen(w->loop, &w->ev, (events & WATCH_READ ? EV_READ : 0) |
	    (events & WATCH_WRITE ? EV_WRITE : 0));
}

void
watch_free(struct watch **w)
{
	if (*w == NULL)
		return;
	ev_io_stop((*w)->loop->ev, &(*w)->ev);
	free(*w);
	*w = NULL;
}

/* A fiber that waits for one. */
struct sleeper {
	struct ev_io  ev;           /* first, as above                      */
	struct fiber *fiber;
	bool          is_told;
};

static void
on_sleeper(struct ev_loop *ev, struct ev_io *w, int events)
{
	struct sleeper *sleeper = (struct sleeper *)(void *)w;

	(void)ev, (void)events;
	sleeper->is_told = true;
	fiber_wake(sleeper->fiber);
}

static void
sleeper_start(struct loop *l, struct sleeper *s, int fd, int events)
{
	s->fiber = fiber_self();
	s->is_told = false;
	ev_io_init(&s->ev, on_sleeper, fd,
	    (events & WATCH_READ ? EV_READ : 0) |
	    (events & WATCH_WRITE ? EV_WRITE : 0));
	ev_io_start(l->ev, &s->ev);
}

WAITS int
loop_wait(struct loop *l, int fd, int events, usec_t deadline)
{
	struct sleeper s;
	int rc;

	sleeper_start(l, &s, fd, events);
	do
		rc = fiber_park(deadline);
	while (rc == 0 && !s.is_told);
	ev_io_stop(l->ev, &s.ev);
	return rc == -E_TIMEOUT && s.is_told ? 0 : rc;
}

WAITS void
loop_wait_firm(struct loop *l, int fd, int events)
{
	struct sleeper s;

	sleeper_start(l, &s, fd, events);
	while (!s.is_told)
		fiber_park_firm();
	ev_io_stop(l->ev, &s.ev);
}

/* ------------------------------------------------------------------------
 * Streams over sockets.
 */

static ssize_t
wire_read(void *io, void *p, size_t n)
{
	struct wire *w = io;
	ssize_t got;

	do {
		got = recv(w->ev.fd, p, n, 0);
	} while (got < 0 && errno == EINTR);
	if (got >= 0)
		return got;
	return errno == EAGAIN || errno == EWOULDBLOCK ? -E_AGAIN : -E_RESET;
}

static ssize_t
wire_write(void *io, const void *p, size_t n)
{
	struct wire *w = io;
	ssize_t put;

	do {
		put = send(w->ev.fd, p, n, MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	if (put >= 0)
		return put;
	return errno == EAGAIN || errno == EWOULDBLOCK ? -E_AGAIN : -E_RESET;
}

static void
wire_want(void *io, bool read, bool write)
{
	struct wire *w = io;
	int more = (read ? EV_READ : 0) | (write ? EV_WRITE : 0);
	int now = ev_is_active(&w->ev) ?
	    w->ev.events & (EV_READ | EV_WRITE) : 0;

	w->wanted |= more;
	io_listen(w->loop, &w->ev, now | more);
}

/* Reading stays on after it was told, in the hope that it is wanted again
 * before bytes come; writing, which is nearly always possible, does not. */
static void
on_wire(struct ev_loop *ev, struct ev_io *ev_io, int events)
{
	struct wire *w = (struct wire *)(void *)ev_io;
	int told = events & w->wanted, keep = EV_READ;

	(void)ev;
	w->wanted &= ~told;
	if ((events & EV_READ & ~told) != 0)
		keep = 0;
	io_listen(w->loop, &w->ev,
	    w->ev.events & (keep | w->wanted) & (EV_READ | EV_WRITE));
	stream_ready(w->stream, events & EV_READ, told & EV_WRITE);
}

static void
wire_shut(void *io)
{
	struct wire *w = io;

	(void)shutdown(w->ev.fd, SHUT_WR);
}

static void
wire_close(void *io)
{
	struct wire *w = io;

	ev_io_stop(w->loop->ev, &w->ev);
	(void)close(w->ev.fd);
	free(w);
}

static const struct stream_ops wire_ops = {
	.read = wire_read,
	.write = wire_write,
	.want = wire_want,
	.shut = wire_shut,
	.close = wire_close,
};

struct stream *
loop_stream(struct loop *l, int fd)
{
	struct wire *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->loop = l;
	ev_io_init(&w->ev, on_wire, fd, 0);
	w->stream = stream_new(l->fibers, &wire_ops, w);
	if (w->stream == NULL) {
		free(w);
		return NULL;
	}
	return w->stream;
}
