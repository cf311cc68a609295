/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * transaction - from MAIL to its end: the sender, the recipients, and the one
 * way out.
 *
 *	a recipient -> 452   the count (catalogue 30)
 *	            -> 501   no address
 *	            -> 550   not our domain: no policy can change that
 *	            -> 4xx, 5xx of the policy, which outranks "unknown user"
 *	            -> 550   nobody here, 452 his mailbox is full
 *	            -> 452   another way out than the first one's
 *	            -> 250
 *
 * Called by: smtp/verbs.c.
 * Always holds:
 * - No field of a transaction lives outside of struct transaction, and all
 *   its memory is in its arena: reset is one call (catalogue 15).
 * - What an accepted recipient becomes is a mailbox that the store named; no
 *   text from the wire is in it (catalogue 103).
 * - postmaster is always deliverable, and no verdict is made for it (RFC
 *   5321 4.5.1).
 * - Each mailbox is there once (catalogue 31).
 *
 * Source: RFC 5321 3.3, 4.1.1.2, 4.1.1.3, 4.5.1, 4.5.3.1.8, 4.5.3.1.10; 1870.
 */
#include "smtp/session.h"

#include <stdio.h>

#define TX_ROOM 2048

/* --- begin and end ------------------------------------------------------- */

/* The session's id names its first decision; each message, and each later
 * transaction, has a number behind it. */
void
transaction_number(struct session *s)
{
	char number[NUMBER_TEXT];

	(void)number_print(s->transactions, number);
	(void)snprintf(s->tx->id, sizeof s->tx->id, "%.11s.%.10s", s->id,
	    number);
}

static void
make_transaction(struct session *s, const struct mail_args *args,
    struct arena *arena)
{
	struct transaction *tx = arena_alloc(arena, sizeof *tx);

	tx->arena = arena;
	tx->mail = *args;
	tx->started = now_of(s);
	s->tx = tx;
	s->phase = PH_MAIL;
	if (++s->transactions > 1)
		transaction_number(s);
}

/* Whether each disk of mailboxes has room for it (RFC 1870 6.3, catalogue
 * 107). One message and a half, because a copy grows by its trace and the
 * spool may hold it too. */
static bool
has_space(const struct session *s, const struct mail_args *args)
{
	const struct settings *conf = s->server->settings;
	uint64_t bytes, inodes, size = conf->limits.message;

	if (args->has_size && args->size < size)
		size = args->size;
	board_least_space(s->server->world->board, &bytes, &inodes);
	return bytes >= settings_free_bytes(conf, size) &&
	    inodes >= settings_free_inodes(conf);
}

/* What stands against the message that this MAIL announces. RFC 1870 6.1:
 * what is said to be too big is not begun. */
static enum reply_id
objection(struct session *s)
{
	const struct mail_args *args = &s->tx->mail;

	if (args->has_size && args->size > limits_of(s)->message)
		return RP_TOO_BIG;
	if (!has_space(s, args))
		return RP_DISK;
	return crowd_message(s);
}

/* It has a line in the log, so that nobody may try it for ever. */
static WAITS int
not_begun(struct session *s, enum reply_id rp)
{
	char number[NUMBER_TEXT];
	int rc;

	rc = session_idle(s);
	if (rc == 0)
		rc = session_refuse(s, rp, (struct str){ number,
		    number_print(limits_of(s)->message, number) }, NULL);
	transaction_end(s);
	return rc;
}

WAITS int
transaction_begin(struct session *s, struct str rest)
{
	struct mail_args args;
	struct arena *arena;
	enum reply_id rp;

	if (s->messages >= limits_of(s)->messages)
		return session_drop(s, RP_MESSAGES, "messages");
	/* Better none than one that nothing could be found out about. */
	if (s->transactions > 0 && session_is_spent(s))
		return session_drop(s, RP_MESSAGES, "questions");
	arena = arena_new(TX_ROOM);
	rp = command_mail(rest, arena, &args);
	if (rp != RP_NONE) {
		arena_free(&arena);
		return session_fail(s, rp, (struct str){ 0 });
	}
	make_transaction(s, &args, arena);
	rp = objection(s);
	if (rp != RP_NONE)
		return not_begun(s, rp);
	s->desk.sender = &s->tx->mail.sender;
	stage_begin(s, ST_MAIL, arena);
	return session_say(s, RP_SENDER, (struct str){ 0 });
}

WAITS void
transaction_end(struct session *s)
{
	struct transaction *tx = s->tx;
	struct arena *arena;

	if (tx == NULL)
		return;
	session_decide(s, &(struct outcome){ .event = "left",
	    .by = "abandoned", .stage = session_stage(s) },
	    (struct str){ 0 });
	log_decision(s);
	stage_forget(s, ST_MAIL);
	s->desk.sender = s->desk.rcpt = NULL;
	s->desk.body = NULL;
	s->desk.header = NULL;
	body_free(&tx->body);
	arena_free(&tx->judged);
	arena_free(&tx->kept);
	arena = tx->arena;
	s->tx = NULL;
	arena_free(&arena);
	s->phase = PH_HELLO;
}

/* --- who is it ----------------------------------------------------------- */

static WAITS enum reply_id
find_mailbox(struct session *s, struct str domain, struct str local,
    struct mailbox *mailbox)
{
	enum find found = FIND_NO;
	int rc = store_find(s->server->world->store, domain, local,
	    s->tx->arena, mailbox, &found);

	if (rc != 0) {
		log_lost(s, "look-up", rc);
		return RP_LOCAL;
	}
	return found == FIND_YES ? RP_NONE :
	    found == FIND_FULL ? RP_FULL : RP_NO_USER;
}

/* A domain without such a mailbox sends its postmaster's mail to the address
 * that the configuration names. */
static WAITS enum reply_id
find_postmaster(struct session *s, struct recipient *r)
{
	const struct settings *conf = s->server->settings;
	size_t at = str_find_last(conf->postmaster, '@');
	const struct domain_conf *domain;
	enum reply_id rp;

	rp = find_mailbox(s, r->domain->name, STR("postmaster"), &r->mailbox);
	if (rp != RP_NO_USER)
		return rp;
	domain = settings_domain(conf, str_from(conf->postmaster, at + 1));
	if (domain == NULL)
		return RP_LOCAL;
	rp = find_mailbox(s, domain->name, str_sub(conf->postmaster, 0, at),
	    &r->mailbox);
	return rp == RP_NO_USER ? RP_LOCAL : rp;
}

/* <postmaster> without a domain is our first one's. */
static void
complete_path(struct arena *arena, const struct domain_conf *domain,
    struct path *path)
{
	if (path->kind != PT_LOCAL)
		return;
	path->kind = PT_MAILBOX;
	path->domain = domain->name;
	path->text = arena_printf(arena, "%.*s@%.*s", STR_ARG(path->local),
	    STR_ARG(domain->name));
}

/* Whose domain is it? False: not ours, so we take no mail for it. */
static bool
find_domain(struct session *s, struct recipient *r)
{
	const struct settings *conf = s->server->settings;

	if (r->path.kind == PT_LOCAL)
		r->domain = conf->domain_count > 0 ? &conf->domains[0] : NULL;
	else if (r->path.kind == PT_MAILBOX)
		r->domain = settings_domain(conf, r->path.domain);
	if (r->domain == NULL)
		return false;
	r->is_postmaster = path_is_postmaster(&r->path);
	complete_path(s->tx->arena, r->domain, &r->path);
	return true;
}

/* Returns RP_NONE; RP_NO_USER, RP_FULL, RP_LOCAL. */
static WAITS enum reply_id
find_recipient(struct session *s, struct recipient *r)
{
	if (r->is_postmaster)
		return find_postmaster(s, r);
	return find_mailbox(s, r->domain->name, r->path.local, &r->mailbox);
}

/* --- taking and refusing ------------------------------------------------- */

static bool
is_there(const struct transaction *tx, const struct mailbox *m)
{
	const struct mailbox *have;
	size_t i;

	for (i = 0; i < tx->rcpt_count; i++) {
		have = &tx->rcpts[i].mailbox;
		if (str_eq(have->domain, m->domain) &&
		    str_eq(have->local, m->local) &&
		    str_eq(have->folder, m->folder))
			return true;
	}
	return false;
}

/* The first recipient fixes the way out: who owns his mailbox, because copies
 * are all or none in one pair of hands only; and the header that marks junk,
 * since a stranger's must be removed for all. Who owns it is the domain's
 * whose mailbox it became, which for postmaster may be another. */
static bool
is_same_way(const struct session *s, const struct recipient *x,
    const struct recipient *y)
{
	const struct settings *conf = s->server->settings;
	const struct deliver_conf *a = x->domain->deliver;
	const struct deliver_conf *b = y->domain->deliver;
	const struct domain_conf *p, *q;

	p = settings_domain(conf, x->mailbox.domain);
	q = settings_domain(conf, y->mailbox.domain);
	if (p != NULL && q != NULL && p->owner != q->owner)
		return false;
	if (a == b)
		return true;
	if (a->junk != JUNK_HEADER && b->junk != JUNK_HEADER)
		return true;
	return a->junk == b->junk && str_eq(a->junk_text, b->junk_text);
}

static void
add_recipient(struct transaction *tx, const struct recipient *r)
{
	struct recipient *more;
	size_t i, room = tx->rcpt_room == 0 ? 1 : 4 * tx->rcpt_room;

	if (tx->rcpt_count == tx->rcpt_room) {
		more = arena_array(tx->arena, room, sizeof *more);
		for (i = 0; i < tx->rcpt_count; i++)
			more[i] = tx->rcpts[i];
		tx->rcpts = more;
		tx->rcpt_room = room;
	}
	tx->rcpts[tx->rcpt_count++] = *r;
}

static WAITS int
take(struct session *s, const struct recipient *r)
{
	struct transaction *tx = s->tx;

	if (is_there(tx, &r->mailbox))
		return session_say(s, RP_RCPT, (struct str){ 0 });
	if (tx->rcpt_count > 0 &&
	    !is_same_way(s, &tx->rcpts[0], r))
		return session_say(s, RP_OTHER_WAY, (struct str){ 0 });
	add_recipient(tx, r);
	s->phase = PH_RCPT;
	return session_say(s, RP_RCPT, (struct str){ 0 });
}

/* Unknown recipients are no errors: a list server has some. Whoever guesses
 * is slowed down, then cut (catalogue 32). */
static WAITS int
unknown_user(struct session *s, const struct recipient *r)
{
	const struct limits *l = limits_of(s);
	bool is_guessing = 2 * s->unknown >= s->rcpts;
	int rc = 0;

	if (is_guessing && s->unknown >= l->unknown_recipients) {
		log_abuse(s, "unknown-recipients", s->unknown);
		return session_drop(s, RP_GUESSES, "unknown-recipients");
	}
	if (is_guessing && s->unknown > l->free_errors)
		rc = fiber_sleep(now_of(s) + l->error_delay);
	return rc != 0 ? rc : session_refuse(s, RP_NO_USER, r->path.text,
	    &r->path);
}

/* What the dialogue itself refuses. */
static WAITS int
refuse(struct session *s, const struct recipient *r, enum reply_id rp)
{
	struct str what = r->path.text;
	int rc = 0;

	if (rp == RP_NO_USER)
		return unknown_user(s, r);
	if (rp == RP_NO_RELAY) {
		rc = session_error(s);
		if (r->path.kind == PT_MAILBOX)
			what = r->path.domain;
	}
	return rc != 0 ? rc : session_refuse(s, rp, what, &r->path);
}

/* --- the policy ---------------------------------------------------------- */

/* Where the verdict about one more recipient goes. */
static struct arena *
verdict_arena(struct transaction *tx)
{
	if (tx->judged == NULL)
		tx->judged = arena_new(0);
	else
		arena_reset(tx->judged);
	return tx->judged;
}

/* The outcome's verdict stays. */
static void
keep_verdict(struct transaction *tx, const struct verdict *v)
{
	if (tx->outcome.verdict != v)
		return;
	arena_free(&tx->kept);
	tx->kept = tx->judged;
	tx->judged = NULL;
}

/* A verdict that does not take the recipient. */
static WAITS int
obey(struct session *s, const struct recipient *r, const struct verdict *v)
{
	struct outcome o = { .event = action_word(v->action),
	    .stage = ST_RCPT, .verdict = v, .rcpt = &r->path,
	    .outranks = v->action == ACT_DROP };
	char out[REPLY_MAX];
	struct str reply = { out, 0 };

	reply.len = verdict_reply(s, v, &r->path, &o.code, &o.enhanced, out);
	session_decide(s, &o, reply);
	keep_verdict(s->tx, v);
	if (v->action == ACT_DROP)
		return session_last_word(s, reply);
	return session_put(s, reply);
}

/* Waits for facts that matter, but not for long: a first message's until so
 * long after accept, a later one's until so long after its MAIL. */
static WAITS int
judge_rcpt(struct session *s, const struct recipient *r,
    const struct verdict **out)
{
	struct arena *arena = verdict_arena(s->tx);
	struct verdict *v = arena_alloc(arena, sizeof *v);
	usec_t start = s->transactions > 1 ? s->tx->started :
	    s->desk.accepted;
	usec_t mail = s->tx->started +
	    s->server->settings->resolver.query_deadline;
	usec_t deadline = start + s->server->settings->resolver.rcpt_deadline;

	*out = v;
	stage_rcpt(s, &r->path);
	if (deadline < mail)
		deadline = mail;
	return judge_wait(s, ST_RCPT, deadline, arena, v);
}

static bool
is_taken(enum action action)
{
	return action < ACT_GREYLIST || action == ACT_TRAP;
}

/* The policy's word goes before "unknown user": who is refused anyway learns
 * nothing about our users, and costs the store nothing. */
static WAITS int
decide_rcpt(struct session *s, struct recipient *r)
{
	const struct verdict *v;
	enum reply_id rp;
	int rc;

	if (!r->is_postmaster) {
		rc = judge_rcpt(s, r, &v);
		if (rc != 0)
			return rc;
		if (!is_taken(v->action))
			return obey(s, r, v);
	}
	rp = find_recipient(s, r);
	if (rp == RP_NO_USER)
		s->unknown++;
	return rp == RP_NONE ? take(s, r) : refuse(s, r, rp);
}

/* --- RCPT ---------------------------------------------------------------- */

static bool
is_over_count(const struct session *s)
{
	const struct limits *l = limits_of(s);

	return s->tx->rcpt_count >= l->recipients ||
	    s->tx->asked >= l->recipients + l->extra_recipients;
}

/* Each costs nothing but its answer; after so many, no more of them. */
static WAITS int
over_count(struct session *s)
{
	if (++s->tx->over <= limits_of(s)->extra_recipients)
		return session_say(s, RP_RCPTS, (struct str){ 0 });
	log_abuse(s, "recipients", s->tx->asked + s->tx->over);
	return session_drop(s, RP_OVERSHOOT, "recipients");
}

WAITS int
transaction_rcpt(struct session *s, struct str rest)
{
	struct transaction *tx = s->tx;
	struct recipient *r;
	enum reply_id rp;

	if (is_over_count(s))
		return over_count(s);
	r = arena_alloc(tx->arena, sizeof *r);
	rp = command_rcpt(rest, tx->arena, &r->path);
	if (rp != RP_NONE)
		return session_fail(s, rp, (struct str){ 0 });
	tx->asked++;
	s->rcpts++;
	if (!find_domain(s, r))
		return refuse(s, r, RP_NO_RELAY);
	return decide_rcpt(s, r);
}
