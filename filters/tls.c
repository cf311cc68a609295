/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls - is the session encrypted? STARTTLS is not announced, so no session
 * is, and that is what this check says.
 *
 * Called by: filters/check.c.
 */
#include "config.h"

#include "filters/filters.h"

enum { TLS };

static const struct fact_decl facts[] = {
	[TLS] = { "tls", FT_TRUTH, ST_HELO, FAM_NONE, NULL, NULL, 0,
	          "The client has started TLS." },
};

static int
now_helo(struct check *c)
{
	fact_truth(c, TLS, false);
	return 0;
}

const struct filter filter_tls = {
	.name = "tls",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_HELO] = now_helo },
};
