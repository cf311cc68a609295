/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posternd - the daemon.
 *
 *	posternd [-f] [-c FILE] [--dir DIR]     serve, in the foreground
 *	posternd --one-process [...]            the same, but all in here
 *	posternd -t [...]                       check the configuration
 *	posternd -T [...]                       print what is in force
 *	posternd --print-defaults | --version | --help
 *	posternd --role NAME                    a child of the supervisor
 *	posternd --inherit FD [...]             in place of a former one
 *
 * Always holds: it never goes into the background; whoever started it watches
 * it. Exit status: 0 a clean end, 64 usage, 78 configuration, 71 the system,
 * 77 not allowed (sysexits).
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/assemble.h"
#include "daemon/checker.h"
#include "daemon/confine.h"
#include "daemon/gate.h"
#include "daemon/program.h"
#include "daemon/role.h"
#include "daemon/sink.h"
#include "daemon/supervisor.h"
#include "daemon/versions.h"

enum { EXIT_USAGE = 64, EXIT_OS = 71, EXIT_NOPERM = 77, EXIT_CONFIG = 78 };

static const char usage_text[] =
	"usage: posternd [-f] [-c FILE] [--dir DIR]    serve\n"
	"       posternd -t [-c FILE] [--dir DIR]      check the configuration\n"
	"       posternd -T [-c FILE] [--dir DIR]      print what is in force\n"
	"       posternd --print-defaults              a commented configuration\n"
	"       posternd --version\n"
	"\n"
	"Without -c the file is " SYSCONF_DIR "/postern.conf, or\n"
	"etc/postern.conf below DIR; without that file the defaults hold:\n"
	"127.0.0.1:2525, and mail for nobody. POSTERN_DIR stands for --dir.\n"
	"-f is how it always runs. With --one-process it starts no others.\n"
	"SIGTERM: finish what is under way, then end. SIGHUP: read the\n"
	"configuration again. SIGUSR2: be replaced by the program's new file.\n";

enum what { SERVE, ALONE, CHECK, PRINT };

struct options {
	struct str  file;
	struct str  dir;
	enum what   what;
	const char *role;      /* NULL: none                                */
	int         inherit;   /* -1: nothing                               */
};

/* --- printing ------------------------------------------------------------ */

static int
print(struct str text)
{
	return fwrite(text.p, 1, text.len, stdout) == text.len &&
	    fflush(stdout) == 0 ? 0 : EXIT_OS;
}

static int
print_defaults(void)
{
	struct arena *arena = arena_new(0);
	int status = print(settings_print_defaults(arena));

	arena_free(&arena);
	return status;
}

static int
print_version(void)
{
	struct arena *arena = arena_new(0);
	int status = print(versions_text(arena));

	arena_free(&arena);
	return status;
}

static void
complain(const struct diagnostics *diag, struct arena *arena)
{
	struct str text = diag_text(diag, arena);

	(void)fwrite(text.p, 1, text.len, stderr);
}

/* --- options ------------------------------------------------------------- */

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "one-process", no_argument, NULL, '1' },
	{ "role", required_argument, NULL, 'r' },
	{ "inherit", required_argument, NULL, 'i' },
	{ "print-defaults", no_argument, NULL, 'p' },
	{ "version", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static bool
read_inherit(struct options *o)
{
	uint64_t n;

	if (str_number(str_of(optarg), INT32_MAX, &n) != 0)
		return false;
	o->inherit = (int)n;
	return true;
}

/* Returns -1 to go on, or the status to leave with. */
static int
read_options(int argc, char **argv, struct options *o)
{
	int c;

	o->dir = str_of(getenv("POSTERN_DIR"));
	while ((c = getopt_long(argc, argv, "c:tTf", longs, NULL)) != -1) {
		if (c == 'p')
			return print_defaults();
		if (c == 'v')
			return print_version();
		if (c == 'h')
			return print(STR(usage_text));
		if (c == 'c')
			o->file = str_of(optarg);
		else if (c == 'd')
			o->dir = str_of(optarg);
		else if (c == 't' || c == 'T')
			o->what = c == 't' ? CHECK : PRINT;
		else if (c == '1')
			o->what = ALONE;
		else if (c == 'r')
			o->role = optarg;
		else if (c == 'i' ? !read_inherit(o) : c != 'f')
			return EXIT_USAGE;
	}
	if (optind == argc)
		return -1;
	(void)fprintf(stderr, "posternd: what is \"%s\"?\n%s", argv[optind],
	    usage_text);
	return EXIT_USAGE;
}

/* The file that was named, or the usual one if it is there. */
static struct str
find_file(const struct options *o, struct arena *arena)
{
	struct str file = o->file;

	if (file.len > 0)
		return file;
	file = o->dir.len == 0 ? STR(SYSCONF_DIR "/postern.conf") :
	    arena_printf(arena, "%.*s/etc/postern.conf", STR_ARG(o->dir));
	return access(file.p, F_OK) == 0 || errno != ENOENT ? file :
	    (struct str){ 0 };
}

/* --- what it does -------------------------------------------------------- */

static int
serve(const struct assembly *what)
{
	struct sink *sink = NULL;
	struct fault fault = { "" };
	int rc;

	rc = sink_open(&what->settings->log, &sink, &fault);
	if (rc == 0) {
		confine_serve(&what->settings->limits);
		rc = gate_run(what, sink, &fault);
	}
	sink_close(&sink);
	if (rc == 0)
		return 0;
	(void)fprintf(stderr, "posternd: %s\n", fault.text[0] != '\0' ?
	    fault.text : error_word(rc));
	return rc == -E_DENIED ? EXIT_NOPERM :
	    rc == -E_INVALID ? EXIT_CONFIG : EXIT_OS;
}

static int
run(const struct options *o, struct arena *arena, struct diagnostics *diag)
{
	struct str file = find_file(o, arena);
	struct assembly what;
	int rc;

	if (o->what == CHECK)
		return checker_test(file, o->dir);
	rc = assemble(assemble_reader(), file, o->dir,
	    o->what != PRINT ? ASSEMBLE_POLICY | ASSEMBLE_TLS : 0, arena, diag, &what);
	complain(diag, arena);
	if (rc != 0)
		return EXIT_CONFIG;
	switch (o->what) {
	case PRINT:
		return print(settings_print(what.settings, arena));
	case CHECK: case SERVE: case ALONE:
		break;
	}
	return serve(&what);
}

/* --- processes ----------------------------------------------------------- */

/* The supervisor leaves this folder. */
static struct str
absolute(struct str path, struct arena *arena)
{
	char here[1024];

	if (path.len == 0 || path.p[0] == '/' ||
	    getcwd(here, sizeof here) == NULL)
		return path;
	return arena_printf(arena, "%s/%.*s", here, STR_ARG(path));
}

static int
supervise(const struct options *o, const char *name, struct arena *arena)
{
	const struct order order = {
		.file = absolute(find_file(o, arena), arena),
		.dir = absolute(o->dir, arena),
		.path = program_path(name, arena),
		.inherit = o->inherit,
	};

	return supervisor_run(&order);
}

static int (*const roles[ROLE_COUNT])(const struct given *) = {
	[ROLE_CHECKER] = checker_main,
	[ROLE_GATE] = gate_main,
	[ROLE_POOL] = pool_main,
	[ROLE_KEEPER] = keeper_main,
};

static int
be_child(const char *name)
{
	enum role role = role_of(str_of(name));
	struct given given;
	int status;

	if (role == ROLE_COUNT || role_receive(ROLE_FD, &given) != 0 ||
	    given.role != role) {
		(void)fprintf(stderr, "posternd: --role is for the "
		    "supervisor\n");
		return EXIT_USAGE;
	}
	status = roles[role](&given);
	free(given.texts);
	return status;
}

int
main(int argc, char **argv)
{
	struct options o = { .what = SERVE, .inherit = -1 };
	struct diagnostics *diag;
	struct arena *arena;
	int status;

	status = read_options(argc, argv, &o);
	/* Behind what was handed over. */
	confine_start(o.role != NULL ? ROLE_FD + 1 :
	    o.inherit >= 0 ? ~0u : STDERR_FILENO + 1);
	if (status >= 0)
		return status;
	if (o.role != NULL)
		return be_child(o.role);
	arena = arena_new(0);
	diag = diag_new();
	status = o.what == SERVE ? supervise(&o, argv[0], arena) :
	    run(&o, arena, diag);
	diag_free(&diag);
	arena_free(&arena);
	return status;
}
