/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shipped lists: all are read without a finding, and each means what it
 * says.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/desk.h"

#include "lang/builtin.h"
#include "lang/tree.h"

/* ------------------------------------------------------------------------
 * Lists.
 */

struct shelf {
	struct arena *arena;
	struct diagnostics *diag;
	struct list  *lists[32];
	size_t        count;
};

static bool
is_list(const char *name)
{
	return str_starts(str_of(name), STR("lists/")) &&
	    str_ends_case(str_of(name), STR(".list"));
}

static void
shelf_read(struct shelf *s, const struct builtin_file *f)
{
	struct reading r = { .arena = s->arena, .diag = s->diag };
	struct source *source = arena_alloc(s->arena, sizeof *source);
	const struct stmt *stmt;
	struct str name;

	*source = (struct source){ str_of(f->name), { f->text, f->size } };
	stmt = tree_parse(source, s->arena, s->diag);
	CHECK(stmt != NULL && stmt->next == NULL, "%s: one list a file",
	    f->name);
	s->lists[s->count] = list_read(stmt, &r);
	CHECK(s->lists[s->count] != NULL &&
	    diag_at(s->diag, 0, NULL, NULL) == NULL, "%.*s",
	    STR_ARG(diag_text(s->diag, s->arena)));
	name = s->lists[s->count++]->name;
	assert_str(str_sub(str_of(f->name), strlen("lists/"), name.len),
	    arena_str(s->arena, name).p);
}

static void
shelf_open(struct shelf *s)
{
	const struct builtin_file *f;

	memset(s, 0, sizeof *s);
	s->arena = arena_new(0);
	s->diag = diag_new();
	for (f = builtin_files; f->name != NULL; f++)
		if (is_list(f->name))
			shelf_read(s, f);
	assert_int_equal(s->count, 11);
}

static void
shelf_close(struct shelf *s)
{
	diag_free(&s->diag);
	arena_free(&s->arena);
}

static int
match(const struct list *l, struct ip ip, bool *hit)
{
	memset(hit, 0, 64);
	return list_match(l, &ip, 1, hit);
}

static struct ip
corner(const uint8_t *o)
{
	return ip_v4(o[0], o[1], o[2], o[3]);
}

/* An answer that this code stands for: an end of its octets; of a mask, the
 * bit alone. */
static struct ip
answer_of(const struct list_code *c, bool is_high)
{
	const uint8_t *o = is_high && c->bit == 0 ? c->octets.high :
	    c->octets.low;

	return ip_v4(o[0], o[1], o[2], (uint8_t)(o[3] | c->bit));
}

/* Both ends of each code hit this code and no other; an error in between
 * (dnswl's 127.0.10.3) is the error's. */
static void
codes_hit(const struct list *l)
{
	bool hit[64];
	size_t i, k;

	for (i = 0; i < l->code_count; i++) {
		assert_int_equal(match(l, answer_of(&l->codes[i], false),
		    hit), 0);
		for (k = 0; k < l->code_count; k++)
			CHECK(hit[k] == (k == i), "%.*s: %.*s", STR_ARG(l->name),
			    STR_ARG(l->codes[i].name));
		assert_int_equal(match(l, answer_of(&l->codes[i], true), hit),
		    0);
		assert_true(hit[i]);
	}
}

static void
errors_refuse(const struct list *l)
{
	static const struct { uint8_t o[4]; } always[] = {
		{ { 127, 255, 255, 252 } }, { { 127, 255, 255, 254 } },
		{ { 127, 255, 255, 255 } }, { { 127, 255, 255, 0 } },
		{ { 127, 0, 0, 1 } }, { { 1, 2, 3, 4 } },
		{ { 0, 0, 0, 0 } } };
	bool hit[64];
	size_t i;

	for (i = 0; i < l->error_count; i++) {
		assert_int_equal(match(l, corner(l->errors[i].low), hit),
		    -E_REFUSED);
		assert_int_equal(match(l, corner(l->errors[i].high), hit),
		    -E_REFUSED);
	}
	for (i = 0; i < COUNT(always); i++)
		CHECK(match(l, corner(always[i].o), hit) == -E_REFUSED,
		    "%.*s %zu", STR_ARG(l->name), i);
	assert_int_equal(match(l, ip_v4(127, 9, 9, 9), hit), -E_GARBAGE);
}

static void
lists_mean_what_they_say(void **state)
{
	struct shelf s;
	size_t i;

	(void)state;
	shelf_open(&s);
	for (i = 0; i < s.count; i++) {
		const struct list *l = s.lists[i];

		CHECK(l->title.len > 0 && l->see.len > 0, "%.*s",
		    STR_ARG(l->name));
		CHECK(l->has_domain != (l->has_ip4 || l->has_ip6), "%.*s",
		    STR_ARG(l->name));
		CHECK(!l->has_domain || !l->asks[SUBJECT_CLIENT], "%.*s",
		    STR_ARG(l->name));
		codes_hit(l);
		errors_refuse(l);
	}
	shelf_close(&s);
}

/* Each answer that the operators document, as it is shipped. */
static const struct {
	const char *list, *answer, *code;       /* NULL: an error           */
	int64_t     points;
} documented[] = {
	{ "zen", "127.0.0.2", "sbl", 800 }, { "zen", "127.0.0.3", "css", 600 },
	{ "zen", "127.0.0.4", "xbl", 800 }, { "zen", "127.0.0.5", "xbl", 800 },
	{ "zen", "127.0.0.6", "xbl", 800 }, { "zen", "127.0.0.7", "xbl", 800 },
	{ "zen", "127.0.0.9", "drop", 800 },
	{ "zen", "127.0.0.10", "pbl", 400 },
	{ "zen", "127.0.0.11", "pbl", 400 },
	{ "zen", "127.255.255.254", NULL, 0 },
	{ "dbl", "127.0.1.2", "spam", 600 },
	{ "dbl", "127.0.1.4", "phish", 700 },
	{ "dbl", "127.0.1.5", "malware", 700 },
	{ "dbl", "127.0.1.6", "botnet", 700 },
	{ "dbl", "127.0.1.102", "abused", 100 },
	{ "dbl", "127.0.1.103", "abused", 100 },
	{ "dbl", "127.0.1.106", "abused", 100 },
	{ "dbl", "127.0.1.255", NULL, 0 },
	{ "spamcop", "127.0.0.2", "listed", 300 },
	{ "psbl", "127.0.0.2", "listed", 300 },
	{ "mailspike", "127.0.0.2", "wave", 400 },
	{ "mailspike", "127.0.0.10", "worst", 500 },
	{ "mailspike", "127.0.0.11", "verybad", 400 },
	{ "mailspike", "127.0.0.12", "bad", 300 },
	{ "dnswl", "127.0.2.0", "none", 0 },
	{ "dnswl", "127.0.5.1", "low", -100 },
	{ "dnswl", "127.0.11.2", "med", -200 },
	{ "dnswl", "127.0.15.3", "high", -300 },
	{ "dnswl", "127.0.0.255", NULL, 0 },
	{ "dnswl", "127.0.10.3", NULL, 0 },
	{ "barracuda", "127.0.0.2", "listed", 400 },
	{ "senderscore", "127.0.0.2", "listed", 200 },
	{ "senderscore", "127.255.255.255", NULL, 0 },
	{ "uribl", "127.0.0.1", NULL, 0 },
	{ "surbl", "127.0.0.1", NULL, 0 },
	{ "backscatterer", "127.0.0.2", "listed", 600 },
};

static void
documented_one(const struct list *l, struct ip ip, size_t row)
{
	bool hit[64];
	int rc = match(l, ip, hit);
	size_t i;

	if (documented[row].code == NULL) {
		CHECK(rc == -E_REFUSED, "%s: %s is no error",
		    documented[row].list, documented[row].answer);
		return;
	}
	for (i = 0; i < l->code_count && !hit[i]; i++)
		;
	CHECK(rc == 0 && i < l->code_count &&
	    str_eq(l->codes[i].name, str_of(documented[row].code)) &&
	    l->codes[i].points == documented[row].points, "%s: %s",
	    documented[row].list, documented[row].answer);
}

static void
answers_as_documented(void **state)
{
	struct shelf s;
	struct ip ip;
	size_t i, k;

	(void)state;
	shelf_open(&s);
	for (i = 0; i < COUNT(documented); i++) {
		for (k = 0; !str_eq(s.lists[k]->name,
		    str_of(documented[i].list)); k++)
			assert_true(k + 1 < s.count);
		assert_int_equal(ip_parse(str_of(documented[i].answer), &ip),
		    0);
		documented_one(s.lists[k], ip, i);
	}
	shelf_close(&s);
}

/* A list file says when it was checked, and a list that needs what is not
 * there yet says which word. */
static void
lists_are_dated(void **state)
{
	const struct builtin_file *f;
	size_t n = 0;

	(void)state;
	for (f = builtin_files; f->name != NULL; f++) {
		struct str text = { f->text, f->size };

		if (!is_list(f->name))
			continue;
		CHECK(str_glob(STR("*\n\tchecked  202*-*-* \"https://*"),
		    text), "%s: checked", f->name);
		CHECK(str_glob(STR("*# What was checked: *"), text),
		    "%s: what", f->name);
		n++;
	}
	assert_int_equal(n, 11);
}

/* No shipped list is dead, and `dead` can be read. */
static void
the_dead(void **state)
{
	const struct builtin_file *f;
	struct source source = { STR("dead"), { 0 } };
	const struct stmt *s;
	struct shelf shelf;
	size_t i, n = 0;

	(void)state;
	shelf_open(&shelf);
	for (f = builtin_files; strcmp(f->name, "lists/dead") != 0; f++)
		assert_non_null(f[1].name);
	source.text = (struct str){ f->text, f->size };
	for (s = tree_parse(&source, shelf.arena, shelf.diag); s != NULL;
	    s = s->next, n++) {
		usec_t when;

		assert_true(stmt_is(s, "dead") && s->count == 4);
		assert_true(name_is_domain(s->nodes[1].text));
		assert_int_equal(date_parse(s->nodes[2].text, &when), 0);
		for (i = 0; i < shelf.count; i++)
			assert_false(name_is_below(shelf.lists[i]->zone,
			    s->nodes[1].text));
	}
	assert_true(n >= 10);
	assert_null(diag_at(shelf.diag, 0, NULL, NULL));
	shelf_close(&shelf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_mean_what_they_say),
		cmocka_unit_test(answers_as_documented),
		cmocka_unit_test(lists_are_dated),
		cmocka_unit_test(the_dead),
	};

	return cmocka_run_group_tests_name("filters_rules", tests, NULL,
	    NULL);
}
