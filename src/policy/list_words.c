/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_words - the words that describe a DNS list, one by one.
 *
 *	word   = one row of words[] below
 *	answer = octet "." octet "." octet "." octet / address "/" bits
 *	octet  = 0..255 [ "-" 0..255 ]
 *	point  = address / domain / "-"
 *
 * Called by: policy/list.c, for each statement of a list's block.
 * Always holds: a word that cannot be read leaves an error in diag; nothing
 * is asked before list.c has looked at the whole.
 * Source: language.md 2, RFC 5782 5 (points).
 * KNOWN GAPS: `when` takes the name of a fact and no condition.
 */
#include "policy/list_words.h"

#include "base/error.h"
#include "base/name.h"
#include "policy/text.h"

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

/* --- answers -------------------------------------------------------------- */

static int
code_room(struct draft *d, const struct stmt *s)
{
	if (d->list->code_count < CODES_MAX)
		return 0;
	diag_add(d->r->diag, DG_ERROR, "P0303", stmt_place(s), NULL,
	    "a list has at most %d codes", CODES_MAX);
	return -E_TOOBIG;
}

bool
list_word_is_name(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
		    (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-'))
			return false;
	return s.len > 0 && s.len <= 32;
}

static int
read_octets(struct draft *d, const struct node *n, struct octets *out)
{
	if (value_octets(n->text, out) != 0) {
		diag_add(d->r->diag, DG_ERROR, "P0304", n->place,
		    "like 127.0.0.2, 127.0.0.4-7 or 127.0.2-15.3",
		    "\"%.*s\" is no answer of a list", STR_ARG(n->text));
		return -E_INVALID;
	}
	if (out->low[0] == 127 && out->high[0] == 127)
		return 0;
	diag_add(d->r->diag, DG_ERROR, "P0305", n->place, NULL,
	    "answers outside of 127.0.0.0/8 are never a listing (RFC 5782 "
	    "2.1)");
	return -E_INVALID;
}

/* Names become parts of facts, "zen.xbl". */
static int
read_name(struct draft *d, const struct node *n, struct str *out)
{
	*out = n->text;
	if (list_word_is_name(n->text))
		return 0;
	diag_add(d->r->diag, DG_ERROR, "P0306", n->place,
	    "letters a-z, digits and \"-\"", "\"%.*s\" cannot name a code",
	    STR_ARG(n->text));
	return -E_INVALID;
}

/* NAME POINTS: what an answer is called and what it is worth. */
static int
read_meaning(struct draft *d, const struct node *n, struct list_code *c)
{
	if (read_name(d, &n[0], &c->name) != 0)
		return -E_INVALID;
	if (points_read(n[1].text, &c->points) != 0) {
		diag_add(d->r->diag, DG_ERROR, "P0307", n[1].place,
		    "like 8, -3 or 0.5", "\"%.*s\" is no number of points",
		    STR_ARG(n[1].text));
		return -E_INVALID;
	}
	c->counts = c->points != 0;
	return 0;
}

/* code 127.0.0.4-7 xbl 8 */
static int
read_code(struct draft *d, const struct stmt *s)
{
	struct list_code *c;

	if (code_room(d, s) != 0)
		return -E_TOOBIG;
	c = &d->codes[d->list->code_count];
	if (read_octets(d, &s->nodes[1], &c->octets) != 0 ||
	    read_meaning(d, &s->nodes[2], c) != 0)
		return -E_INVALID;
	d->list->code_count++;
	return 0;
}

/* BIT NAME POINTS, inside of a mask. Bits are written as the number they
 * add to the last octet. */
static int
read_bit(struct draft *d, const struct octets *net, const struct stmt *s)
{
	struct list_code *c;
	uint64_t bit;

	if (code_room(d, s) != 0)
		return -E_TOOBIG;
	c = &d->codes[d->list->code_count];
	if (s->count != 3 || value_count(s->nodes[0].text, 128, &bit) != 0 ||
	    bit == 0 || (bit & (bit - 1)) != 0) {
		diag_add(d->r->diag, DG_ERROR, "P0320", stmt_place(s),
		    "BIT NAME POINTS, with a BIT of 1 2 4 8 16 32 64 128",
		    "this is no bit of an answer");
		return -E_INVALID;
	}
	if (read_meaning(d, &s->nodes[1], c) != 0)
		return -E_INVALID;
	c->octets = *net;
	c->bit = (uint8_t)bit;
	d->list->code_count++;
	return 0;
}

/* mask 127.0.0.0/24 { 2 black 6; 4 grey 1 } */
static int
read_mask(struct draft *d, const struct stmt *s)
{
	struct octets net;
	const struct stmt *in;

	if (s->nodes[2].kind != ND_BLOCK) {
		diag_add(d->r->diag, DG_ERROR, "P0311", stmt_place(s),
		    "mask NET { BIT NAME POINTS; ... }",
		    "a mask says what its bits mean");
		return -E_INVALID;
	}
	if (read_octets(d, &s->nodes[1], &net) != 0)
		return -E_INVALID;
	for (in = s->nodes[2].stmts; in != NULL; in = in->next)
		if (read_bit(d, &net, in) != 0)
			return -E_INVALID;
	return 0;
}

/* value 127.0.4.N NAME: the octet that is written N is a number. */
static int
read_value(struct draft *d, const struct stmt *s)
{
	struct list *l = d->list;
	struct str text = s->nodes[1].text;
	size_t at = str_find(text, 'N'), i;

	l->value_at = 0;
	for (i = 0; i < at; i++)
		l->value_at += text.p[i] == '.';
	if (at == text.len || l->value_at > 3 ||
	    (at > 0 && text.p[at - 1] != '.') ||
	    (at + 1 < text.len && text.p[at + 1] != '.')) {
		diag_add(d->r->diag, DG_ERROR, "P0321", s->nodes[1].place,
		    "like: value 127.0.4.N score",
		    "one octet of a value is written N");
		return -E_INVALID;
	}
	text = arena_printf(d->r->arena, "%.*s0-255%.*s", (int)at, text.p,
	    STR_ARG(str_from(text, at + 1)));
	if (read_octets(d, &(struct node){ .text = text,
	    .place = s->nodes[1].place }, &l->value) != 0)
		return -E_INVALID;
	l->value_name = STR("value");
	return s->count < 3 ? 0 : read_name(d, &s->nodes[2], &l->value_name);
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

/* --- questions ------------------------------------------------------------ */

/* One fact; compile.c looks for it, since only there facts are known. */
static int
read_when(struct draft *d, const struct stmt *s)
{
	d->list->when = s->nodes[1].text;
	d->list->when_place = s->nodes[1].place;
	return 0;
}

/* A point, and the kind of list it is for: that of the address, or a name.
 * LK_COUNT: "-", for which the other one says it. */
static int
read_point(struct draft *d, const struct node *n, enum list_kind *kind,
    struct list_point *out)
{
	struct str domain = name_normal(d->r->arena, n->text);
	struct ip ip;

	*out = (struct list_point){ STR(""), STR("-") };
	*kind = LK_COUNT;
	if (str_eq(n->text, STR("-")))
		return 0;
	if (ip_parse(n->text, &ip) == 0) {
		*kind = str_find(n->text, ':') < n->text.len ? LK_IP6 : LK_IP4;
		*out = list_point_ip(ip, *kind, d->r->arena);
		return 0;
	}
	if (!name_is_host(domain))
		return -E_INVALID;
	*kind = LK_DOMAIN;
	*out = (struct list_point){ domain, domain };
	return 0;
}

/* probe LISTED NOT-LISTED, for the kind that they have */
static int
read_probe(struct draft *d, const struct stmt *s)
{
	struct list *l = d->list;
	struct list_point must, not;
	enum list_kind kind, other;
	bool is_read = read_point(d, &s->nodes[1], &kind, &must) == 0 &&
	    read_point(d, &s->nodes[2], &other, &not) == 0;

	if (is_read && kind == LK_COUNT)
		kind = other;
	if (is_read && kind < LK_COUNT && list_has_kind(l, kind) &&
	    !d->has_probe[kind] && (other == kind || other == LK_COUNT)) {
		l->must[kind] = must;
		l->must_not[kind] = not;
		d->has_probe[kind] = true;
		return 0;
	}
	diag_add(d->r->diag, DG_ERROR, "P0322", s->nodes[1].place,
	    "like: probe 127.0.0.2 127.0.0.1, once for each kind of the "
	    "list; \"-\" for one that it lacks",
	    "these are no two points of this list");
	return -E_INVALID;
}

/* key prefix ZONE: with a key, KEY.ZONE is asked. */
static int
read_key(struct draft *d, const struct stmt *s)
{
	d->list->key_zone = name_normal(d->r->arena, s->nodes[2].text);
	if (str_eq(s->nodes[1].text, STR("prefix")) &&
	    name_is_domain(d->list->key_zone))
		return 0;
	diag_add(d->r->diag, DG_ERROR, "P0323", s->nodes[1].place,
	    "key prefix \"ZONE\"", "this does not say where a key belongs");
	return -E_INVALID;
}

/* limit 300000 per 1d */
static int
read_limit(struct draft *d, const struct stmt *s)
{
	struct list *l = d->list;

	if (value_count(s->nodes[1].text, 1000000000, &l->limit) == 0 &&
	    l->limit > 0 && str_eq(s->nodes[2].text, STR("per")) &&
	    value_duration(s->nodes[3].text, &l->limit_span) == 0 &&
	    l->limit_span > 0)
		return 0;
	diag_add(d->r->diag, DG_ERROR, "P0310", s->nodes[1].place,
	    "like: limit 300000 per 1d", "this is no limit of questions");
	return -E_INVALID;
}

/* --- for people ----------------------------------------------------------- */

static int
read_checked(struct draft *d, const struct stmt *s)
{
	if (s->count > 2)
		d->list->source = s->nodes[2].text;
	if (date_parse(s->nodes[1].text, &d->list->checked) == 0)
		return 0;
	diag_add(d->r->diag, DG_ERROR, "P0308", s->nodes[1].place,
	    "like 2026-11-24", "\"%.*s\" is no date",
	    STR_ARG(s->nodes[1].text));
	return -E_INVALID;
}

static int
read_register(struct draft *d, const struct stmt *s)
{
	static const char *const kinds[] = {
		[LR_NONE] = "none", [LR_FREE] = "free", [LR_PAID] = "paid",
	};
	size_t i;

	for (i = 0; i < COUNT(kinds); i++)
		if (str_eq(s->nodes[1].text, str_of(kinds[i]))) {
			d->list->registration = (enum list_register)i;
			return 0;
		}
	diag_add(d->r->diag, DG_ERROR, "P0309", s->nodes[1].place,
	    "one of: none free paid", "\"%.*s\" is no kind of registration",
	    STR_ARG(s->nodes[1].text));
	return -E_INVALID;
}

static int
read_terms(struct draft *d, const struct stmt *s)
{
	d->list->terms = s->nodes[1].text;
	return 0;
}

/* --- the table ------------------------------------------------------------ */

static const struct {
	const char *name;
	size_t      low, high;          /* arguments                        */
	bool        is_many;            /* may be given several times       */
	bool        has_block;          /* as its last argument             */
	int       (*read)(struct draft *, const struct stmt *);
	const char *form;               /* the remedy                       */
} words[] = {
	{ "ask", 1, 5, true, false, read_ask,
	  "ask client|helo|sender|name|dkim ..." },
	{ "checked", 1, 2, false, false, read_checked,
	  "checked DATE \"SOURCE\"" },
	{ "code", 3, 3, true, false, read_code, "code ANSWER NAME POINTS" },
	{ "error", 1, 16, true, false, read_error, "error ANSWER..." },
	{ "key", 2, 2, false, false, read_key, "key prefix \"ZONE\"" },
	{ "limit", 3, 3, false, false, read_limit, "limit COUNT per TIME" },
	{ "mask", 2, 2, true, true, read_mask,
	  "mask NET { BIT NAME POINTS; ... }" },
	{ "operator", 1, 1, false, false, read_operator, "operator NAME" },
	{ "probe", 2, 2, true, false, read_probe, "probe LISTED NOT-LISTED" },
	{ "register", 1, 1, false, false, read_register,
	  "register none|free|paid" },
	{ "see", 1, 1, false, false, read_see,
	  "see \"URL with {ip} or {domain}\"" },
	{ "terms", 1, 1, false, false, read_terms, "terms \"TEXT\"" },
	{ "title", 1, 1, false, false, read_title,
	  "title \"NAME AS ITS OPERATOR SAYS\"" },
	{ "value", 1, 2, false, false, read_value, "value 127.0.4.N NAME" },
	{ "when", 1, 1, false, false, read_when, "when FACT" },
};

_Static_assert(COUNT(words) <= WORDS_MAX, "a place for each word");

static bool
node_fits(const struct stmt *s, size_t i, size_t word)
{
	enum node_kind kind = s->nodes[i].kind;

	return kind == ND_WORD || kind == ND_STRING || (kind == ND_BLOCK &&
	    words[word].has_block && i + 1 == s->count);
}

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
		if (!node_fits(s, i, word)) {
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

void
list_word_read(struct draft *d, const struct stmt *s)
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

