/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolver: who asks for us, as lists see it.
 *
 * A list refuses public resolvers, and resolvers in the address space of large
 * hosters without a name of their own: two remedies, so they are told apart
 * (policy-default.md). rules/lists/resolvers has both kinds, dated:
 *
 *	public NET... "WHO"          8.8.8.0/24 "Google"
 *	hoster GLOB... "WHO"         "*.compute.amazonaws.com" "AWS"
 *	whoami NAME                  a name whose A record is whoever asks it
 */
#ifndef KEEPER_RESOLVER_H
#define KEEPER_RESOLVER_H

#include "conf/settings.h"
#include "dns/ask.h"
#include "lang/diag.h"

struct resolver_book;

/* In: path, "shipped:/lists/resolvers". Returns 0; -E_INVALID with the errors
 * in the diagnostics, and a book with the rest. Owner: arena. */
int resolver_book_read(struct reader *, struct str path, struct arena *,
    struct diagnostics *, struct resolver_book **);

enum resolver_place {
	RS_UNKNOWN,      /* could not be found out                          */
	RS_OWN,          /* recursive, not public, with a name of its own   */
	RS_PUBLIC,       /* remedy: an own one (unbound)                    */
	RS_HOSTER        /* remedy: a key, or a name (PTR) for its address  */
};

struct resolver_seen {
	enum resolver_place place;
	struct str  who;         /* "Google", "AWS"; else ""                */
	struct ip   outside;     /* as seen from outside                    */
	bool        has_outside;
	bool        is_named;    /* whether it has one is known             */
	struct str  name;        /* its PTR; "": it has none                */
};

/* Asks the whoami name and the PTR of what it answers, for two seconds at most.
 * Returns 0 or -E_CANCELED. Owner: arena. */
WAITS int resolver_look(const struct resolver_book *,
    const struct resolver_conf *, struct world *, struct names *,
    struct arena *, struct resolver_seen *);

/* The judgement alone. In: server, the first that is configured. */
void resolver_judge(const struct resolver_book *, struct ip server,
    struct resolver_seen *);

#endif
