/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store - makes all copies, then puts them into their mailboxes; as
 * deliver/local.c, without a disk.
 *
 * Called by: the session, through deliver/handoff.h; sim/run.c looks at what
 * was delivered.
 * Always holds: either all copies of a parcel are among the letters or none
 * is (promises P1 and P2 are about the real store; a play sees their effect).
 */
#include <string.h>

#include "sim/store.h"

struct sim_store {
	struct store             store;    /* first                         */
	const struct sim_domain *domains;
	size_t                   count;
	struct arena            *arena;
	struct letter           *first, **last;
};

static const struct sim_domain *
domain_of(const struct sim_store *s, struct str name)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (str_eq_case(s->domains[i].name, name))
			return &s->domains[i];
	return NULL;
}

static const struct sim_user *
user_of(const struct sim_domain *d, struct str local)
{
	size_t i;

	for (i = 0; i < d->user_count; i++)
		if (str_eq_case(d->users[i].local, local))
			return &d->users[i];
	return NULL;
}

static void
mailbox_set(struct mailbox *m, struct arena *a, const struct sim_domain *d,
    struct str local)
{
	m->domain = d->name;
	m->local = local;
	m->folder = arena_printf(a, "%.*s/%.*s", STR_ARG(d->name),
	    STR_ARG(local));
}

/* Local parts are case-blind, as the real store's; a full mailbox is told
 * before any other answer. */
static int
sim_find(struct store *store, struct str domain, struct str local,
    struct arena *a, struct mailbox *mailbox, enum find *found)
{
	struct sim_store *s = CONTAINER(store, struct sim_store, store);
	const struct sim_domain *d = domain_of(s, domain);
	const struct sim_user *u;

	if (d == NULL) {
		*found = FIND_NO;
		return 0;
	}
	u = user_of(d, local);
	if (u != NULL && u->is_full) {
		*found = FIND_FULL;
		return 0;
	}
	if (u != NULL)
		mailbox_set(mailbox, a, d, u->local);
	else if (str_eq_case(local, STR("postmaster")))
		mailbox_set(mailbox, a, d, STR("postmaster"));
	*found = u != NULL || str_eq_case(local, STR("postmaster")) ?
	    FIND_YES : FIND_NO;
	return 0;
}

/* The kept pieces of a body, read into p. */
static int
pieces_read(const struct parcel *parcel, char *p)
{
	const struct piece *piece;
	uint64_t at, left;
	ssize_t n;
	size_t i;

	for (i = 0; i < parcel->piece_count; i++) {
		piece = &parcel->pieces[i];
		at = piece->at;
		left = piece->size;
		for (; left > 0; left -= (uint64_t)n, at += (uint64_t)n) {
			n = body_read(parcel->body, at, p, left);
			if (n <= 0)
				return -E_IO;
			p += n;
		}
	}
	return 0;
}

/* The copy as a Maildir would hold it, but for its line ends. */
static int
letter_make(struct sim_store *s, const struct parcel *parcel,
    const struct copy *copy, struct letter **out)
{
	struct letter *l = arena_alloc(s->arena, sizeof *l);
	size_t size = copy->prefix.len, i;
	char *p;
	int rc;

	for (i = 0; i < parcel->piece_count; i++)
		size += parcel->pieces[i].size;
	p = arena_alloc(s->arena, size + 1);
	memcpy(p, copy->prefix.p, copy->prefix.len);
	rc = pieces_read(parcel, p + copy->prefix.len);
	if (rc != 0)
		return rc;
	l->domain = arena_str(s->arena, copy->mailbox->domain);
	l->local = arena_str(s->arena, copy->mailbox->local);
	l->subfolder = arena_str(s->arena, copy->subfolder);
	l->id = arena_str(s->arena, parcel->id);
	l->text = (struct str){ p, size };
	l->prefix = str_sub(l->text, 0, copy->prefix.len);
	*out = l;
	return 0;
}

/* A broken disk shows here, where the real one would: nothing was promised
 * yet. */
static int
letters_make(struct sim_store *s, const struct parcel *parcel,
    struct letter **first, struct letter ***last)
{
	const struct sim_domain *d;
	const struct sim_user *u;
	const struct mailbox *m;
	size_t i;
	int rc;

	*last = first;
	for (i = 0; i < parcel->copy_count; i++) {
		m = parcel->copies[i].mailbox;
		d = domain_of(s, m->domain);
		u = d != NULL ? user_of(d, m->local) : NULL;
		if (u != NULL && u->is_broken)
			return -E_IO;
		rc = letter_make(s, parcel, &parcel->copies[i], *last);
		if (rc != 0)
			return rc;
		*last = &(**last)->next;
	}
	return 0;
}

static int
sim_keep(struct store *store, const struct parcel *parcel,
    bool (*is_wanted)(void *), void *arg)
{
	struct sim_store *s = CONTAINER(store, struct sim_store, store);
	struct letter *first = NULL, **last;
	int rc = letters_make(s, parcel, &first, &last);

	if (rc != 0)
		return rc;
	if (!is_wanted(arg))
		return -E_CANCELED;
	*s->last = first;
	s->last = last;
	return 0;
}

static void
sim_free_nothing(struct store *store)
{
	(void)store;
}

struct store *
sim_store(const struct sim_domain *domains, size_t count, struct arena *a)
{
	struct sim_store *s = arena_alloc(a, sizeof *s);

	s->store.find = sim_find;
	s->store.keep = sim_keep;
	s->store.free = sim_free_nothing;
	s->domains = domains;
	s->count = count;
	s->arena = a;
	s->last = &s->first;
	return &s->store;
}

const struct letter *
sim_letters(const struct store *store)
{
	const struct sim_store *s = (const struct sim_store *)(const void *)
	    store;

	return s->first;
}
