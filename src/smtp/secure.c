/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure - TLS under the dialogue: STARTTLS, and listeners that begin with
 * it.
 *
 *	STARTTLS -> 503, 501, 502, and nothing changes     (smtp/verbs.c)
 *	         -> 454: too many handshakes at once, nothing changes
 *	         -> 220, handshake -> all forgotten, PH_START
 *	                           -> end, without a word
 *	listen tls, first byte -> handshake -> greeting    (smtp/door.c)
 *	                                    -> end, without a word
 *
 * Called by: smtp/verbs.c and smtp/door.c, on the session's fiber.
 * Always holds:
 * - No byte that came in clear is used after the handshake (P4, catalogue
 *   64): bytes behind STARTTLS end the session before 220, and tls_accept
 *   refuses to begin while some are pending.
 * - After it nothing that was said before it is known but what the dialogue
 *   counts against the client (catalogue 66): errors, idle commands, time.
 * - When it fails nothing more is said: to whom, and in which of the two
 *   languages?
 *
 * Source: RFC 3207 4, 4.1, 4.2; 8314 3.3 (TLS from the first byte on).
 */
#include "smtp/session.h"

/* Without a word: nobody would understand it. The decision is in the log. */
static int
give_up(struct session *s)
{
	session_decide(s, &(struct outcome){ .event = "left", .by = "tls",
	    .stage = session_stage(s) }, (struct str){ 0 });
	s->is_over = true;
	return -E_RESET;
}

static WAITS int
shake(struct session *s, struct fault *fault)
{
	int (*accept)(struct stream *, struct tls_server *, usec_t,
	    struct fault *) = s->is_mute ? tls_accept_first : tls_accept;
	const struct limits *l = limits_of(s);
	usec_t span = crowd_is_busy(s) ? l->busy_handshake_time :
	    l->handshake_time;
	int rc;

	s->server->handshakes++;
	rc = accept(s->stream, s->server->tls, now_of(s) + span, fault);
	s->server->handshakes--;
	return rc;
}

static bool
is_full(const struct session *s)
{
	return s->server->handshakes >= limits_of(s)->handshakes;
}

/* Bytes behind STARTTLS that came between our look and the handshake. */
static int
give_up_early(struct session *s)
{
	judge_note(s, "early.pipelining");
	log_abuse(s, "pipelining", 1);
	session_decide(s, &(struct outcome){ .event = "drop",
	    .by = "pipelining", .stage = session_stage(s) },
	    (struct str){ 0 });
	return give_up(s);
}

/* Returns 0, or -E_RESET: the session is over and nothing can be said. */
static WAITS int
hands(struct session *s)
{
	struct fault fault = { "" };
	int rc = shake(s, &fault);

	if (rc == 0)
		rc = tls_facts_of(s->stream, &s->desk.tls) ? 0 : -E_INVALID;
	if (rc == 0) {
		board_tally(s->server->world->board, s->server->row, TL_TLS,
		    1);
		return 0;
	}
	if (rc == -E_DENIED)
		return give_up_early(s);
	log_tls(s, fault.text[0] != '\0' ? fault.text : error_word(rc));
	return give_up(s);
}

WAITS int
secure_from_start(struct session *s)
{
	int rc;

	if (s->server->tls != NULL && !is_full(s)) {
		rc = hands(s);
		s->is_mute = rc != 0;
		return rc;
	}
	log_tls(s, s->server->tls == NULL ? "there is no certificate" :
	    "too many handshakes");
	return give_up(s);
}

/* RFC 3207 4.2: as if the client had just come. */
static WAITS void
forget(struct session *s)
{
	stage_forget(s, ST_HELO);
	if (s->helo_arena != NULL)
		arena_free(&s->helo_arena);
	s->desk.helo = (struct str){ 0 };
	s->is_esmtp = false;
	s->phase = PH_START;
}

WAITS int
secure_start(struct session *s)
{
	int rc;

	if (s->server->tls == NULL)
		return session_fail(s, RP_NO_VERB, (struct str){ 0 });
	if (s->desk.tls.version.len > 0)
		return session_fail(s, RP_TLS_TWICE, (struct str){ 0 });
	if (is_full(s))
		return session_say(s, RP_TLS_LATER, (struct str){ 0 });
	rc = session_say(s, RP_TLS_GO, (struct str){ 0 });
	if (rc == 0)
		rc = stream_flush(s->stream, session_patience(s));
	if (rc == 0)
		rc = hands(s);
	if (rc == 0)
		forget(s);
	return rc;
}
