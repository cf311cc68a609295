/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip: addresses and prefixes, read, printed and compared.
 *
 * Called by: everybody.
 * Always holds: an IPv4 address has one form inside, ::ffff:a.b.c.d, whichever
 * way it came in. A net of fewer than 96 bits is an IPv6 net and holds no
 * IPv4 address: "::/0" means all of IPv6.
 * Source: RFC 4291 2.2 (text), RFC 5952 4 and 5 (printing), RFC 1035 3.5 and
 * RFC 3596 2.5 (reverse names), RFC 5782 2.1 and 2.4 (list names), RFC 6890
 * (special blocks).
 * KNOWN GAPS: no zone ids; an address with one is no address.
 */
#include "base/ip.h"

#include <string.h>

#include "base/error.h"

#define V4_BITS 96      /* bits before the IPv4 part */

static const uint8_t mapped[12] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

static const char hex[] = "0123456789abcdef";

/* --- what an address is ------------------------------------------------ */

struct ip
ip_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	struct ip ip;

	memcpy(ip.a, mapped, sizeof mapped);
	ip.a[12] = a;
	ip.a[13] = b;
	ip.a[14] = c;
	ip.a[15] = d;
	return ip;
}

bool
ip_is_v6(struct ip ip)
{
	return memcmp(ip.a, mapped, sizeof mapped) != 0;
}

bool
ip_eq(struct ip a, struct ip b)
{
	return ip_cmp(a, b) == 0;
}

int
ip_cmp(struct ip a, struct ip b)
{
	return memcmp(a.a, b.a, sizeof a.a);
}

/* n bytes in network order as a number. */
static uint64_t
number(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

bool
ip_is_loopback(struct ip ip)
{
	if (!ip_is_v6(ip))
		return ip.a[12] == 127;
	return number(ip.a, 8) == 0 && number(ip.a + 8, 8) == 1;
}

/*
 * The special blocks. Documentation nets are left out (see ip.h), and so are
 * 6to4 and Teredo (2002::/16, 2001::/32): the net does hear from those, and
 * calling them private would be a way past the lists.
 */
static const struct {
	uint32_t bits;
	unsigned size;
} special_v4[] = {
	{ 0x00000000,  8 },     /* this network                    RFC 791  */
	{ 0x0a000000,  8 },     /* private                         RFC 1918 */
	{ 0x64400000, 10 },     /* shared by a provider's clients  RFC 6598 */
	{ 0x7f000000,  8 },     /* loopback                        RFC 1122 */
	{ 0xa9fe0000, 16 },     /* link-local                      RFC 3927 */
	{ 0xac100000, 12 },     /* private                         RFC 1918 */
	{ 0xc0000000, 24 },     /* protocol assignments            RFC 6890 */
	{ 0xc0a80000, 16 },     /* private                         RFC 1918 */
	{ 0xc6120000, 15 },     /* benchmarks                      RFC 2544 */
	{ 0xe0000000,  4 },     /* multicast                       RFC 5771 */
	{ 0xf0000000,  4 },     /* reserved, broadcast             RFC 1112 */
};

static const struct {
	uint64_t bits;          /* the first half; no block goes further */
	unsigned size;
} special_v6[] = {
	{ 0x0064ff9b00010000, 48 },     /* local translation       RFC 8215 */
	{ 0x0100000000000000, 64 },     /* discard                 RFC 6666 */
	{ 0x2001000200000000, 48 },     /* benchmarks              RFC 5180 */
	{ 0x2001001000000000, 28 },     /* ORCHID                  RFC 4843 */
	{ 0x2001002000000000, 28 },     /* ORCHIDv2                RFC 7343 */
	{ 0x5f00000000000000, 16 },     /* segment identifiers     RFC 9602 */
	{ 0xfc00000000000000,  7 },     /* unique local            RFC 4193 */
	{ 0xfe80000000000000, 10 },     /* link-local              RFC 4291 */
	{ 0xff00000000000000,  8 },     /* multicast               RFC 4291 */
};

bool
ip_is_private(struct ip ip)
{
	uint64_t high = number(ip.a, 8), low = number(ip.a + 8, 8);
	size_t i;

	if (!ip_is_v6(ip)) {
		for (i = 0; i < COUNT(special_v4); i++)
			if (((uint32_t)low ^ special_v4[i].bits) >>
			    (32 - special_v4[i].size) == 0)
				return true;
		return false;
	}
	if (high == 0 && low <= 1)      /* unspecified, loopback */
		return true;
	for (i = 0; i < COUNT(special_v6); i++)
		if ((high ^ special_v6[i].bits) >>
		    (64 - special_v6[i].size) == 0)
			return true;
	return false;
}

/* --- reading ----------------------------------------------------------- */

/*
 *	IPv4 = octet 3("." octet)
 *	octet = "0" / 1*3DIGIT without a leading zero, at most 255
 *
 * A leading zero is refused: half of the world reads it as octal.
 */
static int
parse_v4(struct str s, uint8_t out[4])
{
	struct str part;
	uint64_t v;
	size_t i;

	for (i = 0; i < 4; i++) {
		part = str_split(&s, '.');
		if (part.len > 3 || (part.len > 1 && part.p[0] == '0') ||
		    str_number(part, 255, &v) != 0)
			return -E_INVALID;
		/* Behind the last octet nothing may follow, not even a dot. */
		if ((s.p == NULL) != (i == 3))
			return -E_INVALID;
		out[i] = (uint8_t)v;
	}
	return 0;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In: 1..4 hexadecimal digits. */
static int
parse_group(struct str s, uint8_t out[2])
{
	unsigned v = 0;
	size_t i;
	int d;

	if (s.len < 1 || s.len > 4)
		return -E_INVALID;
	for (i = 0; i < s.len; i++) {
		d = hex_value(s.p[i]);
		if (d < 0)
			return -E_INVALID;
		v = v << 4 | (unsigned)d;
	}
	out[0] = (uint8_t)(v >> 8);
	out[1] = (uint8_t)v;
	return 0;
}

/*
 * Groups between colons, none of them empty; IPv4 may be the last. Empty text
 * is no group. Returns the number of bytes, or -E_INVALID.
 */
static int
parse_groups(struct str s, uint8_t out[16])
{
	struct str part;
	int n = 0;

	if (s.len == 0)
		return 0;
	do {
		part = str_split(&s, ':');
		if (s.p == NULL && str_find(part, '.') < part.len) {
			if (n > 12 || parse_v4(part, out + n) != 0)
				return -E_INVALID;
			return n + 4;
		}
		if (n > 14 || parse_group(part, out + n) != 0)
			return -E_INVALID;
		n += 2;
	} while (s.p != NULL);
	return n;
}

/* Index of "::", or len. */
static size_t
find_gap(struct str s)
{
	size_t i;

	for (i = 0; i + 1 < s.len; i++)
		if (s.p[i] == ':' && s.p[i + 1] == ':')
			return i;
	return s.len;
}

/*
 *	IPv6 = 8 groups / [groups] "::" [groups], where "::" is at least one
 *	       group of zeros; the last two groups may be IPv4
 */
static int
parse_v6(struct str s, uint8_t out[16])
{
	uint8_t head[16], tail[16];
	size_t gap = find_gap(s);
	bool has_gap = gap < s.len;
	int front, back;

	front = parse_groups(str_sub(s, 0, gap), head);
	back = parse_groups(str_from(s, gap + 2), tail);
	if (front < 0 || back < 0 ||
	    (has_gap ? front + back > 14 : front != 16))
		return -E_INVALID;
	/* IPv4 ends an address: none before the gap. */
	if (has_gap && str_find(str_sub(s, 0, gap), '.') < gap)
		return -E_INVALID;
	memset(out, 0, 16);
	memcpy(out, head, (size_t)front);
	memcpy(out + 16 - back, tail, (size_t)back);
	return 0;
}

int
ip_parse(struct str s, struct ip *ip)
{
	uint8_t v4[4], v6[16];

	if (s.len >= IP_TEXT)
		return -E_INVALID;
	if (str_find(s, ':') < s.len) {
		if (parse_v6(s, v6) != 0)
			return -E_INVALID;
		memcpy(ip->a, v6, sizeof ip->a);
		return 0;
	}
	if (parse_v4(s, v4) != 0)
		return -E_INVALID;
	*ip = ip_v4(v4[0], v4[1], v4[2], v4[3]);
	return 0;
}

/* --- printing ---------------------------------------------------------- */

static char *
put_octet(char *p, unsigned v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

/* Dotted, from a[first] on in steps of `step`: forth or back. */
static char *
put_v4(char *p, const uint8_t a[16], int first, int step)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (i > 0)
			*p++ = '.';
		p = put_octet(p, a[first + i * step]);
	}
	return p;
}

static char *
put_group(char *p, unsigned v)
{
	if (v >= 0x1000)
		*p++ = hex[v >> 12];
	if (v >= 0x100)
		*p++ = hex[v >> 8 & 15];
	if (v >= 0x10)
		*p++ = hex[v >> 4 & 15];
	*p++ = hex[v & 15];
	return p;
}

/* The longest run of two or more groups of zeros, the first of equals:
 * RFC 5952 4.2. Returns its length, 0 when there is none. */
static size_t
zero_run(const uint16_t g[8], size_t *start)
{
	size_t i, run = 0, best = 0;

	for (i = 0; i < 8; i++) {
		run = g[i] == 0 ? run + 1 : 0;
		if (run > best) {
			best = run;
			*start = i + 1 - run;
		}
	}
	return best < 2 ? 0 : best;
}

static char *
put_v6(char *p, const uint8_t a[16])
{
	uint16_t g[8];
	size_t i, start = 8, run;

	for (i = 0; i < 8; i++)
		g[i] = (uint16_t)(a[2 * i] << 8 | a[2 * i + 1]);
	run = zero_run(g, &start);
	for (i = 0; i < 8; i++) {
		if (run > 0 && i == start) {
			*p++ = ':';
			i += run - 1;
			if (i == 7)
				*p++ = ':';
			continue;
		}
		if (i > 0)
			*p++ = ':';
		p = put_group(p, g[i]);
	}
	return p;
}

size_t
ip_print(struct ip ip, char out[IP_TEXT])
{
	char *end = ip_is_v6(ip) ? put_v6(out, ip.a) : put_v4(out, ip.a, 12, 1);

	*end = '\0';
	return (size_t)(end - out);
}

struct str
ip_text(struct arena *a, struct ip ip)
{
	char text[IP_TEXT];

	return arena_str(a, (struct str){ text, ip_print(ip, text) });
}

/* --- nets -------------------------------------------------------------- */

static struct ip
masked(struct ip ip, unsigned bits)
{
	size_t i = bits / 8;

	if (i < 16) {
		ip.a[i] = (uint8_t)(ip.a[i] & ~(0xff >> bits % 8));
		memset(ip.a + i + 1, 0, 16 - i - 1);
	}
	return ip;
}

int
net_parse(struct str s, struct net *net)
{
	struct str address = str_split(&s, '/');
	bool is_v4 = str_find(address, ':') == address.len;
	unsigned width = is_v4 ? 32 : 128;
	uint64_t bits = width;
	struct ip ip;

	if (ip_parse(address, &ip) != 0)
		return -E_INVALID;
	if (s.p != NULL && ((s.len > 1 && s.p[0] == '0') ||
	    str_number(s, width, &bits) != 0))
		return -E_INVALID;
	bits += 128 - width;
	if (!ip_eq(masked(ip, (unsigned)bits), ip))
		return -E_INVALID;
	*net = (struct net){ ip, (uint8_t)bits };
	return 0;
}

size_t
net_print(struct net net, char out[IP_TEXT + 4])
{
	bool is_v6 = net.bits < V4_BITS || ip_is_v6(net.ip);
	unsigned bits = is_v6 ? net.bits : net.bits - V4_BITS;
	char *p = out + ip_print(net.ip, out);

	*p++ = '/';
	p = put_octet(p, bits);
	*p = '\0';
	return (size_t)(p - out);
}

bool
net_has(struct net net, struct ip ip)
{
	if (net.bits < V4_BITS && !ip_is_v6(ip))
		return false;
	return ip_eq(masked(ip, net.bits), net.ip);
}

bool
net_eq(struct net a, struct net b)
{
	return a.bits == b.bits && ip_eq(a.ip, b.ip);
}

struct net
ip_net(struct ip ip, unsigned v4bits, unsigned v6bits)
{
	unsigned bits = ip_is_v6(ip) ? v6bits : V4_BITS + v4bits;

	must(bits <= 128);
	return (struct net){ masked(ip, bits), (uint8_t)bits };
}

/* --- names made of addresses ------------------------------------------- */

/* "f.e. ... .0": the nibbles from the last to the first. */
static char *
put_nibbles(char *p, const uint8_t a[16])
{
	size_t i;

	for (i = 16; i-- > 0;) {
		*p++ = hex[a[i] & 15];
		*p++ = '.';
		*p++ = hex[a[i] >> 4];
		if (i > 0)
			*p++ = '.';
	}
	return p;
}

struct str
ip_list_name(struct arena *a, struct ip ip, struct str zone)
{
	char text[64], *end, *p;
	size_t n;

	end = ip_is_v6(ip) ? put_nibbles(text, ip.a) :
	    put_v4(text, ip.a, 15, -1);
	*end++ = '.';
	n = (size_t)(end - text);
	p = arena_alloc(a, n + zone.len + 1);
	memcpy(p, text, n);
	if (zone.len > 0)
		memcpy(p + n, zone.p, zone.len);
	return (struct str){ p, n + zone.len };
}

struct str
ip_nibbles(struct arena *a, struct ip ip)
{
	char text[64], *end = put_nibbles(text, ip.a);

	*end++ = '.';
	return arena_str(a, (struct str){ text, (size_t)(end - text) });
}

struct str
ip_reverse_name(struct arena *a, struct ip ip)
{
	return ip_list_name(a, ip,
	    ip_is_v6(ip) ? STR("ip6.arpa") : STR("in-addr.arpa"));
}
