/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim - do signatures of the message verify, and whose are they?
 *
 *	collect ---> ask_keys ---> verify ---> state
 *	 text only    one wait      libopendkim
 *
 * At most SIGNATURES are looked at, those first whose domain has to do with
 * the author's. The keys of all of them are asked for at once, so that eight
 * slow domains cost the time of one, and libopendkim, which gets them by its
 * key look-up callback, never waits in the middle of a call: its state and
 * OpenSSL's queue of errors are seen by no other fiber. What cannot verify
 * anyhow (no signature by its text, no key, another kind of key) never gets
 * there, and when nothing is left the body is not hashed.
 *
 * Called by: filters/check.c, after the dot.
 * Always holds:
 * - A signature passes only when libopendkim found no error, its flag PASSED
 *   is set and the body hash matches; when its text and its key passed our
 *   own readers (dkim_sig.c, dkim_key.c); and when its key is not for tests.
 * - dkim.domains and dkim.aligned rest on signatures that pass and leave no
 *   part of the body unsigned.
 * - A temporary trouble with a key never is a failure, and never hides
 *   another signature that passes.
 * Source: RFC 6376 5.4, 6.1; 8301; 8463; 8601 2.7.1; 6008 (header.b).
 * Catalogue 82-91.
 * KNOWN GAPS: t= of the first five minutes of 1970 is called future by
 * libopendkim. A signature that signs other DKIM-Signature fields fails when
 * one of these breaks libopendkim's grammar.
 */
#include "config.h"

#include <sys/types.h>

#include <string.h>

#include <dkim.h>

#include "filters/dkim_item.h"
#include "filters/filters.h"

#define OTHERS 16           /* fed because a signature signs them too       */
#define FED    (OTHERS + DKIM_ITEMS)
#define PIECE  (64u << 10)  /* of the body between two yields               */

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

/* Until the tree walk of DMARC is there. */
static int
organisation_same(struct check *c, struct str a, struct str b, bool *same)
{
	(void)c;
	*same = name_eq(a, b);
	return 0;
}

/* The work on one message. */
struct work {
	struct check     *check;
	struct authors    authors;
	struct dkim_items items;
	DKIM             *dkim;
	struct dkim_item *fed[FED];  /* signatures that the library has, in
	                                order; NULL: only signed by others  */
	size_t            fed_count;
};

/* ------------------------------------------------------------------------
 * The library's side.
 */

/* libopendkim does not write to what it is given, but does not say so. */
static unsigned char *
loose(const char *p)
{
	return (unsigned char *)(uintptr_t)p;
}

static bool
is_of(const struct dkim_item *item, DKIM_SIGINFO *info)
{
	const char *d = (const char *)dkim_sig_getdomain(info);
	const char *s = (const char *)dkim_sig_getselector(info);

	return d != NULL && s != NULL &&
	    str_eq_case(str_of(d), item->sig.domain) &&
	    str_eq_case(str_of(s), item->sig.selector);
}

/* Before any key is looked up: says which is which, and drops the rest. */
static DKIM_CBSTAT
on_signatures(DKIM *dkim, DKIM_SIGINFO **infos, int count)
{
	struct work *w = dkim_get_user_context(dkim);
	struct dkim_item *item;
	int i;

	for (i = 0; i < count; i++) {
		item = (size_t)i < w->fed_count ? w->fed[i] : NULL;
		if (item != NULL && is_of(item, infos[i]))
			item->info = infos[i];
		else
			dkim_sig_ignore(infos[i]);
	}
	return DKIM_CBSTAT_CONTINUE;
}

static DKIM_CBSTAT
on_key(DKIM *dkim, DKIM_SIGINFO *info, unsigned char *buf, size_t size)
{
	struct work *w = dkim_get_user_context(dkim);
	const struct dkim_key *key;
	size_t i;

	for (i = 0; i < w->items.count; i++) {
		key = &w->items.item[i]->key;
		if (w->items.item[i]->info != info || key->text.len >= size)
			continue;
		memcpy(buf, key->text.p, key->text.len + 1);
		return DKIM_CBSTAT_CONTINUE;
	}
	return DKIM_CBSTAT_NOTFOUND;
}

/* A handle costs half a microsecond, so none is kept. */
static DKIM_LIB *
library_open(void)
{
	unsigned flags = DKIM_LIBFLAGS_BADSIGHANDLES;
	DKIM_LIB *lib = dkim_init(NULL, NULL);

	if (lib == NULL)
		return NULL;
	if (dkim_options(lib, DKIM_OP_SETOPT, DKIM_OPTS_FLAGS, &flags,
	    sizeof flags) == DKIM_STAT_OK &&
	    dkim_set_key_lookup(lib, on_key) == DKIM_STAT_OK &&
	    dkim_set_prescreen(lib, on_signatures) == DKIM_STAT_OK)
		return lib;
	dkim_close(lib);
	return NULL;
}

/* Whose signature a field is: an item, NULL for one that only others sign;
 * false when it is not for the library. */
static bool
owner_of(const struct work *w, const struct field *f, struct dkim_item **owner)
{
	bool is_signed = false;
	size_t i;

	for (i = 0; i < w->items.count; i++) {
		if (!w->items.item[i]->is_ready)
			continue;
		if (w->items.item[i]->field == f) {
			*owner = w->items.item[i];
			return true;
		}
		is_signed |= w->items.item[i]->sig.signs_signatures;
	}
	*owner = NULL;
	return is_signed && w->fed_count < OTHERS;
}

/* A field without its line end. What is none was signed by nobody. */
static void
feed_field(struct work *w, const struct field *f)
{
	struct str raw = f->raw;
	struct dkim_item *owner = NULL;
	DKIM_STAT rc;

	if (f->name.len == 0 ||
	    (dkim_is_signature(f) && !owner_of(w, f, &owner)))
		return;
	if (raw.len > 0 && raw.p[raw.len - 1] == '\n')
		raw.len--;
	if (raw.len > 0 && raw.p[raw.len - 1] == '\r')
		raw.len--;
	rc = dkim_header(w->dkim, loose(raw.p), raw.len);
	if (rc == DKIM_STAT_OK && dkim_is_signature(f))
		w->fed[w->fed_count++] = owner;
}

/* The body in pieces, and the line end that it may lack (BDAT). */
static WAITS int
feed_body(struct work *w)
{
	const struct body *body = check_body(w->check);
	uint64_t at = check_header(w->check)->size, size = body_size(body);
	char *piece = arena_alloc(check_arena(w->check),
	    size - at < PIECE ? (size_t)(size - at) + 1 : PIECE);
	char last[2] = { '\r', '\n' };
	ssize_t n;
	int rc = 0;

	while (at < size && rc == 0) {
		n = body_read(body, at, piece, PIECE);
		if (n <= 0)
			return -E_IO;
		if (dkim_body(w->dkim, loose(piece), (size_t)n) !=
		    DKIM_STAT_OK)
			return -E_IO;
		last[0] = n > 1 ? piece[n - 2] : last[1];
		last[1] = piece[n - 1];
		at += (uint64_t)n;
		if (at < size)
			rc = fiber_yield();
	}
	if (rc == 0 && memcmp(last, "\r\n", 2) != 0 &&
	    dkim_body(w->dkim, loose("\r\n"), 2) != DKIM_STAT_OK)
		return -E_IO;
	return rc;
}

/* ------------------------------------------------------------------------
 * What it found.
 */

static const struct { DKIM_SIGERROR error; const char *reason; } errors[] = {
	{ DKIM_SIGERROR_EXPIRED, "signature has expired" },
	{ DKIM_SIGERROR_FUTURE, "signed in the future" },
	{ DKIM_SIGERROR_TIMESTAMPS, "x= is not after t=" },
	{ DKIM_SIGERROR_TOOLARGE_L, "l= is larger than the body" },
	{ DKIM_SIGERROR_SUBDOMAIN, "key is not for subdomains" },
	{ DKIM_SIGERROR_DOMAIN, "i= is not in d=" },
	{ DKIM_SIGERROR_INVALID_H, "h= cannot be read" },
	{ DKIM_SIGERROR_KEYDECODE, "p= is no key" },
	{ DKIM_SIGERROR_KEYTOOSMALL, "key is too short" },
};

static void
decide_error(struct dkim_item *item, DKIM_SIGERROR error)
{
	size_t i;

	for (i = 0; i < COUNT(errors); i++)
		if (errors[i].error == error) {
			dkim_item_decide(item, DR_PERMERROR,
			    errors[i].reason);
			return;
		}
	dkim_item_decide(item, DR_PERMERROR, "libopendkim refuses it");
}

/* Is there more of the body than l= covers? */
static bool
is_weak(DKIM *dkim, DKIM_SIGINFO *info)
{
	ssize_t whole, covered, length;

	if (dkim_sig_getcanonlen(dkim, info, &whole, &covered, &length) !=
	    DKIM_STAT_OK)
		return true;
	return length >= 0 && length < whole;
}

/* All three of error, flag and body hash, or it does not pass: the flag
 * alone is also set for a body hash that does not match. */
static void
judge(struct work *w, struct dkim_item *item)
{
	DKIM_SIGINFO *info = item->info;
	DKIM_SIGERROR error;
	bool has_passed;
	int hash;

	if (info == NULL) {
		dkim_item_decide(item, DR_NEUTRAL, "libopendkim has none");
		return;
	}
	error = dkim_sig_geterror(info);
	hash = dkim_sig_getbh(info);
	has_passed = (dkim_sig_getflags(info) & DKIM_SIGFLAG_PASSED) != 0;
	if (error != DKIM_SIGERROR_OK && error != DKIM_SIGERROR_BADSIG)
		decide_error(item, error);
	else if (hash == DKIM_SIGBH_MISMATCH)
		dkim_item_decide(item, DR_FAIL, "body has changed");
	else if (error != DKIM_SIGERROR_OK || !has_passed ||
	    hash != DKIM_SIGBH_MATCH)
		dkim_item_decide(item, DR_FAIL, "signature does not match");
	else
		dkim_item_decide(item, DR_PASS, NULL);
	item->is_weak = is_weak(w->dkim, info);
	if (item->key.is_testing && (item->sig.result == DR_PASS ||
	    item->sig.result == DR_FAIL))
		dkim_item_decide(item, DR_POLICY, "domain tests DKIM");
}

/* dkim_eoh and dkim_eom tell of the message as a whole; what became of each
 * signature stands with it. */
static bool
is_trouble(DKIM_STAT rc)
{
	return rc == DKIM_STAT_NORESOURCE || rc == DKIM_STAT_INTERNAL;
}

static WAITS int
run_library(struct work *w)
{
	const struct header *h = check_header(w->check);
	DKIM_STAT rc;
	size_t i;
	int error;

	for (i = 0; i < h->count; i++)
		feed_field(w, &h->fields[i]);
	rc = dkim_eoh(w->dkim);
	if (is_trouble(rc))
		return -E_NOMEM;
	error = feed_body(w);
	if (error != 0)
		return error;
	rc = dkim_eom(w->dkim, NULL);
	if (is_trouble(rc))
		return -E_NOMEM;
	for (i = 0; i < w->items.count; i++)
		if (w->items.item[i]->is_ready)
			judge(w, w->items.item[i]);
	return 0;
}

static WAITS int
verify(struct work *w)
{
	DKIM_LIB *lib = library_open();
	DKIM_STAT rc;
	int error = -E_NOMEM;

	if (lib == NULL)
		return error;
	w->dkim = dkim_verify(lib, (const unsigned char *)"-", NULL, &rc);
	if (w->dkim != NULL) {
		(void)dkim_set_user_context(w->dkim, w);
		error = run_library(w);
		(void)dkim_free(w->dkim);
	}
	dkim_close(lib);
	return error;
}

/* ------------------------------------------------------------------------
 * What it says about the message.
 */

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

/*
 * Is one of the signatures in question of the same organisation as this
 * author? Equal domains need no DNS, so they are looked for first.
 * Returns 0 with *same, or why DNS could not tell.
 */
static WAITS int
author_has(struct work *w, struct str author,
    bool (*is_meant)(const struct dkim_item *), bool *same)
{
	const struct dkim_items *items = &w->items;
	int rc, trouble = 0;
	size_t i;

	for (i = 0; i < items->count; i++)
		if (is_meant(items->item[i]) &&
		    name_eq(items->item[i]->sig.domain, author)) {
			*same = true;
			return 0;
		}
	*same = false;
	for (i = 0; i < items->count && !*same; i++) {
		if (!is_meant(items->item[i]))
			continue;
		rc = organisation_same(w->check, items->item[i]->sig.domain,
		    author, same);
		if (rc == -E_CANCELED)
			return rc;
		if (rc != 0)
			trouble = rc;
	}
	return *same ? 0 : trouble;
}

/* A signature that might have been strong. */
static bool
is_open(const struct dkim_item *item)
{
	return item->sig.result == DR_TEMPERROR;
}

/*
 * Every author has one: with several, a signature of one of them says nothing
 * for the others.
 * Returns 0 with *aligned, or why it is not known.
 */
static WAITS int
find_aligned(struct work *w, bool *aligned)
{
	const struct authors *authors = &w->authors;
	bool same = authors->count > 0, might;
	int rc, trouble = 0;
	size_t i;

	for (i = 0; i < authors->count && same; i++) {
		rc = author_has(w, authors->domains[i], is_strong, &same);
		if (rc == 0 && !same) {
			rc = author_has(w, authors->domains[i], is_open,
			    &might);
			if (rc == 0 && might)
				rc = trouble_of(&w->items);
		}
		if (rc == -E_CANCELED)
			return rc;
		if (rc != 0) {
			trouble = rc;
			same = true;    /* as far as we know */
		}
	}
	*aligned = same;
	return same ? trouble : 0;
}

/* What needs no DNS first. */
static WAITS int
state(struct work *w)
{
	const struct dkim_items *items = &w->items;
	bool has_passed = has_result(items, DR_PASS), aligned = false;
	int trouble = trouble_of(items), rc;
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
	rc = find_aligned(w, &aligned);
	if (rc != 0)
		return rc;
	fact_truth(w->check, ALIGNED, aligned);
	return 0;
}

static int
now_eom(struct check *c)
{
	const struct header *h = check_header(c);

	if (h == NULL)
		return -E_IO;
	if (header_count(h, STR("DKIM-Signature")) > 0)
		return -E_AGAIN;
	fact_word(c, RESULT, DR_NONE);
	fact_truth(c, ALIGNED, false);
	fact_truth(c, WEAK, false);
	return 0;
}

static WAITS int
at_eom(struct check *c)
{
	struct work *w = arena_alloc(check_arena(c), sizeof *w);
	bool is_ready = false;
	size_t i;
	int rc;

	w->check = c;
	authors_read(check_header(c), check_arena(c), &w->authors);
	dkim_items_collect(c, &w->authors, &w->items);
	rc = dkim_items_ask(c, &w->items);
	for (i = 0; i < w->items.count; i++)
		is_ready |= w->items.item[i]->is_ready;
	if (rc == 0 && is_ready)
		rc = verify(w);
	return rc != 0 ? rc : state(w);
}

const struct filter filter_dkim = {
	.name = "dkim",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_EOM] = now_eom },
	.at = { [ST_EOM] = at_eom },
};
