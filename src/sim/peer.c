/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer - a client in memory: the one of a case delivers a message like any
 * orderly sender, the one of a dialogue says what it is told to.
 *
 * Called by: sim/run.c, as a fiber of each scene.
 * Always holds: a reply is read strictly (RFC 5321 4.2: three digits, "-" or
 * space, CR LF, one code for all lines), so a server that breaks that fails
 * every play; after the first surprise nothing more is sent.
 * KNOWN GAPS: the orderly client does not pipeline; dialogues do.
 */
#include "base/log.h"
#include "run/pipe.h"
#include "run/tls.h"
#include "sim/compare.h"
#include "sim/message.h"
#include "sim/peer.h"

#define LINE_MOST 4096
#define PATIENCE  (30 * 60 * SEC)  /* longer than any limit of the server  */

/* One reply of the server. */
struct reply {
	unsigned   code;
	struct str text;     /* all lines, CR LF between them               */
};

/* ------------------------------------------------------------------------
 * The transcript: "0.250 < 250 2.1.5 ok", a line each.
 */

/* Escaped, so that the transcript is text whatever was sent. What is over
 * its cap (1 MiB) is left out. */
static void
note(struct peer *p, char side, struct str line)
{
	usec_t ms = (world_now(p->world) - p->began) / MSEC;
	char text[512];
	size_t n = text_escape(line, text, sizeof text);

	(void)buf_addf(&p->transcript, "%5lld.%03d %c %.*s\n",
	    (long long)(ms / 1000), (int)(ms % 1000), side, (int)n, text);
}

/* Several lines of one write, each on its own. */
static void
note_all(struct peer *p, char side, struct str bytes)
{
	struct str line;

	while (bytes.len > 0) {
		line = str_split(&bytes, '\n');
		if (line.len > 0 && line.p[line.len - 1] == '\r' &&
		    bytes.p != NULL)
			line.len--;
		note(p, side, line);
	}
}

/* ------------------------------------------------------------------------
 * Bytes.
 */

static WAITS int
put(struct peer *p, struct str bytes)
{
	usec_t until = world_now(p->world) + PATIENCE;
	int rc = stream_put(p->stream, bytes, until);

	return rc != 0 ? rc : stream_flush(p->stream, until);
}

static WAITS int
say(struct peer *p, struct str bytes)
{
	note_all(p, '>', bytes);
	return put(p, bytes);
}

/* A command: VERB, what, end, CR LF. */
static WAITS int
sayf(struct peer *p, const char *verb, struct str what, const char *end)
{
	return say(p, arena_printf(p->arena, "%s%.*s%s\r\n", verb,
	    STR_ARG(what), end));
}

/* Its code, or -E_INVALID. *last: no line follows. */
static int
line_code(struct str line, bool *last)
{
	uint64_t code;

	if (line.len < 3 || str_number(str_sub(line, 0, 3), 599, &code) != 0 ||
	    code < 200)
		return -E_INVALID;
	if (line.len > 3 && line.p[3] != '-' && line.p[3] != ' ')
		return -E_INVALID;
	*last = line.len == 3 || line.p[3] == ' ';
	return (int)code;
}

/* A whole reply. -E_INVALID: not one that RFC 5321 4.2 knows. */
static WAITS int
hear(struct peer *p, struct reply *reply)
{
	usec_t until = world_now(p->world) + PATIENCE;
	struct str line, text = { 0 };
	enum line_end end;
	bool last = false;
	int rc, code = 0;

	while (!last) {
		rc = stream_line(p->stream, LINE_MOST, LINE_MOST, until,
		    &line, &end);
		if (rc != 0)
			return rc;
		note(p, '<', line);
		rc = line_code(line, &last);
		if (end != LINE_CRLF || rc < 0 || (code != 0 && rc != code))
			return -E_INVALID;
		code = rc;
		text = arena_printf(p->arena, "%.*s%s%.*s", STR_ARG(text),
		    text.len > 0 ? "\r\n" : "", STR_ARG(line));
	}
	reply->code = (unsigned)code;
	reply->text = text;
	return 0;
}

static const char *
trouble_words(int rc)
{
	switch (-rc) {
	case E_EOF:     return "the server closed";
	case E_RESET:   return "the connection broke";
	case E_TIMEOUT: return "no reply within 30 minutes";
	case E_INVALID: return "not a reply by RFC 5321 4.2";
	}
	return error_word(rc);
}

/* ------------------------------------------------------------------------
 * A case.
 */

/* Whether the server said 2xx or 3xx to this. */
static WAITS bool
asks(struct peer *p, const char *verb, struct str what, const char *end)
{
	struct reply reply;

	return sayf(p, verb, what, end) == 0 && hear(p, &reply) == 0 &&
	    reply.code < 400;
}

static WAITS void
send_message(struct peer *p)
{
	struct reply reply;

	if (!asks(p, "DATA", STR(""), ""))
		return;
	(void)buf_addf(&p->transcript, "%9s > (%zu bytes)\n", "",
	    p->scene->message.len);
	if (put(p, message_stuffed(p->scene->message, p->arena)) == 0)
		(void)hear(p, &reply);
}

/* As far as the case says something and the server agrees. */
static WAITS void
deliver(struct peer *p)
{
	const struct scene *s = p->scene;
	size_t i, taken = 0;
	struct reply reply;

	if (hear(p, &reply) != 0 || reply.code >= 400 || !s->has_helo ||
	    !asks(p, "EHLO ", s->helo, "") || !s->has_sender ||
	    !asks(p, "MAIL FROM:<", s->sender, ">"))
		return;
	for (i = 0; i < s->rcpt_count; i++)
		taken += asks(p, "RCPT TO:<", s->rcpts[i], ">");
	if (taken > 0)
		send_message(p);
}

/* QUIT comes last, also when something was refused, as RFC 5321 4.1.1.10
 * asks. */
static WAITS void
play_case(struct peer *p)
{
	struct reply reply;

	deliver(p);
	if (sayf(p, "QUIT", STR(""), "") == 0)
		(void)hear(p, &reply);
}

/* ------------------------------------------------------------------------
 * A dialogue.
 */

/* The step as the play wrote it, and what came. */
static void
blame(struct peer *p, const struct step *step, struct str got)
{
	struct str want = STR("< closed");

	if (step->act == AC_REPLY)
		want = arena_printf(p->arena, "< %u%s%.*s%s%.*s%s%.*s",
		    step->code, step->enhanced.len > 0 ? " " : "",
		    STR_ARG(step->enhanced), step->has.len > 0 ? " has " :
		    "", STR_ARG(step->has), step->text.len > 0 ? " ~ " : "",
		    STR_ARG(step->text));
	outcome_blame(p->outcome, step->place, want, got);
}

static bool
starts_with_word(struct str text, struct str word)
{
	return str_starts_case(text, word) && (text.len == word.len ||
	    text.p[word.len] == ' ' || text.p[word.len] == '\r' ||
	    text.p[word.len] == '=');
}

/* has: a line of an EHLO reply, "SIZE 1000" or "AUTH=PLAIN" as well. */
static bool
fits(const struct step *step, const struct reply *reply)
{
	struct str rest = reply->text, line;
	bool has = step->has.len == 0;

	if (reply->code != step->code || !text_has(reply->text, step->text))
		return false;
	if (step->enhanced.len > 0 && !starts_with_word(
	    str_from(reply->text, 4), step->enhanced))
		return false;
	while (!has && rest.len > 0) {
		line = str_split(&rest, '\n');
		has = starts_with_word(str_from(line, 4), step->has);
	}
	return has;
}

static WAITS bool
step_reply(struct peer *p, const struct step *step)
{
	struct reply reply;
	int rc = hear(p, &reply);

	if (rc == 0 && fits(step, &reply))
		return true;
	blame(p, step, rc == 0 ? reply.text : str_of(trouble_words(rc)));
	return false;
}

static WAITS bool
step_closed(struct peer *p, const struct step *step)
{
	struct reply reply;
	int rc = hear(p, &reply);

	if (rc == -E_EOF || rc == -E_RESET) {
		note(p, '<', STR("(closed)"));
		return true;
	}
	blame(p, step, rc == 0 ? reply.text : str_of(trouble_words(rc)));
	return false;
}

/* Records of TLS are not in the transcript: they differ each time. */
static WAITS bool
step_tls(struct peer *p, const struct step *step)
{
	struct fault fault = { "" };
	int rc = tls_connect(p->stream, step->text, TLS_ANY,
	    world_now(p->world) + PATIENCE, &fault);

	note(p, '>', rc == 0 ? STR("(TLS)") : STR("(no TLS)"));
	if (rc == 0)
		return true;
	outcome_blame(p->outcome, step->place, STR("TLS"),
	    arena_printf(p->arena, "%s", fault.text[0] != '\0' ?
	    fault.text : trouble_words(rc)));
	return false;
}

/* False: the dialogue is not worth going on with. */
static WAITS bool
step_do(struct peer *p, const struct step *step)
{
	switch (step->act) {
	case AC_SEND:
		/* A server that has hung up shows at the next "<". */
		(void)say(p, step->text);
		return true;
	case AC_REPLY:
		return step_reply(p, step);
	case AC_CLOSED:
		return step_closed(p, step);
	case AC_WAIT:
		return fiber_sleep(world_now(p->world) + step->span) == 0;
	case AC_TLS:
		return step_tls(p, step);
	case AC_CLOSE:
		note(p, '>', STR("(closed)"));
		stream_shut(p->stream);
		return true;
	case AC_RESET:
		note(p, '>', STR("(reset)"));
		pipe_reset(p->stream);
		return true;
	}
	return false;
}

/* What the server says unasked, once it had its turn. */
static WAITS void
hear_the_rest(struct peer *p)
{
	struct reply reply;

	if (fiber_sleep(world_now(p->world)) != 0 ||
	    !stream_has_bytes(p->stream) || hear(p, &reply) != 0)
		return;
	outcome_blame(p->outcome, p->scene->place,
	    STR("nothing more behind the last line"), reply.text);
}

static WAITS void
play_dialogue(struct peer *p)
{
	const struct step *step;

	for (step = p->scene->steps; step != NULL; step = step->next)
		if (!step_do(p, step))
			return;
	hear_the_rest(p);
}

WAITS void
peer_main(void *arg)
{
	struct peer *p = arg;

	if (p->scene->is_dialogue)
		play_dialogue(p);
	else
		play_case(p);
	stream_free(&p->stream);
	p->is_done = true;
}
