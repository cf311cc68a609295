/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test - `postern test FILE|DIR...`: plays, and what did not come as
 * expected, and why.
 *
 * Always holds: all plays are read before the first one runs, so a fault in
 * any of them runs none; no socket is opened. On a terminal nothing is said
 * of what is well; elsewhere the output is TAP 13.
 *
 *	not ok 57 - tests/rcpt-zen-dead-list.play:31 a dead list
 *	    (what both sides said, with times)
 *	    expected  score <= 3  (tests/rcpt-zen-dead-list.play:31)
 *	    got       9.0
 *	    because   (parts of the sum with their lines; who decided)
 *	    unknown, facts, asked ...
 *
 * KNOWN GAPS: no progress line, no coverage, no --json yet.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "lang/builtin.h"
#include "run/clock.h"
#include "sim/run.h"
#include "tools/tool.h"

#define DEPTH_MOST 16      /* folders inside folders                      */

const char usage_test[] =
	"  -v, --verbose   show every dialogue\n"
	"  -q, --quiet     say nothing when all is well\n"
	"      --tap       TAP 13, as when stdout is no terminal\n"
	"      --no-tap    only what failed, as on a terminal\n"
	"\n"
	"Exit status: 0 all as expected; 1 not; 2 a play cannot be read;\n"
	"3 a name was asked that no play declares.\n"
	"\n"
	"examples:\n"
	"  postern test site.play\n"
	"  postern test -v tests/plays\n";

/* One run. */
struct test {
	struct arena       *arena;      /* of all plays                     */
	struct diagnostics *diag;
	struct play       **plays;
	size_t              play_count;
	bool is_verbose, is_quiet, is_tap;
	size_t number;               /* of the last test point              */
	size_t asked_undeclared;
	struct play_tally tally;
};

/* ------------------------------------------------------------------------
 * Which plays.
 */

/* One that has faults is told in diag, and left out. */
static void
add_play(struct test *t, struct str path)
{
	struct play *p = play_read(builtin_reader(), path, t->arena,
	    t->diag), **plays;

	if (p == NULL)
		return;
	plays = realloc(t->plays, (t->play_count + 1) * sizeof *plays);
	must(plays != NULL);
	plays[t->play_count++] = p;
	t->plays = plays;
}

static int add_path(struct test *, const char *, unsigned depth);

static int
is_wanted(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* What is in a folder, sorted: plays, and folders inside. */
static int
add_folder(struct test *t, const char *folder, unsigned depth)
{
	struct dirent **entries = NULL;
	struct str path;
	struct stat st;
	int i, n, rc = 0;

	n = scandir(folder, &entries, is_wanted, alphasort);
	if (n < 0 || depth > DEPTH_MOST) {
		fprintf(stderr, "postern test: %s: %s\n", folder, n < 0 ?
		    strerror(errno) : "too many folders inside each other");
		rc = -E_IO;
	}
	for (i = 0; i < n; i++) {
		path = arena_printf(t->arena, "%s/%s", folder,
		    entries[i]->d_name);
		if (rc == 0 && stat(path.p, &st) == 0 &&
		    (S_ISDIR(st.st_mode) ||
		    str_ends_case(path, STR(".play"))))
			rc = add_path(t, path.p, depth + 1);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

/* A file is taken for a play whatever its name, when it was named. */
static int
add_path(struct test *t, const char *path, unsigned depth)
{
	struct stat st;
	size_t n = strlen(path);

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		while (n > 1 && path[n - 1] == '/')
			n--;
		return add_folder(t, arena_str(t->arena,
		    (struct str){ path, n }).p, depth);
	}
	add_play(t, arena_str(t->arena, str_of(path)));
	return 0;
}

/* ------------------------------------------------------------------------
 * What came of a scene.
 */

/* Lines of a text, each behind "# " in TAP, indented on a terminal. */
static void
tell(const struct test *t, struct str text)
{
	struct str line;

	while (text.len > 0) {
		line = str_split(&text, '\n');
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		printf("%s%.*s\n", t->is_tap ? "# " : "    ",
		    STR_ARG(line));
	}
}

/* Both sides' lines; what is said many times is told once. */
static void
tell_transcript(const struct test *t, const struct outcome *o)
{
	struct str text = o->transcript, line, last = { 0 };
	size_t again = 0;

	while (text.len > 0) {
		line = str_split(&text, '\n');
		if (str_eq(line, last)) {
			again++;
			continue;
		}
		if (again > 0)
			tell(t, arena_printf(o->arena, "%9s (%zu times more)",
			    "", again));
		again = 0;
		last = line;
		tell(t, line);
	}
}

static void
tell_findings(const struct test *t, const struct outcome *o)
{
	const struct finding *f;
	struct str rest, line;
	const char *label;

	for (f = o->findings; f != NULL; f = f->next) {
		tell(t, arena_printf(o->arena, "%-9s %.*s  (%.*s)",
		    "expected", STR_ARG(f->expected),
		    STR_ARG(place_text(f->place, o->arena))));
		label = "got";
		for (rest = f->got; rest.len > 0; label = "") {
			line = str_split(&rest, '\n');
			tell(t, arena_printf(o->arena, "%-9s %.*s", label,
			    STR_ARG(line)));
		}
	}
}

/* The play's fault, not the policy's: nothing was decided by it. */
static void
tell_undeclared(struct test *t, const struct outcome *o)
{
	const struct asked *q;

	for (q = o->asked; q != NULL; q = q->next) {
		if (q->outcome != ZN_UNDECLARED)
			continue;
		t->asked_undeclared++;
		tell(t, arena_printf(o->arena, "%-9s %.*s %s: no zone of "
		    "this play has it; add one, or: else nxdomain",
		    "asked", STR_ARG(q->name), dns_type_word(q->type)));
	}
}

/* A test point. scene NULL: what is expected of the play's whole log. */
static void
on_scene(void *arg, const struct play *play, const struct outcome *o)
{
	struct test *t = arg;
	struct place place = o->scene != NULL ? o->scene->place :
	    play->place;
	struct str title = o->scene != NULL ? o->scene->title :
	    STR("the log");
	struct str name = place.source != NULL ? place_text(place, o->arena) :
	    play->path;

	t->number++;
	if (!o->is_ok || t->is_tap || t->is_verbose)
		printf("%s %zu - %.*s %.*s%.*s\n", o->is_ok ? "ok" : "not ok",
		    t->number, STR_ARG(name), STR_ARG(title),
		    STR_ARG(o->remark));
	if (t->is_verbose || !o->is_ok)
		tell_transcript(t, o);
	if (o->is_ok)
		return;
	tell_findings(t, o);
	tell_undeclared(t, o);
	tell(t, outcome_because(o));
}

/* ------------------------------------------------------------------------
 * The end.
 */

/* Two units at most: "3 d 4 h". */
static void
print_span(FILE *to, usec_t span)
{
	int64_t minutes = span / (60 * SEC);

	if (minutes >= 24 * 60)
		fprintf(to, "%lld d %lld h", (long long)(minutes / 1440),
		    (long long)(minutes / 60 % 24));
	else if (minutes >= 60)
		fprintf(to, "%lld h %lld min", (long long)(minutes / 60),
		    (long long)(minutes % 60));
	else
		fprintf(to, "%.1f s", (double)span / (double)SEC);
}

/* The plan comes last: how many points there are is known only then. */
static void
summary(const struct test *t, usec_t took)
{
	double seconds = (double)took / (double)SEC;

	if (t->is_tap)
		printf("1..%zu\n", t->number);
	if (t->is_quiet && t->tally.failed + t->tally.undecided == 0)
		return;
	printf("%s%zu passed, %zu failed, %zu undeclared DNS questions, "
	    "%.1f s (%.0f cases/s; virtual time ", t->is_tap ? "# " : "",
	    t->tally.passed, t->tally.failed, t->asked_undeclared, seconds,
	    seconds > 0 ? (double)t->number / seconds : 0.0);
	print_span(stdout, t->tally.virtual);
	printf(")\n");
}

static int
run_all(struct test *t)
{
	const struct play_show show = { .scene = on_scene, .arg = t };
	usec_t began = clock_now();
	size_t i;

	if (t->is_tap)
		printf("TAP version 13\n");
	for (i = 0; i < t->play_count; i++) {
		play_run(t->plays[i], &show, &t->tally);
		(void)fflush(stdout);
	}
	summary(t, clock_now() - began);
	if (t->tally.failed > 0)
		return EX_NO;
	return t->tally.undecided > 0 ? EX_UNDECIDED : EX_GOOD;
}

static int
read_options(struct test *t, int argc, char **argv)
{
	static const struct option options[] = {
		{ "verbose", no_argument, NULL, 'v' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "tap", no_argument, NULL, 't' },
		{ "no-tap", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	t->is_tap = !isatty(STDOUT_FILENO);
	while ((c = getopt_long(argc, argv, "vq", options, NULL)) != -1) {
		switch (c) {
		case 'v': t->is_verbose = true; break;
		case 'q': t->is_quiet = true; break;
		case 't': t->is_tap = true; break;
		case 'n': t->is_tap = false; break;
		default:  return tool_wrong("test");
		}
	}
	if (optind < argc)
		return 0;
	fprintf(stderr, "postern test: name a play, or a folder of plays\n");
	return tool_wrong("test");
}

/* All of them are read, so that all faults show in one go. */
static int
read_all(struct test *t, int argc, char **argv)
{
	struct str text;
	int i, rc = 0;

	for (i = optind; i < argc; i++)
		if (add_path(t, argv[i], 0) != 0)
			rc = EX_CANNOT;
	if (diag_count(t->diag, DG_ERROR) > 0)
		rc = EX_CANNOT;
	text = diag_text(t->diag, t->arena);
	fprintf(stderr, "%.*s", STR_ARG(text));
	if (rc == 0 && t->play_count == 0) {
		fprintf(stderr, "postern test: no file here ends in .play\n");
		rc = EX_CANNOT;
	}
	return rc;
}

int
cmd_test(int argc, char **argv)
{
	struct test t = { 0 };
	int rc;

	rc = read_options(&t, argc, argv);
	if (rc != 0)
		return rc;
	t.arena = arena_new(1u << 16);
	t.diag = diag_new();
	rc = read_all(&t, argc, argv);
	if (rc == 0)
		rc = run_all(&t);
	free(t.plays);
	diag_free(&t.diag);
	arena_free(&t.arena);
	return rc;
}
