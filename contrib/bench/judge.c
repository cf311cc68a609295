/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge - microseconds of one judgement and of one question whether waiting
 * can end, by the default policy (or the one named), on whole sets of facts.
 *
 *	judge [POLICY [ROUNDS]]
 *
 * Build: make contrib/bench/judge CFLAGS=-O2
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "filters/filter.h"
#include "lang/builtin.h"
#include "policy/policy.h"

struct bench {
	struct arena      *arena;
	struct vocabulary *vocabulary;
	const struct policy *policy;
	unsigned           rounds;
};

/* What a scene changes in a session where all is known and in order. */
struct scene {
	const char *name;
	enum stage  stage;
	const char *truths[4];   /* that hold                               */
	const char *pending[4];
};

static const struct scene scenes[] = {
	{ "nothing known", ST_CONNECT, { NULL }, { NULL } },
	{ "in order, rcpt", ST_RCPT, { NULL }, { NULL } },
	{ "in order, eom", ST_EOM, { NULL }, { NULL } },
	{ "listed twice, rcpt", ST_RCPT, { "zen.xbl", "zen", "dbl.spam",
	    "client.ptr-generic" }, { NULL } },
	{ "lists pending", ST_RCPT, { "zen.xbl", "zen" },
	    { "psbl.listed", "psbl", "dnswl.high", "dnswl" } },
	{ "one name pending", ST_EOM, { NULL }, { "helo.resolves" } },
};

/* A value that a session in order has. */
static void
fact_calm(const struct fact_decl *d, struct fact *f)
{
	*f = (struct fact){ .status = FS_KNOWN };
	if (d->type == FT_NUMBER)
		f->number = 100;
	else if (d->type == FT_ADDRESS)
		f->ip = ip_v4(192, 0, 2, 25);
	else if (d->type == FT_TEXT || d->type == FT_NAME ||
	    d->type == FT_MAIL)
		f->text = STR("mx.sender.example");
	else if (d->type == FT_TRUTH)
		f->truth = str_eq(str_of(d->name), STR("helo.valid")) ||
		    str_eq(str_of(d->name), STR("helo.resolves"));
}

static struct facts *
scene_facts(const struct bench *b, const struct scene *s)
{
	struct facts *f = facts_new(b->vocabulary, b->arena);
	size_t i;
	int k;

	f->now = (usec_t)1795000000 * SEC;
	for (i = 0; i < f->count; i++) {
		const struct fact_decl *d =
		    vocabulary_decl(b->vocabulary, (int)i);

		if (d->stage <= s->stage && s != scenes)
			fact_calm(d, &f->fact[i]);
	}
	for (i = 0; i < 4 && s->truths[i] != NULL; i++) {
		k = vocabulary_find(b->vocabulary, str_of(s->truths[i]));
		if (k >= 0)
			f->fact[k].truth = true;
	}
	for (i = 0; i < 4 && s->pending[i] != NULL; i++) {
		k = vocabulary_find(b->vocabulary, str_of(s->pending[i]));
		if (k >= 0)
			f->fact[k].status = FS_PENDING;
	}
	return f;
}

static double
microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
measure(const struct bench *b, const struct scene *s)
{
	struct facts *f = scene_facts(b, s);
	struct arena *a = arena_new(0);
	struct verdict v = { 0 };
	bool is_settled = false;
	double start, judged, asked;
	unsigned i;

	start = microseconds();
	for (i = 0; i < b->rounds; i++) {
		policy_judge(b->policy, f, s->stage, a, &v);
		arena_reset(a);
	}
	judged = microseconds();
	for (i = 0; i < b->rounds; i++) {
		is_settled = policy_is_settled(b->policy, f, s->stage, a);
		arena_reset(a);
	}
	asked = microseconds();
	printf("%-20s judge %6.2f us   settled %6.2f us   %s, %s\n", s->name,
	    (judged - start) / b->rounds, (asked - judged) / b->rounds,
	    action_word(v.action), is_settled ? "settled" : "open");
	arena_free(&a);
}

int
main(int argc, char **argv)
{
	struct bench b = { .arena = arena_new(0),
		.rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) :
		    200000 };
	struct diagnostics *d = diag_new();
	const struct str folder = STR(BUILTIN_DIR);
	int *base = arena_array(b.arena, filters_count(), sizeof *base);
	struct policy_env env = { .reader = builtin_reader(),
		.folders = &folder, .folder_count = 1 };
	size_t i;

	env.vocabulary = b.vocabulary = vocabulary_new(b.arena);
	filters_declare(b.vocabulary, base);
	if (policy_compile(&env, str_of(argc > 1 ? argv[1] : "default"),
	    b.arena, d, &b.policy) != 0) {
		printf("%.*s", STR_ARG(diag_text(d, b.arena)));
		return 1;
	}
	for (i = 0; i < COUNT(scenes); i++)
		measure(&b, &scenes[i]);
	diag_free(&d);
	arena_free(&b.arena);
	return 0;
}
