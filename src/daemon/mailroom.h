/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mailroom: the store and the spool as the settings say.
 */
#ifndef DAEMON_MAILROOM_H
#define DAEMON_MAILROOM_H

#include "conf/settings.h"
#include "deliver/local.h"
#include "run/world.h"

/*
 * Opens the store of this process. postmaster of each domain has a mailbox
 * afterwards, unless the settings name one of ours for it.
 * Owner: the arena, and the caller until store->free.
 * Returns 0; -E_INVALID, -E_IO with a fault.
 */
int mailroom_open(const struct settings *, struct world *, struct arena *,
    struct store **, struct fault *);

/* The folder for contents that are too big for memory, made when it is
 * missing. -1 when there is none: then memory is all there is. */
int mailroom_spool(const struct settings *);

#endif
