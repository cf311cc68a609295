/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PROXY headers of both versions, whole and cut anywhere. catalogue 34
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "smtp/proxy.h"

#define V2 "\r\n\r\n\0\r\nQUIT\n"

static const struct {
	struct str  bytes;
	int         rc;
	size_t      used;
	const char *ip;      /* NULL: the peer is the client                */
	unsigned    port;
	const char *why;
} rows[] = {
	/* version 1 */
	{ STR("PROXY TCP4 192.0.2.7 203.0.113.1 56324 25\r\n"), 0, 43,
	    "192.0.2.7", 56324, "plain" },
	{ STR("PROXY TCP4 192.0.2.7 203.0.113.1 1 25\r\nEHLO"), 0, 39,
	    "192.0.2.7", 1, "nothing behind it is taken" },
	{ STR("PROXY TCP6 2001:db8::7 2001:db8::1 5 25\r\n"), 0, 41,
	    "2001:db8::7", 5, "IPv6" },
	{ STR("PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 5 25\r\n"), 0, 46,
	    "192.0.2.7", 5, "mapped is IPv4 (catalogue 136)" },
	{ STR("PROXY UNKNOWN\r\n"), 0, 15, NULL, 0, "unknown" },
	{ STR("PROXY UNKNOWN ffff::f bla\r\n"), 0, 27, NULL, 0,
	    "what follows UNKNOWN is ignored" },
	{ STR("PROXY UNKNOWNS\r\n"), -E_INVALID, 0, NULL, 0, "not a word" },
	{ STR("PROXY TCP4 192.0.2.7 203.0.113.1 56324 25\n"), -E_INVALID, 0,
	    NULL, 0, "bare LF" },
	{ STR("PROXY TCP4 192.0.2.7 203.0.113.1 56324\r25\r\n"), -E_INVALID,
	    0, NULL, 0, "bare CR" },
	{ STR("PROXY TCP4 192.0.2.7 203.0.113.1 65536 25\r\n"), -E_INVALID,
	    0, NULL, 0, "port too big" },
	{ STR("PROXY TCP4 192.0.2.7 203.0.113.1 0 65535\r\n"), 0, 42,
	    "192.0.2.7", 0, "the ends of the range" },
	{ STR("PROXY TCP4 192.0.2.7 203.0.113.1 025 25\r\n"), -E_INVALID, 0,
	    NULL, 0, "leading zero" },
	{ STR("PROXY TCP4 192.0.2.7 203.0.113.1 25\r\n"), -E_INVALID, 0,
	    NULL, 0, "a field less" },
	{ STR("PROXY TCP4 192.0.2.7 203.0.113.1 25 25 25\r\n"), -E_INVALID,
	    0, NULL, 0, "a field more" },
	{ STR("PROXY TCP4  192.0.2.7 203.0.113.1 25 25\r\n"), -E_INVALID, 0,
	    NULL, 0, "two blanks" },
	{ STR("PROXY TCP4 2001:db8::7 2001:db8::1 5 25\r\n"), -E_INVALID, 0,
	    NULL, 0, "IPv6 in TCP4" },
	{ STR("PROXY TCP6 192.0.2.7 203.0.113.1 5 25\r\n"), -E_INVALID, 0,
	    NULL, 0, "IPv4 in TCP6" },
	{ STR("PROXY TCP4 192.0.2.777 203.0.113.1 5 25\r\n"), -E_INVALID, 0,
	    NULL, 0, "no address" },
	{ STR("PROXY UDP4 192.0.2.7 203.0.113.1 5 25\r\n"), -E_INVALID, 0,
	    NULL, 0, "no such family" },
	{ STR("PROXY \r\n"), -E_INVALID, 0, NULL, 0, "empty" },
	{ STR("PROXY\r\n"), -E_INVALID, 0, NULL, 0, "no blank" },
	{ STR("proxy TCP4 192.0.2.7 203.0.113.1 5 25\r\n"), -E_INVALID, 0,
	    NULL, 0, "lower case" },
	{ STR("EHLO a.test\r\n"), -E_INVALID, 0, NULL, 0, "no header" },
	{ STR("PROXY UNKNOWN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"), 0, 107, NULL,
	    0, "107 bytes" },
	{ STR("PROXY UNKNOWN aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"), -E_INVALID,
	    0, NULL, 0, "108 bytes" },
	/* version 2 */
	{ STR(V2 "\x21\x11\0\x0c" "\xc0\0\2\7" "\xcb\0\x71\1" "\xdc\4\0\x19"),
	    0, 28, "192.0.2.7", 56324, "TCP over IPv4" },
	{ STR(V2 "\x21\x21\0\x24" "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"
	    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1" "\0\5\0\x19"), 0, 52,
	    "2001:db8::7", 5, "TCP over IPv6" },
	{ STR(V2 "\x21\x11\0\x11" "\xc0\0\2\7" "\xcb\0\x71\1" "\0\1\0\x19"
	    "\4\0\2ab"), 0, 33, "192.0.2.7", 1, "a TLV behind it" },
	{ STR(V2 "\x21\x11\0\x11" "\xc0\0\2\7" "\xcb\0\x71\1" "\0\1\0\x19"
	    "\4\0\3ab"), -E_INVALID, 0, NULL, 0, "a TLV longer than its "
	    "place" },
	{ STR(V2 "\x21\x11\0\x0e" "\xc0\0\2\7" "\xcb\0\x71\1" "\0\1\0\x19"
	    "\4\0"), -E_INVALID, 0, NULL, 0, "half a TLV" },
	{ STR(V2 "\x20\x11\0\x0c" "\xc0\0\2\7" "\xcb\0\x71\1" "\xdc\4\0\x19"),
	    0, 28, NULL, 0, "LOCAL: a health check" },
	{ STR(V2 "\x20\0\0\0"), 0, 16, NULL, 0, "LOCAL without addresses" },
	{ STR(V2 "\x21\0\0\2xx"), 0, 18, NULL, 0, "unspecified" },
	{ STR(V2 "\x21\x11\0\x0b" "\xc0\0\2\7" "\xcb\0\x71\1" "\xdc\4\0"),
	    -E_INVALID, 0, NULL, 0, "too short for its family" },
	{ STR(V2 "\x21\x12\0\x0c" "\xc0\0\2\7" "\xcb\0\x71\1" "\xdc\4\0\x19"),
	    -E_INVALID, 0, NULL, 0, "UDP" },
	{ STR(V2 "\x11\x11\0\x0c" "\xc0\0\2\7" "\xcb\0\x71\1" "\xdc\4\0\x19"),
	    -E_INVALID, 0, NULL, 0, "version 1 in binary" },
	{ STR(V2 "\x22\x11\0\x0c" "\xc0\0\2\7" "\xcb\0\x71\1" "\xdc\4\0\x19"),
	    -E_INVALID, 0, NULL, 0, "no such command" },
	{ STR(V2 "\x21\x11\xff\xff" "\xc0\0\2\7" "\xcb\0\x71\1"), -E_INVALID,
	    0, NULL, 0, "64 KiB of TLVs" },
};

static void
test_rows(void **state)
{
	struct proxy p, before;
	struct ip ip = { { 0 } };
	size_t i, used;
	int rc;

	(void)state;
	memset(&before, 0x5a, sizeof before);
	for (i = 0; i < COUNT(rows); i++) {
		used = 0;
		p = before;
		rc = proxy_parse(rows[i].bytes, &p, &used);
		if (rc != rows[i].rc || used != rows[i].used)
			fail_msg("%s: %d, used %zu", rows[i].why, rc, used);
		if (rc != 0) {
			assert_memory_equal(&p, &before, sizeof p);
			continue;
		}
		assert_int_equal(p.has_client, rows[i].ip != NULL);
		if (rows[i].ip == NULL)
			continue;
		assert_int_equal(ip_parse(str_of(rows[i].ip), &ip), 0);
		if (!ip_eq(p.ip, ip) || p.port != rows[i].port)
			fail_msg("%s: wrong address or port", rows[i].why);
	}
}

/* A good header is never decided before its last byte, and never refused. */
static void
test_cut(void **state)
{
	struct proxy p;
	size_t i, n, used;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		for (n = 0; rows[i].rc == 0 && n < rows[i].used; n++)
			if (proxy_parse(str_sub(rows[i].bytes, 0, n), &p,
			    &used) != -E_AGAIN)
				fail_msg("%s: cut at %zu", rows[i].why, n);
}

static void
test_begins(void **state)
{
	(void)state;
	assert_int_equal(proxy_begins(STR("PROXY TCP4 ")), 0);
	assert_int_equal(proxy_begins(STR(V2 "\x21")), 0);
	assert_int_equal(proxy_begins(STR("PROXY")), -E_AGAIN);
	assert_int_equal(proxy_begins(STR("\r\n\r\n")), -E_AGAIN);
	assert_int_equal(proxy_begins(STR("")), -E_AGAIN);
	assert_int_equal(proxy_begins(STR("\r\n\r\nQ")), -E_INVALID);
	assert_int_equal(proxy_begins(STR("PROXIES")), -E_INVALID);
	assert_int_equal(proxy_begins(STR("EHLO PROXY ")), -E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
