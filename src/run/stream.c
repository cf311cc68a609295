/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream - buffered bytes and honest lines over anything that can read and
 * write without waiting.
 *
 * Called by: the dialogue, which reads lines and writes replies; run/loop.c
 * and run/pipe.c are what lies below, run/tls.c what may come in between.
 *
 * Always holds:
 * - in holds [0, start) used up, but perhaps still borrowed as a line, and
 *   [start, len) pending. Before each wait it shrinks to what is pending; at
 *   the cost of one copy an idle stream holds no buffer at all.
 * - One read, then a wait for more: also a sender that is always ahead gives
 *   the other sessions their turn after each STREAM_IN bytes.
 * - in_error and out_error are final: what failed once is not tried again.
 *   Bytes that came before the error are read before it is told. The two
 *   directions fail apart, so that a client which closed its half still
 *   reads our replies.
 * - While skipped > 0, the pending bytes are the first max of a line that is
 *   too long, then the last one seen: whether CR stood before the LF is then
 *   known however the segments fell.
 *
 * Source: RFC 5321 2.3.8 (CR and LF only as CRLF), 4.1.1.4. Catalogue 1, 4-7.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "run/stream.h"

#define STREAM_MAGIC 0x7374726du

struct stream {
	uint32_t      magic;
	int           in_error;     /* 0 while reading goes on              */
	int           out_error;
	struct fibers *fibers;
	const struct stream_ops *ops;
	void         *io;
	const struct stream_ops *first_ops; /* below a layer; NULL: none    */
	void         *first_io;
	struct buf    in;
	size_t        start;
	size_t        skipped;      /* bytes of a long line thrown away     */
	struct buf    out;          /* empty: nothing waits to go out       */
	struct bell   readable;     /* rung: a read may give something      */
	struct bell   writable;
	void        (*on_bytes)(void *);
	void         *on_arg;
	struct timer  later;        /* calls on_bytes from no fiber         */
	uint64_t      total;        /* bytes ever read                      */
};

/* Calls on_bytes, once. The stream may be gone afterwards. */
static void
tell(struct timer *t)
{
	struct stream *s = CONTAINER(t, struct stream, later);
	void (*fn)(void *) = s->on_bytes;

	timer_stop(s->fibers, t);
	s->on_bytes = NULL;
	if (fn != NULL)
		fn(s->on_arg);
}

struct stream *
stream_new(struct fibers *fibers, const struct stream_ops *ops, void *io)
{
	struct stream *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->magic = STREAM_MAGIC;
	s->fibers = fibers;
	s->ops = ops;
	s->io = io;
	s->in = BUF_INIT(STREAM_IN);
	s->out = BUF_INIT(STREAM_OUT);
	s->later.fire = tell;
	return s;
}

void
stream_free(struct stream **sp)
{
	struct stream *s = *sp;

	if (s == NULL)
		return;
	must(s->magic == STREAM_MAGIC);
	must(s->readable.waiter == NULL && s->writable.waiter == NULL);
	timer_stop(s->fibers, &s->later);
	s->ops->close(s->io);
	buf_free(&s->in);
	buf_free(&s->out);
	s->magic = 0;
	free(s);
	*sp = NULL;
}

void *
stream_io(const struct stream *s, const struct stream_ops *ops)
{
	if (s->ops == ops)
		return s->io;
	return s->first_ops == ops ? s->first_io : NULL;
}

int
stream_wrap(struct stream *s, const struct stream_ops *ops, void *io,
    const struct stream_ops **below, void **below_io)
{
	must(s->magic == STREAM_MAGIC && s->first_ops == NULL);
	must(s->readable.waiter == NULL && s->writable.waiter == NULL);
	if (s->in_error != 0 || s->out_error != 0)
		return s->in_error != 0 ? s->in_error : s->out_error;
	if (s->in.len > s->start || s->out.len > 0)
		return -E_DENIED;
	*below = s->first_ops = s->ops;
	*below_io = s->first_io = s->io;
	s->ops = ops;
	s->io = io;
	return 0;
}

struct fibers *
stream_fibers(const struct stream *s)
{
	return s->fibers;
}

void
stream_ready(struct stream *s, bool read, bool write)
{
	must(s->magic == STREAM_MAGIC);
	if (s->ops->ready != NULL)
		s->ops->ready(s->io, &read, &write);
	if (write)
		bell_ring(&s->writable);
	if (!read)
		return;
	bell_ring(&s->readable);
	if (s->on_bytes == NULL)
		return;
	if (fiber_self() != NULL)
		timer_set(s->fibers, &s->later, 0);
	else
		tell(&s->later);
}

WAITS int
stream_wait(struct stream *s, bool write, usec_t deadline)
{
	struct bell *bell = write ? &s->writable : &s->readable;

	if (!bell->is_rung)
		s->ops->want(s->io, !write, write);
	return bell_wait(bell, deadline);
}

/* ------------------------------------------------------------------------
 * Reading.
 */

struct str
stream_pending(const struct stream *s)
{
	if (s->in.len == s->start)
		return (struct str){ NULL, 0 };
	return (struct str){ s->in.p + s->start, s->in.len - s->start };
}

void
stream_consume(struct stream *s, size_t n)
{
	must(n <= s->in.len - s->start);
	s->start += n;
}

#define SLACK 256       /* spare bytes of a buffer that are not worth a copy */

/* Keeps little more than what is pending: a client that sends 64 KiB and
 * half a line behind it must not hold 64 KiB of ours while it thinks. */
static int
shrink(struct stream *s)
{
	struct str pending = stream_pending(s);
	struct buf kept = BUF_INIT(s->in.max);

	if (s->start == 0 && s->in.cap <= 2 * pending.len + SLACK)
		return 0;
	if (buf_add_str(&kept, pending) != 0)
		return -E_NOMEM;
	buf_free(&s->in);
	s->in = kept;
	s->start = 0;
	return 0;
}

/* One read, without waiting. Returns 0 when bytes came, -E_AGAIN, or what
 * ended reading, now or before. */
static int
pull(struct stream *s)
{
	char *scratch = fibers_scratch(s->fibers);
	size_t room = STREAM_IN - (s->in.len - s->start);
	ssize_t n;

	must(room <= FIBERS_SCRATCH);
	if (s->in_error != 0)
		return s->in_error;
	if (room == 0)
		return -E_TOOBIG;
	s->readable.is_rung = false;
	n = s->ops->read(s->io, scratch, room);
	if (n == -E_AGAIN)
		return -E_AGAIN;
	if (n <= 0)
		s->in_error = n == 0 ? -E_EOF : (int)n;
	else if (shrink(s) != 0 || buf_add(&s->in, scratch, (size_t)n) != 0)
		s->in_error = -E_NOMEM; /* a gap in the bytes: it is over   */
	else
		s->total += (size_t)n;
	return s->in_error;
}

WAITS int
stream_fill(struct stream *s, usec_t deadline)
{
	int rc;

	must(s->magic == STREAM_MAGIC);
	if (s->in_error != 0)
		return s->in_error;
	rc = shrink(s);
	if (rc != 0)
		return rc;
	do {
		rc = stream_wait(s, false, deadline);
		if (rc == 0)
			rc = pull(s);
	} while (rc == -E_AGAIN);
	return rc;
}

bool
stream_has_bytes(struct stream *s)
{
	return stream_pending(s).len > 0 || pull(s) == 0;
}

void
stream_on_bytes(struct stream *s, void (*fn)(void *), void *arg)
{
	s->on_bytes = fn;
	s->on_arg = arg;
	if (fn == NULL)
		timer_stop(s->fibers, &s->later);
	else if (stream_pending(s).len > 0 || s->in_error != 0 ||
	    s->readable.is_rung)
		timer_set(s->fibers, &s->later, 0);
	else
		s->ops->want(s->io, true, false);
}

uint64_t
stream_in_bytes(const struct stream *s)
{
	return s->total;
}

/* ------------------------------------------------------------------------
 * Lines.
 */

static enum line_end
classify(struct str line, bool has_cr)
{
	if (!has_cr || str_find(line, '\r') < line.len)
		return LINE_BARE;
	return str_find(line, '\0') < line.len ? LINE_NUL : LINE_CRLF;
}

/* Of a line that is too long already: throws away what lies behind its first
 * max bytes, all but the last byte. */
static void
skip(struct stream *s, size_t max)
{
	struct str have = stream_pending(s);
	size_t gone;

	if (have.len <= max + 1)
		return;
	gone = have.len - max - 1;
	s->in.p[s->start + max] = have.p[have.len - 1];
	s->in.len -= gone;
	s->skipped += gone;
}

/* Hands a line out and the bytes up to its end. */
static void
finish(struct stream *s, size_t used, struct str given, struct str *line)
{
	*line = given;
	stream_consume(s, used);
	s->skipped = 0;
}

/* Tries to make a line of what is pending; false: more bytes are needed. */
static bool
take_line(struct stream *s, size_t max, size_t flood, struct str *line,
    enum line_end *end)
{
	struct str have = stream_pending(s);
	size_t lf = str_find(have, '\n'), length;
	bool has_cr;

	if (lf + s->skipped > flood) {
		*end = LINE_FLOOD;
		finish(s, flood + 1 - s->skipped, str_sub(have, 0, max), line);
		return true;
	}
	if (lf == have.len) {
		skip(s, max);
		return false;
	}
	has_cr = lf > 0 && have.p[lf - 1] == '\r';
	length = lf - has_cr;
	if (length + s->skipped > max) {
		*end = LINE_LONG;
		finish(s, lf + 1, str_sub(have, 0, max), line);
		return true;
	}
	*end = classify(str_sub(have, 0, length), has_cr);
	finish(s, lf + 1, str_sub(have, 0, length), line);
	return true;
}

WAITS int
stream_line(struct stream *s, size_t max, size_t flood, usec_t deadline,
    struct str *line, enum line_end *end)
{
	int rc;

	must(max + 2 <= STREAM_IN && max <= flood);
	while (!take_line(s, max, flood, line, end)) {
		rc = stream_fill(s, deadline);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* ------------------------------------------------------------------------
 * Writing.
 */

/* Writing is over; what waited is dropped. */
static int
break_out(struct stream *s, int error)
{
	s->out_error = -E_RESET;
	buf_free(&s->out);
	return error;
}

/* Writes what is put, without waiting. Returns 0 when all is gone, -E_AGAIN
 * when a part is left, -E_RESET. */
static int
push(struct stream *s)
{
	ssize_t n;

	while (s->out.len > 0) {
		n = s->ops->write(s->io, s->out.p, s->out.len);
		if (n == -E_AGAIN)
			return -E_AGAIN;
		if (n < 0)
			return break_out(s, -E_RESET);
		buf_cut(&s->out, (size_t)n);
	}
	buf_free(&s->out);
	return 0;
}

WAITS int
stream_flush(struct stream *s, usec_t deadline)
{
	int rc;

	must(s->magic == STREAM_MAGIC);
	if (s->out_error != 0)
		return s->out_error;
	while ((rc = push(s)) == -E_AGAIN) {
		rc = stream_wait(s, true, deadline);
		if (rc != 0)
			break;
	}
	return rc;
}

WAITS int
stream_put(struct stream *s, struct str text, usec_t deadline)
{
	size_t n;
	int rc;

	while (s->out_error == 0 && text.len > 0) {
		n = STREAM_OUT - s->out.len;
		if (n > text.len)
			n = text.len;
		rc = buf_add(&s->out, text.p, n);
		if (rc != 0)
			return rc;
		text = str_from(text, n);
		if (s->out.len < STREAM_OUT)
			break;
		rc = stream_flush(s, deadline);
		if (rc != 0)
			return rc;
	}
	return s->out_error;
}

/* The common case, nothing waits, needs no buffer. */
int
stream_say(struct stream *s, struct str text)
{
	ssize_t n;
	int rc = s->out_error != 0 ? s->out_error : push(s);

	while (rc == 0 && text.len > 0) {
		n = s->ops->write(s->io, text.p, text.len);
		if (n < 0)
			rc = (int)n;
		else
			text = str_from(text, (size_t)n);
	}
	return rc == 0 || s->out_error != 0 ? rc : break_out(s, rc);
}

void
stream_shut(struct stream *s)
{
	if (s->ops->shut != NULL && s->out_error == 0)
		s->ops->shut(s->io);
	(void)break_out(s, 0);
}
