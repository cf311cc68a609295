/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doors: the listening sockets, one for each address however many generations
 * listen there, so that no moment is without and the kernel's queue survives.
 */
#ifndef DAEMON_DOORS_H
#define DAEMON_DOORS_H

#include "base/error.h"
#include "conf/settings.h"
#include "daemon/role.h"

struct door {
	char     address[ENDPOINT_TEXT];
	int      fd;
	unsigned users;     /* generations; 0: the slot is free             */
};

struct doors {
	struct door door[2 * ROLE_LISTENERS];
};

/*
 * A socket for each address of the settings, in their order: one that is
 * open already, or a new one. An address that is named twice is refused by
 * the system.
 * Owner: the doors', until doors_close with the same array.
 * Returns 0; -E_IO, -E_TOOBIG with a fault; then nothing is held.
 */
int doors_open(struct doors *, const struct settings *,
    int fds[ROLE_LISTENERS], struct fault *);
void doors_close(struct doors *, const int *fds, size_t count);

/* A socket that was handed over. Returns 0, -E_TOOBIG. */
int doors_add(struct doors *, struct str address, int fd);

#endif
