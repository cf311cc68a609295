/* SPDX-License-Identifier: BSD-2-Clause */
/* What disks do to a delivery: promise P2, catalogue 105 to 110. */
#include "config.h"

#include "tests/unit/maildir.h"

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
	{ SYS_fsync, EIO, BEFORE_PREPARE, E_SYNC, "catalogue 108" },
	{ SYS_fsync, ENOSPC, BEFORE_PREPARE, E_FULL, "late allocation" },
	{ SYS_renameat2, ENOSPC, BEFORE_COMMIT, E_FULL, "catalogue 107" },
	{ SYS_renameat2, EIO, BEFORE_COMMIT, E_IO, "disk" },
	{ SYS_fsync, EIO, BEFORE_COMMIT, E_SYNC, "catalogue 108: new/" },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(faults_leave_nothing),
		TEST(a_file_system_must_do_one),
		TEST(small_disks_are_full),
		TEST(foreign_folders_are_refused),
	};

	return cmocka_run_group_tests_name("deliver/faults", tests, NULL,
	    NULL);
}
