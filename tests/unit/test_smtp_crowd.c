/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is counted over connections: places, a reserve, rates, and who is
 * known; with a second process on the same board.
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/fiber.h"

#define STRANGER "198.51.100.7"

/* One message to somebody, and what the client hears after the dot. */
static void
send_one(struct lab *lab, const char *to, const char *text)
{
	lab_begin(lab, "a@b.test", to);
	lab_expect(lab_say(lab, STR("DATA\r\n")), "354 *", "content");
	lab_expect(lab_say(lab, arena_printf(lab->arena, "%s\r\n\r\n.\r\n",
	    text)), "250 2.0.0 kept *", "kept");
}

static bool
is_marked(struct lab *lab, const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(str_of(text), &ip), 0);
	return board_is_marked(lab->world->board, MARK_ACCEPTED,
	    ip_net(ip, 32, 64), world_now(lab->world) - SEC);
}

/* --- who is known --------------------------------------------------------- */

/* Only what came into an inbox on its merits makes a client known. */
static void
test_good(void **state)
{
	static const struct {
		const char *policy, *to;
		bool        is_good;
		const char *why;
	} rows[] = {
		{ NULL, "bob@here.test", true, "accepted" },
		{ "score +5 bad if client.ip in { 198.51.100.0/24 }\njunk at 5\n"
		    "refuse at 9\n", "bob@here.test", false, "junk" },
		{ "mode observe\nscore +9 bad if client.ip in { "
		    "198.51.100.0/24 }\njunk at 5\nrefuse at 9\n",
		    "bob@here.test", false, "it would have been refused" },
		{ NULL, "postmaster@here.test", false, "everybody may" },
	};
	struct lab_conf conf = { "postmaster bob@here.test\n", NULL, NULL };
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.policy = rows[i].policy;
		lab_open(&lab, &conf);
		(void)lab_connect(&lab, STRANGER);
		(void)lab_wait(&lab, 0);
		assert_false(is_marked(&lab, STRANGER));
		send_one(&lab, rows[i].to, "Subject: x");
		CHECK(is_marked(&lab, STRANGER) == rows[i].is_good, "%s",
		    rows[i].why);
		assert_false(is_marked(&lab, "198.51.100.8"));
		lab_close(&lab);
	}
}

/* The next connection of a client that was good: no delay, for a day. */
static void
test_known(void **state)
{
	static const struct lab_conf conf = { "greet wait 2s\n", NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, STRANGER);
	lab_expect(lab_wait(&lab, SEC), "", "a stranger waits");
	lab_expect(lab_wait(&lab, SEC), "220 *", "");
	send_one(&lab, "bob@here.test", "Subject: x");
	(void)lab_connect(&lab, STRANGER);
	lab_expect(lab_wait(&lab, 0), "220 *", "known");
	(void)lab_connect(&lab, "198.51.100.8");
	lab_expect(lab_wait(&lab, 0), "", "its neighbour is not");
	lab_hang_up(&lab);
	(void)lab_wait(&lab, 24 * 3600 * SEC + SEC);
	(void)lab_connect(&lab, STRANGER);
	lab_expect(lab_wait(&lab, 0), "", "forgotten");
	lab_close(&lab);
}

/* catalogue 34: a proxy itself, without a client, is known; who comes through
 * it is not for that. */
static void
test_known_behind_proxy(void **state)
{
	static const struct lab_conf conf = { "limits { sessions 10 }\n", NULL,
	    NULL };
	struct net net;
	struct lab lab;

	(void)state;
	assert_int_equal(net_parse(STR("203.0.113.0/24"), &net), 0);
	lab_open(&lab, &conf);
	lab.listen = (struct listen_conf){ .proxy_from = &net,
	    .proxy_count = 1 };
	board_tally(lab.world->board, 1, TL_OPEN, 9);
	(void)lab_connect(&lab, "203.0.113.9");
	lab_expect(lab_say(&lab, STR("PROXY TCP4 198.51.100.7 203.0.113.1 5 "
	    "25\r\n")), "421 *", "the client behind it is a stranger");
	(void)lab_connect(&lab, "203.0.113.9");
	lab_expect(lab_say(&lab, STR("PROXY UNKNOWN\r\n")), "220 *",
	    "the proxy itself is not");
	board_tally(lab.world->board, 1, TL_OPEN, -9);
	lab_close(&lab);
}

/* --- two processes --------------------------------------------------------- */

/* Another gate: it has the board's descriptor and a row, and one session of
 * this client in each of so many places. */
static void
gate_opens(struct lab *lab, unsigned row, int sessions)
{
	struct board *b = board_map(board_fd(lab->world->board));
	struct ip ip = ip_v4(198, 51, 100, 7);

	if (b == NULL)
		_exit(1);
	board_take(b, row);
	board_count(b, row, CN_OPEN_ADDRESS, ip_net(ip, 32, 64), sessions);
	board_count(b, row, CN_OPEN_NETWORK, ip_net(ip, 24, 48), sessions);
	board_tally(b, row, TL_OPEN, sessions);
	_exit(0);
}

static unsigned
start_gate(struct lab *lab, int sessions)
{
	unsigned row;
	int status;
	pid_t pid;

	lab->server.row = board_enter(lab->world->board);
	row = board_enter(lab->world->board);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		gate_opens(lab, row, sessions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	return row;
}

/* catalogue 118: limits are of all gates together; those of a gate that died
 * are free again when the supervisor has cleared its row. */
static void
test_two_gates(void **state)
{
	static const struct {
		const char *settings;
		const char *client, *by;
	} rows[] = {
		{ "limits { sessions 5 }\n", "192.0.2.1", "sessions" },
		{ "limits { per-address 5 }\n", STRANGER, "per-address" },
		{ "limits { per-network 5 }\n", "198.51.100.99",
		    "per-network" },
	};
	struct lab_conf conf = { NULL, NULL, NULL };
	struct lab lab;
	unsigned row;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.settings = rows[i].settings;
		lab_open(&lab, &conf);
		row = start_gate(&lab, 5);
		assert_int_not_equal(lab_connect(&lab, rows[i].client), 0);
		lab_expect(lab_wait(&lab, 0), "421 *", rows[i].by);
		lab_expect(lab_log(&lab), arena_printf(lab.arena,
		    "drop * by=%s", rows[i].by).p, rows[i].by);
		board_leave(lab.world->board, row);
		assert_int_equal(lab_connect(&lab, rows[i].client), 0);
		lab_expect(lab_wait(&lab, 0), "220 *", rows[i].by);
		lab_close(&lab);
	}
}

/* One short of the limit: the last place is given, once. */
static void
test_last_place(void **state)
{
	static const struct lab_conf conf = { "limits { sessions 5 }\n", NULL,
	    NULL };
	struct stream *other, *end;
	struct lab lab;
	unsigned row;

	(void)state;
	lab_open(&lab, &conf);
	row = start_gate(&lab, 4);
	pipe_new(lab.world->fibers, &other, &end);
	assert_int_equal(session_open(&lab.server, end, ip_v4(192, 0, 2, 1),
	    1, &lab.listen), 0);
	assert_int_not_equal(lab_connect(&lab, "192.0.2.2"), 0);
	stream_free(&other);
	assert_int_equal(lab_connect(&lab, "192.0.2.2"), 0);
	board_leave(lab.world->board, row);
	lab_close(&lab);
}

/* --- a disk that fails ---------------------------------------------------- */

/* catalogue 108: nobody for a minute, then some to try again; one more
 * failure closes the door at once, a success opens it. */
static void
test_sick(void **state)
{
	struct board *b;
	struct lab lab;
	int i;

	(void)state;
	lab_open(&lab, NULL);
	b = lab.world->board;
	for (i = 0; i < 3; i++)
		board_fault(b, 3, true, world_now(lab.world));
	(void)lab_connect(&lab, STRANGER);
	lab_expect(lab_wait(&lab, 0), "421 mx.here.test cannot keep mail at "
	    "the moment, please try again\r\n", "no enhanced code in a "
	    "greeting (RFC 2034 4)");
	lab_expect(lab_log(&lab), "drop ip=198.51.100.7 * stage=connect "
	    "code=421 enh=- by=disk", "and a line");
	(void)lab_wait(&lab, 61 * SEC);
	(void)lab_connect(&lab, STRANGER);
	lab_expect(lab_wait(&lab, 0), "220 *", "let us see");
	board_fault(b, 3, true, world_now(lab.world));
	(void)lab_connect(&lab, STRANGER);
	lab_expect(lab_wait(&lab, 0), "421 *", "not yet");
	board_fault(b, 3, false, world_now(lab.world));
	(void)lab_connect(&lab, STRANGER);
	lab_expect(lab_wait(&lab, 0), "220 *", "it is well again");
	lab_close(&lab);
}

/* --- rates ---------------------------------------------------------------- */

static void
come_and_go(struct lab *lab, const char *ip)
{
	(void)lab_connect(lab, ip);
	lab_expect(lab_wait(lab, 0), "220 *", ip);
	lab_hang_up(lab);
}

/* What MAIL is told, from this address. */
static void
expect_mail(struct lab *lab, const char *ip, const char *want,
    const char *why)
{
	(void)lab_connect(lab, ip);
	lab_expect(lab_wait(lab, 0), "220 *", why);
	(void)lab_say(lab, STR("EHLO c.test\r\n"));
	lab_expect(lab_say(lab, STR("MAIL FROM:<a@b.test>\r\n")), want, why);
	lab_hang_up(lab);
}

/* catalogue 118 */
static void
test_connections(void **state)
{
	static const struct lab_conf conf = { "limits { "
	    "connections-per-minute 3 }\n", NULL, NULL };
	struct lab lab;
	int i;

	(void)state;
	lab_open(&lab, &conf);
	for (i = 0; i < 3; i++)
		come_and_go(&lab, "2001:db8::1");
	expect_mail(&lab, "2001:db8::2", "450 4.7.0 too many connections "
	    "from 2001:db8::2 in this minute, please try again "
	    "[???????????]\r\n", "a /64 is one client");
	expect_mail(&lab, "2001:db8:0:1::1", "250 *", "another /64");
	for (i = 0; i < 3; i++)
		come_and_go(&lab, STRANGER);
	expect_mail(&lab, STRANGER, "450 4.7.0 *", "over it");
	expect_mail(&lab, "198.51.100.8", "250 *", "another address");
	/* What was not let through does not count: the next minute has its
	 * full share, as far as the last one has gone by. */
	for (i = 0; i < 30; i++)
		expect_mail(&lab, STRANGER, "450 4.7.0 *", "again");
	(void)lab_wait(&lab, 2 * 60 * SEC);
	for (i = 0; i < 3; i++)
		expect_mail(&lab, STRANGER, "250 *", "a turn");
	expect_mail(&lab, STRANGER, "450 4.7.0 *", "three");
	lab_close(&lab);
}

/* Its turn comes while it is connected, and is taken once. */
static void
test_turn_comes(void **state)
{
	static const struct lab_conf conf = { "limits { "
	    "connections-per-minute 2 }\n", NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	come_and_go(&lab, STRANGER);
	come_and_go(&lab, STRANGER);
	(void)lab_connect(&lab, STRANGER);
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n")), "450 *",
	    "not yet");
	(void)lab_wait(&lab, 2 * 60 * SEC);
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\nRSET\r\n"
	    "MAIL FROM:<a@b.test>\r\n")), "250 *250 *250 *", "now");
	assert_int_equal(board_rate(lab.world->board, RT_CONNECTIONS,
	    ip_net(ip_v4(198, 51, 100, 7), 32, 64), world_now(lab.world)),
	    1);
	lab_close(&lab);
}

/* A refused announcement is no message. */
static void
test_messages(void **state)
{
	static const struct lab_conf conf = { "limits { messages-per-minute 2 "
	    "}\n", NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	expect_mail(&lab, STRANGER, "250 *", "one");
	(void)lab_connect(&lab, STRANGER);
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test> "
	    "SIZE=999999999999\r\nMAIL FROM:<a b>\r\n"
	    "MAIL FROM:<a@b.test>\r\n")), "552 *501 *250 *", "two");
	lab_hang_up(&lab);
	expect_mail(&lab, STRANGER, "450 4.7.0 too many messages from "
	    "198.51.100.7 in this minute, *", "three");
	lab_close(&lab);
}

/* 0 is no limit, and our own machines have none. */
static void
test_no_rates(void **state)
{
	static const struct {
		const char *settings, *client;
	} rows[] = {
		{ "limits { connections-per-minute 0; messages-per-minute 0 "
		    "}\n", STRANGER },
		{ "limits { connections-per-minute 1; messages-per-minute 1 "
		    "}\n", "127.0.0.1" },
		{ "limits { connections-per-minute 1; messages-per-minute 1 "
		    "}\n", "fd00::1" },
	};
	struct lab_conf conf = { NULL, NULL, NULL };
	struct lab lab;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.settings = rows[i].settings;
		lab_open(&lab, &conf);
		for (n = 0; n < 400; n++)
			expect_mail(&lab, rows[i].client, "250 *",
			    rows[i].settings);
		lab_close(&lab);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_known_behind_proxy),
		cmocka_unit_test(test_two_gates),
		cmocka_unit_test(test_last_place),
		cmocka_unit_test(test_sick),
		cmocka_unit_test(test_connections),
		cmocka_unit_test(test_turn_comes),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_no_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
