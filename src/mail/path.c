/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path - the one parser of MAIL's and RCPT's addresses.
 *
 * Called by the verbs MAIL and RCPT, by trace.c for Delivered-To, and by
 * whoever reads an address from a configuration. Nobody else takes an
 * address apart: policy, alignment, look-up and log use what came out here.
 *
 * Always holds: a path given out reads back to itself from "<" text ">";
 * local and domain are printable ASCII; "%" and "!" in a local part are
 * letters like others and never a route (catalogue 24).
 *
 * Syntax is judged first, lengths afterwards, so that -E_TOOBIG always speaks
 * of an address that is otherwise right.
 *
 * Source: RFC 5321 4.1.2 (paths), 4.1.3 (literals), 4.5.1 (postmaster),
 * 4.5.3.1 (lengths), appendix C (source routes).
 *
 * KNOWN GAPS: SMTPUTF8 (RFC 6531) is not offered, so 8-bit bytes are refused.
 * An IPv4 literal with leading zeros ("[192.0.2.010]") is refused though the
 * ABNF has it: readers disagree whether that is octal. "_" is taken for a
 * letter of a domain, as DNS and many senders do.
 */
#include "mail/path.h"

#include "base/error.h"
#include "base/name.h"

#include <string.h>

/* Where the parser stands. */
struct cursor {
	struct str text;
	size_t     at;
};

/* An address as it is written; borrowed from the text. */
struct parts {
	struct str local;      /* with quotes                               */
	struct str domain;     /* with brackets; empty for <postmaster>     */
	struct ip  ip;
	bool       is_quoted;
	bool       is_literal;
};

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

/* RFC 5322 3.2.3 */
static bool
is_atext(char c)
{
	return is_alnum(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
is_domain_byte(char c)
{
	return is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* '\0' at the end; a NUL in the text is no part of any rule either. */
static char
peek(const struct cursor *c)
{
	return c->at < c->text.len ? c->text.p[c->at] : '\0';
}

static bool
take(struct cursor *c, char wanted)
{
	if (c->at >= c->text.len || c->text.p[c->at] != wanted)
		return false;
	c->at++;
	return true;
}

static struct str
since(const struct cursor *c, size_t from)
{
	return str_sub(c->text, from, c->at - from);
}

/*
 * Quoted-string  = DQUOTE *QcontentSMTP DQUOTE
 * QcontentSMTP   = qtextSMTP / quoted-pairSMTP
 * quoted-pairSMTP = %d92 %d32-126
 * qtextSMTP      = %d32-33 / %d35-91 / %d93-126
 *
 * "" is refused: no mailbox has an empty name.
 */
static int
read_quoted(struct cursor *c, struct str *out)
{
	size_t from = c->at;

	if (!take(c, '"'))
		return -E_INVALID;
	while (peek(c) != '"') {
		(void)take(c, '\\');
		if (peek(c) < 32 || peek(c) > 126)
			return -E_INVALID;
		c->at++;
	}
	c->at++;
	*out = since(c, from);
	return out->len > 2 ? 0 : -E_INVALID;
}

/*
 * Dot-string     = Atom *("." Atom)
 * Atom           = 1*atext
 */
static int
read_dot_string(struct cursor *c, struct str *out)
{
	size_t from = c->at;

	do {
		if (!is_atext(peek(c)))
			return -E_INVALID;
		while (is_atext(peek(c)))
			c->at++;
	} while (take(c, '.'));
	*out = since(c, from);
	return 0;
}

/*
 * Domain         = sub-domain *("." sub-domain)
 * sub-domain     = Let-dig [Ldh-str]
 */
static int
read_domain(struct cursor *c, struct str *out)
{
	size_t from = c->at;

	while (is_domain_byte(peek(c)))
		c->at++;
	*out = since(c, from);
	if (out->len > NAME_MAX_TEXT)
		return -E_TOOBIG;
	return name_is_host(*out) ? 0 : -E_INVALID;
}

/*
 * address-literal = "[" ( IPv4-address-literal / IPv6-address-literal ) "]"
 *
 * General-address-literal is refused: no tag but IPv6 was ever registered.
 */
static int
read_literal(struct cursor *c, struct parts *out)
{
	size_t from = c->at;

	while (peek(c) != ']') {
		if (peek(c) <= 32 || peek(c) > 126)
			return -E_INVALID;
		c->at++;
	}
	c->at++;
	out->domain = since(c, from);
	out->is_literal = true;
	return literal_parse(out->domain, &out->ip);
}

/*
 * A-d-l          = At-domain *( "," At-domain )
 * At-domain      = "@" Domain
 *
 * Followed by ":". Read, checked, and forgotten (RFC 5321 appendix C).
 */
static int
skip_route(struct cursor *c)
{
	struct str domain;
	int rc;

	do {
		if (!take(c, '@'))
			return -E_INVALID;
		rc = read_domain(c, &domain);
		if (rc != 0)
			return rc;
	} while (take(c, ','));
	return take(c, ':') ? 0 : -E_INVALID;
}

/*
 * Mailbox        = Local-part "@" ( Domain / address-literal )
 * Local-part     = Dot-string / Quoted-string
 *
 * and the one address without a domain, "Postmaster" (RFC 5321 4.5.1).
 */
static int
read_mailbox(struct cursor *c, bool has_route, struct parts *out)
{
	int rc;

	out->is_quoted = peek(c) == '"';
	rc = out->is_quoted ? read_quoted(c, &out->local) :
	    read_dot_string(c, &out->local);
	if (rc != 0)
		return rc;
	if (!take(c, '@'))
		return !has_route && str_eq_case(out->local,
		    STR("postmaster")) ? 0 : -E_INVALID;
	if (peek(c) == '[')
		return read_literal(c, out);
	return read_domain(c, &out->domain);
}

/* Takes quotes and quoted pairs away. */
static struct str
local_plain(struct str local, bool is_quoted, struct arena *a)
{
	size_t i, n = 0;
	char *p;

	if (!is_quoted)
		return arena_str(a, local);
	p = arena_alloc(a, local.len);
	for (i = 1; i + 1 < local.len; i++) {
		if (local.p[i] == '\\')
			i++;
		p[n++] = local.p[i];
	}
	return (struct str){ p, n };
}

static bool
needs_quotes(struct str local)
{
	struct cursor c = { local, 0 };
	struct str all;

	return read_dot_string(&c, &all) != 0 || c.at < local.len;
}

/* local@domain, with quotes and quoted pairs only where they must be. */
static struct str
path_text(struct str local, struct str domain, struct arena *a)
{
	bool quotes = needs_quotes(local);
	char *p = arena_alloc(a, 2 * local.len + domain.len + 4);
	size_t i, n = 0;

	if (quotes)
		p[n++] = '"';
	for (i = 0; i < local.len; i++) {
		if (local.p[i] == '"' || local.p[i] == '\\')
			p[n++] = '\\';
		p[n++] = local.p[i];
	}
	if (quotes)
		p[n++] = '"';
	if (domain.len > 0) {
		p[n++] = '@';
		memcpy(p + n, domain.p, domain.len);
		n += domain.len;
	}
	return (struct str){ p, n };
}

static struct str
literal_text(struct ip ip, struct arena *a)
{
	char text[IP_TEXT];

	(void)ip_print(ip, text);
	return arena_printf(a, "[%s%s]", ip_is_v6(ip) ? "IPv6:" : "", text);
}

static void
path_build(const struct parts *parts, struct arena *a, struct path *path)
{
	struct path out = { .kind = PT_LOCAL };
	struct str domain = { 0 };

	out.local = local_plain(parts->local, parts->is_quoted, a);
	if (parts->is_literal) {
		out.kind = PT_LITERAL;
		out.ip = parts->ip;
		domain = literal_text(out.ip, a);
	} else if (parts->domain.len > 0) {
		out.kind = PT_MAILBOX;
		out.domain = domain = arena_lower(a, parts->domain);
	}
	out.text = path_text(out.local, domain, a);
	*path = out;
}

/*
 * Path           = "<" [ A-d-l ":" ] Mailbox ">"
 * Reverse-path   = Path / "<>"
 * Forward-path   = Path / "<Postmaster>"
 */
int
path_parse(struct str text, struct arena *a, struct path *path, size_t *used)
{
	struct cursor c = { text, 0 };
	struct parts parts = { .is_literal = false };
	bool has_route;
	int rc = 0;

	if (!take(&c, '<'))
		return -E_INVALID;
	if (take(&c, '>')) {
		*path = (struct path){ .kind = PT_NULL };
		*used = c.at;
		return 0;
	}
	has_route = peek(&c) == '@';
	if (has_route)
		rc = skip_route(&c);
	if (rc == 0)
		rc = read_mailbox(&c, has_route, &parts);
	if (rc != 0)
		return rc;
	if (!take(&c, '>'))
		return -E_INVALID;
	if (parts.local.len > PATH_LOCAL_MAX || c.at > PATH_MAX_TEXT)
		return -E_TOOBIG;
	path_build(&parts, a, path);
	*used = c.at;
	return 0;
}

/*
 * IPv4-address-literal = Snum 3("."  Snum)
 * IPv6-address-literal = "IPv6:" IPv6-addr
 */
int
literal_parse(struct str text, struct ip *ip)
{
	const struct str tag = STR("IPv6:");
	bool is_v6;

	if (text.len < 2 || text.p[0] != '[' || text.p[text.len - 1] != ']')
		return -E_INVALID;
	text = str_sub(text, 1, text.len - 2);
	is_v6 = str_starts_case(text, tag);
	if (is_v6)
		text = str_from(text, tag.len);
	/* "[::1]" lacks the tag, "[IPv6:192.0.2.1]" the colons. */
	if (is_v6 != (str_find(text, ':') < text.len))
		return -E_INVALID;
	return ip_parse(text, ip) == 0 ? 0 : -E_INVALID;
}

bool
path_eq(const struct path *a, const struct path *b)
{
	return a->kind == b->kind && str_eq_case(a->local, b->local) &&
	    str_eq_case(a->domain, b->domain) &&
	    (a->kind != PT_LITERAL || ip_eq(a->ip, b->ip));
}

bool
path_is_postmaster(const struct path *path)
{
	return str_eq_case(path->local, STR("postmaster"));
}

void
path_copy(struct arena *a, const struct path *path, struct path *out)
{
	*out = *path;
	out->local = arena_str(a, path->local);
	out->domain = arena_str(a, path->domain);
	out->text = arena_str(a, path->text);
}
