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

#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "policy/text.h"

static const char *const kinds[] = {
	[TB_NETS] = "nets", [TB_DOMAINS] = "domains",
	[TB_ADDRESSES] = "addresses", [TB_NAMES] = "names",
};

/* Entries while a table is read. */
struct draft {
	struct members *m;
	struct arena   *arena;
	size_t          room;
};

/* Room for one more: both arrays double, one of them stays unused. */
static void
draft_grow(struct draft *d)
{
	struct members *m = d->m, old = *m;

	if (m->count < d->room)
		return;
	d->room = d->room == 0 ? 16 : d->room * 2;
	if (m->kind == TB_NETS) {
		m->nets = arena_array(d->arena, d->room, sizeof *m->nets);
		if (m->count > 0)
			memcpy(m->nets, old.nets, m->count * sizeof *m->nets);
	} else {
		m->texts = arena_array(d->arena, d->room, sizeof *m->texts);
		if (m->count > 0)
			memcpy(m->texts, old.texts,
			    m->count * sizeof *m->texts);
	}
}

static int
member_add(struct draft *d, struct str text)
{
	struct members *m = d->m;
	struct net net;

	draft_grow(d);
	if (m->kind == TB_NETS) {
		if (net_parse(text, &net) != 0)
			return -E_INVALID;
		m->nets[m->count++] = net;
		return 0;
	}
	if (m->kind == TB_ADDRESSES) {
		if (str_find(text, '@') == text.len)
			return -E_INVALID;
		m->texts[m->count++] = arena_lower(d->arena, text);
		return 0;
	}
	text = name_normal(d->arena, text);
	if (!name_is_host(text))
		return -E_INVALID;
	m->texts[m->count++] = text;
	return 0;
}

static void
members_inline(struct compiling *c, struct draft *d, const struct node *b)
{
	const struct stmt *s;
	size_t i;

	for (s = b->stmts; s != NULL; s = s->next)
		for (i = 0; i < s->count; i++)
			if (member_add(d, s->nodes[i].text) != 0)
				compile_error(c, s->nodes[i].place, "P0125",
				    NULL, "\"%.*s\" does not fit a table of "
				    "%s", STR_ARG(s->nodes[i].text),
				    kinds[d->m->kind]);
}

static void
members_lines(struct compiling *c, struct draft *d, struct str text,
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
		if (line.len > 0 && member_add(d, line) != 0)
			compile_error(c, file->place, "P0125", NULL,
			    "line %u of it, \"%.*s\", does not fit a table "
			    "of %s", n, STR_ARG(line), kinds[d->m->kind]);
	}
}

static void
members_file(struct compiling *c, struct draft *d, const struct stmt *s)
{
	const struct node *file = &s->nodes[4];
	bool is_optional = s->count > 5 &&
	    str_eq(s->nodes[5].text, STR("optional"));
	struct fault fault = { 0 };
	struct str path, text;

	path = source_beside(c->arena, file->place.source == NULL ?
	    (struct str){ 0 } : file->place.source->name, file->text);
	if (c->reader.read(&c->reader, path, c->arena, &text, &fault) == 0)
		members_lines(c, d, text, file);
	else if (!is_optional)
		compile_error(c, file->place, "P0126",
		    "make it, or add \"optional\"", "%s", fault.text);
}

/* --- sorting and finding -------------------------------------------------- */

static int
net_compare(const void *a, const void *b)
{
	const struct net *m = a, *n = b;
	int order = ip_cmp(m->ip, n->ip);

	return order != 0 ? order : (int)m->bits - (int)n->bits;
}

static int
text_compare(const void *a, const void *b)
{
	const struct str *s = a, *t = b;

	return str_cmp_case(*s, *t);
}

/* An address against a net: 0 when it is in it. */
static int
ip_compare(const void *key, const void *entry)
{
	const struct ip *ip = key;
	const struct net *n = entry;

	return net_has(*n, *ip) ? 0 : ip_cmp(*ip, n->ip);
}

/* Sorted, a wide net stands before those within it: these go. */
static void
nets_sort(struct members *m)
{
	size_t i, n = 0;

	qsort(m->nets, m->count, sizeof *m->nets, net_compare);
	for (i = 0; i < m->count; i++)
		if (n == 0 || !net_has(m->nets[n - 1], m->nets[i].ip))
			m->nets[n++] = m->nets[i];
	m->count = n;
}

static void
members_sort(struct members *m)
{
	if (m->count == 0)
		return;
	if (m->kind == TB_NETS)
		nets_sort(m);
	else
		qsort(m->texts, m->count, sizeof *m->texts, text_compare);
}

bool
members_have_ip(const struct members *m, struct ip ip)
{
	return m->count > 0 && bsearch(&ip, m->nets, m->count,
	    sizeof *m->nets, ip_compare) != NULL;
}

static bool
members_have(const struct members *m, struct str text)
{
	return m->count > 0 && bsearch(&text, m->texts, m->count,
	    sizeof *m->texts, text_compare) != NULL;
}

bool
members_have_text(const struct members *m, struct str text)
{
	if (m->kind != TB_DOMAINS)
		return members_have(m, text);
	for (; text.len > 0; text = name_parent(text))
		if (members_have(m, text))
			return true;
	return false;
}

/* --- reading -------------------------------------------------------------- */

static void
members_read(struct compiling *c, struct members *m, const struct stmt *s)
{
	struct draft d = { .m = m, .arena = c->arena };
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
	if (s->nodes[3].kind == ND_BLOCK)
		members_inline(c, &d, &s->nodes[3]);
	else if (s->count >= 5 && str_eq(s->nodes[3].text, STR("file")))
		members_file(c, &d, s);
	else
		compile_error(c, s->nodes[3].place, "P0124", "file \"PATH\", "
		    "or { VALUES }", "a table comes from a file or a block");
	members_sort(m);
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
