/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * helo - what the client calls itself, and whether DNS agrees.
 *
 * The name is asked in the client's own family first: that answers both
 * questions (does it resolve, does it lead to the client) in the common case.
 * The other family is asked only when the first one has nothing.
 *
 * Called by: filters/check.c, at HELO and EHLO.
 * Always holds: DNS is asked only about full domain names; a literal matches
 * by itself. helo.resolves and helo.matches are absent for what is neither.
 * RFC 5321 4.1.4 forbids to refuse on a mismatch alone: that is the policy's
 * care.
 * Source: RFC 5321 4.1.1.1, 4.1.3, 2.3.5.
 * KNOWN GAPS: helo.ours knows our names, not our addresses.
 */
#include "config.h"

#include "filters/filters.h"

enum { NAME, VALID, LITERAL, OURS, RESOLVES, MATCHES };

static const struct fact_decl facts[] = {
	[NAME]     = { "helo.name", FT_NAME, ST_HELO, FAM_HELO, NULL, NULL, 0,
	               "The name given in HELO, in lower case; otherwise as "
	               "it was said, whatever it is." },
	[VALID]    = { "helo.valid", FT_TRUTH, ST_HELO, FAM_HELO,
	               NULL, NULL, 0,
	               "It is a full domain name or an address literal." },
	[LITERAL]  = { "helo.literal", FT_TRUTH, ST_HELO, FAM_HELO,
	               NULL, NULL, 0,
	               "It is an address literal, like [192.0.2.1]." },
	[OURS]     = { "helo.ours", FT_TRUTH, ST_HELO, FAM_HELO,
	               NULL, NULL, 0,
	               "It is our own name or a domain of ours, said by a "
	               "client from outside." },
	[RESOLVES] = { "helo.resolves", FT_TRUTH, ST_HELO, FAM_HELO,
	               NULL, NULL, 0,
	               "The name has an address in DNS." },
	[MATCHES]  = { "helo.matches", FT_TRUTH, ST_HELO, FAM_HELO,
	               NULL, NULL, 0,
	               "The name, or the literal, leads to the client's "
	               "address." },
};

/* DNS has names with "_", hosts that speak to others do not. */
static bool
is_full_name(struct str s)
{
	return name_is_domain(s) && str_find(s, '_') == s.len;
}

static bool
is_ours(const struct check *c, struct str helo)
{
	return !check_client(c)->is_local && helo.len > 0 &&
	    check_is_ours(c, helo);
}

static int
now_helo(struct check *c)
{
	struct str helo = check_helo(c);
	bool is_name = is_full_name(helo), is_literal;
	struct ip ip;

	is_literal = literal_parse(helo, &ip) == 0;
	if (helo.len > 0)
		fact_text(c, NAME, arena_lower(check_arena(c), helo));
	fact_truth(c, VALID, is_name || is_literal);
	fact_truth(c, LITERAL, is_literal);
	fact_truth(c, OURS, is_ours(c, helo));
	if (is_literal)
		fact_truth(c, MATCHES, ip_eq(ip, check_client(c)->ip));
	return is_name ? -E_AGAIN : 0;
}

static WAITS int
at_helo(struct check *c)
{
	struct ip ip = check_client(c)->ip;
	enum dns_type own = ip_is_v6(ip) ? DNS_AAAA : DNS_A;
	struct answer a;
	int rc, trouble;

	trouble = dns_ask(c, check_helo(c), own, &a);
	if (trouble == -E_CANCELED)
		return trouble;
	if (trouble == 0) {
		fact_truth(c, MATCHES, answer_has_ip(&a, ip));
		if (a.status != DNS_NO_DATA) {
			fact_truth(c, RESOLVES, a.status == DNS_FOUND);
			return 0;
		}
	}
	rc = dns_ask(c, check_helo(c), own == DNS_A ? DNS_AAAA : DNS_A, &a);
	if (rc != 0)
		return rc;
	if (trouble == 0 || a.status == DNS_FOUND)
		fact_truth(c, RESOLVES, a.status == DNS_FOUND);
	return trouble;
}

const struct filter filter_helo = {
	.name = "helo",
	.facts = facts, .fact_count = COUNT(facts),
	.is_deferrable = true,
	.now = { [ST_HELO] = now_helo },
	.at = { [ST_HELO] = at_helo },
};
