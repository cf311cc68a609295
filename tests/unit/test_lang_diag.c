/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: what they look like, their order, their number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lang.h"

static struct place
at(const struct source *source, unsigned line, unsigned column,
    unsigned length)
{
	return (struct place){ source, line, column, length };
}

/* --- one finding --------------------------------------------------------- */

static const struct {
	const char *why, *text;
	unsigned    line, column, length;
	const char *remedy, *wanted;
} looks[] = {
	{ "the sample of language.md, a tab in it",
	  "a\nscore +8\tinfected if zen.xlb\n", 2, 22, 7,
	  "did you mean zen.xbl?  zen has: sbl css xbl pbl drop",
	  "t:2:22: error P0021: no\n"
	  "    2 | score +8\tinfected if zen.xlb\n"
	  "      |         \t            ^~~~~~~ did you mean zen.xbl?  zen "
	  "has: sbl css xbl pbl drop\n" },
	{ "one byte, no remedy", "ab", 1, 2, 1, NULL,
	  "t:1:2: error P0021: no\n    1 | ab\n      |  ^\n" },
	{ "no length is one byte", "ab", 1, 1, 0, "x",
	  "t:1:1: error P0021: no\n    1 | ab\n      | ^ x\n" },
	{ "a length over the end of the line", "ab\ncd", 1, 2, 99, "x",
	  "t:1:2: error P0021: no\n    1 | ab\n      |  ^ x\n" },
	{ "the end of the line itself", "ab\r\ncd", 1, 3, 1, "x",
	  "t:1:3: error P0021: no\n    1 | ab\n      |   ^ x\n" },
	{ "far behind the end", "ab", 1, 9, 1, "x",
	  "t:1:9: error P0021: no\n    1 | ab\n      |   ^ x\n" },
	{ "a line that is not there", "ab", 7, 2, 2, "x",
	  "t:7:2: error P0021: no\n    7 | \n      | ^ x\n" },
	{ "characters of several bytes take one column",
	  "\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa7 \xc3\xbc\xc3\xbc x", 1, 11, 4,
	  "x", "t:1:11: error P0021: no\n"
	  "    1 | \xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa7 \xc3\xbc\xc3\xbc x\n"
	  "      |     ^~ x\n" },
	{ "what is no UTF-8 and no text is not shown",
	  "\xff\xc3 \xc0\xaf \xed\xa0\x80 \xc2\x9b \x1b[2J", 1, 15, 1, "x",
	  "t:1:15: error P0021: no\n"
	  "    1 | ?? ?? ??? ?? ?[2J\n"
	  "      |               ^ x\n" },
	{ "more lines of remedy stand below", "ab", 1, 1, 1,
	  "certificates found for: mx.example.org\ndo: tls /etc/x",
	  "t:1:1: error P0021: no\n    1 | ab\n"
	  "      | ^ certificates found for: mx.example.org\n"
	  "      do: tls /etc/x\n" },
	{ "no line: the file as such", "ab", 0, 0, 0, "do: chmod o-w t",
	  "t: error P0021: no\n      do: chmod o-w t\n" },
};

static void
test_looks(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(looks); i++) {
		struct source source = { STR("t"), str_of(looks[i].text) };
		struct arena *arena = arena_new(0);
		struct diagnostics *d = diag_new();

		diag_add(d, DG_ERROR, "P0021", at(&source, looks[i].line,
		    looks[i].column, looks[i].length), looks[i].remedy, "no");
		expect_text(looks[i].why, diag_text(d, arena),
		    arena_printf(arena, "%s1 error in 1 file\n",
		    looks[i].wanted).p);
		diag_free(&d);
		arena_free(&arena);
	}
}

/* A line of 1,000 bytes is cut around the place. */
static void
test_long_line(void **state)
{
	char line[1001];
	struct source source = { STR("t"), { line, 1000 } };
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();
	struct str text;
	size_t i, caret;

	(void)state;
	for (i = 0; i < 1000; i++)
		line[i] = (char)('a' + i % 26);
	line[700] = 'X';
	diag_add(d, DG_ERROR, "P0021", at(&source, 1, 701, 1), NULL, "no");
	text = diag_text(d, arena);
	(void)str_split(&text, '\n');
	line[0] = '\0';         /* the findings no longer need it */
	caret = str_find(text, 'X');
	assert_true(caret < 120);
	assert_true(str_find(text, '\n') < 180);
	(void)str_split(&text, '\n');
	assert_int_equal(str_find(text, '^'), caret);
	diag_free(&d);
	arena_free(&arena);
}

static void
test_long_message(void **state)
{
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();
	struct buf word = BUF_INIT(0);
	struct str text;

	(void)state;
	while (word.len < 5000)
		(void)buf_add_str(&word, STR("long"));
	diag_add(d, DG_NOTE, "P0021", (struct place){ 0 }, NULL, "no \"%.*s\"",
	    STR_ARG(buf_str(&word)));
	text = diag_text(d, arena);
	assert_true(text.len < 450);
	assert_true(str_starts(text, STR("note P0021: no \"longlong")));
	buf_free(&word);
	diag_free(&d);
	arena_free(&arena);
}

static void
test_twice(void **state)
{
	struct source one = { STR("one"), STR("name a\n") };
	struct source two = { STR("two"), STR("\n  name b\n") };
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();

	(void)state;
	diag_twice(d, "P0022", at(&two, 2, 3, 4), at(&one, 1, 1, 4),
	    "\"%s\" is given twice", "name");
	expect_text("both places", diag_text(d, arena),
	    "two:2:3: error P0022: \"name\" is given twice\n"
	    "    2 |   name b\n"
	    "      |   ^~~~ keep one of the two\n"
	    "one:1:1: note: first given here\n"
	    "    1 | name a\n"
	    "      | ^~~~\n"
	    "1 error in 1 file\n");
	diag_free(&d);
	arena_free(&arena);
}

/* --- many ---------------------------------------------------------------- */

/* Sources may be gone when the text is made, and before. */
static void
test_order(void **state)
{
	struct arena *arena = arena_new(0), *gone = arena_new(0);
	struct source *z = arena_alloc(gone, sizeof *z);
	struct source *a = arena_alloc(gone, sizeof *a);
	struct diagnostics *d = diag_new();

	(void)state;
	*z = (struct source){ arena_str(gone, STR("z.conf")),
		arena_str(gone, STR("a b\nc d\n")) };
	*a = (struct source){ arena_str(gone, STR("a.conf")),
		arena_str(gone, STR("e\n")) };
	diag_saw(d, z);         /* read first, so it stands first */
	diag_add(d, DG_WARNING, "P0021", at(a, 1, 1, 1), NULL, "in a");
	diag_add(d, DG_ERROR, "P0021", at(z, 2, 3, 1), NULL, "late");
	diag_add(d, DG_NOTE, "P0021", at(z, 2, 1, 1), NULL, "early");
	diag_add(d, DG_NOTE, "P0021", at(z, 2, 1, 1), NULL, "early, second");
	diag_add(d, DG_ERROR, "P0021", (struct place){ 0 }, NULL, "nowhere");
	diag_add(d, DG_ERROR, "P0021", at(z, 2, 3, 1), NULL, "late");
	arena_free(&gone);
	expect_text("sorted, each once", diag_text(d, arena),
	    "error P0021: nowhere\n"
	    "z.conf:2:1: note P0021: early\n    2 | c d\n      | ^\n"
	    "z.conf:2:1: note P0021: early, second\n    2 | c d\n      | ^\n"
	    "z.conf:2:3: error P0021: late\n    2 | c d\n      |   ^\n"
	    "a.conf:1:1: warning P0021: in a\n    1 | e\n      | ^\n"
	    "2 errors, 1 warning, 2 notes in 2 files\n");
	assert_int_equal(diag_count(d, DG_ERROR), 2);
	assert_int_equal(diag_count(d, DG_WARNING), 1);
	assert_int_equal(diag_count(d, DG_NOTE), 2);
	diag_free(&d);
	arena_free(&arena);
}

static void
test_nothing(void **state)
{
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();
	struct place where;
	struct str message;

	(void)state;
	assert_int_equal(diag_text(d, arena).len, 0);
	assert_null(diag_at(d, 0, &where, &message));
	diag_free(&d);
	assert_null(d);
	diag_free(&d);
	arena_free(&arena);
}

/* Twenty are shown, and errors stand before warnings in the choice. */
static void
test_twenty(void **state)
{
	struct source source = { STR("t"), STR("a\n") };
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();
	struct str text, line;
	unsigned i, warnings = 0, errors = 0;

	(void)state;
	for (i = 0; i < 30; i++)
		diag_add(d, DG_WARNING, "P0021", at(&source, 1, 1, 1), NULL,
		    "w%u", i);
	for (i = 0; i < 15; i++)
		diag_add(d, DG_ERROR, "P0021", at(&source, 2, 1, 1), NULL,
		    "e%u", i);
	for (text = diag_text(d, arena); text.p != NULL;) {
		line = str_split(&text, '\n');
		warnings += str_starts(line, STR("t:1:1: warning"));
		errors += str_starts(line, STR("t:2:1: error"));
		if (str_starts(line, STR("...")))
			assert_true(str_eq(line, STR("... and 25 more")));
	}
	assert_int_equal(errors, 15);
	assert_int_equal(warnings, 5);
	diag_free(&d);
	arena_free(&arena);
}

/* --- codes and words ----------------------------------------------------- */

static void
test_codes(void **state)
{
	size_t i, count;
	const struct diag_code *codes = diag_codes(&count);

	(void)state;
	for (i = 0; i < count; i++) {
		assert_int_equal(strlen(codes[i].code), 5);
		assert_true(codes[i].code[0] == 'P');
		if (i > 0 && strcmp(codes[i - 1].code, codes[i].code) >= 0)
			fail_msg("%s stands behind %s", codes[i].code,
			    codes[i - 1].code);
		if (strlen(codes[i].title) < 5 || strlen(codes[i].help) < 20)
			fail_msg("%s is not explained", codes[i].code);
		assert_ptr_equal(diag_code(str_of(codes[i].code)), &codes[i]);
	}
	assert_non_null(diag_code(STR("p0001")));
	assert_null(diag_code(STR("P0000")));
	assert_null(diag_code(STR("P00011")));
	assert_null(diag_code(STR("")));
}

static const char *const words[] = { "listen", "limits", "log", "name",
	"deliver", "domain" };

static const struct { const char *word, *nearest; } typos[] = {
	{ "listne", "listen" }, { "lisetn", "listen" }, { "lsten", "listen" },
	{ "limit", "limits" }, { "limmits", "limits" }, { "lgo", "log" },
	{ "lo", "log" }, { "nmae", "name" }, { "doamin", "domain" },
	{ "delivery", "deliver" }, { "delvir", "deliver" },
	{ "foo", NULL }, { "game-over", NULL }, { "", NULL },
	{ "nam", "name" }, { "namer-of-things", NULL }, { "x", NULL },
};

static void
test_nearest(void **state)
{
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(typos); i++) {
		got = diag_nearest(str_of(typos[i].word), words, COUNT(words));
		if ((got == NULL) != (typos[i].nearest == NULL) ||
		    (got != NULL && strcmp(got, typos[i].nearest) != 0))
			fail_msg("\"%s\": %s, not %s", typos[i].word,
			    got == NULL ? "-" : got,
			    typos[i].nearest == NULL ? "-" : typos[i].nearest);
	}
}

static void
test_remedy(void **state)
{
	static const char *const many[] = { "per-address-and-minute",
		"per-network-and-minute", "per-connection-and-minute" };
	struct arena *arena = arena_new(0);

	(void)state;
	assert_string_equal(diag_remedy(arena, STR("lgo"), words, 6),
	    "did you mean log?");
	assert_string_equal(diag_remedy(arena, STR("foo"), words, 3),
	    "one of: listen limits log");
	assert_string_equal(diag_remedy(arena, STR("foo"), words, 1),
	    "it can only be listen");
	assert_string_equal(diag_remedy(arena, STR("foo"), many, 3),
	    "one of: per-address-and-minute per-network-and-minute ...");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_long_message),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_twenty),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
