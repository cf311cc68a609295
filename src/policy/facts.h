/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * facts: what was found out about one session, typed, each with a status.
 *
 * A filter declares its facts; a vocabulary numbers them; struct facts holds
 * one value for each. The judge reads nothing else.
 *
 * Source: design.md 5, language.md "Statuses".
 */
#ifndef POLICY_FACTS_H
#define POLICY_FACTS_H

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"

enum stage { ST_CONNECT, ST_HELO, ST_MAIL, ST_RCPT, ST_DATA, ST_EOM,
	ST_COUNT };

enum fact_type {
	FT_TRUTH,
	FT_NUMBER,    /* hundredths of its unit                             */
	FT_TEXT,      /* compared byte for byte, globs case-blind           */
	FT_NAME,      /* a domain or host: lower-case A-labels              */
	FT_MAIL,      /* local@domain, compared case-blind                  */
	FT_ADDRESS,   /* struct ip                                          */
	FT_WORD,      /* index into words                                   */
	FT_SET,       /* of names                                           */
	FT_TIME       /* only `now`: the moment of judging                  */
};

/* Kinds of evidence that an exception can excuse. */
enum family { FAM_NONE, FAM_LISTS, FAM_EARLY, FAM_GREYLIST, FAM_RATE,
	FAM_AUTH, FAM_SCAN, FAM_CLIENT, FAM_HELO, FAM_HISTORY, FAM_HEADERS,
	FAM_COUNT };

/* The fact says that something is not known: it counts like unknown(). */
#define FACT_IGNORANCE 1u

struct fact_decl {
	const char        *name;   /* "client.ptr"                          */
	enum fact_type     type;
	enum stage         stage;  /* the earliest moment it can be known   */
	enum family        family;
	const char *const *words;  /* FT_WORD: NULL-ended                   */
	const char        *unit;   /* FT_NUMBER; NULL: none                 */
	unsigned           flags;
	const char        *doc;    /* one sentence                          */
};

enum fact_status {
	FS_LATER,     /* its stage has not come                             */
	FS_PENDING,   /* asked, still to come                               */
	FS_KNOWN,
	FS_ABSENT,    /* known not to exist                                 */
	FS_UNKNOWN,   /* temporary trouble, see why                         */
	FS_NOT_ASKED  /* nobody wanted it; counts as absent                 */
};

enum why { WHY_NONE, WHY_TIMEOUT, WHY_SERVFAIL, WHY_REFUSED, WHY_GARBAGE,
	WHY_BUDGET, WHY_LIST, /* the list said that it does not answer us,
	                         or something outside its code table        */
	WHY_BROKEN,           /* our own trouble                            */
	WHY_SUSPECT, /* a list that suddenly names very many                */
	WHY_HEALTH,  /* a list that is not asked: see doctor                */
	WHY_GONE,    /* the same for over an hour: in sums it counts as a
	                list without codes (bounds.c)                       */
	WHY_COUNT };

const char *stage_word(enum stage);
const char *family_word(enum family);
const char *why_word(enum why);
enum why    why_of_error(int error);     /* -E_TIMEOUT: WHY_TIMEOUT ...  */

struct fact {
	uint8_t status;       /* enum fact_status                           */
	uint8_t why;          /* enum why, with FS_UNKNOWN                  */
	bool    is_partial;   /* a set to which members may still come      */
	bool    is_open;      /* and who adds them has not ended            */
	uint32_t msec;        /* after accept, when it became what it is    */
	union {
		bool       truth;
		int        word;
		int64_t    number;
		struct str text;
		struct ip  ip;
		struct { struct str *member; size_t count; } set;
	};
};

struct vocabulary;

/* Owner: the arena. It has one fact from the start, FACT_NOW, whose value is
 * facts.now: nobody states it. */
#define FACT_NOW 0
struct vocabulary *vocabulary_new(struct arena *);

/* How many more facts a vocabulary takes. */
size_t vocabulary_room(const struct vocabulary *);

/* Numbers count facts; returns the number of the first. Declarations must
 * live as long as the vocabulary. A name given twice, or more than there is
 * room for, is a broken invariant. */
int vocabulary_add(struct vocabulary *, const struct fact_decl *,
    size_t count);

size_t vocabulary_count(const struct vocabulary *);
const struct fact_decl *vocabulary_decl(const struct vocabulary *, int fact);

/* -1 when there is no such fact. */
int vocabulary_find(const struct vocabulary *, struct str name);

/* The name nearest to a wrong one, or NULL. */
const char *vocabulary_nearest(const struct vocabulary *, struct str name);

/* One session's facts. Texts and members are borrowed: they must live as
 * long as the stage they belong to. */
struct facts {
	const struct vocabulary *vocabulary;
	usec_t       now;     /* the moment of judging, wall: fact `now`    */
	size_t       count;
	struct fact *fact;
};

/* All facts FS_LATER. Owner: the arena. */
struct facts *facts_new(const struct vocabulary *, struct arena *);
struct facts *facts_copy(const struct facts *, struct arena *);

/* Facts of stages from..to (inclusive) become FS_LATER again. */
void facts_forget(struct facts *, enum stage from, enum stage to);

#endif
