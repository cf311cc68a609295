/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * builtin - a reader that finds the shipped texts inside the program.
 *
 * Called by: the tools and the simulator; the daemon when nothing is
 * installed.
 * Always holds: a path that starts with BUILTIN_DIR never reaches the file
 * system, whatever stands behind it.
 */
#include "lang/builtin.h"

bool
builtin_owns(struct str path)
{
	return str_starts(path, STR(BUILTIN_DIR));
}

/* "shipped:/lists/zen.list" -> "lists/zen.list" */
static struct str
name_inside(struct str path)
{
	struct str name = str_from(path, sizeof BUILTIN_DIR - 1);

	while (str_starts(name, STR("/")))
		name = str_from(name, 1);
	return name;
}

static int
builtin_read(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	struct reader *files = reader_files();
	const struct builtin_file *b;
	struct str name;

	(void)r;
	if (!builtin_owns(path))
		return files->read(files, path, a, text, f);
	name = name_inside(path);
	for (b = builtin_files; b->name != NULL; b++) {
		if (str_eq(name, str_of(b->name))) {
			*text = (struct str){ b->text, b->size };
			return 0;
		}
	}
	fault_set(f, "postern ships no file \"%.*s\"", STR_ARG(name));
	return -E_NOTFOUND;
}

/* Nothing that is shipped is secret. */
static int
builtin_secret(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	struct reader *files = reader_files();

	return builtin_owns(path) ? builtin_read(r, path, a, text, f) :
	    files->secret(files, path, a, text, f);
}

static size_t
matches(struct str glob, struct arena *a, struct str *out)
{
	const struct builtin_file *b;
	size_t n = 0;

	for (b = builtin_files; b->name != NULL; b++) {
		if (!str_glob(glob, str_of(b->name)))
			continue;
		if (out != NULL)
			out[n] = arena_printf(a, BUILTIN_DIR "/%s", b->name);
		n++;
	}
	return n;
}

/* The table is sorted, so the matches are. */
static int
builtin_list(struct reader *r, struct str glob, struct arena *a,
    struct str **paths, size_t *count)
{
	struct reader *files = reader_files();
	struct str *out;

	(void)r;
	if (!builtin_owns(glob))
		return files->list(files, glob, a, paths, count);
	glob = name_inside(glob);
	out = arena_array(a, matches(glob, a, NULL) + 1, sizeof *out);
	*count = matches(glob, a, out);
	*paths = out;
	return 0;
}

struct reader *
builtin_reader(void)
{
	static struct reader reader = {
		.read = builtin_read, .list = builtin_list,
		.secret = builtin_secret,
	};

	return &reader;
}
