/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_expand - macros of SPF: grammar and expansion.
 *
 *	domain-spec   = macro-string domain-end
 *	domain-end    = ( "." toplabel [ "." ] ) / macro-expand
 *	toplabel      = ( *alphanum ALPHA *alphanum ) /
 *	                ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
 *	explain-string = *( macro-string / SP )
 *	macro-string  = *( macro-expand / macro-literal )
 *	macro-expand  = ( "%{" macro-letter transformers *delimiter "}" )
 *	                / "%%" / "%_" / "%-"
 *	macro-literal = %x21-24 / %x26-7E
 *	macro-letter  = "s" / "l" / "o" / "d" / "i" / "p" / "h" /
 *	                "c" / "r" / "t" / "v"
 *	transformers  = *DIGIT [ "r" ]
 *	delimiter     = "." / "-" / "+" / "," / "/" / "_" / "="
 *
 * (RFC 7208 7.1; 7.3 forbids the number zero.)
 *
 * Called by: spf_record.c (grammar), spf_look.c. libspf2's macro compiler and
 * expander, where CVE-2021-20314, -33912 and -33913 were, never see a macro.
 * Always holds: memory is bounded whatever the macros say. Of a name only the
 * end can matter, since labels go at the left; a text is cut.
 * KNOWN GAPS: %{p} is what the caller found; see spf_look.c.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/name.h"
#include "filters/spf_expand.h"

#define NAME_KEPT  4096         /* bytes of a name before its front is cut  */
#define NAME_TAIL  512          /* bytes kept then; more than a name has    */
#define DIGITS_MAX 1000         /* more labels than any value has           */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
	char low = (char)(c | 0x20);

	return low >= 'a' && low <= 'z';
}

static bool
is_among(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* ------------------------------------------------------------------------
 * Grammar.
 */

static bool
is_literal(enum spf_dialect dialect, char c)
{
	return (c > ' ' && c <= '~' && c != '%') ||
	    (c == ' ' && dialect == SPF_TEXT);
}

/* How many bytes of s from `at` on are in set. */
static size_t
span(struct str s, size_t at, const char *set)
{
	size_t n = 0;

	while (at + n < s.len && is_among(s.p[at + n], set))
		n++;
	return n;
}

/* "%%", "%_", "%-"; false when it is none of them. */
static bool
read_plain(struct str s, struct str *literal)
{
	static const struct { char c; struct str value; } plain[] = {
		{ '%', { "%", 1 } }, { '_', { " ", 1 } },
		{ '-', { "%20", 3 } },
	};
	size_t i;

	for (i = 0; i < COUNT(plain); i++)
		if (s.p[1] == plain[i].c) {
			*literal = plain[i].value;
			return true;
		}
	return false;
}

/*
 * What stands between "%{" and "}".
 */
static int
read_inside(enum spf_dialect dialect, struct str s, struct spf_piece *piece)
{
	uint64_t value = 0;
	size_t at = 1, n;

	if (s.len == 0)
		return -E_INVALID;
	piece->letter = (char)(s.p[0] | 0x20);
	piece->is_escaped = s.p[0] != piece->letter;
	if (!is_alpha(s.p[0]) || !is_among(piece->letter,
	    dialect == SPF_TEXT ? "slodiphcrtv" : "slodiphv"))
		return -E_INVALID;
	n = span(s, at, "0123456789");
	if (n > 0 && str_number(str_sub(s, at, n), DIGITS_MAX, &value) != 0)
		value = DIGITS_MAX;
	if (n > 0 && value == 0)
		return -E_INVALID;
	piece->digits = (unsigned)value;
	at += n;
	if (at < s.len && (s.p[at] | 0x20) == 'r' && is_alpha(s.p[at])) {
		piece->is_reversed = true;
		at++;
	}
	n = span(s, at, ".-+,/_=");
	piece->delimiters = str_sub(s, at, n);
	return at + n == s.len ? 0 : -E_INVALID;
}

int
spf_piece_next(enum spf_dialect dialect, struct str *rest,
    struct spf_piece *piece)
{
	struct str s = *rest;
	size_t n = 0;

	*piece = (struct spf_piece){ .letter = '\0' };
	if (s.p[0] != '%') {
		while (n < s.len && is_literal(dialect, s.p[n]))
			n++;
		piece->literal = str_sub(s, 0, n);
		*rest = str_from(s, n);
		return n > 0 ? 0 : -E_INVALID;
	}
	if (s.len < 2)
		return -E_INVALID;
	if (s.p[1] != '{') {
		*rest = str_from(s, 2);
		return read_plain(s, &piece->literal) ? 0 : -E_INVALID;
	}
	n = str_find(s, '}');
	if (n == s.len)
		return -E_INVALID;
	*rest = str_from(s, n + 1);
	return read_inside(dialect, str_sub(s, 2, n - 2), piece);
}

bool
spf_is_string(enum spf_dialect dialect, struct str s)
{
	struct spf_piece piece;

	while (s.len > 0)
		if (spf_piece_next(dialect, &s, &piece) != 0)
			return false;
	return true;
}

/* Letters, digits and hyphens, no hyphen at either end, and not digits
 * alone. */
static bool
is_toplabel(struct str s)
{
	bool has_other = false;
	size_t i;

	if (s.len == 0 || s.p[0] == '-' || s.p[s.len - 1] == '-')
		return false;
	for (i = 0; i < s.len; i++) {
		if (!is_alpha(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-')
			return false;
		if (!is_digit(s.p[i]))
			has_other = true;
	}
	return has_other;
}

/* The end of a literal run must be "." toplabel [ "." ]. */
static bool
is_domain_end(struct str s)
{
	size_t dot;

	if (s.len > 0 && s.p[s.len - 1] == '.')
		s.len--;
	dot = str_find_last(s, '.');
	return dot < s.len && is_toplabel(str_from(s, dot + 1));
}

bool
spf_is_domain_spec(struct str s)
{
	struct spf_piece piece = { .letter = '\0' };
	struct str before = s, rest = s;

	if (s.len == 0)
		return false;
	while (rest.len > 0) {
		before = rest;
		if (spf_piece_next(SPF_NAME, &rest, &piece) != 0)
			return false;
	}
	return before.p[0] == '%' || is_domain_end(piece.literal);
}

bool
spf_reads(struct str s, const char *letters)
{
	struct spf_piece piece;

	while (s.len > 0 && spf_piece_next(SPF_TEXT, &s, &piece) == 0)
		if (is_among(piece.letter, letters))
			return true;
	return false;
}

/* ------------------------------------------------------------------------
 * Values.
 */

/* "192.0.2.1", or "2.0.0.1.0.d.b.8. ..." with 32 nibbles. */
static struct str
value_address(struct ip ip, struct arena *arena)
{
	static const char hex[] = "0123456789abcdef";
	char *p;
	size_t i;

	if (!ip_is_v6(ip))
		return ip_text(arena, ip);
	p = arena_alloc(arena, 64);
	for (i = 0; i < 32; i++) {
		p[2 * i] = hex[ip.a[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
		p[2 * i + 1] = '.';
	}
	return (struct str){ p, 63 };
}

static struct str
value_sender(const struct spf_macros *m, struct arena *arena)
{
	size_t n = m->local.len;
	char *p = arena_alloc(arena, n + 1 + m->sender.len);

	if (n > 0)
		memcpy(p, m->local.p, n);
	p[n] = '@';
	if (m->sender.len > 0)
		memcpy(p + n + 1, m->sender.p, m->sender.len);
	return (struct str){ p, n + 1 + m->sender.len };
}

static struct str
or_unknown(struct str s)
{
	return s.len > 0 ? s : STR("unknown");
}

static struct str
value_of(char letter, const struct spf_macros *m, struct arena *arena)
{
	switch (letter) {
	case 's':
		return value_sender(m, arena);
	case 'l':
		return m->local;
	case 'o':
		return m->sender;
	case 'd':
		return m->domain;
	case 'i':
		return value_address(m->client, arena);
	case 'p':
		return or_unknown(m->name);
	case 'h':
		return m->helo;
	case 'c':
		return ip_text(arena, m->client);
	case 'r':
		return or_unknown(m->host);
	case 't':
		return arena_printf(arena, "%lld", (long long)(m->wall / SEC));
	default:
		return ip_is_v6(m->client) ? STR("ip6") : STR("in-addr");
	}
}

/* ------------------------------------------------------------------------
 * Expansion.
 */

static bool
is_delimiter(const struct spf_piece *piece, char c)
{
	return piece->delimiters.len == 0 ? c == '.' :
	    str_find(piece->delimiters, c) < piece->delimiters.len;
}

/* The parts of s between delimiters. Owner: the arena. */
static struct str *
split(const struct spf_piece *piece, struct str s, struct arena *arena,
    size_t *count)
{
	struct str *parts;
	size_t i, from = 0, n = 1;

	for (i = 0; i < s.len; i++)
		n += is_delimiter(piece, s.p[i]);
	parts = arena_array(arena, n, sizeof *parts);
	n = 0;
	for (i = 0; i <= s.len; i++)
		if (i == s.len || is_delimiter(piece, s.p[i])) {
			parts[n++] = str_sub(s, from, i - from);
			from = i + 1;
		}
	*count = n;
	return parts;
}

/* RFC 3986 2.3: what is not unreserved becomes %XX. */
static int
add_escaped(struct buf *b, struct str s)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < s.len && rc == 0; i++) {
		if (is_alpha(s.p[i]) || is_digit(s.p[i]) ||
		    is_among(s.p[i], "-._~"))
			rc = buf_add_byte(b, s.p[i]);
		else
			rc = buf_addf(b, "%%%02X",
			    (unsigned)(uint8_t)s.p[i]);
	}
	return rc;
}

/* scratch is empty again afterwards: a record may hold 16,000 macros. */
static int
add_macro(struct buf *b, const struct spf_piece *piece,
    const struct spf_macros *m, struct arena *scratch)
{
	size_t n, i, skip = 0;
	struct str *parts = split(piece, value_of(piece->letter, m, scratch),
	    scratch, &n);
	struct str part;
	int rc = 0;

	if (piece->digits > 0 && piece->digits < n)
		skip = n - piece->digits;
	for (i = skip; i < n && rc == 0; i++) {
		part = parts[piece->is_reversed ? n - 1 - i : i];
		if (i > skip)
			rc = buf_add_byte(b, '.');
		if (rc == 0)
			rc = piece->is_escaped ? add_escaped(b, part) :
			    buf_add_str(b, part);
	}
	arena_reset(scratch);
	return rc;
}

static int
add_piece(struct buf *b, const struct spf_piece *piece,
    const struct spf_macros *m, struct arena *scratch)
{
	return piece->letter == '\0' ? buf_add_str(b, piece->literal) :
	    add_macro(b, piece, m, scratch);
}

/* At most NAME_MAX_TEXT bytes, beginning at a label. */
static struct str
cut_left(struct str name)
{
	size_t dot;

	while (name.len > NAME_MAX_TEXT) {
		dot = str_find(name, '.');
		if (dot == name.len)
			break;
		name = str_from(name, dot + 1);
	}
	return name;
}

static bool
is_ascii(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((uint8_t)s.p[i] >= 0x80)
			return false;
	return true;
}

static bool
is_name(struct str name)
{
	return name_fits(name) && name.p[name.len - 1] != '.';
}

int
spf_expand_name(struct str spec, const struct spf_macros *m,
    struct arena *arena, struct str *name)
{
	struct arena *scratch;
	struct buf b = BUF_INIT(0);
	struct spf_piece piece;
	struct str whole;
	int rc = 0;

	if (spf_reads(spec, "sl") && !is_ascii(m->local))
		return -E_NOTFOUND;
	scratch = arena_new(0);
	while (spec.len > 0 && rc == 0) {
		rc = spf_piece_next(SPF_NAME, &spec, &piece);
		if (rc == 0)
			rc = add_piece(&b, &piece, m, scratch);
		if (b.len > NAME_KEPT)
			buf_cut(&b, b.len - NAME_TAIL);
	}
	whole = buf_str(&b);
	if (whole.len > 0 && whole.p[whole.len - 1] == '.')
		whole.len--;
	whole = cut_left(whole);
	if (rc == 0 && !is_name(whole))
		rc = -E_INVALID;
	if (rc == 0)
		*name = arena_str(arena, whole);
	buf_free(&b);
	arena_free(&scratch);
	return rc;
}

struct str
spf_expand_text(struct str text, const struct spf_macros *m,
    struct arena *arena)
{
	struct arena *scratch = arena_new(0);
	struct buf b = BUF_INIT(0);
	struct spf_piece piece;
	struct str out;
	char *p;
	size_t i;

	while (text.len > 0 && b.len < SPF_TEXT_MAX &&
	    spf_piece_next(SPF_TEXT, &text, &piece) == 0 &&
	    add_piece(&b, &piece, m, scratch) == 0)
		;
	out = str_sub(buf_str(&b), 0, SPF_TEXT_MAX);
	p = arena_alloc(arena, out.len + 1);
	for (i = 0; i < out.len; i++)
		p[i] = out.p[i] >= ' ' && out.p[i] <= '~' ? out.p[i] : '?';
	out.p = p;
	buf_free(&b);
	arena_free(&scratch);
	return out;
}
