/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control - a conversation with a tool: one request, its rows, the end.
 *
 * Called by: daemon/keeper.c, on a fiber for each conversation.
 * Always holds: nothing is changed by a request but counters of questions; a
 * request that is none gets an end that says so. What a row is made of is
 * looked up again after each wait.
 *
 *	request = verb *( SP word ) [CR] LF
 *
 * KNOWN GAPS: doctor asks one address outside (whoami of lists/resolvers) who
 * our resolver is, at most once in ten minutes.
 */
#include "config.h"

#include "keeper/control.h"

#include <string.h>

#include "base/log.h"
#include "keeper/control_list.h"
#include "run/board.h"

#define ANSWER_MOST (1u << 20)
#define SEEN_TIME   (600 * SEC)
#define ECHO        64          /* bytes of a request in a complaint        */

enum { END_GOOD, END_NO, END_CANNOT };

/* ------------------------------------------------------------------------
 * The request.
 */

static const struct {
	const char *word;
	unsigned    least, most;   /* words behind it                       */
	const char *form;
} verbs[CV_COUNT] = {
	[CV_DOCTOR] = { "doctor", 0, 1, "doctor [LIST]" },
	[CV_LISTS] = { "lists", 0, 0, "lists" },
	[CV_ASK] = { "ask", 1, 2, "ask ADDRESS|DOMAIN [LIST]" },
	[CV_STATUS] = { "status", 0, 0, "status" },
};

static struct str
next_word(struct str *line)
{
	*line = str_trim(*line);
	return str_split(line, ' ');
}

static enum control_verb
find_verb(struct str word)
{
	enum control_verb v;

	for (v = 0; v < CV_COUNT; v++)
		if (str_eq(word, str_of(verbs[v].word)))
			break;
	return v;
}

int
control_parse(struct str line, struct control_request *out,
    struct fault *fault)
{
	struct str word = next_word(&line), words[2] = { { 0 }, { 0 } };
	enum control_verb verb = find_verb(word);
	char echo[ECHO];
	unsigned n = 0;

	if (verb == CV_COUNT) {
		fault_set(fault, "there is no verb \"%.*s\"; there are "
		    "doctor, lists, ask, status",
		    (int)text_escape(word, echo, sizeof echo), echo);
		return -E_INVALID;
	}
	while (n < COUNT(words) &&
	    (words[n] = next_word(&line)).len > 0)
		n++;
	if (n < verbs[verb].least || n > verbs[verb].most ||
	    str_trim(line).len > 0) {
		fault_set(fault, "the form is: %s", verbs[verb].form);
		return -E_INVALID;
	}
	*out = (struct control_request){ .verb = verb,
		.subject = verb == CV_ASK ? words[0] : STR(""),
		.list = verb == CV_ASK ? words[1] : words[0] };
	return 0;
}

/* ------------------------------------------------------------------------
 * Answers.
 */

struct answering {
	struct control_view          *view;
	const struct control_request *request;
	struct arena                 *arena;
	struct buf                   *out;
	struct fault                  fault;
	int                           status;     /* END_*                  */
};

static int
cannot(struct answering *w, const char *why)
{
	fault_set(&w->fault, "%s", why);
	w->status = END_CANNOT;
	return 0;
}

/* What was found out is kept, so that a monitor that asks each minute is no
 * burden to those who are asked. */
static WAITS int
look_at_resolver(struct answering *w)
{
	struct control_view *v = w->view;
	struct resolver_seen seen;
	int rc;

	if (v->seen_until != 0 && world_now(v->world) < v->seen_until)
		return 0;
	rc = resolver_look(v->book, &v->settings->resolver, v->world,
	    v->names, w->arena, &seen);
	if (rc != 0)
		return rc;
	if (seen.name.len > sizeof v->seen_name)
		seen.name.len = sizeof v->seen_name;
	memcpy(v->seen_name, seen.name.p == NULL ? "" : seen.name.p,
	    seen.name.len);
	seen.name.p = v->seen_name;
	v->seen = seen;
	v->seen_until = world_now(v->world) + SEEN_TIME;
	return 0;
}

static const char *const place_words[] = {
	[RS_UNKNOWN] = "unknown", [RS_OWN] = "own", [RS_PUBLIC] = "public",
	[RS_HOSTER] = "hoster",
};

static struct str
resolver_remedy(const struct resolver_seen *seen, bool is_rewriting)
{
	if (is_rewriting)
		return STR("take a resolver that does not rewrite \"no such "
		    "name\", such as unbound on this machine");
	if (seen->place == RS_PUBLIC)
		return STR("take a resolver of your own, such as unbound on "
		    "this machine: most block lists refuse public ones");
	return STR("");
}

static int
resolver_row(struct answering *w)
{
	const struct control_view *v = w->view;
	const struct endpoint *server = &v->settings->resolver.servers[0];
	json_t *row = row_new("resolver");
	struct ip with;
	bool is_rewriting = doctor_sees_rewriting(v->doctor, &with);

	row_ip(row, "server", server->ip);
	row_number(row, "port", server->port);
	row_text(row, "place", str_of(place_words[v->seen.place]));
	row_text(row, "who", v->seen.who);
	if (v->seen.has_outside)
		row_ip(row, "outside", v->seen.outside);
	else
		row_none(row, "outside");
	row_text(row, "name", v->seen.name);
	if (is_rewriting)
		row_ip(row, "rewrites", with);
	else
		row_none(row, "rewrites");
	row_text(row, "do", resolver_remedy(&v->seen, is_rewriting));
	return row_end(row, w->out);
}

/* A round that takes too long is shown as it stands. */
static WAITS int
answer_doctor(struct answering *w)
{
	struct control_view *v = w->view;
	struct str name = w->request->list;
	const struct patient *p;
	size_t i, count;
	int rc;

	rc = doctor_look(v->doctor, name, world_now(v->world) + CONTROL_LOOK);
	if (rc == -E_NOTFOUND)
		return cannot(w, "the policy uses no such list");
	if (rc == -E_CANCELED)
		return rc;
	rc = look_at_resolver(w);
	p = doctor_patients(v->doctor, &count);
	for (i = 0; i < count && rc == 0; i++) {
		if (name.len > 0 && !str_eq(name, p[i].list->name))
			continue;
		if (belief_rank(p[i].health.sign.state) == 2)
			w->status = END_NO;
		rc = row_end(control_patient(v, &p[i], w->arena), w->out);
	}
	return rc != 0 ? rc : resolver_row(w);
}

static int
answer_lists(struct answering *w)
{
	struct list *const *lists;
	size_t i, count;
	int rc = 0;

	lists = policy_lists(w->view->policy, &count);
	for (i = 0; i < count && rc == 0; i++)
		rc = row_end(control_described(w->view, lists[i], w->arena),
		    w->out);
	return rc;
}

static const char *const heard_words[] = {
	[HEARD_CLEAN] = "clean", [HEARD_LISTED] = "listed",
	[HEARD_STRANGE] = "strange", [HEARD_ERROR] = "error",
	[HEARD_FOREIGN] = "foreign", [HEARD_TROUBLE] = "trouble",
};

/* A list may name the zone in which it was asked, and so the key in it. */
static struct str
without_key(struct str text, struct str key, struct arena *a)
{
	struct str copy = arena_str(a, text);
	char *p = arena_alloc(a, copy.len + 1);
	size_t i;

	if (copy.len == 0 || key.len == 0)
		return copy;
	memcpy(p, copy.p, copy.len);
	for (i = 0; i + key.len <= copy.len; i++)
		if (str_starts_case(str_from(copy, i), key))
			memset(p + i, '*', key.len);
	return (struct str){ p, copy.len };
}

static int
asked_row(struct answering *w, const struct asked_list *l)
{
	json_t *row = row_new("asked"), *answers;
	size_t i;

	row_text(row, "list", l->list->name);
	row_text(row, "heard", str_of(heard_words[l->heard]));
	if (l->error != 0)
		row_text(row, "error", str_of(error_word(l->error)));
	else
		row_none(row, "error");
	answers = row_array(row, "answers");
	for (i = 0; i < l->answer_count; i++)
		row_more(answers, ip_text(w->arena, l->answers[i]));
	row_text(row, "codes", l->codes);
	row_text(row, "text", without_key(l->text, l->list->key, w->arena));
	row_number(row, "ttl", l->ttl);
	row_seconds(row, "took", l->took);
	return row_end(row, w->out);
}

static WAITS int
answer_ask(struct answering *w)
{
	bool is_listed = false, is_heard = false;
	struct asked_list *all;
	size_t i, count;
	int rc;

	rc = doctor_ask(w->view->doctor, w->request->subject,
	    w->request->list, w->arena, &all, &count);
	if (rc == -E_INVALID)
		return cannot(w, "that is no public address and no domain");
	if (rc == -E_NOTFOUND)
		return cannot(w, w->request->list.len > 0 ?
		    "no such list can be asked about that" :
		    "no list that is well can be asked about that");
	for (i = 0; i < count && rc == 0; i++) {
		is_listed |= all[i].heard == HEARD_LISTED;
		is_heard |= all[i].heard != HEARD_TROUBLE;
		rc = asked_row(w, &all[i]);
	}
	if (rc == 0 && !is_heard)
		return cannot(w, "no list answered");
	w->status = is_listed ? END_GOOD : END_NO;
	return rc;
}

static int
answer_status(struct answering *w)
{
	static const struct { const char *name; enum tally tally; } counts[] =
	{
		{ "open", TL_OPEN }, { "sessions", TL_SESSIONS },
		{ "accepted", TL_ACCEPTED }, { "junked", TL_JUNKED },
		{ "deferred", TL_DEFERRED }, { "refused", TL_REFUSED },
		{ "dropped", TL_DROPPED }, { "dns_asked", TL_DNS_ASKED },
		{ "early", TL_EARLY }, { "early_answers", TL_EARLY_ANSWERS },
	};
	const struct control_view *v = w->view;
	json_t *row = row_new("status");
	int64_t n;
	size_t i;

	row_text(row, "version", STR(PACKAGE_VERSION));
	row_text(row, "name", v->settings->name);
	row_text(row, "policy", policy_name(v->policy));
	row_text(row, "hash", str_of(policy_hash(v->policy)));
	for (i = 0; i < COUNT(counts); i++) {
		n = board_total(v->world->board, counts[i].tally);
		row_number(row, counts[i].name, n < 0 ? 0 : (uint64_t)n);
	}
	n = board_total(v->world->board, TL_EARLY_MSEC);
	row_seconds(row, "early_time", n * MSEC);
	return row_end(row, w->out);
}

static WAITS int
answer(struct answering *w)
{
	switch (w->request->verb) {
	case CV_DOCTOR:
		return answer_doctor(w);
	case CV_LISTS:
		return answer_lists(w);
	case CV_ASK:
		return answer_ask(w);
	case CV_STATUS:
		return answer_status(w);
	case CV_COUNT:
		break;
	}
	return -E_INVALID;
}

static int
end_row(int status, const struct fault *fault, struct buf *out)
{
	json_t *row = row_new("end");

	row_number(row, "status", (uint64_t)status);
	row_text(row, "error", str_of(fault->text));
	return row_end(row, out);
}

int
control_answer(struct control_view *view,
    const struct control_request *request, struct buf *out)
{
	struct answering w = { .view = view, .request = request,
		.arena = arena_new(0), .out = out };
	int rc = answer(&w);

	arena_free(&w.arena);
	return rc != 0 ? rc : end_row(w.status, &w.fault, out);
}

/* ------------------------------------------------------------------------
 * The conversation.
 */

/* Returns 0; -E_INVALID with a fault; else nobody listens any more. */
static WAITS int
hear(struct control_view *view, struct stream *stream, struct str *line,
    struct fault *fault)
{
	enum line_end end;
	int rc = stream_line(stream, CONTROL_LINE, 2 * CONTROL_LINE,
	    world_now(view->world) + CONTROL_TIME, line, &end);

	if (rc != 0)
		return rc;
	if (end == LINE_CRLF || end == LINE_BARE)
		return 0;
	fault_set(fault, "a request is one line of at most %d bytes",
	    CONTROL_LINE);
	return -E_INVALID;
}

static WAITS void
give(struct control_view *view, struct stream *stream, const struct buf *out)
{
	usec_t until = world_now(view->world) + CONTROL_TIME;

	if (stream_put(stream, buf_str(out), until) == 0)
		(void)stream_flush(stream, until);
}

void
control_serve(struct control_view *view, struct stream *stream)
{
	struct buf out = BUF_INIT(ANSWER_MOST);
	struct arena *arena = arena_new(0);
	struct control_request request;
	struct fault fault = { "" };
	struct str line;
	int rc;

	rc = hear(view, stream, &line, &fault);
	if (rc == 0) {
		line = arena_str(arena, line);
		rc = control_parse(line, &request, &fault);
	}
	if (rc == 0)
		rc = control_answer(view, &request, &out);
	else if (rc == -E_INVALID)
		rc = end_row(END_CANNOT, &fault, &out);
	if (rc == 0)
		give(view, stream, &out);
	buf_free(&out);
	arena_free(&arena);
}
