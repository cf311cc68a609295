/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * floor - how cheap can a refusal by DNS list be with libev and c-ares? Not a
 * mail server: a floor for one.
 *
 *	floor PORT DNS-ADDRESS ZONE...
 *
 * Accepts, reads a PROXY v1 line, asks every zone at once, says 554 at the
 * first listing (220 when all have answered), closes. Nothing is logged or
 * kept, answers are read by c-ares. SIGTERM ends it.
 */
#include <arpa/inet.h>
#include <ares.h>
#include <errno.h>
#include <ev.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS 16

struct client {
	ev_io  io;
	int    fd;              /* -1: closed                               */
	size_t len;
	int    open;            /* questions without an answer              */
	bool   is_told;
	char   in[128];
};

static struct ev_loop *loop;
static ares_channel channel;
static char **zones;
static int zone_count;
static ev_io sockets[SOCKETS];

static void
client_end(struct client *c)
{
	if (c->fd >= 0) {
		ev_io_stop(loop, &c->io);
		close(c->fd);
		c->fd = -1;
	}
	if (c->open == 0)
		free(c);
}

static void
client_tell(struct client *c, const char *text)
{
	if (!c->is_told && c->fd >= 0)
		send(c->fd, text, strlen(text), MSG_NOSIGNAL);
	c->is_told = true;
	client_end(c);
}

static void
on_answer(void *arg, int status, int timeouts, unsigned char *packet, int len)
{
	struct client *c = arg;
	struct ares_addrttl a[8];
	int count = 8;

	(void)timeouts;
	c->open--;
	if (status == ARES_SUCCESS && !c->is_told && ares_parse_a_reply(packet,
	    len, NULL, a, &count) == ARES_SUCCESS && count > 0)
		client_tell(c, "554 5.7.1 listed\r\n");
	else if (c->open == 0)
		client_tell(c, "220 clean\r\n");
}

static void
ask_all(struct client *c, const unsigned char ip[4])
{
	char name[128];
	int i;

	ev_io_stop(loop, &c->io);
	c->open = zone_count + 1;       /* one is held by this loop */
	for (i = 0; i < zone_count; i++) {
		snprintf(name, sizeof name, "%u.%u.%u.%u.%s", ip[3], ip[2],
		    ip[1], ip[0], zones[i]);
		ares_query(channel, name, 1, 1, on_answer, c);
	}
	if (--c->open == 0)
		client_end(c);
}

static void
on_client(EV_P_ ev_io *w, int events)
{
	struct client *c = (struct client *)(void *)w;
	unsigned char ip[4];
	ssize_t n;

	(void)loop;
	(void)events;
	n = recv(c->fd, c->in + c->len, sizeof c->in - 1 - c->len, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		client_end(c);
		return;
	}
	c->len += (size_t)n;
	c->in[c->len] = '\0';
	if (strchr(c->in, '\n') == NULL)
		return;
	if (sscanf(c->in, "PROXY TCP4 %hhu.%hhu.%hhu.%hhu", &ip[0], &ip[1],
	    &ip[2], &ip[3]) == 4)
		ask_all(c, ip);
	else
		client_end(c);
}

static void
on_accept(EV_P_ ev_io *w, int events)
{
	struct client *c;
	int i, fd;

	(void)events;
	for (i = 0; i < 32; i++) {
		fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		c = calloc(1, sizeof *c);
		c->fd = fd;
		ev_io_init(&c->io, on_client, fd, EV_READ);
		ev_io_start(EV_A_ &c->io);
	}
}

static void
on_socket(EV_P_ ev_io *w, int events)
{
	(void)loop;
	ares_process_fd(channel, events & EV_READ ? w->fd : ARES_SOCKET_BAD,
	    events & EV_WRITE ? w->fd : ARES_SOCKET_BAD);
}

static void
on_tick(EV_P_ ev_timer *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
	ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* c-ares opens, changes or closes (neither) a socket. */
static void
on_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	int i, events = (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0);
	ev_io *w = NULL;

	(void)arg;
	for (i = SOCKETS - 1; i >= 0; i--)
		if (!ev_is_active(&sockets[i]) || sockets[i].fd == fd) {
			w = &sockets[i];
			if (ev_is_active(w))
				break;
		}
	if (w == NULL)
		return;
	ev_io_stop(loop, w);
	if (events == 0)
		return;
	ev_io_set(w, fd, events);
	ev_io_start(loop, w);
}

static int
resolver_open(const char *address)
{
	struct in_addr server;
	struct ares_options o = { .flags = ARES_FLAG_NOSEARCH |
	    ARES_FLAG_STAYOPEN, .timeout = 2000, .tries = 2, .servers = &server,
		.nservers = 1, .sock_state_cb = on_state,
		.socket_receive_buffer_size = 4 << 20 };
	char lookups[] = "b";
	int i;

	o.lookups = lookups;
	for (i = 0; i < SOCKETS; i++)
		ev_init(&sockets[i], on_socket);
	return inet_pton(AF_INET, address, &server) == 1 &&
	    ares_library_init(ARES_LIB_INIT_ALL) == 0 &&
	    ares_init_options(&channel, &o, ARES_OPT_FLAGS |
	    ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
	    ARES_OPT_SERVERS | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_RCVBUF) == 0 ?
	    0 : -1;
}

static int
listen_on(const char *port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	sa.sin_port = htons((unsigned short)strtoul(port, NULL, 10));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&sa, sizeof sa) != 0 ||
	    listen(fd, 4096) != 0)
		return -1;
	return fd;
}

int
main(int argc, char **argv)
{
	ev_io listener;
	ev_timer tick;
	int fd;

	if (argc < 4) {
		fprintf(stderr, "usage: floor PORT DNS-ADDRESS ZONE...\n");
		return 2;
	}
	loop = ev_default_loop(0);
	zones = argv + 3;
	zone_count = argc - 3;
	fd = listen_on(argv[1]);
	if (fd < 0 || resolver_open(argv[2]) != 0) {
		perror("floor");
		return 1;
	}
	ev_io_init(&listener, on_accept, fd, EV_READ);
	ev_io_start(loop, &listener);
	ev_timer_init(&tick, on_tick, 0.5, 0.5);
	ev_timer_start(loop, &tick);
	ev_run(loop, 0);
	return 0;
}
