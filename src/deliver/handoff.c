/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handoff - the door between the dialogue and whoever keeps the mail.
 *
 * Called by RCPT (find) and by the end of data (prepare, commit, abandon).
 * Behind it stands local.c, the simulator's mailboxes, or a store process.
 *
 * Always holds: a receipt is ended exactly once, by commit or by abandon, and
 * its pointer is NULL afterwards; prepare gives one only with 0.
 */
#include "deliver/handoff.h"

WAITS int
store_find(struct store *s, struct str domain, struct str local,
    struct arena *a, struct mailbox *mailbox, enum find *found)
{
	return s->find(s, domain, local, a, mailbox, found);
}

WAITS int
store_prepare(struct store *s, const struct parcel *parcel,
    struct receipt **receipt)
{
	int rc;

	must(parcel->copy_count > 0);
	*receipt = NULL;
	rc = s->prepare(s, parcel, receipt);
	must((rc == 0) == (*receipt != NULL));
	return rc;
}

WAITS int
store_commit(struct store *s, struct receipt **receipt)
{
	int rc = s->commit(s, receipt);

	must(*receipt == NULL);
	return rc;
}

void
store_abandon(struct store *s, struct receipt **receipt)
{
	if (*receipt == NULL)
		return;
	s->abandon(s, receipt);
	must(*receipt == NULL);
}

WAITS int
store_scratch(struct store *s, int *fd)
{
	return s->scratch == NULL ? -E_FULL : s->scratch(s, fd);
}
