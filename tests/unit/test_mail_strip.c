/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields that strangers may not bring along: promise P7, loops. */
#include "config.h"

#include <time.h>

#include "tests/unit/fields.h"

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
static char filler[HEADER_FIELD + 9];

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

/* A comment longer than a field whose facts are read; rarely. */
static void
add_long(struct buf *b)
{
	if (below(1000) > 0)
		return;
	(void)buf_add_byte(b, '(');
	(void)buf_add_str(b, (struct str){ filler, HEADER_FIELD +
	    below(9) });
	(void)buf_add_str(b, STR(")\r\n "));
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
	add_long(b);
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
	/* with a full-width letter, a full-width dot, a dot at the end */
	static const char *const ids[] = { US, US, US,
		"\xef\xbd\x8dx.example.org", "mx\xef\xbc\x8e" "example.org",
		US "." };

	if (below(2) == 0) {
		add_results(b, ids[below(COUNT(ids))]);
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
		"example.org", "x", "mx.example.net",
		"m\xc3\xbcx.example.org" };
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

/* P7, RFC 8601 5: over 100,000 headers what goes is what was forged, to the
 * byte; catalogue 55. */
static void
exactly_the_forged_go(void **state)
{
	struct buf in = BUF_INIT(0), want = BUF_INIT(0), field = BUF_INIT(0);
	size_t i, k, n, forged = 0, kept = 0;
	struct str got;
	bool is_forged;

	(void)state;
	seed = 2;
	memset(filler, 'x', sizeof filler);
	for (i = 0; i < 100000; i++) {
		in.len = want.len = 0;
		n = below(1000) == 0 ? 200 : below(9);
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
	assert_true(forged > 200000 && kept > 200000);
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
	const struct path bob = path_of("bob@x.org");
	const struct path eve = path_of("eve@x.org");
	const struct path *const rcpts[] = { &eve, &bob };
	struct header h;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(loops); i++) {
		read_text(str_of(loops[i].in), &h);
		assert_false(trace_is_loop(&h, STR(US), rcpts, 1));
		if (trace_is_loop(&h, STR(US), rcpts, 2) != loops[i].is_loop)
			fail_msg("%zu: %s", i, loops[i].why);
		assert_int_equal(trace_hops(&h), loops[i].hops);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_id_is_known),
		cmocka_unit_test(long_values_are_quick),
		cmocka_unit_test(forged_fields_go),
		cmocka_unit_test(size_and_number_help_nobody),
		cmocka_unit_test(exactly_the_forged_go),
		cmocka_unit_test(loops_are_seen),
	};

	return cmocka_run_group_tests_name("mail/strip", tests, setup,
	    teardown);
}
