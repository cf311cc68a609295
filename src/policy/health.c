/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * health - the machine of a list's health, one step at a time.
 *
 * Called by: keeper/doctor.c, four times a second and at the end of each
 * round, in the keeper and in plays. Drawing and rules: health.h.
 *
 *	OK, SLOW -> SUSPECT         suspect
 *	OK <-> SLOW                 remark
 *	any -> OK                   judge_good
 *	any -> REFUSED, WRONG_USE, OFF, BLIND     judge_bad
 *	OK, SLOW, SUSPECT, REFUSED, WRONG_USE, BLIND -> DEAD     judge_silent
 *	QUOTA -> DEAD               judge_silent, once its span is over
 *	believed, UNPROBED -> QUOTA count_quota
 *	QUOTA -> OK                 judge_good, once its span is over
 *
 * Always holds:
 * - One time-out changes no state: silence must be complete, three rounds
 *   long, and the clients' too.
 * - From OFF, or from anything that came after it, there is no way back before
 *   the last bad answer's TTL is over, and controls have spoken.
 * - sign.since changes when belief is lost or comes back, and at the first
 *   look; never from one state of unbelief to another.
 * - A list that has reached its limit gets no round.
 *
 * Source: language.md 2; RFC 5782 5, 6471. Catalogue 94-97, 140.
 */
#include "policy/health_own.h"

#define SILENT_DEAD 3           /* rounds                                   */
#define OFF_GOOD    2           /* rounds, before OFF ends                  */
#define MISSING     10          /* answers: half of so many is trouble      */
#define CHANGING    (5 * SEC)   /* between rounds                           */
#define WELL        (60 * SEC)
#define LONG_BAD    (300 * SEC)
#define HOUR        (3600 * SEC)

static const char *const why_words[HW_COUNT] = {
	[HW_NONE] = "-", [HW_POINTS] = "points", [HW_MUST_NOT] = "must-not",
	[HW_RANDOM] = "random", [HW_FOREIGN] = "foreign",
	[HW_CONTROLS] = "controls", [HW_ERROR] = "error",
	[HW_SILENT] = "silent", [HW_MUST] = "must", [HW_LIMIT] = "limit",
	[HW_JUMP] = "jump", [HW_UNKNOWN_SHARE] = "missing",
	[HW_LATE] = "late",
};

const char *
health_why_word(enum health_why why)
{
	must((unsigned)why < HW_COUNT);
	return why_words[why];
}

static bool
is_believed(const struct health *h)
{
	return belief_rank(h->sign.state) < 2;
}

/* Whoever is out before controls have spoken on a suspicion comes back as from
 * OFF. */
static void
become(struct health *h, enum health_state state, enum health_why why,
    usec_t now)
{
	bool was_believed = is_believed(h);

	h->why = why;
	if (state == h->sign.state)
		return;
	if (h->sign.state == HS_SUSPECT && state != HS_OK &&
	    h->poison_until == 0)
		h->poison_until = now;
	h->sign.state = state;
	h->changed = now;
	if (was_believed != is_believed(h))
		h->sign.since = now;
}

/* --- what a round shows --------------------------------------------------- */

struct finding {
	enum health_state state;
	enum health_why   why;
	struct ip         answer;
};

/* The first point that was asked and that heard this; PT_FIXED: none. */
static enum point
point_heard(const struct health_round *r, enum heard heard)
{
	enum point p;

	for (p = 0; p < PT_FIXED; p++)
		if (r->is_asked[p] && r->heard[p] == heard)
			break;
	return p;
}

static bool
is_error(const struct list *l, const struct health_round *r,
    struct finding *f)
{
	enum point p = point_heard(r, HEARD_ERROR);
	const char *sentence;

	if (p == PT_FIXED)
		return false;
	f->answer = r->answer[p];
	f->why = HW_ERROR;
	f->state = list_error(l, f->answer, &sentence) == LB_WRONG_USE
	    ? HS_WRONG_USE : HS_REFUSED;
	return true;
}

static bool
is_foreign(const struct list *l, const struct health_round *r,
    struct finding *f)
{
	enum point p = point_heard(r, HEARD_FOREIGN);

	(void)l;
	if (p == PT_FIXED)
		return false;
	*f = (struct finding){ HS_OFF, HW_FOREIGN, r->answer[p] };
	return true;
}

static bool
names_nobody(const struct list *l, const struct health_round *r,
    struct finding *f)
{
	static const struct {
		enum point      point;
		enum health_why why;
	} points[] = { { PT_MUST_NOT, HW_MUST_NOT }, { PT_RANDOM, HW_RANDOM } };
	enum heard heard;
	size_t i;

	(void)l;
	for (i = 0; i < COUNT(points); i++) {
		heard = r->heard[points[i].point];
		if (!r->is_asked[points[i].point] ||
		    (heard != HEARD_LISTED && heard != HEARD_STRANGE))
			continue;
		*f = (struct finding){ HS_OFF, points[i].why,
		    r->answer[points[i].point] };
		return true;
	}
	return false;
}

/* One control may have become bad since; two at once are no chance. */
static bool
names_controls(const struct list *l, const struct health_round *r,
    struct finding *f)
{
	unsigned half = (r->neighbours + 1) / 2;

	(void)l;
	if (r->controls_listed < 2 &&
	    r->neighbours_listed < (half > 2 ? half : 2))
		return false;
	*f = (struct finding){ .state = HS_OFF, .why = HW_CONTROLS };
	return true;
}

static bool
is_blind(const struct list *l, const struct health_round *r,
    struct finding *f)
{
	(void)l;
	if (!r->is_asked[PT_MUST] || r->heard[PT_MUST] != HEARD_CLEAN)
		return false;
	*f = (struct finding){ .state = HS_BLIND, .why = HW_MUST };
	return true;
}

/* In the order in which they count. */
static bool
round_is_bad(const struct list *l, const struct health_round *r,
    struct finding *f)
{
	static bool (*const faults[])(const struct list *,
	    const struct health_round *, struct finding *) = {
		is_error, is_foreign, names_nobody, names_controls, is_blind,
	};
	size_t i;

	for (i = 0; i < COUNT(faults); i++)
		if (faults[i](l, r, f))
			return true;
	return false;
}

/* Out: how many of the points that were asked gave no answer. */
static unsigned
points_silent(const struct health_round *r, unsigned *asked)
{
	unsigned silent = 0;
	enum point p;

	*asked = 0;
	for (p = 0; p < PT_FIXED; p++) {
		*asked += r->is_asked[p];
		silent += r->is_asked[p] && r->heard[p] == HEARD_TROUBLE;
	}
	return silent;
}

/* --- what it makes of the list -------------------------------------------- */

static void
judge_bad(struct health *h, const struct finding *f, usec_t now)
{
	usec_t ttl = (usec_t)h->round.ttl * SEC;

	h->good = h->silent = 0;
	h->answer = f->answer;
	if (f->state == HS_OFF)
		h->poison_until = now + (ttl < POISON_MOST ? ttl : POISON_MOST);
	become(h, f->state, f->why, now);
}

/* What was never well is not dead; what was off may not come back by way of
 * silence. */
static void
judge_silent(struct health *h, usec_t now)
{
	h->good = 0;
	if (h->silent < SILENT_DEAD)
		h->silent++;
	if (h->silent < SILENT_DEAD || h->sign.state == HS_OFF)
		return;
	become(h, h->sign.state == HS_UNPROBED ? HS_UNPROBED : HS_DEAD,
	    HW_SILENT, now);
}

/* A round that was sent before the suspicion has tried no controls. */
static void
judge_good(struct health *h, usec_t now)
{
	bool was_suspect = h->sign.state == HS_SUSPECT;

	h->silent = 0;
	if (h->good < OFF_GOOD)
		h->good++;
	if (h->sign.state == HS_OK || h->sign.state == HS_SLOW ||
	    now < h->poison_until ||
	    (h->poison_until != 0 && h->good < OFF_GOOD) ||
	    (was_suspect && now - h->round.took < h->changed))
		return;
	h->poison_until = 0;
	if (was_suspect)
		h->quiet_until = now + HEALTH_QUIET;
	become(h, HS_OK, HW_POINTS, now);
}

/* Silent is a round to whose random point nobody answers: the others may lie
 * in the resolver's cache. */
static void
judge_round(struct health *h, const struct list *l,
    const struct health_round *r, usec_t now)
{
	struct finding f = { .state = HS_OK };
	unsigned asked, silent = points_silent(r, &asked);

	h->round = *r;
	h->looked = now;
	h->missing = 0;
	if (round_is_bad(l, r, &f))
		judge_bad(h, &f, now);
	else if (r->is_asked[PT_RANDOM] ?
	    r->heard[PT_RANDOM] == HEARD_TROUBLE : silent == asked && asked > 0)
		judge_silent(h, now);
	else if (silent == 0)
		judge_good(h, now);
	if (h->sign.since == 0)
		h->sign.since = now;
}

/* --- what is seen beside rounds ------------------------------------------- */

/* Trouble of clients brings a round, but not one after the other. */
static void
look_early(struct health *h, const struct heard_since *heard, usec_t now)
{
	uint64_t all = heard->usable + heard->errors + heard->troubles;
	usec_t soon = h->looked + CHANGING;
	bool are_missing = all >= MISSING && heard->troubles * 2 > all;

	h->missing = heard->usable > 0 ? 0 : h->missing + heard->troubles;
	if (heard->usable > 0)
		h->silent = 0;
	if (!is_believed(h) || (heard->errors == 0 && !are_missing &&
	    h->missing < MISSING))
		return;
	if (soon < now)
		soon = now;
	if (h->next > soon)
		h->next = soon;
}

static void
suspect(struct health *h, const struct sight *s, usec_t now)
{
	if (belief_unpack(s->word).state != HS_SUSPECT ||
	    now < h->quiet_until ||
	    (h->sign.state != HS_OK && h->sign.state != HS_SLOW))
		return;
	become(h, HS_SUSPECT, HW_JUMP, now);
	h->next = now;
}

/* The five minutes of one that comes back begin when it does. */
static void
remark(struct health *h, usec_t deadline, usec_t now)
{
	bool is_slow = h->sign.state == HS_SLOW;
	enum health_why why;

	if (!is_believed(h)) {
		h->window = 0;
		return;
	}
	why = health_late(h, is_slow ? h->why : HW_NONE, deadline, now);
	if (why != HW_NONE && h->sign.state == HS_OK)
		become(h, HS_SLOW, why, now);
	else if (why == HW_NONE && is_slow)
		become(h, HS_OK, HW_POINTS, now);
}

/* Where its limit is reached no round counts, and none is asked. */
static void
count_quota(struct health *h, const struct list *l, uint64_t asked,
    usec_t now, bool *warns)
{
	h->is_over = health_quota(h, l, asked, now, warns);
	if (h->is_over && h->next < h->quota_until)
		h->next = h->quota_until;
	if (h->is_over && (is_believed(h) || h->sign.state == HS_UNPROBED))
		become(h, HS_QUOTA, HW_LIMIT, now);
	else if (h->sign.state == HS_OK && h->is_warned)
		h->why = HW_LIMIT;
	else if (h->sign.state == HS_OK && h->why == HW_LIMIT)
		h->why = HW_POINTS;
}

/* --- steps --------------------------------------------------------------- */

bool
health_step(struct health *h, const struct list *l, const struct sight *s,
    usec_t now)
{
	enum health_state was = h->sign.state;
	unsigned was_silent = h->silent;
	bool is_well = was == HS_OK || was == HS_SLOW, warns = false;
	struct heard_since heard;

	if (belief_unpack(s->word).state == HS_SUSPECT)
		is_well = false;
	heard = health_count(h, s, is_well, now);
	suspect(h, s, now);
	look_early(h, &heard, now);
	count_quota(h, l, s->asked, now, &warns);
	if (!h->is_over && s->round != NULL)
		judge_round(h, l, s->round, now);
	if (heard.errors == 0)      /* else a round tells more, and soon */
		remark(h, s->deadline, now);
	h->sign.baseline = health_baseline(h, now);
	if (was == HS_UNPROBED && h->sign.state == HS_UNPROBED)
		return warns || (was_silent < SILENT_DEAD &&
		    h->silent == SILENT_DEAD);
	return warns || (h->sign.state != was &&
	    (was != HS_UNPROBED || h->sign.state != HS_OK));
}

bool
health_wants_controls(const struct health *h)
{
	return h->sign.state == HS_SUSPECT ||
	    (h->poison_until != 0 && h->good > 0);
}

/* Some point of the last round gave no answer. */
static bool
is_unclear(const struct health *h)
{
	unsigned asked;

	return points_silent(&h->round, &asked) > 0;
}

static usec_t
pace(const struct health *h, usec_t now)
{
	usec_t age = now - h->changed;

	if (h->sign.state == HS_OK || h->sign.state == HS_SLOW)
		return is_unclear(h) ? CHANGING : WELL;
	if (h->sign.state == HS_SUSPECT || age < WELL ||
	    (h->good > 0 && now + CHANGING >= h->poison_until))
		return CHANGING;
	return age < HOUR ? WELL : LONG_BAD;
}

usec_t
health_next(const struct health *h, usec_t now, uint64_t draw)
{
	usec_t span = pace(h, now);

	if (h->is_over)
		return h->quota_until;
	if (h->sign.state == HS_SUSPECT && h->looked - h->round.took <
	    h->changed)
		return now;
	return now + span * 3 / 4 + (usec_t)(draw % (uint64_t)(span / 2));
}
