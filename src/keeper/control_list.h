/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_list: rows about lists. For keeper/control.c.
 */
#ifndef KEEPER_CONTROL_LIST_H
#define KEEPER_CONTROL_LIST_H

#include "keeper/control.h"
#include "keeper/rows.h"

/* How it is: of the verb doctor. Owner: the caller, until row_end. */
json_t *control_patient(const struct control_view *, const struct patient *,
    struct arena *);

/* What it says of itself: of the verb lists. */
json_t *control_described(const struct control_view *, const struct list *,
    struct arena *);

#endif
