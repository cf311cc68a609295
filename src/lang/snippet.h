/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * snippet: the source line of a finding with a caret below it. Private to
 * lang/.
 */
#ifndef LANG_SNIPPET_H
#define LANG_SNIPPET_H

#include "base/buf.h"
#include "lang/source.h"

struct snippet {
	struct str line;   /* printable, cut to what a person reads         */
	struct str pad;    /* what stands below it in front of the caret    */
	size_t     width;  /* characters of the caret, at least 1           */
};

/*
 * Cuts the snippet out of a source.
 * In: a place with line > 0. Owner: the arena; nothing is borrowed.
 */
void snippet_make(struct place, struct arena *, struct snippet *);

/* "   14 | line", "      | ^~~~ remedy"; further lines of the remedy stand
 * below. */
void snippet_print(const struct snippet *, unsigned line, struct str remedy,
    struct buf *);

/* Text from a file for a terminal: control bytes and broken UTF-8 become
 * "?"; newlines and tabs stay. */
void text_print(struct str, struct buf *);

#endif
