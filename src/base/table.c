/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * table: text to pointer, open addressing with linear probing.
 *
 * A slot is free (no entry, hash 0), used, or dead (no entry, hash 1): what
 * was deleted from the middle of a run keeps the run together. Deleting moves
 * nothing, so a walk may delete what it was just given; dead slots go when a
 * run ends there, or with the next rebuild.
 *
 * Called by: DNS cache, policy tables, rates, the schema.
 * Always holds: size is a power of two or 0; used + dead <= 3/4 size, so a
 * probe ends; a key has at most one entry.
 * Source: SipHash-2-4, Aumasson and Bernstein, 2012.
 */
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN ((size_t)16)
#define DEAD     ((uint64_t)1)

struct entry {
	void  *value;   /* never NULL */
	size_t len;
	char   key[];
};

struct slot {
	uint64_t      hash;     /* compared before the entry is touched */
	struct entry *entry;
};

struct table {
	struct sipkey key;
	struct slot  *slots;    /* NULL until the first put */
	size_t        size;
	size_t        used;
	size_t        dead;
};

/* --- SipHash ----------------------------------------------------------- */

static uint64_t
rotated(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

/* n bytes, at most 8, least significant first. */
static uint64_t
little_endian(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n > 0)
		v = v << 8 | p[--n];
	return v;
}

static void
sip_rounds(uint64_t v[4], unsigned n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotated(v[1], 13) ^ v[0];
		v[3] = rotated(v[3], 16) ^ v[2];
		v[0] = rotated(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotated(v[1], 17) ^ v[2];
		v[3] = rotated(v[3], 21) ^ v[0];
		v[2] = rotated(v[2], 32);
	}
}

static void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;
}

uint64_t
siphash(struct sipkey key, const void *data, size_t n)
{
	const uint8_t *p = data;
	uint64_t v[4] = {
		key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d,
		key.k0 ^ 0x6c7967656e657261, key.k1 ^ 0x7465646279746573,
	};
	size_t left;

	for (left = n; left >= 8; left -= 8, p += 8)
		sip_word(v, little_endian(p, 8));
	sip_word(v, little_endian(p, left) | (uint64_t)n << 56);
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* --- the table --------------------------------------------------------- */

struct table *
table_new(struct sipkey key)
{
	struct table *t = calloc(1, sizeof *t);

	must(t != NULL);
	t->key = key;
	return t;
}

void
table_free(struct table **tp)
{
	struct table *t = *tp;
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->size; i++)
		free(t->slots[i].entry);
	free(t->slots);
	free(t);
	*tp = NULL;
}

static bool
slot_has(const struct slot *s, uint64_t hash, struct str key)
{
	return s->hash == hash && s->entry != NULL &&
	    s->entry->len == key.len &&
	    (key.len == 0 || memcmp(s->entry->key, key.p, key.len) == 0);
}

/* The slot of the key, or NULL. */
static struct slot *
find(const struct table *t, uint64_t hash, struct str key)
{
	size_t mask = t->size - 1, i;
	struct slot *s;

	if (t->used == 0)
		return NULL;
	for (i = (size_t)hash & mask;; i = (i + 1) & mask) {
		s = &t->slots[i];
		if (s->entry == NULL && s->hash != DEAD)
			return NULL;
		if (slot_has(s, hash, key))
			return s;
	}
}

/* The first slot without an entry in the run of a hash. */
static struct slot *
vacant(struct slot *slots, size_t size, uint64_t hash)
{
	size_t i = (size_t)hash & (size - 1);

	while (slots[i].entry != NULL)
		i = (i + 1) & (size - 1);
	return &slots[i];
}

/* Into slots that are at most half used, without the dead; shrinks too. */
static void
rebuild(struct table *t)
{
	struct slot *slots;
	size_t size = SIZE_MIN, i;

	while (size / 2 < t->used + 1) {
		must(size <= SIZE_MAX / 2);
		size *= 2;
	}
	slots = calloc(size, sizeof *slots);
	must(slots != NULL);
	for (i = 0; i < t->size; i++)
		if (t->slots[i].entry != NULL)
			*vacant(slots, size, t->slots[i].hash) = t->slots[i];
	free(t->slots);
	t->slots = slots;
	t->size = size;
	t->dead = 0;
}

static struct entry *
entry_new(struct str key, void *value)
{
	struct entry *e;

	must(key.len <= SIZE_MAX - sizeof *e);
	e = malloc(sizeof *e + key.len);
	must(e != NULL);
	e->value = value;
	e->len = key.len;
	if (key.len > 0)
		memcpy(e->key, key.p, key.len);
	return e;
}

void *
table_get(const struct table *t, struct str key)
{
	struct slot *s = find(t, siphash(t->key, key.p, key.len), key);

	return s == NULL ? NULL : s->entry->value;
}

void *
table_put(struct table *t, struct str key, void *value)
{
	uint64_t hash = siphash(t->key, key.p, key.len);
	struct slot *s = find(t, hash, key);
	void *former;

	must(value != NULL);
	if (s != NULL) {
		former = s->entry->value;
		s->entry->value = value;
		return former;
	}
	if (t->used + t->dead + 1 > t->size / 4 * 3)
		rebuild(t);
	s = vacant(t->slots, t->size, hash);
	if (s->hash == DEAD)
		t->dead--;
	*s = (struct slot){ hash, entry_new(key, value) };
	t->used++;
	return NULL;
}

/* A dead slot before a free one holds no run together: it is free too, and
 * so is what lies dead before it. */
static void
bury(struct table *t, size_t i)
{
	size_t mask = t->size - 1;
	struct slot *next = &t->slots[(i + 1) & mask];

	if (next->entry != NULL || next->hash == DEAD)
		return;
	while (t->slots[i].entry == NULL && t->slots[i].hash == DEAD) {
		t->slots[i].hash = 0;
		t->dead--;
		i = (i - 1) & mask;
	}
}

void *
table_del(struct table *t, struct str key)
{
	struct slot *s = find(t, siphash(t->key, key.p, key.len), key);
	void *value;

	if (s == NULL)
		return NULL;
	value = s->entry->value;
	free(s->entry);
	*s = (struct slot){ DEAD, NULL };
	t->used--;
	t->dead++;
	bury(t, (size_t)(s - t->slots));
	return value;
}

size_t
table_count(const struct table *t)
{
	return t->used;
}

bool
table_next(const struct table *t, size_t *pos, struct str *key, void **value)
{
	const struct entry *e;

	while (*pos < t->size) {
		e = t->slots[(*pos)++].entry;
		if (e == NULL)
			continue;
		*key = (struct str){ e->key, e->len };
		*value = e->value;
		return true;
	}
	return false;
}
