/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bench for tests of run/: fibers under a clock that the test moves, and a
 * trail of words that says what happened in which order.
 */
#ifndef RUN_LAB_H
#define RUN_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"
#include "run/fiber.h"
#include "run/join.h"

struct stream;

struct lab {
	struct fibers *fibers;
	usec_t         clock;
	char           trail[4096];
	struct fiber  *one, *two;
	struct bell    bell;
	struct join    join;
	struct stream *a, *b;
	int            rc;
	void          *more;
};

static inline usec_t
lab_now(void *arg)
{
	return ((struct lab *)arg)->clock;
}

static inline int
lab_open(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	lab->clock = 1000;
	lab->fibers = fibers_new(lab_now, lab);
	lab->join = JOIN_INIT(lab->fibers);
	*state = lab;
	return 0;
}

static inline int
lab_close(void **state)
{
	struct lab *lab = *state;

	fibers_free(&lab->fibers);
	free(lab);
	return 0;
}

static inline void
note(struct lab *lab, const char *word)
{
	size_t n = strlen(lab->trail);

	(void)snprintf(lab->trail + n, sizeof lab->trail - n, "%s%s",
	    n > 0 ? " " : "", word);
}

/* What a driver does, with a clock that jumps, until nothing is left or the
 * moment `until` has come. */
static inline void
lab_run_until(struct lab *lab, usec_t until)
{
	usec_t next;

	for (;;) {
		fibers_run(lab->fibers);
		next = fibers_next(lab->fibers);
		if (next == USEC_NEVER || next > until)
			return;
		assert_true(next >= lab->clock);
		lab->clock = next;
		fibers_fire(lab->fibers);
	}
}

static inline void
lab_run(struct lab *lab)
{
	lab_run_until(lab, USEC_NEVER - 1);
}

/* All that can happen at this moment. */
static inline void
lab_settle(struct lab *lab)
{
	lab_run_until(lab, lab->clock);
}

static inline unsigned
lab_live(struct lab *lab)
{
	struct fiber_census c;

	fibers_census(lab->fibers, &c);
	return c.live;
}

static inline void
start(struct lab *lab, const char *name, void (*fn)(void *),
    struct fiber **out)
{
	assert_int_equal(fiber_start(lab->fibers, name, fn, lab, out), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, lab_open, lab_close)

#endif
