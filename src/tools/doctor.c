/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor - `postern doctor [LIST]`: how the lists are, why, and what to do.
 *
 * Always holds: one row for a list, unless its kinds differ: then one for
 * each. The exit status says whether all count; --monitor speaks as
 * monitoring plug-ins do.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/control.h"
#include "tools/tool.h"

#define DAY 86400

const char usage_doctor[] =
	ASKING_USAGE
	"      --monitor       one line for a monitoring system\n"
	"\n"
	"Each list is asked for its test points, unless it was a second ago.\n"
	"Exit status: 0 all count; 1 one does not; 2 nobody could be asked.\n"
	"With --monitor: 0 all is well; 1 one is slow, suspected or near its\n"
	"limit; 2 one does not count; 3 nobody could be asked.\n"
	"\n"
	"examples:\n"
	"  postern doctor\n"
	"  postern doctor --monitor\n";

/* ------------------------------------------------------------------------
 * Cells.
 */

static const char *
print(struct asking *w, const char *format, double x)
{
	return arena_printf(w->arena, "%.*f%s", strcmp(format, " %") == 0, x,
	    format).p;
}

/* "4 s", "2 min" */
static const char *
span(struct asking *w, const json_t *row, const char *name)
{
	double s = member_real(row, name);

	if (!member_has(row, name))
		return "-";
	return s < 120 ? print(w, " s", s) :
	    s < 7200 ? print(w, " min", s / 60) :
	    s < 2 * DAY ? print(w, " h", s / 3600) :
	    print(w, " d", s / DAY);
}

static const char *
percent(struct asking *w, const json_t *row, const char *name)
{
	return print(w, " %", 100 * member_real(row, name));
}

/* "24 / 190" */
static const char *
times(struct asking *w, const json_t *row)
{
	double p99 = member_real(row, "p99");

	return p99 <= 0 ? "-" : arena_printf(w->arena, "%.0f / %.0f",
	    1000 * member_real(row, "p50"), 1000 * p99).p;
}

/* Whether a point answered as it should. */
static const char *
point(const json_t *row, const char *name)
{
	return !member_has(row, name) ? "-" :
	    member_truth(row, name) ? "yes" : "NO";
}

/* What does not count stands out. */
static const char *
state(struct asking *w, const json_t *row)
{
	char *text = arena_alloc(w->arena, 64), *p;
	const char *word = member_text(w, row, "state");

	(void)snprintf(text, 64, "%s", word);
	for (p = text; *p != '\0' && !member_truth(row, "counts"); p++)
		*p = *p == '-' ? ' ' : *p >= 'a' && *p <= 'z' ?
		    (char)(*p - 'a' + 'A') : *p;
	return text;
}

/* ------------------------------------------------------------------------
 * Rows.
 */

static const char *const header[] = { "list", "state", "last", "hits",
	"unknown", "p50/p99 ms", "must-list", "must-not", "remark" };

struct table {
	struct asking *asking;
	const char   **cells;
	size_t         rows;
	unsigned       healthy, warned, ill;
};

static bool
is_same(const json_t *a, const json_t *b)
{
	static const char *const names[] = { "list", "state", "remark" };
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (!member_same(a, b, names[i]))
			return false;
	return true;
}

/* The rows of one list, which stand together. */
static size_t
group_end(struct asking *w, size_t i, bool *is_one)
{
	const json_t *first = json_array_get(w->rows, i), *row;
	size_t k = i + 1;

	*is_one = true;
	for (; (row = json_array_get(w->rows, k)) != NULL &&
	    member_is(row, "row", "list") &&
	    member_same(row, first, "list"); k++)
		*is_one = *is_one && is_same(first, row);
	return k;
}

static void
count(struct table *t, const json_t *row)
{
	if (!member_truth(row, "counts"))
		t->ill++;
	else if (member_text(t->asking, row, "remark")[0] != '\0')
		t->warned++;
	else
		t->healthy++;
}

static void
add_row(struct table *t, const json_t *row, bool is_one)
{
	struct asking *w = t->asking;
	const char **c = t->cells + t->rows++ * COUNT(header);
	const char *name = member_text(w, row, "list");

	c[0] = is_one ? name : arena_printf(w->arena, "%s/%s", name,
	    member_text(w, row, "of")).p;
	c[1] = state(w, row);
	c[2] = span(w, row, "last");
	c[3] = percent(w, row, "hits");
	c[4] = percent(w, row, "unknown");
	c[5] = times(w, row);
	c[6] = point(row, "must");
	c[7] = point(row, "must_not");
	c[8] = member_text(w, row, "remark");
	count(t, row);
}

static void
read_table(struct table *t)
{
	struct asking *w = t->asking;
	size_t i = 0, end;
	const json_t *row;
	bool is_one;

	t->cells = arena_array(w->arena, (json_array_size(w->rows) + 1) *
	    COUNT(header), sizeof *t->cells);
	memcpy(t->cells, header, sizeof header);
	t->rows = 1;
	while ((row = json_array_get(w->rows, i)) != NULL) {
		end = group_end(w, i, &is_one);
		for (; member_is(row, "row", "list") && i < end;
		    i = is_one ? end : i + 1)
			add_row(t, json_array_get(w->rows, i), is_one);
		i = end;
	}
}

/* ------------------------------------------------------------------------
 * Below the table.
 */

static void
print_resolver(struct asking *w, const json_t *row)
{
	const char *who = member_text(w, row, "who");
	const char *name = member_text(w, row, "name");

	printf("resolver  %s, %s%s%s", member_text(w, row, "server"),
	    member_is(row, "place", "public") ? "public: " :
	    member_is(row, "place", "hoster") ? "at a hoster" :
	    member_is(row, "place", "own") ? "not public" :
	    "of which nothing could be found out",
	    member_is(row, "place", "hoster") && who[0] != '\0' ? ": " : "",
	    who);
	if (member_has(row, "outside"))
		printf("; seen from outside as %s%s%s",
		    member_text(w, row, "outside"), name[0] != '\0' ? ", " :
		    "", name);
	printf("\n");
	if (member_has(row, "rewrites"))
		printf("          it answers %s for names that are not there\n",
		    member_text(w, row, "rewrites"));
}

/* Each remedy once, with the first whom it helps. */
static bool
was_said(struct asking *w, size_t end, const json_t *row)
{
	const json_t *before;
	size_t i;

	for (i = 0; i < end; i++) {
		before = json_array_get(w->rows, i);
		if (member_same(row, before, "do") &&
		    member_same(row, before, "list"))
			return true;
	}
	return false;
}

static void
print_remedies(struct asking *w)
{
	const json_t *row;
	const char *text;
	size_t i;

	for (i = 0; (row = json_array_get(w->rows, i)) != NULL; i++) {
		text = member_text(w, row, "do");
		if (text[0] == '\0' || was_said(w, i, row))
			continue;
		printf("do: %s  %s\n", member_has(row, "list") ?
		    member_text(w, row, "list") : "resolver", text);
	}
}

static void
print_sum(const struct table *t)
{
	printf("%u healthy, %u to watch, %u not counted\n", t->healthy,
	    t->warned, t->ill);
}

static void
draw(struct asking *w, const struct table *t)
{
	const json_t *row;
	size_t i;

	if (t->rows > 1)
		table_print(t->cells, COUNT(header), t->rows, w->has_header);
	else
		printf("the policy uses no list\n");
	for (i = 0; (row = json_array_get(w->rows, i)) != NULL; i++)
		if (member_is(row, "row", "resolver"))
			print_resolver(w, row);
	if (t->rows > 1)
		print_sum(t);
	print_remedies(w);
}

/* ------------------------------------------------------------------------
 * For a monitoring system.
 */

enum { MONITOR_OK, MONITOR_WARNING, MONITOR_CRITICAL, MONITOR_UNKNOWN };

static int
monitor(struct asking *w, const struct table *t)
{
	static const char *const words[] = { "OK", "WARNING", "CRITICAL" };
	int status = t->ill > 0 ? MONITOR_CRITICAL :
	    t->warned > 0 ? MONITOR_WARNING : MONITOR_OK;
	const char **c;
	size_t i;

	printf("POSTERN %s - %u of %zu lists counted", words[status],
	    t->healthy + t->warned, t->rows - 1);
	for (i = 1; i < t->rows; i++) {
		c = t->cells + i * COUNT(header);
		if (c[8][0] != '\0')
			printf(", %s %s", c[0], c[1]);
	}
	printf(" | healthy=%u watch=%u ill=%u\n", t->healthy, t->warned,
	    t->ill);
	(void)w;
	return status;
}

static int
run(struct asking *w, const char *list)
{
	const char *const words[] = { "doctor", list, NULL };
	struct table t = { .asking = w };

	if (asking_do(w, words) != EX_GOOD) {
		if (w->is_monitor)
			printf("POSTERN UNKNOWN - nobody could be asked\n");
		return w->is_monitor ? MONITOR_UNKNOWN : EX_CANNOT;
	}
	read_table(&t);
	if (w->is_monitor)
		return monitor(w, &t);
	if (!w->is_json)
		draw(w, &t);
	return w->status;
}

int
cmd_doctor(int argc, char **argv)
{
	static const struct option options[] = {
		ASKING_OPTIONS,
		{ "monitor", no_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	struct asking w = { .verb = "doctor", .has_header = true };
	int c, rc;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		if (c == 'm')
			w.is_monitor = true;
		else if (!asking_option(&w, c))
			return tool_wrong("doctor");
	}
	if (optind + 1 < argc) {
		fprintf(stderr, "postern doctor: one LIST at most\n");
		return tool_wrong("doctor");
	}
	rc = run(&w, optind < argc ? argv[optind] : NULL);
	asking_end(&w);
	return rc;
}
