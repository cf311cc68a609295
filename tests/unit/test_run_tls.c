/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS over memory: both versions, both kinds of key, any segments; deadlines,
 * cancellation, closure; and what an attacker does before, in and after a
 * handshake.
 */
#include "config.h"

#include "tests/unit/tls_lab.h"

/* ---- handshakes -------------------------------------------------------- */

static void
versions_keys_and_segments(void **state)
{
	static const struct {
		enum kind kind;
		enum tls_version minimum, most;
		size_t chop, room;
		const char *version, *cipher;
	} rows[] = {
		{ ONLY_ECDSA, TLS_1_2, TLS_ANY, SIZE_MAX, PIPE_ROOM, "TLSv1.3",
		  "TLS_" },
		{ ONLY_RSA, TLS_1_2, TLS_ANY, SIZE_MAX, PIPE_ROOM, "TLSv1.3",
		  "TLS_" },
		{ BOTH, TLS_1_2, TLS_1_2, SIZE_MAX, PIPE_ROOM, "TLSv1.2",
		  "ECDHE-ECDSA-" },
		{ ONLY_RSA, TLS_1_2, TLS_1_2, SIZE_MAX, PIPE_ROOM, "TLSv1.2",
		  "ECDHE-RSA-" },
		{ BOTH, TLS_1_3, TLS_ANY, SIZE_MAX, PIPE_ROOM, "TLSv1.3",
		  "TLS_" },
		{ BOTH, TLS_ANY, TLS_1_2, SIZE_MAX, PIPE_ROOM, "TLSv1.2",
		  "ECDHE-ECDSA-" },
		{ ONLY_RSA, TLS_1_0, TLS_1_1, SIZE_MAX, PIPE_ROOM, "TLSv1.1",
		  "ECDHE-RSA-" },
		{ ONLY_ECDSA, TLS_1_0, TLS_1_0, SIZE_MAX, PIPE_ROOM, "TLSv1",
		  "ECDHE-ECDSA-" },
		{ ONLY_ECDSA, TLS_1_2, TLS_ANY, 1, 1, "TLSv1.3", "TLS_" },
		{ ONLY_RSA, TLS_1_2, TLS_1_2, 1, 1, "TLSv1.2", "ECDHE-RSA-" },
		{ ONLY_RSA, TLS_1_2, TLS_ANY, 7, 100, "TLSv1.3", "TLS_" },
	};
	struct room *room = *state;
	struct tls_facts facts;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		room_renew(room);
		tls_server_free(&room->server);
		room->server = room_server(rows[i].kind, rows[i].minimum);
		room->theirs.most = rows[i].most;
		pipe_chop(room->ours.stream, rows[i].chop);
		pipe_chop(room->theirs.stream, rows[i].chop);
		pipe_room(room->ours.stream, rows[i].room);
		pipe_room(room->theirs.stream, rows[i].room);
		assert_false(tls_facts_of(room->ours.stream, &facts));
		room_must_shake(room);
		assert_true(tls_facts_of(room->ours.stream, &facts));
		assert_str(facts.version, rows[i].version);
		CHECK(str_starts(facts.cipher, str_of(rows[i].cipher)),
		    "row %zu: %.*s", i, STR_ARG(facts.cipher));
		assert_true(facts.bits >= 128);
		assert_true(tls_facts_of(room->theirs.stream, &facts));
		assert_str(facts.version, rows[i].version);
	}
}

/* A renewed certificate drops nobody; not even who is about to shake. */
static void
a_server_lives_as_long_as_its_streams(void **state)
{
	struct room *room = *state;
	struct tls_facts facts;

	room->theirs.name = STR("Mx.Test");
	room_accept(room);
	lab_settle(room->lab);
	tls_server_free(&room->server);
	assert_null(room->server);
	room_connect(room);
	lab_settle(room->lab);
	assert_int_equal(room->ours.rc, 0);
	room_collect(room);
	assert_int_equal(stream_say(room->theirs.stream, STR("QUIT\r\n")), 0);
	lab_settle(room->lab);
	assert_str(buf_str(&room->ours.got), "QUIT\r\n");
	assert_true(tls_facts_of(room->ours.stream, &facts));
	assert_str(facts.name, "mx.test");
	stream_shut(room->theirs.stream);
	lab_settle(room->lab);
	assert_int_equal(room->ours.read_rc, -E_EOF);
}

/* catalogue 64: what was sent in clear is never used, and nothing of ours
 * that was to go out in clear gets lost in TLS. */
static void
pending_bytes_are_refused(void **state)
{
	struct room *room = *state;
	struct tls_facts facts;

	assert_int_equal(stream_say(room->theirs.stream, STR("RSET\r\n")), 0);
	assert_true(stream_has_bytes(room->ours.stream));
	room_accept(room);
	lab_settle(room->lab);
	assert_int_equal(room->ours.rc, -E_DENIED);
	assert_false(tls_facts_of(room->ours.stream, &facts));
	assert_str(stream_pending(room->ours.stream), "RSET\r\n");
	assert_int_equal(stream_put(room->ours.stream, STR("220 go\r\n"), 0),
	    0);
	stream_consume(room->ours.stream, 6);
	room->ours.rc = 1;
	room_accept(room);
	lab_settle(room->lab);
	assert_int_equal(room->ours.rc, -E_DENIED);
	assert_int_equal(stream_flush(room->ours.stream, 0), 0);
	assert_true(stream_has_bytes(room->theirs.stream));
	stream_consume(room->theirs.stream, 8);
	room_must_shake(room);
}

/* ---- bytes ------------------------------------------------------------- */

struct flow {
	struct room   *room;
	struct stream *from, *to;
	size_t         total, received;
	uint32_t       sent_sum, received_sum;
	int            rc;
};

static uint32_t
mix(uint32_t sum, unsigned char c)
{
	return (sum ^ c) * 16777619u;
}

static void
flow_sends(void *arg)
{
	struct flow *f = arg;
	char block[700];
	size_t i, n, sent = 0;

	while (f->rc == 0 && sent < f->total) {
		n = 1 + (sent * 7919) % sizeof block;
		for (i = 0; i < n; i++) {
			block[i] = (char)((sent + i) * 31 >> 3);
			f->sent_sum = mix(f->sent_sum,
			    (unsigned char)block[i]);
		}
		f->rc = stream_put(f->from, (struct str){ block, n },
		    USEC_NEVER);
		sent += n;
	}
	if (f->rc == 0)
		f->rc = stream_flush(f->from, USEC_NEVER);
	stream_shut(f->from);
}

static void
flow_receives(void *arg)
{
	struct flow *f = arg;
	struct str have;
	size_t i;

	while (stream_fill(f->to, USEC_NEVER) == 0) {
		have = stream_pending(f->to);
		for (i = 0; i < have.len; i++)
			f->received_sum = mix(f->received_sum,
			    (unsigned char)have.p[i]);
		f->received += have.len;
		stream_consume(f->to, have.len);
	}
}

static void
flow_start(struct flow *f)
{
	struct fibers *fibers = f->room->lab->fibers;

	assert_int_equal(fiber_start(fibers, "send", flow_sends, f, NULL), 0);
	assert_int_equal(fiber_start(fibers, "receive", flow_receives, f,
	    NULL), 0);
}

/* At the same time in both directions, by four fibers. */
static void
much_goes_both_ways_and_none_is_lost(void **state)
{
	static const struct {
		enum tls_version most;
		size_t total, room, chop;
	} rows[] = {
		{ TLS_ANY, 1 << 20, PIPE_ROOM, SIZE_MAX },
		{ TLS_1_2, 1 << 20, 3000, 1000 },
		{ TLS_ANY, 1 << 20, 999, SIZE_MAX },
		{ TLS_ANY, 20000, 1, 1 },
		{ TLS_1_2, 20000, 100, 7 },
	};
	struct room *room = *state;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		room_renew(room);
		room->theirs.most = rows[i].most;
		pipe_room(room->ours.stream, rows[i].room);
		pipe_room(room->theirs.stream, rows[i].room);
		pipe_chop(room->ours.stream, rows[i].chop);
		pipe_chop(room->theirs.stream, rows[i].chop);
		room_must_shake(room);
		struct flow in = { .room = room, .from = room->theirs.stream,
			.to = room->ours.stream, .total = rows[i].total };
		struct flow out = { .room = room, .from = room->ours.stream,
			.to = room->theirs.stream, .total = rows[i].total };
		flow_start(&in);
		flow_start(&out);
		lab_run(room->lab);
		assert_int_equal(lab_live(room->lab), 0);
		assert_int_equal(in.rc, 0);
		assert_int_equal(out.rc, 0);
		assert_true(in.received >= in.total);
		assert_int_equal(in.received_sum, in.sent_sum);
		assert_true(out.received >= out.total);
		assert_int_equal(out.received_sum, out.sent_sum);
	}
}

static void
fills_to_the_brim(void *arg)
{
	struct room *room = arg;

	while ((room->ours.read_rc = stream_fill(room->ours.stream,
	    room->lab->clock + 100)) == 0)
		;
}

/* Fills ours to the brim, so that a part of a record stays in OpenSSL, where
 * no socket is readable for it. */
static void
leave_a_rest_in_openssl(struct room *room)
{
	static char block[STREAM_IN + 8192];

	memset(block, 'x', sizeof block);
	room_must_shake(room);
	pipe_room(room->ours.stream, PIPE_ROOM);
	room_go(room, "fill", fills_to_the_brim, NULL);
	assert_int_equal(stream_say(room->theirs.stream,
	    (struct str){ block, 100 }), 0);
	lab_settle(room->lab);
	assert_int_equal(stream_say(room->theirs.stream,
	    (struct str){ block, STREAM_IN - 8192 }), 0);
	lab_settle(room->lab);
	assert_int_equal(stream_say(room->theirs.stream,
	    (struct str){ block, 16000 }), 0);
	lab_settle(room->lab);
	assert_int_equal(room->ours.read_rc, -E_TOOBIG);
	assert_int_equal(stream_pending(room->ours.stream).len, STREAM_IN);
	stream_consume(room->ours.stream, STREAM_IN);
}

static void
a_rest_of_a_record_wakes_the_reader(void **state)
{
	struct room *room = *state;

	leave_a_rest_in_openssl(room);
	room_collect(room);
	lab_settle(room->lab);
	assert_int_equal(room->ours.got.len, 100 + 16000 - 8192);
	assert_int_equal(room->ours.read_rc, 1);
	stream_shut(room->theirs.stream);
	lab_settle(room->lab);
}

static void
hears_bytes(void *arg)
{
	assert_null(fiber_self());
	note(arg, "bytes");
}

static void
a_rest_of_a_record_is_told_on_no_fiber(void **state)
{
	struct room *room = *state;

	leave_a_rest_in_openssl(room);
	stream_on_bytes(room->ours.stream, hears_bytes, room->lab);
	assert_string_equal(room->lab->trail, "");
	lab_settle(room->lab);
	assert_string_equal(room->lab->trail, "bytes");
	assert_true(stream_has_bytes(room->ours.stream));
}

static void
bytes_are_told_before_there_is_a_fiber(void **state)
{
	struct room *room = *state;

	room_must_shake(room);
	stream_on_bytes(room->ours.stream, hears_bytes, room->lab);
	lab_settle(room->lab);
	assert_string_equal(room->lab->trail, "");
	assert_false(stream_has_bytes(room->ours.stream));
	assert_int_equal(stream_say(room->theirs.stream, STR("x")), 0);
	lab_settle(room->lab);
	assert_string_equal(room->lab->trail, "bytes");
	assert_true(stream_has_bytes(room->ours.stream));
	assert_str(stream_pending(room->ours.stream), "x");
}

static void
puts_much(void *arg)
{
	struct room *room = arg;
	char block[1000];
	int rc;

	memset(block, 'x', sizeof block);
	do {
		rc = stream_put(room->ours.stream,
		    (struct str){ block, sizeof block },
		    room->lab->clock + 100);
	} while (rc == 0);
	note(room->lab, error_word(rc));
}

/* What a deadline cut off in a record goes out later, whole. */
static void
a_write_goes_on_behind_its_deadline(void **state)
{
	struct room *room = *state;
	struct str have;
	size_t got = 0, i;

	room_must_shake(room);
	pipe_room(room->theirs.stream, 20000);
	room_go(room, "put", puts_much, NULL);
	lab_run(room->lab);
	assert_string_equal(room->lab->trail, "timeout");
	assert_int_equal(stream_say(room->ours.stream, STR("y")), -E_AGAIN);
	assert_int_equal(stream_put(room->ours.stream, STR("z"), 0),
	    -E_RESET);
	while (stream_has_bytes(room->theirs.stream)) {
		have = stream_pending(room->theirs.stream);
		for (i = 0; i < have.len; i++)
			assert_int_equal(have.p[i], 'x');
		got += have.len;
		stream_consume(room->theirs.stream, have.len);
		lab_settle(room->lab);
	}
	assert_true(got >= 2 * STREAM_OUT);
}

/* ---- ends -------------------------------------------------------------- */

static void
reads_then_answers(void *arg)
{
	struct room *room = arg;
	struct stream *s = room->ours.stream;

	while (stream_fill(s, USEC_NEVER) == 0)
		stream_consume(s, stream_pending(s).len);
	note(room->lab, "eof");
	assert_int_equal(stream_put(s, STR("221 bye\r\n"), 0), 0);
	assert_int_equal(stream_flush(s, 0), 0);
	note(room->lab, "answered");
}

static void
half_a_close_leaves_the_other_half(void **state)
{
	static const enum tls_version most[] = { TLS_1_2, TLS_1_3 };
	struct room *room = *state;
	size_t i;

	for (i = 0; i < COUNT(most); i++) {
		room_renew(room);
		room->lab->trail[0] = '\0';
		room->theirs.most = most[i];
		room_must_shake(room);
		room_go(room, "answer", reads_then_answers, NULL);
		assert_int_equal(stream_say(room->theirs.stream,
		    STR("QUIT\r\n")), 0);
		stream_shut(room->theirs.stream);
		lab_settle(room->lab);
		assert_string_equal(room->lab->trail, "eof answered");
		assert_true(stream_has_bytes(room->theirs.stream));
		assert_str(stream_pending(room->theirs.stream),
		    "221 bye\r\n");
		assert_int_equal(stream_say(room->theirs.stream, STR("x")),
		    -E_RESET);
	}
}

/* stream_free says close_notify: the other end reads an end, no break. */
static void
a_free_closes_in_order(void **state)
{
	struct room *room = *state;

	room_must_shake(room);
	room_collect(room);
	assert_int_equal(stream_say(room->theirs.stream, STR("x")), 0);
	stream_free(&room->theirs.stream);
	lab_settle(room->lab);
	assert_str(buf_str(&room->ours.got), "x");
	assert_int_equal(room->ours.read_rc, -E_EOF);
}

static void
a_reset_is_told_as_one(void **state)
{
	struct room *room = *state;

	room_must_shake(room);
	room_collect(room);
	lab_settle(room->lab);
	pipe_reset(room->theirs.stream);
	lab_settle(room->lab);
	assert_int_equal(room->ours.read_rc, -E_RESET);
	assert_int_equal(stream_say(room->ours.stream, STR("x")), -E_RESET);
}

/* ---- handshakes that do not end ----------------------------------------- */

static void
gives_up(struct room *room, int rc)
{
	assert_int_equal(room->ours.rc, rc);
	assert_true(strlen(room->ours.fault.text) > 0);
	assert_int_equal(stream_say(room->ours.stream, STR("x")), -E_RESET);
	assert_false(stream_has_bytes(room->ours.stream));
}

/* catalogue 67 */
static void
a_silent_client_meets_the_deadline(void **state)
{
	struct room *room = *state;

	room->ours.deadline = room->lab->clock + 60 * SEC;
	room_accept(room);
	lab_run(room->lab);
	assert_int_equal(room->lab->clock, 1000 + 60 * SEC);
	gives_up(room, -E_TIMEOUT);
}

static void
trickles(void *arg)
{
	struct room *room = arg;
	int i;

	for (i = 0; i < 200; i++) {
		(void)stream_say(room->theirs.stream, i == 0 ?
		    STR("\x16\x03\x01\x02\x00\x01\x00\x01\xfc") : STR("\x03"));
		assert_int_equal(fiber_sleep(room->lab->clock + SEC), 0);
	}
}

/* catalogue 67: a byte a second is no way to hold on. */
static void
a_trickling_client_meets_the_deadline(void **state)
{
	struct room *room = *state;

	room->ours.deadline = room->lab->clock + 60 * SEC;
	room_accept(room);
	room_go(room, "trickle", trickles, NULL);
	lab_run_until(room->lab, 1000 + 60 * SEC);
	gives_up(room, -E_TIMEOUT);
	lab_run(room->lab);
}

static void
a_cancel_ends_a_handshake(void **state)
{
	struct room *room = *state;

	room_accept(room);
	lab_settle(room->lab);
	fiber_cancel(room->ours.fiber);
	lab_run(room->lab);
	gives_up(room, -E_CANCELED);
}

static void
a_client_that_leaves_is_told_as_such(void **state)
{
	struct room *room = *state;

	room_accept(room);
	lab_settle(room->lab);
	stream_free(&room->theirs.stream);
	lab_run(room->lab);
	gives_up(room, -E_EOF);
	room_renew(room);
	room_accept(room);
	lab_settle(room->lab);
	pipe_reset(room->theirs.stream);
	lab_run(room->lab);
	gives_up(room, -E_RESET);
}

static void
no_client_asks_for_what_is_no_name(void **state)
{
	static char longest[256];
	struct room *room = *state;

	memset(longest, 'm', sizeof longest);
	room->theirs.name = (struct str){ longest, sizeof longest };
	room_connect(room);
	lab_settle(room->lab);
	assert_int_equal(room->theirs.rc, -E_INVALID);
	room->theirs.name = STR("mx.test\0.evil");
	room->theirs.rc = 1;
	room_connect(room);
	lab_settle(room->lab);
	assert_int_equal(room->theirs.rc, -E_INVALID);
	room->theirs.name = STR("");
	room_must_shake(room);
}

static void
a_client_that_is_too_old_is_told_why(void **state)
{
	struct room *room = *state;

	room->theirs.most = TLS_1_1;
	room_shake(room);
	gives_up(room, -E_INVALID);
	assert_string_equal(room->ours.fault.text, "unsupported protocol");
	assert_int_equal(room->theirs.rc, -E_INVALID);
	assert_string_equal(room->theirs.fault.text,
	    "tlsv1 alert protocol version");
}

/* A handshake fits in a tenth of a fiber's stack, whatever the key. */
static void
a_handshake_needs_little_stack(void **state)
{
	struct room *room = *state;
	struct fiber_census census;

	fibers_sample(room->lab->fibers, 1);
	tls_server_free(&room->server);
	room->server = room_server(ONLY_RSA, TLS_1_2);
	room_must_shake(room);
	lab_run(room->lab);
	fibers_census(room->lab->fibers, &census);
	print_message("# deepest: %zu bytes, %s\n", census.deepest,
	    census.deepest_name);
#if !defined SANITIZED && !defined __SANITIZE_ADDRESS__
	assert_true(census.deepest <= 28 * 1024);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(versions_keys_and_segments),
		ROOM(a_server_lives_as_long_as_its_streams),
		ROOM(pending_bytes_are_refused),
		ROOM(much_goes_both_ways_and_none_is_lost),
		ROOM(a_rest_of_a_record_wakes_the_reader),
		ROOM(a_rest_of_a_record_is_told_on_no_fiber),
		ROOM(bytes_are_told_before_there_is_a_fiber),
		ROOM(a_write_goes_on_behind_its_deadline),
		ROOM(half_a_close_leaves_the_other_half),
		ROOM(a_free_closes_in_order),
		ROOM(a_reset_is_told_as_one),
		ROOM(a_silent_client_meets_the_deadline),
		ROOM(a_trickling_client_meets_the_deadline),
		ROOM(a_cancel_ends_a_handshake),
		ROOM(a_client_that_leaves_is_told_as_such),
		ROOM(no_client_asks_for_what_is_no_name),
		ROOM(a_client_that_is_too_old_is_told_why),
		ROOM(a_handshake_needs_little_stack),
	};

	return cmocka_run_group_tests_name("run tls", tests, room_make_pairs,
	    room_drop_pairs);
}
