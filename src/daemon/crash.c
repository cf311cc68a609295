/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crash - the last word of a process.
 *
 * Called by: the gate, whose fibers have names; the supervisor puts the note
 * into the line that tells of the end.
 * Always holds: the handler runs on a stack of its own, for the one that ran
 * may be what overflowed, and then the process dies of the same signal.
 *
 * A signal handler is given nothing but a number, so what it needs is the one
 * static thing of this program.
 */
#include "config.h"

#include "daemon/crash.h"

#include <signal.h>
#include <stdlib.h>

#include "base/error.h"
#include "run/fiber.h"

#define STACK 65536

static const int signals[] = {
	SIGABRT,
#ifndef SANITIZED           /* whose own report tells more                 */
	SIGSEGV, SIGBUS, SIGFPE, SIGILL,
#endif
};

static struct {
	struct board *board;
	unsigned      row;
	void         *stack;
} witness;

static void
on_fault(int number)
{
	const struct fiber *fiber = fiber_self();

	board_note(witness.board, witness.row, fiber == NULL ? "loop" :
	    fiber_name(fiber));
	(void)raise(number);    /* the handler is the default again         */
}

void
crash_tell(struct board *board, unsigned row)
{
	struct sigaction act = { .sa_handler = on_fault,
	    .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND) };
	stack_t stack = { .ss_size = STACK };
	size_t i;

	witness.board = board;
	witness.row = row;
	witness.stack = stack.ss_sp = malloc(STACK);
	must(witness.stack != NULL);
	(void)sigaltstack(&stack, NULL);
	for (i = 0; i < COUNT(signals); i++)
		(void)sigaction(signals[i], &act, NULL);
}
