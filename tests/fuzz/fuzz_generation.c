/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_generation - any bytes as a sealed generation: it is refused, or all
 * that it says lies in it.
 *
 * Magic, build and size are made right, so that what follows is looked at;
 * an input is what comes behind them: the number of entries and the rest.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/generation.h"
#include "conf/record.h"
#include "run/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
memfd_of(const uint8_t *data, size_t size)
{
	struct record_head head = { .magic = RECORD_MAGIC,
	    .build = wire_build() };
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (size >= sizeof head.count) {
		memcpy(&head.count, data, sizeof head.count);
		data += sizeof head.count;
		size -= sizeof head.count;
	}
	head.size = sizeof head + size;
	must(fd >= 0);
	must(write(fd, &head, sizeof head) == sizeof head);
	must(size == 0 || write(fd, data, size) == (ssize_t)size);
	must(fcntl(fd, F_ADD_SEALS, RECORD_SEALS) == 0);
	return fd;
}

/* Touches each byte of a text and the NUL behind it. */
static void
look(struct str text)
{
	volatile char sum = 0;
	size_t i;

	for (i = 0; i < text.len; i++)
		sum = (char)(sum ^ text.p[i]);
	must(text.p[text.len] == '\0');
}

/* Asks for each path that an entry names, in each way. */
static void
ask(struct reader *r, struct str path, struct arena *a)
{
	struct str text, *paths;
	struct fault f;
	size_t i, count;
	int rc;

	rc = r->read(r, path, a, &text, &f);
	must(rc <= 0 && rc > -E_COUNT);
	if (rc == 0)
		look(text);
	rc = r->secret(r, path, a, &text, &f);
	must(rc <= 0 && rc > -E_COUNT);
	if (rc == 0)
		look(text);
	rc = r->list(r, path, a, &paths, &count);
	must(rc <= 0 && rc > -E_COUNT);
	for (i = 0; rc == 0 && i < count; i++)
		look(paths[i]);
}

/* Entries are only believed when the generation is. */
static void
ask_all(struct generation *g, const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	const size_t head = sizeof (struct record_head);
	struct record record;
	uint64_t i, count;

	memcpy(&count, data, sizeof count);
	data += sizeof count;
	must(count <= size / sizeof record);
	for (i = 0; i < count && i < 100; i++) {
		memcpy(&record, data + i * sizeof record, sizeof record);
		ask(generation_reader(g), (struct str){ (const char *)data +
		    (record.path_at - head), (size_t)record.path_len }, a);
	}
	ask(generation_reader(g), STR("/etc/postern.conf"), a);
	arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct generation *g;
	int fd = memfd_of(data, size);

	if (generation_map(fd, -1, &g) == 0) {
		if (size >= sizeof (uint64_t))
			ask_all(g, data, size);
		generation_free(&g);
	}
	(void)close(fd);
	return 0;
}
