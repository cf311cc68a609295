/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * succession - from one version of this program to the next without a moment
 * in which nobody listens (catalogue 127).
 *
 *	predecessor   handover_write, descriptors stay open, exec
 *	successor     handover_read; the children that it finds are its old
 *	              generation, which drains as soon as its own serves
 *
 * Called by: daemon/supervisor.c.
 * Always holds: the process stays the same one, so the service manager and
 * the children see no other parent; an exec that fails leaves all as it was.
 * Pairs of jobs are not handed over: their ends are with those who use them.
 * So nobody who was left can be started anew; until the successor has a
 * generation of its own, which it tries again as soon as one of them ends,
 * new clients wait in the listeners when all gates are gone, and mail is put
 * off when a pool is.
 */
#include "config.h"

#include "daemon/succession.h"

#include <stdlib.h>
#include <unistd.h>

#include "daemon/handover.h"
#include "daemon/program.h"
#include "daemon/sink.h"

static enum log_to
log_of(const struct crew *w)
{
	return w->settings != NULL ? w->settings->log.to : LT_STDERR;
}

static void
bequeath_door(const struct crew *w, int fd, struct handover *h)
{
	const struct door *door;
	size_t i;

	for (i = 0; i < COUNT(w->doors->door); i++) {
		door = &w->doors->door[i];
		if (door->users > 0 && door->fd == fd)
			h->doors[h->door_count++] = *door;
	}
}

/* A child in its back-off is not there, and the successor starts its own. */
static void
bequeath(const struct crew *w, struct handover *h)
{
	const struct child *c;
	size_t i;

	for (i = 0; i < w->listener_count; i++)
		bequeath_door(w, w->listeners[i], h);
	bequeath_door(w, w->control, h);
	for (i = 0; i < w->child_count; i++) {
		c = &w->children[i];
		if (c->pid > 0)
			h->heirs[h->heir_count++] = (struct heir){
			    .role = c->role, .owner = c->owner, .row = c->row,
			    .pid = c->pid, .wire = c->wire };
	}
}

void
succession_leave(const struct site *site, const struct crew *w,
    const struct order *order, struct fault *fault)
{
	struct handover *h = calloc(1, sizeof *h);
	int fd;

	must(h != NULL);
	h->board = site->board_fd;
	h->log_to = log_of(w);
	h->log = sink_fd(site->log);
	bequeath(w, h);
	if (handover_write(h, &fd) != 0) {
		fault_set(fault, "no memory for what is handed over");
	} else {
		handover_keep(h, true);
		program_replace(order, fd, fault);
		handover_keep(h, false);
		(void)close(fd);
	}
	free(h);
}

/* That of another version may look different; then limits count apart until
 * the old processes are gone. Returns whether it is theirs. */
static bool
share_board(struct site *site, int fd)
{
	site->board = board_map(fd);
	site->board_fd = fd;
	if (site->board != NULL)
		return true;
	(void)close(fd);
	site->board = board_new();
	site->board_fd = board_fd(site->board);
	return false;
}

int
succession_take(int fd, struct site *site, struct doors *doors,
    struct crew **w, struct fault *fault)
{
	struct handover *h = calloc(1, sizeof *h);
	struct log_conf log = { LT_STDERR, { 0 } };
	bool is_theirs;
	int rc;

	must(h != NULL);
	rc = handover_read(fd, h);
	if (rc == 0) {
		handover_keep(h, false);
		is_theirs = share_board(site, h->board);
		log.to = h->log_to;
		site->log = sink_take(&log, h->log);
		*w = crew_adopt(site, doors, h, !is_theirs);
	} else {
		fault_set(fault, "--inherit: what was left is not readable");
	}
	free(h);
	return rc;
}
