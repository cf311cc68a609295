/* SPDX-License-Identifier: BSD-2-Clause */
/* generation: the same answers later, and nothing that was not sealed so. */
#include "config.h"

#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "conf/generation.h"
#include "conf/record.h"
#include "lang/builtin.h"
#include "run/clock.h"
#include "run/wire.h"

/* --- what is recorded ----------------------------------------------------- */

static const struct { const char *path; struct str text; } files[] = {
	{ "/e/main", STR("include \"*.c\"\n") }, { "/e/empty", STR("") },
	{ "/e/nul", STR("a\0b") }, { "/e/1.c", STR("one") },
	{ "/e/2.c", STR("two") },
};

struct disk {
	struct reader reader;
	unsigned      asked;
	bool          is_changed;   /* it says something else by now        */
};

static int
disk_read(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	struct disk *d = CONTAINER(r, struct disk, reader);
	size_t i;

	d->asked++;
	if (builtin_owns(path))
		return builtin_reader()->read(builtin_reader(), path, a, text,
		    f);
	for (i = 0; i < COUNT(files) && !d->is_changed; i++)
		if (str_eq(path, str_of(files[i].path))) {
			*text = arena_str(a, files[i].text);
			return 0;
		}
	fault_set(f, "no %.*s%s", STR_ARG(path), d->is_changed ?
	    " any more" : "");
	return str_eq(path, STR("/e/closed")) ? -E_DENIED : -E_NOTFOUND;
}

static int
disk_list(struct reader *r, struct str glob, struct arena *a,
    struct str **paths, size_t *count)
{
	struct disk *d = CONTAINER(r, struct disk, reader);

	d->asked++;
	if (str_eq(glob, STR("/closed/*")))
		return -E_IO;
	*paths = arena_array(a, 2, sizeof **paths);
	*count = str_eq(glob, STR("/e/*.c")) ? 2 : 0;
	(*paths)[0] = STR("/e/1.c");
	(*paths)[1] = STR("/e/2.c");
	return 0;
}

static int
disk_secret(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	struct disk *d = CONTAINER(r, struct disk, reader);

	d->asked++;
	if (!str_eq(path, STR("/e/key"))) {
		fault_set(f, "others may use %.*s", STR_ARG(path));
		return -E_DENIED;
	}
	*text = arena_str(a, STR("HUSH-HUSH"));
	return 0;
}

struct lab {
	struct disk        disk;
	struct arena      *arena;
	struct recorder   *recorder;
	int                open, secret;
	struct generation *made;
};

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	lab->disk.reader = (struct reader){ .read = disk_read,
		.list = disk_list, .secret = disk_secret };
	lab->arena = arena_new(0);
	lab->recorder = recorder_new(&lab->disk.reader);
	lab->open = lab->secret = -1;
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	generation_free(&lab->made);
	recorder_free(&lab->recorder);
	arena_free(&lab->arena);
	if (lab->open >= 0)
		close(lab->open);
	if (lab->secret >= 0)
		close(lab->secret);
	free(lab);
	return 0;
}

/* --- the same answers ----------------------------------------------------- */

static const struct {
	enum record_kind kind;
	const char      *path;
	int              rc;
	struct str       text;    /* or the fault, or the paths             */
} questions[] = {
	{ RK_TEXT, "/e/main", 0, STR("include \"*.c\"\n") },
	{ RK_TEXT, "/e/empty", 0, STR("") },
	{ RK_TEXT, "/e/nul", 0, STR("a\0b") },
	{ RK_TEXT, "/e/none", -E_NOTFOUND, STR("no /e/none") },
	{ RK_TEXT, "/e/closed", -E_DENIED, STR("no /e/closed") },
	{ RK_TEXT, "", -E_NOTFOUND, STR("no ") },
	{ RK_TEXT, "/e/*.c", -E_NOTFOUND, STR("no /e/*.c") },
	{ RK_TEXT, "/e/key", -E_NOTFOUND, STR("no /e/key") },
	{ RK_GLOB, "/e/*.c", 0, STR("/e/1.c /e/2.c ") },
	{ RK_GLOB, "/e/none*", 0, STR("") },
	{ RK_GLOB, "/closed/*", -E_IO, STR("") },
	{ RK_SECRET, "/e/key", 0, STR("HUSH-HUSH") },
	{ RK_SECRET, "/e/main", -E_DENIED, STR("others may use /e/main") },
};

static int
ask(struct reader *r, enum record_kind kind, struct str path,
    struct arena *a, struct str *out)
{
	struct fault f = { "" };
	struct str *paths = NULL;
	size_t i, count = 0;
	int rc;

	*out = STR("");
	if (kind == RK_GLOB) {
		rc = r->list(r, path, a, &paths, &count);
		for (i = 0; i < count; i++)
			*out = arena_printf(a, "%.*s%.*s ", STR_ARG(*out),
			    STR_ARG(paths[i]));
		return rc;
	}
	rc = kind == RK_SECRET ? r->secret(r, path, a, out, &f) :
	    r->read(r, path, a, out, &f);
	if (rc != 0)
		*out = arena_str(a, str_of(f.text));
	return rc;
}

static void
ask_all(struct lab *lab, struct reader *r, const char *why)
{
	struct str out;
	size_t i;
	int rc;

	for (i = 0; i < COUNT(questions); i++) {
		rc = ask(r, questions[i].kind, str_of(questions[i].path),
		    lab->arena, &out);
		CHECK(rc == questions[i].rc && str_eq(out, questions[i].text),
		    "%s: %s: %d \"%.*s\"", why, questions[i].path, rc,
		    STR_ARG(out));
	}
}

static void
record(struct lab *lab)
{
	ask_all(lab, recorder_reader(lab->recorder), "recorder");
	assert_int_equal(recorder_seal(lab->recorder, &lab->open,
	    &lab->secret), 0);
}

static void
test_same(void **state)
{
	struct lab *lab = *state;
	struct reader *r = recorder_reader(lab->recorder);
	struct str out;
	usec_t before = clock_wall();

	ask_all(lab, r, "recorder");
	assert_int_equal(lab->disk.asked, COUNT(questions));
	lab->disk.is_changed = true;
	ask_all(lab, r, "recorder, a second time");
	assert_int_equal(lab->disk.asked, COUNT(questions));
	assert_int_equal(recorder_seal(lab->recorder, &lab->open,
	    &lab->secret), 0);
	assert_int_equal(generation_map(lab->open, lab->secret, &lab->made),
	    0);
	recorder_free(&lab->recorder);
	r = generation_reader(lab->made);
	ask_all(lab, r, "generation");
	assert_true(generation_made(lab->made) >= before &&
	    generation_made(lab->made) <= clock_wall());
	assert_int_equal(ask(r, RK_TEXT, STR("/e/1.c"), lab->arena, &out),
	    -E_IO);
	assert_str(out, "/e/1.c is not among what was checked");
	assert_int_equal(ask(r, RK_GLOB, STR("/e/x"), lab->arena, &out),
	    -E_IO);
	assert_int_equal(ask(r, RK_SECRET, STR("/e/x"), lab->arena, &out),
	    -E_IO);
	assert_int_equal(lab->disk.asked, COUNT(questions));
}

/* What was read is text of C too, wherever it lies. */
static void
test_ends_in_nul(void **state)
{
	struct lab *lab = *state;
	struct reader *r;
	struct str out;

	record(lab);
	assert_int_equal(generation_map(lab->open, -1, &lab->made), 0);
	r = generation_reader(lab->made);
	assert_int_equal(r->read(r, STR("/e/main"), lab->arena, &out, NULL),
	    0);
	assert_string_equal(out.p, "include \"*.c\"\n");
}

static void
test_put(void **state)
{
	struct lab *lab = *state;
	struct reader *r = recorder_reader(lab->recorder);
	struct str out;
	int i;

	assert_int_equal(ask(r, RK_TEXT, STR("/e/main"), lab->arena, &out),
	    0);
	recorder_put(lab->recorder, STR("/e/main"), false, STR("new"));
	recorder_put(lab->recorder, STR("given:x"), true, STR("made"));
	assert_int_equal(recorder_seal(lab->recorder, &lab->open,
	    &lab->secret), 0);
	assert_int_equal(generation_map(lab->open, lab->secret, &lab->made),
	    0);
	for (i = 0; i < 2; i++, r = generation_reader(lab->made)) {
		assert_int_equal(ask(r, RK_TEXT, STR("/e/main"), lab->arena,
		    &out), 0);
		assert_str(out, "new");
		assert_int_equal(ask(r, RK_SECRET, STR("given:x"),
		    lab->arena, &out), 0);
		assert_str(out, "made");
		assert_int_not_equal(ask(r, RK_TEXT, STR("given:x"),
		    lab->arena, &out), 0);
	}
}

/* Shipped texts come from the program, before and after. */
static void
test_shipped(void **state)
{
	struct lab *lab = *state;
	struct reader *r = recorder_reader(lab->recorder);
	struct str path = STR(BUILTIN_DIR "/default.policy"), was, is;

	assert_int_equal(ask(r, RK_TEXT, path, lab->arena, &was), 0);
	record(lab);
	assert_int_equal(generation_map(lab->open, -1, &lab->made), 0);
	r = generation_reader(lab->made);
	assert_int_equal(ask(r, RK_TEXT, path, lab->arena, &is), 0);
	assert_ptr_equal(is.p, was.p);
}

/* catalogue 133: a process without the second memfd has no secret. */
static void
test_secrets_apart(void **state)
{
	struct lab *lab = *state;
	struct str out;
	char *all = malloc(65536);
	ssize_t n;

	record(lab);
	n = pread(lab->open, all, 65536, 0);
	assert_true(n > 0 && n < 65536);
	assert_null(memmem(all, (size_t)n, "HUSH", 4));
	n = pread(lab->secret, all, 65536, 0);
	assert_non_null(memmem(all, (size_t)n, "HUSH", 4));
	free(all);
	assert_int_equal(generation_map(lab->open, -1, &lab->made), 0);
	assert_int_equal(ask(generation_reader(lab->made), RK_SECRET,
	    STR("/e/key"), lab->arena, &out), -E_DENIED);
	assert_str(out, "this process has no secrets");
}

/* --- what was made of files ------------------------------------------------ */

static bool
seal_has(const struct lab *lab, const char *text)
{
	char *all = malloc(65536);
	ssize_t n = pread(lab->open, all, 65536, 0);
	bool has = n > 0 && memmem(all, (size_t)n, text, strlen(text)) != NULL;

	free(all);
	return has;
}

/* Instead of the text, unless that was read for something else too. */
static void
test_made(void **state)
{
	static const struct { const char *order; bool has_text; } rows[] = {
		{ "rk", false },        /* read, kept                       */
		{ "rkr", true },        /* and read again                   */
		{ "rrk", true },        /* read, then read for this         */
		{ "rkrk", false },      /* for two kinds                    */
		{ "rok", true },        /* something else was read between  */
		{ "r", true }, { "k", false },
	};
	struct str out;
	size_t i;
	const char *p;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct lab *lab;
		struct reader *r;

		assert_int_equal(setup((void **)&lab), 0);
		r = recorder_reader(lab->recorder);
		for (p = rows[i].order; *p != '\0'; p++)
			if (*p == 'k')
				source_keep(r, STR("/e/1.c"), "nets",
				    STR("IMAGE"));
			else
				(void)ask(r, RK_TEXT, *p == 'o' ?
				    STR("/e/2.c") : STR("/e/1.c"),
				    lab->arena, &out);
		assert_int_equal(recorder_seal(lab->recorder, &lab->open,
		    &lab->secret), 0);
		CHECK(seal_has(lab, "one") == rows[i].has_text, "%s: text",
		    rows[i].order);
		CHECK(seal_has(lab, "IMAGE") ==
		    (strchr(rows[i].order, 'k') != NULL), "%s: image",
		    rows[i].order);
		assert_int_equal(teardown((void **)&lab), 0);
	}
}

static void
test_made_again(void **state)
{
	struct lab *lab = *state;
	struct reader *r = recorder_reader(lab->recorder);
	struct str what = STR("old");
	int i;

	assert_false(source_made(r, STR("/e/1.c"), "nets", lab->arena,
	    &what));
	assert_str(what, "old");
	source_keep(r, STR("/e/1.c"), "nets", STR("IMAGE"));
	assert_int_equal(recorder_seal(lab->recorder, &lab->open,
	    &lab->secret), 0);
	assert_int_equal(generation_map(lab->open, -1, &lab->made), 0);
	for (i = 0; i < 2; i++, r = generation_reader(lab->made)) {
		assert_true(source_made(r, STR("/e/1.c"), "nets", lab->arena,
		    &what));
		assert_str(what, "IMAGE");
		assert_int_equal((uintptr_t)what.p % 16, 0);
		assert_false(source_made(r, STR("/e/1.c"), "names",
		    lab->arena, &what));
		assert_false(source_made(r, STR("/e/2.c"), "nets",
		    lab->arena, &what));
	}
	/* who does not remember says so */
	assert_false(source_made(reader_files(), STR("/e/1.c"), "nets",
	    lab->arena, &what));
	source_keep(reader_files(), STR("/e/1.c"), "nets", STR("IMAGE"));
}

/* --- what differs --------------------------------------------------------- */

/* A generation as a row of test_compare says. */
struct told {
	const char *text, *image, *key, *fresh;
	bool        has_more;
};

static void
seal_told(const struct told *t, int fds[2])
{
	struct disk disk = { .reader = { .read = disk_read,
		.list = disk_list, .secret = disk_secret } };
	struct recorder *rec = recorder_new(&disk.reader);

	recorder_put(rec, STR("/e/main"), false, str_of(t->text));
	recorder_put(rec, STR("/e/key"), true, str_of(t->key));
	recorder_put(rec, STR(GENERATION_FRESH "pair"), true,
	    str_of(t->fresh));
	if (t->has_more)
		recorder_put(rec, STR("/e/more"), false, STR(""));
	source_keep(recorder_reader(rec), STR("/e/t"), "nets",
	    str_of(t->image));
	assert_int_equal(recorder_seal(rec, &fds[0], &fds[1]), 0);
	recorder_free(&rec);
}

static void
test_compare(void **state)
{
	static const struct told was = { "a", "IMAGE", "KEY", "1", false };
	static const struct {
		const char            *why;
		struct told            is;
		enum generation_change change;
	} rows[] = {
		{ "nothing", { "a", "IMAGE", "KEY", "1", false }, GC_NOTHING },
		{ "what is new each time", { "a", "IMAGE", "KEY", "2", false },
		    GC_NOTHING },
		{ "a table", { "a", "IMAGES", "KEY", "2", false }, GC_TABLES },
		{ "an emptied table", { "a", "", "KEY", "1", false },
		    GC_TABLES },
		{ "a text", { "b", "IMAGE", "KEY", "1", false }, GC_MORE },
		{ "both", { "b", "IMAGES", "KEY", "1", false }, GC_MORE },
		{ "a key", { "a", "IMAGE", "YEK", "1", false }, GC_MORE },
		{ "a table and a key", { "a", "IMAGES", "YEK", "1", false },
		    GC_MORE },
		{ "one file more", { "a", "IMAGE", "KEY", "1", true },
		    GC_MORE },
	};
	int a[2], b[2];
	size_t i;

	(void)state;
	seal_told(&was, a);
	for (i = 0; i < COUNT(rows); i++) {
		seal_told(&rows[i].is, b);
		CHECK(generation_compare(a[0], a[1], b[0], b[1]) ==
		    rows[i].change, "%s", rows[i].why);
		CHECK(generation_compare(b[0], b[1], a[0], a[1]) ==
		    rows[i].change, "%s, the other way", rows[i].why);
		/* half of it says nothing */
		assert_int_equal(generation_compare(a[0], a[1], b[0], -1),
		    GC_MORE);
		assert_int_equal(generation_compare(a[0], a[1], b[0], a[1]),
		    GC_MORE);
		assert_int_equal(generation_compare(-1, -1, b[0], b[1]),
		    GC_MORE);
		close(b[0]);
		close(b[1]);
	}
	close(a[0]);
	close(a[1]);
}

/* --- what is not believed ------------------------------------------------- */

static void
test_sealed(void **state)
{
	struct lab *lab = *state;
	int fds[2], i;

	record(lab);
	fds[0] = lab->open;
	fds[1] = lab->secret;
	for (i = 0; i < 2; i++) {
		assert_int_equal(pwrite(fds[i], "x", 1, 0), -1);
		assert_int_equal(ftruncate(fds[i], 1), -1);
		assert_int_equal(ftruncate(fds[i], 1 << 20), -1);
		assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fds[i], 0), MAP_FAILED);
		assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
	}
}

/* A memfd with these bytes. In: seals, -1: as a recorder. */
static int
memfd_of(const void *p, size_t n, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(write(fd, p, n), (ssize_t)n);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals < 0 ? RECORD_SEALS :
	    seals), 0);
	return fd;
}

static int
map_bytes(const void *p, size_t n, int seals, struct generation **g)
{
	int fd = memfd_of(p, n, seals), rc = generation_map(fd, -1, g);

	close(fd);
	return rc;
}

/* The open one of a lab, as bytes that can be spoiled. */
static char *
bytes_of(struct lab *lab, size_t *n)
{
	char *all = malloc(65536);

	record(lab);
	*n = (size_t)pread(lab->open, all, 65536, 0);
	return all;
}

static void
test_seals_missing(void **state)
{
	static const int seals[] = { F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW,
		F_SEAL_WRITE };
	struct lab *lab = *state;
	size_t n, i;
	char *all = bytes_of(lab, &n);

	for (i = 0; i < COUNT(seals); i++)
		CHECK(map_bytes(all, n, RECORD_SEALS & ~seals[i],
		    &lab->made) == -E_INVALID, "without seal %x", seals[i]);
	assert_int_equal(generation_map(-1, -1, &lab->made), -E_INVALID);
	assert_int_equal(generation_map(STDIN_FILENO, -1, &lab->made),
	    -E_INVALID);
	assert_int_equal(map_bytes(all, n, -1, &lab->made), 0);
	free(all);
}

/* Not the open one as the secret one, or the secret one of another. */
static void
test_mixed(void **state)
{
	struct lab *lab = *state;
	int open, secret;

	record(lab);
	assert_int_equal(recorder_seal(lab->recorder, &open, &secret), 0);
	assert_int_equal(generation_map(lab->open, secret, &lab->made),
	    -E_INVALID);
	assert_int_equal(generation_map(lab->open, lab->open, &lab->made),
	    -E_INVALID);
	assert_int_equal(generation_map(lab->secret, -1, &lab->made),
	    -E_INVALID);
	assert_int_equal(generation_map(open, secret, &lab->made), 0);
	close(open);
	close(secret);
}

static void
test_truncated(void **state)
{
	struct lab *lab = *state;
	struct record_head head;
	size_t n, cut;
	char *all = bytes_of(lab, &n);

	/* the last piece is "", its NUL the last byte but padding */
	for (cut = 0; cut <= n - RECORD_ALIGN; cut++) {
		CHECK(map_bytes(all, cut, -1, &lab->made) == -E_INVALID,
		    "cut to %zu of %zu", cut, n);
		if (cut < sizeof head)
			continue;
		/* and one that says it is only that long */
		memcpy(&head, all, sizeof head);
		head.size = cut;
		memcpy(all, &head, sizeof head);
		CHECK(map_bytes(all, cut, -1, &lab->made) == -E_INVALID,
		    "cut to %zu and says so", cut);
		head.size = n;
		memcpy(all, &head, sizeof head);
	}
	free(all);
}

enum spoiled { HEAD, FIRST, SECOND, GLOB, LAST };

#define IN(where, type, member, value) { where, offsetof(type, member), \
	sizeof ((type *)0)->member, value, #member " " #value }

/* One number in the head or in an entry. */
static const struct {
	enum spoiled where;
	size_t       at, size;
	uint64_t     value;
	const char  *why;
} spoils[] = {
	IN(HEAD, struct record_head, magic, 0),
	IN(HEAD, struct record_head, build, 1),
	IN(HEAD, struct record_head, size, 0),
	IN(HEAD, struct record_head, size, UINT64_MAX),
	IN(HEAD, struct record_head, count, 1000),
	IN(HEAD, struct record_head, count, UINT64_MAX),
	IN(HEAD, struct record_head, count, UINT64_MAX / 48 + 2),
	IN(FIRST, struct record, kind, RK_COUNT),
	IN(FIRST, struct record, kind, UINT32_MAX),
	IN(FIRST, struct record, kind, RK_SECRET),
	IN(FIRST, struct record, kind, RK_GLOB),
	IN(FIRST, struct record, answer, 1),
	IN(FIRST, struct record, answer, (uint32_t)-E_COUNT),
	IN(FIRST, struct record, answer, (uint32_t)INT32_MIN),
	IN(FIRST, struct record, path_at, 0),
	IN(FIRST, struct record, path_at, 48),
	IN(FIRST, struct record, path_at, UINT64_MAX),
	IN(SECOND, struct record, path_len, UINT64_MAX),
	IN(SECOND, struct record, piece_at, UINT64_MAX - 15),
	IN(SECOND, struct record, piece_at, 1 << 20),
	IN(SECOND, struct record, piece_at, 0),
	IN(SECOND, struct record, piece_len, UINT64_MAX),
	IN(SECOND, struct record, piece_len, 1 << 20),
	IN(GLOB, struct record, piece_len, 3),  /* that ends in "/" */
	IN(LAST, struct record, path_len, 0),
};

static void
test_spoiled(void **state)
{
	struct lab *lab = *state;
	struct record_head head;
	char *all, *copy, *at;
	size_t n, i, where;

	all = bytes_of(lab, &n);
	copy = malloc(n);
	memcpy(&head, all, sizeof head);
	assert_int_equal(head.count, 11);
	for (i = 0; i < COUNT(spoils); i++) {
		memcpy(copy, all, n);
		where = spoils[i].where >= GLOB ? head.count - 1 -
		    (LAST - spoils[i].where) : spoils[i].where - FIRST;
		at = copy + spoils[i].at + (spoils[i].where == HEAD ? 0 :
		    sizeof head + where * sizeof (struct record));
		memcpy(at, &spoils[i].value, spoils[i].size);
		CHECK(map_bytes(copy, n, -1, &lab->made) == -E_INVALID,
		    "spoiled: %s", spoils[i].why);
	}
	/* two entries that changed places, and one that is there twice */
	memcpy(copy, all, n);
	at = copy + sizeof head;
	memcpy(at, all + sizeof head + sizeof (struct record),
	    sizeof (struct record));
	assert_int_equal(map_bytes(copy, n, -1, &lab->made), -E_INVALID);
	memcpy(at + sizeof (struct record), all + sizeof head,
	    sizeof (struct record));
	assert_int_equal(map_bytes(copy, n, -1, &lab->made), -E_INVALID);
	free(copy);
	free(all);
}

/* Each byte wrong once: refused, or some answer from within the mapping. */
static void
test_garbled(void **state)
{
	struct lab *lab = *state;
	unsigned believed = 0;
	size_t n, i, q;
	char *all = bytes_of(lab, &n);
	struct str out;

	for (i = 0; i < n; i++) {
		all[i] ^= 0x41;
		if (map_bytes(all, n, -1, &lab->made) == 0) {
			believed++;
			for (q = 0; q < COUNT(questions); q++)
				(void)ask(generation_reader(lab->made),
				    questions[q].kind,
				    str_of(questions[q].path), lab->arena,
				    &out);
		}
		generation_free(&lab->made);
		all[i] ^= 0x41;
	}
	free(all);
	assert_in_range(believed, 50, n - 500);   /* both ways were taken */
}

/* Nothing was asked, yet it is a generation. */
static void
test_empty(void **state)
{
	struct lab *lab = *state;
	struct str out;

	assert_int_equal(recorder_seal(lab->recorder, &lab->open,
	    &lab->secret), 0);
	assert_int_equal(generation_map(lab->open, lab->secret, &lab->made),
	    0);
	assert_int_equal(ask(generation_reader(lab->made), RK_TEXT, STR("a"),
	    lab->arena, &out), -E_IO);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_same), T(test_ends_in_nul), T(test_put),
		T(test_shipped), T(test_secrets_apart), T(test_sealed),
		T(test_made), T(test_made_again),
		T(test_compare), T(test_seals_missing), T(test_mixed), T(test_truncated),
		T(test_spoiled), T(test_garbled), T(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
