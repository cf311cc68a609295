/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies: their form on the wire, and that no text of a stranger can bend
 * it. catalogue 35
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "smtp/reply.h"

static const struct reply_words words = {
	.host = STR("mx.here.test"), .id = STR("dc31nvr2bsh"),
	.what = STR("bbo@here.test"), .ip = STR("192.0.2.77"),
	.subject = STR("this address"), .reason = STR("Spamhaus ZEN (XBL)"),
	.brief = STR("Spamhaus ZEN XBL"),
	.see = STR("https://check.spamhaus.org/results?query=192.0.2.77"),
	.contact = STR("postmaster@here.test"),
};

/* What RFC 5321 4.2 and our own rules say of every reply. */
static void
check_form(const char *p, size_t n, size_t lines_max)
{
	struct str text = { p, n }, line, code = str_sub(text, 0, 3);
	size_t lines = 0;

	assert_true(n >= 6 && n <= REPLY_MAX);
	assert_memory_equal(p + n - 2, "\r\n", 2);
	text.len -= 2;
	while (text.p != NULL) {
		line = str_split(&text, '\r');
		if (text.p != NULL) {
			assert_int_equal(text.p[0], '\n');
			text = str_from(text, 1);
		}
		lines++;
		assert_true(line.len >= 4 && line.len <= REPLY_LINE);
		assert_memory_equal(line.p, code.p, 3);
		assert_int_equal(line.p[3], text.p == NULL ? ' ' : '-');
		for (size_t i = 0; i < line.len; i++)
			assert_true(line.p[i] >= ' ' && line.p[i] <= '~');
	}
	assert_true(lines <= lines_max);
}

static void
check_text(const char *p, size_t n, const char *want)
{
	char got[REPLY_MAX + 1];

	memcpy(got, p, n);
	got[n] = '\0';
	assert_string_equal(got, want);
}

/* Interfaces.md, "Reply texts", with its corrections. */
static void
test_rows(void **state)
{
	static const struct {
		enum reply_id id;
		const char   *want;
	} rows[] = {
		{ RP_BANNER, "220 mx.here.test ESMTP postern\r\n" },
		{ RP_BUSY, "421 mx.here.test is busy, please try again\r\n" },
		{ RP_OK, "250 2.0.0 ok\r\n" },
		{ RP_NO_USER, "550 5.1.1 no such address here: "
		    "bbo@here.test [dc31nvr2bsh]\r\n" },
		{ RP_NO_RELAY, "550 5.7.1 we take no mail for bbo@here.test "
		    "[dc31nvr2bsh]\r\n" },
		{ RP_KEPT, "250 2.0.0 kept as dc31nvr2bsh\r\n" },
		{ RP_LOCAL, "451 4.3.0 local error, please try again "
		    "[dc31nvr2bsh]\r\n" },
		{ RP_FULL, "452 4.2.2 mailbox full: bbo@here.test "
		    "[dc31nvr2bsh]\r\n" },
		{ RP_GREY, "451 4.7.1 Greylisted, first contact: try again "
		    "in 5 minutes [dc31nvr2bsh]\r\n" },
		{ RP_DOUBT, "451 4.4.3 Cannot check 192.0.2.77 at the "
		    "moment, please try again [dc31nvr2bsh]\r\n" },
		{ RP_LISTED, "550-5.7.1 Mail from 192.0.2.77 is refused: "
		    "this address is in the block list Spamhaus ZEN (XBL)."
		    "\r\n"
		    "550-5.7.1 Check and remove: "
		    "https://check.spamhaus.org/results?query=192.0.2.77\r\n"
		    "550 5.7.1 Refused (Spamhaus ZEN XBL). Wrong? "
		    "postmaster@here.test, quote dc31nvr2bsh\r\n" },
	};
	char out[REPLY_MAX];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		n = reply_make(rows[i].id, &words, out);
		check_text(out, n, rows[i].want);
	}
}

/* No row may break the form, whatever fills its places. */
static void
test_all_rows(void **state)
{
	static char junk[2000];
	struct reply_words wild;
	char out[REPLY_MAX];
	const struct reply_row *row;
	unsigned seed = 1;
	size_t i, k, n;

	(void)state;
	for (i = 0; i < sizeof junk; i++) {
		seed = seed * 1103515245 + 12345;
		junk[i] = (char)(seed >> 16);
	}
	for (i = 0; i < RP_COUNT; i++) {
		row = reply_row((enum reply_id)i);
		n = reply_make((enum reply_id)i, &words, out);
		check_form(out, n, REPLY_LINES);
		/* The class of an enhanced code is that of the reply. */
		if (row->enhanced[0] != '\0')
			assert_int_equal(row->enhanced[0],
			    '0' + row->code / 100);
		for (k = 0; k < sizeof wild / sizeof(struct str); k++)
			((struct str *)(void *)&wild)[k] =
			    (struct str){ junk + 97 * k, 150 * k };
		n = reply_make((enum reply_id)i, &wild, out);
		check_form(out, n, REPLY_LINES);
		memset(&wild, 0, sizeof wild);
		n = reply_make((enum reply_id)i, &wild, out);
		check_form(out, n, REPLY_LINES);
	}
}

static void
test_fold(void **state)
{
	static const struct {
		const char *enhanced, *text, *want, *why;
	} rows[] = {
		{ "5.7.1", "short", "550 5.7.1 short\r\n", "one line" },
		{ "", "short", "550 short\r\n", "no enhanced code" },
		{ "5.7.1", "", "550 5.7.1 \r\n", "nothing to say" },
		{ "5.7.1", "one\ntwo", "550-5.7.1 one\r\n550 5.7.1 two\r\n",
		    "two lines" },
		{ "5.7.1", "a\r\n250 ok", "550-5.7.1 a?\r\n550 5.7.1 250 ok"
		    "\r\n", "no line of a stranger's" },
		{ "5.7.1", " ~", "550 5.7.1  ~\r\n", "the ends of it" },
		{ "5.7.1", "caf\xc3\xa9 \x1b[31m", "550 5.7.1 caf?? ?[31m"
		    "\r\n", "ASCII only" },
		{ "5.7.1", "1\n2\n3\n4\n5\n6", "550-5.7.1 1\r\n550-5.7.1 2"
		    "\r\n550-5.7.1 5\r\n550 5.7.1 6\r\n",
		    "the middle goes" },
		{ "5.7.1", "the last word of this line would reach over the "
		    "hundred octets that a line may have at the most here",
		    "550-5.7.1 the last word of this line would reach over "
		    "the hundred octets that a line may have at the\r\n"
		    "550 5.7.1 most here\r\n", "folded at a blank" },
	};
	char out[REPLY_MAX], many[REPLY_TEXT];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		n = reply_write(550, str_of(rows[i].enhanced),
		    str_of(rows[i].text), out);
		check_form(out, n, REPLY_LINES);
		check_text(out, n, rows[i].want);
	}
	memset(many, 'x', sizeof many);
	n = reply_write(550, STR("5.7.1"), (struct str){ many, sizeof many },
	    out);
	check_form(out, n, REPLY_LINES);
	memset(many, '\n', sizeof many);
	n = reply_write(550, STR("5.7.1"), (struct str){ many, sizeof many },
	    out);
	check_form(out, n, REPLY_LINES);
}

/* Words of any length, and blanks between them: no byte is lost but blanks at
 * a fold, and no line is shorter than it must be. */
static void
test_fold_words(void **state)
{
	char text[256], out[REPLY_MAX], got[REPLY_MAX];
	struct str rest, line;
	unsigned seed = 7;
	size_t len, n, i, round, room;

	(void)state;
	for (round = 0; round < 20000; round++) {
		len = 1 + round % 200;
		for (i = 0; i < len; i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = (seed >> 16) % 12 == 0 && i > 0 &&
			    i + 1 < len && text[i - 1] != ' ' ? ' ' : 'x';
		}
		n = reply_write(550, STR("5.7.1"), (struct str){ text, len },
		    out);
		check_form(out, n, REPLY_LINES);
		rest = (struct str){ out, n };
		for (i = 0; rest.len > 0; rest = str_from(rest, 1)) {
			line = str_split(&rest, '\r');
			line = str_from(line, 10);
			memcpy(got + i, line.p, line.len);
			i += line.len;
			room = REPLY_LINE - 10 - line.len;
			/* The next word would not have fitted. */
			if (i < len)
				assert_true(text[i] != ' ' || room == 0 ||
				    str_find(str_from((struct str){ text,
				    len }, i + 1), ' ') >= room);
			if (i < len && text[i] == ' ')
				got[i++] = ' ';
		}
		assert_int_equal(i, len);
		assert_memory_equal(got, text, len);
	}
}

/* Echoed: escaped, cut at 64, ASCII. */
static void
test_echo(void **state)
{
	struct reply_words w = words;
	char out[REPLY_MAX], longer[300];
	size_t n;

	(void)state;
	w.what = STR("a\r\n250 \"x\"@\xc3\xa9");
	n = reply_make(RP_NO_USER, &w, out);
	check_form(out, n, 1);
	check_text(out, n, "550 5.1.1 no such address here: a\\x0d\\x0a250 "
	    "\\x22x\\x22@\\xc3\\xa9 [dc31nvr2bsh]\r\n");
	memset(longer, 'a', sizeof longer);
	w.what = (struct str){ longer, sizeof longer };
	n = reply_make(RP_NO_USER, &w, out);
	check_form(out, n, 2);
	assert_true(n < 10 + 22 + REPLY_WHAT + 30);
}

/* The link's line goes with the link. */
static void
test_no_link(void **state)
{
	struct reply_words w = words;
	char out[REPLY_MAX];
	size_t n;

	(void)state;
	w.see = (struct str){ 0 };
	w.reason = STR("SpamCop");
	w.brief = STR("SpamCop");
	n = reply_make(RP_LISTED, &w, out);
	check_text(out, n, "550-5.7.1 Mail from 192.0.2.77 is refused: this "
	    "address is in the block list SpamCop.\r\n"
	    "550 5.7.1 Refused (SpamCop). Wrong? postmaster@here.test, quote "
	    "dc31nvr2bsh\r\n");
}

static void
test_ehlo(void **state)
{
	char out[REPLY_MAX];
	size_t n;

	(void)state;
	n = reply_ehlo(STR("mx.here.test"), false, 52428800, out);
	check_form(out, n, 5);
	check_text(out, n, "250-mx.here.test\r\n250-PIPELINING\r\n"
	    "250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 52428800"
	    "\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_all_rows),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_fold_words),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_no_link),
		cmocka_unit_test(test_ehlo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
