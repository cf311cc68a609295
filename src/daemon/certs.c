/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * certs - certificates and keys: read, judged, made when there are none.
 *
 * Called by: daemon/assemble.c and checker.c (read, make), daemon/gate.c
 * (the server).
 * Always holds: mail does not hang on a certificate. Whatever is wrong with
 * one is said, and the others are used; without any one is made, for a
 * sender that encrypts to nobody in particular is better than one that does
 * not at all (RFC 7435). Keys go through the reader's `secret` alone.
 * Catalogue 71.
 */
#include "daemon/certs.h"

#include "base/date.h"

#define WEEK (7 * 86400 * SEC)

/* Read like files, from a generation. */
#define MADE_CHAIN GENERATION_FRESH "fullchain.pem"
#define MADE_KEY   GENERATION_FRESH "privkey.pem"

/* The day as "2026-11-24". */
static struct str
day_of(struct arena *arena, usec_t wall)
{
	char text[DATE_TEXT];

	(void)date_rfc3339(wall, false, text);
	return arena_str(arena, (struct str){ text, 10 });
}

static void
warn_of_time(const struct tls_conf *t, const struct tls_certificate *c,
    usec_t wall, struct arena *arena, struct diagnostics *diag)
{
	bool is_over = c->until <= wall;

	if (c->from > wall)
		diag_add(diag, DG_WARNING, "P0048", t->place, NULL,
		    "%.*s is good from %.*s on", STR_ARG(t->chain),
		    STR_ARG(day_of(arena, c->from)));
	else if (c->until - WEEK <= wall)
		diag_add(diag, DG_WARNING, "P0048", t->place, NULL,
		    "%.*s %s on %.*s", STR_ARG(t->chain), is_over ?
		    "expired" : "expires", STR_ARG(day_of(arena, c->until)));
}

/* The chain's file may be everybody's to read, and pools get it too. */
static int
refuse_key(struct str chain, struct fault *fault)
{
	const struct str mark = STR("PRIVATE KEY-----");
	size_t i;

	for (i = 0; i + mark.len <= chain.len; i++)
		if (str_starts(str_from(chain, i), mark)) {
			fault_set(fault, "a private key stands in "
			    "fullchain.pem, which is not kept secret");
			return -E_INVALID;
		}
	return 0;
}

static bool
has_name(const struct tls_certificate *c, struct str name)
{
	size_t i;

	for (i = 0; i < c->name_count; i++)
		if (str_eq(c->names[i], name))
			return true;
	return false;
}

/* Whether clients get the last one: for some name it is the first of its kind
 * (run/tls.h). Without this a renewed pair could wait behind the one that it
 * should replace until that expires. */
static bool
is_shown(const struct tls_certificate *all, size_t last)
{
	const struct tls_certificate *c = &all[last];
	size_t i, k;

	for (i = 0; i < c->name_count; i++) {
		for (k = 0; k < last; k++)
			if (all[k].is_ecdsa == c->is_ecdsa &&
			    has_name(&all[k], c->names[i]))
				break;
		if (k == last)
			return true;
	}
	return last == 0;
}

/* Returns 0, or what is wrong, which is in the diagnostics. */
static int
read_pair(struct reader *r, const struct tls_conf *t, usec_t wall,
    struct arena *arena, struct diagnostics *diag, struct tls_pair *pair,
    struct tls_certificate *c)
{
	struct fault fault = { "" };
	const char *code = "P0031";
	int rc;

	rc = r->read(r, t->chain, arena, &pair->chain, &fault);
	if (rc == 0)
		rc = r->secret(r, t->key, arena, &pair->key, &fault);
	if (rc == 0) {
		code = "P0047";
		rc = refuse_key(pair->chain, &fault);
	}
	if (rc == 0)
		rc = tls_examine(pair, arena, c, &fault);
	if (rc == 0)
		warn_of_time(t, c, wall, arena, diag);
	else if (code[4] == '7')
		diag_add(diag, DG_ERROR, code, t->place, NULL, "%.*s: %s",
		    STR_ARG(t->folder), fault.text);
	else
		diag_add(diag, DG_ERROR, code, t->place, NULL, "%s",
		    fault.text);
	return rc;
}

int
certs_read(struct reader *r, const struct settings *conf, usec_t wall,
    struct arena *arena, struct diagnostics *diag, struct tls_pair **pairs,
    size_t *count)
{
	struct tls_certificate *all = arena_array(arena, conf->tls_count,
	    sizeof *all);
	const struct tls_conf *t;
	size_t i, n = 0;

	*pairs = arena_array(arena, conf->tls_count, sizeof **pairs);
	for (i = 0; i < conf->tls_count; i++) {
		t = &conf->tls[i];
		if (read_pair(r, t, wall, arena, diag, &(*pairs)[n],
		    &all[n]) != 0)
			continue;
		if (!is_shown(all, n))
			diag_add(diag, DG_WARNING, "P0050", t->place, NULL,
			    "%.*s: no client is shown it, an earlier one has "
			    "its names", STR_ARG(t->folder));
		n++;
	}
	*count = n;
	return 0;
}

int
certs_make(struct recorder *rec, const struct settings *conf, usec_t wall)
{
	struct arena *arena = arena_new(0);
	struct tls_pair pair;
	int rc = tls_self_made(conf->name, wall, arena, &pair);

	if (rc == 0) {
		recorder_put(rec, STR(MADE_CHAIN), false, pair.chain);
		recorder_put(rec, STR(MADE_KEY), true, pair.key);
	}
	arena_free(&arena);
	return rc;
}

int
certs_made(struct reader *r, struct arena *arena, struct tls_pair **pairs,
    size_t *count)
{
	struct tls_pair *pair = arena_alloc(arena, sizeof *pair);
	struct fault fault;
	int rc;

	rc = r->read(r, STR(MADE_CHAIN), arena, &pair->chain, &fault);
	if (rc == 0)
		rc = r->secret(r, STR(MADE_KEY), arena, &pair->key, &fault);
	if (rc != 0)
		return rc;
	*pairs = pair;
	*count = 1;
	return 0;
}

struct tls_server *
certs_server(const struct tls_pair *pairs, size_t count,
    const struct settings *conf, usec_t wall, struct sink *log)
{
	struct arena *arena = arena_new(0);
	struct tls_server *server = NULL;
	struct fault fault = { "no memory" };
	struct tls_pair made;
	struct event e;
	int rc = 0;

	if (count == 0) {
		rc = tls_self_made(conf->name, wall, arena, &made);
		pairs = &made;
		count = 1;
	}
	if (rc == 0)
		rc = tls_server_new(pairs, count, settings_tls_minimum(conf),
		    &server, &fault);
	if (rc != 0) {
		event_open(&e, LOG_ERROR, "tls");
		event_text(&e, "error", str_of(fault.text));
		event_send(&e, log);
		server = NULL;
	}
	arena_free(&arena);
	return server;
}
