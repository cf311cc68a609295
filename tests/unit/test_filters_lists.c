/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS lists: what each answer makes of the facts, and who is asked about
 * what.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/desk.h"

#define CLIENT "77.2.0.192"
#define PTR4   CLIENT ".in-addr.arpa"
#define V6     "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2"

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
		room_open(&r, dns, room_lists);
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
	room_open(&r, dns, room_lists);
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
	room_open(&r, dns, room_lists);
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
		room_open(&r, NULL, room_lists);
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
	room_open(&r, NULL, room_lists);
	r.desk.client.is_local = true;
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "zen=not-asked lists.all-unknown=false", "own");
	room_close(&r);

	room_open(&r, NULL, room_lists);
	room_client(&r, "10.1.2.3");
	r.desk.client.is_local = false;
	room_stage(&r, ST_CONNECT);
	room_expect(&r, "zen=not-asked lists.all-unknown=false",
	    "private, whatever the session says");
	room_close(&r);
}

/* A list that is asked for what it does not hold; one whose codes are bits. */
static void
odd_lists(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL,
	    "list six \"six.test\" ip6 { ask client; "
	    "code 127.0.0.2 x 1 }\n"
	    "list bits \"bits.test\" ip4 { ask client; "
	    "mask 127.0.0.0/24 { 2 black 6 } }\n");
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "mx.good.test");
	room_mail(&r, "<a@good.test>");
	room_expect(&r, "six.x=not-asked six=not-asked",
	    "a list of IPv6 addresses about an IPv4 one");
	room_expect(&r, "bits=false bits.black=false", "a list of bits");
	assert_int_equal(room_asked(&r, ".six.test"), 0);
	assert_int_equal(room_asked(&r, ".bits.test"), 1);
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
		room_open(&r, domain_dns, room_lists);
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
	room_open(&r, NULL, room_lists);
	room_helo(&r, helo);
	room_expect(&r, "helo.valid=true dbl.helo.spam=not-asked",
	    "a zone does not fit behind it");
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
	};

	return cmocka_run_group_tests_name("filters_lists", tests, NULL,
	    NULL);
}
