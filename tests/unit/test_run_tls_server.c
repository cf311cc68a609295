/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which certificate for which name; which pairs are usable; the certificate
 * that we make ourselves.
 */
#include "config.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/unit/tls_lab.h"

#define DAY (24 * 60 * 60 * SEC)

/* ---- names ------------------------------------------------------------- */

static const struct tls_order orders[] = {
	{ .names = "mx.test mail.test", .cn = "first" },
	{ .names = "mx.test", .cn = "mx-rsa", .rsa = 2048 },
	{ .names = "*.wild.test wild.test", .cn = "wild" },
	{ .names = "exact.wild.test", .cn = "exact", .rsa = 2048 },
	{ .names = "mx.test *.wild.test", .cn = "late" },
	{ .cn = "cn.test" },
};

static void
serve_orders(struct room *room)
{
	struct tls_pair pairs[COUNT(orders)];
	struct fault fault = { "" };
	size_t i;

	for (i = 0; i < COUNT(orders); i++)
		pairs[i] = tls_lab_pair(&orders[i], room->arena);
	tls_server_free(&room->server);
	CHECK(tls_server_new(pairs, COUNT(orders), TLS_1_2, &room->server,
	    &fault) == 0, "%s", fault.text);
}

static void
peer_name(const SSL *ssl, char out[64])
{
	X509 *x = SSL_get0_peer_certificate(ssl);

	assert_non_null(x);
	(void)X509_NAME_get_text_by_NID(X509_get_subject_name(x),
	    NID_commonName, out, 64);
}

#define LABEL50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* catalogue 68; RFC 6125 6.4.3: one whole label for the "*". */
static void
a_name_leads_to_its_certificate(void **state)
{
	static const struct {
		const char *asked;
		bool is_rsa;            /* a client that knows nothing else */
		const char *cn, *known, *why;
	} rows[] = {
		{ NULL, false, "first", "", "no name" },
		{ NULL, true, "mx-rsa", "", "no name, an old client" },
		{ "mx.test", false, "first", "mx.test", "the first pair" },
		{ "mx.test", true, "mx-rsa", "mx.test", "beside it" },
		{ "MX.Test", false, "first", "mx.test", "case" },
		{ "mail.test", false, "first", "mail.test", "second name" },
		{ "a.wild.test", false, "wild", "a.wild.test", "one label" },
		{ "A-1.WILD.test", false, "wild", "a-1.wild.test", "case" },
		{ "wild.test", false, "wild", "wild.test", "by itself" },
		{ "exact.wild.test", false, "exact", "exact.wild.test",
		  "a whole name before a wildcard" },
		{ "a.b.wild.test", false, "first", "", "two labels" },
		{ ".wild.test", false, "first", "", "no label" },
		{ "*.wild.test", false, "first", "", "no host at all" },
		{ "cn.test", false, "cn.test", "cn.test", "CN alone" },
		{ "other.test", false, "first", "", "not ours" },
		{ "other.test", true, "mx-rsa", "", "not ours, old client" },
		{ "xmx.test", false, "first", "", "longer in front" },
		{ "mx.tes", false, "first", "", "shorter" },
		{ "mx.test.", false, "first", "", "a dot behind" },
		{ "mx.test\\", false, "first", "", "CVE-2019-15846" },
		{ "mx.test ", false, "first", "", "a space behind" },
		{ "127.0.0.1", false, "first", "", "an address" },
		{ "\xff\xfe\x80", false, "first", "", "no text" },
		{ LABEL50 LABEL50 LABEL50 LABEL50 LABEL50 "aaaaa", false,
		  "first", "", "255 bytes" },
	};
	struct room *room = *state;
	struct tls_facts facts;
	struct rogue r;
	char cn[64];
	size_t i;

	serve_orders(room);
	for (i = 0; i < COUNT(rows); i++) {
		room_renew(room);
		rogue_open(&r, room, i % 2 == 0 ? TLS1_3_VERSION :
		    TLS1_2_VERSION, rows[i].asked);
		if (rows[i].is_rsa)
			must(SSL_set1_sigalgs_list(r.ssl,
			    "RSA-PSS+SHA256:RSA+SHA256") == 1);
		CHECK(rogue_shake(&r) == 1, "%s: %s", rows[i].why,
		    room->ours.fault.text);
		peer_name(r.ssl, cn);
		CHECK(strcmp(cn, rows[i].cn) == 0, "%s: %s", rows[i].why, cn);
		assert_true(tls_facts_of(room->ours.stream, &facts));
		CHECK(str_eq(facts.name, str_of(rows[i].known)), "%s: %.*s",
		    rows[i].why, STR_ARG(facts.name));
		rogue_close(&r);
	}
}

static void
add16(unsigned char *p, long change)
{
	long n = p[0] << 8 | p[1];

	n += change;
	p[0] = (unsigned char)(n >> 8);
	p[1] = (unsigned char)n;
}

#define MARK "marked-name.test"

/* A ClientHello with any bytes as its server name: the six lengths around it
 * are put right. Owner: the room's arena. */
static struct str
hello_with_name(struct room *room, struct str name)
{
	struct rogue r;
	struct str hello, all;
	unsigned char *p;
	size_t at = 0;
	char *from;
	long n;

	rogue_open(&r, room, TLS1_3_VERSION, MARK);
	(void)SSL_do_handshake(r.ssl);
	n = BIO_get_mem_data(r.out, &from);
	hello = (struct str){ from, (size_t)n };
	while (!str_starts(str_from(hello, at), STR(MARK)))
		at++;
	all = arena_printf(room->arena, "%*s", (int)(hello.len + name.len),
	    "");
	p = (unsigned char *)(uintptr_t)all.p;
	memcpy(p, hello.p, at);
	memcpy(p + at, name.p, name.len);
	memcpy(p + at + name.len, hello.p + at + strlen(MARK),
	    hello.len - at - strlen(MARK));
	n = (long)name.len - (long)strlen(MARK);
	add16(p + at - 2, n);           /* the name                         */
	add16(p + at - 5, n);           /* the list of names                */
	add16(p + at - 7, n);           /* the extension                    */
	add16(p + 3, n);                /* the record                       */
	add16(p + 7, n);                /* the message, its lower 16 bits   */
	/* Cipher suites, then one compression method, then extensions. */
	at = 5 + 4 + 2 + 32 + 1 + p[43];
	at += 2 + (size_t)(p[at] << 8 | p[at + 1]) + 2;
	add16(p + at, n);
	rogue_close(&r);
	return str_sub(all, 0, hello.len + name.len - strlen(MARK));
}

/* catalogue 68. OpenSSL ends what cannot be a host; nothing matches. */
static void
evil_names_match_nothing(void **state)
{
	static char huge[16000];
	static const struct {
		struct str name;
		bool is_answered;
		const char *why;
	} rows[] = {
		{ STR("mx.test"), true, "the crafted hello is a good one" },
		{ { "", 0 }, true, "empty" },
		{ STR("mx.test\\"), true, "backslash" },
		{ STR("mx.test\0"), false, "NUL behind" },
		{ STR("mx.test\0.evil.test"), false, "NUL inside" },
		{ { huge, 256 }, false, "one byte over 255" },
		{ { huge, sizeof huge }, false, "a whole record" },
	};
	struct room *room = *state;
	struct str hello, answer;
	size_t i;

	memset(huge, 'm', sizeof huge);
	serve_orders(room);
	for (i = 0; i < COUNT(rows); i++) {
		room_renew(room);
		hello = hello_with_name(room, rows[i].name);
		room_accept(room);
		assert_int_equal(stream_say(room->theirs.stream, hello), 0);
		lab_settle(room->lab);
		CHECK(stream_has_bytes(room->theirs.stream), "%s",
		    rows[i].why);
		answer = stream_pending(room->theirs.stream);
		CHECK((answer.p[0] == 0x16) == rows[i].is_answered,
		    "%s: %s", rows[i].why, room->ours.fault.text);
		assert_int_equal(room->ours.rc == 1, rows[i].is_answered);
		stream_free(&room->theirs.stream);
		lab_settle(room->lab);
		assert_true(room->ours.rc < 0);
	}
}

/* ---- usable pairs ------------------------------------------------------ */

static void
pairs_are_examined(void **state)
{
	static const struct {
		struct tls_order order;
		const char *fault, *names, *why;
		bool is_ecdsa;
	} rows[] = {
		{ { .names = "a.test *.b.test" }, NULL, "a.test *.b.test",
		  "P-256", true },
		{ { .names = "A.Test", .curve = "P-384" }, NULL, "a.test",
		  "lower case", true },
		{ { .curve = "P-521", .cn = "c.test" }, NULL, "c.test",
		  "the CN, without others", true },
		{ { .names = "d.test", .cn = "c.test" }, NULL, "d.test",
		  "not the CN, RFC 6125 6.4.4", true },
		{ { .cn = "My mail server" }, NULL, "", "no host", true },
		{ { .names = "*.*.test a..test *x.test e.test" }, NULL,
		  "e.test", "what is no name is left out", true },
		{ { .names = "r.test", .rsa = 2048 }, NULL, "r.test", "RSA",
		  false },
		{ { .names = "x.test", .from = DAY, .until = 2 * DAY }, NULL,
		  "x.test", "expired in 1970 is usable", true },
		{ { .names = "r.test", .rsa = 1024 },
		  "the RSA key has 1024 bits; 2048 are needed", NULL,
		  "weak", false },
		{ { .names = "k.test", .curve = "secp256k1" },
		  "the ECDSA key is on a curve that clients do not know; "
		  "use P-256", NULL, "Bitcoin's", false },
		{ { .names = "e.test", .curve = "ED25519" },
		  "the key is neither ECDSA nor RSA, which many clients do "
		  "not know; use P-256", NULL, "Ed25519", false },
	};
	struct room *room = *state;
	struct tls_certificate c;
	struct tls_pair pair;
	struct fault fault;
	struct str names;
	size_t i, k;
	int rc;

	for (i = 0; i < COUNT(rows); i++) {
		pair = tls_lab_pair(&rows[i].order, room->arena);
		memset(&fault, 0, sizeof fault);
		rc = tls_examine(&pair, room->arena, &c, &fault);
		CHECK(rc == (rows[i].fault != NULL ? -E_INVALID : 0),
		    "%s: %d %s", rows[i].why, rc, fault.text);
		if (rc != 0) {
			assert_string_equal(fault.text, rows[i].fault);
			continue;
		}
		names = STR("");
		for (k = 0; k < c.name_count; k++)
			names = arena_printf(room->arena, "%.*s%s%.*s",
			    STR_ARG(names), k > 0 ? " " : "",
			    STR_ARG(c.names[k]));
		CHECK(str_eq(names, str_of(rows[i].names)), "%s: %.*s",
		    rows[i].why, STR_ARG(names));
		CHECK(c.is_ecdsa == rows[i].is_ecdsa, "%s", rows[i].why);
		assert_int_equal(c.from, rows[i].order.from != 0 ?
		    rows[i].order.from : 18262 * DAY);
		assert_int_equal(c.until, rows[i].order.until != 0 ?
		    rows[i].order.until : 25567 * DAY);
	}
}

static const char *
repeat(struct arena *arena, struct str text, unsigned times)
{
	struct str all = STR("");

	while (times-- > 0)
		all = arena_printf(arena, "%.*s%.*s", STR_ARG(all),
		    STR_ARG(text));
	return all.p;
}

/* The same key with a password, as PKCS 8 or as it was before that. */
static struct str
lock(const struct tls_pair *pair, bool is_pkcs8, struct arena *arena)
{
	BIO *in = BIO_new_mem_buf(pair->key.p, (int)pair->key.len);
	BIO *out = BIO_new(BIO_s_mem());
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	unsigned char password[] = "open";
	struct str text;
	char *p;
	long n;

	assert_int_equal((is_pkcs8 ? PEM_write_bio_PrivateKey :
	    PEM_write_bio_PrivateKey_traditional)(out, key, EVP_aes_128_cbc(),
	    password, 4, NULL, NULL), 1);
	n = BIO_get_mem_data(out, &p);
	text = arena_str(arena, (struct str){ p, (size_t)n });
	EVP_PKEY_free(key);
	BIO_free(in);
	BIO_free(out);
	return text;
}

/* catalogue 71 */
static void
broken_pairs_are_refused(void **state)
{
	const struct tls_order order = { .names = "a.test" };
	struct room *room = *state;
	struct tls_pair a = tls_lab_pair(&order, room->arena);
	struct tls_pair b = tls_lab_pair(&order, room->arena);
	struct str twice = arena_printf(room->arena, "%.*s%.*s",
	    STR_ARG(a.chain), STR_ARG(b.chain));
	struct str both = arena_printf(room->arena, "%.*s%.*s",
	    STR_ARG(a.key), STR_ARG(a.chain));
	struct str with_curve = arena_printf(room->arena,
	    "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
	    "-----END EC PARAMETERS-----\n%.*s", STR_ARG(a.key));
	struct str cut = arena_printf(room->arena, "%.*s%.*s",
	    STR_ARG(a.chain), (int)b.chain.len - 40, b.chain.p);
	struct str long_chain = arena_printf(room->arena, "%.*s%s",
	    STR_ARG(a.chain), repeat(room->arena, a.chain, 17));
	const char *none = "holds no certificate in PEM form",
	    *no_key = "the key is no private key in PEM form",
	    *locked = "the key has a password, and nobody is there to give "
	    "it; openssl pkey takes it off";
	const struct {
		struct tls_pair pair;
		const char *fault;
	} rows[] = {
		{ { twice, a.key }, NULL },
		{ { both, both }, NULL },
		{ { a.chain, with_curve }, NULL },
		{ { twice, b.key }, "the key belongs to certificate 2 of the "
		  "chain, which must be the first" },
		{ { a.chain, b.key },
		  "the key does not belong to the certificate" },
		{ { { NULL, 0 }, a.key }, none },
		{ { a.key, a.key }, none },
		{ { STR("hello"), a.key }, none },
		{ { cut, a.key }, "certificate 2 of the chain cannot be "
		  "read" },
		{ { long_chain, a.key }, "more than 16 certificates stand "
		  "behind the first" },
		{ { a.chain, { NULL, 0 } }, no_key },
		{ { a.chain, a.chain }, no_key },
		{ { a.chain, lock(&a, true, room->arena) }, locked },
		{ { a.chain, lock(&a, false, room->arena) }, locked },
	};
	struct tls_server *server = NULL;
	struct tls_certificate c;
	struct fault fault;
	size_t i;
	int rc;

	for (i = 0; i < COUNT(rows); i++) {
		memset(&fault, 0, sizeof fault);
		rc = tls_examine(&rows[i].pair, room->arena, &c, &fault);
		assert_int_equal(rc, rows[i].fault == NULL ? 0 : -E_INVALID);
		assert_string_equal(fault.text, rows[i].fault == NULL ? "" :
		    rows[i].fault);
		assert_int_equal(tls_server_new(&rows[i].pair, 1, TLS_1_2,
		    &server, NULL), rc);
		assert_true((server == NULL) == (rc != 0));
		tls_server_free(&server);
	}
}

/* ---- made by us -------------------------------------------------------- */

#define NOW (20780 * DAY + 12345 * SEC)

static void
a_self_made_pair_is_usable(void **state)
{
	static const char *const hosts[] = {
		"mx.example.test",
		"a-very-long-label-that-a-common-name-could-not-hold.a-very-"
		"long-label-that-a-common-name-could-not-hold.example.test",
	};
	struct room *room = *state;
	struct tls_certificate c;
	struct tls_pair pair, other;
	struct fault fault = { "" };
	X509 *x;
	BIO *in;
	size_t i;

	for (i = 0; i < COUNT(hosts); i++) {
		assert_int_equal(tls_self_made(str_of(hosts[i]), NOW,
		    room->arena, &pair), 0);
		CHECK(tls_examine(&pair, room->arena, &c, &fault) == 0, "%s",
		    fault.text);
		assert_int_equal(c.name_count, 1);
		assert_str(c.names[0], hosts[i]);
		assert_int_equal(c.from, NOW - DAY);
		assert_true(c.until > NOW + 3650 * DAY);
		assert_true(c.until < NOW + 3653 * DAY);
		assert_true(c.is_ecdsa);
		in = BIO_new_mem_buf(pair.chain.p, (int)pair.chain.len);
		x = PEM_read_bio_X509(in, NULL, NULL, NULL);
		assert_int_equal(X509_verify(x, X509_get0_pubkey(x)), 1);
		assert_int_equal(X509_check_host(x, hosts[i], 0, 0, NULL), 1);
		assert_true(ASN1_STRING_length(X509_get0_serialNumber(x)) >=
		    15);
		X509_free(x);
		BIO_free(in);
	}
	assert_int_equal(tls_self_made(STR("mx.example.test"), NOW,
	    room->arena, &other), 0);
	assert_false(str_eq(pair.key, other.key));
	tls_server_free(&room->server);
	assert_int_equal(tls_server_new(&pair, 1, TLS_1_2, &room->server,
	    NULL), 0);
	room->theirs.name = str_of(hosts[1]);
	room_must_shake(room);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(a_name_leads_to_its_certificate),
		ROOM(evil_names_match_nothing),
		ROOM(pairs_are_examined),
		ROOM(broken_pairs_are_refused),
		ROOM(a_self_made_pair_is_usable),
	};

	return cmocka_run_group_tests_name("run tls server", tests,
	    room_make_pairs, room_drop_pairs);
}
