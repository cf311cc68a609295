/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * join - children are waited for, always.
 *
 * Called by: whoever starts fibers on its own behalf (smtp/checks.c for the
 * checks of a session).
 * Always holds: a child is in the list from join_start until its fn has
 * returned; the last one to leave wakes the waiter, if there is one.
 *
 * A child may not start others in its parent's join once join_end waits:
 * they would be born canceled by nobody.
 */
#include <stdlib.h>

#include "base/error.h"
#include "run/join.h"

struct child {
	struct join  *join;
	struct child *prev, *next;
	struct fiber *fiber;
	void        (*fn)(void *);
	void         *arg;
};

static void
unlink_child(struct join *j, struct child *c)
{
	if (c->next != NULL)
		c->next->prev = c->prev;
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		j->children = c->next;
	j->live--;
}

static void
child_main(void *arg)
{
	struct child *c = arg;
	struct join *j = c->join;

	c->fn(c->arg);
	unlink_child(j, c);
	free(c);
	if (j->live == 0 && j->waiter != NULL)
		fiber_wake(j->waiter);
}

int
join_start(struct join *j, const char *name, void (*fn)(void *), void *arg)
{
	struct child *c = calloc(1, sizeof *c);
	int rc;

	if (c == NULL)
		return -E_NOMEM;
	c->join = j;
	c->fn = fn;
	c->arg = arg;
	rc = fiber_start(j->fibers, name, child_main, c, &c->fiber);
	if (rc != 0) {
		free(c);
		return rc;
	}
	c->next = j->children;
	if (c->next != NULL)
		c->next->prev = c;
	j->children = c;
	j->live++;
	return 0;
}

WAITS int
join_run(struct join *j, usec_t deadline)
{
	int rc = 0;

	must(j->waiter == NULL);
	while (j->live > 0 && rc == 0) {
		j->waiter = fiber_self();
		rc = fiber_park(deadline);
		j->waiter = NULL;
	}
	return j->live == 0 ? 0 : rc;
}

void
join_cancel(struct join *j)
{
	struct child *c;

	for (c = j->children; c != NULL; c = c->next)
		fiber_cancel(c->fiber);
}

WAITS void
join_end(struct join *j)
{
	must(j->waiter == NULL);
	join_cancel(j);
	while (j->live > 0) {
		j->waiter = fiber_self();
		fiber_park_firm();
		j->waiter = NULL;
	}
}
