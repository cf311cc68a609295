/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remote - the store of a gate: asks, and hands over, to processes that may
 * touch the disk.
 *
 * Made by the gate at start; called through deliver/handoff.h on sessions'
 * fibers.
 *
 * Always holds:
 * 1. Each job has a pair of its own; nobody else has our end. Once the job is
 *    sent, the other end is the store's alone, so that its death, or the
 *    closing of a socket nobody reads any more, is end of file here.
 * 2. Who has sent a parcel has its outcome when he leaves: he took the content
 *    back (job.h), or heard `done`, or the store's end.
 * 3. Who waits for a full socket waits in line; only the first looks at it.
 *
 * Source: design.md 3, catalogue 120.
 *
 * KNOWN GAPS: whether the file system of a user of a table is full shows when
 * his mailbox is written to.
 */
#include "config.h"

#include "deliver/remote.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deliver/job.h"
#include "deliver/known.h"
#include "deliver/users.h"

#define KNOWN_MOST 10000

/* A fiber that stands in line. */
struct waiter {
	struct fiber  *fiber;
	struct waiter *next;
};

/* A socket that all jobs of a kind go through, and who wants to. */
struct slot {
	int            fd;
	struct waiter *first, **last;
};

struct owner {
	struct slot jobs, questions;
};

struct home {
	const struct remote_domain *conf;
	struct users                users;
};

struct remote {
	struct store              store;
	const struct remote_conf *conf;
	struct loop              *loop;
	struct world             *world;
	struct owner             *owners;
	struct home              *homes;
	struct table             *domains;  /* by name: struct home         */
	struct known             *known;    /* NULL: nothing is remembered  */
	char                     *room;     /* for one answer: no wait lies
	                                       between reading and use      */
};

static struct remote *
remote_of(struct store *s)
{
	return CONTAINER(s, struct remote, store);
}

/* --- sending ------------------------------------------------------------- */

/* Waits until nobody is in front. */
static WAITS int
stand_in_line(struct slot *slot, struct waiter *w, usec_t deadline)
{
	int rc = 0;

	w->fiber = fiber_self();
	w->next = NULL;
	*slot->last = w;
	slot->last = &w->next;
	while (rc == 0 && slot->first != w)
		rc = fiber_park(deadline);
	return rc;
}

static void
leave_line(struct slot *slot, struct waiter *w)
{
	struct waiter **at = &slot->first;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (slot->last == &w->next)
		slot->last = at;
	if (slot->first != NULL)
		fiber_wake(slot->first->fiber);
}

/* Returns 0; -E_TIMEOUT, -E_CANCELED; -E_IO: there is nobody. */
static WAITS int
send_in_turn(struct remote *r, struct slot *slot, const struct message *m,
    usec_t deadline)
{
	struct waiter w;
	int rc = stand_in_line(slot, &w, deadline);

	while (rc == 0 && (rc = wire_send(slot->fd, m)) == -E_AGAIN)
		rc = loop_wait(r->loop, slot->fd, WATCH_WRITE, deadline);
	leave_line(slot, &w);
	return rc == -E_RESET || rc == -E_NOMEM ? -E_IO : rc;
}

/*
 * Sends a job, with a fresh pair for its answers in front of its other
 * descriptors. Owner of *answers: the caller.
 */
static WAITS int
send_job(struct remote *r, struct slot *slot, struct message *m,
    usec_t deadline, int *answers)
{
	int pair[2], rc;

	if (wire_pair(pair) != 0)
		return -E_IO;
	wire_nonblock(pair[0]);
	m->fds[0] = pair[1];
	rc = send_in_turn(r, slot, m, deadline);
	(void)close(pair[1]);
	if (rc != 0)
		(void)close(pair[0]);
	else
		*answers = pair[0];
	return rc;
}

/* --- answers ------------------------------------------------------------- */

/* One that has come; anything but an answer of that type is the end of
 * this job. */
static int
read_answer(struct remote *r, int fd, unsigned type, struct message *m)
{
	int rc = wire_recv(fd, &job_answers, r->room, m);

	if (rc == -E_AGAIN)
		return rc;
	if (rc == 0 && m->type != type) {
		wire_discard(m);
		rc = -E_INVALID;
	}
	return rc == 0 ? 0 : -E_IO;
}

static WAITS int
await(struct remote *r, int fd, unsigned type, usec_t deadline,
    struct message *m)
{
	int rc;

	do {
		rc = loop_wait(r->loop, fd, WATCH_READ, deadline);
		if (rc == 0)
			rc = read_answer(r, fd, type, m);
	} while (rc == -E_AGAIN);
	return rc;
}

/* What the store said, in our codes. */
static int
code_in(const struct message *m)
{
	int code;

	return job_unpack_code(m->body, &code) == 0 ? code : -E_IO;
}

/* --- questions ----------------------------------------------------------- */

static WAITS int
ask(struct remote *r, struct home *home, struct str local, struct arena *a,
    struct mailbox *box, enum find *found)
{
	usec_t deadline = world_now(r->world) + r->conf->ask_time;
	struct message m = { .type = JOB_FIND, .fd_count = 1 };
	struct buf body = BUF_INIT(0);
	int fd, code, rc;

	rc = job_pack_find(&body, home->users.domain, local);
	m.body = buf_str(&body);
	if (rc == 0)
		rc = send_job(r, &r->owners[home->conf->owner].questions, &m,
		    deadline, &fd);
	buf_free(&body);
	if (rc != 0)
		return rc;
	rc = await(r, fd, JOB_FOUND, deadline, &m);
	(void)close(fd);
	if (rc == 0)
		rc = job_unpack_found(m.body, a, &code, found, box) != 0 ?
		    -E_IO : code;
	return rc;
}

/* What somebody asked for a moment ago. Unknown ones are known half as long:
 * they may have been made by now. */
static WAITS int
ask_or_know(struct remote *r, struct home *home, struct str local,
    struct arena *a, struct mailbox *box, enum find *found)
{
	usec_t keep = r->conf->known_time;
	int rc;

	if (r->known != NULL && known_get(r->known, home->users.domain,
	    local, world_now(r->world), a, box, found))
		return 0;
	rc = ask(r, home, local, a, box, found);
	if (rc == 0 && r->known != NULL)
		known_put(r->known, home->users.domain, local,
		    world_now(r->world) + (*found == FIND_YES ? keep :
		    keep / 2), box, *found);
	return rc;
}

/* What cannot be the name of a folder is nobody: no question is asked. */
static WAITS int
find(struct store *s, struct str domain, struct str local, struct arena *a,
    struct mailbox *box, enum find *found)
{
	struct remote *r = remote_of(s);
	struct home *home = table_get(r->domains, domain);
	struct mailbox candidate;
	enum find answer = FIND_YES;
	int rc = 0;

	if (home == NULL || !users_find(&home->users, local, a, &candidate)) {
		*found = FIND_NO;
		return 0;
	}
	if (!home->users.has_table)
		rc = ask_or_know(r, home, candidate.local, a, &candidate,
		    &answer);
	if (rc != 0)
		return rc;
	/* The store knows the same users and the same pattern. */
	if (answer == FIND_YES) {
		if (!users_owns(&home->users, &candidate, a))
			return -E_IO;
		*box = candidate;
	}
	*found = answer;
	return 0;
}

static WAITS int
scratch_of(struct remote *r, struct owner *owner, int *file)
{
	usec_t deadline = world_now(r->world) + r->conf->ask_time;
	struct message m = { .type = JOB_SCRATCH, .fd_count = 1 };
	int fd, rc = send_job(r, &owner->questions, &m, deadline, &fd);

	if (rc != 0)
		return rc;
	do {
		rc = loop_wait(r->loop, fd, WATCH_READ, deadline);
		if (rc == 0)
			rc = wire_recv(fd, &job_answers, r->room, &m);
	} while (rc == -E_AGAIN);
	(void)close(fd);
	if (rc == 0 && m.type == JOB_FILE) {
		*file = m.fds[0];
		return 0;
	}
	if (rc == 0) {
		rc = m.type == JOB_NO_FILE ? code_in(&m) : -E_IO;
		wire_discard(&m);
	}
	return rc == -E_TIMEOUT || rc == -E_CANCELED || rc == -E_FULL ? rc :
	    -E_IO;
}

/* Whoever has a place for it: the content goes to its store by descriptor,
 * whose disk it is on does not matter. */
static WAITS int
scratch(struct store *s, int *fd)
{
	struct remote *r = remote_of(s);
	int rc = -E_FULL;
	size_t i;

	for (i = 0; i < r->conf->owner_count && rc != 0 &&
	    rc != -E_CANCELED; i++)
		rc = scratch_of(r, &r->owners[i], fd);
	return rc;
}

/* --- the hand-over ------------------------------------------------------- */

/* All copies are for mailboxes of one owner: the dialogue sees to it. */
static struct owner *
owner_of(struct remote *r, const struct parcel *parcel)
{
	struct home *home, *first = NULL;
	size_t i;

	for (i = 0; i < parcel->copy_count; i++) {
		home = table_get(r->domains,
		    parcel->copies[i].mailbox->domain);
		must(home != NULL);
		first = first == NULL ? home : first;
		must(home->conf->owner == first->conf->owner);
	}
	return &r->owners[first->conf->owner];
}

/* A text too long for a message. Returns a sealed memfd, or -E_*. */
static int
long_text(struct str text)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_WRITE;
	int fd = memfd_create("parcel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t n = 1;

	if (fd < 0)
		return -E_IO;
	while (text.len > 0 && n > 0) {
		n = write(fd, text.p, text.len);
		text = str_from(text, n > 0 ? (size_t)n : 0);
	}
	if (text.len == 0 && fcntl(fd, F_ADD_SEALS, seals) == 0)
		return fd;
	(void)close(fd);
	return -E_IO;
}

/* In: text, the parcel. Returns as send_job. */
static WAITS int
send_parcel(struct remote *r, const struct parcel *parcel, struct str text,
    usec_t deadline, int *answers)
{
	struct slot *slot = &owner_of(r, parcel)->jobs;
	struct message m = { .type = JOB_KEEP, .body = text,
	    .fds = { -1, body_fd(parcel->body) }, .fd_count = 2 };
	int fd, rc;

	if (text.len <= WIRE_BODY)
		return send_job(r, slot, &m, deadline, answers);
	fd = long_text(text);
	if (fd < 0)
		return fd;
	m = (struct message){ .type = JOB_KEEP_LONG,
	    .fds = { -1, body_fd(parcel->body), fd }, .fd_count = 3 };
	rc = send_job(r, slot, &m, deadline, answers);
	(void)close(fd);
	return rc;
}

/* He has it, and will say what became of it. */
static WAITS int
hear_out(struct remote *r, int fd, struct message *m)
{
	int rc;

	do {
		loop_wait_firm(r->loop, fd, WATCH_READ);
		rc = read_answer(r, fd, JOB_DONE, m);
	} while (rc == -E_AGAIN);
	return rc;
}

/* In: fd, of which nobody has said anything in time, or we may not wait any
 * longer (rc). */
static WAITS int
take_back(struct remote *r, const struct parcel *parcel, int fd, int rc,
    struct message *m)
{
	return job_claim(body_fd(parcel->body)) ? rc : hear_out(r, fd, m);
}

/* is_wanted is the store's to ask: what he would be told is whether this
 * fiber has to leave, and then it takes the content back by itself. */
static WAITS int
keep(struct store *s, const struct parcel *parcel, bool (*is_wanted)(void *),
    void *arg)
{
	struct remote *r = remote_of(s);
	usec_t deadline = world_now(r->world) + r->conf->keep_time;
	struct buf text = BUF_INIT(JOB_LONG);
	struct message m;
	int fd, code, rc = job_pack_parcel(&text, parcel);

	(void)is_wanted, (void)arg;
	if (rc == 0)
		rc = send_parcel(r, parcel, buf_str(&text), deadline, &fd);
	buf_free(&text);
	if (rc != 0)
		return rc;
	rc = await(r, fd, JOB_DONE, deadline, &m);
	if (rc == -E_TIMEOUT || rc == -E_CANCELED)
		rc = take_back(r, parcel, fd, rc, &m);
	(void)close(fd);
	if (rc != 0)
		return rc == -E_IO ? -E_RESET : rc;
	code = code_in(&m);
	return code == -E_CANCELED ? -E_IO : code;
}

/* --- its life ------------------------------------------------------------ */

static void
slot_open(struct slot *slot, int fd)
{
	wire_nonblock(fd);
	slot->fd = fd;
	slot->first = NULL;
	slot->last = &slot->first;
}

static void
remote_free(struct store *s)
{
	struct remote *r = remote_of(s);
	size_t i;

	for (i = 0; i < r->conf->owner_count; i++) {
		must(r->owners[i].jobs.first == NULL &&
		    r->owners[i].questions.first == NULL);
		(void)close(r->owners[i].jobs.fd);
		(void)close(r->owners[i].questions.fd);
	}
	table_free(&r->domains);
	known_free(&r->known);
	free(r->owners);
	free(r->homes);
	free(r->room);
	free(r);
}

static struct sipkey
random_key(struct world *world)
{
	struct sipkey key;

	world->random(world, &key, sizeof key);
	return key;
}

/* The configuration was checked when the pools opened the same roots. */
static void
open_homes(struct remote *r)
{
	const struct remote_conf *conf = r->conf;
	struct home *home;
	struct str root;
	size_t i;

	for (i = 0; i < conf->domain_count; i++) {
		home = &r->homes[i];
		home->conf = &conf->domains[i];
		must(home->conf->owner < conf->owner_count);
		home->users = (struct users){ .domain = home->conf->name,
		    .has_table = home->conf->has_table,
		    .list = home->conf->users,
		    .count = home->conf->user_count };
		must(users_pattern(home->conf->pattern, &root,
		    &home->users.below) == 0);
		must(users_check(&home->users, NULL) == 0);
		(void)table_put(r->domains, home->conf->name, home);
	}
}

struct store *
remote_store(struct loop *loop, struct world *world,
    const struct remote_conf *conf)
{
	struct remote *r = calloc(1, sizeof *r);
	size_t i;

	must(r != NULL);
	r->store = (struct store){ find, keep, scratch, remote_free };
	r->conf = conf;
	r->loop = loop;
	r->world = world;
	r->owners = calloc(conf->owner_count + 1, sizeof *r->owners);
	r->homes = calloc(conf->domain_count + 1, sizeof *r->homes);
	r->room = malloc(WIRE_ROOM);
	must(r->owners != NULL && r->homes != NULL && r->room != NULL);
	for (i = 0; i < conf->owner_count; i++) {
		slot_open(&r->owners[i].jobs, conf->owners[i].jobs);
		slot_open(&r->owners[i].questions, conf->owners[i].questions);
	}
	r->domains = table_new(random_key(world));
	if (conf->known_time > 0)
		r->known = known_new(random_key(world), KNOWN_MOST);
	open_homes(r);
	return &r->store;
}
