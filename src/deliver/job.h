/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job: what gate and store say to each other.
 *
 * One SOCK_SEQPACKET pair per mailbox owner carries jobs, a second one
 * questions; all gates share one end, that owner's stores the other, and the
 * kernel hands each to one idle store. Each brings one end of a fresh pair
 * for its answers; end of file there means that the outcome is unknown.
 *
 *	gate                              store
 *	JOB_FIND domain local      ->
 *	                           <-     JOB_FOUND code found mailbox
 *	JOB_SCRATCH                ->
 *	                           <-     JOB_FILE, with a descriptor
 *	JOB_KEEP parcel            ->     writes and syncs all copies
 *	                           <-     JOB_PREPARED code
 *	JOB_COMMIT                 ->     renames, syncs the folders
 *	(or end of file: no copy remains)
 *	                           <-     JOB_DONE code
 *
 * A parcel of more than WIRE_BODY bytes travels in a sealed memfd instead of
 * in the body, of at most JOB_LONG bytes. Source: design.md 3, hardening.md 6.
 */
#ifndef DELIVER_JOB_H
#define DELIVER_JOB_H

#include "base/buf.h"
#include "deliver/handoff.h"
#include "run/wire.h"

#define JOB_LONG ((size_t)64 << 20)

enum job_type {
	JOB_FIND, JOB_SCRATCH,
	JOB_KEEP,            /* descriptors: answers, content               */
	JOB_KEEP_LONG,       /* the same and the parcel's memfd             */
	JOB_FOUND, JOB_FILE, JOB_NO_FILE, JOB_PREPARED, JOB_COMMIT, JOB_DONE
};

/* What a store may be sent, and what a gate may be answered. */
extern const struct wire_protocol job_requests, job_answers;

/* Returns 0, -E_NOMEM, -E_TOOBIG. */
int job_pack_find(struct buf *, struct str domain, struct str local);
int job_pack_found(struct buf *, int code, enum find,
    const struct mailbox *);
int job_pack_parcel(struct buf *, const struct parcel *);
int job_pack_code(struct buf *, int code);

/* Everything is checked: a code that is none of ours, a count that cannot
 * be, pieces outside of the content or out of order, a folder that is no path
 * below. Owner: the arena; prefixes are borrowed from the text. The parcel
 * has no body yet. Return 0 or -E_INVALID. */
int job_unpack_find(struct str, struct str *domain, struct str *local);
int job_unpack_found(struct str, struct arena *, int *code, enum find *,
    struct mailbox *);
int job_unpack_parcel(struct str, uint64_t content_size, struct arena *,
    struct parcel *);
int job_unpack_code(struct str, int *code);

#endif
