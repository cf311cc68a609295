/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * message - composes what a client sends.
 *
 * Called by: sim/scene.c, sim/peer.c; tools/send.c.
 */
#include <string.h>

#include "sim/message.h"

/* Whether one of these header lines has this name. */
static bool
has_field(struct str header, const char *name)
{
	struct str line, field;

	while (header.len > 0) {
		line = str_split(&header, '\n');
		field = str_trim(str_sub(line, 0, str_find(line, ':')));
		if (str_eq_case(field, str_of(name)))
			return true;
	}
	return false;
}

struct str
message_compose(const struct message *m, struct arena *a)
{
	const struct { const char *name; struct str value; } fields[] = {
		{ "From", m->from }, { "To", m->to }, { "Date", m->date },
		{ "Message-ID", m->id }, { "Subject", m->subject },
	};
	struct str text = m->header;
	size_t i;

	for (i = 0; i < COUNT(fields) && !m->is_bare; i++)
		if (!has_field(m->header, fields[i].name))
			text = arena_printf(a, "%.*s%s: %.*s\r\n",
			    STR_ARG(text), fields[i].name,
			    STR_ARG(fields[i].value));
	return arena_printf(a, "%.*s\r\n%.*s", STR_ARG(text),
	    STR_ARG(m->body));
}

struct str
message_lines(struct str text, struct arena *a)
{
	char *out = arena_alloc(a, 2 * text.len + 3);
	size_t i, n = 0;

	for (i = 0; i < text.len; i++) {
		if (text.p[i] == '\n' && (n == 0 || out[n - 1] != '\r'))
			out[n++] = '\r';
		out[n++] = text.p[i];
	}
	if (n > 0 && out[n - 1] != '\n') {
		out[n++] = '\r';
		out[n++] = '\n';
	}
	return (struct str){ out, n };
}

struct str
message_stuffed(struct str text, struct arena *a)
{
	char *out = arena_alloc(a, 2 * text.len + 6);
	bool at_start = true;
	size_t i, n = 0;

	for (i = 0; i < text.len; i++) {
		if (at_start && text.p[i] == '.')
			out[n++] = '.';
		out[n++] = text.p[i];
		at_start = text.p[i] == '\n';
	}
	memcpy(out + n, at_start ? ".\r\n" : "\r\n.\r\n",
	    at_start ? 3 : 5);
	return (struct str){ out, n + (at_start ? 3 : 5) };
}
