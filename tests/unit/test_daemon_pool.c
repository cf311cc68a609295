/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool: workers that are really forked, killed while they work, and ended in
 * order. The gate's half is here, on fibers.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "daemon/pool.h"
#include "deliver/local.h"
#include "deliver/remote.h"
#include "run/clock.h"
#include "run/wire.h"
#include "tests/unit/mailbox.h"

#define STORES 3

struct fixture {
	char                 path[256], pattern[300];
	int                  root, jobs[2], questions[2], wire[2];
	struct str           users[1];
	struct local_domain  domain;
	struct local_conf    local;
	struct remote_domain far;
	struct outlet        outlet;
	struct remote_conf   conf;
	struct loop         *loop;
	struct world         world;
	struct store        *store;
	struct settings      settings;
	struct board        *board;
	struct sealed        message;
	struct mailbox       box;
	struct copy          copy;
	pid_t                pool;
	unsigned             row;
	unsigned             left, kept, lost, unknown;
	void               (*body)(struct fixture *);
};

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

static void
no_line(struct sink *s, enum level level, struct str line)
{
	(void)s, (void)level, (void)line;
}

/* The process that a supervisor would have started. */
static _Noreturn void
pool_process(struct fixture *f)
{
	struct sink sink = { no_line, 0 };
	struct pool_conf conf = { .settings = &f->settings,
	    .board = f->board, .log = &sink, .row = f->row, .jobs = f->jobs[1],
	    .questions = f->questions[1], .wire = f->wire[1] };

	close(f->jobs[0]);
	close(f->questions[0]);
	close(f->wire[0]);
	board_take(f->board, f->row);
	if (local_store(&f->local, &conf.store, NULL) != 0)
		_exit(1);
	pool_serve(&conf);
	_exit(0);
}

static void
pool_start(struct fixture *f)
{
	f->pool = fork();
	if (f->pool == 0)
		pool_process(f);
	assert_true(f->pool > 0);
}

static int
setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	fault_folder(f.path);
	f.root = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(f.pattern, sizeof f.pattern, "%s/%%d/%%u", f.path);
	f.users[0] = STR("ann");
	f.domain = (struct local_domain){ STR("x.test"), str_of(f.pattern),
	    true, f.users, 1 };
	f.local = (struct local_conf){ &f.domain, 1, STR("mx.test"),
	    local_random, local_wall, NULL, -1, 0, 0 };
	f.settings.processes.stores = STORES;
	f.settings.limits.message = 1 << 20;
	if (wire_pair(f.jobs) != 0 || wire_pair(f.questions) != 0 ||
	    wire_pair(f.wire) != 0)
		return -1;
	f.board = board_new();
	f.row = board_enter(f.board);
	f.far = (struct remote_domain){ STR("x.test"), str_of(f.pattern), 0,
	    true, f.users, 1 };
	f.outlet = (struct outlet){ f.jobs[0], f.questions[0] };
	f.conf = (struct remote_conf){ &f.outlet, 1, &f.far, 1, 5 * SEC,
	    20 * SEC, 0 };
	f.loop = loop_new();
	f.world = (struct world){ .now = now, .random = randomness,
	    .fibers = loop_fibers(f.loop) };
	f.store = remote_store(f.loop, &f.world, &f.conf);
	message_open(&f.message, STR("A: b\r\n\r\nx\r\n"));
	f.box = (struct mailbox){ STR("x.test"), STR("ann"),
	    STR("x.test/ann") };
	f.copy = (struct copy){ &f.box, STR(""), STR("") };
	f.message.parcel.copies = &f.copy;
	f.message.parcel.copy_count = 1;
	*state = &f;
	return 0;
}

/* In the order of a supervisor: the wire, then the last gate. */
static int
teardown(void **state)
{
	struct fixture *f = *state;
	int status = 0;

	close(f->wire[0]);
	close(f->wire[1]);
	if (f->store != NULL)
		f->store->free(f->store);
	close(f->jobs[1]);
	close(f->questions[1]);
	if (f->pool > 0)
		(void)waitpid(f->pool, &status, 0);
	loop_free(&f->loop);
	board_free(&f->board);
	message_close(&f->message);
	close(f->root);
	return mailbox_remove(f->path) != 0 || status != 0 ? -1 : 0;
}

static void
on_one(void *arg)
{
	struct fixture *f = arg;
	struct sealed m;
	int rc;

	message_again(&f->message, &m);
	rc = store_keep(f->store, &m.parcel, NULL, NULL);
	message_close(&m);
	f->kept += rc == 0;
	f->unknown += rc == -E_RESET;
	f->lost += rc != 0 && rc != -E_RESET;
	if (--f->left == 0)
		loop_stop(f->loop);
}

static void
deliver_many(struct fixture *f, unsigned n)
{
	f->left = n;
	while (n-- > 0)
		assert_int_equal(fiber_start(f->world.fibers, "one", on_one,
		    f, NULL), 0);
	loop_run(f->loop);
	fibers_run(f->world.fibers);
}

/* Processes whose parent is the pool. */
static size_t
workers_of(pid_t pool, pid_t *out, size_t most)
{
	char path[64], text[512];
	struct str rest;
	uint64_t pid;
	ssize_t n;
	size_t count = 0;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pool, pool);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof text);
	if (fd >= 0)
		close(fd);
	rest = (struct str){ text, n < 0 ? 0 : (size_t)n };
	while (rest.p != NULL && count < most)
		if (str_number(str_split(&rest, ' '), 1 << 30, &pid) == 0)
			out[count++] = (pid_t)pid;
	return count;
}

static size_t
wait_for(pid_t pool, size_t want, pid_t *out)
{
	size_t n = 0;
	int i;

	for (i = 0; i < 300; i++) {
		n = workers_of(pool, out, 16);
		if (n == want)
			break;
		(void)poll(NULL, 0, 10);
	}
	return n;
}

static void
test_delivers(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes, inodes;
	pid_t all[16];

	pool_start(f);
	deliver_many(f, 200);
	assert_int_equal(f->kept, 200);
	assert_int_equal(mailbox_count(f->root, "x.test/ann/new"), 200);
	assert_int_equal(mailbox_count(f->root, "x.test/ann/tmp"), 0);
	assert_int_equal(wait_for(f->pool, STORES + 1, all), STORES + 1);
	/* What the others look at (catalogue 107). */
	assert_true(board_last_beat(f->board, f->row) > 0);
	board_least_space(f->board, &bytes, &inodes);
	assert_true(bytes > 0 && bytes < UINT64_MAX);
	assert_int_equal(board_faults(f->board, 0), 0);
}

/* kill -9 of workers under load: nothing that was acknowledged is missing,
 * and others take their place (promise P1). */
static void
test_killed(void **state)
{
	struct fixture *f = *state;
	pid_t all[16];
	unsigned round;
	int there;
	size_t n;

	pool_start(f);
	for (round = 0; round < 3; round++) {
		n = wait_for(f->pool, STORES + 1, all);
		assert_int_equal(n, STORES + 1);
		f->left = 60;
		for (n = 0; n < 60; n++)
			assert_int_equal(fiber_start(f->world.fibers, "one",
			    on_one, f, NULL), 0);
		fibers_run(f->world.fibers);
		(void)kill(all[1 + round % STORES], SIGKILL);
		(void)kill(all[0], SIGKILL);
		loop_run(f->loop);
		fibers_run(f->world.fibers);
	}
	there = mailbox_count(f->root, "x.test/ann/new");
	assert_true(there >= (int)f->kept);
	assert_true(there <= (int)(f->kept + f->unknown));
	assert_true(f->kept > 100);
	assert_int_equal(f->kept + f->lost + f->unknown, 180);
}

static bool
is_alive(pid_t pid)
{
	char path[64], text[256];
	const char *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	p = strrchr(text, ')');
	return p != NULL && p[2] != 'Z';
}

/* A parent killed by -9 leaves nobody behind. */
static void
test_parent_killed(void **state)
{
	struct fixture *f = *state;
	pid_t all[16];
	size_t i, n, left = 1;
	int k;

	pool_start(f);
	deliver_many(f, 10);
	n = wait_for(f->pool, STORES + 1, all);
	assert_int_equal(n, STORES + 1);
	assert_int_equal(kill(f->pool, SIGKILL), 0);
	(void)waitpid(f->pool, NULL, 0);
	f->pool = 0;
	for (k = 0; k < 300 && left > 0; k++) {
		(void)poll(NULL, 0, 10);
		for (left = i = 0; i < n; i++)
			left += is_alive(all[i]);
	}
	assert_int_equal(left, 0);
	/* Another takes up the same sockets. */
	f->kept = 0;
	pool_start(f);
	deliver_many(f, 10);
	assert_int_equal(f->kept, 10);
}

/* The wire alone does not end it: while a gate is there, it is served. */
static void
test_wire_first(void **state)
{
	struct fixture *f = *state;

	pool_start(f);
	deliver_many(f, 5);
	assert_int_equal(shutdown(f->wire[0], SHUT_RDWR), 0);
	(void)poll(NULL, 0, 200);
	deliver_many(f, 20);
	assert_int_equal(f->kept, 25);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_delivers),
		TEST(test_killed),
		TEST(test_parent_killed),
		TEST(test_wire_first),
	};

	return cmocka_run_group_tests_name("daemon_pool", tests, NULL, NULL);
}
