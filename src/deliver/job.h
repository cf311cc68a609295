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
 *	JOB_KEEP parcel            ->     writes and syncs all copies,
 *	                                  claims the content: renames,
 *	                                  syncs the folders
 *	                           <-     JOB_DONE code
 *
 * Claiming: whoever gets the lock on the content decides. The store takes it
 * between its two steps, and looks that the gate is there still; the gate, who
 * does not want to wait any longer, takes it and closes the pair. So nobody
 * waits for a word of the other on the way, and still both know what became of
 * it: who fails to take the content back waits for `done`.
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
	JOB_FOUND, JOB_FILE, JOB_NO_FILE, JOB_DONE
};

/*
 * Locks a content. True: we were first, and nobody gets it before we close a
 * descriptor of it or end.
 * Source: fcntl(2): such locks are a process's, so that gate and store, who
 * share the open file, still exclude each other.
 */
bool job_claim(int content);

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
