/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What DKIM is written in: tag lists, base64, signatures, key records.
 * RFC 6376 3.2, 3.5, 3.6.1; 8301; 8463; catalogue 83-87, 90, 91.
 */
#include "config.h"

#include <string.h>

#include "tests/unit/dkim_lab.h"

#include "filters/dkim_key.h"

/* ------------------------------------------------------------------------
 * Tag lists, RFC 6376 3.2
 */

struct list_row { const char *why, *text; int rc; const char *shown; };

static const struct list_row lists[] = {
	{ "one", "a=b", 0, "a=b" },
	{ "a semicolon at the end", "a=b;", 0, "a=b" },
	{ "white space behind it, as many write", "a=b; ", 0, "a=b" },
	{ "and a folded one", "a=b;\r\n\t ", 0, "a=b" },
	{ "white space around all of it", " \ta \t= \tb\t ; c=d ", 0,
	  "a=b|c=d" },
	{ "folds around all of it",
	  "\r\n a\r\n\t=\r\n b\r\n ;\r\n c=d", 0, "a=b|c=d" },
	{ "the obsolete fold of several lines", "a=\r\n \r\n b", 0, "a=b" },
	{ "white space inside a value stays", "a=b \r\n c", 0,
	  "a=b \r\n c" },
	{ "an empty value", "p=", 0, "p=" },
	{ "an empty value with white space", "p= ; a=b", 0, "p=|a=b" },
	{ "a value with =", "b=abc==", 0, "b=abc==" },
	{ "all VALCHARs", "n=!~:<>/\\\"%09", 0, "n=!~:<>/\\\"%09" },
	{ "names with digits and _", "a_1Z=b", 0, "a_1Z=b" },
	{ "names have case", "A=1;a=2", 0, "A=1|a=2" },
	{ "nothing", "", -E_INVALID, NULL },
	{ "only white space", "  ", -E_INVALID, NULL },
	{ "only a semicolon", ";", -E_INVALID, NULL },
	{ "an empty one in the middle", "a=b;;c=d", -E_INVALID, NULL },
	{ "two semicolons at the end", "a=b;;", -E_INVALID, NULL },
	{ "no =", "a=b; c", -E_INVALID, NULL },
	{ "no name", "=b", -E_INVALID, NULL },
	{ "a name that begins with a digit", "1a=b", -E_INVALID, NULL },
	{ "a name that begins with _", "_a=b", -E_INVALID, NULL },
	{ "a name with -", "a-b=c", -E_INVALID, NULL },
	{ "a name in two parts", "a b=c", -E_INVALID, NULL },
	{ "a bare CR", "a=b\rc", -E_INVALID, NULL },
	{ "a bare LF", "a=b\nc", -E_INVALID, NULL },
	{ "a line end without white space behind", "a=b\r\nc", -E_INVALID,
	  NULL },
	{ "a line end at the end", "a=b\r\n", -E_INVALID, NULL },
	{ "a CR at the end of a name", "a\r=b", -E_INVALID, NULL },
	{ "a control byte", "a=b\001", -E_INVALID, NULL },
	{ "DEL", "a=b\177", -E_INVALID, NULL },
	{ "8-bit", "a=\303\274", -E_INVALID, NULL },
	{ "twice the same: the whole list is invalid", "a=b;a=b",
	  -E_EXISTS, NULL },
	{ "twice, others between", "d=x;s=y;d=z", -E_EXISTS, NULL },
};

static struct str
shown_tags(const struct dkim_tags *t, struct arena *a)
{
	struct str all = { "", 0 };
	size_t i;

	for (i = 0; i < t->count; i++)
		all = arena_printf(a, "%.*s%s%.*s=%.*s", STR_ARG(all),
		    i > 0 ? "|" : "", STR_ARG(t->tag[i].name),
		    STR_ARG(t->tag[i].value));
	return all;
}

static void
tag_lists(void **state)
{
	struct arena *a = arena_new(0);
	struct dkim_tags *t = arena_alloc(a, sizeof *t);
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(lists); i++) {
		rc = dkim_tags_read(str_of(lists[i].text), t);
		CHECK(rc == lists[i].rc, "%s: %d", lists[i].why, rc);
		if (rc == 0)
			assert_str(shown_tags(t, a), lists[i].shown);
	}
	arena_free(&a);
}

/* NUL is a byte like others, and no VALCHAR. */
static void
tag_lists_hold_no_nul(void **state)
{
	struct dkim_tags t;

	(void)state;
	assert_int_equal(dkim_tags_read(STR("a=b\0c"), &t), -E_INVALID);
	assert_int_equal(dkim_tags_read(STR("a\0=b"), &t), -E_INVALID);
	assert_int_equal(dkim_tags_read(STR("a=b;\0"), &t), -E_INVALID);
}

/* catalogue 91: bounded, and 64 KiB of one tag is read. */
static void
tag_lists_are_bounded(void **state)
{
	struct arena *a = arena_new(0);
	struct str all = { "", 0 };
	struct dkim_tags *t = arena_alloc(a, sizeof *t);
	char *big = arena_alloc(a, 65536);
	size_t i;

	(void)state;
	for (i = 0; i < DKIM_TAGS; i++)
		all = arena_printf(a, "%.*st%zu=v;", STR_ARG(all), i);
	assert_int_equal(dkim_tags_read(all, t), 0);
	assert_int_equal(t->count, DKIM_TAGS);
	all = arena_printf(a, "%.*sx=v;", STR_ARG(all));
	assert_int_equal(dkim_tags_read(all, t), -E_TOOBIG);
	memset(big, 'x', 65536);
	big[1] = '=';
	assert_int_equal(dkim_tags_read((struct str){ big, 65536 }, t), 0);
	assert_int_equal(dkim_tags_find(t, STR("x"))->len, 65534);
	assert_null(dkim_tags_find(t, STR("y")));
	arena_free(&a);
}

static void
entries(void **state)
{
	static const char text[] = " a :\r\n b\t:c d: ";
	struct str list = STR(text);

	(void)state;
	assert_str(dkim_entry(&list), "a");
	assert_str(dkim_entry(&list), "b");
	assert_str(dkim_entry(&list), "c d");
	assert_str(dkim_entry(&list), "");
	assert_null(list.p);
	assert_true(dkim_entries_have(STR(text), STR("b")));
	assert_false(dkim_entries_have(STR(text), STR("c")));
	assert_false(dkim_entries_have(STR(text), STR("B")));
	assert_false(dkim_entries_have(STR(""), STR("a")));
}

/* ------------------------------------------------------------------------
 * Base64, RFC 4648 and 6376 2.10
 */

static const struct { const char *text; int rc; const char *out; } coded[] = {
	{ "Zg==", 0, "f" }, { "Zm8=", 0, "fo" }, { "Zm9v", 0, "foo" },
	{ "Zm9vYg==", 0, "foob" }, { "Zm9vYmE=", 0, "fooba" },
	{ "Zm9vYmFy", 0, "foobar" },
	{ "Zg", 0, "f" }, { "Zm8", 0, "fo" },    /* padding may be missing */
	{ " Z m\r\n 9\tv ", 0, "foo" }, { "Z g = =", 0, "f" },
	{ "+/+/", 0, "\373\377\277" },
	{ "", -E_INVALID, NULL }, { "Z", -E_INVALID, NULL },
	{ "Zm9vY", -E_INVALID, NULL }, { "Zg=", -E_INVALID, NULL },
	{ "Zm9v=", -E_INVALID, NULL }, { "Z===", -E_INVALID, NULL },
	{ "====", -E_INVALID, NULL }, { "Zg==Zg==", -E_INVALID, NULL },
	{ "Zm-_", -E_INVALID, NULL }, { "Zm9*", -E_INVALID, NULL },
	{ "Zm9vYmFyZg==", -E_TOOBIG, NULL },
};

static void
base64(void **state)
{
	struct arena *a = arena_new(0);
	struct str out;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(coded); i++) {
		rc = base64_read(str_of(coded[i].text), 6, a, &out);
		CHECK(rc == coded[i].rc, "%s: %d", coded[i].text, rc);
		if (rc == 0)
			assert_str(out, coded[i].out);
	}
	assert_str(base64_print(STR(""), a), "");
	assert_str(base64_print(STR("f"), a), "Zg==");
	assert_str(base64_print(STR("fo"), a), "Zm8=");
	assert_str(base64_print(STR("foo"), a), "Zm9v");
	assert_str(base64_print(STR("foobar"), a), "Zm9vYmFy");
	assert_str(base64_print(STR("\373\377\277"), a), "+/+/");
	arena_free(&a);
}

/* ------------------------------------------------------------------------
 * Signatures, RFC 6376 3.5
 */

#define HASH "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define V "v=1; "
#define A "a=rsa-sha256; "
#define D "d=good.test; s=sel; "
#define H "h=from; "
#define B "bh=" HASH "; b=AAAA"
#define ALL V A D H B
#define NAMES10 ":n:n:n:n:n:n:n:n:n:n"
#define NAMES99 NAMES10 NAMES10 NAMES10 NAMES10 NAMES10 NAMES10 NAMES10 \
	NAMES10 NAMES10 ":n:n:n:n:n:n:n:n:n"

struct sig_row {
	const char *why, *text;
	enum dkim_result result;
	const char *reason;
};

static const struct sig_row sigs[] = {
	{ "all that is needed", ALL, DR_NONE, NULL },
	{ "in any order", B "; " H D A "v=1", DR_NONE, NULL },
	{ "unknown tags are ignored (3.2)", ALL "; zz=1; r=y", DR_NONE, NULL },
	{ "ed25519-sha256 (RFC 8463)", V "a=ed25519-sha256; " D H B, DR_NONE,
	  NULL },
	{ "everything", ALL "; c=relaxed/simple; i=ann@mail.good.test; "
	  "l=1234; q=dns/txt; t=100; x=200; z=From:a@b|To:=20c", DR_NONE,
	  NULL },
	/* grammar */
	{ "no list", "hello", DR_PERMERROR, "syntax error" },
	{ "d= twice (3.2)", ALL "; d=evil.test", DR_PERMERROR,
	  "a tag stands twice" },
	{ "8-bit in a value", ALL "; n=\374", DR_PERMERROR, "syntax error" },
	/* v= */
	{ "no v=", A D H B, DR_PERMERROR, "v= is missing" },
	{ "v=2", "v=2; " A D H B, DR_NEUTRAL, "unknown version" },
	{ "v=1.0", "v=1.0; " A D H B, DR_NEUTRAL, "unknown version" },
	{ "v=DKIM1 belongs to keys", "v=DKIM1; " A D H B, DR_NEUTRAL,
	  "unknown version" },
	{ "empty v=", "v=; " A D H B, DR_NEUTRAL, "unknown version" },
	/* a=; catalogue 85 */
	{ "no a=", V D H B, DR_PERMERROR, "a= is missing" },
	{ "rsa-sha1 (RFC 8301 3.1)", V "a=rsa-sha1; " D H B, DR_PERMERROR,
	  "rsa-sha1 is not trusted any more" },
	{ "another hash", V "a=rsa-sha512; " D H B, DR_NEUTRAL,
	  "unknown algorithm" },
	{ "ed25519 signs with sha256 only", V "a=ed25519-sha512; " D H B,
	  DR_NEUTRAL, "unknown algorithm" },
	{ "values have case (3.2)", V "a=RSA-SHA256; " D H B, DR_NEUTRAL,
	  "unknown algorithm" },
	{ "sha1 hidden by another case is not trusted either",
	  V "a=RSA-SHA1; " D H B, DR_NEUTRAL, "unknown algorithm" },
	/* b=, bh= */
	{ "no b=", V A D H "bh=" HASH, DR_PERMERROR, "b= is missing" },
	{ "empty b=", V A D H "bh=" HASH "; b=", DR_PERMERROR,
	  "b= is no signature" },
	{ "b= is not base64", V A D H "bh=" HASH "; b=A*AA", DR_PERMERROR,
	  "b= is no signature" },
	{ "folds in b=", V A D H "bh=" HASH "; b=AA\r\n A\tA", DR_NONE, NULL },
	{ "no bh=", V A D H "b=AAAA", DR_PERMERROR, "bh= is missing" },
	{ "a bh= of another length", V A D H "bh=AAAA; b=AAAA", DR_PERMERROR,
	  "bh= is no hash" },
	{ "bh= one byte longer", V A D H "b=AAAA; bh="
	  "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFVV", DR_PERMERROR,
	  "bh= is no hash" },
	{ "empty bh=", V A D H "bh=; b=AAAA", DR_PERMERROR, "bh= is no hash" },
	/* c= */
	{ "c=simple", ALL "; c=simple", DR_NONE, NULL },
	{ "c=relaxed", ALL "; c=relaxed", DR_NONE, NULL },
	{ "c= of another kind", ALL "; c=nofws", DR_NEUTRAL,
	  "unknown canonicalization" },
	{ "c= of another kind for the body", ALL "; c=simple/nofws",
	  DR_NEUTRAL, "unknown canonicalization" },
	{ "c= with an empty body part", ALL "; c=simple/", DR_NEUTRAL,
	  "unknown canonicalization" },
	{ "empty c=", ALL "; c=", DR_NEUTRAL, "unknown canonicalization" },
	/* d=, s=; catalogue 90 */
	{ "no d=", V A "s=sel; " H B, DR_PERMERROR, "d= is missing" },
	{ "empty d=", V A "d=; s=sel; " H B, DR_PERMERROR, "d= is no domain" },
	{ "a top-level domain", V A "d=test; s=sel; " H B, DR_PERMERROR,
	  "d= is no domain" },
	{ "a dot at the end", V A "d=good.test.; s=sel; " H B, DR_PERMERROR,
	  "d= is no domain" },
	{ "an empty label", V A "d=good..test; s=sel; " H B, DR_PERMERROR,
	  "d= is no domain" },
	{ "an address", V A "d=192.0.2.1; s=sel; " H B, DR_PERMERROR,
	  "d= is no domain" },
	{ "white space inside", V A "d=good .test; s=sel; " H B,
	  DR_PERMERROR, "d= is no domain" },
	{ "an A-label", V A "d=xn--bcher-kva.test; s=sel; " H B, DR_NONE,
	  NULL },
	{ "no s=", V A "d=good.test; " H B, DR_PERMERROR, "s= is missing" },
	{ "empty s=", V A "d=good.test; s=; " H B, DR_PERMERROR,
	  "s= is no selector" },
	{ "s= of several labels", V A "d=good.test; s=a.b; " H B, DR_NONE,
	  NULL },
	{ "s= with an empty label", V A "d=good.test; s=a..b; " H B,
	  DR_PERMERROR, "s= is no selector" },
	/* h=; catalogue 87 */
	{ "no h=", V A D B, DR_PERMERROR, "h= is missing" },
	{ "empty h=", V A D "h=; " B, DR_PERMERROR,
	  "h= is no list of fields" },
	{ "From is not signed (5.4)", V A D "h=to:subject; " B, DR_PERMERROR,
	  "From is not signed" },
	{ "From in any case, folds between", V A D
	  "h=to :\r\n\tFROM : subject; " B, DR_NONE, NULL },
	{ "a name that only begins with from", V A D "h=from-x; " B,
	  DR_PERMERROR, "From is not signed" },
	{ "an empty name", V A D "h=from::to; " B, DR_PERMERROR,
	  "h= is no list of fields" },
	{ "a colon at the end", V A D "h=from:; " B, DR_PERMERROR,
	  "h= is no list of fields" },
	{ "a name with a space", V A D "h=from:x y; " B, DR_PERMERROR,
	  "h= is no list of fields" },
	{ "100 names", V A D "h=from" NAMES99 "; " B, DR_NONE, NULL },
	{ "101 names", V A D "h=from:n" NAMES99 "; " B, DR_PERMERROR,
	  "h= names too many fields" },
	/* i= */
	{ "i= without a local part", ALL "; i=@good.test", DR_NONE, NULL },
	{ "i= of a subdomain", ALL "; i=@a.b.good.test", DR_NONE, NULL },
	{ "i= in another case", ALL "; i=@GOOD.Test", DR_NONE, NULL },
	{ "i= with a quoted @", ALL "; i=\"a@b\"@good.test", DR_NONE, NULL },
	{ "i= of the domain above", V A "d=a.good.test; s=s; " H B
	  "; i=@good.test", DR_PERMERROR, "i= is not in d=" },
	{ "i= that only ends alike", ALL "; i=@notgood.test", DR_PERMERROR,
	  "i= is not in d=" },
	{ "i= without @", ALL "; i=good.test", DR_PERMERROR,
	  "i= is no identity" },
	{ "empty i=", ALL "; i=", DR_PERMERROR, "i= is no identity" },
	{ "i= that ends in @", ALL "; i=a@", DR_PERMERROR,
	  "i= is no identity" },
	/* l=; catalogue 84 */
	{ "l=0", ALL "; l=0", DR_NONE, NULL },
	{ "l= of 76 digits", ALL "; l=00000000000000000000000000000000000000"
	  "00000000000000000000000000000000000007", DR_NONE, NULL },
	{ "l= of 77 digits", ALL "; l=000000000000000000000000000000000000000"
	  "00000000000000000000000000000000000007", DR_PERMERROR,
	  "l= is no length" },
	{ "l= over what counts", ALL "; l=9223372036854775808", DR_PERMERROR,
	  "l= is no length" },
	{ "l= negative", ALL "; l=-1", DR_PERMERROR, "l= is no length" },
	{ "l= with a sign", ALL "; l=+1", DR_PERMERROR, "l= is no length" },
	{ "empty l=", ALL "; l=", DR_PERMERROR, "l= is no length" },
	/* q= */
	{ "q= with ours among others", ALL "; q=x/y : dns/txt", DR_NONE,
	  NULL },
	{ "q= of another kind only", ALL "; q=http", DR_NEUTRAL,
	  "unknown query method" },
	{ "empty q=", ALL "; q=", DR_NEUTRAL, "unknown query method" },
	/* t=, x=; catalogue 86 */
	{ "t= and x=", ALL "; t=1; x=2", DR_NONE, NULL },
	{ "x= like t=", ALL "; t=2; x=2", DR_PERMERROR,
	  "x= is not after t=" },
	{ "x= before t=", ALL "; t=3; x=2", DR_PERMERROR,
	  "x= is not after t=" },
	{ "t= is no number", ALL "; t=now", DR_PERMERROR, "t= is no time" },
	{ "t= of 13 digits", ALL "; t=1000000000000", DR_PERMERROR,
	  "t= is no time" },
	{ "x= is no number", ALL "; x=-1", DR_PERMERROR, "x= is no time" },
};

static void
signatures(void **state)
{
	struct arena *a = arena_new(0);
	const struct sig_row *row;
	struct dkim_sig sig;

	(void)state;
	for (row = sigs; row < sigs + COUNT(sigs); row++) {
		dkim_sig_read(str_of(row->text), a, &sig);
		CHECK(sig.result == row->result, "%s: %d (%s)", row->why,
		    (int)sig.result, sig.reason);
		CHECK((sig.reason == NULL) == (row->reason == NULL) &&
		    (sig.reason == NULL ||
		    strcmp(sig.reason, row->reason) == 0),
		    "%s: %s", row->why, sig.reason);
	}
	arena_free(&a);
}

/* What a reader of results is shown, of a broken one too. */
static void
signature_tells(void **state)
{
	struct arena *a = arena_new(0);
	struct dkim_sig sig;

	(void)state;
	dkim_sig_read(STR(V "a=ed25519-sha256; d=Good.TEST; s=Sel; "
	    "h=from:DKIM-Signature; bh=" HASH "; b=AA\r\n AA; "
	    "i=Ann@Mail.good.test"), a, &sig);
	assert_str(sig.domain, "good.test");
	assert_str(sig.selector, "sel");
	assert_str(sig.identity, "Ann@Mail.good.test");
	assert_str(sig.identity_domain, "mail.good.test");
	assert_str(sig.algorithm, "ed25519-sha256");
	assert_str(sig.value, "AAAA");
	assert_true(sig.is_ed25519);
	assert_true(sig.signs_signatures);

	dkim_sig_read(STR("v=2; a=rsa-sha1; " D H "b=AA AA"), a, &sig);
	assert_int_equal(sig.result, DR_NEUTRAL);
	assert_str(sig.domain, "good.test");
	assert_str(sig.algorithm, "rsa-sha1");
	assert_str(sig.value, "AAAA");
	assert_false(sig.signs_signatures);

	dkim_sig_read(STR(ALL), a, &sig);
	assert_str(sig.identity, "");
	assert_str(sig.identity_domain, "good.test");
	arena_free(&a);
}

/* A signature of RSA with 4096 bits fits, a byte more does not. */
static void
signature_size(void **state)
{
	struct arena *a = arena_new(0);
	char *bytes = arena_alloc(a, 513);
	struct dkim_sig sig;
	struct str b;

	(void)state;
	b = base64_print((struct str){ bytes, 512 }, a);
	dkim_sig_read(arena_printf(a, V A D H "bh=" HASH "; b=%.*s",
	    STR_ARG(b)), a, &sig);
	assert_int_equal(sig.result, DR_NONE);
	b = base64_print((struct str){ bytes, 513 }, a);
	dkim_sig_read(arena_printf(a, V A D H "bh=" HASH "; b=%.*s",
	    STR_ARG(b)), a, &sig);
	assert_int_equal(sig.result, DR_PERMERROR);
	arena_free(&a);
}

/* ------------------------------------------------------------------------
 * Key records, RFC 6376 3.6.1. "$p" is the key, "$b" the same as a bare
 * RSAPublicKey.
 */

struct key_row {
	const char *why;
	enum lab_key key;
	const char *record;
	const char *printed;    /* or the reason                            */
};

#define RSA_OUT "v=DKIM1;k=rsa;h=sha256;s=email;p=$p"

static const struct key_row keys[] = {
	{ "all defaults", LAB_2048, "p=$p", RSA_OUT },
	{ "all tags", LAB_2048, "v=DKIM1; h=sha1:sha256; k=rsa; "
	  "n=for you; s=email; t=x; p=$p;", RSA_OUT },
	{ "folds and white space", LAB_2048,
	  "v = DKIM1 ;\r\n\tk =\t rsa; p =\r\n $p ", RSA_OUT },
	{ "a bare RSAPublicKey is wrapped", LAB_2048, "p=$b", RSA_OUT },
	{ "1024 bits are enough (8301)", LAB_1024, "p=$p", RSA_OUT },
	{ "bare, 1024 bits", LAB_1024, "p=$b", RSA_OUT },
	{ "4096 bits are the most", LAB_4096, "p=$p", RSA_OUT },
	{ "bare, 4096 bits", LAB_4096, "p=$b", RSA_OUT },
	{ "ed25519 (8463)", LAB_ED, "v=DKIM1; k=ed25519; p=$p",
	  "v=DKIM1;k=ed25519;h=sha256;s=email;p=$p" },
	{ "unknown tags, among them g= of RFC 4871", LAB_2048,
	  "g=nobody; p=$p; zz=1", RSA_OUT },
	{ "flags", LAB_2048, "t=y; p=$p",
	  "v=DKIM1;k=rsa;h=sha256;s=email;t=y;p=$p" },
	{ "s", LAB_2048, "t=s; p=$p",
	  "v=DKIM1;k=rsa;h=sha256;s=email;t=s;p=$p" },
	{ "both and an unknown one", LAB_2048, "t=s:q:y; p=$p",
	  "v=DKIM1;k=rsa;h=sha256;s=email;t=y:s;p=$p" },
	{ "s=* among others", LAB_2048, "s=tlsrpt:*; p=$p", RSA_OUT },
	/* catalogue 83, 85 */
	{ "512 bits", LAB_512, "p=$p", "key is shorter than 1024 bits" },
	{ "512 bits, bare", LAB_512, "p=$b",
	  "key is shorter than 1024 bits" },
	{ "revoked", LAB_2048, "v=DKIM1; p=", "key is revoked" },
	{ "revoked with white space", LAB_2048, "p= ", "key is revoked" },
	{ "no p=", LAB_2048, "v=DKIM1; k=rsa", "no key record" },
	{ "v= not first", LAB_2048, "k=rsa; v=DKIM1; p=$p",
	  "no key record" },
	{ "v= of another version", LAB_2048, "v=DKIM2; p=$p",
	  "no key record" },
	{ "v= in another case", LAB_2048, "v=dkim1; p=$p", "no key record" },
	{ "a tag twice", LAB_2048, "k=rsa; p=$p; p=", "key record has a "
	  "syntax error" },
	{ "an SPF record", LAB_2048, "v=spf1 -all", "no key record" },
	{ "no record", LAB_2048, "hello", "key record has a syntax error" },
	{ "k= of another type", LAB_2048, "k=ed25519; p=$p",
	  "key is of another type" },
	{ "an RSA record for an ed25519 signature", LAB_ED, "p=$p",
	  "key is of another type" },
	{ "k= unknown", LAB_2048, "k=dsa; p=$p", "key is of another type" },
	{ "k= empty", LAB_2048, "k=; p=$p", "key is of another type" },
	{ "h= without ours", LAB_2048, "h=sha1; p=$p",
	  "key is for other hashes" },
	{ "h= empty", LAB_2048, "h=; p=$p", "key is for other hashes" },
	{ "s= of another service", LAB_2048, "s=tlsrpt; p=$p",
	  "key is for other services" },
	{ "bad base64", LAB_2048, "p=$p*", "p= is no key" },
	{ "no DER", LAB_2048, "p=AAAA", "p= is no key" },
	{ "DER cut short", LAB_2048, "p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A",
	  "p= is no key" },
	{ "an ed25519 key of 31 bytes", LAB_ED, "k=ed25519; "
	  "p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
	  "p= is no key" },
	{ "an ed25519 key as SubjectPublicKeyInfo is none (8463 4.2)",
	  LAB_ED, "k=ed25519; p=MCowBQYDK2VwAyEA$p", "p= is no key" },
};

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
record_of(struct arena *a, const struct key_row *row, const char *text)
{
	return replace(a, replace(a, str_of(text), "$p",
	    lab_public(a, row->key, false)), "$b",
	    row->key == LAB_ED ? "" : lab_public(a, row->key, true));
}

static void
key_records(void **state)
{
	struct arena *a = arena_new(0);
	struct dkim_sig sig = { .domain = STR("good.test"),
		.identity_domain = STR("good.test") };
	const struct key_row *row;
	struct dkim_key key;
	const char *reason;
	struct str want;

	(void)state;
	for (row = keys; row < keys + COUNT(keys); row++) {
		sig.is_ed25519 = row->key == LAB_ED;
		key.text = STR("untouched");
		want = record_of(a, row, row->printed);
		reason = dkim_key_read(record_of(a, row, row->record), &sig,
		    a, &key);
		CHECK(str_eq(reason != NULL ? str_of(reason) : key.text,
		    want), "%s: %s %.*s", row->why, reason,
		    STR_ARG(key.text));
		CHECK(reason == NULL ||
		    str_eq(key.text, STR("untouched")), "%s", row->why);
		assert_true(reason != NULL || key.text.len < 1024);
		assert_true(reason != NULL ||
		    key.text.p[key.text.len] == '\0');
	}
	arena_free(&a);
}

/* t=s: i= must be d= itself, not below it. */
static void
key_of_one_domain(void **state)
{
	struct arena *a = arena_new(0);
	struct dkim_sig sig = { .domain = STR("good.test"),
		.identity_domain = STR("a.good.test") };
	struct dkim_key key;
	const struct key_row row = { .key = LAB_2048 };

	(void)state;
	assert_null(dkim_key_read(record_of(a, &row, "p=$p"), &sig, a,
	    &key));
	assert_int_equal(key.bits, 2048);
	assert_false(key.is_testing);
	assert_string_equal(dkim_key_read(record_of(a, &row, "t=s;p=$p"),
	    &sig, a, &key), "key is not for subdomains");
	sig.identity_domain = sig.domain;
	assert_null(dkim_key_read(record_of(a, &row, "t=y:s;p=$p"), &sig, a,
	    &key));
	assert_true(key.is_testing);
	arena_free(&a);
}

/* ------------------------------------------------------------------------
 * RSA keys made by hand: SEQUENCE { modulus, exponent }
 */

struct number { size_t zeros, len; uint8_t first, last; };

static struct str
der_number(struct arena *a, struct number n)
{
	size_t all = n.zeros + n.len;
	uint8_t *p = arena_alloc(a, all + 4);

	p[0] = 2;
	p[1] = 0x82;
	p[2] = (uint8_t)(all >> 8);
	p[3] = (uint8_t)all;
	memset(p + 4 + n.zeros, 0x55, n.len);
	if (n.len > 0) {
		p[4 + n.zeros] = n.first;
		p[3 + all] = n.last;
	}
	return (struct str){ (char *)p, all + 4 };
}

static const struct { const char *why; struct number n, e;
	const char *reason; } rsa[] = {
	{ "1024 bits, 65537", { 1, 128, 0x80, 1 }, { 0, 3, 1, 1 }, NULL },
	{ "1023 bits", { 0, 128, 0x7f, 1 }, { 0, 3, 1, 1 },
	  "key is shorter than 1024 bits" },
	{ "zeros in front make it no longer", { 64, 128, 0x7f, 1 },
	  { 0, 3, 1, 1 }, "key is shorter than 1024 bits" },
	{ "zeros in front do no harm", { 9, 128, 0x80, 1 }, { 4, 3, 1, 1 },
	  NULL },
	{ "4096 bits", { 1, 512, 0xff, 1 }, { 0, 3, 1, 1 }, NULL },
	{ "4097 bits", { 0, 513, 0x01, 1 }, { 0, 3, 1, 1 },
	  "key is longer than 4096 bits" },
	{ "16384 bits", { 1, 2048, 0xff, 1 }, { 0, 3, 1, 1 },
	  "key is longer than 4096 bits" },
	{ "e = 3", { 1, 256, 0x80, 1 }, { 0, 1, 3, 3 }, NULL },
	{ "e = 1", { 1, 256, 0x80, 1 }, { 0, 1, 1, 1 },
	  "key has an exponent that cannot be" },
	{ "e = 0", { 1, 256, 0x80, 1 }, { 0, 1, 0, 0 }, "p= is no key" },
	{ "even e", { 1, 256, 0x80, 1 }, { 0, 3, 1, 2 },
	  "key has an exponent that cannot be" },
	{ "e of 64 bits", { 1, 256, 0x80, 1 }, { 1, 8, 0x80, 1 }, NULL },
	{ "e of 65 bits", { 1, 256, 0x80, 1 }, { 0, 9, 1, 1 },
	  "key has an exponent that cannot be" },
	{ "huge e", { 1, 256, 0x80, 1 }, { 0, 256, 0x7f, 1 },
	  "key has an exponent that cannot be" },
	{ "negative n", { 0, 128, 0x80, 1 }, { 0, 3, 1, 1 },
	  "p= is no key" },
	{ "negative e", { 1, 128, 0x80, 1 }, { 0, 1, 0x83, 0x83 },
	  "p= is no key" },
	{ "n = 0", { 128, 0, 0, 0 }, { 0, 3, 1, 1 }, "p= is no key" },
	{ "empty n", { 0, 0, 0, 0 }, { 0, 3, 1, 1 }, "p= is no key" },
	{ "empty e", { 1, 128, 0x80, 1 }, { 0, 0, 0, 0 }, "p= is no key" },
};

static struct str
sequence(struct arena *a, struct str content)
{
	char head[4] = { 0x30, (char)0x82, (char)(content.len >> 8),
		(char)content.len };

	return lab_join(a, (struct str){ head, sizeof head }, content);
}

static void
rsa_keys(void **state)
{
	struct arena *a = arena_new(0);
	struct dkim_sig sig = { .domain = STR("good.test"),
		.identity_domain = STR("good.test") };
	struct dkim_key key;
	const char *reason;
	struct str der;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rsa); i++) {
		der = sequence(a, lab_join(a, der_number(a, rsa[i].n),
		    der_number(a, rsa[i].e)));
		reason = dkim_key_read(arena_printf(a, "p=%.*s",
		    STR_ARG(base64_print(der, a))), &sig, a, &key);
		CHECK((reason == NULL) == (rsa[i].reason == NULL) &&
		    (reason == NULL || strcmp(reason, rsa[i].reason) == 0),
		    "%s: %s", rsa[i].why, reason);
	}
	/* What follows the numbers, or the whole, is no part of a key. */
	der = sequence(a, lab_join(a, der_number(a, rsa[0].n), lab_join(a,
	    der_number(a, rsa[0].e), der_number(a, rsa[0].e))));
	assert_string_equal(dkim_key_read(arena_printf(a, "p=%.*s",
	    STR_ARG(base64_print(der, a))), &sig, a, &key), "p= is no key");
	der = LAB_ADD(a, sequence(a, lab_join(a, der_number(a, rsa[0].n),
	    der_number(a, rsa[0].e))), "x");
	assert_string_equal(dkim_key_read(arena_printf(a, "p=%.*s",
	    STR_ARG(base64_print(der, a))), &sig, a, &key), "p= is no key");
	arena_free(&a);
}

/* A record of 4 KiB is read, a longer one not. */
static void
key_record_size(void **state)
{
	struct arena *a = arena_new(0);
	struct dkim_sig sig = { .domain = STR("good.test"),
		.identity_domain = STR("good.test") };
	char *n = arena_alloc(a, 65536);
	const char *p = lab_record(a, LAB_2048);
	struct dkim_key key;
	size_t room = DKIM_KEY_TEXT - strlen(p) - 3;

	(void)state;
	memset(n, 'n', 65536);
	assert_null(dkim_key_read(arena_printf(a, "%s;n=%.*s", p, (int)room,
	    n), &sig, a, &key));
	assert_string_equal(dkim_key_read(arena_printf(a, "%s;n=%.*s", p,
	    (int)room + 1, n), &sig, a, &key), "key record is too long");
	assert_string_equal(dkim_key_read((struct str){ n, 65536 }, &sig, a,
	    &key), "key record is too long");
	arena_free(&a);
}

/* RFC 6376 3.6.2.2: several records. Their order says nothing. */
static void
several_records(void **state)
{
	struct arena *a = arena_new(0);
	struct str key = str_of(lab_record(a, LAB_2048));
	struct str spf = STR("v=spf1 -all"), revoked = STR("v=DKIM1; p=");
	struct dkim_sig sig = { .domain = STR("good.test"),
		.identity_domain = STR("good.test") };
	struct record r[3] = { { .text = spf } };
	struct answer answer = { .records = r };
	struct dkim_key out;

	(void)state;
	assert_string_equal(dkim_key_choose(&answer, &sig, a, &out),
	    "no key in DNS");
	answer.count = 1;
	assert_string_equal(dkim_key_choose(&answer, &sig, a, &out),
	    "no key record");
	answer.count = 2;
	r[1].text = key;
	assert_null(dkim_key_choose(&answer, &sig, a, &out));
	r[0].text = key;
	r[1].text = spf;
	assert_null(dkim_key_choose(&answer, &sig, a, &out));
	r[1].text = key;
	assert_string_equal(dkim_key_choose(&answer, &sig, a, &out),
	    "several keys in DNS");
	r[1].text = revoked;
	assert_string_equal(dkim_key_choose(&answer, &sig, a, &out),
	    "several keys in DNS");
	r[0].text = spf;
	assert_string_equal(dkim_key_choose(&answer, &sig, a, &out),
	    "key is revoked");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tag_lists),
		cmocka_unit_test(tag_lists_hold_no_nul),
		cmocka_unit_test(tag_lists_are_bounded),
		cmocka_unit_test(entries),
		cmocka_unit_test(base64),
		cmocka_unit_test(signatures),
		cmocka_unit_test(signature_tells),
		cmocka_unit_test(signature_size),
		cmocka_unit_test(key_records),
		cmocka_unit_test(key_of_one_domain),
		cmocka_unit_test(rsa_keys),
		cmocka_unit_test(key_record_size),
		cmocka_unit_test(several_records),
	};

	return cmocka_run_group_tests_name("dkim_read", tests, NULL, NULL);
}
