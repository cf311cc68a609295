/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers: calls at a moment, kept in one heap.
 *
 * struct timer is for everybody, armed and stopped through run/fiber.h; the
 * heap is for fiber.c. Timers of one moment fire in the order in which they
 * were armed, so that the simulated world repeats itself exactly.
 */
#ifndef RUN_TIMER_H
#define RUN_TIMER_H

#include "base/basic.h"

/* A call at a moment, on no fiber: fire must not wait. It may arm the timer
 * again, and may free the memory that the timer lives in. */
struct timer {
	usec_t at;
	void (*fire)(struct timer *);
	size_t slot;               /* the heap's; 0 when not armed          */
};

struct timer_heap {
	struct timer_entry *entry; /* entry[1..count]; NULL before the first */
	size_t   count, room;
	uint64_t armed;            /* timers ever armed                     */
};

/* Arms, or moves, a timer; its memory is the caller's. */
void timer_heap_set(struct timer_heap *, struct timer *, usec_t at);

/* Nothing when it is not armed. */
void timer_heap_stop(struct timer_heap *, struct timer *);

/* USEC_NEVER when none is armed. */
usec_t timer_heap_next(const struct timer_heap *);

/* Fires what is due. Timers armed meanwhile wait for the next call. */
void timer_heap_fire(struct timer_heap *, usec_t now);

void timer_heap_free(struct timer_heap *);

#endif
