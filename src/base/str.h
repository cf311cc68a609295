/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * str borrows: a pointer and a length, never relied on to end in NUL.
 *
 * All text from a network lives in these. NUL is a byte like others. Case
 * means ASCII case only.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/basic.h"

struct str {
	const char *p; /* NULL only when len is 0 */
	size_t      len;
};

/* A str of a string literal. */
#define STR(lit) ((struct str){ (lit), sizeof (lit) - 1 })

/* For printf: "%.*s", STR_ARG(s). */
#define STR_ARG(s) (int)(s).len, (s).p == NULL ? "" : (s).p

/* In: a C string or NULL. */
struct str str_of(const char *);

bool str_eq(struct str, struct str);
bool str_eq_case(struct str, struct str);          /* case-blind          */
int  str_cmp(struct str, struct str);              /* as memcmp, then len */
int  str_cmp_case(struct str, struct str);
bool str_starts(struct str, struct str prefix);
bool str_starts_case(struct str, struct str prefix);
bool str_ends_case(struct str, struct str suffix);

/* Index of the first c, or len when there is none. */
size_t str_find(struct str, char c);
size_t str_find_last(struct str, char c);

/* From `from`, at most n bytes; cut to what is there. */
struct str str_sub(struct str, size_t from, size_t n);
struct str str_from(struct str, size_t from);

/* Without spaces and tabs at both ends. */
struct str str_trim(struct str);

/*
 * Takes the part before the first c off *rest and gives it; *rest is then
 * what follows c. Without c: all of it, and *rest is empty with p NULL.
 */
struct str str_split(struct str *rest, char c);

/*
 * The one reader of decimal numbers. Digits only, at least one.
 * Returns 0, -E_INVALID, or -E_TOOBIG when the value is over max.
 */
int str_number(struct str, uint64_t max, uint64_t *value);

/* The one writer of them. Out: digits and NUL. Returns the length. */
#define NUMBER_TEXT 21
size_t number_print(uint64_t, char out[NUMBER_TEXT]);

/*
 * Globs of the language: ? is one byte, * any number of them, all else
 * itself, case-blind. One backtrack point: never over pattern times text
 * steps.
 */
bool str_glob(struct str pattern, struct str text);

/* Edits (insert, delete, replace one byte) from a to b; max + 1 when there
 * are more than max, or more than 32. */
unsigned str_distance(struct str a, struct str b, unsigned max);

#endif
