/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * settings - every word of postern.conf in one table, with its default, its
 * limits and its line of help.
 *
 * Called by: conf/load.c; posternd -T and --print-defaults.
 * Always holds: a row that is not SK_LATER acts. A word that postern
 * understands but cannot do yet is refused, never ignored.
 * Source: language.md 1, hardening.md 5.
 */
#include "config.h"

#include "conf/read.h"

#define LIMIT(name_, kind_, member, preset_, low_, high_, help_) \
	{ .name = (name_), .kind = (kind_), \
	  .offset = offsetof(struct limits, member), .preset = (preset_), \
	  .low = (low_), .high = (high_), .help = (help_), \
	  .zero_is_none = (low_) > 0 }
#define KIB ((int64_t)1 << 10)
#define MIB ((int64_t)1 << 20)
#define GIB ((int64_t)1 << 30)

/* Where low is above 0, 0 means no limit; but not for the length of a line. */
static const struct setting limits_table[] = {
	LIMIT("sessions", SK_COUNT, sessions, "2000", 1, 1000000,
	    "Connections open at once"),
	LIMIT("per-address", SK_COUNT, per_address, "20", 1, 1000000,
	    "Of these, from one IPv4 address or IPv6 /64"),
	LIMIT("per-network", SK_COUNT, per_network, "40", 1, 1000000,
	    "Of these, from one IPv4 /24 or IPv6 /48"),
	LIMIT("reserve-percent", SK_COUNT, reserve_percent, "10", 0, 90,
	    "Share of sessions kept for clients that sent good mail in the "
	    "last day, and for our own"),
	LIMIT("connections-per-minute", SK_COUNT, connections_rate, "60", 1,
	    6000, "From one IPv4 address or IPv6 /64; over it MAIL is put "
	    "off. Ten times as many from known clients"),
	LIMIT("messages-per-minute", SK_COUNT, messages_rate, "300", 1, 6000,
	    "The same for messages"),
	LIMIT("messages", SK_COUNT, messages, "100", 1, 1000000,
	    "Messages of one connection"),
	LIMIT("connection-time", SK_DURATION, connection_time, "1h",
	    10 * SEC, 7 * 86400 * SEC, "Life of a connection"),
	LIMIT("busy-percent", SK_COUNT, busy_percent, "80", 1, 100,
	    "Share of sessions over which the busy limits hold"),
	LIMIT("command-time", SK_DURATION, command_time, "5m", SEC,
	    3600 * SEC, "Waiting for a command (RFC 5321 4.5.3.2.7 asks for "
	    "5m)"),
	LIMIT("busy-command-time", SK_DURATION, busy_command_time, "30s",
	    SEC, 3600 * SEC, "The same while busy"),
	{ "command-line", SK_COUNT, offsetof(struct limits, command_line),
	    "2048", 1000, 65536, .help = "Bytes of a command with its CR LF" },
	LIMIT("commands", SK_COUNT, commands, "20", 1, 1000000,
	    "Commands between messages that lead nowhere (NOOP, RSET, VRFY)"),
	LIMIT("errors", SK_COUNT, errors, "10", 1, 1000000,
	    "Errors of the client, then the connection ends"),
	LIMIT("busy-errors", SK_COUNT, busy_errors, "3", 1, 1000000,
	    "The same while busy"),
	LIMIT("free-errors", SK_COUNT, free_errors, "3", 0, 1000000,
	    "Errors that are answered without delay"),
	LIMIT("error-delay", SK_DURATION, error_delay, "1s", 0, 60 * SEC,
	    "Delay of the answers to later ones"),
	LIMIT("unknown-recipients", SK_COUNT, unknown_recipients, "10", 1,
	    1000000, "Unknown recipients, when they are half of all too; "
	    "then the connection ends"),
	LIMIT("handshake-time", SK_DURATION, handshake_time, "60s", SEC,
	    600 * SEC, "For the start of TLS"),
	LIMIT("busy-handshake-time", SK_DURATION, busy_handshake_time, "10s",
	    SEC, 600 * SEC, "The same while busy"),
	LIMIT("handshakes", SK_COUNT, handshakes, "64", 1, 1000000,
	    "Starts of TLS under way at once in a process, but for known "
	    "clients; over it the network with most of them gives way"),
	LIMIT("message", SK_SIZE, message, "50M", 64 * KIB, 4 * GIB,
	    "Size of a message"),
	LIMIT("recipients", SK_COUNT, recipients, "100", 100, 1000000,
	    "Recipients of a message (RFC 5321 4.5.3.1.8 asks for 100)"),
	LIMIT("extra-recipients", SK_COUNT, extra_recipients, "100", 0,
	    1000000, "Recipients over the limit that are put off; then the "
	    "connection ends"),
	LIMIT("data-time", SK_DURATION, data_time, "20m", SEC, 86400 * SEC,
	    "Time for the content of one message"),
	LIMIT("data-rate", SK_SIZE, data_rate, "500", 0, 100 * MIB,
	    "Bytes a second of content at least, over a minute"),
	LIMIT("header", SK_SIZE, header, "256k", KIB, 64 * MIB,
	    "Size of all header fields"),
	LIMIT("header-field", SK_SIZE, header_field, "64k", KIB, 64 * MIB,
	    "Size of one field; a longer one gives no facts"),
	LIMIT("header-fields", SK_COUNT, header_fields, "1000", 10, 1000000,
	    "Header fields"),
	LIMIT("hops", SK_COUNT, hops, "100", 10, 1000,
	    "Received fields; more is a loop"),
	LIMIT("message-memory", SK_SIZE, message_memory, "1M", 4 * KIB,
	    GIB, "Content of one message in memory; the rest is on disk"),
	LIMIT("messages-memory", SK_SIZE, messages_memory, "64M", 4 * KIB,
	    64 * GIB, "Content of all messages in memory"),
	LIMIT("free-space", SK_SIZE, free_space, "64M", 1, 1024 * GIB,
	    "Left on each disk of mailboxes after one and a half of the "
	    "largest message; with less MAIL is put off"),
	LIMIT("free-inodes", SK_COUNT, free_inodes, "1000", 1, 1000000000,
	    "The same in files"),
	{ 0 }
};

#define DNS(name_, kind_, member, preset_, low_, high_, help_) \
	{ .name = (name_), .kind = (kind_), \
	  .offset = offsetof(struct resolver_conf, member), \
	  .preset = (preset_), .low = (low_), .high = (high_), \
	  .help = (help_) }

const struct setting resolver_table[] = {
	DNS("query-deadline", SK_DURATION, query_deadline, "2500ms",
	    10 * MSEC, 60 * SEC, "For one question"),
	DNS("session-deadline", SK_DURATION, session_deadline, "8s",
	    10 * MSEC, 300 * SEC, "For all questions of one check"),
	DNS("rcpt-deadline", SK_DURATION, rcpt_deadline, "5s", 10 * MSEC,
	    300 * SEC, "After the connection was accepted, until the first "
	    "recipient is judged with what is known then"),
	DNS("questions", SK_COUNT, questions, "100", 1, 10000,
	    "Questions before a message, and again for each"),
	DNS("cache", SK_COUNT, cache_entries, "20000", 0, 10000000,
	    "Answers kept"),
	DNS("ttl-low", SK_DURATION, ttl_low, "60s", 0, 86400 * SEC,
	    "Answers are kept at least this long"),
	DNS("ttl-high", SK_DURATION, ttl_high, "1h", 0, 86400 * SEC,
	    "Answers are kept at most this long"),
	{ 0 }
};

#define PROCESS(name_, kind_, member, preset_, low_, high_, help_) \
	{ .name = (name_), .kind = (kind_), \
	  .offset = offsetof(struct process_conf, member), \
	  .preset = (preset_), .low = (low_), .high = (high_), \
	  .help = (help_) }

/* The board has 32 rows: for two generations of six gates, a keeper and
 * eight owners, and a checker. */
static const struct setting processes_table[] = {
	PROCESS("gates", SK_COUNT, gates, "0", 0, 6,
	    "Processes that talk to clients. 0: as many as processors, at "
	    "most 4"),
	PROCESS("stores", SK_COUNT, stores, "16", 1, 64,
	    "Processes that write, for each owner of mailboxes"),
	PROCESS("user", SK_TEXT, user, DEFAULT_USER, 0, 0,
	    "Who talks to clients, when started as root"),
	PROCESS("minimum-uid", SK_COUNT, minimum_uid, "100", 1, UINT32_MAX - 1,
	    "An owner of mailboxes with a lower one is a user of the system"),
	PROCESS("watch", SK_DURATION, watch, "30s", 2 * SEC, 3600 * SEC,
	    "Processes without a sign of life for so long are ended"),
	{ 0 }
};

#define TOP(name_, kind_, member) \
	.name = (name_), .kind = (kind_), \
	.offset = offsetof(struct settings, member)

const struct setting settings_table[] = {
	{ TOP("name", SK_NAME, name), .arguments = "HOST",
	  .help = "Name of this host, in the greeting and in Received. "
	      "Default: the system's" },
	{ TOP("listen", SK_OTHER, listens), .is_list = true,
	  .arguments = "ADDRESS:PORT... [tls] [proxy from NET...]",
	  .read = read_listen, .print = print_listen,
	  .help = "Where clients connect; tls: and start TLS at once. Peers "
	      "in a NET must begin with a PROXY header. Default: 127.0.0.1:2525 until a domain is named, "
	      "then 0.0.0.0:25 and [::]:25" },
	{ TOP("tls", SK_OTHER, tls), .is_list = true,
	  .arguments = "FOLDER", .inside = tls_table,
	  .read = read_tls, .print = print_tls,
	  .help = "Folder of fullchain.pem and privkey.pem. Several for "
	      "several names, the first for all others. Default: a "
	      "certificate made at the start, which nobody vouches for" },
	{ TOP("domain", SK_OTHER, domains), .is_list = true,
	  .arguments = "NAME...", .inside = domain_table,
	  .read = read_domain, .print = print_domain,
	  .help = "Domains that mail is taken for" },
	{ TOP("deliver", SK_OTHER, deliver), .arguments = "maildir PATTERN",
	  .inside = deliver_table,
	  .read = read_deliver, .print = print_deliver,
	  .help = "Where mail goes: %d is the domain, %u the mailbox. With "
	      "dir and nothing else said: mail/%d/%u below it" },
	{ TOP("resolver", SK_OTHER, resolver), .is_list = true,
	  .arguments = "ADDRESS...", .inside = resolver_table,
	  .read = read_resolver, .print = print_resolver,
	  .help = "Whom DNS is asked. Default: the servers of "
	      "/etc/resolv.conf" },
	{ TOP("policy", SK_TEXT, policy), .preset = "default",
	  .help = "A policy by its name, or a file" },
	{ TOP("state", SK_TEXT, state), .preset = "/var/lib/postern/state",
	  .help = "Folder of what postern remembers. With dir: state below "
	      "it" },
	{ TOP("dir", SK_OTHER, dir), .arguments = "FOLDER",
	  .read = read_dir, .print = print_dir,
	  .help = "Everything that postern writes is below this folder" },
	{ TOP("limits", SK_BLOCK, limits), .inside = limits_table,
	  .help = "What clients may not exceed" },
	{ TOP("greet", SK_OTHER, greet_wait), .preset = "wait 2s",
	  .read = read_greet, .print = print_greet,
	  .help = "Unknown clients wait this long for the greeting; who "
	      "speaks before it is found out. 0 to 1m" },
	{ TOP("authserv", SK_NAME, authserv), .arguments = "HOST",
	  .help = "The id in Authentication-Results. Default: name" },
	{ TOP("log", SK_OTHER, log), .preset = "stderr", .inside = log_table,
	  .read = read_log, .print = print_log,
	  .help = "Where lines go: stderr, file PATH, syslog" },
	{ TOP("processes", SK_BLOCK, processes), .inside = processes_table,
	  .help = "Who does the work, and as whom" },
	{ TOP("control", SK_OTHER, control), .arguments = "PATH",
	  .inside = control_table,
	  .read = read_control, .print = print_control,
	  .help = "Socket at which postern doctor, lists and ask find the "
	      "keeper. Default: /run/postern/control. With dir: control "
	      "below it" },
	{ TOP("postmaster", SK_TEXT, postmaster), .arguments = "ADDRESS",
	  .help = "Whom a refused sender is told to ask. Default: postmaster "
	      "of the domain" },
	SETTING_LATER("guard"),
	SETTING_LATER("metrics"),
	SETTING_LATER("peer"), SETTING_LATER("roll"),
	SETTING_LATER("shared"),
	SETTING_LATER("syntax"), SETTING_LATER("try"),
	{ 0 }
};

struct str
settings_print(const struct settings *c, struct arena *arena)
{
	return schema_print(settings_table, c, arena);
}

struct str
settings_print_defaults(struct arena *arena)
{
	static const char head[] =
	    "# postern.conf with every setting and its default.\n"
	    "# A line without a default is a comment: remove the # in front.\n";

	return arena_printf(arena, "%s%.*s", head,
	    STR_ARG(schema_print_defaults(settings_table, arena)));
}
