/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * expect - one row a kind of expectation: how it is read, how it is compared.
 *
 * Called by: sim/play.c and sim/scene.c while reading; sim/run.c when a
 * scene is over.
 * Always holds: arguments are joined by single spaces before a row reads
 * them, so that `expect score <= 3` and the cell <=3 are the same thing; a
 * comparison is pure and answers with what came instead.
 */
#include <stdio.h>
#include <string.h>

#include "sim/compare.h"

struct expect_kind {
	const char *name;
	/* What stands behind the name, without spaces at its ends. Returns 0,
	 * or -E_INVALID: not this form. */
	int       (*read)(struct expectation *, struct str);
	compare_fn *check;
	bool        may_be_none;  /* "-" can be expected                    */
	bool        has_fact;     /* its word is the name of a fact         */
	const char *form;         /* examples, for whoever got it wrong     */
};

/* First words of log lines that tell a decision (interfaces.md "Logs"). */
static const char *const events[] = { "accept", "junk", "hold", "greylist",
	"defer", "trap", "refuse", "drop", "left" };
static const char *const stages[] = { "connect", "helo", "mail", "rcpt",
	"data", "eom" };

static bool
is_among(struct str word, const char *const *words, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (str_eq(word, str_of(words[i])))
			return true;
	return false;
}

/* ------------------------------------------------------------------------
 * Reading.
 */

/* The longer one of two that start alike comes first. */
static const struct { const char *sign; enum compare op; } signs[] = {
	{ "<=", CMP_LE }, { ">=", CMP_GE }, { "!=", CMP_NE },
	{ "<", CMP_LT }, { ">", CMP_GT }, { "=", CMP_EQ },
};

/* Takes the sign off the front; no sign means "=". */
static enum compare
sign_take(struct str *text)
{
	size_t i;

	for (i = 0; i < COUNT(signs); i++) {
		if (!str_starts(*text, str_of(signs[i].sign)))
			continue;
		*text = str_trim(str_from(*text, strlen(signs[i].sign)));
		return signs[i].op;
	}
	return CMP_EQ;
}

static int
read_word(struct expectation *e, struct str text)
{
	if (text.len == 0 || str_find(text, ' ') < text.len)
		return -E_INVALID;
	e->word = text;
	return 0;
}

static int
read_event(struct expectation *e, struct str text)
{
	if (!is_among(text, events, COUNT(events)))
		return -E_INVALID;
	return read_word(e, text);
}

static int
read_stage(struct expectation *e, struct str text)
{
	if (!is_among(text, stages, COUNT(stages)))
		return -E_INVALID;
	return read_word(e, text);
}

/* 550 [5.1.1] [~] [text] */
static int
read_reply(struct expectation *e, struct str text)
{
	struct str code = str_split(&text, ' ');
	uint64_t n;

	if (code.len != 3 || str_number(code, 599, &n) != 0 || n < 200)
		return -E_INVALID;
	e->number = (int64_t)n;
	if (text.len > 1 && text.p[1] == '.' && text.p[0] >= '2' &&
	    text.p[0] <= '5')
		e->word = str_split(&text, ' ');
	if (str_starts(text, STR("~")))
		text = str_from(text, 1);
	e->text = str_trim(text);
	return 0;
}

/* OP NUMBER, or LOW..HIGH */
static int
read_score(struct expectation *e, struct str text)
{
	size_t dot;

	e->op = sign_take(&text);
	for (dot = 0; dot + 1 < text.len; dot++) {
		if (text.p[dot] != '.' || text.p[dot + 1] != '.')
			continue;
		e->is_range = true;
		if (value_number(str_from(text, dot + 2), &e->high) != 0)
			return -E_INVALID;
		return value_number(str_sub(text, 0, dot), &e->number);
	}
	return value_number(text, &e->number);
}

static int
read_count(struct expectation *e, struct str text)
{
	uint64_t n;

	e->op = sign_take(&text);
	if (value_count(text, 1000000, &n) != 0)
		return -E_INVALID;
	e->number = (int64_t)n;
	return 0;
}

static int
read_span(struct expectation *e, struct str text)
{
	e->op = sign_take(&text);
	return value_duration(text, &e->number);
}

/* [ADDRESS] FOLDER */
static int
read_folder(struct expectation *e, struct str text)
{
	if (str_find(text, '@') < str_find(text, ' '))
		e->who = str_split(&text, ' ');
	if (text.len == 0)
		return -E_INVALID;
	e->word = text;
	e->is_none = str_eq(text, STR("-"));
	return 0;
}

/* [no] TEXT */
static int
read_text(struct expectation *e, struct str text)
{
	if (str_starts(text, STR("no "))) {
		e->is_not = true;
		text = str_from(text, 3);
	}
	e->text = text;
	return text.len > 0 ? 0 : -E_INVALID;
}

/* NAME VALUE */
static int
read_fact(struct expectation *e, struct str text)
{
	e->word = str_split(&text, ' ');
	(void)sign_take(&text);
	e->text = text;
	return e->word.len > 0 && text.len > 0 ? 0 : -E_INVALID;
}

/* NAME[/KIND] STATE */
static int
read_list(struct expectation *e, struct str text)
{
	unsigned i;

	e->word = str_split(&text, ' ');
	e->text = text;
	for (i = 0; i < HS_COUNT; i++)
		if (str_eq(text, str_of(belief_word((enum health_state)i))))
			return e->word.len > 0 ? 0 : -E_INVALID;
	return -E_INVALID;
}

/* EVENT [~ TEXT], or "no others" */
static int
read_log(struct expectation *e, struct str text)
{
	e->is_not = str_eq(text, STR("no others"));
	if (e->is_not)
		return 0;
	e->word = str_split(&text, ' ');
	if (text.len > 0 && !str_starts(text, STR("~")))
		return -E_INVALID;
	e->text = str_trim(str_from(text, 1));
	return e->word.len > 0 ? 0 : -E_INVALID;
}

/* ------------------------------------------------------------------------
 * The table.
 */

/* verdict is the first: expect_read finds it without its name. */
static const struct expect_kind kinds[] = {
	{ "verdict", read_event,  compare_verdict, true,  false,
	  "accept junk hold greylist defer trap refuse drop left" },
	{ "stage",   read_stage,  compare_stage,   false, false,
	  "connect helo mail rcpt data eom" },
	{ "by",      read_word,   compare_by,      true,  false,
	  "the name of a line, or refuse-at" },
	{ "reply",   read_reply,  compare_reply,   false, false,
	  "550 5.1.1 ~ \"no such\"" },
	{ "score",   read_score,  compare_score,   true,  false,
	  "11, <= 3, 5..8" },
	{ "folder",  read_folder, compare_folder,  true,  false,
	  "inbox, junk, ann@here.test junk, -" },
	{ "copies",  read_count,  compare_copies,  false, false, "2" },
	{ "header",  read_text,   compare_header,  false, false,
	  "\"X-Postern: junk\", no \"Return-Path: <evil\"" },
	{ "unknown", read_word,   compare_unknown, true,  true,  "zen.xbl" },
	{ "absent",  read_word,   compare_absent,  false, true,  "client.name" },
	{ "fact",    read_fact,   compare_fact,    false, true,  "fcrdns pass" },
	{ "dns",     read_count,  compare_dns,     false, false, "<= 9" },
	{ "time",    read_span,   compare_time,    false, false, "< 3s" },
	{ "list",    read_list,   compare_list,    false, false,
	  "zen off, zen/ip6 dead; or ok slow suspect refused blind wrong-use "
	  "quota unprobed" },
	{ "log",     read_log,    compare_log,     false, false,
	  "abuse, abuse ~ \"what=errors\", no others" },
};

/* What the language has and this program has not. */
static const char *const later[] = { "label", "greylist", "reputation" };

static const struct expect_kind *
kind_of(struct str name)
{
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (str_eq(name, str_of(kinds[i].name)))
			return &kinds[i];
	return NULL;
}

/* Appends, so that findings come in the order of the play. */
static void
add(struct reading *r, const struct expect_kind *kind, struct str text,
    struct place place, struct expectation **list)
{
	struct expectation *e = arena_alloc(r->arena, sizeof *e);

	e->kind = kind;
	e->place = place;
	e->is_none = str_eq(text, STR("-"));
	e->said = kind == &kinds[0] ? text : arena_printf(r->arena,
	    "%s %.*s", kind->name, STR_ARG(text));
	if (e->is_none ? !kind->may_be_none :
	    kind->read(e, text) != 0) {
		diag_add(r->diag, DG_ERROR, "P0446", place, kind->form,
		    "\"%.*s\" is nothing that %s could be", STR_ARG(text),
		    kind->name);
		return;
	}
	while (*list != NULL)
		list = &(*list)->next;
	*list = e;
}

/* The nodes from `from` on, joined by single spaces. */
static struct str
joined(struct arena *a, const struct stmt *s, size_t from)
{
	struct str all = { "", 0 };
	size_t i;

	for (i = from; i < s->count; i++)
		all = i == from ? s->nodes[i].text : arena_printf(a,
		    "%.*s %.*s", STR_ARG(all), STR_ARG(s->nodes[i].text));
	return all;
}

/* A verdict's word is as likely to be misspelt as a kind's. */
static void
unknown_kind(struct reading *r, const struct node *n)
{
	const char *names[COUNT(kinds) + COUNT(events)], *near;
	struct str remedy = { 0 };
	size_t i, count = 0;

	for (i = 0; i < COUNT(kinds); i++)
		names[count++] = kinds[i].name;
	for (i = 0; i < COUNT(events); i++)
		names[count++] = events[i];
	near = diag_nearest(n->text, names, count);
	if (near != NULL)
		remedy = arena_printf(r->arena, "did you mean %s?", near);
	diag_add(r->diag, DG_ERROR, "P0445", n->place, remedy.p,
	    "nothing can be expected of \"%.*s\"", STR_ARG(n->text));
}

void
expect_read(struct reading *r, const struct stmt *s,
    struct expectation **list)
{
	const struct expect_kind *kind;
	const struct node *n = &s->nodes[1];

	if (s->count < 2) {
		diag_add(r->diag, DG_ERROR, "P0445", stmt_place(s), NULL,
		    "nothing stands behind \"expect\"");
		return;
	}
	kind = kind_of(n->text);
	if (kind != NULL)
		add(r, kind, joined(r->arena, s, 2), n->place, list);
	else if (s->count == 2 && is_among(n->text, events, COUNT(events)))
		add(r, &kinds[0], n->text, n->place, list);
	else if (is_among(n->text, later, COUNT(later)))
		diag_add(r->diag, DG_ERROR, "P0027", n->place, NULL,
		    "expect \"%.*s\" is not there yet", STR_ARG(n->text));
	else
		unknown_kind(r, n);
}

bool
expect_is_column(struct str name)
{
	return kind_of(name) != NULL && !str_eq(name, STR("log"));
}

void
expect_cell(struct reading *r, struct str column, struct str cell,
    struct place place, struct expectation **list)
{
	const struct expect_kind *kind = kind_of(column);

	must(kind != NULL);
	if (!str_eq(cell, STR("*")))
		add(r, kind, cell, place, list);
}

/* Facts of lists exist once the policy is compiled, not before. */
void
expect_bind(struct expectation *e, const struct vocabulary *v,
    struct diagnostics *d)
{
	const char *near;
	char remedy[80];

	for (; e != NULL; e = e->next) {
		if (!e->kind->has_fact || e->is_none)
			continue;
		e->fact = vocabulary_find(v, e->word);
		if (e->fact >= 0)
			continue;
		near = vocabulary_nearest(v, e->word);
		snprintf(remedy, sizeof remedy, "did you mean %s?",
		    near != NULL ? near : "");
		diag_add(d, DG_ERROR, "P0447", e->place,
		    near != NULL ? remedy : NULL,
		    "the play's policy knows no fact \"%.*s\"",
		    STR_ARG(e->word));
	}
}

struct str
expect_check(const struct expectation *e, const struct outcome *o,
    struct arena *a)
{
	return e->kind->check(e, o, a);
}

bool
expect_is_event(const struct expectation *e, struct str *event)
{
	if (e->kind->read != read_log || e->is_not)
		return false;
	*event = e->word;
	return true;
}

bool
expect_is_no_others(const struct expectation *e)
{
	return e->kind->read == read_log && e->is_not;
}

bool
expect_is_decision(struct str event)
{
	return is_among(event, events, COUNT(events));
}

bool
expect_names_decision(const struct expectation *e)
{
	return e->kind->read == read_event || e->kind->read == read_reply;
}
