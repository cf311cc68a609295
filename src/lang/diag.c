/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diag - collects what is wrong in all files and tells it in one go.
 *
 * Called by: everybody who reads the language; posternd -t, postern check
 * and the play runner print the text.
 * Always holds:
 *  1. every finding has a code of the table in diag_codes.c;
 *  2. nothing is borrowed: sources and arenas of the caller may go before
 *     the text is made;
 *  3. files come in the order in which they were read, findings of a file by
 *     line and column, and of one place in the order in which they came;
 *  4. errors are never crowded out of the shown ones by warnings.
 * KNOWN GAPS: after KEPT findings more are only counted, so that a binary
 * file given by mistake costs nothing; they are not sorted in.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/diag.h"
#include "lang/snippet.h"

#define KEPT        1000
#define MESSAGE_MAX 400     /* bytes of a sentence; words may be long    */
#define REMEDY_MAX  60      /* bytes of words offered                    */

/* A place that no longer needs the source it came from. */
struct spot {
	struct place   place;   /* source: one of ours, or NULL             */
	struct snippet snippet; /* when place.line > 0                      */
};

struct finding {
	enum severity severity;
	const char   *code;
	struct spot   at;
	struct spot   first;    /* place.source NULL: there is none         */
	struct str    message, remedy;
	size_t        file;     /* 0: none; else 1 + its index              */
	size_t        order;
	bool          is_shown;
};

struct diagnostics {
	struct arena   *arena;
	struct source **files;  /* names only, in the order seen            */
	size_t          file_count;
	struct finding *found;  /* KEPT of them                             */
	size_t          count;
	unsigned        totals[DG_NOTE + 1];
};

static const char *const severity_words[] = {
	[DG_ERROR] = "error", [DG_WARNING] = "warning", [DG_NOTE] = "note",
};

struct diagnostics *
diag_new(void)
{
	struct arena *arena = arena_new(0);
	struct diagnostics *d = arena_alloc(arena, sizeof *d);

	d->arena = arena;
	return d;
}

void
diag_free(struct diagnostics **d)
{
	struct arena *arena;

	if (*d == NULL)
		return;
	arena = (*d)->arena;    /* we live in it ourselves */
	*d = NULL;
	arena_free(&arena);
}

/* The number of a file, from 1; files are few, so a walk will do. */
static size_t
file_number(struct diagnostics *d, const struct source *source)
{
	struct source **grown, *file;
	size_t i, n = d->file_count;

	for (i = n; i > 0; i--)
		if (str_eq(d->files[i - 1]->name, source->name))
			return i;
	if ((n & (n - 1)) == 0) {
		grown = arena_array(d->arena, n == 0 ? 1 : 2 * n,
		    sizeof *grown);
		if (n > 0)
			memcpy(grown, d->files, n * sizeof *grown);
		d->files = grown;
	}
	file = arena_alloc(d->arena, sizeof *file);
	file->name = arena_str(d->arena, source->name);
	d->files[n] = file;
	return ++d->file_count;
}

void
diag_saw(struct diagnostics *d, const struct source *source)
{
	(void)file_number(d, source);
}

/* Takes a place over. Returns the number of its file, 0 without one. */
static size_t
spot_take(struct diagnostics *d, struct place where, struct spot *spot)
{
	size_t number;

	if (where.source == NULL)
		return 0;
	number = file_number(d, where.source);
	spot->place = where;
	spot->place.source = d->files[number - 1];
	if (where.line > 0)
		snippet_make(where, d->arena, &spot->snippet);
	return number;
}

/* A file that is read twice tells the same twice. */
static bool
is_known(const struct diagnostics *d, const char *code, struct place where,
    struct str message)
{
	const struct finding *f;
	size_t i;

	for (i = 0; i < d->count; i++) {
		f = &d->found[i];
		if (strcmp(f->code, code) == 0 &&
		    f->at.place.line == where.line &&
		    f->at.place.column == where.column &&
		    (f->file == 0) == (where.source == NULL) &&
		    (f->file == 0 ||
		    str_eq(f->at.place.source->name, where.source->name)) &&
		    str_eq(f->message, message))
			return true;
	}
	return false;
}

/* The sentence, cut where nobody reads on. Owner: the arena. */
static struct str
message_make(struct arena *arena, const char *fmt, va_list args)
{
	char text[MESSAGE_MAX + 1];
	int n = vsnprintf(text, sizeof text, fmt, args);

	must(n >= 0);
	if (n > MESSAGE_MAX)
		memcpy(text + MESSAGE_MAX - 3, "...", 3);
	return arena_str(arena, str_of(text));
}

/* The finding to fill in, or NULL when it is only counted. */
static struct finding *
finding_new(struct diagnostics *d, enum severity severity, const char *code,
    struct place where, const char *fmt, va_list args)
{
	struct finding *f;
	struct str message;

	must(diag_code(str_of(code)) != NULL);
	if (d->count == KEPT) {
		d->totals[severity]++;
		return NULL;
	}
	message = message_make(d->arena, fmt, args);
	if (is_known(d, code, where, message))
		return NULL;
	d->totals[severity]++;
	if (d->found == NULL)
		d->found = arena_array(d->arena, KEPT, sizeof *d->found);
	f = &d->found[d->count];
	f->severity = severity;
	f->code = code;
	f->message = message;
	f->order = d->count++;
	f->file = spot_take(d, where, &f->at);
	return f;
}

void
diag_add(struct diagnostics *d, enum severity severity, const char *code,
    struct place where, const char *remedy, const char *fmt, ...)
{
	struct finding *f;
	va_list args;

	va_start(args, fmt);
	f = finding_new(d, severity, code, where, fmt, args);
	va_end(args);
	if (f != NULL && remedy != NULL)
		f->remedy = arena_str(d->arena, str_of(remedy));
}

void
diag_twice(struct diagnostics *d, const char *code, struct place where,
    struct place first, const char *fmt, ...)
{
	struct finding *f;
	va_list args;

	va_start(args, fmt);
	f = finding_new(d, DG_ERROR, code, where, fmt, args);
	va_end(args);
	if (f == NULL)
		return;
	f->remedy = STR("keep one of the two");
	(void)spot_take(d, first, &f->first);
}

unsigned
diag_count(const struct diagnostics *d, enum severity severity)
{
	return d->totals[severity];
}

const char *
diag_at(const struct diagnostics *d, size_t i, struct place *where,
    struct str *message)
{
	if (i >= d->count)
		return NULL;
	if (where != NULL)
		*where = d->found[i].at.place;
	if (message != NULL)
		*message = d->found[i].message;
	return d->found[i].code;
}

/* --- the text ------------------------------------------------------------ */

/* By file, line, column, then as they came. */
static int
finding_compare(const void *one, const void *two)
{
	const struct finding *a = one, *b = two;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->at.place.line != b->at.place.line)
		return a->at.place.line < b->at.place.line ? -1 : 1;
	if (a->at.place.column != b->at.place.column)
		return a->at.place.column < b->at.place.column ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Marks at most DIAG_SHOWN, errors first. Returns how many. */
static size_t
mark_shown(struct finding *found, size_t count)
{
	size_t i, shown = 0;
	int level;

	for (level = DG_ERROR; level <= DG_NOTE; level++)
		for (i = 0; i < count && shown < DIAG_SHOWN; i++)
			if ((int)found[i].severity == level) {
				found[i].is_shown = true;
				shown++;
			}
	return shown;
}

/* "site.policy:14:22: " */
static void
place_print(const struct place *where, struct buf *out)
{
	if (where->source == NULL)
		return;
	text_print(where->source->name, out);
	if (where->line > 0)
		(void)buf_addf(out, ":%u:%u", where->line, where->column);
	(void)buf_add_str(out, STR(": "));
}

static void
finding_print(const struct finding *f, struct buf *out)
{
	place_print(&f->at.place, out);
	(void)buf_addf(out, "%s %s: ", severity_words[f->severity], f->code);
	text_print(f->message, out);
	(void)buf_add_byte(out, '\n');
	if (f->at.place.line > 0) {
		snippet_print(&f->at.snippet, f->at.place.line, f->remedy, out);
	} else if (f->remedy.len > 0) {
		(void)buf_add_str(out, STR("      "));
		text_print(f->remedy, out);
		(void)buf_add_byte(out, '\n');
	}
	if (f->first.place.source == NULL)
		return;
	place_print(&f->first.place, out);
	(void)buf_add_str(out, STR("note: first given here\n"));
	if (f->first.place.line > 0)
		snippet_print(&f->first.snippet, f->first.place.line, STR(""),
		    out);
}

/* "2 errors, 1 warning in 2 files" */
static void
totals_print(const struct diagnostics *d, const struct finding *sorted,
    struct buf *out)
{
	size_t i, files = 0;
	const char *between = "";
	int level;

	for (level = DG_ERROR; level <= DG_NOTE; level++) {
		if (d->totals[level] == 0)
			continue;
		(void)buf_addf(out, "%s%u %s%s", between, d->totals[level],
		    severity_words[level], d->totals[level] == 1 ? "" : "s");
		between = ", ";
	}
	for (i = 0; i < d->count; i++)
		if (sorted[i].file != 0 &&
		    (i == 0 || sorted[i].file != sorted[i - 1].file))
			files++;
	if (files > 0)
		(void)buf_addf(out, " in %zu file%s", files,
		    files == 1 ? "" : "s");
	(void)buf_add_byte(out, '\n');
}

struct str
diag_text(const struct diagnostics *d, struct arena *arena)
{
	struct buf out = BUF_INIT(0);
	struct finding *sorted;
	struct str text;
	size_t i, shown, all;

	if (d->count == 0)
		return STR("");
	sorted = arena_array(arena, d->count, sizeof *sorted);
	memcpy(sorted, d->found, d->count * sizeof *sorted);
	qsort(sorted, d->count, sizeof *sorted, finding_compare);
	shown = mark_shown(sorted, d->count);
	for (i = 0; i < d->count; i++)
		if (sorted[i].is_shown)
			finding_print(&sorted[i], &out);
	all = (size_t)d->totals[DG_ERROR] + d->totals[DG_WARNING] +
	    d->totals[DG_NOTE];
	if (all > shown)
		(void)buf_addf(&out, "... and %zu more\n", all - shown);
	totals_print(d, sorted, &out);
	text = arena_str(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

/* Edits from a to b, over max when there are more. Two neighbours that
 * changed places, the commonest slip, count as one. */
static unsigned
slips(struct str a, struct str b, unsigned max)
{
	unsigned distance = str_distance(a, b, max);
	size_t i = 0;

	if (distance < 2 || a.len != b.len)
		return distance;
	while (a.p[i] == b.p[i])        /* they differ somewhere */
		i++;
	if (i + 1 < a.len && a.p[i] == b.p[i + 1] && a.p[i + 1] == b.p[i] &&
	    str_eq(str_from(a, i + 2), str_from(b, i + 2)))
		return 1;
	return distance;
}

const char *
diag_nearest(struct str word, const char *const *words, size_t count)
{
	unsigned best = (unsigned)(word.len < 6 ? 1 : word.len / 3), distance;
	const char *nearest = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		distance = slips(word, str_of(words[i]), best);
		if (distance > best || (nearest != NULL && distance == best))
			continue;
		best = distance;
		nearest = words[i];
	}
	return nearest;
}

const char *
diag_remedy(struct arena *arena, struct str word, const char *const *words,
    size_t count)
{
	const char *nearest = diag_nearest(word, words, count);
	struct buf list = BUF_INIT(REMEDY_MAX);
	struct str text;
	size_t i;

	if (nearest != NULL)
		return arena_printf(arena, "did you mean %s?", nearest).p;
	if (count == 1)
		return arena_printf(arena, "it can only be %s", words[0]).p;
	for (i = 0; i < count; i++)
		if (buf_addf(&list, " %s", words[i]) != 0)
			break;
	text = arena_printf(arena, "one of:%.*s%s",
	    STR_ARG(buf_str(&list)), i < count ? " ..." : "");
	buf_free(&list);
	return text.p;
}
