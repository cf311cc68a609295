/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who asks for us: the book of resolvers, and what is made of what was seen.
 */
#include "keeper_lab.h"
#include "tests/unit/check.h"

#include "keeper/resolver.h"
#include "lang/builtin.h"

static struct arena *arena;
static struct diagnostics *diag;
static struct resolver_book *book;

/* --- the book ------------------------------------------------------------- */

static const char *book_text;

static int
read_book(struct reader *r, struct str path, struct arena *a,
    struct str *text, struct fault *fault)
{
	(void)r;
	(void)path;
	(void)fault;
	*text = arena_str(a, str_of(book_text));
	return 0;
}

static int
open_book(const char *text)
{
	struct reader reader = { .read = read_book };

	book_text = text;
	arena = arena_new(0);
	diag = diag_new();
	return resolver_book_read(&reader, STR("resolvers"), arena, diag,
	    &book);
}

static void
close_book(void)
{
	diag_free(&diag);
	arena_free(&arena);
}

static void
test_book(void **state)
{
	static const struct { const char *text; int rc; } rows[] = {
		{ "", 0 },
		{ "# nothing\n", 0 },
		{ "public 8.8.8.0/24 \"Google\"\n", 0 },
		{ "public 8.8.8.8 2001:db8::/32 \"Google\"\n", 0 },
		{ "hoster \"*.a.test\" \"A\"\nwhoami who.test\n", 0 },
		{ "public \"Google\"\n", -E_INVALID },
		{ "public 8.8.8.0/33 \"Google\"\n", -E_INVALID },
		{ "public somewhere \"Google\"\n", -E_INVALID },
		{ "hoster \"A\"\n", -E_INVALID },
		{ "hoster { } \"A\"\n", -E_INVALID },
		{ "whoami\n", -E_INVALID },
		{ "whoami a.test b.test\n", -E_INVALID },
		{ "whoami \"a b\"\n", -E_INVALID },
		{ "privat 8.8.8.0/24 \"Google\"\n", -E_INVALID },
	};
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		rc = open_book(rows[i].text);
		CHECK(rc == rows[i].rc, "%s: %d", rows[i].text, rc);
		close_book();
	}
}

/* --- the judgement -------------------------------------------------------- */

#define BOOK "public 8.8.8.0/24 172.253.0.0/16 \"Google\"\n" \
	"public 2001:4860::/32 \"Google\"\n" \
	"hoster \"*.compute.cloud.test\" \"Cloud\"\n" \
	"whoami who.test\n"

static const struct {
	const char         *why;
	const char         *server, *outside;  /* NULL: not found out       */
	const char         *name;              /* NULL: not found out; ""   */
	enum resolver_place place;
	const char         *who;
} sights[] = {
	{ "a public server", "8.8.8.8", NULL, NULL, RS_PUBLIC, "Google" },
	{ "by IPv6 too", "2001:4860::8888", NULL, NULL, RS_PUBLIC, "Google" },
	{ "whatever it is seen as", "8.8.8.8", "192.0.2.1", "a.test",
	    RS_PUBLIC, "Google" },
	{ "a forwarder to one", "127.0.0.53", "172.253.1.1", NULL, RS_PUBLIC,
	    "Google" },
	{ "an own one", "127.0.0.1", "192.0.2.1", "ns.a.test", RS_OWN, "" },
	{ "a rented machine", "127.0.0.1", "192.0.2.1",
	    "ec2-1.compute.cloud.test", RS_HOSTER, "Cloud" },
	{ "case of a name", "127.0.0.1", "192.0.2.1",
	    "EC2-1.Compute.Cloud.Test", RS_HOSTER, "Cloud" },
	{ "an address without a name", "127.0.0.1", "192.0.2.1", "",
	    RS_HOSTER, "" },
	{ "no answer about the name", "127.0.0.1", "192.0.2.1", NULL,
	    RS_UNKNOWN, "" },
	{ "no answer at all", "127.0.0.1", NULL, NULL, RS_UNKNOWN, "" },
};

static void
test_judge(void **state)
{
	struct resolver_seen seen;
	struct ip at;
	size_t i;

	(void)state;
	assert_int_equal(open_book(BOOK), 0);
	for (i = 0; i < COUNT(sights); i++) {
		seen = (struct resolver_seen){ .place = RS_UNKNOWN };
		assert_int_equal(ip_parse(str_of(sights[i].server), &at), 0);
		seen.has_outside = sights[i].outside != NULL;
		if (seen.has_outside)
			assert_int_equal(ip_parse(str_of(sights[i].outside),
			    &seen.outside), 0);
		seen.is_named = sights[i].name != NULL;
		seen.name = str_of(sights[i].name);
		resolver_judge(book, at, &seen);
		CHECK(seen.place == sights[i].place, "%s: place %d",
		    sights[i].why, (int)seen.place);
		CHECK(str_eq(seen.who, str_of(sights[i].who)), "%s: %.*s",
		    sights[i].why, STR_ARG(seen.who));
	}
	close_book();
}

/* What we ship is well written, and knows the best known ones. */
static void
test_shipped(void **state)
{
	static const struct { const char *server, *who; } known[] = {
		{ "8.8.8.8", "Google" }, { "1.1.1.1", "Cloudflare" },
		{ "9.9.9.9", "Quad9" }, { "208.67.222.222", "OpenDNS" },
	};
	struct resolver_seen seen;
	struct ip at;
	size_t i;

	(void)state;
	arena = arena_new(0);
	diag = diag_new();
	assert_int_equal(resolver_book_read(builtin_reader(),
	    STR(BUILTIN_DIR "/lists/resolvers"), arena, diag, &book), 0);
	for (i = 0; i < COUNT(known); i++) {
		seen = (struct resolver_seen){ .is_named = false };
		assert_int_equal(ip_parse(str_of(known[i].server), &at), 0);
		resolver_judge(book, at, &seen);
		CHECK(seen.place == RS_PUBLIC &&
		    str_eq(seen.who, str_of(known[i].who)), "%s: %.*s",
		    known[i].server, STR_ARG(seen.who));
	}
	close_book();
}

/* --- looking -------------------------------------------------------------- */

static struct keeper_lab lab;
static struct resolver_seen seen_there;
static int looked;

static WAITS void
look_main(void *arg)
{
	static struct endpoint server = { .port = 53 };
	const struct resolver_conf conf = { .servers = &server,
		.server_count = 1 };

	(void)arg;
	server.ip = ip_v4(127, 0, 0, 1);
	looked = resolver_look(book, &conf, lab.world, lab.world->names,
	    arena, &seen_there);
}

static const struct {
	const char         *zones;
	enum resolver_place place;
	const char         *name;
} worlds[] = {
	{ "zone who.test { @ A 192.0.2.1 }\n"
	  "zone 1.2.0.192.in-addr.arpa { @ PTR ns.a.test }\n"
	  "else nxdomain\n", RS_OWN, "ns.a.test" },
	{ "zone who.test { @ A 172.253.0.9 }\nelse nxdomain\n", RS_PUBLIC,
	  "" },
	{ "zone who.test { @ A 192.0.2.1 }\nelse nxdomain\n", RS_HOSTER, "" },
	{ "zone who.test { @ A 192.0.2.1 }\n"
	  "zone 1.2.0.192.in-addr.arpa { every servfail }\n"
	  "else nxdomain\n", RS_UNKNOWN, "" },
	{ "zone who.test { every timeout }\nelse nxdomain\n", RS_UNKNOWN,
	  "" },
	{ "else nxdomain\n", RS_UNKNOWN, "" },
};

static void
test_look(void **state)
{
	usec_t before;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(worlds); i++) {
		assert_int_equal(open_book(BOOK), 0);
		lab_open(&lab, worlds[i].zones, "policy t\nrefuse at 9\n",
		    NULL, NULL);
		lab_doctor(&lab);
		before = world_now(lab.world);
		lab_call(&lab, look_main);
		assert_int_equal(looked, 0);
		CHECK(seen_there.place == worlds[i].place, "row %zu: %d", i,
		    (int)seen_there.place);
		CHECK(str_eq(seen_there.name, str_of(worlds[i].name)),
		    "row %zu", i);
		CHECK(world_now(lab.world) - before <= 2 * SEC,
		    "row %zu takes too long", i);
		lab_close(&lab);
		close_book();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_book),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
