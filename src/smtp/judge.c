/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge - stages of checks, and when to stop waiting for them.
 *
 * Called by: the handlers at HELO, MAIL and RCPT and after the dot.
 * Always holds:
 * - Nothing is remembered: each judgement reads all facts anew.
 * - A judgement waits only while a pending fact could still change what it
 *   gives (policy_is_settled), and never beyond its deadline. What is pending
 *   then counts as unknown, which can refuse nobody.
 * - Facts of a stage are forgotten before it begins again; its checks have
 *   ended by then, so that none writes into the next one's facts.
 *
 * Source: design.md 4.4, language.md "Order".
 */
#include "smtp/session.h"

/* The runs of later stages live and end with the transaction; an idle session
 * has room for the early ones only. NULL: its stage cannot have begun. */
static struct stage_run *
run_of(struct session *s, enum stage stage)
{
	if (stage < ST_MAIL)
		return &s->run[stage];
	return s->tx == NULL ? NULL : &s->tx->run[stage - ST_MAIL];
}

void
stage_begin(struct session *s, enum stage stage, struct arena *arena)
{
	struct desk *d = &s->desk;

	d->budget.deadline = now_of(s) +
	    s->server->settings->resolver.session_deadline;
	/* Without a stack for a check its facts are unknown: the judge
	 * reads them so, and nothing else is to be done. */
	(void)desk_start(d, stage, arena, run_of(s, stage));
}

void
stage_resume(struct session *s)
{
	struct desk *d = &s->desk;
	enum stage stage;

	d->budget.deadline = now_of(s) +
	    s->server->settings->resolver.session_deadline;
	/* The hundredth message of a session is looked at as the first. */
	d->budget.left = (unsigned)s->server->settings->resolver.questions;
	for (stage = ST_CONNECT; stage < ST_DATA; stage++)
		(void)desk_resume(d, run_of(s, stage));
}

WAITS void
stage_forget(struct session *s, enum stage from)
{
	struct stage_run *run;
	enum stage stage;

	for (stage = from; stage < ST_COUNT; stage++) {
		run = run_of(s, stage);
		if (run != NULL && run->is_started)
			desk_end(&s->desk, run);
	}
	facts_forget(s->desk.facts, from, ST_EOM);
	if (s->cleared > from)
		s->cleared = from;
}

void
stage_rcpt(struct session *s, const struct path *rcpt)
{
	struct stage_run *run = run_of(s, ST_RCPT);

	must(!desk_is_busy(run));
	if (run->is_started)
		desk_end(&s->desk, run);
	facts_forget(s->desk.facts, ST_RCPT, ST_RCPT);
	s->desk.rcpt = rcpt;
	(void)desk_start(&s->desk, ST_RCPT, s->tx->arena, run);
}

bool
stage_any_busy(struct session *s)
{
	const struct stage_run *run;
	enum stage stage;

	for (stage = ST_CONNECT; stage < ST_COUNT; stage++) {
		run = run_of(s, stage);
		if (run != NULL && desk_is_busy(run))
			return true;
	}
	return false;
}

void
judge_note(struct session *s, const char *name)
{
	desk_note(&s->desk, name, true);
}

/* For judgements whose result is thrown away. Whoever uses it does not wait
 * in between. */
static struct arena *
scratch(struct session *s)
{
	struct arena *a = s->server->shared->scratch;

	arena_reset(a);
	return a;
}

static void
judge(struct session *s, enum stage stage, struct arena *arena,
    struct verdict *v)
{
	s->desk.facts->now = world_wall(s->server->world);
	policy_judge(s->server->policy, s->desk.facts, stage, arena, v);
}

WAITS int
judge_wait(struct session *s, enum stage stage, usec_t deadline,
    struct arena *arena, struct verdict *v)
{
	int rc = 0;

	s->desk.facts->now = world_wall(s->server->world);
	while (rc == 0 && stage_any_busy(s) &&
	    !policy_is_settled(s->server->policy, s->desk.facts, stage,
	    scratch(s)))
		rc = bell_wait(&s->bell, deadline);
	if (rc == -E_CANCELED)
		return rc;
	s->early = (struct early){ rc == 0 ? s->desk.budget.open : 0,
	    now_of(s) };
	judge(s, stage, arena, v);
	return 0;
}

const struct verdict *
judge_drop(struct session *s)
{
	const struct policy *policy = s->server->policy;
	const struct stage_run *run;
	struct verdict *v;
	struct verdict probe;

	for (; s->cleared <= ST_MAIL; s->cleared++) {
		if (!policy_drops(policy, s->cleared))
			continue;
		run = run_of(s, s->cleared);
		if (run == NULL || !run->is_started || !policy_is_settled(
		    policy, s->desk.facts, s->cleared, scratch(s)))
			return NULL;
		judge(s, s->cleared, scratch(s), &probe);
		if (probe.action != ACT_DROP)
			continue;
		v = arena_alloc(s->arena, sizeof *v);
		judge(s, s->cleared, s->arena, v);
		return v;
	}
	return NULL;
}

/* Out: runs that have begun; room for ST_COUNT. */
static size_t
runs_begun(struct session *s, const struct stage_run **runs)
{
	const struct stage_run *run;
	enum stage stage;
	size_t n = 0;

	for (stage = ST_CONNECT; stage < ST_COUNT; stage++) {
		run = run_of(s, stage);
		if (run != NULL && run->is_started)
			runs[n++] = run;
	}
	return n;
}

static bool
any_telling(const struct stage_run *const *runs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (desk_is_telling(runs[i]))
			return true;
	return false;
}

WAITS int
judge_results(struct session *s, usec_t deadline, struct arena *arena,
    struct str **results, size_t *count)
{
	const struct stage_run *runs[ST_COUNT];
	size_t n = runs_begun(s, runs);
	int rc = 0;

	while (rc == 0 && any_telling(runs, n))
		rc = bell_wait(&s->bell, deadline);
	if (rc == -E_CANCELED)
		return rc;
	*count = desk_results(runs, n, arena, results);
	return 0;
}

struct str
judge_client_name(const struct session *s)
{
	int number = s->server->shared->shown[SH_NAME];
	const struct fact *f;

	if (number < 0)
		return (struct str){ 0 };
	f = &s->desk.facts->fact[number];
	return f->status == FS_KNOWN ? f->text : (struct str){ 0 };
}

bool
judge_is_unknown(const struct session *s, const struct list *list)
{
	const struct fact *fact = s->desk.facts->fact;
	int i;

	for (i = list->first; i < list->last; i++)
		if (fact[i].status == FS_PENDING ||
		    fact[i].status == FS_UNKNOWN)
			return true;
	return false;
}
