/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * builtin: the texts that postern ships (policies, lists, the demo's play),
 * compiled in, so that every program works before anything is installed and
 * a test sees the texts of its own build.
 *
 * Their paths start with BUILTIN_DIR: "shipped:/default.policy",
 * "shipped:/lists/zen.list". The table is made from rules/ at build time.
 */
#ifndef LANG_BUILTIN_H
#define LANG_BUILTIN_H

#include "lang/source.h"

#define BUILTIN_DIR "shipped:"

struct builtin_file {
	const char *name;   /* below rules/; NULL ends the table            */
	const char *text;   /* ends in NUL, holds none                      */
	size_t      size;   /* without the NUL                              */
};

extern const struct builtin_file builtin_files[];

/* Whether a path names a shipped text (that may not exist). */
bool builtin_owns(struct str path);

/* Reads shipped texts from the table, everything else from the file system.
 * Owner: static. */
struct reader *builtin_reader(void);

#endif
