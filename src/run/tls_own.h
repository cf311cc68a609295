/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the three files of TLS share: tls.c (connections), tls_server.c
 * (contexts and names), tls_cert.c (certificates and keys). Nobody else
 * includes this.
 */
#ifndef RUN_TLS_OWN_H
#define RUN_TLS_OWN_H

#include <openssl/ssl.h>

#include "run/tls.h"

/* ---- tls_cert.c -------------------------------------------------------- */

enum key_kind { KEY_ECDSA, KEY_RSA, KEY_KINDS };

/* A pair that was read. */
struct tls_credential {
	X509           *leaf;
	STACK_OF(X509) *chain;  /* the rest, in order                       */
	EVP_PKEY       *key;
	enum key_kind   kind;
};

/* Returns 0, -E_INVALID with a fault; then nothing is to be freed. */
int  tls_credential_read(const struct tls_pair *, struct tls_credential *,
    struct fault *);
void tls_credential_free(struct tls_credential *);

/* What its certificate says. Owner: the arena. */
void tls_credential_say(const struct tls_credential *, struct arena *,
    struct tls_certificate *);

/* Into a context. Returns 0, or -E_INVALID with a fault when the library or
 * the system's policy does not want it. */
int tls_credential_use(const struct tls_credential *, SSL_CTX *,
    struct fault *);

/* ---- tls_server.c ------------------------------------------------------ */

/* NULL when there is no memory or openssl.cnf is broken. minimum as in
 * tls_server_new. */
#define TLS_NO_CONTEXT "OpenSSL does not start, see its openssl.cnf: %s"
SSL_CTX *tls_context_new(const SSL_METHOD *, enum tls_version minimum);

/* The version's number in OpenSSL; 0 for TLS_ANY. */
int tls_version_number(enum tls_version);

/* A connection keeps its server alive: a renewed certificate drops none. */
struct tls_server *tls_server_hold(struct tls_server *);
SSL_CTX           *tls_server_context(const struct tls_server *);
const BIO_METHOD  *tls_server_method(const struct tls_server *);
bool               tls_server_knows(const struct tls_server *, struct str);

/* ---- tls.c ------------------------------------------------------------- */

/* How OpenSSL reads and writes what lies below a stream. NULL when there is
 * no memory. */
BIO_METHOD *tls_method_new(void);

/* Why the library has refused, in its words, static. */
const char *tls_reason(void);

#endif
