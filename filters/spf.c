/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf - may this client use the name it says, and the sender's domain?
 *
 * Two identities, never mixed: HELO at HELO (spf.helo), MAIL FROM at MAIL
 * (spf). That of the null sender is postmaster at the HELO name. The verdict
 * is stated as soon as it is known; the explanation of a fail comes after it.
 *
 * Called by: filters/check.c, at HELO and MAIL.
 * Always holds: a DNS trouble (temperror) is an error, so that the facts are
 * unknown; spf.domain is known whenever there was a domain to ask about, and
 * spf.record only with a record that could be read. A pass of HELO is never a
 * pass of MAIL FROM (catalogue 81).
 * A client that is_local is not asked about: it is a host of ours, or behind
 * one, and no record of the world's speaks of its address. All facts are then
 * absent, so neither a pass nor a fail comes for free.
 * Source: RFC 7208 2, 8; 8616 4. Catalogue 74 to 81.
 */
#include "config.h"

#include "filters/filters.h"
#include "filters/spf_walk.h"
#include "mail/auth.h"

enum { HELO, SPF, DOMAIN, RECORD, EXPLANATION };

static const char *const verdict_words[] = { [SPF_V_NONE] = "none",
	[SPF_V_NEUTRAL] = "neutral", [SPF_V_PASS] = "pass",
	[SPF_V_FAIL] = "fail", [SPF_V_SOFTFAIL] = "softfail",
	[SPF_V_PERMERROR] = "permerror", NULL };

static const char *const record_words[] = { [SPF_R_DENY_ALL] = "deny-all",
	[SPF_R_OTHER] = "other", NULL };

static const struct fact_decl facts[] = {
	[HELO]        = { "spf.helo", FT_WORD, ST_HELO, FAM_AUTH,
	                  verdict_words, NULL, 0,
	                  "What SPF says of the client and the HELO name." },
	[SPF]         = { "spf", FT_WORD, ST_MAIL, FAM_AUTH,
	                  verdict_words, NULL, 0,
	                  "What SPF says of the client and the sender's "
	                  "domain; for the null sender, the HELO name." },
	[DOMAIN]      = { "spf.domain", FT_NAME, ST_MAIL, FAM_AUTH,
	                  NULL, NULL, 0,
	                  "The domain that spf is about." },
	[RECORD]      = { "spf.record", FT_WORD, ST_MAIL, FAM_AUTH,
	                  record_words, NULL, 0,
	                  "deny-all: spf.domain says that it sends no mail "
	                  "(\"v=spf1 -all\")." },
	[EXPLANATION] = { "spf.explanation", FT_TEXT, ST_MAIL, FAM_AUTH,
	                  NULL, NULL, 0,
	                  "What spf.domain wants to be told to who fails; a "
	                  "stranger's text." },
};

static WAITS int
ask(void *arg, struct str name, enum dns_type type, struct answer *a)
{
	return dns_ask(arg, name, type, a);
}

static usec_t
moment(void *arg)
{
	const struct check *c = arg;

	return check_moment(c);
}

static struct spf_query
query_of(struct check *c, struct str local, struct str domain)
{
	return (struct spf_query){ .client = check_client(c)->ip,
	    .local = local, .domain = domain, .helo = check_helo(c),
	    .host = check_host(c), .wall = check_date(c),
	    .arena = check_arena(c), .ask = ask, .now = moment, .arg = c };
}

/* For Authentication-Results; property is smtp.helo or smtp.mailfrom. */
static void
tell(struct check *c, int rc, const struct spf_outcome *o,
    const char *property, struct str value)
{
	struct arena *a = check_arena(c);
	const char *word = rc != 0 ? "temperror" : verdict_words[o->verdict];
	struct str reason = { 0 };

	if (rc == -E_CANCELED)
		return;
	if (rc == 0 && o->why != NULL)
		reason = arena_printf(a, " reason=%.*s",
		    STR_ARG(auth_value(a, str_of(o->why))));
	if (value.len > 0)
		value = arena_printf(a, " %s=%.*s", property,
		    STR_ARG(auth_value(a, value)));
	auth_result(c, arena_printf(a, "spf=%s%.*s%.*s", word,
	    STR_ARG(reason), STR_ARG(value)));
}

static int
now(struct check *c)
{
	return check_client(c)->is_local ? 0 : -E_AGAIN;
}

static WAITS int
at_helo(struct check *c)
{
	struct spf_query q = query_of(c, (struct str){ 0 }, check_helo(c));
	struct spf_outcome o;
	int rc = spf_walk(&q, &o);

	tell(c, rc, &o, "smtp.helo", q.helo);
	if (rc == 0)
		fact_word(c, HELO, (int)o.verdict);
	return rc;
}

/* Also as text, for people: what spf is about. */
static struct spf_query
query_of_sender(struct check *c, struct str *text)
{
	const struct path *sender = check_sender(c);
	struct str helo = check_helo(c);

	*text = sender->text;
	if (sender->kind != PT_NULL)
		return query_of(c, sender->local, sender->domain);
	if (helo.len > 0)
		*text = arena_printf(check_arena(c), "postmaster@%.*s",
		    STR_ARG(helo));
	return query_of(c, (struct str){ 0 }, helo);
}

/* The verdict first: nobody who waits for it waits for the explanation. */
static WAITS int
at_mail(struct check *c)
{
	struct str mailbox, text;
	struct spf_query q = query_of_sender(c, &mailbox);
	struct spf_outcome o;
	int rc = spf_walk(&q, &o);

	tell(c, rc, &o, "smtp.mailfrom", mailbox);
	if (o.domain.len > 0)
		fact_text(c, DOMAIN, o.domain);
	if (rc != 0)
		return rc;
	fact_word(c, SPF, (int)o.verdict);
	if (o.record != SPF_R_NONE)
		fact_word(c, RECORD, (int)o.record);
	else
		fact_absent(c, RECORD);
	rc = spf_explain(&q, &o, &text);
	if (rc == 0 && text.len > 0)
		fact_text(c, EXPLANATION, text);
	return rc;
}

const struct filter filter_spf = {
	.name = "spf",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_HELO] = now, [ST_MAIL] = now },
	.at = { [ST_HELO] = at_helo, [ST_MAIL] = at_mail },
	.is_deferrable = true, .has_results = true,
};
