/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handoff - the door between the dialogue and whoever keeps the mail.
 *
 * Called by RCPT (find) and by the end of data (keep).
 * Behind it stands local.c, the simulator's mailboxes, or a store process.
 */
#include "deliver/handoff.h"

#include "run/fiber.h"

WAITS int
store_find(struct store *s, struct str domain, struct str local,
    struct arena *a, struct mailbox *mailbox, enum find *found)
{
	return s->find(s, domain, local, a, mailbox, found);
}

/* Who was told to leave will not tell the client. */
static bool
is_client_there(void *arg)
{
	(void)arg;
	return fiber_self() == NULL || !fiber_is_canceled(fiber_self());
}

WAITS int
store_keep(struct store *s, const struct parcel *parcel,
    bool (*is_wanted)(void *), void *arg)
{
	must(parcel->copy_count > 0);
	return s->keep(s, parcel, is_wanted != NULL ? is_wanted :
	    is_client_there, arg);
}

WAITS int
store_scratch(struct store *s, int *fd)
{
	return s->scratch == NULL ? -E_FULL : s->scratch(s, fd);
}
