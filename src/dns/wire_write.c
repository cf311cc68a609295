/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_write - writes DNS packets: the questions that ares.c sends, and the
 * answers of the scripted server. Pure.
 *
 * Called by: ares.c, sim/zone.c, tests.
 * Always holds: a call that fails leaves the buf as it was.
 * Source: RFC 1035 4.1, 2308 3 (the SOA of a negative answer), 6891 6.1.
 * KNOWN GAPS: only an owner that is the question's name is compressed.
 */
#include "dns/wire.h"

#include <string.h>

#include "dns/wire_name.h"

#define HEADER     12
#define OPT        11      /* bytes of an OPT record without options      */
#define PACKET_MAX 65535
#define CLASS_IN   1
#define TYPE_OPT   41
#define UDP_SIZE   1232    /* passes everywhere without fragments          */
#define STRING_MAX 255     /* one character string of a TXT record         */

#define FL_REPLY     0x8000
#define FL_TRUNCATED 0x0200
#define FL_WANTED    0x0100  /* recursion desired                          */
#define FL_OFFERED   0x0080  /* recursion available                        */

static uint8_t *
put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
	return p + 2;
}

static uint8_t *
put32(uint8_t *p, uint32_t value)
{
	return put16(put16(p, value >> 16), value & 0xffff);
}

static uint8_t *
put_header(uint8_t *p, unsigned id, unsigned flags, unsigned answers,
    unsigned authority, unsigned additional)
{
	p = put16(p, id);
	p = put16(p, flags);
	p = put16(p, 1);
	p = put16(p, answers);
	p = put16(p, authority);
	return put16(p, additional);
}

/* The OPT record; it must be the last of a question, where c-ares looks for
 * it when a server does not know EDNS. */
static uint8_t *
put_opt(uint8_t *p)
{
	*p++ = 0;                               /* the root */
	p = put16(p, TYPE_OPT);
	p = put16(p, UDP_SIZE);                 /* as class */
	p = put32(p, 0);                        /* rcode, version, flags */
	return put16(p, 0);
}

int
wire_write_question_of(struct buf *out, uint16_t id, const uint8_t *name,
    enum dns_type type)
{
	uint8_t packet[HEADER + WIRE_NAME + 4 + OPT], *p;

	p = put_header(packet, id, FL_WANTED, 0, 0, 1);
	p += wire_name_copy(p, name);
	p = put16(p, (unsigned)type);
	p = put16(p, CLASS_IN);
	p = put_opt(p);
	return buf_add(out, packet, (size_t)(p - packet));
}

int
wire_write_question(struct buf *out, uint16_t id, struct str name,
    enum dns_type type)
{
	uint8_t bytes[WIRE_NAME];
	int rc = wire_name_of(name, bytes);

	return rc < 0 ? rc : wire_write_question_of(out, id, bytes, type);
}

static int
add_name(struct buf *out, struct str name)
{
	uint8_t wire[WIRE_NAME];
	int len = wire_name_of(name, wire);

	return len < 0 ? len : buf_add(out, wire, (size_t)len);
}

/* Owner, type, class and TTL; the length comes with the data. */
static int
add_owner(struct buf *out, const struct wire_question *q, struct str owner,
    unsigned type, uint32_t ttl)
{
	uint8_t fixed[2 + 8], *p = fixed;
	int rc = 0;

	if (str_eq_case(owner, q->name))
		p = put16(p, 0xc000 | HEADER);
	else
		rc = add_name(out, owner);
	p = put32(put16(put16(p, type), CLASS_IN), ttl);
	return rc != 0 ? rc : buf_add(out, fixed, (size_t)(p - fixed));
}

static int
add_strings(struct buf *out, struct str text)
{
	struct str part;
	int rc;

	do {
		part = str_sub(text, 0, STRING_MAX);
		text = str_from(text, part.len);
		rc = buf_add_byte(out, (char)part.len);
		if (rc == 0)
			rc = buf_add_str(out, part);
	} while (rc == 0 && text.len > 0);
	return rc;
}

static int
add_data(struct buf *out, enum dns_type type, const struct record *r)
{
	uint8_t preference[2];
	int rc;

	switch (type) {
	case DNS_A:
		return buf_add(out, r->ip.a + 12, 4);
	case DNS_AAAA:
		return buf_add(out, r->ip.a, 16);
	case DNS_TXT:
		return add_strings(out, r->text);
	case DNS_MX:
		put16(preference, r->preference);
		rc = buf_add(out, preference, sizeof preference);
		return rc != 0 ? rc : add_name(out, r->text);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		return add_name(out, r->text);
	case DNS_SOA:
		break;                  /* add_soa writes these */
	}
	return -E_INVALID;
}

/* Fills in the length that stands at `at`, before what was added. */
static int
close_data(struct buf *out, size_t at)
{
	size_t n = out->len - at - 2;

	if (n > UINT16_MAX)
		return -E_TOOBIG;
	put16((uint8_t *)out->p + at, (unsigned)n);
	return 0;
}

static int
add_record(struct buf *out, const struct wire_question *q,
    const struct wire_record *w)
{
	size_t at;
	int rc;

	rc = add_owner(out, q, w->owner, (unsigned)w->type, w->record.ttl);
	at = out->len;
	if (rc == 0)
		rc = buf_add(out, "\0", 2);
	if (rc == 0)
		rc = add_data(out, w->type, &w->record);
	return rc != 0 ? rc : close_data(out, at);
}

/* "How long nothing holds" stands twice: as TTL and as last field. */
static int
add_soa(struct buf *out, const struct wire_question *q, struct str zone,
    uint32_t ttl)
{
	static const uint32_t times[] = { 1, 3600, 600, 86400 };
	uint8_t numbers[(COUNT(times) + 1) * 4], *p = numbers;
	size_t at, i;
	int rc;

	for (i = 0; i < COUNT(times); i++)
		p = put32(p, times[i]);
	put32(p, ttl);
	rc = add_owner(out, q, zone, DNS_SOA, ttl);
	at = out->len;
	if (rc == 0)
		rc = buf_add(out, "\0", 2);
	if (rc == 0)
		rc = add_name(out, zone);       /* server and mailbox: */
	if (rc == 0)
		rc = add_name(out, zone);       /* nobody reads them */
	if (rc == 0)
		rc = buf_add(out, numbers, sizeof numbers);
	return rc != 0 ? rc : close_data(out, at);
}

static int
add_head(struct buf *out, const struct wire_question *q,
    const struct wire_reply *r)
{
	uint8_t packet[HEADER + WIRE_NAME + 4], *p;
	int len;

	p = put_header(packet, q->id, FL_REPLY | FL_WANTED | FL_OFFERED |
	    (r->is_truncated ? FL_TRUNCATED : 0u) | (r->rcode & 0xf),
	    (unsigned)r->count, r->negative_ttl > 0, q->is_edns);
	len = wire_name_of(q->name, p);
	if (len < 0)
		return len;
	p = put16(p + len, (unsigned)q->type);
	p = put16(p, CLASS_IN);
	return buf_add(out, packet, (size_t)(p - packet));
}

int
wire_write_answer(struct buf *out, const struct wire_question *q,
    const struct wire_reply *r)
{
	uint8_t opt[OPT];
	size_t start = out->len, i;
	int rc;

	if (r->count > UINT16_MAX)
		return -E_TOOBIG;
	rc = add_head(out, q, r);
	for (i = 0; rc == 0 && i < r->count; i++)
		rc = add_record(out, q, &r->records[i]);
	if (rc == 0 && r->negative_ttl > 0)
		rc = add_soa(out, q, r->zone, r->negative_ttl);
	if (rc == 0 && q->is_edns) {
		put_opt(opt);
		rc = buf_add(out, opt, sizeof opt);
	}
	if (rc == 0 && out->len - start > PACKET_MAX)
		rc = -E_TOOBIG;
	if (rc != 0)
		out->len = start;
	return rc;
}
