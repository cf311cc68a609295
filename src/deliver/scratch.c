/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scratch - files without a name, for contents over their memory.
 *
 * Called by: local.c, for its own process or for a gate.
 * Always holds: a file that was returned has no name.
 *
 * Source: open(2) O_TMPFILE.
 * KNOWN GAPS: on a file system without O_TMPFILE, a process killed between
 * two system calls leaves an empty file "body.PID.N" there.
 */
#include "config.h"

#include "deliver/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"

#define TRIES 10

static int
code_of(int error)
{
	if (error == ENOMEM)
		return -E_NOMEM;
	return error == ENOSPC || error == EDQUOT ? -E_FULL : -E_IO;
}

/*
 * For file systems without O_TMPFILE: a name for the blink of an eye. The
 * folder is ours alone, and O_EXCL decides.
 */
static int
named_file(int folder)
{
	char name[64];
	int i, fd = -1;

	for (i = 0; i < TRIES && fd < 0; i++) {
		(void)snprintf(name, sizeof name, "body.%ld.%d",
		    (long)getpid(), i);
		fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return code_of(errno);
	}
	if (fd < 0)
		return -E_IO;
	if (unlinkat(folder, name, 0) != 0) {
		(void)close(fd);
		return -E_IO;
	}
	return fd;
}

int
scratch_make(int folder, int *out)
{
	int fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* EISDIR: a kernel or file system that does not know the flag. */
	if (fd < 0)
		fd = errno == EOPNOTSUPP || errno == EISDIR ||
		    errno == ENOENT ? named_file(folder) : code_of(errno);
	if (fd < 0)
		return fd;
	*out = fd;
	return 0;
}
