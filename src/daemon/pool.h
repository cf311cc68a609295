/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool: the processes that write one owner's mailboxes. As a role it is
 * pool_main of role.h; here is what is in it, for tests.
 */
#ifndef DAEMON_POOL_H
#define DAEMON_POOL_H

#include "base/log.h"
#include "conf/settings.h"
#include "deliver/handoff.h"
#include "run/board.h"

struct pool_conf {
	const struct settings *settings;
	struct store *store;          /* local, of its owner               */
	struct board *board;
	struct sink  *log;
	unsigned      row;
	int           jobs, questions;    /* the stores' ends              */
	int           wire;               /* to whoever started us         */
};

/*
 * Forks the workers and looks after them, until the wire and the jobs have
 * both come to their end. In: SIGCHLD is left to it from now on.
 */
void pool_serve(const struct pool_conf *);

#endif
