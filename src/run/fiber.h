/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fibers: straight-line code that may wait, many in one thread.
 *
 * A fiber runs on a stack of its own (128 KiB reserved behind a guard page,
 * pooled) until it waits; then the next ready one runs. Time comes from the
 * clock given to fibers_new, timers live here in one heap, and whoever
 * drives (the loop on libev, or the simulator) does nothing but:
 *
 *	fibers_run(f)                run everybody who is ready
 *	wait until fibers_next(f)    or until something from outside wakes one
 *	fibers_fire(f)               timers that are due
 *
 * Cancellation is an error code and sticky: from fiber_cancel on, each wait
 * of that fiber returns -E_CANCELED at once. It then leaves by returning. A
 * running stack is never destroyed.
 */
#ifndef RUN_FIBER_H
#define RUN_FIBER_H

#include "base/basic.h"

struct fibers;
struct fiber;

/* In: the clock that deadlines are measured against. */
struct fibers *fibers_new(usec_t (*now)(void *), void *arg);

/* Must be called with no fiber left. */
void fibers_free(struct fibers **);

void   fibers_run(struct fibers *);
usec_t fibers_next(struct fibers *);       /* USEC_NEVER when no timer  */
void   fibers_fire(struct fibers *);
usec_t fibers_now(struct fibers *);

/* What an overview needs; stack figures are high-water marks in bytes. */
struct fiber_census {
	unsigned live, pooled;
	size_t   deepest;           /* stack bytes ever used by one fiber   */
	char     deepest_name[24];
	uint64_t switches;
};
void fibers_census(struct fibers *, struct fiber_census *);

/*
 * Makes a ready fiber.
 * In: name, a literal, for gdb, logs and the census.
 * Owner: itself; it vanishes when fn returns. *out (may be NULL) is for
 * fiber_wake and fiber_cancel and dies with it.
 * Returns 0, or -E_NOMEM when no stack can be had.
 */
int fiber_start(struct fibers *, const char *name, void (*fn)(void *),
    void *arg, struct fiber **out);

/* NULL outside of any fiber. */
struct fiber *fiber_self(void);
const char *fiber_name(const struct fiber *);

/* A word of the caller's kept with the fiber: libspf2's hooks find their
 * session by it. */
void  fiber_tag(struct fiber *, void *);
void *fiber_tag_of(const struct fiber *);

/* Suspends until fiber_wake. Returns 0, -E_TIMEOUT, -E_CANCELED. A wake
 * that came before the wait is not lost. */
WAITS int fiber_park(usec_t deadline);
WAITS int fiber_sleep(usec_t until);      /* 0, -E_CANCELED              */
WAITS int fiber_yield(void);              /* lets the others run first   */

void fiber_wake(struct fiber *);
void fiber_cancel(struct fiber *);
bool fiber_is_canceled(const struct fiber *);

/* Gives the part of the running fiber's stack that is not in use back to
 * the system. For a wait that will be long. */
void fiber_trim(void);

/* A call at a moment, on no fiber: fire must not wait. */
struct timer {
	usec_t at;
	void (*fire)(struct timer *);
	size_t slot;               /* the heap's; 0 when not armed        */
};

/* Arms, or moves, a timer; its memory is the caller's. */
void timer_set(struct fibers *, struct timer *, usec_t at);
void timer_stop(struct fibers *, struct timer *);

/* A bell: one fiber waits, anybody rings; a ring before the wait counts. */
struct bell {
	struct fiber *waiter;
	bool          is_rung;
};
void bell_ring(struct bell *);

/* Returns 0 (and the bell is silent again), -E_TIMEOUT, -E_CANCELED. */
WAITS int bell_wait(struct bell *, usec_t deadline);

#endif
