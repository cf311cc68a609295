/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash table from text to a pointer, keyed by SipHash so that strangers
 * cannot make it slow (catalogue 62), and the hash itself.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/str.h"

/* SipHash-2-4. Source: Aumasson and Bernstein, 2012. */
struct sipkey { uint64_t k0, k1; };
uint64_t siphash(struct sipkey, const void *p, size_t n);

struct table;

/* Keys are copied; values are borrowed. */
struct table *table_new(struct sipkey);
void table_free(struct table **);

/* NULL when the key is not there. */
void *table_get(const struct table *, struct str key);

/* Sets or replaces; value must not be NULL. Returns the former value. */
void *table_put(struct table *, struct str key, void *value);

/* Returns what was there, or NULL. */
void *table_del(struct table *, struct str key);

size_t table_count(const struct table *);

/* Walks in no order. *pos starts at 0; false at the end. The table may not
 * change meanwhile, but the entry just given may be deleted. */
bool table_next(const struct table *, size_t *pos, struct str *key,
    void **value);

#endif
