/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter: the whole contract of a check.
 *
 * A check fills in typed facts and never answers the client. It runs on a
 * fiber of its own at each stage it is interested in, as a child of the
 * session, and reads like its RFC from top to bottom.
 *
 * When at[stage] returns 0, what it did not state of the facts of that stage
 * is absent; when it returns an error, unknown with that reason, and what it
 * stated stays. To add a filter: one file here, one line in filters.c, one
 * in local.mk.
 */
#ifndef FILTERS_FILTER_H
#define FILTERS_FILTER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/ip.h"
#include "base/name.h"
#include "dns/ask.h"
#include "lang/schema.h"
#include "mail/body.h"
#include "mail/header.h"
#include "mail/path.h"
#include "policy/facts.h"
#include "policy/list.h"

struct check;

struct filter {
	const char *name;
	const struct fact_decl *facts;
	size_t      fact_count;
	int       (*at[ST_COUNT])(struct check *);  /* NULL: not interested */
};

/* Who is connected. */
struct client {
	struct ip ip;
	unsigned  port;
	bool      is_early;       /* bytes came before the banner           */
	bool      is_local;       /* loopback or a private address          */
};

const struct client *check_client(const struct check *);
struct str           check_helo(const struct check *);     /* as said     */
const struct path   *check_sender(const struct check *);
const struct path   *check_rcpt(const struct check *);
const struct body   *check_body(const struct check *);     /* ST_EOM      */
const struct header *check_header(const struct check *);   /* ST_EOM; parsed
                                                              once        */
struct str           check_host(const struct check *);     /* our name    */
bool                 check_is_ours(const struct check *, struct str domain);
struct arena        *check_arena(struct check *);          /* of the stage */
enum stage           check_stage(const struct check *);

/* The lists of the policy in force. */
struct list *const *check_lists(const struct check *, size_t *count);

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
void fact_add(struct check *, int fact, struct str);    /* to a set        */
void fact_partial(struct check *, int fact);
void fact_absent(struct check *, int fact);
void fact_unknown(struct check *, int fact, enum why);

/* The same for facts of lists, by their number in the vocabulary. */
void list_truth(struct check *, int number, bool);
void list_unknown(struct check *, int number, enum why);
void list_not_asked(struct check *, int number);

/* A fact of another filter, by name, once it is no longer pending.
 * Returns 0 or -E_CANCELED; *fact is borrowed until the next wait. */
WAITS int fact_wait(struct check *, const char *name, const struct fact **);

/* Every filter, in the order their facts are declared. */
extern const struct filter *const filters_all[];

/* Declares the facts of all of them. Out: base[i], number of the first fact
 * of filters_all[i]. */
void filters_declare(struct vocabulary *, int *base);
size_t filters_count(void);

#endif
