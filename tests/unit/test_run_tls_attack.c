/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client that means no good does before, in and after a handshake:
 * each ends that connection, cheaply, and touches no other.
 */
#include "config.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "tests/unit/tls_lab.h"

static struct str
bytes_of(BIO *out)
{
	char *p;
	long n = BIO_get_mem_data(out, &p);

	return (struct str){ p, (size_t)n };
}

/* The log takes the fault as it is. */
static void
check_words(const char *text)
{
	size_t i, n = strlen(text);

	assert_in_range(n, 3, 60);
	for (i = 0; i < n; i++)
		assert_in_range(text[i], ' ', '~');
}

/* ---- before a handshake ------------------------------------------------ */

/* catalogue 64: also what was still in the socket at STARTTLS is nothing but
 * a broken handshake. */
static void
what_is_no_tls_ends_the_handshake(void **state)
{
	static const struct {
		struct str in;
		const char *reason, *why;
	} rows[] = {
		{ STR("RSET\r\nMAIL FROM:<>\r\n"), "wrong version number",
		  "goes on in clear" },
		{ STR("GET / HTTP/1.1\r\n\r\n"), "http request", "a browser" },
		{ STR("\r\n\r\n\r\n\r\n\r\n\r\n"), "wrong version number",
		  "empty lines" },
		{ STR("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10"
		  "\x01\x00\x80\x02\x00\x80\x03\x00\x80\x00\x00\x05\x00\x00"
		  "\x0a\x00\x00\x16\x00\x00\x13\x00\x00\x2f\x01\x02\x03\x04"
		  "\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"),
		  "unknown protocol", "SSL 2" },
		{ STR("\x15\x03\x03\x00\x02\x02\x28"),
		  "unexpected message", "an alert as the first word" },
		{ STR("\x17\x03\x03\x00\x05RSET\n"), "unexpected message",
		  "data before the handshake" },
		{ STR("\x16\x03\x01\xff\xff\x01\x00\xff\xfb"),
		  "packet length too long", "a record of 64 KiB" },
		{ STR("\x16\x03\x01\x00\x04\x02\x00\x00\x00"),
		  "unexpected message", "a ServerHello" },
		{ STR("\x16\x03\x01\x00\x04\x01\xff\xff\xff"),
		  "excessive message size", "a ClientHello of 16 MiB" },
	};
	struct room *room = *state;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		room_renew(room);
		room_accept(room);
		assert_int_equal(stream_say(room->theirs.stream, rows[i].in),
		    0);
		lab_settle(room->lab);
		CHECK(room->ours.rc == -E_INVALID, "%s: %d %s", rows[i].why,
		    room->ours.rc, room->ours.fault.text);
		CHECK(strcmp(room->ours.fault.text, rows[i].reason) == 0,
		    "%s: %s", rows[i].why, room->ours.fault.text);
		check_words(room->ours.fault.text);
	}
}

/* catalogue 67: sends a piece again and again, as long as it is taken. */
static size_t
flood(struct room *room, struct str piece)
{
	size_t sent = 0;

	while (room->ours.rc == 1 && sent < 1 << 22) {
		if (stream_say(room->theirs.stream, piece) != 0)
			break;
		sent += piece.len;
		lab_settle(room->lab);
	}
	return sent;
}

static void
an_endless_handshake_is_capped(void **state)
{
	static char hello[5 + 16000];
	struct room *room = *state;

	/* A ClientHello of 0x1ffff bytes, which OpenSSL would take in. */
	memcpy(hello, "\x16\x03\x01\x3e\x80\x01\x01\xff\xff\x03\x03", 11);
	room_accept(room);
	assert_in_range(flood(room, (struct str){ hello, sizeof hello }),
	    16000, 81920);
	assert_int_equal(room->ours.rc, -E_INVALID);
	check_words(room->ours.fault.text);

	/* Empty messages that TLS 1.3 has everybody ignore. */
	room_renew(room);
	struct rogue r;
	rogue_open(&r, room, TLS1_3_VERSION, NULL);
	room_accept(room);
	assert_int_equal(SSL_do_handshake(r.ssl), -1);
	assert_true(rogue_move(&r));
	assert_in_range(flood(room, STR("\x14\x03\x03\x00\x01\x01")), 6,
	    81920);
	assert_int_equal(room->ours.rc, -E_INVALID);
	check_words(room->ours.fault.text);
	rogue_close(&r);
}

/* ---- the error queue --------------------------------------------------- */

static struct str
record_of(struct rogue *r, const char *text)
{
	assert_int_equal(SSL_write(r->ssl, text, (int)strlen(text)),
	    strlen(text));
	return bytes_of(r->out);
}

/*
 * The rule of tls.c, ASK: a bad record on one connection leaves words in the
 * thread's error queue; a healthy connection that looks in vain right then
 * must not take them for its own.
 */
static void
a_bad_record_breaks_nobody_else(void **state)
{
	struct room *evil = *state, *good;
	struct rogue r, q;
	void *other;
	struct str record;

	room_open(&other);
	good = other;
	rogue_open(&q, good, TLS1_3_VERSION, NULL);
	assert_int_equal(rogue_shake(&q), 1);
	room_collect(good);
	lab_settle(good->lab);
	rogue_open(&r, evil, TLS1_3_VERSION, NULL);
	assert_int_equal(rogue_shake(&r), 1);
	assert_int_equal(evil->ours.rc, 0);
	room_collect(evil);
	lab_settle(evil->lab);

	record = record_of(&r, "NOOP\r\n");
	((char *)(uintptr_t)record.p)[record.len - 1] ^= 1;
	assert_int_equal(stream_say(evil->theirs.stream, record), 0);
	lab_settle(evil->lab);
	assert_int_equal(evil->ours.read_rc, -E_RESET);

	stream_ready(good->ours.stream, true, true);    /* for nothing */
	lab_settle(good->lab);
	assert_int_equal(good->ours.read_rc, 1);
	rogue_write(&q, "QUIT\r\n");
	assert_str(buf_str(&good->ours.got), "QUIT\r\n");
	assert_int_equal(stream_say(good->ours.stream, STR("221\r\n")), 0);
	stream_free(&q.room->theirs.stream);
	lab_settle(good->lab);
	rogue_close(&q);
	rogue_close(&r);
	room_close(&other);
}

/* The same in a handshake that fails beside one that waits. */
static void
a_failed_handshake_breaks_nobody_else(void **state)
{
	struct room *evil = *state, *good;
	struct rogue q;
	void *other;

	room_open(&other);
	good = other;
	rogue_open(&q, good, TLS1_2_VERSION, NULL);
	assert_int_equal(rogue_shake(&q), 1);
	room_collect(good);
	lab_settle(good->lab);
	room_accept(evil);
	assert_int_equal(stream_say(evil->theirs.stream, STR("QUIT\r\n")), 0);
	lab_settle(evil->lab);
	assert_int_equal(evil->ours.rc, -E_INVALID);
	assert_false(stream_has_bytes(good->ours.stream));
	stream_ready(good->ours.stream, true, false);
	lab_settle(good->lab);
	assert_int_equal(good->ours.read_rc, 1);
	stream_free(&good->theirs.stream);
	lab_settle(good->lab);
	assert_int_equal(good->ours.read_rc, -E_EOF);
	rogue_close(&q);
	room_close(&other);
}

/* ---- after it ---------------------------------------------------------- */

static void
begin(struct rogue *r, struct room *room, int version)
{
	rogue_open(r, room, version, NULL);
	assert_int_equal(rogue_shake(r), 1);
	assert_int_equal(room->ours.rc, 0);
	room_collect(room);
	lab_settle(room->lab);
}

/* catalogue 70: an end without close_notify is an end, after all bytes. */
static void
an_end_without_closure_is_an_end(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct room *room = *state;
	struct rogue r;
	size_t i;

	for (i = 0; i < COUNT(versions); i++) {
		room_renew(room);
		begin(&r, room, versions[i]);
		rogue_write(&r, "DATA\r\n");
		stream_shut(room->theirs.stream);
		lab_settle(room->lab);
		assert_str(buf_str(&room->ours.got), "DATA\r\n");
		assert_int_equal(room->ours.read_rc, -E_EOF);
		assert_int_equal(stream_say(room->ours.stream,
		    STR("221 bye\r\n")), 0);
		rogue_take(&r);
		char line[32];
		assert_int_equal(SSL_read(r.ssl, line, sizeof line), 9);
		rogue_close(&r);
	}
}

static void
check_closed(struct rogue *r)
{
	char byte;
	int n;

	rogue_take(r);
	ERR_clear_error();
	n = SSL_read(r->ssl, &byte, 1);
	assert_int_equal(SSL_get_error(r->ssl, n), SSL_ERROR_ZERO_RETURN);
}

/* RFC 8446 6.1: our ends are said, so that nobody may cut us short. */
static void
our_end_is_said(void **state)
{
	struct room *room = *state;
	struct rogue r;

	rogue_open(&r, room, TLS1_3_VERSION, NULL);
	assert_int_equal(rogue_shake(&r), 1);
	stream_free(&room->ours.stream);
	check_closed(&r);
	rogue_close(&r);
	room_renew(room);
	rogue_open(&r, room, TLS1_2_VERSION, NULL);
	assert_int_equal(rogue_shake(&r), 1);
	stream_shut(room->ours.stream);
	check_closed(&r);
	rogue_close(&r);
}

/* An end in the middle of a record gives nothing of it. */
static void
half_a_record_is_not_given(void **state)
{
	struct room *room = *state;
	struct rogue r;
	struct str record;

	begin(&r, room, TLS1_3_VERSION);
	record = record_of(&r, ".\r\n");
	assert_int_equal(stream_say(room->theirs.stream,
	    str_sub(record, 0, record.len - 1)), 0);
	stream_shut(room->theirs.stream);
	lab_settle(room->lab);
	assert_int_equal(room->ours.got.len, 0);
	assert_int_equal(room->ours.read_rc, -E_EOF);
	rogue_close(&r);
}

static void
update_keys(struct rogue *r, int type)
{
	assert_int_equal(SSL_key_update(r->ssl, type), 1);
	assert_int_equal(SSL_do_handshake(r->ssl), 1);
}

/* catalogue 67: 32 are borne, with data between them, the next is not; in
 * one go they do not keep us busy either. */
static void
key_updates_are_capped(void **state)
{
	struct room *room = *state;
	struct rogue r;
	int i;

	begin(&r, room, TLS1_3_VERSION);
	for (i = 0; i < 32; i++) {
		update_keys(&r, SSL_KEY_UPDATE_REQUESTED);
		rogue_write(&r, "x");
	}
	assert_int_equal(room->ours.got.len, 32);
	assert_int_equal(room->ours.read_rc, 1);
	update_keys(&r, SSL_KEY_UPDATE_NOT_REQUESTED);
	(void)rogue_move(&r);
	assert_int_equal(room->ours.read_rc, -E_RESET);
	assert_int_equal(room->ours.got.len, 32);
	rogue_close(&r);

	room_renew(room);
	begin(&r, room, TLS1_3_VERSION);
	for (i = 0; i < 1000; i++)
		update_keys(&r, SSL_KEY_UPDATE_NOT_REQUESTED);
	(void)rogue_move(&r);
	assert_int_equal(room->ours.read_rc, -E_RESET);
	assert_int_equal(stream_say(room->ours.stream, STR("x")), -E_RESET);
	rogue_close(&r);
}

static void
flushes_y(void *arg)
{
	struct room *room = arg;

	assert_int_equal(stream_put(room->ours.stream, STR("y"), 0), 0);
	assert_int_equal(stream_flush(room->ours.stream, USEC_NEVER), 0);
	note(room->lab, "flushed");
}

/* The answer to a key update is half written and the socket full: OpenSSL
 * then reads nothing either. Reading goes on when there is room to write,
 * though no byte more comes in. */
static void
reading_waits_for_the_answer_to_a_key_update(void **state)
{
	struct room *room = *state;
	struct rogue r;
	char byte;
	int i;

	begin(&r, room, TLS1_3_VERSION);
	pipe_room(room->theirs.stream, 5);
	update_keys(&r, SSL_KEY_UPDATE_REQUESTED);
	assert_int_equal(stream_say(room->theirs.stream,
	    record_of(&r, "x")), 0);
	(void)BIO_reset(r.out);
	lab_settle(room->lab);
	assert_str(buf_str(&room->ours.got), "x");
	room_go(room, "flush", flushes_y, NULL);
	lab_settle(room->lab);
	assert_int_equal(stream_say(room->theirs.stream,
	    record_of(&r, "z")), 0);
	alarm(10);      /* a wrong wait turns for ever */
	lab_settle(room->lab);
	assert_str(buf_str(&room->ours.got), "x");
	for (i = 0; i < 100 && room->lab->trail[0] == '\0'; i++) {
		rogue_take(&r);
		lab_settle(room->lab);
	}
	alarm(0);
	assert_string_equal(room->lab->trail, "flushed");
	assert_str(buf_str(&room->ours.got), "xz");
	rogue_take(&r);
	assert_int_equal(SSL_read(r.ssl, &byte, 1), 1);
	assert_int_equal(byte, 'y');
	rogue_close(&r);
}

/* catalogue 67: refused in words, and nothing else happens. */
static void
renegotiation_is_refused(void **state)
{
	struct room *room = *state;
	struct rogue r;

	begin(&r, room, TLS1_2_VERSION);
	assert_int_equal(SSL_renegotiate(r.ssl), 1);
	(void)SSL_do_handshake(r.ssl);
	(void)rogue_move(&r);
	ERR_clear_error();
	assert_int_not_equal(SSL_do_handshake(r.ssl), 1);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()),
	    SSL_R_NO_RENEGOTIATION);
	ERR_clear_error();
	assert_int_equal(room->ours.read_rc, 1);
	assert_int_equal(room->ours.got.len, 0);
	rogue_close(&r);
}

/* ---- sessions ---------------------------------------------------------- */

static void
nothing_can_be_resumed(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct room *room = *state;
	const SSL_SESSION *session;
	struct rogue r;
	unsigned length;
	char byte;
	size_t i;

	for (i = 0; i < COUNT(versions); i++) {
		room_renew(room);
		begin(&r, room, versions[i]);
		assert_int_equal(stream_say(room->ours.stream, STR("x")), 0);
		rogue_take(&r);
		assert_int_equal(SSL_read(r.ssl, &byte, 1), 1);
		session = SSL_get0_session(r.ssl);
		assert_false(SSL_SESSION_has_ticket(session));
		assert_false(SSL_SESSION_is_resumable(session));
		if (versions[i] == TLS1_2_VERSION) {
			(void)SSL_SESSION_get_id(session, &length);
			assert_int_equal(length, 0);
		}
		rogue_close(&r);
	}
}

static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	SSL_SESSION **kept = SSL_get_app_data(ssl);

	SSL_SESSION_free(*kept);
	*kept = session;
	return 1;
}

static SSL *
end_of(SSL_CTX *ctx, BIO *in, BIO *out)
{
	SSL *ssl = SSL_new(ctx);

	BIO_up_ref(in);
	BIO_up_ref(out);
	SSL_set_bio(ssl, in, out);
	return ssl;
}

static void
use_pair(SSL_CTX *ctx, struct tls_pair pair)
{
	BIO *chain = BIO_new_mem_buf(pair.chain.p, (int)pair.chain.len);
	BIO *secret = BIO_new_mem_buf(pair.key.p, (int)pair.key.len);
	X509 *x = PEM_read_bio_X509(chain, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(secret, NULL, NULL, NULL);

	must(SSL_CTX_use_cert_and_key(ctx, x, key, NULL, 1) == 1);
	X509_free(x);
	EVP_PKEY_free(key);
	BIO_free(chain);
	BIO_free(secret);
}

/* A ticket with early data, from a server that gives such. */
static SSL_SESSION *
foreign_session(struct rogue *r, struct tls_pair pair)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	SSL_SESSION *session = NULL;
	SSL *theirs, *ours;
	char byte;
	int i;

	use_pair(ctx, pair);
	(void)SSL_CTX_set_max_early_data(ctx, 16384);
	theirs = end_of(ctx, in, out);
	SSL_set_accept_state(theirs);
	(void)SSL_CTX_set_session_cache_mode(r->ctx, SSL_SESS_CACHE_CLIENT |
	    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(r->ctx, keep_session);
	ours = end_of(r->ctx, out, in);
	SSL_set_connect_state(ours);
	SSL_set_app_data(ours, &session);
	for (i = 0; i < 5; i++) {
		(void)SSL_do_handshake(ours);
		(void)SSL_do_handshake(theirs);
	}
	(void)SSL_read(ours, &byte, 1);
	ERR_clear_error();
	SSL_set_shutdown(ours, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(ours);
	SSL_free(theirs);
	SSL_CTX_free(ctx);
	BIO_free(in);
	BIO_free(out);
	assert_non_null(session);
	assert_int_equal(SSL_SESSION_get_max_early_data(session), 16384);
	return session;
}

/* catalogue 67, 69: a ticket of another service opens nothing, and data sent
 * with it never arrives. */
static void
early_data_and_foreign_tickets_are_refused(void **state)
{
	const struct tls_order order = { .names = "mx.test" };
	struct room *room = *state;
	SSL_SESSION *session;
	struct rogue r;
	size_t done = 0;
	int i, ok = 0;

	rogue_open(&r, room, TLS1_3_VERSION, NULL);
	session = foreign_session(&r, tls_lab_pair(&order, room->arena));
	assert_int_equal(SSL_set_session(r.ssl, session), 1);
	SSL_set_app_data(r.ssl, &session);
	assert_int_equal(SSL_write_early_data(r.ssl, "EVIL\r\n", 6, &done),
	    1);
	assert_int_equal(done, 6);
	room_accept(room);
	(void)rogue_move(&r);
	for (i = 0; i < 10 && ok != 1; i++) {
		ok = SSL_do_handshake(r.ssl);
		(void)rogue_move(&r);
	}
	assert_int_equal(ok, 1);
	assert_int_equal(room->ours.rc, 0);
	assert_int_equal(SSL_session_reused(r.ssl), 0);
	assert_int_equal(SSL_get_early_data_status(r.ssl),
	    SSL_EARLY_DATA_REJECTED);
	room_collect(room);
	rogue_write(&r, "NOOP\r\n");
	assert_str(buf_str(&room->ours.got), "NOOP\r\n");
	SSL_SESSION_free(session);
	rogue_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(what_is_no_tls_ends_the_handshake),
		ROOM(an_endless_handshake_is_capped),
		ROOM(a_bad_record_breaks_nobody_else),
		ROOM(a_failed_handshake_breaks_nobody_else),
		ROOM(an_end_without_closure_is_an_end),
		ROOM(our_end_is_said),
		ROOM(half_a_record_is_not_given),
		ROOM(key_updates_are_capped),
		ROOM(reading_waits_for_the_answer_to_a_key_update),
		ROOM(renegotiation_is_refused),
		ROOM(nothing_can_be_resumed),
		ROOM(early_data_and_foreign_tickets_are_refused),
	};

	return cmocka_run_group_tests_name("run tls attack", tests,
	    room_make_pairs, room_drop_pairs);
}
