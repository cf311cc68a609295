/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control: the socket that tools talk to: made by the supervisor (a door like
 * others, daemon/doors.h, "unix:PATH"), served by the keeper.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include "base/error.h"
#include "conf/settings.h"
#include "run/loop.h"

#define CONTROL_MOST 16   /* conversations at once; others wait outside      */

/*
 * A listening unix socket, 0660 and of the group (by the effective group at
 * its birth: the supervisor has no right to give files away). A socket at
 * which nobody listens is replaced; one at which somebody does is not.
 * Returns 0, -E_EXISTS, -E_IO, -E_INVALID (no such group) with a fault.
 */
int control_bind(const struct control_conf *, int *fd, struct fault *);

struct control_door;

/* Gives each conversation to serve on a fiber of its own, cancelled after a
 * while. Owner: fd stays the caller's. */
struct control_door *control_open(struct loop *, int fd,
    void (*serve)(void *arg, struct stream *), void *arg);
WAITS void control_close(struct control_door **);

#endif
