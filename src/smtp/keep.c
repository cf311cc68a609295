/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keep - after the dot: is the message taken, and where does each copy go?
 *
 *	header -> 552 too big, 550 NUL in it, 554 a loop
 *	checks of the message -> one judgement for each recipient
 *	       -> 5xx, 4xx    for all (language.md "Several recipients")
 *	       -> copies      written and synced, all of them; then renamed,
 *	                      folders synced
 *	       -> 250 kept as ID
 *
 * Called by: content.c, with a sealed body.
 * Always holds:
 * - 250 is written only after the store has said that all copies are kept
 *   (promise P1); after any other reply none is (P2).
 * - The trace block of a copy names no other recipient: "for" stands in
 *   Received only when there was one (RFC 5321 4.4).
 * - Forged fields of ours are not in any copy (P7).
 *
 * Source: RFC 5321 4.4, 6.1, 6.3; design.md 4.6, 4.7.
 */
#include "mail/auth.h"
#include "smtp/session.h"

#include <string.h>

#define PREFIX_MAX 32768       /* trace block of one copy                   */
#define SLACK      SEC         /* for a check to say that it gives up       */
#define STAMP_MAX  1536        /* text of X-Postern                         */

/* --- what is wrong with it, whatever a policy says ----------------------- */

static enum reply_id
is_loop(const struct session *s)
{
	const struct transaction *tx = s->tx;
	const struct path **rcpts = arena_array(tx->arena, tx->rcpt_count,
	    sizeof *rcpts);
	size_t i;

	for (i = 0; i < tx->rcpt_count; i++)
		rcpts[i] = &tx->rcpts[i].path;
	if (trace_hops(&tx->header) >= limits_of(s)->hops ||
	    trace_is_loop(&tx->header, s->server->settings->name, rcpts,
	    tx->rcpt_count))
		return RP_LOOP;
	return RP_NONE;
}

static enum reply_id
read_header(struct session *s)
{
	struct transaction *tx = s->tx;
	const struct limits *l = limits_of(s);
	const struct header_limits header = { l->header, l->header_field,
		l->header_fields };
	int rc = body_seal(tx->body);

	if (rc == 0)
		rc = header_read_within(tx->body, &header, tx->arena,
		    &tx->header);
	if (rc == -E_TOOBIG)
		return RP_HEADER;
	if (rc != 0) {
		log_lost(s, "content", rc);
		return RP_LOCAL;
	}
	return tx->header.has_nul ? RP_NUL_DATA : is_loop(s);
}

/* --- judgements ---------------------------------------------------------- */

static WAITS int
judge_one(struct session *s, const struct recipient *r, usec_t deadline,
    struct verdict *v)
{
	if (r->is_postmaster) {
		*v = (struct verdict){ .action = ACT_ACCEPT,
		    .would = ACT_ACCEPT, .stage = ST_EOM,
		    .by = STR("postmaster") };
		return 0;
	}
	stage_rcpt(s, &r->path);
	return judge_wait(s, ST_EOM, deadline, s->tx->arena, v);
}

static WAITS int
judge_all(struct session *s, struct verdict *verdicts)
{
	struct transaction *tx = s->tx;
	usec_t deadline = now_of(s) +
	    s->server->settings->resolver.session_deadline;
	size_t i;
	int rc = 0;

	tx->judged_by = deadline;
	s->early = (struct early){ 0 };
	s->desk.body = tx->body;
	s->desk.header = &tx->header;
	stage_begin(s, ST_DATA, tx->arena);
	stage_begin(s, ST_EOM, tx->arena);
	for (i = 0; i < tx->rcpt_count && rc == 0; i++)
		rc = judge_one(s, &tx->rcpts[i], deadline, &verdicts[i]);
	return rc;
}

/* --- X-Postern ----------------------------------------------------------- */

static const char *const fate_words[] = {
	[COPY_INBOX] = "accept", [COPY_JUNK] = "junk", [COPY_HOLD] = "hold",
	[COPY_TRAP] = "trap",
};

static void
stamp_points(struct buf *b, int64_t points, bool has_sign)
{
	char text[POINTS_TEXT];

	(void)points_print(points, 0, text);
	(void)buf_addf(b, "%s%s", has_sign && points >= 0 ? "+" : "", text);
}

/* "score=7 (junk 5, refuse 9)" */
static void
stamp_score(struct buf *b, const struct session *s, const struct verdict *v)
{
	static const enum action marks[] = { ACT_JUNK, ACT_HOLD, ACT_REFUSE };
	const char *before = " (";
	int64_t at;
	size_t i;

	(void)buf_add_str(b, STR("; score="));
	stamp_points(b, v->score, false);
	for (i = 0; i < COUNT(marks); i++) {
		if (!policy_threshold(s->server->policy, marks[i], &at))
			continue;
		(void)buf_addf(b, "%s%s ", before, action_word(marks[i]));
		stamp_points(b, at, false);
		before = ", ";
	}
	if (before[0] == ',')
		(void)buf_add_byte(b, ')');
}

/* All that counted, so that the parts sum to the total. */
static void
stamp_parts(struct buf *b, const struct verdict *v)
{
	const char *before = "; ";
	size_t i;

	for (i = 0; i < v->part_count; i++) {
		if (v->parts[i].points == 0)
			continue;
		(void)buf_addf(b, "%s%.*s ", before,
		    STR_ARG(v->parts[i].name));
		stamp_points(b, v->parts[i].points, true);
		before = ", ";
	}
}

static void
stamp_unknown(struct buf *b, const struct session *s)
{
	const struct desk *d = &s->desk;
	const char *before = "; unknown=";
	size_t i;

	for (i = 0; i < d->list_count; i++) {
		if (!judge_is_unknown(s, d->lists[i]))
			continue;
		(void)buf_addf(b, "%s%.*s", before,
		    STR_ARG(d->lists[i]->name));
		before = ",";
	}
}

/* A stamp that grows too long is cut: the field stays good. */
static int
put_stamp(struct buf *prefix, const struct session *s,
    const struct verdict *v, enum copy_fate fate)
{
	struct buf b = BUF_INIT(STAMP_MAX);
	int rc;

	(void)buf_addf(&b, "%s", fate_words[fate]);
	if (v->would != ACT_ACCEPT &&
	    strcmp(action_word(v->would), fate_words[fate]) != 0)
		(void)buf_addf(&b, "; would=%s", action_word(v->would));
	(void)buf_addf(&b, "; id=%s", s->tx->id);
	stamp_score(&b, s, v);
	stamp_parts(&b, v);
	stamp_unknown(&b, s);
	rc = trace_field(prefix, "X-Postern", buf_str(&b));
	buf_free(&b);
	return rc;
}

/* --- copies -------------------------------------------------------------- */

/* "X-Spam-Flag: YES" as a field. */
static int
put_junk_header(struct buf *prefix, struct str line, struct arena *arena)
{
	size_t at = str_find(line, ':');

	return trace_field(prefix, arena_str(arena, str_sub(line, 0, at)).p,
	    str_trim(str_from(line, at + 1)));
}

/* A mailbox of its own for junk; the user's own where there is none. */
static WAITS int
junk_mailbox(struct session *s, const struct recipient *r,
    struct mailbox *mailbox)
{
	enum find found = FIND_NO;
	struct str local;

	local = arena_printf(s->tx->arena, "%.*s%.*s",
	    STR_ARG(r->mailbox.local), STR_ARG(r->domain->deliver->junk_text));
	(void)store_find(s->server->world->store, r->mailbox.domain, local,
	    s->tx->arena, mailbox, &found);
	return found == FIND_YES ? 0 : -E_NOTFOUND;
}

static WAITS int
put_junk(struct session *s, const struct recipient *r, struct buf *prefix,
    struct copy *copy)
{
	const struct deliver_conf *conf = r->domain->deliver;
	struct mailbox *other;

	switch (conf->junk) {
	case JUNK_FOLDER:
		copy->subfolder = conf->junk_text;
		return 0;
	case JUNK_HEADER:
		return put_junk_header(prefix, conf->junk_text, s->tx->arena);
	case JUNK_ADDRESS:
		other = arena_alloc(s->tx->arena, sizeof *other);
		if (junk_mailbox(s, r, other) == 0)
			copy->mailbox = other;
		return 0;
	}
	return 0;
}

static const char *const fate_folders[] = {
	[COPY_INBOX] = "", [COPY_JUNK] = "", [COPY_HOLD] = ".Hold",
	[COPY_TRAP] = ".Trap",
};

static int
put_received(struct buf *prefix, const struct session *s,
    const struct recipient *r)
{
	const struct transaction *tx = s->tx;
	struct trace trace = {
		.host = s->server->settings->name,
		.client = s->desk.client.ip,
		.client_name = judge_client_name(s),
		.helo = s->desk.helo,
		.is_esmtp = s->is_esmtp,
		.tls_version = s->desk.tls.version,
		.tls_cipher = s->desk.tls.cipher,
		.id = str_of(tx->id),
		.wall = world_wall(s->server->world),
		.sender = &tx->mail.sender,
		.only_rcpt = tx->rcpt_count == 1 ? &r->path : NULL,
	};

	return trace_received(prefix, &trace);
}

/* The Authentication-Results field, the same for every copy. A check that is
 * as slow as DNS may be has given up by then. */
static WAITS int
make_results(struct session *s, struct str *field)
{
	struct buf b = BUF_INIT(0);     /* auth_field bounds it */
	struct str *results;
	size_t count;
	int rc;

	rc = judge_results(s, s->tx->judged_by + SLACK, s->tx->arena,
	    &results, &count);
	if (rc == 0)
		rc = auth_field(&b, s->server->settings->authserv, results,
		    count);
	*field = arena_str(s->tx->arena, buf_str(&b));
	buf_free(&b);
	return rc;
}

/* One copy: its trace block and its place. In: results, a field of the trace
 * block. */
static WAITS int
make_copy(struct session *s, const struct recipient *r,
    const struct verdict *v, enum copy_fate fate, struct str results,
    struct copy *copy)
{
	struct buf prefix = BUF_INIT(PREFIX_MAX);
	int rc;

	copy->mailbox = &r->mailbox;
	copy->subfolder = str_of(fate_folders[fate]);
	rc = trace_delivery(&prefix, &s->tx->mail.sender, &r->path);
	if (rc == 0)
		rc = put_received(&prefix, s, r);
	if (rc == 0)
		rc = buf_add_str(&prefix, results);
	if (rc == 0)
		rc = put_stamp(&prefix, s, v, fate);
	if (rc == 0 && fate == COPY_JUNK)
		rc = put_junk(s, r, &prefix, copy);
	copy->prefix = arena_str(s->tx->arena, buf_str(&prefix));
	buf_free(&prefix);
	return rc;
}

/* The name of the field that marks junk; the same for all recipients. */
static struct str
junk_field(const struct transaction *tx)
{
	const struct deliver_conf *conf = tx->rcpts[0].domain->deliver;

	if (conf->junk != JUNK_HEADER)
		return (struct str){ 0 };
	return str_sub(conf->junk_text, 0, str_find(conf->junk_text, ':'));
}

static WAITS int
make_parcel(struct session *s, const struct verdict *verdicts,
    const struct fate *fate, struct parcel *parcel)
{
	struct transaction *tx = s->tx;
	struct copy *copies = arena_array(tx->arena, tx->rcpt_count,
	    sizeof *copies);
	struct piece *pieces;
	struct str results;
	size_t i, piece_count;
	int rc;

	trace_strip(&tx->header, body_size(tx->body),
	    s->server->settings->authserv, junk_field(tx), tx->arena, &pieces,
	    &piece_count);
	rc = make_results(s, &results);
	for (i = 0; i < tx->rcpt_count && rc == 0; i++)
		rc = make_copy(s, &tx->rcpts[i], &verdicts[i],
		    fate->copies[i], results, &copies[i]);
	*parcel = (struct parcel){ .body = tx->body, .pieces = pieces,
	    .piece_count = piece_count, .copies = copies,
	    .copy_count = tx->rcpt_count, .id = str_of(tx->id) };
	return rc;
}

/* --- replies ------------------------------------------------------------- */

/* No copy: the verdict that decided for all gives the reply. */
static WAITS int
turn_down(struct session *s, const struct verdict *v, size_t which)
{
	const struct path *rcpt = &s->tx->rcpts[which].path;
	struct outcome o = { .event = action_word(v->action),
	    .stage = ST_EOM, .verdict = v, .rcpt = rcpt, .outranks = true };
	char out[REPLY_MAX];
	struct str reply = { out, 0 };
	int rc;

	reply.len = verdict_reply(s, v, rcpt, &o.code, &o.enhanced, out);
	session_decide(s, &o, reply);
	rc = v->action == ACT_DROP ? session_last_word(s, reply) :
	    session_put(s, reply);
	transaction_end(s);
	return rc;
}

static const char *const fate_boxes[] = {
	[COPY_INBOX] = "Inbox", [COPY_JUNK] = "Junk", [COPY_HOLD] = "Hold",
	[COPY_TRAP] = "Trap",
};

/* It is kept: 250, and the session is as good as new. */
static WAITS int
kept(struct session *s, const struct verdict *v, enum copy_fate first)
{
	struct outcome o = { .event = fate_words[first], .stage = ST_EOM,
	    .verdict = v, .rcpt = &s->tx->rcpts[0].path,
	    .folder = str_of(fate_boxes[first]), .outranks = true };
	const struct reply_row *row = reply_row(RP_KEPT);
	struct reply_words words;
	char out[REPLY_MAX], ip[IP_TEXT];
	struct str reply = { out, 0 };
	int rc;

	session_words(s, &words, ip);
	reply.len = reply_make(RP_KEPT, &words, out);
	o.code = row->code;
	o.enhanced = str_of(row->enhanced);
	session_decide(s, &o, reply);
	rc = session_put(s, reply);
	s->junk = 0;
	transaction_end(s);
	return rc;
}

/* In an inbox, and not only because the policy looks on or because everybody
 * may write to postmaster: then the client is known from now on. */
static bool
is_good(const struct transaction *tx, const struct verdict *verdicts,
    const struct fate *fate)
{
	size_t i;

	for (i = 0; i < tx->rcpt_count; i++)
		if (fate->copies[i] == COPY_INBOX &&
		    verdicts[i].would == ACT_ACCEPT &&
		    !tx->rcpts[i].is_postmaster)
			return true;
	return false;
}

static WAITS int
not_kept(struct session *s, int error)
{
	if (error == -E_CANCELED)
		return error;
	log_lost(s, "delivery", error);
	return content_refuse(s, error == -E_FULL ? RP_DISK : RP_LOCAL);
}

WAITS int
keep_message(struct session *s)
{
	struct transaction *tx = s->tx;
	struct verdict *verdicts;
	struct parcel parcel;
	enum reply_id rp;
	struct fate fate;
	int rc;

	rp = read_header(s);
	if (rp != RP_NONE)
		return content_refuse(s, rp);
	verdicts = arena_array(tx->arena, tx->rcpt_count, sizeof *verdicts);
	rc = judge_all(s, verdicts);
	if (rc != 0)
		return rc;
	policy_several(verdicts, tx->rcpt_count, tx->arena, &fate);
	if (fate.action == ACT_DEFER || fate.action >= ACT_REFUSE)
		return turn_down(s, &verdicts[fate.decided_by],
		    fate.decided_by);
	rc = make_parcel(s, verdicts, &fate, &parcel);
	if (rc == 0)
		rc = store_keep(s->server->world->store, &parcel, NULL,
		    NULL);
	if (rc != 0)
		return not_kept(s, rc);
	if (is_good(tx, verdicts, &fate)) {
		crowd_praise(s);
		controls_add(s, false);
	}
	return kept(s, &verdicts[0], fate.copies[0]);
}
