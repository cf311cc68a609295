/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock: the one place that asks the system for the time.
 *
 * It also defines time() for the whole program, so that libopendkim and
 * libspf2 see the world's clock: clock_follow names the world to ask.
 */
#ifndef RUN_CLOCK_H
#define RUN_CLOCK_H

#include "run/world.h"

usec_t clock_now(void);        /* CLOCK_MONOTONIC                         */
usec_t clock_wall(void);       /* CLOCK_REALTIME                          */
usec_t clock_cpu(void);        /* CPU time of this process                */

/* From now on time() gives that world's wall clock; NULL: the system's. */
void clock_follow(struct world *);

/* Bytes from getrandom. For world.random of the real world. */
void clock_random(void *buf, size_t n);

#endif
