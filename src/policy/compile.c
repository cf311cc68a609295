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
#include "policy/text.h"

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

/* --- tables ---------------------------------------------------------------- */

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
	for (i = 0; i < p->list_count; i++)
		if (p->lists[i]->when_fact >= 0)
			p->early[p->lists[i]->when_fact] = true;
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
