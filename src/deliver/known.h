/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * known: answers about recipients, for some seconds, so that a flood of
 * questions about the same few names costs no other process anything.
 */
#ifndef DELIVER_KNOWN_H
#define DELIVER_KNOWN_H

#include "base/table.h"
#include "deliver/handoff.h"

struct known;

/* In: most, how many it remembers; the oldest goes first. Owner: the caller,
 * until known_free. */
struct known *known_new(struct sipkey, size_t most);
void known_free(struct known **);

/* False: nobody knows. The mailbox is in the arena. */
bool known_get(struct known *, struct str domain, struct str local,
    usec_t now, struct arena *, struct mailbox *, enum find *);

/* In: until, the moment from which it is worth nothing. */
void known_put(struct known *, struct str domain, struct str local,
    usec_t until, const struct mailbox *, enum find);

#endif
