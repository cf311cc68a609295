/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS over memory: both versions, both kinds of key, any segments; deadlines,
 * cancellation, closure; and what an attacker does before, in and after a
 * handshake.
 */
#include "config.h"

#include "run/pipe.h"
#include "run/tls.h"
#include "tests/unit/run_lab.h"
#include "tests/unit/check.h"
#include "tests/unit/tls_lab.h"

/* One end of a connection, driven by a fiber of its own. */
struct side {
	struct lab       *lab;
	struct stream    *stream;
	struct str        name;         /* the client's SNI                 */
	enum tls_version  most;
	usec_t            deadline;
	int               rc;           /* of the handshake; 1: not ended   */
	struct fault      fault;
	struct fiber     *fiber;
};

struct room {
	struct lab        *lab;
	struct arena      *arena;
	struct tls_server *server;
	struct side        ours, theirs;
};

enum kind { ECDSA, RSA, BOTH };

/* RSA keys take long to make: once for all tests. */
static struct arena *pairs_arena;
static struct tls_pair pairs[2];

static int
make_pairs(void **state)
{
	const struct tls_order ecdsa = { .names = "mx.test *.wild.test" };
	const struct tls_order rsa = { .names = "mx.test", .rsa = 2048 };

	(void)state;
	pairs_arena = arena_new(0);
	pairs[ECDSA] = tls_lab_pair(&ecdsa, pairs_arena);
	pairs[RSA] = tls_lab_pair(&rsa, pairs_arena);
	return 0;
}

static int
drop_pairs(void **state)
{
	(void)state;
	arena_free(&pairs_arena);
	return 0;
}

static void
side_init(struct side *side, struct lab *lab, struct stream *stream)
{
	*side = (struct side){ .lab = lab, .stream = stream,
		.deadline = USEC_NEVER, .rc = 1 };
}

static struct tls_server *
server_of(enum kind kind, enum tls_version minimum)
{
	struct tls_server *server = NULL;
	struct fault fault = { "" };

	CHECK(tls_server_new(&pairs[kind == RSA ? RSA : ECDSA],
	    kind == BOTH ? 2 : 1, minimum, &server, &fault) == 0, "%s",
	    fault.text);
	return server;
}

static int
room_open(void **state)
{
	struct room *room = calloc(1, sizeof *room);

	(void)lab_open((void **)&room->lab);
	room->arena = arena_new(0);
	room->server = server_of(BOTH, TLS_1_2);
	pipe_new(room->lab->fibers, &room->lab->a, &room->lab->b);
	side_init(&room->ours, room->lab, room->lab->a);
	side_init(&room->theirs, room->lab, room->lab->b);
	*state = room;
	return 0;
}

static void
streams_renew(struct room *room)
{
	stream_free(&room->ours.stream);
	stream_free(&room->theirs.stream);
	pipe_new(room->lab->fibers, &room->lab->a, &room->lab->b);
	side_init(&room->ours, room->lab, room->lab->a);
	side_init(&room->theirs, room->lab, room->lab->b);
}

static int
room_close(void **state)
{
	struct room *room = *state;

	stream_free(&room->ours.stream);
	stream_free(&room->theirs.stream);
	tls_server_free(&room->server);
	arena_free(&room->arena);
	(void)lab_close((void **)&room->lab);
	free(room);
	return 0;
}

static void
accepts(void *arg)
{
	struct room *room = arg;
	struct side *side = &room->ours;

	side->rc = tls_accept(side->stream, room->server, side->deadline,
	    &side->fault);
}

static void
connects(void *arg)
{
	struct room *room = arg;
	struct side *side = &room->theirs;

	side->rc = tls_connect(side->stream, side->name, side->most,
	    side->deadline, &side->fault);
}

static void
go(struct room *room, const char *name, void (*fn)(void *),
    struct fiber **out)
{
	assert_int_equal(fiber_start(room->lab->fibers, name, fn, room, out),
	    0);
}

static void
shake(struct room *room)
{
	go(room, "accept", accepts, &room->ours.fiber);
	go(room, "connect", connects, &room->theirs.fiber);
	lab_settle(room->lab);
}

static void
must_shake(struct room *room)
{
	shake(room);
	CHECK(room->ours.rc == 0, "ours: %d %s", room->ours.rc,
	    room->ours.fault.text);
	CHECK(room->theirs.rc == 0, "theirs: %d %s", room->theirs.rc,
	    room->theirs.fault.text);
}

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
		{ ECDSA, TLS_1_2, TLS_ANY, SIZE_MAX, PIPE_ROOM, "TLSv1.3",
		  "TLS_" },
		{ RSA, TLS_1_2, TLS_ANY, SIZE_MAX, PIPE_ROOM, "TLSv1.3",
		  "TLS_" },
		{ BOTH, TLS_1_2, TLS_1_2, SIZE_MAX, PIPE_ROOM, "TLSv1.2",
		  "ECDHE-ECDSA-" },
		{ RSA, TLS_1_2, TLS_1_2, SIZE_MAX, PIPE_ROOM, "TLSv1.2",
		  "ECDHE-RSA-" },
		{ BOTH, TLS_1_3, TLS_ANY, SIZE_MAX, PIPE_ROOM, "TLSv1.3",
		  "TLS_" },
		{ BOTH, TLS_ANY, TLS_1_2, SIZE_MAX, PIPE_ROOM, "TLSv1.2",
		  "ECDHE-ECDSA-" },
		{ RSA, TLS_1_0, TLS_1_1, SIZE_MAX, PIPE_ROOM, "TLSv1.1",
		  "ECDHE-RSA-" },
		{ ECDSA, TLS_1_0, TLS_1_0, SIZE_MAX, PIPE_ROOM, "TLSv1",
		  "ECDHE-ECDSA-" },
		{ ECDSA, TLS_1_2, TLS_ANY, 1, 1, "TLSv1.3", "TLS_" },
		{ RSA, TLS_1_2, TLS_1_2, 1, 1, "TLSv1.2", "ECDHE-RSA-" },
		{ RSA, TLS_1_2, TLS_ANY, 7, 100, "TLSv1.3", "TLS_" },
	};
	struct room *room = *state;
	struct tls_facts facts;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		streams_renew(room);
		tls_server_free(&room->server);
		room->server = server_of(rows[i].kind, rows[i].minimum);
		room->theirs.most = rows[i].most;
		pipe_chop(room->ours.stream, rows[i].chop);
		pipe_chop(room->theirs.stream, rows[i].chop);
		pipe_room(room->ours.stream, rows[i].room);
		pipe_room(room->theirs.stream, rows[i].room);
		assert_false(tls_facts_of(room->ours.stream, &facts));
		must_shake(room);
		assert_true(tls_facts_of(room->ours.stream, &facts));
		assert_str(facts.version, rows[i].version);
		CHECK(str_starts(facts.cipher, str_of(rows[i].cipher)),
		    "row %zu: %.*s", i, STR_ARG(facts.cipher));
		assert_true(facts.bits >= 128);
		assert_true(tls_facts_of(room->theirs.stream, &facts));
		assert_str(facts.version, rows[i].version);
	}
}

#define ROOM(f) cmocka_unit_test_setup_teardown(f, room_open, room_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(versions_keys_and_segments),
	};

	return cmocka_run_group_tests_name("run tls", tests, make_pairs,
	    drop_pairs);
}
