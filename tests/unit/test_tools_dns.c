/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `postern dns` as a process of its own: what it prints, what it answers over
 * UDP and TCP, and how it ends.
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

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dns/wire.h"
#include "run/clock.h"
#include "tools/tool.h"

#define PATIENCE 10000  /* ms */

static const char play[] =
    "play \"whatever else stands here\"\n"
    "zone zen.test { list 192.0.2.77 127.0.0.4 }\n"
    "zone late.test { every after 150ms; a A 192.0.2.1 }\n"
    "zone mute.test { every timeout }\n"
    "zone cut.test { every truncated }\n"
    "zone big.test { a TXT \"0123456789012345678901234567890123456789\" "
    "\"0123456789012345678901234567890123456789\" ; \\\n"
    "	b A 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 \\\n"
    "	192.0.2.7 192.0.2.8 192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 \\\n"
    "	192.0.2.13 192.0.2.14 192.0.2.15 192.0.2.16 192.0.2.17 192.0.2.18 \\\n"
    "	192.0.2.19 192.0.2.20 192.0.2.21 192.0.2.22 192.0.2.23 192.0.2.24 \\\n"
    "	192.0.2.25 192.0.2.26 192.0.2.27 192.0.2.28 192.0.2.29 192.0.2.30 \\\n"
    "	192.0.2.31 192.0.2.32 192.0.2.33 192.0.2.34 192.0.2.35 192.0.2.36\n"
    "}\n"
    "case \"of no interest\" { client 192.0.2.1; expect accept }\n";

struct lab {
	char     path[64];
	pid_t    pid;
	FILE    *out, *err;
	uint16_t port;
	struct arena *arena;
	struct answer a;
};

/* The dispatcher is not linked here. */
int
tool_wrong(const char *verb)
{
	(void)verb;
	return EX_CANNOT;
}

static void
lab_write(struct lab *lab, const char *text)
{
	int fd;

	snprintf(lab->path, sizeof lab->path, "/tmp/postern-dns-XXXXXX");
	fd = mkstemp(lab->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Runs `postern dns PATH --listen ADDRESS` in a child. */
static void
lab_start(struct lab *lab, const char *path, const char *address)
{
	char verb[] = "dns", option[] = "--listen", where[32], what[64];
	char *argv[] = { verb, what, option, where, NULL };
	int out[2], err[2];

	assert_int_equal(pipe(out) | pipe(err), 0);
	fflush(stdout);
	lab->pid = fork();
	assert_true(lab->pid >= 0);
	if (lab->pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		close(out[0]);
		close(err[0]);
		snprintf(what, sizeof what, "%s", path);
		snprintf(where, sizeof where, "%s", address);
		exit(cmd_dns(4, argv));
	}
	close(out[1]);
	close(err[1]);
	lab->out = fdopen(out[0], "r");
	lab->err = fdopen(err[0], "r");
}

/* Waits for its end. Returns its exit status. */
static int
lab_end(struct lab *lab)
{
	int status;

	assert_int_equal(waitpid(lab->pid, &status, 0), lab->pid);
	lab->pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
lab_line(FILE *f, char *line, size_t room)
{
	struct pollfd p = { .fd = fileno(f), .events = POLLIN };

	assert_int_equal(poll(&p, 1, PATIENCE), 1);
	assert_non_null(fgets(line, (int)room, f));
}

static int
lab_open(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	lab->arena = arena_new(0);
	*state = lab;
	return 0;
}

static int
lab_close(void **state)
{
	struct lab *lab = *state;

	if (lab->pid > 0) {
		kill(lab->pid, SIGKILL);
		waitpid(lab->pid, NULL, 0);
	}
	if (lab->out != NULL)
		fclose(lab->out);
	if (lab->err != NULL)
		fclose(lab->err);
	if (lab->path[0] != '\0')
		unlink(lab->path);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static void
lab_serve(struct lab *lab)
{
	char line[200];
	unsigned port;

	lab_write(lab, play);
	lab_start(lab, lab->path, "127.0.0.1:0");
	lab_line(lab->out, line, sizeof line);
	assert_int_equal(sscanf(line, "listening on 127.0.0.1:%u, UDP and TCP",
	    &port), 1);
	lab->port = (uint16_t)port;
}

static int
lab_socket(const struct lab *lab, int type)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(lab->port) };
	struct timeval patience = { PATIENCE / 1000, 0 };
	int fd = socket(AF_INET, type, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	return fd;
}

/* What an answer says: 0 with lab->a, a trouble, or 1 when it is cut. */
static int
lab_meaning(struct lab *lab, const void *p, size_t n, const char *name,
    enum dns_type type)
{
	struct str open;

	assert_true(wire_matches(p, n, 7, str_of(name), type));
	if (wire_is_truncated(p, n))
		return 1;
	return wire_read_answer(p, n, str_of(name), type, lab->arena, &lab->a,
	    &open);
}

static int
lab_udp(struct lab *lab, const char *name, enum dns_type type, bool is_edns)
{
	struct buf q = BUF_INIT(0);
	static char in[4096];
	int fd = lab_socket(lab, SOCK_DGRAM);
	ssize_t n;

	wire_write_question(&q, 7, str_of(name), type);
	if (!is_edns) {
		q.len -= 11;
		q.p[11] = 0;
	}
	assert_int_equal(send(fd, q.p, q.len, 0), q.len);
	n = recv(fd, in, sizeof in, 0);
	close(fd);
	buf_free(&q);
	assert_true(n > 0);
	return lab_meaning(lab, in, (size_t)n, name, type);
}

static void
tcp_ask(int fd, const char *name, enum dns_type type)
{
	struct buf q = BUF_INIT(0);
	char head[2];

	wire_write_question(&q, 7, str_of(name), type);
	head[0] = (char)(q.len >> 8);
	head[1] = (char)q.len;
	assert_int_equal(send(fd, head, 2, MSG_NOSIGNAL), 2);
	assert_int_equal(send(fd, q.p, q.len, MSG_NOSIGNAL), q.len);
	buf_free(&q);
}

/* The next answer, or 2 when the server has closed. */
static int
tcp_answer(struct lab *lab, int fd, const char *name, enum dns_type type)
{
	static uint8_t in[4096];
	size_t n;

	if (recv(fd, in, 2, MSG_WAITALL) != 2)
		return 2;
	n = (size_t)in[0] << 8 | in[1];
	assert_true(n <= sizeof in);
	assert_int_equal(recv(fd, in, n, MSG_WAITALL), n);
	return lab_meaning(lab, in, n, name, type);
}

/* --- what it serves -------------------------------------------------------- */

static void
over_udp(void **state)
{
	struct lab *lab = *state;
	usec_t from;

	lab_serve(lab);
	assert_int_equal(lab_udp(lab, "77.2.0.192.zen.test", DNS_A, true), 0);
	assert_int_equal(lab->a.records[0].ip.a[15], 4);
	assert_int_equal(lab_udp(lab, "78.2.0.192.zen.test", DNS_A, true), 0);
	assert_int_equal(lab->a.status, DNS_NO_NAME);
	from = clock_now();
	assert_int_equal(lab_udp(lab, "a.late.test", DNS_A, true), 0);
	assert_true(clock_now() - from >= 150 * MSEC);
	/* larger than plain UDP, smaller than EDNS allows */
	assert_int_equal(lab_udp(lab, "b.big.test", DNS_A, false), 1);
	assert_int_equal(lab_udp(lab, "b.big.test", DNS_A, true), 0);
	assert_int_equal(lab->a.count, 36);
	assert_int_equal(lab_udp(lab, "a.cut.test", DNS_A, true), 1);
	kill(lab->pid, SIGTERM);
	assert_int_equal(lab_end(lab), EX_GOOD);
}

static void
over_tcp(void **state)
{
	struct lab *lab = *state;
	int fd, other;

	lab_serve(lab);
	fd = lab_socket(lab, SOCK_STREAM);
	tcp_ask(fd, "b.big.test", DNS_A);
	assert_int_equal(tcp_answer(lab, fd, "b.big.test", DNS_A), 0);
	/* two at once, and another connection meanwhile */
	tcp_ask(fd, "a.late.test", DNS_A);
	tcp_ask(fd, "a.big.test", DNS_TXT);
	other = lab_socket(lab, SOCK_STREAM);
	tcp_ask(other, "2.0.0.127.zen.test", DNS_A);
	assert_int_equal(tcp_answer(lab, other, "2.0.0.127.zen.test", DNS_A),
	    0);
	assert_int_equal(tcp_answer(lab, fd, "a.late.test", DNS_A), 0);
	assert_int_equal(tcp_answer(lab, fd, "a.big.test", DNS_TXT), 0);
	assert_int_equal(lab->a.records[0].text.len, 80);
	/* truncated means: nothing better over TCP */
	tcp_ask(other, "a.cut.test", DNS_A);
	assert_int_equal(tcp_answer(lab, other, "a.cut.test", DNS_A), 2);
	close(other);
	/* the end comes while one is open and another question waits */
	tcp_ask(fd, "a.late.test", DNS_A);
	kill(lab->pid, SIGINT);
	assert_int_equal(lab_end(lab), EX_GOOD);
	close(fd);
}

static void
what_is_undeclared_is_told_once(void **state)
{
	struct lab *lab = *state;
	char line[200];

	lab_serve(lab);
	assert_int_equal(lab_udp(lab, "nobody.else", DNS_MX, true),
	    -E_SERVFAIL);
	assert_int_equal(lab_udp(lab, "nobody.else", DNS_MX, true),
	    -E_SERVFAIL);
	lab_line(lab->err, line, sizeof line);
	assert_string_equal(line,
	    "postern dns: the play does not declare nobody.else MX\n");
	kill(lab->pid, SIGTERM);
	assert_int_equal(lab_end(lab), EX_GOOD);
	assert_null(fgets(line, sizeof line, lab->err));
	lab_line(lab->out, line, sizeof line);
	assert_string_equal(line, "2 questions, 2 undeclared\n");
}

/* Neither packets that are none nor half a question disturb it. */
static void
nonsense_is_ignored(void **state)
{
	struct lab *lab = *state;
	int udp, tcp;

	lab_serve(lab);
	udp = lab_socket(lab, SOCK_DGRAM);
	assert_int_equal(send(udp, "", 0, 0), 0);
	assert_int_equal(send(udp, "xyz", 3, 0), 3);
	tcp = lab_socket(lab, SOCK_STREAM);
	assert_int_equal(send(tcp, "\377\377", 2, MSG_NOSIGNAL), 2);
	assert_int_equal(tcp_answer(lab, tcp, "a.test", DNS_A), 2);
	close(tcp);
	tcp = lab_socket(lab, SOCK_STREAM);
	assert_int_equal(send(tcp, "\0\50abc", 5, MSG_NOSIGNAL), 5);
	close(tcp);
	assert_int_equal(lab_udp(lab, "77.2.0.192.zen.test", DNS_A, true), 0);
	close(udp);
	kill(lab->pid, SIGTERM);
	assert_int_equal(lab_end(lab), EX_GOOD);
}

/* --- what it refuses ------------------------------------------------------- */

static void
it_says_why_not(void **state)
{
	static const struct { const char *text, *address, *says; } rows[] = {
		{ "zone a.test { every }", "127.0.0.1:0", "P0417" },
		{ "case \"x\" { }", "127.0.0.1:0", "declares no zone" },
		{ play, "0.0.0.0:0", "of this machine" },
		{ play, "192.0.2.1:53", "of this machine" },
		{ play, "here", "of this machine" },
		{ NULL, "127.0.0.1:0", "/no/such.play" },
	};
	struct lab *lab = *state;
	char said[1000];
	size_t i, n;

	for (i = 0; i < COUNT(rows); i++) {
		if (rows[i].text != NULL)
			lab_write(lab, rows[i].text);
		lab_start(lab, rows[i].text == NULL ? "/no/such.play" :
		    lab->path, rows[i].address);
		n = fread(said, 1, sizeof said - 1, lab->err);
		said[n] = '\0';
		assert_int_equal(lab_end(lab), EX_CANNOT);
		if (strstr(said, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].says, said);
		fclose(lab->out);
		fclose(lab->err);
		lab->out = lab->err = NULL;
		if (rows[i].text != NULL)
			unlink(lab->path);
	}
	lab->path[0] = '\0';
}

int
main(void)
{
#define WITH_LAB(f) cmocka_unit_test_setup_teardown(f, lab_open, lab_close)
	static const struct CMUnitTest tests[] = {
		WITH_LAB(over_udp),
		WITH_LAB(over_tcp),
		WITH_LAB(what_is_undeclared_is_told_once),
		WITH_LAB(nonsense_is_ignored),
		WITH_LAB(it_says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
