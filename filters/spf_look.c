/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_look - the questions of SPF, their limits, and what names they lead to.
 *
 * Called by: spf_walk.c, from inside libspf2's hooks.
 * Always holds: one evaluation asks at most QUESTIONS questions, none after
 * PATIENCE; the first stop is the one that is reported.
 * Source: RFC 7208 4.3 to 4.6, 5.5, 6.2, 7.3; void rule in spf_look.h.
 * KNOWN GAPS: time is looked at before each question, so the last one may go
 * over PATIENCE by its own deadline. Of an answer dns/ keeps DNS_RECORDS
 * records: a domain with more TXT than that may hide its SPF record. A
 * trouble with PTR is "no match" (RFC 7208 5.5), so a client whose reverse
 * zone is broken can miss a pass; that zone is the client's own, and taking
 * it for temperror would let any forger out of a fail.
 */
#include "config.h"

#include "base/name.h"
#include "filters/spf_expand.h"
#include "filters/spf_look.h"
#include "lang/value.h"

#define QUESTIONS 40
#define PATIENCE  (8 * SEC)
#define VOIDS     2

struct look_names {
	size_t     count;
	struct str name[SPF_NAMES_MAX];
	bool       is_tried[SPF_NAMES_MAX];
	bool       is_valid[SPF_NAMES_MAX];
	bool       is_void;      /* PTR was answered, with nothing           */
};

/* ------------------------------------------------------------------------
 * Stopping and counting.
 */

void
look_stop(struct look *l, enum spf_verdict verdict, const char *why)
{
	if (l->is_stopped)
		return;
	l->is_stopped = true;
	l->verdict = verdict;
	l->why = why;
}

void
look_fail(struct look *l, int trouble)
{
	if (!l->is_stopped)
		l->trouble = trouble;
	l->is_stopped = true;
}

bool
look_term(struct look *l)
{
	if (l->is_stopped)
		return false;
	if (++l->terms > SPF_TERMS_MAX)
		look_stop(l, SPF_V_PERMERROR,
		    "more than 10 terms that ask DNS");
	return !l->is_stopped;
}

static bool
count_void(struct look *l, bool is_void)
{
	if (is_void && ++l->voids > VOIDS)
		look_stop(l, SPF_V_PERMERROR, "more than 2 void look-ups");
	return !l->is_stopped;
}

/* ------------------------------------------------------------------------
 * Questions.
 */

/* In a name of ours every byte stands for itself; for dns/ a backslash begins
 * an escape. */
static struct str
escaped(struct arena *arena, struct str name)
{
	size_t i, n = 0;
	char *p;

	if (str_find(name, '\\') == name.len)
		return name;
	p = arena_alloc(arena, 2 * name.len);
	for (i = 0; i < name.len; i++) {
		if (name.p[i] == '\\')
			p[n++] = '\\';
		p[n++] = name.p[i];
	}
	return (struct str){ p, n };
}

/* Our own limits. */
static int
check_limits(struct look *l)
{
	const struct spf_query *q = l->query;

	if (l->is_stopped)
		return l->trouble != 0 ? l->trouble : -E_INVALID;
	if (l->questions >= QUESTIONS)
		look_fail(l, -E_BUDGET);
	else if (q->now(q->arg) >= l->started + PATIENCE)
		look_fail(l, -E_TIMEOUT);
	return l->trouble;
}

/* *is_asked: DNS could carry the name. */
static WAITS int
ask(struct look *l, struct str name, enum dns_type type, struct answer *a,
    bool *is_asked)
{
	const struct spf_query *q = l->query;
	int rc = check_limits(l);

	*is_asked = false;
	if (rc != 0)
		return rc;
	*a = (struct answer){ .status = DNS_NO_NAME };
	l->questions++;
	rc = q->ask(q->arg, name, type, a);
	if (rc == -E_CANCELED)
		look_fail(l, rc);
	if (rc == -E_INVALID)
		return 0;
	*is_asked = true;
	return rc;
}

WAITS int
look_ask(struct look *l, struct str name, enum dns_type type,
    struct answer *a)
{
	bool is_asked;

	return ask(l, name, type, a, &is_asked);
}

WAITS bool
look_ask_more(struct look *l, struct str name, enum dns_type type,
    struct answer *a)
{
	int rc = look_ask(l, name, type, a);

	if (rc != 0)
		look_fail(l, rc);
	return !l->is_stopped;
}

WAITS bool
look_ask_term(struct look *l, struct str name, enum dns_type type,
    struct answer *a)
{
	bool is_asked;
	int rc = ask(l, escaped(l->query->arena, name), type, a, &is_asked);

	if (rc != 0)
		look_fail(l, rc);
	return !l->is_stopped && count_void(l, is_asked && a->count == 0);
}

enum dns_type
look_address_type(const struct look *l)
{
	return ip_is_v6(l->query->client) ? DNS_AAAA : DNS_A;
}

/* ------------------------------------------------------------------------
 * The client's names.
 */

/* Asks PTR once in an evaluation. False when stopped. */
static WAITS bool
ask_names(struct look *l)
{
	struct arena *arena = l->query->arena;
	struct look_names *names;
	struct answer a;
	int rc;

	if (l->names != NULL)
		return !l->is_stopped;
	rc = look_ask(l, ip_reverse_name(arena, l->query->client), DNS_PTR,
	    &a);
	if (l->is_stopped)
		return false;
	names = arena_alloc(arena, sizeof *names);
	if (rc == 0) {
		names->is_void = a.count == 0;
		for (; names->count < a.count &&
		    names->count < SPF_NAMES_MAX; names->count++)
			names->name[names->count] =
			    answer_name(&a, names->count);
	}
	l->names = names;
	return true;
}

/* Whether name i leads back to the client. False too when stopped. */
static WAITS bool
is_valid(struct look *l, size_t i)
{
	struct look_names *names = l->names;
	struct answer a;

	if (names->is_tried[i] || names->name[i].len == 0)
		return names->is_valid[i];
	if (look_ask(l, names->name[i], look_address_type(l), &a) == 0)
		names->is_valid[i] = answer_has_ip(&a, l->query->client);
	names->is_tried[i] = true;
	return names->is_valid[i];
}

/* The first validated name that is `domain` (is_same), is below it, or any
 * when domain is empty. */
static WAITS bool
find_name(struct look *l, struct str domain, bool is_same, struct str *name)
{
	struct look_names *names = l->names;
	size_t i;

	for (i = 0; i < names->count && !l->is_stopped; i++) {
		if (domain.len > 0 && !(is_same ?
		    str_eq_case(names->name[i], domain) :
		    name_is_below(names->name[i], domain)))
			continue;
		if (is_valid(l, i)) {
			*name = names->name[i];
			return true;
		}
	}
	return false;
}

/* What %{p} stands for (RFC 7208 7.3): the domain itself when it is a name of
 * the client, else one below it, else any. */
static WAITS struct str
client_name(struct look *l, struct str domain)
{
	struct str name = { 0 };

	if (ask_names(l) && !find_name(l, domain, true, &name) &&
	    !find_name(l, domain, false, &name))
		(void)find_name(l, (struct str){ 0 }, false, &name);
	return name;
}

WAITS bool
look_ptr(struct look *l, struct str target, bool *matches)
{
	struct str name;

	*matches = false;
	if (!ask_names(l) || !count_void(l, l->names->is_void))
		return false;
	*matches = find_name(l, target, false, &name);
	return !l->is_stopped;
}

/* ------------------------------------------------------------------------
 * Targets and records.
 */

static WAITS struct spf_macros
macros_of(struct look *l, struct str spec, struct str domain)
{
	const struct spf_query *q = l->query;
	struct spf_macros m = { .sender = l->sender, .domain = domain,
	    .helo = q->helo, .host = q->host, .client = q->client,
	    .wall = q->wall };

	m.local = q->local.len > 0 ? q->local : STR("postmaster");
	if (spf_reads(spec, "p"))
		m.name = client_name(l, domain);
	return m;
}

WAITS int
look_target(struct look *l, struct str spec, struct str domain,
    struct str *name)
{
	struct spf_macros m;

	if (spec.len == 0) {
		*name = domain;
		return 0;
	}
	m = macros_of(l, spec, domain);
	if (l->is_stopped)
		return l->trouble != 0 ? l->trouble : -E_INVALID;
	return spf_expand_name(spec, &m, l->query->arena, name);
}

/* The one SPF record among the TXT records (RFC 7208 4.5). */
static int
choose(struct look *l, const struct answer *a, struct str *text)
{
	size_t i, n = 0;

	for (i = 0; i < a->count; i++)
		if (spf_is_record(a->records[i].text)) {
			*text = a->records[i].text;
			n++;
		}
	if (n > 1)
		look_stop(l, SPF_V_PERMERROR, "more than one SPF record");
	return n == 1 ? 0 : n == 0 ? -E_NOTFOUND : -E_INVALID;
}

WAITS int
look_record(struct look *l, struct str domain, bool is_term,
    struct spf_record *record)
{
	struct answer a;
	struct str text;
	const char *why;
	int rc;

	if (!spf_is_checkable(domain))
		return -E_NOTFOUND;
	if (!(is_term ? look_ask_term(l, domain, DNS_TXT, &a) :
	    look_ask_more(l, escaped(l->query->arena, domain), DNS_TXT, &a)))
		return -E_INVALID;
	rc = choose(l, &a, &text);
	if (rc != 0)
		return rc;
	rc = spf_record_parse(text, l->query->arena, record, &why);
	if (rc != 0)
		look_stop(l, SPF_V_PERMERROR, why);
	return rc;
}

/* Labels of a length that DNS carries, more than one of them, and no address
 * (RFC 7208 2.3, 4.3). */
bool
spf_is_checkable(struct str domain)
{
	size_t dot;

	if (domain.len > 0 && domain.p[domain.len - 1] == '.')
		domain.len--;
	dot = str_find_last(domain, '.');
	if (!name_fits(domain) || dot == domain.len || dot + 1 == domain.len ||
	    domain.p[0] == '[')
		return false;
	for (dot++; dot < domain.len; dot++)
		if (domain.p[dot] < '0' || domain.p[dot] > '9')
			return true;
	return false;           /* "192.0.2.1" */
}

/* ------------------------------------------------------------------------
 * The explanation.
 */

/* The text to expand; empty when there is none, or not just one. */
static WAITS struct str
explanation(struct look *l, const struct spf_outcome *o)
{
	struct str name, none = { 0 };
	struct answer a;

	if (look_target(l, o->exp, o->exp_domain, &name) != 0 ||
	    look_ask(l, escaped(l->query->arena, name), DNS_TXT, &a) != 0)
		return none;
	if (a.count != 1 || !spf_is_string(SPF_TEXT, a.records[0].text))
		return none;
	return a.records[0].text;
}

WAITS int
spf_explain(const struct spf_query *q, struct spf_outcome *o,
    struct str *text)
{
	struct look l = { .query = q, .sender = o->domain,
	    .started = o->started, .questions = o->questions };
	struct spf_macros m;
	struct str source;

	*text = (struct str){ 0 };
	if (o->exp.len == 0 || o->verdict != SPF_V_FAIL)
		return 0;
	source = explanation(&l, o);
	if (source.len > 0) {
		m = macros_of(&l, source, o->exp_domain);
		*text = spf_expand_text(source, &m, q->arena);
	}
	o->questions = l.questions;
	return l.trouble == -E_CANCELED ? l.trouble : 0;
}
