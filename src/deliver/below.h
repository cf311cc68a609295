/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * below: folders below a pinned one, reached without following any link.
 *
 * In: path relative, "a/b"; a component that is empty, "." or ".." is
 * refused. An empty path is the folder itself.
 * Owner of *fd: the caller.
 * Returns 0; -E_NOTFOUND; -E_INVALID (the path, or something that is no
 * folder); -E_DENIED (a symbolic link in the way); -E_FULL; -E_IO.
 *
 * Source: openat2(2), design.md promise P8.
 */
#ifndef DELIVER_BELOW_H
#define DELIVER_BELOW_H

#include "base/str.h"

#define BELOW_PATH 1000 /* bytes of a path at most */

int below_open(int root, struct str path, int *fd);

/* The same, making each folder that is missing (0700) and syncing the one
 * that it was made in. */
int below_make(int root, struct str path, int *fd);

/* Whether text may be the name of a folder or file: 1..255 bytes, none of
 * them "/" or NUL, and not "." or "..". */
bool below_is_name(struct str);

#endif
