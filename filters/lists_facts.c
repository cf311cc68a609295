/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lists_facts - the facts of DNS lists, and what follows from them.
 *
 * A list has codes, and is asked about one or several subjects. Each pair
 * (code, subject) has a fact, which the answer to one question states; with
 * one subject that is the code's own fact. The others follow from those:
 *
 *	dbl.helo.spam    (answer) ---+
 *	dbl.sender.spam  (answer) ---+--> dbl.spam --+
 *	dbl.name.spam    (answer) ---+               +--> dbl
 *	                               dbl.phish ... +
 *
 * "settle" computes them anew after each change, so that nothing that was
 * said about an earlier sender of the same session is left in them. The
 * number of a `value` is one for all subjects: the greatest.
 *
 * Called by: lists.c.
 * Always holds: a fact that an answer has made true stays so until its stage
 * is forgotten; all others of an ask are pending until its last answer.
 * KNOWN GAPS: the number of a list with several subjects is forgotten with
 * the latest of them.
 */
#include "config.h"

#include "filters/lists.h"

static int
fact_of(const struct ask *a, size_t code)
{
	return a->list->subjects == 1 ? a->list->codes[code].fact
	    : a->list->codes[code].by_subject[a->subject];
}

/* The fact by which an ask is known to be open: a list has a code, or a
 * value. */
static int
first_fact(const struct ask *a)
{
	return a->list->code_count > 0 ? fact_of(a, 0) : a->list->value_fact;
}

bool
ask_is_open(const struct check *c, const struct ask *a)
{
	return fact_peek(c, first_fact(a))->status == FS_PENDING;
}

static bool
has_value(const struct list *l)
{
	return l->value_at >= 0;
}

/* --- asks ---------------------------------------------------------------- */

void
ask_open(struct check *c, const struct ask *a)
{
	size_t i;

	for (i = 0; i < a->list->code_count; i++)
		list_open(c, fact_of(a, i), true);
	if (has_value(a->list) &&
	    fact_peek(c, a->list->value_fact)->status != FS_KNOWN)
		list_open(c, a->list->value_fact, true);
}

/* Whether the number may still come from another subject. */
static bool
others_are_open(const struct check *c, const struct ask *a)
{
	const struct list *l = a->list;
	int s;

	for (s = 0; s < SUBJECT_COUNT && l->subjects > 1; s++)
		if (l->asks[s] && s != (int)a->subject && fact_peek(c,
		    l->codes[0].by_subject[s])->status == FS_PENDING)
			return true;
	return false;
}

/* Another subject may have opened, or even given, the number. */
void
ask_not_made(struct check *c, const struct ask *a)
{
	const struct fact *f;
	size_t i;

	for (i = 0; i < a->list->code_count; i++)
		list_not_asked(c, fact_of(a, i));
	if (!has_value(a->list))
		return;
	f = fact_peek(c, a->list->value_fact);
	if (f->status == FS_LATER ||
	    (f->status == FS_PENDING && !others_are_open(c, a)))
		list_not_asked(c, a->list->value_fact);
}

void
ask_unknown(struct check *c, const struct ask *a, enum why why)
{
	size_t i;

	for (i = 0; i < a->list->code_count; i++)
		list_unknown(c, fact_of(a, i), why);
	if (has_value(a->list) &&
	    fact_peek(c, a->list->value_fact)->status != FS_KNOWN)
		list_unknown(c, a->list->value_fact, why);
}

static bool
state_value(struct check *c, const struct list *l, const struct ip *records,
    size_t count)
{
	const struct fact *f;
	int64_t n;

	if (!list_value(l, records, count, &n))
		return false;
	f = fact_peek(c, l->value_fact);
	if (f->status != FS_KNOWN || f->number < n)
		list_number(c, l->value_fact, n);
	return true;
}

/* Codes that hit come first, since several may share a fact. */
bool
ask_state(struct check *c, const struct ask *a, const bool *hit,
    const struct ip *records, size_t count)
{
	bool is_said = state_value(c, a->list, records, count);
	size_t i;

	for (i = 0; i < a->list->code_count; i++)
		if (hit[i]) {
			list_truth(c, fact_of(a, i), true);
			is_said = true;
		}
	return is_said;
}

static void
close_value(struct check *c, const struct ask *a, enum why why)
{
	int fact = a->list->value_fact;

	if (fact_peek(c, fact)->status != FS_PENDING)
		return;
	if (why != WHY_NONE)
		list_unknown(c, fact, why);
	else if (!others_are_open(c, a))
		list_absent(c, fact);
}

void
ask_close(struct check *c, const struct ask *a, enum why why)
{
	size_t i;
	int fact;

	for (i = 0; i < a->list->code_count; i++) {
		fact = fact_of(a, i);
		if (fact_peek(c, fact)->status != FS_PENDING)
			continue;
		if (why != WHY_NONE)
			list_unknown(c, fact, why);
		else
			list_truth(c, fact, false);
	}
	if (has_value(a->list))
		close_value(c, a, why);
}

/* --- what follows --------------------------------------------------------- */

/* Some facts seen as one that is true when any of them is. */
struct tally {
	bool     is_true, is_pending, is_later, is_false;
	enum why why;                /* not WHY_NONE: one is unknown         */
};

static void
tally_add(struct tally *t, const struct fact *f, bool counts)
{
	t->is_true |= f->status == FS_KNOWN && f->truth && counts;
	t->is_false |= f->status == FS_KNOWN;
	t->is_pending |= f->status == FS_PENDING;
	t->is_later |= f->status == FS_LATER;
	/* what may come back within the hour weighs more (policy/bounds.c) */
	if (f->status == FS_UNKNOWN &&
	    (t->why == WHY_NONE || t->why == WHY_GONE))
		t->why = (enum why)f->why;
}

/* What may still become true comes before what is unknown for good. */
static void
tally_state(struct check *c, int number, const struct tally *t)
{
	if (t->is_true)
		list_truth(c, number, true);
	else if (t->is_pending || t->is_later)
		list_open(c, number, t->is_pending);
	else if (t->why != WHY_NONE)
		list_unknown(c, number, t->why);
	else if (t->is_false)
		list_truth(c, number, false);
	else
		list_not_asked(c, number);
}

static void
settle_code(struct check *c, const struct list *l, size_t code)
{
	const int *by_subject = l->codes[code].by_subject;
	struct tally t = { 0 };
	int s;

	for (s = 0; s < SUBJECT_COUNT; s++)
		if (l->asks[s])
			tally_add(&t, fact_peek(c, by_subject[s]), true);
	tally_state(c, l->codes[code].fact, &t);
}

void
list_settle(struct check *c, const struct list *l)
{
	struct tally own = { 0 };
	size_t i;

	for (i = 0; i < l->code_count; i++) {
		if (l->subjects > 1)
			settle_code(c, l, i);
		tally_add(&own, fact_peek(c, l->codes[i].fact),
		    l->codes[i].counts);
	}
	tally_state(c, l->fact, &own);
}
