/* SPDX-License-Identifier: BSD-2-Clause */
/* The address parser: tables after RFC 5321 4.1.2 and RFC 3696 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "mail/path.h"

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define L63 A60 "aaa"

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

/* A copy that ends where the allocation ends: the sanitizers see a read
 * behind it. */
static char *
tight(const char *s, size_t n)
{
	char *p = malloc(n > 0 ? n : 1);

	assert_non_null(p);
	memcpy(p, s, n);
	return p;
}

static void
assert_text(struct str s, const char *wanted)
{
	if (!str_eq(s, str_of(wanted)))
		fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(s), wanted);
}

static const struct {
	const char    *in;
	enum path_kind kind;
	const char    *local, *domain, *text, *why;
} good[] = {
	{ "<>", PT_NULL, "", "", "", "catalogue 26" },
	{ "<bob@example.org>", PT_MAILBOX, "bob", "example.org",
	  "bob@example.org", "plain" },
	{ "<Bob.B@Example.ORG>", PT_MAILBOX, "Bob.B", "example.org",
	  "Bob.B@example.org", "4.1.2: local part keeps its case" },
	{ "<b@org>", PT_MAILBOX, "b", "org", "b@org", "one label" },
	{ "<postmaster>", PT_LOCAL, "postmaster", "", "postmaster",
	  "catalogue 25" },
	{ "<PostMaster>", PT_LOCAL, "PostMaster", "", "PostMaster",
	  "4.5.1: case-blind" },
	{ "<user+detail@x.org>", PT_MAILBOX, "user+detail", "x.org",
	  "user+detail@x.org", "RFC 3696: plus" },
	{ "<customer/department=shipping@x.org>", PT_MAILBOX,
	  "customer/department=shipping", "x.org",
	  "customer/department=shipping@x.org", "RFC 3696 3" },
	{ "<$A12345@x.org>", PT_MAILBOX, "$A12345", "x.org",
	  "$A12345@x.org", "RFC 3696 3" },
	{ "<!def!xyz%abc@x.org>", PT_MAILBOX, "!def!xyz%abc", "x.org",
	  "!def!xyz%abc@x.org", "RFC 3696 3; catalogue 24: no route" },
	{ "<_somename@x.org>", PT_MAILBOX, "_somename", "x.org",
	  "_somename@x.org", "RFC 3696 3" },
	{ "<#$%&'*+-/=?^_`{|}~@x.org>", PT_MAILBOX, "#$%&'*+-/=?^_`{|}~",
	  "x.org", "#$%&'*+-/=?^_`{|}~@x.org", "all of atext" },
	{ "<user%other@x.org>", PT_MAILBOX, "user%other", "x.org",
	  "user%other@x.org", "catalogue 24" },
	{ "<other!user@x.org>", PT_MAILBOX, "other!user", "x.org",
	  "other!user@x.org", "catalogue 24" },
	{ "<\"bob\"@x.org>", PT_MAILBOX, "bob", "x.org", "bob@x.org",
	  "quotes that nobody needs" },
	{ "<\"b\\ob\"@x.org>", PT_MAILBOX, "bob", "x.org", "bob@x.org",
	  "a pair that nobody needs" },
	{ "<\"Joe.\\\\Blow\"@x.org>", PT_MAILBOX, "Joe.\\Blow", "x.org",
	  "\"Joe.\\\\Blow\"@x.org", "RFC 3696 3" },
	{ "<\"Abc@def\"@x.org>", PT_MAILBOX, "Abc@def", "x.org",
	  "\"Abc@def\"@x.org", "RFC 3696 3; catalogue 24" },
	{ "<\"Fred Bloggs\"@x.org>", PT_MAILBOX, "Fred Bloggs", "x.org",
	  "\"Fred Bloggs\"@x.org", "RFC 3696 3; catalogue 24" },
	{ "<\"a>b<c\"@x.org>", PT_MAILBOX, "a>b<c", "x.org",
	  "\"a>b<c\"@x.org", "brackets inside quotes" },
	{ "<\"a\\\"b\"@x.org>", PT_MAILBOX, "a\"b", "x.org",
	  "\"a\\\"b\"@x.org", "a quote inside quotes" },
	{ "<\" \"@x.org>", PT_MAILBOX, " ", "x.org", "\" \"@x.org",
	  "a space is a name" },
	{ "<\"a..b\"@x.org>", PT_MAILBOX, "a..b", "x.org",
	  "\"a..b\"@x.org", "dots that need quotes" },
	{ "<\".a\"@x.org>", PT_MAILBOX, ".a", "x.org", "\".a\"@x.org",
	  "dots that need quotes" },
	{ "<\"a.\"@x.org>", PT_MAILBOX, "a.", "x.org", "\"a.\"@x.org",
	  "dots that need quotes" },
	{ "<\"../../etc/x\"@x.org>", PT_MAILBOX, "../../etc/x", "x.org",
	  "\"../../etc/x\"@x.org", "catalogue 103: text, never a path" },
	{ "<@a.org:b@c.org>", PT_MAILBOX, "b", "c.org", "b@c.org",
	  "catalogue 23" },
	{ "<@a,@b:c@d>", PT_MAILBOX, "c", "d", "c@d", "catalogue 23" },
	{ "<@a:\"x y\"@d>", PT_MAILBOX, "x y", "d", "\"x y\"@d",
	  "a route before quotes" },
	{ "<@a:b@[192.0.2.1]>", PT_LITERAL, "b", "", "b@[192.0.2.1]",
	  "a route before a literal" },
	{ "<b@[192.0.2.1]>", PT_LITERAL, "b", "", "b@[192.0.2.1]", "4.1.3" },
	{ "<b@[IPv6:2001:DB8:0::1]>", PT_LITERAL, "b", "",
	  "b@[IPv6:2001:db8::1]", "4.1.3, printed as RFC 5952" },
	{ "<b@[ipv6:2001:db8::1]>", PT_LITERAL, "b", "",
	  "b@[IPv6:2001:db8::1]", "ABNF strings are case-blind" },
	{ "<b@[IPv6:::ffff:192.0.2.1]>", PT_LITERAL, "b", "",
	  "b@[192.0.2.1]", "catalogue 136: mapped is plain" },
	{ "<b@[IPv6:::]>", PT_LITERAL, "b", "", "b@[IPv6:::]", "all zeros" },
	{ "<postmaster@[192.0.2.1]>", PT_LITERAL, "postmaster", "",
	  "postmaster@[192.0.2.1]", "4.5.1" },
	{ "<b@a-b.x--y.org>", PT_MAILBOX, "b", "a-b.x--y.org",
	  "b@a-b.x--y.org", "hyphens inside" },
	{ "<b@3com.com>", PT_MAILBOX, "b", "3com.com", "b@3com.com",
	  "a digit first, RFC 1123 2.1" },
	{ "<b@my_host.org>", PT_MAILBOX, "b", "my_host.org",
	  "b@my_host.org", "underscores are in use" },
	{ "<b@192.0.2.1>", PT_MAILBOX, "b", "192.0.2.1", "b@192.0.2.1",
	  "the ABNF takes it for a name; DNS will not have it" },
	{ "<" A60 "aaaa@x.org>", PT_MAILBOX, A60 "aaaa", "x.org",
	  A60 "aaaa@x.org", "4.5.3.1.1: 64" },
	{ "<b@" L63 "." L63 "." L63 "." A60 ">", PT_MAILBOX, "b",
	  L63 "." L63 "." L63 "." A60, "b@" L63 "." L63 "." L63 "." A60,
	  "4.5.3.1.3: 256 with brackets" },
};

static void
paths_are_read(void **state)
{
	struct path path;
	size_t i, n, used;
	char *in;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		n = strlen(good[i].in);
		in = tight(good[i].in, n);
		if (path_parse((struct str){ in, n }, arena, &path, &used))
			fail_msg("%s refused: %s", good[i].in, good[i].why);
		free(in);       /* the path must not live there */
		assert_int_equal(used, n);
		assert_int_equal(path.kind, good[i].kind);
		assert_text(path.local, good[i].local);
		assert_text(path.domain, good[i].domain);
		assert_text(path.text, good[i].text);
	}
}

#define BAD(s, code, why) { { (s), sizeof (s) - 1 }, (code), (why) }

static const struct {
	struct str  in;
	int         code;
	const char *why;
} bad[] = {
	BAD("", -E_INVALID, "nothing"),
	BAD("b@x.org", -E_INVALID, "catalogue 27: no brackets"),
	BAD("<", -E_INVALID, "cut"),
	BAD("<b", -E_INVALID, "cut"),
	BAD("<b@", -E_INVALID, "cut"),
	BAD("<b@x.org", -E_INVALID, "cut"),
	BAD("<\"b", -E_INVALID, "cut"),
	BAD("<\"b\\", -E_INVALID, "cut behind a backslash"),
	BAD("<b@[192.0.2.1", -E_INVALID, "cut; catalogue 20"),
	BAD("<@a", -E_INVALID, "cut"),
	BAD(" <b@x.org>", -E_INVALID, "space before; the verb's to skip"),
	BAD("< b@x.org>", -E_INVALID, "space inside"),
	BAD("<b@x.org >", -E_INVALID, "space inside"),
	BAD("< >", -E_INVALID, "space is not null"),
	BAD("<b>", -E_INVALID, "only postmaster has no domain"),
	BAD("<\"postmaster\">", -E_INVALID, "4.5.1 has it unquoted"),
	BAD("<@a:postmaster>", -E_INVALID, "a route to no domain"),
	BAD("<postmaster@>", -E_INVALID, "an empty domain"),
	BAD("<@x.org>", -E_INVALID, "an empty local part"),
	BAD("<\"\"@x.org>", -E_INVALID, "an empty local part"),
	BAD("<a@b@c>", -E_INVALID, "catalogue 24"),
	BAD("<a@b@c.org>", -E_INVALID, "catalogue 24"),
	BAD("<.a@x.org>", -E_INVALID, "a dot first"),
	BAD("<a.@x.org>", -E_INVALID, "a dot last"),
	BAD("<a..b@x.org>", -E_INVALID, "two dots"),
	BAD("<a b@x.org>", -E_INVALID, "RFC 3696: space needs quotes"),
	BAD("<a\\@b@x.org>", -E_INVALID, "RFC 3696 erratum 246"),
	BAD("<a\\ b@x.org>", -E_INVALID, "a pair outside quotes"),
	BAD("<a,b@x.org>", -E_INVALID, "comma"),
	BAD("<a(c)@x.org>", -E_INVALID, "comments are no part of SMTP"),
	BAD("<\"a\"b@x.org>", -E_INVALID, "text behind quotes"),
	BAD("<a\"b\"@x.org>", -E_INVALID, "text before quotes"),
	BAD("<\"a\".b@x.org>", -E_INVALID, "RFC 5322's obsolete mixture"),
	BAD("<\"a\tb\"@x.org>", -E_INVALID, "control in quotes"),
	BAD("<\"a\\\tb\"@x.org>", -E_INVALID, "control in a pair"),
	BAD("<\"a\x7f\"@x.org>", -E_INVALID, "DEL"),
	BAD("<a\0b@x.org>", -E_INVALID, "catalogue 7"),
	BAD("<\"a\0b\"@x.org>", -E_INVALID, "catalogue 7"),
	BAD("<b@x\0.org>", -E_INVALID, "catalogue 7"),
	BAD("<b\r\n@x.org>", -E_INVALID, "line break"),
	BAD("<\"b\r\n\"@x.org>", -E_INVALID, "line break in quotes"),
	BAD("<j\xc3\xb6rg@x.org>", -E_INVALID, "catalogue 8"),
	BAD("<\"j\xc3\xb6rg\"@x.org>", -E_INVALID, "catalogue 8"),
	BAD("<b@m\xc3\xbcnchen.de>", -E_INVALID, "catalogue 8"),
	BAD("<b@x.org.>", -E_INVALID, "a dot at the end"),
	BAD("<b@.x.org>", -E_INVALID, "an empty label"),
	BAD("<b@x..org>", -E_INVALID, "an empty label"),
	BAD("<b@-x.org>", -E_INVALID, "a hyphen first"),
	BAD("<b@x-.org>", -E_INVALID, "a hyphen last"),
	BAD("<b@x.org/y>", -E_INVALID, "a slash in a domain"),
	BAD("<b@\"x.org\">", -E_INVALID, "a quoted domain"),
	BAD("<b@a" L63 ".org>", -E_INVALID, "a label of 64"),
	BAD("<@a@b:c@d>", -E_INVALID, "a route without comma"),
	BAD("<@a,b:c@d>", -E_INVALID, "a route without at"),
	BAD("<@a, @b:c@d>", -E_INVALID, "a space in a route"),
	BAD("<@:c@d>", -E_INVALID, "an empty hop"),
	BAD("<@[192.0.2.1]:c@d>", -E_INVALID, "At-domain is a name"),
	BAD("<@a,@b>", -E_INVALID, "a route to nowhere"),
	BAD("<@a:>", -E_INVALID, "a route to nowhere"),
	BAD("<b@[]>", -E_INVALID, "an empty literal"),
	BAD("<b@[192.0.2]>", -E_INVALID, "three numbers"),
	BAD("<b@[192.0.2.1.1]>", -E_INVALID, "five numbers"),
	BAD("<b@[192.0.2.256]>", -E_INVALID, "a number too big"),
	BAD("<b@[192.0.2.010]>", -E_INVALID, "octal or not: refused"),
	BAD("<b@[192.0.2.1]x>", -E_INVALID, "text behind"),
	BAD("<b@[ 192.0.2.1]>", -E_INVALID, "space in a literal"),
	BAD("<b@[2001:db8::1]>", -E_INVALID, "no tag"),
	BAD("<b@[IPv6:192.0.2.1]>", -E_INVALID, "the wrong tag"),
	BAD("<b@[IPv6:]>", -E_INVALID, "an empty literal"),
	BAD("<b@[IPv6:1::2::3]>", -E_INVALID, "two gaps"),
	BAD("<b@[IPv6:fe80::1%eth0]>", -E_INVALID, "a zone"),
	BAD("<b@[x400:c=de]>", -E_INVALID, "an unknown tag"),
	BAD("<b@[[192.0.2.1]]>", -E_INVALID, "two brackets"),
	BAD("<" A60 "aaaaa@x.org>", -E_TOOBIG, "4.5.3.1.1: 65"),
	BAD("<\"" A60 "aaa\"@x.org>", -E_TOOBIG, "quotes count"),
	BAD("<bb@" L63 "." L63 "." L63 "." A60 ">", -E_TOOBIG,
	    "4.5.3.1.3: 257 with brackets"),
	BAD("<b@" L63 "." L63 "." L63 "." L63 ">", -E_TOOBIG,
	    "4.5.3.1.2"),
	BAD("<@" L63 "." L63 ",@" L63 "." L63 ":b@x.org>", -E_TOOBIG,
	    "a route counts"),
	BAD("<" A60 "aaaaa@x..org>", -E_INVALID, "syntax first"),
};

static void
others_are_refused(void **state)
{
	const struct path before = { .kind = PT_LITERAL };
	struct path path;
	size_t i, used;
	char *in;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		in = tight(bad[i].in.p, bad[i].in.len);
		path = before;
		used = 4711;
		rc = path_parse((struct str){ in, bad[i].in.len }, arena,
		    &path, &used);
		if (rc != bad[i].code)
			fail_msg("%.*s: %s, wanted %s: %s",
			    STR_ARG(bad[i].in), error_word(rc),
			    error_word(bad[i].code), bad[i].why);
		assert_int_equal(used, 4711);
		assert_memory_equal(&path, &before, sizeof path);
		free(in);
	}
}

/* What stands behind ">" is the verb's: parameters, or rubbish. */
static void
the_rest_is_left(void **state)
{
	struct path path;
	size_t used;

	(void)state;
	assert_int_equal(path_parse(STR("<b@x.org> SIZE=1"), arena, &path,
	    &used), 0);
	assert_int_equal(used, 9);
	assert_int_equal(path_parse(STR("<>>"), arena, &path, &used), 0);
	assert_int_equal(used, 2);
}

static const struct {
	const char *a, *b;
	bool        same;
} pairs[] = {
	{ "<b@x.org>", "<B@X.ORG>", true },
	{ "<b@x.org>", "<\"b\"@x.org>", true },
	{ "<b@x.org>", "<@r:b@x.org>", true },
	{ "<b@x.org>", "<c@x.org>", false },
	{ "<b@x.org>", "<b@y.org>", false },
	{ "<b@[192.0.2.1]>", "<B@[IPv6:::ffff:192.0.2.1]>", true },
	{ "<b@[192.0.2.1]>", "<b@[192.0.2.2]>", false },
	{ "<b@[192.0.2.1]>", "<b@192.0.2.1>", false },
	{ "<postmaster>", "<POSTMASTER>", true },
	{ "<postmaster>", "<postmaster@x.org>", false },
	{ "<>", "<>", true },
	{ "<>", "<postmaster>", false },
};

static void
same_mailboxes_are_equal(void **state)
{
	struct path a, b;
	size_t i, used;

	(void)state;
	for (i = 0; i < COUNT(pairs); i++) {
		assert_int_equal(path_parse(str_of(pairs[i].a), arena, &a,
		    &used), 0);
		assert_int_equal(path_parse(str_of(pairs[i].b), arena, &b,
		    &used), 0);
		if (path_eq(&a, &b) != pairs[i].same ||
		    path_eq(&b, &a) != pairs[i].same)
			fail_msg("%s and %s", pairs[i].a, pairs[i].b);
	}
}

static void
postmaster_is_known(void **state)
{
	static const struct { const char *in; bool is; } cases[] = {
		{ "<postmaster>", true }, { "<PostMaster@x.org>", true },
		{ "<\"POSTMASTER\"@x.org>", true },
		{ "<postmaster@[192.0.2.1]>", true },
		{ "<postmasters@x.org>", false }, { "<>", false },
		{ "<postmaster+x@x.org>", false },
	};
	struct path path;
	size_t i, used;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(path_parse(str_of(cases[i].in), arena,
		    &path, &used), 0);
		assert_int_equal(path_is_postmaster(&path), cases[i].is);
	}
}

static void
copies_live_elsewhere(void **state)
{
	struct arena *other = arena_new(0);
	struct path path, copy;
	size_t used;

	(void)state;
	assert_int_equal(path_parse(STR("<\"x y\"@Z.org>"), other, &path,
	    &used), 0);
	path_copy(arena, &path, &copy);
	assert_true(path_eq(&path, &copy));
	arena_free(&other);
	assert_text(copy.text, "\"x y\"@z.org");
	assert_text(copy.local, "x y");
	assert_text(copy.domain, "z.org");
}

/* catalogue 20: what EHLO brings. */
static void
literals_are_read(void **state)
{
	static const struct { const char *in; int rc; } cases[] = {
		{ "[192.0.2.1]", 0 }, { "[IPv6:::1]", 0 }, { "[", -E_INVALID },
		{ "]", -E_INVALID }, { "", -E_INVALID }, { "[]", -E_INVALID },
		{ "[192.0.2.1", -E_INVALID }, { "192.0.2.1", -E_INVALID },
		{ "[IPv6:", -E_INVALID }, { "[IPv6]", -E_INVALID },
		{ "[192.0.2.1] ", -E_INVALID }, { "[1.2.3]", -E_INVALID },
	};
	struct ip ip;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++)
		if (literal_parse(str_of(cases[i].in), &ip) != cases[i].rc)
			fail_msg("%s", cases[i].in);
	assert_int_equal(literal_parse(STR("[192.0.2.7]"), &ip), 0);
	assert_true(ip_eq(ip, ip_v4(192, 0, 2, 7)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_read),
		cmocka_unit_test(others_are_refused),
		cmocka_unit_test(the_rest_is_left),
		cmocka_unit_test(same_mailboxes_are_equal),
		cmocka_unit_test(postmaster_is_known),
		cmocka_unit_test(copies_live_elsewhere),
		cmocka_unit_test(literals_are_read),
	};

	return cmocka_run_group_tests_name("mail/path", tests, setup,
	    teardown);
}
