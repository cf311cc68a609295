/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_verify - lets libopendkim canonicalize, hash and verify.
 *
 * It gets fields and body, the signatures that passed our own reader and, by
 * its key look-up callback, keys that we have printed anew. It never asks
 * DNS, decodes z=, reports, caches, or looks at ADSP or ATPS. The handle is
 * made for one message: it costs half a microsecond, and nothing is left
 * over.
 *
 * Called by: dkim.c, when keys are there.
 * Always holds:
 * - A signature passes only when it has no error, its flag PASSED is set and
 *   its body hash matches. The flag alone is also set for a body hash that
 *   does not match, for l= beyond the body, and for t=s with a subdomain.
 * - No fiber waits within a call of the library, so that its state and the
 *   queue of OpenSSL's errors, one for all fibers, are seen by nobody else;
 *   the queue is empty afterwards (the library does that; a test looks).
 * - Nothing verifies in a message with a bare CR or LF: libopendkim drops some
 *   of them, so that a body could change under its signature. The dialogue
 *   refuses them anyhow. Nor over a field with a vertical tab or form feed,
 *   which it takes for spaces.
 * Source: RFC 6376 3.4, 3.7, 6.1.3; catalogue 84.
 * KNOWN GAPS: a signature that signs other DKIM-Signature fields fails when
 * there are over OTHERS of them, or one that libopendkim cannot read. Eight
 * signatures verify in one go, about 1.1 ms, most of it OpenSSL decoding keys.
 */
#include "config.h"

#include <sys/types.h>

#include <string.h>

#include <dkim.h>

#include "filters/dkim_verify.h"

#define OTHERS 16           /* fed because a signature signs them too       */
#define FED    (OTHERS + DKIM_ITEMS)
#define PIECE  (64u << 10)  /* of the body between two yields               */

/* Counts what is left of a body by RFC 6376 3.4.3 or 3.4.4; an empty one has
 * 0 bytes here by both. */
struct counter {
	bool     is_relaxed;
	bool     has_space;     /* white space that counts if more follows  */
	uint64_t line;          /* bytes of this line                       */
	uint64_t empty;         /* lines before it that count if it does    */
	uint64_t total;
};

enum { SIMPLE, RELAXED, CANONS };

/* The work on one message. */
struct work {
	struct check      *check;
	struct dkim_items *items;
	DKIM              *dkim;
	struct dkim_item  *fed[FED]; /* signatures that the library has, in
	                                order; NULL: only signed by others  */
	size_t             fed_count;
	struct counter     counter[CANONS];
};

/* ------------------------------------------------------------------------
 * Line ends and lengths.
 */

/* In and out: *last, the byte before; LF at the start of a message. */
static bool
has_bare(struct str s, char *last)
{
	bool is_bare = false;
	char before = *last;
	size_t i;

	for (i = 0; i < s.len; i++) {
		is_bare |= (s.p[i] == '\n') != (before == '\r');
		before = s.p[i];
	}
	*last = before;
	return is_bare;
}

bool
dkim_header_has_bare(const struct header *h)
{
	char last = '\n';
	size_t i;

	for (i = 0; i < h->count; i++)
		if (has_bare(h->fields[i].raw, &last))
			return true;
	return last == '\r';
}

/* Empty lines count only when something follows. */
static void
end_line(struct counter *c)
{
	if (c->line == 0) {
		c->empty++;
	} else {
		c->total += 2 * c->empty + c->line + 2;
		c->empty = 0;
	}
	c->line = 0;
	c->has_space = false;
}

/* In: no bare CR or LF. */
static void
count_bytes(struct counter *c, struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '\n') {
			end_line(c);
		} else if (c->is_relaxed &&
		    (s.p[i] == ' ' || s.p[i] == '\t')) {
			c->has_space = true;
		} else if (s.p[i] != '\r') {
			c->line += c->has_space ? 2 : 1;
			c->has_space = false;
		}
	}
}

/* ------------------------------------------------------------------------
 * The library's callbacks.
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

	for (i = 0; i < w->items->count; i++) {
		key = &w->items->item[i]->key;
		if (w->items->item[i]->info != info || key->text.len >= size)
			continue;
		memcpy(buf, key->text.p, key->text.len + 1);
		return DKIM_CBSTAT_CONTINUE;
	}
	return DKIM_CBSTAT_NOTFOUND;
}

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

	for (i = 0; i < w->items->count; i++) {
		if (!w->items->item[i]->is_ready)
			continue;
		if (w->items->item[i]->field == f) {
			*owner = w->items->item[i];
			return true;
		}
		is_signed |= w->items->item[i]->sig.signs_signatures;
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

static bool
has_length(const struct dkim_items *items)
{
	size_t i;

	for (i = 0; i < items->count; i++)
		if (items->item[i]->is_ready && items->item[i]->sig.has_length)
			return true;
	return false;
}

static int
feed_piece(struct work *w, struct str piece)
{
	size_t i;

	for (i = 0; i < CANONS && has_length(w->items); i++)
		count_bytes(&w->counter[i], piece);
	return dkim_body(w->dkim, loose(piece.p), piece.len) == DKIM_STAT_OK ?
	    0 : -E_NOMEM;
}

/* The body in pieces, and the line end that it may lack (BDAT). Returns as
 * dkim_items_verify. */
static WAITS int
feed_body(struct work *w)
{
	const struct body *body = check_body(w->check);
	uint64_t at = check_header(w->check)->size, size = body_size(body);
	char *room = arena_alloc(check_arena(w->check),
	    size - at < PIECE ? (size_t)(size - at) + 1 : PIECE);
	char last = '\n';
	struct str piece;
	ssize_t n;
	int rc = 0;

	while (at < size && rc == 0) {
		n = body_read(body, at, room, PIECE);
		if (n <= 0)
			return -E_IO;
		piece = (struct str){ room, (size_t)n };
		if (has_bare(piece, &last))
			return -E_INVALID;
		rc = feed_piece(w, piece);
		at += (uint64_t)n;
		if (rc == 0 && at < size)
			rc = fiber_yield();
	}
	if (rc != 0 || last == '\n')
		return rc;
	return last == '\r' ? -E_INVALID : feed_piece(w, STR("\r\n"));
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

static bool
is_named(struct str names, struct str name)
{
	do {
		if (str_eq_case(dkim_entry(&names), name))
			return true;
	} while (names.p != NULL);
	return false;
}

/* Vertical tab and form feed are spaces to libopendkim and to nobody else. */
static bool
signs_odd_space(const struct header *h, const struct dkim_sig *sig)
{
	const struct field *f;

	for (f = h->fields; f < h->fields + h->count; f++)
		if ((memchr(f->raw.p, '\v', f->raw.len) != NULL ||
		    memchr(f->raw.p, '\f', f->raw.len) != NULL) &&
		    is_named(sig->names, f->name))
			return true;
	return false;
}

/* All three of error, flag and body hash, or it does not pass: the flag
 * alone is also set for a body hash that does not match. */
static void
judge(struct dkim_item *item, const struct work *w)
{
	DKIM_SIGINFO *info = item->info;
	DKIM_SIGERROR error;
	bool has_passed;
	int hash;

	if (info == NULL) {
		dkim_item_decide(item, DR_NEUTRAL, "libopendkim cannot read it");
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
	    hash != DKIM_SIGBH_MATCH ||
	    signs_odd_space(check_header(w->check), &item->sig))
		dkim_item_decide(item, DR_FAIL, "signature does not match");
	else
		dkim_item_decide(item, DR_PASS, NULL);
	item->is_weak = item->sig.has_length && item->sig.length <
	    w->counter[item->sig.is_relaxed ? RELAXED : SIMPLE].total;
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
	for (i = 0; i < w->items->count; i++)
		if (w->items->item[i]->is_ready)
			judge(w->items->item[i], w);
	return 0;
}

static bool
is_any_ready(const struct dkim_items *items)
{
	size_t i;

	for (i = 0; i < items->count; i++)
		if (items->item[i]->is_ready)
			return true;
	return false;
}

WAITS int
dkim_items_verify(struct check *c, struct dkim_items *items)
{
	struct work *w;
	DKIM_LIB *lib;
	DKIM_STAT rc;
	int error = -E_NOMEM;

	if (!is_any_ready(items))
		return 0;
	w = arena_alloc(check_arena(c), sizeof *w);
	w->check = c;
	w->items = items;
	w->counter[RELAXED].is_relaxed = true;
	lib = library_open();
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
