/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk: one reading of a policy's decision lines, and its thresholds; for
 * judge.c and settled.c, which ask the same walk two questions.
 */
#ifndef POLICY_WALK_H
#define POLICY_WALK_H

#include "policy/lines.h"

/* What the walk has seen so far. */
struct walk {
	const struct policy    *p;
	const struct facts     *f;
	enum stage              stage;
	struct exceptions       e;
	bool                    is_bounds;
	bool                    moves;       /* a pending fact matters here  */
	int                     skipped;     /* last stage that a pass skips */
	int                     skippable;   /* that a pass may yet skip     */
	bool                    is_milder_possible;
	bool                    has_doubt;
	const struct rule      *doubted;     /* the first refusal in doubt   */
	const struct rule      *silenced;    /* mildest line that only an
	                                        exception silences          */
	const struct rule      *decision;
};

/* In: is_bounds asks what pending facts can still change. */
void walk_open(struct walk *, const struct policy *, const struct facts *,
    enum stage, bool is_bounds);

/* At rcpt and eom: to the line that decides, or to the end. */
void walk_rules(struct walk *);

/*
 * At connect, helo and mail only a drop acts, and only when no other decision
 * at all was possible before it: any line that is not plainly false ends it.
 */
void walk_drops(struct walk *);

struct sums {
	struct interval now, low_now, low;
};

void sums_judge(const struct walk *, struct sums *);

/* Yes, no, or it hangs on a pending fact. */
enum answer3 { NO, YES, OPEN };

enum answer3 reaches(struct interval, int64_t at);

/* The threshold stands: certain, and nothing milder was possible. */
enum answer3 refusal_stands(const struct walk *, const struct sums *);
enum answer3 limit_reached(const struct walk *, const struct sums *,
    enum limit_kind);

#endif
