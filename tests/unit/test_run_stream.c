/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams over memory: line ends reported as they came, whatever the
 * segments; deadlines, partial writes, end of file, resets.
 */
#include "config.h"

#include <malloc.h>

#include "run/pipe.h"
#include "run/stream.h"
#include "tests/unit/run_lab.h"

static int
pair_open(void **state)
{
	struct lab *lab;

	(void)lab_open(state);
	lab = *state;
	pipe_new(lab->fibers, &lab->a, &lab->b);
	return 0;
}

static int
pair_close(void **state)
{
	struct lab *lab = *state;

	stream_free(&lab->a);
	stream_free(&lab->b);
	return lab_close(state);
}

static const char *
rc_word(int rc)
{
	return rc == 0 ? "ok" : error_word(rc);
}

/* ---- lines ------------------------------------------------------------- */

static const char *const end_words[] = {
	[LINE_CRLF] = "crlf", [LINE_NUL] = "nul", [LINE_BARE] = "bare",
	[LINE_LONG] = "long", [LINE_FLOOD] = "flood",
};

struct transcript {
	char   text[512];
	size_t len;
};

/* One line of a transcript: "crlf:a.;" with CR, LF and NUL made visible. */
static void
record(struct transcript *t, const char *word, struct str line)
{
	size_t i;

	t->len += (size_t)snprintf(t->text + t->len, sizeof t->text - t->len,
	    "%s:", word);
	for (i = 0; i < line.len; i++)
		t->text[t->len++] = line.p[i] == '\r' ? 'R' :
		    line.p[i] == '\n' ? 'N' : line.p[i] == '\0' ? '0' :
		    line.p[i];
	t->text[t->len++] = ';';
	t->text[t->len] = '\0';
}

struct reading {
	struct stream    *from;
	size_t            max, flood;
	struct transcript got;
	usec_t            deadline;
};

static void
reads_lines(void *arg)
{
	struct reading *r = arg;
	enum line_end end;
	struct str line;
	int rc;

	while ((rc = stream_line(r->from, r->max, r->flood, r->deadline,
	    &line, &end)) == 0)
		record(&r->got, end_words[end], line);
	record(&r->got, error_word(rc), stream_pending(r->from));
}

/* The same written down as plainly as possible, over the whole text. */
static void
expect_lines(struct str text, size_t max, size_t flood, struct transcript *t)
{
	struct str line;
	size_t lf, i;
	bool has_cr, is_bare, has_nul;

	while (text.len > 0) {
		lf = str_find(text, '\n');
		if (lf > flood) {
			record(t, "flood", str_sub(text, 0, max));
			text = str_from(text, flood + 1);
			continue;
		}
		if (lf == text.len)
			break;
		has_cr = lf > 0 && text.p[lf - 1] == '\r';
		line = str_sub(text, 0, lf - has_cr);
		text = str_from(text, lf + 1);
		is_bare = !has_cr;
		has_nul = false;
		for (i = 0; i < line.len; i++) {
			is_bare = is_bare || line.p[i] == '\r';
			has_nul = has_nul || line.p[i] == '\0';
		}
		record(t, line.len > max ? "long" : is_bare ? "bare" :
		    has_nul ? "nul" : "crlf", str_sub(line, 0, max));
	}
	/* What is left of an over-long line is its start and its last byte. */
	if (text.len > max + 1) {
		char rest[16];

		memcpy(rest, text.p, max);
		rest[max] = text.p[text.len - 1];
		record(t, "eof", (struct str){ rest, max + 1 });
	} else {
		record(t, "eof", text);
	}
}

/* Sends text in pieces of `piece` bytes, a turn of the driver after each;
 * the reader's reads are cut to `chop` bytes. */
static void
read_in_pieces(struct lab *lab, struct str text, size_t piece, size_t chop,
    struct reading *r)
{
	struct stream *a, *b;
	size_t n;

	pipe_new(lab->fibers, &a, &b);
	pipe_chop(b, chop);
	r->from = b;
	r->got.len = 0;
	assert_int_equal(fiber_start(lab->fibers, "reader", reads_lines, r,
	    NULL), 0);
	while (text.len > 0) {
		n = piece < text.len ? piece : text.len;
		assert_int_equal(stream_say(a, str_sub(text, 0, n)), 0);
		text = str_from(text, n);
		if (text.len > 0)
			lab_settle(lab);
	}
	stream_shut(a);
	lab_run(lab);
	stream_free(&a);
	stream_free(&b);
}

/* catalogue 1, 4-7: every string of up to six of these bytes, in one write,
 * byte by byte and in between, with roomy and with tight limits. */
static void
segments_change_nothing(void **state)
{
	static const char alphabet[] = { '\r', '\n', '\0', 'a', '.' };
	static const struct { size_t max, flood; } limits[] = {
		{ 100, 200 }, { 2, 4 }, { 1, 1 }, { 3, 3 }, { 0, 2 },
	};
	static const struct { size_t piece, chop; } cuts[] = {
		{ 6, 6 }, { 1, 6 }, { 6, 1 }, { 2, 6 }, { 4, 3 },
	};
	struct lab *lab = *state;
	struct transcript want;
	struct reading got = { .deadline = USEC_NEVER };
	unsigned long n, code, count = 1;
	size_t len, i, k, m;
	char text[6];

	for (len = 0; len <= sizeof text; len++, count *= 5)
	for (n = 0; n < count; n++) {
		for (i = 0, code = n; i < len; i++, code /= 5)
			text[i] = alphabet[code % 5];
		m = (size_t)(n % COUNT(limits));
		want.len = 0;
		expect_lines((struct str){ text, len }, limits[m].max,
		    limits[m].flood, &want);
		got.max = limits[m].max;
		got.flood = limits[m].flood;
		for (k = 0; k < COUNT(cuts); k++) {
			read_in_pieces(lab, (struct str){ text, len },
			    cuts[k].piece, cuts[k].chop, &got);
			assert_string_equal(got.got.text, want.text);
		}
	}
}

static void
lines_are_reported_as_they_came(void **state)
{
	static const struct {
		const char *in, *out, *why;
	} rows[] = {
		{ "EHLO a\r\n", "crlf:EHLO a;eof:;", "the one right way" },
		{ "\r\n", "crlf:;eof:;", "an empty line is a line" },
		{ "a\n", "bare:a;eof:;", "LF alone" },
		{ "a\r\r\n", "bare:aR;eof:;", "CR before CRLF is bare" },
		{ "a\rb\r\n", "bare:aRb;eof:;", "CR inside" },
		{ "a\r", "eof:aR;", "CR at the end ends nothing" },
		{ "12345678\r\n", "crlf:12345678;eof:;", "max exactly" },
		{ "123456789\r\n", "long:12345678;eof:;", "one over" },
		{ "12345678\r\r\n", "long:12345678;eof:;", "a CR counts too" },
		{ "1234567890123456\nx\r\n",
		  "long:12345678;crlf:x;eof:;", "flood exactly, LF alone" },
		{ "12345678901234567\nx\r\n",
		  "flood:12345678;bare:;crlf:x;eof:;", "one over the flood" },
	};
	struct lab *lab = *state;
	struct reading r = { .max = 8, .flood = 16, .deadline = USEC_NEVER };
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		read_in_pieces(lab, str_of(rows[i].in), 99, 99, &r);
		if (strcmp(r.got.text, rows[i].out) != 0)
			fail_msg("%s: %s", rows[i].why, r.got.text);
	}
}

/* catalogue 6: a client that never ends its line costs constant memory. */
static void
a_flood_is_discarded_as_it_comes(void **state)
{
	static char block[4096];
	struct lab *lab = *state;
	struct reading r = { .from = lab->b, .max = 10, .flood = 1 << 20,
	    .deadline = USEC_NEVER };
	int i;

	memset(block, 'A', sizeof block);
	assert_int_equal(fiber_start(lab->fibers, "r", reads_lines, &r, NULL),
	    0);
	for (i = 0; i < 256; i++) {
		assert_int_equal(stream_say(lab->a,
		    (struct str){ block, sizeof block }), 0);
		lab_settle(lab);
		assert_true(stream_pending(lab->b).len <= 11);
	}
	assert_int_equal(r.got.len, 0);
	assert_int_equal(stream_say(lab->a, STR("A\r\n")), 0);
	stream_shut(lab->a);
	lab_run(lab);
	assert_string_equal(r.got.text, "flood:AAAAAAAAAA;crlf:;eof:;");
	assert_int_equal(stream_in_bytes(lab->b), (1 << 20) + 3);
}

/* A deadline in the middle of a line that is too long forgets nothing. */
static void
a_late_line_goes_on_where_it_was(void **state)
{
	struct lab *lab = *state;
	struct reading r = { .from = lab->b, .max = 2, .flood = 100 };

	assert_int_equal(stream_say(lab->a, STR("abcdef\r")), 0);
	r.deadline = 2000;
	assert_int_equal(fiber_start(lab->fibers, "r", reads_lines, &r, NULL),
	    0);
	lab_run(lab);
	assert_int_equal(lab->clock, 2000);
	assert_string_equal(r.got.text, "timeout:abR;");
	assert_int_equal(stream_say(lab->a, STR("\ng\r\n")), 0);
	r.got.len = 0;
	r.deadline = 3000;
	assert_int_equal(fiber_start(lab->fibers, "r", reads_lines, &r, NULL),
	    0);
	lab_run(lab);
	assert_string_equal(r.got.text, "long:ab;crlf:g;timeout:;");
}

/* ---- reading without lines --------------------------------------------- */

static void
fills_until_error(void *arg)
{
	struct lab *lab = arg;
	struct str have;

	while ((lab->rc = stream_fill(lab->b, lab->clock + 100)) == 0) {
		have = stream_pending(lab->b);
		note(lab, "fill");
		stream_consume(lab->b, have.len / 2);
	}
	note(lab, rc_word(lab->rc));
}

static void
what_is_not_consumed_stays(void **state)
{
	struct lab *lab = *state;

	start(lab, "f", fills_until_error, NULL);
	assert_int_equal(stream_say(lab->a, STR("abcd")), 0);
	lab_settle(lab);
	assert_true(str_eq(stream_pending(lab->b), STR("cd")));
	assert_int_equal(stream_say(lab->a, STR("efgh")), 0);
	lab_settle(lab);
	assert_true(str_eq(stream_pending(lab->b), STR("fgh")));
	lab_run(lab);
	assert_string_equal(lab->trail, "fill fill timeout");
}

static void
pieces_are_as_small_as_told(void **state)
{
	struct lab *lab = *state;

	pipe_chop(lab->b, 2);
	assert_int_equal(stream_say(lab->a, STR("abc")), 0);
	assert_true(stream_has_bytes(lab->b));
	assert_true(str_eq(stream_pending(lab->b), STR("ab")));
}

static void
fills_to_the_brim(void *arg)
{
	struct lab *lab = arg;

	while ((lab->rc = stream_fill(lab->b, USEC_NEVER)) == 0)
		;
}

static void
reading_ahead_is_bounded(void **state)
{
	static char block[PIPE_ROOM];
	struct lab *lab = *state;

	memset(block, 'x', sizeof block);
	start(lab, "f", fills_to_the_brim, NULL);
	assert_int_equal(stream_say(lab->a,
	    (struct str){ block, sizeof block - 1 }), 0);
	lab_settle(lab);
	assert_int_equal(stream_say(lab->a, STR("yz")), 0);
	lab_run(lab);
	assert_int_equal(lab->rc, -E_TOOBIG);
	assert_int_equal(stream_pending(lab->b).len, STREAM_IN);
	assert_int_equal(stream_pending(lab->b).p[STREAM_IN - 1], 'y');
}

static void
has_bytes_looks_without_waiting(void **state)
{
	struct lab *lab = *state;

	assert_false(stream_has_bytes(lab->b));
	assert_int_equal(stream_say(lab->a, STR("x")), 0);
	assert_true(stream_has_bytes(lab->b));
	assert_true(str_eq(stream_pending(lab->b), STR("x")));
	stream_consume(lab->b, 1);
	assert_false(stream_has_bytes(lab->b));
	stream_shut(lab->a);
	assert_false(stream_has_bytes(lab->b));
}

static void
a_cancel_ends_a_read(void **state)
{
	struct lab *lab = *state;

	start(lab, "f", fills_until_error, &lab->one);
	lab_settle(lab);
	fiber_cancel(lab->one);
	assert_int_equal(stream_say(lab->a, STR("abcd")), 0);
	lab_run(lab);
	assert_string_equal(lab->trail, "canceled");
}

/* ---- before a fiber exists --------------------------------------------- */

static void
hears_bytes(void *arg)
{
	assert_null(fiber_self());
	note(arg, "bytes");
}

static void
bytes_are_told_once_and_on_no_fiber(void **state)
{
	struct lab *lab = *state;

	stream_on_bytes(lab->b, hears_bytes, lab);
	lab_settle(lab);
	assert_string_equal(lab->trail, "");
	assert_int_equal(stream_say(lab->a, STR("x")), 0);
	assert_string_equal(lab->trail, "");
	lab_settle(lab);
	assert_string_equal(lab->trail, "bytes");
	assert_int_equal(stream_say(lab->a, STR("y")), 0);
	lab_settle(lab);
	assert_string_equal(lab->trail, "bytes");
	assert_true(stream_has_bytes(lab->b));
	assert_true(str_eq(stream_pending(lab->b), STR("xy")));
}

static void
says_x(void *arg)
{
	struct lab *lab = arg;

	assert_int_equal(stream_say(lab->a, STR("x")), 0);
	assert_int_equal(fiber_yield(), 0);
}

static void
bytes_from_a_fiber_are_told_on_none(void **state)
{
	struct lab *lab = *state;

	stream_on_bytes(lab->b, hears_bytes, lab);
	start(lab, "w", says_x, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "bytes");
}

static void
bytes_that_are_there_already_are_told_too(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(stream_say(lab->a, STR("x")), 0);
	assert_true(stream_has_bytes(lab->b));
	stream_on_bytes(lab->b, hears_bytes, lab);
	assert_string_equal(lab->trail, "");
	lab_settle(lab);
	assert_string_equal(lab->trail, "bytes");
}

static void
end_of_file_and_reset_are_told_as_bytes(void **state)
{
	struct lab *lab = *state;

	stream_on_bytes(lab->b, hears_bytes, lab);
	stream_shut(lab->a);
	lab_settle(lab);
	assert_string_equal(lab->trail, "bytes");
	assert_false(stream_has_bytes(lab->b));
	stream_on_bytes(lab->b, hears_bytes, lab);
	lab_settle(lab);
	assert_string_equal(lab->trail, "bytes bytes");
}

static void
a_wish_can_be_taken_back(void **state)
{
	struct lab *lab = *state;

	stream_on_bytes(lab->b, hears_bytes, lab);
	assert_int_equal(stream_say(lab->a, STR("x")), 0);
	stream_on_bytes(lab->b, NULL, NULL);
	lab_settle(lab);
	assert_string_equal(lab->trail, "");
	start(lab, "f", fills_until_error, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "fill timeout");
}

/* ---- writing ----------------------------------------------------------- */

struct copying {
	struct lab *lab;
	size_t      total, received;
	uint32_t    sent_sum, received_sum;
	int         rc;
};

static uint32_t
mix(uint32_t sum, unsigned char c)
{
	return (sum ^ c) * 16777619u;
}

static void
copy_sends(void *arg)
{
	struct copying *c = arg;
	char block[700];
	size_t i, n, sent = 0;

	while (c->rc == 0 && sent < c->total) {
		n = 1 + (sent * 7919) % sizeof block;
		for (i = 0; i < n; i++) {
			block[i] = (char)((sent + i) * 31 >> 3);
			c->sent_sum = mix(c->sent_sum,
			    (unsigned char)block[i]);
		}
		c->rc = stream_put(c->lab->a, (struct str){ block, n },
		    USEC_NEVER);
		sent += n;
	}
	if (c->rc == 0)
		c->rc = stream_flush(c->lab->a, USEC_NEVER);
	stream_shut(c->lab->a);
}

static void
copy_receives(void *arg)
{
	struct copying *c = arg;
	struct str have;
	size_t i;

	while (stream_fill(c->lab->b, USEC_NEVER) == 0) {
		have = stream_pending(c->lab->b);
		for (i = 0; i < have.len; i++)
			c->received_sum = mix(c->received_sum,
			    (unsigned char)have.p[i]);
		c->received += have.len;
		stream_consume(c->lab->b, have.len);
	}
}

static void
partial_writes_lose_nothing(void **state)
{
	static const struct { size_t room, chop; } rows[] = {
		{ PIPE_ROOM, SIZE_MAX }, { 1, 1 }, { 100, 7 }, { 8191, 999 },
	};
	struct lab *lab = *state;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		struct copying c = { .lab = lab, .total = 30000 };

		stream_free(&lab->a);
		stream_free(&lab->b);
		pipe_new(lab->fibers, &lab->a, &lab->b);
		pipe_room(lab->b, rows[i].room);
		pipe_chop(lab->b, rows[i].chop);
		assert_int_equal(fiber_start(lab->fibers, "send", copy_sends,
		    &c, NULL), 0);
		assert_int_equal(fiber_start(lab->fibers, "recv",
		    copy_receives, &c, NULL), 0);
		lab_run(lab);
		assert_int_equal(c.rc, 0);
		assert_true(c.received >= c.total);
		assert_int_equal(c.received_sum, c.sent_sum);
	}
}

static void
puts_much(void *arg)
{
	struct lab *lab = arg;
	char block[1000];

	memset(block, 'x', sizeof block);
	do {
		lab->rc = stream_put(lab->a,
		    (struct str){ block, sizeof block }, lab->clock + 100);
	} while (lab->rc == 0);
	note(lab, rc_word(lab->rc));
	note(lab, rc_word(stream_put(lab->a, STR("x"), lab->clock + 100)));
}

static void
a_write_waits_until_its_deadline(void **state)
{
	struct lab *lab = *state;

	start(lab, "w", puts_much, NULL);
	lab_run(lab);
	assert_int_equal(lab->clock, 1200);
	assert_string_equal(lab->trail, "timeout timeout");
}

static void
a_peer_that_leaves_breaks_a_waiting_write(void **state)
{
	struct lab *lab = *state;

	start(lab, "w", puts_much, NULL);
	lab_settle(lab);
	stream_free(&lab->b);
	lab_run(lab);
	assert_string_equal(lab->trail, "reset reset");
}

static void
a_reset_breaks_both_ways(void **state)
{
	struct lab *lab = *state;

	start(lab, "w", puts_much, NULL);
	lab_settle(lab);
	start(lab, "r", fills_until_error, NULL);
	pipe_reset(lab->b);
	lab_run(lab);
	assert_string_equal(lab->trail, "reset reset reset");
}

static void
replies_wait_for_the_flush(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(stream_put(lab->a, STR("250 a\r\n"), 0), 0);
	assert_int_equal(stream_put(lab->a, STR("250 b\r\n"), 0), 0);
	assert_false(stream_has_bytes(lab->b));
	assert_int_equal(stream_flush(lab->a, 0), 0);
	assert_true(stream_has_bytes(lab->b));
	assert_true(str_eq(stream_pending(lab->b),
	    STR("250 a\r\n250 b\r\n")));
}

static void
say_goes_behind_what_was_put(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(stream_put(lab->a, STR("250 a\r\n"), 0), 0);
	assert_int_equal(stream_say(lab->a, STR("421 b\r\n")), 0);
	assert_true(stream_has_bytes(lab->b));
	assert_true(str_eq(stream_pending(lab->b),
	    STR("250 a\r\n421 b\r\n")));
}

static void
say_never_waits(void **state)
{
	struct lab *lab = *state;

	pipe_room(lab->b, 3);
	assert_int_equal(stream_say(lab->a, STR("421 no\r\n")), -E_AGAIN);
	assert_int_equal(stream_say(lab->a, STR("x")), -E_RESET);
	assert_int_equal(stream_put(lab->a, STR("x"), 0), -E_RESET);
	assert_int_equal(stream_flush(lab->a, 0), -E_RESET);
	assert_true(stream_has_bytes(lab->b));
	assert_true(str_eq(stream_pending(lab->b), STR("421")));
}

static void
reads_then_answers(void *arg)
{
	struct lab *lab = arg;

	while ((lab->rc = stream_fill(lab->b, USEC_NEVER)) == 0)
		;
	note(lab, rc_word(lab->rc));
	note(lab, rc_word(stream_put(lab->b, STR("221 bye\r\n"), 0)));
	note(lab, rc_word(stream_flush(lab->b, 0)));
}

/* A client that says all it has, closes its half and reads the answers. */
static void
half_a_close_leaves_the_other_half(void **state)
{
	struct lab *lab = *state;

	start(lab, "server", reads_then_answers, NULL);
	assert_int_equal(stream_say(lab->a, STR("QUIT\r\n")), 0);
	stream_shut(lab->a);
	lab_run(lab);
	assert_string_equal(lab->trail, "eof ok ok");
	assert_true(stream_has_bytes(lab->a));
	assert_true(str_eq(stream_pending(lab->a), STR("221 bye\r\n")));
	assert_int_equal(stream_say(lab->a, STR("x")), -E_RESET);
}

static void
bytes_before_the_end_are_read_before_it(void **state)
{
	struct lab *lab = *state;
	struct reading r = { .from = lab->b, .max = 10, .flood = 99,
	    .deadline = USEC_NEVER };

	assert_int_equal(stream_say(lab->a, STR("a\r\nb\r\nc")), 0);
	stream_free(&lab->a);
	assert_int_equal(fiber_start(lab->fibers, "r", reads_lines, &r, NULL),
	    0);
	lab_run(lab);
	assert_string_equal(r.got.text, "crlf:a;crlf:b;eof:c;");
}

/* ---- over a scripted io ------------------------------------------------- */

struct script {
	const char    *steps;   /* each: a letter to read, '#' bulk of them,
	                           '-' nothing yet, '.' end of file, '!'
	                           reset                                   */
	size_t         bulk;
	struct stream *stream;
	unsigned       reads, wants;
	bool           is_closed;
};

static ssize_t
script_read(void *io, void *p, size_t n)
{
	struct script *s = io;
	char step = *s->steps;

	assert_true(n > 0);
	s->reads++;
	if (step != '\0')
		s->steps++;
	if (step == '-' || step == '\0')
		return -E_AGAIN;
	if (step == '.')
		return 0;
	if (step == '!')
		return -E_RESET;
	if (step == '#') {
		memset(p, 'x', s->bulk);
		return (ssize_t)s->bulk;
	}
	*(char *)p = step;
	return 1;
}

static ssize_t
script_write(void *io, const void *p, size_t n)
{
	(void)io, (void)p;
	return (ssize_t)n;
}

static void
script_want(void *io, bool read, bool write)
{
	struct script *s = io;

	assert_true(read && !write);
	s->wants++;
}

static void
script_close(void *io)
{
	struct script *s = io;

	s->is_closed = true;
}

static const struct stream_ops script_ops = {
	.read = script_read,
	.write = script_write,
	.want = script_want,
	.close = script_close,
};

static void
script_open(struct lab *lab, struct script *s, const char *steps)
{
	memset(s, 0, sizeof *s);
	s->steps = steps;
	s->stream = lab->b = stream_new(lab->fibers, &script_ops, s);
	lab->more = s;
}

static void
readiness_may_be_wrong(void **state)
{
	struct lab *lab = *state;
	struct script s;

	script_open(lab, &s, "-a-");
	start(lab, "f", fills_until_error, NULL);
	lab_settle(lab);
	assert_int_equal(s.reads, 0);           /* waits before it reads    */
	assert_int_equal(s.wants, 1);
	stream_ready(s.stream, true, false);
	lab_settle(lab);
	assert_string_equal(lab->trail, "");
	assert_int_equal(s.wants, 2);
	stream_ready(s.stream, true, false);
	lab_settle(lab);
	assert_string_equal(lab->trail, "fill");
	assert_int_equal(s.reads, 2);
	assert_int_equal(s.wants, 3);
	lab_run(lab);
	stream_free(&lab->b);
	assert_true(s.is_closed);
}

static void
an_end_is_not_read_again(void **state)
{
	struct lab *lab = *state;
	struct script s;

	script_open(lab, &s, ".a");
	assert_false(stream_has_bytes(s.stream));
	assert_false(stream_has_bytes(s.stream));
	start(lab, "f", fills_until_error, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "eof");
	assert_int_equal(s.reads, 1);
	stream_free(&lab->b);
}

static void
a_look_uses_up_the_readiness(void **state)
{
	struct lab *lab = *state;
	struct script s;

	script_open(lab, &s, "a!");
	stream_ready(s.stream, true, false);
	assert_true(stream_has_bytes(s.stream));
	stream_consume(s.stream, 1);
	start(lab, "f", fills_until_error, NULL);
	lab_settle(lab);
	assert_int_equal(s.reads, 1);           /* waits to be told again   */
	stream_ready(s.stream, true, false);
	lab_run(lab);
	assert_string_equal(lab->trail, "reset");
	stream_free(&lab->b);
}

static void
is_ready_three_times(void *arg)
{
	struct lab *lab = arg;
	struct script *s = lab->more;
	int i;

	for (i = 0; i < 3; i++)
		stream_ready(s->stream, true, false);
	note(lab, "ready");
	assert_int_equal(fiber_yield(), 0);
	stream_ready(s->stream, true, false);
}

static void
readiness_from_a_fiber_is_told_once_on_none(void **state)
{
	struct lab *lab = *state;
	struct script s;

	script_open(lab, &s, "");
	stream_on_bytes(s.stream, hears_bytes, lab);
	start(lab, "r", is_ready_three_times, NULL);
	lab_run(lab);
	assert_string_equal(lab->trail, "ready bytes");
	stream_free(&lab->b);
}

/* It came before the wish, and nobody has read since. */
static void
readiness_before_the_wish_is_told(void **state)
{
	struct lab *lab = *state;
	struct script s;

	script_open(lab, &s, "");
	stream_ready(s.stream, true, false);
	stream_on_bytes(s.stream, hears_bytes, lab);
	assert_string_equal(lab->trail, "");
	lab_run(lab);
	assert_string_equal(lab->trail, "bytes");
	assert_int_equal(s.wants, 0);
	stream_ready(s.stream, true, false);
	lab_run(lab);
	assert_string_equal(lab->trail, "bytes");
	stream_free(&lab->b);
}

/* ---- memory ------------------------------------------------------------ */

/* Whoever was to be told is gone; nothing of it is touched (sanitizers). */
static void
a_freed_stream_tells_nobody(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(stream_say(lab->a, STR("x")), 0);
	assert_true(stream_has_bytes(lab->b));
	stream_on_bytes(lab->b, hears_bytes, lab);
	stream_free(&lab->b);
	stream_free(&lab->a);
	lab_run(lab);
	pipe_new(lab->fibers, &lab->a, &lab->b);
	stream_on_bytes(lab->b, hears_bytes, lab);
	assert_int_equal(stream_say(lab->a, STR("x")), 0);
	stream_free(&lab->b);
	stream_free(&lab->a);
	lab_run(lab);
	assert_string_equal(lab->trail, "");
}

#if defined SANITIZED || defined __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#define HEAP_NOISE 0

static size_t
heap_bytes(void)
{
	return __sanitizer_get_current_allocated_bytes();
}
#else
#define HEAP_NOISE 2048 /* freed small blocks that malloc keeps at hand     */

static size_t
heap_bytes(void)
{
	return mallinfo2().uordblks;
}
#endif

static void
takes_all(void *arg)
{
	struct lab *lab = arg;

	while (stream_fill(lab->b, USEC_NEVER) == 0)
		stream_consume(lab->b, stream_pending(lab->b).len);
}

/* What an idle session holds does not depend on what it once read. */
static void
an_idle_stream_holds_no_buffer(void **state)
{
	static const size_t sizes[] = { 1, 10, 300, 60000, STREAM_IN };
	struct lab *lab = *state;
	struct script s;
	size_t i, before;

	script_open(lab, &s, "x#####.");
	start(lab, "t", takes_all, NULL);
	lab_settle(lab);
	stream_ready(s.stream, true, false);
	lab_settle(lab);        /* what is made once, is made now           */
	before = heap_bytes();
	for (i = 0; i < COUNT(sizes); i++) {
		s.bulk = sizes[i];
		stream_ready(s.stream, true, false);
		lab_settle(lab);
		assert_true(heap_bytes() <= before + HEAP_NOISE);
	}
	assert_int_equal(stream_in_bytes(s.stream), 125848);
	stream_ready(s.stream, true, false);
	lab_run(lab);
	stream_free(&lab->b);
}

#define PAIR(f) cmocka_unit_test_setup_teardown(f, pair_open, pair_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(segments_change_nothing),
		CASE(lines_are_reported_as_they_came),
		PAIR(a_flood_is_discarded_as_it_comes),
		PAIR(a_late_line_goes_on_where_it_was),
		PAIR(what_is_not_consumed_stays),
		PAIR(reading_ahead_is_bounded),
		PAIR(has_bytes_looks_without_waiting),
		PAIR(a_cancel_ends_a_read),
		PAIR(bytes_are_told_once_and_on_no_fiber),
		PAIR(bytes_from_a_fiber_are_told_on_none),
		PAIR(bytes_that_are_there_already_are_told_too),
		PAIR(end_of_file_and_reset_are_told_as_bytes),
		PAIR(a_wish_can_be_taken_back),
		PAIR(partial_writes_lose_nothing),
		PAIR(a_write_waits_until_its_deadline),
		PAIR(a_peer_that_leaves_breaks_a_waiting_write),
		PAIR(a_reset_breaks_both_ways),
		PAIR(replies_wait_for_the_flush),
		PAIR(say_goes_behind_what_was_put),
		PAIR(say_never_waits),
		PAIR(half_a_close_leaves_the_other_half),
		PAIR(bytes_before_the_end_are_read_before_it),
		PAIR(pieces_are_as_small_as_told),
		CASE(readiness_may_be_wrong),
		CASE(an_end_is_not_read_again),
		CASE(a_look_uses_up_the_readiness),
		CASE(readiness_from_a_fiber_is_told_once_on_none),
		CASE(readiness_before_the_wish_is_told),
		PAIR(a_freed_stream_tells_nobody),
		CASE(an_idle_stream_holds_no_buffer),
	};

	return cmocka_run_group_tests_name("run stream", tests, NULL, NULL);
}
