/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls_cert - certificates and keys as PEM: read, judged, made.
 *
 * Called by: conf (tls_examine), daemon/certs.c (tls_self_made), and
 * tls_server.c.
 *
 * Always holds: no file is opened and nobody is asked for a password.
 * What is usable: RSA from 2048 bits on; ECDSA on P-256, P-384, P-521, the
 * curves that TLS 1.3 has; other kinds (Ed25519, RSA-PSS keys) are refused,
 * because many mail clients know no algorithm for them and would be left in
 * clear. Beyond that the library judges, with the system's policy. Validity
 * in time is a fact, not a fault.
 *
 * Source: RFC 5280 4.1.2, 4.2.1.6, 7468, 6125 6.4.4 (CN without DNS names).
 */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/name.h"
#include "run/tls_own.h"

#define RSA_BITS    2048
#define CHAIN_MAX   16      /* certificates behind the first                */
#define SERIAL_BITS 127     /* CA/B Forum asks for 64 at least              */
#define COMMON_NAME 64      /* bytes that a CN may have, RFC 5280 A.1       */
#define DAY         (24 * 60 * 60L)
#define YEARS       (3652 * DAY)

/* ------------------------------------------------------------------------
 * Reading.
 */

/* A key with a password would stop an unattended start; OpenSSL's own
 * callback would even ask at the terminal. In: arg, a bool that says whether
 * one was needed, or NULL. */
static int
no_password(char *p, int n, int is_writing, void *arg)
{
	(void)p, (void)n, (void)is_writing;
	if (arg != NULL)
		*(bool *)arg = true;
	return -1;
}

static BIO *
open_text(struct str text)
{
	return text.len > 0 && text.len <= INT32_MAX ?
	    BIO_new_mem_buf(text.p, (int)text.len) : NULL;
}

/* The rest of the chain. */
static int
read_rest(BIO *in, struct tls_credential *c, struct fault *fault)
{
	X509 *next;

	c->chain = sk_X509_new_null();
	if (c->chain == NULL)
		return -E_NOMEM;
	ERR_clear_error();
	while ((next = PEM_read_bio_X509(in, NULL, no_password, NULL)) != NULL)
		if (sk_X509_num(c->chain) >= CHAIN_MAX ||
		    sk_X509_push(c->chain, next) <= 0) {
			X509_free(next);
			fault_set(fault, "more than %d certificates stand "
			    "behind the first", CHAIN_MAX);
			return -E_INVALID;
		}
	if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
		return 0;
	fault_set(fault, "certificate %d of the chain cannot be read",
	    sk_X509_num(c->chain) + 2);
	return -E_INVALID;
}

static int
read_chain(struct str text, struct tls_credential *c, struct fault *fault)
{
	BIO *in = open_text(text);
	int rc = -E_INVALID;

	if (in != NULL)
		c->leaf = PEM_read_bio_X509(in, NULL, no_password, NULL);
	if (c->leaf == NULL)
		fault_set(fault, "holds no certificate in PEM form");
	else
		rc = read_rest(in, c, fault);
	BIO_free(in);
	return rc == 0 ? 0 : -E_INVALID;
}

static int
read_key(struct str text, struct tls_credential *c, struct fault *fault)
{
	BIO *in = open_text(text);
	bool has_password = false;

	if (in != NULL)
		c->key = PEM_read_bio_PrivateKey(in, NULL, no_password,
		    &has_password);
	BIO_free(in);
	if (c->key != NULL)
		return 0;
	fault_set(fault, has_password ? "the key has a password, and nobody "
	    "is there to give it; openssl pkey takes it off" :
	    "the key is no private key in PEM form");
	return -E_INVALID;
}

static bool
is_known_curve(const EVP_PKEY *key)
{
	static const char *const curves[] = {
		SN_X9_62_prime256v1, SN_secp384r1, SN_secp521r1,
	};
	char name[64];
	size_t i, n = 0;

	if (EVP_PKEY_get_group_name(key, name, sizeof name, &n) != 1)
		return false;
	for (i = 0; i < COUNT(curves); i++)
		if (str_eq(str_of(curves[i]), str_of(name)))
			return true;
	return false;
}

static int
judge_key(struct tls_credential *c, struct fault *fault)
{
	int bits = EVP_PKEY_get_bits(c->key);

	if (EVP_PKEY_is_a(c->key, "RSA") == 1) {
		c->kind = KEY_RSA;
		if (bits >= RSA_BITS)
			return 0;
		fault_set(fault, "the RSA key has %d bits; %d are needed",
		    bits, RSA_BITS);
	} else if (EVP_PKEY_is_a(c->key, "EC") == 1) {
		c->kind = KEY_ECDSA;
		if (is_known_curve(c->key))
			return 0;
		fault_set(fault, "the ECDSA key is on a curve that clients "
		    "do not know; use P-256");
	} else {
		fault_set(fault, "the key is neither ECDSA nor RSA, which "
		    "many clients do not know; use P-256");
	}
	return -E_INVALID;
}

/* The commonest mistake is a chain with its own certificate last. */
static int
match(const struct tls_credential *c, struct fault *fault)
{
	int i;

	if (X509_check_private_key(c->leaf, c->key) == 1)
		return 0;
	fault_set(fault, "the key does not belong to the certificate");
	for (i = 0; i < sk_X509_num(c->chain); i++)
		if (X509_check_private_key(sk_X509_value(c->chain, i),
		    c->key) == 1)
			fault_set(fault, "the key belongs to certificate %d "
			    "of the chain, which must be the first", i + 2);
	return -E_INVALID;
}

int
tls_credential_read(const struct tls_pair *pair, struct tls_credential *out,
    struct fault *fault)
{
	struct tls_credential c = { 0 };
	int rc = read_chain(pair->chain, &c, fault);

	if (rc == 0)
		rc = read_key(pair->key, &c, fault);
	if (rc == 0)
		rc = judge_key(&c, fault);
	if (rc == 0)
		rc = match(&c, fault);
	if (rc == 0)
		*out = c;
	else
		tls_credential_free(&c);
	return rc;
}

void
tls_credential_free(struct tls_credential *c)
{
	X509_free(c->leaf);
	sk_X509_pop_free(c->chain, X509_free);
	EVP_PKEY_free(c->key);
	*c = (struct tls_credential){ 0 };
}

int
tls_credential_use(const struct tls_credential *c, SSL_CTX *context,
    struct fault *fault)
{
	ERR_clear_error();
	if (SSL_CTX_use_cert_and_key(context, c->leaf, c->key, c->chain, 1)
	    == 1)
		return 0;
	fault_set(fault, "OpenSSL refuses it: %s", tls_reason());
	return -E_INVALID;
}

/* ------------------------------------------------------------------------
 * What it says.
 */

/* "*." in front of a host name is one too; a NUL or space makes it none. */
static void
add_name(const ASN1_STRING *text, struct arena *arena,
    struct tls_certificate *out)
{
	struct str name = { (const char *)ASN1_STRING_get0_data(text),
		(size_t)ASN1_STRING_length(text) };
	struct str host = str_from(name, str_starts(name, STR("*.")) ? 2 : 0);

	if (name_is_host(host))
		out->names[out->name_count++] = arena_lower(arena, name);
}

static void
say_names(X509 *leaf, struct arena *arena, struct tls_certificate *out)
{
	GENERAL_NAMES *all = X509_get_ext_d2i(leaf, NID_subject_alt_name,
	    NULL, NULL);
	X509_NAME *subject = X509_get_subject_name(leaf);
	int i, n = sk_GENERAL_NAME_num(all);
	const GENERAL_NAME *name;
	bool has_dns = false;

	out->names = arena_array(arena, n > 0 ? (size_t)n : 1,
	    sizeof *out->names);
	for (i = 0; i < n; i++) {
		name = sk_GENERAL_NAME_value(all, i);
		if (name->type == GEN_DNS) {
			has_dns = true;
			add_name(name->d.dNSName, arena, out);
		}
	}
	GENERAL_NAMES_free(all);
	if (has_dns)
		return;
	i = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (i >= 0)
		add_name(X509_NAME_ENTRY_get_data(
		    X509_NAME_get_entry(subject, i)), arena, out);
}

static usec_t
moment(const ASN1_TIME *time)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;

	(void)ASN1_TIME_diff(&days, &seconds, epoch, time);
	ASN1_TIME_free(epoch);
	return ((usec_t)days * DAY + seconds) * SEC;
}

void
tls_credential_say(const struct tls_credential *c, struct arena *arena,
    struct tls_certificate *out)
{
	struct tls_certificate said = { .is_ecdsa = c->kind == KEY_ECDSA };

	say_names(c->leaf, arena, &said);
	said.from = moment(X509_get0_notBefore(c->leaf));
	said.until = moment(X509_get0_notAfter(c->leaf));
	*out = said;
}

int
tls_examine(const struct tls_pair *pair, struct arena *arena,
    struct tls_certificate *out, struct fault *fault)
{
	struct tls_credential c;
	SSL_CTX *context;
	int rc = tls_credential_read(pair, &c, fault);

	if (rc != 0)
		return rc;
	ERR_clear_error();
	context = tls_context_new(TLS_server_method(), TLS_1_2);
	if (context != NULL) {
		rc = tls_credential_use(&c, context, fault);
	} else {
		fault_set(fault, TLS_NO_CONTEXT, tls_reason());
		rc = -E_INVALID;
	}
	if (rc == 0)
		tls_credential_say(&c, arena, out);
	SSL_CTX_free(context);
	tls_credential_free(&c);
	return rc;
}

/* ------------------------------------------------------------------------
 * Made here.
 */

static bool
set_serial(X509 *x)
{
	BIGNUM *number = BN_new();
	bool is_good = number != NULL && BN_rand(number, SERIAL_BITS,
	    BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) != NULL;

	BN_free(number);
	return is_good;
}

/* A long host stands in the alternative name alone. */
static bool
set_subject(X509 *x, struct str host)
{
	X509_NAME *name = X509_get_subject_name(x);
	struct str cn = host.len <= COMMON_NAME ? host : STR("postern");

	return X509_NAME_add_entry_by_NID(name, NID_commonName,
	    MBSTRING_ASC, (const unsigned char *)cn.p, (int)cn.len, -1, 0) ==
	    1 && X509_set_issuer_name(x, name) == 1;
}

static bool
set_alternative(X509 *x, struct str host)
{
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	bool is_good = all != NULL && name != NULL && text != NULL &&
	    ASN1_STRING_set(text, host.p, (int)host.len) == 1 &&
	    sk_GENERAL_NAME_push(all, name) > 0;

	if (is_good) {
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		is_good = X509_add1_ext_i2d(x, NID_subject_alt_name, all, 0,
		    0) == 1;
	} else {
		GENERAL_NAME_free(name);
		ASN1_IA5STRING_free(text);
	}
	sk_GENERAL_NAME_pop_free(all, GENERAL_NAME_free);
	return is_good;
}

static bool
fill_in(X509 *x, EVP_PKEY *key, struct str host, usec_t wall)
{
	time_t from = (time_t)(wall / SEC) - DAY;

	return X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
	    set_subject(x, host) && set_alternative(x, host) &&
	    ASN1_TIME_set(X509_getm_notBefore(x), from) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(x), from + YEARS) != NULL &&
	    X509_set_pubkey(x, key) == 1 && X509_sign(x, key, EVP_sha256()) >
	    0;
}

static struct str
take_text(BIO *out, struct arena *arena)
{
	char *p = NULL;
	long n = BIO_get_mem_data(out, &p);

	return arena_str(arena, (struct str){ p, (size_t)n });
}

static bool
print_pair(X509 *x, EVP_PKEY *key, struct arena *arena, struct tls_pair *out)
{
	BIO *chain = BIO_new(BIO_s_mem()), *secret = BIO_new(BIO_s_secmem());
	bool is_good = chain != NULL && secret != NULL &&
	    PEM_write_bio_X509(chain, x) == 1 &&
	    PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL)
	    == 1;

	if (is_good) {
		out->chain = take_text(chain, arena);
		out->key = take_text(secret, arena);
	}
	BIO_free(chain);
	BIO_free(secret);
	return is_good;
}

int
tls_self_made(struct str host, usec_t wall, struct arena *arena,
    struct tls_pair *out)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	bool is_good = key != NULL && x != NULL &&
	    fill_in(x, key, host, wall) && print_pair(x, key, arena, out);

	X509_free(x);
	EVP_PKEY_free(key);
	return is_good ? 0 : -E_NOMEM;
}
