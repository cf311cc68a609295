/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_wire - packets by hand: header, body and descriptors as the input says.
 * What is returned fits its table; of the rest no descriptor stays open
 * (catalogue 132).
 *
 * An input is packets: descriptors (0..7), whether the build is right, length
 * (16 bits), bytes behind the build.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/pack.h"
#include "run/wire.h"

#define FDS 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wire_type types[] = {
	{ 8, 0, true }, { 0, 0, false }, { 100, 1, true }, { 100, 4, true },
};

static const struct wire_protocol protocol = { types, COUNT(types) };

static int
next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)close(fd);
	return fd;
}

static void
send_raw(int fd, struct str bytes, unsigned fds)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(FDS * sizeof (int))];
	} control = { .room = { 0 } };
	struct iovec iov = { (void *)(uintptr_t)bytes.p, bytes.len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int list[FDS] = { 2, 2, 2, 2, 2, 2, 2 };

	if (fds > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(fds * sizeof (int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(fds * sizeof (int));
		memcpy(CMSG_DATA(&control.head), list, fds * sizeof (int));
	}
	(void)sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* type and length from the input, the build from us, when it says so. */
static void
send_packet(int fd, const uint8_t *data, size_t n, unsigned how)
{
	struct buf b = BUF_INIT(0);
	struct str all = { (const char *)data, n };

	(void)buf_add_str(&b, str_sub(all, 0, 8));
	if (n >= 8)
		(void)pack_u64(&b, how & 8 ? wire_build() : 1);
	(void)buf_add_str(&b, str_from(all, 8));
	send_raw(fd, buf_str(&b), how & FDS);
	buf_free(&b);
}

static void
receive(int fd, char *room, int lowest)
{
	struct message m;
	int rc = wire_recv(fd, &protocol, room, &m);

	must(rc == 0 || rc == -E_INVALID || rc == -E_AGAIN || rc == -E_EOF);
	if (rc == 0) {
		must(m.type < COUNT(types) && types[m.type].is_known);
		must(m.body.len <= types[m.type].max);
		must(m.fd_count == types[m.type].fds);
		wire_discard(&m);
	}
	must(next_fd() == lowest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fds[2], lowest;
	char *room = malloc(WIRE_ROOM);
	size_t n;

	must(wire_pair(fds) == 0);
	wire_nonblock(fds[1]);
	must(room != NULL);
	lowest = next_fd();
	while (size >= 3) {
		n = data[1] | (size_t)data[2] << 8;
		if (n > size - 3)
			n = size - 3;
		send_packet(fds[0], data + 3, n, data[0]);
		receive(fds[1], room, lowest);
		data += 3 + n;
		size -= 3 + n;
	}
	(void)shutdown(fds[0], SHUT_RDWR);
	receive(fds[1], room, lowest);
	(void)close(fds[0]);
	(void)close(fds[1]);
	free(room);
	return 0;
}
