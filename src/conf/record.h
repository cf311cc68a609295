/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * record: how a generation's memfd is laid out. Private to conf/.
 *
 *	memfd = head, entries sorted by kind and path, pieces
 *
 * Numbers are in the machine's own order of bytes: who writes and who reads
 * are one build on one machine, which the head says. Each piece starts at a
 * multiple of RECORD_ALIGN and has a NUL behind it that does not count.
 */
#ifndef CONF_RECORD_H
#define CONF_RECORD_H

#include <fcntl.h>

#include "base/str.h"

#define RECORD_MAGIC "pstngen1"
#define RECORD_ALIGN 16u
#define RECORD_MAX   ((size_t)4 << 30) /* bytes of a memfd                  */
#define RECORD_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

enum record_kind {
	RK_TEXT,     /* piece: the text; of a refusal, its sentence         */
	RK_GLOB,     /* piece: paths, each ended by NUL                     */
	RK_SECRET,   /* as RK_TEXT; the only kind in the second memfd       */
	RK_MADE,     /* path: "KIND:PATH"; piece: what was made of the file */
	RK_COUNT
};

struct record_head {
	char     magic[8];
	uint64_t build;
	uint64_t size;         /* of the memfd                              */
	int64_t  made;         /* wall time; both memfds have the same      */
	uint64_t id;           /* drawn; both have the same                 */
	uint64_t count;        /* of entries                                */
};

struct record {
	uint32_t kind;
	int32_t  answer;       /* 0 or -E_*                                 */
	uint64_t path_at, path_len;
	uint64_t piece_at, piece_len;
};

#endif
