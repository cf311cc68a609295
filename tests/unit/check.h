/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every unit test needs besides cmocka: a check that names the row of a
 * table and why it stands there, and one that a broken invariant ends the
 * process.
 */
#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

/* The rest says which row, what came and why it matters. */
#define CHECK(x, ...)                    \
	do {                             \
		if (!(x))                \
			fail_msg(__VA_ARGS__); \
	} while (0)

/* A str against a C string. */
#define assert_str(s, text)                                             \
	do {                                                            \
		struct str got_ = (s);                                  \
		CHECK(str_eq(got_, str_of(text)), "\"%.*s\", not \"%s\"", \
		    STR_ARG(got_), (text));                             \
	} while (0)

/* Does f(p) end its process with abort(), as must() does? */
static inline bool
dies(void (*f)(void *), void *p)
{
	struct rlimit none = { 0, 0 };
	int status = 0, null;
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		setrlimit(RLIMIT_CORE, &none);
		null = open("/dev/null", O_WRONLY);
		dup2(null, 2);
		f(p);
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	    WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
