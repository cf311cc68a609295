/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth - writes the Authentication-Results field.
 *
 *	authres-header = "Authentication-Results:" [CFWS] authserv-id
 *	                 ( no-result / 1*resinfo ) [CFWS] CRLF
 *	no-result      = [CFWS] ";" [CFWS] "none"
 *	resinfo        = [CFWS] ";" methodspec [ CFWS reasonspec ]
 *	                 *( CFWS propspec )
 *	propspec       = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue
 *	pvalue         = [CFWS] ( ( value / [ [ local-part ] "@" ] domain-name )
 *	                 [CFWS] )
 *	value          = token / quoted-string
 *
 * Called by: filters (auth_value, and through auth_result), smtp/keep.c for
 * the field, once for each message.
 * Always holds:
 * 1. Whatever the results hold, the field is one field: all its lines but the
 *    first begin with a tab, and each has at most LINE_HARD octets.
 * 2. It is folded between words only, never inside quotes: who does not know
 *    how to unfold a quoted string reads it right too.
 * 3. It is at most AUTH_FIELD bytes long. What does not fit is left out, so
 *    that no message is lost because too much could be said about it.
 * Source: RFC 8601 2.2, 2.3, 2.7; 2045 5.1; 5322 2.1.1, 2.2.3, 3.2.3.
 */
#include "mail/auth.h"

#include "base/error.h"
#include "base/name.h"

#define COLUMNS   78
#define LINE_HARD 900

static bool
is_printable(char c)
{
	return c >= 32 && c <= 126;
}

/* token = 1*<any CHAR except SPACE, CTLs, or tspecials> */
static bool
is_token(struct str s)
{
	const struct str specials = STR("()<>@,;:\\\"/[]?=");
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is_printable(s.p[i]) || s.p[i] == ' ' ||
		    str_find(specials, s.p[i]) < specials.len)
			return false;
	return s.len > 0;
}

/* A local part that needs no quotes, and is a token as well: "=" and "/" are
 * atoms, but readers of this field stumble over them. */
static bool
is_plain_local(struct str s)
{
	struct str word;

	if (s.len == 0)
		return true;            /* "@" domain-name */
	do {
		word = str_split(&s, '.');
		if (!is_token(word))
			return false;
	} while (s.p != NULL);
	return true;
}

static bool
is_bare(struct str s)
{
	size_t at = str_find_last(s, '@');

	if (at == s.len)
		return is_token(s);
	return is_plain_local(str_sub(s, 0, at)) &&
	    name_is_host(str_from(s, at + 1));
}

struct str
auth_value(struct arena *a, struct str text)
{
	char *out = arena_alloc(a, 2 * AUTH_VALUE + 3);
	size_t i, n = 0;
	char c;

	text = str_sub(text, 0, AUTH_VALUE);
	if (is_bare(text))
		return arena_str(a, text);
	out[n++] = '"';
	for (i = 0; i < text.len; i++) {
		c = is_printable(text.p[i]) ? text.p[i] : '?';
		if (c == '"' || c == '\\')
			out[n++] = '\\';
		out[n++] = c;
	}
	out[n++] = '"';
	return (struct str){ out, n };
}

/* Where the first word of s ends: at a space that is in no quotes and no
 * comment. s.len + 1: it never does, or a byte in it may not be there. */
static size_t
word_end(struct str s)
{
	bool is_quoted = false, is_escaped = false;
	unsigned depth = 0;
	size_t i;
	char c;

	for (i = 0; i < s.len; i++) {
		c = s.p[i];
		if (!is_printable(c))
			return s.len + 1;
		if (is_escaped || (c == '\\' && (is_quoted || depth > 0)))
			is_escaped = !is_escaped;
		else if (c == '"' && depth == 0)
			is_quoted = !is_quoted;
		else if (c == '(' && !is_quoted)
			depth++;
		else if (c == ')' && !is_quoted && depth-- == 0)
			return s.len + 1;
		else if (!is_quoted && depth == 0 && c == ';')
			return s.len + 1;
		else if (!is_quoted && depth == 0 && c == ' ')
			return i;
	}
	return is_quoted || depth > 0 ? s.len + 1 : s.len;
}

/* A word behind another, which ends at a column: on the same line when there
 * is room for it and a ";". */
static int
put_word(struct buf *b, struct str word, size_t *column)
{
	bool is_same = *column + 1 + word.len + 1 <= COLUMNS;
	int rc = buf_add_str(b, is_same ? STR(" ") : STR("\r\n\t  "));

	*column = (is_same ? *column + 1 : 3) + word.len;
	return rc == 0 ? buf_add_str(b, word) : rc;
}

/* ";" CRLF HTAB and the words of one result. -E_INVALID: it is left out. */
static int
put_result(struct buf *b, struct str result)
{
	size_t n, column = 1;   /* the tab */
	int rc = buf_add_str(b, STR(";\r\n\t"));

	result = str_trim(result);
	if (result.len == 0 || result.len > AUTH_RESULT)
		return -E_INVALID;
	while (rc == 0 && result.len > 0) {
		n = word_end(result);
		if (n > result.len || n > LINE_HARD)
			return -E_INVALID;
		if (column > 1)
			rc = put_word(b, str_sub(result, 0, n), &column);
		else
			rc = buf_add_str(b, str_sub(result, 0, n));
		if (column == 1)
			column += n;
		result = str_trim(str_from(result, n));
	}
	return rc;
}

/* In: before, the length of b without any of it. */
static int
put_results(struct buf *b, size_t before, const struct str *results,
    size_t count)
{
	size_t i, start, n = 0;
	int rc;

	for (i = 0; i < count; i++) {
		start = b->len;
		rc = put_result(b, results[i]);
		if (rc != 0 && rc != -E_INVALID)
			return rc;
		if (rc != 0 || b->len - before > AUTH_FIELD - 2)
			b->len = start;
		else
			n++;
	}
	return n > 0 ? 0 : buf_add_str(b, STR("; none"));
}

int
auth_field(struct buf *b, struct str authserv, const struct str *results,
    size_t count)
{
	size_t before = b->len;
	struct arena *a = arena_new(1024);
	int rc;

	rc = buf_add_str(b, STR("Authentication-Results: "));
	if (rc == 0)
		rc = buf_add_str(b, auth_value(a, authserv));
	if (rc == 0)
		rc = put_results(b, before, results, count);
	if (rc == 0)
		rc = buf_add_str(b, STR("\r\n"));
	arena_free(&a);
	if (rc != 0)
		b->len = before;
	return rc;
}
