/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources: named texts and where they come from.
 *
 * Nothing above opens a file by itself: a reader does. The daemon's reader
 * remembers each text it gave, so that what was checked is what runs; the
 * simulator's adds files written in a play.
 */
#ifndef LANG_SOURCE_H
#define LANG_SOURCE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define SOURCE_MAX (16u << 20) /* bytes of one file                       */

struct source {
	struct str name;  /* as messages show it                           */
	struct str text;
};

struct reader {
	/* Gives a text, owned by the arena. Returns 0, -E_NOTFOUND, -E_IO,
	 * -E_TOOBIG, with a fault. */
	int (*read)(struct reader *, struct str path, struct arena *,
	    struct str *text, struct fault *);
	/* Paths that match a glob, sorted. */
	int (*list)(struct reader *, struct str glob, struct arena *,
	    struct str **paths, size_t *count);
};

/* The reader of the file system. Owner: static. */
struct reader *reader_files(void);

/* path itself when it starts with "/", else beside the file `from`. */
struct str source_beside(struct arena *, struct str from, struct str path);

/* A place in a source; line and column count from 1, column in bytes. */
struct place {
	const struct source *source; /* NULL: no place                     */
	unsigned line, column, length;
};

#endif
