/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome: everything that one scene of a play brought about. It belongs to
 * an arena of the scene and is gone when the next one begins.
 */
#ifndef SIM_OUTCOME_H
#define SIM_OUTCOME_H

#include "dns/ask.h"
#include "policy/belief.h"
#include "policy/policy.h"
#include "sim/store.h"
#include "sim/world.h"
#include "sim/zone.h"

struct scene;

/* A struct decision (smtp/server.h), copied: that one is borrowed. */
struct decided {
	struct str  event;       /* "refuse"                                */
	struct str  id, reply, folder;
	struct str  sender, rcpt;/* as text; "" when not reached            */
	enum stage  stage;
	int         code;
	usec_t      at;          /* since the scene began                   */
	const struct facts   *facts;
	const struct verdict *verdict;   /* NULL: nothing was judged        */
	struct decided *next;
};

/* A question that went to the scripted DNS. */
struct asked {
	struct str          name;
	enum dns_type       type;
	enum zones_outcome  outcome;
	struct place        place;   /* of the line that answered           */
	struct asked       *next;
};

/* Something that did not come as expected. */
struct finding {
	struct place place;
	struct str   expected, got;
	struct finding *next;
};

/* What a list was like at the end. */
struct list_seen {
	struct str        name;
	enum list_kind    kind;
	enum health_state state;
};

struct outcome {
	const struct scene    *scene;   /* NULL: the play as a whole        */
	struct str             remark;  /* behind its title; ""             */
	struct decided        *decided; /* in order                         */
	struct decided        *last;    /* NULL: none                       */
	const struct letter   *letters; /* of this scene and later          */
	const struct sim_line *lines;   /* of this scene and later          */
	const struct list_seen *lists;  /* NULL: nobody looked after them   */
	size_t             list_count;
	size_t             questions;
	usec_t             took;        /* to the last decision, else to the
	                                   end                              */
	struct str         transcript;
	struct asked      *asked, *last_asked;
	size_t             undeclared;  /* of them                          */
	struct finding    *findings;
	bool               is_ok;       /* no finding, nothing undeclared   */
	struct arena      *arena;
};

/* Appends a finding; its texts are copied. */
void outcome_blame(struct outcome *, struct place, struct str expected,
    struct str got);

struct decision;

/* Appends what was decided, `at` after the scene began. */
void outcome_decided(struct outcome *, const struct decision *, usec_t at);

void outcome_asked(struct outcome *, struct str name, enum dns_type,
    enum zones_outcome, struct place);

/*
 * Why it came so, for people: the parts of the sum with their places, the
 * line that decided, what was unknown, who answered. Lines with newline, the
 * first word of each paragraph in a column of its own.
 */
struct str outcome_because(const struct outcome *);

/* "A", "TXT". */
const char *dns_type_word(enum dns_type);

/* "rcpt-zen.play:14"; "-" for no place. */
struct str place_text(struct place, struct arena *);

#endif
