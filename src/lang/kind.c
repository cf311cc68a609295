/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kind - the kinds of settings that are numbers underneath.
 *
 * Called by: lang/schema.c, lang/schema_print.c.
 * Always holds: whatever the kind, a value fits int64_t; a member is read
 * and written with the type that schema.h promises for its kind.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "lang/kind.h"

static const struct { const char *noun, *example; } kinds[SK_LATER + 1] = {
	[SK_TRUTH] = { "yes or no", "yes no on off" },
	[SK_COUNT] = { "a whole number", NULL },
	[SK_NUMBER] = { "a number", "8 -0.5" },
	[SK_DURATION] = { "a duration", "for instance: 250ms 5s 10m 2h 7d" },
	[SK_SIZE] = { "a size", "for instance: 512 64k 25M 1G" },
};

bool
kind_is_number(enum setting_kind kind)
{
	return kinds[kind].noun != NULL;
}

const char *
kind_noun(enum setting_kind kind)
{
	return kinds[kind].noun;
}

const char *
kind_example(enum setting_kind kind)
{
	return kinds[kind].example;
}

int
kind_read(enum setting_kind kind, struct str text, int64_t *n)
{
	uint64_t count = 0;
	bool truth = false;
	int rc = -E_INVALID;

	if (kind == SK_NUMBER)
		return value_number(text, n);
	if (kind == SK_DURATION)
		return value_duration(text, n);
	if (kind == SK_TRUTH) {
		rc = value_truth(text, &truth);
		count = truth;
	} else if (kind == SK_COUNT) {
		rc = value_count(text, INT64_MAX, &count);
	} else if (kind == SK_SIZE) {
		rc = value_size(text, INT64_MAX, &count);
	}
	if (rc == 0)
		*n = (int64_t)count;
	return rc;
}

void
kind_print(enum setting_kind kind, int64_t n, char out[VALUE_TEXT])
{
	if (kind == SK_NUMBER)
		(void)points_print(n, 0, out);
	else if (kind == SK_DURATION)
		(void)duration_print(n, out);
	else if (kind == SK_SIZE)
		(void)size_print((uint64_t)n, out);
	else if (kind == SK_TRUTH)
		(void)snprintf(out, VALUE_TEXT, "%s", n != 0 ? "yes" : "no");
	else
		(void)snprintf(out, VALUE_TEXT, "%lld", (long long)n);
}

void
kind_store(const struct setting *row, int64_t n, void *at)
{
	if (row->zero_is_none && n == 0)
		n = SETTING_NONE;
	if (row->kind == SK_TRUTH)
		*(bool *)at = n != 0;
	else if (row->kind == SK_COUNT || row->kind == SK_SIZE)
		*(uint64_t *)at = (uint64_t)n;
	else
		*(int64_t *)at = n;     /* SK_NUMBER; usec_t is one too */
}

int64_t
kind_load(const struct setting *row, const void *at)
{
	int64_t n;

	if (row->kind == SK_TRUTH)
		n = *(const bool *)at;
	else if (row->kind == SK_COUNT || row->kind == SK_SIZE)
		n = (int64_t)*(const uint64_t *)at;
	else
		n = *(const int64_t *)at;
	return row->zero_is_none && n == SETTING_NONE ? 0 : n;
}

int
word_index(const char *const *words, struct str word)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (str_eq(word, str_of(words[i])))
			return i;
	return -1;
}

size_t
word_count(const char *const *words)
{
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	return n;
}
