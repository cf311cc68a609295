/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks that get full, and mailboxes of several owners. */
#include "tests/unit/session_lab.h"

#include <stdio.h>

#define MIB ((uint64_t)1 << 20)

/* What MAIL hears when the pools have told of so much room (catalogue
 * 107). */
static void
test_space(void **state)
{
	static const struct {
		const char *settings, *mail;
		uint64_t    bytes, inodes;
		const char *want, *why;
	} rows[] = {
		/* message 50M: one and a half, and 64M */
		{ NULL, "", 139 * MIB, 1000, "250 *", "just enough" },
		{ NULL, "", 139 * MIB - 1, 1000, "452 4.3.1 *", "a byte less" },
		{ NULL, "", 1 << 30, 999, "452 4.3.1 *", "inodes" },
		{ NULL, " SIZE=10485760", 79 * MIB, 1000, "250 *",
		    "what is announced counts" },
		{ NULL, " SIZE=10485760", 79 * MIB - 1, 1000, "452 4.3.1 *",
		    "and not less" },
		{ NULL, " SIZE=0", 64 * MIB - 1, 1000, "452 4.3.1 *",
		    "nothing is no licence" },
		{ "limits { free-space 0; free-inodes 0 }\n", "", 0, 0,
		    "250 *", "nobody asks" },
		{ "limits { message 1M; free-space 1M }\n", "",
		    5 * MIB / 2, 1000, "250 *", "as configured" },
		{ "limits { message 1M; free-space 1M }\n", "",
		    5 * MIB / 2 - 1, 1000, "452 4.3.1 *", "as configured" },
	};
	struct lab_conf conf = { NULL, NULL, NULL };
	struct lab lab;
	char line[100];
	unsigned row;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.settings = rows[i].settings;
		lab_open(&lab, &conf);
		row = board_enter(lab.world->board);
		board_space(lab.world->board, row, rows[i].bytes,
		    rows[i].inodes);
		(void)lab_connect(&lab, "192.0.2.1");
		(void)lab_say(&lab, STR("EHLO c.test\r\n"));
		(void)snprintf(line, sizeof line,
		    "MAIL FROM:<a@b.test>%s\r\n", rows[i].mail);
		lab_expect(lab_say(&lab, str_of(line)), rows[i].want,
		    rows[i].why);
		/* When there is room again, all is well. */
		board_space(lab.world->board, row, 1 << 30, 100000);
		lab_expect(lab_say(&lab, STR("RSET\r\n"
		    "MAIL FROM:<a@b.test>\r\n")), "250 *250 *",
		    rows[i].why);
		lab_close(&lab);
	}
}

/* No pool has told: nobody is put off for that. */
static void
test_untold(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL);
	(void)lab_connect(&lab, "192.0.2.1");
	(void)lab_say(&lab, STR("EHLO c.test\r\n"));
	lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n")),
	    "250 2.1.0 *", "");
	lab_close(&lab);
}

/* One transaction, one owner; the next one takes the others (RFC 5321
 * 4.5.3.1.10; design.md 4.6). */
static void
test_owners(void **state)
{
	static const struct {
		const char *settings, *want, *why;
	} rows[] = {
		{ "domain other.test { deliver maildir /o/%d/%u "
		    "{ owner other } }\n",
		    "250 *\r\n250 *\r\n452 4.5.3 one destination *",
		    "two owners" },
		{ "domain other.test { deliver maildir /o/%d/%u "
		    "{ owner vmail } }\n", "250 *\r\n250 *\r\n250 *",
		    "two folders of one owner" },
		{ "domain other.test { deliver maildir /o/%d/%u }\n",
		    "250 *\r\n250 *\r\n250 *", "the usual owner" },
	};
	struct lab_conf conf = { NULL, NULL, NULL };
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		conf.settings = rows[i].settings;
		lab_open(&lab, &conf);
		(void)lab_connect(&lab, "192.0.2.1");
		(void)lab_say(&lab, STR("EHLO c.test\r\n"));
		lab_expect(lab_say(&lab, STR("MAIL FROM:<a@b.test>\r\n"
		    "RCPT TO:<bob@here.test>\r\n"
		    "RCPT TO:<eve@other.test>\r\n")), rows[i].want,
		    rows[i].why);
		lab_expect(lab_say(&lab, STR("RSET\r\n"
		    "MAIL FROM:<a@b.test>\r\n"
		    "RCPT TO:<eve@other.test>\r\n")),
		    "250 *250 *250 *", rows[i].why);
		lab_close(&lab);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_untold),
		cmocka_unit_test(test_owners),
	};

	return cmocka_run_group_tests_name("smtp_space", tests, NULL, NULL);
}
