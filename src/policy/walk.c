/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk - one reading of the decision lines, and where the thresholds stand.
 *
 *	line -> acts        its condition is true and, for a refusal, sure
 *	     -> in doubt    a refusal that something above might prevent
 *	     -> possible    it may yet decide, for something milder
 *	     -> silenced    it would act but for an exception: it bounds what
 *	                    may follow
 *	     -> nothing
 *
 * Called by: judge.c ("what is it?") and settled.c ("can a pending fact still
 * change it?": then every value is a range, and the walk ends with moves set
 * at the first line that a pending fact could turn).
 * Always holds: a refusal is certain only while nothing milder was possible
 * above it; an exception only ever takes harshness away.
 * Source: language.md "A refusal must be certain", "Order", "Exceptions".
 */
#include "policy/walk.h"

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

void
walk_open(struct walk *w, const struct policy *p, const struct facts *f,
    enum stage stage, bool is_bounds)
{
	*w = (struct walk){ .p = p, .f = f, .stage = stage,
		.is_bounds = is_bounds, .skipped = -1, .skippable = -1 };
	exceptions_judge(p, f, is_bounds, &w->e);
}

void
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

void
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

void
sums_judge(const struct walk *w, struct sums *s)
{
	s->now = policy_sum(w->p, w->f, &w->e, SUM_NOW, w->is_bounds);
	s->low_now = policy_sum(w->p, w->f, &w->e, SUM_LOW_NOW, w->is_bounds);
	s->low = policy_sum(w->p, w->f, &w->e, SUM_LOW, w->is_bounds);
}

enum answer3
reaches(struct interval n, int64_t at)
{
	return n.low >= at ? YES : n.high >= at ? OPEN : NO;
}

enum answer3
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

enum answer3
limit_reached(const struct walk *w, const struct sums *s, enum limit_kind k)
{
	const struct limit *l = &w->p->limits[k];

	return l->is_set ? reaches(s->now, l->at) : NO;
}
