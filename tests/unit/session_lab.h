/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server to talk to: the simulated world with its clock that jumps, its
 * mailboxes in memory and a DNS that is told in a few lines; settings and
 * policy from texts; a client at the other end of a pipe.
 */
#ifndef UNIT_SESSION_LAB_H
#define UNIT_SESSION_LAB_H

#include "tests/unit/check.h"

#include <string.h>

#include "run/board.h"
#include "run/pipe.h"
#include "sim/store.h"
#include "sim/world.h"
#include "smtp/server.h"

/* What a test may say; NULL takes the default. */
struct lab_conf {
	const char *settings;    /* lines of postern.conf, behind the lab's */
	const char *policy;      /* its lines, behind `policy lab`          */
	const char *zones;       /* lines of a play's DNS; the rest is
	                            nxdomain                                */
};

struct lab {
	struct arena      *arena;
	struct diagnostics *diag;
	struct sim        *sim;
	struct world      *world;
	struct upstream   *upstream;
	struct settings   *settings;
	struct vocabulary *vocabulary;
	const struct policy *policy;
	struct server      server;
	struct body_pool   bodies;
	struct listen_conf listen;
	struct stream     *client;
	const struct sim_line *told;   /* last line that was looked at      */
	unsigned           decisions;
	char               folder[16]; /* of the last decision              */
};

void lab_open(struct lab *, const struct lab_conf *);
void lab_close(struct lab *);

/* A new client from an address. Returns what session_open did. */
int lab_connect(struct lab *, const char *ip);

/* Sends, lets everything happen that happens at this moment (or within a
 * span), and gives what came back. Owner: the lab. */
struct str lab_say(struct lab *, struct str bytes);
struct str lab_wait(struct lab *, usec_t span);

/* The client closes its end (and everything happens). */
void lab_hang_up(struct lab *);
void lab_reset(struct lab *);

/* Whether the server has closed. */
bool lab_is_closed(struct lab *);

/* The next log line, or "" when there is none. */
struct str lab_log(struct lab *);

/* The copies that lie in mailboxes, oldest first. */
const struct letter *lab_letters(const struct lab *);

/* EHLO, MAIL, one RCPT; fails the test unless all are taken. */
void lab_begin(struct lab *, const char *from, const char *to);

/* A glob against a text; fails the test and says which. */
void lab_expect(struct str got, const char *want, const char *why);

#endif
