/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * c-ares on the loop, against scripted servers (UDP and TCP, loopback) that
 * run on the same loop. The first label of a name says what a server does.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/ares.h"
#include "dns/wire.h"
#include "dns/wire_name.h"
#include "run/clock.h"
#include "run/loop.h"

#define TRY      (100 * MSEC)
#define PATIENCE (10 * SEC)
#define TCPS     64
#define SEEN     4096

struct server;

struct tcp {
	struct server *server;
	struct watch  *watch;
	int            fd;
	uint8_t        in[600];
	size_t         n;
};

struct server {
	struct lab   *lab;
	int           udp, tcp, other;  /* other: another port, for spoofs  */
	struct watch *on_udp, *on_tcp;
	uint16_t      port;
	struct tcp    tcps[TCPS];
	unsigned      udp_asked, tcp_asked, accepted;
	unsigned      ports;            /* source ports seen, the last one  */
	in_port_t     last_port;
	uint16_t      ids[SEEN];
	bool          is_silent, is_old, is_refusing;
};

struct lab {
	struct world     world;
	struct loop     *loop;
	struct arena    *arena;
	struct upstream *upstream;
	struct server    servers[3];
	struct timer     guard, nap;
	unsigned         open;          /* probes without an answer         */
};

/* A question of a test. */
struct probe {
	struct exchange x;
	struct lab     *lab;
	struct probe   *then;           /* asked from inside done           */
	int             error;
	unsigned        calls;
	uint8_t         bytes[WIRE_NAME];
	uint8_t         packet[4096];
	size_t          n;
	struct answer   a;
};

static usec_t
real_now(struct world *w)
{
	(void)w;
	return clock_now();
}

static void
real_random(struct world *w, void *p, size_t n)
{
	(void)w;
	clock_random(p, n);
}

/* --- what servers answer ------------------------------------------------- */

static char text[2900];

/* An answer as the name wishes; false: silence. */
static bool
compose(const struct server *s, const struct wire_question *q, bool is_tcp,
    struct buf *out)
{
	struct wire_record w = { q->name, DNS_A, { .ttl = 60,
	    .ip = ip_v4(192, 0, 2, 77) } };
	struct wire_reply r = { .zone = STR("test") };
	struct str rest = q->name, does = str_split(&rest, '.');

	if (s->is_refusing) {
		r.rcode = 5;
	} else if (str_eq(does, STR("nx"))) {
		r.rcode = 3;
		r.negative_ttl = 90;
	} else if (str_eq(does, STR("nodata"))) {
		r.negative_ttl = 90;
	} else if (str_eq(does, STR("servfail"))) {
		r.rcode = 2;
	} else if (str_eq(does, STR("refused"))) {
		r.rcode = 5;
	} else if (str_eq(does, STR("formerr"))) {
		r.rcode = 1;
	} else if (str_eq(does, STR("silent"))) {
		return false;
	} else if (str_starts(does, STR("tc")) && !is_tcp) {
		r.is_truncated = true;
	} else if (q->type == DNS_TXT) {
		w.type = DNS_TXT;
		w.record.text = (struct str){ text, str_eq(does, STR("big")) ?
		    700 : sizeof text };
		r.records = &w;
		r.count = 1;
	} else {
		r.records = &w;
		r.count = 1;
	}
	assert_int_equal(wire_write_answer(out, q, &r), 0);
	return true;
}

/* Packets that come before the right one, or instead of it. */
static bool
mislead(struct server *s, const struct wire_question *q, struct buf *out,
    const struct sockaddr_in *to)
{
	struct wire_question wrong = *q;
	struct buf b = BUF_INIT(0);
	struct str rest = q->name, does = str_split(&rest, '.');
	bool is_all = false;
	int fd = s->udp;

	if (str_eq(does, STR("wrongid"))) {
		wrong.id ^= 1;
		compose(s, &wrong, false, &b);
	} else if (str_eq(does, STR("wrongname"))) {
		wrong.name = STR("other.test");
		compose(s, &wrong, false, &b);
	} else if (str_eq(does, STR("wrongtype"))) {
		wrong.type = DNS_MX;
		compose(s, &wrong, false, &b);
	} else if (str_eq(does, STR("spoof"))) {
		compose(s, q, false, &b);
		b.p[b.len - (q->is_edns ? 12u : 1u)] = 66;  /* not .77 */
		fd = s->other;
	} else if (str_eq(does, STR("short"))) {
		buf_add(&b, "xyz", 3);
	} else if (str_eq(does, STR("badbody"))) {
		buf_add_str(&b, buf_str(out));
		b.p[7] = 9;             /* nine answers, it says */
		is_all = true;
	} else if (!str_eq(does, STR("zero"))) {
		return false;
	}
	(void)sendto(fd, b.p == NULL ? "" : b.p, b.len, 0,
	    (const struct sockaddr *)to, sizeof *to);
	buf_free(&b);
	return is_all;
}

static void
on_udp(void *arg, int events)
{
	struct server *s = arg;
	struct wire_question q;
	struct sockaddr_in from;
	socklen_t from_n = sizeof from;
	uint8_t in[600];
	struct buf out = BUF_INIT(0);
	ssize_t n;

	(void)events;
	n = recvfrom(s->udp, in, sizeof in, 0, (struct sockaddr *)&from,
	    &from_n);
	if (n < 0)
		return;
	s->ids[s->udp_asked++ % SEEN] = (uint16_t)(in[0] << 8 | in[1]);
	if (from.sin_port != s->last_port)
		s->ports++;
	s->last_port = from.sin_port;
	assert_int_equal(wire_read_question(in, (size_t)n, s->lab->arena, &q),
	    0);
	if (s->is_silent)
		return;
	if (s->is_old && q.is_edns) {   /* the header and no more */
		in[2] |= 0x80;
		in[3] = 1;
		in[11] = 0;
		(void)sendto(s->udp, in, (size_t)n - 11, 0,
		    (struct sockaddr *)&from, from_n);
		return;
	}
	if (compose(s, &q, false, &out) && !mislead(s, &q, &out, &from))
		(void)sendto(s->udp, out.p, out.len, 0,
		    (struct sockaddr *)&from, from_n);
	buf_free(&out);
}

static void
tcp_close(struct tcp *t)
{
	watch_free(&t->watch);
	close(t->fd);
	t->fd = -1;
}

/* "tcclose": hangs up at once; "tconce": only the first time; "tchalf":
 * in the middle of the answer; "tcsilent": says nothing. */
static void
tcp_answer(struct tcp *t, const struct wire_question *q)
{
	struct server *s = t->server;
	struct str rest = q->name, does = str_split(&rest, '.');
	struct buf out = BUF_INIT(0);
	uint8_t head[2];

	s->tcp_asked++;
	if (str_eq(does, STR("tcsilent")))
		return;
	if (str_eq(does, STR("tcclose")) ||
	    (str_eq(does, STR("tconce")) && s->tcp_asked == 1)) {
		tcp_close(t);
		return;
	}
	compose(s, q, true, &out);
	head[0] = (uint8_t)(out.len >> 8);
	head[1] = (uint8_t)out.len;
	(void)send(t->fd, head, 2, MSG_NOSIGNAL);
	if (str_eq(does, STR("tchalf"))) {
		(void)send(t->fd, out.p, out.len / 2, MSG_NOSIGNAL);
		tcp_close(t);
	} else {
		(void)send(t->fd, out.p, out.len, MSG_NOSIGNAL);
	}
	buf_free(&out);
}

static void
on_tcp(void *arg, int events)
{
	struct tcp *t = arg;
	struct wire_question q;
	size_t size;
	ssize_t n;

	(void)events;
	n = recv(t->fd, t->in + t->n, sizeof t->in - t->n, 0);
	if (n <= 0) {
		tcp_close(t);
		return;
	}
	t->n += (size_t)n;
	while (t->n >= 2 && t->fd >= 0) {
		size = (size_t)t->in[0] << 8 | t->in[1];
		if (t->n < size + 2)
			return;
		assert_int_equal(wire_read_question(t->in + 2, size,
		    t->server->lab->arena, &q), 0);
		memmove(t->in, t->in + 2 + size, t->n - 2 - size);
		t->n -= 2 + size;
		tcp_answer(t, &q);
	}
}

static void
on_accept(void *arg, int events)
{
	struct server *s = arg;
	size_t i;
	int fd;

	(void)events;
	fd = accept4(s->tcp, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	s->accepted++;
	for (i = 0; i < TCPS && s->tcps[i].fd >= 0; i++)
		;
	assert_true(i < TCPS);
	s->tcps[i].server = s;
	s->tcps[i].fd = fd;
	s->tcps[i].n = 0;
	s->tcps[i].watch = watch_new(s->lab->loop, fd, on_tcp, &s->tcps[i]);
	watch_set(s->tcps[i].watch, WATCH_READ);
}

static int
bound(int type, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_in at;
	socklen_t n = sizeof at;

	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	return ntohs(at.sin_port);
}

/* UDP and TCP on the same port, the one it had or any: tried until one is
 * free for both. */
static void
server_open(struct server *s, struct lab *lab)
{
	int size = 4 << 20, i;

	s->lab = lab;
	do {
		s->udp = bound(SOCK_DGRAM, s->port);
		assert_true(s->udp >= 0);
		s->port = port_of(s->udp);
		s->tcp = bound(SOCK_STREAM, s->port);
		if (s->tcp < 0) {
			close(s->udp);
			s->port = 0;
		}
	} while (s->tcp < 0);
	setsockopt(s->udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	assert_int_equal(listen(s->tcp, 64), 0);
	s->other = bound(SOCK_DGRAM, 0);
	for (i = 0; i < TCPS; i++)
		s->tcps[i].fd = -1;
	s->on_udp = watch_new(lab->loop, s->udp, on_udp, s);
	s->on_tcp = watch_new(lab->loop, s->tcp, on_accept, s);
	watch_set(s->on_udp, WATCH_READ);
	watch_set(s->on_tcp, WATCH_READ);
}

static void
server_close(struct server *s)
{
	int i;

	if (s->on_udp == NULL)
		return;
	for (i = 0; i < TCPS; i++)
		if (s->tcps[i].fd >= 0)
			tcp_close(&s->tcps[i]);
	watch_free(&s->on_udp);
	watch_free(&s->on_tcp);
	close(s->udp);
	close(s->tcp);
	close(s->other);
}

/* --- the bench ----------------------------------------------------------- */

static void
on_guard(struct timer *t)
{
	(void)t;
	fail_msg("no answer within %d s", (int)(PATIENCE / SEC));
}

static void
lab_upstream(struct lab *lab, size_t count)
{
	struct ares_server at[3];
	struct fault f;
	size_t i;

	for (i = 0; i < count; i++)
		at[i] = (struct ares_server){ ip_v4(127, 0, 0, 1),
			lab->servers[i].port };
	assert_int_equal(ares_upstream(lab->loop, &lab->world, at, count, TRY,
	    &lab->upstream, &f), 0);
}

static int
lab_open(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	memset(text, 't', sizeof text);
	lab->loop = loop_new();
	lab->world.now = real_now;
	lab->world.random = real_random;
	lab->world.fibers = loop_fibers(lab->loop);
	lab->arena = arena_new(0);
	lab->guard.fire = on_guard;
	server_open(&lab->servers[0], lab);
	server_open(&lab->servers[1], lab);
	server_open(&lab->servers[2], lab);
	*state = lab;
	return 0;
}

static int
lab_close(void **state)
{
	struct lab *lab = *state;

	if (lab->upstream != NULL)
		lab->upstream->free(lab->upstream);
	assert_int_equal(lab->open, 0);
	server_close(&lab->servers[0]);
	server_close(&lab->servers[1]);
	server_close(&lab->servers[2]);
	assert_true(fibers_next(lab->world.fibers) == USEC_NEVER);
	loop_free(&lab->loop);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static void probe_send(struct probe *, struct str, enum dns_type);

static void
probe_done(struct exchange *x, int error, const uint8_t *packet, size_t n)
{
	struct probe *p = CONTAINER(x, struct probe, x);

	assert_true(error != 0 || n <= sizeof p->packet);
	p->calls++;
	p->error = error;
	p->n = error == 0 ? n : 0;
	if (error == 0)
		memcpy(p->packet, packet, n);
	if (p->then != NULL && error == 0)
		probe_send(p->then, x->name, x->type);
	/* Its memory is the asker's again. */
	memset(x, 0x5a, sizeof *x);
	if (--p->lab->open == 0)
		loop_stop(p->lab->loop);
}

static void
probe_send(struct probe *p, struct str name, enum dns_type type)
{
	memset(&p->x, 0x5a, sizeof p->x);
	assert_true(wire_name_of(name, p->bytes) > 0);
	p->x.name = name;
	p->x.bytes = p->bytes;
	p->x.type = type;
	p->x.done = probe_done;
	p->lab->open++;
	p->lab->upstream->send(p->lab->upstream, &p->x);
}

static void
lab_wait(struct lab *lab)
{
	if (lab->open == 0)
		return;
	timer_set(lab->world.fibers, &lab->guard, clock_now() + PATIENCE);
	loop_run(lab->loop);
	timer_stop(lab->world.fibers, &lab->guard);
}

/* One question to the end: 0 or what the upstream or its packet says. */
static int
lab_ask(struct lab *lab, struct probe *p, const char *name, enum dns_type type)
{
	struct str open;

	memset(p, 0, sizeof *p);
	p->lab = lab;
	probe_send(p, str_of(name), type);
	lab_wait(lab);
	assert_int_equal(p->calls, 1);
	if (p->error != 0)
		return p->error;
	return wire_read_answer(p->packet, p->n, str_of(name), type,
	    lab->arena, &p->a, &open);
}

/* --- one server ---------------------------------------------------------- */

static void
each_answer_has_its_meaning(void **state)
{
	static const struct {
		const char *name;
		enum dns_type type;
		int rc;
		enum dns_status status;
		unsigned udp, tcp;      /* questions that the server saw    */
		const char *why;
	} rows[] = {
		{ "a.test", DNS_A, 0, DNS_FOUND, 1, 0, "plain" },
		{ "nx.test", DNS_A, 0, DNS_NO_NAME, 1, 0, "rcode 3" },
		{ "nodata.test", DNS_A, 0, DNS_NO_DATA, 1, 0, "no record" },
		{ "servfail.test", DNS_A, -E_SERVFAIL, 0, 1, 0, "alone" },
		{ "refused.test", DNS_A, -E_REFUSED, 0, 1, 0, "alone" },
		{ "wrongid.test", DNS_A, 0, DNS_FOUND, 1, 0, "catalogue 99" },
		{ "wrongname.test", DNS_A, 0, DNS_FOUND, 1, 0, "the same" },
		{ "wrongtype.test", DNS_A, 0, DNS_FOUND, 1, 0, "the same" },
		{ "spoof.test", DNS_A, 0, DNS_FOUND, 1, 0, "another port" },
		{ "short.test", DNS_A, 0, DNS_FOUND, 1, 0, "3 bytes first" },
		{ "zero.test", DNS_A, 0, DNS_FOUND, 1, 0, "0 bytes first" },
		{ "badbody.test", DNS_A, -E_GARBAGE, 0, 1, 0, "garbage" },
		{ "big.test", DNS_TXT, 0, DNS_FOUND, 1, 0, "700 bytes, UDP" },
		{ "tc.test", DNS_TXT, 0, DNS_FOUND, 1, 1, "2.9 KB over TCP" },
		{ "tconce.test", DNS_A, 0, DNS_FOUND, 1, 2, "TCP again" },
		{ "tcclose.test", DNS_A, -E_SERVFAIL, 0, 1, 2, "TCP breaks" },
		{ "tchalf.test", DNS_A, -E_SERVFAIL, 0, 1, 2, "TCP breaks" },
		{ "tcsilent.test", DNS_A, -E_TIMEOUT, 0, 1, 2, "TCP hangs" },
		{ "silent.test", DNS_A, -E_TIMEOUT, 0, 3, 0, "three tries" },
	};
	struct lab *lab = *state;
	struct server *s = &lab->servers[0];
	struct probe *p = calloc(1, sizeof *p);
	size_t i;
	int rc;

	lab_upstream(lab, 1);
	for (i = 0; i < COUNT(rows); i++) {
		s->udp_asked = s->tcp_asked = 0;
		rc = lab_ask(lab, p, rows[i].name, rows[i].type);
		if (rc != rows[i].rc || s->udp_asked != rows[i].udp ||
		    s->tcp_asked != rows[i].tcp)
			fail_msg("%s: %d, %u over UDP, %u over TCP",
			    rows[i].name, rc, s->udp_asked, s->tcp_asked);
		if (rc == 0)
			assert_int_equal(p->a.status, rows[i].status);
		if (rc == 0 && rows[i].type == DNS_A && p->a.count > 0)
			assert_int_equal(p->a.records[0].ip.a[15], 77);
		if (rc == 0 && rows[i].type == DNS_TXT)
			assert_int_equal(p->a.records[0].text.len,
			    rows[i].tcp > 0 ? sizeof text : 700);
	}
	/* One socket for all of it, but where c-ares closed it itself. */
	assert_true(s->ports <= 2);
	free(p);
}

static void
silence_takes_its_tries(void **state)
{
	struct lab *lab = *state;
	struct probe *p = calloc(1, sizeof *p);
	usec_t from = clock_now(), took;

	lab_upstream(lab, 1);
	lab->servers[0].is_silent = true;
	assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), -E_TIMEOUT);
	took = clock_now() - from;
	assert_true(took >= 3 * TRY / 2 && took < 3 * (TRY + 200 * MSEC));
	free(p);
}

/* A server from before EDNS: asked again without, and so from then on. */
static void
servers_without_edns(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->servers[0];
	struct probe *p = calloc(1, sizeof *p);
	unsigned i;

	lab_upstream(lab, 1);
	s->is_old = true;
	for (i = 0; i < 4; i++)
		assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
	s->udp_asked = 0;
	assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
	assert_int_equal(s->udp_asked, 1);
	/* c-ares cuts at 512 bytes now, and we know. */
	assert_int_equal(lab_ask(lab, p, "big.test", DNS_TXT), 0);
	assert_int_equal(p->a.records[0].text.len, 700);
	assert_int_equal(lab_ask(lab, p, "formerr.test", DNS_A), -E_REFUSED);
	free(p);
}

static void
nobody_there(void **state)
{
	struct lab *lab = *state;
	struct probe *p = calloc(1, sizeof *p);

	server_close(&lab->servers[0]);
	lab_upstream(lab, 1);
	assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), -E_SERVFAIL);
	free(p);
}

static void
on_nap(struct timer *t)
{
	loop_stop(CONTAINER(t, struct lab, nap)->loop);
}

/* With nothing on its way nothing ticks: an idle process sleeps. */
static void
it_sleeps_when_idle(void **state)
{
	struct lab *lab = *state;
	struct probe *p = calloc(1, sizeof *p);

	lab_upstream(lab, 1);
	assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
	lab->nap.fire = on_nap;
	timer_set(lab->world.fibers, &lab->nap, clock_now() + 120 * MSEC);
	loop_run(lab->loop);
	assert_true(fibers_next(lab->world.fibers) == USEC_NEVER);
	free(p);
}

/* catalogue 101: the resolver restarts */
static void
a_server_comes_back(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->servers[0];
	struct probe *p = calloc(1, sizeof *p);
	uint16_t port = s->port;
	unsigned i;

	lab_upstream(lab, 1);
	assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
	for (i = 0; i < 3; i++) {
		server_close(s);
		assert_int_equal(lab_ask(lab, p, "a.test", DNS_A),
		    -E_SERVFAIL);
		server_open(s, lab);
		assert_int_equal(s->port, port);
		assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
		assert_int_equal(lab_ask(lab, p, "tc.test", DNS_TXT), 0);
	}
	free(p);
}

/* --- two servers --------------------------------------------------------- */

static void
the_second_server_is_asked(void **state)
{
	struct lab *lab = *state;
	struct server *s = lab->servers;
	struct probe *p = calloc(1, sizeof *p);
	unsigned i;

	lab_upstream(lab, 2);
	assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
	assert_int_equal(s[1].udp_asked, 0);

	/* It says no: the other, once. */
	s[0].is_refusing = true;
	assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
	assert_int_equal(s[0].udp_asked, 2);
	assert_int_equal(s[1].udp_asked, 1);
	s[0].is_refusing = false;
	assert_int_equal(lab_ask(lab, p, "servfail.test", DNS_A), -E_SERVFAIL);
	assert_int_equal(s[0].udp_asked, 3);
	assert_int_equal(s[1].udp_asked, 2);

	/* It says nothing: the other; soon that one comes first. */
	s[0].is_silent = true;
	s[0].udp_asked = 0;
	for (i = 0; i < 10; i++)
		assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
	assert_int_equal(s[0].udp_asked, 3);
	assert_int_equal(s[1].udp_asked, 12);
	free(p);
}

/* In order, each of three; and "no" is passed on at once. */
static void
the_third_server_is_asked(void **state)
{
	struct lab *lab = *state;
	struct server *s = lab->servers;
	struct probe *p = calloc(1, sizeof *p);
	usec_t from, best = USEC_NEVER;
	unsigned i;

	lab_upstream(lab, 3);
	s[0].is_refusing = s[1].is_refusing = true;
	for (i = 0; i < 5; i++) {
		from = clock_now();
		assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
		if (clock_now() - from < best)
			best = clock_now() - from;
	}
	assert_int_equal(s[2].udp_asked, 5);
	assert_true(best < 40 * MSEC);
	s[0].is_refusing = false;
	s[0].is_silent = s[1].is_silent = true;
	assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
	assert_int_equal(s[2].udp_asked, 6);
	free(p);
}

static void
the_first_server_is_gone(void **state)
{
	struct lab *lab = *state;
	struct probe *p = calloc(1, sizeof *p);

	server_close(&lab->servers[0]);
	lab_upstream(lab, 2);
	assert_int_equal(lab_ask(lab, p, "a.test", DNS_A), 0);
	assert_int_equal(lab_ask(lab, p, "tc.test", DNS_TXT), 0);
	assert_int_equal(lab->servers[1].tcp_asked, 1);
	free(p);
}

/* --- many ---------------------------------------------------------------- */

static struct probe *
ask_many(struct lab *lab, size_t count, const char *name, enum dns_type type)
{
	struct probe *p = calloc(count, sizeof *p);
	size_t i;

	for (i = 0; i < count; i++) {
		p[i].lab = lab;
		probe_send(&p[i], str_of(name), type);
	}
	return p;
}

/* catalogue 102: ids are random, and no two pending questions share one */
static void
ids_are_random_and_unique(void **state)
{
	struct lab *lab = *state;
	struct server *s = &lab->servers[0];
	bool *seen = calloc(65536, sizeof *seen);
	struct probe *p;
	unsigned i, steps = 0;

	lab_upstream(lab, 1);
	p = ask_many(lab, 2000, "silent.test", DNS_A);
	while (s->udp_asked < 2000)
		on_udp(s, WATCH_READ);
	for (i = 0; i < 2000; i++) {
		assert_false(seen[s->ids[i]]);
		seen[s->ids[i]] = true;
		steps += i > 0 && (uint16_t)(s->ids[i] - s->ids[i - 1]) < 16;
	}
	assert_true(steps < 20);        /* 0.5 expected by chance */
	lab->upstream->free(lab->upstream);
	lab->upstream = NULL;
	for (i = 0; i < 2000; i++) {
		assert_int_equal(p[i].calls, 1);
		assert_int_equal(p[i].error, -E_CANCELED);
	}
	free(seen);
	free(p);
}

static void
bursts_are_answered(void **state)
{
	struct lab *lab = *state;
	struct probe *p;
	unsigned i, round;

	lab_upstream(lab, 1);
	for (round = 0; round < 10; round++) {
		p = ask_many(lab, 200, "a.test", DNS_A);
		lab_wait(lab);
		for (i = 0; i < 200; i++) {
			assert_int_equal(p[i].calls, 1);
			assert_int_equal(p[i].error, 0);
		}
		free(p);
	}
	assert_int_equal(lab->servers[0].ports, 1);
}

/* Those that wait on a TCP stream when it breaks are asked once more. */
static void
streams_are_shared_and_break(void **state)
{
	struct lab *lab = *state;
	struct probe *p;
	unsigned i;

	lab_upstream(lab, 1);
	p = ask_many(lab, 20, "tconce.test", DNS_A);
	lab_wait(lab);
	for (i = 0; i < 20; i++) {
		assert_int_equal(p[i].calls, 1);
		assert_int_equal(p[i].error, 0);
	}
	assert_true(lab->servers[0].accepted <= 4);
	free(p);
}

static void
done_may_ask_again(void **state)
{
	struct lab *lab = *state;
	struct probe *p = calloc(20, sizeof *p);
	unsigned i;

	lab_upstream(lab, 1);
	for (i = 0; i < 20; i++) {
		p[i].lab = lab;
		p[i].then = i < 19 ? &p[i + 1] : NULL;
	}
	probe_send(&p[0], STR("a.test"), DNS_A);
	lab_wait(lab);
	for (i = 0; i < 20; i++) {
		assert_int_equal(p[i].calls, 1);
		assert_int_equal(p[i].error, 0);
	}
	free(p);
}

/* Everything at once: each ends once, and its memory is free then. */
static void
all_ends_well(void **state)
{
	static const char *const names[] = { "a.test", "nx.test",
		"servfail.test", "refused.test", "wrongid.test", "short.test",
		"zero.test", "badbody.test", "tc.test", "tconce.test",
		"tcclose.test", "tchalf.test", "tcsilent.test",
		"silent.test", "formerr.test", "wrongname.test" };
	struct lab *lab = *state;
	struct probe *p = calloc(800, sizeof *p);
	uint32_t dice = 12345;
	unsigned i, good = 0;

	lab_upstream(lab, 3);
	lab->servers[2].is_old = true;
	for (i = 0; i < 800; i++) {
		dice = dice * 1664525 + 1013904223;
		p[i].lab = lab;
		p[i].then = NULL;
		probe_send(&p[i], str_of(names[(dice >> 16) % COUNT(names)]),
		    DNS_A);
		if (i == 400)           /* a server falls silent */
			lab->servers[0].is_silent = true;
	}
	lab_wait(lab);
	for (i = 0; i < 800; i++) {
		assert_int_equal(p[i].calls, 1);
		good += p[i].error == 0;
	}
	assert_true(good > 200);
	free(p);
}

/* --- with the layer above ------------------------------------------------ */

static void
on_answer(void *arg)
{
	struct lab *lab = arg;
	struct answer a;

	assert_int_equal(names_ask(lab->world.names, STR("A.test"), DNS_A,
	    NULL, lab->arena, &a), 0);
	assert_int_equal(a.count, 1);
	assert_int_equal(names_ask(lab->world.names, STR("silent.test"),
	    DNS_A, NULL, lab->arena, &a), -E_TIMEOUT);
	loop_stop(lab->loop);
}

static void
names_over_ares(void **state)
{
	struct lab *lab = *state;
	struct names_conf conf = { 50 * MSEC, 60, 3600, 100 };

	lab_upstream(lab, 1);
	lab->world.names = names_new(&lab->world, lab->upstream, &conf);
	fiber_start(lab->world.fibers, "asking", on_answer, lab, NULL);
	timer_set(lab->world.fibers, &lab->guard, clock_now() + PATIENCE);
	loop_run(lab->loop);
	timer_stop(lab->world.fibers, &lab->guard);
	lab->upstream->free(lab->upstream);
	lab->upstream = NULL;
	names_free(&lab->world.names);
	assert_true(str_starts(str_of(ares_loaded()), STR("1.")));
}

int
main(void)
{
#define WITH_LAB(f) cmocka_unit_test_setup_teardown(f, lab_open, lab_close)
	static const struct CMUnitTest tests[] = {
		WITH_LAB(each_answer_has_its_meaning),
		WITH_LAB(silence_takes_its_tries),
		WITH_LAB(servers_without_edns),
		WITH_LAB(nobody_there),
		WITH_LAB(it_sleeps_when_idle),
		WITH_LAB(a_server_comes_back),
		WITH_LAB(the_second_server_is_asked),
		WITH_LAB(the_third_server_is_asked),
		WITH_LAB(the_first_server_is_gone),
		WITH_LAB(ids_are_random_and_unique),
		WITH_LAB(bursts_are_answered),
		WITH_LAB(streams_are_shared_and_break),
		WITH_LAB(done_may_ask_again),
		WITH_LAB(all_ends_well),
		WITH_LAB(names_over_ares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
