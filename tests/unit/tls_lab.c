/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates on order: what tls_self_made cannot make, as RSA, several
 * names, expired ones, weak ones. Rooms and rogues.
 */
#include "config.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "tests/unit/tls_lab.h"

#define DAY (24 * 60 * 60 * SEC)

static EVP_PKEY *
make_key(const struct tls_order *o)
{
	EVP_PKEY *key;

	if (o->rsa > 0)
		key = EVP_RSA_gen((unsigned)o->rsa);
	else if (o->curve != NULL && strcmp(o->curve, "ED25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, o->curve);
	else
		key = EVP_EC_gen(o->curve != NULL ? o->curve : "P-256");
	must(key != NULL);
	return key;
}

static void
add_names(X509 *x, struct str names)
{
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	ASN1_IA5STRING *text;
	GENERAL_NAME *name;
	struct str one;

	while (names.len > 0) {
		one = str_split(&names, ' ');
		text = ASN1_IA5STRING_new();
		must(ASN1_STRING_set(text, one.p, (int)one.len) == 1);
		name = GENERAL_NAME_new();
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		must(sk_GENERAL_NAME_push(all, name) > 0);
	}
	must(X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, 0) == 1);
	sk_GENERAL_NAME_pop_free(all, GENERAL_NAME_free);
}

static void
set_cn(X509 *x, const char *cn)
{
	X509_NAME *name = X509_get_subject_name(x);

	must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0) == 1);
	must(X509_set_issuer_name(x, name) == 1);
}

static struct str
text_of(BIO *out, struct arena *arena)
{
	char *p;
	long n = BIO_get_mem_data(out, &p);
	struct str text = arena_str(arena, (struct str){ p, (size_t)n });

	BIO_free(out);
	return text;
}

struct tls_pair
tls_lab_pair(const struct tls_order *o, struct arena *arena)
{
	usec_t from = o->from != 0 ? o->from : 18262 * DAY;
	usec_t until = o->until != 0 ? o->until : 25567 * DAY;
	BIO *chain = BIO_new(BIO_s_mem()), *secret = BIO_new(BIO_s_mem());
	EVP_PKEY *key = make_key(o);
	X509 *x = X509_new();
	struct tls_pair pair;

	must(X509_set_version(x, X509_VERSION_3) == 1);
	must(ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1);
	set_cn(x, o->cn != NULL ? o->cn : "test");
	if (o->names != NULL)
		add_names(x, str_of(o->names));
	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(from / SEC));
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(until / SEC));
	must(X509_set_pubkey(x, key) == 1);
	must(X509_sign(x, key, EVP_PKEY_is_a(key, "ED25519") == 1 ? NULL :
	    EVP_sha256()) > 0);
	must(PEM_write_bio_X509(chain, x) == 1);
	must(PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL)
	    == 1);
	pair.chain = text_of(chain, arena);
	pair.key = text_of(secret, arena);
	X509_free(x);
	EVP_PKEY_free(key);
	return pair;
}

/* ---- rooms ------------------------------------------------------------- */

static struct arena *pairs_arena;
static struct tls_pair pairs[2];

int
room_make_pairs(void **state)
{
	const struct tls_order ecdsa = { .names = "mx.test *.wild.test",
		.cn = "ecdsa" };
	const struct tls_order rsa = { .names = "mx.test", .cn = "rsa",
		.rsa = 2048 };

	(void)state;
	pairs_arena = arena_new(0);
	pairs[ONLY_ECDSA] = tls_lab_pair(&ecdsa, pairs_arena);
	pairs[ONLY_RSA] = tls_lab_pair(&rsa, pairs_arena);
	return 0;
}

int
room_drop_pairs(void **state)
{
	(void)state;
	arena_free(&pairs_arena);
	return 0;
}

struct tls_server *
room_server(enum kind kind, enum tls_version minimum)
{
	struct tls_server *server = NULL;
	struct fault fault = { "" };

	CHECK(tls_server_new(&pairs[kind == ONLY_RSA ? 1 : 0],
	    kind == BOTH ? 2 : 1, minimum, &server, &fault) == 0, "%s",
	    fault.text);
	return server;
}

static void
side_init(struct side *side, struct stream *stream)
{
	*side = (struct side){ .stream = stream, .deadline = USEC_NEVER,
		.rc = 1, .got = BUF_INIT(0) };
}

static void
fill_room(struct room *room)
{
	struct stream *a, *b;

	pipe_new(room->lab->fibers, &a, &b);
	side_init(&room->ours, a);
	side_init(&room->theirs, b);
}

static void
clear_room(struct room *room)
{
	if (room->ours.read_rc == 1)
		fiber_cancel(room->ours.fiber);
	lab_settle(room->lab);
	stream_free(&room->ours.stream);
	stream_free(&room->theirs.stream);
	buf_free(&room->ours.got);
	buf_free(&room->theirs.got);
}

int
room_open(void **state)
{
	struct room *room = calloc(1, sizeof *room);
	void *lab;

	must(room != NULL);
	(void)lab_open(&lab);
	room->lab = lab;
	room->arena = arena_new(0);
	room->server = room_server(BOTH, TLS_1_2);
	fill_room(room);
	*state = room;
	return 0;
}

void
room_renew(struct room *room)
{
	clear_room(room);
	fill_room(room);
}

int
room_close(void **state)
{
	struct room *room = *state;
	void *lab = room->lab;

	clear_room(room);
	tls_server_free(&room->server);
	arena_free(&room->arena);
	(void)lab_close(&lab);
	free(room);
	return 0;
}

void
room_go(struct room *room, const char *name, void (*fn)(void *),
    struct fiber **out)
{
	assert_int_equal(fiber_start(room->lab->fibers, name, fn, room, out),
	    0);
}

static void
accepts(void *arg)
{
	struct room *room = arg;
	struct side *side = &room->ours;

	side->rc = tls_accept(side->stream, room->server, side->deadline,
	    &side->fault);
}

static void
connects(void *arg)
{
	struct room *room = arg;
	struct side *side = &room->theirs;

	side->rc = tls_connect(side->stream, side->name, side->most,
	    side->deadline, &side->fault);
}

void
room_accept(struct room *room)
{
	room_go(room, "accept", accepts, &room->ours.fiber);
}

void
room_connect(struct room *room)
{
	room_go(room, "connect", connects, &room->theirs.fiber);
}

void
room_shake(struct room *room)
{
	room_accept(room);
	room_connect(room);
	lab_settle(room->lab);
}

void
room_must_shake(struct room *room)
{
	room_shake(room);
	CHECK(room->ours.rc == 0, "ours: %d %s", room->ours.rc,
	    room->ours.fault.text);
	CHECK(room->theirs.rc == 0, "theirs: %d %s", room->theirs.rc,
	    room->theirs.fault.text);
}

static void
collects(void *arg)
{
	struct side *side = &((struct room *)arg)->ours;
	struct str have;

	while ((side->read_rc = stream_fill(side->stream, side->deadline)) ==
	    0) {
		have = stream_pending(side->stream);
		must(buf_add_str(&side->got, have) == 0);
		stream_consume(side->stream, have.len);
		side->read_rc = 1;
	}
}

void
room_collect(struct room *room)
{
	room->ours.read_rc = 1;
	room_go(room, "collect", collects, &room->ours.fiber);
}

/* ---- rogues ------------------------------------------------------------ */

void
rogue_open(struct rogue *r, struct room *room, int version, const char *name)
{
	r->room = room;
	r->ctx = SSL_CTX_new(TLS_client_method());
	must(SSL_CTX_set_max_proto_version(r->ctx, version) == 1);
	r->ssl = SSL_new(r->ctx);
	r->in = BIO_new(BIO_s_mem());
	r->out = BIO_new(BIO_s_mem());
	SSL_set_bio(r->ssl, r->in, r->out);
	SSL_set_connect_state(r->ssl);
	if (name != NULL)
		must(SSL_set_tlsext_host_name(r->ssl, name) == 1);
}

void
rogue_close(struct rogue *r)
{
	SSL_free(r->ssl);
	SSL_CTX_free(r->ctx);
}

void
rogue_take(struct rogue *r)
{
	struct stream *wire = r->room->theirs.stream;
	struct str have;

	while (stream_has_bytes(wire)) {
		have = stream_pending(wire);
		must(BIO_write(r->in, have.p, (int)have.len) ==
		    (int)have.len);
		stream_consume(wire, have.len);
	}
}

bool
rogue_move(struct rogue *r)
{
	char *p;
	long n = BIO_get_mem_data(r->out, &p);
	int rc = 0;

	if (n > 0)
		rc = stream_say(r->room->theirs.stream, (struct str){ p,
		    (size_t)n });
	(void)BIO_reset(r->out);
	lab_settle(r->room->lab);
	rogue_take(r);
	return rc == 0;
}

int
rogue_shake(struct rogue *r)
{
	int i, ok = 0;

	room_accept(r->room);
	for (i = 0; i < 20 && ok != 1; i++) {
		ok = SSL_do_handshake(r->ssl);
		if (!rogue_move(r))
			break;
	}
	return ok;
}

void
rogue_write(struct rogue *r, const char *text)
{
	must(SSL_write(r->ssl, text, (int)strlen(text)) ==
	    (int)strlen(text));
	(void)rogue_move(r);
}
