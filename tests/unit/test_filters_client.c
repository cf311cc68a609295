/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checks that ask DNS about one name at a time: client, helo, sender.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/desk.h"

#define PTR4 "77.2.0.192.in-addr.arpa"
#define PTR6 "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2" \
	".ip6.arpa"
#define TEN "n0.test n1.test n2.test n3.test n4.test n5.test n6.test " \
	"n7.test n8.test n9.test"

/* ------------------------------------------------------------------------
 * client
 */

struct client_row {
	const char *why, *ip;
	struct row  dns[6];
	const char *facts;
	unsigned    questions;
};

static const struct client_row clients[] = {
	{ "a name that points back", "192.0.2.77",
	  { { PTR4, DNS_PTR, "mx.good.test", 0 },
	    { "mx.good.test", DNS_A, "192.0.2.1 192.0.2.77", 0 } },
	  "fcrdns=pass client.name=mx.good.test client.ptr=mx.good.test "
	  "client.ptr-generic=false client.ip=192.0.2.77 client.net=192.0.2.0",
	  2 },
	{ "no name", "192.0.2.77",
	  { { PTR4, DNS_PTR, "nxdomain", 0 } },
	  "fcrdns=none client.name=absent client.ptr=absent "
	  "client.ptr-generic=absent", 1 },
	{ "no data is no name either", "192.0.2.77",
	  { { PTR4, DNS_PTR, "nodata", 0 } },
	  "fcrdns=none client.name=absent client.ptr=absent", 1 },
	{ "a name that points elsewhere", "192.0.2.77",
	  { { PTR4, DNS_PTR, "mx.good.test", 0 },
	    { "mx.good.test", DNS_A, "192.0.2.1", 0 } },
	  "fcrdns=fail client.name=absent client.ptr=mx.good.test", 2 },
	{ "a name that is not there", "192.0.2.77",
	  { { PTR4, DNS_PTR, "mx.good.test", 0 } },
	  "fcrdns=fail client.name=absent client.ptr=mx.good.test", 2 },
	{ "the second one confirms: it is the name", "192.0.2.77",
	  { { PTR4, DNS_PTR, "a.test b.test c.test", 0 },
	    { "a.test", DNS_A, "192.0.2.1", 0 },
	    { "b.test", DNS_A, "192.0.2.77", 0 },
	    { "c.test", DNS_A, "192.0.2.77", 0 } },
	  "fcrdns=pass client.name=b.test client.ptr=a.test", 3 },
	{ "a trouble does not hide one that confirms", "192.0.2.77",
	  { { PTR4, DNS_PTR, "a.test b.test", 0 },
	    { "a.test", DNS_A, "servfail", 0 },
	    { "b.test", DNS_A, "192.0.2.77", 0 } },
	  "fcrdns=pass client.name=b.test client.ptr=a.test", 3 },
	{ "a trouble may hide the one: unknown, not fail", "192.0.2.77",
	  { { PTR4, DNS_PTR, "a.test b.test", 0 },
	    { "a.test", DNS_A, "servfail", 0 },
	    { "b.test", DNS_A, "192.0.2.1", 0 } },
	  "fcrdns=unknown:servfail client.name=unknown:servfail "
	  "client.ptr=a.test client.ptr-generic=false client.ip=192.0.2.77",
	  3 },
	{ "PTR in trouble", "192.0.2.77",
	  { { PTR4, DNS_PTR, "timeout", 0 } },
	  "fcrdns=unknown:timeout client.name=unknown:timeout "
	  "client.ptr=unknown:timeout client.ptr-generic=unknown:timeout "
	  "client.ip=192.0.2.77 client.net=192.0.2.0", 1 },
	{ "PTR after the deadline", "192.0.2.77",
	  { { PTR4, DNS_PTR, "mx.good.test", 2600 } },
	  "fcrdns=unknown:timeout client.ptr=unknown:timeout", 1 },
	/* catalogue 100 */
	{ "line ends and odd bytes are no host name", "192.0.2.77",
	  { { PTR4, DNS_PTR, "a\\013\\010b.test a(b.test ok.test", 0 },
	    { "ok.test", DNS_A, "192.0.2.77", 0 } },
	  "fcrdns=pass client.name=ok.test client.ptr=ok.test", 2 },
	{ "only odd ones: names, but none points back", "192.0.2.77",
	  { { PTR4, DNS_PTR, "a\\013\\010b.test", 0 } },
	  "fcrdns=fail client.name=absent client.ptr=absent "
	  "client.ptr-generic=absent", 1 },
	{ "ten names are looked at, the eleventh is not", "192.0.2.77",
	  { { PTR4, DNS_PTR, TEN " n10.test", 0 },
	    { "n10.test", DNS_A, "192.0.2.77", 0 } },
	  "fcrdns=fail client.name=absent client.ptr=n0.test", 11 },
	{ "IPv6 asks AAAA", "2001:db8:1234:5678::9",
	  { { PTR6, DNS_PTR, "mx6.test", 0 },
	    { "mx6.test", DNS_AAAA, "2001:db8:1234:5678::9", 0 } },
	  "fcrdns=pass client.name=mx6.test client.ip=2001:db8:1234:5678::9 "
	  "client.net=2001:db8:1234:5678::", 2 },
	/* catalogue 136 */
	{ "a mapped address is IPv4", "::ffff:192.0.2.77",
	  { { PTR4, DNS_PTR, "mx.good.test", 0 },
	    { "mx.good.test", DNS_A, "192.0.2.77", 0 } },
	  "fcrdns=pass client.ip=192.0.2.77", 2 },
	{ "a provider's name, confirmed", "192.0.2.77",
	  { { PTR4, DNS_PTR, "dsl-192-0-2-77.isp.test", 0 },
	    { "dsl-192-0-2-77.isp.test", DNS_A, "192.0.2.77", 0 } },
	  "fcrdns=pass client.ptr-generic=true", 2 },
};

static void
client_rows(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(clients); i++) {
		room_open(&r, clients[i].dns, NULL);
		room_client(&r, clients[i].ip);
		room_stage(&r, ST_CONNECT);
		room_expect(&r, clients[i].facts, clients[i].why);
		CHECK(r.questions == clients[i].questions,
		    "%s: %u questions: %s", clients[i].why, r.questions,
		    r.asked);
		room_close(&r);
	}
}

/* What PTR says is known before the name is confirmed. */
static void
client_ptr_first(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.good.test", 10 },
		{ "mx.good.test", DNS_A, "192.0.2.77", 500 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_expect(&r, "client.ip=192.0.2.77 client.net=192.0.2.0 "
	    "client.ptr=pending early=false", "at once");
	room_run_until(&r, 20);
	room_expect(&r, "client.ptr=mx.good.test client.ptr-generic=false "
	    "fcrdns=pending client.name=pending", "after PTR");
	assert_true(desk_is_busy(&r.run[ST_CONNECT]));
	room_run_until(&r, 600);
	room_expect(&r, "fcrdns=pass client.name=mx.good.test", "at the end");
	assert_false(desk_is_busy(&r.run[ST_CONNECT]));
	room_close(&r);
}

/* Questions but for TXT: those are SPF's. */
static unsigned
others(const struct room *r)
{
	const char *at = r->asked;
	unsigned n = r->questions;

	while ((at = strstr(at, "/16 ")) != NULL) {
		at++;
		n--;
	}
	return n;
}

/* ------------------------------------------------------------------------
 * helo
 */

struct helo_row {
	const char *why, *ip, *helo;
	struct row  dns[4];
	const char *facts;
	unsigned    questions;
};

static const struct helo_row helos[] = {
	{ "a name that leads to the client", "192.0.2.77", "MX.Good.test",
	  { { "mx.good.test", DNS_A, "192.0.2.77", 0 } },
	  "helo.name=mx.good.test helo.valid=true helo.literal=false "
	  "helo.ours=false helo.resolves=true helo.matches=true", 1 },
	{ "one that leads elsewhere", "192.0.2.77", "mx.good.test",
	  { { "mx.good.test", DNS_A, "192.0.2.1", 0 } },
	  "helo.resolves=true helo.matches=false", 1 },
	{ "one that is not there: not asked twice", "192.0.2.77",
	  "mx.good.test", { { 0 } },
	  "helo.valid=true helo.resolves=false helo.matches=false", 1 },
	{ "an address of the other family", "192.0.2.77", "mx.good.test",
	  { { "mx.good.test", DNS_A, "nodata", 0 },
	    { "mx.good.test", DNS_AAAA, "2001:db8::1", 0 } },
	  "helo.resolves=true helo.matches=false", 2 },
	{ "no address at all", "192.0.2.77", "mx.good.test",
	  { { "mx.good.test", DNS_A, "nodata", 0 },
	    { "mx.good.test", DNS_AAAA, "nodata", 0 } },
	  "helo.resolves=false helo.matches=false", 2 },
	{ "IPv6", "2001:db8::9", "mx.good.test",
	  { { "mx.good.test", DNS_AAAA, "2001:db8::9", 0 } },
	  "helo.resolves=true helo.matches=true", 1 },
	{ "trouble is unknown", "192.0.2.77", "mx.good.test",
	  { { "mx.good.test", DNS_A, "servfail", 0 },
	    { "mx.good.test", DNS_AAAA, "nodata", 0 } },
	  "helo.resolves=unknown:servfail helo.matches=unknown:servfail "
	  "helo.valid=true", 2 },
	{ "trouble, but the other family has it", "192.0.2.77",
	  "mx.good.test",
	  { { "mx.good.test", DNS_A, "timeout", 0 },
	    { "mx.good.test", DNS_AAAA, "2001:db8::1", 0 } },
	  "helo.resolves=true helo.matches=unknown:timeout", 2 },
	{ "trouble with the other family", "192.0.2.77", "mx.good.test",
	  { { "mx.good.test", DNS_A, "nodata", 0 },
	    { "mx.good.test", DNS_AAAA, "refused", 0 } },
	  "helo.resolves=unknown:refused helo.matches=false", 2 },

	/* catalogue 20 */
	{ "the client's own literal", "192.0.2.77", "[192.0.2.77]", { { 0 } },
	  "helo.name=[192.0.2.77] helo.valid=true helo.literal=true "
	  "helo.matches=true helo.resolves=absent helo.ours=false", 0 },
	{ "another's literal", "192.0.2.77", "[192.0.2.78]", { { 0 } },
	  "helo.valid=true helo.literal=true helo.matches=false", 0 },
	{ "IPv6 literal", "2001:db8::9", "[IPv6:2001:DB8:0::9]", { { 0 } },
	  "helo.valid=true helo.literal=true helo.matches=true", 0 },
	{ "a broken literal", "192.0.2.77", "[1.2.3", { { 0 } },
	  "helo.valid=false helo.literal=false helo.matches=absent "
	  "helo.resolves=absent helo.name=[1.2.3", 0 },
	{ "an empty literal", "192.0.2.77", "[IPv6:]", { { 0 } },
	  "helo.valid=false helo.literal=false", 0 },
	{ "a bare address", "192.0.2.77", "192.0.2.77", { { 0 } },
	  "helo.valid=false helo.literal=false helo.resolves=absent", 0 },
	{ "one label", "192.0.2.77", "WIN-8F3A", { { 0 } },
	  "helo.name=win-8f3a helo.valid=false helo.resolves=absent", 0 },
	{ "underlines", "192.0.2.77", "mx_1.good.test", { { 0 } },
	  "helo.valid=false helo.resolves=absent", 0 },
	{ "a dot at the end", "192.0.2.77", "mx.good.test.", { { 0 } },
	  "helo.valid=false helo.resolves=absent", 0 },
	{ "bytes that are no name", "192.0.2.77", "a..b\377", { { 0 } },
	  "helo.valid=false helo.resolves=absent", 0 },

	{ "our name", "192.0.2.77", "MX.here.test", { { 0 } },
	  "helo.ours=true", 1 },
	{ "a domain of ours", "192.0.2.77", "here.test", { { 0 } },
	  "helo.ours=true", 1 },
	{ "below a domain of ours is somebody else", "192.0.2.77",
	  "web.here.test", { { 0 } }, "helo.ours=false", 1 },
	{ "our name from inside is no lie", "127.0.0.1", "mx.here.test",
	  { { 0 } }, "helo.ours=false", 1 },
	{ "the same from a private net", "10.1.2.3", "here.test", { { 0 } },
	  "helo.ours=false", 1 },
};

static void
helo_rows(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(helos); i++) {
		room_open(&r, helos[i].dns, NULL);
		room_client(&r, helos[i].ip);
		room_helo(&r, helos[i].helo);
		room_expect(&r, helos[i].facts, helos[i].why);
		room_expect(&r, "tls=false", helos[i].why);
		CHECK(others(&r) == helos[i].questions,
		    "%s: %u questions: %s", helos[i].why, others(&r),
		    r.asked);
		room_close(&r);
	}
}

/* A second EHLO replaces what the first one said. */
static void
helo_again(void **state)
{
	static const struct row dns[] = {
		{ "mx.good.test", DNS_A, "192.0.2.77", 0 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, NULL);
	room_helo(&r, "mx.good.test");
	room_expect(&r, "helo.matches=true", "first");
	room_helo(&r, "nowhere");
	room_expect(&r, "helo.matches=absent helo.valid=false "
	    "helo.name=nowhere", "second");
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * sender
 */

struct mail_row {
	const char *why, *sender;
	struct row  dns[4];
	const char *facts;
	unsigned    questions;
};

static const struct mail_row mails[] = {
	{ "a domain with an MX", "<Ann@Good.Test>",
	  { { "good.test", DNS_MX, "mx.good.test", 0 } },
	  "mail.address=Ann@good.test mail.domain=good.test mail.null=false "
	  "mail.exists=found", 1 },
	/* RFC 7505 3 */
	{ "null MX", "<a@good.test>", { { "good.test", DNS_MX, ".", 0 } },
	  "mail.exists=nullmx", 1 },
	{ "a null MX beside another is none", "<a@good.test>",
	  { { "good.test", DNS_MX, ". mx.good.test", 0 } },
	  "mail.exists=found", 1 },
	{ "no such name: asked once", "<a@good.test>", { { 0 } },
	  "mail.exists=missing mail.domain=good.test", 1 },
	/* RFC 5321 5.1 */
	{ "an address stands in for the MX", "<a@good.test>",
	  { { "good.test", DNS_MX, "nodata", 0 },
	    { "good.test", DNS_A, "192.0.2.1", 0 } },
	  "mail.exists=found", 2 },
	{ "an IPv6 address too", "<a@good.test>",
	  { { "good.test", DNS_MX, "nodata", 0 },
	    { "good.test", DNS_A, "nodata", 0 },
	    { "good.test", DNS_AAAA, "2001:db8::1", 0 } },
	  "mail.exists=found", 3 },
	{ "neither", "<a@good.test>",
	  { { "good.test", DNS_MX, "nodata", 0 },
	    { "good.test", DNS_A, "nodata", 0 },
	    { "good.test", DNS_AAAA, "nodata", 0 } },
	  "mail.exists=missing", 3 },
	{ "MX in trouble: addresses do not stand in", "<a@good.test>",
	  { { "good.test", DNS_MX, "servfail", 0 },
	    { "good.test", DNS_A, "192.0.2.1", 0 } },
	  "mail.exists=unknown:servfail mail.domain=good.test "
	  "mail.null=false", 1 },
	{ "A in trouble, AAAA there", "<a@good.test>",
	  { { "good.test", DNS_MX, "nodata", 0 },
	    { "good.test", DNS_A, "timeout", 0 },
	    { "good.test", DNS_AAAA, "2001:db8::1", 0 } },
	  "mail.exists=found", 3 },
	{ "A in trouble, no AAAA: not missing", "<a@good.test>",
	  { { "good.test", DNS_MX, "nodata", 0 },
	    { "good.test", DNS_A, "timeout", 0 },
	    { "good.test", DNS_AAAA, "nodata", 0 } },
	  "mail.exists=unknown:timeout", 3 },
	{ "no A, AAAA in trouble: not missing", "<a@good.test>",
	  { { "good.test", DNS_MX, "nodata", 0 },
	    { "good.test", DNS_A, "nodata", 0 },
	    { "good.test", DNS_AAAA, "refused", 0 } },
	  "mail.exists=unknown:refused", 3 },
	{ "the null sender", "<>", { { 0 } },
	  "mail.null=true mail.address=absent mail.domain=absent "
	  "mail.exists=absent", 0 },
	{ "a literal", "<a@[192.0.2.1]>", { { 0 } },
	  "mail.null=false mail.address=a@[192.0.2.1] mail.domain=absent "
	  "mail.exists=absent", 0 },
};

static void
mail_rows(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(mails); i++) {
		room_open(&r, mails[i].dns, NULL);
		room_mail(&r, mails[i].sender);
		room_expect(&r, mails[i].facts, mails[i].why);
		CHECK(others(&r) == mails[i].questions,
		    "%s: %u questions: %s", mails[i].why, others(&r),
		    r.asked);
		room_close(&r);
	}
}

/* Promise P5 at its root: whatever single answer is replaced by a trouble, no
 * fact changes from one value to another; it keeps it or becomes unknown. */
static void
troubles_only_hide(void **state)
{
	static const char *const faults[] = { "servfail", "refused",
		"timeout", "truncated", "garbage" };
	static const char *const names[] = { "fcrdns", "client.name",
		"client.ptr", "helo.resolves", "helo.matches",
		"mail.exists" };
	static const struct row whole[] = {
		{ PTR4, DNS_PTR, "a.test mx.good.test", 0 },
		{ "a.test", DNS_A, "192.0.2.1", 0 },
		{ "mx.good.test", DNS_A, "192.0.2.77", 0 },
		{ "helo.test", DNS_A, "nodata", 0 },
		{ "helo.test", DNS_AAAA, "nodata", 0 },
		{ "good.test", DNS_MX, "nodata", 0 },
		{ "good.test", DNS_A, "nodata", 0 },
		{ "good.test", DNS_AAAA, "nodata", 0 }, { 0 } };
	struct row dns[COUNT(whole)];
	struct room good, bad;
	size_t i, f, n;

	(void)state;
	room_open(&good, whole, NULL);
	room_stage(&good, ST_CONNECT);
	room_helo(&good, "helo.test");
	room_mail(&good, "<a@good.test>");
	for (i = 0; i + 1 < COUNT(whole); i++)
		for (f = 0; f < COUNT(faults); f++) {
			memcpy(dns, whole, sizeof dns);
			dns[i].answer = faults[f];
			room_open(&bad, dns, NULL);
			room_stage(&bad, ST_CONNECT);
			room_helo(&bad, "helo.test");
			room_mail(&bad, "<a@good.test>");
			for (n = 0; n < COUNT(names); n++) {
				const char *was = room_fact(&good, names[n]);
				const char *is = room_fact(&bad, names[n]);

				CHECK(strcmp(was, is) == 0 ||
				    strncmp(is, "unknown:", 8) == 0,
				    "%s of %s turns %s from %s into %s",
				    faults[f], dns[i].name, names[n], was,
				    is);
			}
			room_close(&bad);
		}
	room_close(&good);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_rows),
		cmocka_unit_test(client_ptr_first),
		cmocka_unit_test(helo_rows),
		cmocka_unit_test(helo_again),
		cmocka_unit_test(mail_rows),
		cmocka_unit_test(troubles_only_hide),
	};

	return cmocka_run_group_tests_name("filters_client", tests, NULL,
	    NULL);
}
