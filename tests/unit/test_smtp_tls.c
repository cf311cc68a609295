/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What plays cannot say of STARTTLS: a process with too many handshakes, or
 * without a certificate. The rest is in tests/plays/tls-*.play.
 */
#include "tests/unit/session_lab.h"

#include "run/tls.h"

static void
give_tls(struct lab *lab)
{
	struct tls_pair pair;
	struct fault fault;

	assert_int_equal(tls_self_made(STR("mx.here.test"),
	    world_wall(lab->world), lab->arena, &pair), 0);
	assert_int_equal(tls_server_new(&pair, 1, TLS_1_2, &lab->server.tls,
	    &fault), 0);
}

/* --- many at once ---------------------------------------------------------- */

#define GUESTS 8

/* Clients that said STARTTLS and nothing behind it. */
struct party {
	struct lab     lab;
	struct stream *guests[GUESTS];
	size_t         count;
};

static void
party_open(struct party *p, const char *settings)
{
	const struct lab_conf conf = { settings, NULL, NULL };

	*p = (struct party){ .count = 0 };
	lab_open(&p->lab, &conf);
	give_tls(&p->lab);
}

static void
party_close(struct party *p)
{
	while (p->count > 0)
		stream_free(&p->guests[--p->count]);
	if (p->lab.client != NULL)
		stream_free(&p->lab.client);
	(void)lab_wait(&p->lab, 0);
	assert_int_equal(p->lab.server.handshakes, 0);
	tls_server_free(&p->lab.server.tls);
	lab_close(&p->lab);
}

/* The present client stays; the next one gets a connection of its own. */
static void
party_keep(struct party *p)
{
	assert_true(p->count < GUESTS);
	p->guests[p->count++] = p->lab.client;
	p->lab.client = NULL;
}

static void
party_ask(struct party *p, const char *ip, const char *want, const char *why)
{
	(void)lab_connect(&p->lab, ip);
	(void)lab_say(&p->lab, STR("EHLO a.test\r\n"));
	lab_expect(lab_say(&p->lab, STR("STARTTLS\r\n")), want, why);
}

static void
party_stall(struct party *p, const char *ip, const char *why)
{
	party_ask(p, ip, "220 2.0.0 *\r\n", why);
	party_keep(p);
}

/* The session of that address ended for another's sake. */
static void
party_lost(struct party *p, const char *ip)
{
	struct str tls = lab_log(&p->lab), left;

	if (str_starts(tls, STR("left")))   /* of who was put off before */
		tls = lab_log(&p->lab);
	left = lab_log(&p->lab);
	lab_expect(tls, arena_printf(p->lab.arena, "tls ip=%s *"
	    "error=\"made room for another\"", ip).p, "who had to go");
	lab_expect(left, arena_printf(p->lab.arena, "left ip=%s * by=tls *",
	    ip).p, "and has gone");
}

/* All of one network, all of them just now: no better reason than another. */
static void
test_too_many(void **state)
{
	struct party p;

	(void)state;
	party_open(&p, "limits { handshakes 2 }\n");
	party_stall(&p, "192.0.2.1", "one");
	party_stall(&p, "192.0.2.2", "two");
	party_ask(&p, "192.0.2.3", "454 4.7.0 *\r\n", "put off");
	lab_expect(lab_say(&p.lab, STR("NOOP\r\n")), "250 *\r\n",
	    "and the session goes on in clear");
	lab_expect(lab_wait(&p.lab, 4900 * MSEC), "", "not yet");
	lab_expect(lab_say(&p.lab, STR("STARTTLS\r\n")), "454 4.7.0 *\r\n",
	    "an honest client could still be at it");
	(void)lab_wait(&p.lab, 100 * MSEC);
	lab_expect(lab_say(&p.lab, STR("STARTTLS\r\n")), "220 2.0.0 *\r\n",
	    "after five seconds the oldest gives way");
	party_lost(&p, "192.0.2.1");
	assert_int_equal(p.lab.server.handshakes, 2);
	assert_int_equal(p.lab.server.open, 2);
	lab_hang_up(&p.lab);
	assert_int_equal(p.lab.server.handshakes, 1);
	party_close(&p);
}

/* Whoever sits on many places pays for the others, at once. catalogue 67 */
static void
test_few_networks(void **state)
{
	struct party p;

	(void)state;
	party_open(&p, "limits { handshakes 4 }\n");
	party_stall(&p, "198.51.100.7", "another's");
	party_stall(&p, "192.0.2.1", "a crowd's first");
	party_stall(&p, "192.0.2.2", "second");
	party_stall(&p, "192.0.2.3", "third");
	party_ask(&p, "192.0.2.4", "454 4.7.0 *\r\n",
	    "a fourth would take the place of its own");
	party_stall(&p, "203.0.113.1", "a newcomer from elsewhere");
	party_lost(&p, "192.0.2.1");
	party_stall(&p, "2001:db8::1", "and another");
	party_lost(&p, "192.0.2.2");
	party_ask(&p, "2001:db8:1::1", "454 4.7.0 *\r\n",
	    "all have one: nobody has more than he would");
	assert_int_equal(p.lab.server.handshakes, 4);
	party_close(&p);
}

/* They neither wait for a place nor take one. */
static void
test_known(void **state)
{
	struct party p;
	struct ip ip;

	(void)state;
	party_open(&p, "limits { handshakes 1 }\n");
	party_stall(&p, "192.0.2.1", "the only place");
	assert_int_equal(ip_parse(STR("203.0.113.1"), &ip), 0);
	party_ask(&p, "203.0.113.1", "454 4.7.0 *\r\n", "a stranger");
	board_mark(p.lab.world->board, MARK_ACCEPTED, ip_net(ip, 32, 64),
	    world_now(p.lab.world));
	party_stall(&p, "203.0.113.1", "known by now");
	party_stall(&p, "10.0.0.1", "one of our own");
	assert_int_equal(p.lab.server.handshakes, 1);
	assert_int_equal(p.lab.server.open, 3);
	party_close(&p);
}

static void
test_none(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	assert_null(strstr(lab_say(&lab, STR("EHLO a.test\r\n")).p,
	    "STARTTLS"));
	lab_expect(lab_say(&lab, STR("STARTTLS\r\n")), "502 5.5.1 *\r\n",
	    "not offered");
	lab_hang_up(&lab);
	lab_close(&lab);
}

/* --- TLS from the first byte on --------------------------------------------- */

#define HELLO STR("\x16\x03\x01")

static void
mute_open(struct party *p, const char *settings)
{
	party_open(p, settings);
	p->lab.listen.is_tls = true;
}

/* Nothing is said in clear, whatever the reason. */
static void
test_mute(void **state)
{
	struct party p;

	(void)state;
	mute_open(&p, "limits { sessions 1; handshakes 1 }\n");
	tls_server_free(&p.lab.server.tls);
	(void)lab_connect(&p.lab, "192.0.2.1");
	lab_expect(lab_say(&p.lab, HELLO), "", "there is no certificate");
	assert_true(lab_is_closed(&p.lab));
	lab_expect(lab_log(&p.lab), "tls *error=\"there is no certificate\"",
	    "says so");
	party_close(&p);

	mute_open(&p, "limits { handshakes 1 }\n");
	(void)lab_connect(&p.lab, "192.0.2.1");
	lab_expect(lab_say(&p.lab, HELLO), "", "the only place");
	party_keep(&p);
	(void)lab_connect(&p.lab, "192.0.2.2");
	lab_expect(lab_say(&p.lab, HELLO), "", "too many");
	assert_int_equal(p.lab.server.open, 1);
	lab_expect(lab_log(&p.lab), "tls *error=\"too many handshakes\"",
	    "says so");
	party_close(&p);
}

/* A client that delays its first byte gets no second minute for the rest. */
static void
test_one_time(void **state)
{
	static const struct {
		const char *settings;
		usec_t      time;
	} cases[] = {
		{ "limits { handshake-time 60s }\n", 60 * SEC },
		{ "limits { sessions 1; busy-percent 1; "
		    "busy-handshake-time 10s }\n", 10 * SEC },
	};
	struct party p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		mute_open(&p, cases[i].settings);
		(void)lab_connect(&p.lab, "192.0.2.1");
		(void)lab_wait(&p.lab, cases[i].time - SEC);
		(void)lab_say(&p.lab, STR("\x16"));
		(void)lab_wait(&p.lab, 900 * MSEC);
		assert_int_equal(p.lab.server.open, 1);
		(void)lab_wait(&p.lab, 100 * MSEC);
		assert_true(lab_is_closed(&p.lab));
		party_close(&p);
	}
}

/* While busy silence is not borne longer than a handshake. */
static void
test_busy_silence(void **state)
{
	struct party p;

	(void)state;
	mute_open(&p, "limits { sessions 1; busy-percent 1; "
	    "busy-handshake-time 10s }\n");
	(void)lab_connect(&p.lab, "192.0.2.1");
	(void)lab_wait(&p.lab, 9900 * MSEC);
	assert_int_equal(p.lab.server.open, 1);
	(void)lab_wait(&p.lab, 100 * MSEC);
	assert_true(lab_is_closed(&p.lab));
	lab_expect(lab_log(&p.lab), "left *by=timeout*", "says so");
	party_close(&p);
}

/* A header in two parts has started the fiber; no handshake has begun. */
static void
test_silence_takes_no_place(void **state)
{
	struct party p;
	struct net proxies;

	(void)state;
	mute_open(&p, "limits { handshakes 1 }\n");
	assert_int_equal(net_parse(STR("198.51.100.0/24"), &proxies), 0);
	p.lab.listen.proxy_from = &proxies;
	p.lab.listen.proxy_count = 1;
	(void)lab_connect(&p.lab, "198.51.100.1");
	(void)lab_say(&p.lab, STR("PROXY TCP4 192.0.2.1 "));
	(void)lab_say(&p.lab, STR("198.51.100.2 40000 465\r\n"));
	assert_int_equal(p.lab.server.open, 1);
	assert_int_equal(p.lab.server.handshakes, 0);
	(void)lab_say(&p.lab, HELLO);
	assert_int_equal(p.lab.server.handshakes, 1);
	party_close(&p);
}

/* --- the last word ----------------------------------------------------------- */

static void
shakes_hands(void *arg)
{
	struct lab *lab = arg;
	struct fault fault;

	assert_int_equal(tls_connect(lab->client, STR("mx.here.test"),
	    TLS_ANY, world_now(lab->world) + SEC, &fault), 0);
}

/* TCP would take it back if we closed while the client's bytes are unread. */
static void
test_last_word_lingers(void **state)
{
	const struct lab_conf conf = { NULL,
		"at connect away if client.ip = 192.0.2.1 drop 554 \"no\"\n",
		NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	give_tls(&lab);
	lab.listen.is_tls = true;
	(void)lab_connect(&lab, "192.0.2.1");
	assert_int_equal(fiber_start(lab.world->fibers, "client",
	    shakes_hands, &lab, NULL), 0);
	lab_expect(lab_wait(&lab, 0), "554*\r\n", "inside TLS");
	assert_int_equal(lab.server.open, 1);
	(void)lab_wait(&lab, 2 * SEC);
	assert_int_equal(lab.server.open, 0);
	stream_free(&lab.client);
	tls_server_free(&lab.server.tls);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_few_networks),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_mute),
		cmocka_unit_test(test_one_time),
		cmocka_unit_test(test_busy_silence),
		cmocka_unit_test(test_silence_takes_no_place),
		cmocka_unit_test(test_last_word_lingers),
	};

	return cmocka_run_group_tests_name("smtp tls", tests, NULL, NULL);
}
