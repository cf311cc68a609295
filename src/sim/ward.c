/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ward - the keeper's doctor on the clock of a play.
 *
 * Called by: sim/run.c, once a play, and once a scene for its board.
 * Always holds: the doctor asks the play's zones, through an upstream of its
 * own, so that what it asks is no question of a scene; it lives over all
 * scenes, as its words on the board do.
 */
#include "sim/ward.h"

#include "run/board.h"
#include "sim/outcome.h"
#include "sim/upstream.h"

/* ------------------------------------------------------------------------
 * Lists and their zones.
 */

/* The zone as it is asked; with a key in front of it, or without. */
static struct str
zone_of(const struct zones *zones, const struct list *l, struct arena *a)
{
	const struct list_point any = { STR("x"), STR("x") };
	struct str asked = str_from(list_question_point(l, &any, a), 2);

	if (!zones_have(zones, asked) && l->key_zone.len > 0)
		return l->key_zone;
	return asked;
}

static bool
is_watched(void *play, const struct list *l)
{
	const struct play *p = play;

	return zones_have(p->zones, zone_of(p->zones, l, p->arena));
}

bool
ward_is_needed(struct play *p)
{
	struct list *const *lists;
	size_t count, i;

	lists = policy_lists(p->policy, &count);
	for (i = 0; i < count; i++)
		if (!lists[i]->is_off && is_watched(p, lists[i]))
			return true;
	return false;
}

/* An answer that the list's own description calls a listing. */
static struct ip
listing_of(const struct list *l)
{
	const struct octets *o = l->code_count > 0 ? &l->codes[0].octets :
	    &l->value;
	struct ip usual = ip_v4(127, 0, 0, 2), what;

	if (list_hear(l, &usual, 1, &what) == HEARD_LISTED)
		return usual;
	usual = ip_v4(o->low[0], o->low[1], o->low[2], o->low[3]);
	if (l->code_count > 0 && l->codes[0].bit != 0)
		usual.a[15] = l->codes[0].bit;
	return usual;
}

/* What must be in it is in it, unless the play says something else. */
static void
stock(struct play *p)
{
	struct list *const *lists;
	enum list_kind kind;
	size_t count, i;

	lists = policy_lists(p->policy, &count);
	for (i = 0; i < count; i++)
		for (kind = 0; kind < LK_COUNT; kind++)
			if (list_has_kind(lists[i], kind) &&
			    lists[i]->must[kind].text.len > 0)
				zones_point(p->zones, zone_of(p->zones,
				    lists[i], p->arena),
				    lists[i]->must[kind].text,
				    listing_of(lists[i]));
}

/* ------------------------------------------------------------------------
 * The doctor.
 */

static void
make_names(struct ward *w, usec_t start)
{
	const struct resolver_conf *c = &w->play->settings->resolver;
	const struct names_conf conf = {
		.query_deadline = c->query_deadline,
		.ttl_low = (uint32_t)(c->ttl_low / SEC),
		.ttl_high = (uint32_t)(c->ttl_high / SEC),
	};

	w->upstream = sim_upstream(w->world, w->play->zones, start, NULL);
	w->names = names_new(w->world, w->upstream, &conf);
}

void
ward_open(struct ward *w, struct play *p, struct world *world, usec_t start)
{
	struct doctor_conf conf = {
		.world = world, .policy = p->policy,
		.deadline = p->settings->resolver.query_deadline,
		.is_watched = is_watched, .arg = p,
	};
	struct list *const *lists;
	size_t count;

	w->play = p;
	w->world = world;
	stock(p);
	make_names(w, start);
	conf.names = w->names;
	conf.row = board_enter(world->board);
	must(doctor_new(&conf, &w->doctor) == 0);
	lists = policy_lists(p->policy, &count);
	w->slots = health_slots(world->board, lists, count, p->arena);
}

void
ward_move(struct ward *w)
{
	if (w->doctor != NULL)
		must(board_enter(w->world->board) == 0);
}

const struct list_seen *
ward_look(const struct ward *w, struct arena *a, size_t *count)
{
	const struct patient *p;
	struct list_seen *seen;
	size_t i;

	*count = 0;
	if (w->doctor == NULL)
		return NULL;
	p = doctor_patients(w->doctor, count);
	seen = arena_array(a, *count, sizeof *seen);
	for (i = 0; i < *count; i++)
		seen[i] = (struct list_seen){ p[i].list->name, p[i].kind,
			p[i].health.sign.state };
	return seen;
}

WAITS void
ward_close(struct ward *w)
{
	doctor_free(&w->doctor);
	w->upstream->free(w->upstream);
	names_free(&w->names);
}
