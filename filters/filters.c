/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filters - every filter there is, in the order in which their facts are
 * declared and shown.
 *
 * Called by: filters/check.c, which runs them; whoever makes a vocabulary.
 * Always holds: a filter has at most FACTS facts, the bits of a check's set
 * of partial ones.
 */
#include "config.h"

#include "filters/filter.h"
#include "filters/filters.h"

#define FACTS 64

const struct filter *const filters_all[] = {
	&filter_client,
	&filter_early,
	&filter_lists,
	&filter_helo,
	&filter_tls,
	&filter_spf,
	&filter_sender,
	&filter_rcpt,
	&filter_headers,
	&filter_dkim,
	&filter_dmarc,
};

size_t
filters_count(void)
{
	return COUNT(filters_all);
}

void
filters_declare(struct vocabulary *v, int *base)
{
	size_t i;

	for (i = 0; i < COUNT(filters_all); i++) {
		must(filters_all[i]->fact_count <= FACTS);
		base[i] = vocabulary_add(v, filters_all[i]->facts,
		    filters_all[i]->fact_count);
	}
}
