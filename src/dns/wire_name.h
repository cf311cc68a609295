/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_name: domain names between their text and their bytes on the wire.
 * For wire.c, wire_write.c and ask.c, which uses the bytes as key.
 *
 * A name in bytes is always lower case, uncompressed, and ends in the root.
 */
#ifndef DNS_WIRE_NAME_H
#define DNS_WIRE_NAME_H

#include "base/arena.h"

#define WIRE_NAME 255   /* bytes, lengths and root included               */

/*
 * In: text, any case, with or without a dot at the end; "\DDD" is a byte,
 * "\x" is x. "" and "." are the root.
 * Returns the length in bytes, or -E_INVALID.
 */
int wire_name_of(struct str text, uint8_t out[WIRE_NAME]);

bool wire_name_same(const uint8_t *, const uint8_t *);
/* Returns the length in bytes. */
size_t wire_name_copy(uint8_t out[WIRE_NAME], const uint8_t *name);

/* Bytes that the text of a name takes, its NUL included. */
size_t wire_name_room(const uint8_t *name);

/* Text as struct record has it, and a NUL. Returns its length. */
size_t wire_name_print(const uint8_t *name, char *out);

/* The same. Owner: the arena. */
struct str wire_name_text(struct arena *, const uint8_t *name);

/*
 * Reads the name at *at of a packet, pointers followed.
 * Out: *at, behind the name where it stood.
 * Returns the length in bytes, or -E_GARBAGE.
 */
int wire_name_read(const uint8_t *packet, size_t n, size_t *at,
    uint8_t out[WIRE_NAME]);

/* The same without the name: 0 or -E_GARBAGE. Pointers are not followed. */
int wire_name_skip(const uint8_t *packet, size_t n, size_t *at);

#endif
