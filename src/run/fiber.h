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
 * Everything happens in a fixed order: fibers run in the order in which they
 * became ready, timers of one moment fire in the order they were armed.
 *
 * Cancellation is an error code and sticky: from fiber_cancel on, each wait
 * of that fiber returns -E_CANCELED at once. It then leaves by returning. A
 * running stack is never destroyed.
 */
#ifndef RUN_FIBER_H
#define RUN_FIBER_H

#include "base/basic.h"
#include "run/timer.h"

struct fibers;
struct fiber;

/* In: the clock that deadlines are measured against. */
struct fibers *fibers_new(usec_t (*now)(void *), void *arg);

/* Must be called with no fiber left. */
void fibers_free(struct fibers **);

/* Until nobody is ready any more. Fibers that yield run at the next call. */
void   fibers_run(struct fibers *);

/* The moment of the next timer, never before now; now when somebody is
 * ready; USEC_NEVER when there is neither. */
usec_t fibers_next(struct fibers *);
void   fibers_fire(struct fibers *);
usec_t fibers_now(struct fibers *);

/* What an overview needs. Stacks are measured in pages, on every 64th fiber
 * (or as fibers_sample says), because it costs a system call. */
struct fiber_census {
	unsigned live, pooled;
	size_t   deepest;           /* stack bytes ever used by one fiber   */
	char     deepest_name[24];
	uint64_t started, switches;
};
void fibers_census(struct fibers *, struct fiber_census *);
void fibers_sample(struct fibers *, unsigned every);

/* Looks at up to `most` fibers, in turn, and gives back the unused pages of
 * those that have not run since they were last looked at; and pooled stacks
 * that were not needed since the last call. The driver calls it about once a
 * second, so that a long wait costs one page and a crowd that has left
 * nothing. */
void fibers_tidy(struct fibers *, unsigned most);

/* One buffer of FIBERS_SCRATCH bytes for all: what is in it is gone at the
 * next wait. */
#define FIBERS_SCRATCH 65536
void *fibers_scratch(struct fibers *);

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
 * session by it. NULL at start. */
void  fiber_tag(struct fiber *, void *);
void *fiber_tag_of(const struct fiber *);

/*
 * Suspends until fiber_wake. A wake that came before the wait is not lost,
 * so a 0 may be an old one: callers look at what they wait for and park
 * again. A deadline that has passed lets the others run and times out.
 * Returns 0, -E_TIMEOUT, -E_CANCELED.
 */
WAITS int fiber_park(usec_t deadline);

/* Without regard to wakes, which are kept. Returns 0, -E_CANCELED. */
WAITS int fiber_sleep(usec_t until);

/* Lets the others run, and descriptors and timers have their turn. Returns
 * 0, -E_CANCELED. */
WAITS int fiber_yield(void);

/* As fiber_park, but nothing ends it except a wake: for join_end, which must
 * outwait children that still use its caller's memory. */
WAITS void fiber_park_firm(void);

void fiber_wake(struct fiber *);
void fiber_cancel(struct fiber *);
bool fiber_is_canceled(const struct fiber *);

/* Gives the part of the running fiber's stack that is not in use back to
 * the system. For a wait that will be long; fibers_tidy does it for those
 * that turn out to be. */
void fiber_trim(void);

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
