/* SPDX-License-Identifier: BSD-2-Clause */
/* name: what is a host, a domain, a DNS name; who is below whom. */
#include "tests/unit/check.h"

#include <string.h>

#include "base/name.h"

#define L63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"

enum { HOST = 1, DOMAIN = 2, FITS = 4 };

/* RFC 1035 2.3.1 and 2.3.4, RFC 1123 2.1 */
static void
kinds(void **state)
{
	static const struct {
		const char *name;
		int kind;
		const char *why;
	} rows[] = {
		{ "mx.example.org", HOST | DOMAIN | FITS, "" },
		{ "MX.Example.ORG", HOST | DOMAIN | FITS, "any case" },
		{ "localhost", HOST | FITS, "one label is a host" },
		{ "a", HOST | FITS, "one byte" },
		{ "3com.com", HOST | DOMAIN | FITS, "a digit first" },
		{ "_dmarc.example.org", HOST | DOMAIN | FITS, "underscore" },
		{ "xn--bcher-kva.example", HOST | DOMAIN | FITS, "A-label" },
		{ "192.0.2.1", HOST | FITS, "an address is no domain" },
		{ "a.1", HOST | FITS, "no top-level domain is a number" },
		{ "a.1a", HOST | DOMAIN | FITS, "" },
		{ "a.a1", HOST | DOMAIN | FITS, "" },
		{ "example.org.", FITS, "a dot at the end: DNS only" },
		{ "", 0, "" }, { ".", 0, "the root" }, { "..", 0, "" },
		{ ".org", 0, "empty label" }, { "a..b", 0, "empty label" },
		{ "a.b..", 0, "two dots at the end" },
		{ "-a.org", FITS, "hyphen first" },
		{ "a-.org", FITS, "hyphen last" },
		{ "a.-", FITS, "hyphen alone" },
		{ "a b.org", FITS, "space" },
		{ "@a.org", FITS, "" }, { "a@b.org", FITS, "" },
		{ "[::1]", FITS, "" },
		{ "b\xc3\xbc" "cher.example", FITS, "a U-label is no host" },
		{ "a\tb.org", FITS, "control byte" },
		{ L63 ".org", HOST | DOMAIN | FITS, "63 bytes" },
		{ L63 "x.org", 0, "64 bytes" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct str s = str_of(rows[i].name);
		int kind = (name_is_host(s) ? HOST : 0) |
		    (name_is_domain(s) ? DOMAIN : 0) |
		    (name_fits(s) ? FITS : 0);

		CHECK(kind == rows[i].kind, "\"%s\" is %d: %s", rows[i].name,
		    kind, rows[i].why);
	}
	assert_false(name_is_host(STR("a\0b")));
	assert_true(name_fits(STR("a\0b")));
	assert_false(name_fits((struct str){ NULL, 0 }));
	assert_false(name_is_host((struct str){ NULL, 0 }));
}

static void
total_length(void **state)
{
	/* 3 * 64 + 61 is 253 */
	static const char longest[] = L63 "." L63 "." L63
	    ".abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy";
	struct str s = STR(longest);
	char more[300];

	(void)state;
	assert_int_equal(s.len, NAME_MAX_TEXT);
	assert_true(name_is_host(s) && name_is_domain(s) && name_fits(s));
	memcpy(more, longest, s.len);
	more[s.len] = '.';
	assert_true(name_fits((struct str){ more, s.len + 1 }));
	more[s.len] = 'z';
	assert_false(name_fits((struct str){ more, s.len + 1 }));
	assert_false(name_is_host((struct str){ more, s.len + 1 }));
}

static void
normal_form(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_str(name_normal(a, STR("MX.Example.ORG.")), "mx.example.org");
	assert_str(name_normal(a, STR("a")), "a");
	assert_str(name_normal(a, STR("a..")), "a.");
	assert_str(name_normal(a, STR(".")), "");
	assert_str(name_normal(a, (struct str){ NULL, 0 }), "");
	arena_free(&a);
}

static void
relations(void **state)
{
	static const struct {
		const char *name, *parent;
		bool is_below, is_same;
	} rows[] = {
		{ "a.example.org", "example.org", true, false },
		{ "A.EXAMPLE.org", "example.ORG", true, false },
		{ "example.org", "example.org", true, true },
		{ "example.org.", "Example.org", true, true },
		{ "a.example.org", ".example.org", true, false },
		{ "a.example.org.", "example.org", true, false },
		{ "a.b.example.org", "example.org.", true, false },
		{ "badexample.org", "example.org", false, false },
		{ "example.org", "a.example.org", false, false },
		{ "example.org.evil.test", "example.org", false, false },
		{ "example.org", "org", true, false },
		{ "example.org", "", false, false },
		{ "", "", true, true },
		{ "", "example.org", false, false },
		{ "example.org", "xample.org", false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct str n = str_of(rows[i].name);
		struct str p = str_of(rows[i].parent);

		CHECK(name_is_below(n, p) == rows[i].is_below,
		    "\"%s\" below \"%s\"", rows[i].name, rows[i].parent);
		CHECK(name_eq(n, p) == rows[i].is_same,
		    "\"%s\" is \"%s\"", rows[i].name, rows[i].parent);
	}
}

static void
parents_and_labels(void **state)
{
	(void)state;
	assert_str(name_parent(STR("a.b.c")), "b.c");
	assert_str(name_parent(STR("c")), "");
	assert_int_equal(name_parent((struct str){ NULL, 0 }).len, 0);
	assert_int_equal(name_labels(STR("a.b.c")), 3);
	assert_int_equal(name_labels(STR("a.b.c.")), 3);
	assert_int_equal(name_labels(STR("c")), 1);
	assert_int_equal(name_labels(STR("")), 0);
	assert_int_equal(name_labels(STR(".")), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(total_length),
		cmocka_unit_test(normal_form),
		cmocka_unit_test(relations),
		cmocka_unit_test(parents_and_labels),
	};

	return cmocka_run_group_tests_name("base/name", tests, NULL, NULL);
}
