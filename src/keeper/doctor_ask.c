/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_ask - what lists say about somebody, asked outside of any session:
 * the addresses of all at once, then the texts of those that name him.
 *
 * Called by: keeper/control.c, for `postern ask`.
 * Always holds: nothing is asked that a session would not ask: no private
 * address, no list of another kind, none that is switched off, and none that
 * has reached its limit. Only loopback is: 127.0.0.2 is how people try a list
 * (RFC 5782 5). What is asked counts against the limit.
 * KNOWN GAPS: as sessions do, so this asks a list that is ill only when it is
 * told to by name.
 */
#include "keeper/doctor_own.h"

#include <string.h>

#include "base/name.h"
#include "keeper/probe.h"

#define ASK_TIME (3 * SEC)

/* One list while it is asked. */
struct asking {
	const struct patient *patient;
	struct str            name;
	struct question       address, text;
};

/* What is asked about. */
struct wish {
	enum list_kind kind;
	struct ip      ip;
	struct str     domain;
	struct str     list;       /* "": all                               */
};

static int
wish_read(struct str what, struct str list, struct arena *a, struct wish *w)
{
	w->list = list;
	if (ip_parse(what, &w->ip) == 0) {
		w->kind = list_kind_of(w->ip);
		return ip_is_private(w->ip) && !ip_is_loopback(w->ip) ?
		    -E_INVALID : 0;
	}
	w->kind = LK_DOMAIN;
	w->domain = arena_lower(a, what);
	return name_is_host(w->domain) ? 0 : -E_INVALID;
}

static bool
is_wanted(const struct patient *p, const struct wish *w)
{
	if (p->kind != w->kind || p->health.is_over)
		return false;
	return w->list.len == 0 ? belief_rank(p->health.sign.state) < 2 :
	    str_eq(w->list, p->list->name);
}

/* Starts a question; its bell is that of all. */
static void
start(struct doctor *d, struct asking *a, struct question *q,
    enum dns_type type, struct budget *budget, struct arena *arena,
    struct bell *bell)
{
	q->name = a->name;
	q->type = type;
	board_list_count(d->conf.world->board, d->conf.row, a->patient->slot,
	    LS_ASKED, 1);
	names_start(d->conf.names, q, budget, arena, bell);
}

/* Those that were never started are done as far as anybody waits. */
static bool
is_over(const struct question *q)
{
	return q->name.len == 0 || q->is_done;
}

static WAITS int
await(struct asking *all, size_t count, struct bell *bell)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < count && rc == 0; i++)
		while ((!is_over(&all[i].address) || !is_over(&all[i].text)) &&
		    rc == 0)
			rc = bell_wait(bell, USEC_NEVER);
	for (i = 0; i < count && rc != 0; i++) {
		if (!is_over(&all[i].address))
			names_drop(&all[i].address);
		if (!is_over(&all[i].text))
			names_drop(&all[i].text);
	}
	return rc;
}

static bool
is_listed(const struct question *q)
{
	return q->is_done && q->error == 0 && q->answer.count > 0;
}

static WAITS int
ask_all(struct doctor *d, struct asking *all, size_t count,
    struct arena *arena)
{
	struct budget budget = { .left = (unsigned)(2 * count),
		.deadline = world_now(d->conf.world) + ASK_TIME };
	struct bell bell = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < count; i++)
		start(d, &all[i], &all[i].address, DNS_A, &budget, arena,
		    &bell);
	rc = await(all, count, &bell);
	if (rc != 0)
		return rc;
	for (i = 0; i < count; i++)
		if (is_listed(&all[i].address))
			start(d, &all[i], &all[i].text, DNS_TXT, &budget,
			    arena, &bell);
	return await(all, count, &bell);
}

/* ------------------------------------------------------------------------
 * What they said.
 */

/* A name that several codes share is said once. */
static bool
was_said(const struct list *l, const bool *hit, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (hit[k] && str_eq(l->codes[k].name, l->codes[i].name))
			return true;
	return false;
}

/* "xbl +8, pbl +4" */
static struct str
codes_text(const struct list *l, const struct ip *ips, size_t count,
    struct arena *a)
{
	bool *hit = arena_array(a, l->code_count, sizeof *hit);
	char points[POINTS_TEXT];
	struct str text = STR("");
	size_t i;

	(void)list_match(l, ips, count, hit);
	for (i = 0; i < l->code_count; i++) {
		if (!hit[i] || was_said(l, hit, i))
			continue;
		(void)points_print(l->codes[i].points, 0, points);
		text = arena_printf(a, "%.*s%s%.*s %s%s", STR_ARG(text),
		    text.len > 0 ? ", " : "", STR_ARG(l->codes[i].name),
		    l->codes[i].points > 0 ? "+" : "", points);
	}
	return text;
}

static void
report(const struct asking *from, struct asked_list *to, struct arena *a)
{
	const struct question *q = &from->address;
	const struct list *l = from->patient->list;
	struct ip ips[DNS_RECORDS], what;
	size_t count, shown;

	to->list = l;
	to->heard = HEARD_TROUBLE;
	to->error = q->is_done ? q->error : -E_TIMEOUT;
	if (to->error != 0)
		return;
	count = probe_addresses(&q->answer, ips);
	to->heard = list_hear(l, ips, count, &what);
	shown = count < COUNT(to->answers) ? count : COUNT(to->answers);
	memcpy(to->answers, ips, shown * sizeof ips[0]);
	to->answer_count = shown;
	to->codes = codes_text(l, ips, count, a);
	to->ttl = q->answer.ttl;
	to->took = q->answer.took;
	if (is_listed(&from->text))
		to->text = from->text.answer.records[0].text;
}

static struct str
question_name(const struct list *l, const struct wish *w, struct arena *a)
{
	return w->kind == LK_DOMAIN ?
	    list_question_domain(l, w->domain, a) :
	    list_question_ip(l, w->ip, a);
}

WAITS int
doctor_ask(struct doctor *d, struct str what, struct str list,
    struct arena *arena, struct asked_list **out, size_t *out_count)
{
	struct asking *all;
	struct wish wish = { 0 };
	size_t i, count = 0;
	int rc;

	rc = wish_read(what, list, arena, &wish);
	if (rc != 0)
		return rc;
	all = arena_array(arena, d->count, sizeof *all);
	for (i = 0; i < d->count; i++) {
		if (!is_wanted(&d->patients[i], &wish))
			continue;
		all[count].patient = &d->patients[i];
		all[count].name = question_name(d->patients[i].list, &wish,
		    arena);
		count += all[count].name.len > 0;
	}
	if (count == 0)
		return -E_NOTFOUND;
	rc = ask_all(d, all, count, arena);
	if (rc != 0)
		return rc;
	*out = arena_array(arena, count, sizeof **out);
	for (i = 0; i < count; i++)
		report(&all[i], &(*out)[i], arena);
	*out_count = count;
	return 0;
}
