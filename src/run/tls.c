/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls - one connection: a layer between a stream and what it stands on.
 *
 * Called by: smtp/ (STARTTLS, implicit TLS), the simulator and tools as
 * clients. tls_server.c holds contexts and names, tls_cert.c reads pairs.
 *
 *	lines, replies  ->  stream  ->  tls_ops  ->  OpenSSL
 *	                                                |  bio_read, bio_write
 *	                              socket or pipe  <-+
 *
 * A BIO of our own calls the ops below directly: with memory BIOs each byte
 * would be copied once more, and each idle connection hold two buffers.
 * There is no read-ahead: what has not been asked for stays in the socket,
 * whose readiness is then true. Measured (contrib/bench/tls.c): an idle
 * connection holds 14.6 KiB, of which OpenSSL's SSL alone is 7.6; a handshake
 * uses 12 KiB of the fiber's stack with P-256, 16 with RSA.
 *
 * Always holds:
 * - OpenSSL's error queue belongs to the thread, so to all fibers; a word
 *   left in it by one connection makes a healthy one that only waits look
 *   broken. Each call that can end in SSL_get_error goes through ASK, which
 *   empties the queue before and reads it directly behind; nothing in
 *   between may wait, and ops below never do.
 * - read_on and write_on say what must become possible below before reading
 *   or writing goes on here. They cross when a key update must be answered
 *   and the socket is full, or a message that is half there must be read
 *   before anything is written.
 * - Decrypted bytes that nobody took (SSL_pending) make no socket readable:
 *   tls_want tells of them itself, from a timer.
 * - quiet counts bytes from below since data came last: handshake,
 *   key updates, alerts, empty records. Over QUIET_MAX it is no mail.
 *
 * Source: RFC 3207, 8446 4.6.3 (key update), 6.1 (closure), 5246 7.2.1.
 * KNOWN GAPS: end of file without close_notify is told as end of file (much
 * mail software leaves so); nothing may be taken for whole because of it. A
 * server name with a NUL or over 255 bytes, or one that is no server name
 * list, is ended by OpenSSL with an alert; no host can be called so.
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "run/tls_own.h"

#define QUIET_MAX   65536   /* a ClientHello has 512 bytes, or 2 KiB       */
#define CHATTER_MAX 32      /* key updates and the like, in a connection   */
#define NAME_LENGTH 255     /* of a server name, RFC 1035                  */

enum on { ON_READ, ON_WRITE };

struct tls {
	SSL           *ssl;
	struct stream *stream;
	const struct stream_ops *below;
	void          *below_io;
	struct tls_server *server;  /* NULL: we are the client              */
	BIO_METHOD    *method;      /* the client's own; else NULL          */
	struct timer   soon;        /* tells of what SSL_pending holds      */
	struct buf     lead;        /* came before us, and is for us        */
	char          *name;        /* SNI that is one of ours; else NULL   */
	const char    *reason;      /* static: why it broke; may be NULL    */
	int            below_error; /* what bio_read or bio_write got       */
	enum on        read_on, write_on;
	size_t         quiet;
	unsigned       chatter;     /* handshake messages after its end     */
	bool           is_open;     /* the handshake is done                */
	bool           is_broken;   /* final: OpenSSL is not asked again    */
};

/* ------------------------------------------------------------------------
 * Below OpenSSL.
 */

/* An attacker's ways to keep us busy without a byte of mail. */
static bool
is_too_much(struct tls *t)
{
	if (t->chatter > CHATTER_MAX)
		t->reason = "too many key updates";
	else if (t->quiet > QUIET_MAX)
		t->reason = t->is_open ? "too many records without data" :
		    "handshake too long";
	return t->reason != NULL;
}

static ssize_t
lead_read(struct tls *t, char *p, size_t n)
{
	if (n > t->lead.len)
		n = t->lead.len;
	memcpy(p, t->lead.p, n);
	buf_cut(&t->lead, n);
	if (t->lead.len == 0)
		buf_free(&t->lead);
	return (ssize_t)n;
}

static int
bio_read(BIO *bio, char *p, size_t n, size_t *done)
{
	struct tls *t = BIO_get_data(bio);
	ssize_t got;

	BIO_clear_retry_flags(bio);
	if (is_too_much(t))
		return 0;
	got = t->lead.len > 0 ? lead_read(t, p, n) :
	    t->below->read(t->below_io, p, n);
	if (got > 0) {
		t->quiet += (size_t)got;
		*done = (size_t)got;
		return 1;
	}
	if (got == -E_AGAIN)
		BIO_set_retry_read(bio);
	else
		t->below_error = got == 0 ? -E_EOF : (int)got;
	return 0;
}

static int
bio_write(BIO *bio, const char *p, size_t n, size_t *done)
{
	struct tls *t = BIO_get_data(bio);
	ssize_t put = t->below->write(t->below_io, p, n);

	BIO_clear_retry_flags(bio);
	if (put >= 0) {
		*done = (size_t)put;
		return 1;
	}
	if (put == -E_AGAIN)
		BIO_set_retry_write(bio);
	else
		t->below_error = (int)put;
	return 0;
}

static long
bio_ctrl(BIO *bio, int what, long n, void *p)
{
	(void)bio, (void)n, (void)p;
	return what == BIO_CTRL_FLUSH;
}

BIO_METHOD *
tls_method_new(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream");

	if (m != NULL && BIO_meth_set_read_ex(m, bio_read) == 1 &&
	    BIO_meth_set_write_ex(m, bio_write) == 1 &&
	    BIO_meth_set_ctrl(m, bio_ctrl) == 1)
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* ------------------------------------------------------------------------
 * The one way to ask OpenSSL.
 */

const char *
tls_reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	return text != NULL ? text : "no reason given";
}

/* An error in the queue is the protocol's, and there is no way on; without
 * one it is what bio_read or bio_write met, or refused. */
static int
broke(struct tls *t)
{
	if (t->reason == NULL && ERR_peek_error() != 0)
		t->reason = tls_reason();
	if (t->reason == NULL && t->below_error == -E_EOF)
		return -E_EOF;  /* writing may still go on */
	t->is_broken = true;
	return t->reason != NULL ? -E_INVALID : -E_RESET;
}

/* Directly behind a call that gave ok. */
static int
settle(struct tls *t, enum on *on, int ok)
{
	if (ok > 0)
		return 0;
	switch (SSL_get_error(t->ssl, ok)) {
	case SSL_ERROR_WANT_READ:
		*on = ON_READ;
		return -E_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		*on = ON_WRITE;
		return -E_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return -E_EOF;
	default:
		return broke(t);
	}
}

/* 0, -E_AGAIN, -E_EOF, -E_INVALID (reason says why), -E_RESET. */
#define ASK(t, on, call) (ERR_clear_error(), settle((t), &(t)->on, (call)))

/* ------------------------------------------------------------------------
 * What the stream sees.
 */

static ssize_t
tls_read(void *io, void *p, size_t n)
{
	struct tls *t = io;
	size_t done = 0;
	int rc;

	if (t->is_broken)
		return -E_RESET;
	rc = ASK(t, read_on, SSL_read_ex(t->ssl, p, n, &done));
	if (rc == 0) {
		t->quiet = 0;
		return (ssize_t)done;
	}
	if (rc == -E_EOF)
		return 0;
	return rc == -E_AGAIN ? rc : -E_RESET;
}

static ssize_t
tls_write(void *io, const void *p, size_t n)
{
	struct tls *t = io;
	size_t done = 0;
	int rc;

	if (t->is_broken)
		return -E_RESET;
	rc = ASK(t, write_on, SSL_write_ex(t->ssl, p, n, &done));
	if (rc == 0)
		return (ssize_t)done;
	return rc == -E_AGAIN ? rc : -E_RESET;
}

static void
tell_pending(struct timer *timer)
{
	stream_ready(CONTAINER(timer, struct tls, soon)->stream, true, true);
}

static void
tls_want(void *io, bool read, bool write)
{
	struct tls *t = io;
	bool below_read, below_write;

	if (read && (t->is_broken || SSL_pending(t->ssl) > 0)) {
		timer_set(stream_fibers(t->stream), &t->soon, 0);
		read = false;
	}
	below_read = (read && t->read_on == ON_READ) ||
	    (write && t->write_on == ON_READ);
	below_write = (read && t->read_on == ON_WRITE) ||
	    (write && t->write_on == ON_WRITE);
	if (below_read || below_write)
		t->below->want(t->below_io, below_read, below_write);
}

static void
tls_ready(void *io, bool *read, bool *write)
{
	const struct tls *t = io;
	bool below_read = *read, below_write = *write;

	*read = t->read_on == ON_READ ? below_read : below_write;
	*write = t->write_on == ON_WRITE ? below_write : below_read;
}

/* Says that no more will come, if that is possible without waiting. */
static void
say_closure(struct tls *t)
{
	if (!t->is_open || t->is_broken)
		return;
	if (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl);
}

static void
tls_shut(void *io)
{
	struct tls *t = io;

	say_closure(t);
	if (t->below->shut != NULL)
		t->below->shut(t->below_io);
}

static void
tls_free(struct tls *t)
{
	SSL_free(t->ssl);
	BIO_meth_free(t->method);
	tls_server_free(&t->server);
	buf_free(&t->lead);
	free(t->name);
	free(t);
}

static void
tls_close(void *io)
{
	struct tls *t = io;

	timer_stop(stream_fibers(t->stream), &t->soon);
	say_closure(t);
	t->below->close(t->below_io);
	tls_free(t);
}

static const struct stream_ops tls_ops = {
	.read = tls_read,
	.write = tls_write,
	.want = tls_want,
	.shut = tls_shut,
	.close = tls_close,
	.ready = tls_ready,
};

/* ------------------------------------------------------------------------
 * Handshakes.
 */

static void
on_message(int is_ours, int version, int type, const void *p, size_t n,
    SSL *ssl, void *arg)
{
	struct tls *t = arg;

	(void)version, (void)p, (void)n, (void)ssl;
	if (!is_ours && type == SSL3_RT_HANDSHAKE)
		t->chatter++;
}

/* A connection that stands on nothing yet; NULL when there is no memory. */
static struct tls *
tls_new(struct stream *s, SSL_CTX *context, const BIO_METHOD *method)
{
	struct tls *t = calloc(1, sizeof *t);
	BIO *bio;

	if (t == NULL)
		return NULL;
	t->stream = s;
	t->write_on = ON_WRITE;
	t->soon.fire = tell_pending;
	t->ssl = SSL_new(context);
	bio = BIO_new(method);
	if (t->ssl == NULL || bio == NULL) {
		BIO_free(bio);
		tls_free(t);
		return NULL;
	}
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	return t;
}

/* From here on the stream owns t; on error the caller still does. */
static int
stand_between(struct tls *t, struct fault *fault)
{
	int rc = stream_wrap(t->stream, &tls_ops, t, &t->below,
	    &t->below_io);

	if (rc == -E_DENIED)
		fault_set(fault, "bytes in clear before the handshake");
	return rc;
}

/* Reading is the direction that waits, whatever is asked of below. The
 * client speaks first, so the server has nothing to ask for yet. */
static WAITS int
shake_hands(struct tls *t, usec_t deadline, struct fault *fault)
{
	int rc = -E_AGAIN;

	if (t->server == NULL || t->lead.len > 0)
		rc = ASK(t, read_on, SSL_do_handshake(t->ssl));
	while (rc == -E_AGAIN) {
		rc = stream_wait(t->stream, false, deadline);
		if (rc == 0)
			rc = ASK(t, read_on, SSL_do_handshake(t->ssl));
	}
	t->is_broken = rc != 0;
	t->is_open = rc == 0;
	t->quiet = 0;
	SSL_set_msg_callback(t->ssl, on_message);
	SSL_set_msg_callback_arg(t->ssl, t);
	if (rc != 0)
		fault_set(fault, "%s", rc == -E_INVALID && t->reason != NULL ?
		    t->reason : error_word(rc));
	return rc;
}

/* The name that was asked for, in lower case, if it is one of ours. */
static char *
own_name(const struct tls *t)
{
	struct str asked = str_of(SSL_get_servername(t->ssl,
	    TLSEXT_NAMETYPE_host_name));
	char *name;
	size_t i;

	if (!tls_server_knows(t->server, asked))
		return NULL;
	name = malloc(asked.len + 1);
	if (name == NULL)
		return NULL;
	for (i = 0; i < asked.len; i++)
		name[i] = asked.p[i] >= 'A' && asked.p[i] <= 'Z' ?
		    (char)(asked.p[i] - 'A' + 'a') : asked.p[i];
	name[i] = '\0';
	return name;
}

/* What is pending becomes what OpenSSL reads first. */
static int
take_lead(struct tls *t)
{
	struct str pending = stream_pending(t->stream);

	if (buf_add_str(&t->lead, pending) != 0)
		return -E_NOMEM;
	stream_consume(t->stream, pending.len);
	return 0;
}

static WAITS int
accept_one(struct stream *s, struct tls_server *server, bool is_first,
    usec_t deadline, struct fault *fault)
{
	struct tls *t = tls_new(s, tls_server_context(server),
	    tls_server_method(server));
	int rc;

	if (t == NULL)
		return -E_NOMEM;
	t->server = tls_server_hold(server);
	SSL_set_accept_state(t->ssl);
	rc = is_first ? take_lead(t) : 0;
	if (rc == 0)
		rc = stand_between(t, fault);
	if (rc != 0) {
		tls_free(t);
		return rc;
	}
	rc = shake_hands(t, deadline, fault);
	if (rc == 0)
		t->name = own_name(t);
	return rc;
}

WAITS int
tls_accept(struct stream *s, struct tls_server *server, usec_t deadline,
    struct fault *fault)
{
	return accept_one(s, server, false, deadline, fault);
}

WAITS int
tls_accept_first(struct stream *s, struct tls_server *server,
    usec_t deadline, struct fault *fault)
{
	return accept_one(s, server, true, deadline, fault);
}

/* The client's half: believes everybody and takes what there is. */
static struct tls *
client_new(struct stream *s, struct str name, enum tls_version most)
{
	SSL_CTX *context = tls_context_new(TLS_client_method(), TLS_1_0);
	BIO_METHOD *method = tls_method_new();
	struct tls *t = NULL;
	char host[NAME_LENGTH + 1];

	if (context != NULL && method != NULL)
		t = tls_new(s, context, method);
	SSL_CTX_free(context);
	if (t == NULL) {
		BIO_meth_free(method);
		return NULL;
	}
	t->method = method;
	SSL_set_connect_state(t->ssl);
	(void)SSL_set_max_proto_version(t->ssl, tls_version_number(most));
	if (name.len > 0) {
		memcpy(host, name.p, name.len);
		host[name.len] = '\0';
		(void)SSL_set_tlsext_host_name(t->ssl, host);
	}
	return t;
}

WAITS int
tls_connect(struct stream *s, struct str name, enum tls_version most,
    usec_t deadline, struct fault *fault)
{
	struct tls *t;
	int rc;

	if (name.len > NAME_LENGTH || str_find(name, '\0') < name.len) {
		fault_set(fault, "no host can have that name");
		return -E_INVALID;
	}
	t = client_new(s, name, most);
	if (t == NULL)
		return -E_NOMEM;
	rc = stand_between(t, fault);
	if (rc != 0) {
		tls_free(t);
		return rc;
	}
	return shake_hands(t, deadline, fault);
}

bool
tls_facts_of(const struct stream *s, struct tls_facts *facts)
{
	const struct tls *t = stream_io(s, &tls_ops);
	const SSL_CIPHER *cipher;

	if (t == NULL || !t->is_open)
		return false;
	cipher = SSL_get_current_cipher(t->ssl);
	facts->version = str_of(SSL_get_version(t->ssl));
	facts->cipher = str_of(SSL_CIPHER_get_name(cipher));
	facts->bits = (unsigned)SSL_CIPHER_get_bits(cipher, NULL);
	facts->name = t->name != NULL ? str_of(t->name) : STR("");
	return true;
}
