/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text: facts and remedies as words for people.
 */
#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

#include "base/arena.h"
#include "policy/facts.h"

#define TEXT_FACT 64 /* bytes of a fact shown in a reply */

/* "did you mean X?", or NULL for NULL. */
const char *text_did_you_mean(struct arena *, const char *word);

/* A fact's value: "yes", "pass", "192.0.2.1", "2.5", "a.example b.example";
 * "unknown", "none" (absent). Not escaped. */
struct str text_fact(const struct facts *, int fact, struct arena *);

/*
 * A reply text with each {fact} filled in: ASCII, escaped, cut at TEXT_FACT.
 * Names were checked when the policy was compiled.
 */
struct str text_expand(struct str pattern, const struct facts *,
    struct arena *);

/* The first {name} of a pattern from *at on; false when there is none. */
bool text_next_name(struct str pattern, size_t *at, struct str *name);

#endif
