/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image_make - the entries of a table, sorted into one piece.
 *
 * Called by: members.c.
 * Always holds: what is made opens; nets that touch or lie in each other
 * become one range, of texts that differ in case alone one stays.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "lang/value.h"
#include "policy/compile.h"
#include "policy/image.h"

struct image_draft {
	enum group_kind kind;
	struct arena   *scratch;     /* texts                               */
	struct buf      nets4;       /* struct span4                        */
	struct buf      nets6;       /* struct span6                        */
	struct buf      texts;       /* struct str                          */
};

struct image_draft *
image_new(enum group_kind kind)
{
	struct image_draft *d = calloc(1, sizeof *d);

	must(d != NULL);
	d->kind = kind;
	d->scratch = arena_new(0);
	return d;
}

static uint32_t
v4_of(const struct ip *ip)
{
	return (uint32_t)ip->a[12] << 24 | (uint32_t)ip->a[13] << 16 |
	    (uint32_t)ip->a[14] << 8 | ip->a[15];
}

/* The highest address of a net. */
static struct ip
net_last(struct net net)
{
	struct ip last = net.ip;
	unsigned bit;

	for (bit = net.bits; bit < 128; bit++)
		last.a[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	return last;
}

static void
add_net(struct image_draft *d, struct net net)
{
	struct ip last = net_last(net);
	struct span4 s4;
	struct span6 s6;

	if (net.bits >= 96 && !ip_is_v6(net.ip)) {
		s4 = (struct span4){ v4_of(&net.ip), v4_of(&last) };
		must(buf_add(&d->nets4, &s4, sizeof s4) == 0);
	} else {
		memcpy(s6.first, net.ip.a, 16);
		memcpy(s6.last, last.a, 16);
		must(buf_add(&d->nets6, &s6, sizeof s6) == 0);
	}
}

int
image_add(struct image_draft *d, struct str text)
{
	struct net net;
	struct str t;
	int rc;

	if (d->kind == TB_NETS) {
		rc = net_parse(text, &net);
		if (rc == 0)
			add_net(d, net);
		return rc;
	}
	rc = d->kind == TB_ADDRESSES ? mail_read(d->scratch, text, &t) :
	    value_name(text, d->scratch, &t);
	if (rc == 0)
		must(buf_add(&d->texts, &t, sizeof t) == 0);
	return rc;
}

/* --- sorting -------------------------------------------------------------- */

static int
compare4(const void *a, const void *b)
{
	const struct span4 *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static int
compare6(const void *a, const void *b)
{
	const struct span6 *x = a, *y = b;

	return memcmp(x->first, y->first, 16);
}

static int
compare_texts(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp_case(*x, *y);
}

/* Returns how many are left. */
static size_t
merge4(struct span4 *s, size_t n)
{
	size_t i, k = 0;

	if (n == 0)
		return 0;
	qsort(s, n, sizeof *s, compare4);
	for (i = 1; i < n; i++)
		if (s[k].last != UINT32_MAX && s[i].first > s[k].last + 1)
			s[++k] = s[i];
		else if (s[i].last > s[k].last)
			s[k].last = s[i].last;
	return k + 1;
}

/* Nets either lie in each other or apart. */
static size_t
merge6(struct span6 *s, size_t n)
{
	size_t i, k = 0;

	if (n == 0)
		return 0;
	qsort(s, n, sizeof *s, compare6);
	for (i = 1; i < n; i++)
		if (memcmp(s[i].first, s[k].last, 16) > 0)
			s[++k] = s[i];
		else if (memcmp(s[i].last, s[k].last, 16) > 0)
			s[k] = s[i];    /* the wider of two that begin alike */
	return k + 1;
}

static size_t
merge_texts(struct str *t, size_t n)
{
	size_t i, k = 0;

	if (n == 0)
		return 0;
	qsort(t, n, sizeof *t, compare_texts);
	for (i = 1; i < n; i++)
		if (!str_eq_case(t[i], t[k]))
			t[++k] = t[i];
	return k + 1;
}

/* --- one piece ------------------------------------------------------------ */

static char *
put(char *to, const void *from, size_t n)
{
	if (n > 0)
		memcpy(to, from, n);
	return to + n;
}

static struct str
finish_nets(struct image_draft *d, struct image_head *head,
    struct arena *arena)
{
	size_t size4, size6;
	char *p, *at;

	head->count = merge4((void *)d->nets4.p,
	    d->nets4.len / sizeof (struct span4));
	head->count6 = merge6((void *)d->nets6.p,
	    d->nets6.len / sizeof (struct span6));
	size4 = head->count * sizeof (struct span4);
	size6 = head->count6 * sizeof (struct span6);
	p = arena_alloc(arena, sizeof *head + size4 + size6);
	at = put(p, head, sizeof *head);
	at = put(at, d->nets4.p, size4);
	at = put(at, d->nets6.p, size6);
	return (struct str){ p, (size_t)(at - p) };
}

static struct str
finish_texts(struct image_draft *d, struct image_head *head,
    struct arena *arena)
{
	struct str *t = (void *)d->texts.p;
	size_t i, n = merge_texts(t, d->texts.len / sizeof *t), bytes = 0;
	uint32_t *ends;
	char *p, *at;

	for (i = 0; i < n; i++)
		bytes += t[i].len;
	must(bytes <= UINT32_MAX);      /* a file has less: SOURCE_MAX */
	head->count = n;
	p = arena_alloc(arena, sizeof *head + n * sizeof *ends + bytes);
	at = put(p, head, sizeof *head);
	ends = (void *)at;
	at += n * sizeof *ends;
	for (bytes = 0, i = 0; i < n; i++) {
		at = put(at, t[i].p, t[i].len);
		bytes += t[i].len;
		ends[i] = (uint32_t)bytes;
	}
	return (struct str){ p, (size_t)(at - p) };
}

struct str
image_finish(struct image_draft **draft, uint64_t hash, struct arena *arena)
{
	struct image_draft *d = *draft;
	struct image_head head = { .magic = IMAGE_MAGIC, .kind = d->kind,
	    .hash = hash };
	struct str made = d->kind == TB_NETS ? finish_nets(d, &head, arena) :
	    finish_texts(d, &head, arena);

	buf_free(&d->nets4);
	buf_free(&d->nets6);
	buf_free(&d->texts);
	arena_free(&d->scratch);
	free(d);
	*draft = NULL;
	return made;
}
