/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program: the file that we are, executed once more: as a child, as a test,
 * in our place.
 */
#ifndef DAEMON_PROGRAM_H
#define DAEMON_PROGRAM_H

#include "daemon/child.h"
#include "daemon/supervisor.h"

/* This program as it runs, whatever lies at its path by now. -1 with errno. */
int program_open(void);

/* Where its file is looked for when it shall be replaced. In: argv[0]. */
struct str program_path(const char *name, struct arena *);

/* What children may know of ours. Owner: the caller, free. */
char **program_environment(void);

/* The file at its path, asked with -t whether it takes the configuration.
 * Returns a process id, or -1. */
pid_t program_test(const struct site *, const struct order *);

/* The file at its path, in our place. In: fd, of a handover. Returns only
 * when that cannot be. */
void program_replace(const struct order *, int fd, struct fault *);

#endif
