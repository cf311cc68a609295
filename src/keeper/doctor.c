/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor - a fiber for each patient, and one timer that looks in on all.
 *
 * Called by: daemon/keeper.c, sim/run.c; its rows are shown by
 * keeper/control.c.
 *
 *	bed_main      a round when it is due, when it is suspected, when
 *	              somebody asks for one
 *	on_tick       four times a second: has a gate raised a suspicion, has
 *	              a list answered an error? Then, and each second in which
 *	              it was asked, a step; else the word alone is renewed
 *	step          what was seen goes into the machine (policy/health.h), its
 *	              word onto the board, its change into the log
 *
 * Always holds: every word on the board is younger than two seconds while the
 * doctor lives; no pointer into the board is kept over a wait; a question of
 * a round is over when the round is.
 *
 * A resolver that rewrites "no such name" makes all lists ill in one moment:
 * the lines of those that answered from outside 127/8 are held for as long as
 * a round takes, and if all say the same there is one line for all.
 *
 * KNOWN GAPS: a list for which the board has no slot (over 256 of them) is
 * not looked after, and gates do not believe it.
 */
#include "keeper/doctor_own.h"

#include <stdlib.h>

#include "base/date.h"
#include "keeper/probe.h"

#define TICK  (SEC / 4)
#define RENEW SEC
#define STEP  (5 * SEC) /* where nothing is asked                           */
#define FRESH SEC       /* a round so young need not be asked again         */

/* ------------------------------------------------------------------------
 * What is told.
 */

static void
event_share(struct event *e, const char *name, bool is_known, uint64_t part,
    uint64_t whole)
{
	char text[POINTS_TEXT];
	size_t n;

	n = is_known ? points_print((int64_t)(part * 100 / whole), 2, text) : 0;
	event_word(e, name, (struct str){ text, n });
}

static void
event_moment(struct event *e, const char *name, struct world *w, usec_t at)
{
	char text[DATE_TEXT];
	size_t n = date_rfc3339(world_wall(w) - (world_now(w) - at), false,
	    text);

	event_word(e, name, (struct str){ text, n });
}

static void
tell(const struct bed *b)
{
	const struct health *h = &b->patient->health;
	bool is_good = belief_rank(h->sign.state) == 0 && !h->is_warned;
	struct world *w = b->doctor->conf.world;
	char answer[IP_TEXT];
	struct event e;

	event_open(&e, is_good ? LOG_TELL : LOG_MARK, "list");
	event_word(&e, "name", b->patient->list->name);
	event_word(&e, "of", str_of(list_kind_word(b->patient->kind)));
	event_word(&e, "state", str_of(belief_word(h->sign.state)));
	event_word(&e, "why", str_of(health_why_word(h->why)));
	event_word(&e, "was", str_of(belief_word(b->was)));
	event_seconds(&e, "for", b->lasted);
	event_share(&e, "share", true, h->hits, 65536);
	event_share(&e, "baseline", h->sign.baseline <= 250, h->sign.baseline,
	    250);
	event_moment(&e, "since", w, h->sign.since);
	if (h->why == HW_ERROR || h->why == HW_FOREIGN)
		(void)ip_print(h->answer, answer);
	else
		answer[0] = '\0';
	event_word(&e, "answer", str_of(answer));
	event_send(&e, w->log);
}

/* ------------------------------------------------------------------------
 * A resolver that rewrites.
 */

/* What this zone says to its random point, if it says anything. */
static bool
is_heard(const struct patient *p)
{
	return p->health.looked != 0 &&
	    p->health.round.is_asked[PT_RANDOM] &&
	    p->health.round.heard[PT_RANDOM] != HEARD_TROUBLE;
}

/* At least two zones: one alone may be parked. */
bool
doctor_sees_rewriting(const struct doctor *d, struct ip *with)
{
	const struct patient *p, *first = NULL;
	unsigned zones = 0;

	for (p = d->patients; p < d->patients + d->count; p++) {
		if (!is_heard(p))
			continue;
		if (p->health.round.heard[PT_RANDOM] != HEARD_FOREIGN ||
		    (first != NULL && !ip_eq(p->health.round.answer[PT_RANDOM],
		    first->health.round.answer[PT_RANDOM])))
			return false;
		zones += first == NULL || p->list != first->list;
		if (first == NULL)
			first = p;
	}
	if (zones < 2)
		return false;
	*with = first->health.round.answer[PT_RANDOM];
	return true;
}

static void
tell_rewriting(struct doctor *d, struct ip with)
{
	struct event e;

	event_open(&e, LOG_MARK, "list");
	event_word(&e, "name", STR("*"));
	event_word(&e, "state", STR("off"));
	event_word(&e, "why", str_of(health_why_word(HW_FOREIGN)));
	event_ip(&e, "answer", with);
	event_send(&e, d->conf.world->log);
}

/* A round for all, and the line waits for what they say. */
static void
hold(struct bed *b, usec_t now)
{
	struct doctor *d = b->doctor;
	size_t i;

	b->is_held = true;
	if (d->held_until == 0)
		d->held_until = now + HEALTH_FIRST + TICK;
	for (i = 0; i < d->count; i++)
		bed_want(&d->beds[i], now);
}

static void
release(struct doctor *d)
{
	struct ip with;
	bool is_one = doctor_sees_rewriting(d, &with);
	size_t i;

	d->held_until = 0;
	if (is_one)
		tell_rewriting(d, with);
	for (i = 0; i < d->count; i++) {
		if (d->beds[i].is_held && !is_one)
			tell(&d->beds[i]);
		d->beds[i].is_held = false;
	}
}

/* ------------------------------------------------------------------------
 * A step.
 */

static uint64_t
asked_of_list(const struct doctor *d, const struct list *l)
{
	const struct patient *p;
	uint64_t sum = 0;

	for (p = d->patients; p < d->patients + d->count; p++)
		if (p->list == l)
			sum += board_list_total(d->conf.world->board, p->slot,
			    LS_ASKED);
	return sum;
}

/* Another doctor may have taken the slot: then this one says no more. */
static void
write_word(struct bed *b, usec_t now)
{
	const struct health *h = &b->patient->health;
	struct board *board = b->doctor->conf.world->board;
	int64_t kept[BOARD_KEPT];

	b->word = belief_pack(h->sign);
	b->written = now;
	if (!board_list_write(board, b->patient->slot, b->doctor->conf.row,
	    b->word, now))
		return;
	health_keep(h, kept);
	board_list_keep(board, b->patient->slot, kept);
}

/* What one kind of a list suffers from, the others may: a round for them. */
static void
want_brothers(const struct bed *b, usec_t now)
{
	struct doctor *d = b->doctor;
	size_t i;

	for (i = 0; i < d->count; i++)
		if (&d->beds[i] != b &&
		    d->patients[i].list == b->patient->list)
			bed_want(&d->beds[i], now);
}

/* In: round, NULL: none came back. */
static void
step(struct bed *b, const struct health_round *round)
{
	struct doctor *d = b->doctor;
	struct patient *p = b->patient;
	struct health *h = &p->health;
	const struct board *board = d->conf.world->board;
	usec_t now = world_now(d->conf.world), changed = h->changed;
	enum health_state was = h->sign.state;
	uint64_t totals[LS_COUNT];
	struct sight sight = {
		.word = board_list_word(board, p->slot), .totals = totals,
		.asked = asked_of_list(d, p->list), .round = round,
		.deadline = d->conf.deadline,
	};
	enum list_count i;
	bool is_told;

	for (i = 0; i < LS_COUNT; i++)
		totals[i] = board_list_total(board, p->slot, i);
	b->errors = totals[LS_ERROR];
	b->asked = totals[LS_ASKED];
	b->looked = now;
	is_told = health_step(h, p->list, &sight, now);
	write_word(b, now);
	if (was != h->sign.state && h->sign.state == HS_OK)
		board_list_forget(d->conf.world->board, p->slot);
	if (!is_told)
		return;
	b->was = was;
	b->lasted = now - changed;
	if (belief_rank(h->sign.state) == 2)
		want_brothers(b, now);
	if (h->sign.state == HS_OFF && h->why == HW_FOREIGN)
		hold(b, now);
	else
		tell(b);
}

/* ------------------------------------------------------------------------
 * The timer.
 */

static void
look_in(struct bed *b, usec_t now)
{
	const struct board *board = b->doctor->conf.world->board;
	unsigned slot = b->patient->slot;
	bool is_due = now >= b->written + RENEW;

	if (!b->is_watched || (board_list_word(board, slot) == b->word &&
	    board_list_total(board, slot, LS_ERROR) == b->errors &&
	    (!is_due || (now < b->looked + STEP &&
	    board_list_total(board, slot, LS_ASKED) == b->asked)))) {
		if (is_due)
			write_word(b, now);
		return;
	}
	step(b, NULL);
	bell_ring(&b->bell);    /* its next round may be another now        */
}

static void
on_tick(struct timer *t)
{
	struct doctor *d = CONTAINER(t, struct doctor, tick);
	usec_t now = world_now(d->conf.world);
	size_t i;

	for (i = 0; i < d->count; i++)
		look_in(&d->beds[i], now);
	if (d->held_until != 0 && now >= d->held_until)
		release(d);
	timer_set(d->conf.world->fibers, &d->tick, now + TICK);
}

/* ------------------------------------------------------------------------
 * Rounds.
 */

static bool
are_done(const struct probe_question *all, size_t count)
{
	size_t i;

	for (i = 0; i < count && all[i].question.is_done; i++)
		;
	return i == count;
}

/* Until all are done, which the budget sees to, or one of them says enough:
 * what a mad list does meanwhile is done to people. */
static WAITS int
await(struct probe_question *all, size_t count, struct bell *bell)
{
	size_t i;
	int rc = 0;

	while (!are_done(all, count) && !probe_is_bad(all, count) && rc == 0)
		rc = bell_wait(bell, USEC_NEVER);
	for (i = 0; i < count; i++)
		if (!all[i].question.is_done)
			names_drop(&all[i].question);
	return rc;
}

static WAITS int
ask(struct bed *b, struct arena *arena, struct health_round *out)
{
	struct doctor *d = b->doctor;
	struct patient *p = b->patient;
	struct budget budget = { .left = PROBE_MAX,
		.deadline = b->began + HEALTH_FIRST };
	struct probe_question *all;
	struct bell bell = { 0 };
	size_t count, i;
	int rc;

	count = probe_make(p->list, p->kind, health_wants_controls(&p->health),
	    d->conf.world, arena, &all);
	board_list_count(d->conf.world->board, d->conf.row, p->slot, LS_ASKED,
	    (unsigned)count);
	for (i = 0; i < count; i++)
		names_start(d->conf.names, &all[i].question, &budget, arena,
		    &bell);
	rc = await(all, count, &bell);
	if (rc == 0)
		probe_read(all, count, out);
	return rc;
}

static void
wake_waiters(struct doctor *d)
{
	struct doctor_waiter *w;

	for (w = d->waiters; w != NULL; w = w->next)
		bell_ring(&w->bell);
}

/* Returns 0 or -E_CANCELED. */
static WAITS int
round_of(struct bed *b)
{
	struct world *world = b->doctor->conf.world;
	struct arena *arena = arena_new(0);
	struct health *h = &b->patient->health;
	struct health_round round;
	int rc;

	b->is_wanted = false;
	b->began = world_now(world);
	b->patient->is_looking = true;
	rc = ask(b, arena, &round);
	b->patient->is_looking = false;
	arena_free(&arena);
	if (rc != 0)
		return rc;
	b->ended = world_now(world);
	round.took = b->ended - b->began;
	step(b, &round);
	h->next = health_next(h, b->ended, world_random(world));
	wake_waiters(b->doctor);
	return 0;
}

static WAITS void
bed_main(void *arg)
{
	struct bed *b = arg;
	const struct health *h = &b->patient->health;
	int rc = 0;

	while (rc != -E_CANCELED) {
		if (b->is_wanted ||
		    h->next <= world_now(b->doctor->conf.world))
			rc = round_of(b);
		else
			rc = bell_wait(&b->bell, h->next);
	}
}

/* No round for a list that has answered as much as it will. */
void
bed_want(struct bed *b, usec_t now)
{
	if (!b->is_watched || b->patient->is_looking || bed_is_fresh(b, now))
		return;
	b->is_wanted = true;
	bell_ring(&b->bell);
}

bool
bed_is_fresh(const struct bed *b, usec_t now)
{
	return !b->is_watched || b->patient->health.is_over ||
	    (b->ended != 0 && b->ended + FRESH >= now);
}

/* ------------------------------------------------------------------------
 * Those who wait for rounds.
 */

/* Until all these are fresh. In: name, empty: all. */
static WAITS int
wait_for(struct doctor *d, struct str name, usec_t start, usec_t deadline)
{
	struct doctor_waiter self = { .next = d->waiters }, **w;
	size_t i;
	int rc = 0;

	d->waiters = &self;
	for (i = 0; i < d->count && rc == 0; i++)
		while ((name.len == 0 || str_eq(name,
		    d->patients[i].list->name)) &&
		    !bed_is_fresh(&d->beds[i], start) && rc == 0)
			rc = bell_wait(&self.bell, deadline);
	for (w = &d->waiters; *w != &self; w = &(*w)->next)
		;
	*w = self.next;
	return rc;
}

/* All that ever ended count. */
WAITS int
doctor_first(struct doctor *d, usec_t deadline)
{
	return wait_for(d, STR(""), 0, deadline);
}

WAITS int
doctor_look(struct doctor *d, struct str name, usec_t deadline)
{
	usec_t now = world_now(d->conf.world);
	bool is_there = false;
	size_t i;

	for (i = 0; i < d->count; i++) {
		if (name.len > 0 && !str_eq(name, d->patients[i].list->name))
			continue;
		is_there = true;
		bed_want(&d->beds[i], now);
	}
	if (!is_there && name.len > 0)
		return -E_NOTFOUND;
	return wait_for(d, name, now, deadline);
}

/* ------------------------------------------------------------------------
 * The whole.
 */

const struct patient *
doctor_patients(const struct doctor *d, size_t *count)
{
	*count = d->count;
	return d->patients;
}

/* Whom nobody watches is well, and nobody suspects it. */
static void
admit(struct doctor *d, const struct list *l, enum list_kind kind)
{
	struct board *board = d->conf.world->board;
	usec_t now = world_now(d->conf.world);
	struct patient *p = &d->patients[d->count];
	struct bed *b = &d->beds[d->count];
	int64_t kept[BOARD_KEPT];

	p->slot = board_list(board, list_key(l, kind));
	if (p->slot == BOARD_LISTS)
		return;
	d->count++;
	p->list = l;
	p->kind = kind;
	b->doctor = d;
	b->patient = p;
	b->is_watched = d->conf.is_watched == NULL ||
	    d->conf.is_watched(d->conf.arg, l);
	board_list_kept(board, p->slot, kept);
	health_open(&p->health, board_list_word(board, p->slot),
	    board_list_renewed(board, p->slot), kept, now);
	board_list_take(board, p->slot, d->conf.row);
	if (!b->is_watched)
		p->health.sign = (struct health_sign){ HS_OK, BASELINE_QUIET,
			now };
	else
		b->word = board_list_word(board, p->slot);
}

static void
admit_all(struct doctor *d)
{
	struct list *const *lists;
	enum list_kind kind;
	size_t count, i;

	lists = policy_lists(d->conf.policy, &count);
	d->patients = arena_array(d->arena, count * LK_COUNT,
	    sizeof *d->patients);
	d->beds = arena_array(d->arena, count * LK_COUNT, sizeof *d->beds);
	for (i = 0; i < count; i++)
		for (kind = 0; kind < LK_COUNT && !lists[i]->is_off; kind++)
			if (list_has_kind(lists[i], kind))
				admit(d, lists[i], kind);
}

/* A fiber for each, and when there is no stack for one, a moment later. */
static WAITS void
ward_main(void *arg)
{
	struct doctor *d = arg;
	struct join beds = JOIN_INIT(d->conf.world->fibers);
	size_t i = 0;
	int rc = 0;

	while (i < d->count && rc == 0) {
		if (!d->beds[i].is_watched || join_start(&beds, "patient",
		    bed_main, &d->beds[i]) == 0)
			i++;
		else
			rc = fiber_sleep(world_now(d->conf.world) + SEC);
	}
	if (rc == 0)
		(void)join_run(&beds, USEC_NEVER);
	join_end(&beds);
}

int
doctor_new(const struct doctor_conf *conf, struct doctor **out)
{
	struct arena *arena = arena_new(0);
	struct doctor *d = arena_alloc(arena, sizeof *d);
	int rc;

	d->arena = arena;
	d->conf = *conf;
	d->ward = JOIN_INIT(conf->world->fibers);
	d->tick.fire = on_tick;
	rc = join_start(&d->ward, "ward", ward_main, d);
	if (rc != 0) {
		arena_free(&arena);
		return rc;
	}
	admit_all(d);
	on_tick(&d->tick);
	*out = d;
	return 0;
}

WAITS void
doctor_free(struct doctor **d)
{
	struct arena *arena;

	if (*d == NULL)
		return;
	timer_stop((*d)->conf.world->fibers, &(*d)->tick);
	join_end(&(*d)->ward);
	arena = (*d)->arena;
	*d = NULL;
	arena_free(&arena);
}
