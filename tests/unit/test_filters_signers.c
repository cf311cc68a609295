/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS lists that are asked about the domains that signed a message: several
 * questions make one answer.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/dkim_lab.h"

#define BODY    "hi\r\n"
#define SIGNERS 6
#define LISTS \
	"list who \"who.test\" domain { ask dkim; code 127.0.0.2 spam 6; " \
	"code 127.0.0.3 mild 1 }\n"

/* A message that so many have signed; the first one is the last to sign, and
 * the one that is looked at first. */
static struct str
signed_by(struct arena *a, const char *const *domains, size_t n,
    struct row *keys)
{
	struct str header = STR("From: a@good.test\r\n");
	size_t i;

	for (i = n; i-- > 0; ) {
		keys[i] = (struct row){ arena_printf(a,
		    "s._domainkey.%s", domains[i]).p, DNS_TXT,
		    lab_record(a, LAB_ED), 0 };
		header = lab_join(a, lab_sign(a, LAB_ED, arena_printf(a,
		    "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=%s; s=s; "
		    "h=From; bh=$bh; b=$b", domains[i]).p, header,
		    STR(BODY)), header);
	}
	return LAB_ADD(a, header, "\r\n" BODY);
}

struct signers_row {
	const char *why;
	const char *domains[SIGNERS];   /* ended by NULL                    */
	struct row  answers[3];
	const char *facts;
	unsigned    asked;
};

static const struct signers_row signers[] = {
	{ "nobody signed", { NULL }, { { 0 } },
	  "who.spam=not-asked who=not-asked", 0 },
	{ "one, not listed", { "a.test" }, { { 0 } },
	  "who.spam=false who.mild=false who=false", 1 },
	{ "the second one is listed", { "a.test", "b.test" },
	  { { "b.test.who.test", DNS_A, "127.0.0.2", 0 } },
	  "who.spam=true who.mild=false who=true", 2 },
	{ "each for something else", { "a.test", "b.test" },
	  { { "a.test.who.test", DNS_A, "127.0.0.3", 100 },
	    { "b.test.who.test", DNS_A, "127.0.0.2", 0 } },
	  "who.spam=true who.mild=true", 2 },
	{ "four are enough", { "a.test", "b.test", "c.test", "d.test",
	    "e.test", "f.test" },
	  { { "e.test.who.test", DNS_A, "127.0.0.2", 0 },
	    { "d.test.who.test", DNS_A, "127.0.0.3", 0 } },
	  "who.spam=false who.mild=true", 4 },
	{ "a trouble beside a no: not known", { "a.test", "b.test" },
	  { { "a.test.who.test", DNS_A, "servfail", 0 } },
	  "who.spam=unknown:servfail who=unknown:servfail", 2 },
	{ "the trouble comes last", { "a.test", "b.test" },
	  { { "a.test.who.test", DNS_A, "servfail", 300 } },
	  "who.spam=unknown:servfail", 2 },
	{ "a trouble beside a hit", { "a.test", "b.test" },
	  { { "a.test.who.test", DNS_A, "servfail", 0 },
	    { "b.test.who.test", DNS_A, "127.0.0.2", 0 } },
	  "who.spam=true who=true who.mild=unknown:servfail", 2 },
	{ "our own name is not asked about", { "here.test", "a.test" },
	  { { "here.test.who.test", DNS_A, "127.0.0.2", 0 } },
	  "who.spam=false", 1 },
	{ "only our own name", { "here.test" }, { { 0 } },
	  "who.spam=not-asked", 0 },
};

static void
signers_rows(void **state)
{
	const struct signers_row *s;
	struct row rows[SIGNERS + 3 + 1];
	struct arena *a = arena_new(0);
	struct str text;
	struct room r;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(signers); i++) {
		s = &signers[i];
		memset(rows, 0, sizeof rows);
		for (n = 0; n < SIGNERS && s->domains[n] != NULL; n++)
			;
		text = signed_by(a, s->domains, n, rows);
		memcpy(rows + n, s->answers, sizeof s->answers);
		lab_open_lists(&r, rows, LISTS);
		lab_message(&r, text);
		room_expect(&r, s->facts, s->why);
		CHECK(room_asked(&r, ".who.test") == s->asked, "%s: %s",
		    s->why, r.asked);
		lab_close(&r);
	}
	arena_free(&a);
}

/* Whether anybody signed is not known: nor is what lists would say. */
static void
nobody_knows_who_signed(void **state)
{
	static const char *const domains[] = { "a.test" };
	struct arena *a = arena_new(0);
	struct row rows[2] = { { 0 } };
	struct str text = signed_by(a, domains, 1, rows);
	struct room r;

	(void)state;
	rows[0].answer = "servfail";
	lab_open_lists(&r, rows, LISTS);
	lab_message(&r, text);
	room_expect(&r, "dkim.domains=unknown:servfail "
	    "who.spam=unknown:servfail who=unknown:servfail",
	    "its key is not to be had");
	assert_int_equal(room_asked(&r, ".who.test"), 0);
	lab_close(&r);
	arena_free(&a);
}

/* The gate needs no texts: replies are made of what the description says. */
static void
nobody_asks_for_texts(void **state)
{
	static const struct row dns[] = {
		{ "77.2.0.192.zen.test", DNS_A, "127.0.0.4", 0 },
		{ "spam.test.dbl.test", DNS_A, "127.0.1.2", 0 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, room_lists);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "spam.test");
	room_mail(&r, "<a@spam.test>");
	room_expect(&r, "zen=true dbl=true", "listed");
	assert_null(strstr(r.asked, "zen.test/16"));
	assert_null(strstr(r.asked, "dbl.test/16"));
	assert_non_null(strstr(r.asked, "zen.test/1 "));
	room_close(&r);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(signers_rows),
		cmocka_unit_test(nobody_knows_who_signed),
		cmocka_unit_test(nobody_asks_for_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
