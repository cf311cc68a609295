/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_tags - reads tag lists, for signatures and for key records.
 *
 * libopendkim takes what breaks this grammar and lets the last of two equal
 * tags win, which changes the domain of a signature. So what it is given has
 * passed here first.
 *
 * Called by: dkim_sig.c and dkim_key.c.
 * Always holds: nothing is read beyond the text, nothing is written but to
 * the caller's; names in a list are distinct.
 * Source: RFC 6376 2.8, 2.10, 3.2; RFC 4648 4.
 * KNOWN GAPS: values of RFC 8616 with bytes over 126 are no tag values here,
 * since libopendkim refuses them; senders write A-labels.
 */
#include "config.h"

#include "filters/dkim_tags.h"

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_alpha(char c)
{
	char low = (char)(c | 0x20);

	return low >= 'a' && low <= 'z';
}

/* ALPHA / DIGIT / "_" */
static bool
is_name_byte(char c)
{
	return is_alpha(c) || (c >= '0' && c <= '9') || c == '_';
}

/*
 * FWS = [*WSP CRLF] 1*WSP, and the obsolete form of it with several line
 * ends. How many bytes of it stand at the start of s.
 */
static size_t
fws_len(struct str s)
{
	size_t n = 0;

	for (;;) {
		if (n < s.len && is_wsp(s.p[n]))
			n++;
		else if (n + 2 < s.len && s.p[n] == '\r' &&
		    s.p[n + 1] == '\n' && is_wsp(s.p[n + 2]))
			n += 3;
		else
			return n;
	}
}

/* Bytes of FWS: enough where is_value has seen the text. */
static bool
is_space(char c)
{
	return is_wsp(c) || c == '\r' || c == '\n';
}

struct str
dkim_trim(struct str s)
{
	s = str_from(s, fws_len(s));
	while (s.len > 0 && is_space(s.p[s.len - 1]))
		s.len--;
	return s;
}

/*
 * tag-value = [ tval *( 1*(WSP / FWS) tval ) ]
 * tval      = 1*VALCHAR            VALCHAR = %x21-3A / %x3C-7E
 *
 * In: what stands between two ";", so there is none in it. Names and "=" are
 * made of VALCHARs too, so a whole tag-spec is checked by this.
 */
static bool
is_value(struct str s)
{
	size_t fws;

	while (s.len > 0) {
		fws = fws_len(s);
		if (fws == 0 && (s.p[0] < 0x21 || s.p[0] > 0x7e))
			return false;
		s = str_from(s, fws > 0 ? fws : 1);
	}
	return true;
}

/* tag-name = ALPHA *ALNUMPUNC */
static bool
is_name(struct str s)
{
	size_t i;

	if (s.len == 0 || !is_alpha(s.p[0]))
		return false;
	for (i = 1; i < s.len; i++)
		if (!is_name_byte(s.p[i]))
			return false;
	return true;
}

/* tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS] */
static int
add_spec(struct str spec, struct dkim_tags *t)
{
	struct str name, value = spec;

	name = dkim_trim(str_split(&value, '='));
	if (value.p == NULL || !is_name(name) || !is_value(spec))
		return -E_INVALID;
	if (dkim_tags_find(t, name) != NULL)
		return -E_EXISTS;
	if (t->count == DKIM_TAGS)
		return -E_TOOBIG;
	t->tag[t->count].name = name;
	t->tag[t->count++].value = dkim_trim(value);
	return 0;
}

/* tag-list = tag-spec *( ";" tag-spec ) [ ";" ], and white space at the end,
 * which many write. */
int
dkim_tags_read(struct str text, struct dkim_tags *t)
{
	struct str spec;
	int rc;

	t->count = 0;
	do {
		spec = str_split(&text, ';');
		if (t->count > 0 && text.p == NULL &&
		    fws_len(spec) == spec.len)
			return 0;
		rc = add_spec(spec, t);
		if (rc != 0)
			return rc;
	} while (text.p != NULL);
	return 0;
}

const struct str *
dkim_tags_find(const struct dkim_tags *t, struct str name)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (str_eq(t->tag[i].name, name))
			return &t->tag[i].value;
	return NULL;
}

struct str
dkim_entry(struct str *list)
{
	return dkim_trim(str_split(list, ':'));
}

bool
dkim_entries_have(struct str list, struct str word)
{
	do {
		if (str_eq(dkim_entry(&list), word))
			return true;
	} while (list.p != NULL);
	return false;
}

struct str
dkim_squeeze(struct str s, struct arena *a)
{
	char *p = arena_alloc(a, s.len + 1);
	size_t i, n = 0;

	for (i = 0; i < s.len; i++)
		if (!is_space(s.p[i]))
			p[n++] = s.p[i];
	return (struct str){ p, n };
}

/* ------------------------------------------------------------------------
 * Base64.
 */

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* 0..63, or -1. */
static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Takes padding off; false when there is too much of it, or too little to
 * make whole groups of four. */
static bool
strip_padding(struct str *s)
{
	size_t n = 0;

	while (n < s->len && s->p[s->len - 1 - n] == '=')
		n++;
	if (n > 2 || (n > 0 && s->len % 4 != 0))
		return false;
	s->len -= n;
	return s->len > 0 && s->len % 4 != 1;
}

int
base64_read(struct str text, size_t max, struct arena *a, struct str *out)
{
	struct str s = dkim_squeeze(text, a);
	uint32_t bits = 0;
	size_t i, n = 0;
	char *p;
	int v;

	if (!strip_padding(&s))
		return -E_INVALID;
	if (s.len / 4 * 3 > max)
		return -E_TOOBIG;
	p = arena_alloc(a, s.len);
	for (i = 0; i < s.len; i++) {
		v = digit_value(s.p[i]);
		if (v < 0)
			return -E_INVALID;
		bits = bits << 6 | (uint32_t)v;
		if (i % 4 > 0)          /* 12, 10, 8 bits are there: take 8 */
			p[n++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
	}
	if (n > max)
		return -E_TOOBIG;
	*out = (struct str){ p, n };
	return 0;
}

struct str
base64_print(struct str s, struct arena *a)
{
	char *p = arena_alloc(a, s.len / 3 * 4 + 5);
	size_t i, k, left, n = 0;
	uint32_t bits;

	for (i = 0; i < s.len; i += 3) {
		left = s.len - i;
		for (bits = 0, k = 0; k < 3; k++)
			bits = bits << 8 |
			    (k < left ? (uint8_t)s.p[i + k] : 0);
		for (k = 0; k < 4; k++)
			p[n++] = k > left ? '=' :
			    digits[bits >> (18 - 6 * k) & 63];
	}
	return (struct str){ p, n };
}
