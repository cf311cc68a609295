/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * succession: a supervisor takes the place of another in the same process,
 * with its listeners, its board, its log and its children.
 */
#ifndef DAEMON_SUCCESSION_H
#define DAEMON_SUCCESSION_H

#include "daemon/crew.h"
#include "daemon/supervisor.h"

/* Executes the program's file at its path. In: crew, the one that serves.
 * Returns only when that cannot be, and then nothing has changed. */
void succession_leave(const struct site *, const struct crew *,
    const struct order *, struct fault *);

/*
 * What a predecessor left. In: site with its loop; fd, closed.
 * Out: the site's board and log, the doors, and a crew that serves.
 * Owner: the caller, of the log too. Returns 0, -E_INVALID with a fault.
 */
int succession_take(int fd, struct site *, struct doors *, struct crew **,
    struct fault *);

#endif
