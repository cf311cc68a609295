/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lines - items to lines: what each statement of a policy means.
 *
 * Called by: compile.c, after all layers were merged and the facts of the
 * lists were declared.
 * Always holds: a line that reads ignorance can only be mild; a decision
 * reads only facts of its stage or earlier; a reply code fits its action.
 * Source: language.md 3, grammar.
 */
#include "policy/compile.h"

#include <string.h>

#include "policy/text.h"

/* --- points --------------------------------------------------------------- */

static bool
parse_end(struct compiling *c, const struct cursor *at)
{
	const struct node *n = cursor_node(at);

	if (n == NULL)
		return true;
	compile_error(c, n->place, "P0132", NULL, "\"%.*s\" is too much here",
	    STR_ARG(n->text));
	return false;
}

static bool
parse_points(struct compiling *c, struct cursor *at, int64_t *points)
{
	const struct node *n = cursor_node(at);

	if (n != NULL && value_number(n->text, points) == 0) {
		at->at++;
		return true;
	}
	compile_error(c, cursor_place(at), "P0133", "like +2, -0.5 or 8",
	    "a number of points is missing here");
	return false;
}

static const struct cond *
parse_if(struct compiling *c, struct cursor *at, struct reads *reads)
{
	if (cursor_take(at, "if"))
		return cond_parse(c, at, reads);
	compile_error(c, cursor_place(at), "P0134", "if CONDITION",
	    "\"if\" is missing here");
	return NULL;
}

static void
ignorance_check(struct compiling *c, struct place place,
    const struct reads *reads, bool is_mild)
{
	if (reads->has_ignorance && !is_mild)
		compile_error(c, place, "P0201", "accept, junk, defer, or "
		    "points of 0 and less", "a line that rests on not "
		    "knowing can only be mild");
}

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
	const struct stmt *s;
	int64_t points, *p;
	size_t at;

	for (s = block->stmts; s != NULL; s = s->next) {
		at = 0;
		p = codes_named(w, s->nodes[0].text, &at);
		points = 0;
		if (p == NULL || s->count != 2 ||
		    (!str_eq(s->nodes[1].text, STR("off")) &&
		    value_number(s->nodes[1].text, &points) != 0)) {
			compile_error(c, stmt_place(s), "P0135",
			    "CODE POINTS, or CODE off", p == NULL ?
			    "list %.*s has no code \"%.*s\"" :
			    "this sets no points", STR_ARG(w->list->name),
			    STR_ARG(s->nodes[0].text));
			continue;
		}
		for (; p != NULL; p = codes_named(w, s->nodes[0].text, &at))
			*p = points;
	}
}

/* What `use NAME` may be followed by, in any order. */
static void
compile_use_word(struct compiling *c, struct weight *w, struct cursor *at,
    struct reads *reads)
{
	const struct node *n = cursor_node(at);

	if (n->kind == ND_BLOCK) {
		compile_codes(c, w, n);
		at->at++;
	} else if (cursor_is(at, "if")) {
		w->cond = parse_if(c, at, reads);
		if (w->cond == NULL)
			at->at = at->stmt->count;
	} else if (cursor_is(at, "alone") || cursor_is(at, "max"))
		at->at++;       /* lint's business; what is anyhow */
	else {
		compile_error(c, n->place, cursor_is(at, "key") ||
		    cursor_is(at, "sum") ? "P0199" : "P0132", NULL,
		    cursor_is(at, "key") || cursor_is(at, "sum") ?
		    "\"%.*s\" is not there yet" : "\"%.*s\" is too much here",
		    STR_ARG(n->text));
		at->at = at->stmt->count;
	}
}

/* The base's `use` first: codes that are not named here keep its points. */
static void
compile_use_chain(struct compiling *c, struct weight *w,
    const struct item *it, struct reads *reads)
{
	struct cursor at = { it->stmt, 2 };

	if (it->under != NULL)
		compile_use_chain(c, w, it->under, reads);
	while (cursor_node(&at) != NULL)
		compile_use_word(c, w, &at, reads);
}

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
	for (i = 0; i < l->code_count; i++)
		is_mild = is_mild && w->code_points[i] <= 0;
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
	if (g->has_floor && g->floor > g->cap)
		compile_error(c, g->place, "P0136", NULL,
		    "the floor of a group lies above its cap");
}

/* --- exceptions ----------------------------------------------------------- */

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
		    "a date is missing here");
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
	if (cursor_take(&at, "note"))
		at.at++;
	parse_end(c, &at);
}

/* --- decisions ------------------------------------------------------------ */

/* What a decision may do, and the reply that must follow. */
static const struct deed {
	const char *word;
	enum action action;
	int         low, high;     /* reply codes; 0: no reply is given      */
	bool        is_mild;       /* may rest on ignorance                  */
	bool        has_enhanced;
	bool        is_later;
} deeds[] = {
	{ "pass", ACT_ACCEPT, 0, 0, false, false, false },
	{ "accept", ACT_ACCEPT, 0, 0, true, false, false },
	{ "junk", ACT_JUNK, 0, 0, true, false, false },
	{ "defer", ACT_DEFER, 400, 499, true, true, false },
	{ "refuse", ACT_REFUSE, 500, 599, false, true, false },
	{ "drop", ACT_DROP, 400, 599, false, false, false },
	{ "hold", ACT_HOLD, 0, 0, true, false, true },
	{ "trap", ACT_TRAP, 0, 0, false, false, true },
	{ "tag", ACT_ACCEPT, 0, 0, true, false, true },
	{ "slow", ACT_ACCEPT, 0, 0, false, false, true },
	{ "greylist", ACT_GREYLIST, 0, 0, true, false, true },
};

static const struct deed *
parse_deed(struct compiling *c, struct cursor *at)
{
	size_t i;

	for (i = 0; i < COUNT(deeds); i++)
		if (cursor_is(at, deeds[i].word))
			break;
	if (i < COUNT(deeds) && !deeds[i].is_later) {
		at->at++;
		return &deeds[i];
	}
	if (i < COUNT(deeds))
		compile_error(c, cursor_place(at), "P0199", NULL,
		    "\"%s\" is not there yet", deeds[i].word);
	else
		compile_error(c, cursor_place(at), "P0139", "pass, accept, "
		    "junk, defer, refuse or drop", "an action is missing "
		    "here");
	return NULL;
}

/* "5.7.1": the class digit of the code, two numbers of up to three digits */
static bool
enhanced_fits(struct str s, int code)
{
	struct str rest = s, part;
	uint64_t n;
	int i;

	for (i = 0; i < 3; i++) {
		part = str_split(&rest, '.');
		if (part.len > 3 || str_number(part, 999, &n) != 0 ||
		    (i == 0 && n != (uint64_t)(code / 100)))
			return false;
	}
	return rest.p == NULL;
}

/* Every {name} of a reply text is a fact that is known by then. */
static void
reply_names_check(struct compiling *c, const struct node *n, enum stage stage)
{
	const struct fact_decl *d;
	struct str name;
	size_t at = 0;
	int fact;

	while (text_next_name(n->text, &at, &name)) {
		fact = vocabulary_find(c->env->vocabulary, name);
		if (fact < 0) {
			compile_error(c, n->place, "P0112", text_did_you_mean(
			    c->arena, vocabulary_nearest(
			    c->env->vocabulary, name)), "no fact \"%.*s\"",
			    STR_ARG(name));
			continue;
		}
		d = vocabulary_decl(c->env->vocabulary, fact);
		if (d->stage > stage)
			compile_error(c, n->place, "P0114", NULL,
			    "%s is known only from %s on", d->name,
			    stage_word(d->stage));
	}
}

static bool
text_is_plain(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return s.len <= 400;
}

/* CODE [ENHANCED] STRING */
static void
parse_reply(struct compiling *c, struct cursor *at, const struct deed *deed,
    struct rule *r)
{
	size_t need = deed->has_enhanced ? 3 : 2;
	const struct node *n = cursor_node(at);
	uint64_t code;

	if (deed->low == 0)
		return;
	if (at->at + need > at->stmt->count ||
	    str_number(n->text, 599, &code) != 0 ||
	    (int)code < deed->low || (int)code > deed->high) {
		compile_error(c, cursor_place(at), "P0140", deed->has_enhanced
		    ? "like: refuse 550 5.7.1 \"TEXT\", defer 451 4.7.1 "
		    "\"TEXT\"" : "like: drop 554 \"TEXT\"",
		    "\"%s\" takes a code from %d to %d and a text",
		    deed->word, deed->low, deed->high);
		at->at = at->stmt->count;
		return;
	}
	r->code = (int)code;
	at->at++;
	if (deed->has_enhanced) {
		r->enhanced = cursor_node(at)->text;
		if (!enhanced_fits(r->enhanced, r->code))
			compile_error(c, cursor_place(at), "P0141", NULL,
			    "the enhanced code \"%.*s\" does not go with %d",
			    STR_ARG(r->enhanced), r->code);
		at->at++;
	}
	n = cursor_node(at);
	r->text = n->text;
	at->at++;
	if (!text_is_plain(r->text))
		compile_error(c, n->place, "P0142", "ASCII, at most 400 bytes",
		    "this text cannot be said in a reply");
	reply_names_check(c, n, r->stage);
}

static bool
parse_stage(struct compiling *c, struct cursor *at, enum stage *stage)
{
	int k;

	for (k = 0; k < ST_COUNT; k++)
		if (cursor_take(at, stage_word((enum stage)k))) {
			*stage = (enum stage)k;
			return true;
		}
	compile_error(c, cursor_place(at), "P0143",
	    "one of: connect helo mail rcpt data eom",
	    "a stage is missing here");
	return false;
}

/* at STAGE NAME if COND ACTION */
static void
compile_rule(struct compiling *c, const struct item *it)
{
	struct cursor at = { it->stmt, 1 };
	struct rule *r = &c->policy->rules[c->policy->rule_count++];
	struct reads reads = { 0 };
	const struct deed *deed;

	r->name = it->name;
	r->place = stmt_place(it->stmt);
	if (!parse_stage(c, &at, &r->stage))
		return;
	at.at++;
	r->cond = parse_if(c, &at, &reads);
	if (r->cond == NULL)
		return;
	if (reads.stage > r->stage)
		compile_error(c, r->place, "P0114", arena_printf(c->arena,
		    "at %s", stage_word(reads.stage)).p, "a fact of this "
		    "condition is known only from %s on",
		    stage_word(reads.stage));
	deed = parse_deed(c, &at);
	if (deed == NULL)
		return;
	r->action = deed->action;
	r->is_pass = deed == &deeds[0];
	r->is_malware = reads.has_malware && r->action == ACT_REFUSE;
	ignorance_check(c, r->place, &reads, deed->is_mild);
	parse_reply(c, &at, deed, r);
	parse_end(c, &at);
}

/* Lines that refuse malware are read before all others. */
static void
rules_order(struct compiling *c)
{
	struct policy *p = c->policy;
	struct rule *sorted = arena_array(c->arena, p->rule_count,
	    sizeof *sorted);
	size_t i, n = 0;
	int pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < p->rule_count; i++)
			if (p->rules[i].is_malware == (pass == 0))
				sorted[n++] = p->rules[i];
	p->rules = sorted;
}

/* --- thresholds ----------------------------------------------------------- */

static void
parse_doubt(struct compiling *c, struct cursor *at, struct limit *l)
{
	if (cursor_take(at, "junk"))
		l->doubt = ACT_JUNK;
	else if (cursor_take(at, "defer"))
		l->doubt = ACT_DEFER;
	else
		compile_error(c, cursor_place(at), "P0144",
		    "doubt junk, or doubt defer",
		    "what to do in doubt is missing here");
}

/* (junk | refuse) (at N | never) [early N] [doubt junk|defer] */
static void
compile_limit(struct compiling *c, enum limit_kind k)
{
	struct cursor at = { c->limits[k], 1 };
	struct limit *l = &c->policy->limits[k];

	l->doubt = ACT_JUNK;
	if (c->limits[k] == NULL)
		return;
	l->place = stmt_place(c->limits[k]);
	if (cursor_take(&at, "never")) {
		parse_end(c, &at);
		return;
	}
	if (!cursor_take(&at, "at")) {
		compile_error(c, cursor_place(&at), "P0145",
		    "at NUMBER, or never", "a threshold is missing here");
		return;
	}
	if (!parse_points(c, &at, &l->at))
		return;
	l->is_set = true;
	l->early = l->at;
	if (k == LM_REFUSE && cursor_take(&at, "early") &&
	    parse_points(c, &at, &l->early) && l->early < l->at)
		compile_error(c, l->place, "P0146", NULL, "\"early\" lies "
		    "below \"refuse at\"");
	if (k == LM_REFUSE && cursor_take(&at, "doubt"))
		parse_doubt(c, &at, l);
	parse_end(c, &at);
}

/* --- all of it ------------------------------------------------------------ */

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
