/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * world: the simulated outside. Time is a number that jumps to the next
 * timer, randomness comes from a seed, log lines are collected, and nothing
 * leaves the process.
 *
 * names and store are the caller's to fill in.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "base/arena.h"
#include "run/world.h"

struct sim;

/* A line of the log, in the order written. */
struct sim_line {
	enum level level;
	usec_t     at;            /* wall                                   */
	struct str text;          /* without its end                        */
	struct sim_line *next;
};

/*
 * In: wall, the date at which this world begins, in microseconds since 1970.
 * time() follows this world until it is freed (run/clock.h): one at a time.
 * Owner: the caller; no fiber may be left when it is freed.
 */
struct sim *sim_new(usec_t wall, uint64_t seed);
void sim_free(struct sim **);

struct world *sim_world(struct sim *);

/* Begins the row of random numbers anew. */
void sim_seed(struct sim *, uint64_t seed);

/* A board on which nothing is but what is known of lists, in place of the one
 * before. */
void sim_new_board(struct sim *);

/*
 * Runs this world until is_done(arg), or up to the moment `until` (of
 * world_now), at which its clock then stands. is_done NULL: up to `until`,
 * or with USEC_NEVER until nothing is left that could happen.
 * Returns 0; -E_TIMEOUT: `until` came before is_done; -E_NOTFOUND: somebody
 * waits for something that cannot come any more (there is no timer).
 */
int sim_run(struct sim *, bool (*is_done)(void *), void *arg, usec_t until);

/* Lines written so far; they live as long as the world. */
const struct sim_line *sim_log(const struct sim *);

#endif
