/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fiber - who runs next, who waits for what, who was told to leave.
 *
 * Called by: everybody who waits; run/loop.c and the simulator drive it.
 * Stacks and the switch itself are in run/stack.c, moments in run/timer.c.
 *
 *	              fiber_start
 *	                   |
 *	                   v    fibers_run
 *	   +----------> READY --------------> RUNNING ---------> ENDED
 *	   |             ^  ^                 |   |  |  fn returns
 *	   | wake, cancel|  | next round      |   |  |
 *	   | timer       |  +------- YIELDED<-+   |  |
 *	   |             +---------- PARKED <-----+  |
 *	   +------------------------ SLEEPING <------+   (FIRM: join_end only)
 *
 * READY -> RUNNING: fibers_run; RUNNING -> YIELDED: fiber_yield;
 * RUNNING -> PARKED, SLEEPING, FIRM: suspend; YIELDED -> READY: fibers_run;
 * PARKED -> READY: fiber_wake, fiber_cancel, at_deadline;
 * SLEEPING -> READY: fiber_cancel, at_deadline; FIRM -> READY: fiber_wake;
 * RUNNING -> ENDED: fiber_main.
 *
 * Always holds:
 * - Fibers run from the driver only, never one inside another.
 * - A fiber is in the ready queue exactly when it is READY; its timer is
 *   armed only while it waits.
 * - is_woken is a wake that no wait has used up yet; is_canceled never goes
 *   away again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "run/fiber.h"
#include "run/stack.h"

#define FIBER_MAGIC 0x66696272u
#define SAMPLE      64          /* every how-manieth stack is measured      */
#define UNMAP       256         /* stacks at a time: under a millisecond    */

enum state {
	FB_READY,       /* in the ready queue                               */
	FB_RUNNING,     /* the one whose code runs                          */
	FB_YIELDED,     /* waits for the next round only                    */
	FB_PARKED,      /* waits for a wake, a deadline, a cancel           */
	FB_SLEEPING,    /* waits for a deadline, a cancel                   */
	FB_FIRM,        /* waits for a wake and hears nothing else          */
	FB_ENDED        /* fn has returned                                  */
};

/* How long ago a fiber ran, in rounds of fibers_tidy. */
enum idle { ID_BUSY, ID_SEEN, ID_TRIMMED };

/* At the top of its own stack; 64 bytes are what the stack's top may ask. */
struct fiber {
	struct stack   stack;           /* first: stack.c knows only this   */
	uint32_t       magic;
	enum state     state;
	enum idle      idle;
	int            result;          /* of the wait that ended           */
	bool           is_canceled, is_woken, is_measured;
	struct fibers *home;
	struct fiber  *follower;        /* in the queue                     */
	struct fiber  *prev, *next;     /* of all that live                 */
	struct timer   timer;           /* the deadline of its wait         */
	const char    *name;
	void         (*fn)(void *);
	void          *arg, *tag;
};

struct queue {
	struct fiber *first, *last;
};

struct fibers {
	struct stack_pool  pool;
	struct queue       ready, yielded;
	struct fiber      *all;         /* every live fiber, youngest first */
	struct fiber      *to_tidy;     /* where fibers_tidy goes on        */
	struct timer_heap  timers;
	usec_t           (*now)(void *);
	void              *arg;
	void              *scratch;     /* NULL until first used            */
	unsigned           sample;
	struct fiber_census census;
	struct fibers     *older;
};

/*
 * The one thing that no caller can pass: whose stack this is (a hook deep
 * in a library asks). The list is for contrib/gdb/fibers.py alone.
 */
static struct {
	struct fiber  *self;
	struct fibers *youngest;
} process;

static void fiber_main(void);

/* ------------------------------------------------------------------------
 * The queue.
 */

static void
queue_put(struct queue *q, struct fiber *f)
{
	f->follower = NULL;
	if (q->last != NULL)
		q->last->follower = f;
	else
		q->first = f;
	q->last = f;
}

static struct fiber *
queue_take(struct queue *q)
{
	struct fiber *f = q->first;

	if (f != NULL) {
		q->first = f->follower;
		if (q->first == NULL)
			q->last = NULL;
	}
	return f;
}

static void
make_ready(struct fiber *f, int result)
{
	f->state = FB_READY;
	f->result = result;
	queue_put(&f->home->ready, f);
}

/* ------------------------------------------------------------------------
 * The whole.
 */

struct fibers *
fibers_new(usec_t (*now)(void *), void *arg)
{
	struct fibers *fs = calloc(1, sizeof *fs);

	must(fs != NULL);
	fs->now = now;
	fs->arg = arg;
	fs->sample = SAMPLE;
	fs->pool.main = fiber_main;
	fs->pool.head = (sizeof (struct fiber) + 63) / 64 * 64;
	fs->older = process.youngest;
	process.youngest = fs;
	return fs;
}

void
fibers_free(struct fibers **fs)
{
	struct fibers **at;

	if (*fs == NULL)
		return;
	must((*fs)->census.live == 0);
	for (at = &process.youngest; *at != *fs; at = &(*at)->older)
		must(*at != NULL);
	*at = (*fs)->older;
	stack_pool_free(&(*fs)->pool);
	timer_heap_free(&(*fs)->timers);
	free((*fs)->scratch);
	free(*fs);
	*fs = NULL;
}

usec_t
fibers_now(struct fibers *fs)
{
	return fs->now(fs->arg);
}

void *
fibers_scratch(struct fibers *fs)
{
	if (fs->scratch == NULL)
		fs->scratch = malloc(FIBERS_SCRATCH);
	must(fs->scratch != NULL);
	return fs->scratch;
}

/* Out of all books; the stack is another fiber's from here on. */
static void
retire(struct fibers *fs, struct fiber *f)
{
	size_t depth;

	if (f->is_measured) {
		depth = stack_depth(&fs->pool, &f->stack);
		if (depth > fs->census.deepest) {
			fs->census.deepest = depth;
			(void)strncpy(fs->census.deepest_name, f->name,
			    sizeof fs->census.deepest_name - 1);
		}
	}
	if (fs->to_tidy == f)
		fs->to_tidy = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	if (f->prev != NULL)
		f->prev->next = f->next;
	else
		fs->all = f->next;
	fs->census.live--;
	f->magic = 0;
	stack_give(&fs->pool, &f->stack);
}

void
fibers_run(struct fibers *fs)
{
	struct fiber *f;

	must(process.self == NULL);
	while ((f = queue_take(&fs->yielded)) != NULL)
		make_ready(f, 0);
	while ((f = queue_take(&fs->ready)) != NULL) {
		f->state = FB_RUNNING;
		f->idle = ID_BUSY;
		fs->census.switches++;
		process.self = f;
		stack_resume(&fs->pool, &f->stack);
		process.self = NULL;
		if (f->state == FB_ENDED)
			retire(fs, f);
	}
}

usec_t
fibers_next(struct fibers *fs)
{
	usec_t next = timer_heap_next(&fs->timers), now;

	if (fs->ready.first != NULL || fs->yielded.first != NULL)
		return fibers_now(fs);
	if (next == USEC_NEVER)
		return next;
	now = fibers_now(fs);
	return next > now ? next : now;
}

void
fibers_fire(struct fibers *fs)
{
	must(process.self == NULL);
	timer_heap_fire(&fs->timers, fibers_now(fs));
}

void
timer_set(struct fibers *fs, struct timer *t, usec_t at)
{
	timer_heap_set(&fs->timers, t, at);
}

void
timer_stop(struct fibers *fs, struct timer *t)
{
	timer_heap_stop(&fs->timers, t);
}

/* ------------------------------------------------------------------------
 * Overview and memory.
 */

void
fibers_census(struct fibers *fs, struct fiber_census *out)
{
	fs->census.pooled = fs->pool.count;
	*out = fs->census;
}

void
fibers_sample(struct fibers *fs, unsigned every)
{
	must(every > 0);
	fs->sample = every;
}

void
fibers_tidy(struct fibers *fs, unsigned most)
{
	struct fiber *f;

	must(process.self == NULL);
	if (fs->to_tidy == NULL)
		fs->to_tidy = fs->all;
	for (f = fs->to_tidy; f != NULL && most > 0; f = f->next, most--) {
		must(f->magic == FIBER_MAGIC);
		if (f->idle == ID_SEEN && !f->is_measured &&
		    !f->stack.is_fresh)
			stack_trim(&f->stack, NULL);
		if (f->idle != ID_TRIMMED)
			f->idle++;
	}
	fs->to_tidy = f;
	stack_pool_tidy(&fs->pool, UNMAP);
}

/* Not inlined: the frame whose address is taken must lie below all others. */
__attribute__((noinline)) void
fiber_trim(void)
{
	struct fiber *f = process.self;

	must(f != NULL);
	if (!f->is_measured)
		stack_trim(&f->stack, __builtin_frame_address(0));
}

/* ------------------------------------------------------------------------
 * One fiber.
 */

/* What each stack runs, for one fiber after the other. */
static void
fiber_main(void)
{
	struct fiber *f = process.self;

	stack_arrived(&f->home->pool);
	for (;;) {
		f->fn(f->arg);
		f->state = FB_ENDED;
		stack_leave(&f->home->pool, &f->stack, true);
	}
}

static void
at_deadline(struct timer *t)
{
	make_ready(CONTAINER(t, struct fiber, timer), -E_TIMEOUT);
}

/* Everything but the stack, which keeps what it needs between fibers. */
static void
fiber_init(struct fiber *f, struct fibers *fs)
{
	struct stack stack = f->stack;

	memset(f, 0, sizeof *f);
	f->stack = stack;
	f->magic = FIBER_MAGIC;
	f->home = fs;
	f->timer.fire = at_deadline;
	f->next = fs->all;
	if (f->next != NULL)
		f->next->prev = f;
	fs->all = f;
}

int
fiber_start(struct fibers *fs, const char *name, void (*fn)(void *),
    void *arg, struct fiber **out)
{
	struct stack *stack = stack_take(&fs->pool);
	struct fiber *f = (struct fiber *)(void *)stack;

	if (stack == NULL)
		return -E_NOMEM;
	fiber_init(f, fs);
	f->name = name;
	f->fn = fn;
	f->arg = arg;
	f->is_measured = fs->census.started % fs->sample == 0;
	if (f->is_measured && !stack->is_fresh)
		stack_trim(stack, NULL);
	fs->census.started++;
	fs->census.live++;
	make_ready(f, 0);
	if (out != NULL)
		*out = f;
	return 0;
}

struct fiber *
fiber_self(void)
{
	return process.self;
}

const char *
fiber_name(const struct fiber *f)
{
	must(f->magic == FIBER_MAGIC);
	return f->name;
}

void
fiber_tag(struct fiber *f, void *tag)
{
	must(f->magic == FIBER_MAGIC);
	f->tag = tag;
}

void *
fiber_tag_of(const struct fiber *f)
{
	must(f->magic == FIBER_MAGIC);
	return f->tag;
}

/* ------------------------------------------------------------------------
 * Waiting.
 */

static struct fiber *
self(void)
{
	must(process.self != NULL);
	return process.self;
}

static WAITS int
suspend(struct fiber *f, enum state as, usec_t deadline)
{
	if (deadline != USEC_NEVER)
		timer_heap_set(&f->home->timers, &f->timer, deadline);
	f->state = as;
	stack_leave(&f->home->pool, &f->stack, false);
	timer_heap_stop(&f->home->timers, &f->timer);
	return f->is_canceled && as != FB_FIRM ? -E_CANCELED : f->result;
}

WAITS int
fiber_park(usec_t deadline)
{
	struct fiber *f = self();

	if (f->is_canceled)
		return -E_CANCELED;
	if (f->is_woken) {
		f->is_woken = false;
		return 0;
	}
	return suspend(f, FB_PARKED, deadline);
}

WAITS void
fiber_park_firm(void)
{
	struct fiber *f = self();

	if (!f->is_woken)
		(void)suspend(f, FB_FIRM, USEC_NEVER);
	f->is_woken = false;
}

WAITS int
fiber_sleep(usec_t until)
{
	struct fiber *f = self();
	int rc;

	if (f->is_canceled)
		return -E_CANCELED;
	rc = suspend(f, FB_SLEEPING, until);
	return rc == -E_TIMEOUT ? 0 : rc;
}

WAITS int
fiber_yield(void)
{
	struct fiber *f = self();

	if (f->is_canceled)
		return -E_CANCELED;
	queue_put(&f->home->yielded, f);
	return suspend(f, FB_YIELDED, USEC_NEVER);
}

void
fiber_wake(struct fiber *f)
{
	must(f->magic == FIBER_MAGIC);
	if (f->state == FB_PARKED || f->state == FB_FIRM)
		make_ready(f, 0);
	else
		f->is_woken = true;
}

void
fiber_cancel(struct fiber *f)
{
	must(f->magic == FIBER_MAGIC);
	f->is_canceled = true;
	if (f->state == FB_PARKED || f->state == FB_SLEEPING)
		make_ready(f, -E_CANCELED);
}

bool
fiber_is_canceled(const struct fiber *f)
{
	must(f->magic == FIBER_MAGIC);
	return f->is_canceled;
}

/* ------------------------------------------------------------------------
 * Bells.
 */

void
bell_ring(struct bell *b)
{
	if (b->is_rung)
		return;
	b->is_rung = true;
	if (b->waiter != NULL)
		fiber_wake(b->waiter);
}

WAITS int
bell_wait(struct bell *b, usec_t deadline)
{
	int rc = 0;

	must(b->waiter == NULL);
	while (!b->is_rung && rc == 0) {
		b->waiter = self();
		rc = fiber_park(deadline);
		b->waiter = NULL;
	}
	if (rc == -E_CANCELED || fiber_is_canceled(self()))
		return -E_CANCELED;     /* a ring stays for who comes next  */
	if (!b->is_rung)
		return rc;
	b->is_rung = false;
	return 0;
}
