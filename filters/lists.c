/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lists - what DNS lists say about the client, its names, the sender and
 * those who signed.
 *
 *	now ---> not asked; or cannot be believed: unknown at once
 *	  |
 *	  `--> open ---> ready ---> asked ---> answers ---> closed
 *	         |         ^
 *	         `- waits -+  for the client's name, the signatures, or the
 *	                      truth of `when`
 *
 * Called by: filters/check.c, at connect, HELO, MAIL and after the dot. The
 * facts are in lists_facts.c.
 * Always holds:
 * - Only what list_match takes for a listing makes a fact true; an error of
 *   the list, a strange answer and a trouble of DNS are unknown
 *   (lists-and-replies 5.8).
 * - A list in trouble is not asked, and costs no time. What a list named while
 *   it was suspect, or went astray between question and answer, is unknown
 *   (language.md 2, "Health").
 * - An answer is counted once, however many sessions wait for it.
 * - A client that is local is never asked about, and neither are names of
 *   ours. Questions of a stage go out at once; only those wait that need
 *   something that is still to come.
 *
 * Source: RFC 5782 2; 8904 for Authentication-Results; language.md 2.
 * Catalogue 94, 97, 98, 137, 140.
 * KNOWN GAPS: a domain is asked as it was given, without the cut to the
 * organisational domain that some lists ask for.
 */
#include "config.h"

#include <string.h>

#include "filters/filters.h"
#include "filters/lists.h"

#define DOMAINS 4       /* of those who signed                              */

enum { ALL_UNKNOWN };

static const struct fact_decl facts[] = {
	[ALL_UNKNOWN] = { "lists.all-unknown", FT_TRUTH, ST_CONNECT,
	                  FAM_LISTS, NULL, NULL, FACT_IGNORANCE,
	                  "Lists know something about such a client, and none "
	                  "gave an answer that can be used." },
};

/* Facts that a subject is made of. */
static const char *const inputs[SUBJECT_COUNT] = {
	[SUBJECT_NAME] = "client.name", [SUBJECT_DKIM] = "dkim.domains",
};

/* Questions that go out together. */
struct round {
	struct question *questions;
	struct ask      *asks;
	size_t           count;      /* of the questions                     */
	size_t           ask_count;
	size_t           usable;     /* answers that told something          */
	bool            *hit;        /* room for the codes of any list       */
};

/* Walks over the asks of this stage, whether they are made or not. *at
 * starts at 0; false at the end. */
static bool
next_ask(const struct check *c, size_t *at, struct ask *a)
{
	size_t n;
	struct list *const *lists = check_lists(c, &n);

	while (*at < n * SUBJECT_COUNT) {
		*a = (struct ask){ .list = lists[*at / SUBJECT_COUNT],
		    .subject = (enum subject)(*at % SUBJECT_COUNT) };
		(*at)++;
		if (a->list->asks[a->subject] &&
		    list_stage(a->list, a->subject) == check_stage(c))
			return true;
	}
	return false;
}

enum list_kind
ask_kind(const struct check *c, const struct ask *a)
{
	return a->subject == SUBJECT_CLIENT ?
	    list_kind_of(check_client(c)->ip) : LK_DOMAIN;
}

/* ------------------------------------------------------------------------
 * Who is asked what.
 */

/* Literals are no domains; what is too long to be asked cannot be listed. */
static bool
domain_is_asked(const struct check *c, const struct list *l, struct str name)
{
	return name_is_domain(name) && !check_is_ours(c, name) &&
	    list_fits(l, name);
}

/* What a subject stands for, whether it is asked about or not. Out: borrowed;
 * DOMAINS. */
static size_t
subject_names(const struct check *c, enum subject s, struct str *names)
{
	const struct fact *f;
	size_t n;

	if (s == SUBJECT_HELO) {
		names[0] = check_helo(c);
		return 1;
	}
	if (s == SUBJECT_SENDER) {
		names[0] = check_sender(c)->domain;
		return check_sender(c)->kind == PT_MAILBOX;
	}
	f = fact_named(c, inputs[s]);
	if (f->status != FS_KNOWN)
		return 0;
	if (s == SUBJECT_NAME) {
		names[0] = f->text;
		return 1;
	}
	n = f->set.count < DOMAINS ? f->set.count : DOMAINS;
	memcpy(names, f->set.member, n * sizeof *names);
	return n;
}

/* The domains that an ask is about. */
static size_t
domains_of(const struct check *c, const struct ask *a, struct str *domains)
{
	struct str names[DOMAINS];
	size_t i, n = 0, all = subject_names(c, a->subject, names);

	for (i = 0; i < all; i++)
		if (domain_is_asked(c, a->list, names[i]))
			domains[n++] = names[i];
	return n;
}

static bool
client_is_asked(const struct check *c)
{
	struct ip ip = check_client(c)->ip;

	return !ip_is_private(ip) && !ip_is_loopback(ip);
}

static bool
when_is_open(const struct check *c, const struct list *l)
{
	return l->when_fact >= 0 &&
	    fact_peek(c, l->when_fact)->status == FS_PENDING;
}

/* The name of a fact that must be known before this can be asked, and is
 * still to come; NULL: none. */
static const char *
awaited(struct check *c, const struct ask *a)
{
	const char *input = inputs[a->subject];
	const struct fact *f;

	if (when_is_open(c, a->list))
		return arena_str(check_arena(c), a->list->when).p;
	if (input == NULL)
		return NULL;
	f = fact_named(c, input);
	return f->status == FS_PENDING || f->is_open ? input : NULL;
}

/* Why nobody can say whether it is to be asked: a fact it needs is unknown. */
static enum why
input_trouble(const struct check *c, const struct ask *a)
{
	const struct fact *f;

	if (a->list->when_fact >= 0) {
		f = fact_peek(c, a->list->when_fact);
		if (f->status == FS_UNKNOWN)
			return (enum why)f->why;
	}
	if (inputs[a->subject] == NULL)
		return WHY_NONE;
	f = fact_named(c, inputs[a->subject]);
	return f->status == FS_UNKNOWN ? (enum why)f->why : WHY_NONE;
}

static bool
when_holds(const struct check *c, const struct list *l)
{
	const struct fact *f;

	if (l->when_fact < 0)
		return true;
	f = fact_peek(c, l->when_fact);
	return f->status == FS_KNOWN && f->truth;
}

/* Whatever its inputs may be. */
static bool
may_be_asked(const struct check *c, const struct ask *a)
{
	return !a->list->is_off && !check_client(c)->is_local &&
	    list_has_kind(a->list, ask_kind(c, a)) &&
	    (a->subject != SUBJECT_CLIENT || client_is_asked(c));
}

/* With all of its inputs. */
static bool
is_asked(const struct check *c, const struct ask *a)
{
	struct str domains[DOMAINS];

	return when_holds(c, a->list) && (a->subject == SUBJECT_CLIENT ||
	    domains_of(c, a, domains) > 0);
}

/* Gives the facts of an ask their first status, or the next when an input has
 * come. Returns whether it would be asked, were it believed. */
static bool
open_ask(struct check *c, const struct ask *a)
{
	struct belief belief;
	enum why why;

	if (!may_be_asked(c, a)) {
		ask_not_made(c, a);
		return false;
	}
	why = input_trouble(c, a);
	if (why == WHY_NONE && awaited(c, a) == NULL && !is_asked(c, a)) {
		ask_not_made(c, a);
		return false;
	}
	belief = check_belief(c, a->list, ask_kind(c, a));
	if (!belief.is_asked && !when_is_open(c, a->list))
		why = belief.why;
	if (why != WHY_NONE)
		ask_unknown(c, a, why);
	else
		ask_open(c, a);
	return true;
}

/* All lists are settled: the session has forgotten what followed from an
 * earlier sender, but not what HELO gave. */
static int
now_stage(struct check *c)
{
	bool is_more = false, is_wanted = false;
	size_t at = 0, i, n;
	struct list *const *lists = check_lists(c, &n);
	struct ask a;

	while (next_ask(c, &at, &a)) {
		is_wanted |= open_ask(c, &a);
		is_more |= ask_is_open(c, &a);
	}
	for (i = 0; i < n; i++)
		list_settle(c, lists[i]);
	if (!is_more && check_stage(c) == ST_CONNECT)
		fact_truth(c, ALL_UNKNOWN, is_wanted);
	return is_more ? -E_AGAIN : 0;
}

/* ------------------------------------------------------------------------
 * Answers.
 */

static bool
is_our_trouble(int error)
{
	return error == -E_BUDGET || error == -E_CANCELED ||
	    error == -E_INVALID;
}

/* What came out of the cache, or was another's question, was counted. */
static void
count_answer(struct check *c, const struct ask *a, const struct question *q,
    const struct ip *records, size_t n)
{
	enum heard heard = HEARD_TROUBLE;
	struct ip what;

	if (q->is_shared || (q->error == 0 && q->answer.is_cached) ||
	    is_our_trouble(q->error))
		return;
	if (q->error == 0)
		heard = list_hear(a->list, records, n, &what);
	check_heard(c, a->list, ask_kind(c, a), heard,
	    q->error == 0 ? q->answer.took : 0);
}

/* What the belief of this moment leaves of an answer; hit as list_match has
 * it. */
static enum why
not_believed(struct check *c, const struct ask *a, const bool *hit,
    size_t records)
{
	struct belief belief = check_belief(c, a->list, ask_kind(c, a));
	bool is_naming = records > 0 && a->list->value_at >= 0;
	size_t i;

	for (i = 0; i < a->list->code_count; i++)
		is_naming |= hit[i];
	return !belief.is_asked || (is_naming && !belief.in_hits) ?
	    belief.why : WHY_NONE;
}

/* Out: r->hit and *n, the records that are believed. Returns WHY_NONE, or why
 * codes that did not hit are unknown. */
static enum why
read_answer(struct check *c, struct round *r, const struct ask *a,
    const struct question *q, struct ip *records, size_t *n)
{
	enum why why;
	size_t i;
	int rc;

	memset(r->hit, 0, a->list->code_count * sizeof *r->hit);
	*n = 0;
	for (i = 0; q->error == 0 && i < q->answer.count && i < DNS_RECORDS;
	    i++)
		records[(*n)++] = q->answer.records[i].ip;
	count_answer(c, a, q, records, *n);
	if (q->error != 0)
		return why_of_error(q->error);
	rc = list_match(a->list, records, *n, r->hit);
	why = rc == -E_REFUSED ? WHY_NONE : not_believed(c, a, r->hit, *n);
	if (rc == -E_REFUSED || why != WHY_NONE) {
		memset(r->hit, 0, a->list->code_count * sizeof *r->hit);
		*n = 0;
	}
	return why != WHY_NONE ? why : rc == 0 ? WHY_NONE : WHY_LIST;
}

/* RFC 8904: what a list of good addresses says about the client. */
static void
tell(struct check *c, const struct ask *a, const struct question *q,
    enum why why, bool is_usable)
{
	struct arena *arena = check_arena(c);
	struct str ip = STR("");
	const char *result = "none";

	if (a->subject != SUBJECT_CLIENT || !list_praises(a->list) ||
	    q->error == -E_CANCELED)
		return;
	if (q->error != 0 || (why != WHY_NONE && why != WHY_LIST))
		result = "temperror";
	else if (why != WHY_NONE && !is_usable)
		result = "permerror";
	else if (q->answer.count > 0)
		result = "pass";
	if (q->error == 0 && q->answer.count > 0)
		ip = arena_printf(arena, " policy.ip=%.*s",
		    STR_ARG(auth_value(arena, ip_text(arena,
		    q->answer.records[0].ip))));
	auth_result(c, arena_printf(arena, "dnswl=%s dns.zone=%.*s "
	    "dns.sec=na%.*s", result, STR_ARG(auth_value(arena,
	    a->list->zone)), STR_ARG(ip)));
}

static void
got(struct check *c, struct question *q, void *arg)
{
	struct round *r = arg;
	struct ask *a = q->more;
	struct ip records[DNS_RECORDS];
	size_t n;
	enum why why = read_answer(c, r, a, q, records, &n);
	bool is_usable = why == WHY_NONE;

	is_usable |= ask_state(c, a, r->hit, records, n);
	if (a->why == WHY_NONE)
		a->why = why;
	if (--a->open == 0)
		ask_close(c, a, a->why);
	list_settle(c, a->list);
	tell(c, a, q, why, is_usable);
	if (is_usable && r->usable++ == 0 && check_stage(c) == ST_CONNECT)
		fact_truth(c, ALL_UNKNOWN, false);
}

/* ------------------------------------------------------------------------
 * Asking.
 */

static bool
is_ready(struct check *c, const struct ask *a)
{
	return ask_is_open(c, a) && awaited(c, a) == NULL;
}

static void
add_question(struct round *r, struct ask *a, struct str name, usec_t since)
{
	r->questions[r->count++] = (struct question){ .name = name,
	    .type = DNS_A, .more = a, .since = since };
	a->open++;
}

static void
add_ask(struct check *c, struct round *r, const struct ask *from)
{
	struct ask *a = &r->asks[r->ask_count++];
	usec_t since = check_belief(c, from->list, ask_kind(c, from)).since;
	struct arena *arena = check_arena(c);
	struct str domains[DOMAINS];
	size_t i, n;

	*a = *from;
	if (a->subject == SUBJECT_CLIENT) {
		add_question(r, a, list_question_ip(a->list,
		    check_client(c)->ip, arena), since);
		return;
	}
	n = domains_of(c, a, domains);
	for (i = 0; i < n; i++)
		add_question(r, a, list_question_domain(a->list,
		    arena_lower(arena, domains[i]), arena), since);
}

static void
collect(struct check *c, struct round *r)
{
	size_t at = 0, n = 0, questions = 0, codes = 0;
	struct ask a;

	while (next_ask(c, &at, &a))
		if (is_ready(c, &a)) {
			n++;
			questions += a.subject == SUBJECT_DKIM ? DOMAINS : 1;
			if (codes < a.list->code_count)
				codes = a.list->code_count;
		}
	r->hit = arena_array(check_arena(c), codes, sizeof *r->hit);
	r->asks = arena_array(check_arena(c), n, sizeof *r->asks);
	r->questions = arena_array(check_arena(c), questions,
	    sizeof *r->questions);
	for (at = 0; next_ask(c, &at, &a); )
		if (is_ready(c, &a))
			add_ask(c, r, &a);
}

/* Not what another has asked: he counts it. */
static void
count_left(struct check *c, const struct round *r)
{
	const struct question *q;

	for (q = r->questions; q < r->questions + r->count; q++) {
		const struct ask *a = q->more;

		if (!q->is_done && !q->is_shared)
			check_left(c, a->list, ask_kind(c, a));
	}
}

static WAITS int
ask_ready(struct check *c, struct round *r)
{
	int rc;

	collect(c, r);
	rc = dns_ask_each(c, r->questions, r->count, got, r);
	if (rc != 0)
		count_left(c, r);
	return rc;
}

/* Whether some ask is open. Out: *input, what it waits for; NULL when that
 * has come while others were asked. */
static bool
is_unfinished(struct check *c, const char **input)
{
	struct ask a;
	size_t at = 0;

	while (next_ask(c, &at, &a))
		if (ask_is_open(c, &a)) {
			*input = awaited(c, &a);
			return true;
		}
	return false;
}

static void
open_again(struct check *c)
{
	struct ask a;
	size_t at = 0;

	while (next_ask(c, &at, &a))
		if (ask_is_open(c, &a)) {
			(void)open_ask(c, &a);
			list_settle(c, a.list);
		}
}

/* What is open after a round waits for something that is still to come. */
static WAITS int
at_stage(struct check *c)
{
	struct round r = { 0 };
	const struct fact *input;
	const char *name;
	int rc;

	open_again(c);          /* inputs may have come since now_stage */
	rc = ask_ready(c, &r);
	while (rc == 0 && is_unfinished(c, &name)) {
		if (name != NULL)
			rc = fact_wait(c, name, &input);
		if (rc != 0)
			break;
		open_again(c);
		r = (struct round){ .usable = r.usable };
		rc = ask_ready(c, &r);
	}
	if (rc == 0 && r.usable == 0 && check_stage(c) == ST_CONNECT)
		fact_truth(c, ALL_UNKNOWN, true);
	return rc;
}

/* Whatever was cut short is unknown. */
static void
end_stage(struct check *c, int error)
{
	struct ask a;
	size_t at = 0;

	while (next_ask(c, &at, &a))
		if (ask_is_open(c, &a)) {
			must(error != 0);
			ask_close(c, &a, why_of_error(error));
			list_settle(c, a.list);
		}
}

const struct filter filter_lists = {
	.name = "lists",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_CONNECT] = now_stage, [ST_HELO] = now_stage,
	         [ST_MAIL] = now_stage, [ST_EOM] = now_stage },
	.at = { [ST_CONNECT] = at_stage, [ST_HELO] = at_stage,
	        [ST_MAIL] = at_stage, [ST_EOM] = at_stage },
	.end = end_stage,
};
