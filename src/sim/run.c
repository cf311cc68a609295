/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run - one simulated world a play, one server and one client a scene.
 *
 * Called by: the tools (test, demo); unit tests.
 * Always holds: a scene begins when the one before it has left nothing
 * behind (no session, no fiber, no question on its way), so scenes cannot
 * see each other but by the clock, by `flap` and in mailboxes; same play,
 * same transcript (promise P10).
 *
 *	ward_open     lists that the play has zones of are looked after
 *	wait_for      the clock comes to the scene's moment
 *	play_scene    server, client, a pipe between them; until both end
 *	leave         late answers come in; what the scene used goes
 *	check         each expectation becomes a finding, or nothing
 *	keep_strays   log lines that nobody expected wait for the play's end
 */
#include "run/board.h"
#include "run/pipe.h"
#include "sim/peer.h"
#include "sim/run.h"
#include "sim/upstream.h"
#include "sim/ward.h"
#include "smtp/server.h"

/* A session that outlives its client by this much hangs; and a client that
 * outlives what it was told to wait for by that much. */
#define SCENE_MOST  (2 * 60 * 60 * SEC)
#define CLIENT_MOST (8 * 86400 * SEC)

/* A log line that nobody expected so far. */
struct stray {
	const struct sim_line *line;
	struct stray *next;
};

/* One play being played. */
struct run {
	struct play     *play;
	struct sim      *sim;
	struct world    *world;
	struct upstream *upstream;
	usec_t           start;           /* of the play                   */
	struct body_pool bodies;
	struct tls_server *tls;           /* self-made                     */
	struct ward      ward;
	const struct play_show *show;
	struct play_tally      *tally;
	struct stray    *strays, **last_stray;
	/* The last ones of the scenes before; NULL: none. */
	const struct letter    *old_letter;
	const struct sim_line  *old_line;
	bool             is_hung;         /* nothing more can be played    */
	bool             is_drained;
	/* This scene. */
	struct outcome  *outcome;         /* NULL between scenes           */
	struct server    server;
	struct peer      peer;
	usec_t           began;
};

/* ------------------------------------------------------------------------
 * What the scene's doings tell us.
 */

/* From the session, right after its log line. */
static void
on_decision(void *arg, const struct decision *d)
{
	struct run *r = arg;
	usec_t at = world_now(r->world) - r->began;

	outcome_decided(r->outcome, d, at);
	r->outcome->took = at;
}

/* From the scripted DNS, also for answers that come too late. */
static void
on_question(void *arg, struct str name, enum dns_type type,
    enum zones_outcome outcome, struct place place)
{
	struct run *r = arg;

	if (r->outcome != NULL)
		outcome_asked(r->outcome, name, type, outcome, place);
}

static bool
is_client_done(void *arg)
{
	return ((struct run *)arg)->peer.is_done;
}

static bool
is_over(void *arg)
{
	return ((struct run *)arg)->server.open == 0;
}

static bool
is_drained(void *arg)
{
	return ((struct run *)arg)->is_drained;
}

static bool
is_silent(void *arg)
{
	struct names_census census;

	names_census(arg, &census);
	return census.pending == 0;
}

/* ------------------------------------------------------------------------
 * A scene.
 */

/* Nobody is left; it only gives back what the sessions shared. */
static WAITS void
drain_main(void *arg)
{
	struct run *r = arg;

	server_drain(&r->server, world_now(r->world));
	r->is_drained = true;
}

/* A cache of its own for each scene: an answer that one scene got must not
 * save another one the question. */
static struct names *
make_names(struct run *r)
{
	const struct resolver_conf *c = &r->play->settings->resolver;
	const struct names_conf conf = {
		.query_deadline = c->query_deadline,
		.ttl_low = (uint32_t)(c->ttl_low / SEC),
		.ttl_high = (uint32_t)(c->ttl_high / SEC),
		.cache_entries = (size_t)c->cache_entries,
	};

	return names_new(r->world, r->upstream, &conf);
}

/* The same as the daemon's gate makes, but that it tells us what it
 * decides; so a play tests the session that runs in the daemon. */
static void
make_server(struct run *r)
{
	r->server = (struct server){
		.world = r->world,
		.row = board_enter(r->world->board),
		.settings = r->play->settings,
		.policy = r->play->policy,
		.slots = r->ward.slots,
		.vocabulary = r->play->vocabulary,
		.base = r->play->base,
		.bodies = &r->bodies,
		.tls = r->tls,
		.on_decision = on_decision,
		.arg = r,
	};
}

/* To the moment at which the scene begins; never back. */
static void
wait_for(struct run *r, const struct scene *s)
{
	usec_t now = world_now(r->world), at = now;

	if (s->has_moment)
		at = r->start + s->after;
	else if (s->is_pause)
		at = now + s->after;
	if (at > now)
		(void)sim_run(r->sim, NULL, NULL, at);
	r->began = world_now(r->world);
}

/* Where lists are looked after there is always a timer: no wait but has an
 * end. */
static usec_t
client_end(const struct run *r, const struct scene *s)
{
	usec_t end = r->began + CLIENT_MOST;
	const struct step *step;

	if (r->ward.doctor == NULL)
		return USEC_NEVER;
	for (step = s->steps; step != NULL; step = step->next)
		end += step->span;
	return end;
}

/* Both ends meet; the clock runs until both are done. The client may take
 * its time, as the play says; a server that goes on long after it hangs.
 * Returns 0, -E_TIMEOUT, or -E_NOTFOUND when all wait for each other. */
static int
connect_and_run(struct run *r, const struct scene *s)
{
	static const struct listen_conf plain;
	const struct settings *conf = r->play->settings;
	const struct listen_conf *at = conf->listen_count > 0 ?
	    &conf->listens[0] : &plain;
	struct stream *server_end;
	int rc;

	r->peer = (struct peer){
		.world = r->world, .scene = s, .outcome = r->outcome,
		.arena = r->outcome->arena, .began = r->began,
		.transcript = BUF_INIT(1u << 20),
	};
	pipe_new(r->world->fibers, &r->peer.stream, &server_end);
	/* An error means turned away: the client reads what it was told. */
	(void)session_open(&r->server, server_end, s->client,
	    40000 + (unsigned)(s->number % 20000), at);
	must(fiber_start(r->world->fibers, "client", peer_main, &r->peer,
	    NULL) == 0);
	rc = sim_run(r->sim, is_client_done, r, client_end(r, s));
	if (rc != 0)
		return rc;
	return sim_run(r->sim, is_over, r, world_now(r->world) + SCENE_MOST);
}

/* The scene leaves nothing behind: late answers come in, then all goes. */
static void
leave(struct run *r)
{
	r->is_drained = false;
	must(fiber_start(r->world->fibers, "drain", drain_main, r, NULL) ==
	    0);
	must(sim_run(r->sim, is_drained, r, USEC_NEVER) == 0);
	(void)sim_run(r->sim, is_silent, r->world->names, USEC_NEVER);
	names_free(&r->world->names);
}

static void
play_scene(struct run *r, const struct scene *s)
{
	struct outcome *o = r->outcome;
	struct names_census census;

	/* From its number alone, so that a scene stays the same when another
	 * one above it draws more. */
	sim_seed(r->sim, s->number);
	r->world->names = make_names(r);
	sim_new_board(r->sim);
	ward_move(&r->ward);
	make_server(r);
	elsewhere_write(&s->elsewhere, r->world->board, s->client,
	    r->began);
	o->took = -1;
	if (connect_and_run(r, s) != 0) {
		r->is_hung = true;
		outcome_blame(o, s->place, STR("the session to end"),
		    STR("it hangs"));
	}
	if (o->took < 0)
		o->took = world_now(r->world) - r->began;
	names_census(r->world->names, &census);
	o->questions = (size_t)census.asked;
	o->transcript = arena_str(o->arena, buf_str(&r->peer.transcript));
	buf_free(&r->peer.transcript);
	if (r->is_hung)
		return;         /* what still waits may use all the rest    */
	leave(r);
}

/* ------------------------------------------------------------------------
 * What came, and what should have come.
 */

static void
check(const struct expectation *e, struct outcome *o)
{
	struct str got;

	for (; e != NULL; e = e->next) {
		got = expect_check(e, o, o->arena);
		if (got.len > 0)
			outcome_blame(o, e->place, e->said, got);
	}
}

/* Whether an `expect log EVENT` among these is about it. */
static bool
covers_event(const struct expectation *e, struct str event)
{
	struct str word;

	for (; e != NULL; e = e->next)
		if (expect_is_event(e, &word) && str_eq(word, event))
			return true;
	return false;
}

/* A decision of a dialogue was seen by its "<" lines; that of a case, if the
 * case says anything about it. */
static bool
covers_decision(const struct outcome *o, struct str event)
{
	const struct expectation *e;

	if (!expect_is_decision(event))
		return false;
	if (o->scene->is_dialogue)
		return true;
	for (e = o->scene->expects; e != NULL; e = e->next)
		if (expect_names_decision(e) && o->last != NULL &&
		    str_eq(o->last->event, event))
			return true;
	return false;
}

/* For `expect log no others`, which may stand anywhere in the play. */
static void
keep_strays(struct run *r, const struct outcome *o)
{
	const struct sim_line *l;
	struct stray *stray;
	struct str rest, event;

	for (l = o->lines; l != NULL; l = l->next) {
		rest = l->text;
		event = str_split(&rest, ' ');
		if (covers_event(r->play->expects, event) ||
		    covers_event(o->scene->expects, event) ||
		    covers_decision(o, event))
			continue;
		stray = arena_alloc(r->play->arena, sizeof *stray);
		stray->line = l;
		*r->last_stray = stray;
		r->last_stray = &stray->next;
	}
}

/* One row of a table in which some may be wrong. Returns whether it was the
 * last: then the outcome is that of the table. */
static bool
is_table_over(struct score *s, struct outcome *o)
{
	const struct finding *f = o->findings;
	struct arena *a = o->scene->play->arena;

	s->played++;
	s->wrong += f != NULL;
	if (f != NULL && s->wrong == 1) {
		s->first = f->place;
		s->expected = arena_str(a, f->expected);
		s->got = arena_str(a, f->got);
	}
	if (o->scene != s->last)
		return false;
	o->findings = NULL;
	o->remark = arena_printf(o->arena, ": wrong %llu of %llu, at most "
	    "%llu", (unsigned long long)s->wrong,
	    (unsigned long long)s->played, (unsigned long long)s->most);
	if (s->wrong <= s->most)
		return true;
	outcome_blame(o, s->place, s->said, arena_printf(o->arena,
	    "%llu of %llu; the first:", (unsigned long long)s->wrong,
	    (unsigned long long)s->played));
	outcome_blame(o, s->first, s->expected, s->got);
	return true;
}

/* A wrong outcome weighs more than an undeclared name: the name may be the
 * cause, but what is wrong is certain. */
static void
count_and_show(struct run *r, struct outcome *o)
{
	if (o->scene != NULL && o->scene->score != NULL &&
	    o->undeclared == 0 && !r->is_hung &&
	    !is_table_over(o->scene->score, o))
		return;
	o->is_ok = o->findings == NULL && o->undeclared == 0;
	if (o->findings != NULL)
		r->tally->failed++;
	else if (o->undeclared > 0)
		r->tally->undecided++;
	else
		r->tally->passed++;
	if (r->show != NULL && r->show->scene != NULL)
		r->show->scene(r->show->arg, r->play, o);
}

/* Its outcome lives in an arena that goes with it; lines and letters are of
 * the play, and where the next scene's begin is kept. */
static void
run_scene(struct run *r, const struct scene *s)
{
	struct outcome o = { .scene = s };

	o.arena = arena_new(16384);
	r->outcome = &o;
	wait_for(r, s);
	play_scene(r, s);
	o.letters = r->old_letter != NULL ? r->old_letter->next :
	    sim_letters(r->world->store);
	o.lines = r->old_line != NULL ? r->old_line->next : sim_log(r->sim);
	o.lists = ward_look(&r->ward, o.arena, &o.list_count);
	check(s->expects, &o);
	keep_strays(r, &o);
	count_and_show(r, &o);
	for (; o.letters != NULL; o.letters = o.letters->next)
		r->old_letter = o.letters;
	for (; o.lines != NULL; o.lines = o.lines->next)
		r->old_line = o.lines;
	r->outcome = NULL;
	arena_free(&o.arena);
}

/* What is expected of the play as a whole. */
static void
run_whole(struct run *r)
{
	const struct expectation *e;
	const struct stray *s;
	struct outcome o = { 0 };

	if (r->play->expects == NULL)
		return;
	o.arena = arena_new(0);
	o.lines = sim_log(r->sim);
	o.letters = sim_letters(r->world->store);
	o.lists = ward_look(&r->ward, o.arena, &o.list_count);
	check(r->play->expects, &o);
	for (e = r->play->expects; e != NULL; e = e->next)
		for (s = r->strays; s != NULL && expect_is_no_others(e);
		    s = s->next)
			outcome_blame(&o, e->place, e->said, s->line->text);
	count_and_show(r, &o);
	arena_free(&o.arena);
}

/* ------------------------------------------------------------------------
 * The play.
 */

/* What a daemon without a certificate has. Keys and records of TLS are drawn
 * by OpenSSL and differ each time; what is said above them does not. */
static struct tls_server *
make_tls(const struct play *p)
{
	const struct settings *conf = p->settings;
	struct tls_server *tls = NULL;
	struct fault fault = { "" };
	struct tls_pair pair;

	if (tls_self_made(conf->name, p->clock, p->arena, &pair) != 0 ||
	    tls_server_new(&pair, 1, settings_tls_minimum(conf), &tls,
	    &fault) != 0)
		return NULL;    /* not offered, and the play says so        */
	return tls;
}

static void
run_open(struct run *r, struct play *p)
{
	const struct sim_dns dns = { .asked = on_question, .arg = r };
	usec_t early = ward_is_needed(p) ? WARD_EARLY : 0;

	r->play = p;
	r->sim = sim_new(p->clock - early, 0);
	r->world = sim_world(r->sim);
	r->start = world_now(r->world) + early;
	r->upstream = sim_upstream(r->world, p->zones, r->start, &dns);
	r->world->store = sim_store(p->domains, p->domain_count, p->arena);
	r->bodies = (struct body_pool){
		.max = (size_t)p->settings->limits.messages_memory,
		.each = (size_t)p->settings->limits.message_memory,
	};
	r->tls = make_tls(p);
	r->last_stray = &r->strays;
	if (early == 0)
		return;
	ward_open(&r->ward, p, r->world, r->start);
	(void)sim_run(r->sim, NULL, NULL, r->start);
}

static WAITS void
close_main(void *arg)
{
	struct run *r = arg;

	ward_close(&r->ward);
	r->is_drained = true;
}

static void
run_close(struct run *r)
{
	if (r->ward.doctor != NULL) {
		r->is_drained = false;
		must(fiber_start(r->world->fibers, "close", close_main, r,
		    NULL) == 0);
		must(sim_run(r->sim, is_drained, r, USEC_NEVER) == 0);
	}
	r->upstream->free(r->upstream);
	tls_server_free(&r->tls);
	sim_free(&r->sim);
}

void
play_run(struct play *p, const struct play_show *show,
    struct play_tally *tally)
{
	struct run r = { .show = show, .tally = tally };
	const struct scene *s;

	run_open(&r, p);
	for (s = p->scenes; s != NULL && !r.is_hung; s = s->next)
		run_scene(&r, s);
	if (!r.is_hung)
		run_whole(&r);
	tally->virtual += world_now(r.world) - r.start;
	if (r.is_hung)
		return;         /* a fiber is left; so must its world be    */
	run_close(&r);
}
