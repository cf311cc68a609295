/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena: memory that lives together and is released together.
 *
 * One per process, session, transaction or call. Allocations are zeroed,
 * aligned for any type and never NULL: a process without memory for them
 * ends. What an attacker may ask for is capped by its reader, not here.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena;

/* In: size of the first chunk in bytes (0: 4 KiB); later chunks double up
 * to 64 KiB. Owner: the caller, until arena_free. */
struct arena *arena_new(size_t first);

void arena_free(struct arena **);

/* Forgets everything; keeps the first chunk. */
void arena_reset(struct arena *);

void *arena_alloc(struct arena *, size_t n);

/* n objects of size bytes; the product is checked. */
void *arena_array(struct arena *, size_t n, size_t size);

/* A copy that is followed by a NUL, so that .p is a C string too when the
 * text holds none. */
struct str arena_str(struct arena *, struct str);
struct str arena_lower(struct arena *, struct str);
struct str arena_printf(struct arena *, const char *fmt, ...) PRINTF(2, 3);

/* Bytes handed out since the start or the last reset. */
size_t arena_used(const struct arena *);

#endif
