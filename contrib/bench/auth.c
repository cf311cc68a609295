/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth - CPU of SPF, DKIM and DMARC together, a message: the checks of HELO,
 * MAIL and after the dot over a scripted DNS without a cache, so every answer
 * is written, parsed and read each time; and the deepest stack of a check.
 *
 *	auth [MESSAGES]
 *
 * Build: make contrib/bench/auth CFLAGS=-O2
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/clock.h"
#include "tests/unit/dkim_lab.h"

#define BATCH 200       /* messages to a room, so that it stays small      */

struct kind {
	const char   *name;
	size_t        body;      /* bytes                                   */
	enum lab_key  keys[8];   /* of the signatures                       */
	size_t        count;
};

static const struct kind kinds[] = {
	{ "4 KiB, not signed", 4096, { LAB_2048 }, 0 },
	{ "4 KiB, RSA 2048", 4096, { LAB_2048 }, 1 },
	{ "4 KiB, RSA 4096", 4096, { LAB_4096 }, 1 },
	{ "4 KiB, Ed25519", 4096, { LAB_ED }, 1 },
	{ "4 KiB, RSA 2048 and Ed25519", 4096, { LAB_2048, LAB_ED }, 2 },
	{ "4 KiB, eight RSA 2048", 4096, { LAB_2048, LAB_2048, LAB_2048,
	    LAB_2048, LAB_2048, LAB_2048, LAB_2048, LAB_2048 }, 8 },
	{ "1 MiB, RSA 2048", 1 << 20, { LAB_2048 }, 1 },
};

static struct row rows[] = {
	{ "77.2.0.192.in-addr.arpa", DNS_PTR, "mx.good.test", 1 },
	{ "mx.good.test", DNS_A, "192.0.2.77", 1 },
	{ "mx.good.test", DNS_TXT, "v=spf1 a -all", 1 },
	{ "good.test", DNS_TXT, "v=spf1 ip4:198.51.100.0/24 a mx "
	  "include:_spf.good.test -all", 1 },
	{ "good.test", DNS_A, "192.0.2.1", 1 },
	{ "good.test", DNS_MX, "mx2.good.test", 1 },
	{ "mx2.good.test", DNS_A, "192.0.2.2", 1 },
	{ "_spf.good.test", DNS_TXT, "v=spf1 ip4:192.0.2.64/26 ~all", 1 },
	{ "_dmarc.good.test", DNS_TXT, "v=DMARC1; p=reject; adkim=r", 1 },
	{ "k2._domainkey.good.test", DNS_TXT, NULL, 1 },    /* LAB_2048 */
	{ "k3._domainkey.good.test", DNS_TXT, NULL, 1 },
	{ "k4._domainkey.good.test", DNS_TXT, NULL, 1 },
	{ NULL, DNS_A, NULL, 0 },
};

static struct str
make_message(struct arena *a, const struct kind *k)
{
	struct str header = STR("From: Ann <ann@news.good.test>\r\n"
	    "To: bob@here.test\r\nSubject: hello\r\n"
	    "Date: Tue, 24 Nov 2026 00:00:00 +0000\r\n"
	    "Message-ID: <1@good.test>\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n");
	static const char line[] = "words in a line\r\n";
	struct str body = { NULL, k->body - k->body % (sizeof line - 1) };
	char *p = arena_alloc(a, body.len);
	size_t i;

	for (i = 0; i < body.len; i++)
		p[i] = line[i % (sizeof line - 1)];
	body.p = p;
	for (i = 0; i < k->count; i++)
		header = lab_join(a, lab_sign(a, k->keys[i], arena_printf(a,
		    "v=1; a=%s-sha256; c=relaxed/relaxed; d=good.test; s=k%d;\r\n"
		    "\tt=1795470000; h=from:to:subject:date:message-id:"
		    "mime-version:content-type;\r\n\tbh=$bh;\r\n\tb=$b",
		    k->keys[i] == LAB_ED ? "ed25519" : "rsa",
		    (int)k->keys[i]).p, header, body), header);
	return lab_join(a, LAB_ADD(a, header, "\r\n"), body);
}

static void
pass(struct room *r, struct str text)
{
	r->asked[0] = '\0';
	r->desk.budget.left = 100;
	room_helo(r, "mx.good.test");
	room_mail(r, "<ann@good.test>");
	lab_message(r, text);
}

static void
expect_pass(struct room *r, const struct kind *k)
{
	room_expect(r, "spf.helo=pass spf=pass dmarc=pass", k->name);
	room_expect(r, k->count > 0 ? "dkim=pass dkim.aligned=true" :
	    "dkim=none", k->name);
}

/* Microseconds a message, by all of them, in rooms of BATCH. */
static double
measure(const struct kind *k, struct str text, unsigned messages,
    bool is_sampled, struct fiber_census *census, unsigned *questions)
{
	usec_t cpu = 0, start;
	unsigned done, i;
	struct room r;

	for (done = 0; done < messages; done += BATCH) {
		lab_open(&r, rows);
		fibers_sample(r.world.fibers, is_sampled ? 1 : 1u << 30);
		room_stage(&r, ST_CONNECT);
		pass(&r, text);
		expect_pass(&r, k);
		*questions = r.questions;
		start = clock_cpu();
		for (i = 0; i < BATCH; i++)
			pass(&r, text);
		cpu += clock_cpu() - start;
		fibers_census(r.world.fibers, census);
		lab_close(&r);
	}
	return (double)cpu / done;
}

int
main(int argc, char **argv)
{
	unsigned messages = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) :
	    2000, questions;
	struct arena *a = arena_new(0);
	struct fiber_census census;
	double each;
	size_t i;

	for (i = 0; i < 3; i++)
		rows[COUNT(rows) - 4 + i].answer = lab_record(a,
		    (enum lab_key)(LAB_2048 + i));
	printf("%-30s %8s %10s %s\n", "message", "us", "questions",
	    "deepest stack");
	for (i = 0; i < COUNT(kinds); i++) {
		struct str text = make_message(a, &kinds[i]);

		each = measure(&kinds[i], text, messages, false, &census,
		    &questions);
		(void)measure(&kinds[i], text, BATCH, true, &census,
		    &questions);
		printf("%-30s %8.1f %10u %zu by %s\n", kinds[i].name, each,
		    questions, census.deepest, census.deepest_name);
	}
	arena_free(&a);
	return 0;
}
