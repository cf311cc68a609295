/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter: the whole contract of a check.
 *
 * A check fills in typed facts and never answers the client. At each stage
 * it is interested in, `now` states what needs no wait, on the caller's
 * stack; `at` does the rest on a fiber of its own, a child of the session,
 * and reads like its RFC from top to bottom.
 *
 * When a stage's work returns 0, what it did not state of the facts of that
 * stage is absent; when it returns an error, unknown with that reason, and
 * what it stated stays. To add a filter: one file here, one line in
 * filters.c, one in local.mk.
 */
#ifndef FILTERS_FILTER_H
#define FILTERS_FILTER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/ip.h"
#include "base/name.h"
#include "dns/ask.h"
#include "lang/schema.h"
#include "mail/auth.h"
#include "mail/author.h"
#include "mail/body.h"
#include "mail/header.h"
#include "mail/path.h"
#include "policy/belief.h"
#include "policy/facts.h"
#include "policy/list.h"
#include "run/tls.h"

struct check;

struct filter {
	const char *name;
	const struct fact_decl *facts;
	size_t      fact_count;     /* at most 64                           */

	/* Must not wait. Returns 0 when all is said, an error, or -E_AGAIN:
	 * at[stage] goes on from here. NULL: straight to `at`. */
	int       (*now[ST_COUNT])(struct check *);

	/* WAITS. NULL with `now`: never needed; without: not interested. */
	int       (*at[ST_COUNT])(struct check *);

	/* After either, with what it returned: closes facts that are not in
	 * `facts`. Must not wait. NULL: there are none. */
	void      (*end)(struct check *, int error);

	/* Not before the message comes, unless a line that is judged earlier
	 * reads one of its facts: then nobody asks DNS in vain for a client
	 * that is refused. */
	bool        is_deferrable;

	/* It gives results for Authentication-Results, and those are waited
	 * for before a copy is written. */
	bool        has_results;
};

/* Who is connected. */
struct client {
	struct ip ip;
	unsigned  port;
	bool      is_early;       /* bytes came before the banner           */
	bool      is_local;       /* loopback, a private address, or one of
	                             our own                                */
};

const struct client *check_client(const struct check *);
struct str           check_helo(const struct check *);     /* as said     */
const struct tls_facts *check_tls(const struct check *);   /* version empty:
                                                              in clear    */
const struct path   *check_sender(const struct check *);
const struct path   *check_rcpt(const struct check *);
const struct body   *check_body(const struct check *);     /* ST_EOM      */
const struct header *check_header(const struct check *);   /* ST_EOM; parsed
                                                              once        */
/* Who it says it is from, by the one parser; read once. NULL: the header
 * could not be read. ST_EOM. */
const struct authors *check_authors(struct check *);
struct str           check_host(const struct check *);     /* our name    */
bool                 check_is_ours(const struct check *, struct str domain);

/* For what the work needs by the way; gone when the last check of the stage
 * has ended. What facts hold is copied elsewhere. */
struct arena        *check_arena(struct check *);
enum stage           check_stage(const struct check *);

/* A check reads no clock. These are the moment when it last began to run,
 * monotonic, and the world's date, since 1970, UTC. */
usec_t check_moment(const struct check *);
usec_t check_date(const struct check *);

/* The lists of the policy in force. */
struct list *const *check_lists(const struct check *, size_t *count);

/* How far a list may be believed at this moment, for questions of this kind
 * (policy/belief.h); all of it where nobody watches. Asked before a question
 * and again for its answer: it may have changed in between. */
struct belief check_belief(const struct check *, const struct list *,
    enum list_kind);

/* What a list said, or that it said nothing: counted, and when the last
 * answers look strange the list is suspect for everybody from now on. Not for
 * answers out of the cache, nor twice for one that several waited for. */
void check_heard(struct check *, const struct list *, enum list_kind,
    enum heard, usec_t took);

/* A question was asked, and nobody waits for its answer: of the list's limit
 * it has had its share. */
void check_left(struct check *, const struct list *, enum list_kind);

/* Returns 0 and any of the three statuses, a trouble, or -E_CANCELED. */
WAITS int dns_ask(struct check *, struct str name, enum dns_type,
    struct answer *);

/*
 * Asks n questions at once (name, type, more set) and calls got for each as
 * its answer comes. Returns 0 when all have come, or -E_CANCELED. Troubles
 * are in each question.
 */
WAITS int dns_ask_each(struct check *, struct question *, size_t n,
    void (*got)(struct check *, struct question *, void *arg), void *arg);

/* fact is an index into the filter's own table. */
void fact_truth(struct check *, int fact, bool);
void fact_word(struct check *, int fact, int word);
void fact_number(struct check *, int fact, int64_t hundredths);
void fact_text(struct check *, int fact, struct str);   /* copied          */
void fact_ip(struct check *, int fact, struct ip);
void fact_add(struct check *, int fact, struct str);    /* to a set, which
                                                           is partial until
                                                           the work is done */
void fact_partial(struct check *, int fact);            /* stays partial   */
void fact_set(struct check *, int fact, const struct str *member,
    size_t count);                                      /* all at once, copied */
void fact_absent(struct check *, int fact);
void fact_unknown(struct check *, int fact, enum why);

/* The same for facts of lists, by their number in the vocabulary; nobody
 * else makes them absent or unknown. Nothing happens when the fact is so
 * already. open: asked (is_asked), or its subject is still to come. */
void list_truth(struct check *, int number, bool);
void list_number(struct check *, int number, int64_t hundredths);
void list_absent(struct check *, int number);
void list_unknown(struct check *, int number, enum why);
void list_not_asked(struct check *, int number);
void list_open(struct check *, int number, bool is_asked);

/* Any fact as it is now; borrowed until the next wait. */
const struct fact *fact_peek(const struct check *, int number);
const struct fact *fact_named(const struct check *, const char *name);

/* Whether a fact is known and this word. */
bool fact_is(const struct check *, const char *name, const char *word);

/* A fact of another filter, by name, once it is no longer pending, and a set
 * once nothing more comes into it. Returns 0 or -E_CANCELED; *fact is borrowed
 * until the next wait. */
WAITS int fact_wait(struct check *, const char *name, const struct fact **);

/*
 * One result for Authentication-Results: a resinfo of RFC 8601 2.2 without its
 * ";" ("spf=pass smtp.mailfrom=good.test"). What a stranger wrote in it goes
 * through auth_value (mail/auth.h). unknown(temporary) is temperror. Copied;
 * shown in the order of filters, then of calls; forgotten with the stage.
 */
void auth_result(struct check *, struct str resinfo);

/* Every filter, in the order their facts are declared. */
extern const struct filter *const filters_all[];

/* Declares the facts of all of them. Out: base[i], number of the first fact
 * of filters_all[i]; room for filters_count(). */
void filters_declare(struct vocabulary *, int *base);
size_t filters_count(void);

#endif
