/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_own: what doctor.c and doctor_ask.c share.
 */
#ifndef KEEPER_DOCTOR_OWN_H
#define KEEPER_DOCTOR_OWN_H

#include "keeper/doctor.h"
#include "run/join.h"

/* A patient, and what is done about it. */
struct bed {
	struct doctor  *doctor;
	struct patient *patient;
	bool            is_watched;
	struct bell     bell;        /* a round is due, or wanted           */
	bool            is_wanted;
	usec_t          began, ended;/* the last round; 0: none             */
	usec_t          written;     /* its word                            */
	usec_t          looked;      /* the last step                       */
	uint64_t        word;        /* as the last step left it            */
	uint64_t        errors, asked;       /* counted then                */
	/* For its line in the log. */
	enum health_state was;
	usec_t            lasted;
	bool              is_held;   /* maybe it is the resolver            */
};

/* Somebody who waits for rounds; its bell rings at the end of each. */
struct doctor_waiter {
	struct bell           bell;
	struct doctor_waiter *next;
};

struct doctor {
	struct doctor_conf    conf;
	struct patient       *patients;
	struct bed           *beds;  /* the same order                      */
	size_t                count;
	struct join           ward;  /* one fiber that has those of the beds */
	struct timer          tick;
	struct doctor_waiter *waiters;
	usec_t                held_until;    /* 0: no line is held          */
	struct arena         *arena; /* this lies in it                     */
};

/* A round at once, unless one is under way or was a moment ago. */
void bed_want(struct bed *, usec_t now);

/* Whether nothing newer than that moment, less a second, can be had. */
bool bed_is_fresh(const struct bed *, usec_t now);

#endif
