/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_name - domain names between text and wire.
 *
 * Called by: wire.c, wire_write.c, ask.c. Pure.
 * Always holds: a reader of a packet only goes backwards: what a pointer leads
 * to must lie wholly before the labels it stands behind, as "prior" in RFC
 * 1035 4.1.4 says, so that there is no loop (RFC 9267 2 tells what others got
 * wrong here). JUMPS only bounds the time that pointers to pointers take.
 * Source: RFC 1035 3.1, 4.1.4, 5.1 (escapes); 2181 11 (any byte is allowed).
 */
#include "dns/wire_name.h"

#include <string.h>

#include "base/error.h"

#define HEADER    12    /* no name lies inside the header of a packet     */
#define LABEL     63
#define JUMPS     128   /* as many labels as a name can have              */
#define IS_LINK   0xc0  /* both bits: a pointer; one of them: nothing     */

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The escape at *i resolved; *i moves behind it. False when it is none. */
static bool
text_escape(struct str text, size_t *i, char *byte)
{
	const char *p = text.p + *i;
	size_t left = text.len - *i;
	int value;

	if (left >= 4 && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3])) {
		value = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
		*byte = (char)value;
		*i += 4;
		return value <= UINT8_MAX;
	}
	if (left < 2 || is_digit(p[1]))
		return false;
	*byte = p[1];
	*i += 2;
	return true;
}

/* Writes the length of the label whose place is `at` and that ends at len;
 * false when it is none. */
static bool
label_close(uint8_t *out, size_t at, size_t len)
{
	size_t n = len - at - 1;

	out[at] = (uint8_t)n;
	return n > 0 && n <= LABEL && len < WIRE_NAME;
}

/*
 *	name  = "" / "." / label *( "." label ) [ "." ]
 *	label = 1*63( byte / "\" 3DIGIT / "\" byte )
 */
int
wire_name_of(struct str text, uint8_t out[WIRE_NAME])
{
	size_t i = 0, at = 0, len = 1;          /* at: the label's length */
	char c;

	if (text.len == 1 && text.p[0] == '.')
		text.len = 0;
	while (i < text.len) {
		c = text.p[i];
		if (c == '.') {
			if (!label_close(out, at, len))
				return -E_INVALID;
			at = len++;
			i++;
			continue;
		}
		if (c != '\\')
			i++;
		else if (!text_escape(text, &i, &c))
			return -E_INVALID;
		if (len == WIRE_NAME)
			return -E_INVALID;
		out[len++] = lower((uint8_t)c);
	}
	if (len - at > 1) {                     /* no dot at the end */
		if (!label_close(out, at, len))
			return -E_INVALID;
		at = len++;
	}
	out[at] = 0;
	return (int)len;
}

/* What stands for itself in text: a-z, 0-9, "-", "_", and two that make no
 * host name but occur: "/" (RFC 2317) and "*" (a wildcard). */
static bool
is_plain(uint8_t c)
{
	static const uint32_t plain[8] = { 0, 0x03ffa400, 0x80000000,
		0x07fffffe };

	return (plain[c / 32] >> (c % 32) & 1) != 0;
}

/* With the root. */
static size_t
length(const uint8_t *name)
{
	size_t n = 0;

	while (name[n] != 0)
		n += (size_t)name[n] + 1;
	return n + 1;
}

/* A shorter name differs before its end: at its root. */
bool
wire_name_same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, length(a)) == 0;
}

size_t
wire_name_copy(uint8_t out[WIRE_NAME], const uint8_t *name)
{
	size_t n = length(name);

	memcpy(out, name, n);
	return n;
}

size_t
wire_name_room(const uint8_t *name)
{
	size_t room = *name == 0, i, n;

	for (; *name != 0; name += n + 1) {
		n = *name;
		for (i = 1; i <= n; i++)
			room += is_plain(name[i]) ? 1 : 4;
		room++;                         /* its dot; the last: NUL */
	}
	return room;
}

static char *
text_label(char *p, const uint8_t *label)
{
	size_t i;
	uint8_t c;

	for (i = 1; i <= label[0]; i++) {
		c = label[i];
		if (is_plain(c)) {
			*p++ = (char)c;
			continue;
		}
		*p++ = '\\';
		*p++ = (char)('0' + c / 100);
		*p++ = (char)('0' + c / 10 % 10);
		*p++ = (char)('0' + c % 10);
	}
	return p;
}

size_t
wire_name_print(const uint8_t *name, char *out)
{
	char *p = out;

	for (; *name != 0; name += *name + 1) {
		p = text_label(p, name);
		*p++ = '.';
	}
	if (p > out)
		p--;                            /* the last dot */
	*p = '\0';
	return (size_t)(p - out);
}

struct str
wire_name_text(struct arena *arena, const uint8_t *name)
{
	char *text = arena_alloc(arena, wire_name_room(name));

	return (struct str){ text, wire_name_print(name, text) };
}

int
wire_name_read(const uint8_t *packet, size_t n, size_t *at,
    uint8_t out[WIRE_NAME])
{
	size_t here = *at, from = *at, end = n, after = 0, len = 0, i, label;
	unsigned jumps = 0;

	for (;;) {                      /* labels from `from`, before end */
		if (here >= end)
			return -E_GARBAGE;
		label = packet[here];
		if ((label & IS_LINK) == IS_LINK) {
			if (here + 1 >= end)
				return -E_GARBAGE;
			if (after == 0)
				after = here + 2;
			here = (label & ~(size_t)IS_LINK) << 8 |
			    packet[here + 1];
			if (here >= from || here < HEADER || ++jumps > JUMPS)
				return -E_GARBAGE;
			end = from;
			from = here;
			continue;
		}
		/* Behind each label there must be room for the root. */
		if (label > LABEL || label >= end - here ||
		    len + label + (label == 0 ? 1 : 2) > WIRE_NAME)
			return -E_GARBAGE;
		out[len++] = (uint8_t)label;
		for (i = 1; i <= label; i++)
			out[len++] = lower(packet[here + i]);
		here += label + 1;
		if (label == 0)
			break;
	}
	*at = after == 0 ? here : after;
	return (int)len;
}

int
wire_name_skip(const uint8_t *packet, size_t n, size_t *at)
{
	size_t here = *at;
	uint8_t label;

	while (here < n) {
		label = packet[here];
		if ((label & IS_LINK) == IS_LINK) {
			if (n - here < 2)
				return -E_GARBAGE;
			*at = here + 2;
			return 0;
		}
		if (label > LABEL)
			return -E_GARBAGE;
		here += (size_t)label + 1;
		if (label == 0) {
			*at = here;
			return 0;
		}
	}
	return -E_GARBAGE;
}
