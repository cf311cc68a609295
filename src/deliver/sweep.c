/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep - old files go from tmp/ (catalogue 109).
 *
 * Called by: local.c, for a mailbox that it has just delivered to. No tree is
 * walked: what lies in a mailbox that gets no mail harms nobody, and goes with
 * the next one.
 *
 * Always holds: only a regular file is removed, by its name in the folder
 * that is open, after 36 hours in which nobody wrote to it; no link is
 * followed. The work is bounded: a Maildir is looked at once an hour, and
 * then at a thousand names at most.
 *
 * Source: the Maildir text ("36 hours").
 * KNOWN GAPS: two Maildirs that share a cell are looked at more often.
 */
#include "config.h"

#include "deliver/sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CELLS 256

struct cell {
	dev_t  dev;
	ino_t  ino;
	usec_t looked;      /* wall time; 0: never                          */
};

struct sweeper {
	struct cell cells[CELLS];
};

struct sweeper *
sweeper_new(void)
{
	struct sweeper *s = calloc(1, sizeof *s);

	must(s != NULL);
	return s;
}

void
sweeper_free(struct sweeper **s)
{
	free(*s);
	*s = NULL;
}

/* Whether it is time to look; if so, the next time is in an hour. A clock
 * that was set back does no harm. */
static bool
is_due(struct sweeper *s, int tmp, usec_t wall)
{
	struct stat st;
	struct cell *c;

	if (fstat(tmp, &st) != 0)
		return false;
	c = &s->cells[st.st_ino % CELLS];
	if (c->looked != 0 && c->dev == st.st_dev && c->ino == st.st_ino &&
	    wall - c->looked < SWEEP_AGAIN && wall >= c->looked)
		return false;
	*c = (struct cell){ st.st_dev, st.st_ino, wall };
	return true;
}

static void
sweep_name(int tmp, const char *name, usec_t wall)
{
	struct stat st;

	if (fstatat(tmp, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) &&
	    wall - (usec_t)st.st_mtime * SEC > SWEEP_AGE)
		(void)unlinkat(tmp, name, 0);
}

void
sweeper_look(struct sweeper *s, int tmp, usec_t wall)
{
	struct dirent *entry;
	DIR *dir;
	int n, fd;

	if (!is_due(s, tmp, wall))
		return;
	/* It was opened for this delivery: nobody else reads it. */
	fd = fcntl(tmp, F_DUPFD_CLOEXEC, 0);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	rewinddir(dir);
	for (n = 0; n < SWEEP_MOST && (entry = readdir(dir)) != NULL; n++)
		sweep_name(tmp, entry->d_name, wall);
	(void)closedir(dir);
}
