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

typedef struct str check_fn(const struct expectation *,
    const struct outcome *, struct arena *);

check_fn check_verdict, check_stage, check_by, check_reply,
    check_score, check_folder, check_copies, check_header,
    check_unknown, check_absent, check_fact, check_dns,
    check_time, check_log;

#endif
