/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remote: the gate's half of the hand-over: a store whose work is done by
 * other processes, under the mailbox owner's user.
 */
#ifndef DELIVER_REMOTE_H
#define DELIVER_REMOTE_H

#include "deliver/handoff.h"
#include "run/loop.h"
#include "run/world.h"

/* The gates' ends of an owner's two pairs. */
struct outlet {
	int jobs, questions;
};

struct remote_domain {
	struct str  name;
	struct str  pattern;     /* as local.h                              */
	unsigned    owner;       /* index                                   */
	/* With a table the gate knows the users by itself and asks nobody. */
	bool        has_table;
	const struct str *users; /* sorted case-blind, each once            */
	size_t      user_count;
};

struct remote_conf {
	const struct outlet        *owners;
	size_t                      owner_count;
	const struct remote_domain *domains;
	size_t                      domain_count;
	usec_t ask_time;         /* for an answer to a question             */
	usec_t keep_time;        /* until a parcel is written               */
	usec_t known_time;       /* an answer to a question is good for so
	                            long; 0: never                          */
};

/*
 * Owner: the caller, until store->free; conf's arrays must live longer. The
 * descriptors become the store's.
 * A full socket is a wait on the fiber; no store within the time is
 * -E_TIMEOUT, a store that died before `done` is -E_IO (outcome unknown).
 */
struct store *remote_store(struct loop *, struct world *,
    const struct remote_conf *);

#endif
