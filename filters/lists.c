/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lists - what DNS lists say about the client, its names and the sender.
 *
 * A list has codes, and is asked about one or several subjects. Each pair
 * (code, subject) has a fact, which the answer to one question states; with
 * one subject that is the code's own fact. The others follow from those:
 *
 *	dbl.helo.spam    (answer) ---+
 *	dbl.sender.spam  (answer) ---+--> dbl.spam --+
 *	dbl.name.spam    (answer) ---+               +--> dbl
 *	                               dbl.phish ... +
 *
 * "settle" computes them anew after each change, so that nothing that was
 * said about an earlier sender of the same session is left in them.
 *
 * Called by: filters/check.c, at connect, HELO, MAIL and after the dot.
 * Always holds: only what list_match takes for a listing makes a fact true;
 * an error of the list, a strange answer and a trouble of DNS are unknown
 * (lists-and-replies 5.8). A client that is local is never asked about, and
 * neither are names of ours. All questions of a stage go out at once; only
 * those about a client name that is still to come wait for it.
 * Source: RFC 5782 2; 8904 for Authentication-Results; language.md 2. Catalogue 94, 97, 98, 137.
 * KNOWN GAPS: a domain is asked as it was given, without the cut to the
 * organisational domain that some lists ask for; nobody asks about DKIM
 * domains; lists count as probed and healthy.
 */
#include "config.h"

#include <string.h>

#include "filters/filters.h"

enum { ALL_UNKNOWN };

static const struct fact_decl facts[] = {
	[ALL_UNKNOWN] = { "lists.all-unknown", FT_TRUTH, ST_CONNECT,
	                  FAM_LISTS, NULL, NULL, FACT_IGNORANCE,
	                  "Lists were asked about the client, and none gave "
	                  "an answer that can be used." },
};

/* What one question is about. */
struct ask {
	const struct list *list;
	enum subject       subject;
};

/* Questions that go out together. */
struct round {
	struct question *questions;
	struct ask      *asks;
	size_t           count;
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
		a->list = lists[*at / SUBJECT_COUNT];
		a->subject = (enum subject)(*at % SUBJECT_COUNT);
		(*at)++;
		if (a->list->asks[a->subject] &&
		    subject_stage(a->subject) == check_stage(c))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Facts of a list.
 */

static int
fact_of(const struct ask *a, size_t code)
{
	return a->list->subjects == 1 ? a->list->codes[code].fact
	    : a->list->codes[code].by_subject[a->subject];
}

/* Asked, or about to be. */
static bool
is_open(const struct check *c, const struct ask *a)
{
	return a->list->code_count > 0 &&
	    fact_peek(c, fact_of(a, 0))->status == FS_PENDING;
}

/* Some facts seen as one that is true when any of them is. */
struct tally {
	bool     is_true, is_pending, is_later, is_false;
	enum why why;                /* not WHY_NONE: one is unknown         */
};

static void
tally_add(struct tally *t, const struct fact *f, bool counts)
{
	t->is_true |= f->status == FS_KNOWN && f->truth && counts;
	t->is_false |= f->status == FS_KNOWN;
	t->is_pending |= f->status == FS_PENDING;
	t->is_later |= f->status == FS_LATER;
	if (f->status == FS_UNKNOWN && t->why == WHY_NONE)
		t->why = (enum why)f->why;
}

/* What may still become true comes before what is unknown for good. */
static void
tally_state(struct check *c, int number, const struct tally *t)
{
	if (t->is_true)
		list_truth(c, number, true);
	else if (t->is_pending || t->is_later)
		list_open(c, number, t->is_pending);
	else if (t->why != WHY_NONE)
		list_unknown(c, number, t->why);
	else if (t->is_false)
		list_truth(c, number, false);
	else
		list_not_asked(c, number);
}

static void
settle_code(struct check *c, const struct list *l, size_t code)
{
	const int *by_subject = l->codes[code].by_subject;
	struct tally t = { 0 };
	int s;

	for (s = 0; s < SUBJECT_COUNT; s++)
		if (l->asks[s])
			tally_add(&t, fact_peek(c, by_subject[s]), true);
	tally_state(c, l->codes[code].fact, &t);
}

static void
settle(struct check *c, const struct list *l)
{
	struct tally own = { 0 };
	size_t i;

	for (i = 0; i < l->code_count; i++) {
		if (l->subjects > 1)
			settle_code(c, l, i);
		tally_add(&own, fact_peek(c, l->codes[i].fact),
		    l->codes[i].counts);
	}
	tally_state(c, l->fact, &own);
}

/* ------------------------------------------------------------------------
 * Answers.
 */

/* Codes without a hit: no, or unknown for a reason. */
static void
close_open(struct check *c, const struct ask *a, enum why why)
{
	size_t i;
	int fact;

	for (i = 0; i < a->list->code_count; i++) {
		fact = fact_of(a, i);
		if (fact_peek(c, fact)->status != FS_PENDING)
			continue;
		if (why != WHY_NONE)
			list_unknown(c, fact, why);
		else
			list_truth(c, fact, false);
	}
}

/* Out: r->hit. Returns WHY_NONE, or why codes that did not hit are unknown. */
static enum why
read_answer(struct round *r, const struct list *l, const struct question *q)
{
	struct ip records[DNS_RECORDS];
	size_t i, n = 0;
	int rc;

	memset(r->hit, 0, l->code_count);
	if (q->error != 0)
		return why_of_error(q->error);
	for (i = 0; i < q->answer.count && i < DNS_RECORDS; i++)
		records[n++] = q->answer.records[i].ip;
	rc = list_match(l, records, n, r->hit);
	if (rc == -E_REFUSED)
		memset(r->hit, 0, l->code_count);
	return rc == 0 ? WHY_NONE : WHY_LIST;
}

/* A list of good addresses has a code that takes points away. */
static bool
is_allow_list(const struct list *l)
{
	size_t i;

	for (i = 0; i < l->code_count; i++)
		if (l->codes[i].points < 0)
			return true;
	return false;
}

/* RFC 8904: what a list of good addresses says about the client. */
static void
tell(struct check *c, const struct ask *a, const struct question *q,
    enum why why, bool is_usable)
{
	struct arena *arena = check_arena(c);
	struct str ip = STR("");
	const char *result = "none";

	if (a->subject != SUBJECT_CLIENT || !is_allow_list(a->list) ||
	    q->error == -E_CANCELED)
		return;
	if (q->error != 0)
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

/* Codes that hit come first, since several may share a fact. */
static void
got(struct check *c, struct question *q, void *arg)
{
	struct round *r = arg;
	const struct ask *a = q->more;
	enum why why = read_answer(r, a->list, q);
	bool is_usable = why == WHY_NONE;
	size_t i;

	for (i = 0; i < a->list->code_count; i++)
		if (r->hit[i]) {
			list_truth(c, fact_of(a, i), true);
			is_usable = true;
		}
	close_open(c, a, why);
	settle(c, a->list);
	tell(c, a, q, why, is_usable);
	if (is_usable && r->usable++ == 0 && check_stage(c) == ST_CONNECT)
		fact_truth(c, ALL_UNKNOWN, false);
}

/* ------------------------------------------------------------------------
 * Who is asked what.
 */

static bool
client_is_asked(const struct check *c, const struct list *l)
{
	struct ip ip = check_client(c)->ip;

	if (ip_is_private(ip) || ip_is_loopback(ip))
		return false;
	return ip_is_v6(ip) ? l->has_ip6 : l->has_ip4;
}

/* The domain that a subject stands for; empty when it has none, or when the
 * client's name is not known. */
static struct str
domain_of(const struct check *c, enum subject s)
{
	const struct fact *name;

	if (s == SUBJECT_HELO)
		return check_helo(c);
	if (s == SUBJECT_SENDER && check_sender(c)->kind == PT_MAILBOX)
		return check_sender(c)->domain;
	if (s == SUBJECT_NAME) {
		name = fact_named(c, "client.name");
		if (name->status == FS_KNOWN)
			return name->text;
	}
	return STR("");
}

/* Literals are no domains; what is too long to be asked cannot be listed. */
static bool
domain_is_asked(const struct check *c, const struct list *l, struct str name)
{
	return l->has_domain && name_is_domain(name) &&
	    !check_is_ours(c, name) &&
	    name.len + 1 + l->zone.len <= NAME_MAX_TEXT;
}

static bool
is_asked(const struct check *c, const struct ask *a)
{
	if (a->list->is_off || check_client(c)->is_local)
		return false;
	if (a->subject == SUBJECT_CLIENT)
		return client_is_asked(c, a->list);
	return domain_is_asked(c, a->list, domain_of(c, a->subject));
}

/* Gives the facts of an ask their first status. */
static void
open_ask(struct check *c, const struct ask *a)
{
	const struct fact *name = NULL;
	bool is_wanted = is_asked(c, a);
	size_t i;

	if (a->subject == SUBJECT_NAME && a->list->has_domain &&
	    !a->list->is_off && !check_client(c)->is_local)
		name = fact_named(c, "client.name");
	if (name != NULL && name->status == FS_PENDING)
		is_wanted = true;
	for (i = 0; i < a->list->code_count; i++) {
		if (is_wanted)
			list_open(c, fact_of(a, i), true);
		else if (name != NULL && name->status == FS_UNKNOWN)
			list_unknown(c, fact_of(a, i), (enum why)name->why);
		else
			list_not_asked(c, fact_of(a, i));
	}
}

/* All lists are settled: the session has forgotten what followed from an
 * earlier sender, but not what HELO gave. */
static int
now_stage(struct check *c)
{
	bool is_more = false;
	struct ask a;
	size_t at = 0, i, n;
	struct list *const *lists = check_lists(c, &n);

	while (next_ask(c, &at, &a)) {
		open_ask(c, &a);
		is_more |= is_open(c, &a);
	}
	for (i = 0; i < n; i++)
		settle(c, lists[i]);
	if (!is_more && check_stage(c) == ST_CONNECT)
		fact_truth(c, ALL_UNKNOWN, false);
	return is_more ? -E_AGAIN : 0;
}

/* ------------------------------------------------------------------------
 * Asking.
 */

static struct str
question_name(struct check *c, const struct ask *a)
{
	struct arena *arena = check_arena(c);

	if (a->subject == SUBJECT_CLIENT)
		return ip_list_name(arena, check_client(c)->ip,
		    a->list->zone);
	return arena_lower(arena, arena_printf(arena, "%.*s.%.*s",
	    STR_ARG(domain_of(c, a->subject)), STR_ARG(a->list->zone)));
}

/* A name that is still to come is open, and not ready. */
static bool
is_ready(const struct check *c, const struct ask *a)
{
	return is_open(c, a) && (a->subject != SUBJECT_NAME ||
	    domain_of(c, SUBJECT_NAME).len > 0);
}

static void
collect(struct check *c, struct round *r)
{
	size_t at = 0, n = 0, codes = 0;
	struct ask a;

	while (next_ask(c, &at, &a))
		if (is_ready(c, &a)) {
			n++;
			if (codes < a.list->code_count)
				codes = a.list->code_count;
		}
	r->hit = arena_array(check_arena(c), codes, sizeof *r->hit);
	r->asks = arena_array(check_arena(c), n, sizeof *r->asks);
	r->questions = arena_array(check_arena(c), n, sizeof *r->questions);
	for (at = 0; next_ask(c, &at, &a); )
		if (is_ready(c, &a)) {
			r->asks[r->count] = a;
			r->questions[r->count] = (struct question){
			    .name = question_name(c, &a), .type = DNS_A,
			    .more = &r->asks[r->count] };
			r->count++;
		}
}

static WAITS int
ask_ready(struct check *c, struct round *r)
{
	*r = (struct round){ 0 };
	collect(c, r);
	return dns_ask_each(c, r->questions, r->count, got, r);
}

static WAITS int
at_connect(struct check *c)
{
	struct round r;
	int rc;

	rc = ask_ready(c, &r);
	if (rc == 0 && r.usable == 0)
		fact_truth(c, ALL_UNKNOWN, true);
	return rc;
}

static bool
any_open(const struct check *c)
{
	struct ask a;
	size_t at = 0;

	while (next_ask(c, &at, &a))
		if (is_open(c, &a))
			return true;
	return false;
}

/* What is open after a round can only be about the client's name. */
static WAITS int
at_helo(struct check *c)
{
	const struct fact *name;
	struct round r;
	struct ask a;
	size_t at = 0;
	int rc;

	rc = ask_ready(c, &r);
	if (rc != 0 || !any_open(c))
		return rc;
	rc = fact_wait(c, "client.name", &name);
	if (rc != 0)
		return rc;
	while (next_ask(c, &at, &a))
		if (is_open(c, &a)) {
			open_ask(c, &a);
			settle(c, a.list);
		}
	return ask_ready(c, &r);
}

static WAITS int
at_mail(struct check *c)
{
	struct round r;

	return ask_ready(c, &r);
}

/* Whatever was cut short is unknown. */
static void
end_stage(struct check *c, int error)
{
	struct ask a;
	size_t at = 0;

	while (next_ask(c, &at, &a))
		if (is_open(c, &a)) {
			must(error != 0);
			close_open(c, &a, why_of_error(error));
			settle(c, a.list);
		}
}

const struct filter filter_lists = {
	.name = "lists",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_CONNECT] = now_stage, [ST_HELO] = now_stage,
	         [ST_MAIL] = now_stage, [ST_EOM] = now_stage },
	.at = { [ST_CONNECT] = at_connect, [ST_HELO] = at_helo,
	        [ST_MAIL] = at_mail },
	.end = end_stage,
};
