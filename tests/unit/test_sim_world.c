/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated world: a clock that jumps, randomness from a seed, a log
 * that is kept, mailboxes in memory that take all copies or none.
 */
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/error.h"
#include "mail/body.h"
#include "sim/store.h"
#include "sim/world.h"
#include "tests/unit/check.h"

#define BEGIN ((usec_t)1795510800 * SEC)    /* 2026-11-24T09:00:00Z       */

struct sleeper {
	struct world *world;
	usec_t        span;
	int           wakes;       /* how often it sleeps                    */
	bool          is_done;
};

static WAITS void
sleeps(void *arg)
{
	struct sleeper *s = arg;

	while (s->wakes-- > 0)
		(void)fiber_sleep(world_now(s->world) + s->span);
	s->is_done = true;
}

static WAITS void
waits_for_ever(void *arg)
{
	(void)fiber_park(USEC_NEVER);
	(void)arg;
}

static bool
slept(void *arg)
{
	return ((struct sleeper *)arg)->is_done;
}

static bool
never(void *arg)
{
	(void)arg;
	return false;
}

static struct sleeper
start(struct world *w, struct sleeper *s, usec_t span, int wakes)
{
	*s = (struct sleeper){ w, span, wakes, false };
	assert_int_equal(fiber_start(w->fibers, "sleeper", sleeps, s, NULL),
	    0);
	return *s;
}

/* A day of waiting takes no time, and the clock shows exactly that day. */
static void
test_clock_jumps(void **state)
{
	struct sim *sim = sim_new(BEGIN, 1);
	struct world *w = sim_world(sim);
	struct sleeper s;
	usec_t began = world_now(w);

	(void)state;
	start(w, &s, 3600 * SEC, 24);
	assert_int_equal(sim_run(sim, slept, &s, began + 48 * 3600 * SEC), 0);
	assert_int_equal(world_now(w) - began, 24 * 3600 * SEC);
	assert_int_equal(world_wall(w), BEGIN + 24 * 3600 * SEC);
	/* libraries ask time(): they must see the same (run/clock.h) */
	assert_int_equal(time(NULL), (BEGIN + 24 * 3600 * SEC) / SEC);
	sim_free(&sim);
	assert_null(sim);
}

/* `until` comes first: the clock stands there, and a later run goes on. */
static void
test_until(void **state)
{
	struct sim *sim = sim_new(BEGIN, 1);
	struct world *w = sim_world(sim);
	struct sleeper s;
	usec_t began = world_now(w);

	(void)state;
	start(w, &s, 10 * SEC, 1);
	assert_int_equal(sim_run(sim, slept, &s, began + 4 * SEC),
	    -E_TIMEOUT);
	assert_int_equal(world_now(w), began + 4 * SEC);
	assert_int_equal(sim_run(sim, NULL, NULL, began + 9 * SEC), 0);
	assert_int_equal(world_now(w), began + 9 * SEC);
	assert_false(s.is_done);
	assert_int_equal(sim_run(sim, slept, &s, USEC_NEVER), 0);
	assert_int_equal(world_now(w), began + 10 * SEC);
	/* never backwards */
	assert_int_equal(sim_run(sim, NULL, NULL, began), 0);
	assert_int_equal(world_now(w), began + 10 * SEC);
	sim_free(&sim);
}

/* Without a timer nothing can come any more; that is told, not waited for. */
static void
test_stuck(void **state)
{
	struct sim *sim = sim_new(BEGIN, 1);
	struct world *w = sim_world(sim);
	struct fiber *f;

	(void)state;
	assert_int_equal(fiber_start(w->fibers, "x", waits_for_ever, NULL,
	    &f), 0);
	assert_int_equal(sim_run(sim, never, NULL, USEC_NEVER), -E_NOTFOUND);
	fiber_cancel(f);
	assert_int_equal(sim_run(sim, NULL, NULL, USEC_NEVER), 0);
	sim_free(&sim);
}

static void
test_random(void **state)
{
	struct sim *sim = sim_new(BEGIN, 7);
	struct world *w = sim_world(sim);
	uint8_t a[37], b[37], c[37];

	(void)state;
	w->random(w, a, sizeof a);
	w->random(w, b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	sim_seed(sim, 7);
	w->random(w, c, sizeof c);
	assert_memory_equal(a, c, sizeof a);
	sim_seed(sim, 8);
	w->random(w, c, sizeof c);
	assert_memory_not_equal(a, c, sizeof a);
	sim_free(&sim);
}

static void
test_log(void **state)
{
	struct sim *sim = sim_new(BEGIN, 1);
	struct world *w = sim_world(sim);
	const struct sim_line *l;
	struct event e;

	(void)state;
	assert_null(sim_log(sim));
	event_open(&e, LOG_TELL, "accept");
	event_send(&e, w->log);
	(void)sim_run(sim, NULL, NULL, world_now(w) + SEC);
	event_open(&e, LOG_MARK, "abuse");
	event_send(&e, w->log);
	l = sim_log(sim);
	assert_non_null(l);
	assert_str(l->text, "accept");
	assert_int_equal(l->at, BEGIN);
	assert_int_equal(l->level, LOG_TELL);
	assert_str(l->next->text, "abuse");
	assert_int_equal(l->next->at, BEGIN + SEC);
	assert_null(l->next->next);
	sim_free(&sim);
}

/* ------------------------------------------------------------------------
 * Mailboxes.
 */

static struct sim_user users[] = {
	{ STR("bob"), false, false },
	{ STR("ann"), false, false },
	{ STR("fred"), true, false },
	{ STR("dan"), false, true },
};
static const struct sim_domain domains[] = {
	{ STR("here.test"), users, COUNT(users) },
	{ STR("there.test"), NULL, 0 },
};

static void
test_find(void **state)
{
	static const struct {
		const char *domain, *local;
		enum find   found;
		const char *folder, *why;
	} rows[] = {
		{ "here.test", "bob", FIND_YES, "here.test/bob", "there" },
		{ "here.test", "BOB", FIND_YES, "here.test/bob",
		  "local parts are case-blind; the folder is the table's" },
		{ "here.test", "eve", FIND_NO, "", "not there" },
		{ "there.test", "bob", FIND_NO, "", "of another domain" },
		{ "other.test", "bob", FIND_NO, "", "no domain of ours" },
		{ "here.test", "fred", FIND_FULL, "", "over quota" },
		{ "here.test", "dan", FIND_YES, "here.test/dan",
		  "a broken disk shows when something is written" },
		{ "there.test", "PostMaster", FIND_YES,
		  "there.test/postmaster", "RFC 5321 4.5.1" },
		{ "here.test", "../ann", FIND_NO, "", "catalogue 103" },
	};
	struct arena *a = arena_new(0);
	struct store *s = sim_store(domains, COUNT(domains), a);
	struct mailbox m;
	enum find found;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		m = (struct mailbox){ 0 };
		assert_int_equal(store_find(s, str_of(rows[i].domain),
		    str_of(rows[i].local), a, &m, &found), 0);
		CHECK(found == rows[i].found, "%s: found %d", rows[i].why,
		    (int)found);
		CHECK(str_eq(m.folder, str_of(rows[i].folder)),
		    "%s: %.*s", rows[i].why, STR_ARG(m.folder));
	}
	arena_free(&a);
}

/* A parcel of "one\r\ntwo\r\nthree\r\n" without its second line. */
struct bench {
	struct arena    *arena;
	struct store    *store;
	struct body_pool pool;
	struct body     *body;
	struct piece     pieces[2];
	struct mailbox   boxes[2];
	struct copy      copies[2];
	struct parcel    parcel;
	bool             is_wanted;
};

static void
bench_open(struct bench *b, const char *one, const char *two)
{
	const char *names[] = { one, two };
	enum find found;
	size_t i;

	*b = (struct bench){ .pool = { .max = 1u << 20 } };
	b->arena = arena_new(0);
	b->store = sim_store(domains, COUNT(domains), b->arena);
	assert_int_equal(body_new(&b->pool, &b->body), 0);
	assert_int_equal(body_append(b->body, "one\r\ntwo\r\nthree\r\n", 17),
	    0);
	assert_int_equal(body_seal(b->body), 0);
	b->pieces[0] = (struct piece){ 0, 5 };
	b->pieces[1] = (struct piece){ 10, 7 };
	for (i = 0; i < 2; i++) {
		assert_int_equal(store_find(b->store, STR("here.test"),
		    str_of(names[i]), b->arena, &b->boxes[i], &found), 0);
		b->copies[i].mailbox = &b->boxes[i];
		b->copies[i].prefix = i == 0 ? STR("For: a\r\n") :
		    STR("For: b\r\n");
		b->copies[i].subfolder = i == 0 ? STR("") : STR(".Junk");
	}
	b->parcel = (struct parcel){ b->body, b->pieces, 2, b->copies, 2,
	    STR("dc31nvr2bsj.1") };
}

static void
bench_close(struct bench *b)
{
	body_free(&b->body);
	arena_free(&b->arena);
}

static bool
is_wanted(void *arg)
{
	const struct bench *b = arg;

	/* Nothing before it is asked. */
	return sim_letters(b->store) == NULL && b->is_wanted;
}

static int
keep(struct bench *b, bool wanted)
{
	b->is_wanted = wanted;
	return store_keep(b->store, &b->parcel, is_wanted, b);
}

static void
test_keep(void **state)
{
	struct bench b;
	const struct letter *l;

	(void)state;
	bench_open(&b, "bob", "ann");
	assert_int_equal(keep(&b, true), 0);
	l = sim_letters(b.store);
	assert_non_null(l);
	assert_str(l->local, "bob");
	assert_str(l->text, "For: a\r\none\r\nthree\r\n");
	assert_str(l->prefix, "For: a\r\n");
	assert_str(l->subfolder, "");
	assert_str(l->id, "dc31nvr2bsj.1");
	l = l->next;
	assert_str(l->local, "ann");
	assert_str(l->text, "For: b\r\none\r\nthree\r\n");
	assert_str(l->subfolder, ".Junk");
	assert_null(l->next);
	bench_close(&b);
}

static void
test_unwanted(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "bob", "ann");
	assert_int_equal(keep(&b, false), -E_CANCELED);
	assert_null(sim_letters(b.store));
	bench_close(&b);
}

/* One disk that fails: no copy for the other either (promise P2). */
static void
test_broken(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "bob", "dan");
	assert_int_equal(keep(&b, true), -E_IO);
	assert_null(sim_letters(b.store));
	bench_close(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock_jumps),
		cmocka_unit_test(test_until),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_unwanted),
		cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
