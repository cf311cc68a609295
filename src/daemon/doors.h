/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doors: the listening sockets, one for each address however many generations
 * listen there, so that no moment is without and the kernel's queue survives.
 * The control socket is one of them: "unix:PATH".
 */
#ifndef DAEMON_DOORS_H
#define DAEMON_DOORS_H

#include "base/error.h"
#include "conf/settings.h"
#include "daemon/role.h"

#define DOOR_TEXT 120   /* of an address and its NUL; a socket's path has 107 */
#define DOOR_UNIX "unix:"

struct door {
	char     address[DOOR_TEXT];
	int      fd;
	unsigned users;     /* generations; 0: the slot is free             */
};

struct doors {
	struct door door[2 * (ROLE_LISTENERS + 1)];
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

/* The control socket, in the same way. As control_bind, -E_TOOBIG. */
int doors_control(struct doors *, const struct control_conf *, int *fd,
    struct fault *);

/* A socket that was handed over. Returns 0, -E_TOOBIG. */
int doors_add(struct doors *, struct str address, int fd);

#endif
