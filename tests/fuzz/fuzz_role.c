/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_role - what a child is told by whoever it may be: it gets what its
 * role needs, or says no and holds nothing (catalogue 132).
 *
 * An input is messages: type, descriptors (0..3), length, body.
 */
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "daemon/role.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
next_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)close(fd);
	return fd;
}

/* Until the input or the room of the socket ends. */
static void
send_all(int fd, const uint8_t *data, size_t size)
{
	struct message m = { .fds = { 2, 2, 2 } };

	while (size >= 3) {
		m.type = data[0];
		m.fd_count = data[1] % 4;
		m.body.len = data[2];
		data += 3;
		size -= 3;
		if (m.body.len > size)
			m.body.len = size;
		m.body.p = (const char *)data;
		data += m.body.len;
		size -= m.body.len;
		if (wire_send(fd, &m) != 0)
			break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fds[2], lowest = next_fd(), rc;
	struct given g;

	must(wire_pair(fds) == 0);
	wire_nonblock(fds[0]);
	send_all(fds[0], data, size);
	(void)close(fds[0]);
	rc = role_receive(fds[1], &g);
	must(rc == 0 || rc == -E_INVALID || rc == -E_EOF);
	if (rc == 0) {
		must(g.role < ROLE_COUNT && g.owner < ROLE_OWNERS);
		must(g.role == ROLE_CHECKER || g.open >= 0);
		role_forget(&g);
	}
	(void)close(fds[1]);
	must(next_fd() == lowest);
	return 0;
}
