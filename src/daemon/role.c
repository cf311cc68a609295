/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * role - what a child is told and given at its start, and what it says.
 *
 * Called by: the supervisor's side (crew.c, supervisor.c) and each role.
 * Always holds: a child starts with exactly what its role needs, each thing
 * once, or not at all; what does not fit leaves no descriptor open
 * (catalogue 132).
 */
#include "config.h"

#include "daemon/role.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pack.h"

static const struct wire_type to_child[] = {
	[RW_HELLO] = { 12, 0, true },
	[RW_GIVE] = { 8, 1, true },
	[RW_GO] = { 0, 0, true },
	[RW_TABLES] = { 0, 2, true },
	[RW_ORDER] = { WIRE_BODY, 0, true },
};

static const struct wire_type to_parent[] = {
	[RW_READY] = { 0, 0, true },
	[RW_FAILED] = { WIRE_BODY, 0, true },
	[RW_MADE] = { 0, 2, true },
};

const struct wire_protocol role_to_child = { to_child, COUNT(to_child) };
const struct wire_protocol role_to_parent = { to_parent, COUNT(to_parent) };

static const char *const words[ROLE_COUNT] = {
	[ROLE_CHECKER] = "checker", [ROLE_GATE] = "gate", [ROLE_POOL] = "pool",
	[ROLE_KEEPER] = "keeper",
};

const char *
role_word(enum role role)
{
	return words[role];
}

enum role
role_of(struct str word)
{
	enum role role;

	for (role = 0; role < ROLE_COUNT; role++)
		if (str_eq(word, str_of(words[role])))
			break;
	return role;
}

/* --- what was given ------------------------------------------------------- */

static void
given_nothing(struct given *g)
{
	size_t i;

	*g = (struct given){ .role = ROLE_COUNT, .board = -1, .log = -1,
		.open = -1, .secret = -1, .control = -1 };
	for (i = 0; i < COUNT(g->listeners); i++)
		g->listeners[i] = -1;
	for (i = 0; i < COUNT(g->jobs); i++)
		g->jobs[i] = g->questions[i] = -1;
}

/* Where a gift goes; NULL: there is no such place. */
static int *
given_slot(struct given *g, uint32_t what, uint32_t index)
{
	const struct { int *slots; size_t count; } places[GIFT_COUNT] = {
		[GIFT_BOARD] = { &g->board, 1 },
		[GIFT_LOG] = { &g->log, 1 },
		[GIFT_OPEN] = { &g->open, 1 },
		[GIFT_SECRET] = { &g->secret, 1 },
		[GIFT_LISTENER] = { g->listeners, COUNT(g->listeners) },
		[GIFT_JOBS] = { g->jobs, COUNT(g->jobs) },
		[GIFT_QUESTIONS] = { g->questions, COUNT(g->questions) },
		[GIFT_CONTROL] = { &g->control, 1 },
	};

	return what < GIFT_COUNT && index < places[what].count ?
	    &places[what].slots[index] : NULL;
}

static void
close_all(int *fds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
		fds[i] = -1;
	}
}

void
role_forget(struct given *g)
{
	close_all(&g->board, 1);
	close_all(&g->log, 1);
	close_all(&g->open, 1);
	close_all(&g->secret, 1);
	close_all(&g->control, 1);
	close_all(g->listeners, COUNT(g->listeners));
	close_all(g->jobs, COUNT(g->jobs));
	close_all(g->questions, COUNT(g->questions));
	free(g->texts);
	g->texts = NULL;
	g->file = g->dir = (struct str){ 0 };
}

/* Whether a process of this role can work with that. */
static bool
given_is_enough(const struct given *g)
{
	switch (g->role) {
	case ROLE_CHECKER:
		return g->texts != NULL;
	case ROLE_GATE: case ROLE_KEEPER:
		return g->board >= 0 && g->open >= 0 && g->secret >= 0;
	case ROLE_POOL:
		return g->board >= 0 && g->open >= 0 &&
		    g->jobs[g->owner] >= 0 && g->questions[g->owner] >= 0;
	case ROLE_COUNT:
		break;
	}
	return false;
}

/* --- taking it ------------------------------------------------------------ */

static int
take_hello(struct given *g, struct message *m)
{
	struct unpack u = { .rest = m->body };
	uint32_t role = unpack_u32(&u), row = unpack_u32(&u);
	uint32_t owner = unpack_u32(&u);

	if (!unpack_end(&u) || g->role != ROLE_COUNT || role >= ROLE_COUNT ||
	    owner >= ROLE_OWNERS)
		return -E_INVALID;
	g->role = (enum role)role;
	g->row = row;
	g->owner = owner;
	return 0;
}

static int
take_gift(struct given *g, struct message *m)
{
	struct unpack u = { .rest = m->body };
	uint32_t what = unpack_u32(&u), index = unpack_u32(&u);
	int *slot = given_slot(g, what, index);

	if (!unpack_end(&u) || slot == NULL || *slot >= 0)
		return -E_INVALID;
	*slot = m->fds[0];
	m->fd_count = 0;
	return 0;
}

/* Both texts end in NUL, since they become names of files. */
static int
take_order(struct given *g, struct message *m)
{
	struct unpack u = { .rest = m->body };
	uint32_t is_first = unpack_u32(&u);
	struct str file = unpack_str(&u), dir = unpack_str(&u);
	char *texts;

	if (!unpack_end(&u) || is_first > 1 || g->texts != NULL ||
	    str_find(file, '\0') < file.len || str_find(dir, '\0') < dir.len)
		return -E_INVALID;
	texts = calloc(1, file.len + dir.len + 2);
	must(texts != NULL);
	if (file.len > 0)
		memcpy(texts, file.p, file.len);
	if (dir.len > 0)
		memcpy(texts + file.len + 1, dir.p, dir.len);
	g->texts = texts;
	g->file = (struct str){ texts, file.len };
	g->dir = (struct str){ texts + file.len + 1, dir.len };
	g->is_first = is_first == 1;
	return 0;
}

/* One message before RW_GO; the role comes first. */
static int
take(struct given *g, struct message *m)
{
	if (m->type == RW_HELLO)
		return take_hello(g, m);
	if (g->role == ROLE_COUNT)
		return -E_INVALID;
	if (m->type == RW_GIVE)
		return take_gift(g, m);
	if (m->type == RW_ORDER && g->role == ROLE_CHECKER)
		return take_order(g, m);
	return -E_INVALID;
}

int
role_receive(int fd, struct given *out)
{
	char *room = malloc(WIRE_ROOM);
	struct message m;
	struct given g;
	int rc;

	must(room != NULL);
	given_nothing(&g);
	while ((rc = wire_recv(fd, &role_to_child, room, &m)) == 0 &&
	    m.type != RW_GO) {
		rc = take(&g, &m);
		wire_discard(&m);
		if (rc != 0)
			break;
	}
	free(room);
	if (rc == 0 && !given_is_enough(&g))
		rc = -E_INVALID;
	if (rc != 0)
		role_forget(&g);
	else
		*out = g;
	return rc == 0 || rc == -E_EOF ? rc : -E_INVALID;
}

/* --- saying it ------------------------------------------------------------ */

/* In: packed, what pack_* returned for the body, which is freed here. */
static int
say(int fd, enum role_word type, struct buf *body, int packed, int what)
{
	struct message m = { .type = type, .body = buf_str(body) };
	int rc = packed;

	if (what >= 0)
		m.fds[m.fd_count++] = what;
	if (rc == 0)
		rc = wire_send(fd, &m);
	buf_free(body);
	return rc;
}

int
role_ready(int fd)
{
	const struct message m = { .type = RW_READY };

	return wire_send(fd, &m);
}

/* Cut at the end of a line where there is one. */
int
role_failed(int fd, int status, struct str text)
{
	struct buf body = BUF_INIT(WIRE_BODY);
	const size_t most = WIRE_BODY - 8;
	int rc = pack_u32(&body, (uint32_t)status);

	if (text.len > most) {
		text = str_sub(text, 0, most);
		if (str_find_last(text, '\n') < text.len)
			text = str_sub(text, 0,
			    str_find_last(text, '\n') + 1);
	}
	if (rc == 0)
		rc = pack_str(&body, text);
	return say(fd, RW_FAILED, &body, rc, -1);
}

int
role_made(int fd, int open, int secret)
{
	const struct message m = { .type = RW_MADE, .fds = { open, secret },
		.fd_count = 2 };

	return wire_send(fd, &m);
}

int
role_give(int fd, enum gift gift, size_t index, int what)
{
	struct buf body = BUF_INIT(WIRE_BODY);
	int rc = pack_u32(&body, gift);

	if (rc == 0)
		rc = pack_u32(&body, (uint32_t)index);
	return say(fd, RW_GIVE, &body, rc, what);
}

int
role_hello(int fd, enum role role, unsigned row, unsigned owner)
{
	struct buf body = BUF_INIT(WIRE_BODY);
	int rc = pack_u32(&body, role);

	if (rc == 0)
		rc = pack_u32(&body, row);
	if (rc == 0)
		rc = pack_u32(&body, owner);
	return say(fd, RW_HELLO, &body, rc, -1);
}

int
role_order(int fd, unsigned row, bool is_first, struct str file,
    struct str dir)
{
	const struct message go = { .type = RW_GO };
	struct buf body = BUF_INIT(WIRE_BODY);
	int rc = pack_u32(&body, is_first);

	if (rc == 0)
		rc = pack_str(&body, file);
	if (rc == 0)
		rc = pack_str(&body, dir);
	if (rc == 0)
		rc = role_hello(fd, ROLE_CHECKER, row, 0);
	rc = say(fd, RW_ORDER, &body, rc, -1);
	return rc != 0 ? rc : wire_send(fd, &go);
}
