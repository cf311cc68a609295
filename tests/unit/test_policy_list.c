/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptions of DNS lists, and what their answers mean: every row of the
 * table of answers that must never count as a listing (catalogue 94, 95).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "policy_world.h"

struct bench {
	struct arena       *arena;
	struct diagnostics *diag;
};

static struct list *
read_list(struct bench *b, const char *text)
{
	struct source *s = arena_alloc(b->arena, sizeof *s);
	struct reading r = { .arena = b->arena, .diag = b->diag };
	struct stmt *st;

	*s = (struct source){ STR("t.list"), str_of(text) };
	st = tree_parse(s, b->arena, b->diag);
	return st == NULL ? NULL : list_read(st, &r);
}

static void
bench_open(struct bench *b)
{
	b->arena = arena_new(0);
	b->diag = diag_new();
}

static void
bench_close(struct bench *b)
{
	diag_free(&b->diag);
	arena_free(&b->arena);
}

static const char zen[] =
    "list zen \"zen.test\" ip4 ip6 {\n"
    "code 127.0.0.2 sbl 8\ncode 127.0.0.4-7 xbl 8\n"
    "code 127.0.0.10-11 pbl 4\nerror 127.0.0.255\n}";
static const char dnswl[] =
    "list dnswl \"dnswl.test\" ip4 { code 127.0.2-15.0 none 0\n"
    "code 127.0.2-15.1-3 high -3 }";
static const char white[] =
    "list white \"white.test\" ip4 { code 127.0.0.1 white -1 }";

static const struct {
	const char *what, *list, *records;   /* addresses, spaces between   */
	int         rc;
	const char *hits;                    /* codes by their place        */
} answers[] = {
	{ "no record", zen, "", 0, "000" },
	{ "one code", zen, "127.0.0.2", 0, "100" },
	{ "first of a range", zen, "127.0.0.4", 0, "010" },
	{ "last of a range", zen, "127.0.0.7", 0, "010" },
	{ "a set", zen, "127.0.0.2 127.0.0.4 127.0.0.10", 0, "111" },
	{ "behind a range", zen, "127.0.0.8", -E_GARBAGE, "000" },
	{ "named and unnamed", zen, "127.0.0.2 127.0.0.9", -E_GARBAGE,
	    "100" },
	{ "mistyped list", zen, "127.255.255.252", -E_REFUSED, NULL },
	{ "public resolver", zen, "127.255.255.254", -E_REFUSED, NULL },
	{ "too many questions", zen, "127.255.255.255", -E_REFUSED, NULL },
	{ "any other of 127.255.255/24", zen, "127.255.255.7", -E_REFUSED,
	    NULL },
	{ "refused, 127.0.0.1", zen, "127.0.0.1", -E_REFUSED, NULL },
	{ "the same where it is a code", white, "127.0.0.1", 0, "1" },
	{ "over quota", zen, "127.0.0.255", -E_REFUSED, NULL },
	{ "an error beside a code", zen, "127.0.0.2 127.0.0.255",
	    -E_REFUSED, NULL },
	{ "a parking address", zen, "203.0.113.9", -E_REFUSED, NULL },
	{ "a parking address beside a code", zen, "127.0.0.2 203.0.113.9",
	    -E_REFUSED, NULL },
	{ "octet ranges", dnswl, "127.0.5.2", 0, "01" },
	{ "trust none", dnswl, "127.0.5.0", 0, "10" },
	{ "outside of the octet range", dnswl, "127.0.16.2", -E_GARBAGE,
	    "00" },
};

static void
test_answers(void **unused)
{
	struct bench b;
	size_t i, k, n;

	(void)unused;
	for (i = 0; i < COUNT(answers); i++) {
		struct str rest = str_of(answers[i].records);
		struct ip ips[8];
		bool hit[64] = { false };
		struct list *l;
		int rc;

		bench_open(&b);
		l = read_list(&b, answers[i].list);
		assert_non_null(l);
		for (n = 0; rest.len > 0; n++)
			assert_int_equal(ip_parse(str_split(&rest, ' '),
			    &ips[n]), 0);
		rc = list_match(l, ips, n, hit);
		if (rc != answers[i].rc)
			fail_msg("%s: %d", answers[i].what, rc);
		for (k = 0; answers[i].hits != NULL && k < l->code_count; k++)
			if (hit[k] != (answers[i].hits[k] == '1'))
				fail_msg("%s: code %zu", answers[i].what, k);
		bench_close(&b);
	}
}

static const struct {
	const char *code, *text;
} errors[] = {
	{ "P0301", "list a \"a.test\" ip4 { cod 127.0.0.2 x 1 }" },
	{ "P0302", "list a \"a.test\" ip4 { ask body; code 127.0.0.2 x 1 }" },
	{ "P0304", "list a \"a.test\" ip4 { code 127.0.0.300 x 1 }" },
	{ "P0304", "list a \"a.test\" ip4 { code 127.0.0.2 x 1; error 1.2 }" },
	{ "P0305", "list a \"a.test\" ip4 { code 10.0.0.2 x 1 }" },
	{ "P0306", "list a \"a.test\" ip4 { code 127.0.0.2 X 1 }" },
	{ "P0307", "list a \"a.test\" ip4 { code 127.0.0.2 x much }" },
	{ "P0308", "list a \"a.test\" ip4 { code 127.0.0.2 x 1; checked 2026 "
	    "}" },
	{ "P0309", "list a \"a.test\" ip4 { code 127.0.0.2 x 1; register "
	    "perhaps }" },
	{ "P0310", "list a \"a.test\" ip4 { code 127.0.0.2 x 1; limit 5 a 1d "
	    "}" },
	{ "P0311", "list a \"a.test\" ip4 { code 127.0.0.2 x }" },
	{ "P0312", "list a \"a.test\" { code 127.0.0.2 x 1 }" },
	{ "P0313", "list A \"a.test\" ip4 { code 127.0.0.2 x 1 }" },
	{ "P0314", "list a \"a.test\" ip5 { code 127.0.0.2 x 1 }" },
	{ "P0315", "list a \"a.test\" ip4 { ask client }" },
	{ "P0316", "list a \"a.test\" domain { ask client; code 127.0.0.2 x "
	    "1 }" },
};

static void
test_errors(void **unused)
{
	struct bench b;
	const char *code;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(errors); i++) {
		bench_open(&b);
		assert_null(read_list(&b, errors[i].text));
		code = diag_at(b.diag, 0, NULL, NULL);
		if (code == NULL || strcmp(code, errors[i].code) != 0)
			fail_msg("%s: %s", errors[i].text,
			    code == NULL ? "no finding" : code);
		bench_close(&b);
	}
}

/* P0303: one code more than fits */
static void
test_too_many_codes(void **unused)
{
	struct bench b;
	struct str s = STR("list a \"a.test\" ip4 {");
	unsigned i;

	(void)unused;
	bench_open(&b);
	for (i = 0; i < 65; i++)
		s = arena_printf(b.arena, "%.*s\ncode 127.0.1.%u c%u 1",
		    STR_ARG(s), i + 2, i);
	s = arena_printf(b.arena, "%.*s\n}", STR_ARG(s));
	assert_null(read_list(&b, s.p));
	assert_string_equal(diag_at(b.diag, 0, NULL, NULL), "P0303");
	bench_close(&b);
}

/* All words of a list parse; what nothing acts on yet is said. */
static void
test_words(void **unused)
{
	struct bench b;
	struct list *l;

	(void)unused;
	bench_open(&b);
	l = read_list(&b, "list a \"A.Test.\" domain { title \"A list\"\n"
	    "operator op; ask helo sender name; code 127.0.1.2 spam 6\n"
	    "error 127.0.1.255 127.255.255.0/24; probe \"t.a\" \"e.a\"\n"
	    "see \"https://a.test/{domain}\"; key prefix \"k.a.test\"\n"
	    "register none; limit 300000 per 1d; terms \"free\"\n"
	    "checked 2026-11-24 \"https://a.test\" }");
	assert_non_null(l);
	assert_true(str_eq(l->zone, STR("a.test")));
	assert_true(str_eq(l->title, STR("A list")));
	assert_true(str_eq(l->op, STR("op")));
	assert_int_equal(l->subjects, 3);
	assert_int_equal(l->error_count, 2);
	assert_int_equal(l->needs.len, 0);
	l = read_list(&b, "list u \"u.test\" domain { ask sender; mask "
	    "127.0.0.0/24 { 2 black 6; 8 red 2 } }");
	assert_non_null(l);
	assert_int_equal(l->needs.len, 0);
	bench_close(&b);
}

static void
test_facts(void **unused)
{
	struct bench b;
	struct vocabulary *v;
	struct list *l;
	struct str clash;
	int spam, helo;

	(void)unused;
	bench_open(&b);
	v = vocabulary_new(b.arena);
	l = read_list(&b, "list d \"d.test\" domain { ask helo sender\n"
	    "code 127.0.1.2 spam 6; code 127.0.1.4 spam 6 }");
	assert_non_null(l);
	assert_int_equal(list_declare(l, v, b.arena, &clash), 0);
	assert_int_equal(vocabulary_count(v), 5);
	spam = vocabulary_find(v, STR("d.spam"));
	helo = vocabulary_find(v, STR("d.helo.spam"));
	assert_int_equal(l->codes[0].fact, spam);
	assert_int_equal(l->codes[1].fact, spam);
	assert_int_equal(l->codes[1].by_subject[SUBJECT_HELO], helo);
	assert_int_equal(vocabulary_decl(v, spam)->stage, ST_MAIL);
	assert_int_equal(vocabulary_decl(v, helo)->stage, ST_HELO);
	assert_true(vocabulary_find(v, STR("d.client.spam")) < 0);
	assert_int_equal(list_declare(l, v, b.arena, &clash), -E_INVALID);
	assert_true(str_eq(clash, STR("d")));
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_many_codes),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
