/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_list - a list in words: how it is, why, and what to do about it.
 *
 * Called by: keeper/control.c.
 * Always holds: pure; what is advised is something that a person can do now,
 * with the file and line where. A list's key is in none of it.
 */
#include "keeper/control_list.h"

#include "base/date.h"

/* ------------------------------------------------------------------------
 * Why.
 */

static struct str
off_remark(const struct patient *p, struct arena *a)
{
	const struct health *h = &p->health;

	if (h->why == HW_FOREIGN)
		return arena_printf(a, "answers %.*s, which is outside of "
		    "127/8: the zone is parked, or the resolver rewrites",
		    STR_ARG(ip_text(a, h->answer)));
	if (h->why == HW_CONTROLS)
		return list_blames(p->list) ?
		    STR("lists those who sent us good mail") :
		    STR("praises those whom we refused");
	return arena_printf(a, "lists everybody: %s is listed",
	    h->why == HW_RANDOM ? "a point drawn at random" :
	    "the must-not point");
}

/* What the operator says by it, as far as is known. */
static struct str
error_remark(const struct patient *p, struct arena *a)
{
	const char *sentence = "it answers that it does not answer us";

	if (p->health.why == HW_ERROR)
		(void)list_error(p->list, p->health.answer, &sentence);
	return arena_printf(a, "%.*s: %s. Not counted",
	    STR_ARG(ip_text(a, p->health.answer)), sentence);
}

static struct str
limit_remark(const struct patient *p, struct arena *a)
{
	const struct health *h = &p->health;

	return arena_printf(a, "%s its limit of %llu questions%s",
	    h->sign.state == HS_QUOTA ? "we have reached" : "we are near",
	    (unsigned long long)p->list->limit,
	    h->sign.state == HS_QUOTA ? ". Not counted" : "");
}

struct str
control_remark(const struct patient *p, struct arena *a)
{
	const struct health *h = &p->health;

	switch (h->sign.state) {
	case HS_UNPROBED:
		return h->looked == 0 ?
		    STR("nobody has looked at it yet. Not counted") :
		    STR("it has never answered. Not counted");
	case HS_OK:
		return h->is_warned ? limit_remark(p, a) : STR("");
	case HS_SLOW:
		return arena_printf(a, "%s; weight still counts",
		    h->why == HW_LATE ? "answers come as late as the deadline" :
		    arena_printf(a, "%u %% of answers are missing",
		    (unsigned)(h->unknown * 100ull / 65536)).p);
	case HS_SUSPECT:
		return STR("names too many in a row: a round looks at it, "
		    "until then what it names is unknown");
	case HS_REFUSED: case HS_WRONG_USE:
		return error_remark(p, a);
	case HS_BLIND:
		return STR("the must-list point is not there. Not counted");
	case HS_OFF:
		return off_remark(p, a);
	case HS_QUOTA:
		return limit_remark(p, a);
	case HS_DEAD:
		return STR("no answer to three rounds. Not counted");
	case HS_COUNT:
		break;
	}
	return STR("");
}

/* ------------------------------------------------------------------------
 * What to do.
 */

/* "site.policy:4" */
static struct str
place_short(struct place where, struct arena *a)
{
	struct str file;
	size_t slash;

	if (where.source == NULL)
		return STR("-");
	file = where.source->name;
	slash = str_find_last(file, '/');
	return arena_printf(a, "%.*s:%u", STR_ARG(slash < file.len ?
	    str_from(file, slash + 1) : file), where.line);
}

/* `remove "use dnswl" (site.policy:4)` */
static struct str
remove_use(const struct patient *p, const struct policy *policy,
    struct arena *a)
{
	struct place where = policy_list_place(policy, p->list);
	const char *verb = where.source != NULL &&
	    where.source->name.len > 0 && str_starts(where.source->name,
	    STR("shipped:")) ? "switch off in a policy of your own" :
	    "remove";

	return arena_printf(a, "%s \"use %.*s\" (%.*s)", verb,
	    STR_ARG(p->list->name), STR_ARG(place_short(where, a)));
}

static struct str
refused_remedy(const struct patient *p, const struct policy *policy,
    const struct resolver_seen *seen, struct arena *a)
{
	const char *sentence;
	struct str rest = remove_use(p, policy, a);
	bool is_quota = p->health.why == HW_ERROR &&
	    list_error(p->list, p->health.answer, &sentence) == LB_QUOTA;

	if (is_quota)
		return arena_printf(a, "ask it less, register, or %.*s",
		    STR_ARG(rest));
	if (seen->place == RS_PUBLIC)
		return arena_printf(a, "ask through a resolver of your own, "
		    "such as unbound, not through %.*s; or %.*s",
		    STR_ARG(seen->who), STR_ARG(rest));
	if (seen->place == RS_HOSTER)
		return arena_printf(a, "give the resolver's address a name of "
		    "its own, get a key (use %.*s key secret:NAME), or %.*s",
		    STR_ARG(p->list->name), STR_ARG(rest));
	if (p->list->registration != LR_NONE)
		return arena_printf(a, "register%s or %.*s",
		    p->list->registration == LR_PAID ? " (paid)" : "",
		    STR_ARG(rest));
	return arena_printf(a, "ask its operator why, or %.*s",
	    STR_ARG(rest));
}

static struct str
point_remedy(const struct patient *p, struct arena *a)
{
	return arena_printf(a, "see what %.*s has for %.*s; another point: "
	    "\"probe\" of the list (%.*s)", STR_ARG(p->list->zone),
	    STR_ARG(p->list->must[p->kind].shown),
	    STR_ARG(place_short(p->list->place, a)));
}

struct str
control_remedy(const struct patient *p, const struct policy *policy,
    const struct resolver_seen *seen, struct arena *a)
{
	switch (p->health.sign.state) {
	case HS_REFUSED:
		return refused_remedy(p, policy, seen, a);
	case HS_WRONG_USE:
		return arena_printf(a, "correct zone or \"ask\" of list %.*s "
		    "(%.*s)", STR_ARG(p->list->name),
		    STR_ARG(place_short(p->list->place, a)));
	case HS_QUOTA:
		return arena_printf(a, "get a key, or raise \"limit\" of the "
		    "list if you may ask more (%.*s)",
		    STR_ARG(place_short(p->list->place, a)));
	case HS_BLIND:
		return point_remedy(p, a);
	case HS_OFF: case HS_DEAD:
		return arena_printf(a, "nothing for a day; then %.*s",
		    STR_ARG(remove_use(p, policy, a)));
	case HS_UNPROBED:
		return p->health.looked == 0 ? STR("") :
		    STR("see whether the resolver answers");
	case HS_OK: case HS_SLOW: case HS_SUSPECT: case HS_COUNT:
		break;
	}
	return STR("");
}

/* ------------------------------------------------------------------------
 * Rows.
 */

/* Whether the point answered as it should; none: not asked, or no answer that
 * tells. */
static void
row_point(json_t *row, const char *name, const struct health *h,
    enum point point, enum heard good)
{
	enum heard heard = h->round.heard[point];

	if (h->looked == 0 || !h->round.is_asked[point] ||
	    heard == HEARD_TROUBLE || heard == HEARD_ERROR)
		row_none(row, name);
	else
		row_truth(row, name, heard == good);
}

static void
row_moment(json_t *row, const char *name, struct world *world, usec_t at)
{
	char text[DATE_TEXT];
	size_t n = date_rfc3339(world_wall(world) - (world_now(world) - at),
	    false, text);

	row_text(row, name, (struct str){ text, n });
}

static void
row_health(json_t *row, const struct health *h, struct world *world)
{
	if (h->looked == 0)
		row_none(row, "last");
	else
		row_seconds(row, "last", world_now(world) - h->looked);
	row_moment(row, "since", world, h->sign.since);
	row_real(row, "hits", h->hits / 65536.0);
	row_real(row, "unknown", h->unknown / 65536.0);
	if (h->sign.baseline < BASELINE_NONE)
		row_real(row, "baseline", h->sign.baseline / 250.0);
	else
		row_none(row, "baseline");
	row_seconds(row, "p50", h->p50);
	row_seconds(row, "p99", h->p99);
	row_point(row, "must", h, PT_MUST, HEARD_LISTED);
	row_point(row, "must_not", h, PT_MUST_NOT, HEARD_CLEAN);
}

json_t *
control_patient(const struct control_view *view, const struct patient *p,
    struct arena *a)
{
	const struct health *h = &p->health;
	struct place where = policy_list_place(view->policy, p->list);
	json_t *row = row_new("list");

	row_text(row, "list", p->list->name);
	row_text(row, "of", str_of(list_kind_word(p->kind)));
	row_text(row, "state", str_of(belief_word(h->sign.state)));
	row_text(row, "why", str_of(health_why_word(h->why)));
	row_truth(row, "counts", belief_rank(h->sign.state) < 2);
	row_health(row, h, view->world);
	row_text(row, "file", where.source == NULL ? STR("") :
	    where.source->name);
	row_number(row, "line", where.line);
	row_text(row, "remark", control_remark(p, a));
	row_text(row, "do", control_remedy(p, view->policy, &view->seen, a));
	return row;
}

/* "127.0.0.4-7" */
static struct str
octets_text(const struct list_code *c, struct arena *a)
{
	const struct octets *o = &c->octets;
	struct str text = STR("");
	size_t i;

	for (i = 0; i < 4; i++) {
		text = arena_printf(a, "%.*s%s%u", STR_ARG(text),
		    i > 0 ? "." : "", o->low[i]);
		if (o->high[i] != o->low[i])
			text = arena_printf(a, "%.*s-%u", STR_ARG(text),
			    o->high[i]);
	}
	return c->bit == 0 ? text : arena_printf(a, "%.*s bit %u",
	    STR_ARG(text), c->bit);
}

static void
row_codes(json_t *row, const struct list *l, struct arena *a)
{
	json_t *codes = row_array(row, "codes");
	char points[POINTS_TEXT];
	const struct list_code *c;
	size_t i;

	for (i = 0; i < l->code_count; i++) {
		c = &l->codes[i];
		(void)points_print(c->points, 0, points);
		row_more(codes, arena_printf(a, "%.*s %.*s %s%s",
		    STR_ARG(octets_text(c, a)), STR_ARG(c->name),
		    c->points > 0 ? "+" : "", points));
	}
}

static void
row_terms(json_t *row, const struct list *l)
{
	static const char *const words[] = {
		[LR_NONE] = "none", [LR_FREE] = "free", [LR_PAID] = "paid",
	};
	char checked[DATE_TEXT];

	row_text(row, "register", str_of(words[l->registration]));
	row_truth(row, "key", l->key.len > 0);
	row_number(row, "limit", l->limit);
	row_seconds(row, "limit_span", l->limit_span);
	row_text(row, "terms", l->terms);
	row_text(row, "source", l->source);
	(void)date_rfc3339(l->checked, false, checked);
	row_text(row, "checked", str_sub(str_of(checked), 0,
	    l->checked == 0 ? 0 : sizeof "2026-11-25" - 1));
}

json_t *
control_described(const struct control_view *view, const struct list *l,
    struct arena *a)
{
	struct place where = policy_list_place(view->policy, l);
	json_t *row = row_new("described"), *words;
	enum list_kind kind;
	enum subject who;

	row_text(row, "list", l->name);
	row_text(row, "zone", l->zone);
	row_text(row, "title", l->title);
	row_text(row, "operator", l->op);
	row_truth(row, "off", l->is_off);
	words = row_array(row, "of");
	for (kind = 0; kind < LK_COUNT; kind++)
		if (list_has_kind(l, kind))
			row_more(words, str_of(list_kind_word(kind)));
	words = row_array(row, "asks");
	for (who = 0; who < SUBJECT_COUNT; who++)
		if (l->asks[who])
			row_more(words, str_of(subject_word(who)));
	row_text(row, "when", l->when);
	row_codes(row, l, a);
	row_terms(row, l);
	row_text(row, "file", where.source == NULL ? STR("") :
	    where.source->name);
	row_number(row, "line", where.line);
	return row;
}
