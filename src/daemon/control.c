/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control - the socket that tools talk to: who may connect, and how many at
 * once.
 *
 *	waiting   for whoever connects
 *	full      CONTROL_MOST conversations; nobody more is let in
 *	resting   no descriptor could be had; for PAUSE
 *
 *	waiting -> full: begin              full -> waiting: end
 *	waiting -> resting: on_knock        resting -> waiting: after_rest
 *
 * Called by: daemon/doors.c (the supervisor binds), daemon/keeper.c.
 * Always holds: a conversation ends by itself, or by TALK_TIME; so who may
 * ask can keep others waiting, but neither mail nor memory (catalogue 131).
 * The system's rights on the path are all that guards it, so the keeper
 * answers questions and takes no orders.
 *
 * Source: unix(7).
 */
#include "config.h"

#include "daemon/control.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "run/join.h"

#define BACKLOG   64
#define PAUSE     (100 * MSEC)
#define TALK_TIME (30 * SEC)
#define FOLDER_MODE 0755        /* the socket guards itself                 */

/* --- binding ------------------------------------------------------------- */

static void
address_make(struct str path, struct sockaddr_un *a)
{
	memset(a, 0, sizeof *a);
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path, path.p, path.len);
}

/* Whether somebody listens there. A queue that is full is somebody's. */
static bool
is_live(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	bool is = fd >= 0 && (connect(fd, (const struct sockaddr *)a,
	    sizeof *a) == 0 || errno == EAGAIN || errno == EACCES);

	if (fd >= 0)
		(void)close(fd);
	return is;
}

/* Only a socket goes: what else lies there is somebody's file. */
static bool
remove_stale(const struct sockaddr_un *a)
{
	struct stat st;

	if (lstat(a->sun_path, &st) != 0)
		return false;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return false;
	}
	return unlink(a->sun_path) == 0;
}

/* The folder, one level: /run is empty after each boot. */
static void
make_folder(const struct sockaddr_un *a)
{
	char path[sizeof a->sun_path];
	char *end;

	memcpy(path, a->sun_path, sizeof path);
	end = strrchr(path, '/');
	if (end == NULL || end == path)
		return;
	*end = '\0';
	if (mkdir(path, 0700) == 0)
		(void)chmod(path, FOLDER_MODE);
}

/* With the mode from its birth on. */
static int
bind_as(int fd, const struct sockaddr_un *a)
{
	mode_t mask = umask(0117);
	int rc = bind(fd, (const struct sockaddr *)a, sizeof *a);
	int error = errno;

	(void)umask(mask);
	errno = error;
	return rc;
}

/* root's own group until then; who is not root can give it to a group that it
 * is in. In: gid, (gid_t)-1: nobody's. */
static int
bind_for(int fd, const struct sockaddr_un *a, gid_t gid)
{
	gid_t own = getegid();
	int rc, error;

	if (gid == (gid_t)-1 || geteuid() != 0) {
		rc = bind_as(fd, a);
		return rc != 0 || gid == (gid_t)-1 ? rc :
		    chown(a->sun_path, (uid_t)-1, gid);
	}
	if (setegid(gid) != 0)
		return -1;
	rc = bind_as(fd, a);
	error = errno;
	must(setegid(own) == 0);
	errno = error;
	return rc;
}

static int
find_group(struct str name, gid_t *out, struct fault *fault)
{
	const struct group *g = NULL;
	char text[64];

	*out = (gid_t)-1;
	if (name.len == 0)
		return 0;
	if (name.len < sizeof text) {
		memcpy(text, name.p, name.len);
		text[name.len] = '\0';
		g = getgrnam(text);
	}
	if (g == NULL) {
		fault_set(fault, "there is no group \"%.*s\"; make one "
		    "(groupadd --system %.*s) or name another: control PATH "
		    "{ group NAME }", STR_ARG(name), STR_ARG(name));
		return -E_INVALID;
	}
	*out = g->gr_gid;
	return 0;
}

/* Once more when what lay there was stale. */
static int
bind_anew(int fd, const struct sockaddr_un *a, gid_t gid)
{
	int rc = bind_for(fd, a, gid);

	if (rc != 0 && errno == ENOENT) {
		make_folder(a);
		rc = bind_for(fd, a, gid);
	} else if (rc != 0 && errno == EADDRINUSE) {
		if (is_live(a)) {
			errno = EADDRINUSE;
			return -E_EXISTS;
		}
		rc = remove_stale(a) ? bind_for(fd, a, gid) : -1;
	}
	return rc == 0 && listen(fd, BACKLOG) == 0 ? 0 : -E_IO;
}

int
control_bind(const struct control_conf *conf, int *out, struct fault *fault)
{
	struct sockaddr_un a;
	gid_t gid;
	int fd, rc;

	if (conf->path.len >= sizeof a.sun_path) {
		fault_set(fault, "the path %.*s is too long for a socket",
		    STR_ARG(conf->path));
		return -E_INVALID;
	}
	rc = find_group(conf->group, &gid, fault);
	if (rc != 0)
		return rc;
	address_make(conf->path, &a);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	rc = fd < 0 ? -E_IO : bind_anew(fd, &a, gid);
	if (rc == 0) {
		*out = fd;
		return 0;
	}
	fault_set(fault, "cannot listen at %s for tools: %s", a.sun_path,
	    rc == -E_EXISTS ? "another posternd does" : strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* --- conversations ------------------------------------------------------- */

struct talk {
	struct control_door *door;
	struct stream       *stream;    /* NULL: the place is free          */
	struct fiber        *fiber;
	struct timer         late;
};

struct control_door {
	struct loop  *loop;
	int           fd;
	struct watch *watch;
	struct timer  rest;
	void        (*serve)(void *arg, struct stream *);
	void         *arg;
	struct join   talks;
	struct talk   talk[CONTROL_MOST];
};

static struct talk *
free_talk(struct control_door *d)
{
	size_t i;

	for (i = 0; i < COUNT(d->talk); i++)
		if (d->talk[i].stream == NULL)
			return &d->talk[i];
	return NULL;
}

static void
on_late(struct timer *t)
{
	fiber_cancel(CONTAINER(t, struct talk, late)->fiber);
}

static void
talk_main(void *arg)
{
	struct talk *t = arg;
	struct control_door *d = t->door;
	struct fibers *fibers = loop_fibers(d->loop);

	t->fiber = fiber_self();
	t->late.fire = on_late;
	timer_set(fibers, &t->late, fibers_now(fibers) + TALK_TIME);
	d->serve(d->arg, t->stream);
	timer_stop(fibers, &t->late);
	stream_free(&t->stream);
	if (d->watch != NULL)
		watch_set(d->watch, WATCH_READ);
}

/* Owner: fd is taken in any case. */
static void
begin(struct control_door *d, int fd)
{
	struct talk *t = free_talk(d);

	t->door = d;
	t->stream = loop_stream(d->loop, fd);
	if (t->stream == NULL) {
		(void)close(fd);
		return;
	}
	if (join_start(&d->talks, "control", talk_main, t) != 0)
		stream_free(&t->stream);
}

static void
after_rest(struct timer *t)
{
	struct control_door *d = CONTAINER(t, struct control_door, rest);

	watch_set(d->watch, WATCH_READ);
}

static void
on_knock(void *arg, int events)
{
	struct control_door *d = arg;
	int fd;

	(void)events;
	if (free_talk(d) == NULL) {
		watch_set(d->watch, 0);
		return;
	}
	fd = accept4(d->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0) {
		begin(d, fd);
	} else if (errno != EAGAIN && errno != ECONNABORTED &&
	    errno != EINTR) {
		watch_set(d->watch, 0);
		timer_set(loop_fibers(d->loop), &d->rest,
		    fibers_now(loop_fibers(d->loop)) + PAUSE);
	}
}

struct control_door *
control_open(struct loop *loop, int fd, void (*serve)(void *, struct stream *),
    void *arg)
{
	struct control_door *d = calloc(1, sizeof *d);

	must(d != NULL);
	d->loop = loop;
	d->fd = fd;
	d->serve = serve;
	d->arg = arg;
	d->talks = JOIN_INIT(loop_fibers(loop));
	d->rest.fire = after_rest;
	d->watch = watch_new(loop, fd, on_knock, d);
	watch_set(d->watch, WATCH_READ);
	return d;
}

void
control_close(struct control_door **dp)
{
	struct control_door *d = *dp;

	if (d == NULL)
		return;
	timer_stop(loop_fibers(d->loop), &d->rest);
	watch_free(&d->watch);
	join_end(&d->talks);
	free(d);
	*dp = NULL;
}
