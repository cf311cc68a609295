/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy_world: a small vocabulary, policies written in the test, facts by
 * name. For the tests of policy/.
 */
#ifndef TESTS_POLICY_WORLD_H
#define TESTS_POLICY_WORLD_H

#include "policy/lines.h"

enum { PW_NOW, PW_IP, PW_NAME, PW_EARLY, PW_GENERIC, PW_FCRDNS, PW_COUNTED,
	PW_IGNORANT, PW_HELO, PW_MAIL, PW_RECORD, PW_LATE, PW_MISSING,
	PW_DOMAINS, PW_FACTS };

struct policy_world {
	struct arena       *arena;
	struct vocabulary  *vocabulary;
	struct diagnostics *diag;
};

void world_open(struct policy_world *);
void world_close(struct policy_world *);

/* A text becomes a policy; files may be given as name, text, ..., NULL; the
 * policy itself is the first, the folders are "site" and "rules", for secrets
 * "secrets" and "systemd". A file with the text WORLD_DENIED cannot be read.
 * NULL when it has errors (in diag). */
#define WORLD_DENIED "(denied)"
const struct policy *world_policy(struct policy_world *, const char *text,
    ...) __attribute__((sentinel));

/* The description of a list; NULL when it has errors (in diag). The second
 * does not come back then. */
struct list *world_list(struct policy_world *, const char *text);
struct list *world_good_list(struct policy_world *, const char *text);

/* One fact by name: "early" (true), "not early", "fcrdns=pass",
 * "counted=2.5", "client.ip=192.0.2.1", "dkim.domains=a.test,b.test",
 * "early?" (unknown), "la.x??" (unknown,
 * gone), "early..." (pending), "early-" (absent),
 * "dkim.domains=a.test,?" (partial). Several separated by spaces. */
void world_set(struct policy_world *, struct facts *, const char *what);

/* All facts of stages up to this one absent, all later ones later. */
struct facts *world_facts(struct policy_world *, enum stage);

#endif
