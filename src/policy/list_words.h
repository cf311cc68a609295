/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list_words: what list.c, which reads a list as a whole, and list_words.c,
 * which reads the words of its block, share; for these two only.
 */
#ifndef POLICY_LIST_WORDS_H
#define POLICY_LIST_WORDS_H

#include "policy/list.h"

#define CODES_MAX  64
#define ERRORS_MAX 16
#define WORDS_MAX  16

/* What the words of one block work on. */
struct draft {
	struct list    *list;
	struct reading *r;
	struct list_code codes[CODES_MAX];
	struct octets   errors[ERRORS_MAX];
	bool            has_probe[LK_COUNT];
	const struct stmt *seen[WORDS_MAX];    /* by place in words[]         */
};

/* Reads one statement of the block; what is wrong is in diag. */
void list_word_read(struct draft *, const struct stmt *);

/* A part of a fact's name, "xbl" of "zen.xbl": lower case, no dot. */
bool list_word_is_name(struct str);

#endif
