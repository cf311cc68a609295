/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPF: a record, the macros in it, and a whole walk in which the input is
 * every answer.
 *
 * The input is the sender's local part, a line end, and a TXT; DNS gives that
 * TXT for every name, one address, and as MX and PTR the name asked for. So
 * includes include themselves, and every limit is met.
 *
 * Must hold: a name is at most 253 bytes and of labels that DNS carries; a
 * text is printable ASCII and bounded; what libspf2 is given is of our own
 * words and fits its 511 bytes; sparse or not, a record has one result; the
 * limits are kept.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/name.h"
#include "filters/spf_expand.h"
#include "filters/spf_record.h"
#include "filters/spf_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct scene {
	struct arena *arena;
	struct str    txt;
	unsigned      asked;
};

static void
check_name(struct str spec, const struct spf_macros *m, struct arena *arena)
{
	struct str name;

	if (spec.len == 0)
		return;
	must(spf_is_domain_spec(spec));
	if (spf_expand_name(spec, m, arena, &name) == 0)
		must(name.len <= NAME_MAX_TEXT && name_fits(name) &&
		    name.p[name.len - 1] != '.');
}

static void
check_text(struct str text, const struct spf_macros *m, struct arena *arena)
{
	size_t i;

	if (!spf_is_string(SPF_TEXT, text))
		return;
	text = spf_expand_text(text, m, arena);
	must(text.len <= SPF_TEXT_MAX);
	for (i = 0; i < text.len; i++)
		must(text.p[i] >= ' ' && text.p[i] <= '~');
}

/* Letters, digits and our own signs: nothing that libspf2 could expand. */
static void
check_print(const struct spf_record *r, struct ip client, bool is_sparse)
{
	static const char ours[] = "abcdefghijklmnopqrstuvwxyz0123456789"
	    " =:/.+-~?";
	struct spf_print p = spf_print_of(r, client, 3, is_sparse);
	struct buf b = BUF_INIT(0);
	size_t i;

	must(!is_sparse || spf_print_chunks(&p) == 1);
	must(spf_print_chunk(&p, 0, &b) == 0);
	for (i = 0; i < b.len; i++)
		must(memchr(ours, b.p[i], sizeof ours - 1) != NULL);
	must(b.len < 2048);
	buf_free(&b);
}

static void
check_record(struct str txt, const struct spf_macros *m, struct arena *arena)
{
	struct spf_record r;
	const char *why = NULL;
	size_t i;

	if (!spf_is_record(txt))
		return;
	if (spf_record_parse(txt, arena, &r, &why) != 0) {
		must(why != NULL);
		return;
	}
	for (i = 0; i < r.count; i++)
		check_name(r.terms[i].spec, m, arena);
	check_name(r.redirect, m, arena);
	check_name(r.exp, m, arena);
	check_print(&r, m->client, false);
	check_print(&r, m->client, true);
}

static int
ask(void *arg, struct str name, enum dns_type type, struct answer *a)
{
	struct scene *s = arg;

	s->asked++;
	a->status = DNS_FOUND;
	a->records = arena_alloc(s->arena, sizeof *a->records);
	a->count = 1;
	a->records[0].ip = type == DNS_A ? ip_v4(192, 0, 2, 77) :
	    (struct ip){ { 0x20, 1, 0xd, 0xb8, 0, 77 } };
	a->records[0].text = type == DNS_TXT ? s->txt : name;
	return name.len % 17 == 16 ? -E_SERVFAIL : 0;
}

static usec_t
now(void *arg)
{
	(void)arg;
	return 0;
}

static void
walk(struct scene *s, const struct spf_macros *m)
{
	struct spf_query q = { .client = m->client, .local = m->local,
	    .domain = m->domain, .helo = m->helo, .host = m->host,
	    .arena = s->arena, .ask = ask, .now = now, .arg = s };
	struct spf_outcome o;
	struct str text;
	int rc = spf_walk(&q, &o);

	must(rc == 0 || rc == -E_SERVFAIL || rc == -E_BUDGET);
	must(rc != 0 || (o.verdict == SPF_V_PERMERROR) == (o.why != NULL));
	must(o.terms <= 11 && o.voids <= 3 && o.questions <= 40);
	if (rc == 0)
		must(spf_explain(&q, &o, &text) == 0 &&
		    text.len <= SPF_TEXT_MAX);
	must(s->asked <= 40);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = { (const char *)data, size };
	struct str local = str_split(&rest, '\n');
	struct spf_macros m = { .local = str_sub(local, 0, 64),
	    .sender = STR("d.test"), .domain = STR("d.test"),
	    .helo = STR("h-1.test"), .host = STR("mx.here.test") };
	struct scene s = { .txt = rest };
	unsigned family;

	for (family = 0; family < 2; family++) {
		s.arena = arena_new(0);
		s.asked = 0;
		m.client = family == 0 ? ip_v4(192, 0, 2, 1) :
		    (struct ip){ { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
		check_record(rest, &m, s.arena);
		check_text(rest, &m, s.arena);
		walk(&s, &m);
		arena_free(&s.arena);
	}
	return 0;
}
