/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lines: a compiled policy from inside; for the files of policy/ only.
 *
 * A policy is four sequences in the order they are read (exceptions, points,
 * decisions, thresholds) over conditions that are small trees.
 */
#ifndef POLICY_LINES_H
#define POLICY_LINES_H

#include "policy/image.h"
#include "policy/policy.h"

/* --- conditions ---------------------------------------------------------- */

enum test_op { OP_TRUTH, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_IN,
	OP_ALL_IN, OP_LIKE, OP_UNKNOWN };

/* What a fact is compared with: a value written in the text, or several. */
struct literal {
	int64_t    number;
	int        word;
	struct net net;
	struct str text;
};

/* `table NAME KIND`. */
struct members {
	struct str   name;
	struct image image;
};

struct test {
	int            fact;
	enum test_op   op;
	bool           is_all;        /* every member of a set must match    */
	struct literal *literals;     /* OP_EQ..OP_LIKE: 1; OP_IN: count     */
	size_t          count;
	const struct members *members;   /* OP_IN @table                     */
};

enum cond_kind { CD_TEST, CD_AND, CD_OR, CD_NOT };

/* An `and` or `or` of several leans to the right: a is one of them, b the
 * rest. */
struct cond {
	enum cond_kind     kind;
	struct test        test;
	const struct cond *a, *b;
};

/* --- Kleene values ------------------------------------------------------- */

/* Ordered, so that and is min and or is max. */
enum { K_FALSE = -1, K_UNKNOWN = 0, K_TRUE = 1 };

/* What a condition is, and what it may still become once open facts are
 * known: lo <= now <= hi. */
struct kleene {
	int8_t lo, now, hi;
};

/* The same for every outcome of the pending facts: min is reached when they
 * come out against the condition, max when for it. Without pending facts, or
 * when they are read as unknown, both are equal. */
struct range {
	struct kleene min, max;
};

/* How facts are looked at. Families are sets of bits, 1 << enum family. */
struct view {
	const struct facts *facts;
	unsigned excused;     /* by exceptions that hold                     */
	unsigned veiled;      /* by exceptions that may yet hold: unknown     */
	unsigned wavering;    /* by exceptions that hang on pending facts     */
	bool     hurts;       /* the line can hurt: excused facts are unknown */
	bool     open_later;  /* facts of later stages are open, not just
	                         unknown                                     */
	bool     is_bounds;   /* pending facts range over all they can be     */
};

/* In: cond may be NULL, which is true. */
struct range cond_eval(const struct cond *, const struct view *);

static inline bool
range_is_fixed(struct range r)
{
	return r.min.lo == r.max.lo && r.min.now == r.max.now &&
	    r.min.hi == r.max.hi;
}

/* --- lines --------------------------------------------------------------- */

struct trust {
	struct str         name;
	const struct cond *cond;      /* identity, narrowing and proof       */
	unsigned           families;
	usec_t             until;     /* wall; USEC_NEVER                    */
	struct place       place;
};

struct group {
	struct str   name;
	bool         has_floor;
	int64_t      cap, floor;
	struct place place;
};

/* `score` or `use`. */
struct weight {
	struct str          name;
	const struct cond  *cond;
	int64_t             points;    /* score                              */
	const struct list  *list;      /* use; else NULL                     */
	int64_t            *code_points;   /* per code of the list           */
	bool                is_sum;    /* its codes add up; else the highest */
	const struct group *group;     /* NULL: in none                      */
	struct place        place;
};

struct rule {
	struct str         name;
	enum stage         stage;
	const struct cond *cond;
	bool               is_pass;
	bool               is_malware; /* refuses on scan.malware: first     */
	enum action        action;
	int                code;
	struct str         enhanced, text;
	struct place       place;
};

struct limit {
	bool         is_set;      /* else, or with `never`: no such limit    */
	int64_t      at, early;
	enum action  doubt;
	struct place place;
};

enum limit_kind { LM_JUNK, LM_HOLD, LM_REFUSE, LM_COUNT };

struct policy {
	struct str    name;
	char          hash[8];
	bool          observes;
	const struct vocabulary *vocabulary;
	struct list **lists;
	size_t        list_count;
	struct trust  *trusts;
	size_t        trust_count;
	struct weight *weights;
	size_t        weight_count;
	struct rule   *rules;      /* those that refuse malware first        */
	size_t        rule_count;
	struct limit  limits[LM_COUNT];
	bool          *early;      /* by fact: read before the message       */
};

/* --- exceptions (bounds.c) ----------------------------------------------- */

struct exceptions {
	unsigned excused;     /* families of exceptions that hold            */
	unsigned veiled_now;  /* of those that a temporarily unknown fact may
	                         yet prove                                   */
	unsigned veiled_low;  /* and of those that a later fact may          */
	unsigned wavering;    /* bounds: hang on a pending fact              */
};

void exceptions_judge(const struct policy *, const struct facts *,
    bool is_bounds, struct exceptions *);

/* --- sums (bounds.c) ----------------------------------------------------- */

struct interval {
	int64_t low, high;
};

/* Which three sums there are. */
enum sum { SUM_NOW,      /* of the lines that are true now               */
	SUM_LOW_NOW,     /* lowest over temporarily unknown facts        */
	SUM_LOW };       /* and over later ones                          */

/*
 * The one interval function. Judging (is_bounds false) the low end of
 * SUM_NOW is the score, of SUM_LOW low, of SUM_LOW_NOW low-now; in bounds
 * the interval holds that figure for every outcome of the pending facts.
 */
struct interval policy_sum(const struct policy *, const struct facts *,
    const struct exceptions *, enum sum, bool is_bounds);

/* The view that a line of these points is read with. */
struct view weight_view(const struct facts *, const struct exceptions *,
    int64_t points, enum sum, bool is_bounds);

/* A code of a list that has the facts (of several with one name the first)
 * and its state under the condition of its line. */
struct range code_eval(const struct weight *, size_t code,
    const struct facts *, const struct exceptions *, enum sum,
    bool is_bounds);
bool code_is_first(const struct list *, size_t code);

#endif
