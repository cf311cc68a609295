/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * maildir - one message into one Maildir, durably (design.md P1, P2).
 *
 * Called by local.c for each copy of a message.
 *
 *	GONE --prepare--> TMP --commit--> NEW --done--> (stays)
 *	                   |               |
 *	                   +---- abandon --+--> GONE
 *
 *	GONE -> TMP: maildir_prepare   TMP -> NEW: move_to_new
 *
 * Always holds:
 * 1. A name in new/ stands for a whole file that was synced before it got
 *    that name.
 * 2. After 0 of maildir_commit the name itself is synced, and so is every
 *    folder that was made on the way.
 * 3. An fsync that failed is final: the file goes, and nobody asks for that
 *    sync again, because the kernel may have dropped the pages and forgotten.
 * 4. Nothing is ever replaced: O_EXCL decides in tmp/, RENAME_NOREPLACE (or
 *    a hard link, where a file system lacks it) in new/.
 *
 * Source: the Maildir and Maildir++ texts; rename(2), fsync(2).
 *
 * KNOWN GAPS: a folder made by a process that was killed before it synced the
 * parent, and a power loss before the kernel did so by itself, can lose a
 * message that another process delivered into it in between. A name that a
 * reader has moved to cur/ before maildir_abandon cannot be taken back. What
 * a process that was killed left in tmp/ is sweep.c's.
 */
#include "config.h"

#include "deliver/maildir.h"

#include "base/error.h"
#include "deliver/below.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define TRIES     10
#define HOST_USED 64 /* bytes of the host in a name                       */

static int
code_of(int error)
{
	if (error == ENOSPC || error == EDQUOT)
		return -E_FULL;
	return error == EEXIST ? -E_EXISTS : -E_IO;
}

/* Of a sync that failed. No space is the mailbox's trouble; all else is the
 * disk's, and with it everybody's (catalogue 108). */
static int
sync_code(int error)
{
	return code_of(error) == -E_FULL ? -E_FULL : -E_SYNC;
}

/* --- opening and making ------------------------------------------------ */

/* Somebody else's folder is none to deliver to; root's is, it may be ours by
 * group. A process of root itself trusts what it finds. */
static int
check_owner(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -E_IO;
	return st.st_uid == 0 || st.st_uid == geteuid() || geteuid() == 0 ?
	    0 : -E_DENIED;
}

/* A folder that is there, or is made when allowed to. */
static int
open_folder(int root, struct str path, bool may_make, int *out)
{
	int fd, rc = below_open(root, path, &fd);

	if (rc == -E_NOTFOUND && may_make)
		rc = below_make(root, path, &fd);
	if (rc == -E_INVALID)
		return -E_DENIED;
	if (rc != 0)
		return rc;
	rc = check_owner(fd);
	if (rc != 0)
		(void)close(fd);
	else
		*out = fd;
	return rc;
}

/* cur/, and in a subfolder the mark of Maildir++. Readers do without the
 * mark, so that only the lack of space is an error. */
static int
make_cur(int fd, bool is_sub)
{
	int cur, mark, rc;

	if (is_sub) {
		mark = openat(fd, "maildirfolder", O_WRONLY | O_CREAT |
		    O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (mark < 0 && code_of(errno) == -E_FULL)
			return -E_FULL;
		if (mark >= 0)
			(void)close(mark);
	}
	rc = open_folder(fd, STR("cur"), true, &cur);
	if (rc == 0)
		(void)close(cur);
	return rc;
}

/* new/ is made last: where it is, a Maildir is complete. */
static int
open_inside(int fd, bool is_sub, struct maildir *out)
{
	struct maildir dir = { -1, -1 };
	int rc;

	rc = open_folder(fd, STR("new"), false, &dir.new);
	if (rc == -E_NOTFOUND) {
		rc = make_cur(fd, is_sub);
		if (rc == 0)
			rc = open_folder(fd, STR("tmp"), true, &dir.tmp);
		if (rc == 0)
			rc = open_folder(fd, STR("new"), true, &dir.new);
	} else if (rc == 0) {
		rc = open_folder(fd, STR("tmp"), true, &dir.tmp);
	}
	if (rc == 0)
		*out = dir;
	else
		maildir_close(&dir);
	return rc;
}

int
maildir_open(int root, struct str folder, struct str subfolder, bool may_make,
    struct maildir *out)
{
	int top, sub, rc;

	must(subfolder.len == 0 ||
	    (subfolder.p[0] == '.' && below_is_name(subfolder)));
	rc = open_folder(root, folder, may_make, &top);
	if (rc != 0)
		return rc;
	if (subfolder.len == 0) {
		rc = open_inside(top, false, out);
		(void)close(top);
		return rc;
	}
	rc = open_folder(top, subfolder, true, &sub);
	(void)close(top);
	if (rc != 0)
		return rc;
	rc = open_inside(sub, true, out);
	(void)close(sub);
	return rc;
}

void
maildir_close(struct maildir *dir)
{
	if (dir->tmp >= 0)
		(void)close(dir->tmp);
	if (dir->new >= 0)
		(void)close(dir->new);
	dir->tmp = dir->new = -1;
}

/* --- names -------------------------------------------------------------- */

/* "/" and ":" may not stand in a name, "," begins the sizes. */
static void
clean_host(struct str host, char out[HOST_USED + 1])
{
	size_t i;

	for (i = 0; i < host.len && i < HOST_USED; i++)
		out[i] = host.p[i] > ' ' && host.p[i] < 127 &&
		    host.p[i] != '/' && host.p[i] != ':' &&
		    host.p[i] != ',' ? host.p[i] : '_';
	out[i] = '\0';
}

/* Unique over time, process, count, and 64 random bits; the host last. */
static void
name_make(struct maildir_names *names, char out[MAILDIR_NAME])
{
	char host[HOST_USED + 1];
	usec_t wall = names->wall(names->arg);
	uint64_t luck;

	names->random(names->arg, &luck, sizeof luck);
	clean_host(names->host, host);
	(void)snprintf(out, MAILDIR_NAME,
	    "%lld.M%06lldP%ldQ%lluR%016llx.%s", (long long)(wall / SEC),
	    (long long)(wall % SEC), (long)getpid(),
	    (unsigned long long)++names->count, (unsigned long long)luck,
	    host);
}

/* An empty file of ours. Returns the descriptor, or -E_*. */
static int
create(int tmp, struct maildir_names *names, char name[MAILDIR_NAME])
{
	int i, fd = -1;

	for (i = 0; i < TRIES && fd < 0; i++) {
		name_make(names, name);
		fd = openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd >= 0 ? fd : code_of(errno);
}

/* --- writing ------------------------------------------------------------ */

/* Both parts, whatever the kernel takes at a time. */
static int
write_two(int fd, struct str a, struct str b)
{
	struct iovec iov[2];
	ssize_t n;

	while (a.len + b.len > 0) {
		iov[0].iov_base = (void *)(uintptr_t)a.p;
		iov[0].iov_len = a.len;
		iov[1].iov_base = (void *)(uintptr_t)b.p;
		iov[1].iov_len = b.len;
		n = writev(fd, iov, 2);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return code_of(errno);
		b = str_from(b, (size_t)n > a.len ? (size_t)n - a.len : 0);
		a = str_from(a, (size_t)n > a.len ? a.len : (size_t)n);
	}
	return 0;
}

/* The prefix goes out together with the first block. */
static int
write_copy(int fd, struct str prefix, struct content *content,
    uint64_t *written)
{
	struct str block;
	uint64_t n = 0;
	int rc;

	content_rewind(content);
	do {
		rc = content_next(content, &block);
		if (rc == 0)
			rc = write_two(fd, prefix, block);
		if (rc != 0)
			return rc;
		n += prefix.len + block.len;
		prefix.len = 0;
	} while (block.len > 0);
	*written = n;
	return 0;
}

static int
write_synced(int fd, struct str prefix, struct content *content,
    uint64_t *written)
{
	char *p = malloc(prefix.len + 1);
	int rc;

	if (p == NULL)
		return -E_NOMEM;
	prefix.len = content_unix(prefix, p);
	prefix.p = p;
	rc = write_copy(fd, prefix, content, written);
	if (rc == 0 && fsync(fd) != 0)
		rc = sync_code(errno);
	free(p);
	return rc;
}

int
maildir_prepare(struct maildir dir, struct maildir_names *names,
    struct str prefix, struct content *content, struct maildir_file *f)
{
	uint64_t size = 0, wire = prefix.len + content_wire_size(content);
	int fd, rc;

	*f = (struct maildir_file){ .dir = dir, .place = MF_GONE };
	fd = create(dir.tmp, names, f->tmp);
	if (fd < 0) {
		maildir_abandon(f);
		return fd;
	}
	f->place = MF_TMP;
	rc = write_synced(fd, prefix, content, &size);
	(void)close(fd);
	if (rc != 0) {
		maildir_abandon(f);
		return rc;
	}
	/* Readers count bytes from the name: S as stored, W with CR LF. */
	(void)snprintf(f->new, sizeof f->new, "%.160s,S=%llu,W=%llu", f->tmp,
	    (unsigned long long)size, (unsigned long long)wire);
	return 0;
}

/* --- the step that makes it mail ---------------------------------------- */

/* Never replaces. Returns 0 or -1 with errno. */
static int
rename_new(int from, const char *old, int to, const char *new)
{
	if (renameat2(from, old, to, new, RENAME_NOREPLACE) == 0)
		return 0;
	/* EINVAL, ENOSYS: neither the kernel nor this file system may know
	 * the flag; EPERM: a sandbox. */
	if (errno != EINVAL && errno != ENOSYS && errno != EPERM)
		return -1;
	if (linkat(from, old, to, new, 0) != 0)
		return -1;
	/* A name left in tmp/ harms nobody; it is swept after 36 hours. */
	(void)unlinkat(from, old, 0);
	return 0;
}

int
maildir_commit(struct maildir_file *f)
{
	must(f->place == MF_TMP);
	if (rename_new(f->dir.tmp, f->tmp, f->dir.new, f->new) != 0)
		return code_of(errno);
	f->place = MF_NEW;
	return fsync(f->dir.new) == 0 ? 0 : sync_code(errno);
}

void
maildir_abandon(struct maildir_file *f)
{
	if (f->place == MF_TMP)
		(void)unlinkat(f->dir.tmp, f->tmp, 0);
	/* Synced as well: a power loss must not bring it back. */
	if (f->place == MF_NEW && unlinkat(f->dir.new, f->new, 0) == 0)
		(void)fsync(f->dir.new);
	maildir_done(f);
}

void
maildir_done(struct maildir_file *f)
{
	maildir_close(&f->dir);
	f->place = MF_GONE;
}

int
maildir_probe(int folder, struct maildir_names *names)
{
	char old[MAILDIR_NAME], new[MAILDIR_NAME];
	int rc, fd = create(folder, names, old);

	if (fd < 0)
		return 0;
	(void)close(fd);
	name_make(names, new);
	rc = rename_new(folder, old, folder, new) == 0 ? 0 : -E_IO;
	(void)unlinkat(folder, rc == 0 ? new : old, 0);
	return rc;
}
