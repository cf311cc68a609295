/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `postern send` against a scripted server on loopback: what it says, and
 * that its exit status names who said no.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "tests/unit/check.h"

#define TAKEN "220 a\r\n|250-a\r\n250 b\r\n|250 s\r\n|250 r\r\n|354 go\r\n" \
	"|250 kept\r\n|221 bye\r\n"
#define PLAIN "EHLO me.test\r\n|MAIL FROM:<a@b.test>\r\n" \
	"|RCPT TO:<c@d.test>\r\n|DATA\r\n|S: x\r\n\r\n..dot\r\nlast\r\n.\r\n" \
	"|QUIT\r\n"

struct row {
	const char *why;
	const char *says;     /* the server's replies, "|" between them: the
	                         first at once, each other to what came      */
	const char *hears;    /* what must have come; NULL: any              */
	int         status;
	const char *more[3];  /* options                                     */
};

static const struct row rows[] = {
	{ "taken; a reply may have several lines; dots are doubled, LF is "
	  "CR LF", TAKEN, PLAIN, 0, { NULL } },
	{ "the greeting refuses", "554 no\r\n|221 bye\r\n", "QUIT\r\n", 21,
	  { NULL } },
	{ "EHLO", "220 a\r\n|550 no\r\n|221 bye\r\n",
	  "EHLO me.test\r\n|QUIT\r\n", 22, { NULL } },
	{ "MAIL", "220 a\r\n|250 a\r\n|550 no\r\n|221 bye\r\n", NULL, 23,
	  { NULL } },
	{ "every RCPT", "220 a\r\n|250 a\r\n|250 a\r\n|550 no\r\n"
	  "|221 bye\r\n", NULL, 24, { NULL } },
	{ "one RCPT of two is enough", "220 a\r\n|250 a\r\n|250 a\r\n"
	  "|550 no\r\n|250 yes\r\n|354 go\r\n|250 kept\r\n|221 bye\r\n",
	  NULL, 0, { "--to", "e@d.test", NULL } },
	{ "DATA", "220 a\r\n|250 a\r\n|250 a\r\n|250 a\r\n|503 no\r\n"
	  "|221 bye\r\n", NULL, 25, { NULL } },
	{ "the message", "220 a\r\n|250 a\r\n|250 a\r\n|250 a\r\n|354 go\r\n"
	  "|550-no\r\n550 no\r\n|221 bye\r\n", NULL, 26, { NULL } },
	{ "QUIT", "220 a\r\n|250 a\r\n|250 a\r\n|250 a\r\n|354 go\r\n"
	  "|250 kept\r\n|500 no\r\n", NULL, 27, { NULL } },
	{ "the connection breaks", "220 a\r\n|250 a\r\n", NULL, 29,
	  { NULL } },
	{ "not SMTP", "hello\r\n|bye\r\n", NULL, 21, { NULL } },
	{ "PROXY version 1, IPv4", "220 a\r\n|550 no\r\n|221 bye\r\n",
	  "PROXY TCP4 192.0.2.7 127.0.0.1 40000 25\r\nEHLO me.test\r\n"
	  "|QUIT\r\n", 22, { "--as", "192.0.2.7", NULL } },
	{ "PROXY version 1, IPv6", "220 a\r\n|550 no\r\n|221 bye\r\n",
	  "PROXY TCP6 2001:db8::7 ::1 40000 25\r\nEHLO me.test\r\n"
	  "|QUIT\r\n", 22, { "--as", "2001:db8::7", NULL } },
};

struct server {
	int  fd, client;
	char port[32];
	char heard[1024];
	size_t len;
};

static void
server_open(struct server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof at;

	memset(s, 0, sizeof *s);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(s->fd, 1), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	snprintf(s->port, sizeof s->port, "127.0.0.1:%d",
	    ntohs(at.sin_port));
}

static pid_t
client_start(const struct server *s, const struct row *r,
    const char *message)
{
	const char *args[24] = { "postern", "send", "-q", "--server",
	    s->port, "--helo", "me.test", "--from", "a@b.test", "--to",
	    "c@d.test" };
	char path[512];
	size_t n = 11, i;
	pid_t pid;

	for (i = 0; i < COUNT(r->more) && r->more[i] != NULL; i++)
		args[n++] = r->more[i];
	args[n++] = message;
	snprintf(path, sizeof path, "%s/postern", getenv("top_builddir"));
	pid = fork();
	if (pid == 0) {
		execv(path, (char *const *)(uintptr_t)args);
		_exit(99);
	}
	return pid;
}

/* What the client says until it waits for us again. */
static void
hear(struct server *s, bool is_message)
{
	const char *end = is_message ? "\r\n.\r\n" : "\r\n";
	char *from = s->heard + s->len;
	ssize_t n;

	do {
		n = recv(s->client, s->heard + s->len,
		    sizeof s->heard - 2 - s->len, 0);
		if (n <= 0)
			break;
		s->len += (size_t)n;
		s->heard[s->len] = '\0';
	} while (strcmp(s->heard + s->len - strlen(end), end) != 0 ||
	    (strncmp(from, "PROXY", 5) == 0 && strstr(from, "EHLO") == NULL));
	if (n > 0)
		s->heard[s->len++] = '|';
}

static void
serve(struct server *s, const char *says)
{
	bool is_message = false;
	const char *end;
	size_t i;

	for (i = 0; *says != '\0'; i++) {
		if (i > 0)
			hear(s, is_message);
		end = strchr(says, '|');
		if (end == NULL)
			end = says + strlen(says);
		is_message = strncmp(says, "354", 3) == 0;
		assert_int_equal(send(s->client, says, (size_t)(end - says),
		    MSG_NOSIGNAL), end - says);
		says = *end == '|' ? end + 1 : end;
	}
}

static void
run(const struct row *r, const char *message)
{
	const struct timeval patience = { .tv_sec = 10 };
	struct server s;
	int status;
	pid_t pid;

	server_open(&s);
	pid = client_start(&s, r, message);
	s.client = accept(s.fd, NULL, NULL);
	assert_true(s.client >= 0);
	assert_int_equal(setsockopt(s.client, SOL_SOCKET, SO_RCVTIMEO,
	    &patience, sizeof patience), 0);
	serve(&s, r->says);
	close(s.client);
	close(s.fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == r->status,
	    "%s: status %d, not %d", r->why, WEXITSTATUS(status), r->status);
	if (s.len > 0 && s.heard[s.len - 1] == '|')
		s.heard[s.len - 1] = '\0';
	CHECK(r->hears == NULL || strcmp(s.heard, r->hears) == 0,
	    "%s: heard \"%s\"", r->why, s.heard);
}

static void
test_send(void **state)
{
	char path[] = "/tmp/test_tools_send.XXXXXX";
	static const char message[] = "S: x\n\n.dot\nlast";
	int fd = mkstemp(path);
	size_t i;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, message, sizeof message - 1),
	    sizeof message - 1);
	close(fd);
	for (i = 0; i < COUNT(rows); i++)
		run(&rows[i], path);
	unlink(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
