/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parsers of base: the first byte of an input says which one, the rest is
 * its text. Besides the sanitizers' word, what a parser accepts must survive
 * being printed and read again, and what it refuses must leave its output
 * alone.
 */
#include <string.h>

#include "base/date.h"
#include "base/error.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/name.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_ip(struct str s)
{
	struct ip ip, again, before;
	char text[IP_TEXT];

	memset(&ip, 0x5a, sizeof ip);
	before = ip;
	if (ip_parse(s, &ip) != 0) {
		must(ip_eq(ip, before));
		return;
	}
	must(ip_print(ip, text) < sizeof text);
	must(ip_parse(str_of(text), &again) == 0 && ip_eq(ip, again));
	must(!(ip_is_loopback(ip) && !ip_is_private(ip)));
}

static void
fuzz_net(struct str s)
{
	char text[IP_TEXT + 4];
	struct net net, again;

	if (net_parse(s, &net) != 0)
		return;
	must(net_print(net, text) < sizeof text);
	must(net_parse(str_of(text), &again) == 0 && net_eq(net, again));
	must(net_has(net, net.ip) == (net.bits >= 96 || ip_is_v6(net.ip)));
}

static void
fuzz_number(struct str s)
{
	char text[NUMBER_TEXT];
	uint64_t v, again;

	if (str_number(s, UINT64_MAX, &v) != 0)
		return;
	must(number_print(v, text) <= s.len);
	must(str_number(str_of(text), v, &again) == 0 && again == v);
	must(v == 0 || str_number(s, v - 1, &again) == -E_TOOBIG);
}

/* Pattern and text are parted by the first NUL. */
static void
fuzz_glob(struct str s)
{
	struct str pattern = str_split(&s, '\0');
	bool has_star = str_find(pattern, '*') < pattern.len;

	if (str_glob(pattern, s) && !has_star)
		must(pattern.len == s.len);
	must(str_glob(STR("*"), s));
	if (str_find(s, '*') == s.len && str_find(s, '?') == s.len)
		must(str_glob(s, s));
	must(str_distance(pattern, s, 5) == str_distance(s, pattern, 5));
	must((str_distance(pattern, s, 5) == 0) == str_eq(pattern, s));
}

static void
fuzz_date(struct str s)
{
	char text[DATE_TEXT];
	usec_t wall, again;

	if (date_parse(s, &wall) != 0)
		return;
	must(wall >= 0);
	must(date_rfc5322(wall, text) == 31);
	must(date_rfc3339(wall, true, text) == 24);
	must(date_parse(str_of(text), &again) == 0);
	must(again == wall - wall % MSEC);
}

static void
fuzz_name(struct str s)
{
	if (name_is_domain(s))
		must(name_is_host(s));
	if (name_is_host(s))
		must(name_fits(s) && name_labels(s) >= 1);
	must(name_eq(s, s) && name_is_below(s, s));
	if (name_is_host(s) && name_parent(s).len > 0)
		must(name_is_below(s, name_parent(s)));
}

static void
fuzz_escape(struct str s)
{
	char out[100];
	size_t n = text_escape(s, out, sizeof out), i;

	must(n <= sizeof out);
	for (i = 0; i < n; i++)
		must(out[i] >= 0x20 && out[i] <= 0x7e && out[i] != '"');
}

static void (*const parsers[])(struct str) = {
	fuzz_ip, fuzz_net, fuzz_number, fuzz_glob, fuzz_date, fuzz_name,
	fuzz_escape,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = { (const char *)data, size };

	if (size == 0)
		return 0;
	parsers[data[0] % COUNT(parsers)](str_from(s, 1));
	return 0;
}
