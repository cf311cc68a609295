/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ares - c-ares carries questions away and brings packets back.
 *
 * c-ares does sockets, time-outs of one try and TCP streams; what an answer
 * means, and whether and whom to ask again, is decided here. Each server has
 * two channels of its own, one for UDP and one for TCP, so that we know what
 * a question is waiting for:
 *
 *	send -> ask(UDP) -+-> answered: done
 *	         ^  ^     +-> truncated: ask(TCP) -> broken: ask(TCP) once more
 *	         |  |     +-> SERVFAIL, REFUSED: next server, each once
 *	         |  |     +-> silence: next server, round and round, ASKS in all
 *	         |  +---------+   +-> FORMERR: once more without EDNS
 *	         +----------------+
 *
 * Called by: daemon/, through struct upstream.
 * Always holds: no call into c-ares is made from inside one of its
 * callbacks: what is to be asked (again) stands in the outbox until drain. An
 * exchange is in the outbox, or in c-ares under an id that is taken, or done
 * was called. Ids are random, and one of ours at a time.
 *
 * What c-ares 1.18 makes of our flags:
 *   NOCHECKRESP  every rcode is handed up, with its packet
 *   EDNS         only raises what it takes for a UDP answer to EDNSPSZ; the
 *                OPT record we write ourselves. When a server answers FORMERR
 *                without OPT, it forgets that flag for good and cuts answers
 *                at 512 bytes: hence CUT below
 *   IGNTC        truncated answers are handed up
 *   STAYOPEN     one UDP socket for all, not one for each quiet moment
 * Its ares_timeout walks over all that is pending: a coarse tick does, since
 * whoever waits has a deadline of its own above us.
 *
 * KNOWN GAPS: one source port a server, so only the id guards against
 * guessed answers: the resolver belongs on loopback or a trusted link
 * (catalogue 102). A server that answers garbage is not left for the next. A
 * server from before EDNS that leaves the question out of its FORMERR is
 * taken for silent by c-ares.
 */
#include "config.h"

#include "dns/ares.h"

#include <ares.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dns/wire.h"

#define UDP_SIZE  1232          /* as wire_write_question announces       */
#define OPT       11            /* bytes of its OPT record, at the end    */
#define CUT       512           /* see above: this length may be a cut    */
#define RECEIVE   (4 << 20)     /* socket buffer: a burst of answers      */
#define ASKS      3             /* tries over UDP that meet silence       */
#define STREAMS   2             /* tries over TCP                         */
#define TICK      (50 * MSEC)   /* how late a try may time out            */
#define SICK_AT   3             /* silences in a row: others come first   */
#define SICK_FOR  (30 * SEC)
#define IDS       256           /* drawn at once                          */
#define FORMERR   1
#define SERVFAIL  2
#define REFUSED   5

/* A descriptor of c-ares that the loop watches. */
struct plug {
	struct plug    *next;
	struct channel *channel;
	struct watch   *watch;
	int             fd;
};

struct channel {
	struct carrier *carrier;
	ares_channel    c;
	struct plug    *plugs;
	bool            is_open;
};

struct server {
	struct channel udp, tcp;
	bool     is_plain;      /* knows no EDNS                            */
	unsigned silences;      /* in a row                                 */
	usec_t   sick_until;
};

struct carrier {
	struct upstream  upstream;
	struct loop     *loop;
	struct world    *world;
	struct server    servers[ARES_SERVERS];
	size_t           count;
	struct exchange *outbox, **outbox_end;
	unsigned         inside;        /* calls of c-ares on the stack     */
	unsigned         flying;        /* questions that c-ares has        */
	bool             is_closing;
	struct timer     tick;          /* armed while anything flies       */
	struct buf       question;      /* its memory is used again         */
	size_t           ids_left;
	uint16_t         ids[IDS];      /* drawn, not yet used              */
	uint8_t          taken[65536 / 8];
};

/* --- ids ----------------------------------------------------------------- */

/* At most DNS_PENDING of 65,536 are taken: it ends. */
static uint16_t
id_take(struct carrier *a)
{
	uint16_t id;

	do {
		if (a->ids_left == 0) {
			a->world->random(a->world, a->ids, sizeof a->ids);
			a->ids_left = IDS;
		}
		id = a->ids[--a->ids_left];
	} while ((a->taken[id / 8] >> (id % 8) & 1) != 0);
	a->taken[id / 8] |= (uint8_t)(1u << (id % 8));
	return id;
}

static void
id_give_back(struct carrier *a, unsigned id)
{
	a->taken[id / 8] &= (uint8_t)~(1u << (id % 8));
}

/* --- which server -------------------------------------------------------- */

static uint8_t
server_first(const struct carrier *a)
{
	usec_t now = world_now(a->world);
	size_t i;

	for (i = 0; i < a->count; i++)
		if (a->servers[i].sick_until <= now)
			return (uint8_t)i;
	return 0;
}

static void
server_was_silent(struct carrier *a, struct server *s)
{
	if (++s->silences < SICK_AT)
		return;
	s->silences = 0;
	s->sick_until = world_now(a->world) + SICK_FOR;
}

static void
server_spoke(struct server *s)
{
	s->silences = 0;
	s->sick_until = 0;
}

/* --- one exchange -------------------------------------------------------- */

static void answered(void *, int, int, unsigned char *, int);

static void
outbox_add(struct carrier *a, struct exchange *x)
{
	x->next = NULL;
	*a->outbox_end = x;
	a->outbox_end = &x->next;
}

static struct exchange *
outbox_take(struct carrier *a)
{
	struct exchange *x = a->outbox;

	if (x != NULL) {
		a->outbox = x->next;
		if (a->outbox == NULL)
			a->outbox_end = &a->outbox;
	}
	return x;
}

/* The question in a->question. */
static int
write_question(struct carrier *a, const struct exchange *x, bool is_plain)
{
	int rc;

	a->question.len = 0;
	rc = wire_write_question_of(&a->question, x->id, x->bytes, x->type);
	if (rc == 0 && is_plain) {
		a->question.len -= OPT;
		a->question.p[11] = 0;  /* no additional record */
	}
	return rc;
}

static void
ask(struct carrier *a, struct exchange *x)
{
	struct server *s = &a->servers[x->server];
	struct channel *c = x->is_stream ? &s->tcp : &s->udp;

	x->id = id_take(a);
	if (write_question(a, x, s->is_plain) != 0) {   /* no memory */
		id_give_back(a, x->id);
		x->done(x, -E_SERVFAIL, NULL, 0);
		return;
	}
	a->flying++;
	a->inside++;
	ares_send(c->c, (unsigned char *)a->question.p, (int)a->question.len,
	    answered, x);
	a->inside--;
}

static void
drain(struct carrier *a)
{
	struct exchange *x;

	if (a->inside > 0)
		return;
	while ((x = outbox_take(a)) != NULL)
		ask(a, x);
	if (a->flying > 0 && a->tick.slot == 0)
		timer_set(a->world->fibers, &a->tick,
		    world_now(a->world) + TICK);
}

/* Over UDP nothing came, or nothing could be sent. */
static void
went_silent(struct carrier *a, struct exchange *x, int error)
{
	unsigned asks = error == -E_TIMEOUT ? ASKS : (unsigned)a->count;

	server_was_silent(a, &a->servers[x->server]);
	if (x->asks >= asks) {
		x->done(x, error, NULL, 0);
		return;
	}
	x->server = (uint8_t)((x->server + 1u) % a->count);
	outbox_add(a, x);
}

static void
broke(struct carrier *a, struct exchange *x, int error)
{
	if (++x->broken < STREAMS)
		outbox_add(a, x);
	else
		x->done(x, error, NULL, 0);
}

/* A packet came: is it the last word? True when x is asked again. */
static bool
asks_again(struct carrier *a, struct exchange *x, const uint8_t *p, size_t n)
{
	struct server *s = &a->servers[x->server];
	int rcode = wire_rcode(p, n);

	/* Over UDP and without OPT: the server knows no EDNS, and c-ares has
	 * noticed. Else it would cut our next plain question at a FORMERR by
	 * an OPT that is not there. */
	if (rcode == FORMERR && !s->is_plain && !x->is_stream &&
	    (p[10] | p[11]) == 0) {
		s->is_plain = true;
		return true;
	}
	if ((rcode == SERVFAIL || rcode == REFUSED) && x->refusals + 1u <
	    a->count) {
		x->refusals++;
		x->server = (uint8_t)((x->server + 1u) % a->count);
		x->is_stream = false;
		return true;
	}
	if (!x->is_stream && (wire_is_truncated(p, n) || n == CUT)) {
		x->is_stream = true;
		return true;
	}
	return false;
}

static void
came(struct carrier *a, struct exchange *x, const uint8_t *p, size_t n)
{
	server_spoke(&a->servers[x->server]);
	if (!wire_matches_of(p, n, x->id, x->bytes, x->type))
		x->done(x, -E_GARBAGE, NULL, 0);
	else if (asks_again(a, x, p, n))
		outbox_add(a, x);
	else
		x->done(x, 0, p, n);
}

static int
error_of_status(int status)
{
	switch (status) {
	case ARES_ETIMEOUT:
		return -E_TIMEOUT;
	case ARES_EDESTRUCTION:
	case ARES_ECANCELLED:
		return -E_CANCELED;
	default:
		return -E_SERVFAIL;     /* no route, refused, no memory */
	}
}

/* From c-ares, perhaps while ares_send is still on the stack. */
static void
answered(void *arg, int status, int timeouts, unsigned char *p, int n)
{
	struct exchange *x = arg;
	struct carrier *a = CONTAINER(x->upstream, struct carrier, upstream);
	int error = error_of_status(status);

	(void)timeouts;
	a->flying--;
	id_give_back(a, x->id);
	if (!x->is_stream)
		x->asks++;
	if (status == ARES_SUCCESS)
		came(a, x, p, (size_t)n);
	else if (a->is_closing || error == -E_CANCELED)
		x->done(x, -E_CANCELED, NULL, 0);
	else if (x->is_stream)
		broke(a, x, error);
	else
		went_silent(a, x, error);
}

/* --- the loop's side ----------------------------------------------------- */

static void
process(struct channel *c, int read_fd, int write_fd)
{
	struct carrier *a = c->carrier;

	a->inside++;
	ares_process_fd(c->c, read_fd, write_fd);
	a->inside--;
}

static void
on_plug(void *arg, int events)
{
	struct plug *g = arg;
	struct carrier *a = g->channel->carrier;
	int fd = g->fd;                 /* the plug may be gone in a moment */

	process(g->channel, events & WATCH_READ ? fd : ARES_SOCKET_BAD,
	    events & WATCH_WRITE ? fd : ARES_SOCKET_BAD);
	drain(a);
}

static void
on_tick(struct timer *t)
{
	struct carrier *a = CONTAINER(t, struct carrier, tick);
	size_t i;

	for (i = 0; i < a->count; i++) {
		process(&a->servers[i].udp, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		process(&a->servers[i].tcp, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	}
	drain(a);
}

/* c-ares would write to a broken TCP stream without MSG_NOSIGNAL: the sockets
 * are ours. */
static ares_socket_t
sock_open(int family, int type, int protocol, void *arg)
{
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	int size = RECEIVE;

	(void)arg;
	if (fd >= 0 && type == SOCK_DGRAM)      /* as much as we may have */
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof size);
	return fd;
}

static int
sock_close(ares_socket_t fd, void *arg)
{
	(void)arg;
	return close(fd);
}

static int
sock_connect(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t n,
    void *arg)
{
	(void)arg;
	return connect(fd, to, n);
}

static ares_ssize_t
sock_read(ares_socket_t fd, void *p, size_t n, int flags,
    struct sockaddr *from, ares_socklen_t *from_n, void *arg)
{
	(void)arg;
	return recvfrom(fd, p, n, flags, from, from_n);
}

static ares_ssize_t
sock_write(ares_socket_t fd, const struct iovec *v, int n, void *arg)
{
	struct iovec copy = *v;         /* the first; c-ares goes on itself */
	struct msghdr m = { .msg_iov = &copy, .msg_iovlen = 1 };

	(void)n, (void)arg;
	return sendmsg(fd, &m, MSG_NOSIGNAL);
}

static const struct ares_socket_functions sock_functions = {
	sock_open, sock_close, sock_connect, sock_read, sock_write
};

/* c-ares opens, re-arms or (with neither) is about to close fd. */
static void
on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct channel *c = arg;
	struct plug **at = &c->plugs, *g;

	while (*at != NULL && (*at)->fd != fd)
		at = &(*at)->next;
	g = *at;
	if (!readable && !writable) {
		if (g != NULL) {
			*at = g->next;
			watch_free(&g->watch);
			free(g);
		}
		return;
	}
	if (g == NULL) {
		g = calloc(1, sizeof *g);
		must(g != NULL);
		g->fd = fd;
		g->channel = c;
		g->watch = watch_new(c->carrier->loop, fd, on_plug, g);
		*at = g;
	}
	watch_set(g->watch, (readable ? WATCH_READ : 0) |
	    (writable ? WATCH_WRITE : 0));
}

/* --- opening and closing ------------------------------------------------- */

static int
channel_server(struct channel *c, const struct ares_server *where)
{
	struct ares_addr_port_node node = { .family = AF_INET6,
		.udp_port = where->port, .tcp_port = where->port };

	if (ip_is_v6(where->ip)) {
		memcpy(&node.addr.addr6, where->ip.a, 16);
	} else {
		node.family = AF_INET;
		memcpy(&node.addr.addr4, where->ip.a + 12, 4);
	}
	return ares_set_servers_ports(c->c, &node);
}

/* All that c-ares would else look for in files and the environment is given:
 * it opens nothing. */
static int
channel_open(struct channel *c, struct carrier *a,
    const struct ares_server *where, int flags, usec_t timeout)
{
	char lookups[] = "b";
	struct in_addr any = { htonl(INADDR_LOOPBACK) };
	struct ares_options o = {
		.flags = flags | ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH |
		    ARES_FLAG_NOALIASES,
		.timeout = (int)(timeout / MSEC),
		.tries = 1,
		.ndots = 1,
		.servers = &any, .nservers = 1, /* replaced below */
		.lookups = lookups,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = c,
		.ednspsz = UDP_SIZE,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	    ARES_OPT_NDOTS | ARES_OPT_SERVERS | ARES_OPT_DOMAINS |
	    ARES_OPT_LOOKUPS | ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB |
	    ARES_OPT_EDNSPSZ | ARES_OPT_NOROTATE;
	int status;

	c->carrier = a;
	status = ares_init_options(&c->c, &o, mask);
	if (status != ARES_SUCCESS)
		return status;
	c->is_open = true;
	ares_set_socket_functions(c->c, &sock_functions, NULL);
	return channel_server(c, where);
}

static void
channel_close(struct channel *c)
{
	if (c->is_open)
		ares_destroy(c->c);
	must(c->plugs == NULL);
}

static void
carrier_free(struct upstream *u)
{
	struct carrier *a = CONTAINER(u, struct carrier, upstream);
	struct exchange *x;
	size_t i;

	a->is_closing = true;
	a->inside++;
	for (i = 0; i < a->count; i++) {
		channel_close(&a->servers[i].udp);
		channel_close(&a->servers[i].tcp);
	}
	while ((x = outbox_take(a)) != NULL)
		x->done(x, -E_CANCELED, NULL, 0);
	must(a->flying == 0);
	timer_stop(a->world->fibers, &a->tick);
	buf_free(&a->question);
	free(a);
	ares_library_cleanup();
}

static void
carrier_take(struct upstream *u, struct exchange *x)
{
	struct carrier *a = CONTAINER(u, struct carrier, upstream);

	if (a->is_closing) {
		x->done(x, -E_CANCELED, NULL, 0);
		return;
	}
	x->upstream = u;
	x->server = server_first(a);
	x->asks = x->broken = x->refusals = 0;
	x->is_stream = false;
	outbox_add(a, x);
	drain(a);
}

int
ares_upstream(struct loop *loop, struct world *world,
    const struct ares_server *servers, size_t count, usec_t timeout,
    struct upstream **out, struct fault *f)
{
	struct carrier *a = calloc(1, sizeof *a);
	int status;
	size_t i;

	must(a != NULL && count > 0);
	a->upstream.send = carrier_take;
	a->upstream.free = carrier_free;
	a->loop = loop;
	a->world = world;
	a->count = count < ARES_SERVERS ? count : ARES_SERVERS;
	a->outbox_end = &a->outbox;
	a->tick.fire = on_tick;
	status = ares_library_init(ARES_LIB_INIT_ALL);
	for (i = 0; status == ARES_SUCCESS && i < a->count; i++) {
		status = channel_open(&a->servers[i].udp, a, &servers[i],
		    ARES_FLAG_STAYOPEN | ARES_FLAG_EDNS | ARES_FLAG_IGNTC,
		    timeout);
		if (status == ARES_SUCCESS)
			status = channel_open(&a->servers[i].tcp, a,
			    &servers[i], ARES_FLAG_USEVC, timeout);
	}
	if (status != ARES_SUCCESS) {
		fault_set(f, "c-ares cannot start: %s", ares_strerror(status));
		carrier_free(&a->upstream);
		return -E_IO;
	}
	*out = &a->upstream;
	return 0;
}

const char *
ares_loaded(void)
{
	return ares_version(NULL);
}
