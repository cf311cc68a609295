/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the doctor tells: that it is the resolver and not the lists; and what
 * lists say about somebody.
 */
#include "keeper_lab.h"
#include "tests/unit/check.h"

#define MINUTE (60 * SEC)

static struct keeper_lab lab;

/* --- a resolver that rewrites --------------------------------------------- */

#define THREE "zone a.test { list 192.0.2.1 127.0.0.2; %s }\n" \
	"zone b.test { list 192.0.2.1 127.0.0.2; %s }\n" \
	"zone c.test { list 192.0.2.1 127.0.0.2; %s }\n"
#define PARKED "from +10m every A 198.51.100.1"

/* All zones answer the same: one line for all (catalogue 96). */
static const struct {
	const char *a, *b, *c;
	bool        is_one;
	unsigned    lines;       /* of lists                                */
	const char *why;
} rewriting[] = {
	{ PARKED, PARKED, PARKED, true, 0, "all: the resolver" },
	{ PARKED, PARKED, "every timeout", true, 0,
	  "all that answer: the resolver" },
	{ PARKED, PARKED, "", false, 2, "two lapsed, one is well" },
	{ PARKED, "from +10m every A 198.51.100.2", PARKED, false, 3,
	  "not the same" },
	{ PARKED, "every timeout", "every timeout", false, 1,
	  "one alone: parked" },
};

static void
test_rewriting(void **state)
{
	struct arena *a = arena_new(0);
	struct ip with;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rewriting); i++) {
		lab_open(&lab, arena_printf(a, THREE, rewriting[i].a,
		    rewriting[i].b, rewriting[i].c).p,
		    "policy t\nuse a\nuse b\nuse c\nrefuse at 9\n"
		    "list a \"a.test\" ip4 { code 127.0.0.2 bad 8 }\n"
		    "list b \"b.test\" ip4 { code 127.0.0.2 bad 8 }\n"
		    "list c \"c.test\" ip4 { code 127.0.0.2 bad 8 }\n",
		    "rules/none", "");
		lab_doctor(&lab);
		lab_pass(&lab, 12 * MINUTE);
		CHECK(doctor_sees_rewriting(lab.doctor, &with) ==
		    rewriting[i].is_one, "%s", rewriting[i].why);
		CHECK(lab_lines(&lab, "name=* state=off why=foreign "
		    "answer=198.51.100.1") == rewriting[i].is_one, "%s",
		    rewriting[i].why);
		CHECK(lab_lines(&lab, "of=ip4 state=off why=foreign") ==
		    rewriting[i].lines, "%s: %u lines", rewriting[i].why,
		    lab_lines(&lab, "of=ip4 state=off why=foreign"));
		lab_close(&lab);
	}
	arena_free(&a);
}

/* --- ask ------------------------------------------------------------------ */

static struct asked_list *asked;
static size_t asked_count;
static int asked_rc;
static const char *asked_what, *asked_whom;

static WAITS void
asks(void *arg)
{
	struct keeper_lab *l = arg;

	asked_count = 0;
	asked_rc = doctor_ask(l->doctor, str_of(asked_what),
	    str_of(asked_whom), l->policy_world.arena, &asked, &asked_count);
}

static const struct {
	const char *what, *list;
	int         rc;
	size_t      count;
	enum heard  heard;       /* of the first                            */
	const char *codes, *text;
	const char *why;
} asking[] = {
	{ "192.0.2.1", "", 0, 1, HEARD_LISTED, "xbl +8, pbl +4",
	  "192.0.2.1 is listed in a.test", "all that is said, and the text" },
	{ "192.0.2.9", "", 0, 1, HEARD_CLEAN, "", "", "not listed" },
	{ "win.test", "", 0, 1, HEARD_LISTED, "spam +6", "bad",
	  "a domain is asked of lists of domains" },
	{ "192.0.2.1", "b", -E_NOTFOUND, 0, 0, "", "", "of another kind" },
	{ "10.0.0.1", "", -E_INVALID, 0, 0, "", "", "private: never asked" },
	{ "127.0.0.2", "", 0, 1, HEARD_LISTED, "xbl +8",
	  "127.0.0.2 is listed in a.test", "how people try a list" },
	{ "127.0.0.1", "", 0, 1, HEARD_CLEAN, "", "", "the other point" },
	{ "not a name", "", -E_INVALID, 0, 0, "", "", "neither" },
	{ "2a00::1", "", -E_NOTFOUND, 0, 0, "", "", "no list of that kind" },
	{ "192.0.2.1", "zen", -E_NOTFOUND, 0, 0, "", "", "no such list" },
};

static void
test_ask(void **state)
{
	size_t i;

	(void)state;
	lab_open(&lab, "zone a.test { list 192.0.2.1 127.0.0.4 127.0.0.10 }\n"
	    "zone b.test { list win.test 127.0.1.2 \"bad\" }",
	    "policy t\nuse a\nuse b\nrefuse at 9\n"
	    "list a \"a.test\" ip4 { code 127.0.0.2-9 xbl 8; "
	    "code 127.0.0.10 pbl 4 }\n"
	    "list b \"b.test\" domain { ask sender; probe test example.com; "
	    "code 127.0.1.2 spam 6 }\n", "rules/none", "");
	lab_doctor(&lab);
	lab_pass(&lab, 3 * SEC);
	for (i = 0; i < COUNT(asking); i++) {
		asked_what = asking[i].what;
		asked_whom = asking[i].list;
		lab_call(&lab, asks);
		CHECK(asked_rc == asking[i].rc &&
		    asked_count == asking[i].count, "%s (%s): %d, %zu",
		    asking[i].what, asking[i].why, asked_rc, asked_count);
		if (asked_count == 0)
			continue;
		CHECK(asked[0].heard == asking[i].heard &&
		    asked[0].error == 0, "%s", asking[i].why);
		assert_str(asked[0].codes, asking[i].codes);
		assert_str(asked[0].text, asking[i].text);
	}
	lab_close(&lab);
}

/* Not even by name, and whatever else it suffers from. */
static void
test_ask_of_no_list_over_its_limit(void **state)
{
	static const char *const zones[] = {
		"zone a.test { list 192.0.2.1 127.0.0.2 }",
		"zone a.test { every A 127.255.255.254 }" };
	unsigned before;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(zones); i++) {
		lab_open(&lab, zones[i], "policy t\nuse a\nrefuse at 9\n"
		    "list a \"a.test\" ip4 { limit 3 per 1d\n"
		    "code 127.0.0.2 bad 8 }\n", "rules/none", "");
		lab_doctor(&lab);
		lab_pass(&lab, 10 * SEC);
		before = lab.asked;
		asked_what = "192.0.2.1";
		asked_whom = "a";
		lab_call(&lab, asks);
		assert_int_equal(asked_rc, -E_NOTFOUND);
		lab_pass(&lab, MINUTE);
		assert_int_equal(lab.asked, before);
		lab_close(&lab);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rewriting),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_ask_of_no_list_over_its_limit),
	};

	return cmocka_run_group_tests_name("keeper/ask", tests, NULL, NULL);
}
