/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zone_words - the words of a statement of scripted DNS.
 *
 * Called by: zone_read.c.
 * Always holds: a function that returns false has complained, and r->at is
 * where the complaint points.
 */
#include "sim/zone_words.h"

#include "dns/wire_name.h"
#include "lang/value.h"

/* The word or string that comes, or NULL. */
const struct node *
words_peek(const struct line_reader *r)
{
	const struct node *n;

	if (r->at >= r->stmt->count)
		return NULL;
	n = &r->stmt->nodes[r->at];
	return n->kind == ND_WORD || n->kind == ND_STRING ? n : NULL;
}

bool
words_next_is(const struct line_reader *r, const char *word)
{
	const struct node *n = words_peek(r);

	return n != NULL && n->kind == ND_WORD && str_eq(n->text, str_of(word));
}

/* Where a complaint about what comes belongs. */
static struct place
here(const struct line_reader *r)
{
	size_t last = r->stmt->count - 1;

	return r->stmt->nodes[r->at < last ? r->at : last].place;
}

void
words_complain(struct line_reader *r, const char *code, const char *remedy,
    const char *what)
{
	diag_add(r->zones->diag, DG_ERROR, code, here(r), remedy, "%s", what);
}

/* The same; the word that comes may be a slip of one of these. */
void
words_complain_near(struct line_reader *r, const char *code, const char *what,
    const char *const *words, size_t count)
{
	const struct node *n = words_peek(r);
	const char *near;

	near = n == NULL ? NULL : diag_nearest(n->text, words, count);
	if (near != NULL)
		near = arena_printf(r->zones->arena, "did you mean %s?",
		    near).p;
	words_complain(r, code, near, what);
}

/* Nothing may be left. */
bool
words_end(struct line_reader *r)
{
	if (r->at == r->stmt->count)
		return true;
	words_complain(r, "P0420", NULL, "nothing may follow here");
	return false;
}

bool
words_ip(struct line_reader *r, struct ip *ip)
{
	const struct node *n = words_peek(r);

	if (n == NULL || ip_parse(n->text, ip) != 0) {
		words_complain(r, "P0413", NULL, "an address is wanted here");
		return false;
	}
	r->at++;
	return true;
}

/* A whole name, in the text that DNS gives back. */
bool
words_name_of(struct line_reader *r, struct str text, struct str *name)
{
	uint8_t wire[WIRE_NAME];

	if (wire_name_of(text, wire) < 0) {
		words_complain(r, "P0415", NULL,
		    "no name that DNS could carry");
		return false;
	}
	*name = wire_name_text(r->zones->arena, wire);
	return true;
}

bool
words_name(struct line_reader *r, struct str *name)
{
	const struct node *n = words_peek(r);

	if (n == NULL) {
		words_complain(r, "P0415", NULL, "a name is wanted here");
		return false;
	}
	if (!words_name_of(r, n->text, name))
		return false;
	r->at++;
	return true;
}

bool
words_count(struct line_reader *r, uint64_t max, uint64_t *value)
{
	const struct node *n = words_peek(r);

	if (n == NULL || value_count(n->text, max, value) != 0) {
		words_complain(r, "P0416", NULL, "a number is wanted here");
		return false;
	}
	r->at++;
	return true;
}

bool
words_time(struct line_reader *r, usec_t *value)
{
	const struct node *n = words_peek(r);
	struct str text = n == NULL ? STR("") : n->text;

	if (str_starts(text, STR("+")))
		text = str_from(text, 1);
	if (value_duration(text, value) != 0) {
		words_complain(r, "P0416", "write it like +2h, 400ms, 90s",
		    "a time is wanted here");
		return false;
	}
	r->at++;
	return true;
}

bool
words_ttl(struct line_reader *r, uint32_t *ttl)
{
	uint64_t value = ZONE_TTL;

	if (words_next_is(r, "ttl")) {
		r->at++;
		if (!words_count(r, INT32_MAX, &value))
			return false;
	}
	*ttl = (uint32_t)value;
	return true;
}

