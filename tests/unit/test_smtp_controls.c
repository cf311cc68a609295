/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session leaves behind for DNS lists: whom they are tried on, and how
 * much the early end of waiting saved.
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>

#include "policy/health.h"

#define LISTS \
	"list bad \"bad.test\" ip4 ip6 { ask client; code 127.0.0.2 listed 20; " \
	"code 127.0.0.3 seen 0 }\n" \
	"list fine \"fine.test\" ip4 { ask client; code 127.0.0.2 good -3 }\n" \
	"list names \"names.test\" domain { ask sender; " \
	"code 127.0.0.2 listed 20 }\n" \
	"list kind \"kind.test\" domain { ask sender; " \
	"code 127.0.0.2 good -3 }\n" \
	"use bad\nuse fine\nuse names\nuse kind\nrefuse at 10\n" \
	"score -0.1 known if spf = pass\n"

#define PASS "zone good.test { @ TXT \"v=spf1 ip4:192.0.2.0/24 " \
	"ip6:2001:db8::/32 -all\" }\n"

static const struct lab_conf plain = { NULL, LISTS, PASS };

/* Somebody looks after the lists. */
static unsigned *
watch(struct lab *lab)
{
	size_t n, i;
	struct list *const *lists = policy_lists(lab->policy, &n);
	unsigned *slots = health_slots(lab->world->board, lists, n,
	    lab->arena);
	struct health_sign s = { HS_OK, BASELINE_QUIET, SEC };

	for (i = 0; i < n * LK_COUNT; i++) {
		if (slots[i] == BOARD_LISTS)
			continue;
		board_list_take(lab->world->board, slots[i], 0);
		assert_true(board_list_write(lab->world->board, slots[i], 0,
		    belief_pack(s), world_now(lab->world)));
	}
	lab->server.slots = slots;
	return slots;
}

static void
set_state(struct lab *lab, const char *name, enum health_state state,
    usec_t age)
{
	struct health_sign s = { state, BASELINE_QUIET,
		world_now(lab->world) - age };
	size_t n, i, k;
	struct list *const *lists = policy_lists(lab->policy, &n);
	unsigned slot;

	for (i = 0; i < n; i++)
		for (k = 0; k < LK_COUNT; k++) {
			slot = lab->server.slots[i * LK_COUNT + k];
			if (slot < BOARD_LISTS &&
			    str_eq(lists[i]->name, str_of(name)))
				assert_true(board_list_write(
				    lab->world->board, slot, 0,
				    belief_pack(s), world_now(lab->world)));
		}
}

static void
send_mail(struct lab *lab, const char *ip, const char *sender)
{
	(void)lab_connect(lab, ip);
	(void)lab_wait(lab, 0);
	(void)lab_say(lab, STR("EHLO mx.good.test\r\n"));
	(void)lab_say(lab, arena_printf(lab->arena, "MAIL FROM:<%s>\r\n",
	    sender));
	(void)lab_say(lab, STR("RCPT TO:<bob@here.test>\r\n"));
	(void)lab_say(lab, STR("DATA\r\n"));
	(void)lab_say(lab, STR("From: a@good.test\r\n\r\nhi\r\n.\r\n"));
	lab_hang_up(lab);
	(void)lab_wait(lab, SEC);
}

/* All rings as one text: "good4:192.0.2.1 goodname:good.test". */
static struct str
rings(struct lab *lab)
{
	static const char *const kinds[] = { "4", "6", "name" };
	struct str all = STR("");
	char text[BOARD_TEXT];
	unsigned ring, i;

	for (ring = 0; ring < BOARD_RINGS; ring++)
		for (i = 0; board_ring_get(lab->world->board, belief_ring(
		    ring >= LK_COUNT, (enum list_kind)(ring % LK_COUNT)), i,
		    text); i++)
			all = arena_printf(lab->arena, "%.*s%s%s%s:%s",
			    STR_ARG(all), all.len > 0 ? " " : "",
			    ring < LK_COUNT ? "good" : "bad",
			    kinds[ring % LK_COUNT], text);
	return all;
}

/* ------------------------------------------------------------------------
 * Whom lists are tried on.
 */

struct control_row {
	const char *why, *ip, *sender, *zones, *rings;
	const char *ill;              /* a list; NULL: none                 */
	enum health_state state;
	usec_t      age;
};

static const struct control_row controls[] = {
	{ "SPF passes, an inbox, and nobody knows it", "192.0.2.1",
	  "ann@good.test", "", "good4:192.0.2.1 goodname:good.test", NULL, 0,
	  0 },
	{ "IPv6", "2001:db8::1", "ann@good.test", "",
	  "good6:2001:db8::1 goodname:good.test", NULL, 0, 0 },
	{ "SPF does not pass", "192.0.2.1", "ann@other.test", "", "", NULL, 0,
	  0 },
	{ "a list of bad ones names it, without points", "192.0.2.1",
	  "ann@good.test", "zone bad.test { list 192.0.2.1 127.0.0.3 }\n",
	  "goodname:good.test", NULL, 0, 0 },
	{ "one of good ones may", "192.0.2.1", "ann@good.test",
	  "zone fine.test { list 192.0.2.1 127.0.0.2 }\n",
	  "good4:192.0.2.1 goodname:good.test", NULL, 0, 0 },
	{ "nobody could ask: the list may know it", "192.0.2.1",
	  "ann@good.test", "", "goodname:good.test", "bad", HS_OFF, 9 * SEC },
	{ "for over an hour: others are not kept from it", "192.0.2.1",
	  "ann@good.test", "", "good4:192.0.2.1 goodname:good.test", "bad",
	  HS_DEAD, 3600 * SEC },
	{ "named while the list is suspect", "192.0.2.1", "ann@good.test",
	  "zone bad.test { list 192.0.2.1 127.0.0.2 }\n",
	  "goodname:good.test", "bad", HS_SUSPECT, 0 },
	{ "an answer that was an error", "192.0.2.1", "ann@good.test",
	  "zone bad.test { list 192.0.2.1 127.255.255.254 }\n",
	  "goodname:good.test", NULL, 0, 0 },
	{ "a list of names may know the domain", "192.0.2.1",
	  "ann@good.test", "", "good4:192.0.2.1", "names", HS_OFF, 9 * SEC },

	{ "refused: bad, and its domain is its own", "192.0.2.1",
	  "ann@good.test", "zone bad.test { list 192.0.2.1 127.0.0.2 }\n",
	  "bad4:192.0.2.1 badname:good.test", NULL, 0, 0 },
	{ "refused: the domain may be anybody's", "192.0.2.1",
	  "ann@other.test", "zone bad.test { list 192.0.2.1 127.0.0.2 }\n",
	  "bad4:192.0.2.1", NULL, 0, 0 },
	{ "refused, though a list praised it", "192.0.2.1", "ann@good.test",
	  "zone bad.test { list 192.0.2.1 127.0.0.2 }\n"
	  "zone fine.test { list 192.0.2.1 127.0.0.2 }\n",
	  "badname:good.test", NULL, 0, 0 },
	{ "refused, while nobody knows what that list says", "192.0.2.1",
	  "ann@other.test", "zone bad.test { list 192.0.2.1 127.0.0.2 }\n",
	  "", "fine", HS_REFUSED, 9 * SEC },
	{ "our own network", "10.0.0.1", "ann@good.test", "", "", NULL, 0,
	  0 },
};

static void
control_rows(void **state)
{
	const struct control_row *r;
	struct lab_conf conf = plain;
	char zones[512];
	struct lab lab;
	struct str got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(controls); i++) {
		r = &controls[i];
		(void)snprintf(zones, sizeof zones, "%s%s", PASS, r->zones);
		conf.zones = zones;
		lab_open(&lab, &conf);
		(void)lab_wait(&lab, 4000 * SEC);
		(void)watch(&lab);
		if (r->ill != NULL)
			set_state(&lab, r->ill, r->state, r->age);
		send_mail(&lab, r->ip, r->sender);
		got = rings(&lab);
		CHECK(str_eq(got, str_of(r->rings)), "%s: \"%.*s\"", r->why,
		    STR_ARG(got));
		lab_close(&lab);
	}
}

/* Where nobody looks after lists, nobody is remembered for them. */
static void
unwatched(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, &plain);
	send_mail(&lab, "192.0.2.1", "ann@good.test");
	assert_int_equal(rings(&lab).len, 0);
	lab_close(&lab);
}

/* What was not judged is no sign: an unknown user, a mail to postmaster, a
 * client that only looks on. */
static void
no_verdict_no_control(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, &plain);
	(void)watch(&lab);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	(void)lab_say(&lab, STR("EHLO mx.good.test\r\n"));
	(void)lab_say(&lab, STR("MAIL FROM:<ann@good.test>\r\n"
	    "RCPT TO:<nobody@here.test>\r\n"));
	(void)lab_say(&lab, STR("RSET\r\nMAIL FROM:<ann@good.test>\r\n"
	    "RCPT TO:<postmaster>\r\nDATA\r\n"));
	(void)lab_say(&lab, STR("From: a@good.test\r\n\r\nhi\r\n.\r\n"));
	lab_hang_up(&lab);
	assert_int_equal(lab.decisions, 2);
	assert_int_equal(rings(&lab).len, 0);
	lab_close(&lab);
}

/* A farm of senders is one opinion; another network is another. */
static void
neighbours_are_one(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, &plain);
	(void)watch(&lab);
	send_mail(&lab, "192.0.2.1", "ann@good.test");
	send_mail(&lab, "192.0.2.200", "ann@good.test");
	send_mail(&lab, "2001:db8::1", "ann@good.test");
	send_mail(&lab, "2001:db8::ffff:1", "ann@good.test");
	send_mail(&lab, "2001:db8:0:1::1", "ann@good.test");
	assert_str(rings(&lab), "good4:192.0.2.1 good6:2001:db8:0:1::1 "
	    "good6:2001:db8::1 goodname:good.test");
	lab_close(&lab);
}

/* ------------------------------------------------------------------------
 * The early end of waiting.
 */

#define SLOW "zone 1.2.0.192.fine.test { @ A 127.0.0.2; every after 2s }\n" \
	"zone bad.test { list 192.0.2.1 127.0.0.2 }\n"

struct early_row {
	const char *why, *zones;
	usec_t      stays;            /* after the reply                    */
	const char *log;              /* around dns= and dur=               */
	int64_t     judgements, answers, msec;
};

/* 20 - 3 is refused all the same: nobody waits for the list of good ones. */
static const struct early_row earlies[] = {
	{ "it comes while the client is still there", SLOW, 5 * SEC,
	  "* dns=*/0 early=1/2.00 dur=*", 1, 1, 2000 },
	{ "the client goes first", SLOW, 500 * MSEC,
	  "* dns=*/0 early=1/0.50 dur=*", 1, 1, 500 },
	{ "nothing is open",
	  "zone bad.test { list 192.0.2.1 127.0.0.2 }\n", 5 * SEC,
	  "* dns=*/0 dur=*", 0, 0, 0 },
	{ "it is waited for, since it matters",
	  "zone 1.2.0.192.fine.test { @ A 127.0.0.2; every after 50ms }\n"
	  "zone 1.2.0.192.bad.test { @ A 127.0.0.2; every after 2s }\n",
	  5 * SEC, "* dns=*/0 dur=*", 0, 0, 0 },
};

static void
early_rows(void **state)
{
	const struct early_row *r;
	struct lab_conf conf = plain;
	struct board *b;
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(earlies); i++) {
		r = &earlies[i];
		conf.zones = r->zones;
		lab_open(&lab, &conf);
		(void)lab_connect(&lab, "192.0.2.1");
		(void)lab_wait(&lab, 0);
		(void)lab_say(&lab, STR("EHLO mx.good.test\r\n"));
		(void)lab_say(&lab, STR("MAIL FROM:<ann@other.test>\r\n"
		    "RCPT TO:<bob@here.test>\r\n"));
		(void)lab_wait(&lab, r->stays);
		lab_hang_up(&lab);
		lab_expect(lab_log(&lab), r->log, r->why);
		b = lab.world->board;
		CHECK(board_total(b, TL_EARLY) == r->judgements &&
		    board_total(b, TL_EARLY_ANSWERS) == r->answers &&
		    board_total(b, TL_EARLY_MSEC) == r->msec,
		    "%s: %lld %lld %lld", r->why,
		    (long long)board_total(b, TL_EARLY),
		    (long long)board_total(b, TL_EARLY_ANSWERS),
		    (long long)board_total(b, TL_EARLY_MSEC));
		lab_close(&lab);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_rows),
		cmocka_unit_test(unwatched),
		cmocka_unit_test(no_verdict_no_control),
		cmocka_unit_test(neighbours_are_one),
		cmocka_unit_test(early_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
