/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second opinion on DNS packets: random ones, whole and damaged, are read
 * by dns/wire.c and by a reader of this file that stands on glibc's
 * ns_initparse, ns_parserr and ns_name_uncompress. Both must say the same.
 *
 * Ours differs from glibc on purpose in two things, and only in these:
 * pointers lead to what lies wholly before them, at most 128 of them (link_ok);
 * and what stands behind the part that an answer needs is not looked at.
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
#include <netinet/in.h>
#include <resolv.h>

#include "dns/wire.h"
#include "dns/wire_name.h"

#define ROUNDS   120000
#define LOOKED_AT (DNS_RECORDS + DNS_CHAIN)
#define NAMES    7

static uint64_t seed;

static unsigned
dice(unsigned n)                /* 0..n-1 */
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 11) % n);
}

/* --- glibc's reading ----------------------------------------------------- */

struct second {
	ns_msg   msg;
	ns_rr    rr[LOOKED_AT], soa;
	size_t   indexed;
	bool     is_more;
	uint8_t  name[WIRE_NAME];       /* end of the chain                 */
	size_t   chain;
	const ns_rr *found[DNS_RECORDS];
	size_t   count;
	uint32_t ttl;
	bool     has_ttl, is_open;
};

static bool
link_ok(const uint8_t *p, size_t n, size_t at)
{
	size_t from = at, jumps = 0, to;

	while (at < n && p[at] != 0) {
		if (p[at] < 0xc0) {
			at += p[at] + 1u;
			continue;
		}
		if (at + 1 >= n)
			return false;
		to = (p[at] & 0x3fu) << 8 | p[at + 1];
		if (to >= from || to < 12 || ++jumps > 128)
			return false;
		n = from;
		at = from = to;
	}
	return at < n;
}

static bool
links_ok(const struct second *s, const uint8_t *p)
{
	const uint8_t *base = ns_msg_base(s->msg);

	return link_ok(base, (size_t)(ns_msg_end(s->msg) - base),
	    (size_t)(p - base));
}

/* Lower-case bytes of a name as glibc prints it. */
static void
wire_of_print(const char *print, uint8_t *wire)
{
	size_t i, k;

	assert_true(ns_name_pton(print, wire, WIRE_NAME) >= 0);
	for (i = 0; wire[i] != 0; i += wire[i] + 1u)
		for (k = 1; k <= wire[i]; k++)
			if (wire[i + k] >= 'A' && wire[i + k] <= 'Z')
				wire[i + k] = (uint8_t)(wire[i + k] + 32);
}

/* A name at p; its length there, or -1. */
static int
second_name(const struct second *s, const uint8_t *p, uint8_t *wire)
{
	char print[NS_MAXDNAME];
	int n;

	if (p >= ns_msg_end(s->msg) || !links_ok(s, p))
		return -1;
	n = ns_name_uncompress(ns_msg_base(s->msg), ns_msg_end(s->msg), p,
	    print, sizeof print);
	if (n >= 0)
		wire_of_print(print, wire);
	return n;
}

/* A name that fills the record from `from` on. */
static bool
second_rdata(const struct second *s, const ns_rr *rr, size_t from,
    uint8_t *wire)
{
	return from < ns_rr_rdlen(*rr) &&
	    second_name(s, ns_rr_rdata(*rr) + from, wire) ==
	    (int)(ns_rr_rdlen(*rr) - from);
}

static bool
second_data_ok(const struct second *s, const ns_rr *rr)
{
	const uint8_t *p = ns_rr_rdata(*rr), *end = p + ns_rr_rdlen(*rr);
	uint8_t wire[WIRE_NAME];

	switch ((int)ns_rr_type(*rr)) {
	case ns_t_a:
		return end - p == 4;
	case ns_t_aaaa:
		return end - p == 16;
	case ns_t_mx:
		return second_rdata(s, rr, 2, wire);
	case ns_t_txt:
		if (p == end)
			return false;
		while (p < end)
			p += *p + 1;
		return p == end;
	default:
		return second_rdata(s, rr, 0, wire);
	}
}

static uint32_t
second_ttl(const ns_rr *rr)
{
	return ns_rr_ttl(*rr) > INT32_MAX ? 0 : (uint32_t)ns_rr_ttl(*rr);
}

/* glibc does not tell where a record starts: we walk beside it. */
static const uint8_t *
behind(const struct second *s, const uint8_t *at)
{
	at += dn_skipname(at, ns_msg_end(s->msg));
	return at + 10 + ns_get16(at + 8);
}

/* The answer section. */
static bool
second_index(struct second *s)
{
	const uint8_t *at = s->msg._sections[ns_s_an];
	int i;
	ns_rr rr;

	for (i = 0; i < ns_msg_count(s->msg, ns_s_an); i++) {
		if (s->indexed == LOOKED_AT) {
			s->is_more = true;      /* need not be readable */
			return true;
		}
		if (ns_parserr(&s->msg, ns_s_an, i, &rr) != 0 ||
		    !links_ok(s, at))
			return false;
		if (ns_rr_class(rr) == ns_c_in)
			s->rr[s->indexed++] = rr;
		at = behind(s, at);
	}
	return true;
}

static bool
second_is(const struct second *s, const ns_rr *rr, int type)
{
	uint8_t owner[WIRE_NAME];
	size_t i;

	if ((int)ns_rr_type(*rr) != type)
		return false;
	wire_of_print(ns_rr_name(*rr), owner);
	for (i = 0; owner[i] != 0; i += owner[i] + 1u)
		if (memcmp(owner + i, s->name + i, owner[i] + 1u) != 0)
			return false;
	return s->name[i] == 0;
}

static bool
second_follow(struct second *s)
{
	size_t i;

	for (i = 0; i < s->indexed; i++) {
		if (!second_is(s, &s->rr[i], ns_t_cname))
			continue;
		if (++s->chain > DNS_CHAIN ||
		    !second_rdata(s, &s->rr[i], 0, s->name))
			return false;
		if (second_ttl(&s->rr[i]) < s->ttl)
			s->ttl = second_ttl(&s->rr[i]);
		i = SIZE_MAX;           /* from the first again */
	}
	return true;
}

static bool
second_collect(struct second *s, int type)
{
	size_t i;

	for (i = 0; i < s->indexed && s->count < DNS_RECORDS; i++)
		if (second_is(s, &s->rr[i], type))
			s->found[s->count++] = &s->rr[i];
	for (i = 0; i < s->count; i++) {
		if (!second_data_ok(s, s->found[i]))
			return false;
		if (second_ttl(s->found[i]) < s->ttl)
			s->ttl = second_ttl(s->found[i]);
	}
	return s->count > 0 || !s->is_more;
}

/* 1 and the negative TTL, 0 without SOA, -1 for garbage. */
static int
second_soa(struct second *s, uint32_t *ttl)
{
	const uint8_t *p, *at = s->msg._sections[ns_s_ns];
	uint8_t wire[WIRE_NAME];
	int i, a, b;

	for (i = 0; i < ns_msg_count(s->msg, ns_s_ns) && i < 50; i++) {
		if (ns_parserr(&s->msg, ns_s_ns, i, &s->soa) != 0 ||
		    !links_ok(s, at))
			return -1;
		at = behind(s, at);
		if (ns_rr_type(s->soa) != ns_t_soa ||
		    ns_rr_class(s->soa) != ns_c_in)
			continue;
		p = ns_rr_rdata(s->soa);
		a = second_name(s, p, wire);
		b = a < 0 ? -1 : second_name(s, p + a, wire);
		if (b < 0 || a + b + 20 != ns_rr_rdlen(s->soa))
			return -1;
		*ttl = (uint32_t)ns_get32(p + a + b + 16);
		if (*ttl > second_ttl(&s->soa))
			*ttl = second_ttl(&s->soa);
		return 1;
	}
	return 0;
}

/* The whole reading; true when the packet is good. */
static bool
second_read(struct second *s, const uint8_t *p, size_t n, const uint8_t *name,
    int type)
{
	uint32_t ttl = 0;
	int rcode, soa;
	ns_rr rr;

	memset(s, 0, sizeof *s);
	s->ttl = UINT32_MAX;
	memcpy(s->name, name, WIRE_NAME);
	if (ns_initparse(p, (int)n, &s->msg) != 0 ||
	    ns_msg_count(s->msg, ns_s_qd) != 1 ||
	    ns_parserr(&s->msg, ns_s_qd, 0, &rr) != 0 ||
	    ns_rr_class(rr) != ns_c_in ||
	    ns_msg_getflag(s->msg, ns_f_opcode) != 0 ||
	    !ns_msg_getflag(s->msg, ns_f_qr) ||
	    ns_msg_getflag(s->msg, ns_f_tc))
		return false;
	rcode = ns_msg_getflag(s->msg, ns_f_rcode);
	if ((rcode != ns_r_noerror && rcode != ns_r_nxdomain) ||
	    !second_index(s) || (type != ns_t_cname && !second_follow(s)) ||
	    !second_collect(s, type))
		return false;
	s->has_ttl = true;
	if (s->count > 0)
		return rcode == ns_r_noerror;
	soa = second_soa(s, &ttl);
	s->is_open = soa == 0 && s->chain > 0 && rcode == ns_r_noerror;
	if (soa > 0 && ttl < s->ttl)
		s->ttl = ttl;
	s->has_ttl = soa > 0 || s->is_open;
	return soa >= 0;
}

/* --- random packets, not written by the writer under test ---------------- */

struct maker {
	uint8_t  p[65535];
	size_t   n;
	uint8_t  names[NAMES][WIRE_NAME];
	uint16_t heads[64];             /* where names begin              */
	size_t   head_count;
};

static void
make16(struct maker *m, unsigned v)
{
	m->p[m->n++] = (uint8_t)(v >> 8);
	m->p[m->n++] = (uint8_t)v;
}

/* A few names that share their tails; odd bytes now and then. */
static void
make_names(struct maker *m)
{
	static const char labels[] = "abcd-_.\\\"\0 z9";
	uint8_t *to;
	size_t i, k, n;

	for (i = 0; i < NAMES; i++) {
		to = m->names[i];
		n = 1 + dice(3);
		*to++ = (uint8_t)n;
		for (k = 0; k < n; k++)
			*to++ = (uint8_t)labels[dice(dice(4) == 0 ?
			    sizeof labels - 1 : 4)];
		if (i > 0 && dice(4) != 0)
			memcpy(to, m->names[dice((unsigned)i)],
			    (size_t)(m->names[i] + WIRE_NAME - to));
		else
			*to = 0;
	}
}

/* Writes a name, in random case; from some label on perhaps as a pointer to
 * where the same bytes, or anything at all, stood before. */
static void
make_name(struct maker *m, const uint8_t *name)
{
	size_t k;

	if (m->head_count < COUNT(m->heads) && m->n < 0x4000)
		m->heads[m->head_count++] = (uint16_t)m->n;
	for (; *name != 0; name += *name + 1) {
		if (dice(4) == 0 && m->head_count > 1) {
			make16(m, 0xc000u | m->heads[dice((unsigned)
			    m->head_count - 1)]);
			return;
		}
		m->p[m->n++] = *name;
		for (k = 1; k <= *name; k++)
			m->p[m->n++] = name[k] >= 'a' && name[k] <= 'z' &&
			    dice(2) ? (uint8_t)(name[k] - 32) : name[k];
	}
	m->p[m->n++] = 0;
}

static const uint8_t *
any_name(struct maker *m)
{
	return m->names[dice(NAMES)];
}

static void
make_strings(struct maker *m)
{
	size_t n, k, strings = dice(8) == 0 ? 0 : 1 + dice(3);

	while (strings-- > 0) {
		n = dice(9);
		m->p[m->n++] = (uint8_t)n;
		for (k = 0; k < n; k++)
			m->p[m->n++] = (uint8_t)dice(256);
	}
}

static void
make_data(struct maker *m, unsigned type)
{
	size_t i;

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		for (i = 0; i < (type == DNS_A ? 4u : 16u); i++)
			m->p[m->n++] = (uint8_t)dice(256);
		break;
	case DNS_TXT:
		make_strings(m);
		break;
	case DNS_SOA:
		make_name(m, any_name(m));
		make_name(m, any_name(m));
		for (i = 0; i < 10; i++)
			make16(m, dice(3) * 200);
		break;
	case DNS_MX:
		make16(m, dice(65536));
		make_name(m, any_name(m));
		break;
	default:
		make_name(m, any_name(m));
	}
}

static void
make_rr(struct maker *m, const uint8_t *owner, unsigned type)
{
	size_t at;

	make_name(m, owner);
	make16(m, type);
	make16(m, dice(20) == 0 ? 3 : 1);
	make16(m, dice(10) == 0 ? 0x8000 : 0);
	make16(m, dice(4000));
	at = m->n;
	make16(m, 0);
	make_data(m, type);
	m->p[at] = (uint8_t)((m->n - at - 2) >> 8);
	m->p[at + 1] = (uint8_t)(m->n - at - 2);
}

static const enum dns_type kinds[] = { DNS_A, DNS_AAAA, DNS_MX, DNS_TXT,
	DNS_PTR, DNS_NS, DNS_CNAME };

/* Mostly what is asked, and aliases; the question is names[0]. */
static void
make_packet(struct maker *m, unsigned type)
{
	unsigned answers = dice(20) == 0 ? 40 + dice(60) : dice(7);
	unsigned authority = dice(3), i;

	m->n = m->head_count = 0;
	make_names(m);
	make16(m, 7);
	make16(m, 0x8180 | (dice(4) == 0 ? 3 : 0) |
	    (dice(30) == 0 ? dice(0x10000) : 0));
	make16(m, 1);
	make16(m, answers);
	make16(m, authority);
	make16(m, 0);
	make_name(m, m->names[0]);
	make16(m, type);
	make16(m, 1);
	for (i = 0; i < answers; i++)
		make_rr(m, any_name(m), dice(3) == 0 ? DNS_CNAME : dice(2) ?
		    type : kinds[dice(COUNT(kinds))]);
	for (i = 0; i < authority; i++)
		make_rr(m, any_name(m), dice(3) == 0 ? DNS_NS : DNS_SOA);
}

static void
damage(struct maker *m)
{
	unsigned times = 1 + dice(3);
	size_t at;

	while (times-- > 0 && m->n > 1) {
		at = dice((unsigned)m->n);
		switch (dice(5)) {
		case 0:
			m->n = at;
			break;
		case 1:
			m->p[at] = (uint8_t)(0xc0 | dice(2));
			break;
		case 2:
			m->p[at] = (uint8_t)(m->p[at] + dice(3) - 1);
			break;
		default:
			m->p[at] = (uint8_t)dice(256);
		}
	}
}

/* --- the comparison ------------------------------------------------------ */

struct tally { unsigned good, bad, nothing, found, cut; };

static void
same_record(const struct second *s, const ns_rr *rr, const struct record *r)
{
	const uint8_t *p = ns_rr_rdata(*rr), *end = p + ns_rr_rdlen(*rr);
	uint8_t ours[WIRE_NAME], theirs[WIRE_NAME];
	size_t at = 0;
	int len;

	assert_int_equal(r->ttl, second_ttl(rr));
	switch ((int)ns_rr_type(*rr)) {
	case ns_t_a:
		assert_memory_equal(r->ip.a + 12, p, 4);
		return;
	case ns_t_aaaa:
		assert_memory_equal(r->ip.a, p, 16);
		return;
	case ns_t_txt:
		for (; p < end; at += *p, p += *p + 1)
			assert_memory_equal(r->text.p + at, p + 1, *p);
		assert_int_equal(r->text.len, at);
		return;
	case ns_t_mx:
		assert_int_equal(r->preference, ns_get16(p));
		at = 2;
		break;
	}
	assert_true(second_rdata(s, rr, at, theirs));
	len = wire_name_of(r->text, ours);
	assert_true(len > 0);
	assert_memory_equal(ours, theirs, (size_t)len);
}

static void
same_answer(const struct second *s, const struct answer *a, struct str open)
{
	uint8_t name[WIRE_NAME];
	size_t i;
	int len = wire_name_of(a->name, name);

	assert_true(len > 0);
	assert_memory_equal(name, s->name, (size_t)len);
	assert_int_equal(a->count, s->count);
	assert_int_equal(a->chain, s->chain);
	assert_int_equal(a->has_ttl, s->has_ttl);
	assert_int_equal(a->ttl, s->has_ttl ? s->ttl : 0);
	assert_int_equal(a->status, s->count > 0 ? DNS_FOUND :
	    ns_msg_getflag(s->msg, ns_f_rcode) == ns_r_nxdomain ? DNS_NO_NAME :
	    DNS_NO_DATA);
	assert_int_equal(open.len > 0 || (s->is_open && a->name.len == 0),
	    s->is_open);
	for (i = 0; i < s->count; i++)
		same_record(s, s->found[i], &a->records[i]);
}

/* Cuts behind what ours has to read, the answers, or the first SOA when there
 * are none: glibc wants the rest to be well too. */
static bool
cut_behind(uint8_t *p, size_t *n, bool with_authority)
{
	size_t at = 12, answers = ns_get16(p + 6), i;
	size_t most = answers + (with_authority ? ns_get16(p + 8) : 0);
	const uint8_t *fixed;
	int skip = dn_skipname(p + at, p + *n);
	bool soa = false;

	if (skip < 0)
		return false;
	at += (size_t)skip + 4;
	for (i = 0; i < most && !soa && i < answers + 50; i++) {
		skip = at < *n ? dn_skipname(p + at, p + *n) : -1;
		if (skip < 0 || at + (size_t)skip + 10 > *n)
			return false;
		fixed = p + at + skip;
		soa = i >= answers && ns_get16(fixed) == ns_t_soa &&
		    ns_get16(fixed + 2) == ns_c_in;
		at += (size_t)skip + 10 + ns_get16(fixed + 8);
		if (at > *n)
			return false;
	}
	p[8] = 0;
	p[9] = (uint8_t)(i - answers);
	memset(p + 10, 0, 2);
	*n = at;
	return true;
}

static void
show(const struct maker *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		fprintf(stderr, "%s%02x", i % 16 == 0 ? "\n# " : " ", m->p[i]);
	fprintf(stderr, "\n");
}

static void
compare(struct maker *m, struct second *s, enum dns_type type,
    struct arena *arena, struct tally *t)
{
	struct answer a = { .status = DNS_FOUND };
	struct str name, open;
	bool good;
	int rc;

	arena_reset(arena);
	name = wire_name_text(arena, m->names[0]);
	rc = wire_read_answer(m->p, m->n, name, type, arena, &a, &open);
	good = second_read(s, m->p, m->n, m->names[0], (int)type);
	if (rc == 0 && !good && cut_behind(m->p, &m->n, a.count == 0)) {
		t->cut++;
		good = second_read(s, m->p, m->n, m->names[0], (int)type);
	}
	if ((rc == 0) != good) {
		show(m);
		fail_msg("ours %d, glibc's %s", rc, good ? "good" : "bad");
	}
	if (rc != 0) {
		t->bad++;
		return;
	}
	t->good++;
	t->found += a.count > 0;
	t->nothing += a.count == 0;
	same_answer(s, &a, open);
}

static void
ours_and_glibc_agree(void **state)
{
	struct maker *m = calloc(1, sizeof *m);
	struct second *s = calloc(1, sizeof *s);
	struct arena *arena = arena_new(0);
	struct tally whole = { 0 }, hurt = { 0 };
	enum dns_type type;
	unsigned i;

	(void)state;
	seed = 0x9e3779b97f4a7c15u;
	for (i = 0; i < ROUNDS; i++) {
		type = kinds[dice(COUNT(kinds))];
		make_packet(m, (unsigned)type);
		if (i % 3 != 0)
			damage(m);
		compare(m, s, type, arena, i % 3 == 0 ? &whole : &hurt);
	}
	print_message("# whole: %u good (%u found), %u bad; damaged: %u good "
	    "(%u cut), %u bad\n", whole.good, whole.found, whole.bad,
	    hurt.good, hurt.cut, hurt.bad);
	/* The comparison says something only when all kinds occur. */
	assert_true(whole.found > ROUNDS / 30 && whole.nothing > ROUNDS / 30);
	assert_true(whole.bad > ROUNDS / 300 && hurt.bad > ROUNDS / 10);
	assert_true(hurt.found > ROUNDS / 30 && hurt.cut > ROUNDS / 300);
	arena_free(&arena);
	free(s);
	free(m);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours_and_glibc_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
