/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser of From. What it gives are domain names that stand in the text
 * as they are, each once; the field means the same in a header, and nothing
 * with a NUL in it has an author.
 */
#include <string.h>

#include "base/error.h"
#include "base/name.h"
#include "mail/author.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
stands_in(struct str part, struct str text)
{
	for (; text.len >= part.len; text = str_from(text, 1))
		if (str_starts_case(text, part))
			return true;
	return false;
}

static void
must_be_domains(const struct authors *a, struct str text)
{
	size_t i, k;

	for (i = 0; i < a->count; i++) {
		struct str d = a->domains[i];

		must(name_is_domain(d) && stands_in(d, text));
		for (k = 0; k < d.len; k++)
			must(d.p[k] < 'A' || d.p[k] > 'Z');
		for (k = 0; k < i; k++)
			must(!name_eq(a->domains[k], d));
	}
}

static bool
same(const struct authors *a, const struct authors *b)
{
	size_t i;

	if (a->kind != b->kind || a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (!str_eq(a->domains[i], b->domains[i]))
			return false;
	return true;
}

/* As the value of the one From of a header, and of one of two. */
static void
must_be_the_same_in_a_header(struct str text, const struct authors *a,
    struct arena *arena)
{
	struct field f[2] = { { .name = STR("fRom"), .value = text },
		{ .name = STR("From"), .value = text } };
	struct header h = { .fields = f, .count = 1 };
	struct authors b;

	authors_read(&h, arena, &b);
	must(same(a, &b));
	h.count = 2;
	authors_read(&h, arena, &b);
	must(b.kind == AU_BAD && b.count == 0);
}

/* Behind a good author it is judged as without him, or not at all. */
static void
must_add_up(struct str text, const struct authors *a, struct arena *arena)
{
	struct str more = arena_printf(arena, "x@first.test,%.*s",
	    STR_ARG(text));
	struct authors b;

	if (memchr(text.p == NULL ? "" : text.p, '\0', text.len) != NULL)
		return;
	authors_parse(more, arena, &b);
	if (a->kind == AU_BAD) {
		must(b.kind == AU_BAD || a->count == 0);
		return;
	}
	must(b.kind != AU_NONE);
	must(b.kind == AU_BAD || b.count >= a->count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct authors a;

	authors_parse(text, arena, &a);
	must((a.count == 0) == (a.kind == AU_NONE || a.kind == AU_BAD));
	must((a.count == 1) == (a.kind == AU_ONE));
	must(a.count <= AUTHORS_MAX);
	must(size == 0 || memchr(data, '\0', size) == NULL ||
	    a.kind == AU_BAD);
	must_be_domains(&a, text);
	must_be_the_same_in_a_header(text, &a, arena);
	must_add_up(text, &a, arena);
	arena_free(&arena);
	return 0;
}
