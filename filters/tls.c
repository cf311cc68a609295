/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls - is the session encrypted, and how?
 *
 * Stated at HELO: STARTTLS makes a client say EHLO again, so the facts of
 * the last one hold for the mail. In clear version and cipher are absent.
 *
 * Called by: filters/check.c.
 * Source: RFC 3207 4.2. KNOWN GAPS: whom the client asked for (SNI) is no
 * fact.
 */
#include "config.h"

#include "filters/filters.h"

enum { TLS, TLS_VERSION, TLS_CIPHER };

static const char *const versions[] = { "TLSv1", "TLSv1.1", "TLSv1.2",
	"TLSv1.3", NULL };

static const struct fact_decl facts[] = {
	[TLS]     = { "tls", FT_TRUTH, ST_HELO, FAM_NONE, NULL, NULL, 0,
	              "The session is encrypted." },
	[TLS_VERSION] = { "tls.version", FT_WORD, ST_HELO, FAM_NONE, versions,
	              NULL, 0, "The version of TLS." },
	[TLS_CIPHER]  = { "tls.cipher", FT_TEXT, ST_HELO, FAM_NONE, NULL, NULL, 0,
	              "Its cipher, by OpenSSL's name: "
	              "TLS_AES_256_GCM_SHA384." },
};

static int
now_helo(struct check *c)
{
	const struct tls_facts *tls = check_tls(c);
	int i;

	fact_truth(c, TLS, tls->version.len > 0);
	if (tls->version.len == 0)
		return 0;
	for (i = 0; versions[i] != NULL; i++)
		if (str_eq(tls->version, str_of(versions[i])))
			fact_word(c, TLS_VERSION, i);
	fact_text(c, TLS_CIPHER, tls->cipher);
	return 0;
}

const struct filter filter_tls = {
	.name = "tls",
	.facts = facts, .fact_count = COUNT(facts),
	.now = { [ST_HELO] = now_helo },
};
