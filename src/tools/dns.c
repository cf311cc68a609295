/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns - `postern dns PLAY`: the scripted DNS of a play, served on loopback
 * over UDP and TCP by the real loop, for live tests and for a first try.
 *
 * Time since the play began is time since this program began. A name that
 * nobody declared is answered SERVFAIL, so that it can decide nothing, and
 * told on stderr once.
 *
 * Called by: tools/main.c.
 * Always holds: at most LATER answers wait for their delay and CONNS
 * connections are open; what is beyond is dropped like a packet.
 * Source: RFC 1035 4.2, 7766 (TCP).
 */
#include "config.h"

#include "tools/tool.h"

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/table.h"
#include "lang/tree.h"
#include "lang/value.h"
#include "run/clock.h"
#include "run/loop.h"
#include "sim/zone.h"

#define LISTEN   "127.0.0.1:5399"
#define PACKETS  64             /* read from the socket in one go         */
#define QUESTION 1500           /* bytes; more is no question             */
#define LATER    20000
#define CONNS    200
#define IDLE     (10 * SEC)     /* RFC 7766 6.2.3: some seconds           */
#define TOLD     1000           /* undeclared names that are told         */
#define SERVFAIL 2

const char usage_dns[] =
	"  -l, --listen ADDRESS:PORT   of this machine; " LISTEN "\n"
	"                              unless given; port 0: any\n"
	"\n"
	"Serves what the zones of the play say, over UDP and TCP, until SIGTERM\n"
	"or Ctrl-C. Time, as in from +2h, counts from the start.\n"
	"\n"
	"Exit status: 0 it served; 2 it could not.\n"
	"\n"
	"examples:\n"
	"  postern dns site.play\n"
	"  dig @127.0.0.1 -p 5399 77.2.0.192.zen.spamhaus.org\n";

struct dnsd {
	struct loop   *loop;
	struct zones  *zones;
	struct diagnostics *diag;
	struct arena  *arena;           /* of the play                      */
	struct arena  *scratch;         /* of the question in hand          */
	usec_t         start;
	int            udp, tcp;
	struct watch  *on_udp;
	struct listener *listener;
	struct later  *later;
	struct conn   *conns;
	unsigned       later_count, conn_count;
	struct table  *told;
	uint64_t       asked, undeclared;
};

/* An answer over UDP that is held back. */
struct later {
	struct later *next, *prev;
	struct dnsd  *d;
	struct timer  timer;
	struct buf    packet;
	struct sockaddr_storage to;
	socklen_t     to_n;
};

struct conn {
	struct conn   *next, *prev;
	struct dnsd   *d;
	struct stream *stream;
	struct fiber  *fiber;
};

/* --- answering ----------------------------------------------------------- */

static const char *
type_word(enum dns_type type, char room[16])
{
	static const struct { enum dns_type type; const char *word; } rows[] = {
		{ DNS_A, "A" }, { DNS_NS, "NS" }, { DNS_CNAME, "CNAME" },
		{ DNS_SOA, "SOA" }, { DNS_PTR, "PTR" }, { DNS_MX, "MX" },
		{ DNS_TXT, "TXT" }, { DNS_AAAA, "AAAA" } };
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].type == type)
			return rows[i].word;
	snprintf(room, 16, "TYPE%u", (unsigned)type & 0xffff);
	return room;
}

static void
tell_undeclared(struct dnsd *d, const struct wire_question *q)
{
	char room[16];

	d->undeclared++;
	if (table_count(d->told) >= TOLD || table_get(d->told, q->name) != NULL)
		return;
	table_put(d->told, q->name, d);
	fprintf(stderr, "postern dns: the play does not declare %.*s %s\n",
	    STR_ARG(q->name), type_word(q->type, room));
}

/* Cuts an answer that does not fit the asker's UDP. */
static void
fit_udp(const struct wire_question *q, struct buf *packet)
{
	struct wire_reply cut = { .is_truncated = true };

	if (packet->len <= q->udp_size)
		return;
	packet->len = 0;
	must(wire_write_answer(packet, q, &cut) == 0);
}

/* The answer to a packet; false: none. */
static bool
answer(struct dnsd *d, const void *p, size_t n, bool is_tcp,
    struct buf *packet, usec_t *delay)
{
	struct wire_reply ignorance = { .rcode = SERVFAIL };
	struct wire_question q;
	struct zones_reply reply;
	enum zones_outcome outcome;

	arena_reset(d->scratch);
	if (wire_read_question(p, n, d->scratch, &q) != 0)
		return false;
	d->asked++;
	outcome = zones_answer(d->zones, clock_now() - d->start, &q, packet,
	    &reply);
	*delay = reply.delay;
	if (outcome == ZN_SILENT || (is_tcp && reply.is_cut))
		return false;
	if (outcome == ZN_UNDECLARED) {
		tell_undeclared(d, &q);
		must(wire_write_answer(packet, &q, &ignorance) == 0);
	}
	if (!is_tcp)
		fit_udp(&q, packet);
	return true;
}

/* --- UDP ------------------------------------------------------------------- */

static void
later_free(struct later *l)
{
	struct dnsd *d = l->d;

	*(l->prev == NULL ? &d->later : &l->prev->next) = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	d->later_count--;
	timer_stop(loop_fibers(d->loop), &l->timer);
	buf_free(&l->packet);
	free(l);
}

static void
udp_send(struct dnsd *d, const struct buf *packet,
    const struct sockaddr_storage *to, socklen_t to_n)
{
	(void)sendto(d->udp, packet->p, packet->len, MSG_NOSIGNAL,
	    (const struct sockaddr *)to, to_n);
}

static void
on_later(struct timer *t)
{
	struct later *l = CONTAINER(t, struct later, timer);

	udp_send(l->d, &l->packet, &l->to, l->to_n);
	later_free(l);
}

/* Takes the packet over. */
static void
send_later(struct dnsd *d, struct buf *packet, usec_t delay,
    const struct sockaddr_storage *to, socklen_t to_n)
{
	struct later *l = d->later_count < LATER ? calloc(1, sizeof *l) : NULL;

	if (l == NULL)
		return;
	l->d = d;
	l->packet = *packet;
	*packet = BUF_INIT(0);
	l->to = *to;
	l->to_n = to_n;
	l->timer.fire = on_later;
	l->next = d->later;
	if (l->next != NULL)
		l->next->prev = l;
	d->later = l;
	d->later_count++;
	timer_set(loop_fibers(d->loop), &l->timer, clock_now() + delay);
}

static void
on_udp(void *arg, int events)
{
	struct dnsd *d = arg;
	struct sockaddr_storage from;
	socklen_t from_n;
	struct buf packet = BUF_INIT(0);
	char in[1024];
	usec_t delay;
	ssize_t n;
	int i;

	(void)events;
	for (i = 0; i < PACKETS; i++) {
		from_n = sizeof from;
		n = recvfrom(d->udp, in, sizeof in, 0,
		    (struct sockaddr *)&from, &from_n);
		if (n < 0)
			break;
		packet.len = 0;
		if (!answer(d, in, (size_t)n, false, &packet, &delay))
			continue;
		if (delay > 0)
			send_later(d, &packet, delay, &from, from_n);
		else
			udp_send(d, &packet, &from, from_n);
	}
	buf_free(&packet);
}

/* --- TCP ------------------------------------------------------------------- */

static void
conn_free(struct conn *c)
{
	struct dnsd *d = c->d;

	*(c->prev == NULL ? &d->conns : &c->prev->next) = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
	d->conn_count--;
	stream_free(&c->stream);
	free(c);
}

/* The next question whole: its bytes stay in the stream. */
static WAITS int
conn_question(struct conn *c, struct str *question)
{
	struct str in;
	size_t n;
	int rc;

	for (;;) {
		in = stream_pending(c->stream);
		n = in.len < 2 ? 0 : (size_t)(uint8_t)in.p[0] << 8 |
		    (uint8_t)in.p[1];
		if (n > QUESTION)
			return -E_TOOBIG;
		if (in.len >= 2 && in.len - 2 >= n)
			break;
		rc = stream_fill(c->stream, clock_now() + IDLE);
		if (rc != 0)
			return rc;
	}
	*question = str_sub(in, 2, n);
	return 0;
}

static WAITS int
conn_answer(struct conn *c, const struct buf *packet)
{
	usec_t until = clock_now() + IDLE;
	char head[2] = { (char)(packet->len >> 8), (char)packet->len };
	int rc;

	rc = stream_put(c->stream, (struct str){ head, sizeof head }, until);
	if (rc == 0)
		rc = stream_put(c->stream, buf_str(packet), until);
	return rc != 0 ? rc : stream_flush(c->stream, until);
}

/* One question after the other; a silent or a cut answer ends it. */
static void
serve(void *arg)
{
	struct conn *c = arg;
	struct buf packet = BUF_INIT(0);
	struct str question;
	usec_t delay;

	while (conn_question(c, &question) == 0) {
		packet.len = 0;
		if (!answer(c->d, question.p, question.len, true, &packet,
		    &delay))
			break;
		stream_consume(c->stream, question.len + 2);
		if ((delay > 0 && fiber_sleep(clock_now() + delay) != 0) ||
		    conn_answer(c, &packet) != 0)
			break;
	}
	buf_free(&packet);
	conn_free(c);
}

static void
on_tcp(void *arg, int fd, struct ip peer, unsigned port)
{
	struct dnsd *d = arg;
	struct conn *c = NULL;

	(void)peer, (void)port;
	if (d->conn_count < CONNS)
		c = calloc(1, sizeof *c);
	if (c != NULL)
		c->stream = loop_stream(d->loop, fd);
	if (c == NULL || c->stream == NULL) {
		free(c);
		close(fd);
		return;
	}
	c->d = d;
	c->next = d->conns;
	if (c->next != NULL)
		c->next->prev = c;
	d->conns = c;
	d->conn_count++;
	if (fiber_start(loop_fibers(d->loop), "dns", serve, c, &c->fiber) != 0)
		conn_free(c);
}

/* --- opening and closing --------------------------------------------------- */

/* The play's zones; what else it holds is for `postern test`. */
static bool
load(struct dnsd *d, const char *path)
{
	const struct stmt *s;
	unsigned faults;

	d->zones = zones_new(d->arena, d->diag);
	s = tree_load(reader_files(), str_of(path), d->arena, d->diag);
	for (; s != NULL; s = s->next)
		(void)zones_read(d->zones, s);
	faults = diag_count(d->diag, DG_ERROR);
	if (faults > 0)
		fprintf(stderr, "%.*s",
		    STR_ARG(diag_text(d->diag, d->arena)));
	else if (zones_count(d->zones) == 0)
		fprintf(stderr, "postern dns: %s declares no zone: write zone "
		    "NAME { ... } or reverse ADDRESS NAME\n", path);
	return faults == 0 && zones_count(d->zones) > 0;
}

/* UDP on the address that TCP has got. */
static int
bind_udp(int tcp)
{
	struct sockaddr_storage at;
	socklen_t n = sizeof at;
	int size = 4 << 20, fd;

	if (getsockname(tcp, (struct sockaddr *)&at, &n) != 0)
		return -1;
	fd = socket(at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (bind(fd, (struct sockaddr *)&at, n) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Where it listens, as a person writes it. */
static bool
print_address(int fd)
{
	struct sockaddr_storage at;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&at;
	struct sockaddr_in *four = (struct sockaddr_in *)&at;
	struct endpoint e = { .port = 0 };
	char text[ENDPOINT_TEXT];
	socklen_t n = sizeof at;
	uint8_t a[4];

	if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
		return false;
	if (at.ss_family == AF_INET6) {
		memcpy(e.ip.a, &six->sin6_addr, 16);
		e.port = ntohs(six->sin6_port);
	} else {
		memcpy(a, &four->sin_addr, 4);
		e.ip = ip_v4(a[0], a[1], a[2], a[3]);
		e.port = ntohs(four->sin_port);
	}
	endpoint_print(e, text);
	printf("listening on %s, UDP and TCP\n", text);
	return fflush(stdout) == 0;
}

/* Scripted answers are lies: they stay on this machine. */
static bool
is_ours(const char *address)
{
	struct str text = str_of(address);
	struct endpoint e;

	if (str_ends_case(text, STR(":0")))     /* any port; no endpoint */
		text.len -= 2;
	if (value_endpoint(text, 1, &e) == 0 && ip_is_loopback(e.ip))
		return true;
	fprintf(stderr, "postern dns: %s: an address of this machine is "
	    "wanted, like " LISTEN "\n", address);
	return false;
}

static bool
open_sockets(struct dnsd *d, const char *address)
{
	struct fault f = { "" };

	if (loop_bind(str_of(address), &d->tcp, &f) != 0) {
		fprintf(stderr, "postern dns: %s\n", f.text);
		d->tcp = -1;
		return false;
	}
	d->udp = bind_udp(d->tcp);
	if (d->udp < 0) {
		fprintf(stderr, "postern dns: %s over UDP: %s\n", address,
		    strerror(errno));
		return false;
	}
	d->on_udp = watch_new(d->loop, d->udp, on_udp, d);
	watch_set(d->on_udp, WATCH_READ);
	d->listener = listener_new(d->loop, d->tcp, on_tcp, d);
	return true;
}

static void
on_end(void *arg)
{
	loop_stop(((struct dnsd *)arg)->loop);
}

static void
shut(struct dnsd *d)
{
	struct conn *c;

	for (c = d->conns; c != NULL; c = c->next)
		fiber_cancel(c->fiber);
	fibers_run(loop_fibers(d->loop));
	while (d->later != NULL)
		later_free(d->later);
	listener_free(&d->listener);
	watch_free(&d->on_udp);
	if (d->udp >= 0)
		close(d->udp);
	if (d->tcp >= 0)
		close(d->tcp);
	loop_free(&d->loop);
	table_free(&d->told);
	diag_free(&d->diag);
	arena_free(&d->scratch);
	arena_free(&d->arena);
}

static int
run(const char *path, const char *address)
{
	struct dnsd d = { .udp = -1, .tcp = -1 };
	struct sipkey key;
	int status = EX_CANNOT;

	clock_random(&key, sizeof key);
	d.loop = loop_new();
	d.diag = diag_new();
	d.arena = arena_new(0);
	d.scratch = arena_new(0);
	d.told = table_new(key);
	if (load(&d, path) && open_sockets(&d, address)) {
		loop_signal(d.loop, SIGTERM, on_end, &d);
		loop_signal(d.loop, SIGINT, on_end, &d);
		d.start = clock_now();
		if (print_address(d.udp)) {
			loop_run(d.loop);
			status = EX_GOOD;
			printf("%llu questions, %llu undeclared\n",
			    (unsigned long long)d.asked,
			    (unsigned long long)d.undeclared);
		}
	}
	shut(&d);
	return status;
}

int
cmd_dns(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 } };
	const char *address = LISTEN;
	int c;

	while ((c = getopt_long(argc, argv, "l:", options, NULL)) != -1) {
		if (c != 'l')
			return tool_wrong("dns");
		address = optarg;
	}
	if (optind != argc - 1) {
		fprintf(stderr, "postern dns: name one play\n");
		return tool_wrong("dns");
	}
	return is_ours(address) ? run(argv[optind], address) : EX_CANNOT;
}
