/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spf_record - the strict parser of SPF records and their canonical print.
 *
 *	record    = version terms *SP
 *	version   = "v=spf1"
 *	terms     = *( 1*SP ( directive / modifier ) )
 *	directive = [ "+" / "-" / "?" / "~" ] mechanism
 *	mechanism = "all" / "include" ":" domain-spec
 *	          / ( "a" / "mx" ) [ ":" domain-spec ] [ dual-cidr-length ]
 *	          / "ptr" [ ":" domain-spec ] / "exists" ":" domain-spec
 *	          / "ip4" ":" ip4-network [ "/" 0..32 ]
 *	          / "ip6" ":" ip6-network [ "/" 0..128 ]
 *	dual-cidr-length = [ "/" 0..32 ] [ "//" 0..128 ]
 *	modifier  = "redirect" "=" domain-spec / "exp" "=" domain-spec
 *	          / name "=" macro-string
 *	name      = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
 *
 * Called by: spf_look.c parses, spf_walk.c prints.
 * Always holds: a syntax error anywhere is an error of the record, before
 * libspf2 hears of it (RFC 7208 4.6); lengths, never NUL, end what is read.
 * What is printed consists of our own words, of addresses printed by ip_print
 * and of handles; a chunk compiles to CHUNK bytes at most.
 * Source: RFC 7208 4.5, 4.6.1, 5, 6, 12.
 */
#include "config.h"

#include <string.h>

#include "base/error.h"
#include "filters/spf_expand.h"
#include "filters/spf_record.h"

#define MARK  "v=spf1"
#define CHUNK    400    /* compiled bytes of one chunk; libspf2 takes 511   */
#define HANDLE   32     /* compiled bytes of a name term at most            */
#define ROOM     8      /* terms that a table has room for at first         */

bool
spf_is_record(struct str txt)
{
	size_t n = sizeof MARK - 1;

	return str_starts_case(txt, STR(MARK)) &&
	    (txt.len == n || txt.p[n] == ' ');
}

/* ------------------------------------------------------------------------
 * Parsing: words that may follow a mechanism's name.
 */

struct parsing {
	struct spf_record *record;
	struct arena      *arena;
	size_t             room;
	unsigned           asking;       /* terms that ask DNS, so far       */
	bool               is_closed;    /* nothing further can be reached   */
	bool               has_all, has_redirect, has_exp;
};

/* At the end of *s: slashes, then a number of at most max without zeros in
 * front; taken off. False when it is there, and wrong. */
static bool
take_bits(struct str *s, struct str slashes, unsigned max, uint8_t *bits)
{
	size_t at = s->len, n;
	uint64_t value;

	while (at > 0 && s->p[at - 1] >= '0' && s->p[at - 1] <= '9')
		at--;
	n = s->len - at;
	if (n == 0 || at < slashes.len || !str_eq(str_sub(*s,
	    at - slashes.len, slashes.len), slashes))
		return true;
	if (str_number(str_from(*s, at), max, &value) != 0 ||
	    (n > 1 && s->p[at] == '0'))
		return false;
	*bits = (uint8_t)value;
	s->len = at - slashes.len;
	return true;
}

/* rest: "", or ":" and a domain-spec. */
static bool
read_spec(struct spf_term *t, struct str rest)
{
	if (rest.len == 0)
		return true;
	t->spec = str_from(rest, 1);
	return rest.p[0] == ':' && spf_is_domain_spec(t->spec);
}

static bool
read_needed_spec(struct spf_term *t, struct str rest)
{
	return rest.len > 0 && read_spec(t, rest);
}

static bool
read_nothing(struct spf_term *t, struct str rest)
{
	(void)t;
	return rest.len == 0;
}

static bool
read_host(struct spf_term *t, struct str rest)
{
	return take_bits(&rest, STR("//"), 128, &t->bits6) &&
	    take_bits(&rest, STR("/"), 32, &t->bits4) && read_spec(t, rest);
}

/* ip_parse takes both families, and "::ffff:192.0.2.1" is IPv6 here. */
static bool
read_address(struct spf_term *t, struct str rest)
{
	bool is_v6;

	if (rest.len == 0 || rest.p[0] != ':')
		return false;
	rest = str_from(rest, 1);
	is_v6 = str_find(rest, ':') < rest.len;
	if (is_v6 != (t->kind == SPF_K_IP6))
		return false;
	if (!take_bits(&rest, STR("/"), is_v6 ? 128 : 32,
	    is_v6 ? &t->bits6 : &t->bits4))
		return false;
	return ip_parse(rest, &t->ip) == 0;
}

static const struct mechanism {
	struct str    name;
	enum spf_kind kind;
	bool        (*read)(struct spf_term *, struct str rest);
	const char   *why;
} mechanisms[] = {
	{ { "all", 3 }, SPF_K_ALL, read_nothing, "\"all\" takes no value" },
	{ { "include", 7 }, SPF_K_INCLUDE, read_needed_spec,
	  "\"include\" without a valid domain" },
	{ { "a", 1 }, SPF_K_A, read_host,
	  "\"a\" with a bad domain or prefix" },
	{ { "mx", 2 }, SPF_K_MX, read_host,
	  "\"mx\" with a bad domain or prefix" },
	{ { "ptr", 3 }, SPF_K_PTR, read_spec, "\"ptr\" with a bad domain" },
	{ { "ip4", 3 }, SPF_K_IP4, read_address,
	  "\"ip4\" without a valid IPv4 network" },
	{ { "ip6", 3 }, SPF_K_IP6, read_address,
	  "\"ip6\" without a valid IPv6 network" },
	{ { "exists", 6 }, SPF_K_EXISTS, read_needed_spec,
	  "\"exists\" without a valid domain" },
};

bool
spf_term_asks(const struct spf_term *t)
{
	return t->kind != SPF_K_ALL && t->kind != SPF_K_IP4 &&
	    t->kind != SPF_K_IP6;
}

/* ------------------------------------------------------------------------
 * Parsing: terms.
 */

static void
keep_term(struct parsing *p, const struct spf_term *t)
{
	struct spf_record *r = p->record;
	struct spf_term *more;

	if (p->is_closed)
		return;
	if (r->count == p->room) {
		p->room = p->room == 0 ? ROOM : 2 * p->room;
		more = arena_array(p->arena, p->room, sizeof *more);
		if (r->count > 0)
			memcpy(more, r->terms, r->count * sizeof *more);
		r->terms = more;
	}
	r->terms[r->count++] = *t;
	p->asking += spf_term_asks(t);
	if (t->kind == SPF_K_ALL)
		p->has_all = true;
	p->is_closed = p->has_all || p->asking > SPF_TERMS_MAX;
}

/* How many bytes of s make a name; 0 when it does not begin with a letter. */
static size_t
name_length(struct str s)
{
	size_t n = 0;
	char low;

	for (; n < s.len; n++) {
		low = (char)(s.p[n] | 0x20);
		if (low >= 'a' && low <= 'z')
			continue;
		if (n == 0 || !((s.p[n] >= '0' && s.p[n] <= '9') ||
		    s.p[n] == '-' || s.p[n] == '_' || s.p[n] == '.'))
			break;
	}
	return n;
}

/* Returns NULL, or what is wrong. */
static const char *
read_mechanism(struct parsing *p, struct str word)
{
	struct spf_term t = { .qualifier = '+', .bits4 = 32, .bits6 = 128 };
	struct str name, rest;
	size_t i, n;

	if (str_find(STR("+-?~"), word.p[0]) < 4) {
		t.qualifier = word.p[0];
		word = str_from(word, 1);
	}
	for (n = 0; n < word.len && word.p[n] != ':' && word.p[n] != '/';)
		n++;
	name = str_sub(word, 0, n);
	rest = str_from(word, n);
	for (i = 0; i < COUNT(mechanisms); i++)
		if (str_eq_case(name, mechanisms[i].name))
			break;
	if (i == COUNT(mechanisms))
		return "an unknown mechanism";
	t.kind = mechanisms[i].kind;
	if (!mechanisms[i].read(&t, rest))
		return mechanisms[i].why;
	keep_term(p, &t);
	return NULL;
}

/* redirect and exp stand at most once (RFC 7208 6). */
static const char *
read_modifier(struct parsing *p, struct str name, struct str value)
{
	if (str_eq_case(name, STR("redirect"))) {
		if (p->has_redirect)
			return "\"redirect\" stands twice";
		p->has_redirect = true;
		p->record->redirect = value;
		return spf_is_domain_spec(value) ? NULL :
		    "\"redirect\" without a valid domain";
	}
	if (str_eq_case(name, STR("exp"))) {
		if (p->has_exp)
			return "\"exp\" stands twice";
		p->has_exp = true;
		p->record->exp = value;
		return spf_is_domain_spec(value) ? NULL :
		    "\"exp\" without a valid domain";
	}
	return spf_is_string(SPF_NAME, value) ? NULL :
	    "a modifier with a bad macro";
}

static const char *
read_term(struct parsing *p, struct str word)
{
	size_t n = name_length(word);

	if (n > 0 && n < word.len && word.p[n] == '=')
		return read_modifier(p, str_sub(word, 0, n),
		    str_from(word, n + 1));
	return read_mechanism(p, word);
}

int
spf_record_parse(struct str text, struct arena *arena,
    struct spf_record *record, const char **why)
{
	struct spf_record made = { .count = 0 };
	struct parsing p = { .record = &made, .arena = arena };
	struct str rest = str_from(text, sizeof MARK - 1), word;
	const char *wrong;

	while (rest.len > 0) {
		word = str_split(&rest, ' ');
		wrong = word.len == 0 ? NULL : read_term(&p, word);
		if (wrong != NULL) {
			*why = wrong;
			return -E_INVALID;
		}
	}
	if (p.has_all)
		made.redirect = (struct str){ 0 };
	*record = made;
	return 0;
}

bool
spf_record_denies_all(const struct spf_record *r)
{
	return r->count > 0 && r->terms[0].kind == SPF_K_ALL &&
	    r->terms[0].qualifier == '-';
}

/* An IPv4 client is one of IPv4 even when it came over an IPv6 socket, and
 * then no ip6 term holds it (RFC 7208 5). */
bool
spf_term_holds(const struct spf_term *t, struct ip client)
{
	unsigned bits = t->kind == SPF_K_IP6 ? t->bits6 : 96u + t->bits4;
	unsigned i;

	if (ip_is_v6(client) != (t->kind == SPF_K_IP6))
		return false;
	for (i = 0; i < bits / 8; i++)
		if (t->ip.a[i] != client.a[i])
			return false;
	return bits % 8 == 0 ||
	    (t->ip.a[i] ^ client.a[i]) >> (8 - bits % 8) == 0;
}

/* ------------------------------------------------------------------------
 * Printing.
 */

/* Compiled bytes: a head of 4, an address, or a prefix and a handle. */
static size_t
cost_of(const struct spf_term *t)
{
	return t->kind == SPF_K_IP4 ? 8 : t->kind == SPF_K_IP6 ? 20 :
	    t->kind == SPF_K_ALL ? 4 : HANDLE;
}

static bool
is_address(const struct spf_term *t)
{
	return t->kind == SPF_K_IP4 || t->kind == SPF_K_IP6;
}

/* Its network. A net of mapped addresses holds no IPv6 client. */
static bool
network_of(const struct spf_term *t, bool is_v6, struct ip *ip)
{
	unsigned bits = is_v6 ? t->bits6 : 96u + t->bits4, i;

	*ip = t->ip;
	for (i = bits; i < 128; i++)
		ip->a[i / 8] &= (uint8_t)~(0x80u >> i % 8);
	return ip_is_v6(*ip) == is_v6;
}

static bool
is_printed(const struct spf_print *p, const struct spf_term *t)
{
	bool is_v6 = ip_is_v6(p->client);
	struct ip net;

	if (!is_address(t))
		return true;
	if (is_v6 != (t->kind == SPF_K_IP6) || !network_of(t, is_v6, &net))
		return false;
	return !p->is_sparse || spf_term_holds(t, p->client);
}

/* A prefix of 0 bits means all bits to libspf2: it is printed as "all". */
static int
print_address(const struct spf_print *p, const struct spf_term *t,
    struct buf *out)
{
	bool is_v6 = ip_is_v6(p->client);
	unsigned bits = is_v6 ? t->bits6 : t->bits4;
	char text[IP_TEXT];
	struct ip net;

	if (bits == 0)
		return buf_addf(out, " %call", t->qualifier);
	(void)network_of(t, is_v6, &net);
	ip_print(net, text);
	return buf_addf(out, " %c%s:%s/%u", t->qualifier, is_v6 ? "ip6" : "ip4",
	    text, bits);
}

/* ptr is printed as "a", and so is the prefix of 0 bits left out: the hook
 * answers with the client's own address when the term matches. */
static int
print_term(const struct spf_print *p, size_t i, struct buf *out)
{
	static const char *const words[] = {
		[SPF_K_INCLUDE] = "include:", [SPF_K_A] = "a:",
		[SPF_K_MX] = "mx:", [SPF_K_PTR] = "a:",
		[SPF_K_EXISTS] = "exists:" };
	const struct spf_term *t = &p->record->terms[i];
	bool is_v6 = ip_is_v6(p->client);
	unsigned bits = is_v6 ? t->bits6 : t->bits4;

	bool has_bits = (t->kind == SPF_K_A || t->kind == SPF_K_MX) &&
	    bits > 0;

	if (is_address(t))
		return print_address(p, t, out);
	if (t->kind == SPF_K_ALL)
		return buf_addf(out, " %call", t->qualifier);
	if (!has_bits)
		return buf_addf(out, " %c%st%zu.f%u.postern", t->qualifier,
		    words[t->kind], i, p->frame);
	return buf_addf(out, " %c%st%zu.f%u.postern%s%u", t->qualifier,
	    words[t->kind], i, p->frame, is_v6 ? "//" : "/", bits);
}

struct spf_print
spf_print_of(const struct spf_record *r, struct ip client, unsigned frame,
    bool is_sparse)
{
	struct spf_print p = { r, client, frame, r->count, is_sparse };
	size_t i;

	for (i = 0; is_sparse && i < r->count; i++)
		if (is_address(&r->terms[i]) &&
		    spf_term_holds(&r->terms[i], client)) {
			p.end = i + 1;
			break;
		}
	return p;
}

/* The term where the chunk that begins at `from` ends; terms that are not
 * printed cost nothing. There is always room for a redirect. */
static size_t
chunk_end(const struct spf_print *p, size_t from)
{
	size_t i, cost = HANDLE;

	for (i = from; i < p->end; i++) {
		if (!is_printed(p, &p->record->terms[i]))
			continue;
		cost += cost_of(&p->record->terms[i]);
		if (cost > CHUNK)
			break;
	}
	return i;
}

int
spf_print_chunk(const struct spf_print *p, size_t from, struct buf *out)
{
	size_t i, end = chunk_end(p, from);
	int rc = buf_addf(out, "%s", MARK);

	for (i = from; i < end && rc == 0; i++)
		if (is_printed(p, &p->record->terms[i]))
			rc = print_term(p, i, out);
	if (rc == 0 && end < p->end)
		rc = buf_addf(out, " redirect=c%zu.f%u.postern", end,
		    p->frame);
	else if (rc == 0 && end == p->record->count &&
	    p->record->redirect.len > 0)
		rc = buf_addf(out, " redirect=r.f%u.postern", p->frame);
	return rc;
}

unsigned
spf_print_chunks(const struct spf_print *p)
{
	unsigned n = 1;
	size_t at = 0;

	while ((at = chunk_end(p, at)) < p->end)
		n++;
	return n;
}

bool
spf_handle_part(struct str *rest, char letter, unsigned *number)
{
	struct str after = *rest, part = str_split(&after, '.');
	uint64_t value;

	if (part.len < 2 || part.p[0] != letter ||
	    str_number(str_from(part, 1), UINT32_MAX, &value) != 0)
		return false;
	*number = (unsigned)value;
	*rest = after;
	return true;
}
