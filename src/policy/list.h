/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list: a DNS list as its description says: where it is asked, about what,
 * and what each answer means. An answer that no code names is an error of
 * the list, never a listing.
 *
 * Source: language.md 2, RFC 5782, lists-and-replies 5.8.
 */
#ifndef POLICY_LIST_H
#define POLICY_LIST_H

#include "base/date.h"
#include "lang/schema.h"
#include "lang/value.h"
#include "policy/facts.h"

enum subject { SUBJECT_CLIENT, SUBJECT_NAME, SUBJECT_HELO, SUBJECT_SENDER,
	SUBJECT_DKIM, SUBJECT_COUNT };

const char *subject_word(enum subject);

/* When a subject is known: client at connect, name and helo at helo (the
 * name may take a while), sender at mail, dkim at eom. */
enum stage subject_stage(enum subject);

struct list_code {
	struct octets octets;
	struct str    name;        /* "xbl"                                 */
	int64_t       points;      /* suggested                             */
	bool          counts;      /* its points, of the policy that uses it,
	                              are not 0                             */
	/* Number of the fact "zen.xbl". */
	int           fact;
	/* With several subjects: of "dbl.helo.spam"; else -1. */
	int           by_subject[SUBJECT_COUNT];
};

struct list {
	struct str    name;        /* "zen"                                 */
	struct str    zone;        /* "zen.spamhaus.org"                    */
	bool          has_ip4, has_ip6, has_domain;
	bool          asks[SUBJECT_COUNT];
	unsigned      subjects;    /* how many of them                      */
	struct str    title;       /* "Spamhaus ZEN"; default: name         */
	struct str    op;          /* operator; default: name               */
	struct str    see;         /* "https://...{ip}"                     */
	struct str    needs;       /* a word of its block that nothing acts on
	                              yet ("mask"), so no use; else ""      */
	struct list_code *codes;   /* in declared order; several may share a
	                              name: then they share the facts       */
	size_t        code_count;
	struct octets *errors;
	size_t        error_count;
	bool          is_off;      /* of the base and switched off: it is
	                              not asked, and so names nothing       */
	int           fact;        /* number of the fact "zen"              */
	int           first, last; /* all its facts: [first, last)          */
	int           number;      /* its place among the policy's lists    */
	struct place  place;
};

/* Points as a text has them: at most 1000 either way, at most two digits
 * behind the point. Returns 0, -E_INVALID. */
int points_read(struct str, int64_t *hundredths);

/* Reads one `list` statement. NULL after an error, which is in diag. */
struct list *list_read(const struct stmt *, struct reading *);

/*
 * Declares its facts.
 * Returns 0, -E_TOOBIG (the vocabulary has no room), or -E_INVALID: there is
 * a fact *clash already. After an error some of them may be declared.
 */
int list_declare(struct list *, struct vocabulary *, struct arena *,
    struct str *clash);

/*
 * What a set of A records means. In: hit, code_count truths, all false.
 * Out: hit[i] set for each code that a record names.
 * Returns 0 (no record: not listed), or -E_REFUSED when a record is an error
 * of the list (declared; 127.255.255.0/24; 127.0.0.1 unless a code names it;
 * outside 127/8): then nothing may be believed, hit neither; or -E_GARBAGE
 * when some record is in 127/8 and in no table: the codes that did hit are
 * true, the others unknown.
 */
int list_match(const struct list *, const struct ip *records, size_t count,
    bool *hit);

#endif
