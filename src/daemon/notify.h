/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notify: a word to the service manager, when there is one.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* "READY=1", "STOPPING=1". Nothing happens without NOTIFY_SOCKET. */
void notify(const char *state);

#endif
