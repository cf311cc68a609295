/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * data: the bytes between 354 and the end of a message.
 *
 * Pure: bytes in, bytes to keep out. Only CR LF . CR LF ends (RFC 5321
 * 4.1.1.4); how the bytes were cut into pieces never matters.
 */
#ifndef SMTP_DATA_H
#define SMTP_DATA_H

#include "base/str.h"

enum data_state { DA_START, DA_DOT, DA_DOT_CR, DA_TEXT, DA_CR, DA_END };

struct data {
	enum data_state state;
	bool     has_bare;  /* a CR or LF of its own was seen               */
	bool     has_nul;
	uint64_t size;      /* bytes to keep so far                         */
};

/* DA_START is 0: a zeroed struct is at the start of a message. */

/*
 * Takes bytes from the front of in, up to the next one to leave out.
 * Out: *keep, what of it belongs to the message: a part of in, or a constant
 * (a CR that was held back); may be empty.
 * Returns the bytes taken, at most in.len; call again until all are taken or
 * state is DA_END. What follows the end is not touched.
 */
size_t data_next(struct data *, struct str in, struct str *keep);

#endif
