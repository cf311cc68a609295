/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * settings: what postern.conf says, checked and complete. The gate, the
 * store and the dialogue read it; nobody changes it.
 *
 * Names are lower-case A-labels, texts live in the arena given to conf_load.
 * Paths that are not absolute are below `dir` where that is set, else beside
 * the file in which they stand (what a person writes, tables and policies,
 * always beside it); so all are absolute when the file's own path is. Every
 * default is set: with no file at all the program listens on 127.0.0.1:2525
 * and takes mail for nobody.
 *
 * Source: language.md 1, hardening.md 5.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "lang/schema.h"
#include "lang/value.h"
#include "run/tls.h"

/* One address to listen on. */
struct listen_conf {
	struct endpoint at;
	/* Peers that must begin with a PROXY header. Others there are
	 * ordinary clients; a header from them ends the connection. */
	struct net *proxy_from;
	size_t      proxy_count;
	bool        is_tls;     /* from the first byte on (RFC 8314 3)       */
	struct place place;
};

/* A certificate and its key, as they are beside each other in the folders
 * that ACME clients keep. */
struct tls_conf {
	struct str   folder;
	struct str   chain;     /* FOLDER/fullchain.pem                      */
	struct str   key;       /* FOLDER/privkey.pem                        */
	int          minimum;   /* + TLS_1_0 is an enum tls_version; the same
	                           in all                                    */
	struct place place, minimum_place;
};

enum junk_kind {
	JUNK_FOLDER,       /* text: Maildir++ name, ".Junk"                 */
	JUNK_HEADER,       /* text: a header line, "X-Spam-Flag: YES"       */
	JUNK_ADDRESS       /* text: put behind the local part, "+Junk"      */
};

#define OWNERS_MAX 8        /* users who own mailboxes                    */

/* How mail gets into mailboxes. */
struct deliver_conf {
	struct str     pattern;  /* "/srv/mail/%d/%u": %d the domain, %u the
	                            mailbox                                 */
	enum junk_kind junk;
	struct str     junk_text;
	struct str     owner;    /* user of the system who owns them, when
	                            started as root                        */
};

enum users_kind {
	USERS_MAILDIR,     /* an existing folder is a user                  */
	USERS_TABLE        /* users[] lists them                            */
};

/* One domain of ours. */
struct domain_conf {
	struct str       name;
	enum users_kind  users_kind;
	struct str      *users;  /* local parts, sorted case-blind, each once */
	size_t           user_count;
	const struct deliver_conf *deliver;  /* own or common; never NULL   */
	unsigned         owner;  /* index of settings.owners                */
	struct place     place;
};

/*
 * Whom DNS is asked, and how long we wait.
 */
struct resolver_conf {
	struct endpoint *servers;      /* in order, at least one            */
	size_t           server_count;
	usec_t   query_deadline;       /* one question                      */
	usec_t   session_deadline;     /* all questions of a stage          */
	usec_t   rcpt_deadline;        /* judgement at RCPT, after accept   */
	uint64_t questions;            /* before a message, and again for each */
	uint64_t cache_entries;        /* 0: no cache                       */
	usec_t   ttl_low, ttl_high;    /* clamp of what is cached           */
};

/*
 * Limits of the dialogue. One that was set to 0, "none", holds SETTING_NONE,
 * which nothing reaches; so they are compared without a special case.
 */
struct limits {
	/* connections */
	uint64_t sessions;             /* open, in all                      */
	uint64_t per_address;          /* open, per IPv4 address or /64     */
	uint64_t per_network;          /* open, per /24 or /48              */
	uint64_t reserve_percent;      /* of sessions: for known clients    */
	uint64_t connections_rate;     /* a minute, per address or /64      */
	uint64_t messages_rate;        /* the same                          */
	uint64_t messages;             /* of one connection                 */
	usec_t   connection_time;
	/* busy: more than this share of sessions is taken */
	uint64_t busy_percent;
	/* commands */
	usec_t   command_time;
	usec_t   busy_command_time;    /* the same while busy               */
	uint64_t command_line;         /* bytes, CR LF included             */
	uint64_t commands;             /* idle ones between messages        */
	uint64_t errors;               /* then the connection ends          */
	uint64_t busy_errors;          /* the same while busy               */
	uint64_t free_errors;          /* answered without delay            */
	usec_t   error_delay;          /* before the reply to later ones    */
	uint64_t unknown_recipients;   /* and at least half of all          */
	/* TLS */
	usec_t   handshake_time;
	usec_t   busy_handshake_time;  /* the same while busy               */
	uint64_t handshakes;           /* under way at once, of a process   */
	/* messages */
	uint64_t message;              /* bytes; twice that is a hard stop  */
	uint64_t recipients;
	uint64_t extra_recipients;     /* answered 452, then the end        */
	usec_t   data_time;            /* of one transaction's content      */
	uint64_t data_rate;            /* bytes a second over a minute; 0:
	                                  as slow as they like              */
	uint64_t header;               /* bytes of all fields               */
	uint64_t header_field;         /* bytes of one; longer: no facts    */
	uint64_t header_fields;        /* count of them                     */
	uint64_t hops;                 /* Received fields                   */
	/* memory */
	uint64_t message_memory;       /* of one content, bytes             */
	uint64_t messages_memory;      /* of all contents, bytes            */
	/* disks: with less room nothing is begun */
	uint64_t free_space;           /* bytes, and 1.5 messages at most   */
	uint64_t free_inodes;
};

/* Who does the work, and as whom. */
struct process_conf {
	uint64_t   gates;    /* 0: one for each processor, at most four     */
	uint64_t   stores;   /* of each owner of mailboxes                  */
	struct str user;     /* of the gates, when started as root          */
	uint64_t   minimum_uid; /* of owners of mailboxes                   */
	usec_t     watch;    /* no sign of life for so long: ended          */
};

enum log_to { LT_STDERR, LT_FILE, LT_SYSLOG };

struct log_conf {
	enum log_to to;
	struct str  path;              /* LT_FILE                           */
};

/* Where tools ask the keeper. */
struct control_conf {
	struct str path;     /* default /run/postern/control; with dir:
	                        control below it                           */
	struct str group;    /* who may; "": root, or whoever runs it       */
	struct place place;
};

struct settings {
	struct str   name;             /* of this host, in greeting and trace */
	struct str   authserv;         /* id in Authentication-Results      */
	struct str   postmaster;       /* address; "" when none was given   */
	struct listen_conf *listens;
	size_t       listen_count;
	struct tls_conf *tls;          /* the first is the default one      */
	size_t       tls_count;
	struct domain_conf *domains;   /* as written: the first is the host's
	                                  own for bare postmaster           */
	const struct domain_conf **by_name;   /* the same, sorted           */
	size_t       domain_count;
	struct deliver_conf *deliver;  /* the common one; NULL when none    */
	struct str  *owners;           /* of mailboxes, each once           */
	size_t       owner_count;      /* at least one                      */
	struct resolver_conf resolver;
	struct str   policy;           /* a name, or a path when it holds a
	                                  "/" or ends in ".policy"          */
	struct str   folder;           /* of the configuration file; "." when
	                                  there is none                     */
	struct str   dir;              /* everything below it; "" when unset */
	struct str   state;            /* folder                            */
	struct limits limits;
	usec_t       greet_wait;       /* unknown clients only; 0: none     */
	struct log_conf log;
	struct process_conf processes;
	struct control_conf control;

	/* Which line set what, for `postern config --why`. */
	const struct origin *origins;
	size_t       origin_count;
};

/*
 * Reads postern.conf.
 * In: path empty: no file, the defaults alone. Files are read through the
 * reader only (resolv.conf too).
 * Owner: the arena; sources that findings name live in it as well.
 * Returns 0, or -E_INVALID when an error is in the diagnostics (warnings
 * may be there in both cases).
 */
int conf_load(struct reader *, struct str path, struct arena *,
    struct diagnostics *, struct settings **);

/* The same from a text that has been parsed already. In: file, the path that
 * relative paths start from. */
int conf_read(const struct stmt *, struct str file, struct reader *,
    struct arena *, struct diagnostics *, struct settings **);

/* A domain of ours, or NULL. In: name lower-case A-labels. */
const struct domain_conf *settings_domain(const struct settings *,
    struct str name);

/* The oldest version that is spoken. */
enum tls_version settings_tls_minimum(const struct settings *);

/* The room that a message of so many bytes needs on each disk; 0: nobody
 * asks. */
uint64_t settings_free_bytes(const struct settings *, uint64_t size);
uint64_t settings_free_inodes(const struct settings *);

/* What is in force, as it would be written: `posternd -T`. What it prints
 * reads back as the same settings. */
struct str settings_print(const struct settings *, struct arena *);

/* A complete commented file: `posternd --print-defaults`. */
struct str settings_print_defaults(struct arena *);

/* The table itself, for the manual page and completion. */
extern const struct setting settings_table[];

#endif
