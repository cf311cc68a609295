/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remote and clerk: a gate on fibers here, stores in processes of their own,
 * real Maildirs between them.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/error.h"
#include "deliver/clerk.h"
#include "deliver/local.h"
#include "deliver/remote.h"
#include "run/clock.h"
#include "tests/unit/mailbox.h"

#define CLERKS 3
#define COPIES 100

/* Where a clerk ends itself by SIGKILL, or takes his time. */
enum death { LIVES, BEFORE_ALL, WRITTEN, CLAIMED, KEPT, FINDING,
	NEVER_ANSWERS, DAWDLES, SLOW_AT_LAST };

struct doomed {
	struct store  store;
	struct store *behind;
	enum death    death;
};

struct fixture {
	char                path[256], pattern[300], folder[300];
	int                 root, jobs[2], questions[2];
	struct str          users[COPIES];
	struct local_domain domains[2];
	struct local_conf   local;
	struct remote_domain far[2];
	struct outlet       outlet;
	struct remote_conf  conf;
	struct loop        *loop;
	struct world        world;
	struct store       *store;
	struct arena       *arena;
	struct sealed       message;
	struct mailbox      boxes[COPIES];
	struct copy         copies[COPIES];
	pid_t               clerks[CLERKS];
	int                 descriptors;
	void              (*body)(struct fixture *);
	char                why[200];   /* the first that did not hold  */
};

/* On a fiber: cmocka may not leave its stack. */
#define SURE(f, x, ...)                                                 \
	do {                                                            \
		if (!(x) && (f)->why[0] == '\0')                        \
			snprintf((f)->why, sizeof (f)->why,             \
			    __VA_ARGS__);                               \
	} while (0)

static usec_t
now(struct world *w)
{
	(void)w;
	return clock_now();
}

static void
randomness(struct world *w, void *p, size_t n)
{
	(void)w;
	clock_random(p, n);
}

static void
local_random(void *arg, void *p, size_t n)
{
	(void)arg;
	clock_random(p, n);
}

static usec_t
local_wall(void *arg)
{
	(void)arg;
	return clock_wall();
}

/* --- stores that die ----------------------------------------------------- */

static void
die_at(const struct doomed *d, enum death here)
{
	if (d->death == here)
		(void)raise(SIGKILL);
}

static struct doomed *
doomed_of(struct store *s)
{
	return CONTAINER(s, struct doomed, store);
}

static int
doomed_find(struct store *s, struct str domain, struct str local,
    struct arena *a, struct mailbox *box, enum find *found)
{
	die_at(doomed_of(s), FINDING);
	if (doomed_of(s)->death == NEVER_ANSWERS)
		(void)poll(NULL, 0, 10000);
	return store_find(doomed_of(s)->behind, domain, local, a, box,
	    found);
}

/* What the clerk's own store asks it, with two chances to die. */
struct asked {
	const struct doomed *doomed;
	bool (*is_wanted)(void *);
	void  *arg;
};

static bool
doomed_is_wanted(void *arg)
{
	const struct asked *a = arg;
	bool yes;

	die_at(a->doomed, WRITTEN);
	if (a->doomed->death == DAWDLES)
		(void)poll(NULL, 0, 400);
	yes = a->is_wanted(a->arg);
	die_at(a->doomed, CLAIMED);
	if (a->doomed->death == SLOW_AT_LAST)
		(void)poll(NULL, 0, 400);
	return yes;
}

static int
doomed_keep(struct store *s, const struct parcel *p,
    bool (*is_wanted)(void *), void *arg)
{
	struct asked a = { doomed_of(s), is_wanted, arg };
	int rc;

	die_at(doomed_of(s), BEFORE_ALL);
	if (doomed_of(s)->death == NEVER_ANSWERS)
		(void)poll(NULL, 0, 10000);
	rc = store_keep(doomed_of(s)->behind, p, doomed_is_wanted, &a);
	die_at(doomed_of(s), KEPT);
	return rc;
}

static int
doomed_scratch(struct store *s, int *fd)
{
	return store_scratch(doomed_of(s)->behind, fd);
}

/* --- clerks -------------------------------------------------------------- */

static void
clerk_loop(struct clerk *c, int jobs, int questions)
{
	struct pollfd fds[2] = { { jobs, POLLIN, 0 },
	    { questions, POLLIN, 0 } };
	int rc = 0;
	size_t i;

	while (rc != -E_EOF && poll(fds, 2, -1) > 0)
		for (i = 0; i < 2 && rc != -E_EOF; i++)
			if (fds[i].revents != 0)
				rc = clerk_serve(c, fds[i].fd);
}

static pid_t
clerk_start(struct fixture *f, enum death death)
{
	struct doomed d = { .death = death, .store = { doomed_find,
	    doomed_keep, doomed_scratch, NULL } };
	struct clerk c = { .store = &d.store };
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	close(f->jobs[0]);
	close(f->questions[0]);
	if (local_store(&f->local, &d.behind, NULL) != 0)
		_exit(1);
	clerk_loop(&c, f->jobs[1], f->questions[1]);
	d.behind->free(d.behind);
	_exit(0);
}

/* How it ended. */
static int
clerk_end(pid_t pid)
{
	int status = -1;

	(void)waitpid(pid, &status, 0);
	return status;
}

/* --- the gate ------------------------------------------------------------ */

static void
on_fiber(void *arg)
{
	struct fixture *f = arg;

	f->body(f);
	loop_stop(f->loop);
}

static void
run(struct fixture *f, void (*body)(struct fixture *))
{
	f->body = body;
	assert_int_equal(fiber_start(f->world.fibers, "test", on_fiber, f,
	    NULL), 0);
	loop_run(f->loop);
	/* The fiber that stopped it may leave. */
	fibers_run(f->world.fibers);
	CHECK(f->why[0] == '\0', "%s", f->why);
}

static void
address(struct fixture *f, size_t n, struct str prefix)
{
	size_t i;

	for (i = 0; i < n; i++) {
		f->boxes[i] = (struct mailbox){ STR("x.test"), f->users[i],
		    arena_printf(f->arena, "x.test/%.*s",
		    STR_ARG(f->users[i])) };
		f->copies[i] = (struct copy){ &f->boxes[i], prefix,
		    STR("") };
	}
	f->message.parcel.copies = f->copies;
	f->message.parcel.copy_count = n;
}

static int
setup(void **state)
{
	static struct fixture f;
	size_t i;

	memset(&f, 0, sizeof f);
	f.descriptors = mailbox_descriptors();
	fault_folder(f.path);
	f.root = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(f.pattern, sizeof f.pattern, "%s/%%d/%%u", f.path);
	snprintf(f.folder, sizeof f.folder, "%s/%%d/%%u", f.path);
	f.arena = arena_new(0);
	for (i = 0; i < COPIES; i++)
		f.users[i] = arena_printf(f.arena, "u%03zu", i);
	f.domains[0] = (struct local_domain){ STR("x.test"),
	    str_of(f.pattern), true, f.users, COPIES };
	f.domains[1] = (struct local_domain){ STR("y.test"),
	    str_of(f.folder), false, NULL, 0 };
	f.local = (struct local_conf){ f.domains, 2, STR("mx.test"),
	    local_random, local_wall, NULL,
	    open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0, 0 };
	if (wire_pair(f.jobs) != 0 || wire_pair(f.questions) != 0)
		return -1;
	wire_nonblock(f.jobs[1]);
	wire_nonblock(f.questions[1]);
	f.far[0] = (struct remote_domain){ STR("x.test"), str_of(f.pattern),
	    0, true, f.users, COPIES };
	f.far[1] = (struct remote_domain){ STR("y.test"), str_of(f.folder),
	    0, false, NULL, 0 };
	f.outlet = (struct outlet){ f.jobs[0], f.questions[0] };
	f.conf = (struct remote_conf){ &f.outlet, 1, f.far, 2, 500 * MSEC,
	    2 * SEC, 10 * SEC };
	f.loop = loop_new();
	f.world = (struct world){ .now = now, .random = randomness,
	    .fibers = loop_fibers(f.loop) };
	f.store = remote_store(f.loop, &f.world, &f.conf);
	message_open(&f.message, STR("A: b\r\n\r\nx\r\n"));
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	size_t i;
	int bad = 0;

	f->store->free(f->store);
	close(f->jobs[1]);
	close(f->questions[1]);
	/* Clerks end by themselves: nobody can send any more. */
	for (i = 0; i < CLERKS; i++)
		if (f->clerks[i] > 0)
			bad |= clerk_end(f->clerks[i]);
	loop_free(&f->loop);
	message_close(&f->message);
	arena_free(&f->arena);
	close(f->local.spool);
	close(f->root);
	bad |= mailbox_remove(f->path);
	return bad != 0 || mailbox_descriptors() != f->descriptors ? -1 : 0;
}

static void
start_all(struct fixture *f)
{
	size_t i;

	for (i = 0; i < CLERKS; i++)
		f->clerks[i] = clerk_start(f, LIVES);
}

static int
deliver(struct fixture *f)
{
	struct sealed m;
	int rc;

	message_again(&f->message, &m);
	rc = store_keep(f->store, &m.parcel, NULL, NULL);
	message_close(&m);
	return rc;
}

/* Files in new/ and tmp/ of all mailboxes. */
static int
mails(struct fixture *f, const char *sub)
{
	char path[64];
	int n, all = 0;
	size_t i;

	for (i = 0; i < COPIES; i++) {
		snprintf(path, sizeof path, "x.test/u%03zu/%s", i, sub);
		n = mailbox_count(f->root, path);
		all += n > 0 ? n : 0;
	}
	return all;
}

/* --- it works ------------------------------------------------------------ */

static void
one_message(struct fixture *f)
{
	address(f, 1, STR("P: q\r\n"));
	SURE(f, (deliver(f)) ==
	    0, "one_message: line %d", __LINE__);
	SURE(f, mailbox_holds(f->root, "x.test/u000/new",
	    STR("P: q\nA: b\n\nx\n")), "one_message: line %d", __LINE__);
	SURE(f, (mails(f, "tmp")) ==
	    0, "one_message: line %d", __LINE__);
}

static void
test_one(void **state)
{
	start_all(*state);
	run(*state, one_message);
}

/* Prefixes that are too long for a message (JOB_KEEP_LONG). */
static void
hundred_copies(struct fixture *f)
{
	char *text = arena_alloc(f->arena, 8000);

	memset(text, 'x', 8000);
	memcpy(text + 7998, "\r\n", 2);
	address(f, COPIES, (struct str){ text, 8000 });
	SURE(f, (deliver(f)) ==
	    0, "hundred_copies: line %d", __LINE__);
	SURE(f, (mails(f, "new")) ==
	    COPIES, "hundred_copies: line %d", __LINE__);
	SURE(f, (mails(f, "tmp")) ==
	    0, "hundred_copies: line %d", __LINE__);
}

static void
test_hundred(void **state)
{
	struct fixture *f = *state;

	f->conf.keep_time = 60 * SEC;   /* two hundred syncs                */
	start_all(f);
	run(f, hundred_copies);
}

/* --- questions ----------------------------------------------------------- */

static int
find(struct fixture *f, const char *domain, struct str local,
    enum find *found)
{
	struct mailbox box = { .domain = { "", 0 } };

	*found = FIND_FULL;
	return store_find(f->store, str_of(domain), local, f->arena, &box,
	    found);
}

static void
answers(struct fixture *f)
{
	static const struct {
		const char *domain;
		struct str  local;
		enum find   found;
		const char *why;
	} rows[] = {
		{ "x.test", { "U007", 4 }, FIND_YES, "table, case" },
		{ "x.test", { "u7", 2 }, FIND_NO, "table" },
		{ "y.test", { "Ann", 3 }, FIND_YES, "a folder, case" },
		{ "y.test", { "bob", 3 }, FIND_NO, "no folder" },
		{ "y.test", { "../y.test/ann", 13 }, FIND_NO, "a path" },
		{ "z.test", { "ann", 3 }, FIND_NO, "not ours" },
	};
	enum find found;
	size_t i;

	SURE(f, (mkdirat(f->root, "y.test", 0700)) ==
	    0, "answers: line %d", __LINE__);
	SURE(f, (mkdirat(f->root, "y.test/ann", 0700)) ==
	    0, "answers: line %d", __LINE__);
	for (i = 0; i < COUNT(rows); i++) {
		SURE(f, (find(f, rows[i].domain, rows[i].local,
		    &found)) ==
	    0, "answers: line %d", __LINE__);
		SURE(f, found == rows[i].found, "%s", rows[i].why);
	}
}

/* Nobody there: tables answer, and what was answered before; the rest is
 * temporary. */
static void
answers_alone(struct fixture *f)
{
	enum find found;

	SURE(f, (find(f, "x.test", STR("u001"), &found)) ==
	    0, "answers_alone: line %d", __LINE__);
	SURE(f, (found) ==
	    FIND_YES, "answers_alone: line %d", __LINE__);
	SURE(f, (find(f, "y.test", STR("ann"), &found)) ==
	    0, "answers_alone: line %d", __LINE__);
	SURE(f, (found) ==
	    FIND_YES, "answers_alone: line %d", __LINE__);
	SURE(f, (find(f, "y.test", STR("bob"), &found)) ==
	    0, "answers_alone: line %d", __LINE__);
	SURE(f, (found) ==
	    FIND_NO, "answers_alone: line %d", __LINE__);
	SURE(f, (find(f, "y.test", STR("eve"), &found)) ==
	    -E_TIMEOUT, "answers_alone: line %d", __LINE__);
}

static void
test_find(void **state)
{
	struct fixture *f = *state;
	pid_t pid = clerk_start(f, LIVES);

	run(f, answers);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(WTERMSIG(clerk_end(pid)), SIGKILL);
	run(f, answers_alone);
}

static void
a_file(struct fixture *f)
{
	struct stat st;
	int fd = -1;

	SURE(f, (store_scratch(f->store, &fd)) ==
	    0, "a_file: line %d", __LINE__);
	SURE(f, (write(fd, "abc", 3)) ==
	    3, "a_file: line %d", __LINE__);
	SURE(f, (fstat(fd, &st)) ==
	    0, "a_file: line %d", __LINE__);
	SURE(f, (st.st_nlink) ==
	    0, "a_file: line %d", __LINE__);
	SURE(f, (fcntl(fd, F_GETFD)) ==
	    FD_CLOEXEC, "a_file: line %d", __LINE__);
	close(fd);
}

static void
test_scratch(void **state)
{
	start_all(*state);
	run(*state, a_file);
}

/* --- killed -------------------------------------------------------------- */

static void
deliver_three(struct fixture *f)
{
	enum find found;
	int rc;

	address(f, 3, STR(""));
	rc = find(f, "y.test", STR("ann"), &found);
	SURE(f, rc == 0 || rc == -E_IO || rc == -E_TIMEOUT, "find: %d", rc);
	rc = deliver(f);
	SURE(f, rc == -E_RESET || rc == -E_TIMEOUT,
	    "the outcome is unknown, not %d", rc);
}

static void
three_more(struct fixture *f)
{
	SURE(f, deliver(f) == 0, "the next store does not deliver");
}

/* kill -9 of a store between any two steps: never a success, and the next
 * store does the next job (promises P1, P2). */
static void
test_killed(void **state)
{
	static const struct {
		enum death death;
		int        new;
	} rows[] = {
		{ FINDING, 0 }, { BEFORE_ALL, 0 }, { WRITTEN, 0 },
		{ CLAIMED, 0 }, { KEPT, 3 },
	};
	struct fixture *f = *state;
	pid_t pid;
	size_t i;

	f->conf.ask_time = f->conf.keep_time = 200 * MSEC;
	for (i = 0; i < COUNT(rows); i++) {
		pid = clerk_start(f, rows[i].death);
		run(f, deliver_three);
		CHECK(WTERMSIG(clerk_end(pid)) == SIGKILL, "row %zu", i);
		CHECK(mails(f, "new") == rows[i].new, "row %zu: %d", i,
		    mails(f, "new"));
	}
	f->conf.keep_time = 2 * SEC;
	f->clerks[0] = clerk_start(f, LIVES);
	run(f, three_more);
	assert_int_equal(mails(f, "new"), 6);
}

static void
runs_out(struct fixture *f)
{
	usec_t start = clock_now();

	address(f, 1, STR(""));
	SURE(f, (deliver(f)) ==
	    -E_TIMEOUT, "runs_out: line %d", __LINE__);
	SURE(f, clock_now() - start < SEC, "runs_out: line %d", __LINE__);
}

/* Nobody takes the job; whoever comes later does not do it any more. */
static void
test_nobody(void **state)
{
	struct fixture *f = *state;

	f->conf.keep_time = 200 * MSEC;
	run(f, runs_out);
	f->conf.keep_time = 2 * SEC;
	f->clerks[0] = clerk_start(f, LIVES);
	run(f, a_file);         /* behind the job                           */
	(void)poll(NULL, 0, 100);
	/* Not even begun: no Maildir was made. */
	assert_int_equal(mailbox_count(f->root, "x.test/u000"), -1);
}

/* --- many ---------------------------------------------------------------- */

struct crowd {
	struct fixture *f;
	unsigned left, kept, late;
};

static void
on_one(void *arg)
{
	struct crowd *c = arg;
	int rc = deliver(c->f);

	c->kept += rc == 0;
	c->late += rc == -E_TIMEOUT;
	if (--c->left == 0)
		loop_stop(c->f->loop);
}

static void
start_crowd(struct crowd *c, unsigned n)
{
	c->left = n;
	while (n-- > 0)
		assert_int_equal(fiber_start(c->f->world.fibers, "one",
		    on_one, c, NULL), 0);
}

/* More jobs than the socket holds, all of them done. */
static void
test_full(void **state)
{
	struct fixture *f = *state;
	struct crowd c = { .f = f };
	char *text = arena_alloc(f->arena, 20000);

	memset(text, 'x', 20000);
	memcpy(text + 19998, "\r\n", 2);
	address(f, 1, (struct str){ text, 20000 });
	f->conf.keep_time = 30 * SEC;
	start_crowd(&c, 100);
	fibers_run(f->world.fibers);    /* the socket is full now           */
	start_all(f);
	loop_run(f->loop);
	fibers_run(f->world.fibers);
	assert_int_equal(c.kept, 100);
	assert_int_equal(mails(f, "new"), 100);
	assert_int_equal(mails(f, "tmp"), 0);
}

/* And with nobody there each is told in time. */
static void
test_full_late(void **state)
{
	struct fixture *f = *state;
	struct crowd c = { .f = f };
	char *text = arena_alloc(f->arena, 20000);

	memset(text, 'x', 20000);
	memcpy(text + 19998, "\r\n", 2);
	address(f, 1, (struct str){ text, 20000 });
	f->conf.keep_time = 300 * MSEC;
	start_crowd(&c, 100);
	loop_run(f->loop);
	fibers_run(f->world.fibers);
	assert_int_equal(c.late, 100);
}

/* --- told to leave ------------------------------------------------------- */

struct leaver {
	struct fixture *f;
	struct fiber   *fiber;
	int             rc;
};

static void
on_leaver(void *arg)
{
	struct leaver *l = arg;

	l->rc = deliver(l->f);
}

static void
cancel(struct fixture *f)
{
	struct leaver l = { .f = f };

	address(f, 1, STR(""));
	SURE(f, (fiber_start(f->world.fibers, "leaver", on_leaver,
	    &l, &l.fiber)) ==
	    0, "cancel: line %d", __LINE__);
	SURE(f, (fiber_sleep(clock_now() + 50 * MSEC)) ==
	    0, "cancel: line %d", __LINE__);
	fiber_cancel(l.fiber);
	SURE(f, (fiber_yield()) ==
	    0, "cancel: line %d", __LINE__);
	SURE(f, (l.rc) ==
	    -E_CANCELED, "cancel: line %d", __LINE__);
}

static void
test_canceled(void **state)
{
	struct fixture *f = *state;

	run(f, cancel);
	f->clerks[0] = clerk_start(f, LIVES);
	run(f, a_file);
	(void)poll(NULL, 0, 100);
	assert_int_equal(mails(f, "new") + mails(f, "tmp"), 0);
}

/* --- who is first -------------------------------------------------------- */

/* The gate gives up while the clerk writes: it is told so at once, and what
 * was written is taken back. */
static void
too_slow(struct fixture *f)
{
	usec_t start = clock_now();

	address(f, 3, STR(""));
	SURE(f, deliver(f) == -E_TIMEOUT, "too_slow: not in time");
	SURE(f, clock_now() - start < 350 * MSEC, "too_slow: waited");
}

static void
test_gate_first(void **state)
{
	struct fixture *f = *state;
	int i;

	f->conf.keep_time = 150 * MSEC;
	f->clerks[0] = clerk_start(f, DAWDLES);
	run(f, too_slow);
	assert_int_equal(mails(f, "new"), 0);
	for (i = 0; i < 200 && mails(f, "tmp") > 0; i++)
		(void)poll(NULL, 0, 10);
	assert_int_equal(mails(f, "new") + mails(f, "tmp"), 0);
}

/* The content is the clerk's by then: the gate waits on, and says what is
 * true. */
static void
in_the_end(struct fixture *f)
{
	address(f, 3, STR(""));
	SURE(f, deliver(f) == 0, "in_the_end: it was kept");
	SURE(f, mails(f, "new") == 3, "in_the_end: not all");
}

static void
test_clerk_first(void **state)
{
	struct fixture *f = *state;

	f->conf.keep_time = 150 * MSEC;
	f->clerks[0] = clerk_start(f, SLOW_AT_LAST);
	run(f, in_the_end);
}

/* The same for a session that is told to leave. */
static void
canceled_late(struct fixture *f)
{
	struct leaver l = { .f = f };

	address(f, 1, STR(""));
	SURE(f, fiber_start(f->world.fibers, "leaver", on_leaver, &l,
	    &l.fiber) == 0, "no fiber");
	SURE(f, fiber_sleep(clock_now() + 200 * MSEC) == 0, "no sleep");
	fiber_cancel(l.fiber);
	SURE(f, fiber_sleep(clock_now() + 400 * MSEC) == 0, "no sleep");
	SURE(f, l.rc == 0, "canceled_late: %d", l.rc);
	SURE(f, mails(f, "new") == 1, "canceled_late: it was kept");
}

static void
test_canceled_late(void **state)
{
	struct fixture *f = *state;

	f->clerks[0] = clerk_start(f, SLOW_AT_LAST);
	run(f, canceled_late);
}

/* --- lies ---------------------------------------------------------------- */

static void
send_lie(struct fixture *f, const struct message *m, int rc)
{
	int got = wire_send(f->jobs[0], m);

	assert_int_equal(got, rc);
}

/* A clerk survives whatever comes, and the next job is done (catalogue
 * 132). */
static void
test_lies(void **state)
{
	struct fixture *f = *state;
	struct buf b = BUF_INIT(0);
	int pair[2], i, body = body_fd(f->message.body);
	char byte;
	struct message m;

	f->clerks[0] = clerk_start(f, LIVES);
	address(f, 1, STR(""));
	f->boxes[0].folder = STR("x.test/other");
	assert_int_equal(job_pack_parcel(&b, &f->message.parcel), 0);
	for (i = 0; i < 5; i++) {
		assert_int_equal(wire_pair(pair), 0);
		m = (struct message){ .type = JOB_KEEP, .body = STR("junk"),
		    .fds = { pair[1], body, body }, .fd_count = 2 };
		if (i == 1)             /* a mailbox that nobody has        */
			m.body = buf_str(&b);
		if (i == 2)
			m.fds[1] = pair[1];     /* no file                  */
		if (i == 3)
			m.fds[0] = body;        /* no socket                */
		if (i == 4)
			m = (struct message){ .type = JOB_KEEP_LONG,
			    .fds = { pair[1], body, body }, .fd_count = 3 };
		send_lie(f, &m, 0);
		close(pair[1]);
		if (i == 1)             /* -E_DENIED, in words              */
			assert_int_equal(recv(pair[0], &byte, 1, 0), 1);
		assert_int_equal(recv(pair[0], &byte, 1, 0), 0);
		close(pair[0]);
	}
	assert_int_equal(send(f->jobs[0], "", 0, 0), 0);
	assert_int_equal(send(f->jobs[0], "xyz", 3, 0), 3);
	run(f, one_message);
	buf_free(&b);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_one),
		TEST(test_hundred),
		TEST(test_find),
		TEST(test_scratch),
		TEST(test_killed),
		TEST(test_nobody),
		TEST(test_full),
		TEST(test_full_late),
		TEST(test_canceled),
		TEST(test_gate_first),
		TEST(test_clerk_first),
		TEST(test_canceled_late),
		TEST(test_lies),
	};

	return cmocka_run_group_tests_name("deliver_remote", tests, NULL,
	    NULL);
}
