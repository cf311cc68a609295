/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mailroom: the store, near or far, as the settings say.
 */
#ifndef DAEMON_MAILROOM_H
#define DAEMON_MAILROOM_H

#include "conf/settings.h"
#include "daemon/role.h"
#include "deliver/local.h"
#include "run/loop.h"
#include "run/world.h"

/*
 * The store of this process, for all domains. postmaster of each has a mailbox
 * afterwards, unless the settings name one of ours for it.
 * Owner: the arena, and the caller until store->free.
 * Returns 0; -E_INVALID, -E_IO with a fault.
 */
int mailroom_open(const struct settings *, struct world *, struct arena *,
    struct store **, struct fault *);

/* The same in a pool, for the domains of one owner. */
int mailroom_open_owner(const struct settings *, unsigned owner,
    struct world *, struct arena *, struct store **, struct fault *);

/*
 * The store of a gate: the processes behind the descriptors that it was
 * given, which are the store's from now on.
 * Owner: the arena, and the caller until store->free.
 * Returns 0; -E_INVALID when an owner's descriptors are missing.
 */
int mailroom_remote(const struct settings *, const struct given *,
    struct loop *, struct world *, struct arena *, struct store **);

#endif
