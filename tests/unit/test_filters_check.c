/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runner itself, with filters of this file instead of the real ones:
 * filters_all is defined here, so that filters/filters.c is not linked.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/desk.h"

enum { SAID, LEFT, TEXT, NUMBER, ADDRESS, WORD, SET, LATE };

static const char *const words[] = { "one", "two", NULL };

#define FACT(name, type, stage, words) \
	{ name, type, stage, FAM_NONE, words, NULL, 0, "" }

static const struct fact_decl a_facts[] = {
	[SAID]    = FACT("a.said", FT_TRUTH, ST_CONNECT, NULL),
	[LEFT]    = FACT("a.left", FT_TRUTH, ST_CONNECT, NULL),
	[TEXT]    = FACT("a.text", FT_TEXT, ST_CONNECT, NULL),
	[NUMBER]  = FACT("a.number", FT_NUMBER, ST_CONNECT, NULL),
	[ADDRESS] = FACT("a.address", FT_ADDRESS, ST_CONNECT, NULL),
	[WORD]    = FACT("a.word", FT_WORD, ST_CONNECT, words),
	[SET]     = FACT("a.set", FT_SET, ST_CONNECT, NULL),
	[LATE]    = FACT("a.late", FT_TRUTH, ST_HELO, NULL),
};

static const struct fact_decl b_facts[] = {
	FACT("b.early", FT_TRUTH, ST_CONNECT, NULL),
	FACT("b.after", FT_TRUTH, ST_CONNECT, NULL),
};

static const struct fact_decl c_facts[] = {
	FACT("c.now", FT_TRUTH, ST_CONNECT, NULL),
	FACT("c.rest", FT_TRUTH, ST_CONNECT, NULL),
};

/* What the test wants; one process, one test at a time. */
static struct {
	int      (*a)(struct check *);
	int        now;          /* what c's `now` returns                  */
	int        c_at;         /* how often c's `at` ran                  */
	int        ended, error; /* calls of c's `end`, and with what       */
	bool       no_stack;     /* join_start finds none                   */
	char       order[64];
} wish;

static int
a_connect(struct check *c)
{
	return wish.a(c);
}

static int
b_connect(struct check *c)
{
	const struct fact *f;
	int rc;

	fact_truth(c, 0, true);
	rc = fact_wait(c, "a.said", &f);
	if (rc != 0)
		return rc;
	if (f->status == FS_KNOWN)
		fact_truth(c, 1, f->truth);
	return 0;
}

static int
c_now(struct check *c)
{
	fact_truth(c, 0, true);
	return wish.now;
}

static int
c_connect(struct check *c)
{
	(void)c;
	wish.c_at++;
	return 0;
}

static void
c_end(struct check *c, int error)
{
	(void)c;
	wish.ended++;
	wish.error = error;
}

static const struct filter filter_a = { .name = "a", .facts = a_facts,
	.fact_count = COUNT(a_facts), .at = { [ST_CONNECT] = a_connect } };
static const struct filter filter_b = { .name = "b", .facts = b_facts,
	.fact_count = COUNT(b_facts), .at = { [ST_CONNECT] = b_connect } };
static const struct filter filter_c = { .name = "c", .facts = c_facts,
	.fact_count = COUNT(c_facts), .now = { [ST_CONNECT] = c_now },
	.at = { [ST_CONNECT] = c_connect }, .end = c_end };

const struct filter *const filters_all[] = { &filter_b, &filter_a,
	&filter_c };

size_t
filters_count(void)
{
	return COUNT(filters_all);
}

void
filters_declare(struct vocabulary *v, int *base)
{
	size_t i;

	for (i = 0; i < COUNT(filters_all); i++)
		base[i] = vocabulary_add(v, filters_all[i]->facts,
		    filters_all[i]->fact_count);
}

/* The linker puts this one in the place of join_start. */
int __real_join_start(struct join *, const char *, void (*)(void *), void *);
int __wrap_join_start(struct join *, const char *, void (*)(void *), void *);

int
__wrap_join_start(struct join *j, const char *name, void (*fn)(void *),
    void *arg)
{
	return wish.no_stack ? -E_NOMEM : __real_join_start(j, name, fn, arg);
}

static int
setup(void **state)
{
	(void)state;
	memset(&wish, 0, sizeof wish);
	return 0;
}

/* One connect stage to its end, in which filter a does this. */
static void
whole(int (*a)(struct check *), const char *facts, const char *why)
{
	struct room r;

	wish.a = a;
	room_open(&r, NULL, NULL);
	room_stage(&r, ST_CONNECT);
	room_expect(&r, facts, why);
	assert_true(r.bell.is_rung);
	room_close(&r);
}

/* --- absent, unknown, stated --------------------------------------------- */

static int
a_states_all(struct check *c)
{
	char text[] = "copied";
	struct arena *arena = check_arena(c);

	fact_truth(c, SAID, true);
	fact_text(c, TEXT, (struct str){ text, 6 });
	text[0] = 'x';
	fact_number(c, NUMBER, -250);
	fact_ip(c, ADDRESS, ip_v4(192, 0, 2, 1));
	fact_word(c, WORD, 1);
	fact_add(c, SET, arena_str(arena, STR("a.test")));
	fact_add(c, SET, arena_str(arena, STR("b.test")));
	fact_add(c, SET, arena_str(arena, STR("c.test")));
	return 0;
}

static void
stated(void **state)
{
	(void)state;
	whole(a_states_all, "a.said=true a.text=copied a.number=-2.5 "
	    "a.address=192.0.2.1 a.word=two a.set=a.test,b.test,c.test",
	    "stated");
	whole(a_states_all, "a.left=absent", "returned 0, not stated");
	whole(a_states_all, "a.late=later", "of another stage");
}

static int
a_fails(struct check *c)
{
	fact_truth(c, SAID, false);
	fact_add(c, SET, STR("a.test"));
	return -E_SERVFAIL;
}

static void
failed(void **state)
{
	(void)state;
	whole(a_fails, "a.said=false a.left=unknown:servfail "
	    "a.text=unknown:servfail a.word=unknown:servfail "
	    "a.set=partial:a.test a.late=later",
	    "what was stated stays, a set may lack members");
}

static int
a_explicit(struct check *c)
{
	fact_absent(c, SAID);
	fact_unknown(c, LEFT, WHY_LIST);
	fact_add(c, SET, STR("a.test"));
	fact_partial(c, SET);
	return 0;
}

static void
explicit(void **state)
{
	(void)state;
	whole(a_explicit, "a.said=absent a.left=unknown:list-error "
	    "a.set=partial:a.test b.after=absent", "as said");
}

static int
a_sleeps_in_set(struct check *c)
{
	fact_add(c, SET, STR("a.test"));
	(void)fiber_sleep(200 * SEC);
	return 0;
}

static void
partial_while_it_works(void **state)
{
	struct room r;

	(void)state;
	wish.a = a_sleeps_in_set;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 10);
	room_expect(&r, "a.set=partial:a.test", "more may come");
	room_run_until(&r, 300000);
	room_expect(&r, "a.set=a.test", "no more");
	room_close(&r);
}

static void
state_too_much(void *arg)
{
	room_stage(arg, ST_CONNECT);
}

static int
a_out_of_table(struct check *c)
{
	fact_truth(c, COUNT(a_facts), true);
	return 0;
}

static void
only_own_facts(void **state)
{
	struct room r;

	(void)state;
	wish.a = a_out_of_table;
	room_open(&r, NULL, NULL);
	assert_true(dies(state_too_much, &r));
	room_close(&r);
}

/* --- now, at, end -------------------------------------------------------- */

static int
a_nothing(struct check *c)
{
	(void)c;
	return 0;
}

static void
now_is_at_once(void **state)
{
	struct room r;

	(void)state;
	wish.a = a_nothing;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_expect(&r, "c.now=true c.rest=absent a.said=pending "
	    "b.early=pending", "c needs no fiber");
	assert_int_equal(wish.ended, 1);
	assert_int_equal(wish.error, 0);
	assert_int_equal(r.run[ST_CONNECT].join.live, 2);
	room_run_until(&r, 1);
	assert_int_equal(wish.c_at, 0);
	room_close(&r);
}

static void
now_goes_on(void **state)
{
	struct room r;

	(void)state;
	wish.a = a_nothing;
	wish.now = -E_AGAIN;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_expect(&r, "c.now=true c.rest=pending", "at goes on");
	assert_int_equal(wish.ended, 0);
	room_run_until(&r, 1);
	room_expect(&r, "c.now=true c.rest=absent", "done");
	assert_int_equal(wish.c_at, 1);
	assert_int_equal(wish.ended, 1);
	room_close(&r);
}

static void
now_fails(void **state)
{
	(void)state;
	wish.now = -E_IO;
	whole(a_nothing, "c.now=true c.rest=unknown:broken", "an error");
	assert_int_equal(wish.error, -E_IO);
	assert_int_equal(wish.c_at, 0);
}

/* catalogue 122 */
static void
no_stack(void **state)
{
	struct room r;

	(void)state;
	wish.now = -E_AGAIN;
	wish.no_stack = true;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), -E_NOMEM);
	room_expect(&r, "a.said=unknown:broken b.early=unknown:broken "
	    "c.now=true c.rest=unknown:broken", "no fiber for anybody");
	assert_int_equal(wish.ended, 1);
	assert_int_equal(wish.error, -E_NOMEM);
	assert_false(desk_is_busy(&r.run[ST_CONNECT]));
	assert_null(r.run[ST_CONNECT].scratch);
	wish.no_stack = false;
	wish.a = a_nothing;
	room_close(&r);
}

static void
idle_stage(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_DATA), 0);
	assert_false(desk_is_busy(&r.run[ST_DATA]));
	assert_null(r.run[ST_DATA].scratch);
	room_close(&r);
}

/* --- waiting for each other, and being cut short ------------------------- */

static int
a_sleeps(struct check *c)
{
	int rc = fiber_sleep(101 * SEC);

	if (rc != 0)
		return rc;
	fact_truth(c, SAID, true);
	return 0;
}

/* b is declared first, and waits for a fact of a. */
static void
waits_for_a_fact(void **state)
{
	struct room r;

	(void)state;
	wish.a = a_sleeps;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 900);
	room_expect(&r, "b.early=true b.after=pending", "waits");
	room_run_until(&r, 1100);
	room_expect(&r, "a.said=true b.after=true", "told");
	assert_int_equal(r.desk.facts->fact[vocabulary_find(r.vocabulary,
	    STR("b.after"))].msec, 1000);
	assert_null(r.desk.waiters);
	room_close(&r);
}

static int
a_speaks_and_sleeps(struct check *c)
{
	fact_truth(c, SAID, true);
	return fiber_sleep(200 * SEC);
}

/* The waiter is told of that very fact, not of the next one. */
static void
told_at_once(void **state)
{
	struct room r;

	(void)state;
	wish.a = a_speaks_and_sleeps;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 1);
	room_expect(&r, "a.said=true a.text=pending b.after=true", "told");
	room_close(&r);
}

static void
waits_for_what_fails(void **state)
{
	(void)state;
	whole(a_nothing, "a.said=absent b.after=absent",
	    "absent is told too");
}

static void
cut(void **state)
{
	struct room r;

	(void)state;
	wish.a = a_sleeps;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 10);
	room_end(&r, ST_CONNECT);
	room_expect(&r, "b.early=true b.after=unknown:timeout "
	    "a.said=unknown:timeout a.text=unknown:timeout", "cut");
	assert_null(r.desk.waiters);
	assert_null(r.run[ST_CONNECT].scratch);
	room_end(&r, ST_CONNECT);       /* twice does nothing */
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 2000);
	room_expect(&r, "a.said=true b.after=true", "the run is used again");
	room_close(&r);
}

static void
cut_before_it_ran(void **state)
{
	struct room r;

	(void)state;
	wish.a = a_sleeps;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_end(&r, ST_CONNECT);
	room_expect(&r, "a.said=unknown:timeout b.after=unknown:timeout",
	    "never ran, and is closed all the same");
	room_close(&r);
}

static void
start_twice(void *arg)
{
	struct room *r = arg;

	(void)room_start(r, ST_CONNECT);
	(void)room_start(r, ST_CONNECT);
}

static void
not_while_busy(void **state)
{
	struct room r;

	(void)state;
	wish.a = a_sleeps;
	room_open(&r, NULL, NULL);
	assert_true(dies(start_twice, &r));
	room_close(&r);
}

/* --- questions ----------------------------------------------------------- */

static void
note(struct check *c, struct question *q, void *arg)
{
	size_t n = strlen(wish.order);

	(void)c;
	(void)arg;
	assert_true(q->is_done);
	wish.order[n] = *(const char *)q->more;
	wish.order[n + 1] = '\0';
}

static struct question
question(const char *name, const char *mark)
{
	return (struct question){ .name = str_of(name), .type = DNS_A,
	    .more = (void *)(uintptr_t)mark };
}

static int
a_asks(struct check *c)
{
	struct question q[] = { question("one.test", "1"),
		question("two.test", "2"), question("three.test", "3"),
		question("four.test", "4"), question("bad..test", "b") };
	int rc = dns_ask_each(c, q, COUNT(q), note, NULL);

	if (rc != 0)
		return rc;
	assert_int_equal(q[0].answer.status, DNS_FOUND);
	assert_int_equal(q[2].error, -E_SERVFAIL);
	assert_int_equal(q[4].error, -E_INVALID);
	fact_truth(c, SAID, true);
	return 0;
}

/* What comes together is told in the order in which it was asked. */
static void
questions(void **state)
{
	static const struct row dns[] = {
		{ "one.test", DNS_A, "192.0.2.1", 50 },
		{ "two.test", DNS_A, "192.0.2.1", 20 },
		{ "three.test", DNS_A, "servfail", 50 },
		{ "four.test", DNS_A, "nodata", 50 }, { 0 } };
	struct room r;

	(void)state;
	wish.a = a_asks;
	room_open(&r, dns, NULL);
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "a.said=true", "all came");
	assert_string_equal(wish.order, "b2134");
	room_close(&r);
}

static int
a_asks_nobody(struct check *c)
{
	int rc = dns_ask_each(c, NULL, 0, note, NULL);

	fact_truth(c, SAID, rc == 0);
	return 0;
}

static void
no_questions(void **state)
{
	(void)state;
	whole(a_asks_nobody, "a.said=true", "no wait for nothing");
}

/* The answers of a check that was cut come to nobody, and do no harm. */
static void
questions_cut(void **state)
{
	static const struct row dns[] = {
		{ "one.test", DNS_A, "192.0.2.1", 50 },
		{ "two.test", DNS_A, "192.0.2.1", 10 }, { 0 } };
	struct names_census census;
	struct room r;

	(void)state;
	wish.a = a_asks;
	room_open(&r, dns, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 20);
	assert_string_equal(wish.order, "b342");
	room_end(&r, ST_CONNECT);
	room_expect(&r, "a.said=unknown:timeout", "cut");
	room_run_until(&r, 100);
	names_census(r.world.names, &census);
	assert_int_equal(census.late, 1);
	room_close(&r);
}

#define CASE(f) cmocka_unit_test_setup(f, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(stated), CASE(failed), CASE(explicit),
		CASE(partial_while_it_works), CASE(only_own_facts),
		CASE(now_is_at_once), CASE(now_goes_on), CASE(now_fails),
		CASE(no_stack), CASE(idle_stage), CASE(waits_for_a_fact),
		CASE(told_at_once), CASE(waits_for_what_fails), CASE(cut),
		CASE(cut_before_it_ran), CASE(not_while_busy),
		CASE(questions), CASE(no_questions), CASE(questions_cut),
	};

	return cmocka_run_group_tests_name("filters_check", tests, NULL,
	    NULL);
}
