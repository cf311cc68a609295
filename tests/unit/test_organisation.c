/* SPDX-License-Identifier: BSD-2-Clause */
/* The DNS tree walk of DMARC: RFC 9989 4.10. Catalogue 92. */
#include "config.h"

#include <string.h>

#include "tests/unit/desk.h"

#include "filters/organisation.h"

/* A filter that walks: "a.test b.test", are they the same? */
static const char *told;

enum { SAME, ORG, ASKED };

static const struct fact_decl walk_facts[] = {
	[SAME] = { "walk.same", FT_TRUTH, ST_DATA, FAM_NONE, NULL, NULL, 0,
	    "." },
	[ORG] = { "walk.org", FT_TEXT, ST_DATA, FAM_NONE, NULL, NULL, 0,
	    "." },
	[ASKED] = { "walk.asked", FT_NUMBER, ST_DATA, FAM_NONE, NULL, NULL,
	    0, "." },
};

static int
walk(struct check *c)
{
	struct str a, b = str_of(told);
	struct organisation *o = arena_alloc(check_arena(c), sizeof *o);
	bool same = false;
	int rc;

	a = str_split(&b, ' ');
	rc = organisation_find(c, a, o);
	if (rc != 0)
		return rc;
	fact_text(c, ORG, o->domain);
	fact_number(c, ASKED, o->asked * 100);
	rc = organisation_same(c, a, b, &same);
	if (rc == 0)
		fact_truth(c, SAME, same);
	return rc;
}

static const struct filter filter_walk = {
	.name = "walk", .facts = walk_facts, .fact_count = COUNT(walk_facts),
	.at = { [ST_DATA] = walk },
};

/* In place of filters/filters.c. */
const struct filter *const filters_all[] = { &filter_walk };

size_t
filters_count(void)
{
	return COUNT(filters_all);
}

void
filters_declare(struct vocabulary *v, int *base)
{
	size_t i;

	for (i = 0; i < COUNT(filters_all); i++)
		base[i] = vocabulary_add(v, filters_all[i]->facts,
		    filters_all[i]->fact_count);
}

#define R "v=DMARC1; p=reject"

static const struct row tree[] = {
	{ "_dmarc.good.test", DNS_TXT, R, 0 },
	{ "_dmarc.own.good.test", DNS_TXT, R "; psd=n", 0 },
	{ "_dmarc.sub.good.test", DNS_TXT, R, 0 },
	{ "_dmarc.gov", DNS_TXT, R "; psd=y", 0 },
	{ "_dmarc.deep.gov", DNS_TXT, R, 0 },
	{ "_dmarc.two.test", DNS_TXT, R "\n" R, 0 },
	{ "_dmarc.twice.test", DNS_TXT, R "; p=none\nv=DMARC1", 0 },
	{ "_dmarc.mixed.test", DNS_TXT, "v=spf1 -all\n" R "\nhello", 0 },
	{ "_dmarc.odd.test", DNS_TXT, "v=DMARC1; p=none; p=reject", 0 },
	{ "_dmarc.txt.test", DNS_TXT, "hello", 0 },
	{ "_dmarc.nodata.test", DNS_TXT, "nodata", 0 },
	{ "_dmarc.lame.test", DNS_TXT, "servfail", 0 },
	{ "_dmarc.slow.test", DNS_TXT, "timeout", 0 },
	{ "_dmarc.closed.lame.test", DNS_TXT, R "; psd=n", 0 },
	{ "_dmarc.corp", DNS_TXT, R, 0 },
	{ "_dmarc.a.very", DNS_TXT, R, 0 },
	{ "_dmarc.psdonly.test", DNS_TXT, R "; psd=y", 0 },
	{ 0 }
};

static const struct {
	const char *walk, *want, *why;
} walks[] = {
	{ "good.test good.test", "walk.org=good.test walk.asked=2 "
	  "walk.same=true", "the same" },
	{ "GOOD.test. good.test", "walk.org=good.test walk.same=true",
	  "in any case, with a dot" },
	{ "a.good.test good.test", "walk.org=good.test walk.asked=3 "
	  "walk.same=true", "below" },
	{ "a.good.test b.good.test", "walk.same=true", "siblings" },
	{ "sub.good.test good.test", "walk.org=good.test walk.same=true",
	  "fewest labels win over a record of its own" },
	{ "x.own.good.test own.good.test", "walk.org=own.good.test "
	  "walk.asked=2 walk.same=true", "psd=n ends the walk" },
	{ "own.good.test good.test", "walk.org=own.good.test walk.asked=1 "
	  "walk.same=false", "and is an organisation of its own" },
	{ "good.test own.good.test", "walk.same=false", "both ways" },
	{ "a.b.town.gov town.gov", "walk.org=town.gov walk.asked=4 "
	  "walk.same=true", "psd=y: one label below" },
	{ "town.gov city.gov", "walk.org=town.gov walk.same=false",
	  "two of one registry" },
	{ "a.deep.gov deep.gov", "walk.org=deep.gov walk.same=true",
	  "a record below a registry's" },
	{ "gov town.gov", "walk.org=gov walk.asked=1 walk.same=false",
	  "the registry itself" },
	{ "town.gov gov", "walk.same=false", "both ways" },
	{ "a.psdonly.test b.psdonly.test", "walk.org=a.psdonly.test "
	  "walk.same=false", "a private registry" },
	{ "a.corp corp", "walk.org=corp walk.asked=2 walk.same=true",
	  "a last label with a record of its own, and no psd" },
	{ "corp a.corp", "walk.same=true", "both ways" },
	{ "a.none.test none.test", "walk.org=a.none.test walk.asked=3 "
	  "walk.same=false", "without any record each is alone" },
	{ "two.test a.two.test", "walk.org=two.test walk.same=false",
	  "two records are none" },
	{ "a.twice.test twice.test", "walk.same=false",
	  "also when one of them is broken" },
	{ "a.mixed.test mixed.test", "walk.org=mixed.test walk.same=true",
	  "other texts do not count" },
	{ "a.odd.test odd.test", "walk.same=false", "a broken one is none" },
	{ "a.txt.test txt.test", "walk.same=false", "other texts only" },
	{ "a.nodata.test nodata.test", "walk.same=false", "no data" },
	{ "good.test evil.example", "walk.same=false", "no label in common" },
	{ "good.test notgood.test", "walk.same=false", "text is no label" },
	{ "x.lame.test lame.test", "walk.org=unknown:servfail "
	  "walk.same=unknown:servfail", "a trouble on the way" },
	{ "slow.test a.slow.test", "walk.same=unknown:timeout",
	  "a trouble at the start" },
	{ "good.test slow.test", "walk.org=good.test walk.same=false",
	  "nobody asks about one that is not below" },
	{ "x.closed.lame.test closed.lame.test",
	  "walk.org=closed.lame.test walk.same=true",
	  "a trouble behind the end of the walk" },
	{ "1.2.3.4.5.6.7.8.9.a.very a.very", "walk.org=a.very walk.asked=8 "
	  "walk.same=true", "eight questions, however deep" },
	{ "3.4.5.6.7.8.9.a.very b.very", "walk.org=a.very walk.asked=8",
	  "nine labels" },
	{ "5.6.7.8.9.a.very a.very", "walk.asked=7", "seven" },
	{ "4.5.6.7.8.9.a.very a.very", "walk.asked=8", "eight" },
	{ ". .", "walk.org= walk.asked=0 walk.same=false", "no name" },
	{ "a..b a..b", "walk.org=a..b walk.asked=0 walk.same=true",
	  "no name of DNS" },
};

static void
walks_end_where_they_should(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(walks); i++) {
		told = walks[i].walk;
		room_open(&r, tree, NULL);
		room_stage(&r, ST_DATA);
		room_expect(&r, walks[i].want, walks[i].why);
		room_close(&r);
	}
}

/* RFC 9989 4.10: the names, one by one. */
static void
walks_ask_in_order(void **state)
{
	struct room r;

	(void)state;
	told = "1.2.3.4.5.6.7.8.9.a.very very";
	room_open(&r, NULL, NULL);
	room_stage(&r, ST_DATA);
	assert_true(str_starts(str_of(r.asked), STR(
	    "_dmarc.1.2.3.4.5.6.7.8.9.a.very/16 "
	    "_dmarc.5.6.7.8.9.a.very/16 _dmarc.6.7.8.9.a.very/16 "
	    "_dmarc.7.8.9.a.very/16 _dmarc.8.9.a.very/16 "
	    "_dmarc.9.a.very/16 _dmarc.a.very/16 _dmarc.very/16 ")));
	room_close(&r);
}

/* A name of 253 bytes has no room for "_dmarc."; those above it have. */
static void
a_long_name_is_walked(void **state)
{
	char text[2 * 254];
	struct room r;
	size_t i;

	(void)state;
	memset(text, 'x', sizeof text);
	for (i = 60; i <= 240; i += 60)
		text[i] = '.';
	memcpy(text + 248, ".very y", 8);
	told = text;
	room_open(&r, tree, NULL);
	room_stage(&r, ST_DATA);
	room_expect(&r, "walk.asked=6", "six labels");
	assert_int_equal(room_asked(&r, ".very"), 5);
	room_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_end_where_they_should),
		cmocka_unit_test(walks_ask_in_order),
		cmocka_unit_test(a_long_name_is_walked),
	};

	return cmocka_run_group_tests_name("organisation", tests, NULL, NULL);
}
