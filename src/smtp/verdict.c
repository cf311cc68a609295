/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict - a verdict in words for the side that is refused.
 *
 *	a line of the policy     its own text
 *	the threshold            its heaviest reason: a list by its title, with
 *	                         a link; else what was odd, in words
 *	a deferral               that we could not tell, or to come again
 *
 * Called by: RCPT, the end of data, and wherever a line drops.
 * Always holds: who is refused learns what of him was judged, whom to ask and
 * what to quote; never a key, a path, a rule's inside or a score; at most two
 * reasons, as the verdict gives them, so never by order of arrival.
 *
 * Source: interfaces.md "Reply texts"; RFC 3463 and 7372 for the codes.
 */
#include "smtp/session.h"

#include <string.h>

/* A piece of text that is put together; what does not fit is left out. */
struct line {
	char   p[256];
	size_t len;
};

static void
line_put(struct line *l, struct str s)
{
	size_t room = sizeof l->p - l->len;

	if (s.len > room)
		s.len = room;
	if (s.len > 0)
		memcpy(l->p + l->len, s.p, s.len);
	l->len += s.len;
}

static struct str
line_str(const struct line *l)
{
	return (struct str){ l->p, l->len };
}

/* --- which thing was listed ---------------------------------------------- */

/* Of a list that is asked about several things: the one that was found. */
static enum subject
subject_of(const struct session *s, const struct part *part)
{
	const struct fact *fact = s->desk.facts->fact;
	int i, number;

	for (i = 0; i < SUBJECT_COUNT; i++) {
		if (!part->list->asks[i])
			continue;
		if (part->list->subjects == 1)
			return (enum subject)i;
		number = part->code->by_subject[i];
		if (number >= 0 && fact[number].status == FS_KNOWN &&
		    fact[number].truth)
			return (enum subject)i;
	}
	return SUBJECT_CLIENT;
}

/* The domain that a list was asked about; empty for an address. */
static struct str
subject_text(const struct session *s, enum subject subject)
{
	switch (subject) {
	case SUBJECT_NAME:
		return judge_client_name(s);
	case SUBJECT_HELO:
		return s->desk.helo;
	case SUBJECT_SENDER:
		return s->desk.sender == NULL ? (struct str){ 0 } :
		    s->desk.sender->domain;
	case SUBJECT_CLIENT:
	case SUBJECT_DKIM:
	case SUBJECT_COUNT:
		break;
	}
	return (struct str){ 0 };
}

/* --- reasons in words ---------------------------------------------------- */

static void
put_upper(struct line *l, struct str s)
{
	size_t i;
	char c;

	for (i = 0; i < s.len; i++) {
		c = s.p[i];
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		line_put(l, (struct str){ &c, 1 });
	}
}

/* "Spamhaus ZEN (XBL)"; brief: without the parentheses. A code that only
 * says "listed" adds nothing. */
static void
put_list(struct line *l, const struct part *part, bool is_brief)
{
	line_put(l, part->list->title);
	if (str_eq(part->code->name, STR("listed")))
		return;
	line_put(l, is_brief ? STR(" ") : STR(" ("));
	put_upper(l, part->code->name);
	if (!is_brief)
		line_put(l, STR(")"));
}

/* "no-reverse" is "no reverse". */
static void
put_name(struct line *l, struct str name)
{
	size_t i;
	char c;

	for (i = 0; i < name.len; i++) {
		c = name.p[i] == '-' ? ' ' : name.p[i];
		line_put(l, (struct str){ &c, 1 });
	}
}

static void
put_reason(struct line *l, const struct part *part, bool is_brief)
{
	if (part->list != NULL && part->code != NULL)
		put_list(l, part, is_brief);
	else
		put_name(l, part->name);
}

/* The link of a list with its place filled. */
static void
put_see(struct line *l, struct str see, const char *ip, struct str domain)
{
	struct str name;
	size_t at;

	while (see.len > 0) {
		at = str_find(see, '{');
		line_put(l, str_sub(see, 0, at));
		see = str_from(see, at);
		if (see.len == 0)
			break;
		name = str_sub(see, 0, str_find(see, '}') + 1);
		if (str_eq(name, STR("{ip}")))
			line_put(l, str_of(ip));
		else if (str_eq(name, STR("{domain}")))
			line_put(l, domain);
		see = str_from(see, name.len);
	}
}

/* --- replies ------------------------------------------------------------- */

/* Whom to ask: reachable from everywhere, since postmaster always is. */
static void
put_contact(struct line *l, const struct session *s, const struct path *rcpt)
{
	const struct settings *conf = s->server->settings;

	if (conf->postmaster.len > 0) {
		line_put(l, conf->postmaster);
		return;
	}
	line_put(l, STR("postmaster@"));
	if (rcpt != NULL && rcpt->domain.len > 0)
		line_put(l, rcpt->domain);
	else
		line_put(l, conf->domain_count > 0 ? conf->domains[0].name :
		    conf->name);
}

/* The link of the first reason that has one. */
static void
put_link(struct line *l, const struct verdict *v, size_t count,
    const char *ip, struct str domain)
{
	size_t i;

	for (i = 0; i < count && l->len == 0; i++)
		put_see(l, v->reason[i]->list->see, ip, domain);
}

/* A refusal by the sum. */
static enum reply_id
by_sum(const struct session *s, const struct verdict *v,
    struct reply_words *w, struct line *reason, struct line *brief,
    struct line *see)
{
	const struct part *first = v->reason_count > 0 ? v->reason[0] : NULL;
	bool is_listed = first != NULL && first->list != NULL;
	enum subject subject = SUBJECT_CLIENT;
	size_t i;

	if (first == NULL)
		return RP_REFUSE;
	if (is_listed)
		subject = subject_of(s, first);
	for (i = 0; i < v->reason_count; i++) {
		if (i > 0 && is_listed && (v->reason[i]->list == NULL ||
		    subject_of(s, v->reason[i]) != subject))
			break;
		if (i > 0)
			line_put(reason, is_listed ? STR(" and ") : STR(", "));
		put_reason(reason, v->reason[i], false);
	}
	put_reason(brief, first, true);
	if (!is_listed)
		return RP_POOR;
	w->subject = subject_text(s, subject);
	put_link(see, v, i, w->ip.p, w->subject);
	if (w->subject.len == 0)
		w->subject = STR("this address");
	return RP_LISTED;
}

/* The row for a verdict whose line has no text. */
static enum reply_id
without_text(const struct session *s, const struct verdict *v,
    struct reply_words *w, struct line *reason, struct line *brief,
    struct line *see)
{
	switch (v->action) {
	case ACT_REFUSE:
	case ACT_DROP:
	case ACT_TRAP:
		return by_sum(s, v, w, reason, brief, see);
	case ACT_GREYLIST:
		return RP_GREY;
	case ACT_DEFER:
		return v->is_decided ? RP_DEFER : RP_DOUBT;
	case ACT_ACCEPT:
	case ACT_JUNK:
	case ACT_HOLD:
	case ACT_COUNT:
		break;
	}
	return RP_NONE;
}

/* A greeting has no enhanced code (RFC 2034 4); all else has one, and its
 * class is that of the code. */
static struct str
enhanced_of(const struct session *s, struct str said, int code)
{
	if (s->phase == PH_START)
		return (struct str){ 0 };
	if (said.len > 0 && said.p[0] == '0' + code / 100)
		return said;
	return code >= 500 ? STR("5.7.1") : STR("4.7.1");
}

/* The policy's own words, whom to ask, and what to quote. */
static size_t
own_text(const struct verdict *v, const struct reply_words *w, int code,
    struct str enhanced, char out[REPLY_MAX])
{
	struct line l = { .len = 0 };
	char text[REPLY_TEXT];
	size_t n = v->text.len;

	if (n > sizeof text - sizeof l.p)
		n = sizeof text - sizeof l.p;
	memcpy(text, v->text.p, n);
	if (code >= 500) {
		line_put(&l, STR("\nWrong? "));
		line_put(&l, w->contact);
		line_put(&l, STR(", quote "));
		line_put(&l, w->id);
	} else {
		line_put(&l, STR(" ["));
		line_put(&l, w->id);
		line_put(&l, STR("]"));
	}
	memcpy(text + n, l.p, l.len);
	return reply_write(code, enhanced, (struct str){ text, n + l.len },
	    out);
}

size_t
verdict_reply(const struct session *s, const struct verdict *v,
    const struct path *rcpt, int *code, struct str *enhanced,
    char out[REPLY_MAX])
{
	struct line contact = { .len = 0 }, reason = { .len = 0 },
	    brief = { .len = 0 }, see = { .len = 0 };
	const struct reply_row *row;
	char ip[IP_TEXT], text[REPLY_TEXT];
	struct reply_words w;
	struct str said = v->enhanced;

	session_words(s, &w, ip);
	put_contact(&contact, s, rcpt);
	w.contact = line_str(&contact);
	row = reply_row(without_text(s, v, &w, &reason, &brief, &see));
	w.reason = line_str(&reason);
	w.brief = line_str(&brief);
	w.see = line_str(&see);
	*code = v->code != 0 ? v->code : row->code;
	if (v->action == ACT_DROP && v->code == 0)
		*code = 554;
	*enhanced = enhanced_of(s, said.len > 0 ? said :
	    str_of(row->enhanced), *code);
	if (v->text.len > 0)
		return own_text(v, &w, *code, *enhanced, out);
	return reply_write(*code, *enhanced, (struct str){ text,
	    reply_fill(str_of(row->text), &w, text) }, out);
}
