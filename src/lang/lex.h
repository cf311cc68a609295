/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lex: a text as a row of tokens. Private to lang/; tree.h has the grammar.
 */
#ifndef LANG_LEX_H
#define LANG_LEX_H

#include "base/arena.h"
#include "lang/diag.h"

enum token_kind {
	TK_WORD,
	TK_STRING,    /* text: without quotes, escapes undone               */
	TK_OP,
	TK_OPEN,      /* (                                                  */
	TK_CLOSE,     /* )                                                  */
	TK_BEGIN,     /* {                                                  */
	TK_END,       /* }                                                  */
	TK_SEMI,      /* ;                                                  */
	TK_LINE,      /* the end of a line                                  */
	TK_RAW,       /* text: from < or > to the end of the line           */
	TK_EOF,       /* again and again                                    */
	TK_COUNT
};

struct token {
	enum token_kind kind;
	struct str      text;
	struct place    place;
};

struct lex {
	const struct source *source;
	struct arena        *arena;
	struct diagnostics  *diag;
	size_t   at;            /* next byte                                */
	size_t   line_start;
	unsigned line;          /* from 1                                   */
	bool     is_fresh;      /* no token on this line yet                */
};

void lex_open(struct lex *, const struct source *, struct arena *,
    struct diagnostics *);

/*
 * Gives the next token. What cannot be read is reported and passed over.
 * In: starts, whether a statement starts here; then a line that begins with
 * < or > is raw.
 */
void lex_next(struct lex *, bool starts, struct token *);

/* Whether a text would be read as one word. */
bool lex_is_word(struct str);

#endif
