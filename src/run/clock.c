/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock - the one file that asks the system for the time and for chance.
 *
 * Called by: the real world's functions; and, through time(), by
 * libopendkim (t=, x=) and libspf2, which know no other way to ask.
 *
 * time() is defined here for the whole program. The linker exports it from
 * the executable because those libraries refer to it, and their calls then
 * come to us; libc's own functions do not go through it.
 * Always holds: without clock_follow it is the system's time.
 */
#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "run/clock.h"

/* time() has no argument that could carry a world. */
static struct world *followed;

static usec_t
read_clock(clockid_t id)
{
	struct timespec t;

	must(clock_gettime(id, &t) == 0);
	return (usec_t)t.tv_sec * SEC + (usec_t)t.tv_nsec / 1000;
}

usec_t
clock_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

usec_t
clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

usec_t
clock_cpu(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void
clock_follow(struct world *w)
{
	followed = w;
}

__attribute__((visibility("default"))) time_t
time(time_t *out)
{
	usec_t wall = followed != NULL ? world_wall(followed) : clock_wall();
	time_t t = (time_t)(wall / SEC);

	if (out != NULL)
		*out = t;
	return t;
}

void
clock_random(void *buf, size_t n)
{
	char *p = buf;
	ssize_t got;

	while (n > 0) {
		got = getrandom(p, n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		must(got > 0);  /* before boot has finished it waits        */
		p += got;
		n -= (size_t)got;
	}
}
