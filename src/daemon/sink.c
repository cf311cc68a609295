/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink - one write for each line, and never a wait.
 *
 *	stderr   the line; under systemd its priority in front ("<6>")
 *	file     "2026-11-24T23:17:03Z posternd[123]: " in front
 *	syslog   a datagram to /dev/log, facility mail
 *
 * Called by: event_send, through the world.
 * Always holds: a reader that stands still, a full disk, a syslog daemon that
 * is away cost lines, never time (catalogue 116). Lines lost are counted, and
 * told in front of the next one that gets through. A line that a full disk cut
 * is ended by the next one, whose process ever that is of: those who write one
 * log share a count of cuts. Two that come at once may both end it, which
 * makes an empty line, never one of two.
 *
 * KNOWN GAPS: the count comes a moment after the cut; another process whose
 * line finds room in between goes on there.
 *
 * Source: RFC 3164 4.1 for syslog, sd-daemon(3) for priorities.
 */
#include "config.h"

#include "daemon/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "run/clock.h"

#define LINE_MAX_BYTES (EVENT_MAX + 128)
#define FACILITY_MAIL  (2 << 3)

struct pipe_sink {
	struct sink sink;
	enum log_to to;
	int         fd;
	bool        may_stall;   /* a pipe or terminal: ask before writing  */
	bool        has_priority;
	_Atomic uint32_t  own_cuts;  /* unless they are shared              */
	_Atomic uint32_t *cuts;  /* lines without a line end                */
	uint64_t    told;        /* of sink.dropped                         */
	char        stamp[DATE_TEXT + 32];
	size_t      stamp_len;
	usec_t      stamp_second;
	char        line[1 + LINE_MAX_BYTES];   /* the first ends a cut one */
};

static const int priorities[] = {
	[LOG_ERROR] = 3, [LOG_WARN] = 4, [LOG_MARK] = 5, [LOG_TELL] = 6,
	[LOG_TRACE] = 7,
};

/* --- what stands in front ------------------------------------------------ */

/* Made once a second. */
static struct str
stamp(struct pipe_sink *s)
{
	usec_t second = clock_wall() / SEC;
	size_t n;

	if (s->stamp_len == 0 || second != s->stamp_second) {
		n = date_rfc3339(second * SEC, false, s->stamp);
		n += (size_t)snprintf(s->stamp + n, sizeof s->stamp - n,
		    " posternd[%ld]: ", (long)getpid());
		s->stamp_len = n;
		s->stamp_second = second;
	}
	return (struct str){ s->stamp, s->stamp_len };
}

/* "Nov 24 23:17:03" in UTC would mislead: syslog daemons put their own time
 * when there is none. */
static size_t
put_front(struct pipe_sink *s, enum level level)
{
	char *line = s->line + 1;
	size_t room = LINE_MAX_BYTES;
	struct str text;

	switch (s->to) {
	case LT_FILE:
		text = stamp(s);
		memcpy(line, text.p, text.len);
		return text.len;
	case LT_SYSLOG:
		return (size_t)snprintf(line, room, "<%d>posternd[%ld]: ",
		    FACILITY_MAIL | priorities[level], (long)getpid());
	case LT_STDERR:
		break;
	}
	if (!s->has_priority)
		return 0;
	return (size_t)snprintf(line, room, "<%d>", priorities[level]);
}

/* --- writing ------------------------------------------------------------- */

static int
connect_syslog(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX,
	    .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to,
	    sizeof to) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* A syslog daemon that was restarted has a new socket: once more. */
static bool
send_syslog(struct pipe_sink *s, size_t n)
{
	if (s->fd >= 0 && send(s->fd, s->line + 1, n, MSG_NOSIGNAL) >= 0)
		return true;
	if (s->fd >= 0 && (errno == EAGAIN || errno == ENOBUFS))
		return false;
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = connect_syslog();
	return s->fd >= 0 && send(s->fd, s->line + 1, n, MSG_NOSIGNAL) >= 0;
}

/* Whether a write would get through at once: what is under PIPE_BUF goes
 * whole or not at all. */
static bool
is_writable(const struct pipe_sink *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };

	return !s->may_stall ||
	    (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0);
}

/*
 * A disk that fills up takes a part of a line. The next one must not go on
 * there. A cut that comes while one is being ended is another number, so that
 * it is not taken for ended with it.
 * In: p, with room for a byte before it.
 */
static bool
put_bytes(struct pipe_sink *s, char *p, size_t n)
{
	uint32_t cuts = atomic_load(s->cuts);
	ssize_t done;

	if (cuts > 0) {
		*--p = '\n';
		n++;
	}
	done = write(s->fd, p, n);
	if (done > 0 && (size_t)done < n) {
		(void)atomic_fetch_add(s->cuts, 1);
		return false;
	}
	if (done > 0 && cuts > 0)
		(void)atomic_compare_exchange_strong(s->cuts, &cuts, 0);
	return done > 0;
}

static bool
put_line(struct pipe_sink *s, enum level level, struct str line)
{
	size_t n = put_front(s, level);
	char *all = s->line + 1;

	if (line.len > LINE_MAX_BYTES - n - 1)
		line.len = LINE_MAX_BYTES - n - 1;
	memcpy(all + n, line.p, line.len);
	n += line.len;
	if (s->to == LT_SYSLOG)
		return send_syslog(s, n);
	all[n++] = '\n';
	return is_writable(s) && put_bytes(s, all, n);
}

static void
write_line(struct sink *sink, enum level level, struct str line)
{
	struct pipe_sink *s = CONTAINER(sink, struct pipe_sink, sink);
	char text[64];
	int n;

	if (sink->dropped > s->told) {
		n = snprintf(text, sizeof text, "state name=log dropped=%llu",
		    (unsigned long long)(sink->dropped - s->told));
		if (put_line(s, LOG_WARN, (struct str){ text, (size_t)n }))
			s->told = sink->dropped;
	}
	if (!put_line(s, level, line))
		sink->dropped++;
}

/* --- opening ------------------------------------------------------------- */

/* Whether the last life's last line is whole; who may not read it, or finds no
 * plain file, cannot tell. */
static bool
ends_in_a_line(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char last = '\n';

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)
		last = '\n';
	if (fd >= 0)
		(void)close(fd);
	return last == '\n';
}

static int
open_file(struct pipe_sink *s, const struct log_conf *conf,
    struct fault *fault)
{
	char path[1024];

	if (conf->path.len >= sizeof path) {
		fault_set(fault, "the name of the log file is too long");
		return -E_INVALID;
	}
	memcpy(path, conf->path.p, conf->path.len);
	path[conf->path.len] = '\0';
	s->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0640);
	if (s->fd >= 0) {
		*s->cuts = ends_in_a_line(path) ? 0 : 1;
		return 0;
	}
	fault_set(fault, "cannot open the log file %s: %s", path,
	    strerror(errno));
	return -E_IO;
}

static struct pipe_sink *
pipe_new(const struct log_conf *conf)
{
	struct pipe_sink *s = calloc(1, sizeof *s);
	struct stat st;

	must(s != NULL);
	s->sink.write = write_line;
	s->to = conf->to;
	s->cuts = &s->own_cuts;
	s->fd = -1;
	if (conf->to == LT_SYSLOG)
		s->fd = connect_syslog();    /* may be away: tried again    */
	if (conf->to != LT_STDERR)
		return s;
	s->fd = STDERR_FILENO;
	s->may_stall = fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode);
	s->has_priority = getenv("JOURNAL_STREAM") != NULL;
	return s;
}

int
sink_open(const struct log_conf *conf, struct sink **out,
    struct fault *fault)
{
	struct pipe_sink *s = pipe_new(conf);
	int rc = conf->to == LT_FILE ? open_file(s, conf, fault) : 0;

	if (rc == 0)
		*out = &s->sink;
	else
		free(s);
	return rc;
}

struct sink *
sink_take(const struct log_conf *conf, int fd)
{
	struct pipe_sink *s = pipe_new(conf);

	if (conf->to == LT_FILE)
		s->fd = fd;
	return &s->sink;
}

void
sink_share(struct sink *sink, _Atomic uint32_t *cuts)
{
	struct pipe_sink *s = CONTAINER(sink, struct pipe_sink, sink);

	(void)atomic_fetch_add(cuts, atomic_load(s->cuts));
	s->cuts = cuts;
}

int
sink_fd(struct sink *sink)
{
	struct pipe_sink *s = CONTAINER(sink, struct pipe_sink, sink);

	return s->to == LT_FILE ? s->fd : -1;
}

void
sink_close(struct sink **sink)
{
	struct pipe_sink *s;

	if (*sink == NULL)
		return;
	s = CONTAINER(*sink, struct pipe_sink, sink);
	if (s->to != LT_STDERR && s->fd >= 0)
		(void)close(s->fd);
	free(s);
	*sink = NULL;
}
