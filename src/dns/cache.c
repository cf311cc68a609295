/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cache - answers by question, in one piece of memory each.
 *
 * Called by: ask.c.
 * Always holds: every entry hangs in one bucket and in the ring; the ring
 * goes from the oldest (ring.next) to the newest (ring.prev); count and bytes
 * are within their caps.
 *
 * Making room costs O(1): the oldest entry goes, unless it was used since it
 * was put there; then it becomes the newest once more, and after CHANCES of
 * these the next one goes whatever it was.
 */
#include "dns/cache.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_EACH 512          /* cap in bytes: that many an entry       */
#define BYTES_ONE  8192         /* of one entry                           */
#define CHANCES    8
#define SPARSE     4            /* buckets an entry: what is not there is
                                   mostly known by one look           */

struct entry {
	struct entry *next, *prev;      /* in the ring                      */
	struct entry *chain;            /* in the bucket                    */
	uint64_t      hash;
	struct term   term;
	size_t        size;             /* bytes of this piece              */
	struct answer answer;           /* its records lie behind the entry */
	const uint8_t *key;             /* behind them                      */
	size_t        key_n;
	bool          is_used;
};

struct cache {
	struct entry   ring;            /* the head of the ring, no entry   */
	struct entry **buckets;
	size_t         mask;
	size_t         count, bytes, max_count, max_bytes;
};

size_t
answer_size(const struct answer *a)
{
	size_t n = a->count * sizeof a->records[0] + a->name.len + 1, i;

	for (i = 0; i < a->count; i++)
		n += a->records[i].text.len + 1;
	return n;
}

/* Copies a text behind *to, with a NUL for gdb's sake. */
static struct str
pack_text(char **to, struct str s)
{
	char *p = *to;

	if (s.len > 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	*to += s.len + 1;
	return (struct str){ p, s.len };
}

struct answer
answer_pack(const struct answer *a, void *memory)
{
	struct answer copy = *a;
	char *text = (char *)memory + a->count * sizeof a->records[0];
	size_t i;

	copy.records = a->count == 0 ? NULL : memory;
	for (i = 0; i < a->count; i++) {
		copy.records[i] = a->records[i];
		copy.records[i].text = pack_text(&text, a->records[i].text);
	}
	copy.name = pack_text(&text, a->name);
	return copy;
}

struct cache *
cache_new(size_t entries)
{
	struct cache *c = calloc(1, sizeof *c);
	size_t buckets = 16;

	must(c != NULL && entries > 0 && entries < SIZE_MAX / BYTES_EACH);
	while (buckets < SPARSE * entries)
		buckets *= 2;
	c->buckets = calloc(buckets, sizeof c->buckets[0]);
	must(c->buckets != NULL);
	c->mask = buckets - 1;
	c->max_count = entries;
	c->max_bytes = entries * BYTES_EACH;
	if (c->max_bytes < BYTES_ONE)
		c->max_bytes = BYTES_ONE;
	c->ring.next = c->ring.prev = &c->ring;
	return c;
}

static void
ring_add_newest(struct cache *c, struct entry *e)
{
	e->next = &c->ring;
	e->prev = c->ring.prev;
	e->prev->next = e;
	c->ring.prev = e;
}

static void
ring_take(struct entry *e)
{
	e->prev->next = e->next;
	e->next->prev = e->prev;
}

static void
entry_remove(struct cache *c, struct entry *e)
{
	struct entry **at = &c->buckets[e->hash & c->mask];

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	ring_take(e);
	c->count--;
	c->bytes -= e->size;
	free(e);
}

void
cache_free(struct cache **cp)
{
	struct cache *c = *cp;

	if (c == NULL)
		return;
	while (c->ring.next != &c->ring)
		entry_remove(c, c->ring.next);
	free(c->buckets);
	free(c);
	*cp = NULL;
}

static struct entry *
entry_find(struct cache *c, const struct key *k)
{
	struct entry *e;

	for (e = c->buckets[k->hash & c->mask]; e != NULL; e = e->chain)
		if (e->hash == k->hash && e->key_n == k->n &&
		    memcmp(e->key, k->p, k->n) == 0)
			return e;
	return NULL;
}

const struct answer *
cache_find(struct cache *c, const struct key *k, usec_t now, struct term *t)
{
	struct entry *e = entry_find(c, k);

	if (e == NULL)
		return NULL;
	if (e->term.until <= now) {
		entry_remove(c, e);
		return NULL;
	}
	e->is_used = true;
	*t = e->term;
	return &e->answer;
}

static void
make_room(struct cache *c, size_t bytes)
{
	struct entry *e;
	unsigned chances = CHANCES;

	while (c->count >= c->max_count || c->bytes + bytes > c->max_bytes) {
		e = c->ring.next;
		if (e->is_used && chances > 0) {
			chances--;
			e->is_used = false;
			ring_take(e);
			ring_add_newest(c, e);
		} else {
			entry_remove(c, e);
		}
	}
}

/* The piece: entry, records and texts, key. */
static struct entry *
entry_new(const struct key *k, const struct answer *a)
{
	size_t packed = answer_size(a), size = sizeof(struct entry) + packed +
	    k->n;
	struct entry *e;
	uint8_t *key;

	if (size > BYTES_ONE || (e = malloc(size)) == NULL)
		return NULL;
	memset(e, 0, sizeof *e);
	e->size = size;
	e->answer = answer_pack(a, e + 1);
	key = (uint8_t *)(e + 1) + packed;
	memcpy(key, k->p, k->n);
	e->key = key;
	e->key_n = k->n;
	e->hash = k->hash;
	return e;
}

void
cache_put(struct cache *c, const struct key *k, const struct answer *a,
    struct term term)
{
	struct entry *e = entry_find(c, k);

	if (e != NULL)
		entry_remove(c, e);
	e = entry_new(k, a);
	if (e == NULL)
		return;
	make_room(c, e->size);
	e->term = term;
	e->chain = c->buckets[k->hash & c->mask];
	c->buckets[k->hash & c->mask] = e;
	ring_add_newest(c, e);
	c->count++;
	c->bytes += e->size;
}

size_t
cache_count(const struct cache *c)
{
	return c->count;
}
