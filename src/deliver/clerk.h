/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clerk: the store's half of the hand-over: takes one job at a time from a
 * socket and does it, waiting for the disk as long as that takes.
 *
 * Runs on no fiber. Everything in a job is looked at as if a stranger had
 * sent it (catalogue 132): the gate reads bytes from the network.
 */
#ifndef DELIVER_CLERK_H
#define DELIVER_CLERK_H

#include "deliver/job.h"

struct clerk {
	struct store *store;     /* local                                   */
	/* Told after each job; for the board and the log. May be NULL. */
	void (*on_done)(void *arg, unsigned type, int code);
	void  *arg;
};

/*
 * Takes a job that poll has shown to be there, and does it; no job (another
 * clerk was faster) is 0.
 * Returns 0, -E_EOF when nobody can send any more, -E_INVALID after a message
 * that is none (its sender learns it by the end of file of its answers).
 */
int clerk_serve(struct clerk *, int fd);

#endif
