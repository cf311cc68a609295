/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * assemble: what a process runs with: settings, the vocabulary of facts, and
 * the policy, read and checked together.
 */
#ifndef DAEMON_ASSEMBLE_H
#define DAEMON_ASSEMBLE_H

#include "conf/generation.h"
#include "conf/settings.h"
#include "lang/diag.h"
#include "policy/policy.h"
#include "run/tls.h"

/* What is wanted besides the settings. */
enum {
	ASSEMBLE_POLICY = 1,
	ASSEMBLE_TLS    = 2      /* certificates and keys                   */
};

struct assembly {
	struct settings     *settings;
	struct vocabulary   *vocabulary;
	int                 *base;       /* of filters_declare              */
	const struct policy *policy;
	struct tls_pair     *pairs;      /* that are usable                 */
	size_t               pair_count;
};

/* The daemon's reader: shipped texts from the program, files of the site with
 * distrust (catalogue 115). Owner: static. */
struct reader *assemble_reader(void);

/*
 * Reads the configuration and all that it names, by this reader alone.
 * In: file, of the configuration; empty: the defaults alone. dir: everything
 * below this folder; empty: what the file says. parts: ASSEMBLE_*.
 * Owner: the arena; texts may be the reader's.
 * Returns 0, or -E_INVALID with the errors in the diagnostics (warnings may
 * be there in both cases). What is wrong with certificates alone is there as
 * errors too, and the call returns 0.
 */
int assemble(struct reader *, struct str file, struct str dir, unsigned parts,
    struct arena *, struct diagnostics *, struct assembly *);

/* Writes what the command line said into a generation to be, and the policy's
 * name and hash, for those who need no more of it; the same from a generation,
 * as it was checked. */
void assemble_record(struct recorder *, struct str file, struct str dir);
void assemble_record_policy(struct recorder *, const struct assembly *,
    struct arena *);
struct str assemble_policy_given(struct generation *, struct arena *);
int  assemble_given(struct generation *, unsigned parts, struct arena *,
    struct diagnostics *, struct assembly *);

#endif
