/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role: what the supervisor and its children say to each other.
 *
 * Every child is `/proc/self/exe --role NAME` with one descriptor, 3: its end
 * of a SOCK_SEQPACKET pair. All else comes over it:
 *
 *	supervisor                              child
 *	RW_HELLO role row owner          ->
 *	RW_ORDER is_first file dir       ->     a checker: what it reads
 *	RW_GIVE what index, a descriptor ->     as often as needed
 *	RW_GO                            ->
 *	                                 <-     RW_READY, or RW_FAILED status text
 *	RW_TABLES, a generation's two    ->     gates: new tables for new sessions
 *	end of file                      ->     a gate drains, others end
 *
 * A checker says RW_MADE with the two memfds of a generation instead of
 * RW_READY, and ends. What it has to warn of it says before that, as
 * RW_FAILED with status 0. Source: design.md 3.
 */
#ifndef DAEMON_ROLE_H
#define DAEMON_ROLE_H

#include "run/wire.h"

#define ROLE_FD 3

enum role { ROLE_CHECKER, ROLE_GATE, ROLE_POOL, ROLE_KEEPER, ROLE_COUNT };

enum role_word {
	RW_HELLO, RW_GIVE, RW_GO, RW_READY, RW_FAILED, RW_MADE, RW_TABLES,
	RW_ORDER
};

/* What a descriptor is for. */
enum gift {
	GIFT_BOARD,
	GIFT_LOG,            /* as sink_open made it; none: stderr          */
	GIFT_OPEN, GIFT_SECRET,       /* the generation                     */
	GIFT_LISTENER,       /* index: of settings.listens                  */
	GIFT_JOBS, GIFT_QUESTIONS,    /* index: of the owner; the end that
	                                 this role needs                    */
	GIFT_CONTROL,        /* where tools ask; none: nobody can           */
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
	struct str file, dir;  /* a checker's: see daemon/assemble.h        */
	int       board, log, open, secret, control;
	int       listeners[ROLE_LISTENERS];
	int       jobs[ROLE_OWNERS], questions[ROLE_OWNERS];
	void     *texts;     /* what file and dir are borrowed from         */
};

extern const struct wire_protocol role_to_child, role_to_parent;

const char *role_word(enum role);

/* ROLE_COUNT: there is no such role. */
enum role role_of(struct str word);

/*
 * Child: takes everything up to RW_GO; waits for it. In: fd, blocking.
 * Returns 0; -E_INVALID when it is not what a child of this role needs, each
 * thing once; -E_EOF. On error nothing is open that came.
 */
int role_receive(int fd, struct given *);

/* Closes everything that was given and is still in it (not -1). */
void role_forget(struct given *);

/* Child: it serves from now on; or it cannot, and with which status and
 * words it will end (cut when they are very long). Return as wire_send. */
int role_ready(int fd);
int role_failed(int fd, int status, struct str text);
int role_made(int fd, int open, int secret);

/* Supervisor: one thing; or all that a checker gets, RW_GO too. Return as
 * wire_send, -E_TOOBIG. */
int role_give(int fd, enum gift, size_t index, int what);
int role_hello(int fd, enum role, unsigned row, unsigned owner);
int role_order(int fd, unsigned row, bool is_first, struct str file,
    struct str dir);

/* What each role runs, in its own file. Returns the exit status. */
int checker_main(const struct given *);
int gate_main(const struct given *);
int pool_main(const struct given *);
int keeper_main(const struct given *);

#endif
