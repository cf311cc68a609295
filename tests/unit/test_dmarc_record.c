/* SPDX-License-Identifier: BSD-2-Clause */
/* DMARC records: RFC 9989 4.7, 4.8, and those of RFC 7489. Catalogue 92. */
#include "config.h"

#include <string.h>

#include "tests/unit/check.h"

#include "filters/dmarc_record.h"

static const struct {
	const char *text;
	const char *want;       /* as printed; NULL: no record; "!": broken */
	const char *why;
} rows[] = {
	/* what is a record */
	{ "v=DMARC1", "p=none; adkim=r; aspf=r", "p may be missing" },
	{ "v=DMARC1;", "p=none; adkim=r; aspf=r", "with an end" },
	{ "v=DMARC1; p=reject", "p=reject; adkim=r; aspf=r", "plain" },
	{ "v=DMARC1;p=reject;", "p=reject; adkim=r; aspf=r", "no spaces" },
	{ "v = DMARC1 ; p = reject ; ", "p=reject; adkim=r; aspf=r",
	  "spaces wherever they may be" },
	{ "V=DMARC1; P=REJECT", "p=reject; adkim=r; aspf=r", "case-blind" },
	{ "v\t=\tDMARC1\t;\tp=quarantine\t;",
	  "p=quarantine; adkim=r; aspf=r", "tabs" },
	{ "v=dmarc1; p=reject", NULL, "DMARC1 is not" },
	{ "v=DMARC1p=reject", NULL, "no end of the version" },
	{ "v=DMARC11; p=reject", NULL, "another version" },
	{ "v=DMARC2; p=reject", NULL, "another version" },
	{ "v=DMARC; p=reject", NULL, "another version" },
	{ "p=reject; v=DMARC1", NULL, "v is not first" },
	{ " v=DMARC1; p=reject", NULL, "a space before it" },
	{ "; v=DMARC1; p=reject", NULL, "something before it" },
	{ "", NULL, "empty" },
	{ ";", NULL, "empty" },
	{ "v=spf1 -all", NULL, "SPF" },
	{ "v=DKIM1; p=abc", NULL, "DKIM" },
	{ "DMARC1; p=reject", NULL, "no tag" },
	{ "\"v=DMARC1; p=reject\"", NULL, "quotes of a zone file" },
	/* any order; RFC 7489 wanted p second */
	{ "v=DMARC1; adkim=s; sp=none; p=reject",
	  "p=reject; sp=none; adkim=s; aspf=r", "any order" },
	{ "v=DMARC1; p=none; sp=quarantine; np=reject; adkim=s; aspf=s; "
	  "t=y; psd=n; fo=1:d; rua=mailto:a@b.test; ruf=mailto:c@d.test",
	  "p=none; sp=quarantine; np=reject; adkim=s; aspf=s; t=y; psd=n; "
	  "fo=1:d; rua=mailto:a@b.test; ruf=mailto:c@d.test", "all of it" },
	{ "v=DMARC1; p=reject; psd=y", "p=reject; adkim=r; aspf=r; psd=y",
	  "a registry" },
	{ "v=DMARC1; p=reject; psd=u; t=n", "p=reject; adkim=r; aspf=r",
	  "defaults, said" },
	{ "v=DMARC1; p=reject; ADKIM=S; Aspf=S; T=Y; PSD=N",
	  "p=reject; adkim=s; aspf=s; t=y; psd=n", "case-blind" },
	/* RFC 7489 */
	{ "v=DMARC1; p=quarantine; pct=20; rf=afrf; ri=3600; "
	  "rua=mailto:a@b.test!10m", "p=quarantine; adkim=r; aspf=r; "
	  "rua=mailto:a@b.test!10m", "what is gone is passed over" },
	{ "v=DMARC1; p=reject; pct=0", "p=reject; adkim=r; aspf=r",
	  "also pct=0" },
	{ "v=DMARC1; p=reject; pct=50; pct=60", "p=reject; adkim=r; aspf=r",
	  "and twice" },
	/* unknown, unreadable */
	{ "v=DMARC1; p=reject; x=y; foo=bar baz", "p=reject; adkim=r; aspf=r",
	  "unknown tags" },
	{ "v=DMARC1; p=reject; foo; ;; =x; y=", "p=reject; adkim=r; aspf=r",
	  "no tags" },
	{ "v=DMARC1; p=reject; adkim=x; aspf=; t=maybe; psd=z",
	  "p=reject; adkim=r; aspf=r", "no values" },
	{ "v=DMARC1; p=reject; adkim=ss; aspf=rs",
	  "p=reject; adkim=r; aspf=r", "no values" },
	{ "v=DMARC1; p=reject; rua=mailto:\x01@b.test",
	  "p=reject; adkim=r; aspf=r", "a control in a value" },
	{ "v=DMARC1; p=reject; rua=mailto:\xc3\xa4@b.test",
	  "p=reject; adkim=r; aspf=r", "8 bits in a value" },
	{ "v=DMARC1; p=rej\x80" "ect", "p=none; adkim=r; aspf=r",
	  "cannot be read: missing" },
	{ "v=DMARC1 p=reject", NULL, "no separator" },
	/* 4.10.1: no policy, but somebody wants reports */
	{ "v=DMARC1; p=refuse; rua=mailto:a@b.test; sp=reject",
	  "p=none; adkim=r; aspf=r; rua=mailto:a@b.test", "p is none" },
	{ "v=DMARC1; p=reject; sp=no; rua=https://b.test/x",
	  "p=none; adkim=r; aspf=r; rua=https://b.test/x", "sp is none" },
	{ "v=DMARC1; p=reject; np=no; rua=x, mailto:a@b.test",
	  "p=none; adkim=r; aspf=r; rua=x, mailto:a@b.test", "np is none" },
	{ "v=DMARC1; p=no; rua=z0.9+-Z:x",
	  "p=none; adkim=r; aspf=r; rua=z0.9+-Z:x", "any scheme" },
	/* and if nobody does */
	{ "v=DMARC1; p=refuse", "useless", "no policy, no reports" },
	{ "v=DMARC1; p=", "p=none; adkim=r; aspf=r", "an empty tag is none" },
	{ "v=DMARC1; p=refuse; rua=nobody", "useless", "no URI" },
	{ "v=DMARC1; p=refuse; rua=mailto:", "useless", "no URI" },
	{ "v=DMARC1; p=refuse; rua=:x", "useless", "no URI" },
	{ "v=DMARC1; p=refuse; rua=1a:x", "useless", "no URI" },
	{ "v=DMARC1; p=refuse; rua=ma!l:x", "useless", "no URI" },
	{ "v=DMARC1; p=refuse; rua=a b:c", "useless", "no URI" },
	{ "v=DMARC1; p=refuse; ruf=mailto:a@b.test", "useless", "only rua" },
	{ "v=DMARC1; p=none reject", "useless", "no policy" },
	/* one thing twice: RFC 6376 3.2 */
	{ "v=DMARC1; p=none; p=reject", "!", "twice p" },
	{ "v=DMARC1; p=reject; p=reject", "!", "even if the same" },
	{ "v=DMARC1; p=reject; SP=none; sp=none", "!", "case-blind" },
	{ "v=DMARC1; v=DMARC1; p=reject", "!", "twice v" },
	{ "v=DMARC1; p=reject; t=y; t=n", "!", "twice t" },
	{ "v=DMARC1; p=reject; rua=mailto:a@b.test; rua=mailto:c@d.test",
	  "!", "twice rua" },
};

/* Row i, from memory that ends where the text ends. */
static void
record_one(size_t i, struct str text, struct arena *a)
{
	struct dmarc_record r;
	struct str got;
	int rc = dmarc_record_read(text, &r);

	if (rows[i].want == NULL || rows[i].want[0] == '!') {
		CHECK(rc == (rows[i].want == NULL ? -E_NOTFOUND :
		    -E_INVALID), "\"%s\" (%s): %d", rows[i].text,
		    rows[i].why, rc);
		return;
	}
	CHECK(rc == 0, "\"%s\" (%s): %d", rows[i].text, rows[i].why, rc);
	got = r.is_useless ? STR("useless") : dmarc_record_print(&r, a);
	CHECK(str_eq(got, str_of(rows[i].want)), "\"%s\" (%s): %.*s",
	    rows[i].text, rows[i].why, STR_ARG(got));
}

static void
records_are_read(void **state)
{
	struct arena *a = arena_new(0);
	size_t i, n;
	char *p;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		n = strlen(rows[i].text);
		p = malloc(n);
		memcpy(p, rows[i].text, n);
		record_one(i, (struct str){ p, n }, a);
		free(p);
	}
	arena_free(&a);
}

/* What is printed reads back to the same. */
static void
print_reads_back(void **state)
{
	struct arena *a = arena_new(0);
	struct dmarc_record r;
	struct str one;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (dmarc_record_read(str_of(rows[i].text), &r) != 0)
			continue;
		one = dmarc_record_print(&r, a);
		assert_int_equal(dmarc_record_read(arena_printf(a,
		    "v=DMARC1; %.*s", STR_ARG(one)), &r), 0);
		assert_str(dmarc_record_print(&r, a), one.p);
	}
	arena_free(&a);
}

static void
length_has_an_end(void **state)
{
	char *text = malloc(DMARC_RECORD + 1);
	struct dmarc_record r;

	(void)state;
	memset(text, ' ', DMARC_RECORD + 1);
	memcpy(text, "v=DMARC1;p=reject;", 18);
	assert_int_equal(dmarc_record_read((struct str){ text, DMARC_RECORD },
	    &r), 0);
	assert_int_equal(r.p, DP_REJECT);
	assert_int_equal(dmarc_record_read((struct str){ text,
	    DMARC_RECORD + 1 }, &r), -E_INVALID);
	text[8] = '\0';         /* NUL is a byte like others, and no ";" */
	assert_int_equal(dmarc_record_read((struct str){ text, 100 }, &r),
	    -E_NOTFOUND);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read),
		cmocka_unit_test(print_reads_back),
		cmocka_unit_test(length_has_an_end),
	};

	return cmocka_run_group_tests_name("dmarc/record", tests, NULL, NULL);
}
