/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pipe: two streams joined in memory, for the simulated world and for tests.
 *
 * What one end flushes, the other reads, in order, with a bounded number of
 * bytes on the way. Nothing takes time. stream_shut and stream_free give the
 * other end its end of file behind what is on the way; writing to an end
 * that was freed is -E_RESET.
 */
#ifndef RUN_PIPE_H
#define RUN_PIPE_H

#include "run/stream.h"

#define PIPE_ROOM 65536   /* bytes on the way, in each direction          */

/* Owner of each stream: the caller; in either order. */
void pipe_new(struct fibers *, struct stream **a, struct stream **b);

/* What `end` reads comes in pieces of at most n bytes. */
void pipe_chop(struct stream *end, size_t n);

/* At most n bytes lie unread at `end`; the other one's writes are partial. */
void pipe_room(struct stream *end, size_t n);

/* `end` breaks the connection: both lose what is on the way and get
 * -E_RESET from now on. */
void pipe_reset(struct stream *end);

#endif
