/* SPDX-License-Identifier: BSD-2-Clause */
/* radix: the longest prefix, against a search through all of them. */
#include "tests/unit/check.h"

#include "base/radix.h"

static struct net
net_of(const char *text)
{
	struct net net;

	CHECK(net_parse(str_of(text), &net) == 0, "\"%s\" was refused", text);
	return net;
}

/* The name of the net that is found for an address, "-" for none. */
static const char *
found(const struct radix *r, const char *ip)
{
	const char *value = radix_find(r, net_of(ip).ip);

	return value == NULL ? "-" : value;
}

static void
longest_prefix_wins(void **state)
{
	static const char *const nets[] = {
		"192.0.2.0/24", "192.0.2.128/25", "192.0.2.200",
		"192.0.0.0/16", "10.0.0.0/8", "2001:db8::/32",
		"2001:db8::/128", "2001:db8:8000::/33",
		"2001:db8::6/127", "2001:db8::7",
	};
	static const struct {
		const char *ip, *net;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.0/24" },
		{ "192.0.2.128", "192.0.2.128/25" },
		{ "192.0.2.200", "192.0.2.200" },
		{ "192.0.2.201", "192.0.2.128/25" },
		{ "192.0.3.1", "192.0.0.0/16" },
		{ "192.1.0.0", "-" }, { "11.0.0.0", "-" },
		{ "10.255.255.255", "10.0.0.0/8" },
		{ "2001:db8::", "2001:db8::/128" },
		{ "2001:db8::1", "2001:db8::/32" },
		{ "2001:db8::6", "2001:db8::6/127" },
		{ "2001:db8::7", "2001:db8::7" },
		{ "2001:db8:ffff::1", "2001:db8:8000::/33" },
		{ "2001:db9::", "-" }, { "::", "-" },
	};
	struct radix *r = radix_new();
	size_t i;

	(void)state;
	assert_string_equal(found(r, "10.0.0.1"), "-");
	for (i = 0; i < COUNT(nets); i++) {
		union { const char *in; void *out; } name = { nets[i] };

		radix_put(r, net_of(nets[i]), name.out);
	}
	assert_int_equal(radix_count(r), COUNT(nets));
	for (i = 0; i < COUNT(rows); i++)
		CHECK(str_eq(str_of(found(r, rows[i].ip)),
		    str_of(rows[i].net)), "%s is in %s, not %s", rows[i].ip,
		    rows[i].net, found(r, rows[i].ip));
	radix_free(&r);
	assert_null(r);
	radix_free(&r);
}

/* catalogue 136 */
static void
everything_of_ipv6_is_not_ipv4(void **state)
{
	struct radix *r = radix_new();
	char six[] = "six", four[] = "four";

	(void)state;
	radix_put(r, net_of("::/0"), six);
	assert_string_equal(found(r, "192.0.2.1"), "-");
	assert_string_equal(found(r, "2001:db8::1"), "six");
	radix_put(r, net_of("0.0.0.0/0"), four);
	assert_string_equal(found(r, "192.0.2.1"), "four");
	assert_string_equal(found(r, "::ffff:192.0.2.1"), "four");
	assert_string_equal(found(r, "2001:db8::1"), "six");
	radix_free(&r);
}

static void
putting_again_replaces(void **state)
{
	struct radix *r = radix_new();
	char a[] = "a", b[] = "b";

	(void)state;
	radix_put(r, net_of("10.0.0.0/9"), a);
	radix_put(r, net_of("10.128.0.0/9"), a);
	radix_put(r, net_of("10.0.0.0/9"), b);
	assert_int_equal(radix_count(r), 2);
	assert_string_equal(found(r, "10.0.0.1"), "b");
	/* Their fork becomes an entry. */
	assert_string_equal(found(r, "10.200.0.1"), "a");
	radix_put(r, net_of("10.0.0.0/8"), b);
	assert_int_equal(radix_count(r), 3);
	assert_string_equal(found(r, "10.200.0.1"), "a");
	radix_free(&r);
}

/* Few bits set, so that prefixes lie below each other. */
static struct ip
random_ip(unsigned *random)
{
	struct ip ip;
	size_t i;

	for (i = 0; i < 16; i++) {
		*random = *random * 1664525u + 1013904223u;
		ip.a[i] = *random >> 30 == 0 ? (uint8_t)(*random >> 16 & 0x81)
		    : 0;
	}
	return *random >> 28 & 1 ? ip :
	    ip_v4(ip.a[0], ip.a[1], ip.a[2], ip.a[3]);
}

static void
agrees_with_a_search(void **state)
{
	enum { NETS = 600, LOOKUPS = 4000 };
	struct net *nets = calloc(NETS, sizeof *nets);
	struct radix *r = radix_new();
	unsigned random = 7;
	size_t i, j, n = 0;
	struct net *best;
	struct ip ip;

	(void)state;
	assert_non_null(nets);
	for (i = 0; i < NETS; i++) {
		ip = random_ip(&random);
		nets[n] = ip_net(ip, random >> 8 & 31, random >> 12 & 127);
		for (j = 0; !net_eq(nets[j], nets[n]);)
			j++;
		if (j == n) {
			radix_put(r, nets[n], &nets[n]);
			n++;
		}
		assert_int_equal(radix_count(r), n);
	}
	for (i = 0; i < LOOKUPS; i++) {
		ip = random_ip(&random);
		for (best = NULL, j = 0; j < n; j++)
			if (net_has(nets[j], ip) && (best == NULL ||
			    nets[j].bits > best->bits))
				best = &nets[j];
		assert_ptr_equal(radix_find(r, ip), best);
	}
	assert_true(n > 300);
	radix_free(&r);
	free(nets);
}

static void
put_null(void *p)
{
	radix_put(p, net_of("10.0.0.0/8"), NULL);
}

static void
null_is_no_value(void **state)
{
	struct radix *r = radix_new();

	(void)state;
	assert_true(dies(put_null, r));
	radix_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_prefix_wins),
		cmocka_unit_test(everything_of_ipv6_is_not_ipv4),
		cmocka_unit_test(putting_again_replaces),
		cmocka_unit_test(agrees_with_a_search),
		cmocka_unit_test(null_is_no_value),
	};

	return cmocka_run_group_tests_name("base/radix", tests, NULL, NULL);
}
