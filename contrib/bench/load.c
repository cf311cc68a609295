/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load - a bounded SMTP client of many sessions, for measuring; one thread.
 *
 *	load refuse HOST:PORT [options]   until a 4xx or 5xx ends each session
 *	load accept HOST:PORT [options]   a message to each, until it is taken
 *	load idle   HOST:PORT [options]   opens, waits for the banner, holds
 *
 *	-s N     sessions at once (20)
 *	-m N     sessions in all (2000; idle: as many as at once)
 *	-f FILE  accept: the message, at most 32 KiB, so that one send takes it
 *	-u N     accept: mailboxes u0 to u(N-1) take turns (20)
 *	-p A.B   first octets of the client that a PROXY v1 line names; each
 *	         session is another client
 *	-o N     number of the first client
 *	-e       idle: say EHLO too
 *	-h SECS  idle: hold so long (5)
 *	-w SECS  give up after (60)
 *
 * Prints one line of key=value; dot_*: from the last byte of the message to its
 * 250. Targets on loopback only. A session that ends in any other way than
 * asked for counts as failed, with the first reason.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE 32768

enum mode { REFUSE, ACCEPT, IDLE };

/* What a session has said last; row of the table steps[]. */
enum step { SP_CONNECT, SP_BANNER, SP_EHLO, SP_MAIL, SP_RCPT, SP_DATA,
	SP_MESSAGE, SP_QUIT, SP_HOLD };

struct session {
	int       fd;           /* -1: none                                 */
	enum step step;
	long      client;       /* which of its net                         */
	double    started, dot;
	size_t    used;
	char      line[2048];
};

/* Spans, to be sorted. */
struct spans {
	double *of;
	long    count;
};

struct load {
	enum mode   mode;
	bool        says_ehlo;
	long        at_once, total, first;
	unsigned    users;
	const char *net;
	const char *message;
	double      hold, limit;
	struct sockaddr_in target;
	int         epoll;
	long        begun, open, done, failed, passed;
	double      last;           /* when the last one was done           */
	struct spans took, dots;
	char        reason[160];
};

static const char *const steps[] = {
	[SP_EHLO] = "EHLO client.sender.example\r\n",
	[SP_MAIL] = "MAIL FROM:<sender@sender.example>\r\n",
	[SP_DATA] = "DATA\r\n",
	[SP_QUIT] = "QUIT\r\n",
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
session_open(struct load *l, struct session *s)
{
	struct epoll_event e = { .events = EPOLLOUT, .data.ptr = s };
	int one = 1;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (s->fd < 0) {
		perror("load: socket");
		exit(1);
	}
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	s->step = SP_CONNECT;
	s->used = 0;
	s->started = now();
	s->client = l->first + l->begun;
	l->begun++;
	l->open++;
	if (connect(s->fd, (struct sockaddr *)&l->target,
	    sizeof l->target) < 0 && errno != EINPROGRESS) {
		perror("load: connect");
		exit(1);
	}
	epoll_ctl(l->epoll, EPOLL_CTL_ADD, s->fd, &e);
}

static void
session_end(struct load *l, struct session *s)
{
	close(s->fd);
	s->fd = -1;
	l->open--;
	if (l->mode != IDLE && l->begun < l->total)
		session_open(l, s);
}

static void
session_fail(struct load *l, struct session *s, const char *reason)
{
	l->failed++;
	if (l->reason[0] == '\0')
		snprintf(l->reason, sizeof l->reason, "step %d: %s", s->step,
		    reason);
	session_end(l, s);
}

static bool
session_say(struct load *l, struct session *s, const char *text)
{
	if (send(s->fd, text, strlen(text), MSG_NOSIGNAL) ==
	    (ssize_t)strlen(text))
		return true;
	session_fail(l, s, "cannot send");
	return false;
}

static void
session_connected(struct load *l, struct session *s)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = s };
	unsigned client = (unsigned)s->client & 0xffff;
	char proxy[108];

	s->step = SP_BANNER;
	epoll_ctl(l->epoll, EPOLL_CTL_MOD, s->fd, &e);
	if (l->net == NULL)
		return;
	snprintf(proxy, sizeof proxy, "PROXY TCP4 %s.%u.%u 127.0.0.2 %u 25\r\n",
	    l->net, client >> 8, client & 255, 20000 + client % 30000);
	session_say(l, s, proxy);
}

/* What it came for has happened; the first reply to that is told. */
static void
session_done(struct load *l, struct session *s, const char *line)
{
	l->last = now();
	l->took.of[l->took.count++] = l->last - s->started;
	if (s->step == SP_MESSAGE)
		l->dots.of[l->dots.count++] = l->last - s->dot;
	if (l->reason[0] == '\0')
		snprintf(l->reason, sizeof l->reason, "%s", line);
	l->done++;
}

static void
session_refused(struct load *l, struct session *s, const char *line)
{
	if (l->mode != REFUSE) {
		session_fail(l, s, line);
		return;
	}
	session_done(l, s, line);
	session_end(l, s);
}

static bool
session_next(struct load *l, struct session *s)
{
	char rcpt[64];

	s->step = s->step + 1;
	if (s->step == SP_MESSAGE) {
		s->dot = now();
		return session_say(l, s, l->message);
	}
	if (s->step != SP_RCPT)
		return session_say(l, s, steps[s->step]);
	snprintf(rcpt, sizeof rcpt, "RCPT TO:<u%u@example.test>\r\n",
	    (unsigned)s->client % l->users);
	return session_say(l, s, rcpt);
}

/* The last line of a reply. False when the session is over. */
static bool
session_reply(struct load *l, struct session *s, const char *line)
{
	if (line[0] >= '4') {
		session_refused(l, s, line);
		return false;
	}
	if (l->mode == IDLE && (s->step == SP_EHLO || !l->says_ehlo)) {
		s->step = SP_HOLD;
		l->done++;
		return true;
	}
	if (s->step == SP_MESSAGE)
		session_done(l, s, line);
	if (s->step == SP_QUIT || (s->step == SP_DATA && l->mode == REFUSE)) {
		/* Nobody refused: the work was not done. */
		l->passed += l->mode == REFUSE;
		session_end(l, s);
		return false;
	}
	return session_next(l, s);
}

static void
session_lines(struct load *l, struct session *s)
{
	char *at = s->line, *end;

	while ((end = memchr(at, '\n', (size_t)(s->line + s->used - at))) !=
	    NULL) {
		*end = '\0';
		if (end > at && end[-1] == '\r')
			end[-1] = '\0';
		if (strlen(at) >= 3 && at[3] != '-' &&
		    !session_reply(l, s, at))
			return;
		at = end + 1;
	}
	s->used -= (size_t)(at - s->line);
	memmove(s->line, at, s->used);
}

static void
session_event(struct load *l, struct session *s)
{
	ssize_t n;

	if (s->fd < 0)
		return;
	if (s->step == SP_CONNECT) {
		session_connected(l, s);
		return;
	}
	n = recv(s->fd, s->line + s->used, sizeof s->line - s->used, 0);
	if (n > 0) {
		s->used += (size_t)n;
		session_lines(l, s);
	} else if (n == 0 || errno != EAGAIN)
		session_fail(l, s, "closed");
}

static void
load_run(struct load *l)
{
	struct session *all = calloc((size_t)l->at_once, sizeof *all);
	struct epoll_event ev[256];
	double end = now() + l->limit;
	long i, made = 0;
	int n;

	while (now() < end) {
		/* In steps, so that no backlog is what is measured. */
		for (i = 0; i < 64 && made < l->at_once &&
		    l->begun < l->total; i++)
			session_open(l, &all[made++]);
		if (l->open == 0 || (l->mode == IDLE &&
		    l->done + l->failed == l->total))
			return;
		n = epoll_wait(l->epoll, ev, 256, made < l->at_once ? 0 : 50);
		for (i = 0; i < n; i++)
			session_event(l, ev[i].data.ptr);
	}
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Milliseconds that this share of the spans (sorted) stays below. */
static double
part_ms(const struct spans *s, double share)
{
	return s->count == 0 ? 0 :
	    1e3 * s->of[(long)((double)(s->count - 1) * share)];
}

static void
load_report(struct load *l, double start)
{
	double seconds = (l->last > start ? l->last : now()) - start;

	qsort(l->took.of, (size_t)l->took.count, sizeof (double), compare);
	qsort(l->dots.of, (size_t)l->dots.count, sizeof (double), compare);
	printf("seconds=%.3f done=%ld passed=%ld failed=%ld unfinished=%ld "
	    "rate=%.0f p50_ms=%.2f p99_ms=%.2f ", seconds, l->done,
	    l->passed, l->failed, l->mode == IDLE ? 0 : l->open,
	    (double)l->done / seconds, part_ms(&l->took, 0.5),
	    part_ms(&l->took, 0.99));
	if (l->mode == ACCEPT)
		printf("dot_p50_ms=%.3f dot_p99_ms=%.3f ",
		    part_ms(&l->dots, 0.5), part_ms(&l->dots, 0.99));
	printf("reason=\"%s\"\n", l->reason);
	fflush(stdout);
}

/* The file as it is sent: lines end with CR LF, dots doubled, the end. */
static const char *
message_read(const char *path)
{
	char *text = malloc(2 * MESSAGE), *at = text;
	FILE *f = fopen(path, "rb");
	int c, last = '\n';

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	while ((c = getc(f)) != EOF && at - text < MESSAGE) {
		if (c == '\n' && last != '\r')
			*at++ = '\r';
		if (c == '.' && last == '\n')
			*at++ = '.';
		*at++ = (char)c;
		last = c;
	}
	fclose(f);
	memcpy(at, ".\r\n", 4);
	return text;
}

static int
target_parse(struct load *l, const char *text)
{
	char host[64];
	char *colon;

	snprintf(host, sizeof host, "%s", text);
	colon = strrchr(host, ':');
	if (colon == NULL)
		return -1;
	*colon = '\0';
	l->target.sin_family = AF_INET;
	l->target.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &l->target.sin_addr) != 1)
		return -1;
	return ntohl(l->target.sin_addr.s_addr) >> 24 == 127 ? 0 : -1;
}

static void
load_options(struct load *l, int argc, char **argv)
{
	int c;

	l->total = 2000;
	l->at_once = 20;
	l->users = 20;
	l->hold = 5;
	l->limit = 60;
	while ((c = getopt(argc, argv, "s:m:f:u:p:o:eh:w:")) != -1)
		switch (c) {
		case 's': l->at_once = strtol(optarg, NULL, 10); break;
		case 'm': l->total = strtol(optarg, NULL, 10); break;
		case 'f': l->message = message_read(optarg); break;
		case 'u': l->users = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'p': l->net = optarg; break;
		case 'o': l->first = strtol(optarg, NULL, 10); break;
		case 'e': l->says_ehlo = true; break;
		case 'h': l->hold = strtod(optarg, NULL); break;
		case 'w': l->limit = strtod(optarg, NULL); break;
		default: exit(2);
		}
	if (l->mode == IDLE)
		l->total = l->at_once;
}

static bool
mode_parse(struct load *l, const char *text)
{
	static const char *const names[] = { "refuse", "accept", "idle" };
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(text, names[i]) == 0) {
			l->mode = (enum mode)i;
			return true;
		}
	return false;
}

int
main(int argc, char **argv)
{
	struct load l = { .epoll = epoll_create1(0) };
	struct rlimit files = { 65536, 65536 };
	double start;

	if (argc < 3 || !mode_parse(&l, argv[1]) ||
	    target_parse(&l, argv[2]) != 0) {
		fprintf(stderr, "usage: load refuse|accept|idle "
		    "127.x.y.z:PORT [options]\n");
		return 2;
	}
	load_options(&l, argc - 2, argv + 2);
	if (l.users == 0 || (l.mode == ACCEPT && l.message == NULL)) {
		fprintf(stderr, "load: accept wants a message, -f FILE\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	l.took.of = calloc((size_t)l.total + 1, sizeof (double));
	l.dots.of = calloc((size_t)l.total + 1, sizeof (double));
	start = now();
	load_run(&l);
	load_report(&l, start);
	if (l.mode == IDLE)
		usleep((useconds_t)(l.hold * 1e6));
	return l.failed == 0 && l.passed == 0 ? 0 : 1;
}
