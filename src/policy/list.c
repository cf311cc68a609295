/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list - reads the description of a DNS list and understands its answers.
 *
 *	list   = "list" NAME ZONE 1*( "ip4" / "ip6" / "domain" ) "{" *word "}"
 *	word   = one row of words[] below
 *
 * Called by: policy/layer.c for files of lists/ and blocks of a policy, the
 * simulator for blocks of a play; filters/lists.c for what an answer means.
 * Always holds: an answer that no code names is never a listing.
 * Source: language.md 2, RFC 5782 2.1 and 5.
 * KNOWN GAPS: mask, value, when, key and limit are read and checked; a policy
 * that uses a list which needs one of the first three is refused, since
 * nothing acts on them before list health is there.
 */
#include "policy/list.h"

#include "base/error.h"
#include "base/name.h"
#include "policy/text.h"

#define CODES_MAX  64
#define ERRORS_MAX 16
#define WORDS_MAX  16
#define POINTS_MAX INT64_C(100000)     /* hundredths: beyond any meaning  */

int
points_read(struct str text, int64_t *hundredths)
{
	int64_t n;

	if (str_find(text, '%') < text.len || value_number(text, &n) != 0 ||
	    n > POINTS_MAX || n < -POINTS_MAX)
		return -E_INVALID;
	*hundredths = n;
	return 0;
}

const char *
subject_word(enum subject s)
{
	static const char *const words[SUBJECT_COUNT] = {
		[SUBJECT_CLIENT] = "client", [SUBJECT_NAME] = "name",
		[SUBJECT_HELO] = "helo", [SUBJECT_SENDER] = "sender",
		[SUBJECT_DKIM] = "dkim",
	};

	return words[s];
}

enum stage
subject_stage(enum subject s)
{
	static const enum stage stages[SUBJECT_COUNT] = {
		[SUBJECT_CLIENT] = ST_CONNECT, [SUBJECT_NAME] = ST_HELO,
		[SUBJECT_HELO] = ST_HELO, [SUBJECT_SENDER] = ST_MAIL,
		[SUBJECT_DKIM] = ST_EOM,
	};

	return stages[s];
}

/* What the words of one block work on. */
struct draft {
	struct list    *list;
	struct reading *r;
	struct list_code codes[CODES_MAX];
	struct octets   errors[ERRORS_MAX];
	const struct stmt *seen[WORDS_MAX];    /* by place in words[]         */
};

static int
read_title(struct draft *d, const struct stmt *s)
{
	d->list->title = s->nodes[1].text;
	return 0;
}

static int
read_operator(struct draft *d, const struct stmt *s)
{
	d->list->op = s->nodes[1].text;
	return 0;
}

/* The page for whoever is listed; what is filled in is known by then. */
static int
read_see(struct draft *d, const struct stmt *s)
{
	struct str name;
	size_t at = 0;

	while (text_next_name(s->nodes[1].text, &at, &name))
		if (!str_eq(name, STR("ip")) && !str_eq(name, STR("domain"))) {
			diag_add(d->r->diag, DG_ERROR, "P0319",
			    s->nodes[1].place, "only {ip} and {domain}",
			    "\"{%.*s}\" cannot be filled in",
			    STR_ARG(name));
			return -E_INVALID;
		}
	d->list->see = s->nodes[1].text;
	return 0;
}

/* Several `ask` add up. */
static int
read_ask(struct draft *d, const struct stmt *s)
{
	size_t i;
	int k;

	for (i = 1; i < s->count; i++) {
		for (k = 0; k < SUBJECT_COUNT; k++)
			if (str_eq(s->nodes[i].text,
			    str_of(subject_word((enum subject)k))))
				break;
		if (k == SUBJECT_COUNT) {
			diag_add(d->r->diag, DG_ERROR, "P0302",
			    s->nodes[i].place,
			    "one of: client helo sender name dkim",
			    "a list cannot be asked about \"%.*s\"",
			    STR_ARG(s->nodes[i].text));
			return -E_INVALID;
		}
		d->list->subjects += !d->list->asks[k];
		d->list->asks[k] = true;
	}
	return 0;
}

static int
code_room(struct draft *d, const struct stmt *s)
{
	if (d->list->code_count < CODES_MAX)
		return 0;
	diag_add(d->r->diag, DG_ERROR, "P0303", stmt_place(s), NULL,
	    "a list has at most %d codes", CODES_MAX);
	return -E_TOOBIG;
}

/* Names become parts of facts, "zen.xbl": no dot, lower case. */
static bool
name_is_word(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
		    (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-'))
			return false;
	return s.len > 0 && s.len <= 32;
}

/* code 127.0.0.4-7 xbl 8 */
static int
read_code(struct draft *d, const struct stmt *s)
{
	struct list_code *c;

	if (code_room(d, s) != 0)
		return -E_TOOBIG;
	c = &d->codes[d->list->code_count];
	if (value_octets(s->nodes[1].text, &c->octets) != 0) {
		diag_add(d->r->diag, DG_ERROR, "P0304", s->nodes[1].place,
		    "like 127.0.0.2, 127.0.0.4-7 or 127.0.2-15.3",
		    "\"%.*s\" is no answer of a list",
		    STR_ARG(s->nodes[1].text));
		return -E_INVALID;
	}
	if (c->octets.low[0] != 127 || c->octets.high[0] != 127) {
		diag_add(d->r->diag, DG_ERROR, "P0305", s->nodes[1].place,
		    NULL, "answers outside of 127.0.0.0/8 are never a "
		    "listing (RFC 5782 2.1)");
		return -E_INVALID;
	}
	if (!name_is_word(s->nodes[2].text)) {
		diag_add(d->r->diag, DG_ERROR, "P0306", s->nodes[2].place,
		    "letters a-z, digits and \"-\"",
		    "\"%.*s\" cannot name a code", STR_ARG(s->nodes[2].text));
		return -E_INVALID;
	}
	if (points_read(s->nodes[3].text, &c->points) != 0) {
		diag_add(d->r->diag, DG_ERROR, "P0307", s->nodes[3].place,
		    "like 8, -3 or 0.5", "\"%.*s\" is no number of points",
		    STR_ARG(s->nodes[3].text));
		return -E_INVALID;
	}
	c->name = s->nodes[2].text;
	c->counts = c->points != 0;
	d->list->code_count++;
	return 0;
}

static int
read_error(struct draft *d, const struct stmt *s)
{
	size_t i;

	for (i = 1; i < s->count; i++) {
		if (d->list->error_count == ERRORS_MAX ||
		    value_octets(s->nodes[i].text,
		    &d->errors[d->list->error_count]) != 0) {
			diag_add(d->r->diag, DG_ERROR, "P0304",
			    s->nodes[i].place, "like 127.255.255.0/24",
			    "\"%.*s\" is no answer of a list",
			    STR_ARG(s->nodes[i].text));
			return -E_INVALID;
		}
		d->list->error_count++;
	}
	return 0;
}

/* What is read now and acts later; a policy cannot use such a list yet. */
static int
read_needs(struct draft *d, const struct stmt *s)
{
	d->list->needs = s->nodes[0].text;
	return 0;
}

/* For people and for lint; only its form matters here. */
static int
read_checked(struct draft *d, const struct stmt *s)
{
	usec_t when;

	if (date_parse(s->nodes[1].text, &when) == 0)
		return 0;
	diag_add(d->r->diag, DG_ERROR, "P0308", s->nodes[1].place,
	    "like 2026-11-24", "\"%.*s\" is no date",
	    STR_ARG(s->nodes[1].text));
	return -E_INVALID;
}

static int
read_register(struct draft *d, const struct stmt *s)
{
	static const char *const kinds[] = { "none", "free", "paid" };
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (str_eq(s->nodes[1].text, str_of(kinds[i])))
			return 0;
	diag_add(d->r->diag, DG_ERROR, "P0309", s->nodes[1].place,
	    "one of: none free paid", "\"%.*s\" is no kind of registration",
	    STR_ARG(s->nodes[1].text));
	return -E_INVALID;
}

/* limit 300000 per 1d */
static int
read_limit(struct draft *d, const struct stmt *s)
{
	uint64_t count;
	usec_t span;

	if (value_count(s->nodes[1].text, 1000000000, &count) == 0 &&
	    str_eq(s->nodes[2].text, STR("per")) &&
	    value_duration(s->nodes[3].text, &span) == 0 && span > 0)
		return 0;
	diag_add(d->r->diag, DG_ERROR, "P0310", s->nodes[1].place,
	    "like: limit 300000 per 1d", "this is no limit of questions");
	return -E_INVALID;
}

/* What is kept in the text and acts from list health on. */
static int
read_only(struct draft *d, const struct stmt *s)
{
	(void)d;
	(void)s;
	return 0;
}

static const struct {
	const char *name;
	size_t      low, high;          /* arguments                        */
	bool        is_many;            /* may be given several times       */
	int       (*read)(struct draft *, const struct stmt *);
	const char *form;               /* the remedy                       */
} words[] = {
	{ "ask", 1, 5, true, read_ask, "ask client|helo|sender|name|dkim ..." },
	{ "checked", 1, 2, false, read_checked, "checked DATE \"SOURCE\"" },
	{ "code", 3, 3, true, read_code, "code ANSWER NAME POINTS" },
	{ "error", 1, 16, true, read_error, "error ANSWER..." },
	{ "key", 2, 2, false, read_only, "key prefix \"ZONE\"" },
	{ "limit", 3, 3, false, read_limit, "limit COUNT per TIME" },
	{ "mask", 2, 2, true, read_needs, "mask NET { BIT NAME POINTS; ... }" },
	{ "operator", 1, 1, false, read_operator, "operator NAME" },
	{ "probe", 2, 2, false, read_only, "probe LISTED NOT-LISTED" },
	{ "register", 1, 1, false, read_register, "register none|free|paid" },
	{ "see", 1, 1, false, read_see, "see \"URL with {ip} or {domain}\"" },
	{ "terms", 1, 1, false, read_only, "terms \"TEXT\"" },
	{ "title", 1, 1, false, read_title,
	  "title \"NAME AS ITS OPERATOR SAYS\"" },
	{ "value", 1, 2, true, read_needs, "value 127.0.4.N" },
	{ "when", 1, 1, false, read_needs, "when FACT" },
};

_Static_assert(COUNT(words) <= WORDS_MAX, "a place for each word");

/* Whether the word has what it takes, and stands where it may. */
static bool
word_fits(struct draft *d, size_t word, const struct stmt *s)
{
	size_t i, n = s->count - 1;

	if (n < words[word].low || n > words[word].high) {
		diag_add(d->r->diag, DG_ERROR, "P0311", stmt_place(s),
		    words[word].form, words[word].low == words[word].high ?
		    "\"%s\" takes %zu arguments" :
		    "\"%s\" takes %zu to %zu arguments",
		    words[word].name, words[word].low, words[word].high);
		return false;
	}
	for (i = 1; i < s->count; i++)
		if (s->nodes[i].kind != ND_WORD &&
		    s->nodes[i].kind != ND_STRING &&
		    words[word].read != read_needs) {
			diag_add(d->r->diag, DG_ERROR, "P0311",
			    s->nodes[i].place, words[word].form,
			    "\"%s\" takes no such thing", words[word].name);
			return false;
		}
	if (d->seen[word] != NULL && !words[word].is_many) {
		diag_twice(d->r->diag, "P0318", stmt_place(s),
		    stmt_place(d->seen[word]), "\"%s\" is given twice",
		    words[word].name);
		return false;
	}
	d->seen[word] = s;
	return true;
}

static void
read_word(struct draft *d, const struct stmt *s)
{
	const char *names[COUNT(words)];
	size_t i;

	for (i = 0; i < COUNT(words); i++)
		names[i] = words[i].name;
	for (i = 0; i < COUNT(words); i++)
		if (stmt_is(s, words[i].name))
			break;
	if (i == COUNT(words)) {
		diag_add(d->r->diag, DG_ERROR, "P0301", stmt_place(s),
		    text_did_you_mean(d->r->arena,
		    diag_nearest(s->nodes[0].text, names, COUNT(names))),
		    "no word \"%.*s\" in a list", STR_ARG(s->nodes[0].text));
		return;
	}
	if (word_fits(d, i, s))
		words[i].read(d, s);
}

/* list NAME ZONE KIND... { }: all but the block. */
static int
read_head(struct list *l, const struct stmt *s, struct reading *r)
{
	size_t i;

	if (s->count < 5 || s->nodes[s->count - 1].kind != ND_BLOCK) {
		diag_add(r->diag, DG_ERROR, "P0312", stmt_place(s),
		    "list NAME \"ZONE\" ip4|ip6|domain { ... }",
		    "a list has a name, a zone, at least one kind and a block");
		return -E_INVALID;
	}
	l->name = s->nodes[1].text;
	l->zone = name_normal(r->arena, s->nodes[2].text);
	l->place = s->nodes[1].place;
	if (!name_is_word(l->name) || !name_is_domain(l->zone)) {
		diag_add(r->diag, DG_ERROR, "P0313", s->nodes[1].place, NULL,
		    "a list needs a name of a-z, 0-9, \"-\" and a zone that "
		    "is a domain");
		return -E_INVALID;
	}
	for (i = 3; i + 1 < s->count; i++) {
		struct str kind = s->nodes[i].text;

		if (str_eq(kind, STR("ip4")))
			l->has_ip4 = true;
		else if (str_eq(kind, STR("ip6")))
			l->has_ip6 = true;
		else if (str_eq(kind, STR("domain")))
			l->has_domain = true;
		else {
			diag_add(r->diag, DG_ERROR, "P0314",
			    s->nodes[i].place, "one of: ip4 ip6 domain",
			    "no kind of list \"%.*s\"", STR_ARG(kind));
			return -E_INVALID;
		}
	}
	return 0;
}

/* What no single word can tell: a list that could never name anybody, or that
 * is asked about what it does not hold. Then the defaults. */
static int
check_whole(struct list *l, struct reading *r)
{
	if (l->code_count == 0 && l->needs.len == 0) {
		diag_add(r->diag, DG_ERROR, "P0315", l->place,
		    "add: code 127.0.0.2 listed 3",
		    "list \"%.*s\" has no code: no answer would count",
		    STR_ARG(l->name));
		return -E_INVALID;
	}
	if (l->subjects == 0) {
		l->asks[l->has_domain ? SUBJECT_SENDER : SUBJECT_CLIENT] = true;
		l->subjects = 1;
	}
	if (l->asks[SUBJECT_CLIENT] && !l->has_ip4 && !l->has_ip6) {
		diag_add(r->diag, DG_ERROR, "P0316", l->place,
		    "change \"ask client\" to \"ask helo sender\"",
		    "list \"%.*s\" holds domains and is asked about addresses",
		    STR_ARG(l->name));
		return -E_INVALID;
	}
	if (l->subjects > l->asks[SUBJECT_CLIENT] && !l->has_domain) {
		diag_add(r->diag, DG_ERROR, "P0316", l->place,
		    "add \"domain\", or change it to \"ask client\"",
		    "list \"%.*s\" holds addresses and is asked about names",
		    STR_ARG(l->name));
		return -E_INVALID;
	}
	if (l->title.len == 0)
		l->title = l->name;
	if (l->op.len == 0)
		l->op = l->name;
	return 0;
}

struct list *
list_read(const struct stmt *s, struct reading *r)
{
	struct list *l = arena_alloc(r->arena, sizeof *l);
	struct draft *d = arena_alloc(r->arena, sizeof *d);
	unsigned before = diag_count(r->diag, DG_ERROR);
	const struct stmt *in;

	d->list = l;
	d->r = r;
	if (read_head(l, s, r) != 0)
		return NULL;
	for (in = s->nodes[s->count - 1].stmts; in != NULL; in = in->next)
		read_word(d, in);
	if (diag_count(r->diag, DG_ERROR) > before || check_whole(l, r) != 0)
		return NULL;
	l->codes = d->codes;
	l->errors = d->errors;
	return l;
}

/* --- answers ------------------------------------------------------------- */

/* Whatever a table says: an error code of many, or no answer of a list. */
static bool
is_never_a_listing(struct ip ip)
{
	const uint8_t *b = ip.a + 12;

	return ip_is_v6(ip) || b[0] != 127 || (b[1] == 255 && b[2] == 255);
}

/* The point that must not be listed; one list uses it for "white". */
static bool
is_must_not(struct ip ip)
{
	return ip_eq(ip, ip_v4(127, 0, 0, 1));
}

static bool
code_hits(const struct list *l, struct ip ip, bool *hit)
{
	bool any = false;
	size_t i;

	for (i = 0; i < l->code_count; i++)
		if (octets_have(&l->codes[i].octets, ip)) {
			hit[i] = true;
			any = true;
		}
	return any;
}

int
list_match(const struct list *l, const struct ip *records, size_t count,
    bool *hit)
{
	bool strange = false;
	size_t i, k;

	for (i = 0; i < count; i++) {
		for (k = 0; k < l->error_count; k++)
			if (octets_have(&l->errors[k], records[i]))
				return -E_REFUSED;
		if (is_never_a_listing(records[i]))
			return -E_REFUSED;
		if (code_hits(l, records[i], hit))
			continue;
		if (is_must_not(records[i]))
			return -E_REFUSED;
		strange = true;
	}
	return strange ? -E_GARBAGE : 0;
}
