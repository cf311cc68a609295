/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * world - a clock that is only a number, and what hangs on it.
 *
 * Called by: sim/run.c, once a play; unit tests.
 * Always holds: the clock moves in sim_run alone, never backwards, and only
 * when every fiber waits; so what a session does takes no time at all, and
 * what it waits for takes exactly as long as the play says. Together with
 * the fixed order of run/fiber.h that is promise P10: same input, same
 * transcript.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/table.h"
#include "run/board.h"
#include "run/clock.h"
#include "sim/world.h"

/* Not 0: a moment that was forgotten to be set must not look like now; and a
 * day ago was a moment too. */
#define BEGINNING (30 * 86400 * SEC)

struct sim {
	struct world     world;     /* first: the functions below cast      */
	struct sink      sink;
	usec_t           now;
	usec_t           offset;    /* wall - now                           */
	struct sipkey    seed;
	uint64_t         drawn;     /* random blocks so far                 */
	struct arena    *arena;
	struct sim_line *first, **last;
};

static usec_t
sim_now(struct world *w)
{
	return CONTAINER(w, struct sim, world)->now;
}

static usec_t
sim_wall(struct world *w)
{
	struct sim *s = CONTAINER(w, struct sim, world);

	return s->now + s->offset;
}

static usec_t
fibers_clock(void *arg)
{
	return ((struct sim *)arg)->now;
}

/* A counter under SipHash: as good as the tests need, and the same row for
 * the same seed on every machine. */
static void
sim_random(struct world *w, void *buf, size_t n)
{
	struct sim *s = CONTAINER(w, struct sim, world);
	uint8_t *out = buf, block[8];
	uint64_t r;
	size_t i, take;

	while (n > 0) {
		s->drawn++;
		r = siphash(s->seed, &s->drawn, sizeof s->drawn);
		for (i = 0; i < sizeof block; i++)
			block[i] = (uint8_t)(r >> (8 * i));
		take = n < sizeof block ? n : sizeof block;
		memcpy(out, block, take);
		out += take;
		n -= take;
	}
}

static void
sim_write(struct sink *sink, enum level level, struct str line)
{
	struct sim *s = CONTAINER(sink, struct sim, sink);
	struct sim_line *l = arena_alloc(s->arena, sizeof *l);

	while (line.len > 0 && line.p[line.len - 1] == '\n')
		line.len--;
	l->level = level;
	l->at = s->now + s->offset;
	l->text = arena_str(s->arena, line);
	*s->last = l;
	s->last = &l->next;
}

/* Its key is a number of this world, like all that is drawn in it. */
void
sim_new_board(struct sim *s)
{
	struct board *old = s->world.board;

	s->world.board = board_new_keyed(s->seed);
	if (old != NULL)
		board_lists_copy(s->world.board, old);
	board_free(&old);
}

struct sim *
sim_new(usec_t wall, uint64_t seed)
{
	struct sim *s = calloc(1, sizeof *s);

	must(s != NULL);
	s->arena = arena_new(0);
	s->last = &s->first;
	s->now = BEGINNING;
	s->offset = wall - BEGINNING;
	s->sink.write = sim_write;
	s->world.now = sim_now;
	s->world.wall = sim_wall;
	s->world.random = sim_random;
	s->world.fibers = fibers_new(fibers_clock, s);
	s->world.log = &s->sink;
	sim_seed(s, seed);
	sim_new_board(s);
	clock_follow(&s->world);
	return s;
}

void
sim_free(struct sim **s)
{
	if (*s == NULL)
		return;
	clock_follow(NULL);
	fibers_free(&(*s)->world.fibers);
	board_free(&(*s)->world.board);
	arena_free(&(*s)->arena);
	free(*s);
	*s = NULL;
}

struct world *
sim_world(struct sim *s)
{
	return &s->world;
}

void
sim_seed(struct sim *s, uint64_t seed)
{
	s->seed = (struct sipkey){ seed, 0x706f737465726e21 };
	s->drawn = 0;
}

int
sim_run(struct sim *s, bool (*is_done)(void *), void *arg, usec_t until)
{
	struct fibers *f = s->world.fibers;
	usec_t next;

	for (;;) {
		fibers_run(f);
		if (is_done != NULL && is_done(arg))
			return 0;
		next = fibers_next(f);
		if (next == USEC_NEVER && is_done != NULL)
			return -E_NOTFOUND;
		if (next > until || next == USEC_NEVER) {
			if (until > s->now && until != USEC_NEVER)
				s->now = until;
			return is_done == NULL ? 0 : -E_TIMEOUT;
		}
		if (next > s->now)
			s->now = next;
		fibers_fire(f);
	}
}

const struct sim_line *
sim_log(const struct sim *s)
{
	return s->first;
}
