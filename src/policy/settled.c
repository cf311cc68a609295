/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * settled - can a pending fact still change the verdict?
 *
 * Called by: smtp/judge.c, whenever facts have come, to stop waiting early.
 * Always holds: "settled" is said only when action, deciding line, reply text
 * and, for a refusal by threshold, its reasons are the same for every outcome
 * of the pending facts, never coming included. The other way round it errs:
 * bounds are wide where one fact is tested twice.
 * Source: language.md "Sum" (the early end of waiting).
 */
#include "policy/text.h"
#include "policy/walk.h"

/* One more part of a refusal by sum might come: could it be a reason? With
 * equal points the first declared is named; waiting is the safe answer. */
static bool
part_outranks(const struct verdict *v, int64_t points)
{
	if (points <= 0)
		return false;
	return v->reason_count < 2 || points >= v->reason[1]->points;
}

static bool
may_come(struct range r)
{
	return r.min.now != K_TRUE && r.max.now == K_TRUE;
}

static bool
weight_may_reason(const struct walk *w, const struct weight *wt,
    const struct verdict *v)
{
	struct view view;
	size_t i;

	if (wt->list == NULL) {
		view = weight_view(w->f, &w->e, wt->points, SUM_NOW, true);
		return may_come(cond_eval(wt->cond, &view)) &&
		    part_outranks(v, wt->points);
	}
	for (i = 0; i < wt->list->code_count; i++)
		if (code_is_first(wt->list, i) && may_come(code_eval(wt, i,
		    w->f, &w->e, SUM_NOW, true)) &&
		    part_outranks(v, wt->code_points[i]))
			return true;
	return false;
}

/* Whether the reasons named now stay the same for every outcome. */
static bool
reasons_are_settled(const struct walk *w, const struct facts *f,
    enum stage stage, struct arena *a)
{
	struct verdict v;
	size_t i;

	policy_judge(w->p, f, stage, a, &v);
	for (i = 0; i < w->p->weight_count; i++)
		if (weight_may_reason(w, &w->p->weights[i], &v))
			return false;
	return true;
}

static bool
text_is_settled(struct str text, const struct facts *f)
{
	struct str name;
	size_t at = 0;

	while (text_next_name(text, &at, &name)) {
		int fact = vocabulary_find(f->vocabulary, name);

		if (f->fact[fact].status == FS_PENDING)
			return false;
	}
	return true;
}

/* At eom: which of refuse, doubt, hold, junk stands is the same for all. */
static bool
limits_are_settled(const struct walk *w, const struct sums *s)
{
	const struct limit *l = &w->p->limits[LM_REFUSE];

	if (l->is_set && reaches(s->now, l->at) != NO &&
	    !(w->is_milder_possible && reaches(s->now, l->at) == YES))
		return false;
	return limit_reached(w, s, LM_HOLD) != OPEN &&
	    limit_reached(w, s, LM_JUNK) != OPEN;
}

static bool
thresholds_are_settled(const struct walk *w, enum stage stage,
    struct arena *a)
{
	struct sums s;

	sums_judge(w, &s);
	switch (refusal_stands(w, &s)) {
	case YES:
		return reasons_are_settled(w, w->f, stage, a);
	case OPEN:
		return false;
	case NO:
		break;
	}
	return stage == ST_RCPT || limits_are_settled(w, &s);
}

static bool
has_pending(const struct facts *f)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (f->fact[i].status == FS_PENDING)
			return true;
	return false;
}

bool
policy_is_settled(const struct policy *p, const struct facts *f,
    enum stage stage, struct arena *a)
{
	struct walk w;

	if (!has_pending(f))
		return true;
	walk_open(&w, p, f, stage, true);
	if (stage < ST_RCPT)
		walk_drops(&w);
	else
		walk_rules(&w);
	if (w.moves)
		return false;
	if (w.silenced != NULL && !text_is_settled(w.silenced->text, f))
		return false;
	if (w.decision != NULL)
		return text_is_settled(w.decision->text, f);
	return stage < ST_RCPT || thresholds_are_settled(&w, stage, a);
}
