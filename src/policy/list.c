/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list - reads the description of a DNS list as a whole.
 *
 *	list   = "list" NAME ZONE 1*( "ip4" / "ip6" / "domain" ) "{" *word "}"
 *
 * The words of the block are list_words.c's, what answers mean list_answer.c's.
 *
 * Called by: policy/compile.c for files of lists/ and blocks of a policy, the
 * simulator for blocks of a play.
 * Always holds: a list that was read has something that an answer could say,
 * a subject it is asked about, and for each of its kinds the two points of
 * RFC 5782 5, or what stands in their place.
 * Source: language.md 2, RFC 5782 2.1 and 5.
 */
#include "policy/list_words.h"

#include "base/error.h"
#include "base/name.h"

#define POINTS_MAX INT64_C(100000)     /* hundredths: beyond any meaning  */

int
points_read(struct str text, int64_t *hundredths)
{
	int64_t n;

	if (str_find(text, '%') < text.len || value_number(text, &n) != 0 ||
	    n > POINTS_MAX || n < -POINTS_MAX)
		return -E_INVALID;
	*hundredths = n;
	return 0;
}

const char *
subject_word(enum subject s)
{
	static const char *const words[SUBJECT_COUNT] = {
		[SUBJECT_CLIENT] = "client", [SUBJECT_NAME] = "name",
		[SUBJECT_HELO] = "helo", [SUBJECT_SENDER] = "sender",
		[SUBJECT_DKIM] = "dkim",
	};

	return words[s];
}

enum stage
subject_stage(enum subject s)
{
	static const enum stage stages[SUBJECT_COUNT] = {
		[SUBJECT_CLIENT] = ST_CONNECT, [SUBJECT_NAME] = ST_HELO,
		[SUBJECT_HELO] = ST_HELO, [SUBJECT_SENDER] = ST_MAIL,
		[SUBJECT_DKIM] = ST_EOM,
	};

	return stages[s];
}

const char *
list_kind_word(enum list_kind kind)
{
	static const char *const words[LK_COUNT] = {
		[LK_IP4] = "ip4", [LK_IP6] = "ip6", [LK_DOMAIN] = "domain",
	};

	return words[kind];
}

bool
list_has_kind(const struct list *l, enum list_kind kind)
{
	return kind == LK_IP4 ? l->has_ip4 : kind == LK_IP6 ? l->has_ip6 :
	    kind == LK_DOMAIN && l->has_domain;
}

enum list_kind
list_kind_of(struct ip ip)
{
	return ip_is_v6(ip) ? LK_IP6 : LK_IP4;
}

enum stage
list_stage(const struct list *l, enum subject s)
{
	enum stage own = subject_stage(s);

	return l->when_fact >= 0 && l->when_stage > own ? l->when_stage : own;
}

bool
list_praises(const struct list *l)
{
	size_t i;

	for (i = 0; i < l->code_count; i++)
		if (l->codes[i].points < 0)
			return true;
	return false;
}

bool
list_blames(const struct list *l)
{
	size_t i;

	for (i = 0; i < l->code_count; i++)
		if (l->codes[i].points > 0)
			return true;
	return false;
}

/* --- reading -------------------------------------------------------------- */

/* list NAME ZONE KIND... { }: all but the block. */
static int
read_head(struct list *l, const struct stmt *s, struct reading *r)
{
	size_t i;

	if (s->count < 5 || s->nodes[s->count - 1].kind != ND_BLOCK) {
		diag_add(r->diag, DG_ERROR, "P0312", stmt_place(s),
		    "list NAME \"ZONE\" ip4|ip6|domain { ... }",
		    "a list has a name, a zone, at least one kind and a block");
		return -E_INVALID;
	}
	l->name = s->nodes[1].text;
	l->zone = name_normal(r->arena, s->nodes[2].text);
	l->place = s->nodes[1].place;
	if (!list_word_is_name(l->name) || !name_is_domain(l->zone)) {
		diag_add(r->diag, DG_ERROR, "P0313", s->nodes[1].place, NULL,
		    "a list needs a name of a-z, 0-9, \"-\" and a zone that "
		    "is a domain");
		return -E_INVALID;
	}
	for (i = 3; i + 1 < s->count; i++) {
		struct str kind = s->nodes[i].text;

		if (str_eq(kind, STR("ip4")))
			l->has_ip4 = true;
		else if (str_eq(kind, STR("ip6")))
			l->has_ip6 = true;
		else if (str_eq(kind, STR("domain")))
			l->has_domain = true;
		else {
			diag_add(r->diag, DG_ERROR, "P0314",
			    s->nodes[i].place, "one of: ip4 ip6 domain",
			    "no kind of list \"%.*s\"", STR_ARG(kind));
			return -E_INVALID;
		}
	}
	return 0;
}

/* What no single word can tell: a list that could never name anybody, or that
 * is asked about what it does not hold. */
static int
check_whole(struct list *l, struct reading *r)
{
	if (l->code_count == 0 && l->value_at < 0) {
		diag_add(r->diag, DG_ERROR, "P0315", l->place,
		    "add: code 127.0.0.2 listed 3",
		    "list \"%.*s\" has no code: no answer would count",
		    STR_ARG(l->name));
		return -E_INVALID;
	}
	if (l->code_count == 0 && l->subjects > 1) {
		diag_add(r->diag, DG_ERROR, "P0315", l->place,
		    "ask about one subject, or add: code 127.0.0.2 listed 0",
		    "list \"%.*s\" has one number and no code: nobody could "
		    "tell whose it is", STR_ARG(l->name));
		return -E_INVALID;
	}
	if (l->asks[SUBJECT_CLIENT] && !l->has_ip4 && !l->has_ip6) {
		diag_add(r->diag, DG_ERROR, "P0316", l->place,
		    "change \"ask client\" to \"ask helo sender\"",
		    "list \"%.*s\" holds domains and is asked about addresses",
		    STR_ARG(l->name));
		return -E_INVALID;
	}
	if (l->subjects > l->asks[SUBJECT_CLIENT] && !l->has_domain) {
		diag_add(r->diag, DG_ERROR, "P0316", l->place,
		    "add \"domain\", or change it to \"ask client\"",
		    "list \"%.*s\" holds addresses and is asked about names",
		    STR_ARG(l->name));
		return -E_INVALID;
	}
	return 0;
}

/* RFC 5782 5: what every list must hold, and what it must not. */
static void
preset_points(struct list *l, enum list_kind kind, struct arena *a)
{
	if (kind == LK_DOMAIN) {
		l->must[kind] = (struct list_point){ STR("test"), STR("test") };
		l->must_not[kind] = (struct list_point){ STR("invalid"),
			STR("invalid") };
		return;
	}
	l->must[kind] = list_point_ip(ip_v4(127, 0, 0, 2), kind, a);
	l->must_not[kind] = list_point_ip(ip_v4(127, 0, 0, 1), kind, a);
}

/* In: what was not said. */
static void
preset(struct list *l, const struct draft *d, struct arena *a)
{
	int k;

	if (l->subjects == 0) {
		l->asks[l->has_domain ? SUBJECT_SENDER : SUBJECT_CLIENT] = true;
		l->subjects = 1;
	}
	if (l->title.len == 0)
		l->title = l->name;
	if (l->op.len == 0)
		l->op = l->name;
	for (k = 0; k < LK_COUNT; k++)
		if (list_has_kind(l, (enum list_kind)k) && !d->has_probe[k])
			preset_points(l, (enum list_kind)k, a);
}

struct list *
list_read(const struct stmt *s, struct reading *r)
{
	struct list *l = arena_alloc(r->arena, sizeof *l);
	struct draft *d = arena_alloc(r->arena, sizeof *d);
	unsigned before = diag_count(r->diag, DG_ERROR);
	const struct stmt *in;

	d->list = l;
	d->r = r;
	l->value_at = l->value_fact = l->when_fact = -1;
	if (read_head(l, s, r) != 0)
		return NULL;
	for (in = s->nodes[s->count - 1].stmts; in != NULL; in = in->next)
		list_word_read(d, in);
	preset(l, d, r->arena);
	if (diag_count(r->diag, DG_ERROR) > before || check_whole(l, r) != 0)
		return NULL;
	l->codes = d->codes;
	l->errors = d->errors;
	return l;
}
