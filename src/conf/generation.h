/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generation: every file that the configuration names, as it was when it was
 * checked, in two sealed memfds: the second holds what only gates may see
 * (keys, secrets of lists).
 *
 * A recorder is a reader that remembers each answer that it gave, refusals
 * too. What was read through it is sealed, and a process that gets the
 * memfds reads through a reader that gives the same answers and knows no
 * file system. So what was checked is what runs, in each process, first or
 * restarted (design.md 3, catalogue 71, 115). Shipped texts are not in it:
 * each process of a build has them.
 */
#ifndef CONF_GENERATION_H
#define CONF_GENERATION_H

#include "lang/source.h"

struct recorder;

/* In: the reader that answers. Owner: the caller; must end before `below`;
 * what its reader gives is borrowed from it. */
struct recorder *recorder_new(struct reader *below);
void             recorder_free(struct recorder **);
struct reader   *recorder_reader(struct recorder *);

/* A text that no file holds: the command line, a certificate made here. It
 * is what the recorder's reader gives for that path from now on. */
void recorder_put(struct recorder *, struct str path, bool is_secret,
    struct str text);

/* Returns 0, -E_NOMEM (no memfd). Owner of both: the caller. */
int recorder_seal(const struct recorder *, int *open, int *secret);

struct generation;

/*
 * In: open, sealed; secret may be -1: then secrets are -E_DENIED. Both stay
 * the caller's and may be closed afterwards.
 * Owner: the caller; texts are borrowed from the mapping until
 * generation_free.
 * Returns 0, -E_INVALID when that is not a sealed generation of this build.
 */
int  generation_map(int open, int secret, struct generation **);
void generation_free(struct generation **);

/* What was never asked while it was recorded is -E_IO: no answer is right. */
struct reader *generation_reader(struct generation *);

enum generation_change {
	GC_NOTHING,
	GC_TABLES,     /* only what was made of tables' files               */
	GC_MORE
};

/*
 * What a process that runs by the first would not find the same in the
 * second. In: two pairs as sealed. What cannot be read counts as GC_MORE.
 * A path that was put and starts with GENERATION_FRESH does not count: it
 * is new each time.
 */
#define GENERATION_FRESH "fresh:"
enum generation_change generation_compare(int open, int secret, int new_open,
    int new_secret);

/* The moment it was made, wall time. */
usec_t generation_made(const struct generation *);

#endif
