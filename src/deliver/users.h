/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * users: who lives in a domain, and which folder is his. The same for the
 * process that asks and for the one that delivers.
 */
#ifndef DELIVER_USERS_H
#define DELIVER_USERS_H

#include "deliver/handoff.h"

struct users {
	struct str        domain;
	struct str        below;     /* the pattern behind the mail root    */
	bool              has_table;
	const struct str *list;      /* sorted case-blind, each once        */
	size_t            count;
};

/*
 * Parts a pattern: "/srv/mail" and "%d/%u".
 * Owner: both borrowed. Returns 0 or -E_INVALID.
 */
int users_pattern(struct str pattern, struct str *root, struct str *below);

/* Whether a table can be used. Returns 0; -E_INVALID with a fault. */
int users_check(const struct users *, struct fault *);

/*
 * With a table: whether it has that user. Without one: whether the name can
 * be that of a folder, in lower case, of letters, digits, "." "_" "+" "-"
 * "=", no "." first; whether the folder is there is the disk's to say.
 * In: local, as the client wrote it. Owner of the mailbox: the arena.
 */
bool users_find(const struct users *, struct str local, struct arena *,
    struct mailbox *);

/* Whether users_find gives this very mailbox. */
bool users_owns(const struct users *, const struct mailbox *,
    struct arena *);

#endif
