/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire: messages with descriptors between our processes, over SOCK_SEQPACKET
 * pairs.
 *
 *	message = type (u32) length (u32) build (u64) body
 *
 * Each protocol is a table of its types with the most bytes and the number
 * of descriptors of each. What does not fit the table, or comes from another
 * build, is -E_INVALID, its descriptors are closed, and it costs that peer
 * (catalogue 132). Source: unix(7), cmsg(3).
 */
#ifndef RUN_WIRE_H
#define RUN_WIRE_H

#include "base/str.h"
#include "run/fiber.h"

#define WIRE_BODY 32768    /* bytes of a body at most                       */
#define WIRE_FDS  4

struct wire_type {
	size_t   max;      /* bytes of the body                             */
	unsigned fds;      /* exactly so many                               */
	bool     is_known; /* false: a hole in the table                    */
};

struct wire_protocol {
	const struct wire_type *types;
	size_t                  count;
};

struct message {
	unsigned   type;
	struct str body;             /* received: borrowed from the room    */
	int        fds[WIRE_FDS];
	unsigned   fd_count;
};

/* Both ends close-on-exec; non-blocking is each end's own choice. Returns 0
 * or -E_NOMEM (no descriptors). */
int wire_pair(int fds[2]);
void wire_nonblock(int fd);

/*
 * Sends one message whole or not at all; the descriptors stay the caller's.
 * Returns 0; -E_AGAIN (non-blocking, full), -E_RESET (nobody is there any
 * more), -E_NOMEM.
 */
int wire_send(int fd, const struct message *);

/*
 * Takes one message.
 * In: room of WIRE_ROOM bytes, which the body is borrowed from.
 * Owner: descriptors of a message that was returned are the caller's, close-
 * on-exec.
 * Returns 0, -E_AGAIN, -E_EOF, -E_INVALID (see above), -E_RESET, -E_NOMEM.
 */
#define WIRE_ROOM (WIRE_BODY + 16)
int wire_recv(int fd, const struct wire_protocol *, char *room,
    struct message *);

/* Closes what a message that nobody wants has brought. */
void wire_discard(struct message *);

/* Of this program: what differs between two builds makes it differ. */
uint64_t wire_build(void);

#endif
