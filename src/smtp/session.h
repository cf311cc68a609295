/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session: one connection and its transaction from inside; for the files of
 * smtp/ only.
 *
 *	door.c         before its client has said anything
 *	crowd.c        how many there are, and who may still come
 *	session.c      its life: loop and end
 *	drain.c        the end of all of them
 *	verbs.c        the verb table and the handlers
 *	secure.c       TLS: STARTTLS, and from the first byte on
 *	shake.c        how many handshakes, and whose turn it is
 *	transaction.c  MAIL and RCPT: sender, recipients, reset
 *	content.c      DATA: bytes up to the dot
 *	keep.c         after the dot: checks, judgements, copies, store
 *	controls.c     whom lists are tried on
 *	judge.c        stages of checks, and waiting for a verdict
 *	verdict.c      a verdict in the words of a reply
 *	logline.c      what is told of a decision
 */
#ifndef SMTP_SESSION_H
#define SMTP_SESSION_H

#include "filters/check.h"
#include "run/board.h"
#include "smtp/command.h"
#include "smtp/data.h"
#include "smtp/reply.h"
#include "smtp/server.h"

/* How far the dialogue has come; bits, for the verb table. */
enum phase {
	PH_START = 1,    /* nothing said                                    */
	PH_HELLO = 2,    /* HELO or EHLO                                    */
	PH_MAIL  = 4,    /* a sender; recipients refused at most            */
	PH_RCPT  = 8     /* a recipient was taken                           */
};
#define PH_ANY (PH_START | PH_HELLO | PH_MAIL | PH_RCPT)

/* What is awaited before there is a fiber. */
enum await {
	AW_PROXY,        /* the proxy's header                              */
	AW_TLS,          /* the client's first bytes, which are TLS          */
	AW_GREETING,     /* the greeting's delay                            */
	AW_FIRST,        /* the client's first byte                         */
	AW_NOTHING       /* the fiber runs                                  */
};

/* A judgement that did not wait for all answers, as they could not matter. */
struct early {
	unsigned answers;              /* questions that were open; 0: none */
	usec_t   at;                   /* moment                            */
};

/* What was decided, so far: what the log line will say. */
struct outcome {
	const char *event;             /* NULL: nothing yet                 */
	const char *by;                /* when no verdict says it           */
	enum stage  stage;
	int         code;              /* 0: no reply                       */
	struct str  enhanced;
	const struct verdict *verdict; /* NULL: none was made               */
	const struct path    *rcpt;    /* whom it concerned; NULL: nobody   */
	struct str  reply;             /* as sent                           */
	struct str  folder;            /* of the first copy                 */
	bool        outranks;          /* takes the place of an earlier one */
	bool        was_waiting;       /* facts were pending at that time   */
	struct early early;            /* of the judgement behind it        */
};

/* A recipient that was taken. */
struct recipient {
	struct path    path;           /* with our domain, also if bare     */
	struct mailbox mailbox;
	const struct domain_conf *domain;
	bool           is_postmaster;  /* no verdict is made for it         */
};

/* Everything between MAIL and its end. No field of it lives elsewhere, and
 * all its memory ends with transaction_end. */
struct transaction {
	struct arena    *arena;        /* of all that is below, and itself  */
	char             id[24];       /* dc31nvr2bsj.1                     */
	struct mail_args mail;
	struct recipient *rcpts;
	size_t           rcpt_count, rcpt_room;
	unsigned         asked;        /* RCPT commands with a good path    */
	unsigned         over;         /* answered 452 because of the count */
	bool             is_in_vain;   /* DATA came, and nobody was taken   */
	bool             is_deferred;  /* a recipient was told to come again  */
	usec_t           started;
	struct data      data;
	struct body     *body;
	struct header    header;
	struct outcome   outcome;
	usec_t           judged_by;    /* deadline of the judgements at eom */
	/* A verdict is large, and hundreds may be given: one is worked on,
	 * one is the outcome's. Both may be NULL. */
	struct arena    *judged, *kept;
	struct stage_run run[ST_COUNT - ST_MAIL];
};

struct session {
	uint32_t         magic;
	enum await       await;
	struct server   *server;
	struct session  *next, **link; /* in server->sessions               */
	struct stream   *stream;
	const struct listen_conf *listen;
	struct arena    *arena;        /* of itself and what lives as long  */
	struct arena    *helo_arena;   /* of what HELO said; NULL before    */
	struct fiber    *fiber;        /* NULL before the first byte        */
	struct timer     timer;        /* of what is awaited                */
	struct bell      bell;         /* rung when a fact has changed      */
	struct desk      desk;
	struct early     early;        /* of the last judgement             */
	struct stage_run run[ST_MAIL]; /* connect, helo; later: in tx       */
	struct transaction *tx;        /* NULL between transactions         */
	struct outcome   outcome;      /* of a connection without any       */
	enum phase       phase;
	enum stage       cleared;      /* stages before it drop nobody      */
	bool             is_esmtp;
	bool             is_proxied;
	bool             is_counted;   /* in the board                      */
	bool             is_known;     /* our own, or good before           */
	bool             has_turn;     /* the minute had room for it        */
	bool             is_mute;      /* TLS comes first, and has not yet  */
	bool             is_timed_out;
	bool             is_over;      /* the last word was said            */
	bool             has_quit;
	unsigned         errors;       /* that the dialogue itself refused  */
	unsigned         junk;         /* commands since the last message   */
	unsigned         rcpts;        /* recipients named in all           */
	unsigned         unknown;      /* of these, nobody here             */
	unsigned         messages;     /* transactions with content         */
	unsigned         transactions;
	usec_t           since;        /* accept, or the last decision      */
	usec_t           waits_since;  /* for a command; 0: it does not     */
	char             id[12];
};

/* A handler's or the loop's "no more": the session ends. */
#define OVER (-E_EOF)

static inline const struct limits *
limits_of(const struct session *s)
{
	return &s->server->settings->limits;
}

static inline usec_t
now_of(const struct session *s)
{
	return world_now(s->server->world);
}

/* --- door.c -------------------------------------------------------------- */

/* The fiber takes over from the door. */
void door_leave(struct session *);
void door_time(struct timer *);

/* On the fiber: the rest of a proxy's header, and all up to the greeting.
 * False: the session is gone. */
WAITS bool door_proxy(struct session *);

/* On the fiber, when the session is mute: TLS, and the greeting. Returns 0;
 * OVER, when the last word was said; -E_RESET: nothing can be said. */
WAITS int door_tls(struct session *);

/* --- crowd.c ------------------------------------------------------------- */

/* Whether its client is our own, or was good before. */
bool crowd_knows(const struct session *);

/* What keeps it out, for the log, and what it is told; NULL: nothing. */
const char *crowd_keeps_out(const struct session *, enum reply_id *);

/* Into the board's counts, and out of them again if it was in. */
void crowd_enter(struct session *);
void crowd_leave(struct session *);

/* Whether most places are taken: then clients get less time. */
bool crowd_is_busy(const struct session *);

/* Its neighbours and itself: /24, or /48. */
struct net crowd_network(const struct session *);

/* One more message. Returns RP_NONE, or why not now. */
enum reply_id crowd_message(struct session *);

/* It has sent something good. */
void crowd_praise(struct session *);

/* --- session.c ----------------------------------------------------------- */

struct session *session_new(struct server *, struct stream *,
    const struct listen_conf *);
void session_free(struct session *);
void session_main(void *arg);

/* Until when a client must have said, or read, what is waited for from now
 * on: sooner while busy. */
usec_t session_patience(const struct session *);

/* Whether so many of its questions are spent that another name or sender
 * might not be looked at. The first ones always may. */
bool session_is_spent(const struct session *);

/* How far it has come, for the log. */
enum stage session_stage(const struct session *);

/* The id that a reply shows: of the message once there is one. */
struct str session_id(const struct session *);

/* What replies may mention. */
void session_words(const struct session *, struct reply_words *,
    char ip[IP_TEXT]);

/* Puts a reply; it goes out with its group. Returns 0, -E_RESET,
 * -E_TIMEOUT, -E_CANCELED, -E_NOMEM. */
WAITS int session_put(struct session *, struct str reply);
WAITS int session_say(struct session *, enum reply_id, struct str what);

/* An error of the client's: counted, slowed down after some; OVER, with the
 * last word said, at the limit. fail: and says what it was. */
WAITS int session_error(struct session *);
WAITS int session_fail(struct session *, enum reply_id, struct str what);

/* Remembers what was decided. In: reply as sent; all of it is copied but the
 * verdict, which must live as long as the transaction (or session). */
void session_decide(struct session *, const struct outcome *,
    struct str reply);

/* A command that leads nowhere, from a client that may have some of them
 * between messages: counted; OVER, with the last word said, at the limit. */
WAITS int session_idle(struct session *);

/* What the dialogue itself decides about a recipient (NULL: about all):
 * remembered and said. */
WAITS int session_refuse(struct session *, enum reply_id, struct str what,
    const struct path *rcpt);

/* Says it and ends the session: OVER. by: for the log. */
WAITS int session_drop(struct session *, enum reply_id, const char *by);
WAITS int session_last_word(struct session *, struct str reply);

/* --- verbs.c ------------------------------------------------------------- */

/* One command. Returns 0, OVER, or what broke the connection. */
WAITS int verb_answer(struct session *, struct str line);

/* --- secure.c ------------------------------------------------------------ */

/* STARTTLS with its reply and all that follows. Returns 0, OVER, or what
 * broke the connection. */
WAITS int secure_start(struct session *);

/* TLS before the greeting. Returns 0, or -E_RESET: it is over, and nothing
 * can be said. */
WAITS int secure_from_start(struct session *);

/* Until when a handshake that begins now must be done; before the greeting:
 * one that began when the client came. */
usec_t secure_until(const struct session *);

/* --- shake.c ------------------------------------------------------------- */

/* A handshake that is under way; on the stack of its fiber. */
struct shake {
	struct shake *next, **link;  /* in server->shakes; link NULL: not   */
	struct fiber *fiber;
	struct net    net;
	usec_t        since;
	unsigned      kin;           /* of the same network, with itself    */
	bool          is_displaced;  /* another has its place               */
};

/* False: too many are under way. True: shake_leave must follow, and until
 * then the fiber may be cancelled for another's sake. */
bool shake_enter(struct session *, struct shake *);
void shake_leave(struct session *, struct shake *);

/* --- transaction.c ------------------------------------------------------- */

/* MAIL and RCPT with their replies. Return 0, OVER, or what broke the
 * connection. */
WAITS int transaction_begin(struct session *, struct str rest);
WAITS int transaction_rcpt(struct session *, struct str rest);

/* From now on its id has a number behind it. */
void transaction_number(struct session *);

/* The one way out of a transaction: log line, checks, memory. */
WAITS void transaction_end(struct session *);

/* --- content.c ----------------------------------------------------------- */

/* From 354 to the dot and the reply to it. */
WAITS int content_receive(struct session *);

/* The message is refused (or deferred) by the dialogue itself. */
WAITS int content_refuse(struct session *, enum reply_id);

/* --- keep.c -------------------------------------------------------------- */

/* The message is complete: judges it, keeps it or not, and replies. */
WAITS int keep_message(struct session *);

/* --- judge.c ------------------------------------------------------------- */

/* Starts the checks of a stage, with its time for questions. */
void stage_begin(struct session *, enum stage, struct arena *);

/* The message comes: what no earlier judgement wanted is looked at now. It
 * has questions of its own, however many the messages before it have used. */
void stage_resume(struct session *);

/* Ends the checks of this stage and all later ones, and forgets. */
WAITS void stage_forget(struct session *, enum stage from);

/* The facts of this recipient take the place of another's. Never waits. */
void stage_rcpt(struct session *, const struct path *);

/* Whether a check still works. */
bool stage_any_busy(struct session *);

/* Judges; waits while a pending fact could still change the verdict, until
 * the deadline. Returns 0 or -E_CANCELED. */
WAITS int judge_wait(struct session *, enum stage, usec_t deadline,
    struct arena *, struct verdict *);

/* The verdict of a line that drops at a stage whose answers are in; each
 * stage is looked at once. NULL: none does, so far. Never waits. Owner: the
 * session's arena. */
const struct verdict *judge_drop(struct session *);

/* Facts of the connection's life that only the dialogue sees. */
void judge_note(struct session *, const char *name);

/*
 * What the checks have to say in Authentication-Results; waits for those that
 * have not said it, until the deadline.
 * Owner: the arena. Returns 0 or -E_CANCELED.
 */
WAITS int judge_results(struct session *, usec_t deadline, struct arena *,
    struct str **results, size_t *count);

/* The client's confirmed name; empty when there is none (yet). */
struct str judge_client_name(const struct session *);

/* Whether anything of a list is unknown (or still pending). */
bool judge_is_unknown(const struct session *, const struct list *);

/* --- controls.c ---------------------------------------------------------- */

/* The client and the domain that is shown to be its, if lists may be tried on
 * them. In: is_bad, it was refused; else it sent something good. */
void controls_add(struct session *, bool is_bad);

/* Looks up the facts that it needs. */
void controls_prepare(struct shared *, const struct vocabulary *);

/* --- verdict.c ----------------------------------------------------------- */

/* The reply to a verdict that does not take the recipient or message.
 * Returns its length. In: rcpt may be NULL. */
size_t verdict_reply(const struct session *, const struct verdict *,
    const struct path *rcpt, int *code, struct str *enhanced,
    char out[REPLY_MAX]);

/* --- logline.c ----------------------------------------------------------- */

/* Numbers of facts that every line shows. */
enum shown { SH_FCRDNS, SH_SPF, SH_DKIM, SH_DMARC, SH_TLS, SH_NAME,
	SH_COUNT };

struct shared {
	struct arena *arena;
	struct arena *scratch;    /* of judgements that are thrown away     */
	struct str   *ours;       /* our domains                            */
	size_t        ours_count;
	int           shown[SH_COUNT];   /* -1: no such fact                */
	int           spf_domain, dkim_domains;
};

/* The line of what was decided last, and on_decision. */
void log_decision(struct session *);

/* Looks the facts up that every line shows. */
void log_prepare(struct shared *, const struct vocabulary *);

/* A limit of ours was crossed: the line that fail2ban reads. */
void log_abuse(struct session *, const char *what, uint64_t count);

/* TLS did not come about: why, in words of ours. */
void log_tls(struct session *, const char *why);

/* A promise could not be kept. */
void log_lost(struct session *, const char *what, int error);

/* A client that was turned away at the door. */
void log_turned_away(struct session *, int code, const char *by);

#endif
