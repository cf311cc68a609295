/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What DNS lists are asked and what their answers mean: every row of the table
 * of answers that must never count as a listing (catalogue 94, 95).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "policy_world.h"

static const char zen[] =
    "list zen \"zen.test\" ip4 ip6 {\n"
    "code 127.0.0.2 sbl 8\ncode 127.0.0.4-7 xbl 8\n"
    "code 127.0.0.10-11 pbl 4\nerror 127.0.0.255\n}";
static const char dnswl[] =
    "list dnswl \"dnswl.test\" ip4 { code 127.0.2-15.0 none 0\n"
    "code 127.0.2-15.1-3 high -3 }";
static const char white[] =
    "list white \"white.test\" ip4 { code 127.0.0.1 white -1 }";

static const char uribl[] =
    "list uribl \"uribl.test\" domain { error 127.0.0.1\n"
    "mask 127.0.0.0/24 { 2 black 6; 4 grey 1; 8 red 2; 128 last 1 } }";
static const char both[] =
    "list both \"both.test\" ip4 { code 127.0.0.2 two 1\n"
    "mask 127.0.1-2.0-255 { 1 one 1; 2 two 1 } }";
static const char score[] =
    "list score \"score.test\" ip4 { value 127.0.4.N\n"
    "error 10.0.0.1 127.0.4.255 }";

static const struct {
	const char *what, *list, *records;   /* addresses, spaces between   */
	int         rc;
	const char *hits;                    /* codes by their place        */
} answers[] = {
	{ "a bit", uribl, "127.0.0.2", 0, "1000" },
	{ "the highest bit", uribl, "127.0.0.128", 0, "0001" },
	{ "several bits", uribl, "127.0.0.14", 0, "1110" },
	{ "bits of several records", uribl, "127.0.0.2 127.0.0.8", 0, "1010" },
	{ "a bit without a name beside one", uribl, "127.0.0.34", 0, "1000" },
	{ "no bit with a name", uribl, "127.0.0.32", -E_GARBAGE, "0000" },
	{ "no bit at all", uribl, "127.0.0.0", -E_GARBAGE, "0000" },
	{ "a bit in another net", uribl, "127.0.1.2", -E_GARBAGE, "0000" },
	{ "refused, bit 1", uribl, "127.0.0.1", -E_REFUSED, NULL },
	{ "refused beside a bit", uribl, "127.0.0.2 127.0.0.1", -E_REFUSED,
	    NULL },
	{ "bits and codes: the code", both, "127.0.0.2", 0, "100" },
	{ "the bit", both, "127.0.2.3", 0, "011" },
	{ "a bit is no code", both, "127.0.0.3", -E_GARBAGE, "000" },
	{ "bit 1 where it has a name", both, "127.0.1.1", 0, "010" },
	{ "a value", score, "127.0.4.87", 0, "" },
	{ "next to a value", score, "127.0.5.87", -E_GARBAGE, "" },
	{ "an error among values", score, "127.0.4.255", -E_REFUSED, NULL },
	{ "an error outside 127/8", score, "10.0.0.1", -E_REFUSED, NULL },
	{ "no record", zen, "", 0, "000" },
	{ "one code", zen, "127.0.0.2", 0, "100" },
	{ "first of a range", zen, "127.0.0.4", 0, "010" },
	{ "last of a range", zen, "127.0.0.7", 0, "010" },
	{ "a set", zen, "127.0.0.2 127.0.0.4 127.0.0.10", 0, "111" },
	{ "behind a range", zen, "127.0.0.8", -E_GARBAGE, "000" },
	{ "named and unnamed", zen, "127.0.0.2 127.0.0.9", -E_GARBAGE,
	    "100" },
	{ "mistyped list", zen, "127.255.255.252", -E_REFUSED, NULL },
	{ "public resolver", zen, "127.255.255.254", -E_REFUSED, NULL },
	{ "too many questions", zen, "127.255.255.255", -E_REFUSED, NULL },
	{ "any other of 127.255.255/24", zen, "127.255.255.7", -E_REFUSED,
	    NULL },
	{ "refused, 127.0.0.1", zen, "127.0.0.1", -E_REFUSED, NULL },
	{ "the same where it is a code", white, "127.0.0.1", 0, "1" },
	{ "over quota", zen, "127.0.0.255", -E_REFUSED, NULL },
	{ "an error beside a code", zen, "127.0.0.2 127.0.0.255",
	    -E_REFUSED, NULL },
	{ "a parking address", zen, "203.0.113.9", -E_REFUSED, NULL },
	{ "a parking address beside a code", zen, "127.0.0.2 203.0.113.9",
	    -E_REFUSED, NULL },
	{ "octet ranges", dnswl, "127.0.5.2", 0, "01" },
	{ "trust none", dnswl, "127.0.5.0", 0, "10" },
	{ "outside of the octet range", dnswl, "127.0.16.2", -E_GARBAGE,
	    "00" },
};

static size_t
addresses(const char *text, struct ip out[8])
{
	struct str rest = str_of(text);
	size_t n;

	for (n = 0; rest.len > 0; n++)
		assert_int_equal(ip_parse(str_split(&rest, ' '), &out[n]), 0);
	return n;
}

static void
test_answers(void **unused)
{
	struct policy_world b;
	size_t i, k, n;

	(void)unused;
	for (i = 0; i < COUNT(answers); i++) {
		struct ip ips[8];
		bool hit[64] = { false };
		struct list *l;
		int rc;

		world_open(&b);
		l = world_good_list(&b, answers[i].list);
		n = addresses(answers[i].records, ips);
		rc = list_match(l, ips, n, hit);
		if (rc != answers[i].rc)
			fail_msg("%s: %d", answers[i].what, rc);
		for (k = 0; k < l->code_count; k++)
			if (hit[k] != (answers[i].hits != NULL &&
			    answers[i].hits[k] == '1'))
				fail_msg("%s: code %zu", answers[i].what, k);
		world_close(&b);
	}
}

/* lists-and-replies 5.8, for counting and for health: in one word. */
static const struct {
	const char *list, *records;
	enum heard  heard;
	const char *what;              /* the record that decided           */
} heard[] = {
	{ zen, "", HEARD_CLEAN, NULL },
	{ zen, "127.0.0.2", HEARD_LISTED, "127.0.0.2" },
	{ zen, "127.0.0.4 127.0.0.2", HEARD_LISTED, "127.0.0.4" },
	{ dnswl, "127.0.5.0", HEARD_LISTED, "127.0.5.0" },
	{ uribl, "127.0.0.6", HEARD_LISTED, "127.0.0.6" },
	{ score, "127.0.4.0", HEARD_LISTED, "127.0.4.0" },
	{ white, "127.0.0.1", HEARD_LISTED, "127.0.0.1" },
	{ zen, "127.0.0.9", HEARD_STRANGE, "127.0.0.9" },
	{ zen, "127.0.0.2 127.0.0.9", HEARD_STRANGE, "127.0.0.9" },
	{ zen, "127.0.0.9 127.0.0.2", HEARD_STRANGE, "127.0.0.9" },
	{ zen, "127.0.0.1", HEARD_ERROR, "127.0.0.1" },
	{ zen, "127.255.255.252", HEARD_ERROR, "127.255.255.252" },
	{ zen, "127.0.0.9 127.0.0.255", HEARD_ERROR, "127.0.0.255" },
	{ score, "10.0.0.1", HEARD_ERROR, "10.0.0.1" },
	{ zen, "203.0.113.9", HEARD_FOREIGN, "203.0.113.9" },
	{ zen, "127.0.0.2 203.0.113.9", HEARD_FOREIGN, "203.0.113.9" },
	{ zen, "2001:db8::2", HEARD_FOREIGN, "2001:db8::2" },
};

static void
test_heard(void **unused)
{
	static const struct ip none;
	struct ip ips[8], what, want[8];
	struct policy_world b;
	size_t i, n;

	(void)unused;
	for (i = 0; i < COUNT(heard); i++) {
		world_open(&b);
		what = want[0] = none;
		n = addresses(heard[i].records, ips);
		if (heard[i].what != NULL)
			(void)addresses(heard[i].what, want);
		if (list_hear(world_good_list(&b, heard[i].list), ips, n, &what) !=
		    heard[i].heard || !ip_eq(what, want[0]))
			fail_msg("%s: %s", heard[i].records,
			    ip_text(b.arena, what).p);
		world_close(&b);
	}
}

static const struct {
	const char *records;
	int         value;             /* hundredths; -1: none              */
} values[] = {
	{ "", -1 }, { "127.0.4.87", 8700 }, { "127.0.4.0", 0 },
	{ "127.0.4.12 127.0.4.87 127.0.4.3", 8700 }, { "127.0.5.3", -1 },
};

static void
test_values(void **unused)
{
	struct policy_world b;
	struct ip ips[8];
	int64_t value;
	size_t i, n;

	(void)unused;
	world_open(&b);
	for (i = 0; i < COUNT(values); i++) {
		n = addresses(values[i].records, ips);
		value = -7;
		if (list_value(world_good_list(&b, score), ips, n, &value) !=
		    (values[i].value >= 0) || value !=
		    (values[i].value < 0 ? -7 : values[i].value))
			fail_msg("%s: %d", values[i].records, (int)value);
	}
	n = addresses("127.0.0.2", ips);
	assert_false(list_value(world_good_list(&b, zen), ips, n, &value));
	world_close(&b);
}

/* What an error answer is blamed on, by who runs the list. */
static const struct {
	const char *op, *answer;
	enum list_blame blame;
	const char *words;             /* in the sentence                   */
} blames[] = {
	{ "spamhaus", "127.255.255.252", LB_WRONG_USE, "mistyped" },
	{ "spamhaus", "127.255.255.254", LB_REFUSED, "public resolver" },
	{ "spamhaus", "127.255.255.255", LB_QUOTA, "too many" },
	{ "spamhaus", "127.255.255.250", LB_REFUSED, "does not answer" },
	{ "spamhaus", "127.0.1.255", LB_WRONG_USE, "list of domains" },
	{ "validity", "127.255.255.255", LB_REFUSED, "not registered" },
	{ "dnswl", "127.0.0.255", LB_QUOTA, "quota" },
	{ "dnswl", "127.0.10.3", LB_QUOTA, "everybody" },
	{ "uribl", "127.0.0.1", LB_REFUSED, "our resolver" },
	{ "any", "127.255.255.254", LB_REFUSED, "does not answer" },
	{ "any", "127.0.1.255", LB_REFUSED, "description" },
};

static void
test_blames(void **unused)
{
	struct policy_world b;
	const char *sentence;
	struct ip ip;
	struct list l;
	size_t i;

	(void)unused;
	world_open(&b);
	for (i = 0; i < COUNT(blames); i++) {
		l = *world_good_list(&b, zen);
		l.op = str_of(blames[i].op);
		assert_int_equal(ip_parse(str_of(blames[i].answer), &ip), 0);
		if (list_error(&l, ip, &sentence) != blames[i].blame ||
		    strstr(sentence, blames[i].words) == NULL)
			fail_msg("%s of %s: %s", blames[i].answer,
			    blames[i].op, sentence);
	}
	world_close(&b);
}

#define V6_DB8 "3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"

static void
assert_question(struct str got, const char *want)
{
	if (!str_eq(got, str_of(want)))
		fail_msg("%.*s, not %s", STR_ARG(got), want);
}

/* With a key its own zone is asked, and only there the key stands. */
static void
test_questions(void **unused)
{
	struct policy_world b;
	struct list *l;
	struct ip ip;
	char name[251];

	(void)unused;
	world_open(&b);
	l = world_good_list(&b, "list a \"a.test\" ip4 ip6 domain { ask client\n"
	    "code 127.0.0.2 x 1; key prefix \"dq.a.test\" }");
	ip = ip_v4(192, 0, 2, 77);
	assert_question(list_question_ip(l, ip, b.arena), "77.2.0.192.a.test");
	assert_int_equal(ip_parse(STR("2001:db8::3"), &ip), 0);
	assert_question(list_question_ip(l, ip, b.arena), V6_DB8 ".a.test");
	assert_question(list_question_domain(l, STR("b.test"), b.arena),
	    "b.test.a.test");
	l->key = STR("k1");
	assert_question(list_question_ip(l, ip_v4(192, 0, 2, 77), b.arena),
	    "77.2.0.192.k1.dq.a.test");
	assert_question(list_question_domain(l, STR("b.test"), b.arena),
	    "b.test.k1.dq.a.test");
	assert_question(list_question_point(l, &l->must[LK_IP4], b.arena),
	    "2.0.0.127.k1.dq.a.test");
	memset(name, 'a', sizeof name);
	assert_question(list_question_domain(l, (struct str){ name, 253 - 13 },
	    b.arena), arena_printf(b.arena, "%.*s.k1.dq.a.test", 253 - 13,
	    name).p);
	assert_question(list_question_domain(l, (struct str){ name, 253 - 12 },
	    b.arena), "");
	assert_true(list_fits(l, (struct str){ name, 253 - 13 }));
	assert_false(list_fits(l, (struct str){ name, 253 - 12 }));
	assert_false(list_fits(l, STR("")));
	world_close(&b);
}

/* The same in every process, and another for another kind, zone or key. */
static void
test_keys(void **unused)
{
	struct policy_world b;
	struct list *l, *other;
	uint64_t key;

	(void)unused;
	world_open(&b);
	l = world_good_list(&b, "list a \"a.test\" ip4 ip6 { code 127.0.0.2 x 1\n"
	    "key prefix \"dq.a.test\" }");
	other = world_good_list(&b, "list b \"a.test\" ip4 { code 127.0.0.3 y 1 }");
	key = list_key(l, LK_IP4);
	assert_true(key != 0);
	assert_true(list_key(other, LK_IP4) == key);
	assert_true(list_key(l, LK_IP6) != key);
	other->zone = STR("b.test");
	assert_true(list_key(other, LK_IP4) != key);
	l->key = STR("k1");
	assert_true(list_key(l, LK_IP4) != key);
	key = list_key(l, LK_IP4);
	l->key = STR("k2");
	assert_true(list_key(l, LK_IP4) != key);
	world_close(&b);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_heard),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_blames),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
