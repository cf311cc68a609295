/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loop: the driver of fibers in the real world, on libev (which is shut in
 * here): descriptors, listeners, signals.
 */
#ifndef RUN_LOOP_H
#define RUN_LOOP_H

#include <sys/socket.h>

#include "base/error.h"
#include "base/ip.h"
#include "base/log.h"
#include "run/fiber.h"
#include "run/stream.h"

struct loop;

/* Made after any fork. Owner: the caller. */
struct loop *loop_new(void);

/* In: no fiber, stream, watch or listener is left. */
void loop_free(struct loop **);
struct fibers *loop_fibers(struct loop *);

/* Runs until loop_stop; fibers may still be alive then. */
void loop_run(struct loop *);
void loop_stop(struct loop *);

/* Readiness of a descriptor, level-triggered: ready is called on no fiber,
 * and may free the watch. watch_set with neither stops it. Owner: fd stays
 * the caller's; free the watch before it is closed. */
enum { WATCH_READ = 1, WATCH_WRITE = 2 };
struct watch;
struct watch *watch_new(struct loop *, int fd,
    void (*ready)(void *arg, int events), void *arg);
void watch_set(struct watch *, int events);
void watch_free(struct watch **);

/*
 * The running fiber waits until fd can be read or written (events as above).
 * Several may wait for one descriptor; all are told. fd must not be closed
 * meanwhile.
 * Returns 0, -E_TIMEOUT, -E_CANCELED.
 */
WAITS int loop_wait(struct loop *, int fd, int events, usec_t deadline);

/* As loop_wait, but nothing else ends it: for an answer that decides whether
 * something has been done. */
WAITS void loop_wait_firm(struct loop *, int fd, int events);

/* Calls fn on a signal, on no fiber. For the life of the loop. */
void loop_signal(struct loop *, int number, void (*fn)(void *), void *arg);

/* A stream over a connected non-blocking socket; it owns fd. NULL when there
 * is no memory; fd is then still the caller's. */
struct stream *loop_stream(struct loop *, int fd);

struct listener;

/*
 * A listening socket, non-blocking, close-on-exec.
 * In: address "127.0.0.1:2525", "[::]:25"; port 0 lets the system choose.
 * IPv6 sockets take no IPv4: who wants both names both.
 * Returns 0, -E_INVALID, -E_IO with a fault that names the address.
 */
int loop_bind(struct str address, int *fd, struct fault *);

/*
 * Gives each accepted socket (non-blocking, close-on-exec, no delay) to fn
 * with its peer. fn owns it; it must not free the listener. Out of
 * descriptors: lets one client go, pauses 100 ms, never spins.
 * Owner: the listening fd stays the caller's, and open until listener_free.
 */
struct listener *listener_new(struct loop *, int fd,
    void (*fn)(void *arg, int fd, struct ip peer, unsigned port), void *arg);
void listener_free(struct listener **);

/* Tells there when it is out of descriptors: once a minute is enough. */
void listener_log(struct listener *, struct sink *);

#endif
