/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * include - a text with `include "FILE"` replaced by what the files hold.
 *
 * Called by: conf/load.c, policy/, sim/, through tree_load.
 * Always holds: an include stands outside of all blocks; names are relative
 * to the file that includes; files of a pattern come sorted; at most
 * DEPTH_MAX levels and FILES_MAX files.
 * KNOWN GAPS: a file that includes itself by two different names (a link) is
 * stopped by the depth only.
 */
#include "lang/tree.h"

#define DEPTH_MAX 8
#define FILES_MAX 1000

struct loader {
	struct reader      *reader;
	struct arena       *arena;
	struct diagnostics *diag;
	struct str          chain[DEPTH_MAX + 1];  /* files being read      */
	unsigned            depth;
	unsigned            files;
};

/* Statements being put one after another. */
struct row {
	struct stmt *head, *last;
};

static void load(struct loader *, struct str path, struct place,
    struct row *);

static void
row_add(struct row *row, struct stmt *s)
{
	if (row->last == NULL)
		row->head = s;
	else
		row->last->next = s;
	row->last = s;
	s->next = NULL;
}

static bool
is_pattern(struct str path)
{
	return str_find(path, '*') < path.len ||
	    str_find(path, '?') < path.len || str_find(path, '[') < path.len;
}

static void
load_all(struct loader *l, struct str pattern, struct place where,
    struct row *row)
{
	struct str *paths = NULL;
	size_t i, count = 0;
	int rc;

	rc = l->reader->list(l->reader, pattern, l->arena, &paths, &count);
	if (rc != 0) {
		diag_add(l->diag, DG_ERROR, "P0001", where, NULL,
		    "cannot list \"%.*s\": %s", STR_ARG(pattern),
		    error_word(rc));
		return;
	}
	for (i = 0; i < count; i++)
		load(l, paths[i], where, row);
}

static void
include(struct loader *l, const struct stmt *s, struct row *row)
{
	const struct node *name = &s->nodes[s->count - 1];
	struct str path;

	if (s->count != 2 || name->kind != ND_STRING) {
		diag_add(l->diag, DG_ERROR, "P0012", stmt_place(s),
		    "include \"sites/*.conf\"",
		    "include takes one name in quotes");
		return;
	}
	path = source_beside(l->arena, name->place.source->name, name->text);
	if (is_pattern(path))
		load_all(l, path, name->place, row);
	else
		load(l, path, name->place, row);
}

/* Whether the file may be read now; says why not. */
static bool
may_load(struct loader *l, struct str path, struct place where)
{
	unsigned i;

	for (i = 0; i < l->depth; i++)
		if (str_eq(l->chain[i], path)) {
			diag_add(l->diag, DG_ERROR, "P0013", where,
			    "take this include out",
			    "\"%.*s\" includes itself", STR_ARG(path));
			return false;
		}
	if (l->depth > DEPTH_MAX || l->files >= FILES_MAX) {
		diag_add(l->diag, DG_ERROR, "P0014", where, NULL,
		    l->depth > DEPTH_MAX ?
		    "files are included more than %d deep" :
		    "more than %d files are included",
		    l->depth > DEPTH_MAX ? DEPTH_MAX : FILES_MAX);
		return false;
	}
	return true;
}

/* Recursion is bounded by DEPTH_MAX. */
static void
load(struct loader *l, struct str path, struct place where, struct row *row)
{
	struct source *source = arena_alloc(l->arena, sizeof *source);
	struct stmt *s, *next;
	struct fault fault;
	int rc;

	if (!may_load(l, path, where))
		return;
	source->name = path;
	rc = l->reader->read(l->reader, path, l->arena, &source->text, &fault);
	if (rc != 0) {
		diag_add(l->diag, DG_ERROR, "P0001", where, NULL, "%s",
		    fault.text);
		return;
	}
	l->files++;
	l->chain[l->depth++] = path;
	for (s = tree_parse(source, l->arena, l->diag); s != NULL; s = next) {
		next = s->next;
		if (stmt_is(s, "include"))
			include(l, s, row);
		else
			row_add(row, s);
	}
	l->depth--;
}

struct stmt *
tree_load(struct reader *reader, struct str path, struct arena *arena,
    struct diagnostics *d)
{
	struct loader l = { .reader = reader, .arena = arena, .diag = d };
	struct row row = { 0 };

	load(&l, arena_str(arena, path), (struct place){ 0 }, &row);
	return row.head;
}
