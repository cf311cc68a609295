/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checks that need no DNS: early, tls, rcpt, headers; and what holds of
 * the tables of all filters.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "tests/unit/desk.h"

/* ------------------------------------------------------------------------
 * early: catalogue 9, 10, 12
 */

static void
early(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_expect(&r, "early=false early.pipelining=false "
	    "early.nonsmtp=false", "no, so far; nobody waits for them");
	desk_note(&r.desk, "early", true);
	room_expect(&r, "early=true early.pipelining=false", "noted");
	room_run_until(&r, 1500);
	desk_note(&r.desk, "early.pipelining", true);
	room_expect(&r, "early.pipelining=true early.nonsmtp=false",
	    "later");
	assert_int_equal(r.desk.facts->fact[vocabulary_find(r.vocabulary,
	    STR("early.pipelining"))].msec, 1500);
	room_close(&r);

	room_open(&r, NULL, NULL);
	r.desk.client.is_early = true;
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_expect(&r, "early=true", "known before the checks start");
	room_close(&r);
}

static void
note_nothing(void *arg)
{
	desk_note(arg, "early.nonsense", true);
}

static void
notes_have_names(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL, NULL);
	assert_true(dies(note_nothing, &r.desk));
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * rcpt
 */

static void
rcpt_one(struct room *r, const char *text, const char *facts)
{
	struct path path;
	size_t used;

	assert_int_equal(path_parse(str_of(text), r->arena, &path, &used),
	    0);
	facts_forget(r->desk.facts, ST_RCPT, ST_RCPT);
	r->desk.rcpt = &path;
	assert_int_equal(room_start(r, ST_RCPT), 0);
	assert_false(desk_is_busy(&r->run[ST_RCPT]));   /* no fiber */
	room_expect(r, facts, text);
}

static void
rcpt(void **state)
{
	struct fiber_census census;
	struct room r;

	(void)state;
	room_open(&r, NULL, NULL);
	rcpt_one(&r, "<Bob@Here.TEST>",
	    "rcpt=Bob@here.test rcpt.domain=here.test");
	rcpt_one(&r, "<postmaster>", "rcpt=postmaster rcpt.domain=absent");
	rcpt_one(&r, "<eve@[192.0.2.1]>",
	    "rcpt=eve@[192.0.2.1] rcpt.domain=absent");
	rcpt_one(&r, "<ann@here.test>",
	    "rcpt=ann@here.test rcpt.domain=here.test");
	fibers_census(r.world.fibers, &census);
	assert_int_equal(census.switches, 0);
	assert_null(r.run[ST_RCPT].scratch);
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * headers
 */

struct header_row {
	const char *why, *text, *facts;
};

#define OK "From: a@b.test\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\n"

static const struct header_row headers[] = {
	{ "what must be there is there", OK "\r\nbody\r\n",
	  "header.from-count=1 header.missing=false header.duplicate=false "
	  "header.received-count=0 header.loop=false header.size=57" },
	{ "names in any case", "FROM: a@b.test\r\ndAtE: x\r\n\r\n",
	  "header.from-count=1 header.missing=false" },
	{ "no From", "Date: x\r\nSubject: x\r\n\r\n",
	  "header.from-count=0 header.missing=true" },
	{ "no Date", "From: a@b.test\r\n\r\n",
	  "header.from-count=1 header.missing=true" },
	{ "nothing at all", "\r\n",
	  "header.from-count=0 header.missing=true header.duplicate=false" },
	/* catalogue 88 */
	{ "two From", OK "from: c@d.test\r\n\r\n",
	  "header.from-count=2 header.missing=false header.duplicate=true" },
	/* catalogue 48 */
	{ "two Subject", OK "Subject: a\r\nX: y\r\nsubject: b\r\n\r\n",
	  "header.from-count=1 header.duplicate=true" },
	{ "two Date", OK "Date: y\r\n\r\n", "header.duplicate=true" },
	{ "two Message-ID", OK "Message-ID: <a@b>\r\nMessage-Id: <c@d>\r\n\r\n",
	  "header.duplicate=true" },
	{ "two To", OK "To: a@b.test\r\nTo: c@d.test\r\n\r\n",
	  "header.duplicate=true" },
	{ "two Content-Type", OK
	  "Content-Type: text/plain\r\nContent-type: text/html\r\n\r\n",
	  "header.duplicate=true" },
	{ "what may stand twice", OK "Received: x\r\nReceived: y\r\n"
	  "Comments: a\r\nComments: b\r\nX-A: b\r\nX-A: b\r\n"
	  "Resent-To: a@b.test\r\nResent-To: a@b.test\r\n\r\n",
	  "header.duplicate=false header.received-count=2" },
	{ "a name that only begins alike", OK
	  "Subject-A: b\r\nSubject-A: b\r\n\r\n", "header.duplicate=false" },
	/* catalogue 54 */
	{ "our Received twice, and delivered to this one before", OK
	  "Delivered-To: bob@here.test\r\n"
	  "Received: from a by mx.here.test (postern); x\r\n"
	  "Received: from b by mx.here.test (postern); x\r\n\r\n",
	  "header.loop=true header.received-count=2" },
	{ "delivered before, but passed us once", OK
	  "Delivered-To: bob@here.test\r\n"
	  "Received: from a by mx.here.test (postern); x\r\n"
	  "Received: from b by mx.else.test; x\r\n\r\n",
	  "header.loop=false" },
	{ "passed us twice, to another", OK
	  "Delivered-To: ann@here.test\r\n"
	  "Received: from a by mx.here.test (postern); x\r\n"
	  "Received: from b by mx.here.test (postern); x\r\n\r\n",
	  "header.loop=false" },
};

static void
header_one(struct room *r, const struct header_row *row, const char *rcpt)
{
	struct body_pool pool = { .max = 1 << 20 };
	struct header h;
	struct body *b;
	struct path path;
	size_t used;

	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_append(b, row->text, strlen(row->text)), 0);
	assert_int_equal(body_seal(b), 0);
	assert_int_equal(header_read(b, r->arena, &h), 0);
	if (rcpt != NULL)
		assert_int_equal(path_parse(str_of(rcpt), r->arena, &path,
		    &used), 0);
	r->desk.rcpt = rcpt == NULL ? NULL : &path;
	r->desk.body = b;
	r->desk.header = &h;
	assert_int_equal(room_start(r, ST_EOM), 0);
	room_expect(r, row->facts, row->why);   /* no wait */
	room_run_until(r, 5000);
	assert_false(desk_is_busy(&r->run[ST_EOM]));
	body_free(&b);
}

static void
header_rows(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(headers); i++) {
		room_open(&r, NULL, NULL);
		header_one(&r, &headers[i], "<bob@here.test>");
		room_close(&r);
	}
}

/* Before anybody is named, nothing loops. */
static void
header_without_rcpt(void **state)
{
	static const struct header_row row = { "no recipient",
		"Delivered-To: bob@here.test\r\n"
		"Received: from a by mx.here.test (postern); x\r\n"
		"Received: from b by mx.here.test (postern); x\r\n\r\n",
		"header.loop=false header.received-count=2" };
	struct room r;

	(void)state;
	room_open(&r, NULL, NULL);
	header_one(&r, &row, NULL);
	room_close(&r);
}

static void
header_unreadable(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL, NULL);
	assert_int_equal(room_start(&r, ST_EOM), 0);
	room_expect(&r, "header.from-count=unknown:broken "
	    "header.missing=unknown:broken header.loop=unknown:broken",
	    "our trouble, so nothing is refused for it");
	room_close(&r);
}

/* ------------------------------------------------------------------------
 * The tables.
 */

/* One sentence: begins with a letter, ends in a dot, and says something. */
static bool
is_sentence(const char *s)
{
	size_t n = strlen(s);

	return n > 15 && isalpha((unsigned char)s[0]) && s[n - 1] == '.';
}

static void
tables(void **state)
{
	const struct filter *f;
	const struct fact_decl *d;
	size_t i, k;

	(void)state;
	for (i = 0; i < filters_count(); i++) {
		f = filters_all[i];
		assert_true(f->fact_count <= 64);
		for (k = 0; k < f->fact_count; k++) {
			d = &f->facts[k];
			CHECK(is_sentence(d->doc), "%s: \"%s\"", d->name,
			    d->doc);
			CHECK(f->now[d->stage] != NULL ||
			    f->at[d->stage] != NULL,
			    "nobody states %s", d->name);
			CHECK((d->type == FT_WORD) == (d->words != NULL),
			    "words of %s", d->name);
		}
	}
}

/* After all stages no fact is later or pending, whoever the client was. */
static void
every_fact_is_stated(void **state)
{
	static const char *const clients[] = { "192.0.2.77", "2001:db8::9",
		"127.0.0.1" };
	struct room r;
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(clients); i++) {
		room_open(&r, NULL, "list l \"l.test\" ip4 domain { "
		    "ask client helo name sender dkim; "
		    "code 127.0.0.2 a 1 }");
		room_client(&r, clients[i]);
		room_stage(&r, ST_CONNECT);
		room_helo(&r, "mx.good.test");
		room_mail(&r, "<a@good.test>");
		rcpt_one(&r, "<bob@here.test>", "rcpt=bob@here.test");
		header_one(&r, &headers[0], "<bob@here.test>");
		for (k = FACT_NOW + 1; k < r.desk.facts->count; k++)
			CHECK(r.desk.facts->fact[k].status != FS_LATER &&
			    r.desk.facts->fact[k].status != FS_PENDING,
			    "%s: %s", clients[i],
			    vocabulary_decl(r.vocabulary, (int)k)->name);
		room_close(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(early),
		cmocka_unit_test(notes_have_names),
		cmocka_unit_test(rcpt),
		cmocka_unit_test(header_rows),
		cmocka_unit_test(header_without_rcpt),
		cmocka_unit_test(header_unreadable),
		cmocka_unit_test(tables),
		cmocka_unit_test(every_fact_is_stated),
	};

	return cmocka_run_group_tests_name("filters_message", tests, NULL,
	    NULL);
}
