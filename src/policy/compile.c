/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compile - a policy's name to a policy.
 *
 *	layers, merged -> lists found, their facts declared -> lines
 *
 * Called by: the daemon, the harness, check and lint.
 * Always holds: with an error in diag there is no policy; a policy never
 * changes once it is made.
 */
#include "policy/compile.h"

#include <string.h>

#include "base/error.h"
#include "base/name.h"
#include "policy/text.h"

#define LISTS_MAX 64

/* --- what was read, for the policy's hash --------------------------------- */

static struct compiling *
compiling_of(struct reader *r)
{
	return CONTAINER(r, struct compiling, reader);
}

/* Every text that makes the policy goes into its hash: tables and lists are
 * as much a part of a decision as its lines. */
static int
counting_read(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	struct compiling *c = compiling_of(r);
	int rc = c->env->reader->read(c->env->reader, path, a, text, f);

	if (rc == 0)
		c->hash = siphash((struct sipkey){ c->hash, text->len },
		    text->p, text->len);
	return rc;
}

static int
counting_list(struct reader *r, struct str glob, struct arena *a,
    struct str **paths, size_t *count)
{
	struct compiling *c = compiling_of(r);

	return c->env->reader->list(c->env->reader, glob, a, paths, count);
}

void
compile_count(struct compiling *c, uint64_t hash)
{
	c->hash = siphash((struct sipkey){ c->hash, 0 }, &hash, sizeof hash);
}

/* A secret is no part of the hash, which is shown. */
static int
passing_secret(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	struct compiling *c = compiling_of(r);

	return c->env->reader->secret(c->env->reader, path, a, text, f);
}

struct str
file_in_folder(struct compiling *c, size_t i, struct str name)
{
	return source_beside(c->arena, arena_printf(c->arena, "%.*s/.",
	    STR_ARG(c->env->folders[i])), name);
}

int
file_find(struct compiling *c, struct str name, struct str *path,
    struct str *text, struct fault *f)
{
	int rc = -E_NOTFOUND;
	size_t i;

	for (i = 0; i < c->env->folder_count && rc == -E_NOTFOUND; i++) {
		*path = file_in_folder(c, i, name);
		rc = c->reader.read(&c->reader, *path, c->arena, text, f);
	}
	return rc;
}

/* --- lists ---------------------------------------------------------------- */

/* A list that is declared already; NULL: not yet, or it has errors. */
static struct list *
list_known(struct compiling *c, struct str name)
{
	size_t i;

	for (i = 0; i < c->policy->list_count; i++)
		if (str_eq(c->policy->lists[i]->name, name))
			return c->policy->lists[i];
	return NULL;
}

/* A play's list. Each policy numbers the facts of its own copy. */
static struct list *
list_of_play(struct compiling *c, struct str name)
{
	const struct list *given;
	struct list *l;
	size_t i;

	for (i = 0; i < c->env->list_count; i++) {
		given = c->env->lists[i];
		if (!str_eq(given->name, name))
			continue;
		l = arena_alloc(c->arena, sizeof *l);
		*l = *given;
		l->codes = arena_array(c->arena, l->code_count,
		    sizeof *l->codes);
		memcpy(l->codes, given->codes,
		    l->code_count * sizeof *l->codes);
		return l;
	}
	return NULL;
}

/* lists/NAME.list of the first folder that has it. */
static struct list *
list_load(struct compiling *c, const struct node *name, struct reading *r)
{
	struct str path, text;
	const struct stmt *s;

	if (file_find(c, arena_printf(c->arena, "lists/%.*s.list",
	    STR_ARG(name->text)), &path, &text, NULL) == -E_NOTFOUND) {
		compile_error(c, name->place, "P0127", "add a \"list\" block "
		    "or a file lists/NAME.list", "no list \"%.*s\"",
		    STR_ARG(name->text));
		return NULL;
	}
	for (s = tree_load(&c->reader, path, c->arena, c->diag); s != NULL;
	    s = s->next)
		if (stmt_is(s, "list") && s->count > 1 &&
		    str_eq(s->nodes[1].text, name->text))
			return list_read(s, r);
	compile_error(c, name->place, "P0127", NULL,
	    "%.*s describes no list \"%.*s\"", STR_ARG(path),
	    STR_ARG(name->text));
	return NULL;
}

/* A play's, a block of the policy's, or a file's; NULL after an error. */
static struct list *
list_get(struct compiling *c, const struct node *name)
{
	struct reading r = { .arena = c->arena, .diag = c->diag,
		.reader = &c->reader };
	struct list *l = list_of_play(c, name->text);
	struct named *n;

	if (l != NULL)
		return l;
	for (n = c->lists; n != NULL; n = n->next)
		if (str_eq(n->name, name->text)) {
			l = list_read(n->stmt, &r);
			n->is_bad = l == NULL;
			return l;
		}
	return list_load(c, name, &r);
}

/* Zones that ended, by lists/dead: dead ZONE DATE "WHY". */
static bool
list_is_alive(struct compiling *c, const struct list *l,
    const struct node *name)
{
	const struct stmt *s;
	struct str path, text;

	if (c->dead == NULL && file_find(c, STR("lists/dead"), &path, &text,
	    NULL) == 0)
		c->dead = tree_load(&c->reader, path, c->arena, c->diag);
	for (s = c->dead; s != NULL; s = s->next) {
		if (!stmt_is(s, "dead") || s->count != 4 ||
		    !name_is_below(l->zone, s->nodes[1].text))
			continue;
		compile_error(c, name->place, "P0129", "take it out, or with "
		    "a base that has it: off NAME", "list \"%.*s\" is dead "
		    "since %.*s: %.*s", STR_ARG(l->name),
		    STR_ARG(s->nodes[2].text), STR_ARG(s->nodes[3].text));
		return false;
	}
	return true;
}

/* What a list must have to be asked. */
static bool
list_may_be_used(struct compiling *c, const struct list *l,
    const struct node *name)
{
	if (l->needs.len == 0)
		return list_is_alive(c, l, name);
	compile_error(c, name->place, "P0199", NULL, "list \"%.*s\" "
	    "needs \"%.*s\", which is not there yet",
	    STR_ARG(l->name), STR_ARG(l->needs));
	return false;
}

/* Names of facts come from texts here, so that a clash is an error of the
 * text, where a filter's would be ours. */
static void
list_add(struct compiling *c, struct list *l, const struct node *name)
{
	struct policy *p = c->policy;
	struct str clash;

	if (p->list_count == LISTS_MAX) {
		compile_error(c, name->place, "P0128", NULL,
		    "a policy uses at most %d lists", LISTS_MAX);
		return;
	}
	switch (list_declare(l, c->env->vocabulary, c->arena, &clash)) {
	case 0:
		l->number = (int)p->list_count;
		p->lists[p->list_count++] = l;
		return;
	case -E_TOOBIG:
		compile_error(c, name->place, "P0128", NULL, "the codes of "
		    "all lists are more facts than a policy can have");
		return;
	case -E_NOTFOUND:
		compile_error(c, l->when_place, "P0324", "like: when "
		    "mail.null", "\"%.*s\" is no truth that is found out "
		    "before lists are asked", STR_ARG(l->when));
		return;
	default:
		compile_error(c, l->place, "P0317", "choose another name for "
		    "the list or its code", "there is a fact \"%.*s\" "
		    "already", STR_ARG(clash));
	}
}

struct list *
list_find(struct compiling *c, const struct node *name)
{
	return list_known(c, name->text);
}

static void
list_use(struct compiling *c, const struct item *use, bool is_off)
{
	const struct node *name = &use->stmt->nodes[1];
	struct list *l;

	if (use->kind != IT_USE || list_known(c, name->text) != NULL)
		return;
	l = list_get(c, name);
	if (l == NULL || (!is_off && !list_may_be_used(c, l, name)))
		return;
	l->is_off = is_off;
	list_add(c, l, name);
}

/*
 * Every list that a `use` names: its facts must be there before the first
 * condition is read. A list that was switched off has them too, since lines
 * of the base may read them; it is not asked. A block that nobody uses is
 * read for its errors.
 */
static void
lists_find(struct compiling *c)
{
	struct reading r = { .arena = c->arena, .diag = c->diag,
		.reader = &c->reader };
	const struct item *i;
	const struct named *n;

	c->policy->lists = arena_array(c->arena, LISTS_MAX,
	    sizeof *c->policy->lists);
	for (i = c->items; i != NULL; i = i->next)
		list_use(c, i, false);
	for (i = c->dropped; i != NULL; i = i->next)
		list_use(c, i, true);
	for (n = c->lists; n != NULL; n = n->next)
		if (!n->is_bad && list_known(c, n->name) == NULL)
			(void)list_read(n->stmt, &r);
}

/* Tables that no line reads are read for their errors. */
static void
tables_check(struct compiling *c)
{
	const struct named *n;

	for (n = c->tables; n != NULL; n = n->next)
		(void)members_find(c, n->name, stmt_place(n->stmt));
}

/* --- what is read before the message -------------------------------------- */

static void
early_cond(bool *early, const struct cond *c)
{
	if (c == NULL)
		return;
	if (c->kind == CD_TEST) {
		early[c->test.fact] = true;
		return;
	}
	early_cond(early, c->a);
	early_cond(early, c->b);
}

static void
early_text(bool *early, const struct vocabulary *v, struct str text)
{
	struct str name;
	size_t at = 0;

	while (text_next_name(text, &at, &name))
		early[vocabulary_find(v, name)] = true;
}

static void
early_find(struct compiling *c)
{
	struct policy *p = c->policy;
	size_t i;

	p->early = arena_array(c->arena, vocabulary_count(p->vocabulary),
	    sizeof *p->early);
	for (i = 0; i < p->trust_count; i++)
		early_cond(p->early, p->trusts[i].cond);
	for (i = 0; i < p->rule_count; i++) {
		if (p->rules[i].stage > ST_RCPT)
			continue;
		early_cond(p->early, p->rules[i].cond);
		early_text(p->early, p->vocabulary, p->rules[i].text);
	}
	for (i = 0; i < p->weight_count; i++)
		if (p->limits[LM_REFUSE].is_set)
			early_cond(p->early, p->weights[i].cond);
}

/* --- the whole ------------------------------------------------------------ */

/* After an error everything else is read all the same, so that all errors
 * come in one run; only a layer that is not there ends it. */
int
policy_compile(const struct policy_env *env, struct str name,
    struct arena *a, struct diagnostics *d, const struct policy **out)
{
	struct compiling *c = arena_alloc(a, sizeof *c);
	unsigned before = diag_count(d, DG_ERROR);

	c->env = env;
	c->arena = a;
	c->diag = d;
	c->reader = (struct reader){ .read = counting_read,
		.list = counting_list, .secret = passing_secret };
	c->policy = arena_alloc(a, sizeof *c->policy);
	c->policy->vocabulary = env->vocabulary;
	layers_load(c, name);
	if (c->is_broken)
		return -E_INVALID;
	lists_find(c);
	tables_check(c);
	lets_check(c);
	lines_compile(c);
	if (diag_count(d, DG_ERROR) > before)
		return -E_INVALID;
	early_find(c);
	c->policy->observes = str_eq(c->mode, STR("observe"));
	memcpy(c->policy->hash, arena_printf(a, "%04x",
	    (unsigned)(c->hash & 0xffff)).p, 5);
	*out = c->policy;
	return 0;
}

struct str
policy_name(const struct policy *p)
{
	return p->name;
}

const char *
policy_hash(const struct policy *p)
{
	return p->hash;
}

const bool *
policy_early(const struct policy *p)
{
	return p->early;
}

bool
policy_observes(const struct policy *p)
{
	return p->observes;
}

bool
policy_threshold(const struct policy *p, enum action action, int64_t *at)
{
	static const struct { enum action action; enum limit_kind kind; }
	    kinds[] = { { ACT_JUNK, LM_JUNK }, { ACT_HOLD, LM_HOLD },
	    { ACT_REFUSE, LM_REFUSE } };
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (kinds[i].action == action &&
		    p->limits[kinds[i].kind].is_set) {
			*at = p->limits[kinds[i].kind].at;
			return true;
		}
	return false;
}

bool
policy_drops(const struct policy *p, enum stage stage)
{
	size_t i;

	for (i = 0; i < p->rule_count; i++)
		if (p->rules[i].stage == stage && !p->rules[i].is_pass &&
		    p->rules[i].action == ACT_DROP)
			return true;
	return false;
}

struct list *const *
policy_lists(const struct policy *p, size_t *count)
{
	*count = p->list_count;
	return p->lists;
}

struct place
policy_list_place(const struct policy *p, const struct list *l)
{
	size_t i;

	for (i = 0; i < p->weight_count; i++)
		if (p->weights[i].list == l)
			return p->weights[i].place;
	return l->place;
}

const char *
action_word(enum action a)
{
	static const char *const words[ACT_COUNT] = {
		[ACT_ACCEPT] = "accept", [ACT_JUNK] = "junk",
		[ACT_HOLD] = "hold", [ACT_GREYLIST] = "greylist",
		[ACT_DEFER] = "defer", [ACT_TRAP] = "trap",
		[ACT_REFUSE] = "refuse", [ACT_DROP] = "drop",
	};

	return words[a];
}
