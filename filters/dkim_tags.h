/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_tags: what signatures and key records are made of: tag lists, lists
 * with colons, base64.
 *
 * In: text as it came, folded, any byte. Names and values are compared with
 * case. All of it is pure and linear in the text; a list that breaks the
 * grammar anywhere gives nothing at all.
 *
 * Source: RFC 6376 2.8, 2.10, 3.2; RFC 4648 4.
 */
#ifndef FILTERS_DKIM_TAGS_H
#define FILTERS_DKIM_TAGS_H

#include "base/arena.h"
#include "base/error.h"

#define DKIM_TAGS 32    /* of one list; the RFC knows fourteen            */

struct dkim_tags {
	struct { struct str name, value; } tag[DKIM_TAGS];
	size_t count;
};

/*
 * Out: names and values borrowed from text, without white space around them.
 * Returns 0; -E_INVALID (grammar); -E_EXISTS (a name that stands twice);
 * -E_TOOBIG (over DKIM_TAGS).
 */
int dkim_tags_read(struct str text, struct dkim_tags *);

/* NULL when there is no such tag. Borrowed, as the list. */
const struct str *dkim_tags_find(const struct dkim_tags *, struct str name);

/* Takes the next entry off a list with colons, white space around it gone. */
struct str dkim_entry(struct str *list);
bool dkim_entries_have(struct str list, struct str word);

/* Folding white space: spaces, tabs, and CR LF before one of them. */
struct str dkim_trim(struct str);

/* Without any white space. Owner: the arena. */
struct str dkim_squeeze(struct str, struct arena *);

/*
 * Base64, white space allowed between any two characters; padding may be
 * missing, but not be wrong.
 * Out: at least one byte and at most max. Owner: the arena.
 * Returns 0, -E_INVALID, -E_TOOBIG.
 */
int base64_read(struct str, size_t max, struct arena *, struct str *out);

/* With padding, without line ends. Owner: the arena. */
struct str base64_print(struct str, struct arena *);

#endif
