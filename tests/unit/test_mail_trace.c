/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields that we write: RFC 5321 4.4, and no stranger writes another. */
#include "config.h"

#include "tests/unit/fields.h"

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

	b.len = 0;
	t.only_rcpt = NULL;
	t.tls_version = STR("TLSv1.3");
	t.tls_cipher = STR("TLS_AES_256_GCM_SHA384");
	assert_int_equal(trace_received(&b, &t), 0);
	assert_text(buf_str(&b), STR(
	    "Received: from mail.example.net (mail.example.net [192.0.2.1])\r\n"
	    "\tby mx.example.org with ESMTPS\r\n"
	    "\t(TLSv1.3 TLS_AES_256_GCM_SHA384) id dc31nvr2bsj;\r\n"
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
	};

	return cmocka_run_group_tests_name("mail/trace", tests, setup,
	    teardown);
}
