/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask: questions to DNS and what they gave.
 *
 * The outcome of a question is one of four: found, no data (the name is
 * there, this type is not), no such name, or a temporary trouble with its
 * reason. Nothing else gets out of here; REFUSED, SERVFAIL, silence, garbage
 * and a spent budget are all troubles.
 *
 * names (this layer) keeps a cache, shares equal questions in flight,
 * follows CNAMEs and counts budgets; an upstream below it only exchanges
 * packets: c-ares in the daemon (dns/ares.h), a script in the simulator.
 *
 * Source: RFC 1034, 1035, 2308 (negative answers), 5782 (what lists say).
 */
#ifndef DNS_ASK_H
#define DNS_ASK_H

#include "base/arena.h"
#include "base/error.h"
#include "base/ip.h"
#include "run/world.h"

#define DNS_RECORDS 50  /* of one answer; more are not looked at          */
#define DNS_CHAIN   8   /* CNAMEs followed                                */
#define DNS_PENDING 4096

enum dns_type { DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6,
	DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28 };

enum dns_status { DNS_FOUND, DNS_NO_DATA, DNS_NO_NAME };

struct record {
	uint32_t   ttl;
	struct ip  ip;         /* A, AAAA                                   */
	uint16_t   preference; /* MX                                        */
	struct str text;       /* PTR, NS, CNAME, MX: a name, lower case, no
	                          dot at the end, "" for the root; labels with
	                          odd bytes escaped as \DDD (never a host).
	                          TXT: the strings joined, any byte         */
};

struct answer {
	enum dns_status status;
	struct str     name;     /* after CNAMEs                            */
	struct record *records;  /* of the type asked, in the order given   */
	size_t         count;
	uint32_t       ttl;      /* lowest of the chain; of the SOA when
	                            there is nothing (RFC 2308 5); of a
	                            cached answer: seconds that are left    */
	bool           has_ttl;  /* false: nothing said how long; not kept  */
	uint8_t        rcode;
	uint8_t        chain;    /* CNAMEs followed                         */
	bool           is_cached;
	usec_t         took;
};

/* What one session may spend. */
struct budget {
	unsigned left;       /* questions that may still be sent            */
	usec_t   deadline;   /* after it everything is a time-out           */
	unsigned asked;      /* questions, from the cache too               */
	unsigned failed;     /* of these, without a usable answer           */
	unsigned open;       /* of these, still awaited                     */
};

/* A question in flight. Its memory is the asker's; it must stay until it is
 * done or dropped. */
struct question {
	struct str     name;     /* in                                      */
	enum dns_type  type;     /* in                                      */
	void          *more;     /* in: the asker's own                     */
	usec_t         since;    /* in: what the cache got before this moment
	                            does not count; 0: all does             */
	bool           is_done;
	bool           is_shared; /* it joined another's that was under way */
	int            error;    /* 0, or the trouble: -E_TIMEOUT,
	                            -E_SERVFAIL, -E_REFUSED, -E_GARBAGE,
	                            -E_BUDGET, -E_INVALID (no DNS name),
	                            -E_CANCELED (the upstream is gone)      */
	struct answer  answer;   /* when error is 0; in the asker's arena   */
	/* What follows belongs to dns/. */
	struct pending  *pending;         /* NULL when nothing is awaited   */
	struct question *next, *prev;     /* others that wait for the same  */
	struct question *later, *sooner;  /* all that wait, by their start  */
	struct arena    *arena;
	struct bell     *bell;
	struct budget   *budget;
	usec_t           started;
	usec_t           until;           /* gives up then                  */
	struct timer     timer;           /* only when the budget ends first */
};

struct upstream;

struct names_conf {
	usec_t   query_deadline;  /* for one question                       */
	uint32_t ttl_low, ttl_high;   /* clamp, seconds; 60 and 3600        */
	size_t   cache_entries;   /* 0: no cache                            */
};

/* Owner: the caller. The upstream is borrowed and must be freed first: its
 * free ends what is in flight, with -E_CANCELED for whoever still waits. */
struct names *names_new(struct world *, struct upstream *,
    const struct names_conf *);
void names_free(struct names **);

/*
 * Starts a question: may be done on return (cache, bad name, budget).
 * In: name and type set in q, the rest zero. bell rings when it is done.
 */
void names_start(struct names *, struct question *, struct budget *,
    struct arena *, struct bell *);

/* Nobody waits for it any more; its answer still fills the cache. */
void names_drop(struct question *);

/*
 * Asks and waits.
 * Returns 0 with *answer (any of the three statuses), or the trouble as in
 * struct question, or -E_CANCELED.
 */
WAITS int names_ask(struct names *, struct str name, enum dns_type,
    struct budget *, struct arena *, struct answer *);

bool answer_has_ip(const struct answer *, struct ip);
struct str answer_name(const struct answer *, size_t i);

/* For status and the bench. */
struct names_census { uint64_t asked, sent, from_cache, shared, late,
	    troubles; size_t cached, pending; };
void names_census(const struct names *, struct names_census *);

#endif
