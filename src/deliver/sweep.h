/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep: what processes that were killed left in tmp/ of Maildirs.
 */
#ifndef DELIVER_SWEEP_H
#define DELIVER_SWEEP_H

#include "base/basic.h"

#define SWEEP_AGE   (36 * 3600 * SEC)  /* older files are nobody's         */
#define SWEEP_AGAIN (3600 * SEC)       /* between two looks at a Maildir   */
#define SWEEP_MOST  1000               /* names read in one look           */

struct sweeper;

struct sweeper *sweeper_new(void);
void            sweeper_free(struct sweeper **);

/* Removes old files from a tmp/, unless it was looked at lately. In: tmp, a
 * descriptor, which stays the caller's but is no longer at its beginning;
 * wall time. */
void sweeper_look(struct sweeper *, int tmp, usec_t wall);

#endif
