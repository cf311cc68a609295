/* SPDX-License-Identifier: BSD-2-Clause */
/* Who a message says it is from (catalogue 46, 47): a table, and what a
 * long field may cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "mail/author.h"

#define FIELD (64u << 10)

static const struct {
	const char *value;
	enum author_kind kind;
	const char *domains;    /* with a blank behind each */
	const char *why;
} rows[] = {
	{ "ann@good.test", AU_ONE, "good.test ", "the plain form" },
	{ "Ann <ann@Good.TEST>", AU_ONE, "good.test ", "a phrase, any case" },
	{ "\"a@evil.test\" <ann@good.test>", AU_ONE, "good.test ",
	  "a quoted phrase is no address" },
	{ "ann@good . test (evil.test)", AU_ONE, "good.test ", "obsolete" },
	{ "a@good.test, b@good.test", AU_ONE, "good.test ", "each once" },
	{ "a@good.test, b@evil.test", AU_SEVERAL, "good.test evil.test ",
	  "two authors" },
	{ "<@evil.test,@b.test:a@good.test>", AU_ONE, "good.test ",
	  "a route counts for nothing" },
	{ "all: a@good.test, b@evil.test;", AU_SEVERAL,
	  "good.test evil.test ", "a group" },
	{ "nobody:;", AU_NONE, "", "an empty one" },
	{ "", AU_NONE, "", "empty" },
	{ "ann@[192.0.2.1]", AU_BAD, "", "nothing to align" },
	{ "a@good.test(.evil.test", AU_BAD, "", "an open comment" },
	{ "a@good.test(x).evil.test", AU_ONE, "good.test.evil.test ",
	  "a comment joins nothing else" },
	{ "<<a@good.test>>", AU_BAD, "", "doubled" },
	{ "a@good.test b@evil.test", AU_BAD, "", "no comma" },
	{ "a@good.test@evil.test", AU_BAD, "", "two at-signs" },
	{ "a@good..test", AU_BAD, "", "two dots" },
	{ "=?utf-8?q?a=40good.test?=", AU_BAD, "", "an encoded address" },
	{ "\"a@good.test", AU_BAD, "", "an open quote" },
	{ "a: b: c@d.test;;", AU_BAD, "", "a group in a group" },
};

static void
test_rows(void **state)
{
	struct arena *arena = arena_new(0);
	struct authors got;
	struct str domains;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		authors_parse(str_of(rows[i].value), arena, &got);
		domains = STR("");
		for (k = 0; k < got.count; k++)
			domains = arena_printf(arena, "%.*s%.*s ",
			    STR_ARG(domains), STR_ARG(got.domains[k]));
		if (got.kind != rows[i].kind ||
		    !str_eq(domains, str_of(rows[i].domains)))
			fail_msg("%s: %s: kind %d, \"%.*s\"", rows[i].value,
			    rows[i].why, (int)got.kind, STR_ARG(domains));
	}
	arena_free(&arena);
}

/* A field of 64 KiB, made of one piece over and over. */
static size_t
memory_for(const char *first, const char *piece, const char *last)
{
	struct arena *arena = arena_new(0);
	char *text = malloc(FIELD + 1);
	size_t n = strlen(first), used;
	struct authors got;

	assert_non_null(text);
	memcpy(text, first, n);
	for (; n + strlen(piece) + strlen(last) <= FIELD; n += strlen(piece))
		memcpy(text + n, piece, strlen(piece));
	memcpy(text + n, last, strlen(last));
	authors_parse((struct str){ text, n + strlen(last) }, arena, &got);
	used = arena_used(arena);
	free(text);
	arena_free(&arena);
	return used;
}

#define DOTS10 "a.a.a.a.a.a.a.a.a.a."
#define DOTS100 DOTS10 DOTS10 DOTS10 DOTS10 DOTS10 DOTS10 DOTS10 DOTS10 \
	DOTS10 DOTS10

static void
test_memory(void **state)
{
	(void)state;
	assert_true(memory_for("<", "@" DOTS100 "test,", ":a@b.test>") <
	    4 * FIELD);
	assert_true(memory_for("", "a@" DOTS100 "test,", "") < 8 * FIELD);
	assert_true(memory_for("", "a@b.test,", "") < 4 * FIELD);
	assert_true(memory_for("", "(", "") < FIELD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
