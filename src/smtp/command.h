/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command: what a command line says. Pure: no session, no wait.
 *
 * A parser returns RP_NONE, or the reply that says what is wrong.
 */
#ifndef SMTP_COMMAND_H
#define SMTP_COMMAND_H

#include "base/arena.h"
#include "mail/path.h"
#include "smtp/reply.h"

#define COMMAND_HELO 255   /* bytes of a HELO argument (RFC 5321 4.5.3.1.2) */

struct command {
	struct str verb;   /* as typed; empty for an empty line             */
	struct str rest;   /* without blanks at either end                  */
};

/* In: a line without its end. */
enum reply_id command_split(struct str line, struct command *);

enum body_kind { BODY_7BIT, BODY_8BITMIME };

struct mail_args {
	struct path    sender;
	bool           has_size;
	uint64_t       size;    /* as said; UINT64_MAX: more than fits      */
	enum body_kind body;
};

/* In: what follows the verb. Owner: the arena. */
enum reply_id command_mail(struct str rest, struct arena *,
    struct mail_args *);
enum reply_id command_rcpt(struct str rest, struct arena *, struct path *);

/* The argument of HELO and EHLO: any printable text, judged elsewhere. */
enum reply_id command_hello(struct str rest, struct str *helo);

#endif
