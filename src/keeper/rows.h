/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rows: JSON objects, one a line. For keeper/.
 */
#ifndef KEEPER_ROWS_H
#define KEEPER_ROWS_H

#include <jansson.h>

#include "base/buf.h"
#include "base/ip.h"

/* Before the first row of a process that may open no file: else jansson looks
 * for chance in one. */
void row_seed(uint64_t chance);

/* With "v" and "row". Owner: the caller, until row_end. */
json_t *row_new(const char *kind);

/* Any bytes: what is no UTF-8, or holds NUL, is escaped as \xNN. */
void row_text(json_t *, const char *name, struct str);
void row_number(json_t *, const char *name, uint64_t);
void row_real(json_t *, const char *name, double);
void row_seconds(json_t *, const char *name, usec_t);
void row_truth(json_t *, const char *name, bool);
void row_ip(json_t *, const char *name, struct ip);
void row_none(json_t *, const char *name);

/* An array; row_more appends to it. */
json_t *row_array(json_t *, const char *name);
void    row_more(json_t *array, struct str);

/* Writes it, with LF, and frees it. Returns 0, -E_TOOBIG, -E_NOMEM. */
int row_end(json_t *, struct buf *out);

#endif
