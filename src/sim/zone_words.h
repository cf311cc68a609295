/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone_words: reads the words of a statement one by one, and complains where
 * one is not what is wanted. For zone_read.c.
 */
#ifndef SIM_ZONE_WORDS_H
#define SIM_ZONE_WORDS_H

#include "sim/zone_lines.h"

/* A statement being read word by word. */
struct line_reader {
	struct zones *zones;
	struct zone  *zone;
	const struct stmt *stmt;
	size_t        at;
	usec_t        from;
};

/* The word or string that comes, or NULL. */
const struct node *words_peek(const struct line_reader *);
bool words_next_is(const struct line_reader *, const char *word);

/* At the word that comes, or at the last. */
void words_complain(struct line_reader *, const char *code,
    const char *remedy, const char *what);

/* The same; the word that comes may be a slip of one of these. */
void words_complain_near(struct line_reader *, const char *code,
    const char *what, const char *const *words, size_t count);

/* Each reads what it is named for and goes behind it, or complains and
 * returns false. */
bool words_end(struct line_reader *);
bool words_ip(struct line_reader *, struct ip *);
bool words_name(struct line_reader *, struct str *);
bool words_count(struct line_reader *, uint64_t max, uint64_t *);
bool words_time(struct line_reader *, usec_t *);         /* 5s, +2h   */
bool words_ttl(struct line_reader *, uint32_t *);        /* may be missing */

/* A whole name as DNS gives it back; complains at the word that comes. */
bool words_name_of(struct line_reader *, struct str text, struct str *name);

#endif
