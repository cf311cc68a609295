/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verbs - the verb table, and the answers that need no file of their own.
 *
 * Called by: smtp/session.c, with one line at a time.
 * Always holds: what a verb may follow, whether it counts as idle, whether it
 * must end a group and whether it takes an argument stands in its row and
 * nowhere else; a handler is called only when its row allows it.
 *
 * Source: RFC 5321 4.1.1, 4.1.4 (order), 4.5.1; 2920 3.1 (which verbs end a
 * group); catalogue 2a for the codes.
 */
#include "smtp/session.h"

enum {
	VF_IDLE  = 1,    /* counted between messages (catalogue 16)         */
	VF_LAST  = 2,    /* the client must wait for its answer             */
	VF_PLAIN = 4,    /* no argument                                     */
	VF_ENDS  = 8     /* nothing behind it is read                       */
};

struct verb {
	const char   *name;
	unsigned      phases;    /* in which it is allowed                  */
	enum reply_id otherwise; /* in the others; before HELO always "say
	                            EHLO first"                             */
	unsigned      flags;
	/* Returns 0, OVER, or what broke the connection. NULL: `otherwise`
	 * is the answer in every phase, and an error. */
	int         (*handle)(struct session *, struct str rest);
};

/* --- HELO, EHLO ---------------------------------------------------------- */

/* Facts about a name stay while the name stays. */
static WAITS void
set_helo(struct session *s, struct str helo)
{
	if (s->helo_arena != NULL && str_eq(helo, s->desk.helo))
		return;
	stage_forget(s, ST_HELO);
	if (s->helo_arena == NULL)
		s->helo_arena = arena_new(512);
	else
		arena_reset(s->helo_arena);
	s->desk.helo = arena_str(s->helo_arena, helo);
	stage_begin(s, ST_HELO, s->helo_arena);
}

/* SIZE of 0 means that there is no fixed limit (RFC 1870 4). */
static size_t
hello_reply(const struct session *s, char out[REPLY_MAX])
{
	uint64_t limit = limits_of(s)->message;
	struct reply_words words;
	char ip[IP_TEXT];

	if (s->is_esmtp)
		return reply_ehlo(s->server->settings->name,
		    s->server->tls != NULL && s->desk.tls.version.len == 0,
		    limit >= (uint64_t)SETTING_NONE ? 0 : limit, out);
	session_words(s, &words, ip);
	return reply_make(RP_HELLO, &words, out);
}

/* RFC 5321 4.1.4: it ends a transaction as RSET does. */
static WAITS int
hello(struct session *s, struct str rest, bool is_esmtp)
{
	char out[REPLY_MAX];
	enum reply_id rp;
	struct str helo;

	rp = command_hello(rest, &helo);
	if (rp != RP_NONE)
		return session_fail(s, rp, is_esmtp ? STR("EHLO name") :
		    STR("HELO name"));
	if (s->helo_arena != NULL && !str_eq(helo, s->desk.helo) &&
	    session_is_spent(s))
		return session_drop(s, RP_MESSAGES, "questions");
	transaction_end(s);
	set_helo(s, helo);
	s->is_esmtp = is_esmtp;
	s->phase = PH_HELLO;
	return session_put(s, (struct str){ out, hello_reply(s, out) });
}

static WAITS int
verb_helo(struct session *s, struct str rest)
{
	return hello(s, rest, false);
}

static WAITS int
verb_ehlo(struct session *s, struct str rest)
{
	return hello(s, rest, true);
}

/* --- the transaction ----------------------------------------------------- */

static WAITS int
verb_mail(struct session *s, struct str rest)
{
	if (s->server->is_leaving && s->transactions > 0)
		return session_drop(s, RP_CLOSING, "closing");
	return transaction_begin(s, rest);
}

static WAITS int
verb_rcpt(struct session *s, struct str rest)
{
	return transaction_rcpt(s, rest);
}

/* All recipients refused is the outcome of a pipelined group, not an error
 * of the client's (RFC 2920 3.1, catalogue 14); the same DATA again leads
 * nowhere. */
static WAITS int
verb_data(struct session *s, struct str rest)
{
	struct transaction *tx = s->tx;
	int rc;

	(void)rest;
	if (tx->rcpt_count > 0)
		return content_receive(s);
	if (tx->asked == 0)
		return session_fail(s, RP_RCPT_FIRST, (struct str){ 0 });
	rc = tx->is_in_vain ? session_idle(s) : 0;
	tx->is_in_vain = true;
	/* A client that looks at this reply alone must not take a trouble of
	 * ours for a refusal (catalogue 14 has refusals in mind). */
	return rc != 0 ? rc : session_say(s, tx->is_deferred ?
	    RP_RCPTS_LATER : RP_NO_RCPTS, (struct str){ 0 });
}

static WAITS int
verb_rset(struct session *s, struct str rest)
{
	(void)rest;
	transaction_end(s);
	return session_say(s, RP_OK, (struct str){ 0 });
}

/* --- the rest ------------------------------------------------------------ */

static WAITS int
verb_noop(struct session *s, struct str rest)
{
	(void)rest;
	return session_say(s, RP_OK, (struct str){ 0 });
}

static WAITS int
verb_help(struct session *s, struct str rest)
{
	(void)rest;
	return session_say(s, RP_HELP, (struct str){ 0 });
}

/* The same answer, in the same time, for everybody (catalogue 17). */
static WAITS int
verb_vrfy(struct session *s, struct str rest)
{
	if (rest.len == 0)
		return session_fail(s, RP_SYNTAX, STR("VRFY address"));
	return session_say(s, RP_VRFY, (struct str){ 0 });
}

static WAITS int
verb_quit(struct session *s, struct str rest)
{
	struct reply_words words;
	char out[REPLY_MAX], ip[IP_TEXT];
	size_t n;

	(void)rest;
	session_words(s, &words, ip);
	n = reply_make(RP_BYE, &words, out);
	s->has_quit = true;
	return session_last_word(s, (struct str){ out, n });
}

static WAITS int
verb_starttls(struct session *s, struct str rest)
{
	(void)rest;
	return secure_start(s);
}

/* Another protocol: nothing of its text is echoed, and nothing more of it is
 * read (catalogue 12). */
static WAITS int
verb_foreign(struct session *s, struct str rest)
{
	(void)rest;
	judge_note(s, "early.nonsmtp");
	log_abuse(s, "protocol", 1);
	return session_drop(s, RP_FOREIGN, "protocol");
}

/* --- the table ----------------------------------------------------------- */

#define PH_TX (PH_MAIL | PH_RCPT)

static const struct verb verbs[] = {
	{ "RCPT", PH_TX, RP_MAIL_FIRST, 0, verb_rcpt },
	{ "MAIL", PH_HELLO, RP_NESTED, 0, verb_mail },
	{ "EHLO", PH_ANY, RP_NONE, VF_IDLE | VF_LAST, verb_ehlo },
	{ "DATA", PH_TX, RP_MAIL_FIRST, VF_LAST | VF_PLAIN, verb_data },
	{ "QUIT", PH_ANY, RP_NONE, VF_PLAIN | VF_ENDS, verb_quit },
	{ "HELO", PH_ANY, RP_NONE, VF_IDLE | VF_LAST, verb_helo },
	{ "RSET", PH_ANY, RP_NONE, VF_IDLE | VF_PLAIN, verb_rset },
	{ "NOOP", PH_ANY, RP_NONE, VF_IDLE, verb_noop },
	{ "VRFY", PH_ANY, RP_NONE, VF_IDLE, verb_vrfy },
	{ "HELP", PH_ANY, RP_NONE, VF_IDLE, verb_help },

	{ "STARTTLS", PH_HELLO, RP_TLS_LATE, VF_IDLE | VF_LAST | VF_PLAIN,
	  verb_starttls },

	/* Known, and not offered. BDAT gets its handler with its issue. */
	{ "BDAT", 0, RP_NO_VERB, 0, NULL },
	{ "AUTH", 0, RP_NO_AUTH, 0, NULL },
	{ "EXPN", 0, RP_NO_VERB, 0, NULL },
	{ "ETRN", 0, RP_NO_VERB, 0, NULL },
	{ "TURN", 0, RP_NO_VERB, 0, NULL },
	{ "SEND", 0, RP_NO_VERB, 0, NULL },
	{ "SOML", 0, RP_NO_VERB, 0, NULL },
	{ "SAML", 0, RP_NO_VERB, 0, NULL },
	{ "XCLIENT", 0, RP_NO_VERB, 0, NULL },
	{ "XFORWARD", 0, RP_NO_VERB, 0, NULL },

	/* Other protocols: HTTP, SIP, SSH. */
	{ "GET", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "HEAD", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "POST", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "PUT", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "DELETE", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "CONNECT", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "OPTIONS", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "TRACE", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "PATCH", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "PRI", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "INVITE", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "REGISTER", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
	{ "SSH-*", PH_ANY, RP_NONE, VF_ENDS, verb_foreign },
};

/* Rows are few, the commonest first; case-blind (RFC 5321 2.4). */
static const struct verb *
verb_find(struct str name)
{
	size_t i;

	for (i = 0; i < COUNT(verbs); i++)
		if (str_glob(str_of(verbs[i].name), name))
			return &verbs[i];
	return NULL;
}

/* Bytes behind a verb that must end a group, or behind any when pipelining
 * was not offered to this client: it does not read our replies. */
static bool
is_out_of_step(const struct session *s, const struct verb *verb)
{
	return stream_pending(s->stream).len > 0 &&
	    (verb->flags & VF_ENDS) == 0 &&
	    ((verb->flags & VF_LAST) != 0 || !s->is_esmtp);
}

/* What keeps a known verb from its handler; RP_NONE: nothing. */
static enum reply_id
not_now(const struct session *s, const struct verb *verb, struct str rest)
{
	if (verb->handle == NULL)
		return verb->otherwise;
	if ((verb->phases & s->phase) == 0)
		return s->phase == PH_START ? RP_HELLO_FIRST :
		    verb->otherwise;
	if ((verb->flags & VF_PLAIN) != 0 && rest.len > 0)
		return RP_SYNTAX;
	return RP_NONE;
}

WAITS int
verb_answer(struct session *s, struct str line)
{
	const struct verb *verb;
	struct command cmd;
	enum reply_id rp;
	int rc = 0;

	rp = command_split(line, &cmd);
	if (rp != RP_NONE)
		return session_fail(s, rp, (struct str){ 0 });
	verb = verb_find(cmd.verb);
	if (verb == NULL)
		return session_fail(s, RP_UNKNOWN, (struct str){ 0 });
	rp = not_now(s, verb, cmd.rest);
	if (rp != RP_NONE)
		return session_fail(s, rp, str_of(verb->name));
	if (is_out_of_step(s, verb)) {
		judge_note(s, "early.pipelining");
		log_abuse(s, "pipelining", 1);
		return session_drop(s, RP_SYNC, "pipelining");
	}
	if ((verb->flags & VF_IDLE) != 0)
		rc = session_idle(s);
	return rc != 0 ? rc : verb->handle(s, cmd.rest);
}
