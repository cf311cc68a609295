/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * members - tables that a policy names.
 *
 *	table NAME KIND ( "file" STRING ["optional"] / "{" VALUES "}" )
 *
 * A file holds one entry a line; "#" starts a comment. In a table of domains
 * an entry holds for itself and all below it.
 *
 * Called by: cond.c, at the first use of a table; compile.c for those that
 * no line uses.
 * Always holds: whether an entry stands in a block, in a file, or was made
 * into an image by another process (image.h), it is asked in the same way;
 * and the policy's hash is the same.
 * Source: language.md 3, grammar (KIND).
 * KNOWN GAPS: end dates and notes of entries come with issue "The policy
 * language whole".
 */
#include "policy/compile.h"

#include "lang/value.h"
#include "policy/text.h"

static const char *const kinds[] = {
	[TB_NETS] = "nets", [TB_DOMAINS] = "domains",
	[TB_ADDRESSES] = "addresses", [TB_NAMES] = "names",
};

int
mail_read(struct arena *a, struct str text, struct str *out)
{
	size_t at = str_find_last(text, '@'), i;
	struct str domain;

	if (at == 0 || at == text.len)
		return -E_INVALID;
	for (i = 0; i < at; i++)
		if ((uint8_t)text.p[i] <= ' ' || text.p[i] == 0x7f)
			return -E_INVALID;
	if (value_name(str_from(text, at + 1), a, &domain) != 0)
		return -E_INVALID;
	*out = arena_lower(a, arena_printf(a, "%.*s@%.*s",
	    STR_ARG(str_sub(text, 0, at)), STR_ARG(domain)));
	return 0;
}

static void
does_not_fit(struct compiling *c, struct place place,
    enum group_kind kind, struct str entry)
{
	static const char *const forms[] = {
		[TB_NETS] = "like 192.0.2.0/24 or 2001:db8::1",
		[TB_DOMAINS] = "like a.example, for itself and all below it",
		[TB_ADDRESSES] = "like ann@a.example",
		[TB_NAMES] = "like mx.a.example",
	};

	compile_error(c, place, "P0125", forms[kind],
	    "\"%.*s\" does not fit a table of %s", STR_ARG(entry),
	    kinds[kind]);
}

/* --- entries -------------------------------------------------------------- */

static void
members_inline(struct compiling *c, struct members *m, const struct node *b)
{
	enum group_kind kind = m->image.kind;
	struct image_draft *d = image_new(kind);
	const struct stmt *s;
	size_t i;

	for (s = b->stmts; s != NULL; s = s->next)
		for (i = 0; i < s->count; i++)
			if (!node_is_text(&s->nodes[i]) ||
			    image_add(d, s->nodes[i].text) != 0)
				does_not_fit(c, s->nodes[i].place, kind,
				    s->nodes[i].text);
	must(image_open(image_finish(&d, 0, c->arena), kind, &m->image) == 0);
}

/* Returns how many lines fit nothing. */
static size_t
members_lines(struct compiling *c, enum group_kind kind,
    struct image_draft *d, const struct source *source)
{
	struct place at = { source, 0, 1, 1 };
	struct str text = source->text, line;
	size_t bad = 0;

	while (text.len > 0) {
		line = str_split(&text, '\n');
		at.line++;
		line = str_trim(str_sub(line, 0, str_find(line, '#')));
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line = str_trim(str_sub(line, 0, line.len - 1));
		if (line.len == 0 || image_add(d, line) == 0)
			continue;
		does_not_fit(c, at, kind, line);
		bad++;
	}
	return bad;
}

/* --- files ---------------------------------------------------------------- */

/* A table's file: made before, or as text. */
struct found {
	struct source *source;
	struct str     made;        /* empty: only the text is there        */
};

static int
file_take(struct compiling *c, struct str path, const char *kind,
    struct found *out, struct fault *f)
{
	struct reader *r = c->env->reader;

	out->source->name = path;
	if (source_made(r, path, kind, c->arena, &out->made))
		return 0;
	return r->read(r, path, c->arena, &out->source->text, f);
}

/* A relative file of a shipped policy is the site's to fill, so the folders
 * come first: the site's are the first of them. */
static int
file_look(struct compiling *c, const struct node *file, const char *kind,
    struct found *out, struct fault *f)
{
	int rc = -E_NOTFOUND;
	size_t i;

	for (i = 0; i < c->env->folder_count && rc == -E_NOTFOUND; i++)
		rc = file_take(c, file_in_folder(c, i, file->text), kind, out,
		    f);
	if (rc != -E_NOTFOUND)
		return rc;
	return file_take(c, source_beside(c->arena,
	    file->place.source == NULL ? (struct str){ 0 } :
	    file->place.source->name, file->text), kind, out, f);
}

/* The image of a text; kept when all of it fits. */
static struct str
file_make(struct compiling *c, enum group_kind kind,
    const struct source *source)
{
	static const struct sipkey key = { 0x7461626c65, 0 };
	struct image_draft *d = image_new(kind);
	size_t bad = members_lines(c, kind, d, source);
	struct str made = image_finish(&d, siphash(key, source->text.p,
	    source->text.len), c->arena);

	if (bad == 0)
		source_keep(c->env->reader, source->name, kinds[kind], made);
	return made;
}

/* "optional" forgives a missing file, never one that cannot be read. */
static void
members_file(struct compiling *c, struct members *m, const struct node *file,
    bool is_optional)
{
	enum group_kind kind = m->image.kind;
	struct found found = { .source = arena_alloc(c->arena,
	    sizeof *found.source) };
	struct fault fault = { 0 };
	int rc = file_look(c, file, kinds[kind], &found, &fault);

	if (rc == -E_NOTFOUND && is_optional)
		return;
	if (rc != 0) {
		compile_error(c, file->place, "P0126", rc != -E_NOTFOUND ?
		    NULL : "make it, or add \"optional\"", "%s", fault.text);
		return;
	}
	if (found.made.len == 0)
		found.made = file_make(c, kind, found.source);
	if (image_open(found.made, kind, &m->image) == 0)
		compile_count(c, m->image.hash);
	else
		compile_error(c, file->place, "P0126", NULL,
		    "what was made of %.*s is damaged",
		    STR_ARG(found.source->name));
}

/* --- reading -------------------------------------------------------------- */

static void
members_read(struct compiling *c, struct members *m, const struct stmt *s)
{
	struct cursor at = { s, 2 };
	const struct node *n;
	size_t k;

	for (k = 0; k < COUNT(kinds); k++)
		if (cursor_take(&at, kinds[k]))
			break;
	if (k == COUNT(kinds)) {
		compile_error(c, cursor_place(&at), "P0124",
		    "one of: nets domains addresses names",
		    "a kind of table is missing here");
		return;
	}
	m->image.kind = (enum group_kind)k;
	n = cursor_node(&at);
	if (n != NULL && n->kind == ND_BLOCK) {
		at.at++;
		members_inline(c, m, n);
	} else if (cursor_take(&at, "file") && cursor_node(&at) != NULL &&
	    node_is_text(cursor_node(&at))) {
		n = &s->nodes[at.at++];
		members_file(c, m, n, cursor_take(&at, "optional"));
	} else {
		compile_error(c, cursor_place(&at), "P0124", "file \"PATH\", "
		    "or { VALUES }", "a table comes from a file or a block");
		return;
	}
	parse_end(c, &at);
}

const struct members *
members_find(struct compiling *c, struct str name, struct place place)
{
	struct named *n;

	for (n = c->tables; n != NULL; n = n->next)
		if (str_eq(n->name, name))
			break;
	if (n == NULL) {
		compile_error(c, place, "P0123", "add: table NAME KIND file "
		    "\"PATH\"", "no table \"%.*s\"", STR_ARG(name));
		return NULL;
	}
	if (n->members == NULL) {
		n->members = arena_alloc(c->arena, sizeof *n->members);
		n->members->name = n->name;
		members_read(c, n->members, n->stmt);
	}
	return n->members;
}
