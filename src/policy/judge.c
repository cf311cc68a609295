/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge - from facts to a verdict.
 *
 * Called by: smtp at each stage; every tool that asks "what if".
 * Always holds: the same policy and facts give the same verdict, bit for
 * bit; a refusal is never made by a missing answer; an exception never hurts
 * the sender; the parts add up to the score.
 *
 * The decision lines are read first (walk.c), then the thresholds: refuse,
 * hold, junk.
 *
 * Source: language.md "Sum", "A refusal must be certain", "Order",
 * "Exceptions".
 */
#include "policy/text.h"
#include "policy/walk.h"

/* --- the verdict ---------------------------------------------------------- */

/* The reply is expanded at once: the facts may be gone when it is sent. */
static void
verdict_by_rule(struct verdict *v, const struct rule *r, const struct walk *w,
    struct arena *a)
{
	v->action = r->action;
	v->by = r->name;
	v->place = r->place;
	v->code = r->code;
	v->enhanced = r->enhanced;
	v->text = text_expand(r->text, w->f, a);
	v->is_decided = true;
}

static void
verdict_by_limit(struct verdict *v, enum action action, const char *by,
    struct place place)
{
	v->action = action;
	v->by = str_of(by);
	v->place = place;
}

/* Below every threshold: named by the next one up. */
static void
verdict_below(struct verdict *v, const struct policy *p)
{
	static const char *const names[LM_COUNT] = {
		[LM_JUNK] = "junk-at", [LM_HOLD] = "hold-at",
		[LM_REFUSE] = "refuse-at" };
	int k;

	for (k = 0; k < LM_COUNT; k++)
		if (p->limits[k].is_set) {
			verdict_by_limit(v, ACT_ACCEPT, names[k],
			    p->limits[k].place);
			return;
		}
	verdict_by_limit(v, ACT_ACCEPT, "end", (struct place){ 0 });
}

static void
verdict_by_thresholds(struct verdict *v, const struct walk *w,
    const struct sums *s)
{
	const struct limit *l = w->p->limits;

	verdict_below(v, w->p);
	if (refusal_stands(w, s) == YES)
		verdict_by_limit(v, ACT_REFUSE, "refuse-at",
		    l[LM_REFUSE].place);
	else if (w->stage != ST_EOM)
		return;
	else if (limit_reached(w, s, LM_HOLD) == YES)
		verdict_by_limit(v, ACT_HOLD, "hold-at", l[LM_HOLD].place);
	else if (limit_reached(w, s, LM_JUNK) == YES)
		verdict_by_limit(v, ACT_JUNK, "junk-at", l[LM_JUNK].place);
}

/* A refusal that was passed over at eom leaves at least the doubt action. */
static void
verdict_doubt(struct verdict *v, const struct walk *w, const struct sums *s)
{
	const struct limit *l = &w->p->limits[LM_REFUSE];
	bool sum_doubts = w->decision == NULL && l->is_set &&
	    v->action != ACT_REFUSE && s->now.low >= l->at &&
	    !(w->stage == ST_RCPT && w->skipped >= 0);

	v->in_doubt = w->has_doubt || sum_doubts;
	if (!v->in_doubt || w->stage != ST_EOM || v->action >= l->doubt)
		return;
	verdict_by_limit(v, l->doubt, "doubt",
	    w->doubted != NULL ? w->doubted->place : l->place);
	v->code = 0;
	v->enhanced = v->text = (struct str){ 0 };
	v->is_decided = false;
}

/* Nothing harsher than a line that only an exception silences. */
static void
verdict_bound(struct verdict *v, const struct walk *w, struct arena *a)
{
	if (w->silenced != NULL && v->action > w->silenced->action)
		verdict_by_rule(v, w->silenced, w, a);
}

/* --- parts and reasons ---------------------------------------------------- */

/* The parts of the sum being put together, for explain and the reasons. */
struct parts {
	struct part *part;
	size_t       count;
};

/* Room for every score, code and clamp. */
static size_t
parts_room(const struct policy *p)
{
	size_t i, n = 0;

	for (i = 0; i < p->weight_count; i++)
		n += 2 + (p->weights[i].list == NULL ? 0 :
		    p->weights[i].list->code_count);
	return n;
}

static struct part *
parts_add(struct parts *ps, struct str name, int64_t points,
    struct place place)
{
	struct part *p = &ps->part[ps->count++];

	*p = (struct part){ .name = name, .points = points, .place = place };
	return p;
}

/* All but the highest of these parts of a list count nothing. Returns it. */
static int64_t
parts_highest(struct part *first, const struct part *end)
{
	struct part *p, *best = first;

	for (p = first; p < end; p++)
		if (p->points > best->points)
			best = p;
	for (p = first; p < end; p++)
		if (p != best) {
			p->points = 0;
			p->is_shadowed = true;
		}
	return best->points;
}

/* The codes of one list that hit. */
static int64_t
parts_list(struct parts *ps, const struct weight *w, const struct walk *wk,
    struct arena *a)
{
	struct part *p, *first = ps->part + ps->count;
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < w->list->code_count; i++) {
		const struct list_code *c = &w->list->codes[i];

		if (!code_is_first(w->list, i) || code_eval(w, i, wk->f,
		    &wk->e, SUM_NOW, false).min.now != K_TRUE)
			continue;
		p = parts_add(ps, arena_printf(a, "%.*s.%.*s",
		    STR_ARG(w->list->name), STR_ARG(c->name)),
		    w->code_points[i], w->place);
		p->list = w->list;
		p->code = c;
		sum += p->points;
	}
	if (w->is_sum || first == ps->part + ps->count)
		return sum;
	return parts_highest(first, ps->part + ps->count);
}

/* What one line counts; what counts nothing leaves no part. */
static int64_t
parts_weight(struct parts *ps, const struct weight *w, const struct walk *wk,
    struct arena *a)
{
	struct view v;

	if (w->list != NULL)
		return parts_list(ps, w, wk, a);
	v = weight_view(wk->f, &wk->e, w->points, SUM_NOW, false);
	if (cond_eval(w->cond, &v).min.now != K_TRUE)
		return 0;
	parts_add(ps, w->name, w->points, w->place);
	return w->points;
}

/* What the cap took or the floor added is a part too: so they add up. */
static void
parts_clamp(struct parts *ps, const struct group *g, int64_t sum,
    struct arena *a)
{
	int64_t to = sum;

	if (sum > g->cap)
		to = g->cap;
	else if (g->has_floor && sum < g->floor)
		to = g->floor;
	if (to != sum)
		parts_add(ps, arena_printf(a, "group %.*s", STR_ARG(g->name)),
		    to - sum, g->place)->is_clamp = true;
}

static void
parts_judge(const struct walk *w, struct arena *a, struct verdict *v)
{
	struct parts ps = { 0 };
	const struct group *g;
	int64_t sum = 0;
	size_t i;

	ps.part = arena_array(a, parts_room(w->p), sizeof *ps.part);
	for (i = 0; i < w->p->weight_count; i++) {
		g = w->p->weights[i].group;
		sum += parts_weight(&ps, &w->p->weights[i], w, a);
		if (g != NULL && (i + 1 == w->p->weight_count ||
		    w->p->weights[i + 1].group != g)) {
			parts_clamp(&ps, g, sum, a);
			sum = 0;
		} else if (g == NULL)
			sum = 0;
	}
	v->parts = ps.part;
	v->part_count = ps.count;
}

/* The first of equal ones stays: declared order, never that of arrival. */
static void
reasons_judge(struct verdict *v)
{
	size_t i;

	for (i = 0; i < v->part_count; i++) {
		const struct part *p = &v->parts[i];

		if (p->is_clamp || p->points <= 0)
			continue;
		if (v->reason_count == 0 ||
		    p->points > v->reason[0]->points) {
			v->reason[1] = v->reason[0];
			v->reason[0] = p;
		} else if (v->reason_count == 1 ||
		    p->points > v->reason[1]->points)
			v->reason[1] = p;
		else
			continue;
		if (v->reason_count < 2)
			v->reason_count++;
	}
}

/* --- judging -------------------------------------------------------------- */

/* Before RCPT only a drop acts, so the sums cannot decide. */
static void
judge_early(struct walk *w, struct arena *a, struct verdict *v)
{
	walk_drops(w);
	if (w->decision != NULL)
		verdict_by_rule(v, w->decision, w, a);
	else
		verdict_below(v, w->p);
}

static void
judge_full(struct walk *w, const struct sums *s, struct arena *a,
    struct verdict *v)
{
	walk_rules(w);
	if (w->decision != NULL)
		verdict_by_rule(v, w->decision, w, a);
	else
		verdict_by_thresholds(v, w, s);
	verdict_doubt(v, w, s);
	verdict_bound(v, w, a);
}

void
policy_judge(const struct policy *p, const struct facts *f, enum stage stage,
    struct arena *a, struct verdict *v)
{
	struct walk w;
	struct sums s;

	*v = (struct verdict){ .stage = stage };
	walk_open(&w, p, f, stage, false);
	sums_judge(&w, &s);
	v->score = s.now.low;
	v->low = s.low.low;
	v->low_now = s.low_now.low;
	if (stage < ST_RCPT)
		judge_early(&w, a, v);
	else
		judge_full(&w, &s, a, v);
	parts_judge(&w, a, v);
	reasons_judge(v);
	v->would = v->action;
	if (p->observes)
		v->action = ACT_ACCEPT;
}
