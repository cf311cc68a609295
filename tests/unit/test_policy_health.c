/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine of a list's health, one line of the drawing after the other, and
 * each "never" of health.h.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/check.h"

#include "policy/health.h"

#define START (1000 * SEC)

struct lab {
	struct list   list;
	struct health health;
	uint64_t      totals[LS_COUNT];
	uint64_t      asked;
	usec_t        clock;
	bool          is_told;
};

static void
lab_open(struct lab *lab)
{
	static const int64_t kept[BOARD_KEPT];

	*lab = (struct lab){ .clock = START };
	lab->list = (struct list){ .name = STR("zen"), .op = STR("spamhaus"),
	    .zone = STR("zen.test"), .has_ip4 = true };
	health_open(&lab->health, 0, 0, kept, START);
}

/* ------------------------------------------------------------------------
 * Rounds as texts: a letter for must, must-not and random.
 */

static const struct {
	char       letter;
	enum heard heard;
	uint8_t    answer[4];
} letters[] = {
	{ 'L', HEARD_LISTED, { 127, 0, 0, 2 } },
	{ 'n', HEARD_CLEAN, { 0 } },
	{ 's', HEARD_STRANGE, { 127, 0, 0, 77 } },
	{ 'r', HEARD_ERROR, { 127, 255, 255, 254 } },
	{ 'q', HEARD_ERROR, { 127, 255, 255, 255 } },
	{ 'w', HEARD_ERROR, { 127, 255, 255, 252 } },
	{ 'f', HEARD_FOREIGN, { 203, 0, 113, 9 } },
	{ 't', HEARD_TROUBLE, { 0 } },
};

/* "Lnn", "tn-", "Lnn c8/2 n8/0 ttl300" */
static struct health_round
round_of(const char *text)
{
	struct health_round r = { .took = 30 * MSEC };
	const char *at;
	size_t i, k;

	for (i = 0; i < PT_FIXED; i++) {
		for (k = 0; k < COUNT(letters); k++)
			if (letters[k].letter == text[i])
				break;
		if (k == COUNT(letters)) {
			assert_int_equal(text[i], '-');
			continue;
		}
		r.is_asked[i] = true;
		r.heard[i] = letters[k].heard;
		r.answer[i] = ip_v4(letters[k].answer[0], letters[k].answer[1],
		    letters[k].answer[2], letters[k].answer[3]);
	}
	at = strstr(text, " c");
	if (at != NULL)
		assert_int_equal(sscanf(at, " c%u/%u", &r.controls,
		    &r.controls_listed), 2);
	at = strstr(text, " n");
	if (at != NULL)
		assert_int_equal(sscanf(at, " n%u/%u", &r.neighbours,
		    &r.neighbours_listed), 2);
	at = strstr(text, "ttl");
	if (at != NULL)
		assert_int_equal(sscanf(at, "ttl%u", &r.ttl), 1);
	return r;
}

/* In: round NULL: none; word: what stands on the board, 0: what the keeper
 * has written. */
static void
lab_step(struct lab *lab, usec_t after, const char *round, uint64_t word)
{
	struct health_round r = round_of(round == NULL ? "---" : round);
	struct sight s = { .word = word, .totals = lab->totals,
	    .asked = lab->asked, .round = round == NULL ? NULL : &r,
	    .deadline = 2 * SEC };

	if (word == 0)
		s.word = belief_pack(lab->health.sign);
	lab->clock += after;
	lab->is_told = health_step(&lab->health, &lab->list, &s, lab->clock);
	if (round != NULL)
		lab->health.next = health_next(&lab->health, lab->clock, 0);
}

/* What clients heard: "h" hits, "m" misses, "e" errors, "t" troubles, each
 * with its number. */
static void
lab_hear(struct lab *lab, const char *text)
{
	static const struct { char letter; enum list_count count; } rows[] = {
		{ 'h', LS_LISTED }, { 'm', LS_CLEAN }, { 'e', LS_ERROR },
		{ 't', LS_TROUBLE } };
	unsigned long n;
	char *end;
	size_t i;

	while (*text != '\0') {
		for (i = 0; rows[i].letter != *text; i++)
			assert_true(i + 1 < COUNT(rows));
		n = strtoul(text + 1, &end, 10);
		lab->totals[rows[i].count] += n;
		if (rows[i].count != LS_TROUBLE)
			lab->totals[LS_TOOK + 2] += n;
		text = end + (*end == ' ');
	}
}

/* ------------------------------------------------------------------------
 * Stories.
 */

struct step {
	unsigned          after;      /* seconds                            */
	const char       *round;      /* NULL: none                         */
	const char       *heard;      /* by clients; NULL: nothing          */
	bool              is_jump;    /* a gate has made it suspect         */
	enum health_state state;
	enum health_why   why;
	bool              is_told;
	int               next;       /* seconds until the next round, with
	                                 the shortest jitter; -1: the same  */
};

struct story {
	const char *name;
	struct step steps[9];         /* ended by after 0 and state 0       */
};

#define R(after, round, state, why, told, next) \
	{ after, round, NULL, false, state, why, told, next }
#define UP(after, round) \
	{ after, round, NULL, false, HS_OK, HW_POINTS, false, 45 }

static const struct story stories[] = {
	/* catalogue 94 to 97, and the drawing */
	{ "a fresh list is believed after its first round", {
	  UP(1, "Lnn") } },
	{ "a list without points for this kind", { UP(1, "--n") } },
	{ "refused from the start", {
	  R(1, "rnn", HS_REFUSED, HW_ERROR, true, 3),
	  R(5, "Lnn", HS_OK, HW_POINTS, true, 45) } },
	{ "too many questions is a refusal too: quota is our own count", {
	  UP(1, "Lnn"), R(60, "qqq", HS_REFUSED, HW_ERROR, true, 3) } },
	{ "wrong use", {
	  R(1, "www", HS_WRONG_USE, HW_ERROR, true, 3),
	  R(5, "Lnn", HS_OK, HW_POINTS, true, 45) } },
	{ "an error counts before what else is wrong", {
	  R(1, "rLL", HS_REFUSED, HW_ERROR, true, 3) } },
	{ "blind: the must-list point is not there", {
	  UP(1, "Lnn"), R(60, "nnn", HS_BLIND, HW_MUST, true, 3),
	  R(5, "Lnn", HS_OK, HW_POINTS, true, 45) } },
	{ "without such a point never blind", {
	  UP(1, "-nn"), UP(60, "-nn") } },
	{ "must-not is listed", {
	  UP(1, "Lnn"), R(60, "LLn", HS_OFF, HW_MUST_NOT, true, 3) } },
	{ "a random one is listed", {
	  UP(1, "Lnn"), R(60, "LnL", HS_OFF, HW_RANDOM, true, 3) } },
	{ "a random one gives a strange answer", {
	  UP(1, "Lnn"), R(60, "Lns", HS_OFF, HW_RANDOM, true, 3) } },
	{ "a parked zone", {
	  UP(1, "Lnn"), R(60, "fff", HS_OFF, HW_FOREIGN, true, 3) } },
	{ "parked, and the must-not point lies in a cache", {
	  UP(1, "Lnn"), R(60, "fnf", HS_OFF, HW_FOREIGN, true, 3) } },
	{ "a strange answer at the must point is an answer", {
	  UP(1, "snn") } },

	/* one time-out trips nothing */
	{ "silent points beside one that answers change nothing", {
	  UP(1, "Lnn"), R(60, "tnn", HS_OK, HW_POINTS, false, 3),
	  R(5, "Ltt", HS_OK, HW_POINTS, false, 3) } },
	{ "two silent rounds change nothing", {
	  UP(1, "Lnn"), R(60, "ttt", HS_OK, HW_POINTS, false, 3),
	  R(5, "ttt", HS_OK, HW_POINTS, false, 3),
	  R(5, "Lnn", HS_OK, HW_POINTS, false, 45),
	  R(60, "ttt", HS_OK, HW_POINTS, false, 3),
	  R(5, "ttt", HS_OK, HW_POINTS, false, 3) } },
	{ "three are the end, and one good one is the way back", {
	  UP(1, "Lnn"), R(60, "ttt", HS_OK, HW_POINTS, false, 3),
	  R(5, "ttt", HS_OK, HW_POINTS, false, 3),
	  R(5, "ttt", HS_DEAD, HW_SILENT, true, 3),
	  R(5, "tnn", HS_DEAD, HW_SILENT, false, 3),
	  R(5, "Lnn", HS_OK, HW_POINTS, true, 45) } },
	{ "not while clients get answers", {
	  UP(1, "Lnn"), R(60, "ttt", HS_OK, HW_POINTS, false, 3),
	  R(5, "ttt", HS_OK, HW_POINTS, false, 3),
	  { 5, "ttt", "m1", false, HS_OK, HW_POINTS, false, 3 },
	  R(5, "ttt", HS_OK, HW_POINTS, false, 3),
	  R(5, "ttt", HS_DEAD, HW_SILENT, true, 3) } },
	{ "silence that was broken by an error begins anew", {
	  UP(1, "Lnn"), R(60, "ttt", HS_OK, HW_POINTS, false, 3),
	  R(5, "ttt", HS_OK, HW_POINTS, false, 3),
	  R(5, "rtt", HS_REFUSED, HW_ERROR, true, 3),
	  R(5, "ttt", HS_REFUSED, HW_ERROR, false, 3),
	  R(5, "ttt", HS_REFUSED, HW_ERROR, false, 3),
	  R(5, "ttt", HS_DEAD, HW_SILENT, true, 3) } },
	{ "what was never well is not dead; it is told once", {
	  R(1, "ttt", HS_UNPROBED, HW_NONE, false, 3),
	  R(5, "ttt", HS_UNPROBED, HW_NONE, false, 3),
	  R(5, "ttt", HS_UNPROBED, HW_SILENT, true, 3),
	  R(5, "ttt", HS_UNPROBED, HW_SILENT, false, 3),
	  R(60, "ttt", HS_UNPROBED, HW_SILENT, false, 45),
	  R(60, "Lnn", HS_OK, HW_POINTS, false, 45) } },
	{ "half a first round is no good round", {
	  R(1, "tnn", HS_UNPROBED, HW_NONE, false, 3), UP(5, "Lnn") } },

	/* trouble of clients */
	{ "a live error brings a round at once", {
	  UP(1, "Lnn"),
	  { 20, NULL, "e1", false, HS_OK, HW_POINTS, false, 0 },
	  R(1, "rnn", HS_REFUSED, HW_ERROR, true, 3) } },
	{ "but not within five seconds of the last", {
	  UP(1, "Lnn"),
	  { 2, NULL, "e1", false, HS_OK, HW_POINTS, false, 3 },
	  { 2, NULL, "e1", false, HS_OK, HW_POINTS, false, 1 } } },
	{ "most of ten answers missing", {
	  UP(1, "Lnn"),
	  { 20, NULL, "m4 t6", false, HS_OK, HW_POINTS, false, 0 } } },
	{ "ten in a row, however slowly", {
	  UP(1, "Lnn"),
	  { 20, NULL, "t5", false, HS_OK, HW_POINTS, false, -1 },
	  { 5, NULL, "t5", false, HS_OK, HW_POINTS, false, 0 } } },
	{ "nine are too few, and half is not most", {
	  UP(1, "Lnn"),
	  { 20, NULL, "t9", false, HS_OK, HW_POINTS, false, -1 },
	  { 5, NULL, "m10 t10", false, HS_OK, HW_POINTS, false, -1 } } },

	/* suspicion */
	{ "a jump: a round at once; sane", {
	  UP(1, "Lnn"),
	  { 30, NULL, NULL, true, HS_SUSPECT, HW_JUMP, true, 0 },
	  R(1, "Lnn c8/0 n8/0", HS_OK, HW_POINTS, true, 45) } },
	{ "one control may be listed", {
	  UP(1, "Lnn"),
	  { 30, NULL, NULL, true, HS_SUSPECT, HW_JUMP, true, 0 },
	  R(1, "Lnn c8/1 n8/1", HS_OK, HW_POINTS, true, 45) } },
	{ "two may not", {
	  UP(1, "Lnn"),
	  { 30, NULL, NULL, true, HS_SUSPECT, HW_JUMP, true, 0 },
	  R(1, "Lnn c8/2 n8/0", HS_OFF, HW_CONTROLS, true, 3) } },
	{ "neighbours: fewer than half", {
	  UP(1, "Lnn"),
	  { 30, NULL, NULL, true, HS_SUSPECT, HW_JUMP, true, 0 },
	  R(1, "Lnn c8/0 n8/3", HS_OK, HW_POINTS, true, 45) } },
	{ "half", {
	  UP(1, "Lnn"),
	  { 30, NULL, NULL, true, HS_SUSPECT, HW_JUMP, true, 0 },
	  R(1, "Lnn c8/0 n8/4", HS_OFF, HW_CONTROLS, true, 3) } },
	{ "the only one", {
	  UP(1, "Lnn"),
	  { 30, NULL, NULL, true, HS_SUSPECT, HW_JUMP, true, 0 },
	  R(1, "Lnn c1/1 n1/1", HS_OK, HW_POINTS, true, 45) } },
	{ "it names everybody", {
	  UP(1, "Lnn"),
	  { 30, NULL, NULL, true, HS_SUSPECT, HW_JUMP, true, 0 },
	  R(1, "LnL", HS_OFF, HW_RANDOM, true, 3) } },
	{ "what lies in the resolver's cache does not hide that it is dead", {
	  UP(1, "Lnn"),
	  R(60, "Lnt", HS_OK, HW_POINTS, false, 3),
	  R(5, "Lnt", HS_OK, HW_POINTS, false, 3),
	  R(5, "tnt", HS_DEAD, HW_SILENT, true, 3) } },
	{ "suspect and silent: not believed, and dead in the end", {
	  UP(1, "Lnn"),
	  { 30, NULL, NULL, true, HS_SUSPECT, HW_JUMP, true, 0 },
	  R(1, "ttt", HS_SUSPECT, HW_JUMP, false, 3),
	  R(5, "Ltn", HS_SUSPECT, HW_JUMP, false, 3),
	  R(5, "ttt", HS_SUSPECT, HW_JUMP, false, 3),
	  R(5, "ttt", HS_DEAD, HW_SILENT, true, 3) } },
	{ "a refusal clears nobody of a suspicion, nor does silence", {
	  UP(1, "Lnn"),
	  { 30, NULL, NULL, true, HS_SUSPECT, HW_JUMP, true, 0 },
	  R(1, "rnn", HS_REFUSED, HW_ERROR, true, 3),
	  R(5, "Lnn", HS_REFUSED, HW_ERROR, false, 3),
	  R(5, "Lnn c8/2", HS_OFF, HW_CONTROLS, true, 3),
	  R(5, "Lnn", HS_OFF, HW_CONTROLS, false, 3),
	  R(5, "Lnn c8/0", HS_OK, HW_POINTS, true, 45) } },
	{ "what is out is not suspected", {
	  R(1, "rnn", HS_REFUSED, HW_ERROR, true, 3),
	  { 30, NULL, NULL, true, HS_REFUSED, HW_ERROR, false, -1 } } },

	/* off, and back */
	{ "off for the time of its bad answer, then two good rounds", {
	  UP(1, "Lnn"),
	  R(60, "LnL ttl30", HS_OFF, HW_RANDOM, true, 3),
	  R(5, "Lnn", HS_OFF, HW_RANDOM, false, 3),
	  R(5, "Lnn", HS_OFF, HW_RANDOM, false, 3),
	  R(19, "Lnn", HS_OFF, HW_RANDOM, false, 3),
	  R(1, "Lnn", HS_OK, HW_POINTS, true, 45) } },
	{ "one good round is not enough", {
	  UP(1, "Lnn"),
	  R(60, "LnL ttl1", HS_OFF, HW_RANDOM, true, 3),
	  R(5, "Lnn", HS_OFF, HW_RANDOM, false, 3),
	  R(5, "LnL", HS_OFF, HW_RANDOM, false, 3),
	  R(5, "Lnn", HS_OFF, HW_RANDOM, false, 3),
	  R(5, "Lnn", HS_OK, HW_POINTS, true, 45) } },
	{ "controls speak before it comes back", {
	  UP(1, "Lnn"),
	  R(60, "LnL ttl1", HS_OFF, HW_RANDOM, true, 3),
	  R(5, "Lnn", HS_OFF, HW_RANDOM, false, 3),
	  R(5, "Lnn c8/3", HS_OFF, HW_CONTROLS, false, 3) } },
	{ "an hour is the longest", {
	  UP(1, "Lnn"),
	  R(60, "LnL ttl86400", HS_OFF, HW_RANDOM, true, 3),
	  R(3590, "Lnn", HS_OFF, HW_RANDOM, false, 45),
	  R(9, "Lnn", HS_OFF, HW_RANDOM, false, 3),
	  R(1, "Lnn", HS_OK, HW_POINTS, true, 45) } },
	{ "silence is no way round that", {
	  UP(1, "Lnn"),
	  R(60, "LnL ttl600", HS_OFF, HW_RANDOM, true, 3),
	  R(5, "ttt", HS_OFF, HW_RANDOM, false, 3),
	  R(5, "ttt", HS_OFF, HW_RANDOM, false, 3),
	  R(5, "ttt", HS_OFF, HW_RANDOM, false, 3),
	  R(5, "Lnn", HS_OFF, HW_RANDOM, false, 3) } },
	{ "nor is a refusal", {
	  UP(1, "Lnn"),
	  R(60, "LnL ttl600", HS_OFF, HW_RANDOM, true, 3),
	  R(5, "rrr", HS_REFUSED, HW_ERROR, true, 3),
	  R(5, "Lnn", HS_REFUSED, HW_ERROR, false, 3),
	  R(595, "Lnn", HS_OK, HW_POINTS, true, 45) } },
	{ "a refusal spares it no controls", {
	  UP(1, "Lnn"),
	  R(60, "LnL ttl1", HS_OFF, HW_RANDOM, true, 3),
	  R(5, "rrr", HS_REFUSED, HW_ERROR, true, 3),
	  R(5, "Lnn", HS_REFUSED, HW_ERROR, false, 3),
	  R(5, "Lnn c8/3", HS_OFF, HW_CONTROLS, true, 3),
	  R(5, "Lnn", HS_OFF, HW_CONTROLS, false, 3),
	  R(5, "Lnn c8/0", HS_OK, HW_POINTS, true, 45),
	  UP(60, "Lnn") } },
};

static void
story_runs(const struct story *story)
{
	const struct step *s;
	uint64_t suspect = belief_pack((struct health_sign){
	    HS_SUSPECT, BASELINE_NONE, START });
	struct lab lab;
	usec_t next;
	size_t i;

	lab_open(&lab);
	for (i = 0; story->steps[i].after > 0; i++) {
		s = &story->steps[i];
		if (s->heard != NULL)
			lab_hear(&lab, s->heard);
		next = lab.health.next;
		lab_step(&lab, s->after * SEC, s->round,
		    s->is_jump ? suspect : 0);
		CHECK(lab.health.sign.state == s->state &&
		    lab.health.why == s->why && lab.is_told == s->is_told,
		    "%s, step %zu: %s %s%s", story->name, i + 1,
		    belief_word(lab.health.sign.state),
		    health_why_word(lab.health.why),
		    lab.is_told ? " told" : "");
		if (s->next >= 0)
			next = lab.clock + s->next * SEC;
		CHECK(lab.health.next / SEC == next / SEC,
		    "%s, step %zu: next in %lld", story->name, i + 1,
		    (long long)((lab.health.next - lab.clock) / SEC));
	}
}

static void
all_stories(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(stories); i++)
		story_runs(&stories[i]);
}

/* ------------------------------------------------------------------------
 * Moments.
 */

static void
since_is_when_belief_changed(void **state)
{
	struct lab lab;
	usec_t up, down;

	(void)state;
	lab_open(&lab);
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.sign.since, 0);
	assert_true(belief_pack(lab.health.sign) == 0); /* nobody looked */
	lab_step(&lab, SEC, "ttt", 0);
	up = lab.clock;
	assert_int_equal(lab.health.sign.since, up);
	assert_true(belief_pack(lab.health.sign) != 0);
	lab_step(&lab, SEC, "rnn", 0);
	assert_int_equal(lab.health.sign.since, up);    /* the same doubt */
	lab_step(&lab, SEC, "Lnn", 0);
	up = lab.clock;
	assert_int_equal(lab.health.sign.since, up);
	lab_step(&lab, SEC, NULL, belief_suspect(belief_pack(
	    lab.health.sign)));
	assert_int_equal(lab.health.sign.state, HS_SUSPECT);
	assert_int_equal(lab.health.sign.since, up);    /* still believed */
	lab_step(&lab, SEC, "LLn", 0);
	down = lab.clock;
	assert_int_equal(lab.health.sign.since, down);
	lab_step(&lab, SEC, "rnn", 0);
	assert_int_equal(lab.health.sign.since, down);
}

/* Ten minutes, and no longer; the gates read it off the baseline. */
static void
a_sane_list_is_left_alone(void **state)
{
	uint64_t suspect;
	struct lab lab;

	(void)state;
	lab_open(&lab);
	lab_step(&lab, SEC, "Lnn", 0);
	suspect = belief_suspect(belief_pack(lab.health.sign));
	lab_step(&lab, SEC, NULL, suspect);
	assert_true(health_wants_controls(&lab.health));
	lab_step(&lab, SEC, "Lnn c8/0", suspect);
	assert_int_equal(lab.health.sign.state, HS_OK);
	assert_int_equal(lab.health.sign.baseline, BASELINE_QUIET);
	lab_step(&lab, 599 * SEC, NULL, suspect);
	assert_int_equal(lab.health.sign.state, HS_OK);
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.sign.baseline, BASELINE_NONE);
	lab_step(&lab, SEC, NULL, suspect);
	assert_int_equal(lab.health.sign.state, HS_SUSPECT);
}

/* It asked no controls, so it clears nobody. */
static void
a_round_from_before_the_suspicion(void **state)
{
	struct lab lab;
	usec_t suspected;

	(void)state;
	lab_open(&lab);
	lab_step(&lab, SEC, "Lnn", 0);
	lab_step(&lab, 30 * SEC, NULL, belief_suspect(belief_pack(
	    lab.health.sign)));
	suspected = lab.clock;
	lab_step(&lab, 10 * MSEC, "Lnn", 0);    /* took 30 ms */
	assert_int_equal(lab.health.sign.state, HS_SUSPECT);
	assert_int_equal(lab.health.next, lab.clock);   /* again, at once */
	lab_step(&lab, 30 * MSEC, "Lnn c8/0", 0);
	assert_int_equal(lab.health.sign.state, HS_OK);
	assert_int_equal(lab.health.changed, suspected + 40 * MSEC);
}

static void
controls_are_asked_when_they_matter(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab);
	assert_false(health_wants_controls(&lab.health));
	lab_step(&lab, SEC, "Lnn", 0);
	assert_false(health_wants_controls(&lab.health));
	lab_step(&lab, SEC, "LnL ttl1", 0);
	assert_false(health_wants_controls(&lab.health));
	lab_step(&lab, 5 * SEC, "Lnn", 0);
	assert_true(health_wants_controls(&lab.health));
}

/* An hour of 60 s after a minute of 5 s, then five minutes; all with jitter
 * of a quarter. */
static void
rounds_become_rarer_while_it_is_bad(void **state)
{
	static const struct { unsigned age, least, most; } rows[] = {
		{ 0, 3, 7 }, { 30, 3, 7 }, { 61, 45, 75 }, { 3000, 45, 75 },
		{ 3601, 225, 375 }, { 90000, 225, 375 } };
	usec_t begin, low, high, next;
	struct lab lab;
	uint64_t draw;
	size_t i;

	(void)state;
	lab_open(&lab);
	lab_step(&lab, SEC, "rnn", 0);
	begin = lab.clock;
	for (i = 0; i < COUNT(rows); i++) {
		lab.clock = begin + rows[i].age * SEC;
		low = USEC_NEVER;
		high = 0;
		for (draw = 1; draw != 0; draw = draw * 3 % 1000000007) {
			next = health_next(&lab.health, lab.clock, draw *
			    7919) - lab.clock;
			low = next < low ? next : low;
			high = next > high ? next : high;
			if (draw > 999990000)
				break;
		}
		CHECK(low >= rows[i].least * SEC && low < high &&
		    high <= (rows[i].most + 1) * SEC, "after %u: %lld-%lld",
		    rows[i].age, (long long)low, (long long)high);
	}
}

/* ------------------------------------------------------------------------
 * Shares.
 */

static void
baseline_is_learned(void **state)
{
	struct lab lab;
	unsigned i;

	(void)state;
	lab_open(&lab);
	lab.totals[LS_LISTED] = 5000;   /* before we looked: not ours */
	lab_step(&lab, SEC, "Lnn", 0);
	lab_hear(&lab, "h10 m189");
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.sign.baseline, BASELINE_NONE);
	lab_hear(&lab, "m1");
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.sign.baseline, 12);         /* 5.0 % */
	/* one answer at a time drifts nowhere */
	for (i = 0; i < 20000; i++) {
		lab_hear(&lab, i % 20 == 0 ? "h1" : "m1");
		lab_step(&lab, SEC, NULL, 0);
	}
	assert_in_range(lab.health.sign.baseline, 12, 13);
	/* what changes for days becomes usual */
	for (i = 0; i < 3 * 288; i++) {
		lab_hear(&lab, "h150 m150");
		lab_step(&lab, 300 * SEC, NULL, 0);
	}
	assert_in_range(lab.health.sign.baseline, 115, 125);
}

static void
nothing_is_learned_from_a_suspect(void **state)
{
	struct lab lab;
	uint64_t learned;

	(void)state;
	lab_open(&lab);
	lab_step(&lab, SEC, "Lnn", 0);
	lab_hear(&lab, "h10 m190");
	lab_step(&lab, SEC, NULL, 0);
	learned = lab.health.learned;
	lab_hear(&lab, "h500");
	lab_step(&lab, SEC, NULL, belief_suspect(belief_pack(
	    lab.health.sign)));
	lab_hear(&lab, "h500");
	lab_step(&lab, SEC, "LnL", 0);
	lab_hear(&lab, "h500");
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.sign.state, HS_OFF);
	assert_int_equal(lab.health.learned, learned);
	assert_int_equal(lab.health.sign.baseline, 12);
}

/* A reader who looks while a row leaves sees less for a moment. */
static void
totals_that_fall_count_once(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab);
	lab_hear(&lab, "h100 m100");
	lab_step(&lab, SEC, "Lnn", 0);
	lab_hear(&lab, "h100 m100");
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.learned, 200);
	lab.totals[LS_LISTED] = lab.totals[LS_CLEAN] = 50;
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.learned, 200);
	assert_int_equal(lab.health.learned_hits, 100);
	lab.totals[LS_LISTED] = lab.totals[LS_CLEAN] = 201;
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.learned, 202);
}

struct slow_row {
	const char       *why, *heard;
	unsigned          late;        /* answers that took over 4 s         */
	enum health_state from, to;
	enum health_why   reason;
};

static const struct slow_row slows[] = {
	{ "all is well", "m100", 0, HS_OK, HS_OK, HW_POINTS },
	{ "5 %", "m95 t5", 0, HS_OK, HS_OK, HW_POINTS },
	{ "more", "m94 t6", 0, HS_OK, HS_SLOW, HW_UNKNOWN_SHARE },
	{ "errors are missing too", "m94 e6", 0, HS_OK, HS_SLOW,
	  HW_UNKNOWN_SHARE },
	{ "too few answers to say it", "m10 t9", 0, HS_OK, HS_OK, HW_POINTS },
	{ "it stays so above 2 %", "m97 t3", 0, HS_SLOW, HS_SLOW,
	  HW_UNKNOWN_SHARE },
	{ "below it does not", "m990 t10", 0, HS_SLOW, HS_OK, HW_POINTS },
	{ "answers at the deadline", "m100", 2, HS_OK, HS_SLOW, HW_LATE },
	{ "one of two hundred is not 1 %", "m199", 1, HS_OK, HS_OK,
	  HW_POINTS },
};

static void
slow_rows(void **state)
{
	const struct slow_row *r;
	struct lab lab;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(slows); i++) {
		r = &slows[i];
		lab_open(&lab);
		lab_step(&lab, SEC, "Lnn", 0);
		if (r->from == HS_SLOW) {
			lab_hear(&lab, "m50 t50");
			lab_step(&lab, 300 * SEC, NULL, 0);
			assert_int_equal(lab.health.sign.state, HS_SLOW);
			assert_true(lab.is_told);
		}
		lab_hear(&lab, r->heard);
		lab.totals[LS_CLEAN] += r->late;
		lab.totals[LS_TOOK + 10] += r->late;
		lab_step(&lab, 299 * SEC, NULL, 0);
		CHECK(lab.health.sign.state == r->from, "%s: too soon",
		    r->why);
		lab_step(&lab, SEC, NULL, 0);
		CHECK(lab.health.sign.state == r->to &&
		    lab.health.why == r->reason &&
		    lab.is_told == (r->from != r->to), "%s: %s %s", r->why,
		    belief_word(lab.health.sign.state),
		    health_why_word(lab.health.why));
		CHECK(belief_rank(lab.health.sign.state) < 2, "%s", r->why);
	}
}

static void
percentiles(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab);
	lab_step(&lab, SEC, "Lnn", 0);
	lab.totals[LS_CLEAN] = 100;
	lab.totals[LS_TOOK] = 50;               /* under 8 ms               */
	lab.totals[LS_TOOK + 1] = 49;           /* under 16                 */
	lab.totals[LS_TOOK + LS_STEPS - 1] = 1; /* over 8 s                 */
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.p50, 8 * MSEC);
	assert_int_equal(lab.health.p99, 16 * MSEC);
	assert_int_equal(lab.health.hits, 0);
}

/* ------------------------------------------------------------------------
 * Limit.
 */

static void
quota_is_our_own_count(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab);
	lab.list.limit = 1000;
	lab.list.limit_span = 86400 * SEC;
	lab.asked = 77777;              /* in other spans, by others        */
	lab_step(&lab, SEC, "Lnn", 0);
	assert_int_equal(lab.health.sign.state, HS_OK);
	lab.asked += 799;
	lab_step(&lab, SEC, NULL, 0);
	assert_false(lab.is_told);
	lab.asked += 1;
	lab_step(&lab, SEC, NULL, 0);
	assert_true(lab.is_told);       /* once, at 80 % */
	assert_int_equal(lab.health.sign.state, HS_OK);
	assert_int_equal(lab.health.why, HW_LIMIT);
	lab.asked += 199;
	lab_step(&lab, SEC, "Lnn", 0);
	assert_false(lab.is_told);
	assert_int_equal(lab.health.why, HW_LIMIT);
	lab.asked += 1;
	lab_step(&lab, SEC, NULL, 0);
	assert_true(lab.is_told);
	assert_int_equal(lab.health.sign.state, HS_QUOTA);
	/* no round until the span is over, and none counts */
	assert_int_equal(health_next(&lab.health, lab.clock, 0),
	    START + SEC + 86400 * SEC);
	lab_step(&lab, SEC, "Lnn", 0);
	assert_int_equal(lab.health.sign.state, HS_QUOTA);
	lab.clock = START + 86400 * SEC;
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.sign.state, HS_QUOTA);
	/* one time-out is not another day */
	lab_step(&lab, SEC, "ttt", 0);
	assert_int_equal(lab.health.sign.state, HS_QUOTA);
	assert_true(lab.health.next <= lab.clock + 300 * SEC);
	lab_step(&lab, SEC, "ttt", 0);
	lab_step(&lab, SEC, "ttt", 0);
	assert_int_equal(lab.health.sign.state, HS_DEAD);
	lab_step(&lab, SEC, "Lnn", 0);
	assert_int_equal(lab.health.sign.state, HS_OK);
	assert_int_equal(lab.health.why, HW_POINTS);
	assert_true(lab.is_told);
}

/* ------------------------------------------------------------------------
 * Keepers that follow each other.
 */

static void
the_next_keeper_goes_on(void **state)
{
	int64_t kept[BOARD_KEPT];
	struct lab lab;
	struct health next;
	uint64_t word;

	(void)state;
	lab_open(&lab);
	lab.list.limit = 1000;
	lab.list.limit_span = 86400 * SEC;
	lab_step(&lab, SEC, "Lnn", 0);
	lab_hear(&lab, "h10 m190");
	lab.asked = 850;
	lab_step(&lab, SEC, NULL, 0);
	word = belief_pack(lab.health.sign);
	health_keep(&lab.health, kept);
	health_open(&next, word, lab.clock, kept, lab.clock + 2 * SEC);
	assert_int_equal(next.sign.state, HS_OK);
	assert_int_equal(next.sign.baseline, 12);
	assert_int_equal(next.learned, 200);
	assert_int_equal(next.baseline, lab.health.baseline);
	assert_int_equal(next.quota_from, lab.health.quota_from);
	assert_int_equal(next.next, lab.clock + 2 * SEC);
	assert_int_equal(next.looked, 0);
	/* the warning is not given twice, nor is the count lost */
	lab.health = next;
	lab_step(&lab, 2 * SEC, "Lnn", 0);
	assert_false(lab.is_told);
	lab.asked = 1000;
	lab_step(&lab, SEC, NULL, 0);
	assert_int_equal(lab.health.sign.state, HS_QUOTA);
}

/* Nor is a list that was sane a moment ago suspected under the next one. */
static void
the_next_keeper_leaves_alone(void **state)
{
	int64_t kept[BOARD_KEPT];
	uint64_t word, suspect;
	struct lab lab;

	(void)state;
	lab_open(&lab);
	lab_step(&lab, SEC, "Lnn", 0);
	suspect = belief_suspect(belief_pack(lab.health.sign));
	lab_step(&lab, SEC, NULL, suspect);
	lab_step(&lab, SEC, "Lnn c8/0", suspect);
	word = belief_pack(lab.health.sign);
	health_keep(&lab.health, kept);
	health_open(&lab.health, word, lab.clock, kept, lab.clock);
	lab_step(&lab, 599 * SEC, "Lnn", suspect);
	assert_int_equal(lab.health.sign.state, HS_OK);
	assert_int_equal(lab.health.sign.baseline, BASELINE_QUIET);
	lab_step(&lab, SEC, NULL, suspect);
	assert_int_equal(lab.health.sign.state, HS_SUSPECT);
}

struct open_row {
	const char       *why;
	enum health_state state, opened;
	unsigned          age;        /* of the word, seconds               */
	unsigned          rounds;     /* good ones until it is believed     */
};

static const struct open_row opens[] = {
	{ "well", HS_OK, HS_OK, 119, 0 },
	{ "slow", HS_SLOW, HS_SLOW, 1, 0 },
	{ "suspect: still to be decided", HS_SUSPECT, HS_SUSPECT, 1, 1 },
	{ "refused", HS_REFUSED, HS_REFUSED, 1, 1 },
	{ "a word that has been stale", HS_OK, HS_UNPROBED, 120, 1 },
	{ "a bad one too", HS_DEAD, HS_UNPROBED, 120, 1 },
};

static void
open_rows(void **state)
{
	const struct open_row *r;
	int64_t kept[BOARD_KEPT] = { 0 };
	struct lab lab;
	uint64_t word;
	unsigned n;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(opens); i++) {
		r = &opens[i];
		lab_open(&lab);
		word = belief_pack((struct health_sign){ r->state,
		    BASELINE_NONE, 5 * SEC });
		lab.clock += r->age * SEC;
		health_open(&lab.health, word, START, kept, lab.clock);
		CHECK(lab.health.sign.state == r->opened, "%s: %s", r->why,
		    belief_word(lab.health.sign.state));
		for (n = 0; n < r->rounds; n++) {
			CHECK(lab.health.sign.state != HS_OK, "%s", r->why);
			lab_step(&lab, 5 * SEC, "Lnn", 0);
		}
		CHECK(belief_rank(lab.health.sign.state) < 2, "%s", r->why);
	}
}

/* Nobody knows for how long its answers are true: the longest there is. */
static void
off_outlives_its_keeper(void **state)
{
	int64_t kept[BOARD_KEPT] = { 0 };
	struct lab lab;
	unsigned age;

	(void)state;
	for (age = 1; age < 500; age += 498) {
		lab_open(&lab);
		lab.clock += age * SEC;
		health_open(&lab.health, belief_pack((struct health_sign){
		    HS_OFF, BASELINE_NONE, START }), START, kept, lab.clock);
		lab_step(&lab, 5 * SEC, "Lnn", 0);
		lab_step(&lab, 5 * SEC, "Lnn", 0);
		assert_int_equal(lab.health.sign.state, HS_OFF);
		lab.clock = START + 3600 * SEC;
		lab_step(&lab, 0, "Lnn", 0);
		assert_int_equal(lab.health.sign.state, HS_OK);
	}
}

/* ------------------------------------------------------------------------
 * Slots.
 */

static void
slots_of_lists(void **state)
{
	struct arena *arena = arena_new(0);
	struct board *b = board_new();
	struct list one = { .zone = STR("one.test"), .has_ip4 = true,
	    .has_ip6 = true, .number = 1 };
	struct list two = { .zone = STR("two.test"), .has_domain = true,
	    .number = 0 };
	struct list off = { .zone = STR("off.test"), .has_ip4 = true,
	    .is_off = true, .number = 2 };
	struct list *lists[] = { &two, &one, &off };
	unsigned *slots = health_slots(b, lists, 3, arena), *again;
	struct health_sign s = { HS_UNPROBED, BASELINE_NONE, 0 };

	(void)state;
	assert_int_equal(slots[0 * LK_COUNT + LK_IP4], BOARD_LISTS);
	assert_true(slots[0 * LK_COUNT + LK_DOMAIN] < BOARD_LISTS);
	assert_true(slots[1 * LK_COUNT + LK_IP4] !=
	    slots[1 * LK_COUNT + LK_IP6]);
	assert_int_equal(slots[2 * LK_COUNT + LK_IP4], BOARD_LISTS);
	again = health_slots(b, lists, 3, arena);
	assert_memory_equal(slots, again, 9 * sizeof *slots);

	assert_false(health_are_looked_at(b, slots, 3));
	board_list_take(b, slots[2], 0);
	board_list_take(b, slots[3], 0);
	board_list_take(b, slots[4], 0);
	s.since = SEC;
	board_list_write(b, slots[2], 0, belief_pack(s), SEC);
	board_list_write(b, slots[3], 0, belief_pack(s), SEC);
	s.since = 0;
	board_list_write(b, slots[4], 0, belief_pack(s), SEC);
	assert_false(health_are_looked_at(b, slots, 3));
	s.since = 1;
	board_list_write(b, slots[4], 0, belief_pack(s), SEC);
	assert_true(health_are_looked_at(b, slots, 3));
	assert_true(health_are_looked_at(b, slots, 0));
	board_free(&b);
	arena_free(&arena);
}

static void
what_is_heard_is_counted(void **state)
{
	static const struct { usec_t took; unsigned step; } steps[] = {
		{ 0, 0 }, { 8 * MSEC - 1, 0 }, { 8 * MSEC, 1 },
		{ 16 * MSEC, 2 }, { 100 * MSEC, 4 }, { 8191 * MSEC, 10 },
		{ 8192 * MSEC, 11 }, { 3600 * SEC, 11 } };
	struct board *b = board_new();
	unsigned slot = board_list(b, 7), row = board_enter(b);
	uint64_t before;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(steps); i++) {
		before = board_list_total(b, slot, (enum list_count)(LS_TOOK +
		    (int)steps[i].step));
		health_heard(b, row, slot, HEARD_CLEAN, steps[i].took);
		assert_int_equal(board_list_total(b, slot,
		    (enum list_count)(LS_TOOK + (int)steps[i].step)),
		    before + 1);
	}
	health_heard(b, row, slot, HEARD_LISTED, 0);
	health_heard(b, row, slot, HEARD_STRANGE, 0);
	health_heard(b, row, slot, HEARD_ERROR, 0);
	health_heard(b, row, slot, HEARD_FOREIGN, 0);
	health_heard(b, row, slot, HEARD_TROUBLE, 0);
	assert_int_equal(board_list_total(b, slot, LS_CLEAN), COUNT(steps));
	assert_int_equal(board_list_total(b, slot, LS_LISTED), 1);
	assert_int_equal(board_list_total(b, slot, LS_ERROR), 3);
	assert_int_equal(board_list_total(b, slot, LS_TROUBLE), 1);
	assert_int_equal(board_list_total(b, slot, LS_ASKED),
	    COUNT(steps) + 5);
	board_free(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_stories),
		cmocka_unit_test(since_is_when_belief_changed),
		cmocka_unit_test(a_sane_list_is_left_alone),
		cmocka_unit_test(a_round_from_before_the_suspicion),
		cmocka_unit_test(controls_are_asked_when_they_matter),
		cmocka_unit_test(rounds_become_rarer_while_it_is_bad),
		cmocka_unit_test(baseline_is_learned),
		cmocka_unit_test(nothing_is_learned_from_a_suspect),
		cmocka_unit_test(totals_that_fall_count_once),
		cmocka_unit_test(slow_rows),
		cmocka_unit_test(percentiles),
		cmocka_unit_test(quota_is_our_own_count),
		cmocka_unit_test(the_next_keeper_goes_on),
		cmocka_unit_test(the_next_keeper_leaves_alone),
		cmocka_unit_test(open_rows),
		cmocka_unit_test(off_outlives_its_keeper),
		cmocka_unit_test(slots_of_lists),
		cmocka_unit_test(what_is_heard_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
