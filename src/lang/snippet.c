/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * snippet - the source line of a finding with a caret below it.
 *
 * Called by: lang/diag.c.
 * Always holds: the caret stands below its byte whatever the width of a tab,
 * because what stands in front of it repeats the tabs of the line; no
 * control byte of a file reaches the terminal.
 * KNOWN GAPS: characters that are two columns wide shift the caret.
 */
#include <string.h>

#include "lang/snippet.h"

#define SHOWN 160   /* bytes of a line; a longer one is cut around the place */
#define BEFORE 60   /* of these, in front of the place                   */

/* Bytes of the UTF-8 character at the start of s; 0: it is none (RFC 3629).
 * C1 controls count as none. */
static size_t
utf8_length(struct str s)
{
	static const struct { uint8_t first, last, low, high, n; } forms[] = {
		{ 0xc3, 0xdf, 0x80, 0xbf, 2 }, { 0xc2, 0xc2, 0xa0, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xe1, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
	};
	uint8_t c = (uint8_t)s.p[0], second;
	size_t i, k;

	if (c < 0x80)
		return 1;
	for (i = 0; i < COUNT(forms); i++)
		if (c >= forms[i].first && c <= forms[i].last)
			break;
	if (i == COUNT(forms) || s.len < forms[i].n)
		return 0;
	second = (uint8_t)s.p[1];
	if (second < forms[i].low || second > forms[i].high)
		return 0;
	for (k = 2; k < forms[i].n; k++)
		if (((uint8_t)s.p[k] & 0xc0) != 0x80)
			return 0;
	return forms[i].n;
}

/* Appends the character at the start of s; returns the bytes it took. */
static size_t
glyph_print(struct str s, struct buf *out)
{
	size_t n = utf8_length(s);
	uint8_t c = (uint8_t)s.p[0];

	if (n == 0 || c == 0x7f || (c < ' ' && c != '\t')) {
		(void)buf_add_byte(out, '?');
		return 1;
	}
	(void)buf_add(out, s.p, n);
	return n;
}

void
text_print(struct str s, struct buf *out)
{
	size_t at = 0;

	while (at < s.len) {
		if (s.p[at] == '\n') {
			(void)buf_add_byte(out, '\n');
			at++;
			continue;
		}
		at += glyph_print(str_from(s, at), out);
	}
}

/* The line of a place, without its end. */
static struct str
line_of(struct place where)
{
	struct str rest = where.source->text, line = { 0 };
	unsigned i;

	for (i = 0; i < where.line; i++)
		line = str_split(&rest, '\n');
	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Where a long line is cut in front: never inside a character. */
static size_t
cut_before(struct str line, size_t column)
{
	size_t at;

	if (line.len <= SHOWN || column <= SHOWN - BEFORE)
		return 0;
	at = column - BEFORE;
	while (at > 0 && at < line.len && ((uint8_t)line.p[at] & 0xc0) == 0x80)
		at--;
	return at < line.len ? at : line.len - 1;
}

void
snippet_make(struct place where, struct arena *arena, struct snippet *out)
{
	struct str line = line_of(where), whole = line;
	struct buf text = BUF_INIT(0), pad = BUF_INIT(0);
	size_t at, end, first, start = where.column > 0 ? where.column - 1 : 0;

	first = cut_before(line, where.column);
	line = str_sub(line, 0, first + SHOWN);
	end = start + (where.length > 0 ? where.length : 1);
	if (first > 0) {
		(void)buf_add_str(&text, STR("..."));
		(void)buf_add_str(&pad, STR("   "));
	}
	out->width = 0;
	for (at = first; at < line.len;) {
		if (at < start)
			(void)buf_add_byte(&pad,
			    line.p[at] == '\t' ? '\t' : ' ');
		else if (at < end)
			out->width++;
		at += glyph_print(str_from(line, at), &text);
	}
	if (line.len < whole.len)
		(void)buf_add_str(&text, STR("..."));
	if (out->width == 0)            /* the end of the line is the place */
		out->width = 1;
	out->line = arena_str(arena, buf_str(&text));
	out->pad = arena_str(arena, buf_str(&pad));
	buf_free(&text);
	buf_free(&pad);
}

void
snippet_print(const struct snippet *s, unsigned line, struct str remedy,
    struct buf *out)
{
	struct str more = remedy, first = str_split(&more, '\n');
	size_t i;

	(void)buf_addf(out, "%5u | ", line);
	(void)buf_add_str(out, s->line);
	(void)buf_add_str(out, STR("\n      | "));
	(void)buf_add_str(out, s->pad);
	for (i = 0; i < s->width; i++)
		(void)buf_add_byte(out, i == 0 ? '^' : '~');
	if (first.len > 0)
		(void)buf_add_byte(out, ' ');
	text_print(first, out);
	(void)buf_add_byte(out, '\n');
	while (more.len > 0) {
		(void)buf_add_str(out, STR("      "));
		text_print(str_split(&more, '\n'), out);
		(void)buf_add_byte(out, '\n');
	}
}
