/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dialogue: tables of what a client sends and what must come back, with
 * the log line at the end. Each runs whole, and again with its bytes coming
 * one by one: segmentation never changes an answer (design.md P3).
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>

/* want: a glob for all that comes back; NULL ends the table. */
struct step {
	struct str  send;
	const char *want;
};

struct dialogue {
	const char *why;
	struct step steps[16];
	const char *log;        /* glob for the first line; NULL: not looked at */
	bool        is_whole;   /* its meaning is in one segment            */
};

#define EHLO { STR("EHLO c.test\r\n"), "250-mx.here.test\r\n*250 SIZE *" }
#define MAIL { STR("MAIL FROM:<ann@good.test>\r\n"), "250 2.1.0 *" }
#define RCPT { STR("RCPT TO:<bob@here.test>\r\n"), "250 2.1.5 *" }
#define QUIT { STR("QUIT\r\n"), "221 2.0.0 mx.here.test *" }
#define DATA { STR("DATA\r\n"), "354 *" }

static const struct dialogue dialogues[] = {
	{ "a message", { EHLO, MAIL, RCPT, DATA,
	    { STR("Subject: x\r\n\r\nbody\r\n.\r\n"),
	    "250 2.0.0 kept as ???????????.1\r\n" }, QUIT },
	    "accept ip=192.0.2.1 id=???????????.1 stage=eom code=250 "
	    "enh=2.0.0 by=* score=0.0 pol=lab@???? lists=- rules=- * size=20 "
	    "box=Inbox name=- helo=\"c.test\" from=\"ann@good.test\" "
	    "to=\"bob@here.test\"", false },
	{ "a group is answered in order (RFC 2920 3.2)", { EHLO,
	    { STR("MAIL FROM:<a@b.test>\r\nRCPT TO:<no@here.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\nDATA\r\n"),
	    "250 2.1.0 *\r\n550 5.1.1 *no@here.test*\r\n250 2.1.5 *\r\n"
	    "354 *\r\n" }, { STR("x\r\n.\r\n"), "250 2.0.0 *" } }, NULL,
	    false },
	{ "HELO: no extensions are named", {
	    { STR("HELO c.test\r\n"), "250 mx.here.test\r\n" }, MAIL, RCPT },
	    NULL, false },
	{ "lower case, blanks (catalogue 27)", {
	    { STR("ehlo c.test  \r\n"), "250-*" },
	    { STR("mail from: <ann@good.test>  \r\n"), "250 2.1.0 *" },
	    { STR("rcpt to: <BOB@HERE.TEST>\r\n"), "250 2.1.5 *" },
	    { STR("noop hello\r\n"), "250 2.0.0 *" },
	    { STR("quit \r\n"), "221 2.0.0 *" } }, NULL, false },
	{ "bare LF in a command (catalogue 4)", { EHLO,
	    { STR("MAIL FROM:<a@b.test>\n"), "500 5.5.2 *" },
	    { STR("NOOP\r\r\n"), "500 5.5.2 *" }, QUIT },
	    "left * stage=helo * by=quit *", false },
	{ "NUL in a command (catalogue 7)", { EHLO,
	    { STR("MAIL FROM:<a\0@b.test>\r\n"), "501 5.5.4 *" } }, NULL,
	    false },
	{ "8 bit (catalogue 8)", { EHLO,
	    { STR("MAIL FROM:<\xc3\xb6@b.test>\r\n"), "553 5.6.7 *" },
	    { STR("EHLO \xc3\xb6.test\r\n"), "501 5.5.4 *" },
	    { STR("\xc3\xb6\r\n"), "500 5.5.1 *" } }, NULL, false },
	{ "order (catalogue 13)", {
	    { STR("MAIL FROM:<a@b.test>\r\n"), "503 5.5.1 *EHLO*" },
	    EHLO, { STR("RCPT TO:<bob@here.test>\r\n"), "503 5.5.1 *MAIL*" },
	    { STR("DATA\r\n"), "503 5.5.1 *MAIL*" }, MAIL,
	    { STR("MAIL FROM:<a@b.test>\r\n"), "503 5.5.1 *" },
	    { STR("DATA\r\n"), "503 5.5.1 *RCPT*" } }, NULL, false },
	{ "DATA after all were refused (catalogue 14)", { EHLO,
	    { STR("MAIL FROM:<a@b.test>\r\nRCPT TO:<no@here.test>\r\n"
	    "DATA\r\n"), "250 *\r\n550 5.1.1 *\r\n503 5.5.1 *" }, QUIT },
	    "refuse * stage=rcpt code=550 enh=5.1.1 by=unknown-user score=- "
	    "* from=\"a@b.test\" to=\"no@here.test\"", false },
	{ "RSET in each state (catalogue 15)", {
	    { STR("RSET\r\n"), "250 2.0.0 *" }, EHLO,
	    { STR("RSET\r\n"), "250 *" }, MAIL, { STR("RSET\r\n"), "250 *" },
	    { STR("RCPT TO:<bob@here.test>\r\n"), "503 *" }, MAIL, RCPT,
	    { STR("RSET\r\n"), "250 *" }, { STR("DATA\r\n"), "503 *" } },
	    "left * id=??????????? stage=mail code=- enh=- by=abandoned *",
	    false },
	{ "EHLO ends a transaction (catalogue 15)", { EHLO, MAIL, RCPT, EHLO,
	    { STR("DATA\r\n"), "503 5.5.1 *" }, MAIL, RCPT },
	    "left * stage=rcpt * by=abandoned *", false },
	{ "VRFY tells nothing, EXPN is not there (catalogue 17)", { EHLO,
	    { STR("VRFY bob\r\n"), "252 2.1.5 *" },
	    { STR("VRFY nobody\r\n"), "252 2.1.5 *" },
	    { STR("VRFY\r\n"), "501 5.5.4 *" },
	    { STR("EXPN list\r\n"), "502 5.5.1 *" } }, NULL, false },
	{ "old and foreign verbs (catalogue 18, 19)", { EHLO,
	    { STR("HELP\r\n"), "214 2.0.0 *" },
	    { STR("TURN\r\n"), "502 5.5.1 *" },
	    { STR("ETRN x\r\n"), "502 5.5.1 *" },
	    { STR("SOML FROM:<a@b>\r\n"), "502 5.5.1 *" },
	    { STR("AUTH PLAIN AGEAYg==\r\n"), "503 5.5.1 *" },
	    { STR("BDAT 5 LAST\r\n"), "502 5.5.1 *" },
	    { STR("STARTTLS\r\n"), "502 5.5.1 *" } }, NULL, false },
	{ "HTTP (catalogue 12)", {
	    { STR("POST / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<a@b>\r\n"),
	    "421 4.7.0 this is a mail server [???????????]\r\n" } },
	    "abuse ip=192.0.2.1 * what=protocol *", false },
	{ "a TLS hello (catalogue 12)", {
	    { STR("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
	    "421 4.7.0 *" } }, "drop * stage=connect code=421 * by=protocol "
	    "*", false },
	{ "SSH and SIP (catalogue 12)", {
	    { STR("SSH-2.0-OpenSSH_9.2\r\n"), "421 4.7.0 *" } }, NULL,
	    false },
	{ "HELO arguments (catalogue 20)", {
	    { STR("EHLO\r\n"), "501 5.5.4 *" },
	    { STR("EHLO [IPv6:\r\n"), "250-*" },
	    { STR("EHLO [1.2.3\r\n"), "250-*" },
	    { STR("EHLO a_b.test\r\n"), "250-*" } }, NULL, false },
	{ "MAIL parameters (catalogue 21, 22)", { EHLO,
	    { STR("MAIL FROM:<a@b.test> FOO=1\r\n"), "555 5.5.4 *" },
	    { STR("MAIL FROM:<a@b.test> ENVID=a+0Ab\r\n"), "555 5.5.4 *" },
	    { STR("MAIL FROM:<a@b.test> SIZE=99999999999999999999\r\n"),
	    "552 5.3.4 *" }, MAIL }, "refuse * stage=mail code=552 enh=5.3.4 "
	    "by=size * from=\"a@b.test\"", false },
	{ "SIZE=-1", { EHLO, { STR("MAIL FROM:<a@b.test> SIZE=-1\r\n"),
	    "501 5.5.4 *" } }, NULL, false },
	{ "relay (catalogue 24, 29)", { EHLO, MAIL,
	    { STR("RCPT TO:<x@far.test>\r\n"), "550 5.7.1 we take no mail "
	    "for far.test [???????????]\r\n" },
	    { STR("RCPT TO:<x%far.test@here.test>\r\n"), "550 5.1.1 *" },
	    { STR("RCPT TO:<far.test!x@here.test>\r\n"), "550 5.1.1 *" },
	    { STR("RCPT TO:<\"x@far.test\"@here.test>\r\n"), "550 5.1.1 *" },
	    { STR("RCPT TO:<@here.test:x@far.test>\r\n"), "550 5.7.1 *" },
	    { STR("RCPT TO:<x@[192.0.2.9]>\r\n"), "550 5.7.1 *" } }, NULL,
	    false },
	{ "postmaster and null sender (catalogue 25, 26)", { EHLO,
	    { STR("MAIL FROM:<>\r\n"), "250 2.1.0 *" },
	    { STR("RCPT TO:<postmaster>\r\n"), "250 2.1.5 *" },
	    { STR("RCPT TO:<Postmaster@other.test>\r\n"), "250 2.1.5 *" },
	    DATA, { STR("x: y\r\n\r\n.\r\n"), "250 2.0.0 *" } },
	    "accept * by=postmaster score=0.0 * rcpts=2/2 size=8 box=Inbox * "
	    "from=\"\" to=\"postmaster@here.test\"", false },
	{ "mailbox full, store broken (catalogue 106)", { EHLO, MAIL,
	    { STR("RCPT TO:<full@here.test>\r\n"), "452 4.2.2 mailbox full: "
	    "full@here.test *" } }, NULL, false },
	{ "commands behind DATA in its segment (catalogue 10)", { EHLO, MAIL,
	    RCPT, { STR("DATA\r\nSubject: x\r\n\r\n.\r\n"), "503 5.5.0 *" } },
	    "abuse * what=pipelining *", true },
	{ "commands behind EHLO in its segment (catalogue 10)", {
	    { STR("EHLO c.test\r\nMAIL FROM:<a@b.test>\r\n"),
	    "503 5.5.0 *" } }, "abuse * what=pipelining *", true },
	{ "pipelining was not offered (catalogue 10)", {
	    { STR("HELO c.test\r\n"), "250 *" },
	    { STR("MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@here.test>\r\n"),
	    "503 5.5.0 *" } }, NULL, true },
	{ "QUIT takes nothing along", { EHLO, MAIL, RCPT, QUIT },
	    "left * stage=rcpt code=- enh=- by=quit *", false },
	{ "a header from whom may send none (catalogue 34)", {
	    { STR("PROXY TCP4 192.0.2.7 203.0.113.1 5 25\r\n"), "" } },
	    "drop * stage=connect code=- enh=- by=proxy-header *", false },
	{ "and of version 2", {
	    { STR("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c----"), "" } },
	    "drop * stage=connect code=- enh=- by=proxy-header *", false },
	{ "what looks like one only at first", {
	    { STR("\r\n\r\nNOOP\r\n"), "500 5.5.1 *500 5.5.1 *250 2.0.0 *" } },
	    NULL, false },
	{ "nor is this", { { STR("PROXIES\r\n"), "500 5.5.1 *" } }, NULL,
	    false },
};

static void
send_slowly(struct lab *lab, struct str bytes)
{
	size_t i;

	for (i = 0; i + 1 < bytes.len; i++) {
		(void)stream_say(lab->client, str_sub(bytes, i, 1));
		(void)sim_run(lab->sim, NULL, NULL, world_now(lab->world));
	}
	if (bytes.len > 0)
		(void)stream_say(lab->client, str_from(bytes, i));
}

static void
run_dialogue(const struct dialogue *d, bool is_slow)
{
	const struct step *step;
	struct lab lab;
	struct str got;

	lab_open(&lab, NULL);
	assert_int_equal(lab_connect(&lab, "192.0.2.1"), 0);
	lab_expect(lab_wait(&lab, 0), "220 mx.here.test ESMTP *\r\n", d->why);
	for (step = d->steps; step->want != NULL; step++) {
		if (is_slow)
			send_slowly(&lab, step->send);
		else
			(void)stream_say(lab.client, step->send);
		got = lab_wait(&lab, 30 * SEC);
		lab_expect(got, step->want, d->why);
	}
	lab_hang_up(&lab);
	(void)lab_wait(&lab, 0);
	if (d->log != NULL)
		lab_expect(lab_log(&lab), d->log, d->why);
	lab_close(&lab);
}

static void
test_dialogues(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(dialogues); i++)
		run_dialogue(&dialogues[i], false);
}

static void
test_dialogues_byte_by_byte(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(dialogues); i++)
		if (!dialogues[i].is_whole)
			run_dialogue(&dialogues[i], true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogues),
		cmocka_unit_test(test_dialogues_byte_by_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
