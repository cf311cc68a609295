/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes from a client before and in TLS. The first byte of an input
 * says how the rest is used:
 *
 *	h   the bytes themselves, all at once
 *	b   the same, byte by byte
 *	2   changes to what a real TLS 1.2 client sends, two bytes each: how
 *	    far behind the last change, and what is changed there by XOR
 *	3   the same for TLS 1.3
 *
 * Whatever comes, the server's end is over when the client's is, with a
 * reason that a log can take; and no line is given that the client did not
 * write. (Bytes may be changed without harm: of the first record's version.)
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "run/pipe.h"
#include "run/tls.h"

#define LINE "MAIL FROM:<a@b.test>"
#define LINES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct fibers     *fibers;
	struct stream     *ours, *theirs;
	struct tls_server *server;
	int                rc;          /* 1: not ended */
	struct fault       fault;
	size_t             lines;       /* that were given */
	struct str         changes;
	size_t             until;       /* bytes to the next change */
	bool               is_changed;
};

static usec_t
now(void *arg)
{
	(void)arg;
	return 1000;
}

static struct tls_server *
make_server(void)
{
	struct arena *arena = arena_new(0);
	struct tls_server *server;
	struct tls_pair pair;

	must(tls_self_made(STR("mx.test"), 0, arena, &pair) == 0);
	must(tls_server_new(&pair, 1, TLS_1_2, &server, NULL) == 0);
	arena_free(&arena);
	return server;
}

static void
serve(void *arg)
{
	struct fuzz *f = arg;
	enum line_end end;
	struct str line;
	int rc = tls_accept(f->ours, f->server, USEC_NEVER, &f->fault);

	while (rc == 0) {
		rc = stream_line(f->ours, 100, 200, USEC_NEVER, &line, &end);
		if (rc == 0) {
			must(end == LINE_CRLF && str_eq(line, STR(LINE)));
			f->lines++;
		}
	}
	f->rc = rc;
}

static void
settle(struct fuzz *f)
{
	do {
		fibers_run(f->fibers);
		fibers_fire(f->fibers);
	} while (fibers_next(f->fibers) != USEC_NEVER);
}

static void
check_end(const struct fuzz *f)
{
	const char *p;

	must(f->rc == -E_EOF || f->rc == -E_RESET || f->rc == -E_INVALID);
	must(f->rc != -E_INVALID || f->fault.text[0] != '\0');
	for (p = f->fault.text; *p != '\0'; p++)
		must(*p >= ' ' && *p <= '~');
}

static void
send_raw(struct fuzz *f, struct str bytes, size_t piece)
{
	while (bytes.len > 0 && f->rc == 1) {
		if (stream_say(f->theirs, str_sub(bytes, 0, piece)) != 0)
			break;
		bytes = str_from(bytes, piece < bytes.len ? piece :
		    bytes.len);
		settle(f);
	}
}

/* ---- a real client ------------------------------------------------------ */

static void
change(struct fuzz *f, char *p, size_t n)
{
	size_t at = 0;

	while (f->changes.len >= 2 && f->until < n - at) {
		at += f->until;
		p[at] = (char)(p[at] ^ f->changes.p[1]);
		f->is_changed = f->is_changed || f->changes.p[1] != 0;
		f->changes = str_from(f->changes, 2);
		f->until = f->changes.len > 0 ?
		    (unsigned char)f->changes.p[0] : 0;
	}
	if (f->changes.len >= 2)
		f->until -= n - at;
}

static void
move(struct fuzz *f, BIO *in, BIO *out)
{
	struct str have;
	char *p;
	long n = BIO_get_mem_data(out, &p);

	if (n > 0) {
		change(f, p, (size_t)n);
		(void)stream_say(f->theirs, (struct str){ p, (size_t)n });
		(void)BIO_reset(out);
	}
	settle(f);
	while (stream_has_bytes(f->theirs)) {
		have = stream_pending(f->theirs);
		must(BIO_write(in, have.p, (int)have.len) > 0);
		stream_consume(f->theirs, have.len);
	}
}

static void
send_changed(struct fuzz *f, struct str changes, int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	SSL *ssl = SSL_new(ctx);
	int i, ok = 0;

	must(SSL_set_max_proto_version(ssl, version) == 1);
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	must(SSL_set_tlsext_host_name(ssl, "mx.test") == 1);
	f->changes = changes;
	f->until = changes.len > 0 ? (unsigned char)changes.p[0] : 0;
	for (i = 0; i < 6 && ok != 1 && f->rc == 1; i++) {
		ok = SSL_do_handshake(ssl);
		move(f, in, out);
	}
	for (i = 0; i < LINES && ok == 1; i++) {
		(void)SSL_write(ssl, LINE "\r\n", (int)sizeof LINE + 1);
		move(f, in, out);
	}
	ERR_clear_error();
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_server *server;
	struct fuzz f = { .rc = 1 };
	struct str in = { (const char *)data, size };
	char mode = size > 0 ? in.p[0] : 'h';

	if (server == NULL)
		server = make_server();
	f.server = server;
	f.fibers = fibers_new(now, NULL);
	pipe_new(f.fibers, &f.ours, &f.theirs);
	must(fiber_start(f.fibers, "serve", serve, &f, NULL) == 0);
	settle(&f);
	if (size > 0)
		in = str_from(in, 1);
	if (mode == '2' || mode == '3')
		send_changed(&f, in, mode == '2' ? TLS1_2_VERSION :
		    TLS1_3_VERSION);
	else
		send_raw(&f, in, mode == 'b' ? 1 : 16384);
	if (mode == '2' || mode == '3')
		must(f.is_changed ? f.lines <= LINES : f.lines == LINES);
	else
		must(f.lines == 0);
	stream_shut(f.theirs);
	settle(&f);
	check_end(&f);
	stream_free(&f.ours);
	stream_free(&f.theirs);
	fibers_free(&f.fibers);
	return 0;
}
