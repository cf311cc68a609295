/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rcpt - the recipient at hand, for lines that read it.
 *
 * Called by: filters/check.c, at each RCPT, and again before each judgement
 * of another recipient after the dot.
 * Always holds: no wait, so that a change of recipient costs two copies.
 */
#include "config.h"

#include "filters/filters.h"

enum { RCPT, DOMAIN };

static const struct fact_decl facts[] = {
	[RCPT]   = { "rcpt", FT_MAIL, ST_RCPT, FAM_NONE, NULL, NULL, 0,
	             "The recipient that is judged." },
	[DOMAIN] = { "rcpt.domain", FT_NAME, ST_RCPT, FAM_NONE, NULL, NULL, 0,
	             "Its domain; absent for postmaster alone." },
};

static int
now_rcpt(struct check *c)
{
	const struct path *rcpt = check_rcpt(c);

	if (rcpt == NULL)
		return 0;
	fact_text(c, RCPT, rcpt->text);
	if (rcpt->kind == PT_MAILBOX)
		fact_text(c, DOMAIN, rcpt->domain);
	return 0;
}

const struct filter filter_rcpt = {
	.name = "rcpt",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_RCPT] = now_rcpt },
};
