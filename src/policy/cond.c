/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cond - words to conditions.
 *
 *	cond = term *( "or" term )
 *	term = test *( "and" test )
 *	test = [ "not" ] ( "(" cond ")" / "unknown" "(" FACT ")" / LET /
 *	       FACT [ OP VALUE / [ "all" ] "in" ( "@" TABLE / "{" VALUES "}" )
 *	       / "like" GLOB ] )
 *
 * Called by: lines.c, for each line that has an `if`.
 * Always holds: a condition that was compiled compares each fact with values
 * of its own type; ignorance never stands under `not`; nesting is bounded.
 * Source: language.md 3, grammar and "Statuses".
 */
#include "policy/compile.h"

#include "policy/text.h"

#define DEPTH_MAX 32   /* of ( ), not and let, together                     */
#define TESTS_MAX 1000 /* of one condition: lets of lets could double at each
                          step                                              */

/* One reading of a condition. A let that is met gets one of its own, which
 * shares `reads`: what it reads, the line reads. */
struct parse {
	struct compiling *c;
	struct cursor    *at;
	struct reads     *reads;
	unsigned          depth;
	bool              under_not;    /* however often: `not not` too       */
};

bool
node_is_text(const struct node *n)
{
	return n->kind == ND_WORD || n->kind == ND_STRING;
}

const struct node *
cursor_node(const struct cursor *cu)
{
	return cu->at < cu->stmt->count ? &cu->stmt->nodes[cu->at] : NULL;
}

bool
cursor_is(const struct cursor *cu, const char *word)
{
	const struct node *n = cursor_node(cu);

	return n != NULL && n->kind == ND_WORD &&
	    str_eq(n->text, str_of(word));
}

/* Takes the word when it stands here. */
bool
cursor_take(struct cursor *cu, const char *word)
{
	bool is = cursor_is(cu, word);

	cu->at += is;
	return is;
}

struct place
cursor_place(const struct cursor *cu)
{
	size_t last = cu->stmt->count - 1;

	return cu->stmt->nodes[cu->at < last ? cu->at : last].place;
}

bool
name_is_free(const struct node *n)
{
	static const char *const words[] = { "all", "and", "if", "in", "like",
		"not", "or", "unknown" };
	size_t i;

	if (n->kind != ND_WORD || n->text.len > 64)
		return false;
	for (i = 0; i < COUNT(words); i++)
		if (str_eq(n->text, str_of(words[i])))
			return false;
	for (i = 0; i < n->text.len; i++) {
		char ch = n->text.p[i], low = (char)(ch | 0x20);

		if (!(low >= 'a' && low <= 'z') && !(ch >= '0' && ch <= '9')
		    && ch != '-' && ch != '_')
			return false;
	}
	return true;
}

static const struct cond *parse_or(struct parse *);

static const struct cond *
cond_two(struct compiling *c, enum cond_kind kind, const struct cond *a,
    const struct cond *b)
{
	struct cond *d = arena_alloc(c->arena, sizeof *d);

	d->kind = kind;
	d->a = a;
	d->b = b;
	return d;
}

/* --- facts ---------------------------------------------------------------- */

/* "zen has: sbl css xbl", when the wrong name begins like a list. */
static const char *
codes_of(struct compiling *c, struct str name)
{
	struct str head = str_sub(name, 0, str_find(name, '.')), s;
	size_t i, k, n;
	struct list *const *ls = c->policy->lists;

	for (i = 0; i < c->policy->list_count; i++) {
		if (!str_eq(ls[i]->name, head))
			continue;
		s = arena_printf(c->arena, "%.*s has:", STR_ARG(head));
		n = ls[i]->code_count;
		for (k = 0; k < n; k++)
			if (code_is_first(ls[i], k))
				s = arena_printf(c->arena, "%.*s %.*s",
				    STR_ARG(s), STR_ARG(ls[i]->codes[k].name));
		return s.p;
	}
	return NULL;
}

/* Facts of a list that could not be read: its error has been told. */
static bool
is_of_missing_list(struct compiling *c, struct str name)
{
	struct str head = str_sub(name, 0, str_find(name, '.'));
	const struct item *i;

	for (i = c->items; i != NULL; i = i->next)
		if (i->kind == IT_USE && str_eq(i->name, head))
			return vocabulary_find(c->env->vocabulary, head) < 0;
	return false;
}

/* The number of a fact, or -1 after an error that offers what may have been
 * meant: the nearest name, and all codes when it begins like a list. */
static int
fact_find(struct compiling *c, const struct node *n)
{
	int fact = vocabulary_find(c->env->vocabulary, n->text);
	const char *near, *codes, *remedy;

	if (fact >= 0 || is_of_missing_list(c, n->text))
		return fact;
	near = text_did_you_mean(c->arena,
	    vocabulary_nearest(c->env->vocabulary, n->text));
	codes = codes_of(c, n->text);
	remedy = near == NULL ? codes : codes == NULL ? near :
	    arena_printf(c->arena, "%s  %s", near, codes).p;
	compile_error(c, n->place, "P0112", remedy, "no fact \"%.*s\"",
	    STR_ARG(n->text));
	return -1;
}

/* Notes what a test reads, for the rules that only the whole line can check
 * (stage, mildness). That ignorance may not stand under `not` is told here,
 * where its place is known. */
static bool
reads_note(struct parse *p, const struct node *n, int fact, bool is_unknown)
{
	const struct fact_decl *d =
	    vocabulary_decl(p->c->env->vocabulary, fact);
	bool ignorance = is_unknown || (d->flags & FACT_IGNORANCE);

	if (d->stage > p->reads->stage)
		p->reads->stage = d->stage;
	if (str_eq(str_of(d->name), STR("scan.malware")))
		p->reads->has_malware = true;
	p->reads->has_ignorance = p->reads->has_ignorance || ignorance;
	if (!ignorance || !p->under_not)
		return true;
	compile_error(p->c, n->place, "P0117", "write the condition without "
	    "\"not\"", "not knowing may not stand under \"not\"");
	return false;
}

/* --- values ----------------------------------------------------------------*/

/* An equality of truths would be a second way to write one thing; an order
 * of names or addresses means nothing; of a set, `!=` could mean "not any" or
 * "any not". */
static bool
op_fits(enum fact_type type, enum test_op op)
{
	switch (op) {
	case OP_TRUTH:
		return type == FT_TRUTH;
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return type == FT_NUMBER || type == FT_TIME;
	case OP_EQ:
	case OP_IN:
		return type != FT_TRUTH && type != FT_TIME;
	case OP_NE:
		return type != FT_TRUTH && type != FT_TIME && type != FT_SET;
	case OP_ALL_IN:
		return type == FT_SET;
	case OP_LIKE:
		return type == FT_TEXT || type == FT_NAME ||
		    type == FT_MAIL || type == FT_SET;
	case OP_UNKNOWN:
		break;
	}
	return true;
}

/* A table of domains may be asked about a text too: helo.name is one, since
 * strangers write it. */
static bool
kind_fits(enum group_kind kind, enum fact_type type)
{
	switch (kind) {
	case TB_NETS:
		return type == FT_ADDRESS;
	case TB_DOMAINS:
	case TB_NAMES:
		return type == FT_NAME || type == FT_SET || type == FT_TEXT;
	case TB_ADDRESSES:
		return type == FT_MAIL;
	}
	return false;
}

static int
parse_table(struct parse *p, const struct node *n, const struct fact_decl *d,
    struct test *t)
{
	t->members = members_find(p->c, str_from(n->text, 1), n->place);
	if (t->members == NULL)
		return -E_INVALID;
	if (kind_fits(t->members->image.kind, d->type))
		return 0;
	compile_error(p->c, n->place, "P0118", "nets hold IP addresses, "
	    "domains and names hold names, addresses hold mail addresses",
	    "table \"%.*s\" holds other things than %s is",
	    STR_ARG(t->members->name), d->name);
	return -E_INVALID;
}

/* "@TABLE" or "{ values }" behind `in`. */
static int
parse_members(struct parse *p, const struct fact_decl *d, struct test *t)
{
	const struct node *n = cursor_node(p->at);
	const struct stmt *s;
	size_t i, count = 0;

	if (n != NULL && n->kind == ND_WORD && str_starts(n->text, STR("@"))) {
		p->at->at++;
		return parse_table(p, n, d, t);
	}
	if (n == NULL || n->kind != ND_BLOCK) {
		compile_error(p->c, cursor_place(p->at), "P0111",
		    "in @TABLE or in {VALUE VALUE}",
		    "after \"in\" comes a table or values in braces");
		return -E_INVALID;
	}
	p->at->at++;
	for (s = n->stmts; s != NULL; s = s->next)
		count += s->count;
	if (count == 0) {
		compile_error(p->c, n->place, "P0111", "in {VALUE VALUE}",
		    "nothing can be in empty braces");
		return -E_INVALID;
	}
	t->literals = arena_array(p->c->arena, count, sizeof *t->literals);
	for (s = n->stmts; s != NULL; s = s->next)
		for (i = 0; i < s->count; i++)
			if (literal_read(p->c, &s->nodes[i], d, t->op,
			    &t->literals[t->count++]) != 0)
				return -E_INVALID;
	return 0;
}

static const struct {
	const char  *text;
	enum test_op op;
} ops[] = {
	{ "=", OP_EQ }, { "!=", OP_NE }, { "<", OP_LT }, { "<=", OP_LE },
	{ ">", OP_GT }, { ">=", OP_GE },
};

/* The word or sign behind a fact; OP_TRUTH when none is there. */
static enum test_op
parse_op(struct parse *p)
{
	const struct node *n = cursor_node(p->at);
	size_t i;

	if (n != NULL && n->kind == ND_OP) {
		p->at->at++;
		for (i = 0; i < COUNT(ops); i++)
			if (str_eq(n->text, str_of(ops[i].text)))
				return ops[i].op;
		must(!"every sign of the language is in the table");
	}
	if (cursor_take(p->at, "in"))
		return OP_IN;
	if (cursor_take(p->at, "like"))
		return OP_LIKE;
	if (cursor_is(p->at, "all")) {
		p->at->at++;
		if (cursor_take(p->at, "in"))
			return OP_ALL_IN;
		p->at->at--;
	}
	return OP_TRUTH;
}

static int
parse_value(struct parse *p, const struct fact_decl *d, struct test *t)
{
	const struct node *n;

	if (t->op == OP_TRUTH)
		return 0;
	if (t->op == OP_IN || t->op == OP_ALL_IN)
		return parse_members(p, d, t);
	n = cursor_node(p->at);
	if (n == NULL) {
		compile_error(p->c, cursor_place(p->at), "P0111",
		    type_remedy(d->type, t->op), "a value is missing here");
		return -E_INVALID;
	}
	p->at->at++;
	t->literals = arena_alloc(p->c->arena, sizeof *t->literals);
	t->count = 1;
	return literal_read(p->c, n, d, t->op, t->literals);
}

static bool
parse_more(struct parse *p, struct place place)
{
	if (p->reads->tests++ < TESTS_MAX)
		return true;
	compile_error(p->c, place, "P0119", "put long lists of values into "
	    "a table", "a condition has more than %d tests, those of its "
	    "lets counted", TESTS_MAX);
	return false;
}

/* FACT, and what it is tested for. For an exception from.domain means each
 * author: one whom nobody vouches for must not ride along. */
static const struct cond *
parse_fact(struct parse *p, const struct node *n)
{
	struct cond *cd = arena_alloc(p->c->arena, sizeof *cd);
	const struct fact_decl *d;
	int fact = fact_find(p->c, n);

	p->at->at++;
	if (fact < 0 || !parse_more(p, n->place) ||
	    !reads_note(p, n, fact, false))
		return NULL;
	d = vocabulary_decl(p->c->env->vocabulary, fact);
	cd->test.fact = fact;
	cd->test.op = parse_op(p);
	if (!op_fits(d->type, cd->test.op)) {
		compile_error(p->c, n->place, "P0113",
		    type_remedy(d->type, cd->test.op),
		    "%s cannot be tested like this", d->name);
		return NULL;
	}
	cd->test.is_all = cd->test.op == OP_ALL_IN || (p->reads->all_authors &&
	    str_eq(str_of(d->name), STR("from.domain")));
	return parse_value(p, d, &cd->test) == 0 ? cd : NULL;
}

/* --- tests ---------------------------------------------------------------- */

/* The depth bounds the stack, here and in eval.c. */
static bool
parse_deeper(struct parse *p, struct place place)
{
	if (p->depth++ < DEPTH_MAX)
		return true;
	compile_error(p->c, place, "P0119", "use \"let\" to name a part",
	    "a condition is nested more than %d deep", DEPTH_MAX);
	return false;
}

static bool
parse_close(struct parse *p)
{
	const struct node *n = cursor_node(p->at);

	if (n != NULL && n->kind == ND_CLOSE) {
		p->at->at++;
		return true;
	}
	compile_error(p->c, cursor_place(p->at), "P0111", NULL,
	    "\")\" is missing here");
	return false;
}

/* unknown(FACT). A let has no status, so only a fact may stand there. */
static const struct cond *
parse_unknown(struct parse *p)
{
	struct cond *cd = arena_alloc(p->c->arena, sizeof *cd);
	const struct node *n;
	int fact;

	p->at->at += 2;                 /* unknown ( */
	n = cursor_node(p->at);
	if (n == NULL || n->kind != ND_WORD) {
		compile_error(p->c, cursor_place(p->at), "P0111",
		    "unknown(FACT)", "a fact is missing here");
		return NULL;
	}
	p->at->at++;
	fact = fact_find(p->c, n);
	if (fact < 0 || !parse_more(p, n->place) ||
	    !reads_note(p, n, fact, true) || !parse_close(p))
		return NULL;
	cd->test.fact = fact;
	cd->test.op = OP_UNKNOWN;
	return cd;
}

/* A let is parsed anew where it is used: then "under not" is told right. */
static const struct cond *
parse_let(struct parse *p, struct named *let, struct place place)
{
	struct cursor at = { let->stmt, 3 };
	struct parse in = { p->c, &at, p->reads, p->depth, p->under_not };
	const struct cond *cd;

	p->at->at++;
	if (let->is_bad)
		return NULL;
	if (let->is_open) {
		compile_error(p->c, place, "P0122", NULL,
		    "\"%.*s\" is defined by itself", STR_ARG(let->name));
		return NULL;
	}
	if (!parse_deeper(&in, place))
		return NULL;
	let->is_open = true;
	cd = parse_or(&in);
	let->is_open = false;
	let->is_bad = cd == NULL;
	return cd;
}

static struct named *
let_find(struct compiling *c, struct str name)
{
	struct named *n;

	for (n = c->lets; n != NULL; n = n->next)
		if (str_eq(n->name, name))
			return n;
	return NULL;
}

/* A let is looked for first: it cannot have the name of a fact. A fact
 * "unknown" could not be told from the function, so "(" decides. */
static const struct cond *
parse_primary(struct parse *p)
{
	const struct node *n = cursor_node(p->at);
	const struct cond *cd;
	struct named *let;

	if (n != NULL && n->kind == ND_OPEN) {
		p->at->at++;
		if (!parse_deeper(p, n->place))
			return NULL;
		cd = parse_or(p);
		p->depth--;
		return cd != NULL && parse_close(p) ? cd : NULL;
	}
	if (n == NULL || n->kind != ND_WORD) {
		compile_error(p->c, cursor_place(p->at), "P0111", NULL,
		    "a condition is missing here");
		return NULL;
	}
	if (cursor_is(p->at, "unknown") && n + 1 <
	    p->at->stmt->nodes + p->at->stmt->count && n[1].kind == ND_OPEN)
		return parse_unknown(p);
	let = let_find(p->c, n->text);
	return let != NULL ? parse_let(p, let, n->place) : parse_fact(p, n);
}

static const struct cond *
parse_not(struct parse *p)
{
	struct place place = cursor_place(p->at);
	const struct cond *cd;
	bool outer = p->under_not;

	if (!cursor_take(p->at, "not"))
		return parse_primary(p);
	if (!parse_deeper(p, place))
		return NULL;
	p->under_not = true;
	cd = parse_not(p);
	p->under_not = outer;
	p->depth--;
	return cd == NULL ? NULL : cond_two(p->c, CD_NOT, cd, NULL);
}

/* Chains lean to the right, so that eval.c can walk them in a loop. */
static const struct cond *
parse_and(struct parse *p)
{
	const struct cond *a = parse_not(p), *b;

	if (a == NULL || !cursor_take(p->at, "and"))
		return a;
	b = parse_and(p);
	return b == NULL ? NULL : cond_two(p->c, CD_AND, a, b);
}

static const struct cond *
parse_or(struct parse *p)
{
	const struct cond *a = parse_and(p), *b;

	if (a == NULL || !cursor_take(p->at, "or"))
		return a;
	b = parse_or(p);
	return b == NULL ? NULL : cond_two(p->c, CD_OR, a, b);
}

const struct cond *
cond_parse(struct compiling *c, struct cursor *at, struct reads *reads)
{
	struct parse p = { .c = c, .at = at, .reads = reads };

	return parse_or(&p);
}

void
lets_check(struct compiling *c)
{
	struct named *n;

	for (n = c->lets; n != NULL; n = n->next) {
		struct cursor at = { n->stmt, 3 };
		struct reads reads = { 0 };

		if (vocabulary_find(c->env->vocabulary, n->name) >= 0)
			compile_error(c, n->stmt->nodes[1].place, "P0106",
			    "choose another name", "\"%.*s\" is a fact",
			    STR_ARG(n->name));
		if (n->is_bad)
			continue;
		n->is_open = true;
		n->is_bad = cond_parse(c, &at, &reads) == NULL ||
		    !parse_end(c, &at);
		n->is_open = false;
	}
}
