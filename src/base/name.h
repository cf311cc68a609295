/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain names as text: lower-case A-labels, no dot at the end.
 *
 * Source: RFC 1035 2.3.1, 1123 2.1, 5321 4.1.2.
 */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include "base/arena.h"
#include "base/str.h"

#define NAME_MAX_TEXT 253
#define LABEL_MAX     63

/* Labels of letters, digits, "-" and "_" (which DNS has and hosts use),
 * 1..63 bytes each, 253 in all, no empty label, no "-" at either end of a
 * label. One label is enough. */
bool name_is_host(struct str);

/* A host name with at least one dot whose last label is not all digits. */
bool name_is_domain(struct str);

/* Any bytes that DNS could carry: label and total lengths only, at least one
 * label. A dot at the end is allowed. */
bool name_fits(struct str);

/* Lower case, dot at the end removed. Owner: the arena. */
struct str name_normal(struct arena *, struct str);

/* Same name, or name is below parent. Case-blind; a dot at either end is
 * ignored. Nothing is below an empty parent: a missing name matches none. */
bool name_eq(struct str, struct str);
bool name_is_below(struct str name, struct str parent); /* or equal */

/* Without its leftmost label; empty when there was one only. */
struct str name_parent(struct str);
unsigned   name_labels(struct str);

#endif
