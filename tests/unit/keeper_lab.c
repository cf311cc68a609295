/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keeper_lab - a doctor, its lists and their zones.
 */
#include "keeper_lab.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lang/tree.h"

#define BEGIN ((usec_t)1795510800 * SEC)    /* 2026-11-24T09:00:00Z       */

static void
on_question(void *arg, struct str name, enum dns_type type,
    enum zones_outcome outcome, struct place place)
{
	struct keeper_lab *lab = arg;

	(void)name;
	(void)type;
	(void)outcome;
	(void)place;
	lab->asked++;
}

static void
read_zones(struct keeper_lab *lab, const char *text)
{
	struct policy_world *pw = &lab->policy_world;
	const struct stmt *s;

	lab->source = (struct source){ STR("test.play"), str_of(text) };
	lab->zones = zones_new(pw->arena, pw->diag);
	s = tree_parse(&lab->source, pw->arena, pw->diag);
	for (; s != NULL; s = s->next)
		assert_true(zones_read(lab->zones, s));
}

void
lab_open(struct keeper_lab *lab, const char *zones, const char *policy,
    const char *name, const char *list)
{
	struct policy_world *pw = &lab->policy_world;
	const struct sim_dns told = { .asked = on_question, .arg = lab };
	const struct names_conf conf = { .query_deadline = 4 * SEC,
		.ttl_low = 1, .ttl_high = 3600 };

	memset(lab, 0, sizeof *lab);
	world_open(pw);
	read_zones(lab, zones);
	lab->policy = world_policy(pw, policy, name, list, "secrets/zen.key",
	    LAB_KEY, NULL);
	if (lab->policy == NULL || diag_count(pw->diag, DG_ERROR) > 0)
		fail_msg("%.*s", STR_ARG(diag_text(pw->diag, pw->arena)));
	lab->sim = sim_new(BEGIN, 1);
	lab->world = sim_world(lab->sim);
	lab->upstream = sim_upstream(lab->world, lab->zones,
	    world_now(lab->world), &told);
	lab->world->names = names_new(lab->world, lab->upstream, &conf);
	lab->row = board_enter(lab->world->board);
}

void
lab_doctor(struct keeper_lab *lab)
{
	const struct doctor_conf conf = { .world = lab->world,
		.names = lab->world->names, .policy = lab->policy,
		.row = lab->row, .deadline = 4 * SEC };

	assert_int_equal(doctor_new(&conf, &lab->doctor), 0);
}

static WAITS void
free_main(void *arg)
{
	doctor_free(&((struct keeper_lab *)arg)->doctor);
}

void
lab_close(struct keeper_lab *lab)
{
	lab_call(lab, free_main);
	lab->upstream->free(lab->upstream);
	names_free(&lab->world->names);
	sim_free(&lab->sim);
	world_close(&lab->policy_world);
}

void
lab_pass(struct keeper_lab *lab, usec_t span)
{
	assert_int_equal(sim_run(lab->sim, NULL, NULL,
	    world_now(lab->world) + span), 0);
}

/* --- fibers --------------------------------------------------------------- */

struct call {
	struct keeper_lab *lab;
	void             (*fn)(void *);
};

static WAITS void
call_main(void *arg)
{
	struct call *c = arg;

	c->fn(c->lab);
	c->lab->is_done = true;
}

static bool
is_done(void *arg)
{
	return ((struct keeper_lab *)arg)->is_done;
}

void
lab_call(struct keeper_lab *lab, void (*fn)(void *))
{
	struct call call = { lab, fn };

	lab->is_done = false;
	assert_int_equal(fiber_start(lab->world->fibers, "call", call_main,
	    &call, NULL), 0);
	assert_int_equal(sim_run(lab->sim, is_done, lab, USEC_NEVER), 0);
}

/* --- looks --------------------------------------------------------------- */

const struct patient *
lab_patient(struct keeper_lab *lab, const char *list, enum list_kind kind)
{
	const struct patient *p;
	size_t count, i;

	p = doctor_patients(lab->doctor, &count);
	for (i = 0; i < count; i++)
		if (p[i].kind == kind && str_eq(p[i].list->name,
		    str_of(list)))
			return &p[i];
	fail_msg("no patient %s", list);
	return NULL;
}

enum health_state
lab_state(struct keeper_lab *lab, const char *list, enum list_kind kind)
{
	return lab_patient(lab, list, kind)->health.sign.state;
}

struct belief
lab_belief(struct keeper_lab *lab, const char *list, enum list_kind kind)
{
	unsigned slot = lab_patient(lab, list, kind)->slot;
	const struct board *b = lab->world->board;

	return belief_of(board_list_word(b, slot),
	    board_list_renewed(b, slot), world_now(lab->world));
}

static bool
has(struct str text, struct str part)
{
	size_t i;

	for (i = 0; i + part.len <= text.len; i++)
		if (str_starts(str_from(text, i), part))
			return true;
	return false;
}

unsigned
lab_lines(struct keeper_lab *lab, const char *text)
{
	const struct sim_line *l;
	unsigned n = 0;

	for (l = sim_log(lab->sim); l != NULL; l = l->next)
		n += str_starts(l->text, STR("list ")) &&
		    has(l->text, str_of(text));
	return n;
}
