/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eval - conditions over facts, in Kleene logic with bounds.
 *
 * Called by: bounds.c for points and exceptions, judge.c for decisions.
 * Always holds: lo <= now <= hi in each value, and min <= max in each range,
 * component by component. A value says what a condition is now and what it
 * may become once temporarily unknown facts are known; a range says both for
 * every outcome of the facts that are still pending.
 *
 * and, or are min, max; not turns a value round and swaps its ends; so
 * conditions are monotone in their tests and the ends are reached. Two tests
 * of one fact count as independent: the bounds are wide, never wrong.
 *
 * Source: language.md "Statuses".
 */
#include "policy/lines.h"

static const struct kleene sure_false = { K_FALSE, K_FALSE, K_FALSE };
static const struct kleene sure_true = { K_TRUE, K_TRUE, K_TRUE };
static const struct kleene sure_unknown = { K_UNKNOWN, K_UNKNOWN, K_UNKNOWN };
static const struct kleene open = { K_FALSE, K_UNKNOWN, K_TRUE };
/* Ignorance that holds now, and would not if the answer came. */
static const struct kleene open_true = { K_FALSE, K_TRUE, K_TRUE };
static const struct kleene open_false = { K_FALSE, K_FALSE, K_TRUE };

static struct range
just(struct kleene k)
{
	return (struct range){ k, k };
}

static struct range
just_truth(bool t)
{
	return just(t ? sure_true : sure_false);
}

/* --- one known value against what is written ------------------------------ */

static bool
text_matches(const struct test *t, enum fact_type type, struct str text)
{
	size_t i;

	if (t->members != NULL)
		return image_has_text(&t->members->image, text);
	for (i = 0; i < t->count; i++) {
		struct str want = t->literals[i].text;

		if (t->op == OP_LIKE ? str_glob(want, text) :
		    type == FT_TEXT ? str_eq(want, text) :
		    str_eq_case(want, text))
			return true;
	}
	return false;
}

static bool
ip_matches(const struct test *t, struct ip ip)
{
	size_t i;

	if (t->members != NULL)
		return image_has_ip(&t->members->image, ip);
	for (i = 0; i < t->count; i++)
		if (net_has(t->literals[i].net, ip))
			return true;
	return false;
}

static bool
word_matches(const struct test *t, int word)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->literals[i].word == word)
			return true;
	return false;
}

static bool
number_matches(const struct test *t, int64_t n)
{
	int64_t want = t->literals[0].number;
	size_t i;

	switch (t->op) {
	case OP_LT:
		return n < want;
	case OP_LE:
		return n <= want;
	case OP_GT:
		return n > want;
	case OP_GE:
		return n >= want;
	case OP_TRUTH:
	case OP_EQ:
	case OP_NE:
	case OP_IN:
	case OP_ALL_IN:
	case OP_LIKE:
	case OP_UNKNOWN:
		break;
	}
	for (i = 0; i < t->count; i++)
		if (t->literals[i].number == n)
			return true;
	return false;
}

/* Members of a set: any of them, or with `all in` every one. While more may
 * come, only what cannot change is sure. */
static struct range
set_matches(const struct test *t, const struct fact *f)
{
	bool all = t->is_all;
	size_t i;

	for (i = 0; i < f->set.count; i++)
		if (text_matches(t, FT_SET, f->set.member[i]) != all)
			return just_truth(!all);
	if (f->is_partial)
		return just(open);
	return just_truth(all && f->set.count > 0);
}

static struct range
known_matches(const struct test *t, const struct fact_decl *d,
    const struct fact *f)
{
	bool is = false;

	switch (d->type) {
	case FT_TRUTH:
		is = f->truth;
		break;
	case FT_NUMBER:
		is = number_matches(t, f->number);
		break;
	case FT_TEXT:
	case FT_NAME:
	case FT_MAIL:
		is = text_matches(t, d->type, f->text);
		break;
	case FT_ADDRESS:
		is = ip_matches(t, f->ip);
		break;
	case FT_WORD:
		is = word_matches(t, f->word);
		break;
	case FT_SET:
		return set_matches(t, f);
	case FT_TIME:           /* never asked by status: test_eval */
		break;
	}
	return just_truth(t->op == OP_NE ? !is : is);
}

/* --- tests ----------------------------------------------------------------*/

/* Ignorance: `unknown(fact)`. It is there now, or it may come to be. */
static struct range
ignorance_eval(const struct fact *f, const struct view *v)
{
	switch ((enum fact_status)f->status) {
	case FS_UNKNOWN:
		return just(open_true);
	case FS_PENDING:
		return v->is_bounds ? (struct range){ sure_false, open_true } :
		    just(open_true);
	case FS_LATER:
		return just(v->open_later ? open_false : sure_false);
	case FS_KNOWN:
		return just(f->is_partial ? open_true : sure_false);
	case FS_ABSENT:
	case FS_NOT_ASKED:
		break;
	}
	return just(sure_false);
}

/* What hides a fact from a line that can hurt. False: nothing does. */
static bool
hidden_eval(const struct test *t, unsigned family, const struct view *v,
    struct range *r)
{
	if (!v->hurts)
		return false;
	if (v->excused & family)
		*r = just(t->op == OP_UNKNOWN ? sure_false : sure_unknown);
	else if (v->wavering & family)
		*r = (struct range){ sure_false, sure_true };
	else if (v->veiled & family)
		*r = just(open);
	else
		return false;
	return true;
}

static struct range
test_eval(const struct test *t, const struct view *v)
{
	const struct fact_decl *d = vocabulary_decl(v->facts->vocabulary,
	    t->fact);
	const struct fact *f = &v->facts->fact[t->fact];
	struct range r;

	if (t->fact == FACT_NOW)        /* known always, and stated by nobody */
		return just_truth(t->op != OP_UNKNOWN &&
		    number_matches(t, v->facts->now));
	if (hidden_eval(t, 1u << d->family, v, &r))
		return r;
	if (t->op == OP_UNKNOWN)
		return ignorance_eval(f, v);
	switch ((enum fact_status)f->status) {
	case FS_UNKNOWN:
		return just(open);
	case FS_PENDING:
		return v->is_bounds ? (struct range){ sure_false, sure_true } :
		    just(open);
	case FS_LATER:
		return just(v->open_later ? open : sure_unknown);
	case FS_ABSENT:
	case FS_NOT_ASKED:
		return just_truth(t->op == OP_NE);
	case FS_KNOWN:
		break;
	}
	r = known_matches(t, d, f);
	if ((d->flags & FACT_IGNORANCE) && r.min.now == K_TRUE)
		return just(open_true);
	return r;
}

/* --- trees ----------------------------------------------------------------*/

static int8_t
least(int8_t a, int8_t b)
{
	return a < b ? a : b;
}

static int8_t
most(int8_t a, int8_t b)
{
	return a > b ? a : b;
}

static struct kleene
kleene_and(struct kleene a, struct kleene b)
{
	return (struct kleene){ least(a.lo, b.lo), least(a.now, b.now),
		least(a.hi, b.hi) };
}

static struct kleene
kleene_or(struct kleene a, struct kleene b)
{
	return (struct kleene){ most(a.lo, b.lo), most(a.now, b.now),
		most(a.hi, b.hi) };
}

static struct kleene
kleene_not(struct kleene a)
{
	return (struct kleene){ (int8_t)-a.hi, (int8_t)-a.now, (int8_t)-a.lo };
}

/* What follows cannot change an `and` that is surely false, nor an `or` that
 * is surely true, whatever comes. */
static bool
is_decided(enum cond_kind kind, struct range r)
{
	return kind == CD_AND ? r.max.hi == K_FALSE : r.min.lo == K_TRUE;
}

static struct range
combine(enum cond_kind kind, struct range a, struct range b)
{
	if (kind == CD_AND)
		return (struct range){ kleene_and(a.min, b.min),
			kleene_and(a.max, b.max) };
	return (struct range){ kleene_or(a.min, b.min),
		kleene_or(a.max, b.max) };
}

/* a, or a chain a -> b -> c of one kind, which leans to the right: the stack
 * grows with ( ), not and let only, which are bounded. */
static struct range
chain_eval(const struct cond *c, const struct view *v)
{
	struct range r = cond_eval(c->a, v);
	const struct cond *b = c->b;

	for (; b->kind == c->kind && !is_decided(c->kind, r); b = b->b)
		r = combine(c->kind, r, cond_eval(b->a, v));
	return is_decided(c->kind, r) ? r :
	    combine(c->kind, r, cond_eval(b, v));
}

struct range
cond_eval(const struct cond *c, const struct view *v)
{
	struct range a;

	if (c == NULL)
		return just(sure_true);
	switch (c->kind) {
	case CD_TEST:
		return test_eval(&c->test, v);
	case CD_NOT:
		a = cond_eval(c->a, v);
		return (struct range){ kleene_not(a.max), kleene_not(a.min) };
	case CD_AND:
	case CD_OR:
		break;
	}
	return chain_eval(c, v);
}
