/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dates between microseconds since 1970 (UTC) and text. Pure: no clock and
 * no time zone of the system is read.
 *
 * Source: RFC 3339, RFC 5322 3.3.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/str.h"

#define DATE_TEXT 40

/* A moment before 1970 is printed as the first one, after 9999 as the last. */

/* "2026-11-24T23:17:03Z"; "2026-11-24T23:17:03.250Z" when msec. */
size_t date_rfc3339(usec_t wall, bool msec, char out[DATE_TEXT]);

/* "Tue, 24 Nov 2026 23:17:03 +0000" */
size_t date_rfc5322(usec_t wall, char out[DATE_TEXT]);

/* In: "2027-06-30" (its first moment) or "2026-03-01T10:00:00Z", also with
 * 1..6 decimals of a second; years 1970..9999.
 * Returns 0 or -E_INVALID. */
int date_parse(struct str, usec_t *wall);

#endif
