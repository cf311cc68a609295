/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of deliver/ share: a folder of their own, a message, and
 * looking into Maildirs.
 */
#ifndef TESTS_MAILBOX_H
#define TESTS_MAILBOX_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "deliver/handoff.h"
#include "tests/unit/faults.h"

/* Entries of a folder below root but "." and ".."; -1 when it is none. */
static inline int
mailbox_count(int root, const char *folder)
{
	int n = -2, fd = openat(root, folder, O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (d == NULL)
		return -1;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* The name of the only entry; "" when there is another number of them. */
static inline const char *
mailbox_only(int root, const char *folder, char out[256])
{
	int fd = openat(root, folder, O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 && n++ == 0)
			snprintf(out, 256, "%s", e->d_name);
	if (d != NULL)
		closedir(d);
	if (n != 1)
		out[0] = '\0';
	return out;
}

/* Whether a folder's only entry is a file with just this text. */
static inline bool
mailbox_holds(int root, const char *folder, struct str text)
{
	char name[256], path[600], *p;
	struct stat st;
	ssize_t n;
	int fd;
	bool same;

	snprintf(path, sizeof path, "%s/%s", folder,
	    mailbox_only(root, folder, name));
	fd = openat(root, path, O_RDONLY | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	p = malloc((size_t)st.st_size + 1);
	n = read(fd, p, (size_t)st.st_size + 1);
	close(fd);
	same = n == st.st_size && (st.st_mode & 07777) == 0600 &&
	    str_eq((struct str){ p, (size_t)n }, text);
	free(p);
	return same;
}

/* Descriptors that are open. */
static inline int
mailbox_descriptors(void)
{
	return mailbox_count(AT_FDCWD, "/proc/self/fd");
}

/* A sealed body of this text, and the one piece of all of it. */
struct sealed {
	struct body_pool pool;
	struct body     *body;
	struct piece     piece;
	struct parcel    parcel;
	struct str       text;
};

static inline void
message_open(struct sealed *m, struct str text)
{
	memset(m, 0, sizeof *m);
	m->pool.max = (size_t)64 << 20;
	if (body_new(&m->pool, &m->body) != 0 ||
	    body_append(m->body, text.p, text.len) != 0 ||
	    body_seal(m->body) != 0)
		abort();
	m->text = text;
	m->piece = (struct piece){ 0, text.len };
	m->parcel = (struct parcel){ .body = m->body, .pieces = &m->piece,
		.piece_count = 1, .id = { "dc31nvr2bsj.1", 13 } };
}

/* The same once more, for the same mailboxes: a content is of one delivery. */
static inline void
message_again(const struct sealed *of, struct sealed *m)
{
	message_open(m, of->text);
	m->parcel.copies = of->parcel.copies;
	m->parcel.copy_count = of->parcel.copy_count;
}

static inline void
message_close(struct sealed *m)
{
	body_free(&m->body);
}

/* Removes a folder and all below it. */
static inline int
mailbox_remove(const char *path)
{
	char command[600];

	snprintf(command, sizeof command, "rm -r '%s'", path);
	return system(command);
}

#endif
