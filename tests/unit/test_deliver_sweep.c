/* SPDX-License-Identifier: BSD-2-Clause */
/* sweep: what is old goes, what is young or no file stays (catalogue 109). */
#include "config.h"

#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "deliver/sweep.h"
#include "tests/unit/mailbox.h"

#define WALL (1795562223 * SEC)
#define HOUR (3600 * SEC)

struct fixture {
	char            path[256];
	int             tmp;
	struct sweeper *sweeper;
};

static int
setup(void **state)
{
	static struct fixture f;

	fault_folder(f.path);
	f.tmp = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f.sweeper = sweeper_new();
	*state = &f;
	return f.tmp < 0 ? -1 : 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	sweeper_free(&f->sweeper);
	close(f->tmp);
	return mailbox_remove(f->path);
}

static void
set_age(struct fixture *f, const char *name, usec_t age)
{
	struct timespec t[2] = { { .tv_sec = (time_t)((WALL - age) / SEC) },
	    { .tv_sec = (time_t)((WALL - age) / SEC) } };

	assert_int_equal(utimensat(f->tmp, name, t, AT_SYMLINK_NOFOLLOW), 0);
}

static void
make(struct fixture *f, const char *name, usec_t age)
{
	int fd = openat(f->tmp, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	close(fd);
	set_age(f, name, age);
}

static bool
is_there(struct fixture *f, const char *name)
{
	struct stat st;

	return fstatat(f->tmp, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
test_age(void **state)
{
	static const struct {
		const char *name;
		usec_t      age;
		bool        stays;
	} rows[] = {
		{ "young", 0, true }, { "day", 24 * HOUR, true },
		{ "limit", 36 * HOUR, true },
		{ "over", 36 * HOUR + SEC, false },
		{ "old", 900 * HOUR, false }, { ".dot", 37 * HOUR, false },
		{ "future", -HOUR, true },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		make(f, rows[i].name, rows[i].age);
	sweeper_look(f->sweeper, f->tmp, WALL);
	for (i = 0; i < COUNT(rows); i++)
		CHECK(is_there(f, rows[i].name) == rows[i].stays, "%s",
		    rows[i].name);
}

/* Nor is what a link points to. */
static void
test_no_files(void **state)
{
	struct fixture *f = *state;
	int fd;

	assert_int_equal(mkdirat(f->tmp, "folder", 0700), 0);
	fd = openat(f->tmp, "folder/file", O_WRONLY | O_CREAT, 0600);
	close(fd);
	set_age(f, "folder/file", 100 * HOUR);
	assert_int_equal(symlinkat("folder/file", f->tmp, "link"), 0);
	set_age(f, "link", 100 * HOUR);
	set_age(f, "folder", 100 * HOUR);
	sweeper_look(f->sweeper, f->tmp, WALL);
	assert_true(is_there(f, "link"));
	assert_true(is_there(f, "folder/file"));
}

static void
test_once_an_hour(void **state)
{
	struct fixture *f = *state;

	sweeper_look(f->sweeper, f->tmp, WALL);
	make(f, "old", 100 * HOUR);
	sweeper_look(f->sweeper, f->tmp, WALL + HOUR - SEC);
	assert_true(is_there(f, "old"));
	sweeper_look(f->sweeper, f->tmp, WALL + HOUR);
	assert_false(is_there(f, "old"));
	/* A clock that was set back. */
	make(f, "old", 100 * HOUR);
	sweeper_look(f->sweeper, f->tmp, WALL - 24 * HOUR);
	assert_false(is_there(f, "old"));
}

static void
test_bounded(void **state)
{
	struct fixture *f = *state;
	char name[32];
	int i, left;

	for (i = 0; i < SWEEP_MOST + 200; i++) {
		snprintf(name, sizeof name, "old%d", i);
		make(f, name, 100 * HOUR);
	}
	sweeper_look(f->sweeper, f->tmp, WALL);
	left = mailbox_count(f->tmp, ".");
	assert_true(left >= 200 && left <= 202);   /* "." and ".." counted  */
	sweeper_look(f->sweeper, f->tmp, WALL + HOUR);
	assert_int_equal(mailbox_count(f->tmp, "."), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_age),
		TEST(test_no_files),
		TEST(test_once_an_hour),
		TEST(test_bounded),
	};

	return cmocka_run_group_tests_name("deliver_sweep", tests, NULL,
	    NULL);
}
