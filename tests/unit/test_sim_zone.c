/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scripted DNS: what a play declares and what is then answered, with the
 * reader of dns/ looking at the packets; what is wrong in a zone and where;
 * and the upstream of the simulated world under a clock that the test moves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lang/tree.h"
#include "sim/upstream.h"
#include "sim/zone.h"

#define H (3600 * SEC)

struct lab {
	struct arena       *arena;
	struct diagnostics *diag;
	struct zones       *zones;
	struct source       source;
	struct zones_reply  reply;      /* of the last question             */
	/* the simulated world */
	struct world        world;
	usec_t              clock;
	struct upstream    *upstream;
	unsigned            asked, undeclared;
	int                 error;
	unsigned            calls;
	struct answer       answer;
};

static void
lab_read(struct lab *lab, const char *text)
{
	const struct stmt *s;

	diag_free(&lab->diag);
	lab->diag = diag_new();
	lab->source = (struct source){ STR("test.play"), str_of(text) };
	lab->zones = zones_new(lab->arena, lab->diag);
	s = tree_parse(&lab->source, lab->arena, lab->diag);
	for (; s != NULL; s = s->next)
		assert_true(zones_read(lab->zones, s));
}

/* The same, and nothing may be wrong. */
static void
lab_play(struct lab *lab, const char *text)
{
	lab_read(lab, text);
	if (diag_count(lab->diag, DG_ERROR) > 0)
		fail_msg("%.*s", STR_ARG(diag_text(lab->diag, lab->arena)));
}

static usec_t
lab_clock(void *arg)
{
	return ((struct lab *)arg)->clock;
}

static usec_t
lab_now(struct world *w)
{
	return CONTAINER(w, struct lab, world)->clock;
}

static int
lab_open(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	lab->arena = arena_new(0);
	lab->clock = 5 * SEC;
	lab->world.now = lab_now;
	lab->world.fibers = fibers_new(lab_clock, lab);
	*state = lab;
	return 0;
}

static int
lab_close(void **state)
{
	struct lab *lab = *state;

	if (lab->upstream != NULL)
		lab->upstream->free(lab->upstream);
	assert_true(fibers_next(lab->world.fibers) == USEC_NEVER);
	fibers_free(&lab->world.fibers);
	diag_free(&lab->diag);
	arena_free(&lab->arena);
	free(lab);
	return 0;
}

/* --- questions and answers as text --------------------------------------- */

static const struct { const char *word; enum dns_type type; } types[] = {
	{ "A", DNS_A }, { "AAAA", DNS_AAAA }, { "MX", DNS_MX },
	{ "TXT", DNS_TXT }, { "PTR", DNS_PTR }, { "NS", DNS_NS },
	{ "CNAME", DNS_CNAME }, { "SOA", DNS_SOA } };

static enum dns_type
type_of(const char *word)
{
	size_t i;

	for (i = 0; strcmp(types[i].word, word) != 0; i++)
		assert_true(i + 1 < COUNT(types));
	return types[i].type;
}

static void
print_record(struct lab *lab, struct buf *out, enum dns_type type,
    const struct record *r)
{
	if (type == DNS_MX)
		buf_addf(out, "%u ", r->preference);
	if (type == DNS_A || type == DNS_AAAA)
		buf_add_str(out, ip_text(lab->arena, r->ip));
	else
		buf_add_str(out, r->text.len == 0 ? STR(".") : r->text);
	buf_addf(out, " ");
}

/* "found 192.0.2.1 ttl 60", "nothing ttl 300", "no name ttl 300", "open NAME",
 * "silent", "undeclared", "trouble servfail", "cut". */
static void
ask(struct lab *lab, usec_t since, const char *name, const char *type,
    struct buf *out)
{
	struct wire_question q = { .id = 7, .type = type_of(type),
		.name = str_of(name) };
	struct buf packet = BUF_INIT(0);
	const uint8_t *p;
	struct answer a = { .status = DNS_FOUND };
	struct str open;
	enum zones_outcome o;
	size_t i;
	int rc;

	o = zones_answer(lab->zones, since, &q, &packet, &lab->reply);
	p = (const uint8_t *)packet.p;
	if (o != ZN_ANSWERED) {
		assert_int_equal(packet.len, 0);
		buf_addf(out, o == ZN_SILENT ? "silent" : "undeclared");
		return;
	}
	assert_true(wire_matches(p, packet.len, 7, q.name, q.type));
	rc = wire_read_answer(p, packet.len, q.name, q.type, lab->arena, &a,
	    &open);
	if (wire_is_truncated(p, packet.len))
		buf_addf(out, "cut");
	else if (rc != 0)
		buf_addf(out, "trouble %s", error_word(rc));
	else if (open.len > 0)
		buf_addf(out, "open %.*s", STR_ARG(open));
	else if (a.count == 0)
		buf_addf(out, a.status == DNS_NO_NAME ? "no name ttl %u" :
		    "nothing ttl %u", a.ttl);
	if (rc == 0 && a.count > 0) {
		buf_addf(out, "found ");
		assert_int_equal(p[8] | p[9], 0);       /* no SOA */
		for (i = 0; i < a.count; i++)
			print_record(lab, out, q.type, &a.records[i]);
		buf_addf(out, "ttl %u", a.ttl);
	}
	buf_free(&packet);
}

struct row {
	usec_t      since;
	const char *name, *type, *says;
};

static void
check_rows(struct lab *lab, const struct row *rows, size_t count)
{
	struct buf out = BUF_INIT(0);
	size_t i;

	for (i = 0; i < count; i++) {
		out.len = 0;
		ask(lab, rows[i].since, rows[i].name, rows[i].type, &out);
		if (!str_eq(buf_str(&out), str_of(rows[i].says)))
			fail_msg("%s %s at %d: %.*s, not %s", rows[i].name,
			    rows[i].type, (int)(rows[i].since / SEC),
			    STR_ARG(buf_str(&out)), rows[i].says);
	}
	buf_free(&out);
}
#define CHECK(lab, rows) check_rows(lab, rows, COUNT(rows))

/* --- what is declared is answered ---------------------------------------- */

static void
a_block_list(void **state)
{
	static const struct row rows[] = {
		{ 0, "77.2.0.192.zen.test", "A", "found 127.0.0.4 ttl 300" },
		{ 0, "78.2.0.192.zen.test", "A",
		    "found 127.0.0.4 127.0.0.10 ttl 300" },
		{ 0, "9.100.51.198.zen.test", "A", "found 127.0.0.3 ttl 60" },
		/* two lines that fit: both */
		{ 0, "8.100.51.198.zen.test", "A",
		    "found 127.0.0.3 127.0.0.9 ttl 60" },
		{ 0, "79.2.0.192.zen.test", "A", "no name ttl 300" },
		/* catalogue 98: by nibbles */
		{ 0, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0."
		    "1.0.0.2.zen.test", "A", "found 127.0.0.2 ttl 300" },
		{ 0, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.b.d.0."
		    "1.0.0.2.zen.test", "A", "no name ttl 300" },
		{ 0, "a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0."
		    "1.0.0.2.zen.test", "A", "found 127.0.0.2 ttl 300" },
		{ 0, "g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0."
		    "1.0.0.2.zen.test", "A", "no name ttl 300" },
		{ 0, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0-"
		    "1.0.0.2.zen.test", "A", "no name ttl 300" },
		/* RFC 5782 5 */
		{ 0, "2.0.0.127.zen.test", "A", "found 127.0.0.2 ttl 300" },
		{ 0, "1.0.0.127.zen.test", "A", "no name ttl 300" },
		{ 0, "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		    "0.0.0.0.zen.test", "A", "found 127.0.0.2 ttl 300" },
		{ 0, "test.zen.test", "A", "found 127.0.0.2 ttl 300" },
		{ 0, "invalid.zen.test", "A", "no name ttl 300" },
		/* a text beside it, ours or the play's; nothing else */
		{ 0, "77.2.0.192.zen.test", "TXT",
		    "found see https://zen.test/ ttl 300" },
		{ 0, "9.100.51.198.zen.test", "TXT",
		    "found 198.51.100.9 is listed in zen.test ttl 60" },
		{ 0, "77.2.0.192.zen.test", "MX", "nothing ttl 300" },
		{ 0, "79.2.0.192.zen.test", "TXT", "no name ttl 300" },
		/* domains, and what is below them */
		{ 0, "bad.example.zen.test", "A", "found 127.0.1.2 ttl 300" },
		{ 0, "www.bad.example.zen.test", "A",
		    "found 127.0.1.2 ttl 300" },
		{ 0, "notbad.example.zen.test", "A", "no name ttl 300" },
		/* no address */
		{ 0, "077.2.0.192.zen.test", "A", "no name ttl 300" },
		{ 0, "77.2.0.192.5.zen.test", "A", "no name ttl 300" },
		{ 0, "2.0.192.zen.test", "A", "no name ttl 300" },
		{ 0, "zen.test", "A", "nothing ttl 300" },
		{ 0, "zzen.test", "A", "undeclared" },
		/* the accident */
		{ 2 * H - 1, "79.2.0.192.zen.test", "A", "no name ttl 300" },
		{ 2 * H, "79.2.0.192.zen.test", "A",
		    "found 127.0.0.2 ttl 300" },
		{ 2 * H, "77.2.0.192.zen.test", "A",
		    "found 127.0.0.4 127.0.0.2 ttl 300" },
		{ 2 * H, "1.0.0.127.zen.test", "A",
		    "found 127.0.0.2 ttl 300" },
	};
	struct lab *lab = *state;

	lab_play(lab,
	    "zone Zen.Test. {\n"
	    "	list 192.0.2.77 127.0.0.4 \"see https://zen.test/\"\n"
	    "	list 192.0.2.78 127.0.0.4 127.0.0.10\n"
	    "	list 198.51.100.0/24 127.0.0.3 ttl 60\n"
	    "	list 198.51.100.8 127.0.0.9 127.0.0.3\n"
	    "	list 2001:db8::/32 127.0.0.2\n"
	    "	list bad.example 127.0.1.2\n"
	    "	from +2h everybody 127.0.0.2 # the accident\n"
	    "}\n");
	CHECK(lab, rows);
	assert_int_equal(zones_count(lab->zones), 1);
}

/* Nets that v4-mapped writing could confuse. */
static void
a_play_overrules_the_probes(void **state)
{
	static const struct row rows[] = {
		{ 0, "2.0.0.127.a.test", "A", "no name ttl 300" },
		{ 0, "1.0.0.127.a.test", "A", "found 127.0.0.2 ttl 300" },
		{ 0, "2.0.0.127.b.test", "A", "found 127.0.0.9 ttl 300" },
		{ 0, "2.0.0.127.c.test", "A", "no name ttl 300" },
	};
	struct lab *lab = *state;

	lab_play(lab,
	    "zone a.test { list 127.0.0.1 127.0.0.2 }\n"
	    "zone 2.0.0.127.a.test { every nxdomain }\n"
	    "zone b.test { list 127.0.0.2 127.0.0.9 }\n"
	    "zone c.test { }\n");
	CHECK(lab, rows);
}

/* What a description says must be in a list, in place of RFC 5782. */
static void
a_list_has_its_points(void **state)
{
	static const struct row rows[] = {
		{ 0, "2.0.0.127.a.test", "A", "no name ttl 300" },
		{ 0, "9.0.0.127.a.test", "A", "found 127.0.0.5 ttl 300" },
		{ 0, "test.com.a.test", "A", "found 127.0.1.2 ttl 300" },
		{ 0, "x.test.com.a.test", "A", "no name ttl 300" },
		{ 0, "9.0.0.127.b.test", "A", "found 127.0.0.7 ttl 300" },
		{ 0, "2.0.0.127.c.test", "A", "found 127.0.0.2 ttl 300" },
		{ H, "9.0.0.127.a.test", "A", "no name ttl 300" },
	};
	struct lab *lab = *state;

	lab_play(lab, "zone a.test { from +1h every nxdomain }\n"
	    "zone b.test { list 127.0.0.9 127.0.0.7 }\n"
	    "zone c.test { list 192.0.2.1 127.0.0.7 }\n");
	zones_point(lab->zones, STR("a.test"), STR("9.0.0.127"),
	    ip_v4(127, 0, 0, 5));
	zones_point(lab->zones, STR("a.test"), STR("test.com"),
	    ip_v4(127, 0, 1, 2));
	zones_point(lab->zones, STR("b.test"), STR("9.0.0.127"),
	    ip_v4(127, 0, 0, 5));
	zones_point(lab->zones, STR("none.test"), STR("9.0.0.127"),
	    ip_v4(127, 0, 0, 5));
	CHECK(lab, rows);
	assert_true(zones_have(lab->zones, STR("a.test")));
	assert_false(zones_have(lab->zones, STR("x.a.test")));
}

/* What went wrong with all ends; what is listed stays. */
static void
all_is_well_again(void **state)
{
	static const struct row rows[] = {
		{ 0, "1.2.0.192.a.test", "A", "trouble servfail" },
		{ H, "1.2.0.192.a.test", "A", "found 127.0.0.2 ttl 300" },
		{ H, "2.2.0.192.a.test", "A", "no name ttl 300" },
		{ 2 * H, "2.2.0.192.a.test", "A",
		    "found 127.0.0.9 ttl 300" },
		{ 3 * H, "2.2.0.192.a.test", "A", "no name ttl 300" },
		{ 3 * H, "1.2.0.192.a.test", "A",
		    "found 127.0.0.2 ttl 300" },
		{ 4 * H, "2.2.0.192.a.test", "A",
		    "found 198.51.100.1 ttl 300" },
		{ 5 * H, "2.2.0.192.a.test", "A", "no name ttl 300" },
	};
	struct lab *lab = *state;

	lab_play(lab, "zone a.test {\n"
	    "	list 192.0.2.1 127.0.0.2\n"
	    "	every servfail\n"
	    "	from +1h every well\n"
	    "	from +2h everybody 127.0.0.9\n"
	    "	from +3h every well\n"
	    "	from +4h every A 198.51.100.1\n"
	    "	from +5h every well\n"
	    "}\n");
	CHECK(lab, rows);
}

static void
records_of_names(void **state)
{
	static const struct row rows[] = {
		{ 0, "good.test", "MX", "found 10 mx.good.test ttl 300" },
		{ 0, "good.test", "TXT", "found v=spf1 ip4:203.0.113.0/24 -all"
		    " ttl 300" },
		{ 0, "mx.good.test", "A",
		    "found 203.0.113.5 203.0.113.6 ttl 20" },
		{ 0, "mx.good.test", "AAAA", "found 2001:db8::5 ttl 300" },
		{ 0, "mx.good.test", "MX", "nothing ttl 300" },
		{ 0, "no.good.test", "A", "no name ttl 300" },
		{ 0, "_dmarc.good.test", "TXT", "found v=DMARC1; p=none "
		    "ttl 300" },
		/* RFC 8020: there is something below it */
		{ 0, "deep.good.test", "A", "nothing ttl 300" },
		{ 0, "a.deep.good.test", "A", "found 192.0.2.1 ttl 300" },
		{ 0, "null.test", "MX", "found 0 . ttl 300" },
		{ 0, "5.113.0.203.in-addr.arpa", "PTR",
		    "found mx.good.test other.test ttl 300" },
		{ 0, "5.113.0.203.in-addr.arpa", "A", "nothing ttl 300" },
		{ 0, "6.113.0.203.in-addr.arpa", "PTR", "undeclared" },
		{ 0, "7.113.0.203.in-addr.arpa", "PTR",
		    "found x\\013\\010y.test ttl 300" },
		{ 0, "8.113.0.203.in-addr.arpa", "PTR", "trouble servfail" },
		{ H, "later.good.test", "A", "found 192.0.2.9 ttl 300" },
		{ 0, "later.good.test", "A", "no name ttl 300" },
	};
	struct lab *lab = *state;

	lab_play(lab,
	    "zone good.test {\n"
	    "	@ MX 10 MX.good.test; @ TXT \"v=spf1 ip4:203.0.113.0/24 \" "
	    "\"-all\"\n"
	    "	mx A 203.0.113.5 203.0.113.6 ttl 20\n"
	    "	mx AAAA 2001:db8::5\n"
	    "	_dmarc txt \"v=DMARC1; p=none\"\n"
	    "	a.deep A 192.0.2.1\n"
	    "	from +1h later A 192.0.2.9\n"
	    "}\n"
	    "zone null.test { @ MX 0 . }\n"
	    "reverse 203.0.113.5 mx.good.test\n"
	    "reverse 203.0.113.5 other.test\n"
	    "reverse 203.0.113.7 \"x\\\\013\\\\010y.test\"\n"
	    "zone 8.113.0.203.in-addr.arpa { every servfail }\n");
	CHECK(lab, rows);
}

static void
aliases_are_followed(void **state)
{
	static const struct row rows[] = {
		{ 0, "a.one.test", "A", "found 192.0.2.1 ttl 300" },
		{ 0, "a.one.test", "CNAME", "found b.two.test ttl 300" },
		{ 0, "a.one.test", "MX", "nothing ttl 300" },
		{ 0, "lost.one.test", "A", "no name ttl 300" },
		/* what the other zone would do is for whoever asks there */
		{ 0, "slow.one.test", "A", "open x.slow.test" },
		{ 0, "out.one.test", "A", "open nobody.else" },
		{ 0, "loop.one.test", "A", "trouble garbage" },
		{ 0, "any.three.test", "A", "found 192.0.2.1 ttl 300" },
	};
	struct lab *lab = *state;

	lab_play(lab,
	    "zone one.test {\n"
	    "	a CNAME b.two.test; lost CNAME no.two.test\n"
	    "	slow CNAME x.slow.test; out CNAME nobody.else\n"
	    "	loop CNAME pool.one.test; pool CNAME loop.one.test\n"
	    "}\n"
	    "zone two.test { b A 192.0.2.1 }\n"
	    "zone slow.test { every timeout }\n"
	    "zone three.test { every CNAME b.two.test }\n");
	CHECK(lab, rows);
}

static void
everything_can_go_wrong(void **state)
{
	static const struct row rows[] = {
		{ 0, "a.timeout.test", "A", "silent" },
		{ 0, "a.servfail.test", "A", "trouble servfail" },
		{ 0, "a.refused.test", "TXT", "trouble refused" },
		{ 0, "a.nxdomain.test", "A", "no name ttl 300" },
		{ 0, "nxdomain.test", "A", "no name ttl 300" },
		{ 0, "a.truncated.test", "A", "cut" },
		/* catalogue 94: every name, the listed ones too */
		{ 0, "1.0.0.127.rot.test", "A",
		    "found 127.255.255.254 ttl 5" },
		{ 0, "77.2.0.192.rot.test", "A",
		    "found 127.255.255.254 ttl 5" },
		{ 0, "77.2.0.192.rot.test", "TXT", "found hello ttl 300" },
		{ 0, "77.2.0.192.rot.test", "MX", "nothing ttl 300" },
		/* the latest fault counts */
		{ 0, "a.turn.test", "A", "found 192.0.2.1 ttl 300" },
		{ H, "a.turn.test", "A", "silent" },
		{ 2 * H, "a.turn.test", "A", "trouble servfail" },
	};
	struct lab *lab = *state;

	lab_play(lab,
	    "zone timeout.test { every timeout }\n"
	    "zone servfail.test { every servfail }\n"
	    "zone refused.test { every refused; a A 192.0.2.1 }\n"
	    "zone nxdomain.test { every nxdomain; a A 192.0.2.1 }\n"
	    "zone truncated.test { every truncated }\n"
	    "zone rot.test {\n"
	    "	every A 127.255.255.254 ttl 5; every TXT hello\n"
	    "	list 192.0.2.77 127.0.0.4\n"
	    "}\n"
	    "zone turn.test {\n"
	    "	from +2h every servfail; from +1h every timeout\n"
	    "	a A 192.0.2.1\n"
	    "}\n");
	CHECK(lab, rows);
}

static void
delays_and_flaps(void **state)
{
	static const char *const expected[] = { "well", "well", "well",
		"trouble servfail", "trouble servfail", "trouble servfail",
		"well" };
	struct lab *lab = *state;
	struct buf out = BUF_INIT(0);
	size_t i;

	lab_play(lab,
	    "zone late.test { every after 400ms; a A 192.0.2.1 }\n"
	    "zone flap.test { every flap 3; every servfail; a A 192.0.2.1 }\n"
	    "zone mute.test { every flap 1; a A 192.0.2.1 }\n");
	ask(lab, 0, "a.late.test", "A", &out);
	assert_true(lab->reply.delay == 400 * MSEC);
	assert_int_equal(lab->reply.place.line, 1);
	for (i = 0; i < COUNT(expected); i++) {
		out.len = 0;
		ask(lab, 0, "a.flap.test", "A", &out);
		assert_true(str_eq(buf_str(&out), expected[i][0] == 'w' ?
		    STR("found 192.0.2.1 ttl 300") : str_of(expected[i])));
	}
	for (i = 0; i < 6; i++) {
		out.len = 0;
		ask(lab, 0, "a.mute.test", "A", &out);
		assert_int_equal(str_eq(buf_str(&out), STR("silent")), i % 2);
	}
	buf_free(&out);
}

static void
the_place_of_an_answer(void **state)
{
	struct lab *lab = *state;
	struct buf out = BUF_INIT(0);

	lab_play(lab, "zone zen.test {\n\tlist 192.0.2.1 127.0.0.2\n"
	    "\tlist 192.0.2.2 127.0.0.2\n}\nzone bad.test {\n\n"
	    "\tevery servfail\n}\n");
	ask(lab, 0, "2.2.0.192.zen.test", "A", &out);
	assert_int_equal(lab->reply.place.line, 3);
	ask(lab, 0, "3.2.0.192.zen.test", "A", &out);
	assert_int_equal(lab->reply.place.line, 1);
	ask(lab, 0, "x.bad.test", "A", &out);
	assert_int_equal(lab->reply.place.line, 7);
	buf_free(&out);
}

/* What no packet can hold is a trouble, not a crash. */
static void
more_than_a_packet(void **state)
{
	static const struct row rows[] = {
		{ 0, "a.test", "TXT", "trouble servfail" } };
	struct lab *lab = *state;
	char *play = arena_alloc(lab->arena, 80000);
	size_t n = (size_t)snprintf(play, 80000, "zone a.test { @ TXT \"");

	memset(play + n, 't', 70000);
	snprintf(play + n + 70000, 80000 - n - 70000, "\" }");
	lab_play(lab, play);
	CHECK(lab, rows);
}

static void
what_nobody_declared(void **state)
{
	static const struct row rows[] = {
		{ 0, "a.test", "A", "found 192.0.2.1 ttl 300" },
		{ 0, "nobody.else", "A", "no name ttl 300" },
	};
	struct lab *lab = *state;

	lab_play(lab, "else nxdomain\nzone a.test { @ A 192.0.2.1 }");
	CHECK(lab, rows);
}

/* --- what is wrong and where --------------------------------------------- */

static const struct {
	const char *text, *code;
	unsigned    line, column;
	const char *why;
} bad_rows[] = {
	{ "zone { list 192.0.2.1 127.0.0.2 }", "P0410", 1, 1, "no name" },
	{ "zone a.test", "P0410", 1, 1, "no block" },
	{ "zone a..test { }", "P0415", 1, 6, "no DNS name" },
	{ "zone a.test { }\nzone A.Test { }", "P0411", 2, 1, "twice" },
	{ "zone a.test { lst 192.0.2.1 127.0.0.2 }", "P0412", 1, 15, "a slip" },
	{ "zone a.test { (a) }", "P0412", 1, 15, "no word" },
	{ "zone a.test { mx AX 192.0.2.1 }", "P0412", 1, 18, "no such type" },
	{ "zone a.test { mx }", "P0412", 1, 15, "nothing behind it" },
	{ "zone a.test { mx A mx.test }", "P0413", 1, 20, "no address" },
	{ "zone a.test { mx A 2001:db8::1 }", "P0413", 1, 20, "AAAA meant" },
	{ "zone a.test { mx AAAA 192.0.2.1 }", "P0413", 1, 23, "A meant" },
	{ "zone a.test { list 192.0.2.1 }", "P0413", 1, 20, "no answer" },
	{ "zone a.test { list 192.0.2.1 yes }", "P0413", 1, 30, "no answer" },
	{ "zone a.test { list 192.0.2.1/24 127.0.0.2 }", "P0414", 1, 20,
	    "host bits" },
	{ "zone a.test { list }", "P0414", 1, 15, "nothing listed" },
	{ "zone a.test { list 192.0.2.1 127.0.0.2 ttl x }", "P0416", 1, 44,
	    "no number" },
	{ "zone a.test { list 192.0.2.1 127.0.0.2 ttl 5 x }", "P0420", 1, 46,
	    "too much" },
	{ "zone a.test { from soon everybody 127.0.0.2 }", "P0416", 1, 20,
	    "no time" },
	{ "zone a.test { every timout }", "P0417", 1, 21, "a slip" },
	{ "zone a.test { every }", "P0417", 1, 15, "nothing behind it" },
	{ "zone a.test { every timeout now }", "P0420", 1, 29, "too much" },
	{ "zone a.test { every after x }", "P0416", 1, 27, "no time" },
	{ "zone a.test { every flap x }", "P0416", 1, 26, "no number" },
	{ "zone a.test { @ MX mx.test }", "P0416", 1, 20, "no preference" },
	{ "zone a.test { @ MX 10 a..b }", "P0415", 1, 23, "no DNS name" },
	{ "zone a.test { @ TXT }", "P0420", 1, 17, "no text" },
	{ "zone a.test { @ CNAME b.test c.test }", "P0420", 1, 30,
	    "one only" },
	{ "zone a.test { x CNAME b.test; x A 192.0.2.1 }", "P0418", 1, 15,
	    "a CNAME stands alone" },
	{ "reverse mx.test 192.0.2.1", "P0413", 1, 9, "wrong order" },
	{ "reverse 192.0.2.1", "P0415", 1, 9, "no name" },
	{ "zone 1.2.0.192.in-addr.arpa { }\nreverse 192.0.2.1 a.test",
	    "P0411", 2, 1, "twice" },
	{ "else servfail", "P0419", 1, 6, "not that" },
};

static void
faults_are_told(void **state)
{
	struct lab *lab = *state;
	struct place at;
	struct str message;
	const char *code;
	size_t i;

	for (i = 0; i < COUNT(bad_rows); i++) {
		lab_read(lab, bad_rows[i].text);
		code = diag_at(lab->diag, 0, &at, &message);
		if (diag_count(lab->diag, DG_ERROR) != 1 || code == NULL ||
		    strcmp(code, bad_rows[i].code) != 0 ||
		    at.line != bad_rows[i].line ||
		    at.column != bad_rows[i].column)
			fail_msg("%s (%s): %u faults, %s at %u:%u",
			    bad_rows[i].text, bad_rows[i].why,
			    diag_count(lab->diag, DG_ERROR),
			    code == NULL ? "-" : code, at.line, at.column);
	}
}

static void
a_slip_is_told_with_its_remedy(void **state)
{
	struct lab *lab = *state;
	struct str text;

	lab_read(lab, "zone a.test {\n\tlst 192.0.2.1 127.0.0.2\n"
	    "\tevery timeut\n\tmx MXX 10 a.test\n\tmx 127.0.0.1\n}");
	text = diag_text(lab->diag, lab->arena);
	assert_non_null(strstr(text.p, "did you mean list?"));
	assert_non_null(strstr(text.p, "did you mean timeout?"));
	assert_non_null(strstr(text.p, "did you mean MX?"));
	assert_int_equal(diag_count(lab->diag, DG_ERROR), 4);
}

static void
reading_goes_on_behind_a_fault(void **state)
{
	static const struct row rows[] = {
		{ 0, "b.a.test", "A", "found 192.0.2.1 ttl 300" },
		{ 0, "c.test", "A", "nothing ttl 300" },
	};
	struct lab *lab = *state;

	lab_read(lab, "zone a.test { every thing; b A 192.0.2.1 }\n"
	    "zone a.test { }\nzone c.test { }\n");
	assert_int_equal(diag_count(lab->diag, DG_ERROR), 2);
	CHECK(lab, rows);
}

/* Other statements of a play are left to others. */
static void
other_statements_are_not_ours(void **state)
{
	struct lab *lab = *state;
	const struct stmt *s;

	lab->diag = diag_new();
	lab->source = (struct source){ STR("x"), STR("case \"x\" { }\nzones a\n"
	    "\"zone\" a { }\n") };
	lab->zones = zones_new(lab->arena, lab->diag);
	s = tree_parse(&lab->source, lab->arena, lab->diag);
	assert_false(zones_read(lab->zones, s));
	assert_false(zones_read(lab->zones, s->next));
	assert_int_equal(diag_count(lab->diag, DG_ERROR), 0);
}

/* --- the upstream of the simulated world --------------------------------- */

static void
on_asked(void *arg, struct str name, enum dns_type type,
    enum zones_outcome outcome, struct place place)
{
	struct lab *lab = arg;

	(void)name, (void)type, (void)place;
	lab->asked++;
	lab->undeclared += outcome == ZN_UNDECLARED;
}

struct probe { struct exchange x; struct lab *lab; };

static void
on_done(struct exchange *x, int error, const uint8_t *packet, size_t n)
{
	struct probe *p = CONTAINER(x, struct probe, x);
	struct lab *lab = p->lab;
	struct str open;

	lab->calls++;
	lab->error = error != 0 ? error : wire_read_answer(packet, n, x->name,
	    x->type, lab->arena, &lab->answer, &open);
	memset(p, 0x5a, sizeof *p);     /* it is ours again */
}

static void
lab_upstream(struct lab *lab, const char *text)
{
	struct sim_dns told = { on_asked, lab };

	lab_play(lab, text);
	lab->upstream = sim_upstream(&lab->world, lab->zones, lab->clock,
	    &told);
}

static void
lab_send(struct lab *lab, struct probe *p, const char *name)
{
	memset(p, 0x5a, sizeof *p);
	p->lab = lab;
	p->x.name = str_of(name);
	p->x.type = DNS_A;
	p->x.done = on_done;
	lab->calls = 0;
	lab->error = 99;
	lab->upstream->send(lab->upstream, &p->x);
	assert_int_equal(lab->calls, 0);        /* never inside send */
}

static void
lab_jump(struct lab *lab)
{
	lab->clock = fibers_next(lab->world.fibers);
	fibers_fire(lab->world.fibers);
	fibers_run(lab->world.fibers);
}

static void
answers_come_in_their_time(void **state)
{
	static const struct { const char *name; usec_t took; int error; }
	rows[] = {
		{ "a.good.test", 0, 0 },
		{ "a.late.test", 400 * MSEC, 0 },
		{ "a.bad.test", 0, -E_SERVFAIL },
		{ "a.cut.test", 100 * MSEC, -E_SERVFAIL },
		{ "a.mute.test", 3 * SEC, -E_TIMEOUT },
		{ "a.nobody.else", 0, -E_SERVFAIL },
	};
	struct lab *lab = *state;
	struct probe *p = calloc(1, sizeof *p);
	usec_t from;
	size_t i;

	lab_upstream(lab,
	    "zone good.test { a A 192.0.2.1 }\n"
	    "zone late.test { a A 192.0.2.1; every after 400ms }\n"
	    "zone bad.test { every servfail }\n"
	    "zone cut.test { every truncated; every after 100ms }\n"
	    "zone mute.test { every timeout }\n");
	for (i = 0; i < COUNT(rows); i++) {
		from = lab->clock;
		lab_send(lab, p, rows[i].name);
		lab_jump(lab);
		assert_int_equal(lab->calls, 1);
		assert_int_equal(lab->error, rows[i].error);
		assert_true(lab->clock - from == rows[i].took);
	}
	assert_int_equal(lab->asked, COUNT(rows));
	assert_int_equal(lab->undeclared, 1);
	free(p);
}

static void
the_end_of_a_play_ends_all(void **state)
{
	struct lab *lab = *state;
	struct probe *p = calloc(3, sizeof *p);

	lab_upstream(lab, "zone mute.test { every timeout }\n");
	lab_send(lab, &p[0], "a.mute.test");
	lab_send(lab, &p[1], "b.mute.test");
	lab_send(lab, &p[2], "c.mute.test");
	lab->upstream->free(lab->upstream);
	lab->upstream = NULL;
	assert_int_equal(lab->calls, 3);
	assert_int_equal(lab->error, -E_CANCELED);
	free(p);
}

int
main(void)
{
#define WITH_LAB(f) cmocka_unit_test_setup_teardown(f, lab_open, lab_close)
	static const struct CMUnitTest tests[] = {
		WITH_LAB(a_block_list),
		WITH_LAB(a_play_overrules_the_probes),
		WITH_LAB(a_list_has_its_points),
		WITH_LAB(all_is_well_again),
		WITH_LAB(records_of_names),
		WITH_LAB(aliases_are_followed),
		WITH_LAB(everything_can_go_wrong),
		WITH_LAB(delays_and_flaps),
		WITH_LAB(the_place_of_an_answer),
		WITH_LAB(more_than_a_packet),
		WITH_LAB(what_nobody_declared),
		WITH_LAB(faults_are_told),
		WITH_LAB(a_slip_is_told_with_its_remedy),
		WITH_LAB(reading_goes_on_behind_a_fault),
		WITH_LAB(other_statements_are_not_ours),
		WITH_LAB(answers_come_in_their_time),
		WITH_LAB(the_end_of_a_play_ends_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
