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
	/* "/srv/mail/%d/%u": %d the domain, %u the mailbox, %n a hashed
	 * first letter is not there yet. */
	struct str  pattern;
	bool        has_table;
	struct str *users;      /* local parts, with a table                 */
	size_t      user_count;
};

struct local_conf {
	const struct local_domain *domains;
	size_t     domain_count;
	struct str host;        /* in file names                             */
	void     (*random)(void *arg, void *buf, size_t n);
	usec_t   (*wall)(void *arg);
	void      *arg;
};

/* Opens (and pins) what is there already, refuses a file system that cannot
 * rename without replacing. 0, -E_IO with a fault. */
int local_store(const struct local_conf *, struct store **, struct fault *);

#endif
