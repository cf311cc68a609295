/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pack: numbers and texts as bytes, for messages between our own processes
 * and for records. Numbers are little-endian and of fixed size, a text is its
 * length (32 bits) and its bytes.
 *
 * Writing that fails changes nothing. Reading never goes past the end: the
 * first thing that does not fit sets `bad`, and from then on everything read
 * is 0 or empty, so that a reader checks once, at the end.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/buf.h"
#include "base/str.h"

/* Return 0 or -E_NOMEM, -E_TOOBIG as buf_add. */
int pack_u32(struct buf *, uint32_t);
int pack_u64(struct buf *, uint64_t);
int pack_str(struct buf *, struct str);

struct unpack {
	struct str rest;
	bool       bad;
};

uint32_t   unpack_u32(struct unpack *);
uint64_t   unpack_u64(struct unpack *);

/* Owner: borrowed from what is read. */
struct str unpack_str(struct unpack *);

/* A count of things that take at least `each` bytes: one that cannot be is
 * bad, so that nobody allocates for it. */
size_t     unpack_count(struct unpack *, size_t each, size_t max);

/* Whether everything fitted and nothing is left. */
bool       unpack_end(const struct unpack *);

#endif
