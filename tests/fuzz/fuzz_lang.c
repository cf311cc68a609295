/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The language, whatever a text holds: lexer, parser, values, findings and
 * postern.conf. What must hold of every text is checked, not only that
 * nothing breaks:
 *
 *  - each node lies in the text, and no nodes overlap or run backwards;
 *  - settings that were taken read back from what is printed, unchanged;
 *  - a text is taken if and only if no error was said.
 */
#include <string.h>

#include "conf/settings.h"
#include "lang/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every include and every table is the text itself. */
struct echo {
	struct reader reader;   /* first */
	struct str    text;
};

static int
echo_read(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *f)
{
	(void)f;
	(void)path;
	*text = arena_str(arena, ((struct echo *)r)->text);
	return 0;
}

static int
echo_list(struct reader *r, struct str glob, struct arena *arena,
    struct str **paths, size_t *count)
{
	(void)r;
	*paths = arena_array(arena, 2, sizeof **paths);
	(*paths)[0] = arena_str(arena, glob);
	*count = 1;
	return 0;
}

/* All readers of values over one word. */
static void
read_values(struct str s, struct arena *arena)
{
	struct endpoint e;
	struct octets o;
	struct str name;
	char text[ENDPOINT_TEXT], number[VALUE_TEXT];
	unsigned percent;
	uint64_t n;
	int64_t i;
	bool truth;

	(void)value_number(s, &i);
	(void)value_count(s, UINT64_MAX, &n);
	(void)value_percent(s, &percent);
	(void)value_truth(s, &truth);
	(void)value_octets(s, &o);
	if (value_duration(s, &i) == 0)
		(void)duration_print(i, number);
	if (value_size(s, UINT64_MAX, &n) == 0)
		(void)size_print(n, number);
	if (value_endpoint(s, 53, &e) == 0) {
		(void)endpoint_print(e, text);
		must(value_endpoint(str_of(text), 0, &e) == 0);
	}
	if (value_name(s, arena, &name) == 0)
		must(value_name(name, arena, &name) == 0);
}

/* Places only move on. Recursion is as deep as the parser lets it be. */
static void
walk(const struct stmt *s, struct arena *arena, struct place *last)
{
	const struct node *node;
	size_t i;

	for (; s != NULL; s = s->next) {
		must(s->count > 0);
		for (i = 0; i < s->count; i++) {
			node = &s->nodes[i];
			must(node->place.line > last->line ||
			    (node->place.line == last->line &&
			    node->place.column >= last->column +
			    last->length));
			*last = node->place;
			if (node->kind == ND_BLOCK)
				walk(node->stmts, arena, last);
			else
				read_values(node->text, arena);
		}
	}
}

static void
check_tree(struct str text)
{
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();
	struct source source = { STR("t"), text };
	struct place start = { 0 };
	struct str told;

	walk(tree_parse(&source, arena, d), arena, &start);
	told = diag_text(d, arena);
	must((told.len > 0) == (diag_count(d, DG_ERROR) > 0));
	diag_free(&d);
	arena_free(&arena);
}

static void
check_conf(struct str text)
{
	struct echo echo = { { .read = echo_read,
		.list = echo_list, .secret = echo_read }, text };
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();
	struct settings *c = NULL, *again = NULL;
	struct str first;
	int rc;

	rc = conf_load(&echo.reader, STR("/x/x.conf"), arena, d, &c);
	must((rc == 0) == (diag_count(d, DG_ERROR) == 0));
	must((rc == 0) == (c != NULL));
	(void)diag_text(d, arena);
	if (rc == 0) {
		first = settings_print(c, arena);
		echo.text = first;
		must(conf_load(&echo.reader, STR("/x/x.conf"), arena, d,
		    &again) == 0);
		must(str_eq(settings_print(again, arena), first));
	}
	diag_free(&d);
	arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };

	check_tree(text);
	check_conf(text);
	return 0;
}
