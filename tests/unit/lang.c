/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers of the tests of lang/ and conf/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "lang.h"

static int
memory_read(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *f)
{
	const struct memory_reader *m = (const struct memory_reader *)r;
	const struct file *file;

	for (file = m->files; file->name != NULL; file++)
		if (str_eq(path, str_of(file->name))) {
			*text = arena_str(arena, str_of(file->text));
			return 0;
		}
	fault_set(f, "cannot read %.*s: No such file or directory",
	    STR_ARG(path));
	return -E_NOTFOUND;
}

/* In the order of the table, which the test has sorted. */
static int
memory_list(struct reader *r, struct str glob, struct arena *arena,
    struct str **paths, size_t *count)
{
	const struct memory_reader *m = (const struct memory_reader *)r;
	const struct file *file;

	*paths = arena_array(arena, 16, sizeof **paths);
	*count = 0;
	for (file = m->files; file->name != NULL; file++)
		if (str_glob(glob, str_of(file->name)))
			(*paths)[(*count)++] = str_of(file->name);
	return 0;
}

struct memory_reader
memory_reader(const struct file *files)
{
	return (struct memory_reader){ { .read = memory_read,
		.list = memory_list, .secret = memory_read }, files };
}

void
expect_text(const char *why, struct str got, const char *wanted)
{
	if (!str_eq(got, str_of(wanted)))
		fail_msg("%s\n--- wanted\n%s\n--- got\n%.*s\n---", why, wanted,
		    STR_ARG(got));
}

struct str
codes_of(const struct diagnostics *d, struct arena *arena)
{
	struct buf out = BUF_INIT(0);
	struct place at;
	struct str message, text;
	const char *code;
	size_t i;

	for (i = 0; (code = diag_at(d, i, &at, &message)) != NULL; i++)
		(void)buf_addf(&out, "%s%s@%u:%u", i == 0 ? "" : " ", code,
		    at.line, at.column);
	text = arena_str(arena, buf_str(&out));
	buf_free(&out);
	return text;
}
