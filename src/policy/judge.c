/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge - from facts to a verdict.
 *
 * Called by: smtp at each stage; every tool that asks "what if".
 * Always holds: the same policy and facts give the same verdict, bit for
 * bit; a refusal is never made by a missing answer; an exception never hurts
 * the sender.
 *
 * One walk over the decision lines serves both questions, "what is it?" and
 * "can a pending fact still change it?":
 *
 *	line -> acts        its condition is true and, for a refusal, sure
 *	     -> in doubt    a refusal that something above might prevent
 *	     -> possible    it may yet decide, for something milder
 *	     -> silenced    it would act but for an exception: it bounds what
 *	                    may follow
 *	     -> nothing
 *
 * then the thresholds: refuse, hold, junk.
 *
 * Source: language.md "Sum", "A refusal must be certain", "Order",
 * "Exceptions".
 */
#include "policy/lines.h"

#include <string.h>

#include "policy/text.h"

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

static bool
action_refuses(enum action a)
{
	return a == ACT_REFUSE || a == ACT_DROP || a == ACT_TRAP;
}

static bool
rule_hurts(const struct rule *r)
{
	return !r->is_pass && r->action != ACT_ACCEPT;
}

/* Greylisting is at rcpt only: at eom such a line does not exist. */
static bool
rule_is_read(const struct walk *w, const struct rule *r)
{
	if (r->stage > w->stage || (int)r->stage <= w->skipped)
		return false;
	return r->is_pass || r->action != ACT_GREYLIST || w->stage == ST_RCPT;
}

static struct range
rule_eval(const struct walk *w, const struct rule *r, unsigned excused,
    unsigned veiled)
{
	struct view v = {
		.facts = w->f,
		.excused = excused,
		.veiled = veiled,
		.wavering = w->e.wavering,
		.hurts = rule_hurts(r),
		.is_bounds = w->is_bounds,
	};

	return cond_eval(r->cond, &v);
}

/* Whether a refusal that holds is certain too, with these excused. */
static bool
rule_is_certain(struct walk *w, const struct rule *r, unsigned excused)
{
	struct range k = rule_eval(w, r, excused, w->e.veiled_now);

	if (!range_is_fixed(k))
		w->moves = true;
	return k.min.now == K_TRUE && !w->is_milder_possible &&
	    (int)r->stage > w->skippable;
}

static void
rule_is_possible(struct walk *w, const struct rule *r)
{
	if (r->is_pass) {
		if ((int)r->stage > w->skippable)
			w->skippable = (int)r->stage;
	} else if (r->action != ACT_REFUSE && r->action != ACT_DROP)
		w->is_milder_possible = true;
}

/* The line as it would be without any exception: it still bounds; a trap that
 * would have been in doubt stays possible. */
static void
rule_without_exceptions(struct walk *w, const struct rule *r)
{
	struct range k = rule_eval(w, r, 0, 0);

	if (!range_is_fixed(k))
		w->moves = true;
	if (k.min.now == K_TRUE && r->action == ACT_TRAP &&
	    !rule_is_certain(w, r, 0))
		w->is_milder_possible = true;
	else if (k.min.now == K_TRUE) {
		if (w->silenced == NULL || r->action < w->silenced->action)
			w->silenced = r;
	} else if (k.min.hi == K_TRUE)
		rule_is_possible(w, r);
}

static void
rule_acts(struct walk *w, const struct rule *r)
{
	if (r->is_pass) {
		w->skipped = (int)r->stage;
		return;
	}
	if (!action_refuses(r->action) || rule_is_certain(w, r,
	    w->e.excused)) {
		w->decision = r;
		return;
	}
	if (!w->has_doubt)
		w->doubted = r;
	w->has_doubt = true;
	if (r->action == ACT_TRAP)
		w->is_milder_possible = true;
}

/* One line. It ends the walk by setting decision or, in bounds, moves. */
static void
rule_walk(struct walk *w, const struct rule *r)
{
	struct range k = rule_eval(w, r, w->e.excused, 0);

	if (!range_is_fixed(k))
		w->moves = true;
	if (k.min.now == K_TRUE)
		rule_acts(w, r);
	else if (rule_hurts(r) && w->e.excused != 0)
		rule_without_exceptions(w, r);
	else if (k.min.hi == K_TRUE)
		rule_is_possible(w, r);
}

static void
walk_open(struct walk *w, const struct policy *p, const struct facts *f,
    enum stage stage, bool is_bounds)
{
	*w = (struct walk){ .p = p, .f = f, .stage = stage,
		.is_bounds = is_bounds, .skipped = -1, .skippable = -1 };
	exceptions_judge(p, f, is_bounds, &w->e);
}

static void
walk_rules(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->p->rule_count; i++) {
		const struct rule *r = &w->p->rules[i];

		if (rule_is_read(w, r))
			rule_walk(w, r);
		if (w->decision != NULL || w->moves)
			return;
	}
}

/*
 * At connect, helo and mail only a drop acts, and only when no other decision
 * at all was possible before it: any line that is not plainly false ends it.
 */
static void
walk_drops(struct walk *w)
{
	size_t i;

	for (i = 0; i < w->p->rule_count; i++) {
		const struct rule *r = &w->p->rules[i];
		struct range k;

		if (r->stage > w->stage)
			continue;
		k = rule_eval(w, r, 0, 0);
		if (!range_is_fixed(k))
			w->moves = true;
		if (w->moves)
			return;
		if (k.min.hi != K_TRUE)
			continue;
		if (r->action == ACT_DROP && !r->is_pass)
			rule_walk(w, r);
		return;
	}
}

/* --- thresholds ----------------------------------------------------------- */

struct sums {
	struct interval now, low_now, low;
};

static void
sums_judge(const struct walk *w, struct sums *s)
{
	s->now = policy_sum(w->p, w->f, &w->e, SUM_NOW, w->is_bounds);
	s->low_now = policy_sum(w->p, w->f, &w->e, SUM_LOW_NOW, w->is_bounds);
	s->low = policy_sum(w->p, w->f, &w->e, SUM_LOW, w->is_bounds);
}

/* Yes, no, or it hangs on a pending fact. */
enum answer3 { NO, YES, OPEN };

static enum answer3
reaches(struct interval n, int64_t at)
{
	return n.low >= at ? YES : n.high >= at ? OPEN : NO;
}

/* The threshold stands: certain, and nothing milder was possible. */
static enum answer3
refusal_stands(const struct walk *w, const struct sums *s)
{
	const struct limit *l = &w->p->limits[LM_REFUSE];
	enum answer3 low, early = NO;

	if (!l->is_set || w->is_milder_possible)
		return NO;
	if (w->stage == ST_RCPT) {
		if (w->skipped >= 0 || w->skippable >= 0)
			return NO;
		early = reaches((struct interval){ s->low_now.low,
		    s->now.high }, l->early);
	}
	/* low and low-now never exceed the score: its high end bounds them. */
	low = reaches((struct interval){ s->low.low, s->now.high }, l->at);
	if (!w->is_bounds)
		return s->low.low >= l->at || (w->stage == ST_RCPT &&
		    s->low_now.low >= l->early) ? YES : NO;
	if (low == YES || early == YES)
		return YES;
	return low == OPEN || early == OPEN ? OPEN : NO;
}

static enum answer3
limit_reached(const struct walk *w, const struct sums *s, enum limit_kind k)
{
	const struct limit *l = &w->p->limits[k];

	return l->is_set ? reaches(s->now, l->at) : NO;
}

/* --- the verdict ---------------------------------------------------------- */

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

/* The codes of one list that hit; all but the highest count nothing. */
static int64_t
parts_list(struct parts *ps, const struct weight *w, const struct walk *wk,
    struct arena *a)
{
	struct part *best = NULL, *p;
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
		p->is_shadowed = true;
		if (best == NULL || p->points > best->points)
			best = p;
	}
	if (best == NULL)
		return 0;
	for (p = ps->part + ps->count; p-- > ps->part &&
	    p->list == w->list;)
		if (p != best)
			p->points = 0;
	best->is_shadowed = false;
	return best->points;
}

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

/* --- is it settled? ------------------------------------------------------- */

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
