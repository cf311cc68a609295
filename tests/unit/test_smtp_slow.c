/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients that are slow: byte by byte, in what they read, in their content
 * (catalogue 119). Each has a moment at which it is over, whatever it does.
 */
#include "tests/unit/session_lab.h"

#include "run/fiber.h"

/* Time goes on, and nobody reads. */
static void
pass(struct lab *lab, usec_t span)
{
	(void)sim_run(lab->sim, NULL, NULL, world_now(lab->world) + span);
}

static void
arrive(struct lab *lab, const struct lab_conf *conf)
{
	lab_open(lab, conf);
	(void)lab_connect(lab, "198.51.100.7");
	lab_expect(lab_wait(lab, 0), "220 *", "");
}

/* A byte each 90 s: it has five minutes for its line, not for each byte. */
static void
test_byte_by_byte(void **state)
{
	struct lab lab;
	int i;

	(void)state;
	arrive(&lab, NULL);
	for (i = 0; i < 4; i++) {
		lab_expect(lab_say(&lab, STR("E")), "", "no line yet");
		assert_int_equal(lab.server.open, 1);
		pass(&lab, 90 * SEC);
	}
	lab_expect(lab_wait(&lab, 0), "421 4.4.2 *", "five minutes");
	lab_close(&lab);
}

/* Before the dot too: data-time ends what trickles fast enough for the rate,
 * the rate what trickles slower. */
static void
test_trickle(void **state)
{
	static const struct {
		const char *settings;
		usec_t      pause;
		int         most;        /* pauses until it is over         */
		const char *want;
	} rows[] = {
		{ "limits { data-rate 2; data-time 3m }\n", 100 * MSEC, 1801,
		    "421 4.4.2 *time is over*" },
		{ "limits { data-rate 2; data-time 3m }\n", SEC, 61,
		    "421 4.4.2 too slow*" },
		{ "limits { data-rate 0; data-time 3m }\n", SEC, 181,
		    "421 4.4.2 *time is over*" },
	};
	struct lab_conf conf = { NULL, NULL, NULL };
	struct lab lab;
	struct str got;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.settings = rows[i].settings;
		arrive(&lab, &conf);
		lab_begin(&lab, "a@b.test", "bob@here.test");
		lab_expect(lab_say(&lab, STR("DATA\r\n")), "354 *", "");
		got = STR("");
		for (n = 0; got.len == 0 && n <= rows[i].most; n++) {
			(void)lab_say(&lab, STR("x"));
			got = lab_wait(&lab, rows[i].pause);
		}
		lab_expect(got, rows[i].want, rows[i].settings);
		assert_in_range(n, rows[i].most - 3, rows[i].most);
		assert_null(lab_letters(&lab));
		lab_close(&lab);
	}
}

/* A window of no bytes, or of some: what we have to say waits until the
 * moment, then the session ends. */
static void
test_reads_nothing(void **state)
{
	static const struct lab_conf conf = { "limits { commands 0; "
	    "command-time 1m }\n", NULL, NULL };
	static const usec_t readings[] = { 0, 20 * SEC };
	struct lab lab;
	usec_t began;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < COUNT(readings); i++) {
		arrive(&lab, &conf);
		lab_expect(lab_say(&lab, STR("EHLO c.test\r\n")), "250-*",
		    "");
		pipe_room(lab.client, 16);
		for (n = 0; n < 2000; n++)
			(void)stream_say(lab.client, STR("NOOP\r\n"));
		began = world_now(lab.world);
		while (lab.server.open > 0) {
			assert_true(world_now(lab.world) - began < 65 * SEC);
			pass(&lab, SEC);
			if (readings[i] > 0 && (world_now(lab.world) - began) %
			    readings[i] == 0 && stream_has_bytes(lab.client))
				stream_consume(lab.client,
				    stream_pending(lab.client).len);
		}
		assert_true(world_now(lab.world) - began >= 60 * SEC);
		lab_close(&lab);
	}
}

/* While busy a slow reader has less time as well. */
static void
test_reads_nothing_while_busy(void **state)
{
	static const struct lab_conf conf = { "limits { sessions 10 }\n", NULL,
	    NULL };
	struct lab lab;

	(void)state;
	arrive(&lab, &conf);
	pipe_room(lab.client, 16);
	board_tally(lab.world->board, 1, TL_OPEN, 8);
	(void)stream_say(lab.client, STR("EHLO c.test\r\n"));
	pass(&lab, 29 * SEC);
	assert_int_equal(lab.server.open, 1);
	pass(&lab, 4 * SEC);
	assert_int_equal(lab.server.open, 0);
	board_tally(lab.world->board, 1, TL_OPEN, -8);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_trickle),
		cmocka_unit_test(test_reads_nothing),
		cmocka_unit_test(test_reads_nothing_while_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
