/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines: what they give, or which reply says what is wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "smtp/command.h"

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* So that a failing row tells its text. */
static void
check_row(const char *text, const char *why, bool good)
{
	if (!good)
		fail_msg("%s: %s", text, why);
}

static void
test_split(void **state)
{
	static const struct {
		struct str line, verb, rest;
		enum reply_id rp;
		const char *why;
	} rows[] = {
		{ STR("EHLO a.test"), STR("EHLO"), STR("a.test"), RP_NONE,
		    "plain" },
		{ STR("quit"), STR("quit"), STR(""), RP_NONE,
		    "case is kept" },
		{ STR("QUIT  \t "), STR("QUIT"), STR(""), RP_NONE,
		    "blanks at the end (catalogue 27)" },
		{ STR("MAIL   FROM:<a@b>"), STR("MAIL"), STR("FROM:<a@b>"),
		    RP_NONE, "more blanks" },
		{ STR(""), STR(""), STR(""), RP_NONE, "empty" },
		{ STR(" QUIT"), STR(""), STR("QUIT"), RP_NONE,
		    "a blank in front makes no verb" },
		{ STR("QUIT\0"), STR(""), STR(""), RP_NUL_LINE,
		    "NUL (catalogue 7)" },
		{ STR("\0"), STR(""), STR(""), RP_NUL_LINE, "NUL alone" },
	};
	struct command cmd;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&cmd, 0, sizeof cmd);
		check_row(rows[i].line.p, rows[i].why,
		    command_split(rows[i].line, &cmd) == rows[i].rp &&
		    str_eq(cmd.verb, rows[i].verb) &&
		    str_eq(cmd.rest, rows[i].rest));
	}
}

static void
test_mail(void **state)
{
	/* size -1: none said; -2: more than fits. */
	static const struct {
		const char *rest;
		enum reply_id rp;
		const char *text;
		long long size;
		enum body_kind body;
		const char *why;
	} rows[] = {
		{ "FROM:<ann@good.test>", RP_NONE, "ann@good.test", -1,
		    BODY_7BIT, "plain" },
		{ "from:<ann@good.test>", RP_NONE, "ann@good.test", -1,
		    BODY_7BIT, "lower case (catalogue 27)" },
		{ "FROM: <ann@good.test>", RP_NONE, "ann@good.test", -1,
		    BODY_7BIT, "blank behind the colon (catalogue 27)" },
		{ "FROM:<>", RP_NONE, "", -1, BODY_7BIT,
		    "null sender (catalogue 26)" },
		{ "FROM:<@a.test,@b.test:c@d.test>", RP_NONE, "c@d.test", -1,
		    BODY_7BIT, "source route (catalogue 23)" },
		{ "FROM:<a@b.test> SIZE=1000", RP_NONE, "a@b.test", 1000,
		    BODY_7BIT, "size" },
		{ "FROM:<a@b.test>  BODY=8bitmime   SIZE=0", RP_NONE,
		    "a@b.test", 0, BODY_8BITMIME, "both, blanks between" },
		{ "FROM:<a@b.test> BODY=7BIT", RP_NONE, "a@b.test", -1,
		    BODY_7BIT, "7bit" },
		{ "FROM:<a@b.test> SIZE=99999999999999999999", RP_NONE,
		    "a@b.test", -2, BODY_7BIT,
		    "too big for 64 bits (catalogue 21)" },
		{ "FROM:<a@b.test> SIZE=18446744073709551615", RP_NONE,
		    "a@b.test", -2, BODY_7BIT, "exactly too big" },
		{ "FROM:<a@b.test> SIZE=-1", RP_BAD_VALUE, NULL, 0, 0,
		    "sign (catalogue 21)" },
		{ "FROM:<a@b.test> SIZE=", RP_BAD_VALUE, NULL, 0, 0,
		    "no value" },
		{ "FROM:<a@b.test> SIZE", RP_BAD_VALUE, NULL, 0, 0,
		    "no value at all" },
		{ "FROM:<a@b.test> SIZE=1 SIZE=1", RP_BAD_VALUE, NULL, 0, 0,
		    "twice (catalogue 21)" },
		{ "FROM:<a@b.test> SIZE=1=1", RP_BAD_VALUE, NULL, 0, 0,
		    "no = in a value" },
		{ "FROM:<a@b.test> BODY=x", RP_BAD_VALUE, NULL, 0, 0,
		    "unknown body (catalogue 21)" },
		{ "FROM:<a@b.test> BODY=BINARYMIME", RP_BAD_VALUE, NULL, 0,
		    0, "not offered (catalogue 43)" },
		{ "FROM:<a@b.test> RET=FULL", RP_BAD_PARAM, NULL, 0, 0,
		    "DSN is not offered (catalogue 21)" },
		{ "FROM:<a@b.test> ENVID=a+0Ab", RP_BAD_PARAM, NULL, 0, 0,
		    "nor is its xtext read (catalogue 22)" },
		{ "FROM:<a@b.test> AUTH=<>", RP_BAD_PARAM, NULL, 0, 0,
		    "RFC 4954 5: no AUTH without AUTH" },
		{ "FROM:<a@b.test> X-0Z9=1", RP_BAD_PARAM, NULL, 0, 0,
		    "letters, digits and - make a keyword" },
		{ "FROM:<a@b.test> SMTPUTF8", RP_BAD_PARAM, NULL, 0, 0,
		    "not offered" },
		{ "FROM:<a@b.test> =5", RP_BAD_VALUE, NULL, 0, 0,
		    "no keyword" },
		{ "FROM:<a@b.test> -X=5", RP_BAD_VALUE, NULL, 0, 0,
		    "keywords start with a letter or digit" },
		{ "FROM:<a@b.test>SIZE=5", RP_BAD_VALUE, NULL, 0, 0,
		    "no blank before a parameter" },
		{ "FROM:ann@good.test", RP_BAD_SENDER, NULL, 0, 0,
		    "no <> (catalogue 27, our choice)" },
		{ "FROM <a@b.test>", RP_BAD_SENDER, NULL, 0, 0, "no colon" },
		{ "TO:<a@b.test>", RP_BAD_SENDER, NULL, 0, 0, "not FROM" },
		{ "", RP_BAD_SENDER, NULL, 0, 0, "nothing" },
		{ "FROM:", RP_BAD_SENDER, NULL, 0, 0, "no path" },
		{ "FROM:<a@b.test", RP_BAD_SENDER, NULL, 0, 0, "no >" },
		{ "FROM:<a@b@c.test>", RP_BAD_SENDER, NULL, 0, 0,
		    "two @ (catalogue 24)" },
		{ "FROM:<postmaster>", RP_BAD_SENDER, NULL, 0, 0,
		    "no domain" },
		{ "FROM:<j\xc3\xb6@b.test>", RP_8BIT_PATH, NULL, 0, 0,
		    "8 bit (catalogue 8)" },
	};
	struct mail_args args;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&args, 0, sizeof args);
		check_row(rows[i].rest, rows[i].why,
		    command_mail(str_of(rows[i].rest), arena, &args) ==
		    rows[i].rp);
		if (rows[i].rp != RP_NONE)
			continue;
		check_row(rows[i].rest, "sender",
		    str_eq(args.sender.text, str_of(rows[i].text)));
		check_row(rows[i].rest, "size",
		    args.has_size == (rows[i].size != -1) &&
		    (rows[i].size < 0 ||
		    args.size == (uint64_t)rows[i].size) &&
		    (rows[i].size != -2 || args.size == UINT64_MAX));
		check_row(rows[i].rest, "body", args.body == rows[i].body);
	}
}

static void
test_rcpt(void **state)
{
	static const struct {
		const char *rest;
		enum reply_id rp;
		const char *text;
		const char *why;
	} rows[] = {
		{ "TO:<bob@here.test>", RP_NONE, "bob@here.test", "plain" },
		{ "to: <bob@here.test>", RP_NONE, "bob@here.test",
		    "tolerated (catalogue 27)" },
		{ "TO:<postmaster>", RP_NONE, "postmaster",
		    "no domain (catalogue 25)" },
		{ "TO:<@a.test:bob@here.test>", RP_NONE, "bob@here.test",
		    "the route is ignored (catalogue 23)" },
		{ "TO:<user%other.test@here.test>", RP_NONE,
		    "user%other.test@here.test",
		    "a local part like others (catalogue 24)" },
		{ "TO:<\"a@b\"@here.test>", RP_NONE, "\"a@b\"@here.test",
		    "quoted, not a route (catalogue 24)" },
		{ "TO:<>", RP_BAD_RCPT, NULL, "nobody" },
		{ "TO:<a@b@here.test>", RP_BAD_RCPT, NULL,
		    "two @ (catalogue 24)" },
		{ "TO:<bob@here.test> NOTIFY=NEVER", RP_BAD_PARAM, NULL,
		    "DSN is not offered" },
		{ "TO:<bob@here.test> ORCPT=rfc822;a+0Ab", RP_BAD_PARAM,
		    NULL, "never decoded (catalogue 22)" },
		{ "TO:<bob@here.test> SIZE=5", RP_BAD_PARAM, NULL,
		    "a parameter of MAIL" },
		{ "TO:<b\xf6" "b@here.test>", RP_8BIT_PATH, NULL,
		    "8 bit (catalogue 8)" },
		{ "FROM:<bob@here.test>", RP_BAD_RCPT, NULL, "not TO" },
	};
	struct path path;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(&path, 0, sizeof path);
		check_row(rows[i].rest, rows[i].why,
		    command_rcpt(str_of(rows[i].rest), arena, &path) ==
		    rows[i].rp);
		if (rows[i].rp == RP_NONE)
			check_row(rows[i].rest, "path",
			    str_eq(path.text, str_of(rows[i].text)));
	}
}

static void
test_hello(void **state)
{
	static const struct {
		const char *rest;
		enum reply_id rp;
		const char *why;
	} rows[] = {
		{ "mx.good.test", RP_NONE, "a name" },
		{ "[192.0.2.1]", RP_NONE, "a literal" },
		{ "[IPv6:", RP_NONE, "judged elsewhere (catalogue 20)" },
		{ "[1.2.3", RP_NONE, "judged elsewhere (catalogue 20)" },
		{ "under_score.test", RP_NONE, "catalogue 20" },
		{ "a b", RP_NONE, "judged elsewhere" },
		{ "", RP_SYNTAX, "nothing (catalogue 20)" },
		{ "a\tb", RP_SYNTAX, "a control byte" },
		{ "b\xfc" "cher.test", RP_8BIT_LINE, "8 bit (catalogue 8)" },
	};
	char longest[COMMAND_HELO + 1];
	struct str helo;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		check_row(rows[i].rest, rows[i].why,
		    command_hello(str_of(rows[i].rest), &helo) ==
		    rows[i].rp);
	memset(longest, 'a', sizeof longest);
	assert_int_equal(command_hello((struct str){ longest,
	    COMMAND_HELO }, &helo), RP_NONE);
	assert_int_equal(command_hello((struct str){ longest,
	    COMMAND_HELO + 1 }, &helo), RP_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_split, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mail, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rcpt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hello, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
