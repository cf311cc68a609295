/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_key: what DNS says about a key, checked against the signature that
 * wants it and printed anew for libopendkim.
 *
 * Source: RFC 6376 3.6.1, 3.6.2.2, 6.1.2; 8301 3.2; 8463 4.
 */
#ifndef FILTERS_DKIM_KEY_H
#define FILTERS_DKIM_KEY_H

#include "dns/ask.h"
#include "filters/dkim_sig.h"

#define DKIM_KEY_TEXT 4096      /* of a record; longer ones are refused    */
#define DKIM_BITS_LOW  1024     /* of an RSA key (RFC 8301 3.2)            */
#define DKIM_BITS_HIGH 4096

struct dkim_key {
	struct str text;         /* the record as we print it: no white
	                            space, no foreign tag, ends in a NUL    */
	bool       is_testing;   /* t=y                                     */
	unsigned   bits;         /* of the modulus; 256 for ed25519         */
};

/*
 * The one record among those of an answer that is a key record.
 * Owner: the arena. Returns NULL, or the reason (a literal) why the key does
 * not fit this signature; then *key is untouched.
 */
const char *dkim_key_choose(const struct answer *, const struct dkim_sig *,
    struct arena *, struct dkim_key *key);

/* The same for one record. */
const char *dkim_key_read(struct str record, const struct dkim_sig *,
    struct arena *, struct dkim_key *key);

#endif
