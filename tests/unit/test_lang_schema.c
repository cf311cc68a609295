/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of settings: every kind, its default, its limits, its printing.
 * What is said about a wrong text is tested with postern.conf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lang.h"
#include "lang/schema.h"
#include "lang/value.h"

struct inner {
	uint64_t count;
	usec_t   span;
};

struct outer {
	bool         truth;
	int64_t      number;
	uint64_t     size;
	struct str   text, name;
	int          word;
	struct inner inner;
	unsigned     calls;     /* of read_call                             */
};

static const char *const colours[] = { "red", "green", "blue", NULL };

static void
read_call(struct reading *r, const struct stmt *s, void *conf)
{
	struct outer *o = conf;

	assert_int_equal(*(int *)r->more, 4711);
	o->calls += (unsigned)s->count;
}

static void
print_call(const void *conf, unsigned indent, struct buf *out)
{
	const struct outer *o = conf;

	assert_int_equal(indent, 0);
	(void)buf_addf(out, "call x%u\n", o->calls);
}

static const struct setting inner_table[] = {
	{ .name = "count", .kind = SK_COUNT, .preset = "5", .low = 1,
	  .high = 9, .zero_is_none = true, .help = "A count",
	  .offset = offsetof(struct inner, count) },
	{ .name = "span", .kind = SK_DURATION, .preset = "2h", .low = SEC,
	  .high = 86400 * SEC, .help = "A span",
	  .offset = offsetof(struct inner, span) },
	SETTING_LATER("soon"),
	{ 0 }
};

static const struct setting table[] = {
	{ .name = "truth", .kind = SK_TRUTH, .preset = "yes",
	  .help = "Yes or no", .offset = offsetof(struct outer, truth) },
	{ .name = "number", .kind = SK_NUMBER, .preset = "-0.5", .low = -1000,
	  .high = 1000, .help = "A number",
	  .offset = offsetof(struct outer, number) },
	{ .name = "size", .kind = SK_SIZE, .preset = "64k", .high = 1 << 20,
	  .help = "A size", .offset = offsetof(struct outer, size) },
	{ .name = "text", .kind = SK_TEXT, .arguments = "TEXT",
	  .help = "A text, with a help that is so long that it has to be "
	  "broken into several lines", .offset = offsetof(struct outer, text) },
	{ .name = "name", .kind = SK_NAME, .preset = "a.example",
	  .help = "A name", .offset = offsetof(struct outer, name) },
	{ .name = "word", .kind = SK_WORD, .preset = "green",
	  .words = colours, .help = "A word",
	  .offset = offsetof(struct outer, word) },
	{ .name = "inner", .kind = SK_BLOCK, .inside = inner_table,
	  .help = "A block", .offset = offsetof(struct outer, inner) },
	{ .name = "call", .kind = SK_OTHER, .is_list = true,
	  .read = read_call, .print = print_call, .arguments = "ANY...",
	  .help = "Anything" },
	{ 0 }
};

struct lab {
	struct arena       *arena;
	struct diagnostics *diag;
	struct outer        conf;
	struct source       source;
	struct reading      reading;
	int                 more;
};

static int
setup(void **state)
{
	struct lab *l = calloc(1, sizeof *l);

	l->arena = arena_new(0);
	l->diag = diag_new();
	l->more = 4711;
	l->reading = (struct reading){ .arena = l->arena, .diag = l->diag,
		.more = &l->more };
	schema_preset(table, &l->conf);
	*state = l;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *l = *state;

	diag_free(&l->diag);
	arena_free(&l->arena);
	free(l);
	return 0;
}

static void
read_all(struct lab *l, const char *text)
{
	l->source = (struct source){ STR("t"), str_of(text) };
	schema_read(table, tree_parse(&l->source, l->arena, l->diag),
	    &l->conf, &l->reading);
}

static void
test_presets(void **state)
{
	const struct outer *o = &((struct lab *)*state)->conf;

	assert_true(o->truth);
	assert_int_equal(o->number, -50);
	assert_int_equal(o->size, 65536);
	assert_int_equal(o->text.len, 0);
	expect_text("name", o->name, "a.example");
	assert_int_equal(o->word, 1);
	assert_int_equal(o->inner.count, 5);
	assert_int_equal(o->inner.span, 7200 * SEC);
}

static const char written[] =
    "truth  no\n"
    "number 7.25\n"
    "size   1M\n"
    "text   \"a b\"\n"
    "name   xn--bcher-kva.example\n"
    "word   blue\n"
    "inner {\n"
    "\tcount 0\n"
    "\tspan  90s\n"
    "}\n"
    "call x5\n";

static void
test_read_and_print(void **state)
{
	struct lab *l = *state;
	const struct outer *o = &l->conf;

	read_all(l, "truth off; number +7.25; size 1m; text \"a b\"\n"
	    "name b\xc3\xbc" "cher.example; word blue\n"
	    "inner { count 0; span 90s }\ncall a b\ncall 1");
	expect_text("no findings", codes_of(l->diag, l->arena), "");
	assert_false(o->truth);
	assert_int_equal(o->number, 725);
	assert_true(o->inner.count == (uint64_t)SETTING_NONE);
	assert_int_equal(o->calls, 5);
	expect_text("in force", schema_print(table, o, l->arena), written);
}

/* What cannot be read leaves the default and costs nothing else. */
static void
test_wrong(void **state)
{
	struct lab *l = *state;
	const struct outer *o = &l->conf;

	read_all(l, "truth maybe; number x; size 2M; text ( ; name a..b\n"
	    "word yellow; inner { count 10; span 0; soon 1 }; number 11\n"
	    "number 3; call");
	expect_text("findings", codes_of(l->diag, l->arena),
	    "P0009@1:38 P0025@1:7 P0025@1:21 P0026@1:29 P0023@1:38 "
	    "P0030@1:47 P0028@2:6 P0026@2:28 P0026@2:37 P0027@2:40 "
	    "P0022@2:50 P0022@3:1");
	assert_true(o->truth);
	assert_int_equal(o->number, -50);
	assert_int_equal(o->size, 65536);
	assert_int_equal(o->word, 1);
	assert_int_equal(o->inner.count, 5);
	assert_int_equal(o->inner.span, 7200 * SEC);
	assert_int_equal(o->calls, 1);
}

/* Equal rows in different blocks are different settings. */
static void
test_origins(void **state)
{
	struct lab *l = *state;
	const struct origin *o;
	struct outer other = { 0 };

	read_all(l, "\ninner { span 1h }\ntruth no");
	assert_int_equal(schema_origins(&l->reading, &o), 3);
	assert_ptr_equal(o[1].setting, &inner_table[1]);
	assert_ptr_equal(o[1].conf, &l->conf.inner);
	assert_int_equal(schema_place(&l->reading, &l->conf.inner,
	    "span").column, 9);
	assert_int_equal(schema_place(&l->reading, &l->conf, "truth").line,
	    3);
	assert_null(schema_place(&l->reading, &l->conf, "span").source);
	assert_null(schema_place(&l->reading, &l->conf, "size").source);
	schema_read(table, tree_parse(&l->source, l->arena, l->diag), &other,
	    &l->reading);
	expect_text("another struct", codes_of(l->diag, l->arena), "");
}

static void
test_defaults(void **state)
{
	struct lab *l = *state;

	expect_text("defaults", schema_print_defaults(table, l->arena),
	    "\n# Yes or no.\n"
	    "truth  yes\n"
	    "\n# A number. -10 to 10.\n"
	    "number -0.5\n"
	    "\n# A size. 0 to 1M.\n"
	    "size   64k\n"
	    "\n# A text, with a help that is so long that it has to be broken "
	    "into several\n# lines.\n"
	    "#text   TEXT\n"
	    "\n# A name.\n"
	    "name   a.example\n"
	    "\n# A word. One of: red green blue.\n"
	    "word   green\n"
	    "\n# A block.\n"
	    "inner {\n"
	    "\t# A count. 1 to 9; 0: none.\n"
	    "\tcount 5\n"
	    "\t# A span. 1s to 1d.\n"
	    "\tspan  2h\n"
	    "\t# Reserved, not there yet:\n"
	    "\t# soon\n"
	    "}\n"
	    "\n# Anything.\n"
	    "#call   ANY...\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_presets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_and_print, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_origins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_defaults, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
