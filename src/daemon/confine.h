/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine: what a process gives up at start.
 */
#ifndef DAEMON_CONFINE_H
#define DAEMON_CONFINE_H

#include "conf/settings.h"

/* For every program of ours, first thing: descriptors 0 to 2 are open, what
 * else was inherited is closed, files are made for ourselves alone. */
void confine_start(void);

/* Before the first client: as many descriptors as the limits need (or as the
 * system gives), no core files, no new rights. */
void confine_serve(const struct limits *);

#endif
