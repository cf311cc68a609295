/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check: what runs the filters of one session, for smtp/stage.c.
 *
 * A desk holds what all checks of a session see. desk_start begins a stage:
 * facts of the stage become pending, one child is started for each
 * interested filter, and each commits its facts. The bell rings whenever a
 * fact has changed.
 */
#ifndef FILTERS_CHECK_H
#define FILTERS_CHECK_H

#include "filters/filter.h"
#include "run/join.h"
#include "run/world.h"

struct desk {
	struct world        *world;
	struct facts        *facts;
	const int           *base;       /* of filters_declare               */
	struct list *const  *lists;
	size_t               list_count;
	struct budget        budget;     /* DNS questions of the session     */
	struct bell         *bell;
	usec_t               accepted;   /* moment, for struct fact.msec     */
	struct client        client;
	struct str           host;
	const struct str    *ours;       /* domains of ours                  */
	size_t               ours_count;
	struct str           helo;
	const struct path   *sender;
	const struct path   *rcpt;
	const struct body   *body;
	const struct header *header;
};

/* One running stage: its children and what they may allocate from. */
struct stage_run {
	struct join   join;
	struct arena *arena;
	struct check *checks;    /* one for each filter of the stage         */
	size_t        count;
	enum stage    stage;
	bool          is_started;
};

/*
 * Starts the checks of a stage. A filter whose work needs no wait is done on
 * return. In: arena, where facts' texts live: of the session for connect
 * and helo, of the transaction else.
 */
int desk_start(struct desk *, enum stage, struct arena *, struct stage_run *);

/* Cancels what still runs and waits for it; its facts become unknown. */
WAITS void desk_end(struct desk *, struct stage_run *);

/* Whether a fact of this stage is still pending. */
bool desk_is_busy(const struct stage_run *);

#endif
