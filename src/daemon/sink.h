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

/* In a child: fd as the supervisor opened it, or -1: then it is stderr or
 * syslog, or nobody. Owner: the sink's from now on. */
struct sink *sink_take(const struct log_conf *, int fd);

/* Other processes write there too: who is cut short by a full disk, whoever it
 * is, is not gone on with by anybody. In: what all of them share, which
 * outlives the last line (run/board.h). */
void sink_share(struct sink *, _Atomic uint32_t *cuts);

/* What a child needs for sink_take; -1: nothing. Stays the sink's. */
int  sink_fd(struct sink *);
void sink_close(struct sink **);

#endif
