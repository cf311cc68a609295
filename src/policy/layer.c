/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layer - files to layers, and layers to one sequence of items.
 *
 * Lines of a layer are read before those of its base. A line whose name the
 * base has replaces it: in its place there, unless it stands in a group here.
 * A group in both is one group, with cap and floor from here. `off` removes
 * a name from the base. Limits, lets and tables: the topmost one counts.
 *
 * Called by: compile.c.
 * Always holds: within one layer a name is used once, whatever it names.
 * Source: language.md 3, "Layers and overlays", "One name space".
 */
#include "policy/compile.h"

#include <string.h>

#include "policy/text.h"

#define LAYERS_MAX 8

/* One text while it is read. Its base is read where `base` stands, which may
 * be above or below its own lines: nothing is merged before its end. */
struct layer {
	struct compiling *c;
	unsigned          number;    /* 0: the policy itself                 */
	struct item      *own;       /* in text order                        */
	struct item     **tail;
	struct item      *below;     /* the base's, merged                   */
	const struct stmt *offs[64];
	size_t            off_count;
	const struct stmt *limits[LM_COUNT];
	const struct stmt *base, *mode, *policy;
};

static struct item *layer_load(struct compiling *, struct str name,
    struct place, unsigned number);

/* --- items of one layer --------------------------------------------------- */

static struct item *
item_find(struct item *list, struct str name)
{
	struct item *i;

	for (i = list; i != NULL; i = i->next)
		if (str_eq(i->name, name))
			return i;
	return NULL;
}

static bool
name_check(struct compiling *c, const struct stmt *s, size_t at)
{
	if (s->count > at && name_is_free(&s->nodes[at]))
		return true;
	compile_error(c, s->nodes[s->count > at ? at : 0].place, "P0101",
	    "a name is made of letters, digits, \"-\" and \"_\"",
	    "\"%.*s\" needs a name here", STR_ARG(s->nodes[0].text));
	return false;
}

/* What a layer says once. */
static bool
once_check(struct layer *l, const struct stmt **first, const struct stmt *s)
{
	if (*first != NULL) {
		diag_twice(l->c->diag, "P0102", stmt_place(s),
		    stmt_place(*first), "\"%.*s\" is given twice",
		    STR_ARG(s->nodes[0].text));
		return false;
	}
	*first = s;
	return true;
}

/* Appends an item for the name at node `at`. NULL after an error. */
static struct item *
item_add(struct layer *l, enum item_kind kind, const struct stmt *s,
    size_t at, struct item *group)
{
	struct compiling *c = l->c;
	struct item *it, *twin;

	if (!name_check(c, s, at))
		return NULL;
	twin = item_find(l->own, s->nodes[at].text);
	if (twin != NULL) {
		diag_twice(c->diag, "P0102", s->nodes[at].place,
		    stmt_place(twin->stmt), "the name \"%.*s\" is used twice",
		    STR_ARG(twin->name));
		return NULL;
	}
	it = arena_alloc(c->arena, sizeof *it);
	it->kind = kind;
	it->name = s->nodes[at].text;
	it->stmt = s;
	it->group = group;
	*l->tail = it;
	l->tail = &it->next;
	return it;
}

static void
read_use(struct layer *l, const struct stmt *s)
{
	item_add(l, IT_USE, s, 1, NULL);
}

static void
read_score(struct layer *l, const struct stmt *s)
{
	item_add(l, IT_SCORE, s, 2, NULL);
}

static void
read_rule(struct layer *l, const struct stmt *s)
{
	item_add(l, IT_RULE, s, 2, NULL);
}

static void
read_trust(struct layer *l, const struct stmt *s)
{
	item_add(l, IT_TRUST, s, 1, NULL);
}

/* The group is an item of its own, in front of its lines: so it can be found,
 * replaced and switched off by name. */
static void
read_group(struct layer *l, const struct stmt *s)
{
	struct item *g = item_add(l, IT_GROUP, s, 1, NULL);
	const struct node *last = &s->nodes[s->count - 1];
	const struct stmt *in;

	if (g == NULL)
		return;
	if (last->kind != ND_BLOCK) {
		compile_error(l->c, stmt_place(s), "P0103",
		    "group NAME cap N [floor N] { use ... ; score ... }",
		    "a group has a block");
		return;
	}
	for (in = last->stmts; in != NULL; in = in->next) {
		if (stmt_is(in, "use"))
			item_add(l, IT_USE, in, 1, g);
		else if (stmt_is(in, "score"))
			item_add(l, IT_SCORE, in, 2, g);
		else
			compile_error(l->c, stmt_place(in), "P0104",
			    "only \"use\" and \"score\" stand in a group",
			    "\"%.*s\" cannot stand in a group",
			    STR_ARG(in->nodes[0].text));
	}
}

/* --- what is no item ------------------------------------------------------ */

/* Adds to one of the named lists; a name of a higher layer hides it. */
static void
named_add(struct layer *l, struct named **list, const struct stmt *s)
{
	struct named *n, *twin;

	if (!name_check(l->c, s, 1))
		return;
	for (twin = *list; twin != NULL; twin = twin->next)
		if (str_eq(twin->name, s->nodes[1].text))
			break;
	if (twin != NULL && twin->layer == l->number)
		diag_twice(l->c->diag, "P0102", s->nodes[1].place,
		    stmt_place(twin->stmt), "the name \"%.*s\" is used twice",
		    STR_ARG(twin->name));
	if (twin != NULL && twin->layer <= l->number)
		return;
	n = twin;
	if (n == NULL) {
		n = arena_alloc(l->c->arena, sizeof *n);
		n->next = *list;
		*list = n;
	}
	n->name = s->nodes[1].text;
	n->stmt = s;
	n->layer = l->number;
}

static void
read_let(struct layer *l, const struct stmt *s)
{
	if (s->count < 4 || s->nodes[2].kind != ND_OP ||
	    !str_eq(s->nodes[2].text, STR("="))) {
		compile_error(l->c, stmt_place(s), "P0105",
		    "let NAME = CONDITION", "this defines nothing");
		return;
	}
	named_add(l, &l->c->lets, s);
}

static void
read_table(struct layer *l, const struct stmt *s)
{
	named_add(l, &l->c->tables, s);
}

static void
read_list(struct layer *l, const struct stmt *s)
{
	named_add(l, &l->c->lists, s);
}

static void
read_off(struct layer *l, const struct stmt *s)
{
	if (s->count != 2 || !node_is_text(&s->nodes[1]) ||
	    l->off_count == COUNT(l->offs)) {
		compile_error(l->c, stmt_place(s), "P0107", "off NAME",
		    "\"off\" takes one name, and a layer at most %zu of them",
		    COUNT(l->offs));
		return;
	}
	l->offs[l->off_count++] = s;
}

/* A limit is one value, replaced whole; the topmost layer that names it
 * counts, whichever is read first. */
static void
limit_add(struct layer *l, enum limit_kind k, const struct stmt *s)
{
	if (!once_check(l, &l->limits[k], s))
		return;
	if (l->c->limits[k] != NULL && l->c->limit_layer[k] < l->number)
		return;
	l->c->limits[k] = s;
	l->c->limit_layer[k] = l->number;
}

static void
read_junk(struct layer *l, const struct stmt *s)
{
	limit_add(l, LM_JUNK, s);
}

static void
read_refuse(struct layer *l, const struct stmt *s)
{
	limit_add(l, LM_REFUSE, s);
}

static void
read_mode(struct layer *l, const struct stmt *s)
{
	if (!once_check(l, &l->mode, s))
		return;
	if (s->count == 2 && (str_eq(s->nodes[1].text, STR("observe")) ||
	    str_eq(s->nodes[1].text, STR("enforce")))) {
		if (l->c->mode.len > 0 && l->c->mode_layer < l->number)
			return;
		l->c->mode = s->nodes[1].text;
		l->c->mode_layer = l->number;
		return;
	}
	compile_error(l->c, stmt_place(s), "P0108", "mode enforce, or mode "
	    "observe", "there is no such mode");
}

/* Words of the language that no issue has asked for yet are reserved: a text
 * that uses them must not be read as if they did something. */
static void
read_later(struct layer *l, const struct stmt *s)
{
	compile_error(l->c, stmt_place(s), "P0199", NULL,
	    "\"%.*s\" is not there yet", STR_ARG(s->nodes[0].text));
}

static void
read_base(struct layer *l, const struct stmt *s)
{
	if (s->count != 2 || !node_is_text(&s->nodes[1])) {
		compile_error(l->c, stmt_place(s), "P0109", "base NAME",
		    "\"base\" takes the name of one policy");
		return;
	}
	if (!once_check(l, &l->base, s))
		return;
	l->below = layer_load(l->c, s->nodes[1].text, s->nodes[1].place,
	    l->number + 1);
}

static void
read_policy(struct layer *l, const struct stmt *s)
{
	if (!once_check(l, &l->policy, s))
		return;
	if (s->count < 2 || s->count > 3 || !name_is_free(&s->nodes[1]) ||
	    (s->count == 3 && s->nodes[2].kind != ND_STRING))
		compile_error(l->c, stmt_place(s), "P0110",
		    "policy NAME \"what it is\"", "a policy has a name");
	else if (l->number == 0)
		l->c->policy->name = s->nodes[1].text;
}

static const struct {
	const char *name;
	void      (*read)(struct layer *, const struct stmt *);
} words[] = {
	{ "at", read_rule }, { "base", read_base }, { "for", read_later },
	{ "greylist", read_later }, { "group", read_group },
	{ "hold", read_later }, { "junk", read_junk }, { "let", read_let },
	{ "list", read_list }, { "mixed", read_later }, { "mode", read_mode },
	{ "off", read_off }, { "policy", read_policy },
	{ "rate", read_later }, { "refuse", read_refuse },
	{ "score", read_score }, { "table", read_table },
	{ "trust", read_trust }, { "try", read_later }, { "use", read_use },
};

static void
read_word(struct layer *l, const struct stmt *s)
{
	const char *names[COUNT(words)];
	size_t i;

	for (i = 0; i < COUNT(words); i++) {
		names[i] = words[i].name;
		if (stmt_is(s, words[i].name)) {
			words[i].read(l, s);
			return;
		}
	}
	compile_error(l->c, stmt_place(s), "P0100", text_did_you_mean(
	    l->c->arena, diag_nearest(s->nodes[0].text, names, COUNT(names))),
	    "no word \"%.*s\" in a policy", STR_ARG(s->nodes[0].text));
}

/* --- merging -------------------------------------------------------------- */

/* A group goes with all its lines. */
static bool
item_is_off(const struct item *i, struct str name)
{
	return str_eq(i->name, name) ||
	    (i->group != NULL && str_eq(i->group->name, name));
}

/* Acts on the base alone: a name switched off may be defined anew here. Lists
 * are kept aside, since lines of the base may read their facts. */
static void
off_apply(struct layer *l, const struct stmt *off)
{
	struct item **at = &l->below, *gone;
	bool any = false;

	while (*at != NULL) {
		gone = *at;
		if (!item_is_off(gone, off->nodes[1].text)) {
			at = &gone->next;
			continue;
		}
		any = true;
		*at = gone->next;
		if (gone->kind == IT_USE) {
			gone->next = l->c->dropped;
			l->c->dropped = gone;
		}
	}
	if (!any)
		compile_error(l->c, off->nodes[1].place, "P0120",
		    "scores, rules, groups, lists and exceptions can be "
		    "switched off",
		    "the base has nothing named \"%.*s\" to switch off",
		    STR_ARG(off->nodes[1].text));
}

/* Takes the item of this name out of the base's sequence. */
static void
below_remove(struct layer *l, const struct item *gone)
{
	struct item **at = &l->below;

	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
}

/* An own item stands in for one of the base. True when it took its place. */
static bool
item_replace(struct layer *l, struct item *own)
{
	struct item *b = item_find(l->below, own->name), **at;

	if (b == NULL)
		return false;
	if (b->kind != own->kind) {
		diag_twice(l->c->diag, "P0121", stmt_place(own->stmt),
		    stmt_place(b->stmt), "\"%.*s\" is another kind of thing "
		    "in the base", STR_ARG(own->name));
		return false;
	}
	own->under = b;
	if (own->group != NULL || own->kind == IT_GROUP) {
		if (own->kind != IT_GROUP)
			below_remove(l, b);
		return false;
	}
	for (at = &l->below; *at != b;)
		at = &(*at)->next;
	own->group = b->group;
	own->next = b->next;
	*at = own;
	return true;
}

/* The base's lines of a group that is in both join it, behind ours. */
static void
group_join(struct layer *l, struct item *g, struct item **out_tail[])
{
	struct item **at = &l->below, *i;

	while ((i = *at) != NULL) {
		if (i != g->under && i->group != g->under) {
			at = &i->next;
			continue;
		}
		*at = i->next;
		if (i == g->under)
			continue;
		i->group = g;
		i->next = NULL;
		**out_tail = i;
		*out_tail = &i->next;
	}
}

/* Leaves those own items that did not take a place among the base's. All
 * are matched before any group is joined, while `below` is whole. */
static void
own_replace(struct layer *l)
{
	struct item **at = &l->own, *i;

	while ((i = *at) != NULL) {
		struct item *next = i->next;

		if (item_replace(l, i))
			*at = next;
		else
			at = &i->next;
	}
}

/* Own items first, those in place of a base's line excepted; then the base. */
static struct item *
layer_merge(struct layer *l)
{
	struct item *i, *next, *out = NULL, **tail = &out;
	struct item *group = NULL;
	size_t k;

	for (k = 0; k < l->off_count; k++)
		off_apply(l, l->offs[k]);
	own_replace(l);
	for (i = l->own; i != NULL; i = next) {
		next = i->next;
		if (group != NULL && i->group != group) {
			if (group->under != NULL)
				group_join(l, group, &tail);
			group = NULL;
		}
		i->next = NULL;
		*tail = i;
		tail = &i->next;
		if (i->kind == IT_GROUP)
			group = i;
	}
	if (group != NULL && group->under != NULL)
		group_join(l, group, &tail);
	*tail = l->below;
	return out;
}

/* --- files ---------------------------------------------------------------- */

/* A name is looked for in the folders, a path is taken as it is. */
static bool
is_path(struct str name)
{
	return str_find(name, '/') < name.len ||
	    str_ends_case(name, STR(".policy"));
}

/* Where a policy of this name is; empty when nowhere. A path is relative to
 * the text that names it. */
static struct str
layer_path(struct compiling *c, struct str name, const struct source *by)
{
	struct str path, text;

	if (is_path(name))
		return by == NULL ? name :
		    source_beside(c->arena, by->name, name);
	if (file_find(c, arena_printf(c->arena, "%.*s.policy", STR_ARG(name)),
	    &path, &text, NULL) == -E_NOTFOUND)
		return (struct str){ 0 };
	return path;            /* whoever loads it says what is wrong */
}

static struct item *
layer_load(struct compiling *c, struct str name, struct place place,
    unsigned number)
{
	struct layer *l = arena_alloc(c->arena, sizeof *l);
	struct str path = layer_path(c, name, place.source);
	unsigned before = diag_count(c->diag, DG_ERROR);
	const struct stmt *first, *s;

	l->c = c;
	l->number = number;
	l->tail = &l->own;
	if (path.len == 0 || number == LAYERS_MAX) {
		compile_error(c, place, "P0130", "NAME is NAME.policy in the "
		    "policy folder, or shipped: default strict observe",
		    number == LAYERS_MAX ?
		    "policy \"%.*s\" is more than 8 layers down: is it its "
		    "own base?" : "no policy \"%.*s\"", STR_ARG(name));
		c->is_broken = true;
		return NULL;
	}
	first = tree_load(&c->reader, path, c->arena, c->diag);
	if (diag_count(c->diag, DG_ERROR) > before)
		c->is_broken = true;
	else if (first == NULL || !stmt_is(first, "policy"))
		compile_error(c, first == NULL ? place : stmt_place(first),
		    "P0131", "policy NAME \"what it is\"",
		    "%.*s does not begin with a policy's name", STR_ARG(path));
	for (s = first; s != NULL; s = s->next)
		read_word(l, s);
	return layer_merge(l);
}

void
layers_load(struct compiling *c, struct str name)
{
	c->items = layer_load(c, name, (struct place){ 0 }, 0);
}
