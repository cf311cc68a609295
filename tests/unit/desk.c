/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The room that filters are tried in. See desk.h.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/desk.h"

#include "dns/wire.h"
#include "lang/builtin.h"
#include "lang/tree.h"

const char room_lists[] =
    "list zen \"zen.test\" ip4 ip6 {\n"
    "	ask client\n"
    "	code 127.0.0.2 sbl 8; code 127.0.0.3 css 6; code 127.0.0.4-7 xbl 8\n"
    "	code 127.0.0.9 drop 8; code 127.0.0.10-11 pbl 4\n"
    "	error 127.255.255.0/24\n"
    "}\n"
    "list allow \"allow.test\" ip4 {\n"
    "	ask client\n"
    "	code 127.0.2-15.0 none 0; code 127.0.2-15.3 high -3\n"
    "	error 127.0.0.255 127.0.10.3\n"
    "}\n"
    "list white \"white.test\" ip4 {\n"
    "	ask client; code 127.0.0.1 good -2; code 127.0.0.2 bad 3\n"
    "}\n"
    "list dbl \"dbl.test\" domain {\n"
    "	ask helo sender name\n"
    "	code 127.0.1.2 spam 6; code 127.0.1.4 phish 7\n"
    "	code 127.0.1.102-106 abused 0; code 127.0.1.7 spam 6\n"
    "	error 127.0.1.255\n"
    "}\n"
    "list uri \"uri.test\" domain { ask sender; code 127.0.0.2 black 6 }\n";

#define ASKED 8192      /* bytes of names asked */

/* An answer on its way. */
struct carriage {
	struct timer     timer;
	struct room     *room;
	struct exchange *exchange;
	const struct row *row;          /* NULL: no such name               */
	struct carriage *next;
};

/* ------------------------------------------------------------------------
 * The clock.
 */

static usec_t
room_now(struct world *w)
{
	return CONTAINER(w, struct room, world)->clock;
}

static usec_t
room_wall(struct world *w)
{
	return CONTAINER(w, struct room, world)->clock;
}

static usec_t
fibers_clock(void *arg)
{
	return ((struct room *)arg)->clock;
}

static void
room_random(struct world *w, void *buf, size_t n)
{
	(void)w;
	memset(buf, 7, n);
}

static void
run_until(struct room *r, usec_t until)
{
	usec_t next;

	for (;;) {
		fibers_run(r->world.fibers);
		next = fibers_next(r->world.fibers);
		if (next == USEC_NEVER || next > until)
			return;
		assert_true(next >= r->clock);
		r->clock = next;
		fibers_fire(r->world.fibers);
	}
}

/* ------------------------------------------------------------------------
 * The script.
 */

static const struct {
	const char *word;
	int         error;      /* of the exchange                          */
	unsigned    rcode;
	bool        is_truncated;
} outcomes[] = {
	{ "nxdomain", 0, 3, false }, { "nodata", 0, 0, false },
	{ "servfail", 0, 2, false }, { "refused", 0, 5, false },
	{ "timeout", -E_TIMEOUT, 0, false },
	{ "truncated", 0, 0, true },
	{ "garbage", -E_GARBAGE, 0, false },
};

static size_t
read_records(const char *answer, struct exchange *x, struct wire_record *w)
{
	struct str rest = str_of(answer), word;
	size_t n = 0;

	while (rest.len > 0) {
		word = str_split(&rest, x->type == DNS_TXT ? '\n' : ' ');
		w[n] = (struct wire_record){ .owner = x->name,
		    .type = x->type, .record.ttl = 300 };
		if (x->type == DNS_A || x->type == DNS_AAAA)
			assert_int_equal(ip_parse(word, &w[n].record.ip), 0);
		else if (!str_eq(word, STR(".")))
			w[n].record.text = word;
		n++;
	}
	return n;
}

static void
deliver(struct timer *t)
{
	struct carriage *c = CONTAINER(t, struct carriage, timer), **at;
	struct room *r = c->room;
	struct exchange *x = c->exchange;
	const char *answer = c->row == NULL ? "nxdomain" : c->row->answer;
	struct wire_record *records = calloc(64, sizeof *records);
	struct wire_reply reply = { .records = records,
	    .zone = STR("test"), .negative_ttl = 60 };
	struct wire_question q = { .id = 1, .type = x->type, .name = x->name,
	    .udp_size = 1232 };
	struct buf packet = BUF_INIT(65535);
	int error = 0;
	size_t i;

	for (i = 0; i < COUNT(outcomes); i++)
		if (strcmp(outcomes[i].word, answer) == 0)
			break;
	if (i < COUNT(outcomes)) {
		error = outcomes[i].error;
		reply.rcode = outcomes[i].rcode;
		reply.is_truncated = outcomes[i].is_truncated;
	} else {
		reply.count = read_records(answer, x, records);
	}
	assert_int_equal(wire_write_answer(&packet, &q, &reply), 0);
	free(records);
	for (at = &r->carriages; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	free(c);
	x->done(x, error, (const uint8_t *)packet.p, packet.len);
	buf_free(&packet);
}

static const struct row *
find_row(const struct room *r, const struct exchange *x)
{
	const struct row *row;

	for (row = r->rows; row != NULL && row->name != NULL; row++)
		if (row->type == x->type &&
		    str_eq_case(str_of(row->name), x->name))
			return row;
	return NULL;
}

static void
script_send(struct upstream *u, struct exchange *x)
{
	struct room *r = CONTAINER(u, struct room, upstream);
	struct carriage *c = calloc(1, sizeof *c);
	size_t n = strlen(r->asked);

	assert_non_null(c);
	r->questions++;
	(void)snprintf(r->asked + n, ASKED - n, "%.*s/%d ",
	    STR_ARG(x->name), (int)x->type);
	c->timer.fire = deliver;
	c->room = r;
	c->exchange = x;
	c->row = find_row(r, x);
	c->next = r->carriages;
	r->carriages = c;
	timer_set(r->world.fibers, &c->timer,
	    r->clock + MSEC * (c->row == NULL ? 0 : c->row->msec));
}

static void
script_free(struct upstream *u)
{
	(void)u;
}

/* ------------------------------------------------------------------------
 * The room.
 */

static void
read_lists(struct room *r, const char *text)
{
	struct source *source = arena_alloc(r->arena, sizeof *source);
	struct reading reading = { .arena = r->arena, .diag = r->diag };
	struct list **lists = arena_array(r->arena, 16, sizeof *lists);
	const struct stmt *s;
	struct str clash;

	*source = (struct source){ STR("lists"), str_of(text) };
	for (s = tree_parse(source, r->arena, r->diag); s != NULL;
	    s = s->next) {
		struct list *l = list_read(s, &reading);

		CHECK(l != NULL, "%.*s",
		    STR_ARG(diag_text(r->diag, r->arena)));
		assert_int_equal(list_declare(l, r->vocabulary, r->arena,
		    &clash), 0);
		l->number = (int)r->desk.list_count;
		lists[r->desk.list_count++] = l;
	}
	r->desk.lists = lists;
}

/* All but lists and facts. */
static void
room_build(struct room *r, const struct row *rows)
{
	static const struct str ours[] = { { "here.test", 9 } };
	const struct names_conf conf = { .query_deadline = 2500 * MSEC,
	    .ttl_low = 60, .ttl_high = 3600 };
	int *base;

	memset(r, 0, sizeof *r);
	r->clock = 100 * SEC;
	r->rows = rows;
	r->arena = arena_new(0);
	r->asked = arena_alloc(r->arena, ASKED);
	r->diag = diag_new();
	r->vocabulary = vocabulary_new(r->arena);
	base = arena_array(r->arena, filters_count(), sizeof *base);
	filters_declare(r->vocabulary, base);
	r->world.now = room_now;
	r->world.wall = room_wall;
	r->world.random = room_random;
	r->world.fibers = fibers_new(fibers_clock, r);
	r->upstream = (struct upstream){ script_send, script_free };
	r->world.names = names_new(&r->world, &r->upstream, &conf);
	r->desk.world = &r->world;
	r->desk.base = base;
	r->desk.budget = (struct budget){ .left = 100,
	    .deadline = USEC_NEVER };
	r->desk.bell = &r->bell;
	r->desk.accepted = r->clock;
	r->desk.host = STR("mx.here.test");
	r->desk.ours = ours;
	r->desk.ours_count = COUNT(ours);
	room_client(r, "192.0.2.77");
}

void
room_open(struct room *r, const struct row *rows, const char *lists)
{
	room_build(r, rows);
	read_lists(r, lists == NULL ? "" : lists);
	r->desk.facts = facts_new(r->vocabulary, r->arena);
}

const struct policy *
room_open_policy(struct room *r, const struct row *rows, const char *name)
{
	const struct str folder = STR(BUILTIN_DIR);
	const struct policy *p = NULL;
	struct policy_env env = { .reader = builtin_reader(),
	    .folders = &folder, .folder_count = 1 };
	int rc;

	room_build(r, rows);
	env.vocabulary = r->vocabulary;
	rc = policy_compile(&env, str_of(name), r->arena, r->diag, &p);
	CHECK(rc == 0 && diag_at(r->diag, 0, NULL, NULL) == NULL, "%.*s",
	    STR_ARG(diag_text(r->diag, r->arena)));
	r->desk.lists = policy_lists(p, &r->desk.list_count);
	r->desk.facts = facts_new(r->vocabulary, r->arena);
	return p;
}

void
room_close(struct room *r)
{
	int stage;

	for (stage = 0; stage < ST_COUNT; stage++)
		room_end(r, (enum stage)stage);
	run_until(r, USEC_NEVER - 1);
	assert_null(r->carriages);
	names_free(&r->world.names);
	fibers_free(&r->world.fibers);
	diag_free(&r->diag);
	arena_free(&r->arena);
}

void
room_client(struct room *r, const char *ip)
{
	struct client *c = &r->desk.client;

	assert_int_equal(ip_parse(str_of(ip), &c->ip), 0);
	c->is_local = ip_is_private(c->ip) || ip_is_loopback(c->ip);
}

int
room_start(struct room *r, enum stage stage)
{
	return desk_start(&r->desk, stage, r->arena, &r->run[stage]);
}

void
room_stage(struct room *r, enum stage stage)
{
	assert_int_equal(room_start(r, stage), 0);
	run_until(r, USEC_NEVER - 1);
	assert_false(desk_is_busy(&r->run[stage]));
	assert_null(r->run[stage].scratch);
}

void
room_helo(struct room *r, const char *helo)
{
	room_end(r, ST_HELO);
	facts_forget(r->desk.facts, ST_HELO, ST_EOM);
	r->desk.helo = str_of(helo);
	room_stage(r, ST_HELO);
}

void
room_mail(struct room *r, const char *sender)
{
	struct path *path = arena_alloc(r->arena, sizeof *path);
	size_t used;

	room_end(r, ST_MAIL);
	assert_int_equal(path_parse(str_of(sender), r->arena, path, &used),
	    0);
	facts_forget(r->desk.facts, ST_MAIL, ST_EOM);
	r->desk.sender = path;
	room_stage(r, ST_MAIL);
}

void
room_run_until(struct room *r, usec_t msec)
{
	usec_t until = r->desk.accepted + msec * MSEC;

	run_until(r, until);
	r->clock = until;
}

struct ending { struct room *room; enum stage stage; };

static void
end_it(void *arg)
{
	struct ending *e = arg;

	desk_end(&e->room->desk, &e->room->run[e->stage]);
}

void
room_end(struct room *r, enum stage stage)
{
	struct ending e = { r, stage };

	assert_int_equal(fiber_start(r->world.fibers, "end", end_it, &e,
	    NULL), 0);
	fibers_run(r->world.fibers);
	assert_false(r->run[stage].is_started);
}

/* ------------------------------------------------------------------------
 * Facts as words.
 */

static struct str
shown_set(struct room *r, const struct fact *f)
{
	struct str all = f->is_partial ? STR("partial:") : STR("");
	size_t i;

	for (i = 0; i < f->set.count; i++)
		all = arena_printf(r->arena, "%.*s%s%.*s", STR_ARG(all),
		    i > 0 ? "," : "", STR_ARG(f->set.member[i]));
	return all;
}

static struct str
shown_value(struct room *r, const struct fact_decl *d, const struct fact *f)
{
	char number[24];

	switch (d->type) {
	case FT_TRUTH:
		return f->truth ? STR("true") : STR("false");
	case FT_NUMBER:
		(void)points_print(f->number, 0, number);
		return arena_str(r->arena, str_of(number));
	case FT_TEXT:
	case FT_NAME:
	case FT_MAIL:
		return f->text;
	case FT_ADDRESS:
		return ip_text(r->arena, f->ip);
	case FT_WORD:
		return str_of(d->words[f->word]);
	case FT_SET:
		return shown_set(r, f);
	case FT_TIME:
		break;
	}
	return STR("");
}

const char *
room_fact(struct room *r, const char *name)
{
	static const char *const words[] = { [FS_LATER] = "later",
		[FS_PENDING] = "pending", [FS_ABSENT] = "absent",
		[FS_NOT_ASKED] = "not-asked" };
	int number = vocabulary_find(r->vocabulary, str_of(name));
	const struct fact *f;

	CHECK(number >= 0, "no fact %s", name);
	f = &r->desk.facts->fact[number];
	if (f->status == FS_UNKNOWN)
		return arena_printf(r->arena, "unknown:%s",
		    why_word((enum why)f->why)).p;
	if (f->status != FS_KNOWN)
		return words[f->status];
	return arena_str(r->arena, shown_value(r,
	    vocabulary_decl(r->vocabulary, number), f)).p;
}

void
room_expect(struct room *r, const char *facts, const char *why)
{
	struct str rest = str_of(facts), one, name;
	const char *got;

	while (rest.len > 0) {
		one = str_split(&rest, ' ');
		name = str_split(&one, '=');
		got = room_fact(r, arena_str(r->arena, name).p);
		CHECK(str_eq(str_of(got), one), "%s: %.*s is %s, not %.*s",
		    why, STR_ARG(name), got, STR_ARG(one));
	}
}

unsigned
room_asked(const struct room *r, const char *suffix)
{
	struct str rest = str_of(r->asked), one;
	unsigned n = 0;

	while (rest.len > 0) {
		one = str_split(&rest, ' ');
		one = str_sub(one, 0, str_find(one, '/'));
		n += str_ends_case(one, str_of(suffix));
	}
	return n;
}
