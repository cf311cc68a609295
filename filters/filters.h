/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filters by name. Only filters.c, which lists them, needs this; all
 * others go by filters_all.
 */
#ifndef FILTERS_FILTERS_H
#define FILTERS_FILTERS_H

#include "filters/filter.h"

extern const struct filter filter_client;
extern const struct filter filter_early;
extern const struct filter filter_lists;
extern const struct filter filter_helo;
extern const struct filter filter_tls;
extern const struct filter filter_spf;
extern const struct filter filter_sender;
extern const struct filter filter_rcpt;
extern const struct filter filter_headers;
extern const struct filter filter_dmarc;
extern const struct filter filter_dkim;

#endif
