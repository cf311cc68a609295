/* SPDX-License-Identifier: BSD-2-Clause */
/* wire: whole messages or none, and no descriptor is left over. */
#include "tests/unit/check.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "run/wire.h"

enum { TEXT, GIFT, HOLE, BIG, TYPES };

static const struct wire_type types[TYPES] = {
	[TEXT] = { 16, 0, true },
	[GIFT] = { 4, 2, true },
	[BIG]  = { WIRE_BODY, 0, true },
};

static const struct wire_protocol protocol = { types, TYPES };

struct pair {
	int   fds[2];
	char *room;
	int   lowest;      /* of the free descriptors, when all is closed  */
};

/* The number that the next descriptor will have: it is the same afterwards
 * when none is left open. */
static int
next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	close(fd);
	return fd;
}

static int
setup(void **state)
{
	static struct pair p;

	p.room = malloc(WIRE_ROOM);
	*state = &p;
	if (p.room == NULL || wire_pair(p.fds) != 0)
		return -1;
	wire_nonblock(p.fds[1]);
	p.lowest = next_fd();
	return 0;
}

static int
teardown(void **state)
{
	struct pair *p = *state;
	int lowest = next_fd();

	close(p->fds[0]);
	close(p->fds[1]);
	free(p->room);
	return lowest == p->lowest ? 0 : -1;
}

static void
test_round_trip(void **state)
{
	struct pair *p = *state;
	struct message in, out = { .type = GIFT, .body = STR("abcd"),
	    .fds = { 0, 1 }, .fd_count = 2 };

	assert_int_equal(wire_send(p->fds[0], &out), 0);
	assert_int_equal(wire_recv(p->fds[1], &protocol, p->room, &in), 0);
	assert_int_equal(in.type, GIFT);
	assert_str(in.body, "abcd");
	assert_int_equal(in.fd_count, 2);
	assert_true(in.fds[0] != in.fds[1]);
	assert_int_equal(fcntl(in.fds[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(in.fds[1], F_GETFD), FD_CLOEXEC);
	wire_discard(&in);
	assert_int_equal(in.fd_count, 0);
	assert_int_equal(wire_recv(p->fds[1], &protocol, p->room, &in),
	    -E_AGAIN);
}

static void
test_longest(void **state)
{
	struct pair *p = *state;
	char *text = malloc(WIRE_BODY);
	struct message in, out = { .type = BIG,
	    .body = { text, WIRE_BODY } };

	assert_non_null(text);
	memset(text, 'x', WIRE_BODY);
	assert_int_equal(wire_send(p->fds[0], &out), 0);
	assert_int_equal(wire_recv(p->fds[1], &protocol, p->room, &in), 0);
	assert_true(str_eq(in.body, out.body));
	free(text);
}

/* A message by hand: whatever a broken peer may send (catalogue 132). */
static void
send_raw(int fd, const void *p, size_t n, unsigned fds)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(8 * sizeof (int))];
	} control = { .room = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int list[8] = { 0 };

	if (fds > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(fds * sizeof (int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(fds * sizeof (int));
		memcpy(CMSG_DATA(&control.head), list, fds * sizeof (int));
	}
	assert_int_equal(sendmsg(fd, &m, MSG_NOSIGNAL), (ssize_t)n);
}

struct raw {
	uint32_t type, length;
	uint64_t build;
	char     body[WIRE_BODY];
};

static void
test_improper(void **state)
{
	static const struct {
		uint32_t    type, length;
		size_t      sent;
		unsigned    fds;
		uint64_t    other_build;
		int         rc;
		const char *why;
	} rows[] = {
		{ TEXT, 3, 19, 0, 0, 0, "proper" },
		{ TEXT, 16, 32, 0, 0, 0, "as long as it may be" },
		{ GIFT, 0, 16, 2, 0, 0, "proper, with descriptors" },
		{ TEXT, 3, 19, 0, 1, -E_INVALID, "another build" },
		{ TEXT, 4, 19, 0, 0, -E_INVALID, "shorter than it says" },
		{ TEXT, 2, 19, 0, 0, -E_INVALID, "longer than it says" },
		{ TEXT, 17, 33, 0, 0, -E_INVALID, "over the table" },
		{ TEXT, 3, 19, 1, 0, -E_INVALID, "a descriptor too many" },
		{ GIFT, 0, 16, 1, 0, -E_INVALID, "one too few" },
		{ GIFT, 0, 16, 4, 0, -E_INVALID, "too many, all fit" },
		{ GIFT, 0, 16, 8, 0, -E_INVALID, "more than fit" },
		{ HOLE, 0, 16, 0, 0, -E_INVALID, "no such type" },
		{ TYPES, 0, 16, 0, 0, -E_INVALID, "past the table" },
		{ UINT32_MAX, 0, 16, 0, 0, -E_INVALID, "far past it" },
		{ TEXT, 0, 15, 0, 0, -E_INVALID, "no whole header" },
		{ TEXT, 0, 1, 4, 0, -E_INVALID, "one byte, descriptors" },
	};
	struct pair *p = *state;
	struct raw *raw = calloc(1, sizeof *raw);
	struct message m;
	size_t i;
	int rc;

	assert_non_null(raw);
	for (i = 0; i < COUNT(rows); i++) {
		raw->type = rows[i].type;
		raw->length = rows[i].length;
		raw->build = wire_build() ^ rows[i].other_build;
		send_raw(p->fds[0], raw, rows[i].sent, rows[i].fds);
		rc = wire_recv(p->fds[1], &protocol, p->room, &m);
		CHECK(rc == rows[i].rc, "%s: %d", rows[i].why, rc);
		if (rc == 0)
			wire_discard(&m);
		CHECK(next_fd() == p->lowest, "%s: left open", rows[i].why);
	}
	free(raw);
}

/* More than any message of ours has. */
static void
test_truncated(void **state)
{
	struct pair *p = *state;
	struct message m;
	char *text = calloc(1, WIRE_ROOM + 1);

	assert_non_null(text);
	send_raw(p->fds[0], text, WIRE_ROOM + 1, 0);
	free(text);
	assert_int_equal(wire_recv(p->fds[1], &protocol, p->room, &m),
	    -E_INVALID);
}

/* An empty packet is no end of file; the end is. */
static void
test_empty_and_end(void **state)
{
	struct pair *p = *state;
	struct message m, out = { .type = TEXT, .body = STR("last") };

	send_raw(p->fds[0], "", 0, 0);
	assert_int_equal(wire_recv(p->fds[1], &protocol, p->room, &m),
	    -E_INVALID);
	assert_int_equal(wire_send(p->fds[0], &out), 0);
	assert_int_equal(shutdown(p->fds[0], SHUT_RDWR), 0);
	assert_int_equal(wire_recv(p->fds[1], &protocol, p->room, &m), 0);
	assert_str(m.body, "last");
	assert_int_equal(wire_recv(p->fds[1], &protocol, p->room, &m),
	    -E_EOF);
	assert_int_equal(wire_send(p->fds[1], &out), -E_RESET);
}

/* A full socket takes nothing of a message, and all of it later. */
static void
test_full(void **state)
{
	struct pair *p = *state;
	struct message m, out = { .type = GIFT, .body = STR("abcd"),
	    .fds = { 0, 1 }, .fd_count = 2 };
	size_t sent = 0, got = 0;
	int rc;

	wire_nonblock(p->fds[0]);
	while ((rc = wire_send(p->fds[0], &out)) == 0)
		sent++;
	assert_int_equal(rc, -E_AGAIN);
	assert_true(sent > 1);
	while (wire_recv(p->fds[1], &protocol, p->room, &m) == 0) {
		wire_discard(&m);
		got++;
	}
	assert_int_equal(got, sent);
	assert_int_equal(wire_send(p->fds[0], &out), 0);
	assert_int_equal(wire_recv(p->fds[1], &protocol, p->room, &m), 0);
	wire_discard(&m);
}

/* Descriptors that could not be had: the message is none, nothing leaks. */
static void
test_no_descriptors(void **state)
{
	struct pair *p = *state;
	struct rlimit old, few;
	struct message m, out = { .type = GIFT, .body = STR("abcd"),
	    .fds = { 0, 1 }, .fd_count = 2 };
	int rc;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = (struct rlimit){ (rlim_t)p->lowest + 1, old.rlim_max };
	assert_int_equal(wire_send(p->fds[0], &out), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	rc = wire_recv(p->fds[1], &protocol, p->room, &m);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(rc, -E_INVALID);
}

static void
test_build(void **state)
{
	(void)state;
	assert_true(wire_build() != 0);
	assert_true(wire_build() == wire_build());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_longest, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_improper, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_truncated, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_empty_and_end, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_descriptors, setup,
		    teardown),
		cmocka_unit_test(test_build),
	};

	return cmocka_run_group_tests_name("run_wire", tests, NULL, NULL);
}
