/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink: where the daemon's log lines go: stderr, a file, syslog.
 */
#ifndef DAEMON_SINK_H
#define DAEMON_SINK_H

#include "base/error.h"
#include "base/log.h"
#include "conf/settings.h"

/* Owner: the caller. Returns 0, -E_IO with a fault that names the file. */
int  sink_open(const struct log_conf *, struct sink **, struct fault *);
void sink_close(struct sink **);

#endif
