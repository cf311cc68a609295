/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few words that every file may use: counts, invariants, the mark of a
 * function that waits, and moments in microseconds.
 */
#ifndef BASE_BASIC_H
#define BASE_BASIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A moment or a span in microseconds. Moments come from world_now(). */
typedef int64_t usec_t;

#define USEC_NEVER INT64_MAX
#define MSEC       ((usec_t)1000)
#define SEC        ((usec_t)1000000)

/* Marks a function that may suspend the running fiber. */
#define WAITS

#define COUNT(a) (sizeof (a) / sizeof (a)[0])

#define CONTAINER(p, type, member) \
	((type *)(void *)((char *)(p) - offsetof(type, member)))

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* A broken invariant ends the process, in release builds too. */
#define must(x) ((x) ? (void)0 : must_failed(#x, __FILE__, __LINE__))

_Noreturn void must_failed(const char *what, const char *file, int line);

#endif
