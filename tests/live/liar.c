/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * liar - posternd_liar: the daemon, but that it says 250 before the commit.
 *
 * The linker puts these functions in front of the real ones (--wrap). What
 * was prepared is committed a moment later by a fiber of its own, so that all
 * mail arrives as long as nobody is killed: then the auditor must miss some
 * of it, or it would see nothing in the real daemon either.
 *
 * Called by: tests/live/kill.py.
 */
#include "config.h"

#include <stdlib.h>

#include "deliver/handoff.h"
#include "run/fiber.h"

#define LATE (100 * MSEC)

struct fibers *__real_fibers_new(usec_t (*)(void *), void *);
struct fibers *__wrap_fibers_new(usec_t (*)(void *), void *);
int __real_store_commit(struct store *, struct receipt **);
int __wrap_store_commit(struct store *, struct receipt **);

/* The gate makes one; store_commit is not told of it. */
static struct fibers *fibers;

struct promise {
	struct store   *store;
	struct receipt *receipt;
};

struct fibers *
__wrap_fibers_new(usec_t (*now)(void *), void *arg)
{
	fibers = __real_fibers_new(now, arg);
	return fibers;
}

static void
keep_it(void *arg)
{
	struct promise *p = arg;

	(void)fiber_sleep(fibers_now(fibers) + LATE);
	(void)__real_store_commit(p->store, &p->receipt);
	free(p);
}

int
__wrap_store_commit(struct store *store, struct receipt **receipt)
{
	struct promise *p;

	/* A process that only stores has no fibers, and tells the truth. */
	if (fiber_self() == NULL)
		return __real_store_commit(store, receipt);
	p = calloc(1, sizeof *p);
	must(p != NULL);
	*p = (struct promise){ store, *receipt };
	*receipt = NULL;
	if (fiber_start(fibers, "liar", keep_it, p, NULL) != 0)
		keep_it(p);
	return 0;
}
