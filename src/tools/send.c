/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * send - `postern send`: one message over SMTP, the dialogue shown.
 *
 * A small client for trying things out: blocking, no TLS, no queue. With
 * --as it speaks as if it came from another address (PROXY version 1), to
 * a listener that trusts us with that.
 *
 * Always holds: the exit status names the stage that failed; > and < show
 * what was really said; the message goes out byte for byte but for line ends
 * and doubled dots.
 * Source: RFC 5321; the PROXY protocol's text of HAProxy, version 1.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/ip.h"
#include "base/log.h"
#include "lang/builtin.h"
#include "run/clock.h"
#include "sim/message.h"
#include "tools/tool.h"

#define PATIENCE  330           /* seconds; RFC 5321 4.5.3.2 asks for 300  */
#define LINE_MOST 4096
#define RCPTS     100
#define SERVER    "127.0.0.1:2525"

const char usage_send[] =
	"      --server HOST:PORT  default " SERVER "\n"
	"      --as ADDRESS        as if from there (PROXY version 1)\n"
	"      --helo NAME         default: [ADDRESS] with --as, else this "
	"host\n"
	"      --from ADDRESS      default: empty, as bounces have it\n"
	"      --to ADDRESS        may be repeated\n"
	"      --header LINE       \"Subject: x\"; may be repeated\n"
	"      --body TEXT         instead of FILE; FILE may be -\n"
	"  -q, --quiet             no dialogue\n"
	"\n"
	"Exit status: 0 taken; 2 no connection; else who said no: 21 "
	"greeting, 22 EHLO,\n"
	"23 MAIL, 24 every RCPT, 25 DATA, 26 the message, 27 QUIT, 29 the "
	"connection broke.\n"
	"\n"
	"examples:\n"
	"  postern send --from ann@good.test --to me@demo.test --body Hello\n"
	"  postern send --as 203.0.113.66 --to me@demo.test spam.eml\n";

/* Who said no. */
enum { AT_GREETING = 21, AT_HELO, AT_MAIL, AT_RCPT, AT_DATA, AT_MESSAGE,
	AT_QUIT, AT_BROKEN = 29 };

/* One message on its way. */
struct send {
	struct arena *arena;
	const char   *server;
	struct str    helo, from, header, message;
	struct str    rcpts[RCPTS];
	size_t        rcpt_count;
	struct ip     as;
	bool          has_as, is_quiet;
	/* The connection. */
	int           fd;
	struct buf    in;
	bool          is_broken;
};

/* ------------------------------------------------------------------------
 * Bytes.
 */

/* Escaped: what a server says may not steer the terminal. */
static void
show(const struct send *s, char side, struct str line)
{
	char text[1024];
	size_t n = text_escape(line, text, sizeof text);

	if (!s->is_quiet)
		printf("%c %.*s\n", side, (int)n, text);
}

/* All of it, or the connection is broken. */
static int
put(struct send *s, struct str bytes)
{
	ssize_t n;

	while (bytes.len > 0) {
		n = send(s->fd, bytes.p, bytes.len, MSG_NOSIGNAL);
		if (n <= 0) {
			s->is_broken = true;
			return -E_RESET;
		}
		bytes = str_from(bytes, (size_t)n);
	}
	return 0;
}

static int
say(struct send *s, const char *verb, struct str what, const char *end)
{
	struct str line = arena_printf(s->arena, "%s%.*s%s\r\n", verb,
	    STR_ARG(what), end);

	show(s, '>', str_sub(line, 0, line.len - 2));
	return put(s, line);
}

/* One line into *line, without its end; it lives in the arena. */
static int
get_line(struct send *s, struct str *line)
{
	size_t end;
	ssize_t n;
	char *room;

	while ((end = str_find(buf_str(&s->in), '\n')) == s->in.len) {
		room = buf_room(&s->in, LINE_MOST);
		n = room != NULL ? recv(s->fd, room, LINE_MOST, 0) : -1;
		if (n <= 0) {
			s->is_broken = true;
			return -E_RESET;
		}
		s->in.len += (size_t)n;
	}
	*line = arena_str(s->arena, str_sub(buf_str(&s->in), 0, end));
	if (line->len > 0 && line->p[line->len - 1] == '\r')
		line->len--;
	buf_cut(&s->in, end + 1);
	return 0;
}

/* The code of a whole reply; 0 for silence and for what is no reply. */
static unsigned
hear(struct send *s)
{
	struct str line;
	uint64_t code;

	do {
		if (get_line(s, &line) != 0)
			return 0;
		show(s, '<', line);
		if (str_number(str_sub(line, 0, 3), 599, &code) != 0)
			return 0;
	} while (line.len > 3 && line.p[3] == '-');
	return (unsigned)code;
}

static bool
is_good(unsigned code)
{
	return code >= 200 && code < 400;
}

/* ------------------------------------------------------------------------
 * The dialogue.
 */

/* "PROXY TCP4 203.0.113.66 127.0.0.1 40000 25" */
static int
put_proxy(struct send *s)
{
	bool v6 = ip_is_v6(s->as);
	struct str line = arena_printf(s->arena, "PROXY TCP%c %.*s %s 40000 "
	    "25", v6 ? '6' : '4', STR_ARG(ip_text(s->arena, s->as)),
	    v6 ? "::1" : "127.0.0.1");

	return say(s, "", line, "");
}

/* EX_GOOD, or who said no. */
static int
deliver(struct send *s)
{
	size_t i, taken = 0;

	if (!is_good(hear(s)))
		return AT_GREETING;
	if (say(s, "EHLO ", s->helo, "") != 0 || !is_good(hear(s)))
		return AT_HELO;
	if (say(s, "MAIL FROM:<", s->from, ">") != 0 || !is_good(hear(s)))
		return AT_MAIL;
	for (i = 0; i < s->rcpt_count; i++)
		if (say(s, "RCPT TO:<", s->rcpts[i], ">") == 0)
			taken += is_good(hear(s));
	if (taken == 0)
		return AT_RCPT;
	if (say(s, "DATA", STR(""), "") != 0 || hear(s) != 354)
		return AT_DATA;
	show(s, '>', arena_printf(s->arena, "(%zu bytes)", s->message.len));
	if (put(s, message_stuffed(s->message, s->arena)) != 0 ||
	    !is_good(hear(s)))
		return AT_MESSAGE;
	return EX_GOOD;
}

/* QUIT is said whatever came before, unless nobody hears it. */
static int
converse(struct send *s)
{
	int rc;

	if (s->has_as && put_proxy(s) != 0)
		return AT_BROKEN;
	rc = deliver(s);
	if (s->is_broken)
		return AT_BROKEN;
	if (say(s, "QUIT", STR(""), "") == 0 && is_good(hear(s)))
		return rc;
	return rc != EX_GOOD ? rc : AT_QUIT;
}

/* ------------------------------------------------------------------------
 * The connection.
 */

/* Blocking, with patience for both ways. -1: not this one. */
static int
connect_one(const struct addrinfo *a)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof patience) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof patience) == 0 &&
	    connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* In: "127.0.0.1:2525", "[::1]:25", "mx.example.org:25". -1 on failure. */
static int
connect_server(struct send *s)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *a;
	struct str all = str_of(s->server), host, port;
	size_t colon = str_find_last(all, ':');
	int fd = -1;

	host = arena_str(s->arena, str_sub(all, 0, colon));
	port = arena_str(s->arena, str_from(all, colon + 1));
	if (host.len > 2 && host.p[0] == '[')
		host = arena_str(s->arena, str_sub(host, 1, host.len - 2));
	if (port.len == 0 || getaddrinfo(host.p, port.p, &hints, &list) != 0)
		return -1;
	for (a = list; a != NULL && fd < 0; a = a->ai_next)
		fd = connect_one(a);
	freeaddrinfo(list);
	return fd;
}

/* ------------------------------------------------------------------------
 * What is sent.
 */

/* A message in order, so that only what is tried out is odd. */
static struct str
compose(const struct send *s, struct str body)
{
	struct message m = {
		.header = s->header, .from = s->from,
		.to = s->rcpts[0], .subject = STR("a test by postern send"),
		.body = message_lines(body, s->arena),
	};
	char date[DATE_TEXT];
	uint64_t id;

	clock_random(&id, sizeof id);
	m.id = arena_printf(s->arena, "<%016llx@postern.invalid>",
	    (unsigned long long)id);
	m.date.len = date_rfc5322(clock_wall(), date);
	m.date.p = date;
	if (m.from.len == 0)
		m.from = STR("mailer-daemon@postern.invalid");
	return message_compose(&m, s->arena);
}

/* stdin, up to 64 MiB. */
static int
read_all(FILE *f, struct arena *a, struct str *text)
{
	struct buf b = BUF_INIT(64u << 20);
	char *room;
	size_t n = 0;
	int rc = 0;

	do {
		room = buf_room(&b, LINE_MOST);
		if (room == NULL)
			rc = -E_TOOBIG;
		else
			n = fread(room, 1, LINE_MOST, f);
		b.len += rc == 0 ? n : 0;
	} while (rc == 0 && n > 0);
	if (ferror(f))
		rc = -E_IO;
	*text = arena_str(a, buf_str(&b));
	buf_free(&b);
	return rc;
}

static int
read_message(struct send *s, const char *path)
{
	struct reader *files = reader_files();
	struct fault fault = { .text = "cannot be read" };
	struct str text;
	int rc;

	if (strcmp(path, "-") == 0)
		rc = read_all(stdin, s->arena, &text);
	else
		rc = files->read(files, str_of(path), s->arena, &text,
		    &fault);
	if (rc == 0)
		s->message = message_lines(text, s->arena);
	else
		fprintf(stderr, "postern send: %s: %s\n", path, fault.text);
	return rc;
}

static int
add_rcpt(struct send *s, const char *to)
{
	if (s->rcpt_count == RCPTS) {
		fprintf(stderr, "postern send: more than %d recipients\n",
		    RCPTS);
		return -E_TOOBIG;
	}
	s->rcpts[s->rcpt_count++] = str_of(to);
	return 0;
}

static int
set_as(struct send *s, const char *address)
{
	if (ip_parse(str_of(address), &s->as) != 0) {
		fprintf(stderr, "postern send: --as wants an address, not "
		    "\"%s\"\n", address);
		return -E_INVALID;
	}
	s->has_as = true;
	return 0;
}

/* With --as a name would be a lie, so the literal. */
static void
default_helo(struct send *s)
{
	char host[256] = "";

	if (s->helo.len > 0)
		return;
	if (s->has_as) {
		s->helo = arena_printf(s->arena, "[%s%.*s]",
		    ip_is_v6(s->as) ? "IPv6:" : "",
		    STR_ARG(ip_text(s->arena, s->as)));
		return;
	}
	if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
		s->helo = STR("localhost");
	else
		s->helo = arena_str(s->arena, str_of(host));
}

enum { O_SERVER = 256, O_AS, O_HELO, O_FROM, O_TO, O_HEADER, O_BODY };

static int
option(struct send *s, int c, const char **body)
{
	switch (c) {
	case O_SERVER: s->server = optarg; return 0;
	case O_AS:     return set_as(s, optarg);
	case O_HELO:   s->helo = str_of(optarg); return 0;
	case O_FROM:   s->from = str_of(optarg); return 0;
	case O_TO:     return add_rcpt(s, optarg);
	case O_HEADER:
		s->header = arena_printf(s->arena, "%.*s%s\r\n",
		    STR_ARG(s->header), optarg);
		return 0;
	case O_BODY:   *body = optarg; return 0;
	case 'q':      s->is_quiet = true; return 0;
	}
	return -E_INVALID;
}

static int
read_options(struct send *s, int argc, char **argv)
{
	static const struct option options[] = {
		{ "server", required_argument, NULL, O_SERVER },
		{ "as", required_argument, NULL, O_AS },
		{ "helo", required_argument, NULL, O_HELO },
		{ "from", required_argument, NULL, O_FROM },
		{ "to", required_argument, NULL, O_TO },
		{ "header", required_argument, NULL, O_HEADER },
		{ "body", required_argument, NULL, O_BODY },
		{ "quiet", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	const char *body = "Hello.";
	int c;

	while ((c = getopt_long(argc, argv, "q", options, NULL)) != -1)
		if (option(s, c, &body) != 0)
			return tool_wrong("send");
	if (s->rcpt_count == 0 || optind + 1 < argc) {
		fprintf(stderr, "postern send: %s\n", s->rcpt_count == 0 ?
		    "to whom? Add --to ADDRESS" : "one FILE at most");
		return tool_wrong("send");
	}
	default_helo(s);
	if (optind < argc)
		return read_message(s, argv[optind]) != 0 ? EX_CANNOT : 0;
	s->message = compose(s, str_of(body));
	return 0;
}

int
cmd_send(int argc, char **argv)
{
	struct send s = {
		.server = SERVER, .fd = -1, .in = BUF_INIT(1u << 20),
	};
	int rc;

	s.arena = arena_new(0);
	rc = read_options(&s, argc, argv);
	if (rc == 0) {
		s.fd = connect_server(&s);
		if (s.fd < 0)
			fprintf(stderr, "postern send: nobody listens on "
			    "%s\n", s.server);
		rc = s.fd < 0 ? EX_CANNOT : converse(&s);
	}
	if (s.fd >= 0)
		(void)close(s.fd);
	buf_free(&s.in);
	arena_free(&s.arena);
	return rc;
}
