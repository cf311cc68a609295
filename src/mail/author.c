/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * author - reads From.
 *
 *	From         = mailbox-list / address-list (RFC 6854)
 *	address-list = [ address ] *( "," [ address ] )
 *	address      = mailbox / group
 *	group        = phrase ":" [ address-list ] ";"
 *	mailbox      = [ phrase ] "<" [ route ":" ] addr-spec ">" / addr-spec
 *	addr-spec    = local-part "@" domain
 *	local-part   = word *( "." word )       word = atom / quoted-string
 *	domain       = atom *( "." atom ) / domain-literal
 *	route        = "@" domain *( "," "@" domain )
 *
 * with comments (nested) and folding between tokens.
 *
 * Called by: filters, through check_authors.
 * Always holds: a field is read whole or not at all (catalogue 46, 47): one
 * byte that does not fit makes it AU_BAD. Comments never reach a name. Work
 * is linear: each byte is looked at once, an address list is cut at
 * AUTHORS_MAX (then AU_BAD).
 * KNOWN GAPS: 8-bit domains are AU_BAD until SMTPUTF8 is there.
 */
#include "mail/author.h"

#include "base/name.h"

#include <string.h>

#define COMMENT_DEPTH 32

enum token { TK_END, TK_ATOM, TK_QUOTED, TK_LITERAL, TK_SIGN, TK_BAD };

struct scan {
	struct str  rest;
	enum token  token;
	struct str  text;      /* of TK_ATOM; the sign of TK_SIGN            */
	struct arena *arena;
	struct authors *out;
	size_t      room, seen;
	unsigned    groups;    /* open ones: at most 1                       */
};

/* --- tokens --------------------------------------------------------------- */

static bool
is_atext(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    str_find(STR("!#$%&'*+-/=?^_`{|}~"), c) < 19;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool
is_plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f;
}

/* Length of what is enclosed, ends included; 0 when it never closes. Nested
 * only for "(". */
static size_t
enclosed(struct str s, char close)
{
	unsigned depth = 1;
	size_t i;

	for (i = 1; i < s.len; i++) {
		if (s.p[i] == '\\' && i + 1 < s.len) {
			i++;
			continue;
		}
		if (s.p[i] == '\0' || (!is_plain(s.p[i]) &&
		    !is_space(s.p[i]) && close != ')' && close != '"'))
			return 0;
		if (s.p[i] == '(' && close == ')' &&
		    ++depth > COMMENT_DEPTH)
			return 0;
		if (s.p[i] == close && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* Comments and folding. False: a comment never ends. */
static bool
skip_space(struct scan *s)
{
	size_t n;

	while (s->rest.len > 0) {
		if (is_space(s->rest.p[0]))
			n = 1;
		else if (s->rest.p[0] == '(')
			n = enclosed(s->rest, ')');
		else
			return true;
		if (n == 0)
			return false;
		s->rest = str_from(s->rest, n);
	}
	return true;
}

static void
take(struct scan *s, enum token token, size_t n)
{
	s->token = n == 0 ? TK_BAD : token;
	s->text = str_sub(s->rest, 0, n);
	s->rest = str_from(s->rest, n);
}

static void
next(struct scan *s)
{
	size_t n = 0;

	if (!skip_space(s)) {
		s->token = TK_BAD;
		return;
	}
	if (s->rest.len == 0) {
		s->token = TK_END;
		return;
	}
	switch (s->rest.p[0]) {
	case '"':
		take(s, TK_QUOTED, enclosed(s->rest, '"'));
		return;
	case '[':
		take(s, TK_LITERAL, enclosed(s->rest, ']'));
		return;
	case '<': case '>': case '@': case ',': case ':': case ';': case '.':
		take(s, TK_SIGN, 1);
		return;
	default:
		while (n < s->rest.len && is_atext(s->rest.p[n]))
			n++;
		take(s, TK_ATOM, n);
	}
}

static bool
is_sign(const struct scan *s, char c)
{
	return s->token == TK_SIGN && s->text.p[0] == c;
}

static bool
take_sign(struct scan *s, char c)
{
	bool is = is_sign(s, c);

	if (is)
		next(s);
	return is;
}

static bool
is_word(const struct scan *s)
{
	return s->token == TK_ATOM || s->token == TK_QUOTED;
}

/* --- addresses ------------------------------------------------------------ */

static bool
add_domain(struct scan *s, struct str domain)
{
	struct authors *o = s->out;
	struct str *more;
	size_t i;

	if (++s->seen > AUTHORS_MAX || !name_is_domain(domain))
		return false;
	domain = name_normal(s->arena, domain);
	for (i = 0; i < o->count; i++)
		if (str_eq(o->domains[i], domain))
			return true;
	if (o->count == s->room) {
		s->room = s->room == 0 ? 2 : s->room * 4;
		more = arena_array(s->arena, s->room, sizeof *more);
		for (i = 0; i < o->count; i++)
			more[i] = o->domains[i];
		o->domains = more;
	}
	o->domains[o->count++] = domain;
	return true;
}

/* atom *( "." atom ), joined without what stood between. */
static bool
parse_domain(struct scan *s, struct str *domain)
{
	char text[NAME_MAX_TEXT + 1];   /* a dot behind each atom           */
	size_t len = 0;

	do {
		if (s->token != TK_ATOM || s->text.len >= sizeof text - len)
			return false;
		memcpy(text + len, s->text.p, s->text.len);
		len += s->text.len;
		text[len++] = '.';
		next(s);
	} while (take_sign(s, '.'));
	*domain = arena_str(s->arena, (struct str){ text, len - 1 });
	return true;
}

/* Behind "@". A literal names no domain: no author that could align. */
static bool
parse_at(struct scan *s)
{
	struct str domain;

	if (s->token == TK_LITERAL) {
		next(s);
		return ++s->seen <= AUTHORS_MAX;
	}
	return parse_domain(s, &domain) && add_domain(s, domain);
}

/* word *( "." word ), then "@" domain */
static bool
parse_addr_spec(struct scan *s)
{
	do {
		if (!is_word(s))
			return false;
		next(s);
	} while (take_sign(s, '.'));
	return take_sign(s, '@') && parse_at(s);
}

/* "@a,@b:" inside < >, of which nothing counts */
static bool
parse_route(struct scan *s)
{
	struct str unused;

	do {
		if (!take_sign(s, '@') || !parse_domain(s, &unused))
			return false;
		while (take_sign(s, ','))
			continue;
	} while (is_sign(s, '@'));
	return take_sign(s, ':');
}

static bool
parse_angle(struct scan *s)
{
	if (is_sign(s, '@') && !parse_route(s))
		return false;
	return parse_addr_spec(s) && take_sign(s, '>');
}

static bool parse_list(struct scan *);

static bool
parse_group(struct scan *s)
{
	if (++s->groups > 1 || !parse_list(s))
		return false;
	s->groups--;
	return take_sign(s, ';');
}

/*
 * An address that begins with a word: only what comes behind the words tells
 * a phrase from a local part. "." is allowed in a phrase (4.1), and is what
 * joins words of a local part; a phrase has words without one.
 */
static bool
parse_after_words(struct scan *s)
{
	bool is_local = true, is_dotted = true;

	while (is_word(s) || is_sign(s, '.')) {
		bool is_dot = is_sign(s, '.');

		if (is_dot == is_dotted)     /* two words, or two dots */
			is_local = false;
		is_dotted = is_dot;
		next(s);
	}
	if (take_sign(s, '<'))
		return parse_angle(s);
	if (take_sign(s, ':'))
		return parse_group(s);
	return is_local && !is_dotted && take_sign(s, '@') && parse_at(s);
}

static bool
parse_address(struct scan *s)
{
	if (take_sign(s, '<'))
		return parse_angle(s);
	return is_word(s) && parse_after_words(s);
}

static bool
parse_list(struct scan *s)
{
	for (;;) {
		while (take_sign(s, ','))
			continue;
		if (s->token == TK_END || (s->groups > 0 && is_sign(s, ';')))
			return true;
		if (!parse_address(s))
			return false;
		if (s->token != TK_END && !is_sign(s, ',') &&
		    !(s->groups > 0 && is_sign(s, ';')))
			return false;
	}
}

void
authors_parse(struct str value, struct arena *a, struct authors *out)
{
	struct scan s = { .rest = value, .arena = a, .out = out };

	*out = (struct authors){ .kind = AU_NONE };
	next(&s);
	if (!parse_list(&s) || s.token != TK_END)
		*out = (struct authors){ .kind = AU_BAD };
	else if (out->count > 0)
		out->kind = out->count == 1 ? AU_ONE : AU_SEVERAL;
	else if (s.seen > 0)
		out->kind = AU_BAD;     /* literals only: nothing to align */
}

void
authors_read(const struct header *h, struct arena *a, struct authors *out)
{
	const struct field *f = header_next(h, STR("from"), NULL);

	*out = (struct authors){ .kind = AU_NONE };
	if (f == NULL)
		return;
	if (f->is_long || header_next(h, STR("from"), f) != NULL)
		out->kind = AU_BAD;
	else
		authors_parse(f->value, a, out);
}
