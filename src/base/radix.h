/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A binary radix tree of prefixes: does some entry hold this address, and
 * which one holds it most closely?
 */
#ifndef BASE_RADIX_H
#define BASE_RADIX_H

#include "base/ip.h"

struct radix;

struct radix *radix_new(void);
void radix_free(struct radix **);

/* Sets or replaces the value of a prefix; value must not be NULL, and is
 * borrowed. */
void radix_put(struct radix *, struct net, void *value);

/* The value of the longest prefix that holds the address, or NULL. */
void *radix_find(const struct radix *, struct ip);

size_t radix_count(const struct radix *);

#endif
