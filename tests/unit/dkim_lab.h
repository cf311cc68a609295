/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signer for tests, written from RFC 6376 alone: it shares no line with
 * what it tests. It signs whatever it is told to, good or bad.
 */
#ifndef UNIT_DKIM_LAB_H
#define UNIT_DKIM_LAB_H

#include "tests/unit/desk.h"

enum lab_key { LAB_512, LAB_1024, LAB_2048, LAB_4096, LAB_ED, LAB_KEYS };

#define LAB_NOW 1795478400      /* 2026-11-24 00:00 UTC: what time() says  */

/*
 * A DKIM-Signature field with its CR LF. In tags "$bh" and "$b" are replaced;
 * a, c, h and l are looked at, all else is the caller's business. A body hash
 * or a signature that stands there already is left alone.
 */
struct str lab_sign(struct arena *, enum lab_key, const char *tags,
    struct str header, struct str body);

/*
 * What a signature covers of a message that begins with it: its own field,
 * the fields named, the body, all in canonical form.
 */
struct str lab_covered(struct arena *, const char *c, const char *names,
    struct str message);

/* What stands in DNS: "v=DKIM1;k=rsa;p=..." */
const char *lab_record(struct arena *, enum lab_key);

/* The key alone, in base64: SubjectPublicKeyInfo or, bare, RSAPublicKey. */
const char *lab_public(struct arena *, enum lab_key, bool is_bare);

/* Header and body of a message with CR LF at all ends. */
struct str lab_join(struct arena *, struct str, struct str);
#define LAB_ADD(a, one, two) lab_join(a, one, str_of(two))

/*
 * A room whose clock says LAB_NOW. Only the dkim filter's facts matter.
 * lab_close before the next one is opened.
 */
void lab_open(struct room *, const struct row *);
void lab_open_lists(struct room *, const struct row *, const char *lists);
void lab_close(struct room *);

/* One message through the checks of ST_EOM. */
void lab_message(struct room *, struct str text);

#endif
