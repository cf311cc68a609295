/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc - does an authenticated domain vouch for the author's?
 *
 *	From ---> authors ---> for each: walk ---> record ---> aligned? ---+
 *	spf, dkim.domains ----------------------------^                    |
 *	            the worst: fail, trouble, none, pass <---------+
 *
 * Each author's domain is judged for itself; the worst counts for the message,
 * and of those that fail the strictest policy (catalogue 46).
 *
 * Called by: filters/check.c, after the dot.
 * Always holds:
 * - "pass" needs a pass of SPF for what it calls its domain (MAIL FROM; HELO
 *   only for <>, catalogue 80, 81), or a domain of dkim.domains and no field
 *   twice that may stand once (catalogue 88).
 * - What DNS could not tell makes nothing fail: an aligned pass settles it,
 *   else all is unknown.
 * - A From that cannot be read has no author who could pass (catalogue 47):
 *   permerror. A group has none either and is legal (RFC 6854): none.
 * - No more than AUTHORS authors are looked at; a message with more is a
 *   permerror, so that nobody hides one among a thousand.
 * Source: RFC 9989 4.4 (alignment), 4.7, 4.10, 5.3, 5.4; 8601 2.7 for results.
 * dmarc.record holds what RFC 9990 wants to be reported of the policy;
 * dmarc.aligned-by and the facts of SPF and DKIM are the rest.
 */
#include "config.h"

#include <string.h>

#include "filters/filters.h"
#include "filters/organisation.h"

#define AUTHORS 4   /* so that their walks fit into the questions that a
                     * session has for a message (100), beside SPF (40) */

enum { RESULT, POLICY, DOMAIN, ALIGNED, RECORD, FROM };

/* From the best to the worst: the worst of several authors counts. */
enum result { PASS = 1, NONE, TROUBLE, FAIL };
enum { WORD_NONE, WORD_PASS, WORD_FAIL, WORD_PERMERROR };
enum { BY_SPF = 1, BY_DKIM = 2 };

static const char *const words[] = { [WORD_NONE] = "none",
	[WORD_PASS] = "pass", [WORD_FAIL] = "fail",
	[WORD_PERMERROR] = "permerror", NULL };
static const char *const policy_words[] = { [DP_NONE] = "none",
	[DP_QUARANTINE] = "quarantine", [DP_REJECT] = "reject", NULL };
static const char *const aligned_words[] = { "spf", "dkim", "both", NULL };

static const struct fact_decl facts[] = {
	[RESULT]  = { "dmarc", FT_WORD, ST_EOM, FAM_AUTH, words, NULL, 0,
	              "pass: SPF or DKIM vouches for the author's domain; "
	              "none: it publishes no policy." },
	[POLICY]  = { "dmarc.policy", FT_WORD, ST_EOM, FAM_AUTH, policy_words,
	              NULL, 0,
	              "What the author's domain asks for when it is not pass, "
	              "after sp, np and t." },
	[DOMAIN]  = { "dmarc.domain", FT_NAME, ST_EOM, FAM_AUTH, NULL, NULL, 0,
	              "The domain whose record that is." },
	[ALIGNED] = { "dmarc.aligned-by", FT_WORD, ST_EOM, FAM_AUTH,
	              aligned_words, NULL, 0,
	              "What vouches for every author's domain." },
	[RECORD]  = { "dmarc.record", FT_TEXT, ST_EOM, FAM_AUTH, NULL, NULL, 0,
	              "The record as it was understood, for reports." },
	[FROM]    = { "from.domain", FT_SET, ST_EOM, FAM_AUTH, NULL, NULL, 0,
	              "Domains of the authors in From." },
};

/* What others found out. */
struct evidence {
	struct str  spf;       /* domain that passed; empty: none           */
	struct str *dkim;
	size_t      dkim_count;
	int         spf_error, dkim_error;   /* may still be one, who knows */
};

/* About one author. */
struct finding {
	struct str    author;
	struct organisation org;
	const struct dmarc_record *record;   /* NULL: none                  */
	struct str    domain;                /* of the record               */
	enum dmarc_policy policy;            /* effective                   */
	enum result   result;
	unsigned      by;                    /* BY_SPF, BY_DKIM             */
	int           error;                 /* with TROUBLE                */
	int           policy_error;          /* policy is not known         */
};

/* ------------------------------------------------------------------------
 * Evidence.
 */

static int
error_of(const struct fact *f)
{
	static const int errors[WHY_COUNT] = { [WHY_NONE] = -E_TIMEOUT,
		[WHY_TIMEOUT] = -E_TIMEOUT, [WHY_SERVFAIL] = -E_SERVFAIL,
		[WHY_REFUSED] = -E_REFUSED, [WHY_GARBAGE] = -E_GARBAGE,
		[WHY_BUDGET] = -E_BUDGET, [WHY_LIST] = -E_REFUSED,
		[WHY_BROKEN] = -E_IO };

	return f->status == FS_UNKNOWN ? errors[f->why] : -E_TIMEOUT;
}

static bool
is_told(const struct fact *f)
{
	return f->status != FS_UNKNOWN && f->status != FS_LATER &&
	    f->status != FS_PENDING;
}

static WAITS int
collect_spf(struct check *c, struct evidence *e)
{
	const struct fact *f;
	int rc = fact_wait(c, "spf", &f);

	if (rc != 0)
		return rc;
	if (!is_told(f))
		e->spf_error = error_of(f);
	if (!fact_is(c, "spf", "pass"))
		return 0;
	rc = fact_wait(c, "spf.domain", &f);
	if (rc == 0 && f->status == FS_KNOWN)
		e->spf = arena_lower(check_arena(c), f->text);
	return rc;
}

/* A field that stands twice: what was signed need not be what is shown. */
static bool
has_duplicates(const struct check *c)
{
	const struct fact *f = fact_named(c, "header.duplicate");

	return f->status == FS_KNOWN && f->truth;
}

/* A set that is partial lacks a signature that could not be looked at. */
static WAITS int
collect_dkim(struct check *c, struct evidence *e)
{
	const struct fact *result, *f;
	int rc = fact_wait(c, "dkim", &result);

	if (rc != 0)
		return rc;
	if (!is_told(result))
		e->dkim_error = error_of(result);
	rc = fact_wait(c, "dkim.domains", &f);
	if (rc != 0)
		return rc;
	if (!is_told(f))
		e->dkim_error = error_of(f);
	if (f->status != FS_KNOWN || has_duplicates(c))
		return 0;
	if (f->is_partial && e->dkim_error == 0)
		e->dkim_error = -E_TIMEOUT;
	e->dkim = f->set.member;        /* lives as long as the stage */
	e->dkim_count = f->set.count;
	return 0;
}

/* ------------------------------------------------------------------------
 * The policy of one author.
 */

static const struct dmarc_record *
record_at(const struct organisation *o, struct str name)
{
	unsigned i;

	for (i = 0; i < o->count; i++)
		if (str_eq(o->found[i].name, name))
			return &o->found[i].record;
	return NULL;
}

/* Of the author's domain, else of its organisation, else of the registry
 * above that one. */
static void
find_record(struct finding *f)
{
	const struct organisation *o = &f->org;
	const struct str places[] = { o->start, o->domain,
	    name_parent(o->domain) };
	size_t i;

	for (i = 0; i < COUNT(places) && f->record == NULL; i++) {
		f->record = record_at(o, places[i]);
		f->domain = places[i];
	}
	if (f->record != NULL && f->record->is_useless)
		f->record = NULL;
}

/* A domain is not there when DNS has no MX and no address for it. */
static WAITS int
domain_exists(struct check *c, struct str domain, bool *exists)
{
	static const enum dns_type types[] = { DNS_MX, DNS_A, DNS_AAAA };
	struct answer a;
	size_t i;
	int rc;

	*exists = false;
	for (i = 0; i < COUNT(types); i++) {
		rc = dns_ask(c, domain, types[i], &a);
		if (rc != 0)
			return rc;
		*exists = a.status == DNS_FOUND;
		if (a.status != DNS_NO_DATA)
			return 0;
	}
	return 0;
}

/* np is asked for only when it could make a difference. */
static WAITS int
find_policy(struct check *c, struct finding *f)
{
	const struct dmarc_record *r = f->record;
	enum dmarc_policy p = r->p;
	bool exists = true;
	int rc = 0;

	if (!str_eq(f->domain, f->org.start)) {
		if (r->sp != DP_UNSET)
			p = r->sp;
		if (r->np != DP_UNSET && r->np != p)
			rc = domain_exists(c, f->org.start, &exists);
		if (!exists)
			p = r->np;
	}
	if (r->is_testing && p > DP_NONE)
		p--;
	f->policy = p;
	return rc;
}

/* ------------------------------------------------------------------------
 * Alignment.
 */

/* Adds `by` when domain is aligned. Troubles stay in *error. */
static WAITS int
align(struct check *c, struct finding *f, struct str domain, bool is_strict,
    unsigned by, int *error)
{
	bool has = name_eq(domain, f->author);
	int rc = 0;

	if (!has && !is_strict)
		rc = organisation_has(c, &f->org, domain, &has);
	if (rc == -E_CANCELED)
		return rc;
	if (rc != 0)
		*error = rc;
	else if (has)
		f->by |= by;
	return 0;
}

static WAITS int
align_all(struct check *c, struct finding *f, const struct evidence *e)
{
	const struct dmarc_record *r = f->record;
	int rc = 0, error = e->spf_error != 0 ? e->spf_error : e->dkim_error;
	size_t i;

	if (e->spf.len > 0)
		rc = align(c, f, e->spf, r->is_spf_strict, BY_SPF, &error);
	for (i = 0; i < e->dkim_count && rc == 0; i++)
		if ((f->by & BY_DKIM) == 0)
			rc = align(c, f, e->dkim[i], r->is_dkim_strict,
			    BY_DKIM, &error);
	if (f->by != 0)
		f->result = PASS;
	else
		f->result = error != 0 ? TROUBLE : FAIL;
	f->error = error;
	return rc;
}

/* Returns 0, or -E_CANCELED. */
static WAITS int
judge_author(struct check *c, struct finding *f, const struct evidence *e)
{
	int rc = organisation_find(c, f->author, &f->org);

	f->result = rc == 0 ? NONE : TROUBLE;
	f->error = rc;
	if (rc != 0)
		return rc == -E_CANCELED ? rc : 0;
	find_record(f);
	if (f->record == NULL)
		return 0;
	f->policy_error = find_policy(c, f);
	return f->policy_error == -E_CANCELED ? -E_CANCELED :
	    align_all(c, f, e);
}

/* ------------------------------------------------------------------------
 * What is stated.
 */

static void
tell(struct check *c, const struct finding *f)
{
	static const char *const results[] = { [PASS] = "pass",
		[NONE] = "none", [TROUBLE] = "temperror", [FAIL] = "fail" };
	struct arena *a = check_arena(c);
	struct str text;

	text = arena_printf(a, "dmarc=%s header.from=%.*s",
	    results[f->result], STR_ARG(auth_value(a, f->author)));
	if (f->record != NULL)
		text = arena_printf(a, "%.*s polrec.p=%s polrec.domain=%.*s",
		    STR_ARG(text), dmarc_policy_word(f->record->p),
		    STR_ARG(auth_value(a, f->domain)));
	auth_result(c, text);
}

/* Of those that fail the strictest, else the worst. */
static const struct finding *
worst_of(const struct finding *f, size_t n)
{
	const struct finding *worst = f;
	size_t i;

	for (i = 1; i < n; i++)
		if (f[i].result > worst->result ||
		    (f[i].result == worst->result &&
		    f[i].policy > worst->policy))
			worst = &f[i];
	return worst;
}

/* May an author whose policy is not known ask for more? */
static int
policy_trouble(const struct finding *f, size_t n,
    const struct finding *worst)
{
	size_t i;

	if (worst->policy == DP_REJECT && worst->policy_error == 0)
		return 0;
	for (i = 0; i < n; i++) {
		if (f[i].result == TROUBLE && (f[i].record == NULL ||
		    f[i].policy > worst->policy))
			return f[i].error;
		if (f[i].policy_error != 0)
			return f[i].policy_error;
	}
	return 0;
}

static void
state_policy(struct check *c, const struct finding *f, size_t n,
    const struct finding *worst)
{
	int rc = policy_trouble(f, n, worst);

	if (rc != 0)
		fact_unknown(c, POLICY, why_of_error(rc));
	else if (worst->record != NULL)
		fact_word(c, POLICY, (int)worst->policy);
	if (worst->record == NULL)
		return;
	fact_text(c, DOMAIN, worst->domain);
	fact_text(c, RECORD, dmarc_record_print(worst->record,
	    check_arena(c)));
}

static void
state_aligned(struct check *c, const struct finding *f, size_t n)
{
	unsigned by = BY_SPF | BY_DKIM;
	size_t i;

	for (i = 0; i < n; i++)
		by &= f[i].by;
	if (by != 0)
		fact_word(c, ALIGNED, (int)by - 1);
}

/* Returns 0, or why the result is not known. */
static int
state_all(struct check *c, const struct finding *f, size_t n)
{
	static const int result_words[] = { [PASS] = WORD_PASS,
		[NONE] = WORD_NONE, [FAIL] = WORD_FAIL };
	const struct finding *worst = worst_of(f, n);
	size_t i;

	for (i = 0; i < n; i++)
		tell(c, &f[i]);
	state_policy(c, f, n, worst);
	if (worst->result == TROUBLE)
		return worst->error;
	state_aligned(c, f, n);
	fact_word(c, RESULT, result_words[worst->result]);
	return 0;
}

/* ------------------------------------------------------------------------
 * The check.
 */

static int
now_eom(struct check *c)
{
	const struct authors *authors = check_authors(c);

	if (authors == NULL)
		return -E_IO;
	if (authors->count > 0)
		fact_set(c, FROM, authors->domains, authors->count);
	if (authors->kind == AU_NONE) {
		auth_result(c, STR("dmarc=none"));
		fact_word(c, RESULT, WORD_NONE);
		return 0;
	}
	if (authors->kind != AU_BAD && authors->count <= AUTHORS)
		return -E_AGAIN;
	auth_result(c, authors->kind == AU_BAD ?
	    STR("dmarc=permerror reason=\"From cannot be read\"") :
	    STR("dmarc=permerror reason=\"too many authors\""));
	fact_word(c, RESULT, WORD_PERMERROR);
	return 0;
}

static WAITS int
at_eom(struct check *c)
{
	const struct authors *authors = check_authors(c);
	struct evidence e = { 0 };
	struct finding *f = arena_array(check_arena(c), authors->count,
	    sizeof *f);
	size_t i;
	int rc;

	rc = collect_spf(c, &e);
	if (rc == 0)
		rc = collect_dkim(c, &e);
	for (i = 0; i < authors->count && rc == 0; i++) {
		f[i].author = authors->domains[i];
		rc = judge_author(c, &f[i], &e);
	}
	return rc == 0 ? state_all(c, f, authors->count) : rc;
}

const struct filter filter_dmarc = {
	.name = "dmarc",
	.facts = facts, .fact_count = COUNT(facts),
	.has_results = true,
	.now = { [ST_EOM] = now_eom },
	.at = { [ST_EOM] = at_eom },
};
