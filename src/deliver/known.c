/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * known - answers about recipients, for some seconds.
 *
 * Called by: remote.c.
 * Always holds: row i of the ring is in the table under its own key, or has
 * none; the next row to be written is the oldest.
 */
#include "deliver/known.h"

#include <stdlib.h>
#include <string.h>

struct row {
	struct str     key;      /* domain NUL local; malloc                */
	usec_t         until;
	enum find      found;
	struct mailbox box;      /* its texts in one piece behind the key   */
};

struct known {
	struct table *table;
	struct row   *ring;
	size_t        size, next;
};

struct known *
known_new(struct sipkey key, size_t most)
{
	struct known *k = calloc(1, sizeof *k);

	must(k != NULL && most > 0);
	k->ring = calloc(most, sizeof *k->ring);
	must(k->ring != NULL);
	k->size = most;
	k->table = table_new(key);
	return k;
}

static void
forget(struct known *k, struct row *row)
{
	if (row->key.p == NULL)
		return;
	(void)table_del(k->table, row->key);
	free((void *)(uintptr_t)row->key.p);
	*row = (struct row){ .until = 0 };
}

void
known_free(struct known **kp)
{
	struct known *k = *kp;
	size_t i;

	if (k == NULL)
		return;
	for (i = 0; i < k->size; i++)
		forget(k, &k->ring[i]);
	table_free(&k->table);
	free(k->ring);
	free(k);
	*kp = NULL;
}

/* A domain holds no NUL. */
static struct str
key_of(struct str domain, struct str local, struct arena *a)
{
	return arena_printf(a, "%.*s%c%.*s", STR_ARG(domain), '\0',
	    STR_ARG(local));
}

bool
known_get(struct known *k, struct str domain, struct str local, usec_t now,
    struct arena *a, struct mailbox *box, enum find *found)
{
	struct row *row = table_get(k->table, key_of(domain, local, a));

	if (row == NULL || now >= row->until)
		return false;
	*found = row->found;
	if (row->found == FIND_YES)
		*box = (struct mailbox){ arena_str(a, row->box.domain),
		    arena_str(a, row->box.local),
		    arena_str(a, row->box.folder) };
	return true;
}

/* Copies text behind what is there. */
static struct str
put(char **to, struct str text)
{
	struct str copy = { *to, text.len };

	if (text.len > 0)
		memcpy(*to, text.p, text.len);
	*to += text.len;
	return copy;
}

void
known_put(struct known *k, struct str domain, struct str local, usec_t until,
    const struct mailbox *box, enum find found)
{
	const struct mailbox none = { .domain = { "", 0 } };
	const struct mailbox *from = found == FIND_YES ? box : &none;
	struct arena *a = arena_new(0);
	struct str key = key_of(domain, local, a);
	struct row *row = table_get(k->table, key);
	char *p;

	if (row == NULL) {
		row = &k->ring[k->next];
		k->next = (k->next + 1) % k->size;
	}
	forget(k, row);
	p = malloc(key.len + from->domain.len + from->local.len +
	    from->folder.len + 1);
	if (p != NULL) {
		row->key = put(&p, key);
		row->until = until;
		row->found = found;
		row->box.domain = put(&p, from->domain);
		row->box.local = put(&p, from->local);
		row->box.folder = put(&p, from->folder);
		(void)table_put(k->table, row->key, row);
	}
	arena_free(&a);
}
