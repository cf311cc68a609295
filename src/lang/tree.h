/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of statements: what the parser makes of a text, before anybody
 * knows what the words mean.
 *
 *	text      = *( statement ( NEWLINE / ";" ) )
 *	statement = node *node
 *	node      = WORD / STRING / OP / "(" / ")" / block / RAW
 *	block     = "{" text "}"
 *	WORD      = 1*<any byte but space, control, quotes, { } ( ) ; = ! < >
 *	            "#" ; "-" before ">" makes the word "->"
 *	OP        = "=" / "!=" / "<" / "<=" / ">" / ">="
 *	STRING    = DQUOTE *( CHAR / "\" DQUOTE / "\\" ) DQUOTE
 *	RAW       = a line that starts with "<" or ">", to its end
 *
 * A newline inside ( ), after a final "\" or directly before a "{" that
 * stands alone does not end a statement. Numbers, durations, addresses are
 * words; whoever wants one reads it with value.h. "#" starts a comment where
 * a word could start. A block may stand between words: `fcrdns in {fail
 * none} and ...`.
 */
#ifndef LANG_TREE_H
#define LANG_TREE_H

#include "base/arena.h"
#include "lang/diag.h"
#include "lang/source.h"

enum node_kind { ND_WORD, ND_STRING, ND_OP, ND_OPEN, ND_CLOSE, ND_BLOCK,
	ND_RAW };

struct node {
	enum node_kind kind;
	struct str     text;         /* a string without quotes, unescaped;
	                                a raw line with its first byte      */
	struct place   place;
	struct stmt   *stmts;        /* ND_BLOCK: linked, NULL when empty    */
};

struct stmt {
	struct node *nodes;          /* count of them, at least 1            */
	size_t       count;
	struct stmt *next;
};

/*
 * Parses a text; goes on after an error to find the next.
 * Owner: the arena; texts are borrowed from the source where they can be.
 * Returns the first statement, NULL when there is none. Errors are in d.
 */
struct stmt *tree_parse(const struct source *, struct arena *,
    struct diagnostics *);

/*
 * The same with `include "FILE"` replaced by what the files hold. Cycles and
 * a depth over 8 are errors.
 */
struct stmt *tree_load(struct reader *, struct str path, struct arena *,
    struct diagnostics *);

/* Whether the first node is this word. */
bool stmt_is(const struct stmt *, const char *word);

/* The place of the whole statement's first node. */
struct place stmt_place(const struct stmt *);

#endif
