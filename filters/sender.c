/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sender - the address of MAIL, and whether its domain could take an answer.
 *
 * A domain takes mail when it has an MX, or, without any, an address
 * (RFC 5321 5.1). A single MX "." says that it takes none (RFC 7505 3). The
 * rest is missing: no such name, or a name with neither MX nor address.
 *
 *	MX: found ----> found / nullmx
 *	    no name --> missing                  (RFC 8020: nothing below it)
 *	    no data --> A, AAAA: one found --> found, both empty --> missing
 *
 * Called by: filters/check.c, at MAIL.
 * Always holds: a trouble is never taken for "missing"; the null sender has
 * no address and no domain, and DNS is not asked.
 * KNOWN GAPS: whether the hosts that MX names have addresses is not looked
 * at; an address literal's address neither.
 */
#include "config.h"

#include "filters/filters.h"

enum { ADDRESS, DOMAIN, EXISTS, IS_NULL };
enum { FOUND, MISSING, NULLMX };

static const char *const exists_words[] = { "found", "missing", "nullmx",
	NULL };

static const struct fact_decl facts[] = {
	[ADDRESS] = { "mail.address", FT_MAIL, ST_MAIL, FAM_CLIENT,
	              NULL, NULL, 0,
	              "The sender's address; absent for the null sender." },
	[DOMAIN]  = { "mail.domain", FT_NAME, ST_MAIL, FAM_CLIENT,
	              NULL, NULL, 0,
	              "The sender's domain; absent without one." },
	[EXISTS]  = { "mail.exists", FT_WORD, ST_MAIL, FAM_CLIENT,
	              exists_words, NULL, 0,
	              "found: mail.domain has an MX or an address; missing: "
	              "it has neither; nullmx: it says that it takes no mail." },
	[IS_NULL] = { "mail.null", FT_TRUTH, ST_MAIL, FAM_CLIENT,
	              NULL, NULL, 0,
	              "The sender is <>, as in bounces." },
};

static int
now_mail(struct check *c)
{
	const struct path *sender = check_sender(c);

	fact_truth(c, IS_NULL, sender->kind == PT_NULL);
	if (sender->kind == PT_NULL)
		return 0;
	fact_text(c, ADDRESS, sender->text);
	if (sender->kind != PT_MAILBOX)
		return 0;
	fact_text(c, DOMAIN, sender->domain);
	return -E_AGAIN;
}

/* 0 and *has, or the trouble. */
static WAITS int
has_record(struct check *c, struct str domain, enum dns_type type, bool *has)
{
	struct answer a;
	int rc = dns_ask(c, domain, type, &a);

	if (rc == 0)
		*has = a.status == DNS_FOUND && a.count > 0;
	return rc;
}

/* An address of either family is enough, even beside a trouble. */
static WAITS int
has_address(struct check *c, struct str domain, bool *has)
{
	bool has4 = false, has6 = false;
	int rc4, rc6;

	rc4 = has_record(c, domain, DNS_A, &has4);
	if (rc4 == -E_CANCELED)
		return rc4;
	if (!has4) {
		rc6 = has_record(c, domain, DNS_AAAA, &has6);
		if (rc6 != 0)
			return rc6;
		if (!has6 && rc4 != 0)
			return rc4;
	}
	*has = has4 || has6;
	return 0;
}

static bool
is_null_mx(const struct answer *mx)
{
	return mx->count == 1 && mx->records[0].text.len == 0;
}

static WAITS int
at_mail(struct check *c)
{
	struct str domain = check_sender(c)->domain;
	struct answer mx;
	bool has = false;
	int rc;

	rc = dns_ask(c, domain, DNS_MX, &mx);
	if (rc != 0)
		return rc;
	if (mx.status == DNS_FOUND && mx.count > 0) {
		fact_word(c, EXISTS, is_null_mx(&mx) ? NULLMX : FOUND);
		return 0;
	}
	if (mx.status != DNS_NO_NAME) {
		rc = has_address(c, domain, &has);
		if (rc != 0)
			return rc;
	}
	fact_word(c, EXISTS, has ? FOUND : MISSING);
	return 0;
}

const struct filter filter_sender = {
	.name = "sender",
	.facts = facts, .fact_count = COUNT(facts),
	.is_deferrable = true,
	.now = { [ST_MAIL] = now_mail },
	.at = { [ST_MAIL] = at_mail },
};
