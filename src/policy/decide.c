/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decide - decision lines and thresholds: what `at`, junk and refuse mean.
 *
 * Called by: lines.c.
 * Always holds: a decision reads only facts of its stage or earlier; a reply
 * code fits its action; the text of a reply can be said in one.
 * Source: language.md 3, grammar (rule, action, limit); RFC 3463 2.
 */
#include "policy/compile.h"

#include "policy/text.h"

#define REPLY_FACTS 8 /* in the text of one reply */

/* --- decisions ------------------------------------------------------------ */

/* What a decision may do, and the reply that must follow. */
static const struct deed {
	const char *word;
	enum action action;
	int         low, high;     /* reply codes; 0: no reply is given      */
	bool        is_mild;       /* may rest on ignorance                  */
	bool        has_enhanced;
	bool        is_later;
} deeds[] = {
	{ "pass", ACT_ACCEPT, 0, 0, false, false, false },
	{ "accept", ACT_ACCEPT, 0, 0, true, false, false },
	{ "junk", ACT_JUNK, 0, 0, true, false, false },
	{ "defer", ACT_DEFER, 400, 499, true, true, false },
	{ "refuse", ACT_REFUSE, 500, 599, false, true, false },
	{ "drop", ACT_DROP, 400, 599, false, false, false },
	{ "hold", ACT_HOLD, 0, 0, true, false, true },
	{ "trap", ACT_TRAP, 0, 0, false, false, true },
	{ "tag", ACT_ACCEPT, 0, 0, true, false, true },
	{ "slow", ACT_ACCEPT, 0, 0, false, false, true },
	{ "greylist", ACT_GREYLIST, 0, 0, true, false, true },
};

/* The action, or NULL after an error. */
static const struct deed *
parse_deed(struct compiling *c, struct cursor *at)
{
	size_t i;

	for (i = 0; i < COUNT(deeds); i++)
		if (cursor_is(at, deeds[i].word))
			break;
	if (i < COUNT(deeds) && !deeds[i].is_later) {
		at->at++;
		return &deeds[i];
	}
	if (i < COUNT(deeds))
		compile_error(c, cursor_place(at), "P0199", NULL,
		    "\"%s\" is not there yet", deeds[i].word);
	else
		compile_error(c, cursor_place(at), "P0139", "pass, accept, "
		    "junk, defer, refuse or drop", "an action is missing "
		    "here");
	return NULL;
}

/* "5.7.1": the class digit of the code, two numbers of up to three digits */
static bool
enhanced_fits(struct str s, int code)
{
	struct str rest = s, part;
	uint64_t n;
	int i;

	for (i = 0; i < 3; i++) {
		part = str_split(&rest, '.');
		if (part.len > 3 || str_number(part, 999, &n) != 0 ||
		    (i == 0 && n != (uint64_t)(code / 100)))
			return false;
	}
	return rest.p == NULL;
}

/* Every {name} of a reply text is a fact that is known by then. */
static void
reply_names_check(struct compiling *c, const struct node *n, enum stage stage)
{
	const struct fact_decl *d;
	struct str name;
	size_t at = 0, count = 0;
	int fact;

	while (text_next_name(n->text, &at, &name)) {
		count++;
		fact = vocabulary_find(c->env->vocabulary, name);
		if (fact < 0) {
			compile_error(c, n->place, "P0112", text_did_you_mean(
			    c->arena, vocabulary_nearest(
			    c->env->vocabulary, name)), "no fact \"%.*s\"",
			    STR_ARG(name));
			continue;
		}
		d = vocabulary_decl(c->env->vocabulary, fact);
		if (d->stage > stage)
			compile_error(c, n->place, "P0114", NULL,
			    "%s is known only from %s on", d->name,
			    stage_word(d->stage));
	}
	if (count > REPLY_FACTS || str_find(str_from(n->text, at), '{') <
	    n->text.len - at)
		compile_error(c, n->place, "P0142", "{FACT}, at most 8 times",
		    count > REPLY_FACTS ? "there are too many facts in this "
		    "text" : "a \"{\" in this text is never closed");
}

/* Replies are ASCII (RFC 5321 4.2); what a stranger wrote is escaped when it
 * is filled in, what the postmaster wrote must be right as it stands. */
static bool
text_is_plain(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return s.len > 0 && s.len <= 400;
}

/* CODE [ENHANCED] STRING */
static void
parse_reply(struct compiling *c, struct cursor *at, const struct deed *deed,
    struct rule *r)
{
	size_t need = deed->has_enhanced ? 3 : 2;
	const struct node *n = cursor_node(at);
	uint64_t code;

	if (deed->low == 0)
		return;
	if (at->at + need > at->stmt->count ||
	    str_number(n->text, 599, &code) != 0 ||
	    (int)code < deed->low || (int)code > deed->high) {
		compile_error(c, cursor_place(at), "P0140", deed->has_enhanced
		    ? "like: refuse 550 5.7.1 \"TEXT\", defer 451 4.7.1 "
		    "\"TEXT\"" : "like: drop 554 \"TEXT\"",
		    "\"%s\" takes a code from %d to %d and a text",
		    deed->word, deed->low, deed->high);
		at->at = at->stmt->count;
		return;
	}
	r->code = (int)code;
	at->at++;
	if (deed->has_enhanced) {
		r->enhanced = cursor_node(at)->text;
		if (!enhanced_fits(r->enhanced, r->code))
			compile_error(c, cursor_place(at), "P0141", NULL,
			    "the enhanced code \"%.*s\" does not go with %d",
			    STR_ARG(r->enhanced), r->code);
		at->at++;
	}
	n = cursor_node(at);
	r->text = n->text;
	at->at++;
	if (n->kind != ND_STRING || !text_is_plain(r->text))
		compile_error(c, n->place, "P0142", "in quotes, ASCII, at "
		    "most 400 bytes", "this cannot be said in a reply");
	reply_names_check(c, n, r->stage);
}

/* The earliest moment at which the line may be read. */
static bool
parse_stage(struct compiling *c, struct cursor *at, enum stage *stage)
{
	int k;

	for (k = 0; k < ST_COUNT; k++)
		if (cursor_take(at, stage_word((enum stage)k))) {
			*stage = (enum stage)k;
			return true;
		}
	compile_error(c, cursor_place(at), "P0143",
	    "one of: connect helo mail rcpt data eom",
	    "a stage is missing here");
	return false;
}

/* at STAGE NAME if COND ACTION */
void
compile_rule(struct compiling *c, const struct item *it)
{
	struct cursor at = { it->stmt, 1 };
	struct rule *r = &c->policy->rules[c->policy->rule_count++];
	struct reads reads = { 0 };
	const struct deed *deed;

	r->name = it->name;
	r->place = stmt_place(it->stmt);
	if (!parse_stage(c, &at, &r->stage))
		return;
	at.at++;
	r->cond = parse_if(c, &at, &reads);
	if (r->cond == NULL)
		return;
	if (reads.stage > r->stage)
		compile_error(c, r->place, "P0114", arena_printf(c->arena,
		    "at %s", stage_word(reads.stage)).p, "a fact of this "
		    "condition is known only from %s on",
		    stage_word(reads.stage));
	deed = parse_deed(c, &at);
	if (deed == NULL)
		return;
	r->action = deed->action;
	r->is_pass = deed == &deeds[0];
	r->is_malware = reads.has_malware && r->action == ACT_REFUSE;
	ignorance_check(c, r->place, &reads, deed->is_mild);
	parse_reply(c, &at, deed, r);
	parse_end(c, &at);
}

/* Lines that refuse malware are read before all others. */
void
rules_order(struct compiling *c)
{
	struct policy *p = c->policy;
	struct rule *sorted = arena_array(c->arena, p->rule_count,
	    sizeof *sorted);
	size_t i, n = 0;
	int pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < p->rule_count; i++)
			if (p->rules[i].is_malware == (pass == 0))
				sorted[n++] = p->rules[i];
	p->rules = sorted;
}

/* --- thresholds ----------------------------------------------------------- */

/* What is done about a refusal in doubt, by a line or by the sum. */
static bool
parse_doubt(struct compiling *c, struct cursor *at, struct limit *l)
{
	if (cursor_take(at, "junk"))
		l->doubt = ACT_JUNK;
	else if (cursor_take(at, "defer"))
		l->doubt = ACT_DEFER;
	else {
		compile_error(c, cursor_place(at), "P0144",
		    "doubt junk, or doubt defer",
		    "what to do in doubt is missing here");
		return false;
	}
	return true;
}

/* at N [early N] */
static bool
parse_level(struct compiling *c, struct cursor *at, struct limit *l,
    bool has_early)
{
	if (!cursor_take(at, "at")) {
		compile_error(c, cursor_place(at), "P0145",
		    "at NUMBER, or never", "a threshold is missing here");
		return false;
	}
	if (!parse_points(c, at, &l->at))
		return false;
	if (l->at <= 0)
		compile_error(c, l->place, "P0145", "a number above 0, or "
		    "never", "this threshold stands without any evidence");
	l->is_set = true;
	l->early = l->at;
	if (!has_early || !cursor_take(at, "early"))
		return true;
	if (!parse_points(c, at, &l->early))
		return false;
	if (l->early < l->at)
		compile_error(c, l->place, "P0146", NULL, "\"early\" lies "
		    "below \"refuse at\"");
	return true;
}

/* (junk | refuse) (at N [early N] | never) [doubt junk|defer] */
void
compile_limit(struct compiling *c, enum limit_kind k)
{
	struct cursor at = { c->limits[k], 1 };
	struct limit *l = &c->policy->limits[k];

	l->doubt = ACT_JUNK;
	if (c->limits[k] == NULL)
		return;
	l->place = stmt_place(c->limits[k]);
	if (!cursor_take(&at, "never") &&
	    !parse_level(c, &at, l, k == LM_REFUSE))
		return;
	if (k == LM_REFUSE && cursor_take(&at, "doubt") &&
	    !parse_doubt(c, &at, l))
		return;
	parse_end(c, &at);
}
