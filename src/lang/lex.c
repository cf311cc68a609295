/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lex - a text as a row of tokens.
 *
 * Called by: lang/tree.c alone.
 * Always holds: every call moves on or gives TK_EOF; texts are borrowed from
 * the source but for strings with escapes; columns count bytes from 1.
 * KNOWN GAPS: bytes over 0x7f are not checked to be UTF-8; whoever shows
 * them does.
 */
#include <string.h>

#include "lang/lex.h"

void
lex_open(struct lex *l, const struct source *source, struct arena *arena,
    struct diagnostics *d)
{
	*l = (struct lex){ .source = source, .arena = arena, .diag = d,
		.line = 1, .is_fresh = true };
	/* the mark that some editors put in front of UTF-8 */
	if (str_starts(source->text, STR("\xef\xbb\xbf")))
		l->at = l->line_start = 3;
}

/* The byte at an offset from here, or -1 behind the end. */
static int
peek(const struct lex *l, size_t offset)
{
	size_t at = l->at + offset;

	return at < l->source->text.len ? (uint8_t)l->source->text.p[at] : -1;
}

static bool
is_line_end(int c)
{
	return c < 0 || c == '\n';
}

/* A byte that a word may hold. */
static bool
is_word_byte(int c)
{
	return c > ' ' && c != 0x7f && strchr("\"{}();=!<>#", c) == NULL;
}

/* Bytes of blanks at an offset; the CR of CR LF counts as one. */
static size_t
blanks(const struct lex *l, size_t offset)
{
	size_t n = offset;

	while (peek(l, n) == ' ' || peek(l, n) == '\t' ||
	    (peek(l, n) == '\r' && is_line_end(peek(l, n + 1))))
		n++;
	return n - offset;
}

/* Whether a "\" here is the last of its line. */
static bool
is_continuation(const struct lex *l)
{
	return peek(l, 0) == '\\' &&
	    is_line_end(peek(l, 1 + blanks(l, 1)));
}

static struct place
place_here(const struct lex *l, size_t length)
{
	return (struct place){ .source = l->source, .line = l->line,
		.column = (unsigned)(l->at - l->line_start) + 1,
		.length = (unsigned)length };
}

static void
line_end(struct lex *l)
{
	l->at++;
	l->line++;
	l->line_start = l->at;
}

/* Passes over blanks, comments and the ends of lines that go on. */
static void
skip(struct lex *l)
{
	for (;;) {
		l->at += blanks(l, 0);
		if (peek(l, 0) == '#') {
			while (!is_line_end(peek(l, 0)))
				l->at++;
		} else if (is_continuation(l)) {
			l->at += 1 + blanks(l, 1);
			if (peek(l, 0) == '\n')
				line_end(l);
		} else {
			return;
		}
	}
}

/* Gives n bytes from here as a token and moves behind them. */
static void
take(struct lex *l, enum token_kind kind, size_t n, struct token *t)
{
	t->kind = kind;
	t->text = str_sub(l->source->text, l->at, n);
	t->place = place_here(l, n);
	l->at += n;
	l->is_fresh = false;
}

static void
take_raw(struct lex *l, struct token *t)
{
	size_t n = 0;

	while (!is_line_end(peek(l, n)))
		n++;
	if (peek(l, n - 1) == '\r')
		n--;
	take(l, TK_RAW, n, t);
}

/* Bytes of the word here; "->" is one of its own. */
static size_t
word_length(const struct lex *l)
{
	struct lex ahead = *l;

	if (peek(l, 0) == '-' && peek(l, 1) == '>')
		return 2;
	while (is_word_byte(peek(&ahead, 0)) && !is_continuation(&ahead) &&
	    !(peek(&ahead, 0) == '-' && peek(&ahead, 1) == '>'))
		ahead.at++;
	return ahead.at - l->at;
}

static void
take_word(struct lex *l, struct token *t)
{
	take(l, TK_WORD, word_length(l), t);
	if (peek(l, 0) != '#')
		return;
	diag_add(l->diag, DG_ERROR, "P0005", place_here(l, 1),
	    "put a space in front of a comment, or the word in quotes",
	    "\"#\" inside a word");
	while (is_word_byte(peek(l, 0)) || peek(l, 0) == '#')
		l->at++;
}

/* Complains about bytes that may not stand in a string. */
static void
check_string(const struct lex *l, size_t length)
{
	struct lex at = *l;
	size_t end = l->at + length;
	int c;

	for (; at.at < end; at.at++) {
		c = peek(&at, 0);
		if (c == '\\' && (peek(&at, 1) == '"' || peek(&at, 1) == '\\'))
			at.at++;
		else if (c == '\\')
			diag_add(l->diag, DG_ERROR, "P0004",
			    place_here(&at, 2), "only \\\" and \\\\ are known; "
			    "write \\\\ for a backslash",
			    "unknown escape in a string");
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			diag_add(l->diag, DG_ERROR, "P0002", place_here(&at, 1),
			    NULL, "byte 0x%02x in a string", (unsigned)c);
	}
}

/* The text without its escapes; borrowed when it has none. */
static struct str
unescape(struct arena *arena, struct str s)
{
	size_t i, n = 0;
	char *text;

	if (str_find(s, '\\') == s.len)
		return s;
	text = arena_alloc(arena, s.len);
	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '\\' && i + 1 < s.len &&
		    (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
			i++;
		text[n++] = s.p[i];
	}
	return (struct str){ text, n };
}

/* string = DQUOTE *( CHAR / "\" DQUOTE / "\\" ) DQUOTE; l is at the quote. */
static void
take_string(struct lex *l, struct token *t)
{
	struct place open = place_here(l, 1);
	size_t n = 1;

	while (peek(l, n) != '"' && !is_line_end(peek(l, n)))
		n += peek(l, n) == '\\' && !is_line_end(peek(l, n + 1)) ? 2 : 1;
	if (is_line_end(peek(l, n)))
		diag_add(l->diag, DG_ERROR, "P0003", open,
		    "end it on the same line",
		    "this string has no closing quote");
	l->at++;
	check_string(l, n - 1);
	l->at--;
	take(l, TK_STRING, peek(l, n) == '"' ? n + 1 : n, t);
	t->text = unescape(l->arena, str_sub(t->text, 1, n - 1));
}

static void
take_op(struct lex *l, struct token *t)
{
	bool is_double = peek(l, 1) == '=' && peek(l, 0) != '=';

	take(l, TK_OP, is_double ? 2 : 1, t);
}

/* Reports what starts nothing and passes over it. */
static void
pass_over(struct lex *l)
{
	size_t n = 1;
	int c = peek(l, 0);

	if (c == '!' || c == '\'') {
		diag_add(l->diag, DG_ERROR, "P0006", place_here(l, 1),
		    c == '!' ? "write != or not" : "use double quotes",
		    "\"%c\" starts nothing", c);
	} else {
		while (peek(l, n) >= 0 && peek(l, n) != '\n' &&
		    peek(l, n) != '\t' &&
		    (peek(l, n) < ' ' || peek(l, n) == 0x7f))
			n++;
		diag_add(l->diag, DG_ERROR, "P0002", place_here(l, n), NULL,
		    "byte 0x%02x does not belong into a text", (unsigned)c);
	}
	l->at += n;
}

/* What a byte starts; TK_EOF: nothing. */
static enum token_kind
kind_of(const struct lex *l)
{
	static const struct { char c; enum token_kind kind; } signs[] = {
		{ '"', TK_STRING }, { '(', TK_OPEN }, { ')', TK_CLOSE },
		{ '{', TK_BEGIN }, { '}', TK_END }, { ';', TK_SEMI },
		{ '\n', TK_LINE }, { '=', TK_OP }, { '<', TK_OP },
		{ '>', TK_OP },
	};
	int c = peek(l, 0);
	size_t i;

	for (i = 0; i < COUNT(signs); i++)
		if (signs[i].c == c)
			return signs[i].kind;
	if (c == '!' && peek(l, 1) == '=')
		return TK_OP;
	return is_word_byte(c) && c != '\'' ? TK_WORD : TK_EOF;
}

void
lex_next(struct lex *l, bool starts, struct token *t)
{
	enum token_kind kind;

	skip(l);
	while ((kind = kind_of(l)) == TK_EOF && peek(l, 0) >= 0) {
		pass_over(l);
		skip(l);
	}
	if (kind == TK_OP && peek(l, 0) != '=' && peek(l, 0) != '!' &&
	    starts && l->is_fresh) {
		take_raw(l, t);
	} else if (kind == TK_OP) {
		take_op(l, t);
	} else if (kind == TK_STRING) {
		take_string(l, t);
	} else if (kind == TK_WORD) {
		take_word(l, t);
	} else if (kind == TK_EOF) {
		take(l, kind, 0, t);
	} else if (kind == TK_LINE) {
		take(l, kind, 0, t);
		line_end(l);
		l->is_fresh = true;
	} else {
		take(l, kind, 1, t);
	}
}

bool
lex_is_word(struct str text)
{
	struct source source = { .text = text };
	struct lex l = { .source = &source };

	return text.len > 0 && kind_of(&l) == TK_WORD &&
	    !is_continuation(&l) && word_length(&l) == text.len;
}
