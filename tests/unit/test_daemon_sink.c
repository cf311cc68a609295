/* SPDX-License-Identifier: BSD-2-Clause */
/* A log on a disk that fills up: no line goes on where another was cut.
 * catalogue 107, 116 */
#include "config.h"

#include "tests/unit/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/sink.h"

struct fixture {
	char             path[64];
	_Atomic uint32_t cuts;
	struct sink     *one, *other;   /* of two processes, as it were     */
	char             text[4096];
};

static void
put(struct fixture *f, const char *text)
{
	int fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	size_t n = strlen(text);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	close(fd);
}

static struct sink *
open_log(const struct fixture *f)
{
	const struct log_conf conf = { LT_FILE, str_of(f->path) };
	struct sink *s = NULL;
	struct fault fault = { "" };

	assert_int_equal(sink_open(&conf, &s, &fault), 0);
	return s;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	int fd;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)snprintf(f->path, sizeof f->path, "/tmp/sink-XXXXXX");
	fd = mkstemp(f->path);
	if (fd < 0)
		return -1;
	close(fd);
	f->one = open_log(f);
	f->other = open_log(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	sink_close(&f->one);
	sink_close(&f->other);
	(void)unlink(f->path);
	free(f);
	return 0;
}

/* In: more, bytes that still fit on the disk; -1: as many as one likes. */
static void
room(const struct fixture *f, int more)
{
	struct rlimit r;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = more < 0 ? r.rlim_max :
	    (rlim_t)st.st_size + (rlim_t)more;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void
say(struct sink *s, const char *text)
{
	s->write(s, LOG_TELL, str_of(text));
}

/* What is in the file without the stamps: each becomes "@". */
static const char *
read_log(struct fixture *f)
{
	char mark[40], *p;
	int fd = open(f->path, O_RDONLY);
	ssize_t n = read(fd, f->text, sizeof f->text - 1);
	size_t len;

	assert_true(n >= 0);
	close(fd);
	f->text[n] = '\0';
	len = (size_t)snprintf(mark, sizeof mark, " posternd[%ld]: ",
	    (long)getpid());
	while ((p = strstr(f->text, mark)) != NULL) {
		assert_true(p - f->text >= 20);
		p[-20] = '@';
		memmove(p - 19, p + len, strlen(p + len) + 1);
	}
	return f->text;
}

/* --- one cut ------------------------------------------------------------- */

#define STAMP 20    /* and " posternd[PID]: " behind it */

/* Whoever writes next ends what was cut, and only that. */
static void
test_cut(void **state)
{
	static const struct {
		int         more;       /* bytes that fit, behind the stamp */
		bool        by_other;   /* the next line                    */
		const char *want;
	} rows[] = {
		{ 3, true, "@before\n@fir\n@next\n@last\n" },
		{ 3, false, "@before\n@fir\n@state name=log dropped=1\n"
		    "@next\n@last\n" },
		{ 5, true, "@before\n@first\n@next\n@last\n" },
		{ 6, true, "@before\n@first\n@next\n@last\n" },
		{ 6, false, "@before\n@first\n@next\n@last\n" },
	};
	struct fixture *f = *state;
	int stamp = STAMP + snprintf(NULL, 0, " posternd[%ld]: ",
	    (long)getpid());
	size_t i;

	sink_share(f->one, &f->cuts);
	sink_share(f->other, &f->cuts);
	for (i = 0; i < COUNT(rows); i++) {
		put(f, "");
		say(f->one, "before");
		room(f, stamp + rows[i].more);
		say(f->one, "first");
		room(f, -1);
		say(rows[i].by_other ? f->other : f->one, "next");
		say(f->other, "last");
		assert_string_equal(read_log(f), rows[i].want);
		assert_int_equal(atomic_load(&f->cuts), 0);
		/* What was lost is told, so that the next row begins
		 * without. */
		say(f->one, "later");
	}
}

/* Nothing fits: nothing was cut. */
static void
test_full(void **state)
{
	struct fixture *f = *state;

	sink_share(f->one, &f->cuts);
	sink_share(f->other, &f->cuts);
	say(f->one, "before");
	room(f, 0);
	say(f->one, "first");
	say(f->one, "second");
	room(f, -1);
	say(f->other, "next");
	say(f->one, "last");
	assert_string_equal(read_log(f), "@before\n@next\n"
	    "@state name=log dropped=2\n@last\n");
}

/* --- more than one ------------------------------------------------------- */

/* While one is being ended it is cut again, and there is no room for more than
 * the line end, or not even for that. */
static void
test_cut_again(void **state)
{
	static const struct { int more; const char *want; } rows[] = {
		{ 0, "xyz\n@next\n" },
		{ 1, "xyz\n\n@next\n" },
		{ 5, "xyz\n@@@@\n@next\n" },
	};
	struct fixture *f = *state;
	const char *text;
	size_t i, k;

	for (i = 0; i < COUNT(rows); i++) {
		put(f, "xyz");
		atomic_store(&f->cuts, 1);
		sink_share(f->one, &f->cuts);
		sink_share(f->other, &f->cuts);
		room(f, rows[i].more);
		say(f->one, "second");
		assert_true(atomic_load(&f->cuts) > 0);
		room(f, -1);
		say(f->other, "next");
		assert_int_equal(atomic_load(&f->cuts), 0);
		text = read_log(f);
		/* Four digits of a year stand for what they are. */
		for (k = 4; rows[i].more == 5 && k < 8; k++)
			f->text[k] = '@';
		assert_string_equal(text, rows[i].want);
	}
}

/* --- the last life ------------------------------------------------------- */

static void
test_before(void **state)
{
	static const struct { const char *was, *want; } rows[] = {
		{ "", "@next\n" },
		{ "whole\n", "whole\n@next\n" },
		{ "cut", "cut\n@next\n" },
	};
	struct fixture *f = *state;
	struct sink *s;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		put(f, rows[i].was);
		s = open_log(f);
		if (i % 2 == 0)
			sink_share(s, &f->cuts);
		say(s, "next");
		assert_string_equal(read_log(f), rows[i].want);
		sink_close(&s);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cut),
		TEST(test_full),
		TEST(test_cut_again),
		TEST(test_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
