/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arena: chunks of memory from which pieces are cut, front to back.
 *
 *	struct arena | first chunk          one allocation
 *	struct chunk | bytes                each later one
 *
 * Called by: everybody; one per process, session, transaction or call.
 * Always holds: `at` and `end` bound what is free of the current chunk;
 * pieces are zeroed when they are handed out, not before, so that pages
 * nobody asked for are never touched.
 *
 * Under AddressSanitizer what is free is poisoned, with a gap behind each
 * piece: running over the end of a piece is found as it would be with malloc.
 */
#include "config.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#define GAP 8
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define GAP 0
#endif

#define FIRST     ((size_t)4096)        /* when arena_new is given 0      */
#define CHUNK_MAX ((size_t)65536)       /* where doubling ends            */
#define ALIGN     alignof(max_align_t)
#define PRINTED   256                   /* longer texts are printed twice */

struct chunk {
	struct chunk       *next;
	alignas(ALIGN) char bytes[];
};

struct arena {
	char         *at;       /* next free byte of the current chunk      */
	char         *end;      /* behind its last                          */
	struct chunk *later;    /* chunks after the first, in any order     */
	size_t        first;    /* size of the first chunk                  */
	size_t        next;     /* size of the next one                     */
	size_t        used;     /* see arena_used                           */
	alignas(ALIGN) char bytes[];
};

static void
start(struct arena *a)
{
	a->at = a->bytes;
	a->end = a->bytes + a->first;
	a->later = NULL;
	a->next = a->first < CHUNK_MAX / 2 ? a->first * 2 : CHUNK_MAX;
	a->used = 0;
	ASAN_POISON_MEMORY_REGION(a->bytes, a->first);
}

struct arena *
arena_new(size_t first)
{
	struct arena *a;

	if (first == 0)
		first = FIRST;
	must(first <= SIZE_MAX - sizeof *a);
	a = malloc(sizeof *a + first);
	must(a != NULL);
	a->first = first;
	start(a);
	return a;
}

static void
free_later(struct arena *a)
{
	struct chunk *c, *next;

	for (c = a->later; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
}

void
arena_free(struct arena **ap)
{
	struct arena *a = *ap;

	if (a == NULL)
		return;
	free_later(a);
	ASAN_UNPOISON_MEMORY_REGION(a->bytes, a->first);
	free(a);
	*ap = NULL;
}

void
arena_reset(struct arena *a)
{
	free_later(a);
	start(a);
}

static struct chunk *
add_chunk(struct arena *a, size_t n)
{
	struct chunk *c;

	must(n <= SIZE_MAX - sizeof *c);
	c = malloc(sizeof *c + n);
	must(c != NULL);
	ASAN_POISON_MEMORY_REGION(c->bytes, n);
	c->next = a->later;
	a->later = c;
	return c;
}

/* n bytes from a chunk that is not there yet. What is large gets one of its
 * own, and what is left of the current chunk stays in use. */
static char *
take_new(struct arena *a, size_t n)
{
	struct chunk *c;

	if (n > a->next / 4)
		return add_chunk(a, n)->bytes;
	c = add_chunk(a, a->next);
	a->at = c->bytes + n;
	a->end = c->bytes + a->next;
	if (a->next < CHUNK_MAX)
		a->next *= 2;
	return c->bytes;
}

/* n bytes, not zeroed. */
static void *
take(struct arena *a, size_t n, size_t align)
{
	size_t pad = -(uintptr_t)a->at & (align - 1);
	size_t left = (size_t)(a->end - a->at);
	size_t want;
	char *p;

	must(n <= SIZE_MAX / 2);
	want = n + GAP + (n == 0);      /* two pieces never share an address */
	if (left >= pad && left - pad >= want) {
		p = a->at + pad;
		a->at = p + want;
		a->used += pad;
	} else {
		p = take_new(a, want);
	}
	a->used += n;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n, ALIGN), 0, n);
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	must(!__builtin_mul_overflow(n, size, &total));
	return arena_alloc(a, total);
}

struct str
arena_str(struct arena *a, struct str s)
{
	char *p = take(a, s.len + 1, 1);

	if (s.len > 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	return (struct str){ p, s.len };
}

struct str
arena_lower(struct arena *a, struct str s)
{
	char *p = take(a, s.len + 1, 1);
	size_t i;

	for (i = 0; i < s.len; i++)
		p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ?
		    (char)(s.p[i] | 0x20) : s.p[i];
	p[s.len] = '\0';
	return (struct str){ p, s.len };
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
	char small[PRINTED], *p;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof small, fmt, ap);
	va_end(ap);
	must(n >= 0);
	if ((size_t)n < sizeof small)
		return arena_str(a, (struct str){ small, (size_t)n });
	p = take(a, (size_t)n + 1, 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return (struct str){ p, (size_t)n };
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
