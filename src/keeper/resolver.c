/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolver - who asks for us, and what a list thinks of that.
 *
 * Called by: keeper/control.c, for doctor alone: no verdict depends on it.
 * Always holds: the server that is configured is judged first, since it needs
 * no question; then the address from which its questions come, and the name of
 * that. What cannot be found out is unknown, never a reproach.
 * KNOWN GAPS: of several servers only the first is looked at.
 */
#include "keeper/resolver.h"

#include "base/name.h"
#include "lang/tree.h"

#define LOOK_TIME (2 * SEC)

/* NET or GLOB, and who has it. */
struct whose {
	struct net    net;
	struct str    glob;
	struct str    who;
	struct whose *next;
};

struct resolver_book {
	struct whose *public, *hosters;
	struct str    whoami;          /* "": nobody can be asked           */
};

/* ------------------------------------------------------------------------
 * The book.
 */

struct book_reader {
	struct resolver_book *book;
	struct arena         *arena;
	struct diagnostics   *diag;
};

static void
complain(const struct book_reader *r, const char *code,
    const struct node *node, const char *what)
{
	diag_add(r->diag, DG_ERROR, code, node->place, NULL, "%s", what);
}

static struct whose *
add(struct whose **list, struct str who, struct arena *arena)
{
	struct whose *w = arena_alloc(arena, sizeof *w);

	w->who = who;
	w->next = *list;
	*list = w;
	return w;
}

/* public = 1*NET WHO */
static void
read_public(const struct book_reader *r, const struct stmt *s)
{
	struct str who = s->nodes[s->count - 1].text;
	struct net net;
	size_t i;

	for (i = 1; i + 1 < s->count; i++) {
		if (net_parse(s->nodes[i].text, &net) != 0)
			complain(r, "P0033", &s->nodes[i],
			    "this is no network");
		else
			add(&r->book->public, who, r->arena)->net = net;
	}
}

/* hoster = 1*GLOB WHO */
static void
read_hoster(const struct book_reader *r, const struct stmt *s)
{
	struct str who = s->nodes[s->count - 1].text;
	size_t i;

	for (i = 1; i + 1 < s->count; i++)
		add(&r->book->hosters, who, r->arena)->glob =
		    s->nodes[i].text;
}

/* whoami = NAME */
static void
read_whoami(const struct book_reader *r, const struct stmt *s)
{
	struct str name = s->nodes[1].text;

	if (name_is_host(name))
		r->book->whoami = name;
	else
		complain(r, "P0030", &s->nodes[1], "this is no host name");
}

static const struct {
	const char *word;
	size_t      least, most;       /* nodes of the statement            */
	void      (*read)(const struct book_reader *, const struct stmt *);
} words[] = {
	{ "public", 3, SIZE_MAX, read_public },
	{ "hoster", 3, SIZE_MAX, read_hoster },
	{ "whoami", 2, 2, read_whoami },
};

static bool
has_only_words(const struct stmt *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->nodes[i].kind > ND_STRING)
			return false;
	return true;
}

static void
read_statement(const struct book_reader *r, const struct stmt *s)
{
	size_t i;

	for (i = 0; i < COUNT(words); i++)
		if (stmt_is(s, words[i].word))
			break;
	if (i == COUNT(words))
		complain(r, "P0021", &s->nodes[0],
		    "resolvers are public or of a hoster");
	else if (s->count < words[i].least || s->count > words[i].most ||
	    !has_only_words(s))
		complain(r, "P0023", &s->nodes[0],
		    "public NET... \"WHO\", hoster GLOB... \"WHO\", or "
		    "whoami NAME");
	else
		words[i].read(r, s);
}

int
resolver_book_read(struct reader *reader, struct str path,
    struct arena *arena, struct diagnostics *diag, struct resolver_book **out)
{
	const struct book_reader r = {
		.book = arena_alloc(arena, sizeof *r.book),
		.arena = arena, .diag = diag };
	unsigned before = diag_count(diag, DG_ERROR);
	const struct stmt *s;

	for (s = tree_load(reader, path, arena, diag); s != NULL; s = s->next)
		read_statement(&r, s);
	*out = r.book;
	return diag_count(diag, DG_ERROR) > before ? -E_INVALID : 0;
}

/* ------------------------------------------------------------------------
 * The judgement.
 */

static const struct whose *
find_public(const struct resolver_book *book, struct ip ip)
{
	const struct whose *w;

	for (w = book->public; w != NULL; w = w->next)
		if (net_has(w->net, ip))
			return w;
	return NULL;
}

/* Of several the last one that is written, as a book is read on. */
static const struct whose *
find_hoster(const struct resolver_book *book, struct str name)
{
	const struct whose *w;

	for (w = book->hosters; w != NULL; w = w->next)
		if (str_glob(w->glob, name))
			return w;
	return NULL;
}

/* An address without a name is what lists refuse first in a hoster's space:
 * whose it is cannot be told, the remedy is the same. */
void
resolver_judge(const struct resolver_book *book, struct ip server,
    struct resolver_seen *seen)
{
	const struct whose *w = find_public(book, server);

	if (w == NULL && seen->has_outside)
		w = find_public(book, seen->outside);
	seen->who = STR("");
	seen->place = RS_PUBLIC;
	if (w == NULL) {
		seen->place = RS_HOSTER;
		w = seen->name.len > 0 ? find_hoster(book, seen->name) : NULL;
	}
	if (w != NULL)
		seen->who = w->who;
	else if (!seen->has_outside || !seen->is_named)
		seen->place = RS_UNKNOWN;
	else if (seen->name.len > 0)
		seen->place = RS_OWN;
}

/* ------------------------------------------------------------------------
 * Looking.
 */

/* "" when it has none, and seen->is_named says whether that is certain. */
static WAITS int
look_name(struct names *names, struct budget *budget, struct arena *arena,
    struct resolver_seen *seen)
{
	struct answer a;
	int rc = names_ask(names, ip_reverse_name(arena, seen->outside),
	    DNS_PTR, budget, arena, &a);

	if (rc != 0)
		return rc == -E_CANCELED ? rc : 0;
	seen->is_named = true;
	if (a.count > 0 && name_is_host(answer_name(&a, 0)))
		seen->name = answer_name(&a, 0);
	return 0;
}

WAITS int
resolver_look(const struct resolver_book *book,
    const struct resolver_conf *conf, struct world *world,
    struct names *names, struct arena *arena, struct resolver_seen *out)
{
	struct budget budget = { .left = 8,
		.deadline = world_now(world) + LOOK_TIME };
	struct resolver_seen seen = { .name = STR("") };
	struct answer a;
	int rc = 0;

	if (book->whoami.len > 0)
		rc = names_ask(names, book->whoami, DNS_A, &budget, arena, &a);
	if (rc == 0 && book->whoami.len > 0 && a.count > 0) {
		seen.has_outside = true;
		seen.outside = a.records[0].ip;
		rc = look_name(names, &budget, arena, &seen);
	}
	if (rc == -E_CANCELED)
		return rc;
	resolver_judge(book, conf->servers[0].ip, &seen);
	*out = seen;
	return 0;
}
