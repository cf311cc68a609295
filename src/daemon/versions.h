/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * versions: what is really running: ours, and the libraries as loaded.
 */
#ifndef DAEMON_VERSIONS_H
#define DAEMON_VERSIONS_H

#include "base/arena.h"

/* "libev 4.33, c-ares 1.18.1, ..."; one that is not loaded is left out.
 * With separator "," and between "=" it is one word for the log. */
struct str versions_loaded(struct arena *, const char *between,
    const char *separator);

/* The text of --version. */
struct str versions_text(struct arena *);

#endif
