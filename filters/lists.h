/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lists: what lists.c, which asks DNS lists, and lists_facts.c, which states
 * what they said, share.
 */
#ifndef FILTERS_LISTS_H
#define FILTERS_LISTS_H

#include "filters/filter.h"

/* A list and what it is asked about; one question, or, about the domains that
 * signed, several. */
struct ask {
	const struct list *list;
	enum subject       subject;
	size_t             open;     /* questions without an answer          */
	enum why           why;      /* of the first answer that tells not all */
};

enum list_kind ask_kind(const struct check *, const struct ask *);

/* Its facts: pending, not asked, or unknown because it cannot be asked. */
void ask_open(struct check *, const struct ask *);
void ask_not_made(struct check *, const struct ask *);
void ask_unknown(struct check *, const struct ask *, enum why);

/* Asked, or about to be. */
bool ask_is_open(const struct check *, const struct ask *);

/* What an answer says of codes and of the value is stated at once. In: hit,
 * a truth for each code; records as they came. Returns whether it said
 * anything. */
bool ask_state(struct check *, const struct ask *, const bool *hit,
    const struct ip *records, size_t count);

/* The end: what did not hit is no, or unknown for that reason. */
void ask_close(struct check *, const struct ask *, enum why);

/* What follows from the facts of all asks, computed anew. */
void list_settle(struct check *, const struct list *);

#endif
