/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error codes and the sentence that explains one to a person.
 *
 * Functions return 0 or a negative code, outputs last and untouched on error.
 * Temporary and permanent troubles have different codes, all the way up.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/basic.h"

enum {
	E_CANCELED = 1, /* the fiber was told to leave; sticky              */
	E_TIMEOUT,      /* the deadline passed                              */
	E_EOF,          /* the peer closed in order                         */
	E_RESET,        /* the connection broke                             */
	E_AGAIN,        /* nothing to be had at this moment                 */
	E_INVALID,      /* does not follow its grammar                      */
	E_TOOBIG,       /* over a cap                                       */
	E_NOTFOUND,     /* no such thing, and that is certain               */
	E_EXISTS,       /* is there already                                 */
	E_NOMEM,        /* no memory                                        */
	E_FULL,         /* no space on the device, or a quota               */
	E_IO,           /* the system refused; the fault says what          */
	E_SYNC,         /* the disk did not keep what it was given          */
	E_DENIED,       /* not allowed                                      */
	E_SERVFAIL,     /* DNS: the server could not tell                   */
	E_REFUSED,      /* DNS: the server would not tell                   */
	E_GARBAGE,      /* DNS: the answer could not be read                */
	E_BUDGET,       /* DNS: this session has asked enough               */
	E_COUNT
};

/* One word for a code, for logs ("timeout"). In: the code or its negative. */
const char *error_word(int code);

/* The code for an errno value, positive: ENOSPC and EDQUOT give E_FULL, and
 * so on; E_IO for all that has no code of its own. */
int error_of_errno(int error);

/* A sentence for a person: names the thing, the value and the remedy. */
struct fault {
	char text[512]; /* empty when nothing was said; always ends in NUL  */
};

/* Sets the sentence. In: f may be NULL, then nothing happens. */
void fault_set(struct fault *f, const char *fmt, ...) PRINTF(2, 3);

#endif
