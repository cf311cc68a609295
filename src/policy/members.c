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
 * Source: language.md 3, grammar (KIND).
 * KNOWN GAPS: end dates and notes of entries, and images that are swapped in
 * while sessions run, come with issue "The policy language whole".
 */
#include "policy/compile.h"

#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "lang/value.h"
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

static int
member_add(struct draft *d, struct str text)
{
	struct members *m = d->m;
	struct net net;
	int rc;

	draft_grow(d);
	if (m->kind == TB_NETS) {
		if (net_parse(text, &net) != 0)
			return -E_INVALID;
		m->nets[m->count++] = net;
		return 0;
	}
	rc = m->kind == TB_ADDRESSES ? mail_read(d->arena, text, &text) :
	    value_name(text, d->arena, &text);
	if (rc == 0)
		m->texts[m->count++] = text;
	return rc;
}

static void
does_not_fit(struct compiling *c, struct place place,
    const struct members *m, struct str entry)
{
	static const char *const forms[] = {
		[TB_NETS] = "like 192.0.2.0/24 or 2001:db8::1",
		[TB_DOMAINS] = "like a.example, for itself and all below it",
		[TB_ADDRESSES] = "like ann@a.example",
		[TB_NAMES] = "like mx.a.example",
	};

	compile_error(c, place, "P0125", forms[m->kind],
	    "\"%.*s\" does not fit a table of %s", STR_ARG(entry),
	    kinds[m->kind]);
}

static void
members_inline(struct compiling *c, struct draft *d, const struct node *b)
{
	const struct stmt *s;
	size_t i;

	for (s = b->stmts; s != NULL; s = s->next)
		for (i = 0; i < s->count; i++)
			if (!node_is_text(&s->nodes[i]) ||
			    member_add(d, s->nodes[i].text) != 0)
				does_not_fit(c, s->nodes[i].place, d->m,
				    s->nodes[i].text);
}

static void
members_lines(struct compiling *c, struct draft *d,
    const struct source *source)
{
	struct place at = { source, 0, 1, 1 };
	struct str text = source->text, line;

	while (text.len > 0) {
		line = str_split(&text, '\n');
		at.line++;
		line = str_trim(str_sub(line, 0, str_find(line, '#')));
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line = str_trim(str_sub(line, 0, line.len - 1));
		if (line.len > 0 && member_add(d, line) != 0)
			does_not_fit(c, at, d->m, line);
	}
}

/* A relative file of a shipped policy is the site's to fill, so the folders
 * come first: the site's are the first of them. */
static int
file_read(struct compiling *c, const struct node *file, struct source *out,
    struct fault *f)
{
	int rc = file_find(c, file->text, &out->name, &out->text, f);

	if (rc != -E_NOTFOUND)
		return rc;
	out->name = source_beside(c->arena, file->place.source == NULL ?
	    (struct str){ 0 } : file->place.source->name, file->text);
	return c->reader.read(&c->reader, out->name, c->arena, &out->text, f);
}

/* "optional" forgives a missing file, never one that cannot be read. */
static void
members_file(struct compiling *c, struct draft *d, const struct node *file,
    bool is_optional)
{
	struct source *source = arena_alloc(c->arena, sizeof *source);
	struct fault fault = { 0 };
	int rc = file_read(c, file, source, &fault);

	if (rc == 0)
		members_lines(c, d, source);
	else if (rc != -E_NOTFOUND)
		compile_error(c, file->place, "P0126", NULL, "%s",
		    fault.text);
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
	m->kind = (enum group_kind)k;
	n = cursor_node(&at);
	if (n != NULL && n->kind == ND_BLOCK) {
		at.at++;
		members_inline(c, &d, n);
	} else if (cursor_take(&at, "file") && cursor_node(&at) != NULL &&
	    node_is_text(cursor_node(&at))) {
		n = &s->nodes[at.at++];
		members_file(c, &d, n, cursor_take(&at, "optional"));
	} else {
		compile_error(c, cursor_place(&at), "P0124", "file \"PATH\", "
		    "or { VALUES }", "a table comes from a file or a block");
		return;
	}
	parse_end(c, &at);
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
