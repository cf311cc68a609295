/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signer for tests. See dkim_lab.h.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tests/unit/dkim_keys.h"
#include "tests/unit/dkim_lab.h"

#include "run/clock.h"

static const char *const keys[] = { [LAB_512] = LAB_KEY_512,
	[LAB_1024] = LAB_KEY_1024, [LAB_2048] = LAB_KEY_2048,
	[LAB_4096] = LAB_KEY_4096, [LAB_ED] = LAB_KEY_ED };

struct str
lab_join(struct arena *a, struct str one, struct str two)
{
	char *p = arena_alloc(a, one.len + two.len + 1);

	if (one.len > 0)
		memcpy(p, one.p, one.len);
	if (two.len > 0)
		memcpy(p + one.len, two.p, two.len);
	return (struct str){ p, one.len + two.len };
}

static const char *
base64(struct arena *a, const unsigned char *p, size_t n)
{
	unsigned char *out = arena_alloc(a, n * 2 + 8);

	EVP_EncodeBlock(out, p, (int)n);
	return (const char *)out;
}

static EVP_PKEY *
key_load(enum lab_key key)
{
	size_t n = strlen(keys[key]);
	unsigned char *der = malloc(n);
	const unsigned char *p = der;
	EVP_PKEY *pkey;
	int len = EVP_DecodeBlock(der, (const unsigned char *)keys[key],
	    (int)n);

	assert_true(len > 0);
	pkey = d2i_AutoPrivateKey(NULL, &p, len);
	assert_non_null(pkey);
	free(der);
	return pkey;
}

const char *
lab_public(struct arena *a, enum lab_key key, bool is_bare)
{
	EVP_PKEY *pkey = key_load(key);
	unsigned char raw[32], *der = NULL;
	const char *text;
	size_t n = sizeof raw;
	int len;

	if (key == LAB_ED) {
		assert_int_equal(EVP_PKEY_get_raw_public_key(pkey, raw, &n), 1);
		text = base64(a, raw, n);
	} else {
		len = is_bare ? i2d_PublicKey(pkey, &der) :
		    i2d_PUBKEY(pkey, &der);
		assert_true(len > 0);
		text = base64(a, der, (size_t)len);
		OPENSSL_free(der);
	}
	EVP_PKEY_free(pkey);
	return text;
}

const char *
lab_record(struct arena *a, enum lab_key key)
{
	return arena_printf(a, "v=DKIM1;k=%s;p=%s",
	    key == LAB_ED ? "ed25519" : "rsa", lab_public(a, key, false)).p;
}

/* ------------------------------------------------------------------------
 * RFC 6376 3.4.
 */

/* What a tag of our own text says; "" when it is not there. */
static struct str
tag(struct str tags, const char *name)
{
	struct str spec, key;

	while (tags.p != NULL) {
		spec = str_split(&tags, ';');
		key = str_trim(str_split(&spec, '='));
		while (key.len > 0 && (key.p[0] == '\r' || key.p[0] == '\n' ||
		    key.p[0] == ' ' || key.p[0] == '\t'))
			key = str_from(key, 1);
		if (str_eq(key, str_of(name)))
			return str_trim(spec);
	}
	return (struct str){ "", 0 };
}

static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* 3.4.4 and 3.4.3: lines, then the end of the body. */
static struct str
canon_body(struct arena *a, struct str body, bool is_relaxed)
{
	char *out = arena_alloc(a, body.len + 3);
	size_t n = 0, i;

	for (i = 0; i < body.len; i++) {
		if (!is_relaxed || !is_wsp(body.p[i])) {
			out[n++] = body.p[i];
			continue;
		}
		while (i + 1 < body.len && is_wsp(body.p[i + 1]))
			i++;
		if (i + 2 < body.len && body.p[i + 1] == '\r' &&
		    body.p[i + 2] == '\n')
			continue;
		if (i + 1 < body.len)
			out[n++] = ' ';
	}
	if (n > 0 && (n < 2 || memcmp(out + n - 2, "\r\n", 2) != 0)) {
		out[n++] = '\r';
		out[n++] = '\n';
	}
	while (n >= 4 && memcmp(out + n - 4, "\r\n\r\n", 4) == 0)
		n -= 2;
	if (n == 2 && memcmp(out, "\r\n", 2) == 0)
		n = 0;
	if (n == 0 && !is_relaxed) {
		memcpy(out, "\r\n", 2);
		n = 2;
	}
	return (struct str){ out, n };
}

/* 3.4.2, for a field with its CR LF. */
static struct str
relax_field(struct arena *a, struct str f)
{
	char *out = arena_alloc(a, f.len + 3);
	size_t i = 0, n = 0, start, colon = str_find(f, ':');

	for (; i < colon; i++)
		if (!is_wsp(f.p[i]) && f.p[i] != '\r' && f.p[i] != '\n')
			out[n++] = (char)(f.p[i] >= 'A' && f.p[i] <= 'Z' ?
			    f.p[i] | 0x20 : f.p[i]);
	out[n++] = ':';
	start = n;
	for (i = colon + 1; i < f.len; i++) {
		if (f.p[i] == '\r' || f.p[i] == '\n')
			continue;
		if (!is_wsp(f.p[i]))
			out[n++] = f.p[i];
		else if (n > start && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n > start && out[n - 1] == ' ')
		n--;
	memcpy(out + n, "\r\n", 2);
	return (struct str){ out, n + 2 };
}

static struct str
canon_field(struct arena *a, struct str f, bool is_relaxed)
{
	return is_relaxed ? relax_field(a, f) : f;
}

/* The next field of a header, with its CR LF. */
static struct str
take_field(struct str *header)
{
	size_t i = 0;
	struct str f;

	do {
		while (i < header->len && header->p[i] != '\n')
			i++;
		if (i < header->len)
			i++;
	} while (i < header->len && is_wsp(header->p[i]));
	f = str_sub(*header, 0, i);
	*header = str_from(*header, i);
	return f;
}

/* 5.4.2: the last one of that name that was not taken. */
static struct str
pick_field(struct str *fields, size_t count, struct str name)
{
	struct str found;
	size_t i;

	for (i = count; i-- > 0;)
		if (fields[i].len > 0 && str_eq_case(str_trim(str_sub(
		    fields[i], 0, str_find(fields[i], ':'))), name)) {
			found = fields[i];
			fields[i].len = 0;
			return found;
		}
	return (struct str){ "", 0 };
}

static struct str
header_data(struct arena *a, struct str header, struct str names,
    bool is_relaxed)
{
	struct str *fields = arena_array(a, 2000, sizeof *fields);
	struct str all = { "", 0 }, name, f;
	size_t n = 0;

	while (header.len > 0 && n < 2000)
		fields[n++] = take_field(&header);
	while (names.p != NULL) {
		name = str_split(&names, ':');
		while (name.len > 0 && name.p[0] < 33)
			name = str_from(name, 1);
		while (name.len > 0 && name.p[name.len - 1] < 33)
			name.len--;
		f = pick_field(fields, n, name);
		if (f.len > 0)
			all = lab_join(a, all, canon_field(a, f, is_relaxed));
	}
	return all;
}

/* ------------------------------------------------------------------------
 * Signing.
 */

static const char *
hash_text(struct arena *a, const EVP_MD *md, struct str data)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned n;

	assert_int_equal(EVP_Digest(data.p, data.len, hash, &n, md, NULL), 1);
	return base64(a, hash, n);
}

/* 3.7, and RFC 8463 3: Ed25519 signs the hash. */
static const char *
sign_text(struct arena *a, enum lab_key key, const EVP_MD *md,
    struct str data)
{
	unsigned char hash[EVP_MAX_MD_SIZE], *out = arena_alloc(a, 1024);
	EVP_PKEY *pkey = key_load(key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const void *p = data.p;
	size_t len = data.len, n = 1024;
	unsigned size;

	if (key == LAB_ED) {
		assert_int_equal(EVP_Digest(data.p, data.len, hash, &size, md,
		    NULL), 1);
		p = hash;
		len = size;
	}
	assert_int_equal(EVP_DigestSignInit(ctx, NULL,
	    key == LAB_ED ? NULL : md, NULL, pkey), 1);
	assert_int_equal(EVP_DigestSign(ctx, out, &n, p, len), 1);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return base64(a, out, n);
}

/* The first one is replaced; text without it stays. */
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

struct str
lab_sign(struct arena *a, enum lab_key key, const char *text,
    struct str header, struct str body)
{
	struct str tags = str_of(text), c = tag(tags, "c"), l, hashed, data;
	struct str field, head = str_split(&c, '/');
	const EVP_MD *md = str_ends_case(tag(tags, "a"), STR("sha1")) ?
	    EVP_sha1() : EVP_sha256();
	bool is_relaxed = str_eq(head, STR("relaxed"));
	uint64_t length;

	hashed = canon_body(a, body, str_eq(c, STR("relaxed")));
	l = tag(tags, "l");
	if (l.len > 0 && str_number(l, UINT64_MAX, &length) == 0 &&
	    length < hashed.len)
		hashed.len = (size_t)length;
	tags = replace(a, tags, "$bh", hash_text(a, md, hashed));
	field = lab_join(a, lab_join(a, STR("DKIM-Signature: "), tags),
	    STR("\r\n"));
	data = lab_join(a, header_data(a, header, tag(tags, "h"), is_relaxed),
	    canon_field(a, replace(a, field, "$b", ""), is_relaxed));
	data.len -= 2;
	return replace(a, field, "$b", sign_text(a, key, md, data));
}

/* Behind the first empty line; all of it when there is none. */
static struct str
take_header(struct str *message)
{
	struct str all = *message, header;
	size_t i;

	for (i = 0; i + 4 <= all.len; i++)
		if (memcmp(all.p + i, "\r\n\r\n", 4) == 0) {
			header = str_sub(all, 0, i + 2);
			*message = str_from(all, i + 4);
			return header;
		}
	*message = (struct str){ "", 0 };
	return all;
}

struct str
lab_covered(struct arena *a, const char *c, const char *names,
    struct str message)
{
	struct str mode = str_of(c), head = str_split(&mode, '/');
	struct str header = take_header(&message), field;
	bool is_relaxed = str_eq(head, STR("relaxed"));

	field = take_field(&header);
	return lab_join(a, lab_join(a, canon_field(a, field, is_relaxed),
	    header_data(a, header, str_of(names), is_relaxed)),
	    canon_body(a, message, str_eq(mode, STR("relaxed"))));
}

/* ------------------------------------------------------------------------
 * The room.
 */

static usec_t
lab_wall(struct world *w)
{
	(void)w;
	return (usec_t)LAB_NOW * SEC;
}

void
lab_open_lists(struct room *r, const struct row *rows, const char *lists)
{
	room_open(r, rows, lists);
	r->world.wall = lab_wall;
	clock_follow(&r->world);
}

void
lab_open(struct room *r, const struct row *rows)
{
	lab_open_lists(r, rows, NULL);
}

void
lab_close(struct room *r)
{
	clock_follow(NULL);
	room_close(r);
}

void
lab_message(struct room *r, struct str text)
{
	struct body_pool pool = { .max = 64 << 20 };
	struct header h;
	struct body *b;

	room_end(r, ST_EOM);
	facts_forget(r->desk.facts, ST_EOM, ST_EOM);
	r->desk.budget.left = 100;
	assert_int_equal(body_new(&pool, &b), 0);
	assert_int_equal(body_append(b, text.p, text.len), 0);
	assert_int_equal(body_seal(b), 0);
	assert_int_equal(header_read(b, r->arena, &h), 0);
	r->desk.body = b;
	r->desk.header = &h;
	room_stage(r, ST_EOM);
	/* One queue for all fibers: the next TLS call would read it. */
	assert_int_equal(ERR_peek_error(), 0);
	r->desk.header = NULL;
	r->desk.body = NULL;
	body_free(&b);
}
