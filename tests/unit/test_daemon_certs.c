/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates of a configuration: which are used, what is said of the
 * others, and that mail never hangs on one (catalogue 71).
 */
#include "tests/unit/lang.h"
#include "tests/unit/tls_lab.h"

#include <string.h>

#include "base/date.h"
#include "daemon/certs.h"

struct bench {
	struct arena         *arena;
	struct diagnostics   *diag;
	struct memory_reader  reader;
	struct settings      *conf;
	struct tls_pair      *pairs;
	size_t                count;
	usec_t                wall;
};

static struct str ecdsa_chain, ecdsa_key, rsa_chain, rsa_key, old_chain,
    old_key, soon_chain, soon_key, future_chain, future_key, two_chain,
    two_key, b_chain, b_key;
static struct arena *made;

static bool
has(struct str text, const char *part)
{
	return strstr(text.p, part) != NULL;
}

static usec_t
day(const char *text)
{
	usec_t wall;

	assert_int_equal(date_parse(str_of(text), &wall), 0);
	return wall;
}

static void
make(const struct tls_order *order, struct str *chain, struct str *key)
{
	struct tls_pair pair = tls_lab_pair(order, made);

	*chain = arena_str(made, pair.chain);
	*key = arena_str(made, pair.key);
}

static int
make_all(void **state)
{
	(void)state;
	made = arena_new(0);
	make(&(struct tls_order){ .names = "a.test" }, &ecdsa_chain,
	    &ecdsa_key);
	make(&(struct tls_order){ .names = "b.test", .rsa = 2048 },
	    &rsa_chain, &rsa_key);
	make(&(struct tls_order){ .names = "a.test c.test" }, &two_chain,
	    &two_key);
	make(&(struct tls_order){ .names = "b.test" }, &b_chain, &b_key);
	make(&(struct tls_order){ .names = "old.test",
	    .from = day("2024-01-01"), .until = day("2026-11-23") }, &old_chain, &old_key);
	make(&(struct tls_order){ .names = "soon.test",
	    .from = day("2024-01-01"), .until = day("2026-11-30") }, &soon_chain, &soon_key);
	make(&(struct tls_order){ .names = "future.test",
	    .from = day("2026-12-24"), .until = day("2027-12-24") }, &future_chain, &future_key);
	return 0;
}

static int
drop_all(void **state)
{
	(void)state;
	arena_free(&made);
	return 0;
}

static void
bench_open(struct bench *b, const struct file *files)
{
	*b = (struct bench){ .arena = arena_new(0), .diag = diag_new(),
	    .reader = memory_reader(files), .wall = day("2026-11-24") };
	assert_int_equal(conf_load(&b->reader.reader, STR("/x/x.conf"),
	    b->arena, b->diag, &b->conf), 0);
	assert_int_equal(certs_read(&b->reader.reader, b->conf, b->wall,
	    b->arena, b->diag, &b->pairs, &b->count), 0);
}

static void
bench_close(struct bench *b)
{
	diag_free(&b->diag);
	arena_free(&b->arena);
}

/* What is wrong with one leaves the others. */
static void
test_read(void **state)
{
	const struct file files[] = {
		{ "/x/x.conf", "name mx.test\ntls a\ntls gone\ntls b\n"
		    "tls mixed\ntls keyless\ntls junk\n" },
		{ "/x/a/fullchain.pem", ecdsa_chain.p },
		{ "/x/a/privkey.pem", ecdsa_key.p },
		{ "/x/b/fullchain.pem", rsa_chain.p },
		{ "/x/b/privkey.pem", rsa_key.p },
		{ "/x/mixed/fullchain.pem", rsa_chain.p },
		{ "/x/mixed/privkey.pem", ecdsa_key.p },
		{ "/x/keyless/fullchain.pem", rsa_chain.p },
		{ "/x/junk/fullchain.pem", "nothing" },
		{ "/x/junk/privkey.pem", ecdsa_key.p },
		{ NULL, NULL }
	};
	struct bench b;

	(void)state;
	bench_open(&b, files);
	expect_text("codes and places", codes_of(b.diag, b.arena),
	    "P0031@3:5 P0047@5:5 P0031@6:5 P0047@7:5");
	assert_int_equal(b.count, 2);
	assert_str(b.pairs[0].chain, ecdsa_chain.p);
	assert_str(b.pairs[0].key, ecdsa_key.p);
	assert_str(b.pairs[1].key, rsa_key.p);
	assert_true(has(diag_text(b.diag, b.arena),
	    "cannot read /x/gone/fullchain.pem"));
	assert_true(has(diag_text(b.diag, b.arena),
	    "cannot read /x/keyless/privkey.pem"));
	bench_close(&b);
}

/* What is in the chain's file other processes see as well. catalogue 133 */
static void
test_key_in_chain(void **state)
{
	const struct file files[] = {
		{ "/x/x.conf", "tls a\n" },
		{ "/x/a/fullchain.pem", arena_printf(made, "%.*s%.*s",
		    STR_ARG(ecdsa_chain), STR_ARG(ecdsa_key)).p },
		{ "/x/a/privkey.pem", ecdsa_key.p },
		{ NULL, NULL }
	};
	struct bench b;

	(void)state;
	bench_open(&b, files);
	expect_text("refused", codes_of(b.diag, b.arena), "P0047@1:5");
	assert_true(has(diag_text(b.diag, b.arena),
	    "a private key stands in fullchain.pem"));
	assert_int_equal(b.count, 0);
	bench_close(&b);
}

/* Which are never shown, and that no other is said to be. */
static void
test_hidden(void **state)
{
	const struct file files[] = {
		{ "/x/x.conf", "tls a\ntls b\ntls a\ntls two\ntls old\n"
		    "tls rsa-a\ntls b\n" },
		{ "/x/a/fullchain.pem", ecdsa_chain.p },    /* a.test      */
		{ "/x/a/privkey.pem", ecdsa_key.p },
		{ "/x/b/fullchain.pem", rsa_chain.p },      /* b.test, RSA */
		{ "/x/b/privkey.pem", rsa_key.p },
		{ "/x/two/fullchain.pem", two_chain.p },    /* a and c     */
		{ "/x/two/privkey.pem", two_key.p },
		{ "/x/old/fullchain.pem", b_chain.p },      /* b, no RSA   */
		{ "/x/old/privkey.pem", b_key.p },
		{ NULL, NULL }
	};
	struct bench b;

	(void)state;
	bench_open(&b, files);
	expect_text("the second a, the second b", codes_of(b.diag, b.arena),
	    "P0050@3:5 P0031@6:5 P0050@7:5");
	assert_true(has(diag_text(b.diag, b.arena),
	    "/x/a: no client is shown it"));
	assert_int_equal(b.count, 6);
	bench_close(&b);
}

/* Time takes none away: most senders do not look. */
static void
test_time(void **state)
{
	const struct file files[] = {
		{ "/x/x.conf", "tls old\ntls soon\ntls future\ntls a\n" },
		{ "/x/old/fullchain.pem", old_chain.p },
		{ "/x/old/privkey.pem", old_key.p },
		{ "/x/soon/fullchain.pem", soon_chain.p },
		{ "/x/soon/privkey.pem", soon_key.p },
		{ "/x/future/fullchain.pem", future_chain.p },
		{ "/x/future/privkey.pem", future_key.p },
		{ "/x/a/fullchain.pem", ecdsa_chain.p },
		{ "/x/a/privkey.pem", ecdsa_key.p },
		{ NULL, NULL }
	};
	struct str text;
	struct bench b;

	(void)state;
	bench_open(&b, files);
	assert_int_equal(b.count, 4);
	assert_int_equal(diag_count(b.diag, DG_ERROR), 0);
	expect_text("codes and places", codes_of(b.diag, b.arena),
	    "P0048@1:5 P0048@2:5 P0048@3:5");
	text = diag_text(b.diag, b.arena);
	assert_true(has(text,
	    "/x/old/fullchain.pem expired on 2026-11-23"));
	assert_true(has(text,
	    "/x/soon/fullchain.pem expires on 2026-11-30"));
	assert_true(has(text,
	    "/x/future/fullchain.pem is good from 2026-12-24 on"));
	bench_close(&b);
}

struct log {
	struct sink sink;
	unsigned    lines;
};

static void
count_line(struct sink *sink, enum level level, struct str line)
{
	(void)level, (void)line;
	((struct log *)sink)->lines++;
}

/* With none there is one all the same; with a bad one there is a line. */
static void
test_server(void **state)
{
	const struct file files[] = { { "/x/x.conf", "name mx.test\n" },
		{ NULL, NULL } };
	struct log log = { .sink = { .write = count_line } };
	struct tls_pair bad = { STR("nothing"), STR("nothing") };
	struct tls_server *server;
	struct bench b;

	(void)state;
	bench_open(&b, files);
	assert_int_equal(b.count, 0);
	server = certs_server(b.pairs, b.count, b.conf, b.wall, &log.sink);
	assert_non_null(server);
	assert_int_equal(log.lines, 0);
	tls_server_free(&server);

	assert_null(certs_server(&bad, 1, b.conf, b.wall, &log.sink));
	assert_int_equal(log.lines, 1);
	bench_close(&b);
}

/* The one that was made is in the generation, its key with the secrets. */
static void
test_made(void **state)
{
	const struct file files[] = { { "/x/x.conf", "name mx.test\n" },
		{ NULL, NULL } };
	struct tls_certificate c;
	struct fault fault;
	struct recorder *rec;
	struct generation *g;
	int open_fd, secret_fd;
	struct bench b;

	(void)state;
	bench_open(&b, files);
	rec = recorder_new(&b.reader.reader);
	assert_int_equal(certs_make(rec, b.conf, b.wall), 0);
	assert_int_equal(recorder_seal(rec, &open_fd, &secret_fd), 0);
	assert_int_equal(generation_map(open_fd, -1, &g), 0);
	assert_int_not_equal(certs_made(generation_reader(g), b.arena,
	    &b.pairs, &b.count), 0);
	generation_free(&g);
	assert_int_equal(generation_map(open_fd, secret_fd, &g), 0);
	assert_int_equal(certs_made(generation_reader(g), b.arena, &b.pairs,
	    &b.count), 0);
	assert_int_equal(b.count, 1);
	assert_int_equal(tls_examine(&b.pairs[0], b.arena, &c, &fault), 0);
	assert_str(c.names[0], "mx.test");
	generation_free(&g);
	recorder_free(&rec);
	(void)close(open_fd);
	(void)close(secret_fd);
	bench_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_key_in_chain),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_made),
	};

	return cmocka_run_group_tests_name("daemon certs", tests, make_all,
	    drop_all);
}
