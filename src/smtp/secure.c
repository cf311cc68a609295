/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * secure - TLS under the dialogue: STARTTLS, and listeners that begin with
 * it.
 *
 *	STARTTLS -> 503, 501, 502, and nothing changes     (smtp/verbs.c)
 *	         -> 454: too many handshakes at once, nothing changes
 *	            (smtp/shake.c)
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
 * - From 220 on, when it fails, nothing more is said: to whom, and in which
 *   of the two languages?
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

/* Where TLS comes first, all that comes before the greeting has one time. */
usec_t
secure_until(const struct session *s)
{
	const struct limits *l = limits_of(s);
	usec_t from = s->is_mute ? s->desk.accepted : now_of(s);

	return from + (crowd_is_busy(s) ? l->busy_handshake_time :
	    l->handshake_time);
}

static WAITS int
shake(struct session *s, struct fault *fault)
{
	usec_t until = secure_until(s);
	int rc;

	if (s->is_mute)
		return tls_accept_first(s->stream, s->server->tls, until,
		    fault);
	rc = session_say(s, RP_TLS_GO, (struct str){ 0 });
	if (rc == 0)
		rc = stream_flush(s->stream, until);
	return rc != 0 ? rc : tls_accept(s->stream, s->server->tls, until,
	    fault);
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
hands(struct session *s, struct shake *k)
{
	struct fault fault = { "" };
	int rc = shake(s, &fault);

	shake_leave(s, k);
	if (k->is_displaced)
		fault_set(&fault, "made room for another");
	else if (rc == 0 && tls_facts_of(s->stream, &s->desk.tls)) {
		board_tally(s->server->world->board, s->server->row, TL_TLS,
		    1);
		return 0;
	} else if (rc == -E_DENIED)
		return give_up_early(s);
	log_tls(s, fault.text[0] != '\0' ? fault.text : error_word(rc));
	return give_up(s);
}

/* Who has said nothing yet takes nobody's place: a stack he has, when a
 * proxy's header came in parts, but no handshake is under way. */
static WAITS const char *
hear_first(struct session *s, struct shake *k)
{
	int rc = stream_pending(s->stream).len > 0 ? 0 :
	    stream_fill(s->stream, secure_until(s));

	if (rc != 0)
		return error_word(rc);
	return shake_enter(s, k) ? NULL : "too many handshakes";
}

WAITS int
secure_from_start(struct session *s)
{
	struct shake k;
	const char *why = s->server->tls == NULL ? "there is no certificate" :
	    hear_first(s, &k);
	int rc;

	if (why != NULL) {
		log_tls(s, why);
		return give_up(s);
	}
	rc = hands(s, &k);
	s->is_mute = rc != 0;
	return rc;
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
	struct shake k;
	int rc;

	if (s->server->tls == NULL)
		return session_fail(s, RP_NO_VERB, (struct str){ 0 });
	if (s->desk.tls.version.len > 0)
		return session_fail(s, RP_TLS_TWICE, (struct str){ 0 });
	if (!shake_enter(s, &k))
		return session_say(s, RP_TLS_LATER, (struct str){ 0 });
	rc = hands(s, &k);
	if (rc == 0)
		forget(s);
	return rc;
}
