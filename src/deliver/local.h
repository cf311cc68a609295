/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * local: the store of this process: recipients from folders or tables, and
 * delivery into Maildirs by direct calls.
 */
#ifndef DELIVER_LOCAL_H
#define DELIVER_LOCAL_H

#include "deliver/handoff.h"

/* One domain of ours. */
struct local_domain {
	struct str  name;
	/* "/srv/mail/%d/%u": %d the domain, %u the mailbox, %% a percent
	 * sign. What stands before the first component with a %u or %d is
	 * the mail root, from the working folder when it is relative; no
	 * delivery leaves it. */
	struct str  pattern;
	bool        has_table;
	const struct str *users; /* local parts, sorted case-blind, each once */
	size_t      user_count;
};

struct local_conf {
	const struct local_domain *domains;
	size_t     domain_count;
	struct str host;        /* in file names                             */
	void     (*random)(void *arg, void *buf, size_t n);
	usec_t   (*wall)(void *arg);
	void      *arg;
	/* A folder for store_scratch; -1: the mail roots are. The store's from
	 * now on, also after an error. */
	int        spool;
	/* A mailbox with less room is full; 0: nobody looks. */
	uint64_t   free_bytes, free_inodes;
};

/*
 * Opens and pins the mail roots, refuses a pattern that is none and a file
 * system that cannot rename without replacing.
 * With a table a user of it is a recipient, and the Maildir is made when it
 * is missing. Without one an existing folder is a recipient: its name in
 * lower case, of letters, digits, "." "_" "+" "-" "=", no "." first.
 * Owner: the caller, until store->free; conf and what it points to must live
 * longer.
 * Returns 0; -E_INVALID (the configuration) or -E_IO, each with a fault.
 */
int local_store(const struct local_conf *, struct store **, struct fault *);

/* The least room on all its mail roots and the spool. Returns 0, -E_IO. */
int local_space(struct store *, uint64_t *bytes, uint64_t *inodes);

/* Writes and syncs a file without a name on each of them. Returns 0, -E_FULL,
 * -E_SYNC, -E_IO. */
int local_probe(struct store *);

#endif
