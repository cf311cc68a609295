/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keeper: the process that looks after the lists and answers tools. As a role
 * it is keeper_main of role.h (ROLE_KEEPER, as the gates' user, with board,
 * log, generation, secrets and the control socket); here is what gate.c uses
 * of it as the one process that does everything.
 *
 * Mail needs no keeper: while it is away the board keeps what it wrote, for
 * BELIEF_STALE; then no list is believed, either way.
 */
#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

#include "daemon/assemble.h"
#include "daemon/outside.h"

struct keeper;

/* In: control, a listening socket, -1: none; row, of the board. Has names of
 * its own, without a cache. Returns 0, -E_* with a fault. */
int  keeper_open(struct outside *, const struct assembly *, unsigned row,
    int control, struct keeper **, struct fault *);

/* Takes no more conversations and ends its fibers. */
WAITS void keeper_close(struct keeper **);

/* For a gate: until all lists were looked at, at most HEALTH_FIRST. Nobody is
 * let in, and nobody is said to be ready, before. */
WAITS void keeper_first(struct keeper *);

#endif
