/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control: what the verbs that ask the keeper share: where it is, the request,
 * its rows (keeper/control.h), and tables for eyes.
 */
#ifndef TOOLS_CONTROL_H
#define TOOLS_CONTROL_H

#include <getopt.h>
#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"

/* How the verb was called. */
struct asking {
	const char *verb;
	const char *file;        /* NULL: the usual one                     */
	const char *dir;         /* NULL: none                              */
	const char *control;     /* NULL: what the configuration says       */
	bool        is_json, has_header;
	bool        is_monitor;  /* doctor                                  */
	/* The answer. */
	struct arena *arena;
	struct buf   text;       /* as it came                              */
	json_t      *rows;       /* without the end                         */
	int          status;     /* of the end                              */
	const char  *error;      /* of the end                              */
};

#define ASKING_OPTIONS \
	{ "config", required_argument, NULL, 'c' }, \
	{ "dir", required_argument, NULL, 'd' }, \
	{ "control", required_argument, NULL, 's' }, \
	{ "json", no_argument, NULL, 'j' }, \
	{ "no-header", no_argument, NULL, 'n' }

#define ASKING_USAGE \
	"  -c, --config FILE   names the socket; default " SYSCONF_DIR \
	"/postern.conf\n" \
	"      --dir FOLDER    everything below FOLDER, as posternd --dir;\n" \
	"                      POSTERN_DIR stands for it\n" \
	"      --control PATH  the socket itself\n" \
	"      --json          rows of JSON, an object a line\n" \
	"      --no-header     only the rows\n"

/* Takes an option of these; false: it is none. */
bool asking_option(struct asking *, int option);

/*
 * Asks. In: request, words; of a stranger's too.
 * Returns EX_GOOD with rows, or after it said on stderr why not EX_CANNOT; and
 * with --json they are printed. Owner: asking_end.
 */
int  asking_do(struct asking *, const char *const *words);
void asking_end(struct asking *);

/* Members of a row, as texts that cannot steer a terminal; "" and 0 when they
 * are not there. Owner: the arena. */
const char *member_text(struct asking *, const json_t *, const char *name);
double      member_real(const json_t *, const char *name);
bool        member_truth(const json_t *, const char *name);
bool        member_same(const json_t *, const json_t *, const char *name);
bool        member_is(const json_t *, const char *name, const char *text);
bool        member_has(const json_t *, const char *name);  /* not null      */

/* Prints a table: columns as wide as they must be, the last one as it is.
 * In: cells, rows of `columns`; the first are the header. */
void table_print(const char *const *cells, size_t columns, size_t rows,
    bool has_header);

#endif
