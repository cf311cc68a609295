/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generic - a provider's name for a line: the address itself, or a word for
 * the kind of line beside the last part of the address.
 *
 * The name is cut into tokens, runs of digits and runs of letters:
 * "host-77.2.0.192.dsl.isp.example" has host 77 2 0 192 dsl isp example.
 * Two things make it generic:
 *
 * 1. The address stands in it, whoever carries it, a mail host too:
 *	three of its octets side by side, in order or reversed, zeros in front
 *	or not; or all of it in one piece (dashes and dots do not count):
 *	c0000a4d, 4d0a00c0, 192000010077. Of IPv6 the first 64 bits: as 16
 *	digits, as 16 digits reversed, or as four groups.
 * 2. A word for a kind of line (dsl, dynamic, pool ...) and as a number the
 *	last octet, or anything of three digits or more. Only left of the last
 *	two labels, which somebody chose, and not where a word of mail hosts
 *	stands (mx, smtp, mail ...): those are named on purpose.
 *
 * Called by: filters/client.c.
 * Always holds: pure, no formatting; linear in the name for each of a fixed
 * number of patterns.
 * KNOWN GAPS: names made by a hash or in base 36 are not seen; words are
 * English.
 */
#include "config.h"

#include <string.h>

#include "base/name.h"
#include "filters/generic.h"

#define TOKENS_MAX 64           /* of one name; the rest is not looked at  */
#define V4         12           /* where IPv4 begins in struct ip          */

struct token {
	uint8_t at, len;
	bool    is_number;
	uint8_t label;          /* counted from the left, from 0           */
};

struct tokens {
	struct str   name;
	struct token t[TOKENS_MAX];
	size_t       count;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void
cut(struct str name, struct tokens *out)
{
	size_t i = 0;
	uint8_t label = 0;
	struct token *t;

	out->name = name;
	out->count = 0;
	while (i < name.len && out->count < TOKENS_MAX) {
		if (!is_digit(name.p[i]) && !is_letter(name.p[i])) {
			label = (uint8_t)(label + (name.p[i++] == '.'));
			continue;
		}
		t = &out->t[out->count++];
		*t = (struct token){ .at = (uint8_t)i, .label = label,
		    .is_number = is_digit(name.p[i]) };
		while (i < name.len && (t->is_number ? is_digit(name.p[i])
		    : is_letter(name.p[i])))
			i++;
		t->len = (uint8_t)(i - t->at);
	}
}

static struct str
token_text(const struct tokens *ts, const struct token *t)
{
	return str_sub(ts->name, t->at, t->len);
}

/* ------------------------------------------------------------------------
 * The address in the name.
 */

static bool
is_octet(const struct tokens *ts, const struct token *t, uint8_t octet)
{
	uint64_t value;

	return t->is_number && t->len <= 3 &&
	    str_number(token_text(ts, t), 255, &value) == 0 &&
	    value == octet;
}

/* Three octets from o on, step 1 or -1, side by side. */
static bool
has_run(const struct tokens *ts, const uint8_t *o, int step)
{
	const struct token *t;
	size_t i;

	for (i = 0; i + 2 < ts->count; i++) {
		t = &ts->t[i];
		if (is_octet(ts, &t[0], o[0]) &&
		    is_octet(ts, &t[1], o[step]) &&
		    is_octet(ts, &t[2], o[2 * step]))
			return true;
	}
	return false;
}

static bool
has_octets(const struct tokens *ts, const uint8_t *o)
{
	return has_run(ts, o, 1) || has_run(ts, o + 1, 1) ||
	    has_run(ts, o + 3, -1) || has_run(ts, o + 2, -1);
}

/* Without what separates, in lower case. Out: NAME_MAX_TEXT bytes. */
static struct str
squeeze(struct str name, char *out)
{
	size_t i, n = 0;

	for (i = 0; i < name.len; i++)
		if (is_letter(name.p[i]))
			out[n++] = (char)(name.p[i] | 0x20);
		else if (is_digit(name.p[i]))
			out[n++] = name.p[i];
	return (struct str){ out, n };
}

static bool
has_text(struct str s, const char *p, size_t n)
{
	return memmem(s.p, s.len, p, n) != NULL;
}

static char
hex(unsigned nibble)
{
	return "0123456789abcdef"[nibble & 15];
}

/* n bytes as hexadecimal digits, forwards or with the bytes reversed. */
static bool
has_hex(struct str s, const uint8_t *b, size_t n, bool is_reversed)
{
	char digits[16];
	size_t i;
	uint8_t byte;

	for (i = 0; i < n; i++) {
		byte = b[is_reversed ? n - 1 - i : i];
		digits[2 * i] = hex(byte >> 4u);
		digits[2 * i + 1] = hex(byte);
	}
	return has_text(s, digits, 2 * n);
}

/* 192000010077 */
static bool
has_padded(struct str s, const uint8_t *o)
{
	char digits[12];
	size_t i;

	for (i = 0; i < 4; i++) {
		digits[3 * i] = (char)('0' + o[i] / 100);
		digits[3 * i + 1] = (char)('0' + o[i] / 10 % 10);
		digits[3 * i + 2] = (char)('0' + o[i] % 10);
	}
	return has_text(s, digits, sizeof digits);
}

/* As ip6.arpa has them: single digits, the last one first. */
static bool
has_nibbles(struct str s, const uint8_t *b)
{
	char digits[16];
	size_t i;

	for (i = 0; i < 8; i++) {
		digits[2 * i] = hex(b[7 - i]);
		digits[2 * i + 1] = hex(b[7 - i] >> 4u);
	}
	return has_text(s, digits, sizeof digits);
}

/* 2001-db8-0-1, or with dots. */
static bool
has_groups(struct str name, const uint8_t *b, char separator)
{
	char text[20];
	size_t i, n = 0;
	unsigned group;
	int shift;

	for (i = 0; i < 4; i++) {
		group = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
		for (shift = 12; shift > 0 && group >> shift == 0; shift -= 4)
			;
		for (; shift >= 0; shift -= 4)
			text[n++] = hex(group >> shift);
		text[n++] = separator;
	}
	return has_text(name, text, n - 1);
}

static bool
has_address(const struct tokens *ts, struct ip ip)
{
	char room[NAME_MAX_TEXT];
	struct str s = squeeze(ts->name, room);

	if (ip_is_v6(ip))
		return has_hex(s, ip.a, 8, false) ||
		    has_nibbles(s, ip.a) ||
		    has_groups(ts->name, ip.a, '-') ||
		    has_groups(ts->name, ip.a, '.');
	return has_octets(ts, ip.a + V4) ||
	    has_hex(s, ip.a + V4, 4, false) ||
	    has_hex(s, ip.a + V4, 4, true) || has_padded(s, ip.a + V4);
}

/* ------------------------------------------------------------------------
 * Words.
 */

static const char *const line_words[] = {
	"adsl", "broadband", "cable", "catv", "client", "clients", "cpe",
	"cust", "customer", "dhcp", "dialin", "dialup", "dip", "dsl", "dyn",
	"dynamic", "dynip", "fiber", "fibre", "ftth", "gprs", "home", "lte",
	"mobile", "modem", "pool", "ppp", "pppoe", "residential", "sdsl",
	"static", "user", "vdsl", "wifi", "wimax", "xdsl",
};

/* Beginnings of words. */
static const char *const mail_words[] = { "mail", "email", "smtp", "mx",
	"mta", "mout", "relay", "out" };

static bool
is_line_word(struct str s)
{
	size_t i;

	for (i = 0; i < COUNT(line_words); i++)
		if (str_eq_case(s, str_of(line_words[i])))
			return true;
	return false;
}

static bool
is_mail_word(struct str s)
{
	size_t i;

	for (i = 0; i < COUNT(mail_words); i++)
		if (str_starts_case(s, str_of(mail_words[i])))
			return true;
	return false;
}

static bool
has_line_word(const struct tokens *ts, struct ip ip)
{
	unsigned labels = name_labels(ts->name);
	bool is_line = false, is_numbered = false;
	const struct token *t;
	size_t i;

	for (i = 0; i < ts->count; i++) {
		t = &ts->t[i];
		if (t->label + 2u >= labels)
			break;
		if (t->is_number)
			is_numbered |= t->len >= 3 || (!ip_is_v6(ip) &&
			    is_octet(ts, t, ip.a[15]));
		else if (is_mail_word(token_text(ts, t)))
			return false;
		else
			is_line |= is_line_word(token_text(ts, t));
	}
	return is_line && is_numbered;
}

bool
name_looks_generic(struct str name, struct ip ip)
{
	struct tokens ts;

	if (name.len > NAME_MAX_TEXT)
		return false;
	cut(name, &ts);
	return has_address(&ts, ip) || has_line_word(&ts, ip);
}
