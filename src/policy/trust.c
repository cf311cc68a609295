/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trust - the condition of an exception: who is trusted, and what proves
 * that it is them.
 *
 * Each or-branch tests exactly one identity, by a positive =, in or like;
 * each proof must bind that identity; the proof becomes part of the
 * condition. Other tests may only narrow.
 *
 * Called by: lines.c, for `trust`.
 * Source: language.md 3, grammar (PROOF) and "Exceptions".
 */
#include "policy/compile.h"

#include <string.h>

#define PROOFS_MAX 5

/* How an identity is proved: by `proof`, when the fact `when` is one of
 * `words`, or is true where there are none. */
static const struct binding {
	const char *proof, *identity;
	const char *when;            /* NULL: being known is proof          */
	const char *words[3];
} bindings[] = {
	{ "address", "client.ip", NULL, { 0 } },
	/* known only when confirmed */
	{ "fcrdns", "client.name", NULL, { 0 } },
	/* holds only those that passed */
	{ "dkim", "dkim.domains", NULL, { 0 } },
	{ "dkim", "from.domain", "dkim.aligned", { 0 } },
	/* absent for <>, whose SPF is about HELO */
	{ "spf", "mail.domain", "spf", { "pass" } },
	/* of every author's domain */
	{ "spf", "from.domain", "dmarc.aligned-by", { "spf", "both" } },
	{ "dmarc", "from.domain", "dmarc", { "pass" } },
};

static const char *const proofs[] = {
	"address", "dkim", "dmarc", "fcrdns", "spf",
};

static bool
is_identity(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(bindings); i++)
		if (str_eq(str_of(bindings[i].identity), str_of(name)))
			return true;
	return false;
}

static bool
is_positive(const struct test *t)
{
	return t->op == OP_EQ || t->op == OP_IN || t->op == OP_ALL_IN ||
	    t->op == OP_LIKE;
}

/* The tests of one or-branch that name an identity, counted; the last in
 * *found. Under not an identity is no identity. */
static unsigned
branch_identities(struct compiling *c, const struct cond *cd,
    const struct test **found)
{
	const struct fact_decl *d;

	switch (cd->kind) {
	case CD_TEST:
		d = vocabulary_decl(c->env->vocabulary, cd->test.fact);
		if (!is_identity(d->name) || !is_positive(&cd->test))
			return 0;
		*found = &cd->test;
		return 1;
	case CD_AND:
		return branch_identities(c, cd->a, found) +
		    branch_identities(c, cd->b, found);
	case CD_OR:         /* inside a branch: only narrowing may be there */
	case CD_NOT:
		break;
	}
	return 0;
}

/* FACT, or FACT in {WORD WORD}. A word that the fact does not have is a
 * mistake of ours. */
static const struct cond *
cond_when(struct compiling *c, const struct binding *b, int fact)
{
	const struct fact_decl *d =
	    vocabulary_decl(c->env->vocabulary, fact);
	struct cond *cd = arena_alloc(c->arena, sizeof *cd);
	struct test *t = &cd->test;
	size_t i;

	t->fact = fact;
	if (b->words[0] == NULL)
		return cd;
	t->op = OP_IN;
	t->literals = arena_array(c->arena, COUNT(b->words),
	    sizeof *t->literals);
	for (; b->words[t->count] != NULL; t->count++) {
		for (i = 0; strcmp(d->words[i], b->words[t->count]) != 0; i++)
			must(d->words[i + 1] != NULL);
		t->literals[t->count].word = (int)i;
	}
	return cd;
}

/* The condition that proves an identity, NULL for "being known"; rc tells an
 * identity that this proof does not bind. */
static int
binding_find(struct compiling *c, struct str proof, const struct test *t,
    struct place place, const struct cond **when)
{
	const struct fact_decl *d =
	    vocabulary_decl(c->env->vocabulary, t->fact);
	size_t i;
	int fact;

	for (i = 0; i < COUNT(bindings); i++)
		if (str_eq(str_of(bindings[i].proof), proof) &&
		    str_eq(str_of(bindings[i].identity), str_of(d->name)))
			break;
	if (i == COUNT(bindings)) {
		compile_error(c, place, "P0208", NULL,
		    "%.*s does not prove %s", STR_ARG(proof), d->name);
		return -E_INVALID;
	}
	*when = NULL;
	if (bindings[i].when == NULL)
		return 0;
	fact = vocabulary_find(c->env->vocabulary, str_of(bindings[i].when));
	if (fact < 0) {
		compile_error(c, place, "P0199", NULL,
		    "proof by %.*s is not there yet", STR_ARG(proof));
		return -E_INVALID;
	}
	*when = cond_when(c, &bindings[i], fact);
	return 0;
}

/* branch and (proof or proof ...); NULL after an error. */
static const struct cond *
branch_prove(struct compiling *c, const struct cond *branch,
    const struct node *const *proof, size_t count, struct place place)
{
	const struct cond *any = NULL, *when;
	const struct test *identity = NULL;
	struct cond *both;
	bool is_proved = false;
	size_t i;

	if (branch_identities(c, branch, &identity) != 1) {
		compile_error(c, place, "P0207",
		    "test one of: client.ip client.name from.domain "
		    "mail.domain dkim.domains\nwith \"or\" in it: A and X or "
		    "B and X, not (A or B) and X",
		    "each branch of an exception tests exactly one identity");
		return NULL;
	}
	for (i = 0; i < count; i++) {
		if (binding_find(c, proof[i]->text, identity,
		    proof[i]->place, &when) != 0)
			return NULL;
		is_proved = is_proved || when == NULL;
		both = arena_alloc(c->arena, sizeof *both);
		*both = (struct cond){ .kind = CD_OR, .a = any, .b = when };
		any = any == NULL ? when : both;
	}
	if (is_proved)          /* being known is proof enough */
		return branch;
	both = arena_alloc(c->arena, sizeof *both);
	*both = (struct cond){ .kind = CD_AND, .a = branch, .b = any };
	return both;
}

static const struct cond *
branches_prove(struct compiling *c, const struct cond *cd,
    const struct node *const *proof, size_t count, struct place place)
{
	struct cond *either;
	const struct cond *a, *b;

	if (cd->kind != CD_OR)
		return branch_prove(c, cd, proof, count, place);
	a = branches_prove(c, cd->a, proof, count, place);
	b = branches_prove(c, cd->b, proof, count, place);
	if (a == NULL || b == NULL)
		return NULL;
	either = arena_alloc(c->arena, sizeof *either);
	*either = (struct cond){ .kind = CD_OR, .a = a, .b = b };
	return either;
}

/* "verified" "by" PROOF { "or" PROOF } */
static size_t
parse_proofs(struct compiling *c, struct cursor *at,
    const struct node **proof)
{
	size_t i, count = 0;

	if (!cursor_take(at, "verified") || !cursor_take(at, "by")) {
		compile_error(c, cursor_place(at), "P0207",
		    "add: verified by dkim or spf",
		    "this exception trusts a name that anybody can write");
		return 0;
	}
	do {
		const struct node *n = cursor_node(at);

		for (i = 0; n != NULL && i < COUNT(proofs); i++)
			if (str_eq(n->text, str_of(proofs[i])))
				break;
		if (n == NULL || i == COUNT(proofs) || count == PROOFS_MAX) {
			compile_error(c, cursor_place(at), "P0208",
			    "one of: address dkim dmarc fcrdns spf",
			    "this is no proof of an identity");
			return 0;
		}
		proof[count++] = n;
		at->at++;
	} while (cursor_take(at, "or"));
	return count;
}

const struct cond *
cond_parse_trust(struct compiling *c, struct cursor *at)
{
	const struct node *proof[PROOFS_MAX];
	struct place place = cursor_place(at);
	struct reads reads = { .all_authors = true };
	const struct cond *cd = cond_parse(c, at, &reads);
	size_t count;

	if (cd == NULL)
		return NULL;
	if (reads.has_ignorance) {
		compile_error(c, place, "P0209", NULL,
		    "an exception cannot rest on what is not known");
		return NULL;
	}
	count = parse_proofs(c, at, proof);
	if (count == 0)
		return NULL;
	return branches_prove(c, cd, proof, count, place);
}
