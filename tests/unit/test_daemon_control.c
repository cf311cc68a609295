/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: who finds it, what lies there already, and how many
 * talk at once.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/error.h"
#include "daemon/control.h"
#include "daemon/doors.h"
#include "run/clock.h"

static char folder[64], path[96];

static int
setup(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof folder, "/tmp/test-control-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s/control", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static int
bind_at(const char *where, const char *group, int *fd, struct fault *fault)
{
	const struct control_conf conf = { .path = str_of(where),
		.group = str_of(group) };

	return control_bind(&conf, fd, fault);
}

/* Blocking. Returns the errno. */
static int
connect_to(const char *where, int *out)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(a.sun_path, where, strlen(where));
	*out = fd;
	return connect(fd, (struct sockaddr *)&a, sizeof a) == 0 ? 0 : errno;
}

/* --- binding -------------------------------------------------------------- */

static void
test_mode(void **state)
{
	struct fault fault = { "" };
	struct stat st;
	int fd, client;

	(void)state;
	(void)umask(0);
	assert_int_equal(bind_at(path, NULL, &fd, &fault), 0);
	assert_int_equal(umask(077), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(st.st_gid, getegid());
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_int_equal(connect_to(path, &client), 0);
	close(client);
	close(fd);
}

/* Another group than ours, as far as we may: root any, others their own. */
static void
test_group(void **state)
{
	struct fault fault = { "" };
	gid_t own = getegid(), groups[64];
	int n = getgroups(COUNT(groups), groups), fd, i;
	const struct group *g = geteuid() == 0 ? getgrgid(1) : NULL;
	struct stat st;

	(void)state;
	for (i = 0; g == NULL && i < n; i++)
		if (groups[i] != own)
			g = getgrgid(groups[i]);
	if (g != NULL) {
		assert_int_equal(bind_at(path, g->gr_name, &fd, &fault), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_gid, g->gr_gid);
		assert_int_equal(st.st_mode & 07777, 0660);
		assert_int_equal(getegid(), own);
		close(fd);
	}
	assert_int_equal(bind_at(path, "no-such-group-here", &fd, &fault),
	    -E_INVALID);
	assert_non_null(strstr(fault.text, "groupadd"));
}

static void
test_stale(void **state)
{
	struct fault fault = { "" };
	int fd, again, client;

	(void)state;
	assert_int_equal(bind_at(path, NULL, &fd, &fault), 0);
	assert_int_equal(bind_at(path, NULL, &again, &fault), -E_EXISTS);
	assert_non_null(strstr(fault.text, "another posternd"));
	assert_int_equal(connect_to(path, &client), 0);  /* still there     */
	close(client);
	close(fd);
	assert_int_equal(connect_to(path, &client), ECONNREFUSED);
	close(client);
	assert_int_equal(bind_at(path, NULL, &fd, &fault), 0);
	assert_int_equal(connect_to(path, &client), 0);
	close(client);
	close(fd);
}

/* Somebody's file is not ours to remove. */
static void
test_file(void **state)
{
	struct fault fault = { "" };
	struct stat st;
	int fd;

	(void)state;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(bind_at(path, NULL, &fd, &fault), -E_IO);
	assert_non_null(strstr(fault.text, "File exists"));
	assert_non_null(strstr(fault.text, path));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void
test_folder(void **state)
{
	struct fault fault = { "" };
	char below[128], deep[160];
	struct stat st;
	int fd;

	(void)state;
	(void)snprintf(below, sizeof below, "%s/run", folder);
	(void)snprintf(deep, sizeof deep, "%s/control", below);
	assert_int_equal(bind_at(deep, NULL, &fd, &fault), 0);
	assert_int_equal(stat(below, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	close(fd);
	assert_int_equal(unlink(deep), 0);
	assert_int_equal(rmdir(below), 0);
	(void)snprintf(deep, sizeof deep, "%s/a/b/control", folder);
	assert_int_equal(bind_at(deep, NULL, &fd, &fault), -E_IO);
}

static void
test_long(void **state)
{
	struct fault fault = { "" };
	char text[200];
	int fd;

	(void)state;
	memset(text, 'a', sizeof text);
	text[0] = '/';
	text[108] = '\0';
	assert_int_equal(bind_at(text, NULL, &fd, &fault), -E_INVALID);
	assert_non_null(strstr(fault.text, "too long"));
}

/* Two generations share it; it closes with the last. */
static void
test_doors(void **state)
{
	const struct control_conf conf = { .path = str_of(path) };
	static struct doors doors;
	struct fault fault = { "" };
	int first, second, client;

	(void)state;
	assert_int_equal(doors_control(&doors, &conf, &first, &fault), 0);
	assert_int_equal(doors_control(&doors, &conf, &second, &fault), 0);
	assert_int_equal(first, second);
	doors_close(&doors, &first, 1);
	assert_int_equal(connect_to(path, &client), 0);
	close(client);
	doors_close(&doors, &second, 1);
	assert_int_equal(connect_to(path, &client), ECONNREFUSED);
	close(client);
}

/* --- conversations -------------------------------------------------------- */

static struct hall {
	struct loop         *loop;
	struct control_door *door;
	int                  fd;
	unsigned             now, most, served;
	bool                 is_slow;
} hall;

static WAITS void
serve(void *arg, struct stream *stream)
{
	struct hall *h = arg;
	enum line_end end;
	struct str line;

	if (++h->now > h->most)
		h->most = h->now;
	if (stream_line(stream, 100, 200, h->is_slow ? USEC_NEVER :
	    clock_now() + SEC, &line, &end) == 0 &&
	    stream_put(stream, STR("yes\n"), clock_now() + SEC) == 0)
		(void)stream_flush(stream, clock_now() + SEC);
	h->now--;
	h->served++;
}

static void
open_hall(void)
{
	struct fault fault;

	hall = (struct hall){ .loop = loop_new() };
	assert_int_equal(bind_at(path, NULL, &hall.fd, &fault), 0);
	hall.door = control_open(hall.loop, hall.fd, serve, &hall);
}

static WAITS void
close_main(void *arg)
{
	(void)arg;
	control_close(&hall.door);
	loop_stop(hall.loop);
}

static void
close_hall(void)
{
	assert_int_equal(fiber_start(loop_fibers(hall.loop), "end",
	    close_main, NULL, NULL), 0);
	loop_run(hall.loop);
	assert_null(hall.door);
	assert_int_equal(hall.now, 0);
	loop_free(&hall.loop);
	close(hall.fd);
}

/* The loop runs until the child has ended, or so long. */
struct stop {
	struct timer timer;
	pid_t        child;
	int          status;
	usec_t       until;
};

static void
on_stop(struct timer *t)
{
	struct stop *s = CONTAINER(t, struct stop, timer);

	if ((s->child > 0 && waitpid(s->child, &s->status, WNOHANG) ==
	    s->child) || clock_now() >= s->until)
		loop_stop(hall.loop);
	else
		timer_set(loop_fibers(hall.loop), t, clock_now() + 5 * MSEC);
}

static int
run_hall(pid_t child, usec_t span)
{
	struct stop s = { .timer = { .fire = on_stop }, .child = child,
		.status = -1, .until = clock_now() + span };

	timer_set(loop_fibers(hall.loop), &s.timer, clock_now());
	loop_run(hall.loop);
	timer_stop(loop_fibers(hall.loop), &s.timer);
	return s.status;
}

/* 10,000 of them, each in its own way rude; and those who are not get their
 * answer (catalogue 131). */
static void
storm(void)
{
	static const char *const words[] = { "", "x", "hello\n", "\n",
		"\xff\n" };
	char answer[16];
	int i, fd;

	for (i = 0; i < 10000; i++) {
		if (connect_to(path, &fd) != 0)
			_exit(1);
		if (i % 5 > 0 && send(fd, words[i % 5], strlen(words[i % 5]),
		    MSG_NOSIGNAL) < 0)
			_exit(2);
		if (i % 5 == 2 && (read(fd, answer, sizeof answer) != 4 ||
		    memcmp(answer, "yes\n", 4) != 0))
			_exit(3);
		close(fd);
	}
	_exit(0);
}

static void
test_storm(void **state)
{
	pid_t child;
	int status;

	(void)state;
	open_hall();
	child = fork();
	if (child == 0)
		storm();
	status = run_hall(child, 120 * SEC);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x",
	    (unsigned)status);
	assert_int_equal(run_hall(0, 50 * MSEC), -1);
	assert_int_equal(hall.served, 10000);
	assert_in_range(hall.most, 1, CONTROL_MOST);
	close_hall();
}

/* Sixteen who say nothing keep others outside, and no longer than they are
 * there; the end comes at once. */
static void
test_full(void **state)
{
	int fds[CONTROL_MOST + 4];
	char answer[8];
	size_t i;

	(void)state;
	open_hall();
	hall.is_slow = true;
	for (i = 0; i < COUNT(fds); i++)
		assert_int_equal(connect_to(path, &fds[i]), 0);
	(void)run_hall(0, 50 * MSEC);
	assert_int_equal(hall.now, CONTROL_MOST);
	assert_int_equal(send(fds[CONTROL_MOST], "me\n", 3, 0), 3);
	(void)run_hall(0, 50 * MSEC);
	assert_int_equal(hall.served, 0);
	close(fds[0]);
	(void)run_hall(0, 50 * MSEC);
	assert_int_equal(read(fds[CONTROL_MOST], answer, sizeof answer), 4);
	assert_int_equal(hall.most, CONTROL_MOST);
	close_hall();
	for (i = 1; i < COUNT(fds); i++)
		close(fds[i]);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_mode), T(test_group), T(test_stale), T(test_file),
		T(test_folder), T(test_long), T(test_doors), T(test_storm),
		T(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
