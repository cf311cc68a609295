/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply: what the dialogue says, as one table, and the one function that
 * puts a reply on the wire's form.
 *
 * Rules: at most 4 lines of at most 100 octets; the first carries the
 * reason, the last the id and the contact; the same enhanced code on each;
 * printable ASCII only. Foreign text comes in by a placeholder, escaped and
 * cut, never otherwise.
 *
 * Source: RFC 5321 4.2, 2034 4, 3463, 7504; interfaces.md "Reply texts".
 */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include "base/str.h"

#define REPLY_MAX   512  /* bytes of a whole reply                          */
#define REPLY_LINE  100  /* octets of a line, code included, without CR LF  */
#define REPLY_LINES 4
#define REPLY_TEXT  768  /* bytes of a text before it is folded             */
#define REPLY_WHAT  64   /* bytes of a stranger's text that are shown       */

enum reply_id {
	RP_NONE,          /* nothing was wrong; never written               */
	/* greeting, hello, goodbye */
	RP_BANNER, RP_HELLO, RP_BYE,
	RP_BUSY,          /* greeting: the process has enough               */
	RP_CROWD,         /* greeting: this address or network has enough   */
	RP_SICK,          /* greeting: a disk fails                         */
	/* all is well */
	RP_OK, RP_SENDER, RP_RCPT, RP_GO, RP_KEPT, RP_HELP, RP_VRFY,
	RP_TLS_GO,
	/* lines and syntax */
	RP_BARE_LINE, RP_LONG_LINE, RP_NUL_LINE, RP_8BIT_LINE, RP_UNKNOWN,
	RP_SYNTAX, RP_NO_VERB, RP_BAD_SENDER, RP_BAD_RCPT, RP_8BIT_PATH,
	RP_BAD_PARAM,     /* a parameter that we do not have                */
	RP_BAD_VALUE,     /* one that we have, but not so                   */
	/* order */
	RP_HELLO_FIRST, RP_MAIL_FIRST, RP_RCPT_FIRST, RP_NESTED, RP_NO_RCPTS,
	RP_RCPTS_LATER,
	RP_NO_AUTH, RP_TLS_TWICE, RP_TLS_LATE,
	RP_TLS_LATER,     /* too many handshakes                            */
	RP_SYNC,          /* bytes where none may be yet; ends the session  */
	/* limits; those with 421 end the session */
	RP_TOO_BIG, RP_RCPTS, RP_OTHER_WAY, RP_FOREIGN, RP_FLOOD, RP_ERRORS,
	RP_JUNK, RP_GUESSES, RP_OVERSHOOT, RP_MESSAGES, RP_LIFETIME,
	RP_TIMEOUT, RP_SLOW, RP_CLOSING, RP_HARD_STOP,
	RP_CONNECTIONS, RP_RATE,      /* in this minute; at MAIL            */
	/* recipients */
	RP_NO_RELAY, RP_NO_USER, RP_FULL,
	/* content */
	RP_BARE_DATA, RP_NUL_DATA, RP_HEADER, RP_LOOP, RP_LOCAL, RP_DISK,
	/* verdicts that bring no text of their own */
	RP_LISTED, RP_POOR, RP_REFUSE, RP_DEFER, RP_DOUBT, RP_GREY,
	RP_COUNT
};

/* What the placeholders of a text become; all may be empty. */
struct reply_words {
	struct str host;     /* {host}: us                                  */
	struct str id;       /* {id}: of the session or message             */
	struct str what;     /* {what}: a stranger's text or our own word   */
	struct str ip;       /* {ip}: the client's address                  */
	struct str subject;  /* {subject}: "this address", or a domain      */
	struct str reason;   /* {reason}: why, in words                     */
	struct str brief;    /* {brief}: the same, shorter                  */
	struct str see;      /* {see}: a link, filled; its line is left out
	                        when it is empty                            */
	struct str contact;  /* {contact}: whom to ask                      */
};

/* One row of the table. */
struct reply_row {
	int         code;
	const char *enhanced;  /* "": none (greeting and hello, RFC 2034 4) */
	const char *text;      /* newline between lines                     */
	const char *by;        /* what the log calls a refusal; NULL        */
};

const struct reply_row *reply_row(enum reply_id);

/*
 * Folds and writes.
 * In: enhanced may be empty; text with newlines between lines; bytes that
 * are not printable ASCII become "?".
 * Returns the bytes written, CR LF of the last line included.
 */
size_t reply_write(int code, struct str enhanced, struct str text,
    char out[REPLY_MAX]);

/* Fills the placeholders of a text. Returns the bytes written. */
size_t reply_fill(struct str text, const struct reply_words *,
    char out[REPLY_TEXT]);

/* The two in one, for a row. */
size_t reply_make(enum reply_id, const struct reply_words *,
    char out[REPLY_MAX]);

/* The answer to EHLO: who we are and what we can do. In: has_tls, whether
 * STARTTLS may follow; size_limit 0: none.
 * The one reply that may have more than REPLY_LINES lines. */
size_t reply_ehlo(struct str host, bool has_tls, uint64_t size_limit,
    char out[REPLY_MAX]);

#endif
