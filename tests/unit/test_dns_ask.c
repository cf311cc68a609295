/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions, cache, sharing, deadlines and budgets, over an upstream that
 * the test plays itself and a clock that it moves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dns/cache.h"
#include "dns/upstream.h"
#include "dns/wire.h"
#include "run/fiber.h"

#define SENT 5000
#define DEADLINE (2500 * MSEC)

struct lab {
	struct world    world;
	struct upstream upstream;
	struct names   *names;
	struct arena   *arena;
	usec_t          clock;
	uint64_t        seed;
	struct exchange *sent[SENT];    /* not yet answered                 */
	size_t          sent_count;
	size_t          total;          /* ever                             */
	const struct wire_reply *at_once;   /* answers inside send          */
	int             rc;             /* of the fiber's names_ask         */
	struct answer   answer;
	struct fiber   *fiber;
};

static usec_t
lab_clock(void *arg)
{
	return ((struct lab *)arg)->clock;
}

static usec_t
lab_now(struct world *w)
{
	return CONTAINER(w, struct lab, world)->clock;
}

static void
lab_random(struct world *w, void *buf, size_t n)
{
	struct lab *lab = CONTAINER(w, struct lab, world);
	uint8_t *p = buf;

	while (n-- > 0) {
		lab->seed = lab->seed * 6364136223846793005u + 1;
		*p++ = (uint8_t)(lab->seed >> 56);
	}
}

static unsigned
lab_dice(struct lab *lab, unsigned n)
{
	uint32_t v;

	lab_random(&lab->world, &v, sizeof v);
	return v % n;
}

/* Gives exchange x an answer. */
static void
reply_to(struct exchange *x, const struct wire_reply *r)
{
	struct wire_question q = { .id = 1, .type = x->type, .name = x->name };
	struct buf packet = BUF_INIT(0);

	assert_int_equal(wire_write_answer(&packet, &q, r), 0);
	x->done(x, 0, (uint8_t *)packet.p, packet.len);
	buf_free(&packet);
}

static void
lab_send(struct upstream *u, struct exchange *x)
{
	struct lab *lab = CONTAINER(u, struct lab, upstream);

	lab->total++;
	if (lab->at_once != NULL) {
		reply_to(x, lab->at_once);
		return;
	}
	assert_true(lab->sent_count < SENT);
	lab->sent[lab->sent_count++] = x;
}

static struct exchange *
lab_take(struct lab *lab, size_t i)
{
	struct exchange *x = lab->sent[i];

	assert_true(i < lab->sent_count);
	memmove(lab->sent + i, lab->sent + i + 1,
	    (--lab->sent_count - i) * sizeof lab->sent[0]);
	return x;
}

/* Answers the oldest question. */
static void
reply(struct lab *lab, const struct wire_reply *r)
{
	reply_to(lab_take(lab, 0), r);
}

static void
reply_record(struct lab *lab, const char *owner, enum dns_type type,
    struct record record)
{
	struct wire_record w = { str_of(owner), type, record };
	struct wire_reply r = { .records = &w, .count = 1 };

	reply(lab, &r);
}

static void
reply_ip(struct lab *lab, const char *owner, uint32_t ttl)
{
	reply_record(lab, owner, DNS_A, (struct record){ .ttl = ttl,
	    .ip = ip_v4(192, 0, 2, 77) });
}

static void
reply_alias(struct lab *lab, const char *owner, const char *to)
{
	reply_record(lab, owner, DNS_CNAME, (struct record){ .ttl = 300,
	    .text = str_of(to) });
}

static void
lab_end_upstream(struct lab *lab)
{
	struct exchange *x;

	while (lab->sent_count > 0) {
		x = lab_take(lab, 0);
		x->done(x, -E_CANCELED, NULL, 0);
	}
}

static void
lab_conf(struct lab *lab, size_t cache_entries)
{
	struct names_conf conf = { DEADLINE, 60, 3600, cache_entries };

	names_free(&lab->names);
	lab->names = names_new(&lab->world, &lab->upstream, &conf);
}

static int
lab_open(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	lab->clock = SEC;
	lab->seed = 42;
	lab->world.now = lab_now;
	lab->world.random = lab_random;
	lab->world.fibers = fibers_new(lab_clock, lab);
	lab->upstream.send = lab_send;
	lab->arena = arena_new(0);
	lab_conf(lab, 100);
	*state = lab;
	return 0;
}

static int
lab_close(void **state)
{
	struct lab *lab = *state;

	lab_end_upstream(lab);
	fibers_run(lab->world.fibers);
	names_free(&lab->names);
	/* Nothing is left armed: a simulated clock would jump there. */
	assert_true(fibers_next(lab->world.fibers) == USEC_NEVER);
	fibers_free(&lab->world.fibers);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static void
lab_pass(struct lab *lab, usec_t span)
{
	usec_t end = lab->clock + span, next;

	while ((next = fibers_next(lab->world.fibers)) <= end) {
		lab->clock = next > lab->clock ? next : lab->clock;
		fibers_fire(lab->world.fibers);
		fibers_run(lab->world.fibers);
	}
	lab->clock = end;
}

static struct question
ask(const char *name)
{
	return (struct question){ .name = str_of(name), .type = DNS_A };
}

static void
start(struct lab *lab, struct question *q, const char *name)
{
	*q = ask(name);
	names_start(lab->names, q, NULL, lab->arena, NULL);
}

static void
start_since(struct lab *lab, struct question *q, const char *name,
    usec_t since)
{
	*q = ask(name);
	q->since = since;
	names_start(lab->names, q, NULL, lab->arena, NULL);
}

/* --- what comes out ------------------------------------------------------ */

static void
the_four_outcomes(void **state)
{
	static const struct {
		struct wire_reply reply;
		int error;
		enum dns_status status;
	} rows[] = {
		{ { .rcode = 3, .negative_ttl = 90 }, 0, DNS_NO_NAME },
		{ { .rcode = 0, .negative_ttl = 90 }, 0, DNS_NO_DATA },
		{ { .rcode = 2 }, -E_SERVFAIL, 0 },
		{ { .rcode = 5 }, -E_REFUSED, 0 },
		{ { .rcode = 1 }, -E_REFUSED, 0 },
		{ { .rcode = 0, .is_truncated = true }, -E_GARBAGE, 0 },
	};
	struct lab *lab = *state;
	struct exchange *x;
	struct question q;
	size_t i;

	lab_conf(lab, 0);
	start(lab, &q, "a.test");
	assert_false(q.is_done);
	lab->clock += 7000;
	reply_ip(lab, "a.test", 300);
	assert_true(q.is_done);
	assert_int_equal(q.error, 0);
	assert_int_equal(q.answer.status, DNS_FOUND);
	assert_true(answer_has_ip(&q.answer, ip_v4(192, 0, 2, 77)));
	assert_false(answer_has_ip(&q.answer, ip_v4(192, 0, 2, 78)));
	assert_int_equal(q.answer.took, 7000);
	for (i = 0; i < COUNT(rows); i++) {
		start(lab, &q, "a.test");
		reply(lab, &rows[i].reply);
		assert_true(q.is_done);
		assert_int_equal(q.error, rows[i].error);
		if (q.error == 0)
			assert_int_equal(q.answer.status, rows[i].status);
	}
	start(lab, &q, "a.test");
	reply_alias(lab, "a.test", "b.test");
	assert_false(q.is_done);
	reply_ip(lab, "b.test", 300);
	assert_int_equal(q.answer.count, 1);
	start(lab, &q, "a.test");
	x = lab_take(lab, 0);
	x->done(x, 0, (const uint8_t *)"xyz", 3);
	assert_int_equal(q.error, -E_GARBAGE);
	start(lab, &q, "a.test");
	x = lab_take(lab, 0);
	x->done(x, -E_TIMEOUT, NULL, 0);
	assert_int_equal(q.error, -E_TIMEOUT);
}

static void
bad_names_are_never_sent(void **state)
{
	static const char *const names[] = { "", ".", "a..b", ".a",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.a" };
	struct lab *lab = *state;
	struct budget budget = { .left = 10, .deadline = USEC_NEVER };
	struct question q;
	size_t i;

	for (i = 0; i < COUNT(names); i++) {
		q = ask(names[i]);
		names_start(lab->names, &q, &budget, lab->arena, NULL);
		assert_true(q.is_done);
		assert_int_equal(q.error, -E_INVALID);
	}
	assert_int_equal(lab->total, 0);
	assert_int_equal(budget.left, 10);
	assert_int_equal(budget.failed, COUNT(names));
}

static void
equal_questions_share(void **state)
{
	struct lab *lab = *state;
	struct question a, b, c, d;
	struct names_census census;

	start(lab, &a, "a.test");
	start(lab, &b, "A.Test.");
	start(lab, &c, "\\097.test");
	d = ask("a.test");
	d.type = DNS_TXT;               /* another question */
	names_start(lab->names, &d, NULL, lab->arena, NULL);
	assert_int_equal(lab->total, 2);
	assert_true(str_eq(lab->sent[0]->name, STR("a.test")));
	reply_ip(lab, "a.test", 300);
	assert_true(a.is_done && b.is_done && c.is_done && !d.is_done);
	assert_int_equal(b.answer.count, 1);
	assert_true(a.answer.records != b.answer.records);
	names_census(lab->names, &census);
	assert_int_equal(census.shared, 2);
	assert_int_equal(census.sent, 2);
	assert_int_equal(census.asked, 4);
	assert_int_equal(census.pending, 1);
	names_drop(&d);
}

static void
an_upstream_may_answer_at_once(void **state)
{
	struct lab *lab = *state;
	struct wire_reply none = { .rcode = 3, .negative_ttl = 100 };
	struct question q;

	lab->at_once = &none;
	start(lab, &q, "a.test");
	assert_true(q.is_done);
	assert_int_equal(q.answer.status, DNS_NO_NAME);
}

/* --- cache --------------------------------------------------------------- */

/* hardening.md section 5, catalogue 140: kept at least 60 s, at most 1 h */
static void
answers_are_kept_for_their_time(void **state)
{
	static const struct { uint32_t ttl; unsigned kept; } rows[] = {
		{ 0, 60 }, { 5, 60 }, { 300, 300 }, { 86400, 3600 } };
	struct lab *lab = *state;
	struct question q;
	char name[32];
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		snprintf(name, sizeof name, "n%zu.test", i);
		start(lab, &q, name);
		reply_ip(lab, name, rows[i].ttl);
		assert_false(q.answer.is_cached);
		assert_int_equal(q.answer.ttl, rows[i].ttl);
		lab_pass(lab, (usec_t)(rows[i].kept - 1) * SEC);
		start(lab, &q, name);
		assert_true(q.is_done && q.answer.is_cached);
		assert_int_equal(q.answer.count, 1);
		assert_int_equal(q.answer.ttl, 1);
		lab_pass(lab, SEC);
		start(lab, &q, name);
		assert_false(q.is_done);
		names_drop(&q);
		lab_end_upstream(lab);
	}
}

/* What the cache got before `since` is asked again, and replaced (catalogue
 * 140: a list that was off left its answers there). */
static void
answers_of_before_do_not_count(void **state)
{
	struct lab *lab = *state;
	usec_t first = lab->clock;
	struct question q;

	start(lab, &q, "a.test");
	reply_ip(lab, "a.test", 300);
	assert_false(q.is_shared);
	lab_pass(lab, 10 * SEC);
	start_since(lab, &q, "a.test", first);
	assert_true(q.is_done && q.answer.is_cached);
	start_since(lab, &q, "a.test", first + 1);
	assert_false(q.is_done);
	reply_ip(lab, "a.test", 300);
	lab_pass(lab, SEC);
	start_since(lab, &q, "a.test", first + 10 * SEC);
	assert_true(q.is_done && q.answer.is_cached);
}

/* An alias is as old as the end that was taken from the cache. */
static void
an_alias_of_before_does_not_count(void **state)
{
	struct lab *lab = *state;
	usec_t first = lab->clock;
	struct question q;

	start(lab, &q, "end.test");
	reply_ip(lab, "end.test", 300);
	lab_pass(lab, 10 * SEC);
	start(lab, &q, "alias.test");
	reply_alias(lab, "alias.test", "end.test");
	assert_true(q.is_done);
	start_since(lab, &q, "alias.test", first);
	assert_true(q.is_done && q.answer.is_cached);
	start_since(lab, &q, "alias.test", first + 1);
	assert_false(q.is_done);
	names_drop(&q);
	lab_end_upstream(lab);
}

static void
nothing_is_kept_by_its_soa(void **state)
{
	struct lab *lab = *state;
	struct wire_reply none = { .rcode = 3, .negative_ttl = 120 };
	struct question q;

	start(lab, &q, "a.test");
	reply(lab, &none);
	lab_pass(lab, 119 * SEC);
	start(lab, &q, "a.test");
	assert_true(q.is_done && q.answer.is_cached);
	assert_int_equal(q.answer.status, DNS_NO_NAME);
	assert_true(str_eq(q.answer.name, STR("a.test")));
	lab_pass(lab, SEC);

	/* RFC 2308 5: without a SOA nothing says how long */
	none.negative_ttl = 0;
	start(lab, &q, "a.test");
	reply(lab, &none);
	assert_int_equal(q.error, 0);
	start(lab, &q, "a.test");
	assert_false(q.is_done);
	reply(lab, &none);
}

static void
troubles_are_not_kept(void **state)
{
	struct lab *lab = *state;
	struct wire_reply servfail = { .rcode = 2 };
	struct question q;

	start(lab, &q, "a.test");
	reply(lab, &servfail);
	start(lab, &q, "a.test");
	assert_int_equal(lab->total, 2);
	reply_ip(lab, "a.test", 9);
	assert_int_equal(q.error, 0);
}

static void
key_of_number(unsigned i, uint8_t *bytes, struct key *k)
{
	memcpy(bytes, &i, sizeof i);
	*k = (struct key){ bytes, sizeof i, (uint64_t)i * 0x9e3779b97f4a7c15u };
}

static void
the_cache_is_bounded(void **state)
{
	struct cache *c = cache_new(100);
	struct answer a = { .name = STR("x") };
	static char big[9000];
	struct record text = { .text = { big, 4000 } };
	uint8_t bytes[4];
	struct key k;
	struct term term;
	unsigned i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		key_of_number(i, bytes, &k);
		cache_put(c, &k, &a, (struct term){ 0, 1000 });
		key_of_number(0, bytes, &k);    /* in use all the time */
		assert_non_null(cache_find(c, &k, 1, &term));
		assert_true(cache_count(c) <= 100);
	}
	key_of_number(999, bytes, &k);
	assert_non_null(cache_find(c, &k, 1, &term));
	key_of_number(500, bytes, &k);
	assert_null(cache_find(c, &k, 1, &term));

	/* its time is over: it goes; put again: one entry, the new one */
	key_of_number(999, bytes, &k);
	assert_null(cache_find(c, &k, 1000, &term));
	assert_int_equal(cache_count(c), 99);
	key_of_number(998, bytes, &k);
	a.ttl = 5;
	cache_put(c, &k, &a, (struct term){ 0, 2000 });
	assert_int_equal(cache_count(c), 99);
	assert_int_equal(cache_find(c, &k, 1000, &term)->ttl, 5);
	assert_int_equal(term.until, 2000);

	/* large answers push out more than one; too large ones stay out */
	a.records = &text;
	a.count = 1;
	for (i = 2000; i < 2050; i++) {
		key_of_number(i, bytes, &k);
		cache_put(c, &k, &a, (struct term){ 0, 1000 });
	}
	assert_true(cache_count(c) <= 100u * 512 / 4000);
	text.text.len = sizeof big;
	key_of_number(3000, bytes, &k);
	cache_put(c, &k, &a, (struct term){ 0, 1000 });
	assert_null(cache_find(c, &k, 1, &term));
	cache_free(&c);
}

/* catalogue 62: whatever the hash, a question gets its own answer */
static void
equal_hashes_do_no_harm(void **state)
{
	struct cache *c = cache_new(10);
	struct answer a = { .name = STR("x") };
	struct key one = { (const uint8_t *)"one", 3, 7 };
	struct key two = { (const uint8_t *)"two", 3, 7 };
	struct key three = { (const uint8_t *)"onelonger", 9, 7 };
	struct term term;

	(void)state;
	cache_put(c, &one, &a, (struct term){ 0, 1000 });
	assert_null(cache_find(c, &two, 1, &term));
	assert_null(cache_find(c, &three, 1, &term));
	a.ttl = 2;
	cache_put(c, &two, &a, (struct term){ 0, 1000 });
	assert_int_equal(cache_find(c, &one, 1, &term)->ttl, 0);
	assert_int_equal(cache_find(c, &two, 1, &term)->ttl, 2);
	cache_free(&c);
}

/* --- aliases ------------------------------------------------------------- */

static void
an_open_alias_is_asked_further(void **state)
{
	struct lab *lab = *state;
	struct budget budget = { .left = 2, .deadline = USEC_NEVER };
	struct question q = ask("a.test");

	names_start(lab->names, &q, &budget, lab->arena, NULL);
	reply_alias(lab, "a.test", "B.else");
	assert_false(q.is_done);
	assert_true(str_eq(lab->sent[0]->name, STR("b.else")));
	assert_int_equal(budget.left, 0);
	reply_ip(lab, "b.else", 100);
	assert_true(q.is_done);
	assert_int_equal(q.error, 0);
	assert_int_equal(q.answer.chain, 1);
	assert_int_equal(q.answer.ttl, 100);
	assert_true(str_eq(q.answer.name, STR("b.else")));

	/* kept under the name that was asked */
	q = ask("a.test");
	names_start(lab->names, &q, &budget, lab->arena, NULL);
	assert_true(q.is_done && q.answer.is_cached);
	assert_int_equal(q.answer.chain, 1);
}

static void
an_alias_may_end_in_the_cache(void **state)
{
	struct lab *lab = *state;
	struct question q;

	start(lab, &q, "b.else");
	reply_ip(lab, "b.else", 3000);
	lab_pass(lab, 100 * SEC);
	start(lab, &q, "a.test");
	reply_alias(lab, "a.test", "b.else");
	assert_true(q.is_done);
	assert_int_equal(q.answer.count, 1);
	assert_int_equal(q.answer.ttl, 300);    /* of the alias */
	assert_int_equal(lab->total, 2);
}

/* Chains add up over what the cache knows, and end there too. */
static void
chains_go_through_the_cache(void **state)
{
	struct lab *lab = *state;
	struct question q;
	char from[32], to[32];
	unsigned i;

	start(lab, &q, "n3.test");
	for (i = 3; i < 9; i++) {
		snprintf(from, sizeof from, "n%u.test", i);
		snprintf(to, sizeof to, "n%u.test", i + 1);
		reply_alias(lab, from, to);
	}
	reply_ip(lab, "n9.test", 300);
	assert_int_equal(q.answer.chain, 6);
	start(lab, &q, "n1.test");
	reply_alias(lab, "n1.test", "n2.test");
	reply_alias(lab, "n2.test", "n3.test");
	assert_true(q.is_done);
	assert_int_equal(q.error, 0);
	assert_int_equal(q.answer.chain, 8);
	assert_true(str_eq(q.answer.name, STR("n9.test")));

	/* Now n2 with its seven: from n0 it would be nine. */
	start(lab, &q, "n2.test");
	reply_alias(lab, "n2.test", "n3.test");
	assert_int_equal(q.answer.chain, 7);
	start(lab, &q, "x.test");
	reply_alias(lab, "x.test", "n0.test");
	reply_alias(lab, "n0.test", "n2.test");
	assert_false(q.is_done);        /* asked, not taken from the cache */
	reply_alias(lab, "n2.test", "n3.test");
	assert_false(q.is_done);        /* and again */
	for (i = 3; i < 9; i++) {
		snprintf(from, sizeof from, "n%u.test", i);
		snprintf(to, sizeof to, "n%u.test", i + 1);
		reply_alias(lab, from, to);
	}
	assert_int_equal(q.error, -E_GARBAGE);
	assert_int_equal(lab->sent_count, 0);
}

/* The longest name that may be, with its type behind it. */
static void
an_alias_may_be_long(void **state)
{
	struct lab *lab = *state;
	struct question q;
	char name[260];
	unsigned i;

	memset(name, 'x', sizeof name);
	for (i = 63; i < 253; i += 64)
		name[i] = '.';
	name[253] = '\0';
	start(lab, &q, "a.test");
	reply_alias(lab, "a.test", name);
	assert_true(str_eq(lab->sent[0]->name, str_of(name)));
	reply_ip(lab, name, 9);
	assert_int_equal(q.answer.count, 1);
	start(lab, &q, name);
	reply_ip(lab, name, 9);
	assert_int_equal(q.answer.count, 1);
}

static void
an_alias_costs_each_asker(void **state)
{
	struct lab *lab = *state;
	struct budget poor = { .left = 1, .deadline = USEC_NEVER };
	struct question q = ask("a.test"), free_rider;

	names_start(lab->names, &q, &poor, lab->arena, NULL);
	start(lab, &free_rider, "a.test");
	reply_alias(lab, "a.test", "b.else");
	assert_true(q.is_done);
	assert_int_equal(q.error, -E_BUDGET);
	assert_int_equal(poor.left, 0);
	assert_false(free_rider.is_done);
	reply_ip(lab, "b.else", 100);
	assert_int_equal(free_rider.error, 0);
}

/* catalogue 99: a chain over many packets ends too, a loop as well */
static void
long_chains_are_garbage(void **state)
{
	struct lab *lab = *state;
	struct question q;
	char from[32], to[32];
	unsigned i;

	start(lab, &q, "n0.test");
	for (i = 0; i < 8; i++) {
		snprintf(from, sizeof from, "n%u.test", i);
		snprintf(to, sizeof to, "n%u.test", i + 1);
		reply_alias(lab, from, to);
		assert_false(q.is_done);
	}
	reply_alias(lab, "n8.test", "n9.test");
	assert_true(q.is_done);
	assert_int_equal(q.error, -E_GARBAGE);

	start(lab, &q, "a.test");
	for (i = 0; i < 9; i++)
		reply_alias(lab, i % 2 ? "b.test" : "a.test",
		    i % 2 ? "a.test" : "b.test");
	assert_int_equal(q.error, -E_GARBAGE);
	assert_int_equal(lab->sent_count, 0);
}

/* --- time and money ------------------------------------------------------ */

static void
late_answers_fill_the_cache(void **state)
{
	struct lab *lab = *state;
	struct question a, b;
	struct names_census census;

	start(lab, &a, "a.test");
	lab_pass(lab, DEADLINE - MSEC);
	start(lab, &b, "b.test");
	assert_false(a.is_done);
	lab_pass(lab, MSEC);
	assert_true(a.is_done && !b.is_done);
	assert_int_equal(a.error, -E_TIMEOUT);
	lab_pass(lab, DEADLINE);
	assert_int_equal(b.error, -E_TIMEOUT);
	reply_ip(lab, "a.test", 300);
	start(lab, &a, "a.test");
	assert_true(a.is_done && a.answer.is_cached);
	names_census(lab->names, &census);
	assert_int_equal(census.late, 1);
	assert_int_equal(census.troubles, 2);

	/* b is still on its way: joined, not sent again */
	start(lab, &b, "b.test");
	assert_int_equal(lab->total, 2);
	reply_ip(lab, "b.test", 300);
	assert_int_equal(b.error, 0);
}

static void
the_budget_may_end_first(void **state)
{
	struct lab *lab = *state;
	struct budget budget = { .left = 10, .deadline = lab->clock + SEC };
	struct question a = ask("a.test"), b = ask("b.test"), c = ask("c.test");

	names_start(lab->names, &a, &budget, lab->arena, NULL);
	names_start(lab->names, &b, &budget, lab->arena, NULL);
	start(lab, &c, "b.test");
	reply_ip(lab, "a.test", 9);
	lab_pass(lab, SEC);
	assert_int_equal(a.error, 0);
	assert_true(b.is_done && !c.is_done);
	assert_int_equal(b.error, -E_TIMEOUT);
	a = ask("a.test");              /* known, and still a time-out */
	names_start(lab->names, &a, &budget, lab->arena, NULL);
	assert_int_equal(a.error, -E_TIMEOUT);
	assert_int_equal(budget.failed, 2);
	lab_pass(lab, DEADLINE);
	assert_int_equal(c.error, -E_TIMEOUT);
}

static void
a_session_has_so_many_questions(void **state)
{
	struct lab *lab = *state;
	struct budget budget = { .left = 1, .deadline = USEC_NEVER };
	struct question q = ask("a.test");

	names_start(lab->names, &q, &budget, lab->arena, NULL);
	reply_ip(lab, "a.test", 300);
	q = ask("b.test");
	names_start(lab->names, &q, &budget, lab->arena, NULL);
	assert_int_equal(q.error, -E_BUDGET);
	q = ask("a.test");              /* from the cache: free */
	names_start(lab->names, &q, &budget, lab->arena, NULL);
	assert_int_equal(q.error, 0);
	assert_int_equal(budget.asked, 3);
	assert_int_equal(budget.failed, 1);
	assert_int_equal(lab->total, 1);
}

static void
so_many_are_pending(void **state)
{
	struct lab *lab = *state;
	struct question *q = calloc(DNS_PENDING + 1, sizeof *q);
	char name[32];
	unsigned i;

	for (i = 0; i <= DNS_PENDING; i++) {
		snprintf(name, sizeof name, "n%u.test", i);
		start(lab, &q[i], name);
	}
	assert_int_equal(lab->total, DNS_PENDING);
	assert_true(q[DNS_PENDING].is_done);
	assert_int_equal(q[DNS_PENDING].error, -E_BUDGET);
	lab_pass(lab, DEADLINE);
	for (i = 0; i < DNS_PENDING; i++)
		assert_int_equal(q[i].error, -E_TIMEOUT);
	/* Given up, and pending still: the upstream has not let go. */
	start(lab, &q[0], "more.test");
	assert_int_equal(q[0].error, -E_BUDGET);
	start(lab, &q[0], "n7.test");
	assert_false(q[0].is_done);
	lab_end_upstream(lab);
	assert_int_equal(q[0].error, -E_CANCELED);
	free(q);
}

static void
dropped_questions_stay_silent(void **state)
{
	struct lab *lab = *state;
	struct bell bell = { NULL, false };
	struct question q = ask("a.test"), other;

	names_start(lab->names, &q, NULL, lab->arena, &bell);
	start(lab, &other, "a.test");
	names_drop(&q);
	names_drop(&q);
	memset(&q, 0x5a, sizeof q);     /* its memory is the asker's again */
	lab_pass(lab, MSEC);
	reply_ip(lab, "a.test", 300);
	assert_false(bell.is_rung);
	assert_true(other.is_done);
	start(lab, &q, "a.test");
	assert_true(q.is_done);
	names_drop(&q);                 /* done: nothing to drop */
	assert_int_equal(q.error, 0);
}

/* --- on a fiber ---------------------------------------------------------- */

static void
asking(void *arg)
{
	struct lab *lab = arg;

	lab->rc = names_ask(lab->names, STR("a.test"), DNS_A, NULL, lab->arena,
	    &lab->answer);
}

static void
a_fiber_waits_for_its_answer(void **state)
{
	struct lab *lab = *state;

	lab->rc = 99;
	fiber_start(lab->world.fibers, "asking", asking, lab, NULL);
	fibers_run(lab->world.fibers);
	assert_int_equal(lab->rc, 99);
	reply_ip(lab, "a.test", 300);
	fibers_run(lab->world.fibers);
	assert_int_equal(lab->rc, 0);
	assert_int_equal(lab->answer.count, 1);

	lab_pass(lab, 301 * SEC);
	fiber_start(lab->world.fibers, "asking", asking, lab, NULL);
	fibers_run(lab->world.fibers);
	lab_pass(lab, DEADLINE);
	assert_int_equal(lab->rc, -E_TIMEOUT);
}

static void
a_cancelled_fiber_leaves(void **state)
{
	struct lab *lab = *state;
	struct names_census census;

	fiber_start(lab->world.fibers, "asking", asking, lab, &lab->fiber);
	fibers_run(lab->world.fibers);
	fiber_cancel(lab->fiber);
	fibers_run(lab->world.fibers);
	assert_int_equal(lab->rc, -E_CANCELED);
	reply_ip(lab, "a.test", 300);   /* its stack is gone */
	names_census(lab->names, &census);
	assert_int_equal(census.late, 1);       /* nobody waited any more */
	assert_int_equal(census.cached, 1);
	fiber_start(lab->world.fibers, "asking", asking, lab, NULL);
	fibers_run(lab->world.fibers);
	assert_int_equal(lab->rc, 0);
	assert_true(lab->answer.is_cached);
}

/* --- everything at once -------------------------------------------------- */

enum { MANY = 64 };

static void
random_reply(struct lab *lab)
{
	static const struct wire_reply none = { .rcode = 3,
		.negative_ttl = 60 };
	size_t i = lab_dice(lab, (unsigned)lab->sent_count);
	struct exchange *x = lab_take(lab, i);
	struct wire_record w = { x->name, DNS_A, { .ttl = 9 } };
	struct wire_reply r = { .records = &w, .count = 1 };
	char to[32];

	switch (lab_dice(lab, 4)) {
	case 0:
		reply_to(x, &none);
		break;
	case 1:
		x->done(x, -E_TIMEOUT, NULL, 0);
		break;
	case 2:
		snprintf(to, sizeof to, "n%u.test", lab_dice(lab, 40));
		w.type = DNS_CNAME;
		w.record.text = str_of(to);
		reply_to(x, &r);
		break;
	default:
		reply_to(x, &r);
	}
}

/* Every question ends once, in one of the known ways, at its time. */
static void
any_order_of_events(void **state)
{
	struct lab *lab = *state;
	struct question *q = calloc(MANY, sizeof *q);
	struct budget *budget = calloc(MANY, sizeof *budget);
	bool live[MANY] = { false };
	unsigned i, round, ended = 0;
	char name[32];

	lab_conf(lab, 20);
	for (round = 0; round < 200000; round++) {
		i = lab_dice(lab, MANY);
		if (live[i] && q[i].is_done) {
			assert_true(q[i].error == 0 || q[i].answer.count == 0);
			live[i] = false;
			ended++;
		} else if (!live[i]) {
			snprintf(name, sizeof name, "n%u.test",
			    lab_dice(lab, 40));
			q[i] = ask(name);
			budget[i] = (struct budget){
			    .left = lab_dice(lab, 4), .deadline = lab->clock +
			    lab_dice(lab, 5000) * MSEC };
			names_start(lab->names, &q[i], &budget[i], lab->arena,
			    NULL);
			live[i] = true;
		} else if (lab_dice(lab, 8) == 0) {
			names_drop(&q[i]);
			live[i] = false;
		}
		if (lab->sent_count > 0 && lab_dice(lab, 3) == 0)
			random_reply(lab);
		if (lab_dice(lab, 4) == 0)
			lab_pass(lab, lab_dice(lab, 400) * MSEC);
		for (i = 0; i < MANY; i++)
			assert_true(!live[i] || q[i].is_done ||
			    (q[i].until > lab->clock));
		if (round % 1000 == 0)
			arena_reset(lab->arena);
	}
	assert_true(ended > 10000);
	for (i = 0; i < MANY; i++)
		if (live[i])
			names_drop(&q[i]);
	free(q);
	free(budget);
}

int
main(void)
{
#define WITH_LAB(f) cmocka_unit_test_setup_teardown(f, lab_open, lab_close)
	static const struct CMUnitTest tests[] = {
		WITH_LAB(the_four_outcomes),
		WITH_LAB(bad_names_are_never_sent),
		WITH_LAB(equal_questions_share),
		WITH_LAB(an_upstream_may_answer_at_once),
		WITH_LAB(answers_are_kept_for_their_time),
		WITH_LAB(answers_of_before_do_not_count),
		WITH_LAB(an_alias_of_before_does_not_count),
		WITH_LAB(nothing_is_kept_by_its_soa),
		WITH_LAB(troubles_are_not_kept),
		cmocka_unit_test(the_cache_is_bounded),
		cmocka_unit_test(equal_hashes_do_no_harm),
		WITH_LAB(an_open_alias_is_asked_further),
		WITH_LAB(an_alias_may_end_in_the_cache),
		WITH_LAB(chains_go_through_the_cache),
		WITH_LAB(an_alias_may_be_long),
		WITH_LAB(an_alias_costs_each_asker),
		WITH_LAB(long_chains_are_garbage),
		WITH_LAB(late_answers_fill_the_cache),
		WITH_LAB(the_budget_may_end_first),
		WITH_LAB(a_session_has_so_many_questions),
		WITH_LAB(so_many_are_pending),
		WITH_LAB(dropped_questions_stay_silent),
		WITH_LAB(a_fiber_waits_for_its_answer),
		WITH_LAB(a_cancelled_fiber_leaves),
		WITH_LAB(any_order_of_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
