/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state: the log's lines about the daemon itself.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include "base/arena.h"
#include "base/log.h"
#include "conf/settings.h"

/* "state name=posternd state=draining": of a role, or of the whole. */
void state_tell(struct sink *, const char *name, const char *state);

/* The same as an error, with the reason. */
void state_complain(struct sink *, const char *name, const char *state,
    struct str why);

/* That it serves, and with what. In: policy, its name and hash. */
void state_serving(struct sink *, const char *state, const struct settings *,
    struct str policy, struct arena *);

#endif
