/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of lang/ and conf/ share: files that exist in memory only,
 * and findings compared with the text that a person would read.
 */
#ifndef TESTS_UNIT_LANG_H
#define TESTS_UNIT_LANG_H

#include "lang/diag.h"
#include "lang/source.h"

struct file { const char *name, *text; };

/* A reader of the files given, ended by a name of NULL. */
struct memory_reader {
	struct reader      reader;   /* first                               */
	const struct file *files;
};

struct memory_reader memory_reader(const struct file *files);

/* Fails the test, naming `why`, unless both texts are equal. */
void expect_text(const char *why, struct str got, const char *wanted);

/* The findings as "P0001@2:3 P0022@4:1", by place. */
struct str codes_of(const struct diagnostics *, struct arena *);

#endif
