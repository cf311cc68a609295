/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading files, and files that include others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lang.h"
#include "lang/tree.h"

/* --- the file system ----------------------------------------------------- */

struct folder {
	struct arena *arena;
	char path[32];
};

static int
setup(void **state)
{
	struct folder *f = calloc(1, sizeof *f);

	memcpy(f->path, "/tmp/postern-test.XXXXXX", 25);
	f->arena = arena_new(0);
	*state = f;
	return mkdtemp(f->path) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct folder *f = *state;
	int rc = rmdir(f->path);

	arena_free(&f->arena);
	free(f);
	return rc;
}

static struct str
file_put(struct folder *f, const char *name, const void *text, size_t n,
    mode_t mode)
{
	struct str path = arena_printf(f->arena, "%s/%s", f->path, name);
	int fd = open(path.p, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
	return path;
}

static void
test_read(void **state)
{
	struct folder *f = *state;
	struct reader *r = reader_files();
	struct str path = file_put(f, "a", "x\0y\n", 4, 0600);
	struct str text = STR("old");
	struct fault fault;

	assert_int_equal(r->read(r, path, f->arena, &text, &fault), 0);
	assert_int_equal(text.len, 4);
	assert_memory_equal(text.p, "x\0y\n", 4);
	assert_int_equal(truncate(path.p, 0), 0);
	assert_int_equal(r->read(r, path, f->arena, &text, &fault), 0);
	assert_int_equal(text.len, 0);
	assert_int_equal(unlink(path.p), 0);

	text = STR("old");
	assert_int_equal(r->read(r, path, f->arena, &text, &fault),
	    -E_NOTFOUND);
	assert_non_null(strstr(fault.text, path.p));
	assert_non_null(strstr(fault.text, "No such file"));
	assert_int_equal(text.len, 3);  /* untouched */
	assert_int_equal(r->read(r, (struct str){ "/etc\0/x", 7 }, f->arena,
	    &text, &fault), -E_NOTFOUND);
	assert_int_equal(r->read(r, STR(""), f->arena, &text, &fault),
	    -E_NOTFOUND);
}

/* Nobody hangs on a FIFO, and a folder is no text. */
static void
test_plain_files_only(void **state)
{
	struct folder *f = *state;
	struct reader *r = reader_files();
	struct str path = arena_printf(f->arena, "%s/fifo", f->path), text;
	struct fault fault;

	assert_int_equal(mkfifo(path.p, 0600), 0);
	assert_int_equal(r->read(r, path, f->arena, &text, &fault), -E_IO);
	assert_non_null(strstr(fault.text, "not a plain file"));
	assert_int_equal(r->read(r, str_of(f->path), f->arena, &text, &fault),
	    -E_IO);
	assert_int_equal(unlink(path.p), 0);
}

/* catalogue 115: 1 GB (sparse here), and just one byte too many. */
static void
test_size(void **state)
{
	struct folder *f = *state;
	struct reader *r = reader_files();
	struct str path = file_put(f, "big", "", 0, 0600), text;
	struct fault fault;

	assert_int_equal(truncate(path.p, 1 << 30), 0);
	assert_int_equal(r->read(r, path, f->arena, &text, &fault), -E_TOOBIG);
	assert_non_null(strstr(fault.text, "larger than 16 MiB"));
	assert_int_equal(truncate(path.p, SOURCE_MAX + 1), 0);
	assert_int_equal(r->read(r, path, f->arena, &text, &fault), -E_TOOBIG);
	assert_int_equal(truncate(path.p, SOURCE_MAX), 0);
	assert_int_equal(r->read(r, path, f->arena, &text, &fault), 0);
	assert_int_equal(text.len, SOURCE_MAX);
	assert_int_equal(unlink(path.p), 0);
}

/* catalogue 115: who may write the file decides what runs. */
static void
test_strict(void **state)
{
	struct folder *f = *state;
	struct reader *r = reader_files_strict(), *any = reader_files();
	struct str path = file_put(f, "open", "x", 1, 0666), text;
	struct fault fault;

	assert_int_equal(r->read(r, path, f->arena, &text, &fault), -E_DENIED);
	assert_non_null(strstr(fault.text, "chmod o-w"));
	assert_int_equal(any->read(any, path, f->arena, &text, &fault), 0);
	assert_int_equal(chmod(path.p, 0664), 0);
	assert_int_equal(r->read(r, path, f->arena, &text, &fault), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path.p, 12345, 0), 0);
		assert_int_equal(r->read(r, path, f->arena, &text, &fault),
		    -E_DENIED);
		assert_non_null(strstr(fault.text, "user 12345"));
	}
	assert_int_equal(unlink(path.p), 0);
}

/* catalogue 133, 115: a key that others may use is none. */
static void
test_secret(void **state)
{
	static const struct { mode_t mode; int rc; const char *why; } rows[] = {
		{ 0600, 0, "its owner's" }, { 0400, 0, "read only" },
		{ 0640, -E_DENIED, "the group reads" },
		{ 0610, -E_DENIED, "the group executes" },
		{ 0604, -E_DENIED, "everybody reads" },
		{ 0602, -E_DENIED, "everybody writes" },
		{ 0601, -E_DENIED, "everybody executes" },
	};
	struct folder *f = *state;
	struct reader *r = reader_files_strict(), *any = reader_files();
	struct str path = file_put(f, "key", "KEY", 3, 0600), text, link;
	struct fault fault;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(chmod(path.p, rows[i].mode), 0);
		text = STR("old");
		if (r->secret(r, path, f->arena, &text, &fault) != rows[i].rc)
			fail_msg("%s", rows[i].why);
		expect_text(rows[i].why, text, rows[i].rc == 0 ? "KEY" :
		    "old");
		assert_int_equal(any->secret(any, path, f->arena, &text,
		    &fault), 0);
	}
	assert_non_null(strstr(fault.text, path.p));
	/* as in Let's Encrypt's live/: the link may be everybody's, what it
	 * leads to may not */
	link = arena_printf(f->arena, "%s/link", f->path);
	assert_int_equal(symlink("key", link.p), 0);
	assert_int_equal(r->secret(r, link, f->arena, &text, &fault),
	    -E_DENIED);
	assert_int_equal(chmod(path.p, 0600), 0);
	assert_int_equal(r->secret(r, link, f->arena, &text, &fault), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path.p, 12345, 0), 0);
		assert_int_equal(r->secret(r, link, f->arena, &text, &fault),
		    -E_DENIED);
		assert_non_null(strstr(fault.text, "user 12345"));
	}
	assert_int_equal(unlink(link.p) + unlink(path.p), 0);
	assert_int_equal(r->secret(r, path, f->arena, &text, &fault),
	    -E_NOTFOUND);
}

/* catalogue 115: whoever writes while we read is told to rename instead.
 * The writer is another process that never pauses. */
static void
test_changing(void **state)
{
	struct folder *f = *state;
	struct reader *r = reader_files();
	struct str path = file_put(f, "moving", "x", 1, 0600), text;
	struct fault fault = { "" };
	int i, rc = 0, fd;
	pid_t pid;

	assert_int_equal(truncate(path.p, 4 << 20), 0);
	pid = fork();
	if (pid == 0) {
		fd = open(path.p, O_WRONLY);
		for (;;)
			(void)!pwrite(fd, "y", 1, 0);
	}
	for (i = 0; i < 1000 && rc == 0; i++)
		rc = r->read(r, path, f->arena, &text, &fault);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(rc, -E_IO);
	assert_non_null(strstr(fault.text, "changed while it was read"));
	assert_int_equal(r->read(r, path, f->arena, &text, &fault), 0);
	assert_int_equal(unlink(path.p), 0);
}

static void
test_hostname(void **state)
{
	struct folder *f = *state;
	struct reader *r = reader_files_strict();
	char host[256] = "";
	struct str text;

	assert_int_equal(gethostname(host, sizeof host - 1), 0);
	assert_int_equal(r->read(r, STR(SOURCE_HOSTNAME), f->arena, &text,
	    NULL), 0);
	expect_text("the system's name", text, host);
}

static void
test_list(void **state)
{
	struct folder *f = *state;
	struct reader *r = reader_files();
	struct str b = file_put(f, "b.conf", "", 0, 0600);
	struct str a = file_put(f, "a.conf", "", 0, 0600);
	struct str c = file_put(f, "c.other", "", 0, 0600), *paths;
	size_t count;

	assert_int_equal(r->list(r, arena_printf(f->arena, "%s/*.conf",
	    f->path), f->arena, &paths, &count), 0);
	assert_int_equal(count, 2);
	assert_true(str_eq(paths[0], a));
	assert_true(str_eq(paths[1], b));
	assert_int_equal(r->list(r, arena_printf(f->arena, "%s/*.none",
	    f->path), f->arena, &paths, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(unlink(a.p) + unlink(b.p) + unlink(c.p), 0);
}

static void
test_beside(void **state)
{
	static const struct { const char *from, *path, *out; } rows[] = {
		{ "/etc/x.conf", "a", "/etc/a" }, { "/x.conf", "a", "/a" },
		{ "x.conf", "a", "a" }, { "", "a", "a" },
		{ "/etc/x.conf", "/b", "/b" }, { "d/x", "../a", "d/../a" },
		{ "/etc/x.conf", "./a", "/etc/a" },
		{ "x.conf", "././a", "a" }, { "/etc/x", "", "/etc/" },
	};
	struct folder *f = *state;
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		expect_text(rows[i].from, source_beside(f->arena,
		    str_of(rows[i].from), str_of(rows[i].path)), rows[i].out);
}

/* --- include ------------------------------------------------------------- */

static const struct file tree[] = {
	{ "/e/main", "a\ninclude \"sub/x\"\nb\ninclude \"sub/*.c\"\n"
	    "include \"sub/*.none\"\nc\n" },
	{ "/e/sub/x", "x1\ninclude \"y\"\nx2" },
	{ "/e/sub/y", "y" },
	{ "/e/sub/1.c", "one" },
	{ "/e/sub/2.c", "" },
	{ "/e/sub/3.c", "three\n" },
	{ "/e/empty", "include \"sub/2.c\"" },
	{ "/e/block", "a { include \"sub/y\" }" },
	{ "/e/self", "a\ninclude \"self\"\nb" },
	{ "/e/twice", "include \"sub/y\"\ninclude \"sub/y\"" },
	{ "/e/wide", "include \"wide2\"\ninclude \"wide2\"\n"
	    "include \"wide2\"\ninclude \"wide2\"" },
	{ "/e/wide2", "include \"wide3\"\ninclude \"wide3\"\n"
	    "include \"wide3\"\ninclude \"wide3\"" },
	{ "/e/wide3", "include \"wide4\"\ninclude \"wide4\"\n"
	    "include \"wide4\"\ninclude \"wide4\"" },
	{ "/e/wide4", "include \"wide5\"\ninclude \"wide5\"\n"
	    "include \"wide5\"\ninclude \"wide5\"" },
	{ "/e/wide5", "include \"wide6\"\ninclude \"wide6\"\n"
	    "include \"wide6\"\ninclude \"wide6\"" },
	{ "/e/wide6", "a" },
	{ NULL, NULL }
};

static const struct { const char *path, *words, *codes; } loads[] = {
	{ "/e/main", "a x1 y x2 b one three c ", "" },
	{ "/e/empty", "", "" },
	{ "/e/block", "a ", "" },       /* a value there, and no include */
	{ "/e/self", "a b ", "P0013@2:9" },
	{ "/e/twice", "y y ", "" },
	{ "/e/none", "", "P0001@0:0" },
};

static void
test_load(void **state)
{
	struct folder *f = *state;
	struct memory_reader m = memory_reader(tree);
	size_t i;

	for (i = 0; i < COUNT(loads); i++) {
		struct diagnostics *d = diag_new();
		struct buf out = BUF_INIT(0);
		struct stmt *s;

		s = tree_load(&m.reader, str_of(loads[i].path), f->arena, d);
		for (; s != NULL; s = s->next)
			(void)buf_addf(&out, "%.*s ", STR_ARG(
			    s->nodes[0].text));
		expect_text(loads[i].path, buf_str(&out), loads[i].words);
		expect_text(loads[i].path, codes_of(d, f->arena),
		    loads[i].codes);
		buf_free(&out);
		diag_free(&d);
	}
}

/* Includes that multiply end at a thousand files, not at 4^5 and more. */
static void
test_load_wide(void **state)
{
	struct folder *f = *state;
	struct memory_reader m = memory_reader(tree);
	struct diagnostics *d = diag_new();
	struct place where;
	struct str message;

	(void)tree_load(&m.reader, STR("/e/wide"), f->arena, d);
	assert_true(diag_count(d, DG_ERROR) > 0);
	assert_string_equal(diag_at(d, 0, &where, &message), "P0014");
	expect_text("what is said", message, "more than 1000 files are "
	    "included");
	diag_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_plain_files_only),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_changing),
		cmocka_unit_test(test_hostname),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_wide),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
