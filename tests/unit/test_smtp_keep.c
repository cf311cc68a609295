/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * After 354: which messages are taken, what the copies look like, and where
 * they lie.
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>

#define MESSAGE "Subject: x\r\n\r\nbody\r\n.\r\n"

/* A session that stands behind DATA. */
static void
to_data(struct lab *lab, const char *rcpt)
{
	(void)lab_connect(lab, "192.0.2.1");
	(void)lab_wait(lab, 0);
	lab_begin(lab, "ann@good.test", rcpt);
	lab_expect(lab_say(lab, STR("DATA\r\n")), "354 *", "DATA");
}

static const struct letter *
letter_of(const struct lab *lab, const char *local, const char *subfolder)
{
	const struct letter *l;

	for (l = lab_letters(lab); l != NULL; l = l->next)
		if (str_eq(l->local, str_of(local)) &&
		    str_eq(l->subfolder, str_of(subfolder)))
			return l;
	fail_msg("no letter for %s in \"%s\"", local, subfolder);
	return NULL;
}

static size_t
letters(const struct lab *lab)
{
	const struct letter *l;
	size_t n = 0;

	for (l = lab_letters(lab); l != NULL; l = l->next)
		n++;
	return n;
}

/* --- content -------------------------------------------------------------- */

static void
test_content(void **state)
{
	static const struct {
		struct str  send;
		const char *want, *log;
		bool        is_closed, is_kept;
		const char *why;
	} rows[] = {
		{ STR("Subject: x\r\n\r\n..\r\n...\r\n.\r\n"), "250 2.0.0 *",
		    "accept *", false, true, "dots (catalogue 36)" },
		{ STR(".\r\n"), "250 2.0.0 *", "accept *", false, true,
		    "nothing at all" },
		{ STR("a: b\r\n\r\nx\n.\r\nMAIL FROM:<c@d>\r\n.\r\n"),
		    "550 5.5.2 *RFC 5321 2.3.8*", "abuse * what=line-ends *",
		    true, false, "a smuggled end (catalogue 1)" },
		{ STR("a: b\r\n\r\nx\r.\r\r\n.\r\nNOOP\r\n"), "550 5.5.2 *",
		    "abuse *", true, false, "bare CR (catalogue 1)" },
		{ STR("a: b\r\n\r\nx\0y\r\n.\r\n"), "550 5.6.0 *NUL*",
		    "refuse * stage=eom code=550 enh=5.6.0 by=nul *", false,
		    false, "NUL (catalogue 2)" },
	};
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		lab_open(&lab, NULL);
		to_data(&lab, "bob@here.test");
		lab_expect(lab_say(&lab, rows[i].send), rows[i].want,
		    rows[i].why);
		lab_expect(lab_log(&lab), rows[i].log, rows[i].why);
		CHECK((letters(&lab) == 1) == rows[i].is_kept, "%s",
		    rows[i].why);
		if (rows[i].is_closed)
			(void)lab_wait(&lab, 3 * SEC);
		else
			lab_expect(lab_say(&lab, STR("NOOP\r\n")), "250 *",
			    rows[i].why);
		CHECK(lab_is_closed(&lab) == rows[i].is_closed, "%s",
		    rows[i].why);
		lab_close(&lab);
	}
}

static void
test_bytes_are_kept(void **state)
{
	const struct letter *l;
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	to_data(&lab, "bob@here.test");
	(void)lab_say(&lab, STR("Subject: \xc3\xa9\r\n\r\n..a\r\n...\r\n"));
	(void)lab_say(&lab, STR(" x \r\n\r\n."));
	lab_expect(lab_say(&lab, STR("\r\n")), "250 *", "in pieces");
	l = letter_of(&lab, "bob", "");
	assert_true(l->text.len > l->prefix.len);
	assert_str(str_from(l->text, l->prefix.len),
	    "Subject: \xc3\xa9\r\n\r\n.a\r\n..\r\n x \r\n\r\n");
	lab_close(&lab);
}

/* Many lines of 100 bytes. */
static void
send_lines(struct lab *lab, unsigned n)
{
	char line[101];

	memset(line, 'x', sizeof line);
	memcpy(line + 98, "\r\n", 3);
	while (n-- > 0) {
		(void)stream_say(lab->client, str_of(line));
		if (n % 100 == 0)
			(void)sim_run(lab->sim, NULL, NULL,
			    world_now(lab->world));
	}
}

/* catalogue 37, 38 */
static void
test_size(void **state)
{
	static const struct lab_conf conf = { "limits { message 64k }\n",
	    NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test> SIZE=65537\r\n")),
	    "552 5.3.4 over our message size limit of 65536 bytes *", "said");
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test> SIZE=10\r\n"
	    "RCPT TO:<bob@here.test>\r\nDATA\r\n")), "250 *250 *354 *",
	    "a lie");
	send_lines(&lab, 700);
	lab_expect(lab_wait(&lab, 0), "", "not before the dot");
	lab_expect(lab_say(&lab, STR(".\r\n")), "552 5.3.4 *", "then");
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\nDATA\r\n")), "250 *250 *354 *", "");
	send_lines(&lab, 1400);
	lab_expect(lab_wait(&lab, 0), "421 4.3.4 *", "twice as much");
	(void)lab_wait(&lab, 3 * SEC);
	assert_true(lab_is_closed(&lab));
	assert_int_equal(letters(&lab), 0);
	lab_close(&lab);
}

/* catalogue 119 */
static void
test_slow(void **state)
{
	static const struct lab_conf conf = {
		"limits { data-time 5m; data-rate 10 }\n", NULL, NULL };
	struct lab lab;
	unsigned i;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "bob@here.test");
	(void)lab_say(&lab, STR("half"));
	lab_expect(lab_wait(&lab, 59 * SEC), "", "not yet");
	lab_expect(lab_wait(&lab, 2 * SEC), "421 4.4.2 too slow *",
	    "under 10 bytes a second over a minute");
	lab_hang_up(&lab);
	to_data(&lab, "bob@here.test");
	for (i = 0; i < 29; i++) {
		send_lines(&lab, 2);
		lab_expect(lab_wait(&lab, 10 * SEC), "", "fast enough");
	}
	lab_expect(lab_wait(&lab, 11 * SEC), "421 4.4.2 mx.here.test: time "
	    "is over *", "but not for ever");
	lab_close(&lab);
}

/* catalogue 33, 70 */
static void
test_cut(void **state)
{
	struct lab lab;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		lab_open(&lab, NULL);
		to_data(&lab, "bob@here.test");
		(void)lab_say(&lab, STR("Subject: x\r\n\r\nbody\r\n.\r"));
		if (i == 0)
			lab_hang_up(&lab);
		else
			lab_reset(&lab);
		assert_int_equal(letters(&lab), 0);
		lab_expect(lab_log(&lab), "left * id=???????????.1 "
		    "stage=data code=- enh=- by=*", "not ours");
		lab_close(&lab);
	}
}

/* --- headers that end it -------------------------------------------------- */

static void
test_hops(void **state)
{
	struct lab lab;
	unsigned i;

	(void)state;
	lab_open(&lab, NULL);
	to_data(&lab, "bob@here.test");
	for (i = 0; i < 100; i++)
		(void)stream_say(lab.client, STR("Received: x\r\n"));
	lab_expect(lab_say(&lab, STR("\r\n.\r\n")), "554 5.4.6 *",
	    "a hundred hops (catalogue 53)");
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\nDATA\r\n")), "250 *354 *", "");
	lab_expect(lab_say(&lab, STR("Delivered-To: bob@here.test\r\n"
	    "Received: from a by mx.here.test; x\r\n"
	    "Received: from b by mx.here.test; x\r\n\r\n.\r\n")),
	    "554 5.4.6 *", "it was here (catalogue 54)");
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\nDATA\r\n")), "250 *354 *", "");
	lab_expect(lab_say(&lab, STR("Delivered-To: bob@here.test\r\n\r\n"
	    ".\r\n")), "250 *", "forged alone it is removed");
	assert_int_equal(letters(&lab), 1);
	lab_close(&lab);
}

/* catalogue 44 */
static void
test_header_limits(void **state)
{
	static const struct {
		const char *settings;
		unsigned    fields;      /* of eight bytes                   */
		const char *want, *log, *why;
	} rows[] = {
		{ NULL, 1000, "250 *", "accept *", "1000 fields" },
		{ NULL, 1001, "552 5.3.4 *header*", "refuse * by=header *",
		    "1001" },
		{ "limits { header-fields 1200 }\n", 1001, "250 *",
		    "accept *", "where more are allowed" },
		{ "limits { header-fields 10 }\n", 11, "552 *", "refuse *",
		    "where fewer are" },
		{ "limits { header 1k }\n", 127, "250 *", "accept *",
		    "1018 bytes" },
		{ "limits { header 1k }\n", 128, "552 *", "refuse *",
		    "1026 bytes" },
	};
	struct lab_conf conf = { NULL, NULL, NULL };
	struct lab lab;
	unsigned i, n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.settings = rows[i].settings;
		lab_open(&lab, &conf);
		to_data(&lab, "bob@here.test");
		for (n = 0; n < rows[i].fields; n++) {
			(void)stream_say(lab.client, STR("X-Y: z\r\n"));
			if (n % 100 == 0)
				(void)lab_wait(&lab, 0);
		}
		lab_expect(lab_say(&lab, STR("\r\n.\r\n")), rows[i].want,
		    rows[i].why);
		lab_expect(lab_log(&lab), rows[i].log, rows[i].why);
		lab_close(&lab);
	}
}

/* --- copies --------------------------------------------------------------- */

static void
test_one_copy(void **state)
{
	const struct letter *l;
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	to_data(&lab, "Bob@here.test");
	lab_expect(lab_say(&lab, STR("Return-Path: <forged@x>\r\n"
	    "X-Postern: accept; forged\r\nSubject: x\r\n\r\n.\r\n")),
	    "250 2.0.0 kept as *", "");
	l = letter_of(&lab, "bob", "");
	lab_expect(l->text, "Return-Path: <ann@good.test>\r\n"
	    "Delivered-To: *\r\n"
	    "Received: from client.test (unknown ?192.0.2.1?)\r\n"
	    "\tby mx.here.test with ESMTP id <???????????.1@mx.here.test>\r\n"
	    "\tfor <Bob@here.test>;\r\n"
	    "\t*\r\n"
	    "X-Postern: accept; id=???????????.1; score=0\r\n"
	    "Subject: x\r\n\r\n", "the whole copy (P7)");
	lab_close(&lab);
}

/* RFC 5321 4.4: no copy shows another recipient. */
static void
test_two_copies(void **state)
{
	const struct letter *ann, *bob;
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	lab_expect(lab_say(&lab, STR("MAIL FROM:<>\r\n"
	    "RCPT TO:<ann@here.test>\r\nRCPT TO:<bob@here.test>\r\n"
	    "RCPT TO:<ANN@here.test>\r\nDATA\r\n")),
	    "250 *250 *250 *250 *354 *", "");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 2.0.0 *", "");
	assert_int_equal(letters(&lab), 2);     /* catalogue 31 */
	ann = letter_of(&lab, "ann", "");
	bob = letter_of(&lab, "bob", "");
	lab_expect(ann->prefix, "Return-Path: <>\r\nDelivered-To: ann@*", "");
	lab_expect(bob->prefix, "Return-Path: <>\r\nDelivered-To: bob@*", "");
	assert_false(str_glob(STR("*bob*"), ann->text));
	assert_false(str_glob(STR("*ann*"), bob->text));
	assert_false(str_glob(STR("*for <*"), ann->text));
	assert_true(str_eq(ann->id, bob->id));
	lab_close(&lab);
}

/* --- verdicts ------------------------------------------------------------- */

/* Points that add up to the score, thresholds beside them. */
static const char junk_policy[] =
	"score +4 odd-helo if helo.name like \"client.*\"\n"
	"score +2 odd-ip if client.ip in { 192.0.2.0/24 }\n"
	"score -1 fine if mail.domain = \"good.test\"\n"
	"junk at 5\nrefuse at 9\n";

static void
test_junk_folder(void **state)
{
	struct lab_conf conf = { NULL, junk_policy, NULL };
	const struct letter *l;
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 *", "");
	l = letter_of(&lab, "bob", ".Junk");
	lab_expect(l->prefix, "*X-Postern: junk; id=???????????.1; score=5 "
	    "(junk 5, refuse 9); odd-helo +4,\r\n odd-ip +2, fine -1\r\n",
	    "as drawn in interfaces.md");
	lab_expect(lab_log(&lab), "junk * by=junk-at score=5.0 * lists=- "
	    "rules=odd-helo+4,odd-ip+2,fine-1 * box=Junk *", "");
	assert_string_equal(lab.folder, "Junk");
	lab_close(&lab);
}

/* A list that did not answer is named. */
static void
test_unknown_list(void **state)
{
	struct lab_conf conf = { NULL, "list zen \"zen.test\" ip4 { ask "
	    "client; code 127.0.0.2 x 9 }\nlist sc \"sc.test\" ip4 { ask "
	    "client; code 127.0.0.2 x 9 }\nuse zen\nuse sc\n",
	    "zone zen.test { every servfail }\n" };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 *", "");
	lab_expect(letter_of(&lab, "bob", "")->prefix,
	    "*X-Postern: accept; id=*; score=0; unknown=zen\r\n", "");
	lab_expect(lab_log(&lab), "accept * unk=zen *", "");
	lab_close(&lab);
}

static void
test_junk_header(void **state)
{
	struct lab_conf conf = { "domain other.test { deliver maildir "
	    "/srv/%d/%u { junk header \"X-Spam-Flag: YES\" } }\n",
	    junk_policy, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\n"
	    "RCPT TO:<eve@other.test>\r\n")),
	    "250 *\r\n250 *\r\n452 4.5.3 one destination *",
	    "another way of marking junk (design.md 4.6)");
	lab_close(&lab);
}

static void
test_junk_ways(void **state)
{
	static const struct {
		const char *settings, *local, *subfolder, *want, *why;
	} rows[] = {
		{ "deliver maildir /srv/%d/%u { junk header \"X-Spam-Flag: "
		    "YES\" }\n", "ann", "", "*X-Spam-Flag: YES\r\nSubject:*",
		    "a header" },
		{ "deliver maildir /srv/%d/%u { junk address \"+junk\" }\n",
		    "ann+junk", "", "*Delivered-To: ann@*", "an address" },
	};
	struct lab_conf conf = { NULL, junk_policy, NULL };
	const struct letter *l;
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.settings = rows[i].settings;
		lab_open(&lab, &conf);
		to_data(&lab, "ann@here.test");
		lab_expect(lab_say(&lab, STR("X-Spam-Flag: NO\r\n" MESSAGE)),
		    "250 *", rows[i].why);
		assert_int_equal(letters(&lab), 1);
		l = letter_of(&lab, rows[i].local, rows[i].subfolder);
		lab_expect(l->text, rows[i].want, rows[i].why);
		if (i == 0)
			assert_false(str_glob(STR("*Flag: NO*"), l->text));
		lab_close(&lab);
	}
}

/* language.md "Several recipients" */
static void
test_several(void **state)
{
	struct lab_conf conf = { NULL, "at eom no if rcpt = "
	    "\"bob@here.test\" refuse 550 5.7.1 \"not bob\"\n", NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<ann@here.test>\r\nRCPT TO:<bob@here.test>\r\nDATA\r\n"));
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 2.0.0 *", "");
	(void)letter_of(&lab, "ann", "");
	lab_expect(letter_of(&lab, "bob", ".Junk")->prefix,
	    "*X-Postern: junk; would=refuse; *", "kept, and says so");
	(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\nDATA\r\n"));
	lab_expect(lab_say(&lab, STR(MESSAGE)), "550-5.7.1 not bob\r\n*",
	    "alone");
	assert_int_equal(letters(&lab), 2);
	lab_expect(lab_say(&lab, STR("NOOP\r\n")), "250 *", "and on");
	lab_close(&lab);
}

static void
test_drop_at_eom(void **state)
{
	struct lab_conf conf = { NULL, "at eom no if header.from-count != 1 "
	    "drop 554 \"go away\"\n", NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "554-5.7.1 go away\r\n554 *",
	    "");
	lab_expect(lab_say(&lab, STR("NOOP\r\n")), "", "nothing follows");
	lab_hang_up(&lab);
	assert_int_equal(letters(&lab), 0);
	lab_expect(lab_log(&lab), "drop * stage=eom code=554 * by=no *", "");
	lab_close(&lab);
}

static void
test_defer(void **state)
{
	struct lab_conf conf = { NULL, "at eom later if rcpt = "
	    "\"bob@here.test\" defer 451 4.7.1 \"come again\"\n", NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<ann@here.test>\r\nRCPT TO:<bob@here.test>\r\nDATA\r\n"));
	lab_expect(lab_say(&lab, STR(MESSAGE)),
	    "451 4.7.1 come again [???????????.1]\r\n", "for all");
	assert_int_equal(letters(&lab), 0);
	lab_expect(lab_log(&lab), "defer * stage=eom code=451 enh=4.7.1 "
	    "by=later * to=\"bob@here.test\"", "who decided");
	lab_close(&lab);
}

static void
test_observe(void **state)
{
	struct lab_conf conf = { NULL, "mode observe\nat rcpt no if rcpt = "
	    "\"bob@here.test\" refuse 550 5.7.1 \"not bob\"\n", NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "bob@here.test");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 2.0.0 *", "");
	lab_expect(letter_of(&lab, "bob", "")->prefix,
	    "*X-Postern: accept; would=refuse; *", "marked only");
	lab_close(&lab);
}

/* RFC 5321 4.5.1: whatever the policy says. */
static void
test_postmaster(void **state)
{
	struct lab_conf conf = { NULL, "at rcpt no if client.ip in { "
	    "192.0.2.0/24 } refuse 550 5.7.1 \"never\"\n", NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	to_data(&lab, "postmaster");
	lab_expect(lab_say(&lab, STR(MESSAGE)), "250 2.0.0 *", "");
	lab_expect(letter_of(&lab, "postmaster", "")->prefix,
	    "*Delivered-To: postmaster@here.test\r\n*", "bare");
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\n")), "250 *550-5.7.1 never*",
	    "others are refused");
	lab_close(&lab);
}

/* A store that has no postmaster of its own anywhere. */
struct shy_store {
	struct store  store;
	struct store *behind;
};

static int
shy_find(struct store *store, struct str domain, struct str local,
    struct arena *arena, struct mailbox *mailbox, enum find *found)
{
	struct shy_store *s = CONTAINER(store, struct shy_store, store);

	if (str_eq(local, STR("postmaster"))) {
		*found = FIND_NO;
		return 0;
	}
	return store_find(s->behind, domain, local, arena, mailbox, found);
}

/* Then his mail goes to the address that the settings name. */
static void
test_postmaster_address(void **state)
{
	static const struct {
		const char *settings, *want, *why;
	} rows[] = {
		{ "postmaster ann@here.test\n", "250 2.1.5 *", "somebody" },
		{ "postmaster full@here.test\n", "452 4.2.2 *", "is full" },
		{ "postmaster nobody@here.test\n", "451 4.3.0 *",
		    "is not there: never a 5xx" },
		{ "postmaster ann@far.test\n", "451 4.3.0 *",
		    "is not ours: never a 5xx" },
		{ NULL, "451 4.3.0 *", "nobody is named" },
	};
	struct lab_conf conf = { NULL, NULL, NULL };
	struct shy_store shy;
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.settings = rows[i].settings;
		lab_open(&lab, &conf);
		shy = (struct shy_store){ *lab.world->store,
		    lab.world->store };
		shy.store.find = shy_find;
		lab.world->store = &shy.store;
		(void)lab_connect(&lab, "192.0.2.1");
		(void)lab_say(&lab, STR("EHLO c.test\r\n"));
		(void)lab_say(&lab, STR("MAIL FROM:<>\r\n"));
		lab_expect(lab_say(&lab,
		    STR("RCPT TO:<postmaster@other.test>\r\n")),
		    rows[i].want, rows[i].why);
		lab_close(&lab);
	}
}

/* What becomes of the message outranks what became of a recipient. */
static void
test_outcome(void **state)
{
	static const struct lab_conf conf = { "limits { message 64k }\n",
	    NULL, NULL };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<no@here.test>\r\nRCPT TO:<bob@here.test>\r\n"
	    "DATA\r\n"));
	send_lines(&lab, 1400);
	lab_hang_up(&lab);
	lab_expect(lab_log(&lab), "abuse * what=message-size *", "");
	lab_expect(lab_log(&lab), "drop * stage=data code=421 enh=4.3.4 "
	    "by=message-size * rcpts=1/2 *", "");
	lab_close(&lab);
}

/* --- the store ------------------------------------------------------------ */

/* catalogue 106, 107, 108; promise P2 */
static void
test_store_fails(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<ann@here.test>\r\nRCPT TO:<broken@here.test>\r\n"
	    "DATA\r\n"));
	lab_expect(lab_say(&lab, STR(MESSAGE)), "451 4.3.0 *", "one fails");
	assert_int_equal(letters(&lab), 0);     /* so all do */
	lab_expect(lab_log(&lab), "lost ip=192.0.2.1 id=???????????.1 "
	    "what=delivery error=*", "a promise");
	lab_expect(lab_log(&lab), "defer * stage=eom code=451 enh=4.3.0 "
	    "by=local *", "");
	lab_expect(lab_say(&lab, STR("NOOP\r\n")), "250 *", "it lives");
	lab_close(&lab);
}

static void
test_spool_full(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	lab.bodies.max = 4096;
	to_data(&lab, "bob@here.test");
	send_lines(&lab, 100);
	lab_expect(lab_say(&lab, STR(".\r\n")), "452 4.3.1 *",
	    "no room for the content");
	assert_int_equal(letters(&lab), 0);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_bytes_are_kept),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_hops),
		cmocka_unit_test(test_header_limits),
		cmocka_unit_test(test_one_copy),
		cmocka_unit_test(test_two_copies),
		cmocka_unit_test(test_junk_folder),
		cmocka_unit_test(test_unknown_list),
		cmocka_unit_test(test_junk_header),
		cmocka_unit_test(test_junk_ways),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_drop_at_eom),
		cmocka_unit_test(test_defer),
		cmocka_unit_test(test_observe),
		cmocka_unit_test(test_postmaster),
		cmocka_unit_test(test_postmaster_address),
		cmocka_unit_test(test_outcome),
		cmocka_unit_test(test_store_fails),
		cmocka_unit_test(test_spool_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
