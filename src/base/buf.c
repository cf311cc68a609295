/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buf: bytes that grow up to a cap.
 *
 * Called by: everybody.
 * Always holds: len <= cap; len <= max unless max is 0; p is NULL if and only
 * if cap is 0. cap may be over max by the one byte that a final NUL of
 * buf_addf needs.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define FIRST 64        /* bytes of the first allocation */

/* Makes room for n bytes that count towards the cap and `extra` that do not.
 * Returns 0, -E_TOOBIG, -E_NOMEM. */
static int
reserve(struct buf *b, size_t n, size_t extra)
{
	size_t need, cap = b->cap == 0 ? FIRST : b->cap;
	char *p;

	if (b->max != 0 && n > b->max - b->len)
		return -E_TOOBIG;
	if (__builtin_add_overflow(b->len, n, &need) ||
	    __builtin_add_overflow(need, extra, &need))
		return -E_TOOBIG;
	if (need <= b->cap)
		return 0;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (b->max != 0 && cap > b->max)
		cap = need > b->max ? need : b->max;
	p = realloc(b->p, cap);
	if (p == NULL)
		return -E_NOMEM;
	b->p = p;
	b->cap = cap;
	return 0;
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	int rc;

	if (n == 0)
		return 0;
	rc = reserve(b, n, 0);
	if (rc != 0)
		return rc;
	memcpy(b->p + b->len, p, n);
	b->len += n;
	return 0;
}

int
buf_add_str(struct buf *b, struct str s)
{
	return buf_add(b, s.p, s.len);
}

int
buf_add_byte(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n, rc;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -E_INVALID;
	if (n == 0)
		return 0;
	rc = reserve(b, (size_t)n, 1);
	if (rc != 0)
		return rc;
	va_start(ap, fmt);
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

char *
buf_room(struct buf *b, size_t n)
{
	/* One byte at least, so that the answer is never NULL for room 0. */
	if (reserve(b, n, n == 0) != 0)
		return NULL;
	return b->p + b->len;
}

void
buf_cut(struct buf *b, size_t n)
{
	must(n <= b->len);
	if (n == 0)
		return;
	b->len -= n;
	if (b->len > 0)
		memmove(b->p, b->p + n, b->len);
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->len };
}

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = BUF_INIT(b->max);
}
