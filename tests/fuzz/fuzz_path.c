/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address parser of MAIL and RCPT. What it accepts is printable, within
 * the limits, and reads back to itself; what it refuses it leaves alone.
 */
#include <string.h>

#include "base/error.h"
#include "mail/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_printable(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		must(s.p[i] >= 32 && s.p[i] <= 126);
}

/* "<" text ">" is the same path. */
static void
must_read_back(const struct path *path, struct arena *a)
{
	struct str text = arena_printf(a, "<%.*s>", STR_ARG(path->text));
	struct path again;
	size_t used;

	must(path_parse(text, a, &again, &used) == 0 && used == text.len);
	must(path_eq(path, &again) && str_eq(path->text, again.text));
	must(path->kind == again.kind);
	must(str_eq(path->local, again.local));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct path path = { .kind = PT_LITERAL }, copy;
	struct arena *a = arena_new(0);
	size_t used = 0;
	struct ip ip;
	int rc = path_parse(text, a, &path, &used);

	must(rc == 0 || rc == -E_INVALID || rc == -E_TOOBIG);
	must((rc == 0) == (used > 0));
	if (rc == 0) {
		must(used <= size && data[used - 1] == '>');
		must(path.text.len <= PATH_MAX_TEXT - 2);
		must(path.local.len <= PATH_LOCAL_MAX);
		must((path.local.len == 0) == (path.kind == PT_NULL));
		must((path.domain.len > 0) == (path.kind == PT_MAILBOX));
		must_be_printable(path.text);
		must_read_back(&path, a);
		path_copy(a, &path, &copy);
		must(path_eq(&path, &copy));
	}
	(void)literal_parse(text, &ip);
	arena_free(&a);
	return 0;
}
