/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run: plays a play. Each scene is a connection of its own to a server of
 * its own (cache of names, board); the clock, the zones' memory (flap)
 * and the mailboxes go on from one scene to the next.
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "sim/outcome.h"
#include "sim/play.h"

/* How scenes ended. */
struct play_tally {
	size_t passed, failed;
	size_t undecided;        /* asked for a name that nobody declared   */
	usec_t virtual;          /* time that passed in the play            */
};

struct play_show {
	/* After each scene, and once for the play as a whole (scene NULL)
	 * when something is expected of it. The outcome is gone afterwards. */
	void (*scene)(void *arg, const struct play *, const struct outcome *);
	void  *arg;
};

/*
 * Plays all scenes. Opens no socket, reads no file, asks no clock.
 * In: show may be NULL. Out: *tally is added to.
 * Owner: log lines and letters seen by show live in the play's arena and
 * world: only during the call.
 */
void play_run(struct play *, const struct play_show *, struct play_tally *);

#endif
