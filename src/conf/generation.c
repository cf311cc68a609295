/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generation - reads what a recorder sealed.
 *
 * Called by: daemon/, in each child and in the supervisor.
 * Always holds: a memfd is believed only when it is sealed, from this build,
 * and every offset in it was checked; after that nobody can change it. The
 * mapping is read-only and shared between all that have it.
 * Source: memfd_create(2), fcntl(2) "File Sealing".
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "conf/generation.h"
#include "conf/record.h"
#include "lang/builtin.h"
#include "run/wire.h"

/* One memfd, mapped. */
struct sealed {
	const char               *p;     /* NULL: there is none             */
	size_t                    size;
	const struct record_head *head;
	const struct record      *records;
};

struct generation {
	struct reader reader;
	struct sealed open, secret;
};

/* --- checking ------------------------------------------------------------- */

/* Whether n bytes and a NUL lie behind the entries. */
static bool
piece_fits(const struct sealed *s, uint64_t at, uint64_t n)
{
	size_t least = sizeof *s->head + s->head->count * sizeof *s->records;

	return at >= least && at % RECORD_ALIGN == 0 && at < s->size &&
	    n < s->size - at && s->p[at + n] == '\0';
}

static struct str
piece_str(const struct sealed *s, uint64_t at, uint64_t n)
{
	return (struct str){ s->p + at, (size_t)n };
}

static struct str
record_path(const struct sealed *s, const struct record *r)
{
	return piece_str(s, r->path_at, r->path_len);
}

static int
record_compare(const struct sealed *s, const struct record *r,
    enum record_kind kind, struct str path)
{
	if (r->kind != kind)
		return r->kind < kind ? -1 : 1;
	return str_cmp(record_path(s, r), path);
}

/* Sorted without doubles, since they are searched by halves. */
static bool
record_is_sound(const struct sealed *s, size_t i)
{
	const struct record *r = &s->records[i];

	if (r->kind >= RK_COUNT || r->answer > 0 || r->answer <= -E_COUNT ||
	    !piece_fits(s, r->path_at, r->path_len) ||
	    !piece_fits(s, r->piece_at, r->piece_len))
		return false;
	if (r->kind == RK_GLOB && r->piece_len > 0 &&
	    s->p[r->piece_at + r->piece_len - 1] != '\0')
		return false;
	return i == 0 || record_compare(s, r - 1, (enum record_kind)r->kind,
	    record_path(s, r)) < 0;
}

static bool
sealed_is_sound(const struct sealed *s, bool is_secret)
{
	const struct record_head *head = s->head;
	size_t i;

	if (memcmp(head->magic, RECORD_MAGIC, sizeof head->magic) != 0 ||
	    head->build != wire_build() || head->size != s->size ||
	    head->count > (s->size - sizeof *head) / sizeof *s->records)
		return false;
	for (i = 0; i < head->count; i++)
		if (!record_is_sound(s, i) ||
		    (s->records[i].kind == RK_SECRET) != is_secret)
			return false;
	return true;
}

/* --- mapping -------------------------------------------------------------- */

static void
sealed_unmap(struct sealed *s)
{
	if (s->p != NULL)
		(void)munmap((void *)(uintptr_t)s->p, s->size);
	s->p = NULL;
}

/* Private, since a kernel before 6.7 refuses a shared mapping of what is
 * sealed; the pages are shared all the same as long as nobody writes. */
static int
sealed_map(int fd, bool is_secret, struct sealed *s)
{
	struct stat st;
	void *p;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & RECORD_SEALS) != RECORD_SEALS ||
	    fstat(fd, &st) != 0 || st.st_size < (off_t)sizeof *s->head ||
	    (uint64_t)st.st_size > RECORD_MAX)
		return -E_INVALID;
	s->size = (size_t)st.st_size;
	p = mmap(NULL, s->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return -E_INVALID;
	s->p = p;
	s->head = p;
	s->records = (const void *)(s->p + sizeof *s->head);
	if (sealed_is_sound(s, is_secret))
		return 0;
	sealed_unmap(s);
	return -E_INVALID;
}

/* --- answering ------------------------------------------------------------ */

static struct generation *
generation_of(struct reader *r)
{
	return CONTAINER(r, struct generation, reader);
}

static const struct record *
sealed_find(const struct sealed *s, enum record_kind kind, struct str path)
{
	size_t low = 0, high = s->head->count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = record_compare(s, &s->records[middle], kind, path);
		if (order == 0)
			return &s->records[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int
sealed_text(const struct sealed *s, enum record_kind kind, struct str path,
    struct str *text, struct fault *f)
{
	const struct record *r = sealed_find(s, kind, path);
	struct str piece;

	if (r == NULL) {
		fault_set(f, "%.*s is not among what was checked",
		    STR_ARG(path));
		return -E_IO;
	}
	piece = piece_str(s, r->piece_at, r->piece_len);
	if (r->answer == 0)
		*text = piece;
	else
		fault_set(f, "%.*s", STR_ARG(piece));
	return r->answer;
}

static int
generation_read(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *f)
{
	struct reader *shipped = builtin_reader();

	if (builtin_owns(path))
		return shipped->read(shipped, path, arena, text, f);
	return sealed_text(&generation_of(r)->open, RK_TEXT, path, text, f);
}

static int
generation_secret(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *f)
{
	const struct generation *g = generation_of(r);

	(void)arena;
	if (g->secret.p != NULL)
		return sealed_text(&g->secret, RK_SECRET, path, text, f);
	fault_set(f, "this process has no secrets");
	return -E_DENIED;
}

/* In: all, paths that each end in NUL. */
static void
paths_part(struct str all, struct arena *arena, struct str **paths,
    size_t *count)
{
	struct str rest = all;
	size_t i, n = 0;

	for (; rest.len > 0; n++)
		(void)str_split(&rest, '\0');
	*paths = n == 0 ? NULL : arena_array(arena, n, sizeof **paths);
	for (i = 0; i < n; i++)
		(*paths)[i] = str_split(&all, '\0');
	*count = n;
}

static int
generation_list(struct reader *r, struct str glob, struct arena *arena,
    struct str **paths, size_t *count)
{
	const struct sealed *s = &generation_of(r)->open;
	struct reader *shipped = builtin_reader();
	const struct record *found;

	if (builtin_owns(glob))
		return shipped->list(shipped, glob, arena, paths, count);
	found = sealed_find(s, RK_GLOB, glob);
	if (found == NULL)
		return -E_IO;
	if (found->answer == 0)
		paths_part(piece_str(s, found->piece_at, found->piece_len),
		    arena, paths, count);
	return found->answer;
}

static bool
generation_had_made(struct reader *r, struct str path, const char *as,
    struct arena *arena, struct str *what)
{
	const struct sealed *s = &generation_of(r)->open;
	const struct record *found = sealed_find(s, RK_MADE,
	    arena_printf(arena, "%s:%.*s", as, STR_ARG(path)));

	if (found != NULL)
		*what = piece_str(s, found->piece_at, found->piece_len);
	return found != NULL;
}

/* --- a generation --------------------------------------------------------- */

int
generation_map(int open, int secret, struct generation **out)
{
	struct generation *g = calloc(1, sizeof *g);
	int rc;

	must(g != NULL);
	g->reader = (struct reader){ .read = generation_read,
		.list = generation_list, .secret = generation_secret,
		.made = generation_had_made };
	rc = sealed_map(open, false, &g->open);
	if (rc == 0 && secret >= 0)
		rc = sealed_map(secret, true, &g->secret);
	if (rc == 0 && g->secret.p != NULL &&
	    g->secret.head->id != g->open.head->id)
		rc = -E_INVALID;        /* of two generations */
	if (rc != 0)
		generation_free(&g);
	else
		*out = g;
	return rc;
}

void
generation_free(struct generation **g)
{
	if (*g == NULL)
		return;
	sealed_unmap(&(*g)->open);
	sealed_unmap(&(*g)->secret);
	free(*g);
	*g = NULL;
}

struct reader *
generation_reader(struct generation *g)
{
	return &g->reader;
}

usec_t
generation_made(const struct generation *g)
{
	return g->open.head->made;
}

/* --- what differs --------------------------------------------------------- */

static bool
record_is_fresh(const struct sealed *s, size_t i)
{
	return str_starts(record_path(s, &s->records[i]),
	    STR(GENERATION_FRESH));
}

static enum generation_change
record_change(const struct sealed *a, const struct sealed *b, size_t i)
{
	const struct record *x = &a->records[i], *y = &b->records[i];
	struct str was = piece_str(a, x->piece_at, x->piece_len);
	struct str is = piece_str(b, y->piece_at, y->piece_len);

	if (x->kind != y->kind || x->answer != y->answer ||
	    !str_eq(record_path(a, x), record_path(b, y)))
		return GC_MORE;
	if (record_is_fresh(a, i) || str_eq(was, is))
		return GC_NOTHING;
	return x->kind == RK_MADE ? GC_TABLES : GC_MORE;
}

static enum generation_change
sealed_change(const struct sealed *a, const struct sealed *b)
{
	enum generation_change most = GC_NOTHING, one;
	size_t i;

	if (a->head->count != b->head->count)
		return GC_MORE;
	for (i = 0; i < a->head->count && most != GC_MORE; i++) {
		one = record_change(a, b, i);
		if (one > most)
			most = one;
	}
	return most;
}

enum generation_change
generation_compare(int open, int secret, int new_open, int new_secret)
{
	struct generation *a = NULL, *b = NULL;
	enum generation_change one, most = GC_MORE;

	if (generation_map(open, secret, &a) == 0 &&
	    generation_map(new_open, new_secret, &b) == 0 &&
	    a->secret.p != NULL && b->secret.p != NULL) {
		most = sealed_change(&a->open, &b->open);
		one = sealed_change(&a->secret, &b->secret);
		if (one > most)
			most = one;
	}
	generation_free(&a);
	generation_free(&b);
	return most;
}
