/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_control - any bytes at the control socket: a request that is read has
 * the words of its verb, and what is not read has a reason in ASCII; a whole
 * conversation ends by itself, and each row of it is an object of JSON
 * (catalogue 131).
 *
 * An input is what a tool says, without its end of file.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "keeper/control.h"
#include "lang/builtin.h"
#include "run/pipe.h"
#include "sim/upstream.h"
#include "sim/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define POLICY_TEXT "policy t\nuse zen\nrefuse at 9\n"
#define LIST_TEXT "list zen \"zen.test\" ip4 { code 127.0.0.2 bad 8 }\n"

static bool
is_ascii(struct str text)
{
	size_t i;

	for (i = 0; i < text.len; i++)
		if (text.p[i] < ' ' || text.p[i] >= 0x7f)
			return false;
	return true;
}

static void
parse(struct str text)
{
	struct control_request r;
	struct fault fault = { "" };
	int rc = control_parse(text, &r, &fault);

	must(rc == 0 || rc == -E_INVALID);
	if (rc != 0) {
		must(fault.text[0] != '\0' && is_ascii(str_of(fault.text)));
		return;
	}
	must(r.verb < CV_COUNT);
	must((r.subject.len > 0) == (r.verb == CV_ASK));
	must(str_find(r.subject, ' ') == r.subject.len);
	must(str_find(r.list, ' ') == r.list.len);
}

/* --- a keeper ------------------------------------------------------------- */

static int
read_text(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *fault)
{
	(void)r;
	(void)a;
	fault_set(fault, "not there");
	if (str_eq(path, STR("rules/t.policy")))
		*text = STR(POLICY_TEXT);
	else if (str_eq(path, STR("rules/lists/zen.list")))
		*text = STR(LIST_TEXT);
	else
		return -E_NOTFOUND;
	return 0;
}

struct house {
	struct arena       *arena;
	struct diagnostics *diag;
	const struct policy *policy;
	struct sim         *sim;
	struct world       *world;
	struct zones       *zones;
	struct upstream    *upstream;
	struct settings     conf;
	struct endpoint     server;
	struct control_view view;
	struct stream      *near, *far;
	bool                is_done;
};

static void
open_house(struct house *h)
{
	static const struct str folder = { "rules", 5 };
	static const struct sim_dns nobody;
	const struct names_conf names = { .query_deadline = SEC };
	struct reader reader = { .read = read_text };
	struct policy_env env = { .reader = &reader, .folders = &folder,
		.folder_count = 1 };
	struct resolver_book *book;

	h->arena = arena_new(0);
	h->diag = diag_new();
	env.vocabulary = vocabulary_new(h->arena);
	must(policy_compile(&env, STR("t"), h->arena, h->diag,
	    &h->policy) == 0);
	(void)resolver_book_read(&reader, STR("none"), h->arena, h->diag,
	    &book);
	h->zones = zones_new(h->arena, h->diag);
	h->sim = sim_new((usec_t)1795510800 * SEC, 1);
	h->world = sim_world(h->sim);
	h->upstream = sim_upstream(h->world, h->zones, world_now(h->world),
	    &nobody);
	h->world->names = names_new(h->world, h->upstream, &names);
	h->server = (struct endpoint){ ip_v4(127, 0, 0, 1), 53 };
	h->conf = (struct settings){ .name = STR("mx.x.test"), .resolver = {
		.servers = &h->server, .server_count = 1 } };
	h->view = (struct control_view){ .policy = h->policy,
		.settings = &h->conf, .book = book, .world = h->world,
		.names = h->world->names };
}

static WAITS void
talk_main(void *arg)
{
	struct house *h = arg;
	const struct doctor_conf conf = { .world = h->world,
		.names = h->world->names, .policy = h->policy,
		.row = board_enter(h->world->board), .deadline = SEC };

	must(doctor_new(&conf, &h->view.doctor) == 0);
	control_serve(&h->view, h->near);
	doctor_free(&h->view.doctor);
	stream_free(&h->near);
	h->is_done = true;
}

static bool
is_done(void *arg)
{
	return ((struct house *)arg)->is_done;
}

/* Returns the number of rows that are an end. */
static unsigned
read_rows(struct str text)
{
	unsigned ends = 0;
	struct str line;
	json_t *row;

	while (text.len > 0) {
		line = str_split(&text, '\n');
		must(text.p != NULL && ends == 0 && is_ascii(line));
		row = json_loadb(line.p, line.len, 0, NULL);
		must(json_is_object(row));
		ends += strcmp(json_string_value(json_object_get(row,
		    "row")), "end") == 0;
		json_decref(row);
	}
	return ends;
}

static WAITS void
read_main(void *arg)
{
	struct house *h = arg;
	struct str got;
	int rc = 0;

	while (rc == 0)
		rc = stream_fill(h->far, USEC_NEVER);
	got = stream_pending(h->far);
	must(got.len == 0 || read_rows(got) == 1);
	stream_free(&h->far);
	h->is_done = true;
}

static void
run(struct house *h, void (*fn)(void *))
{
	h->is_done = false;
	must(fiber_start(h->world->fibers, "fuzz", fn, h, NULL) == 0);
	must(sim_run(h->sim, is_done, h, USEC_NEVER) == 0);
}

static void
converse(struct str text)
{
	struct house *h = calloc(1, sizeof *h);

	must(h != NULL);
	open_house(h);
	pipe_new(h->world->fibers, &h->near, &h->far);
	(void)stream_say(h->far, text);
	run(h, talk_main);
	run(h, read_main);
	h->upstream->free(h->upstream);
	names_free(&h->world->names);
	sim_free(&h->sim);
	diag_free(&h->diag);
	arena_free(&h->arena);
	free(h);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size > 4096 ? 4096 : size };

	parse(text);
	converse(text);
	return 0;
}
