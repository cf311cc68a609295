/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader and writer of DNS packets: names, packets that strangers send,
 * and what we write, read back. test_dns_oracle.c has glibc's opinion.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/nameser.h>

#include "dns/wire.h"
#include "dns/wire_name.h"

/* --- names --------------------------------------------------------------- */

static const struct {
	const char *text;
	int         len;        /* on the wire; 0: refused                  */
	const char *back;       /* as it is printed                         */
	const char *why;
} name_rows[] = {
	{ "example.org", 13, "example.org", "plain" },
	{ "Example.ORG.", 13, "example.org", "case and the last dot go" },
	{ "", 1, "", "the root" },
	{ ".", 1, "", "the root" },
	{ "a..b", 0, "", "an empty label" },
	{ ".a", 0, "", "an empty label" },
	{ "a..", 0, "", "an empty label" },
	{ "a\\.b.c", 7, "a\\046b.c", "a dot inside a label" },
	{ "a\\046b.c", 7, "a\\046b.c", "the same" },
	{ "\\065.c", 5, "a.c", "an escape hides no upper case" },
	{ "\\000.c", 5, "\\000.c", "NUL is a byte like others" },
	{ "\\256.c", 0, "", "no byte" },
	{ "\\25", 0, "", "half an escape" },
	{ "\\", 0, "", "half an escape" },
	{ "\\12x.c", 0, "", "two digits and a letter" },
	{ "\\1x2.c", 0, "", "one digit" },
	{ "\\x12.c", 7, "x12.c", "a letter stands for itself" },
	{ "a b.c", 7, "a\\032b.c", "a space is no host" },
	{ "0/25.2.0.192.in-addr.arpa", 27, "0/25.2.0.192.in-addr.arpa",
	    "RFC 2317" },
	{ "*.x_y.z", 9, "*.x_y.z", "wildcard, underscore" },
};

static void
names_there_and_back(void **state)
{
	struct arena *arena = arena_new(0);
	uint8_t wire[WIRE_NAME];
	size_t i;
	int len;

	(void)state;
	for (i = 0; i < COUNT(name_rows); i++) {
		len = wire_name_of(str_of(name_rows[i].text), wire);
		if (name_rows[i].len == 0) {
			assert_int_equal(len, -E_INVALID);
			continue;
		}
		assert_int_equal(len, name_rows[i].len);
		assert_true(str_eq(wire_name_text(arena, wire),
		    str_of(name_rows[i].back)));
	}
	arena_free(&arena);
}

/* In: label lengths; makes a name of them. */
static struct str
name_of_lengths(struct arena *arena, const unsigned *lengths, size_t n)
{
	char *p = arena_alloc(arena, 512);
	size_t len = 0, i;

	for (i = 0; i < n; i++) {
		memset(p + len, 'x', lengths[i]);
		len += lengths[i];
		p[len++] = '.';
	}
	return (struct str){ p, len - 1 };
}

/* RFC 1035 2.3.4: 63 bytes a label, 255 a name with lengths and root. */
static void
names_have_limits(void **state)
{
	static const struct { unsigned l[5]; size_t n; int len; } rows[] = {
		{ { 63 }, 1, 65 },
		{ { 64 }, 1, -E_INVALID },
		{ { 63, 63, 63, 61 }, 4, 255 },
		{ { 63, 63, 63, 62 }, 4, -E_INVALID },
		{ { 63, 63, 63, 63 }, 4, -E_INVALID },
		{ { 63, 63, 63, 59, 1 }, 5, 255 },
		{ { 63, 63, 63, 60, 1 }, 5, -E_INVALID },
	};
	struct arena *arena = arena_new(0);
	uint8_t wire[WIRE_NAME];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(wire_name_of(name_of_lengths(arena,
		    rows[i].l, rows[i].n), wire), rows[i].len);
	arena_free(&arena);
}

/* --- packets that strangers send ----------------------------------------- */

struct blob { uint8_t p[70000]; size_t n; };

static void
blob_add(struct blob *b, const void *p, size_t n)
{
	assert_true(b->n + n <= sizeof b->p);
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

static void
blob_u16(struct blob *b, unsigned v)
{
	uint8_t two[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	blob_add(b, two, 2);
}

static void
blob_u32(struct blob *b, uint32_t v)
{
	blob_u16(b, v >> 16);
	blob_u16(b, v & 0xffff);
}

static void
blob_name(struct blob *b, const char *text)
{
	uint8_t wire[WIRE_NAME];
	int len = wire_name_of(str_of(text), wire);

	assert_true(len > 0);
	blob_add(b, wire, (size_t)len);
}

/* Header and question; the counts of the sections may lie. */
static void
blob_head(struct blob *b, unsigned flags, unsigned answers,
    unsigned authority, const char *name, enum dns_type type)
{
	b->n = 0;
	blob_u16(b, 7);
	blob_u16(b, flags);
	blob_u16(b, 1);
	blob_u16(b, answers);
	blob_u16(b, authority);
	blob_u16(b, 0);
	blob_name(b, name);
	blob_u16(b, (unsigned)type);
	blob_u16(b, 1);
}

static void
blob_rr(struct blob *b, const char *owner, unsigned type, uint32_t ttl,
    const void *data, size_t n)
{
	blob_name(b, owner);
	blob_u16(b, type);
	blob_u16(b, 1);
	blob_u32(b, ttl);
	blob_u16(b, (unsigned)n);
	blob_add(b, data, n);
}

static void
blob_rr_name(struct blob *b, const char *owner, unsigned type, uint32_t ttl,
    const char *name)
{
	uint8_t wire[WIRE_NAME];
	int len = wire_name_of(str_of(name), wire);

	blob_rr(b, owner, type, ttl, wire, (size_t)len);
}

static void
blob_soa(struct blob *b, const char *owner, uint32_t ttl, uint32_t minimum)
{
	struct blob *data = calloc(1, sizeof *data);
	int i;

	blob_name(data, "ns.test");
	blob_name(data, "hostmaster.test");
	for (i = 0; i < 4; i++)
		blob_u32(data, 1);
	blob_u32(data, minimum);
	blob_rr(b, owner, DNS_SOA, ttl, data->p, data->n);
	free(data);
}

struct lab {
	struct arena *arena;
	struct blob   b;
	struct answer a;
	struct str    open;
};

static int
lab_open(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	lab->arena = arena_new(0);
	*state = lab;
	return 0;
}

static int
lab_close(void **state)
{
	struct lab *lab = *state;

	arena_free(&lab->arena);
	free(lab);
	return 0;
}

static int
lab_read(struct lab *lab, const char *name, enum dns_type type)
{
	memset(&lab->a, 0, sizeof lab->a);
	return wire_read_answer(lab->b.p, lab->b.n, str_of(name), type,
	    lab->arena, &lab->a, &lab->open);
}

#define OK       0x8180
#define A_OF_77  "\300\0\2\115"     /* 192.0.2.77 */

static void
an_address_is_found(void **state)
{
	struct lab *lab = *state;

	blob_head(&lab->b, OK, 2, 0, "Mx.Test", DNS_A);
	blob_rr(&lab->b, "MX.test", DNS_A, 300, A_OF_77, 4);
	blob_rr(&lab->b, "mx.TEST", DNS_A, 60, "\1\2\3\4", 4);
	assert_int_equal(lab_read(lab, "mx.test.", DNS_A), 0);
	assert_int_equal(lab->a.status, DNS_FOUND);
	assert_int_equal(lab->a.count, 2);
	assert_true(ip_eq(lab->a.records[0].ip, ip_v4(192, 0, 2, 77)));
	assert_true(ip_eq(lab->a.records[1].ip, ip_v4(1, 2, 3, 4)));
	assert_int_equal(lab->a.ttl, 60);
	assert_true(lab->a.has_ttl);
	assert_true(str_eq(lab->a.name, STR("mx.test")));
}

/* RFC 1035 2.3.4, in packets: the longest that may be is read. */
static void
names_may_be_long(void **state)
{
	static const unsigned longest[] = { 63, 63, 63, 61 };
	struct lab *lab = *state;
	struct str name = name_of_lengths(lab->arena, longest, 4);
	char text[300];

	snprintf(text, sizeof text, "%.*s", STR_ARG(name));
	blob_head(&lab->b, OK, 2, 0, text, DNS_A);
	blob_rr(&lab->b, text, DNS_A, 300, A_OF_77, 4);
	blob_rr(&lab->b, "short.test", DNS_A, 300, A_OF_77, 4);
	assert_int_equal(lab_read(lab, text, DNS_A), 0);
	assert_int_equal(lab->a.count, 1);
	assert_true(str_eq(lab->a.name, name));
	/* One byte more, by a pointer to it from one label more. */
	blob_head(&lab->b, OK, 1, 0, text, DNS_A);
	blob_add(&lab->b, "\1x\300\14", 4);
	blob_add(&lab->b, "\0\1\0\1\0\0\0\11\0\4\1\2\3\4", 14);
	assert_int_equal(lab_read(lab, text, DNS_A), -E_GARBAGE);
}

/* RFC 2308 5: the smaller of the SOA's TTL and its last field. */
static void
nothing_holds_as_long_as_the_soa_says(void **state)
{
	struct lab *lab = *state;

	blob_head(&lab->b, OK | 3, 0, 1, "no.test", DNS_A);
	blob_soa(&lab->b, "test", 900, 300);
	assert_int_equal(lab_read(lab, "no.test", DNS_A), 0);
	assert_int_equal(lab->a.status, DNS_NO_NAME);
	assert_int_equal(lab->a.ttl, 300);

	blob_head(&lab->b, OK, 0, 1, "no.test", DNS_A);
	blob_soa(&lab->b, "test", 30, 300);
	assert_int_equal(lab_read(lab, "no.test", DNS_A), 0);
	assert_int_equal(lab->a.status, DNS_NO_DATA);
	assert_int_equal(lab->a.ttl, 30);

	blob_head(&lab->b, OK | 3, 0, 0, "no.test", DNS_A);
	assert_int_equal(lab_read(lab, "no.test", DNS_A), 0);
	assert_int_equal(lab->a.status, DNS_NO_NAME);
	assert_false(lab->a.has_ttl);
}

static void
aliases_are_followed_in_the_packet(void **state)
{
	struct lab *lab = *state;

	/* In no order, with a lower TTL on the way. */
	blob_head(&lab->b, OK, 3, 0, "a.test", DNS_A);
	blob_rr(&lab->b, "c.test", DNS_A, 300, A_OF_77, 4);
	blob_rr_name(&lab->b, "b.test", DNS_CNAME, 20, "c.test");
	blob_rr_name(&lab->b, "a.test", DNS_CNAME, 90, "B.test");
	assert_int_equal(lab_read(lab, "a.test", DNS_A), 0);
	assert_int_equal(lab->a.count, 1);
	assert_int_equal(lab->a.ttl, 20);
	assert_int_equal(lab->a.chain, 2);
	assert_true(str_eq(lab->a.name, STR("c.test")));
	assert_int_equal(lab->open.len, 0);

	/* The type itself is asked: no following. */
	assert_int_equal(lab_read(lab, "a.test", DNS_CNAME), 0);
	assert_int_equal(lab->a.count, 1);
	assert_true(str_eq(lab->a.records[0].text, STR("b.test")));
}

static void
an_open_chain_is_told(void **state)
{
	struct lab *lab = *state;

	blob_head(&lab->b, OK, 1, 0, "a.test", DNS_A);
	blob_rr_name(&lab->b, "a.test", DNS_CNAME, 90, "b.else");
	assert_int_equal(lab_read(lab, "a.test", DNS_A), 0);
	assert_true(str_eq(lab->open, STR("b.else")));
	assert_int_equal(lab->a.ttl, 90);

	/* With a SOA the end is known to be empty. */
	blob_head(&lab->b, OK, 1, 1, "a.test", DNS_A);
	blob_rr_name(&lab->b, "a.test", DNS_CNAME, 90, "b.else");
	blob_soa(&lab->b, "else", 50, 50);
	assert_int_equal(lab_read(lab, "a.test", DNS_A), 0);
	assert_int_equal(lab->open.len, 0);
	assert_int_equal(lab->a.status, DNS_NO_DATA);
	assert_int_equal(lab->a.ttl, 50);

	/* RFC 6604: NXDOMAIN speaks of the end of the chain. */
	blob_head(&lab->b, OK | 3, 1, 0, "a.test", DNS_A);
	blob_rr_name(&lab->b, "a.test", DNS_CNAME, 90, "b.else");
	assert_int_equal(lab_read(lab, "a.test", DNS_A), 0);
	assert_int_equal(lab->open.len, 0);
	assert_int_equal(lab->a.status, DNS_NO_NAME);
	assert_true(str_eq(lab->a.name, STR("b.else")));
}

/* catalogue 99: CNAME chain 20, loop, 10 000 records */
static void
chains_and_crowds_end(void **state)
{
	struct lab *lab = *state;
	char from[32], to[32];
	unsigned length, i;

	for (length = 7; length <= 20; length++) {
		blob_head(&lab->b, OK, length + 1, 0, "n0.test", DNS_A);
		for (i = 0; i < length; i++) {
			snprintf(from, sizeof from, "n%u.test", i);
			snprintf(to, sizeof to, "n%u.test", i + 1);
			blob_rr_name(&lab->b, from, DNS_CNAME, 9, to);
		}
		blob_rr(&lab->b, to, DNS_A, 9, A_OF_77, 4);
		assert_int_equal(lab_read(lab, "n0.test", DNS_A),
		    length <= DNS_CHAIN ? 0 : -E_GARBAGE);
	}
	blob_head(&lab->b, OK, 2, 0, "a.test", DNS_A);
	blob_rr_name(&lab->b, "a.test", DNS_CNAME, 9, "b.test");
	blob_rr_name(&lab->b, "b.test", DNS_CNAME, 9, "a.test");
	assert_int_equal(lab_read(lab, "a.test", DNS_A), -E_GARBAGE);

	blob_head(&lab->b, OK, 2500, 0, "a.test", DNS_A);
	for (i = 0; i < 2500; i++)
		blob_rr(&lab->b, "a.test", DNS_A, 9, A_OF_77, 4);
	assert_int_equal(lab_read(lab, "a.test", DNS_A), 0);
	assert_int_equal(lab->a.count, DNS_RECORDS);

	/* What is asked for might stand among those not looked at. */
	assert_int_equal(lab_read(lab, "b.test", DNS_A), -E_GARBAGE);
}

static const struct {
	const char *why;
	const char *answer;     /* the answer section                       */
	size_t      n;
	unsigned    flags, count;
	enum dns_type type;
	int         rc;
} bad_rows[] = {
	/* the question "a.test" lies at 12, behind it (24) the answers */
#define ROW(why, flags, count, type, rc, answer) \
	{ why, answer, sizeof answer - 1, flags, count, type, rc }
#define RR_A "\0\1\0\1\0\0\0\11\0\4"
	ROW("a pointer to the question", OK, 1, DNS_A, 0,
	    "\300\14" RR_A "\1\2\3\4"),
	ROW("a pointer to itself (catalogue 99)", OK, 1, DNS_A, -E_GARBAGE,
	    "\300\30" RR_A "\1\2\3\4"),
	ROW("a pointer forward", OK, 1, DNS_A, -E_GARBAGE,
	    "\300\50" RR_A "\1\2\3\4"),
	ROW("a pointer into the header", OK, 1, DNS_A, -E_GARBAGE,
	    "\300\4" RR_A "\1\2\3\4"),
	ROW("a pointer behind the packet", OK, 1, DNS_A, -E_GARBAGE,
	    "\377\377" RR_A "\1\2\3\4"),
	ROW("half a pointer", OK, 1, DNS_A, -E_GARBAGE, "\300"),
	ROW("label type 01", OK, 1, DNS_A, -E_GARBAGE,
	    "\100\14" RR_A "\1\2\3\4"),
	ROW("label type 10", OK, 1, DNS_A, -E_GARBAGE,
	    "\200\14" RR_A "\1\2\3\4"),
	ROW("an address of three bytes", OK, 1, DNS_A, -E_GARBAGE,
	    "\300\14\0\1\0\1\0\0\0\11\0\3\1\2\3"),
	ROW("an address of five bytes", OK, 1, DNS_A, -E_GARBAGE,
	    "\300\14\0\1\0\1\0\0\0\11\0\5\1\2\3\4\5"),
	ROW("more records announced than there", OK, 2, DNS_A, -E_GARBAGE,
	    "\300\14" RR_A "\1\2\3\4"),
	ROW("data longer than the packet", OK, 1, DNS_A, -E_GARBAGE,
	    "\300\14\0\1\0\1\0\0\0\11\377\377\1\2\3\4"),
	ROW("another class is not ours", OK, 1, DNS_A, 0,
	    "\300\14\0\1\0\3\0\0\0\11\0\4\1\2\3\4"),
	ROW("a string longer than its record", OK, 1, DNS_TXT, -E_GARBAGE,
	    "\300\14\0\20\0\1\0\0\0\11\0\3\5ab"),
	ROW("TXT without a string", OK, 1, DNS_TXT, -E_GARBAGE,
	    "\300\14\0\20\0\1\0\0\0\11\0\0"),
	ROW("TXT of one empty string", OK, 1, DNS_TXT, 0,
	    "\300\14\0\20\0\1\0\0\0\11\0\1\0"),
	ROW("an MX without a name", OK, 1, DNS_MX, -E_GARBAGE,
	    "\300\14\0\17\0\1\0\0\0\11\0\2\0\12"),
	ROW("a null MX (catalogue 28)", OK, 1, DNS_MX, 0,
	    "\300\14\0\17\0\1\0\0\0\11\0\3\0\0\0"),
	ROW("bytes behind the name of a PTR", OK, 1, DNS_PTR, -E_GARBAGE,
	    "\300\14\0\14\0\1\0\0\0\11\0\4\1b\0\0"),
	ROW("a PTR that runs over its record", OK, 1, DNS_PTR, -E_GARBAGE,
	    "\300\14\0\14\0\1\0\0\0\11\0\2\1b\0\0"),
	ROW("SERVFAIL", OK | 2, 0, DNS_A, -E_SERVFAIL, ""),
	ROW("FORMERR", OK | 1, 0, DNS_A, -E_REFUSED, ""),
	ROW("REFUSED", OK | 5, 0, DNS_A, -E_REFUSED, ""),
	ROW("NOTIMP", OK | 4, 0, DNS_A, -E_REFUSED, ""),
	ROW("truncated", OK | 0x200, 0, DNS_A, -E_GARBAGE, ""),
	ROW("a question, not an answer", 0x0100, 0, DNS_A, -E_GARBAGE, ""),
	ROW("another opcode", OK | 0x2000, 0, DNS_A, -E_GARBAGE, ""),
	ROW("NXDOMAIN with the record asked for", OK | 3, 1, DNS_A,
	    -E_GARBAGE, "\300\14" RR_A "\1\2\3\4"),
	ROW("nothing at all", OK, 0, DNS_A, 0, ""),
};

static void
strange_packets(void **state)
{
	struct lab *lab = *state;
	size_t i;
	int rc;

	for (i = 0; i < COUNT(bad_rows); i++) {
		blob_head(&lab->b, bad_rows[i].flags, bad_rows[i].count, 0,
		    "a.test", bad_rows[i].type);
		blob_add(&lab->b, bad_rows[i].answer, bad_rows[i].n);
		rc = lab_read(lab, "a.test", bad_rows[i].type);
		if (rc != bad_rows[i].rc)
			fail_msg("%s: %d, not %d", bad_rows[i].why, rc,
			    bad_rows[i].rc);
	}
	for (i = 0; i < 24; i++) {              /* cut everywhere */
		blob_head(&lab->b, OK, 0, 0, "a.test", DNS_A);
		lab->b.n = i;
		assert_int_equal(lab_read(lab, "a.test", DNS_A), -E_GARBAGE);
	}
}

/* catalogue 83, 100: texts come as they are, names never do harm */
static void
texts_and_names(void **state)
{
	struct lab *lab = *state;

	blob_head(&lab->b, OK, 1, 0, "a.test", DNS_TXT);
	blob_rr(&lab->b, "a.test", DNS_TXT, 9, "\3v=s\0\3pf1\1\0", 11);
	assert_int_equal(lab_read(lab, "a.test", DNS_TXT), 0);
	assert_true(str_eq(lab->a.records[0].text, STR("v=spf1\0")));

	blob_head(&lab->b, OK, 1, 0, "a.test", DNS_PTR);
	blob_rr(&lab->b, "a.test", DNS_PTR, 9, "\10x\r\nRCPT\"\1B\0", 12);
	assert_int_equal(lab_read(lab, "a.test", DNS_PTR), 0);
	assert_true(str_eq(lab->a.records[0].text,
	    STR("x\\013\\010rcpt\\034.b")));
}

static void
an_error_leaves_the_answer_alone(void **state)
{
	struct lab *lab = *state;
	struct answer before;

	memset(&lab->a, 0x5a, sizeof lab->a);
	before = lab->a;
	lab->open = STR("mine");
	blob_head(&lab->b, OK, 1, 0, "a.test", DNS_A);
	blob_rr(&lab->b, "a.test", DNS_A, 9, "\1\2\3", 3);
	assert_int_equal(wire_read_answer(lab->b.p, lab->b.n, STR("a.test"),
	    DNS_A, lab->arena, &lab->a, &lab->open), -E_GARBAGE);
	assert_memory_equal(&lab->a, &before, sizeof before);
	assert_true(str_eq(lab->open, STR("mine")));
}

/* catalogue 99, 102: what does not answer this question is not its answer */
static void
only_its_own_answer_matches(void **state)
{
	struct lab *lab = *state;
	struct blob *b = &lab->b;

	blob_head(b, OK, 0, 0, "A.test", DNS_A);
	assert_true(wire_matches(b->p, b->n, 7, STR("a.Test"), DNS_A));
	assert_false(wire_matches(b->p, b->n, 8, STR("a.test"), DNS_A));
	assert_false(wire_matches(b->p, b->n, 7, STR("b.test"), DNS_A));
	assert_false(wire_matches(b->p, b->n, 7, STR("a.test.x"), DNS_A));
	assert_false(wire_matches(b->p, b->n, 7, STR("a"), DNS_A));
	assert_false(wire_matches(b->p, b->n, 7, STR("a.test"), DNS_MX));
	assert_false(wire_matches(b->p, b->n - 1, 7, STR("a.test"), DNS_A));
	assert_false(wire_matches(b->p, 0, 7, STR("a.test"), DNS_A));
	b->p[b->n - 1] = 3;                     /* class CHAOS */
	assert_false(wire_matches(b->p, b->n, 7, STR("a.test"), DNS_A));
	blob_head(b, 0x0100, 0, 0, "a.test", DNS_A);
	assert_false(wire_matches(b->p, b->n, 7, STR("a.test"), DNS_A));
	blob_head(b, OK | 0x200 | 5, 0, 0, "a.test", DNS_A);
	assert_true(wire_is_truncated(b->p, b->n));
	assert_int_equal(wire_rcode(b->p, b->n), 5);
	assert_false(wire_is_truncated(b->p, 3));
	assert_int_equal(wire_rcode(b->p, 3), -E_GARBAGE);
}

/* --- the writer ---------------------------------------------------------- */

static void
questions_there_and_back(void **state)
{
	struct lab *lab = *state;
	struct wire_question q;
	struct buf out = BUF_INIT(0);
	ns_msg msg;

	assert_int_equal(wire_write_question(&out, 0xbeef, STR("Mx.\\001.test"),
	    DNS_TXT), 0);
	assert_int_equal(ns_initparse((uint8_t *)out.p, (int)out.len, &msg), 0);
	assert_int_equal(wire_read_question((uint8_t *)out.p, out.len,
	    lab->arena, &q), 0);
	assert_int_equal(q.id, 0xbeef);
	assert_int_equal(q.type, DNS_TXT);
	assert_true(str_eq(q.name, STR("mx.\\001.test")));
	assert_true(q.is_edns);
	assert_int_equal(q.udp_size, 1232);
	/* c-ares takes the last 11 bytes off when a server knows no EDNS. */
	assert_memory_equal(out.p + out.len - 11, "\0\0\51\4\320\0\0\0\0\0\0",
	    11);
	assert_int_equal(wire_write_question(&out, 1, STR("a..b"), DNS_A),
	    -E_INVALID);
	/* Answers have no place in a question. */
	out.p[7] = 1;
	assert_int_equal(wire_read_question((uint8_t *)out.p, out.len,
	    lab->arena, &q), -E_GARBAGE);
	buf_free(&out);
}

/* Only OPT at the root is EDNS, whatever else is additional. */
static void
what_edns_is(void **state)
{
	struct lab *lab = *state;
	struct wire_question q;

	blob_head(&lab->b, 0x0100, 0, 0, "a.test", DNS_A);
	lab->b.p[11] = 2;
	blob_rr(&lab->b, "", DNS_A, 9, A_OF_77, 4);
	blob_rr(&lab->b, "x.test", 41, 0, "", 0);
	assert_int_equal(wire_read_question(lab->b.p, lab->b.n, lab->arena,
	    &q), 0);
	assert_false(q.is_edns);
	assert_int_equal(q.udp_size, 512);
	lab->b.p[11] = 3;
	blob_rr(&lab->b, "", 41, 0, "", 0);
	assert_int_equal(wire_read_question(lab->b.p, lab->b.n, lab->arena,
	    &q), 0);
	assert_true(q.is_edns);
	assert_int_equal(q.udp_size, 512);      /* less is not believed */
}

static void
the_longest_question(void **state)
{
	static const unsigned longest[] = { 63, 63, 63, 61 };
	struct lab *lab = *state;
	struct str name = name_of_lengths(lab->arena, longest, 4);
	struct wire_question q;
	struct buf out = BUF_INIT(0);

	assert_int_equal(wire_write_question(&out, 1, name, DNS_A), 0);
	assert_int_equal(out.len, 12 + 255 + 4 + 11);
	assert_int_equal(wire_read_question((uint8_t *)out.p, out.len,
	    lab->arena, &q), 0);
	assert_true(str_eq(q.name, name));
	out.len = 0;
	assert_int_equal(wire_write_answer(&out, &q, &(struct wire_reply){
	    .rcode = 3, .zone = STR("test"), .negative_ttl = 9 }), 0);
	assert_true(wire_matches((uint8_t *)out.p, out.len, 1, name, DNS_A));
	buf_free(&out);
}

/* glibc reads a packet only when every byte of it is accounted for. */
static void
assert_well_formed(const struct buf *out, int answers, int authority)
{
	ns_msg msg;
	ns_rr rr;

	assert_int_equal(ns_initparse((uint8_t *)out->p, (int)out->len, &msg),
	    0);
	assert_int_equal(ns_msg_count(msg, ns_s_an), answers);
	assert_int_equal(ns_msg_count(msg, ns_s_ns), authority);
	assert_int_equal(ns_msg_count(msg, ns_s_ar), 1);
	assert_int_equal(ns_parserr(&msg, ns_s_ar, 0, &rr), 0);
	assert_int_equal(ns_rr_type(rr), ns_t_opt);
	assert_int_equal(ns_rr_class(rr), 1232);
}

static void
answers_there_and_back(void **state)
{
	struct lab *lab = *state;
	struct wire_question q = { .id = 9, .type = DNS_MX, .is_edns = true };
	char text[700];
	struct wire_record records[] = {
		{ STR("a.test"), DNS_CNAME, { .ttl = 5,
		    .text = STR("b.test") } },
		{ STR("b.test"), DNS_MX, { .ttl = 6, .preference = 10,
		    .text = STR("mx.test") } },
		{ STR("b.test"), DNS_TXT, { .ttl = 7 } },
	};
	struct wire_reply r = { .records = records, .count = 3 };
	struct buf out = BUF_INIT(0);

	memset(text, 't', sizeof text);
	records[2].record.text = (struct str){ text, sizeof text };
	q.name = STR("a.test");
	assert_int_equal(wire_write_answer(&out, &q, &r), 0);
	assert_well_formed(&out, 3, 0);
	assert_true(wire_matches((uint8_t *)out.p, out.len, 9, q.name, DNS_MX));
	assert_int_equal(wire_read_answer((uint8_t *)out.p, out.len, q.name,
	    DNS_MX, lab->arena, &lab->a, &lab->open), 0);
	assert_int_equal(lab->a.records[0].preference, 10);
	assert_true(str_eq(lab->a.records[0].text, STR("mx.test")));
	assert_int_equal(wire_read_answer((uint8_t *)out.p, out.len, q.name,
	    DNS_TXT, lab->arena, &lab->a, &lab->open), 0);
	assert_int_equal(lab->a.records[0].text.len, sizeof text);

	out.len = 0;
	r = (struct wire_reply){ .rcode = 3, .zone = STR("test"),
		.negative_ttl = 77 };
	assert_int_equal(wire_write_answer(&out, &q, &r), 0);
	assert_int_equal(wire_read_answer((uint8_t *)out.p, out.len, q.name,
	    DNS_MX, lab->arena, &lab->a, &lab->open), 0);
	assert_int_equal(lab->a.status, DNS_NO_NAME);
	assert_int_equal(lab->a.ttl, 77);
	assert_well_formed(&out, 0, 1);
	buf_free(&out);
}

/* A call that fails leaves the buf as it was. */
static void
what_cannot_be_written(void **state)
{
	struct wire_question q = { .id = 9, .type = DNS_A, .name = STR("a.b") };
	struct wire_record bad = { STR("a.b"), DNS_PTR, {
	    .text = STR("a..b") } };
	struct wire_reply r = { .records = &bad, .count = 1,
	    .negative_ttl = 60 };
	struct buf out = BUF_INIT(0);
	char *big = calloc(1, 70000);

	(void)state;
	buf_add(&out, "before", 6);
	assert_int_equal(wire_write_answer(&out, &q, &r), -E_INVALID);
	bad.type = DNS_SOA;
	assert_int_equal(wire_write_answer(&out, &q, &r), -E_INVALID);
	bad = (struct wire_record){ STR("a.b"), DNS_TXT, {
	    .text = { big, 70000 } } };
	assert_int_equal(wire_write_answer(&out, &q, &r), -E_TOOBIG);
	bad.record.text.len = 65250;    /* a record may, a packet may not */
	assert_int_equal(wire_write_answer(&out, &q, &r), -E_TOOBIG);
	bad.record.text.len = 65000;
	r.negative_ttl = 0;
	assert_int_equal(wire_write_answer(&out, &q, &r), 0);
	out.len = 6;
	q.name = STR("a..b");
	assert_int_equal(wire_write_answer(&out, &q, &r), -E_INVALID);
	assert_true(str_eq(buf_str(&out), STR("before")));
	free(big);
	buf_free(&out);
}

int
main(void)
{
#define WITH_LAB(f) cmocka_unit_test_setup_teardown(f, lab_open, lab_close)
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_there_and_back),
		cmocka_unit_test(names_have_limits),
		WITH_LAB(an_address_is_found),
		WITH_LAB(names_may_be_long),
		WITH_LAB(nothing_holds_as_long_as_the_soa_says),
		WITH_LAB(aliases_are_followed_in_the_packet),
		WITH_LAB(an_open_chain_is_told),
		WITH_LAB(chains_and_crowds_end),
		WITH_LAB(strange_packets),
		WITH_LAB(texts_and_names),
		WITH_LAB(an_error_leaves_the_answer_alone),
		WITH_LAB(only_its_own_answer_matches),
		WITH_LAB(questions_there_and_back),
		WITH_LAB(what_edns_is),
		WITH_LAB(the_longest_question),
		WITH_LAB(answers_there_and_back),
		cmocka_unit_test(what_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
