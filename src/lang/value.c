/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * value - what a word means as a number, a duration, a size and so on.
 *
 * Called by: lang/schema.c, policy/, sim/.
 * Always holds: pure; outputs are untouched on error; no number wraps.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "lang/lex.h"
#include "lang/value.h"

#define NUMBER_MAX   INT64_C(1000000000000)      /* hundredths             */
#define DURATION_MAX ((usec_t)36500 * 86400 * SEC) /* a hundred years      */

/* number = [ "+" / "-" ] 1*DIGIT [ "." 1*2DIGIT ] / 1*DIGIT "%" */
int
value_number(struct str s, int64_t *hundredths)
{
	struct str whole, part = s;
	bool is_negative = false, has_part;
	uint64_t n, cents = 0;
	int rc;

	if (s.len > 0 && (s.p[0] == '+' || s.p[0] == '-')) {
		is_negative = s.p[0] == '-';
		part = str_from(s, 1);
	}
	has_part = str_find(part, '.') < part.len;
	if (part.len > 0 && part.p[part.len - 1] == '%') {
		whole = str_sub(part, 0, part.len - 1);
		rc = str_number(whole, (uint64_t)NUMBER_MAX, &n);
		if (rc != 0)
			return rc;
	} else {
		whole = str_split(&part, '.');
		rc = str_number(whole, (uint64_t)NUMBER_MAX / 100, &n);
		if (rc != 0)
			return rc;
		if (has_part && (part.len > 2 ||
		    str_number(part, 99, &cents) != 0))
			return -E_INVALID;
		n = n * 100 + (part.len == 1 ? cents * 10 : cents);
	}
	if (n > (uint64_t)NUMBER_MAX)
		return -E_TOOBIG;
	*hundredths = is_negative ? -(int64_t)n : (int64_t)n;
	return 0;
}

int
value_count(struct str s, uint64_t max, uint64_t *n)
{
	return str_number(s, max, n);
}

/* Splits digits from what stands behind them. */
static struct str
unit_of(struct str s, struct str *digits)
{
	size_t n = 0;

	while (n < s.len && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	*digits = str_sub(s, 0, n);
	return str_from(s, n);
}

/* duration = 1*DIGIT ( "ms" / "s" / "m" / "h" / "d" ) / "0" */
int
value_duration(struct str s, usec_t *span)
{
	static const struct { struct str name; usec_t usec; } units[] = {
		{ { "ms", 2 }, MSEC }, { { "s", 1 }, SEC },
		{ { "m", 1 }, 60 * SEC }, { { "h", 1 }, 3600 * SEC },
		{ { "d", 1 }, 86400 * SEC },
	};
	struct str digits, unit = unit_of(s, &digits);
	uint64_t n;
	size_t i;
	int rc;

	if (str_eq(s, STR("0"))) {
		*span = 0;
		return 0;
	}
	for (i = 0; i < COUNT(units); i++) {
		if (!str_eq(unit, units[i].name))
			continue;
		rc = str_number(digits,
		    (uint64_t)(DURATION_MAX / units[i].usec), &n);
		if (rc == 0)
			*span = (usec_t)n * units[i].usec;
		return rc;
	}
	return -E_INVALID;
}

/* size = 1*DIGIT [ "k" / "M" / "G" ], either case */
int
value_size(struct str s, uint64_t max, uint64_t *bytes)
{
	static const struct { const char *name; unsigned shift; } units[] = {
		{ "", 0 }, { "k", 10 }, { "m", 20 }, { "g", 30 },
	};
	struct str digits, unit = unit_of(s, &digits);
	uint64_t n;
	size_t i;
	int rc;

	for (i = 0; i < COUNT(units); i++) {
		if (!str_eq_case(unit, str_of(units[i].name)))
			continue;
		rc = str_number(digits, max >> units[i].shift, &n);
		if (rc == 0)
			*bytes = n << units[i].shift;
		return rc;
	}
	return -E_INVALID;
}

size_t
duration_print(usec_t span, char out[VALUE_TEXT])
{
	static const struct { const char *name; usec_t usec; } units[] = {
		{ "d", 86400 * SEC }, { "h", 3600 * SEC }, { "m", 60 * SEC },
		{ "s", SEC }, { "ms", MSEC },
	};
	size_t i = 0;

	while (i + 1 < COUNT(units) && span % units[i].usec != 0)
		i++;
	return (size_t)snprintf(out, VALUE_TEXT, "%lld%s",
	    (long long)(span / units[i].usec), span == 0 ? "" : units[i].name);
}

size_t
size_print(uint64_t bytes, char out[VALUE_TEXT])
{
	static const char units[] = "GMk";
	unsigned i = 0, shift = 30;

	while (i < 3 && (bytes == 0 || bytes % (1ull << shift) != 0)) {
		i++;
		shift -= 10;
	}
	return (size_t)snprintf(out, VALUE_TEXT, "%llu%.1s",
	    (unsigned long long)(bytes >> shift), units + i);
}

int
value_percent(struct str s, unsigned *percent)
{
	uint64_t n;
	int rc;

	if (s.len == 0 || s.p[s.len - 1] != '%')
		return -E_INVALID;
	rc = str_number(str_sub(s, 0, s.len - 1), 100, &n);
	if (rc == 0)
		*percent = (unsigned)n;
	return rc;
}

int
value_truth(struct str s, bool *truth)
{
	static const char *const words[] = { "no", "yes", "off", "on" };
	size_t i;

	for (i = 0; i < COUNT(words); i++)
		if (str_eq(s, str_of(words[i]))) {
			*truth = i % 2 == 1;
			return 0;
		}
	return -E_INVALID;
}

void
value_write(struct str s, struct buf *out)
{
	size_t i;

	if (lex_is_word(s)) {
		(void)buf_add_str(out, s);
		return;
	}
	(void)buf_add_byte(out, '"');
	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			(void)buf_add_byte(out, '\\');
		(void)buf_add_byte(out, s.p[i]);
	}
	(void)buf_add_byte(out, '"');
}

/* --- addresses ----------------------------------------------------------- */

/* endpoint = ( IPv4 / "[" IPv6 "]" ) [ ":" port ] / IPv6 */
int
value_endpoint(struct str s, uint16_t preset, struct endpoint *e)
{
	struct str address, port = { 0 };
	uint64_t n = preset;
	struct ip ip;
	size_t colon = str_find_last(s, ':');
	bool has_brackets = s.len > 0 && s.p[0] == '[';

	if (has_brackets) {
		address = str_sub(s, 1, str_find(s, ']') - 1);
		port = str_from(s, address.len + 2);
		if (address.len + 2 > s.len ||
		    (port.len > 0 && port.p[0] != ':'))
			return -E_INVALID;
	} else if (str_find(s, ':') == colon) {
		address = str_sub(s, 0, colon);
		port = str_from(s, colon);
	} else {
		address = s;            /* two colons: IPv6 without a port */
	}
	if (ip_parse(address, &ip) != 0 || (has_brackets && !ip_is_v6(ip)))
		return -E_INVALID;
	if (port.len > 0 && str_number(str_from(port, 1), 65535, &n) != 0)
		return -E_INVALID;
	if (n == 0)
		return -E_INVALID;
	*e = (struct endpoint){ ip, (uint16_t)n };
	return 0;
}

size_t
endpoint_print(struct endpoint e, char out[ENDPOINT_TEXT])
{
	char ip[IP_TEXT];
	int n;

	(void)ip_print(e.ip, ip);
	n = snprintf(out, ENDPOINT_TEXT, ip_is_v6(e.ip) ? "[%s]:%u" : "%s:%u",
	    ip, (unsigned)e.port);
	must(n > 0 && n < ENDPOINT_TEXT);
	return (size_t)n;
}

/* octet = number [ "-" number ] */
static int
octet_read(struct str s, uint8_t *low, uint8_t *high)
{
	struct str rest = s, first = str_split(&rest, '-');
	bool is_range = first.len < s.len;
	uint64_t a, b;

	if (str_number(first, 255, &a) != 0)
		return -E_INVALID;
	b = a;
	if (is_range && str_number(rest, 255, &b) != 0)
		return -E_INVALID;
	if (a > b)
		return -E_INVALID;
	*low = (uint8_t)a;
	*high = (uint8_t)b;
	return 0;
}

static int
octets_of_prefix(struct str s, struct octets *o)
{
	struct net net;
	unsigned i, fixed;

	if (net_parse(s, &net) != 0 || ip_is_v6(net.ip) || net.bits < 96)
		return -E_INVALID;
	for (i = 0; i < 4; i++) {
		fixed = net.bits - 96u;
		fixed = fixed < 8 * i ? 0 : fixed - 8 * i;
		o->low[i] = net.ip.a[12 + i];
		o->high[i] = (uint8_t)(fixed >= 8 ? o->low[i] :
		    o->low[i] | (0xffu >> fixed));
	}
	return 0;
}

/* octets = octet 3( "." octet ) / IPv4 "/" bits */
int
value_octets(struct str s, struct octets *out)
{
	struct str rest = s;
	struct octets o;
	unsigned i;

	if (str_find(s, '/') < s.len) {
		if (octets_of_prefix(s, &o) != 0)
			return -E_INVALID;
	} else {
		for (i = 0; i < 4; i++)
			if (octet_read(str_split(&rest, '.'), &o.low[i],
			    &o.high[i]) != 0)
				return -E_INVALID;
		if (rest.p != NULL)
			return -E_INVALID;
	}
	*out = o;
	return 0;
}

bool
octets_have(const struct octets *o, struct ip ip)
{
	unsigned i;

	if (ip_is_v6(ip))
		return false;
	for (i = 0; i < 4; i++)
		if (ip.a[12 + i] < o->low[i] || ip.a[12 + i] > o->high[i])
			return false;
	return true;
}
