/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * notify - sd_notify without its library: one datagram.
 *
 * Called by: the supervisor; the gate of one process.
 * Source: sd_notify(3): NOTIFY_SOCKET is a path, or an abstract name that
 * starts with "@"; sd_watchdog_enabled(3).
 */
#include "config.h"

#include "daemon/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
notify(const char *state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path == NULL ? 0 : strlen(path);
	int fd;

	if (n == 0 || n >= sizeof to.sun_path ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
	    (const struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	(void)close(fd);
}

void
notify_status(const char *state, struct str status)
{
	char text[512];

	(void)snprintf(text, sizeof text, "%sSTATUS=%.*s", state,
	    STR_ARG(str_sub(status, 0, str_find(status, '\n'))));
	notify(text);
}

void
notify_reloading(usec_t now)
{
	char text[64];

	(void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)now);
	notify(text);
}

/* 0: never. */
static usec_t
interval_wanted(void)
{
	const char *text = getenv("WATCHDOG_USEC"), *pid =
	    getenv("WATCHDOG_PID");
	uint64_t usec, whose;

	if (text == NULL || str_number(str_of(text), 3600 * SEC, &usec) != 0)
		return 0;
	if (pid != NULL && (str_number(str_of(pid), INT32_MAX, &whose) != 0 ||
	    (pid_t)whose != getpid()))
		return 0;
	return (usec_t)usec / 2;
}

/* A tick early is better than a tick late. */
void
notify_well(usec_t now, usec_t tick, usec_t *last)
{
	usec_t interval = interval_wanted();

	if (interval == 0 || now - *last < interval - tick)
		return;
	*last = now;
	notify("WATCHDOG=1");
}
