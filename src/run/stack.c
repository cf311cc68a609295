/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack - where fibers run: mapping, pooling, switching, measuring.
 *
 * Called by: run/fiber.c only.
 *
 * The switch. A fresh stack is entered once through makecontext; from then
 * on we step between stacks with the compiler's __builtin_setjmp and
 * __builtin_longjmp: frame pointer, stack pointer and address are saved, the
 * compiler saves what else it needs. Measured here: 9 ns a switch against
 * 158 of swapcontext, which asks the kernel for the signal mask each time,
 * and a refused client costs some forty switches. libc's _longjmp was not
 * taken: the fortified one takes a jump between stacks for an attack, and
 * the sanitizer clears the red zones of the stack it leaves.
 *
 * Always holds:
 * - The lowest page of a mapping is never accessible; with
 *   -fstack-clash-protection no frame jumps over it.
 * - A pooled stack stands in its main behind stack_leave, so that taking it
 *   out again costs no system call at all.
 * - No compiler knows what a switch does: see RAW.
 * - AddressSanitizer keeps the red zones of a suspended fiber. That is not
 *   for free: its wrapper of swapcontext clears the shadow of uc_stack, and
 *   its hook before a jump clears that of the running stack. Hence ss_size
 *   is 0 after makecontext, and the functions marked RAW are not
 *   instrumented. test_run_overflow plants an overflow and demands the
 *   report.
 *
 * KNOWN GAPS: user shadow stacks (off by default everywhere) would object to
 * the jump. clang knows the two builtins on x86-64 only; gcc everywhere.
 */
#include "config.h"

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "run/stack.h"

#if defined SANITIZED || defined __SANITIZE_ADDRESS__
#define IS_SANITIZED 1
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#else
#define IS_SANITIZED 0
#endif

#ifdef HAVE_VALGRIND_VALGRIND_H
#include <valgrind/valgrind.h>
#endif

/*
 * Not instrumented, and opaque: between the call and the return of a switch
 * all the world may change, which the compiler must not conclude away from
 * the few instructions that it sees (gcc -flto did).
 */
#ifdef __clang__
#define RAW __attribute__((noinline, no_sanitize("address")))
#else
#define RAW __attribute__((noipa, no_sanitize("address")))
#endif
#define BARRIER() __asm__ volatile ("" ::: "memory")

/* Instrumented frames are two to three times as large. */
#define STACK_SIZE ((size_t)(IS_SANITIZED ? 256 : 128) << 10)

/* Below a frame given to stack_trim: the calls that it makes itself. */
#define MARGIN ((size_t)(IS_SANITIZED ? 4096 : 512))

#define PAGES_MAX 64    /* of a stack: 256 KiB in pages of 4 KiB            */

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static char *
stack_top(const struct stack_pool *p, const struct stack *s)
{
	return (char *)(uintptr_t)s + p->head;
}

static size_t
stack_size(const struct stack_pool *p, const struct stack *s)
{
	return (size_t)(stack_top(p, s) - s->low);
}

/* ------------------------------------------------------------------------
 * What the sanitizers and valgrind want to know.
 */

static void
tools_mapped(struct stack *s)
{
#if IS_SANITIZED
	/* Else what only a waiting fiber points to is called a leak. */
	__lsan_register_root_region(s->low, STACK_SIZE);
#endif
#ifdef HAVE_VALGRIND_VALGRIND_H
	s->tool_id = VALGRIND_STACK_REGISTER(s->low, s->low + STACK_SIZE);
#endif
	(void)s;
}

static void
tools_unmapped(struct stack *s)
{
#if IS_SANITIZED
	__lsan_unregister_root_region(s->low, STACK_SIZE);
#endif
#ifdef HAVE_VALGRIND_VALGRIND_H
	VALGRIND_STACK_DEREGISTER(s->tool_id);
#endif
	(void)s;
}

/* Frames that were left by a jump or an exit left their red zones. */
static void
tools_pooled(struct stack *s)
{
#if IS_SANITIZED
	__asan_unpoison_memory_region(s->low, (size_t)((char *)s - s->low));
#endif
	(void)s;
}

/* Around each switch: `save` NULL says that the stack left is done with. */
static void
tools_leaving(void **save, const void *low, size_t size)
{
#if IS_SANITIZED
	__sanitizer_start_switch_fiber(save, low, size);
#endif
	(void)save, (void)low, (void)size;
}

static void
tools_arrived(void *saved, const void **low, size_t *size)
{
#if IS_SANITIZED
	__sanitizer_finish_switch_fiber(saved, low, size);
#endif
	(void)saved, (void)low, (void)size;
}

/* ------------------------------------------------------------------------
 * Mapping and pool.
 */

static struct stack *
stack_map(struct stack_pool *p)
{
	size_t guard = page_size();
	struct stack *s;
	char *base;

	base = mmap(NULL, guard + STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	if (mprotect(base, guard, PROT_NONE) != 0) {
		/* The limit on mappings: a guard is one of its own. */
		(void)munmap(base, guard + STACK_SIZE);
		return NULL;
	}
	s = (struct stack *)(void *)(base + guard + STACK_SIZE - p->head);
	s->low = base + guard;
	s->is_fresh = true;
	tools_mapped(s);
	return s;
}

static void
stack_unmap(struct stack *s)
{
	size_t guard = page_size();
	char *base = s->low - guard;

	tools_unmapped(s);
	must(munmap(base, guard + STACK_SIZE) == 0);
}

struct stack *
stack_take(struct stack_pool *p)
{
	struct stack *s = p->first;

	must(p->head % 64 == 0);
	if (s == NULL)
		return stack_map(p);
	p->first = s->next;
	p->count--;
	if (p->unused > p->count)
		p->unused = p->count;
	return s;
}

/*
 * A pool that is too small is dear: mapping, faulting in and unmapping a
 * stack costs 5 us, and a hundred sessions have a thousand checks under way.
 * So it follows the load: it takes what comes back, and stack_pool_tidy
 * gives up what a whole round has not needed.
 */
void
stack_give(struct stack_pool *p, struct stack *s)
{
	tools_pooled(s);
	if (p->count == STACK_POOLED) {
		stack_unmap(s);
		return;
	}
	s->next = p->first;
	p->first = s;
	p->count++;
}

static void
drop_first(struct stack_pool *p)
{
	struct stack *s = p->first;

	p->first = s->next;
	p->count--;
	stack_unmap(s);
}

void
stack_pool_tidy(struct stack_pool *p, unsigned most)
{
	unsigned n = p->unused < most ? p->unused : most;

	for (; n > 0 && p->count > STACK_KEPT; n--)
		drop_first(p);
	p->unused = p->count;
}

void
stack_pool_free(struct stack_pool *p)
{
	while (p->count > 0)
		drop_first(p);
}

/* ------------------------------------------------------------------------
 * Switching.
 */

/* A function may not both save and jump; hence two. */
static RAW _Noreturn void
jump(void **to)
{
	__builtin_longjmp(to, 1);
}

static RAW void
swap(void **from, void **to)
{
	BARRIER();
	if (__builtin_setjmp(from) == 0)
		jump(to);
	BARRIER();
}

static RAW void
enter(struct stack_pool *p, struct stack *s)
{
	ucontext_t uc;

	must(getcontext(&uc) == 0);
	uc.uc_link = NULL;
	uc.uc_stack.ss_sp = s->low;
	uc.uc_stack.ss_size = (size_t)((char *)s - s->low);
	makecontext(&uc, p->main, 0);
	uc.uc_stack.ss_size = 0;        /* see the sanitizer's note above   */
	BARRIER();
	if (__builtin_setjmp(p->regs) == 0)
		must(setcontext(&uc) == 0);     /* returns on failure only  */
	BARRIER();
}

void
stack_resume(struct stack_pool *p, struct stack *s)
{
	tools_leaving(&p->shadow, s->low, stack_size(p, s));
	if (s->is_fresh) {
		s->is_fresh = false;
		enter(p, s);
	} else {
		swap(p->regs, s->regs);
	}
	tools_arrived(p->shadow, NULL, NULL);
}

void
stack_arrived(struct stack_pool *p)
{
	tools_arrived(NULL, &p->low, &p->size);
}

/* Not inlined: its frame is where the stack stands. */
__attribute__((noinline)) void
stack_leave(struct stack_pool *p, struct stack *s, bool is_last)
{
	s->shadow = NULL;
	s->frame = __builtin_frame_address(0);
	tools_leaving(is_last ? NULL : &s->shadow, p->low, p->size);
	swap(s->regs, p->regs);
	tools_arrived(s->shadow, &p->low, &p->size);
}

/* ------------------------------------------------------------------------
 * Pages.
 */

void
stack_trim(struct stack *s, const char *used)
{
	size_t page = page_size();
	char *low = s->low;
	size_t unused;

	if (used == NULL)
		used = s->frame;
	must(used > low && used < (const char *)s);
	unused = (size_t)(used - low);
	if (unused <= MARGIN + page)
		return;
	unused = (unused - MARGIN) / page * page;
	(void)madvise(low, unused, MADV_DONTNEED);
}

size_t
stack_depth(const struct stack_pool *p, const struct stack *s)
{
	size_t page = page_size(), pages = STACK_SIZE / page, i = 0;
	unsigned char resident[PAGES_MAX];

	must(pages <= PAGES_MAX);
	if (mincore(s->low, STACK_SIZE, resident) != 0)
		return 0;
	while (i < pages && (resident[i] & 1) == 0)
		i++;
	must(stack_size(p, s) == STACK_SIZE);
	return STACK_SIZE - i * page;
}
