/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server: what sessions share, and the door they come in by. The same in the
 * daemon and in the simulator. A gate that was given new tables has a second
 * one for new sessions (daemon/gate_own.h); their world is one.
 */
#ifndef SMTP_SERVER_H
#define SMTP_SERVER_H

#include "conf/settings.h"
#include "deliver/handoff.h"
#include "filters/filter.h"
#include "mail/body.h"
#include "policy/policy.h"
#include "run/stream.h"
#include "run/tls.h"
#include "run/world.h"

struct session;
struct decision;
struct shake;
struct shared;

struct server {
	struct world            *world;
	const struct settings   *settings;
	const struct policy     *policy;
	const struct vocabulary *vocabulary;
	const int               *base;       /* of filters_declare          */
	const unsigned          *slots;      /* of health_slots; NULL: nobody
	                                        watches the lists           */
	struct body_pool        *bodies;
	struct tls_server       *tls;        /* NULL: not offered           */
	unsigned                 row;        /* of the board; part of ids   */
	struct session          *sessions;   /* live ones, linked           */
	unsigned                 open;
	bool                     is_leaving; /* who had his turn, or does
	                                        not take it, gets 421       */
	bool                     is_closing; /* draining: 421 outside of
	                                        transactions                */
	/* Told of each decision, after its log line; may be NULL. For the
	 * play runner and, later, the journal. */
	void (*on_decision)(void *arg, const struct decision *);
	void  *arg;

	/* Ours: zero at start. */
	struct shake *shakes;        /* TLS handshakes under way, the oldest
	                                first                               */
	uint64_t handshakes;         /* how many these are                  */
	struct shared *shared;       /* what sessions look up often; there
	                                while one is open                   */
	struct bell    idle;         /* rings when the last session ends    */
};

/* One decision, as logged. Borrowed during the call. */
struct decision {
	const struct session *session;
	const struct facts   *facts;
	const struct verdict *verdict;  /* NULL: none was made (syntax, our
	                                   limits, unknown user)            */
	const char   *event;        /* "accept", "refuse", ...; "left": the
	                               client went before anything was
	                               decided                              */
	enum stage    stage;
	struct str    id;           /* dc31nvr2bsj.1                        */
	struct str    reply;        /* all its lines, CR LF between         */
	int           code;
	struct str    folder;       /* "Inbox", "Junk" of the first copy; ""  */
	const struct path *sender, *rcpt;   /* NULL when not reached        */
};

/*
 * A new connection. Starts its checks, says the banner (or waits for
 * `greet`), and returns at once; the session's fiber starts at its first
 * byte. Owner: the session owns the stream and ends by itself.
 * Returns 0; an error when it was turned away (the stream is freed).
 */
int session_open(struct server *, struct stream *, struct ip peer,
    unsigned port, const struct listen_conf *);

/*
 * Ends all sessions gently, because another process lets clients in now:
 * 421 for who waits ten seconds between transactions, and for MAIL from who
 * has had a transaction already. Nobody new may come.
 * Waits until none is left, the deadline, or server_close.
 */
WAITS void server_leave(struct server *, usec_t deadline);

/* Time for gentleness is over: server_leave returns, server_drain must
 * follow. Outside of any fiber too. */
void server_close(struct server *);

/*
 * Ends all sessions: 421 and close; those with a transaction may finish it
 * until the deadline. Must not be cancelled itself.
 * Waits until none is left; no session may be opened afterwards.
 */
WAITS void server_drain(struct server *, usec_t deadline);

/* From now on even transactions are cut. For a drain that takes too long;
 * may be called outside of any fiber. */
void server_hurry(struct server *);

/* The name of a session: 55 bits as 11 letters, Crockford base 32 in lower
 * case: seconds (32), host (4), row (5), counter (14). */
void id_make(struct server *, char out[12]);

#endif
