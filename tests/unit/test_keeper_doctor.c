/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The doctor over lists that fall ill: how long until nobody believes them,
 * how many wrong answers are believed until then, and how long until they
 * are believed again. The gate is a fiber that asks about strangers whom no
 * list has, as filters/view.c does it.
 */
#include "keeper_lab.h"
#include "tests/unit/check.h"

#define ZEN "list zen \"zen.test\" ip4 ip6 { code 127.0.0.2 bad 8 }"
#define POLICY "policy t\nuse zen\nrefuse at 9\n"
#define MINUTE (60 * SEC)
#define SEEDS  12

static struct keeper_lab lab;

static void
open_lab(const char *zones)
{
	lab_open(&lab, zones, POLICY, "rules/lists/zen.list", ZEN);
}

/* --- a gate --------------------------------------------------------------- */

static struct gate {
	usec_t   each;           /* a question                              */
	unsigned row, number, wrong;
	bool     is_stopped;
} gate;

static void
gate_hears(unsigned slot, int error, const struct answer *a)
{
	struct board *b = lab.world->board;
	uint64_t word = board_list_word(b, slot), last;
	bool is_hit = error == 0 && a->count > 0 && ip_eq(a->records[0].ip,
	    ip_v4(127, 0, 0, 2));
	bool is_error = error == 0 && a->count > 0 && !is_hit;

	board_list_count(b, gate.row, slot, error != 0 ? LS_TROUBLE :
	    is_error ? LS_ERROR : is_hit ? LS_LISTED : LS_CLEAN, 1);
	if (error != 0 || is_error)
		return;
	gate.wrong += is_hit && belief_of(word,
	    board_list_renewed(b, slot), world_now(lab.world)).in_hits;
	last = board_list_saw(b, slot, is_hit);
	if (belief_is_jump(last, belief_unpack(word).baseline))
		(void)board_list_swap(b, slot, word, belief_suspect(word));
}

static WAITS void
gate_main(void *arg)
{
	struct arena *a = arena_new(0);
	struct answer answer;
	struct budget budget;
	unsigned slot, n;
	int rc;

	(void)arg;
	while (!gate.is_stopped) {
		rc = fiber_sleep(world_now(lab.world) + gate.each);
		if (rc != 0 || lab.doctor == NULL)
			break;
		slot = lab_patient(&lab, "zen", LK_IP4)->slot;
		if (!lab_belief(&lab, "zen", LK_IP4).is_asked)
			continue;
		arena_reset(a);
		n = gate.number++;
		budget = (struct budget){ .left = 1, .deadline = USEC_NEVER };
		board_list_count(lab.world->board, gate.row, slot, LS_ASKED,
		    1);
		rc = names_ask(lab.world->names, arena_printf(a,
		    "%u.%u.113.203.zen.test", n % 250, n / 250 % 250),
		    DNS_A, &budget, a, &answer);
		if (lab.doctor != NULL)
			gate_hears(slot, rc, &answer);
	}
	arena_free(&a);
	gate.is_stopped = true;
}

static bool
gate_is_stopped(void *arg)
{
	(void)arg;
	return gate.is_stopped;
}

static void
gate_open(usec_t each)
{
	gate = (struct gate){ .each = each,
		.row = board_enter(lab.world->board) };
	assert_int_equal(fiber_start(lab.world->fibers, "gate", gate_main,
	    NULL, NULL), 0);
}

/* It has one question on its way at most. */
static void
gate_close(void)
{
	if (gate.each == 0 || gate.is_stopped)
		return;
	gate.is_stopped = true;
	lab_pass(&lab, 10 * SEC);
	(void)sim_run(lab.sim, gate_is_stopped, NULL, USEC_NEVER);
}

static void
close_lab(void)
{
	gate_close();
	gate = (struct gate){ 0 };
	lab_close(&lab);
}

/* --- from fault to loss of weight, and back ------------------------------- */

/* Ill from the tenth minute to the thirtieth. An error answer never counts;
 * the round that it brings follows the last one after five seconds. */
static const struct {
	const char       *what, *ill;
	enum health_state state;
	enum health_why   why;
	usec_t            loss_busy, loss_idle;  /* at most: with twenty
	                                            questions a second, without */
	usec_t            back;      /* at most, after it is well again     */
	unsigned          wrong;     /* answers believed, at most           */
} faults[] = {
	{ "lists everybody", "everybody 127.0.0.2", HS_OFF, HW_MUST_NOT,
	  2 * SEC, 76 * SEC, 420 * SEC, 6 },
	{ "refuses us", "every A 127.255.255.254", HS_REFUSED, HW_ERROR,
	  6 * SEC, 76 * SEC, 80 * SEC, 0 },
	{ "is parked", "every A 198.51.100.1", HS_OFF, HW_FOREIGN,
	  6 * SEC, 76 * SEC, 420 * SEC, 0 },
	{ "is empty", "every nxdomain", HS_BLIND, HW_MUST,
	  76 * SEC, 76 * SEC, 80 * SEC, 0 },
	{ "is silent", "every timeout", HS_DEAD, HW_SILENT,
	  90 * SEC, 100 * SEC, 80 * SEC, 0 },
	{ "fails", "every servfail", HS_DEAD, HW_SILENT,
	  90 * SEC, 100 * SEC, 80 * SEC, 0 },
};

/* The clock goes on in tenths of a second until it is believed, or not.
 * Returns how long that took. */
static usec_t
until_believed(bool is_believed, usec_t most)
{
	usec_t start = world_now(lab.world);

	while (lab_belief(&lab, "zen", LK_IP4).in_hits != is_believed &&
	    world_now(lab.world) < start + most)
		lab_pass(&lab, SEC / 10);
	return world_now(lab.world) - start;
}

/* What was measured: the worst of all draws. */
struct measured {
	usec_t   loss, back;
	unsigned wrong;
};

static void
check_state(size_t i)
{
	const struct patient *p = lab_patient(&lab, "zen", LK_IP4);

	CHECK(p->health.sign.state == faults[i].state &&
	    p->health.why == faults[i].why, "%s: %s, %s", faults[i].what,
	    belief_word(p->health.sign.state),
	    health_why_word(p->health.why));
	CHECK(lab_lines(&lab, "of=ip4 state=off") +
	    lab_lines(&lab, "of=ip4 state=refused") +
	    lab_lines(&lab, "of=ip4 state=blind") +
	    lab_lines(&lab, "of=ip4 state=dead") == 1,
	    "%s: one trip is one line", faults[i].what);
}

static usec_t
greater(usec_t a, usec_t b)
{
	return a > b ? a : b;
}

static void
fall_ill(size_t i, bool is_busy, uint64_t seed, struct measured *m)
{
	struct arena *a = arena_new(0);
	usec_t most = is_busy ? faults[i].loss_busy : faults[i].loss_idle;
	usec_t loss, back;

	open_lab(arena_printf(a, "zone zen.test { list 192.0.2.0/24 127.0.0.2"
	    "; from +10m %s; from +30m every well }", faults[i].ill).p);
	sim_seed(lab.sim, seed);
	lab_doctor(&lab);
	if (is_busy)
		gate_open(SEC / 20);
	lab_pass(&lab, 10 * MINUTE);
	assert_int_equal(lab_state(&lab, "zen", LK_IP4), HS_OK);
	assert_int_equal(lab_lines(&lab, ""), 0);
	loss = until_believed(false, most + SEC);
	CHECK(loss <= most, "%s: lost weight after %lld ms", faults[i].what,
	    (long long)(loss / MSEC));
	lab_pass(&lab, 5 * SEC);
	check_state(i);
	CHECK(gate.wrong <= faults[i].wrong, "%s: %u wrong answers believed",
	    faults[i].what, gate.wrong);
	lab_pass(&lab, 30 * MINUTE - (10 * MINUTE + loss + 5 * SEC));
	back = until_believed(true, faults[i].back + SEC);
	CHECK(back <= faults[i].back, "%s: back after %lld ms",
	    faults[i].what, (long long)(back / MSEC));
	CHECK(lab_lines(&lab, "of=ip4 state=ok") == 1, "%s", faults[i].what);
	m->loss = greater(m->loss, loss);
	m->back = greater(m->back, back);
	m->wrong = gate.wrong > m->wrong ? gate.wrong : m->wrong;
	close_lab();
	arena_free(&a);
}

static void
test_faults(void **state)
{
	struct measured m;
	uint64_t seed;
	size_t i;
	int busy;

	(void)state;
	for (i = 0; i < COUNT(faults); i++)
		for (busy = 0; busy < 2; busy++) {
			m = (struct measured){ 0 };
			for (seed = 1; seed <= SEEDS; seed++)
				fall_ill(i, busy == 1, seed, &m);
			print_message("# %-16s %s: not believed after %.1f s,"
			    " %u wrong answers before; back after %.1f s; the "
			    "worst of %d\n", faults[i].what,
			    busy == 1 ? "busy" : "idle",
			    (double)m.loss / SEC, m.wrong,
			    (double)m.back / SEC, SEEDS);
		}
}

/* --- hits suspect, controls decide ---------------------------------------- */

/* From the tenth minute on the list names all strangers of the gate, but none
 * of its points: whether that is a flood or an accident, those show of whom we
 * know better. */
static const struct {
	const char       *good[3];   /* whom we have accepted               */
	const char       *lists;
	enum health_state state;
	enum health_why   why;
	const char       *what;
} suspicions[] = {
	{ { "192.0.2.1", "192.0.2.2" }, "203.113.0.0/16", HS_OK, HW_POINTS,
	  "a flood of listed ones" },
	{ { NULL }, "203.113.0.0/16", HS_OK, HW_POINTS,
	  "nobody to try it on" },
	{ { "203.113.7.7", "192.0.2.2" }, "203.113.0.0/16", HS_OK, HW_POINTS,
	  "one and its neighbour: one may have become bad" },
	{ { "203.113.7.7", "203.113.9.9", "192.0.2.2" }, "203.113.0.0/16",
	  HS_OFF, HW_CONTROLS, "two of three" },
};

static void
test_controls(void **state)
{
	struct arena *a = arena_new(0);
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(suspicions); i++) {
		open_lab(arena_printf(a, "zone zen.test { list 192.0.2.9 "
		    "127.0.0.2; from +10m list %s 127.0.0.2 }",
		    suspicions[i].lists).p);
		lab_doctor(&lab);
		gate_open(SEC / 20);
		for (k = 0; k < 3 && suspicions[i].good[k] != NULL; k++)
			board_ring_put(lab.world->board, belief_ring(false,
			    LK_IP4), str_of(suspicions[i].good[k]), 1);
		lab_pass(&lab, 10 * MINUTE + 2 * SEC);
		CHECK(lab_state(&lab, "zen", LK_IP4) == suspicions[i].state &&
		    lab_patient(&lab, "zen", LK_IP4)->health.why ==
		    suspicions[i].why, "%s: %s, %s", suspicions[i].what,
		    belief_word(lab_state(&lab, "zen", LK_IP4)),
		    health_why_word(lab_patient(&lab, "zen",
		    LK_IP4)->health.why));
		CHECK(lab_lines(&lab, "state=suspect why=jump was=ok") == 1,
		    "%s", suspicions[i].what);
		CHECK(lab_state(&lab, "zen", LK_IP6) == HS_OK, "%s: IPv6",
		    suspicions[i].what);
		close_lab();
	}
	arena_free(&a);
}

/* The listings of a bad time are no run of hits when it comes back: else the
 * next one whom it really has would make it suspect again. */
static void
test_forgets(void **state)
{
	unsigned slot;

	(void)state;
	open_lab("zone zen.test { list 192.0.2.0/24 127.0.0.2; "
	    "everybody 127.0.0.2; from +10m every well }");
	lab_doctor(&lab);
	lab_pass(&lab, MINUTE);
	slot = lab_patient(&lab, "zen", LK_IP4)->slot;
	while (board_list_saw(lab.world->board, slot, true) != UINT64_MAX)
		;
	lab_pass(&lab, 30 * MINUTE);
	assert_int_equal(lab_state(&lab, "zen", LK_IP4), HS_OK);
	assert_true(board_list_saw(lab.world->board, slot, true) == 1);
	close_lab();
}

/* --- the first round ------------------------------------------------------ */

static WAITS void
waits_for_first(void *arg)
{
	struct keeper_lab *l = arg;

	assert_int_equal(doctor_first(l->doctor,
	    world_now(l->world) + HEALTH_FIRST), 0);
}

/* Not believed before it was looked at, and at once afterwards. */
static void
test_first_round(void **state)
{
	(void)state;
	open_lab("zone zen.test { list 192.0.2.1 127.0.0.2; "
	    "every after 200ms }");
	lab_doctor(&lab);
	assert_false(lab_belief(&lab, "zen", LK_IP4).is_asked);
	lab_call(&lab, waits_for_first);
	assert_true(lab_belief(&lab, "zen", LK_IP4).in_hits);
	assert_true(lab_belief(&lab, "zen", LK_IP6).in_hits);
	assert_int_equal(lab_lines(&lab, ""), 0);
	close_lab();
}

/* A list that says nothing holds up the start for two seconds, and no other
 * list at all. */
static void
test_silent_list_holds_nobody(void **state)
{
	usec_t start;

	(void)state;
	lab_open(&lab, "zone zen.test { list 192.0.2.1 127.0.0.2 }\n"
	    "zone mute.test { every timeout }",
	    "policy t\nuse zen\nuse mute\nrefuse at 9\n"
	    "list mute \"mute.test\" ip4 { code 127.0.0.2 bad 8 }\n",
	    "rules/lists/zen.list", ZEN);
	lab_doctor(&lab);
	start = world_now(lab.world);
	lab_pass(&lab, SEC / 10);
	assert_true(lab_belief(&lab, "zen", LK_IP4).in_hits);
	lab_call(&lab, waits_for_first);
	assert_true(world_now(lab.world) - start <= HEALTH_FIRST);
	assert_false(lab_belief(&lab, "mute", LK_IP4).is_asked);
	assert_int_equal(lab_state(&lab, "mute", LK_IP4), HS_UNPROBED);
	close_lab();
}

static WAITS void
leaves(void *arg)
{
	doctor_free(&((struct keeper_lab *)arg)->doctor);
}

/* A limit that is reached is reached for the next keeper too: no question
 * until its span is over. */
static void
test_limit_outlives_keeper(void **state)
{
	(void)state;
	lab_open(&lab, "zone zen.test { list 192.0.2.1 127.0.0.2 }", POLICY,
	    "rules/lists/zen.list", "list zen \"zen.test\" ip4 { limit 3 "
	    "per 1h; code 127.0.0.2 bad 8 }");
	lab_doctor(&lab);
	lab_pass(&lab, 10 * SEC);
	assert_int_equal(lab_state(&lab, "zen", LK_IP4), HS_QUOTA);
	assert_int_equal(lab.asked, 3);
	lab_call(&lab, leaves);
	lab_doctor(&lab);
	lab_pass(&lab, 60 * SEC);
	assert_int_equal(lab_state(&lab, "zen", LK_IP4), HS_QUOTA);
	assert_int_equal(lab.asked, 3);
	lab_pass(&lab, 3600 * SEC);             /* for a moment it is well */
	assert_int_equal(lab.asked, 6);
	close_lab();
}

/* --- rounds --------------------------------------------------------------- */

/* Three questions a round and kind; nobody asks in step with the minute. */
static void
test_pace(void **state)
{
	usec_t began[64], last = 0;
	unsigned n = 0, before, i;

	(void)state;
	open_lab("zone zen.test { list 192.0.2.1 127.0.0.2 }");
	lab_doctor(&lab);
	lab_pass(&lab, SEC);
	assert_int_equal(lab.asked, 6);         /* ip4 and ip6 */
	while (n < 20) {
		before = lab.asked;
		lab_pass(&lab, SEC);
		if (lab.asked == before)
			continue;
		assert_true(lab.asked - before <= 6);
		began[n++] = world_now(lab.world) - last;
		last = world_now(lab.world);
	}
	for (i = 1; i < 20 && began[i] == began[1]; i++)
		;
	assert_true(i < 20);
	lab_pass(&lab, 3600 * SEC);
	CHECK(lab.asked < 6 * 110 && lab.asked > 6 * 50, "%u questions",
	    lab.asked);
	close_lab();
}

/* Rounds of the two kinds are in no step: what one suffers from is looked for
 * in the other at once. */
static void
test_brothers(void **state)
{
	unsigned n;

	(void)state;
	open_lab("zone zen.test { list 192.0.2.1 127.0.0.2; "
	    "from +20s every A 127.255.255.254 }");
	lab_doctor(&lab);
	lab_pass(&lab, 10 * SEC);
	for (n = 0; n < 1200 && lab_state(&lab, "zen", LK_IP4) == HS_OK &&
	    lab_state(&lab, "zen", LK_IP6) == HS_OK; n++)
		lab_pass(&lab, SEC / 10);
	lab_pass(&lab, SEC / 2);
	assert_int_equal(lab_state(&lab, "zen", LK_IP4), HS_REFUSED);
	assert_int_equal(lab_state(&lab, "zen", LK_IP6), HS_REFUSED);
	close_lab();
}

static WAITS void
looks(void *arg)
{
	struct keeper_lab *l = arg;

	assert_int_equal(doctor_look(l->doctor, STR("zen"),
	    world_now(l->world) + 3 * SEC), 0);
	assert_int_equal(doctor_look(l->doctor, STR("none"),
	    world_now(l->world) + 3 * SEC), -E_NOTFOUND);
}

/* Whoever asks gets a fresh round, but ten who ask get one. */
static void
test_look(void **state)
{
	unsigned i, before;

	(void)state;
	open_lab("zone zen.test { list 192.0.2.1 127.0.0.2; "
	    "from +5s every A 127.255.255.254 }");
	lab_doctor(&lab);
	lab_pass(&lab, 10 * SEC);
	assert_int_equal(lab_state(&lab, "zen", LK_IP4), HS_OK);
	before = lab.asked;
	for (i = 0; i < 10; i++)
		lab_call(&lab, looks);
	assert_int_equal(lab_state(&lab, "zen", LK_IP4), HS_REFUSED);
	assert_int_equal(lab.asked - before, 6);
	close_lab();
}

/* A look at a list that says nothing ends at its deadline. */
static void
test_look_ends(void **state)
{
	usec_t start;

	(void)state;
	open_lab("zone zen.test { list 192.0.2.1 127.0.0.2; "
	    "from +5s every timeout }");
	lab_doctor(&lab);
	lab_pass(&lab, 10 * SEC);
	start = world_now(lab.world);
	lab_call(&lab, looks);
	assert_true(world_now(lab.world) - start <= 3 * SEC);
	close_lab();
}

/* --- who writes ----------------------------------------------------------- */

static struct doctor *old;

static WAITS void
frees_old(void *arg)
{
	(void)arg;
	doctor_free(&old);
}

/* The next keeper goes on where the last one was, and the last one, which
 * lives on for a moment, writes nothing any more. */
static void
test_two_doctors(void **state)
{
	const struct board *b;
	unsigned slot;
	uint64_t word;

	(void)state;
	open_lab("zone zen.test { list 192.0.2.1 127.0.0.2; "
	    "everybody 127.0.0.2 }");
	b = lab.world->board;
	lab_doctor(&lab);
	lab_pass(&lab, MINUTE);
	assert_int_equal(lab_state(&lab, "zen", LK_IP4), HS_OFF);
	old = lab.doctor;
	slot = lab_patient(&lab, "zen", LK_IP4)->slot;
	lab.row = board_enter(lab.world->board);
	lab_doctor(&lab);
	word = board_list_word(b, slot);
	assert_int_equal(belief_unpack(word).state, HS_OFF);
	assert_false(board_list_write(lab.world->board, slot, lab.row - 1, 0,
	    1));
	lab_pass(&lab, MINUTE);
	assert_true(board_list_word(b, slot) == word);
	assert_true(world_now(lab.world) - board_list_renewed(b, slot) <=
	    SEC);
	lab_call(&lab, frees_old);
	lab_pass(&lab, 5 * SEC);
	assert_true(board_list_word(b, slot) == word);
	close_lab();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_controls),
		cmocka_unit_test(test_forgets),
		cmocka_unit_test(test_first_round),
		cmocka_unit_test(test_silent_list_holds_nobody),
		cmocka_unit_test(test_limit_outlives_keeper),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_brothers),
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_look_ends),
		cmocka_unit_test(test_two_doctors),
	};

	return cmocka_run_group_tests_name("keeper/doctor", tests, NULL,
	    NULL);
}
