/* SPDX-License-Identifier: BSD-2-Clause */
/* What words mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "lang.h"
#include "lang/value.h"

#define BAD INT64_MIN       /* -E_INVALID */
#define BIG (INT64_MIN + 1) /* -E_TOOBIG  */
#define UNTOUCHED 4711

static int64_t
result(int rc, int64_t n)
{
	if (rc == 0)
		return n;
	assert_int_equal(n, UNTOUCHED);
	return rc == -E_TOOBIG ? BIG : rc == -E_INVALID ? BAD : 0;
}

static int64_t
as_number(const char *s)
{
	int64_t n = UNTOUCHED;
	int rc = value_number(str_of(s), &n);

	return result(rc, n);
}

static int64_t
as_count(const char *s)
{
	uint64_t n = UNTOUCHED;
	int rc = value_count(str_of(s), 1000, &n);

	return result(rc, (int64_t)n);
}

static int64_t
as_duration(const char *s)
{
	usec_t n = UNTOUCHED;
	int rc = value_duration(str_of(s), &n);

	return result(rc, n);
}

static int64_t
as_size(const char *s)
{
	uint64_t n = UNTOUCHED;
	int rc = value_size(str_of(s), 5ull << 30, &n);

	return result(rc, (int64_t)n);
}

static int64_t
as_percent(const char *s)
{
	unsigned n = UNTOUCHED;
	int rc = value_percent(str_of(s), &n);

	return result(rc, n);
}

static const struct {
	int64_t   (*read)(const char *);
	const char *text;
	int64_t     wanted;
} rows[] = {
	{ as_number, "8", 800 }, { as_number, "+8", 800 },
	{ as_number, "-0.5", -50 }, { as_number, "0.05", 5 },
	{ as_number, "-0", 0 }, { as_number, "12.30", 1230 },
	{ as_number, "30%", 30 }, { as_number, "-100%", -100 },
	{ as_number, "10000000000", INT64_C(1000000000000) },
	{ as_number, "-10000000000", INT64_C(-1000000000000) },
	{ as_number, "10000000000.01", BIG }, { as_number, "10000000001", BIG },
	{ as_number, "99999999999999999999", BIG },
	{ as_number, "", BAD }, { as_number, "+", BAD },
	{ as_number, "-", BAD }, { as_number, "+-1", BAD },
	{ as_number, "1.", BAD }, { as_number, ".5", BAD },
	{ as_number, "1.234", BAD }, { as_number, "1.2.3", BAD },
	{ as_number, "1.5%", BAD }, { as_number, "%", BAD },
	{ as_number, "1,5", BAD }, { as_number, " 1", BAD },
	{ as_number, "0x10", BAD }, { as_number, "1e3", BAD },

	{ as_count, "0", 0 }, { as_count, "1000", 1000 },
	{ as_count, "1001", BIG }, { as_count, "-1", BAD },
	{ as_count, "", BAD }, { as_count, "1k", BAD },
	{ as_count, "18446744073709551616", BIG },

	{ as_duration, "250ms", 250000 }, { as_duration, "5s", 5000000 },
	{ as_duration, "10m", 600000000 },
	{ as_duration, "2h", INT64_C(7200000000) },
	{ as_duration, "7d", INT64_C(604800000000) },
	{ as_duration, "0", 0 }, { as_duration, "0s", 0 },
	{ as_duration, "36500d", INT64_C(36500) * 86400 * 1000000 },
	{ as_duration, "36501d", BIG },
	{ as_duration, "99999999999999999999s", BIG },
	{ as_duration, "5", BAD }, { as_duration, "s", BAD },
	{ as_duration, "", BAD }, { as_duration, "5 s", BAD },
	{ as_duration, "5S", BAD }, { as_duration, "1.5s", BAD },
	{ as_duration, "-5s", BAD }, { as_duration, "5sec", BAD },
	{ as_duration, "1h30m", BAD },

	{ as_size, "512", 512 }, { as_size, "64k", 65536 },
	{ as_size, "25M", 26214400 }, { as_size, "1G", 1073741824 },
	{ as_size, "64K", 65536 }, { as_size, "1m", 1048576 },
	{ as_size, "0", 0 }, { as_size, "5G", INT64_C(5368709120) },
	{ as_size, "6G", BIG }, { as_size, "5368709121", BIG },
	{ as_size, "99999999999999999999k", BIG },
	{ as_size, "k", BAD }, { as_size, "", BAD }, { as_size, "5T", BAD },
	{ as_size, "1kB", BAD }, { as_size, "-1", BAD },

	{ as_percent, "5%", 5 }, { as_percent, "100%", 100 },
	{ as_percent, "0%", 0 }, { as_percent, "101%", BIG },
	{ as_percent, "5", BAD }, { as_percent, "%", BAD },
	{ as_percent, "", BAD },
};

static void
test_numbers(void **state)
{
	int64_t got;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		got = rows[i].read(rows[i].text);
		if (got != rows[i].wanted)
			fail_msg("row %zu, \"%s\": %lld", i, rows[i].text,
			    (long long)got);
	}
}

static void
test_truths(void **state)
{
	bool truth = false;

	(void)state;
	assert_int_equal(value_truth(STR("yes"), &truth), 0);
	assert_true(truth);
	assert_int_equal(value_truth(STR("off"), &truth), 0);
	assert_false(truth);
	assert_int_equal(value_truth(STR("on"), &truth), 0);
	assert_true(truth);
	assert_int_equal(value_truth(STR("no"), &truth), 0);
	assert_false(truth);
	assert_int_equal(value_truth(STR("true"), &truth), -E_INVALID);
	assert_int_equal(value_truth(STR("YES"), &truth), -E_INVALID);
	assert_int_equal(value_truth(STR(""), &truth), -E_INVALID);
}

/* The largest unit that is exact; what is printed reads back. */
static void
test_prints(void **state)
{
	static const struct { int64_t n; const char *text; } spans[] = {
		{ 0, "0" }, { 1000, "1ms" }, { 2500000, "2500ms" },
		{ 60000000, "1m" }, { 90000000, "90s" },
		{ INT64_C(86400000000), "1d" }, { INT64_C(3600000000), "1h" },
		{ INT64_C(90000000000), "25h" },
	};
	static const struct { uint64_t n; const char *text; } sizes[] = {
		{ 0, "0" }, { 500, "500" }, { 1024, "1k" }, { 1536, "1536" },
		{ 52428800, "50M" }, { 1073741824, "1G" },
		{ 1073741825, "1073741825" },
	};
	char text[VALUE_TEXT];
	usec_t span;
	uint64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(spans); i++) {
		assert_int_equal(duration_print(spans[i].n, text),
		    strlen(spans[i].text));
		assert_string_equal(text, spans[i].text);
		assert_int_equal(value_duration(str_of(text), &span), 0);
		assert_int_equal(span, spans[i].n);
	}
	for (i = 0; i < COUNT(sizes); i++) {
		assert_int_equal(size_print(sizes[i].n, text),
		    strlen(sizes[i].text));
		assert_string_equal(text, sizes[i].text);
		assert_int_equal(value_size(str_of(text), UINT64_MAX, &size),
		    0);
		assert_int_equal(size, sizes[i].n);
	}
}

/* NULL: refused. */
static const struct { const char *text; uint16_t preset; const char *out; }
endpoints[] = {
	{ "192.0.2.1:25", 0, "192.0.2.1:25" },
	{ "0.0.0.0:65535", 0, "0.0.0.0:65535" },
	{ "[2001:DB8::1]:25", 0, "[2001:db8::1]:25" },
	{ "[::]:1", 0, "[::]:1" }, { "192.0.2.1", 53, "192.0.2.1:53" },
	{ "[::1]", 53, "[::1]:53" }, { "::1", 53, "[::1]:53" },
	{ "192.0.2.1", 0, NULL }, { "::1", 0, NULL }, { "[::1]", 0, NULL },
	{ "192.0.2.1:0", 53, NULL }, { "192.0.2.1:65536", 53, NULL },
	{ "192.0.2.1:", 53, NULL }, { "192.0.2.1:2a", 53, NULL },
	{ "192.0.2.1:25:25", 53, NULL }, { ":25", 53, NULL },
	{ "", 53, NULL }, { "[", 53, NULL }, { "[]", 53, NULL },
	{ "[::1", 53, NULL }, { "[::1]25", 53, NULL }, { "[::1]:", 53, NULL },
	{ "[192.0.2.1]:25", 53, NULL }, { "localhost:25", 53, NULL },
	{ "192.0.2:25", 53, NULL }, { "*:25", 53, NULL },
};

static void
test_endpoints(void **state)
{
	struct endpoint e;
	char text[ENDPOINT_TEXT];
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(endpoints); i++) {
		rc = value_endpoint(str_of(endpoints[i].text),
		    endpoints[i].preset, &e);
		if (rc != (endpoints[i].out == NULL ? -E_INVALID : 0))
			fail_msg("\"%s\": %d", endpoints[i].text, rc);
		if (rc != 0)
			continue;
		(void)endpoint_print(e, text);
		assert_string_equal(text, endpoints[i].out);
	}
}

static const struct { const char *text, *name; } names[] = {
	{ "MX.Example.ORG.", "mx.example.org" }, { "localhost", "localhost" },
	{ "_dmarc.a.example", "_dmarc.a.example" },
	{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
	{ "B\xc3\x9c" "CHER.example", "xn--bcher-kva.example" },
	{ "bu\xcc\x88" "cher.example", "xn--bcher-kva.example" },
	{ "fa\xc3\x9f.example", "xn--fa-hia.example" },   /* not "fass" */
	{ "\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
	  "xn--r8jz45g.xn--zckzah" },
	{ "a\xe3\x80\x82" "example", "a.example" },     /* UTS 46: a dot */
	{ "", NULL }, { ".", NULL }, { "a..b", NULL }, { ".a", NULL },
	{ "-a.example", NULL }, { "a b", NULL }, { "a/b", NULL },
	{ "\xc3\xbc..example", NULL }, { "\xff.example", NULL },
	{ "\xe2\x98\x83\xc3.example", NULL },
	{ "\xc3\xbc_\xc3\xbc/.example", NULL },
	{ "a.\xe2\x80\x8f" "b", NULL },
};

static void
test_names(void **state)
{
	struct arena *arena = arena_new(0);
	struct str name;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		rc = value_name(str_of(names[i].text), arena, &name);
		if (rc != (names[i].name == NULL ? -E_INVALID : 0))
			fail_msg("row %zu, \"%s\": %d", i, names[i].text, rc);
		if (rc == 0)
			expect_text(names[i].text, name, names[i].name);
	}
	assert_int_equal(value_name((struct str){ "\xc3\xbc\0.a", 5 }, arena,
	    &name), -E_INVALID);
	arena_free(&arena);
}

static const struct { const char *text, *in, *out; } octets[] = {
	{ "127.0.0.2", "127.0.0.2", "127.0.0.3" },
	{ "127.0.0.4-7", "127.0.0.7", "127.0.0.8" },
	{ "127.0.2-15.3", "127.0.9.3", "127.0.16.3" },
	{ "127.0.2-15.3", "127.0.2.3", "127.0.9.2" },
	{ "127.255.255.0/24", "127.255.255.255", "127.255.254.255" },
	{ "127.0.0.0/8", "127.9.9.9", "128.0.0.0" },
	{ "127.0.0.16/28", "127.0.0.31", "127.0.0.32" },
	{ "127.0.0.1/32", "127.0.0.1", "127.0.0.2" },
	{ "0.0.0.0/0", "255.255.255.255", "::1" },
	{ "127.0.0.0-255", "127.0.0.0", "127.0.1.0" },
};

static void
test_octets(void **state)
{
	static const char *const bad[] = { "", "127.0.0", "127.0.0.2.1",
		"127.0.0.", "127.0.0.7-4", "127.0.0.256", "127.0.0.4-",
		"127.0.0.-7", "127.0.0.4-256", "127.0.0.1/24", "127.0.0.0/33",
		"127.0.0.0-7/24", "::1", "::ffff:0:0/96x", "2001:db8::/32",
		"127.0.0.4-5-6", "a.b.c.d" };
	struct octets o;
	struct ip in, out;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(octets); i++) {
		assert_int_equal(value_octets(str_of(octets[i].text), &o), 0);
		assert_int_equal(ip_parse(str_of(octets[i].in), &in), 0);
		assert_int_equal(ip_parse(str_of(octets[i].out), &out), 0);
		if (!octets_have(&o, in) || octets_have(&o, out))
			fail_msg("row %zu, %s", i, octets[i].text);
	}
	for (i = 0; i < COUNT(bad); i++)
		if (value_octets(str_of(bad[i]), &o) != -E_INVALID)
			fail_msg("\"%s\" is taken", bad[i]);
}

static void
test_writes(void **state)
{
	static const struct { const char *text, *written; } texts[] = {
		{ "/srv/mail/%d/%u", "/srv/mail/%d/%u" }, { "", "\"\"" },
		{ "a b", "\"a b\"" }, { "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "a\\b", "a\\b" }, { "a\\", "\"a\\\\\"" },
		{ "a#b", "\"a#b\"" }, { "'a", "\"'a\"" }, { "it's", "it's" },
		{ "a->b", "\"a->b\"" }, { "a=b", "\"a=b\"" },
		{ "+Junk", "+Junk" }, { "{", "\"{\"" },
	};
	struct buf out = BUF_INIT(0);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		out.len = 0;
		value_write(str_of(texts[i].text), &out);
		expect_text(texts[i].text, buf_str(&out), texts[i].written);
	}
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_truths),
		cmocka_unit_test(test_prints),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
