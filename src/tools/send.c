/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * send - `postern send`: one message over SMTP, the dialogue shown.
 *
 * A small client for trying things out: one fiber, no queue, and with TLS
 * whatever certificate the server shows. With --as it speaks as if it came from another address (PROXY version 1), to
 * a listener that trusts us with that.
 *
 * Always holds: the exit status names the stage that failed; > and < show
 * what was really said; the message goes out byte for byte but for line ends
 * and doubled dots.
 * Source: RFC 5321; the PROXY protocol's text of HAProxy, version 1.
 */
#include <sys/socket.h>
#include <sys/time.h>

#include <fcntl.h>
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
#include "run/loop.h"
#include "run/tls.h"
#include "sim/message.h"
#include "tools/tool.h"

#define PATIENCE  330           /* seconds; RFC 5321 4.5.3.2 asks for 300  */
#define LINE_MOST 4096
#define FLOOD     (1u << 20)
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
	"      --tls               STARTTLS, or nothing is sent\n"
	"      --tls-on-connect    TLS before the greeting\n"
	"  -q, --quiet             no dialogue\n"
	"\n"
	"Exit status: 0 taken; 2 no connection; else who said no: 21 "
	"greeting, 22 EHLO,\n"
	"23 MAIL, 24 every RCPT, 25 DATA, 26 the message, 27 QUIT, 28 TLS, 29 "
	"the connection broke.\n"
	"\n"
	"examples:\n"
	"  postern send --from ann@good.test --to me@demo.test --body Hello\n"
	"  postern send --as 203.0.113.66 --to me@demo.test spam.eml\n";

/* Who said no. */
enum { AT_GREETING = 21, AT_HELO, AT_MAIL, AT_RCPT, AT_DATA, AT_MESSAGE,
	AT_QUIT, AT_TLS, AT_BROKEN };

/* One message on its way. */
struct send {
	struct arena *arena;
	const char   *server;
	struct str    helo, from, header, message;
	struct str    rcpts[RCPTS];
	size_t        rcpt_count;
	struct ip     as;
	bool          has_as, is_quiet;
	bool          wants_starttls, wants_tls;
	/* The connection. */
	struct loop   *loop;
	struct stream *stream;
	struct str     host;     /* as the server was called; "" an address */
	bool           is_broken;
	int            status;
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

static usec_t
patience(void)
{
	return clock_now() + PATIENCE * SEC;
}

/* All of it, or the connection is broken. */
static WAITS int
put(struct send *s, struct str bytes)
{
	int rc = stream_put(s->stream, bytes, patience());

	if (rc == 0)
		rc = stream_flush(s->stream, patience());
	s->is_broken |= rc != 0;
	return rc;
}

static WAITS int
say(struct send *s, const char *verb, struct str what, const char *end)
{
	struct str line = arena_printf(s->arena, "%s%.*s%s\r\n", verb,
	    STR_ARG(what), end);

	show(s, '>', str_sub(line, 0, line.len - 2));
	return put(s, line);
}

/* One line into *line, without its end; it lives in the arena. */
static WAITS int
get_line(struct send *s, struct str *line)
{
	enum line_end end;
	int rc = stream_line(s->stream, LINE_MOST, FLOOD, patience(), line,
	    &end);

	s->is_broken |= rc != 0;
	if (rc == 0)
		*line = arena_str(s->arena, *line);
	return rc;
}

/* The code of a whole reply; 0 for silence and for what is no reply. */
static WAITS unsigned
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
static WAITS int
put_proxy(struct send *s)
{
	bool v6 = ip_is_v6(s->as);
	struct str line = arena_printf(s->arena, "PROXY TCP%c %.*s %s 40000 "
	    "25", v6 ? '6' : '4', STR_ARG(ip_text(s->arena, s->as)),
	    v6 ? "::1" : "127.0.0.1");

	return say(s, "", line, "");
}

/* Whatever certificate the server shows. Returns 0, or AT_TLS. */
static WAITS int
start_tls(struct send *s)
{
	struct fault fault = { "" };
	struct tls_facts tls;
	int rc = tls_connect(s->stream, s->host, TLS_ANY, patience(), &fault);

	if (rc == 0 && tls_facts_of(s->stream, &tls)) {
		show(s, '*', arena_printf(s->arena, "%.*s %.*s",
		    STR_ARG(tls.version), STR_ARG(tls.cipher)));
		return 0;
	}
	show(s, '*', arena_printf(s->arena, "no TLS: %s",
	    fault.text[0] != '\0' ? fault.text : error_word(rc)));
	s->is_broken = true;
	return AT_TLS;
}

/* EHLO, with --tls in clear and then within TLS. EX_GOOD, or who said no. */
static WAITS int
greet(struct send *s)
{
	if (!is_good(hear(s)))
		return AT_GREETING;
	if (say(s, "EHLO ", s->helo, "") != 0 || !is_good(hear(s)))
		return AT_HELO;
	if (!s->wants_starttls)
		return EX_GOOD;
	if (say(s, "STARTTLS", STR(""), "") != 0 || hear(s) != 220 ||
	    start_tls(s) != 0)
		return AT_TLS;
	if (say(s, "EHLO ", s->helo, "") != 0 || !is_good(hear(s)))
		return AT_HELO;
	return EX_GOOD;
}

/* EX_GOOD, or who said no. */
static WAITS int
deliver(struct send *s)
{
	size_t i, taken = 0;
	int rc = greet(s);

	if (rc != EX_GOOD)
		return rc;
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
static WAITS int
converse(struct send *s)
{
	int rc;

	if (s->has_as && put_proxy(s) != 0)
		return AT_BROKEN;
	if (s->wants_tls && start_tls(s) != 0)
		return AT_TLS;
	rc = deliver(s);
	if (s->is_broken)
		return rc == AT_TLS ? rc : AT_BROKEN;
	if (say(s, "QUIT", STR(""), "") == 0 && is_good(hear(s)))
		return rc;
	return rc != EX_GOOD ? rc : AT_QUIT;
}

static void
send_main(void *arg)
{
	struct send *s = arg;

	s->status = converse(s);
	loop_stop(s->loop);
}

/* ------------------------------------------------------------------------
 * The connection.
 */

/* Blocking until it is there. -1: not this one. */
static int
connect_one(const struct addrinfo *a)
{
	const struct timeval wait = { .tv_sec = PATIENCE };
	int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
	    connect(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
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
	struct ip ip;
	int fd = -1;

	host = arena_str(s->arena, str_sub(all, 0, colon));
	port = arena_str(s->arena, str_from(all, colon + 1));
	if (host.len > 2 && host.p[0] == '[')
		host = arena_str(s->arena, str_sub(host, 1, host.len - 2));
	if (ip_parse(host, &ip) != 0)
		s->host = host;
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

enum { O_SERVER = 256, O_AS, O_HELO, O_FROM, O_TO, O_HEADER, O_BODY, O_TLS,
	O_TLS_AT_ONCE };

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
	case O_TLS:    s->wants_starttls = true; return 0;
	case O_TLS_AT_ONCE: s->wants_tls = true; return 0;
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
		{ "tls", no_argument, NULL, O_TLS },
		{ "tls-on-connect", no_argument, NULL, O_TLS_AT_ONCE },
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

/* Returns the exit status. */
static int
talk(struct send *s)
{
	int fd = connect_server(s);

	if (fd < 0) {
		fprintf(stderr, "postern send: nobody listens on %s\n",
		    s->server);
		return EX_CANNOT;
	}
	s->status = AT_BROKEN;
	s->loop = loop_new();
	s->stream = s->loop != NULL ? loop_stream(s->loop, fd) : NULL;
	if (s->stream == NULL)
		(void)close(fd);
	else if (fiber_start(loop_fibers(s->loop), "send", send_main, s,
	    NULL) == 0)
		loop_run(s->loop);
	stream_free(&s->stream);
	loop_free(&s->loop);
	return s->status;
}

int
cmd_send(int argc, char **argv)
{
	struct send s = { .server = SERVER };
	int rc;

	s.arena = arena_new(0);
	rc = read_options(&s, argc, argv);
	if (rc == 0)
		rc = talk(&s);
	arena_free(&s.arena);
	return rc;
}
