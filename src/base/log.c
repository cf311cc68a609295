/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log: one line per decision, built member by member.
 *
 * Called by: smtp/session.c for each decision, everybody for what changes.
 * Always holds: a line has no byte outside 0x20..0x7e, so no line end, and no
 * quote but those around a stranger's text: nothing a stranger typed can look
 * like a member of ours. A member is in the line whole or not at all; the
 * first that does not fit ends the line, which then says how many are missing
 * (" ...+2"), for which MARK bytes are always kept.
 */
#include "base/log.h"

#include <string.h>

#define MARK 16 /* " ...+" and a count */

static const char hex[] = "0123456789abcdef";

/* --- members ----------------------------------------------------------- */

static bool
needs_escape(char c)
{
	return c < 0x20 || c > 0x7e || c == '"' || c == '\\';
}

/* May a value of ours stand without quotes? */
static bool
is_plain(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (needs_escape(s.p[i]) || s.p[i] == ' ')
			return false;
	return true;
}

/* Appends " name=" and value, and the quote around it if any. */
static void
add_member(struct event *e, const char *name, struct str value, bool quoted)
{
	size_t n = strlen(name), need = 2 + n + value.len + (quoted ? 2 : 0);
	char *p = e->text + e->len;

	if (e->missing > 0 || need > EVENT_MAX - MARK - e->len) {
		e->missing++;
		return;
	}
	*p++ = ' ';
	memcpy(p, name, n);
	p += n;
	*p++ = '=';
	if (quoted)
		*p++ = '"';
	if (value.len > 0)
		memcpy(p, value.p, value.len);
	if (quoted)
		p[value.len] = '"';
	e->len += need;
}

void
event_open(struct event *e, enum level level, const char *word)
{
	size_t n = strlen(word);

	must(n > 0 && n < EVENT_TEXT && is_plain(str_of(word)));
	e->level = level;
	e->missing = 0;
	e->len = n;
	memcpy(e->text, word, n);
}

void
event_word(struct event *e, const char *name, struct str value)
{
	must(is_plain(value));
	add_member(e, name, value.len == 0 ? STR("-") : value, false);
}

void
event_number(struct event *e, const char *name, int64_t value)
{
	char text[1 + NUMBER_TEXT], *p = text;

	if (value < 0)
		*p++ = '-';
	p += number_print(value < 0 ? -(uint64_t)value : (uint64_t)value, p);
	add_member(e, name, (struct str){ text, (size_t)(p - text) }, false);
}

void
event_ip(struct event *e, const char *name, struct ip ip)
{
	char text[IP_TEXT];
	size_t n = ip_print(ip, text);

	add_member(e, name, (struct str){ text, n }, false);
}

void
event_seconds(struct event *e, const char *name, usec_t span)
{
	char text[POINTS_TEXT];
	size_t n = points_print(span / (SEC / 100), 2, text);

	add_member(e, name, (struct str){ text, n }, false);
}

void
event_points(struct event *e, const char *name, int64_t hundredths)
{
	char text[POINTS_TEXT];
	size_t n = points_print(hundredths, 1, text);

	add_member(e, name, (struct str){ text, n }, false);
}

void
event_text(struct event *e, const char *name, struct str s)
{
	char text[EVENT_TEXT];

	if (s.p == NULL) {
		add_member(e, name, STR("-"), false);
		return;
	}
	add_member(e, name, (struct str){ text,
	    text_escape(s, text, sizeof text) }, true);
}

void
event_send(struct event *e, struct sink *sink)
{
	struct str line = { e->text, e->len };

	if (e->missing > 0) {
		memcpy(e->text + e->len, " ...+", 5);
		line.len += 5 + number_print(e->missing, e->text + e->len + 5);
	}
	sink->write(sink, e->level, line);
}

/* --- the forms of values ----------------------------------------------- */

/* One byte as it is written. Returns 1 or 4. */
static size_t
escape_byte(char c, char out[4])
{
	if (!needs_escape(c)) {
		out[0] = c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[(unsigned char)c >> 4];
	out[3] = hex[(unsigned char)c & 15];
	return 4;
}

size_t
text_escape(struct str s, char *out, size_t max)
{
	size_t len = 0, fit = 0, i, n;
	char byte[4];

	for (i = 0; i < s.len; i++) {
		n = escape_byte(s.p[i], byte);
		if (n > max - len)
			break;
		memcpy(out + len, byte, n);
		len += n;
		if (len + 3 <= max)
			fit = len;      /* cut here, the dots still fit */
	}
	if (i == s.len)
		return len;
	if (max < 3)
		return 0;
	memcpy(out + fit, "...", 3);
	return fit + 3;
}

size_t
points_print(int64_t hundredths, int decimals, char out[POINTS_TEXT])
{
	uint64_t v = hundredths < 0 ? -(uint64_t)hundredths :
	    (uint64_t)hundredths;
	unsigned part = (unsigned)(v % 100);
	char *p = out;

	if (hundredths < 0)
		*p++ = '-';
	p += number_print(v / 100, p);
	if (part != 0 || decimals > 0) {
		*p++ = '.';
		*p++ = (char)('0' + part / 10);
	}
	if (part % 10 != 0 || decimals > 1)
		*p++ = (char)('0' + part % 10);
	*p = '\0';
	return (size_t)(p - out);
}
