/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's part of a fiber: a stack, and the step from one to another.
 *
 * Only fiber.c uses this. A stack is STACK_SIZE bytes above a guard page;
 * at its very top lives the caller's object (struct fiber), whose first
 * member is struct stack, so that one page holds both it and the frames of
 * a fiber that waits.
 */
#ifndef RUN_STACK_H
#define RUN_STACK_H

#include "base/basic.h"

#define STACK_KEPT   64     /* pooled whether they are needed or not       */
#define STACK_POOLED 1024   /* pooled at most                               */

struct stack {
	char         *low;      /* lowest usable byte, above the guard page */
	void         *regs[5];  /* the compiler's, while it does not run    */
	char         *frame;    /* of its last stack_leave; gdb starts there */
	struct stack *next;     /* in the pool                              */
	void         *shadow;   /* AddressSanitizer's, NULL without it      */
	unsigned      tool_id;  /* valgrind's                               */
	bool          is_fresh; /* nothing ever ran on it                   */
};

struct stack_pool {
	void  (*main)(void);    /* runs on each stack; never returns        */
	size_t        head;     /* bytes of the object at the top           */
	struct stack *first;
	unsigned      count;
	unsigned      unused;   /* of them, since the last stack_pool_tidy  */
	void         *regs[5];  /* the driver's, while a fiber runs         */
	void         *shadow;
	const void   *low;      /* the driver's stack, for the sanitizer    */
	size_t        size;
};

/* A stack from the pool or a new one; NULL when the system has none. The
 * object on it holds what its last user left there. */
struct stack *stack_take(struct stack_pool *);

/* Back to the pool. In: its main has called stack_leave with is_last. */
void stack_give(struct stack_pool *, struct stack *);

/* Unmaps up to `most` stacks that nobody has asked for since the last call. */
void stack_pool_tidy(struct stack_pool *, unsigned most);

void stack_pool_free(struct stack_pool *);

/* From the driver: runs the stack until it leaves. A fresh stack begins in
 * main; a pooled one goes on behind its last stack_leave. */
void stack_resume(struct stack_pool *, struct stack *);

/* The first call of main on a fresh stack. */
void stack_arrived(struct stack_pool *);

/* From a fiber: back to the driver. is_last: no frame of it but main's
 * stays in use. */
void stack_leave(struct stack_pool *, struct stack *, bool is_last);

/* Gives the pages below `used` back; below where it stands when NULL (the
 * stack is not running then, and has run). */
void stack_trim(struct stack *, const char *used);

/* Bytes from the top to the lowest page that was ever touched since the
 * last trim: a system call, so for samples. */
size_t stack_depth(const struct stack_pool *, const struct stack *);

#endif
