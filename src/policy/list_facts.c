/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_facts - the facts that a DNS list makes: NAME, NAME.CODE and, with
 * several subjects, NAME.SUBJECT.CODE; the number of a `value`, NAME.VALUE.
 *
 * Called by: policy/compile.c, for each list of a policy.
 * Always holds: codes that share a name share their facts; a name that is
 * taken, or one fact too many, is an error and no broken invariant, since
 * names and codes come from a text.
 * Source: language.md 2.
 */
#include "policy/list.h"

#include <string.h>

#include "base/error.h"

static enum stage
last_stage(const struct list *l)
{
	enum stage last = ST_CONNECT;
	int k;

	for (k = 0; k < SUBJECT_COUNT; k++)
		if (l->asks[k] && list_stage(l, (enum subject)k) > last)
			last = list_stage(l, (enum subject)k);
	return last;
}

/* Facts being declared; after the first error nothing more is. */
struct declaring {
	struct vocabulary *v;
	struct arena      *arena;
	struct str        *clash;
	int                error;
};

static int
declare(struct declaring *d, struct str name, enum fact_type type,
    enum stage stage, const char *doc)
{
	struct fact_decl *f;

	if (d->error == 0 && vocabulary_room(d->v) == 0)
		d->error = -E_TOOBIG;
	if (d->error == 0 && vocabulary_find(d->v, name) >= 0) {
		d->error = -E_INVALID;
		*d->clash = name;
	}
	if (d->error != 0)
		return -1;
	f = arena_alloc(d->arena, sizeof *f);
	f->name = arena_str(d->arena, name).p;
	f->type = type;
	f->stage = stage;
	f->family = FAM_LISTS;
	f->doc = doc;
	return vocabulary_add(d->v, f, 1);
}

/* The first code of this name, which has the facts; i when it is the first. */
static size_t
code_twin(const struct list *l, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (str_eq(l->codes[k].name, l->codes[i].name))
			return k;
	return i;
}

static void
declare_code(struct list *l, size_t i, struct declaring *d)
{
	struct list_code *c = &l->codes[i];
	size_t twin = code_twin(l, i);
	int k;

	if (twin != i) {
		c->fact = l->codes[twin].fact;
		memcpy(c->by_subject, l->codes[twin].by_subject,
		    sizeof c->by_subject);
		return;
	}
	c->fact = declare(d, arena_printf(d->arena, "%.*s.%.*s",
	    STR_ARG(l->name), STR_ARG(c->name)), FT_TRUTH, last_stage(l),
	    "The list named this code for what it was asked about.");
	for (k = 0; k < SUBJECT_COUNT; k++) {
		c->by_subject[k] = -1;
		if (l->subjects < 2 || !l->asks[k])
			continue;
		c->by_subject[k] = declare(d, arena_printf(d->arena,
		    "%.*s.%s.%.*s", STR_ARG(l->name),
		    subject_word((enum subject)k), STR_ARG(c->name)),
		    FT_TRUTH, list_stage(l, (enum subject)k),
		    "The list named this code for this subject.");
	}
}

/* Not what another list says, nor that nobody knows: then a list would wait
 * for lists, or be asked because of a time-out; and nothing of one recipient. */
static bool
find_when(struct list *l, const struct vocabulary *v)
{
	const struct fact_decl *f;

	l->when_fact = vocabulary_find(v, l->when);
	if (l->when_fact < 0)
		return false;
	f = vocabulary_decl(v, l->when_fact);
	l->when_stage = f->stage;
	return f->type == FT_TRUTH && f->family != FAM_LISTS &&
	    f->stage != ST_RCPT && f->stage != ST_DATA &&
	    (f->flags & FACT_IGNORANCE) == 0;
}

int
list_declare(struct list *l, struct vocabulary *v, struct arena *a,
    struct str *clash)
{
	struct declaring d = { v, a, clash, 0 };
	size_t i;

	l->first = (int)vocabulary_count(v);
	if (l->when.len > 0 && !find_when(l, v))
		return -E_NOTFOUND;
	l->fact = declare(&d, l->name, FT_TRUTH, last_stage(l),
	    "The list named a code with points other than 0.");
	for (i = 0; i < l->code_count; i++)
		declare_code(l, i, &d);
	if (l->value_at >= 0)
		l->value_fact = declare(&d, arena_printf(a, "%.*s.%.*s",
		    STR_ARG(l->name), STR_ARG(l->value_name)), FT_NUMBER,
		    last_stage(l), "The number that the list gave.");
	l->last = (int)vocabulary_count(v);
	return d.error;
}
