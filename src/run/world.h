/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * world: all that the program knows of the outside. Passed, never global.
 *
 * The real one stands on libev, c-ares and the file system (daemon/gate.c
 * makes it); the simulated one has a virtual clock, scripted DNS and
 * mailboxes in memory (sim/world.c). The session runs unchanged in both.
 */
#ifndef RUN_WORLD_H
#define RUN_WORLD_H

#include "base/basic.h"
#include "base/log.h"
#include "run/fiber.h"

struct names;  /* dns/ask.h: questions and answers                        */
struct store;  /* deliver/handoff.h: look-up, prepare, commit             */
struct board;  /* run/board.h: what processes know of each other          */

struct world {
	usec_t (*now)(struct world *);              /* monotonic            */
	usec_t (*wall)(struct world *);             /* since 1970, UTC      */
	void   (*random)(struct world *, void *buf, size_t n);
	struct fibers *fibers;
	struct names  *names;
	struct store  *store;
	struct board  *board;
	struct sink   *log;
	unsigned       ids;      /* names given to sessions so far          */
};

static inline usec_t
world_now(struct world *w)
{
	return w->now(w);
}

static inline usec_t
world_wall(struct world *w)
{
	return w->wall(w);
}

uint64_t world_random(struct world *);

#endif
