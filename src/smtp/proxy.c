/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * proxy - who is the client, says the proxy?
 *
 * Version 1, one line of at most 107 bytes:
 *
 *	header = "PROXY" SP ( "TCP4" / "TCP6" ) SP ip SP ip SP port SP port
 *	         CR LF
 *	       / "PROXY UNKNOWN" *any CR LF
 *
 * Version 2, 16 bytes and what their length says:
 *
 *	0..11   0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
 *	12      version (2) << 4 | command: 0 LOCAL, 1 PROXY
 *	13      family << 4 | protocol: 11 TCP over IPv4, 21 over IPv6, ...
 *	14..15  length of what follows: addresses, then TLVs
 *
 * Called by: smtp/door.c and session.c, with what has come so far.
 * Always holds: nothing behind the header is looked at; a header in an
 * unexpected form is an error, never a guess (catalogue 34). TLVs must fill
 * their place exactly; what they say is not read.
 *
 * KNOWN GAPS: the CRC-32C TLV is not verified.
 */
#include <string.h>

#include "smtp/proxy.h"

static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

/* Whether a and b agree as far as both reach. */
static bool
agrees(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;

	return n == 0 || memcmp(a.p, b.p, n) == 0;
}

int
proxy_begins(struct str bytes)
{
	const struct str v1 = STR("PROXY ");
	const struct str v2 = { signature, sizeof signature };

	if (str_starts(bytes, v1) || str_starts(bytes, v2))
		return 0;
	return agrees(bytes, v1) || agrees(bytes, v2) ? -E_AGAIN :
	    -E_INVALID;
}

/* --- version 1 ----------------------------------------------------------- */

static int
read_port(struct str text, unsigned *port)
{
	uint64_t n;

	if (text.len > 1 && text.p[0] == '0')
		return -E_INVALID;
	if (str_number(text, 65535, &n) != 0)
		return -E_INVALID;
	*port = (unsigned)n;
	return 0;
}

static int
read_client(struct str line, bool is_v6, struct proxy *out)
{
	struct str source = str_split(&line, ' ');
	struct str dest = str_split(&line, ' ');
	struct str source_port = str_split(&line, ' ');
	unsigned unused;
	struct ip us;

	/* The colon is in each IPv6 text and in no IPv4 text. */
	if ((str_find(source, ':') < source.len) != is_v6 ||
	    (str_find(dest, ':') < dest.len) != is_v6)
		return -E_INVALID;
	if (ip_parse(source, &out->ip) != 0 || ip_parse(dest, &us) != 0 ||
	    read_port(source_port, &out->port) != 0 ||
	    read_port(line, &unused) != 0)
		return -E_INVALID;
	out->has_client = true;
	return 0;
}

static int
parse_v1(struct str bytes, struct proxy *out, size_t *used)
{
	struct str line = str_sub(bytes, 0, PROXY_V1_MAX);
	size_t end = str_find(line, '\n');

	if (end == line.len)
		return bytes.len < PROXY_V1_MAX ? -E_AGAIN : -E_INVALID;
	if (line.p[end - 1] != '\r')
		return -E_INVALID;
	*used = end + 1;
	line = str_sub(line, 0, end - 1);
	if (memchr(line.p, '\r', line.len) != NULL)
		return -E_INVALID;
	line = str_from(line, strlen("PROXY "));
	if (str_eq(line, STR("UNKNOWN")) || str_starts(line, STR("UNKNOWN ")))
		return 0;
	if (str_starts(line, STR("TCP4 ")))
		return read_client(str_from(line, 5), false, out);
	if (str_starts(line, STR("TCP6 ")))
		return read_client(str_from(line, 5), true, out);
	return -E_INVALID;
}

/* --- version 2 ----------------------------------------------------------- */

static size_t
two_bytes(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* type, length (2), value: they must fill the rest exactly. */
static bool
tlvs_fill(const uint8_t *p, size_t n)
{
	size_t size;

	while (n > 0) {
		if (n < 3)
			return false;
		size = 3 + two_bytes(p + 1);
		if (size > n)
			return false;
		p += size;
		n -= size;
	}
	return true;
}

/* What byte 13 says, and the bytes that its addresses take. */
static const struct family {
	uint8_t code;
	size_t  size;
	bool    has_client;
} families[] = {
	{ 0x00, 0, false },     /* unspecified: the rest is not ours to read */
	{ 0x11, 12, true },     /* TCP over IPv4                            */
	{ 0x21, 36, true },     /* TCP over IPv6                            */
	{ 0x31, 216, false },   /* UNIX stream                              */
};

static int
read_addresses(const struct family *f, const uint8_t *p, size_t n,
    struct proxy *out)
{
	if (n < f->size)
		return -E_INVALID;
	if (f->code != 0 && !tlvs_fill(p + f->size, n - f->size))
		return -E_INVALID;
	if (!f->has_client)
		return 0;
	if (f->size == 12)
		out->ip = ip_v4(p[0], p[1], p[2], p[3]);
	else
		memcpy(out->ip.a, p, sizeof out->ip.a);
	out->port = (unsigned)two_bytes(p + f->size - 4);
	out->has_client = true;
	return 0;
}

static int
parse_v2(struct str bytes, struct proxy *out, size_t *used)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t i, n;

	if (bytes.len < 16)
		return -E_AGAIN;
	n = two_bytes(p + 14);
	if (p[12] >> 4 != 2 || (p[12] & 15) > 1 || n > PROXY_V2_MAX)
		return -E_INVALID;
	if (bytes.len < 16 + n)
		return -E_AGAIN;
	*used = 16 + n;
	if ((p[12] & 15) == 0)
		return 0;
	for (i = 0; i < COUNT(families); i++)
		if (families[i].code == p[13])
			return read_addresses(&families[i], p + 16, n, out);
	return -E_INVALID;
}

int
proxy_parse(struct str bytes, struct proxy *out, size_t *used)
{
	const struct str v2 = { signature, sizeof signature };
	struct proxy got = { .has_client = false };
	size_t n = 0;
	int rc;

	if (agrees(bytes, STR("PROXY ")))
		rc = bytes.len < 6 ? -E_AGAIN : parse_v1(bytes, &got, &n);
	else if (agrees(bytes, v2))
		rc = parse_v2(bytes, &got, &n);
	else
		rc = -E_INVALID;
	if (rc != 0)
		return rc;
	*out = got;
	*used = n;
	return 0;
}
