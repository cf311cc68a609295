/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session - the life of one connection.
 *
 *	session_open -> PROXY: the peer is a proxy        (no fiber yet)
 *	             -> admit
 *	PROXY        -> admit: its header has come
 *	             -> end: none, or a bad one, silently
 *	admit        -> end: limits; 421 instead of a greeting
 *	             -> TLS: `listen ADDRESS tls`
 *	             -> GREETING: unknown client and `greet wait`
 *	             -> greet
 *	TLS          -> greet: the handshake was done, on the fiber
 *	             -> end: it failed, or took too long; silently
 *	GREETING     -> greet: the wait is over; bytes meanwhile are "early"
 *	greet        -> end: a policy line drops; 554
 *	             -> FIRST: 220
 *	FIRST        -> run: the first byte; the fiber starts
 *	             -> end: time-out, the client left
 *	run          -> run: read line, answer, flush at a group's end
 *	             -> end: QUIT, a drop, time-out, the client left, drain
 *	end          log line, checks ended, counted out, freed
 *
 * Called by: daemon/gate.c and sim/, through session_open; drain.c ends it.
 * Always holds:
 * - A session is in server->sessions from session_open to its end, and owns
 *   its stream. All its memory is in arenas that end with it.
 * - Only its fiber waits. Before the first byte there is none: timers and
 *   stream_on_bytes do what is needed, and a session that must end then
 *   starts its fiber for that, since ending checks means waiting for them.
 * - Replies of a pipelined group go out together: nothing is flushed while a
 *   complete line is waiting, except before a delay and at STREAM_OUT.
 * - is_over is set by the last word that was said; nothing is read then.
 *
 * Source: RFC 5321 3.1, 3.8, 4.3, 4.5.3.2; 2920 (groups); 2034 4 (no
 * enhanced code in a greeting); design.md 4.
 */
#include "smtp/session.h"

#include "smtp/proxy.h"

#define SESSION_MAGIC 0x73657373u
#define SESSION_ROOM  256             /* texts of the first stages          */
#define SHARED_ROOM   1024

#define LINGER_TIME   (2 * SEC)       /* for a client to read a last word   */
#define LINGER_BYTES  65536
#define FLOOD         65536           /* of a line: catalogue 5 and 6       */

/* --- making and freeing -------------------------------------------------- */

static struct shared *
shared_of(struct server *server)
{
	const struct settings *conf = server->settings;
	struct arena *arena;
	struct shared *sh;
	size_t i;

	if (server->shared != NULL)
		return server->shared;
	arena = arena_new(SHARED_ROOM);
	sh = arena_alloc(arena, sizeof *sh);
	sh->arena = arena;
	sh->scratch = arena_new(0);
	sh->ours_count = conf->domain_count;
	sh->ours = arena_array(arena, conf->domain_count, sizeof *sh->ours);
	for (i = 0; i < conf->domain_count; i++)
		sh->ours[i] = conf->domains[i].name;
	log_prepare(sh, server->vocabulary);
	controls_prepare(sh, server->vocabulary);
	server->shared = sh;
	return sh;
}

static void
shared_free(struct server *server)
{
	struct shared *sh = server->shared;

	if (sh == NULL)
		return;
	server->shared = NULL;
	arena_free(&sh->scratch);
	arena_free(&(struct arena *){ sh->arena });
}

static void
link_session(struct session *s)
{
	struct server *server = s->server;

	s->next = server->sessions;
	s->link = &server->sessions;
	if (s->next != NULL)
		s->next->link = &s->next;
	server->sessions = s;
	server->open++;
}

struct session *
session_new(struct server *server, struct stream *stream,
    const struct listen_conf *listen)
{
	size_t facts = vocabulary_count(server->vocabulary);
	const struct shared *sh = shared_of(server);
	struct arena *arena = arena_new(sizeof(struct session) +
	    facts * sizeof(struct fact) + SESSION_ROOM);
	struct session *s = arena_alloc(arena, sizeof *s);
	struct desk *d = &s->desk;

	s->magic = SESSION_MAGIC;
	s->server = server;
	s->stream = stream;
	s->listen = listen;
	s->arena = arena;
	s->phase = PH_START;
	s->cleared = ST_CONNECT;
	s->timer.fire = door_time;
	s->since = world_now(server->world);
	d->world = server->world;
	d->facts = facts_new(server->vocabulary, arena);
	d->base = server->base;
	d->lists = policy_lists(server->policy, &d->list_count);
	d->slots = server->slots;
	d->row = server->row;
	d->early = policy_early(server->policy);
	d->budget.left = (unsigned)server->settings->resolver.questions;
	d->bell = &s->bell;
	d->accepted = s->since;
	d->host = server->settings->name;
	d->ours = sh->ours;
	d->ours_count = sh->ours_count;
	link_session(s);
	return s;
}

void
session_free(struct session *s)
{
	struct server *server = s->server;
	struct arena *arena = s->arena;

	must(s->magic == SESSION_MAGIC && s->tx == NULL);
	timer_stop(server->world->fibers, &s->timer);
	*s->link = s->next;
	if (s->next != NULL)
		s->next->link = s->link;
	stream_free(&s->stream);
	if (s->helo_arena != NULL)
		arena_free(&s->helo_arena);
	s->magic = 0;
	arena_free(&arena);
	if (--server->open > 0)
		return;
	shared_free(server);
	bell_ring(&server->idle);
}

bool
session_is_spent(const struct session *s)
{
	return s->desk.budget.left <
	    s->server->settings->resolver.questions / 4;
}

usec_t
session_patience(const struct session *s)
{
	const struct limits *l = limits_of(s);

	return now_of(s) + (crowd_is_busy(s) ? l->busy_command_time :
	    l->command_time);
}

enum stage
session_stage(const struct session *s)
{
	if (s->phase == PH_START)
		return ST_CONNECT;
	if (s->tx == NULL)
		return ST_HELO;
	if (s->tx->data.state == DA_END)
		return ST_EOM;
	if (s->tx->body != NULL)
		return ST_DATA;
	return s->tx->asked > 0 ? ST_RCPT : ST_MAIL;
}

/* --- what is said -------------------------------------------------------- */

struct str
session_id(const struct session *s)
{
	return str_of(s->tx != NULL && s->tx->id[0] != '\0' ? s->tx->id :
	    s->id);
}

void
session_words(const struct session *s, struct reply_words *words,
    char ip[IP_TEXT])
{
	*words = (struct reply_words){ .host = s->server->settings->name,
	    .id = session_id(s) };
	words->ip = (struct str){ ip, ip_print(s->desk.client.ip, ip) };
}

WAITS int
session_put(struct session *s, struct str reply)
{
	return stream_put(s->stream, reply, session_patience(s));
}

static struct str
make_reply(const struct session *s, enum reply_id rp, struct str what,
    char out[REPLY_MAX])
{
	struct reply_words words;
	char ip[IP_TEXT];

	session_words(s, &words, ip);
	words.what = what;
	return (struct str){ out, reply_make(rp, &words, out) };
}

WAITS int
session_say(struct session *s, enum reply_id rp, struct str what)
{
	char out[REPLY_MAX];

	return session_put(s, make_reply(s, rp, what, out));
}

/* After some errors each costs time: nobody else waits for it. */
static WAITS int
slow_down(struct session *s)
{
	int rc;

	if (s->errors <= limits_of(s)->free_errors)
		return 0;
	rc = stream_flush(s->stream, session_patience(s));
	return rc != 0 ? rc : fiber_sleep(now_of(s) +
	    limits_of(s)->error_delay);
}

WAITS int
session_error(struct session *s)
{
	const struct limits *l = limits_of(s);
	uint64_t max = crowd_is_busy(s) ? l->busy_errors : l->errors;

	s->errors++;
	if (s->errors < max)
		return slow_down(s);
	log_abuse(s, "errors", s->errors);
	return session_drop(s, RP_ERRORS, "errors");
}

WAITS int
session_idle(struct session *s)
{
	s->junk++;
	if (s->junk <= limits_of(s)->commands)
		return 0;
	log_abuse(s, "commands", s->junk);
	return session_drop(s, RP_JUNK, "commands");
}

WAITS int
session_fail(struct session *s, enum reply_id rp, struct str what)
{
	int rc = session_error(s);

	return rc != 0 ? rc : session_say(s, rp, what);
}

/* The first decision stands; what became of the message itself, or a drop
 * that the policy ordered, outranks it. */
void
session_decide(struct session *s, const struct outcome *o, struct str reply)
{
	struct outcome *to = s->tx != NULL ? &s->tx->outcome : &s->outcome;
	struct arena *arena = s->tx != NULL ? s->tx->arena : s->arena;

	if (s->tx != NULL && o->code / 100 == 4)
		s->tx->is_deferred = true;
	if (to->event != NULL && !o->outranks)
		return;
	*to = *o;
	to->reply = arena_str(arena, str_sub(reply, 0,
	    reply.len < 2 ? 0 : reply.len - 2));
	to->was_waiting = stage_any_busy(s);
	if (o->verdict != NULL)
		to->early = s->early;
}

static void
decide_by(struct session *s, const char *event, enum reply_id rp,
    const char *by, const struct path *rcpt, struct str reply)
{
	const struct reply_row *row = reply_row(rp);
	enum stage stage = session_stage(s);

	session_decide(s, &(struct outcome){ .event = event, .by = by,
	    .stage = stage, .code = row->code, .rcpt = rcpt,
	    .enhanced = str_of(row->enhanced),
	    .outranks = stage >= ST_DATA }, reply);
}

WAITS int
session_refuse(struct session *s, enum reply_id rp, struct str what,
    const struct path *rcpt)
{
	const struct reply_row *row = reply_row(rp);
	char out[REPLY_MAX];
	struct str reply = make_reply(s, rp, what, out);

	decide_by(s, row->code < 500 ? "defer" : "refuse", rp, row->by, rcpt,
	    reply);
	return session_put(s, reply);
}

WAITS int
session_drop(struct session *s, enum reply_id rp, const char *by)
{
	char out[REPLY_MAX];
	struct str reply = make_reply(s, rp, (struct str){ 0 }, out);

	decide_by(s, "drop", rp, by, NULL, reply);
	return session_last_word(s, reply);
}

/* Who does not read gets no second patience for it. */
WAITS int
session_last_word(struct session *s, struct str reply)
{
	usec_t deadline = now_of(s) + LINGER_TIME;
	int rc = stream_put(s->stream, reply, deadline);

	if (rc == 0)
		rc = stream_flush(s->stream, deadline);
	s->is_over = true;
	return rc != 0 ? rc : OVER;
}

/* --- the loop ------------------------------------------------------------ */

static const enum reply_id bad_lines[] = {
	[LINE_NUL] = RP_NUL_LINE,
	[LINE_BARE] = RP_BARE_LINE,
	[LINE_LONG] = RP_LONG_LINE,
};

static WAITS int
answer(struct session *s, struct str line, enum line_end end)
{
	if (end == LINE_CRLF)
		return verb_answer(s, line);
	if (end != LINE_FLOOD)
		return session_fail(s, bad_lines[end],
		    (struct str){ 0 });
	log_abuse(s, "line", FLOOD);
	return session_drop(s, RP_FLOOD, "line");
}

/* A line of a stage whose answers are in may say drop by now. */
static WAITS int
obey_policy(struct session *s)
{
	struct outcome o = { .event = "drop", .outranks = true };
	char out[REPLY_MAX];
	struct str reply = { out, 0 };

	o.verdict = judge_drop(s);
	if (o.verdict == NULL)
		return 0;
	o.stage = o.verdict->stage;
	reply.len = verdict_reply(s, o.verdict, NULL, &o.code, &o.enhanced,
	    out);
	session_decide(s, &o, reply);
	return session_last_word(s, reply);
}

static WAITS int
read_line(struct session *s, struct str *line, enum line_end *end)
{
	uint64_t limit = limits_of(s)->command_line;
	size_t max = STREAM_IN - 2;
	int rc;

	if (limit < max)
		max = (size_t)limit - 2;
	s->waits_since = now_of(s);
	rc = stream_line(s->stream, max, FLOOD, session_patience(s), line,
	    end);
	s->waits_since = 0;
	return rc;
}

/* Nothing is flushed while the rest of a group is here already. */
static WAITS int
flush_group(struct session *s)
{
	struct str more = stream_pending(s->stream);

	if (str_find(more, '\n') < more.len)
		return 0;
	return stream_flush(s->stream, session_patience(s));
}

/* A transaction may end in its own time, but not be a way to stay. */
static bool
is_too_old(const struct session *s)
{
	const struct limits *l = limits_of(s);

	return now_of(s) - s->desk.accepted > l->connection_time &&
	    (s->tx == NULL || now_of(s) - s->tx->started > l->data_time);
}

/* Reasons to stop that are not the client's doing. */
static WAITS int
time_to_go(struct session *s)
{
	if (s->tx == NULL && s->server->is_closing)
		return session_drop(s, RP_CLOSING, "closing");
	if (is_too_old(s))
		return session_drop(s, RP_LIFETIME, "lifetime");
	return 0;
}

#define TLS_HELLO STR("\x16\x03")

/* Waits until the first bytes have shown whether they are a command. Nobody
 * who sends commands notices: only an empty line looks like a header for long.
 */
static WAITS int
read_first(struct session *s, struct str *bytes)
{
	usec_t deadline = session_patience(s);
	int rc = 0;

	(void)stream_has_bytes(s->stream);
	*bytes = stream_pending(s->stream);
	while (rc == 0 && (proxy_begins(*bytes) == -E_AGAIN ||
	    (str_starts(TLS_HELLO, *bytes) && bytes->len < TLS_HELLO.len))) {
		rc = stream_fill(s->stream, deadline);
		*bytes = stream_pending(s->stream);
	}
	/* What came before the end is answered like all else. */
	return rc == -E_EOF ? 0 : rc;
}

/* What cannot be the start of a mail session: a proxy's header from somebody
 * who may send none (catalogue 34), a TLS hello (12). */
static WAITS int
first_bytes(struct session *s)
{
	struct str bytes;
	int rc = read_first(s, &bytes);

	if (rc != 0)
		return rc;
	if (proxy_begins(bytes) == 0) {
		session_decide(s, &(struct outcome){ .event = "drop",
		    .by = "proxy-header", .stage = ST_CONNECT },
		    (struct str){ 0 });
		s->is_over = true;
		return OVER;
	}
	if (str_starts(bytes, TLS_HELLO)) {
		judge_note(s, "early.nonsmtp");
		return session_drop(s, RP_FOREIGN, "protocol");
	}
	return 0;
}

static WAITS int
dialogue(struct session *s)
{
	enum line_end end;
	struct str line;
	int rc = first_bytes(s);

	while (rc == 0) {
		rc = read_line(s, &line, &end);
		if (rc == 0)
			rc = obey_policy(s);
		if (rc == 0)
			rc = answer(s, line, end);
		if (rc == 0)
			rc = flush_group(s);
		if (rc == 0)
			rc = time_to_go(s);
	}
	return rc;
}

/* --- the end ------------------------------------------------------------- */

/* Closing at once would take our last word from a client whose bytes we have
 * not read: TCP answers those with a reset. */
static WAITS void
linger(struct session *s)
{
	usec_t deadline = now_of(s) + LINGER_TIME;
	uint64_t stop = stream_in_bytes(s->stream) + LINGER_BYTES;
	int rc = 0;

	stream_shut(s->stream);
	while (rc == 0 && stream_in_bytes(s->stream) < stop) {
		stream_consume(s->stream, stream_pending(s->stream).len);
		rc = stream_fill(s->stream, deadline);
	}
}

/* How the loop ended, said to the client if it can still hear it, and
 * remembered when nothing was decided. */
static WAITS void
farewell(struct session *s, int rc)
{
	const char *by = s->has_quit ? "quit" : rc == -E_RESET ? "reset" :
	    "lost";

	if (s->is_over) {
		if (rc == OVER && !s->has_quit)
			linger(s);
	} else if (s->is_mute)
		by = rc == -E_TIMEOUT ? "timeout" : "closing";
	else if (rc == -E_TIMEOUT)
		(void)session_drop(s, RP_TIMEOUT, "timeout");
	else if (rc == -E_CANCELED)
		(void)session_drop(s, RP_CLOSING, "closing");
	else if (rc == -E_NOMEM)
		(void)session_drop(s, RP_NONE, "memory");
	session_decide(s, &(struct outcome){ .event = "left",
	    .by = by,
	    .stage = session_stage(s) }, (struct str){ 0 });
}

static WAITS void
session_end(struct session *s)
{
	transaction_end(s);
	if (s->transactions == 0)
		log_decision(s);
	stage_forget(s, ST_CONNECT);
	crowd_leave(s);
	session_free(s);
}

void
session_main(void *arg)
{
	struct session *s = arg;
	int rc = OVER;

	must(s->magic == SESSION_MAGIC);
	if (!s->is_counted && !door_proxy(s))
		return;
	if (s->is_mute && !s->is_timed_out && !s->server->is_closing)
		rc = door_tls(s);
	if (s->is_timed_out)
		rc = -E_TIMEOUT;
	else if (s->server->is_closing)
		rc = -E_CANCELED;
	else if (!s->is_over)
		rc = dialogue(s);
	farewell(s, rc);
	session_end(s);
}
