/* SPDX-License-Identifier: BSD-2-Clause */
/* One message into one Maildir: promises P1, P2, P8; catalogue 105 to 111. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "deliver/maildir.h"
#include "tests/unit/mailbox.h"

#define TEXT STR("A: b\r\n\r\nx\r\n")
#define KEPT STR("P: q\nA: b\n\nx\n")
#define PREFIX STR("P: q\r\n")
#define SECONDS 1795562223

struct fixture {
	char   path[256];
	int    root;
	int    descriptors;
	struct maildir_names names;
	struct message  message;
	struct content *content;
};

static void
no_random(void *arg, void *buf, size_t n)
{
	(void)arg;
	memset(buf, 0, n);
}

static usec_t
fixed_wall(void *arg)
{
	(void)arg;
	return SECONDS * SEC + 42;
}

static int
setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	f.descriptors = mailbox_descriptors();
	fault_folder(f.path);
	f.root = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f.names = (struct maildir_names){ STR("mx/1:a,b"), no_random,
		fixed_wall, NULL, 0 };
	message_open(&f.message, TEXT);
	*state = &f;
	return f.root < 0 ? -1 :
	    content_new(&f.message.parcel, &f.content);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	content_free(&f->content);
	message_close(&f->message);
	close(f->root);
	/* Whatever happened, no descriptor is left open. */
	if (mailbox_descriptors() != f->descriptors)
		return -1;
	return mailbox_remove(f->path);
}

static int
prepare_in(struct fixture *f, const char *folder, const char *sub,
    struct maildir_file *file)
{
	struct maildir dir;
	int rc = maildir_open(f->root, str_of(folder), str_of(sub), true,
	    &dir);

	if (rc == 0)
		rc = maildir_prepare(dir, &f->names, PREFIX, f->content,
		    file);
	return rc;
}

/* All steps. On an error what must be taken back is. */
static int
deliver(struct fixture *f, const char *folder, const char *sub)
{
	struct maildir_file file;
	int rc = prepare_in(f, folder, sub, &file);

	if (rc != 0)
		return rc;
	rc = maildir_commit(&file);
	if (rc == 0)
		maildir_done(&file);
	else
		maildir_abandon(&file);
	return rc;
}

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
	struct message big;
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

/* --- faults -------------------------------------------------------------- */

/* Steps of a delivery into an existing Maildir; the fault begins before one,
 * and this one must fail, no later one. */
enum step { BEFORE_PREPARE, BEFORE_COMMIT };

struct fault_case {
	int         nr, error;
	enum step   step;
	int         code;
	const char *why;
};

static const struct fault_case cases[] = {
	{ SYS_openat, ENOSPC, BEFORE_PREPARE, E_FULL, "no inode" },
	{ SYS_openat, EDQUOT, BEFORE_PREPARE, E_FULL, "quota" },
	{ SYS_openat, EMFILE, BEFORE_PREPARE, E_IO, "descriptors" },
	{ SYS_openat, EROFS, BEFORE_PREPARE, E_IO, "read-only" },
	{ SYS_writev, ENOSPC, BEFORE_PREPARE, E_FULL, "catalogue 107" },
	{ SYS_writev, EDQUOT, BEFORE_PREPARE, E_FULL, "catalogue 107" },
	{ SYS_writev, EIO, BEFORE_PREPARE, E_IO, "disk" },
	{ SYS_fsync, EIO, BEFORE_PREPARE, E_IO, "catalogue 108" },
	{ SYS_fsync, ENOSPC, BEFORE_PREPARE, E_FULL, "late allocation" },
	{ SYS_renameat2, ENOSPC, BEFORE_COMMIT, E_FULL, "catalogue 107" },
	{ SYS_renameat2, EIO, BEFORE_COMMIT, E_IO, "disk" },
	{ SYS_fsync, EIO, BEFORE_COMMIT, E_IO, "catalogue 108: new/" },
	{ SYS_fsync, EDQUOT, BEFORE_COMMIT, E_FULL, "new/" },
	/* catalogue 110: the one that works */
	{ SYS_renameat2, EINVAL, BEFORE_COMMIT, 0, "by a hard link" },
	{ SYS_renameat2, ENOSYS, BEFORE_COMMIT, 0, "by a hard link" },
};

struct fault_run {
	struct fixture          *f;
	const struct fault_case *c;
};

static int
with_fault(void *arg)
{
	struct fault_run *run = arg;
	struct fixture *f = run->f;
	struct maildir_file file;
	struct maildir dir;
	int rc;

	if (maildir_open(f->root, STR("bob"), STR(""), true, &dir) != 0)
		return 200;
	if (run->c->step == BEFORE_PREPARE &&
	    fault_deny(run->c->nr, 0, 0, run->c->error) != 0)
		return CHILD_SKIP;
	rc = maildir_prepare(dir, &f->names, PREFIX, f->content, &file);
	if (rc != 0)
		return -rc;
	if (run->c->step == BEFORE_COMMIT &&
	    fault_deny(run->c->nr, 0, 0, run->c->error) != 0)
		return CHILD_SKIP;
	rc = maildir_commit(&file);
	if (rc == 0) {
		maildir_done(&file);
		return 0;
	}
	maildir_abandon(&file);
	return run->c->step == BEFORE_COMMIT ? -rc : 201;
}

/* P2: after an error nothing is there; P1: after none, all of it. */
static void
faults_leave_nothing(void **state)
{
	struct fixture *f = *state;
	struct fault_run run = { .f = f };
	size_t i;
	int rc, there = 0;

	for (i = 0; i < COUNT(cases); i++) {
		run.c = &cases[i];
		rc = fault_child(with_fault, &run);
		if (rc == CHILD_SKIP)
			skip();
		if (rc != cases[i].code)
			fail_msg("%zu %s: %d", i, cases[i].why, rc);
		there += rc == 0;
		assert_int_equal(mailbox_count(f->root, "bob/new"), there);
		assert_int_equal(mailbox_count(f->root, "bob/tmp"), 0);
	}
	assert_int_equal(there, 2);
}

static int
neither_way(void *arg)
{
	struct fixture *f = arg;

	if (fault_deny(SYS_renameat2, 0, 0, EINVAL) != 0 ||
	    fault_deny(SYS_linkat, 0, 0, EPERM) != 0)
		return CHILD_SKIP;
	if (deliver(f, "bob", "") != -E_IO)
		return 200;
	return -maildir_probe(f->root, &f->names);
}

/* catalogue 110 */
static void
a_file_system_must_do_one(void **state)
{
	struct fixture *f = *state;
	int rc = fault_child(neither_way, f);

	if (rc == CHILD_SKIP)
		skip();
	assert_int_equal(rc, E_IO);
	assert_int_equal(mailbox_count(f->root, "bob/new"), 0);
	assert_int_equal(mailbox_count(f->root, "bob/tmp"), 0);
	assert_int_equal(maildir_probe(f->root, &f->names), 0);
	assert_int_equal(mailbox_count(f->root, "."), 1);
}

/* Delivers until an error; the error, or 200 when something is not whole. */
static int
until_error(struct fixture *f)
{
	int rc, n = 0;

	do
		rc = deliver(f, "bob", "");
	while (rc == 0 && n++ < 10000);
	return n > 0 && mailbox_count(f->root, "bob/new") == n &&
	    mailbox_count(f->root, "bob/tmp") == 0 ? -rc : 200;
}

static int
on_tmpfs(struct fixture *f, const char *options)
{
	if (fault_tmpfs(f->path, options) != 0)
		return CHILD_SKIP;
	f->root = open(f->path, O_RDONLY | O_DIRECTORY);
	return f->root < 0 ? 201 : until_error(f);
}

static int
few_bytes(void *arg)
{
	return on_tmpfs(arg, "size=64k");
}

static int
few_inodes(void *arg)
{
	return on_tmpfs(arg, "nr_inodes=20");
}

static int
no_inode_for_a_folder(void *arg)
{
	struct fixture *f = arg;

	if (fault_tmpfs(f->path, "nr_inodes=4") != 0)
		return CHILD_SKIP;
	f->root = open(f->path, O_RDONLY | O_DIRECTORY);
	return -deliver(f, "x/bob", "");
}

static int
read_only(void *arg)
{
	struct fixture *f = arg;

	if (fault_tmpfs(f->path, "size=1m") != 0)
		return CHILD_SKIP;
	f->root = open(f->path, O_RDONLY | O_DIRECTORY);
	if (deliver(f, "bob", "") != 0)
		return 200;
	if (mount("none", f->path, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
		return CHILD_SKIP;
	return deliver(f, "ann", "") == -E_IO ? -deliver(f, "bob", "") : 201;
}

/* catalogue 106, 107: real disks, real errors */
static void
small_disks_are_full(void **state)
{
	static const struct { int (*run)(void *); int code; } disks[] = {
		{ few_bytes, E_FULL }, { few_inodes, E_FULL },
		{ no_inode_for_a_folder, E_FULL }, { read_only, E_IO },
	};
	size_t i;
	int rc;

	for (i = 0; i < COUNT(disks); i++) {
		rc = fault_child(disks[i].run, *state);
		if (rc == CHILD_SKIP) {
			print_message("# no mount for us\n");
			skip();
		}
		assert_int_equal(rc, disks[i].code);
	}
}

#define STRANGER 64321
#define OWNER    64322

static int
as_owner(void *arg)
{
	struct fixture *f = arg;
	struct maildir dir;

	if (setresgid(OWNER, OWNER, OWNER) != 0 ||
	    setresuid(OWNER, OWNER, OWNER) != 0)
		return CHILD_SKIP;
	if (maildir_open(f->root, STR("foreign"), STR(""), true, &dir) !=
	    -E_DENIED)
		return 200;
	if (maildir_open(f->root, STR("half"), STR(""), true, &dir) !=
	    -E_DENIED)
		return 201;
	if (deliver(f, "own", "") != 0)
		return 202;
	/* Root's folder, where we may not write. */
	return -deliver(f, "roots", "");
}

/* catalogue 105: whose folder it is counts, not only what it is. */
static void
foreign_folders_are_refused(void **state)
{
	struct fixture *f = *state;
	static const struct { const char *name; uid_t uid; } made[] = {
		{ "foreign", STRANGER }, { "half", OWNER },
		{ "half/new", STRANGER }, { "own", OWNER }, { "roots", 0 },
	};
	size_t i;
	int rc;

	if (geteuid() != 0) {
		print_message("# only root can play two users\n");
		skip();
	}
	assert_int_equal(fchmod(f->root, 0755), 0);
	for (i = 0; i < COUNT(made); i++) {
		assert_int_equal(mkdirat(f->root, made[i].name, 0755), 0);
		assert_int_equal(fchownat(f->root, made[i].name, made[i].uid,
		    made[i].uid, 0), 0);
	}
	rc = fault_child(as_owner, f);
	if (rc == CHILD_SKIP)
		skip();
	assert_int_equal(rc, E_IO);
	assert_int_equal(mailbox_count(f->root, "own/new"), 1);
	assert_int_equal(mailbox_count(f->root, "roots"), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

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
		TEST(faults_leave_nothing),
		TEST(a_file_system_must_do_one),
		TEST(small_disks_are_full),
		TEST(foreign_folders_are_refused),
	};

	return cmocka_run_group_tests_name("deliver/maildir", tests, NULL,
	    NULL);
}
