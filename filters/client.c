/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * client - does the client's address have a name that points back to it?
 *
 * Asks PTR for the address, then A or AAAA for at most NAMES_MAX of the names
 * found. The first one that leads back to the address is the client's name.
 * They are asked one after the other: most clients have one name, and a
 * stranger with ten may not cost ten questions at once.
 *
 * Called by: filters/check.c, at connect.
 * Always holds: client.name is known if and only if fcrdns is pass, and then
 * it is the name whose addresses held the client's. In Authentication-Results
 * no name at all, or names without any address, are a permerror: nothing
 * could be compared.
 * Source: RFC 8601 2.7.3 (iprev), RFC 1034 3.6. Catalogue 100.
 * KNOWN GAPS: classless in-addr.arpa delegations are followed only as far as
 * DNS follows CNAMEs.
 */
#include "config.h"

#include "filters/filters.h"
#include "filters/generic.h"

#define NAMES_MAX 10    /* PTR records looked at; more says nothing good */

enum { IP, NET, PTR, GENERIC, NAME, FCRDNS };
enum { PASS, FAIL, NONE };

static const char *const fcrdns_words[] = { "pass", "fail", "none", NULL };

static const struct fact_decl facts[] = {
	[IP]      = { "client.ip", FT_ADDRESS, ST_CONNECT, FAM_CLIENT,
	              NULL, NULL, 0,
	              "The client's address." },
	[NET]     = { "client.net", FT_ADDRESS, ST_CONNECT, FAM_CLIENT,
	              NULL, NULL, 0,
	              "The first address of its /24, or of its /64." },
	[PTR]     = { "client.ptr", FT_NAME, ST_CONNECT, FAM_CLIENT,
	              NULL, NULL, 0,
	              "First host name found for the address, confirmed or "
	              "not." },
	[GENERIC] = { "client.ptr-generic", FT_TRUTH, ST_CONNECT, FAM_CLIENT,
	              NULL, NULL, 0,
	              "client.ptr looks made from the address by a provider." },
	[NAME]    = { "client.name", FT_NAME, ST_CONNECT, FAM_CLIENT,
	              NULL, NULL, 0,
	              "Host name of the client, confirmed both ways." },
	[FCRDNS]  = { "fcrdns", FT_WORD, ST_CONNECT, FAM_CLIENT,
	              fcrdns_words, NULL, 0,
	              "pass: a name points back; fail: names, none points "
	              "back; none: no name." },
};

static int
now_connect(struct check *c)
{
	struct ip ip = check_client(c)->ip;

	fact_ip(c, IP, ip);
	fact_ip(c, NET, ip_net(ip, 24, 64).ip);
	return -E_AGAIN;
}

/* What the names of an address lead to. */
struct search {
	bool       has_address; /* one of them has some                     */
	bool       confirmed;   /* and it is the client's                   */
	struct str name;        /* of that one                              */
};

/* 0, or -E_* when DNS could not tell. */
static WAITS int
name_confirms(struct check *c, struct str name, struct search *s)
{
	struct ip ip = check_client(c)->ip;
	struct answer a;
	int rc;

	rc = dns_ask(c, name, ip_is_v6(ip) ? DNS_AAAA : DNS_A, &a);
	if (rc != 0)
		return rc;
	s->has_address |= a.count > 0;
	s->confirmed = answer_has_ip(&a, ip);
	if (s->confirmed)
		s->name = name;
	return 0;
}

/*
 * Looks for the first name that confirms.
 * Returns 0, or why some name could not be asked: it might be the one.
 */
static WAITS int
find_name(struct check *c, const struct answer *ptr, struct search *s)
{
	int rc, trouble = 0;
	size_t i;

	for (i = 0; i < ptr->count && i < NAMES_MAX; i++) {
		if (!name_is_host(answer_name(ptr, i)))
			continue;
		rc = name_confirms(c, answer_name(ptr, i), s);
		if (rc == -E_CANCELED)
			return rc;
		if (rc != 0)
			trouble = rc;   /* a later name may still confirm */
		if (s->confirmed)
			return 0;
	}
	return trouble;
}

/* Known as soon as PTR has answered, so that nobody waits longer for it. */
static void
state_ptr(struct check *c, const struct answer *ptr)
{
	struct str name;
	size_t i;

	for (i = 0; i < ptr->count && i < NAMES_MAX; i++) {
		name = answer_name(ptr, i);
		if (!name_is_host(name))        /* escapes, control bytes */
			continue;
		fact_text(c, PTR, name);
		fact_truth(c, GENERIC,
		    name_looks_generic(name, check_client(c)->ip));
		return;
	}
}

static void
tell(struct check *c, const char *result)
{
	struct arena *a = check_arena(c);

	auth_result(c, arena_printf(a, "iprev=%s policy.iprev=%.*s", result,
	    STR_ARG(auth_value(a, ip_text(a, check_client(c)->ip)))));
}

static WAITS int
at_connect(struct check *c)
{
	struct search s = { 0 };
	struct answer ptr;
	int rc;

	rc = dns_ask(c, ip_reverse_name(check_arena(c), check_client(c)->ip),
	    DNS_PTR, &ptr);
	if (rc != 0)
		return rc;      /* the runner marks our facts unknown */
	state_ptr(c, &ptr);
	if (ptr.count == 0) {
		fact_word(c, FCRDNS, NONE);
		tell(c, "permerror");
		return 0;
	}
	rc = find_name(c, &ptr, &s);
	if (rc != 0)
		return rc;
	fact_word(c, FCRDNS, s.confirmed ? PASS : FAIL);
	if (s.confirmed)
		fact_text(c, NAME, s.name);
	tell(c, s.confirmed ? "pass" : s.has_address ? "fail" : "permerror");
	return 0;
}

static void
end_connect(struct check *c, int error)
{
	if (error != 0 && error != -E_CANCELED)
		tell(c, "temperror");
}

const struct filter filter_client = {
	.name = "client",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_CONNECT] = now_connect },
	.at = { [ST_CONNECT] = at_connect },
	.end = end_connect,
	.has_results = true,
};
