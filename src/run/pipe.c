/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pipe - two ends, each with an inbox that the other one fills.
 *
 * Called by: sim/ (its clients) and unit tests.
 * Always holds: readiness is told from a timer of this very moment, never
 * from inside the other end's call; so a reader runs neither deeper on the
 * stack nor earlier than it would behind a socket.
 *
 * KNOWN GAPS: an end that is freed with bytes unread in its inbox closes in
 * order; a kernel would send a reset.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "run/pipe.h"

struct end {
	struct pipe   *pipe;
	struct end    *other;
	struct stream *stream;      /* NULL when freed                      */
	struct buf     inbox;       /* bytes on the way to us               */
	size_t         chop, room;
	bool           has_eof;     /* no more will come                    */
	bool           wants_read, wants_write;
	struct timer   now;
};

struct pipe {
	struct fibers *fibers;
	bool           is_reset;
	struct end     end[2];
};

static bool
can_read(const struct end *e)
{
	return e->inbox.len > 0 || e->has_eof || e->pipe->is_reset;
}

static bool
can_write(const struct end *e)
{
	return e->other->inbox.len < e->other->room || e->pipe->is_reset;
}

/* After each change of what e could do. An end that is freed has an empty
 * inbox; the write that it lets on is then told so. */
static void
poke(struct end *e)
{
	if ((e->wants_read && can_read(e)) || (e->wants_write && can_write(e)))
		timer_set(e->pipe->fibers, &e->now, 0);
}

static void
tell_ready(struct timer *t)
{
	struct end *e = CONTAINER(t, struct end, now);
	bool read = e->wants_read && can_read(e);
	bool write = e->wants_write && can_write(e);

	e->wants_read = e->wants_read && !read;
	e->wants_write = e->wants_write && !write;
	stream_ready(e->stream, read, write);
}

static ssize_t
end_read(void *io, void *p, size_t n)
{
	struct end *e = io;

	if (e->pipe->is_reset)
		return -E_RESET;
	if (e->inbox.len == 0)
		return e->has_eof ? 0 : -E_AGAIN;
	if (n > e->inbox.len)
		n = e->inbox.len;
	if (n > e->chop)
		n = e->chop;
	memcpy(p, e->inbox.p, n);
	buf_cut(&e->inbox, n);
	poke(e->other);
	return (ssize_t)n;
}

static ssize_t
end_write(void *io, const void *p, size_t n)
{
	struct end *e = io, *to = e->other;

	if (e->pipe->is_reset || to->stream == NULL)
		return -E_RESET;
	if (!can_write(e))
		return -E_AGAIN;
	if (n > to->room - to->inbox.len)
		n = to->room - to->inbox.len;
	must(buf_add(&to->inbox, p, n) == 0);
	poke(to);
	return (ssize_t)n;
}

static void
end_want(void *io, bool read, bool write)
{
	struct end *e = io;

	e->wants_read = e->wants_read || read;
	e->wants_write = e->wants_write || write;
	poke(e);
}

static void
end_shut(void *io)
{
	struct end *e = io;

	e->other->has_eof = true;
	poke(e->other);
}

static void
end_close(void *io)
{
	struct end *e = io;
	struct pipe *pipe = e->pipe;

	timer_stop(pipe->fibers, &e->now);
	buf_free(&e->inbox);
	e->stream = NULL;
	e->wants_read = e->wants_write = false;
	if (e->other->stream == NULL)
		free(pipe);
	else
		end_shut(e);
}

static const struct stream_ops end_ops = {
	.read = end_read,
	.write = end_write,
	.want = end_want,
	.shut = end_shut,
	.close = end_close,
};

static struct stream *
end_init(struct pipe *pipe, struct end *e, struct end *other)
{
	e->pipe = pipe;
	e->other = other;
	e->chop = SIZE_MAX;
	e->room = PIPE_ROOM;
	e->now.fire = tell_ready;
	e->stream = stream_new(pipe->fibers, &end_ops, e);
	must(e->stream != NULL);
	return e->stream;
}

void
pipe_new(struct fibers *fibers, struct stream **a, struct stream **b)
{
	struct pipe *pipe = calloc(1, sizeof *pipe);

	must(pipe != NULL);
	pipe->fibers = fibers;
	*a = end_init(pipe, &pipe->end[0], &pipe->end[1]);
	*b = end_init(pipe, &pipe->end[1], &pipe->end[0]);
}

static struct end *
end_of(struct stream *s)
{
	struct end *e = stream_io(s, &end_ops);

	must(e != NULL);
	return e;
}

void
pipe_chop(struct stream *s, size_t n)
{
	must(n > 0);
	end_of(s)->chop = n;
}

void
pipe_room(struct stream *s, size_t n)
{
	must(n > 0 && n <= PIPE_ROOM);
	end_of(s)->room = n;
}

void
pipe_reset(struct stream *s)
{
	struct end *e = end_of(s);

	e->pipe->is_reset = true;
	poke(e);
	if (e->other->stream != NULL)
		poke(e->other);
}
