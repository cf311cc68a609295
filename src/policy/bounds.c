/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bounds - exceptions and sums, each with the interval it can still reach.
 *
 * Called by: judge.c, for the score, low and low-now, and for the question
 * whether waiting can still matter.
 * Always holds: low <= low-now <= score; the parts that judge.c lists add up
 * to the score because both go through weight_interval and group_clamp.
 *
 * Every line stands for itself: an open one counts from the lower of 0 and
 * its points to the higher; a list from the maximum of its certain codes, or
 * from the lower of 0 and its open codes (with `sum` each code for itself); a
 * group clamps both ends.
 *
 * Source: language.md "Sum", "A refusal must be certain", "Exceptions".
 */
#include "policy/lines.h"

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* --- exceptions ----------------------------------------------------------- */

static void
exception_judge(const struct trust *t, struct view *v, struct exceptions *e)
{
	struct range r;

	v->open_later = true;
	r = cond_eval(t->cond, v);
	if (!range_is_fixed(r)) {
		e->wavering |= t->families;
		return;
	}
	if (r.min.now == K_TRUE) {
		e->excused |= t->families;
		return;
	}
	if (r.min.hi == K_TRUE)
		e->veiled_low |= t->families;
	v->open_later = false;
	r = cond_eval(t->cond, v);
	if (r.min.hi == K_TRUE)
		e->veiled_now |= t->families;
}

void
exceptions_judge(const struct policy *p, const struct facts *f,
    bool is_bounds, struct exceptions *e)
{
	struct view v = { .facts = f, .is_bounds = is_bounds };
	size_t i;

	*e = (struct exceptions){ 0 };
	for (i = 0; i < p->trust_count; i++)
		if (f->now < p->trusts[i].until)
			exception_judge(&p->trusts[i], &v, e);
}

/* --- points --------------------------------------------------------------- */

struct view
weight_view(const struct facts *f, const struct exceptions *e, int64_t points,
    enum sum sum, bool is_bounds)
{
	return (struct view){
		.facts = f,
		.excused = e->excused,
		.veiled = sum == SUM_LOW ? e->veiled_low :
		    sum == SUM_LOW_NOW ? e->veiled_now : 0,
		.wavering = e->wavering,
		.hurts = points > 0,
		.open_later = sum == SUM_LOW,
		.is_bounds = is_bounds,
	};
}

/* Sure to count, or able to, under one of the three sums. */
struct reach {
	bool surely, perhaps;
};

static struct reach
reach_of(struct range r, enum sum sum)
{
	if (sum == SUM_NOW)
		return (struct reach){ r.min.now == K_TRUE,
			r.max.now == K_TRUE };
	return (struct reach){ r.min.lo == K_TRUE, r.max.hi == K_TRUE };
}

bool
code_is_first(const struct list *l, size_t code)
{
	size_t i;

	for (i = 0; i < code; i++)
		if (l->codes[i].fact == l->codes[code].fact)
			return false;
	return true;
}

struct range
code_eval(const struct weight *w, size_t code, const struct facts *f,
    const struct exceptions *e, enum sum sum, bool is_bounds)
{
	struct view v = weight_view(f, e, w->code_points[code], sum,
	    is_bounds);
	struct cond named = { .kind = CD_TEST,
		.test = { .fact = w->list->codes[code].fact,
			.op = OP_TRUTH } };
	struct cond both;

	if (w->cond == NULL)
		return cond_eval(&named, &v);
	both = (struct cond){ .kind = CD_AND, .a = &named, .b = w->cond };
	return cond_eval(&both, &v);
}

/* A list that is out for over an hour counts as one without codes: else whoever
 * depends on it would be judged in doubt for as long as it stays away. */
static bool
code_is_gone(const struct list *l, size_t code, const struct facts *f)
{
	const struct fact *fact = &f->fact[l->codes[code].fact];

	return fact->status == FS_UNKNOWN && fact->why == WHY_GONE;
}

/* Codes of a list, those that surely count and those that may. */
struct codes {
	bool            any_sure;
	int64_t         highest;     /* of the sure ones                     */
	int64_t         sum;
	struct interval open;        /* the lowest and highest open one, and 0 */
	struct interval open_sum;
};

static void
codes_add(struct codes *c, int64_t points, struct reach r)
{
	if (r.surely) {
		c->highest = c->any_sure ? most(c->highest, points) : points;
		c->any_sure = true;
		c->sum += points;
	} else if (r.perhaps) {
		c->open.low = least(c->open.low, points);
		c->open.high = most(c->open.high, points);
		c->open_sum.low += least(0, points);
		c->open_sum.high += most(0, points);
	}
}

static struct interval
list_interval(const struct weight *w, const struct facts *f,
    const struct exceptions *e, enum sum sum, bool is_bounds)
{
	struct codes c = { .any_sure = false };
	size_t i;

	for (i = 0; i < w->list->code_count; i++)
		if (code_is_first(w->list, i) && !code_is_gone(w->list, i, f))
			codes_add(&c, w->code_points[i], reach_of(code_eval(w,
			    i, f, e, sum, is_bounds), sum));
	if (w->is_sum)
		return (struct interval){ c.sum + c.open_sum.low,
			c.sum + c.open_sum.high };
	if (!c.any_sure)
		return c.open;
	/* An open code can only raise the maximum of the certain ones. */
	return (struct interval){ c.highest, most(c.highest, c.open.high) };
}

static struct interval
weight_interval(const struct weight *w, const struct facts *f,
    const struct exceptions *e, enum sum sum, bool is_bounds)
{
	struct view v;
	struct reach r;

	if (w->list != NULL)
		return list_interval(w, f, e, sum, is_bounds);
	v = weight_view(f, e, w->points, sum, is_bounds);
	r = reach_of(cond_eval(w->cond, &v), sum);
	if (r.surely)
		return (struct interval){ w->points, w->points };
	if (!r.perhaps)
		return (struct interval){ 0, 0 };
	return (struct interval){ least(0, w->points), most(0, w->points) };
}

static int64_t
group_clamp(const struct group *g, int64_t n)
{
	if (n > g->cap)
		return g->cap;
	return g->has_floor && n < g->floor ? g->floor : n;
}

struct interval
policy_sum(const struct policy *p, const struct facts *f,
    const struct exceptions *e, enum sum sum, bool is_bounds)
{
	struct interval total = { 0, 0 }, in_group = { 0, 0 }, w;
	const struct group *g;
	size_t i;

	for (i = 0; i < p->weight_count; i++) {
		g = p->weights[i].group;
		w = weight_interval(&p->weights[i], f, e, sum, is_bounds);
		if (g == NULL) {
			total.low += w.low;
			total.high += w.high;
			continue;
		}
		in_group.low += w.low;
		in_group.high += w.high;
		if (i + 1 < p->weight_count && p->weights[i + 1].group == g)
			continue;
		total.low += group_clamp(g, in_group.low);
		total.high += group_clamp(g, in_group.high);
		in_group = (struct interval){ 0, 0 };
	}
	return total;
}
