/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listener - who knocks is let in, a few each turn.
 *
 * Called by: the gate, with sockets of its own or inherited ones.
 *
 * Each accepted socket costs one system call here: accept4 gives the peer
 * and sets the flags, and TCP_NODELAY is inherited from the listening socket
 * (Linux does so; the unit test would show it if not).
 * Always holds: at most BATCH are accepted in one turn, so that sessions
 * that are under way get theirs however many knock; without descriptors we
 * do not listen for PAUSE. One client is let in and go then, by the spare
 * descriptor: it tries again later or elsewhere, rather than wait in the
 * kernel's queue until it loses patience.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "run/loop.h"

#define BACKLOG 4096            /* the kernel caps it at somaxconn          */
#define BATCH   32
#define PAUSE   (100 * MSEC)
#define SILENCE (60 * SEC)      /* after a line about it                    */

struct listener {
	struct loop  *loop;
	struct watch *watch;
	int           fd, spare;    /* spare is -1 when it could not be had  */
	void        (*fn)(void *arg, int fd, struct ip peer, unsigned port);
	void         *arg;
	struct timer  pause;
	struct sink  *log;          /* NULL: nobody is told                 */
	bool          was_told;
	usec_t        told;         /* when                                 */
};

union address {
	struct sockaddr     any;
	struct sockaddr_in  v4;
	struct sockaddr_in6 v6;
};

/* ------------------------------------------------------------------------
 * Binding.
 */

/* "192.0.2.1:25" or "[2001:db8::1]:25". */
static int
address_parse(struct str text, struct ip *ip, uint16_t *port)
{
	size_t colon = str_find_last(text, ':');
	struct str host = str_sub(text, 0, colon);
	bool has_brackets = host.len >= 2 && host.p[0] == '[' &&
	    host.p[host.len - 1] == ']';
	uint64_t number;
	struct ip parsed;

	if (has_brackets)
		host = str_sub(host, 1, host.len - 2);
	if (ip_parse(host, &parsed) != 0 ||
	    str_number(str_from(text, colon + 1), 65535, &number) != 0 ||
	    ip_is_v6(parsed) != has_brackets)
		return -E_INVALID;
	*ip = parsed;
	*port = (uint16_t)number;
	return 0;
}

static socklen_t
address_make(struct ip ip, uint16_t port, union address *a)
{
	memset(a, 0, sizeof *a);
	if (ip_is_v6(ip)) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons(port);
		memcpy(&a->v6.sin6_addr, ip.a, sizeof ip.a);
		return sizeof a->v6;
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons(port);
	memcpy(&a->v4.sin_addr, ip.a + 12, 4);
	return sizeof a->v4;
}

/* What helps against an errno of bind or listen. */
static const char *
remedy(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "; another program listens there";
	case EADDRNOTAVAIL:
		return "; no interface has this address";
	case EACCES:
		return "; ports under 1024 need root or CAP_NET_BIND_SERVICE";
	default:
		return "";
	}
}

static int
set_option(int fd, int level, int option)
{
	int one = 1;

	return setsockopt(fd, level, option, &one, sizeof one);
}

static int
socket_listen(int fd, const union address *a, socklen_t len)
{
	if (set_option(fd, SOL_SOCKET, SO_REUSEADDR) != 0 ||
	    set_option(fd, IPPROTO_TCP, TCP_NODELAY) != 0)
		return -1;
	if (a->any.sa_family == AF_INET6 &&
	    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0)
		return -1;
	if (bind(fd, &a->any, len) != 0)
		return -1;
	return listen(fd, BACKLOG);
}

int
loop_bind(struct str text, int *out, struct fault *fault)
{
	union address a;
	struct ip ip;
	uint16_t port;
	socklen_t len;
	int fd, error;

	if (address_parse(text, &ip, &port) != 0) {
		fault_set(fault, "\"%.*s\" is no address to listen on; "
		    "write 192.0.2.1:25 or [2001:db8::1]:25", STR_ARG(text));
		return -E_INVALID;
	}
	len = address_make(ip, port, &a);
	fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (fd < 0 || socket_listen(fd, &a, len) != 0) {
		error = errno;
		fault_set(fault, "cannot listen on %.*s: %s%s", STR_ARG(text),
		    strerror(error), remedy(error));
		if (fd >= 0)
			(void)close(fd);
		return -E_IO;
	}
	*out = fd;
	return 0;
}

/* ------------------------------------------------------------------------
 * Accepting.
 */

static struct ip
address_read(const union address *a, unsigned *port)
{
	struct ip ip = { { 0 } };
	uint8_t b[4];

	*port = 0;
	if (a->any.sa_family == AF_INET6) {
		memcpy(ip.a, &a->v6.sin6_addr, sizeof ip.a);
		*port = ntohs(a->v6.sin6_port);
	} else if (a->any.sa_family == AF_INET) {
		memcpy(b, &a->v4.sin_addr, sizeof b);
		ip = ip_v4(b[0], b[1], b[2], b[3]);
		*port = ntohs(a->v4.sin_port);
	}
	return ip;
}

static int
spare_new(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* catalogue 120: whoever runs this host wants to know. */
static void
tell_rest(struct listener *l, int error)
{
	usec_t now = fibers_now(loop_fibers(l->loop));
	struct event e;

	if (l->log == NULL || (l->was_told && now - l->told < SILENCE))
		return;
	l->was_told = true;
	l->told = now;
	event_open(&e, LOG_WARN, "state");
	event_word(&e, "name", STR("listener"));
	event_word(&e, "state", STR("resting"));
	event_text(&e, "why", str_of(strerror(error)));
	event_send(&e, l->log);
}

/* Without descriptors: one client in and out again, then a rest. */
static void
take_a_rest(struct listener *l, int error)
{
	int fd;

	tell_rest(l, error);
	if (l->spare >= 0) {
		(void)close(l->spare);
		fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd >= 0)
			(void)close(fd);
	}
	l->spare = spare_new(l->fd);
	watch_set(l->watch, 0);
	timer_set(loop_fibers(l->loop), &l->pause,
	    fibers_now(loop_fibers(l->loop)) + PAUSE);
}

static void
after_rest(struct timer *t)
{
	watch_set(CONTAINER(t, struct listener, pause)->watch, WATCH_READ);
}

/* One client. Returns false when there is none, or no room for one. */
static bool
accept_one(struct listener *l)
{
	union address a;
	socklen_t len = sizeof a;
	unsigned port;
	struct ip peer;
	int fd;

	memset(&a, 0, sizeof a);
	fd = accept4(l->fd, &a.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		peer = address_read(&a, &port);
		l->fn(l->arg, fd, peer, port);
		return true;
	}
	switch (errno) {
	case EAGAIN:
		return false;
	case ECONNABORTED: case EINTR: case EPERM: case EPROTO:
		return true;    /* that one was gone already; the next      */
	default:                /* EMFILE, ENFILE, ENOBUFS, ENOMEM ...      */
		take_a_rest(l, errno);
		return false;
	}
}

static void
on_knock(void *arg, int events)
{
	struct listener *l = arg;
	int i;

	(void)events;
	for (i = 0; i < BATCH && accept_one(l); i++)
		;
}

struct listener *
listener_new(struct loop *loop, int fd,
    void (*fn)(void *arg, int fd, struct ip peer, unsigned port), void *arg)
{
	struct listener *l = calloc(1, sizeof *l);

	must(l != NULL);
	l->loop = loop;
	l->fd = fd;
	l->fn = fn;
	l->arg = arg;
	l->spare = spare_new(fd);
	l->pause.fire = after_rest;
	l->watch = watch_new(loop, fd, on_knock, l);
	watch_set(l->watch, WATCH_READ);
	return l;
}

void
listener_log(struct listener *l, struct sink *log)
{
	l->log = log;
}

void
listener_free(struct listener **lp)
{
	struct listener *l = *lp;

	if (l == NULL)
		return;
	timer_stop(loop_fibers(l->loop), &l->pause);
	watch_free(&l->watch);
	if (l->spare >= 0)
		(void)close(l->spare);
	free(l);
	*lp = NULL;
}
