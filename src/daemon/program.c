/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program - our own file, executed.
 *
 * Called by: daemon/supervisor.c, daemon/main.c.
 * Always holds: children are executed from the descriptor of the file that we
 * run, so that an upgrade of the package under a running supervisor never
 * brings two versions together; only a successor is looked up by its path.
 * Children see none of our environment but what the tools that look for
 * faults in us need, whether lines go to the journal, and where credentials
 * of systemd lie (catalogue 134).
 */
#include "config.h"

#include "daemon/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_FREE 10     /* behind all numbers that are given a meaning    */
#define WORDS_MAX  10     /* of a command line that is made here            */

extern char **environ;

int
program_open(void)
{
	int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC), high;

	if (fd < 0)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
	(void)close(fd);
	return high;
}

struct str
program_path(const char *name, struct arena *arena)
{
	char here[1024];
	ssize_t n;

	if (name[0] == '/')
		return arena_str(arena, str_of(name));
	if (strchr(name, '/') != NULL && getcwd(here, sizeof here) != NULL)
		return arena_printf(arena, "%s/%s", here, name);
	n = readlink("/proc/self/exe", here, sizeof here);
	return n < 0 ? STR("") :
	    arena_str(arena, (struct str){ here, (size_t)n });
}

/* --- environment --------------------------------------------------------- */

static const char *const known[] = {
	"JOURNAL_STREAM=", "CREDENTIALS_DIRECTORY=",
#ifdef SANITIZED
	"ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "MALLOC_",
#endif
};

static bool
is_known(const char *variable)
{
	size_t i;

	for (i = 0; i < COUNT(known); i++)
		if (strncmp(variable, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

char **
program_environment(void)
{
	char **all, **to;
	size_t i, n = 0;

	while (environ[n] != NULL)
		n++;
	all = to = calloc(n + 1, sizeof *all);
	must(all != NULL);
	for (i = 0; i < n; i++)
		if (is_known(environ[i]))
			*to++ = environ[i];
	return all;
}

/* --- a successor --------------------------------------------------------- */

/* "posternd [flag] [-c FILE] [--dir DIR] [--inherit FD]" */
static void
command_line(const struct order *o, const char *flag, const char *inherit,
    const char *out[WORDS_MAX])
{
	size_t n = 0;

	out[n++] = o->path.p;
	if (flag != NULL)
		out[n++] = flag;
	if (o->file.len > 0) {
		out[n++] = "-c";
		out[n++] = o->file.p;
	}
	if (o->dir.len > 0) {
		out[n++] = "--dir";
		out[n++] = o->dir.p;
	}
	if (inherit != NULL) {
		out[n++] = "--inherit";
		out[n++] = inherit;
	}
	out[n] = NULL;
}

/* exec takes texts that it does not change, but says so nowhere. */
static char *const *
words(const char *const *line)
{
	return (char *const *)(uintptr_t)line;
}

pid_t
program_test(const struct site *site, const struct order *o)
{
	const char *line[WORDS_MAX];
	int program = open(o->path.p, O_PATH | O_CLOEXEC);
	pid_t pid;

	if (program < 0)
		return -1;
	command_line(o, "-t", NULL, line);
	pid = child_fork(site, program, words(line), NULL, -1);
	(void)close(program);
	return pid;
}

/* Signals wait until the successor has its handlers. */
void
program_replace(const struct order *o, int fd, struct fault *fault)
{
	const char *line[WORDS_MAX];
	char number[16];
	sigset_t all;

	(void)snprintf(number, sizeof number, "%d", fd);
	command_line(o, NULL, number, line);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	(void)execv(o->path.p, words(line));
	fault_set(fault, "cannot execute %s: %s", o->path.p,
	    strerror(errno));
	(void)sigprocmask(SIG_UNBLOCK, &all, NULL);
}
