/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stage that SPF is tried on. See spf_stage.h.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "dns/wire_name.h"
#include "tests/unit/spf_stage.h"

#define DATE (UINT64_C(1479998142) * SEC)       /* %{t} of all cases       */

/* ------------------------------------------------------------------------
 * Reading.
 */

static int
hex_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, c | 0x20);

	return at == NULL ? -1 : (int)(at - digits);
}

static struct str
unescape(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.len + 1);
	size_t i, n = 0;

	for (i = 0; i < s.len; i++)
		if (i + 3 < s.len && s.p[i] == '\\' && s.p[i + 1] == 'x' &&
		    hex_of(s.p[i + 2]) >= 0 && hex_of(s.p[i + 3]) >= 0) {
			p[n++] = (char)(hex_of(s.p[i + 2]) * 16 +
			    hex_of(s.p[i + 3]));
			i += 3;
		} else {
			p[n++] = s.p[i];
		}
	return (struct str){ p, n };
}

static struct str
word_of(struct str *rest)
{
	struct str word;

	do
		word = str_split(rest, ' ');
	while (word.len == 0 && rest->len > 0);
	return word;
}

static const struct { const char *word; enum dns_type type; } types[] = {
	{ "A", DNS_A }, { "AAAA", DNS_AAAA }, { "MX", DNS_MX },
	{ "PTR", DNS_PTR }, { "TXT", DNS_TXT }, { "CNAME", DNS_CNAME },
};

static const struct { const char *word; int error; } faults[] = {
	{ "!servfail", -E_SERVFAIL }, { "!refused", -E_REFUSED },
	{ "!timeout", -E_TIMEOUT }, { "!garbage", -E_GARBAGE },
};

static const char *
read_value(struct stage *s, struct stage_record *r, struct str value)
{
	uint64_t preference = 10;
	size_t i;

	for (i = 0; i < COUNT(faults); i++)
		if (str_eq(value, str_of(faults[i].word))) {
			r->error = faults[i].error;
			return NULL;
		}
	if (r->type == DNS_A || r->type == DNS_AAAA)
		return ip_parse(value, &r->record.ip) == 0 ? NULL :
		    "no address";
	if (r->type == DNS_MX && str_find(value, ' ') < value.len &&
	    str_number(word_of(&value), UINT16_MAX, &preference) != 0)
		return "no preference";
	r->record.preference = (uint16_t)preference;
	r->record.text = unescape(s->arena, value);
	if (r->type != DNS_TXT && str_eq(value, STR(".")))
		r->record.text.len = 0;
	return NULL;
}

static const char *
read_dns(struct stage *s, struct stage_zone *zone, struct str rest)
{
	struct str name = unescape(s->arena, word_of(&rest));
	struct str type = word_of(&rest);
	struct stage_record *r = arena_alloc(s->arena, sizeof *r), **at;
	size_t i;

	if (zone == NULL || wire_name_of(name, r->name) < 0)
		return "no zone, or no name";
	for (i = 0; i < COUNT(types); i++)
		if (str_eq(type, str_of(types[i].word)))
			break;
	if (i == COUNT(types))
		return "no type";
	r->type = types[i].type;
	for (at = &zone->records; *at != NULL; at = &(*at)->next)
		;
	*at = r;
	return read_value(s, r, rest);
}

static const char *
read_case(struct stage *s, struct stage_case *c, struct str rest)
{
	struct str word, key, from = { 0 };
	size_t at;

	c->name = word_of(&rest);
	while (rest.len > 0) {
		word = word_of(&rest);
		if (str_eq(word, STR(">"))) {
			c->verdict = word_of(&rest);
			continue;
		}
		key = str_split(&word, '=');
		word = unescape(s->arena, word);
		if (str_eq(key, STR("ip")) && ip_parse(word, &c->ip) != 0)
			return "no address";
		if (str_eq(key, STR("from")))
			from = word;
		if (str_eq(key, STR("helo")))
			c->helo = word;
	}
	at = str_find_last(from, '@');
	c->domain = c->helo;
	if (at < from.len) {
		c->local = str_sub(from, 0, at);
		c->domain = str_from(from, at + 1);
	}
	return c->zone == NULL ? "no zone" : NULL;
}

static const char *
read_line(struct stage *s, struct str line, struct stage_zone **zone,
    struct stage_case **last)
{
	struct str word = word_of(&line);
	struct stage_case *c;

	if (word.len == 0 || word.p[0] == '#')
		return NULL;
	if (str_eq(word, STR("zone"))) {
		*zone = arena_alloc(s->arena, sizeof **zone);
		return NULL;
	}
	if (str_eq(word, STR("dns")))
		return read_dns(s, *zone, line);
	if (str_eq(word, STR("case"))) {
		c = arena_alloc(s->arena, sizeof *c);
		c->zone = *zone;
		c->stage = s;
		*(*last == NULL ? &s->first : &(*last)->next) = c;
		*last = c;
		s->count++;
		return read_case(s, c, line);
	}
	if (*last == NULL)
		return "a word before any case";
	if (str_eq(word, STR("want")))
		(*last)->want = line;
	else if (str_eq(word, STR("deny")))
		(*last)->deny = line;
	else if (str_eq(word, STR("exp")))
		(*last)->exp = unescape(s->arena, line);
	else
		return "an unknown word";
	(*last)->has_exp |= str_eq(word, STR("exp"));
	return NULL;
}

const char *
stage_read(struct stage *s, struct str text)
{
	struct stage_zone *zone = NULL;
	struct stage_case *last = NULL;
	const char *wrong = NULL;
	unsigned line = 0;

	memset(s, 0, sizeof *s);
	s->arena = arena_new(0);
	while (text.len > 0 && wrong == NULL) {
		line++;
		wrong = read_line(s, str_split(&text, '\n'), &zone, &last);
	}
	if (wrong == NULL)
		return NULL;
	return arena_printf(s->arena, "line %u: %s", line, wrong).p;
}

void
stage_close(struct stage *s)
{
	struct stage_case *c;

	for (c = s->first; c != NULL; c = c->next)
		arena_free(&c->arena);
	arena_free(&s->arena);
}

/* ------------------------------------------------------------------------
 * DNS.
 */

static usec_t
stage_now(void *arg)
{
	return ((struct stage_case *)arg)->stage->clock;
}

/* One step of an answer. Returns a trouble, 1 for a CNAME, else 0. */
static int
answer(struct stage_case *c, const uint8_t *name, enum dns_type type,
    struct answer *a, uint8_t *next)
{
	struct stage_record *r;
	bool is_there = false;

	a->records = arena_array(c->arena, DNS_RECORDS, sizeof *a->records);
	a->count = 0;
	for (r = c->zone->records; r != NULL; r = r->next) {
		if (!wire_name_same(r->name, name))
			continue;
		is_there = true;
		if (r->type == DNS_CNAME) {
			(void)wire_name_of(r->record.text, next);
			return 1;
		}
		if (r->type != type)
			continue;
		if (r->error != 0)
			return r->error;
		if (a->count < DNS_RECORDS)
			a->records[a->count++] = r->record;
	}
	a->status = a->count > 0 ? DNS_FOUND : is_there ? DNS_NO_DATA :
	    DNS_NO_NAME;
	return 0;
}

/* Waits until it is drawn, if cases are played all at once. */
static WAITS int
suspend(struct stage_case *c)
{
	struct stage *s = c->stage;

	s->clock += s->took;
	if (s->fibers == NULL)
		return 0;
	c->waits++;
	s->waiting[s->waiting_count++] = fiber_self();
	return fiber_park(USEC_NEVER);
}

static WAITS int
stage_ask(void *arg, struct str name, enum dns_type type, struct answer *a)
{
	struct stage_case *c = arg;
	uint8_t bytes[WIRE_NAME], next[WIRE_NAME], denied[WIRE_NAME];
	struct str copy = arena_str(c->arena, name);
	int rc, hops = 0;

	if (suspend(c) != 0)
		return -E_CANCELED;
	if (!str_eq(copy, name) || wire_name_of(copy, bytes) < 0)
		return -E_INVALID;
	if (c->deny.len > 0 && wire_name_of(c->deny, denied) > 0 &&
	    wire_name_same(denied, bytes))
		c->was_denied = true;
	while ((rc = answer(c, bytes, type, a, next)) == 1) {
		if (++hops > DNS_CHAIN)
			return -E_GARBAGE;
		(void)wire_name_copy(bytes, next);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * Playing.
 */

static WAITS void
play(void *arg)
{
	static const char *const words[] = { "none", "neutral", "pass",
		"fail", "softfail", "permerror" };
	struct stage_case *c = arg;
	struct spf_query q = { .client = c->ip, .local = c->local,
	    .domain = c->domain, .helo = c->helo,
	    .host = STR("mx.here.test"), .wall = DATE, .ask = stage_ask,
	    .now = stage_now, .arg = c };
	int rc;

	arena_free(&c->arena);
	c->arena = arena_new(0);
	c->waits = 0;
	c->was_denied = false;
	q.arena = c->arena;
	c->got_exp = (struct str){ 0 };
	rc = spf_walk(&q, &c->outcome);
	c->got = rc != 0 ? STR("temperror") :
	    str_of(words[c->outcome.verdict]);
	if (rc == 0)
		(void)spf_explain(&q, &c->outcome, &c->got_exp);
}

void
stage_play(struct stage *s)
{
	struct stage_case *c;

	for (c = s->first; c != NULL; c = c->next)
		play(c);
}

static usec_t
fibers_clock(void *arg)
{
	return ((struct stage *)arg)->clock;
}

static uint64_t
draw(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

unsigned
stage_play_all(struct stage *s, uint64_t seed, size_t *deepest)
{
	struct fiber_census census;
	struct stage_case *c;
	unsigned waits = 0;
	size_t i;

	s->fibers = fibers_new(fibers_clock, s);
	fibers_sample(s->fibers, 1);
	s->waiting = calloc(s->count, sizeof *s->waiting);
	for (c = s->first; c != NULL; c = c->next)
		if (fiber_start(s->fibers, "spf", play, c, NULL) != 0)
			abort();
	fibers_run(s->fibers);
	while (s->waiting_count > 0) {
		i = draw(&seed) % s->waiting_count;
		fiber_wake(s->waiting[i]);
		s->waiting[i] = s->waiting[--s->waiting_count];
		fibers_run(s->fibers);
	}
	for (c = s->first; c != NULL; c = c->next)
		waits += c->waits;
	fibers_census(s->fibers, &census);
	*deepest = census.deepest;
	free(s->waiting);
	fibers_free(&s->fibers);
	return waits;
}

/* ------------------------------------------------------------------------
 * Judging.
 */

static struct str
value_of(struct stage *s, const struct spf_outcome *o, struct str key)
{
	static const char *const records[] = { "deny-all", "other", "none" };

	if (str_eq(key, STR("terms")))
		return arena_printf(s->arena, "%u", o->terms);
	if (str_eq(key, STR("voids")))
		return arena_printf(s->arena, "%u", o->voids);
	if (str_eq(key, STR("questions")))
		return arena_printf(s->arena, "%u", o->questions);
	if (str_eq(key, STR("record")))
		return str_of(records[o->record]);
	return str_eq(key, STR("domain")) ? o->domain : STR("?");
}

struct str
stage_verdict(struct stage *s, const struct stage_case *c)
{
	struct str rest = c->want, word, key, value;

	if (c->verdict.len > 0 && !str_eq(c->got, c->verdict))
		return arena_printf(s->arena, "is %.*s (%s), not %.*s",
		    STR_ARG(c->got), c->outcome.why == NULL ? "-" :
		    c->outcome.why, STR_ARG(c->verdict));
	if (!str_eq(c->got_exp, c->exp) && (c->has_exp || c->got_exp.len > 0))
		return arena_printf(s->arena, "explains \"%.*s\"",
		    STR_ARG(c->got_exp));
	if (c->was_denied)
		return arena_printf(s->arena, "asked for %.*s",
		    STR_ARG(c->deny));
	while (rest.len > 0) {
		word = word_of(&rest);
		key = str_split(&word, '=');
		value = value_of(s, &c->outcome, key);
		if (!str_eq(value, word))
			return arena_printf(s->arena, "%.*s is %.*s",
			    STR_ARG(key), STR_ARG(value));
	}
	return (struct str){ 0 };
}
