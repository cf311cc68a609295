/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls - the TLS engine alone, over loopback: CPU of the server's half of a
 * handshake, memory of an idle connection with its fiber, deepest stack. The
 * client is a process of its own and not counted.
 *
 *	tls [HANDSHAKES [IDLE]]
 *
 * Build: make contrib/bench/tls CFLAGS=-O2
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/clock.h"
#include "run/loop.h"
#include "run/tls.h"
#include "tests/unit/tls_lab.h"

#define SETTLE 3        /* seconds until stacks are trimmed                 */

struct bench {
	struct loop       *loop;
	struct tls_server *server;
	struct sockaddr_in at;
	size_t             wanted, done;    /* handshakes                   */
	bool               keeps;           /* the client holds all of them */
	usec_t             cpu;             /* of the server, for wanted    */
	size_t             heap, resident;  /* before the first             */
	struct stream    **streams;         /* the client's                 */
};

static const struct row {
	const char       *name;
	int               rsa;
	enum tls_version  most;
} kinds[] = {
	{ "TLS 1.3, P-256", 0, TLS_1_3 },
	{ "TLS 1.3, RSA 2048", 2048, TLS_1_3 },
	{ "TLS 1.2, P-256", 0, TLS_1_2 },
	{ "TLS 1.2, RSA 2048", 2048, TLS_1_2 },
};

static usec_t
cpu_used(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * SEC +
	    u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static size_t
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long all = 0, here = 0;

	must(f != NULL && fscanf(f, "%lu %lu", &all, &here) == 2);
	fclose(f);
	return here * (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- the client --------------------------------------------------------- */

static void
calls(void *arg)
{
	struct bench *b = arg;
	enum tls_version most = (enum tls_version)b->cpu;
	struct fault fault;
	struct stream *s;
	size_t i;
	int fd, rc;

	for (i = 0; i < b->wanted; i++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		must(fd >= 0 && connect(fd, (void *)&b->at, sizeof b->at) ==
		    0);
		must(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
		s = loop_stream(b->loop, fd);
		rc = tls_connect(s, STR("mx.test"), most, USEC_NEVER, &fault);
		must(rc == 0);
		if (b->keeps)
			b->streams[i] = s;
		else
			stream_free(&s);
	}
	if (b->keeps)
		(void)fiber_sleep(USEC_NEVER);
	loop_stop(b->loop);
}

static pid_t
start_client(struct bench *b, enum tls_version most)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	b->loop = loop_new();
	b->cpu = (usec_t)most;
	b->streams = calloc(b->wanted, sizeof *b->streams);
	must(fiber_start(loop_fibers(b->loop), "calls", calls, b, NULL) == 0);
	loop_run(b->loop);
	_exit(0);
}

/* ---- the server --------------------------------------------------------- */

struct visit {
	struct bench  *bench;
	struct stream *stream;
};

static void
serves(void *arg)
{
	struct visit *v = arg;
	struct bench *b = v->bench;
	struct fault fault = { "" };
	int rc = tls_accept(v->stream, b->server, USEC_NEVER, &fault);

	if (rc != 0)
		printf("%s\n", fault.text);
	if (++b->done == b->wanted)
		loop_stop(b->loop);
	while (rc == 0)
		rc = stream_fill(v->stream, USEC_NEVER);
	stream_free(&v->stream);
	free(v);
}

static void
visited(void *arg, int fd, struct ip peer, unsigned port)
{
	struct visit *v = calloc(1, sizeof *v);

	(void)peer, (void)port;
	must(v != NULL);
	v->bench = arg;
	v->stream = loop_stream(v->bench->loop, fd);
	must(fiber_start(loop_fibers(v->bench->loop), "serves", serves, v,
	    NULL) == 0);
}

static void
stops(struct timer *t)
{
	(void)t;        /* loop_run has been left by whoever waits */
}

/* Runs the loop for some seconds, so that tidy has its turns. */
static void
wait_for_tidy(struct bench *b)
{
	usec_t until = clock_now() + SETTLE * SEC;
	struct timer t = { .fire = stops };

	while (clock_now() < until) {
		timer_set(loop_fibers(b->loop), &t, until);
		fibers_run(loop_fibers(b->loop));
		(void)usleep(50000);
		fibers_fire(loop_fibers(b->loop));
		fibers_tidy(loop_fibers(b->loop), 4096);
	}
}

static void
report(struct bench *b, const struct row *k)
{
	struct fiber_census c;

	if (!b->keeps) {
		fibers_census(loop_fibers(b->loop), &c);
		printf("%-20s %6.0f us a handshake, stack %zu KiB\n", k->name,
		    (double)b->cpu / (double)b->wanted, c.deepest / 1024);
		return;
	}
	printf("%-20s %6.1f KiB of heap, %.1f KiB resident, idle\n", k->name,
	    (double)(mallinfo2().uordblks - b->heap) / 1024. /
	    (double)b->wanted, (double)(resident() - b->resident) / 1024. /
	    (double)b->wanted);
}

/* In a process of its own, so that nothing of the run before is left. */
static void
measure(struct bench *b, const struct row *k)
{
	struct listener *listener;
	struct fault fault;
	socklen_t n = sizeof b->at;
	pid_t client;
	int fd;

	must(loop_bind(STR("127.0.0.1:0"), &fd, &fault) == 0);
	must(getsockname(fd, (void *)&b->at, &n) == 0);
	client = start_client(b, k->most);
	b->loop = loop_new();
	fibers_sample(loop_fibers(b->loop), b->keeps ? 1000000 : 64);
	listener = listener_new(b->loop, fd, visited, b);
	b->heap = mallinfo2().uordblks;
	b->resident = resident();
	b->cpu = cpu_used();
	loop_run(b->loop);
	b->cpu = cpu_used() - b->cpu;
	if (b->keeps)
		wait_for_tidy(b);
	report(b, k);
	fflush(stdout);
	kill(client, SIGTERM);
	(void)waitpid(client, NULL, 0);
	listener_free(&listener);
}

static void
run(const struct row *k, size_t wanted, bool keeps)
{
	const struct tls_order order = { .names = "mx.test", .rsa = k->rsa };
	struct bench b = { .wanted = wanted, .keeps = keeps };
	struct arena *arena = arena_new(0);
	struct tls_pair pair;
	pid_t pid = fork();

	if (pid == 0) {
		pair = tls_lab_pair(&order, arena);
		must(tls_server_new(&pair, 1, TLS_1_2, &b.server, NULL) == 0);
		measure(&b, k);
		_exit(0);
	}
	must(pid > 0 && waitpid(pid, NULL, 0) == pid);
	arena_free(&arena);
}

int
main(int argc, char **argv)
{
	uint64_t handshakes = 2000, idle = 400;
	size_t i;

	if (argc > 1)
		must(str_number(str_of(argv[1]), 1000000, &handshakes) == 0);
	if (argc > 2)
		must(str_number(str_of(argv[2]), 100000, &idle) == 0);
	for (i = 0; i < COUNT(kinds); i++)
		run(&kinds[i], (size_t)handshakes, false);
	for (i = 0; i < COUNT(kinds); i++)
		run(&kinds[i], (size_t)idle, true);
	return 0;
}
