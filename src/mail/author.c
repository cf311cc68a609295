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
 *	domain       = dot-atom                ; a literal is AU_BAD
 *	route        = "@" domain *( "," "@" domain )
 *
 * with comments (nested) and folding between other tokens. Bytes over 127 are
 * letters of atoms, as in RFC 6532 3.2, which many write without asking.
 *
 * Called by: filters, through check_authors.
 * Always holds: a field is read whole or not at all (catalogue 46, 47): one
 * byte that does not fit makes it AU_BAD. Comments never reach a name. An
 * author without a domain that could be verified (a literal, one label) makes
 * it AU_BAD too: nobody stands beside an author who counts without counting.
 * Work is linear: each byte is looked at once, and a list of more than
 * AUTHORS_MAX addresses is AU_BAD.
 * KNOWN GAPS: U-labels in domains are AU_BAD until SMTPUTF8 is there.
 */
#include "mail/author.h"

#include "base/name.h"

#include <string.h>

#define COMMENT_DEPTH 32

enum token { TK_END, TK_ATOM, TK_QUOTED, TK_LITERAL, TK_SIGN, TK_BAD };

struct scan {
	struct str      rest;
	enum token      token;
	struct str      text;   /* of TK_ATOM; the sign of TK_SIGN           */
	struct arena   *arena;
	struct authors *out;
	size_t          room, seen;
	bool            is_apart;    /* white space or a comment before token */
	bool            is_in_group;
	char            domain[NAME_MAX_TEXT];  /* the one that is read      */
	size_t          domain_len;
};

/* --- tokens --------------------------------------------------------------- */

static bool
is_atext(char c)
{
	const struct str others = STR("!#$%&'*+-/=?^_`{|}~");

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (unsigned char)c > 127 ||
	    str_find(others, c) < others.len;
}

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Length of the folding white space that s begins with, 0 when it does not. A
 * line break counts only with white space or nothing behind it, and CR only
 * with LF. A header may have come with bare LF; bare CR never makes a line.
 */
static size_t
space_len(struct str s)
{
	size_t n = 0;

	if (s.len > 0 && is_wsp(s.p[0]))
		return 1;
	if (s.len > 1 && s.p[0] == '\r')
		n = 1;
	if (s.len == n || s.p[n] != '\n')
		return 0;
	n++;
	return s.len == n || is_wsp(s.p[n]) ? n : 0;
}

/* Nowhere, not even escaped or quoted: programs end their lines, or their
 * strings, at different ones of these. */
static bool
is_trap(struct str s)
{
	return s.p[0] == '\0' || ((s.p[0] == '\r' || s.p[0] == '\n') &&
	    space_len(s) == 0);
}

/*
 *	quoted-string  = DQUOTE *( FWS / qtext / quoted-pair ) DQUOTE
 *	domain-literal = "[" *( FWS / dtext / quoted-pair ) "]"
 *	comment        = "(" *( FWS / ctext / quoted-pair / comment ) ")"
 *
 * Length of what is enclosed, ends included; 0 when it never closes. Only
 * comments nest.
 */
static size_t
enclosed(struct str s, char close)
{
	bool is_escaped = false;
	unsigned depth = 1;
	size_t i;

	for (i = 1; i < s.len; i++) {
		if (is_trap(str_from(s, i)))
			return 0;
		if (is_escaped || s.p[i] == '\\')
			is_escaped = !is_escaped;
		else if (s.p[i] == '(' && close == ')' &&
		    ++depth > COMMENT_DEPTH)
			return 0;
		else if (s.p[i] == close && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* Comments and folding. False: a comment never ends. */
static bool
skip_space(struct scan *s)
{
	size_t n;

	s->is_apart = false;
	for (;;) {
		n = space_len(s->rest);
		if (n == 0 && s->rest.len > 0 && s->rest.p[0] == '(') {
			n = enclosed(s->rest, ')');
			if (n == 0)
				return false;
		}
		if (n == 0)
			return true;
		s->is_apart = true;
		s->rest = str_from(s->rest, n);
	}
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

/* The domain that was read is an author's. */
static bool
add_domain(struct scan *s)
{
	struct str domain = { s->domain, s->domain_len }, *more;
	struct authors *o = s->out;
	size_t i;

	if (++s->seen > AUTHORS_MAX || !name_is_domain(domain))
		return false;
	for (i = 0; i < o->count; i++)
		if (name_eq(o->domains[i], domain))
			return true;
	if (o->count == s->room) {
		s->room = s->room == 0 ? 2 : s->room * 4;
		more = arena_array(s->arena, s->room, sizeof *more);
		for (i = 0; i < o->count; i++)
			more[i] = o->domains[i];
		o->domains = more;
	}
	o->domains[o->count++] = name_normal(s->arena, domain);
	return true;
}

static bool
add_label(struct scan *s)
{
	size_t dot = s->domain_len > 0 ? 1 : 0;

	if (s->token != TK_ATOM ||
	    s->domain_len + dot + s->text.len > sizeof s->domain)
		return false;
	if (dot > 0)
		s->domain[s->domain_len] = '.';
	memcpy(s->domain + s->domain_len + dot, s->text.p, s->text.len);
	s->domain_len += dot + s->text.len;
	next(s);
	return true;
}

/*
 * atom *( "." atom ). RFC 5322 4.4 has white space and comments around the
 * dots; nobody writes them but to be read as one domain here and as another
 * elsewhere, so they are not taken.
 */
static bool
parse_domain(struct scan *s)
{
	s->domain_len = 0;
	if (!add_label(s))
		return false;
	while (!s->is_apart && take_sign(s, '.'))
		if (s->is_apart || !add_label(s))
			return false;
	return true;
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
	return take_sign(s, '@') && parse_domain(s) && add_domain(s);
}

/* "@a,@b:" inside < >, of which nothing counts */
static bool
parse_route(struct scan *s)
{
	bool is_more = true;

	while (is_more && take_sign(s, '@')) {
		if (!parse_domain(s))
			return false;
		is_more = false;
		while (take_sign(s, ','))
			is_more = true;
	}
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
	if (s->is_in_group)
		return false;
	s->is_in_group = true;
	if (!parse_list(s))
		return false;
	s->is_in_group = false;
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
	return is_local && !is_dotted && take_sign(s, '@') &&
	    parse_domain(s) && add_domain(s);
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
		if (s->token == TK_END || (s->is_in_group && is_sign(s, ';')))
			return true;
		if (!parse_address(s))
			return false;
		if (s->token != TK_END && !is_sign(s, ',') &&
		    !(s->is_in_group && is_sign(s, ';')))
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
