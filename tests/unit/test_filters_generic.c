/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/check.h"

#include <string.h>

#include "filters/generic.h"

struct row {
	const char *name, *ip;
	bool        is_generic;
	const char *why;
};

#define YES true
#define NO  false

/* Shaped as they are in the world; addresses are of documentation nets. */
static const struct row rows[] = {
	/* the address, by octets */
	{ "pool-192-0-2-77.nycmny.fios.isp.example", "192.0.2.77", YES,
	  "octets" },
	{ "c-192-0-2-77.hsd1.ca.cableco.example", "192.0.2.77", YES,
	  "octets behind a letter" },
	{ "cpe-192-0-2-77.socal.res.isp.example", "192.0.2.77", YES, "" },
	{ "192-0-2-77.static.isp.example", "192.0.2.77", YES,
	  "a fixed line without a name of its own" },
	{ "77.2.0.192.dynamic.isp.example", "192.0.2.77", YES, "reversed" },
	{ "static.77.2.0.192.clients.hoster.example", "192.0.2.77", YES,
	  "a hoster's default" },
	{ "host77-2-0-192.range.isp.example", "192.0.2.77", YES,
	  "letters in front" },
	{ "ec2-192-0-2-77.eu-west-1.compute.cloud.example", "192.0.2.77",
	  YES, "a cloud's default" },
	{ "ip-192-0-2-77.eu-central-1.compute.internal", "192.0.2.77", YES,
	  "" },
	{ "abts-north-dynamic-077.2.0.192.isp.example", "192.0.2.77", YES,
	  "zeros in front" },
	{ "192.0.2.77.rev.isp.example", "192.0.2.77", YES, "dots" },
	{ "77.2.0.192.in-addr.isp.example", "192.0.2.77", YES, "" },
	{ "ns3012345.ip-192-0-2.eu", "192.0.2.77", YES, "three octets" },
	{ "77-2-0.static.isp.example", "192.0.2.77", YES,
	  "three octets reversed" },
	{ "2-0-192.reverse.isp.example", "192.0.2.77", YES,
	  "the first three reversed" },
	{ "0-2-77.reverse.isp.example", "192.0.2.77", YES, "the last three" },
	{ "mx-203-0-113-5.provider.example", "203.0.113.5", YES,
	  "a word of mail hosts does not help" },
	{ "mail-203-0-113-5.provider.example", "203.0.113.5", YES, "" },
	{ "vps-203-0-113-5.hoster.example", "203.0.113.5", YES, "" },
	{ "203_0_113_5.isp.example", "203.0.113.5", YES, "underlines" },
	{ "Static-203-0-113-5.ISP.example", "203.0.113.5", YES, "capitals" },
	{ "adsl-203-0-113-5.dsl.isp.example", "203.0.113.5", YES, "" },
	{ "unn-203-0-113-5.datapacket.example", "203.0.113.5", YES, "" },

	/* the address in one piece */
	{ "pc000024d.dip0.t-isp.example", "192.0.2.77", YES, "hex" },
	{ "ipc000024d.dynamic.kabel.example", "192.0.2.77", YES, "hex" },
	{ "4d0200c0.cst.isp.example", "192.0.2.77", YES, "hex reversed" },
	{ "xC000024D.cust.isp.example", "192.0.2.77", YES,
	  "hex in capitals" },
	{ "c0-00-02-4d.adsl.isp.example", "192.0.2.77", YES,
	  "hex octets with dashes" },
	{ "192000002077.ctinets.example", "192.0.2.77", YES, "padded" },
	{ "nat-192-000-002-077.isp.example", "192.0.2.77", YES,
	  "padded with dashes" },

	/* words */
	{ "dsl-77.pool.isp.example", "192.0.2.77", YES,
	  "word and last octet" },
	{ "dhcp-077.campus.univ.example", "192.0.2.77", YES, "padded octet" },
	{ "ppp4711.dialin.isp.example", "192.0.2.77", YES,
	  "word and a line's number" },
	{ "77.subnet2.dyn.isp.example", "192.0.2.77", YES, "" },
	{ "cable-2077.city.isp.example", "192.0.2.77", YES, "" },
	{ "customer-77.isp.example", "192.0.2.77", YES, "" },
	{ "dynamic-user5812.isp.example", "192.0.2.77", YES, "" },

	/* IPv6 */
	{ "2001-db8-1234-5678-0-0-0-9.isp.example",
	  "2001:db8:1234:5678::9", YES, "groups" },
	{ "dynamic-2001-0db8-1234-5678-0000-0000-0000-0009.isp.example",
	  "2001:db8:1234:5678::9", YES, "padded groups" },
	{ "p20010db812345678deadbeef00000009.dip0.isp.example",
	  "2001:db8:1234:5678:dead:beef:0:9", YES, "all digits" },
	{ "20010db812345678.v6.isp.example", "2001:db8:1234:5678::9", YES,
	  "64 bits" },
	{ "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2"
	  ".ip6.isp.example", "2001:db8:1234:5678::9", YES, "nibbles" },
	{ "mail.firma.example", "2001:db8:1234:5678::9", NO, "" },
	{ "mx1.2001.example", "2001:db8:1234:5678::9", NO, "one group" },
	{ "mta-0-0-0-9.firma.example", "2001:db8::9", NO,
	  "zeros and the last group are no address" },

	/* mail hosts, which are named on purpose */
	{ "mail-ed1-f41.google.com", "209.85.208.41", NO, "last octet" },
	{ "mail-pj1-f172.google.com", "209.85.216.172", NO, "last octet" },
	{ "o1.email.firma.example", "192.0.2.1", NO, "" },
	{ "a8-77.smtp-out.cloud.example", "54.240.8.77", NO,
	  "two octets are not three" },
	{ "mail-am6eur05on2077.outbound.protection.example", "192.0.2.77",
	  NO, "" },
	{ "o16789112x34.outbound-mail.esp.example", "167.89.112.34", NO,
	  "glued octets: a sender's own scheme" },
	{ "mx0a-001b2d01.hosted.example", "192.0.2.77", NO,
	  "hex, but not the address" },
	{ "sonic302-20.consmr.mail.bf2.portal.example", "192.0.2.20", NO,
	  "" },
	{ "mout.kundenserver.example", "192.0.2.77", NO, "" },
	{ "mta-77-pool.newsletter.example", "192.0.2.77", NO,
	  "a mail host with a word of lines" },
	{ "smtp77.static.firma.example", "192.0.2.77", NO, "" },
	{ "out-77.dyn.esp.example", "192.0.2.77", NO, "" },
	{ "server-77.tower-555.scanner.example", "192.0.2.77", NO,
	  "a number, no word of lines" },
	{ "mx1.dsl.net", "192.0.2.1", NO, "a company named after lines" },
	{ "gate-77.dsl.example", "192.0.2.77", NO,
	  "words in a registered name do not count" },
	{ "mail.static-systems.example", "192.0.2.77", NO, "" },
	{ "static.firma.example", "192.0.2.77", NO, "a word alone" },
	{ "vps-8f3a11c2.vps.hoster.example", "192.0.2.77", NO,
	  "a provider's name, but not made from the address" },
	{ "h2.firma.example", "192.0.2.2", NO, "" },
	{ "host-77.firma.example", "192.0.2.77", NO,
	  "\"host\" is no kind of line" },
	{ "localhost", "127.0.0.1", NO, "one label" },
	{ "77", "192.0.2.77", NO, "one label of digits" },
	{ "", "192.0.2.77", NO, "nothing" },
};

static void
names(void **state)
{
	struct ip ip;
	size_t i;

	(void)state;
	assert_true(COUNT(rows) >= 60);
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ip_parse(str_of(rows[i].ip), &ip), 0);
		CHECK(name_looks_generic(str_of(rows[i].name), ip) ==
		    rows[i].is_generic, "%s of %s %s generic (%s)",
		    rows[i].name, rows[i].ip,
		    rows[i].is_generic ? "is" : "is not", rows[i].why);
	}
}

/* The same names say nothing about another address. */
static void
another_address(void **state)
{
	struct ip ip = ip_v4(198, 51, 100, 9);
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		n += name_looks_generic(str_of(rows[i].name), ip);
	/* Left are those with a word and three digits or more. */
	assert_true(n < COUNT(rows) / 3);
	assert_false(name_looks_generic(
	    STR("mx-203-0-113-5.provider.example"), ip));
	assert_false(name_looks_generic(STR("dsl-77.pool.isp.example"), ip));
	assert_true(name_looks_generic(STR("ppp4711.dialin.isp.example"),
	    ip));
}

/* Bytes of any kind and length; the sanitizers look on. */
static void
any_bytes(void **state)
{
	uint64_t seed = 1;
	char *name;
	size_t i, n, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		n = i % 300;
		name = malloc(n + 1);
		assert_non_null(name);
		for (k = 0; k < n; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			name[k] = i % 2 == 0 ? (char)(seed >> 56)
			    : "0123456789abcdef.-"[(seed >> 33) % 18];
		}
		(void)name_looks_generic((struct str){ name, n },
		    i % 3 == 0 ? ip_v4(192, 0, 2, 77) :
		    (struct ip){ { 0x20, 1, 0xd, 0xb8 } });
		free(name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(another_address),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests_name("filters_generic", tests, NULL,
	    NULL);
}
