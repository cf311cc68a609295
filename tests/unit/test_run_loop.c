/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop over real descriptors: socket pairs, loopback TCP, signals.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/clock.h"
#include "run/loop.h"
#include "tests/unit/run_lab.h"

#define CLIENTS 100

struct field {
	struct loop     *loop;
	struct fibers   *fibers;
	struct stream   *a, *b;
	int              fd[2];         /* a socket pair; b stands on fd[1] */
	char             trail[512];
	int              rc, calls;
	struct listener *listener;
	int              listening;
	unsigned         port;
	int              client[CLIENTS], accepted[CLIENTS];
	unsigned         peer_port[CLIENTS];
	int              count, most;
	struct timer     timer;
	struct watch    *watch;
	struct sink      sink;
	char             told[256];     /* the last line                    */
	int              lines;
};

static int
field_open(void **state)
{
	struct field *f = calloc(1, sizeof *f);

	f->loop = loop_new();
	f->fibers = loop_fibers(f->loop);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0, f->fd), 0);
	f->b = loop_stream(f->loop, f->fd[1]);
	*state = f;
	return 0;
}

static int
field_close(void **state)
{
	struct field *f = *state;

	stream_free(&f->a);
	stream_free(&f->b);
	if (f->fd[0] >= 0)
		(void)close(f->fd[0]);
	loop_free(&f->loop);
	free(f);
	return 0;
}

static void
say(struct field *f, const char *word)
{
	size_t n = strlen(f->trail);

	(void)snprintf(f->trail + n, sizeof f->trail - n, "%s%s",
	    n > 0 ? " " : "", word);
}

static const char *
rc_word(int rc)
{
	return rc == 0 ? "ok" : error_word(rc);
}

static void
go(struct field *f, void (*fn)(void *))
{
	assert_int_equal(fiber_start(f->fibers, "test", fn, f, NULL), 0);
}

static usec_t
soon(usec_t span)
{
	return clock_now() + span;
}

static void
stops(struct timer *t)
{
	loop_stop(CONTAINER(t, struct field, timer)->loop);
}

static void
run_for(struct field *f, usec_t span)
{
	f->timer.fire = stops;
	timer_set(f->fibers, &f->timer, soon(span));
	loop_run(f->loop);
	timer_stop(f->fibers, &f->timer);
}

/* ---- time -------------------------------------------------------------- */

static void
sleeps_long(void *arg)
{
	struct field *f = arg;

	f->rc = fiber_sleep(soon(40 * MSEC));
	say(f, "long");
	loop_stop(f->loop);
}

static void
sleeps_short(void *arg)
{
	assert_int_equal(fiber_sleep(soon(10 * MSEC)), 0);
	say(arg, "short");
}

static void
sleeps_take_their_time(void **state)
{
	struct field *f = *state;
	usec_t before = clock_now(), span;

	go(f, sleeps_long);
	go(f, sleeps_short);
	loop_run(f->loop);
	span = clock_now() - before;
	assert_string_equal(f->trail, "short long");
	assert_in_range(span, 40 * MSEC, 2 * SEC);
}

/* ---- streams ----------------------------------------------------------- */

static void
echoes_lines(void *arg)
{
	struct field *f = arg;
	enum line_end end;
	struct str line;
	int rc;

	while ((rc = stream_line(f->b, 100, 100, soon(SEC), &line, &end))
	    == 0) {
		assert_int_equal(end, LINE_CRLF);
		assert_int_equal(stream_put(f->b, line, soon(SEC)), 0);
		assert_int_equal(stream_put(f->b, STR("!\r\n"), soon(SEC)),
		    0);
		assert_int_equal(stream_flush(f->b, soon(SEC)), 0);
	}
	say(f, rc_word(rc));
	loop_stop(f->loop);
}

static void
lines_cross_a_socket(void **state)
{
	struct field *f = *state;
	char got[32];

	go(f, echoes_lines);
	assert_int_equal(write(f->fd[0], "one\r\ntwo\r\n", 10), 10);
	assert_int_equal(shutdown(f->fd[0], SHUT_WR), 0);
	loop_run(f->loop);
	assert_int_equal(read(f->fd[0], got, sizeof got), 12);
	assert_memory_equal(got, "one!\r\ntwo!\r\n", 12);
	assert_string_equal(f->trail, "eof");
}

struct flow {
	struct field  *field;
	struct stream *from, *to;
	size_t         total, got;
	uint32_t       seed;
	int            rc;
	int           *open;
};

static char
flow_byte(const struct flow *w, size_t i)
{
	return (char)((i * 2654435761u + w->seed) >> 13);
}

static void
flow_sends(void *arg)
{
	struct flow *w = arg;
	char block[1000];
	size_t i, n, sent = 0;

	while (w->rc == 0 && sent < w->total) {
		n = w->total - sent < sizeof block ? w->total - sent :
		    sizeof block;
		for (i = 0; i < n; i++)
			block[i] = flow_byte(w, sent + i);
		w->rc = stream_put(w->to, (struct str){ block, n },
		    soon(10 * SEC));
		sent += n;
	}
	if (w->rc == 0)
		w->rc = stream_flush(w->to, soon(10 * SEC));
	stream_shut(w->to);
}

static void
flow_receives(void *arg)
{
	struct flow *w = arg;
	struct str have;
	size_t i;
	int rc;

	while ((rc = stream_fill(w->from, soon(10 * SEC))) == 0) {
		have = stream_pending(w->from);
		for (i = 0; i < have.len; i++)
			assert_int_equal(have.p[i], flow_byte(w, w->got + i));
		w->got += have.len;
		stream_consume(w->from, have.len);
	}
	assert_int_equal(rc, -E_EOF);
	if (--*w->open == 0)
		loop_stop(w->field->loop);
}

/* Both ways at once through small socket buffers: writes are partial, and
 * each stream has a fiber that reads and another that writes. */
static void
much_crosses_both_ways(void **state)
{
	struct field *f = *state;
	int small = 4096, open = 2;
	struct flow there = { f, NULL, NULL, 700001, 0, 1, 0, &open };
	struct flow back = { f, NULL, NULL, 500003, 0, 2, 0, &open };

	assert_int_equal(setsockopt(f->fd[0], SOL_SOCKET, SO_SNDBUF, &small,
	    sizeof small), 0);
	assert_int_equal(setsockopt(f->fd[1], SOL_SOCKET, SO_SNDBUF, &small,
	    sizeof small), 0);
	f->a = loop_stream(f->loop, f->fd[0]);
	f->fd[0] = -1;
	there.to = back.from = f->a;
	there.from = back.to = f->b;
	assert_int_equal(fiber_start(f->fibers, "ts", flow_sends, &there,
	    NULL), 0);
	assert_int_equal(fiber_start(f->fibers, "bs", flow_sends, &back,
	    NULL), 0);
	assert_int_equal(fiber_start(f->fibers, "tr", flow_receives, &there,
	    NULL), 0);
	assert_int_equal(fiber_start(f->fibers, "br", flow_receives, &back,
	    NULL), 0);
	loop_run(f->loop);
	assert_int_equal(there.rc, 0);
	assert_int_equal(back.rc, 0);
	assert_int_equal(there.got, there.total);
	assert_int_equal(back.got, back.total);
}

static void
writes_to_nobody(void *arg)
{
	struct field *f = arg;

	f->rc = stream_put(f->b, STR("x"), soon(SEC));
	if (f->rc == 0)
		f->rc = stream_flush(f->b, soon(SEC));
	say(f, rc_word(f->rc));
	say(f, rc_word(stream_say(f->b, STR("y"))));
	loop_stop(f->loop);
}

/* The default action of SIGPIPE would end this test. */
static void
a_closed_peer_is_an_error_and_no_signal(void **state)
{
	struct field *f = *state;

	(void)close(f->fd[0]);
	f->fd[0] = -1;
	go(f, writes_to_nobody);
	loop_run(f->loop);
	assert_string_equal(f->trail, "reset reset");
}

static void
reads_once(void *arg)
{
	struct field *f = arg;

	f->rc = stream_fill(f->b, soon(30 * MSEC));
	say(f, rc_word(f->rc));
	loop_stop(f->loop);
}

static void
silence_ends_at_the_deadline(void **state)
{
	struct field *f = *state;
	usec_t before = clock_now();

	go(f, reads_once);
	loop_run(f->loop);
	assert_string_equal(f->trail, "timeout");
	assert_in_range(clock_now() - before, 30 * MSEC, 2 * SEC);
	assert_int_equal(write(f->fd[0], "x", 1), 1);
	go(f, reads_once);
	loop_run(f->loop);
	assert_string_equal(f->trail, "timeout ok");
}

static void
hears(void *arg)
{
	struct field *f = arg;

	assert_null(fiber_self());
	say(f, "bytes");
	go(f, reads_once);
}

static void
the_first_byte_starts_a_fiber(void **state)
{
	struct field *f = *state;

	stream_on_bytes(f->b, hears, f);
	run_for(f, 5 * MSEC);
	assert_string_equal(f->trail, "");
	assert_int_equal(write(f->fd[0], "x", 1), 1);
	loop_run(f->loop);
	assert_string_equal(f->trail, "bytes ok");
	assert_true(str_eq(stream_pending(f->b), STR("x")));
}

/* A client that talks while nobody reads must not keep the loop busy, and
 * what it said is there later. */
static void
talking_ahead_does_not_spin(void **state)
{
	struct field *f = *state;
	usec_t cpu;

	go(f, reads_once);
	assert_int_equal(write(f->fd[0], "x", 1), 1);
	loop_run(f->loop);
	assert_int_equal(write(f->fd[0], "yz", 2), 2);
	cpu = clock_cpu();
	run_for(f, 200 * MSEC);
	assert_in_range(clock_cpu() - cpu, 0, 100 * MSEC);
	go(f, reads_once);
	loop_run(f->loop);
	assert_string_equal(f->trail, "ok ok");
	assert_true(str_eq(stream_pending(f->b), STR("xyz")));
	go(f, reads_once);
	assert_int_equal(write(f->fd[0], "!", 1), 1);
	loop_run(f->loop);
	assert_true(str_eq(stream_pending(f->b), STR("xyz!")));
}

/* The next stream has the number of the one before. */
static void
a_descriptor_can_be_used_again(void **state)
{
	struct field *f = *state;
	int old = f->fd[1];

	go(f, reads_once);
	assert_int_equal(write(f->fd[0], "x", 1), 1);
	loop_run(f->loop);
	stream_free(&f->b);
	(void)close(f->fd[0]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    f->fd), 0);
	assert_true(f->fd[0] == old || f->fd[1] == old);
	f->b = loop_stream(f->loop, f->fd[1]);
	f->a = loop_stream(f->loop, f->fd[0]);
	go(f, reads_once);
	assert_int_equal(stream_say(f->a, STR("y")), 0);
	loop_run(f->loop);
	f->fd[0] = -1;
	assert_string_equal(f->trail, "ok ok");
	assert_true(str_eq(stream_pending(f->b), STR("y")));
}

static void
yields_until_stopped(void *arg)
{
	struct field *f = arg;

	while (f->calls++ < 1000000 && !fiber_is_canceled(fiber_self()) &&
	    f->rc == 0)
		assert_int_equal(fiber_yield(), 0);
	loop_stop(f->loop);
}

static void
reads_and_stops_the_other(void *arg)
{
	struct field *f = arg;

	assert_int_equal(stream_fill(f->b, soon(5 * SEC)), 0);
	f->rc = 1;
}

/* A fiber that computes and yields leaves descriptors their turn. */
static void
a_busy_fiber_that_yields_blocks_nobody(void **state)
{
	struct field *f = *state;

	go(f, yields_until_stopped);
	go(f, reads_and_stops_the_other);
	assert_int_equal(write(f->fd[0], "x", 1), 1);
	loop_run(f->loop);
	assert_in_range(f->calls, 1, 100);
}

/* ---- watches and signals ----------------------------------------------- */

static void
is_ready(void *arg, int events)
{
	struct field *f = arg;

	assert_null(fiber_self());
	assert_int_equal(events, WATCH_READ);
	if (++f->calls == 3) {
		watch_free(&f->watch);
		loop_stop(f->loop);
	}
}

static void
a_watch_is_level_triggered(void **state)
{
	struct field *f = *state;
	int pair[2];

	assert_int_equal(pipe(pair), 0);
	f->watch = watch_new(f->loop, pair[0], is_ready, f);
	assert_int_equal(write(pair[1], "x", 1), 1);
	run_for(f, 2 * MSEC);
	assert_int_equal(f->calls, 0);          /* nothing was asked for    */
	watch_set(f->watch, WATCH_READ);
	watch_set(f->watch, 0);
	run_for(f, 2 * MSEC);
	assert_int_equal(f->calls, 0);
	watch_set(f->watch, WATCH_READ);
	loop_run(f->loop);
	assert_int_equal(f->calls, 3);
	run_for(f, 2 * MSEC);                   /* still readable, but freed */
	assert_int_equal(f->calls, 3);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void
on_usr1(void *arg)
{
	struct field *f = arg;

	assert_null(fiber_self());
	say(f, "usr1");
	loop_stop(f->loop);
}

static void
a_signal_is_told_from_the_loop(void **state)
{
	struct field *f = *state;

	loop_signal(f->loop, SIGUSR1, on_usr1, f);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_string_equal(f->trail, "");
	loop_run(f->loop);
	assert_string_equal(f->trail, "usr1");
}

static void
sleeps_in_two_runs(void *arg)
{
	struct field *f = arg;

	loop_stop(f->loop);
	assert_int_equal(fiber_sleep(soon(5 * MSEC)), 0);
	say(f, "awake");
	loop_stop(f->loop);
}

static void
a_stopped_loop_can_run_again(void **state)
{
	struct field *f = *state;

	go(f, sleeps_in_two_runs);
	loop_run(f->loop);
	assert_string_equal(f->trail, "");
	loop_run(f->loop);
	assert_string_equal(f->trail, "awake");
}

/* ---- listeners --------------------------------------------------------- */

static void
takes(void *arg, int fd, struct ip peer, unsigned port)
{
	struct field *f = arg;

	assert_true(ip_eq(peer, ip_v4(127, 0, 0, 1)));
	f->peer_port[f->count] = port;
	f->accepted[f->count++] = fd;
	f->calls++;
	if (f->count == f->most)
		loop_stop(f->loop);
}

static void
listener_open(struct field *f)
{
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	struct fault fault;

	assert_int_equal(loop_bind(STR("127.0.0.1:0"), &f->listening,
	    &fault), 0);
	assert_int_equal(getsockname(f->listening, (void *)&a, &len), 0);
	f->port = ntohs(a.sin_port);
	f->listener = listener_new(f->loop, f->listening, takes, f);
}

/* Sockets first, so that a test can run out of descriptors in between. */
static void
clients_make(struct field *f, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		f->client[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_true(f->client[i] >= 0);
	}
	f->most = n;
}

static void
clients_connect(struct field *f)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)f->port),
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int i;

	for (i = 0; i < f->most; i++)
		assert_int_equal(connect(f->client[i], (void *)&a, sizeof a),
		    0);
}

static void
listener_close(struct field *f)
{
	int i;

	listener_free(&f->listener);
	(void)close(f->listening);
	for (i = 0; i < f->most; i++)
		(void)close(f->client[i]);
	for (i = 0; i < f->count; i++)
		(void)close(f->accepted[i]);
}

static bool
is_a_client(const struct field *f, unsigned port)
{
	struct sockaddr_in a;
	socklen_t len;
	int i;

	for (i = 0; i < f->most; i++) {
		len = sizeof a;
		assert_int_equal(getsockname(f->client[i], (void *)&a, &len),
		    0);
		if (ntohs(a.sin_port) == port)
			return true;
	}
	return false;
}

static void
accepted_sockets_are_as_promised(void **state)
{
	struct field *f = *state;
	int i, value;
	socklen_t len;

	listener_open(f);
	clients_make(f, 3);
	clients_connect(f);
	loop_run(f->loop);
	for (i = 0; i < 3; i++) {
		assert_true(is_a_client(f, f->peer_port[i]));
		value = fcntl(f->accepted[i], F_GETFL);
		assert_true((value & O_NONBLOCK) != 0);
		value = fcntl(f->accepted[i], F_GETFD);
		assert_true((value & FD_CLOEXEC) != 0);
		len = sizeof value;
		assert_int_equal(getsockopt(f->accepted[i], IPPROTO_TCP,
		    TCP_NODELAY, &value, &len), 0);
		assert_int_equal(value, 1);
	}
	listener_close(f);
}

static void
counts_each_turn(void *arg)
{
	struct field *f = arg;

	while (f->count < f->most) {
		if (f->calls > f->rc)
			f->rc = f->calls;
		f->calls = 0;
		assert_int_equal(fiber_yield(), 0);
	}
}

/* However many knock, who is inside has a turn in between. */
static void
a_crowd_does_not_starve_those_inside(void **state)
{
	struct field *f = *state;

	listener_open(f);
	clients_make(f, CLIENTS);
	clients_connect(f);
	go(f, counts_each_turn);
	loop_run(f->loop);
	assert_int_equal(f->count, CLIENTS);
	assert_in_range(f->rc, 2, 32);
	run_for(f, MSEC);
	listener_close(f);
}

/* As few descriptors as there are, and n more. Returns the old limit. */
static struct rlimit
limit_descriptors(int more)
{
	struct rlimit old, tight;
	int fd = dup(0);

	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)(fd + more);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	return old;
}

static int
closed_clients(const struct field *f)
{
	int i, n = 0;
	char c;

	for (i = 0; i < f->most; i++)
		if (recv(f->client[i], &c, 1, MSG_DONTWAIT) == 0)
			n++;
	return n;
}

static void
keeps_line(struct sink *sink, enum level level, struct str line)
{
	struct field *f = CONTAINER(sink, struct field, sink);

	assert_int_equal(level, LOG_WARN);
	assert_true(line.len < sizeof f->told);
	memcpy(f->told, line.p, line.len);
	f->told[line.len] = '\0';
	f->lines++;
}

/* catalogue 120. Out of descriptors: one client is let go each 100 ms, the
 * loop rests, and goes on by itself when there are some again; one line tells
 * of it, though it rests several times. */
static void
without_descriptors_it_rests(void **state)
{
	struct field *f = *state;
	struct rlimit old;
	usec_t cpu;

	listener_open(f);
	f->sink.write = keeps_line;
	listener_log(f->listener, &f->sink);
	clients_make(f, 8);
	f->most = 8;
	run_for(f, MSEC);       /* what libev opens once, it has opened     */
	old = limit_descriptors(2);
	clients_connect(f);
	cpu = clock_cpu();
	run_for(f, 250 * MSEC);
	assert_in_range(clock_cpu() - cpu, 0, 125 * MSEC);
	assert_int_equal(f->count, 2);
	assert_in_range(closed_clients(f), 1, 3);
	assert_int_equal(f->lines, 1);
	assert_non_null(strstr(f->told, "state name=listener state=resting "
	    "why=\"Too many open files\""));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	run_for(f, 150 * MSEC);
	assert_int_equal(f->count + closed_clients(f), 8);
	listener_close(f);
}

static void
addresses_are_bound_or_explained(void **state)
{
	static const struct {
		const char *address;
		int         rc;
		const char *says;
	} rows[] = {
		{ "127.0.0.1:0", 0, NULL },
		{ "127.0.0.1", -E_INVALID, "\"127.0.0.1\"" },
		{ "127.0.0.1:", -E_INVALID, "192.0.2.1:25" },
		{ "127.0.0.1:65536", -E_INVALID, "65536" },
		{ "127.0.0.1:25x", -E_INVALID, "25x" },
		{ "[127.0.0.1]:25", -E_INVALID, "[127.0.0.1]" },
		{ "::1:25", -E_INVALID, "::1:25" },
		{ "[::1:25", -E_INVALID, "[::1:25" },
		{ "localhost:25", -E_INVALID, "localhost" },
		{ ":25", -E_INVALID, ":25" },
		{ "", -E_INVALID, "\"\"" },
		{ "192.0.2.1:2525", -E_IO, "no interface has this address" },
	};
	struct fault fault;
	size_t i;
	int fd, rc;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		fault.text[0] = '\0';
		rc = loop_bind(str_of(rows[i].address), &fd, &fault);
		assert_int_equal(rc, rows[i].rc);
		if (rc == 0)
			(void)close(fd);
		else if (strstr(fault.text, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].address, fault.text);
	}
}

static void
a_taken_port_is_explained(void **state)
{
	struct field *f = *state;
	struct fault fault;
	char address[32];
	int fd;

	listener_open(f);
	(void)snprintf(address, sizeof address, "127.0.0.1:%u", f->port);
	assert_int_equal(loop_bind(str_of(address), &fd, &fault), -E_IO);
	assert_non_null(strstr(fault.text, address));
	assert_non_null(strstr(fault.text, "another program"));
	listener_close(f);
}

/* "listen [::]:25 0.0.0.0:25" is one service on one port. */
static void
both_families_share_a_port(void **state)
{
	struct field *f = *state;
	struct fault fault;
	char address[32];
	int fd;

	listener_open(f);
	(void)snprintf(address, sizeof address, "[::]:%u", f->port);
	fault.text[0] = '\0';
	if (loop_bind(str_of(address), &fd, &fault) == 0)
		(void)close(fd);
	else if (strstr(fault.text, "not supported") == NULL)
		fail_msg("%s", fault.text);
	listener_close(f);
}

#define FIELD(f) cmocka_unit_test_setup_teardown(f, field_open, field_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FIELD(sleeps_take_their_time),
		FIELD(lines_cross_a_socket),
		FIELD(much_crosses_both_ways),
		FIELD(a_closed_peer_is_an_error_and_no_signal),
		FIELD(silence_ends_at_the_deadline),
		FIELD(the_first_byte_starts_a_fiber),
		FIELD(talking_ahead_does_not_spin),
		FIELD(a_descriptor_can_be_used_again),
		FIELD(a_busy_fiber_that_yields_blocks_nobody),
		FIELD(a_watch_is_level_triggered),
		FIELD(a_signal_is_told_from_the_loop),
		FIELD(a_stopped_loop_can_run_again),
		FIELD(accepted_sockets_are_as_promised),
		FIELD(a_crowd_does_not_starve_those_inside),
		FIELD(without_descriptors_it_rests),
		FIELD(addresses_are_bound_or_explained),
		FIELD(a_taken_port_is_explained),
		FIELD(both_families_share_a_port),
	};

	return cmocka_run_group_tests_name("run loop", tests, NULL, NULL);
}
