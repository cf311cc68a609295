/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim - do signatures of the message verify, and whose are they?
 *
 *	collect --> ask --> verify --> state
 *	 by text   one wait  libopendkim
 *
 * At most eight are looked at, those first whose domain has to do with the
 * author's (dkim_item.c). Their keys are asked for at once, so that eight
 * slow domains cost the time of one. What cannot verify anyhow - no signature
 * by its text, no key, a key of another kind - ends there, and when nothing
 * is left the body is not read (dkim_verify.c).
 *
 * Called by: filters/check.c, after the dot.
 * Always holds:
 * - A signature passes only when its text (dkim_sig.c), its key (dkim_key.c)
 *   and libopendkim agree, and its domain is not testing.
 * - dkim.domains and dkim.aligned rest on signatures that pass and leave no
 *   part of the body unsigned.
 * - A temporary trouble with a key is no failure, and never hides another
 *   signature that passes.
 * Source: RFC 6376 5.4, 6.1; 8301; 8463; 8601 2.7.1; 6008 (header.b).
 * Catalogue 82-91.
 * KNOWN GAPS: t= of the first five minutes of 1970 is called future by
 * libopendkim.
 */
#include "config.h"

#include "base/buf.h"
#include "filters/dkim_verify.h"
#include "filters/filters.h"
#include "filters/organisation.h"

#define PREFIX_MAX 64   /* of b=, shown */

enum { RESULT, DOMAINS, ALIGNED, WEAK };

static const char *const words[] = { [DR_NONE] = "none", [DR_PASS] = "pass",
	[DR_FAIL] = "fail", [DR_POLICY] = "policy", [DR_NEUTRAL] = "neutral",
	[DR_TEMPERROR] = "temperror", [DR_PERMERROR] = "permerror", NULL };

static const struct fact_decl facts[] = {
	[RESULT]  = { "dkim", FT_WORD, ST_EOM, FAM_AUTH, words, NULL, 0,
	              "pass: a signature verifies; else what became of the "
	              "first one." },
	[DOMAINS] = { "dkim.domains", FT_SET, ST_EOM, FAM_AUTH, NULL, NULL, 0,
	              "Domains whose signature verifies and covers the whole "
	              "body." },
	[ALIGNED] = { "dkim.aligned", FT_TRUTH, ST_EOM, FAM_AUTH, NULL, NULL,
	              0,
	              "One of dkim.domains is of the same organisation as the "
	              "author." },
	[WEAK]    = { "dkim.weak", FT_TRUTH, ST_EOM, FAM_AUTH, NULL, NULL, 0,
	              "What verifies leaves an end of the body unsigned (l=)." },
};

/* The work on one message. */
struct work {
	struct check         *check;
	const struct authors *authors;
	struct dkim_items     items;
};

/* Passes, and covers all of the body. */
static bool
is_strong(const struct dkim_item *item)
{
	return item->sig.result == DR_PASS && !item->is_weak;
}

static bool
has_result(const struct dkim_items *items, enum dkim_result result)
{
	size_t i;

	for (i = 0; i < items->count; i++)
		if (items->item[i]->sig.result == result)
			return true;
	return false;
}

/* Of the first one that could not be asked for; 0 when there is none. */
static int
trouble_of(const struct dkim_items *items)
{
	size_t i;

	for (i = 0; i < items->count; i++)
		if (items->item[i]->sig.result == DR_TEMPERROR)
			return items->item[i]->trouble;
	return 0;
}

/* Its domain was among those of an item before it. */
static bool
is_repeated(const struct dkim_items *items, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (is_strong(items->item[i]) &&
		    str_eq(items->item[i]->sig.domain,
		    items->item[at]->sig.domain))
			return true;
	return false;
}

/* Returns how many signatures are strong. */
static size_t
state_domains(struct check *c, const struct dkim_items *items)
{
	size_t i, n = 0;

	for (i = 0; i < items->count; i++) {
		if (!is_strong(items->item[i]))
			continue;
		n++;
		if (!is_repeated(items, i))
			fact_add(c, DOMAINS, items->item[i]->sig.domain);
	}
	return n;
}

static bool
has_strong(const struct dkim_items *items, struct str domain)
{
	size_t i;

	for (i = 0; i < items->count; i++)
		if (is_strong(items->item[i]) &&
		    name_eq(items->item[i]->sig.domain, domain))
			return true;
	return false;
}

/*
 * Is a strong signature of this author's organisation? Equal domains need no
 * DNS, so they come first.
 * Returns 0 with *has; or why it is not known: what could not be asked for
 * might be one.
 */
static WAITS int
author_has(struct work *w, struct str author, bool *has)
{
	struct organisation *o;
	const struct dkim_item *item;
	int rc, trouble = 0;
	bool same = false;
	size_t i;

	*has = has_strong(&w->items, author);
	if (*has)
		return 0;
	o = arena_alloc(check_arena(w->check), sizeof *o);
	rc = organisation_find(w->check, author, o);
	if (rc != 0)
		return rc;
	for (i = 0; i < w->items.count; i++) {
		item = w->items.item[i];
		if (!is_strong(item) && item->sig.result != DR_TEMPERROR)
			continue;
		rc = organisation_has(w->check, o, item->sig.domain, &same);
		if (rc == 0 && same && is_strong(item)) {
			*has = true;
			return 0;
		}
		if (rc != 0 || same)
			trouble = rc != 0 ? rc : item->trouble;
	}
	return trouble;
}

/*
 * Every author has one: with several, a signature of one of them says nothing
 * for the others. False outweighs what is not known.
 * Returns 0 with *aligned, or why it is not known.
 */
static WAITS int
find_aligned(struct work *w, bool *aligned)
{
	const struct authors *authors = w->authors;
	int rc, trouble = 0;
	size_t i;

	*aligned = authors->count > 0 && authors->count <= DKIM_ITEMS;
	for (i = 0; i < authors->count && *aligned; i++) {
		rc = author_has(w, authors->domains[i], aligned);
		if (rc == -E_CANCELED)
			return rc;
		if (rc != 0) {
			trouble = rc;
			*aligned = true;
		}
	}
	return *aligned ? trouble : 0;
}

/* What needs no DNS first. */
static WAITS int
state(struct work *w)
{
	const struct dkim_items *items = &w->items;
	bool has_passed = has_result(items, DR_PASS), aligned = false;
	int trouble = trouble_of(items), rc = 0;
	size_t strong = state_domains(w->check, items);

	if (!has_passed && trouble != 0)
		return trouble;         /* all of it is unknown */
	fact_word(w->check, RESULT, has_passed ? DR_PASS :
	    (int)items->item[0]->sig.result);
	fact_truth(w->check, WEAK, has_passed && strong == 0);
	if (trouble != 0 && strong > 0)
		fact_partial(w->check, DOMAINS);
	else if (trouble != 0)
		fact_unknown(w->check, DOMAINS, why_of_error(trouble));
	if (strong > 0 || trouble != 0)
		rc = find_aligned(w, &aligned);
	if (rc != 0)
		return rc;
	fact_truth(w->check, ALIGNED, aligned);
	return 0;
}

/* ------------------------------------------------------------------------
 * Authentication-Results.
 */

/* Enough of b= to tell it from the others', at least eight characters. */
static struct str
value_prefix(const struct dkim_items *items, size_t at)
{
	struct str value = items->item[at]->sig.value, other;
	size_t i, n = 8;

	for (i = 0; i < items->count; i++) {
		other = items->item[i]->sig.value;
		while (i != at && n < PREFIX_MAX && n < value.len &&
		    str_eq(str_sub(other, 0, n), str_sub(value, 0, n)))
			n++;
	}
	return str_sub(value, 0, n);
}

/* " header.d=good.test", or nothing. */
static void
add_property(struct buf *b, struct arena *a, const char *name,
    struct str value)
{
	if (value.len == 0)
		return;
	value = auth_value(a, value);
	(void)buf_addf(b, " header.%s=%.*s", name, STR_ARG(value));
}

static void
tell(struct check *c, const struct dkim_items *items, size_t at)
{
	const struct dkim_item *item = items->item[at];
	const struct dkim_sig *sig = &item->sig;
	const char *reason = sig->result == DR_PASS && item->is_weak ?
	    "an end of the body is not signed" : sig->reason;
	struct arena *a = check_arena(c);
	struct buf b = BUF_INIT(AUTH_RESULT);

	(void)buf_addf(&b, "dkim=%s", words[sig->result]);
	if (reason != NULL)
		(void)buf_addf(&b, " reason=\"%s\"", reason);
	add_property(&b, a, "d", sig->domain);
	add_property(&b, a, "i", sig->identity.len > 0 || sig->domain.len == 0 ?
	    sig->identity : arena_printf(a, "@%.*s", STR_ARG(sig->domain)));
	add_property(&b, a, "s", sig->selector);
	add_property(&b, a, "b", value_prefix(items, at));
	add_property(&b, a, "a", sig->algorithm);
	auth_result(c, buf_str(&b));
	buf_free(&b);
}

/* ------------------------------------------------------------------------
 * The check.
 */

static int
now_eom(struct check *c)
{
	const struct header *h = check_header(c);

	if (h == NULL)
		return -E_IO;
	if (header_count(h, STR("DKIM-Signature")) > 0)
		return -E_AGAIN;
	auth_result(c, STR("dkim=none"));
	fact_word(c, RESULT, DR_NONE);
	fact_truth(c, ALIGNED, false);
	fact_truth(c, WEAK, false);
	return 0;
}

/* Those that are not decided, or with `all` each of them. */
static void
decide_rest(struct dkim_items *items, bool all, enum dkim_result result,
    const char *reason, int trouble)
{
	struct dkim_item *item;
	size_t i;

	for (i = 0; i < items->count; i++) {
		item = items->item[i];
		if (!all && item->sig.result != DR_NONE)
			continue;
		dkim_item_decide(item, result, reason);
		item->trouble = trouble;
	}
}

/* Returns 0 with all of them decided, or -E_CANCELED. */
static WAITS int
find_results(struct work *w)
{
	int rc = -E_INVALID;

	dkim_items_collect(w->check, w->authors, &w->items);
	if (!dkim_header_has_bare(check_header(w->check)))
		rc = dkim_items_ask(w->check, &w->items);
	if (rc == 0)
		rc = dkim_items_verify(w->check, &w->items);
	if (rc == -E_CANCELED)
		return rc;
	if (rc == -E_INVALID)
		decide_rest(&w->items, true, DR_PERMERROR,
		    "bare CR or LF in the message", 0);
	else if (rc != 0)
		decide_rest(&w->items, false, DR_TEMPERROR,
		    "message could not be read", rc);
	return 0;
}

static WAITS int
at_eom(struct check *c)
{
	struct work *w = arena_alloc(check_arena(c), sizeof *w);
	size_t i;
	int rc;

	w->check = c;
	w->authors = check_authors(c);
	rc = find_results(w);
	if (rc != 0)
		return rc;
	for (i = 0; i < w->items.count; i++)
		tell(c, &w->items, i);
	return state(w);
}

const struct filter filter_dkim = {
	.name = "dkim",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_EOM] = now_eom },
	.at = { [ST_EOM] = at_eom },
	.has_results = true,
};
