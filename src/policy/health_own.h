/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * health_own: the counting half of a list's health, for health.c and
 * health_share.c only.
 */
#ifndef POLICY_HEALTH_OWN_H
#define POLICY_HEALTH_OWN_H

#include "policy/health.h"

#define POISON_MOST (3600 * SEC)       /* a bad answer in a cache           */

/* What clients heard since the last step. */
struct heard_since {
	uint64_t usable, errors, troubles;
};

/* Takes in what the board has counted. is_learned: the answers are part of
 * what is usual. */
struct heard_since health_count(struct health *, const struct sight *,
    bool is_learned, usec_t now);

/* HW_NONE, or the remark with which it is believed: HW_UNKNOWN_SHARE or
 * HW_LATE. Changes only when five minutes and 20 answers are over; then they
 * begin anew. In: was, what it was so far. */
enum health_why health_late(struct health *, enum health_why was,
    usec_t deadline, usec_t now);

/* Whether it is over the limit; true in *warns once, at 80 %. */
bool health_quota(struct health *, const struct list *, uint64_t asked,
    usec_t now, bool *warns);

/* The share of 250, or why there is none. */
uint8_t health_baseline(const struct health *, usec_t now);

#endif
