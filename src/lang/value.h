/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values: what a word means as a number, a duration, a size and so on.
 *
 * Each reader returns 0, -E_INVALID or -E_TOOBIG and says nothing: the
 * caller knows which sentence helps.
 */
#ifndef LANG_VALUE_H
#define LANG_VALUE_H

#include "base/basic.h"
#include "base/ip.h"
#include "base/str.h"

/* "+8", "-0.5", "30%": hundredths; at most two decimals; |n| <= 10^12. */
int value_number(struct str, int64_t *hundredths);
/* "100": a whole number >= 0. */
int value_count(struct str, uint64_t max, uint64_t *);
/* "250ms", "5s", "10m", "2h", "7d"; "0" alone. */
int value_duration(struct str, usec_t *);
/* "64k", "25M", "1G", "512": powers of 1024, bytes. */
int value_size(struct str, uint64_t max, uint64_t *);
/* "5%": 0..100. */
int value_percent(struct str, unsigned *);
/* "on/off/yes/no". */
int value_truth(struct str, bool *);
/* "127.0.0.4-7", "127.0.2-15.3", "127.0.0.2", "127.255.255.0/24": each octet
 * a range. */
struct octets { uint8_t low[4], high[4]; };
int value_octets(struct str, struct octets *);
bool octets_have(const struct octets *, struct ip);

#endif
