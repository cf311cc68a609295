/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Diagnostics: one way to tell a person what is wrong, where, and what to
 * do about it.
 *
 *	site.policy:14:22: error P0112: no fact "zen.xlb"
 *	   14 | score +8 infected if zen.xlb
 *	      |                      ^~~~~~~ did you mean zen.xbl?
 *
 * All errors of all files come in one run, sorted by file (in the order in
 * which they were read) and line, at most DIAG_SHOWN of them, then a count.
 * Each has a code that `postern help` explains: the table of codes in
 * diag_codes.c.
 */
#ifndef LANG_DIAG_H
#define LANG_DIAG_H

#include "base/arena.h"
#include "lang/source.h"

#define DIAG_SHOWN 20

enum severity { DG_ERROR, DG_WARNING, DG_NOTE };

struct diagnostics;

struct diagnostics *diag_new(void);
void diag_free(struct diagnostics **);

/* Says that a file is being read, so that its findings stand in order.
 * tree_parse does it for all that it parses. */
void diag_saw(struct diagnostics *, const struct source *);

/*
 * Adds one. In: code "P0112", must be in the table; message without final
 * dot, cut after 400 bytes. remedy (may be NULL) follows the caret: "did you
 * mean zen.xbl?"; what follows a newline in it stands on a line of its own.
 * The place may have no source, or a source and line 0 (the file as such).
 * Everything is copied. The same finding at the same place counts once.
 */
void diag_add(struct diagnostics *, enum severity, const char *code,
    struct place, const char *remedy, const char *fmt, ...) PRINTF(6, 7);

/* The same with a second place ("first given here"). */
void diag_twice(struct diagnostics *, const char *code, struct place,
    struct place first, const char *fmt, ...) PRINTF(5, 6);

unsigned diag_count(const struct diagnostics *, enum severity);

/* What can be computed over: code, place and message of finding i, in the
 * order in which they came; NULL behind the last. The place's source has a
 * name only, and lives as long as d. */
const char *diag_at(const struct diagnostics *, size_t i, struct place *,
    struct str *message);

/* All of it as text, with a last line "2 errors, 1 warning in 2 files"; ""
 * when there is nothing to say. */
struct str diag_text(const struct diagnostics *, struct arena *);

struct diag_code {
	const char *code;
	const char *title;   /* one line                                   */
	const char *help;    /* what it means and what to do; paragraphs   */
};

/* NULL when there is no such code. Case-blind. */
const struct diag_code *diag_code(struct str code);
const struct diag_code *diag_codes(size_t *count);

/* The word of `words` nearest to `word` (distance at most a third of it,
 * but at least 1 allowed), or NULL. */
const char *diag_nearest(struct str word, const char *const *words,
    size_t count);

/* A remedy for a wrong word: "did you mean sessions?", or when none is near
 * the words there are, as far as a line goes: "one of: folder header". */
const char *diag_remedy(struct arena *, struct str word,
    const char *const *words, size_t count);

#endif
