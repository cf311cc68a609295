/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * probe - the questions of a round, and their answers added up. Pure, but
 * for the board's rings and the world's dice.
 *
 * Called by: keeper/doctor.c, once a round.
 * Always holds: what is drawn is drawn anew for each round, so that no cache
 * on the way can answer it: an address of 127/8 outside 127.0.0/24 for the
 * random point, a label of 65 bits for a name.
 * Source: RFC 5782 5 (the points); language.md 2 ("controls decide").
 */
#include "keeper/probe.h"

#include <string.h>

/* A round being made. */
struct round {
	const struct list     *list;
	enum list_kind         kind;
	struct world          *world;
	struct arena          *arena;
	struct probe_question *questions;
	size_t                 count;
};

/* ------------------------------------------------------------------------
 * What is asked.
 */

/* False: no name that DNS could carry; it is not asked. */
static bool
add(struct round *r, const struct list_point *point, enum probe_what what)
{
	struct probe_question *q;
	struct str name;

	if (point->text.len == 0)
		return false;
	name = list_question_point(r->list, point, r->arena);
	if (name.len == 0)
		return false;
	must(r->count < PROBE_MAX);
	q = &r->questions[r->count++];
	q->question.name = name;
	q->question.type = DNS_A;
	q->what = what;
	q->list = r->list;
	return true;
}

static void
add_fixed(struct round *r, enum point point, const struct list_point *at)
{
	if (add(r, at, PQ_FIXED))
		r->questions[r->count - 1].point = point;
}

/* Thirteen characters of base 32. */
static struct str
random_label(struct round *r)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t n = world_random(r->world);
	char *p = arena_alloc(r->arena, 13);
	size_t i;

	for (i = 0; i < 13; i++, n >>= 5)
		p[i] = digits[n & 31];
	return (struct str){ p, 13 };
}

static struct list_point
name_point(struct str name)
{
	return (struct list_point){ name, name };
}

/* Nothing that a list may have in it: its test entries are in 127.0.0/24. */
static struct list_point
random_point(struct round *r)
{
	uint64_t n = world_random(r->world);

	if (r->kind == LK_DOMAIN)
		return name_point(arena_printf(r->arena, "%.*s.invalid",
		    STR_ARG(random_label(r))));
	return list_point_ip(ip_v4(127, (uint8_t)(1 + n % 254),
	    (uint8_t)(n >> 8), (uint8_t)(n >> 16)), r->kind, r->arena);
}

/* An address in its /24 or /64, drawn. */
static struct ip
neighbour(struct round *r, struct ip ip)
{
	uint64_t n = world_random(r->world);
	size_t i;

	if (!ip_is_v6(ip)) {
		ip.a[15] = (uint8_t)n;
		return ip;
	}
	for (i = 8; i < sizeof ip.a; i++, n >>= 8)
		ip.a[i] = (uint8_t)n;
	return ip;
}

/* One text of a ring: it, and somebody beside it. */
static void
add_control(struct round *r, struct str text, bool is_bad)
{
	struct list_point self, beside;
	struct ip ip;

	if (r->kind == LK_DOMAIN) {
		self = name_point(arena_str(r->arena, text));
		beside = name_point(arena_printf(r->arena, "%.*s.%.*s",
		    STR_ARG(random_label(r)), STR_ARG(text)));
	} else if (ip_parse(text, &ip) == 0 &&
	    list_kind_of(ip) == r->kind) {
		self = list_point_ip(ip, r->kind, r->arena);
		beside = list_point_ip(neighbour(r, ip), r->kind, r->arena);
	} else {
		return;
	}
	if (add(r, &self, PQ_CONTROL))
		r->questions[r->count - 1].is_bad = is_bad;
	if (add(r, &beside, PQ_NEIGHBOUR))
		r->questions[r->count - 1].is_bad = is_bad;
}

static void
add_ring(struct round *r, bool is_bad)
{
	unsigned ring = belief_ring(is_bad, r->kind), i;
	char text[BOARD_TEXT];

	for (i = 0; i < BOARD_RING &&
	    board_ring_get(r->world->board, ring, i, text); i++)
		add_control(r, str_of(text), is_bad);
}

/* Codes without points of their own get them from a policy: they blame, but
 * in a list of good ones. */
static bool
is_blame(const struct list *l)
{
	return list_blames(l) || !list_praises(l);
}

size_t
probe_make(const struct list *l, enum list_kind kind, bool with_controls,
    struct world *world, struct arena *arena, struct probe_question **out)
{
	struct round r = { .list = l, .kind = kind, .world = world,
		.arena = arena };
	struct list_point point;

	r.questions = arena_array(arena, PROBE_MAX, sizeof *r.questions);
	add_fixed(&r, PT_MUST, &l->must[kind]);
	add_fixed(&r, PT_MUST_NOT, &l->must_not[kind]);
	point = random_point(&r);
	add_fixed(&r, PT_RANDOM, &point);
	if (with_controls && is_blame(l))
		add_ring(&r, false);
	if (with_controls && list_praises(l))
		add_ring(&r, true);
	*out = r.questions;
	return r.count;
}

/* ------------------------------------------------------------------------
 * What was answered.
 */

size_t
probe_addresses(const struct answer *a, struct ip *out)
{
	size_t i;

	for (i = 0; i < a->count && i < DNS_RECORDS; i++)
		out[i] = a->records[i].ip;
	return i;
}

static bool
is_answered(const struct probe_question *q)
{
	return q->question.is_done && q->question.error == 0;
}

static enum heard
hear(const struct probe_question *q, struct ip *what)
{
	struct ip ips[DNS_RECORDS];
	size_t count;

	if (!is_answered(q))
		return HEARD_TROUBLE;
	count = probe_addresses(&q->question.answer, ips);
	return list_hear(q->list, ips, count, what);
}

/* Errors and strangers are bad anywhere; a listing where nobody must be. */
bool
probe_is_bad(const struct probe_question *questions, size_t count)
{
	const struct probe_question *q;
	enum heard heard;
	struct ip what;

	for (q = questions; q < questions + count; q++) {
		if (q->what != PQ_FIXED || !is_answered(q))
			continue;
		heard = hear(q, &what);
		if (heard == HEARD_ERROR || heard == HEARD_FOREIGN ||
		    (heard != HEARD_CLEAN && q->point != PT_MUST))
			return true;
	}
	return false;
}

static void
read_fixed(const struct probe_question *q, struct health_round *r)
{
	enum point p = q->point;

	r->is_asked[p] = true;
	r->heard[p] = hear(q, &r->answer[p]);
	if (r->heard[p] == HEARD_TROUBLE)
		r->error[p] = q->question.is_done ? q->question.error :
		    -E_TIMEOUT;
}

/* A list that has both kinds of codes may say something of anybody; wrong is
 * only the one kind. */
static bool
is_named_wrongly(const struct probe_question *q)
{
	const struct list *l = q->list;
	struct ip ips[DNS_RECORDS];
	bool *hit, wrong = false;
	size_t count, i;

	if (!is_answered(q))
		return false;
	count = probe_addresses(&q->question.answer, ips);
	hit = arena_array(q->question.arena, l->code_count, sizeof *hit);
	(void)list_match(l, ips, count, hit);
	for (i = 0; i < l->code_count; i++)
		wrong |= hit[i] && (q->is_bad ? l->codes[i].points < 0 :
		    l->codes[i].points > 0 || !list_praises(l));
	return wrong;
}

/* How long a wrong answer may lie in a cache. The must-list point is listed
 * when all is well. */
static void
read_ttl(const struct probe_question *q, bool is_wrong,
    struct health_round *r)
{
	const struct answer *a = &q->question.answer;

	if (is_wrong && is_answered(q) && a->count > 0 && a->ttl > r->ttl)
		r->ttl = a->ttl;
}

void
probe_read(const struct probe_question *questions, size_t count,
    struct health_round *r)
{
	const struct probe_question *q;
	bool is_wrong;
	size_t i;

	memset(r, 0, sizeof *r);
	for (i = 0; i < count; i++) {
		q = &questions[i];
		if (q->what == PQ_FIXED) {
			read_fixed(q, r);
			is_wrong = q->point != PT_MUST;
		} else {
			is_wrong = is_named_wrongly(q);
			*(q->what == PQ_CONTROL ? &r->controls :
			    &r->neighbours) += 1;
			*(q->what == PQ_CONTROL ? &r->controls_listed :
			    &r->neighbours_listed) += is_wrong;
		}
		read_ttl(q, is_wrong, r);
	}
}
