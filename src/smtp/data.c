/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * data - dot-unstuffing, the end of a message, and line ends that are none.
 *
 * Called by: smtp/content.c; the fuzzer and a unit test drive it alone.
 *
 * States, "from -> to: byte":
 *
 *	START  at the first byte of a line (and of the message)
 *	       -> DOT: "."   -> CR: CR   -> TEXT: else
 *	DOT    after a dot there, which is left out in any case
 *	       -> DOT_CR: CR   -> TEXT: else
 *	DOT_CR after dot and CR; the CR is held back
 *	       -> END: LF   -> CR, TEXT: else, with the CR given first
 *	TEXT   inside a line   -> CR: CR   -> TEXT: else
 *	CR     after a CR that was kept
 *	       -> START: LF   -> CR: CR   -> TEXT: else
 *	END    of the message
 *
 * Always holds: a CR that no LF follows and an LF that follows no CR are
 * kept and noted (has_bare); they start no line, so that a dot behind them
 * is a byte like others and can neither end a message nor be taken away
 * (catalogue 1, 2, 36).
 *
 * Source: RFC 5321 2.3.8, 4.1.1.4, 4.5.2.
 */
#include <string.h>

#include "smtp/data.h"

#define WINDOW 256  /* bytes searched at a time: a search that fails must not
                       cost a whole buffer for each odd byte in it          */

/* Bytes that need no closer look: up to a CR or LF, or the window's end. */
static size_t
text_length(struct data *d, struct str in)
{
	const char *end;
	size_t n = in.len < WINDOW ? in.len : WINDOW;

	if (n > 0 && (end = memchr(in.p, '\n', n)) != NULL)
		n = (size_t)(end - in.p);
	if (n > 0 && (end = memchr(in.p, '\r', n)) != NULL)
		n = (size_t)(end - in.p);
	if (n > 0 && !d->has_nul && memchr(in.p, '\0', n) != NULL)
		d->has_nul = true;
	return n;
}

/* The state behind a byte that is kept, in START, DOT (dot left out
 * already), TEXT and CR. */
static enum data_state
after(struct data *d, char c)
{
	bool was_cr = d->state == DA_CR;

	if (c == '\n') {
		if (was_cr)
			return DA_START;
		d->has_bare = true;
		return DA_TEXT;
	}
	if (was_cr)
		d->has_bare = true;
	if (c == '\0')
		d->has_nul = true;
	return c == '\r' ? DA_CR : DA_TEXT;
}

/* The states in which a byte may be left out or held back. Returns the
 * bytes taken; 0 when the byte is to be kept like others. */
static size_t
special(struct data *d, char c, struct str *keep)
{
	if (d->state == DA_START && c == '.') {
		d->state = DA_DOT;
		return 1;
	}
	if (d->state == DA_DOT && c == '\r') {
		d->state = DA_DOT_CR;
		return 1;
	}
	if (d->state == DA_DOT_CR && c == '\n') {
		d->state = DA_END;
		return 1;
	}
	if (d->state == DA_DOT_CR) {
		*keep = STR("\r");
		d->state = DA_CR;
		d->size++;
	}
	return 0;
}

size_t
data_next(struct data *d, struct str in, struct str *keep)
{
	size_t n = 0;

	*keep = (struct str){ 0 };
	if (in.len == 0 || d->state == DA_END)
		return 0;
	n = special(d, in.p[0], keep);
	if (n > 0 || keep->len > 0)
		return n;
	do {
		d->state = after(d, in.p[n++]);
		if (d->state == DA_TEXT)
			n += text_length(d, str_from(in, n));
	} while (n < in.len &&
	    (d->state == DA_TEXT || d->state == DA_CR ||
	    (d->state == DA_START && in.p[n] != '.')));
	*keep = str_sub(in, 0, n);
	d->size += n;
	return n;
}
