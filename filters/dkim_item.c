/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_item - which signatures of a message are looked at, and their keys.
 *
 * A stranger can put five hundred signatures into a header, so eight are
 * enough; and since a mailing list or a forwarder adds its own on top, those
 * of the author's domain come first.
 *
 * Called by: dkim.c.
 * Always holds: after dkim_items_ask an item is decided, or ready to be
 * verified; the order of answers changes nothing.
 * Source: RFC 6376 6.1 (order and number are ours to choose), 6.1.2.
 * Catalogue 82.
 */
#include "config.h"

#include "filters/dkim_item.h"

void
dkim_item_decide(struct dkim_item *item, enum dkim_result result,
    const char *reason)
{
	item->sig.result = result;
	item->sig.reason = reason;
}

bool
dkim_is_signature(const struct field *f)
{
	return str_eq_case(f->name, STR("DKIM-Signature"));
}

/* ------------------------------------------------------------------------
 * Which.
 */

/* Of an author's domain; of one above or below; of another; no signature. */
enum rank { AUTHOR, RELATED, OTHER, BROKEN, RANKS };

static enum rank
rank_of(const struct dkim_item *item, const struct authors *authors)
{
	struct str d = item->sig.domain, author;
	enum rank rank = OTHER;
	size_t i;

	if (item->sig.result != DR_NONE)
		return BROKEN;
	for (i = 0; i < authors->count; i++) {
		author = authors->domains[i];
		if (name_eq(author, d))
			return AUTHOR;
		if (name_is_below(author, d) || name_is_below(d, author))
			rank = RELATED;
	}
	return rank;
}

/* All of them, in order. Returns how many. */
static size_t
read_all(const struct header *h, struct arena *a, struct dkim_item *items)
{
	struct dkim_item *item = items;
	size_t i;

	for (i = 0; i < h->count; i++) {
		if (!dkim_is_signature(&h->fields[i]))
			continue;
		item->field = &h->fields[i];
		if (item->field->is_long)
			dkim_item_decide(item, DR_PERMERROR,
			    "longer than 64 KiB");
		else
			dkim_sig_read(item->field->value, a, &item->sig);
		item++;
	}
	return (size_t)(item - items);
}

void
dkim_items_collect(struct check *c, const struct authors *authors,
    struct dkim_items *chosen)
{
	const struct header *h = check_header(c);
	size_t all = header_count(h, STR("DKIM-Signature"));
	size_t left = DKIM_ITEMS, rank, i;
	struct dkim_item *items = arena_array(check_arena(c), all,
	    sizeof *items);
	bool *is_chosen = arena_array(check_arena(c), all,
	    sizeof *is_chosen);

	must(read_all(h, check_arena(c), items) == all);
	for (rank = 0; rank < RANKS; rank++)
		for (i = 0; i < all && left > 0; i++)
			if (rank_of(&items[i], authors) == rank) {
				is_chosen[i] = true;
				left--;
			}
	chosen->count = 0;
	for (i = 0; i < all; i++)
		if (is_chosen[i])
			chosen->item[chosen->count++] = &items[i];
}

/* ------------------------------------------------------------------------
 * Their keys.
 */

static void
got_key(struct check *c, struct question *q, void *arg)
{
	struct dkim_item *item = q->more;
	const char *reason;

	(void)arg;
	if (q->error == -E_INVALID) {
		dkim_item_decide(item, DR_PERMERROR,
		    "s= and d= make no name");
		return;
	}
	if (q->error != 0) {
		item->trouble = q->error;
		dkim_item_decide(item, DR_TEMPERROR,
		    "key could not be asked for");
		return;
	}
	reason = dkim_key_choose(&q->answer, &item->sig, check_arena(c),
	    &item->key);
	if (reason != NULL)
		dkim_item_decide(item, DR_PERMERROR, reason);
	else
		item->is_ready = true;
}

WAITS int
dkim_items_ask(struct check *c, struct dkim_items *items)
{
	struct arena *a = check_arena(c);
	struct question *q = arena_array(a, DKIM_ITEMS, sizeof *q);
	struct dkim_item *item;
	size_t i, n = 0;

	for (i = 0; i < items->count; i++) {
		item = items->item[i];
		if (item->sig.result != DR_NONE)
			continue;
		q[n++] = (struct question){ .type = DNS_TXT, .more = item,
			.name = arena_printf(a, "%.*s._domainkey.%.*s",
			    STR_ARG(item->sig.selector),
			    STR_ARG(item->sig.domain)) };
	}
	return dns_ask_each(c, q, n, got_key, NULL);
}
