/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tree - the parser: statements and blocks out of tokens.
 *
 * Called by: conf/load.c, policy/, sim/ (whoever reads the language).
 * Always holds: the tree is complete whatever the text was: an error costs
 * its token, never the rest; blocks are at most DEPTH_MAX deep (there is no
 * recursion on input), nodes at most NODES_MAX; a statement has at least one
 * node.
 *
 * Nodes of all statements that are still open stand in one row, that of the
 * innermost last; a finished statement is copied out and cut off.
 *
 * KNOWN GAPS: a missing ")" or "}" is found at the end only; the finding
 * then stands at the sign that was opened.
 */
#include <string.h>

#include "lang/lex.h"
#include "lang/tree.h"

#define DEPTH_MAX 16
#define NODES_MAX (1u << 20)

/* One block that is open; the first is the text itself. */
struct frame {
	size_t        first;    /* of its unfinished statement's nodes      */
	struct stmt  *head, *last;
	struct place  opened;   /* its "{"                                  */
	struct place  paren;    /* the outermost "(" that is open           */
	unsigned      parens;
	bool          has_ended;/* a line end came: only "{" goes on        */
};

struct parser {
	struct lex      lex;
	struct arena   *arena;
	struct diagnostics *diag;
	struct node    *nodes;
	size_t          count, room;
	size_t          total;
	struct frame    frames[DEPTH_MAX + 1];
	size_t          depth;
	unsigned        too_deep;   /* blocks open beyond DEPTH_MAX         */
};

static struct frame *
inner(struct parser *p)
{
	return &p->frames[p->depth];
}

static bool
has_nodes(struct parser *p)
{
	return p->count > inner(p)->first;
}

static struct node *
node_push(struct parser *p, enum node_kind kind, const struct token *t)
{
	struct node *grown, *node;

	if (p->count == p->room) {
		p->room = p->room == 0 ? 64 : 2 * p->room;
		grown = arena_array(p->arena, p->room, sizeof *grown);
		if (p->count > 0)
			memcpy(grown, p->nodes, p->count * sizeof *grown);
		p->nodes = grown;
	}
	p->total++;
	node = &p->nodes[p->count++];
	*node = (struct node){ .kind = kind, .text = t->text,
		.place = t->place };
	return node;
}

/* Finishes the innermost statement, if there is one. */
static void
stmt_end(struct parser *p)
{
	struct frame *f = inner(p);
	struct stmt *s;
	size_t n = p->count - f->first;

	if (f->parens > 0)
		diag_add(p->diag, DG_ERROR, "P0009", f->paren,
		    "close it with )", "this \"(\" is never closed");
	f->parens = 0;
	f->has_ended = false;
	if (n == 0)
		return;
	s = arena_alloc(p->arena, sizeof *s);
	s->nodes = arena_array(p->arena, n, sizeof *s->nodes);
	memcpy(s->nodes, p->nodes + f->first, n * sizeof *s->nodes);
	s->count = n;
	p->count = f->first;
	if (f->last == NULL)
		f->head = s;
	else
		f->last->next = s;
	f->last = s;
}

/* --- one function for each kind of token --------------------------------- */

static void
on_word(struct parser *p, const struct token *t)
{
	static const enum node_kind kinds[TK_COUNT] = {
		[TK_WORD] = ND_WORD, [TK_STRING] = ND_STRING, [TK_OP] = ND_OP,
		[TK_RAW] = ND_RAW,
	};

	if (t->kind == TK_OP && !has_nodes(p))
		diag_add(p->diag, DG_ERROR, "P0015", t->place, NULL,
		    "a statement cannot start with \"%.*s\"",
		    STR_ARG(t->text));
	else
		(void)node_push(p, kinds[t->kind], t);
}

static void
on_open(struct parser *p, const struct token *t)
{
	struct frame *f = inner(p);

	if (f->parens++ == 0)
		f->paren = t->place;
	(void)node_push(p, ND_OPEN, t);
}

static void
on_close(struct parser *p, const struct token *t)
{
	struct frame *f = inner(p);

	if (f->parens == 0) {
		diag_add(p->diag, DG_ERROR, "P0009", t->place, "take it out",
		    "this \")\" closes nothing");
		return;
	}
	f->parens--;
	(void)node_push(p, ND_CLOSE, t);
}

static void
on_begin(struct parser *p, const struct token *t)
{
	if (!has_nodes(p))
		diag_add(p->diag, DG_ERROR, "P0015", t->place,
		    "put the word that it belongs to in front",
		    "a statement cannot start with \"{\"");
	if (p->depth == DEPTH_MAX) {
		diag_add(p->diag, DG_ERROR, "P0010", t->place, NULL,
		    "blocks are nested more than %d deep", DEPTH_MAX);
		p->too_deep = 1;
		return;
	}
	(void)node_push(p, ND_BLOCK, t);
	p->depth++;
	*inner(p) = (struct frame){ .first = p->count, .opened = t->place };
}

static void
on_end(struct parser *p, const struct token *t)
{
	struct stmt *head;

	stmt_end(p);
	if (p->depth == 0) {
		diag_add(p->diag, DG_ERROR, "P0007", t->place, "take it out",
		    "this \"}\" closes nothing");
		return;
	}
	head = inner(p)->head;
	p->depth--;
	p->nodes[p->count - 1].stmts = head;    /* its "{", the last node */
}

static void
on_semi(struct parser *p, const struct token *t)
{
	(void)t;
	stmt_end(p);
}

static void
on_line(struct parser *p, const struct token *t)
{
	(void)t;
	if (inner(p)->parens == 0)
		inner(p)->has_ended = true;
}

/* Closes whatever is still open. */
static void
finish(struct parser *p)
{
	struct token end = { .kind = TK_END };

	while (p->depth > 0) {
		diag_add(p->diag, DG_ERROR, "P0008", inner(p)->opened,
		    "close it with }", "this \"{\" is never closed");
		on_end(p, &end);
	}
	stmt_end(p);
}

/* Blocks beyond the deepest are not looked at, only counted. */
static void
pass_deep(struct parser *p, const struct token *t)
{
	if (t->kind == TK_BEGIN)
		p->too_deep++;
	else if (t->kind == TK_END)
		p->too_deep--;
}

struct stmt *
tree_parse(const struct source *source, struct arena *arena,
    struct diagnostics *d)
{
	static void (*const on[TK_COUNT])(struct parser *,
	    const struct token *) = {
		[TK_WORD] = on_word, [TK_STRING] = on_word, [TK_OP] = on_word,
		[TK_RAW] = on_word, [TK_OPEN] = on_open,
		[TK_CLOSE] = on_close, [TK_BEGIN] = on_begin,
		[TK_END] = on_end, [TK_SEMI] = on_semi, [TK_LINE] = on_line,
	};
	struct parser *p = arena_alloc(arena, sizeof *p);
	struct token t;

	diag_saw(d, source);
	p->arena = arena;
	p->diag = d;
	lex_open(&p->lex, source, arena, d);
	for (;;) {
		lex_next(&p->lex, !has_nodes(p) || inner(p)->has_ended, &t);
		if (t.kind == TK_EOF)
			break;
		if (p->total >= NODES_MAX) {
			diag_add(d, DG_ERROR, "P0011", t.place, NULL,
			    "more than %u words in one file", NODES_MAX);
			break;
		}
		if (p->too_deep > 0) {
			pass_deep(p, &t);
			continue;
		}
		/* a "{" on a line of its own belongs to the line above */
		if (inner(p)->has_ended && t.kind != TK_LINE &&
		    t.kind != TK_BEGIN)
			stmt_end(p);
		inner(p)->has_ended = false;
		on[t.kind](p, &t);
	}
	finish(p);
	return p->frames[0].head;
}

bool
stmt_is(const struct stmt *s, const char *word)
{
	return s->nodes[0].kind == ND_WORD &&
	    str_eq(s->nodes[0].text, str_of(word));
}

struct place
stmt_place(const struct stmt *s)
{
	return s->nodes[0].place;
}
