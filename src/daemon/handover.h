/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handover: what a supervisor leaves to the program that takes its place in
 * the same process: descriptors that stay open, and a memfd that says what
 * they are.
 *
 * The text is read by another version of this program, so it is words and
 * numbers, a line each, and lines that are not known are passed over.
 */
#ifndef DAEMON_HANDOVER_H
#define DAEMON_HANDOVER_H

#include "daemon/doors.h"
#include "run/board.h"

struct heir {                  /* a child that lives on                   */
	enum role role;
	unsigned  owner, row;
	int       pid, wire;
};

struct handover {
	int         board;
	enum log_to log_to;
	int         log;           /* -1: none                              */
	struct door doors[ROLE_LISTENERS + 1];
	size_t      door_count;
	struct heir heirs[BOARD_ROWS];
	size_t      heir_count;
};

/* The text as a memfd, at its beginning, that stays open over exec.
 * Returns 0, -E_NOMEM. */
int handover_write(const struct handover *, int *fd);

/* In: fd, closed afterwards. Returns 0, -E_INVALID. */
int handover_read(int fd, struct handover *);

/* All descriptors that it names, close-on-exec or not. */
void handover_keep(const struct handover *, bool over_exec);

#endif
