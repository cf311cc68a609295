/* SPDX-License-Identifier: BSD-2-Clause */
/* A message's content: what went in comes out, wherever it lies. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "deliver/scratch.h"
#include "mail/body.h"
#include "tests/unit/faults.h"

#define MIB ((size_t)1 << 20)

struct fixture {
	char   path[256];
	int    spool;
	char  *bytes;           /* what is written in all tests             */
	size_t size;
};

/* What a store does for its process, in arg's folder. */
static int
scratch(void *arg, int *fd)
{
	return scratch_make(*(int *)arg, fd);
}

static int
setup(void **state)
{
	static struct fixture f;
	size_t i;

	fault_folder(f.path);
	f.spool = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f.size = 3 * MIB + 17;
	f.bytes = malloc(f.size);
	if (f.spool < 0 || f.bytes == NULL)
		return -1;
	for (i = 0; i < f.size; i++)
		f.bytes[i] = (char)((i * 2654435761u) >> 13);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	close(f->spool);
	free(f->bytes);
	return rmdir(f->path);  /* fails when something was left there */
}

static size_t
entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void
fill(struct fixture *f, struct body *b, size_t size, size_t step)
{
	size_t at, n;

	for (at = 0; at < size; at += n) {
		n = size - at < step ? size - at : step;
		assert_int_equal(body_append(b, f->bytes + at, n), 0);
	}
	assert_int_equal(body_size(b), size);
}

static void
assert_content(struct fixture *f, const struct body *b, size_t size)
{
	static char out[70000];
	size_t at;
	ssize_t n;

	for (at = 0; at < size; at += (size_t)n) {
		n = body_read(b, at, out, sizeof out);
		assert_true(n > 0);
		assert_memory_equal(out, f->bytes + at, (size_t)n);
	}
	assert_int_equal(at, size);
	assert_int_equal(body_read(b, size, out, 1), 0);
	assert_int_equal(body_read(b, size + 1, out, 1), 0);
	assert_int_equal(body_read(b, UINT64_MAX, out, 1), 0);
}

/* Sizes around the heap, the memory budget, and blocks of the move. */
static const struct {
	size_t size, step;
} shapes[] = {
	{ 0, 1 }, { 1, 1 }, { 412, 1 }, { 16383, 1 }, { 16384, 1 },
	{ 16385, 1 }, { 40000, 77 }, { 16384, 16384 }, { 16385, 16385 },
	{ 100000, 16383 }, { 100000, 65536 }, { MIB, 4096 },
	{ MIB + 1, 4096 }, { MIB + 1, 1 }, { 3 * MIB + 17, 65536 },
	{ 3 * MIB + 17, 999 }, { 3 * MIB + 17, 3 * MIB + 17 },
};

static void
bytes_come_back(void **state)
{
	struct fixture *f = *state;
	struct body_pool pool = { .max = 64 * MIB, .scratch = scratch,
		.arg = &f->spool };
	struct body *b;
	bool on_disk;
	size_t i;

	for (i = 0; i < COUNT(shapes); i++) {
		assert_int_equal(body_new(&pool, &b), 0);
		fill(f, b, shapes[i].size, shapes[i].step);
		assert_content(f, b, shapes[i].size);
		on_disk = shapes[i].size > BODY_MEMORY;
		assert_int_equal(pool.held, on_disk ? 0 : shapes[i].size);
		assert_int_equal(body_seal(b), 0);
		assert_int_equal(body_seal(b), 0);
		assert_content(f, b, shapes[i].size);
		assert_int_equal(lseek(body_fd(b), 0, SEEK_END),
		    shapes[i].size);
		assert_int_equal(entries(f->path), 0);
		body_free(&b);
		assert_null(b);
		assert_int_equal(pool.held, 0);
	}
}

/* A limit of one body that is not the usual one. */
static void
each_has_its_share(void **state)
{
	struct fixture *f = *state;
	struct body_pool pool = { .max = 64 * MIB, .each = 2 * MIB,
		.scratch = scratch,
		.arg = &f->spool };
	struct body *b;

	assert_int_equal(body_new(&pool, &b), 0);
	fill(f, b, 2 * MIB, 65536);
	assert_int_equal(pool.held, 2 * MIB);
	assert_int_equal(body_append(b, "x", 1), 0);
	assert_int_equal(pool.held, 0);
	body_free(&b);
}

static void
sealed_memory_cannot_change(void **state)
{
	struct fixture *f = *state;
	struct body_pool pool = { .max = MIB };
	struct body *b;
	int fd;

	assert_int_equal(body_new(&pool, &b), 0);
	fill(f, b, 20000, 500);
	assert_int_equal(body_seal(b), 0);
	fd = body_fd(b);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 30000), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), -1);
	assert_content(f, b, 20000);
	body_free(&b);
}

/* A file in the spool: no name, and nobody else's descriptor. */
static void
disk_has_no_name(void **state)
{
	struct fixture *f = *state;
	struct body_pool pool = { .max = 64 * MIB, .scratch = scratch,
		.arg = &f->spool };
	struct stat st, spool;
	struct body *b;

	assert_int_equal(body_new(&pool, &b), 0);
	fill(f, b, MIB + 1, 65536);
	assert_int_equal(entries(f->path), 0);
	assert_int_equal(body_seal(b), 0);
	assert_int_equal(fstat(body_fd(b), &st), 0);
	assert_int_equal(fstat(f->spool, &spool), 0);
	assert_int_equal(st.st_dev, spool.st_dev);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fcntl(body_fd(b), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	body_free(&b);
}

/* The pool, not the single body, is over its budget. */
static void
many_bodies_share_a_budget(void **state)
{
	struct fixture *f = *state;
	struct body_pool pool = { .max = 100000, .scratch = scratch,
		.arg = &f->spool };
	struct body *a, *b, *c;

	assert_int_equal(body_new(&pool, &a), 0);
	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_new(&pool, &c), 0);
	fill(f, a, 60000, 1000);
	fill(f, b, 40000, 1000);
	assert_int_equal(pool.held, 100000);
	assert_int_equal(body_append(b, f->bytes + 40000, 1), 0);
	assert_int_equal(pool.held, 60000);
	fill(f, c, 40000, 1000);
	assert_int_equal(pool.held, 100000);
	assert_int_equal(body_seal(b), 0);
	assert_content(f, b, 40001);
	assert_content(f, c, 40000);
	body_free(&a);
	assert_int_equal(pool.held, 40000);
	body_free(&b);
	body_free(&c);
	assert_int_equal(pool.held, 0);
}

static void
errors_stay(struct fixture *f, struct body *b, int code)
{
	char out[8];

	assert_int_equal(body_append(b, f->bytes, 1), code);
	assert_int_equal(body_seal(b), code);
	assert_int_equal(body_read(b, 0, out, sizeof out), code);
}

static void
no_room_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct body_pool pool = { .max = 50000 };
	struct body *b;
	int spool;

	assert_int_equal(body_new(&pool, &b), 0);
	fill(f, b, 50000, 1000);
	assert_int_equal(body_append(b, f->bytes, 1), -E_FULL);
	errors_stay(f, b, -E_FULL);
	body_free(&b);
	assert_int_equal(pool.held, 0);

	/* catalogue 107, 122: a spool that is gone */
	spool = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pool.scratch = scratch;
	pool.arg = &spool;
	assert_int_equal(body_new(&pool, &b), 0);
	fill(f, b, 50000, 1000);
	assert_int_equal(body_append(b, f->bytes, 1), -E_IO);
	errors_stay(f, b, -E_IO);
	body_free(&b);
	assert_int_equal(pool.held, 0);
	close(spool);
}

/* In a child: appends until the first error; that error, positive. */
static int
append_all(struct fixture *f, size_t max, int spool)
{
	struct body_pool pool = { .max = max, .scratch = scratch,
		.arg = &spool };
	struct body *b;
	size_t at;
	int rc = body_new(&pool, &b);

	for (at = 0; at + 4096 < f->size && rc == 0; at += 4096)
		rc = body_append(b, f->bytes + at, 4096);
	if (rc == 0)
		rc = body_seal(b);
	body_free(&b);
	return -rc;
}

static int
on_a_small_disk(void *arg)
{
	struct fixture *f = arg;

	if (fault_tmpfs(f->path, "size=256k") != 0)
		return CHILD_SKIP;
	return append_all(f, 4096, open(f->path, O_RDONLY | O_DIRECTORY));
}

/* catalogue 107 */
static void
a_full_disk_is_full(void **state)
{
	int rc = fault_child(on_a_small_disk, *state);

	if (rc == CHILD_SKIP) {
		print_message("# no mount for us\n");
		skip();
	}
	assert_int_equal(rc, E_FULL);
}

static int
without_tmpfile(void *arg)
{
	struct fixture *f = arg;
	struct body_pool pool = { .max = 4096, .scratch = scratch,
		.arg = &f->spool };
	struct body *b;
	struct stat st;
	char out[100];

	if (fault_deny(SYS_openat, 2, O_TMPFILE, EOPNOTSUPP) != 0)
		return CHILD_SKIP;
	if (openat(f->spool, ".", O_TMPFILE | O_RDWR, 0600) >= 0)
		return 2;       /* the fault is none */
	if (body_new(&pool, &b) != 0 ||
	    body_append(b, f->bytes, 100000) != 0 || body_seal(b) != 0)
		return 3;
	if (fstat(body_fd(b), &st) != 0 || st.st_nlink != 0)
		return 4;
	if (body_read(b, 99900, out, 100) != 100 ||
	    memcmp(out, f->bytes + 99900, 100) != 0)
		return 5;
	body_free(&b);
	return pool.held == 0 ? 0 : 6;
}

static void
old_file_systems_do(void **state)
{
	int rc = fault_child(without_tmpfile, *state);

	if (rc == CHILD_SKIP)
		skip();
	assert_int_equal(rc, 0);
}

static int
without_memfd(void *arg)
{
	struct fixture *f = arg;

	if (fault_deny(SYS_memfd_create, 0, 0, EMFILE) != 0)
		return CHILD_SKIP;
	return append_all(f, 64 * MIB, -1);
}

static void
no_descriptor_is_an_error(void **state)
{
	int rc = fault_child(without_memfd, *state);

	if (rc == CHILD_SKIP)
		skip();
	assert_int_equal(rc, E_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_back),
		cmocka_unit_test(each_has_its_share),
		cmocka_unit_test(sealed_memory_cannot_change),
		cmocka_unit_test(disk_has_no_name),
		cmocka_unit_test(many_bodies_share_a_budget),
		cmocka_unit_test(no_room_is_an_error),
		cmocka_unit_test(a_full_disk_is_full),
		cmocka_unit_test(old_file_systems_do),
		cmocka_unit_test(no_descriptor_is_an_error),
	};

	return cmocka_run_group_tests_name("mail/body", tests, setup,
	    teardown);
}
