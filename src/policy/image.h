/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image: a table as one piece of memory without pointers. One process makes
 * it, others map it, all search it where it lies: a million nets cost a gate
 * no memory of its own.
 *
 *	image = head, IPv4 ranges, IPv6 ranges         nets
 *	      / head, ends of texts, texts             all other kinds
 *
 * Ranges are disjoint, texts unlike; both are sorted, so that halving finds
 * them. Numbers are in the machine's own order of bytes.
 */
#ifndef POLICY_IMAGE_H
#define POLICY_IMAGE_H

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"

enum group_kind { TB_NETS, TB_DOMAINS, TB_ADDRESSES, TB_NAMES };
#define TB_COUNT 4

#define IMAGE_MAGIC "pstntab1"

struct image_head {
	char     magic[8];
	uint32_t kind;
	uint32_t zero;
	uint64_t hash;         /* of the text that it was made of           */
	uint64_t count;        /* IPv4 ranges, or texts                     */
	uint64_t count6;       /* IPv6 ranges                               */
};

/* First and last address, both in it. */
struct span4 { uint32_t first, last; };
struct span6 { uint8_t first[16], last[16]; };

/* One that can be asked. All zero: an empty table of nets. */
struct image {
	enum group_kind     kind;
	uint64_t            hash;
	size_t              count, count6;
	const struct span4 *spans4;
	const struct span6 *spans6;
	const uint32_t     *ends;
	const char         *texts;
};

/*
 * Looks at all of it, once: an image that was opened is safe to ask whatever
 * it was.
 * In: bytes, aligned for uint64_t; borrowed.
 * Returns 0, -E_INVALID.
 */
int image_open(struct str bytes, enum group_kind, struct image *);

bool image_has_ip(const struct image *, struct ip);

/* A name matches "domains" when it is an entry or below one; all others
 * match whole. Case-blind. */
bool image_has_text(const struct image *, struct str text);

/* --- making --------------------------------------------------------------- */

/* Entries while a table is read. */
struct image_draft;

/* Owner: the caller, until image_finish. */
struct image_draft *image_new(enum group_kind);

/* In: an entry as a person writes it. Returns 0, -E_INVALID. */
int image_add(struct image_draft *, struct str text);

/* In: hash, of the text. Owner: the arena, aligned. */
struct str image_finish(struct image_draft **, uint64_t hash, struct arena *);

#endif
