/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * facts - `postern facts [PREFIX]`: what the filters state and a policy can
 * read, from their own tables.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "filters/filter.h"
#include "tools/tool.h"

const char usage_facts[] =
	"      --no-header   only the rows\n"
	"\n"
	"Each DNS list that a policy uses adds facts of its own: zen, zen.xbl "
	"...\n"
	"Exit status: 1 when no fact starts with PREFIX.\n"
	"\n"
	"examples:\n"
	"  postern facts\n"
	"  postern facts helo.\n";

static const char *const type_words[] = {
	[FT_TRUTH] = "truth", [FT_NUMBER] = "number", [FT_TEXT] = "text",
	[FT_NAME] = "name", [FT_MAIL] = "mail", [FT_ADDRESS] = "address",
	[FT_WORD] = "word", [FT_SET] = "set",
	[FT_TIME] = "time",
};

/* The words of a fact close its sentence: {pass fail none}. */
static void
print_fact(const struct fact_decl *f)
{
	const char *const *w;

	printf("%-20s %-8s %-8s %-8s %s", f->name, type_words[f->type],
	    stage_word(f->stage),
	    f->family == FAM_NONE ? "-" : family_word(f->family), f->doc);
	for (w = f->words; w != NULL && *w != NULL; w++)
		printf("%s%s", w == f->words ? " {" : " ", *w);
	printf("%s\n", f->words != NULL ? "}" : "");
}

/* In the order of declaration: by filter, so by stage. */
static int
print_facts(const char *prefix, bool has_header)
{
	struct arena *a = arena_new(0);
	struct vocabulary *v = vocabulary_new(a);
	const struct fact_decl *f;
	size_t i, shown = 0;

	filters_declare(v, arena_array(a, filters_count(), sizeof (int)));
	for (i = 0; i < vocabulary_count(v); i++) {
		f = vocabulary_decl(v, (int)i);
		if (strncmp(f->name, prefix, strlen(prefix)) != 0)
			continue;
		if (shown++ == 0 && has_header)
			printf("%-20s %-8s %-8s %-8s %s\n", "FACT", "TYPE",
			    "STAGE", "FAMILY", "MEANING");
		print_fact(f);
	}
	arena_free(&a);
	return shown > 0 ? EX_GOOD : EX_NO;
}

int
cmd_facts(int argc, char **argv)
{
	static const struct option options[] = {
		{ "no-header", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	bool has_header = true;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'n')
			return tool_wrong("facts");
		has_header = false;
	}
	if (optind + 1 < argc) {
		fprintf(stderr, "postern facts: one PREFIX at most\n");
		return tool_wrong("facts");
	}
	return print_facts(optind < argc ? argv[optind] : "", has_header);
}
