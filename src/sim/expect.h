/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * expect: what a play says must come out, and whether it did.
 *
 *	verdict   WORD | -            (or the word alone: expect refuse)
 *	stage     WORD                at which it was decided
 *	by        NAME                the line or threshold that decided
 *	reply     CODE [ENHANCED] [~ TEXT]
 *	score     [OP] NUMBER | -     low..high with "5..8"
 *	folder    [ADDRESS] FOLDER | -
 *	copies    [OP] NUMBER
 *	header    TEXT | no TEXT      in a delivered copy
 *	unknown   FACT | -            absent FACT    fact NAME VALUE
 *	dns       [OP] NUMBER         questions of the session
 *	time      [OP] DURATION       from connect to the last decision
 *	list      NAME[/KIND] STATE   of its kinds the worst, at the end
 *	log       EVENT | no others
 *
 * "-" means none; as the cell of a table "*" means whatever. Verdict, stage,
 * by, reply, score and facts are those of the scene's last decision.
 */
#ifndef SIM_EXPECT_H
#define SIM_EXPECT_H

#include "lang/schema.h"
#include "policy/facts.h"

struct outcome;
struct expect_kind;

enum compare { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

struct expectation {
	const struct expect_kind *kind;
	struct place place;
	struct str   said;       /* "score <= 3", for the report            */
	enum compare op;
	bool         is_none;    /* "-"                                     */
	bool         is_not;     /* header no ...; log no others            */
	int64_t      number;     /* hundredths, microseconds, a count, a
	                            code; the low end of a range            */
	int64_t      high;       /* of a range, with is_range               */
	bool         is_range;
	int          fact;       /* its number, once expect_bind found it   */
	struct str   word;       /* verdict, stage, name, folder, ENHANCED,
	                            a list                                  */
	struct str   text;       /* what must be contained; a fact's value; a
	                            list's state                            */
	struct str   who;        /* folder of this address                  */
	struct expectation *next;
};

/* Reads `expect ...` and appends it. Faults are in the diagnostics. */
void expect_read(struct reading *, const struct stmt *,
    struct expectation **list);

/* Whether a table may have a column of this name behind "->". */
bool expect_is_column(struct str name);

/* Reads a table's cell; "*" appends nothing. */
void expect_cell(struct reading *, struct str column, struct str cell,
    struct place, struct expectation **list);

/* Finds the facts that are named in the vocabulary of the play's policy. */
void expect_bind(struct expectation *, const struct vocabulary *,
    struct diagnostics *);

/*
 * Compares.
 * Out: empty when it came as expected, else what came instead ("9.0").
 * Owner: the arena.
 */
struct str expect_check(const struct expectation *, const struct outcome *,
    struct arena *);

/* Whether this one speaks about the log: EVENT, or "no others". */
bool expect_is_event(const struct expectation *, struct str *event);
bool expect_is_no_others(const struct expectation *);

/* Whether a log line with this first word tells a decision. */
bool expect_is_decision(struct str event);

/* Whether it speaks about what was decided. */
bool expect_names_decision(const struct expectation *);

#endif
