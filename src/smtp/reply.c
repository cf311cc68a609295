/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply - every sentence that we say, and how it is written.
 *
 * Called by: the session and its handlers; nobody else writes to a client.
 * Pure: no memory but the caller's, no wait.
 *
 * Always holds: a line is at most REPLY_LINE octets of printable ASCII, a
 * reply at most REPLY_LINES lines; of a longer one the middle is left out,
 * since the first line says why and the last whom to ask.
 *
 * Source: RFC 5321 4.2 (form), 2034 4 (where no enhanced code stands), 3463
 * and 5248 (the codes), 7504 (521 and 554), interfaces.md "Reply texts".
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "smtp/reply.h"

#define ID " [{id}]"

static const struct reply_row rows[RP_COUNT] = {
	[RP_NONE] = { 451, "4.3.0", "local error, please try again" ID },

	[RP_BANNER] = { 220, "", "{host} ESMTP postern" },
	[RP_HELLO] = { 250, "", "{host}" },
	[RP_BYE] = { 221, "2.0.0", "{host} closing" },
	[RP_BUSY] = { 421, "", "{host} is busy, please try again" },
	[RP_CROWD] = { 421, "",
	    "{host}: too many connections from your network, please try "
	    "again" ID },
	[RP_SICK] = { 421, "",
	    "{host} cannot keep mail at the moment, please try again" },

	[RP_OK] = { 250, "2.0.0", "ok" },
	[RP_SENDER] = { 250, "2.1.0", "sender ok" },
	[RP_RCPT] = { 250, "2.1.5", "recipient ok" },
	[RP_GO] = { 354, "", "go ahead, end with CR LF . CR LF" },
	[RP_KEPT] = { 250, "2.0.0", "kept as {id}" },
	[RP_HELP] = { 214, "2.0.0",
	    "HELO EHLO MAIL RCPT DATA RSET NOOP QUIT; see RFC 5321" },
	[RP_VRFY] = { 252, "2.1.5", "not told; send the mail and see" },

	[RP_TLS_GO] = { 220, "2.0.0", "ready for TLS" },

	[RP_BARE_LINE] = { 500, "5.5.2",
	    "a line ends in CR LF, and only there" },
	[RP_LONG_LINE] = { 500, "5.5.2", "line too long" },
	[RP_NUL_LINE] = { 501, "5.5.4", "no NUL in commands" },
	[RP_8BIT_LINE] = { 501, "5.5.4", "no 8-bit bytes in commands" },
	[RP_UNKNOWN] = { 500, "5.5.1", "no such command" },
	[RP_SYNTAX] = { 501, "5.5.4", "syntax: {what}" },
	[RP_NO_VERB] = { 502, "5.5.1", "not offered" },
	[RP_BAD_SENDER] = { 501, "5.1.7",
	    "syntax: MAIL FROM:<address> [parameters]" },
	[RP_BAD_RCPT] = { 501, "5.1.3", "syntax: RCPT TO:<address>" },
	[RP_8BIT_PATH] = { 553, "5.6.7",
	    "no 8-bit bytes in addresses (SMTPUTF8 is not offered)" },
	[RP_BAD_PARAM] = { 555, "5.5.4", "parameter not offered" },
	[RP_BAD_VALUE] = { 501, "5.5.4", "parameter twice, or not so" },

	[RP_HELLO_FIRST] = { 503, "5.5.1", "say EHLO first" },
	[RP_MAIL_FIRST] = { 503, "5.5.1", "say MAIL first" },
	[RP_RCPT_FIRST] = { 503, "5.5.1", "say RCPT first" },
	[RP_NESTED] = { 503, "5.5.1", "one MAIL at a time; RSET begins anew" },
	[RP_NO_RCPTS] = { 503, "5.5.1", "no valid recipients" },
	[RP_RCPTS_LATER] = { 451, "4.3.0", "no recipient could be taken at "
	    "the moment, please try again" },
	[RP_NO_AUTH] = { 503, "5.5.1", "no log-in here" },
	[RP_TLS_TWICE] = { 503, "5.5.1", "this is TLS already" },
	[RP_TLS_LATE] = { 503, "5.5.1", "not within a transaction; RSET ends "
	    "it" },
	[RP_TLS_LATER] = { 454, "4.7.0", "too many clients are starting TLS, "
	    "please try again" },
	[RP_SYNC] = { 503, "5.5.0",
	    "you did not wait for our reply (RFC 2920 3.1)" ID },

	[RP_TOO_BIG] = { 552, "5.3.4",
	    "over our message size limit of {what} bytes" ID,
	    "size" },
	[RP_RCPTS] = { 452, "4.5.3", "too many recipients for one message" },
	[RP_OTHER_WAY] = { 452, "4.5.3", "one destination per message" },
	[RP_FOREIGN] = { 421, "4.7.0", "this is a mail server" ID },
	[RP_FLOOD] = { 421, "4.7.0", "line without end" ID },
	[RP_ERRORS] = { 421, "4.7.0", "too many errors" ID },
	[RP_JUNK] = { 421, "4.7.0", "too many commands without mail" ID },
	[RP_GUESSES] = { 421, "4.7.0", "too many unknown recipients" ID },
	[RP_OVERSHOOT] = { 421, "4.7.0", "far too many recipients" ID },
	[RP_MESSAGES] = { 421, "4.7.0",
	    "enough messages for one connection" ID },
	[RP_LIFETIME] = { 421, "4.4.2", "enough time for one connection" ID },
	[RP_TIMEOUT] = { 421, "4.4.2", "{host}: time is over" ID },
	[RP_SLOW] = { 421, "4.4.2", "too slow" ID },
	[RP_CLOSING] = { 421, "4.3.2", "{host} is closing, please try again" },
	[RP_HARD_STOP] = { 421, "4.3.4", "far over our message size limit" ID },

	[RP_CONNECTIONS] = { 450, "4.7.0", "too many connections from {ip} in "
	    "this minute, please try again" ID,
	    "connections-per-minute" },
	[RP_RATE] = { 450, "4.7.0", "too many messages from {ip} in this "
	    "minute, please try again" ID,
	    "messages-per-minute" },

	[RP_NO_RELAY] = { 550, "5.7.1", "we take no mail for {what}" ID,
	    "relay" },
	[RP_NO_USER] = { 550, "5.1.1", "no such address here: {what}" ID,
	    "unknown-user" },
	[RP_FULL] = { 452, "4.2.2", "mailbox full: {what}" ID,
	    "full" },

	[RP_BARE_DATA] = { 550, "5.5.2",
	    "the message holds a bare CR or LF (RFC 5321 2.3.8)" ID,
	    "line-ends" },
	[RP_NUL_DATA] = { 550, "5.6.0", "the message holds a NUL byte" ID,
	    "nul" },
	[RP_HEADER] = { 552, "5.3.4",
	    "the message's header is over our limits" ID,
	    "header" },
	[RP_LOOP] = { 554, "5.4.6", "mail loop: it has been here before" ID,
	    "loop" },
	[RP_LOCAL] = { 451, "4.3.0", "local error, please try again" ID,
	    "local" },
	[RP_DISK] = { 452, "4.3.1", "no space at the moment" ID,
	    "disk" },

	[RP_LISTED] = { 550, "5.7.1",
	    "Mail from {ip} is refused: {subject} is in the block list "
	    "{reason}.\nCheck and remove: {see}\n"
	    "Refused ({brief}). Wrong? {contact}, quote {id}" },
	[RP_POOR] = { 550, "5.7.1",
	    "Mail from {ip} is refused: poor reputation ({reason}).\n"
	    "Refused ({brief}). Wrong? {contact}, quote {id}" },
	[RP_REFUSE] = { 550, "5.7.1",
	    "Mail from {ip} is refused.\nWrong? {contact}, quote {id}" },
	[RP_DEFER] = { 451, "4.7.1", "please try again later" ID },
	[RP_DOUBT] = { 451, "4.4.3",
	    "Cannot check {ip} at the moment, please try again" ID },
	[RP_GREY] = { 451, "4.7.1",
	    "Greylisted, first contact: try again in 5 minutes" ID },
};

/* Text being put together; what does not fit is left out. */
struct text {
	char  *p;
	size_t len, max;
};

static void
text_put(struct text *t, struct str s)
{
	size_t n = s.len < t->max - t->len ? s.len : t->max - t->len;

	if (n > 0)
		memcpy(t->p + t->len, s.p, n);
	t->len += n;
}

const struct reply_row *
reply_row(enum reply_id id)
{
	must(id < RP_COUNT && rows[id].code != 0);
	return &rows[id];
}

/* --- placeholders -------------------------------------------------------- */

static const struct placeholder {
	const char *name;
	size_t      offset;
} placeholders[] = {
	{ "host", offsetof(struct reply_words, host) },
	{ "id", offsetof(struct reply_words, id) },
	{ "what", offsetof(struct reply_words, what) },
	{ "ip", offsetof(struct reply_words, ip) },
	{ "subject", offsetof(struct reply_words, subject) },
	{ "reason", offsetof(struct reply_words, reason) },
	{ "brief", offsetof(struct reply_words, brief) },
	{ "see", offsetof(struct reply_words, see) },
	{ "contact", offsetof(struct reply_words, contact) },
};

static const struct str *
word_of(const struct reply_words *words, struct str name)
{
	size_t i;

	for (i = 0; i < COUNT(placeholders); i++)
		if (str_eq(name, str_of(placeholders[i].name)))
			return (const struct str *)(const void *)
			    ((const char *)words + placeholders[i].offset);
	return NULL;
}

/* Only {what} holds what a stranger typed just now; the others are ours or
 * were checked, and reply_write has the last word on all of them. */
static void
put_word(struct text *t, const struct reply_words *words,
    const struct str *word)
{
	char safe[REPLY_WHAT];

	if (word != &words->what) {
		text_put(t, *word);
		return;
	}
	text_put(t, (struct str){ safe, text_escape(*word, safe,
	    sizeof safe) });
}

/* One line of a text. A line whose link is empty has nothing to say. */
static void
fill_line(struct text *t, struct str line, const struct reply_words *words)
{
	const struct str *word;
	struct str name;
	size_t at;

	while (line.len > 0) {
		at = str_find(line, '{');
		text_put(t, str_sub(line, 0, at));
		line = str_from(line, at);
		if (line.len == 0)
			return;
		name = str_sub(line, 1, str_find(line, '}') - 1);
		word = word_of(words, name);
		must(word != NULL);
		put_word(t, words, word);
		line = str_from(line, name.len + 2);
	}
}

static bool
is_empty_link(struct str line, const struct reply_words *words)
{
	size_t i;

	if (words->see.len > 0)
		return false;
	for (i = 0; i < line.len; i++)
		if (str_starts(str_from(line, i), STR("{see}")))
			return true;
	return false;
}

size_t
reply_fill(struct str text, const struct reply_words *words,
    char out[REPLY_TEXT])
{
	struct text t = { out, 0, REPLY_TEXT };
	struct str line;

	while (text.p != NULL) {
		line = str_split(&text, '\n');
		if (is_empty_link(line, words))
			continue;
		if (t.len > 0)
			text_put(&t, STR("\n"));
		fill_line(&t, line, words);
	}
	return t.len;
}

/* --- lines --------------------------------------------------------------- */

#define FOLDS 16   /* lines looked at; the longest text has fewer           */

struct folds {
	struct str line[FOLDS];
	size_t     count;
};

/* Cuts one line where the last word that still fits ends. */
static void
fold_line(struct folds *f, struct str line, size_t width)
{
	size_t at;

	do {
		at = line.len;
		if (at > width) {
			at = str_find_last(str_sub(line, 0, width + 1), ' ');
			if (at == 0 || at > width)
				at = width;
		}
		if (f->count < FOLDS)
			f->line[f->count++] = str_sub(line, 0, at);
		line = str_from(line, at);
		if (line.len > 0 && line.p[0] == ' ')
			line = str_from(line, 1);
	} while (line.len > 0);
}

/* Too many lines: the first two and the last two stay. */
static void
fold_drop(struct folds *f)
{
	const size_t half = REPLY_LINES / 2;

	if (f->count <= REPLY_LINES)
		return;
	memmove(f->line + half, f->line + f->count - half,
	    half * sizeof f->line[0]);
	f->count = REPLY_LINES;
}

static void
put_plain(struct text *t, struct str s)
{
	size_t i;
	char c;

	for (i = 0; i < s.len; i++) {
		c = s.p[i];
		if (c < ' ' || c > '~')
			c = '?';
		text_put(t, (struct str){ &c, 1 });
	}
}

static void
put_line(struct text *t, int code, bool is_last, struct str enhanced,
    struct str line)
{
	char head[4];

	head[0] = (char)('0' + code / 100 % 10);
	head[1] = (char)('0' + code / 10 % 10);
	head[2] = (char)('0' + code % 10);
	head[3] = is_last ? ' ' : '-';
	text_put(t, (struct str){ head, 4 });
	if (enhanced.len > 0) {
		put_plain(t, enhanced);
		text_put(t, STR(" "));
	}
	put_plain(t, line);
	text_put(t, STR("\r\n"));
}

size_t
reply_write(int code, struct str enhanced, struct str text,
    char out[REPLY_MAX])
{
	struct text t = { out, 0, REPLY_MAX };
	struct folds folds = { .count = 0 };
	size_t i, width;

	enhanced = str_sub(enhanced, 0, 9);
	width = REPLY_LINE - 4 - (enhanced.len > 0 ? enhanced.len + 1 : 0);
	do {
		fold_line(&folds, str_split(&text, '\n'), width);
	} while (text.p != NULL);
	fold_drop(&folds);
	for (i = 0; i < folds.count; i++)
		put_line(&t, code, i + 1 == folds.count, enhanced,
		    folds.line[i]);
	return t.len;
}

size_t
reply_make(enum reply_id id, const struct reply_words *words,
    char out[REPLY_MAX])
{
	const struct reply_row *row = reply_row(id);
	char text[REPLY_TEXT];
	size_t n;

	n = reply_fill(str_of(row->text), words, text);
	return reply_write(row->code, str_of(row->enhanced),
	    (struct str){ text, n }, out);
}

/* --- EHLO ---------------------------------------------------------------- */

/* What a client may use. Those that wait for their issue have their row;
 * nothing is offered that is not done (RFC 5321 4.1.1.1). SIZE, which has a
 * number, comes last. */
static const struct extension {
	const char *text;
	enum { OF_ALWAYS, OF_IN_CLEAR, OF_NEVER } offered;
} extensions[] = {
	{ "PIPELINING", OF_ALWAYS },
	{ "8BITMIME", OF_ALWAYS },
	{ "ENHANCEDSTATUSCODES", OF_ALWAYS },
	{ "STARTTLS", OF_IN_CLEAR },    /* RFC 3207 4.2: not in TLS         */
	{ "CHUNKING", OF_NEVER },
	{ "SMTPUTF8", OF_NEVER },
};

size_t
reply_ehlo(struct str host, bool has_tls, uint64_t size_limit,
    char out[REPLY_MAX])
{
	struct text t = { out, 0, REPLY_MAX };
	const struct str none = { 0 };
	char size[32];
	size_t i;
	int n;

	put_line(&t, 250, false, none, host);
	for (i = 0; i < COUNT(extensions); i++)
		if (extensions[i].offered == OF_ALWAYS ||
		    (extensions[i].offered == OF_IN_CLEAR && has_tls))
			put_line(&t, 250, false, none,
			    str_of(extensions[i].text));
	n = snprintf(size, sizeof size, "SIZE %llu",
	    (unsigned long long)size_limit);
	put_line(&t, 250, true, none, (struct str){ size, (size_t)n });
	return t.len;
}
