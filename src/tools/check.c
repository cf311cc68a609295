/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check - `postern check`: reads postern.conf and all it names, and says
 * everything that is wrong. Changes nothing.
 *
 * Always holds: it reads what posternd would read, by the same function
 * (daemon/assemble.h), so what is good here starts there.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/assemble.h"
#include "tools/tool.h"

#ifndef SYSCONF_DIR
#define SYSCONF_DIR "/etc/postern"
#endif

const char usage_check[] =
	"  -c, --config FILE   default " SYSCONF_DIR "/postern.conf\n"
	"      --dir FOLDER    everything below FOLDER, as posternd --dir;\n"
	"                      POSTERN_DIR stands for it\n"
	"  -q, --quiet         say nothing when all is well\n"
	"\n"
	"Exit status: 0 nothing wrong; 1 errors; 2 the file cannot be read.\n"
	"What a code such as P0021 means: postern help P0021\n"
	"\n"
	"examples:\n"
	"  postern check\n"
	"  postern check -c ./postern.conf\n";

static int
check(struct str file, struct str dir, bool is_quiet, struct arena *a)
{
	struct diagnostics *d = diag_new();
	struct assembly all;
	int rc;

	rc = assemble(assemble_reader(), file, dir, ASSEMBLE_POLICY, a, d,
	    &all);
	printf("%.*s", STR_ARG(diag_text(d, a)));
	if (rc == 0 && !is_quiet)
		printf("%.*s: nothing wrong\n", STR_ARG(file));
	diag_free(&d);
	return rc == 0 ? EX_GOOD : EX_NO;
}

/* The file named, or where posternd would look. */
static struct str
find_file(const char *named, struct str dir, struct arena *a)
{
	if (named != NULL)
		return str_of(named);
	if (dir.len == 0)
		return STR(SYSCONF_DIR "/postern.conf");
	return arena_printf(a, "%.*s/etc/postern.conf", STR_ARG(dir));
}

int
cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dir", required_argument, NULL, 'd' },
		{ "quiet", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	struct str dir = str_of(getenv("POSTERN_DIR")), file;
	const char *named = NULL;
	bool is_quiet = false;
	struct arena *a;
	int c, rc = EX_CANNOT;

	while ((c = getopt_long(argc, argv, "c:q", options, NULL)) != -1) {
		switch (c) {
		case 'c': named = optarg; break;
		case 'd': dir = str_of(optarg); break;
		case 'q': is_quiet = true; break;
		default:  return tool_wrong("check");
		}
	}
	if (optind < argc) {
		fprintf(stderr, "postern check: -c FILE names the file\n");
		return tool_wrong("check");
	}
	a = arena_new(0);
	file = find_file(named, dir, a);
	if (access(file.p, R_OK) == 0)
		rc = check(file, dir, is_quiet, a);
	else
		fprintf(stderr, "postern check: %s cannot be read\n", file.p);
	arena_free(&a);
	return rc;
}
