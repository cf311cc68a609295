/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * site - where a supervisor stands.
 *
 * Called by: daemon/supervisor.c.
 * Always holds: the program's file is opened before rights are given up, and
 * everything else after.
 */
#include "config.h"

#include "daemon/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/confine.h"
#include "daemon/program.h"

int
site_open(struct site *site, struct fault *fault)
{
	int rc;

	site->program = program_open();
	if (site->program < 0) {
		fault_set(fault, "/proc/self/exe: %s; /proc must be mounted",
		    strerror(errno));
		return -E_IO;
	}
	rc = confine_supervisor(fault);
	if (rc != 0)
		return rc;
	site->environment = program_environment();
	site->room = malloc(WIRE_ROOM);
	must(site->room != NULL);
	site->loop = loop_new();
	return 0;
}

void
site_close(struct site *site)
{
	board_free(&site->board);
	if (site->loop != NULL)
		loop_free(&site->loop);
	free(site->environment);
	free(site->room);
	if (site->program >= 0)
		(void)close(site->program);
}
