/* SPDX-License-Identifier: BSD-2-Clause */
/* The store of the process: who is a recipient, and all copies or none. */
#include "config.h"

#include "tests/unit/check.h"

#include "base/error.h"
#include "deliver/local.h"
#include "deliver/scratch.h"
#include "tests/unit/mailbox.h"

#define COPIES 10

static struct str users[] = {
	{ "Ann.B", 5 }, { "bob", 3 }, { "o'neil", 6 }, { "u0", 2 },
	{ "u1", 2 }, { "u2", 2 }, { "u3", 2 }, { "u4", 2 }, { "u5", 2 },
	{ "u6", 2 }, { "u7", 2 }, { "u8", 2 }, { "u9", 2 },
};

struct fixture {
	char   path[256];
	char   table[300], folder[300];
	int    root;
	int    descriptors;
	struct local_domain domains[2];
	struct local_conf   conf;
	struct store  *store;
	struct arena  *arena;
	struct sealed message;
	struct mailbox boxes[COPIES];
	struct copy    copies[COPIES];
	size_t         victim;
};

static void
counting_random(void *arg, void *buf, size_t n)
{
	static unsigned char next;

	(void)arg;
	memset(buf, next++, n);
}

static usec_t
fixed_wall(void *arg)
{
	(void)arg;
	return 1795562223 * SEC;
}

static int
setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	f.descriptors = mailbox_descriptors();
	fault_folder(f.path);
	f.root = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(f.table, sizeof f.table, "%s/%%d/%%u", f.path);
	snprintf(f.folder, sizeof f.folder, "%s/%%u.%%d/mail", f.path);
	f.domains[0] = (struct local_domain){ STR("table.test"),
		str_of(f.table), true, users, COUNT(users) };
	f.domains[1] = (struct local_domain){ STR("folder.test"),
		str_of(f.folder), false, NULL, 0 };
	f.conf = (struct local_conf){ f.domains, 2, STR("mx.test"),
		counting_random, fixed_wall, NULL, -1, 0, 0 };
	f.arena = arena_new(0);
	message_open(&f.message, STR("A: b\r\n\r\nx\r\n"));
	*state = &f;
	return local_store(&f.conf, &f.store, NULL);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	f->store->free(f->store);
	message_close(&f->message);
	arena_free(&f->arena);
	close(f->root);
	if (mailbox_descriptors() != f->descriptors)
		return -1;
	return mailbox_remove(f->path);
}

/* --- who is a recipient --------------------------------------------------- */

static enum find
find(struct fixture *f, const char *domain, struct str local,
    struct mailbox *box)
{
	enum find found = FIND_FULL;

	assert_int_equal(store_find(f->store, str_of(domain), local,
	    f->arena, box, &found), 0);
	return found;
}

static void
a_table_decides(void **state)
{
	static const struct { struct str local; const char *folder; } rows[] = {
		{ { "bob", 3 }, "table.test/bob" },
		{ { "BOB", 3 }, "table.test/bob" },
		{ { "ann.b", 5 }, "table.test/Ann.B" },
		{ { "O'Neil", 6 }, "table.test/o'neil" },
		{ { "bo", 2 }, NULL }, { { "bobb", 4 }, NULL },
		{ { "bob\0", 4 }, NULL }, { { "", 0 }, NULL },
		{ { "../table.test/bob", 17 }, NULL }, { { "bob/", 4 }, NULL },
		{ { "bob+x", 5 }, NULL }, { { "..", 2 }, NULL },
	};
	struct fixture *f = *state;
	struct mailbox box;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		if (find(f, "table.test", rows[i].local, &box) !=
		    (rows[i].folder ? FIND_YES : FIND_NO))
			fail_msg("%.*s", STR_ARG(rows[i].local));
		if (rows[i].folder == NULL)
			continue;
		assert_true(str_eq(box.folder, str_of(rows[i].folder)));
		assert_true(str_eq(box.domain, STR("table.test")));
	}
	/* Nobody's folder was made for the asking. */
	assert_int_equal(mailbox_count(f->root, "."), 0);
}

static void
a_folder_decides(void **state)
{
	static const char *const made[] = { "bob.folder.test",
		"bob.folder.test/mail", "a-b_c+d=1.x.folder.test",
		"a-b_c+d=1.x.folder.test/mail", "bare.folder.test",
		".dot.folder.test", ".dot.folder.test/mail",
		"Cap.folder.test", "Cap.folder.test/mail", "mail",
		"o'neil.folder.test", "o'neil.folder.test/mail" };
	static const struct { struct str local; bool is_user; } rows[] = {
		{ { "bob", 3 }, true }, { { "Bob", 3 }, true },
		{ { "A-b_c+d=1.x", 11 }, true },
		{ { "ann", 3 }, false },        /* no folder */
		{ { "bare", 4 }, false },       /* a folder without mail */
		{ { "Cap", 3 }, false },        /* names are in lower case */
		{ { "o'neil", 6 }, false },     /* not in the charset */
		/* catalogue 103 */
		{ { ".dot", 4 }, false }, { { "", 0 }, false },
		{ { ".", 1 }, false }, { { "..", 2 }, false },
		{ { "../mail/bob", 11 }, false }, { { "a/../bob", 8 }, false },
		{ { "bob\0", 4 }, false }, { { "b\0b", 3 }, false },
		{ { "/bob", 4 }, false }, { { "bob ", 4 }, false },
		{ { "%u", 2 }, false }, { { "b\xc3\xb6", 3 }, false },
		{ { "bob@folder.test", 15 }, false }, { { "*", 1 }, false },
	};
	struct fixture *f = *state;
	struct mailbox box;
	size_t i;

	for (i = 0; i < COUNT(made); i++)
		assert_int_equal(mkdirat(f->root, made[i], 0700), 0);
	for (i = 0; i < COUNT(rows); i++)
		if (find(f, "folder.test", rows[i].local, &box) !=
		    (rows[i].is_user ? FIND_YES : FIND_NO))
			fail_msg("%.*s", STR_ARG(rows[i].local));
	assert_int_equal(find(f, "folder.test", STR("BOB"), &box), FIND_YES);
	assert_true(str_eq(box.folder, STR("bob.folder.test/mail")));
	assert_true(str_eq(box.local, STR("bob")));
	assert_int_equal(find(f, "other.test", STR("bob"), &box), FIND_NO);
	assert_int_equal(mailbox_count(f->root, "bare.folder.test"), 0);
}

/* A link is trouble of ours, not an unknown user: nobody loses mail by it. A
 * file is no user. */
static void
links_are_temporary(void **state)
{
	struct fixture *f = *state;
	struct mailbox box;
	enum find found;

	assert_int_equal(symlinkat("/", f->root, "bob.folder.test"), 0);
	assert_int_equal(store_find(f->store, STR("folder.test"), STR("bob"),
	    f->arena, &box, &found), -E_DENIED);
	close(openat(f->root, "ann.folder.test", O_WRONLY | O_CREAT, 0600));
	assert_int_equal(find(f, "folder.test", STR("ann"), &box), FIND_NO);
}

struct asking {
	struct fixture *f;
	struct str      local;
};

static int
ask_without_open(void *arg)
{
	struct asking *a = arg;
	struct mailbox box;
	enum find found;
	int rc;

	if (fault_deny(SYS_openat, 0, 0, EIO) != 0 ||
	    fault_deny(SYS_openat2, 0, 0, EIO) != 0)
		return CHILD_SKIP;
	rc = store_find(a->f->store, STR("folder.test"), a->local,
	    a->f->arena, &box, &found);
	return rc != 0 ? -rc : found == FIND_NO ? 0 : 200;
}

/* What is not in the charset is refused before the disk is asked. */
static void
strange_names_never_touch_the_disk(void **state)
{
	struct asking a = { *state, STR("../x") };
	int rc = fault_child(ask_without_open, &a);

	if (rc == CHILD_SKIP)
		skip();
	assert_int_equal(rc, 0);
	a.local = STR("ordinary");
	assert_int_equal(fault_child(ask_without_open, &a), E_IO);
}

/* --- all or none --------------------------------------------------------- */

/* n copies for u0, u1 ... with a prefix of their own. */
static void
address(struct fixture *f, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(find(f, "table.test", arena_printf(f->arena,
		    "u%zu", i), &f->boxes[i]), FIND_YES);
		f->copies[i] = (struct copy){ &f->boxes[i],
			arena_printf(f->arena, "Delivered-To: u%zu\r\n", i),
			i == 1 ? STR(".Junk") : STR("") };
	}
	f->message.parcel.copies = f->copies;
	f->message.parcel.copy_count = n;
}

/* Files in tmp/ and new/ of all the mailboxes. */
static void
count_all(struct fixture *f, int *tmp, int *new)
{
	static const char *const subs[] = { "", ".Junk/" };
	char path[64];
	size_t i, k;
	int n;

	*tmp = *new = 0;
	for (i = 0; i < COPIES; i++)
		for (k = 0; k < 2; k++) {
			snprintf(path, sizeof path, "table.test/u%zu/%stmp",
			    i, subs[k]);
			n = mailbox_count(f->root, path);
			*tmp += n > 0 ? n : 0;
			snprintf(path, sizeof path, "table.test/u%zu/%snew",
			    i, subs[k]);
			n = mailbox_count(f->root, path);
			*new += n > 0 ? n : 0;
		}
}

static void
assert_counts(struct fixture *f, int tmp, int new)
{
	int got_tmp, got_new;

	count_all(f, &got_tmp, &got_new);
	assert_int_equal(got_tmp, tmp);
	assert_int_equal(got_new, new);
}

/* What is there when all copies are written, and whether they are wanted. */
struct moment {
	struct fixture *f;
	void          (*look)(struct fixture *);
	bool            is_wanted;
};

static bool
on_written(void *arg)
{
	struct moment *m = arg;

	if (m->look != NULL)
		m->look(m->f);
	return m->is_wanted;
}

static int
keep(struct fixture *f, void (*look)(struct fixture *), bool is_wanted)
{
	struct moment m = { f, look, is_wanted };

	return store_keep(f->store, &f->message.parcel, on_written, &m);
}

static void
all_in_tmp(struct fixture *f)
{
	assert_counts(f, COPIES, 0);
}

static void
every_copy_arrives(void **state)
{
	struct fixture *f = *state;

	address(f, COPIES);
	assert_int_equal(keep(f, all_in_tmp, true), 0);
	assert_counts(f, 0, COPIES);
	assert_true(mailbox_holds(f->root, "table.test/u0/new",
	    STR("Delivered-To: u0\nA: b\n\nx\n")));
	assert_true(mailbox_holds(f->root, "table.test/u1/.Junk/new",
	    STR("Delivered-To: u1\nA: b\n\nx\n")));
	assert_int_equal(mailbox_count(f->root, "table.test/u1/new"), -1);
}

static void
unwanted_means_none(void **state)
{
	struct fixture *f = *state;

	address(f, COPIES);
	assert_int_equal(keep(f, all_in_tmp, false), -E_CANCELED);
	assert_counts(f, 0, 0);
}

/* The copy that fails, from the first to the last. */
static void
one_that_fails_is_all_that_fail(void **state)
{
	struct fixture *f = *state;
	char path[64];
	size_t i;

	address(f, COPIES);
	assert_int_equal(mkdirat(f->root, "table.test", 0700), 0);
	for (i = 0; i < COPIES; i++) {
		snprintf(path, sizeof path, "table.test/u%zu", i);
		if (i > 0)
			assert_int_equal(renameat(f->root, path, f->root,
			    "away"), 0);
		assert_int_equal(symlinkat("/tmp", f->root, path), 0);
		assert_int_equal(keep(f, NULL, true), -E_DENIED);
		assert_int_equal(unlinkat(f->root, path, 0), 0);
		if (i > 0)
			assert_int_equal(renameat(f->root, "away", f->root,
			    path), 0);
		assert_counts(f, 0, 0);
		if (i == 0)     /* makes all the folders */
			assert_int_equal(keep(f, NULL, false), -E_CANCELED);
	}
}

/* The folder of one of five. */
static void
remove_new(struct fixture *f)
{
	char path[64];

	snprintf(path, sizeof path, "table.test/u%zu/%snew", f->victim,
	    f->victim == 1 ? ".Junk/" : "");
	assert_int_equal(unlinkat(f->root, path, AT_REMOVEDIR), 0);
}

/* catalogue 113: the folder goes between the two steps. What was renamed
 * before it is taken back, what was not is unlinked. */
static void
commit_takes_back(void **state)
{
	struct fixture *f = *state;

	address(f, 5);
	for (f->victim = 0; f->victim < 5; f->victim++) {
		assert_int_equal(keep(f, remove_new, true), -E_IO);
		assert_counts(f, 0, 0);
	}
	/* And all is well afterwards. */
	assert_int_equal(keep(f, NULL, true), 0);
	assert_counts(f, 0, 5);
}

/* Two copies for one mailbox, of which one goes to its subfolder. */
static void
one_mailbox_may_get_two(void **state)
{
	struct fixture *f = *state;

	address(f, 2);
	f->copies[1].mailbox = &f->boxes[0];
	assert_int_equal(keep(f, NULL, true), 0);
	assert_int_equal(mailbox_count(f->root, "table.test/u0/new"), 1);
	assert_int_equal(mailbox_count(f->root, "table.test/u0/.Junk/new"),
	    1);
}

/* A folder that was a user at RCPT and is gone after the dot. */
static void
a_vanished_folder_is_not_made(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdirat(f->root, "ann.folder.test", 0700), 0);
	assert_int_equal(mkdirat(f->root, "ann.folder.test/mail", 0700), 0);
	assert_int_equal(find(f, "folder.test", STR("ann"), &f->boxes[0]),
	    FIND_YES);
	f->copies[0] = (struct copy){ &f->boxes[0], STR("P: q\r\n"),
		STR("") };
	f->message.parcel.copies = f->copies;
	f->message.parcel.copy_count = 1;
	assert_int_equal(unlinkat(f->root, "ann.folder.test/mail",
	    AT_REMOVEDIR), 0);
	assert_int_equal(keep(f, NULL, true), -E_IO);
	assert_int_equal(mailbox_count(f->root, "ann.folder.test"), 0);
	assert_int_equal(mkdirat(f->root, "ann.folder.test/mail", 0700), 0);
	assert_int_equal(keep(f, NULL, true), 0);
	assert_true(mailbox_holds(f->root, "ann.folder.test/mail/new",
	    STR("P: q\nA: b\n\nx\n")));
}

/* --- files without a name -------------------------------------------------- */

static ino_t
number_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_size, 0);
	return st.st_ino;
}

/* Out: a folder that no file can be made in, whoever asks. */
static int
gone_folder(struct fixture *f)
{
	int fd;

	assert_int_equal(mkdirat(f->root, "gone", 0700), 0);
	fd = openat(f->root, "gone", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlinkat(f->root, "gone", AT_REMOVEDIR), 0);
	return fd;
}

/* Without a spool, or with one where nothing can be made (catalogue 107, 122),
 * the mail root has to do. */
static void
there_is_always_a_place(void **state)
{
	struct fixture *f = *state;
	struct local_conf conf = f->conf;
	struct store *store;
	int i, fd[3], before = mailbox_count(f->root, ".");

	conf.spool = gone_folder(f);
	assert_int_equal(scratch_make(conf.spool, &fd[0]), -E_IO);
	assert_int_equal(local_store(&conf, &store, NULL), 0);
	assert_int_equal(store_scratch(store, &fd[0]), 0);
	assert_int_equal(store_scratch(store, &fd[1]), 0);
	store->free(store);
	assert_int_equal(store_scratch(f->store, &fd[2]), 0);
	assert_int_not_equal(number_of(fd[0]), number_of(fd[1]));
	assert_int_not_equal(number_of(fd[0]), number_of(fd[2]));
	for (i = 0; i < 3; i++) {
		assert_int_equal(write(fd[i], "x", 1), 1);
		close(fd[i]);
	}
	assert_int_equal(mailbox_count(f->root, "."), before);
}

/* --- what is refused at start -------------------------------------------- */

static int
start(struct fixture *f, const char *pattern, struct fault *fault)
{
	struct local_domain d = f->domains[0];
	struct local_conf conf = f->conf;
	struct store *store = NULL;
	int rc;

	d.pattern = str_of(pattern);
	conf.domains = &d;
	conf.domain_count = 1;
	fault->text[0] = '\0';
	rc = local_store(&conf, &store, fault);
	assert_true((rc == 0) == (store != NULL));
	assert_true((rc == 0) == (fault->text[0] == '\0'));
	if (rc == 0)
		store->free(store);
	return rc;
}

static void
patterns_are_checked(void **state)
{
	static const struct { const char *pattern; int code; } rows[] = {
		{ "/tmp/%u", 0 }, { "/tmp/%d/%u", 0 }, { "/tmp/a%%b.%u", 0 },
		{ "/%u", 0 }, { "/tmp/%u/%d", 0 },
		{ "./%d/%u", 0 }, { "%d/%u", 0 }, { "../%u", 0 },
		{ "", -E_INVALID }, { "%", -E_INVALID },
		{ "nonexistent/%u", -E_IO },
		{ "/tmp", -E_INVALID }, { "/tmp/%d", -E_INVALID },
		{ "/tmp/%%u", -E_INVALID }, { "/tmp/%u/%", -E_INVALID },
		{ "/tmp/%n/%u", -E_INVALID },
		{ "/nonexistent/%u", -E_IO }, { "/dev/null/%u", -E_IO },
	};
	struct fixture *f = *state;
	struct fault fault;
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		if (start(f, rows[i].pattern, &fault) != rows[i].code)
			fail_msg("%s: %s", rows[i].pattern, fault.text);
	(void)start(f, "/nonexistent/%d/%u", &fault);
	assert_string_equal(fault.text, "cannot open the mail folder "
	    "/nonexistent: No such file or directory; make it and give it to "
	    "the user that delivers");
}

static void
tables_are_checked(void **state)
{
	static struct str bad[] = { { "a/b", 3 }, { ".a", 2 }, { "", 0 },
		{ "..", 2 }, { "a\0", 2 } };
	struct fixture *f = *state;
	struct fault fault;
	size_t i;

	for (i = 0; i < COUNT(bad); i++) {
		f->domains[0].users = &bad[i];
		f->domains[0].user_count = 1;
		assert_int_equal(start(f, f->table, &fault), -E_INVALID);
	}
}

/* catalogue 106: a file system with less room than a message may need. */
static void
full_is_told_at_the_look_up(void **state)
{
	static const struct {
		uint64_t    bytes, inodes;
		enum find   found;
		const char *why;
	} rows[] = {
		{ 0, 0, FIND_YES, "nobody asks" },
		{ 1, 1, FIND_YES, "there is room" },
		{ UINT64_MAX, 0, FIND_FULL, "bytes" },
		{ 0, UINT64_MAX - 1, FIND_FULL, "inodes" },
	};
	struct fixture *f = *state;
	struct mailbox box;
	uint64_t bytes, inodes;
	size_t i;

	assert_int_equal(local_space(f->store, &bytes, &inodes), 0);
	assert_int_equal(local_probe(f->store), 0);
	assert_int_equal(mkdirat(f->root, "ann.folder.test", 0700), 0);
	assert_int_equal(mkdirat(f->root, "ann.folder.test/mail", 0700), 0);
	for (i = 0; i < COUNT(rows); i++) {
		f->conf.free_bytes = rows[i].bytes;
		f->conf.free_inodes = rows[i].inodes;
		/* A file system may have inodes without end. */
		if (rows[i].inodes > 1 && inodes == UINT64_MAX)
			continue;
		CHECK(find(f, "folder.test", STR("ann"), &box) ==
		    rows[i].found, "%s", rows[i].why);
		CHECK(find(f, "table.test", STR("u1"), &box) ==
		    rows[i].found, "%s", rows[i].why);
		CHECK(find(f, "table.test", STR("nobody"), &box) ==
		    FIND_NO, "%s", rows[i].why);
	}
}

/* A caller that names a folder of its own choice gets nothing written. */
static void
only_mailboxes_that_it_finds(void **state)
{
	static const struct {
		const char *domain, *local, *folder, *why;
	} rows[] = {
		{ "table.test", "u0", "table.test/u1", "another's folder" },
		{ "table.test", "nobody", "table.test/nobody", "no user" },
		{ "table.test", "U0", "table.test/u0", "not as the table" },
		{ "folder.test", "a/b", "a/b.folder.test/mail", "a path" },
		{ "other.test", "u0", "table.test/u0", "no domain" },
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		address(f, 2);
		f->boxes[1] = (struct mailbox){ str_of(rows[i].domain),
			str_of(rows[i].local), str_of(rows[i].folder) };
		CHECK(keep(f, NULL, true) == -E_DENIED, "%s", rows[i].why);
		assert_counts(f, 0, 0);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_table_decides),
		TEST(a_folder_decides),
		TEST(links_are_temporary),
		TEST(strange_names_never_touch_the_disk),
		TEST(every_copy_arrives),
		TEST(unwanted_means_none),
		TEST(one_that_fails_is_all_that_fail),
		TEST(commit_takes_back),
		TEST(one_mailbox_may_get_two),
		TEST(a_vanished_folder_is_not_made),
		TEST(full_is_told_at_the_look_up),
		TEST(only_mailboxes_that_it_finds),
		TEST(there_is_always_a_place),
		TEST(patterns_are_checked),
		TEST(tables_are_checked),
	};

	return cmocka_run_group_tests_name("deliver/local", tests, NULL,
	    NULL);
}
