/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * content: what is kept of a message, in blocks, with LF for CR LF.
 *
 * One reader serves all copies of a message: a small one is read from its
 * body once and stays in memory, a large one is read again for each copy.
 */
#ifndef DELIVER_CONTENT_H
#define DELIVER_CONTENT_H

#include "base/str.h"
#include "deliver/handoff.h"

struct content;

/* Owner: the caller, until content_free; the parcel must live longer.
 * Returns 0 or -E_NOMEM. */
int  content_new(const struct parcel *, struct content **);
void content_free(struct content **);

/* From the start again. */
void content_rewind(struct content *);

/* The next block, valid until the next call; empty at the end.
 * Returns 0 or -E_IO (the body is shorter than its pieces, too). */
int content_next(struct content *, struct str *block);

/* Bytes with CR LF, as they were received. */
uint64_t content_wire_size(const struct content *);

/* Writes LF for each CR LF of s to out (room for s.len bytes); a CR before
 * anything else stays. Returns the length. s.p may be out. */
size_t content_unix(struct str s, char *out);

#endif
