/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lists - the DNS lists that a policy uses: found, declared, with their keys.
 *
 * Called by: policy/compile.c, before the first condition is read, and
 * policy/lines.c for the key of a `use`.
 * Always holds: a list that is used can be asked; its facts are declared
 * once; a key is in struct list and nowhere else, neither in the policy's
 * hash nor in a message.
 * Source: language.md 1 "Secrets", 2, 3 "use"; catalogue 133.
 */
#include "policy/compile.h"

#include <string.h>

#include "base/error.h"
#include "base/name.h"

#define LISTS_MAX 64

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
	if (l == NULL || (!is_off && !list_is_alive(c, l, name)))
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
void
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

/* --- keys ----------------------------------------------------------------- */

/* No path, and nothing hidden. */
static bool
is_secret_name(struct str name)
{
	return name.len > 0 && name.p[0] != '.' &&
	    str_find(name, '/') == name.len;
}

static int
secret_find(struct compiling *c, struct str name, struct str *text,
    struct fault *f)
{
	int rc = -E_NOTFOUND;
	size_t i;

	fault_set(f, "there is no folder for secrets");
	for (i = 0; i < c->env->secret_count && rc == -E_NOTFOUND; i++)
		rc = c->reader.secret(&c->reader, source_beside(c->arena,
		    arena_printf(c->arena, "%.*s/.",
		    STR_ARG(c->env->secrets[i])), name), c->arena, text, f);
	if (rc == -E_NOTFOUND && i > 0)
		fault_set(f, "no such file in %.*s",
		    STR_ARG(c->env->secrets[0]));
	return rc;
}

/* What is wrong with a key is told without it. */
bool
list_key_read(struct compiling *c, struct list *l, const struct node *n)
{
	struct fault fault = { "" };
	struct str name = n->text, kind = str_split(&name, ':'), text, line;

	if (l->key_zone.len == 0) {
		compile_error(c, n->place, "P0148", NULL, "the description of "
		    "list \"%.*s\" says of no key", STR_ARG(l->name));
		return false;
	}
	if (!str_eq(kind, STR("secret")) || !is_secret_name(name)) {
		compile_error(c, n->place, "P0149", "key secret:NAME, and the "
		    "key in the file secrets/NAME", "a key is the name of a "
		    "secret");
		return false;
	}
	if (secret_find(c, name, &text, &fault) != 0) {
		compile_error(c, n->place, "P0149", NULL, "secret \"%.*s\": "
		    "%s", STR_ARG(name), fault.text);
		return false;
	}
	line = str_split(&text, '\n');
	l->key = arena_lower(c->arena, str_trim(line));
	/* The limit is for those who ask without; what a key is good for is
	 * between its owner and the operator. */
	l->limit = 0;
	if (text.len == 0 && l->key.len <= LABEL_MAX && name_is_host(l->key) &&
	    name_labels(l->key) == 1)
		return true;
	compile_error(c, n->place, "P0150", "one line of letters, digits and "
	    "\"-\"", "secret \"%.*s\" is no key of a list", STR_ARG(name));
	return false;
}
