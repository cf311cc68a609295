/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults on order for unit tests: a child process in which one system call
 * answers with an error of our choice, and small file systems of our own.
 * No library is replaced; the kernel does it.
 */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* From now on call `nr` fails with `error`, when all bits of `mask` are set
 * in its argument `arg` (mask 0: always). -1 when the kernel does not want
 * to. */
static inline int
fault_deny(int nr, unsigned arg, uint32_t mask, int error)
{
	const unsigned args = offsetof(struct seccomp_data, args);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, args + 8 * arg),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mask, 0, 1),
		BPF_STMT(BPF_RET | BPF_K,
		    SECCOMP_RET_ERRNO | (uint32_t)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {
		.len = sizeof code / sizeof code[0], .filter = code,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

static inline bool
fault_write(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 &&
	    write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

/* Makes us root of a user namespace of our own. */
static inline int
fault_become_root(void)
{
	char uid[32], gid[32];

	snprintf(uid, sizeof uid, "0 %ld 1", (long)geteuid());
	snprintf(gid, sizeof gid, "0 %ld 1", (long)getegid());
	if (unshare(CLONE_NEWUSER) != 0)
		return -1;
	return fault_write("/proc/self/uid_map", uid) &&
	    fault_write("/proc/self/setgroups", "deny") &&
	    fault_write("/proc/self/gid_map", gid) ? 0 : -1;
}

/* A tmpfs over a folder, seen by this process alone ("size=64k").
 * -1 when we may not: then the test has nothing to say. */
static inline int
fault_tmpfs(const char *folder, const char *options)
{
	if (geteuid() != 0 && fault_become_root() != 0)
		return -1;
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return -1;
	return mount("none", folder, "tmpfs", 0, options);
}

#define CHILD_SKIP 77

/* Runs fn in a child; what it returns, below 128, or 128 and a signal. */
static inline int
fault_child(int (*fn)(void *), void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(fn(arg));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 255;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
}

/* A folder of our own below $TMPDIR. */
static inline char *
fault_folder(char out[256])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(out, 256, "%s/postern-test-XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(out) == NULL)
		abort();
	return out;
}

#endif
