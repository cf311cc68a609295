/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keeper_lab: lists of a test, scripted DNS and a doctor in the simulated
 * world. For the tests of keeper/.
 */
#ifndef TESTS_KEEPER_LAB_H
#define TESTS_KEEPER_LAB_H

#include "keeper/doctor.h"
#include "sim/upstream.h"
#include "sim/world.h"
#include "tests/unit/policy_world.h"

struct keeper_lab {
	struct policy_world  policy_world;
	const struct policy *policy;
	struct sim          *sim;
	struct world        *world;
	struct zones        *zones;
	struct upstream     *upstream;
	struct source        source;
	unsigned             row;
	struct doctor       *doctor;
	unsigned             asked;    /* questions to the scripted DNS      */
	bool                 is_done;
};

/* In: zones, statements of a play; policy with `use` of lists; then files
 * as world_policy takes them; the secret zen.key is there. Time begins at the
 * zones' 0. No doctor yet. */
#define LAB_KEY "k7marker"
void lab_open(struct keeper_lab *, const char *zones, const char *policy,
    const char *name, const char *list);
void lab_close(struct keeper_lab *);

void lab_doctor(struct keeper_lab *);

/* The clock goes on by that much. */
void lab_pass(struct keeper_lab *, usec_t);

/* Runs fn(lab) on a fiber until it ends. */
void lab_call(struct keeper_lab *, void (*fn)(void *));

const struct patient *lab_patient(struct keeper_lab *, const char *list,
    enum list_kind);
enum health_state lab_state(struct keeper_lab *, const char *list,
    enum list_kind);

/* What a gate would make of the board's word now. */
struct belief lab_belief(struct keeper_lab *, const char *list,
    enum list_kind);

/* Lines of the log that begin with "list" and hold the text. */
unsigned lab_lines(struct keeper_lab *, const char *text);

#endif
