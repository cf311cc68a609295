/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * body: the content of one message while it comes in: a memfd, and over a
 * budget an unlinked file in the spool. It never has a name.
 *
 * Held bytes: dot-unstuffed, line ends CR LF as they came, no trace headers
 * of ours.
 */
#ifndef MAIL_BODY_H
#define MAIL_BODY_H

#include "base/error.h"
#include "base/str.h"

#include <sys/types.h>

#define BODY_MEMORY (1u << 20)  /* one body's bytes in memory at most      */

struct body;

/* What all bodies of a process may hold in memory together. Over max a body
 * moves to a file on disk; without one that is -E_FULL. */
struct body_pool {
	size_t max;           /* bytes; 64 MiB                              */
	size_t each;          /* of one of them; 0: BODY_MEMORY             */
	size_t held;
	/* Makes an unlinked file to read and write, for whoever calls
	 * body_append. Returns 0 or -E_*. NULL: memory is all there is. */
	WAITS int (*scratch)(void *arg, int *fd);
	void  *arg;
};

/* Owner: the caller, until body_free; the pool must live longer. Costs no
 * descriptor before the first bytes. Returns 0 or -E_NOMEM. */
int  body_new(struct body_pool *, struct body **);
void body_free(struct body **);

/*
 * The content that another process has gathered, sealed. It is only read,
 * never mapped: who shortens it makes reads fail, not this process.
 * Owner of fd: the body, with 0 only.
 * Returns 0; -E_INVALID: a memfd that can still change, a file that has a
 * name, or no file; -E_NOMEM.
 */
int body_adopt(int fd, struct body **);

/* Returns 0, -E_FULL, -E_IO, -E_NOMEM, or what scratch gave; after an error
 * the body is useless, and each later call gives that error again. */
WAITS int body_append(struct body *, const void *p, size_t n);

/* No byte can be added from now on (memfd: sealed). Returns as body_append. */
int body_seal(struct body *);

uint64_t body_size(const struct body *);

/* Only of a sealed body. Owner: the body; it ends with body_free. */
int body_fd(const struct body *);

/* Reads at an offset, sealed or not. Returns the count, which may be less
 * than n before the end; 0 at the end; -E_IO. */
ssize_t body_read(const struct body *, uint64_t at, void *p, size_t n);

#endif
