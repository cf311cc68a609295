/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pool - the role: an owner's mailboxes, opened once for all its workers.
 *
 * Called by: daemon/main.c.
 * Always holds: what a pool knows comes from the generation, without its
 * secrets; it runs as the owner, and the workers are its copies, so that they
 * share its memory.
 */
#include "config.h"

#include "daemon/pool.h"

#include <signal.h>
#include <unistd.h>

#include "conf/generation.h"
#include "daemon/assemble.h"
#include "daemon/confine.h"
#include "daemon/mailroom.h"
#include "daemon/role.h"
#include "daemon/sink.h"
#include "run/clock.h"

enum { EXIT_OS = 71, EXIT_CONFIG = 78 };

/* All that a pool holds. */
struct house {
	struct world       world;
	struct arena      *arena;
	struct generation *generation;
	struct assembly    what;
	struct pool_conf   pool;
};

static usec_t
real_now(struct world *w)
{
	(void)w;
	return clock_now();
}

static usec_t
real_wall(struct world *w)
{
	(void)w;
	return clock_wall();
}

static void
real_random(struct world *w, void *buf, size_t n)
{
	(void)w;
	clock_random(buf, n);
}

static int
read_generation(struct house *h, const struct given *given,
    struct fault *fault)
{
	struct diagnostics *diag = diag_new();
	int rc;

	rc = generation_map(given->open, -1, &h->generation);
	if (rc == 0)
		rc = assemble_given(h->generation, 0, h->arena, diag,
		    &h->what);
	if (rc != 0)
		fault_set(fault, "what was checked cannot be read again: "
		    "%.*s", STR_ARG(diag_text(diag, h->arena)));
	diag_free(&diag);
	(void)close(given->open);
	return rc;
}

static int
open_board(struct house *h, const struct given *given, struct fault *fault)
{
	h->pool.board = board_map(given->board);
	if (h->pool.board == NULL) {
		fault_set(fault, "the board cannot be read");
		return -E_INVALID;
	}
	(void)close(given->board);
	h->pool.row = given->row;
	board_take(h->pool.board, given->row);
	return 0;
}

static int
open_house(struct house *h, const struct given *given, struct fault *fault)
{
	int rc;

	h->pool.wire = ROLE_FD;
	h->pool.jobs = given->jobs[given->owner];
	h->pool.questions = given->questions[given->owner];
	if (h->pool.jobs < 0 || h->pool.questions < 0) {
		fault_set(fault, "there is nobody to take jobs from");
		return -E_INVALID;
	}
	rc = read_generation(h, given, fault);
	if (rc == 0)
		rc = open_board(h, given, fault);
	if (rc != 0)
		return rc;
	h->pool.settings = h->what.settings;
	h->pool.log = sink_take(&h->what.settings->log, given->log);
	sink_share(h->pool.log, board_log_cuts(h->pool.board));
	if (given->owner >= h->what.settings->owner_count) {
		fault_set(fault, "there is no owner %u", given->owner);
		return -E_INVALID;
	}
	return mailroom_open_owner(h->what.settings, given->owner, &h->world,
	    h->arena, &h->pool.store, fault);
}

/* The service manager tells everybody to end; a pool ends when nobody has
 * anything more for it. SIGXFSZ: a file too long is an error of its write. */
static void
ignore_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT,
	    SIGUSR1, SIGUSR2, SIGPIPE, SIGXFSZ };
	size_t i;

	for (i = 0; i < COUNT(signals); i++)
		(void)signal(signals[i], SIG_IGN);
}

static void
close_house(struct house *h)
{
	if (h->pool.store != NULL)
		h->pool.store->free(h->pool.store);
	if (h->pool.log != NULL)
		sink_close(&h->pool.log);
	board_free(&h->pool.board);
	generation_free(&h->generation);
	arena_free(&h->arena);
}

int
pool_main(const struct given *given)
{
	struct house h = { .world = { .now = real_now, .wall = real_wall,
	    .random = real_random }, .arena = arena_new(0) };
	struct fault fault = { "" };
	int rc;

	confine_hide();
	ignore_signals();
	rc = open_house(&h, given, &fault);
	if (rc != 0)
		(void)role_failed(ROLE_FD, rc == -E_INVALID ? EXIT_CONFIG :
		    EXIT_OS, str_of(fault.text));
	else
		rc = role_ready(ROLE_FD);
	if (rc == 0)
		pool_serve(&h.pool);
	close_house(&h);
	return rc == 0 ? 0 : EXIT_OS;
}
