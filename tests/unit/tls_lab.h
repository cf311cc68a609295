/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates on order and two ends that shake hands, for tests of TLS.
 */
#ifndef TLS_LAB_H
#define TLS_LAB_H

#include "run/tls.h"

/* What a certificate shall be. Zero: P-256, valid 2020 to 2040, no names. */
struct tls_order {
	const char *names;      /* DNS names with spaces between; NULL: none */
	const char *cn;
	int         rsa;        /* bits; 0: an elliptic curve               */
	const char *curve;      /* NULL: P-256; "ED25519" too               */
	usec_t      from, until;
};

/* Owner: the arena. */
struct tls_pair tls_lab_pair(const struct tls_order *, struct arena *);

#endif
