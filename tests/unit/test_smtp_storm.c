/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients that say anything in any order: some thousand random dialogues with
 * random segments, pauses and ends. Whatever they do, each of these holds:
 *
 *	every reply has its form, and all lines of one the same code
 *	what was answered "kept as" lies in a mailbox, and nothing else does
 *	one decision for each transaction, or one for a session without
 *	nothing is left behind: session, memory, counts
 *
 * catalogue 13, 15, 16, 33; promises P1 and P2.
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>
#include <stdlib.h>

#define STORMS 3000
#define LENGTH 24

static const struct str words[] = {
	STR("EHLO c.test\r\n"), STR("HELO c.test\r\n"), STR("EHLO\r\n"),
	STR("MAIL FROM:<ann@good.test>\r\n"), STR("MAIL FROM:<>\r\n"),
	STR("MAIL FROM:<a@b.test> SIZE=99999999999\r\n"),
	STR("MAIL FROM:<bad\r\n"), STR("MAIL FROM:<drop@bad.test>\r\n"),
	STR("RCPT TO:<bob@here.test>\r\n"), STR("RCPT TO:<ann@here.test>\r\n"),
	STR("RCPT TO:<nobody@here.test>\r\n"), STR("RCPT TO:<x@far.test>\r\n"),
	STR("RCPT TO:<postmaster>\r\n"), STR("RCPT TO:<full@here.test>\r\n"),
	STR("RCPT TO:<broken@here.test>\r\n"),
	STR("DATA\r\n"), STR("DATA\r\n"), STR("DATA\r\n"),
	STR(".\r\n"), STR(".\r\n"), STR(".\r\n"),
	STR("Subject: x\r\n\r\nbody\r\n.\r\n"), STR("X: junk\r\n\r\n.\r\n"),
	STR("\r\n"), STR("a\nb\r\n"), STR("\r"), STR("\0\r\n"),
	STR("RSET\r\n"), STR("NOOP\r\n"), STR("VRFY x\r\n"), STR("QUIT\r\n"),
	STR("GET / HTTP/1.1\r\n"), STR("AUTH PLAIN\r\n"), STR("BDAT 5\r\n"),
};

/* What a client would say that wants to deliver. */
static const struct str path[] = {
	STR("EHLO c.test\r\n"), STR("MAIL FROM:<ann@good.test>\r\n"),
	STR("RCPT TO:<bob@here.test>\r\n"), STR("DATA\r\n"),
	STR("From: a@b.test\r\n\r\nbody\r\n.\r\n"),
};

/* The same row of numbers on every machine. */
static uint64_t seed;

static unsigned
draw(unsigned n)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(seed >> 33) % n;
}

/* Whole replies, each with one code; what is left is none. Counts "kept". */
static unsigned
read_replies(struct str text, unsigned number)
{
	unsigned kept = 0;
	struct str line, first = { 0 };

	while (text.len > 0) {
		line = str_sub(text, 0, str_find(text, '\n') + 1);
		text = str_from(text, line.len);
		CHECK(line.len >= 6 && line.len <= 102 &&
		    line.p[line.len - 2] == '\r' &&
		    (line.p[3] == ' ' || line.p[3] == '-') &&
		    line.p[0] >= '2' && line.p[0] <= '5',
		    "storm %u: \"%.*s\"", number, STR_ARG(line));
		if (first.len > 0)
			CHECK(memcmp(first.p, line.p, 3) == 0,
			    "storm %u: two codes", number);
		first = line.p[3] == '-' ? line : (struct str){ 0 };
		kept += str_glob(STR("250 2.0.0 kept as *"), line);
	}
	CHECK(first.len == 0, "storm %u: half a reply", number);
	return kept;
}

static void
send_word(struct lab *lab, struct str word, struct str *got)
{
	size_t n;

	while (word.len > 0) {
		n = draw(3) == 0 ? 1 + draw((unsigned)word.len) : word.len;
		(void)stream_say(lab->client, str_sub(word, 0, n));
		word = str_from(word, n);
		if (draw(8) > 0) {
			struct str more = lab_wait(lab, draw(16) == 0 ?
			    (usec_t)draw(400) * SEC : 0);
			*got = arena_printf(lab->arena, "%.*s%.*s",
			    STR_ARG(*got), STR_ARG(more));
		}
	}
}

static void
end_storm(struct lab *lab, struct str *got)
{
	struct str more = lab_wait(lab, 20 * SEC);

	*got = arena_printf(lab->arena, "%.*s%.*s", STR_ARG(*got),
	    STR_ARG(more));
	if (draw(3) == 0)
		lab_reset(lab);
	lab_hang_up(lab);
	(void)lab_wait(lab, 20 * SEC);
	assert_int_equal(lab->server.open, 0);
}

static size_t
letters_since(const struct letter *last, const struct lab *lab)
{
	const struct letter *l = last == NULL ? lab_letters(lab) : last->next;
	struct str id = { 0 };
	size_t n = 0;

	for (; l != NULL; l = l->next) {
		n += !str_eq(l->id, id);        /* copies of one message */
		id = l->id;
	}
	return n;
}

static const struct letter *
last_letter(const struct lab *lab)
{
	const struct letter *l = lab_letters(lab);

	while (l != NULL && l->next != NULL)
		l = l->next;
	return l;
}

/* Log lines that are decisions, and MAIL commands that began something. */
static void
count_lines(struct lab *lab, unsigned number)
{
	unsigned decisions = 0;
	struct str line;

	while ((line = lab_log(lab)).len > 0)
		decisions += !str_starts(line, STR("abuse ")) &&
		    !str_starts(line, STR("lost "));
	CHECK(decisions == lab->decisions && decisions > 0,
	    "storm %u: %u lines, %u decisions", number, decisions,
	    lab->decisions);
}

static void
storm(struct lab *lab, unsigned number)
{
	const struct letter *before = last_letter(lab);
	struct str got = { 0 };
	unsigned i, n, kept, at = 0;

	seed = number;
	lab->decisions = 0;
	(void)lab_connect(lab, draw(2) == 0 ? "192.0.2.1" : "127.0.0.1");
	n = draw(LENGTH);
	for (i = 0; i < n; i++) {
		if (draw(4) == 0) {
			send_word(lab, words[draw(COUNT(words))], &got);
			continue;
		}
		send_word(lab, path[at], &got);
		at = at + 1 < COUNT(path) ? at + 1 : 1;
	}
	end_storm(lab, &got);
	kept = read_replies(got, number);
	/* Of the last one the client may have missed the word. */
	CHECK(letters_since(before, lab) >= kept &&
	    letters_since(before, lab) <= kept + 1,
	    "storm %u: %u kept, %zu there", number, kept,
	    letters_since(before, lab));
	count_lines(lab, number);
}

static void
test_storms(void **state)
{
	static const struct lab_conf conf = { NULL,
	    "at mail bad if mail.domain = \"bad.test\" drop 554 \"no\"\n"
	    "at eom odd if rcpt = \"ann@here.test\" defer 451 4.7.1 "
	    "\"later\"\n"
	    "score +5 nameless if fcrdns = none\njunk at 5\n", NULL };
	struct lab lab;
	unsigned i, total = 0;

	(void)state;
	for (i = 0; i < STORMS; i++) {
		if (i % 100 == 0)
			lab_open(&lab, &conf);
		storm(&lab, i);
		if (i % 100 == 99) {
			total += (unsigned)letters_since(NULL, &lab);
			lab_close(&lab);
		}
	}
	/* A storm that never delivers would show little. */
	CHECK(total > STORMS / 5, "%u messages of %d storms", total, STORMS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_storms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
