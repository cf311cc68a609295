/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes give up: capabilities, users, descriptors (catalogue 133,
 * 134). Each case runs in a process of its own; those of root are skipped by
 * who is not.
 */
#include "config.h"

#include "tests/unit/check.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/confine.h"

/* Runs a case elsewhere; gives its status. */
static int
elsewhere(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct sets {
	uint64_t effective, permitted, inheritable;
};

static struct sets
sets_of_us(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];

	memset(d, 0, sizeof d);
	(void)syscall(SYS_capget, &head, d);
	return (struct sets){
	    d[0].effective | (uint64_t)d[1].effective << 32,
	    d[0].permitted | (uint64_t)d[1].permitted << 32,
	    d[0].inheritable | (uint64_t)d[1].inheritable << 32 };
}

static uint64_t
bounding(void)
{
	uint64_t bits = 0;
	int cap;

	for (cap = 0; cap < 64 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0;
	    cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			bits |= (uint64_t)1 << cap;
	return bits;
}

#define DEMAND(x) do { if (!(x)) return __LINE__ % 251 + 1; } while (0)

/* --- the supervisor ------------------------------------------------------ */

static int
supervisor(void)
{
	struct rlimit core;
	struct fault fault;
	struct sets s;
	char here[64];

	DEMAND(confine_supervisor(&fault) == 0);
	DEMAND(getcwd(here, sizeof here) != NULL && strcmp(here, "/") == 0);
	DEMAND(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
#ifndef SANITIZED
	DEMAND(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
#endif
	DEMAND(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
	if (geteuid() != 0)
		return 0;
	s = sets_of_us();
	/* KILL 5, SETGID 6, SETUID 7, SETPCAP 8, NET_BIND_SERVICE 10 */
	DEMAND(confine_kept() == 0x5e0);
	DEMAND(s.effective == 0x5e0 && s.permitted == 0x5e0);
	DEMAND(s.inheritable == 0 && (bounding() & ~(uint64_t)0x5e0) == 0);
	return 0;
}

static void
test_supervisor(void **state)
{
	(void)state;
	assert_int_equal(elsewhere(supervisor), 0);
}

/* --- a child ------------------------------------------------------------- */

static int
child(void)
{
	struct identity who;
	struct fault fault;
	struct sets s;

	DEMAND(confine_supervisor(&fault) == 0);
	DEMAND(identity_find(STR("nobody"), "x", &who, &fault) == 0);
	DEMAND(confine_become(&who) == 0);
	s = sets_of_us();
	DEMAND(s.effective == 0 && s.permitted == 0 && s.inheritable == 0);
	DEMAND(bounding() == 0);
	DEMAND(getuid() == who.uid && geteuid() == who.uid);
	DEMAND(getgid() == who.gid && getgroups(0, NULL) == 0);
	DEMAND(setuid(0) != 0 && setgid(0) != 0);
	return 0;
}

/* Root without a capability is what the checker is. */
static int
bare_root(void)
{
	struct fault fault;
	struct sets s;

	DEMAND(confine_supervisor(&fault) == 0);
	DEMAND(confine_become(NULL) == 0);
	s = sets_of_us();
	DEMAND(s.effective == 0 && s.permitted == 0);
	DEMAND(bounding() == 0 || geteuid() != 0);
	return 0;
}

static void
test_child(void **state)
{
	(void)state;
	assert_int_equal(elsewhere(bare_root), 0);
	if (geteuid() != 0)
		skip();
	assert_int_equal(elsewhere(child), 0);
}

static int
not_another(void)
{
	struct identity who;
	struct fault fault;

	DEMAND(identity_find(STR("nobody"), "x", &who, &fault) == 0);
	DEMAND(setresuid(1, 1, 1) == 0);
	DEMAND(confine_become(&who) == -E_DENIED);
	return 0;
}

static void
test_cannot(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(elsewhere(not_another), 0);
}

/* --- users --------------------------------------------------------------- */

static void
test_identity(void **state)
{
	static const struct { const char *name; int want; const char *word; }
	rows[] = {
		{ "nobody", 0, "" },
		{ "root", -E_DENIED, "is root" },
		{ "no-such-user", -E_NOTFOUND, "useradd" },
		{ "", -E_NOTFOUND, "setting" },
		{ "0123456789012345678901234567890123456789012345678901234567"
		    "890123456789", -E_NOTFOUND, "setting" },
	};
	struct identity who;
	struct fault fault;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		fault = (struct fault){ "" };
		assert_int_equal(identity_find(str_of(rows[i].name),
		    "setting", &who, &fault), rows[i].want);
		assert_non_null(strstr(fault.text, rows[i].word));
	}
}

/* --- the start ----------------------------------------------------------- */

static int
start(void)
{
	int i;

	for (i = 0; i < 3; i++)
		(void)close(i);
	(void)dup2(open("/dev/null", O_RDONLY), 9);
	DEMAND(dup2(9, 3) == 3 && dup2(9, 4) == 4);
	(void)umask(0);
	confine_start(4);
	for (i = 0; i < 4; i++)
		DEMAND(fcntl(i, F_GETFD) >= 0);
	for (; i < 32; i++)
		DEMAND(fcntl(i, F_GETFD) < 0);
	DEMAND(umask(0) == 077);
	return 0;
}

static void
test_start(void **state)
{
	(void)state;
	assert_int_equal(elsewhere(start), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_supervisor),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_cannot),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
