/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * play - reads the top of a play and makes everything ready to run: zones,
 * settings, compiled policy, mailboxes.
 *
 * Called by: the tools (test, demo); unit tests.
 * Always holds: nothing of a play runs unless all of it was understood; a
 * play reads no file of the system it runs on but those it names, so that
 * it gives the same everywhere (promise P10).
 *
 *	text -> statements -> zones and reverse names        sim/zone_read.c
 *	                   -> words of the top, in order     here
 *	                   -> scenes                         sim/scene.c,
 *	                                                     sim/script.c
 *	then settings, vocabulary and policy are made, and expectations are
 *	bound to the facts of that policy.
 *
 * Source: language.md 4.
 * KNOWN GAPS: greylist and reputation cannot be expected yet.
 */
#include <string.h>

#include "base/date.h"
#include "filters/filter.h"
#include "lang/builtin.h"
#include "sim/play.h"

#define USERS "/the play's users/"   /* what follows is a domain           */
#define SECRETS "/the play's secrets"

/* ------------------------------------------------------------------------
 * Files.
 */

/* One name a line, as a table of users has them. */
static struct str
users_text(const struct play *p, struct str domain, struct arena *a)
{
	struct str text = STR("");
	const struct sim_domain *d;
	size_t i, k;

	for (i = 0; i < p->domain_count; i++) {
		d = &p->domains[i];
		for (k = 0; k < d->user_count && str_eq(d->name, domain); k++)
			text = arena_printf(a, "%.*s%.*s\n", STR_ARG(text),
			    STR_ARG(d->users[k].local));
	}
	return text;
}

/* Users are the play's, and no resolver of this machine may leak in. */
static int
play_file(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	const struct play *p = CONTAINER(r, struct play, reader);

	if (str_starts(path, STR(USERS))) {
		*text = users_text(p, str_from(path, sizeof USERS - 1), a);
		return 0;
	}
	if (str_eq(path, STR("/etc/resolv.conf"))) {
		*text = STR("nameserver 192.0.2.53\n");
		return 0;
	}
	return p->files->read(p->files, path, a, text, f);
}

/* A key of a list is its name: plays run anywhere, and show what is asked. */
static int
play_secret(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *f)
{
	const struct play *p = CONTAINER(r, struct play, reader);

	if (str_starts(path, STR(SECRETS "/"))) {
		*text = str_from(path, sizeof SECRETS);
		return 0;
	}
	return p->files->secret(p->files, path, a, text, f);
}

static int
play_files(struct reader *r, struct str glob, struct arena *a,
    struct str **paths, size_t *count)
{
	const struct play *p = CONTAINER(r, struct play, reader);

	return p->files->list(p->files, glob, a, paths, count);
}

/* ------------------------------------------------------------------------
 * Statements of the top.
 */

/* The title says what must happen; a play without one shows its path. */
static void
read_title(struct reading *r, const struct stmt *s, void *conf)
{
	struct play *p = conf;

	(void)r;
	p->place = stmt_place(s);
	if (s->count > 1)
		p->title = s->nodes[1].text;
}

/* A file is meant as policy_compile tells files from names; it lies beside
 * the play, wherever the test is started. */
static void
read_policy(struct reading *r, const struct stmt *s, void *conf)
{
	struct play *p = conf;

	if (s->count != 2) {
		diag_add(r->diag, DG_ERROR, "P0440", stmt_place(s),
		    "policy default, or policy \"site.policy\"",
		    "a play has one policy: a name or a file");
		return;
	}
	p->policy_place = s->nodes[1].place;
	p->policy_name = s->nodes[1].text;
	if (str_find(p->policy_name, '/') < p->policy_name.len ||
	    str_ends_case(p->policy_name, STR(".policy")))
		p->policy_name = source_beside(r->arena, p->path,
		    p->policy_name);
}

static void
read_clock(struct reading *r, const struct stmt *s, void *conf)
{
	struct play *p = conf;

	if (s->count == 2 && date_parse(s->nodes[1].text, &p->clock) == 0)
		return;
	diag_add(r->diag, DG_ERROR, "P0441", stmt_place(s),
	    "clock 2026-11-24T09:00:00Z", "this is no date");
}

/* What is wrong with a mailbox. */
enum { GOOD, FULL, BROKEN };

static void
add_user(struct sim_domain *d, struct str local, int state, struct arena *a)
{
	struct sim_user *u;

	d->users = play_grow(a, d->users, d->user_count, sizeof *u);
	u = &d->users[d->user_count++];
	u->local = local;
	u->is_full = state == FULL;
	u->is_broken = state == BROKEN;
}

static void
add_users(struct reading *r, const struct stmt *s, void *conf, int state)
{
	size_t i;

	for (i = 1; i < s->count; i++)
		add_user(conf, s->nodes[i].text, state, r->arena);
}

static void
read_users(struct reading *r, const struct stmt *s, void *conf)
{
	add_users(r, s, conf, GOOD);
}

static void
read_full(struct reading *r, const struct stmt *s, void *conf)
{
	add_users(r, s, conf, FULL);
}

static void
read_broken(struct reading *r, const struct stmt *s, void *conf)
{
	add_users(r, s, conf, BROKEN);
}

static const struct setting domain_words[] = {
	{ .name = "users", .kind = SK_OTHER, .is_list = true,
	  .read = read_users, .arguments = "NAME...",
	  .help = "Mailboxes." },
	{ .name = "full", .kind = SK_OTHER, .is_list = true,
	  .read = read_full, .arguments = "NAME...",
	  .help = "Mailboxes that are over their quota." },
	{ .name = "broken", .kind = SK_OTHER, .is_list = true,
	  .read = read_broken, .arguments = "NAME...",
	  .help = "Mailboxes whose disk fails." },
	{ .name = NULL },
};

static void
read_domain(struct reading *r, const struct stmt *s, void *conf)
{
	struct play *p = conf;
	const struct node *block = scene_block(r, s);
	struct sim_domain *d;
	struct str name;

	if (block == NULL)
		return;
	if (s->count != 3 || value_name(s->nodes[1].text, r->arena,
	    &name) != 0) {
		diag_add(r->diag, DG_ERROR, "P0442", stmt_place(s),
		    "domain here.test { users bob ann }",
		    "a domain has one name");
		return;
	}
	p->domains = play_grow(r->arena, p->domains, p->domain_count,
	    sizeof *d);
	d = &p->domains[p->domain_count++];
	d->name = name;
	schema_read(domain_words, block->stmts, d, r);
}

/* Kept until all of the play was read: conf reads it then. */
static void
read_config(struct reading *r, const struct stmt *s, void *conf)
{
	struct play *p = conf;
	const struct node *block = scene_block(r, s);

	p->config = block != NULL ? block->stmts : NULL;
}

static void
read_list(struct reading *r, const struct stmt *s, void *conf)
{
	struct play *p = conf;
	struct list *list = list_read(s, r);

	if (list == NULL)
		return;
	p->lists = play_grow(r->arena, p->lists, p->list_count,
	    sizeof *p->lists);
	p->lists[p->list_count++] = list;
}

static void
read_expect(struct reading *r, const struct stmt *s, void *conf)
{
	struct play *p = conf;

	if (s->count < 2 || (!str_eq(s->nodes[1].text, STR("log")) &&
	    !str_eq(s->nodes[1].text, STR("list")))) {
		diag_add(r->diag, DG_ERROR, "P0445", stmt_place(s),
		    "put it into a case or a dialogue",
		    "of a whole play only its log and its lists can be "
		    "expected");
		return;
	}
	expect_read(r, s, &p->expects);
}

/* Zones are taken out before: see without_zones. */
static const struct setting play_words[] = {
	{ .name = "play", .kind = SK_OTHER, .read = read_title,
	  .arguments = "\"TITLE\"", .help = "What must happen." },
	{ .name = "policy", .kind = SK_OTHER, .read = read_policy,
	  .arguments = "NAME|\"FILE\"",
	  .help = "A shipped policy, or a file beside the play." },
	{ .name = "clock", .kind = SK_OTHER, .read = read_clock,
	  .arguments = "DATE", .help = "When the play begins." },
	{ .name = "domain", .kind = SK_OTHER, .is_list = true,
	  .read = read_domain, .arguments = "NAME { users NAME... }",
	  .help = "A domain of ours and its mailboxes." },
	{ .name = "config", .kind = SK_OTHER, .read = read_config,
	  .arguments = "{ ... }", .help = "Words of postern.conf." },
	{ .name = "list", .kind = SK_OTHER, .is_list = true,
	  .read = read_list, .arguments = "NAME \"ZONE\" ... { ... }",
	  .help = "A DNS list, in place of the shipped one." },
	{ .name = "table", .kind = SK_OTHER, .is_list = true,
	  .read = scene_read_table,
	  .arguments = "\"TITLE\" [repeat N] [every TIME] [wrong <= N] "
	  "{ ... }",
	  .help = "Cases, one a row; so often; so many may be wrong." },
	{ .name = "case", .kind = SK_OTHER, .is_list = true,
	  .read = scene_read_case, .arguments = "\"TITLE\" { ... }",
	  .help = "One client with one message." },
	{ .name = "dialogue", .kind = SK_OTHER, .is_list = true,
	  .read = script_read,
	  .arguments = "\"TITLE\" from ADDRESS { ... }",
	  .help = "What client and server say, byte for byte." },
	{ .name = "expect", .kind = SK_OTHER, .is_list = true,
	  .read = read_expect,
	  .arguments = "log EVENT | log no others | list NAME STATE",
	  .help = "What the log of the whole play holds; how lists are." },
	{ .name = NULL },
};

/* ------------------------------------------------------------------------
 * Making it ready.
 */

static bool
config_has(const struct play *p, const char *word)
{
	const struct stmt *s;

	for (s = p->config; s != NULL; s = s->next)
		if (stmt_is(s, word))
			return true;
	return false;
}

/* What the play says in other words, as a postern.conf would say it. */
static struct str
config_text(const struct play *p)
{
	struct str text = STR("");
	size_t i;

	for (i = 0; i < p->domain_count; i++)
		text = arena_printf(p->arena, "%.*sdomain %.*s { users table "
		    "\"" USERS "%.*s\" }\n", STR_ARG(text),
		    STR_ARG(p->domains[i].name), STR_ARG(p->domains[i].name));
	if (!config_has(p, "name"))
		text = arena_printf(p->arena, "%.*sname mx.%.*s\n",
		    STR_ARG(text), STR_ARG(p->domain_count > 0 ?
		    p->domains[0].name : STR("here.test")));
	if (!config_has(p, "deliver"))
		text = arena_printf(p->arena, "%.*sdeliver maildir /%%d/%%u\n",
		    STR_ARG(text));
	return text;
}

/* That, and the words of `config`, over the defaults. */
static int
settle_settings(struct play *p, struct diagnostics *d)
{
	struct source *source = arena_alloc(p->arena, sizeof *source);
	struct stmt *all, **last = &all;

	source->name = p->path;
	source->text = config_text(p);
	all = tree_parse(source, p->arena, d);
	while (*last != NULL)
		last = &(*last)->next;
	*last = p->config;
	return conf_read(all, p->path, &p->reader, p->arena, d,
	    &p->settings);
}

/* "." for a play that lies where we are. */
static struct str
folder_of(struct str path)
{
	size_t slash = str_find_last(path, '/');

	return slash < path.len ? str_sub(path, 0, slash) : STR(".");
}

/* What a play names it finds beside itself first, then among what is
 * shipped; never in the folders of the machine it runs on. */
static int
settle_policy(struct play *p, struct diagnostics *d)
{
	const struct str folders[] = { folder_of(p->path),
		STR(BUILTIN_DIR) };
	static const struct str secrets[] = { { SECRETS, sizeof SECRETS - 1 } };
	struct policy_env env = {
		.reader = &p->reader,
		.folders = folders, .folder_count = COUNT(folders),
		.lists = p->lists, .list_count = p->list_count,
		.secrets = secrets, .secret_count = COUNT(secrets),
	};
	struct scene *s;
	int rc;

	p->vocabulary = vocabulary_new(p->arena);
	p->base = arena_array(p->arena, filters_count(), sizeof *p->base);
	filters_declare(p->vocabulary, p->base);
	env.vocabulary = p->vocabulary;
	rc = policy_compile(&env, p->policy_name, p->arena, d, &p->policy);
	if (rc != 0)
		return rc;
	for (s = p->scenes; s != NULL; s = s->next)
		expect_bind(s->expects, p->vocabulary, d);
	return 0;
}

/* Time goes forward only. */
static void
check_moments(const struct play *p, struct diagnostics *d)
{
	const struct scene *s;
	usec_t latest = 0;

	for (s = p->scenes; s != NULL; s = s->next) {
		if (!s->has_moment)
			continue;
		if (s->after < latest)
			diag_add(d, DG_ERROR, "P0444", s->place,
			    "put it in front of the later one",
			    "this begins before something that stands above "
			    "it has happened");
		latest = s->after;
	}
}

/* Takes the statements about DNS out of the row. */
static struct stmt *
without_zones(struct play *p, struct stmt *all)
{
	struct stmt *rest = NULL, **last = &rest, *next;

	for (; all != NULL; all = next) {
		next = all->next;
		if (zones_read(p->zones, all))
			continue;
		*last = all;
		last = &all->next;
	}
	*last = NULL;
	return rest;
}

static struct play *
play_new(struct reader *files, struct str path, struct arena *a,
    struct diagnostics *d)
{
	struct play *p = arena_alloc(a, sizeof *p);

	p->path = path;
	p->title = path;
	p->arena = a;
	p->files = files;
	p->reader = (struct reader){ .read = play_file,
		.list = play_files, .secret = play_secret };
	p->policy_name = STR("default");
	must(date_parse(STR(PLAY_CLOCK), &p->clock) == 0);
	p->zones = zones_new(a, d);
	return p;
}

struct play *
play_read(struct reader *files, struct str path, struct arena *a,
    struct diagnostics *d)
{
	unsigned before = diag_count(d, DG_ERROR);
	struct play *p = play_new(files, path, a, d);
	struct reading r = {
		.arena = a, .diag = d, .reader = &p->reader,
	};
	struct stmt *all = tree_load(&p->reader, path, a, d);

	if (diag_count(d, DG_ERROR) > before)
		return NULL;
	schema_read(play_words, without_zones(p, all), p, &r);
	check_moments(p, d);
	if (settle_settings(p, d) != 0 || settle_policy(p, d) != 0)
		return NULL;
	return diag_count(d, DG_ERROR) > before ? NULL : p;
}

void *
play_grow(struct arena *a, const void *array, size_t count, size_t size)
{
	void *more = arena_array(a, count + 1, size);

	if (count > 0)
		memcpy(more, array, count * size);
	return more;
}

struct scene *
play_add_scene(struct play *p, struct place place, struct str title)
{
	struct scene *s = arena_alloc(p->arena, sizeof *s);

	s->play = p;
	s->place = place;
	s->title = title;
	s->number = ++p->scene_count;
	if (p->last_scene != NULL)
		p->last_scene->next = s;
	else
		p->scenes = s;
	p->last_scene = s;
	return s;
}
