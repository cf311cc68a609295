/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buf owns: bytes that grow up to a cap.
 *
 * A failed call changes nothing. Memory is taken at the first byte, so that
 * an idle buffer costs its struct.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
	char  *p;   /* NULL until the first byte                            */
	size_t len;
	size_t cap;
	size_t max; /* 0: no cap                                            */
};

/* An empty buf that never grows over max bytes. */
#define BUF_INIT(max) ((struct buf){ NULL, 0, 0, (max) })

/* Appends. Returns 0, -E_TOOBIG (the cap), -E_NOMEM. */
int buf_add(struct buf *, const void *p, size_t n);
int buf_add_str(struct buf *, struct str);
int buf_addf(struct buf *, const char *fmt, ...) PRINTF(2, 3);
int buf_add_byte(struct buf *, char);

/* Room for n more bytes behind len. Returns NULL at the cap. */
char *buf_room(struct buf *, size_t n);

/* Drops n bytes from the front. */
void buf_cut(struct buf *, size_t n);

/* What is in it; borrowed until the next change. */
struct str buf_str(const struct buf *);

/* Empties and gives the memory back; usable again. */
void buf_free(struct buf *);

#endif
