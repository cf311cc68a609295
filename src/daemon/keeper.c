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
#include "keeper/control.h"
#include "keeper/rows.h"
#include "lang/builtin.h"
#include "run/clock.h"

struct keeper {
	struct outside      *out;
	struct asker         asker;
	struct doctor       *doctor;
	struct arena        *arena;
	struct control_view  view;
	struct control_door *door;      /* NULL: nobody can ask             */
};

static void
serve(void *arg, struct stream *stream)
{
	struct keeper *k = arg;

	control_serve(&k->view, stream);
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

/* The book is shipped, so it is the same in every process of a build. */
static void
open_view(struct keeper *k, const struct assembly *what)
{
	struct diagnostics *diag = diag_new();
	struct resolver_book *book;

	row_seed(world_random(&k->out->world));
	(void)resolver_book_read(builtin_reader(),
	    STR(BUILTIN_DIR "/lists/resolvers"), k->arena, diag, &book);
	diag_free(&diag);
	k->view = (struct control_view){ .doctor = k->doctor,
		.policy = what->policy, .settings = what->settings,
		.book = book, .world = &k->out->world,
		.names = k->asker.names };
}

int
keeper_open(struct outside *out, const struct assembly *what, unsigned row,
    int control, struct keeper **kp, struct fault *fault)
{
	struct keeper *k = calloc(1, sizeof *k);
	int rc;

	must(k != NULL);
	k->out = out;
	k->arena = arena_new(0);
	rc = outside_ask_anew(out, &what->settings->resolver, &k->asker,
	    fault);
	if (rc == 0)
		rc = open_doctor(k, what, row, fault);
	if (rc == 0)
		open_view(k, what);
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
	arena_free(&k->arena);
	free(k);
	*kp = NULL;
}
