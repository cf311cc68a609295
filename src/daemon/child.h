/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child: one process that should be there, seen from the supervisor: started,
 * watched, ended, started again.
 */
#ifndef DAEMON_CHILD_H
#define DAEMON_CHILD_H

#include <sys/types.h>

#include "daemon/confine.h"
#include "daemon/role.h"
#include "daemon/site.h"

enum child_state {
	CH_OFF,          /* no process; perhaps the timer will make one     */
	CH_STARTING,     /* until it says that it is ready                  */
	CH_READY
};

struct child {
	/* What it is. */
	struct site           *site;
	enum role              role;
	unsigned               owner;      /* of a pool                     */
	const struct identity *who;        /* NULL: as we are               */
	/* Sends all that it needs, RW_GO last. Returns 0 or -E_*. */
	int                  (*give)(struct child *, int wire);
	void                  *arg;
	bool                   is_wanted;  /* to be started anew            */

	/* How it is; ours. */
	enum child_state state;
	pid_t            pid;         /* 0: none                            */
	unsigned         row;
	int              wire;        /* -1: none                           */
	struct watch    *watch;
	struct timer     timer;       /* CH_OFF: start; CH_STARTING: too late */
	usec_t           started;
	usec_t           delay;       /* before the last start              */
	usec_t           aborted;     /* 0: not                             */
	int              made[2];     /* a checker's; -1                    */
	int              status;      /* that it told us                    */
	struct str       words;       /* that it told us; malloc            */
};

/* In: zeroed but for what it is. */
void child_init(struct child *);

/* Starts it, now; what goes wrong is tried again later. */
void child_start(struct child *);

/* A process that somebody else started (an earlier image of this program). */
void child_adopt(struct child *, pid_t, unsigned row, int wire);

/* End of file on its wire: it finishes what it does, and ends. */
void child_let_go(struct child *);

void child_signal(const struct child *, int number);

/* In: what waitpid said. CE_GONE follows. */
void child_reaped(struct child *, int wait_status);

/* Once a second: whether it gives signs of life. In: since, the moment from
 * which its silence counts; watch, how long it may last. False: it does not,
 * and ending it did not help. */
bool child_look(struct child *, usec_t now, usec_t since, usec_t watch);

/* Forgets it: no timer, wire or words are left. In: no process. */
void child_close(struct child *);

/* The delay before the next start. In: the last one, and how long it lived
 * since: over ten seconds is no crash loop. */
usec_t child_delay(usec_t last, usec_t lived);

/*
 * A process of this program or another.
 * In: program, O_PATH; wire becomes descriptor ROLE_FD, -1: none.
 * Returns its id, or -1 with errno.
 */
pid_t child_fork(const struct site *, int program, char *const *arguments,
    const struct identity *, int wire);

#endif
