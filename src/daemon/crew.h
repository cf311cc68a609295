/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crew: the processes of one generation, and all that they are given.
 */
#ifndef DAEMON_CREW_H
#define DAEMON_CREW_H

#include "conf/generation.h"
#include "daemon/child.h"
#include "daemon/doors.h"
#include "daemon/handover.h"

enum crew_state {
	CW_STARTING,    /* until each child has been ready once             */
	CW_SERVING,
	CW_DRAINING,    /* the gates finish, the pools serve them, the
	                   keeper ends                                      */
	CW_CLOSING,     /* the gates are gone, the pools finish             */
	CW_GONE
};

/* A user who owns mailboxes. Index 0 of a pair is the gates' end, 1 the
 * stores'. */
struct crew_owner {
	struct identity who;
	int             jobs[2], questions[2];
};

struct crew {
	struct site       *site;
	struct doors      *doors;
	enum crew_state    state;
	struct arena      *arena;
	struct generation *generation;
	int                open, secret;
	const struct settings *settings;    /* NULL: it was handed over     */
	struct str         policy;          /* name and hash                */
	struct sink       *log;
	bool               is_root;
	bool               is_foreign;      /* on another board             */
	struct identity    user;            /* of the gates                 */
	struct crew_owner  owners[ROLE_OWNERS];
	size_t             owner_count;
	int                listeners[ROLE_LISTENERS];
	size_t             listener_count;
	int                control;         /* -1: none                     */
	struct child      *children;        /* gates first, then the keeper,
	                                       then a pool each owner       */
	size_t             child_count;
	usec_t             hurry_at;        /* draining: patience ends      */
	unsigned           hurried;         /* how often                    */
};

/*
 * Everything that can fail before there is a process: settings, users,
 * addresses, pairs, the log.
 * Owner: open and secret are the crew's from now on, also on error.
 * Returns 0; -E_INVALID (configuration), -E_IO, -E_NOMEM with a fault.
 */
int crew_new(struct site *, struct doors *, int open, int secret,
    struct crew **, struct fault *);

/* From what an earlier image of this program left; nobody in it is started
 * anew. In: is_foreign, whether they beat on another board. */
struct crew *crew_adopt(struct site *, struct doors *,
    const struct handover *, bool is_foreign);

/* Whether somebody whom an earlier image left is gone: a crew without a
 * generation can start nobody. */
bool crew_is_short(const struct crew *);

/* In: no process is left. */
void crew_free(struct crew **);

void crew_start(struct crew *);

/* Whether all are ready. */
bool crew_is_ready(const struct crew *);

/* From now on who ends is started anew. */
void crew_serve(struct crew *);

/* If the generation of these two differs from the crew's in tables only: it
 * is the crew's from now on, the gates are given it, and new sessions use it.
 * Owner: open and secret are the crew's when this returns true. */
bool crew_take_tables(struct crew *, int open, int secret);

/* The gates finish: gently, or at once outside of transactions. In: patience,
 * until they are hurried. */
void crew_drain(struct crew *, bool gently, usec_t patience);

/* Patience ends now. */
void crew_hurry(struct crew *);

/* A child of it is gone: goes on from there. Returns whether all are. */
bool crew_went_on(struct crew *);

/* Once a second; as child_look, for all of them. */
bool crew_look(struct crew *, usec_t now, usec_t since);

/* As struct child wants it, with the crew as its arg. */
int crew_give(struct child *, int wire);

struct child *crew_find(struct crew *, pid_t);

#endif
