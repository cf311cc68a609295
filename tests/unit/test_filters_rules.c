/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shipped lists and policies: all are read without a finding, each list
 * means what it says, and the default policy does with whole sessions what
 * its comments promise.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/desk.h"

#include "lang/builtin.h"
#include "lang/tree.h"

#define CLIENT "77.2.0.192"
#define PTR4   CLIENT ".in-addr.arpa"

/* ------------------------------------------------------------------------
 * Lists.
 */

struct shelf {
	struct arena *arena;
	struct diagnostics *diag;
	struct list  *lists[32];
	size_t        count;
};

static bool
is_list(const char *name)
{
	return str_starts(str_of(name), STR("lists/")) &&
	    str_ends_case(str_of(name), STR(".list"));
}

static void
shelf_read(struct shelf *s, const struct builtin_file *f)
{
	struct reading r = { .arena = s->arena, .diag = s->diag };
	struct source *source = arena_alloc(s->arena, sizeof *source);
	const struct stmt *stmt;
	struct str name;

	*source = (struct source){ str_of(f->name), { f->text, f->size } };
	stmt = tree_parse(source, s->arena, s->diag);
	CHECK(stmt != NULL && stmt->next == NULL, "%s: one list a file",
	    f->name);
	s->lists[s->count] = list_read(stmt, &r);
	CHECK(s->lists[s->count] != NULL &&
	    diag_at(s->diag, 0, NULL, NULL) == NULL, "%.*s",
	    STR_ARG(diag_text(s->diag, s->arena)));
	name = s->lists[s->count++]->name;
	assert_str(str_sub(str_of(f->name), strlen("lists/"), name.len),
	    arena_str(s->arena, name).p);
}

static void
shelf_open(struct shelf *s)
{
	const struct builtin_file *f;

	memset(s, 0, sizeof *s);
	s->arena = arena_new(0);
	s->diag = diag_new();
	for (f = builtin_files; f->name != NULL; f++)
		if (is_list(f->name))
			shelf_read(s, f);
	assert_int_equal(s->count, 11);
}

static void
shelf_close(struct shelf *s)
{
	diag_free(&s->diag);
	arena_free(&s->arena);
}

static int
match(const struct list *l, struct ip ip, bool *hit)
{
	memset(hit, 0, 64);
	return list_match(l, &ip, 1, hit);
}

static struct ip
corner(const uint8_t *o)
{
	return ip_v4(o[0], o[1], o[2], o[3]);
}

/* Both ends of each code hit this code and no other; an error in between
 * (dnswl's 127.0.10.3) is the error's. */
static void
codes_hit(const struct list *l)
{
	bool hit[64];
	size_t i, k;

	for (i = 0; i < l->code_count; i++) {
		const struct octets *o = &l->codes[i].octets;

		assert_int_equal(match(l, corner(o->low), hit), 0);
		for (k = 0; k < l->code_count; k++)
			CHECK(hit[k] == (k == i), "%.*s: %.*s", STR_ARG(l->name),
			    STR_ARG(l->codes[i].name));
		assert_int_equal(match(l, corner(o->high), hit), 0);
		assert_true(hit[i]);
	}
}

static void
errors_refuse(const struct list *l)
{
	static const struct { uint8_t o[4]; } always[] = {
		{ { 127, 255, 255, 252 } }, { { 127, 255, 255, 254 } },
		{ { 127, 255, 255, 255 } }, { { 127, 255, 255, 0 } },
		{ { 127, 0, 0, 1 } }, { { 1, 2, 3, 4 } },
		{ { 0, 0, 0, 0 } } };
	bool hit[64];
	size_t i;

	for (i = 0; i < l->error_count; i++) {
		assert_int_equal(match(l, corner(l->errors[i].low), hit),
		    -E_REFUSED);
		assert_int_equal(match(l, corner(l->errors[i].high), hit),
		    -E_REFUSED);
	}
	for (i = 0; i < COUNT(always); i++)
		CHECK(match(l, corner(always[i].o), hit) == -E_REFUSED,
		    "%.*s %zu", STR_ARG(l->name), i);
	assert_int_equal(match(l, ip_v4(127, 9, 9, 9), hit), -E_GARBAGE);
}

static void
lists_mean_what_they_say(void **state)
{
	struct shelf s;
	size_t i;

	(void)state;
	shelf_open(&s);
	for (i = 0; i < s.count; i++) {
		const struct list *l = s.lists[i];

		CHECK(l->title.len > 0 && l->see.len > 0, "%.*s",
		    STR_ARG(l->name));
		CHECK(l->has_domain != (l->has_ip4 || l->has_ip6), "%.*s",
		    STR_ARG(l->name));
		CHECK(!l->has_domain || !l->asks[SUBJECT_CLIENT], "%.*s",
		    STR_ARG(l->name));
		codes_hit(l);
		errors_refuse(l);
	}
	shelf_close(&s);
}

/* Each answer that the operators document, as it is shipped. */
static const struct {
	const char *list, *answer, *code;       /* NULL: an error           */
	int64_t     points;
} documented[] = {
	{ "zen", "127.0.0.2", "sbl", 800 }, { "zen", "127.0.0.3", "css", 600 },
	{ "zen", "127.0.0.4", "xbl", 800 }, { "zen", "127.0.0.5", "xbl", 800 },
	{ "zen", "127.0.0.6", "xbl", 800 }, { "zen", "127.0.0.7", "xbl", 800 },
	{ "zen", "127.0.0.9", "drop", 800 },
	{ "zen", "127.0.0.10", "pbl", 400 },
	{ "zen", "127.0.0.11", "pbl", 400 },
	{ "zen", "127.255.255.254", NULL, 0 },
	{ "dbl", "127.0.1.2", "spam", 600 },
	{ "dbl", "127.0.1.4", "phish", 700 },
	{ "dbl", "127.0.1.5", "malware", 700 },
	{ "dbl", "127.0.1.6", "botnet", 700 },
	{ "dbl", "127.0.1.102", "abused", 100 },
	{ "dbl", "127.0.1.103", "abused", 100 },
	{ "dbl", "127.0.1.106", "abused", 100 },
	{ "dbl", "127.0.1.255", NULL, 0 },
	{ "spamcop", "127.0.0.2", "listed", 300 },
	{ "psbl", "127.0.0.2", "listed", 300 },
	{ "mailspike", "127.0.0.2", "wave", 400 },
	{ "mailspike", "127.0.0.10", "worst", 500 },
	{ "mailspike", "127.0.0.11", "verybad", 400 },
	{ "mailspike", "127.0.0.12", "bad", 300 },
	{ "dnswl", "127.0.2.0", "none", 0 },
	{ "dnswl", "127.0.5.1", "low", -100 },
	{ "dnswl", "127.0.11.2", "med", -200 },
	{ "dnswl", "127.0.15.3", "high", -300 },
	{ "dnswl", "127.0.0.255", NULL, 0 },
	{ "dnswl", "127.0.10.3", NULL, 0 },
	{ "barracuda", "127.0.0.2", "listed", 400 },
	{ "senderscore", "127.0.0.2", "listed", 200 },
	{ "senderscore", "127.255.255.255", NULL, 0 },
	{ "uribl", "127.0.0.1", NULL, 0 },
	{ "surbl", "127.0.0.1", NULL, 0 },
	{ "backscatterer", "127.0.0.2", "listed", 600 },
};

static void
documented_one(const struct list *l, struct ip ip, size_t row)
{
	bool hit[64];
	int rc = match(l, ip, hit);
	size_t i;

	if (documented[row].code == NULL) {
		CHECK(rc == -E_REFUSED, "%s: %s is no error",
		    documented[row].list, documented[row].answer);
		return;
	}
	for (i = 0; i < l->code_count && !hit[i]; i++)
		;
	CHECK(rc == 0 && i < l->code_count &&
	    str_eq(l->codes[i].name, str_of(documented[row].code)) &&
	    l->codes[i].points == documented[row].points, "%s: %s",
	    documented[row].list, documented[row].answer);
}

static void
answers_as_documented(void **state)
{
	struct shelf s;
	struct ip ip;
	size_t i, k;

	(void)state;
	shelf_open(&s);
	for (i = 0; i < COUNT(documented); i++) {
		for (k = 0; !str_eq(s.lists[k]->name,
		    str_of(documented[i].list)); k++)
			assert_true(k + 1 < s.count);
		assert_int_equal(ip_parse(str_of(documented[i].answer), &ip),
		    0);
		documented_one(s.lists[k], ip, i);
	}
	shelf_close(&s);
}

/* A list file says when it was checked, and a list that needs what is not
 * there yet says which word. */
static void
lists_are_dated(void **state)
{
	const struct builtin_file *f;
	size_t n = 0;

	(void)state;
	for (f = builtin_files; f->name != NULL; f++) {
		struct str text = { f->text, f->size };

		if (!is_list(f->name))
			continue;
		CHECK(str_glob(STR("*\n\tchecked  202*-*-* \"https://*"),
		    text), "%s: checked", f->name);
		CHECK(str_glob(STR("*# What was checked: *"), text),
		    "%s: what", f->name);
		n++;
	}
	assert_int_equal(n, 11);
}

/* No shipped list is dead, and `dead` can be read. */
static void
the_dead(void **state)
{
	const struct builtin_file *f;
	struct source source = { STR("dead"), { 0 } };
	const struct stmt *s;
	struct shelf shelf;
	size_t i, n = 0;

	(void)state;
	shelf_open(&shelf);
	for (f = builtin_files; strcmp(f->name, "lists/dead") != 0; f++)
		assert_non_null(f[1].name);
	source.text = (struct str){ f->text, f->size };
	for (s = tree_parse(&source, shelf.arena, shelf.diag); s != NULL;
	    s = s->next, n++) {
		usec_t when;

		assert_true(stmt_is(s, "dead") && s->count == 4);
		assert_true(name_is_domain(s->nodes[1].text));
		assert_int_equal(date_parse(s->nodes[2].text, &when), 0);
		for (i = 0; i < shelf.count; i++)
			assert_false(name_is_below(shelf.lists[i]->zone,
			    s->nodes[1].text));
	}
	assert_true(n >= 10);
	assert_null(diag_at(shelf.diag, 0, NULL, NULL));
	shelf_close(&shelf);
}

/* ------------------------------------------------------------------------
 * Policies: whole sessions, judged at RCPT and after the dot.
 */

struct session {
	const char *why, *policy, *ip, *helo, *from;
	struct row  dns[9];          /* ended by an empty one               */
	enum action at_rcpt, at_eom;
	int64_t     score;           /* at RCPT, in hundredths              */
	const char *by;              /* at RCPT when it refuses, else at eom */
};

#define GOOD_PTR { PTR4, DNS_PTR, "mx.good.test", 0 }, \
	{ "mx.good.test", DNS_A, "192.0.2.77", 0 }, \
	{ "good.test", DNS_MX, "mx.good.test", 0 }
#define DSL_PTR { PTR4, DNS_PTR, "dsl-77.pool.isp.test", 0 }, \
	{ "dsl-77.pool.isp.test", DNS_A, "192.0.2.77", 0 }, \
	{ "good.test", DNS_MX, "mx.good.test", 0 }

static const struct session sessions[] = {
	{ "an ordinary sender", "default", "192.0.2.77", "mx.good.test",
	  "<a@good.test>", { GOOD_PTR }, ACT_ACCEPT, ACT_ACCEPT, 0,
	  "junk-at" },
	{ "a known good one", "default", "192.0.2.77", "mx.good.test",
	  "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".list.dnswl.org", DNS_A, "127.0.5.3", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, -300, "junk-at" },
	{ "a strong hit alone is junk", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_ACCEPT, ACT_JUNK, 800, "junk-at" },
	{ "with one weak sign it is refused", "default", "192.0.2.77",
	  "mx.nowhere.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 900, "refuse-at" },
	{ "the infected line at home", "default", "192.0.2.77",
	  "[192.0.2.77]", "<a@good.test>", { DSL_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 1100, "refuse-at" },
	{ "lists alone reach 10: ZEN and DBL", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.3", 0 },
	    { "good.test.dbl.spamhaus.org", DNS_A, "127.0.1.2", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 1000, "refuse-at" },
	{ "a line that should not send: Inbox", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.11", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 400, "junk-at" },
	{ "weak signs never refuse by themselves", "default", "192.0.2.77",
	  "friend", "<a@good.test>",
	  { { "good.test", DNS_MX, "mx.good.test", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 400, "junk-at" },
	{ "no name", "default", "192.0.2.77", "mx.good.test",
	  "<a@good.test>", { { "mx.good.test", DNS_A, "192.0.2.77", 0 },
	    { "good.test", DNS_MX, "mx.good.test", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 200, "junk-at" },
	{ "a name that leads elsewhere", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>",
	  { { PTR4, DNS_PTR, "mx.good.test", 0 },
	    { "mx.good.test", DNS_A, "192.0.2.1", 0 },
	    { "good.test", DNS_MX, "mx.good.test", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 200, "junk-at" },
	{ "a provider's name, which confirms", "default", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { DSL_PTR,
	    { "mx.good.test", DNS_A, "192.0.2.1", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 200, "junk-at" },
	{ "HELO with a literal", "default", "192.0.2.77", "[192.0.2.77]",
	  "<a@good.test>", { GOOD_PTR }, ACT_ACCEPT, ACT_ACCEPT, 100,
	  "junk-at" },
	{ "HELO with a name that is not there", "default", "192.0.2.77",
	  "mx.nowhere.test", "<a@good.test>", { GOOD_PTR },
	  ACT_ACCEPT, ACT_ACCEPT, 100, "junk-at" },
	{ "HELO with no name: invalid, and leads nowhere", "default",
	  "192.0.2.77", "friend", "<a@good.test>", { GOOD_PTR },
	  ACT_ACCEPT, ACT_ACCEPT, 200, "junk-at" },
	{ "HELO with a name of which DNS cannot tell", "default",
	  "192.0.2.77", "mx.slow.test", "<a@good.test>", { GOOD_PTR,
	    { "mx.slow.test", DNS_A, "timeout", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	{ "all weak signs together: 4, not 5", "default", "192.0.2.77",
	  "[192.0.2.77]", "<a@good.test>",
	  { { PTR4, DNS_PTR, "dsl-77.pool.isp.test", 0 },
	    { "good.test", DNS_MX, "mx.good.test", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 400, "junk-at" },
	{ "all lists together: 10, not 11; good ones count first", "default",
	  "192.0.2.77", "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 },
	    { CLIENT ".psbl.surriel.com", DNS_A, "127.0.0.2", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 1000, "refuse-at" },
	{ "a stranger with our name", "default", "192.0.2.77",
	  "mx.here.test", "<a@good.test>", { GOOD_PTR },
	  ACT_ACCEPT, ACT_JUNK, 600, "junk-at" },
	{ "a host of ours elsewhere, to which our name leads", "default",
	  "192.0.2.77", "here.test", "<a@good.test>", { GOOD_PTR,
	    { "here.test", DNS_A, "192.0.2.77", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	{ "null MX", "default", "192.0.2.77", "mx.good.test",
	  "<a@null.test>", { GOOD_PTR, { "null.test", DNS_MX, ".", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 0, "null-mx" },
	{ "no such domain", "default", "192.0.2.77", "mx.good.test",
	  "<a@nowhere.test>", { GOOD_PTR },
	  ACT_REFUSE, ACT_REFUSE, 0, "no-domain" },
	{ "a domain that DNS cannot tell of", "default", "192.0.2.77",
	  "mx.good.test", "<a@slow.test>", { GOOD_PTR,
	    { "slow.test", DNS_MX, "servfail", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	{ "a bounce", "default", "192.0.2.77", "mx.good.test", "<>",
	  { GOOD_PTR }, ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	/* catalogue 94, 97; promise P5 */
	{ "every list refuses us", "default", "192.0.2.77", "mx.good.test",
	  "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.255.255.254", 0 },
	    { CLIENT ".bl.mailspike.net", DNS_A, "127.255.255.255", 0 },
	    { CLIENT ".bl.spamcop.net", DNS_A, "1.2.3.4", 0 },
	    { CLIENT ".psbl.surriel.com", DNS_A, "127.0.0.1", 0 },
	    { CLIENT ".list.dnswl.org", DNS_A, "timeout", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "junk-at" },
	{ "a refusal that an allow list out of reach might lift", "default",
	  "192.0.2.77", "mx.nowhere.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 },
	    { CLIENT ".list.dnswl.org", DNS_A, "timeout", 0 } },
	  ACT_ACCEPT, ACT_JUNK, 900, "junk-at" },

	{ "strict: an infected machine on one word", "strict", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_REFUSE, ACT_REFUSE, 1000, "refuse-at" },
	{ "strict: the other numbers of zen stay", "strict", "192.0.2.77",
	  "mx.good.test", "<a@good.test>", { GOOD_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.3", 0 } },
	  ACT_ACCEPT, ACT_JUNK, 600, "junk-at" },

	{ "observe: nothing is refused", "observe", "192.0.2.77",
	  "[192.0.2.77]", "<a@good.test>", { DSL_PTR,
	    { CLIENT ".zen.spamhaus.org", DNS_A, "127.0.0.4", 0 } },
	  ACT_ACCEPT, ACT_ACCEPT, 1100, "refuse-at" },
	{ "observe: no such domain neither", "observe", "192.0.2.77",
	  "mx.good.test", "<a@nowhere.test>", { GOOD_PTR },
	  ACT_ACCEPT, ACT_ACCEPT, 0, "no-domain" },
};

/* A message with a Date and so many From, at most two. */
static void
message(struct room *r, size_t from)
{
	static struct field fields[] = {
		{ .name = { "Date", 4 }, .value = { "x", 1 } },
		{ .name = { "From", 4 }, .value = { "a@good.test", 11 } },
		{ .name = { "From", 4 }, .value = { "b@good.test", 11 } } };
	struct header *h = arena_alloc(r->arena, sizeof *h);
	struct path *rcpt = arena_alloc(r->arena, sizeof *rcpt);
	size_t used;

	h->fields = fields;
	h->count = 1 + from;
	r->desk.header = h;
	assert_int_equal(path_parse(STR("<bob@here.test>"), r->arena, rcpt,
	    &used), 0);
	r->desk.rcpt = rcpt;
}

static void
session_one(const struct session *s)
{
	struct verdict rcpt, eom;
	const struct policy *p;
	struct room r;

	p = room_open_policy(&r, s->dns, s->policy);
	room_client(&r, s->ip);
	message(&r, 1);
	room_stage(&r, ST_CONNECT);
	room_helo(&r, s->helo);
	room_mail(&r, s->from);
	room_stage(&r, ST_RCPT);
	policy_judge(p, r.desk.facts, ST_RCPT, r.arena, &rcpt);
	room_stage(&r, ST_EOM);
	policy_judge(p, r.desk.facts, ST_EOM, r.arena, &eom);
	CHECK(rcpt.score == s->score, "%s: score %d", s->why,
	    (int)rcpt.score);
	CHECK(rcpt.action == s->at_rcpt, "%s: %s at rcpt by %.*s", s->why,
	    action_word(rcpt.action), STR_ARG(rcpt.by));
	CHECK(eom.action == s->at_eom, "%s: %s at eom by %.*s", s->why,
	    action_word(eom.action), STR_ARG(eom.by));
	CHECK(str_eq(rcpt.would >= ACT_REFUSE ? rcpt.by : eom.by,
	    str_of(s->by)), "%s: by %.*s, %.*s", s->why, STR_ARG(rcpt.by),
	    STR_ARG(eom.by));
	room_close(&r);
}

static void
session_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sessions); i++)
		session_one(&sessions[i]);
}

static void
early_talker(void **state)
{
	static const struct row good[] = { GOOD_PTR,
		{ CLIENT ".list.dnswl.org", DNS_A, "127.0.5.3", 0 }, { 0 } };
	static const struct row stranger[] = { GOOD_PTR, { 0 } };
	const struct policy *p;
	struct verdict v;
	struct room r;
	int known;

	(void)state;
	for (known = 0; known < 2; known++) {
		p = room_open_policy(&r, known ? good : stranger, "default");
		message(&r, 1);
		room_stage(&r, ST_CONNECT);
		desk_note(&r.desk, "early", true);
		room_helo(&r, "mx.good.test");
		room_mail(&r, "<a@good.test>");
		room_stage(&r, ST_RCPT);
		policy_judge(p, r.desk.facts, ST_RCPT, r.arena, &v);
		assert_int_equal(v.action, known ? ACT_ACCEPT : ACT_REFUSE);
		if (!known)
			assert_str(v.text,
			    "your server spoke before our greeting");
		room_close(&r);
	}
}

/* RFC 5322 3.6 */
static void
from_count(void **state)
{
	static const struct row dns[] = { GOOD_PTR, { 0 } };
	const struct policy *p;
	struct verdict v;
	struct room r;
	size_t from;

	(void)state;
	for (from = 0; from <= 2; from++) {
		p = room_open_policy(&r, dns, "default");
		message(&r, from);
		room_stage(&r, ST_CONNECT);
		room_helo(&r, "mx.good.test");
		room_mail(&r, "<a@good.test>");
		room_stage(&r, ST_RCPT);
		room_stage(&r, ST_EOM);
		policy_judge(p, r.desk.facts, ST_EOM, r.arena, &v);
		CHECK(v.action == (from == 1 ? ACT_ACCEPT : ACT_REFUSE),
		    "%zu From: %s", from, action_word(v.action));
		if (from != 1)
			assert_str(v.by, "from-count");
		room_close(&r);
	}
}

/* language.md 3: as many questions as the budget has room for. */
static void
questions(void **state)
{
	static const struct row dns[] = { GOOD_PTR, { 0 } };
	struct room r;
	size_t n;

	(void)state;
	(void)room_open_policy(&r, dns, "default");
	room_stage(&r, ST_CONNECT);
	room_helo(&r, "helo.good.test");
	room_mail(&r, "<a@good.test>");
	assert_int_equal(r.desk.list_count, 6);
	n = room_asked(&r, "spamhaus.org") + room_asked(&r, "mailspike.net") +
	    room_asked(&r, "spamcop.net") + room_asked(&r, "surriel.com") +
	    room_asked(&r, "dnswl.org");
	assert_int_equal(n, 8);
	room_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_mean_what_they_say),
		cmocka_unit_test(answers_as_documented),
		cmocka_unit_test(lists_are_dated),
		cmocka_unit_test(the_dead),
		cmocka_unit_test(session_rows),
		cmocka_unit_test(early_talker),
		cmocka_unit_test(from_count),
		cmocka_unit_test(questions),
	};

	return cmocka_run_group_tests_name("filters_rules", tests, NULL,
	    NULL);
}
