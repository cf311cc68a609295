/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire - reads DNS packets: answers for ask.c, questions for the scripted
 * server. Pure; memory is the caller's arena.
 *
 * Everything is bounded by the packet and by constants: at most LOOKED_AT
 * records are remembered, at most DNS_CHAIN CNAMEs followed, at most
 * AUTHORITY records searched for a SOA. What does not follow its grammar
 * makes the whole packet garbage; nothing is repaired.
 *
 * Called by: ask.c, ares.c, sim/, tools/dns.c.
 * Always holds: an error leaves all outputs untouched; an answer that is
 * FOUND has at least one record.
 * Source: RFC 1035 4.1, 2181 5-8, 2308 2 and 5, 6604 3 (the rcode belongs to
 * the end of the chain), 6891.
 * KNOWN GAPS: extended rcodes are not read; only a server that does not
 * know version 0 of EDNS would need them.
 */
#include "dns/wire.h"

#include <string.h>

#include "dns/wire_name.h"

#define HEADER     12
#define PACKET_MAX 65535
#define FIXED      10      /* of a record: type, class, ttl, length       */
#define CLASS_IN   1
#define TYPE_OPT   41
#define LOOKED_AT  (DNS_RECORDS + DNS_CHAIN)
#define AUTHORITY  50
#define ADDITIONAL 8       /* of a question, where its OPT may stand      */
#define PLAIN_UDP  512     /* RFC 1035 4.2.1                              */

#define FL_REPLY     0x8000
#define FL_OPCODE    0x7800
#define FL_TRUNCATED 0x0200
#define FL_RCODE     0x000f

enum { RC_NO_ERROR = 0, RC_SERVFAIL = 2, RC_NO_NAME = 3 };

/* A record where it lies; offsets into the packet. */
struct rr {
	uint16_t owner, type, rdata, length;
	uint32_t ttl;
};

struct packet {
	const uint8_t *p;
	size_t    n, at;
	unsigned  flags, questions, answers, authority, additional;
	struct rr rr[LOOKED_AT];        /* of the answer section, class IN  */
	size_t    count;
	bool      is_more;              /* there were more than fit         */
};

static unsigned
u16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t
u32(const uint8_t *p)
{
	return (uint32_t)u16(p) << 16 | u16(p + 2);
}

static int
packet_open(struct packet *k, const uint8_t *p, size_t n)
{
	if (n < HEADER || n > PACKET_MAX)
		return -E_GARBAGE;
	k->p = p;
	k->n = n;
	k->at = HEADER;
	k->flags = u16(p + 2);
	k->questions = u16(p + 4);
	k->answers = u16(p + 6);
	k->authority = u16(p + 8);
	k->additional = u16(p + 10);
	k->count = 0;
	k->is_more = false;
	return k->questions == 1 && (k->flags & FL_OPCODE) == 0 ? 0 :
	    -E_GARBAGE;
}

/* The one question. */
static int
read_question(struct packet *k, uint8_t *name, unsigned *type)
{
	if (wire_name_read(k->p, k->n, &k->at, name) < 0 ||
	    k->n - k->at < 4 || u16(k->p + k->at + 2) != CLASS_IN)
		return -E_GARBAGE;
	*type = u16(k->p + k->at);
	k->at += 4;
	return 0;
}

/* The record at k->at, which moves behind it. */
static int
read_rr(struct packet *k, struct rr *rr, unsigned *class)
{
	const uint8_t *p;
	size_t owner = k->at;

	if (wire_name_skip(k->p, k->n, &k->at) != 0 || k->n - k->at < FIXED)
		return -E_GARBAGE;
	p = k->p + k->at;
	k->at += FIXED;
	if (u16(p + 8) > k->n - k->at)
		return -E_GARBAGE;
	rr->owner = (uint16_t)owner;
	rr->type = (uint16_t)u16(p);
	rr->rdata = (uint16_t)k->at;
	rr->length = (uint16_t)u16(p + 8);
	rr->ttl = u32(p + 4);
	if (rr->ttl > INT32_MAX)                /* RFC 2181 8 */
		rr->ttl = 0;
	*class = u16(p + 2);
	k->at += rr->length;
	return 0;
}

static int
rr_owner(const struct packet *k, const struct rr *rr, uint8_t *name)
{
	size_t at = rr->owner;

	return wire_name_read(k->p, k->n, &at, name);
}

/* All of the answer section must be there; what is remembered has a good
 * owner. */
static int
index_answers(struct packet *k)
{
	uint8_t owner[WIRE_NAME];
	struct rr rr;
	unsigned i, class;

	for (i = 0; i < k->answers; i++) {
		if (read_rr(k, &rr, &class) != 0)
			return -E_GARBAGE;
		if (k->count == LOOKED_AT) {
			k->is_more = true;
			continue;
		}
		if (rr_owner(k, &rr, owner) < 0)
			return -E_GARBAGE;
		if (class == CLASS_IN)
			k->rr[k->count++] = rr;
	}
	return 0;
}

static bool
rr_is(const struct packet *k, const struct rr *rr, unsigned type,
    const uint8_t *name)
{
	uint8_t owner[WIRE_NAME];

	return rr->type == type && rr_owner(k, rr, owner) > 0 &&
	    wire_name_same(owner, name);
}

/* A name that fills its record from `from` on. */
static int
rdata_name(const struct packet *k, const struct rr *rr, size_t from,
    uint8_t *name)
{
	size_t at = rr->rdata + from;

	if (from >= rr->length || wire_name_read(k->p, k->n, &at, name) < 0 ||
	    at != (size_t)rr->rdata + rr->length)
		return -E_GARBAGE;
	return 0;
}

static int
record_name(const struct packet *k, const struct rr *rr, size_t from,
    struct arena *arena, struct record *record)
{
	uint8_t name[WIRE_NAME];

	if (rdata_name(k, rr, from, name) != 0)
		return -E_GARBAGE;
	record->text = wire_name_text(arena, name);
	return 0;
}

/* Character strings, joined. */
static int
record_txt(const struct packet *k, const struct rr *rr, struct arena *arena,
    struct record *record)
{
	const uint8_t *p = k->p + rr->rdata, *end = p + rr->length;
	char *text;
	size_t len = 0;

	if (p == end)
		return -E_GARBAGE;
	text = arena_alloc(arena, rr->length);
	while (p < end) {
		if (*p >= end - p)
			return -E_GARBAGE;
		memcpy(text + len, p + 1, *p);
		len += *p;
		p += *p + 1;
	}
	record->text = (struct str){ text, len };
	return 0;
}

static int
record_ip(const struct packet *k, const struct rr *rr, struct record *record)
{
	const uint8_t *p = k->p + rr->rdata;

	if (rr->type == DNS_A && rr->length == 4)
		record->ip = ip_v4(p[0], p[1], p[2], p[3]);
	else if (rr->type == DNS_AAAA && rr->length == 16)
		memcpy(record->ip.a, p, 16);
	else
		return -E_GARBAGE;
	return 0;
}

static int
read_record(const struct packet *k, const struct rr *rr, struct arena *arena,
    struct record *record)
{
	record->ttl = rr->ttl;
	switch (rr->type) {
	case DNS_A:
	case DNS_AAAA:
		return record_ip(k, rr, record);
	case DNS_TXT:
		return record_txt(k, rr, arena, record);
	case DNS_MX:
		if (rr->length < 3)
			return -E_GARBAGE;
		record->preference = (uint16_t)u16(k->p + rr->rdata);
		return record_name(k, rr, 2, arena, record);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		return record_name(k, rr, 0, arena, record);
	default:                                /* SOA: only that it is there */
		return 0;
	}
}

/* Goes from name along the CNAMEs of the packet. In, out: name. */
static int
follow(const struct packet *k, uint8_t *name, struct answer *a)
{
	size_t i = 0;

	while (i < k->count) {
		if (!rr_is(k, &k->rr[i], DNS_CNAME, name)) {
			i++;
			continue;
		}
		if (++a->chain > DNS_CHAIN ||
		    rdata_name(k, &k->rr[i], 0, name) != 0)
			return -E_GARBAGE;
		if (k->rr[i].ttl < a->ttl)
			a->ttl = k->rr[i].ttl;
		i = 0;                  /* the next one may stand before it */
	}
	return 0;
}

/* The records of the type asked at the end of the chain. */
static int
collect(const struct packet *k, const uint8_t *name, enum dns_type type,
    struct arena *arena, struct answer *a)
{
	uint8_t mine[LOOKED_AT];
	size_t i, count = 0;

	for (i = 0; i < k->count && count < DNS_RECORDS; i++)
		if (rr_is(k, &k->rr[i], type, name))
			mine[count++] = (uint8_t)i;
	if (count == 0)
		return k->is_more ? -E_GARBAGE : 0;
	a->records = arena_array(arena, count, sizeof a->records[0]);
	for (i = 0; i < count; i++) {
		if (read_record(k, &k->rr[mine[i]], arena, &a->records[i]) != 0)
			return -E_GARBAGE;
		if (a->records[i].ttl < a->ttl)
			a->ttl = a->records[i].ttl;
	}
	a->count = count;
	return 0;
}

/* min(TTL of the SOA, its last field): how long "nothing" holds, RFC 2308 5.
 * False when there is no SOA. */
static int
negative_ttl(struct packet *k, uint32_t *ttl, bool *found)
{
	uint8_t name[WIRE_NAME];
	struct rr rr;
	unsigned i, class;
	size_t at;

	*found = false;
	for (i = 0; i < k->authority && i < AUTHORITY && !*found; i++) {
		if (read_rr(k, &rr, &class) != 0 || rr_owner(k, &rr, name) < 0)
			return -E_GARBAGE;
		if (rr.type != DNS_SOA || class != CLASS_IN)
			continue;
		at = rr.rdata;
		if (wire_name_read(k->p, k->n, &at, name) < 0 ||
		    wire_name_read(k->p, k->n, &at, name) < 0 ||
		    at + 20 != (size_t)rr.rdata + rr.length)
			return -E_GARBAGE;
		*ttl = u32(k->p + at + 16);
		if (*ttl > rr.ttl)
			*ttl = rr.ttl;
		*found = true;
	}
	return 0;
}

/* An answer without records: why, and for how long. */
static int
conclude_nothing(struct packet *k, struct answer *a, bool *is_open)
{
	uint32_t ttl = 0;
	bool has_soa;

	if (negative_ttl(k, &ttl, &has_soa) != 0)
		return -E_GARBAGE;
	a->status = a->rcode == RC_NO_NAME ? DNS_NO_NAME : DNS_NO_DATA;
	/* A chain that ends in nothing, not even a SOA: the server did not
	 * look further, so we do. */
	*is_open = a->chain > 0 && a->rcode == RC_NO_ERROR && !has_soa;
	a->has_ttl = has_soa || *is_open;
	if (has_soa && ttl < a->ttl)
		a->ttl = ttl;
	if (!a->has_ttl)
		a->ttl = 0;
	return 0;
}

static int
conclude(struct packet *k, struct answer *a, bool *is_open)
{
	*is_open = false;
	if (a->count == 0)
		return conclude_nothing(k, a, is_open);
	if (a->rcode == RC_NO_NAME)
		return -E_GARBAGE;              /* records of no name */
	a->status = DNS_FOUND;
	a->has_ttl = true;
	return 0;
}

static int
error_of_rcode(unsigned rcode)
{
	switch (rcode) {
	case RC_NO_ERROR:
	case RC_NO_NAME:
		return 0;
	case RC_SERVFAIL:
		return -E_SERVFAIL;
	default:
		return -E_REFUSED;
	}
}

int
wire_read_answer_of(const uint8_t *p, size_t n, struct wire_name name,
    enum dns_type type, struct arena *arena, struct answer *answer,
    struct str *open)
{
	struct packet k;
	struct answer a = { .ttl = UINT32_MAX };
	uint8_t at[WIRE_NAME];
	unsigned asked;
	bool is_open;
	int rc;

	if (packet_open(&k, p, n) != 0 || !(k.flags & FL_REPLY))
		return -E_GARBAGE;
	rc = error_of_rcode(k.flags & FL_RCODE);
	if (rc != 0)
		return rc;
	if ((k.flags & FL_TRUNCATED) || read_question(&k, at, &asked) != 0 ||
	    index_answers(&k) != 0)
		return -E_GARBAGE;
	wire_name_copy(at, name.bytes);
	a.rcode = k.flags & FL_RCODE;
	if ((type != DNS_CNAME && follow(&k, at, &a) != 0) ||
	    collect(&k, at, type, arena, &a) != 0 ||
	    conclude(&k, &a, &is_open) != 0)
		return -E_GARBAGE;
	a.name = a.chain == 0 ? name.text : wire_name_text(arena, at);
	a.is_cached = answer->is_cached;
	a.took = answer->took;
	*answer = a;
	*open = is_open ? a.name : (struct str){ NULL, 0 };
	return 0;
}

int
wire_read_answer(const uint8_t *p, size_t n, struct str name,
    enum dns_type type, struct arena *arena, struct answer *answer,
    struct str *open)
{
	uint8_t bytes[WIRE_NAME];
	struct wire_name both = { .bytes = bytes };

	if (wire_name_of(name, bytes) < 0)
		return -E_GARBAGE;
	both.text = wire_name_text(arena, bytes);
	return wire_read_answer_of(p, n, both, type, arena, answer, open);
}

/* Finds OPT among the additional records of a question. */
static int
read_edns(struct packet *k, struct wire_question *q)
{
	struct rr rr;
	unsigned i, class;

	q->is_edns = false;
	q->udp_size = PLAIN_UDP;
	for (i = 0; i < k->additional && i < ADDITIONAL; i++) {
		if (read_rr(k, &rr, &class) != 0)
			return -E_GARBAGE;
		if (rr.type != TYPE_OPT || k->p[rr.owner] != 0)
			continue;
		q->is_edns = true;
		if (class > PLAIN_UDP)          /* the size stands there */
			q->udp_size = (uint16_t)class;
	}
	return 0;
}

int
wire_read_question(const uint8_t *p, size_t n, struct arena *arena,
    struct wire_question *question)
{
	struct packet k;
	struct wire_question q;
	uint8_t name[WIRE_NAME];
	unsigned type;

	if (packet_open(&k, p, n) != 0 || (k.flags & FL_REPLY) ||
	    k.answers != 0 || k.authority != 0 ||
	    read_question(&k, name, &type) != 0 || read_edns(&k, &q) != 0)
		return -E_GARBAGE;
	q.id = (uint16_t)u16(p);
	q.type = (enum dns_type)type;
	q.name = wire_name_text(arena, name);
	*question = q;
	return 0;
}

bool
wire_matches_of(const uint8_t *p, size_t n, uint16_t id, const uint8_t *name,
    enum dns_type type)
{
	struct packet k;
	uint8_t given[WIRE_NAME];
	unsigned asked;

	return packet_open(&k, p, n) == 0 && (k.flags & FL_REPLY) &&
	    u16(p) == id && read_question(&k, given, &asked) == 0 &&
	    asked == (unsigned)type && wire_name_same(name, given);
}

bool
wire_matches(const uint8_t *p, size_t n, uint16_t id, struct str name,
    enum dns_type type)
{
	uint8_t bytes[WIRE_NAME];

	return wire_name_of(name, bytes) > 0 &&
	    wire_matches_of(p, n, id, bytes, type);
}

bool
wire_is_truncated(const uint8_t *p, size_t n)
{
	return n >= HEADER && (u16(p + 2) & FL_TRUNCATED) != 0;
}

int
wire_rcode(const uint8_t *p, size_t n)
{
	return n >= HEADER ? (int)(u16(p + 2) & FL_RCODE) : -E_GARBAGE;
}
