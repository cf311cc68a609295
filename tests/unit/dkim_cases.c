/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_cases - signed messages, most of them broken somewhere, and what the
 * dkim filter makes of them; for tests/live/dkim_oracle.py.
 *
 *	dkim_cases COUNT SEED
 *
 * A line each: message and key record in base64, results as they would stand
 * in Authentication-Results, with one space between the three.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/dkim_lab.h"

#include "filters/dkim_tags.h"

static uint64_t seed;

static size_t
below(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (size_t)((seed * UINT64_C(2685821657736338717)) >> 33) % n;
}

/* Good ones stand first, and are taken eleven times out of twelve. */
#define PICK(list, good) (list)[below(12) > 0 ? below(good) : \
	below(COUNT(list))]

static const char *const versions[] = { "v=1", "v=2", "", "v=1.0", "v=" };
static const char *const rsa[] = { "a=rsa-sha256", "a=rsa-sha1", "a=rsa-sha512",
	"a=RSA-SHA256", "a=ed25519-sha256", "", "a=" };
static const char *const ed[] = { "a=ed25519-sha256", "a=rsa-sha256",
	"a=ed25519-sha512", "" };
static const char *const canons[] = { "c=simple/simple", "c=relaxed/relaxed",
	"c=simple/relaxed", "c=relaxed/simple", "c=relaxed", "c=simple", "",
	"c=Relaxed/Simple", "c=nofws", "c=relaxed/", "c=" };
static const char *const domains[] = { "d=good.test", "d=Good.TEST",
	"d=good.test.", "d=test", "d=", "", "d=good..test", "d=other.test" };
static const char *const selectors[] = { "s=s", "s=S", "s=", "", "s=none",
	"s=a b" };
static const char *const names[] = { "h=from:to", "h=from:to:subject:x-none",
	"h=from : to :\r\n subject", "h=FROM:to:from", "h=from:to:to:date",
	"h=to:subject", "h=from:", "h=from::to", "", "h=", "h=from;h=to",
	"h=from:x y", "h=from:dkim-signature" };
static const char *const extras[] = { "", "i=@good.test",
	"i=ann@sub.good.test", "t=1795470000", "x=1999999999", "q=dns/txt",
	"z=From:a@b|To:c", "zz=top", "t=1795470000;x=1795470001", "l=0",
	"l=3", "l=1000000", "l=-1", "l=", "i=@other.test", "i=good.test",
	"i=\"a@b\"@good.test", "t=1999999999", "x=1000000000", "t=now",
	"t=1795470000;x=1795470000", "t=1795470005;x=1795470001", "q=http",
	"q=dns", "q=http:dns/txt", "d=evil.test", "n=\303\274", "=", "zz",
	"v=1", "i=@GOOD.test", "i=@notgood.test", "x=1795478300" };
static const char *const ends[] = { "bh=$bh;b=$b", "b=$b;bh=$bh",
	"bh=$bh;\r\n\tb=$b\r\n ", "bh=$bh;b=\r\n $b", "bh=$bh", "b=$b",
	"bh=$bh;b=AAAA", "bh=AAAA;b=$b", "bh=;b=$b", "bh=$bh;b=", "bh=$bh;b=$b*",
	"bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;b=$b" };
static const char *const records[] = { "v=DKIM1; k=$k; p=$p",
	"v=DKIM1;k=$k;p=$p;", "k=$k; p=$p", "v=DKIM1; h=sha256; k=$k; p=$p",
	"v=DKIM1; n=note; s=email; k=$k; p=$p", "v=DKIM1; s=*; k=$k; p=$p ",
	"p=$p", "v=DKIM1; g=; k=$k; p=$p", "v=DKIM1; k=$k; t=y; p=$p",
	"v=DKIM1; k=$k; t=s; p=$p", "v=DKIM1; k=$k; p=", "k=$k; v=DKIM1; p=$p",
	"v=DKIM2; k=$k; p=$p", "v=DKIM1; k=$k; k=$k; p=$p", "v=DKIM1; k=$k",
	"v=DKIM1; k=dsa; p=$p", "v=DKIM1; h=sha1; k=$k; p=$p",
	"v=DKIM1; s=tlsrpt; k=$k; p=$p", "v=DKIM1; k=$k; p=$p*", "hello", "",
	"v=DKIM1; k=$k;; p=$p", "v=DKIM1; k=rsa; p=$p", "v=DKIM1; k=rsa; p=$q",
	"v=DKIM1; k=$k; p=AAAA", "v=spf1 -all" };
static const char *const bodies[] = { "Hi  Bob,\r\n\r\nbye \r\n", "a\r\n", "",
	"a\r\n\r\n\r\n", " \r\n\t\r\n", "no end", "\r\n", ".\r\n..\r\n" };

static struct str
replace(struct arena *a, struct str text, const char *what, const char *by)
{
	size_t i, n = strlen(what);

	for (i = 0; i + n <= text.len; i++)
		if (memcmp(text.p + i, what, n) == 0)
			return lab_join(a, lab_join(a, str_sub(text, 0, i),
			    str_of(by)), str_from(text, i + n));
	return text;
}

static struct str
add_tag(struct arena *a, struct str tags, const char *tag)
{
	static const char *const between[] = { ";", "; ", ";\r\n\t" };

	if (*tag == '\0')
		return tags;
	if (tags.len == 0)
		return str_of(tag);
	return arena_printf(a, "%.*s%s%s", STR_ARG(tags),
	    between[below(COUNT(between))], tag);
}

static struct str
random_tags(struct arena *a, enum lab_key key)
{
	const char *parts[8] = { PICK(versions, 1),
		key == LAB_ED ? PICK(ed, 1) : PICK(rsa, 1), PICK(canons, 7),
		PICK(domains, 1), PICK(selectors, 1), PICK(names, 5),
		PICK(extras, 9), PICK(ends, 4) };
	struct str tags = { "", 0 };
	size_t i;

	for (i = 0; i < COUNT(parts); i++)
		tags = add_tag(a, tags, parts[i]);
	return tags;
}

static struct str
random_record(struct arena *a, enum lab_key key)
{
	struct str s = str_of(PICK(records, 6));

	s = replace(a, s, "$k", key == LAB_ED ? "ed25519" : "rsa");
	s = replace(a, s, "$k", key == LAB_ED ? "ed25519" : "rsa");
	s = replace(a, s, "$p", lab_public(a, key, false));
	return replace(a, s, "$q", key == LAB_ED ? "" :
	    lab_public(a, key, true));
}

/* One byte more, less, or another. */
static struct str
change_byte(struct arena *a, struct str s)
{
	static const char tricky[] = " \t:;=.aA0\f\v";
	size_t at = below(s.len);
	char *c = arena_alloc(a, 1);

	*c = below(2) == 0 ? (char)(32 + below(95)) :
	    tricky[below(sizeof tricky - 1)];
	return lab_join(a, lab_join(a, str_sub(s, 0, at),
	    (struct str){ c, below(3) > 0 ? 1 : 0 }),
	    str_from(s, at + below(2)));
}

static struct str
change(struct arena *a, struct str s)
{
	switch (below(16)) {
	case 0:
		return replace(a, s, "Hi  ", "Hi \t ");
	case 1:
		return replace(a, s, "bye \r", "bye\r");
	case 2:
		return LAB_ADD(a, s, "\r\n\r\n");
	case 3:
		return LAB_ADD(a, s, "Buy!\r\n");
	case 4:
		return lab_join(a, STR("From: eve@evil.test\r\n"), s);
	case 5:
		return replace(a, s, "To: bob", "TO :   bob");
	case 6:
		return replace(a, s, "Subject:", "X-None: y\r\nSubject:");
	case 7:
		return replace(a, s, "Hello  there", "Hello\fthere");
	case 8:
	case 9:
	case 10:
		return change_byte(a, s);
	default:
		return s;
	}
}

static struct str
results_of(struct room *r, struct arena *a)
{
	const struct stage_run *runs[] = { &r->run[ST_EOM] };
	struct str *results, all = { "", 0 };
	size_t i, n = desk_results(runs, 1, r->arena, &results);

	for (i = 0; i < n; i++)
		if (str_starts(results[i], STR("dkim=")))
			all = arena_printf(a, "%.*s;%.*s", STR_ARG(all),
			    STR_ARG(results[i]));
	return all;
}

static void
one_case(struct arena *a)
{
	static const enum lab_key keys[] = { LAB_1024, LAB_2048, LAB_ED,
		LAB_ED, LAB_512 };
	enum lab_key key = PICK(keys, 4);
	struct str header = STR("From: Ann <ann@good.test>\r\n"
	    "To: bob@here.test\r\nSubject: Hello  there\r\n\tfold\r\n"), text;
	struct str body = str_of(bodies[below(COUNT(bodies))]);
	struct str tags = random_tags(a, key), record = random_record(a, key);
	struct row rows[] = { { "s._domainkey.good.test", DNS_TXT,
	    arena_str(a, record).p, 0 }, { 0 } };
	struct str text64, record64, results;
	struct room r;

	header = lab_join(a, lab_sign(a, key, arena_str(a, tags).p, header,
	    body), header);
	text = change(a, lab_join(a, LAB_ADD(a, header, "\r\n"), body));
	lab_open(&r, rows);
	lab_message(&r, text);
	text64 = base64_print(text, a);
	record64 = base64_print(record, a);
	results = results_of(&r, a);
	printf("%.*s %.*s. %.*s\n", STR_ARG(text64), STR_ARG(record64),
	    STR_ARG(results));
	lab_close(&r);
}

int
main(int argc, char **argv)
{
	struct arena *a;
	long i;

	if (argc != 3)
		return 2;
	seed = strtoul(argv[2], NULL, 10) * 2654435761u + 1;
	for (i = strtol(argv[1], NULL, 10); i > 0; i--) {
		a = arena_new(0);
		one_case(a);
		arena_free(&a);
	}
	return 0;
}
