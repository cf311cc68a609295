/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare - one function a kind of expectation: did it come like that?
 *
 * Called by: the table of sim/expect.c.
 * Always holds: a comparison is pure, and answers AS_EXPECTED or with what
 * came instead, as a person reads it.
 */
#include "policy/text.h"
#include "sim/compare.h"

/* Without a sign in the play: equal. */
static bool
holds(enum compare op, int64_t came, int64_t want)
{
	switch (op) {
	case CMP_EQ: return came == want;
	case CMP_NE: return came != want;
	case CMP_LT: return came < want;
	case CMP_LE: return came <= want;
	case CMP_GT: return came > want;
	case CMP_GE: return came >= want;
	}
	return false;
}

/* Byte for byte: replies and headers are compared as they were sent. */
bool
text_has(struct str text, struct str part)
{
	size_t i;

	for (i = 0; i + part.len <= text.len; i++)
		if (str_starts(str_from(text, i), part))
			return true;
	return part.len == 0;
}

/* Got: the event and the first line of the reply, which often says why. */
struct str
compare_verdict(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	struct str reply;

	if (o->last == NULL)
		return e->is_none ? AS_EXPECTED : STR("no decision");
	if (!e->is_none && str_eq(o->last->event, e->word))
		return AS_EXPECTED;
	reply = o->last->reply;
	reply.len = str_find(reply, '\r');
	return arena_printf(a, "%.*s %.*s", STR_ARG(o->last->event),
	    STR_ARG(reply));
}

struct str
compare_stage(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	(void)a;
	if (o->last == NULL)
		return STR("no decision");
	if (str_eq(e->word, str_of(stage_word(o->last->stage))))
		return AS_EXPECTED;
	return str_of(stage_word(o->last->stage));
}

/* The name of a line or threshold; a verdict that the dialogue itself gave
 * (syntax, an unknown user) was not judged. */
struct str
compare_by(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	(void)a;
	if (o->last == NULL || o->last->verdict == NULL)
		return e->is_none ? AS_EXPECTED : STR("nothing was judged");
	if (!e->is_none && str_eq(o->last->verdict->by, e->word))
		return AS_EXPECTED;
	return o->last->verdict->by;
}

/* The enhanced code of the first line; it is the same on all of them. */
static bool
reply_fits(const struct expectation *e, const struct decided *d)
{
	struct str enhanced = str_from(d->reply, 4);

	if (d->code != e->number || !text_has(d->reply, e->text))
		return false;
	return e->word.len == 0 || (str_starts(enhanced, e->word) &&
	    enhanced.len > e->word.len && enhanced.p[e->word.len] == ' ');
}

struct str
compare_reply(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	(void)a;
	if (o->last == NULL)
		return STR("no decision");
	return reply_fits(e, o->last) ? AS_EXPECTED : o->last->reply;
}

struct str
compare_score(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	char text[24];
	int64_t score;

	if (o->last == NULL || o->last->verdict == NULL)
		return e->is_none ? AS_EXPECTED : STR("nothing was judged");
	score = o->last->verdict->score;
	if (!e->is_none && e->is_range && score >= e->number &&
	    score <= e->high)
		return AS_EXPECTED;
	if (!e->is_none && !e->is_range && holds(e->op, score, e->number))
		return AS_EXPECTED;
	points_print(score, 1, text);
	return arena_str(a, str_of(text));
}

/* "inbox", or the name of a subfolder without its dot, lower case. */
static struct str
folder_word(const struct letter *l, struct arena *a)
{
	if (l->subfolder.len == 0)
		return STR("inbox");
	return arena_lower(a, str_from(l->subfolder,
	    l->subfolder.p[0] == '.' ? 1 : 0));
}

/* who empty: everybody. */
static bool
is_for(const struct letter *l, struct str who, struct arena *a)
{
	return who.len == 0 || str_eq_case(who, arena_printf(a, "%.*s@%.*s",
	    STR_ARG(l->local), STR_ARG(l->domain)));
}

/* Every copy (of that recipient) lies there, and there is one. */
struct str
compare_folder(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	const struct letter *l;
	struct str folder;
	bool is_there = false;

	for (l = o->letters; l != NULL; l = l->next) {
		if (!is_for(l, e->who, a))
			continue;
		folder = folder_word(l, a);
		if (e->is_none || !str_eq_case(folder, e->word))
			return arena_printf(a, "%.*s of %.*s@%.*s",
			    STR_ARG(folder), STR_ARG(l->local),
			    STR_ARG(l->domain));
		is_there = true;
	}
	return is_there || e->is_none ? AS_EXPECTED : STR("no copy was kept");
}

struct str
compare_copies(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	const struct letter *l;
	int64_t n = 0;

	for (l = o->letters; l != NULL; l = l->next)
		n++;
	if (holds(e->op, n, e->number))
		return AS_EXPECTED;
	return arena_printf(a, "%lld", (long long)n);
}

/* The header of a copy with its folds undone, a line each. */
static struct str
header_flat(const struct letter *l, struct arena *a)
{
	char *out = arena_alloc(a, l->text.len + 1);
	const char *p = l->text.p;
	size_t i, n = 0;

	for (i = 0; i < l->text.len; i++) {
		if (p[i] == '\r')
			continue;
		if (p[i] == '\n' && n > 0 && out[n - 1] == '\n')
			break;
		if (p[i] == '\n' && i + 1 < l->text.len &&
		    (p[i + 1] == ' ' || p[i + 1] == '\t'))
			continue;
		out[n++] = p[i] == '\t' ? ' ' : p[i];
	}
	return (struct str){ out, n };
}

/* One of the copies has it; `no`: none has. */
struct str
compare_header(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	const struct letter *l;
	struct str header = { 0 };
	bool is_there = false;

	for (l = o->letters; l != NULL && !is_there; l = l->next) {
		header = header_flat(l, a);
		is_there = text_has(header, e->text);
	}
	if (o->letters == NULL)
		return STR("no copy was kept");
	return is_there != e->is_not ? AS_EXPECTED : header;
}

/* Statuses at the moment of the last decision; "-": no fact is unknown. */
struct str
compare_unknown(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	const struct facts *f;
	size_t i;

	if (o->last == NULL || o->last->facts == NULL)
		return STR("no decision");
	f = o->last->facts;
	if (!e->is_none)
		return f->fact[e->fact].status == FS_UNKNOWN ?
		    AS_EXPECTED : text_fact(f, e->fact, a);
	for (i = 0; i < f->count; i++)
		if (f->fact[i].status == FS_UNKNOWN)
			return arena_printf(a, "%s is unknown",
			    vocabulary_decl(f->vocabulary, (int)i)->name);
	return AS_EXPECTED;
}

/* A fact that nobody asked for counts as absent (language.md "Statuses"). */
struct str
compare_absent(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	const struct facts *f;

	if (o->last == NULL || o->last->facts == NULL)
		return STR("no decision");
	f = o->last->facts;
	return f->fact[e->fact].status == FS_ABSENT ||
	    f->fact[e->fact].status == FS_NOT_ASKED ?
	    AS_EXPECTED : text_fact(f, e->fact, a);
}

struct str
compare_fact(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	struct str text;

	if (o->last == NULL || o->last->facts == NULL)
		return STR("no decision");
	text = text_fact(o->last->facts, e->fact, a);
	return str_eq_case(text, e->text) ? AS_EXPECTED : text;
}

/* Questions of the session's checks, from the cache too. */
struct str
compare_dns(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	if (holds(e->op, (int64_t)o->questions, e->number))
		return AS_EXPECTED;
	return arena_printf(a, "%zu questions", o->questions);
}

struct str
compare_time(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	if (holds(e->op, o->took, e->number))
		return AS_EXPECTED;
	return arena_printf(a, "%.3f s", (double)o->took / (double)SEC);
}

/* Of the kinds that are meant the worst one: they are ordered by what gates
 * make of them, and among equals by their place. */
struct str
compare_list(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	const struct list_seen *l, *worst = NULL;
	struct str kind = e->word, name = str_split(&kind, '/');

	(void)a;
	for (l = o->lists; l != NULL && l < o->lists + o->list_count; l++)
		if (str_eq(l->name, name) && (kind.len == 0 || str_eq(kind,
		    str_of(list_kind_word(l->kind)))) && (worst == NULL ||
		    belief_rank(l->state) > belief_rank(worst->state)))
			worst = l;
	if (o->lists == NULL)
		return STR("no list of this policy has a zone of its name");
	if (worst == NULL)
		return STR("the policy uses no such list");
	if (str_eq(str_of(belief_word(worst->state)), e->text))
		return AS_EXPECTED;
	return str_of(belief_word(worst->state));
}

/* Some line of this event holds the text. */
struct str
compare_log(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	const struct sim_line *l;
	struct str line, seen = { 0 };

	(void)a;
	if (e->is_not)
		return AS_EXPECTED;     /* sim/run.c knows the others       */
	for (l = o->lines; l != NULL; l = l->next) {
		line = l->text;
		if (!str_eq(str_split(&line, ' '), e->word))
			continue;
		if (text_has(l->text, e->text))
			return AS_EXPECTED;
		seen = l->text;
	}
	return seen.len > 0 ? seen : STR("no such event");
}
