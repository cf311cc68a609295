/* SPDX-License-Identifier: BSD-2-Clause */
/* One message into one Maildir: promises P1, P8; catalogue 105, 111. */
#include "config.h"

#include "tests/unit/maildir.h"

static void
a_message_arrives(void **state)
{
	struct fixture *f = *state;
	struct maildir_file file;
	char name[256], want[256];

	assert_int_equal(prepare_in(f, "x.org/bob", "", &file), 0);
	/* Whole, but not yet mail. */
	assert_true(mailbox_holds(f->root, "x.org/bob/tmp", KEPT));
	assert_int_equal(mailbox_count(f->root, "x.org/bob/new"), 0);
	assert_int_equal(maildir_commit(&file), 0);
	maildir_done(&file);
	assert_int_equal(mailbox_count(f->root, "x.org/bob/tmp"), 0);
	assert_int_equal(mailbox_count(f->root, "x.org/bob/cur"), 0);
	assert_true(mailbox_holds(f->root, "x.org/bob/new", KEPT));
	snprintf(want, sizeof want, "%d.M000042P%ldQ1R0000000000000000."
	    "mx_1_a_b,S=%zu,W=%zu", SECONDS, (long)getpid(), KEPT.len,
	    PREFIX.len + TEXT.len);
	assert_string_equal(mailbox_only(f->root, "x.org/bob/new", name),
	    want);
	/* Same second, same random bytes: another name. */
	assert_int_equal(deliver(f, "x.org/bob", ""), 0);
	assert_int_equal(mailbox_count(f->root, "x.org/bob/new"), 2);
}

static void
folders_are_made_for_the_owner_alone(void **state)
{
	static const char *const made[] = { "x.org", "x.org/bob",
		"x.org/bob/new", "x.org/bob/cur", "x.org/bob/tmp",
		"x.org/bob/.Junk", "x.org/bob/.Junk/new",
		"x.org/bob/.Junk/cur", "x.org/bob/.Junk/tmp" };
	struct fixture *f = *state;
	struct stat st;
	size_t i;

	umask(022);
	assert_int_equal(deliver(f, "x.org/bob", ""), 0);
	assert_int_equal(deliver(f, "x.org/bob", ".Junk"), 0);
	assert_int_equal(deliver(f, "x.org/bob", ".Junk"), 0);
	for (i = 0; i < COUNT(made); i++) {
		assert_int_equal(fstatat(f->root, made[i], &st, 0), 0);
		assert_int_equal(st.st_mode, S_IFDIR | 0700);
	}
	assert_int_equal(mailbox_count(f->root, "x.org/bob/new"), 1);
	assert_int_equal(mailbox_count(f->root, "x.org/bob/.Junk/new"), 2);
	assert_int_equal(fstatat(f->root, "x.org/bob/.Junk/maildirfolder",
	    &st, 0), 0);
	assert_int_equal(mailbox_count(f->root, "x.org/bob"), 4);
}

static void
nothing_is_made_unasked(void **state)
{
	struct fixture *f = *state;
	struct maildir dir = { 4711, 4711 };

	assert_int_equal(maildir_open(f->root, STR("x.org/bob"), STR(""),
	    false, &dir), -E_NOTFOUND);
	assert_int_equal(dir.tmp, 4711);
	assert_int_equal(mailbox_count(f->root, "."), 0);
	/* A user's empty folder becomes a Maildir. */
	assert_int_equal(mkdirat(f->root, "bob", 0755), 0);
	assert_int_equal(maildir_open(f->root, STR("bob"), STR(".Junk"),
	    false, &dir), 0);
	maildir_close(&dir);
	assert_int_equal(maildir_open(f->root, STR("bob"), STR(""), false,
	    &dir), 0);
	maildir_close(&dir);
	/* And what a user removed comes back. */
	assert_int_equal(unlinkat(f->root, "bob/tmp", AT_REMOVEDIR), 0);
	assert_int_equal(deliver(f, "bob", ""), 0);
	assert_int_equal(unlinkat(f->root, "bob/cur", AT_REMOVEDIR), 0);
	assert_int_equal(deliver(f, "bob", ""), 0);
}

static void
abandoned_copies_are_gone(void **state)
{
	struct fixture *f = *state;
	struct maildir_file file;

	assert_int_equal(prepare_in(f, "bob", "", &file), 0);
	maildir_abandon(&file);
	assert_int_equal(mailbox_count(f->root, "bob/tmp"), 0);
	assert_int_equal(prepare_in(f, "bob", "", &file), 0);
	assert_int_equal(maildir_commit(&file), 0);
	assert_int_equal(mailbox_count(f->root, "bob/new"), 1);
	maildir_abandon(&file);
	assert_int_equal(mailbox_count(f->root, "bob/new"), 0);
	assert_int_equal(mailbox_count(f->root, "bob/tmp"), 0);
	/* Twice is once. */
	maildir_abandon(&file);
}

/* Several blocks; the sizes in the name are those of the whole. */
static void
large_messages_are_whole(void **state)
{
	struct fixture *f = *state;
	size_t size = 500000, i;
	char *wire = malloc(size), *kept = malloc(size + 5), name[256];
	char want[64];
	struct sealed big;
	size_t n;

	for (i = 0; i < size; i++)
		wire[i] = "0123456789\r\n"[i % 12];
	memcpy(kept, "P: q\n", 5);
	n = 5 + content_unix((struct str){ wire, size }, kept + 5);
	message_open(&big, (struct str){ wire, size });
	content_free(&f->content);
	assert_int_equal(content_new(&big.parcel, &f->content), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(deliver(f, i == 0 ? "a" : i == 1 ? "b" : "c",
		    ""), 0);
		assert_true(mailbox_holds(f->root, i == 0 ? "a/new" : i == 1 ?
		    "b/new" : "c/new", (struct str){ kept, n }));
	}
	snprintf(want, sizeof want, ",S=%zu,W=%zu", n, size + PREFIX.len);
	assert_non_null(strstr(mailbox_only(f->root, "c/new", name), want));
	message_close(&big);
	free(wire);
	free(kept);
}

/* --- strange things in the way ------------------------------------------- */

enum thing { T_LINK, T_DANGLING, T_FILE, T_FIFO };

/* The link leads to a real Maildir. */
static void
put_thing(struct fixture *f, const char *at, enum thing thing)
{
	char victim[300];

	snprintf(victim, sizeof victim, "%s/victim", f->path);
	switch (thing) {
	case T_LINK:
		assert_int_equal(symlinkat(victim, f->root, at), 0);
		break;
	case T_DANGLING:
		assert_int_equal(symlinkat("nowhere", f->root, at), 0);
		break;
	case T_FILE:
		close(openat(f->root, at, O_WRONLY | O_CREAT, 0600));
		break;
	case T_FIFO:
		assert_int_equal(mkfifoat(f->root, at, 0600), 0);
		break;
	}
}

/* catalogue 105: in place of each folder that a delivery touches, each thing
 * that is none. */
static void
nobody_leads_us_elsewhere(void **state)
{
	static const struct { const char *name, *sub; } places[] = {
		{ "x", "" }, { "x/bob", "" }, { "x/bob/new", "" },
		{ "x/bob/tmp", "" }, { "x/bob/.Junk", ".Junk" },
		{ "x/bob/.Junk/new", ".Junk" }, { "x/bob/.Junk/tmp", ".Junk" },
	};
	struct fixture *f = *state;
	char away[64];
	size_t i;
	enum thing thing;

	assert_int_equal(deliver(f, "victim", ""), 0);
	for (i = 0; i < COUNT(places); i++)
		for (thing = T_LINK; thing <= T_FIFO; thing++) {
			assert_int_equal(deliver(f, "x/bob", ""), 0);
			assert_int_equal(deliver(f, "x/bob", ".Junk"), 0);
			snprintf(away, sizeof away, "away.%zu.%d", i,
			    (int)thing);
			assert_int_equal(renameat(f->root, places[i].name,
			    f->root, away), 0);
			put_thing(f, places[i].name, thing);
			assert_int_equal(deliver(f, "x/bob", places[i].sub),
			    -E_DENIED);
			assert_int_equal(unlinkat(f->root, places[i].name, 0),
			    0);
		}
	assert_int_equal(mailbox_count(f->root, "victim"), 3);
	assert_int_equal(mailbox_count(f->root, "victim/new"), 1);
}

/* The name that will be tried next, and more after it. */
static void
next_name(struct fixture *f, int ahead, char out[128])
{
	snprintf(out, 128, "%d.M000042P%ldQ%lluR0000000000000000.mx_1_a_b",
	    SECONDS, (long)getpid(),
	    (unsigned long long)f->names.count + 1 + (unsigned)ahead);
}

/* catalogue 105, 111: a name that is taken is left alone; the tenth is the
 * last that is tried. */
static void
ten_names_are_tried(void **state)
{
	struct fixture *f = *state;
	char name[128], path[256];
	struct stat st;
	int i;

	assert_int_equal(deliver(f, "bob", ""), 0);
	close(openat(f->root, "victim", O_WRONLY | O_CREAT, 0600));
	for (i = 0; i < 9; i++) {
		next_name(f, i, name);
		snprintf(path, sizeof path, "bob/tmp/%s", name);
		assert_int_equal(i % 2 == 0 ?
		    linkat(f->root, "victim", f->root, path, 0) :
		    symlinkat("../../victim", f->root, path), 0);
	}
	assert_int_equal(deliver(f, "bob", ""), 0);
	assert_int_equal(mailbox_count(f->root, "bob/new"), 2);
	for (i = 0; i < 10; i++) {
		next_name(f, i, name);
		snprintf(path, sizeof path, "bob/tmp/%s", name);
		assert_int_equal(linkat(f->root, "victim", f->root, path, 0),
		    0);
	}
	assert_int_equal(deliver(f, "bob", ""), -E_EXISTS);
	assert_int_equal(mailbox_count(f->root, "bob/new"), 2);
	assert_int_equal(mailbox_count(f->root, "bob/tmp"), 19);
	assert_int_equal(fstatat(f->root, "victim", &st, 0), 0);
	assert_int_equal(st.st_size, 0);
}

static int
collide(void *arg)
{
	struct fixture *f = arg;
	struct maildir_file file;
	char path[300];
	int rc;

	if (prepare_in(f, "bob", "", &file) != 0)
		return 200;
	snprintf(path, sizeof path, "bob/new/%s", file.new);
	close(openat(f->root, path, O_WRONLY | O_CREAT, 0600));
	rc = maildir_commit(&file);
	maildir_abandon(&file);
	return -rc;
}

static int
collide_by_link(void *arg)
{
	return fault_deny(SYS_renameat2, 0, 0, EINVAL) != 0 ? CHILD_SKIP :
	    collide(arg);
}

static void
nothing_is_replaced(void **state)
{
	struct fixture *f = *state;
	int rc;

	assert_int_equal(collide(f), E_EXISTS);
	assert_true(mailbox_holds(f->root, "bob/new", STR("")));
	assert_int_equal(mailbox_count(f->root, "bob/tmp"), 0);
	assert_int_equal(mailbox_remove(f->path), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	close(f->root);
	f->root = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fault_child(collide_by_link, f);
	if (rc == CHILD_SKIP)
		skip();
	assert_int_equal(rc, E_EXISTS);
	assert_true(mailbox_holds(f->root, "bob/new", STR("")));
	assert_int_equal(mailbox_count(f->root, "bob/tmp"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_arrives),
		TEST(folders_are_made_for_the_owner_alone),
		TEST(nothing_is_made_unasked),
		TEST(abandoned_copies_are_gone),
		TEST(large_messages_are_whole),
		TEST(nobody_leads_us_elsewhere),
		TEST(ten_names_are_tried),
		TEST(nothing_is_replaced),
	};

	return cmocka_run_group_tests_name("deliver/maildir", tests, NULL,
	    NULL);
}
