/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_sig - reads a DKIM-Signature field and refuses what is no signature.
 *
 * Called by: dkim.c, for each such field, before anything is asked or hashed.
 * Always holds: a signature that is left undecided (DR_NONE) has every tag
 * that RFC 6376 requires, each once and in its grammar; signs From; has a
 * domain with a dot, and an identity in or below it; and an algorithm that
 * may still be trusted.
 * Source: RFC 6376 3.5, 6.1.1; 8301 3.1; 8463 3; catalogue 84-87, 90, 91.
 * KNOWN GAPS: keywords are compared with case (RFC 6376 3.2), although their
 * ABNF would let "Relaxed" pass. A quoted "@" in i= is read here, but
 * libopendkim looks for the first "@" and refuses the signature. z= is
 * never looked at.
 */
#include "config.h"

#include "base/name.h"
#include "filters/dkim_sig.h"

#define SIGNATURE_MAX 512       /* bytes of b=: RSA with 4096 bits         */
#define HASH_SIZE     32        /* of SHA-256                              */
#define DIGITS_MAX    76        /* of l=                                   */
#define TIME_DIGITS   12        /* of t=, x=                               */

/* What reads one tag: NULL, or the reason why there is no signature. */
struct reading {
	struct dkim_sig *sig;
	struct arena    *arena;
};

/* The signature may be good, but we cannot tell. */
static const char *
unknown(struct reading *r, const char *reason)
{
	r->sig->result = DR_NEUTRAL;
	return reason;
}

/* A later version may mean anything by its other tags. */
static const char *
read_version(struct reading *r, struct str v)
{
	if (str_eq(v, STR("1")))
		return NULL;
	return unknown(r, "unknown version");
}

/* RFC 8301 3.1: rsa-sha1 has failed for good. */
static const char *
read_algorithm(struct reading *r, struct str v)
{
	r->sig->algorithm = dkim_squeeze(v, r->arena);
	if (str_eq(v, STR("rsa-sha1")))
		return "rsa-sha1 is not trusted any more";
	r->sig->is_ed25519 = str_eq(v, STR("ed25519-sha256"));
	if (!r->sig->is_ed25519 && !str_eq(v, STR("rsa-sha256")))
		return unknown(r, "unknown algorithm");
	return NULL;
}

/* Verified by the library; here only that there is something to verify. */
static const char *
read_value(struct reading *r, struct str v)
{
	struct str bytes;

	r->sig->value = dkim_squeeze(v, r->arena);
	if (base64_read(v, SIGNATURE_MAX, r->arena, &bytes) != 0)
		return "b= is no signature";
	return NULL;
}

static const char *
read_hash(struct reading *r, struct str v)
{
	struct str bytes;

	if (base64_read(v, HASH_SIZE, r->arena, &bytes) != 0 ||
	    bytes.len != HASH_SIZE)
		return "bh= is no hash";
	return NULL;
}

static bool
is_canon(struct str v)
{
	return str_eq(v, STR("simple")) || str_eq(v, STR("relaxed"));
}

/* "simple" or "relaxed", for the header, then perhaps "/" and for the body. */
static const char *
read_canon(struct reading *r, struct str v)
{
	struct str header = str_split(&v, '/');

	if (!is_canon(header) || (v.p != NULL && !is_canon(v)))
		return unknown(r, "unknown canonicalization");
	r->sig->is_relaxed = str_eq(v, STR("relaxed"));
	return NULL;
}

/* domain-name = sub-domain 1*("." sub-domain): no dot at the end, and no
 * top-level domain signs for those below it (catalogue 90). */
static const char *
read_domain(struct reading *r, struct str v)
{
	if (!name_is_domain(v))
		return "d= is no domain";
	r->sig->domain = name_normal(r->arena, v);
	return NULL;
}

/* selector = sub-domain *( "." sub-domain ) */
static const char *
read_selector(struct reading *r, struct str v)
{
	if (!name_is_host(v))
		return "s= is no selector";
	r->sig->selector = name_normal(r->arena, v);
	return NULL;
}

/* ftext without ";" = %d33-57 / %d60-126 */
static bool
is_field_name(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] < 33 || s.p[i] > 126 || s.p[i] == ';')
			return false;
	return s.len > 0;
}

/* hdr-name *( [FWS] ":" [FWS] hdr-name ), with From among them */
static const char *
read_names(struct reading *r, struct str v)
{
	bool has_from = false;
	struct str name;
	size_t n = 0;

	r->sig->names = v;
	do {
		name = dkim_entry(&v);
		if (!is_field_name(name))
			return "h= is no list of fields";
		if (++n > DKIM_NAMES)
			return "h= names too many fields";
		has_from |= str_eq_case(name, STR("from"));
		r->sig->signs_signatures |=
		    str_eq_case(name, STR("dkim-signature"));
	} while (v.p != NULL);
	return has_from ? NULL : "From is not signed";
}

/* [ Local-part ] "@" domain-name; a quoted local part may hold "@". */
static const char *
read_identity(struct reading *r, struct str v)
{
	struct str domain;
	size_t at;

	v = dkim_squeeze(v, r->arena);
	at = str_find_last(v, '@');
	if (at == v.len)
		return "i= is no identity";
	domain = str_from(v, at + 1);
	if (!name_is_domain(domain))
		return "i= is no identity";
	r->sig->identity = v;
	r->sig->identity_domain = name_normal(r->arena, domain);
	return NULL;
}

static bool
read_digits(struct str v, size_t max, uint64_t *number)
{
	return v.len <= max && str_number(v, INT64_MAX, number) == 0;
}

/* Against the body it is held by dkim_verify.c. */
static const char *
read_length(struct reading *r, struct str v)
{
	r->sig->has_length = true;
	return read_digits(v, DIGITS_MAX, &r->sig->length) ? NULL :
	    "l= is no length";
}

/* Whether it lies in the future is the library's to say: it has a clock. */
static const char *
read_since(struct reading *r, struct str v)
{
	r->sig->has_since = true;
	return read_digits(v, TIME_DIGITS, &r->sig->since) ? NULL :
	    "t= is no time";
}

static const char *
read_until(struct reading *r, struct str v)
{
	r->sig->has_until = true;
	return read_digits(v, TIME_DIGITS, &r->sig->until) ? NULL :
	    "x= is no time";
}

/* A list of methods in the order of preference; ours must be among them. */
static const char *
read_query(struct reading *r, struct str v)
{
	if (dkim_entries_have(v, STR("dns/txt")))
		return NULL;
	return unknown(r, "unknown query method");
}

/* RFC 6376 3.5. The first one that is wrong gives the reason. */
static const struct {
	struct str  name;
	const char *missing;    /* NULL: it may be missing                  */
	const char *(*read)(struct reading *, struct str);
} rows[] = {
	{ { "v", 1 }, "v= is missing", read_version },
	{ { "d", 1 }, "d= is missing", read_domain },
	{ { "s", 1 }, "s= is missing", read_selector },
	{ { "i", 1 }, NULL, read_identity },
	{ { "b", 1 }, "b= is missing", read_value },
	{ { "a", 1 }, "a= is missing", read_algorithm },
	{ { "bh", 2 }, "bh= is missing", read_hash },
	{ { "c", 1 }, NULL, read_canon },
	{ { "h", 1 }, "h= is missing", read_names },
	{ { "l", 1 }, NULL, read_length },
	{ { "q", 1 }, NULL, read_query },
	{ { "t", 1 }, NULL, read_since },
	{ { "x", 1 }, NULL, read_until },
};

/* All of them, so that what could be read is there to be shown. */
static const char *
read_all(struct reading *r, const struct dkim_tags *tags)
{
	const char *first = NULL, *reason;
	enum dkim_result result = DR_NONE;
	const struct str *value;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		value = dkim_tags_find(tags, rows[i].name);
		r->sig->result = DR_PERMERROR;
		reason = value == NULL ? rows[i].missing :
		    rows[i].read(r, *value);
		if (reason == NULL || first != NULL)
			continue;
		first = reason;
		result = r->sig->result;
	}
	r->sig->result = result;
	return first;
}

/* What two tags say together. */
static const char *
read_pairs(const struct dkim_sig *sig)
{
	if (!name_is_below(sig->identity_domain, sig->domain))
		return "i= is not in d=";
	if (sig->has_since && sig->has_until && sig->until <= sig->since)
		return "x= is not after t=";
	return NULL;
}

void
dkim_sig_read(struct str value, struct arena *a, struct dkim_sig *sig)
{
	struct dkim_tags *tags = arena_alloc(a, sizeof *tags);
	struct reading r = { .sig = sig, .arena = a };

	*sig = (struct dkim_sig){ .result = DR_PERMERROR };
	switch (dkim_tags_read(value, tags)) {
	case 0:
		sig->reason = read_all(&r, tags);
		break;
	case -E_EXISTS:
		sig->reason = "a tag stands twice";
		return;
	default:
		sig->reason = "syntax error";
		return;
	}
	if (sig->reason != NULL)
		return;
	if (sig->identity.len == 0)
		sig->identity_domain = sig->domain;
	sig->reason = read_pairs(sig);
	if (sig->reason != NULL)
		sig->result = DR_PERMERROR;
}
