/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doors - which addresses are listened on, and for how many generations.
 *
 * Called by: daemon/crew.c, daemon/supervisor.c.
 * Always holds: a socket is open as long as a generation uses it, and no
 * longer; a new generation has all of its own before an old one loses any.
 */
#include "config.h"

#include "daemon/doors.h"

#include <string.h>
#include <unistd.h>

#include "daemon/control.h"
#include "run/loop.h"

static struct door *
find_door(struct doors *doors, struct str address)
{
	size_t i;

	for (i = 0; i < COUNT(doors->door); i++)
		if (doors->door[i].users > 0 &&
		    str_eq(str_of(doors->door[i].address), address))
			return &doors->door[i];
	return NULL;
}

static struct door *
free_door(struct doors *doors)
{
	size_t i;

	for (i = 0; i < COUNT(doors->door); i++)
		if (doors->door[i].users == 0)
			return &doors->door[i];
	return NULL;
}

static bool
is_among(int fd, const int *fds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (fds[i] == fd)
			return true;
	return false;
}

/* There is room for two generations that share no address. */
int
doors_add(struct doors *doors, struct str address, int fd)
{
	struct door *door = free_door(doors);

	if (door == NULL || address.len >= sizeof door->address)
		return -E_TOOBIG;
	memcpy(door->address, address.p, address.len);
	door->address[address.len] = '\0';
	door->fd = fd;
	door->users = 1;
	return 0;
}

/* One that is open is shared, unless this generation has it already: then it
 * was named twice, and the system shall say so. In: taken, those it has. */
static int
open_door(struct doors *doors, struct str address, const int *taken,
    size_t count, int *fd, struct fault *fault)
{
	struct door *door = find_door(doors, address);
	int rc;

	if (door != NULL && !is_among(door->fd, taken, count)) {
		door->users++;
		*fd = door->fd;
		return 0;
	}
	rc = loop_bind(address, fd, fault);
	if (rc != 0)
		return rc;
	rc = doors_add(doors, address, *fd);
	if (rc != 0)
		(void)close(*fd);
	return rc;
}

int
doors_open(struct doors *doors, const struct settings *conf,
    int fds[ROLE_LISTENERS], struct fault *fault)
{
	char text[ENDPOINT_TEXT];
	size_t i, n;
	int rc = 0;

	if (conf->listen_count > ROLE_LISTENERS) {
		fault_set(fault, "%zu addresses to listen on are too many; "
		    "at most %d", conf->listen_count, ROLE_LISTENERS);
		return -E_TOOBIG;
	}
	for (i = 0; i < conf->listen_count && rc == 0; i++) {
		n = endpoint_print(conf->listens[i].at, text);
		rc = open_door(doors, (struct str){ text, n }, fds, i,
		    &fds[i], fault);
	}
	if (rc != 0)
		doors_close(doors, fds, i - 1);
	return rc;
}

/* Two generations that name the same path have the same socket, whatever else
 * they say of it: a new group counts from the next start on. */
int
doors_control(struct doors *doors, const struct control_conf *conf, int *fd,
    struct fault *fault)
{
	struct buf text = BUF_INIT(DOOR_TEXT);
	struct door *door = NULL;
	int rc = buf_addf(&text, DOOR_UNIX "%.*s", STR_ARG(conf->path));

	if (rc == 0)
		door = find_door(doors, buf_str(&text));
	if (door != NULL) {
		door->users++;
		*fd = door->fd;
	} else if (rc == 0) {
		rc = control_bind(conf, fd, fault);
		if (rc == 0)
			rc = doors_add(doors, buf_str(&text), *fd);
	} else {
		fault_set(fault, "the path %.*s is too long for a socket",
		    STR_ARG(conf->path));
	}
	buf_free(&text);
	return rc;
}

/* By descriptor, for that is what a generation knows. */
void
doors_close(struct doors *doors, const int *fds, size_t count)
{
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < COUNT(doors->door); j++) {
			struct door *door = &doors->door[j];

			if (door->users == 0 || door->fd != fds[i])
				continue;
			if (--door->users == 0)
				(void)close(door->fd);
		}
}
