/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stream: bytes both ways with deadlines, over a socket, over memory, over
 * TLS; whoever reads cannot tell.
 *
 * Line ends are reported as they came; nothing is repaired, and how the
 * bytes were cut into segments changes nothing. The read buffer is there
 * only while bytes are in it, so that an idle stream costs its struct.
 * Writes collect up to STREAM_OUT bytes and go out at a flush.
 *
 * One fiber may read and another write; two may not do the same.
 */
#ifndef RUN_STREAM_H
#define RUN_STREAM_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/str.h"
#include "run/fiber.h"

#define STREAM_OUT 8192   /* bytes of replies that wait at most           */
#define STREAM_IN  65536  /* bytes read ahead at most                     */

struct stream;

/*
 * What lies below. read and write never wait: a count, 0 for end of file
 * (read), -E_AGAIN, -E_RESET. want asks for one call of stream_ready when
 * reading or writing may go on, also when that is so already, but never from
 * inside want. shut says end of file to the peer; it may be NULL. ready, for
 * a layer that was put in between, turns what went on below into what may go
 * on above; NULL: the same.
 */
struct stream_ops {
	ssize_t (*read)(void *io, void *p, size_t n);
	ssize_t (*write)(void *io, const void *p, size_t n);
	void    (*want)(void *io, bool read, bool write);
	void    (*shut)(void *io);
	void    (*close)(void *io);
	void    (*ready)(void *io, bool *read, bool *write);
};

/* NULL when there is no memory; io is then still the caller's. */
struct stream *stream_new(struct fibers *, const struct stream_ops *,
    void *io);

/* Closes and frees. Nobody may be waiting on it. */
void stream_free(struct stream **);

/* From below: reading or writing may go on. May come unasked. */
void stream_ready(struct stream *, bool read, bool write);

/* What it stands on, if those are its ops, or were before stream_wrap; else
 * NULL. */
void *stream_io(const struct stream *, const struct stream_ops *);

/*
 * Puts a layer between the stream and what it stands on: its ops are called
 * from now on, and it calls those below; its close closes below too. Once
 * in the life of a stream.
 * In: nobody waits on it.
 * Returns 0; -E_DENIED, and nothing has changed, when bytes are pending in
 * either direction; the error of a stream that has ended.
 */
int stream_wrap(struct stream *, const struct stream_ops *, void *io,
    const struct stream_ops **below, void **below_io);

/* For a layer. The wait is the reader's, or the writer's; it may end without
 * reason. Returns 0, -E_TIMEOUT, -E_CANCELED. */
struct fibers *stream_fibers(const struct stream *);
WAITS int stream_wait(struct stream *, bool write, usec_t deadline);

/* Calls fn once, outside of any fiber and never from inside this call, when
 * bytes, end of file or an error are there to be read: a session needs no
 * stack before that. Over a layer the bytes may turn out to be its own. fn
 * NULL takes the wish back. */
void stream_on_bytes(struct stream *, void (*fn)(void *), void *arg);

/* Reads without waiting whether something is there already. Costs a system
 * call when nothing is; stream_pending does not. */
bool stream_has_bytes(struct stream *);

enum line_end {
	LINE_CRLF,   /* ended by CR LF, and no other CR, LF or NUL in it    */
	LINE_NUL,    /* the same but for a NUL in it                        */
	LINE_BARE,   /* ended by LF alone, or a bare CR is in it            */
	LINE_LONG,   /* longer than max; its first max bytes are given, the
	                rest was discarded to the next LF                   */
	LINE_FLOOD   /* more than `flood` bytes without LF: hopeless        */
};

/*
 * One line, without its end.
 * In: max bytes before the line's end; flood bytes, not less than max,
 * after which LINE_FLOOD. Each later word of enum line_end hides the earlier
 * ones.
 * Owner: *line is the stream's, until its next read.
 * Returns 0, -E_EOF, -E_RESET, -E_TIMEOUT, -E_CANCELED, -E_NOMEM. Bytes of a
 * line that has no end yet stay pending.
 * Waits until the deadline.
 */
WAITS int stream_line(struct stream *, size_t max, size_t flood,
    usec_t deadline, struct str *line, enum line_end *end);

/* What is buffered; empty when nothing is. Consume what was used. Borrowed
 * until the next read. */
struct str stream_pending(const struct stream *);
void stream_consume(struct stream *, size_t n);

/* Reads at least one more byte into the buffer. Errors as stream_line, and
 * -E_TOOBIG when STREAM_IN bytes are pending. */
WAITS int stream_fill(struct stream *, usec_t deadline);

/* Appends to what goes out; flushes by itself when STREAM_OUT is reached.
 * Returns 0, -E_RESET, -E_TIMEOUT, -E_CANCELED, -E_NOMEM. */
WAITS int stream_put(struct stream *, struct str, usec_t deadline);
WAITS int stream_flush(struct stream *, usec_t deadline);

/* Writes at once what fits, behind what was put, without waiting; the rest
 * is dropped, the call says -E_AGAIN and writing is over. For a greeting and
 * a last word. */
int stream_say(struct stream *, struct str);

/* Says end of file to the peer behind what was flushed; reading goes on. */
void stream_shut(struct stream *);

uint64_t stream_in_bytes(const struct stream *);

#endif
