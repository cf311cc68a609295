/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line per decision: event word first, our own values next, what a
 * stranger typed last, quoted and escaped.
 *
 *	refuse ip=192.0.2.77 id=dc31nvr2bsh ... helo="a b\x0d"
 *
 * A line is built in a struct event (on the stack, no memory of its own),
 * then given to a sink. The sink of the daemon writes to stderr, syslog or a
 * file; that of the simulator collects.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/ip.h"
#include "base/str.h"

#define EVENT_MAX   1800 /* a line is cut there, at a member's border     */
#define EVENT_TEXT  256  /* bytes a stranger's text has in it, escaped:
                          * four of them never push each other out        */
#define POINTS_TEXT 24   /* room for the longest points and their NUL     */

enum level { LOG_ERROR, LOG_WARN, LOG_MARK, LOG_TELL, LOG_TRACE };

/* Where lines go. A sink never blocks; what it cannot take it counts. */
struct sink {
	void (*write)(struct sink *, enum level, struct str line);
	uint64_t dropped;
};

struct event {
	enum level level;
	size_t     len;
	unsigned   missing; /* members that did not fit: "... ...+2"        */
	char       text[EVENT_MAX];
};

void event_open(struct event *, enum level, const char *word);

/* Our own values; must need no quoting (checked by must). "-" when empty. */
void event_word(struct event *, const char *name, struct str);
void event_number(struct event *, const char *name, int64_t);
void event_ip(struct event *, const char *name, struct ip);
void event_seconds(struct event *, const char *name, usec_t);   /* 2.61 */
void event_points(struct event *, const char *name, int64_t hundredths);

/* A stranger's text: quoted; `"`, `\`, control and non-ASCII bytes as \xNN;
 * cut at EVENT_TEXT. "-" (unquoted) when p is NULL. */
void event_text(struct event *, const char *name, struct str);

void event_send(struct event *, struct sink *);

/* The escaping alone, for replies and reports. Out: at most max bytes, no
 * NUL. Returns the length written; cut texts end in "...". */
size_t text_escape(struct str, char *out, size_t max);

/* "8", "-2.5", "0.25": hundredths without needless zeros, at least
 * `decimals` (0..2) of them. Out: text with NUL. Returns its length. */
size_t points_print(int64_t hundredths, int decimals, char out[POINTS_TEXT]);

#endif
