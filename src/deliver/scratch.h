/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scratch: a file without a name, which ends with its last descriptor.
 */
#ifndef DELIVER_SCRATCH_H
#define DELIVER_SCRATCH_H

/* In: folder, a descriptor. Owner of *fd: the caller; to read and write,
 * close-on-exec. Returns 0, -E_FULL, -E_IO, -E_NOMEM. */
int scratch_make(int folder, int *fd);

#endif
