/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * liar - posternd_liar: the daemon, but that it says 250 before the mail is
 * kept.
 *
 * The linker puts these functions in front of the real ones (--wrap). What
 * should be kept is, a moment later, by a fiber of its own, so that all mail
 * arrives as long as nobody is killed: then the auditor must miss some of it,
 * or it would see nothing in the real daemon either.
 *
 * Called by: tests/live/kill.py.
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "deliver/job.h"
#include "run/fiber.h"

#define LATE (100 * MSEC)

struct fibers *__real_fibers_new(usec_t (*)(void *), void *);
struct fibers *__wrap_fibers_new(usec_t (*)(void *), void *);
int __real_store_keep(struct store *, const struct parcel *,
    bool (*)(void *), void *);
int __wrap_store_keep(struct store *, const struct parcel *,
    bool (*)(void *), void *);

/* The gate makes one; store_keep is not told of it. */
static struct fibers *fibers;

/* A parcel that outlives its session. */
struct promise {
	struct store *store;
	struct arena *arena;
	struct buf    text;             /* prefixes lie in here             */
	struct body  *body;
	struct parcel parcel;
};

struct fibers *
__wrap_fibers_new(usec_t (*now)(void *), void *arg)
{
	fibers = __real_fibers_new(now, arg);
	return fibers;
}

static void
keep_it(void *arg)
{
	struct promise *p = arg;

	(void)fiber_sleep(fibers_now(fibers) + LATE);
	(void)__real_store_keep(p->store, &p->parcel, NULL, NULL);
	body_free(&p->body);
	buf_free(&p->text);
	arena_free(&p->arena);
	free(p);
}

/* As a store process gets it. */
static struct promise *
promise(struct store *store, const struct parcel *parcel)
{
	struct promise *p = calloc(1, sizeof *p);

	must(p != NULL);
	p->store = store;
	p->arena = arena_new(0);
	p->text = BUF_INIT(JOB_LONG);
	must(job_pack_parcel(&p->text, parcel) == 0);
	must(job_unpack_parcel(buf_str(&p->text), body_size(parcel->body),
	    p->arena, &p->parcel) == 0);
	must(body_adopt(dup(body_fd(parcel->body)), &p->body) == 0);
	p->parcel.body = p->body;
	return p;
}

int
__wrap_store_keep(struct store *store, const struct parcel *parcel,
    bool (*is_wanted)(void *), void *arg)
{
	/* A process that only stores has no fibers, and tells the truth. */
	if (fiber_self() == NULL)
		return __real_store_keep(store, parcel, is_wanted, arg);
	must(fiber_start(fibers, "liar", keep_it, promise(store, parcel),
	    NULL) == 0);
	return 0;
}
