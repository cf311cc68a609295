/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crash: a process that dies of a fault leaves on the board which fiber ran.
 */
#ifndef DAEMON_CRASH_H
#define DAEMON_CRASH_H

#include "run/board.h"

/* In: the board and its row live as long as the process. */
void crash_tell(struct board *, unsigned row);

#endif
