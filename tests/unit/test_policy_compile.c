/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bad policies, each with exactly the expected finding.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy_world.h"

#define KEYED "list la \"la.test\" ip4 { code 127.0.0.2 x 6\n" \
	"key prefix \"dq.la.test\"; limit 100 per 1h }\n"
#define LIST "list la \"la.test\" ip4 { code 127.0.0.2 x 6 }\n"

static const struct {
	const char *code, *text;
} bad[] = {
	{ "P0100", "scor 1 a if early\n" },
	{ "P0101", "trust\n" },
	{ "P0101", "score 1 if early\n" },
	{ "P0101", "score 1 @a if early\n" },
	{ "P0101", "score 1 a.b if early\n" },
	{ "P0101", "let not = early\n" },
	{ "P0101", "score 1 a234567890123456789012345678901234567890123456789"
	    "01234567890123456 if early\n" },
	{ "P0102", "score 1 a if early\nat rcpt a if early junk\n" },
	{ "P0102", "junk at 3\njunk at 4\n" },
	{ "P0102", "let a = early\nlet a = generic\n" },
	{ "P0102", "mode observe\nmode enforce\n" },
	{ "P0102", "policy u\n" },
	{ "P0102", LIST "use la { x 1; x 2 }\n" },
	{ "P0103", "group g cap 3\n" },
	{ "P0103", "group g { score 1 a if early }\n" },
	{ "P0104", "group g cap 3 { junk at 3 }\n" },
	{ "P0105", "let a early\n" },
	{ "P0106", "let early = generic\n" },
	{ "P0106", LIST "use la\nlet la = early\n" },
	{ "P0107", "off\n" },
	{ "P0108", "mode dream\n" },
	{ "P0109", "base a b\n" },
	{ "P0109", "base { a }\n" },
	{ "P0111", "score 1 a if\n" },
	{ "P0111", "score 1 a if early and\n" },
	{ "P0111", "score 1 a if (early\n)and\n" },
	{ "P0111", "score 1 a if fcrdns in\n" },
	{ "P0111", "score 1 a if fcrdns =\n" },
	{ "P0111", "score 1 a if fcrdns in {}\n" },
	{ "P0112", "score 1 a if earlz\n" },
	{ "P0112", "let unused = earlz\n" },
	{ "P0112", "at rcpt a if early refuse 550 5.7.1 \"{nothing}\"\n" },
	{ "P0112", LIST "score 1 a if la.x\n" },
	{ "P0113", "score 1 a if fcrdns\n" },
	{ "P0113", "score 1 a if early = yes\n" },
	{ "P0113", "score 1 a if fcrdns > pass\n" },
	{ "P0113", "score 1 a if dkim.domains != a.test\n" },
	{ "P0113", "score 1 a if counted like \"*\"\n" },
	{ "P0113", "score 1 a if now = 2026-01-01\n" },
	{ "P0116", "score 1 a if now < soon\n" },
	{ "P0114", "at rcpt a if late junk\n" },
	{ "P0114", "at rcpt a if unknown(late) junk\n" },
	{ "P0114", "at helo a if early refuse 550 5.7.1 \"{mail.address}\"\n" },
	{ "P0115", "score 1 a if fcrdns = soft\n" },
	{ "P0116", "score 1 a if counted > many\n" },
	{ "P0116", "score 1 a if client.ip = a.test\n" },
	{ "P0116", "score 1 a if client.ip in {192.0.2.1/24}\n" },
	{ "P0116", "score 1 a if fcrdns in {pass {fail}}\n" },
	{ "P0116", "score 1 a if client.name = \"*.a.test\"\n" },
	{ "P0116", "score 1 a if client.name like \"*.\xc3\xb6.test\"\n" },
	{ "P0116", "score 1 a if client.name like \"\"\n" },
	{ "P0116", "score 1 a if mail.address = a.test\n" },
	{ "P0116", "score 1 a if client.name = mail.address\n" },
	{ "P0116", "score 1 a if counted > 2k\n" },
	{ "P0117", "score -1 a if not unknown(early)\n" },
	{ "P0117", "at rcpt a if not (early or ignorant) junk\n" },
	{ "P0117", "let u = unknown(early)\nat rcpt a if not u junk\n" },
	{ "P0118", "table t1 nets { 192.0.2.0/24 }\n"
	    "score 1 a if client.name in @t1\n" },
	{ "P0120", "off a\n" },
	{ "P0122", "let a = b\nlet b = a\nscore 1 s if a\n" },
	{ "P0123", "score 1 a if client.ip in @none\n" },
	{ "P0124", "table t1 cats { a }\nscore 1 a if client.ip in @t1\n" },
	{ "P0124", "table unused cats { a }\n" },
	{ "P0124", "table t1 nets file { x }\n" },
	{ "P0125", "table t1 nets { a.test }\nscore 1 a if client.ip in "
	    "@t1\n" },
	{ "P0126", "table t1 nets file \"none\"\nscore 1 a if client.ip in "
	    "@t1\n" },
	{ "P0125", "table t1 addresses { \"@a.test\" }\n" },
	{ "P0125", "table t1 addresses { \"a b@a.test\" }\n" },
	{ "P0125", "table t1 nets { 192.0.2.0/24 { x } }\n" },
	{ "P0126", "table unused nets file \"none\"\n" },
	{ "P0127", "use none\n" },
	{ "P0127", "use none\nscore 1 a if none.x\n" },
	{ "P0130", "base none\n" },
	{ "P0132", "score 1 a if early generic\n" },
	{ "P0132", LIST "use la twice\n" },
	{ "P0132", LIST "use la if early if generic\n" },
	{ "P0132", LIST "use la { x 1 } { x 2 }\n" },
	{ "P0132", LIST "use la alone alone\n" },
	{ "P0132", "let a = early generic\n" },
	{ "P0132", "group g cap 3 floor -1 floor -2 { score 1 a if early }\n" },
	{ "P0132", "table t1 nets { 192.0.2.0/24 } more\n" },
	{ "P0132", "table t1 nets file \"x\" optional more\n" },
	{ "P0132", "refuse never early 3\n" },
	{ "P0133", "score much a if early\n" },
	{ "P0133", "score 30% a if early\n" },
	{ "P0133", "score 1.999 a if early\n" },
	{ "P0133", "score 1001 a if early\n" },
	{ "P0134", "score 1 a early\n" },
	{ "P0135", LIST "use la { y 3 }\n" },
	{ "P0135", LIST "use la { x much }\n" },
	{ "P0136", "group g cap 1 floor 2 { score 1 a if early }\n" },
	{ "P0136", "group g cap -1 { score 1 a if early }\n" },
	{ "P0136", "group g cap 3 floor 1 { score 1 a if early }\n" },
	{ "P0137", "trust t if client.ip = 192.0.2.1 verified by address\n" },
	{ "P0137", "trust t if client.ip = 192.0.2.1 verified by address "
	    "skip cats\n" },
	{ "P0138", "trust t if client.ip = 192.0.2.1 verified by address "
	    "skip all until soon\n" },
	{ "P0139", "at rcpt a if early explode\n" },
	{ "P0140", "at rcpt a if early refuse 450 4.7.1 \"no\"\n" },
	{ "P0140", "at rcpt a if early defer 550 5.7.1 \"no\"\n" },
	{ "P0140", "at rcpt a if early refuse 550 \"no\"\n" },
	{ "P0141", "at rcpt a if early refuse 550 4.7.1 \"no\"\n" },
	{ "P0141", "at rcpt a if early refuse 550 5.7 \"no\"\n" },
	{ "P0142", "at rcpt a if early refuse 550 5.7.1 \"n\xc3\xb6\"\n" },
	{ "P0142", "at rcpt a if early refuse 550 5.7.1 \"\"\n" },
	{ "P0142", "at rcpt a if early refuse 550 5.7.1 no\n" },
	{ "P0142", "at rcpt a if early refuse 550 5.7.1 \"{early\"\n" },
	{ "P0142", "at rcpt a if early refuse 550 5.7.1 \"{early}{early}"
	    "{early}{early}{early}{early}{early}{early}{early}\"\n" },
	{ "P0143", "at dawn a if early junk\n" },
	{ "P0144", "refuse at 9 doubt\n" },
	{ "P0145", "junk 5\n" },
	{ "P0145", "refuse at 0\n" },
	{ "P0145", "junk at -1\n" },
	{ "P0146", "refuse at 9 early 8\n" },
	{ "P0147", "trust t if client.ip = 192.0.2.1 verified by address skip "
	    "all note\n" },
	{ "P0148", LIST "use la key secret:k\n" },
	{ "P0149", KEYED "use la key\n" },
	{ "P0149", KEYED "use la key marker\n" },
	{ "P0149", KEYED "use la key secret:\n" },
	{ "P0149", KEYED "use la key secret:../k\n" },
	{ "P0149", KEYED "use la key secret:.k\n" },
	{ "P0149", KEYED "use la key secret:none\n" },
	{ "P0132", LIST "use la sum max\n" },
	{ "P0132", LIST "use la max sum\n" },
	{ "P0132", LIST "use la sum sum\n" },
	{ "P0199", "rate r key client.ip per 1m\n" },
	{ "P0199", "at rcpt a if early hold\n" },
	{ "P0199", "score from counted 0 3 a if early\n" },
	{ "P0201", "score 1 a if unknown(early)\n" },
	{ "P0201", "at rcpt a if unknown(early) refuse 550 5.7.1 \"no\"\n" },
	{ "P0201", "at rcpt a if ignorant pass\n" },
	{ "P0307", "list la \"la.test\" ip4 { code 127.0.0.2 x 1001 }\n"
	    "use la\n" },
	{ "P0316", "list la \"la.test\" ip4 { ask client helo\n"
	    "code 127.0.0.2 x 1 }\n" },
	{ "P0301", "list unused \"la.test\" ip4 { wood }\n" },
	{ "P0324", "list la \"la.test\" ip4 { code 127.0.0.2 x 6\n"
	    "when earlz }\nuse la\n" },
	{ "P0324", "list la \"la.test\" ip4 { code 127.0.0.2 x 6\n"
	    "when counted }\nuse la\n" },
	{ "P0324", "list la \"la.test\" ip4 { code 127.0.0.2 x 6\n"
	    "when ignorant }\nuse la\n" },
	{ "P0317", "list early \"la.test\" ip4 { code 127.0.0.2 x 6 }\n"
	    "use early\n" },
	{ "P0317", "list client \"la.test\" ip4 { code 127.0.0.2 ip 6 }\n"
	    "use client\n" },
	{ "P0317", "list la \"la.test\" ip4 { code 127.0.0.2 x 6\n"
	    "value 127.0.4.N x }\nuse la\n" },
	{ "P0207", "trust t if client.name = a.test skip all\n" },
	{ "P0207", "trust t if early verified by address skip all\n" },
	{ "P0207", "trust t if not client.name = a.test verified by fcrdns "
	    "skip all\n" },
	{ "P0207", "trust t if client.name = a.test or early verified by "
	    "fcrdns skip all\n" },
	{ "P0207", "trust t if client.name = a.test and client.ip = "
	    "192.0.2.1 verified by fcrdns skip all\n" },
	{ "P0208", "trust t if client.name = a.test verified by address skip "
	    "all\n" },
	{ "P0208", "trust t if client.name = a.test verified by magic skip "
	    "all\n" },
	{ "P0209", "trust t if client.name = a.test and unknown(early) "
	    "verified by fcrdns skip all\n" },
};

static void
check_one(const char *code, const char *text)
{
	struct policy_world w;
	const char *found;

	world_open(&w);
	assert_null(world_policy(&w, arena_printf(w.arena, "policy t\n%s",
	    text).p, NULL));
	found = diag_at(w.diag, 0, NULL, NULL);
	if (found == NULL || strcmp(found, code) != 0 ||
	    diag_count(w.diag, DG_ERROR) != 1)
		fail_msg("expected %s alone:\n%s\n%.*s", code, text,
		    STR_ARG(diag_text(w.diag, w.arena)));
	world_close(&w);
}

static void
test_bad(void **unused)
{
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(bad); i++)
		check_one(bad[i].code, bad[i].text);
}

/* P0119: nested deeper than a condition may be */
static void
test_deep(void **unused)
{
	struct arena *a = arena_new(0);
	struct str s = STR("early");
	unsigned i;

	(void)unused;
	for (i = 0; i < 40; i++)
		s = arena_printf(a, "(%.*s)", STR_ARG(s));
	check_one("P0119", arena_printf(a, "score 1 a if %.*s\n",
	    STR_ARG(s)).p);
	arena_free(&a);
}

/* P0119: lets of lets would double the condition at each step */
static void
test_doubling(void **unused)
{
	struct arena *a = arena_new(0);
	struct str s = STR("let l0 = early\n");
	unsigned i;

	(void)unused;
	for (i = 1; i < 30; i++)
		s = arena_printf(a, "%.*slet l%u = l%u and l%u\n", STR_ARG(s),
		    i, i - 1, i - 1);
	check_one("P0119", s.p);
	arena_free(&a);
}

/* P0128: lists that are more facts than there is room for */
static void
test_many_facts(void **unused)
{
	struct arena *a = arena_new(0);
	struct str codes = STR("ask helo sender name dkim"), s = STR("");
	unsigned i;

	(void)unused;
	for (i = 1; i < 64; i++)
		codes = arena_printf(a, "%.*s; code 127.0.%u.2 c%u 1",
		    STR_ARG(codes), i, i);
	for (i = 0; i < 4; i++)
		s = arena_printf(a, "%.*slist l%u \"l.test\" domain { %.*s }\n"
		    "use l%u\n", STR_ARG(s), i, STR_ARG(codes), i);
	check_one("P0128", s.p);
	arena_free(&a);
}

/* P0128: one list more than a policy may use */
static void
test_many_lists(void **unused)
{
	struct arena *a = arena_new(0);
	struct str s = STR("");
	unsigned i;

	(void)unused;
	for (i = 0; i < 65; i++)
		s = arena_printf(a, "%.*slist l%u \"l.test\" ip4 { code "
		    "127.0.0.2 x 1 }\nuse l%u\n", STR_ARG(s), i, i);
	check_one("P0128", s.p);
	arena_free(&a);
}

/* P0110, P0131, P0121, and a policy that is its own base (P0130) */
static void
test_layers(void **unused)
{
	struct policy_world w;

	(void)unused;
	world_open(&w);
	assert_null(world_policy(&w, "policy a b c\n", NULL));
	assert_string_equal(diag_at(w.diag, 0, NULL, NULL), "P0110");
	world_close(&w);
	world_open(&w);
	assert_null(world_policy(&w, "junk at 3\n", NULL));
	assert_string_equal(diag_at(w.diag, 0, NULL, NULL), "P0131");
	world_close(&w);
	world_open(&w);
	assert_null(world_policy(&w, "policy t\nbase b\nscore 1 a if early\n",
	    "rules/b.policy", "policy b\nat rcpt a if early junk\n", NULL));
	assert_string_equal(diag_at(w.diag, 0, NULL, NULL), "P0121");
	world_close(&w);
	world_open(&w);
	assert_null(world_policy(&w, "policy t\nbase b\n", "rules/b.policy",
	    "policy b\nbase b\n", NULL));
	assert_string_equal(diag_at(w.diag, 0, NULL, NULL), "P0130");
	world_close(&w);
}

static void
check_finding(struct policy_world *w, const char *code, const char *place)
{
	struct place at;
	const char *found = diag_at(w->diag, 0, &at, NULL);

	assert_non_null(found);
	assert_string_equal(found, code);
	assert_string_equal(arena_printf(w->arena, "%.*s:%u",
	    STR_ARG(at.source->name), at.line).p, place);
	world_close(w);
}

/* Twice a base; a list of lists/dead; a table's file that cannot be read, or
 * whose line is wrong: told where it stands. */
static void
test_files(void **unused)
{
	struct policy_world w;

	(void)unused;
	world_open(&w);
	assert_null(world_policy(&w, "policy t\nbase b\nbase c\n",
	    "rules/b.policy", "policy b\n", "rules/c.policy", "policy c\n",
	    NULL));
	check_finding(&w, "P0102", "t.policy:3");
	world_open(&w);
	assert_non_null(world_policy(&w, "policy t\nbase b\n",
	    "rules/b.policy", "policy b\nbase ./c.policy\n",
	    "rules/c.policy", "policy c\n", NULL));
	world_close(&w);
	world_open(&w);
	assert_null(world_policy(&w, "policy t\n" LIST "use la\n",
	    "rules/lists/dead", "dead \"test\" 2020-01-01 \"gone\"\n", NULL));
	check_finding(&w, "P0129", "t.policy:3");
	world_open(&w);
	assert_null(world_policy(&w, "policy t\ntable t1 nets file \"x\" "
	    "optional\n", "site/x", WORLD_DENIED, "rules/x", "", NULL));
	check_finding(&w, "P0126", "t.policy:2");
	world_open(&w);
	assert_null(world_policy(&w, "policy t\ntable t1 nets file \"x\"\n",
	    "rules/x", "192.0.2.1\n\nwood\n", NULL));
	check_finding(&w, "P0125", "rules/x:3");
	world_open(&w);
	assert_null(world_policy(&w, "policy t\nbase b\n", "site/b.policy",
	    WORLD_DENIED, "rules/b.policy", "policy b\n", NULL));
	assert_string_equal(diag_at(w.diag, 0, NULL, NULL), "P0001");
	world_close(&w);
}

/* A table's file: the folders in their order, then beside the text. */
static void
test_folders(void **unused)
{
	static const struct {
		const char *name[3];
	} rows[] = {
		{ { "site/t/x", "rules/t/x", "rules/b/t/x" } },
		{ { "none", "rules/t/x", "rules/b/t/x" } },
		{ { "none", "none", "rules/b/t/x" } },
	};
	struct policy_world w;
	const struct policy *p;
	size_t i, k;

	(void)unused;
	for (i = 0; i < COUNT(rows); i++) {
		world_open(&w);
		p = world_policy(&w, "policy t\nbase rules/b/c.policy\n",
		    "rules/b/c.policy", "policy c\ntable x nets file \"t/x\" "
		    "optional\nscore 1 a if client.ip in @x\n",
		    rows[i].name[0], "192.0.2.0\n", rows[i].name[1],
		    "192.0.2.1\n", rows[i].name[2], "192.0.2.2\n", NULL);
		assert_non_null(p);
		for (k = 0; k < 3; k++)
			assert_int_equal(image_has_ip(
			    &p->weights[0].cond->test.members->image,
			    ip_v4(192, 0, 2, (uint8_t)k)), k == i);
		world_close(&w);
	}
}

#define MARKER "mark7er"

static const struct {
	const char *what, *code;      /* NULL: a key                        */
	const char *name[2], *text[2];
} keys[] = {
	{ "a line", NULL, { "secrets/k", "-" }, { MARKER "\n", "" } },
	{ "no end of line", NULL, { "secrets/k", "-" }, { MARKER, "" } },
	{ "capitals", NULL, { "secrets/k", "-" }, { "Mark7ER\n", "" } },
	{ "systemd's folder", NULL, { "-", "systemd/k" }, { "", MARKER } },
	{ "the first folder wins", NULL, { "secrets/k", "systemd/k" },
	    { MARKER, "another" } },
	{ "not readable, and so not the next", "P0149",
	    { "secrets/k", "systemd/k" }, { WORLD_DENIED, MARKER } },
	{ "empty", "P0150", { "secrets/k", "-" }, { "\n", "" } },
	{ "two lines", "P0150", { "secrets/k", "-" }, { MARKER "\nx", "" } },
	{ "two labels", "P0150", { "secrets/k", "-" }, { MARKER ".x", "" } },
	{ "longer than a label", "P0150", { "secrets/k", "-" }, { MARKER
	    "0123456789012345678901234567890123456789012345678901234567", "" } },
};

/* catalogue 133: found where it should be, and told to nobody when it is
 * wrong. The hash of the policy is shown, so it does not depend on it. */
static void
test_keys(void **unused)
{
	struct policy_world w;
	const struct policy *p;
	const char *hash = NULL;
	char first[8] = "";
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(keys); i++) {
		world_open(&w);
		p = world_policy(&w, "policy t\n" KEYED
		    "use la key secret:k\n", keys[i].name[0],
		    keys[i].text[0], keys[i].name[1], keys[i].text[1], NULL);
		if ((p == NULL) != (keys[i].code != NULL))
			fail_msg("%s", keys[i].what);
		if (p == NULL)
			assert_string_equal(diag_at(w.diag, 0, NULL, NULL),
			    keys[i].code);
		else
			assert_true(str_eq(policy_lists(p, &(size_t){ 0 })[0]
			    ->key, STR(MARKER)));
		assert_null(strstr(arena_str(w.arena, diag_text(w.diag,
		    w.arena)).p, "ark7"));
		hash = p == NULL ? first : policy_hash(p);
		if (first[0] == '\0')
			memcpy(first, hash, 5);
		assert_string_equal(hash, first);
		world_close(&w);
	}
}

/* A name that is a path, or hidden, is not looked for: the file is there. */
static void
test_names_of_keys(void **unused)
{
	static const char *const names[] = { ".k", "a/k", "/k", "../k" };
	struct policy_world w;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(names); i++) {
		world_open(&w);
		assert_null(world_policy(&w, arena_printf(w.arena, "policy t\n"
		    KEYED "use la key \"secret:%s\"\n", names[i]).p,
		    "secrets/.k", "k1", "secrets/a/k", "k1", "/k", "k1",
		    "secrets/../k", "k1", NULL));
		assert_string_equal(diag_at(w.diag, 0, NULL, NULL), "P0149");
		world_close(&w);
	}
}

/* A layer above gives another key, or none and keeps the one below. */
static void
test_keys_of_layers(void **unused)
{
	static const char base[] = "policy b\n" KEYED
	    "use la key secret:one\n";
	struct policy_world w;
	const struct policy *p;
	size_t n;

	(void)unused;
	world_open(&w);
	p = world_policy(&w, "policy t\nbase b\nuse la key secret:two\n",
	    "rules/b.policy", base, "secrets/one", "k1", "secrets/two", "k2",
	    NULL);
	assert_non_null(p);
	assert_true(str_eq(policy_lists(p, &n)[0]->key, STR("k2")));
	assert_int_equal(policy_list_place(p, policy_lists(p, &n)[0]).line,
	    3);
	world_close(&w);
	world_open(&w);
	p = world_policy(&w, "policy t\nbase b\nuse la { x 2 }\n",
	    "rules/b.policy", base, "secrets/one", "k1", NULL);
	assert_non_null(p);
	assert_true(str_eq(policy_lists(p, &n)[0]->key, STR("k1")));
	/* that is for those who ask without */
	assert_int_equal(policy_lists(p, &n)[0]->limit, 0);
	world_close(&w);
	world_open(&w);
	p = world_policy(&w, "policy t\n" KEYED "use la\n", NULL);
	assert_non_null(p);
	assert_int_equal(policy_lists(p, &n)[0]->limit, 100);
	world_close(&w);
	world_open(&w);
	assert_null(world_policy(&w, "policy t\n" KEYED
	    "use la key secret:one key secret:one\n", "secrets/one", "k1",
	    NULL));
	assert_string_equal(diag_at(w.diag, 0, NULL, NULL), "P0132");
	world_close(&w);
}

/* All errors of all files come in one run. */
static void
test_all_errors(void **unused)
{
	struct policy_world w;

	(void)unused;
	world_open(&w);
	assert_null(world_policy(&w, "policy t\nbase b\nscor 1 a if early\n"
	    "score 1 b if earlz\njunk at 0\nuse none\n", "rules/b.policy",
	    "policy b\nscore 1 c if earlz\n", NULL));
	assert_int_equal(diag_count(w.diag, DG_ERROR), 5);
	world_close(&w);
}

/* What a person sees: language.md's own example. */
static void
test_text(void **unused)
{
	struct policy_world w;
	struct str s;

	(void)unused;
	world_open(&w);
	assert_null(world_policy(&w, "policy t\n" LIST "use la\n"
	    "score +8 infected if la.y\n", NULL));
	s = diag_text(w.diag, w.arena);
	assert_string_equal(arena_str(w.arena, s).p,
	    "t.policy:4:22: error P0112: no fact \"la.y\"\n"
	    "    4 | score +8 infected if la.y\n"
	    "      |                      ^~~~ did you mean la.x?  la has: x\n"
	    "1 error in 1 file\n");
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_doubling),
		cmocka_unit_test(test_many_facts),
		cmocka_unit_test(test_many_lists),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_names_of_keys),
		cmocka_unit_test(test_keys_of_layers),
		cmocka_unit_test(test_all_errors),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
