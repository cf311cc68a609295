/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * world - small things that every world does alike.
 *
 * Called by: whoever needs chance: ids, DNS query ids, hash keys.
 */
#include "run/world.h"

uint64_t
world_random(struct world *w)
{
	uint64_t bits;

	w->random(w, &bits, sizeof bits);
	return bits;
}
