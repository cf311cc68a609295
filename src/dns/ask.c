/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ask - questions to DNS: cache, sharing, CNAMEs, deadlines, budgets.
 *
 * A question (the asker's) waits on a pending (ours): one exchange with the
 * upstream, shared by all that ask the same.
 *
 *	                    names_start
 *	       bad name, deadline, cache, budget |  sent, or joined
 *	                  v                      v
 *	               (done) <--- finish --- waiting on a pending
 *	                  ^                      |   |
 *	                  +------ give_up -------+   +-- names_drop -> (dropped)
 *
 *	pending:  ask_upstream -> carried -> conclude        (freed there only)
 *	                ^            |
 *	                +-- follow --+   the answer was an open CNAME
 *
 * Called by: filters, daemon and simulator, through dns/ask.h.
 * Always holds: a question is linked into a pending, and into the sweep or
 * the timers, exactly while its `pending` is set. A pending lives until its
 * upstream has called back, whether anybody waits or not: no single question
 * of c-ares can be cancelled, and a late answer fills the cache.
 *
 * Cost, since a refused client asks eight lists: one siphash, one piece of
 * memory a question, and no timer: all questions that wait the full
 * query_deadline stand in one list, oldest first, under one timer. Only a
 * question whose budget ends sooner has a timer of its own.
 *
 * Source: RFC 1034 3.6.2 (CNAME), 2308 (negative answers; without a SOA they
 * are not kept), 8020 is not used: a name below one that is not there is
 * asked.
 */
#include "dns/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "dns/cache.h"
#include "dns/upstream.h"
#include "dns/wire.h"
#include "dns/wire_name.h"

#define BUCKETS 1024    /* of pendings; a power of two                    */

struct names {
	struct world    *world;
	struct upstream *upstream;
	struct names_conf conf;
	struct sipkey    sipkey;
	struct cache    *cache;         /* NULL: none                       */
	struct arena    *scratch;       /* for the packet being read        */
	struct pending  *buckets[BUCKETS];
	size_t           pending;
	struct question *first, *last;  /* the sweep, by start              */
	struct timer     sweep;         /* armed while it is not empty      */
	struct names_census census;
};

struct pending {
	struct exchange  exchange;      /* its name is the one asked last   */
	struct names    *names;
	struct pending  *chain;         /* in the bucket                    */
	struct question *waiters;
	uint8_t         *alias;         /* memory of another name, or NULL  */
	uint32_t         ttl;           /* lowest so far                    */
	uint8_t          hops;          /* CNAMEs so far                    */
	usec_t           got;           /* when the cache got its end; 0:
	                                   the end is not from there        */
	struct key       key;           /* behind this struct               */
};

static usec_t
now_of(const struct names *n)
{
	return world_now(n->world);
}

/* --- questions that wait ------------------------------------------------- */

static void
sweep_add(struct names *n, struct question *q)
{
	q->later = NULL;
	q->sooner = n->last;
	*(n->last == NULL ? &n->first : &n->last->later) = q;
	n->last = q;
	if (n->sweep.slot == 0)
		timer_set(n->world->fibers, &n->sweep, q->until);
}

static void
sweep_take(struct names *n, struct question *q)
{
	*(q->sooner == NULL ? &n->first : &q->sooner->later) = q->later;
	*(q->later == NULL ? &n->last : &q->later->sooner) = q->sooner;
	if (n->first == NULL)
		timer_stop(n->world->fibers, &n->sweep);
}

/* Has it a timer of its own? Else it stands in the sweep. */
static bool
ends_early(const struct names *n, const struct question *q)
{
	return q->until < q->started + n->conf.query_deadline;
}

static void
wait_begin(struct names *n, struct question *q, struct pending *p)
{
	q->pending = p;
	q->prev = NULL;
	q->next = p->waiters;
	if (p->waiters != NULL)
		p->waiters->prev = q;
	p->waiters = q;
	if (q->budget != NULL)
		q->budget->open++;
	if (ends_early(n, q))
		timer_set(n->world->fibers, &q->timer, q->until);
	else
		sweep_add(n, q);
}

static void
wait_end(struct question *q)
{
	struct pending *p = q->pending;
	struct names *n = p->names;

	*(q->prev == NULL ? &p->waiters : &q->prev->next) = q->next;
	if (q->next != NULL)
		q->next->prev = q->prev;
	if (ends_early(n, q))
		timer_stop(n->world->fibers, &q->timer);
	else
		sweep_take(n, q);
	q->pending = NULL;
	if (q->budget != NULL)
		q->budget->open--;
}

static void
finish(struct names *n, struct question *q, int error)
{
	q->error = error;
	q->is_done = true;
	if (error != 0) {
		n->census.troubles++;
		if (q->budget != NULL)
			q->budget->failed++;
	}
	if (q->bell != NULL)
		bell_ring(q->bell);
}

/* In: a, in memory that is not the asker's. */
static void
finish_found(struct names *n, struct question *q, const struct answer *a)
{
	q->answer = answer_pack(a, arena_alloc(q->arena, answer_size(a)));
	q->answer.took = now_of(n) - q->started;
	finish(n, q, 0);
}

static void
give_up(struct question *q)
{
	struct names *n = q->pending->names;

	wait_end(q);
	finish(n, q, -E_TIMEOUT);
}

static void
on_timer(struct timer *t)
{
	give_up(CONTAINER(t, struct question, timer));
}

static void
on_sweep(struct timer *t)
{
	struct names *n = CONTAINER(t, struct names, sweep);
	usec_t now = now_of(n);

	while (n->first != NULL && n->first->until <= now)
		give_up(n->first);
	if (n->first != NULL)
		timer_set(n->world->fibers, &n->sweep, n->first->until);
}

/* --- pendings ------------------------------------------------------------ */

static struct pending *
pending_find(struct names *n, const struct key *k)
{
	struct pending *p;

	for (p = n->buckets[k->hash % BUCKETS]; p != NULL; p = p->chain)
		if (p->key.hash == k->hash && p->key.n == k->n &&
		    memcmp(p->key.p, k->p, k->n) == 0)
			return p;
	return NULL;
}

static void carried(struct exchange *, int, const uint8_t *, size_t);

/* One piece of memory: the struct, the key, the name as text. */
static struct pending *
pending_new(struct names *n, const struct key *k, enum dns_type type)
{
	size_t room = wire_name_room(k->p);
	struct pending *p = malloc(sizeof *p + k->n + room);
	uint8_t *key;
	char *text;

	if (p == NULL)
		return NULL;
	memset(p, 0, sizeof *p);
	key = (uint8_t *)(p + 1);
	memcpy(key, k->p, k->n);
	text = (char *)key + k->n;
	p->exchange.name = (struct str){ text, wire_name_print(k->p, text) };
	p->exchange.bytes = key;
	p->exchange.type = type;
	p->exchange.done = carried;
	p->names = n;
	p->ttl = UINT32_MAX;
	p->key = (struct key){ key, k->n, k->hash };
	p->chain = n->buckets[k->hash % BUCKETS];
	n->buckets[k->hash % BUCKETS] = p;
	n->pending++;
	return p;
}

static void
pending_free(struct pending *p)
{
	struct names *n = p->names;
	struct pending **at = &n->buckets[p->key.hash % BUCKETS];

	while (*at != p)
		at = &(*at)->chain;
	*at = p->chain;
	n->pending--;
	free(p->alias);
	free(p);
}

static void
ask_upstream(struct pending *p)
{
	p->names->census.sent++;
	p->names->upstream->send(p->names->upstream, &p->exchange);
}

/* An answer is as old as its oldest part. */
static void
keep(struct names *n, const struct pending *p, const struct answer *a)
{
	struct term term = { .got = p->got == 0 ? now_of(n) : p->got };
	uint32_t ttl = a->ttl;

	if (n->cache == NULL || !a->has_ttl)
		return;
	if (ttl < n->conf.ttl_low)
		ttl = n->conf.ttl_low;
	if (ttl > n->conf.ttl_high)
		ttl = n->conf.ttl_high;
	term.until = now_of(n) + (usec_t)ttl * SEC;
	cache_put(n->cache, &p->key, a, term);
}

/* The end of a pending. In: a when error is 0. */
static void
conclude(struct pending *p, int error, const struct answer *a)
{
	struct names *n = p->names;
	struct question *q;

	if (error == 0)
		keep(n, p, a);
	if (p->waiters == NULL)
		n->census.late++;
	while ((q = p->waiters) != NULL) {
		wait_end(q);
		if (error == 0)
			finish_found(n, q, a);
		else
			finish(n, q, error);
	}
	pending_free(p);
}

/* Everybody who waits pays for one more question, or stops waiting. */
static void
charge_all(struct pending *p)
{
	struct question *q, *next;

	for (q = p->waiters; q != NULL; q = next) {
		next = q->next;
		if (q->budget == NULL)
			continue;
		if (q->budget->left > 0) {
			q->budget->left--;
			continue;
		}
		wait_end(q);
		finish(p->names, q, -E_BUDGET);
	}
}

/* What the cache knows about the other end of an alias. In, out: a, which
 * stays in the scratch arena. */
static bool
follow_in_cache(struct pending *p, const struct key *k, struct answer *a)
{
	struct names *n = p->names;
	const struct answer *found;
	struct term term;

	if (n->cache == NULL)
		return false;
	found = cache_find(n->cache, k, now_of(n), &term);
	if (found == NULL || p->hops + found->chain > DNS_CHAIN)
		return false;
	*a = answer_pack(found, arena_alloc(n->scratch, answer_size(found)));
	a->chain = (uint8_t)(p->hops + found->chain);
	a->ttl = (uint32_t)((term.until - now_of(n)) / SEC);
	p->got = term.got;
	if (p->ttl < a->ttl)
		a->ttl = p->ttl;
	return true;
}

/* Another name for the exchange of p, in memory of its own. */
static bool
rename_exchange(struct pending *p, const uint8_t *bytes, struct str name)
{
	uint8_t *alias = malloc(WIRE_NAME + name.len);

	if (alias == NULL)
		return false;
	free(p->alias);
	p->alias = alias;
	(void)wire_name_copy(alias, bytes);
	memcpy(alias + WIRE_NAME, name.p, name.len);
	p->exchange.bytes = alias;
	p->exchange.name = (struct str){ (char *)alias + WIRE_NAME, name.len };
	return true;
}

/* The chain left the packet: asks for its end. */
static void
follow(struct pending *p, struct str open, struct answer *a)
{
	uint8_t bytes[WIRE_NAME + 2];
	struct names *n = p->names;
	int len = wire_name_of(open, bytes);
	struct key k = { bytes, 0, 0 };

	must(len > 0);                  /* it came out of wire_read_answer */
	memcpy(bytes + len, p->key.p + p->key.n - 2, 2);
	k.n = (size_t)len + 2;
	k.hash = siphash(n->sipkey, k.p, k.n);
	if (follow_in_cache(p, &k, a)) {
		conclude(p, 0, a);
		return;
	}
	charge_all(p);
	if (p->waiters == NULL || !rename_exchange(p, k.p, open))
		conclude(p, -E_BUDGET, NULL);
	else
		ask_upstream(p);
}

/* The upstream has called back. */
static void
carried(struct exchange *x, int error, const uint8_t *packet, size_t size)
{
	struct pending *p = CONTAINER(x, struct pending, exchange);
	struct answer a = { .status = DNS_NO_DATA };
	struct str open;

	arena_reset(p->names->scratch);
	if (error == 0)
		error = wire_read_answer_of(packet, size,
		    (struct wire_name){ x->name, x->bytes }, x->type,
		    p->names->scratch, &a, &open);
	if (error == 0 && p->hops + a.chain > DNS_CHAIN)
		error = -E_GARBAGE;
	if (error != 0) {
		conclude(p, error, NULL);
		return;
	}
	p->hops = a.chain = (uint8_t)(p->hops + a.chain);
	if (a.has_ttl && a.ttl < p->ttl)
		p->ttl = a.ttl;
	if (a.has_ttl)
		a.ttl = p->ttl;
	if (open.len > 0)
		follow(p, open, &a);
	else
		conclude(p, 0, &a);
}

/* --- asking -------------------------------------------------------------- */

static bool
from_cache(struct names *n, struct question *q, const struct key *k)
{
	const struct answer *a;
	struct term term;

	a = n->cache == NULL ? NULL :
	    cache_find(n->cache, k, q->started, &term);
	if (a == NULL || term.got < q->since)
		return false;
	n->census.from_cache++;
	finish_found(n, q, a);
	q->answer.is_cached = true;
	q->answer.ttl = (uint32_t)((term.until - q->started) / SEC);
	return true;
}

/* A new pending with q as its first waiter, or q is over. */
static void
send_question(struct names *n, struct question *q, const struct key *k)
{
	struct pending *p = NULL;

	if (n->pending < DNS_PENDING &&
	    (q->budget == NULL || q->budget->left > 0))
		p = pending_new(n, k, q->type);
	if (p == NULL) {
		finish(n, q, -E_BUDGET);
		return;
	}
	if (q->budget != NULL)
		q->budget->left--;
	wait_begin(n, q, p);
	ask_upstream(p);
}

/* The key of a question in bytes; false for what is no name. */
static bool
key_of(const struct names *n, const struct question *q,
    uint8_t bytes[WIRE_NAME + 2], struct key *k)
{
	int len = wire_name_of(q->name, bytes);

	if (len < 2)                    /* nobody has a question to the root */
		return false;
	bytes[len] = (uint8_t)((unsigned)q->type >> 8);
	bytes[len + 1] = (uint8_t)q->type;
	k->p = bytes;
	k->n = (size_t)len + 2;
	k->hash = siphash(n->sipkey, k->p, k->n);
	return true;
}

void
names_start(struct names *n, struct question *q, struct budget *budget,
    struct arena *arena, struct bell *bell)
{
	uint8_t bytes[WIRE_NAME + 2];
	struct pending *p;
	struct key k;

	q->arena = arena;
	q->bell = bell;
	q->budget = budget;
	q->timer.fire = on_timer;
	q->started = now_of(n);
	q->until = q->started + n->conf.query_deadline;
	n->census.asked++;
	if (budget != NULL) {
		budget->asked++;
		if (budget->deadline < q->until)
			q->until = budget->deadline;
	}
	if (!key_of(n, q, bytes, &k)) {
		finish(n, q, -E_INVALID);
	} else if (q->until <= q->started) {
		finish(n, q, -E_TIMEOUT);
	} else if (from_cache(n, q, &k)) {
		return;
	} else if ((p = pending_find(n, &k)) != NULL) {
		n->census.shared++;
		q->is_shared = true;
		wait_begin(n, q, p);
	} else {
		send_question(n, q, &k);
	}
}

void
names_drop(struct question *q)
{
	if (q->pending != NULL)
		wait_end(q);
}

WAITS int
names_ask(struct names *n, struct str name, enum dns_type type,
    struct budget *budget, struct arena *arena, struct answer *answer)
{
	struct question q = { .name = name, .type = type };
	struct bell bell = { NULL, false };
	int rc;

	names_start(n, &q, budget, arena, &bell);
	rc = q.is_done ? 0 : bell_wait(&bell, USEC_NEVER);
	if (rc != 0) {
		names_drop(&q);
		return rc;
	}
	if (q.error == 0)
		*answer = q.answer;
	return q.error;
}

bool
answer_has_ip(const struct answer *a, struct ip ip)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (ip_eq(a->records[i].ip, ip))
			return true;
	return false;
}

struct str
answer_name(const struct answer *a, size_t i)
{
	must(i < a->count);
	return a->records[i].text;
}

struct names *
names_new(struct world *world, struct upstream *upstream,
    const struct names_conf *conf)
{
	struct names *n = calloc(1, sizeof *n);

	must(n != NULL);
	n->world = world;
	n->upstream = upstream;
	n->conf = *conf;
	n->sipkey.k0 = world_random(world);
	n->sipkey.k1 = world_random(world);
	n->scratch = arena_new(0);
	n->sweep.fire = on_sweep;
	if (conf->cache_entries > 0)
		n->cache = cache_new(conf->cache_entries);
	return n;
}

void
names_free(struct names **np)
{
	struct names *n = *np;

	if (n == NULL)
		return;
	must(n->pending == 0);          /* the upstream goes first */
	cache_free(&n->cache);
	arena_free(&n->scratch);
	free(n);
	*np = NULL;
}

void
names_census(const struct names *n, struct names_census *c)
{
	*c = n->census;
	c->cached = n->cache == NULL ? 0 : cache_count(n->cache);
	c->pending = n->pending;
}
