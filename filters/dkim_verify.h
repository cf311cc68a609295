/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim_verify: libopendkim, shut in.
 *
 * Source: RFC 6376 3.4, 3.7, 6.1.3; the library's manual.
 */
#ifndef FILTERS_DKIM_VERIFY_H
#define FILTERS_DKIM_VERIFY_H

#include "filters/dkim_item.h"

/*
 * Decides the items that are ready, over the message of the check. When none
 * is, nothing is read.
 * Returns 0; -E_INVALID (a bare CR or LF in the body: nothing verifies);
 * -E_IO, -E_NOMEM; -E_CANCELED.
 * Waits: between pieces of the body, to let others run.
 */
WAITS int dkim_items_verify(struct check *, struct dkim_items *);

/* Is there a CR without LF behind it, or the other way, in the fields? */
bool dkim_header_has_bare(const struct header *);

#endif
