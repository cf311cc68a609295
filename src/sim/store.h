/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store: mailboxes in memory behind the seam of deliver/handoff.h, with the
 * faults that a play asks for.
 */
#ifndef SIM_STORE_H
#define SIM_STORE_H

#include "deliver/handoff.h"

/* Who has a mailbox, and what is wrong with it. */
struct sim_user {
	struct str local;
	bool is_full;         /* over its quota                             */
	bool is_broken;       /* the disk fails under it                    */
};

struct sim_domain {
	struct str       name;
	struct sim_user *users;
	size_t           user_count;
};

/* A copy that lies in a mailbox. */
struct letter {
	struct str domain, local;
	struct str subfolder; /* "" Inbox; ".Junk"                          */
	struct str id;
	struct str prefix;    /* our trace block                            */
	struct str text;      /* the whole copy, CR LF                      */
	struct letter *next;  /* delivered later                            */
};

/*
 * In: domains, borrowed. postmaster of each domain has a mailbox always.
 * Owner: the arena; free does nothing.
 */
struct store *sim_store(const struct sim_domain *, size_t count,
    struct arena *);

/* Everything delivered so far, oldest first; NULL: nothing. */
const struct letter *sim_letters(const struct store *);

#endif
