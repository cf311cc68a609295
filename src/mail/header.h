/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * header: the fields of a message, in order, as bytes.
 *
 * Nothing is repaired. Limits are of hardening.md's kind: the whole block,
 * one field, the count; a field that is too long is kept, marked, and gives
 * no facts.
 *
 * Source: RFC 5322 2.2, 3.6; 5321 4.4.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "base/arena.h"
#include "mail/body.h"

/* What header_read takes. */
#define HEADER_TOTAL (256u << 10)
#define HEADER_FIELD (64u << 10)
#define HEADER_COUNT 1000

struct header_limits {
	uint64_t total;     /* bytes, the empty line included               */
	uint64_t field;     /* bytes of one; over it is_long                */
	uint64_t count;     /* fields                                       */
};

struct field {
	struct str raw;     /* with name, colon and final CR LF              */
	struct str name;    /* as written; empty: the line is no field       */
	struct str value;   /* behind the colon, folded, without final CRLF  */
	uint64_t   at;      /* offset in the body                            */
	bool       is_long; /* over the limit of one                         */
};

struct header {
	struct field *fields;
	size_t        count;
	uint64_t      size;       /* bytes up to and with the empty line     */
	bool          has_odd;    /* a line that is no field (catalogue 44)  */
	bool          has_nul;
};

/* Owner: the arena holds all of it, also the fields' bytes.
 * Returns 0; -E_TOOBIG (total or count); -E_IO; -E_NOMEM. */
int header_read(const struct body *, struct arena *, struct header *);
int header_read_within(const struct body *, const struct header_limits *,
    struct arena *, struct header *);

/* First field of a name after *from (NULL: the first); NULL at the end. */
const struct field *header_next(const struct header *, struct str name,
    const struct field *from);
size_t header_count(const struct header *, struct str name);

/* A value unfolded and trimmed, comments kept. */
struct str field_text(const struct field *, struct arena *);

#endif
