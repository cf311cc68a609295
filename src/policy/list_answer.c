/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_answer - what a DNS list is asked, and what its answers mean.
 *
 * Called by: filters/lists.c for clients, keeper/ for probes.
 * Always holds: an answer that no code names is never a listing; what is an
 * error for one record is one for the whole set. A key is written here and
 * nowhere else.
 * Source: RFC 5782 2.1, 2.4, 5; 6471; lists-and-replies 5.8; catalogue 94, 95.
 */
#include "policy/list.h"

#include <string.h>

#include "base/error.h"
#include "base/name.h"
#include "base/table.h"

/* --- answers -------------------------------------------------------------- */

static bool
code_has(const struct list_code *c, struct ip ip)
{
	return octets_have(&c->octets, ip) &&
	    (c->bit == 0 || (ip.a[15] & c->bit) != 0);
}

/* In: hit, NULL or code_count truths. */
static bool
code_hits(const struct list *l, struct ip ip, bool *hit)
{
	bool any = false;
	size_t i;

	for (i = 0; i < l->code_count; i++)
		if (code_has(&l->codes[i], ip)) {
			any = true;
			if (hit != NULL)
				hit[i] = true;
		}
	return any;
}

static bool
is_declared_error(const struct list *l, struct ip ip)
{
	size_t i;

	for (i = 0; i < l->error_count; i++)
		if (octets_have(&l->errors[i], ip))
			return true;
	return false;
}

/* One record. The point that must not be listed, 127.0.0.1, is an error of
 * the list, but that one list uses it for "white". */
static enum heard
record_hear(const struct list *l, struct ip ip, bool *hit)
{
	if (is_declared_error(l, ip))
		return HEARD_ERROR;
	if (ip_is_v6(ip) || ip.a[12] != 127)
		return HEARD_FOREIGN;
	if (ip.a[13] == 255 && ip.a[14] == 255)
		return HEARD_ERROR;
	if (code_hits(l, ip, hit) ||
	    (l->value_at >= 0 && octets_have(&l->value, ip)))
		return HEARD_LISTED;
	return ip_eq(ip, ip_v4(127, 0, 0, 1)) ? HEARD_ERROR : HEARD_STRANGE;
}

/* Of several records the worst, which is the greatest. */
static enum heard
records_hear(const struct list *l, const struct ip *records, size_t count,
    bool *hit, struct ip *what)
{
	enum heard worst = HEARD_CLEAN, one;
	size_t i;

	for (i = 0; i < count; i++) {
		one = record_hear(l, records[i], hit);
		if (one <= worst)
			continue;
		worst = one;
		*what = records[i];
	}
	return worst;
}

enum heard
list_hear(const struct list *l, const struct ip *records, size_t count,
    struct ip *what)
{
	return records_hear(l, records, count, NULL, what);
}

int
list_match(const struct list *l, const struct ip *records, size_t count,
    bool *hit)
{
	struct ip what;

	switch (records_hear(l, records, count, hit, &what)) {
	case HEARD_CLEAN:
	case HEARD_LISTED:
		return 0;
	case HEARD_STRANGE:
		return -E_GARBAGE;
	case HEARD_ERROR:
	case HEARD_FOREIGN:
	case HEARD_TROUBLE:
		break;
	}
	memset(hit, 0, l->code_count * sizeof *hit);
	return -E_REFUSED;
}

bool
list_value(const struct list *l, const struct ip *records, size_t count,
    int64_t *hundredths)
{
	bool any = false;
	int64_t n;
	size_t i;

	for (i = 0; l->value_at >= 0 && i < count; i++) {
		if (!octets_have(&l->value, records[i]))
			continue;
		n = 100 * (int64_t)records[i].a[12 + l->value_at];
		if (!any || n > *hundredths)
			*hundredths = n;
		any = true;
	}
	return any;
}

/* --- errors --------------------------------------------------------------- */

/* What is known of error answers: the first row that fits says it. */
static const struct {
	const char    *op;         /* operator; NULL: any                   */
	struct octets  answer;
	enum list_blame blame;
	const char    *sentence;
} errors[] = {
	{ "spamhaus", { { 127, 255, 255, 252 }, { 127, 255, 255, 252 } },
	  LB_WRONG_USE, "the name of the list is mistyped" },
	{ "spamhaus", { { 127, 255, 255, 254 }, { 127, 255, 255, 254 } },
	  LB_REFUSED, "asked through a public resolver, or through one whose "
	  "address has no name of its own" },
	{ "spamhaus", { { 127, 255, 255, 255 }, { 127, 255, 255, 255 } },
	  LB_QUOTA, "too many questions" },
	{ "spamhaus", { { 127, 0, 1, 255 }, { 127, 0, 1, 255 } },
	  LB_WRONG_USE, "asked about an address in a list of domains" },
	{ "validity", { { 127, 255, 255, 255 }, { 127, 255, 255, 255 } },
	  LB_REFUSED, "our resolver is not registered" },
	{ "dnswl", { { 127, 0, 0, 255 }, { 127, 0, 0, 255 } },
	  LB_QUOTA, "over their quota" },
	{ "dnswl", { { 127, 0, 10, 3 }, { 127, 0, 10, 3 } },
	  LB_QUOTA, "everybody is good to who asks far too much" },
	{ NULL, { { 127, 255, 255, 0 }, { 127, 255, 255, 255 } },
	  LB_REFUSED, "it does not answer us" },
	{ NULL, { { 127, 0, 0, 1 }, { 127, 0, 0, 1 } },
	  LB_REFUSED, "it refuses our resolver" },
};

enum list_blame
list_error(const struct list *l, struct ip answer, const char **sentence)
{
	size_t i;

	for (i = 0; i < COUNT(errors); i++)
		if (octets_have(&errors[i].answer, answer) &&
		    (errors[i].op == NULL ||
		    str_eq(l->op, str_of(errors[i].op)))) {
			*sentence = errors[i].sentence;
			return errors[i].blame;
		}
	*sentence = "its description calls this an error";
	return LB_REFUSED;
}

/* --- questions ------------------------------------------------------------ */

struct list_point
list_point_ip(struct ip ip, enum list_kind kind, struct arena *a)
{
	bool is_mapped = kind == LK_IP6 && !ip_is_v6(ip);
	struct str text = kind == LK_IP6 ? ip_nibbles(a, ip) :
	    ip_list_name(a, ip, STR(""));

	/* but for the dot that the zone would follow */
	text.len--;
	return (struct list_point){ text, arena_printf(a, "%s%.*s",
	    is_mapped ? "::ffff:" : "", STR_ARG(ip_text(a, ip))) };
}

bool
list_fits(const struct list *l, struct str domain)
{
	size_t zone = l->key.len == 0 ? l->zone.len :
	    l->key.len + 1 + l->key_zone.len;

	return domain.len > 0 && domain.len + 1 + zone <= NAME_MAX_TEXT;
}

/* What follows what is asked about. */
static struct str
zone_asked(const struct list *l, struct arena *a)
{
	if (l->key.len == 0)
		return l->zone;
	return arena_printf(a, "%.*s.%.*s", STR_ARG(l->key),
	    STR_ARG(l->key_zone));
}

static struct str
question(const struct list *l, struct str what, struct arena *a)
{
	return !list_fits(l, what) ? STR("") : arena_printf(a, "%.*s.%.*s",
	    STR_ARG(what), STR_ARG(zone_asked(l, a)));
}

struct str
list_question_ip(const struct list *l, struct ip ip, struct arena *a)
{
	return question(l, list_point_ip(ip, list_kind_of(ip), a).text, a);
}

struct str
list_question_domain(const struct list *l, struct str domain, struct arena *a)
{
	return question(l, domain, a);
}

struct str
list_question_point(const struct list *l, const struct list_point *point,
    struct arena *a)
{
	return question(l, point->text, a);
}

/* Keyed by constants, since every process must find the same; 0 is no key of
 * any slot. */
uint64_t
list_key(const struct list *l, enum list_kind kind)
{
	struct str zone = l->key.len > 0 ? l->key_zone : l->zone;
	struct sipkey k = { 0x706f737465726e00, (uint64_t)kind };
	uint64_t hash = siphash(k, zone.p, zone.len);

	if (l->key.len > 0)
		hash = siphash((struct sipkey){ hash, k.k1 }, l->key.p,
		    l->key.len);
	return hash == 0 ? 1 : hash;
}
