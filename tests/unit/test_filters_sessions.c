/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shipped policies: they do with whole sessions, judged at RCPT and after
 * the dot, what their comments promise.
 */
#include "config.h"

#include "tests/unit/desk.h"

#define CLIENT "77.2.0.192"
#define PTR4   CLIENT ".in-addr.arpa"

struct session {
	const char *why, *policy, *ip, *helo, *from;
	struct row  dns[11];         /* ended by an empty one               */
	enum action at_rcpt, at_eom;
	int64_t     score;           /* at RCPT, in hundredths              */
	const char *by;              /* at RCPT when it refuses, else at eom */
};

#define GOOD_SPF { "good.test", DNS_TXT, "v=spf1 ip4:192.0.2.77 -all", 0 }
#define GOOD_PTR GOOD_SPF, { PTR4, DNS_PTR, "mx.good.test", 0 }, \
	{ "mx.good.test", DNS_A, "192.0.2.77", 0 }, \
	{ "good.test", DNS_MX, "mx.good.test", 0 }
#define DSL_PTR GOOD_SPF, { PTR4, DNS_PTR, "dsl-77.pool.isp.test", 0 }, \
	{ "dsl-77.pool.isp.test", DNS_A, "192.0.2.77", 0 }, \
	{ "good.test", DNS_MX, "mx.good.test", 0 }

static const struct session sessions[] = {
	{ "an ordinary sender", "default", "192.0.2.77", "mx.good.test",
	  "<a@good.test>", { GOOD_PTR }, ACT_ACCEPT, ACT_ACCEPT, 0,
	  "junk-at" },
	{ "a known good one", "default", "192.0.2.77", "mx.good.test",
	  "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".list.dnswl.org", DNS_A, "127.0.5.3", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, -300, "junk-at" },
	{ "a strong hit alone is junk", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_ACCEPT, ACT_JUNK, 800, "junk-at" },
	{ "with one weak sign it is refused at the end", "default", "192.0.2.77",
	  "mx.nowhere.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_ACCEPT, ACT_REFUSE, 900, "refuse-at" },
	{ "the infected line at home", "default", "192.0.2.77",
	  "[192.0.2.77]", "<a@good.test>", { DSL_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 1100, "refuse-at" },
	{ "lists alone reach 10: ZEN and DBL", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.3", 0 },
	    { "good.test.dbl.spamhaus.org", DNS_A, "127.0.1.2", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 1000, "refuse-at" },
	{ "a line that should not send: Inbox", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.11", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 400, "junk-at" },
	{ "weak signs never refuse by themselves", "default", "192.0.2.77",
	  "friend", "<a@good.test>",
	  { GOOD_SPF, { "good.test", DNS_MX, "mx.good.test", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 400, "junk-at" },
	{ "no name", "default", "192.0.2.77", "mx.good.test",
	  "<a@good.test>", { GOOD_SPF,
	    { "mx.good.test", DNS_A, "192.0.2.77", 0 },
	    { "good.test", DNS_MX, "mx.good.test", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 200, "junk-at" },
	{ "a name that leads elsewhere", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>",
	  { GOOD_SPF, { PTR4, DNS_PTR, "mx.good.test", 0 },
	    { "mx.good.test", DNS_A, "192.0.2.1", 0 },
	    { "good.test", DNS_MX, "mx.good.test", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 200, "junk-at" },
	{ "a provider's name, which confirms", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { DSL_PTR,
	    { "mx.good.test", DNS_A, "192.0.2.1", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 200, "junk-at" },
	{ "HELO with a literal", "default", "192.0.2.77", "[192.0.2.77]",
	  "<a@good.test>", { GOOD_PTR }, ACT_ACCEPT, ACT_ACCEPT, 100,
	  "junk-at" },
	{ "HELO with a name that is not there", "default", "192.0.2.77",
	  "mx.nowhere.test", "<a@good.test>", { GOOD_PTR },
	  ACT_ACCEPT, ACT_ACCEPT, 100, "junk-at" },
	{ "HELO with no name: invalid, and leads nowhere", "default",
	  "192.0.2.77", "friend", "<a@good.test>", { GOOD_PTR },
	  ACT_ACCEPT, ACT_ACCEPT, 200, "junk-at" },
	{ "HELO with a name of which DNS cannot tell", "default",
	  "192.0.2.77", "mx.slow.test", "<a@good.test>", { GOOD_PTR,
	    { "mx.slow.test", DNS_A, "timeout", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	{ "all weak signs together: 4, not 5", "default", "192.0.2.77",
	  "[192.0.2.77]", "<a@good.test>",
	  { GOOD_SPF, { PTR4, DNS_PTR, "dsl-77.pool.isp.test", 0 },
	    { "good.test", DNS_MX, "mx.good.test", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 400, "junk-at" },
	{ "all lists together: 10, not 11; good ones count first", "default",
	  "192.0.2.77", "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 },
	    { CLIENT ".psbl.surriel.com", DNS_A, "127.0.0.2", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 1000, "refuse-at" },
	{ "a stranger with our name", "default", "192.0.2.77",
	  "mx.here.test", "<a@good.test>", { GOOD_PTR },
	  ACT_ACCEPT, ACT_JUNK, 600, "junk-at" },
	{ "a host of ours elsewhere, to which our name leads", "default",
	  "192.0.2.77", "here.test", "<a@good.test>", { GOOD_PTR,
	    { "here.test", DNS_A, "192.0.2.77", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	{ "null MX", "default", "192.0.2.77", "mx.good.test",
	  "<a@null.test>", { GOOD_PTR, { "null.test", DNS_MX, ".", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 100, "null-mx" },
	{ "no such domain", "default", "192.0.2.77", "mx.good.test",
	  "<a@nowhere.test>", { GOOD_PTR },
	  ACT_REFUSE, ACT_REFUSE, 100, "no-domain" },
	{ "a domain that DNS cannot tell of", "default", "192.0.2.77",
	  "mx.good.test", "<a@slow.test>", { GOOD_PTR,
	    { "slow.test", DNS_MX, "servfail", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 100, "junk-at" },
	{ "a bounce", "default", "192.0.2.77", "mx.good.test", "<>",
	  { GOOD_PTR }, ACT_ACCEPT, ACT_ACCEPT, 100, "junk-at" },
	/* catalogue 94, 97; promise P5 */
	{ "every list refuses us", "default", "192.0.2.77", "mx.good.test",
	  "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.255.255.254", 0 },
	    { CLIENT ".bl.mailspike.net", DNS_A, "127.255.255.255", 0 },
	    { CLIENT ".bl.spamcop.net", DNS_A, "1.2.3.4", 0 },
	    { CLIENT ".psbl.surriel.com", DNS_A, "127.0.0.1", 0 },
	    { CLIENT ".list.dnswl.org", DNS_A, "timeout", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	{ "a refusal that an allow list out of reach might lift", "default",
	  "192.0.2.77", "mx.nowhere.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 },
	    { CLIENT ".list.dnswl.org", DNS_A, "timeout", 0 } },
	  ACT_ACCEPT, ACT_JUNK, 900, "junk-at" },

	/* SPF, DMARC */
	{ "no SPF record", "default", "192.0.2.77", "mx.good.test",
	  "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 100, "junk-at" },
	{ "SPF fails: 3, and nothing else", "default", "192.0.2.77",
	  "mx.good.test", "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 },
	    { "other.test", DNS_TXT, "v=spf1 ip4:192.0.2.1 -all", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 300, "junk-at" },
	{ "SPF cannot be told", "default", "192.0.2.77", "mx.good.test",
	  "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 },
	    { "other.test", DNS_TXT, "servfail", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	{ "a domain that sends no mail", "default", "192.0.2.77",
	  "mx.good.test", "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 },
	    { "other.test", DNS_TXT, "v=spf1 -all", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 300, "sends-none" },
	{ "the same for <>: no refusal", "default", "192.0.2.77",
	  "mx.good.test", "<>", { GOOD_PTR,
	    { "mx.good.test", DNS_TXT, "v=spf1 -all", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 300, "junk-at" },
	{ "DMARC passes by SPF", "default", "192.0.2.77", "mx.good.test",
	  "<a@good.test>", { GOOD_PTR,
	    { "_dmarc.good.test", DNS_TXT, "v=DMARC1; p=reject", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	{ "DMARC fails, p=reject: Junk, never refused alone", "default",
	  "192.0.2.77", "mx.good.test", "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 },
	    { "_dmarc.good.test", DNS_TXT, "v=DMARC1; p=reject", 0 } },
	  ACT_ACCEPT, ACT_JUNK, 100, "junk-at" },
	{ "strict: not refused alone either", "strict",
	  "192.0.2.77", "mx.good.test", "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 },
	    { "_dmarc.good.test", DNS_TXT, "v=DMARC1; p=reject", 0 } },
	  ACT_ACCEPT, ACT_JUNK, 100, "junk-at" },
	{ "with a listed client it is refused", "default",
	  "192.0.2.77", "mx.good.test", "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 },
	    { CLIENT ".psbl.surriel.com", DNS_A, "127.0.0.2", 0 },
	    { "_dmarc.good.test", DNS_TXT, "v=DMARC1; p=reject", 0 } },
	  ACT_ACCEPT, ACT_REFUSE, 400, "dmarc-bad" },
	{ "p=quarantine and listed: Junk", "default",
	  "192.0.2.77", "mx.good.test", "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 },
	    { CLIENT ".psbl.surriel.com", DNS_A, "127.0.0.2", 0 },
	    { "_dmarc.good.test", DNS_TXT, "v=DMARC1; p=quarantine", 0 } },
	  ACT_ACCEPT, ACT_JUNK, 400, "junk-at" },
	{ "DMARC cannot be told: nothing is refused (P5)", "default",
	  "192.0.2.77", "mx.good.test", "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 },
	    { CLIENT ".psbl.surriel.com", DNS_A, "127.0.0.2", 0 },
	    { "_dmarc.good.test", DNS_TXT, "servfail", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 400, "junk-at" },
	{ "observe: nor is sends-none", "observe", "192.0.2.77",
	  "mx.good.test", "<a@other.test>", { GOOD_PTR,
	    { "other.test", DNS_MX, "mx.good.test", 0 },
	    { "other.test", DNS_TXT, "v=spf1 -all", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 300, "sends-none" },

	{ "strict: an infected machine on one word", "strict", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 1000, "refuse-at" },
	{ "strict: the other numbers of zen stay", "strict", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.3", 0 } },
	  ACT_ACCEPT, ACT_JUNK, 600, "junk-at" },

	{ "observe: nothing is refused", "observe", "192.0.2.77",
	  "[192.0.2.77]", "<a@good.test>", { DSL_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 1100, "refuse-at" },
	{ "observe: no such domain neither", "observe", "192.0.2.77",
	  "mx.good.test", "<a@nowhere.test>", { GOOD_PTR },
	  ACT_ACCEPT, ACT_ACCEPT, 100, "no-domain" },
};

/* A message with a Date and so many From, at most two. */
static void
message(struct room *r, size_t from)
{
	static struct field fields[] = {
		{ .name = { "Date", 4 }, .value = { "x", 1 } },
		{ .name = { "From", 4 }, .value = { "a@good.test", 11 } },
		{ .name = { "From", 4 }, .value = { "b@good.test", 11 } } };
	struct header *h = arena_alloc(r->arena, sizeof *h);
	struct path *rcpt = arena_alloc(r->arena, sizeof *rcpt);
	size_t used;

	h->fields = fields;
	h->count = 1 + from;
	r->desk.header = h;
	assert_int_equal(path_parse(STR("<bob@here.test>"), r->arena, rcpt,
	    &used), 0);
	r->desk.rcpt = rcpt;
}

static void
session_one(const struct session *s)
{
	struct verdict rcpt, eom;
	const struct policy *p;
	struct room r;

	p = room_open_policy(&r, s->dns, s->policy);
	room_client(&r, s->ip);
	message(&r, 1);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, s->helo);
	room_mail(&r, s->from);
	room_stage(&r, ST_RCPT);
	policy_judge(p, r.desk.facts, ST_RCPT, r.arena, &rcpt);
	room_stage(&r, ST_EOM);
	policy_judge(p, r.desk.facts, ST_EOM, r.arena, &eom);
	CHECK(rcpt.score == s->score, "%s: score %d", s->why,
	    (int)rcpt.score);
	CHECK(rcpt.action == s->at_rcpt, "%s: %s at rcpt by %.*s", s->why,
	    action_word(rcpt.action), STR_ARG(rcpt.by));
	CHECK(eom.action == s->at_eom, "%s: %s at eom by %.*s", s->why,
	    action_word(eom.action), STR_ARG(eom.by));
	CHECK(str_eq(rcpt.would >= ACT_REFUSE ? rcpt.by : eom.by,
	    str_of(s->by)), "%s: by %.*s, %.*s", s->why, STR_ARG(rcpt.by),
	    STR_ARG(eom.by));
	room_close(&r);
}

static void
session_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sessions); i++)
		session_one(&sessions[i]);
}

static void
early_talker(void **state)
{
	static const struct row good[] = { GOOD_PTR,
		{ CLIENT ".list.dnswl.org", DNS_A, "127.0.5.3", 0 }, { 0 } };
	static const struct row stranger[] = { GOOD_PTR, { 0 } };
	const struct policy *p;
	struct verdict v;
	struct room r;
	int known;

	(void)state;
	for (known = 0; known < 2; known++) {
		p = room_open_policy(&r, known ? good : stranger, "default");
		message(&r, 1);
		room_stage(&r, ST_CONNECT);
		desk_note(&r.desk, "early", true);
		room_helo(&r, "mx.good.test");
		room_mail(&r, "<a@good.test>");
		room_stage(&r, ST_RCPT);
		policy_judge(p, r.desk.facts, ST_RCPT, r.arena, &v);
		assert_int_equal(v.action, known ? ACT_ACCEPT : ACT_REFUSE);
		if (!known)
			assert_str(v.text,
			    "your server spoke before our greeting");
		room_close(&r);
	}
}

/* RFC 5322 3.6 */
static void
from_count(void **state)
{
	static const struct row dns[] = { GOOD_PTR, { 0 } };
	const struct policy *p;
	struct verdict v;
	struct room r;
	size_t from;

	(void)state;
	for (from = 0; from <= 2; from++) {
		p = room_open_policy(&r, dns, "default");
		message(&r, from);
		room_stage(&r, ST_CONNECT);
		room_helo(&r, "mx.good.test");
		room_mail(&r, "<a@good.test>");
		room_stage(&r, ST_RCPT);
		room_stage(&r, ST_EOM);
		policy_judge(p, r.desk.facts, ST_EOM, r.arena, &v);
		CHECK(v.action == (from == 1 ? ACT_ACCEPT : ACT_REFUSE),
		    "%zu From: %s", from, action_word(v.action));
		if (from != 1)
			assert_str(v.by, "from-count");
		room_close(&r);
	}
}

/* language.md 3: as many questions as the budget has room for. */
static void
questions(void **state)
{
	static const struct row dns[] = { GOOD_PTR, { 0 } };
	struct room r;
	size_t n;

	(void)state;
	(void)room_open_policy(&r, dns, "default");
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "helo.good.test");
	room_mail(&r, "<a@good.test>");
	assert_int_equal(r.desk.list_count, 6);
	n = room_asked(&r, "spamhaus.org") + room_asked(&r, "mailspike.net") +
	    room_asked(&r, "spamcop.net") + room_asked(&r, "surriel.com") +
	    room_asked(&r, "dnswl.org");
	assert_int_equal(n, 8);
	room_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_rows),
		cmocka_unit_test(early_talker),
		cmocka_unit_test(from_count),
		cmocka_unit_test(questions),
	};

	return cmocka_run_group_tests_name("filters_sessions", tests, NULL,
	    NULL);
}
