/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * content - reads the kept pieces of a body and turns CR LF into LF.
 *
 * Called by maildir.c for each copy.
 *
 * Unix mail stores keep LF. The change loses nothing: every line of a
 * message taken by DATA ends in CR LF (design.md P3), so a reader that writes
 * CR LF for LF has back what was signed.
 *
 * Always holds: block[0..len) is what was given last. A CR at the end of a
 * block is held back until the byte behind it is known, over pieces too, so
 * the result does not depend on where blocks end.
 */
#include "deliver/content.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK (64u << 10)

struct content {
	const struct parcel *parcel;
	size_t   piece;      /* the piece being read                        */
	uint64_t done;       /* bytes of it already read                    */
	uint64_t wire_size;
	char    *block;
	size_t   cap;
	size_t   len;
	bool     holds_cr;
	bool     is_whole;   /* the block holds all of the content          */
	bool     is_given;   /* a whole block was given since the rewind    */
};

size_t
content_unix(struct str s, char *out)
{
	const char *cr, *p = s.p, *end = s.p + s.len;
	size_t n = 0, run;

	while (p < end) {
		cr = memchr(p, '\r', (size_t)(end - p));
		run = (size_t)((cr == NULL ? end : cr) - p);
		memmove(out + n, p, run);
		n += run;
		if (cr == NULL)
			break;
		p = cr + 1;
		if (p == end || *p != '\n')
			out[n++] = '\r';
	}
	return n;
}

int
content_new(const struct parcel *parcel, struct content **out)
{
	struct content *c = calloc(1, sizeof *c);
	size_t i;

	if (c == NULL)
		return -E_NOMEM;
	c->parcel = parcel;
	for (i = 0; i < parcel->piece_count; i++)
		c->wire_size += parcel->pieces[i].size;
	c->cap = c->wire_size < BLOCK ? (size_t)c->wire_size + 1 : BLOCK;
	c->block = malloc(c->cap);
	if (c->block == NULL) {
		free(c);
		return -E_NOMEM;
	}
	*out = c;
	return 0;
}

void
content_free(struct content **cp)
{
	if (*cp == NULL)
		return;
	free((*cp)->block);
	free(*cp);
	*cp = NULL;
}

void
content_rewind(struct content *c)
{
	c->is_given = false;
	if (c->is_whole)
		return;
	c->piece = 0;
	c->done = 0;
	c->holds_cr = false;
}

uint64_t
content_wire_size(const struct content *c)
{
	return c->wire_size;
}

static bool
at_end(const struct content *c)
{
	return c->piece == c->parcel->piece_count;
}

/* One read into the block; goes to the next piece when this one is done. */
static int
read_some(struct content *c)
{
	const struct piece *piece = &c->parcel->pieces[c->piece];
	uint64_t left = piece->size - c->done;
	size_t room = c->cap - c->len;
	ssize_t n = 0;

	if (room > left)
		room = (size_t)left;
	if (left > 0) {
		n = body_read(c->parcel->body, piece->at + c->done,
		    c->block + c->len, room);
		if (n <= 0)
			return -E_IO;
	}
	c->len += (size_t)n;
	c->done += (uint64_t)n;
	if (c->done == piece->size) {
		c->piece++;
		c->done = 0;
	}
	return 0;
}

static int
fill(struct content *c)
{
	bool from_start = c->piece == 0 && c->done == 0;
	int rc = 0;

	c->len = 0;
	if (c->holds_cr)
		c->block[c->len++] = '\r';
	c->holds_cr = false;
	while (rc == 0 && c->len < c->cap && !at_end(c))
		rc = read_some(c);
	if (rc != 0)
		return rc;
	if (!at_end(c) && c->block[c->len - 1] == '\r') {
		c->holds_cr = true;
		c->len--;
	}
	c->len = content_unix((struct str){ c->block, c->len }, c->block);
	c->is_whole = from_start && at_end(c);
	return 0;
}

int
content_next(struct content *c, struct str *block)
{
	bool is_over = c->is_whole && c->is_given;
	int rc = c->is_whole ? 0 : fill(c);

	if (rc != 0)
		return rc;
	c->is_given = true;
	*block = (struct str){ c->block, is_over ? 0 : c->len };
	return 0;
}
