/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptions of DNS lists: each word, and each way to get it wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "policy_world.h"

static const char score[] =
    "list score \"score.test\" ip4 { value 127.0.4.N\n"
    "error 10.0.0.1 127.0.4.255 }";

#define A "list a \"a.test\" ip4 ip6 { code 127.0.0.2 x 1; "

static const struct {
	const char *code, *text;
} errors[] = {
	{ "P0301", "list a \"a.test\" ip4 { cod 127.0.0.2 x 1 }" },
	{ "P0302", "list a \"a.test\" ip4 { ask body; code 127.0.0.2 x 1 }" },
	{ "P0304", A "mask 127.0.0/24 { 2 b 1 } }" },
	{ "P0304", A "value 127.0.4.N.N }" },
	{ "P0304", A "value 127.0.N.N }" },
	{ "P0305", A "mask 10.0.0.0/24 { 2 b 1 } }" },
	{ "P0305", A "value N.0.0.1 }" },
	{ "P0306", A "mask 127.0.0.0/24 { 2 B 1 } }" },
	{ "P0306", A "value 127.0.4.N Score }" },
	{ "P0307", A "mask 127.0.0.0/24 { 2 b much } }" },
	{ "P0310", A "limit 0 per 1d }" },
	{ "P0310", A "limit 5 per 0 }" },
	{ "P0311", A "mask 127.0.0.0/24 2 }" },
	{ "P0311", A "mask 127.0.0.0/24 }" },
	{ "P0311", A "when { mail.null } }" },
	{ "P0311", A "value 127.0.4.N { score } }" },
	{ "P0315", "list a \"a.test\" domain { ask helo name; "
	  "value 127.0.4.N }" },
	{ "P0318", A "value 127.0.4.N; value 127.0.5.N }" },
	{ "P0318", A "limit 5 per 1d; limit 6 per 1d }" },
	{ "P0320", A "mask 127.0.0.0/24 { 3 b 1 } }" },
	{ "P0320", A "mask 127.0.0.0/24 { 0 b 1 } }" },
	{ "P0320", A "mask 127.0.0.0/24 { 256 b 1 } }" },
	{ "P0320", A "mask 127.0.0.0/24 { 2 b } }" },
	{ "P0321", A "value 127.0.4.5 }" },
	{ "P0321", A "value 127.0.4.1N }" },
	{ "P0321", A "value 127.0.4.N5 }" },
	{ "P0321", A "value 127.0.4.5.N }" },
	{ "P0322", A "probe 127.0.0.2 2001:db8::1 }" },
	{ "P0322", A "probe - - }" },
	{ "P0322", A "probe test.a invalid.a }" },
	{ "P0322", A "probe 127.0.0.2 \"a b\" }" },
	{ "P0322", A "probe 127.0.0.2 -; probe - 127.0.0.1 }" },
	{ "P0323", A "key suffix \"k.test\" }" },
	{ "P0323", A "key prefix \"k k\" }" },
	{ "P0304", "list a \"a.test\" ip4 { code 127.0.0.300 x 1 }" },
	{ "P0304", "list a \"a.test\" ip4 { code 127.0.0.2 x 1; error 1.2 }" },
	{ "P0305", "list a \"a.test\" ip4 { code 10.0.0.2 x 1 }" },
	{ "P0306", "list a \"a.test\" ip4 { code 127.0.0.2 X 1 }" },
	{ "P0307", "list a \"a.test\" ip4 { code 127.0.0.2 x much }" },
	{ "P0308", "list a \"a.test\" ip4 { code 127.0.0.2 x 1; checked 2026 "
	    "}" },
	{ "P0309", "list a \"a.test\" ip4 { code 127.0.0.2 x 1; register "
	    "perhaps }" },
	{ "P0310", "list a \"a.test\" ip4 { code 127.0.0.2 x 1; limit 5 a 1d "
	    "}" },
	{ "P0311", "list a \"a.test\" ip4 { code 127.0.0.2 x }" },
	{ "P0312", "list a \"a.test\" { code 127.0.0.2 x 1 }" },
	{ "P0313", "list A \"a.test\" ip4 { code 127.0.0.2 x 1 }" },
	{ "P0314", "list a \"a.test\" ip5 { code 127.0.0.2 x 1 }" },
	{ "P0315", "list a \"a.test\" ip4 { ask client }" },
	{ "P0316", "list a \"a.test\" domain { ask client; code 127.0.0.2 x "
	    "1 }" },
};

static void
test_errors(void **unused)
{
	struct policy_world b;
	const char *code;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(errors); i++) {
		world_open(&b);
		assert_null(world_list(&b, errors[i].text));
		code = diag_at(b.diag, 0, NULL, NULL);
		if (code == NULL || strcmp(code, errors[i].code) != 0)
			fail_msg("%s: %s", errors[i].text,
			    code == NULL ? "no finding" : code);
		world_close(&b);
	}
}

/* P0303: one code more than fits */
static void
test_too_many_codes(void **unused)
{
	struct policy_world b;
	struct str s = STR("list a \"a.test\" ip4 {");
	unsigned i;

	(void)unused;
	world_open(&b);
	for (i = 0; i < 65; i++)
		s = arena_printf(b.arena, "%.*s\ncode 127.0.1.%u c%u 1",
		    STR_ARG(s), i + 2, i);
	s = arena_printf(b.arena, "%.*s\n}", STR_ARG(s));
	assert_null(world_list(&b, s.p));
	assert_string_equal(diag_at(b.diag, 0, NULL, NULL), "P0303");
	world_close(&b);
}

static void
test_words(void **unused)
{
	struct policy_world b;
	struct list *l;
	usec_t when;

	(void)unused;
	world_open(&b);
	l = world_good_list(&b, "list a \"A.Test.\" domain { title \"A list\"\n"
	    "operator op; ask helo sender name; code 127.0.1.2 spam 6\n"
	    "error 127.0.1.255 127.255.255.0/24; probe \"T.a\" \"e.a\"\n"
	    "see \"https://a.test/{domain}\"; key prefix \"K.a.test\"\n"
	    "register free; limit 300000 per 1d; terms \"free\"\n"
	    "checked 2026-11-24 \"https://a.test\"\n"
	    "mask 127.0.2.0/24 { 16 m -1.5 }; value 127.0.N.3 n }");
	assert_true(str_eq(l->zone, STR("a.test")));
	assert_true(str_eq(l->title, STR("A list")));
	assert_true(str_eq(l->op, STR("op")));
	assert_int_equal(l->subjects, 3);
	assert_int_equal(l->error_count, 2);
	assert_true(str_eq(l->key_zone, STR("k.a.test")));
	assert_int_equal(l->registration, LR_FREE);
	assert_int_equal(l->limit, 300000);
	assert_int_equal(l->limit_span, 86400 * SEC);
	assert_true(str_eq(l->terms, STR("free")));
	assert_int_equal(date_parse(STR("2026-11-24"), &when), 0);
	assert_int_equal(l->checked, when);
	assert_true(str_eq(l->source, STR("https://a.test")));
	assert_int_equal(l->code_count, 2);
	assert_int_equal(l->codes[1].bit, 16);
	assert_int_equal(l->codes[1].points, -150);
	assert_true(list_praises(l) && list_blames(l));
	assert_int_equal(l->value_at, 2);
	assert_true(str_eq(l->value_name, STR("n")));
	l = world_good_list(&b, score);
	assert_false(list_praises(l) || list_blames(l));
	assert_true(str_eq(l->value_name, STR("value")));
	assert_int_equal(l->registration, LR_NONE);
	world_close(&b);
}

#define V6_2 "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define V6_1 "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
#define V6_DB8 "3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

/* RFC 5782 5, and what a list has instead. */
static const struct {
	const char *kinds, *probe;
	enum list_kind kind;
	const char *must, *must_shown, *not, *not_shown;
} points[] = {
	{ "ip4", "", LK_IP4, "2.0.0.127", "127.0.0.2", "1.0.0.127",
	    "127.0.0.1" },
	{ "ip4 ip6", "", LK_IP6, V6_2, "::ffff:127.0.0.2", V6_1,
	    "::ffff:127.0.0.1" },
	{ "domain", "", LK_DOMAIN, "test", "test", "invalid", "invalid" },
	{ "ip4 ip6", "probe 127.0.0.3 127.0.0.9", LK_IP4, "3.0.0.127",
	    "127.0.0.3", "9.0.0.127", "127.0.0.9" },
	{ "ip4 ip6", "probe 127.0.0.3 127.0.0.9", LK_IP6, V6_2,
	    "::ffff:127.0.0.2", V6_1, "::ffff:127.0.0.1" },
	{ "ip4 ip6", "probe 127.0.0.3 127.0.0.9; probe 2001:db8::3 -", LK_IP6,
	    V6_DB8, "2001:db8::3", "", "-" },
	{ "ip4 ip6", "probe - ::ffff:127.0.0.1", LK_IP6, "", "-", V6_1,
	    "::ffff:127.0.0.1" },
	{ "domain", "probe test.Uribl.com -", LK_DOMAIN, "test.uribl.com",
	    "test.uribl.com", "", "-" },
};

static void
test_points(void **unused)
{
	struct policy_world b;
	const struct list *l;
	size_t i;

	(void)unused;
	world_open(&b);
	for (i = 0; i < COUNT(points); i++) {
		const struct list_point *p;

		l = world_good_list(&b, arena_printf(b.arena, "list a \"a.test\" %s "
		    "{ code 127.0.0.2 x 1; %s }", points[i].kinds,
		    points[i].probe).p);
		p = &l->must[points[i].kind];
		if (!str_eq(p->text, str_of(points[i].must)) ||
		    !str_eq(p->shown, str_of(points[i].must_shown)))
			fail_msg("%s: %.*s", points[i].probe,
			    STR_ARG(p->text));
		p = &l->must_not[points[i].kind];
		if (!str_eq(p->text, str_of(points[i].not)) ||
		    !str_eq(p->shown, str_of(points[i].not_shown)))
			fail_msg("%s: not %.*s", points[i].probe,
			    STR_ARG(p->text));
	}
	world_close(&b);
}

static void
test_facts(void **unused)
{
	struct policy_world b;
	struct vocabulary *v;
	struct list *l;
	struct str clash;
	int spam, helo;

	(void)unused;
	world_open(&b);
	v = vocabulary_new(b.arena);
	l = world_list(&b, "list d \"d.test\" domain { ask helo sender\n"
	    "code 127.0.1.2 spam 6; code 127.0.1.4 spam 6 }");
	assert_non_null(l);
	assert_int_equal(list_declare(l, v, b.arena, &clash), 0);
	assert_int_equal(vocabulary_count(v), 5);
	spam = vocabulary_find(v, STR("d.spam"));
	helo = vocabulary_find(v, STR("d.helo.spam"));
	assert_int_equal(l->codes[0].fact, spam);
	assert_int_equal(l->codes[1].fact, spam);
	assert_int_equal(l->codes[1].by_subject[SUBJECT_HELO], helo);
	assert_int_equal(vocabulary_decl(v, spam)->stage, ST_MAIL);
	assert_int_equal(vocabulary_decl(v, helo)->stage, ST_HELO);
	assert_true(vocabulary_find(v, STR("d.client.spam")) < 0);
	assert_int_equal(list_stage(l, SUBJECT_HELO), ST_HELO);
	assert_int_equal(list_declare(l, v, b.arena, &clash), -E_INVALID);
	assert_true(str_eq(clash, STR("d")));
	world_close(&b);
}

static const struct fact_decl whens[] = {
	{ "bounce", FT_TRUTH, ST_MAIL, FAM_NONE, NULL, NULL, 0, "A bounce." },
	{ "count", FT_NUMBER, ST_MAIL, FAM_NONE, NULL, NULL, 0, "A number." },
	{ "blind", FT_TRUTH, ST_MAIL, FAM_NONE, NULL, NULL, FACT_IGNORANCE,
	    "Nothing is known." },
	{ "other", FT_TRUTH, ST_CONNECT, FAM_LISTS, NULL, NULL, 0,
	    "Of another list." },
};

/* `when` makes a list wait for a truth that is none of a list; a value is a
 * number. */
static void
test_facts_of_when_and_value(void **unused)
{
	static const char *const wrong[] = { "none", "count", "blind",
		"other" };
	static const char text[] = "list d \"d.test\" ip4 domain { when %s\n"
	    "ask client helo; code 127.0.1.2 spam 6; value 127.0.4.N }";
	struct vocabulary *v;
	struct policy_world b;
	struct list *l;
	struct str clash;
	size_t i;

	(void)unused;
	world_open(&b);
	v = vocabulary_new(b.arena);
	vocabulary_add(v, whens, COUNT(whens));
	for (i = 0; i < COUNT(wrong); i++)
		assert_int_equal(list_declare(world_good_list(&b, arena_printf(
		    b.arena, text, wrong[i]).p), v, b.arena, &clash),
		    -E_NOTFOUND);
	l = world_good_list(&b, arena_printf(b.arena, text, "bounce").p);
	assert_int_equal(list_declare(l, v, b.arena, &clash), 0);
	assert_int_equal(l->when_fact, vocabulary_find(v, STR("bounce")));
	assert_int_equal(list_stage(l, SUBJECT_CLIENT), ST_MAIL);
	assert_int_equal(list_stage(l, SUBJECT_HELO), ST_MAIL);
	assert_int_equal(list_stage(l, SUBJECT_DKIM), ST_EOM);
	assert_int_equal(vocabulary_decl(v, l->codes[0]
	    .by_subject[SUBJECT_CLIENT])->stage, ST_MAIL);
	assert_int_equal(l->value_fact, vocabulary_find(v, STR("d.value")));
	assert_int_equal(vocabulary_decl(v, l->value_fact)->type, FT_NUMBER);
	assert_int_equal(vocabulary_decl(v, l->value_fact)->stage, ST_MAIL);
	assert_int_equal(l->last, vocabulary_count(v));
	world_close(&b);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_too_many_codes),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_facts_of_when_and_value),
		cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
