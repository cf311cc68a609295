/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * organisation - the DNS tree walk of DMARC.
 *
 *	a.b.example.com   _dmarc.a.b.example.com  TXT ?
 *	  b.example.com   _dmarc.b.example.com    TXT ?
 *	    example.com   ...
 *	        com       _dmarc.com; then choose
 *
 * A record with psd=n or psd=y ends the walk. From the records found:
 *
 *	psd=n               its own name
 *	psd=y, not at start the name one label below it
 *	else                the name with the fewest labels
 *	none                the start
 *
 * Called by: dmarc.c for policies and alignment, dkim.c for dkim.aligned.
 * Always holds: at most WALK_MAX questions, however many labels there are; no
 * question is asked twice in the time of its TTL, for DNS has a cache; the
 * organisational domain is the start or above it, so who is not at or below
 * it needs no walk to be another's.
 * Source: RFC 9989 4.10, 4.10.2. Catalogue 92.
 * KNOWN GAPS: a registry that publishes a record without psd=y makes all
 * names below it one organisation, as the RFC has it.
 */
#include "config.h"

#include "filters/organisation.h"

#define KEPT_LABELS 7       /* of a name with more, after the first step   */
#define PREFIX "_dmarc."

/* Above name: the next one to ask, empty at the end. */
static struct str
next_name(struct str name)
{
	unsigned n = name_labels(name);

	name = name_parent(name);
	for (n--; n > KEPT_LABELS; n--)
		name = name_parent(name);
	return name;
}

/* The one record of an answer. Records that are no DMARC records do not
 * count; several that are, or one that is broken, are none. */
static bool
read_answer(const struct answer *a, struct dmarc_record *out)
{
	struct dmarc_record record;
	unsigned begun = 0, good = 0;
	size_t i;
	int rc;

	for (i = 0; i < a->count; i++) {
		rc = dmarc_record_read(a->records[i].text, &record);
		begun += rc != -E_NOTFOUND;
		if (rc == 0) {
			good++;
			*out = record;
		}
	}
	return begun == 1 && good == 1;
}

/* One step. Returns 0 or the trouble; *is_last: the record ends the walk. */
static WAITS int
look_at(struct check *c, struct str name, struct organisation *o,
    bool *is_last)
{
	struct dmarc_record record;
	struct answer a;
	int rc;

	o->asked++;
	*is_last = false;
	rc = dns_ask(c, arena_printf(check_arena(c), PREFIX "%.*s",
	    STR_ARG(name)), DNS_TXT, &a);
	if (rc == -E_INVALID)   /* too long with the prefix: no record */
		return 0;
	if (rc != 0)
		return rc;
	if (a.status != DNS_FOUND || !read_answer(&a, &record))
		return 0;
	o->found[o->count].name = name;
	o->found[o->count++].record = record;
	*is_last = record.psd != PSD_U;
	return 0;
}

/* The name one label below an ancestor of start. */
static struct str
below(struct str start, struct str ancestor)
{
	unsigned labels = name_labels(ancestor) + 1;

	while (name_labels(start) > labels)
		start = name_parent(start);
	return start;
}

/* The last record found is the one that ended the walk, and the one with
 * the fewest labels. */
static struct str
choose(const struct organisation *o)
{
	struct str last;

	if (o->count == 0)
		return o->start;
	last = o->found[o->count - 1].name;
	if (o->found[o->count - 1].record.psd == PSD_Y &&
	    !str_eq(last, o->start))
		return below(o->start, last);
	return last;
}

WAITS int
organisation_find(struct check *c, struct str domain, struct organisation *o)
{
	struct str name = name_normal(check_arena(c), domain);
	bool is_last = false;
	int rc;

	*o = (struct organisation){ .start = name, .domain = name };
	if (!name_fits(name))   /* nobody's */
		return 0;
	while (name.len > 0 && !is_last) {
		must(o->asked < WALK_MAX);
		rc = look_at(c, name, o, &is_last);
		if (rc != 0)
			return rc;
		name = next_name(name);
	}
	o->domain = choose(o);
	return 0;
}

WAITS int
organisation_has(struct check *c, const struct organisation *o,
    struct str domain, bool *has)
{
	struct organisation *other;
	int rc;

	if (name_eq(domain, o->start) || !name_is_below(domain, o->domain)) {
		*has = name_eq(domain, o->start);
		return 0;
	}
	other = arena_alloc(check_arena(c), sizeof *other);
	rc = organisation_find(c, domain, other);
	if (rc == 0)
		*has = name_eq(other->domain, o->domain);
	return rc;
}

/* Without its last label there is nothing that two names could share. */
static struct str
last_label(struct str name)
{
	size_t dot = str_find_last(name, '.');

	return dot == name.len ? name : str_from(name, dot + 1);
}

WAITS int
organisation_same(struct check *c, struct str a, struct str b, bool *same)
{
	struct organisation *o;
	int rc;

	a = name_normal(check_arena(c), a);
	b = name_normal(check_arena(c), b);
	if (name_eq(a, b) || !str_eq(last_label(a), last_label(b))) {
		*same = name_eq(a, b) && a.len > 0;
		return 0;
	}
	o = arena_alloc(check_arena(c), sizeof *o);
	rc = organisation_find(c, a, o);
	return rc == 0 ? organisation_has(c, o, b, same) : rc;
}
