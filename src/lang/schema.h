/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Schema: every word that is allowed somewhere stands in one table. From the
 * table come the checks, the defaults, --print-defaults, the manual page and
 * the error texts.
 *
 * A setting is stored at an offset of the caller's struct. What a table
 * cannot say, its `read` function does.
 */
#ifndef LANG_SCHEMA_H
#define LANG_SCHEMA_H

#include "base/buf.h"
#include "lang/tree.h"

enum setting_kind {
	SK_TRUTH,    /* bool                                                */
	SK_COUNT,    /* uint64_t; low..high                                 */
	SK_NUMBER,   /* int64_t hundredths; low..high                       */
	SK_DURATION, /* usec_t; low..high                                   */
	SK_SIZE,     /* uint64_t bytes; low..high                           */
	SK_TEXT,     /* struct str                                          */
	SK_NAME,     /* struct str; a host name, as value_name gives it     */
	SK_WORD,     /* int: index into words                               */
	SK_BLOCK,    /* no value of its own: more settings inside { }       */
	SK_OTHER,    /* whatever `read` makes of it                         */
	SK_LATER     /* reserved: known, and refused with the words "is not
	                there yet"                                          */
};

struct reading;

struct setting {
	const char *name;        /* NULL ends the table                     */
	enum setting_kind kind;
	size_t      offset;
	const char *preset;      /* default as it would be written; NULL    */
	int64_t     low, high;   /* limits, in the kind's own unit          */
	const char *const *words;/* SK_WORD: NULL-ended                     */
	bool        is_list;     /* may be given several times              */
	const struct setting *inside;   /* SK_BLOCK, or a block after values */
	/* SK_OTHER: reads the whole statement; reports what is wrong. conf is
	 * the struct itself, not the member at offset. */
	void      (*read)(struct reading *, const struct stmt *, void *conf);
	const char *arguments;   /* "ADDRESS..." for help                   */
	const char *help;        /* one line                                */
	bool        zero_is_none;/* 0 is allowed beside low..high, means "no
	                            limit" and is stored as SETTING_NONE    */
	/* SK_OTHER: writes the whole statement (of a list: each), with
	 * `indent` tabs in front and a newline behind. */
	void      (*print)(const void *conf, unsigned indent, struct buf *);
};

/* A row for a word that is kept for later. */
#define SETTING_LATER(word) { .name = (word), .kind = SK_LATER }

/* More than anything that is counted, and still safe to double or to add to
 * a moment. */
#define SETTING_NONE ((int64_t)1 << 60)

/* What a read function may use. */
struct reading {
	struct arena       *arena;
	struct diagnostics *diag;
	struct reader      *reader;
	void               *more;    /* the caller's own                    */
	struct origin      *origins; /* ours: what was set, and where       */
	size_t              origin_count;
};

/* Sets all defaults of a table (and of SK_BLOCKs inside it); what `read`
 * reads is left to the caller. In: conf zeroed. */
void schema_preset(const struct setting *, void *conf);

/* Reads statements (NULL: none) into conf. Unknown words, wrong values,
 * settings given twice are reported with their remedy. */
void schema_read(const struct setting *, const struct stmt *,
    void *conf, struct reading *);

/* Where a setting was given: filled while reading, for "--why". conf tells
 * settings of the same row apart that stand in different blocks. */
struct origin {
	const struct setting *setting;
	const void  *conf;
	struct place place;
};
size_t schema_origins(const struct reading *, const struct origin **);

/* The place where a setting of conf was given; no source: it was not. */
struct place schema_place(const struct reading *, const void *conf,
    const char *name);

/*
 * What read functions share. Each reports what is wrong and then says false,
 * -1 or NULL.
 */

/* Node i when it is a word or a string; else "NAME needs a value". */
const struct node *schema_value(struct reading *, const struct stmt *,
    size_t i);
/* Whether nothing but, where it is allowed, a block stands at node i. The
 * block's statements are in *stmts (may be NULL). */
bool schema_end(struct reading *, const struct stmt *, size_t i,
    const struct stmt **stmts);
/* Which of the words a node is. The words behind the first NULL, up to a
 * second one, are reserved ones. */
int schema_choice(struct reading *, const struct stmt *, const struct node *,
    const char *const *words);
/* A duration in low..high. */
bool schema_duration(struct reading *, const struct stmt *,
    const struct node *, usec_t low, usec_t high, usec_t *);

/* A complete commented file with the defaults; it reads back as them. */
struct str schema_print_defaults(const struct setting *, struct arena *);

/* The same settings of one block, for the print function of a SK_OTHER. */
void schema_print_inside(const struct setting *, const void *conf,
    unsigned indent, struct buf *);

/* The values in force, as they would be written. */
struct str schema_print(const struct setting *, const void *conf,
    struct arena *);

#endif
