/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders below a root, and nothing else (design.md P8, catalogue 103, 105):
 * the same answers with openat2 and without. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "deliver/below.h"
#include "tests/unit/faults.h"

struct fixture {
	char path[256];
	int  root;
};

static void
in_root(struct fixture *f, const char *name, char out[512])
{
	snprintf(out, 512, "%s/%s", f->path, name);
}

/* root/a/b/, root/file, root/fifo, links of all kinds; beside: outside/ */
static int
setup(void **state)
{
	static struct fixture f;
	char name[512], target[512];

	fault_folder(f.path);
	in_root(&f, "outside", name);
	assert_int_equal(mkdir(name, 0700), 0);
	strncat(f.path, "/root", sizeof f.path - strlen(f.path) - 1);
	assert_int_equal(mkdir(f.path, 0700), 0);
	f.root = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(f.root >= 0);
	assert_int_equal(mkdirat(f.root, "a", 0700), 0);
	assert_int_equal(mkdirat(f.root, "a/b", 0700), 0);
	assert_int_equal(mkdirat(f.root, ".dot", 0700), 0);
	assert_int_equal(mkfifoat(f.root, "fifo", 0600), 0);
	close(openat(f.root, "file", O_WRONLY | O_CREAT, 0600));
	in_root(&f, "../outside", target);
	assert_int_equal(symlinkat(target, f.root, "absolute"), 0);
	assert_int_equal(symlinkat("../outside", f.root, "relative"), 0);
	assert_int_equal(symlinkat("a", f.root, "inside"), 0);
	assert_int_equal(symlinkat("nowhere", f.root, "dangling"), 0);
	assert_int_equal(symlinkat("loop", f.root, "loop"), 0);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[600];

	close(f->root);
	*strrchr(f->path, '/') = '\0';
	snprintf(command, sizeof command, "rm -r '%s'", f->path);
	return system(command);
}

#define LONG "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

static const struct {
	struct str  path;
	int         code;
	const char *why;
} rows[] = {
#define ROW(path, code, why) { { (path), sizeof (path) - 1 }, (code), (why) }
	ROW("", 0, "the root itself"),
	ROW("a", 0, "a folder"),
	ROW("a/b", 0, "a folder in it"),
	ROW(".dot", 0, "a dot first is for the caller to allow"),
	ROW("b", -E_NOTFOUND, "missing"),
	ROW("a/c", -E_NOTFOUND, "missing"),
	ROW("c/a", -E_NOTFOUND, "missing"),
	ROW("file", -E_INVALID, "a file"),
	ROW("file/a", -E_INVALID, "a file in the way"),
	ROW("fifo", -E_INVALID, "catalogue 105"),
	ROW("absolute", -E_DENIED, "a link out"),
	ROW("relative", -E_DENIED, "a link out"),
	ROW("inside", -E_DENIED, "a link is a link"),
	ROW("inside/b", -E_DENIED, "a link in the way"),
	ROW("absolute/b", -E_DENIED, "a link in the way"),
	ROW("dangling", -E_DENIED, "a link to nothing"),
	ROW("loop", -E_DENIED, "a link to itself"),
	ROW("..", -E_INVALID, "catalogue 103"),
	ROW("../outside", -E_INVALID, "catalogue 103"),
	ROW("a/..", -E_INVALID, "catalogue 103"),
	ROW("a/../../outside", -E_INVALID, "catalogue 103"),
	ROW(".", -E_INVALID, "nothing is repaired"),
	ROW("a/./b", -E_INVALID, "nothing is repaired"),
	ROW("a//b", -E_INVALID, "nothing is repaired"),
	ROW("a/", -E_INVALID, "nothing is repaired"),
	ROW("/", -E_INVALID, "an absolute path"),
	ROW("/tmp", -E_INVALID, "an absolute path"),
	ROW("a\0/../..", -E_INVALID, "NUL"),
	ROW(LONG LONG LONG LONG, -E_INVALID, "256 bytes"),
	ROW("a/" LONG LONG LONG LONG, -E_INVALID, "256 bytes"),
};

static bool
is_same(int fd, int root, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 &&
	    fstatat(root, path[0] == '\0' ? "." : path, &b, 0) == 0 &&
	    a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* The index of the first row that is wrong, from 1; 0 when all are right. */
static int
check_rows(void *arg)
{
	struct fixture *f = arg;
	size_t i;
	int fd, rc;

	for (i = 0; i < COUNT(rows); i++) {
		fd = -4711;
		rc = below_open(f->root, rows[i].path, &fd);
		if (rc != rows[i].code || (rc != 0 && fd != -4711))
			return (int)i + 1;
		if (rc == 0 && (!is_same(fd, f->root, rows[i].path.p) ||
		    fcntl(fd, F_GETFD) != FD_CLOEXEC))
			return (int)i + 1;
		if (rc == 0)
			close(fd);
	}
	return 0;
}

static int
check_without_openat2(void *arg)
{
	int error = *(int *)((void **)arg)[1];

	if (fault_deny(SYS_openat2, 0, 0, error) != 0)
		return CHILD_SKIP;
	return check_rows(((void **)arg)[0]);
}

static void
assert_row(int row)
{
	if (row > 0 && row <= (int)COUNT(rows))
		fail_msg("\"%s\": %s", rows[row - 1].path.p,
		    rows[row - 1].why);
	assert_int_equal(row, 0);
}

static void
only_what_is_below(void **state)
{
	assert_row(check_rows(*state));
}

/* An old kernel, a sandbox, a folder that is renamed all the time. */
static void
the_walk_says_the_same(void **state)
{
	static const int errors[] = { ENOSYS, EPERM, EAGAIN };
	void *arg[2] = { *state, NULL };
	size_t i;
	int rc;

	for (i = 0; i < COUNT(errors); i++) {
		arg[1] = (void *)(uintptr_t)&errors[i];
		rc = fault_child(check_without_openat2, arg);
		if (rc == CHILD_SKIP)
			skip();
		assert_row(rc);
	}
}

static void
missing_folders_are_made(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int fd;

	assert_int_equal(below_make(f->root, STR("m/n/o"), &fd), 0);
	assert_true(is_same(fd, f->root, "m/n/o"));
	close(fd);
	assert_int_equal(fstatat(f->root, "m/n", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(below_make(f->root, STR("m/n/o"), &fd), 0);
	close(fd);
	assert_int_equal(below_make(f->root, STR("relative/x"), &fd),
	    -E_DENIED);
	assert_int_equal(below_make(f->root, STR("dangling/x"), &fd),
	    -E_DENIED);
	assert_int_equal(below_make(f->root, STR("file/x"), &fd), -E_INVALID);
	assert_int_equal(below_make(f->root, STR("m/../x"), &fd), -E_INVALID);
	assert_int_equal(below_make(f->root, STR("/x"), &fd), -E_INVALID);
	assert_int_equal(fstatat(f->root, "../outside/x", &st, 0), -1);
	assert_int_equal(fstatat(f->root, "x", &st, 0), -1);
}

static int
make_with(void *arg)
{
	struct fixture *f = ((void **)arg)[0];
	int nr = *(int *)((void **)arg)[1], fd = -1;
	int error = *(int *)((void **)arg)[2];

	if (fault_deny(nr, 0, 0, error) != 0)
		return CHILD_SKIP;
	return -below_make(f->root, STR("new/x"), &fd);
}

/* catalogue 107, 108: what mkdir and fsync may say */
static void
trouble_is_told(void **state)
{
	static const struct { int nr, error, code; } cases[] = {
		{ SYS_mkdirat, ENOSPC, E_FULL },
		{ SYS_mkdirat, EDQUOT, E_FULL },
		{ SYS_mkdirat, EACCES, E_IO }, { SYS_mkdirat, EROFS, E_IO },
		{ SYS_openat, EMFILE, E_IO }, { SYS_fsync, EIO, E_IO },
	};
	void *arg[3] = { *state, NULL, NULL };
	size_t i;
	int rc;

	for (i = 0; i < COUNT(cases); i++) {
		arg[1] = (void *)(uintptr_t)&cases[i].nr;
		arg[2] = (void *)(uintptr_t)&cases[i].error;
		rc = fault_child(make_with, arg);
		if (rc == CHILD_SKIP)
			skip();
		assert_int_equal(rc, cases[i].code);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_below),
		cmocka_unit_test(the_walk_says_the_same),
		cmocka_unit_test(missing_folders_are_made),
		cmocka_unit_test(trouble_is_told),
	};

	return cmocka_run_group_tests_name("deliver/below", tests, setup,
	    teardown);
}
