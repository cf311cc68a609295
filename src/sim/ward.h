/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ward: who looks after the lists of a play.
 *
 * A list is watched when the play has a zone of exactly its name; of another
 * the play says nothing, so it is well. Without any that is watched nobody
 * looks after lists, and all are believed.
 */
#ifndef SIM_WARD_H
#define SIM_WARD_H

#include "keeper/doctor.h"
#include "sim/play.h"
#include "sim/world.h"

/* The house opens so long before the play's clock: when the first scene
 * begins, the first round is over. */
#define WARD_EARLY HEALTH_FIRST

struct ward {
	struct play     *play;
	struct world    *world;
	struct upstream *upstream;   /* the same zones, asked by nobody else */
	struct names    *names;
	struct doctor   *doctor;     /* NULL: nobody looks after lists       */
	unsigned        *slots;      /* for servers; NULL: all are believed  */
};

/* Whether any list of the play is watched. */
bool ward_is_needed(struct play *);

/* In: start, the moment at which the play begins, not yet come. Its row is
 * the first of the board. */
void ward_open(struct ward *, struct play *, struct world *, usec_t start);

/* On a new board, which has the lists of the one before: its row again. */
void ward_move(struct ward *);

/* What a list is like now, for `expect list`. Owner: the arena. */
const struct list_seen *ward_look(const struct ward *, struct arena *,
    size_t *count);

WAITS void ward_close(struct ward *);

#endif
