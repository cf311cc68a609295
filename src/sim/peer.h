/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer: the client at the other end of a session, in memory. It follows a
 * scene of a play and writes down what both sides said.
 */
#ifndef SIM_PEER_H
#define SIM_PEER_H

#include "run/stream.h"
#include "sim/outcome.h"
#include "sim/play.h"

struct peer {
	struct world       *world;
	const struct scene *scene;
	struct stream      *stream;   /* the client's end                   */
	struct outcome     *outcome;  /* findings go here                   */
	struct arena       *arena;
	usec_t              began;
	struct buf          transcript;
	bool                is_done;
};

/*
 * Plays the scene's part, then closes the stream and sets is_done. What the
 * server says otherwise than a dialogue wants becomes a finding.
 * In: arg, a struct peer; the body of a fiber.
 */
WAITS void peer_main(void *arg);

#endif
