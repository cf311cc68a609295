/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMARC: alignment, policies, several authors, and troubles. What SPF and
 * DKIM found is stated by a filter of this test.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/desk.h"

#include "filters/filters.h"

/* ------------------------------------------------------------------------
 * A filter that says what it is told: "pass good.test", "fail x", "unknown",
 * "partial a.test"; DKIM may have several domains.
 */

static struct scenario {
	const char *spf, *dkim;
	bool        has_duplicate;
	const char *later;      /* a domain of DKIM that takes its time     */
} told;

enum { SPF, SPF_DOMAIN, DKIM, DOMAINS, DUPLICATE };

static const char *const spf_words[] = { "none", "neutral", "pass", "fail",
	"softfail", "permerror", NULL };

static const struct fact_decl facts[] = {
	[SPF] = { "spf", FT_WORD, ST_EOM, FAM_AUTH, spf_words, NULL, 0, "." },
	[SPF_DOMAIN] = { "spf.domain", FT_NAME, ST_EOM, FAM_AUTH, NULL, NULL,
	    0, "." },
	[DKIM] = { "dkim", FT_WORD, ST_EOM, FAM_AUTH, spf_words, NULL, 0,
	    "." },
	[DOMAINS] = { "dkim.domains", FT_SET, ST_EOM, FAM_AUTH, NULL, NULL, 0,
	    "." },
	[DUPLICATE] = { "header.duplicate", FT_TRUTH, ST_EOM, FAM_HEADERS,
	    NULL, NULL, 0, "." },
};

static void
say_word(struct check *c, int fact, struct str word)
{
	int i;

	if (str_eq(word, STR("unknown")))
		fact_unknown(c, fact, WHY_SERVFAIL);
	if (str_eq(word, STR("partial")))
		word = STR("pass");
	for (i = 0; spf_words[i] != NULL; i++)
		if (str_eq(word, str_of(spf_words[i])))
			fact_word(c, fact, i);
}

static int
tell_eom(struct check *c)
{
	struct str spf = str_of(told.spf), dkim = str_of(told.dkim), word;

	fact_truth(c, DUPLICATE, told.has_duplicate);
	say_word(c, SPF, str_split(&spf, ' '));
	if (spf.len > 0)
		fact_text(c, SPF_DOMAIN, spf);
	word = str_split(&dkim, ' ');
	say_word(c, DKIM, word);
	if (str_eq(word, STR("partial")))
		fact_partial(c, DOMAINS);
	if (str_eq(word, STR("unknown")) && dkim.len == 0)
		fact_unknown(c, DOMAINS, WHY_SERVFAIL);
	while (dkim.len > 0)
		fact_add(c, DOMAINS, str_split(&dkim, ','));
	return told.later == NULL ? 0 : -E_AGAIN;
}

static int
tell_later(struct check *c)
{
	struct answer a;
	int rc = dns_ask(c, STR("later.test"), DNS_A, &a);

	if (rc == 0)
		fact_add(c, DOMAINS, str_of(told.later));
	return rc;
}

static const struct filter filter_told = {
	.name = "told", .facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_EOM] = tell_eom }, .at = { [ST_EOM] = tell_later },
};

/* In place of filters/filters.c. */
const struct filter *const filters_all[] = { &filter_told,
	&filter_dmarc };

size_t
filters_count(void)
{
	return COUNT(filters_all);
}

void
filters_declare(struct vocabulary *v, int *base)
{
	size_t i;

	for (i = 0; i < COUNT(filters_all); i++)
		base[i] = vocabulary_add(v, filters_all[i]->facts,
		    filters_all[i]->fact_count);
}

/* ------------------------------------------------------------------------
 * Messages.
 */

static void
put_message(struct room *r, const char *from, struct header *h)
{
	struct body_pool pool = { .max = 1 << 20 };
	struct str text = arena_printf(r->arena, "%s\r\n\r\n", from);
	struct body *b;

	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_append(b, text.p, text.len), 0);
	assert_int_equal(body_seal(b), 0);
	assert_int_equal(header_read(b, r->arena, h), 0);
	body_free(&b);
	r->desk.header = h;
}

/* The results of all runs, in one text. */
static struct str
results_of(struct room *r)
{
	const struct stage_run *runs[] = { &r->run[ST_EOM] };
	struct str *result, all = STR("");
	size_t i, n = desk_results(runs, 1, r->arena, &result);

	for (i = 0; i < n; i++)
		all = arena_printf(r->arena, "%.*s%s%.*s", STR_ARG(all),
		    i > 0 ? "; " : "", STR_ARG(result[i]));
	return all;
}

#define R "v=DMARC1; p=reject"

static const struct row world[] = {
	{ "_dmarc.reject.test", DNS_TXT, R "; rua=mailto:d@r.test", 0 },
	{ "_dmarc.quar.test", DNS_TXT, "v=DMARC1; p=quarantine", 0 },
	{ "_dmarc.none.test", DNS_TXT, "v=DMARC1; p=none", 0 },
	{ "_dmarc.bare.test", DNS_TXT, "v=DMARC1", 0 },
	{ "_dmarc.strict.test", DNS_TXT, R "; adkim=s; aspf=s", 0 },
	{ "_dmarc.sp.test", DNS_TXT, R "; sp=quarantine", 0 },
	{ "_dmarc.np.test", DNS_TXT, "v=DMARC1; p=none; sp=quarantine; "
	  "np=reject", 0 },
	{ "_dmarc.nponly.test", DNS_TXT, "v=DMARC1; p=none; np=reject", 0 },
	{ "here.np.test", DNS_MX, "mx.np.test", 0 },
	{ "addr.np.test", DNS_MX, "nodata", 0 },
	{ "addr.np.test", DNS_A, "192.0.2.1", 0 },
	{ "six.np.test", DNS_MX, "nodata", 0 },
	{ "six.np.test", DNS_A, "nodata", 0 },
	{ "six.np.test", DNS_AAAA, "2001:db8::1", 0 },
	{ "void.np.test", DNS_MX, "nodata", 0 },
	{ "void.np.test", DNS_A, "nodata", 0 },
	{ "void.np.test", DNS_AAAA, "nodata", 0 },
	{ "lame.np.test", DNS_MX, "servfail", 0 },
	{ "_dmarc.t.test", DNS_TXT, R "; t=y", 0 },
	{ "_dmarc.tq.test", DNS_TXT, "v=DMARC1; p=quarantine; t=y", 0 },
	{ "_dmarc.tn.test", DNS_TXT, "v=DMARC1; t=y", 0 },
	{ "_dmarc.reg", DNS_TXT, "v=DMARC1; p=none; sp=quarantine; "
	  "np=reject; psd=y", 0 },
	{ "town.reg", DNS_MX, "mx.town.reg", 0 },
	{ "_dmarc.bogus.test", DNS_TXT, "v=DMARC1; p=bogus", 0 },
	{ "_dmarc.rua.test", DNS_TXT, "v=DMARC1; p=bogus; "
	  "rua=mailto:a@b.test", 0 },
	{ "_dmarc.two.test", DNS_TXT, R "\n" R, 0 },
	{ "_dmarc.old.test", DNS_TXT, R "; pct=10; rf=afrf; ri=60", 0 },
	{ "_dmarc.lame.test", DNS_TXT, "servfail", 0 },
	{ "_dmarc.mid.reject.test", DNS_TXT, "timeout", 0 },
	{ "_dmarc.island.reject.test", DNS_TXT, R "; psd=n", 0 },
	{ "_dmarc.own.reject.test", DNS_TXT, "v=DMARC1; p=quarantine; "
	  "sp=none; aspf=s", 0 },
	{ "_dmarc.lame.quar.test", DNS_TXT, "servfail", 0 },
	{ "_dmarc.qq.test", DNS_TXT, "v=DMARC1; p=quarantine", 0 },
	{ 0 }
};

static const struct {
	const char *from, *spf, *dkim, *want, *results, *why;
} messages[] = {
	/* none, pass, fail */
	{ "a@nothing.test", "fail nothing.test", "none",
	  "dmarc=none dmarc.policy=absent dmarc.domain=absent "
	  "dmarc.aligned-by=absent dmarc.record=absent "
	  "from.domain=nothing.test",
	  "dmarc=none header.from=nothing.test", "no record" },
	{ "a@reject.test", "pass reject.test", "none",
	  "dmarc=pass dmarc.policy=reject dmarc.domain=reject.test "
	  "dmarc.aligned-by=spf from.domain=reject.test",
	  "dmarc=pass header.from=reject.test polrec.p=reject "
	  "polrec.domain=reject.test", "SPF" },
	{ "a@reject.test", "none", "pass reject.test",
	  "dmarc=pass dmarc.aligned-by=dkim", NULL, "DKIM" },
	{ "a@reject.test", "pass reject.test", "pass reject.test",
	  "dmarc=pass dmarc.aligned-by=both", NULL, "both" },
	{ "a@Reject.TEST", "pass REJECT.test", "none",
	  "dmarc=pass from.domain=reject.test", NULL, "any case" },
	{ "a@reject.test", "none", "none",
	  "dmarc=fail dmarc.policy=reject dmarc.aligned-by=absent",
	  "dmarc=fail header.from=reject.test polrec.p=reject "
	  "polrec.domain=reject.test", "nobody vouches" },
	{ "a@reject.test", "pass evil.test", "pass evil.test,bad.example",
	  "dmarc=fail", NULL, "others pass, and are not aligned" },
	{ "a@reject.test", "fail reject.test", "fail", "dmarc=fail", NULL,
	  "they fail" },
	{ "a@reject.test", "softfail reject.test", "none", "dmarc=fail",
	  NULL, "softfail is no pass" },
	{ "a@reject.test", "neutral reject.test", "none", "dmarc=fail",
	  NULL, "neutral is no pass" },
	{ "a@reject.test", "permerror reject.test", "none", "dmarc=fail",
	  NULL, "an error for good is no pass" },
	{ "a@quar.test", "none", "none", "dmarc=fail "
	  "dmarc.policy=quarantine", NULL, "p" },
	{ "a@none.test", "none", "none", "dmarc=fail dmarc.policy=none",
	  NULL, "p" },
	{ "a@bare.test", "none", "none", "dmarc=fail dmarc.policy=none",
	  NULL, "p missing" },
	{ "a@old.test", "none", "none", "dmarc=fail dmarc.policy=reject",
	  NULL, "RFC 7489: pct, rf and ri are passed over" },
	{ "a@two.test", "none", "none", "dmarc=none", NULL,
	  "several records" },
	{ "a@bogus.test", "none", "none", "dmarc=none dmarc.policy=absent",
	  NULL, "no policy, no reports" },
	{ "a@rua.test", "none", "none", "dmarc=fail dmarc.policy=none",
	  NULL, "no policy, but reports" },
	{ "a@reject.test", "none", "none",
	  "dmarc.domain=reject.test", NULL, "" },
	/* relaxed and strict */
	{ "a@sub.reject.test", "pass reject.test", "none",
	  "dmarc=pass dmarc.domain=reject.test dmarc.policy=reject "
	  "from.domain=sub.reject.test", NULL, "the organisation's" },
	{ "a@reject.test", "none", "pass mail.reject.test", "dmarc=pass",
	  NULL, "below it" },
	{ "a@x.reject.test", "none", "pass y.reject.test", "dmarc=pass",
	  NULL, "beside it" },
	{ "a@reject.test", "pass island.reject.test", "none", "dmarc=fail",
	  NULL, "below it, and not of it: psd=n" },
	{ "a@island.reject.test", "pass reject.test", "none", "dmarc=fail",
	  NULL, "the other way" },
	{ "a@reject.test", "pass test", "none", "dmarc=fail", NULL,
	  "above it" },
	{ "a@own.reject.test", "pass reject.test", "pass reject.test",
	  "dmarc=pass dmarc.domain=own.reject.test dmarc.policy=quarantine "
	  "dmarc.aligned-by=dkim", NULL,
	  "its own record, and the organisation of the one above" },
	{ "a@below.own.reject.test", "none", "none",
	  "dmarc=fail dmarc.domain=reject.test dmarc.policy=reject", NULL,
	  "one in between does not count" },
	{ "a@strict.test", "pass strict.test", "pass strict.test",
	  "dmarc=pass dmarc.aligned-by=both", NULL, "strict, identical" },
	{ "a@strict.test", "pass a.strict.test", "pass b.strict.test",
	  "dmarc=fail", NULL, "strict, below" },
	{ "a@x.strict.test", "pass x.strict.test", "pass strict.test",
	  "dmarc=pass dmarc.aligned-by=spf", NULL,
	  "strict: the record is the organisation's" },
	{ "a@two.test", "pass two.test", "none", "dmarc=none", NULL,
	  "no policy, whatever passes" },
	/* sp, np, t */
	{ "a@sp.test", "none", "none", "dmarc.policy=reject", NULL, "p" },
	{ "a@x.sp.test", "none", "none", "dmarc.policy=quarantine", NULL,
	  "sp" },
	{ "a@x.reject.test", "none", "none", "dmarc.policy=reject", NULL,
	  "sp missing: p" },
	{ "a@np.test", "none", "none", "dmarc.policy=none", NULL,
	  "np is not for the organisation itself" },
	{ "a@here.np.test", "none", "none", "dmarc.policy=quarantine", NULL,
	  "it is there: MX" },
	{ "a@addr.np.test", "none", "none", "dmarc.policy=quarantine", NULL,
	  "A" },
	{ "a@six.np.test", "none", "none", "dmarc.policy=quarantine", NULL,
	  "AAAA" },
	{ "a@void.np.test", "none", "none", "dmarc.policy=reject", NULL,
	  "nothing but a name" },
	{ "a@gone.np.test", "none", "none", "dmarc.policy=reject", NULL,
	  "not even a name" },
	{ "a@gone.nponly.test", "none", "none", "dmarc.policy=reject", NULL,
	  "np without sp" },
	{ "a@lame.np.test", "none", "none", "dmarc=fail "
	  "dmarc.policy=unknown:servfail", NULL,
	  "a trouble leaves the policy open, not the failure" },
	{ "a@lame.np.test", "pass np.test", "none", "dmarc=pass "
	  "dmarc.policy=unknown:servfail", NULL, "nor the pass" },
	{ "a@t.test", "none", "none", "dmarc=fail dmarc.policy=quarantine",
	  "dmarc=fail header.from=t.test polrec.p=reject "
	  "polrec.domain=t.test", "t: one step weaker" },
	{ "a@tq.test", "none", "none", "dmarc=fail dmarc.policy=none", NULL,
	  "t: one step weaker" },
	{ "a@tn.test", "none", "none", "dmarc=fail dmarc.policy=none", NULL,
	  "t: none is the weakest" },
	/* a registry */
	{ "a@town.reg", "none", "none", "dmarc=fail dmarc.policy=quarantine "
	  "dmarc.domain=reg", NULL, "its sp" },
	{ "a@fake.reg", "none", "none", "dmarc=fail dmarc.policy=reject", NULL,
	  "its np" },
	{ "a@x.town.reg", "pass town.reg", "none", "dmarc=pass", NULL,
	  "aligned within the town" },
	{ "a@town.reg", "pass city.reg", "none", "dmarc=fail", NULL,
	  "not across the registry" },
	/* DNS troubles */
	{ "a@lame.test", "none", "none", "dmarc=unknown:servfail "
	  "dmarc.policy=unknown:servfail dmarc.domain=unknown:servfail",
	  "dmarc=temperror header.from=lame.test", "the record's" },
	{ "a@reject.test", "unknown", "none", "dmarc=unknown:servfail "
	  "dmarc.policy=reject", "dmarc=temperror header.from=reject.test "
	  "polrec.p=reject polrec.domain=reject.test", "SPF's" },
	{ "a@reject.test", "unknown", "pass reject.test",
	  "dmarc=pass dmarc.aligned-by=dkim", NULL, "settled by DKIM" },
	{ "a@reject.test", "none", "unknown", "dmarc=unknown:servfail", NULL,
	  "DKIM's" },
	{ "a@reject.test", "pass reject.test", "unknown", "dmarc=pass", NULL,
	  "settled by SPF" },
	{ "a@reject.test", "none", "partial evil.test",
	  "dmarc=unknown:timeout", NULL, "a signature that is open" },
	{ "a@reject.test", "none", "partial reject.test", "dmarc=pass", NULL,
	  "beside one that is aligned" },
	{ "a@reject.test", "pass mid.reject.test", "none",
	  "dmarc=unknown:timeout", NULL, "the walk of what passed" },
	{ "a@reject.test", "pass mid.reject.test", "pass x.reject.test",
	  "dmarc=pass", NULL, "settled by another" },
	{ "a@strict.test", "pass lame.test", "none", "dmarc=fail", NULL,
	  "strict asks no further" },
	{ "a@nothing.test", "unknown", "unknown", "dmarc=none", NULL,
	  "no policy, no trouble" },
	/* catalogue 46, 47 */
	{ "a@reject.test, b@quar.test", "pass reject.test", "none",
	  "dmarc=fail dmarc.policy=quarantine dmarc.aligned-by=absent "
	  "from.domain=reject.test,quar.test",
	  "dmarc=pass header.from=reject.test polrec.p=reject "
	  "polrec.domain=reject.test; dmarc=fail header.from=quar.test "
	  "polrec.p=quarantine polrec.domain=quar.test", "one fails" },
	{ "a@quar.test, b@reject.test", "none", "none",
	  "dmarc=fail dmarc.policy=reject", NULL, "the strictest wins" },
	{ "a@reject.test, b@quar.test", "none", "none",
	  "dmarc=fail dmarc.policy=reject", NULL, "in any order" },
	{ "a@reject.test, b@quar.test", "pass reject.test",
	  "pass quar.test", "dmarc=pass dmarc.aligned-by=absent", NULL,
	  "all pass, by nothing in common" },
	{ "a@reject.test, b@quar.test", "none",
	  "pass quar.test,reject.test", "dmarc=pass dmarc.aligned-by=dkim",
	  NULL, "all pass by DKIM" },
	{ "a@reject.test, b@nothing.test", "pass reject.test", "none",
	  "dmarc=none", NULL, "a stranger beside one who passes" },
	{ "a@nothing.test, b@reject.test", "pass nothing.test", "none",
	  "dmarc=fail dmarc.policy=reject", NULL, "behind one without" },
	{ "a@lame.test, b@reject.test", "none", "none",
	  "dmarc=fail dmarc.policy=reject", NULL,
	  "a failure stands beside a trouble" },
	{ "a@lame.test, b@quar.test", "none", "none",
	  "dmarc=fail dmarc.policy=unknown:servfail", NULL,
	  "but the trouble might ask for more" },
	{ "a@lame.test, b@quar.test", "pass quar.test", "none",
	  "dmarc=unknown:servfail", NULL, "a trouble beside a pass" },
	{ "a@quar.test, b@mid.reject.test", "none", "none",
	  "dmarc=fail dmarc.policy=unknown:timeout", NULL, "the same" },
	{ "a@nothing.test, b@lame.test, c@quar.test", "none", "none",
	  "dmarc=fail dmarc.policy=unknown:servfail", NULL, "the same" },
	{ "a@qq.test, b@quar.test", "pass lame.quar.test", "none",
	  "dmarc=fail dmarc.policy=quarantine", NULL,
	  "who is open asks for no more than who failed" },
	{ "a@none.test, b@quar.test", "pass lame.quar.test", "none",
	  "dmarc=fail dmarc.policy=unknown:servfail", NULL,
	  "who is open asks for more" },
	{ "a@1.test, a@2.test, a@3.test, a@reject.test", "none", "none",
	  "dmarc=fail dmarc.policy=reject", NULL, "four authors" },
	{ "a@1.test, a@2.test, a@3.test, a@4.test, a@reject.test", "none",
	  "none", "dmarc=permerror dmarc.policy=absent",
	  "dmarc=permerror reason=\"too many authors\"", "five" },
	{ "Staff:;", "pass reject.test", "none", "dmarc=none "
	  "from.domain=absent", "dmarc=none", "a group (6854)" },
	{ "", "pass reject.test", "none", "dmarc=none from.domain=absent",
	  "dmarc=none", "empty" },
	{ "a@reject.test(", "pass reject.test", "pass reject.test",
	  "dmarc=permerror from.domain=absent dmarc.aligned-by=absent",
	  "dmarc=permerror reason=\"From cannot be read\"", "unreadable" },
	{ "a@reject.test\r\nFrom: a@reject.test", "pass reject.test", "none",
	  "dmarc=permerror from.domain=absent", NULL, "two fields" },
};

static void
messages_are_judged(void **state)
{
	const struct scenario s = { 0 };
	struct header h;
	struct str got;
	struct room r;
	size_t i;

	(void)state;
	told = s;
	for (i = 0; i < COUNT(messages); i++) {
		told.spf = messages[i].spf;
		told.dkim = messages[i].dkim;
		room_open(&r, world, NULL);
		put_message(&r, arena_printf(r.arena, "From: %s",
		    messages[i].from).p, &h);
		room_stage(&r, ST_EOM);
		room_expect(&r, messages[i].want, messages[i].why);
		got = results_of(&r);
		if (messages[i].results != NULL)
			CHECK(str_eq(got, str_of(messages[i].results)),
			    "%s: %.*s", messages[i].why, STR_ARG(got));
		room_close(&r);
	}
}

/* catalogue 88 */
static void
duplicates_take_from_dkim(void **state)
{
	const struct scenario s = { "none", "pass reject.test", true, NULL };
	struct header h;
	struct room r;

	(void)state;
	told = s;
	room_open(&r, world, NULL);
	put_message(&r, "From: a@reject.test", &h);
	room_stage(&r, ST_EOM);
	room_expect(&r, "dmarc=fail", "DKIM only");
	room_close(&r);
	told.spf = "pass reject.test";
	room_open(&r, world, NULL);
	put_message(&r, "From: a@reject.test", &h);
	room_stage(&r, ST_EOM);
	room_expect(&r, "dmarc=pass dmarc.aligned-by=spf", "SPF stands");
	room_close(&r);
}

/* Reports need the record (RFC 9990); no From, no message. */
static void
odds_and_ends(void **state)
{
	const struct scenario s = { "none", "none", false, NULL };
	struct header h;
	struct room r;

	(void)state;
	told = s;
	room_open(&r, world, NULL);
	put_message(&r, "From: a@reject.test", &h);
	room_stage(&r, ST_EOM);
	assert_string_equal(room_fact(&r, "dmarc.record"),
	    "p=reject; adkim=r; aspf=r; rua=mailto:d@r.test");
	room_close(&r);

	room_open(&r, world, NULL);
	put_message(&r, "Subject: x", &h);
	room_stage(&r, ST_EOM);
	room_expect(&r, "dmarc=none from.domain=absent", "no From at all");
	room_close(&r);

	room_open(&r, world, NULL);
	room_stage(&r, ST_EOM);
	room_expect(&r, "dmarc=unknown:broken from.domain=unknown:broken",
	    "the header could not be read");
	room_close(&r);
}

/* Deep domains everywhere: the questions of one message have an end. With a
 * cache none is asked twice. */
static void
questions_are_shared(void **state)
{
	const struct scenario s = { "pass q.1.2.3.4.5.6.7.8.9.reject.test",
		"pass a.reject.test,b.a.reject.test,c.b.a.reject.test,"
		"d.c.b.a.reject.test,x.example", false, NULL };
	const struct names_conf conf = { .query_deadline = 2500 * MSEC,
	    .ttl_low = 60, .ttl_high = 3600, .cache_entries = 100 };
	struct header h;
	struct room r;

	(void)state;
	told = s;
	room_open(&r, world, NULL);
	names_free(&r.world.names);
	r.world.names = names_new(&r.world, &r.upstream, &conf);
	put_message(&r, "From: a@p.1.2.3.4.5.6.7.8.9.reject.test", &h);
	room_stage(&r, ST_EOM);
	room_expect(&r, "dmarc=pass dmarc.aligned-by=both", "");
	/* 8 of the author's, 1 more of SPF's, a.reject.test's own */
	assert_int_equal(r.questions, 10);
	assert_int_equal(room_asked(&r, "example"), 0);
	room_close(&r);
}

/* A set that grows is waited for, also when what has come is aligned with
 * nobody; a check that fails on the way leaves it open. */
static void
a_set_is_waited_for(void **state)
{
	struct row dns[COUNT(world) + 1];
	const struct scenario s = { "none", "pass evil.test", false,
		"reject.test" };
	struct header h;
	struct room r;
	int i;

	(void)state;
	told = s;
	for (i = 0; i < 2; i++) {
		memcpy(dns + 1, world, sizeof world);
		dns[0] = (struct row){ "later.test", DNS_A,
		    i == 0 ? "nodata" : "servfail", 500 };
		room_open(&r, dns, NULL);
		put_message(&r, "From: a@reject.test", &h);
		assert_int_equal(room_start(&r, ST_EOM), 0);
		room_run_until(&r, 100);
		room_expect(&r, "dkim.domains=partial:evil.test "
		    "dmarc=pending", "so far");
		room_run_until(&r, 1000);
		room_expect(&r, i == 0 ? "dkim.domains=evil.test,reject.test "
		    "dmarc=pass dmarc.aligned-by=dkim" :
		    "dkim.domains=partial:evil.test dmarc=unknown:timeout",
		    "");
		room_close(&r);
	}
}

/* The budget of a session ends a walk as a trouble, not as an answer. */
static void
a_spent_budget_is_a_trouble(void **state)
{
	const struct scenario s = { "none", "none", false, NULL };
	struct header h;
	struct room r;

	(void)state;
	told = s;
	room_open(&r, world, NULL);
	r.desk.budget.left = 1;
	put_message(&r, "From: a@reject.test", &h);
	room_stage(&r, ST_EOM);
	room_expect(&r, "dmarc=unknown:budget dmarc.policy=unknown:budget "
	    "from.domain=reject.test", "");
	room_close(&r);
}

/* Told to leave while it asks: no result, and what it did not state is
 * unknown. */
static void
it_leaves_when_told(void **state)
{
	static const struct row slow[] = {
		{ "_dmarc.reject.test", DNS_TXT, R, 1000 }, { 0 } };
	const struct scenario s = { "none", "none", false, NULL };
	struct header h;
	struct room r;

	(void)state;
	told = s;
	room_open(&r, slow, NULL);
	put_message(&r, "From: a@reject.test", &h);
	assert_int_equal(room_start(&r, ST_EOM), 0);
	room_run_until(&r, 10);
	assert_true(desk_is_telling(&r.run[ST_EOM]));
	room_expect(&r, "dmarc=pending from.domain=reject.test", "asks");
	room_end(&r, ST_EOM);
	assert_false(desk_is_telling(&r.run[ST_EOM]));
	assert_int_equal(results_of(&r).len, 0);
	room_expect(&r, "from.domain=reject.test", "stated stays");
	room_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_judged),
		cmocka_unit_test(duplicates_take_from_dkim),
		cmocka_unit_test(odds_and_ends),
		cmocka_unit_test(questions_are_shared),
		cmocka_unit_test(a_set_is_waited_for),
		cmocka_unit_test(a_spent_budget_is_a_trouble),
		cmocka_unit_test(it_leaves_when_told),
	};

	return cmocka_run_group_tests_name("dmarc", tests, NULL, NULL);
}
