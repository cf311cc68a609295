/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace - the fields that we put in front of a message, and the ones that
 * strangers may not bring along.
 *
 * Called by the end of data, once for each message (Received, strip, loop)
 * and once for each copy (Return-Path, Delivered-To, X-Postern,
 * Authentication-Results).
 *
 * Always holds:
 * 1. What a stranger typed comes out as printable ASCII inside one field;
 *    no text given to this file can begin a field of its own.
 * 2. A line of ours has at most 998 octets, 78 where there is a space to
 *    fold at.
 * 3. trace_strip removes whole fields and nothing else (design.md P7). When
 *    in doubt whose an Authentication-Results is, one that follows its
 *    grammar is judged by its authserv-id alone; one that does not goes as
 *    soon as our id is anywhere before its first ";".
 *
 * Source: RFC 5321 4.4 (Received, Return-Path), 9228 (Delivered-To), 8601 2.2
 * and 5 (Authentication-Results), 5322 2.1.1 and 2.2.3 (lines, folding).
 * libidn2 is used here only.
 *
 * KNOWN GAPS: one authserv-id is known, while several virtual domains may
 * each have their own. Received-SPF, X-Spam-* and ARC fields of others stay.
 */
#include "mail/trace.h"

#include "base/date.h"
#include "base/error.h"
#include "base/name.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS   78   /* RFC 5322 2.1.1: SHOULD                          */
#define LINE_HARD 900  /* and the MUST is 998                             */
#define HELO_MAX  255
#define DELIVERED_MAX 1024 /* of a field that may name a mailbox of ours  */
#define COMMENT   '\1' /* stands for a comment in the output of skim      */

static bool
is_printable(char c)
{
	return c >= 32 && c <= 126;
}

/* What a Domain or an Atom with dots may hold. */
static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* s with "?" for each byte that may not stand there. */
static int
put_safe(struct buf *b, struct str s, bool (*is_ok)(char))
{
	size_t i;
	int rc = 0;

	for (i = 0; i < s.len && rc == 0; i++)
		rc = buf_add_byte(b, is_ok(s.p[i]) ? s.p[i] : '?');
	return rc;
}

/* A half-written field goes again. */
static int
finish(struct buf *b, size_t before, int rc)
{
	if (rc != 0)
		b->len = before;
	return rc;
}

/*
 * From-domain    = "FROM" FWS Extended-Domain
 * Extended-Domain = Domain / ( Domain FWS "(" TCP-info ")" ) /
 *                  ( address-literal FWS "(" TCP-info ")" )
 * TCP-info       = address-literal / ( Domain FWS address-literal )
 *
 * Domain is what the client called itself; only the literal is certain.
 */
static int
put_from(struct buf *b, const struct trace *t)
{
	char address[IP_TEXT];
	struct str helo = t->helo, name = t->client_name;
	struct ip ip;
	int rc;

	if (helo.len == 0)
		helo = STR("unknown");
	if (!name_is_host(name))
		name = STR("unknown");
	(void)ip_print(t->client, address);
	rc = buf_add_str(b, STR("Received: from "));
	if (rc == 0 && literal_parse(helo, &ip) == 0)
		rc = buf_add_str(b, helo);
	else if (rc == 0)
		rc = put_safe(b, str_sub(helo, 0, HELO_MAX), is_name_byte);
	if (rc == 0)
		rc = buf_addf(b, " (%.*s [%s%s])\r\n", STR_ARG(name),
		    ip_is_v6(t->client) ? "IPv6:" : "", address);
	return rc;
}

/* "ESMTPS" (RFC 3848), and of TLS which in a comment. There is no name for TLS
 * without EHLO. */
static int
put_with(struct buf *b, const struct trace *t)
{
	bool is_tls = t->tls_version.len > 0;
	int rc;

	rc = buf_addf(b, " with %s%s", t->is_esmtp ? "ESMTP" : "SMTP",
	    is_tls && t->is_esmtp ? "S" : "");
	if (rc == 0 && is_tls)
		rc = buf_add_str(b, STR("\r\n\t("));
	if (rc == 0 && is_tls)
		rc = put_safe(b, t->tls_version, is_name_byte);
	if (rc == 0 && is_tls)
		rc = buf_add_byte(b, ' ');
	if (rc == 0 && is_tls)
		rc = put_safe(b, t->tls_cipher, is_name_byte);
	if (rc == 0 && is_tls)
		rc = buf_add_byte(b, ')');
	return rc;
}

/*
 * By-domain      = CFWS "BY" FWS Extended-Domain
 * With           = CFWS "WITH" FWS Protocol
 * ID             = CFWS "ID" FWS ( Atom / msg-id )
 *
 * An Atom has no dot, so an id of a transaction is written as a msg-id.
 */
static int
put_by(struct buf *b, const struct trace *t)
{
	bool is_atom = str_find(t->id, '.') == t->id.len;
	int rc;

	rc = buf_add_str(b, STR("\tby "));
	if (rc == 0)
		rc = put_safe(b, t->host, is_name_byte);
	if (rc == 0)
		rc = put_with(b, t);
	if (rc == 0)
		rc = buf_addf(b, " id %s", is_atom ? "" : "<");
	if (rc == 0)
		rc = put_safe(b, t->id, is_name_byte);
	if (rc == 0 && !is_atom)
		rc = buf_add_byte(b, '@');
	if (rc == 0 && !is_atom)
		rc = put_safe(b, t->host, is_name_byte);
	if (rc == 0 && !is_atom)
		rc = buf_add_byte(b, '>');
	return rc;
}

/*
 * For            = CFWS "FOR" FWS ( Path / Mailbox )
 *
 * Only with one recipient: a second name would give away a Bcc.
 */
static int
put_for(struct buf *b, const struct path *rcpt)
{
	int rc = buf_add_str(b, STR("\r\n\tfor <"));

	if (rc == 0)
		rc = put_safe(b, rcpt->text, is_printable);
	return rc == 0 ? buf_add_byte(b, '>') : rc;
}

/*
 * Time-stamp-line = "Received:" FWS Stamp <CRLF>
 * Stamp          = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
 */
int
trace_received(struct buf *b, const struct trace *t)
{
	char date[DATE_TEXT];
	size_t before = b->len;
	int rc;

	(void)date_rfc5322(t->wall, date);
	rc = put_from(b, t);
	if (rc == 0)
		rc = put_by(b, t);
	if (rc == 0 && t->only_rcpt != NULL)
		rc = put_for(b, t->only_rcpt);
	if (rc == 0)
		rc = buf_addf(b, ";\r\n\t%s\r\n", date);
	return finish(b, before, rc);
}

int
trace_delivery(struct buf *b, const struct path *sender,
    const struct path *rcpt)
{
	size_t before = b->len;
	int rc;

	rc = buf_add_str(b, STR("Return-Path: <"));
	if (rc == 0)
		rc = put_safe(b, sender->text, is_printable);
	if (rc == 0)
		rc = buf_add_str(b, STR(">\r\nDelivered-To: "));
	if (rc == 0)
		rc = put_safe(b, rcpt->text, is_printable);
	if (rc == 0)
		rc = buf_add_str(b, STR("\r\n"));
	return finish(b, before, rc);
}

/*
 * Where to fold s, which goes on at a column: the index of the space that
 * will begin the next line. 0: nowhere, cut hard.
 *
 * The first choice is a space behind ";" or ",", the second any space. A
 * line of white space only is never left behind.
 */
static size_t
fold_at(struct str s, size_t column)
{
	size_t i, any = 0, good = 0, solid = 0;

	while (solid < s.len && s.p[solid] == ' ')
		solid++;
	for (i = solid + 1; i < s.len && i < LINE_HARD - column; i++) {
		if (i + column > COLUMNS && (good > 0 || any > 0))
			break;
		if (s.p[i] != ' ')
			continue;
		any = i;
		if (s.p[i - 1] == ';' || s.p[i - 1] == ',')
			good = i;
	}
	return good > 0 ? good : any;
}

static int
put_folded(struct buf *b, struct str s, size_t column)
{
	size_t cut;
	int rc = 0;

	while (rc == 0 && column + s.len > COLUMNS) {
		cut = fold_at(s, column);
		if (cut == 0 && column + s.len <= LINE_HARD)
			break;
		rc = buf_add_str(b, str_sub(s, 0,
		    cut > 0 ? cut : LINE_HARD - column));
		if (rc == 0)
			rc = buf_add_str(b, cut > 0 ? STR("\r\n") :
			    STR("\r\n "));
		s = str_from(s, cut > 0 ? cut : LINE_HARD - column);
		column = cut > 0 ? 0 : 1;
	}
	if (rc == 0)
		rc = buf_add_str(b, s);
	return rc == 0 ? buf_add_str(b, STR("\r\n")) : rc;
}

int
trace_field(struct buf *b, const char *name, struct str value)
{
	struct buf safe = BUF_INIT(0);
	size_t i, before = b->len, column = strlen(name) + 2;
	int rc = 0;

	must(column < COLUMNS);
	value = str_trim(value);
	for (i = 0; i < value.len && rc == 0; i++)
		rc = is_printable(value.p[i]) ?
		    buf_add_byte(&safe, value.p[i]) :
		    buf_addf(&safe, "\\x%02x", (unsigned char)value.p[i]);
	if (rc == 0)
		rc = buf_addf(b, "%s: ", name);
	if (rc == 0)
		rc = put_folded(b, buf_str(&safe), column);
	buf_free(&safe);
	return finish(b, before, rc);
}

/*
 * The plain text of a structured value up to its first ";": quotes and
 * backslashes undone, a comment (nested ones too) as one COMMENT byte, white
 * space and line breaks as one space. Room: value.len bytes in out.
 * Returns false when a comment or a quoted string does not end.
 */
static bool
skim(struct str value, char *out, size_t *len)
{
	size_t i, n = 0, depth = 0;
	bool quoted = false, escaped = false;
	char c;

	for (i = 0; i < value.len; i++) {
		c = value.p[i];
		if (escaped || (quoted && c != '"' && c != '\\')) {
			escaped = false;
			if (depth == 0)
				out[n++] = c;
		} else if (c == '\\') {
			escaped = true;
		} else if (c == '"' && depth == 0) {
			quoted = !quoted;
		} else if (c == '(') {
			if (depth++ == 0)
				out[n++] = COMMENT;
		} else if (c == ')' && depth > 0) {
			depth--;
		} else if (depth > 0) {
			continue;
		} else if (c == ';') {
			break;
		} else if (!is_space(c)) {
			out[n++] = c;
		} else if (n > 0 && out[n - 1] != ' ') {
			out[n++] = ' ';
		}
	}
	*len = n;
	return depth == 0 && !quoted;
}

/* Takes the next word off *rest; spaces and comments stand between words. */
static struct str
next_word(struct str *rest)
{
	struct str word;
	size_t n = 0;

	while (n < rest->len && (rest->p[n] == ' ' || rest->p[n] == COMMENT))
		n++;
	*rest = str_from(*rest, n);
	for (n = 0; n < rest->len; n++)
		if (rest->p[n] == ' ' || rest->p[n] == COMMENT)
			break;
	word = str_sub(*rest, 0, n);
	*rest = str_from(*rest, n);
	return word;
}

static bool
all_digits(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* The A-label form; NULL when there is none. To be given to idn2_free. */
static char *
to_ascii(struct str name)
{
	struct buf b = BUF_INIT(4 * NAME_MAX_TEXT);
	char *out = NULL;

	if (buf_add_str(&b, name) == 0 && buf_add_byte(&b, '\0') == 0 &&
	    idn2_to_ascii_8z(b.p, &out, IDN2_NONTRANSITIONAL) != IDN2_OK)
		out = NULL;
	buf_free(&b);
	return out;
}

static bool
is_ascii(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] > 127)
			return false;
	return true;
}

/* Also when one of them is written with U-labels: a reader may know that
 * m\xc3\xbcx.example is xn--mx-xka.example. */
static bool
same_host(struct str a, struct str b)
{
	char *x, *y;
	bool same;

	if (name_eq(a, b))
		return true;
	if (is_ascii(a) && is_ascii(b))
		return false;
	x = to_ascii(a);
	y = to_ascii(b);
	same = x != NULL && y != NULL && name_eq(str_of(x), str_of(y));
	idn2_free(x);
	idn2_free(y);
	return same;
}

static bool
contains_case(struct str s, struct str part)
{
	for (; s.len >= part.len; s = str_from(s, 1))
		if (str_starts_case(s, part))
			return true;
	return false;
}

/* For heads that follow no grammar: what is left of the words when a reader
 * pays no heed to spaces and comments. */
static struct str
squeeze(char *p, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		if (p[i] != ' ' && p[i] != COMMENT)
			p[n++] = p[i];
	return (struct str){ p, n };
}

/*
 * authres-payload = [CFWS] authserv-id [ CFWS authres-version ]
 *                  ( no-result / 1*( [CFWS] ";" ... ) )
 * authserv-id    = value          ; token or quoted string, case-blind
 * authres-version = 1*DIGIT
 */
bool
trace_is_authserv(struct str value, struct str authserv)
{
	char *head = malloc(value.len + 1);
	struct str rest;
	bool is_closed, is_ours;
	size_t len;

	must(authserv.len > 0);
	if (head == NULL)
		return true;
	is_closed = skim(value, head, &len);
	rest = (struct str){ head, len };
	is_ours = same_host(next_word(&rest), authserv);
	if (!is_ours && (!is_closed || !all_digits(next_word(&rest)) ||
	    next_word(&rest).len > 0))
		is_ours = contains_case(squeeze(head, len), authserv) ||
		    (!is_closed && contains_case(value, authserv));
	free(head);
	return is_ours;
}

/*
 * Return-Path belongs to final delivery (RFC 5321 4.4), Delivered-To and
 * X-Postern are ours, and so is an Authentication-Results with our id.
 */
static bool
is_forged(const struct field *f, struct str authserv, struct str junk)
{
	static const struct str ours[] = {
		{ "Return-Path", 11 }, { "Delivered-To", 12 },
		{ "X-Postern", 9 },
	};
	size_t i;

	for (i = 0; i < COUNT(ours); i++)
		if (str_eq_case(f->name, ours[i]))
			return true;
	if (junk.len > 0 && str_eq_case(f->name, junk))
		return true;
	return str_eq_case(f->name, STR("Authentication-Results")) &&
	    trace_is_authserv(f->value, authserv);
}

/* A first line that begins with white space would continue our last field,
 * whatever it says. */
static bool
is_intruder(const struct field *f)
{
	return f->at == 0 && (f->raw.p[0] == ' ' || f->raw.p[0] == '\t');
}

void
trace_strip(const struct header *h, uint64_t body_size, struct str authserv,
    struct str junk, struct arena *a, struct piece **out, size_t *count)
{
	struct piece *p = arena_array(a, h->count + 1, sizeof *p);
	const struct field *f;
	uint64_t kept = 0;      /* start of the piece that is growing       */
	size_t n = 0;

	for (f = h->fields; f < h->fields + h->count; f++) {
		if (!is_intruder(f) && !is_forged(f, authserv, junk))
			continue;
		if (f->at > kept)
			p[n++] = (struct piece){ kept, f->at - kept };
		kept = f->at + f->raw.len;
	}
	if (body_size > kept)
		p[n++] = (struct piece){ kept, body_size - kept };
	*out = p;
	*count = n;
}

size_t
trace_hops(const struct header *h)
{
	return header_count(h, STR("Received"));
}

/* Whether a Received was written by this host, as far as it says so. A field
 * that is too long says nothing. In: room for each value of the header. */
static bool
is_received_by(const struct field *f, struct str host, char *room)
{
	struct str rest, word;
	size_t len;

	if (f->is_long)
		return false;
	(void)skim(f->value, room, &len);
	rest = (struct str){ room, len };
	do
		word = next_word(&rest);
	while (word.len > 0 && !str_eq_case(word, STR("by")));
	return word.len > 0 && name_eq(next_word(&rest), host);
}

static bool
was_here_twice(const struct header *h, struct str host)
{
	const struct field *f = NULL;
	char *room = malloc(h->size + 1);
	size_t by_us = 0;

	if (room == NULL)
		return false;
	while ((f = header_next(h, STR("Received"), f)) != NULL)
		by_us += is_received_by(f, host, room);
	free(room);
	return by_us >= 2;
}

/* The mailbox that a Delivered-To names; false when it names none. */
static bool
delivered_path(const struct field *f, struct arena *a, struct path *path)
{
	struct str text = f->value;
	size_t used;

	if (text.len > DELIVERED_MAX)
		return false;
	text = field_text(f, a);
	if (str_starts(text, STR("<")))
		text = str_sub(text, 1, text.len - 2);
	text = arena_printf(a, "<%.*s>", STR_ARG(text));
	return path_parse(text, a, path, &used) == 0;
}

/* Each field is read once, however many recipients there are, and forgotten:
 * a message may hold a thousand of them. */
bool
trace_is_loop(const struct header *h, struct str host,
    const struct path *const rcpts[], size_t count)
{
	const struct field *f = NULL;
	struct arena *scratch;
	struct path path;
	bool is_loop = false;
	size_t i;

	if (!was_here_twice(h, host))
		return false;
	scratch = arena_new(0);
	while (!is_loop &&
	    (f = header_next(h, STR("Delivered-To"), f)) != NULL) {
		arena_reset(scratch);
		if (!delivered_path(f, scratch, &path))
			continue;
		for (i = 0; i < count && !is_loop; i++)
			is_loop = path_eq(&path, rcpts[i]);
	}
	arena_free(&scratch);
	return is_loop;
}
