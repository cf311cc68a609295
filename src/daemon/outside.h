/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outside: the real world: the system's clock and chance, the loop, and
 * DNS by c-ares.
 */
#ifndef DAEMON_OUTSIDE_H
#define DAEMON_OUTSIDE_H

#include "base/error.h"
#include "conf/settings.h"
#include "dns/ares.h"
#include "run/loop.h"
#include "run/world.h"

struct outside {
	struct world     world;
	struct loop     *loop;
	struct upstream *upstream;     /* NULL until outside_ask            */
};

/* In: the board and the log, which stay the caller's. Owner: the caller,
 * until outside_close; o must not move. */
void outside_open(struct outside *o, struct board *, struct sink *);

/* From now on DNS can be asked. Returns 0, -E_* with a fault. */
int  outside_ask(struct outside *, const struct resolver_conf *,
    struct fault *);

/* Who asks DNS on his own: no answer of before, no other's budget. */
struct asker {
	struct upstream *upstream;
	struct names    *names;
};

/* The same without a cache, and beside it. Owner: the caller, asker_close; the
 * asker may be zeroed or closed. */
int  outside_ask_anew(struct outside *, const struct resolver_conf *,
    struct asker *, struct fault *);
void asker_close(struct asker *);

/* Frees the store too. */
void outside_close(struct outside *);

#endif
