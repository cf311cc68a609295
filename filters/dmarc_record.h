/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dmarc_record: one DMARC policy record, as published.
 *
 * Source: RFC 9989 4.7, 4.8; 7489 6.3 for the records that are still around.
 */
#ifndef FILTERS_DMARC_RECORD_H
#define FILTERS_DMARC_RECORD_H

#include "base/arena.h"
#include "base/error.h"

#define DMARC_RECORD 4096   /* bytes; a longer one is none                 */

enum dmarc_policy { DP_NONE, DP_QUARANTINE, DP_REJECT, DP_UNSET };
enum dmarc_psd { PSD_U, PSD_N, PSD_Y };

struct dmarc_record {
	enum dmarc_policy p;         /* DP_NONE when it is missing          */
	enum dmarc_policy sp, np;    /* DP_UNSET when missing               */
	bool          is_dkim_strict, is_spf_strict;
	bool          is_testing;    /* t=y                                 */
	bool          is_useless;    /* p, sp or np is no policy, and nobody
	                                is named who would want reports: as
	                                if its domain had none (4.10.1)     */
	enum dmarc_psd psd;
	struct str    fo, rua, ruf;  /* as published; may be empty          */
};

/*
 * Reads a TXT record. Owner: fo, rua and ruf borrow from text.
 * Returns 0; -E_NOTFOUND: it does not begin as a DMARC record, so it is none;
 * -E_INVALID: it does, but is too long or says one thing twice.
 */
int dmarc_record_read(struct str text, struct dmarc_record *);

/* What it says, in one order and with defaults filled in, for reports:
 * "p=reject; sp=none; adkim=s; aspf=r; rua=mailto:a@b.test". Owner: the
 * arena. */
struct str dmarc_record_print(const struct dmarc_record *, struct arena *);

const char *dmarc_policy_word(enum dmarc_policy);

#endif
