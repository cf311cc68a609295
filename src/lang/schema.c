/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * schema - reads statements by a table of settings.
 *
 * Called by: conf/ for postern.conf, policy/list.c for DNS lists.
 * Always holds: a setting that could not be read keeps its default; every
 * finding names the setting, the value and what to do; where each setting
 * was given is kept (origins), also to find one that is given twice.
 */
#include <string.h>

#include "base/log.h"
#include "lang/kind.h"
#include "lang/schema.h"
#include "lang/value.h"

#define WORDS_MAX 64    /* rows of one table that are offered in a remedy */

/* --- origins ------------------------------------------------------------- */

static void
origin_add(struct reading *r, const struct setting *row, const void *conf,
    struct place where)
{
	size_t n = r->origin_count;
	struct origin *grown;

	if ((n & (n - 1)) == 0) {
		grown = arena_array(r->arena, n == 0 ? 1 : 2 * n,
		    sizeof *grown);
		if (n > 0)
			memcpy(grown, r->origins, n * sizeof *grown);
		r->origins = grown;
	}
	r->origins[r->origin_count++] = (struct origin){ row, conf, where };
}

static const struct origin *
origin_find(const struct reading *r, const struct setting *row,
    const void *conf)
{
	size_t i;

	for (i = 0; i < r->origin_count; i++)
		if (r->origins[i].setting == row && r->origins[i].conf == conf)
			return &r->origins[i];
	return NULL;
}

size_t
schema_origins(const struct reading *r, const struct origin **origins)
{
	*origins = r->origins;
	return r->origin_count;
}

struct place
schema_place(const struct reading *r, const void *conf, const char *name)
{
	size_t i;

	for (i = 0; i < r->origin_count; i++)
		if (r->origins[i].conf == conf &&
		    strcmp(r->origins[i].setting->name, name) == 0)
			return r->origins[i].place;
	return (struct place){ 0 };
}

/* --- defaults ------------------------------------------------------------ */

static void
preset_text(const struct setting *row, void *at)
{
	struct str text = str_of(row->preset);

	if (row->kind == SK_WORD)
		*(int *)at = word_index(row->words, text);
	else
		*(struct str *)at = text;
}

void
schema_preset(const struct setting *row, void *conf)
{
	int64_t n = 0;
	void *at;

	for (; row->name != NULL; row++) {
		at = (char *)conf + row->offset;
		if (row->kind == SK_BLOCK)
			schema_preset(row->inside, at);
		if (row->preset == NULL || row->kind >= SK_BLOCK)
			continue;
		if (kind_is_number(row->kind)) {
			must(kind_read(row->kind, str_of(row->preset),
			    &n) == 0);
			kind_store(row, n, at);
		} else {
			preset_text(row, at);
		}
	}
}

/* --- values -------------------------------------------------------------- */

const struct node *
schema_value(struct reading *r, const struct stmt *s, size_t i)
{
	const struct node *node = i < s->count ? &s->nodes[i] : NULL;

	if (node != NULL && (node->kind == ND_WORD || node->kind == ND_STRING))
		return node;
	diag_add(r->diag, DG_ERROR, "P0023",
	    node != NULL ? node->place : stmt_place(s), NULL,
	    "\"%.*s\" needs %s", STR_ARG(s->nodes[0].text),
	    node != NULL ? "a value here" :
	    i > 1 ? "one more value" : "a value");
	return NULL;
}

bool
schema_end(struct reading *r, const struct stmt *s, size_t i,
    const struct stmt **stmts)
{
	if (i < s->count && s->nodes[i].kind == ND_BLOCK) {
		if (stmts == NULL) {
			diag_add(r->diag, DG_ERROR, "P0029",
			    s->nodes[i].place, "take the block out",
			    "\"%.*s\" has no settings of its own",
			    STR_ARG(s->nodes[0].text));
			return false;
		}
		*stmts = s->nodes[i++].stmts;
	}
	if (i >= s->count)
		return true;
	diag_add(r->diag, DG_ERROR, "P0024", s->nodes[i].place,
	    "take it out; settings are separated by ; or a new line",
	    "\"%.*s\" takes no more values than those in front",
	    STR_ARG(s->nodes[0].text));
	return false;
}

int
schema_choice(struct reading *r, const struct stmt *s, const struct node *node,
    const char *const *words)
{
	size_t count = 0;
	int index = word_index(words, node->text);

	if (index >= 0)
		return index;
	while (words[count] != NULL)
		count++;
	if (word_index(words + count + 1, node->text) >= 0)
		diag_add(r->diag, DG_ERROR, "P0027", node->place,
		    diag_remedy(r->arena, STR(""), words, count),
		    "\"%.*s %.*s\" is not there yet",
		    STR_ARG(s->nodes[0].text), STR_ARG(node->text));
	else
		diag_add(r->diag, DG_ERROR, "P0028", node->place,
		    diag_remedy(r->arena, node->text, words, count),
		    "\"%.*s\" cannot be \"%.*s\"",
		    STR_ARG(s->nodes[0].text), STR_ARG(node->text));
	return -1;
}

/* A number of any kind, inside its limits. */
static bool
number_value(struct reading *r, const struct setting *row,
    const struct node *node, int64_t *n)
{
	char low[VALUE_TEXT], high[VALUE_TEXT];
	int rc = kind_read(row->kind, node->text, n);

	if (rc == -E_INVALID) {
		diag_add(r->diag, DG_ERROR, "P0025", node->place,
		    kind_example(row->kind), "\"%s\" takes %s, and \"%.*s\" "
		    "is none", row->name, kind_noun(row->kind),
		    STR_ARG(node->text));
		return false;
	}
	if (row->kind == SK_TRUTH || (rc == 0 && *n >= row->low &&
	    *n <= row->high) || (rc == 0 && *n == 0 && row->zero_is_none))
		return true;
	kind_print(row->kind, row->low, low);
	kind_print(row->kind, row->high, high);
	diag_add(r->diag, DG_ERROR, "P0026", node->place,
	    arena_printf(r->arena, "%s to %s%s", low, high,
	    row->zero_is_none ? ", or 0 for no limit" : "").p,
	    "%.*s is out of the limits of \"%s\"", STR_ARG(node->text),
	    row->name);
	return false;
}

bool
schema_duration(struct reading *r, const struct stmt *s,
    const struct node *node, usec_t low, usec_t high, usec_t *span)
{
	struct setting row = { .kind = SK_DURATION, .low = low, .high = high };
	int64_t n;

	row.name = arena_str(r->arena, s->nodes[0].text).p;
	if (!number_value(r, &row, node, &n))
		return false;
	*span = n;
	return true;
}

static void
read_text(struct reading *r, const struct setting *row,
    const struct node *node, void *at)
{
	struct str name;
	int index;

	if (row->kind == SK_TEXT) {
		*(struct str *)at = arena_str(r->arena, node->text);
	} else if (row->kind == SK_NAME) {
		if (value_name(node->text, r->arena, &name) == 0)
			*(struct str *)at = name;
		else
			diag_add(r->diag, DG_ERROR, "P0030", node->place,
			    "letters, digits and - in labels, separated by "
			    "dots", "\"%.*s\" is not a host name",
			    STR_ARG(node->text));
	} else {
		index = word_index(row->words, node->text);
		if (index >= 0)
			*(int *)at = index;
		else
			diag_add(r->diag, DG_ERROR, "P0028", node->place,
			    diag_remedy(r->arena, node->text, row->words,
			    word_count(row->words)), "\"%s\" cannot be "
			    "\"%.*s\"", row->name, STR_ARG(node->text));
	}
}

/* --- statements ---------------------------------------------------------- */

/* One value. A second one that is itself a setting was meant as such. */
static bool
has_one_value(struct reading *r, const struct setting *table,
    const struct stmt *s)
{
	const struct node *extra = s->count > 2 ? &s->nodes[2] : NULL;

	if (schema_value(r, s, 1) == NULL)
		return false;
	for (; extra != NULL && table->name != NULL; table++)
		if (str_eq(extra->text, str_of(table->name))) {
			diag_add(r->diag, DG_ERROR, "P0024", extra->place,
			    "put ; or a new line in front of it",
			    "\"%.*s\" takes one value, and \"%s\" is a setting "
			    "of its own", STR_ARG(s->nodes[0].text),
			    table->name);
			return false;
		}
	return schema_end(r, s, 2, NULL);
}

static void
read_block(struct reading *r, const struct setting *row,
    const struct stmt *s, void *at)
{
	const struct stmt *stmts = NULL;

	if (s->count < 2 || s->nodes[1].kind != ND_BLOCK)
		diag_add(r->diag, DG_ERROR, "P0029", stmt_place(s), NULL,
		    "\"%s\" needs a block: %s { ... }", row->name, row->name);
	else if (schema_end(r, s, 1, &stmts))
		schema_read(row->inside, stmts, at, r);
}

/* The row of a statement's first word, or NULL. */
static const struct setting *
row_find(const struct setting *table, const struct stmt *s, struct reading *r)
{
	const struct node *word = &s->nodes[0];
	const char *words[WORDS_MAX];
	const struct setting *row;
	size_t n = 0;

	if (word->kind != ND_WORD) {
		diag_add(r->diag, DG_ERROR, "P0020", word->place, NULL,
		    "a setting starts with a word");
		return NULL;
	}
	for (row = table; row->name != NULL; row++) {
		if (str_eq(word->text, str_of(row->name)))
			return row;
		if (n < WORDS_MAX && row->kind != SK_LATER)
			words[n++] = row->name;
	}
	diag_add(r->diag, DG_ERROR, "P0021", word->place,
	    diag_remedy(r->arena, word->text, words, n),
	    "there is no setting \"%.*s\" here", STR_ARG(word->text));
	return NULL;
}

static void
read_setting(const struct setting *table, const struct stmt *s, void *conf,
    struct reading *r)
{
	const struct setting *row = row_find(table, s, r);
	const struct origin *first;
	void *at;
	int64_t n;

	if (row == NULL)
		return;
	if (row->kind == SK_LATER) {
		diag_add(r->diag, DG_ERROR, "P0027", stmt_place(s),
		    "take it out", "\"%s\" is not there yet", row->name);
		return;
	}
	first = row->is_list ? NULL : origin_find(r, row, conf);
	if (first != NULL) {
		diag_twice(r->diag, "P0022", stmt_place(s), first->place,
		    "\"%s\" is given twice", row->name);
		return;
	}
	origin_add(r, row, conf, stmt_place(s));
	at = (char *)conf + row->offset;
	if (row->kind == SK_OTHER) {
		row->read(r, s, conf);
	} else if (row->kind == SK_BLOCK) {
		read_block(r, row, s, at);
	} else if (!has_one_value(r, table, s)) {
		return;
	} else if (kind_is_number(row->kind)) {
		if (number_value(r, row, &s->nodes[1], &n))
			kind_store(row, n, at);
	} else {
		read_text(r, row, &s->nodes[1], at);
	}
}

void
schema_read(const struct setting *table, const struct stmt *s, void *conf,
    struct reading *r)
{
	for (; s != NULL; s = s->next)
		read_setting(table, s, conf, r);
}
