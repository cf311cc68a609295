/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * door - a connection before its client has said anything: the proxy's
 * header, limits, the first checks, the greeting.
 *
 * Called by: session_open, then timers and stream_on_bytes. Nothing in here
 * runs on a fiber but door_proxy; the states are those of session.c:
 * PROXY, GREETING, FIRST.
 * Always holds: a session that got past admit is counted in the board until
 * its end; one that did not is gone when the function returns.
 *
 * Source: RFC 5321 3.1, 4.3.1 (the client waits for the greeting), 2034 4
 * (no enhanced code in it), 7504; hardening.md 5.
 */
#include "smtp/session.h"

#include "smtp/proxy.h"

#define PROXY_TIME (10 * SEC)    /* for a proxy's header                    */
#define AGAIN_TIME SEC           /* no stack to be had: later               */

static void on_bytes(void *arg);

/* --- the client ---------------------------------------------------------- */

/* Loopback, private, or one of the addresses that we listen on. */
static bool
is_local(const struct settings *conf, struct ip ip)
{
	size_t i;

	if (ip_is_private(ip))
		return true;
	for (i = 0; i < conf->listen_count; i++)
		if (ip_eq(conf->listens[i].at.ip, ip))
			return true;
	return false;
}

static bool
is_proxy(const struct listen_conf *listen, struct ip peer)
{
	size_t i;

	for (i = 0; listen != NULL && i < listen->proxy_count; i++)
		if (net_has(listen->proxy_from[i], peer))
			return true;
	return false;
}

static void
set_client(struct session *s, struct ip ip, unsigned port)
{
	s->desk.client = (struct client){ .ip = ip, .port = port,
	    .is_local = is_local(s->server->settings, ip) };
}

/* --- greeting ------------------------------------------------------------ */

static void
await(struct session *s, enum await what, usec_t until)
{
	s->await = what;
	timer_set(s->server->world->fibers, &s->timer, until);
	stream_on_bytes(s->stream, on_bytes, s);
}

/* The fiber takes over; without a stack for it, a little later. */
void
door_leave(struct session *s)
{
	struct fibers *fibers = s->server->world->fibers;

	s->await = AW_NOTHING;
	stream_on_bytes(s->stream, NULL, NULL);
	timer_stop(fibers, &s->timer);
	if (fiber_start(fibers, "session", session_main, s, &s->fiber) != 0)
		timer_set(fibers, &s->timer,
		    fibers_now(fibers) + AGAIN_TIME);
}

/* A last word at the door. True: the session must end. */
static bool
drop_at_door(struct session *s)
{
	struct outcome o = { .event = "drop" };
	char out[REPLY_MAX];
	struct str reply = { out, 0 };

	o.verdict = judge_drop(s);
	if (o.verdict == NULL)
		return false;
	reply.len = verdict_reply(s, o.verdict, NULL, &o.code, &o.enhanced,
	    out);
	session_decide(s, &o, reply);
	(void)stream_say(s->stream, reply);
	s->is_over = true;
	return true;
}

/* A client that waits for TLS would not understand a word. */
static void
say_at_door(struct session *s, enum reply_id rp)
{
	struct reply_words words;
	char out[REPLY_MAX], ip[IP_TEXT];
	size_t n;

	if (s->is_mute)
		return;
	session_words(s, &words, ip);
	n = reply_make(rp, &words, out);
	(void)stream_say(s->stream, (struct str){ out, n });
}

/* False: the session is over. */
static bool
greet(struct session *s)
{
	if (drop_at_door(s))
		return false;
	say_at_door(s, RP_BANNER);
	return true;
}

/* A delay makes clients talk early that cannot wait; those we know, those
 * behind a proxy and all of them under load are spared. */
static usec_t
greet_wait(const struct session *s)
{
	if (s->is_proxied || s->is_known || crowd_is_busy(s))
		return 0;
	return s->server->settings->greet_wait;
}

static void
note_early(struct session *s)
{
	s->desk.client.is_early = true;
	judge_note(s, "early");
}

/* Limits, checks, and what comes first. Returns 0, -E_DENIED (the session is
 * gone). */
static int
admit(struct session *s)
{
	enum reply_id rp;
	const char *by;

	s->is_known = crowd_knows(s) ||
	    is_proxy(s->listen, s->desk.client.ip);
	by = crowd_keeps_out(s, &rp);
	id_make(s->server, s->id);
	if (by != NULL) {
		say_at_door(s, rp);
		log_turned_away(s, reply_row(rp)->code, by);
		session_free(s);
		return -E_DENIED;
	}
	crowd_enter(s);
	stage_begin(s, ST_CONNECT, s->arena);
	return 0;
}

/* Who is not made to wait may still have spoken already. */
static void
look_for_early(struct session *s)
{
	if (!s->is_proxied && !s->desk.client.is_local &&
	    stream_has_bytes(s->stream))
		note_early(s);
}

/* With TLS first there is no delay: a client that has shaken hands has shown
 * that it can wait. */
static void
open_door(struct session *s)
{
	usec_t wait = greet_wait(s);

	if (s->is_mute) {
		await(s, AW_TLS, secure_until(s));
		return;
	}
	if (wait > 0) {
		await(s, AW_GREETING, now_of(s) + wait);
		return;
	}
	look_for_early(s);
	if (greet(s))
		await(s, AW_FIRST, session_patience(s));
	else
		door_leave(s);
}

/* --- a proxy's header ----------------------------------------------------- */

/* Returns 0 (the client is known), -E_AGAIN, -E_INVALID. */
static int
proxy_take(struct session *s)
{
	struct proxy p;
	size_t used;
	int rc;

	rc = proxy_parse(stream_pending(s->stream), &p, &used);
	if (rc != 0)
		return rc;
	stream_consume(s->stream, used);
	if (p.has_client)
		set_client(s, p.ip, p.port);
	return 0;
}

/* No header, or a bad one: no word, no session (catalogue 34). A probe that
 * sent nothing at all is not worth a line. */
static void
vanish(struct session *s)
{
	id_make(s->server, s->id);
	if (stream_in_bytes(s->stream) > 0)
		log_turned_away(s, 0, "proxy-header");
	session_free(s);
}

/* A client whose bytes came along with the header did not wait for us; but
 * TLS is the client's to begin. */
static int
proxy_admit(struct session *s)
{
	int rc = admit(s);

	if (rc == 0 && !s->is_mute && stream_pending(s->stream).len > 0)
		note_early(s);
	return rc;
}

/* Nearly always the header comes whole, and no fiber is needed for it. */
static void
proxy_bytes(struct session *s)
{
	int rc;

	(void)stream_has_bytes(s->stream);
	rc = proxy_take(s);
	if (rc == 0 && proxy_admit(s) == 0)
		open_door(s);
	else if (rc == -E_AGAIN)
		door_leave(s);
	else if (rc == -E_INVALID)
		vanish(s);
}

WAITS bool
door_proxy(struct session *s)
{
	usec_t deadline = s->since + PROXY_TIME;
	int rc = s->is_timed_out ? -E_TIMEOUT : -E_AGAIN;

	while (rc == -E_AGAIN) {
		rc = stream_fill(s->stream, deadline);
		if (rc == 0)
			rc = proxy_take(s);
	}
	if (rc != 0) {
		vanish(s);
		return false;
	}
	if (proxy_admit(s) != 0)
		return false;
	if (!s->is_mute)
		(void)greet(s);
	return true;
}

/* --- TLS before the greeting --------------------------------------------- */

WAITS int
door_tls(struct session *s)
{
	int rc = secure_from_start(s);

	if (rc != 0)
		return rc;
	look_for_early(s);
	return greet(s) ? 0 : OVER;
}

/* --- what comes, and when nothing comes ---------------------------------- */

static void
greeting_bytes(struct session *s)
{
	if (stream_has_bytes(s->stream))
		note_early(s);
	else
		door_leave(s);  /* gone before we said a word               */
}

static void
greeting_time(struct session *s)
{
	stream_on_bytes(s->stream, NULL, NULL);
	if (greet(s))
		await(s, AW_FIRST, session_patience(s));
	else
		door_leave(s);
}

static void
timed_out(struct session *s)
{
	s->is_timed_out = true;
	door_leave(s);
}

static const struct {
	void (*bytes)(struct session *);
	void (*time)(struct session *);
} doors[] = {
	[AW_PROXY] = { proxy_bytes, timed_out },
	[AW_TLS] = { door_leave, timed_out },
	[AW_GREETING] = { greeting_bytes, greeting_time },
	[AW_FIRST] = { door_leave, timed_out },
	[AW_NOTHING] = { door_leave, door_leave },
};

static void
on_bytes(void *arg)
{
	struct session *s = arg;

	doors[s->await].bytes(s);
}

void
door_time(struct timer *t)
{
	struct session *s = CONTAINER(t, struct session, timer);

	doors[s->await].time(s);
}

int
session_open(struct server *server, struct stream *stream, struct ip peer,
    unsigned port, const struct listen_conf *listen)
{
	struct session *s = session_new(server, stream, listen);
	int rc;

	set_client(s, peer, port);
	s->is_mute = listen != NULL && listen->is_tls;
	s->is_proxied = is_proxy(listen, peer);
	if (s->is_proxied) {
		await(s, AW_PROXY, s->since + PROXY_TIME);
		return 0;
	}
	rc = admit(s);
	if (rc == 0)
		open_door(s);
	return rc;
}
