/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handoff: what the gate asks of a store, in-process or over a socket.
 *
 * All copies of a message are kept or none: every one is written and synced
 * under tmp/; then, while it is still wanted, they are renamed into new/ and
 * the folders synced.
 */
#ifndef DELIVER_HANDOFF_H
#define DELIVER_HANDOFF_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "mail/body.h"
#include "mail/trace.h"

/* A mailbox. No wire text is in it: the folder comes from a directory that
 * exists or from a table. */
struct mailbox {
	struct str domain;     /* as configured                             */
	struct str local;      /* as the table or the folder has it         */
	struct str folder;     /* path below the mail root                  */
};

enum find { FIND_YES, FIND_NO, FIND_FULL };

/* One copy: who gets it, what stands in front, in which folder. */
struct copy {
	const struct mailbox *mailbox;
	struct str prefix;     /* trace block of this copy, CR LF lines     */
	struct str subfolder;  /* "" Inbox; ".Junk"                         */
};

struct parcel {
	const struct body  *body;    /* sealed                              */
	const struct piece *pieces;  /* of the body, in order               */
	size_t              piece_count;
	const struct copy  *copies;
	size_t              copy_count;
	struct str          id;      /* for names and logs                  */
};

struct store {
	int  (*find)(struct store *, struct str domain, struct str local,
	    struct arena *, struct mailbox *, enum find *);
	int  (*keep)(struct store *, const struct parcel *,
	    bool (*is_wanted)(void *), void *arg);
	int  (*scratch)(struct store *, int *fd);    /* NULL: has none     */
	void (*free)(struct store *);
};

/*
 * Looks a recipient up.
 * In: domain lower case and one of ours; local as the client wrote it.
 * Returns 0 with *found (the mailbox only for FIND_YES), -E_TIMEOUT, -E_IO,
 * -E_DENIED (a link in the way: temporary for the client, worth an alarm).
 */
WAITS int store_find(struct store *, struct str domain, struct str local,
    struct arena *, struct mailbox *, enum find *found);

/*
 * Keeps all copies: written, renamed, synced.
 * In: is_wanted, asked once, when all are written and none has its name yet:
 * after true there is no way back. NULL: yes, unless the running fiber has
 * been told to leave.
 * Returns 0; -E_FULL, -E_DENIED (a link or foreign thing in the way), -E_SYNC,
 * -E_IO, -E_TIMEOUT; -E_CANCELED: it was not wanted. After an error every copy
 * was taken back that could be. -E_RESET: who did it is gone, and nobody knows
 * how far he came.
 */
WAITS int store_keep(struct store *, const struct parcel *,
    bool (*is_wanted)(void *), void *arg);

/* A file without a name, to read and write, on a disk of the store. Owner:
 * the caller. Returns 0, -E_FULL (it has no place for such), -E_IO,
 * -E_TIMEOUT, -E_CANCELED. */
WAITS int store_scratch(struct store *, int *fd);

#endif
