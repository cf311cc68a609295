/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do the sanitizers see faults on the stack of a fiber that has waited? With
 * a careless switch they see none, and everything that runs on fibers would
 * be fuzzed in vain. Each fault is planted in a child process, which must
 * die of it.
 *
 * The guard page below a stack is tried in plain builds too. This test
 * prints its own TAP: cmocka calls a skipped test "not ok".
 */
#include "config.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/run_lab.h"

#if defined SANITIZED || defined __SANITIZE_ADDRESS__
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

static volatile size_t last = 32;       /* one behind a block of 32         */
static char *volatile shared;           /* the block of a waiting fiber     */

static void
writes_over_its_own_block(void *arg)
{
	char block[32], *volatile p = block;    /* hides it from UBSan      */

	(void)arg;
	memset(block, 0, sizeof block);
	(void)fiber_yield();
	p[last] = 1;
}

static void
lends_its_block(void *arg)
{
	char block[32];

	(void)arg;
	memset(block, 0, sizeof block);
	shared = block;
	(void)fiber_yield();
	(void)fiber_yield();
	shared = NULL;
}

static void
writes_over_a_lent_block(void *arg)
{
	(void)arg;
	(void)fiber_yield();
	shared[last] = 1;
}

/* The same once more on stacks that others have used before. */
static void
behaves(void *arg)
{
	volatile char block[100];

	memset((char *)(uintptr_t)block, 0, sizeof block);
	(void)fiber_yield();
	block[99] = 1;
	note(arg, "fine");
}

static __attribute__((noinline)) unsigned
falls(unsigned depth)
{
	volatile char block[500];

	block[depth % sizeof block] = (char)depth;
	return (depth > 0 ? falls(depth - 1) : 0) + (unsigned)block[0];
}

static void
falls_through_its_stack(void *arg)
{
	struct lab *lab = arg;

	lab->rc = (int)falls(1000000);
}

struct verdict {
	int    status;
	char   text[2000];      /* the child's first words on stderr        */
	size_t len;
};

static void
child_runs(struct lab *lab, void (*fn)(void *), void (*other)(void *))
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	start(lab, "first", behaves, NULL);
	start(lab, "second", behaves, NULL);
	lab_run(lab);
	start(lab, "fault", fn, NULL);
	if (other != NULL)
		start(lab, "other", other, NULL);
	lab_run(lab);
	_exit(0);
}

/* Runs fn, and other if there is one, in a child. */
static void
try(void (*fn)(void *), void (*other)(void *), struct verdict *v)
{
	void *lab;
	char rest[512];
	ssize_t n;
	int err[2];
	pid_t pid;

	memset(v, 0, sizeof *v);
	must(pipe(err) == 0);
	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		(void)dup2(err[1], 2);
		(void)signal(SIGSEGV, SIG_DFL);
		(void)lab_open(&lab);
		child_runs(lab, fn, other);
	}
	(void)close(err[1]);
	while ((n = read(err[0], v->text + v->len,
	    sizeof v->text - 1 - v->len)) > 0)
		v->len += (size_t)n;
	while (read(err[0], rest, sizeof rest) > 0)
		;
	(void)close(err[0]);
	must(waitpid(pid, &v->status, 0) == pid);
}

static bool
is_clean(const struct verdict *v)
{
	return WIFEXITED(v->status) && WEXITSTATUS(v->status) == 0;
}

static bool
is_reported(const struct verdict *v)
{
	return !is_clean(v) &&
	    strstr(v->text, "stack-buffer-overflow") != NULL;
}

/* Else the reports would prove nothing. */
static bool
is_silent(const struct verdict *v)
{
	return is_clean(v) && strstr(v->text, "ERROR") == NULL;
}

static bool
is_stopped(const struct verdict *v)
{
	return WIFSIGNALED(v->status) && WTERMSIG(v->status) == SIGSEGV;
}

static const struct {
	const char *name;
	void      (*fn)(void *), (*other)(void *);
	bool      (*is_right)(const struct verdict *);
	bool        needs_sanitizer;
} cases[] = {
	{ "good behaviour is not reported", behaves, behaves, is_silent,
	  false },
	{ "an overflow after a wait is reported", writes_over_its_own_block,
	  NULL, is_reported, true },
	{ "an overflow from another fiber is reported", lends_its_block,
	  writes_over_a_lent_block, is_reported, true },
	{ "the guard page stops a fall", falls_through_its_stack, NULL,
	  is_stopped, false },
};

int
main(void)
{
	struct verdict v;
	bool is_right, all = true;
	size_t i;

	printf("1..%zu\n", COUNT(cases));
	for (i = 0; i < COUNT(cases); i++) {
		if (cases[i].needs_sanitizer && !IS_SANITIZED) {
			printf("ok %zu - %s # SKIP no red zones without "
			    "--enable-sanitizers\n", i + 1, cases[i].name);
			continue;
		}
		(void)fflush(stdout);
		try(cases[i].fn, cases[i].other, &v);
		is_right = cases[i].is_right(&v);
		all = all && is_right;
		printf("%s %zu - %s\n", is_right ? "ok" : "not ok", i + 1,
		    cases[i].name);
		if (!is_right)
			printf("# status %x; %.200s\n", (unsigned)v.status,
			    v.text);
	}
	return all ? 0 : 1;
}
