/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tools may ask the keeper, and its rows: read back by jansson, as tools
 * do.
 */
#include "keeper_lab.h"
#include "tests/unit/check.h"

#include <jansson.h>
#include <string.h>

#include "keeper/control.h"
#include "lang/builtin.h"
#include "run/pipe.h"

#define ZEN "list zen \"zen.test\" ip4 ip6 { code 127.0.0.2 bad 8\n" \
	"register free; title \"The Zen\"; key prefix zen.test }"
#define POLICY "policy t\nuse zen\nrefuse at 9\n"
#define KEYED "policy t\nuse zen key secret:zen.key\nrefuse at 9\n"

static struct keeper_lab lab;
static struct control_view view;
static struct settings conf;
static struct endpoint server;
static struct arena *arena;
static struct buf out;

/* --- requests ------------------------------------------------------------- */

static const struct {
	const char       *line;
	int               rc;
	enum control_verb verb;
	const char       *subject, *list;
} requests[] = {
	{ "doctor", 0, CV_DOCTOR, "", "" },
	{ "doctor zen", 0, CV_DOCTOR, "", "zen" },
	{ "  doctor   zen  ", 0, CV_DOCTOR, "", "zen" },
	{ "lists", 0, CV_LISTS, "", "" },
	{ "status", 0, CV_STATUS, "", "" },
	{ "ask 192.0.2.1", 0, CV_ASK, "192.0.2.1", "" },
	{ "ask a.example dbl", 0, CV_ASK, "a.example", "dbl" },
	{ "ask 2001:db8::1 zen", 0, CV_ASK, "2001:db8::1", "zen" },
	{ "", -E_INVALID, CV_COUNT, "", "" },
	{ " ", -E_INVALID, CV_COUNT, "", "" },
	{ "doc", -E_INVALID, CV_COUNT, "", "" },
	{ "DOCTOR", -E_INVALID, CV_COUNT, "", "" },
	{ "doctor zen psbl", -E_INVALID, CV_COUNT, "", "" },
	{ "lists zen", -E_INVALID, CV_COUNT, "", "" },
	{ "ask", -E_INVALID, CV_COUNT, "", "" },
	{ "ask a b c", -E_INVALID, CV_COUNT, "", "" },
	{ "status now", -E_INVALID, CV_COUNT, "", "" },
	{ "reload", -E_INVALID, CV_COUNT, "", "" },
};

static void
test_requests(void **state)
{
	struct control_request r;
	struct fault fault;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(requests); i++) {
		fault.text[0] = '\0';
		rc = control_parse(str_of(requests[i].line), &r, &fault);
		CHECK(rc == requests[i].rc, "\"%s\": %d", requests[i].line,
		    rc);
		CHECK((rc != 0) == (fault.text[0] != '\0'), "\"%s\": %s",
		    requests[i].line, fault.text);
		if (rc != 0)
			continue;
		assert_int_equal(r.verb, requests[i].verb);
		assert_str(r.subject, requests[i].subject);
		assert_str(r.list, requests[i].list);
	}
	assert_int_equal(control_parse(STR("a\x1b[31m\"\xff"), &r, &fault),
	    -E_INVALID);
	assert_null(strpbrk(fault.text, "\x1b\xff"));
}

/* --- a keeper ------------------------------------------------------------- */

static void
setup_policy(const char *policy, const char *zones)
{
	struct diagnostics *d = diag_new();
	struct resolver_book *book;

	lab_open(&lab, zones, policy, "rules/lists/zen.list", ZEN);
	lab_doctor(&lab);
	lab_pass(&lab, 3 * SEC);
	arena = arena_new(0);
	assert_int_equal(resolver_book_read(builtin_reader(),
	    STR(BUILTIN_DIR "/lists/resolvers"), arena, d, &book), 0);
	diag_free(&d);
	server = (struct endpoint){ ip_v4(127, 0, 0, 1), 53 };
	conf = (struct settings){ .name = STR("mx.x.test"),
		.resolver = { .servers = &server, .server_count = 1 } };
	view = (struct control_view){ .doctor = lab.doctor,
		.policy = lab.policy, .settings = &conf, .book = book,
		.world = lab.world, .names = lab.world->names };
	out = BUF_INIT(1 << 20);
}

static void
setup(const char *zones)
{
	setup_policy(POLICY, zones);
}

static void
teardown(void)
{
	buf_free(&out);
	arena_free(&arena);
	lab_close(&lab);
}

static struct control_request request;
static int answered;

static WAITS void
answer_main(void *arg)
{
	(void)arg;
	answered = control_answer(&view, &request, &out);
}

/* The rows of an answer; the last is its end. */
static json_t *
rows_of(struct str text)
{
	json_t *rows = json_array(), *row;
	struct str line;

	while (text.len > 0) {
		line = str_split(&text, '\n');
		row = json_loadb(line.p, line.len, 0, NULL);
		CHECK(row != NULL, "no JSON: %.*s", STR_ARG(line));
		CHECK(json_integer_value(json_object_get(row, "v")) == 1,
		    "no version: %.*s", STR_ARG(line));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *
answer(const char *line)
{
	struct fault fault;

	out.len = 0;
	assert_int_equal(control_parse(str_of(line), &request, &fault), 0);
	lab_call(&lab, answer_main);
	assert_int_equal(answered, 0);
	return rows_of(buf_str(&out));
}

static const char *
text_at(json_t *rows, size_t i, const char *name)
{
	const char *text = json_string_value(json_object_get(
	    json_array_get(rows, i), name));

	return text == NULL ? "(null)" : text;
}

static void
assert_end(json_t *rows, size_t at, int status, const char *error)
{
	assert_int_equal(json_array_size(rows), at + 1);
	assert_string_equal(text_at(rows, at, "row"), "end");
	assert_int_equal(json_integer_value(json_object_get(
	    json_array_get(rows, at), "status")), status);
	assert_string_equal(text_at(rows, at, "error"), error);
}

static bool
has(struct str text, const char *part)
{
	size_t i;

	for (i = 0; i + strlen(part) <= text.len; i++)
		if (str_starts(str_from(text, i), str_of(part)))
			return true;
	return false;
}

#define WELL "zone zen.test { list 203.0.113.66 127.0.0.2\n" \
	"66.113.0.203 TXT \"see \\\"this\\\"\" }\n" \
	"zone whoami.akamai.net { @ A 192.0.2.53 }\n" \
	"zone 53.2.0.192.in-addr.arpa { @ PTR ns.x.test }\n" \
	"else nxdomain\n"

static void
test_doctor(void **state)
{
	json_t *rows;

	(void)state;
	setup(WELL);
	rows = answer("doctor");
	assert_end(rows, 3, 0, "");
	assert_string_equal(text_at(rows, 0, "list"), "zen");
	assert_string_equal(text_at(rows, 0, "of"), "ip4");
	assert_string_equal(text_at(rows, 1, "of"), "ip6");
	assert_string_equal(text_at(rows, 0, "state"), "ok");
	assert_string_equal(text_at(rows, 0, "do"), "");
	assert_true(json_is_true(json_object_get(json_array_get(rows, 0),
	    "must")));
	assert_string_equal(text_at(rows, 2, "row"), "resolver");
	assert_string_equal(text_at(rows, 2, "place"), "own");
	assert_string_equal(text_at(rows, 2, "outside"), "192.0.2.53");
	assert_string_equal(text_at(rows, 2, "name"), "ns.x.test");
	json_decref(rows);
	rows = answer("doctor nobody");
	assert_end(rows, 0, 2, "the policy uses no such list");
	json_decref(rows);
	teardown();
}

/* A second question within ten minutes does not ask who our resolver is. */
static void
test_whoami_is_kept(void **state)
{
	unsigned before, third;

	(void)state;
	setup(WELL);
	json_decref(answer("doctor"));
	before = lab.asked;
	json_decref(answer("doctor"));       /* the round was a second ago  */
	assert_int_equal(lab.asked, before);
	lab_pass(&lab, 601 * SEC);
	before = lab.asked;
	json_decref(answer("doctor zen"));
	third = lab.asked - before;
	CHECK(third >= 2, "%u questions", third);
	teardown();
}

static void
test_ill(void **state)
{
	json_t *rows;

	(void)state;
	setup("zone zen.test { every A 127.255.255.254 }\n"
	    "zone whoami.akamai.net { @ A 8.8.8.8 }\nelse nxdomain\n");
	rows = answer("doctor zen");
	assert_end(rows, 3, 1, "");
	assert_string_equal(text_at(rows, 0, "state"), "refused");
	assert_true(json_is_false(json_object_get(json_array_get(rows, 0),
	    "counts")));
	assert_true(json_is_null(json_object_get(json_array_get(rows, 0),
	    "must")));
	CHECK(has(str_of(text_at(rows, 0, "remark")), "127.255.255.254"),
	    "%s", text_at(rows, 0, "remark"));
	CHECK(has(str_of(text_at(rows, 0, "do")), "not through Google") &&
	    has(str_of(text_at(rows, 0, "do")), ":2)"), "%s",
	    text_at(rows, 0, "do"));
	assert_string_equal(text_at(rows, 2, "place"), "public");
	json_decref(rows);
	teardown();
}

static void
test_ask(void **state)
{
	static const struct { const char *line; const char *error; } bad[] = {
		{ "ask 192.168.0.1", "that is no public address and no domain" },
		{ "ask 10.0.0.1", "that is no public address and no domain" },
		{ "ask a_b!", "that is no public address and no domain" },
		{ "ask a.example", "no list that is well can be asked about "
		    "that" },
		{ "ask 192.0.2.1 nobody", "no such list can be asked about "
		    "that" },
	};
	json_t *rows;
	size_t i;

	(void)state;
	setup(WELL);
	rows = answer("ask 203.0.113.66");
	assert_end(rows, 1, 0, "");
	assert_string_equal(text_at(rows, 0, "heard"), "listed");
	assert_string_equal(text_at(rows, 0, "codes"), "bad +8");
	assert_string_equal(text_at(rows, 0, "text"), "see \"this\"");
	json_decref(rows);
	rows = answer("ask 203.0.113.67");
	assert_end(rows, 1, 1, "");
	assert_string_equal(text_at(rows, 0, "heard"), "clean");
	json_decref(rows);
	for (i = 0; i < COUNT(bad); i++) {
		rows = answer(bad[i].line);
		CHECK(json_array_size(rows) == 1, "%s", bad[i].line);
		assert_end(rows, 0, 2, bad[i].error);
		json_decref(rows);
	}
	teardown();
}

/* The key of a list is in no row. */
static void
test_key(void **state)
{
	static const char *const lines[] = { "doctor", "lists", "status",
		"ask 203.0.113.66", "ask 203.0.113.66 zen" };
	size_t i;

	(void)state;
	setup_policy(KEYED, "zone " LAB_KEY ".zen.test {\n"
	    "list 203.0.113.66 127.0.0.2 }\nelse nxdomain\n");
	assert_int_equal(lab_state(&lab, "zen", LK_IP4), HS_OK);
	for (i = 0; i < COUNT(lines); i++) {
		json_decref(answer(lines[i]));
		CHECK(!has(buf_str(&out), LAB_KEY), "%s: %.*s", lines[i],
		    STR_ARG(buf_str(&out)));
	}
	assert_int_equal(lab_lines(&lab, LAB_KEY), 0);
	teardown();
}

static void
test_lists_and_status(void **state)
{
	json_t *rows;

	(void)state;
	setup(WELL);
	rows = answer("lists");
	assert_end(rows, 1, 0, "");
	assert_string_equal(text_at(rows, 0, "zone"), "zen.test");
	assert_string_equal(text_at(rows, 0, "title"), "The Zen");
	assert_string_equal(text_at(rows, 0, "register"), "free");
	assert_string_equal(json_string_value(json_array_get(json_object_get(
	    json_array_get(rows, 0), "codes"), 0)), "127.0.0.2 bad +8");
	assert_int_equal(json_integer_value(json_object_get(
	    json_array_get(rows, 0), "line")), 2);
	json_decref(rows);
	rows = answer("status");
	assert_end(rows, 1, 0, "");
	assert_string_equal(text_at(rows, 0, "policy"), "t");
	json_decref(rows);
	teardown();
}

/* --- what is said of each state ------------------------------------------- */

static const struct {
	enum health_state   state;
	enum health_why     why;
	enum resolver_place place;
	const char         *remark, *remedy;      /* parts; NULL: empty     */
} words[] = {
	{ HS_OK, HW_NONE, RS_OWN, NULL, NULL },
	{ HS_SLOW, HW_LATE, RS_OWN, "weight still counts", NULL },
	{ HS_SLOW, HW_UNKNOWN_SHARE, RS_OWN, "50 % of answers", NULL },
	{ HS_SUSPECT, HW_JUMP, RS_OWN, "in a row", NULL },
	{ HS_REFUSED, HW_ERROR, RS_OWN, "127.255.255.254: ",
	    "register or remove \"use zen\"" },
	{ HS_REFUSED, HW_ERROR, RS_PUBLIC, "127.255.255.254: ", "unbound" },
	{ HS_REFUSED, HW_ERROR, RS_HOSTER, "127.255.255.254: ",
	    "use zen key secret:NAME" },
	{ HS_WRONG_USE, HW_ERROR, RS_OWN, "127.255.255.254: ",
	    "zen.list:1" },
	{ HS_BLIND, HW_MUST, RS_OWN, "must-list point is not there",
	    "127.0.0.2" },
	{ HS_OFF, HW_MUST_NOT, RS_OWN, "the must-not point is listed",
	    "remove \"use zen\"" },
	{ HS_OFF, HW_RANDOM, RS_OWN, "drawn at random", "remove" },
	{ HS_OFF, HW_FOREIGN, RS_OWN, "outside of 127/8", "remove" },
	{ HS_OFF, HW_CONTROLS, RS_OWN, "sent us good mail", "remove" },
	{ HS_QUOTA, HW_LIMIT, RS_OWN, "reached its limit", "limit" },
	{ HS_DEAD, HW_SILENT, RS_OWN, "three rounds", "remove" },
	{ HS_UNPROBED, HW_NONE, RS_OWN, "never answered", "resolver" },
};

static void
test_words(void **state)
{
	struct resolver_seen seen = { .who = STR("Google") };
	struct patient p;
	struct str text;
	size_t i;

	(void)state;
	setup(WELL);
	for (i = 0; i < COUNT(words); i++) {
		p = *lab_patient(&lab, "zen", LK_IP4);
		p.health.sign.state = words[i].state;
		p.health.why = words[i].why;
		p.health.unknown = 32768;
		p.health.answer = ip_v4(127, 255, 255, 254);
		seen.place = words[i].place;
		text = control_remark(&p, arena);
		CHECK(words[i].remark == NULL ? text.len == 0 :
		    has(text, words[i].remark), "row %zu: %.*s", i,
		    STR_ARG(text));
		text = control_remedy(&p, lab.policy, &seen, arena);
		CHECK(words[i].remedy == NULL ? text.len == 0 :
		    has(text, words[i].remedy), "row %zu: %.*s", i,
		    STR_ARG(text));
		CHECK(belief_rank(words[i].state) < 2 ||
		    control_remark(&p, arena).len > 0, "row %zu", i);
	}
	teardown();
}

/* --- conversations -------------------------------------------------------- */

static struct stream *near, *far;

static WAITS void
serve_main(void *arg)
{
	(void)arg;
	control_serve(&view, near);
	stream_free(&near);
}

/* What comes back for these bytes; said in one piece, and nothing after. */
static void
converse(struct str said, bool is_closed)
{
	pipe_new(lab.world->fibers, &near, &far);
	if (said.len > 0)
		assert_int_equal(stream_say(far, said), 0);
	if (is_closed)
		stream_shut(far);
	assert_int_equal(fiber_start(lab.world->fibers, "serve", serve_main,
	    NULL, NULL), 0);
	lab_pass(&lab, 10 * SEC);
	assert_null(near);
}

static WAITS void
read_main(void *arg)
{
	struct str got;
	int rc = 0;

	(void)arg;
	out.len = 0;
	while (rc == 0)
		rc = stream_fill(far, USEC_NEVER);
	assert_int_equal(rc, -E_EOF);
	got = stream_pending(far);
	assert_int_equal(buf_add_str(&out, got), 0);
	stream_free(&far);
}

static void
test_conversations(void **state)
{
	static const struct {
		const char *said;
		size_t      rows;
		int         status;
		bool        is_closed;
		const char *why;
	} rows[] = {
		{ "status\n", 2, 0, false, "a line" },
		{ "status\r\n", 2, 0, false, "as of a terminal" },
		{ "status\nstatus\n", 2, 0, false, "one request each" },
		{ "reload\n", 1, 2, false, "no verb" },
		{ "\n", 1, 2, false, "nothing" },
		{ "status", 0, 0, true, "no end" },
		{ "status", 0, 0, false, "too slow (catalogue 131)" },
		{ "", 0, 0, false, "silent (catalogue 131)" },
	};
	char *flood = malloc(5000);
	json_t *got;
	size_t i;

	(void)state;
	setup(WELL);
	for (i = 0; i < COUNT(rows); i++) {
		converse(str_of(rows[i].said), rows[i].is_closed);
		lab_call(&lab, read_main);
		got = rows_of(buf_str(&out));
		CHECK(json_array_size(got) == rows[i].rows, "%s: %zu rows",
		    rows[i].why, json_array_size(got));
		if (rows[i].rows > 0)
			assert_int_equal(json_integer_value(json_object_get(
			    json_array_get(got, rows[i].rows - 1), "status")),
			    rows[i].status);
		json_decref(got);
	}
	memset(flood, 'a', 5000);
	converse((struct str){ flood, 5000 }, false);
	lab_call(&lab, read_main);
	got = rows_of(buf_str(&out));
	assert_end(got, 0, 2, "a request is one line of at most 512 bytes");
	json_decref(got);
	free(flood);
	teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_doctor),
		cmocka_unit_test(test_whoami_is_kept),
		cmocka_unit_test(test_ill),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_lists_and_status),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_conversations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
