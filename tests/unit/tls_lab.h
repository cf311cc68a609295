/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates on order, two ends that shake hands over a pipe, and a rogue:
 * a client that is OpenSSL itself, so that a test can bend what it sends.
 */
#ifndef TLS_LAB_H
#define TLS_LAB_H

#include <openssl/ssl.h>

#include "run/pipe.h"
#include "run/tls.h"
#include "tests/unit/run_lab.h"
#include "tests/unit/check.h"

/* What a certificate shall be. Zero: P-256, valid 2020 to 2040, no names. */
struct tls_order {
	const char *names;      /* DNS names with spaces between; NULL: none */
	const char *cn;         /* NULL: "test"                             */
	int         rsa;        /* bits; 0: an elliptic curve               */
	const char *curve;      /* NULL: P-256; "ED25519" too               */
	usec_t      from, until;
};

/* Owner: the arena. */
struct tls_pair tls_lab_pair(const struct tls_order *, struct arena *);

/* One end of a connection, driven by a fiber of its own. */
struct side {
	struct stream    *stream;
	struct str        name;         /* the client's SNI                 */
	enum tls_version  most;
	usec_t            deadline;
	int               rc;           /* of the handshake; 1: not ended   */
	struct fault      fault;
	struct fiber     *fiber;
	int               read_rc;      /* of room_collect; 1: not ended    */
	struct buf        got;
};

struct room {
	struct lab        *lab;
	struct arena      *arena;
	struct tls_server *server;
	struct side        ours, theirs;
};

enum kind { ONLY_ECDSA, ONLY_RSA, BOTH };

/* For the group: pairs for mx.test (the ECDSA one *.wild.test too), because
 * RSA keys take long to make. */
int room_make_pairs(void **state);
int room_drop_pairs(void **state);
struct tls_server *room_server(enum kind, enum tls_version minimum);

/* With a server of both kinds, from TLS 1.2 on. */
int  room_open(void **state);
int  room_close(void **state);
void room_renew(struct room *);         /* streams and sides            */
void room_go(struct room *, const char *name, void (*fn)(void *),
    struct fiber **out);
void room_accept(struct room *);        /* starts the fiber             */
void room_connect(struct room *);
void room_shake(struct room *);         /* both, until nothing happens  */
void room_must_shake(struct room *);

/* A fiber that reads `ours` into got until an error, which is read_rc. */
void room_collect(struct room *);

#define ROOM(f) cmocka_unit_test_setup_teardown(f, room_open, room_close)

struct rogue {
	struct room *room;
	SSL_CTX     *ctx;
	SSL         *ssl;
	BIO         *in, *out;
};

/* Stands at the room's other end. In: a version (TLS1_3_VERSION), SNI or
 * NULL. */
void rogue_open(struct rogue *, struct room *, int version,
    const char *name);
void rogue_close(struct rogue *);

/* What OpenSSL wants to send, sent; lets everything happen; takes what came.
 * False: the other end takes no more. */
bool rogue_move(struct rogue *);
void rogue_take(struct rogue *);

/* The handshake, with room_accept; gives what SSL_do_handshake gave. */
int  rogue_shake(struct rogue *);
void rogue_write(struct rogue *, const char *text);

#endif
