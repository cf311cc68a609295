/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS lists and how far they are believed: what an answer is worth in each
 * state, what is asked at all, and how a jump is seen by all.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/desk.h"

#include "policy/health.h"
#include "run/board.h"

#define CLIENT "77.2.0.192"
#define PTR4   CLIENT ".in-addr.arpa"

/* A room whose lists somebody looks after: room_lists, all believed since
 * second 50. */
struct ward {
	struct room     room;
	unsigned       *slots;
};

static unsigned
slot_of(const struct ward *w, const char *list, enum list_kind kind)
{
	size_t i;

	for (i = 0; i < w->room.desk.list_count; i++)
		if (str_eq(w->room.desk.lists[i]->name, str_of(list)))
			return w->slots[i * LK_COUNT + kind];
	fail_msg("no list %s", list);
	return 0;
}

static void
set_state_of(struct ward *w, unsigned slot, enum health_state state,
    uint8_t baseline, usec_t since)
{
	assert_true(board_list_write(w->room.world.board, slot, 0,
	    belief_pack((struct health_sign){ state, baseline, since }),
	    w->room.clock));
}

/* For all kinds that it has. */
static void
set_state(struct ward *w, const char *list, enum health_state state)
{
	enum list_kind kind;
	unsigned slot;

	for (kind = 0; kind < LK_COUNT; kind++) {
		slot = slot_of(w, list, kind);
		if (slot < BOARD_LISTS)
			set_state_of(w, slot, state, 9, 50 * SEC);
	}
}

static void
ward_open(struct ward *w, const struct row *dns, const char *lists)
{
	static const struct names_conf conf = { .query_deadline = 2500 * MSEC,
	    .ttl_low = 60, .ttl_high = 3600, .cache_entries = 100 };
	struct desk *d = &w->room.desk;
	size_t i;

	room_open(&w->room, dns, lists);
	names_free(&w->room.world.names);
	w->room.world.names = names_new(&w->room.world, &w->room.upstream,
	    &conf);
	w->room.world.board = board_new_keyed((struct sipkey){ 1, 2 });
	assert_int_equal(board_enter(w->room.world.board), 0);
	w->slots = health_slots(w->room.world.board, d->lists, d->list_count,
	    w->room.arena);
	d->slots = w->slots;
	for (i = 0; i < d->list_count * LK_COUNT; i++)
		if (w->slots[i] < BOARD_LISTS)
			board_list_take(w->room.world.board, w->slots[i], 0);
	for (i = 0; i < d->list_count; i++)
		set_state(w, arena_str(w->room.arena, d->lists[i]->name).p,
		    HS_OK);
}

static void
ward_close(struct ward *w)
{
	struct board *b = w->room.world.board;

	room_close(&w->room);
	board_free(&b);
}

static uint64_t
counted(const struct ward *w, const char *list, enum list_count c)
{
	return board_list_total(w->room.world.board,
	    slot_of(w, list, LK_IP4), c);
}

/* ------------------------------------------------------------------------
 * State by answer.
 */

#define YES  "zen=true zen.xbl=true zen.sbl=false"
#define NO   "zen=false zen.xbl=false zen.sbl=false"
#define ILL  "zen=unknown:health zen.xbl=unknown:health zen.sbl=unknown:health"
#define SUSP "zen=unknown:suspect zen.xbl=unknown:suspect " \
	"zen.sbl=unknown:suspect"
#define ERR  "zen=unknown:list-error zen.xbl=unknown:list-error"
#define NONE "zen=unknown:timeout zen.xbl=unknown:timeout"

struct state_row {
	enum health_state state;
	const char *listed, *clean, *error, *trouble;
	bool        is_asked;
};

static const struct state_row states[] = {
	{ HS_OK, YES, NO, ERR, NONE, true },
	{ HS_SLOW, YES, NO, ERR, NONE, true },
	{ HS_SUSPECT, SUSP, NO, ERR, NONE, true },
	{ HS_UNPROBED, ILL, ILL, ILL, ILL, false },
	{ HS_REFUSED, ILL, ILL, ILL, ILL, false },
	{ HS_BLIND, ILL, ILL, ILL, ILL, false },
	{ HS_OFF, ILL, ILL, ILL, ILL, false },
	{ HS_WRONG_USE, ILL, ILL, ILL, ILL, false },
	{ HS_QUOTA, ILL, ILL, ILL, ILL, false },
	{ HS_DEAD, ILL, ILL, ILL, ILL, false },
};

static void
one_state(const struct state_row *s, const char *answer, const char *facts)
{
	const struct row dns[] = { { CLIENT ".zen.test", DNS_A, answer, 900 },
		{ 0 } };
	struct ward w;

	ward_open(&w, dns, room_lists);
	set_state(&w, "zen", s->state);
	assert_int_equal(room_start(&w.room, ST_CONNECT), 0);
	room_run_until(&w.room, 100);
	if (!s->is_asked)       /* known without any wait */
		room_expect(&w.room, facts, belief_word(s->state));
	room_run_until(&w.room, 3000);
	room_expect(&w.room, facts, belief_word(s->state));
	CHECK(room_asked(&w.room, ".zen.test") == s->is_asked, "%s: %s",
	    belief_word(s->state), w.room.asked);
	assert_int_equal(counted(&w, "zen", LS_ASKED), s->is_asked);
	ward_close(&w);
}

static void
states_and_answers(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(COUNT(states), HS_COUNT);
	for (i = 0; i < COUNT(states); i++) {
		one_state(&states[i], "127.0.0.4", states[i].listed);
		one_state(&states[i], "nxdomain", states[i].clean);
		one_state(&states[i], "127.255.255.254", states[i].error);
		one_state(&states[i], "timeout", states[i].trouble);
	}
}

/* After an hour of it, and without anybody who looks. */
static void
gone_and_unwatched(void **state)
{
	struct ward w;
	unsigned slot;

	(void)state;
	ward_open(&w, NULL, room_lists);
	slot = slot_of(&w, "zen", LK_IP4);
	w.room.clock += 7200 * SEC;
	set_state_of(&w, slot, HS_DEAD, 9, w.room.clock - 3600 * SEC);
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, "zen.xbl=unknown:gone zen=unknown:gone "
	    "allow.high=unknown:gone white.bad=unknown:gone",
	    "dead for an hour; the others' keeper gone for two");
	assert_int_equal(w.room.questions, room_asked(&w.room, ".arpa"));
	ward_close(&w);

	ward_open(&w, NULL, "list zen \"zen.test\" ip4 { ask client; "
	    "code 127.0.0.4 xbl 8 }");
	w.slots[LK_IP4] = BOARD_LISTS;
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, "zen=unknown:health", "the board has no room");
	ward_close(&w);
}

/* IPv6 may be ill while IPv4 is well; and a list of names for itself. */
static void
kinds_are_apart(void **state)
{
	static const struct row dns[] = {
		{ CLIENT ".zen.test", DNS_A, "127.0.0.4", 0 }, { 0 } };
	struct ward w;

	(void)state;
	ward_open(&w, dns, room_lists);
	set_state_of(&w, slot_of(&w, "zen", LK_IP6), HS_OFF, 9, 50 * SEC);
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, YES, "IPv4 is well");
	ward_close(&w);

	ward_open(&w, dns, room_lists);
	set_state_of(&w, slot_of(&w, "zen", LK_IP6), HS_OFF, 9, 50 * SEC);
	room_client(&w.room, "2001:db8::9");
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, ILL, "IPv6 is not");
	assert_int_equal(room_asked(&w.room, ".zen.test"), 0);
	ward_close(&w);

	ward_open(&w, NULL, room_lists);
	set_state(&w, "dbl", HS_DEAD);
	room_stage(&w.room, ST_CONNECT);
	room_helo(&w.room, "mx.good.test");
	room_mail(&w.room, "<a@good.test>");
	room_expect(&w.room, "dbl.helo.spam=unknown:health "
	    "dbl.sender.spam=unknown:health dbl.spam=unknown:health "
	    "uri.black=false zen.xbl=false", "dbl alone");
	assert_int_equal(room_asked(&w.room, ".dbl.test"), 0);
	ward_close(&w);
}

/* What is not asked is no reason to call a list unknown. */
static void
not_asked_stays_not_asked(void **state)
{
	struct ward w;

	(void)state;
	ward_open(&w, NULL, room_lists);
	set_state(&w, "zen", HS_OFF);
	set_state(&w, "dbl", HS_OFF);
	room_client(&w.room, "10.1.2.3");
	room_stage(&w.room, ST_CONNECT);
	room_helo(&w.room, "[192.0.2.77]");
	room_expect(&w.room, "zen=not-asked lists.all-unknown=false "
	    "dbl.helo.spam=not-asked", "private");
	ward_close(&w);
}

/* A name that is slow holds nobody up for a list that is ill anyway. */
static void
ill_lists_wait_for_nothing(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.bad.test", 2000 }, { 0 } };
	struct ward w;

	(void)state;
	ward_open(&w, dns, room_lists);
	set_state(&w, "dbl", HS_REFUSED);
	assert_int_equal(room_start(&w.room, ST_CONNECT), 0);
	w.room.desk.helo = STR("mx.good.test");
	assert_int_equal(room_start(&w.room, ST_HELO), 0);
	room_run_until(&w.room, 1);
	room_expect(&w.room, "dbl.name.spam=unknown:health "
	    "dbl.helo.spam=unknown:health", "at once");
	ward_close(&w);
}

struct all_row {
	const char *why, *zen, *allow, *white, *all;
};

static const struct all_row alls[] = {
	{ "all are well", "nxdomain", "nxdomain", "nxdomain", "false" },
	{ "all are ill", NULL, NULL, NULL, "true" },
	{ "one answers", NULL, "nxdomain", NULL, "false" },
	{ "one is asked, and silent", NULL, NULL, "timeout", "true" },
};

static void
all_unknown(void **state)
{
	struct row dns[4];
	struct ward w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(alls); i++) {
		memset(dns, 0, sizeof dns);
		dns[0] = (struct row){ CLIENT ".zen.test", DNS_A,
		    alls[i].zen == NULL ? "timeout" : alls[i].zen, 0 };
		dns[1] = (struct row){ CLIENT ".allow.test", DNS_A,
		    alls[i].allow == NULL ? "timeout" : alls[i].allow, 0 };
		dns[2] = (struct row){ CLIENT ".white.test", DNS_A,
		    alls[i].white == NULL ? "timeout" : alls[i].white, 0 };
		ward_open(&w, dns, room_lists);
		if (alls[i].zen == NULL)
			set_state(&w, "zen", HS_OFF);
		if (alls[i].allow == NULL)
			set_state(&w, "allow", HS_DEAD);
		if (alls[i].white == NULL)
			set_state(&w, "white", HS_REFUSED);
		room_stage(&w.room, ST_CONNECT);
		assert_string_equal(room_fact(&w.room, "lists.all-unknown"),
		    alls[i].all);
		ward_close(&w);
	}
}

/* ------------------------------------------------------------------------
 * It changes while a question is under way.
 */

static void
belief_changes_in_between(void **state)
{
	static const struct {
		enum health_state to;
		const char *answer, *facts;
	} rows[] = {
		{ HS_OFF, "127.0.0.4", ILL }, { HS_OFF, "nxdomain", ILL },
		{ HS_SUSPECT, "127.0.0.4", SUSP },
		{ HS_SUSPECT, "nxdomain", NO }, { HS_SLOW, "127.0.0.4", YES },
	};
	struct row dns[2] = { { CLIENT ".zen.test", DNS_A, NULL, 500 },
		{ 0 } };
	struct ward w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		dns[0].answer = rows[i].answer;
		ward_open(&w, dns, room_lists);
		assert_int_equal(room_start(&w.room, ST_CONNECT), 0);
		room_run_until(&w.room, 100);
		room_expect(&w.room, "zen=pending", "asked");
		set_state(&w, "zen", rows[i].to);
		room_run_until(&w.room, 600);
		room_expect(&w.room, rows[i].facts, belief_word(rows[i].to));
		ward_close(&w);
	}
}

/* catalogue 140: the list was off from 110 to 200; what the cache got in that
 * time is asked again, and counted. */
static void
cached_hits_of_a_bad_time(void **state)
{
	static struct row dns[] = {
		{ CLIENT ".zen.test", DNS_A, "127.0.0.4", 0 }, { 0 } };
	struct ward w;
	unsigned slot;

	(void)state;
	dns[0].answer = "127.0.0.4";
	ward_open(&w, dns, room_lists);
	slot = slot_of(&w, "zen", LK_IP4);
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, YES, "nobody knew yet");
	dns[0].answer = "nxdomain";
	room_end(&w.room, ST_CONNECT);
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, YES, "out of the cache");
	assert_int_equal(room_asked(&w.room, ".zen.test"), 1);
	assert_int_equal(counted(&w, "zen", LS_LISTED), 1);
	w.room.clock = 200 * SEC;
	set_state_of(&w, slot, HS_OK, 9, 200 * SEC);
	room_end(&w.room, ST_CONNECT);
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, NO, "asked again");
	assert_int_equal(room_asked(&w.room, ".zen.test"), 2);
	assert_int_equal(counted(&w, "zen", LS_CLEAN), 1);
	ward_close(&w);
}

/* ------------------------------------------------------------------------
 * Counting, and jumps.
 */

static void
answers_are_counted(void **state)
{
	static const struct { const char *answer; enum list_count count; }
	    rows[] = {
		{ "127.0.0.4", LS_LISTED }, { "nxdomain", LS_CLEAN },
		{ "nodata", LS_CLEAN }, { "127.0.0.77", LS_ERROR },
		{ "127.255.255.254", LS_ERROR }, { "1.2.3.4", LS_ERROR },
		{ "timeout", LS_TROUBLE }, { "servfail", LS_TROUBLE },
		{ "refused", LS_TROUBLE }, { "garbage", LS_TROUBLE },
	};
	struct row dns[2] = { { CLIENT ".zen.test", DNS_A, NULL, 20 }, { 0 } };
	enum list_count c;
	struct ward w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		dns[0].answer = rows[i].answer;
		ward_open(&w, dns, room_lists);
		room_stage(&w.room, ST_CONNECT);
		for (c = LS_LISTED; c <= LS_TROUBLE; c++)
			CHECK(counted(&w, "zen", c) == (c == rows[i].count),
			    "%s, count %d", rows[i].answer, (int)c);
		CHECK(counted(&w, "zen", LS_TOOK + 2) ==
		    (rows[i].count != LS_TROUBLE), "%s: time",
		    rows[i].answer);
		ward_close(&w);
	}
}

/* A spent budget is not the list's trouble. */
static void
our_own_trouble_is_not_counted(void **state)
{
	struct ward w;

	(void)state;
	ward_open(&w, NULL, room_lists);
	w.room.desk.budget.left = 0;
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, "zen=unknown:budget", "no question");
	assert_int_equal(counted(&w, "zen", LS_ASKED), 0);
	assert_int_equal(counted(&w, "zen", LS_TROUBLE), 0);
	ward_close(&w);
}

/* Who goes before the answer has used the list's limit all the same. */
static void
what_was_left_is_counted(void **state)
{
	static const struct row dns[] = {
		{ CLIENT ".zen.test", DNS_A, "127.0.0.4", 500 }, { 0 } };
	struct ward w;

	(void)state;
	ward_open(&w, dns, room_lists);
	assert_int_equal(room_start(&w.room, ST_CONNECT), 0);
	room_run_until(&w.room, 100);
	assert_int_equal(counted(&w, "zen", LS_ASKED), 0);
	room_end(&w.room, ST_CONNECT);
	assert_int_equal(counted(&w, "zen", LS_ASKED), 1);
	assert_int_equal(counted(&w, "zen", LS_TROUBLE), 0);
	assert_int_equal(counted(&w, "white", LS_ASKED), 1);
	ward_close(&w);
}

/* So many hits as bring a suspicion at a usual share of 9 in 250: six. The
 * one that brings it is not believed itself, nor is what follows. */
static void
a_run_of_hits_is_a_jump(void **state)
{
	char names[10][64], client[16];
	struct row dns[11] = { { 0 } };
	struct ward w;
	unsigned i;

	(void)state;
	for (i = 0; i < 10; i++) {
		(void)snprintf(names[i], sizeof names[i],
		    "%u.2.0.192.zen.test", 100 + i);
		dns[i] = (struct row){ names[i], DNS_A, i < 9 ? "127.0.0.4" :
		    "nxdomain", 0 };
	}
	ward_open(&w, dns, room_lists);
	for (i = 0; i < 10; i++) {
		(void)snprintf(client, sizeof client, "192.0.2.%u", 100 + i);
		room_client(&w.room, client);
		room_end(&w.room, ST_CONNECT);
		room_stage(&w.room, ST_CONNECT);
		room_expect(&w.room, i < 5 ? YES : i < 9 ? SUSP : NO, client);
	}
	assert_int_equal(belief_unpack(board_list_word(w.room.world.board,
	    slot_of(&w, "zen", LK_IP4))).state, HS_SUSPECT);
	ward_close(&w);
}

/* Nobody suspects a list that the keeper wants to be left alone. */
static void
a_quiet_list_is_not_suspected(void **state)
{
	static const struct row dns[] = {
		{ CLIENT ".zen.test", DNS_A, "127.0.0.4", 0 }, { 0 } };
	struct ward w;
	unsigned slot, i;

	(void)state;
	ward_open(&w, dns, room_lists);
	slot = slot_of(&w, "zen", LK_IP4);
	set_state_of(&w, slot, HS_OK, BASELINE_QUIET, 50 * SEC);
	for (i = 0; i < 63; i++)
		(void)board_list_saw(w.room.world.board, slot, true);
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, YES, "quiet");
	ward_close(&w);
}

/* One client that comes ten times at once is one answer. */
static void
shared_questions_count_once(void **state)
{
	static const struct row dns[] = {
		{ CLIENT ".zen.test", DNS_A, "127.0.0.4", 500 }, { 0 } };
	struct stage_run *runs;
	struct desk *desks;
	struct ward w;
	size_t i;

	(void)state;
	ward_open(&w, dns, room_lists);
	runs = arena_array(w.room.arena, 9, sizeof *runs);
	desks = arena_array(w.room.arena, 9, sizeof *desks);
	assert_int_equal(room_start(&w.room, ST_CONNECT), 0);
	for (i = 0; i < 9; i++) {
		desks[i] = w.room.desk;
		desks[i].facts = facts_new(w.room.vocabulary, w.room.arena);
		assert_int_equal(desk_start(&desks[i], ST_CONNECT,
		    w.room.arena, &runs[i]), 0);
	}
	room_run_until(&w.room, 1000);
	for (i = 0; i < 9; i++)
		assert_false(desk_is_busy(&runs[i]));
	room_expect(&w.room, YES, "believed");
	assert_int_equal(counted(&w, "zen", LS_LISTED), 1);
	assert_int_equal(board_list_saw(w.room.world.board,
	    slot_of(&w, "zen", LK_IP4), false), 2);
	ward_close(&w);
}

/* ------------------------------------------------------------------------
 * Subjects that came later: when, value, those who signed.
 */

static void
values_are_numbers(void **state)
{
	static const struct {
		const char *answer, *facts;
		enum health_state state;
	} rows[] = {
		{ "127.0.4.87", "score.n=87 score.bad=false", HS_OK },
		{ "127.0.4.87 127.0.4.3", "score.n=87", HS_OK },
		{ "127.0.4.3 127.0.0.2", "score.n=3 score.bad=true", HS_OK },
		{ "127.0.0.2", "score.n=absent score.bad=true", HS_OK },
		{ "nxdomain", "score.n=absent score.bad=false", HS_OK },
		{ "127.255.255.255", "score.n=unknown:list-error", HS_OK },
		{ "timeout", "score.n=unknown:timeout", HS_OK },
		{ "127.0.4.87", "score.n=unknown:suspect "
		  "score.bad=unknown:suspect", HS_SUSPECT },
		{ "127.0.4.87", "score.n=unknown:health", HS_BLIND },
	};
	struct row dns[2] = { { CLIENT ".score.test", DNS_A, NULL, 0 },
		{ 0 } };
	struct ward w;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		dns[0].answer = rows[i].answer;
		ward_open(&w, dns, "list score \"score.test\" ip4 { ask "
		    "client; value 127.0.4.N n; code 127.0.0.2 bad 2 }");
		set_state(&w, "score", rows[i].state);
		room_stage(&w.room, ST_CONNECT);
		room_expect(&w.room, rows[i].facts, rows[i].answer);
		ward_close(&w);
	}
}

/* Of two that answer at one stage the greater counts, whoever came first. */
static void
the_greatest_value_counts(void **state)
{
	struct row dns[] = {
		{ PTR4, DNS_PTR, "mx.good.test", 0 },
		{ "mx.good.test", DNS_A, "192.0.2.77", 0 },
		{ "helo.test.score.test", DNS_A, NULL, 0 },
		{ "mx.good.test.score.test", DNS_A, NULL, 0 }, { 0 } };
	struct ward w;
	int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		dns[2].answer = i % 2 == 0 ? "127.0.4.87" : "127.0.4.3";
		dns[3].answer = i % 2 == 0 ? "127.0.4.3" : "127.0.4.87";
		dns[2].msec = i / 2 == 0 ? 100 : 300;
		dns[3].msec = 200;
		ward_open(&w, dns, "list score \"score.test\" domain { ask "
		    "helo name; value 127.0.4.N n; code 127.0.0.2 bad 2 }");
		room_stage(&w.room, ST_CONNECT);
		room_helo(&w.room, "helo.test");
		room_expect(&w.room, "score.n=87 score.bad=false",
		    dns[2].answer);
		ward_close(&w);
	}
}

static void
asked_only_when_it_holds(void **state)
{
	static const struct row dns[] = {
		{ CLIENT ".back.test", DNS_A, "127.0.0.2", 0 }, { 0 } };
	static const char lists[] = "list back \"back.test\" ip4 { ask client; "
	    "when mail.null; code 127.0.0.2 listed 6 }";
	struct ward w;

	(void)state;
	ward_open(&w, dns, lists);
	room_stage(&w.room, ST_CONNECT);
	room_expect(&w.room, "back.listed=later", "not before its stage");
	room_helo(&w.room, "mx.good.test");
	room_mail(&w.room, "<a@good.test>");
	room_expect(&w.room, "back.listed=not-asked back=not-asked", "a "
	    "sender");
	assert_int_equal(room_asked(&w.room, ".back.test"), 0);
	room_mail(&w.room, "<>");
	room_expect(&w.room, "back.listed=true back=true", "none");
	assert_int_equal(room_asked(&w.room, ".back.test"), 1);
	set_state(&w, "back", HS_OFF);
	room_mail(&w.room, "<>");
	room_expect(&w.room, "back.listed=unknown:health", "ill");
	room_mail(&w.room, "<a@good.test>");
	room_expect(&w.room, "back.listed=not-asked", "ill, and not wanted");
	ward_close(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_and_answers),
		cmocka_unit_test(gone_and_unwatched),
		cmocka_unit_test(kinds_are_apart),
		cmocka_unit_test(not_asked_stays_not_asked),
		cmocka_unit_test(ill_lists_wait_for_nothing),
		cmocka_unit_test(all_unknown),
		cmocka_unit_test(belief_changes_in_between),
		cmocka_unit_test(cached_hits_of_a_bad_time),
		cmocka_unit_test(answers_are_counted),
		cmocka_unit_test(our_own_trouble_is_not_counted),
		cmocka_unit_test(what_was_left_is_counted),
		cmocka_unit_test(a_run_of_hits_is_a_jump),
		cmocka_unit_test(a_quiet_list_is_not_suspected),
		cmocka_unit_test(shared_questions_count_once),
		cmocka_unit_test(values_are_numbers),
		cmocka_unit_test(the_greatest_value_counts),
		cmocka_unit_test(asked_only_when_it_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
