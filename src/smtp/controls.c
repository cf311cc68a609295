/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * controls - whom DNS lists are tried on when they are suspected: the last
 * ones who sent us something good, or something bad. Their addresses and
 * domains go into rings of the board.
 *
 * Called by: keep.c once a copy is in an inbox, logline.c for what the policy
 * refused.
 * Always holds:
 * - Whom a list that blames named, or may have named while it was suspect or
 *   out, is no good one; so with lists that praise and bad ones. Lists that
 *   have been out for an hour are past asking.
 * - A domain is a control only when SPF or DKIM has shown it to be the
 *   sender's, and an address only beside such a domain, if it is a good one:
 *   a bad one may be anybody.
 * - Eight neighbours are one opinion: of a /24 or /64 one address is enough.
 *
 * Source: language.md 2, "Health"; promise P6.
 */
#include <string.h>

#include "smtp/session.h"

void
controls_prepare(struct shared *sh, const struct vocabulary *vocabulary)
{
	sh->spf_domain = vocabulary_find(vocabulary, STR("spf.domain"));
	sh->dkim_domains = vocabulary_find(vocabulary, STR("dkim.domains"));
}

/* --- what lists said of it ------------------------------------------------ */

/* It names nobody here, and that is known. */
static bool
is_silent(const struct session *s, const struct list *l)
{
	const struct fact *f;
	int i;

	for (i = l->first; i < l->last; i++) {
		f = &s->desk.facts->fact[i];
		if (f->status == FS_PENDING ||
		    (f->status == FS_UNKNOWN && f->why != WHY_GONE) ||
		    (f->status == FS_KNOWN && f->truth))
			return false;
	}
	return true;
}

/* Whether all lists that would speak against this control are silent. In:
 * of_domain, else of the address. */
static bool
lists_are_silent(const struct session *s, bool is_bad, bool of_domain)
{
	const struct desk *d = &s->desk;
	const struct list *l;
	size_t i;

	for (i = 0; i < d->list_count; i++) {
		l = d->lists[i];
		if ((of_domain ? l->has_domain : l->asks[SUBJECT_CLIENT]) &&
		    (is_bad ? list_praises(l) : list_blames(l)) &&
		    !is_silent(s, l))
			return false;
	}
	return true;
}

/* --- whose it is ---------------------------------------------------------- */

static bool
has_passed(const struct session *s, enum shown which)
{
	const struct facts *facts = s->desk.facts;
	int number = s->server->shared->shown[which];
	const struct fact *f;

	if (number < 0)
		return false;
	f = &facts->fact[number];
	return f->status == FS_KNOWN && strcmp(vocabulary_decl(
	    facts->vocabulary, number)->words[f->word], "pass") == 0;
}

/* The domain that is known to be the sender's; empty: none. */
static struct str
shown_domain(const struct session *s)
{
	const struct shared *sh = s->server->shared;
	const struct fact *fact = s->desk.facts->fact, *f;

	if (has_passed(s, SH_SPF) && sh->spf_domain >= 0) {
		f = &fact[sh->spf_domain];
		if (f->status == FS_KNOWN)
			return f->text;
	}
	if (has_passed(s, SH_DKIM) && sh->dkim_domains >= 0) {
		f = &fact[sh->dkim_domains];
		if (f->status == FS_KNOWN && f->set.count > 0)
			return f->set.member[0];
	}
	return (struct str){ 0 };
}

/* --- into the rings ------------------------------------------------------- */

static bool
has_neighbour(const struct board *b, unsigned ring, struct ip ip)
{
	struct net net = ip_net(ip, 24, 64);
	char text[BOARD_TEXT];
	struct ip other;
	unsigned i;

	for (i = 0; board_ring_get(b, ring, i, text); i++)
		if (ip_parse(str_of(text), &other) == 0 && net_has(net, other))
			return true;
	return false;
}

static void
put_client(struct session *s, bool is_bad)
{
	struct board *b = s->server->world->board;
	struct ip ip = s->desk.client.ip;
	unsigned ring = belief_ring(is_bad, list_kind_of(ip));
	char text[IP_TEXT];
	size_t n = ip_print(ip, text);

	if (!has_neighbour(b, ring, ip))
		board_ring_put(b, ring, (struct str){ text, n }, now_of(s));
}

static void
put_domain(struct session *s, bool is_bad, struct str domain)
{
	struct arena *scratch = s->server->shared->scratch;

	arena_reset(scratch);
	board_ring_put(s->server->world->board,
	    belief_ring(is_bad, LK_DOMAIN), arena_lower(scratch, domain),
	    now_of(s));
}

void
controls_add(struct session *s, bool is_bad)
{
	struct str domain;

	if (s->server->slots == NULL || s->desk.client.is_local)
		return;
	domain = shown_domain(s);
	if (domain.len > 0 && lists_are_silent(s, is_bad, true))
		put_domain(s, is_bad, domain);
	if ((domain.len > 0 || is_bad) && lists_are_silent(s, is_bad, false))
		put_client(s, is_bad);
}
