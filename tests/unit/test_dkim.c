/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole messages through the dkim filter: signed by our own signer (good or
 * bad), changed on the way, their keys in a scripted DNS. Each row names the
 * clause or the fault of libopendkim that it stands for. catalogue 82-91
 */
#include "config.h"

#include <string.h>

#include "tests/unit/dkim_lab.h"

#define HEADER "From: Ann <ann@good.test>\r\nTo: bob@here.test\r\n" \
	"Subject: Hello  there\r\nDate: Tue, 24 Nov 2026 00:00:00 +0000\r\n"
#define BODY "Hi  Bob,\r\n\r\nbye \r\n"

#define V "v=1; "
#define A "a=rsa-sha256; "
#define C "c=relaxed/relaxed; "
#define D "d=good.test; s=s; "
#define H "h=from:to:subject:date; "
#define B "bh=$bh; b=$b"
#define ALL V A C D H B

#define PASS "dkim=pass dkim.domains=good.test dkim.aligned=true " \
	"dkim.weak=false"
#define OTHER(d) "dkim=pass dkim.domains=" d " dkim.aligned=false " \
	"dkim.weak=false"
#define NOT(word) "dkim=" word " dkim.domains=absent dkim.aligned=false " \
	"dkim.weak=false"
#define IS_WEAK "dkim=pass dkim.domains=absent dkim.aligned=false " \
	"dkim.weak=true"

struct vector {
	const char  *why;
	const char  *tags;
	const char  *facts;
	enum lab_key key;
	const char  *record;    /* of s._domainkey.good.test; "$p", "$b" as
	                           lab_public gives; NULL: the key's own    */
	const char  *header, *body;    /* NULL: HEADER, BODY               */
	const char  *from, *to;        /* replaced after signing           */
};

#define RSA .key = LAB_2048

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
message_of(struct arena *a, const struct vector *v)
{
	struct str header = str_of(v->header == NULL ? HEADER : v->header);
	struct str body = str_of(v->body == NULL ? BODY : v->body);
	struct str all = lab_join(a, lab_sign(a, v->key, v->tags, header,
	    body), lab_join(a, LAB_ADD(a, header, "\r\n"), body)), changed;

	if (v->from == NULL)
		return all;
	changed = replace(a, all, v->from, v->to);
	CHECK(!str_eq(changed, all), "%s: nothing was changed", v->why);
	return changed;
}

static const char *
record_of(struct arena *a, const struct vector *v)
{
	struct str s;

	if (v->record == NULL)
		return lab_record(a, v->key);
	s = replace(a, str_of(v->record), "$p", lab_public(a, v->key,
	    false));
	return arena_str(a, replace(a, s, "$b", v->key == LAB_ED ? "" :
	    lab_public(a, v->key, true))).p;
}

static void
run_vectors(const struct vector *v, size_t count)
{
	struct arena *a = arena_new(0);
	struct row rows[2] = { { .name = "s._domainkey.good.test",
	    .type = DNS_TXT, .msec = 5 } };
	struct room r;
	size_t i;

	for (i = 0; i < count; i++) {
		rows[0].answer = record_of(a, &v[i]);
		lab_open(&r, rows);
		lab_message(&r, message_of(a, &v[i]));
		room_expect(&r, v[i].facts, v[i].why);
		lab_close(&r);
	}
	arena_free(&a);
}

/* ------------------------------------------------------------------------
 * Canonicalization, RFC 6376 3.4, and what is signed, 5.4, 3.7
 */

static const struct vector canon[] = {
	{ "relaxed/relaxed", ALL, PASS, RSA },
	{ "simple/simple", V A "c=simple/simple; " D H B, PASS, RSA },
	{ "no c= is simple/simple", V A D H B, PASS, RSA },
	{ "c=relaxed has a simple body", V A "c=relaxed; " D H B, PASS, RSA },
	{ "simple/relaxed", V A "c=simple/relaxed; " D H B, PASS, RSA },
	{ "relaxed header: case, folds, white space at all ends", ALL, PASS,
	  RSA, .header = "FROM : \t Ann \r\n\t<ann@good.test> \t\r\n"
	  "Subject:\r\n x\t y\r\n",
	  .from = "FROM : \t Ann \r\n\t<", .to = "From:Ann <" },
	{ "simple header: a space added is a change",
	  V A "c=simple; " D H B, NOT("fail"), RSA,
	  .from = "To: bob", .to = "To:  bob" },
	{ "simple header: another case of the name is a change",
	  V A "c=simple; " D H B, NOT("fail"), RSA,
	  .from = "To: bob", .to = "TO: bob" },
	{ "relaxed header: a space inside is a change", ALL, NOT("fail"), RSA,
	  .from = "To: bob", .to = "To: b ob" },
	{ "relaxed body: white space within and at the end of lines", ALL,
	  PASS, RSA, .from = "Hi  Bob,", .to = "Hi \t Bob, \t" },
	{ "simple body: white space at the end is a change",
	  V A "c=relaxed/simple; " D H B, NOT("fail"), RSA,
	  .from = "bye \r\n", .to = "bye\r\n" },
	{ "relaxed body: white space at the beginning is a change", ALL,
	  NOT("fail"), RSA, .from = "Hi  Bob", .to = " Hi  Bob" },
	{ "empty lines at the end count for nothing, simple",
	  V A D H B, PASS, RSA,
	  .from = "bye \r\n", .to = "bye \r\n\r\n\r\n" },
	{ "empty lines at the end count for nothing, relaxed", ALL, PASS, RSA,
	  .from = "bye \r\n", .to = "bye \r\n \t\r\n\r\n" },
	{ "empty lines in the middle count", ALL, NOT("fail"), RSA,
	  .from = "\r\n\r\nbye", .to = "\r\nbye" },
	{ "an empty body, simple: CR LF", V A D H B, PASS, RSA, .body = "" },
	{ "an empty body, relaxed: nothing", ALL, PASS, RSA, .body = "" },
	{ "nothing but line ends, simple", V A D H B, PASS, RSA,
	  .body = "\r\n\r\n\r\n" },
	{ "nothing but line ends, relaxed", ALL, PASS, RSA,
	  .body = "\r\n\r\n\r\n" },
	{ "nothing but white space, relaxed", ALL, PASS, RSA,
	  .body = "  \r\n\t\r\n" },
	{ "nothing but white space, simple", V A D H B, PASS, RSA,
	  .body = "  \r\n\t\r\n" },
	{ "the published hash of an empty body, simple (3.4.3)", V A D H
	  "bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; b=$b", PASS, RSA,
	  .body = "" },
	{ "the published hash of an empty body, relaxed (3.4.4)", V A C D H
	  "bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=$b", PASS, RSA,
	  .body = "" },
	{ "a body without a line end (BDAT), simple", V A D H B, PASS, RSA,
	  .body = "abc" },
	{ "a body without a line end (BDAT), relaxed", ALL, PASS, RSA,
	  .body = "abc " },
	/* libopendkim drops bare LFs (simple) and CRs (relaxed), so that a
	 * body may change; the dialogue refuses both */
	{ "a bare LF, simple", V A D H B, NOT("permerror"), RSA,
	  .from = "bye \r\n", .to = "bye \r\n\n" },
	{ "a bare LF for CR LF, simple", V A D H B, NOT("permerror"), RSA,
	  .from = "bye \r\n", .to = "bye \n" },
	{ "a bare CR, relaxed", ALL, NOT("permerror"), RSA,
	  .from = "bye \r\n", .to = "\rbye \r\n" },
	{ "a bare LF that was signed", ALL, NOT("permerror"), RSA,
	  .body = "a\nb\r\n" },
	{ "a body of one LF", V A D H B, NOT("permerror"), RSA,
	  .body = "\n" },
	{ "a bare CR at the end", ALL, NOT("permerror"), RSA,
	  .body = "abc\r" },
	{ "a bare CR in a field", ALL, NOT("permerror"), RSA,
	  .from = "Hello", .to = "Hello\r" },
	{ "a body with dots at the start of lines", ALL, PASS, RSA,
	  .body = ".\r\n..\r\n.a\r\n" },
	{ "8-bit in header and body", ALL, PASS, RSA,
	  .header = "From: ann@good.test\r\n"
	  "Subject: \374\377\r\n", .body = "\200\377\374\r\n" },
	/* libopendkim takes them for spaces (relaxed header) */
	{ "a form feed in a field, where a space was", ALL, NOT("fail"), RSA,
	  .from = "Hello  there", .to = "Hello\fthere" },
	{ "a vertical tab in a field, where a space was", ALL, NOT("fail"),
	  RSA, .from = "Hello  there", .to = "Hello \v there" },
	{ "a form feed in a field that nobody signed", V A C D "h=from; " B,
	  PASS, RSA, .from = "Hello  there", .to = "Hello\fthere" },
	{ "a form feed in the body", ALL, PASS, RSA,
	  .body = "a\f\r\n\f\r\n" },
	{ "a form feed in the body, where a space was", ALL, NOT("fail"), RSA,
	  .from = "Hi  Bob", .to = "Hi \fBob" },
	/* h=, 5.4.2 */
	{ "a field that is not there is signed as empty", V A C D
	  "h=from:x-none; " B, PASS, RSA },
	{ "and may not come later", V A C D "h=from:x-none; " B, NOT("fail"),
	  RSA, .from = "To:", .to = "X-None: y\r\nTo:" },
	{ "of several fields the last ones are signed", V A C D
	  "h=from:received; " B, PASS, RSA, .header = "Received: 2\r\n"
	  "From: ann@good.test\r\nReceived: 1\r\n",
	  .from = "Received: 2", .to = "Received: 3" },
	{ "from the bottom up", V A C D "h=from:received; " B, NOT("fail"),
	  RSA, .header = "Received: 2\r\nFrom: ann@good.test\r\n"
	  "Received: 1\r\n", .from = "Received: 1", .to = "Received: 3" },
	{ "as often as they are named", V A C D "h=from:received:received; " B,
	  NOT("fail"), RSA, .header = "Received: 2\r\nFrom: ann@good.test\r\n"
	  "Received: 1\r\n", .from = "Received: 2", .to = "Received: 3" },
	{ "order among names does not matter, that of the list does", V A C D
	  "h=date:from:subject:to; " B, PASS, RSA },
	{ "a field added on top that nobody signed", ALL, PASS, RSA,
	  .from = "DKIM-", .to = "Received: by me\r\nDKIM-" },
	/* catalogue 88: the caller looks at how many From there are */
	{ "From added on top of a signed one verifies by the RFC, and is "
	  "aligned with nobody", ALL, OTHER("good.test"), RSA,
	  .from = "DKIM-", .to = "From: eve@evil.test\r\nDKIM-" },
	{ "not when From is signed twice", V A C D "h=from:from:to; " B,
	  NOT("fail"), RSA,
	  .from = "DKIM-", .to = "From: eve@evil.test\r\nDKIM-" },
	/* 3.7: the signature's own field */
	{ "a change in t= is a change", ALL "; t=1000", NOT("fail"), RSA,
	  .from = "t=1000", .to = "t=1001" },
	{ "a tag added behind b= is a change", ALL, NOT("fail"), RSA,
	  .from = "\r\nFrom:", .to = "; z=1\r\nFrom:" },
	{ "b= with folds", V A C D H "bh=$bh; b=\r\n\t$b\r\n ", PASS, RSA },
	{ "b= first", V "b=$b; " A C D H "bh=$bh", PASS, RSA },
	{ "b= broken into lines later, relaxed", ALL, PASS, RSA,
	  .from = "; b=", .to = "; b=\r\n " },
	{ "folds all over the signature", "v=1;\r\n\ta=rsa-sha256;\r\n "
	  "c=relaxed\r\n\t/relaxed ; d=good.test ;\r\n s =\r\n s ;\r\n "
	  "h=from\r\n :\r\n\tto;\r\n bh=$bh;\r\n b=$b;\r\n ", NOT("neutral"),
	  RSA },
	{ "folds between tags and in lists", "v=1;\r\n\ta=rsa-sha256;\r\n "
	  "c=relaxed/relaxed ; d=good.test ;\r\n s =\r\n s ;\r\n "
	  "h=from\r\n :\r\n\tto;\r\n bh=\r\n $bh;\r\n b=$b;\r\n ", PASS, RSA },
};

static void
canonical(void **state)
{
	(void)state;
	run_vectors(canon, COUNT(canon));
}

/* ------------------------------------------------------------------------
 * Algorithms and keys, RFC 6376 3.3, 3.6.1, 6.1.2; 8301; 8463
 */

static const struct vector algorithms[] = {
	{ "rsa-sha256, 1024 bits", ALL, PASS, .key = LAB_1024 },
	{ "rsa-sha256, 4096 bits", ALL, PASS, .key = LAB_4096 },
	{ "ed25519-sha256", V "a=ed25519-sha256; " C D H B, PASS,
	  .key = LAB_ED },
	{ "ed25519-sha256, simple", V "a=ed25519-sha256; " D H B, PASS,
	  .key = LAB_ED },
	{ "ed25519: a change in a field", V "a=ed25519-sha256; " C D H B,
	  NOT("fail"), .key = LAB_ED, .from = "Hello", .to = "Hallo" },
	{ "ed25519: a change in the body", V "a=ed25519-sha256; " C D H B,
	  NOT("fail"), .key = LAB_ED, .from = "bye", .to = "bya" },
	/* libopendkim: pass. 8301 3.1; catalogue 85 */
	{ "rsa-sha1 never passes", V "a=rsa-sha1; " C D H B,
	  NOT("permerror"), RSA },
	/* 8301 3.2; catalogue 83 */
	{ "512 bits never pass", ALL, NOT("permerror"), .key = LAB_512 },
	/* libopendkim: k= must only be a known word */
	{ "k=ed25519 over an RSA key", ALL, NOT("permerror"), RSA,
	  .record = "v=DKIM1; k=ed25519; p=$p" },
	{ "k=rsa over an ed25519 key", V "a=ed25519-sha256; " C D H B,
	  NOT("permerror"), .key = LAB_ED, .record = "v=DKIM1; k=rsa; p=$p" },
	{ "a record without k= over an ed25519 key",
	  V "a=ed25519-sha256; " C D H B, NOT("permerror"), .key = LAB_ED,
	  .record = "p=$p" },
	{ "an a= that the key does not fit", V "a=ed25519-sha256; " C D H B,
	  NOT("permerror"), RSA },
	{ "another key", ALL, NOT("fail"), .key = LAB_2048,
	  .record = "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiG"
	  "s5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3Fu"
	  "tACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLz"
	  "BfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB" },
	/* libopendkim cannot decode it; legal by 3.6.1 */
	{ "a bare RSAPublicKey", ALL, PASS, RSA, .record = "v=DKIM1; p=$b" },
	{ "a bare RSAPublicKey of 4096 bits", ALL, PASS, .key = LAB_4096,
	  .record = "v=DKIM1; p=$b" },
	/* libopendkim's buffer of 1025 bytes does not take it */
	{ "4096 bits with a long note", ALL, PASS, .key = LAB_4096,
	  .record = "v=DKIM1; n=0123456789012345678901234567890123456789012345"
	  "678901234567890123456789012345678901234567890123456789012345678901"
	  "234567890123456789012345678901234567890123456789012345678901234567"
	  "890123456789012345678901234567890123456789012345678901234567890123"
	  "456789012345678901234567890123456789012345678901234567890123456789"
	  "012345678901234567890123456789012345678901234567890123456789012345"
	  "67890123456789; k=rsa; p=$p" },
	{ "white space in the record", ALL, PASS, RSA,
	  .record = " v=DKIM1 ; k = rsa ; p= $p ;" },
	{ "an SPF record beside it", ALL, PASS, RSA,
	  .record = "v=spf1 -all\nv=DKIM1; p=$p" },
	/* libopendkim takes the last one */
	{ "a tag twice in the record", ALL, NOT("permerror"), RSA,
	  .record = "v=DKIM1; k=rsa; k=rsa; p=$p" },
	/* libopendkim takes it */
	{ "v= not first", ALL, NOT("permerror"), RSA,
	  .record = "k=rsa; v=DKIM1; p=$p" },
	{ "v=DKIM2", ALL, NOT("permerror"), RSA, .record = "v=DKIM2; p=$p" },
	{ "revoked", ALL, NOT("permerror"), RSA, .record = "v=DKIM1; p=" },
	{ "h= without our hash", ALL, NOT("permerror"), RSA,
	  .record = "h=sha1; p=$p" },
	{ "h= with it", ALL, PASS, RSA, .record = "h=sha1:sha256; p=$p" },
	{ "s= of another service", ALL, NOT("permerror"), RSA,
	  .record = "s=tlsrpt; p=$p" },
	{ "s=email", ALL, PASS, RSA, .record = "s=x:email; p=$p" },
	{ "g= of RFC 4871 is an unknown tag", ALL, PASS, RSA,
	  .record = "v=DKIM1; g=nobody; p=$p" },
	{ "two keys", ALL, NOT("permerror"), RSA,
	  .record = "v=DKIM1; p=$p\nv=DKIM1; p=" },
	{ "bad base64", ALL, NOT("permerror"), RSA, .record = "p=*$p" },
	{ "no key, but text", ALL, NOT("permerror"), RSA, .record = "hello" },
	{ "no such name (6.1.2)", ALL, NOT("permerror"), RSA,
	  .record = "nxdomain" },
	{ "a name without TXT", ALL, NOT("permerror"), RSA,
	  .record = "nodata" },
	/* t= of the key, 3.6.1; catalogue 86 */
	{ "t=y: as if it were not signed", ALL, NOT("policy"), RSA,
	  .record = "t=y; p=$p" },
	{ "t=y: also when it fails", ALL, NOT("policy"), RSA,
	  .record = "t=y; p=$p", .from = "bye", .to = "bya" },
	{ "t=s and i= of the domain itself", ALL "; i=ann@good.test", PASS,
	  RSA, .record = "t=s; p=$p" },
	{ "t=s without i=", ALL, PASS, RSA, .record = "t=s; p=$p" },
	/* libopendkim sets PASSED, and error 29 */
	{ "t=s and i= of a subdomain", ALL "; i=@a.good.test",
	  NOT("permerror"), RSA, .record = "t=s; p=$p" },
	{ "t=x is unknown", ALL, PASS, RSA, .record = "t=x; p=$p" },
};

static void
algorithm(void **state)
{
	(void)state;
	run_vectors(algorithms, COUNT(algorithms));
}

/* ------------------------------------------------------------------------
 * Signatures, RFC 6376 3.5, 6.1.1. test_dkim_read.c has the grammar.
 */

static const struct vector tags[] = {
	{ "no signature", "x", NOT("none"), RSA,
	  .from = "DKIM-Signature: x\r\n", .to = "" },
	{ "a field of another name", ALL, NOT("none"), RSA,
	  .from = "DKIM-Signature:", .to = "X-DKIM-Signature:" },
	{ "the name in any case, white space before the colon",
	  ALL, PASS, RSA, .from = "DKIM-Signature:",
	  .to = "dkim-SIGNATURE :" },
	{ "no tag list", "hello", NOT("permerror"), RSA },
	{ "nothing in it", "", NOT("permerror"), RSA },
	/* libopendkim: the last d= wins */
	{ "d= twice", ALL "; d=evil.test", NOT("permerror"), RSA },
	{ "v=2", "v=2; " A C D H B, NOT("neutral"), RSA },
	{ "no v=", A C D H B, NOT("permerror"), RSA },
	{ "unknown algorithm", V "a=rsa-sha3; " C D H B, NOT("neutral"),
	  RSA },
	{ "unknown canonicalization", V A "c=nofws; " D H B, NOT("neutral"),
	  RSA },
	/* libopendkim: pass, when a callback is set */
	{ "q= with unknown methods only", ALL "; q=http/x",
	  NOT("neutral"), RSA },
	{ "q= with an unknown one too", ALL "; q=http/x:dns/txt", PASS, RSA },
	{ "From is not signed; catalogue 87", V A C D "h=to:subject; " B,
	  NOT("permerror"), RSA },
	{ "i= of a subdomain", ALL "; i=ann@a.good.test", PASS, RSA },
	{ "i= above d=; catalogue 90", ALL "; i=ann@test.test",
	  NOT("permerror"), RSA },
	/* libopendkim's fault that is left: it looks for the first @ */
	{ "i= with a quoted @", ALL "; i=\"a@b\"@good.test",
	  NOT("permerror"), RSA },
	{ "z= is never looked at", ALL "; z=From:eve@evil.test|X:=00=0A%s%n",
	  PASS, RSA },
	{ "unknown tags", ALL "; r=y; atps=evil.test; atpsh=none", PASS,
	  RSA },
	/* h= of over 4096 octets: libopendkim misses From at its end */
	{ "101 names", V A C D "h=x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:"
	  "x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:"
	  "x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:x:"
	  "x:x:x:x:x:x:x:x:x:x:x:x:x:from; " B, NOT("permerror"), RSA },
	/* t=, x=; catalogue 86: LAB_NOW is 1795478400 */
	{ "x= in five minutes", ALL "; x=1795478700", PASS, RSA },
	{ "x= four minutes ago: clocks differ", ALL "; x=1795478160", PASS,
	  RSA },
	{ "x= six minutes ago", ALL "; x=1795478040", NOT("permerror"), RSA },
	{ "x= long past, t= before it", ALL "; t=1000; x=2000",
	  NOT("permerror"), RSA },
	{ "x= before t=", ALL "; t=1795478300; x=1795478200",
	  NOT("permerror"), RSA },
	{ "t= in four minutes: clocks differ", ALL "; t=1795478640", PASS,
	  RSA },
	{ "t= in six minutes", ALL "; t=1795478760", NOT("permerror"), RSA },
	{ "t= long past", ALL "; t=1000", PASS, RSA },
	/* l=; catalogue 84 */
	{ "l= covers all of it", ALL "; l=16", PASS, RSA },
	{ "l= covers all of it, and empty lines follow", ALL "; l=16", PASS,
	  RSA, .from = "bye \r\n", .to = "bye \r\n\r\n\r\n" },
	{ "l=0", ALL "; l=0", IS_WEAK, RSA },
	{ "l=0 and no body", ALL "; l=0", PASS, RSA, .body = "" },
	{ "l= is short", ALL "; l=5", IS_WEAK, RSA },
	{ "l= covers all, and text was added", ALL "; l=16", IS_WEAK, RSA,
	  .from = "bye \r\n", .to = "bye \r\nBuy!\r\n" },
	{ "text before l= was changed", ALL "; l=16", NOT("fail"), RSA,
	  .from = "bye \r\n", .to = "byy \r\nBuy!\r\n" },
	/* libopendkim sets PASSED, and error 33 */
	{ "l= is over the body", ALL "; l=1000", NOT("permerror"), RSA },
	{ "l= is huge", ALL "; l=99999999999999999999",
	  NOT("permerror"), RSA },
	{ "l= short, and tested", ALL "; l=5", NOT("policy"), RSA,
	  .record = "t=y; p=$p" },
};

static void
signature(void **state)
{
	(void)state;
	run_vectors(tags, COUNT(tags));
}

/* ------------------------------------------------------------------------
 * Whose message it is, and what a header may hold
 */

static const struct vector authors[] = {
	{ "no From at all", V A C D "h=from:to; " B, OTHER("good.test"), RSA,
	  .header = "To: bob@here.test\r\n" },
	{ "From with two authors of one domain", ALL, PASS, RSA,
	  .header = "From: a@good.test, b@good.test\r\nSender: a@good.test\r\n" },
	{ "one of two authors' domains signs", ALL, OTHER("good.test"), RSA,
	  .header = "From: a@good.test, b@evil.test\r\n" },
	{ "a group without a member (6854)", ALL, OTHER("good.test"), RSA,
	  .header = "From: Nobody:;\r\n" },
	{ "an empty From", ALL, OTHER("good.test"), RSA,
	  .header = "From: \r\n" },
	{ "a From that nobody can read", ALL, OTHER("good.test"), RSA,
	  .header = "From: <<ann@good.test>>\r\n" },
	{ "a From with a tricky comment", ALL, OTHER("good.test"), RSA,
	  .header = "From: ann@good.test(.evil.test\r\n" },
	{ "two From, both signed", V A C D "h=from:from; " B,
	  OTHER("good.test"), RSA,
	  .header = "From: ann@good.test\r\nFrom: ann@good.test\r\n" },
	{ "another domain signs", ALL, OTHER("good.test"), RSA,
	  .header = "From: ann@other.test\r\n" },
	{ "a line that is no field", ALL, PASS, RSA,
	  .header = "From: ann@good.test\r\nthis is no field\r\n"
	  "To: bob@here.test\r\n" },
	{ "a field of one name only", ALL, PASS, RSA,
	  .header = "From: ann@good.test\r\nSubject:\r\n" },
	{ "a bare LF in a field", ALL, NOT("permerror"), RSA,
	  .from = "Hello  there", .to = "Hello\nX-Y: z" },
	{ "fields all alike, none signed", ALL, PASS, RSA,
	  .header = "From: ann@good.test\r\nX: 1\r\nX: 2\r\nX: 3\r\n" },
};

static void
author(void **state)
{
	(void)state;
	run_vectors(authors, COUNT(authors));
}

/* ------------------------------------------------------------------------
 * Several signatures
 */

#define SIG(d, s) V A C "d=" d "; s=" s "; " H B

static const struct row domains[] = {
	{ "s._domainkey.good.test", DNS_TXT, "$k", 10 },
	{ "s._domainkey.list.test", DNS_TXT, "$k", 300 },
	{ "t._domainkey.good.test", DNS_TXT, "servfail", 20 },
	{ "t._domainkey.list.test", DNS_TXT, "timeout", 20 },
	{ "r._domainkey.good.test", DNS_TXT, "refused", 5 },
	{ "n._domainkey.good.test", DNS_TXT, "nxdomain", 5 },
	{ "g._domainkey.good.test", DNS_TXT, "garbage", 5 },
	{ "y._domainkey.good.test", DNS_TXT, "t=y;$k", 5 },
};

/* Signatures from the top down, "" ends; changed: "Hello" is "Hallo" then. */
struct several {
	const char *why;
	const char *tags[6];
	const char *facts;
};

static const struct several pairs[] = {
	{ "two that pass", { SIG("list.test", "s"), SIG("good.test", "s") },
	  "dkim=pass dkim.domains=list.test,good.test dkim.aligned=true" },
	{ "two of one domain", { SIG("good.test", "s"), SIG("good.test", "s")
	  "; x=1999999999" },
	  "dkim=pass dkim.domains=good.test dkim.aligned=true" },
	/* without BADSIGHANDLES the message is given up */
	{ "a malformed one before a good one",
	  { "v=1; a=rsa-sha256", SIG("good.test", "s") }, PASS },
	{ "no list before a good one", { "]]", SIG("good.test", "s") },
	  PASS },
	{ "a malformed one behind a good one",
	  { SIG("good.test", "s"), ";;;" }, PASS },
	{ "one that fails beside one that passes", { V A C
	  "d=list.test; s=s; " H "bh=$bh; b=AAAA", SIG("good.test", "s") },
	  PASS },
	{ "rsa-sha1 beside rsa-sha256", { V "a=rsa-sha1; " C D H B, ALL },
	  PASS },
	/* the first that is there gives the word */
	{ "the first one gives the word", { "x", V A C D H
	  "bh=$bh; b=AAAA" }, NOT("permerror") },
	{ "the first one gives the word, the other way", { V A C D H
	  "bh=$bh; b=AAAA", "x" }, NOT("fail") },
	/* a temporary trouble */
	{ "SERVFAIL", { SIG("good.test", "t") }, "dkim=unknown:servfail "
	  "dkim.domains=unknown:servfail dkim.aligned=unknown:servfail "
	  "dkim.weak=unknown:servfail" },
	{ "time-out", { SIG("list.test", "t") }, "dkim=unknown:timeout" },
	{ "REFUSED", { SIG("good.test", "r") }, "dkim=unknown:refused" },
	{ "garbage", { SIG("good.test", "g") }, "dkim=unknown:garbage" },
	{ "it does not hide one that passes", { SIG("good.test", "t"),
	  SIG("good.test", "s") }, "dkim=pass dkim.aligned=true "
	  "dkim.weak=false dkim.domains=partial:good.test" },
	{ "nor behind it", { SIG("good.test", "s"), SIG("good.test", "t") },
	  "dkim=pass dkim.domains=partial:good.test" },
	{ "but it hides one that fails", { V A C D H "bh=$bh; b=AAAA",
	  SIG("good.test", "t") }, "dkim=unknown:servfail" },
	{ "and one that is none", { "x", SIG("good.test", "t") },
	  "dkim=unknown:servfail" },
	{ "the author's could not be asked for: aligned is not known",
	  { SIG("list.test", "s"), SIG("good.test", "t") },
	  "dkim=pass dkim.domains=partial:list.test "
	  "dkim.aligned=unknown:servfail" },
	{ "another's could not be asked for: aligned is known",
	  { SIG("list.test", "s"), SIG("list.test", "t") },
	  "dkim=pass dkim.domains=partial:list.test dkim.aligned=false" },
	{ "weak, and another unknown", { SIG("good.test", "s") "; l=3",
	  SIG("good.test", "t") }, "dkim=pass dkim.weak=true "
	  "dkim.domains=unknown:servfail dkim.aligned=unknown:servfail" },
	{ "weak and strong", { SIG("good.test", "s") "; l=3",
	  SIG("list.test", "s") }, "dkim=pass dkim.weak=false "
	  "dkim.domains=list.test dkim.aligned=false" },
	{ "tests and passes", { SIG("good.test", "y"),
	  SIG("list.test", "s") }, OTHER("list.test") },
	{ "tests only", { SIG("good.test", "y") }, NOT("policy") },
	/* 5.4: a signature may sign others */
	{ "it signs the one below it", { V A C
	  "d=list.test; s=s; h=from:dkim-signature; " B,
	  SIG("good.test", "s") },
	  "dkim=pass dkim.domains=list.test,good.test" },
	{ "it signs one that has no key", { V A C
	  "d=list.test; s=s; h=from:dkim-signature; " B,
	  SIG("good.test", "n") },
	  "dkim=pass dkim.domains=list.test dkim.aligned=false" },
	{ "it signs one with rsa-sha1", { V A C
	  "d=good.test; s=s; h=from:dkim-signature; " B, V "a=rsa-sha1; "
	  C "d=list.test; s=s; " H B }, PASS },
};

static struct row *
rows_of(struct arena *a)
{
	struct row *rows = arena_array(a, COUNT(domains) + 1, sizeof *rows);
	size_t i;

	for (i = 0; i < COUNT(domains); i++) {
		rows[i] = domains[i];
		rows[i].answer = arena_str(a, replace(a, str_of(
		    domains[i].answer), "$k", arena_printf(a, "k=rsa;p=%s",
		    lab_public(a, LAB_2048, false)).p)).p;
	}
	return rows;
}

/* The last one signs first. */
static struct str
sign_all(struct arena *a, const char *const *all, size_t n)
{
	struct str header = STR(HEADER);

	while (n-- > 0)
		header = lab_join(a, lab_sign(a, LAB_2048, all[n], header,
		    STR(BODY)), header);
	return LAB_ADD(a, header, "\r\n" BODY);
}

static void
several(void **state)
{
	struct arena *a = arena_new(0);
	struct row *rows = rows_of(a);
	const struct several *s;
	struct room r;
	size_t n;

	(void)state;
	for (s = pairs; s < pairs + COUNT(pairs); s++) {
		for (n = 0; s->tags[n] != NULL; n++)
			;
		lab_open(&r, rows);
		lab_message(&r, sign_all(a, s->tags, n));
		room_expect(&r, s->facts, s->why);
		lab_close(&r);
	}
	arena_free(&a);
}

/* catalogue 82: 500 signatures, the author's at the very bottom */
static void
five_hundred(void **state)
{
	struct arena *a = arena_new(0);
	struct row *rows = rows_of(a);
	struct buf b = BUF_INIT(0);
	struct room r;
	int i;

	(void)state;
	for (i = 0; i < 500; i++)
		assert_int_equal(buf_addf(&b, "DKIM-Signature: v=1; "
		    "a=rsa-sha256; d=n%d.test; s=s; h=from; bh="
		    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA"
		    "\r\n", i), 0);
	lab_open(&r, rows);
	lab_message(&r, lab_join(a, buf_str(&b), sign_all(a,
	    (const char *const[]){ ALL }, 1)));
	room_expect(&r, PASS, "the author's comes first");
	assert_int_equal(room_asked(&r, "_domainkey.good.test"), 1);
	assert_int_equal(r.questions, 8 + room_asked(&r, "_dmarc.test") +
	    room_asked(&r, "_dmarc.good.test"));
	assert_int_equal(room_asked(&r, "n6.test"), 1);
	assert_int_equal(room_asked(&r, "n7.test"), 0);
	lab_close(&r);
	buf_free(&b);
	arena_free(&a);
}

/* Broken ones take no place of one that may be good; those of the author's
 * domain come before those above and below it. */
static void
ranks(void **state)
{
	struct arena *a = arena_new(0);
	struct row rows[] = { { "s._domainkey.good.test", DNS_TXT,
	    lab_record(a, LAB_2048), 0 }, { 0 } };
	struct str header = STR(HEADER);
	struct room r;
	int i;

	(void)state;
	header = lab_join(a, lab_sign(a, LAB_2048, ALL, header, STR(BODY)),
	    header);
	for (i = 0; i < 20; i++)
		header = lab_join(a, lab_sign(a, LAB_2048, i % 2 == 0 ? "x" :
		    V A C "d=a.good.test; s=s; " H B, header, STR(BODY)),
		    header);
	lab_open(&r, rows);
	lab_message(&r, LAB_ADD(a, header, "\r\n" BODY));
	room_expect(&r, PASS, "it is found below ten others");
	lab_close(&r);
	arena_free(&a);
}

/* catalogue 82: eight slow domains cost the time of one. */
static void
slow_keys(void **state)
{
	struct arena *a = arena_new(0);
	struct row rows[9] = { { 0 } };
	struct str header = STR(HEADER);
	struct room r;
	usec_t began;
	size_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		rows[i] = (struct row){ arena_printf(a,
		    "s._domainkey.d%zu.test", i).p, DNS_TXT,
		    lab_record(a, LAB_2048), 2000 };
		header = lab_join(a, lab_sign(a, LAB_2048, arena_printf(a,
		    V A C "d=d%zu.test; s=s; " H B, i).p, header, STR(BODY)),
		    header);
	}
	lab_open(&r, rows);
	began = r.clock;
	lab_message(&r, LAB_ADD(a, header, "\r\n" BODY));
	room_expect(&r, "dkim=pass dkim.domains=d7.test,d6.test,d5.test,"
	    "d4.test,d3.test,d2.test,d1.test,d0.test", "all eight");
	assert_true(r.clock - began < 2100 * MSEC);
	lab_close(&r);
	arena_free(&a);
}

/* ------------------------------------------------------------------------
 * Sizes
 */

/* A body of many pieces, and fields as long as they may be. */
static void
large(void **state)
{
	struct arena *a = arena_new(0);
	struct row rows[] = { { "s._domainkey.good.test", DNS_TXT,
	    lab_record(a, LAB_1024), 0 }, { 0 } };
	static const size_t sizes[] = { 65534, 65535, 65536, 65537, 131072,
		950000, 3000000 };
	struct fiber_census before, after;
	struct str header, body;
	struct room r;
	size_t i, k;
	char *p = arena_alloc(a, 3000000);

	(void)state;
	for (k = 0; k < 3000000; k++)
		p[k] = k % 71 == 69 ? '\r' : k % 71 == 70 ? '\n' :
		    (char)('a' + k % 7);
	for (i = 0; i < 2 * COUNT(sizes); i++) {
		body = (struct str){ p, sizes[i / 2] };
		header = arena_printf(a, HEADER "X-Long: %.*s\r\n", 60000, p);
		header = lab_join(a, lab_sign(a, LAB_1024, i % 2 == 0 ?
		    V A D "h=from:x-long; " B : V A C D "h=from:x-long; " B,
		    header, body), header);
		lab_open(&r, rows);
		fibers_census(r.world.fibers, &before);
		lab_message(&r, lab_join(a, LAB_ADD(a, header, "\r\n"),
		    body));
		fibers_census(r.world.fibers, &after);
		room_expect(&r, PASS, "large");
		/* P9: others run at least once for each 64 KiB */
		assert_true(after.switches - before.switches >=
		    sizes[i / 2] / 65536);
		lab_close(&r);
	}
	arena_free(&a);
}

/* catalogue 91: a signature of over 64 KiB is none, one below it is read. */
static void
long_signature(void **state)
{
	struct arena *a = arena_new(0);
	struct vector v = { "60 KB of z=", NULL, PASS, RSA };
	char *z = arena_alloc(a, 70000);

	(void)state;
	memset(z, 'z', 70000);
	v.tags = arena_printf(a, ALL "; z=%.*s", 60000, z).p;
	run_vectors(&v, 1);
	v.tags = arena_printf(a, ALL "; z=%.*s", 66000, z).p;
	v.why = "66 KB of z=";
	v.facts = NOT("permerror");
	run_vectors(&v, 1);
	arena_free(&a);
}

/* NUL is a byte like others, in fields and body. */
static void
nul(void **state)
{
	struct arena *a = arena_new(0);
	struct row rows[] = { { "s._domainkey.good.test", DNS_TXT,
	    lab_record(a, LAB_2048), 0 }, { 0 } };
	struct str body = STR("a\0b\r\n"), header = STR(HEADER);
	struct room r;

	(void)state;
	header = lab_join(a, lab_sign(a, LAB_2048, ALL, header, body),
	    header);
	lab_open(&r, rows);
	lab_message(&r, lab_join(a, LAB_ADD(a, header, "\r\n"), body));
	room_expect(&r, PASS, "NUL in the body");
	lab_message(&r, LAB_ADD(a, header, "\r\na"));
	room_expect(&r, NOT("fail"), "what stands behind it counts");
	lab_close(&r);
	arena_free(&a);
}

static void
unreadable(void **state)
{
	struct room r;

	(void)state;
	lab_open(&r, NULL);
	assert_int_equal(room_start(&r, ST_EOM), 0);
	room_expect(&r, "dkim=unknown:broken dkim.domains=unknown:broken "
	    "dkim.aligned=unknown:broken", "our trouble");
	lab_close(&r);
}

/* A session that ends while a key is awaited leaves nothing behind. */
static void
canceled(void **state)
{
	struct arena *a = arena_new(0);
	struct row *rows = rows_of(a);
	struct body_pool pool = { .max = 1 << 20 };
	struct str text = sign_all(a, (const char *const[]){ ALL }, 1);
	struct header h;
	struct body *b;
	struct room r;

	(void)state;
	lab_open(&r, rows);
	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_append(b, text.p, text.len), 0);
	assert_int_equal(header_read(b, r.arena, &h), 0);
	r.desk.body = b;
	r.desk.header = &h;
	assert_int_equal(room_start(&r, ST_EOM), 0);
	room_run_until(&r, 5);
	room_expect(&r, "dkim=pending", "the key has not come");
	room_end(&r, ST_EOM);
	room_expect(&r, "dkim=unknown:timeout", "given up");
	lab_close(&r);
	body_free(&b);
	arena_free(&a);
}

/* Nor does one that ends between two pieces of the body, when libopendkim has
 * its memory. */
static void
canceled_in_body(void **state)
{
	struct arena *a = arena_new(0);
	struct row rows[] = { { "s._domainkey.good.test", DNS_TXT,
	    lab_record(a, LAB_2048), 5 }, { 0 } };
	struct body_pool pool = { .max = 64 << 20 };
	struct str body = { arena_alloc(a, 1 << 20), 1 << 20 };
	struct str text = lab_join(a, LAB_ADD(a, lab_join(a, lab_sign(a,
	    LAB_2048, ALL, STR(HEADER), body), STR(HEADER)), "\r\n"), body);
	struct header h;
	struct body *b;
	struct room r;

	(void)state;
	lab_open(&r, rows);
	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_append(b, text.p, text.len), 0);
	assert_int_equal(header_read(b, r.arena, &h), 0);
	r.desk.body = b;
	r.desk.header = &h;
	assert_int_equal(room_start(&r, ST_EOM), 0);
	fibers_run(r.world.fibers);
	r.clock += 5 * MSEC;
	fibers_fire(r.world.fibers);
	fibers_run(r.world.fibers);     /* one piece of sixteen */
	room_expect(&r, "dkim=pending", "it is at work");
	room_end(&r, ST_EOM);
	room_expect(&r, "dkim=unknown:timeout", "given up");
	lab_close(&r);
	body_free(&b);
	arena_free(&a);
}

/* ------------------------------------------------------------------------
 * dkim.aligned, by the organisation (RFC 9989 4.10), and what is told
 */

#define SIGNED(d, from) V A C "d=" d "; s=s; " H B, "From: " from "\r\n"

static const struct row organisations[] = {
	{ "s._domainkey.good.test", DNS_TXT, "$k", 10 },
	{ "s._domainkey.a.good.test", DNS_TXT, "$k", 10 },
	{ "s._domainkey.b.good.test", DNS_TXT, "$k", 10 },
	{ "s._domainkey.other.test", DNS_TXT, "$k", 10 },
	{ "s._domainkey.reg.test", DNS_TXT, "$k", 10 },
	{ "s._domainkey.one.reg.test", DNS_TXT, "$k", 10 },
	{ "s._domainkey.a.sick.test", DNS_TXT, "$k", 10 },
	{ "_dmarc.good.test", DNS_TXT, "v=DMARC1; p=none", 10 },
	{ "_dmarc.reg.test", DNS_TXT, "v=DMARC1; p=none; psd=y", 10 },
	{ "_dmarc.sick.test", DNS_TXT, "servfail", 10 },
};

static const struct { const char *why, *tags, *header, *aligned; } same[] = {
	{ "the domain itself", SIGNED("good.test", "x@good.test"), "true" },
	{ "in another case", SIGNED("GOOD.test", "x@Good.TEST"), "true" },
	{ "the author is below", SIGNED("good.test", "x@a.good.test"),
	  "true" },
	{ "the author is above", SIGNED("a.good.test", "x@good.test"),
	  "true" },
	{ "side by side", SIGNED("a.good.test", "x@b.good.test"), "true" },
	{ "elsewhere", SIGNED("other.test", "x@good.test"), "false" },
	/* catalogue 90: a public suffix signs for nobody below it */
	{ "a registry does not sign for its customers",
	  SIGNED("reg.test", "x@one.reg.test"), "false" },
	{ "nor one customer for another",
	  SIGNED("one.reg.test", "x@two.reg.test"), "false" },
	{ "DNS cannot tell", SIGNED("a.sick.test", "x@b.sick.test"),
	  "unknown:servfail" },
	{ "equal needs no DNS", SIGNED("a.sick.test", "x@a.sick.test"),
	  "true" },
	{ "all authors", SIGNED("good.test", "x@a.good.test, y@b.good.test"),
	  "true" },
	{ "one author of two", SIGNED("good.test", "x@good.test, y@other.test"),
	  "false" },
	{ "false outweighs what is not known", SIGNED("a.sick.test",
	  "x@b.sick.test, y@other.test"), "false" },
	{ "nine authors' domains are too many", SIGNED("good.test",
	  "x@1.good.test, x@2.good.test, x@3.good.test, x@4.good.test, "
	  "x@5.good.test, x@6.good.test, x@7.good.test, x@8.good.test, "
	  "x@9.good.test"), "false" },
};

static void
aligned(void **state)
{
	struct arena *a = arena_new(0);
	struct row *rows = arena_array(a, COUNT(organisations) + 1,
	    sizeof *rows);
	struct vector v = { RSA };
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(organisations); i++) {
		rows[i] = organisations[i];
		rows[i].answer = arena_str(a, replace(a, str_of(
		    rows[i].answer), "$k", lab_record(a, LAB_2048))).p;
	}
	for (i = 0; i < COUNT(same); i++) {
		v.tags = same[i].tags;
		v.header = same[i].header;
		lab_open(&r, rows);
		lab_message(&r, message_of(a, &v));
		room_expect(&r, "dkim=pass dkim.weak=false", same[i].why);
		CHECK(strcmp(room_fact(&r, "dkim.aligned"),
		    same[i].aligned) == 0, "%s: %s", same[i].why,
		    room_fact(&r, "dkim.aligned"));
		lab_close(&r);
	}
	arena_free(&a);
}

/* RFC 8601 2.7.1, 6008. "*" stands for eight characters of b=. */
static const struct { const char *why, *tags[4], *results; } told[] = {
	{ "pass", { SIG("good.test", "s") },
	  "dkim=pass header.d=good.test header.i=@good.test header.s=s "
	  "header.b=* header.a=rsa-sha256" },
	{ "with i=", { SIG("good.test", "s") "; i=ann@a.good.test" },
	  "dkim=pass header.d=good.test header.i=ann@a.good.test header.s=s "
	  "header.b=* header.a=rsa-sha256" },
	{ "weak", { SIG("good.test", "s") "; l=0" },
	  "dkim=pass reason=\"an end of the body is not signed\" "
	  "header.d=good.test header.i=@good.test header.s=s header.b=* "
	  "header.a=rsa-sha256" },
	{ "tests", { SIG("good.test", "y") },
	  "dkim=policy reason=\"domain tests DKIM\" header.d=good.test "
	  "header.i=@good.test header.s=y header.b=* header.a=rsa-sha256" },
	{ "fails", { V A C D H "bh=$bh; b=AAAAAAAAAAAA" },
	  "dkim=fail reason=\"signature does not match\" header.d=good.test "
	  "header.i=@good.test header.s=s header.b=AAAAAAAA "
	  "header.a=rsa-sha256" },
	{ "temporary", { SIG("good.test", "t") },
	  "dkim=temperror reason=\"key could not be asked for\" "
	  "header.d=good.test header.i=@good.test header.s=t header.b=* "
	  "header.a=rsa-sha256" },
	{ "broken", { "v=1; d=evil.test; b=ABCDEFGHIJKL; s=%n; a=\";x\"" },
	  "dkim=permerror reason=\"syntax error\"" },
	{ "what is there of an old one",
	  { V "a=rsa-sha1; d=good.test; b=ABCDEFGHIJKL" },
	  "dkim=permerror reason=\"s= is missing\" header.d=good.test "
	  "header.i=@good.test header.b=ABCDEFGH header.a=rsa-sha1" },
	{ "a stranger's words are quoted",
	  { V "a=x(; d=good.test; s=s; b=AB/DEF+HIJKL; i=a\"b@good.test; h=from; "
	  "bh=$bh" }, "dkim=neutral reason=\"unknown algorithm\" "
	  "header.d=good.test header.i=\"a\\\"b@good.test\" header.s=s "
	  "header.b=\"AB/DEF+H\" header.a=\"x(\"" },
	{ "two", { SIG("list.test", "n"), V A C D H "bh=$bh; b=AAAAAAAAAAAA" },
	  "dkim=permerror reason=\"no key in DNS\" header.d=list.test "
	  "header.i=@list.test header.s=n header.b=* header.a=rsa-sha256 | "
	  "dkim=fail reason=\"signature does not match\" header.d=good.test "
	  "header.i=@good.test header.s=s header.b=AAAAAAAA "
	  "header.a=rsa-sha256" },
	{ "as much of b= as tells them apart",
	  { V A C D H "bh=$bh; b=AAAAAAAAAABB", V A C D H
	  "bh=$bh; b=AAAAAAAAAACC" },
	  "dkim=fail reason=\"signature does not match\" header.d=good.test "
	  "header.i=@good.test header.s=s header.b=AAAAAAAAAAB "
	  "header.a=rsa-sha256 | "
	  "dkim=fail reason=\"signature does not match\" header.d=good.test "
	  "header.i=@good.test header.s=s header.b=AAAAAAAAAAC "
	  "header.a=rsa-sha256" },
	{ "none", { NULL }, "dkim=none" },
};

static struct str
results_of(struct room *r)
{
	const struct stage_run *runs[] = { &r->run[ST_EOM] };
	struct str *results, all = { "", 0 };
	size_t i, n = desk_results(runs, 1, r->arena, &results);

	for (i = 0; i < n; i++)
		if (str_starts(results[i], STR("dkim=")))
			all = arena_printf(r->arena, "%.*s%s%.*s",
			    STR_ARG(all), all.len > 0 ? " | " : "",
			    STR_ARG(results[i]));
	return all;
}

/* header.b=* takes eight characters, quoted or not. */
static bool
is_like(struct str got, struct str want)
{
	size_t n;

	while (want.len > 0 && got.len > 0) {
		if (want.p[0] != '*') {
			if (got.p[0] != want.p[0])
				return false;
			n = 1;
		} else {
			n = got.p[0] == '"' ? 10 : 8;
		}
		got = str_from(got, n);
		want = str_from(want, 1);
	}
	return got.len == 0 && want.len == 0;
}

static void
results(void **state)
{
	struct arena *a = arena_new(0);
	struct row *rows = rows_of(a);
	struct room r;
	struct str got;
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(told); i++) {
		for (n = 0; told[i].tags[n] != NULL; n++)
			;
		lab_open(&r, rows);
		lab_message(&r, sign_all(a, told[i].tags, n));
		got = results_of(&r);
		CHECK(is_like(got, str_of(told[i].results)), "%s: %.*s",
		    told[i].why, STR_ARG(got));
		lab_close(&r);
	}
	arena_free(&a);
}

/* ------------------------------------------------------------------------
 * RFC 8463 appendix A: message, signatures and keys as printed there
 */

#define A3_KEY "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPc" \
	"HURo="
#define A3_RSA "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlO" \
	"QoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3" \
	"W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZ" \
	"yVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
#define A3_ED_SIG "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;" \
	"\r\n d=football.example.com; i=@football.example.com;\r\n" \
	" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n" \
	" subject : date : message-id : from : subject : date;\r\n" \
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n" \
	" b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n" \
	" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
#define A3_RSA_SIG "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n" \
	" d=football.example.com; i=@football.example.com;\r\n" \
	" q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n" \
	" date : message-id : from : subject : date;\r\n" \
	" bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n" \
	" b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n" \
	" DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n" \
	" dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
#define A3_MESSAGE "From: Joe SixPack <joe@football.example.com>\r\n" \
	"To: Suzie Q <suzie@shopping.example.net>\r\n" \
	"Subject: Is dinner ready?\r\n" \
	"Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n" \
	"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n" \
	"\r\nHi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"

static void
rfc8463(void **state)
{
	static const struct row rows[] = {
		{ "brisbane._domainkey.football.example.com", DNS_TXT, A3_KEY,
		  7 },
		{ "test._domainkey.football.example.com", DNS_TXT, A3_RSA, 3 },
		{ 0 } };
	static const char *const texts[] = {
		A3_ED_SIG A3_RSA_SIG A3_MESSAGE, A3_ED_SIG A3_MESSAGE,
		A3_RSA_SIG A3_MESSAGE };
	struct room r;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		lab_open(&r, rows);
		lab_message(&r, str_of(texts[i]));
		room_expect(&r, "dkim=pass dkim.domains=football.example.com "
		    "dkim.aligned=true dkim.weak=false", "appendix A");
		lab_close(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical),
		cmocka_unit_test(algorithm),
		cmocka_unit_test(signature),
		cmocka_unit_test(author),
		cmocka_unit_test(several),
		cmocka_unit_test(five_hundred),
		cmocka_unit_test(ranks),
		cmocka_unit_test(slow_keys),
		cmocka_unit_test(large),
		cmocka_unit_test(long_signature),
		cmocka_unit_test(nul),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(canceled),
		cmocka_unit_test(canceled_in_body),
		cmocka_unit_test(aligned),
		cmocka_unit_test(results),
		cmocka_unit_test(rfc8463),
	};

	return cmocka_run_group_tests_name("dkim", tests, NULL, NULL);
}
