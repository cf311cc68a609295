/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone - the scripted DNS of a play, answering like a resolver.
 *
 * The zone with the longest name that covers a question answers it:
 *
 *	1. `every` lines in force: a delay, a fault, a flap (so many questions
 *	   well, as many with the fault, or silent when none is named), a
 *	   record for every name; of each kind the latest counts
 *	2. records of the name; a CNAME is followed through the zones as far as
 *	   they answer plainly
 *	3. in a block list (a zone with list or everybody lines): what is listed
 *	   under this reversed address or domain, all lines together; a TXT
 *	   beside it; and what the list must have in it, which the play may
 *	   overrule: what zones_point says, else the points of RFC 5782
 *	4. else nothing: no data when the name is there, or one below it, else
 *	   no such name; both with a SOA
 *
 * Called by: sim/upstream.c, tools/dns.c.
 * Always holds: an answer depends on the statements, the time since the
 * start, and how often a flapping zone was asked; on nothing else.
 * Source: RFC 1034 3.6.2, 2308 3, 5782 2, 8020 2.
 */
#include "sim/zone.h"

#include <string.h>

#include "base/name.h"
#include "sim/zone_lines.h"

#define CHAIN   24      /* CNAMEs followed: longer than any reader does   */
#define RECORDS 4096    /* of one answer                                  */

enum { RC_OK = 0, RC_SERVFAIL = 2, RC_NXDOMAIN = 3, RC_REFUSED = 5 };

/* What is in force in a zone now. */
struct mood {
	enum zone_fault fault;
	usec_t          delay;
	unsigned        flap;
	struct place    place;      /* of the fault                         */
	usec_t          fault_from, delay_from, flap_from;
};

/* An answer being made. */
struct reply {
	struct zones *zones;
	struct arena *arena;
	usec_t        since;
	enum dns_type type;
	struct wire_record *records;
	size_t        count, room;
	bool          exists;       /* the name at the end of the chain     */
	struct place  place;
};

struct zones *
zones_new(struct arena *arena, struct diagnostics *d)
{
	struct zones *zs = arena_alloc(arena, sizeof *zs);

	zs->arena = arena;
	zs->diag = d;
	return zs;
}

size_t
zones_count(const struct zones *zs)
{
	return zs->count;
}

struct zone *
zone_named(const struct zones *zs, struct str name)
{
	struct zone *z;

	for (z = zs->first; z != NULL; z = z->next)
		if (str_eq(z->name, name))
			return z;
	return NULL;
}

/* The closest zone that holds the name. */
static struct zone *
zone_over(const struct zones *zs, struct str name)
{
	struct zone *z, *best = NULL;

	for (z = zs->first; z != NULL; z = z->next)
		if ((z->name.len == 0 || name_is_below(name, z->name)) &&
		    (best == NULL || z->name.len > best->name.len))
			best = z;
	return best;
}

void
zones_point(struct zones *zs, struct str name, struct str subject,
    struct ip answer)
{
	struct zone *z = zone_named(zs, name);
	struct zone_point *p;

	if (z == NULL)
		return;
	p = arena_alloc(zs->arena, sizeof *p);
	*p = (struct zone_point){ z->points, subject, answer };
	z->points = p;
	z->is_list = true;
}

bool
zones_have(const struct zones *zs, struct str name)
{
	return zone_named(zs, name) != NULL;
}

/* When all was well last; 0: from the start. */
static usec_t
zone_well_since(const struct zone *z, usec_t since)
{
	const struct zone_line *l;
	usec_t at = 0;

	for (l = z->lines; l != NULL; l = l->next)
		if (l->kind == ZL_FAULT && l->fault == ZF_NONE &&
		    l->from <= since && l->from > at)
			at = l->from;
	return at;
}

/* Whether a line with every or everybody is in force. */
static bool
is_in_force(const struct zone *z, const struct zone_line *l, usec_t since)
{
	return l->from <= since && l->from >= zone_well_since(z, since);
}

/* The latest line of each kind counts; of equal ones the last. */
static struct mood
zone_mood(const struct zone *z, usec_t since)
{
	struct mood m = { .fault = ZF_NONE, .place = z->place };
	const struct zone_line *l;

	for (l = z->lines; l != NULL; l = l->next) {
		if (!is_in_force(z, l, since))
			continue;
		if (l->kind == ZL_FAULT && l->from >= m.fault_from) {
			m.fault = l->fault;
			m.fault_from = l->from;
			m.place = l->place;
		} else if (l->kind == ZL_AFTER && l->from >= m.delay_from) {
			m.delay = l->delay;
			m.delay_from = l->from;
		} else if (l->kind == ZL_FLAP && l->from >= m.flap_from) {
			m.flap = l->flap;
			m.flap_from = l->from;
			if (m.fault == ZF_NONE)
				m.place = l->place;
		}
	}
	return m;
}

/* The fault that this question meets. Counts it. */
static enum zone_fault
zone_fault_now(struct zone *z, const struct mood *m)
{
	if (m->flap == 0)
		return m->fault;
	if (z->asked++ / m->flap % 2 == 0)
		return ZF_NONE;
	return m->fault == ZF_NONE ? ZF_TIMEOUT : m->fault;
}

/* --- reversed names ------------------------------------------------------ */

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 32 nibbles, the last first. */
static bool
reversed_v6(struct str s, struct ip *ip)
{
	size_t i;
	int nibble;

	if (s.len != 63)
		return false;
	memset(ip, 0, sizeof *ip);
	for (i = 0; i < 32; i++) {
		nibble = hex(s.p[62 - 2 * i]);
		if (nibble < 0 || (i < 31 && s.p[2 * i + 1] != '.'))
			return false;
		ip->a[i / 2] |= (uint8_t)(nibble << (i % 2 == 0 ? 4 : 0));
	}
	return true;
}

static bool
reversed_v4(struct str s, struct ip *ip)
{
	uint64_t part[4];
	struct str label;
	int i;

	for (i = 0; i < 4; i++) {
		label = str_split(&s, '.');
		if (str_number(label, 255, &part[i]) != 0 ||
		    (label.len > 1 && label.p[0] == '0'))
			return false;
	}
	*ip = ip_v4((uint8_t)part[3], (uint8_t)part[2], (uint8_t)part[1],
	    (uint8_t)part[0]);
	return s.p == NULL;
}

/* --- what a name has ----------------------------------------------------- */

static struct wire_record *
reply_room(struct reply *r)
{
	struct wire_record *more;

	must(r->count < RECORDS);
	if (r->count == r->room) {
		r->room = r->room == 0 ? 8 : r->room * 2;
		more = arena_array(r->arena, r->room, sizeof *more);
		if (r->count > 0)
			memcpy(more, r->records, r->count * sizeof *more);
		r->records = more;
	}
	return &r->records[r->count++];
}

static void
reply_add(struct reply *r, struct str owner, enum dns_type type,
    const struct record *record, struct place place)
{
	struct wire_record *w;

	r->exists = true;
	r->place = place;
	if (type != r->type && type != DNS_CNAME)
		return;
	w = reply_room(r);
	w->owner = owner;
	w->type = type;
	w->record = *record;
}

static bool
is_full(const struct reply *r)
{
	return r->count == RECORDS;
}

static bool
has_address(const struct reply *r, struct str owner, struct ip ip)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->records[i].type == DNS_A &&
		    str_eq(r->records[i].owner, owner) &&
		    ip_eq(r->records[i].record.ip, ip))
			return true;
	return false;
}

/* A listing: addresses, and a text beside them. */
static void
reply_listed(struct reply *r, const struct zone_line *l, struct str owner,
    struct str subject, const struct zone *z)
{
	struct record record = { .ttl = l->ttl };
	size_t i;

	for (i = 0; i < l->answer_count && !is_full(r); i++) {
		record.ip = l->answers[i];
		if (!has_address(r, owner, record.ip))
			reply_add(r, owner, DNS_A, &record, l->place);
	}
	record.text = l->text.len > 0 ? l->text : arena_printf(r->arena,
	    "%.*s is listed in %.*s", STR_ARG(subject), STR_ARG(z->name));
	if (!is_full(r))
		reply_add(r, owner, DNS_TXT, &record, l->place);
}

static bool
line_lists(const struct zone_line *l, struct str subject, const struct ip *ip)
{
	if (l->kind == ZL_EVERYBODY)
		return true;
	if (l->kind != ZL_LIST)
		return false;
	if (l->domain.len > 0)
		return name_is_below(subject, l->domain);
	return ip != NULL && net_has(l->net, *ip);
}

/* Is this a point that must be listed, and how? Of a list without a
 * description RFC 5782 5 says it. */
static bool
is_point(const struct zone *z, struct str subject, const struct ip *ip,
    struct ip *answer)
{
	const struct zone_point *p;

	*answer = ip_v4(127, 0, 0, 2);
	if (z->points == NULL)
		return ip != NULL ? ip_eq(*ip, *answer) :
		    str_eq(subject, STR("test"));
	for (p = z->points; p != NULL; p = p->next) {
		if (!str_eq(subject, p->subject))
			continue;
		*answer = p->answer;
		return true;
	}
	return false;
}

static void
find_listed(struct reply *r, const struct zone *z, struct str name)
{
	struct ip yes;
	struct zone_line point = { .ttl = ZONE_TTL, .place = z->place,
		.answers = &yes, .answer_count = 1 };
	const struct zone_line *l;
	struct str subject, shown;
	struct ip ip;
	bool is_ip;

	if (!z->is_list || name.len <= z->name.len)
		return;
	subject = z->name.len == 0 ? name :
	    str_sub(name, 0, name.len - z->name.len - 1);
	is_ip = reversed_v4(subject, &ip) || reversed_v6(subject, &ip);
	shown = is_ip ? ip_text(r->arena, ip) : subject;
	for (l = z->lines; l != NULL; l = l->next)
		if ((l->kind == ZL_LIST ? l->from <= r->since :
		    is_in_force(z, l, r->since)) &&
		    line_lists(l, subject, is_ip ? &ip : NULL))
			reply_listed(r, l, name, shown, z);
	if (!r->exists && is_point(z, subject, is_ip ? &ip : NULL, &yes))
		reply_listed(r, &point, name, shown, z);
}

/* The records that were written for a name. */
static void
find_records(struct reply *r, const struct zone *z, struct str name,
    struct str *alias)
{
	const struct zone_line *l;

	for (l = z->lines; l != NULL && !is_full(r); l = l->next) {
		if (l->kind != ZL_RECORD || l->from > r->since)
			continue;
		if (str_eq(l->owner, name)) {
			if (l->type == DNS_CNAME && r->type != DNS_CNAME)
				*alias = l->record.text;
			reply_add(r, name, l->type, &l->record, l->place);
		} else if (name_is_below(l->owner, name)) {
			r->exists = true;       /* RFC 8020 */
		}
	}
}

/* Records for every name. True when they cover the question. */
static bool
find_every(struct reply *r, const struct zone *z, struct str name,
    struct str *alias)
{
	const struct zone_line *l;
	size_t before = r->count;

	for (l = z->lines; l != NULL && !is_full(r); l = l->next) {
		if (l->kind != ZL_EVERY || !is_in_force(z, l, r->since))
			continue;
		if (l->type == DNS_CNAME && r->type != DNS_CNAME)
			*alias = l->record.text;
		reply_add(r, name, l->type, &l->record, l->place);
	}
	return r->count > before;
}

/* All that zone z knows about a name; *alias is where a CNAME leads. */
static void
find(struct reply *r, const struct zone *z, struct str name, struct str *alias)
{
	*alias = STR("");
	r->exists = str_eq(name, z->name);
	if (find_every(r, z, name, alias))
		return;
	find_records(r, z, name, alias);
	if (alias->len == 0)
		find_listed(r, z, name);
}

/* Follows the chain from zone z on. Returns the last zone that answered. */
static struct zone *
find_chain(struct reply *r, struct zone *z, struct str name)
{
	struct str alias;
	struct zone *next;
	struct mood mood;
	unsigned i;

	for (i = 0; i < CHAIN; i++) {
		find(r, z, name, &alias);
		if (alias.len == 0)
			return z;
		next = zone_over(r->zones, alias);
		if (next == NULL)
			return NULL;
		mood = zone_mood(next, r->since);
		if (mood.fault != ZF_NONE || mood.flap != 0)
			return NULL;            /* whoever asks will see */
		z = next;
		name = alias;
	}
	return NULL;
}

/* --- packets ------------------------------------------------------------- */

static void
write_reply(struct buf *packet, const struct wire_question *q,
    const struct wire_reply *w)
{
	struct wire_reply servfail = { .rcode = RC_SERVFAIL };

	/* What a play declares may be more than 64 KiB: no packet holds it. */
	if (wire_write_answer(packet, q, w) != 0)
		must(wire_write_answer(packet, q, &servfail) == 0);
}

static void
write_nothing(struct buf *packet, const struct wire_question *q,
    unsigned rcode, struct str zone)
{
	struct wire_reply w = { .rcode = rcode, .zone = zone,
		.negative_ttl = ZONE_TTL };

	write_reply(packet, q, &w);
}

static void
answer_plainly(struct reply *r, struct zone *z, const struct wire_question *q,
    struct buf *packet)
{
	struct wire_reply w = { .rcode = RC_OK };
	size_t i, found = 0;

	z = find_chain(r, z, q->name);
	for (i = 0; i < r->count; i++)
		found += r->records[i].type == q->type;
	w.records = r->records;
	w.count = r->count;
	if (z != NULL && found == 0) {          /* a chain that ends known */
		w.rcode = r->exists ? RC_OK : RC_NXDOMAIN;
		w.zone = z->name;
		w.negative_ttl = ZONE_TTL;
	}
	write_reply(packet, q, &w);
}

/* False when the zone is silent. */
static bool
answer_fault(enum zone_fault fault, const struct zone *z,
    const struct wire_question *q, struct buf *packet, struct zones_reply *out)
{
	struct wire_reply w = { .rcode = RC_OK };

	switch (fault) {
	case ZF_NONE:
	case ZF_TIMEOUT:
		return false;
	case ZF_NXDOMAIN:
		write_nothing(packet, q, RC_NXDOMAIN, z->name);
		return true;
	case ZF_SERVFAIL:
		w.rcode = RC_SERVFAIL;
		break;
	case ZF_REFUSED:
		w.rcode = RC_REFUSED;
		break;
	case ZF_TRUNCATED:
		w.is_truncated = true;
		out->is_cut = true;
		break;
	}
	write_reply(packet, q, &w);
	return true;
}

enum zones_outcome
zones_answer(struct zones *zs, usec_t since, const struct wire_question *q,
    struct buf *packet, struct zones_reply *out)
{
	struct zone *z = zone_over(zs, q->name);
	struct reply r = { .zones = zs, .since = since, .type = q->type };
	enum zone_fault fault;
	struct mood mood;
	bool is_told = true;

	memset(out, 0, sizeof *out);
	if (z == NULL) {
		if (!zs->else_nxdomain)
			return ZN_UNDECLARED;
		write_nothing(packet, q, RC_NXDOMAIN, STR(""));
		return ZN_ANSWERED;
	}
	mood = zone_mood(z, since);
	out->delay = mood.delay;
	out->place = mood.place;
	fault = zone_fault_now(z, &mood);
	if (fault != ZF_NONE) {
		is_told = answer_fault(fault, z, q, packet, out);
		return is_told ? ZN_ANSWERED : ZN_SILENT;
	}
	r.arena = arena_new(0);
	r.place = z->place;
	answer_plainly(&r, z, q, packet);
	out->place = r.place;
	arena_free(&r.arena);
	return ZN_ANSWERED;
}
