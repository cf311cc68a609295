/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crew - a generation's processes.
 *
 *	STARTING --all ready--> SERVING --> DRAINING --> CLOSING --> GONE
 *	    +-------- one of them ended ------^
 *
 *	STARTING -> SERVING: crew_serve
 *	any -> DRAINING: crew_drain
 *	DRAINING -> CLOSING: crew_went_on, when the last gate is gone
 *	CLOSING -> GONE: crew_went_on, when the last pool is, and the keeper
 *
 * Called by: daemon/supervisor.c.
 * Always holds: the pairs that carry jobs are made before the first process
 * and both ends stay here until the gates are gone, so that a gate or pool
 * that is started anew finds the jobs of its predecessor.
 */
#include "config.h"

#include "daemon/crew.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/assemble.h"
#include "daemon/sink.h"
#include "daemon/state.h"
#include "run/clock.h"

#define GATES_MOST 4             /* when nothing is said                    */
#define HURRY_TIME (5 * SEC)     /* between the words that end a gate       */
#define CLOSE_TIME (60 * SEC)    /* for a pool: a disk may be slow          */

/* --- making -------------------------------------------------------------- */

/* The policy is not compiled here: only its name is wanted, and its tables
 * may be large. */
static int
read_settings(struct crew *w, struct fault *fault)
{
	struct diagnostics *diag = diag_new();
	struct assembly what;
	int rc;

	rc = generation_map(w->open, -1, &w->generation);
	if (rc == 0)
		rc = assemble_given(w->generation, 0, w->arena, diag, &what);
	if (rc == 0) {
		w->settings = what.settings;
		w->policy = assemble_policy_given(w->generation, w->arena);
	}
	if (rc != 0)
		fault_set(fault, "what was checked cannot be read again: "
		    "%.*s", STR_ARG(diag_text(diag, w->arena)));
	diag_free(&diag);
	return rc;
}

/* By name, once for each generation: no child asks the system for users. Who
 * is not root can be nobody else. */
static int
find_users(struct crew *w, struct fault *fault)
{
	const struct settings *conf = w->settings;
	size_t i;
	int rc;

	w->owner_count = conf->owner_count;
	must(w->owner_count <= ROLE_OWNERS);
	if (!w->is_root)
		return 0;
	rc = identity_needed(conf, 0, &w->user, fault);
	for (i = 0; i < w->owner_count && rc == 0; i++)
		rc = identity_needed(conf, 1 + i, &w->owners[i].who, fault);
	return rc == 0 ? 0 : -E_INVALID;
}

/* A second pair carries questions, so that no recipient waits behind somebody's
 * message that is being synced. */
static int
make_pairs(struct crew *w, struct fault *fault)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < w->owner_count && rc == 0; i++) {
		rc = wire_pair(w->owners[i].jobs);
		if (rc == 0)
			rc = wire_pair(w->owners[i].questions);
	}
	if (rc != 0)
		fault_set(fault, "no more descriptors can be had");
	return rc;
}

static void
close_pair(int pair[2])
{
	size_t i;

	for (i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			(void)close(pair[i]);
		pair[i] = -1;
	}
}

static void
close_pairs(struct crew *w)
{
	size_t i;

	for (i = 0; i < ROLE_OWNERS; i++) {
		close_pair(w->owners[i].jobs);
		close_pair(w->owners[i].questions);
	}
}

/* A gate waits for the network, not for the disk: more than the processors can
 * run at once would only share caches of DNS less. */
static size_t
gate_count(const struct settings *conf)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (conf->processes.gates > 0)
		return (size_t)conf->processes.gates;
	return cores < 1 ? 1 : cores > GATES_MOST ? GATES_MOST :
	    (size_t)cores;
}

/* Nobody is wanted yet: whoever ends before all were ready ends the start of
 * the generation. */
static void
make_children(struct crew *w)
{
	size_t gates = gate_count(w->settings), i;
	struct child *c;

	w->child_count = gates + 1 + w->owner_count;
	w->children = arena_array(w->arena, w->child_count,
	    sizeof *w->children);
	for (i = 0; i < w->child_count; i++) {
		c = &w->children[i];
		c->site = w->site;
		c->role = i < gates ? ROLE_GATE :
		    i == gates ? ROLE_KEEPER : ROLE_POOL;
		c->owner = i <= gates ? 0 : (unsigned)(i - gates - 1);
		c->give = crew_give;
		c->arg = w;
		if (w->is_root)
			c->who = i <= gates ? &w->user :
			    &w->owners[c->owner].who;
		child_init(c);
	}
}

/* All descriptors are none, so that crew_free may come at any moment. */
static struct crew *
new_crew(struct site *site, struct doors *doors)
{
	struct arena *arena = arena_new(0);
	struct crew *w = arena_alloc(arena, sizeof *w);
	size_t i;

	w->site = site;
	w->doors = doors;
	w->arena = arena;
	w->open = w->secret = w->control = -1;
	w->is_root = geteuid() == 0;
	for (i = 0; i < ROLE_OWNERS; i++)
		w->owners[i].jobs[0] = w->owners[i].jobs[1] =
		    w->owners[i].questions[0] =
		    w->owners[i].questions[1] = -1;
	return w;
}

/* Mail comes in without it: whoever wants to ask is told by the log. */
static void
open_control(struct crew *w)
{
	struct fault fault = { "" };

	if (doors_control(w->doors, &w->settings->control, &w->control,
	    &fault) != 0)
		state_complain(w->log, "control", "closed",
		    str_of(fault.text));
}

int
crew_new(struct site *site, struct doors *doors, int open, int secret,
    struct crew **out, struct fault *fault)
{
	struct crew *w = new_crew(site, doors);
	int rc;

	w->open = open;
	w->secret = secret;
	rc = read_settings(w, fault);
	if (rc == 0)
		rc = find_users(w, fault);
	if (rc == 0)
		rc = sink_open(&w->settings->log, &w->log, fault);
	if (rc == 0)
		sink_share(w->log, board_log_cuts(site->board));
	if (rc == 0)
		rc = make_pairs(w, fault);
	if (rc == 0)
		rc = doors_open(doors, w->settings, w->listeners, fault);
	if (rc != 0) {
		crew_free(&w);
		return rc;
	}
	w->listener_count = w->settings->listen_count;
	open_control(w);
	make_children(w);
	*out = w;
	return 0;
}

static void
adopt_door(struct crew *w, const struct door *door)
{
	struct str address = str_of(door->address);
	bool is_control = str_starts(address, STR(DOOR_UNIX));

	if ((is_control ? w->control >= 0 :
	    w->listener_count == COUNT(w->listeners)) ||
	    doors_add(w->doors, address, door->fd) != 0)
		return;
	if (is_control)
		w->control = door->fd;
	else
		w->listeners[w->listener_count++] = door->fd;
}

struct crew *
crew_adopt(struct site *site, struct doors *doors, const struct handover *h,
    bool is_foreign)
{
	struct crew *w = new_crew(site, doors);
	const struct heir *heir;
	struct child *c;
	size_t i;

	for (i = 0; i < h->door_count; i++)
		adopt_door(w, &h->doors[i]);
	w->children = arena_array(w->arena, h->heir_count,
	    sizeof *w->children);
	for (i = 0; i < h->heir_count; i++) {
		heir = &h->heirs[i];
		c = &w->children[w->child_count++];
		*c = (struct child){ .site = site, .role = heir->role,
		    .owner = heir->owner, .arg = w };
		child_init(c);
		child_adopt(c, heir->pid, is_foreign ?
		    board_enter(site->board) : heir->row, heir->wire);
	}
	w->state = CW_SERVING;
	w->is_foreign = is_foreign;
	return w;
}

static void
close_doors(struct crew *w)
{
	doors_close(w->doors, w->listeners, w->listener_count);
	w->listener_count = 0;
	if (w->control >= 0)
		doors_close(w->doors, &w->control, 1);
	w->control = -1;
}

void
crew_free(struct crew **wp)
{
	struct crew *w = *wp;
	struct arena *arena;
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < w->child_count; i++)
		child_close(&w->children[i]);
	close_doors(w);
	close_pairs(w);
	generation_free(&w->generation);
	if (w->open >= 0)
		(void)close(w->open);
	if (w->secret >= 0)
		(void)close(w->secret);
	sink_close(&w->log);
	arena = w->arena;
	arena_free(&arena);
	*wp = NULL;
}

/* --- serving ------------------------------------------------------------- */

void
crew_start(struct crew *w)
{
	size_t i;

	for (i = 0; i < w->child_count; i++)
		child_start(&w->children[i]);
}

bool
crew_is_ready(const struct crew *w)
{
	size_t i;

	for (i = 0; i < w->child_count; i++)
		if (w->children[i].state != CH_READY)
			return false;
	return true;
}

void
crew_serve(struct crew *w)
{
	size_t i;

	w->state = CW_SERVING;
	for (i = 0; i < w->child_count; i++)
		w->children[i].is_wanted = true;
}

/* Who does not take them is replaced by one who was given them at its start. */
static void
give_tables(struct crew *w)
{
	const struct message m = { .type = RW_TABLES,
	    .fds = { w->open, w->secret }, .fd_count = 2 };
	const struct child *c;
	size_t i;

	for (i = 0; i < w->child_count; i++) {
		c = &w->children[i];
		if (c->role == ROLE_GATE && c->wire >= 0 &&
		    wire_send(c->wire, &m) != 0)
			child_signal(c, SIGTERM);
	}
}

/* The settings still lie in the generation that was mapped first. */
bool
crew_take_tables(struct crew *w, int open, int secret)
{
	struct generation *fresh = NULL;

	if (w->open < 0 || generation_compare(w->open, w->secret, open,
	    secret) != GC_TABLES || generation_map(open, -1, &fresh) != 0)
		return false;
	w->policy = arena_str(w->arena, assemble_policy_given(fresh,
	    w->arena));
	generation_free(&fresh);
	(void)close(w->open);
	(void)close(w->secret);
	w->open = open;
	w->secret = secret;
	give_tables(w);
	return true;
}

/* A pool that ends may sit in a sync that takes long: its time is CLOSE_TIME,
 * its beat is not looked at any more. */
bool
crew_look(struct crew *w, usec_t now, usec_t since)
{
	usec_t watch = w->settings != NULL ? w->settings->processes.watch :
	    30 * SEC;
	bool is_good = true;
	size_t i;

	if (w->state >= CW_DRAINING && now >= w->hurry_at)
		crew_hurry(w);
	for (i = 0; i < w->child_count; i++)
		if (w->state < CW_CLOSING && !w->is_foreign)
			is_good &= child_look(&w->children[i], now, since,
			    watch);
	return is_good;
}

struct child *
crew_find(struct crew *w, pid_t pid)
{
	size_t i;

	for (i = 0; i < w->child_count; i++)
		if (w->children[i].pid == pid)
			return &w->children[i];
	return NULL;
}

/* --- ending -------------------------------------------------------------- */

/* A child that waits for its back-off has no process, and none to wait for. */
static size_t
count_live(const struct crew *w, enum role role)
{
	size_t i, n = 0;

	for (i = 0; i < w->child_count; i++)
		n += w->children[i].pid > 0 && w->children[i].role == role;
	return n;
}

/* Who was in his back-off was not even left. */
bool
crew_is_short(const struct crew *w)
{
	size_t i;

	if (w->settings != NULL)
		return false;
	for (i = 0; i < w->child_count; i++)
		if (w->children[i].pid == 0)
			return true;
	return count_live(w, ROLE_GATE) == 0 || count_live(w, ROLE_POOL) == 0;
}

static void
signal_all(struct crew *w, enum role role, int number)
{
	size_t i;

	for (i = 0; i < w->child_count; i++)
		if (w->children[i].role == role)
			child_signal(&w->children[i], number);
}

static void
let_go_all(struct crew *w, enum role role)
{
	size_t i;

	for (i = 0; i < w->child_count; i++)
		if (w->children[i].role == role)
			child_let_go(&w->children[i]);
}

/* At once is for a stop: who comes now must not wait for nobody. The keeper
 * that follows has the lists and the tools already; without one, what it wrote
 * holds longer than the gates have time. */
void
crew_drain(struct crew *w, bool gently, usec_t patience)
{
	if (!gently) {
		close_doors(w);
		signal_all(w, ROLE_GATE, SIGTERM);
	}
	if (w->state < CW_DRAINING) {
		let_go_all(w, ROLE_GATE);
		let_go_all(w, ROLE_KEEPER);
	}
	if (w->state < CW_DRAINING || !gently)
		w->hurry_at = clock_now() + patience;
	if (w->state < CW_DRAINING)
		w->state = CW_DRAINING;
}

/* The first word lets a gate say 421 to all; then it has had its time. A
 * keeper has nothing to finish. */
void
crew_hurry(struct crew *w)
{
	enum role role = w->state == CW_CLOSING ? ROLE_POOL : ROLE_GATE;

	signal_all(w, role, w->hurried > 0 || role == ROLE_POOL ? SIGKILL :
	    SIGQUIT);
	signal_all(w, ROLE_KEEPER, SIGKILL);
	w->hurried++;
	w->hurry_at = clock_now() + HURRY_TIME;
}

/* The pools serve until the last gate is gone: what a client was promised is
 * filed. Then they see the end of file on their wire, and with both ends of
 * the pairs closed here, that of their jobs. */
bool
crew_went_on(struct crew *w)
{
	if (w->state == CW_DRAINING && count_live(w, ROLE_GATE) == 0) {
		w->state = CW_CLOSING;
		w->hurry_at = clock_now() + CLOSE_TIME;
		let_go_all(w, ROLE_POOL);
		close_pairs(w);
	}
	if (w->state == CW_CLOSING && count_live(w, ROLE_POOL) == 0 &&
	    count_live(w, ROLE_KEEPER) == 0)
		w->state = CW_GONE;
	return w->state == CW_GONE;
}
