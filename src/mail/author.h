/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * author: who a message says it is from, by one strict parser that every
 * decision uses.
 *
 * Nothing is guessed: what is not well formed has no author, and then nothing
 * can be aligned with it.
 *
 * Source: RFC 5322 3.4, 3.6.2, 4.4 (obsolete forms are read), 6854 (a group
 * is one field without an author).
 */
#ifndef MAIL_AUTHOR_H
#define MAIL_AUTHOR_H

#include "mail/header.h"

#define AUTHORS_MAX 1000 /* addresses read of one field */

enum author_kind {
	AU_ONE,      /* one domain                                          */
	AU_SEVERAL,  /* one field, authors of several domains               */
	AU_NONE,     /* no From, an empty one, or a group without members   */
	AU_BAD       /* several fields, one that cannot be read, or an author
	                without a domain name                               */
};

struct authors {
	enum author_kind kind;
	struct str *domains; /* lower-case A-labels, each once; none unless
	                        AU_ONE or AU_SEVERAL                        */
	size_t      count;
};

/* Reads the From fields. Never waits; linear in their length. */
void authors_read(const struct header *, struct arena *, struct authors *);

/* The same for the value of one field. */
void authors_parse(struct str value, struct arena *, struct authors *);

#endif
