/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lines - items to lines: what each statement of a policy means.
 *
 * Called by: compile.c, after all layers were merged and the facts of the
 * lists were declared.
 * Always holds: a line that reads ignorance can only be mild; an exception
 * names what it excuses.
 * Source: language.md 3, grammar.
 */
#include "policy/compile.h"

#include <string.h>

#include "policy/text.h"

/* --- points --------------------------------------------------------------- */

/* A word that nobody read was meant to do something. */
bool
parse_end(struct compiling *c, const struct cursor *at)
{
	const struct node *n = cursor_node(at);

	if (n == NULL)
		return true;
	compile_error(c, n->place, "P0132", NULL, "\"%.*s\" is too much here",
	    STR_ARG(n->text));
	return false;
}

/* POINTS, told apart: missing, or not to be read as points. */
bool
parse_points(struct compiling *c, struct cursor *at, int64_t *points)
{
	const struct node *n = cursor_node(at);

	if (n != NULL && points_read(n->text, points) == 0) {
		at->at++;
		return true;
	}
	if (n == NULL)
		compile_error(c, cursor_place(at), "P0133",
		    "like +2, -0.5 or 8", "points are missing here");
	else
		compile_error(c, n->place, "P0133", "like +2, -0.5 or 8; two "
		    "digits behind the point", "\"%.*s\" is no number of "
		    "points", STR_ARG(n->text));
	return false;
}

const struct cond *
parse_if(struct compiling *c, struct cursor *at, struct reads *reads)
{
	if (cursor_take(at, "if"))
		return cond_parse(c, at, reads);
	compile_error(c, cursor_place(at), "P0134", "if CONDITION",
	    "\"if\" is missing here");
	return NULL;
}

/* A missing answer may never hurt: what rests on not knowing is mild. */
void
ignorance_check(struct compiling *c, struct place place,
    const struct reads *reads, bool is_mild)
{
	if (reads->has_ignorance && !is_mild)
		compile_error(c, place, "P0201", "accept, junk, defer, or "
		    "points of 0 and less", "a line that rests on not "
		    "knowing can only be mild");
}

/* Room was made in items_room. Lines of one group follow one another, which
 * the sum relies on: it clamps where the group changes. */
static struct weight *
weight_add(struct policy *p, const struct item *it)
{
	struct weight *w = &p->weights[p->weight_count++];

	w->name = it->name;
	w->place = stmt_place(it->stmt);
	w->group = it->group == NULL ? NULL : it->group->compiled;
	return w;
}

/* score POINTS NAME if COND */
static void
compile_score(struct compiling *c, const struct item *it)
{
	struct cursor at = { it->stmt, 1 };
	struct reads reads = { 0 };
	struct weight *w;
	int64_t points;

	if (cursor_is(&at, "from")) {
		compile_error(c, cursor_place(&at), "P0199", NULL,
		    "\"score from\" is not there yet");
		return;
	}
	if (!parse_points(c, &at, &points))
		return;
	at.at++;
	w = weight_add(c->policy, it);
	w->points = points;
	w->cond = parse_if(c, &at, &reads);
	if (w->cond != NULL && parse_end(c, &at))
		ignorance_check(c, w->place, &reads, points <= 0);
}

/* --- use ------------------------------------------------------------------ */

/* The next code of this name, of which a list may have several: they are
 * one to a policy. */
static int64_t *
codes_named(const struct weight *w, struct str name, size_t *at)
{
	for (; *at < w->list->code_count; (*at)++)
		if (str_eq(w->list->codes[*at].name, name))
			return &w->code_points[(*at)++];
	return NULL;
}

/* { CODE (NUMBER | off); ... } */
static void
compile_codes(struct compiling *c, struct weight *w, const struct node *block)
{
	const struct stmt *s, *t;
	int64_t points, *p;
	size_t at;

	for (s = block->stmts; s != NULL; s = s->next) {
		at = 0;
		p = codes_named(w, s->nodes[0].text, &at);
		points = 0;
		if (p == NULL || s->count != 2 ||
		    (!str_eq(s->nodes[1].text, STR("off")) &&
		    points_read(s->nodes[1].text, &points) != 0)) {
			compile_error(c, stmt_place(s), "P0135",
			    "CODE POINTS, or CODE off", p == NULL ?
			    "list %.*s has no code \"%.*s\"" :
			    "list %.*s: this gives \"%.*s\" no points",
			    STR_ARG(w->list->name),
			    STR_ARG(s->nodes[0].text));
			continue;
		}
		for (t = block->stmts; t != s; t = t->next)
			if (str_eq(t->nodes[0].text, s->nodes[0].text))
				diag_twice(c->diag, "P0102", stmt_place(s),
				    stmt_place(t), "the points of this code "
				    "are given twice");
		for (; p != NULL; p = codes_named(w, s->nodes[0].text, &at))
			*p = points;
	}
}

/* key secret:NAME */
static bool
compile_key(struct compiling *c, struct cursor *at)
{
	const struct node *n;

	at->at++;
	n = cursor_node(at);
	if (n == NULL) {
		compile_error(c, cursor_place(at), "P0149", "key secret:NAME",
		    "the name of a secret is missing here");
		return false;
	}
	at->at++;
	return list_key_read(c, list_find(c, &at->stmt->nodes[1]), n);
}

/* What `use NAME` may be followed by, in any order; each once. */
enum use_word { UW_IF, UW_KEY, UW_ALONE, UW_MAX, UW_SUM, UW_CODES, UW_COUNT };

static enum use_word
use_word_of(const struct cursor *at)
{
	/* "alone" is lint's business */
	static const char *const words[] = { [UW_IF] = "if", [UW_KEY] = "key",
		[UW_ALONE] = "alone", [UW_MAX] = "max", [UW_SUM] = "sum" };
	unsigned k = 0;

	while (k < COUNT(words) && !cursor_is(at, words[k]))
		k++;
	if (k == COUNT(words) && cursor_node(at)->kind != ND_BLOCK)
		return UW_COUNT;
	return (enum use_word)k;
}

static bool
compile_use_word(struct compiling *c, struct weight *w, struct cursor *at,
    struct reads *reads, unsigned *seen)
{
	const struct node *n = cursor_node(at);
	enum use_word word = use_word_of(at);

	if (word == UW_COUNT || (*seen & 1u << word)) {
		compile_error(c, n->place, "P0132", NULL,
		    "\"%.*s\" is too much here", STR_ARG(n->text));
		return false;
	}
	*seen |= 1u << word;
	if (word == UW_MAX || word == UW_SUM) {
		*seen |= 1u << UW_MAX | 1u << UW_SUM;
		w->is_sum = word == UW_SUM;
	}
	if (word == UW_IF) {
		w->cond = parse_if(c, at, reads);
		return w->cond != NULL;
	}
	if (word == UW_KEY)
		return compile_key(c, at);
	if (word == UW_CODES)
		compile_codes(c, w, n);
	at->at++;
	return true;
}

/* The base's `use` first: codes that are not named here keep its points. */
static void
compile_use_chain(struct compiling *c, struct weight *w,
    const struct item *it, struct reads *reads)
{
	struct cursor at = { it->stmt, 2 };
	unsigned seen = 0;

	if (it->under != NULL)
		compile_use_chain(c, w, it->under, reads);
	while (cursor_node(&at) != NULL &&
	    compile_use_word(c, w, &at, reads, &seen))
		;
}

/* A use begins with the points that the list suggests. What the policy makes
 * of them decides too which answers make the list's own truth. */
static void
compile_use(struct compiling *c, const struct item *it)
{
	struct list *l = list_find(c, &it->stmt->nodes[1]);
	struct reads reads = { 0 };
	struct weight *w;
	bool is_mild = true;
	size_t i;

	if (l == NULL)
		return;
	w = weight_add(c->policy, it);
	w->list = l;
	w->code_points = arena_array(c->arena, l->code_count,
	    sizeof *w->code_points);
	for (i = 0; i < l->code_count; i++)
		w->code_points[i] = l->codes[i].points;
	compile_use_chain(c, w, it, &reads);
	for (i = 0; i < l->code_count; i++) {
		is_mild = is_mild && w->code_points[i] <= 0;
		l->codes[i].counts = w->code_points[i] != 0;
	}
	ignorance_check(c, w->place, &reads, is_mild);
}

/* group NAME cap N [floor N] { } */
static void
compile_group(struct compiling *c, struct item *it)
{
	struct cursor at = { it->stmt, 2 };
	struct group *g = arena_alloc(c->arena, sizeof *g);

	g->name = it->name;
	g->place = stmt_place(it->stmt);
	it->compiled = g;
	if (!cursor_take(&at, "cap")) {
		compile_error(c, cursor_place(&at), "P0103",
		    "group NAME cap N [floor N] { ... }",
		    "a group has a cap");
		return;
	}
	if (!parse_points(c, &at, &g->cap))
		return;
	if (cursor_take(&at, "floor")) {
		g->has_floor = true;
		if (!parse_points(c, &at, &g->floor))
			return;
	}
	if (g->cap < 0 || g->floor > 0)
		compile_error(c, g->place, "P0136", "cap 10 floor -3",
		    "a group whose lines are all false must count 0");
	at.at++;                /* its block, which layer.c has read */
	parse_end(c, &at);
}

/* --- exceptions ----------------------------------------------------------- */

/* skip all, or skip FAMILY {FAMILY}. `all` is without scan: no exception lets
 * malware in by the way, it must be named. 0 after an error. */
static unsigned
parse_families(struct compiling *c, struct cursor *at)
{
	unsigned mask = 0;
	int k;

	if (!cursor_take(at, "skip")) {
		compile_error(c, cursor_place(at), "P0137",
		    "skip all, or skip FAMILY...", "\"skip\" is missing here");
		return 0;
	}
	if (cursor_take(at, "all"))
		return ~(1u << FAM_NONE | 1u << FAM_SCAN);
	for (;;) {
		for (k = FAM_NONE + 1; k < FAM_COUNT; k++)
			if (cursor_take(at, family_word((enum family)k)))
				break;
		if (k == FAM_COUNT)
			break;
		mask |= 1u << k;
	}
	if (mask == 0)
		compile_error(c, cursor_place(at), "P0137", "families: lists "
		    "greylist early rate auth scan client helo history "
		    "headers", "\"skip\" names no family of facts");
	return mask;
}

static void
parse_until(struct compiling *c, struct cursor *at, struct trust *t)
{
	const struct node *n;

	t->until = USEC_NEVER;
	if (!cursor_take(at, "until"))
		return;
	n = cursor_node(at);
	if (n == NULL || date_parse(n->text, &t->until) != 0)
		compile_error(c, cursor_place(at), "P0138", "until 2027-06-30",
		    "a date is missing here, or is none");
	at->at++;
}

/* "note" STRING: for people */
static void
parse_note(struct compiling *c, struct cursor *at)
{
	if (!cursor_take(at, "note"))
		return;
	if (cursor_node(at) == NULL || cursor_node(at)->kind != ND_STRING)
		compile_error(c, cursor_place(at), "P0147",
		    "note \"contract 118\"", "a note is a text in quotes");
	at->at++;
}

/* trust NAME if COND verified by PROOF skip FAMILY [until D] [note S] */
static void
compile_trust(struct compiling *c, const struct item *it)
{
	struct cursor at = { it->stmt, 2 };
	struct trust *t = &c->policy->trusts[c->policy->trust_count++];

	t->name = it->name;
	t->place = stmt_place(it->stmt);
	if (!cursor_take(&at, "if")) {
		compile_error(c, cursor_place(&at), "P0134", "if CONDITION",
		    "\"if\" is missing here");
		return;
	}
	t->cond = cond_parse_trust(c, &at);
	if (t->cond == NULL)
		return;
	t->families = parse_families(c, &at);
	if (t->families == 0)
		return;
	parse_until(c, &at, t);
	parse_note(c, &at);
	parse_end(c, &at);
}

/* --- all of it ------------------------------------------------------------ */

/* Arrays of the right size: they are read far more often than made. */
static void
items_room(struct compiling *c)
{
	size_t n[IT_KINDS] = { 0 };
	struct item *i;

	for (i = c->items; i != NULL; i = i->next)
		n[i->kind]++;
	c->policy->trusts = arena_array(c->arena, n[IT_TRUST],
	    sizeof *c->policy->trusts);
	c->policy->rules = arena_array(c->arena, n[IT_RULE],
	    sizeof *c->policy->rules);
	c->policy->weights = arena_array(c->arena, n[IT_USE] + n[IT_SCORE],
	    sizeof *c->policy->weights);
}

/* Groups first, since their lines point to them. */
void
lines_compile(struct compiling *c)
{
	struct item *i;
	int k;

	items_room(c);
	for (i = c->items; i != NULL; i = i->next)
		if (i->kind == IT_GROUP)
			compile_group(c, i);
	for (i = c->items; i != NULL; i = i->next)
		switch (i->kind) {
		case IT_USE:
			compile_use(c, i);
			break;
		case IT_SCORE:
			compile_score(c, i);
			break;
		case IT_RULE:
			compile_rule(c, i);
			break;
		case IT_TRUST:
			compile_trust(c, i);
			break;
		case IT_GROUP:
		case IT_KINDS:
			break;
		}
	rules_order(c);
	for (k = 0; k < LM_COUNT; k++)
		compile_limit(c, (enum limit_kind)k);
}
