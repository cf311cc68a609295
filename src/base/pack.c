/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pack - numbers and texts as bytes.
 *
 * Called by: whoever sends something to another process of ours, or keeps a
 * record.
 * Always holds: a reader's rest lies in what it was given; once bad, it is
 * empty.
 */
#include "base/pack.h"

#include "base/error.h"

static int
pack_number(struct buf *b, uint64_t value, unsigned bytes)
{
	char out[8];
	unsigned i;

	for (i = 0; i < bytes; i++)
		out[i] = (char)(unsigned char)(value >> (8 * i));
	return buf_add(b, out, bytes);
}

int
pack_u32(struct buf *b, uint32_t value)
{
	return pack_number(b, value, 4);
}

int
pack_u64(struct buf *b, uint64_t value)
{
	return pack_number(b, value, 8);
}

int
pack_str(struct buf *b, struct str s)
{
	int rc;

	if (s.len > UINT32_MAX)
		return -E_TOOBIG;
	rc = pack_u32(b, (uint32_t)s.len);
	return rc != 0 ? rc : buf_add_str(b, s);
}

static void
spoil(struct unpack *u)
{
	u->bad = true;
	u->rest = str_from(u->rest, u->rest.len);
}

static struct str
unpack_bytes(struct unpack *u, size_t n)
{
	struct str s;

	if (n > u->rest.len) {
		spoil(u);
		return (struct str){ "", 0 };
	}
	s = str_sub(u->rest, 0, n);
	u->rest = str_from(u->rest, n);
	return s;
}

static uint64_t
unpack_number(struct unpack *u, unsigned bytes)
{
	struct str s = unpack_bytes(u, bytes);
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		value |= (uint64_t)(unsigned char)s.p[i] << (8 * i);
	return value;
}

uint32_t
unpack_u32(struct unpack *u)
{
	return (uint32_t)unpack_number(u, 4);
}

uint64_t
unpack_u64(struct unpack *u)
{
	return unpack_number(u, 8);
}

struct str
unpack_str(struct unpack *u)
{
	return unpack_bytes(u, unpack_u32(u));
}

size_t
unpack_count(struct unpack *u, size_t each, size_t max)
{
	size_t n = unpack_u32(u);

	must(each > 0);
	if (n <= max && n <= u->rest.len / each)
		return n;
	spoil(u);
	return 0;
}

bool
unpack_end(const struct unpack *u)
{
	return !u->bad && u->rest.len == 0;
}
