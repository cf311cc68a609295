/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_item: the signatures of one message that are looked at, and their
 * keys.
 *
 * Owner of all of it: the check's arena.
 */
#ifndef FILTERS_DKIM_ITEM_H
#define FILTERS_DKIM_ITEM_H

#include "filters/dkim_key.h"
#include "filters/filter.h"
#include "mail/author.h"

#define DKIM_ITEMS 8    /* of one message (catalogue 82)                  */

struct dkim_item {
	const struct field *field;
	struct dkim_sig sig;      /* result and reason change as it goes on  */
	struct dkim_key key;      /* when is_ready                          */
	bool  is_ready;           /* text and key are good: may verify      */
	bool  is_weak;            /* with DR_PASS: an end of the body is
	                             not covered                            */
	int   trouble;            /* with DR_TEMPERROR: -E_*                */
	void *info;               /* libopendkim's; NULL: it has none       */
};

struct dkim_items {
	struct dkim_item *item[DKIM_ITEMS];   /* in the order of the header  */
	size_t count;
};

bool dkim_is_signature(const struct field *);

/* Chooses: those of an author's domain first, then of one above or below it,
 * then others, then what is no signature; within these the upper ones.
 * Linear in the header. */
void dkim_items_collect(struct check *, const struct authors *,
    struct dkim_items *);

/*
 * Asks for all keys at once. Those whose key fits become ready, all others
 * are decided.
 * Returns 0, or -E_CANCELED.
 */
WAITS int dkim_items_ask(struct check *, struct dkim_items *);

void dkim_item_decide(struct dkim_item *, enum dkim_result,
    const char *reason);

#endif
