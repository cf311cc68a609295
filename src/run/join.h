/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * join: a parent and the fibers that must not outlive it.
 *
 * Children are started in declared order and run at the same time. Their
 * memory is theirs to use until join_end has returned. Every join ends with
 * join_end, whatever join_run said.
 */
#ifndef RUN_JOIN_H
#define RUN_JOIN_H

#include "run/fiber.h"

struct join {
	struct fibers *fibers;
	struct child  *children;   /* live ones                             */
	struct fiber  *waiter;
	unsigned       live;
};

#define JOIN_INIT(f) ((struct join){ (f), NULL, NULL, 0 })

/* Starts a child. Returns 0 or -E_NOMEM. */
int join_start(struct join *, const char *name, void (*fn)(void *),
    void *arg);

/* Until all children have ended. Returns 0, and then the join is empty;
 * -E_TIMEOUT, -E_CANCELED: children still run. */
WAITS int join_run(struct join *, usec_t deadline);

/* Tells all children to leave; does not wait. */
void join_cancel(struct join *);

/* Cancels all children and waits until they have left; cannot be cancelled
 * itself. The join is empty afterwards and may be used again. */
WAITS void join_end(struct join *);

#endif
