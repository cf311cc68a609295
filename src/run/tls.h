/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls: TLS 1.2 and 1.3 over any stream, on fibers, on OpenSSL (shut in here).
 *
 * A stream changes into one that speaks TLS and stays the same object:
 * whoever reads lines cannot tell. What lies below need not be a socket, so
 * the simulator drives it too.
 *
 * Session tickets and resumption, renegotiation, compression and early data
 * are off; key updates are capped; client certificates are not asked for;
 * buffers are released while idle. OpenSSL's error queue is one for all
 * fibers: it is cleared before each call, and nobody waits between a call
 * and the look at its error.
 * Source: RFC 3207, 8446, 5246, 6066 3 (SNI), 8314 3.
 */
#ifndef RUN_TLS_H
#define RUN_TLS_H

#include "base/arena.h"
#include "base/error.h"
#include "run/stream.h"

/* PEM texts: the certificate with its chain, and its key. */
struct tls_pair {
	struct str chain;
	struct str key;
};

/* What a certificate says. Owner: the arena. */
struct tls_certificate {
	struct str *names;      /* DNS names, lower case, "*." in front
	                           perhaps; the subject's CN if there are none */
	size_t      name_count;
	usec_t      from, until;  /* wall time                              */
	bool        is_ecdsa;
};

/* Whether a pair is usable: both parse and belong together, the key is RSA of
 * 2048 bits or more or ECDSA on P-256, P-384, P-521, and the system's policy
 * for OpenSSL has nothing against it. An expired one is usable. Returns 0,
 * -E_INVALID with a fault that says what is wrong, not with which file. */
int tls_examine(const struct tls_pair *, struct arena *,
    struct tls_certificate *, struct fault *);

/* A P-256 key and a certificate for it that names host, good for ten years
 * from a day before `wall`. Returns 0, -E_NOMEM. */
int tls_self_made(struct str host, usec_t wall, struct arena *,
    struct tls_pair *);

/* TLS_ANY: what the system's openssl.cnf allows. */
enum tls_version { TLS_ANY, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

struct tls_server;

/*
 * In: pairs, usable ones, at least one; the first names the default. For a
 * name that several certificates have, the first ECDSA and the first RSA one
 * stand beside each other. A client that names an unknown host gets the
 * default, never an alert (RFC 7672, 8461 senders). openssl.cnf is read here,
 * if it was not before, and no file later: before clients come.
 * Owner: the pairs stay the caller's and are not needed any more.
 * Returns 0, -E_INVALID, -E_NOMEM with a fault.
 */
int  tls_server_new(const struct tls_pair *, size_t count, enum tls_version
    minimum, struct tls_server **, struct fault *);
void tls_server_free(struct tls_server **);

/*
 * Changes the stream: handshake as the server, until the deadline.
 * In: nothing may be pending in either direction (-E_DENIED else: bytes sent
 * in clear are never used, catalogue 64).
 * Owner: the server is kept alive by its streams and may be freed at once.
 * Returns 0; -E_TIMEOUT, -E_CANCELED, -E_RESET, -E_EOF, -E_NOMEM; -E_INVALID
 * (no TLS, nothing in common), with a fault: a few words for the log, never
 * the peer's. After an error but -E_DENIED the stream can only be freed.
 */
WAITS int tls_accept(struct stream *, struct tls_server *, usec_t deadline,
    struct fault *);

/* The same where TLS comes first: bytes that were read ahead already, behind a
 * proxy's header, are the handshake's. */
WAITS int tls_accept_first(struct stream *, struct tls_server *,
    usec_t deadline, struct fault *);

/*
 * The same as the client; believes any certificate. In: name for SNI, may be
 * empty. For tests, `postern send` and, later, next hops.
 */
WAITS int tls_connect(struct stream *, struct str name, enum tls_version
    most, usec_t deadline, struct fault *);

/* Words are static or the stream's. */
struct tls_facts {
	struct str version;   /* "TLSv1.3"                                  */
	struct str cipher;    /* "TLS_AES_256_GCM_SHA384"                   */
	unsigned   bits;
	struct str name;      /* SNI, when it is one of ours; else ""       */
};

/* False: the stream is in clear. */
bool tls_facts_of(const struct stream *, struct tls_facts *);

#endif
