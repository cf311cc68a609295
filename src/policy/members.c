/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * members - tables that a policy names.
 *
 *	table NAME KIND ( "file" STRING ["optional"] / "{" VALUES "}" )
 *
 * A file holds one entry a line; "#" starts a comment. In a table of domains
 * an entry holds for itself and all below it.
 *
 * Called by: cond.c, at the first use of a table.
 * Source: language.md 3, grammar (KIND).
 * KNOWN GAPS: end dates and notes of entries, and images that are swapped in
 * while sessions run, come with issue "The policy language whole".
 */
#include "policy/compile.h"

#include "base/name.h"
#include "policy/text.h"

static const char *const kinds[] = {
	[TB_NETS] = "nets", [TB_DOMAINS] = "domains",
	[TB_ADDRESSES] = "addresses", [TB_NAMES] = "names",
};

/* Any pointer that is not NULL: tables are asked for membership only. */
static char is_member;

static int
member_add(struct members *m, struct arena *a, struct str text)
{
	struct net net;
	struct str name;

	m->count++;
	if (m->kind == TB_NETS) {
		if (net_parse(text, &net) != 0)
			return -E_INVALID;
		radix_put(m->nets, net, &is_member);
		return 0;
	}
	if (m->kind == TB_ADDRESSES) {
		if (str_find(text, '@') == text.len)
			return -E_INVALID;
		table_put(m->texts, arena_lower(a, text), &is_member);
		return 0;
	}
	name = name_normal(a, text);
	if (!name_is_host(name))
		return -E_INVALID;
	table_put(m->texts, name, &is_member);
	return 0;
}

static void
members_inline(struct compiling *c, struct members *m, const struct node *b)
{
	const struct stmt *s;
	size_t i;

	for (s = b->stmts; s != NULL; s = s->next)
		for (i = 0; i < s->count; i++)
			if (member_add(m, c->arena, s->nodes[i].text) != 0)
				compile_error(c, s->nodes[i].place, "P0125",
				    NULL, "\"%.*s\" does not fit a table of "
				    "%s", STR_ARG(s->nodes[i].text),
				    kinds[m->kind]);
}

static void
members_lines(struct compiling *c, struct members *m, struct str text,
    const struct node *file)
{
	struct str line;
	unsigned n = 0;

	while (text.len > 0) {
		line = str_split(&text, '\n');
		n++;
		line = str_trim(str_sub(line, 0, str_find(line, '#')));
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line = str_trim(str_sub(line, 0, line.len - 1));
		if (line.len > 0 && member_add(m, c->arena, line) != 0)
			compile_error(c, file->place, "P0125", NULL,
			    "line %u of it, \"%.*s\", does not fit a table "
			    "of %s", n, STR_ARG(line), kinds[m->kind]);
	}
}

static void
members_file(struct compiling *c, struct members *m, const struct stmt *s)
{
	const struct node *file = &s->nodes[4];
	bool is_optional = s->count > 5 &&
	    str_eq(s->nodes[5].text, STR("optional"));
	struct fault fault = { 0 };
	struct str path, text;

	path = source_beside(c->arena, file->place.source == NULL ?
	    (struct str){ 0 } : file->place.source->name, file->text);
	if (c->reader.read(&c->reader, path, c->arena, &text, &fault) == 0)
		members_lines(c, m, text, file);
	else if (!is_optional)
		compile_error(c, file->place, "P0126",
		    "make it, or add \"optional\"", "%s", fault.text);
}

static void
members_read(struct compiling *c, struct members *m, const struct stmt *s)
{
	size_t k;

	for (k = 0; s->count > 3 && k < COUNT(kinds); k++)
		if (str_eq(s->nodes[2].text, str_of(kinds[k])))
			break;
	if (s->count < 4 || k == COUNT(kinds)) {
		compile_error(c, stmt_place(s), "P0124",
		    "table NAME nets|domains|addresses|names file \"PATH\", "
		    "or { VALUES }", "this is no table");
		return;
	}
	m->kind = (enum group_kind)k;
	m->nets = radix_new();
	m->texts = table_new((struct sipkey){ 0, 0 });
	if (s->nodes[3].kind == ND_BLOCK)
		members_inline(c, m, &s->nodes[3]);
	else if (s->count >= 5 && str_eq(s->nodes[3].text, STR("file")))
		members_file(c, m, s);
	else
		compile_error(c, s->nodes[3].place, "P0124", "file \"PATH\", "
		    "or { VALUES }", "a table comes from a file or a block");
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
		n->members->place = stmt_place(n->stmt);
		members_read(c, n->members, n->stmt);
	}
	return n->members;
}
