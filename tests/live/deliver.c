/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivers messages into Maildirs as the gate does, and says "250" after each
 * one that is durable. For tests/live/promise-p1.sh, which watches its system
 * calls, and for measuring.
 *
 *	deliver FOLDER [COPIES [MESSAGES [BYTES]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "deliver/local.h"
#include "run/clock.h"

#define COPIES_MAX 100

static void
randomness(void *arg, void *buf, size_t n)
{
	(void)arg;
	clock_random(buf, n);
}

static usec_t
wall(void *arg)
{
	(void)arg;
	return clock_wall();
}

/* A sealed body of lines, and a header. */
static struct body *
message(struct body_pool *pool, size_t bytes)
{
	static const char head[] = "From: a@x.test\r\nSubject: p1\r\n\r\n";
	static const char line[] = "0123456789 abcdefghijklmnopqrstuvwxyz\r\n";
	struct body *b;
	int rc;

	rc = body_new(pool, &b);
	if (rc == 0)
		rc = body_append(b, head, strlen(head));
	while (rc == 0 && body_size(b) < bytes)
		rc = body_append(b, line, strlen(line));
	if (rc == 0)
		rc = body_seal(b);
	must(rc == 0);
	return b;
}

static int
deliver(struct store *store, struct body_pool *pool,
    const struct copy *copies, size_t count, size_t bytes)
{
	struct body *body = message(pool, bytes);
	const struct piece all = { 0, body_size(body) };
	const struct parcel parcel = { .body = body, .pieces = &all,
		.piece_count = 1, .copies = copies, .copy_count = count };
	int rc;

	rc = store_keep(store, &parcel, NULL, NULL);
	body_free(&body);
	if (write(STDOUT_FILENO, rc == 0 ? "250\n" : "451\n", 4) != 4)
		return -E_IO;
	return rc;
}

static size_t
number(char **argv, int argc, int i, size_t otherwise)
{
	return i < argc ? (size_t)strtoul(argv[i], NULL, 10) : otherwise;
}

int
main(int argc, char **argv)
{
	static struct str users[COPIES_MAX];
	static struct mailbox boxes[COPIES_MAX];
	static struct copy copies[COPIES_MAX];
	struct body_pool pool = { .max = (size_t)64 << 20 };
	struct arena *a = arena_new(0);
	struct local_domain domain = { .name = STR("x.test"),
		.has_table = true, .users = users };
	struct local_conf conf = { &domain, 1, STR("mx.test"), randomness,
		wall, NULL, -1, 0, 0 };
	size_t i, n = number(argv, argc, 2, 1);
	size_t messages = number(argv, argc, 3, 1);
	size_t bytes = number(argv, argc, 4, 4096);
	struct fault fault;
	struct store *store;
	enum find found;
	int rc;

	if (argc < 2 || n < 1 || n > COPIES_MAX)
		return 64;
	domain.pattern = arena_printf(a, "%s/%%d/%%u", argv[1]);
	domain.user_count = n;
	for (i = 0; i < n; i++)
		users[i] = arena_printf(a, "user%03zu", i);
	rc = local_store(&conf, &store, &fault);
	if (rc != 0) {
		fprintf(stderr, "%s\n", fault.text);
		return 66;
	}
	for (i = 0; i < n && rc == 0; i++) {
		rc = store_find(store, domain.name, users[i], a, &boxes[i],
		    &found);
		copies[i] = (struct copy){ &boxes[i],
			STR("Return-Path: <a@x.test>\r\n"), STR("") };
	}
	for (i = 0; i < messages && rc == 0; i++)
		rc = deliver(store, &pool, copies, n, bytes);
	store->free(store);
	arena_free(&a);
	return rc == 0 ? 0 : 75;
}
