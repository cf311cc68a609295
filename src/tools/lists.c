/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lists - `postern lists`: which lists the policy in force uses, what each is
 * asked, what its answers mean and on which terms.
 */
#include "config.h"

#include <stdio.h>

#include "tools/control.h"
#include "tools/tool.h"

#define COLUMNS 8

const char usage_lists[] =
	ASKING_USAGE
	"\n"
	"Exit status: 0 printed; 2 nobody could be asked.\n"
	"\n"
	"examples:\n"
	"  postern lists\n"
	"  postern lists --json\n";

/* "helo sender" */
static const char *
words_of(struct asking *w, const json_t *row, const char *name,
    const char *between)
{
	const json_t *all = json_object_get(row, name), *one;
	const char *text = "";
	json_t *member;
	size_t i;

	for (i = 0; (one = json_array_get(all, i)) != NULL; i++) {
		member = json_pack("{s:O}", "x", one);
		text = arena_printf(w->arena, "%s%s%s", text,
		    i > 0 ? between : "", member_text(w, member, "x")).p;
		json_decref(member);
	}
	return text;
}

/* "100000 / 24 h" */
static const char *
limit(struct asking *w, const json_t *row)
{
	double n = member_real(row, "limit");

	return n <= 0 ? "-" : arena_printf(w->arena, "%.0f / %.0f h", n,
	    member_real(row, "limit_span") / 3600).p;
}

static const char *
or_none(const char *text)
{
	return text[0] == '\0' ? "-" : text;
}

static void
fill(struct asking *w, const json_t *row, const char **c)
{
	c[0] = member_text(w, row, "list");
	c[1] = member_text(w, row, "zone");
	c[2] = member_truth(row, "off") ? "off" :
	    words_of(w, row, "asks", " ");
	c[3] = words_of(w, row, "of", " ");
	c[4] = limit(w, row);
	c[5] = member_truth(row, "key") ? "key" :
	    member_is(row, "register", "none") ? "-" :
	    member_text(w, row, "register");
	c[6] = or_none(member_text(w, row, "checked"));
	c[7] = words_of(w, row, "codes", ", ");
}

static void
draw(struct asking *w)
{
	static const char *const header[COLUMNS] = { "list", "zone", "asks",
		"kinds", "limit", "register", "checked", "codes" };
	size_t count = json_array_size(w->rows), i;
	const char **cells = arena_array(w->arena, (count + 1) * COLUMNS,
	    sizeof *cells);

	for (i = 0; i < COLUMNS; i++)
		cells[i] = header[i];
	for (i = 0; i < count; i++)
		fill(w, json_array_get(w->rows, i), cells + (i + 1) * COLUMNS);
	if (count == 0)
		printf("the policy uses no list\n");
	else
		table_print(cells, COLUMNS, count + 1, w->has_header);
}

int
cmd_lists(int argc, char **argv)
{
	static const struct option options[] = {
		ASKING_OPTIONS, { NULL, 0, NULL, 0 },
	};
	static const char *const words[] = { "lists", NULL };
	struct asking w = { .verb = "lists", .has_header = true };
	int c, rc;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1)
		if (!asking_option(&w, c))
			return tool_wrong("lists");
	if (optind < argc) {
		fprintf(stderr, "postern lists: takes no name\n");
		return tool_wrong("lists");
	}
	rc = asking_do(&w, words);
	if (rc == EX_GOOD && !w.is_json)
		draw(&w);
	asking_end(&w);
	return rc;
}
