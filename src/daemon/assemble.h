/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * assemble: what a process runs with: settings, the vocabulary of facts, and
 * the policy, read and checked together.
 */
#ifndef DAEMON_ASSEMBLE_H
#define DAEMON_ASSEMBLE_H

#include "conf/settings.h"
#include "lang/diag.h"
#include "policy/policy.h"

struct assembly {
	struct settings     *settings;
	struct vocabulary   *vocabulary;
	int                 *base;       /* of filters_declare              */
	const struct policy *policy;
};

/*
 * Reads the configuration and all that it names.
 * In: file, of the configuration; empty: the defaults alone. dir: everything
 * below this folder; empty: what the file says. with_policy false: settings
 * only.
 * Owner: the arena, but for tables of the policy, which live with the
 * process.
 * Returns 0, or -E_INVALID with the errors in the diagnostics (warnings may
 * be there in both cases).
 */
int assemble(struct str file, struct str dir, bool with_policy,
    struct arena *, struct diagnostics *, struct assembly *);

#endif
