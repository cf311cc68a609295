/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Before the client has said anything: greeting, early bytes, proxies,
 * limits, drops at the door, time-outs.
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>

#include "run/fiber.h"

/* --- greeting ------------------------------------------------------------- */

static void
test_greeting(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	assert_int_equal(lab_connect(&lab, "192.0.2.1"), 0);
	assert_int_equal(lab.server.open, 1);
	lab_expect(lab_wait(&lab, 0), "220 mx.here.test ESMTP postern\r\n",
	    "no enhanced code in a greeting (RFC 2034 4)");
	lab_hang_up(&lab);
	lab_expect(lab_log(&lab), "left ip=192.0.2.1 id=??????????? "
	    "stage=connect code=- enh=- by=lost score=- pol=lab@???? "
	    "dur=0.00 name=-", "one line for each connection");
	lab_close(&lab);
}

/* A delay for those we do not know. */
static void
test_greet_wait(void **state)
{
	static const struct lab_conf conf = { "greet wait 2s\n", NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	lab_expect(lab_wait(&lab, 1900 * MSEC), "", "too soon");
	lab_expect(lab_wait(&lab, 200 * MSEC), "220 *", "now");
	(void)lab_connect(&lab, "127.0.0.1");
	lab_expect(lab_wait(&lab, 0), "220 *", "loopback need not wait");
	(void)lab_connect(&lab, "10.1.2.3");
	lab_expect(lab_wait(&lab, 0), "220 *", "nor private addresses");
	lab_close(&lab);
}

/* catalogue 9: what came early stays early, and is answered after the
 * greeting. */
static void
test_early(void **state)
{
	static const struct lab_conf waiting = { "greet wait 2s\n",
	    "at connect early if early refuse 550 5.7.1 \"spoke early\"\n",
	    NULL };
	static const struct lab_conf at_once = { NULL,
	    "at connect early if early refuse 550 5.7.1 \"spoke early\"\n",
	    NULL };
	const struct lab_conf *confs[] = { &waiting, &at_once };
	struct stream *end;
	struct ip ip = ip_v4(192, 0, 2, 1);
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(confs); i++) {
		lab_open(&lab, confs[i]);
		pipe_new(lab.world->fibers, &lab.client, &end);
		(void)stream_say(lab.client, STR("EHLO c.test\r\n"));
		assert_int_equal(session_open(&lab.server, end, ip, 1,
		    &lab.listen), 0);
		lab_expect(lab_wait(&lab, 3 * SEC), "220 *250-*SIZE*",
		    "a greeting, then the answer");
		(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"));
		lab_expect(lab_say(&lab, STR("RCPT TO:<bob@here.test>\r\n")),
		    "550-5.7.1 spoke early\r\n550 5.7.1 Wrong? "
		    "postmaster@here.test, quote ???????????\r\n", "early");
		lab_close(&lab);
	}
}

static void
test_gone_before_greeting(void **state)
{
	static const struct lab_conf conf = { "greet wait 2s\n", NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	lab_hang_up(&lab);
	assert_int_equal(lab.server.open, 0);
	(void)lab_connect(&lab, "192.0.2.1");
	lab_reset(&lab);
	assert_int_equal(lab.server.open, 0);
	lab_close(&lab);
}

/* No reason to keep a stack for somebody who says nothing. */
static void
test_no_fiber(void **state)
{
	struct fiber_census before, after;
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 10 * SEC);
	fibers_census(lab.world->fibers, &before);
	assert_int_equal(before.live, 0);
	(void)lab_say(&lab, STR("E"));
	fibers_census(lab.world->fibers, &after);
	assert_int_equal(after.live, 1);
	lab_close(&lab);
}

static void
test_silence(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 299 * SEC);
	assert_int_equal(lab.server.open, 1);
	lab_expect(lab_wait(&lab, 4 * SEC), "421 4.4.2 mx.here.test: time "
	    "is over *", "RFC 5321 4.5.3.2.7: five minutes");
	assert_true(lab_is_closed(&lab));
	lab_expect(lab_log(&lab), "drop * stage=connect code=421 enh=4.4.2 "
	    "by=timeout *", "and a line");
	lab_close(&lab);
}

/* --- drops at the door ---------------------------------------------------- */

static void
test_drop_at_connect(void **state)
{
	static const struct lab_conf conf = { NULL,
	    "at connect bad if client.ip in { 192.0.2.0/24 } "
	    "drop 554 \"not from here\"\n", NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	lab_expect(lab_wait(&lab, 5 * SEC), "554-not from here\r\n554 Wrong? "
	    "postmaster@here.test, quote ???????????\r\n",
	    "instead of a greeting, without enhanced code");
	assert_true(lab_is_closed(&lab));
	lab_expect(lab_log(&lab), "drop ip=192.0.2.1 id=??????????? "
	    "stage=connect code=554 enh=- by=bad score=* name=-", "as drawn");
	(void)lab_connect(&lab, "198.51.100.1");
	lab_expect(lab_wait(&lab, 0), "220 *", "others are let in");
	lab_close(&lab);
}

/* An answer that comes later drops then, at the next command; nobody waits
 * for it. */
static void
test_drop_when_known(void **state)
{
	static const struct lab_conf conf = { NULL,
	    "at connect named if fcrdns = none drop 554 \"no name\"\n",
	    "zone in-addr.arpa { every after 1s; every nxdomain }\n" };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	lab_expect(lab_wait(&lab, 0), "220 *", "the greeting does not wait");
	lab_expect(lab_say(&lab, STR("EHLO c.test\r\n")), "250-*",
	    "nor does EHLO");
	lab_expect(lab_wait(&lab, 900 * MSEC), "", "");
	lab_expect(lab_say(&lab, STR("NOOP\r\n")), "250 *", "unknown: stays");
	lab_expect(lab_wait(&lab, 200 * MSEC), "", "the answer comes");
	lab_expect(lab_say(&lab, STR("NOOP\r\n")), "554-5.7.1 no name\r\n"
	    "554 5.7.1 Wrong? *", "and drops");
	(void)lab_wait(&lab, 3 * SEC);
	assert_true(lab_is_closed(&lab));
	lab_close(&lab);
}

/* --- proxies -------------------------------------------------------------- */

static struct net any_net;

static void
behind_proxy(struct lab *lab)
{
	assert_int_equal(net_parse(STR("10.0.0.0/8"), &any_net), 0);
	lab->listen = (struct listen_conf){ .proxy_from = &any_net,
	    .proxy_count = 1 };
}

/* catalogue 34 */
static void
test_proxy(void **state)
{
	static const struct lab_conf conf = { "greet wait 2s\n", NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	behind_proxy(&lab);
	(void)lab_connect(&lab, "10.0.0.1");
	lab_expect(lab_wait(&lab, 0), "", "nothing before the header");
	lab_expect(lab_say(&lab, STR("PROXY TCP4 192.0.2.7 203.0.113.1 56324 "
	    "25\r\n")), "220 *", "then at once");
	(void)lab_say(&lab, STR("EHLO c.test\r\nQUIT\r\n"));
	lab_hang_up(&lab);
	(void)lab_log(&lab);
	lab_expect(lab_log(&lab), "drop ip=192.0.2.7 *",
	    "the client is who the proxy says");

	(void)lab_connect(&lab, "10.0.0.1");
	(void)lab_say(&lab, STR("PROXY TCP4 192.0"));
	assert_int_equal(lab.server.open, 1);
	(void)lab_say(&lab, STR(".2.8 203.0.113.1 5"));
	lab_expect(lab_say(&lab, STR("6324 25\r\n")), "220 *",
	    "in three pieces");
	lab_close(&lab);
}

static void
test_proxy_refused(void **state)
{
	static const struct str rows[] = {
		STR("EHLO c.test\r\n"), STR("PROXY TCP4 x y 1 2\r\n"),
		STR("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff----"), STR("X"),
	};
	struct lab lab;
	size_t i;

	(void)state;
	lab_open(&lab, NULL);
	behind_proxy(&lab);
	for (i = 0; i < COUNT(rows); i++) {
		(void)lab_connect(&lab, "10.0.0.1");
		lab_expect(lab_say(&lab, rows[i]), "", "silence");
		assert_true(lab_is_closed(&lab));
		lab_expect(lab_log(&lab), "drop ip=10.0.0.1 id=??????????? "
		    "stage=connect code=- enh=- by=proxy-header",
		    "and a line");
	}
	(void)lab_connect(&lab, "10.0.0.1");
	(void)lab_say(&lab, STR("PROXY TCP4 "));
	(void)lab_wait(&lab, 11 * SEC);
	assert_true(lab_is_closed(&lab));
	(void)lab_connect(&lab, "10.0.0.1");
	(void)lab_wait(&lab, 11 * SEC);
	assert_true(lab_is_closed(&lab));
	lab_close(&lab);
}

/* A client behind the proxy that spoke before our greeting. */
static void
test_proxy_early(void **state)
{
	static const struct lab_conf conf = { NULL,
	    "at connect early if early refuse 550 5.7.1 \"spoke early\"\n",
	    NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	behind_proxy(&lab);
	(void)lab_connect(&lab, "10.0.0.1");
	lab_expect(lab_say(&lab, STR("PROXY TCP4 192.0.2.7 203.0.113.1 5 25"
	    "\r\nEHLO c.test\r\n")), "220 *250-*", "both are read");
	(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"));
	lab_expect(lab_say(&lab, STR("RCPT TO:<bob@here.test>\r\n")),
	    "550-5.7.1 spoke early*", "and it was early");
	lab_close(&lab);
}

static void
test_proxy_is_client(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	behind_proxy(&lab);
	(void)lab_connect(&lab, "10.0.0.1");
	lab_expect(lab_say(&lab, STR("PROXY UNKNOWN\r\n")), "220 *",
	    "a health check is served");
	lab_close(&lab);
}

/* --- limits --------------------------------------------------------------- */

static void
open_many(struct lab *lab, const char *ip, unsigned n)
{
	struct stream *client, *end;
	struct ip addr;

	assert_int_equal(ip_parse(str_of(ip), &addr), 0);
	while (n-- > 0) {
		pipe_new(lab->world->fibers, &client, &end);
		if (session_open(&lab->server, end, addr, 1,
		    &lab->listen) != 0)
			fail_msg("%s: turned away", ip);
		/* The peer is gone, but not noticed yet: it counts. */
		stream_free(&client);
	}
}

/* catalogue 118 */
static void
test_limits(void **state)
{
	static const struct {
		const char *settings, *many;
		unsigned    count;
		const char *next, *want, *log, *why;
	} rows[] = {
		{ "limits { per-address 3 }\n", "192.0.2.1", 3, "192.0.2.1",
		    "421 mx.here.test: too many connections from your "
		    "network, please try again [???????????]\r\n",
		    "drop ip=192.0.2.1 * code=421 enh=- by=per-address",
		    "of one address" },
		{ "limits { per-address 3 }\n", "192.0.2.1", 3, "192.0.2.2",
		    "220 *", NULL, "another address" },
		{ "limits { per-address 3 }\n", "2001:db8::1", 3,
		    "2001:db8::ffff:1", "421 *", "drop *",
		    "a /64 is one address" },
		{ "limits { per-address 3 }\n", "2001:db8::1", 3,
		    "2001:db8:0:1::1", "220 *", NULL, "another /64" },
		{ "limits { per-network 3 }\n", "192.0.2.1", 3,
		    "192.0.2.254", "421 *", "drop * by=per-network",
		    "of one /24" },
		{ "limits { per-network 3 }\n", "192.0.2.1", 3,
		    "192.0.3.1", "220 *", NULL, "another /24" },
		{ "limits { sessions 3 }\n", "192.0.2.1", 3, "198.51.100.1",
		    "421 mx.here.test is busy, please try again\r\n",
		    "drop ip=198.51.100.1 * by=sessions", "in all" },
	};
	struct lab_conf conf = { NULL, NULL, NULL };
	struct lab lab;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.settings = rows[i].settings;
		lab_open(&lab, &conf);
		open_many(&lab, rows[i].many, rows[i].count);
		struct stream *end;
		struct ip ip;
		assert_int_equal(ip_parse(str_of(rows[i].next), &ip), 0);
		pipe_new(lab.world->fibers, &lab.client, &end);
		rc = session_open(&lab.server, end, ip, 1, &lab.listen);
		assert_int_equal(rc == 0, rows[i].log == NULL);
		if (rows[i].log != NULL)
			lab_expect(lab_log(&lab), rows[i].log, rows[i].why);
		lab_expect(lab_wait(&lab, 0), rows[i].want, rows[i].why);
		/* All but the last one have been counted out again. */
		assert_int_equal(lab.server.open, rows[i].log == NULL);
		lab_close(&lab);
	}
}

/* Many of few places are taken when it is 80 of 100 of them, not before. */
static void
test_busy(void **state)
{
	static const struct {
		size_t      others;
		const char *want, *why;
	} rows[] = {
		{ 0, "500 5.5.1 *500 5.5.1 *500 5.5.1 *", "alone" },
		{ 39, "500 5.5.1 *500 5.5.1 *500 5.5.1 *", "40 of 50" },
		{ 40, "500 5.5.1 *500 5.5.1 *421 4.7.0 *", "41 of 50" },
	};
	static const struct lab_conf conf = { "limits { sessions 50; "
	    "per-address 0; per-network 0 }\n", NULL, NULL };
	struct stream *other[40], *end;
	struct lab lab;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		lab_open(&lab, &conf);
		for (n = 0; n < rows[i].others; n++) {
			pipe_new(lab.world->fibers, &other[n], &end);
			(void)session_open(&lab.server, end,
			    ip_v4(192, 0, 2, 9), 1, &lab.listen);
		}
		(void)lab_connect(&lab, "192.0.2.1");
		lab_expect(lab_say(&lab, STR("EHLO c.test\r\n")), "220 *250 *",
		    rows[i].why);
		lab_expect(lab_say(&lab, STR("A\r\nB\r\nC\r\n")),
		    rows[i].want, rows[i].why);
		while (n > 0)
			stream_free(&other[--n]);
		lab_close(&lab);
	}
}

/* A client that says nothing has less time then. */
static void
test_busy_silence(void **state)
{
	static const struct lab_conf conf = { "limits { sessions 1 }\n", NULL,
	    NULL };
	struct lab lab;
	int is_busy;

	(void)state;
	for (is_busy = 0; is_busy < 2; is_busy++) {
		lab_open(&lab, is_busy ? &conf : NULL);
		(void)lab_connect(&lab, "192.0.2.1");
		lab_expect(lab_wait(&lab, 31 * SEC), is_busy ?
		    "220 *421 4.4.2 *" : "220 *postern\r\n", "30 s");
		lab_expect(lab_wait(&lab, 270 * SEC), is_busy ? "" :
		    "421 4.4.2 *", "5 minutes");
		lab_close(&lab);
	}
}

/* A transaction may outlive the connection's time, but not by much. */
static void
test_lifetime(void **state)
{
	static const struct lab_conf conf = { "limits { connection-time 10m; "
	    "data-time 3m; command-time 4m }\n", NULL, NULL };
	struct lab lab;
	int i;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	for (i = 0; i < 3; i++) {
		(void)lab_wait(&lab, 195 * SEC);
		lab_expect(lab_say(&lab, STR("NOOP\r\n")), "250 *", "young");
	}
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n")), "250 *",
	    "at 9:45");
	(void)lab_wait(&lab, 150 * SEC);
	lab_expect(lab_say(&lab, STR("RCPT TO:<bob@here.test>\r\n")),
	    "250 *", "at 12:15, begun in time");
	(void)lab_wait(&lab, 60 * SEC);
	lab_expect(lab_say(&lab, STR("RCPT TO:<bob@here.test>\r\n")),
	    "250 *421 4.4.2 *", "at 13:15: it will not end");
	lab_close(&lab);
}

/* After a drop the client's bytes are still read for a while, so that it can
 * read our last word; after QUIT nobody waits. */
static void
test_closing(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	lab_expect(lab_say(&lab, STR("QUIT\r\n")), "221 *", "");
	assert_int_equal(lab.server.open, 0);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	lab_expect(lab_say(&lab, STR("GET / HTTP/1.1\r\n")), "421 *", "");
	assert_int_equal(lab.server.open, 1);
	lab_expect(lab_say(&lab, STR("Host: x\r\n")), "", "read, unanswered");
	(void)lab_wait(&lab, 1900 * MSEC);
	assert_int_equal(lab.server.open, 1);
	(void)lab_wait(&lab, 200 * MSEC);
	assert_int_equal(lab.server.open, 0);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	lab_expect(lab_say(&lab, STR("GET / HTTP/1.1\r\n")), "421 *", "");
	lab_hang_up(&lab);
	assert_int_equal(lab.server.open, 0);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greeting),
		cmocka_unit_test(test_greet_wait),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_gone_before_greeting),
		cmocka_unit_test(test_no_fiber),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_drop_at_connect),
		cmocka_unit_test(test_drop_when_known),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_proxy_refused),
		cmocka_unit_test(test_proxy_early),
		cmocka_unit_test(test_proxy_is_client),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_busy_silence),
		cmocka_unit_test(test_lifetime),
		cmocka_unit_test(test_closing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
