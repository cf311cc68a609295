/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server that tests of smtp/ talk to. See session_lab.h.
 */
#include "tests/unit/session_lab.h"

#include <stdio.h>

#include "lang/builtin.h"
#include "sim/upstream.h"

#define WALL ((usec_t)1764025380 * SEC)  /* 2025-11-24 23:03 UTC             */

static const char base_settings[] =
	"name mx.here.test\n"
	"domain here.test\n"
	"policy \"lab.policy\"\n";

static const struct sim_user here[] = {
	{ STR("ann"), false, false }, { STR("bob"), false, false },
	{ STR("full"), true, false }, { STR("broken"), false, true },
	{ STR("ann+junk"), false, false },
};
static const struct sim_user other[] = { { STR("eve"), false, false } };

/* --- texts ---------------------------------------------------------------- */

struct texts {
	struct reader reader;
	struct str    policy;
};

static int
texts_read(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *fault)
{
	struct texts *t = CONTAINER(r, struct texts, reader);

	if (str_ends_case(path, STR("lab.policy"))) {
		*text = t->policy;
		return 0;
	}
	return builtin_reader()->read(builtin_reader(), path, arena, text,
	    fault);
}

static int
texts_list(struct reader *r, struct str glob, struct arena *arena,
    struct str **paths, size_t *count)
{
	(void)r;
	return builtin_reader()->list(builtin_reader(), glob, arena, paths,
	    count);
}

static const struct stmt *
parse(struct lab *lab, const char *name, struct str text)
{
	struct source *source = arena_alloc(lab->arena, sizeof *source);

	*source = (struct source){ str_of(name), text };
	return tree_parse(source, lab->arena, lab->diag);
}

static void
no_findings(struct lab *lab)
{
	CHECK(diag_count(lab->diag, DG_ERROR) == 0, "%.*s",
	    STR_ARG(diag_text(lab->diag, lab->arena)));
}

/* --- building ------------------------------------------------------------- */

static void
build_settings(struct lab *lab, const char *more, struct reader *reader)
{
	const char *said = more == NULL ? "" : more;
	struct str text = arena_printf(lab->arena, "%s%s%s%s%s", base_settings,
	    strstr(said, "other.test") == NULL ? "domain other.test\n" : "",
	    strstr(said, "greet") == NULL ? "greet wait 0\n" : "",
	    strncmp(said, "deliver", 7) != 0 ?
	    "deliver maildir /srv/mail/%d/%u\n" : "", said);

	(void)conf_read(parse(lab, "lab.conf", text), STR("lab.conf"),
	    reader, lab->arena, lab->diag, &lab->settings);
	no_findings(lab);
}

static void
build_policy(struct lab *lab, const char *text, struct texts *texts)
{
	const struct str folder = STR(BUILTIN_DIR);
	struct policy_env env = { .reader = &texts->reader,
	    .folders = &folder, .folder_count = 1 };
	int *base = arena_array(lab->arena, filters_count(), sizeof *base);

	texts->policy = arena_printf(lab->arena, "policy lab\n%s",
	    text == NULL ? "" : text);
	lab->vocabulary = vocabulary_new(lab->arena);
	filters_declare(lab->vocabulary, base);
	env.vocabulary = lab->vocabulary;
	(void)policy_compile(&env, STR("lab.policy"), lab->arena, lab->diag,
	    &lab->policy);
	no_findings(lab);
	lab->server.base = base;
}

static void
build_world(struct lab *lab, const char *text)
{
	static const struct names_conf conf = {
		.query_deadline = 2500 * MSEC, .ttl_low = 60,
		.ttl_high = 3600 };
	struct sim_domain *domains = arena_array(lab->arena, 2,
	    sizeof *domains);
	struct zones *zones = zones_new(lab->arena, lab->diag);
	const struct stmt *s;

	s = parse(lab, "lab.zones", arena_printf(lab->arena,
	    "else nxdomain\n%s", text == NULL ? "" : text));
	for (; s != NULL; s = s->next)
		CHECK(zones_read(zones, s), "a line of no zone");
	no_findings(lab);
	lab->sim = sim_new(WALL, 1);
	lab->world = sim_world(lab->sim);
	lab->upstream = sim_upstream(lab->world, zones,
	    world_now(lab->world), NULL);
	lab->world->names = names_new(lab->world, lab->upstream, &conf);
	domains[0] = (struct sim_domain){ STR("here.test"),
	    (struct sim_user *)(uintptr_t)here, COUNT(here) };
	domains[1] = (struct sim_domain){ STR("other.test"),
	    (struct sim_user *)(uintptr_t)other, COUNT(other) };
	lab->world->store = sim_store(domains, 2, lab->arena);
}

static void
on_decision(void *arg, const struct decision *d)
{
	struct lab *lab = arg;

	lab->decisions++;
	(void)snprintf(lab->folder, sizeof lab->folder, "%.*s",
	    STR_ARG(d->folder));
}

void
lab_open(struct lab *lab, const struct lab_conf *conf)
{
	static const struct lab_conf plain;
	struct texts texts = { .reader = { .read = texts_read,
		.list = texts_list, .secret = texts_read } };

	if (conf == NULL)
		conf = &plain;
	memset(lab, 0, sizeof *lab);
	lab->arena = arena_new(0);
	lab->diag = diag_new();
	build_settings(lab, conf->settings, &texts.reader);
	build_policy(lab, conf->policy, &texts);
	build_world(lab, conf->zones);
	lab->bodies = (struct body_pool){ .max = 64u << 20 };
	lab->server.world = lab->world;
	lab->server.settings = lab->settings;
	lab->server.policy = lab->policy;
	lab->server.vocabulary = lab->vocabulary;
	lab->server.bodies = &lab->bodies;
	lab->server.on_decision = on_decision;
	lab->server.arg = lab;
}

static void
run_on(struct lab *lab)
{
	(void)sim_run(lab->sim, NULL, NULL, world_now(lab->world));
}

void
lab_close(struct lab *lab)
{
	if (lab->client != NULL)
		stream_free(&lab->client);
	(void)sim_run(lab->sim, NULL, NULL, USEC_NEVER);
	assert_int_equal(lab->server.open, 0);
	assert_null(lab->server.sessions);
	assert_null(lab->server.shared);
	assert_int_equal(board_total(lab->world->board, TL_OPEN), 0);
	assert_int_equal(lab->bodies.held, 0);
	lab->upstream->free(lab->upstream);
	names_free(&lab->world->names);
	sim_free(&lab->sim);
	diag_free(&lab->diag);
	arena_free(&lab->arena);
}

/* --- talking -------------------------------------------------------------- */

int
lab_connect(struct lab *lab, const char *text)
{
	struct stream *end;
	struct ip ip;
	int rc;

	if (lab->client != NULL)
		stream_free(&lab->client);
	run_on(lab);
	assert_int_equal(ip_parse(str_of(text), &ip), 0);
	pipe_new(lab->world->fibers, &lab->client, &end);
	rc = session_open(&lab->server, end, ip, 40000, &lab->listen);
	run_on(lab);
	return rc;
}

static struct str
take_all(struct lab *lab)
{
	struct str got, all = { 0 };

	while (lab->client != NULL && stream_has_bytes(lab->client)) {
		got = stream_pending(lab->client);
		all = arena_printf(lab->arena, "%.*s%.*s", STR_ARG(all),
		    STR_ARG(got));
		stream_consume(lab->client, got.len);
	}
	return all;
}

struct str
lab_wait(struct lab *lab, usec_t span)
{
	(void)sim_run(lab->sim, NULL, NULL, world_now(lab->world) + span);
	return take_all(lab);
}

struct str
lab_say(struct lab *lab, struct str bytes)
{
	(void)stream_say(lab->client, bytes);
	return lab_wait(lab, 0);
}

void
lab_hang_up(struct lab *lab)
{
	stream_free(&lab->client);
	run_on(lab);
}

void
lab_reset(struct lab *lab)
{
	pipe_reset(lab->client);
	run_on(lab);
}

bool
lab_is_closed(struct lab *lab)
{
	return !stream_has_bytes(lab->client) && lab->server.open == 0;
}

struct str
lab_log(struct lab *lab)
{
	const struct sim_line *l = lab->told == NULL ? sim_log(lab->sim) :
	    lab->told->next;

	if (l == NULL)
		return STR("");
	lab->told = l;
	return l->text;
}

const struct letter *
lab_letters(const struct lab *lab)
{
	return sim_letters(lab->world->store);
}

void
lab_begin(struct lab *lab, const char *from, const char *to)
{
	struct str got;

	(void)lab_say(lab, STR("EHLO client.test\r\n"));
	got = lab_say(lab, arena_printf(lab->arena,
	    "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\n", from, to));
	lab_expect(got, "250 2.1.0 *250 2.1.5 *", "a plain beginning");
}

void
lab_expect(struct str got, const char *want, const char *why)
{
	CHECK(str_glob(str_of(want), got), "%s:\n got  \"%.*s\"\n want \"%s\"",
	    why, STR_ARG(got), want);
}
