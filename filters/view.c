/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * view - what a check may look at, and the results that it gives for
 * Authentication-Results.
 *
 * Called by: the filters, through filter.h; smtp/judge.c, which collects the
 * results once a message is to be kept.
 * Always holds: results lie with the run of their stage and end with it; a
 * message's From is parsed at most once, whoever asks for it.
 */
#include "config.h"

#include "filters/inside.h"
#include "mail/auth.h"
#include "policy/health.h"
#include "run/board.h"

const struct client *
check_client(const struct check *c)
{
	return &c->desk->client;
}

struct str
check_helo(const struct check *c)
{
	return c->desk->helo;
}

const struct tls_facts *
check_tls(const struct check *c)
{
	return &c->desk->tls;
}

const struct path *
check_sender(const struct check *c)
{
	return c->desk->sender;
}

const struct path *
check_rcpt(const struct check *c)
{
	return c->desk->rcpt;
}

const struct body *
check_body(const struct check *c)
{
	return c->desk->body;
}

const struct header *
check_header(const struct check *c)
{
	return c->desk->header;
}

struct str
check_host(const struct check *c)
{
	return c->desk->host;
}

usec_t
check_moment(const struct check *c)
{
	return c->moment;
}

usec_t
check_date(const struct check *c)
{
	return world_wall(c->desk->world);
}

bool
check_is_ours(const struct check *c, struct str domain)
{
	size_t i;

	if (name_eq(domain, c->desk->host))
		return true;
	for (i = 0; i < c->desk->ours_count; i++)
		if (name_eq(domain, c->desk->ours[i]))
			return true;
	return false;
}

/* Made when first asked for: most stages need none. */
struct arena *
check_arena(struct check *c)
{
	if (c->run->scratch == NULL)
		c->run->scratch = arena_new(0);
	return c->run->scratch;
}

enum stage
check_stage(const struct check *c)
{
	return c->run->stage;
}

struct list *const *
check_lists(const struct check *c, size_t *count)
{
	*count = c->desk->list_count;
	return c->desk->lists;
}

/* BOARD_LISTS: nobody looks after it, so nobody believes it. */
static unsigned
slot_of(const struct check *c, const struct list *l, enum list_kind kind)
{
	return c->desk->slots[(unsigned)l->number * LK_COUNT + kind];
}

struct belief
check_belief(const struct check *c, const struct list *l, enum list_kind kind)
{
	const struct board *b = c->desk->world->board;
	unsigned slot;

	if (c->desk->slots == NULL)
		return (struct belief){ .is_asked = true, .in_hits = true };
	slot = slot_of(c, l, kind);
	if (slot == BOARD_LISTS)
		return (struct belief){ .why = WHY_HEALTH };
	return belief_of(board_list_word(b, slot),
	    board_list_renewed(b, slot), c->moment);
}

static void
look_for_jump(struct board *b, unsigned slot, uint64_t last)
{
	uint64_t word = board_list_word(b, slot), other;

	if (!belief_is_jump(last, belief_unpack(word).baseline))
		return;
	other = belief_suspect(word);
	if (other != word)
		(void)board_list_swap(b, slot, word, other);
}

void
check_heard(struct check *c, const struct list *l, enum list_kind kind,
    enum heard heard, usec_t took)
{
	struct board *b = c->desk->world->board;
	bool is_listed = heard == HEARD_LISTED;
	unsigned slot;

	if (c->desk->slots == NULL)
		return;
	slot = slot_of(c, l, kind);
	if (slot == BOARD_LISTS)
		return;
	health_heard(b, c->desk->row, slot, heard, took);
	if (is_listed || heard == HEARD_CLEAN)
		look_for_jump(b, slot, board_list_saw(b, slot, is_listed));
}

void
check_left(struct check *c, const struct list *l, enum list_kind kind)
{
	unsigned slot = c->desk->slots == NULL ? BOARD_LISTS :
	    slot_of(c, l, kind);

	if (slot < BOARD_LISTS)
		board_list_count(c->desk->world->board, c->desk->row, slot,
		    LS_ASKED, 1);
}

const struct authors *
check_authors(struct check *c)
{
	struct stage_run *run = c->run;

	must(run->stage == ST_EOM);
	if (c->desk->header == NULL)
		return NULL;
	if (run->authors == NULL) {
		run->authors = arena_alloc(run->arena, sizeof *run->authors);
		authors_read(c->desk->header, run->arena, run->authors);
	}
	return run->authors;
}

/* ------------------------------------------------------------------------
 * Authentication-Results.
 */

void
auth_result(struct check *c, struct str resinfo)
{
	struct auth_note *note = arena_alloc(c->run->arena, sizeof *note);
	struct auth_note **at;

	note->filter = c->filter;
	note->text = arena_str(c->run->arena, resinfo);
	for (at = &c->run->notes; *at != NULL; at = &(*at)->next)
		continue;
	*at = note;
}

static size_t
count_notes(const struct stage_run *const runs[], size_t n)
{
	const struct auth_note *note;
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		for (note = runs[i]->notes; note != NULL; note = note->next)
			count++;
	return count;
}

/* Those of one filter. */
static size_t
take_notes(const struct stage_run *const runs[], size_t n,
    const struct filter *filter, struct str *out)
{
	const struct auth_note *note;
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		for (note = runs[i]->notes; note != NULL; note = note->next)
			if (note->filter == filter)
				out[count++] = note->text;
	return count;
}

size_t
desk_results(const struct stage_run *const runs[], size_t n,
    struct arena *arena, struct str **results)
{
	size_t i, at = 0, count = count_notes(runs, n);

	*results = arena_array(arena, count, sizeof **results);
	for (i = 0; i < filters_count(); i++)
		at += take_notes(runs, n, filters_all[i], *results + at);
	must(at == count);
	return count;
}
