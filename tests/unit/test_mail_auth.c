/* SPDX-License-Identifier: BSD-2-Clause */
/* Authentication-Results: values, lines, and what is left out (RFC 8601). */
#include "config.h"

#include <stdio.h>

#include "tests/unit/fields.h"

#include "mail/auth.h"

#define US "mx.example.org"

static const struct {
	const char *text, *want, *why;
} values[] = {
	{ "pass", "pass", "a token" },
	{ "good.test", "good.test", "a domain" },
	{ "192.0.2.1", "192.0.2.1", "an address" },
	{ "2001:db8::1", "\"2001:db8::1\"", "a colon is special" },
	{ "a@good.test", "a@good.test", "a mailbox" },
	{ "a.b+c@good.test", "a.b+c@good.test", "a mailbox" },
	{ "@good.test", "@good.test", "header.i without local part" },
	{ "a=b@good.test", "\"a=b@good.test\"", "an atom, but no token" },
	{ "a b@good.test", "\"a b@good.test\"", "a space" },
	{ ".a@good.test", "\".a@good.test\"", "no dot-atom" },
	{ "a@b@good.test", "\"a@b@good.test\"", "two signs" },
	{ "a@[192.0.2.1]", "\"a@[192.0.2.1]\"", "a literal" },
	{ "a@", "\"a@\"", "no domain" },
	{ "~!a", "~!a", "ends of what can be printed" },
	{ "", "\"\"", "nothing" },
	{ "ab/cd+e=", "\"ab/cd+e=\"", "header.b" },
	{ "x; dkim=pass", "\"x; dkim=pass\"", "a result in a value" },
	{ "a\"b", "\"a\\\"b\"", "a quote" },
	{ "a\\b", "\"a\\\\b\"", "a backslash" },
	{ "(x)", "\"(x)\"", "a comment" },
	{ "=x", "\"=x\"", "a special first" },
	{ "x=", "\"x=\"", "a special last" },
	{ "a\r\nX: y", "\"a??X: y\"", "no line end gets in" },
	{ "\t\x01\x7f\xc3\xa4", "\"?????\"", "nor a control, nor 8 bits" },
};

static void
values_are_written(void **state)
{
	char text[400];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(values); i++) {
		struct str got = auth_value(arena, str_of(values[i].text));

		if (!str_eq(got, str_of(values[i].want)))
			fail_msg("\"%s\" (%s): %.*s", values[i].text,
			    values[i].why, STR_ARG(got));
	}
	memset(text, 'x', sizeof text);
	assert_int_equal(auth_value(arena, (struct str){ text, 257 }).len,
	    AUTH_VALUE);
	memset(text, '"', sizeof text);
	assert_int_equal(auth_value(arena, (struct str){ text, 400 }).len,
	    2 * AUTH_VALUE + 2);
	assert_text(auth_value(arena, STR("a\0b")), STR("\"a?b\""));
}

static struct str
field(const struct str *results, size_t count)
{
	struct buf b = BUF_INIT(0);
	struct str s;

	assert_int_equal(buf_add_str(&b, STR("before")), 0);
	assert_int_equal(auth_field(&b, STR(US), results, count), 0);
	s = arena_str(arena, buf_str(&b));
	buf_free(&b);
	assert_true(str_starts(s, STR("before")));
	return str_from(s, 6);
}

#define HEAD "Authentication-Results: " US

static void
the_field_is_folded(void **state)
{
	const struct str some[] = {
		STR("iprev=pass policy.iprev=192.0.2.1"),
		STR("spf=pass smtp.mailfrom=good.test"),
		STR("dkim=pass header.d=good.test header.i=@good.test "
		    "header.s=a-rather-long-selector header.b=\"abcdefgh\" "
		    "header.a=rsa-sha256"),
		STR("x=y reason=\"a long reason that has spaces and ; in it, "
		    "and may not be folded in there\" (a comment; also so)"),
	};
	const struct str exact[] = {
		STR("a=b cccccccccccccccccccccccccccccccccccccccccccccccccccc"
		    "cccccccccccccccccccc"),
		STR("a=b cccccccccccccccccccccccccccccccccccccccccccccccccccc"
		    "ccccccccccccccccccccc"),
	};

	/* one byte too many behind two words */
	const struct str three = STR("a=b c=d eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
	    "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");

	(void)state;
	assert_int_equal(three.len, 77);
	assert_text(field(NULL, 0), STR(HEAD "; none\r\n"));
	assert_text(field(some, COUNT(some)), STR(HEAD ";\r\n"
	    "\tiprev=pass policy.iprev=192.0.2.1;\r\n"
	    "\tspf=pass smtp.mailfrom=good.test;\r\n"
	    "\tdkim=pass header.d=good.test header.i=@good.test\r\n"
	    "\t  header.s=a-rather-long-selector header.b=\"abcdefgh\" "
	    "header.a=rsa-sha256;\r\n"
	    "\tx=y\r\n"
	    "\t  reason=\"a long reason that has spaces and ; in it, and may "
	    "not be folded in there\"\r\n\t  (a comment; also so)\r\n"));
	assert_text(field(&three, 1), arena_printf(arena, HEAD ";\r\n\ta=b "
	    "c=d\r\n\t  %.*s\r\n", STR_ARG(str_from(three, 8))));
	/* 1 + 3 + 1 + 72 + ";" is 78 */
	assert_int_equal(exact[0].len, 76);
	assert_text(field(exact, 1), arena_printf(arena, HEAD ";\r\n\t%.*s"
	    "\r\n", STR_ARG(exact[0])));
	assert_text(field(exact + 1, 1), arena_printf(arena, HEAD ";\r\n\ta=b"
	    "\r\n\t  %.*s\r\n", STR_ARG(str_from(exact[1], 4))));
}

static const struct {
	const char *result, *why;
} odd[] = {
	{ "", "nothing" },
	{ "  ", "nothing" },
	{ "spf=pass; dkim=pass", "two results" },
	{ "spf=pass\r\nX: y", "a line end" },
	{ "spf=pass\tx", "a tab" },
	{ "spf=pass \x80", "8 bits" },
	{ "spf=\"pass", "quotes that do not end" },
	{ "spf=\"pass\\\"", "quotes that do not end" },
	{ "spf=pass (x", "a comment that does not end" },
	{ "spf=pass x)", "nor one that never began" },
	{ "spf=pass\\\"", "a pair outside quotes" },
	{ "spf=pass \"\\\r\n\"", "an escaped line end" },
};

static void
odd_results_are_left_out(void **state)
{
	const char *const inner = "\tspf=none;\r\n\tdkim=none\r\n";
	struct str r[3], got;
	char *p = malloc(AUTH_RESULT + 1);
	size_t i;

	(void)state;
	r[0] = STR("spf=none");
	r[2] = STR("dkim=none");
	for (i = 0; i < COUNT(odd); i++) {
		r[1] = str_of(odd[i].result);
		got = field(r, 3);
		if (!str_eq(got, arena_printf(arena, HEAD ";\r\n%s", inner)))
			fail_msg("%s: %.*s", odd[i].why, STR_ARG(got));
		assert_text(field(r + 1, 1), STR(HEAD "; none\r\n"));
	}
	memset(p, 'x', AUTH_RESULT + 1);
	r[1] = (struct str){ p, 901 };          /* a word too long */
	assert_text(field(r + 1, 1), STR(HEAD "; none\r\n"));
	r[1].len = 900;
	assert_int_equal(field(r + 1, 1).len, strlen(HEAD) + 4 + 900 + 2);
	for (i = 2; i < AUTH_RESULT; i += 3)
		p[i] = ' ';
	r[1].len = AUTH_RESULT + 1;             /* too much in all */
	assert_text(field(r + 1, 1), STR(HEAD "; none\r\n"));
	r[1].len = AUTH_RESULT;
	assert_true(field(r + 1, 1).len > AUTH_RESULT);
	free(p);
}

/* Every line but the first begins with a tab, none is longer than it may be,
 * and the whole is within its limit. */
static void
must_be_one_field(struct str s)
{
	struct str line;

	assert_true(s.len <= AUTH_FIELD);
	assert_true(str_starts(s, STR(HEAD)));
	while (s.len > 0) {
		line = str_split(&s, '\n');
		assert_true(line.len > 0 && line.p[line.len - 1] == '\r');
		assert_true(line.len <= 998 + 1);
		assert_true(s.len == 0 || s.p[0] == '\t');
		assert_true(str_find(line, '\r') == line.len - 1);
	}
}

/* 20,000 sets of results made of anything. */
static void
whatever_comes_it_is_one_field(void **state)
{
	static const char *const parts[] = { "a=b", " ", "\"", "\\", "(", ")",
		";", "\r\n", "\t", "x.y=\"z z\"", "aaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"\xff", "@", "=" };
	struct str r[40];
	size_t i, k, m;

	(void)state;
	seed = 4;
	for (i = 0; i < 20000; i++) {
		size_t n = below(COUNT(r));

		for (k = 0; k < n; k++) {
			struct buf b = BUF_INIT(0);
			size_t len = below(4) == 0 ? below(200) : below(12);

			for (m = 0; m < len; m++)
				(void)buf_add_str(&b, str_of(parts[
				    below(2) ? below(2) :
				    below(COUNT(parts))]));
			r[k] = arena_str(arena, buf_str(&b));
			buf_free(&b);
		}
		must_be_one_field(field(r, n));
		arena_reset(arena);
	}
}

/* What no longer fits is left out; the message is not lost for it. */
static void
the_field_has_an_end(void **state)
{
	struct str r[64];
	char text[1001];
	struct buf b = BUF_INIT(200);
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		text[i] = i % 100 == 99 ? ' ' : 'x';
	for (i = 0; i < COUNT(r); i++)
		r[i] = (struct str){ text, 1000 };
	r[63] = STR("last=one");
	assert_true(field(r, 64).len > AUTH_FIELD - 1100);
	must_be_one_field(field(r, 64));
	assert_true(str_ends_case(field(r, 64), STR("last=one\r\n")));
	/* No room in the buf is told, and nothing half is left. */
	assert_int_equal(buf_add_str(&b, STR("x")), 0);
	assert_int_equal(auth_field(&b, STR(US), r, 64), -E_TOOBIG);
	assert_int_equal(b.len, 1);
	assert_int_equal(auth_field(&b, STR("id with space"), NULL, 0), 0);
	assert_text(buf_str(&b), STR("xAuthentication-Results: "
	    "\"id with space\"; none\r\n"));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_written),
		cmocka_unit_test(the_field_is_folded),
		cmocka_unit_test(odd_results_are_left_out),
		cmocka_unit_test(whatever_comes_it_is_one_field),
		cmocka_unit_test(the_field_has_an_end),
	};

	return cmocka_run_group_tests_name("mail/auth", tests, setup,
	    teardown);
}
