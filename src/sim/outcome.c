/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome - copies what a scene brought about, and says why it came so.
 *
 * Called by: sim/run.c while a scene runs; the tools for their reports.
 * Always holds: a copy borrows from the play (policy, lists, vocabulary) and
 * from its own arena, from nothing that the session owned.
 */
#include "base/buf.h"
#include "policy/text.h"
#include "sim/outcome.h"
#include "smtp/server.h"

/* ------------------------------------------------------------------------
 * Copies.
 */

/* A known fact's text may live in the transaction's arena. */
static void
fact_keep(struct fact *f, const struct fact_decl *decl, struct arena *a)
{
	struct str *member;
	size_t i;

	if (f->status != FS_KNOWN)
		return;
	if (decl->type == FT_TEXT || decl->type == FT_NAME ||
	    decl->type == FT_MAIL)
		f->text = arena_str(a, f->text);
	if (decl->type != FT_SET)
		return;
	member = arena_array(a, f->set.count + 1, sizeof *member);
	for (i = 0; i < f->set.count; i++)
		member[i] = arena_str(a, f->set.member[i]);
	f->set.member = member;
}

static const struct facts *
facts_keep(const struct facts *facts, struct arena *a)
{
	struct facts *copy;
	size_t i;

	if (facts == NULL)
		return NULL;
	copy = facts_copy(facts, a);
	for (i = 0; i < copy->count; i++)
		fact_keep(&copy->fact[i],
		    vocabulary_decl(copy->vocabulary, (int)i), a);
	return copy;
}

static const struct verdict *
verdict_keep(const struct verdict *v, struct arena *a)
{
	struct verdict *copy;
	size_t i;

	if (v == NULL)
		return NULL;
	copy = arena_alloc(a, sizeof *copy);
	*copy = *v;
	copy->by = arena_str(a, v->by);
	copy->enhanced = arena_str(a, v->enhanced);
	copy->text = arena_str(a, v->text);
	copy->parts = arena_array(a, v->part_count + 1, sizeof *copy->parts);
	for (i = 0; i < v->part_count; i++) {
		copy->parts[i] = v->parts[i];
		copy->parts[i].name = arena_str(a, v->parts[i].name);
	}
	copy->reason_count = 0;         /* they point into the other parts  */
	return copy;
}

static struct str
path_keep(const struct path *path, struct arena *a)
{
	return path != NULL ? arena_str(a, path->text) :
	    (struct str){ NULL, 0 };
}

void
outcome_decided(struct outcome *o, const struct decision *d, usec_t at)
{
	struct decided *copy = arena_alloc(o->arena, sizeof *copy);

	copy->event = arena_str(o->arena, str_of(d->event));
	copy->id = arena_str(o->arena, d->id);
	copy->reply = arena_str(o->arena, d->reply);
	copy->folder = arena_str(o->arena, d->folder);
	copy->sender = path_keep(d->sender, o->arena);
	copy->rcpt = path_keep(d->rcpt, o->arena);
	copy->stage = d->stage;
	copy->code = d->code;
	copy->at = at;
	copy->facts = facts_keep(d->facts, o->arena);
	copy->verdict = verdict_keep(d->verdict, o->arena);
	if (o->last != NULL)
		o->last->next = copy;
	else
		o->decided = copy;
	o->last = copy;
}

void
outcome_asked(struct outcome *o, struct str name, enum dns_type type,
    enum zones_outcome outcome, struct place place)
{
	struct asked *q = arena_alloc(o->arena, sizeof *q);

	q->name = arena_str(o->arena, name);
	q->type = type;
	q->outcome = outcome;
	q->place = place;
	if (o->last_asked != NULL)
		o->last_asked->next = q;
	else
		o->asked = q;
	o->last_asked = q;
	o->undeclared += outcome == ZN_UNDECLARED;
}

void
outcome_blame(struct outcome *o, struct place place, struct str expected,
    struct str got)
{
	struct finding *f = arena_alloc(o->arena, sizeof *f), **at;

	f->place = place;
	f->expected = arena_str(o->arena, expected);
	f->got = arena_str(o->arena, got);
	for (at = &o->findings; *at != NULL; at = &(*at)->next)
		;
	*at = f;
}

/* ------------------------------------------------------------------------
 * Words.
 */

const char *
dns_type_word(enum dns_type type)
{
	switch (type) {
	case DNS_A:     return "A";
	case DNS_NS:    return "NS";
	case DNS_CNAME: return "CNAME";
	case DNS_SOA:   return "SOA";
	case DNS_PTR:   return "PTR";
	case DNS_MX:    return "MX";
	case DNS_TXT:   return "TXT";
	case DNS_AAAA:  return "AAAA";
	}
	return "?";
}

struct str
place_text(struct place at, struct arena *a)
{
	if (at.source == NULL)
		return STR("-");
	return arena_printf(a, "%.*s:%u", STR_ARG(at.source->name), at.line);
}

/* ------------------------------------------------------------------------
 * Why.
 */

/* One line of a paragraph: its name only in front of the first. */
static void
tell(struct buf *b, const char **name, struct str text)
{
	(void)buf_addf(b, "%-9s %.*s\n", *name, STR_ARG(text));
	*name = "";
}

/* Parts of no points are left out, but for codes that a higher one of the
 * same list hides: those surprise people. */
static void
tell_parts(struct buf *b, const struct outcome *o, const struct verdict *v)
{
	const char *name = "because";
	const struct part *p;
	char points[24];
	size_t i;

	for (i = 0; i < v->part_count; i++) {
		p = &v->parts[i];
		if (p->points == 0 && !p->is_shadowed)
			continue;
		points_print(p->points, 1, points);
		tell(b, &name, arena_printf(o->arena, "%s%s %.*s%s  (%.*s)",
		    p->points > 0 ? "+" : "", points, STR_ARG(p->name),
		    p->is_shadowed ? ", of one list only the highest counts"
		    : "", STR_ARG(place_text(p->place, o->arena))));
	}
	points_print(v->score, 1, points);
	tell(b, &name, arena_printf(o->arena, "sum %s, %s by %.*s%s  (%.*s)",
	    points, action_word(v->action), STR_ARG(v->by),
	    v->in_doubt ? ", a refusal was in doubt" : "",
	    STR_ARG(place_text(v->place, o->arena))));
}

static void
tell_unknown(struct buf *b, const struct outcome *o, const struct facts *f)
{
	const char *name = "unknown";
	size_t i;

	for (i = 0; i < f->count; i++)
		if (f->fact[i].status == FS_UNKNOWN)
			tell(b, &name, arena_printf(o->arena, "%s (%s)",
			    vocabulary_decl(f->vocabulary, (int)i)->name,
			    why_word(f->fact[i].why)));
}

static void
tell_facts(struct buf *b, const struct outcome *o, const struct facts *f)
{
	const char *name = "facts";
	size_t i;

	for (i = 0; i < f->count; i++)
		if (f->fact[i].status == FS_KNOWN)
			tell(b, &name, arena_printf(o->arena, "%s = %.*s",
			    vocabulary_decl(f->vocabulary, (int)i)->name,
			    STR_ARG(text_fact(f, (int)i, o->arena))));
}

/* Answers with the line of the play that gave them. */
static void
tell_asked(struct buf *b, const struct outcome *o)
{
	const char *name = "asked";
	const struct asked *q;

	for (q = o->asked; q != NULL; q = q->next)
		if (q->outcome != ZN_UNDECLARED && q->place.source != NULL)
			tell(b, &name, arena_printf(o->arena,
			    "%.*s %s: %.*s%s", STR_ARG(q->name),
			    dns_type_word(q->type), STR_ARG(place_text(
			    q->place, o->arena)), q->outcome == ZN_SILENT ?
			    " (silent)" : ""));
}

struct str
outcome_because(const struct outcome *o)
{
	struct buf b = BUF_INIT(64u << 10);
	struct str text;

	if (o->last != NULL && o->last->verdict != NULL)
		tell_parts(&b, o, o->last->verdict);
	if (o->last != NULL && o->last->facts != NULL) {
		tell_unknown(&b, o, o->last->facts);
		tell_facts(&b, o, o->last->facts);
	}
	tell_asked(&b, o);
	text = arena_str(o->arena, buf_str(&b));
	buf_free(&b);
	return text;
}
