/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates on order. What tls_self_made cannot make: RSA, several names,
 * expired ones, weak ones.
 */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "tests/unit/tls_lab.h"

#define DAY (24 * 60 * 60 * SEC)

static EVP_PKEY *
make_key(const struct tls_order *o)
{
	EVP_PKEY *key;

	if (o->rsa > 0)
		key = EVP_RSA_gen((unsigned)o->rsa);
	else if (o->curve != NULL && strcmp(o->curve, "ED25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, o->curve);
	else
		key = EVP_EC_gen(o->curve != NULL ? o->curve : "P-256");
	must(key != NULL);
	return key;
}

static void
add_names(X509 *x, struct str names)
{
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	ASN1_IA5STRING *text;
	GENERAL_NAME *name;
	struct str one;

	while (names.len > 0) {
		one = str_split(&names, ' ');
		text = ASN1_IA5STRING_new();
		must(ASN1_STRING_set(text, one.p, (int)one.len) == 1);
		name = GENERAL_NAME_new();
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		must(sk_GENERAL_NAME_push(all, name) > 0);
	}
	must(X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0, 0) == 1);
	sk_GENERAL_NAME_pop_free(all, GENERAL_NAME_free);
}

static void
set_cn(X509 *x, const char *cn)
{
	X509_NAME *name = X509_get_subject_name(x);

	must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0) == 1);
	must(X509_set_issuer_name(x, name) == 1);
}

static struct str
text_of(BIO *out, struct arena *arena)
{
	char *p;
	long n = BIO_get_mem_data(out, &p);
	struct str text = arena_str(arena, (struct str){ p, (size_t)n });

	BIO_free(out);
	return text;
}

struct tls_pair
tls_lab_pair(const struct tls_order *o, struct arena *arena)
{
	usec_t from = o->from != 0 ? o->from : 18262 * DAY;
	usec_t until = o->until != 0 ? o->until : 25567 * DAY;
	BIO *chain = BIO_new(BIO_s_mem()), *secret = BIO_new(BIO_s_mem());
	EVP_PKEY *key = make_key(o);
	X509 *x = X509_new();
	struct tls_pair pair;

	must(X509_set_version(x, X509_VERSION_3) == 1);
	must(ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1);
	set_cn(x, o->cn != NULL ? o->cn : "test");
	if (o->names != NULL)
		add_names(x, str_of(o->names));
	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(from / SEC));
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(until / SEC));
	must(X509_set_pubkey(x, key) == 1);
	must(X509_sign(x, key, EVP_PKEY_is_a(key, "ED25519") == 1 ? NULL :
	    EVP_sha256()) > 0);
	must(PEM_write_bio_X509(chain, x) == 1);
	must(PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL)
	    == 1);
	pair.chain = text_of(chain, arena);
	pair.key = text_of(secret, arena);
	X509_free(x);
	EVP_PKEY_free(key);
	return pair;
}
