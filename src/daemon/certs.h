/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * certs: from `tls` in the configuration to what sessions shake hands with.
 */
#ifndef DAEMON_CERTS_H
#define DAEMON_CERTS_H

#include "base/log.h"
#include "conf/generation.h"
#include "conf/settings.h"
#include "lang/diag.h"
#include "run/tls.h"

/*
 * Reads each pair that `tls` names and looks whether it is usable. One that
 * is not gives an error and is left out; an expired one, or one that will
 * within a week, a warning, and stays. Whether an error stops anything is the
 * caller's to decide: it never stops plain mail at a start (catalogue 71).
 * In: wall, today.
 * Owner: the arena; texts may be the reader's.
 * Returns 0, also when no pair is left.
 */
int certs_read(struct reader *, const struct settings *, usec_t wall,
    struct arena *, struct diagnostics *, struct tls_pair **pairs,
    size_t *count);

/* When no pair is left: makes one for the host's name, and has it in the
 * generation, so that all gates, also restarted ones, show the same.
 * Returns 0, -E_NOMEM. */
int certs_make(struct recorder *, const struct settings *, usec_t wall);

/* The one that was made, from a generation. Returns 0, or what the reader
 * says. */
int certs_made(struct reader *, struct arena *, struct tls_pair **pairs,
    size_t *count);

/* In: count 0: one is made here. NULL, and an event "tls" in the log, when
 * OpenSSL cannot start or wants none of them: then STARTTLS is not offered.
 * Owner: the caller, tls_server_free. */
struct tls_server *certs_server(const struct tls_pair *, size_t count,
    const struct settings *, usec_t wall, struct sink *);

#endif
