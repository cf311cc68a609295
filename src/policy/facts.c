/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * facts - the vocabulary of a process and the facts of a session.
 *
 * Called by: the filters' runner, which states facts, and the judge, which
 * reads them.
 * Always holds: numbers of facts are dense, in declared order, and mean the
 * same for the life of a vocabulary; a set has members only when it is known.
 */
#include "policy/facts.h"

#include <string.h>

#include "base/error.h"
#include "lang/diag.h"

#define FACTS_MAX 1024 /* of one vocabulary */

struct vocabulary {
	struct arena            *arena;
	const struct fact_decl **decls;
	size_t                   count, room;
};

const char *
stage_word(enum stage st)
{
	static const char *const words[ST_COUNT] = {
		[ST_CONNECT] = "connect", [ST_HELO] = "helo",
		[ST_MAIL] = "mail", [ST_RCPT] = "rcpt",
		[ST_DATA] = "data", [ST_EOM] = "eom",
	};

	return words[st];
}

const char *
family_word(enum family fam)
{
	static const char *const words[FAM_COUNT] = {
		[FAM_NONE] = "-", [FAM_LISTS] = "lists",
		[FAM_EARLY] = "early", [FAM_GREYLIST] = "greylist",
		[FAM_RATE] = "rate", [FAM_AUTH] = "auth",
		[FAM_SCAN] = "scan", [FAM_CLIENT] = "client",
		[FAM_HELO] = "helo", [FAM_HISTORY] = "history",
		[FAM_HEADERS] = "headers",
	};

	return words[fam];
}

const char *
why_word(enum why why)
{
	static const char *const words[WHY_COUNT] = {
		[WHY_NONE] = "-", [WHY_TIMEOUT] = "timeout",
		[WHY_SERVFAIL] = "servfail", [WHY_REFUSED] = "refused",
		[WHY_GARBAGE] = "garbage", [WHY_BUDGET] = "budget",
		[WHY_LIST] = "list-error", [WHY_BROKEN] = "broken",
		[WHY_SUSPECT] = "suspect", [WHY_HEALTH] = "health",
		[WHY_GONE] = "gone",
	};

	return words[why];
}

/* What no row names is our own trouble, and is shown as such. */
enum why
why_of_error(int error)
{
	static const enum why whys[E_COUNT] = {
		[E_TIMEOUT] = WHY_TIMEOUT, [E_CANCELED] = WHY_TIMEOUT,
		[E_SERVFAIL] = WHY_SERVFAIL, [E_REFUSED] = WHY_REFUSED,
		[E_GARBAGE] = WHY_GARBAGE, [E_BUDGET] = WHY_BUDGET,
	};
	int e = error < 0 ? -error : error;

	if (e == 0)
		return WHY_NONE;
	if (e >= E_COUNT || whys[e] == WHY_NONE)
		return WHY_BROKEN;
	return whys[e];
}


/* Room doubles; facts are numbered once and stay where they are. */
static void
vocabulary_grow(struct vocabulary *v, size_t need)
{
	const struct fact_decl **decls;
	size_t room = v->room == 0 ? 64 : v->room;

	if (need <= v->room)
		return;
	must(need <= FACTS_MAX);
	while (room < need)
		room *= 2;
	decls = arena_array(v->arena, room, sizeof *decls);
	if (v->count > 0)
		memcpy(decls, v->decls, v->count * sizeof *decls);
	v->decls = decls;
	v->room = room;
}

size_t
vocabulary_room(const struct vocabulary *v)
{
	return FACTS_MAX - v->count;
}

int
vocabulary_add(struct vocabulary *v, const struct fact_decl *d, size_t count)
{
	size_t first = v->count, i;

	vocabulary_grow(v, v->count + count);
	for (i = 0; i < count; i++) {
		must(vocabulary_find(v, str_of(d[i].name)) < 0);
		v->decls[v->count++] = &d[i];
	}
	return (int)first;
}

struct vocabulary *
vocabulary_new(struct arena *a)
{
	static const struct fact_decl now = { "now", FT_TIME, ST_CONNECT,
	    FAM_NONE, NULL, NULL, 0,
	    "The moment of judging; compared with dates." };
	struct vocabulary *v = arena_alloc(a, sizeof *v);

	v->arena = a;
	must(vocabulary_add(v, &now, 1) == FACT_NOW);
	return v;
}

size_t
vocabulary_count(const struct vocabulary *v)
{
	return v->count;
}

const struct fact_decl *
vocabulary_decl(const struct vocabulary *v, int fact)
{
	must(fact >= 0 && (size_t)fact < v->count);
	return v->decls[fact];
}

int
vocabulary_find(const struct vocabulary *v, struct str name)
{
	size_t i;

	for (i = 0; i < v->count; i++)
		if (str_eq(str_of(v->decls[i]->name), name))
			return (int)i;
	return -1;
}

/* Only for a person who mistyped: an arena of its own costs nothing then. */
const char *
vocabulary_nearest(const struct vocabulary *v, struct str name)
{
	const char **words;
	struct arena *a = arena_new(0);
	const char *best;
	size_t i;

	words = arena_array(a, v->count + 1, sizeof *words);
	for (i = 0; i < v->count; i++)
		words[i] = v->decls[i]->name;
	best = diag_nearest(name, words, v->count);
	arena_free(&a);
	return best;
}

struct facts *
facts_new(const struct vocabulary *v, struct arena *a)
{
	struct facts *f = arena_alloc(a, sizeof *f);

	f->vocabulary = v;
	f->count = v->count;
	f->fact = arena_array(a, v->count, sizeof *f->fact);
	return f;               /* zeroed: all FS_LATER */
}

struct facts *
facts_copy(const struct facts *f, struct arena *a)
{
	struct facts *g = facts_new(f->vocabulary, a);

	g->now = f->now;
	memcpy(g->fact, f->fact, f->count * sizeof *f->fact);
	return g;
}

void
facts_forget(struct facts *f, enum stage from, enum stage to)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		enum stage st = f->vocabulary->decls[i]->stage;

		if (st >= from && st <= to)
			f->fact[i] = (struct fact){ .status = FS_LATER };
	}
}
