/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * radix: prefixes in a binary tree whose edges skip what all below agree on.
 *
 * A node stands for a prefix. Its children are longer prefixes below it, one
 * for each value of the bit behind it. A node without a value is only a fork
 * and has two children.
 *
 * Called by: tables of networks, allow and block entries, PROXY peers.
 * Always holds: the depth is at most 129; nodes are never removed, they live
 * in the tree's arena. A value of fewer than 96 bits is found for IPv6
 * addresses only (see net_has).
 */
#include "base/radix.h"

#include <stdlib.h>

#include "base/arena.h"

/* An address as two numbers. */
struct pair {
	uint64_t high, low;
};

struct node {
	struct pair  prefix;    /* bits behind it mean nothing */
	unsigned     bits;
	void        *value;     /* NULL: a fork */
	struct node *child[2];
};

struct radix {
	struct arena *arena;
	struct node  *root;
	size_t        count;
};

static struct pair
pair_of(struct ip ip)
{
	struct pair p = { 0, 0 };
	size_t i;

	for (i = 0; i < 8; i++) {
		p.high = p.high << 8 | ip.a[i];
		p.low = p.low << 8 | ip.a[i + 8];
	}
	return p;
}

/* Bits that agree from the left, 0..128. */
static unsigned
common(struct pair p, struct pair q)
{
	if (p.high != q.high)
		return (unsigned)__builtin_clzll(p.high ^ q.high);
	if (p.low != q.low)
		return 64 + (unsigned)__builtin_clzll(p.low ^ q.low);
	return 128;
}

/* In: at < 128. */
static unsigned
bit(struct pair p, unsigned at)
{
	uint64_t half = at < 64 ? p.high : p.low;

	return (unsigned)(half >> (63 - at % 64) & 1);
}

static struct node *
node_new(struct radix *r, struct pair p, unsigned bits)
{
	struct node *n = arena_alloc(r->arena, sizeof *n);

	n->prefix = p;
	n->bits = bits;
	return n;
}

struct radix *
radix_new(void)
{
	struct radix *r = calloc(1, sizeof *r);

	must(r != NULL);
	r->arena = arena_new(0);
	return r;
}

void
radix_free(struct radix **rp)
{
	struct radix *r = *rp;

	if (r == NULL)
		return;
	arena_free(&r->arena);
	free(r);
	*rp = NULL;
}

/* Puts a new node of `bits` in the place of *at, which becomes its child. */
static void
insert_above(struct radix *r, struct node **at, struct pair p, unsigned bits)
{
	struct node *below = *at, *n = node_new(r, p, bits);

	n->child[bit(below->prefix, bits)] = below;
	*at = n;
}

/* The node of exactly this prefix, made when missing. */
static struct node *
node_at(struct radix *r, struct pair p, unsigned bits)
{
	struct node **at = &r->root, *n;
	unsigned same = 0;

	while ((n = *at) != NULL) {
		same = common(p, n->prefix);
		if (same > bits)
			same = bits;
		if (same < n->bits)     /* they part, or p ends, before n */
			break;
		if (n->bits == bits)
			return n;
		at = &n->child[bit(p, n->bits)];
	}
	if (n != NULL) {
		insert_above(r, at, p, same);
		if (same == bits)
			return *at;
		at = &(*at)->child[bit(p, same)];
	}
	*at = node_new(r, p, bits);
	return *at;
}

void
radix_put(struct radix *r, struct net net, void *value)
{
	struct node *n;

	must(value != NULL && net.bits <= 128);
	n = node_at(r, pair_of(net.ip), net.bits);
	if (n->value == NULL)
		r->count++;
	n->value = value;
}

void *
radix_find(const struct radix *r, struct ip ip)
{
	unsigned least = ip_is_v6(ip) ? 0 : 96;
	struct pair p = pair_of(ip);
	const struct node *n = r->root;
	void *best = NULL;

	while (n != NULL && common(p, n->prefix) >= n->bits) {
		if (n->value != NULL && n->bits >= least)
			best = n->value;
		if (n->bits == 128)
			break;
		n = n->child[bit(p, n->bits)];
	}
	return best;
}

size_t
radix_count(const struct radix *r)
{
	return r->count;
}
