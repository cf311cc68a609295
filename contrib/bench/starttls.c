/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * starttls - sessions under STARTTLS, for measuring; blocking threads, bounded.
 *
 *	starttls full HOST:PORT THREADS TOTAL
 *	starttls idle HOST:PORT THREADS TOTAL SECONDS
 *
 * full: EHLO, STARTTLS, a full handshake, EHLO, QUIT. idle: up to the second
 * EHLO, then held.
 * Always holds: TLS 1.3 only, no session is resumed; one that is counts as
 * failed. Our side of a held connection keeps no TLS state, so that memory of
 * the machine goes to the server. Prints one line of key=value with what the
 * first handshake agreed on. Targets on loopback only.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define THREADS 200

struct bench {
	struct sockaddr_in target;
	SSL_CTX *ctx;
	bool     holds;
	long     total;
	pthread_mutex_t lock;       /* of all that follows                  */
	long     begun, done, failed;
	double  *took;
	char     agreed[120];
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Says a line (NULL: nothing) and reads a whole reply, in clear or not. */
static bool
ask(int fd, SSL *ssl, const char *line, const char *code)
{
	char in[4096], *last;
	size_t n = 0;
	ssize_t got;

	if (line != NULL && (ssl != NULL ?
	    SSL_write(ssl, line, (int)strlen(line)) <= 0 :
	    send(fd, line, strlen(line), MSG_NOSIGNAL) < 0))
		return false;
	for (;;) {
		got = ssl != NULL ? SSL_read(ssl, in + n,
		    (int)(sizeof in - 1 - n)) :
		    recv(fd, in + n, sizeof in - 1 - n, 0);
		if (got <= 0)
			return false;
		n += (size_t)got;
		in[n] = '\0';
		if (in[n - 1] != '\n')
			continue;
		last = memrchr(in, '\n', n - 1);
		last = last == NULL ? in : last + 1;
		if (last[3] != '-')
			return strncmp(last, code, 3) == 0;
	}
}

static void
note_agreed(struct bench *b, SSL *ssl)
{
	EVP_PKEY *ours = NULL;
	X509 *cert = SSL_get1_peer_certificate(ssl);
	char group[32] = "";

	SSL_get_peer_tmp_key(ssl, &ours);
	if (ours != NULL)
		EVP_PKEY_get_group_name(ours, group, sizeof group, NULL);
	pthread_mutex_lock(&b->lock);
	if (b->agreed[0] == '\0' && cert != NULL)
		snprintf(b->agreed, sizeof b->agreed, "%s/%s/%s/%s-%d",
		    SSL_get_version(ssl), SSL_get_cipher(ssl),
		    group[0] != '\0' ? group : ours != NULL ?
		    EVP_PKEY_get0_type_name(ours) : "?",
		    EVP_PKEY_get0_type_name(X509_get0_pubkey(cert)),
		    EVP_PKEY_get_bits(X509_get0_pubkey(cert)));
	pthread_mutex_unlock(&b->lock);
	EVP_PKEY_free(ours);
	X509_free(cert);
}

/* The dialogue of one session; the socket stays open. */
static bool
session(struct bench *b, int fd)
{
	SSL *ssl = SSL_new(b->ctx);
	bool is_good = false;

	SSL_set_fd(ssl, fd);
	if (connect(fd, (struct sockaddr *)&b->target, sizeof b->target) != 0 ||
	    !ask(fd, NULL, NULL, "220") ||
	    !ask(fd, NULL, "EHLO client.sender.example\r\n", "250") ||
	    !ask(fd, NULL, "STARTTLS\r\n", "220") ||
	    SSL_connect(ssl) != 1 || SSL_session_reused(ssl))
		goto out;
	note_agreed(b, ssl);
	is_good = ask(fd, ssl, "EHLO client.sender.example\r\n", "250");
	if (is_good && !b->holds) {
		is_good = ask(fd, ssl, "QUIT\r\n", "221");
		SSL_shutdown(ssl);
	}
out:
	SSL_free(ssl);
	return is_good;
}

static void
session_run(struct bench *b)
{
	struct timeval patience = { .tv_sec = 20 };
	double start = now();
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	bool is_good;

	/* Else our EHLO waits until the end of our handshake is acknowledged,
	 * and a server without tickets has nothing to say to that: 40 ms. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	is_good = fd >= 0 && session(b, fd);
	if (fd >= 0 && (!b->holds || !is_good))
		close(fd);
	pthread_mutex_lock(&b->lock);
	if (is_good)
		b->took[b->done++] = now() - start;
	else
		b->failed++;
	pthread_mutex_unlock(&b->lock);
}

static void *
work(void *arg)
{
	struct bench *b = arg;
	long mine;

	for (;;) {
		pthread_mutex_lock(&b->lock);
		mine = b->begun++;
		pthread_mutex_unlock(&b->lock);
		if (mine >= b->total)
			return NULL;
		session_run(b);
	}
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
report(struct bench *b, double seconds)
{
	long n = b->done;

	qsort(b->took, (size_t)n, sizeof *b->took, compare);
	printf("seconds=%.3f done=%ld failed=%ld rate=%.0f p50_ms=%.2f "
	    "p99_ms=%.2f agreed=%s\n", seconds, n, b->failed,
	    (double)n / seconds, n > 0 ? 1e3 * b->took[n / 2] : 0.0,
	    n > 0 ? 1e3 * b->took[n * 99 / 100] : 0.0, b->agreed);
	fflush(stdout);
}

static bool
target_parse(struct bench *b, const char *text)
{
	char host[64];
	char *colon;

	snprintf(host, sizeof host, "%s", text);
	colon = strrchr(host, ':');
	if (colon == NULL)
		return false;
	*colon = '\0';
	b->target.sin_family = AF_INET;
	b->target.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	return inet_pton(AF_INET, host, &b->target.sin_addr) == 1 &&
	    ntohl(b->target.sin_addr.s_addr) >> 24 == 127;
}

static bool
bench_open(struct bench *b)
{
	struct rlimit files = { 65536, 65536 };

	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	b->took = calloc((size_t)b->total, sizeof *b->took);
	b->ctx = SSL_CTX_new(TLS_client_method());
	if (b->took == NULL || b->ctx == NULL)
		return false;
	SSL_CTX_set_session_cache_mode(b->ctx, SSL_SESS_CACHE_OFF);
	return SSL_CTX_set_min_proto_version(b->ctx, TLS1_3_VERSION) == 1;
}

int
main(int argc, char **argv)
{
	struct bench b = { .lock = PTHREAD_MUTEX_INITIALIZER };
	long threads = argc < 5 ? 0 : strtol(argv[3], NULL, 10), i;
	pthread_t ids[THREADS];
	double start;

	b.total = argc < 5 ? 0 : strtol(argv[4], NULL, 10);
	b.holds = argc == 6 && strcmp(argv[1], "idle") == 0;
	if (threads < 1 || threads > THREADS || b.total < 1 ||
	    (!b.holds && strcmp(argv[1], "full") != 0) ||
	    !target_parse(&b, argv[2]) || !bench_open(&b)) {
		fprintf(stderr, "usage: starttls full|idle 127.x.y.z:PORT THREADS "
		    "TOTAL [SECONDS]\n");
		return 2;
	}
	start = now();
	for (i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, work, &b);
	for (i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	report(&b, now() - start);
	if (b.holds)
		usleep((useconds_t)(strtod(argv[5], NULL) * 1e6));
	return b.failed == 0 ? 0 : 1;
}
