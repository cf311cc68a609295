/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dns - answers questions by rule, after a fixed time; for measuring.
 *
 *	dns ADDR:PORT DELAY_MS LISTED ZONE [SLOW_MS]
 *
 * A names "d.c.b.a.blN.example" are listed (127.0.0.2) when N is 8 and b.a,
 * read as "a.b", is LISTED (203.0); all others do not exist. So who asks
 * eight zones one after the other has to ask all of them. Each has 127.0.0.2
 * in it, which a list must have (RFC 5782 5). With SLOW_MS the answers about
 * bl1 to bl4 take so long. The file ZONE says
 * what else exists: a line "NAME TYPE VALUE" for each record, TYPE A, TXT, MX
 * or PTR; a NAME that begins with "*." stands for all below it.
 *
 * SIGUSR1 prints "questions=N lists=M" (M: of the eight zones) since the last
 * time, SIGTERM ends it.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKET  1232
#define QUEUE   65536
#define RECORDS 64

enum { TYPE_A = 1, TYPE_PTR = 12, TYPE_MX = 15, TYPE_TXT = 16 };

struct record {
	char     name[128];     /* lower case, with its last dot            */
	bool     is_below;      /* all names below it, not itself           */
	unsigned type;
	char     value[700];
};

/* An answer on its way. */
struct late {
	double             due;
	struct sockaddr_in to;
	size_t             len;
	uint8_t            packet[PACKET];
};

/* Answers that wait for the same time: a ring. */
struct queue {
	double       delay;
	struct late *late;
	unsigned     head, tail;
};

struct server {
	int          fd;
	struct queue soon, slow;
	char         listed[32];      /* "0.203." as it stands in a name   */
	unsigned long questions, lists;
	struct record zone[RECORDS];
	size_t       records;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The question's name as text. Returns the offset behind it, 0 on trouble. */
static size_t
read_name(const uint8_t *p, size_t n, char *name, size_t room)
{
	size_t at = 12, out = 0, len;

	while (at < n && p[at] != 0) {
		len = p[at++];
		if (len > 63 || at + len >= n || out + len + 2 > room)
			return 0;
		for (; len > 0; len--)
			name[out++] = (char)tolower(p[at++]);
		name[out++] = '.';
	}
	name[out] = '\0';
	return at + 5 <= n ? at + 1 : 0;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

static bool
is_listed(const struct server *s, const char *name)
{
	char end[64];

	if (strncmp(name, "2.0.0.127.bl", 12) == 0)
		return true;
	snprintf(end, sizeof end, "%sbl8.example.", s->listed);
	return ends_with(name, end);
}

/* --- what the zone says -------------------------------------------------- */

static bool
is_of(const struct record *r, const char *name)
{
	size_t n = strlen(name), m = strlen(r->name);

	if (!r->is_below)
		return strcmp(r->name, name) == 0;
	return n > m + 1 && name[n - m - 1] == '.' && ends_with(name, r->name);
}

static size_t
put_name(uint8_t *out, const char *name)
{
	size_t at = 0, len;

	for (; *name != '\0' && *name != '.'; name += len + (name[len] == '.')) {
		len = strcspn(name, ".");
		out[at++] = (uint8_t)len;
		memcpy(out + at, name, len);
		at += len;
	}
	out[at++] = 0;
	return at;
}

static size_t
put_text(uint8_t *out, const char *text)
{
	size_t left = strlen(text), at = 0, len;

	for (; left > 0; left -= len, text += len) {
		len = left > 255 ? 255 : left;
		out[at++] = (uint8_t)len;
		memcpy(out + at, text, len);
		at += len;
	}
	return at;
}

static size_t
put_value(uint8_t *out, const struct record *r)
{
	switch (r->type) {
	case TYPE_A:
		return inet_pton(AF_INET, r->value, out) == 1 ? 4 : 0;
	case TYPE_MX:
		out[0] = 0;
		out[1] = 10;
		return 2 + put_name(out + 2, r->value);
	case TYPE_PTR:
		return put_name(out, r->value);
	default:
		return put_text(out, r->value);
	}
}

/* A record of the name that was asked, behind the packet's first n bytes. */
static size_t
put_record(uint8_t *p, size_t n, const struct record *r)
{
	uint8_t *at = p + n;
	size_t len;

	if (n + 12 + sizeof r->value + 4 > PACKET)
		return n;
	memcpy(at, "\xc0\x0c\0\0\0\1\0\0\1\x2c", 10);
	at[3] = (uint8_t)r->type;
	len = put_value(at + 12, r);
	at[10] = (uint8_t)(len >> 8);
	at[11] = (uint8_t)len;
	p[7]++;
	return n + 12 + len;
}

/* The zone of all that has the last label of the name that was asked, so that
 * whoever asked may remember that there is nothing (RFC 2308 5). */
static size_t
put_soa(uint8_t *p, size_t n)
{
	static const uint8_t numbers[20] = { [3] = 1, [6] = 1, [10] = 1,
		[14] = 1, [18] = 1, [19] = 0x2c };
	uint8_t *at = p + n;
	size_t apex = 12;

	while (p[apex] != 0 && p[apex + p[apex] + 1] != 0)
		apex += p[apex] + 1u;
	if (n + 36 > PACKET)
		return n;
	memcpy(at, "\xc0\0\0\6\0\1\0\0\1\x2c\0\x18\xc0\0\xc0", 16);
	at[1] = at[13] = at[15] = (uint8_t)apex;
	memcpy(at + 16, numbers, sizeof numbers);
	p[9] = 1;
	return n + 36;
}

/* Of bl1 to bl4, when these are slow. */
static bool
is_slow(const struct server *s, const char *name)
{
	const char *zone = strstr(name, ".bl");

	return s->slow.delay > 0 && zone != NULL && zone[3] <= '4';
}

/* Turns a question into its answer, in place. Returns its length, 0: none. */
static size_t
answer(struct server *s, uint8_t *p, size_t n, struct queue **queue)
{
	static const struct record listing = { .type = TYPE_A,
		.value = "127.0.0.2" };
	char name[300];
	size_t i, at = n < 17 || (p[2] & 0x80) ? 0 :
	    read_name(p, n, name, sizeof name);
	bool is_list, is_there;
	unsigned type;

	if (at == 0)
		return 0;
	type = (unsigned)p[at] << 8 | p[at + 1];
	is_list = ends_with(name, ".example.") && strstr(name, ".bl") != NULL;
	is_there = is_list && is_listed(s, name);
	*queue = is_list && is_slow(s, name) ? &s->slow : &s->soon;
	s->questions++;
	s->lists += is_list;
	at += 4;
	memset(p + 6, 0, 6);
	if (is_there && type == TYPE_A)
		at = put_record(p, at, &listing);
	for (i = 0; i < s->records; i++) {
		if (!is_of(&s->zone[i], name))
			continue;
		is_there = true;
		if (s->zone[i].type == type)
			at = put_record(p, at, &s->zone[i]);
	}
	if (p[7] == 0)
		at = put_soa(p, at);
	p[2] = (uint8_t)(0x84 | (p[2] & 1));
	p[3] = is_there ? 0x80 : 0x83;
	return at;
}

/* --- questions and answers ----------------------------------------------- */

static void
reply(struct server *s, struct queue *q, const uint8_t *p, size_t n,
    const struct sockaddr_in *to)
{
	struct late *l;

	if (q->delay <= 0 || q->tail - q->head == QUEUE) {
		sendto(s->fd, p, n, 0, (const struct sockaddr *)to,
		    sizeof *to);
		return;
	}
	l = &q->late[q->tail++ % QUEUE];
	l->due = now() + q->delay;
	l->to = *to;
	l->len = n;
	memcpy(l->packet, p, n);
}

static void
receive(struct server *s)
{
	struct sockaddr_in from;
	struct queue *queue;
	socklen_t len;
	uint8_t p[PACKET];
	ssize_t n;
	int i;

	for (i = 0; i < 64; i++) {
		len = sizeof from;
		n = recvfrom(s->fd, p, sizeof p, MSG_DONTWAIT,
		    (struct sockaddr *)&from, &len);
		if (n < 0)
			return;
		n = (ssize_t)answer(s, p, (size_t)n, &queue);
		if (n > 0)
			reply(s, queue, p, (size_t)n, &from);
	}
}

static void
send_due(const struct server *s, struct queue *q)
{
	double t = now();
	struct late *l;

	for (; q->head != q->tail; q->head++) {
		l = &q->late[q->head % QUEUE];
		if (l->due > t)
			return;
		sendto(s->fd, l->packet, l->len, 0,
		    (struct sockaddr *)&l->to, sizeof l->to);
	}
}

/* Milliseconds until something is due, as poll wants it. */
static int
patience(const struct queue *q)
{
	double wait;

	if (q->head == q->tail)
		return INT_MAX;
	wait = q->late[q->head % QUEUE].due - now();
	return wait <= 0 ? 0 : (int)(wait * 1e3) + 1;
}

static int
lower(int a, int b)
{
	return a < b ? a : b;
}

static int
serve(struct server *s, int signals)
{
	struct pollfd fds[2] = { { .fd = s->fd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN } };
	struct signalfd_siginfo info;

	for (;;) {
		poll(fds, 2, lower(patience(&s->soon), patience(&s->slow)));
		if (fds[0].revents & POLLIN)
			receive(s);
		send_due(s, &s->soon);
		send_due(s, &s->slow);
		if (!(fds[1].revents & POLLIN) ||
		    read(signals, &info, sizeof info) != sizeof info)
			continue;
		if (info.ssi_signo != SIGUSR1)
			return 0;
		printf("questions=%lu lists=%lu\n", s->questions, s->lists);
		fflush(stdout);
		s->questions = s->lists = 0;
	}
}

/* --- the start ----------------------------------------------------------- */

static unsigned
type_parse(const char *text)
{
	return strcmp(text, "A") == 0 ? TYPE_A : strcmp(text, "MX") == 0 ?
	    TYPE_MX : strcmp(text, "PTR") == 0 ? TYPE_PTR : TYPE_TXT;
}

static void
zone_read(struct server *s, const char *path)
{
	char line[1024], name[126], type[8];
	FILE *f = fopen(path, "r");
	struct record *r;
	int at;

	while (f != NULL && fgets(line, sizeof line, f) != NULL &&
	    s->records < RECORDS) {
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%125s %7s %n", name, type, &at) != 2)
			continue;
		r = &s->zone[s->records++];
		r->is_below = strncmp(name, "*.", 2) == 0;
		snprintf(r->name, sizeof r->name, "%s.",
		    r->is_below ? name + 2 : name);
		r->type = type_parse(type);
		snprintf(r->value, sizeof r->value, "%s", line + at);
	}
	if (f == NULL || ferror(f)) {
		perror(path);
		exit(1);
	}
	fclose(f);
}

static int
server_open(struct server *s, char *address)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	char *colon = strrchr(address, ':');
	int room = 8 << 20;

	if (colon == NULL)
		return -1;
	*colon = '\0';
	sa.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		return -1;
	s->fd = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	return bind(s->fd, (struct sockaddr *)&sa, sizeof sa);
}

int
main(int argc, char **argv)
{
	struct server *s = calloc(1, sizeof *s);
	unsigned a, b;
	sigset_t set;

	s->soon.late = calloc(QUEUE, sizeof *s->soon.late);
	s->slow.late = calloc(QUEUE, sizeof *s->slow.late);
	if (argc < 5 || argc > 6 || sscanf(argv[3], "%u.%u", &a, &b) != 2 ||
	    server_open(s, argv[1]) != 0) {
		fprintf(stderr, "usage: dns ADDR:PORT DELAY_MS A.B ZONE "
		    "[SLOW_MS] (%s)\n", strerror(errno));
		return 2;
	}
	zone_read(s, argv[4]);
	s->soon.delay = strtod(argv[2], NULL) / 1e3;
	s->slow.delay = argc == 6 ? strtod(argv[5], NULL) / 1e3 : 0;
	snprintf(s->listed, sizeof s->listed, ".%u.%u.", b, a);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return serve(s, signalfd(-1, &set, SFD_CLOEXEC));
}
