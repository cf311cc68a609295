/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logline - what is told of a decision: one line per transaction, or per
 * connection that never had one.
 *
 *	refuse ip=192.0.2.77 id=dc31nvr2bsh stage=rcpt code=550 enh=5.7.1
 *	by=refuse-at score=15.0 pol=site@3f9c lists=zen.xbl+8 rules=- unk=-
 *	fcrdns=fail spf=none ... name=- helo="..." from="..." to="..."
 *
 * Called by: the end of a transaction and of a session; abuse where a limit
 * is crossed.
 * Always holds: the order of members is fixed (interfaces.md "Logs"): event,
 * ip, id, our own values, and what a stranger typed last, quoted. Names from
 * a policy's text are printed bare only when they need no quoting.
 *
 * Answers that came after the verdict are in the line: score and parts are
 * judged again then, while action, line and code stay what they were.
 */
#include "smtp/session.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX 320   /* bytes of one list of names                      */

static const char *const shown_names[SH_COUNT] = {
	[SH_FCRDNS] = "fcrdns", [SH_SPF] = "spf", [SH_DKIM] = "dkim",
	[SH_DMARC] = "dmarc", [SH_TLS] = "tls.version",
	[SH_NAME] = "client.name",
};

void
log_prepare(struct shared *sh, const struct vocabulary *vocabulary)
{
	size_t i;

	for (i = 0; i < SH_COUNT; i++)
		sh->shown[i] = vocabulary_find(vocabulary,
		    str_of(shown_names[i]));
}

/* --- values -------------------------------------------------------------- */

/* Names with commas between them, as many as fit, then "...+N". */
struct names_value {
	char     p[VALUE_MAX];
	size_t   len;
	unsigned missing;
};

static void
names_add(struct names_value *v, struct str name, struct str tail)
{
	size_t need = name.len + tail.len + 1;

	if (v->missing > 0 || need > sizeof v->p - v->len) {
		v->missing++;
		return;
	}
	if (v->len > 0)
		v->p[v->len++] = ',';
	memcpy(v->p + v->len, name.p, name.len);
	v->len += name.len;
	if (tail.len > 0)
		memcpy(v->p + v->len, tail.p, tail.len);
	v->len += tail.len;
}

/* A word of ours, or of a policy's text, which may hold anything. */
static void
put_word(struct event *e, const char *name, struct str word)
{
	size_t i;

	for (i = 0; i < word.len; i++)
		if (word.p[i] <= ' ' || word.p[i] > '~' ||
		    word.p[i] == '"' || word.p[i] == '\\') {
			event_text(e, name, word);
			return;
		}
	event_word(e, name, word);
}

static void
put_names(struct event *e, const char *name, const struct names_value *v)
{
	char text[VALUE_MAX + 32];
	int n;

	if (v->missing == 0) {
		put_word(e, name, (struct str){ v->p, v->len });
		return;
	}
	n = snprintf(text, sizeof text, "%.*s...+%u", (int)v->len, v->p,
	    v->missing);
	put_word(e, name, (struct str){ text, (size_t)n });
}

/* --- facts --------------------------------------------------------------- */

/* The word of a fact that every line shows. */
static void
put_fact(struct event *e, const struct session *s, const char *name,
    enum shown which)
{
	int number = s->server->shared->shown[which];
	const struct fact_decl *decl;
	const struct fact *f;

	if (number < 0) {
		event_word(e, name, STR("-"));
		return;
	}
	f = &s->desk.facts->fact[number];
	decl = vocabulary_decl(s->desk.facts->vocabulary, number);
	if (f->status == FS_PENDING || f->status == FS_UNKNOWN)
		event_word(e, name, STR("unknown"));
	else if (f->status != FS_KNOWN)
		event_word(e, name, STR("-"));
	else if (decl->type == FT_WORD)
		event_word(e, name, str_of(decl->words[f->word]));
	else
		put_word(e, name, f->text);
}

/* Who it says it is: its confirmed name, and its HELO. */
static void
put_name(struct event *e, const struct session *s)
{
	put_word(e, "name", judge_client_name(s));
	if (s->desk.helo.p != NULL)
		event_text(e, "helo", s->desk.helo);
}

static bool
is_unknown(const struct facts *facts, int number)
{
	enum fact_status status =
	    (enum fact_status)facts->fact[number].status;

	return status == FS_PENDING || status == FS_UNKNOWN;
}

/* A fact that has a member of its own, or is part of a list. */
static bool
is_shown(const struct session *s, int number)
{
	const struct desk *d = &s->desk;
	size_t i;

	for (i = 0; i < SH_COUNT; i++)
		if (s->server->shared->shown[i] == number)
			return true;
	for (i = 0; i < d->list_count; i++)
		if (number >= d->lists[i]->first &&
		    number < d->lists[i]->last)
			return true;
	return false;
}

/* Lists by their names, then others by the first word of theirs: "helo" for
 * "helo.resolves" and its neighbours. */
static void
put_unknown(struct event *e, const struct session *s)
{
	const struct desk *d = &s->desk;
	const struct facts *facts = d->facts;
	struct names_value v = { .len = 0 };
	struct str name, last = { 0 };
	size_t i;

	for (i = 0; i < d->list_count; i++)
		if (judge_is_unknown(s, d->lists[i]))
			names_add(&v, d->lists[i]->name, (struct str){ 0 });
	for (i = 0; i < facts->count; i++) {
		if (!is_unknown(facts, (int)i) || is_shown(s, (int)i))
			continue;
		name = str_of(vocabulary_decl(facts->vocabulary,
		    (int)i)->name);
		name = str_sub(name, 0, str_find(name, '.'));
		if (!str_eq(name, last))
			names_add(&v, name, (struct str){ 0 });
		last = name;
	}
	put_names(e, "unk", &v);
}

/* --- the verdict --------------------------------------------------------- */

/* "+8", "-3", "+0". */
static struct str
points_text(int64_t points, char out[POINTS_TEXT + 1])
{
	size_t n = 0;

	if (points >= 0)
		out[n++] = '+';
	n += points_print(points, 0, out + n);
	return (struct str){ out, n };
}

/* Parts that came from lists, or the others; "group lists" is what a cap
 * took, shown as "lists:cap". */
static void
put_parts(struct event *e, const char *name, const struct verdict *v,
    bool of_lists)
{
	struct names_value names = { .len = 0 };
	char text[POINTS_TEXT + 1], cap[64];
	const struct part *p;
	struct str label;
	size_t i;
	int n;

	for (i = 0; i < v->part_count; i++) {
		p = &v->parts[i];
		label = p->name;
		if ((p->list != NULL) != of_lists)
			continue;
		if (p->is_clamp) {
			if (str_starts(label, STR("group ")))
				label = str_from(label, 6);
			n = snprintf(cap, sizeof cap, "%.*s:cap",
			    (int)(label.len < 50 ? label.len : 50), label.p);
			label = (struct str){ cap, (size_t)n };
		}
		names_add(&names, label, points_text(p->points, text));
	}
	put_names(e, name, &names);
}

static void
put_verdict(struct event *e, const struct session *s,
    const struct verdict *v)
{
	char policy[128];
	int n;

	if (v != NULL)
		event_points(e, "score", v->score);
	else
		event_word(e, "score", STR("-"));
	n = snprintf(policy, sizeof policy, "%.*s@%s",
	    (int)(policy_name(s->server->policy).len < 100 ?
	    policy_name(s->server->policy).len : 100),
	    policy_name(s->server->policy).p, policy_hash(s->server->policy));
	put_word(e, "pol", (struct str){ policy, (size_t)n });
}

/* What came late counts here. */
static const struct verdict *
verdict_now(struct session *s, const struct outcome *o,
    struct verdict *again)
{
	struct arena *scratch = s->server->shared->scratch;

	if (o->verdict == NULL || !o->was_waiting)
		return o->verdict;
	if (o->rcpt != NULL && s->tx != NULL)
		stage_rcpt(s, o->rcpt);
	arena_reset(scratch);
	policy_judge(s->server->policy, s->desk.facts, o->stage, scratch,
	    again);
	return again;
}

/* --- lines --------------------------------------------------------------- */

static void
put_client(struct event *e, const struct session *s)
{
	event_ip(e, "ip", s->desk.client.ip);
	event_word(e, "id", session_id(s));
}

static void
put_by(struct event *e, const struct outcome *o)
{
	if (o->code > 0)
		event_number(e, "code", o->code);
	else
		event_word(e, "code", STR("-"));
	put_word(e, "enh", o->enhanced);
	put_word(e, "by", o->by != NULL ? str_of(o->by) :
	    o->verdict != NULL ? o->verdict->by : (struct str){ 0 });
}

/* Until when the answers took that a judgement did not wait for: facts that
 * are known since, of stages that it read, or still to come. Those of a
 * recipient never wait, and are stated anew for this line. */
static usec_t
early_span(const struct session *s, const struct outcome *o)
{
	const struct facts *facts = s->desk.facts;
	usec_t at = (o->early.at - s->desk.accepted) / MSEC, last = at;
	const struct fact *f;
	enum stage stage;
	size_t i;

	for (i = 0; i < facts->count; i++) {
		f = &facts->fact[i];
		stage = vocabulary_decl(facts->vocabulary, (int)i)->stage;
		if (f->status == FS_LATER || stage > o->stage ||
		    stage == ST_RCPT)
			continue;
		if (f->status == FS_PENDING)
			return now_of(s) - o->early.at;
		if (f->msec > last)
			last = f->msec;
	}
	return (last - at) * MSEC;
}

/* "early=3/2.10": answers not waited for, and the time that saved. */
static void
put_early(struct event *e, const struct session *s, const struct outcome *o)
{
	struct board *b = s->server->world->board;
	usec_t span;
	char text[48];
	int n;

	if (o->early.answers == 0)
		return;
	span = early_span(s, o);
	n = snprintf(text, sizeof text, "%u/%lld.%02lld", o->early.answers,
	    (long long)(span / SEC), (long long)(span % SEC / (10 * MSEC)));
	event_word(e, "early", (struct str){ text, (size_t)n });
	board_tally(b, s->server->row, TL_EARLY, 1);
	board_tally(b, s->server->row, TL_EARLY_ANSWERS, o->early.answers);
	board_tally(b, s->server->row, TL_EARLY_MSEC, span / MSEC);
}

/* What the checks found, once they were asked. */
static void
put_checks(struct event *e, const struct session *s,
    const struct verdict *v)
{
	static const struct verdict none = { .part_count = 0 };
	char dns[48];
	int n;

	put_parts(e, "lists", v == NULL ? &none : v, true);
	put_parts(e, "rules", v == NULL ? &none : v, false);
	put_unknown(e, s);
	put_fact(e, s, "fcrdns", SH_FCRDNS);
	put_fact(e, s, "spf", SH_SPF);
	put_fact(e, s, "dkim", SH_DKIM);
	put_fact(e, s, "dmarc", SH_DMARC);
	put_fact(e, s, "tls", SH_TLS);
	n = snprintf(dns, sizeof dns, "%u/%u", s->desk.budget.asked,
	    s->desk.budget.failed);
	event_word(e, "dns", (struct str){ dns, (size_t)n });
}

static void
put_transaction(struct event *e, const struct session *s,
    const struct outcome *o)
{
	const struct transaction *tx = s->tx;
	char text[48];
	int n;

	if (tx->asked > 1) {
		n = snprintf(text, sizeof text, "%zu/%u", tx->rcpt_count,
		    tx->asked);
		event_word(e, "rcpts", (struct str){ text, (size_t)n });
	}
	if (tx->body != NULL)
		event_number(e, "size", (int64_t)tx->data.size);
	if (o->folder.len > 0)
		event_word(e, "box", o->folder);
}

/* What strangers typed, last. */
static void
put_strangers(struct event *e, const struct session *s,
    const struct outcome *o)
{
	const struct field *mid;
	struct arena *scratch = s->server->shared->scratch;

	put_name(e, s);
	if (s->tx == NULL)
		return;
	event_text(e, "from", s->tx->mail.sender.text.p == NULL ? STR("") :
	    s->tx->mail.sender.text);
	if (o->rcpt != NULL)
		event_text(e, "to", o->rcpt->text);
	mid = header_next(&s->tx->header, STR("Message-ID"), NULL);
	if (mid == NULL || mid->is_long)
		return;
	event_text(e, "mid", field_text(mid, scratch));
}

static const struct {
	const char *event;
	enum tally  tally;
} tallies[] = {
	{ "accept", TL_ACCEPTED }, { "junk", TL_JUNKED },
	{ "defer", TL_DEFERRED }, { "greylist", TL_DEFERRED },
	{ "refuse", TL_REFUSED }, { "drop", TL_DROPPED },
};

static void
tell(struct session *s, const struct outcome *o)
{
	const struct path *sender = s->tx == NULL ? NULL : &s->tx->mail.sender;
	struct decision d = { .session = s, .facts = s->desk.facts,
	    .verdict = o->verdict, .event = o->event, .stage = o->stage,
	    .id = session_id(s), .reply = o->reply, .code = o->code,
	    .folder = o->folder, .sender = sender, .rcpt = o->rcpt };
	size_t i;

	for (i = 0; i < COUNT(tallies); i++)
		if (strcmp(o->event, tallies[i].event) == 0)
			board_tally(s->server->world->board, s->server->row,
			    tallies[i].tally, 1);
	if (o->verdict != NULL && o->verdict->action >= ACT_REFUSE)
		controls_add(s, true);
	if (s->server->on_decision != NULL)
		s->server->on_decision(s->server->arg, &d);
}

void
log_decision(struct session *s)
{
	const struct outcome *o = s->tx != NULL ? &s->tx->outcome :
	    &s->outcome;
	const struct verdict *v;
	struct verdict again;
	struct event e;

	v = verdict_now(s, o, &again);
	event_open(&e, LOG_TELL, o->event);
	put_client(&e, s);
	event_word(&e, "stage", str_of(stage_word(o->stage)));
	put_by(&e, o);
	put_verdict(&e, s, v);
	if (s->tx != NULL) {
		put_checks(&e, s, v);
		put_early(&e, s, o);
	}
	event_seconds(&e, "dur", now_of(s) - s->since);
	if (s->tx != NULL)
		put_transaction(&e, s, o);
	put_strangers(&e, s, o);
	event_send(&e, s->server->world->log);
	tell(s, o);
	s->since = now_of(s);
}

void
log_abuse(struct session *s, const char *what, uint64_t number)
{
	struct event e;

	event_open(&e, LOG_MARK, "abuse");
	put_client(&e, s);
	event_word(&e, "what", str_of(what));
	event_number(&e, "count", (int64_t)number);
	event_seconds(&e, "window", now_of(s) - s->desk.accepted);
	put_name(&e, s);
	event_send(&e, s->server->world->log);
}

void
log_tls(struct session *s, const char *why)
{
	struct event e;

	event_open(&e, LOG_TELL, "tls");
	put_client(&e, s);
	event_text(&e, "error", str_of(why));
	event_send(&e, s->server->world->log);
	board_tally(s->server->world->board, s->server->row, TL_TLS_FAILED,
	    1);
}

void
log_lost(struct session *s, const char *what, int error)
{
	struct event e;

	event_open(&e, LOG_ERROR, "lost");
	put_client(&e, s);
	event_word(&e, "what", str_of(what));
	event_word(&e, "error", str_of(error_word(error)));
	event_send(&e, s->server->world->log);
}

void
log_turned_away(struct session *s, int code, const char *by)
{
	struct event e;

	event_open(&e, LOG_TELL, "drop");
	put_client(&e, s);
	event_word(&e, "stage", STR("connect"));
	if (code > 0)
		event_number(&e, "code", code);
	else
		event_word(&e, "code", STR("-"));
	event_word(&e, "enh", STR("-"));
	event_word(&e, "by", str_of(by));
	event_send(&e, s->server->world->log);
	board_tally(s->server->world->board, s->server->row, TL_DROPPED, 1);
}
