/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * content - DATA: the bytes of a message up to its dot.
 *
 *	354 -> bytes -> dot      kept: the message is judged
 *	             -> dot      refused: bare CR or LF, NUL, too big
 *	             -> 421      twice the size limit, too slow, too long
 *	             -> end      the client left: nothing is kept
 *
 * Called by: DATA.
 * Always holds:
 * - A message that will be refused is read to its real end, and its bytes
 *   are thrown away (RFC 1870 6.3, catalogue 37). With a bare CR or LF in it
 *   the connection ends behind the reply: whoever smuggles has his next
 *   "commands" waiting (catalogue 1).
 * - Memory does not grow with the sender: the body goes to a memfd or to
 *   disk, the stream holds STREAM_IN bytes.
 *
 * Source: RFC 5321 4.1.1.4, 4.5.2, 4.5.3.2.5 and .6; hardening.md 5.
 */
#include "smtp/session.h"

#define RATE_SPAN (60 * SEC)     /* over which the minimum rate is averaged */

/* Where the reading of one message stands. */
struct intake {
	struct session *s;
	usec_t   end;            /* of all the time it has                  */
	usec_t   span_end;       /* of the span that is being measured      */
	uint64_t span_bytes;     /* stream's count at its start             */
	int      trouble;        /* of the body: the rest is thrown away    */
};

/* --- bytes --------------------------------------------------------------- */

/* Whether there is a use for more of it. */
static bool
is_wanted(const struct intake *in)
{
	const struct data *d = &in->s->tx->data;

	return in->trouble == 0 && !d->has_bare && !d->has_nul &&
	    d->size <= limits_of(in->s)->message;
}

/* Takes what is pending. */
static void
swallow(struct intake *in)
{
	struct session *s = in->s;
	struct data *d = &s->tx->data;
	struct str have = stream_pending(s->stream), keep;
	size_t used = 0;

	while (used < have.len && d->state != DA_END) {
		used += data_next(d, str_from(have, used), &keep);
		if (keep.len > 0 && is_wanted(in))
			in->trouble = body_append(s->tx->body, keep.p,
			    keep.len);
	}
	stream_consume(s->stream, used);
}

/* --- time ---------------------------------------------------------------- */

static void
span_begin(struct intake *in)
{
	in->span_end = now_of(in->s) + RATE_SPAN;
	in->span_bytes = stream_in_bytes(in->s->stream);
}

/* At the end of a span: fast enough for another one? */
static bool
span_was_slow(const struct intake *in)
{
	uint64_t came = stream_in_bytes(in->s->stream) - in->span_bytes;
	uint64_t rate = limits_of(in->s)->data_rate;

	return rate < (uint64_t)SETTING_NONE &&
	    came / (uint64_t)(RATE_SPAN / SEC) < rate;
}

/* Waits for more bytes. Returns 0, OVER after a 421, or what broke. */
static WAITS int
wait_bytes(struct intake *in)
{
	struct session *s = in->s;
	usec_t deadline = in->end < in->span_end ? in->end : in->span_end;
	int rc;

	while ((rc = stream_fill(s->stream, deadline)) == -E_TIMEOUT) {
		if (now_of(s) >= in->end)
			return session_drop(s, RP_TIMEOUT, "data-time");
		if (span_was_slow(in))
			return session_drop(s, RP_SLOW, "data-rate");
		span_begin(in);
		deadline = in->end < in->span_end ? in->end : in->span_end;
	}
	if (rc == 0 && now_of(s) >= in->span_end) {
		if (span_was_slow(in))
			return session_drop(s, RP_SLOW, "data-rate");
		span_begin(in);
	}
	return rc;
}

/* --- the whole ----------------------------------------------------------- */

static WAITS int
read_all(struct intake *in)
{
	struct session *s = in->s;
	const struct data *d = &s->tx->data;
	int rc = 0;

	in->end = now_of(s) + limits_of(s)->data_time;
	span_begin(in);
	for (;;) {
		swallow(in);
		if (d->state == DA_END)
			return 0;
		if (d->size / 2 > limits_of(s)->message) {
			log_abuse(s, "message-size", d->size);
			return session_drop(s, RP_HARD_STOP, "message-size");
		}
		rc = wait_bytes(in);
		if (rc != 0)
			return rc;
	}
}

/* What the bytes alone tell. */
static enum reply_id
wrong_with(const struct intake *in)
{
	const struct data *d = &in->s->tx->data;

	if (d->has_bare)
		return RP_BARE_DATA;
	if (d->has_nul)
		return RP_NUL_DATA;
	if (d->size > limits_of(in->s)->message)
		return RP_TOO_BIG;
	if (in->trouble != 0)
		return in->trouble == -E_FULL ? RP_DISK : RP_LOCAL;
	return RP_NONE;
}

WAITS int
content_refuse(struct session *s, enum reply_id rp)
{
	char number[NUMBER_TEXT];
	int rc;

	rc = session_refuse(s, rp, (struct str){ number,
	    number_print(limits_of(s)->message, number) }, NULL);
	if (rc == 0 && rp == RP_BARE_DATA) {
		log_abuse(s, "line-ends", 1);
		rc = session_last_word(s, (struct str){ 0 });
	}
	transaction_end(s);
	return rc;
}

static WAITS int
no_body(struct session *s, int error)
{
	log_lost(s, "content", error);
	return content_refuse(s, RP_LOCAL);
}

WAITS int
content_receive(struct session *s)
{
	struct intake in = { .s = s };
	enum reply_id rp;
	int rc;

	s->messages++;
	transaction_number(s);
	rc = body_new(s->server->bodies, &s->tx->body);
	if (rc != 0)
		return no_body(s, rc);
	stage_resume(s);
	rc = session_say(s, RP_GO, (struct str){ 0 });
	if (rc == 0)
		rc = stream_flush(s->stream, session_patience(s));
	if (rc == 0)
		rc = read_all(&in);
	if (rc != 0)
		return rc;
	if (in.trouble != 0)
		log_lost(s, "content", in.trouble);
	rp = wrong_with(&in);
	return rp != RP_NONE ? content_refuse(s, rp) : keep_message(s);
}
