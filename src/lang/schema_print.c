/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * schema_print - writes settings: the defaults with what they mean, and the
 * values in force.
 *
 * Called by: conf/settings.c (posternd --print-defaults and -T).
 * Always holds: what is written reads back as the same settings.
 */
#include <string.h>

#include "lang/kind.h"
#include "lang/schema.h"

#define WIDTH    78     /* columns of a comment                           */
#define NAME_COL 24     /* columns of a name at most, for alignment       */

static void
tabs(unsigned n, struct buf *out)
{
	while (n-- > 0)
		(void)buf_add_byte(out, '\t');
}

/* Columns that the names of a table take. */
static int
name_width(const struct setting *row)
{
	size_t width = 0, n;

	for (; row->name != NULL; row++) {
		n = strlen(row->name);
		if (row->kind != SK_LATER && n > width && n <= NAME_COL)
			width = n;
	}
	return (int)width;
}

/* --- the values in force ------------------------------------------------- */

static void
value_print(const struct setting *row, const void *at, struct buf *out)
{
	char number[VALUE_TEXT];

	if (kind_is_number(row->kind)) {
		kind_print(row->kind, kind_load(row, at), number);
		(void)buf_add_str(out, str_of(number));
	} else if (row->kind == SK_WORD) {
		(void)buf_add_str(out, str_of(row->words[*(const int *)at]));
	} else {
		value_write(*(const struct str *)at, out);
	}
}

/* Recursion follows the tables, not a text. */
void
schema_print_inside(const struct setting *table, const void *conf,
    unsigned indent, struct buf *out)
{
	int width = name_width(table);
	const struct setting *row;
	const void *at;

	for (row = table; row->name != NULL; row++) {
		at = (const char *)conf + row->offset;
		if (row->kind == SK_LATER ||
		    ((row->kind == SK_TEXT || row->kind == SK_NAME) &&
		    ((const struct str *)at)->len == 0))
			continue;
		if (row->kind == SK_OTHER) {
			row->print(conf, indent, out);
			continue;
		}
		tabs(indent, out);
		if (row->kind == SK_BLOCK) {
			(void)buf_addf(out, "%s {\n", row->name);
			schema_print_inside(row->inside, at, indent + 1, out);
			tabs(indent, out);
			(void)buf_add_byte(out, '}');
		} else {
			(void)buf_addf(out, "%-*s ", width, row->name);
			value_print(row, at, out);
		}
		(void)buf_add_byte(out, '\n');
	}
}

struct str
schema_print(const struct setting *table, const void *conf,
    struct arena *arena)
{
	struct buf out = BUF_INIT(0);
	struct str text;

	schema_print_inside(table, conf, 0, &out);
	text = arena_str(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

/* --- the defaults -------------------------------------------------------- */

/* What stands in front of every line: "#" where the line is no default. */
struct margin {
	unsigned indent;
	bool     is_comment;
};

static void
margin_print(struct margin m, struct buf *out)
{
	if (m.is_comment)
		(void)buf_add_byte(out, '#');
	tabs(m.indent, out);
}

/* A comment, broken between words. */
static void
comment_print(struct margin m, struct str text, struct buf *out)
{
	size_t room = WIDTH - 8 * m.indent, column = 0;
	struct str word;

	while (text.len > 0) {
		word = str_split(&text, ' ');
		if (column == 0 || column + 1 + word.len > room) {
			if (column > 0)
				(void)buf_add_byte(out, '\n');
			margin_print(m, out);
			(void)buf_add_byte(out, '#');
			column = 1;
		}
		(void)buf_add_byte(out, ' ');
		(void)buf_add_str(out, word);
		column += 1 + word.len;
	}
	(void)buf_add_byte(out, '\n');
}

/* The help of a row, and its limits. */
static void
help_print(struct margin m, const struct setting *row, struct buf *out)
{
	char low[VALUE_TEXT], high[VALUE_TEXT];
	struct buf text = BUF_INIT(0);
	size_t i;

	(void)buf_addf(&text, "%s.", row->help);
	if (kind_is_number(row->kind) && row->kind != SK_TRUTH) {
		kind_print(row->kind, row->low, low);
		kind_print(row->kind, row->high, high);
		(void)buf_addf(&text, " %s to %s%s.", low, high,
		    row->zero_is_none ? "; 0: none" : "");
	}
	for (i = 0; row->kind == SK_WORD && row->words[i] != NULL; i++)
		(void)buf_addf(&text, "%s%s", i == 0 ? " One of: " : " ",
		    row->words[i]);
	if (row->kind == SK_WORD)
		(void)buf_add_byte(&text, '.');
	comment_print(m, buf_str(&text), out);
	buf_free(&text);
}

static void defaults_print(const struct setting *, struct margin,
    struct buf *);

/* A row and, when it has one, its block. */
static void
default_print(const struct setting *row, int width, struct margin m,
    struct buf *out)
{
	const char *value = row->preset;

	help_print(m, row, out);
	if (value == NULL && row->kind != SK_BLOCK) {
		m.is_comment = true;
		value = row->arguments;
	}
	margin_print(m, out);
	(void)buf_addf(out, "%-*s", value == NULL ? 0 : width, row->name);
	if (value != NULL)
		(void)buf_addf(out, " %s", value);
	if (row->inside != NULL) {
		(void)buf_add_str(out, STR(" {\n"));
		m.indent++;
		defaults_print(row->inside, m, out);
		m.indent--;
		margin_print(m, out);
		(void)buf_add_byte(out, '}');
	}
	(void)buf_add_byte(out, '\n');
}

static void
defaults_print(const struct setting *table, struct margin m, struct buf *out)
{
	struct buf later = BUF_INIT(0);
	int width = name_width(table);
	const struct setting *row;

	for (row = table; row->name != NULL; row++) {
		if (row->kind == SK_LATER) {
			(void)buf_addf(&later, " %s", row->name);
			continue;
		}
		if (m.indent == 0)
			(void)buf_add_byte(out, '\n');
		default_print(row, width, m, out);
	}
	if (later.len > 0) {
		if (m.indent == 0)
			(void)buf_add_byte(out, '\n');
		comment_print(m, STR("Reserved, not there yet:"), out);
		comment_print(m, str_trim(buf_str(&later)), out);
	}
	buf_free(&later);
}

struct str
schema_print_defaults(const struct setting *table, struct arena *arena)
{
	struct buf out = BUF_INIT(0);
	struct str text;

	defaults_print(table, (struct margin){ 0 }, &out);
	text = arena_str(arena, buf_str(&out));
	buf_free(&out);
	return text;
}
