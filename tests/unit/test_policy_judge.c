/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge, sentence by sentence: each row names what of language.md 3 it
 * shows, under the heading where the sentence stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy_world.h"

#define LISTS \
	"list la \"la.test\" ip4 { code 127.0.0.2 x 6; code 127.0.0.3 y 3; " \
	"code 127.0.0.4 z -3; code 127.0.0.5 n 0 }\n"

struct row {
	const char *what;
	const char *policy;      /* without its first line                  */
	enum stage  stage;
	const char *facts;
	enum action action;
	const char *by;          /* NULL: any                               */
	int64_t     score;       /* hundredths; -9999: any                  */
};

#define ANY -9999

static void
run_row(const struct row *r)
{
	struct policy_world w;
	const struct policy *p;
	struct verdict v;
	struct facts *f;

	world_open(&w);
	p = world_policy(&w, arena_printf(w.arena, "policy t\n%s",
	    r->policy).p, NULL);
	if (p == NULL)
		fail_msg("%s: %.*s", r->what,
		    STR_ARG(diag_text(w.diag, w.arena)));
	f = world_facts(&w, r->stage);
	world_set(&w, f, r->facts);
	policy_judge(p, f, r->stage, w.arena, &v);
	if (v.action != r->action)
		fail_msg("%s: %s, expected %s", r->what,
		    action_word(v.action), action_word(r->action));
	if (r->by != NULL && !str_eq(v.by, str_of(r->by)))
		fail_msg("%s: by %.*s, expected %s", r->what, STR_ARG(v.by),
		    r->by);
	if (r->score != ANY && v.score != r->score)
		fail_msg("%s: score %lld, expected %lld", r->what,
		    (long long)v.score, (long long)r->score);
	world_close(&w);
}

static void
run_rows(const struct row *rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		run_row(&rows[i]);
}

#define POINT(cond) "score 1 s if " cond "\njunk at 1\n"
#define HOLDS(cond, facts) \
	{ cond " / " facts, POINT(cond), ST_EOM, facts, ACT_JUNK, "junk-at", \
	    100 }
#define FAILS(cond, facts) \
	{ cond " / " facts, POINT(cond), ST_EOM, facts, ACT_ACCEPT, \
	    "junk-at", 0 }

static const struct row statuses[] = {
	/* known: each type and sign */
	HOLDS("early", "early"), FAILS("early", "not early"),
	HOLDS("not early", "not early"),
	HOLDS("fcrdns = none", "fcrdns=none"),
	FAILS("fcrdns = none", "fcrdns=pass"),
	HOLDS("fcrdns != none", "fcrdns=pass"),
	HOLDS("fcrdns in {fail none}", "fcrdns=none"),
	FAILS("fcrdns in {fail none}", "fcrdns=pass"),
	HOLDS("counted > 2", "counted=2.5"), FAILS("counted > 2", "counted=2"),
	HOLDS("counted >= 2", "counted=2"), HOLDS("counted < 2", "counted=1"),
	HOLDS("counted <= 2", "counted=2"), HOLDS("counted = 2", "counted=2"),
	FAILS("counted < 2", "counted=2"), FAILS("counted >= 2", "counted=1"),
	HOLDS("client.ip = 192.0.2.1", "client.ip=192.0.2.1"),
	HOLDS("client.ip in {192.0.2.0/24 10.0.0.0/8}", "client.ip=10.1.1.1"),
	FAILS("client.ip in {192.0.2.0/24}", "client.ip=192.0.3.1"),
	HOLDS("client.name like \"*.a.test\"", "client.name=mx.a.test"),
	FAILS("client.name like \"*.a.test\"", "client.name=a.test"),
	HOLDS("mail.address = \"Ann@A.test\"", "mail.address=ann@a.test"),
	/* absent: = < in like and a bare truth are false, != is true */
	FAILS("early", "early-"), HOLDS("not early", "early-"),
	FAILS("fcrdns = none", "fcrdns-"), HOLDS("fcrdns != none", "fcrdns-"),
	FAILS("fcrdns in {fail none}", "fcrdns-"),
	FAILS("counted < 2", "counted-"),
	FAILS("client.name like \"*\"", "client.name-"),
	/* unknown: tests are unknown, under not as well */
	FAILS("early", "early?"), FAILS("not early", "early?"),
	FAILS("fcrdns != none", "fcrdns?"),
	/* Kleene: an unknown operand decides nothing unless the rest does */
	HOLDS("early or generic", "early? generic"),
	FAILS("early and generic", "early? generic"),
	FAILS("early and generic", "early? not generic"),
	HOLDS("not (early and generic)", "early? not generic"),
	HOLDS("early or generic and helo.bad", "early"),
	FAILS("(early or generic) and helo.bad", "early"),
	/* sets: any member, every member, partial, empty is absent */
	HOLDS("dkim.domains = b.test", "dkim.domains=a.test,b.test"),
	FAILS("not dkim.domains = b.test", "dkim.domains=a.test,b.test"),
	HOLDS("dkim.domains in {b.test c.test}", "dkim.domains=a.test,b.test"),
	HOLDS("dkim.domains all in {a.test b.test}",
	    "dkim.domains=a.test,b.test"),
	FAILS("dkim.domains all in {a.test}", "dkim.domains=a.test,b.test"),
	FAILS("dkim.domains all in {a.test}", "dkim.domains="),
	FAILS("dkim.domains = a.test", "dkim.domains="),
	HOLDS("dkim.domains = a.test", "dkim.domains=a.test,?"),
	FAILS("not dkim.domains = b.test", "dkim.domains=a.test,?"),
	HOLDS("not dkim.domains all in {b.test}", "dkim.domains=a.test,?"),
	FAILS("not dkim.domains all in {a.test}", "dkim.domains=a.test,?"),
	FAILS("dkim.domains all in {a.test}", "dkim.domains=a.test,?"),
	HOLDS("dkim.domains like \"*.test\"", "dkim.domains=a.test"),
	/* time is the fact now: 2025-11-25 here */
	HOLDS("now > 2025-11-24", ""), FAILS("now > 2026-01-01", ""),
	HOLDS("now <= 2025-11-25", ""), FAILS("now < 2025-11-25", ""),
	HOLDS("not now >= 2025-11-25T00:00:01Z", ""),
	/* a list's own truth and names of codes */
	{ "a table of domains holds what is below too",
	    "table t1 domains { a.test }\n" POINT("client.name in @t1"),
	    ST_EOM, "client.name=mx.a.test", ACT_JUNK, NULL, 100 },
	{ "a table of names does not",
	    "table t1 names { a.test }\n" POINT("client.name in @t1"),
	    ST_EOM, "client.name=mx.a.test", ACT_ACCEPT, NULL, 0 },
	{ "a net within another, and one behind it", "table t1 nets { "
	    "10.1.0.0/16 10.0.0.0/8 192.0.2.0/24 10.2.0.0/16 }\n"
	    POINT("client.ip in @t1"), ST_EOM, "client.ip=10.200.1.1",
	    ACT_JUNK, NULL, 100 },
	{ "an address between two nets", "table t1 nets { 10.0.0.0/8 "
	    "192.0.2.0/24 2001:db8::/32 }\n" POINT("client.ip in @t1"),
	    ST_EOM, "client.ip=11.0.0.1", ACT_ACCEPT, NULL, 0 },
	{ "a table of nets", "table t1 nets { 192.0.2.0/24 }\n"
	    POINT("client.ip in @t1"), ST_EOM, "client.ip=192.0.2.9",
	    ACT_JUNK, NULL, 100 },
	{ "a table of addresses", "table t1 addresses { Ann@a.test }\n"
	    POINT("mail.address in @t1"), ST_EOM, "mail.address=aNN@a.test",
	    ACT_JUNK, NULL, 100 },
	{ "a let stands for its condition", "let bad = early or generic\n"
	    POINT("bad and helo.bad"), ST_EOM, "generic helo.bad", ACT_JUNK,
	    NULL, 100 },
	/* unknown(x): true only for temporary ignorance */
	{ "unknown(x) when unknown", "at eom u if unknown(early) junk\n",
	    ST_EOM, "early?", ACT_JUNK, "u", ANY },
	{ "unknown(x) when absent", "at eom u if unknown(early) junk\n",
	    ST_EOM, "early-", ACT_ACCEPT, NULL, ANY },
	{ "unknown(x) when known", "at eom u if unknown(early) junk\n",
	    ST_EOM, "early", ACT_ACCEPT, NULL, ANY },
	{ "unknown(x) of a partial set",
	    "at eom u if unknown(dkim.domains) junk\n", ST_EOM,
	    "dkim.domains=a.test,?", ACT_JUNK, "u", ANY },
	{ "a fact that is ignorance may decide mildly",
	    "at eom u if ignorant junk\n", ST_EOM, "ignorant", ACT_JUNK, "u",
	    ANY },
};

static void
test_statuses(void **unused)
{
	(void)unused;
	run_rows(statuses, COUNT(statuses));
}

static const struct row sums[] = {
	{ "points add up in hundredths",
	    "score 0.1 a if early\nscore 0.2 b if generic\njunk at 0.3\n",
	    ST_EOM, "early generic", ACT_JUNK, "junk-at", 30 },
	{ "a group is clamped to its cap",
	    "group g cap 5 floor -1 { score 4 a if early\nscore 4 b if "
	    "generic }\nscore 1 c if helo.bad\n", ST_EOM,
	    "early generic helo.bad", ACT_ACCEPT, NULL, 600 },
	{ "and to its floor",
	    "group g cap 5 floor -1 { score -4 a if early }\n", ST_EOM,
	    "early", ACT_ACCEPT, NULL, -100 },
	{ "of several codes of one list the highest counts",
	    LISTS "use la\n", ST_EOM, "la.x la.y la.z", ACT_ACCEPT, NULL,
	    600 },
	{ "also when all are negative", LISTS "use la\n", ST_EOM, "la.z",
	    ACT_ACCEPT, NULL, -300 },
	{ "a list without a hit is 0", LISTS "use la\n", ST_EOM, "not la.x",
	    ACT_ACCEPT, NULL, 0 },
	{ "use changes one number, keeps the others",
	    LISTS "use la { y 7 }\n", ST_EOM, "la.x la.y", ACT_ACCEPT, NULL,
	    700 },
	{ "a code that is off counts nothing",
	    LISTS "use la { x off }\n", ST_EOM, "la.x", ACT_ACCEPT, NULL,
	    0 },
	{ "a use with a condition", LISTS "use la if early\n", ST_EOM,
	    "la.x not early", ACT_ACCEPT, NULL, 0 },
	{ "refuse when low reaches refuse at, at eom",
	    "score 9 a if early\nrefuse at 9\n", ST_EOM, "early", ACT_REFUSE,
	    "refuse-at", 900 },
	{ "and at rcpt", "score 9 a if early\nrefuse at 9\n", ST_RCPT,
	    "early", ACT_REFUSE, "refuse-at", 900 },
	{ "what a later line may take away keeps rcpt from refusing",
	    "score 9 a if early\nscore -1 b if late\nrefuse at 9 early 10\n",
	    ST_RCPT, "early", ACT_ACCEPT, NULL, 900 },
	{ "early refuses all the same",
	    "score 10 a if early\nscore -3 b if late\nrefuse at 9 early 10\n",
	    ST_RCPT, "early", ACT_REFUSE, "refuse-at", 1000 },
	{ "early stands at refuse at where it is not given",
	    "score 9 a if early\nscore -1 b if late\nrefuse at 9\n",
	    ST_RCPT, "early", ACT_REFUSE, "refuse-at", 900 },
	{ "low-now takes off what is temporarily unknown",
	    "score 10 a if early\nscore -3 b if generic\nrefuse at 9 early "
	    "10\n", ST_RCPT, "early generic?", ACT_ACCEPT, NULL, 1000 },
	{ "an unknown list counts from its lowest open code",
	    LISTS "use la\nscore 10 a if early\nrefuse at 9\n", ST_RCPT,
	    "early la.x? la.y? la.z? la.n?", ACT_ACCEPT, NULL, 1000 },
	{ "a certain code stands, whatever the open ones are",
	    LISTS "use la { x 9 }\nrefuse at 9\n", ST_RCPT,
	    "la.x la.y? la.z?", ACT_REFUSE, "refuse-at", 900 },
	{ "junk at eom", "score 5 a if early\njunk at 5\nrefuse at 9\n",
	    ST_EOM, "early", ACT_JUNK, "junk-at", 500 },
	{ "junk is no matter of rcpt", "score 5 a if early\njunk at 5\n",
	    ST_RCPT, "early", ACT_ACCEPT, NULL, 500 },
	{ "below every threshold the next one up is named",
	    "score 1 a if early\njunk at 5\nrefuse at 9\n", ST_EOM, "early",
	    ACT_ACCEPT, "junk-at", 100 },
	{ "junk never", "score 5 a if early\njunk never\n", ST_EOM, "early",
	    ACT_ACCEPT, "end", 500 },
	{ "a clamped group in which a line is open",
	    "group g cap 9 { score 20 a if early\nscore -5 b if generic }\n"
	    "refuse at 9\n", ST_EOM, "early generic?", ACT_REFUSE, NULL,
	    900 },
};

static void
test_sums(void **unused)
{
	(void)unused;
	run_rows(sums, COUNT(sums));
}

/* Codes of a list: the highest, or with `sum` all of them. */
static const struct row codes[] = {
	{ "the highest counts", LISTS "use la\njunk at 6\n", ST_EOM,
	    "la.x la.y la.z", ACT_JUNK, "junk-at", 600 },
	{ "max says so", LISTS "use la max\njunk at 6\n", ST_EOM,
	    "la.x la.y la.z", ACT_JUNK, "junk-at", 600 },
	{ "sum adds up, above 0 and below", LISTS "use la sum\njunk at 6\n",
	    ST_EOM, "la.x la.y la.z", ACT_JUNK, "junk-at", 600 },
	{ "two above 0", LISTS "use la sum\nrefuse at 9\n", ST_EOM,
	    "la.x la.y", ACT_REFUSE, "refuse-at", 900 },
	{ "an open code above 0 changes nothing yet",
	    LISTS "use la sum\nrefuse at 9\n", ST_EOM, "la.x la.y?",
	    ACT_ACCEPT, "refuse-at", 600 },
	{ "an open code below 0 puts it in doubt",
	    LISTS "use la sum\nrefuse at 9\n", ST_EOM, "la.x la.y la.z?",
	    ACT_JUNK, "doubt", 900 },
	{ "by maximum it would not", LISTS "use la { x 9 }\nrefuse at 9\n",
	    ST_EOM, "la.x la.z?", ACT_REFUSE, "refuse-at", 900 },
	{ "one that is gone does not", LISTS "use la sum\nrefuse at 9\n",
	    ST_EOM, "la.x la.y la.z??", ACT_REFUSE, "refuse-at", 900 },
	{ "a cap holds for it", LISTS "group g cap 7 { use la sum }\n"
	    "junk at 1\n", ST_EOM, "la.x la.y", ACT_JUNK, "junk-at", 700 },
};

static void
test_codes(void **unused)
{
	(void)unused;
	run_rows(codes, COUNT(codes));
}

/* A list that is out for over an hour counts as one without codes, in sums
 * and nowhere else. */
static const struct row gone[] = {
	{ "an allow list that does not answer keeps a refusal in doubt",
	    LISTS "use la { z -3 }\nscore 8 s if early\nrefuse at 8\n",
	    ST_EOM, "early la.z?", ACT_JUNK, "doubt", 800 },
	{ "for an hour; then it does not",
	    LISTS "use la { z -3 }\nscore 8 s if early\nrefuse at 8\n",
	    ST_EOM, "early la.z??", ACT_REFUSE, "refuse-at", 800 },
	{ "nor does it at rcpt, with early",
	    LISTS "use la { z -3 }\nscore 8 s if early\nrefuse at 8\n",
	    ST_RCPT, "early la.z??", ACT_REFUSE, "refuse-at", 800 },
	{ "a code beside it counts as before",
	    LISTS "use la { x 8; z -3 }\nrefuse at 8\n", ST_EOM,
	    "la.x la.z??", ACT_REFUSE, "refuse-at", 800 },
	{ "a list of bad ones counts nothing, as while it was unknown",
	    LISTS "use la { x 8 }\nscore 1 s if early\njunk at 1\n", ST_EOM,
	    "early la.x??", ACT_JUNK, "junk-at", 100 },
	{ "a condition of the line does not bring it back",
	    LISTS "use la if generic { z -3 }\nscore 8 s if early\n"
	    "refuse at 8\n", ST_EOM, "early generic? la.z??", ACT_REFUSE,
	    "refuse-at", 800 },
	{ "a line that reads it is unknown all the same",
	    LISTS "use la { z 0 }\nat eom a if la.z accept\n"
	    "at eom b if early refuse 550 5.7.1 \"no\"\n", ST_EOM,
	    "early la.z??", ACT_JUNK, "doubt", 0 },
	{ "and unknown() of it is true",
	    LISTS "use la\nat eom a if unknown(la.z) junk\n", ST_EOM,
	    "la.z??", ACT_JUNK, "a", 0 },
};

static void
test_gone(void **unused)
{
	(void)unused;
	run_rows(gone, COUNT(gone));
}

#define NO " refuse 550 5.7.1 \"no\"\n"

static const struct row certain[] = {
	{ "a refusal whose fact is unknown does not stand",
	    "at rcpt r if early" NO, ST_RCPT, "early?", ACT_ACCEPT, NULL,
	    ANY },
	{ "an accept that may yet hold puts it in doubt",
	    "at rcpt a if generic accept\nat rcpt r if early" NO, ST_RCPT,
	    "early generic?", ACT_ACCEPT, NULL, ANY },
	{ "at eom the doubt action is done",
	    "at rcpt a if generic accept\nat rcpt r if early" NO "refuse at "
	    "9 doubt defer\n", ST_EOM, "early generic?", ACT_DEFER, "doubt",
	    ANY },
	{ "which is junk by default",
	    "at rcpt a if generic accept\nat rcpt r if early" NO, ST_EOM,
	    "early generic?", ACT_JUNK, "doubt", ANY },
	{ "an accept below it does not",
	    "at rcpt r if early" NO "at rcpt a if generic accept\n", ST_RCPT,
	    "early generic?", ACT_REFUSE, "r", ANY },
	{ "a refusal that may yet hold puts nothing in doubt",
	    "at rcpt q if generic" NO "at rcpt r if early" NO, ST_RCPT,
	    "early generic?", ACT_REFUSE, "r", ANY },
	{ "a possible pass matters only for what it would skip",
	    "at helo p if generic pass\nat rcpt r if early" NO, ST_RCPT,
	    "early generic?", ACT_REFUSE, "r", ANY },
	{ "of its own stage and earlier", "at rcpt p if generic pass\n"
	    "at connect r if early" NO, ST_RCPT, "early generic?",
	    ACT_ACCEPT, NULL, ANY },
	{ "and for the threshold at rcpt",
	    "at rcpt p if generic pass\nscore 9 s if early\nrefuse at 9\n",
	    ST_RCPT, "early generic?", ACT_ACCEPT, NULL, 900 },
	{ "not at eom",
	    "at rcpt p if generic pass\nscore 9 s if early\nrefuse at 9\n",
	    ST_EOM, "early generic?", ACT_REFUSE, "refuse-at", 900 },
	{ "an exception that is unknown hides its families from a refusal",
	    "trust t if client.name = a.test verified by fcrdns skip early\n"
	    "at rcpt r if early" NO, ST_RCPT, "early client.name?",
	    ACT_ACCEPT, NULL, ANY },
	{ "and from the sum that refuses",
	    "trust t if client.name = a.test verified by fcrdns skip early\n"
	    "score 9 s if early\nrefuse at 9\n", ST_RCPT,
	    "early client.name?", ACT_ACCEPT, NULL, 900 },
	{ "a certain refusal of other families still stands",
	    "trust t if client.name = a.test verified by fcrdns skip early\n"
	    "at rcpt r if early" NO "at rcpt q if helo.bad" NO, ST_RCPT,
	    "early helo.bad client.name?", ACT_REFUSE, "q", ANY },
	{ "an exception that a later fact might prove lowers low",
	    "trust t if client.ip = 192.0.2.1 and late verified by address "
	    "skip early\nscore 9 s if early\nrefuse at 9 early 10\n",
	    ST_RCPT, "early client.ip=192.0.2.1", ACT_ACCEPT, NULL, 900 },
	{ "but not low-now",
	    "trust t if client.ip = 192.0.2.1 and late verified by address "
	    "skip early\nscore 10 s if early\nrefuse at 9 early 10\n",
	    ST_RCPT, "early client.ip=192.0.2.1", ACT_REFUSE, "refuse-at",
	    1000 },
	{ "a sum over refuse at that is not certain is in doubt at eom",
	    "score 9 s if early\nscore -1 t if generic\njunk at 20\n"
	    "refuse at 9 doubt junk\n", ST_EOM, "early generic?", ACT_JUNK,
	    "doubt", 900 },
	{ "the harsher of doubt and the rest is done",
	    "at eom a if missing accept\nat eom r if early" NO "at eom d if "
	    "generic defer 451 4.7.1 \"later\"\n", ST_EOM,
	    "missing? early generic", ACT_DEFER, "d", ANY },
	{ "in doubt at rcpt, a deferral below acts",
	    "at rcpt a if generic accept\nat rcpt r if early" NO
	    "at rcpt d if helo.bad defer 451 4.7.1 \"later\"\n", ST_RCPT,
	    "generic? early helo.bad", ACT_DEFER, "d", ANY },
};

static void
test_certain(void **unused)
{
	(void)unused;
	run_rows(certain, COUNT(certain));
}

#define GONE " drop 554 \"gone\"\n"

static const struct row order[] = {
	{ "the first known-true line decides",
	    "at rcpt a if early junk\nat rcpt r if early" NO, ST_EOM,
	    "early", ACT_JUNK, "a", ANY },
	{ "lines whose stage is to come are passed over",
	    "at eom a if early accept\nat rcpt r if early" NO, ST_RCPT,
	    "early", ACT_REFUSE, "r", ANY },
	{ "nothing is remembered: at eom a line above decides",
	    "at eom j if late junk\nat rcpt a if early accept\n", ST_EOM,
	    "early late", ACT_JUNK, "j", ANY },
	{ "accept ends the reading", "at rcpt a if early accept\n"
	    "score 9 s if early\nrefuse at 9\n", ST_RCPT, "early",
	    ACT_ACCEPT, "a", 900 },
	{ "pass skips lines below of its stage",
	    "at rcpt p if early pass\nat connect r if early" NO, ST_RCPT,
	    "early", ACT_ACCEPT, NULL, ANY },
	{ "and the threshold at rcpt", "at rcpt p if early pass\n"
	    "score 9 s if early\nrefuse at 9\n", ST_RCPT, "early",
	    ACT_ACCEPT, NULL, 900 },
	{ "not those at eom", "at rcpt p if early pass\n"
	    "score 9 s if early\nrefuse at 9\n", ST_EOM, "early", ACT_REFUSE,
	    "refuse-at", 900 },
	{ "not lines of later stages",
	    "at connect p if early pass\nat rcpt r if early" NO, ST_RCPT,
	    "early", ACT_REFUSE, "r", ANY },
	{ "drop acts at its own stage", "at connect d if early" GONE,
	    ST_CONNECT, "early", ACT_DROP, "d", ANY },
	{ "a refusal of connect waits for rcpt", "at connect r if early" NO,
	    ST_CONNECT, "early", ACT_ACCEPT, NULL, ANY },
	{ "and is given there", "at connect r if early" NO, ST_RCPT, "early",
	    ACT_REFUSE, "r", ANY },
	{ "no drop behind a line that may decide",
	    "at connect a if generic accept\nat connect d if early" GONE,
	    ST_CONNECT, "early generic?", ACT_ACCEPT, NULL, ANY },
	{ "not even behind a refusal that may",
	    "at connect r if generic" NO "at connect d if early" GONE,
	    ST_CONNECT, "early generic?", ACT_ACCEPT, NULL, ANY },
	{ "a drop of helo does not act at connect",
	    "at helo d if early" GONE, ST_CONNECT, "early", ACT_ACCEPT, NULL,
	    ANY },
	{ "observe: what would be is known, nothing is done",
	    "mode observe\nat connect r if early" NO, ST_RCPT, "early",
	    ACT_ACCEPT, "r", ANY },
};

static void
test_order(void **unused)
{
	(void)unused;
	run_rows(order, COUNT(order));
}

#define TRUST(skip) \
	"trust t if client.ip in {192.0.2.0/24} verified by address skip " \
	skip "\n"
#define CLIENT "client.ip=192.0.2.1 "

static const struct row exceptions[] = {
	{ "an excused fact counts nothing that hurts",
	    TRUST("early") "score 9 s if early\nrefuse at 9\n", ST_EOM,
	    CLIENT "early", ACT_ACCEPT, NULL, 0 },
	{ "points of 0 and less read it as it is",
	    TRUST("early") "score -2 s if early\n", ST_EOM, CLIENT "early",
	    ACT_ACCEPT, NULL, -200 },
	{ "accept reads it as it is",
	    TRUST("early") "at rcpt a if early accept\nat rcpt r if "
	    "helo.bad" NO, ST_RCPT, CLIENT "early helo.bad", ACT_ACCEPT, "a",
	    ANY },
	{ "other families are not excused",
	    TRUST("early") "score 9 s if generic\nrefuse at 9\n", ST_EOM,
	    CLIENT "generic", ACT_REFUSE, NULL, 900 },
	{ "skip all is every family", TRUST("all") "at rcpt r if early or "
	    "generic or helo.bad" NO, ST_RCPT, CLIENT "early generic "
	    "helo.bad", ACT_ACCEPT, NULL, ANY },
	{ "a line that only an exception silences bounds what follows",
	    TRUST("early") "at rcpt j if early junk\nat rcpt r if helo.bad"
	    NO, ST_EOM, CLIENT "early helo.bad", ACT_JUNK, "j", ANY },
	{ "also the thresholds",
	    TRUST("early") "at eom j if early junk\nscore 9 s if helo.bad\n"
	    "refuse at 9\n", ST_EOM, CLIENT "early helo.bad", ACT_JUNK, "j",
	    ANY },
	{ "also when it rests on not knowing",
	    TRUST("early") "at rcpt d if unknown(early) defer 451 4.7.1 "
	    "\"later\"\nat rcpt r if helo.bad" NO, ST_RCPT,
	    CLIENT "early? helo.bad", ACT_DEFER, "d", ANY },
	{ "an exception past its date does not act",
	    "trust t if client.ip = 192.0.2.1 verified by address skip early "
	    "until 2020-01-01\nat rcpt r if early" NO, ST_RCPT,
	    CLIENT "early", ACT_REFUSE, "r", ANY },
	{ "exceptions are judged before any of them acts",
	    TRUST("client") "trust u if client.name = a.test verified by "
	    "fcrdns skip early\nat rcpt r if early" NO, ST_RCPT,
	    CLIENT "client.name=a.test early", ACT_ACCEPT, NULL, ANY },
	{ "another address is not excused",
	    TRUST("early") "at rcpt r if early" NO, ST_RCPT,
	    "client.ip=192.0.3.1 early", ACT_REFUSE, "r", ANY },
};

static void
test_exceptions(void **unused)
{
	(void)unused;
	run_rows(exceptions, COUNT(exceptions));
}

/* --- layers --------------------------------------------------------------- */

static const char base_text[] =
    "policy b\n"
    "group g cap 10 { score 3 one if early\nscore 4 two if generic }\n"
    "score 2 three if helo.bad\n"
    "at rcpt r if helo.bad refuse 550 5.7.1 \"no\"\n"
    "let bad = early\n"
    "junk at 5\nrefuse at 9 early 11 doubt defer\n";

static const struct {
	const char *what, *own, *facts;
	enum stage  stage;
	enum action action;
	const char *by;
	int64_t     score;
} layers[] = {
	{ "the base's lines count", "", "early generic", ST_EOM, ACT_JUNK,
	    "junk-at", 700 },
	{ "a score of the same name replaces it, in its group",
	    "score 9 one if early\n", "early generic", ST_EOM, ACT_REFUSE,
	    NULL, 1000 },
	{ "off removes a line", "off one\n", "early generic", ST_EOM,
	    ACT_ACCEPT, NULL, 400 },
	{ "off removes a group", "off g\n", "early generic helo.bad", ST_EOM,
	    ACT_REFUSE, "r", 200 },
	{ "own lines are read first", "at rcpt a if helo.bad accept\n",
	    "helo.bad", ST_RCPT, ACT_ACCEPT, "a", 200 },
	{ "a rule of the same name replaces it in its place",
	    "at rcpt r if helo.bad junk\n", "helo.bad", ST_EOM, ACT_JUNK,
	    "r", 200 },
	{ "a group in both is one: cap from here, lines added",
	    "group g cap 6 { score 1 four if early }\n", "early generic",
	    ST_EOM, ACT_JUNK, NULL, 600 },
	{ "a line replaced behind a group that joins its own counts once",
	    "group g cap 20 {}\nscore 9 one if early\n", "early generic",
	    ST_EOM, ACT_REFUSE, NULL, 1300 },
	{ "refuse never, and what to do in doubt all the same",
	    "refuse never doubt junk\n", "early generic helo.bad", ST_EOM,
	    ACT_REFUSE, "r", 900 },
	{ "a limit is replaced whole: early and doubt are default again",
	    "refuse at 7\n", "early generic", ST_RCPT, ACT_REFUSE,
	    "refuse-at", 700 },
	{ "a let of the base is known here", "score 1 five if bad\n",
	    "early", ST_EOM, ACT_ACCEPT, NULL, 400 },
	{ "a let here is the one that counts", "let bad = generic\n"
	    "score 1 five if bad\n", "early", ST_EOM, ACT_ACCEPT, NULL,
	    300 },
};

static void
test_layers(void **unused)
{
	struct policy_world w;
	const struct policy *p;
	struct verdict v;
	struct facts *f;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(layers); i++) {
		world_open(&w);
		p = world_policy(&w, arena_printf(w.arena,
		    "policy t\nbase b\n%s", layers[i].own).p,
		    "rules/b.policy", base_text, NULL);
		if (p == NULL)
			fail_msg("%s: %.*s", layers[i].what,
			    STR_ARG(diag_text(w.diag, w.arena)));
		f = world_facts(&w, layers[i].stage);
		world_set(&w, f, layers[i].facts);
		policy_judge(p, f, layers[i].stage, w.arena, &v);
		if (v.action != layers[i].action ||
		    v.score != layers[i].score || (layers[i].by != NULL &&
		    !str_eq(v.by, str_of(layers[i].by))))
			fail_msg("%s: %s by %.*s at %lld", layers[i].what,
			    action_word(v.action), STR_ARG(v.by),
			    (long long)v.score);
		world_close(&w);
	}
}

/* --- reasons, parts, texts ------------------------------------------------ */

static void
test_reasons(void **unused)
{
	struct policy_world w;
	const struct policy *p;
	struct verdict v;
	struct facts *f;

	(void)unused;
	world_open(&w);
	p = world_policy(&w, "policy t\n" LISTS
	    "score 2 small if early\ngroup g cap 7 { use la }\n"
	    "score 6 large if generic\nscore 6 twin if helo.bad\n"
	    "refuse at 9\n", NULL);
	assert_non_null(p);
	f = world_facts(&w, ST_EOM);
	world_set(&w, f, "early la.x la.y generic helo.bad");
	policy_judge(p, f, ST_EOM, w.arena, &v);
	assert_int_equal(v.action, ACT_REFUSE);
	assert_int_equal(v.reason_count, 2);
	/* most points before caps, ties by declared order */
	assert_true(str_eq(v.reason[0]->name, STR("la.x")));
	assert_true(str_eq(v.reason[1]->name, STR("large")));
	assert_int_equal(v.part_count, 5);
	assert_true(v.parts[2].is_shadowed && v.parts[2].points == 0);
	world_close(&w);
}

/* With `sum` no code of a list is in the shadow of another. */
static void
test_parts_of_sum(void **unused)
{
	struct policy_world w;
	const struct policy *p;
	struct verdict v;
	struct facts *f;

	(void)unused;
	world_open(&w);
	p = world_policy(&w, "policy t\n" LISTS "use la sum\nrefuse at 6\n",
	    NULL);
	assert_non_null(p);
	f = world_facts(&w, ST_EOM);
	world_set(&w, f, "la.x la.y la.z");
	policy_judge(p, f, ST_EOM, w.arena, &v);
	assert_int_equal(v.score, 600);
	assert_int_equal(v.part_count, 3);
	assert_int_equal(v.parts[1].points, 300);
	assert_int_equal(v.parts[2].points, -300);
	assert_false(v.parts[1].is_shadowed || v.parts[2].is_shadowed);
	assert_int_equal(v.reason_count, 2);
	assert_true(str_eq(v.reason[1]->name, STR("la.y")));
	world_close(&w);
}

/* catalogue 35: what a stranger typed is escaped and cut in a reply */
static void
test_texts(void **unused)
{
	struct policy_world w;
	const struct policy *p;
	struct verdict v;
	struct facts *f;

	(void)unused;
	world_open(&w);
	p = world_policy(&w, "policy t\nat rcpt r if early refuse 550 5.7.1 "
	    "\"{mail.address} from {client.ip}, {fcrdns}, {counted}\"\n",
	    NULL);
	assert_non_null(p);
	f = world_facts(&w, ST_RCPT);
	world_set(&w, f, "early client.ip=192.0.2.1 fcrdns? counted=2.5");
	f->fact[PW_MAIL] = (struct fact){ .status = FS_KNOWN,
		.text = STR("a\r\nb@\xc3\xa4") };
	policy_judge(p, f, ST_RCPT, w.arena, &v);
	if (!str_eq(v.text, STR("a\\x0d\\x0ab@\\xc3\\xa4 from 192.0.2.1, "
	    "unknown, 2.5")))
		fail_msg("%.*s", STR_ARG(v.text));
	f->fact[PW_MAIL].text = arena_printf(w.arena, "%0200d", 1);
	policy_judge(p, f, ST_RCPT, w.arena, &v);
	assert_true(v.text.len < 110);
	world_close(&w);
}

/* --- several recipients --------------------------------------------------- */

#define A ACT_ACCEPT
#define J ACT_JUNK
#define D ACT_DEFER
#define R ACT_REFUSE
#define T ACT_TRAP
#define H ACT_HOLD

static const struct {
	enum action    in[3];
	size_t         count;
	enum action    out;
	enum copy_fate copies[3];
} several[] = {
	{ { A }, 1, A, { COPY_INBOX } },
	{ { J }, 1, J, { COPY_JUNK } },
	{ { R }, 1, R, { 0 } },
	{ { A, J }, 2, A, { COPY_INBOX, COPY_JUNK } },
	{ { A, R }, 2, A, { COPY_INBOX, COPY_JUNK } },
	{ { J, R }, 2, J, { COPY_JUNK, COPY_JUNK } },
	{ { R, R }, 2, R, { 0 } },
	{ { A, D }, 2, D, { 0 } },
	{ { R, D }, 2, D, { 0 } },
	{ { A, T }, 2, A, { COPY_JUNK, COPY_TRAP } },
	{ { J, T }, 2, J, { COPY_JUNK, COPY_TRAP } },
	{ { H, R }, 2, H, { COPY_HOLD, COPY_JUNK } },
	{ { T, R }, 2, T, { COPY_TRAP, COPY_JUNK } },
	{ { A, R, T }, 3, A, { COPY_JUNK, COPY_JUNK, COPY_TRAP } },
	{ { A, J, R }, 3, A, { COPY_INBOX, COPY_JUNK, COPY_JUNK } },
	{ { R, R, A }, 3, A, { COPY_JUNK, COPY_JUNK, COPY_INBOX } },
	{ { R, D, T }, 3, D, { 0 } },
	{ { ACT_DROP, R, R }, 3, ACT_DROP, { 0 } },
};

static void
test_several(void **unused)
{
	struct arena *a = arena_new(0);
	struct verdict v[3] = { 0 };
	struct fate f;
	size_t i, k;

	(void)unused;
	for (i = 0; i < COUNT(several); i++) {
		for (k = 0; k < several[i].count; k++)
			v[k].action = several[i].in[k];
		policy_several(v, several[i].count, a, &f);
		if (f.action != several[i].out)
			fail_msg("row %zu: %s", i, action_word(f.action));
		for (k = 0; k < several[i].count; k++) {
			if (f.copies[k] != several[i].copies[k])
				fail_msg("row %zu, copy %zu", i, k);
			if (f.kept[k] != (several[i].out != D &&
			    several[i].out < R && several[i].in[k] >= R))
				fail_msg("row %zu, copy %zu kept", i, k);
		}
	}
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_certain),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_exceptions),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_parts_of_sum),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_several),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
