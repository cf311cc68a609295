/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checker: reads a configuration with all that it names, and says what is
 * wrong with it. `posternd -t`, and (checker_main of role.h) the throw-away
 * process that makes each generation.
 */
#ifndef DAEMON_CHECKER_H
#define DAEMON_CHECKER_H

#include "base/str.h"

/* Tells on stderr. In: as assemble. Returns the exit status: 0, 78
 * (configuration), 71 (no memory for it). */
int checker_test(struct str file, struct str dir);

#endif
