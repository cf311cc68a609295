/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ids and log lines: their form, and that nothing a stranger types can look
 * like a member of ours (catalogue 117).
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>

static usec_t wall_of_test;

static usec_t
fixed_wall(struct world *w)
{
	(void)w;
	return wall_of_test;
}

static void
test_id(void **state)
{
	static const struct {
		usec_t   seconds;
		unsigned row, counter;
		const char *id;
	} rows[] = {
		{ 0, 0, 0, "00000000000" },
		{ 0, 0, 1, "00000000001" },
		{ 0, 1, 0, "00000000g00" },
		{ 0, 31, 16383, "0000000fzzz" },
		{ 1, 0, 0, "00000080000" },
		{ 1795562595, 0, 0, "dc31rrr0000" },
		{ UINT32_MAX, 31, 16383, "zzzzzzrfzzz" },
	};
	struct world world = { .wall = fixed_wall };
	struct server server = { .world = &world };
	char id[12], before[12] = "";
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		wall_of_test = rows[i].seconds * SEC + 999999;
		server.row = rows[i].row;
		world.ids = rows[i].counter;
		id_make(&server, id);
		assert_string_equal(id, rows[i].id);
		assert_true(strcmp(before, id) <= 0);   /* sorts by time */
		memcpy(before, id, sizeof id);
		assert_int_equal(world.ids, rows[i].counter + 1);
	}
}

/* Forged members in HELO, addresses and Message-ID. */
static void
test_escapes(void **state)
{
	struct str line;
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	lab_expect(lab_say(&lab, STR("EHLO a b\\\"ip=203.0.113.5 id=\r\n")),
	    "250-*", "any text is a name");
	(void)lab_say(&lab, STR("MAIL FROM:<\"x\\\" ip=1.2.3.4\"@b.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\nDATA\r\n"));
	(void)lab_say(&lab, STR("Message-ID: <x\" size=0 \x1b[31m\xe2\x80"
	    "\xae>\r\n\r\n.\r\n"));
	line = lab_log(&lab);
	lab_expect(line, "accept ip=192.0.2.1 * name=- "
	    "helo=\"a b\\x5c\\x22ip=203.0.113.5 id=\" "
	    "from=\"\\x22x\\x5c\\x22 ip=1.2.3.4\\x22@b.test\" "
	    "to=\"bob@here.test\" "
	    "mid=\"<x\\x22 size=0 \\x1b[31m\\xe2\\x80\\xae>\"", "");
	assert_false(str_glob(STR("*\n*"), line));
	lab_close(&lab);
}

/* The longest texts of all: one line, under 1,800 bytes, ours first. */
static void
test_longest(void **state)
{
	char helo[256], local[65], domain[190];
	struct lab lab;
	struct str line;

	(void)state;
	memset(helo, '"', sizeof helo);
	memset(local, 'l', sizeof local);
	memset(domain, 'd', sizeof domain);
	for (size_t i = 60; i < sizeof domain; i += 60)
		domain[i] = '.';
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	lab_expect(lab_say(&lab, arena_printf(lab.arena, "EHLO %.*s\r\n",
	    255, helo)), "250-*", "");
	lab_expect(lab_say(&lab, arena_printf(lab.arena,
	    "MAIL FROM:<%.*s@%.*s>\r\nRCPT TO:<%.*s@here.test>\r\n",
	    64, local, 180, domain, 64, local)), "250 *550 5.1.1 *", "");
	lab_hang_up(&lab);
	line = lab_log(&lab);
	assert_true(line.len <= 1800);
	lab_expect(line, "refuse ip=192.0.2.1 id=* stage=rcpt code=550 "
	    "enh=5.1.1 by=unknown-user * helo=\"\\x22*...\" from=\"lll*\" "
	    "to=\"lll*\"", "");
	lab_close(&lab);
}

/* Many names: as many as fit, then how many are missing. */
static void
test_many_names(void **state)
{
	static char policy[8000];
	static const struct lab_conf conf = { NULL, policy, NULL };
	struct lab lab;
	struct str line;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < 60; i++)
		n += (size_t)snprintf(policy + n, sizeof policy - n,
		    "score +1 some-reason-%02zu if client.ip in { "
		    "192.0.2.0/24 }\n", i);
	(void)snprintf(policy + n, sizeof policy - n, "refuse at 60\n");
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_wait(&lab, 0);
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\n")), "250 *550-5.7.1 *", "");
	lab_hang_up(&lab);
	line = lab_log(&lab);
	lab_expect(line, "refuse * score=60.0 * rules=some-reason-00+1,"
	    "some-reason-01+1,*,some-reason-17+1...+42 unk=- * "
	    "to=\"bob@here.test\"", "");
	assert_true(line.len <= 1800);
	lab_close(&lab);
}

/* What is not known, each filter once; what has a member of its own says so
 * there. */
static void
test_unknown(void **state)
{
	static const struct lab_conf conf = { NULL, "list zen \"zen.test\" "
	    "ip4 { ask client; code 127.0.0.2 x 9; code 127.0.0.3 y 9 }\n"
	    "use zen\nat eom x if helo.resolves and mail.exists = found and "
	    "fcrdns = pass junk\n",
	    "zone zen.test { every servfail }\n"
	    "zone in-addr.arpa { every servfail }\n"
	    "zone c.test { every servfail }\n"
	    "zone b.test { every servfail }\n" };
	struct lab lab;

	(void)state;
	lab_open(&lab, &conf);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<bob@here.test>\r\nDATA\r\n"));
	lab_expect(lab_say(&lab, STR("x: y\r\n\r\n.\r\n")), "250 *", "");
	lab_expect(lab_log(&lab), "accept * unk=zen,client,helo,spf,mail "
	    "fcrdns=unknown * name=- *", "");
	lab_close(&lab);
}

/* Exactly one line for each transaction, or one for a connection without. */
static void
test_count(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	lab_hang_up(&lab);
	assert_int_equal(lab.decisions, 1);
	lab_expect(lab_log(&lab), "left * id=??????????? stage=helo *", "");
	assert_str(lab_log(&lab), "");
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
	    "RCPT TO:<no1@here.test>\r\nRCPT TO:<no2@here.test>\r\nRSET\r\n"
	    "MAIL FROM:<a@b.test>\r\nRCPT TO:<bob@here.test>\r\nDATA\r\n"));
	(void)lab_say(&lab, STR("x: y\r\n\r\n.\r\n"));
	(void)lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\nQUIT\r\n"));
	lab_hang_up(&lab);
	assert_int_equal(lab.decisions, 4);
	lab_expect(lab_log(&lab), "refuse * id=??????????? * dur=0.00 "
	    "rcpts=0/2 * to=\"no1@here.test\"", "the first decides");
	lab_expect(lab_log(&lab), "accept * id=???????????.2 *", "");
	lab_expect(lab_log(&lab), "left * id=???????????.3 stage=mail * "
	    "by=quit *", "");
	assert_str(lab_log(&lab), "");
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
