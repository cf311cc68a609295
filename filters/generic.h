/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * generic: does a host name look made from its address by a provider, for a
 * line of his that nobody has given a name of its own?
 */
#ifndef FILTERS_GENERIC_H
#define FILTERS_GENERIC_H

#include "base/ip.h"
#include "base/str.h"

/* In: name, a host name of any case; the address it was found for. */
bool name_looks_generic(struct str name, struct ip);

#endif
