/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare: the comparisons behind the rows of sim/expect.c.
 *
 * Returns AS_EXPECTED, or what came instead; in the arena or in the outcome.
 */
#ifndef SIM_COMPARE_H
#define SIM_COMPARE_H

#include "sim/expect.h"
#include "sim/outcome.h"

#define AS_EXPECTED ((struct str){ NULL, 0 })

/* Whether a text contains another. */
bool text_has(struct str text, struct str part);

typedef struct str compare_fn(const struct expectation *,
    const struct outcome *, struct arena *);

compare_fn compare_verdict, compare_stage, compare_by, compare_reply,
    compare_score, compare_folder, compare_copies, compare_header,
    compare_unknown, compare_absent, compare_fact, compare_dns,
    compare_time, compare_list, compare_log;

#endif
