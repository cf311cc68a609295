/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of ours, written (RFC 5321 4.4) and taken from strangers (P7). */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/error.h"
#include "mail/trace.h"

static struct arena *arena;
static struct body_pool pool = { .max = (size_t)64 << 20, .spool = -1 };

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

static struct path
path_of(const char *text)
{
	struct path path;
	size_t used;

	assert_int_equal(path_parse(arena_printf(arena, "<%s>", text), arena,
	    &path, &used), 0);
	return path;
}

static void
read_text(struct str text, struct header *h)
{
	struct body *b;

	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_append(b, text.p, text.len), 0);
	assert_int_equal(header_read(b, arena, h), 0);
	body_free(&b);
}

static void
assert_text(struct str s, struct str wanted)
{
	if (!str_eq(s, wanted))
		fail_msg("got:\n%.*s\nwanted:\n%.*s", STR_ARG(s),
		    STR_ARG(wanted));
}

/* One field, complete: lines short enough, only printable ASCII, and none
 * that is white space only. */
static void
assert_one_field(struct str s)
{
	struct header h;
	struct str line;
	size_t i;

	assert_true(str_ends_case(s, STR("\r\n")));
	read_text(s, &h);
	assert_int_equal(h.count, 1);
	assert_false(h.has_odd);
	assert_int_equal(h.size, s.len);
	s.len -= 2;
	while (s.p != NULL) {
		line = str_split(&s, '\n');
		if (s.p != NULL) {
			assert_int_equal(line.p[line.len - 1], '\r');
			line.len--;
		}
		assert_true(line.len <= 998);
		assert_true(str_trim(line).len > 0);
		for (i = 0; i < line.len; i++)
			assert_true(line.p[i] == '\t' ||
			    (line.p[i] >= 32 && line.p[i] <= 126));
	}
}

/* --- Received ------------------------------------------------------------ */

#define WALL ((usec_t)1795562223 * SEC) /* Tue, 24 Nov 2026 23:17:03 */

static struct trace
example(void)
{
	return (struct trace){
		.host = STR("mx.example.org"), .client = ip_v4(192, 0, 2, 1),
		.client_name = STR("mail.example.net"),
		.helo = STR("mail.example.net"), .is_esmtp = true,
		.id = STR("dc31nvr2bsj"), .wall = WALL,
	};
}

static void
received_is_as_the_rfc_draws_it(void **state)
{
	struct buf b = BUF_INIT(0);
	struct trace t = example();
	struct path rcpt = path_of("Bob@Example.ORG");

	(void)state;
	t.only_rcpt = &rcpt;
	assert_int_equal(trace_received(&b, &t), 0);
	assert_text(buf_str(&b), STR(
	    "Received: from mail.example.net (mail.example.net [192.0.2.1])\r\n"
	    "\tby mx.example.org with ESMTP id dc31nvr2bsj\r\n"
	    "\tfor <Bob@example.org>;\r\n"
	    "\tTue, 24 Nov 2026 23:17:03 +0000\r\n"));
	assert_one_field(buf_str(&b));

	/* No name, HELO, two recipients (no "for": Bcc), a transaction id. */
	b.len = 0;
	t = (struct trace){ .host = STR("mx.example.org"),
		.id = STR("dc31nvr2bsj.1"), .helo = STR("[192.0.2.1]"),
		.wall = WALL };
	assert_int_equal(ip_parse(STR("2001:db8::7"), &t.client), 0);
	assert_int_equal(trace_received(&b, &t), 0);
	assert_text(buf_str(&b), STR(
	    "Received: from [192.0.2.1] (unknown [IPv6:2001:db8::7])\r\n"
	    "\tby mx.example.org with SMTP id "
	    "<dc31nvr2bsj.1@mx.example.org>;\r\n"
	    "\tTue, 24 Nov 2026 23:17:03 +0000\r\n"));
	assert_one_field(buf_str(&b));
	buf_free(&b);
}

/* A stranger's text and the word that may stand in Received. */
static const struct {
	struct str helo, word;
} helos[] = {
	{ { "a.example", 9 }, { "a.example", 9 } },
	{ { "my_host", 7 }, { "my_host", 7 } },
	{ { "", 0 }, { "unknown", 7 } },
	{ { "[IPv6:::1]", 10 }, { "[IPv6:::1]", 10 } },
	{ { "[192.0.2.1", 10 }, { "?192.0.2.1", 10 } },
	{ { "[IPv6:", 6 }, { "?IPv6?", 6 } },
	{ { "a\r\nX: y", 7 }, { "a??X??y", 7 } },
	{ { "a) by (b", 8 }, { "a??by??b", 8 } },
	{ { "a;b\0c", 5 }, { "a?b?c", 5 } },
	{ { "\xc3\xa4", 2 }, { "??", 2 } },
	{ { "\"a\\b\"", 5 }, { "?a?b?", 5 } },
};

static void
strangers_write_no_field(void **state)
{
	struct buf b = BUF_INIT(0);
	struct trace t = example();
	struct str got, rest;
	char big[2000];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(helos); i++) {
		b.len = 0;
		t.helo = helos[i].helo;
		assert_int_equal(trace_received(&b, &t), 0);
		assert_one_field(buf_str(&b));
		rest = str_from(buf_str(&b), strlen("Received: from "));
		got = str_sub(rest, 0, str_find(rest, ' '));
		assert_text(got, helos[i].word);
	}
	/* Names that no resolver should have let through, and a long HELO. */
	memset(big, 'a', sizeof big);
	t.helo = (struct str){ big, sizeof big };
	t.client_name = STR("evil)\r\nX: y (");
	b.len = 0;
	assert_int_equal(trace_received(&b, &t), 0);
	assert_one_field(buf_str(&b));
	assert_true(b.len < 600);
	buf_free(&b);
}

static void
delivery_names_both_ends(void **state)
{
	struct path null = { .kind = PT_NULL };
	struct path odd = path_of("\"a b\"@x.org"), bob = path_of("bob@x.org");
	struct buf b = BUF_INIT(0);

	(void)state;
	assert_int_equal(trace_delivery(&b, &odd, &bob), 0);
	assert_int_equal(trace_delivery(&b, &null, &odd), 0);
	assert_text(buf_str(&b), STR(
	    "Return-Path: <\"a b\"@x.org>\r\nDelivered-To: bob@x.org\r\n"
	    "Return-Path: <>\r\nDelivered-To: \"a b\"@x.org\r\n"));
	buf_free(&b);
}

static void
a_full_buffer_keeps_no_half_field(void **state)
{
	struct path bob = path_of("bob@x.org");
	struct trace t = example();
	struct buf b = BUF_INIT(0);
	size_t cap;

	(void)state;
	t.only_rcpt = &bob;
	for (cap = 4; cap < 50; cap++) {
		b.max = cap;
		b.len = 0;
		assert_int_equal(buf_add_str(&b, STR("a\r\n")), 0);
		assert_int_equal(trace_received(&b, &t), -E_TOOBIG);
		assert_int_equal(b.len, 3);
		assert_int_equal(trace_delivery(&b, &bob, &bob), -E_TOOBIG);
		assert_int_equal(b.len, 3);
		assert_int_equal(trace_field(&b, "X-Y", STR("zzzzzzzzzzzzzzzzz"
		    "zzzzzzzzzzzzzzzzzzzzzzzzzzzz")), -E_TOOBIG);
		assert_int_equal(b.len, 3);
	}
	buf_free(&b);
}

/* --- fields of ours ------------------------------------------------------ */

static const struct {
	const char *value, *out;
} folds[] = {
	{ "accept; id=x", "X-Postern: accept; id=x\r\n" },
	{ "", "X-Postern: \r\n" },
	{ "  a  ", "X-Postern: a\r\n" },
	{ "junk; id=dc31nvr2bsj.1; score=7 (junk 5, refuse 9); zen.pbl +2, "
	  "no-reverse +2, generic-name +2, spf-soft +1; unknown=mailspike",
	  "X-Postern: junk; id=dc31nvr2bsj.1; score=7 (junk 5, refuse 9); "
	  "zen.pbl +2,\r\n"
	  " no-reverse +2, generic-name +2, spf-soft +1; unknown=mailspike"
	  "\r\n" },
	/* 78 columns are a line, 79 are two. */
	{ "aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee ffffffffff "
	  "g",
	  "X-Postern: aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee "
	  "ffffffffff g\r\n" },
	{ "aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee ffffffffff "
	  "gg",
	  "X-Postern: aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee "
	  "ffffffffff\r\n gg\r\n" },
	{ "aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee fffffffffff;"
	  " g; h",
	  "X-Postern: aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee "
	  "fffffffffff;\r\n g; h\r\n" },
	/* Behind a ";" rather than at the last space. */
	{ "aaaaaaaaaa; bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee ffffffffff "
	  "gggggggggg",
	  "X-Postern: aaaaaaaaaa;\r\n bbbbbbbbbb cccccccccc dddddddddd "
	  "eeeeeeeeee ffffffffff gggggggggg\r\n" },
	/* No "; ": any space is better than a long line. */
	{ "aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee ffffffffff "
	  "gggggggggg",
	  "X-Postern: aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee"
	  " ffffffffff\r\n gggggggggg\r\n" },
	{ "a\r\nX: y\t\x7f\xc3\xa4",
	  "X-Postern: a\\x0d\\x0aX: y\\x09\\x7f\\xc3\\xa4\r\n" },
};

static void
fields_are_folded(void **state)
{
	struct buf b = BUF_INIT(0);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(folds); i++) {
		b.len = 0;
		assert_int_equal(trace_field(&b, "X-Postern",
		    str_of(folds[i].value)), 0);
		assert_text(buf_str(&b), str_of(folds[i].out));
	}
	buf_free(&b);
}

static uint64_t seed;

static uint64_t
next_random(void)
{
	uint64_t x = seed += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static size_t
below(size_t n)
{
	return (size_t)(next_random() % n);
}

/* Without its line breaks a field says what was given, whatever it was, as
 * long as no word is longer than a line may be. */
static void
folding_changes_nothing(void **state)
{
	static const char bytes[] = "abc   ;;,,(\"";
	char value[700];
	struct buf b = BUF_INIT(0);
	struct header h;
	struct str want;
	size_t i, k, n;

	(void)state;
	seed = 1;
	for (i = 0; i < 20000; i++) {
		n = 1 + below(sizeof value - 1);
		for (k = 0; k < n; k++)
			value[k] = bytes[below(i % 3 == 0 ? 3 :
			    sizeof bytes - 1)];
		b.len = 0;
		want = str_trim((struct str){ value, n });
		assert_int_equal(trace_field(&b, "A-B",
		    (struct str){ value, n }), 0);
		if (want.len == 0)
			continue;
		assert_one_field(buf_str(&b));
		read_text(buf_str(&b), &h);
		assert_text(field_text(&h.fields[0], arena), want);
		arena_reset(arena);
	}
	/* One word of 5,000 bytes is cut rather than sent. */
	b.len = 0;
	want = arena_printf(arena, "%05000d", 0);
	assert_int_equal(trace_field(&b, "A-B", want), 0);
	assert_one_field(buf_str(&b));
	buf_free(&b);
}

/* --- whose results are these? -------------------------------------------- */

#define US "mx.example.org"

static const struct {
	const char *value;
	bool        is_ours;
	const char *why;
} results[] = {
	/* catalogue 55 */
	{ " " US "; spf=pass smtp.mailfrom=x.org", true, "plain" },
	{ US ";none", true, "no space" },
	{ US "; none", true, "no-result" },
	{ US, true, "an id alone" },
	{ " MX.Example.ORG; none", true, "case" },
	{ " " US " 1; none", true, "a version" },
	{ " " US "\r\n\t1\r\n\t; none", true, "a version, folded" },
	{ "\r\n " US "; none", true, "folded" },
	{ " (c) " US "; none", true, "a comment" },
	{ "(c)" US ";", true, "a comment, no space" },
	{ " (a(b(c)d)e)(f)\t" US "; none", true, "nested comments" },
	{ " (\\)) " US "; none", true, "an escaped bracket" },
	{ " (a;b) " US "; none", true, "a semicolon in a comment" },
	{ " (\") " US "; none", true, "a quote in a comment" },
	{ " " US "(c)1(d); none", true, "comments around a version" },
	{ " " US "(c); none", true, "a comment behind" },
	{ " \"" US "\"; none", true, "a quoted string" },
	{ " \"mx.exam\\ple.org\"; none", true, "a quoted pair" },
	{ " \"\\m\\x\\.\\e\\x\\a\\m\\p\\l\\e\\.\\o\\r\\g\"", true, "all" },
	{ " \"MX.example.org\" 1; none", true, "quoted and a version" },
	{ " mx.example.org.; none", true, "a dot at the end" },
	/* not grammar, but naming us */
	{ " mx.(c)example.org; none", true, "a comment inside" },
	{ " mx. example.org; none", true, "a space inside" },
	{ " mx.\r\n example.org; none", true, "a fold inside" },
	{ " mx.\"example\".org; none", true, "quotes inside" },
	{ " mx.\\example.org; none", true, "a pair without quotes" },
	{ " other.example " US "; none", true, "two ids" },
	{ " \"" US "; none", true, "a quote that does not end" },
	{ " (" US "; none", true, "a comment that does not end" },
	{ " ((" US "); none", true, "nor does this" },
	{ " other.example x " US "; none", true, "rubbish for a version" },
	/* others */
	{ " other.example; none", false, "another" },
	{ " other.example 1; none", false, "another, with a version" },
	{ " \"other.example\"; none", false, "another, quoted" },
	{ " other.example; spf=pass smtp.mailfrom=" US, false, "in a result" },
	{ " other.example (" US "); none", false, "in a comment" },
	{ " (" US ") other.example; none", false, "in a comment" },
	{ " other.example; none; " US "; none", false, "later" },
	{ " a." US "; none", false, "a host below" },
	{ " example.org; none", false, "the domain above" },
	{ " mx.example.orga; none", false, "longer" },
	{ " xmx.example.org; none", false, "longer" },
	{ " mx.example.or; none", false, "shorter" },
	{ "", false, "empty" },
	{ " ; none", false, "no id" },
	{ " spf=pass smtp.mailfrom=x.org; dkim=none", false, "no id" },
	{ " \"other; none", false, "does not end, does not name us" },
};

static void
our_id_is_known(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(results); i++)
		if (trace_is_authserv(str_of(results[i].value), STR(US)) !=
		    results[i].is_ours)
			fail_msg("\"%s\": %s", results[i].value,
			    results[i].why);
	/* Spellings of an internationalised name. */
	assert_true(trace_is_authserv(STR(" XN--MNCHEN-3YA.example; none"),
	    STR("xn--mnchen-3ya.example")));
	assert_true(trace_is_authserv(STR(" m\xc3\xbcnchen.example; none"),
	    STR("xn--mnchen-3ya.example")));
	assert_true(trace_is_authserv(STR(" M\xc3\x9cNCHEN.EXAMPLE; none"),
	    STR("xn--mnchen-3ya.example")));
	assert_true(trace_is_authserv(STR(" \xef\xbd\x8dx.example.org; none"),
	    STR(US)));          /* full-width m */
	assert_false(trace_is_authserv(STR(" m\xc3\xb6nchen.example; none"),
	    STR("xn--mnchen-3ya.example")));
	assert_false(trace_is_authserv(STR(" \xff\xfe; none"),
	    STR("xn--mnchen-3ya.example")));
	assert_false(trace_is_authserv(STR(" mx.example.org\0x; none"),
	    STR(US)));
}

/* Time is linear: 1 MiB each of what makes parsers slow. */
static void
long_values_are_quick(void **state)
{
	static const char *const bytes = "(\\\";m. ";
	char *p = malloc(1 << 20);
	clock_t before = clock();
	size_t i;

	(void)state;
	for (i = 0; bytes[i] != '\0'; i++) {
		memset(p, bytes[i], 1 << 20);
		(void)trace_is_authserv((struct str){ p, 1 << 20 }, STR(US));
	}
	assert_true(clock() - before < 2 * CLOCKS_PER_SEC);
	free(p);
}

/* --- taking forged fields away ------------------------------------------- */

/* What is left of a message, as a copy. */
static struct str
stripped(struct str text, struct str junk)
{
	struct piece *pieces;
	struct header h;
	size_t i, n = 0, count;
	char *out = arena_alloc(arena, text.len + 1);
	uint64_t end = 0;

	read_text(text, &h);
	trace_strip(&h, text.len, STR(US), junk, arena, &pieces, &count);
	for (i = 0; i < count; i++) {
		assert_true(pieces[i].size > 0);
		assert_true(i == 0 || pieces[i].at > end);
		end = pieces[i].at + pieces[i].size;
		assert_true(end <= text.len);
		memcpy(out + n, text.p + pieces[i].at,
		    (size_t)pieces[i].size);
		n += (size_t)pieces[i].size;
	}
	return (struct str){ out, n };
}

static const struct {
	const char *in, *out, *why;
} messages[] = {
	{ "A: b\r\n\r\nx\r\n", "A: b\r\n\r\nx\r\n", "nothing forged" },
	{ "\r\nx\r\n", "\r\nx\r\n", "no header" },
	{ "", "", "nothing" },
	{ "Return-Path: <x@y>\r\n\r\n", "\r\n", "all of it; catalogue 56" },
	{ "Return-Path: <x@y>\r\n", "", "not even an end" },
	{ "return-PATH : <x@y>\r\n\t(c)\r\nA: b\r\n\r\n", "A: b\r\n\r\n",
	  "case, space, fold" },
	{ "A: b\r\nDelivered-To: x@y\r\nX-Postern: accept\r\nC: d\r\n\r\nx",
	  "A: b\r\nC: d\r\n\r\nx", "two in a row; catalogue 54" },
	{ "X-Spam-Flag: NO\r\nA: b\r\n\r\n", "A: b\r\n\r\n",
	  "the field that marks junk" },
	{ "Authentication-Results: " US "; spf=pass\r\n"
	  "Authentication-Results: other.example; spf=pass\r\n\r\n",
	  "Authentication-Results: other.example; spf=pass\r\n\r\n",
	  "ours and others'" },
	{ "Authentication-Results\r\n : " US "; spf=pass\r\nA: b\r\n\r\n",
	  "A: b\r\n\r\n", "a fold before the colon" },
	{ "A: b\nAuthentication-Results: " US "; x\nC: d\r\n\r\n",
	  "A: b\nC: d\r\n\r\n", "behind a bare LF, which is a line in new/" },
	{ " x; spf=pass\r\nA: b\r\n\r\n", "A: b\r\n\r\n",
	  "a first line that would continue our own last field" },
	{ "\tx\r\n y\r\nA: b\r\n\r\n", "A: b\r\n\r\n", "the same, two lines" },
	{ "odd\r\n x\r\nX-Postern: junk\r\nodd\r\n\r\n",
	  "odd\r\n x\r\nodd\r\n\r\n", "odd lines stay" },
	{ "A: b\r\n\r\nX-Postern: junk\r\n", "A: b\r\n\r\nX-Postern: junk\r\n",
	  "the body stays" },
	{ "Bcc: x\r\nResent-To: y\r\nErrors-To: z\r\nReceived: q\r\n"
	  "X-Postern-Not: a\r\nX-Return-Path: c\r\n"
	  "ARC-Authentication-Results: i=1; " US "; none\r\n\r\n",
	  "Bcc: x\r\nResent-To: y\r\nErrors-To: z\r\nReceived: q\r\n"
	  "X-Postern-Not: a\r\nX-Return-Path: c\r\n"
	  "ARC-Authentication-Results: i=1; " US "; none\r\n\r\n",
	  "catalogue 57" },
};

static void
forged_fields_go(void **state)
{
	struct str got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(messages); i++) {
		got = stripped(str_of(messages[i].in), STR("X-Spam-Flag"));
		if (!str_eq(got, str_of(messages[i].out)))
			fail_msg("%s:\n%.*s", messages[i].why, STR_ARG(got));
	}
	got = stripped(STR("X-Spam-Flag: NO\r\n\r\n"), (struct str){ 0 });
	assert_text(got, STR("X-Spam-Flag: NO\r\n\r\n"));
}

/* catalogue 55: 64 KiB and more, and two hundred of them */
static void
size_and_number_help_nobody(void **state)
{
	static const char start[] = "Authentication-Results: (";
	static const char end[] = ") " US "; a=b\r\nA: b\r\n\r\n";
	char *p = malloc(HEADER_TOTAL);
	size_t n;
	struct buf b = BUF_INIT(0);
	int i;

	(void)state;
	for (n = 60000; n < 130000; n += 7777) {
		memset(p, 'x', n);
		memcpy(p, start, strlen(start));
		memcpy(p + n - strlen(end), end, strlen(end));
		assert_text(stripped((struct str){ p, n }, STR("Y")),
		    STR("A: b\r\n\r\n"));
	}
	free(p);
	for (i = 0; i < 200; i++)
		assert_int_equal(buf_addf(&b, "%s: %s; a=b\r\n",
		    i % 2 ? "Authentication-Results" :
		    "AUTHENTICATION-results", US), 0);
	assert_int_equal(buf_add_str(&b, STR("A: b\r\n\r\n")), 0);
	assert_text(stripped(buf_str(&b), STR("Y")), STR("A: b\r\n\r\n"));
	buf_free(&b);
}

/* The generator of the property: it knows what it forged. */

static void
add_case(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		assert_int_equal(buf_add_byte(b, *s >= 'a' && *s <= 'z' &&
		    below(3) == 0 ? (char)(*s - 32) : *s), 0);
}

static void
add_comment(struct buf *b, int depth)
{
	static const char *const inside[] = {
		"a", US, ";", "\\)", "\\(", "\"", " ", "\r\n ", "\\\\", "1",
	};
	size_t i, n = below(4);

	(void)buf_add_byte(b, '(');
	for (i = 0; i < n; i++)
		(void)buf_add_str(b, str_of(inside[below(COUNT(inside))]));
	if (depth < 5 && below(3) == 0)
		add_comment(b, depth + 1);
	(void)buf_add_byte(b, ')');
}

/* [CFWS] */
static void
add_cfws(struct buf *b)
{
	static const char *const fws[] = { " ", "\t", "  ", "\r\n ",
		" \r\n\t", "\n " };

	while (below(2) == 0) {
		if (below(2) == 0)
			add_comment(b, 0);
		(void)buf_add_str(b, str_of(fws[below(COUNT(fws))]));
	}
}

static void
add_id(struct buf *b, const char *id)
{
	if (below(2) == 0) {
		add_case(b, id);
		return;
	}
	(void)buf_add_byte(b, '"');
	for (; *id != '\0'; id++) {
		if (below(4) == 0)
			(void)buf_add_byte(b, '\\');
		(void)buf_add_byte(b, *id);
	}
	(void)buf_add_byte(b, '"');
}

static void
add_results(struct buf *b, const char *id)
{
	static const char *const rest[] = { "; none", ";none",
		"; spf=pass smtp.mailfrom=x@" US, ";\r\n\tdkim=pass (" US
		")\r\n\theader.d=\"" US "\"", ";", "" };

	add_case(b, "Authentication-Results");
	if (below(4) == 0)
		(void)buf_add_str(b, STR(" \t"));
	(void)buf_add_byte(b, ':');
	add_cfws(b);
	add_id(b, id);
	add_cfws(b);
	if (below(3) == 0 && b->p[b->len - 1] == ' ')
		(void)buf_addf(b, "%zu", below(100));
	add_cfws(b);
	(void)buf_add_str(b, str_of(rest[below(COUNT(rest))]));
}

static void
add_forged(struct buf *b)
{
	static const char *const names[] = { "Return-Path", "X-Postern",
		"Delivered-To", "X-Spam-Flag" };

	if (below(2) == 0) {
		add_results(b, US);
		return;
	}
	add_case(b, names[below(COUNT(names))]);
	(void)buf_add_str(b, below(3) == 0 ? STR("  : x") : STR(": x"));
	if (below(3) == 0)
		(void)buf_add_str(b, STR("\r\n y: z"));
}

static void
add_innocent(struct buf *b)
{
	static const char *const ids[] = { "other.example", "a." US, US "a",
		"example.org", "x", "mx.example.net" };
	static const char *const lines[] = { "Subject: Return-Path: x",
		"Received: by " US "; now", "no colon", "X-Postern-Not: x",
		"Return-Pat: x", "X-Authentication-Results: " US "; none",
		"A: b\r\n Return-Path: x\r\n\tX-Postern: y", "\xc3\xa4: x",
		": x", "Authentication Results: " US "; none", "B:",
		"From Authentication-Results: " US ";", "C: \x01\x7f\xff" };

	if (below(3) == 0)
		add_results(b, ids[below(COUNT(ids))]);
	else
		(void)buf_add_str(b, str_of(lines[below(COUNT(lines))]));
}

/* P7: over 20,000 headers what goes is what was forged, to the byte. */
static void
exactly_the_forged_go(void **state)
{
	struct buf in = BUF_INIT(0), want = BUF_INIT(0), field = BUF_INIT(0);
	size_t i, k, n, forged = 0, kept = 0;
	struct str got;
	bool is_forged;

	(void)state;
	seed = 2;
	for (i = 0; i < 20000; i++) {
		in.len = want.len = 0;
		n = below(12);
		for (k = 0; k < n; k++) {
			field.len = 0;
			is_forged = below(2) == 0;
			if (is_forged)
				add_forged(&field);
			else
				add_innocent(&field);
			(void)buf_add_str(&field, below(20) == 0 ?
			    STR("\n") : STR("\r\n"));
			(void)buf_add_str(&in, buf_str(&field));
			if (!is_forged)
				(void)buf_add_str(&want, buf_str(&field));
			forged += is_forged;
			kept += !is_forged;
		}
		if (below(10) > 0) {
			(void)buf_add_str(&in, STR("\r\nX-Postern: b\r\n"));
			(void)buf_add_str(&want, STR("\r\nX-Postern: b\r\n"));
		}
		got = stripped(buf_str(&in), STR("X-Spam-Flag"));
		if (!str_eq(got, buf_str(&want)))
			fail_msg("block %zu:\n%.*s\nleft:\n%.*s\nwanted:\n"
			    "%.*s", i, STR_ARG(buf_str(&in)), STR_ARG(got),
			    STR_ARG(buf_str(&want)));
		arena_reset(arena);
	}
	assert_true(forged > 40000 && kept > 40000);
	buf_free(&in);
	buf_free(&want);
	buf_free(&field);
}

/* --- loops ---------------------------------------------------------------- */

#define BY "Received: from a (b [192.0.2.9])\r\n\tby " US " with SMTP; now\r\n"

static const struct {
	const char *in;
	size_t      hops;
	bool        is_loop;
	const char *why;
} loops[] = {
	/* catalogue 54 */
	{ BY BY "Delivered-To: bob@x.org\r\n\r\n", 2, true, "both" },
	{ BY BY "delivered-to:  <Bob@X.ORG> \r\n\r\n", 2, true, "spellings" },
	{ "Delivered-To: ann@x.org\r\nDelivered-To: bob@x.org\r\n" BY BY
	  "\r\n", 2, true, "two mailboxes" },
	{ BY "Delivered-To: bob@x.org\r\n\r\n", 1, false, "once is no loop" },
	{ "Delivered-To: bob@x.org\r\n\r\n", 0, false, "alone: forged" },
	{ BY BY "\r\n", 2, false, "no Delivered-To" },
	{ BY BY "Delivered-To: ann@x.org\r\n\r\n", 2, false, "another's" },
	{ BY BY "Delivered-To: <\r\n\r\n", 2, false, "rubbish" },
	{ BY BY "Delivered-To: bob@x.org, ann@x.org\r\n\r\n", 2, false,
	  "rubbish" },
	{ BY BY "Delivered-To:\r\n\r\n", 2, false, "rubbish" },
	{ "Received: from " US " by y (by " US ") with SMTP; x\r\n"
	  "Received: by y; by " US "\r\nReceived: BY " US "\r\n"
	  "Received:\r\nReceived: by\r\n"
	  "Delivered-To: bob@x.org\r\n\r\n", 5, false,
	  "our name elsewhere counts once only where it is \"by\"" },
	{ "Received: by (c) MX.example.ORG(d)with x\r\n"
	  "received :(x)by\r\n\t" US "\r\n"
	  "Delivered-To: bob@x.org\r\n\r\n", 2, true, "comments, folds" },
};

static void
loops_are_seen(void **state)
{
	struct path bob = path_of("bob@x.org");
	struct header h;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(loops); i++) {
		read_text(str_of(loops[i].in), &h);
		if (trace_is_loop(&h, STR(US), &bob, arena) !=
		    loops[i].is_loop)
			fail_msg("%zu: %s", i, loops[i].why);
		assert_int_equal(trace_hops(&h), loops[i].hops);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(received_is_as_the_rfc_draws_it),
		cmocka_unit_test(strangers_write_no_field),
		cmocka_unit_test(delivery_names_both_ends),
		cmocka_unit_test(a_full_buffer_keeps_no_half_field),
		cmocka_unit_test(fields_are_folded),
		cmocka_unit_test(folding_changes_nothing),
		cmocka_unit_test(our_id_is_known),
		cmocka_unit_test(long_values_are_quick),
		cmocka_unit_test(forged_fields_go),
		cmocka_unit_test(size_and_number_help_nobody),
		cmocka_unit_test(exactly_the_forged_go),
		cmocka_unit_test(loops_are_seen),
	};

	return cmocka_run_group_tests_name("mail/trace", tests, setup,
	    teardown);
}
