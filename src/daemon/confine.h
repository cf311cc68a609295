/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine: what a process gives up, and when.
 *
 *	every program    confine_start, before it does anything
 *	supervisor       confine_supervisor, before it makes a child
 *	a child          confine_become, between fork and exec, for another
 *	                 user; then, as its role, confine_hide
 *	gate, one process  confine_serve, before the first client
 */
#ifndef DAEMON_CONFINE_H
#define DAEMON_CONFINE_H

#include <sys/types.h>

#include "base/error.h"
#include "conf/settings.h"

/* Descriptors 0 to 2 are open, those from `first` on closed (3, or behind
 * what was handed over); files are made for ourselves alone. */
void confine_start(unsigned first);

/* As many descriptors as the limits need (or as the system gives), no core
 * files, no new rights. */
void confine_serve(const struct limits *);

/* Nobody of the same user reads our memory. Not in sanitized builds, whose
 * leak check traces its own process. */
void confine_hide(void);

/*
 * The supervisor: folder /, no core files, no new rights, unseen; as root
 * only the capabilities that it needs. Returns 0, -E_IO with a fault.
 */
int confine_supervisor(struct fault *);

/* A user of the system. */
struct identity {
	uid_t uid;
	gid_t gid;
	char  name[64];
};

/* In: setting, where another could be named. Returns 0; -E_NOTFOUND (no such
 * user), -E_DENIED (that is root), with a fault that tells the remedy. */
int identity_find(struct str name, const char *setting, struct identity *,
    struct fault *);

/* The users that a configuration needs when root starts it: 0 of the gates,
 * then each owner of mailboxes, settings.owner_count of them. As
 * identity_find; -E_DENIED as well for an owner below minimum-uid (catalogue
 * 113). */
int identity_needed(const struct settings *, size_t i, struct identity *,
    struct fault *);

/*
 * In the child, for good: no capabilities, and with an identity its user and
 * main group and no other group. NULL: the user that we are; root without
 * capabilities is what is left of root.
 * Only calls that are safe after fork. Returns 0, -E_DENIED when something
 * that had to go is still there.
 */
int confine_become(const struct identity *);

/* For tests: the capabilities that confine_supervisor keeps, as bits. */
uint64_t confine_kept(void);

#endif
