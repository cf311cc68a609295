/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message: texts of messages as clients of ours send them: the one of a
 * play, and `postern send`.
 */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include "base/arena.h"

/* What a message is made of. Texts without line ends, but for header and
 * body, whose lines each end in CR LF. */
struct message {
	struct str header;    /* lines of the writer's own; a field in it   */
	bool       is_bare;   /* ... or this, leaves the standard one out   */
	struct str from, to, date, id, subject;
	struct str body;
};

/* The whole. Owner: the arena. */
struct str message_compose(const struct message *, struct arena *);

/* Text with CR LF at the end of each line, however it was written. */
struct str message_lines(struct str text, struct arena *);

/* As it goes over the wire behind DATA: dots doubled, dot at the end
 * (RFC 5321 4.5.2). */
struct str message_stuffed(struct str text, struct arena *);

#endif
