/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keeper - answers tools.
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

struct keeper {
	struct outside      *out;
	struct asker         asker;
	struct control_door *door;      /* NULL: nobody can ask             */
};

static void
serve(void *arg, struct stream *stream)
{
	(void)arg;
	(void)stream_say(stream, STR("{\"v\":1,\"row\":\"end\",\"status\":0,"
	    "\"error\":\"\"}\n"));
}

int
keeper_open(struct outside *out, const struct assembly *what, unsigned row,
    int control, struct keeper **kp, struct fault *fault)
{
	struct keeper *k = calloc(1, sizeof *k);
	int rc;

	must(k != NULL);
	(void)row;
	k->out = out;
	rc = outside_ask_anew(out, &what->settings->resolver, &k->asker,
	    fault);
	if (rc == 0 && control >= 0)
		k->door = control_open(out->loop, control, serve, k);
	*kp = k;
	return rc;
}

void
keeper_close(struct keeper **kp)
{
	struct keeper *k = *kp;

	if (k == NULL)
		return;
	control_close(&k->door);
	asker_close(&k->asker);
	free(k);
	*kp = NULL;
}
