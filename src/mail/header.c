/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * header - takes the header of a message apart, and changes nothing.
 *
 * Called once for each message, after its body is sealed; the checks and
 * trace.c work on what it gives.
 *
 * Always holds: the raw parts of all fields, one after the other, are the
 * header's bytes up to the empty line, none left out and none twice. Time is
 * linear in the bytes read, and no more than HEADER_TOTAL and one block of
 * them are (catalogue 44).
 *
 * Two readings are wider than RFC 5322, because a mail reader may be as wide
 * and a forged field must not slip through between us (design.md P7): a bare
 * LF ends a line, and white space, folded or not, may stand before the colon.
 *
 * Source: RFC 5322 2.2 (fields), 2.2.3 (folding), 4.5 (space before colon).
 *
 * KNOWN GAPS: a bare CR ends no line here.
 */
#include "mail/header.h"

#include "base/buf.h"

#include <string.h>

#define BLOCK (8u << 10) /* most headers fit into one                     */

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* How many bytes an empty line at the start of s has; 0 when there is none. */
static size_t
empty_line(struct str s)
{
	if (str_starts(s, STR("\r\n")))
		return 2;
	return str_starts(s, STR("\n")) ? 1 : 0;
}

/* Where a line ends, its LF included, looked for from `at` on; s.len for a
 * last line without one. */
static size_t
line_end(struct str s, size_t at)
{
	const char *lf = memchr(s.p + at, '\n', s.len - at);

	return lf == NULL ? s.len : (size_t)(lf - s.p) + 1;
}

/* How far the search for the header's end has come. */
struct scan {
	size_t line;    /* start of the first line that has no end yet      */
	size_t seen;    /* bytes already searched for that end              */
};

static bool
has_end(struct str s, struct scan *scan, size_t *size)
{
	size_t empty;

	while (scan->line < s.len) {
		empty = empty_line(str_from(s, scan->line));
		if (empty > 0) {
			*size = scan->line + empty;
			return true;
		}
		scan->seen = line_end(s, scan->seen);
		if (s.p[scan->seen - 1] != '\n')
			return false;
		scan->line = scan->seen;
	}
	return false;
}

/* Reads blocks into b until the header's end is among them. */
static int
load(const struct body *body, uint64_t total, struct buf *b, size_t *size)
{
	struct scan scan = { 0, 0 };
	ssize_t n;
	char *room;

	for (;;) {
		room = buf_room(b, BLOCK);
		if (room == NULL)
			return -E_NOMEM;
		n = body_read(body, b->len, room, BLOCK);
		if (n < 0)
			return -E_IO;
		b->len += (size_t)n;
		if (has_end(buf_str(b), &scan, size))
			break;
		if (b->len > total)
			return -E_TOOBIG;
		if (n == 0) {
			*size = b->len;
			break;
		}
	}
	return *size <= total ? 0 : -E_TOOBIG;
}

/* The first line of s and the lines that continue it. */
static size_t
field_end(struct str s)
{
	size_t end = line_end(s, 0);

	while (end < s.len && is_wsp(s.p[end]))
		end = line_end(s, end);
	return end;
}

/*
 * field          = field-name [FWS] ":" unstructured CRLF
 * field-name     = 1*ftext
 * ftext          = %d33-57 / %d59-126
 */
static void
split_field(struct field *f)
{
	struct str raw = f->raw;
	size_t name = 0, colon;

	if (raw.len > 0 && raw.p[raw.len - 1] == '\n')
		raw.len--;
	if (raw.len > 0 && raw.p[raw.len - 1] == '\r')
		raw.len--;
	while (name < raw.len && raw.p[name] > 32 && raw.p[name] < 127 &&
	    raw.p[name] != ':')
		name++;
	colon = name;
	/* Line breaks inside raw are followed by white space, always. */
	while (colon < raw.len && (is_wsp(raw.p[colon]) ||
	    raw.p[colon] == '\r' || raw.p[colon] == '\n'))
		colon++;
	if (name == 0 || colon == raw.len || raw.p[colon] != ':') {
		f->value = raw;
		return;
	}
	f->name = str_sub(raw, 0, name);
	f->value = str_from(raw, colon + 1);
}

static size_t
count_fields(struct str s)
{
	size_t n = 0;

	while (s.len > 0) {
		s = str_from(s, field_end(s));
		n++;
	}
	return n;
}

static void
split_all(struct str s, uint64_t long_from, struct header *h)
{
	struct field *f;
	uint64_t at = 0;

	for (f = h->fields; s.len > 0; f++) {
		f->raw = str_sub(s, 0, field_end(s));
		f->at = at;
		f->is_long = f->raw.len > long_from;
		split_field(f);
		if (f->name.len == 0)
			h->has_odd = true;
		at += f->raw.len;
		s = str_from(s, f->raw.len);
	}
}

/* s without the empty line at its end. */
static struct str
fields_of(struct str s)
{
	size_t n = s.len;

	if (n == 0 || s.p[n - 1] != '\n')
		return s;
	n -= n > 1 && s.p[n - 2] == '\r' ? 2 : 1;
	if (n == 0 || s.p[n - 1] == '\n')
		s.len = n;
	return s;
}

int
header_read_within(const struct body *body,
    const struct header_limits *limits, struct arena *a, struct header *out)
{
	struct buf b = BUF_INIT((size_t)limits->total + 2 * BLOCK);
	struct header h = { .has_odd = false };
	struct str fields;
	size_t size = 0;
	int rc;

	rc = load(body, limits->total, &b, &size);
	if (rc != 0)
		goto out;
	fields = fields_of(str_sub(buf_str(&b), 0, size));
	h.count = count_fields(fields);
	if (h.count > limits->count) {
		rc = -E_TOOBIG;
		goto out;
	}
	fields = arena_str(a, fields);
	h.size = size;
	h.has_nul = str_find(fields, '\0') < fields.len;
	h.fields = arena_array(a, h.count, sizeof *h.fields);
	split_all(fields, limits->field, &h);
	*out = h;
out:
	buf_free(&b);
	return rc;
}

int
header_read(const struct body *body, struct arena *a, struct header *out)
{
	const struct header_limits usual = { HEADER_TOTAL, HEADER_FIELD,
		HEADER_COUNT };

	return header_read_within(body, &usual, a, out);
}

const struct field *
header_next(const struct header *h, struct str name, const struct field *from)
{
	const struct field *f, *end;

	if (h->count == 0)
		return NULL;
	end = h->fields + h->count;
	for (f = from == NULL ? h->fields : from + 1; f < end; f++)
		if (str_eq_case(f->name, name))
			return f;
	return NULL;
}

size_t
header_count(const struct header *h, struct str name)
{
	const struct field *f = NULL;
	size_t n = 0;

	while ((f = header_next(h, name, f)) != NULL)
		n++;
	return n;
}

/* RFC 5322 2.2.3: unfolding takes the line breaks away, and only those. */
struct str
field_text(const struct field *f, struct arena *a)
{
	struct str v = f->value;
	char *p = arena_alloc(a, v.len + 1);
	size_t i, n = 0;

	for (i = 0; i < v.len; i++) {
		if (v.p[i] == '\n')
			continue;
		if (v.p[i] == '\r' && i + 1 < v.len && v.p[i + 1] == '\n')
			continue;
		p[n++] = v.p[i];
	}
	return str_trim((struct str){ p, n });
}
