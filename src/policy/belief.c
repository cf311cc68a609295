/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * belief - the board's word about a list, and what gates make of it.
 *
 * Called by: filters/view.c for each question and answer; the keeper.
 * Always holds: a word that is all zero is of a list that nobody has looked
 * at. What is not believed is never more than unknown, so it refuses nobody;
 * for an hour it holds back what counts against a client, then it counts as
 * a list without codes (bounds.c).
 *
 * The word: state in the highest eight bits, then the usual share as
 * BASELINE_NONE less it, so that 0 is none; below, the second of `since`,
 * rounded up: what came before it is never taken for later.
 */
#include "policy/belief.h"

#define SINCE_BITS   48
#define RUN_LEAST    6
#define RUN_MOST     64
#define RUN_UNKNOWN  12         /* without a baseline                       */
#define USUAL_MOST   225        /* 0.9                                      */
#define BY_CHANCE    1e-5

static const struct {
	const char *word;
	unsigned    rank;
} states[HS_COUNT] = {
	[HS_UNPROBED] = { "unprobed", 2 }, [HS_OK] = { "ok", 0 },
	[HS_SLOW] = { "slow", 1 }, [HS_SUSPECT] = { "suspect", 1 },
	[HS_REFUSED] = { "refused", 2 }, [HS_BLIND] = { "blind", 2 },
	[HS_OFF] = { "off", 2 }, [HS_WRONG_USE] = { "wrong-use", 2 },
	[HS_QUOTA] = { "quota", 2 }, [HS_DEAD] = { "dead", 2 },
};

const char *
belief_word(enum health_state state)
{
	must((unsigned)state < HS_COUNT);
	return states[state].word;
}

unsigned
belief_rank(enum health_state state)
{
	must((unsigned)state < HS_COUNT);
	return states[state].rank;
}

/* --- the word ------------------------------------------------------------ */

uint64_t
belief_pack(struct health_sign s)
{
	uint64_t second = (uint64_t)((s.since + SEC - 1) / SEC);

	must((unsigned)s.state < HS_COUNT && s.since >= 0);
	return (uint64_t)s.state << (SINCE_BITS + 8) |
	    (uint64_t)(uint8_t)(BASELINE_NONE - s.baseline) << SINCE_BITS |
	    second;
}

/* Another build's board is not mapped, so a state of no name is a mistake of
 * ours. */
struct health_sign
belief_unpack(uint64_t word)
{
	uint64_t state = word >> (SINCE_BITS + 8);
	uint64_t second = word & ((UINT64_C(1) << SINCE_BITS) - 1);

	must(state < HS_COUNT);
	return (struct health_sign){ .state = (enum health_state)state,
	    .baseline = (uint8_t)(BASELINE_NONE - (word >> SINCE_BITS & 0xff)),
	    .since = (usec_t)second * SEC };
}

/* A keeper that is away shortens no doubt that began before. */
static struct health_sign
sign_now(uint64_t word, usec_t renewed, usec_t now)
{
	struct health_sign s = belief_unpack(word);
	usec_t stale = renewed + BELIEF_STALE;

	if (renewed != 0 && now < stale)
		return s;
	if (belief_rank(s.state) < 2)
		s.since = stale;
	s.state = HS_UNPROBED;
	return s;
}

struct belief
belief_of(uint64_t word, usec_t renewed, usec_t now)
{
	struct health_sign s = sign_now(word, renewed, now);

	if (belief_rank(s.state) == 2)
		return (struct belief){ .why = renewed != 0 && s.since != 0 &&
		    now - s.since >= BELIEF_DOUBT ? WHY_GONE : WHY_HEALTH };
	if (s.state == HS_SUSPECT)
		return (struct belief){ .is_asked = true,
		    .why = WHY_SUSPECT, .since = s.since };
	return (struct belief){ .is_asked = true, .in_hits = true,
	    .since = s.since };
}

/* --- suspicion ----------------------------------------------------------- */

/* The shortest run of hits that a share makes by chance as seldom as that,
 * whether it is long enough or not. */
static unsigned
run_of(uint8_t baseline)
{
	double chance = 1;
	unsigned n = 0;

	if (baseline == BASELINE_NONE)
		return RUN_UNKNOWN;
	while (n < RUN_MOST && chance > BY_CHANCE) {
		chance *= baseline / 250.0;
		n++;
	}
	return n;
}

bool
belief_is_jump(uint64_t last, uint8_t baseline)
{
	uint64_t least = (UINT64_C(1) << RUN_LEAST) - 1, run;

	if ((last & least) != least || baseline == BASELINE_QUIET ||
	    (baseline > USUAL_MOST && baseline != BASELINE_NONE))
		return false;
	run = UINT64_MAX >> (64 - run_of(baseline));
	return (last & run) == run;
}

uint64_t
belief_suspect(uint64_t word)
{
	struct health_sign s = belief_unpack(word);

	if ((s.state != HS_OK && s.state != HS_SLOW) ||
	    s.baseline == BASELINE_QUIET)
		return word;
	s.state = HS_SUSPECT;
	return belief_pack(s);
}

unsigned
belief_ring(bool is_bad, enum list_kind kind)
{
	return (is_bad ? LK_COUNT : 0) + (unsigned)kind;
}
