/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clerk - does the jobs of gates with a store of this process.
 *
 * Called by: daemon/pool.c, in processes that do nothing else.
 *
 *	KEEP -> all copies written -> claimed -> all renamed -> `done`
 *	                              or the gate was first, or is gone:
 *	                              every copy is taken back
 *
 * Always holds:
 * - No job can end this process, whatever is in it (catalogue 132); it costs
 *   whoever sent it, who sees the end of file.
 * - A job whose gate has given up before it was taken is not begun: under
 *   load, disks do no work that nobody waits for.
 * - Nobody can make a clerk wait: answers are sent without waiting.
 *
 * Source: design.md 3; hardening.md 6.
 */
#include "config.h"

#include "deliver/clerk.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* Whether the gate has closed its end. */
static bool
is_gone(int answers)
{
	struct pollfd p = { .fd = answers, .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0;
}

static void
answer(int answers, unsigned type, const struct buf *body)
{
	struct message m = { .type = type, .body = buf_str(body) };

	(void)wire_send(answers, &m);
}

static void
answer_code(int answers, unsigned type, int code)
{
	struct buf body = BUF_INIT(0);

	if (job_pack_code(&body, code) == 0)
		answer(answers, type, &body);
	buf_free(&body);
}

/* --- questions ----------------------------------------------------------- */

static int
serve_find(struct clerk *c, const struct message *job)
{
	struct arena *a = arena_new(0);
	struct buf body = BUF_INIT(0);
	struct mailbox box = { .domain = { "", 0 } };
	struct str domain, local;
	enum find found = FIND_NO;
	int code, rc = job_unpack_find(job->body, &domain, &local);

	if (rc == 0) {
		code = store_find(c->store, domain, local, a, &box, &found);
		if (job_pack_found(&body, code, found, &box) == 0)
			answer(job->fds[0], JOB_FOUND, &body);
	}
	buf_free(&body);
	arena_free(&a);
	return rc;
}

static int
serve_scratch(struct clerk *c, const struct message *job)
{
	struct message m = { .type = JOB_FILE, .fd_count = 1 };
	int rc = store_scratch(c->store, &m.fds[0]);

	if (rc != 0) {
		answer_code(job->fds[0], JOB_NO_FILE, rc);
		return 0;
	}
	(void)wire_send(job->fds[0], &m);
	(void)close(m.fds[0]);
	return 0;
}

/* --- keeping ------------------------------------------------------------- */

/* Whose content, and who has to be there still. */
struct claim {
	int content, answers;
};

/* In this order: a gate that took the content back has closed its end before
 * anybody else can lock it. */
static bool
is_wanted(void *arg)
{
	const struct claim *claim = arg;

	return job_claim(claim->content) && !is_gone(claim->answers);
}

static int
keep(struct clerk *c, const struct parcel *parcel, int answers)
{
	struct claim claim = { body_fd(parcel->body), answers };
	int code = store_keep(c->store, parcel, is_wanted, &claim);

	answer_code(answers, JOB_DONE, code);
	return code;
}

/* A parcel too long for a message. Owner of text: the caller, free. */
static int
read_long(struct message *job, char **text, size_t *len)
{
	struct body *b = NULL;
	ssize_t n = 0;
	uint64_t size;
	int rc = body_adopt(job->fds[2], &b);

	if (rc != 0)
		return rc;
	job->fds[2] = -1;               /* the body's                       */
	size = body_size(b);
	*text = size > JOB_LONG ? NULL : malloc((size_t)size + 1);
	if (*text == NULL)
		rc = -E_INVALID;
	for (*len = 0; rc == 0 && *len < size; *len += (size_t)n) {
		n = body_read(b, *len, *text + *len, (size_t)size - *len);
		if (n <= 0)
			rc = -E_INVALID;
	}
	body_free(&b);
	return rc;
}

/* In: text, the parcel. *code is what became of it; the return value, whether
 * it was one. */
static int
serve_parcel(struct clerk *c, struct message *job, struct str text,
    int *code)
{
	struct arena *a = arena_new(0);
	struct body *body = NULL;
	struct parcel parcel;
	int rc = body_adopt(job->fds[1], &body);

	if (rc == 0) {
		job->fds[1] = -1;       /* the body's                       */
		rc = job_unpack_parcel(text, body_size(body), a, &parcel);
	}
	if (rc == 0) {
		parcel.body = body;
		*code = keep(c, &parcel, job->fds[0]);
	}
	body_free(&body);
	arena_free(&a);
	return rc;
}

static int
serve_keep(struct clerk *c, struct message *job, int *code)
{
	char *text = NULL;
	size_t len = 0;
	int rc = 0;

	if (job->type == JOB_KEEP)
		return serve_parcel(c, job, job->body, code);
	rc = read_long(job, &text, &len);
	if (rc == 0)
		rc = serve_parcel(c, job, (struct str){ text, len }, code);
	free(text);
	return rc;
}

/* --- all of them --------------------------------------------------------- */

static int
serve(struct clerk *c, struct message *job)
{
	int rc, code = 0;

	if (is_gone(job->fds[0]))
		return 0;
	wire_nonblock(job->fds[0]);
	if (job->type == JOB_FIND)
		rc = serve_find(c, job);
	else if (job->type == JOB_SCRATCH)
		rc = serve_scratch(c, job);
	else
		rc = serve_keep(c, job, &code);
	if (c->on_done != NULL)
		c->on_done(c->arg, job->type, rc != 0 ? rc : code);
	return rc;
}

int
clerk_serve(struct clerk *c, int fd)
{
	char *room = malloc(WIRE_ROOM);
	struct message job;
	int rc;

	if (room == NULL)
		return -E_NOMEM;
	rc = wire_recv(fd, &job_requests, room, &job);
	if (rc == 0) {
		rc = serve(c, &job);
		wire_discard(&job);
	}
	free(room);
	return rc == -E_AGAIN || rc == -E_NOMEM ? 0 : rc;
}
