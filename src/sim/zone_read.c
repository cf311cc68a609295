/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone_read - reads the scripted DNS of a play.
 *
 *	zone    = "zone" NAME "{" *line "}"
 *	reverse = "reverse" ADDRESS 1*NAME
 *	else    = "else" "nxdomain"
 *	line    = [ "from" "+"TIME ] ( listed / every / record ) [ "ttl" N ]
 *	listed  = "list" ( ADDRESS / NET / NAME ) 1*ADDRESS [ STRING ]
 *	        / "everybody" 1*ADDRESS [ STRING ]
 *	every   = "every" ( "timeout" / "servfail" / "refused" / "nxdomain" /
 *	          "truncated" / "well" / "after" TIME / "flap" N /
 *	          TYPE values )
 *	record  = ( "@" / NAME ) TYPE values
 *	values  = 1*ADDRESS                   A, AAAA
 *	        / 1*NAME                      NS, PTR, CNAME (one)
 *	        / N NAME                      MX; "." is the null MX
 *	        / 1*STRING                    TXT, one record
 *
 * Names on the left belong to the zone; names on the right are whole.
 *
 * Called by: sim/play.c and tools/dns.c, through zones_read.
 * Always holds: a line with a fault in it is told and left out; reading goes
 * on behind it.
 */
#include "sim/zone_lines.h"
#include "sim/zone_words.h"

static const char *const record_types[] = { "A", "AAAA", "CNAME", "MX", "NS",
	"PTR", "TXT" };
static const enum dns_type record_codes[] = { DNS_A, DNS_AAAA, DNS_CNAME,
	DNS_MX, DNS_NS, DNS_PTR, DNS_TXT };

static const char *const every_words[] = { "timeout", "servfail", "refused",
	"nxdomain", "truncated", "well", "after", "flap", "A", "AAAA", "CNAME", "MX",
	"NS", "PTR", "TXT" };

static const char *const line_words[] = { "list", "everybody", "every",
	"from" };

/* --- lines --------------------------------------------------------------- */

static struct zone_line *
line_new(struct line_reader *r, enum line_kind kind)
{
	struct zone_line *l = arena_alloc(r->zones->arena, sizeof *l);

	l->kind = kind;
	l->from = r->from;
	l->place = stmt_place(r->stmt);
	l->ttl = ZONE_TTL;
	return l;
}

static void
zone_add(struct zone *z, struct zone_line *l)
{
	*z->end = l;
	z->end = &l->next;
	if (l->kind == ZL_LIST || l->kind == ZL_EVERYBODY)
		z->is_list = true;
}

/* 1*ADDRESS [ STRING ] [ "ttl" N ] */
static void
read_answers(struct line_reader *r, struct zone_line *l)
{
	size_t most = r->stmt->count - r->at;
	const struct node *n;

	l->answers = arena_array(r->zones->arena, most + 1,
	    sizeof l->answers[0]);
	do {
		if (!words_ip(r, &l->answers[l->answer_count++]))
			return;
		n = words_peek(r);
	} while (n != NULL && n->kind == ND_WORD && !words_next_is(r, "ttl"));
	if (n != NULL && n->kind == ND_STRING) {
		l->text = n->text;
		r->at++;
	}
	if (words_ttl(r, &l->ttl) && words_end(r))
		zone_add(r->zone, l);
}

static void
read_list(struct line_reader *r)
{
	struct zone_line *l = line_new(r, ZL_LIST);
	const struct node *n = words_peek(r);

	if (n == NULL) {
		words_complain(r, "P0414", "write list 192.0.2.77 127.0.0.2",
		    "what is listed?");
		return;
	}
	if (net_parse(n->text, &l->net) == 0)
		r->at++;
	else if (str_find(n->text, '/') < n->text.len) {
		words_complain(r, "P0414", NULL,
		    "no network (host bits must be 0)");
		return;
	} else if (!words_name(r, &l->domain)) {
		return;
	}
	read_answers(r, l);
}

static void
read_everybody(struct line_reader *r)
{
	read_answers(r, line_new(r, ZL_EVERYBODY));
}

static bool
read_type(struct line_reader *r, enum dns_type *type)
{
	const struct node *n = words_peek(r);
	size_t i;

	for (i = 0; n != NULL && i < COUNT(record_types); i++) {
		if (!str_eq_case(n->text, str_of(record_types[i])))
			continue;
		r->at++;
		*type = record_codes[i];
		return true;
	}
	return false;
}

/* One value of a record. */
static bool
read_value(struct line_reader *r, struct zone_line *l)
{
	struct record *rec = &l->record;
	uint64_t preference;

	switch (l->type) {
	case DNS_A:
	case DNS_AAAA:
		if (!words_ip(r, &rec->ip))
			return false;
		if (ip_is_v6(rec->ip) == (l->type == DNS_AAAA))
			return true;
		r->at--;
		words_complain(r, "P0413", "A takes IPv4, AAAA takes IPv6",
		    "an address of the other kind");
		return false;
	case DNS_MX:
		if (!words_count(r, UINT16_MAX, &preference))
			return false;
		rec->preference = (uint16_t)preference;
		return words_name(r, &rec->text);
	case DNS_NS:
	case DNS_PTR:
	case DNS_CNAME:
		return words_name(r, &rec->text);
	case DNS_TXT:
	case DNS_SOA:
		break;
	}
	return false;
}

/* The strings of a TXT record, joined. */
static bool
read_text(struct line_reader *r, struct str *text)
{
	const struct node *n = words_peek(r);

	if (n == NULL || words_next_is(r, "ttl")) {
		words_complain(r, "P0420", NULL, "a text is wanted here");
		return false;
	}
	for (; n != NULL && !words_next_is(r, "ttl"); n = words_peek(r)) {
		*text = text->len == 0 ? n->text :
		    arena_printf(r->zones->arena, "%.*s%.*s", STR_ARG(*text),
		    STR_ARG(n->text));
		r->at++;
	}
	return true;
}

/* The values behind a type; each makes a line of its own. */
static void
read_values(struct line_reader *r, struct str owner, enum line_kind kind,
    enum dns_type type)
{
	struct zone_line *first = NULL, **end = &first, *l;
	uint32_t ttl;

	do {
		l = line_new(r, kind);
		l->owner = owner;
		l->type = type;
		if (type == DNS_TXT ? !read_text(r, &l->record.text) :
		    !read_value(r, l))
			return;
		*end = l;
		end = &l->next;
	} while (r->at < r->stmt->count && !words_next_is(r, "ttl") &&
	    type != DNS_MX && type != DNS_CNAME);
	if (!words_ttl(r, &ttl) || !words_end(r))
		return;
	while ((l = first) != NULL) {
		first = l->next;
		l->next = NULL;
		l->record.ttl = ttl;
		zone_add(r->zone, l);
	}
}

static void
read_every_after(struct line_reader *r)
{
	struct zone_line *l = line_new(r, ZL_AFTER);

	if (words_time(r, &l->delay) && words_end(r))
		zone_add(r->zone, l);
}

static void
read_every_flap(struct line_reader *r)
{
	struct zone_line *l = line_new(r, ZL_FLAP);
	uint64_t n;

	if (!words_count(r, UINT32_MAX, &n) || !words_end(r))
		return;
	l->flap = (unsigned)n;
	zone_add(r->zone, l);
}

static void
read_every_fault(struct line_reader *r, enum zone_fault fault)
{
	struct zone_line *l = line_new(r, ZL_FAULT);

	l->fault = fault;
	if (words_end(r))
		zone_add(r->zone, l);
}

static void
read_every(struct line_reader *r)
{
	static const struct { const char *word; enum zone_fault fault; }
	faults[] = { { "timeout", ZF_TIMEOUT }, { "servfail", ZF_SERVFAIL },
		{ "refused", ZF_REFUSED }, { "nxdomain", ZF_NXDOMAIN },
		{ "truncated", ZF_TRUNCATED }, { "well", ZF_NONE } };
	enum dns_type type;
	size_t i;

	for (i = 0; i < COUNT(faults); i++) {
		if (words_next_is(r, faults[i].word)) {
			r->at++;
			read_every_fault(r, faults[i].fault);
			return;
		}
	}
	if (words_next_is(r, "after")) {
		r->at++;
		read_every_after(r);
	} else if (words_next_is(r, "flap")) {
		r->at++;
		read_every_flap(r);
	} else if (read_type(r, &type)) {
		read_values(r, STR(""), ZL_EVERY, type);
	} else {
		words_complain_near(r, "P0417",
		    "every takes a fault, after, flap, or a record",
		    every_words, COUNT(every_words));
	}
}

/* No line: is it the first word that is wrong, or the type behind it? */
static void
complain_line(struct line_reader *r, size_t first)
{
	const char *what = "neither list, everybody, every nor a record";

	if (diag_nearest(r->stmt->nodes[first].text, line_words,
	    COUNT(line_words)) != NULL) {
		r->at = first;
		words_complain_near(r, "P0412", what, line_words,
		    COUNT(line_words));
	} else {
		words_complain_near(r, "P0412", what, record_types,
		    COUNT(record_types));
	}
}

/* ( "@" / NAME ) TYPE values */
static void
read_record(struct line_reader *r)
{
	const struct node *n = words_peek(r);
	struct str owner = r->zone->name;
	size_t first = r->at;
	enum dns_type type;

	if (n == NULL) {
		words_complain(r, "P0412", NULL, "a zone has no such line");
		return;
	}
	if (!str_eq(n->text, STR("@")) && !words_name_of(r,
	    arena_printf(r->zones->arena, "%.*s.%.*s", STR_ARG(n->text),
	    STR_ARG(r->zone->name)), &owner))
		return;
	r->at++;
	if (read_type(r, &type))
		read_values(r, owner, ZL_RECORD, type);
	else
		complain_line(r, first);
}

static void
read_line(struct line_reader *r)
{
	static const struct {
		const char *word;
		void (*read)(struct line_reader *);
	} rows[] = { { "list", read_list }, { "everybody", read_everybody },
		{ "every", read_every } };
	size_t i;

	if (words_next_is(r, "from")) {
		r->at++;
		if (!words_time(r, &r->from))
			return;
	}
	for (i = 0; i < COUNT(rows); i++) {
		if (words_next_is(r, rows[i].word)) {
			r->at++;
			rows[i].read(r);
			return;
		}
	}
	read_record(r);
}

/* --- statements ---------------------------------------------------------- */

static struct zone *
zone_new(struct zones *zs, struct str name, struct place place)
{
	struct zone *z = arena_alloc(zs->arena, sizeof *z), **at = &zs->first;

	z->name = name;
	z->place = place;
	z->end = &z->lines;
	while (*at != NULL)
		at = &(*at)->next;
	*at = z;
	zs->count++;
	return z;
}

/* A CNAME stands alone (RFC 1034 3.6.2): a resolver would not give both. */
static void
check_aliases(struct zones *zs, const struct zone *z)
{
	const struct zone_line *a, *b;

	for (a = z->lines; a != NULL; a = a->next) {
		if (a->kind != ZL_RECORD || a->type != DNS_CNAME)
			continue;
		for (b = z->lines; b != NULL; b = b->next)
			if (b != a && b->kind == ZL_RECORD &&
			    str_eq(a->owner, b->owner))
				diag_twice(zs->diag, "P0418", a->place,
				    b->place, "a CNAME beside other records");
	}
}

static void
read_zone(struct zones *zs, const struct stmt *stmt)
{
	struct line_reader r = { .zones = zs, .stmt = stmt, .at = 1 };
	const struct stmt *s;
	struct str name;
	struct zone *old;

	if (stmt->count != 3 || stmt->nodes[2].kind != ND_BLOCK) {
		diag_add(zs->diag, DG_ERROR, "P0410", stmt_place(stmt),
		    "write zone NAME { ... }", "a zone has a name and a block");
		return;
	}
	if (!words_name(&r, &name))
		return;
	old = zone_named(zs, name);
	if (old != NULL) {
		diag_twice(zs->diag, "P0411", stmt_place(stmt), old->place,
		    "%.*s is declared twice", STR_ARG(name));
		return;
	}
	r.zone = zone_new(zs, name, stmt_place(stmt));
	for (s = stmt->nodes[2].stmts; s != NULL; s = s->next) {
		r.stmt = s;
		r.at = 0;
		r.from = 0;
		read_line(&r);
	}
	check_aliases(zs, r.zone);
}

/* A zone of its own that holds the names of one address. */
static void
read_reverse(struct zones *zs, const struct stmt *stmt)
{
	struct line_reader r = { .zones = zs, .stmt = stmt, .at = 1 };
	struct str name;
	struct ip ip;

	if (!words_ip(&r, &ip))
		return;
	name = ip_reverse_name(zs->arena, ip);
	r.zone = zone_named(zs, name);
	if (r.zone == NULL) {
		r.zone = zone_new(zs, name, stmt_place(stmt));
		r.zone->is_reverse = true;
	} else if (!r.zone->is_reverse) {
		diag_twice(zs->diag, "P0411", stmt_place(stmt), r.zone->place,
		    "%.*s is declared twice", STR_ARG(name));
		return;
	}
	read_values(&r, name, ZL_RECORD, DNS_PTR);
}

static void
read_else(struct zones *zs, const struct stmt *stmt)
{
	struct line_reader r = { .zones = zs, .stmt = stmt, .at = 1 };

	if (!words_next_is(&r, "nxdomain")) {
		words_complain(&r, "P0419", "write else nxdomain",
		    "what nobody declared can only be nxdomain");
		return;
	}
	r.at++;
	zs->else_nxdomain = words_end(&r);
}

bool
zones_read(struct zones *zs, const struct stmt *stmt)
{
	static const struct {
		const char *word;
		void (*read)(struct zones *, const struct stmt *);
	} rows[] = { { "zone", read_zone }, { "reverse", read_reverse },
		{ "else", read_else } };
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		if (stmt_is(stmt, rows[i].word)) {
			rows[i].read(zs, stmt);
			return true;
		}
	}
	return false;
}
