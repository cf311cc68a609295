/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check: what runs the filters of one session, for smtp/judge.c.
 *
 * A desk holds what all checks of a session see. desk_start begins a stage:
 * its facts become pending, each interested filter states what it can at
 * once, one child is started for each that must wait. The bell rings
 * whenever a fact has changed.
 *
 * The life of facts is the session's: facts_forget before HELO, MAIL and
 * RCPT come again, then desk_start. Facts of a stage that was started are
 * never FS_LATER, but for those of a list whose other subjects are still to
 * come.
 */
#ifndef FILTERS_CHECK_H
#define FILTERS_CHECK_H

#include "filters/filter.h"
#include "run/join.h"
#include "run/tls.h"
#include "run/world.h"

struct desk {
	struct world        *world;
	struct facts        *facts;
	const int           *base;       /* of filters_declare               */
	struct list *const  *lists;
	size_t               list_count;
	const unsigned      *slots;      /* of health_slots; NULL: nobody
	                                    watches, all are believed        */
	unsigned             row;        /* of the board                     */
	struct budget        budget;     /* DNS questions of the session     */
	struct bell         *bell;       /* may be NULL                      */
	usec_t               accepted;   /* moment, for struct fact.msec     */
	struct client        client;
	struct tls_facts     tls;        /* version empty: in clear          */
	struct str           host;
	const struct str    *ours;       /* domains of ours                  */
	size_t               ours_count;
	struct str           helo;
	const struct path   *sender;
	const struct path   *rcpt;
	const struct body   *body;
	const struct header *header;     /* NULL: could not be read          */
	const bool          *early;      /* by number of the fact: it is read
	                                    before the message (policy_early);
	                                    NULL: all are                    */
	struct check        *waiters;    /* ours: those in fact_wait         */
};

/* One running stage: its children and what they may allocate from. Zero it
 * before its first use. */
struct stage_run {
	struct join   join;
	struct desk  *desk;
	struct arena *arena;     /* where texts of facts live                */
	struct arena *scratch;   /* NULL while nobody needs one              */
	enum stage    stage;
	struct authors   *authors;  /* of ST_EOM, once somebody asked         */
	struct auth_note *notes;    /* results, as they were given            */
	unsigned      telling;   /* children whose results are waited for    */
	bool          is_started;
	uint32_t      deferred;  /* bits: filters that wait for desk_resume   */
};

/*
 * Starts the checks of a stage, but for those that may wait and that nobody
 * wants yet: their facts stay FS_LATER. A filter whose work needs no wait is done on
 * return; RCPT has no other, so it may be started again for each recipient.
 * In: arena, where facts' texts live: of the session for connect and helo, of
 * the transaction else; run zeroed or ended.
 * Returns 0, or -E_NOMEM when a check found no stack: its facts are unknown,
 * the others run.
 */
int desk_start(struct desk *, enum stage, struct arena *, struct stage_run *);

/* The message comes: starts what was deferred in an earlier stage. Nothing
 * happens when the run was not started. Returns as desk_start. */
int desk_resume(struct desk *, struct stage_run *);

/* Cancels what still runs and waits for it; its facts become unknown.
 * Nothing happens when the run was not started. */
WAITS void desk_end(struct desk *, struct stage_run *);

/* Whether a check of this stage still works. */
bool desk_is_busy(const struct stage_run *);

/* Whether one of them will have results. The bell rings when it has ended. */
bool desk_is_telling(const struct stage_run *);

/* The results that filters gave in these runs (none NULL, all started), in
 * the order of filters, then of runs, then of calls. Owner: the arena; the
 * texts are those of the runs. Returns how many. */
size_t desk_results(const struct stage_run *const runs[], size_t n,
    struct arena *, struct str **results);

/*
 * What only the dialogue sees. "early" (bytes before the banner),
 * "early.pipelining" and "early.nonsmtp" are false from connect on until the
 * session notes otherwise. In: the name of a truth.
 */
void desk_note(struct desk *, const char *name, bool);

#endif
