/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What checks give to Authentication-Results: iprev (RFC 8601 2.7.3), dnswl
 * (RFC 8904), and the order and life of all of it.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/desk.h"

#define PTR4 "77.2.0.192.in-addr.arpa"
#define LIST4 "77.2.0.192."

static const char lists[] =
    "list allow \"allow.test\" ip4 { ask client\n"
    "	code 127.0.2-15.0 none 0; code 127.0.2-15.3 high -3\n"
    "	error 127.0.0.255 127.0.10.3 }\n"
    "list deny \"deny.test\" ip4 { ask client; code 127.0.0.2 bad 3 }\n"
    "list names \"names.test\" domain { ask helo; code 127.0.0.2 good -2 }\n";

/* Results of all stages, "; " between. */
static const char *
results_of(struct room *r)
{
	const struct stage_run *runs[ST_COUNT];
	struct str *result, all = STR("");
	size_t i, n = 0;
	int stage;

	for (stage = 0; stage < ST_COUNT; stage++)
		if (r->run[stage].is_started)
			runs[n++] = &r->run[stage];
	n = desk_results(runs, n, r->arena, &result);
	for (i = 0; i < n; i++)
		all = arena_printf(r->arena, "%.*s%s%.*s", STR_ARG(all),
		    i > 0 ? "; " : "", STR_ARG(result[i]));
	return arena_str(r->arena, all).p;
}

static const struct {
	const char *why, *ip;
	struct row  dns[4];
	const char *want;
} clients[] = {
	{ "pass", "192.0.2.77",
	  { { PTR4, DNS_PTR, "a.test", 0 },
	    { "a.test", DNS_A, "192.0.2.77", 0 } },
	  "iprev=pass policy.iprev=192.0.2.77" },
	{ "names lead elsewhere", "192.0.2.77",
	  { { PTR4, DNS_PTR, "b.test a.test", 0 },
	    { "a.test", DNS_A, "192.0.2.78", 0 } },
	  "iprev=fail policy.iprev=192.0.2.77" },
	{ "names lead nowhere", "192.0.2.77",
	  { { PTR4, DNS_PTR, "a.test", 0 } },
	  "iprev=permerror policy.iprev=192.0.2.77" },
	{ "no name", "192.0.2.77", { { 0 } },
	  "iprev=permerror policy.iprev=192.0.2.77" },
	{ "trouble", "192.0.2.77",
	  { { PTR4, DNS_PTR, "servfail", 0 } },
	  "iprev=temperror policy.iprev=192.0.2.77" },
	{ "trouble behind the name", "192.0.2.77",
	  { { PTR4, DNS_PTR, "a.test", 0 },
	    { "a.test", DNS_A, "timeout", 0 } },
	  "iprev=temperror policy.iprev=192.0.2.77" },
	{ "IPv6 needs quotes", "2001:db8::1", { { 0 } },
	  "iprev=permerror policy.iprev=\"2001:db8::1\"" },
};

static void
iprev(void **state)
{
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(clients); i++) {
		room_open(&r, clients[i].dns, NULL);
		room_client(&r, clients[i].ip);
		room_stage(&r, ST_CONNECT);
		CHECK(strcmp(results_of(&r), clients[i].want) == 0, "%s: %s",
		    clients[i].why, results_of(&r));
		room_close(&r);
	}
}

static const struct {
	const char *answer, *want, *why;
} allowed[] = {
	{ "127.0.5.3", "pass dns.zone=allow.test dns.sec=na "
	  "policy.ip=127.0.5.3", "listed" },
	{ "127.0.5.0", "pass dns.zone=allow.test dns.sec=na "
	  "policy.ip=127.0.5.0", "listed, without points" },
	{ "nxdomain", "none dns.zone=allow.test dns.sec=na", "not listed" },
	{ "nodata", "none dns.zone=allow.test dns.sec=na", "not listed" },
	{ "127.0.0.255", "permerror dns.zone=allow.test dns.sec=na "
	  "policy.ip=127.0.0.255", "over quota" },
	{ "127.0.10.3", "permerror dns.zone=allow.test dns.sec=na "
	  "policy.ip=127.0.10.3", "a false high" },
	{ "192.0.2.1", "permerror dns.zone=allow.test dns.sec=na "
	  "policy.ip=192.0.2.1", "not even 127/8" },
	{ "127.9.9.9", "permerror dns.zone=allow.test dns.sec=na "
	  "policy.ip=127.9.9.9", "no code of the list" },
	{ "servfail", "temperror dns.zone=allow.test dns.sec=na", "trouble" },
	{ "timeout", "temperror dns.zone=allow.test dns.sec=na", "trouble" },
};

static void
dnswl(void **state)
{
	struct row dns[] = { { LIST4 "allow.test", DNS_A, NULL, 0 },
		{ LIST4 "deny.test", DNS_A, "127.0.0.2", 0 },
		{ "c.test.names.test", DNS_A, "127.0.0.2", 0 }, { 0 } };
	const char *got;
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(allowed); i++) {
		dns[0].answer = allowed[i].answer;
		room_open(&r, dns, lists);
		room_stage(&r, ST_CONNECT);
		room_helo(&r, "c.test");
		got = results_of(&r);
		CHECK(strcmp(got, arena_printf(r.arena, "iprev=permerror "
		    "policy.iprev=192.0.2.77; dnswl=%s; "
		    "spf=none smtp.helo=c.test", allowed[i].want).p) == 0,
		    "%s: %s", allowed[i].why, got);
		room_close(&r);
	}
}

/* Results end with the run of their stage, and with its beginning anew. */
static void
results_are_forgotten(void **state)
{
	struct room r;

	(void)state;
	room_open(&r, NULL, lists);
	room_stage(&r, ST_CONNECT);
	assert_true(results_of(&r)[0] != '\0');
	room_end(&r, ST_CONNECT);
	assert_string_equal(results_of(&r), "");
	facts_forget(r.desk.facts, ST_CONNECT, ST_EOM);
	room_stage(&r, ST_CONNECT);
	assert_string_equal(results_of(&r), "iprev=permerror "
	    "policy.iprev=192.0.2.77; dnswl=none dns.zone=allow.test "
	    "dns.sec=na");
	room_close(&r);
}

/* Cut short, a check has nothing to say. */
static void
who_leaves_says_nothing(void **state)
{
	static const struct row dns[] = {
		{ PTR4, DNS_PTR, "a.test", 500 },
		{ LIST4 "allow.test", DNS_A, "127.0.5.3", 500 }, { 0 } };
	struct room r;

	(void)state;
	room_open(&r, dns, lists);
	assert_int_equal(room_start(&r, ST_CONNECT), 0);
	room_run_until(&r, 100);
	assert_true(desk_is_telling(&r.run[ST_CONNECT]));
	room_end(&r, ST_CONNECT);
	assert_null(r.run[ST_CONNECT].notes);
	assert_int_equal(r.run[ST_CONNECT].telling, 0);
	room_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iprev),
		cmocka_unit_test(dnswl),
		cmocka_unit_test(results_are_forgotten),
		cmocka_unit_test(who_leaves_says_nothing),
	};

	return cmocka_run_group_tests_name("filters/results", tests, NULL,
	    NULL);
}
