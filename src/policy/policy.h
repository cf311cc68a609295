/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy: a text turned into lines, and the judgement of facts by them.
 *
 * policy_judge is a pure function: no wait, no clock, no randomness, no
 * memory but the arena given. Explain, shadow policies, replay, coverage and
 * mutation all rest on that.
 *
 * Source: language.md 3.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "lang/diag.h"
#include "policy/facts.h"
#include "policy/list.h"

/* Harsher is greater. */
enum action {
	ACT_ACCEPT,
	ACT_JUNK,
	ACT_HOLD,
	ACT_GREYLIST,
	ACT_DEFER,
	ACT_TRAP,
	ACT_REFUSE,
	ACT_DROP,
	ACT_COUNT
};

const char *action_word(enum action);

struct policy;

/* Where a policy finds what it names. */
struct policy_env {
	struct reader     *reader;
	struct vocabulary *vocabulary; /* the filters' facts; lists are added */
	/* Folders searched in order for NAME.policy, lists/NAME.list and the
	 * relative files of tables, which are then looked for beside the text
	 * that names them. The site's come before the shipped ones: so a site
	 * fills the tables of a shipped policy. A file that is there and
	 * cannot be read is an error, never passed over. */
	const struct str  *folders;
	size_t             folder_count;
	/* `list` blocks that replace lists of the same name (plays). */
	struct list      **lists;
	size_t             list_count;
	/* Folders searched for the file of `key secret:NAME`. */
	const struct str  *secrets;
	size_t             secret_count;
};

/*
 * Compiles a policy with all its layers.
 * In: a name ("default"), or a path when it holds a "/" or ends in
 * ".policy".
 * Owner: the arena.
 * Returns 0, -E_INVALID with the errors in diag.
 */
int policy_compile(const struct policy_env *, struct str name,
    struct arena *, struct diagnostics *, const struct policy **);

struct str policy_name(const struct policy *);
const char *policy_hash(const struct policy *);   /* "3f9c", of its texts  */
bool policy_observes(const struct policy *);

/* The sum at which ACT_JUNK, ACT_HOLD or ACT_REFUSE acts. False: never. */
bool policy_threshold(const struct policy *, enum action, int64_t *at);

/* Whether any line drops at this stage: what no line does needs no look. */
bool policy_drops(const struct policy *, enum stage);

/* The lists it uses, in declared order. */
struct list *const *policy_lists(const struct policy *, size_t *count);

/* Where a policy says `use` of a list; of a layer below when no other does.
 * Of one that is switched off: where it is described. */
struct place policy_list_place(const struct policy *, const struct list *);

/* By number of the fact: whether a line reads it that is judged before the
 * message comes (exceptions, decisions up to rcpt, points where there is a
 * threshold to refuse at). Lives as long as the policy. */
const bool *policy_early(const struct policy *);

/* One contribution to the sum, in declared order; the parts add up. */
struct part {
	struct str name;       /* "zen.xbl", "no-reverse", "group lists"    */
	int64_t    points;     /* hundredths, as counted                    */
	const struct list *list;            /* of a code; else NULL         */
	const struct list_code *code;
	struct place place;
	bool       is_shadowed;/* a code below its list's maximum: 0 points */
	bool       is_clamp;   /* what cap or floor took or added           */
};

struct verdict {
	enum action  action;      /* what is done                           */
	enum action  would;       /* what would be done but for `observe`   */
	enum stage   stage;       /* at which it was judged                 */
	bool         is_decided;  /* by a line (or drop), not by thresholds */
	bool         in_doubt;    /* a refusal was passed over              */
	struct str   by;          /* line name, "refuse-at", "junk-at",
	                             "doubt"; below every threshold: the next
	                             one up, "junk-at"                      */
	struct place place;       /* of that line                           */
	int          code;        /* 550; 0: the default of the action      */
	struct str   enhanced;    /* "5.7.1"; may be empty                  */
	struct str   text;        /* reply text, expanded and escaped       */
	int64_t      score, low, low_now;
	struct part *parts;
	size_t       part_count;
	/* Reasons: the (at most two) parts with most points before caps. */
	const struct part *reason[2];
	size_t       reason_count;
};

/*
 * Judges at a stage. Pending facts count as unknown. At connect, helo and
 * mail only `drop` acts: the action is ACT_DROP or ACT_ACCEPT.
 * At rcpt every action below ACT_GREYLIST means: taken, judged again at eom.
 */
void policy_judge(const struct policy *, const struct facts *, enum stage,
    struct arena *, struct verdict *);

/*
 * Whether no pending fact, whatever it turns out to be or never to be, can
 * change what policy_judge gives now: action, deciding line, reply text, and
 * for a refusal by threshold its reasons.
 */
bool policy_is_settled(const struct policy *, const struct facts *,
    enum stage, struct arena *);

/* Several recipients: what happens to the message and to each copy. */
enum copy_fate { COPY_INBOX, COPY_JUNK, COPY_HOLD, COPY_TRAP };

struct fate {
	enum action    action;    /* ACT_DEFER, ACT_REFUSE: no copy at all;
	                             else the mildest of the copies         */
	size_t         decided_by;/* index of the verdict that replies       */
	enum copy_fate *copies;   /* per verdict                            */
	bool           *kept;     /* refused but kept in Junk               */
};
void policy_several(const struct verdict *, size_t count, struct arena *,
    struct fate *);

#endif
