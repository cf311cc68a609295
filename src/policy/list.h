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

/* What a question is made of. A list may be well for one of them and ill for
 * another: each has a health of its own. */
enum list_kind { LK_IP4, LK_IP6, LK_DOMAIN, LK_COUNT };

const char *list_kind_word(enum list_kind);     /* "ip4"                  */

/* When a subject is known: client at connect, name and helo at helo (the
 * name may take a while), sender at mail, dkim at eom. */
enum stage subject_stage(enum subject);

struct list_code {
	struct octets octets;      /* of a mask: the net                    */
	uint8_t       bit;         /* of a mask: of the last octet; else 0  */
	struct str    name;        /* "xbl"                                 */
	int64_t       points;      /* suggested                             */
	bool          counts;      /* its points, of the policy that uses it,
	                              are not 0                             */
	/* Number of the fact "zen.xbl". */
	int           fact;
	/* With several subjects: of "dbl.helo.spam"; else -1. */
	int           by_subject[SUBJECT_COUNT];
};

/* A point of RFC 5782 5, as it stands in a question in front of the zone. */
struct list_point {
	struct str text;           /* "2.0.0.127", "test.uribl.com"; "": the
	                              list has none                        */
	struct str shown;          /* "127.0.0.2"                           */
};

enum list_register { LR_NONE, LR_FREE, LR_PAID };

struct list {
	struct str    name;        /* "zen"                                 */
	struct str    zone;        /* "zen.spamhaus.org"                    */
	bool          has_ip4, has_ip6, has_domain;
	bool          asks[SUBJECT_COUNT];
	unsigned      subjects;    /* how many of them                      */
	struct str    title;       /* "Spamhaus ZEN"; default: name         */
	struct str    op;          /* operator; default: name               */
	struct str    see;         /* "https://...{ip}"                     */
	struct str    when;        /* a truth: asked only when it holds, and
	                              not before its stage; "": always      */
	int           when_fact;   /* its number; -1                        */
	enum stage    when_stage;  /* when it is known                      */
	struct place  when_place;
	/* `value 127.0.4.N NAME`: the number in octet value_at. */
	struct octets value;
	int           value_at;    /* 0..3; -1: no value                    */
	struct str    value_name;
	int           value_fact;  /* number of "senderscore.score"; -1     */
	/* `probe`, or what RFC 5782 says for this kind. */
	struct list_point must[LK_COUNT], must_not[LK_COUNT];
	/* `key prefix ZONE` and what `use ... key secret:NAME` gave: shown
	 * nowhere, written only by list_question_*. */
	struct str    key_zone, key;
	enum list_register registration;
	uint64_t      limit;       /* questions in limit_span; 0: none      */
	usec_t        limit_span;
	struct str    terms, source;
	usec_t        checked;     /* wall; 0: not said                     */
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

/* An address as a point of a list of this kind, LK_IP4 or LK_IP6: an IPv4
 * address is asked as ::ffff:127.0.0.2 of an IPv6 list. Owner: the arena. */
struct list_point list_point_ip(struct ip, enum list_kind, struct arena *);

/* Points as a text has them: at most 1000 either way, at most two digits
 * behind the point. Returns 0, -E_INVALID. */
int points_read(struct str, int64_t *hundredths);

/* Reads one `list` statement. NULL after an error, which is in diag. */
struct list *list_read(const struct stmt *, struct reading *);

/*
 * Declares its facts.
 * Returns 0, -E_TOOBIG (the vocabulary has no room), -E_INVALID: there is a
 * fact *clash already, or -E_NOTFOUND: `when` names no truth that a filter
 * finds out. After an error some of them may be declared.
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

/* The number that an answer gives by `value`, in hundredths; of several the
 * greatest. False: no record has one. */
bool list_value(const struct list *, const struct ip *records, size_t count,
    int64_t *hundredths);

/* As list_match, in one word: for counting, and for health. */
enum heard {
	HEARD_CLEAN,     /* no record                                       */
	HEARD_LISTED,    /* a code or a value; nothing that forbids belief  */
	HEARD_STRANGE,   /* in 127/8, and in no table                       */
	HEARD_ERROR,     /* "I do not answer you"                           */
	HEARD_FOREIGN,   /* outside 127/8: a parked zone, a resolver that
	                    rewrites                                        */
	HEARD_TROUBLE    /* no answer; list_hear never says this            */
};

/* Out: *what, the record that decided; untouched with HEARD_CLEAN. */
enum heard list_hear(const struct list *, const struct ip *records,
    size_t count, struct ip *what);

/* What an error answer means, as far as is known of this operator or of all
 * (lists-and-replies 5.8): is it how we ask, or who we are? */
enum list_blame {
	LB_REFUSED,      /* our resolver, our address, not registered       */
	LB_QUOTA,        /* we asked too much                               */
	LB_WRONG_USE     /* a mistyped zone; an address in a list of names  */
};
enum list_blame list_error(const struct list *, struct ip answer,
    const char **sentence);

/* Any code that takes points away: a list of good ones; that adds some. */
bool list_praises(const struct list *);
bool list_blames(const struct list *);

bool list_has_kind(const struct list *, enum list_kind);
enum list_kind list_kind_of(struct ip);

/* The earliest stage at which it is asked about a subject: `when` may make
 * it later than subject_stage. */
enum stage list_stage(const struct list *, enum subject);

/* Whether a question about this domain is short enough to be asked. */
bool list_fits(const struct list *, struct str domain);

/*
 * The names of questions, with the key in them: the only place where it is
 * written. In: domain lower case. Owner: the arena. Empty: too long.
 */
struct str list_question_ip(const struct list *, struct ip, struct arena *);
struct str list_question_domain(const struct list *, struct str domain,
    struct arena *);
struct str list_question_point(const struct list *,
    const struct list_point *, struct arena *);

/* The same list and kind in any process and generation; another key or zone
 * is another list. */
uint64_t list_key(const struct list *, enum list_kind);

#endif
