/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gate: the process that clients talk to. As a role it is gate_main of
 * role.h; here is the form in which one process does everything.
 */
#ifndef DAEMON_GATE_H
#define DAEMON_GATE_H

#include "base/error.h"
#include "base/log.h"
#include "daemon/assemble.h"

/*
 * Listens, serves and delivers until SIGTERM or SIGINT, then drains: at most
 * a minute, or until a second signal.
 * Returns 0; -E_IO, -E_INVALID, -E_NOMEM with a fault when it could not
 * start.
 */
int gate_run(const struct assembly *, struct sink *, struct fault *);

#endif
