/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timer - a binary heap of moments; each timer knows its slot in it.
 *
 * Called by: run/fiber.c, which owns the one heap of a process.
 * Always holds: entry[i/2] comes before entry[i]; entry[i].timer->slot is i;
 * "before" is the earlier moment, and of equal ones the one armed first.
 *
 * The keys are copied into the heap: with ten thousand sessions a comparison
 * that follows the pointers would miss the cache at each step.
 */
#include <stdlib.h>

#include "run/timer.h"

struct timer_entry {
	usec_t        at;
	uint64_t      turn;     /* armed as the how-manieth                 */
	struct timer *timer;
};

static bool
is_before(const struct timer_entry *a, const struct timer_entry *b)
{
	return a->at != b->at ? a->at < b->at : a->turn < b->turn;
}

static void
place(struct timer_heap *h, size_t slot, struct timer_entry e)
{
	h->entry[slot] = e;
	e.timer->slot = slot;
}

static void
sift_up(struct timer_heap *h, size_t slot, struct timer_entry e)
{
	while (slot > 1 && is_before(&e, &h->entry[slot / 2])) {
		place(h, slot, h->entry[slot / 2]);
		slot /= 2;
	}
	place(h, slot, e);
}

static void
sift_down(struct timer_heap *h, size_t slot, struct timer_entry e)
{
	size_t child;

	while ((child = slot * 2) <= h->count) {
		if (child < h->count &&
		    is_before(&h->entry[child + 1], &h->entry[child]))
			child++;
		if (!is_before(&h->entry[child], &e))
			break;
		place(h, slot, h->entry[child]);
		slot = child;
	}
	place(h, slot, e);
}

/* Puts e where slot is free, up or down as its key wants. */
static void
settle(struct timer_heap *h, size_t slot, struct timer_entry e)
{
	if (slot > 1 && is_before(&e, &h->entry[slot / 2]))
		sift_up(h, slot, e);
	else
		sift_down(h, slot, e);
}

/* A process without memory for its timers ends, as with arenas. */
static void
grow(struct timer_heap *h)
{
	h->room = h->room == 0 ? 64 : h->room * 2;
	h->entry = realloc(h->entry, (h->room + 1) * sizeof h->entry[0]);
	must(h->entry != NULL);
}

void
timer_heap_set(struct timer_heap *h, struct timer *t, usec_t at)
{
	struct timer_entry e = { at, h->armed++, t };

	t->at = at;
	if (t->slot != 0) {
		must(t->slot <= h->count && h->entry[t->slot].timer == t);
		settle(h, t->slot, e);
		return;
	}
	if (h->count == h->room)
		grow(h);
	sift_up(h, ++h->count, e);
}

void
timer_heap_stop(struct timer_heap *h, struct timer *t)
{
	size_t slot = t->slot;
	struct timer_entry last;

	if (slot == 0)
		return;
	must(slot <= h->count && h->entry[slot].timer == t);
	t->slot = 0;
	last = h->entry[h->count--];
	if (last.timer != t)
		settle(h, slot, last);
}

usec_t
timer_heap_next(const struct timer_heap *h)
{
	return h->count == 0 ? USEC_NEVER : h->entry[1].at;
}

void
timer_heap_fire(struct timer_heap *h, usec_t now)
{
	uint64_t end = h->armed;
	struct timer *t;

	while (h->count > 0 && h->entry[1].at <= now &&
	    h->entry[1].turn < end) {
		t = h->entry[1].timer;
		timer_heap_stop(h, t);
		t->fire(t);
	}
}

void
timer_heap_free(struct timer_heap *h)
{
	free(h->entry);
	*h = (struct timer_heap){ 0 };
}
