/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source - reads named texts from the file system.
 *
 * Called by: lang/tree.c (include), conf/load.c, policy/, sim/, through
 * struct reader. Nothing else in those rooms opens a file.
 * Always holds: a text is read whole or not at all; at most SOURCE_MAX
 * bytes; nothing but a plain file is read, so nobody hangs on a FIFO; who may
 * see or change a file is judged on what was opened, never by name.
 * KNOWN GAPS: a file that somebody rewrites in place is refused when it
 * changes while we read; one that rests half-written at that moment is read
 * like that. rename(2) it into place (catalogue 115).
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "lang/source.h"

#define CHUNK 65536u

/* How much a file must keep others away. */
enum distrust { DT_NONE, DT_WRITERS, DT_READERS };

/* 0, or who may do too much with it. */
static int
owner_refuse(const struct stat *st, struct str path, enum distrust distrust,
    struct fault *f)
{
	if (distrust == DT_NONE)
		return 0;
	if (st->st_uid != 0 && st->st_uid != geteuid()) {
		fault_set(f, "%.*s belongs to user %lu, who is neither root "
		    "nor the one we run as", STR_ARG(path),
		    (unsigned long)st->st_uid);
		return -E_DENIED;
	}
	if ((st->st_mode & S_IWOTH) != 0) {
		fault_set(f, "everybody may write %.*s: chmod o-w it",
		    STR_ARG(path));
		return -E_DENIED;
	}
	if (distrust == DT_READERS &&
	    (st->st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		fault_set(f, "others than its owner may use %.*s, which is "
		    "secret: chmod go= it", STR_ARG(path));
		return -E_DENIED;
	}
	return 0;
}

/* 0, or why the open file must not be read. */
static int
file_refuse(int fd, struct str path, enum distrust distrust,
    struct stat *st, struct fault *f)
{
	if (fstat(fd, st) < 0) {
		fault_set(f, "cannot look at %.*s: %s", STR_ARG(path),
		    strerror(errno));
		return -E_IO;
	}
	if (!S_ISREG(st->st_mode)) {
		fault_set(f, "%.*s is not a plain file", STR_ARG(path));
		return -E_IO;
	}
	return owner_refuse(st, path, distrust, f);
}

/* Whether it is still as it was before it was read. */
static bool
file_is_same(int fd, const struct stat *was)
{
	struct stat now;

	return fstat(fd, &now) == 0 && now.st_size == was->st_size &&
	    now.st_mtim.tv_sec == was->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == was->st_mtim.tv_nsec;
}

/* Reads to the end of the file. */
static int
file_drain(int fd, struct buf *text)
{
	ssize_t n;
	char *room;

	for (;;) {
		/* one byte more than allowed shows that it is too much */
		room = buf_room(text, CHUNK);
		if (room == NULL)
			return -E_TOOBIG;
		do
			n = read(fd, room, CHUNK);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return error_of_errno(errno);
		if (n == 0)
			return text->len > SOURCE_MAX ? -E_TOOBIG : 0;
		text->len += (size_t)n;
	}
}

/* Everything of the open file, or why not. */
static int
file_take(int fd, struct str path, enum distrust distrust, struct buf *b,
    struct fault *f)
{
	struct stat st;
	int rc = file_refuse(fd, path, distrust, &st, f);

	if (rc != 0)
		return rc;
	rc = file_drain(fd, b);
	if (rc == -E_TOOBIG) {
		fault_set(f, "%.*s is larger than %u MiB", STR_ARG(path),
		    SOURCE_MAX >> 20);
	} else if (rc != 0) {
		fault_set(f, "cannot read %.*s: %s", STR_ARG(path),
		    error_word(rc));
	} else if (!file_is_same(fd, &st)) {
		fault_set(f, "%.*s changed while it was read: write a new "
		    "file and rename it", STR_ARG(path));
		rc = -E_IO;
	}
	return rc;
}

static int
hostname_read(struct arena *arena, struct str *text, struct fault *f)
{
	char host[256];

	if (gethostname(host, sizeof host - 1) != 0) {
		fault_set(f, "this system has no name: %s", strerror(errno));
		return -E_IO;
	}
	host[sizeof host - 1] = '\0';
	*text = arena_str(arena, str_of(host));
	return 0;
}

static int
credentials_read(struct arena *arena, struct str *text, struct fault *f)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (folder == NULL || folder[0] != '/') {
		fault_set(f, "there are no credentials of systemd");
		return -E_NOTFOUND;
	}
	*text = arena_str(arena, str_of(folder));
	return 0;
}

static int
file_read(struct str path, enum distrust distrust, struct arena *arena,
    struct str *text, struct fault *f)
{
	struct buf b = BUF_INIT(SOURCE_MAX + 2 * CHUNK);
	int fd, rc;

	if (str_eq(path, STR(SOURCE_HOSTNAME)))
		return hostname_read(arena, text, f);
	if (str_eq(path, STR(SOURCE_CREDENTIALS)))
		return credentials_read(arena, text, f);
	if (path.len == 0 || str_find(path, '\0') < path.len) {
		fault_set(f, "this is no file name");
		return -E_NOTFOUND;
	}
	fd = open(arena_str(arena, path).p,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		rc = errno == ENOENT || errno == ENOTDIR ? -E_NOTFOUND : -E_IO;
		fault_set(f, "cannot read %.*s: %s", STR_ARG(path),
		    strerror(errno));
		return rc;
	}
	rc = file_take(fd, path, distrust, &b, f);
	if (rc == 0)
		*text = arena_str(arena, buf_str(&b));
	buf_free(&b);
	(void)close(fd);
	return rc;
}

static int
read_any(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *f)
{
	(void)r;
	return file_read(path, DT_NONE, arena, text, f);
}

static int
read_strict(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *f)
{
	(void)r;
	return file_read(path, DT_WRITERS, arena, text, f);
}

static int
secret_strict(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *f)
{
	(void)r;
	return file_read(path, DT_READERS, arena, text, f);
}

/* glob(3) sorts by the locale's order, which is C everywhere in postern. */
static int
list_files(struct reader *r, struct str pattern, struct arena *arena,
    struct str **paths, size_t *count)
{
	struct str *list;
	glob_t g;
	size_t i;
	int rc;

	(void)r;
	if (str_find(pattern, '\0') < pattern.len)
		return -E_NOTFOUND;
	memset(&g, 0, sizeof g);
	rc = glob(arena_str(arena, pattern).p, 0, NULL, &g);
	if (rc == GLOB_NOMATCH) {
		*paths = NULL;
		*count = 0;
		return 0;
	}
	if (rc != 0) {
		globfree(&g);
		return rc == GLOB_NOSPACE ? -E_NOMEM : -E_IO;
	}
	list = arena_array(arena, g.gl_pathc, sizeof *list);
	for (i = 0; i < g.gl_pathc; i++)
		list[i] = arena_str(arena, str_of(g.gl_pathv[i]));
	*paths = list;
	*count = g.gl_pathc;
	globfree(&g);
	return 0;
}

struct reader *
reader_files(void)
{
	static struct reader any = {    /* constant */
		.read = read_any, .list = list_files, .secret = read_any
	};

	return &any;
}

struct reader *
reader_files_strict(void)
{
	static struct reader strict = {
		.read = read_strict, .list = list_files,
		.secret = secret_strict
	};

	return &strict;
}

bool
source_made(struct reader *r, struct str path, const char *as,
    struct arena *arena, struct str *what)
{
	return r->made != NULL && r->made(r, path, as, arena, what);
}

void
source_keep(struct reader *r, struct str path, const char *as,
    struct str what)
{
	if (r->keep != NULL)
		r->keep(r, path, as, what);
}

struct str
source_beside(struct arena *arena, struct str from, struct str path)
{
	struct str folder;

	while (str_starts(path, STR("./")))
		path = str_from(path, 2);
	folder = str_sub(from, 0, str_find_last(from, '/'));
	if (str_starts(path, STR("/")) || folder.len == from.len)
		return arena_str(arena, path);
	return arena_printf(arena, "%.*s/%.*s", STR_ARG(folder),
	    STR_ARG(path));
}
