/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authentication-Results on the way into a mailbox: where it stands, what is
 * in it, what it waits for, and whose is taken out (RFC 8601 2.2, 4.1, 5).
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>

#define FROM "From: Ann <ann@good.test>\r\n"
#define MESSAGE FROM "Subject: x\r\n\r\nbody\r\n.\r\n"

static const char zones[] =
    "zone good.test {\n"
    "	@ MX 10 mx.good.test\n"
    "	@ TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
    "	_dmarc TXT \"v=DMARC1; p=reject\"\n"
    "	mx A 192.0.2.1\n"
    "}\n"
    "reverse 192.0.2.1 mx.good.test\n";

static void
to_data(struct lab *lab, const char *from, const char *rcpt)
{
	(void)lab_connect(lab, "192.0.2.1");
	(void)lab_wait(lab, 0);
	lab_begin(lab, from, rcpt);
	lab_expect(lab_say(lab, STR("DATA\r\n")), "354 *", "DATA");
}

/* Of the first copy, its trace block. */
static struct str
prefix_of(const struct lab *lab)
{
	assert_non_null(lab_letters(lab));
	return lab_letters(lab)->prefix;
}

/* Below our Received, above all that came; before X-Postern, which is ours
 * too. */
static void
test_place_and_content(void **state)
{
	struct lab_conf conf = { .zones = zones };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "ann@good.test", "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 2.0.0 *", "");
	lab_expect(lab_letters(&lab)->text, "Return-Path: <ann@good.test>\r\n"
	    "Delivered-To: bob@here.test\r\n"
	    "Received: from client.test (mx.good.test ?192.0.2.1?)\r\n"
	    "\tby mx.here.test with ESMTP id <*>\r\n"
	    "\tfor <bob@here.test>;\r\n\t*\r\n"
	    "Authentication-Results: mx.here.test;\r\n"
	    "\tiprev=pass policy.iprev=192.0.2.1;\r\n"
	    "\tspf=none smtp.helo=client.test;\r\n"
	    "\tspf=pass smtp.mailfrom=ann@good.test;\r\n"
	    "\tdkim=none;\r\n"
	    "\tdmarc=pass header.from=good.test polrec.p=reject "
	    "polrec.domain=good.test\r\n"
	    "X-Postern: accept; *\r\n" FROM "*", "the whole");
	lab_close(&lab);
}

/* Nothing of one recipient is in another's; the field is the same. */
static void
test_two_copies(void **state)
{
	struct lab_conf conf = { .zones = zones };
	const struct letter *a, *b;
	struct str x, y;
	struct lab lab;
	size_t at;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	lab_expect(lab_say(&lab, STR("MAIL FROM:<ann@good.test>\r\n"
	    "RCPT TO:<ann@here.test>\r\nRCPT TO:<bob@here.test>\r\nDATA\r\n")),
	    "250 *250 *250 *354 *", "");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 2.0.0 *", "");
	a = lab_letters(&lab);
	b = a->next;
	assert_non_null(b);
	assert_false(str_glob(STR("*for <*"), a->prefix));
	assert_false(str_glob(STR("*for <*"), b->prefix));
	for (x = a->prefix; !str_starts(x, STR("Authentication-")); )
		(void)str_split(&x, '\n');
	for (y = b->prefix; !str_starts(y, STR("Authentication-")); )
		(void)str_split(&y, '\n');
	at = str_find(x, 'X');          /* up to X-Postern */
	assert_true(str_eq(str_sub(x, 0, at), str_sub(y, 0, at)));
	lab_close(&lab);
}

/* Everything that a stranger writes is one value: he says who he is as he
 * likes, and gives no result. */
static void
test_strangers_give_no_results(void **state)
{
	struct lab_conf conf = { .zones = zones };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO x;dkim=pass\r\n"));
	lab_expect(lab_say(&lab, STR("MAIL FROM:<\"a; dkim=pass (\"@good.test>"
	    "\r\nRCPT TO:<bob@here.test>\r\nDATA\r\n")), "250 *250 *354 *",
	    "");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 2.0.0 *", "");
	assert_false(str_glob(STR("*\tdkim=pass*"), prefix_of(&lab)));
	lab_expect(prefix_of(&lab), "*;\r\n\tspf=pass smtp.mailfrom=\"*; "
	    "dkim=pass (*@good.test\";\r\n\tdkim=none;*", "quoted");
	lab_close(&lab);
}

/* catalogue 55, with another id than our name. */
static void
test_forged_ones_go(void **state)
{
	struct lab_conf conf = { .settings = "authserv example.org\n",
		.zones = zones };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "ann@good.test", "bob@here.test");
	lab_expect(lab_say(&lab, STR("Authentication-Results: example.org; "
	    "dkim=pass\r\nauthentication-results : (x)\r\n EXAMPLE.org 1;\r\n"
	    " forged\r\nAuthentication-Results: mx.here.test; kept=pass\r\n"
	    MESSAGE)), "250 2.0.0 *", "");
	lab_expect(lab_letters(&lab)->text,
	    "*Authentication-Results: example.org;\r\n\tiprev=*\r\n"
	    "Authentication-Results: mx.here.test; kept=pass\r\n" FROM "*",
	    "ours, and another's");
	assert_false(str_glob(STR("*forged*"), lab_letters(&lab)->text));
	assert_false(str_glob(STR("*dkim=pass*"), lab_letters(&lab)->text));
	lab_close(&lab);
}

/* No line of the policy reads what SPF says; who reads the field does. */
static void
test_results_are_waited_for(void **state)
{
	struct lab_conf conf = { .zones =
	    "zone good.test { @ MX 10 mx.good.test; mx A 192.0.2.1 }\n"
	    "zone _dmarc.good.test { @ TXT \"v=DMARC1; p=none\"; every after 2s }\n"
	};
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "ann@good.test", "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "", "not yet");
	assert_null(lab_letters(&lab));
	lab_expect(lab_wait(&lab, 2100 * MSEC), "250 2.0.0 *", "now");
	lab_expect(prefix_of(&lab), "*dmarc=fail header.from=good.test*", "");
	lab_close(&lab);
}

/* What DNS cannot tell is temperror, and keeps no message. */
static void
test_silence_has_an_end(void **state)
{
	struct lab_conf conf = { .zones =
	    "zone good.test { every timeout }\n" };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "ann@good.test", "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "", "not yet");
	lab_expect(lab_wait(&lab, 10 * SEC), "250 2.0.0 *", "within the time");
	lab_expect(prefix_of(&lab), "*;\r\n\tspf=temperror *;\r\n\tdkim=none;"
	    "\r\n\tdmarc=temperror header.from=good.test\r\n*", "");
	lab_close(&lab);
}

/* Who leaves while we wait leaves one copy at most (P2). */
static void
test_client_leaves(void **state)
{
	struct lab_conf conf = { .zones =
	    "zone good.test { every timeout }\n" };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "ann@good.test", "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "", "not yet");
	lab_reset(&lab);
	(void)lab_wait(&lab, 20 * SEC);
	assert_true(lab_letters(&lab) == NULL ||
	    lab_letters(&lab)->next == NULL);
	lab_close(&lab);
}

/* Who is refused waits for nothing. */
static void
test_refused_at_once(void **state)
{
	struct lab_conf conf = {
	    .policy = "at eom no if header.from-count = 1 refuse 550 5.7.1 "
	    "\"no\"\n", .zones = "zone good.test { every timeout }\n" };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "ann@good.test", "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "550-5.7.1 no*", "at once");
	lab_close(&lab);
}

/* The second message of a session has its own results. */
static void
test_second_message(void **state)
{
	struct lab_conf conf = { .zones = zones };
	const struct letter *l;
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "ann@good.test", "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 2.0.0 *", "");
	lab_expect(lab_say(&lab, STR("MAIL FROM:<eve@evil.test>\r\n"
	    "RCPT TO:<ann@here.test>\r\nDATA\r\n")), "250 *250 *354 *", "");
	lab_expect(lab_say(&lab, STR("From: Staff:;\r\n\r\n.\r\n")), "250 *",
	    "");
	l = lab_letters(&lab);
	l = str_eq(l->local, STR("ann")) ? l : l->next;
	lab_expect(l->prefix, "*Authentication-Results: mx.here.test;\r\n"
	    "\tiprev=pass *;\r\n\tspf=none smtp.helo=client.test;\r\n"
	    "\tspf=none smtp.mailfrom=eve@evil.test;\r\n\tdkim=none;\r\n"
	    "\tdmarc=none\r\nX-Postern: *", "");
	assert_false(str_glob(STR("*@good.test*"), l->prefix));
	lab_close(&lab);
}

/* The questions of a session are not used up by its first messages. */
static void
test_many_messages(void **state)
{
	struct lab_conf conf = { .settings =
	    "resolver 127.0.0.1:53 { questions 12 }\n", .zones = zones };
	const struct letter *l;
	size_t n = 0;
	struct lab lab;
	int i;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	for (i = 0; i < 30; i++) {
		lab_expect(lab_say(&lab, arena_printf(lab.arena,
		    "MAIL FROM:<a@d%d.example>\r\nRCPT TO:<bob@here.test>\r\n"
		    "DATA\r\n", i)), "250 *250 *354 *", "");
		lab_expect(lab_say(&lab, arena_printf(lab.arena,
		    "From: a@b%d.example\r\n\r\n.\r\n", i)), "250 *", "");
	}
	for (l = lab_letters(&lab); l != NULL; l = l->next, n++)
		lab_expect(l->prefix, "*spf=none smtp.mailfrom=*dmarc=none *",
		    "asked, and answered");
	assert_int_equal(n, 30);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place_and_content),
		cmocka_unit_test(test_two_copies),
		cmocka_unit_test(test_strangers_give_no_results),
		cmocka_unit_test(test_forged_ones_go),
		cmocka_unit_test(test_results_are_waited_for),
		cmocka_unit_test(test_silence_has_an_end),
		cmocka_unit_test(test_client_leaves),
		cmocka_unit_test(test_refused_at_once),
		cmocka_unit_test(test_second_message),
		cmocka_unit_test(test_many_messages),
	};

	return cmocka_run_group_tests_name("smtp/results", tests, NULL, NULL);
}
