/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of all sessions: at once outside of transactions, gently because
 * of a reload, or everywhere (catalogue 126, 127).
 */
#include "tests/unit/session_lab.h"

static void
drain(void *arg)
{
	struct lab *lab = arg;

	server_drain(&lab->server, world_now(lab->world) + 60 * SEC);
	lab->decisions = 1000;
}

static void
start_drain(struct lab *lab)
{
	assert_int_equal(fiber_start(lab->world->fibers, "drain", drain, lab,
	    NULL), 0);
}

static void
test_drain(void **state)
{
	struct stream *mute, *end;
	struct lab lab;
	struct str got;

	(void)state;
	lab_open(&lab, NULL);
	pipe_new(lab.world->fibers, &mute, &end);
	(void)session_open(&lab.server, end, ip_v4(192, 0, 2, 9), 1,
	    &lab.listen);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	lab_begin(&lab, "a@b.test", "bob@here.test");
	start_drain(&lab);
	lab_expect(lab_say(&lab, STR("DATA\r\n")), "354 *",
	    "who has a transaction may go on");
	assert_int_equal(lab.server.open, 1);
	assert_true(stream_has_bytes(mute));
	lab_expect(stream_pending(mute), "220 *421 4.3.2 mx.here.test is "
	    "closing, please try again\r\n", "who has none may not");
	got = lab_say(&lab, STR("x: y\r\n\r\n.\r\n"));
	lab_expect(got, "250 2.0.0 kept *421 4.3.2 *", "then it ends");
	(void)lab_wait(&lab, 3 * SEC);
	assert_int_equal(lab.server.open, 0);
	assert_int_equal(lab.decisions, 1000);
	(void)lab_connect(&lab, "192.0.2.1");
	lab_expect(lab_wait(&lab, 0), "421 *", "nobody else comes in");
	stream_free(&mute);
	lab_close(&lab);
}

static void
leave(void *arg)
{
	struct lab *lab = arg;

	server_leave(&lab->server, world_now(lab->world) + 300 * SEC);
	server_drain(&lab->server, world_now(lab->world));
	lab->decisions = 2001;
}

static void
start_leave(struct lab *lab)
{
	assert_int_equal(fiber_start(lab->world->fibers, "drain", leave, lab,
	    NULL), 0);
}

/* A reload sends nobody away who has not had his turn; who has, or does
 * nothing with it, is sent to the new processes. */
static void
test_leave(void **state)
{
	struct stream *mute, *end;
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	pipe_new(lab.world->fibers, &mute, &end);
	(void)session_open(&lab.server, end, ip_v4(192, 0, 2, 9), 1,
	    &lab.listen);
	(void)lab_connect(&lab, "192.0.2.1");
	start_leave(&lab);
	lab_expect(lab_wait(&lab, 2 * SEC), "220 *", "greeted as ever");
	lab_begin(&lab, "a@b.test", "bob@here.test");
	(void)lab_wait(&lab, 7900 * MSEC);
	assert_int_equal(lab.server.open, 2);
	(void)lab_wait(&lab, 1200 * MSEC);
	assert_true(stream_has_bytes(mute));
	lab_expect(stream_pending(mute), "220 *421 4.3.2 *",
	    "ten seconds of silence");
	(void)lab_wait(&lab, 60 * SEC);
	assert_int_equal(lab.server.open, 1);
	lab_expect(lab_say(&lab, STR("DATA\r\n")), "354 *",
	    "silence in a transaction is no reason");
	lab_expect(lab_say(&lab, STR("x: y\r\n\r\n.\r\n")),
	    "250 2.0.0 kept *", "its turn");
	(void)lab_wait(&lab, 5 * SEC);
	lab_expect(lab_say(&lab, STR("RSET\r\n")), "250 *", "not at once");
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n")),
	    "421 4.3.2 *", "but no second message");
	(void)lab_wait(&lab, 3 * SEC);
	assert_int_equal(lab.server.open, 0);
	assert_int_equal(lab.decisions, 2001);
	stream_free(&mute);
	lab_close(&lab);
}

/* Its end: time, or a word. */
static void
test_leave_ends(void **state)
{
	static const struct lab_conf conf = {
		"limits { command-time 1h }\n", NULL, NULL };
	struct lab lab;
	int by_word;

	(void)state;
	for (by_word = 0; by_word < 2; by_word++) {
		lab_open(&lab, &conf);
		(void)lab_connect(&lab, "192.0.2.1");
		(void)lab_wait(&lab, 2 * SEC);
		lab_begin(&lab, "a@b.test", "bob@here.test");
		start_leave(&lab);
		(void)lab_wait(&lab, 200 * SEC);
		assert_int_equal(lab.server.open, 1);
		if (by_word == 1)
			server_close(&lab.server);
		lab_expect(lab_wait(&lab, by_word ? SEC : 101 * SEC),
		    "421 4.3.2 *", "cut");
		assert_int_equal(lab.server.open, 0);
		assert_int_equal(lab.decisions, 2001);
		lab_close(&lab);
	}
}

/* After the deadline, or a second word, transactions are cut too; what was
 * not answered is not kept. */
static void
test_hurry(void **state)
{
	static const struct lab_conf conf = {
		"limits { data-rate 0 }\n", NULL, NULL };
	struct lab lab;
	int by_deadline;

	(void)state;
	for (by_deadline = 0; by_deadline < 2; by_deadline++) {
		lab_open(&lab, &conf);
		(void)lab_connect(&lab, "192.0.2.1");
		(void)lab_wait(&lab, 0);
		lab_begin(&lab, "a@b.test", "bob@here.test");
		lab_expect(lab_say(&lab, STR("DATA\r\n")), "354 *", "");
		(void)lab_say(&lab, STR("half a mess"));
		start_drain(&lab);
		(void)lab_wait(&lab, SEC);
		assert_int_equal(lab.server.open, 1);
		if (by_deadline == 0)
			server_hurry(&lab.server);
		lab_expect(lab_wait(&lab, by_deadline * 60 * SEC),
		    "421 4.3.2 *", "cut");
		assert_int_equal(lab.server.open, 0);
		assert_null(lab_letters(&lab));
		lab_close(&lab);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_leave),
		cmocka_unit_test(test_leave_ends),
		cmocka_unit_test(test_hurry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
