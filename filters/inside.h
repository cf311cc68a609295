/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inside: a running check from inside, for check.c and view.c only.
 */
#ifndef FILTERS_INSIDE_H
#define FILTERS_INSIDE_H

#include "filters/check.h"

struct check {
	struct desk         *desk;
	struct stage_run    *run;
	const struct filter *filter;
	int                  base;       /* number of facts[0]               */
	uint64_t             partial;    /* bit i: fact_partial(i)           */
	usec_t               moment;     /* when it last began to run        */
	struct check        *next;       /* in desk->waiters                 */
	struct fiber        *fiber;      /* of a waiter                      */
	int                  awaited;    /* fact that it waits for           */
};

/* A result that a filter gave for Authentication-Results. */
struct auth_note {
	struct auth_note    *next;   /* in the order they were given        */
	const struct filter *filter;
	struct str           text;
};

#endif
