/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPF by vectors: every file of tests/unit/spf/, each case alone, then all
 * cases at once on fibers that are suspended in every question.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/check.h"
#include "tests/unit/spf_stage.h"

static const char *const files[] = { "check-host", "limits", "mechanisms",
	"modifiers", "macros", "grammar", "faults" };

/* Owner: the caller. */
static struct buf
read_file(const char *name)
{
	const char *top = getenv("top_srcdir");
	struct buf path = BUF_INIT(0), text = BUF_INIT(0);
	FILE *f;
	char *p;
	size_t n;

	assert_int_equal(buf_addf(&path, "%s/tests/unit/spf/%s.vec",
	    top == NULL ? "." : top, name), 0);
	assert_int_equal(buf_add_byte(&path, '\0'), 0);
	f = fopen(path.p, "r");
	CHECK(f != NULL, "no %s", path.p);
	do {
		p = buf_room(&text, 65536);
		assert_non_null(p);
		n = fread(p, 1, 65536, f);
		text.len += n;
	} while (n > 0);
	fclose(f);
	buf_free(&path);
	return text;
}

static void
read_stage(struct stage *s, struct buf *text)
{
	const char *wrong = stage_read(s, buf_str(text));

	CHECK(wrong == NULL, "%s", wrong);
}

/* Returns how many differ, each told. */
static unsigned
judge(struct stage *s)
{
	struct stage_case *c;
	struct str difference;
	unsigned bad = 0;

	for (c = s->first; c != NULL; c = c->next) {
		difference = stage_verdict(s, c);
		if (difference.len == 0)
			continue;
		print_message("# %.*s %.*s\n", STR_ARG(c->name),
		    STR_ARG(difference));
		bad++;
	}
	return bad;
}

static void
one_file(void **state)
{
	struct buf text = read_file(*state);
	struct stage s;

	read_stage(&s, &text);
	assert_true(s.count > 0);
	stage_play(&s);
	assert_int_equal(judge(&s), 0);
	print_message("# %zu cases\n", s.count);
	stage_close(&s);
	buf_free(&text);
}

/* The same results whatever the order in which answers come: nothing that
 * lives across a question is shared (libraries.md 2.1). */
static void
interleaved(void **state)
{
	struct buf all = BUF_INIT(0), text;
	size_t i, deepest, most = 0;
	unsigned waits = 0;
	struct stage s;
	uint64_t seed;

	(void)state;
	for (i = 0; i < COUNT(files); i++) {
		text = read_file(files[i]);
		assert_int_equal(buf_add_str(&all, buf_str(&text)), 0);
		buf_free(&text);
	}
	for (seed = 1; seed <= 3; seed++) {
		read_stage(&s, &all);
		waits += stage_play_all(&s, seed, &deepest);
		if (deepest > most)
			most = deepest;
		assert_int_equal(judge(&s), 0);
		stage_close(&s);
	}
	print_message("# %u waits in 3 schedules, %zu bytes of stack\n",
	    waits, most);
	assert_true(waits > 1000);
#ifndef SANITIZED
	assert_true(most > 0 && most <= 32768);
#endif
	buf_free(&all);
}

/* 8 s for all questions together, whatever each of them takes. */
static void
patience(void **state)
{
	static const char text[] = "zone z\n"
	    "dns a.test TXT v=spf1 a mx -all\n"
	    "dns a.test A 192.0.2.1\ndns a.test MX a.test\n"
	    "case slow ip=192.0.2.7 from=x@a.test helo=h.test\n";
	static const struct { usec_t took; const char *got; } rows[] = {
		{ 1 * SEC, "fail" }, { 2600 * MSEC, "fail" },
		{ 3 * SEC, "temperror" }, { 9 * SEC, "temperror" },
	};
	struct stage s;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_null(stage_read(&s, str_of(text)));
		s.took = rows[i].took;
		stage_play(&s);
		CHECK(str_eq(s.first->got, str_of(rows[i].got)),
		    "%lld: %.*s", (long long)s.took, STR_ARG(s.first->got));
		stage_close(&s);
	}
}

int
main(void)
{
	struct CMUnitTest tests[COUNT(files) + 2];
	size_t i;

	for (i = 0; i < COUNT(files); i++)
		tests[i] = (struct CMUnitTest){ .name = files[i],
		    .test_func = one_file,
		    .initial_state = (void *)(uintptr_t)files[i] };
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(interleaved);
	tests[i++] = (struct CMUnitTest)cmocka_unit_test(patience);
	return cmocka_run_group_tests_name("filters_spf", tests, NULL, NULL);
}
