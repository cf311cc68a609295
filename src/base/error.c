/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * error: codes, their words, and the end of a process that found one of its
 * own invariants broken.
 *
 * Called by: everybody.
 * Always holds: a code has exactly one word; the sentence of a fault ends in
 * NUL, cut when it is too long.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const words[E_COUNT] = {
	[0]          = "ok",
	[E_CANCELED] = "canceled",
	[E_TIMEOUT]  = "timeout",
	[E_EOF]      = "eof",
	[E_RESET]    = "reset",
	[E_AGAIN]    = "again",
	[E_INVALID]  = "invalid",
	[E_TOOBIG]   = "too-big",
	[E_NOTFOUND] = "not-found",
	[E_EXISTS]   = "exists",
	[E_NOMEM]    = "no-memory",
	[E_FULL]     = "full",
	[E_IO]       = "io",
	[E_SYNC]     = "sync",
	[E_DENIED]   = "denied",
	[E_SERVFAIL] = "servfail",
	[E_REFUSED]  = "refused",
	[E_GARBAGE]  = "garbage",
	[E_BUDGET]   = "budget",
};

/* What the system says, in our codes; what is not here is E_IO. */
static const struct {
	int error;
	int code;
} errnos[] = {
	{ EAGAIN, E_AGAIN },           { EINTR, E_AGAIN },
	{ EINPROGRESS, E_AGAIN },      { ETIMEDOUT, E_TIMEOUT },
	{ ECONNRESET, E_RESET },       { EPIPE, E_RESET },
	{ ECONNABORTED, E_RESET },     { ECONNREFUSED, E_REFUSED },
	{ EINVAL, E_INVALID },         { EMSGSIZE, E_TOOBIG },
	{ EFBIG, E_TOOBIG },           { ENAMETOOLONG, E_TOOBIG },
	{ ENOENT, E_NOTFOUND },        { ENOTDIR, E_NOTFOUND },
	{ EEXIST, E_EXISTS },          { ENOMEM, E_NOMEM },
	{ ENOSPC, E_FULL },            { EDQUOT, E_FULL },
	{ EACCES, E_DENIED },          { EPERM, E_DENIED },
	{ EROFS, E_DENIED },           { ELOOP, E_DENIED },
};

const char *
error_word(int code)
{
	/* Not -code: INT_MIN has no positive twin. */
	if (code <= -E_COUNT || code >= E_COUNT)
		return "unknown";
	return words[code < 0 ? -code : code];
}

int
error_of_errno(int error)
{
	size_t i;

	for (i = 0; i < COUNT(errnos); i++)
		if (errnos[i].error == error)
			return errnos[i].code;
	return E_IO;
}

void
fault_set(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL)
		return;
	va_start(ap, fmt);
	if (vsnprintf(f->text, sizeof f->text, fmt, ap) < 0)
		f->text[0] = '\0';
	va_end(ap);
}

_Noreturn void
must_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: must(%s) does not hold\n", file, line, what);
	abort();
}
