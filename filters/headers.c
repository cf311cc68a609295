/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * headers - what the fields of a message tell before anybody reads them.
 *
 * Called by: filters/check.c, after the dot.
 * Always holds: fields are counted by name, whatever is in them, so one that
 * is too long to be read counts too.
 * Source: RFC 5322 3.6 (which fields must be there, and which once only),
 * 5321 6.3 (loops). Catalogue 48, 54, 88.
 * KNOWN GAPS: header.loop looks at the recipient at hand, which with several
 * of them is the last one that was set.
 */
#include "config.h"

#include "filters/filters.h"
#include "mail/trace.h"

enum { FROM_COUNT, MISSING, DUPLICATE, RECEIVED, SIZE, LOOP };

static const struct fact_decl facts[] = {
	[FROM_COUNT] = { "header.from-count", FT_NUMBER, ST_EOM, FAM_HEADERS,
	                 NULL, NULL, 0,
	                 "How many From fields there are." },
	[MISSING]    = { "header.missing", FT_TRUTH, ST_EOM, FAM_HEADERS,
	                 NULL, NULL, 0,
	                 "From or Date, which every message needs, is "
	                 "missing." },
	[DUPLICATE]  = { "header.duplicate", FT_TRUTH, ST_EOM, FAM_HEADERS,
	                 NULL, NULL, 0,
	                 "A field that may stand once stands there again." },
	[RECEIVED]   = { "header.received-count", FT_NUMBER, ST_EOM,
	                 FAM_HEADERS, NULL, NULL, 0,
	                 "How many Received fields there are: hops." },
	[SIZE]       = { "header.size", FT_NUMBER, ST_EOM, FAM_HEADERS,
	                 NULL, "bytes", 0,
	                 "Size of all fields together." },
	[LOOP]       = { "header.loop", FT_TRUTH, ST_EOM, FAM_HEADERS,
	                 NULL, NULL, 0,
	                 "It was delivered to this recipient before, and "
	                 "passed us twice." },
};

/* At most once: the table of RFC 5322 3.6, and RFC 2045 3 (a second
 * Content-Type is read by one program and not by the next). */
static const struct str once[] = {
	{ "date", 4 }, { "from", 4 }, { "sender", 6 }, { "reply-to", 8 },
	{ "to", 2 }, { "cc", 2 }, { "bcc", 3 }, { "message-id", 10 },
	{ "in-reply-to", 11 }, { "references", 10 }, { "subject", 7 },
	{ "content-type", 12 },
};

static bool
has_twice(const struct header *h)
{
	unsigned seen = 0;
	size_t i, k;

	for (i = 0; i < h->count; i++)
		for (k = 0; k < COUNT(once); k++) {
			if (!str_eq_case(h->fields[i].name, once[k]))
				continue;
			if ((seen >> k & 1) != 0)
				return true;
			seen |= 1u << k;
		}
	return false;
}

static void
count(struct check *c, int fact, size_t n)
{
	fact_number(c, fact, (int64_t)n * 100);
}

static int
now_eom(struct check *c)
{
	const struct header *h = check_header(c);
	const struct path *rcpt = check_rcpt(c);
	size_t from;

	if (h == NULL)
		return -E_IO;
	from = header_count(h, STR("from"));
	count(c, FROM_COUNT, from);
	fact_truth(c, MISSING,
	    from == 0 || header_count(h, STR("date")) == 0);
	fact_truth(c, DUPLICATE, has_twice(h));
	count(c, RECEIVED, trace_hops(h));
	count(c, SIZE, (size_t)h->size);
	fact_truth(c, LOOP, rcpt != NULL &&
	    trace_is_loop(h, check_host(c), &rcpt, 1));
	return 0;
}

const struct filter filter_headers = {
	.name = "headers",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_EOM] = now_eom },
};
