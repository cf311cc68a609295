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

/* How often the manager wants to hear "WATCHDOG=1": twice as often as it
 * must. 0: never. */
usec_t notify_interval(void);

#endif
