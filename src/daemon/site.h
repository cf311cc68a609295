/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * site: what all children of a supervisor have in common.
 */
#ifndef DAEMON_SITE_H
#define DAEMON_SITE_H

#include "base/log.h"
#include "run/board.h"
#include "run/loop.h"

struct child;

enum child_event {
	CE_READY,
	CE_GONE          /* what a checker made is there then               */
};

struct site {
	struct loop  *loop;
	struct board *board;
	int           board_fd;
	struct sink  *log;            /* whoever owns it                    */
	int           program;        /* ours, for fexecve                  */
	char        **environment;    /* of children                        */
	char         *room;           /* WIRE_ROOM bytes, to receive in     */
	/* Called last: the child may be freed. */
	void        (*changed)(void *arg, struct child *, enum child_event);
	void         *arg;
};

/* All but board and log; and from now on this process has few rights.
 * Returns 0, -E_IO with a fault. */
int  site_open(struct site *, struct fault *);

/* The log stays its owner's. */
void site_close(struct site *);

#endif
