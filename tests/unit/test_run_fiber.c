/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fibers under a clock that the test moves: order, wakes, deadlines,
 * cancellation, stacks.
 */
#include "config.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/run_lab.h"

/* ---- order ------------------------------------------------------------- */

static void
says_name(void *arg)
{
	note(arg, fiber_name(fiber_self()));
}

static void
yields_twice(void *arg)
{
	int i;

	for (i = 0; i < 3; i++) {
		says_name(arg);
		assert_int_equal(fiber_yield(), 0);
	}
}

static void
fibers_run_in_the_order_they_became_ready(void **state)
{
	struct lab *lab = *state;

	start(lab, "a", yields_twice, NULL);
	start(lab, "b", says_name, NULL);
	start(lab, "c", yields_twice, NULL);
	assert_null(fiber_self());
	lab_run(lab);
	assert_string_equal(lab->trail, "a b c a c a c");
	assert_int_equal(lab_live(lab), 0);
}

static void
starts_another(void *arg)
{
	struct lab *lab = arg;

	start(lab, "born", says_name, NULL);
	says_name(arg);
}

static void
a_started_fiber_runs_after_its_starter(void **state)
{
	struct lab *lab = *state;

	start(lab, "mother", starts_another, NULL);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "mother born");
}

/* A yield must give descriptors their turn: one round, one run. */
static void
a_yield_waits_for_the_next_round(void **state)
{
	struct lab *lab = *state;

	start(lab, "a", yields_twice, NULL);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "a");
	assert_int_equal(fibers_next(lab->fibers), lab->clock);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "a a");
	lab_run(lab);
}

/* ---- parking ----------------------------------------------------------- */

static void
parks(void *arg)
{
	struct lab *lab = arg;

	lab->rc = fiber_park(lab->clock + 500);
	note(lab, lab->rc == 0 ? "woken" :
	    lab->rc == -E_TIMEOUT ? "late" : "canceled");
}

static void
a_wake_ends_a_park(void **state)
{
	struct lab *lab = *state;

	start(lab, "p", parks, &lab->one);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "");
	fiber_wake(lab->one);
	assert_int_equal(fibers_next(lab->fibers), lab->clock);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "woken");
	assert_int_equal(fibers_next(lab->fibers), USEC_NEVER);
}

static void
a_wake_before_the_park_is_not_lost(void **state)
{
	struct lab *lab = *state;

	start(lab, "p", parks, &lab->one);
	fiber_wake(lab->one);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "woken");
}

static void
a_park_ends_at_its_deadline_and_not_before(void **state)
{
	struct lab *lab = *state;

	start(lab, "p", parks, &lab->one);
	fibers_run(lab->fibers);
	assert_int_equal(fibers_next(lab->fibers), 1500);
	lab->clock = 1499;
	fibers_fire(lab->fibers);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "");
	lab->clock = 1500;
	fibers_fire(lab->fibers);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "late");
}

static void
parks_in_the_past(void *arg)
{
	struct lab *lab = arg;

	lab->rc = fiber_park(lab->clock - 1);
	says_name(arg);
}

static void
a_passed_deadline_still_lets_the_others_run(void **state)
{
	struct lab *lab = *state;

	start(lab, "past", parks_in_the_past, NULL);
	start(lab, "other", says_name, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "other past");
	assert_int_equal(lab->rc, -E_TIMEOUT);
	assert_int_equal(lab->clock, 1000);
}

static void
sleeps(void *arg)
{
	struct lab *lab = arg;
	usec_t until = lab->clock + 300;

	lab->rc = fiber_sleep(until);
	note(lab, lab->clock < until ? "early" : "slept");
	if (lab->rc == 0 && fiber_park(lab->clock + 1) == 0)
		note(lab, "woken");
}

static void
a_wake_does_not_end_a_sleep_but_waits_behind_it(void **state)
{
	struct lab *lab = *state;

	start(lab, "s", sleeps, &lab->one);
	fibers_run(lab->fibers);
	fiber_wake(lab->one);
	lab_run(lab);
	assert_string_equal(lab->trail, "slept woken");
	assert_int_equal(lab->clock, 1300);
}

/* ---- cancellation ------------------------------------------------------ */

static void
tries_every_wait(void *arg)
{
	struct lab *lab = arg;
	struct bell bell = { NULL, true };

	assert_int_equal(fiber_park(USEC_NEVER), -E_CANCELED);
	assert_true(fiber_is_canceled(fiber_self()));
	assert_int_equal(fiber_park(lab->clock + 1), -E_CANCELED);
	assert_int_equal(fiber_sleep(lab->clock + 1), -E_CANCELED);
	assert_int_equal(fiber_yield(), -E_CANCELED);
	assert_int_equal(bell_wait(&bell, lab->clock + 1), -E_CANCELED);
	assert_true(bell.is_rung);
	fiber_wake(fiber_self());
	assert_int_equal(fiber_park(USEC_NEVER), -E_CANCELED);
	note(lab, "left");
}

static void
a_cancel_is_sticky(void **state)
{
	struct lab *lab = *state;
	struct fiber_census before, after;

	start(lab, "t", tries_every_wait, &lab->one);
	fibers_run(lab->fibers);
	fiber_cancel(lab->one);
	fibers_census(lab->fibers, &before);
	fibers_run(lab->fibers);
	fibers_census(lab->fibers, &after);
	assert_string_equal(lab->trail, "left");
	assert_int_equal(after.switches, before.switches + 1);
	assert_int_equal(after.live, 0);
}

static void
a_cancel_before_the_start_counts(void **state)
{
	struct lab *lab = *state;

	start(lab, "t", tries_every_wait, &lab->one);
	fiber_cancel(lab->one);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "left");
}

static void
a_cancel_ends_a_sleep(void **state)
{
	struct lab *lab = *state;

	start(lab, "s", sleeps, &lab->one);
	fibers_run(lab->fibers);
	fiber_cancel(lab->one);
	lab_run(lab);
	assert_string_equal(lab->trail, "early");
	assert_int_equal(lab->rc, -E_CANCELED);
	assert_int_equal(lab->clock, 1000);
}

/* Woken first, canceled before it ran: it must hear of the cancel now. */
static void
a_cancel_overtakes_a_wake_and_a_deadline(void **state)
{
	struct lab *lab = *state;

	start(lab, "p", parks, &lab->one);
	start(lab, "q", parks, &lab->two);
	fibers_run(lab->fibers);
	fiber_wake(lab->one);
	lab->clock = 1500;
	fibers_fire(lab->fibers);
	fiber_cancel(lab->one);
	fiber_cancel(lab->two);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "canceled canceled");
}

static void
parks_firmly(void *arg)
{
	fiber_park_firm();
	note(arg, "woken");
	fiber_wake(fiber_self());
	fiber_park_firm();
	assert_int_equal(fiber_yield(), -E_CANCELED);
	note(arg, "left");
}

static void
a_firm_park_hears_wakes_only(void **state)
{
	struct lab *lab = *state;

	start(lab, "f", parks_firmly, &lab->one);
	lab_settle(lab);
	fiber_cancel(lab->one);
	lab_run(lab);
	assert_string_equal(lab->trail, "");
	fiber_wake(lab->one);
	lab_run(lab);
	assert_string_equal(lab->trail, "woken left");
}

/* ---- bells ------------------------------------------------------------- */

static void
waits_for_the_bell(void *arg)
{
	struct lab *lab = arg;

	lab->rc = bell_wait(&lab->bell, lab->clock + 100);
	note(lab, lab->rc == 0 ? "rung" : "silence");
}

static void
a_ring_before_the_wait_counts_once(void **state)
{
	struct lab *lab = *state;

	bell_ring(&lab->bell);
	bell_ring(&lab->bell);
	start(lab, "1", waits_for_the_bell, NULL);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "rung");
	start(lab, "2", waits_for_the_bell, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "rung silence");
}

static void
a_stray_wake_is_no_ring(void **state)
{
	struct lab *lab = *state;

	start(lab, "b", waits_for_the_bell, &lab->one);
	fibers_run(lab->fibers);
	fiber_wake(lab->one);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "");
	bell_ring(&lab->bell);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "rung");
}

static void
a_ring_at_the_deadline_is_heard(void **state)
{
	struct lab *lab = *state;

	start(lab, "b", waits_for_the_bell, &lab->one);
	fibers_run(lab->fibers);
	lab->clock = 1100;
	fibers_fire(lab->fibers);
	bell_ring(&lab->bell);
	fibers_run(lab->fibers);
	assert_string_equal(lab->trail, "rung");
}

/* ---- joins ------------------------------------------------------------- */

static void
child_sleeps(void *arg)
{
	struct lab *lab = arg;
	int rc = fiber_sleep(lab->clock + 200);

	note(lab, rc == 0 ? "done" : "left");
}

/* Leaves only after a while, as a check that must first tidy up does: it
 * may not wait any more, so the test moves the world for it. */
static void
child_is_stubborn(void *arg)
{
	struct lab *lab = arg;

	while (!fiber_is_canceled(fiber_self()))
		(void)fiber_park(USEC_NEVER);
	note(lab, "stubborn");
}

static void
parent_runs(void *arg)
{
	struct lab *lab = arg;
	int i;

	for (i = 0; i < 3; i++)
		assert_int_equal(join_start(&lab->join, "child",
		    child_sleeps, lab), 0);
	assert_int_equal(join_run(&lab->join, USEC_NEVER), 0);
	assert_int_equal(lab->join.live, 0);
	note(lab, "together");
	join_end(&lab->join);
	note(lab, "end");
}

static void
a_join_waits_for_all(void **state)
{
	struct lab *lab = *state;
	struct fiber_census c;

	start(lab, "parent", parent_runs, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "done done done together end");
	fibers_census(lab->fibers, &c);
	assert_int_equal(c.switches, 2 + 3 * 2);        /* woken once       */
	assert_int_equal(lab->clock, 1200);
	assert_int_equal(lab_live(lab), 0);
}

static void
parent_is_just_in_time(void *arg)
{
	struct lab *lab = arg;

	assert_int_equal(join_start(&lab->join, "c", child_sleeps, lab), 0);
	assert_int_equal(fiber_yield(), 0);
	lab->rc = join_run(&lab->join, lab->clock + 200);
	note(lab, lab->rc == 0 ? "together" : "late");
}

/* The last child ends in the moment of the deadline, before its parent. */
static void
a_join_in_its_last_moment_is_in_time(void **state)
{
	struct lab *lab = *state;

	start(lab, "parent", parent_is_just_in_time, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "done together");
}

static void
parent_is_impatient(void *arg)
{
	struct lab *lab = arg;

	assert_int_equal(join_start(&lab->join, "c", child_sleeps, lab), 0);
	assert_int_equal(join_start(&lab->join, "s", child_is_stubborn, lab),
	    0);
	lab->rc = join_run(&lab->join, lab->clock + 50);
	note(lab, lab->rc == -E_TIMEOUT ? "late" : "canceled");
	join_end(&lab->join);
	note(lab, "end");
}

static void
a_join_ends_late_children(void **state)
{
	struct lab *lab = *state;

	start(lab, "parent", parent_is_impatient, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "late stubborn left end");
	assert_int_equal(lab->clock, 1050);
	assert_int_equal(lab_live(lab), 0);
}

static void
a_canceled_parent_still_outwaits_its_children(void **state)
{
	struct lab *lab = *state;

	start(lab, "parent", parent_is_impatient, &lab->one);
	fibers_run(lab->fibers);
	fiber_cancel(lab->one);
	lab_run(lab);
	assert_string_equal(lab->trail, "canceled stubborn left end");
	assert_int_equal(lab->clock, 1000);
	assert_int_equal(lab_live(lab), 0);
}

static void
stray_wakes_in_the_end(void *arg)
{
	struct lab *lab = arg;

	assert_int_equal(join_start(&lab->join, "s", child_is_stubborn, lab),
	    0);
	assert_int_equal(fiber_yield(), 0);
	fiber_cancel(fiber_self());
	fiber_wake(fiber_self());       /* must not end join_end early      */
	join_end(&lab->join);
	note(lab, "end");
}

static void
the_end_of_a_join_ignores_stray_wakes(void **state)
{
	struct lab *lab = *state;

	start(lab, "parent", stray_wakes_in_the_end, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "stubborn end");
}

/* ---- stacks ------------------------------------------------------------ */

/* Touches about n KiB of stack, in frames that a compiler cannot merge. */
static __attribute__((noinline)) unsigned
dig(unsigned kib)
{
	volatile char block[1000];
	unsigned sum;

	memset((char *)(uintptr_t)block, (int)kib, sizeof block);
	sum = kib > 0 ? dig(kib - 1) : 0;
	return sum + (unsigned)block[kib % sizeof block];
}

static void
digs(void *arg)
{
	struct lab *lab = arg;

	if (dig(40) == 0)
		note(lab, "impossible");
	assert_int_equal(fiber_yield(), 0);
}

static void
digs_and_trims(void *arg)
{
	volatile unsigned keep = 4711;

	digs(arg);
	fiber_trim();
	assert_int_equal(keep, 4711);
	digs(arg);
	assert_int_equal(keep, 4711);
}

static void
the_census_knows_the_deepest_stack(void **state)
{
	struct lab *lab = *state;
	struct fiber_census c;

	fibers_sample(lab->fibers, 1);
	start(lab, "deep", digs, NULL);
	start(lab, "flat", says_name, NULL);
	lab_run(lab);
	fibers_census(lab->fibers, &c);
	assert_string_equal(c.deepest_name, "deep");
	assert_in_range(c.deepest, 40 * 1000, 110 * 1024);
	assert_int_equal(c.live, 0);
	assert_int_equal(c.pooled, 2);
	assert_int_equal(c.started, 2);
}

/* The second user of a stack is not blamed for the first one's depth. */
static void
the_depth_is_the_fibers_own(void **state)
{
	struct lab *lab = *state;
	struct fiber_census c;

	start(lab, "unmeasured", says_name, NULL);
	start(lab, "deep", digs, NULL);         /* the 2nd is not sampled   */
	lab_run(lab);
	fibers_sample(lab->fibers, 1);
	start(lab, "flat", says_name, NULL);
	lab_run(lab);
	start(lab, "flat", says_name, NULL);
	start(lab, "flat", says_name, NULL);
	lab_run(lab);
	fibers_census(lab->fibers, &c);
	assert_in_range(c.deepest, 1, 16 * 1024);
}

static void
trims_keep_what_is_in_use(void **state)
{
	struct lab *lab = *state;
	int i;

	start(lab, "first", says_name, NULL);   /* takes the sample         */
	for (i = 0; i < 50; i++)
		start(lab, "d", digs_and_trims, NULL);
	for (i = 0; i < 4; i++) {
		fibers_run(lab->fibers);
		fibers_tidy(lab->fibers, 20);
	}
	lab_run(lab);
	assert_int_equal(lab_live(lab), 0);
}

static void
says_nothing(void *arg)
{
	(void)arg;
}

static void
parks_long(void *arg)
{
	digs(arg);
	assert_int_equal(fiber_park(USEC_NEVER), 0);
	digs(arg);
}

/* A fiber lives at the top of its stack: the page it is in. */
static char *
page_of(struct fiber *f)
{
	return (char *)((uintptr_t)f & ~(uintptr_t)4095);
}

static unsigned
resident_pages(struct fiber *f)
{
	unsigned char in[16];
	unsigned i, n = 0;

	assert_int_equal(mincore(page_of(f) - 15 * 4096, sizeof in * 4096,
	    in), 0);
	for (i = 0; i < sizeof in; i++)
		n += in[i] & 1;
	return n;
}

/* Two rounds of fibers_tidy: the first sees it, the second trims it. */
static void
a_long_wait_costs_little_more_than_a_page(void **state)
{
	struct lab *lab = *state;

	start(lab, "first", says_name, NULL);   /* takes the sample         */
	start(lab, "p", parks_long, &lab->one);
	lab_run(lab);
	assert_in_range(resident_pages(lab->one), 10, 16);
	fibers_tidy(lab->fibers, 10);
	assert_in_range(resident_pages(lab->one), 10, 16);
	fibers_tidy(lab->fibers, 10);
	assert_in_range(resident_pages(lab->one), 1, 4);
	fiber_wake(lab->one);
	lab_run(lab);
	assert_int_equal(lab_live(lab), 0);
}

/* The fiber at which the next round would begin ends. */
static void
tidying_survives_the_end_of_its_next_fiber(void **state)
{
	struct lab *lab = *state;

	start(lab, "old", parks_long, &lab->one);
	start(lab, "young", parks_long, &lab->two);
	lab_run(lab);
	fibers_tidy(lab->fibers, 1);            /* goes on at the old one   */
	fiber_wake(lab->one);
	lab_run(lab);
	fibers_tidy(lab->fibers, 1);
	fibers_tidy(lab->fibers, 1);
	assert_int_equal(lab_live(lab), 1);
	fiber_wake(lab->two);
	lab_run(lab);
}

/* Page after page below a fiber can be read, to the guard; a write from
 * there fails instead of killing us. */
static void
a_guard_page_lies_below_a_stack(void **state)
{
	struct lab *lab = *state;
	unsigned pages = 0;
	int fd[2];

	start(lab, "p", parks_long, &lab->one);
	lab_run(lab);
	assert_int_equal(pipe(fd), 0);
	while (pages < 1000 &&
	    write(fd[1], page_of(lab->one) - pages * 4096, 1) == 1)
		pages++;
	assert_int_equal(errno, EFAULT);
#if defined SANITIZED || defined __SANITIZE_ADDRESS__
	assert_int_equal(pages, 64);
#else
	assert_int_equal(pages, 32);
#endif
	(void)close(fd[0]);
	(void)close(fd[1]);
	fiber_wake(lab->one);
	lab_run(lab);
}

/* More than the pool holds, twice: every stack goes back or is unmapped. */
static void
many_fibers_share_the_pool(void **state)
{
	enum { MANY = 1500 };
	struct lab *lab = *state;
	struct fiber **f = calloc(MANY, sizeof *f);
	struct fiber_census c;
	int i, round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < MANY; i++)
			start(lab, "many", parks_long, &f[i]);
		fibers_run(lab->fibers);
		fibers_run(lab->fibers);
		for (i = 0; i < 4; i++)
			fibers_tidy(lab->fibers, 600);
		assert_int_equal(lab_live(lab), MANY);
		for (i = 0; i < MANY; i++)
			fiber_wake(f[MANY - 1 - i]);
		lab_run(lab);
		fibers_census(lab->fibers, &c);
		assert_int_equal(c.live, 0);
		assert_int_equal(c.pooled, 1024);
	}
	free(f);
}

static unsigned
pooled(struct lab *lab)
{
	struct fiber_census c;

	fibers_census(lab->fibers, &c);
	return c.pooled;
}

/* Ten at a time out of five hundred: the others are not kept for long. */
static void
the_pool_follows_the_load(void **state)
{
	struct lab *lab = *state;
	int i, round;

	for (i = 0; i < 500; i++)
		start(lab, "crowd", says_nothing, NULL);
	lab_run(lab);
	assert_int_equal(pooled(lab), 500);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < 490; i++)
			start(lab, "again", says_nothing, NULL);
		lab_run(lab);
		fibers_tidy(lab->fibers, 1);
	}
	assert_int_equal(pooled(lab), 490);
	fibers_tidy(lab->fibers, 1);            /* nobody since the last    */
	assert_in_range(pooled(lab), 64, 300);
	fibers_tidy(lab->fibers, 1);
	fibers_tidy(lab->fibers, 1);
	assert_int_equal(pooled(lab), 64);
}

static void
tags_itself(void *arg)
{
	assert_null(fiber_tag_of(fiber_self()));
	fiber_tag(fiber_self(), arg);
	assert_int_equal(fiber_yield(), 0);
	assert_ptr_equal(fiber_tag_of(fiber_self()), arg);
}

static void
a_tag_stays_with_its_fiber(void **state)
{
	struct lab *lab = *state;

	start(lab, "1", tags_itself, NULL);
	start(lab, "2", tags_itself, NULL);
	lab_run(lab);
	start(lab, "3", tags_itself, NULL);     /* on a used stack          */
	lab_run(lab);
}

/* ---- timers ------------------------------------------------------------ */

struct alarm {
	struct timer timer;
	struct lab  *lab;
	char         name[12];
	usec_t       again;             /* arms itself once more, if not 0  */
};

static void
alarm_fires(struct timer *t)
{
	struct alarm *a = CONTAINER(t, struct alarm, timer);
	usec_t again = a->again;

	note(a->lab, a->name);
	a->again = 0;
	if (again != 0)
		timer_set(a->lab->fibers, t, again);
}

static struct alarm
alarm_of(struct lab *lab, const char *name)
{
	struct alarm a = { .timer = { .fire = alarm_fires }, .lab = lab };

	(void)snprintf(a.name, sizeof a.name, "%s", name);
	return a;
}

static void
equal_moments_fire_in_the_order_armed(void **state)
{
	struct lab *lab = *state;
	struct alarm a = alarm_of(lab, "a"), b = alarm_of(lab, "b"),
	    c = alarm_of(lab, "c"), d = alarm_of(lab, "d");

	timer_set(lab->fibers, &a.timer, 2000);
	timer_set(lab->fibers, &b.timer, 2000);
	timer_set(lab->fibers, &c.timer, 1500);
	timer_set(lab->fibers, &d.timer, 2000);
	timer_set(lab->fibers, &a.timer, 2000);   /* armed anew: the last   */
	timer_stop(lab->fibers, &b.timer);
	timer_stop(lab->fibers, &b.timer);        /* twice is no harm       */
	lab_run(lab);
	assert_string_equal(lab->trail, "c d a");
}

static void
a_timer_armed_while_firing_waits_for_the_next_call(void **state)
{
	struct lab *lab = *state;
	struct alarm a = alarm_of(lab, "a");

	a.again = 900;
	timer_set(lab->fibers, &a.timer, 1000);
	fibers_fire(lab->fibers);
	assert_string_equal(lab->trail, "a");
	assert_int_equal(fibers_next(lab->fibers), lab->clock);
	fibers_fire(lab->fibers);
	assert_string_equal(lab->trail, "a a");
}

static uint32_t
lcg(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 8;
}

static usec_t last_fired;

static void
checks_order(struct timer *t)
{
	assert_true(t->at >= last_fired);
	last_fired = t->at;
}

/* The heap against a plain scan: random arms, moves, stops, fires. */
static void
the_heap_agrees_with_a_scan(void **state)
{
	enum { N = 200 };
	struct lab *lab = *state;
	struct timer *t = calloc(N, sizeof *t);
	uint32_t x = 1;
	size_t i, round;
	usec_t least;

	for (i = 0; i < N; i++)
		t[i].fire = checks_order;
	for (round = 0; round < 20000; round++) {
		i = lcg(&x) % N;
		if (lcg(&x) % 3 == 0)
			timer_stop(lab->fibers, &t[i]);
		else
			timer_set(lab->fibers, &t[i],
			    lab->clock + 1 + (usec_t)(lcg(&x) % 5000));
		for (least = USEC_NEVER, i = 0; i < N; i++)
			if (t[i].slot != 0 && t[i].at < least)
				least = t[i].at;
		assert_int_equal(fibers_next(lab->fibers), least);
		if (round % 50 == 0) {
			lab->clock += 700;
			last_fired = 0;
			fibers_fire(lab->fibers);
			for (i = 0; i < N; i++)
				assert_true(t[i].slot == 0 ||
				    t[i].at > lab->clock);
		}
	}
	for (i = 0; i < N; i++)
		timer_stop(lab->fibers, &t[i]);
	assert_int_equal(fibers_next(lab->fibers), USEC_NEVER);
	free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(fibers_run_in_the_order_they_became_ready),
		CASE(a_started_fiber_runs_after_its_starter),
		CASE(a_yield_waits_for_the_next_round),
		CASE(a_wake_ends_a_park),
		CASE(a_wake_before_the_park_is_not_lost),
		CASE(a_park_ends_at_its_deadline_and_not_before),
		CASE(a_passed_deadline_still_lets_the_others_run),
		CASE(a_wake_does_not_end_a_sleep_but_waits_behind_it),
		CASE(a_cancel_is_sticky),
		CASE(a_cancel_before_the_start_counts),
		CASE(a_cancel_ends_a_sleep),
		CASE(a_cancel_overtakes_a_wake_and_a_deadline),
		CASE(a_firm_park_hears_wakes_only),
		CASE(a_ring_before_the_wait_counts_once),
		CASE(a_stray_wake_is_no_ring),
		CASE(a_ring_at_the_deadline_is_heard),
		CASE(a_join_waits_for_all),
		CASE(a_join_in_its_last_moment_is_in_time),
		CASE(a_join_ends_late_children),
		CASE(a_canceled_parent_still_outwaits_its_children),
		CASE(the_end_of_a_join_ignores_stray_wakes),
		CASE(the_census_knows_the_deepest_stack),
		CASE(the_depth_is_the_fibers_own),
		CASE(trims_keep_what_is_in_use),
		CASE(many_fibers_share_the_pool),
		CASE(a_long_wait_costs_little_more_than_a_page),
		CASE(tidying_survives_the_end_of_its_next_fiber),
		CASE(a_guard_page_lies_below_a_stack),
		CASE(the_pool_follows_the_load),
		CASE(a_tag_stays_with_its_fiber),
		CASE(equal_moments_fire_in_the_order_armed),
		CASE(a_timer_armed_while_firing_waits_for_the_next_call),
		CASE(the_heap_agrees_with_a_scan),
	};

	return cmocka_run_group_tests_name("run fiber", tests, NULL, NULL);
}
