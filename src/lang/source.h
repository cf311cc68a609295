/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources: named texts and where they come from.
 *
 * Nothing above opens a file by itself: a reader does. The daemon's reader
 * remembers each text it gave, so that what was checked is what runs
 * (conf/generation.h); the simulator's adds files written in a play.
 */
#ifndef LANG_SOURCE_H
#define LANG_SOURCE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define SOURCE_MAX (16u << 20) /* bytes of one file                       */

/* Read like a file: the name that this system gives itself. */
#define SOURCE_HOSTNAME "system:hostname"

/* And the folder in which systemd lays credentials for us. */
#define SOURCE_CREDENTIALS "system:credentials"

struct source {
	struct str name;  /* as messages show it                           */
	struct str text;
};

struct reader {
	/* Gives a text, owned by the arena. Returns 0, -E_NOTFOUND, -E_IO,
	 * -E_TOOBIG, -E_DENIED (who may write it is not trusted), with a
	 * fault. */
	int (*read)(struct reader *, struct str path, struct arena *,
	    struct str *text, struct fault *);
	/* Paths that match a glob, sorted; none is no error. Returns 0,
	 * -E_IO. */
	int (*list)(struct reader *, struct str glob, struct arena *,
	    struct str **paths, size_t *count);
	/* As read, a text that nobody else may even read: a key, a token.
	 * -E_DENIED also when others may. */
	int (*secret)(struct reader *, struct str path, struct arena *,
	    struct str *text, struct fault *);
	/* What was made of a file once, so that nobody else has to read it
	 * (images of tables): see source_made, source_keep. Both NULL: nobody
	 * remembers. */
	bool (*made)(struct reader *, struct str path, const char *as,
	    struct arena *, struct str *what);
	void (*keep)(struct reader *, struct str path, const char *as,
	    struct str what);
};

/* What was made of the file at path as a thing of this kind, aligned for any
 * type and borrowed from the reader. False: it is to be read. */
bool source_made(struct reader *, struct str path, const char *as,
    struct arena *, struct str *what);

/* Called once what was read has become `what`, instead of any other use. */
void source_keep(struct reader *, struct str path, const char *as,
    struct str what);

/* The reader of the file system. Owner: static. */
struct reader *reader_files(void);

/* The same for a daemon: refuses a file that everybody may write, or that
 * belongs to somebody else than root or us (catalogue 115); a secret also
 * when anybody but its owner has any right to it (catalogue 133). What a
 * link leads to is judged, not the link. */
struct reader *reader_files_strict(void);

/* path itself when it starts with "/", else beside the file `from`; a "./"
 * in front is dropped. Owner: the arena. */
struct str source_beside(struct arena *, struct str from, struct str path);

/* A place in a source; line and column count from 1, column in bytes. */
struct place {
	const struct source *source; /* NULL: no place                     */
	unsigned line, column, length;
};

#endif
