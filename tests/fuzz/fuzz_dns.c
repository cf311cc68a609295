/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The readers of DNS packets. The first byte of an input says which: odd, a
 * question; even, an answer, and half of it is the index of the type asked.
 * The rest is the packet. What is read must keep the promises of dns/wire.h, and what
 * is written again from it must read the same.
 */
#include <string.h>

#include "dns/wire.h"
#include "dns/wire_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_MX, DNS_TXT,
	DNS_PTR, DNS_NS, DNS_CNAME, DNS_SOA };

/* A name that came out goes in again and means the same. */
static void
check_name(struct str name, struct arena *arena)
{
	uint8_t wire[WIRE_NAME];
	int n = wire_name_of(name, wire);

	must(n > 0);
	must(str_eq(wire_name_text(arena, wire), name));
	must(wire_name_room(wire) == name.len + 1);
	must(name.len == 0 || name.p[name.len - 1] != '.');
}

static bool
has_name(enum dns_type type)
{
	return type == DNS_MX || type == DNS_PTR || type == DNS_NS ||
	    type == DNS_CNAME;
}

static void
check_answer(const struct answer *a, enum dns_type type, struct str open,
    struct arena *arena)
{
	size_t i;

	must(a->count <= DNS_RECORDS);
	must(a->chain <= DNS_CHAIN);
	must((a->status == DNS_FOUND) == (a->count > 0));
	must(a->has_ttl || (a->ttl == 0 && a->count == 0));
	must(open.len == 0 || (a->count == 0 && a->chain > 0));
	check_name(a->name, arena);
	for (i = 0; i < a->count; i++) {
		must(a->records[i].ttl >= a->ttl);
		if (has_name(type))
			check_name(a->records[i].text, arena);
	}
}

/* Writes what was read, and reads it. */
static void
write_again(const struct answer *a, enum dns_type type, struct arena *arena)
{
	struct wire_question q = { .id = 7, .type = type, .name = a->name };
	struct wire_record records[DNS_RECORDS];
	struct wire_reply r = { .rcode = a->rcode, .records = records,
		.count = a->count, .negative_ttl = a->count > 0 ? 0 : a->ttl };
	struct buf out = BUF_INIT(0);
	struct answer b = { .status = DNS_FOUND };
	struct str open;
	const uint8_t *p;
	size_t i;

	for (i = 0; i < a->count; i++) {
		records[i].owner = a->name;
		records[i].type = type;
		records[i].record = a->records[i];
	}
	if (type == DNS_SOA || wire_write_answer(&out, &q, &r) != 0)
		return;                 /* 64 KiB may not be enough */
	p = (const uint8_t *)out.p;
	must(wire_matches(p, out.len, 7, a->name, type));
	must(wire_read_answer(p, out.len, a->name, type, arena, &b,
	    &open) == 0);
	must(b.status == a->status && b.count == a->count && open.len == 0);
	must(!a->has_ttl || a->chain > 0 || b.ttl == a->ttl);
	for (i = 0; i < a->count; i++) {
		must(str_eq(a->records[i].text, b.records[i].text));
		must(ip_eq(a->records[i].ip, b.records[i].ip));
		must(a->records[i].preference == b.records[i].preference);
	}
	buf_free(&out);
}

static void
fuzz_answer(const uint8_t *p, size_t n, enum dns_type type,
    struct arena *arena)
{
	struct answer a = { .status = DNS_FOUND };
	uint8_t wire[WIRE_NAME];
	struct str name, open = STR("untouched");
	size_t at = 12;
	int rc;

	(void)wire_is_truncated(p, n);
	(void)wire_rcode(p, n);
	if (n <= at || wire_name_read(p, n, &at, wire) < 0)
		memcpy(wire, "\1x", 3);
	name = wire_name_text(arena, wire);
	(void)wire_matches(p, n, 7, name, type);
	rc = wire_read_answer(p, n, name, type, arena, &a, &open);
	if (rc != 0) {
		must(rc == -E_GARBAGE || rc == -E_SERVFAIL || rc == -E_REFUSED);
		must(str_eq(open, STR("untouched")) && a.name.len == 0);
		return;
	}
	check_answer(&a, type, open, arena);
	write_again(&a, type, arena);
}

static void
fuzz_question(const uint8_t *p, size_t n, struct arena *arena)
{
	struct wire_question q, again;
	struct buf out = BUF_INIT(0);

	if (wire_read_question(p, n, arena, &q) != 0)
		return;
	check_name(q.name, arena);
	must(q.udp_size >= 512);
	must(wire_write_question(&out, q.id, q.name, q.type) == 0);
	must(wire_read_question((const uint8_t *)out.p, out.len, arena,
	    &again) == 0);
	must(again.id == q.id && again.type == q.type &&
	    str_eq(again.name, q.name));
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;

	if (size == 0)
		return 0;
	arena = arena_new(0);
	if (data[0] % 2 == 1)
		fuzz_question(data + 1, size - 1, arena);
	else
		fuzz_answer(data + 1, size - 1,
		    types[data[0] / 2 % COUNT(types)], arena);
	arena_free(&arena);
	return 0;
}
