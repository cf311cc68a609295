/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posternd - the daemon.
 *
 *	posternd [-f] [-c FILE] [--dir DIR]     serve, in the foreground
 *	posternd -t [...]                       check the configuration
 *	posternd -T [...]                       print what is in force
 *	posternd --print-defaults | --version | --help
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
#include "daemon/sink.h"
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
	"-f is how it always runs. SIGTERM: finish what is under way, then end.\n";

enum what { SERVE, CHECK, PRINT };

struct options {
	struct str file;
	struct str dir;
	enum what  what;
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
	{ "print-defaults", no_argument, NULL, 'p' },
	{ "version", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

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
		else if (c != 'f')
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
	case CHECK:
	case SERVE:
		break;
	}
	return serve(&what);
}

int
main(int argc, char **argv)
{
	struct options o = { .what = SERVE };
	struct diagnostics *diag;
	struct arena *arena;
	int status;

	confine_start(3);
	status = read_options(argc, argv, &o);
	if (status >= 0)
		return status;
	arena = arena_new(0);
	diag = diag_new();
	status = run(&o, arena, diag);
	diag_free(&diag);
	arena_free(&arena);
	return status;
}
