/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rounds: what is asked of each kind of list, that nothing drawn can lie in a
 * cache, whom a list is tried on, and what the answers add up to.
 */
#include "keeper/probe.h"
#include "keeper_lab.h"
#include "tests/unit/check.h"

#define LIST(kinds, more) "list l \"l.test\" " kinds " { " more \
	" code 127.0.0.2 bad 8; code 127.0.0.9 good -3 }"

static struct keeper_lab lab;

static const struct list *
open_list(const char *zones, const char *list)
{
	size_t count;

	lab_open(&lab, zones, "policy t\nuse l\nrefuse at 9\n",
	    "rules/lists/l.list", list);
	return policy_lists(lab.policy, &count)[0];
}

static void
close_list(void)
{
	lab_close(&lab);
}

/* --- fixed points --------------------------------------------------------- */

/* RFC 5782 5 for each kind, and what `probe` says in its place. */
static const struct {
	const char     *list;
	enum list_kind  kind;
	const char     *must, *must_not;  /* as asked; NULL: not asked      */
	const char     *random;           /* ends so                        */
	const char     *why;
} fixed[] = {
	{ LIST("ip4 ip6", ""), LK_IP4, "2.0.0.127.l.test",
	  "1.0.0.127.l.test", ".127.l.test", "RFC 5782 5" },
	{ LIST("ip4 ip6", ""), LK_IP6,
	  "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
	  ".l.test",
	  "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
	  ".l.test",
	  ".f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.l.test",
	  "RFC 5782 5: ::FFFF:7F00:2, by nibbles" },
	{ LIST("domain", "ask sender;"), LK_DOMAIN, "test.l.test",
	  "invalid.l.test", ".invalid.l.test", "RFC 5782 5: TEST, INVALID" },
	{ LIST("ip4 ip6", "probe 127.0.0.9 127.0.0.3;"), LK_IP4,
	  "9.0.0.127.l.test", "3.0.0.127.l.test", ".127.l.test",
	  "the list's own" },
	{ LIST("ip4 ip6", "probe 127.0.0.9 -;"), LK_IP4,
	  "9.0.0.127.l.test", NULL, ".127.l.test", "it has no other point" },
	{ LIST("ip4 ip6", "probe - 127.0.0.1;"), LK_IP4,
	  NULL, "1.0.0.127.l.test", ".127.l.test",
	  "never blind: nothing must be listed" },
};

static struct str
name_at(const struct probe_question *q, size_t count, enum point p)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (q[i].what == PQ_FIXED && q[i].point == p)
			return q[i].question.name;
	return STR("");
}

static void
test_fixed(void **state)
{
	struct probe_question *q;
	const struct list *l;
	struct str name;
	size_t i, count;

	(void)state;
	for (i = 0; i < COUNT(fixed); i++) {
		l = open_list("else nxdomain", fixed[i].list);
		count = probe_make(l, fixed[i].kind, false, lab.world,
		    lab.policy_world.arena, &q);
		CHECK(str_eq(name_at(q, count, PT_MUST),
		    str_of(fixed[i].must)), "%zu: must (%s)", i, fixed[i].why);
		CHECK(str_eq(name_at(q, count, PT_MUST_NOT),
		    str_of(fixed[i].must_not)), "%zu: must-not (%s)", i,
		    fixed[i].why);
		name = name_at(q, count, PT_RANDOM);
		CHECK(str_ends_case(name, str_of(fixed[i].random)),
		    "%zu: random \"%.*s\" (%s)", i, STR_ARG(name),
		    fixed[i].why);
		CHECK(count == 1u + (fixed[i].must != NULL) +
		    (fixed[i].must_not != NULL), "%zu: %zu questions", i,
		    count);
		close_list();
	}
}

/* A thousand rounds ask a thousand names, none of them in 127.0.0.0/24, where
 * lists have their test entries. */
static void
test_random_is_new(void **state)
{
	static struct str seen[1000];
	struct probe_question *q;
	const struct list *l;
	size_t i, k, count;

	(void)state;
	l = open_list("else nxdomain", LIST("ip4 ip6", ""));
	for (i = 0; i < COUNT(seen); i++) {
		count = probe_make(l, LK_IP4, false, lab.world,
		    lab.policy_world.arena, &q);
		seen[i] = name_at(q, count, PT_RANDOM);
		CHECK(!str_ends_case(seen[i], STR(".0.0.127.l.test")),
		    "%.*s", STR_ARG(seen[i]));
		for (k = 0; k < i; k++)
			CHECK(!str_eq(seen[i], seen[k]), "twice: %.*s",
			    STR_ARG(seen[i]));
	}
	close_list();
}

/* --- controls ------------------------------------------------------------- */

static void
put(bool is_bad, enum list_kind kind, const char *text)
{
	board_ring_put(lab.world->board, belief_ring(is_bad, kind),
	    str_of(text), 1);
}

static size_t
count_what(const struct probe_question *q, size_t count,
    enum probe_what what, bool is_bad)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++)
		n += q[i].what == what && q[i].is_bad == is_bad;
	return n;
}

/* Which lists are tried on whom. */
static const struct {
	const char *codes;
	size_t      good, bad;
	const char *why;
} tried[] = {
	{ "code 127.0.0.2 a 8", 2, 0, "it blames: tried on the good" },
	{ "code 127.0.0.2 a -3", 0, 1, "it praises: tried on the bad" },
	{ "code 127.0.0.2 a 8; code 127.0.0.3 b -1", 2, 1, "both" },
	{ "code 127.0.0.2 a 0", 2, 0,
	  "points come from the policy: it blames" },
};

static void
test_whom(void **state)
{
	struct probe_question *q;
	const struct list *l;
	const char *text;
	size_t i, count;

	(void)state;
	for (i = 0; i < COUNT(tried); i++) {
		struct arena *a = arena_new(0);

		text = arena_printf(a, "list l \"l.test\" ip4 ip6 { %s }",
		    tried[i].codes).p;
		l = open_list("else nxdomain", text);
		put(false, LK_IP4, "192.0.2.1");
		put(false, LK_IP4, "198.51.100.1");
		put(false, LK_IP6, "2001:db8::1");
		put(true, LK_IP4, "203.0.113.9");
		count = probe_make(l, LK_IP4, true, lab.world,
		    lab.policy_world.arena, &q);
		CHECK(count_what(q, count, PQ_CONTROL, false) ==
		    tried[i].good, "%s", tried[i].why);
		CHECK(count_what(q, count, PQ_NEIGHBOUR, false) ==
		    tried[i].good, "%s", tried[i].why);
		CHECK(count_what(q, count, PQ_CONTROL, true) ==
		    tried[i].bad, "%s", tried[i].why);
		count = probe_make(l, LK_IP4, false, lab.world,
		    lab.policy_world.arena, &q);
		CHECK(count == 3, "no controls unless they are wanted");
		close_list();
		arena_free(&a);
	}
}

/* A neighbour shares the network, not the address; each time another. */
static const struct {
	const char    *list;
	enum list_kind kind;
	const char    *control, *asked, *beside;  /* beside: ends so         */
} neighbours[] = {
	{ LIST("ip4 ip6", ""), LK_IP4, "192.0.2.77", "77.2.0.192.l.test",
	  ".2.0.192.l.test" },
	{ LIST("ip4 ip6", ""), LK_IP6, "2001:db8:1:2::5",
	  "5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2"
	  ".l.test", ".2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.l.test" },
	{ LIST("domain", "ask sender;"), LK_DOMAIN, "good.test",
	  "good.test.l.test", ".good.test.l.test" },
};

static void
test_neighbours(void **state)
{
	struct probe_question *q, *again;
	const struct list *l;
	size_t i, count;

	(void)state;
	for (i = 0; i < COUNT(neighbours); i++) {
		l = open_list("else nxdomain", neighbours[i].list);
		put(false, neighbours[i].kind, neighbours[i].control);
		count = probe_make(l, neighbours[i].kind, true, lab.world,
		    lab.policy_world.arena, &q);
		assert_int_equal(count, 5);
		assert_str(q[3].question.name, neighbours[i].asked);
		assert_true(str_ends_case(q[4].question.name,
		    str_of(neighbours[i].beside)));
		(void)probe_make(l, neighbours[i].kind, true, lab.world,
		    lab.policy_world.arena, &again);
		assert_false(str_eq(q[4].question.name,
		    again[4].question.name));
		close_list();
	}
}

/* Full rings: all of it is asked, and no more than there is room for. */
static void
test_full_rings(void **state)
{
	struct probe_question *q;
	const struct list *l;
	size_t count;
	int i;

	(void)state;
	l = open_list("else nxdomain", LIST("ip4 ip6", ""));
	for (i = 0; i < 20; i++) {
		put(false, LK_IP4, ip_text(lab.policy_world.arena,
		    ip_v4(192, 0, (uint8_t)i, 1)).p);
		put(true, LK_IP4, ip_text(lab.policy_world.arena,
		    ip_v4(203, 0, (uint8_t)i, 1)).p);
	}
	count = probe_make(l, LK_IP4, true, lab.world,
	    lab.policy_world.arena, &q);
	assert_int_equal(count, PROBE_MAX);
	close_list();
}

/* --- answers -------------------------------------------------------------- */

/* A made answer to one question: addresses, or an error. */
static struct probe_question
answered(const struct list *l, enum probe_what what, enum point p,
    bool is_bad, const char *address, int error)
{
	struct probe_question q = { .what = what, .point = p, .list = l,
		.is_bad = is_bad };
	struct record *r = arena_alloc(lab.policy_world.arena, sizeof *r);

	q.question.is_done = true;
	q.question.error = error;
	q.question.arena = lab.policy_world.arena;
	if (address == NULL)
		return q;
	must(ip_parse(str_of(address), &r->ip) == 0);
	q.question.answer = (struct answer){ .records = r, .count = 1,
		.ttl = 300, .has_ttl = true };
	return q;
}

/* One answer of a round, and what it adds. */
static const struct {
	enum probe_what what;
	enum point      point;
	bool            is_bad;
	const char     *address;   /* NULL: not listed                      */
	int             error;
	enum heard      heard;     /* PQ_FIXED                              */
	unsigned        listed;    /* else                                  */
	uint32_t        ttl;
	bool            is_bad_round;        /* whatever else is said        */
	const char     *why;
} answers[] = {
	{ PQ_FIXED, PT_MUST, false, "127.0.0.2", 0, HEARD_LISTED, 0, 0,
	  false, "as it must be: nothing bad lies in a cache" },
	{ PQ_FIXED, PT_MUST, false, NULL, 0, HEARD_CLEAN, 0, 0,
	  false, "blind" },
	{ PQ_FIXED, PT_MUST_NOT, false, "127.0.0.2", 0, HEARD_LISTED, 0, 300,
	  true, "everybody" },
	{ PQ_FIXED, PT_RANDOM, false, "198.51.100.1", 0, HEARD_FOREIGN, 0,
	  300, true, "parked" },
	{ PQ_FIXED, PT_MUST, false, "127.255.255.254", 0, HEARD_ERROR, 0, 0,
	  true, "refused" },
	{ PQ_FIXED, PT_RANDOM, false, NULL, -E_SERVFAIL, HEARD_TROUBLE, 0, 0,
	  false, "no answer" },
	{ PQ_CONTROL, 0, false, "127.0.0.2", 0, 0, 1, 300,
	  false, "it blames somebody good" },
	{ PQ_CONTROL, 0, false, "127.0.0.9", 0, 0, 0, 0,
	  false, "it praises somebody good" },
	{ PQ_CONTROL, 0, true, "127.0.0.9", 0, 0, 1, 300,
	  false, "it praises somebody bad" },
	{ PQ_CONTROL, 0, true, "127.0.0.2", 0, 0, 0, 0,
	  false, "it blames somebody bad" },
	{ PQ_NEIGHBOUR, 0, false, "127.0.0.2", 0, 0, 1, 300,
	  false, "a neighbour" },
	{ PQ_NEIGHBOUR, 0, false, NULL, -E_TIMEOUT, 0, 0, 0,
	  false, "no answer is no listing" },
};

static void
test_read(void **state)
{
	const struct list *l = open_list("else nxdomain",
	    LIST("ip4 ip6", ""));
	struct probe_question q;
	struct health_round r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(answers); i++) {
		q = answered(l, answers[i].what, answers[i].point,
		    answers[i].is_bad, answers[i].address, answers[i].error);
		probe_read(&q, 1, &r);
		if (answers[i].what == PQ_FIXED)
			CHECK(r.is_asked[answers[i].point] &&
			    r.heard[answers[i].point] == answers[i].heard &&
			    r.error[answers[i].point] == answers[i].error,
			    "%s: heard %d", answers[i].why,
			    (int)r.heard[answers[i].point]);
		CHECK(r.controls + r.neighbours ==
		    (answers[i].what != PQ_FIXED), "%s", answers[i].why);
		CHECK(r.controls_listed + r.neighbours_listed ==
		    answers[i].listed, "%s", answers[i].why);
		CHECK(probe_is_bad(&q, 1) == answers[i].is_bad_round, "%s",
		    answers[i].why);
		CHECK(r.ttl == answers[i].ttl, "%s: ttl %u", answers[i].why,
		    (unsigned)r.ttl);
	}
	q.question.is_done = false;
	q.what = PQ_FIXED;
	q.point = PT_MUST;
	probe_read(&q, 1, &r);
	assert_int_equal(r.heard[PT_MUST], HEARD_TROUBLE);
	assert_int_equal(r.error[PT_MUST], -E_TIMEOUT);
	close_list();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_random_is_new),
		cmocka_unit_test(test_whom),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_full_rings),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests_name("keeper/probe", tests, NULL, NULL);
}
