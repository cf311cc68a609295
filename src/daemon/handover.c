/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * handover - a supervisor's descriptors and children as a text.
 *
 *	postern-handover 1
 *	board 5
 *	log 1 6                     enum log_to, descriptor
 *	door 7 127.0.0.1:2525
 *	heir 1 0 3 4711 8           role owner row pid wire
 *
 * Called by: daemon/supervisor.c, before and after it executes its successor.
 * Always holds: a number that could not be what it stands for makes the whole
 * text bad; who wrote it was a supervisor, but not this one.
 */
#include "config.h"

#include "daemon/handover.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD      "postern-handover 1"
#define TEXT_MAX  16384
#define FD_MAX    1048576

/* --- writing ------------------------------------------------------------- */

static int
write_text(const struct handover *h, struct buf *out)
{
	const struct heir *c;
	size_t i;
	int rc;

	rc = buf_addf(out, HEAD "\nboard %d\nlog %d %d\n", h->board,
	    (int)h->log_to, h->log);
	for (i = 0; i < h->door_count && rc == 0; i++)
		rc = buf_addf(out, "door %d %s\n", h->doors[i].fd,
		    h->doors[i].address);
	for (i = 0; i < h->heir_count && rc == 0; i++) {
		c = &h->heirs[i];
		rc = buf_addf(out, "heir %d %u %u %d %d\n", (int)c->role,
		    c->owner, c->row, c->pid, c->wire);
	}
	return rc;
}

int
handover_write(const struct handover *h, int *out)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	int fd = memfd_create("handover", 0);
	int rc = fd < 0 ? -E_NOMEM : write_text(h, &text);

	if (rc == 0 && (write(fd, text.p, text.len) != (ssize_t)text.len ||
	    lseek(fd, 0, SEEK_SET) != 0))
		rc = -E_NOMEM;
	buf_free(&text);
	if (rc == 0)
		*out = fd;
	else if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* --- reading ------------------------------------------------------------- */

/* The next word as a number; "-1" is one where it is allowed. */
static int
number(struct str *line, int64_t max, bool or_none)
{
	struct str word = str_split(line, ' ');
	uint64_t n;

	if (or_none && str_eq(word, STR("-1")))
		return -1;
	if (word.p == NULL || str_number(word, (uint64_t)max, &n) != 0)
		return -2;
	return (int)n;
}

static bool
read_board(struct handover *h, struct str line)
{
	h->board = number(&line, FD_MAX, false);
	return h->board >= 0;
}

static bool
read_log_line(struct handover *h, struct str line)
{
	int to = number(&line, LT_SYSLOG, false);

	h->log = number(&line, FD_MAX, true);
	h->log_to = to < 0 ? LT_STDERR : (enum log_to)to;
	return to >= 0 && h->log >= -1;
}

static bool
read_door(struct handover *h, struct str line)
{
	struct door *d = &h->doors[h->door_count];

	if (h->door_count == COUNT(h->doors))
		return false;
	d->fd = number(&line, FD_MAX, false);
	d->users = 1;
	if (d->fd < 0 || line.len == 0 || line.len >= sizeof d->address)
		return false;
	memcpy(d->address, line.p, line.len);
	d->address[line.len] = '\0';
	h->door_count++;
	return true;
}

static bool
read_heir(struct handover *h, struct str line)
{
	struct heir *c = &h->heirs[h->heir_count];
	int role, owner, row;

	if (h->heir_count == COUNT(h->heirs))
		return false;
	role = number(&line, ROLE_COUNT - 1, false);
	owner = number(&line, ROLE_OWNERS - 1, false);
	row = number(&line, BOARD_ROWS - 1, false);
	c->pid = number(&line, INT32_MAX, false);
	c->wire = number(&line, FD_MAX, true);
	if (role < 0 || owner < 0 || row < 0 || c->pid <= 1 || c->wire < -1)
		return false;
	c->role = (enum role)role;
	c->owner = (unsigned)owner;
	c->row = (unsigned)row;
	h->heir_count++;
	return true;
}

static const struct {
	const char *word;
	bool      (*read)(struct handover *, struct str line);
} lines[] = {
	{ "board", read_board }, { "log", read_log_line },
	{ "door", read_door }, { "heir", read_heir },
};

static bool
read_line(struct handover *h, struct str line)
{
	struct str word = str_split(&line, ' ');
	size_t i;

	for (i = 0; i < COUNT(lines); i++)
		if (str_eq(word, str_of(lines[i].word)))
			return lines[i].read(h, line);
	return true;
}

static int
read_text(struct str text, struct handover *h)
{
	struct str line = str_split(&text, '\n');

	if (!str_eq(line, STR(HEAD)))
		return -E_INVALID;
	memset(h, 0, sizeof *h);
	h->board = h->log = -1;
	while (text.p != NULL) {
		line = str_split(&text, '\n');
		if (line.len > 0 && !read_line(h, line))
			return -E_INVALID;
	}
	return h->board >= 0 ? 0 : -E_INVALID;
}

int
handover_read(int fd, struct handover *h)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	char *room = buf_room(&text, TEXT_MAX);
	ssize_t n = room == NULL ? -1 : pread(fd, room, TEXT_MAX, 0);
	int rc = n <= 0 ? -E_INVALID :
	    read_text((struct str){ room, (size_t)n }, h);

	buf_free(&text);
	(void)close(fd);
	return rc;
}

/* --- over exec ----------------------------------------------------------- */

static void
keep(int fd, bool over_exec)
{
	if (fd >= 0)
		(void)fcntl(fd, F_SETFD, over_exec ? 0 : FD_CLOEXEC);
}

void
handover_keep(const struct handover *h, bool over_exec)
{
	size_t i;

	keep(h->board, over_exec);
	keep(h->log, over_exec);
	for (i = 0; i < h->door_count; i++)
		keep(h->doors[i].fd, over_exec);
	for (i = 0; i < h->heir_count; i++)
		keep(h->heirs[i].wire, over_exec);
}
