/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold of every signed message: a pass never survives a change of
 * what was signed, and always one of what was not; and fibers that verify at
 * the same time find what each would find alone. POSTERN_CASES changes are
 * made (20,000), from one seed.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/dkim_lab.h"

#define CASES 20000
#define EACH  50        /* changes made to one message                     */

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x * UINT64_C(2685821657736338717);
}

static size_t
below(uint64_t *x, size_t n)
{
	return (size_t)(next_random(x) >> 11) % n;
}

/* ------------------------------------------------------------------------
 * Messages.
 */

static const char *const modes[] = { "simple/simple", "relaxed/relaxed",
	"simple/relaxed", "relaxed/simple" };
static const char names[] = "from:to:subject:x-twice:x-twice:x-none";

struct mail {
	const char *c;
	struct str  sig, text;
	size_t      value, value_len;   /* of b=, in text                  */
};

static const char *const words[] = { "a", " ", "  ", "\t", "Hello", "=20",
	" \t ", ":", ";", "x y", "\303\274", "<b@c.test>", ".", "\r\n ",
	"\r\n\t" };
static const char *const lines[] = { "\r\n", "a\r\n", " \r\n", "b \r\n",
	"\tc  d\r\n", ".\r\n", "From: e\r\n", "\303\274\r\n", "  \t\r\n" };

static struct str
random_text(struct arena *a, uint64_t *x, const char *const *from, size_t n,
    size_t count)
{
	struct str all = { "", 0 };

	while (count-- > 0)
		all = lab_join(a, all, str_of(from[below(x, n)]));
	return all;
}

static struct str
random_field(struct arena *a, uint64_t *x, const char *name)
{
	struct str text = random_text(a, x, words, COUNT(words), below(x, 6));

	return arena_printf(a, "%s:%.*sx\r\n", name, STR_ARG(text));
}

static struct str
random_header(struct arena *a, uint64_t *x)
{
	struct str h = STR("From: Ann <ann@good.test>\r\n");

	h = lab_join(a, random_field(a, x, "X-Twice"), h);
	h = lab_join(a, h, random_field(a, x, "To"));
	h = lab_join(a, h, random_field(a, x, "X-Unsigned"));
	h = lab_join(a, h, random_field(a, x, "X-Twice"));
	return lab_join(a, h, random_field(a, x, "SUBJECT"));
}

static void
random_mail(struct arena *a, uint64_t *x, struct mail *m)
{
	bool is_ed = below(x, 2) == 0;
	struct str header = random_header(a, x);
	struct str body = random_text(a, x, lines, COUNT(lines),
	    below(x, 12));

	m->c = modes[below(x, COUNT(modes))];
	m->sig = lab_sign(a, is_ed ? LAB_ED : LAB_1024, arena_printf(a,
	    "v=1; a=%s-sha256; c=%s;\r\n\td=good.test; s=%s; t=1795470000;\r\n"
	    " h=%s; bh=$bh;\r\n\tb=$b", is_ed ? "ed25519" : "rsa", m->c,
	    is_ed ? "e" : "r", names).p, header, body);
	m->text = lab_join(a, lab_join(a, m->sig, LAB_ADD(a, header, "\r\n")),
	    body);
	for (m->value = 0; memcmp(m->text.p + m->value, "\tb=", 3) != 0;)
		m->value++;
	m->value += 3;
	m->value_len = m->sig.len - 2 - m->value;
}

static void
open_room(struct room *r, struct row *rows, struct arena *a)
{
	rows[0] = (struct row){ "r._domainkey.good.test", DNS_TXT,
	    lab_record(a, LAB_1024), 0 };
	rows[1] = (struct row){ "e._domainkey.good.test", DNS_TXT,
	    lab_record(a, LAB_ED), 0 };
	lab_open(r, rows);
}

/* ------------------------------------------------------------------------
 * One byte is changed.
 */

static bool
has_bare(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '\r' && (i + 1 == s.len || s.p[i + 1] != '\n'))
			return true;
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			return true;
	}
	return false;
}

static const char tricky[] = " \t\r\n:;=.-aA\0";

/* Not within b=, which is no signed byte. Returns where. */
static size_t
change(struct arena *a, uint64_t *x, const struct mail *m, struct str *out)
{
	struct str text = lab_join(a, m->text, (struct str){ NULL, 0 });
	char *p = arena_alloc(a, text.len + 1), old;
	size_t at;

	memcpy(p, text.p, text.len);
	do {
		at = below(x, text.len);
	} while (at >= m->value && at < m->value + m->value_len);
	old = p[at];
	do {
		p[at] = below(x, 2) == 0 ? (char)below(x, 256) :
		    tricky[below(x, sizeof tricky)];
	} while (p[at] == old);
	*out = (struct str){ p, text.len };
	return at;
}

/* Counts, so that a generator that changes nothing shows. */
struct tally { size_t same, changed, bare; };

static void
change_one(struct room *r, struct arena *a, uint64_t *x,
    const struct mail *m, struct tally *t)
{
	struct str text, before, after;
	size_t at = change(a, x, m, &text);
	bool is_pass;

	lab_message(r, text);
	is_pass = strcmp(room_fact(r, "dkim"), "pass") == 0;
	if (has_bare(text)) {
		t->bare++;
		CHECK(!is_pass, "%s: bare CR or LF at %zu", m->c, at);
		return;
	}
	before = lab_covered(a, m->c, names, m->text);
	after = lab_covered(a, m->c, names, text);
	if (str_eq(before, after))
		t->same++;
	else
		t->changed++;
	CHECK(!is_pass || str_eq(before, after),
	    "%s: a pass survives byte %zu, %d, in\n%.*s", m->c, at,
	    text.p[at], STR_ARG(text));
	/* The field itself may have lost its name or its grammar. */
	CHECK(is_pass || at < m->sig.len || !str_eq(before, after),
	    "%s: byte %zu, %d, that nobody signed breaks\n%.*s", m->c, at,
	    text.p[at], STR_ARG(text));
}

static void
changes(void **state)
{
	const char *text = getenv("POSTERN_CASES");
	size_t cases = text != NULL ? (size_t)strtoul(text, NULL, 10) : CASES;
	uint64_t x = 88172645463325252;
	struct tally t = { 0 };
	struct row rows[3] = { { 0 } };
	struct mail m;
	struct room r;
	size_t i, k;

	(void)state;
	for (i = 0; i < cases; i += EACH) {
		struct arena *a = arena_new(0);

		open_room(&r, rows, a);
		random_mail(a, &x, &m);
		lab_message(&r, m.text);
		room_expect(&r, "dkim=pass dkim.domains=good.test", m.c);
		for (k = 0; k < EACH; k++)
			change_one(&r, a, &x, &m, &t);
		lab_close(&r);
		arena_free(&a);
	}
	print_message("# %zu changed, %zu the same to the canonical form, "
	    "%zu bare\n", t.changed, t.same, t.bare);
	assert_true(t.changed > cases / 2 && t.same > cases / 50 &&
	    t.bare > cases / 50);
}

/* ------------------------------------------------------------------------
 * Many at once.
 */

#define CROWD 48
#define ROUNDS 8

/* One message of the crowd, with a desk of its own. */
struct guest {
	struct str       text;
	struct desk      desk;
	struct stage_run run;
	struct bell      bell;
	struct header    header;
	struct body     *body;
	const char      *alone;         /* its facts, when it was alone     */
};

static const char *
facts_of(struct room *r)
{
	return arena_printf(r->arena, "%s %s %s %s", room_fact(r, "dkim"),
	    room_fact(r, "dkim.domains"), room_fact(r, "dkim.aligned"),
	    room_fact(r, "dkim.weak")).p;
}

/* Good ones, changed ones, troubles; two or three signatures each. */
static struct str
guest_text(struct arena *a, uint64_t *x)
{
	static const char *const selectors[] = { "r", "e", "r", "e", "none",
		"sick" };
	struct str header = random_header(a, x), body = random_text(a, x,
	    lines, COUNT(lines), below(x, 12));
	size_t n = 1 + below(x, 3);
	const char *s;
	bool is_ed;

	while (n-- > 0) {
		s = selectors[below(x, COUNT(selectors))];
		is_ed = s[0] == 'e';
		header = lab_join(a, lab_sign(a, is_ed ? LAB_ED : LAB_1024,
		    arena_printf(a, "v=1; a=%s-sha256; c=%s; d=%s.test; s=%s; "
		    "h=from:to; bh=$bh; b=$b%s", is_ed ? "ed25519" : "rsa",
		    modes[below(x, COUNT(modes))], below(x, 2) == 0 ? "good" :
		    "list", s, below(x, 4) == 0 ? "; l=1" : "").p, header,
		    below(x, 4) == 0 ? STR("else\r\n") : body), header);
	}
	return lab_join(a, LAB_ADD(a, header, "\r\n"), body);
}

static void
guest_sit(struct room *r, struct guest *g, struct body_pool *pool)
{
	g->desk = r->desk;
	g->desk.facts = facts_new(r->vocabulary, r->arena);
	g->desk.bell = &g->bell;
	g->desk.header = &g->header;
	assert_int_equal(body_new(pool, &g->body), 0);
	assert_int_equal(body_append(g->body, g->text.p, g->text.len), 0);
	assert_int_equal(body_seal(g->body), 0);
	assert_int_equal(header_read(g->body, r->arena, &g->header), 0);
	g->desk.body = g->body;
	assert_int_equal(desk_start(&g->desk, ST_EOM, r->arena, &g->run), 0);
}

static void
guest_leave(void *arg)
{
	struct guest *g = arg;

	desk_end(&g->desk, &g->run);
}

/* All together, each key after a time of its own. */
static void
crowd_round(struct guest *guests, struct row *rows, uint64_t *x)
{
	struct body_pool pool = { .max = 64 << 20 };
	struct facts *facts;
	struct room r;
	size_t i;

	for (i = 0; rows[i].name != NULL; i++)
		rows[i].msec = (unsigned)below(x, 40);
	lab_open(&r, rows);
	facts = r.desk.facts;
	for (i = 0; i < CROWD; i++) {
		guest_sit(&r, &guests[i], &pool);
		if (below(x, 3) == 0)
			room_run_until(&r, (r.clock - r.desk.accepted) / MSEC +
			    (usec_t)below(x, 9));
	}
	room_run_until(&r, 5000);
	for (i = 0; i < CROWD; i++) {
		assert_false(desk_is_busy(&guests[i].run));
		r.desk.facts = guests[i].desk.facts;
		CHECK(strcmp(facts_of(&r), guests[i].alone) == 0,
		    "guest %zu: %s, alone %s", i, facts_of(&r),
		    guests[i].alone);
		assert_int_equal(fiber_start(r.world.fibers, "leave",
		    guest_leave, &guests[i], NULL), 0);
		fibers_run(r.world.fibers);
		body_free(&guests[i].body);
	}
	r.desk.facts = facts;
	lab_close(&r);
}

static void
crowd(void **state)
{
	struct arena *a = arena_new(0);
	struct guest *guests = arena_array(a, CROWD, sizeof *guests);
	struct row rows[] = {
		{ "r._domainkey.good.test", DNS_TXT, lab_record(a, LAB_1024), 0 },
		{ "r._domainkey.list.test", DNS_TXT, lab_record(a, LAB_1024), 0 },
		{ "e._domainkey.good.test", DNS_TXT, lab_record(a, LAB_ED), 0 },
		{ "e._domainkey.list.test", DNS_TXT, lab_record(a, LAB_ED), 0 },
		{ "sick._domainkey.good.test", DNS_TXT, "servfail", 0 },
		{ "_dmarc.good.test", DNS_TXT, "v=DMARC1; p=none", 0 },
		{ 0 } };
	uint64_t x = 362436069;
	unsigned passed = 0;
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < CROWD; i++) {
		guests[i].text = guest_text(a, &x);
		lab_open(&r, rows);
		lab_message(&r, guests[i].text);
		guests[i].alone = arena_str(a, str_of(facts_of(&r))).p;
		passed += strncmp(guests[i].alone, "pass", 4) == 0;
		lab_close(&r);
	}
	assert_true(passed > CROWD / 4 && passed < CROWD);
	for (i = 0; i < ROUNDS; i++)
		crowd_round(guests, rows, &x);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes),
		cmocka_unit_test(crowd),
	};

	return cmocka_run_group_tests_name("dkim_property", tests, NULL,
	    NULL);
}
