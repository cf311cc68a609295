/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_key - reads key records and prints them anew.
 *
 * libopendkim takes a key of another type than the signature's, a record
 * whose v= stands in the middle, and tags that stand twice; its buffer holds
 * 1,025 bytes, and it cannot read a bare RSAPublicKey. So what it is given is
 * never a stranger's text: only what we have understood, with the key's two
 * numbers in a SubjectPublicKeyInfo that we wrote.
 *
 * Called by: dkim.c, when the answer about a key has come.
 * Always holds: a record that is printed fits its signature in type, hash,
 * service and flags; is shorter than 1,024 bytes; and its RSA key has 1,024
 * to 4,096 bits and an odd exponent from 3 on of at most 64 bits.
 * Source: RFC 6376 3.6.1, 6.1.2; 8301 3.2; 8463 4; RFC 8017 A.1.1, 5280
 * 4.1.2.7 (the two shapes of an RSA key); catalogue 83, 86.
 * KNOWN GAPS: none of weak moduli (shared primes, ROCA) is known.
 */
#include "config.h"

#include <string.h>

#include "filters/dkim_key.h"

#define DER_INTEGER  0x02
#define DER_BITS     0x03
#define DER_SEQUENCE 0x30

#define EXPONENT_BITS 64        /* more only costs time                    */
#define ED25519_SIZE  32

/* AlgorithmIdentifier of rsaEncryption: object identifier, NULL. */
#define RSA     STR("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" \
		    "\x05\x00")
#define RSA_OID STR("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")

/* ------------------------------------------------------------------------
 * DER, as far as a key needs it.
 */

/* Takes one element off *rest. */
static bool
der_take(struct str *rest, unsigned char type, struct str *content)
{
	size_t n, bytes, at = 2;

	if (rest->len < 2 || (unsigned char)rest->p[0] != type)
		return false;
	n = (unsigned char)rest->p[1];
	if (n >= 0x80) {
		bytes = n & 0x7f;       /* no key needs more than two */
		if (bytes < 1 || bytes > 2 || rest->len < at + bytes)
			return false;
		for (n = 0; bytes > 0; bytes--)
			n = n << 8 | (unsigned char)rest->p[at++];
	}
	if (n > rest->len - at)
		return false;
	*content = str_sub(*rest, at, n);
	*rest = str_from(*rest, at + n);
	return true;
}

/* A positive integer, as short as it can be: one zero in front is left where
 * the next bit would be a sign. */
static bool
der_take_number(struct str *rest, struct str *number)
{
	struct str s;

	if (!der_take(rest, DER_INTEGER, &s) || s.len == 0 ||
	    (s.p[0] & 0x80) != 0)
		return false;
	while (s.len > 1 && s.p[0] == 0 && (s.p[1] & 0x80) == 0)
		s = str_from(s, 1);
	*number = s;
	return s.len > 1 || s.p[0] != 0;
}

/* An element that holds two things. */
static struct str
der(struct arena *a, unsigned char type, struct str one, struct str two)
{
	size_t n = one.len + two.len, at = 0;
	unsigned char *p = arena_alloc(a, n + 4);

	must(n <= UINT16_MAX);
	p[at++] = type;
	if (n >= 0x100) {
		p[at++] = 0x82;
		p[at++] = (unsigned char)(n >> 8);
	} else if (n >= 0x80) {
		p[at++] = 0x81;
	}
	p[at++] = (unsigned char)n;
	if (one.len > 0)
		memcpy(p + at, one.p, one.len);
	if (two.len > 0)
		memcpy(p + at + one.len, two.p, two.len);
	return (struct str){ (char *)p, at + n };
}

/* ------------------------------------------------------------------------
 * RSA.
 */

struct rsa { struct str modulus, exponent; };

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static bool
take_rsa(struct str text, struct rsa *k)
{
	struct str numbers;

	return der_take(&text, DER_SEQUENCE, &numbers) && text.len == 0 &&
	    der_take_number(&numbers, &k->modulus) &&
	    der_take_number(&numbers, &k->exponent) && numbers.len == 0;
}

/*
 * SubjectPublicKeyInfo ::= SEQUENCE {
 *	algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
 *
 * or, bare, the RSAPublicKey that would lie in its bits (RFC 6376 3.6.1).
 */
static bool
read_rsa(struct str text, struct rsa *k)
{
	struct str info = text, all, algorithm, bits;

	if (take_rsa(text, k))
		return true;
	if (!der_take(&info, DER_SEQUENCE, &all) || info.len > 0 ||
	    !der_take(&all, DER_SEQUENCE, &algorithm) ||
	    !str_starts(algorithm, RSA_OID) ||
	    !der_take(&all, DER_BITS, &bits) || all.len > 0)
		return false;
	/* The first byte counts bits that are left over. */
	return bits.len > 0 && bits.p[0] == 0 && take_rsa(str_from(bits, 1), k);
}

static struct str
print_rsa(const struct rsa *k, struct arena *a)
{
	const struct str none = { NULL, 0 };
	struct str key = der(a, DER_SEQUENCE,
	    der(a, DER_INTEGER, k->modulus, none),
	    der(a, DER_INTEGER, k->exponent, none));

	return der(a, DER_SEQUENCE, RSA,
	    der(a, DER_BITS, (struct str){ "\0", 1 }, key));
}

/* In: as der_take_number gives it. */
static unsigned
bits_of(struct str number)
{
	unsigned bits = (unsigned)number.len * 8;
	unsigned high = (unsigned char)number.p[0];

	if (high == 0)
		return bits - 8;
	for (; (high & 0x80) == 0; high <<= 1)
		bits--;
	return bits;
}

static const char *
judge_rsa(const struct rsa *k)
{
	struct str e = k->exponent;
	unsigned bits = bits_of(k->modulus);

	if (bits < DKIM_BITS_LOW)
		return "key is shorter than 1024 bits";
	if (bits > DKIM_BITS_HIGH)
		return "key is longer than 4096 bits";
	if (bits_of(e) > EXPONENT_BITS || (e.p[e.len - 1] & 1) == 0 ||
	    bits_of(e) < 2)
		return "key has an exponent that cannot be";
	return NULL;
}

/* Out: *text, base64 for p=. */
static const char *
read_public(struct str p, bool is_ed25519, struct arena *a, struct str *text,
    unsigned *bits)
{
	const char *reason;
	struct str bytes;
	struct rsa k;

	if (base64_read(p, DKIM_KEY_TEXT, a, &bytes) != 0)
		return "p= is no key";
	if (is_ed25519) {
		if (bytes.len != ED25519_SIZE)
			return "p= is no key";
		*bits = 8 * ED25519_SIZE;
		*text = base64_print(bytes, a);
		return NULL;
	}
	if (!read_rsa(bytes, &k))
		return "p= is no key";
	reason = judge_rsa(&k);
	if (reason != NULL)
		return reason;
	*bits = bits_of(k.modulus);
	*text = base64_print(print_rsa(&k, a), a);
	return NULL;
}

/* ------------------------------------------------------------------------
 * Records.
 */

/* What a tag says, or what it says when it is missing. */
static struct str
value_of(const struct dkim_tags *tags, struct str name, struct str missing)
{
	const struct str *value = dkim_tags_find(tags, name);

	return value == NULL ? missing : *value;
}

/* A v= that is there comes first, and is DKIM1 (RFC 6376 3.6.1). */
static bool
is_version(const struct dkim_tags *tags)
{
	const struct str *v = dkim_tags_find(tags, STR("v"));

	return v == NULL || (v == &tags->tag[0].value &&
	    str_eq(*v, STR("DKIM1")));
}

/* Tags that say for what the key may be used. */
static const char *
judge_use(const struct dkim_tags *tags, const struct dkim_sig *sig)
{
	struct str h = value_of(tags, STR("h"), STR("sha256"));
	struct str s = value_of(tags, STR("s"), STR("*"));
	struct str t = value_of(tags, STR("t"), STR(""));
	struct str k = value_of(tags, STR("k"), STR("rsa"));

	if (!str_eq(k, sig->is_ed25519 ? STR("ed25519") : STR("rsa")))
		return "key is of another type";
	if (!dkim_entries_have(h, STR("sha256")))
		return "key is for other hashes";
	if (!dkim_entries_have(s, STR("*")) &&
	    !dkim_entries_have(s, STR("email")))
		return "key is for other services";
	if (dkim_entries_have(t, STR("s")) &&
	    !str_eq(sig->identity_domain, sig->domain))
		return "key is not for subdomains";
	return NULL;
}

static const char *
flags_text(bool is_testing, bool is_strict)
{
	if (is_testing)
		return is_strict ? "t=y:s;" : "t=y;";
	return is_strict ? "t=s;" : "";
}

static const char *
read_tags(const struct dkim_tags *tags, const struct dkim_sig *sig,
    struct arena *a, struct dkim_key *key)
{
	const struct str *p = dkim_tags_find(tags, STR("p"));
	struct str t = value_of(tags, STR("t"), STR(""));
	struct dkim_key k = { .is_testing = dkim_entries_have(t, STR("y")) };
	const char *reason;
	struct str text;

	if (!is_version(tags) || p == NULL)
		return "no key record";
	if (p->len == 0)
		return "key is revoked";
	reason = judge_use(tags, sig);
	if (reason == NULL)
		reason = read_public(*p, sig->is_ed25519, a, &text, &k.bits);
	if (reason != NULL)
		return reason;
	k.text = arena_printf(a, "v=DKIM1;k=%s;h=sha256;s=email;%sp=%.*s",
	    sig->is_ed25519 ? "ed25519" : "rsa",
	    flags_text(k.is_testing, dkim_entries_have(t, STR("s"))),
	    STR_ARG(text));
	*key = k;
	return NULL;
}

const char *
dkim_key_read(struct str record, const struct dkim_sig *sig, struct arena *a,
    struct dkim_key *key)
{
	struct dkim_tags *tags = arena_alloc(a, sizeof *tags);

	if (record.len > DKIM_KEY_TEXT)
		return "key record is too long";
	if (dkim_tags_read(record, tags) != 0)
		return "key record has a syntax error";
	return read_tags(tags, sig, a, key);
}

/* Has it what a key record must have? */
static bool
is_record(struct str record, struct dkim_tags *tags)
{
	return record.len <= DKIM_KEY_TEXT &&
	    dkim_tags_read(record, tags) == 0 && is_version(tags) &&
	    dkim_tags_find(tags, STR("p")) != NULL;
}

/* Among several records the order says nothing (DNS turns it), so there must
 * be one that is a key. RFC 6376 3.6.2.2 leaves open what happens else. */
const char *
dkim_key_choose(const struct answer *answer, const struct dkim_sig *sig,
    struct arena *a, struct dkim_key *key)
{
	struct dkim_tags *tags = arena_alloc(a, sizeof *tags);
	size_t i, n = 0, chosen = 0;

	if (answer->count == 0)
		return "no key in DNS";
	for (i = 0; i < answer->count; i++)
		if (is_record(answer->records[i].text, tags)) {
			chosen = i;
			n++;
		}
	if (n > 1)
		return "several keys in DNS";
	return dkim_key_read(answer->records[chosen].text, sig, a, key);
}
