/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache: answers that are still true. For ask.c, which knows how long.
 *
 * Bounded in entries and in bytes. What goes when it is full is the oldest
 * entry that nobody has used since it was last looked at.
 */
#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include "dns/ask.h"

/* A question as a key: the name in lower-case bytes, then the type. */
struct key {
	const uint8_t *p;
	size_t         n;
	uint64_t       hash;    /* keyed by the caller                      */
};

struct cache;

/* In: entries, at least 1. */
struct cache *cache_new(size_t entries);
void cache_free(struct cache **);

/* From when to when an answer is true. */
struct term { usec_t got, until; };

/* NULL, or the answer until the next call into the cache. */
const struct answer *cache_find(struct cache *, const struct key *,
    usec_t now, struct term *);

/* Keeps a copy; replaces. An answer too large for any share is not kept. */
void cache_put(struct cache *, const struct key *, const struct answer *,
    struct term);

size_t cache_count(const struct cache *);

/* An answer in one piece of memory: how much, and the copy. memory is
 * aligned for any type. */
size_t answer_size(const struct answer *);
struct answer answer_pack(const struct answer *, void *memory);

#endif
