/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorder - remembers what a reader answered, and seals it.
 *
 * Called by: daemon/checker.c.
 * Always holds: a question is passed on once; whoever asks again gets the
 * same answer, sentence and all. So the process that checks has seen one
 * state of the files, too.
 */
#include "config.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/table.h"
#include "conf/generation.h"
#include "conf/record.h"
#include "lang/builtin.h"
#include "run/clock.h"
#include "run/wire.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* Linux 6.3; libc may be older             */
#endif

/* One answer. */
struct answer {
	enum record_kind kind;
	int              rc;
	struct str       path;
	struct str       piece;    /* as in record.h                        */
	struct str      *paths;    /* RK_GLOB: the same                     */
	size_t           path_count;
	bool             is_used;  /* as a text, not only to make something */
	struct answer   *next;
};

struct recorder {
	struct reader  reader;
	struct reader *below;
	struct arena  *arena;
	struct table  *known;      /* kind and path to answer               */
	struct answer *answers;
	struct answer *last_read;  /* may still become something else       */
	size_t         count;
};

/* --- remembering ---------------------------------------------------------- */

static struct recorder *
recorder_of(struct reader *r)
{
	return CONTAINER(r, struct recorder, reader);
}

static struct str
key_of(struct arena *arena, enum record_kind kind, struct str path)
{
	return arena_printf(arena, "%c%.*s", 'a' + (int)kind, STR_ARG(path));
}

/* The answer for a path; *is_new: one that is to be filled in. */
static struct answer *
answer_for(struct recorder *rec, enum record_kind kind, struct str path,
    bool *is_new)
{
	struct str key = key_of(rec->arena, kind, path);
	struct answer *a = table_get(rec->known, key);

	*is_new = a == NULL;
	if (a != NULL)
		return a;
	a = arena_alloc(rec->arena, sizeof *a);
	a->kind = kind;
	a->path = arena_str(rec->arena, path);
	a->next = rec->answers;
	rec->answers = a;
	rec->count++;
	(void)table_put(rec->known, key, a);
	return a;
}

/* From now on the text that was read last is one that somebody needs. */
static void
settle(struct recorder *rec)
{
	if (rec->last_read != NULL)
		rec->last_read->is_used = true;
	rec->last_read = NULL;
}

static int
recorder_text(struct recorder *rec, enum record_kind kind, struct str path,
    struct str *text, struct fault *f)
{
	struct fault fault = { "" };
	struct answer *a;
	bool is_new;

	settle(rec);
	a = answer_for(rec, kind, path, &is_new);
	rec->last_read = a;
	if (is_new) {
		a->rc = (kind == RK_SECRET ? rec->below->secret :
		    rec->below->read)(rec->below, path, rec->arena, &a->piece,
		    &fault);
		if (a->rc != 0)
			a->piece = arena_str(rec->arena, str_of(fault.text));
	}
	if (a->rc == 0)
		*text = a->piece;
	else
		fault_set(f, "%.*s", STR_ARG(a->piece));
	return a->rc;
}

static int
recorder_read(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *f)
{
	struct recorder *rec = recorder_of(r);

	return builtin_owns(path) ?
	    rec->below->read(rec->below, path, arena, text, f) :
	    recorder_text(rec, RK_TEXT, path, text, f);
}

static int
recorder_secret(struct reader *r, struct str path, struct arena *arena,
    struct str *text, struct fault *f)
{
	(void)arena;
	return recorder_text(recorder_of(r), RK_SECRET, path, text, f);
}

/* In: paths without NUL. */
static struct str
paths_joined(struct arena *arena, const struct str *paths, size_t count)
{
	struct buf all = BUF_INIT(0);
	struct str joined;
	size_t i;

	for (i = 0; i < count; i++) {
		must(buf_add_str(&all, paths[i]) == 0);
		must(buf_add_byte(&all, '\0') == 0);
	}
	joined = arena_str(arena, buf_str(&all));
	buf_free(&all);
	return joined;
}

static int
recorder_list(struct reader *r, struct str glob, struct arena *arena,
    struct str **paths, size_t *count)
{
	struct recorder *rec = recorder_of(r);
	struct answer *a;
	bool is_new;

	if (builtin_owns(glob))
		return rec->below->list(rec->below, glob, arena, paths,
		    count);
	a = answer_for(rec, RK_GLOB, glob, &is_new);
	if (is_new) {
		a->rc = rec->below->list(rec->below, glob, rec->arena,
		    &a->paths, &a->path_count);
		a->piece = paths_joined(rec->arena, a->paths, a->path_count);
	}
	if (a->rc != 0)
		return a->rc;
	*paths = a->paths;
	*count = a->path_count;
	return 0;
}

static struct str
made_path(struct arena *arena, struct str path, const char *as)
{
	return arena_printf(arena, "%s:%.*s", as, STR_ARG(path));
}

static bool
recorder_made(struct reader *r, struct str path, const char *as,
    struct arena *arena, struct str *what)
{
	struct recorder *rec = recorder_of(r);
	const struct answer *a = table_get(rec->known, key_of(arena, RK_MADE,
	    made_path(arena, path, as)));

	if (a != NULL)
		*what = a->piece;
	return a != NULL;
}

/* What was made replaces the text in what is sealed, unless that has been
 * read for something else as well. A shipped text's is made by each process
 * again. */
static void
recorder_keep(struct reader *r, struct str path, const char *as,
    struct str what)
{
	struct recorder *rec = recorder_of(r);
	struct answer *a;
	char *copy;
	bool is_new;

	if (builtin_owns(path))
		return;
	if (rec->last_read != NULL && str_eq(rec->last_read->path, path))
		rec->last_read = NULL;
	settle(rec);
	a = answer_for(rec, RK_MADE, made_path(rec->arena, path, as),
	    &is_new);
	a->is_used = true;
	copy = arena_alloc(rec->arena, what.len);
	if (what.len > 0)
		memcpy(copy, what.p, what.len);
	a->piece = (struct str){ copy, what.len };
}

struct recorder *
recorder_new(struct reader *below)
{
	struct arena *arena = arena_new(0);
	struct recorder *rec = arena_alloc(arena, sizeof *rec);
	struct sipkey key;

	clock_random(&key, sizeof key);
	rec->reader = (struct reader){ .read = recorder_read,
		.list = recorder_list, .secret = recorder_secret,
		.made = recorder_made, .keep = recorder_keep };
	rec->below = below;
	rec->arena = arena;
	rec->known = table_new(key);
	return rec;
}

void
recorder_free(struct recorder **rec)
{
	struct arena *arena;

	if (*rec == NULL)
		return;
	arena = (*rec)->arena;
	table_free(&(*rec)->known);
	*rec = NULL;
	arena_free(&arena);
}

struct reader *
recorder_reader(struct recorder *rec)
{
	return &rec->reader;
}

void
recorder_put(struct recorder *rec, struct str path, bool is_secret,
    struct str text)
{
	bool is_new;
	struct answer *a = answer_for(rec, is_secret ? RK_SECRET : RK_TEXT,
	    path, &is_new);

	a->rc = 0;
	a->is_used = true;
	a->piece = arena_str(rec->arena, text);
}

/* --- sealing -------------------------------------------------------------- */

/* Writes in order; the first error stays. */
struct writer {
	int    fd;
	size_t at;
	int    rc;
};

static void
write_all(struct writer *w, const void *from, size_t n)
{
	const char *p = from;
	ssize_t done;

	while (n > 0 && w->rc == 0) {
		done = write(w->fd, p, n);
		if (done < 0 && errno != EINTR)
			w->rc = -E_NOMEM;
		if (done <= 0)
			continue;
		p += done;
		n -= (size_t)done;
		w->at += (size_t)done;
	}
}

static size_t
aligned(size_t n)
{
	return (n + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN;
}

/* Where the piece after this one may start. */
static size_t
piece_end(size_t at, size_t len)
{
	return aligned(at + len + 1);
}

static void
write_piece(struct writer *w, struct str piece)
{
	static const char zeros[RECORD_ALIGN] = { 0 };
	size_t end = piece_end(w->at, piece.len);

	write_all(w, piece.p, piece.len);
	if (w->rc == 0)
		write_all(w, zeros, end - w->at);
}

static int
answer_compare(const void *a, const void *b)
{
	const struct answer *const *x = a, *const *y = b;

	if ((*x)->kind != (*y)->kind)
		return (*x)->kind < (*y)->kind ? -1 : 1;
	return str_cmp((*x)->path, (*y)->path);
}

/* Refusals always: nothing was made of them. */
static bool
belongs(const struct recorder *rec, const struct answer *a, bool are_secret)
{
	return (a->kind == RK_SECRET) == are_secret && (a->is_used ||
	    a->rc != 0 || a->kind == RK_GLOB || a == rec->last_read);
}

/* The answers of one memfd, sorted. Owner: the caller, free. */
static const struct answer **
answers_sorted(const struct recorder *rec, bool are_secret, size_t *count)
{
	const struct answer **all, *a;
	size_t n = 0;

	all = calloc(rec->count + 1, sizeof *all);
	must(all != NULL);
	for (a = rec->answers; a != NULL; a = a->next)
		if (belongs(rec, a, are_secret))
			all[n++] = a;
	if (n > 0)
		qsort(all, n, sizeof *all, answer_compare);
	*count = n;
	return all;
}

static void
write_entries(struct writer *w, const struct answer *const *all, size_t n,
    struct record_head *head)
{
	struct record *records = calloc(n + 1, sizeof *records);
	size_t i, at = aligned(sizeof *head + n * sizeof *records);

	must(records != NULL);
	for (i = 0; i < n; i++) {
		records[i].kind = all[i]->kind;
		records[i].answer = all[i]->rc;
		records[i].path_at = at;
		records[i].path_len = all[i]->path.len;
		at = piece_end(at, all[i]->path.len);
		records[i].piece_at = at;
		records[i].piece_len = all[i]->piece.len;
		at = piece_end(at, all[i]->piece.len);
	}
	head->size = at;
	head->count = n;
	write_all(w, head, sizeof *head);
	write_all(w, records, n * sizeof *records);
	free(records);
}

static int
write_answers(int fd, const struct answer *const *all, size_t n,
    struct record_head *head)
{
	static const char zeros[RECORD_ALIGN] = { 0 };
	struct writer w = { .fd = fd };
	size_t i;

	write_entries(&w, all, n, head);
	write_all(&w, zeros, aligned(w.at) - w.at);
	for (i = 0; i < n; i++) {
		write_piece(&w, all[i]->path);
		write_piece(&w, all[i]->piece);
	}
	must(w.rc != 0 || w.at == head->size);
	return w.rc;
}

static int
memfd_new(const char *name)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_NOEXEC_SEAL);

	return fd < 0 && errno == EINVAL ? memfd_create(name, flags) : fd;
}

static int
seal_one(const struct recorder *rec, bool are_secret, struct record_head head,
    int *out)
{
	const struct answer **all;
	size_t n;
	int fd, rc;

	fd = memfd_new(are_secret ? "postern-secret" : "postern-open");
	if (fd < 0)
		return -E_NOMEM;
	all = answers_sorted(rec, are_secret, &n);
	rc = write_answers(fd, all, n, &head);
	free(all);
	if (rc == 0 && (head.size > RECORD_MAX ||
	    fcntl(fd, F_ADD_SEALS, RECORD_SEALS) != 0))
		rc = -E_NOMEM;
	if (rc == 0)
		*out = fd;
	else
		(void)close(fd);
	return rc;
}

int
recorder_seal(const struct recorder *rec, int *open, int *secret)
{
	struct record_head head = { .magic = RECORD_MAGIC,
	    .build = wire_build(), .made = clock_wall() };
	int fd, rc;

	clock_random(&head.id, sizeof head.id);
	rc = seal_one(rec, false, head, &fd);
	if (rc != 0)
		return rc;
	rc = seal_one(rec, true, head, secret);
	if (rc == 0)
		*open = fd;
	else
		(void)close(fd);
	return rc;
}
