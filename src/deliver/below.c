/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * below - the only place where a delivery opens a folder by its name.
 *
 * Called by local.c to look a mailbox up and by maildir.c to open one.
 *
 * Always holds: what is opened lies below the root (design.md P8). The kernel
 * watches over it where it has openat2; elsewhere each component is opened
 * by itself, and a link is no folder. Both ways give the same answers.
 *
 * Source: openat2(2) (Linux 5.6), open(2) O_NOFOLLOW.
 */
#include "config.h"

#include "deliver/below.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME_BYTES 255

bool
below_is_name(struct str s)
{
	return s.len > 0 && s.len <= NAME_BYTES && !str_eq(s, STR(".")) &&
	    !str_eq(s, STR("..")) && str_find(s, '/') == s.len &&
	    str_find(s, '\0') == s.len;
}

static bool
is_path(struct str path)
{
	struct str rest = path;

	if (path.len > BELOW_PATH)
		return false;
	while (rest.p != NULL)
		if (!below_is_name(str_split(&rest, '/')))
			return false;
	return true;
}

static int
code_of(int error)
{
	switch (error) {
	case ENOENT:
		return -E_NOTFOUND;
	case ENOTDIR:
		return -E_INVALID;
	case ELOOP:
	case EXDEV:
		return -E_DENIED;
	case ENOSPC:
	case EDQUOT:
		return -E_FULL;
	default:
		return -E_IO;
	}
}

/* path followed by a NUL. */
static void
terminate(struct str path, char *out)
{
	memcpy(out, path.p, path.len);
	out[path.len] = '\0';
}

/* The descriptor, or -1 and errno. Not O_NOFOLLOW: it would say of a link at
 * the end what is said of a file, that it is no folder. */
static int
open_beneath(int root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* One component. */
static int
open_step(int dir, const char *name, int *fd)
{
	struct stat st;
	int error, got;

	got = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (got >= 0) {
		*fd = got;
		return 0;
	}
	error = errno;
	/* A link is ENOTDIR here, like a file. */
	if (error == ENOTDIR &&
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		error = ELOOP;
	return code_of(error);
}

static int
make_step(int dir, const char *name)
{
	if (mkdirat(dir, name, 0700) != 0)
		return errno == EEXIST ? 0 : code_of(errno);
	return fsync(dir) == 0 ? 0 : -E_IO;
}

/* Component by component; makes the missing ones when told so. */
static int
walk(int root, struct str path, bool make, int *out)
{
	char name[NAME_BYTES + 1];
	int dir = root, next = -1, rc = 0;

	while (rc == 0 && path.p != NULL) {
		terminate(str_split(&path, '/'), name);
		rc = open_step(dir, name, &next);
		if (rc == -E_NOTFOUND && make) {
			rc = make_step(dir, name);
			if (rc == 0)
				rc = open_step(dir, name, &next);
		}
		if (dir != root)
			(void)close(dir);
		dir = next;
	}
	if (rc == 0)
		*out = dir;
	return rc;
}

int
below_open(int root, struct str path, int *fd)
{
	char text[BELOW_PATH + 1];
	int got;

	if (path.len == 0)
		return open_step(root, ".", fd);
	if (!is_path(path))
		return -E_INVALID;
	terminate(path, text);
	got = open_beneath(root, text);
	if (got >= 0) {
		*fd = got;
		return 0;
	}
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EACCES:
	case EMFILE:
	case ENFILE:
		return code_of(errno);
	default:
		/* ENOSYS: an old kernel; EPERM: a sandbox that does not know
		 * the call; EAGAIN: somebody renames all the time. */
		return walk(root, path, false, fd);
	}
}

int
below_make(int root, struct str path, int *fd)
{
	if (path.len == 0)
		return open_step(root, ".", fd);
	return is_path(path) ? walk(root, path, true, fd) : -E_INVALID;
}
