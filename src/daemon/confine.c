/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine - a sane start whatever started us, and few rights afterwards
 * (catalogue 133, 134).
 *
 * Called by: daemon/main.c.
 * KNOWN GAPS: users are dropped by the supervisor, which comes with the
 * processes; system calls are not filtered.
 */
#include "config.h"

#include "daemon/confine.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPARE_FILES 512   /* listeners, resolver, mailboxes in use          */

void
confine_start(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
	(void)close_range(STDERR_FILENO + 1, ~0u, 0);
	(void)umask(077);
	/* What is broken or full is an error of one call, never the end. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

/* A socket for each session, and a body for some of them. */
static void
raise_files(const struct limits *l)
{
	struct rlimit r;
	rlim_t want = SPARE_FILES + 2 * (rlim_t)(l->sessions > 1000000 ?
	    1000000 : l->sessions);

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	r.rlim_cur = want;
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < want) {
		r.rlim_max = want;      /* as root                          */
		if (setrlimit(RLIMIT_NOFILE, &r) == 0)
			return;
		(void)getrlimit(RLIMIT_NOFILE, &r);
		r.rlim_cur = r.rlim_max;
	}
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

void
confine_serve(const struct limits *l)
{
	const struct rlimit none = { 0, 0 };

	raise_files(l);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
