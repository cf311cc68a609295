/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The word of a list on the board: what gates make of it, and how soon a list
 * that goes mad is suspected.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/check.h"

#include "policy/belief.h"

static void
words_and_ranks(void **state)
{
	static const struct {
		enum health_state state;
		const char       *word;
		unsigned          rank;
	} rows[] = {
		{ HS_UNPROBED, "unprobed", 2 }, { HS_OK, "ok", 0 },
		{ HS_SLOW, "slow", 1 }, { HS_SUSPECT, "suspect", 1 },
		{ HS_REFUSED, "refused", 2 }, { HS_BLIND, "blind", 2 },
		{ HS_OFF, "off", 2 }, { HS_WRONG_USE, "wrong-use", 2 },
		{ HS_QUOTA, "quota", 2 }, { HS_DEAD, "dead", 2 },
	};
	size_t i;

	(void)state;
	assert_int_equal(COUNT(rows), HS_COUNT);
	for (i = 0; i < COUNT(rows); i++) {
		assert_string_equal(belief_word(rows[i].state), rows[i].word);
		assert_int_equal(belief_rank(rows[i].state), rows[i].rank);
	}
}

/* Every state and baseline, and moments from the first to the year 9000. */
static void
packed_and_back(void **state)
{
	static const usec_t moments[] = { 0, 1, SEC - 1, SEC, SEC + 1,
		100 * SEC, 86400 * 365 * 10 * SEC + 7,
		UINT64_C(220000000000) * SEC };
	struct health_sign s, back;
	unsigned hs, baseline;
	size_t i;

	(void)state;
	for (hs = 0; hs < HS_COUNT; hs++)
		for (baseline = 0; baseline < 256; baseline++)
			for (i = 0; i < COUNT(moments); i++) {
				s = (struct health_sign){
				    (enum health_state)hs, (uint8_t)baseline,
				    moments[i] };
				back = belief_unpack(belief_pack(s));
				assert_int_equal(back.state, hs);
				assert_int_equal(back.baseline, baseline);
				CHECK(back.since >= s.since &&
				    back.since < s.since + SEC &&
				    back.since % SEC == 0, "%lld is %lld",
				    (long long)s.since, (long long)back.since);
				assert_true(belief_pack(back) ==
				    belief_pack(s));
			}
	s = belief_unpack(0);
	assert_int_equal(s.state, HS_UNPROBED);
	assert_int_equal(s.baseline, BASELINE_NONE);
	assert_int_equal(s.since, 0);
}

/* ------------------------------------------------------------------------
 * What a gate does.
 */

#define HOUR 3600
#define NOW  100000     /* seconds                                          */

struct belief_row {
	const char       *why;
	enum health_state state;
	int64_t           since, renewed;   /* seconds; renewed 0: never    */
	bool              is_asked, in_hits;
	enum why          reason;
};

static const struct belief_row beliefs[] = {
	{ "well", HS_OK, 500, NOW - 1, true, true, WHY_NONE },
	{ "slow is believed", HS_SLOW, 500, NOW - 1, true, true, WHY_NONE },
	{ "suspect: asked, hits are unknown", HS_SUSPECT, 500, NOW - 1, true,
	  false, WHY_SUSPECT },
	{ "not probed yet", HS_UNPROBED, NOW - 2, NOW - 1, false, false,
	  WHY_HEALTH },
	{ "refused", HS_REFUSED, NOW - 9, NOW - 1, false, false, WHY_HEALTH },
	{ "blind", HS_BLIND, NOW - 9, NOW - 1, false, false, WHY_HEALTH },
	{ "off", HS_OFF, NOW - 9, NOW - 1, false, false, WHY_HEALTH },
	{ "wrong use", HS_WRONG_USE, NOW - 9, NOW, false, false, WHY_HEALTH },
	{ "quota", HS_QUOTA, NOW - 9, NOW - 1, false, false, WHY_HEALTH },
	{ "dead", HS_DEAD, NOW - 9, NOW - 1, false, false, WHY_HEALTH },
	{ "a second before the hour", HS_OFF, NOW - HOUR + 1, NOW - 1, false,
	  false, WHY_HEALTH },
	{ "the hour is over", HS_OFF, NOW - HOUR, NOW - 1, false, false,
	  WHY_GONE },
	{ "never probed, for an hour", HS_UNPROBED, NOW - HOUR, NOW - 1,
	  false, false, WHY_GONE },
	{ "a state that began in this second", HS_OFF, NOW + 1, NOW, false,
	  false, WHY_HEALTH },

	/* nobody looks after it */
	{ "no keeper ever", HS_OK, 500, 0, false, false, WHY_HEALTH },
	{ "a keeper that is away for less than two minutes", HS_OK, 500,
	  NOW - 119, true, true, WHY_NONE },
	{ "for two minutes", HS_OK, 500, NOW - 120, false, false, WHY_HEALTH },
	{ "suspicion does not outlive it", HS_SUSPECT, 500, NOW - 120, false,
	  false, WHY_HEALTH },
	{ "it was well: an hour from when it became stale", HS_OK, 500,
	  NOW - 119 - HOUR, false, false, WHY_HEALTH },
	{ "and then gone", HS_OK, 500, NOW - 120 - HOUR, false, false,
	  WHY_GONE },
	{ "it was off before: the same hour", HS_OFF, NOW - HOUR, NOW - 120,
	  false, false, WHY_GONE },
	{ "a keeper that died before its first look", HS_UNPROBED, 0,
	  NOW - 2 * HOUR, false, false, WHY_HEALTH },
};

static void
belief_rows(void **state)
{
	const struct belief_row *r;
	struct belief b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(beliefs); i++) {
		r = &beliefs[i];
		b = belief_of(belief_pack((struct health_sign){ r->state, 9,
		    r->since * SEC }), r->renewed * SEC, NOW * SEC);
		CHECK(b.is_asked == r->is_asked && b.in_hits == r->in_hits &&
		    b.why == r->reason, "%s: %d %d %s", r->why, b.is_asked,
		    b.in_hits, why_word(b.why));
		CHECK(b.since == (b.is_asked ? r->since * SEC : 0),
		    "%s: since", r->why);
	}
}

/* What is not asked is never hidden behind "no": there is a reason. */
static void
unbelieved_has_a_reason(void **state)
{
	struct belief b;
	unsigned hs;
	int64_t age;

	(void)state;
	for (hs = 0; hs < HS_COUNT; hs++)
		for (age = 0; age < 3 * HOUR; age += 59) {
			b = belief_of(belief_pack((struct health_sign){
			    (enum health_state)hs, 0, (NOW - age) * SEC }),
			    (NOW - age) * SEC, NOW * SEC);
			assert_true(b.in_hits || b.why != WHY_NONE);
			assert_true(b.is_asked || !b.in_hits);
		}
}

/* ------------------------------------------------------------------------
 * Suspicion.
 */

static uint64_t
run_of_hits(unsigned n)
{
	return n == 0 ? 0 : UINT64_MAX >> (64 - n);
}

struct jump_row {
	const char *why;
	unsigned    baseline;   /* of 250                                   */
	unsigned    run;        /* the shortest that is a jump; 0: none     */
};

static const struct jump_row jumps[] = {
	{ "a list that never names anybody", 0, 6 },
	{ "1 %: three would do, six are the least", 3, 6 },
	{ "10 %", 25, 6 },
	{ "20 %: 0.2^8", 50, 8 },
	{ "30 %: 0.3^10", 75, 10 },
	{ "half", 125, 17 },
	{ "80 %", 200, 52 },
	{ "90 %: 64 are the most", 225, 64 },
	{ "over 90 %: never", 226, 0 },
	{ "all", 250, 0 },
	{ "nothing learned", BASELINE_NONE, 12 },
	{ "nobody suspects it", BASELINE_QUIET, 0 },
};

static void
jump_rows(void **state)
{
	const struct jump_row *r;
	unsigned n;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(jumps); i++) {
		r = &jumps[i];
		for (n = 0; n <= 64; n++)
			CHECK(belief_is_jump(run_of_hits(n),
			    (uint8_t)r->baseline) == (r->run > 0 &&
			    n >= r->run), "%s: a run of %u", r->why, n);
		CHECK(!belief_is_jump(~UINT64_C(1), (uint8_t)r->baseline),
		    "%s: the last answer is a no", r->why);
	}
}

static void
suspicion_changes_what_is_believed(void **state)
{
	static const struct { enum health_state from, to; uint8_t baseline; }
	    rows[] = {
		{ HS_OK, HS_SUSPECT, 9 }, { HS_SLOW, HS_SUSPECT, 9 },
		{ HS_OK, HS_SUSPECT, BASELINE_NONE },
		{ HS_OK, HS_OK, BASELINE_QUIET },
		{ HS_SUSPECT, HS_SUSPECT, 9 }, { HS_OFF, HS_OFF, 9 },
		{ HS_UNPROBED, HS_UNPROBED, 9 }, { HS_DEAD, HS_DEAD, 9 },
	};
	uint64_t word, other;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		word = belief_pack((struct health_sign){ rows[i].from,
		    rows[i].baseline, 77 * SEC });
		other = belief_suspect(word);
		assert_int_equal(belief_unpack(other).state, rows[i].to);
		assert_int_equal(belief_unpack(other).baseline,
		    rows[i].baseline);
		assert_int_equal(belief_unpack(other).since, 77 * SEC);
		assert_true((other == word) == (rows[i].from == rows[i].to));
	}
}

static uint32_t
dice(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 32);
}

/* False alarms in so many answers, each followed by a quiet of 300. */
static unsigned
false_alarms(unsigned baseline, unsigned answers, uint64_t *seed)
{
	unsigned alarms = 0, quiet = 64, i;
	uint64_t last = 0;

	for (i = 0; i < answers; i++) {
		last = last << 1 | (dice(seed) % 250 < baseline);
		if (quiet > 0) {
			quiet--;
		} else if (belief_is_jump(last, (uint8_t)baseline)) {
			alarms++;
			quiet = 300;
		}
	}
	return alarms;
}

/* From the flip on all are hits: how many of these would have been a no,
 * until it is suspected. */
static unsigned
wrong_hits(unsigned baseline, uint64_t *seed)
{
	unsigned wrong = 0, i;
	uint64_t last = 0;

	for (i = 0; i < 64; i++)
		last = last << 1 | (dice(seed) % 250 < baseline);
	for (i = 0; i < 1000; i++) {
		wrong += dice(seed) % 250 >= baseline;
		last = last << 1 | 1;
		if (belief_is_jump(last, (uint8_t)baseline))
			return wrong;
	}
	return UINT32_MAX;
}

/* A million answers of an honest list, and 2000 that go mad: what the plan
 * of the issue promises. The hit that brings the suspicion is unknown itself,
 * so one less is wrong. */
static void
flips_are_cheap_and_alarms_rare(void **state)
{
	static const struct { unsigned baseline, alarms, wrong; } rows[] = {
		{ 7, 120, 7 },          /* .03                              */
		{ 75, 120, 13 },        /* .3                               */
		{ 200, 120, 23 },       /* .8                               */
	};
	uint64_t seed = 20261125;
	unsigned alarms, wrong, worst, i;
	size_t k;

	(void)state;
	for (k = 0; k < COUNT(rows); k++) {
		alarms = false_alarms(rows[k].baseline, 1000000, &seed);
		for (worst = 0, i = 0; i < 2000; i++) {
			wrong = wrong_hits(rows[k].baseline, &seed);
			if (wrong > worst)
				worst = wrong;
		}
		CHECK(alarms <= rows[k].alarms && worst <= rows[k].wrong,
		    "%u of 250: %u alarms, %u wrong", rows[k].baseline,
		    alarms, worst);
		print_message("# share %u/250: %u alarms in 1000000, at most "
		    "%u wrong\n", rows[k].baseline, alarms, worst);
	}
}

/* Good and bad, each kind: all rings of the board, each once. */
static void
rings_are_apart(void **state)
{
	unsigned seen = 0, kind;

	(void)state;
	for (kind = 0; kind < LK_COUNT; kind++)
		seen |= 1u << belief_ring(false, (enum list_kind)kind) |
		    1u << belief_ring(true, (enum list_kind)kind);
	assert_int_equal(seen, 0x3f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_ranks),
		cmocka_unit_test(packed_and_back),
		cmocka_unit_test(belief_rows),
		cmocka_unit_test(unbelieved_has_a_reason),
		cmocka_unit_test(jump_rows),
		cmocka_unit_test(suspicion_changes_what_is_believed),
		cmocka_unit_test(flips_are_cheap_and_alarms_rare),
		cmocka_unit_test(rings_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
