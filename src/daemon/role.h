/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role: what the supervisor and its children say to each other.
 *
 * Every child is `/proc/self/exe --role NAME` with one descriptor, 3: its end
 * of a SOCK_SEQPACKET pair. All else comes over it:
 *
 *	supervisor                              child
 *	RW_HELLO role row owner          ->
 *	RW_GIVE what index, a descriptor ->     as often as needed
 *	RW_GO                            ->
 *	                                 <-     RW_READY, or RW_FAILED status text
 *	RW_TABLES, a descriptor          ->     gates: new tables for new sessions
 *	end of file                      ->     a gate drains, a pool ends
 *
 * A checker says RW_MADE with the two memfds of a generation instead of
 * RW_READY, and ends. Source: design.md 3.
 */
#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H

#include "run/wire.h"

#define ROLE_FD 3

enum role { ROLE_CHECKER, ROLE_GATE, ROLE_POOL, ROLE_COUNT };

enum role_word {
	RW_HELLO, RW_GIVE, RW_GO, RW_READY, RW_FAILED, RW_MADE, RW_TABLES
};

/* What a descriptor is for. */
enum gift {
	GIFT_BOARD,
	GIFT_LOG,            /* as sink_open made it; none: stderr          */
	GIFT_OPEN, GIFT_SECRET,       /* the generation                     */
	GIFT_LISTENER,       /* index: of settings.listens                  */
	GIFT_JOBS, GIFT_QUESTIONS,    /* index: of the owner; the end that
	                                 this role needs                    */
	GIFT_COUNT
};

#define ROLE_OWNERS    8     /* users that own mailboxes                    */
#define ROLE_LISTENERS 64

/* What a child was given. -1: nothing. */
struct given {
	enum role role;
	unsigned  row;       /* of the board                                */
	unsigned  owner;     /* of a pool                                   */
	bool      is_first;  /* a checker's: nothing runs yet that could go
	                        on instead; a bad certificate stops nothing  */
	int       board, log, open, secret;
	int       listeners[ROLE_LISTENERS];
	int       jobs[ROLE_OWNERS], questions[ROLE_OWNERS];
};

extern const struct wire_protocol role_to_child, role_to_parent;

const char *role_word(enum role);

/* Child: takes everything up to RW_GO; waits for it. Returns 0, -E_INVALID,
 * -E_EOF. */
int role_receive(int fd, struct given *);

/* Child: it serves from now on; or it cannot, and with which status and
 * words it will end. */
int role_ready(int fd);
int role_failed(int fd, int status, struct str text);

/* What each role runs, in its own file. Returns the exit status. */
int checker_main(const struct given *);
int gate_main(const struct given *);
int pool_main(const struct given *);

#endif
