/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * health_share - what the keeper counts about a list: its usual share of hits,
 * what is missing and how long answers take, our questions against its limit;
 * and what of it the next keeper gets.
 *
 * Called by: health.c at each step; the keeper and gates for their slots.
 * Always holds: a total that has become less (a row leaves while we look) is
 * as if nothing had happened since; nothing is counted twice.
 *
 * The usual share is a plain mean of what was learned, of which every five
 * minutes a 288th is forgotten: about a day's answers at a busy site, and at
 * a small one, where nothing is forgotten, the last some hundred.
 */
#include "policy/health_own.h"

#include <string.h>

#define WINDOW     (300 * SEC)
#define FORGET     288          /* windows of a day                         */
#define LEARNED    200          /* answers that make a baseline             */
#define ENOUGH     20           /* answers that make a share                */
#define ONE        65536        /* the whole, of shares                     */
#define MANY_MISS  (ONE / 20)   /* 5 %: slow                                */
#define FEW_MISS   (ONE / 50)   /* 2 %: no more                             */
#define WARN_TENTH 8            /* of the limit                             */

/* --- slots --------------------------------------------------------------- */

unsigned *
health_slots(struct board *b, struct list *const *lists, size_t count,
    struct arena *arena)
{
	unsigned *slots = arena_array(arena, count * LK_COUNT, sizeof *slots);
	enum list_kind kind;
	size_t i;

	for (i = 0; i < count; i++)
		for (kind = 0; kind < LK_COUNT; kind++)
			slots[(size_t)lists[i]->number * LK_COUNT + kind] =
			    lists[i]->is_off || !list_has_kind(lists[i], kind)
			    ? BOARD_LISTS
			    : board_list(b, list_key(lists[i], kind));
	return slots;
}

bool
health_are_looked_at(const struct board *b, const unsigned *slots,
    size_t list_count)
{
	size_t i;

	for (i = 0; i < list_count * LK_COUNT; i++)
		if (slots[i] < BOARD_LISTS &&
		    board_list_word(b, slots[i]) == 0)
			return false;
	return true;
}

static enum list_count
step_of(usec_t took)
{
	usec_t end = 8 * MSEC;
	int step = 0;

	while (step + 1 < LS_STEPS && took >= end) {
		end *= 2;
		step++;
	}
	return (enum list_count)(LS_TOOK + step);
}

void
health_heard(struct board *b, unsigned row, unsigned slot, enum heard heard,
    usec_t took)
{
	static const enum list_count counts[] = {
		[HEARD_CLEAN] = LS_CLEAN, [HEARD_LISTED] = LS_LISTED,
		[HEARD_STRANGE] = LS_ERROR, [HEARD_ERROR] = LS_ERROR,
		[HEARD_FOREIGN] = LS_ERROR, [HEARD_TROUBLE] = LS_TROUBLE,
	};

	board_list_count(b, row, slot, LS_ASKED, 1);
	board_list_count(b, row, slot, counts[heard], 1);
	if (heard != HEARD_TROUBLE)
		board_list_count(b, row, slot, step_of(took), 1);
}

/* --- from keeper to keeper ------------------------------------------------ */

#define KEPT_WARNED ((int64_t)1 << 62)

void
health_keep(const struct health *h, int64_t kept[BOARD_KEPT])
{
	kept[0] = (int64_t)h->learned_hits;
	kept[1] = (int64_t)h->learned;
	kept[2] = h->quota_from;
	kept[3] = (int64_t)h->quota_base | (h->is_warned ? KEPT_WARNED : 0);
}

static void
restore(struct health *h, const int64_t kept[BOARD_KEPT])
{
	h->learned_hits = (uint64_t)kept[0];
	h->learned = (uint64_t)kept[1];
	h->quota_from = kept[2];
	h->quota_base = (uint64_t)(kept[3] & ~KEPT_WARNED);
	h->is_warned = (kept[3] & KEPT_WARNED) != 0;
	if (h->learned > 0)
		h->baseline = (uint32_t)(h->learned_hits * ONE / h->learned);
}

/* What was poisoned, and until when, the last keeper knew: the longest that
 * it can be. */
void
health_open(struct health *h, uint64_t word, usec_t renewed,
    const int64_t kept[BOARD_KEPT], usec_t now)
{
	usec_t stale = renewed + BELIEF_STALE;

	*h = (struct health){ .sign = belief_unpack(renewed == 0 ? 0 : word) };
	restore(h, kept);
	if (h->sign.baseline == BASELINE_QUIET)
		h->quiet_until = now + HEALTH_QUIET;
	if (h->sign.state == HS_OFF)
		h->poison_until = h->sign.since + POISON_MOST;
	if (renewed != 0 && now >= stale && h->sign.state != HS_OFF) {
		if (belief_rank(h->sign.state) < 2)
			h->sign.since = stale;
		h->sign.state = HS_UNPROBED;
	}
	h->changed = now;
	h->next = now;
}

/* --- shares -------------------------------------------------------------- */

/* Sums of these in what was counted between two looks. */
static uint64_t
answers_since(const struct health *h, const uint64_t *then,
    enum list_count from, enum list_count to)
{
	uint64_t sum = 0;
	int c;

	for (c = (int)from; c <= (int)to; c++)
		sum += h->totals[c] - then[c];
	return sum;
}

static void
learn(struct health *h, uint64_t hits, uint64_t answers)
{
	h->learned_hits += hits;
	h->learned += answers;
	if (h->learned > 0)
		h->baseline = (uint32_t)(h->learned_hits * ONE / h->learned);
}

/* The upper end of the step in which that part of the answers had come. */
static usec_t
percentile(const struct health *h, unsigned percent)
{
	uint64_t all = answers_since(h, h->before, LS_TOOK, LS_COUNT - 1);
	uint64_t seen = 0;
	unsigned step;

	for (step = 0; step + 1 < LS_STEPS; step++) {
		seen += h->totals[LS_TOOK + step] -
		    h->before[LS_TOOK + step];
		if (seen * 100 >= all * percent)
			break;
	}
	return all == 0 ? 0 : 8 * MSEC << step;
}

static uint64_t
window_answers(const struct health *h)
{
	return answers_since(h, h->before, LS_LISTED, LS_TROUBLE);
}

static void
measure(struct health *h)
{
	uint64_t all = window_answers(h);
	uint64_t usable = answers_since(h, h->before, LS_LISTED, LS_CLEAN);

	if (all < ENOUGH)
		return;
	h->unknown = (uint32_t)((all - usable) * ONE / all);
	if (usable > 0)
		h->hits = (uint32_t)(answers_since(h, h->before, LS_LISTED,
		    LS_LISTED) * ONE / usable);
	h->p50 = percentile(h, 50);
	h->p99 = percentile(h, 99);
}

/* The first look knows nothing of what was before it. */
static void
begin(struct health *h, const struct sight *s, usec_t now)
{
	memcpy(h->totals, s->totals, sizeof h->totals);
	memcpy(h->before, s->totals, sizeof h->before);
	h->window = now;
}

struct heard_since
health_count(struct health *h, const struct sight *s, bool is_learned,
    usec_t now)
{
	uint64_t then[LS_COUNT], usable, hits;
	size_t i;

	if (h->window == 0)
		begin(h, s, now);
	memcpy(then, h->totals, sizeof then);
	for (i = 0; i < LS_COUNT; i++)
		if (s->totals[i] > h->totals[i])
			h->totals[i] = s->totals[i];
	hits = answers_since(h, then, LS_LISTED, LS_LISTED);
	usable = answers_since(h, then, LS_LISTED, LS_CLEAN);
	if (is_learned)
		learn(h, hits, usable);
	measure(h);
	return (struct heard_since){ .usable = usable,
	    .errors = answers_since(h, then, LS_ERROR, LS_ERROR),
	    .troubles = answers_since(h, then, LS_TROUBLE, LS_TROUBLE) };
}

uint8_t
health_baseline(const struct health *h, usec_t now)
{
	if (now < h->quiet_until)
		return BASELINE_QUIET;
	if (h->learned < LEARNED)
		return BASELINE_NONE;
	return (uint8_t)(((uint64_t)h->baseline * 250 + ONE / 2) / ONE);
}

enum health_why
health_late(struct health *h, enum health_why was, usec_t deadline, usec_t now)
{
	if (now < h->window + WINDOW || window_answers(h) < ENOUGH)
		return was;
	memcpy(h->before, h->totals, sizeof h->before);
	h->window = now;
	h->learned_hits -= h->learned_hits / FORGET;
	h->learned -= h->learned / FORGET;
	if (h->unknown > MANY_MISS ||
	    (was == HW_UNKNOWN_SHARE && h->unknown >= FEW_MISS))
		return HW_UNKNOWN_SHARE;
	return deadline > 0 && h->p99 >= deadline ? HW_LATE : HW_NONE;
}

/* --- limit --------------------------------------------------------------- */

/* It counts from zero when the house is new: what was asked before, nobody
 * knows. */
bool
health_quota(struct health *h, const struct list *l, uint64_t asked,
    usec_t now, bool *warns)
{
	uint64_t used;

	if (l->limit == 0)
		return false;
	if (h->quota_from == 0 || now >= h->quota_from + l->limit_span) {
		h->quota_from = now;
		h->quota_base = asked;
		h->is_warned = false;
	}
	h->quota_until = h->quota_from + l->limit_span;
	used = asked > h->quota_base ? asked - h->quota_base : 0;
	if (!h->is_warned && used * 10 >= l->limit * WARN_TENTH)
		*warns = h->is_warned = true;
	return used >= l->limit;
}
