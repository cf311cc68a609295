/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gate, from inside: what its two forms share. For gate.c and gate_role.c.
 */
#ifndef DAEMON_GATE_OWN_H
#define DAEMON_GATE_OWN_H

#include "daemon/assemble.h"
#include "daemon/keeper.h"
#include "daemon/outside.h"
#include "smtp/server.h"

struct gate;

/* An address that we listen on. */
struct entrance {
	struct gate              *gate;
	const struct listen_conf *conf;
	int                       fd;
	struct listener          *listener;
};

/* A policy with its tables, and the sessions that are judged by it: each keeps
 * to the end what it began with. */
struct edition {
	struct edition    *older;
	struct gate       *gate;
	struct arena      *arena;      /* of itself and the policy          */
	struct generation *generation; /* of the tables; NULL: not its own  */
	struct server      server;
};

struct gate {
	struct outside         out;
	const struct assembly *what;         /* of its start                */
	struct arena          *arena;
	struct body_pool       bodies;
	struct tls_server     *tls;
	struct edition        *newest;
	struct entrance       *entrances;
	size_t                 entrance_count;
	struct keeper         *keeper;       /* NULL: another process's     */
	int                    control;      /* for it; -1                  */
	unsigned               row;
	const char            *name;         /* in lines of the log         */
	unsigned               draining;     /* editions that are not done,
	                                        and the keeper              */
	bool                   is_draining;
	bool                   is_beginning; /* waits for its keeper        */
};

/* In: fds, of each address in the order of the settings; NULL: they are
 * bound here. Returns 0, -E_* with a fault. */
int  gate_open_entrances(struct gate *, const int *fds, struct fault *);

/* What all sessions share, and the first edition. */
void gate_open_server(struct gate *);

/* From now on new sessions are judged by this policy. In: generation and arena
 * become the gate's. */
void gate_publish(struct gate *, const struct assembly *, struct arena *,
    struct generation *);

/* Frees the older editions that nobody uses any more. */
void gate_tidy(struct gate *);

void gate_let_in(struct gate *);

/* Nobody new comes in; loop_stop follows when nobody is left. server_close
 * before it: at once outside of transactions, else gently. */
void gate_drain(struct gate *);

/* For loop_signal, with the gate: drain at once; and cut what is left. */
void gate_on_stop(void *arg);
void gate_on_hurry(void *arg);

/* In reverse order, as far as it came. The log stays its owner's. */
void gate_close(struct gate *);

#endif
