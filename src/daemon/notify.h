/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notify: words to the service manager, when there is one.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include "base/str.h"

/* "READY=1", "STOPPING=1". Nothing happens without NOTIFY_SOCKET. */
void notify(const char *state);

/* "READY=1\nSTATUS=..." In: state, with its line end, or "". */
void notify_status(const char *state, struct str status);

/* A new configuration is being read: READY=1 tells its end. */
void notify_reloading(usec_t now);

/*
 * All is well: "WATCHDOG=1", twice as often as the manager must hear it, if it
 * wants to. In: tick, until this is called again. In and out: last, when it was
 * told.
 */
void notify_well(usec_t now, usec_t tick, usec_t *last);

#endif
