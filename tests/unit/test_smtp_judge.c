/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RCPT: what the policy says and how long it is waited for; and the limits of
 * a dialogue.
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>

static void
to_mail(struct lab *lab)
{
	(void)lab_connect(lab, "192.0.2.1");
	(void)lab_wait(lab, 0);
	(void)lab_say(lab, STR("EHLO client.test\r\n"));
	(void)lab_say(lab, STR("MAIL FROM:<ann@good.test>\r\n"));
}

static struct str
rcpt(struct lab *lab, const char *to)
{
	return lab_say(lab, arena_printf(lab->arena, "RCPT TO:<%s>\r\n", to));
}

/* --- replies of the policy ------------------------------------------------ */

#define LISTS \
	"list zen \"zen.test\" ip4 { title \"Spamhaus ZEN\"; ask client; " \
	"code 127.0.0.4 xbl 8; code 127.0.0.10 pbl 4; " \
	"see \"https://check.test/?q={ip}\" }\n" \
	"list sc \"sc.test\" ip4 { title \"SpamCop\"; ask client; " \
	"code 127.0.0.2 listed 5 }\n" \
	"list dbl \"dbl.test\" domain { title \"Spamhaus DBL\"; " \
	"ask helo sender; code 127.0.1.2 spam 9; " \
	"see \"https://check.test/?d={domain}\" }\n" \
	"use zen\nuse sc\nuse dbl\nrefuse at 8\n"

static void
test_list_replies(void **state)
{
	static const struct {
		const char *zones, *want, *log, *why;
	} rows[] = {
		{ "zone zen.test { list 192.0.2.1 127.0.0.4 127.0.0.10 }\n",
		    "550-5.7.1 Mail from 192.0.2.1 is refused: this address "
		    "is in the block list Spamhaus ZEN (XBL).\r\n"
		    "550-5.7.1 Check and remove: "
		    "https://check.test/?q=192.0.2.1\r\n"
		    "550 5.7.1 Refused (Spamhaus ZEN XBL). Wrong? "
		    "postmaster@here.test, quote ???????????\r\n",
		    "refuse ip=192.0.2.1 id=??????????? stage=rcpt code=550 "
		    "enh=5.7.1 by=refuse-at score=8.0 pol=lab@???? "
		    "lists=zen.xbl+8,zen.pbl+0 rules=- unk=- fcrdns=none spf=- "
		    "dkim=- dmarc=- tls=- dns=*/0 dur=0.00 name=- "
		    "helo=\"client.test\" from=\"ann@good.test\" "
		    "to=\"bob@here.test\"",
		    "an address, one list" },
		{ "zone zen.test { list 192.0.2.1 127.0.0.10 }\n"
		    "zone sc.test { list 192.0.2.1 127.0.0.2 }\n",
		    "550-5.7.1 Mail from 192.0.2.1 is refused: this address "
		    "is in the block list SpamCop and Spamhaus*ZEN*(PBL).*"
		    "550-5.7.1 Check and remove: "
		    "https://check.test/?q=192.0.2.1\r\n"
		    "550 5.7.1 Refused (SpamCop). *", NULL,
		    "two lists, the first without a link" },
		{ "zone dbl.test { list good.test 127.0.1.2 }\n",
		    "550-5.7.1 Mail from 192.0.2.1 is refused: good.test is "
		    "in the block list Spamhaus DBL (SPAM).\r\n"
		    "550-5.7.1 Check and remove: "
		    "https://check.test/?d=good.test\r\n"
		    "550 5.7.1 Refused (Spamhaus DBL SPAM). *", NULL,
		    "a sender domain" },
		{ "zone dbl.test { list client.test 127.0.1.2 }\n",
		    "550-5.7.1 Mail from 192.0.2.1 is refused: client.test "
		    "is in *", NULL, "a HELO name" },
	};
	struct lab_conf conf = { NULL, LISTS, NULL };
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.zones = rows[i].zones;
		lab_open(&lab, &conf);
		to_mail(&lab);
		lab_expect(rcpt(&lab, "bob@here.test"), rows[i].want,
		    rows[i].why);
		lab_hang_up(&lab);
		if (rows[i].log != NULL)
			lab_expect(lab_log(&lab), rows[i].log, rows[i].why);
		lab_close(&lab);
	}
}

static void
test_other_replies(void **state)
{
	static const struct {
		const char *policy, *settings, *want, *why;
	} rows[] = {
		{ "score +9 no-good if client.ip in { 192.0.2.0/24 }\n"
		    "refuse at 9\n", NULL,
		    "550-5.7.1 Mail from 192.0.2.1 is refused: poor "
		    "reputation (no good).\r\n550 5.7.1 Refused (no good). "
		    "Wrong? postmaster@here.test, quote ???????????\r\n",
		    "a sum without lists" },
		{ "at rcpt x if mail.domain = \"good.test\" refuse 550 "
		    "5.7.27 \"{mail.domain} takes no mail\"\n", NULL,
		    "550-5.7.27 good.test takes no mail\r\n550 5.7.27 Wrong? "
		    "postmaster@here.test, quote ???????????\r\n",
		    "the policy's own words" },
		{ "at rcpt x if mail.domain = \"good.test\" refuse 550 "
		    "5.7.1 \"no\"\n", "postmaster help@here.test\n",
		    "550-5.7.1 no\r\n550 5.7.1 Wrong? help@here.test, *",
		    "the contact of the settings" },
		{ "at rcpt x if mail.domain = \"good.test\" defer 451 4.7.1 "
		    "\"come again\"\n", NULL,
		    "451 4.7.1 come again [???????????]\r\n", "a deferral" },
		{ "at rcpt x if mail.domain = \"good.test\" drop 554 "
		    "\"go away\"\n", NULL, "554-5.7.1 go away\r\n554 *",
		    "a drop" },
		{ "at mail x if mail.domain = \"good.test\" refuse 550 "
		    "5.7.1 \"no\"\n", NULL, "550-5.7.1 no\r\n*",
		    "lines of earlier stages answer at RCPT" },
	};
	struct lab_conf conf = { NULL, NULL, NULL };
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.policy = rows[i].policy;
		conf.settings = rows[i].settings;
		lab_open(&lab, &conf);
		to_mail(&lab);
		lab_expect(rcpt(&lab, "bob@here.test"), rows[i].want,
		    rows[i].why);
		lab_close(&lab);
	}
}

/* A policy's refusal goes before "unknown user"; relaying before both. */
static void
test_precedence(void **state)
{
	struct lab_conf conf = { NULL, "at rcpt x if mail.domain = "
	    "\"good.test\" refuse 550 5.7.1 \"listed\"\n", NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_mail(&lab);
	lab_expect(rcpt(&lab, "nobody@here.test"), "550-5.7.1 listed*", "");
	lab_expect(rcpt(&lab, "bob@far.test"), "550 5.7.1 we take no mail *",
	    "");
	lab_expect(lab_say(&lab, STR("RSET\r\nMAIL FROM:<a@b.test>\r\n")),
	    "250 *250 *", "");
	lab_expect(rcpt(&lab, "nobody@here.test"), "550 5.1.1 *", "");
	lab_close(&lab);
}

/* At mail a drop acts at once: with the next command. */
static void
test_drop_at_mail(void **state)
{
	struct lab_conf conf = { NULL, "at mail x if mail.domain = "
	    "\"good.test\" drop 554 \"go away\"\n", NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_mail(&lab);
	lab_expect(lab_say(&lab, STR("NOOP\r\n")), "554-5.7.1 go away\r\n*",
	    "");
	lab_hang_up(&lab);
	(void)lab_wait(&lab, 3 * SEC);
	lab_expect(lab_log(&lab), "drop * stage=mail code=554 enh=5.7.1 by=x "
	    "* from=\"ann@good.test\"", "");
	lab_close(&lab);
}

/* The policy's drop tells more than an unknown user before it. */
static void
test_drop_outranks(void **state)
{
	static const struct lab_conf conf = { "resolver 127.0.0.1 { "
	    "query-deadline 500ms; rcpt-deadline 1s }\n",
	    "at connect named if fcrdns = none drop 554 \"no name\"\n",
	    "zone in-addr.arpa { every after 2s; every nxdomain }\n" };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_mail(&lab);
	(void)rcpt(&lab, "nobody@here.test");
	lab_expect(lab_wait(&lab, 1100 * MSEC), "550 5.1.1 *", "in time");
	(void)lab_wait(&lab, SEC);
	lab_expect(lab_say(&lab, STR("NOOP\r\n")), "554-5.7.1 no name*", "");
	lab_hang_up(&lab);
	lab_expect(lab_log(&lab), "drop * by=named *", "");
	lab_close(&lab);
}

/* --- waiting -------------------------------------------------------------- */

/* One list answers after some time; another has said enough, or not. */
static void
test_waiting(void **state)
{
	static const struct {
		const char *zones;
		usec_t      before, after;   /* no reply; the reply         */
		const char *want, *unknown, *why;
	} rows[] = {
		{ "zone zen.test { every after 1s; list 192.0.2.1 127.0.0.4 "
		    "}\n", 900, 1100, "550-5.7.1 *", "*unk=- *",
		    "waits for what matters" },
		{ "zone zen.test { list 192.0.2.1 127.0.0.4 }\n"
		    "zone sc.test { every after 1s; list 192.0.2.1 127.0.0.2 "
		    "}\n", 900, 1100, "550-5.7.1 *XBL) and*SpamCop*",
		    "*unk=- *", "or could be one of two reasons" },
		{ "zone zen.test { list 192.0.2.1 127.0.0.4 }\n"
		    "zone dbl.test { list good.test 127.0.1.2 }\n"
		    "zone sc.test { every after 1s; list 192.0.2.1 127.0.0.2 "
		    "}\n", 0, 1, "550-5.7.1 *", "*unk=*sc*",
		    "not for what cannot change it" },
		{ "zone zen.test { every timeout }\n", 2400, 2600,
		    "250 2.1.5 *", "*unk=zen *",
		    "a question has its own deadline; then nothing is known" },
	};
	struct lab_conf conf = { NULL, LISTS, NULL };
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.zones = rows[i].zones;
		lab_open(&lab, &conf);
		to_mail(&lab);
		(void)stream_say(lab.client,
		    STR("RCPT TO:<bob@here.test>\r\n"));
		if (rows[i].before > 0)
			lab_expect(lab_wait(&lab, rows[i].before * MSEC), "",
			    rows[i].why);
		lab_expect(lab_wait(&lab, (rows[i].after - rows[i].before) *
		    MSEC), rows[i].want, rows[i].why);
		lab_hang_up(&lab);
		lab_expect(lab_log(&lab), rows[i].unknown, rows[i].why);
		lab_close(&lab);
	}
}

/* Answers that come after the reply are in the line. */
static void
test_late_answers(void **state)
{
	struct lab_conf conf = { NULL, LISTS,
	    "zone zen.test { list 192.0.2.1 127.0.0.4 }\n"
	    "zone dbl.test { list good.test 127.0.1.2 }\n"
	    "zone sc.test { every after 1s; list 192.0.2.1 127.0.0.2 }\n" };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_mail(&lab);
	lab_expect(rcpt(&lab, "bob@here.test"), "550-5.7.1 *DBL (SPAM).*",
	    "at once, by what is known");
	(void)lab_wait(&lab, 2 * SEC);
	lab_hang_up(&lab);
	lab_expect(lab_log(&lab), "refuse * by=refuse-at score=22.0 * "
	    "lists=zen.xbl+8,sc.listed+5,dbl.spam+9 rules=- unk=- *", "and later");
	lab_close(&lab);
}

/* --- limits --------------------------------------------------------------- */

static void
test_errors(void **state)
{
	struct lab lab;
	usec_t before;
	unsigned i;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	for (i = 0; i < 3; i++)
		lab_expect(lab_say(&lab, STR("WHAT\r\n")), "500 5.5.1 *",
		    "at once");
	for (; i < 9; i++) {
		before = world_now(lab.world);
		lab_expect(lab_say(&lab, STR("WHAT\r\n")), "", "slowly");
		lab_expect(lab_wait(&lab, SEC), "500 5.5.1 *", "after 1 s");
		assert_true(world_now(lab.world) - before <= SEC);
	}
	lab_expect(lab_say(&lab, STR("WHAT\r\n")), "421 4.7.0 too many "
	    "errors *", "the tenth (catalogue 11)");
	lab_hang_up(&lab);
	lab_expect(lab_log(&lab), "abuse ip=192.0.2.1 id=??????????? "
	    "what=errors count=10 window=* name=-", "");
	lab_expect(lab_log(&lab), "drop * by=errors *", "");
	lab_close(&lab);
}

/* catalogue 16 */
static void
test_idle_commands(void **state)
{
	struct lab lab;
	unsigned i;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	for (i = 1; i < 20; i++)
		lab_expect(lab_say(&lab, i % 2 == 0 ? STR("NOOP\r\n") :
		    STR("RSET\r\n")), "250 *", "");
	lab_expect(lab_say(&lab, STR("VRFY x\r\n")), "421 4.7.0 *", "");
	lab_close(&lab);
}

/* catalogue 32 */
static void
test_guessing(void **state)
{
	struct lab lab;
	char to[32];
	unsigned i;

	(void)state;
	lab_open(&lab, NULL);
	to_mail(&lab);
	for (i = 1; i < 10; i++) {
		(void)snprintf(to, sizeof to, "guess%u@here.test", i);
		(void)stream_say(lab.client, arena_printf(lab.arena,
		    "RCPT TO:<%s>\r\n", to));
		lab_expect(lab_wait(&lab, SEC), "550 5.1.1 *", "");
	}
	lab_expect(rcpt(&lab, "guess10@here.test"), "421 4.7.0 too many "
	    "unknown *", "");
	lab_hang_up(&lab);
	lab_expect(lab_log(&lab), "abuse * what=unknown-recipients count=10 "
	    "*", "");
	lab_close(&lab);
}

/* A list server with some dead addresses is not cut. */
static void
test_dead_addresses(void **state)
{
	struct lab lab;
	unsigned i;

	(void)state;
	lab_open(&lab, NULL);
	to_mail(&lab);
	for (i = 0; i < 30; i++) {
		lab_expect(rcpt(&lab, "bob@here.test"), "250 *", "");
		if (i % 2 == 0)
			lab_expect(rcpt(&lab, "dead@here.test"),
			    "550 5.1.1 *", "");
	}
	lab_close(&lab);
}

/* catalogue 30, RFC 5321 4.5.3.1.10 */
static void
test_many_recipients(void **state)
{
	struct lab lab;
	unsigned i;

	(void)state;
	lab_open(&lab, NULL);
	to_mail(&lab);
	for (i = 0; i < 200; i++)
		lab_expect(rcpt(&lab, "bob@here.test"), "250 2.1.5 *", "");
	for (i = 0; i < 100; i++)
		lab_expect(rcpt(&lab, "ann@here.test"), "452 4.5.3 *", "");
	lab_expect(rcpt(&lab, "ann@here.test"), "421 4.7.0 *", "");
	lab_close(&lab);
}

static void
test_messages(void **state)
{
	static const struct lab_conf conf = {
		"limits { messages 2; connection-time 10m }\n", NULL, NULL };
	struct lab lab;
	unsigned i;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	for (i = 0; i < 2; i++) {
		lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
		    "RCPT TO:<bob@here.test>\r\nDATA\r\n")), "250 *354 *",
		    "");
		lab_expect(lab_say(&lab, STR("x: y\r\n\r\n.\r\n")),
		    i == 0 ? "250 2.0.0 kept as ???????????.1\r\n" :
		    "250 2.0.0 kept as ???????????.2\r\n", "numbered");
	}
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n")),
	    "421 4.7.0 enough messages *", "");
	(void)lab_connect(&lab, "192.0.2.1");
	for (i = 0; i < 3; i++) {
		(void)lab_wait(&lab, 4 * 60 * SEC);
		lab_expect(lab_say(&lab, STR("NOOP\r\n")), i < 2 ? "250 *" :
		    "250 *421 4.4.2 enough time *", "ten minutes");
	}
	lab_close(&lab);
}

/* Who spends the questions of his session gets no message in unlooked at:
 * he may come again. */
static void
test_questions(void **state)
{
	static const struct lab_conf conf = {
		"resolver 127.0.0.1:53 { questions 12 }\n",
		"at rcpt nobody if not helo.resolves and mail.exists = missing "
		"defer 451 4.7.1 \"who are you\"\n", NULL };
	struct lab lab;
	struct str got = { 0 };
	char line[64];
	int i;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	for (i = 0; i < 15 && !str_starts(got, STR("421")); i++) {
		(void)snprintf(line, sizeof line, "EHLO h%d.test\r\n", i);
		got = lab_say(&lab, str_of(line));
		(void)lab_wait(&lab, 0);
	}
	lab_expect(got, "421 4.7.0 enough messages *", "other names");
	assert_in_range(i, 3, 13);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	for (i = 0; i < 15; i++) {
		(void)snprintf(line, sizeof line, "MAIL FROM:<a@s%d.test>\r\n",
		    i);
		got = lab_say(&lab, str_of(line));
		if (str_starts(got, STR("421")))
			break;
		lab_expect(got, "250 *", "in the beginning");
		(void)lab_say(&lab, STR("RSET\r\n"));
	}
	lab_expect(got, "421 4.7.0 enough messages *", "other senders");
	assert_in_range(i, 1, 13);
	lab_close(&lab);
}

/* The first message is looked at with what there is. */
static void
test_few_questions(void **state)
{
	static const struct lab_conf conf = {
		"resolver 127.0.0.1:53 { questions 1 }\n", NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_mail(&lab);
	lab_close(&lab);
}

/* catalogue 5, 6 */
static void
test_long_lines(void **state)
{
	char block[1024];
	struct lab lab;
	unsigned i;
	struct str got;

	(void)state;
	memset(block, 'A', sizeof block);
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	for (i = 0; i < 3; i++)
		(void)lab_say(&lab, (struct str){ block, sizeof block });
	lab_expect(lab_say(&lab, STR("\r\n")), "500 5.5.2 line too long\r\n",
	    "discarded up to its end");
	lab_expect(lab_say(&lab, STR("NOOP\r\n")), "250 *", "and on");
	for (i = 0; i < 80 && lab.server.open > 0; i++) {
		got = lab_say(&lab, (struct str){ block, sizeof block });
		if (got.len > 0)
			break;
	}
	lab_expect(got, "421 4.7.0 line without end *", "64 KiB");
	assert_true(i >= 60 && i <= 66);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_replies),
		cmocka_unit_test(test_other_replies),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_drop_at_mail),
		cmocka_unit_test(test_drop_outranks),
		cmocka_unit_test(test_waiting),
		cmocka_unit_test(test_late_answers),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_idle_commands),
		cmocka_unit_test(test_guessing),
		cmocka_unit_test(test_dead_addresses),
		cmocka_unit_test(test_many_recipients),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_few_questions),
		cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
