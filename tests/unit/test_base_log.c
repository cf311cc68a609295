/* SPDX-License-Identifier: BSD-2-Clause */
/* log: lines as interfaces are promised, strangers' text, the cut. */
#include "tests/unit/check.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* An event, and a sink that keeps the last line. */
struct keeper {
	struct sink  sink;
	struct event e;
	enum level   level;
	size_t       len;
	char         line[EVENT_MAX + 1];
};

static void
keep(struct sink *sink, enum level level, struct str line)
{
	struct keeper *k = CONTAINER(sink, struct keeper, sink);

	CHECK(line.len <= EVENT_MAX, "a line of %zu bytes", line.len);
	memcpy(k->line, line.p, line.len);
	k->line[line.len] = '\0';
	k->len = line.len;
	k->level = level;
}

static int
set_up(void **state)
{
	struct keeper *k = calloc(1, sizeof *k);

	assert_non_null(k);
	k->sink.write = keep;
	*state = k;
	return 0;
}

static int
tear_down(void **state)
{
	free(*state);
	return 0;
}

static void
one_line_per_decision(void **state)
{
	struct keeper *k = *state;
	struct event *e = &k->e;

	event_open(e, LOG_TELL, "refuse");
	event_ip(e, "ip", ip_v4(192, 0, 2, 77));
	event_word(e, "id", STR("dc31nvr2bsh"));
	event_number(e, "code", 550);
	event_points(e, "score", 1500);
	event_word(e, "lists", STR("zen.xbl+8,zen.pbl+0"));
	event_word(e, "unk", (struct str){ NULL, 0 });
	event_seconds(e, "dur", 2619999);
	event_text(e, "name", (struct str){ NULL, 0 });
	event_text(e, "helo", STR("[192.0.2.77]"));
	event_text(e, "from", STR(""));
	event_send(e, &k->sink);
	assert_int_equal(k->level, LOG_TELL);
	assert_string_equal(k->line, "refuse ip=192.0.2.77 id=dc31nvr2bsh "
	    "code=550 score=15.0 lists=zen.xbl+8,zen.pbl+0 unk=- dur=2.61 "
	    "name=- helo=\"[192.0.2.77]\" from=\"\"");
}

static void
numbers_of_all_sizes(void **state)
{
	struct keeper *k = *state;
	struct event *e = &k->e;

	event_open(e, LOG_WARN, "x");
	event_number(e, "a", INT64_MIN);
	event_number(e, "b", INT64_MAX);
	event_number(e, "c", 0);
	event_seconds(e, "d", 0);
	event_seconds(e, "e", 3600 * SEC);
	event_points(e, "f", -250);
	event_points(e, "g", 25);
	event_points(e, "h", -5);
	event_points(e, "i", INT64_MIN);
	event_send(e, &k->sink);
	assert_string_equal(k->line, "x a=-9223372036854775808 "
	    "b=9223372036854775807 c=0 d=0.00 e=3600.00 f=-2.5 g=0.25 "
	    "h=-0.05 i=-92233720368547758.08");
}

static void
points_without_needless_zeros(void **state)
{
	static const struct {
		int64_t hundredths;
		int decimals;
		const char *text;
	} rows[] = {
		{ 800, 0, "8" }, { -250, 0, "-2.5" }, { 25, 0, "0.25" },
		{ 0, 0, "0" }, { 0, 1, "0.0" }, { 0, 2, "0.00" },
		{ 100, 1, "1.0" }, { 5, 0, "0.05" }, { 5, 1, "0.05" },
		{ 10, 0, "0.1" }, { 10, 2, "0.10" }, { -1, 0, "-0.01" },
		{ INT64_MAX, 0, "92233720368547758.07" },
	};
	char text[POINTS_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(points_print(rows[i].hundredths,
		    rows[i].decimals, text), strlen(rows[i].text));
		assert_string_equal(text, rows[i].text);
	}
}

/* catalogue 117 */
static void
strangers_cannot_forge(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} rows[] = {
		{ STR("a b\r\"ip=203.0.113.5 id="),
		  "a b\\x0d\\x22ip=203.0.113.5 id=" },
		{ STR("\r\nrefuse ip=1.2.3.4"),
		  "\\x0d\\x0arefuse ip=1.2.3.4" },
		{ STR("back\\slash"), "back\\x5cslash" },
		{ STR("\x1b[2J\x7f\0"), "\\x1b[2J\\x7f\\x00" },
		{ STR("\xe2\x80\xae"), "\\xe2\\x80\\xae" },
		{ STR("%n%s"), "%n%s" },
		{ STR(" ~"), " ~" },
	};
	struct keeper *k = *state;
	struct event *e = &k->e;
	char want[200];
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		event_open(e, LOG_TELL, "w");
		event_text(e, "helo", rows[i].in);
		event_send(e, &k->sink);
		snprintf(want, sizeof want, "w helo=\"%s\"", rows[i].out);
		assert_string_equal(k->line, want);
	}
}

static void
escapes_are_cut_whole(void **state)
{
	static const struct {
		struct str in;
		size_t max;
		const char *out;
	} rows[] = {
		{ STR("abcdef"), 6, "abcdef" }, { STR("abcdef"), 5, "ab..." },
		{ STR("abcdef"), 3, "..." }, { STR("abcdef"), 2, "" },
		{ STR("abcdef"), 0, "" }, { STR(""), 0, "" },
		{ STR("ab"), 2, "ab" }, { STR("\n"), 4, "\\x0a" },
		{ STR("\n"), 3, "..." }, { STR("a\nb"), 6, "a\\x0ab" },
		{ STR("a\nb"), 5, "a..." }, { STR("a\nbc"), 6, "a..." },
		{ STR("\n\n"), 7, "\\x0a..." },
	};
	char out[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		memset(out, '#', sizeof out);
		n = text_escape(rows[i].in, out, rows[i].max);
		CHECK(n == strlen(rows[i].out) &&
		    memcmp(out, rows[i].out, n) == 0 && out[rows[i].max] ==
		    '#', "row %zu: \"%.*s\"", i, (int)n, out);
	}
}

/* Four texts of the worst kind, behind 700 bytes of ours, all fit. */
static void
strangers_do_not_push_each_other_out(void **state)
{
	struct keeper *k = *state;
	struct event *e = &k->e;
	char rude[2000], ours[680];
	int i;

	memset(rude, '\n', sizeof rude);
	memset(ours, 'o', sizeof ours);
	event_open(e, LOG_TELL, "refuse");
	event_word(e, "ours", (struct str){ ours, sizeof ours });
	for (i = 0; i < 4; i++)
		event_text(e, "text", (struct str){ rude, sizeof rude });
	event_text(e, "to", STR("bob@example.org"));
	event_send(e, &k->sink);
	assert_non_null(strstr(k->line, "...\" to=\"bob@example.org\""));
	assert_null(strstr(k->line, " ...+"));
}

static void
cut_at_a_border_with_a_mark(void **state)
{
	static const char *const ends[] = {
		"v second=2 third=3", "v second=2 ...+1", "v ...+2", "w ...+3"
	};
	struct keeper *k = *state;
	struct event *e = &k->e;
	char value[EVENT_MAX];
	size_t n, full = 0, end;

	memset(value, 'v', sizeof value);
	for (n = 1600; n < EVENT_MAX; n++) {
		event_open(e, LOG_TELL, "w");
		event_word(e, "first", (struct str){ value, n });
		event_word(e, "second", STR("2"));
		event_number(e, "third", 3);
		event_send(e, &k->sink);
		assert_in_range(e->missing, 0, 3);
		end = strlen(ends[e->missing]);
		assert_string_equal(k->line + k->len - end, ends[e->missing]);
		if (e->missing == 0)
			full = k->len;
	}
	assert_int_equal(e->missing, 3);
	assert_int_equal(full, EVENT_MAX - 16);         /* room for the mark */
}

static void
what_is_cut_stays_cut(void **state)
{
	struct keeper *k = *state;
	struct event *e = &k->e;
	char value[EVENT_MAX];
	size_t n;

	memset(value, 'v', sizeof value);
	event_open(e, LOG_TELL, "w");
	event_word(e, "long", (struct str){ value, sizeof value });
	event_number(e, "short", 1);    /* would fit, but behind a gap */
	event_send(e, &k->sink);
	assert_string_equal(k->line, "w ...+2");
	for (n = 0; n < 100000; n++)
		event_number(e, "more", 1);
	event_send(e, &k->sink);
	assert_string_equal(k->line, "w ...+100002");
}

static void
word_with_space(void *p)
{
	event_word(p, "name", STR("a b"));
}

static void
word_with_space_first(void *p)
{
	event_word(p, "name", STR(" a"));
}

static void
event_without_word(void *p)
{
	event_open(p, LOG_TELL, "");
}

static void
event_of_two_words(void *p)
{
	event_open(p, LOG_TELL, "a b");
}

static void
word_with_quote(void *p)
{
	event_word(p, "name", STR("a\"b"));
}

static void
word_with_line_end(void *p)
{
	event_word(p, "name", STR("a\n"));
}

static void
our_words_need_no_quotes(void **state)
{
	struct keeper *k = *state;

	event_open(&k->e, LOG_TELL, "w");
	assert_true(dies(word_with_space, &k->e));
	assert_true(dies(word_with_space_first, &k->e));
	assert_true(dies(event_without_word, &k->e));
	assert_true(dies(event_of_two_words, &k->e));
	assert_true(dies(word_with_quote, &k->e));
	assert_true(dies(word_with_line_end, &k->e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_per_decision),
		cmocka_unit_test(numbers_of_all_sizes),
		cmocka_unit_test(points_without_needless_zeros),
		cmocka_unit_test(strangers_cannot_forge),
		cmocka_unit_test(escapes_are_cut_whole),
		cmocka_unit_test(strangers_do_not_push_each_other_out),
		cmocka_unit_test(cut_at_a_border_with_a_mark),
		cmocka_unit_test(what_is_cut_stays_cut),
		cmocka_unit_test(our_words_need_no_quotes),
	};

	return cmocka_run_group_tests_name("base/log", tests, set_up, tear_down);
}
