/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * workers - the processes of a pool: each does one job at a time and waits
 * for the disk; one answers questions only, and looks at the disks.
 *
 *	parent --fork--> worker 0        questions, scratch files, free space
 *	       --fork--> worker 1..n     jobs
 *
 * Called by: pool.c.
 * Always holds:
 * - A worker ends between two jobs, never in one: when nobody can send jobs
 *   any more, or when its parent is gone. That it sees by a pipe, the
 *   lifeline, whose other end only the parent has; a signal at the parent's
 *   death would cut a job in two.
 * - One idle worker is woken for a job, not all of them (EPOLLEXCLUSIVE).
 * - Workers say nothing in the log, because their files may not grow beyond
 *   a message (RLIMIT_FSIZE); the parent tells what they left on the board.
 *
 * Source: epoll_ctl(2); catalogue 108, 120; hardening.md 6.
 */
#include "config.h"

#include "daemon/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deliver/clerk.h"
#include "deliver/local.h"
#include "run/clock.h"

#define LOOK        SEC            /* between two looks at the disks       */
#define SICK        3u             /* failed syncs, then we try ourselves  */
#define SICK_TIME   (3600 * SEC)   /* how long they count                  */
#define TRACE       (1u << 20)     /* what we put in front, at most        */
#define LONG_LIFE   (10 * SEC)     /* who lived longer is no crash loop    */
#define DELAY_MAX   (60 * SEC)

struct worker {
	pid_t  pid;         /* 0: none                                      */
	usec_t started;
	usec_t delay;       /* before this start                            */
	usec_t start_at;    /* the next one                                 */
};

struct pool {
	const struct pool_conf *conf;
	struct worker          *workers;    /* the first answers questions  */
	size_t                  count;
	int                     lifeline[2];
	unsigned                faults;     /* told of in the log           */
	bool                    is_leaving; /* the wire has ended           */
};

/* --- a worker ------------------------------------------------------------ */

static void
on_done(void *arg, unsigned type, int code)
{
	const struct pool_conf *conf = arg;

	(void)type;
	if (code == 0 || code == -E_SYNC)
		board_fault(conf->board, conf->row, code == -E_SYNC,
		    clock_now());
}

/* In: conf; a message may have twice its limit before the gate ends it. */
static void
limit_files(const struct settings *conf)
{
	struct rlimit limit;
	uint64_t most = 2 * conf->limits.message + TRACE;

	if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || most > limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max = most;
	(void)setrlimit(RLIMIT_FSIZE, &limit);
}

static void
tell_space(const struct pool_conf *conf)
{
	uint64_t bytes, inodes;

	if (local_space(conf->store, &bytes, &inodes) == 0)
		board_space(conf->board, conf->row, bytes, inodes);
}

/* While syncs fail nobody is let in, so no job would ever show that the disk
 * is well again. */
static void
look_at_disks(const struct pool_conf *conf)
{
	usec_t now = clock_now();
	int rc;

	tell_space(conf);
	if (board_faults(conf->board, now - SICK_TIME) < SICK)
		return;
	rc = local_probe(conf->store);
	if (rc != -E_FULL)
		board_fault(conf->board, conf->row, rc != 0, clock_now());
}

static int
open_epoll(int fd, int lifeline)
{
	struct epoll_event job = { .events = EPOLLIN | EPOLLEXCLUSIVE,
	    .data.fd = fd };
	struct epoll_event life = { .events = EPOLLIN, .data.fd = lifeline };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &job) == 0 &&
	    epoll_ctl(epoll, EPOLL_CTL_ADD, lifeline, &life) == 0)
		return epoll;
	return -1;
}

/* Until there is a job. False: the parent is gone, or will be. */
static bool
wait_for_job(int epoll, int lifeline, int timeout, bool *is_there)
{
	struct epoll_event events[2];
	int i, n = epoll_wait(epoll, events, COUNT(events), timeout);

	*is_there = false;
	for (i = 0; i < n; i++) {
		if (events[i].data.fd == lifeline)
			return false;
		*is_there = true;
	}
	return n >= 0 || errno == EINTR;
}

/* In: looks, whether it looks at the disks too. */
static void
work(const struct pool *p, int fd, bool looks)
{
	struct clerk clerk = { .store = p->conf->store,
	    .on_done = looks ? NULL : on_done,
	    .arg = (void *)(uintptr_t)p->conf };
	int epoll = open_epoll(fd, p->lifeline[0]), rc = 0;
	usec_t next = 0;
	bool is_there;

	while (epoll >= 0 && rc != -E_EOF && wait_for_job(epoll,
	    p->lifeline[0], looks ? (int)(LOOK / MSEC) : -1, &is_there)) {
		if (is_there)
			rc = clerk_serve(&clerk, fd);
		if (looks && clock_now() >= next) {
			look_at_disks(p->conf);
			next = clock_now() + LOOK;
		}
	}
}

static _Noreturn void
worker_main(const struct pool *p, size_t index)
{
	const struct pool_conf *conf = p->conf;
	bool looks = index == 0;
	sigset_t none;

	/* What ps calls it. */
	(void)prctl(PR_SET_NAME, looks ? "postern-lookup" : "postern-store");
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)close(p->lifeline[1]);
	(void)close(conf->wire);
	(void)close(looks ? conf->jobs : conf->questions);
	limit_files(conf->settings);
	work(p, looks ? conf->questions : conf->jobs, looks);
	_exit(0);
}

/* --- the parent ---------------------------------------------------------- */

static void
tell(const struct pool *p, const char *state, const char *name,
    int64_t number)
{
	struct event e;

	event_open(&e, LOG_ERROR, "state");
	event_word(&e, "name", STR("pool"));
	event_word(&e, "state", str_of(state));
	event_number(&e, "row", p->conf->row);
	event_number(&e, name, number);
	event_send(&e, p->conf->log);
}

/* Before the next start: none, or twice the last. */
static usec_t
delay_after(usec_t last, usec_t lived)
{
	if (lived > LONG_LIFE)
		return 0;
	if (last == 0)
		return SEC;
	return last > DELAY_MAX / 2 ? DELAY_MAX : 2 * last;
}

static void
start(struct pool *p, size_t index)
{
	struct worker *w = &p->workers[index];
	pid_t pid = fork();

	if (pid == 0)
		worker_main(p, index);
	w->started = clock_now();
	w->pid = pid > 0 ? pid : 0;
	if (pid > 0)
		return;
	w->delay = delay_after(w->delay, 0);
	w->start_at = w->started + w->delay;
}

static void
start_due(struct pool *p)
{
	usec_t now = clock_now();
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->workers[i].pid == 0 && now >= p->workers[i].start_at)
			start(p, i);
}

static void
reap(struct pool *p)
{
	struct worker *w;
	usec_t now = clock_now();
	int status;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < p->count; i++) {
			w = &p->workers[i];
			if (w->pid != pid)
				continue;
			w->pid = 0;
			w->delay = delay_after(w->delay, now - w->started);
			w->start_at = now + w->delay;
			if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
				tell(p, "store-died", "status", status);
		}
}

static size_t
count_live(const struct pool *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->count; i++)
		n += p->workers[i].pid != 0;
	return n;
}

/* Sync faults since they were last told of. */
static void
tell_faults(struct pool *p)
{
	unsigned n = board_faults(p->conf->board, clock_now() - SICK_TIME);

	if (n > p->faults)
		tell(p, "sync-failed", "faults", n);
	p->faults = n;
}

static void
on_child(int number)
{
	(void)number;
}

/* One turn: a second, or until a worker ends, or the wire; then, until nobody
 * can send jobs. Returns whether to go on. */
static bool
look_after(struct pool *p, const sigset_t *waiting)
{
	const struct timespec second = { .tv_sec = 1 };
	struct pollfd fds = { .fd = p->is_leaving ? p->conf->jobs :
	    p->conf->wire, .events = p->is_leaving ? 0 : POLLIN };
	ssize_t n;
	char byte;

	board_beat(p->conf->board, p->conf->row, clock_now());
	start_due(p);
	tell_faults(p);
	if (ppoll(&fds, 1, &second, waiting) > 0) {
		if (p->is_leaving)
			return false;
		n = recv(p->conf->wire, &byte, 1, MSG_DONTWAIT);
		p->is_leaving = n == 0 || (n < 0 && errno != EAGAIN);
	}
	reap(p);
	return true;
}

/* What is under way is finished. */
static void
wait_for_workers(struct pool *p, const sigset_t *waiting)
{
	const struct timespec second = { .tv_sec = 1 };

	(void)close(p->lifeline[1]);
	for (reap(p); count_live(p) > 0; reap(p)) {
		board_beat(p->conf->board, p->conf->row, clock_now());
		(void)ppoll(NULL, 0, &second, waiting);
	}
	(void)close(p->lifeline[0]);
}

/* SIGCHLD comes while we wait, and only then. */
static void
catch_children(sigset_t *waiting)
{
	struct sigaction act = { .sa_handler = on_child };
	sigset_t child;

	(void)sigaction(SIGCHLD, &act, NULL);
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, waiting);
	(void)sigdelset(waiting, SIGCHLD);
}

void
pool_serve(const struct pool_conf *conf)
{
	struct pool p = { .conf = conf,
	    .count = (size_t)conf->settings->processes.stores + 1 };
	sigset_t waiting;

	p.workers = calloc(p.count, sizeof *p.workers);
	must(p.workers != NULL);
	if (pipe2(p.lifeline, O_CLOEXEC) != 0) {
		free(p.workers);
		return;
	}
	wire_nonblock(conf->jobs);
	wire_nonblock(conf->questions);
	catch_children(&waiting);
	tell_space(conf);
	while (look_after(&p, &waiting))
		continue;
	wait_for_workers(&p, &waiting);
	free(p.workers);
}
