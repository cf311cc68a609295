/* SPDX-License-Identifier: BSD-2-Clause */
/* postern.conf: texts and the settings they give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/settings.h"
#include "lang.h"

struct loaded {
	struct arena       *arena;
	struct diagnostics *diag;
	struct settings    *conf;
};

/* Loads a text that has nothing wrong. In: path of the text. */
static struct loaded
load_at(const char *path, const char *text, const char *resolv)
{
	const struct file files[] = {
		{ path, text },
		{ "/etc/resolv.conf", resolv },
		{ "/etc/postern/tables/users", "# all\n\n  Bob  \nx y # z\n"
		    "car@a.example\n\"a b\"@a.example\no#brien\r\nann" },
		{ "/etc/postern/tables/few", "dave@b\xc3\xbc" "cher.example" },
		{ "/etc/postern/more/a.conf", "domain a.example" },
		{ "/etc/postern/more/b.conf", "domain b.example {\n"
		    "users table \"users\" }" },
		{ "/etc/postern/more/users", "eve" },
		{ NULL, NULL }
	};
	struct memory_reader m = memory_reader(files);
	struct loaded l = { arena_new(0), diag_new(), NULL };

	if (conf_load(&m.reader, str_of(path), l.arena, l.diag, &l.conf) != 0)
		fail_msg("%.*s", STR_ARG(diag_text(l.diag, l.arena)));
	assert_string_equal(arena_str(l.arena, diag_text(l.diag, l.arena)).p,
	    "");
	return l;
}

static struct loaded
load(const char *text)
{
	return load_at("/etc/postern/postern.conf", text, "");
}

static void
unload(struct loaded *l)
{
	diag_free(&l->diag);
	arena_free(&l->arena);
}

static void
expect(struct str got, const char *wanted)
{
	expect_text("a setting", got, wanted);
}

/* --- defaults ------------------------------------------------------------ */

static void
test_presets(void **state)
{
	struct loaded l = load_at("", "", "search x\n");
	const struct settings *c = l.conf;
	char at[ENDPOINT_TEXT];

	(void)state;
	assert_int_equal(c->listen_count, 1);
	(void)endpoint_print(c->listens[0].at, at);
	assert_string_equal(at, "127.0.0.1:2525");
	assert_int_equal(c->listens[0].proxy_count, 0);
	assert_int_equal(c->domain_count, 0);
	assert_null(c->deliver);
	assert_true(c->name.len > 0);
	assert_true(str_eq(c->name, c->authserv));
	assert_int_equal(c->postmaster.len, 0);
	expect(c->policy, "default");
	expect(c->state, "/var/lib/postern/state");
	expect(c->folder, ".");
	assert_int_equal(c->greet_wait, 2 * SEC);
	assert_int_equal(c->log.to, LT_STDERR);
	assert_int_equal(c->resolver.query_deadline, 2500 * MSEC);
	assert_int_equal(c->resolver.session_deadline, 8 * SEC);
	assert_int_equal(c->resolver.rcpt_deadline, 5 * SEC);
	assert_int_equal(c->resolver.ttl_low, 60 * SEC);
	assert_int_equal(c->resolver.ttl_high, 3600 * SEC);
	assert_int_equal(c->origin_count, 0);
	unload(&l);
}

/* hardening.md 5, the column of postern. */
static void
test_preset_limits(void **state)
{
	struct loaded l = load_at("", "", "");
	const struct limits *x = &l.conf->limits;
	const struct { uint64_t got, wanted; const char *what; } rows[] = {
		{ x->sessions, 2000, "sessions" },
		{ x->per_address, 20, "per-address" },
		{ x->per_network, 40, "per-network" },
		{ x->reserve_percent, 10, "reserve-percent" },
		{ x->connections_rate, 60, "connections-per-minute" },
		{ x->messages_rate, 300, "messages-per-minute" },
		{ x->messages, 100, "messages" },
		{ (uint64_t)x->connection_time, 3600000000, "life" },
		{ x->busy_percent, 80, "busy-percent" },
		{ (uint64_t)x->command_time, 300000000, "command-time" },
		{ (uint64_t)x->busy_command_time, 30000000, "while busy" },
		{ x->command_line, 2048, "command-line" },
		{ x->commands, 20, "commands" },
		{ x->errors, 10, "errors" }, { x->busy_errors, 3, "busy" },
		{ x->free_errors, 3, "free-errors" },
		{ (uint64_t)x->error_delay, 1000000, "error-delay" },
		{ x->unknown_recipients, 10, "unknown-recipients" },
		{ x->message, 52428800, "message" },
		{ x->recipients, 100, "recipients" },
		{ x->extra_recipients, 100, "extra-recipients" },
		{ (uint64_t)x->data_time, 1200000000, "data-time" },
		{ x->data_rate, 500, "data-rate" },
		{ x->header, 262144, "header" },
		{ x->header_field, 65536, "header-field" },
		{ x->header_fields, 1000, "header-fields" },
		{ x->hops, 100, "hops" },
		{ x->message_memory, 1048576, "message-memory" },
		{ x->messages_memory, 67108864, "messages-memory" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		if (rows[i].got != rows[i].wanted)
			fail_msg("%s: %llu, not %llu", rows[i].what,
			    (unsigned long long)rows[i].got,
			    (unsigned long long)rows[i].wanted);
	unload(&l);
}

/* What --print-defaults prints, read back, changes nothing; neither does
 * what -T prints. */
static void
test_round_trips(void **state)
{
	static const char *const texts[] = {
		"",
		"name mx.example; listen 192.0.2.1:25 [::1]:2525 proxy from "
		    "10.0.0.0/8 2001:db8::/32\nlisten 0.0.0.0:26\n",
		"deliver maildir /m/%d/%u { junk header \"X-Spam: \\\"a\\\"\" "
		    "}\ndomain a.example b\xc3\xbc" "cher.example { users table"
		    " { ann \"x y\"; bob@a.example } }\ndomain c.example { "
		    "deliver maildir \"/c d/%u\" { junk address +Junk } }",
		"resolver 192.0.2.53 [2001:db8::53]:5353 { cache 0; ttl-low "
		    "0 }\nlimits { sessions 0; message 0; errors 1; data-rate "
		    "0; command-time 90s }\ngreet wait 0\nlog file \"/l#g\"\n"
		    "authserv a.b\npostmaster \"\\\"p q\\\"@a.example\"\n",
		"dir /d\npolicy strict\nstate s\ndomain a.example\n",
		"listen 0.0.0.0:465 tls proxy from 10.0.0.0/8\ntls /c/a { "
		    "minimum 1.3 }\ntls \"/c/b c\"\nlimits { handshakes 0; "
		    "handshake-time 30s }\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		struct loaded one = load(texts[i]), two;
		struct str first = settings_print(one.conf, one.arena);

		two = load(arena_str(one.arena, first).p);
		expect_text("settings that are printed and read back",
		    settings_print(two.conf, two.arena),
		    arena_str(one.arena, first).p);
		unload(&two);
		if (i == 0) {
			struct str all = settings_print_defaults(one.arena);

			two = load(arena_str(one.arena, all).p);
			expect_text("the defaults, read back",
			    settings_print(two.conf, two.arena),
			    arena_str(one.arena, first).p);
			unload(&two);
		}
		unload(&one);
	}
}

/* --- single settings ----------------------------------------------------- */

static void
test_hosts(void **state)
{
	struct loaded l = load("name MX.B\xc3\xbc" "cher.EXAMPLE.\n"
	    "authserv id.example\npostmaster Post.Master@A.Example\n"
	    "policy strict\nlog file logs/x\n");

	(void)state;
	expect(l.conf->name, "mx.xn--bcher-kva.example");
	expect(l.conf->authserv, "id.example");
	expect(l.conf->postmaster, "Post.Master@a.example");
	expect(l.conf->policy, "strict");
	expect(l.conf->folder, "/etc/postern");
	expect(l.conf->log.path, "/etc/postern/logs/x");
	unload(&l);
}

static void
test_listens(void **state)
{
	struct loaded l = load("listen [::]:25 0.0.0.0:25\n"
	    "listen 10.0.0.9:25 proxy from 10.0.0.0/24 10.1.0.1");
	char at[ENDPOINT_TEXT];

	(void)state;
	assert_int_equal(l.conf->listen_count, 3);
	(void)endpoint_print(l.conf->listens[0].at, at);
	assert_string_equal(at, "[::]:25");
	assert_int_equal(l.conf->listens[1].proxy_count, 0);
	assert_int_equal(l.conf->listens[2].proxy_count, 2);
	assert_true(net_has(l.conf->listens[2].proxy_from[0],
	    ip_v4(10, 0, 0, 77)));
	assert_false(net_has(l.conf->listens[2].proxy_from[1],
	    ip_v4(10, 1, 0, 2)));
	unload(&l);

	l = load("listen [::]:465 tls\nlisten 10.0.0.9:25 proxy from "
	    "10.0.0.0/24 tls\nlisten 10.0.0.8:25 tls proxy from ::1");
	assert_true(l.conf->listens[0].is_tls);
	assert_int_equal(l.conf->listens[0].proxy_count, 0);
	assert_true(l.conf->listens[1].is_tls);
	assert_int_equal(l.conf->listens[1].proxy_count, 1);
	assert_true(l.conf->listens[2].is_tls);
	assert_int_equal(l.conf->listens[2].proxy_count, 1);
	unload(&l);

	l = load("domain a.example\ndeliver maildir /m/%u");
	assert_int_equal(l.conf->listen_count, 2);
	assert_false(l.conf->listens[0].is_tls);
	(void)endpoint_print(l.conf->listens[0].at, at);
	assert_string_equal(at, "0.0.0.0:25");
	(void)endpoint_print(l.conf->listens[1].at, at);
	assert_string_equal(at, "[::]:25");
	unload(&l);
}

static void
test_tls(void **state)
{
	struct loaded l = load("tls certs/a\ntls /c/b { minimum 1.3 }");

	(void)state;
	assert_int_equal(l.conf->tls_count, 2);
	expect(l.conf->tls[0].chain, "/etc/postern/certs/a/fullchain.pem");
	expect(l.conf->tls[0].key, "/etc/postern/certs/a/privkey.pem");
	expect(l.conf->tls[1].chain, "/c/b/fullchain.pem");
	/* The client names its version before its host. */
	assert_int_equal(l.conf->tls[0].minimum, 3);
	assert_int_equal(l.conf->tls[1].minimum, 3);
	unload(&l);

	l = load("tls /a\ntls /b");
	assert_int_equal(l.conf->tls[0].minimum, 2);
	assert_int_equal(l.conf->tls[1].minimum, 2);
	unload(&l);

	l = load("");
	assert_int_equal(l.conf->tls_count, 0);
	unload(&l);
}

/* A limit of 0 is none: nothing reaches it, and it may be doubled. */
static void
test_no_limits(void **state)
{
	struct loaded l = load("limits { message 0; command-time 0\n"
	    "data-rate 0; error-delay 0; free-errors 0; sessions 7 }");
	const struct limits *x = &l.conf->limits;

	(void)state;
	assert_true(x->message == (uint64_t)SETTING_NONE);
	assert_true(2 * x->message > x->message);
	assert_true(x->command_time == SETTING_NONE);
	assert_int_equal(x->data_rate, 0);      /* the least there can be */
	assert_int_equal(x->error_delay, 0);
	assert_int_equal(x->free_errors, 0);
	assert_int_equal(x->sessions, 7);
	unload(&l);
}

static const struct { const char *resolv, *servers; } resolvs[] = {
	{ "nameserver 192.0.2.1\n", "192.0.2.1:53" },
	{ "# x\n;nameserver 192.0.2.9\nsearch a.b\n  nameserver\t2001:db8::1 "
	    "\r\nnameserver 192.0.2.2", "[2001:db8::1]:53 192.0.2.2:53" },
	{ "nameserver fe80::1%eth0\nnameserver x\n", "127.0.0.1:53" },
	{ "nameserver192.0.2.1\noptions timeout:1\n", "127.0.0.1:53" },
	{ "", "127.0.0.1:53" },
	{ "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"
	    "nameserver 192.0.2.4\n",
	    "192.0.2.1:53 192.0.2.2:53 192.0.2.3:53" },
};

static void
test_resolv_conf(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < COUNT(resolvs); i++) {
		struct loaded l = load_at("", "", resolvs[i].resolv);
		struct buf out = BUF_INIT(0);
		char at[ENDPOINT_TEXT];

		for (k = 0; k < l.conf->resolver.server_count; k++) {
			(void)endpoint_print(l.conf->resolver.servers[k], at);
			(void)buf_addf(&out, "%s%s", k == 0 ? "" : " ", at);
		}
		expect_text(resolvs[i].resolv, buf_str(&out),
		    resolvs[i].servers);
		buf_free(&out);
		unload(&l);
	}
}

static void
test_resolvers(void **state)
{
	struct loaded l = load_at("/etc/postern/postern.conf",
	    "resolver 192.0.2.1 { query-deadline 1s }\n"
	    "resolver [::1]:5353 { session-deadline 3s }",
	    "nameserver 192.0.2.7");

	(void)state;
	assert_int_equal(l.conf->resolver.server_count, 2);
	assert_int_equal(l.conf->resolver.servers[1].port, 5353);
	assert_int_equal(l.conf->resolver.query_deadline, SEC);
	assert_int_equal(l.conf->resolver.session_deadline, 3 * SEC);
	unload(&l);

	/* a block alone: the system's servers with other deadlines */
	l = load_at("/etc/postern/postern.conf",
	    "resolver { query-deadline 1s }", "nameserver 192.0.2.7");
	assert_int_equal(l.conf->resolver.server_count, 1);
	assert_true(ip_eq(l.conf->resolver.servers[0].ip,
	    ip_v4(192, 0, 2, 7)));
	assert_int_equal(l.conf->resolver.query_deadline, SEC);
	unload(&l);
}

/* --- domains ------------------------------------------------------------- */

static void
expect_users(const struct domain_conf *d, const char *wanted)
{
	struct buf out = BUF_INIT(0);
	size_t i;

	for (i = 0; i < d->user_count; i++)
		(void)buf_addf(&out, "%.*s|", STR_ARG(d->users[i]));
	expect_text("users", buf_str(&out), wanted);
	buf_free(&out);
}

static void
test_users(void **state)
{
	struct loaded l = load("deliver maildir /m/%d/%u\n"
	    "domain a.example\n"
	    "domain b.example B\xc3\xbc" "cher.example {\n"
	    "  users table \"tables/few\" }\n"
	    "domain c.example d.example { users table {\n"
	    "  zoe ann \"x y\"; Ann\n  bob@d.example } }\n");
	const struct domain_conf *d = l.conf->domains;

	(void)state;
	assert_int_equal(l.conf->domain_count, 5);
	assert_int_equal(d[0].users_kind, USERS_MAILDIR);
	assert_int_equal(d[1].users_kind, USERS_TABLE);
	expect_users(&d[1], "");
	expect(d[2].name, "xn--bcher-kva.example");
	expect_users(&d[2], "dave|");
	expect_users(&d[3], "Ann|x y|zoe|");    /* ann and Ann are one */
	expect_users(&d[4], "Ann|bob|x y|zoe|");
	assert_true(settings_domain(l.conf, STR("d.example")) == &d[4]);
	assert_true(settings_domain(l.conf, STR("a.example")) == &d[0]);
	assert_null(settings_domain(l.conf, STR("e.example")));
	assert_null(settings_domain(l.conf, STR("")));
	unload(&l);

	l = load("domain a.example { users table tables/users }\n"
	    "deliver maildir /m/%d/%u");
	expect_users(l.conf->domains, "a b|ann|Bob|car|o#brien|x y|");
	unload(&l);
}

static void
test_deliver(void **state)
{
	struct loaded l = load("domain b.example { deliver maildir b/%u }\n"
	    "domain a.example\n"
	    "deliver maildir /m/%d/%u { junk header \"X-Spam: YES\" }\n");
	const struct domain_conf *d = l.conf->domains;

	(void)state;
	expect(d[0].deliver->pattern, "/etc/postern/b/%u");
	assert_int_equal(d[0].deliver->junk, JUNK_FOLDER);
	expect(d[0].deliver->junk_text, ".Junk");
	assert_true(d[1].deliver == l.conf->deliver);
	expect(d[1].deliver->pattern, "/m/%d/%u");
	assert_int_equal(d[1].deliver->junk, JUNK_HEADER);
	expect(d[1].deliver->junk_text, "X-Spam: YES");
	unload(&l);
}

/* --- paths --------------------------------------------------------------- */

/* dir stands last and moves paths all the same; what a person writes (tables,
 * policies) stays beside the configuration. */
static void
test_below_dir(void **state)
{
	struct loaded l = load("domain a.example\nlog file x.log\n"
	    "domain b.example { deliver maildir boxes/%u }\n"
	    "policy ./my.policy\ndir ./run\n");

	(void)state;
	expect(l.conf->dir, "/etc/postern/run");
	expect(l.conf->state, "/etc/postern/run/state");
	expect(l.conf->log.path, "/etc/postern/run/x.log");
	expect(l.conf->domains[0].deliver->pattern,
	    "/etc/postern/run/mail/%d/%u");
	expect(l.conf->domains[1].deliver->pattern,
	    "/etc/postern/run/boxes/%u");
	expect(l.conf->policy, "/etc/postern/my.policy");
	unload(&l);
}

static void
test_relative(void **state)
{
	struct loaded l = load_at("run/postern.conf", "domain a.example\n"
	    "dir .\nstate ./memory\n", "");

	(void)state;
	expect(l.conf->folder, "run");
	expect(l.conf->state, "run/./memory");
	expect(l.conf->domains[0].deliver->pattern, "run/./mail/%d/%u");
	unload(&l);
}

/* include: sorted, relative to the including file, tables as well. */
static void
test_include(void **state)
{
	struct loaded l = load("include \"more/*.conf\"\n"
	    "deliver maildir /m/%d/%u\n");

	(void)state;
	assert_int_equal(l.conf->domain_count, 2);
	expect(l.conf->domains[0].name, "a.example");
	expect_users(&l.conf->domains[1], "eve|");
	unload(&l);
}

/* --- where it came from -------------------------------------------------- */

static void
test_origins(void **state)
{
	struct loaded l = load("name mx.example\n\n"
	    "limits { errors 5\n  sessions 7 }\n");
	const struct origin *o = l.conf->origins;

	(void)state;
	assert_int_equal(l.conf->origin_count, 4);
	assert_string_equal(o[0].setting->name, "name");
	assert_int_equal(o[0].place.line, 1);
	assert_string_equal(o[3].setting->name, "sessions");
	assert_int_equal(o[3].place.line, 4);
	assert_int_equal(o[3].place.column, 3);
	expect(o[3].place.source->name, "/etc/postern/postern.conf");
	unload(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_presets),
		cmocka_unit_test(test_preset_limits),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_listens),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_no_limits),
		cmocka_unit_test(test_resolv_conf),
		cmocka_unit_test(test_resolvers),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_deliver),
		cmocka_unit_test(test_below_dir),
		cmocka_unit_test(test_relative),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
