/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check - `postern check`: reads postern.conf and the policy it names, and
 * says everything that is wrong with them. Changes nothing.
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "conf/settings.h"
#include "filters/filter.h"
#include "lang/builtin.h"
#include "policy/policy.h"
#include "tools/tool.h"

#ifndef SYSCONF_DIR
#define SYSCONF_DIR "/etc/postern"
#endif

const char usage_check[] =
	"  -c, --config FILE   default " SYSCONF_DIR "/postern.conf\n"
	"  -q, --quiet         say nothing when all is well\n"
	"\n"
	"Exit status: 0 nothing wrong; 1 errors; 2 the file cannot be read.\n"
	"What a code such as P0021 means: postern help P0021\n"
	"\n"
	"examples:\n"
	"  postern check\n"
	"  postern check -c ./postern.conf\n";

static int
check_policy(const struct settings *s, struct arena *a,
    struct diagnostics *d)
{
	const struct str folders[] = {
		arena_printf(a, "%.*s/policy", STR_ARG(s->folder)),
		s->folder, STR(BUILTIN_DIR),
	};
	struct vocabulary *v = vocabulary_new(a);
	int *base = arena_array(a, filters_count(), sizeof *base);
	const struct policy *policy;
	struct policy_env env = {
		.reader = builtin_reader(), .vocabulary = v,
		.folders = folders, .folder_count = COUNT(folders),
	};

	filters_declare(v, base);
	return policy_compile(&env, s->policy, a, d, &policy);
}

static int
check(const char *path, bool is_quiet)
{
	struct arena *a = arena_new(0);
	struct diagnostics *d = diag_new();
	struct settings *s;
	int rc;

	rc = conf_load(builtin_reader(), str_of(path), a, d, &s);
	if (rc == 0)
		rc = check_policy(s, a, d);
	printf("%.*s", STR_ARG(diag_text(d, a)));
	if (rc == 0 && !is_quiet)
		printf("%s: nothing wrong\n", path);
	diag_free(&d);
	arena_free(&a);
	return rc == 0 ? EX_GOOD : EX_NO;
}

int
cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "quiet", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = SYSCONF_DIR "/postern.conf";
	bool is_quiet = false;
	int c;

	while ((c = getopt_long(argc, argv, "c:q", options, NULL)) != -1) {
		switch (c) {
		case 'c': path = optarg; break;
		case 'q': is_quiet = true; break;
		default:  return tool_wrong("check");
		}
	}
	if (optind < argc) {
		fprintf(stderr, "postern check: -c FILE names the file\n");
		return tool_wrong("check");
	}
	if (access(path, R_OK) != 0) {
		fprintf(stderr, "postern check: %s cannot be read\n", path);
		return EX_CANNOT;
	}
	return check(path, is_quiet);
}
