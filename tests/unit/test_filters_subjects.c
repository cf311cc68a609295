/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS lists over time: the client's name that is late, answers one by one,
 * what is cut short, several subjects, several transactions.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/desk.h"

#define CLIENT "77.2.0.192"
#define PTR4   CLIENT ".in-addr.arpa"

/* ------------------------------------------------------------------------
 * The client's name.
 */

static void
client_name(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.bad.test", 0 },
		{ "mx.bad.test", DNS_A, "192.0.2.77", 0 },
		{ "mx.bad.test.dbl.test", DNS_A, "127.0.1.4", 0 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, room_lists);
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "dbl.name.phish=later dbl.phish=later dbl=later",
	    "names are a matter of HELO");
	room_helo(&r, "[192.0.2.77]");
	room_expect(&r, "dbl.name.phish=true dbl.phish=true dbl=true "
	    "dbl.helo.phish=not-asked", "the confirmed name is listed");
	room_close(&r);

	room_open(&r, dns + 1, room_lists);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "[192.0.2.77]");
	room_mail(&r, "<>");
	room_expect(&r, "client.name=absent dbl.name.phish=not-asked "
	    "dbl=not-asked", "without a name nothing is asked");
	assert_int_equal(room_asked(&r, ".dbl.test"), 0);
	room_close(&r);
}

static void
client_name_in_trouble(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "servfail", 0 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, room_lists);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "mx.good.test");
	room_mail(&r, "<a@good.test>");
	room_expect(&r, "dbl.name.spam=unknown:servfail "
	    "dbl.helo.spam=false dbl.spam=unknown:servfail",
	    "the list might have known the name");
	room_close(&r);
}

/* A slow PTR holds up the question about the name, and no other. */
static void
client_name_late(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.bad.test", 1000 },
		{ "mx.bad.test", DNS_A, "192.0.2.77", 100 },
		{ "mx.bad.test.dbl.test", DNS_A, "127.0.1.4", 100 },
		{ "spam.test.dbl.test", DNS_A, "127.0.1.2", 50 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, room_lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 10);
	r.desk.helo = STR("spam.test");
	assert_int_equal(room_start(&r, ST_HELO), 0);
	room_expect(&r, "dbl.helo.spam=pending dbl.name.spam=pending "
	    "dbl.spam=pending dbl=pending", "asked");
	room_run_until(&r, 100);
	room_expect(&r, "dbl.helo.spam=true dbl.helo.phish=false "
	    "dbl.name.spam=pending dbl.spam=true dbl=true "
	    "dbl.phish=pending", "the HELO name has answered");
	assert_true(desk_is_busy(&r.run[ST_HELO]));
	room_run_until(&r, 1150);
	room_expect(&r, "client.name=mx.bad.test dbl.name.phish=pending",
	    "the name is there");
	room_run_until(&r, 1300);
	room_expect(&r, "dbl.name.phish=true dbl.phish=true", "the end");
	assert_false(desk_is_busy(&r.run[ST_HELO]));
	room_close(&r);
}

/* The name comes while the HELO name's answer is still out. */
static void
client_name_meanwhile(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.bad.test", 50 },
		{ "mx.bad.test", DNS_A, "192.0.2.77", 50 },
		{ "mx.bad.test.dbl.test", DNS_A, "127.0.1.4", 50 },
		{ "good.test.dbl.test", DNS_A, "nxdomain", 500 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, room_lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	r.desk.helo = STR("good.test");
	assert_int_equal(room_start(&r, ST_HELO), 0);
	room_run_until(&r, 1000);
	room_expect(&r, "client.name=mx.bad.test dbl.name.phish=true "
	    "dbl.helo.phish=false dbl.phish=true", "it is asked about");
	assert_false(desk_is_busy(&r.run[ST_HELO]));
	room_close(&r);
}

/* The connect checks are cut while HELO's wait for the name. */
static void
client_name_cut(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.bad.test", 1000 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, room_lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	r.desk.helo = STR("good.test");
	assert_int_equal(room_start(&r, ST_HELO), 0);
	room_run_until(&r, 100);
	room_expect(&r, "dbl.name.spam=pending", "waits");
	room_end(&r, ST_CONNECT);
	room_run_until(&r, 200);
	room_expect(&r, "client.name=unknown:timeout "
	    "dbl.name.spam=unknown:timeout dbl.spam=later", "goes on");
	assert_false(desk_is_busy(&r.run[ST_HELO]));
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * Time.
 */

/* A hit is known at once, whatever the others still do; catalogue 97. */
static void
answers_as_they_come(void **state)
{
	static const struct row dns[] = {
		{ CLIENT ".zen.test", DNS_A, "127.0.0.4", 30 },
		{ CLIENT ".allow.test", DNS_A, "nxdomain", 400 },
		{ CLIENT ".white.test", DNS_A, "127.0.0.2", 9000 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, room_lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	assert_int_equal(r.questions, 0);       /* those are the fibers' */
	room_run_until(&r, 0);
	assert_int_equal(room_asked(&r, ".test"), 3);
	room_expect(&r, "zen=pending zen.xbl=pending allow=pending "
	    "lists.all-unknown=pending", "all asked at once");
	room_run_until(&r, 40);
	room_expect(&r, "zen=true zen.xbl=true zen.sbl=false allow=pending "
	    "lists.all-unknown=false", "the first");
	room_run_until(&r, 410);
	room_expect(&r, "allow=false white=pending", "the second");
	room_run_until(&r, 2510);
	room_expect(&r, "white=unknown:timeout white.bad=unknown:timeout",
	    "the third never comes: 2.5 s");
	assert_false(desk_is_busy(&r.run[ST_CONNECT]));
	assert_int_equal(r.desk.facts->fact[vocabulary_find(r.vocabulary,
	    STR("zen.xbl"))].msec, 30);
	room_close(&r);
}

struct all_row { const char *why; struct row dns[4]; const char *facts; };

static const struct all_row alls[] = {
	{ "all in trouble, each its own",
	  { { CLIENT ".zen.test", DNS_A, "127.255.255.254", 0 },
	    { CLIENT ".allow.test", DNS_A, "timeout", 0 },
	    { CLIENT ".white.test", DNS_A, "servfail", 0 } },
	  "lists.all-unknown=true" },
	{ "one answers",
	  { { CLIENT ".zen.test", DNS_A, "127.255.255.254", 0 },
	    { CLIENT ".allow.test", DNS_A, "timeout", 0 } },
	  "lists.all-unknown=false" },
	{ "a hit among what nobody knows is an answer",
	  { { CLIENT ".zen.test", DNS_A, "127.0.0.4 127.0.0.99", 0 },
	    { CLIENT ".allow.test", DNS_A, "timeout", 0 },
	    { CLIENT ".white.test", DNS_A, "servfail", 0 } },
	  "lists.all-unknown=false" },
	{ "all answer", { { 0 } }, "lists.all-unknown=false" },
};

static void
all_unknown(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(alls); i++) {
		room_open(&r, alls[i].dns, room_lists);
		room_stage(&r, ST_CONNECT);
		room_expect(&r, alls[i].facts, alls[i].why);
		room_close(&r);
	}
	room_open(&r, NULL, NULL);
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "lists.all-unknown=false", "without lists");
	room_close(&r);
}

/* A session that ends: what did not come is unknown, what did stays. */
static void
cut_short(void **state)
{
	static const struct row dns[] = {
		{ CLIENT ".zen.test", DNS_A, "127.0.0.4", 10 },
		{ CLIENT ".allow.test", DNS_A, "127.0.5.3", 500 },
		{ "spam.test.dbl.test", DNS_A, "127.0.1.2", 500 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, room_lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 100);
	room_end(&r, ST_CONNECT);
	room_expect(&r, "zen=true zen.xbl=true zen.sbl=false "
	    "allow=unknown:timeout allow.high=unknown:timeout "
	    "white=false", "cut");
	r.desk.helo = STR("spam.test");
	assert_int_equal(room_start(&r, ST_HELO), 0);
	room_end(&r, ST_HELO);
	room_expect(&r, "dbl.helo.spam=unknown:timeout dbl.spam=later",
	    "cut before its fiber ran; the sender may still hit");
	room_close(&r);         /* late answers come to nobody */
}

/* Budget: what could not be asked is unknown. */
static void
no_budget(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL, room_lists);
	r.desk.budget.left = 2;
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "client.ip=192.0.2.77 fcrdns=none zen=false "
	    "allow=unknown:budget white=unknown:budget "
	    "lists.all-unknown=false", "two questions: PTR and zen");
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * All that three subjects can be told.
 */

enum { HIT, OTHER, NO, TROUBLE, STRANGE, HIT_AND_STRANGE, SKIP, OUTCOMES };

static const char *const outcome_answers[OUTCOMES] = {
	[HIT] = "127.0.1.2", [OTHER] = "127.0.1.104", [NO] = "nxdomain",
	[TROUBLE] = "servfail", [STRANGE] = "127.0.9.9",
	[HIT_AND_STRANGE] = "127.0.1.2 127.0.9.9",
};

/* What dbl.spam is by language.md 2: a hit of any subject; else unknown when
 * some subject is; else no, or not asked. */
static const char *
spam_by_definition(const int *outcome)
{
	bool is_unknown = false, is_asked = false;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (outcome[i] == HIT || outcome[i] == HIT_AND_STRANGE)
			return "true";
		is_unknown |= outcome[i] == TROUBLE || outcome[i] == STRANGE;
		is_asked |= outcome[i] != SKIP;
	}
	return is_unknown ? "unknown" : is_asked ? "false" : "not-asked";
}

/* Out: dbl.spam, dbl, dbl.abused as words without the reason. */
static void
told(const int *outcome, char out[3][16])
{
	static const char *const facts[] = { "dbl.spam", "dbl", "dbl.abused" };
	struct row dns[6] = {
		{ PTR4, DNS_PTR, "name.test", 0 },
		{ "name.test", DNS_A, "192.0.2.77", 0 } };
	struct row *row = dns + 2;
	struct room r;
	size_t i;

	if (outcome[1] != SKIP)
		*row++ = (struct row){ "helo.test.dbl.test", DNS_A,
		    outcome_answers[outcome[1]], 0 };
	if (outcome[2] != SKIP)
		*row++ = (struct row){ "mail.test.dbl.test", DNS_A,
		    outcome_answers[outcome[2]], 0 };
	if (outcome[0] != SKIP)
		*row++ = (struct row){ "name.test.dbl.test", DNS_A,
		    outcome_answers[outcome[0]], 0 };
	room_open(&r, outcome[0] == SKIP ? dns + 2 : dns, room_lists);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, outcome[1] == SKIP ? "[192.0.2.77]" : "helo.test");
	room_mail(&r, outcome[2] == SKIP ? "<>" : "<a@mail.test>");
	for (i = 0; i < COUNT(facts); i++)
		(void)snprintf(out[i], 16, "%.*s",
		    (int)strcspn(room_fact(&r, facts[i]), ":"),
		    room_fact(&r, facts[i]));
	room_close(&r);
}

/* Promise P5 at its root: an answer that turns into a trouble hides facts and
 * changes none. */
static void
trouble_only_hides(const int *outcome, char was[3][16])
{
	char is[3][16];
	int changed[3];
	size_t i, k;

	for (i = 0; i < 3; i++) {
		if (outcome[i] == SKIP)
			continue;
		memcpy(changed, outcome, sizeof changed);
		changed[i] = TROUBLE;
		told(changed, is);
		for (k = 0; k < 3; k++)
			CHECK(strcmp(is[k], was[k]) == 0 ||
			    strcmp(is[k], "unknown") == 0,
			    "%d %d %d: subject %zu turns fact %zu from %s "
			    "into %s", outcome[0], outcome[1], outcome[2], i,
			    k, was[k], is[k]);
	}
}

static void
all_outcomes(void **state)
{
	char is[3][16];
	int outcome[3], n;

	(void)state;
	for (n = 0; n < OUTCOMES * OUTCOMES * OUTCOMES; n++) {
		outcome[0] = n % OUTCOMES;
		outcome[1] = n / OUTCOMES % OUTCOMES;
		outcome[2] = n / OUTCOMES / OUTCOMES;
		told(outcome, is);
		CHECK(strcmp(is[0], spam_by_definition(outcome)) == 0,
		    "name %d helo %d mail %d: dbl.spam is %s, not %s",
		    outcome[0], outcome[1], outcome[2], is[0],
		    spam_by_definition(outcome));
		/* spam is the only code with points that is ever told */
		CHECK(strcmp(is[0], "true") != 0 || strcmp(is[1], "true") == 0,
		    "a hit with points, and dbl is %s", is[1]);
		CHECK(strcmp(is[0], "false") != 0 ||
		    strcmp(is[1], "false") == 0,
		    "no hit with points, and dbl is %s", is[1]);
		trouble_only_hides(outcome, is);
	}
}

/* ------------------------------------------------------------------------
 * Several transactions of one session.
 */

static void
next_sender(void **state)
{
	static const struct row dns[] = {
		{ "mx.spam.test.dbl.test", DNS_A, "127.0.1.2", 0 },
		{ "spam.test.dbl.test", DNS_A, "127.0.1.2", 0 },
		{ "spam.test.uri.test", DNS_A, "127.0.0.2", 0 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, room_lists);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "mx.good.test");
	room_expect(&r, "dbl.helo.spam=false dbl.sender.spam=later "
	    "dbl.spam=later dbl=later", "the sender may still hit");
	room_mail(&r, "<a@spam.test>");
	room_expect(&r, "dbl.sender.spam=true dbl.spam=true dbl=true "
	    "uri=true", "the first sender");
	room_mail(&r, "<a@good.test>");
	room_expect(&r, "dbl.sender.spam=false dbl.spam=false dbl=false "
	    "uri=false", "nothing is left of it");
	room_mail(&r, "<>");
	room_expect(&r, "dbl.sender.spam=not-asked dbl.spam=false "
	    "uri=not-asked", "nor of that one");
	room_helo(&r, "mx.spam.test");
	room_mail(&r, "<a@good.test>");
	room_expect(&r, "dbl.helo.spam=true dbl.sender.spam=false "
	    "dbl.spam=true dbl=true", "what HELO gave counts for each");
	room_mail(&r, "<b@good.test>");
	room_expect(&r, "dbl.helo.spam=true dbl.spam=true dbl=true",
	    "and is not forgotten by RSET");
	room_close(&r);
}

/* MAIL comes while HELO's questions are out; both ends meet. */
static void
overlapping(void **state)
{
	static const struct row dns[] = {
		{ "mx.bad.test.dbl.test", DNS_A, "127.0.1.2", 300 },
		{ "good.test.dbl.test", DNS_A, "nxdomain", 50 }, { 0 } };
	struct room r;
	struct path path;
	size_t used;

	(void)state;
	room_open(&r, dns, room_lists);
	room_stage(&r, ST_CONNECT);
	r.desk.accepted = r.clock;
	r.desk.helo = STR("mx.bad.test");
	assert_int_equal(room_start(&r, ST_HELO), 0);
	room_run_until(&r, 10);
	assert_int_equal(path_parse(STR("<a@good.test>"), r.arena, &path,
	    &used), 0);
	facts_forget(r.desk.facts, ST_MAIL, ST_EOM);
	r.desk.sender = &path;
	assert_int_equal(room_start(&r, ST_MAIL), 0);
	room_run_until(&r, 100);
	assert_false(desk_is_busy(&r.run[ST_MAIL]));
	room_expect(&r, "dbl.sender.spam=false dbl.helo.spam=pending "
	    "dbl.spam=pending dbl=pending", "HELO's is still out");
	room_run_until(&r, 400);
	room_expect(&r, "dbl.helo.spam=true dbl.spam=true dbl=true", "in");
	room_close(&r);
}

/* It is known only after the question would have been possible. */
static void
when_comes_late(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.good.test", 100 },
		{ "mx.good.test", DNS_A, "192.0.2.77", 100 },
		{ CLIENT ".num.test", DNS_A, "127.0.4.200", 0 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, "list num \"num.test\" ip4 { ask client\n"
	    "when client.ptr-generic; value 127.0.4.N n }");
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "client.ptr-generic=false num.n=not-asked",
	    "a list of numbers alone");
	assert_int_equal(room_asked(&r, ".num.test"), 0);
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * Any order.
 */

/* Lists that wait: for a truth, for a name, for both. */
static const char waiting_lists[] =
    "list ptr \"ptr.test\" ip4 { ask client; when client.ptr-generic\n"
    "	code 127.0.0.2 bad 3 }\n"
    "list res \"res.test\" domain { ask helo name sender\n"
    "	when helo.resolves; code 127.0.0.2 bad 3; value 127.0.4.N n }\n"
    "list back \"back.test\" ip4 { ask client; when mail.null\n"
    "	value 127.0.4.N n }\n"
    "list two \"two.test\" domain { ask name helo; code 127.0.0.2 bad 3 }\n"
    "list uri \"uri.test\" domain { ask sender; code 127.0.0.2 bad 3 }\n";

static const struct row any_rows[] = {
	{ PTR4, DNS_PTR, "host-192-0-2-77.bad.test", 0 },
	{ "host-192-0-2-77.bad.test", DNS_A, "192.0.2.77", 0 },
	{ "helo.test", DNS_A, "192.0.2.78", 0 },
	{ CLIENT ".ptr.test", DNS_A, "127.0.0.2", 0 },
	{ "helo.test.res.test", DNS_A, "127.0.4.7", 0 },
	{ "host-192-0-2-77.bad.test.res.test", DNS_A, "127.0.0.2", 0 },
	{ "a.test.res.test", DNS_A, "nxdomain", 0 },
	{ CLIENT ".back.test", DNS_A, "127.0.4.9", 0 },
	{ "helo.test.two.test", DNS_A, "nxdomain", 0 },
	{ "host-192-0-2-77.bad.test.two.test", DNS_A, "127.0.0.2", 0 },
	{ "a.test.uri.test", DNS_A, "127.0.0.2", 0 }, { 0 } };

/* xorshift64 */
static unsigned
draw(uint64_t *x, unsigned most)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (unsigned)(*x >> 33) % most;
}

static void
any_stage(struct room *r, enum stage stage, uint64_t *x)
{
	if (draw(x, 8) == 0)
		room_end(r, (enum stage)draw(x, stage + 1u));
	assert_int_equal(room_start(r, stage), 0);
	room_run_until(r, (r->clock - r->desk.accepted) / MSEC + draw(x, 900));
}

static void
any_one(uint64_t seed)
{
	static const char *const facts[] = { "ptr", "ptr.bad", "res",
		"res.helo.bad", "res.n", "back.n", "two", "two.name.bad",
		"uri", "lists.all-unknown" };
	struct row rows[COUNT(any_rows)];
	uint64_t x = seed * 0x9e3779b97f4a7c15 | 1;
	struct path path;
	struct room r;
	size_t i, used;

	memcpy(rows, any_rows, sizeof rows);
	for (i = 0; i + 1 < COUNT(rows); i++) {
		rows[i].msec = draw(&x, 700);
		if (draw(&x, 6) == 0)
			rows[i].answer = draw(&x, 2) == 0 ? "servfail" :
			    "nxdomain";
	}
	room_open(&r, rows, waiting_lists);
	any_stage(&r, ST_CONNECT, &x);
	r.desk.helo = draw(&x, 3) == 0 ? STR("[192.0.2.77]") :
	    STR("helo.test");
	any_stage(&r, ST_HELO, &x);
	assert_int_equal(path_parse(draw(&x, 2) == 0 ? STR("<>") :
	    STR("<a@a.test>"), r.arena, &path, &used), 0);
	r.desk.sender = &path;
	any_stage(&r, ST_MAIL, &x);
	room_run_until(&r, 20000);
	for (i = 0; i < COUNT(facts); i++)
		CHECK(strcmp(room_fact(&r, facts[i]), "pending") != 0,
		    "seed %llu: %s", (unsigned long long)seed, facts[i]);
	for (i = ST_CONNECT; i <= ST_MAIL; i++)
		assert_false(desk_is_busy(&r.run[i]));
	room_close(&r);
}

/* Whatever comes first, and wherever a stage is cut: each ends, and none with
 * a fact that is still open. */
static void
any_order(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 600; seed++)
		any_one(seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_name),
		cmocka_unit_test(client_name_in_trouble),
		cmocka_unit_test(client_name_late),
		cmocka_unit_test(client_name_meanwhile),
		cmocka_unit_test(client_name_cut),
		cmocka_unit_test(answers_as_they_come),
		cmocka_unit_test(all_unknown),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(no_budget),
		cmocka_unit_test(all_outcomes),
		cmocka_unit_test(next_sender),
		cmocka_unit_test(overlapping),
		cmocka_unit_test(when_comes_late),
		cmocka_unit_test(any_order),
	};

	return cmocka_run_group_tests_name("filters_subjects", tests, NULL,
	    NULL);
}
