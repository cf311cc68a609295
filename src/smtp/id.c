/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * id - the name of a session, in 11 letters that can be read over a
 * telephone: no i, l, o or u.
 *
 *	32 bits  seconds since 1970      it sorts by time
 *	 4       host                    several MX of one site
 *	 5       row of the board        processes of one host
 *	14       counter                 sessions of one process
 *
 * Called by: smtp/door.c, once per connection.
 * Always holds: two ids of one process are equal only when it opened 16,384
 * sessions within one second.
 *
 * KNOWN GAPS: the host's number is 0 until several hosts know each other.
 */
#include "smtp/server.h"

#define ID_LETTERS 11

static const char letters[33] = "0123456789abcdefghjkmnpqrstvwxyz";

void
id_make(struct server *server, char out[12])
{
	uint64_t seconds = (uint64_t)(world_wall(server->world) / SEC);
	uint64_t bits = (seconds & UINT32_MAX) << 23 |
	    (uint64_t)(server->row & 31) << 14 | (server->world->ids++ & 16383);
	int i;

	for (i = ID_LETTERS - 1; i >= 0; i--) {
		out[i] = letters[bits & 31];
		bits >>= 5;
	}
	out[ID_LETTERS] = '\0';
}
