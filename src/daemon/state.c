/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state - what the daemon tells of itself.
 *
 * Called by: the supervisor, its children's keeper, the gate.
 */
#include "config.h"

#include "daemon/state.h"

#include <unistd.h>

#include "daemon/versions.h"

static void
begin(struct event *e, enum level level, const char *name, const char *state)
{
	event_open(e, level, "state");
	event_word(e, "name", str_of(name));
	event_word(e, "state", str_of(state));
}

void
state_tell(struct sink *log, const char *name, const char *state)
{
	struct event e;

	begin(&e, LOG_MARK, name, state);
	event_send(&e, log);
}

void
state_complain(struct sink *log, const char *name, const char *state,
    struct str why)
{
	struct event e;

	begin(&e, LOG_ERROR, name, state);
	event_text(&e, "why", why);
	event_send(&e, log);
}

/* "127.0.0.1:2525,[::1]:2525" */
static struct str
listens_text(const struct settings *conf, struct arena *arena)
{
	struct str all = STR("");
	char text[ENDPOINT_TEXT];
	size_t i, n;

	for (i = 0; i < conf->listen_count; i++) {
		n = endpoint_print(conf->listens[i].at, text);
		all = arena_printf(arena, "%.*s%s%.*s", STR_ARG(all),
		    i > 0 ? "," : "", (int)n, text);
	}
	return all;
}

void
state_serving(struct sink *log, const char *state,
    const struct settings *conf, struct str policy, struct arena *arena)
{
	struct event e;

	begin(&e, LOG_MARK, "posternd", state);
	event_word(&e, "version", STR(PACKAGE_VERSION));
	event_number(&e, "pid", getpid());
	event_word(&e, "listen", listens_text(conf, arena));
	event_text(&e, "policy", policy);
	event_word(&e, "loaded", versions_loaded(arena, "-", ","));
	event_send(&e, log);
}
