/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * str: comparing, cutting and reading borrowed text.
 *
 * Called by: everybody.
 * Always holds: no byte outside [p, p + len) is read; NUL is a byte like
 * others; no call looks at the locale.
 */
#include "base/str.h"

#include <string.h>

#include "base/error.h"

/* Edits that str_distance tells apart; words of a language are short. */
#define DISTANCE_MAX 32

/* ASCII only: the locale must not change what two names are. */
static unsigned char
lower(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

struct str
str_of(const char *s)
{
	return (struct str){ s, s == NULL ? 0 : strlen(s) };
}

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
str_eq_case(struct str a, struct str b)
{
	return a.len == b.len && str_cmp_case(a, b) == 0;
}

static int
cmp_len(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return d != 0 ? d : cmp_len(a.len, b.len);
}

int
str_cmp_case(struct str a, struct str b)
{
	size_t i, n = a.len < b.len ? a.len : b.len;
	int d;

	for (i = 0; i < n; i++) {
		d = lower(a.p[i]) - lower(b.p[i]);
		if (d != 0)
			return d;
	}
	return cmp_len(a.len, b.len);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool
str_starts_case(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	    str_eq_case(str_sub(s, 0, prefix.len), prefix);
}

bool
str_ends_case(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	    str_eq_case(str_from(s, s.len - suffix.len), suffix);
}

size_t
str_find(struct str s, char c)
{
	const char *hit = s.len == 0 ? NULL : memchr(s.p, c, s.len);

	return hit == NULL ? s.len : (size_t)(hit - s.p);
}

size_t
str_find_last(struct str s, char c)
{
	size_t i = s.len;

	while (i > 0)
		if (s.p[--i] == c)
			return i;
	return s.len;
}

struct str
str_sub(struct str s, size_t from, size_t n)
{
	s = str_from(s, from);
	if (n < s.len)
		s.len = n;
	return s;
}

struct str
str_from(struct str s, size_t from)
{
	if (from > s.len)
		from = s.len;
	if (from > 0)           /* NULL + 0 is no pointer arithmetic */
		s.p += from;
	s.len -= from;
	return s;
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_from(s, 1);
	while (s.len > 0 && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

struct str
str_split(struct str *rest, char c)
{
	size_t at = str_find(*rest, c);
	struct str head = str_sub(*rest, 0, at);

	if (at == rest->len)
		*rest = (struct str){ NULL, 0 };
	else
		*rest = str_from(*rest, at + 1);
	return head;
}

int
str_number(struct str s, uint64_t max, uint64_t *value)
{
	uint64_t v = 0, digit;
	bool is_over = false;
	size_t i;

	if (s.len == 0)
		return -E_INVALID;
	for (i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -E_INVALID;      /* even behind an overflow */
		digit = (uint64_t)(s.p[i] - '0');
		if (is_over || __builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, digit, &v) || v > max)
			is_over = true;
	}
	if (is_over)
		return -E_TOOBIG;
	*value = v;
	return 0;
}

size_t
number_print(uint64_t value, char out[NUMBER_TEXT])
{
	char digits[NUMBER_TEXT];
	size_t n = 0, i;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	for (i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	out[n] = '\0';
	return n;
}

/*
 * Only the last star is ever given more bytes: whatever an earlier star could
 * gain by taking more, the last one can take instead. So at most
 * pattern.len * text.len steps, and no recursion.
 */
bool
str_glob(struct str pattern, struct str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, retry = 0;

	while (t < text.len) {
		if (p < pattern.len && pattern.p[p] == '*') {
			star = p++;
			retry = t;
		} else if (p < pattern.len && (pattern.p[p] == '?' ||
		    lower(pattern.p[p]) == lower(text.p[t]))) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++retry;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.p[p] == '*')
		p++;
	return p == pattern.len;
}

/*
 * The table of edits, of which only a band of 2 * band + 1 cells around the
 * diagonal is computed: a path that leaves the band has cost over `band`.
 * row[k] is the cell in column i + k - band of line i; over stands for
 * everything above the limit, and saturates.
 */
static unsigned
banded_distance(struct str a, struct str b, size_t band)
{
	unsigned row[2 * DISTANCE_MAX + 2], over = (unsigned)band + 1, best;
	size_t i, k, column;

	for (k = 0; k <= 2 * band; k++)
		row[k] = k < band ? over : (unsigned)(k - band);
	row[2 * band + 1] = over;       /* right of the band, for ever */
	for (i = 1; i <= a.len; i++) {
		for (k = 0; k <= 2 * band; k++) {
			if (i + k < band || i + k - band > b.len) {
				row[k] = over;
				continue;
			}
			column = i + k - band;
			best = row[k + 1] + 1;                  /* delete */
			if (k > 0 && row[k - 1] + 1 < best)
				best = row[k - 1] + 1;          /* insert */
			if (column > 0 &&
			    row[k] + (a.p[i - 1] != b.p[column - 1]) < best)
				best = row[k] +
				    (a.p[i - 1] != b.p[column - 1]);
			row[k] = best < over ? best : over;
		}
	}
	return row[b.len + band - a.len];
}

unsigned
str_distance(struct str a, struct str b, unsigned max)
{
	size_t band = max < DISTANCE_MAX ? max : DISTANCE_MAX;
	size_t apart = a.len > b.len ? a.len - b.len : b.len - a.len;
	unsigned d;

	if (apart > band)
		return max + 1;
	d = banded_distance(a, b, band);
	return d > band ? max + 1 : d;
}
