/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A desk to try filters on: fibers under a clock that jumps, a scripted DNS
 * with delays and faults, lists from a text, and facts as words.
 */
#ifndef UNIT_DESK_H
#define UNIT_DESK_H

#include "tests/unit/check.h"

#include "filters/check.h"
#include "dns/upstream.h"
#include "lang/diag.h"
#include "policy/policy.h"

/*
 * One answer of the script. Records stand in one text with spaces between:
 * addresses for A and AAAA, names for PTR, for MX names too ("." is the root);
 * texts for TXT, with line ends between.
 * Or one word: nxdomain, nodata, servfail, refused, timeout, truncated,
 * garbage. Whatever has no row is nxdomain.
 */
struct row {
	const char   *name;
	enum dns_type type;
	const char   *answer;
	unsigned      msec;      /* until it comes                          */
};

struct room {
	struct world    world;
	usec_t          clock;
	struct upstream upstream;
	const struct row *rows;  /* ended by a name of NULL; may be NULL    */
	char           *asked;   /* "name/type" of each question, in order  */
	unsigned        questions;
	struct arena   *arena;           /* of all                          */
	struct vocabulary *vocabulary;
	struct diagnostics *diag;
	struct bell     bell;
	struct desk     desk;
	struct stage_run run[ST_COUNT];
	struct carriage *carriages;      /* answers under way               */
};

/* Lists for tests: zen, allow and white hold addresses, dbl and uri domains. */
extern const char room_lists[];

/* In: rows of the DNS, and `list` blocks as text (both may be NULL). */
void room_open(struct room *, const struct row *, const char *lists);

/* The same with a shipped policy and its lists; fails the test on any finding
 * of the compiler. */
const struct policy *room_open_policy(struct room *, const struct row *,
    const char *policy);
void room_close(struct room *);

/* A client. Its name is given by DNS. */
void room_client(struct room *, const char *ip);

/* Starts a stage and runs until nothing is left to happen. */
void room_stage(struct room *, enum stage);
void room_helo(struct room *, const char *helo);
void room_mail(struct room *, const char *sender);   /* "<a@b.test>"        */

/* The steps of that, for tests about time. */
int  room_start(struct room *, enum stage);
void room_run_until(struct room *, usec_t msec);     /* after the start     */
void room_end(struct room *, enum stage);            /* desk_end on a fiber */

/* A fact as a word: true, false, pass, 3, mx.a.test, absent, later, pending,
 * not-asked, unknown:timeout. Owner: the room. */
const char *room_fact(struct room *, const char *name);

/* "zen=true zen.xbl=true fcrdns=pass"; fails the test and says why. */
void room_expect(struct room *, const char *facts, const char *why);

/* How many questions were asked for a name that ends in this. */
unsigned room_asked(const struct room *, const char *suffix);

#endif
