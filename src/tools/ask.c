/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask - `postern ask ADDRESS|DOMAIN [LIST]`: what the lists of the policy in
 * force say about somebody, asked now, with their reasons.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "lang/value.h"
#include "tools/control.h"
#include "tools/tool.h"

#define COLUMNS 5

const char usage_ask[] =
	ASKING_USAGE
	"\n"
	"The keeper asks, through the resolver and with the keys that mail is "
	"judged with.\n"
	"Exit status: 0 a list names it; 1 none does; 2 nobody could be "
	"asked.\n"
	"\n"
	"examples:\n"
	"  postern ask 192.0.2.77\n"
	"  postern ask bad.example dbl\n";

/* "127.0.0.4 127.0.0.10" */
static const char *
answers(struct asking *w, const json_t *row)
{
	const json_t *all = json_object_get(row, "answers"), *one;
	const char *text = "", *said;
	size_t i;

	for (i = 0; (one = json_array_get(all, i)) != NULL; i++) {
		said = json_string_value(one);
		text = arena_printf(w->arena, "%s%s%s", text,
		    i > 0 ? " " : "", said == NULL ? "" : said).p;
	}
	return i == 0 ? "-" : text;
}

static void
fill(struct asking *w, const json_t *row, const char **c)
{
	c[0] = member_text(w, row, "list");
	c[1] = member_is(row, "heard", "trouble") ?
	    arena_printf(w->arena, "no answer (%s)",
	    member_text(w, row, "error")).p : member_text(w, row, "heard");
	c[2] = answers(w, row);
	c[3] = member_text(w, row, "codes");
	c[4] = member_text(w, row, "text");
	if (c[3][0] == '\0')
		c[3] = "-";
}

static void
draw(struct asking *w)
{
	static const char *const header[COLUMNS] = { "list", "says",
		"answers", "codes", "text" };
	size_t count = json_array_size(w->rows), i;
	const char **cells = arena_array(w->arena, (count + 1) * COLUMNS,
	    sizeof *cells);

	for (i = 0; i < COLUMNS; i++)
		cells[i] = header[i];
	for (i = 0; i < count; i++)
		fill(w, json_array_get(w->rows, i), cells + (i + 1) * COLUMNS);
	table_print(cells, COLUMNS, count + 1, w->has_header);
}

/* An address, or a domain in the form that DNS has. NULL: neither. */
static const char *
subject(const char *text, struct arena *a)
{
	struct str name;
	struct ip ip;

	if (ip_parse(str_of(text), &ip) == 0)
		return ip_text(a, ip).p;
	return value_name(str_of(text), a, &name) == 0 ?
	    arena_str(a, name).p : NULL;
}

static int
run(struct asking *w, const char *what, const char *list)
{
	struct arena *a = arena_new(0);
	const char *words[] = { "ask", subject(what, a), list, NULL };
	int rc = EX_CANNOT;

	if (words[1] == NULL)
		fprintf(stderr, "postern ask: \"%s\" is no address and no "
		    "domain\n", what);
	else
		rc = asking_do(w, words);
	arena_free(&a);
	if (rc != EX_GOOD)
		return rc;
	if (!w->is_json)
		draw(w);
	return w->status;
}

int
cmd_ask(int argc, char **argv)
{
	static const struct option options[] = {
		ASKING_OPTIONS, { NULL, 0, NULL, 0 },
	};
	struct asking w = { .verb = "ask", .has_header = true };
	int c, rc;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1)
		if (!asking_option(&w, c))
			return tool_wrong("ask");
	if (optind == argc || optind + 2 < argc) {
		fprintf(stderr, "postern ask: one ADDRESS or DOMAIN, and one "
		    "LIST at most\n");
		return tool_wrong("ask");
	}
	rc = run(&w, argv[optind], optind + 1 < argc ? argv[optind + 1] :
	    NULL);
	asking_end(&w);
	return rc;
}
