/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * body - the content of one message while it comes in.
 *
 * Called by DATA and BDAT (append, seal), by header.c and the checks of the
 * message (read), and by whoever writes copies of it.
 *
 *	                 append              append, over a budget
 *	nothing held  -------------> memfd  ----------------------> file
 *	                                |                             |
 *	                                +--------- seal --------------+
 *
 *	nothing -> memfd: body_ready     memfd -> file: move_to_disk
 *
 * Always holds:
 * 1. Bytes [0, stored) are in fd, bytes [stored, size) in the heap; sealed
 *    means stored == size and no heap.
 * 2. What is not on disk is counted in pool->held, once; an adopted body has
 *    no pool and counts as on disk.
 * 3. The file has no name; a refused message leaves nothing behind, however
 *    this process ends.
 * 4. After an error every call but body_free gives that error again.
 *
 * Small pieces are collected, so that a client which sends line by line costs
 * one system call per HEAP bytes. No content is ever mapped: a store could
 * meet a shortened file, and SIGBUS with it.
 *
 * Source: memfd_create(2), fcntl(2) (seals).
 */
#include "config.h"

#include "mail/body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAP  (16u << 10) /* small pieces wait here                       */
#define BLOCK (64u << 10) /* bytes moved to disk at a time                */

struct body {
	struct body_pool *pool;
	int      fd;        /* -1: nothing stored yet                       */
	uint64_t size;
	uint64_t stored;    /* of these, in fd                              */
	char    *heap;      /* the rest; NULL when none                     */
	bool     is_on_disk;
	bool     is_sealed;
	int      error;     /* the first one; sticky                        */
};

int
body_new(struct body_pool *pool, struct body **out)
{
	struct body *b = calloc(1, sizeof *b);

	if (b == NULL)
		return -E_NOMEM;
	b->pool = pool;
	b->fd = -1;
	*out = b;
	return 0;
}

/* A file without seals of its own can change in any case, which its readers
 * must bear; a memfd that was left open to changes was made wrongly. */
static bool
is_settled(int fd)
{
	const int need = F_SEAL_SHRINK | F_SEAL_WRITE;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals < 0 || seals == F_SEAL_SEAL || (seals & need) == need;
}

int
body_adopt(int fd, struct body **out)
{
	struct body *b;
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink > 0 ||
	    !is_settled(fd))
		return -E_INVALID;
	b = calloc(1, sizeof *b);
	if (b == NULL)
		return -E_NOMEM;
	b->fd = fd;
	b->size = b->stored = (uint64_t)st.st_size;
	b->is_on_disk = b->is_sealed = true;
	*out = b;
	return 0;
}

/* What the dialogue tells apart: no room, no memory, and the rest. */
static int
code_of(int error)
{
	if (error == ENOMEM)
		return -E_NOMEM;
	return error == ENOSPC || error == EDQUOT ? -E_FULL : -E_IO;
}

static void
pool_return(struct body *b)
{
	if (b->is_on_disk)
		return;
	must(b->pool->held >= b->size);
	b->pool->held -= (size_t)b->size;
}

void
body_free(struct body **bp)
{
	struct body *b = *bp;

	if (b == NULL)
		return;
	pool_return(b);
	if (b->fd >= 0)
		(void)close(b->fd);
	free(b->heap);
	free(b);
	*bp = NULL;
}

static int
write_all(int fd, const char *p, size_t n)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k) {
		k = write(fd, p, n);
		if (k < 0 && errno != EINTR)
			return code_of(errno);
		if (k < 0)
			k = 0;
	}
	return 0;
}

static ssize_t
read_at(int fd, uint64_t at, void *p, size_t n)
{
	ssize_t k;

	do
		k = pread(fd, p, n, (off_t)at);
	while (k < 0 && errno == EINTR);
	return k < 0 ? -E_IO : k;
}

static int
copy_stored(const struct body *b, int to)
{
	char *block = malloc(BLOCK);
	uint64_t at;
	ssize_t n = 1;
	int rc = block == NULL ? -E_NOMEM : 0;

	for (at = 0; rc == 0 && at < b->stored; at += (uint64_t)n) {
		n = read_at(b->fd, at, block, BLOCK);
		rc = n > 0 ? write_all(to, block, (size_t)n) : -E_IO;
	}
	free(block);
	return rc;
}

/* Once in a body's life; what the heap holds follows with the next store. */
static WAITS int
move_to_disk(struct body *b)
{
	int fd, rc = b->pool->scratch(b->pool->arg, &fd);

	if (rc != 0)
		return rc;
	rc = copy_stored(b, fd);
	if (rc != 0) {
		(void)close(fd);
		return rc;
	}
	pool_return(b);
	b->is_on_disk = true;
	if (b->fd >= 0)
		(void)close(b->fd);
	b->fd = fd;
	return 0;
}

/* Counts n more bytes in, or finds a place for all of them on disk. */
static WAITS int
make_room(struct body *b, size_t n)
{
	struct body_pool *pool = b->pool;
	size_t each = pool->each > 0 ? pool->each : BODY_MEMORY;
	bool pool_is_full;

	if (b->is_on_disk)
		return 0;
	pool_is_full = n > pool->max || pool->held > pool->max - n;
	if (pool->scratch != NULL && (pool_is_full || b->size + n > each))
		return move_to_disk(b);
	if (pool_is_full)
		return -E_FULL;
	return 0;
}

/* A place to write to. */
static int
body_ready(struct body *b)
{
	if (b->fd >= 0)
		return 0;
	b->fd = memfd_create("body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return b->fd >= 0 ? 0 : code_of(errno);
}

static int
store_bytes(struct body *b, const char *p, size_t n)
{
	int rc = body_ready(b);

	if (rc == 0)
		rc = write_all(b->fd, p, n);
	if (rc == 0)
		b->stored += n;
	return rc;
}

static size_t
in_heap(const struct body *b)
{
	return (size_t)(b->size - b->stored);
}

static int
store_heap(struct body *b)
{
	return in_heap(b) == 0 ? 0 : store_bytes(b, b->heap, in_heap(b));
}

/* n bytes that fit into an empty heap. */
static int
collect(struct body *b, const char *p, size_t n)
{
	if (b->heap == NULL)
		b->heap = malloc(HEAP);
	if (b->heap == NULL)
		return -E_NOMEM;
	memcpy(b->heap + in_heap(b), p, n);
	return 0;
}

static void
count_in(struct body *b, size_t n)
{
	b->size += n;
	if (!b->is_on_disk)
		b->pool->held += n;
}

WAITS int
body_append(struct body *b, const void *p, size_t n)
{
	must(!b->is_sealed);
	if (b->error != 0 || n == 0)
		return b->error;
	b->error = make_room(b, n);
	if (b->error == 0 && in_heap(b) + n > HEAP)
		b->error = store_heap(b);
	if (b->error == 0)
		b->error = n < HEAP ? collect(b, p, n) : store_bytes(b, p, n);
	if (b->error == 0)
		count_in(b, n);
	return b->error;
}

int
body_seal(struct body *b)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE;

	if (b->error != 0 || b->is_sealed)
		return b->error;
	b->error = body_ready(b);
	if (b->error == 0)
		b->error = store_heap(b);
	if (b->error == 0 && !b->is_on_disk &&
	    fcntl(b->fd, F_ADD_SEALS, seals) != 0)
		b->error = -E_IO;
	if (b->error != 0)
		return b->error;
	free(b->heap);
	b->heap = NULL;
	b->is_sealed = true;
	return 0;
}

uint64_t
body_size(const struct body *b)
{
	return b->size;
}

int
body_fd(const struct body *b)
{
	must(b->is_sealed);
	return b->fd;
}

ssize_t
body_read(const struct body *b, uint64_t at, void *p, size_t n)
{
	if (b->error != 0)
		return b->error;
	if (at >= b->size || n == 0)
		return 0;
	if (at < b->stored) {
		if (n > b->stored - at)
			n = (size_t)(b->stored - at);
		return read_at(b->fd, at, p, n);
	}
	if (n > b->size - at)
		n = (size_t)(b->size - at);
	memcpy(p, b->heap + (at - b->stored), n);
	return (ssize_t)n;
}
