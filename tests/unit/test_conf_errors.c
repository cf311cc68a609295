/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person reads when postern.conf is wrong: the cases of
 * conf_errors.txt, compared to the letter. At the end every code P00xx has
 * been said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/settings.h"
#include "lang.h"

/* What stands beside x.conf. */
static const struct file files[] = {
	{ "/x/x.conf", NULL },  /* the case itself */
	{ "/x/deep1.conf", "include \"deep2.conf\"\n" },
	{ "/x/deep2.conf", "include \"deep3.conf\"\n" },
	{ "/x/deep3.conf", "include \"deep4.conf\"\n" },
	{ "/x/deep4.conf", "include \"deep5.conf\"\n" },
	{ "/x/deep5.conf", "include \"deep6.conf\"\n" },
	{ "/x/deep6.conf", "include \"deep7.conf\"\n" },
	{ "/x/deep7.conf", "include \"deep8.conf\"\n" },
	{ "/x/deep8.conf", "include \"deep9.conf\"\n" },
	{ "/x/deep9.conf", "\n" },
	{ "/x/loop.conf", "include \"x.conf\"\n" },
	{ "/x/name.conf", "# ours\n  name a.example\n" },
	{ "/x/users", "# who lives there\nann\nbob@a.example # also\n"
	    "o#brien\n\n.hidden\na/b\ncar@b.example\n@a.example\n" },
	{ NULL, NULL }
};

struct said {
	struct buf codes;       /* all that were said, five bytes each      */
};

static bool
was_said(const struct said *said, const char *code)
{
	size_t at;

	for (at = 0; at < said->codes.len; at += 5)
		if (memcmp(said->codes.p + at, code, 5) == 0)
			return true;
	return false;
}

/* Loads a text that must be refused; gives all that is said. */
static struct str
refused(struct said *said, struct str conf, struct arena *arena,
    struct diagnostics *d)
{
	struct file copy[COUNT(files)];
	struct memory_reader m;
	struct settings *c = NULL;
	struct place at;
	struct str message;
	const char *code;
	size_t i;

	memcpy(copy, files, sizeof files);
	copy[0].text = arena_str(arena, conf).p;
	m = memory_reader(copy);
	assert_int_equal(conf_load(&m.reader, STR("/x/x.conf"), arena, d, &c),
	    -E_INVALID);
	assert_null(c);         /* untouched */
	for (i = 0; (code = diag_at(d, i, &at, &message)) != NULL; i++)
		(void)buf_add(&said->codes, code, 5);
	return diag_text(d, arena);
}

/* Takes what stands before a line off *rest; the line itself is dropped. */
static struct str
up_to(struct str *rest, const char *line)
{
	struct str all = *rest, found = *rest;
	size_t n = strlen(line);

	while (found.len >= n && memcmp(found.p, line, n) != 0)
		found = str_from(found, str_find(found, '\n') + 1);
	if (found.len < n)
		found = str_from(all, all.len);
	*rest = str_from(found, found.len < n ? 0 : n);
	return str_sub(all, 0, all.len - found.len);
}

static void
test_cases(void **state)
{
	struct said *said = *state;
	struct arena *arena = arena_new(0);
	const char *top = getenv("top_srcdir");
	struct str path = arena_printf(arena, "%s/tests/unit/conf_errors.txt",
	    top == NULL ? "." : top);
	struct str text, title, conf, wanted;
	struct reader *files_on_disk = reader_files();
	struct fault fault;
	unsigned count = 0;

	assert_int_equal(files_on_disk->read(files_on_disk, path, arena, &text,
	    &fault), 0);
	for ((void)up_to(&text, "=== "); text.len > 0; count++) {
		struct arena *call = arena_new(0);
		struct diagnostics *d = diag_new();

		title = str_split(&text, '\n');
		conf = up_to(&text, "---\n");
		wanted = up_to(&text, "=== ");
		expect_text(arena_str(call, title).p,
		    refused(said, conf, call, d), arena_str(call, wanted).p);
		diag_free(&d);
		arena_free(&call);
	}
	assert_true(count > 45);
	arena_free(&arena);
}

/* A relative pattern takes the folder of its file, which may not change what
 * the pattern means. */
static void
test_folder(void **state)
{
	static const struct file odd[] = {
		{ "/50%u/a.conf", "deliver maildir ./m/%u" },
		{ "/50%u/b.conf", "deliver maildir /m/%u" },
		{ NULL, NULL }
	};
	struct memory_reader m = memory_reader(odd);
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();
	struct settings *c;

	(void)state;
	assert_int_equal(conf_load(&m.reader, STR("/50%u/a.conf"), arena, d,
	    &c), -E_INVALID);
	expect_text("the folder", codes_of(d, arena), "P0043@1:17");
	assert_int_equal(conf_load(&m.reader, STR("/50%u/b.conf"), arena, d,
	    &c), 0);
	diag_free(&d);
	arena_free(&arena);
}

/* Bytes that no editor shows: P0002. A finding shows none of them either. */
static void
test_control_bytes(void **state)
{
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();

	expect_text("control bytes", refused(*state,
	    STR("name a\x01\nname \"b\x1b[31m\"\n"), arena, d),
	    "/x/x.conf:1:7: error P0002: byte 0x01 does not belong into a "
	    "text\n"
	    "    1 | name a?\n"
	    "      |       ^\n"
	    "/x/x.conf:2:1: error P0022: \"name\" is given twice\n"
	    "    2 | name \"b?[31m\"\n"
	    "      | ^~~~ keep one of the two\n"
	    "/x/x.conf:1:1: note: first given here\n"
	    "    1 | name a?\n"
	    "      | ^~~~\n"
	    "/x/x.conf:2:8: error P0002: byte 0x1b in a string\n"
	    "    2 | name \"b?[31m\"\n"
	    "      |        ^\n"
	    "3 errors in 1 file\n");
	diag_free(&d);
	arena_free(&arena);
}

/* Loads n times a text; returns how many errors that gives. */
static unsigned
errors_of_many(struct said *said, const char *text, size_t n)
{
	struct arena *arena = arena_new(0);
	struct diagnostics *d = diag_new();
	struct buf all = BUF_INIT(0);
	unsigned errors;

	while (n-- > 0)
		(void)buf_add_str(&all, str_of(text));
	/* what a person has to read stays short */
	assert_true(refused(said, buf_str(&all), arena, d).len < 5000);
	errors = diag_count(d, DG_ERROR);
	buf_free(&all);
	diag_free(&d);
	arena_free(&arena);
	return errors;
}

/* A file that is no configuration at all. */
static void
test_many(void **state)
{
	struct said *said = *state;

	assert_int_equal(errors_of_many(said, "foo 7\n", 20000), 20000);
	assert_false(was_said(said, "P0011"));
	assert_int_equal(errors_of_many(said, "a ", (1u << 20) + 5), 2);
	assert_true(was_said(said, "P0011"));
}

/* What is said of certificates: tests/unit/test_daemon_certs.c; of an empty
 * file: tests/live/processes.py. */
static bool
is_elsewhere(const char *code)
{
	static const char *const codes[] = { "P0031", "P0047", "P0048",
	    "P0049", "P0050" };
	size_t i;

	for (i = 0; i < COUNT(codes); i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

static void
test_all_codes(void **state)
{
	struct said *said = *state;
	size_t i, count;
	const struct diag_code *codes = diag_codes(&count);

	for (i = 0; i < count; i++)
		if (strncmp(codes[i].code, "P00", 3) == 0 &&
		    !was_said(said, codes[i].code) &&
		    !is_elsewhere(codes[i].code))
			fail_msg("no test makes postern say %s",
			    codes[i].code);
}

static int
setup(void **state)
{
	static struct said said;

	*state = &said;
	return 0;
}

static int
teardown(void **state)
{
	buf_free(&((struct said *)*state)->codes);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_folder),
		cmocka_unit_test(test_control_bytes),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_all_codes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
