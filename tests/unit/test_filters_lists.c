/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS lists: what each answer makes of the facts, who is asked about what,
 * and when the facts of several subjects become what.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/desk.h"

#define CLIENT "77.2.0.192"
#define PTR4   CLIENT ".in-addr.arpa"
#define V6     "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2"

static const char lists[] =
    "list zen \"zen.test\" ip4 ip6 {\n"
    "	ask client\n"
    "	code 127.0.0.2 sbl 8; code 127.0.0.3 css 6; code 127.0.0.4-7 xbl 8\n"
    "	code 127.0.0.9 drop 8; code 127.0.0.10-11 pbl 4\n"
    "	error 127.255.255.0/24\n"
    "}\n"
    "list allow \"allow.test\" ip4 {\n"
    "	ask client\n"
    "	code 127.0.2-15.0 none 0; code 127.0.2-15.3 high -3\n"
    "	error 127.0.0.255 127.0.10.3\n"
    "}\n"
    "list white \"white.test\" ip4 {\n"
    "	ask client; code 127.0.0.1 good -2; code 127.0.0.2 bad 3\n"
    "}\n"
    "list dbl \"dbl.test\" domain {\n"
    "	ask helo sender name\n"
    "	code 127.0.1.2 spam 6; code 127.0.1.4 phish 7\n"
    "	code 127.0.1.102-106 abused 0; code 127.0.1.7 spam 6\n"
    "	error 127.0.1.255\n"
    "}\n"
    "list uri \"uri.test\" domain { ask sender; code 127.0.0.2 black 6 }\n";

/* ------------------------------------------------------------------------
 * One answer about the client. lists-and-replies 5.8.
 */

struct answer_row {
	const char *why, *zone, *answer, *facts;
};

#define ZEN_NO   "zen=false zen.sbl=false zen.css=false zen.xbl=false " \
	"zen.drop=false zen.pbl=false"
#define ZEN_BAD  "zen=unknown:list-error zen.sbl=unknown:list-error " \
	"zen.css=unknown:list-error zen.xbl=unknown:list-error " \
	"zen.drop=unknown:list-error zen.pbl=unknown:list-error"

static const struct answer_row answers[] = {
	/* not listed */
	{ "NXDOMAIN", "zen", "nxdomain", ZEN_NO },
	{ "no data", "zen", "nodata", ZEN_NO },

	/* catalogue 94 */
	{ "name mistyped", "zen", "127.255.255.252", ZEN_BAD },
	{ "public resolver", "zen", "127.255.255.254", ZEN_BAD },
	{ "too many questions", "zen", "127.255.255.255", ZEN_BAD },
	{ "another of that net", "zen", "127.255.255.7", ZEN_BAD },
	{ "that net without a declaration", "white", "127.255.255.254",
	  "white=unknown:list-error white.good=unknown:list-error "
	  "white.bad=unknown:list-error" },
	{ "127.0.0.1 of a list without it", "zen", "127.0.0.1", ZEN_BAD },
	{ "127.0.0.1 by declaration", "white", "127.0.0.1",
	  "white=true white.good=true white.bad=false" },
	{ "a declared error", "allow", "127.0.0.255",
	  "allow=unknown:list-error allow.none=unknown:list-error "
	  "allow.high=unknown:list-error" },
	{ "\"high\" for who asks too much", "allow", "127.0.10.3",
	  "allow=unknown:list-error allow.high=unknown:list-error" },

	/* catalogue 95, 96 */
	{ "a parked zone", "zen", "1.2.3.4", ZEN_BAD },
	{ "a private address from a router", "zen", "10.0.0.1", ZEN_BAD },
	{ "parked beside a code", "zen", "127.0.0.2 203.0.113.9", ZEN_BAD },
	{ "an error beside a code", "zen", "127.0.0.4 127.255.255.254",
	  ZEN_BAD },
	{ "a code that nobody knows", "zen", "127.0.0.77", ZEN_BAD },
	{ "0.0.0.0", "zen", "0.0.0.0", ZEN_BAD },
	{ "one known and one unknown: the hit is believed", "zen",
	  "127.0.0.4 127.0.0.77",
	  "zen=true zen.xbl=true zen.sbl=unknown:list-error "
	  "zen.pbl=unknown:list-error" },
	{ "a hit without points and an unknown one", "allow",
	  "127.0.5.0 127.0.0.77",
	  "allow.none=true allow=unknown:list-error "
	  "allow.high=unknown:list-error" },

	/* DNS */
	{ "SERVFAIL", "zen", "servfail",
	  "zen=unknown:servfail zen.xbl=unknown:servfail" },
	{ "REFUSED", "zen", "refused",
	  "zen=unknown:refused zen.xbl=unknown:refused" },
	{ "no answer", "zen", "timeout",
	  "zen=unknown:timeout zen.xbl=unknown:timeout" },
	{ "truncated, and nothing better", "zen", "truncated",
	  "zen=unknown:garbage zen.xbl=unknown:garbage" },
	{ "garbage", "zen", "garbage",
	  "zen=unknown:garbage zen.xbl=unknown:garbage" },

	/* listed */
	{ "SBL", "zen", "127.0.0.2", "zen=true zen.sbl=true zen.css=false" },
	{ "CSS", "zen", "127.0.0.3", "zen=true zen.css=true zen.sbl=false" },
	{ "XBL, first", "zen", "127.0.0.4", "zen=true zen.xbl=true" },
	{ "XBL, last", "zen", "127.0.0.7", "zen=true zen.xbl=true" },
	{ "behind XBL", "zen", "127.0.0.8", ZEN_BAD },
	{ "DROP comes with SBL", "zen", "127.0.0.2 127.0.0.9",
	  "zen=true zen.drop=true zen.sbl=true zen.pbl=false" },
	{ "PBL", "zen", "127.0.0.10", "zen=true zen.pbl=true" },
	{ "PBL", "zen", "127.0.0.11", "zen=true zen.pbl=true" },
	{ "all there is", "zen",
	  "127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 127.0.0.9 127.0.0.10",
	  "zen=true zen.sbl=true zen.css=true zen.xbl=true zen.drop=true "
	  "zen.pbl=true" },
	{ "allowed, high", "allow", "127.0.5.3",
	  "allow=true allow.high=true allow.none=false" },
	{ "allowed without points: the list's own truth is false", "allow",
	  "127.0.5.0", "allow=false allow.none=true allow.high=false" },
	{ "outside of the range of x", "allow", "127.0.1.3",
	  "allow=unknown:list-error" },
};

static void
answer_rows(void **state)
{
	char name[64];
	struct row dns[2] = { { name, DNS_A, NULL, 0 }, { 0 } };
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(answers); i++) {
		(void)snprintf(name, sizeof name, CLIENT ".%s.test",
		    answers[i].zone);
		dns[0].answer = answers[i].answer;
		room_open(&r, dns, lists);
		room_stage(&r, ST_CONNECT);
		room_expect(&r, answers[i].facts, answers[i].why);
		room_close(&r);
	}
}

/* More records than anybody looks at. */
static void
many_records(void **state)
{
	static char text[4096];
	struct row dns[] = { { CLIENT ".zen.test", DNS_A, text, 0 }, { 0 } };
	struct room r;
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < 60; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s127.0.0.%s",
		    i > 0 ? " " : "", i < 59 ? "4" : "2");
	room_open(&r, dns, lists);
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "zen=true zen.xbl=true zen.sbl=false",
	    "50 records are looked at");
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * Who is asked.
 */

static void
families(void **state)
{
	static const struct row dns[] = {
		{ V6 ".zen.test", DNS_A, "127.0.0.4", 0 }, { 0 } };
	struct room r;

	(void)state;
	/* catalogue 98 */
	room_open(&r, dns, lists);
	room_client(&r, "2001:db8:1234:5678::9");
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "zen=true zen.xbl=true allow=not-asked "
	    "allow.high=not-asked white=not-asked lists.all-unknown=false",
	    "IPv6 by nibbles, and only where IPv6 is held");
	assert_int_equal(room_asked(&r, ".zen.test"), 1);
	assert_int_equal(room_asked(&r, ".allow.test"), 0);
	room_close(&r);
}

/* catalogue 136, 137 */
static void
local_clients(void **state)
{
	static const char *const locals[] = { "127.0.0.1", "10.1.2.3",
		"192.168.7.8", "172.16.0.9", "169.254.1.1", "100.64.0.1",
		"0.0.0.0", "::1", "fe80::1", "fd00::1", "::ffff:10.1.2.3",
		"::ffff:127.0.0.1" };
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(locals); i++) {
		room_open(&r, NULL, lists);
		room_client(&r, locals[i]);
		room_stage(&r, ST_CONNECT);
		room_expect(&r, "zen=not-asked zen.xbl=not-asked "
		    "allow=not-asked lists.all-unknown=false", locals[i]);
		room_helo(&r, "mx.spam.test");
		room_mail(&r, "<a@spam.test>");
		room_expect(&r, "dbl=not-asked dbl.spam=not-asked "
		    "dbl.helo.spam=not-asked uri=not-asked", locals[i]);
		CHECK(strstr(r.asked, ".zen.test") == NULL &&
		    strstr(r.asked, ".dbl.test") == NULL &&
		    strstr(r.asked, ".uri.test") == NULL,
		    "%s: %s", locals[i], r.asked);
		room_close(&r);
	}
}

/* An address of our own, which only the session can know. */
static void
own_address(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL, lists);
	r.desk.client.is_local = true;
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "zen=not-asked lists.all-unknown=false", "own");
	room_close(&r);

	room_open(&r, NULL, lists);
	room_client(&r, "10.1.2.3");
	r.desk.client.is_local = false;
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "zen=not-asked lists.all-unknown=false",
	    "private, whatever the session says");
	room_close(&r);
}

/* Lists that are asked for what they do not hold, or without codes yet. */
static void
odd_lists(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL,
	    "list odd \"odd.test\" ip4 { ask client helo name sender; "
	    "code 127.0.0.2 x 1 }\n"
	    "list bits \"bits.test\" ip4 { ask client; "
	    "mask 127.0.0.0/24 { 2 black 6 } }\n");
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "mx.good.test");
	room_mail(&r, "<a@good.test>");
	room_expect(&r, "odd.client.x=false odd.helo.x=not-asked "
	    "odd.name.x=not-asked odd.sender.x=not-asked odd.x=false "
	    "odd=false bits=not-asked", "an address list about names");
	assert_int_equal(room_asked(&r, ".odd.test"), 1);
	assert_int_equal(room_asked(&r, ".bits.test"), 0);
	room_close(&r);
}

struct domain_row {
	const char *why, *helo, *sender, *facts;
	unsigned    questions;   /* about dbl.test                          */
};

static const struct domain_row domains[] = {
	{ "both are domains", "mx.good.test", "<a@good.test>",
	  "dbl.helo.spam=false dbl.sender.spam=false "
	  "dbl.name.spam=not-asked dbl.spam=false dbl=false uri=false", 2 },
	{ "a literal is no domain", "[192.0.2.77]", "<a@good.test>",
	  "dbl.helo.spam=not-asked dbl.sender.spam=false dbl.spam=false", 1 },
	{ "an address neither", "192.0.2.77", "<a@good.test>",
	  "dbl.helo.spam=not-asked", 1 },
	{ "one label neither", "friend", "<a@good.test>",
	  "dbl.helo.spam=not-asked", 1 },
	{ "the null sender", "mx.good.test", "<>",
	  "dbl.sender.spam=not-asked dbl.spam=false uri=not-asked "
	  "uri.black=not-asked", 1 },
	{ "a sender with a literal", "mx.good.test", "<a@[192.0.2.77]>",
	  "dbl.sender.spam=not-asked uri=not-asked", 1 },
	{ "our own names", "mx.here.test", "<ann@here.test>",
	  "dbl.helo.spam=not-asked dbl.sender.spam=not-asked "
	  "dbl.spam=not-asked dbl=not-asked uri=not-asked", 0 },
	{ "the helo is listed", "mx.SPAM.test", "<a@good.test>",
	  "dbl.helo.spam=true dbl.sender.spam=false dbl.spam=true dbl=true "
	  "dbl.phish=false", 2 },
	{ "the sender is listed", "mx.good.test", "<a@spam.test>",
	  "dbl.helo.spam=false dbl.sender.spam=true dbl.spam=true dbl=true "
	  "uri=true uri.black=true", 2 },
	{ "a code of the same name", "mx.good.test", "<a@seven.test>",
	  "dbl.sender.spam=true dbl.spam=true dbl=true", 2 },
	{ "a code without points", "mx.good.test", "<a@abused.test>",
	  "dbl.abused=true dbl=false dbl.spam=false", 2 },
	{ "one unknown, one not listed", "mx.slow.test", "<a@good.test>",
	  "dbl.helo.spam=unknown:servfail dbl.sender.spam=false "
	  "dbl.spam=unknown:servfail dbl=unknown:servfail", 2 },
	{ "one unknown, one listed", "mx.slow.test", "<a@spam.test>",
	  "dbl.helo.spam=unknown:servfail dbl.spam=true dbl=true "
	  "dbl.phish=unknown:servfail", 2 },
	{ "an address asked in a domain list, says the list",
	  "mx.odd.test", "<>",
	  "dbl.helo.spam=unknown:list-error dbl=unknown:list-error", 1 },
};

static const struct row domain_dns[] = {
	{ "mx.spam.test.dbl.test", DNS_A, "127.0.1.2", 0 },
	{ "spam.test.dbl.test", DNS_A, "127.0.1.2", 0 },
	{ "spam.test.uri.test", DNS_A, "127.0.0.2", 0 },
	{ "seven.test.dbl.test", DNS_A, "127.0.1.7", 0 },
	{ "abused.test.dbl.test", DNS_A, "127.0.1.104", 0 },
	{ "mx.slow.test.dbl.test", DNS_A, "servfail", 0 },
	{ "mx.odd.test.dbl.test", DNS_A, "127.0.1.255", 0 }, { 0 } };

static void
domain_rows(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(domains); i++) {
		room_open(&r, domain_dns, lists);
		room_stage(&r, ST_CONNECT);
		room_helo(&r, domains[i].helo);
		room_mail(&r, domains[i].sender);
		room_expect(&r, domains[i].facts, domains[i].why);
		CHECK(room_asked(&r, ".dbl.test") == domains[i].questions,
		    "%s: %s", domains[i].why, r.asked);
		room_close(&r);
	}
}

/* A name that would not fit into a question cannot be in the zone. */
static void
long_domain(void **state)
{
	char helo[254];
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < 250; i++)
		helo[i] = i % 50 == 49 ? '.' : 'a';
	(void)snprintf(helo + 244, sizeof helo - 244, ".test");
	room_open(&r, NULL, lists);
	room_helo(&r, helo);
	room_expect(&r, "helo.valid=true dbl.helo.spam=not-asked",
	    "a zone does not fit behind it");
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * The client's name.
 */

static void
client_name(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.bad.test", 0 },
		{ "mx.bad.test", DNS_A, "192.0.2.77", 0 },
		{ "mx.bad.test.dbl.test", DNS_A, "127.0.1.4", 0 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, lists);
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "dbl.name.phish=later dbl.phish=later dbl=later",
	    "names are a matter of HELO");
	room_helo(&r, "[192.0.2.77]");
	room_expect(&r, "dbl.name.phish=true dbl.phish=true dbl=true "
	    "dbl.helo.phish=not-asked", "the confirmed name is listed");
	room_close(&r);

	room_open(&r, dns + 1, lists);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "[192.0.2.77]");
	room_mail(&r, "<>");
	room_expect(&r, "client.name=absent dbl.name.phish=not-asked "
	    "dbl=not-asked", "without a name nothing is asked");
	assert_int_equal(room_asked(&r, ".dbl.test"), 0);
	room_close(&r);
}

static void
client_name_in_trouble(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "servfail", 0 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, lists);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "mx.good.test");
	room_mail(&r, "<a@good.test>");
	room_expect(&r, "dbl.name.spam=unknown:servfail "
	    "dbl.helo.spam=false dbl.spam=unknown:servfail",
	    "the list might have known the name");
	room_close(&r);
}

/* A slow PTR holds up the question about the name, and no other. */
static void
client_name_late(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.bad.test", 1000 },
		{ "mx.bad.test", DNS_A, "192.0.2.77", 100 },
		{ "mx.bad.test.dbl.test", DNS_A, "127.0.1.4", 100 },
		{ "spam.test.dbl.test", DNS_A, "127.0.1.2", 50 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 10);
	r.desk.helo = STR("spam.test");
	assert_int_equal(room_start(&r, ST_HELO), 0);
	room_expect(&r, "dbl.helo.spam=pending dbl.name.spam=pending "
	    "dbl.spam=pending dbl=pending", "asked");
	room_run_until(&r, 100);
	room_expect(&r, "dbl.helo.spam=true dbl.helo.phish=false "
	    "dbl.name.spam=pending dbl.spam=true dbl=true "
	    "dbl.phish=pending", "the HELO name has answered");
	assert_true(desk_is_busy(&r.run[ST_HELO]));
	room_run_until(&r, 1150);
	room_expect(&r, "client.name=mx.bad.test dbl.name.phish=pending",
	    "the name is there");
	room_run_until(&r, 1300);
	room_expect(&r, "dbl.name.phish=true dbl.phish=true", "the end");
	assert_false(desk_is_busy(&r.run[ST_HELO]));
	room_close(&r);
}

/* The connect checks are cut while HELO's wait for the name. */
static void
client_name_cut(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.bad.test", 1000 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	r.desk.helo = STR("good.test");
	assert_int_equal(room_start(&r, ST_HELO), 0);
	room_run_until(&r, 100);
	room_expect(&r, "dbl.name.spam=pending", "waits");
	room_end(&r, ST_CONNECT);
	room_run_until(&r, 200);
	room_expect(&r, "client.name=unknown:timeout "
	    "dbl.name.spam=unknown:timeout dbl.spam=later", "goes on");
	assert_false(desk_is_busy(&r.run[ST_HELO]));
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * Time.
 */

/* A hit is known at once, whatever the others still do; catalogue 97. */
static void
answers_as_they_come(void **state)
{
	static const struct row dns[] = {
		{ CLIENT ".zen.test", DNS_A, "127.0.0.4", 30 },
		{ CLIENT ".allow.test", DNS_A, "nxdomain", 400 },
		{ CLIENT ".white.test", DNS_A, "127.0.0.2", 9000 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	assert_int_equal(r.questions, 0);       /* those are the fibers' */
	room_run_until(&r, 0);
	assert_int_equal(room_asked(&r, ".test"), 3);
	room_expect(&r, "zen=pending zen.xbl=pending allow=pending "
	    "lists.all-unknown=pending", "all asked at once");
	room_run_until(&r, 40);
	room_expect(&r, "zen=true zen.xbl=true zen.sbl=false allow=pending "
	    "lists.all-unknown=false", "the first");
	room_run_until(&r, 410);
	room_expect(&r, "allow=false white=pending", "the second");
	room_run_until(&r, 2510);
	room_expect(&r, "white=unknown:timeout white.bad=unknown:timeout",
	    "the third never comes: 2.5 s");
	assert_false(desk_is_busy(&r.run[ST_CONNECT]));
	assert_int_equal(r.desk.facts->fact[vocabulary_find(r.vocabulary,
	    STR("zen.xbl"))].msec, 30);
	room_close(&r);
}

struct all_row { const char *why; struct row dns[4]; const char *facts; };

static const struct all_row alls[] = {
	{ "all in trouble, each its own",
	  { { CLIENT ".zen.test", DNS_A, "127.255.255.254", 0 },
	    { CLIENT ".allow.test", DNS_A, "timeout", 0 },
	    { CLIENT ".white.test", DNS_A, "servfail", 0 } },
	  "lists.all-unknown=true" },
	{ "one answers",
	  { { CLIENT ".zen.test", DNS_A, "127.255.255.254", 0 },
	    { CLIENT ".allow.test", DNS_A, "timeout", 0 } },
	  "lists.all-unknown=false" },
	{ "a hit among what nobody knows is an answer",
	  { { CLIENT ".zen.test", DNS_A, "127.0.0.4 127.0.0.99", 0 },
	    { CLIENT ".allow.test", DNS_A, "timeout", 0 },
	    { CLIENT ".white.test", DNS_A, "servfail", 0 } },
	  "lists.all-unknown=false" },
	{ "all answer", { { 0 } }, "lists.all-unknown=false" },
};

static void
all_unknown(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(alls); i++) {
		room_open(&r, alls[i].dns, lists);
		room_stage(&r, ST_CONNECT);
		room_expect(&r, alls[i].facts, alls[i].why);
		room_close(&r);
	}
	room_open(&r, NULL, NULL);
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "lists.all-unknown=false", "without lists");
	room_close(&r);
}

/* A session that ends: what did not come is unknown, what did stays. */
static void
cut_short(void **state)
{
	static const struct row dns[] = {
		{ CLIENT ".zen.test", DNS_A, "127.0.0.4", 10 },
		{ CLIENT ".allow.test", DNS_A, "127.0.5.3", 500 },
		{ "spam.test.dbl.test", DNS_A, "127.0.1.2", 500 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 100);
	room_end(&r, ST_CONNECT);
	room_expect(&r, "zen=true zen.xbl=true zen.sbl=false "
	    "allow=unknown:timeout allow.high=unknown:timeout "
	    "white=false", "cut");
	r.desk.helo = STR("spam.test");
	assert_int_equal(room_start(&r, ST_HELO), 0);
	room_end(&r, ST_HELO);
	room_expect(&r, "dbl.helo.spam=unknown:timeout dbl.spam=later",
	    "cut before its fiber ran; the sender may still hit");
	room_close(&r);         /* late answers come to nobody */
}

/* Budget: what could not be asked is unknown. */
static void
no_budget(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL, lists);
	r.desk.budget.left = 2;
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "client.ip=192.0.2.77 fcrdns=none zen=false "
	    "allow=unknown:budget white=unknown:budget "
	    "lists.all-unknown=false", "two questions: PTR and zen");
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * Several transactions of one session.
 */

static void
next_sender(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, domain_dns, lists);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "mx.good.test");
	room_expect(&r, "dbl.helo.spam=false dbl.sender.spam=later "
	    "dbl.spam=later dbl=later", "the sender may still hit");
	room_mail(&r, "<a@spam.test>");
	room_expect(&r, "dbl.sender.spam=true dbl.spam=true dbl=true "
	    "uri=true", "the first sender");
	room_mail(&r, "<a@good.test>");
	room_expect(&r, "dbl.sender.spam=false dbl.spam=false dbl=false "
	    "uri=false", "nothing is left of it");
	room_mail(&r, "<>");
	room_expect(&r, "dbl.sender.spam=not-asked dbl.spam=false "
	    "uri=not-asked", "nor of that one");
	room_helo(&r, "mx.spam.test");
	room_mail(&r, "<a@good.test>");
	room_expect(&r, "dbl.helo.spam=true dbl.sender.spam=false "
	    "dbl.spam=true dbl=true", "what HELO gave counts for each");
	room_mail(&r, "<b@good.test>");
	room_expect(&r, "dbl.helo.spam=true dbl.spam=true dbl=true",
	    "and is not forgotten by RSET");
	room_close(&r);
}

/* MAIL comes while HELO's questions are out; both ends meet. */
static void
overlapping(void **state)
{
	static const struct row dns[] = {
		{ "mx.bad.test.dbl.test", DNS_A, "127.0.1.2", 300 },
		{ "good.test.dbl.test", DNS_A, "nxdomain", 50 }, { 0 } };
	struct room r;
	struct path path;
	size_t used;

	(void)state;
	room_open(&r, dns, lists);
	room_stage(&r, ST_CONNECT);
	r.desk.accepted = r.clock;
	r.desk.helo = STR("mx.bad.test");
	assert_int_equal(room_start(&r, ST_HELO), 0);
	room_run_until(&r, 10);
	assert_int_equal(path_parse(STR("<a@good.test>"), r.arena, &path,
	    &used), 0);
	facts_forget(r.desk.facts, ST_MAIL, ST_EOM);
	r.desk.sender = &path;
	assert_int_equal(room_start(&r, ST_MAIL), 0);
	room_run_until(&r, 100);
	assert_false(desk_is_busy(&r.run[ST_MAIL]));
	room_expect(&r, "dbl.sender.spam=false dbl.helo.spam=pending "
	    "dbl.spam=pending dbl=pending", "HELO's is still out");
	room_run_until(&r, 400);
	room_expect(&r, "dbl.helo.spam=true dbl.spam=true dbl=true", "in");
	room_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answer_rows),
		cmocka_unit_test(many_records),
		cmocka_unit_test(families),
		cmocka_unit_test(local_clients),
		cmocka_unit_test(own_address),
		cmocka_unit_test(odd_lists),
		cmocka_unit_test(domain_rows),
		cmocka_unit_test(long_domain),
		cmocka_unit_test(client_name),
		cmocka_unit_test(client_name_in_trouble),
		cmocka_unit_test(client_name_late),
		cmocka_unit_test(client_name_cut),
		cmocka_unit_test(answers_as_they_come),
		cmocka_unit_test(all_unknown),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(no_budget),
		cmocka_unit_test(next_sender),
		cmocka_unit_test(overlapping),
	};

	return cmocka_run_group_tests_name("filters_lists", tests, NULL,
	    NULL);
}
