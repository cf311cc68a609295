/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keeper - looks after lists, and answers tools.
 *
 * Called by: daemon/keeper_role.c; daemon/gate.c as the one process that does
 * everything.
 * Always holds: it asks DNS by itself, without a cache and without anybody's
 * budget; what it needs is open before keeper_open returns.
 */
#include "config.h"

#include "daemon/keeper.h"

#include <stdlib.h>

#include "daemon/control.h"
#include "keeper/doctor.h"
#include "run/clock.h"

struct keeper {
	struct outside      *out;
	struct asker         asker;
	struct doctor       *doctor;
	struct control_door *door;      /* NULL: nobody can ask             */
};

static void
serve(void *arg, struct stream *stream)
{
	(void)arg;
	(void)stream_say(stream, STR("{\"v\":1,\"row\":\"end\",\"status\":0,"
	    "\"error\":\"\"}\n"));
}

static int
open_doctor(struct keeper *k, const struct assembly *what, unsigned row,
    struct fault *fault)
{
	const struct doctor_conf conf = { .world = &k->out->world,
	    .names = k->asker.names, .policy = what->policy, .row = row,
	    .deadline = what->settings->resolver.query_deadline };
	int rc = doctor_new(&conf, &k->doctor);

	if (rc != 0)
		fault_set(fault, "no memory to look after lists");
	return rc;
}

int
keeper_open(struct outside *out, const struct assembly *what, unsigned row,
    int control, struct keeper **kp, struct fault *fault)
{
	struct keeper *k = calloc(1, sizeof *k);
	int rc;

	must(k != NULL);
	k->out = out;
	rc = outside_ask_anew(out, &what->settings->resolver, &k->asker,
	    fault);
	if (rc == 0)
		rc = open_doctor(k, what, row, fault);
	if (rc == 0 && control >= 0)
		k->door = control_open(out->loop, control, serve, k);
	*kp = k;
	return rc;
}

WAITS void
keeper_first(struct keeper *k)
{
	(void)doctor_first(k->doctor, clock_now() + HEALTH_FIRST);
}

WAITS void
keeper_close(struct keeper **kp)
{
	struct keeper *k = *kp;

	if (k == NULL)
		return;
	control_close(&k->door);
	doctor_free(&k->doctor);
	asker_close(&k->asker);
	free(k);
	*kp = NULL;
}
