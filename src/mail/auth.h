/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth: the Authentication-Results field, from results to its lines.
 *
 * A result ("resinfo") is made of words with one space between:
 *
 *	spf=pass smtp.mailfrom=good.test
 *	dkim=fail reason="body was changed" header.d=bad.test
 *
 * Everything in it that a stranger wrote must have gone through auth_value.
 *
 * Source: RFC 8601 2.2; 2045 5.1 (token); 5322 2.1.1 (length of lines).
 */
#ifndef MAIL_AUTH_H
#define MAIL_AUTH_H

#include "base/arena.h"
#include "base/buf.h"

#define AUTH_VALUE  256     /* bytes of a value; the rest is cut off       */
#define AUTH_RESULT 2048    /* bytes of a result; a longer one is left out */
#define AUTH_FIELD  12288   /* what no longer fits is left out             */

/*
 * Text as a value: as it is when it is a token, a domain name, or a mailbox of
 * a plain local part and a domain; else a quoted string. Bytes that are not
 * printable ASCII become "?".
 * Owner: the arena.
 */
struct str auth_value(struct arena *, struct str text);

/*
 * The whole field, each result on a line of its own; "none" without any. A
 * result that could break the field is left out: a byte that is not printable,
 * no word in it, a quote that does not end, a word longer than a line may be.
 * Returns 0; -E_TOOBIG, -E_NOMEM of the buf: then nothing was added.
 */
int auth_field(struct buf *, struct str authserv, const struct str *results,
    size_t count);

#endif
