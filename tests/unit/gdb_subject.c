/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What test_run_gdb.sh looks at: two fibers that wait, one behind the other
 * in functions with names of their own, and a third that stops the process.
 */
#include <signal.h>

#include "run/clock.h"
#include "run/fiber.h"

static usec_t
now(void *arg)
{
	(void)arg;
	return clock_now();
}

/* Behind each wait comes a line of its own, so that no call is a jump. */
static __attribute__((noinline)) int
waits_for_godot(int depth)
{
	int rc = depth > 0 ? waits_for_godot(depth - 1) :
	    fiber_park(USEC_NEVER);

	must(rc == 0);
	return rc;
}

static void
estragon(void *arg)
{
	(void)arg;
	must(waits_for_godot(2) == 0);
}

static void
vladimir(void *arg)
{
	struct fiber *other = arg;

	must(fiber_sleep(clock_now() + 3600 * SEC) == 0);
	fiber_wake(other);
}

static void
boy(void *arg)
{
	(void)arg;
	must(raise(SIGTRAP) == 0);
}

int
main(void)
{
	struct fibers *fibers = fibers_new(now, NULL);
	struct fiber *e;

	must(fiber_start(fibers, "estragon", estragon, NULL, &e) == 0);
	must(fiber_start(fibers, "vladimir", vladimir, e, NULL) == 0);
	must(fiber_start(fibers, "boy", boy, NULL, NULL) == 0);
	fibers_run(fibers);
	return 0;
}
