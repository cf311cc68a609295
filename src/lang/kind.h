/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kind: the kinds of settings that are numbers underneath, and the words
 * of a choice. Private to lang/.
 */
#ifndef LANG_KIND_H
#define LANG_KIND_H

#include "lang/schema.h"
#include "lang/value.h"

/* SK_TRUTH, SK_COUNT, SK_NUMBER, SK_DURATION, SK_SIZE. */
bool kind_is_number(enum setting_kind);

/* "a duration", "250ms 5s 10m 2h 7d" */
const char *kind_noun(enum setting_kind);
const char *kind_example(enum setting_kind);

/* Returns 0, -E_INVALID, -E_TOOBIG. */
int kind_read(enum setting_kind, struct str, int64_t *);

void kind_print(enum setting_kind, int64_t, char out[VALUE_TEXT]);

/* To and from a member of the caller's struct; zero_is_none is minded. */
void kind_store(const struct setting *, int64_t, void *at);
int64_t kind_load(const struct setting *, const void *at);

/* Index in a NULL-ended list; -1. */
int word_index(const char *const *words, struct str);
size_t word_count(const char *const *words);

#endif
