/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire - messages with descriptors between our processes.
 *
 * Called by: daemon/role.c and the supervisor, deliver/remote.c and clerk.c.
 *
 * Always holds (catalogue 132):
 * 1. A descriptor that came in is either in a message that was returned, or
 *    closed. It never passes an exec.
 * 2. A message was sent by this very program: its build is ours. Two builds
 *    that meet during an upgrade see each other's messages as invalid instead
 *    of reading one thing for another.
 *
 * Source: unix(7), cmsg(3), recvmsg(2), elf(5) (notes).
 *
 * KNOWN GAPS: an empty packet cannot be told from the end of file when the
 * peer closes right behind it; it has closed, then.
 */
#include "config.h"

#include "run/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/table.h"

#define BUILD_ID 3      /* NT_GNU_BUILD_ID                                  */

/* In our own order of bytes: both ends are one program on one machine. */
struct head {
	uint32_t type;
	uint32_t length;
	uint64_t build;
};

/* Aligned as the kernel wants it. */
union control {
	struct cmsghdr head;
	char           room[CMSG_SPACE(WIRE_FDS * sizeof (int))];
};

/* --- pairs --------------------------------------------------------------- */

int
wire_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) ==
	    0 ? 0 : -E_NOMEM;
}

void
wire_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	must(flags >= 0);
	must(fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
}

/* --- sending ------------------------------------------------------------- */

static void
attach(struct msghdr *m, union control *control, const struct message *msg)
{
	struct cmsghdr *c;
	size_t n = msg->fd_count * sizeof (int);

	if (msg->fd_count == 0)
		return;
	m->msg_control = control;
	m->msg_controllen = CMSG_SPACE(n);
	c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), msg->fds, n);
}

static int
code_of(int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK)
		return -E_AGAIN;
	/* ETOOMANYREFS: too many descriptors on their way. */
	if (error == ENOMEM || error == ENOBUFS || error == EMFILE ||
	    error == ENFILE || error == ETOOMANYREFS)
		return -E_NOMEM;
	return -E_RESET;
}

int
wire_send(int fd, const struct message *msg)
{
	struct head head = { msg->type, (uint32_t)msg->body.len,
	    wire_build() };
	struct iovec iov[2] = { { &head, sizeof head },
	    { (void *)(uintptr_t)msg->body.p, msg->body.len } };
	union control control = { .room = { 0 } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = COUNT(iov) };
	ssize_t n;

	must(msg->body.len <= WIRE_BODY && msg->fd_count <= WIRE_FDS);
	attach(&m, &control, msg);
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? code_of(errno) : 0;
}

/* --- receiving ----------------------------------------------------------- */

static void
detach(struct msghdr *m, struct message *msg)
{
	struct cmsghdr *c;
	size_t n;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof (int);
		must(msg->fd_count + n <= WIRE_FDS);
		memcpy(msg->fds + msg->fd_count, CMSG_DATA(c),
		    n * sizeof (int));
		msg->fd_count += (unsigned)n;
	}
}

void
wire_discard(struct message *msg)
{
	while (msg->fd_count > 0)
		(void)close(msg->fds[--msg->fd_count]);
}

/* Nobody may end a reader by an empty packet. */
static int
end_or_empty(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	if (poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLRDHUP)) != 0)
		return -E_EOF;
	return -E_INVALID;
}

/* Whether it is one of the protocol's, whole, and from this build. */
static bool
is_proper(const struct wire_protocol *protocol, const struct head *head,
    size_t body, unsigned fds)
{
	const struct wire_type *type;

	if (head->build != wire_build() || head->type >= protocol->count)
		return false;
	type = &protocol->types[head->type];
	return type->is_known && head->length == body && body <= type->max &&
	    fds == type->fds;
}

static int
check(const struct wire_protocol *protocol, char *room, size_t n, int flags,
    struct message *msg)
{
	struct head head;

	if (n < sizeof head || (flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return -E_INVALID;
	memcpy(&head, room, sizeof head);
	if (!is_proper(protocol, &head, n - sizeof head, msg->fd_count))
		return -E_INVALID;
	msg->type = head.type;
	msg->body = (struct str){ room + sizeof head, n - sizeof head };
	return 0;
}

/* MSG_CTRUNC: there were more descriptors than anybody sends, or none could
 * be had; what did arrive is closed with the rest of the message. */
int
wire_recv(int fd, const struct wire_protocol *protocol, char *room,
    struct message *out)
{
	struct iovec iov = { room, WIRE_ROOM };
	union control control;
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof control };
	struct message msg = { 0 };
	ssize_t n;
	int rc;

	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return code_of(errno);
	detach(&m, &msg);
	rc = n == 0 && msg.fd_count == 0 ? end_or_empty(fd) :
	    check(protocol, room, (size_t)n, m.msg_flags, &msg);
	if (rc != 0)
		wire_discard(&msg);
	else
		*out = msg;
	return rc;
}

/* --- the build ----------------------------------------------------------- */

/* What a note begins with. */
struct note {
	uint32_t name, text, type;
};

static size_t
padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* The linker's own mark among the notes; empty when it is not there. */
static struct str
find_build_id(struct str notes)
{
	struct str name, text;
	struct note note;

	while (notes.len >= sizeof note) {
		memcpy(&note, notes.p, sizeof note);
		notes = str_from(notes, sizeof note);
		name = str_sub(notes, 0, note.name);
		notes = str_from(notes, padded(note.name));
		text = str_sub(notes, 0, note.text);
		notes = str_from(notes, padded(note.text));
		if (note.type == BUILD_ID && str_eq(name, STR("GNU\0")))
			return text;
	}
	return (struct str){ "", 0 };
}

/* The program comes first. Without a mark of the linker, where its parts lie
 * and how long they are must do. */
static int
on_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	const struct sipkey key = { 0x706f737465726e, 5 };
	struct str id = { "", 0 };
	const ElfW(Phdr) *h;
	uint64_t *build = arg;
	size_t i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum && id.len == 0; i++) {
		h = &info->dlpi_phdr[i];
		if (h->p_type == PT_NOTE)
			id = find_build_id((struct str){ (const char *)
			    (uintptr_t)(info->dlpi_addr + h->p_vaddr),
			    h->p_memsz });
	}
	if (id.len == 0)
		id = (struct str){ (const char *)info->dlpi_phdr,
		    info->dlpi_phnum * sizeof *info->dlpi_phdr };
	*build = siphash(key, id.p, id.len) ^
	    siphash(key, PACKAGE_VERSION, sizeof PACKAGE_VERSION);
	return 1;
}

uint64_t
wire_build(void)
{
	uint64_t build = 0;

	(void)dl_iterate_phdr(on_object, &build);
	return build;
}
