/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * supervisor: the process that listens, starts the others and starts them
 * anew; it talks to nobody but its children.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include "base/str.h"

/* What the command line said; texts end in NUL. */
struct order {
	struct str file;       /* absolute; empty: the defaults             */
	struct str dir;        /* absolute; empty: as the file says         */
	struct str path;       /* of this program, for a successor          */
	int        inherit;    /* what a predecessor left; -1: nothing      */
};

/* Serves until SIGTERM or SIGINT. Returns the exit status; what hindered the
 * start has been told on stderr. */
int supervisor_run(const struct order *);

#endif
