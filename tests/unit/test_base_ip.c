/* SPDX-License-Identifier: BSD-2-Clause */
/* ip: reading, printing, what is private, nets, reverse names. */
#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"
#include "base/ip.h"

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	CHECK(ip_parse(str_of(text), &ip) == 0, "\"%s\" was refused", text);
	return ip;
}

static struct net
net_of(const char *text)
{
	struct net net;

	CHECK(net_parse(str_of(text), &net) == 0, "\"%s\" was refused", text);
	return net;
}

/* RFC 4291 2.2, RFC 5952 4 and 5 */
static void
addresses_read_and_printed(void **state)
{
	static const struct {
		const char *in, *out;   /* out NULL: refused */
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "100.10.99.9", "100.10.99.9" },
		{ "1000:100:10:fff:ff:f:0:1", "1000:100:10:fff:ff:f:0:1" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },    /* catalogue 136 */
		{ "::FFFF:c000:201", "192.0.2.1" },
		{ "0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1" },
		{ "::", "::" }, { "::1", "::1" }, { "1::", "1::" },
		{ "0:0:0:0:0:0:0:0", "::" },
		{ "::192.0.2.1", "::c000:201" },
		{ "2001:DB8::0001", "2001:db8::1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "1:0:0:2:3:0:0:0", "1:0:0:2:3::" },
		{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "", NULL }, { "1.2.3", NULL }, { "1.2.3.4.", NULL },
		{ ".1.2.3.4", NULL }, { "1..2.3", NULL },
		{ "1.2.3.4.5", NULL }, { "1.2.3.256", NULL },
		{ "1.2.3.04", NULL }, { "01.2.3.4", NULL },
		{ "1.2.3.00", NULL }, { "0x1.2.3.4", NULL },
		{ "1.2.3.-4", NULL }, { " 1.2.3.4", NULL },
		{ "1.2.3.4 ", NULL }, { "1.2.3.4\n", NULL },
		{ "3221225985", NULL }, { "1.2.3.0001", NULL },
		{ ":", NULL }, { ":::", NULL }, { "1:", NULL },
		{ ":1", NULL }, { "1:2:3:4:5:6:7", NULL },
		{ "1:2:3:4:5:6:7:8:9", NULL }, { "1:2:3:4:5:6:7:8:", NULL },
		{ ":1:2:3:4:5:6:7:8", NULL }, { "1:2:3:4:5:6:7:8::", NULL },
		{ "1:2:3:4::5:6:7:8", NULL }, { "1::2::3", NULL },
		{ "::1:", NULL }, { "12345::", NULL }, { "g::", NULL },
		{ "::1.2.3.4:5", NULL }, { "1.2.3.4::", NULL },
		{ "1.2.3.4::1", NULL },
		{ "::1.2.3", NULL }, { "::01.2.3.4", NULL },
		{ "1:2:3:4:5:6:7:1.2.3.4", NULL }, { "[::1]", NULL },
		{ "fe80::1%eth0", NULL },               /* catalogue 136 */
		{ "2001:db8::1/64", NULL },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555", NULL },
	};
	char text[IP_TEXT];
	struct ip ip, before;
	size_t i, n;

	(void)state;
	memset(&before, 0xa5, sizeof before);
	for (i = 0; i < COUNT(rows); i++) {
		ip = before;
		if (ip_parse(str_of(rows[i].in), &ip) != 0) {
			CHECK(rows[i].out == NULL, "\"%s\" was refused",
			    rows[i].in);
			CHECK(ip_eq(ip, before), "\"%s\" left traces",
			    rows[i].in);
			continue;
		}
		n = ip_print(ip, text);
		CHECK(rows[i].out != NULL && strcmp(text, rows[i].out) == 0,
		    "\"%s\" is %s", rows[i].in, text);
		assert_int_equal(n, strlen(text));
	}
	assert_int_equal(ip_parse(STR("1.2.3.4\0"), &ip), -E_INVALID);
	assert_int_equal(ip_parse((struct str){ NULL, 0 }, &ip), -E_INVALID);
}

/* Every pattern of zero and other groups, against the system's reading. */
static void
all_gaps_print_and_read(void **state)
{
	static const uint16_t values[] = { 0, 1, 0x20, 0x300, 0x4000 };
	char text[IP_TEXT];
	struct ip ip, again, system;
	unsigned pattern, i, v;
	size_t n;

	(void)state;
	for (pattern = 0; pattern < 256 * 5; pattern++) {
		for (i = 0; i < 8; i++) {
			v = pattern >> i & 1 ? values[1 + (i + pattern / 256)
			    % 4] : 0;
			ip.a[2 * i] = (uint8_t)(v >> 8);
			ip.a[2 * i + 1] = (uint8_t)v;
		}
		n = ip_print(ip, text);
		assert_int_equal(inet_pton(AF_INET6, text, system.a), 1);
		assert_true(ip_eq(ip, system));
		assert_int_equal(ip_parse((struct str){ text, n }, &again), 0);
		assert_true(ip_eq(ip, again));
	}
}

static void
order_and_kind(void **state)
{
	(void)state;
	assert_true(ip_eq(ip_of("::ffff:127.0.0.1"), ip_v4(127, 0, 0, 1)));
	assert_false(ip_is_v6(ip_of("::ffff:1.2.3.4")));
	assert_true(ip_is_v6(ip_of("::1.2.3.4")));
	assert_true(ip_cmp(ip_of("10.0.0.1"), ip_of("10.0.0.2")) < 0);
	assert_true(ip_cmp(ip_of("2001::"), ip_of("255.255.255.255")) > 0);
	assert_true(ip_is_loopback(ip_of("127.255.0.1")));
	assert_true(ip_is_loopback(ip_of("::1")));
	assert_true(ip_is_loopback(ip_of("::ffff:127.0.0.1")));
	assert_false(ip_is_loopback(ip_of("128.0.0.1")));
	assert_false(ip_is_loopback(ip_of("::")));
	assert_false(ip_is_loopback(ip_of("1::1")));
}

/* catalogue 137; RFC 6890. The first and last address of each block, and the
 * neighbours outside. */
static void
private_blocks(void **state)
{
	static const struct {
		const char *ip;
		bool is_private;
	} rows[] = {
		{ "0.0.0.0", true }, { "0.255.255.255", true },
		{ "1.0.0.0", false },
		{ "9.255.255.255", false }, { "10.0.0.0", true },
		{ "10.255.255.255", true }, { "11.0.0.0", false },
		{ "100.63.255.255", false }, { "100.64.0.0", true },
		{ "100.127.255.255", true }, { "100.128.0.0", false },
		{ "126.255.255.255", false }, { "127.0.0.1", true },
		{ "127.255.255.255", true },
		{ "128.0.0.0", false },
		{ "169.253.255.255", false }, { "169.254.0.0", true },
		{ "169.254.255.255", true }, { "169.255.0.0", false },
		{ "172.15.255.255", false }, { "172.16.0.0", true },
		{ "172.31.255.255", true }, { "172.32.0.0", false },
		{ "192.0.0.0", true }, { "192.0.0.255", true },
		{ "192.0.1.0", false },
		{ "192.167.255.255", false }, { "192.168.0.0", true },
		{ "192.168.255.255", true }, { "192.169.0.0", false },
		{ "198.17.255.255", false }, { "198.18.0.0", true },
		{ "198.19.255.255", true }, { "198.20.0.0", false },
		{ "223.255.255.255", false }, { "224.0.0.1", true },
		{ "239.255.255.255", true },
		{ "240.0.0.1", true }, { "255.255.255.255", true },
		{ "::ffff:10.1.2.3", true },
		/* documentation: tests live there */
		{ "192.0.2.1", false }, { "198.51.100.1", false },
		{ "203.0.113.1", false }, { "2001:db8::1", false },
		{ "3fff::1", false },
		{ "::", true }, { "::1", true }, { "::2", false },
		{ "64:ff9b::808:808", false }, { "64:ff9b:1::1", true },
		{ "64:ff9b:2::1", false },
		{ "100::1", true }, { "100:0:0:1::1", false },
		{ "2001::1", false }, { "2001:2::1", true },
		{ "2001:2:1::1", false }, { "2001:10::1", true },
		{ "2001:1f::1", true }, { "2001:2f::1", true },
		{ "2001:30::1", false }, { "2002:c000:201::1", false },
		{ "2a00::1", false }, { "5f00::1", true },
		{ "fbff::1", false }, { "fc00::1", true },
		{ "fdff:ffff::1", true }, { "fe00::1", false },
		{ "fe7f::1", false }, { "fe80::1", true },
		{ "febf::1", true }, { "fec0::1", false },
		{ "ff02::1", true }, { "ffff::1", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		CHECK(ip_is_private(ip_of(rows[i].ip)) == rows[i].is_private,
		    "%s", rows[i].ip);
}

static void
nets_read_and_printed(void **state)
{
	static const struct {
		const char *in, *out;   /* out NULL: refused */
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.1", "192.0.2.1/32" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "128.0.0.0/1", "128.0.0.0/1" },
		{ "192.0.2.128/25", "192.0.2.128/25" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "2001:db8::1", "2001:db8::1/128" },
		{ "::/0", "::/0" }, { "8000::/1", "8000::/1" },
		{ "::ffff:192.0.2.0/120", "192.0.2.0/24" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
		{ "192.0.2.1/24", NULL }, { "192.0.2.129/25", NULL },
		{ "2001:db8::1/127", NULL }, { "192.0.2.0/33", NULL },
		{ "2001:db8::/129", NULL }, { "192.0.2.0/", NULL },
		{ "192.0.2.0/-1", NULL }, { "192.0.2.0/024", NULL },
		{ "0.0.0.0/00", NULL }, { "192.0.2.0/24/24", NULL },
		{ "192.0.2/24", NULL }, { "/24", NULL }, { "", NULL },
		{ "192.0.2.0/255.255.255.0", NULL }, { "*", NULL },
		{ "::ffff:0:0/90", NULL },      /* bits behind the prefix */
	};
	char text[IP_TEXT + 4];
	struct net net;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (net_parse(str_of(rows[i].in), &net) != 0) {
			CHECK(rows[i].out == NULL, "\"%s\" was refused",
			    rows[i].in);
			continue;
		}
		n = net_print(net, text);
		assert_int_equal(n, strlen(text));
		CHECK(rows[i].out != NULL && strcmp(text, rows[i].out) == 0,
		    "\"%s\" is %s", rows[i].in, text);
	}
}

static void
nets_hold_addresses(void **state)
{
	static const struct {
		const char *net, *ip;
		bool has;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/23", "192.0.3.0", true },
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "0.0.0.0/0", "255.1.2.3", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "192.0.2.1", false },         /* catalogue 136 */
		{ "::/8", "192.0.2.1", false },
		{ "::/64", "::1", true },
		{ "::ffff:0:0/96", "192.0.2.1", true },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "::192.0.2.0/120", "192.0.2.1", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		CHECK(net_has(net_of(rows[i].net), ip_of(rows[i].ip)) ==
		    rows[i].has, "%s in %s", rows[i].ip, rows[i].net);
	assert_true(net_eq(ip_net(ip_of("192.0.2.77"), 24, 64),
	    net_of("192.0.2.0/24")));
	assert_true(net_eq(ip_net(ip_of("2001:db8:1:2:3::4"), 24, 64),
	    net_of("2001:db8:1:2::/64")));
	assert_true(net_eq(ip_net(ip_of("2001:db8::4"), 32, 128),
	    net_of("2001:db8::4")));
	assert_true(net_eq(ip_net(ip_of("192.0.2.77"), 0, 0),
	    net_of("0.0.0.0/0")));
	assert_false(net_eq(net_of("192.0.2.0/24"), net_of("192.0.2.0/25")));
}

static void
net_too_long(void *p)
{
	ip_net(*(struct ip *)p, 33, 64);
}

static void
net_lengths_are_checked(void **state)
{
	struct ip ip = ip_v4(192, 0, 2, 1);

	(void)state;
	assert_true(dies(net_too_long, &ip));
}

/* RFC 1035 3.5, RFC 3596 2.5, RFC 5782 2.1 and 2.4 */
static void
names_of_addresses(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_str(ip_list_name(a, ip_of("192.0.2.99"), STR("bad.example")),
	    "99.2.0.192.bad.example");
	assert_str(ip_list_name(a, ip_of("::ffff:127.0.0.2"), STR("l.test")),
	    "2.0.0.127.l.test");
	assert_str(ip_list_name(a, ip_of("2001:db8:1:2:3:4:567:89ab"),
	    STR("ugly.example")), "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0."
	    "1.0.0.0.8.b.d.0.1.0.0.2.ugly.example");
	assert_str(ip_reverse_name(a, ip_of("10.200.0.1")),
	    "1.0.200.10.in-addr.arpa");
	assert_str(ip_reverse_name(a, ip_of("4321:0:1:2:3:4:567:89ab")),
	    "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4."
	    "ip6.arpa");
	assert_str(ip_text(a, ip_of("2001:db8::")), "2001:db8::");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_read_and_printed),
		cmocka_unit_test(all_gaps_print_and_read),
		cmocka_unit_test(order_and_kind),
		cmocka_unit_test(private_blocks),
		cmocka_unit_test(nets_read_and_printed),
		cmocka_unit_test(nets_hold_addresses),
		cmocka_unit_test(net_lengths_are_checked),
		cmocka_unit_test(names_of_addresses),
	};

	return cmocka_run_group_tests_name("base/ip", tests, NULL, NULL);
}
