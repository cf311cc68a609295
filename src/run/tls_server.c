/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls_server - which certificate for which name, and what we are willing to
 * speak.
 *
 * Called by: whoever has certificates (tls_server_new), and tls.c.
 *
 * A name leads to at most one pair of each kind of key, the first that has
 * it; each combination of pairs that some name leads to is one context, in
 * which OpenSSL chooses by what the client understands. So a client that
 * asks for a name never gets a certificate without it, as it could if whole
 * pairs were lumped together.
 *
 * Always holds: the answer to a server name is a configured name, one label
 * matched by "*." or, for all else, the default; never an alert (RFC 6066 3
 * allows that, and senders with DANE or MTA-STS need it).
 *
 * The system's openssl.cnf is read when the first context is made and not
 * later, so before a gate has clients; what it forbids stays forbidden,
 * unless an older version is asked for by name.
 *
 * Choices: tickets and caches off, because mail servers hardly resume and
 * several gates would need shared keys. Only groups whose arithmetic is
 * fast, and no DHE: ffdhe8192 would cost fifty handshakes. RSA without
 * forward secrecy comes last: in clear would be worse.
 *
 * Source: RFC 6066 3, 6125 6.4.3, 8446 4.2.10, 7525. Catalogue 67-69.
 */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "run/tls_own.h"

#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:RSA+AESGCM:RSA+AES" \
	":!aNULL:!PSK:!SRP:!AESCCM"
#define GROUPS  "X25519:P-256:P-384"
#define NO_PAIR SIZE_MAX

/* Made of one pair of a kind at most. */
struct context {
	size_t   pair[KEY_KINDS];   /* an index, or NO_PAIR                 */
	SSL_CTX *ssl;
};

struct served {
	struct str name;
	SSL_CTX   *context;     /* borrowed                                 */
};

struct tls_server {
	unsigned        refs;       /* its owner, and each connection       */
	struct arena   *arena;
	BIO_METHOD     *method;
	struct context *contexts;
	size_t          context_count;
	struct served  *names;
	size_t          name_count;
	SSL_CTX        *first;      /* the default; borrowed                */
};

/* What tls_server_new works on. */
struct building {
	struct tls_server      *server;
	struct tls_credential  *credentials;
	struct tls_certificate *certificates;
	size_t                  count;
	enum tls_version        minimum;
	struct fault           *fault;
};

int
tls_version_number(enum tls_version v)
{
	static const int numbers[] = {
		[TLS_ANY] = 0, [TLS_1_0] = TLS1_VERSION,
		[TLS_1_1] = TLS1_1_VERSION, [TLS_1_2] = TLS1_2_VERSION,
		[TLS_1_3] = TLS1_3_VERSION,
	};

	return numbers[v];
}

/* TLS 1.0 and 1.1 sign with MD5 and SHA-1, which no level but 0 allows. From
 * TLS 1.2 on the system's own minimum may be stricter than ours. */
static bool
set_minimum(SSL_CTX *ctx, enum tls_version minimum)
{
	int number = tls_version_number(minimum);

	if (minimum == TLS_ANY)
		return true;
	if (minimum < TLS_1_2)
		SSL_CTX_set_security_level(ctx, 0);
	else if (SSL_CTX_get_min_proto_version(ctx) >= number)
		return true;
	return SSL_CTX_set_min_proto_version(ctx, number) == 1;
}

SSL_CTX *
tls_context_new(const SSL_METHOD *method, enum tls_version minimum)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (ctx == NULL)
		return NULL;
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET |
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	    SSL_OP_CIPHER_SERVER_PREFERENCE);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	(void)SSL_CTX_set_max_early_data(ctx, 0);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	if (set_minimum(ctx, minimum) &&
	    SSL_CTX_set_cipher_list(ctx, CIPHERS) == 1 &&
	    SSL_CTX_set1_groups_list(ctx, GROUPS) == 1)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

/* ------------------------------------------------------------------------
 * Names.
 */

static const struct served *
find_exact(const struct tls_server *server, struct str name)
{
	size_t i;

	for (i = 0; i < server->name_count; i++)
		if (str_eq_case(server->names[i].name, name))
			return &server->names[i];
	return NULL;
}

/* Under "*.parent", if name is one label before parent. */
static const struct served *
find_wild(const struct tls_server *server, struct str name)
{
	struct str parent = str_from(name, str_find(name, '.'));
	struct str wild;
	size_t i;

	if (parent.len < 2 || parent.len == name.len)
		return NULL;
	for (i = 0; i < server->name_count; i++) {
		wild = server->names[i].name;
		if (str_starts(wild, STR("*.")) &&
		    str_eq_case(str_from(wild, 1), parent))
			return &server->names[i];
	}
	return NULL;
}

/* A "*" in what is asked for is no host; it must not find itself. */
static const struct served *
find(const struct tls_server *server, struct str name)
{
	const struct served *found;

	if (name.len == 0 || name.p[0] == '*')
		return NULL;
	found = find_exact(server, name);
	return found != NULL ? found : find_wild(server, name);
}

bool
tls_server_knows(const struct tls_server *server, struct str name)
{
	return find(server, name) != NULL;
}

static int
on_server_name(SSL *ssl, int *alert, void *arg)
{
	const char *asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct served *found = find(arg, str_of(asked));

	(void)alert;
	if (found == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	if (found->context != SSL_get_SSL_CTX(ssl))
		(void)SSL_set_SSL_CTX(ssl, found->context);
	return SSL_TLSEXT_ERR_OK;
}

/* ------------------------------------------------------------------------
 * Building.
 */

static bool
certificate_has(const struct tls_certificate *c, struct str name)
{
	size_t i;

	for (i = 0; i < c->name_count; i++)
		if (str_eq(c->names[i], name))
			return true;
	return false;
}

/* The first pair of that kind with the name, or NO_PAIR. */
static size_t
first_pair(const struct building *b, enum key_kind kind, struct str name)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (b->credentials[i].kind == kind &&
		    certificate_has(&b->certificates[i], name))
			return i;
	return NO_PAIR;
}

static int
make_context(struct building *b, struct context *c)
{
	size_t k;
	int rc = 0;

	ERR_clear_error();
	c->ssl = tls_context_new(TLS_server_method(), b->minimum);
	if (c->ssl == NULL) {
		fault_set(b->fault, TLS_NO_CONTEXT, tls_reason());
		return -E_NOMEM;
	}
	for (k = 0; k < KEY_KINDS && rc == 0; k++)
		if (c->pair[k] != NO_PAIR)
			rc = tls_credential_use(&b->credentials[c->pair[k]],
			    c->ssl, b->fault);
	(void)SSL_CTX_set_tlsext_servername_callback(c->ssl, on_server_name);
	(void)SSL_CTX_set_tlsext_servername_arg(c->ssl, b->server);
	return rc;
}

/* The context of that combination, made when it is new. */
static int
context_of(struct building *b, const size_t pair[KEY_KINDS], SSL_CTX **out)
{
	struct tls_server *s = b->server;
	struct context *c;
	size_t i;
	int rc;

	for (i = 0; i < s->context_count; i++) {
		c = &s->contexts[i];
		if (memcmp(c->pair, pair, sizeof c->pair) == 0) {
			*out = c->ssl;
			return 0;
		}
	}
	c = &s->contexts[s->context_count++];
	memcpy(c->pair, pair, sizeof c->pair);
	rc = make_context(b, c);
	if (rc == 0)
		*out = c->ssl;
	return rc;
}

static int
serve_name(struct building *b, struct str name)
{
	struct tls_server *s = b->server;
	struct served *served = &s->names[s->name_count];
	size_t pair[KEY_KINDS], k;
	int rc;

	if (find_exact(s, name) != NULL)
		return 0;
	for (k = 0; k < KEY_KINDS; k++)
		pair[k] = first_pair(b, (enum key_kind)k, name);
	rc = context_of(b, pair, &served->context);
	if (rc != 0)
		return rc;
	served->name = arena_str(s->arena, name);
	s->name_count++;
	return 0;
}

/* The default is what the first pair's first name leads to; a certificate
 * without any name can still be that. */
static int
serve_default(struct building *b)
{
	size_t pair[KEY_KINDS], k;

	if (b->certificates[0].name_count > 0) {
		b->server->first = b->server->names[0].context;
		return 0;
	}
	for (k = 0; k < KEY_KINDS; k++)
		pair[k] = NO_PAIR;
	pair[b->credentials[0].kind] = 0;
	return context_of(b, pair, &b->server->first);
}

static int
serve_all(struct building *b)
{
	struct tls_server *s = b->server;
	size_t i, k, names = 0;
	int rc = 0;

	for (i = 0; i < b->count; i++)
		names += b->certificates[i].name_count;
	s->names = arena_array(s->arena, names, sizeof *s->names);
	s->contexts = arena_array(s->arena, names + 1, sizeof *s->contexts);
	for (i = 0; i < b->count && rc == 0; i++)
		for (k = 0; k < b->certificates[i].name_count && rc == 0; k++)
			rc = serve_name(b, b->certificates[i].names[k]);
	return rc == 0 ? serve_default(b) : rc;
}

static struct tls_server *
server_new(void)
{
	struct tls_server *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->refs = 1;
	s->arena = arena_new(0);
	s->method = tls_method_new();
	if (s->method == NULL)
		tls_server_free(&s);
	return s;
}

int
tls_server_new(const struct tls_pair *pairs, size_t count, enum tls_version
    minimum, struct tls_server **out, struct fault *fault)
{
	struct arena *arena = arena_new(0);
	struct building b = { .server = server_new(), .minimum = minimum,
		.fault = fault };
	int rc = b.server != NULL ? 0 : -E_NOMEM;

	must(count > 0);
	b.credentials = arena_array(arena, count, sizeof *b.credentials);
	b.certificates = arena_array(arena, count, sizeof *b.certificates);
	while (rc == 0 && b.count < count) {
		rc = tls_credential_read(&pairs[b.count],
		    &b.credentials[b.count], fault);
		if (rc != 0)
			break;
		tls_credential_say(&b.credentials[b.count], arena,
		    &b.certificates[b.count]);
		b.count++;
	}
	if (rc == 0)
		rc = serve_all(&b);
	while (b.count > 0)
		tls_credential_free(&b.credentials[--b.count]);
	arena_free(&arena);
	if (rc == 0)
		*out = b.server;
	else
		tls_server_free(&b.server);
	return rc;
}

void
tls_server_free(struct tls_server **server)
{
	struct tls_server *s = *server;
	size_t i;

	*server = NULL;
	if (s == NULL || --s->refs > 0)
		return;
	for (i = 0; i < s->context_count; i++)
		SSL_CTX_free(s->contexts[i].ssl);
	BIO_meth_free(s->method);
	arena_free(&s->arena);
	free(s);
}

struct tls_server *
tls_server_hold(struct tls_server *server)
{
	server->refs++;
	return server;
}

SSL_CTX *
tls_server_context(const struct tls_server *server)
{
	return server->first;
}

const BIO_METHOD *
tls_server_method(const struct tls_server *server)
{
	return server->method;
}
