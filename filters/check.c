/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check - runs the filters of one session and commits what they state.
 *
 *	desk_start --- now ---> said all --------------------> finish
 *	                 |
 *	                 `--> -E_AGAIN --> fiber --- at -----> finish
 *
 * A fact of one of its filters:
 *
 *	LATER ---> PENDING ---> KNOWN, ABSENT, UNKNOWN ---> LATER
 *	             |                  |
 *	             +--- of a list: NOT_ASKED, and back to LATER or PENDING
 *	                  while another subject is still to come
 *
 * LATER -> PENDING: begin. PENDING -> what was stated: state; -> ABSENT,
 * UNKNOWN: finish. Anything -> LATER: facts_forget, by the session, when no
 * check of the stage runs. KNOWN -> KNOWN: desk_note, and members of a set.
 * Facts of lists: list_state.
 *
 * Called by: smtp/judge.c begins and ends stages; the filters call the rest,
 * through filter.h.
 * Always holds:
 * - A fact of a started stage is FS_PENDING until its filter has stated it
 *   or has finished; when no check is left, none is.
 * - Facts lie in declared order, so that the judge reads the same whatever
 *   DNS answered first; answers that came together are reported in the order
 *   in which they were asked.
 * - A text in a fact lives in the arena given to desk_start. All else that a
 *   check made is gone with the last check of its stage.
 *
 * Who reads facts is told by bell_ring at each change. That is a mark and at
 * most one wake: a batch of changes is one round for whoever waits, since he
 * runs when the check waits again.
 */
#include "config.h"

#include <string.h>

#include "filters/inside.h"

/* ------------------------------------------------------------------------
 * Facts.
 */

static void
wake_waiters(struct desk *d, int number)
{
	struct check *w;

	for (w = d->waiters; w != NULL; w = w->next)
		if (w->awaited == number)
			fiber_wake(w->fiber);
}

/* The one place where a fact gets a status. The value is the caller's: who
 * is woken runs later. */
static struct fact *
commit(struct desk *d, int number, enum fact_status status, enum why why,
    usec_t moment)
{
	struct fact *f = &d->facts->fact[number];
	usec_t msec = (moment - d->accepted) / MSEC;

	if (msec < 0)
		msec = 0;
	if (msec > UINT32_MAX)
		msec = UINT32_MAX;
	*f = (struct fact){ .status = (uint8_t)status, .why = (uint8_t)why,
	    .msec = (uint32_t)msec };
	if (status != FS_PENDING)
		wake_waiters(d, number);
	if (d->bell != NULL)
		bell_ring(d->bell);
	return f;
}

/* For facts of the filter's own table. */
static struct fact *
state(struct check *c, int fact, enum fact_status status, enum why why)
{
	must(fact >= 0 && (size_t)fact < c->filter->fact_count);
	return commit(c->desk, c->base + fact, status, why, c->moment);
}

void
fact_truth(struct check *c, int fact, bool truth)
{
	state(c, fact, FS_KNOWN, WHY_NONE)->truth = truth;
}

void
fact_word(struct check *c, int fact, int word)
{
	state(c, fact, FS_KNOWN, WHY_NONE)->word = word;
}

void
fact_number(struct check *c, int fact, int64_t hundredths)
{
	state(c, fact, FS_KNOWN, WHY_NONE)->number = hundredths;
}

void
fact_text(struct check *c, int fact, struct str text)
{
	state(c, fact, FS_KNOWN, WHY_NONE)->text =
	    arena_str(c->run->arena, text);
}

void
fact_ip(struct check *c, int fact, struct ip ip)
{
	state(c, fact, FS_KNOWN, WHY_NONE)->ip = ip;
}

/* Room doubles: there is some left unless count is 0 or a power of two. */
void
fact_add(struct check *c, int fact, struct str text)
{
	struct fact old = *fact_peek(c, c->base + fact), *f;
	size_t n = old.status == FS_KNOWN ? old.set.count : 0;
	struct str *member = n == 0 ? NULL : old.set.member;

	if ((n & (n - 1)) == 0) {
		member = arena_array(c->run->arena, n == 0 ? 1 : 2 * n,
		    sizeof *member);
		if (n > 0)
			memcpy(member, old.set.member, n * sizeof *member);
	}
	member[n] = arena_str(c->run->arena, text);
	f = state(c, fact, FS_KNOWN, WHY_NONE);
	f->is_partial = f->is_open = true;
	f->set.member = member;
	f->set.count = n + 1;
}

void
fact_set(struct check *c, int fact, const struct str *member, size_t count)
{
	struct str *copy = arena_array(c->run->arena, count, sizeof *copy);
	struct fact *f;
	size_t i;

	for (i = 0; i < count; i++)
		copy[i] = arena_str(c->run->arena, member[i]);
	f = state(c, fact, FS_KNOWN, WHY_NONE);
	f->set.member = copy;
	f->set.count = count;
}

void
fact_partial(struct check *c, int fact)
{
	must(fact >= 0 && (size_t)fact < c->filter->fact_count);
	c->partial |= UINT64_C(1) << fact;
}

void
fact_absent(struct check *c, int fact)
{
	(void)state(c, fact, FS_ABSENT, WHY_NONE);
}

void
fact_unknown(struct check *c, int fact, enum why why)
{
	(void)state(c, fact, FS_UNKNOWN, why);
}

/* What is so already keeps its moment, and rings no bell. */
static void
list_state(struct check *c, int number, enum fact_status status,
    bool truth, enum why why)
{
	const struct fact *f = fact_peek(c, number);

	if (f->status == status && f->why == why &&
	    (status != FS_KNOWN || f->truth == truth))
		return;
	commit(c->desk, number, status, why, c->moment)->truth = truth;
}

void
list_truth(struct check *c, int number, bool truth)
{
	list_state(c, number, FS_KNOWN, truth, WHY_NONE);
}

void
list_number(struct check *c, int number, int64_t hundredths)
{
	commit(c->desk, number, FS_KNOWN, WHY_NONE, c->moment)->number =
	    hundredths;
}

void
list_absent(struct check *c, int number)
{
	list_state(c, number, FS_ABSENT, false, WHY_NONE);
}

void
list_unknown(struct check *c, int number, enum why why)
{
	list_state(c, number, FS_UNKNOWN, false, why);
}

void
list_not_asked(struct check *c, int number)
{
	list_state(c, number, FS_NOT_ASKED, false, WHY_NONE);
}

void
list_open(struct check *c, int number, bool is_asked)
{
	list_state(c, number, is_asked ? FS_PENDING : FS_LATER, false,
	    WHY_NONE);
}

const struct fact *
fact_peek(const struct check *c, int number)
{
	must(number >= 0 && (size_t)number < c->desk->facts->count);
	return &c->desk->facts->fact[number];
}

/* A wrong name is a mistake of ours, so it ends the process. */
static int
number_of(const struct desk *d, const char *name)
{
	int number = vocabulary_find(d->facts->vocabulary, str_of(name));

	must(number >= 0);
	return number;
}

const struct fact *
fact_named(const struct check *c, const char *name)
{
	return fact_peek(c, number_of(c->desk, name));
}

bool
fact_is(const struct check *c, const char *name, const char *word)
{
	int number = number_of(c->desk, name);
	const struct fact_decl *d =
	    vocabulary_decl(c->desk->facts->vocabulary, number);
	const struct fact *f = fact_peek(c, number);

	must(d->type == FT_WORD);
	return f->status == FS_KNOWN &&
	    strcmp(d->words[f->word], word) == 0;
}

/* ------------------------------------------------------------------------
 * Waiting.
 */

/* The clock is read once for each time a check runs, not for each fact. */
static void
refresh(struct check *c)
{
	c->moment = world_now(c->desk->world);
}

/* A wake may be meant for another wait, so only the status ends this one. */
WAITS int
fact_wait(struct check *c, const char *name, const struct fact **fact)
{
	const struct fact *f;
	struct check **at;
	int rc = 0;

	c->awaited = number_of(c->desk, name);
	c->fiber = fiber_self();
	f = fact_peek(c, c->awaited);
	while ((f->status == FS_PENDING || f->is_open) && rc == 0) {
		c->next = c->desk->waiters;
		c->desk->waiters = c;
		rc = fiber_park(USEC_NEVER);
		for (at = &c->desk->waiters; *at != c; at = &(*at)->next)
			must(*at != NULL);
		*at = c->next;
	}
	refresh(c);
	if (rc == 0)
		*fact = f;
	return rc;
}

WAITS int
dns_ask(struct check *c, struct str name, enum dns_type type,
    struct answer *answer)
{
	int rc = names_ask(c->desk->world->names, name, type,
	    &c->desk->budget, check_arena(c), answer);

	refresh(c);
	return rc;
}

/* Reports what has come since the last time; the number still open. */
static size_t
report(struct check *c, struct question *q, size_t n, bool *is_told,
    void (*got)(struct check *, struct question *, void *), void *arg)
{
	size_t i, open = 0;

	for (i = 0; i < n; i++) {
		if (is_told[i])
			continue;
		is_told[i] = q[i].is_done;
		if (q[i].is_done)
			got(c, &q[i], arg);
		else
			open++;
	}
	return open;
}

/* The bell is for these questions alone: it can stay on this stack, since
 * none of them is left when we leave. */
WAITS int
dns_ask_each(struct check *c, struct question *q, size_t n,
    void (*got)(struct check *, struct question *, void *), void *arg)
{
	struct bell bell = { 0 };
	bool *is_told = arena_array(check_arena(c), n, sizeof *is_told);
	size_t i;
	int rc = 0;

	for (i = 0; i < n; i++)
		names_start(c->desk->world->names, &q[i], &c->desk->budget,
		    check_arena(c), &bell);
	while (report(c, q, n, is_told, got, arg) > 0 && rc == 0) {
		rc = bell_wait(&bell, USEC_NEVER);
		refresh(c);
	}
	for (i = 0; i < n && rc != 0; i++)
		if (!q[i].is_done)
			names_drop(&q[i]);
	return rc;
}

/* ------------------------------------------------------------------------
 * Stages.
 */

static bool
is_interested(const struct filter *f, enum stage stage)
{
	return f->now[stage] != NULL || f->at[stage] != NULL;
}

/* Whether fact i of the table is this stage's to state. */
static bool
is_of_stage(const struct check *c, size_t i)
{
	return c->filter->facts[i].stage == c->run->stage;
}

/* Nobody waits for a fact to become pending: no bell. */
static void
begin(struct check *c)
{
	size_t i;

	for (i = 0; i < c->filter->fact_count; i++)
		if (is_of_stage(c, i))
			c->desk->facts->fact[(size_t)c->base + i] =
			    (struct fact){ .status = FS_PENDING };
}

/* Nothing more comes into a set: it is whole, unless some of it could not be
 * found out. */
static void
close_set(struct check *c, size_t i, int error)
{
	struct fact *f = &c->desk->facts->fact[(size_t)c->base + i];

	f->is_open = false;
	if (error == 0 && (c->partial >> i & 1) == 0)
		f->is_partial = false;
	wake_waiters(c->desk, c->base + (int)i);
	if (c->desk->bell != NULL)
		bell_ring(c->desk->bell);
}

/* What was not stated is absent, or unknown after an error. */
static void
finish(struct check *c, int error)
{
	const struct fact *f;
	size_t i;

	for (i = 0; i < c->filter->fact_count; i++) {
		f = &c->desk->facts->fact[(size_t)c->base + i];
		if (!is_of_stage(c, i))
			continue;
		if (f->status == FS_PENDING)
			(void)state(c, (int)i,
			    error == 0 ? FS_ABSENT : FS_UNKNOWN,
			    why_of_error(error));
		else if (f->is_open)
			close_set(c, i, error);
	}
	if (c->filter->end != NULL)
		c->filter->end(c, error);
}

static void
check_main(void *arg)
{
	struct check *c = arg;
	struct stage_run *run = c->run;

	refresh(c);
	finish(c, c->filter->at[run->stage](c));
	if (c->filter->has_results && --run->telling == 0 &&
	    c->desk->bell != NULL)
		bell_ring(c->desk->bell);
	if (run->join.live == 1)        /* nobody else is left in there */
		arena_free(&run->scratch);
}

/* What waits gets a fiber. Its struct lives in the scratch arena, which the
 * last child frees. */
static int
start(struct check *c)
{
	struct check *kept = arena_alloc(check_arena(c), sizeof *kept);
	int rc;

	*kept = *c;
	rc = join_start(&c->run->join, c->filter->name, check_main, kept);
	if (rc != 0)
		finish(c, rc);
	else if (c->filter->has_results)
		c->run->telling++;
	return rc;
}

/* c is on our caller's stack; `start` keeps a copy for what goes on. */
static int
run_one(struct check *c)
{
	int (*now)(struct check *) = c->filter->now[c->run->stage];
	int rc = now == NULL ? -E_AGAIN : now(c);

	if (rc == -E_AGAIN)
		return start(c);
	finish(c, rc);
	return 0;
}

static struct check
check_of(struct stage_run *run, size_t i, usec_t moment)
{
	return (struct check){ .desk = run->desk, .run = run,
	    .filter = filters_all[i], .base = run->desk->base[i],
	    .moment = moment };
}

/* Whether a line that is judged before the message reads a fact of it. */
static bool
is_wanted(const struct desk *d, size_t filter)
{
	const struct filter *f = filters_all[filter];
	size_t i;

	if (!f->is_deferrable || d->early == NULL)
		return true;
	for (i = 0; i < f->fact_count; i++)
		if (d->early[(size_t)d->base[filter] + i])
			return true;
	return false;
}

/* Runs the checks of a set, given as bits. All their facts become pending
 * before one may wait for another's. */
static int
run_set(struct stage_run *run, uint32_t set)
{
	usec_t moment = world_now(run->desk->world);
	size_t i, n = filters_count();
	struct check c;
	int rc, trouble = 0;

	for (i = 0; i < n; i++) {
		c = check_of(run, i, moment);
		if (set >> i & 1)
			begin(&c);
	}
	for (i = 0; i < n; i++) {
		c = check_of(run, i, moment);
		rc = set >> i & 1 ? run_one(&c) : 0;
		if (rc != 0)
			trouble = rc;
	}
	if (run->join.live == 0)
		arena_free(&run->scratch);
	return trouble;
}

int
desk_start(struct desk *d, enum stage stage, struct arena *arena,
    struct stage_run *run)
{
	size_t i, n = filters_count();
	uint32_t set = 0;

	must(!desk_is_busy(run) && n <= 32);
	*run = (struct stage_run){ .join = JOIN_INIT(d->world->fibers),
	    .desk = d, .arena = arena, .stage = stage, .is_started = true };
	for (i = 0; i < n; i++) {
		if (!is_interested(filters_all[i], stage))
			continue;
		if (stage >= ST_DATA || is_wanted(d, i))
			set |= 1u << i;
		else
			run->deferred |= 1u << i;
	}
	return run_set(run, set);
}

int
desk_resume(struct desk *d, struct stage_run *run)
{
	uint32_t set = run->is_started ? run->deferred : 0;

	must(set == 0 || run->desk == d);
	run->deferred = 0;
	return set == 0 ? 0 : run_set(run, set);
}

WAITS void
desk_end(struct desk *d, struct stage_run *run)
{
	if (!run->is_started)
		return;
	must(run->desk == d);
	join_end(&run->join);
	must(run->scratch == NULL);
	run->is_started = false;
}

bool
desk_is_busy(const struct stage_run *run)
{
	return run->is_started && run->join.live > 0;
}

bool
desk_is_telling(const struct stage_run *run)
{
	return run->is_started && run->telling > 0;
}

void
desk_note(struct desk *d, const char *name, bool truth)
{
	commit(d, number_of(d, name), FS_KNOWN, WHY_NONE,
	    world_now(d->world))->truth = truth;
}
